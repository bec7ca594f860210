//! Asks again and again for an echo, of ICMP or of UDP.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::numbers::Stamp;
use super::tally::{Reply, Tally};
use super::{Task, spaced};
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Kind, Origin, SocketId, SocketOption, Stack};
use crate::time::Time;

/// What is asked.
#[derive(Debug)]
pub(super) struct Asking {
    pub name: &'static str,
    pub kind: Kind,
    pub to: SocketAddr,
    pub count: u64,
    pub interval: Duration,
    pub size: usize,
    pub hop_limit: Option<u8>,
    pub wait: Duration,
}

impl Asking {
    pub fn task(self) -> impl Task {
        let tally = Tally::new(self.wait);
        Asker { asking: self, socket: None, tally, tries: 0, next: None, room: Vec::new() }
    }

    /// Of which request this is the reply. A request of ICMP says 16 bits of it: the last one with those is meant.
    fn number(&self, bytes: &[u8], origin: &Origin, sent: u64) -> Option<u64> {
        match self.kind {
            Kind::Echo => {
                let last = sent.checked_sub(1)?;
                let back = (last as u16).wrapping_sub(origin.sequence?);
                last.checked_sub(u64::from(back)).filter(|_| origin.address.ip() == self.to.ip())
            }
            _ => Stamp::read(bytes).map(|stamp| stamp.number).filter(|_| origin.address == self.to),
        }
    }

    /// A request as it is called.
    fn called(&self, number: u64) -> String {
        match self.kind {
            Kind::Echo => format!("seq={}", number as u16),
            _ => format!("seq={number}"),
        }
    }
}

#[derive(Debug)]
struct Asker {
    asking: Asking,
    socket: Option<SocketId>,
    tally: Tally,
    /// Requests that were sent, or could not be.
    tries: u64,
    next: Option<Time>,
    room: Vec<u8>,
}

impl Asker {
    fn ask(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let Some(socket) = self.socket else { return };
        let Some(due) = self.next.filter(|due| *due <= now) else { return };
        self.tries = self.tries.saturating_add(1);
        self.next = (self.tries < self.asking.count).then(|| due + spaced(self.asking.interval));
        self.room.clear();
        self.room.resize(self.asking.size, 0);
        if self.asking.kind == Kind::Datagram {
            Stamp { number: self.tally.sent, sent: now }.write(&mut self.room);
        }
        match stack.send_to(now, socket, &self.room, self.asking.to) {
            Ok(length) => {
                self.tally.send(now);
                account.give(length);
            }
            Err(error) => account.refuse("it cannot be sent", error),
        }
    }

    fn receive(&mut self, now: Time, stack: &mut Stack, socket: SocketId, account: &mut Account) {
        self.room.resize(self.room.len().max(65_535), 0);
        loop {
            let (length, origin) = match stack.recv_from(socket, &mut self.room) {
                Ok(received) => received,
                Err(Errno::EAGAIN | Errno::EBADF) => return,
                Err(_) => continue,
            };
            let bytes = self.room.get(..length).unwrap_or_default();
            let Some(number) = self.asking.number(bytes, &origin, self.tally.sent) else { continue };
            let time = match self.tally.reply(now, number, &mut account.rtt) {
                Reply::After(span) => format!("time={}", Figure::Time(span)),
                Reply::Again => "(duplicate)".into(),
                Reply::Stray => continue,
            };
            account.deliver(now, length);
            let (seq, ttl) = (self.asking.called(number), origin.hop_limit);
            account.say(match self.asking.kind {
                // The header of ICMP counts, as people are used to it.
                Kind::Echo => {
                    let bytes = length.saturating_add(8);
                    format!("{bytes} bytes from {}: {seq} ttl={ttl} {time}", origin.address.ip())
                }
                _ => format!("{length} bytes from {}: {seq} ttl={ttl} {time}", origin.address),
            });
        }
    }

    fn settle(&self, now: Time, account: &mut Account) {
        if self.next.is_none() && self.tally.is_idle() {
            account.end(now);
        }
    }
}

impl Task for Asker {
    fn name(&self) -> &'static str {
        self.asking.name
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.asking.to.ip())
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let socket = stack.socket(self.asking.kind).and_then(|socket| {
            self.socket = Some(socket);
            stack.set_option(socket, SocketOption::HopLimit(self.asking.hop_limit))
        });
        match socket {
            Ok(()) => self.next = (self.asking.count > 0).then_some(now),
            Err(error) => account.refuse("it cannot begin", error),
        }
        self.on_due(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let Some(socket) = self.socket.filter(|socket| event.socket() == Some(*socket)) else { return false };
        match *event {
            Event::Undelivered { error, to, by, expired, .. } => {
                // It does not say about which request it is: errors come in the order of what they are about.
                self.tally.fail();
                account.on_undelivered(error, to, by, expired);
            }
            _ => self.receive(now, stack, socket, account),
        }
        self.settle(now, account);
        true
    }

    fn due(&self) -> Option<Time> {
        self.next.into_iter().chain(self.tally.due()).min()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        while let Some(number) = self.tally.expire(now) {
            let (seq, wait) = (self.asking.called(number), Figure::Time(self.asking.wait));
            account.say(format!("no answer to {seq} within {wait}"));
        }
        self.ask(now, stack, account);
        self.settle(now, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        self.tally.figures(each);
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        if let Some(socket) = self.socket.take() {
            let _ = stack.close(now, socket);
        }
    }
}
