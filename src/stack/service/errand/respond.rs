//! Answers so many bytes with so many others.

use alloc::format;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::account::Account;
use super::{Errand, Task};
use crate::stack::service::{Connections, Dialogue, Figure, Next};
use crate::stack::{Errno, Event, SocketId, Stack};
use crate::time::Time;

/// On each connection: when so many bytes have come, it sends so many, again and again.
///
/// Figures: `connections`, `received` (requests), `sent` (responses).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Respond {
    /// The port of TCP.
    pub port: u16,
    /// Bytes of a request; at least one.
    pub request: usize,
    /// Bytes of a response.
    pub response: usize,
}

impl Respond {
    /// A thousand bytes for each hundred.
    pub const fn new(port: u16) -> Self {
        Self { port, request: 100, response: 1000 }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let connections = Connections::new(CONNECTIONS);
        Errand::new(begin, Responding { respond: self, connections, chunk: Vec::new(), received: 0, sent: 0 })
    }
}

/// Connections at once, at most.
const CONNECTIONS: usize = 1024;
/// What is read and written at once, at most.
const CHUNK: usize = 65_536;

#[derive(Debug)]
struct Responding {
    respond: Respond,
    connections: Connections<Exchange>,
    chunk: Vec<u8>,
    received: u64,
    sent: u64,
}

/// A connection.
#[derive(Debug)]
struct Exchange {
    peer: SocketAddr,
    /// Bytes of the next request that have come.
    got: usize,
    /// Bytes of responses that have to be sent.
    owed: usize,
    ended: bool,
}

struct Desk<'a> {
    respond: &'a Respond,
    chunk: &'a mut [u8],
    received: &'a mut u64,
    sent: &'a mut u64,
    account: &'a mut Account,
}

impl Responding {
    fn with<T>(
        &mut self,
        account: &mut Account,
        act: impl FnOnce(&mut Connections<Exchange>, &mut Desk<'_>) -> T,
    ) -> T {
        let Self { respond, connections, chunk, received, sent } = self;
        act(connections, &mut Desk { respond, chunk, received, sent, account })
    }
}

impl Dialogue for Desk<'_> {
    type State = Exchange;

    fn begin(&mut self, now: Time, peer: SocketAddr) -> Exchange {
        self.account.connected.get_or_insert(now);
        self.account.say(format!("{peer} has connected"));
        Exchange { peer, got: 0, owed: 0, ended: false }
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, exchange: &mut Exchange) -> Next {
        let request = self.respond.request.max(1);
        loop {
            while exchange.owed > 0 {
                let piece = self.chunk.get(..exchange.owed.min(CHUNK)).unwrap_or_default();
                match stack.send(now, socket, piece) {
                    Ok(length) => {
                        self.account.give(length);
                        exchange.owed = exchange.owed.saturating_sub(length);
                        if exchange.owed == 0 {
                            *self.sent = self.sent.saturating_add(1);
                        }
                    }
                    Err(Errno::EAGAIN) => return Next::Wait(None),
                    Err(error) => {
                        self.account.fail(format!("{}: {}", exchange.peer, error.meaning()));
                        return Next::Close;
                    }
                }
            }
            if exchange.ended {
                return Next::Close;
            }
            // What belongs to the request after is left until this one is answered.
            let wanted = request.saturating_sub(exchange.got).min(CHUNK);
            match stack.recv(now, socket, self.chunk.get_mut(..wanted).unwrap_or_default()) {
                Ok(0) => {
                    self.account.say(format!("{} has closed", exchange.peer));
                    exchange.ended = true;
                }
                Ok(length) => {
                    self.account.deliver(now, length);
                    exchange.got = exchange.got.saturating_add(length);
                    if exchange.got >= request {
                        *self.received = self.received.saturating_add(1);
                        (exchange.got, exchange.owed) = (0, self.respond.response);
                    }
                }
                Err(Errno::EAGAIN) => return Next::Wait(None),
                Err(error) => {
                    self.account.fail(format!("{}: {}", exchange.peer, error.meaning()));
                    return Next::Close;
                }
            }
        }
    }
}

impl Task for Responding {
    fn name(&self) -> &'static str {
        "respond"
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.chunk.resize(CHUNK, b'r');
        if let Err(error) = self.connections.listen(stack, self.respond.port) {
            account.refuse(&format!("it cannot listen on port {}", self.respond.port), error);
            self.stop(now, stack);
        }
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        self.with(account, |connections, desk| connections.on_event(now, stack, event, desk))
    }

    fn due(&self) -> Option<Time> {
        self.connections.next_deadline()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.with(account, |connections, desk| connections.on_deadline(now, stack, desk));
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("connections", Figure::Count(self.connections.counts().0));
        each("received", Figure::Count(self.received));
        each("sent", Figure::Count(self.sent));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.connections.close(now, stack);
    }
}
