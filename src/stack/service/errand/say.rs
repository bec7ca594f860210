//! Sends messages, one call each.

use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::caller::{Call, Caller};
use super::{Errand, Over, Task};
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Kind, Shutdown, SocketId, Stack};
use crate::time::Time;

/// Sends messages, one call each: UDP keeps them apart, TCP makes one row of bytes of them (RFC 9293 section 3.9.1).
///
/// Figures: `sent`, messages that the host has taken whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// To whom.
    pub to: SocketAddr,
    /// What carries it.
    pub over: Over,
    /// What to say.
    pub messages: Vec<Vec<u8>>,
    /// From one message to the next.
    pub every: Duration,
}

impl Say {
    /// Says these over UDP, a second between two.
    pub fn new<M: Into<Vec<u8>>>(to: SocketAddr, messages: impl IntoIterator<Item = M>) -> Self {
        let messages = messages.into_iter().map(Into::into).collect();
        Self { to, over: Over::Udp, messages, every: Duration::from_secs(1) }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let caller = Caller::new(self.to);
        let task = Saying {
            say: self,
            caller,
            datagrams: None,
            sent: 0,
            refused: 0,
            rest: 0,
            next: None,
            blocked: false,
            shut: false,
        };
        Errand::new(begin, task)
    }
}

#[derive(Debug)]
struct Saying {
    say: Say,
    caller: Caller,
    datagrams: Option<SocketId>,
    sent: usize,
    /// Of these, those that the host has not taken.
    refused: usize,
    /// Bytes of the next message that were sent already.
    rest: usize,
    next: Option<Time>,
    /// The host takes nothing now: it waits for room, not for a time.
    blocked: bool,
    /// It has said that nothing more follows.
    shut: bool,
}

impl Saying {
    fn socket(&self) -> Option<SocketId> {
        self.datagrams.or(self.caller.socket())
    }

    /// Says what is due, as far as the host takes it.
    fn go_on(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let Some(socket) = self.socket() else { return };
        self.blocked = false;
        while let Some(next) = self.next.filter(|next| *next <= now) {
            let Some(message) = self.say.messages.get(self.sent) else { break };
            let rest = message.get(self.rest..).unwrap_or_default();
            let given = match self.datagrams {
                Some(_) => stack.send_to(now, socket, rest, self.say.to),
                None => stack.send(now, socket, rest),
            };
            let whole = match given {
                Ok(length) => {
                    account.give(length);
                    self.rest = self.rest.saturating_add(length);
                    self.datagrams.is_some() || self.rest >= message.len()
                }
                Err(Errno::EAGAIN) => {
                    self.blocked = true;
                    return;
                }
                Err(error) => {
                    account.refuse("it cannot be sent", error);
                    self.refused = self.refused.saturating_add(1);
                    true
                }
            };
            if whole {
                (self.sent, self.rest) = (self.sent.saturating_add(1), 0);
                self.next = Some(next + self.say.every);
            }
        }
        if self.sent < self.say.messages.len() {
            return;
        }
        self.next = None;
        if self.datagrams.is_some() {
            account.end(now);
        } else if !self.shut && account.connected.is_some() {
            self.shut = stack.shutdown(now, socket, Shutdown::Write).is_ok();
        }
    }

    /// Reads what comes back, and forgets it.
    fn read(&mut self, now: Time, stack: &mut Stack, socket: SocketId, account: &mut Account) {
        let mut chunk = [0; 4096];
        loop {
            match stack.recv(now, socket, &mut chunk) {
                Ok(0) => {
                    account.say(format!("{} has closed", self.say.to));
                    if self.shut {
                        account.end(now);
                    }
                    self.caller.close(now, stack);
                }
                Ok(length) => {
                    account.deliver(now, length);
                    continue;
                }
                Err(Errno::EAGAIN) => return,
                Err(error) => self.caller.fail(now, stack, error, account),
            }
            self.next = None;
            return;
        }
    }
}

impl Task for Saying {
    fn name(&self) -> &'static str {
        "say"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.say.to.ip())
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        if self.say.over == Over::Tcp {
            self.caller.open(now, stack, account);
            return;
        }
        match stack.socket(Kind::Datagram) {
            Ok(socket) => (self.datagrams, self.next) = (Some(socket), Some(now)),
            Err(error) => account.refuse("it cannot begin", error),
        }
        self.go_on(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        if let Some(socket) = self.datagrams.filter(|socket| event.socket() == Some(*socket)) {
            match *event {
                Event::Undelivered { error, to, by, expired, .. } => {
                    account.on_undelivered(error, to, by, expired);
                }
                _ => {
                    while let Ok((length, _)) = stack.recv_from(socket, &mut [0; 4096]) {
                        account.deliver(now, length);
                    }
                }
            }
            return true;
        }
        match self.caller.on_event(now, stack, event, account) {
            Some(Call::GoOn(socket)) => {
                if let Event::Connected(_) = event {
                    self.next = Some(now);
                }
                self.go_on(now, stack, account);
                self.read(now, stack, socket, account);
            }
            Some(Call::Over) => self.next = None,
            Some(Call::Wait) => {}
            None => return false,
        }
        true
    }

    fn due(&self) -> Option<Time> {
        self.next.filter(|_| !self.blocked)
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.go_on(now, stack, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent.saturating_sub(self.refused) as u64));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.next = None;
        self.caller.close(now, stack);
        if let Some(socket) = self.datagrams.take() {
            let _ = stack.close(now, socket);
        }
    }
}
