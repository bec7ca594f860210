//! What an application can ask of a connection besides sending and receiving: how much waits, what can be done, and when it goes out.

use super::reason::Ack;
use super::receive::AckDue;
use super::{Config, Connection, Errno, State};
use crate::time::Time;

/// What is said with bytes that are given to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sending {
    /// More follows soon: a segment that is not full waits for it, until something comes from the peer, or for one timeout (`MSG_MORE`).
    pub more: bool,
    /// A record ends with them: no segment has bytes of what follows too (`MSG_EOR`).
    pub end_of_record: bool,
}

/// What can be done with a socket now, as `poll` of POSIX tells it. It is so until something changes, however often it is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Readiness {
    /// Something can be read, or the end of it, or a connection can be accepted (`POLLIN`).
    pub readable: bool,
    /// There is room to send, a third of the buffer at least; or sending gives an error at once (`POLLOUT`).
    pub writable: bool,
    /// The end of urgent data can be read (`POLLPRI`).
    pub urgent: bool,
    /// Nothing more comes behind what can be read (`POLLRDHUP`).
    pub end: bool,
    /// Nothing goes in either direction: any more, or of a stream not yet (`POLLHUP`).
    pub hung_up: bool,
    /// An error is there to be taken (`POLLERR`).
    pub error: bool,
}

/// How much waits in a socket, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Amounts {
    /// What came and was not read (`SIOCINQ`); of messages the next one.
    pub unread: usize,
    /// What was given to send and not sent yet (`SIOCOUTQNSD`).
    pub unsent: usize,
    /// What was given to send and not acknowledged, sent or not (`SIOCOUTQ`).
    pub unacknowledged: usize,
    /// So much more can be given to send.
    pub room: usize,
}

impl Connection {
    /// Gives data to send, and says something with it. That counts if there was room for all.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub fn send_with(&mut self, now: Time, data: &[u8], how: Sending) -> Result<usize, Errno> {
        let taken = self.send(now, data)?;
        if taken > 0 && taken == data.len() {
            self.sender.mark(how);
        }
        Ok(taken)
    }

    /// Copies data that has come, which stays there to be taken.
    ///
    /// # Errors
    /// As [`Connection::receive`], errors being taken by it too.
    pub fn peek(&mut self, now: Time, into: &mut [u8]) -> Result<usize, Errno> {
        match self.receiver.readable() {
            0 => self.receive(now, into),
            _ => Ok(self.receiver.peek(into)),
        }
    }

    /// What can be done with it now.
    pub fn readiness(&self) -> Readiness {
        // In TIME-WAIT the connection is over for the application.
        let over = matches!(self.state, State::Closed | State::TimeWait);
        let opening = matches!(self.state, State::SynSent | State::SynReceived);
        let receiver = &self.receiver;
        let end = over || receiver.discarding || receiver.fin.is_some_and(|fin| fin < receiver.next);
        let finished = over || self.sender.finished;
        let room = self.room() > 0 && self.room() >= self.config.send_buffer / 3;
        let ahead = self.urgent_ahead().and_then(|ahead| usize::try_from(ahead).ok());
        Readiness {
            readable: end || (!opening && receiver.readable() > 0),
            writable: !opening && (finished || room),
            urgent: ahead.is_some_and(|ahead| ahead <= receiver.readable()),
            end,
            hung_up: end && finished,
            error: self.error.is_some(),
        }
    }

    /// How much waits in it.
    pub fn amounts(&self) -> Amounts {
        let sender = &self.sender;
        let unsent = sender.written.saturating_sub(sender.nxt);
        Amounts {
            unread: self.receiver.readable(),
            unsent: usize::try_from(unsent).unwrap_or(usize::MAX).min(sender.queued()),
            unacknowledged: sender.queued(),
            room: self.room(),
        }
    }

    /// Changes its settings. Those that are agreed on with SYN count until it is sent, the others from now on; a window that the peer has is
    /// not taken back.
    pub fn configure<T>(&mut self, change: impl FnOnce(&mut Config) -> T) -> T {
        let (congestion, room) = (self.config.congestion, self.config.receive_buffer);
        let result = change(&mut self.config);
        self.config = self.config.workable();
        if self.config.congestion != congestion {
            self.sender.congestion.choose(self.config.congestion);
        }
        if self.config.receive_buffer != room {
            self.receiver.set_room(self.config.receive_buffer);
        }
        result
    }

    /// What was given to send goes out as far as the windows allow, whatever it would wait for otherwise.
    pub const fn push(&mut self) {
        self.sender.push_until = self.sender.written;
        self.sender.more = false;
    }

    /// What comes is acknowledged at once for a while, as at the start of a connection; or from now on no more than has to be
    /// (`TCP_QUICKACK`).
    pub fn quick_acknowledge(&mut self, on: bool) {
        self.receiver.be_quick(on.then_some(self.config.quick_acks.max(1)));
        if on && matches!(self.receiver.ack, AckDue::At(_)) {
            self.receiver.acknowledge_now(Ack::Quick);
        }
    }
}
