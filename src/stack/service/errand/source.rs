//! Sends datagrams, evenly, in bursts or by chance.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::numbers::Stamp;
use super::pattern::Rhythm;
use super::{Errand, Pattern, Task};
use crate::stack::service::Figure;
use crate::stack::{Event, Kind, SocketId, Stack};
use crate::time::Time;

/// Sends UDP datagrams, each with its number and the time when it was sent: a [`Listen`](super::Listen) can tell from these what was lost and how long they took.
///
/// Figures: `sent`; `rate` is what it was given to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// To whom.
    pub to: SocketAddr,
    /// Bytes of data in each; number and time take 20, and shorter ones have none.
    pub size: usize,
    /// How they follow each other.
    pub pattern: Pattern,
    /// How many, at most.
    pub count: Option<u64>,
    /// For how long: what were to go at its end does not.
    pub span: Option<Duration>,
}

impl Source {
    /// Datagrams of 1,000 bytes, 1 Mbit/s of data, without end.
    pub const fn new(to: SocketAddr) -> Self {
        Self { to, size: 1000, pattern: Pattern::Rate(1_000_000), count: None, span: None }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let rhythm = Rhythm::new(self.pattern, self.size, begin);
        let (tries, sent) = (0, 0);
        let task =
            Sending { source: self, rhythm, until: Time::NEVER, socket: None, tries, sent, room: Vec::new() };
        Errand::new(begin, task)
    }
}

#[derive(Debug)]
struct Sending {
    source: Source,
    rhythm: Rhythm,
    until: Time,
    socket: Option<SocketId>,
    /// Datagrams that were sent, or could not be.
    tries: u64,
    sent: u64,
    room: Vec<u8>,
}

impl Task for Sending {
    fn name(&self) -> &'static str {
        "source"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.source.to.ip())
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        // It may begin later than was said.
        self.rhythm = Rhythm::new(self.source.pattern, self.source.size, now);
        self.until = self.source.span.map_or(Time::NEVER, |span| now + span);
        self.room.resize(self.source.size, 0);
        match stack.socket(Kind::Datagram) {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => account.refuse("it cannot begin", error),
        }
        self.on_due(now, stack, account);
    }

    fn on_event(&mut self, _: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let Some(socket) = self.socket.filter(|socket| event.socket() == Some(*socket)) else { return false };
        match *event {
            Event::Undelivered { error, to, by, expired, .. } => {
                account.on_undelivered(error, to, by, expired);
            }
            // Whoever answers is not heard.
            _ => while stack.recv_from(socket, &mut []).is_ok() {},
        }
        true
    }

    fn due(&self) -> Option<Time> {
        let goes_on = self.source.count.is_none_or(|count| self.tries < count) && self.socket.is_some();
        Some(self.rhythm.next()).filter(|next| goes_on && *next < self.until)
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        if let Some(socket) = self.socket.filter(|_| self.due().is_some_and(|due| due <= now)) {
            Stamp { number: self.tries, sent: now }.write(&mut self.room);
            self.tries = self.tries.saturating_add(1);
            self.rhythm.advance();
            match stack.send_to(now, socket, &self.room, self.source.to) {
                Ok(length) => {
                    self.sent = self.sent.saturating_add(1);
                    account.give(length);
                }
                Err(error) => account.refuse("a datagram cannot be sent", error),
            }
        }
        if self.due().is_none() {
            account.end(now);
        }
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        if let Some(socket) = self.socket.take() {
            let _ = stack.close(now, socket);
        }
    }
}
