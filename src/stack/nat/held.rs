//! SYNs from outside to which nothing is said yet: RFC 5382 section 4.3. The host inside may be about to open the same connection from its end; an error
//! would make the other give up.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::SocketAddrV4;
use core::time::Duration;

use crate::stack::InterfaceId;
use crate::time::Time;

/// The SYNs, the oldest first: all wait equally long.
#[derive(Debug)]
pub(in crate::stack) struct Held {
    waiting: VecDeque<Syn>,
    span: Duration,
    most: usize,
}

/// A SYN, as it came.
#[derive(Debug)]
pub(in crate::stack) struct Syn {
    until: Time,
    from: SocketAddrV4,
    port: u16,
    pub interface: InterfaceId,
    pub packet: Vec<u8>,
}

impl Held {
    pub(super) const fn new(span: Duration, most: usize) -> Self {
        Self { waiting: VecDeque::new(), span, most }
    }

    /// Keeps a SYN to a port of the outside address; whether there was room. One that comes again is there already.
    pub(super) fn hold(
        &mut self,
        now: Time,
        interface: InterfaceId,
        from: SocketAddrV4,
        port: u16,
        packet: &[u8],
    ) -> bool {
        if self.waiting.iter().any(|syn| (syn.from, syn.port) == (from, port)) {
            return true;
        }
        if self.waiting.len() >= self.most {
            return false;
        }
        self.waiting.push_back(Syn {
            until: now + self.span,
            from,
            port,
            interface,
            packet: packet.to_vec(),
        });
        true
    }

    /// The other end has sent a SYN too: nothing is to be said any more.
    pub(super) fn cross(&mut self, to: SocketAddrV4, port: u16) {
        self.waiting.retain(|syn| (syn.from, syn.port) != (to, port));
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.waiting.front().map(|syn| syn.until)
    }

    /// The next SYN that has waited long enough.
    pub(super) fn expire(&mut self, now: Time) -> Option<Syn> {
        self.deadline().filter(|until| *until <= now)?;
        self.waiting.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}
