//! A connection that an errand opens.

use alloc::format;
use core::net::SocketAddr;

use super::account::Account;
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Kind, SocketId, Stack};
use crate::time::Time;

/// A connection to a server, and what is said of it.
#[derive(Debug)]
pub(super) struct Caller {
    pub to: SocketAddr,
    socket: Option<SocketId>,
    since: Time,
}

/// What is to be done about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// It is open: read and send.
    GoOn(SocketId),
    /// Nothing.
    Wait,
    /// It is over.
    Over,
}

impl Caller {
    pub const fn new(to: SocketAddr) -> Self {
        Self { to, socket: None, since: Time::ZERO }
    }

    /// Its socket, as long as there is one.
    pub const fn socket(&self) -> Option<SocketId> {
        self.socket
    }

    /// Begins to open it; whether that could be done.
    pub fn open(&mut self, now: Time, stack: &mut Stack, account: &mut Account) -> bool {
        self.since = now;
        let opened = stack.socket(Kind::Stream).and_then(|socket| {
            self.socket = Some(socket);
            stack.connect(now, socket, self.to)
        });
        if let Err(error) = opened {
            account.refuse(&format!("no connection to {}", self.to), error);
            self.close(now, stack);
        }
        opened.is_ok()
    }

    /// What an event asks for, if it is about this connection.
    pub fn on_event(
        &mut self,
        now: Time,
        stack: &mut Stack,
        event: &Event,
        account: &mut Account,
    ) -> Option<Call> {
        let socket = self.socket.filter(|socket| event.socket() == Some(*socket))?;
        match *event {
            Event::Connected(_) => {
                account.connected.get_or_insert(now);
                let after = Figure::Time(now - self.since);
                account.say(format!("connected to {} after {after}", self.to));
            }
            Event::Undelivered { error, to, by, expired, .. } => {
                account.on_undelivered(error, to, by, expired);
                return Some(Call::Wait);
            }
            Event::Unanswered(_) => {
                account.say(format!("{} does not answer for long, it is sent again", self.to));
                return Some(Call::Wait);
            }
            Event::Closed(_, error) => {
                match error {
                    Some(error) => self.fail(now, stack, error, account),
                    None => self.close(now, stack),
                }
                return Some(Call::Over);
            }
            _ => {}
        }
        Some(Call::GoOn(socket))
    }

    /// It is over because of this.
    pub fn fail(&mut self, now: Time, stack: &mut Stack, error: Errno, account: &mut Account) {
        account.fail(format!("{}: {}", self.to, error.meaning()));
        self.close(now, stack);
    }

    /// Lets go of it: what was sent is still delivered.
    pub fn close(&mut self, now: Time, stack: &mut Stack) {
        if let Some(socket) = self.socket.take() {
            let _ = stack.close(now, socket);
        }
    }
}
