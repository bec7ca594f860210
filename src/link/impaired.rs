//! A node behind wires, and two wires with nothing between: links as nodes, for whoever drives nodes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Cable, Config, Counters, Event, Link};
use crate::stack::{InterfaceId, Node, Reason, Transmit};
use crate::time::Time;

/// A [`Node`] whose frames go through links: those that come by an interface through one, those that it sends through another. Interfaces
/// without a wire are as before.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{Config, Impaired};
/// use layercake::stack::{Host, InterfaceId, Node, Stack};
/// use layercake::time::Time;
///
/// let slow = Config { delay: Duration::from_millis(20), ..Config::default() };
/// let host = Host::from(Stack::new(layercake::stack::Config::default()));
/// let mut host = Impaired::new(host).wire(InterfaceId(1), [&Config::default(), &slow], 7, "eth0");
/// host.on_frame(Time::ZERO, InterfaceId(1), b"what comes goes to the host at once, what it sends takes 20 ms");
/// ```
#[derive(Debug)]
pub struct Impaired<N> {
    /// The node.
    pub node: N,
    /// Of each cable the node is end 1.
    wires: BTreeMap<InterfaceId, Cable<Transmit>>,
}

impl AsRef<[u8]> for Transmit {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl AsMut<[u8]> for Transmit {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.frame
    }
}

impl<N: Node> Impaired<N> {
    /// The node, with no wires yet.
    pub const fn new(node: N) -> Self {
        Self { node, wires: BTreeMap::new() }
    }

    /// Puts a [`Cable`] in front of an interface: a link for what comes to the node, one for what it sends. What is random in it comes from
    /// the seed and the cable's name.
    #[must_use]
    pub fn wire(mut self, interface: InterfaceId, [to, from]: [&Config; 2], seed: u64, name: &str) -> Self {
        self.wires.insert(interface, Cable::new([to, from], seed, name));
        self
    }

    /// What the wires of each interface have done: that to the node, that from it.
    pub fn counters(&self) -> impl Iterator<Item = (InterfaceId, [&Counters; 2])> {
        self.wires.iter().map(|(interface, wires)| (*interface, wires.links.each_ref().map(Link::counters)))
    }

    /// Gives the node what has come through its wires.
    fn deliver(&mut self, now: Time) {
        for (interface, wires) in &mut self.wires {
            let [to, _] = &mut wires.links;
            while let Some(delivery) = to.poll_deliver(now) {
                self.node.on_frame(now, *interface, &delivery.frame.frame);
                self.node.recycle(delivery.frame.frame);
            }
        }
    }
}

impl<N: Node> Node for Impaired<N> {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        match self.wires.get_mut(&interface) {
            None => self.node.on_frame(now, interface, frame),
            Some(wires) => {
                wires.send(now, 0, Transmit { interface, frame: frame.to_vec(), reason: Reason::Forwarded });
                self.deliver(now);
            }
        }
    }

    fn on_deadline(&mut self, now: Time) {
        self.deliver(now);
        if self.node.next_deadline().is_some_and(|due| due <= now) {
            self.node.on_deadline(now);
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        self.wires.values().filter_map(Cable::next_deadline).chain(self.node.next_deadline()).min()
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        while let Some(transmit) = self.node.poll_transmit(now) {
            match self.wires.get_mut(&transmit.interface) {
                None => return Some(transmit),
                Some(wires) => wires.send(now, 1, transmit),
            }
        }
        let mut sent = self.wires.values_mut().map(|wires| &mut wires.links).map(|[_, from]| from);
        sent.find_map(|from| from.poll_deliver(now)).map(|delivery| delivery.frame)
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.node.recycle(frame);
    }

    fn on_link(&mut self, now: Time, interface: InterfaceId, up: bool) {
        self.node.on_link(now, interface, up);
    }
}

/// Two interfaces, 0 and 1, with a link in each direction and nothing else: whatever comes by one goes out by the other, as netem between two
/// devices has it.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{Bridge, Config};
/// use layercake::stack::{InterfaceId, Node};
/// use layercake::time::Time;
///
/// let slow = Config { delay: Duration::from_millis(20), ..Config::default() };
/// let mut bridge = Bridge::new([&slow, &slow], 7);
/// bridge.on_frame(Time::ZERO, InterfaceId(0), b"a frame");
/// let later = bridge.next_deadline().unwrap();
/// assert_eq!(later, Time::ZERO + slow.delay);
/// let sent = bridge.poll_transmit(later).unwrap();
/// assert_eq!((sent.interface, &sent.frame[..]), (InterfaceId(1), &b"a frame"[..]));
/// ```
#[derive(Debug)]
pub struct Bridge {
    cable: Cable<Transmit>,
    spare: Vec<Vec<u8>>,
}

/// Buffers that are kept.
const SPARE: usize = 256;

impl Bridge {
    /// A bridge: the first configuration is for what comes by interface 0, the second for what comes by interface 1. What is random comes from
    /// the seed, as of a [`Cable`] that is called `bridge`.
    pub fn new(configs: [&Config; 2], seed: u64) -> Self {
        Self { cable: Cable::new(configs, seed, "bridge"), spare: Vec::new() }
    }

    /// What it has done with the frames of each direction.
    pub fn counters(&self) -> [&Counters; 2] {
        self.cable.links.each_ref().map(Link::counters)
    }
}

impl Node for Bridge {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        if interface.0 > 1 {
            return;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(frame);
        let other = InterfaceId(1 - interface.0);
        let transmit = Transmit { interface: other, frame: bytes, reason: Reason::Forwarded };
        self.cable.send(now, usize::from(interface.0), transmit);
    }

    fn on_deadline(&mut self, _: Time) {}

    fn next_deadline(&self) -> Option<Time> {
        self.cable.next_deadline()
    }

    fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        loop {
            match self.cable.poll(now)? {
                (_, Event::Arrived(delivery)) => return Some(delivery.frame),
                (_, Event::Dropped(dropped)) => self.recycle(dropped.frame.frame),
            }
        }
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        if self.spare.len() < SPARE {
            self.spare.push(frame);
        }
    }
}
