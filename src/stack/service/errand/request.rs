//! Asks again and again over one connection.

use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::caller::{Call, Caller};
use super::{Errand, Task, spaced};
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Shutdown, SocketId, Stack};
use crate::time::Time;

/// Sends so many bytes over a connection, waits for so many others, thinks, and begins again; then it closes. `rtt_min` and the others are times of whole
/// exchanges.
///
/// Figures: `sent` (requests), `received` (responses).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom to ask: a [`Respond`](super::Respond) with the same lengths.
    pub to: SocketAddr,
    /// Bytes of a request; at least one.
    pub request: usize,
    /// Bytes of a response; at least one.
    pub response: usize,
    /// How often.
    pub count: u64,
    /// From a response to the next request; at least a microsecond.
    pub think: Duration,
}

impl Request {
    /// Ten times a hundred bytes for a thousand, a tenth of a second between them.
    pub const fn new(to: SocketAddr) -> Self {
        Self { to, request: 100, response: 1000, count: 10, think: Duration::from_millis(100) }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let caller = Caller::new(self.to);
        let task = Asking {
            request: self,
            caller,
            sent: 0,
            received: 0,
            step: Step::Thinking(Time::NEVER),
            chunk: Vec::new(),
        };
        Errand::new(begin, task)
    }
}

/// What is read and written at once, at most.
const CHUNK: usize = 65_536;

#[derive(Debug)]
struct Asking {
    request: Request,
    caller: Caller,
    sent: u64,
    received: u64,
    step: Step,
    chunk: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Until then.
    Thinking(Time),
    /// So many bytes of the request are to be sent, so many of the response have not come.
    Asking { since: Time, unsent: usize, missing: usize },
    /// It has closed.
    Closing,
}

impl Asking {
    fn go_on(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let Some(socket) = self.caller.socket() else { return };
        while self.advance(now, stack, socket, account) {}
        let mut chunk = [0; 64];
        // What nobody asked for is the end, or not read.
        if let Step::Closing | Step::Thinking(_) = self.step
            && account.connected.is_some()
        {
            match stack.recv(now, socket, &mut chunk) {
                Ok(0) => self.end(now, stack, account),
                Ok(length) => account.deliver(now, length),
                Err(Errno::EAGAIN) => {}
                Err(error) => {
                    self.step = Step::Closing;
                    self.caller.fail(now, stack, error, account);
                }
            }
        }
    }

    fn end(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        if self.received >= self.request.count {
            account.end(now);
        } else {
            account.fail(format!("{} has closed before its answer", self.caller.to));
        }
        self.step = Step::Closing;
        self.caller.close(now, stack);
    }

    /// Does one thing; whether there may be another.
    fn advance(&mut self, now: Time, stack: &mut Stack, socket: SocketId, account: &mut Account) -> bool {
        let step = match self.step {
            Step::Closing => return false,
            Step::Thinking(until) if until > now => return false,
            Step::Thinking(_) if self.received >= self.request.count => {
                let _ = stack.shutdown(now, socket, Shutdown::Write);
                Step::Closing
            }
            Step::Thinking(_) => {
                self.sent = self.sent.saturating_add(1);
                let (unsent, missing) = (self.request.request.max(1), self.request.response.max(1));
                Step::Asking { since: now, unsent, missing }
            }
            Step::Asking { since, unsent: unsent @ 1.., missing } => {
                let piece = self.chunk.get(..unsent.min(CHUNK)).unwrap_or_default();
                let Ok(length) = stack.send(now, socket, piece) else { return false };
                account.give(length);
                Step::Asking { since, unsent: unsent.saturating_sub(length), missing }
            }
            Step::Asking { since, unsent, missing } => {
                let place = self.chunk.get_mut(..missing.min(CHUNK)).unwrap_or_default();
                match stack.recv(now, socket, place) {
                    Ok(0) => {
                        self.end(now, stack, account);
                        return false;
                    }
                    Ok(length) => {
                        account.deliver(now, length);
                        match missing.saturating_sub(length) {
                            0 => self.answered(now, since, account),
                            missing => Step::Asking { since, unsent, missing },
                        }
                    }
                    Err(Errno::EAGAIN) => return false,
                    Err(error) => {
                        self.caller.fail(now, stack, error, account);
                        self.step = Step::Closing;
                        return false;
                    }
                }
            }
        };
        self.step = step;
        true
    }

    fn answered(&mut self, now: Time, since: Time, account: &mut Account) -> Step {
        self.received = self.received.saturating_add(1);
        account.rtt.add(now - since);
        account.say(format!("answer {} after {}", self.received, Figure::Time(now - since)));
        let last = self.received >= self.request.count;
        Step::Thinking(if last { now } else { now + spaced(self.request.think) })
    }
}

impl Task for Asking {
    fn name(&self) -> &'static str {
        "request"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.request.to.ip())
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.chunk.resize(CHUNK, b'q');
        self.caller.open(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        match self.caller.on_event(now, stack, event, account) {
            Some(Call::GoOn(_)) => {
                if let Event::Connected(_) = event {
                    self.step = Step::Thinking(now);
                }
                self.go_on(now, stack, account);
            }
            Some(Call::Over) => self.step = Step::Closing,
            Some(Call::Wait) => {}
            None => return false,
        }
        true
    }

    fn due(&self) -> Option<Time> {
        match self.step {
            Step::Thinking(until) if until < Time::NEVER => Some(until),
            _ => None,
        }
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.go_on(now, stack, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent));
        each("received", Figure::Count(self.received));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.step = Step::Closing;
        self.caller.close(now, stack);
    }
}
