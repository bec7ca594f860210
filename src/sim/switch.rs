//! A learning switch.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::field::Mac;
use crate::stack::{InterfaceId, Node, Reason, Transmit};
use crate::time::Time;

/// How long a switch remembers behind which port a station is (IEEE 802.1D, section 7.9.2: the default).
const AGEING: Duration = Duration::from_secs(300);
/// Stations that it remembers; beyond these it floods.
const STATIONS: usize = 8192;
/// Frames that wait to be taken.
const WAITING: usize = 65_536;

/// A switch that learns behind which of its ports a station is, as a transparent bridge does (IEEE 802.1D sections 7.7 and 7.8): a frame for a station that it knows
/// goes out by that port, and no other; any other goes out by all ports but that by which it came. It has no spanning tree: cables must not form a loop.
///
/// ```
/// use layercake::sim::Switch;
/// use layercake::stack::{InterfaceId, Node};
/// use layercake::time::Time;
///
/// let mut switch = Switch::new(3);
/// let frame = |to: u8, from: u8| [2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 0x88, 0xb5];
/// let mut out = |port, frame: &[u8]| {
///     switch.on_frame(Time::ZERO, InterfaceId(port), frame);
///     core::iter::from_fn(|| switch.poll_transmit(Time::ZERO)).map(|sent| sent.interface.0).collect::<Vec<_>>()
/// };
/// assert_eq!(out(0, &frame(2, 1)), [1, 2], "nobody knows where station 2 is");
/// assert_eq!(out(1, &frame(1, 2)), [0], "station 1 has been heard of");
/// assert_eq!(out(0, &frame(2, 1)), [1], "and station 2");
/// ```
#[derive(Debug)]
pub struct Switch {
    up: Vec<bool>,
    stations: BTreeMap<Mac, (InterfaceId, Time)>,
    out: VecDeque<Transmit>,
    spare: Vec<Vec<u8>>,
    /// Frames that came.
    pub received: u64,
    /// Of these, those that went out by all ports.
    pub flooded: u64,
    /// Of these, those for a station behind the port by which they came, and those cut short.
    pub filtered: u64,
    /// Frames that found no room to wait, and stations that found none in the table.
    pub overflowed: u64,
}

impl Switch {
    /// A switch with so many ports, numbered from 0.
    pub fn new(ports: u16) -> Self {
        Self {
            up: (0..ports).map(|_| true).collect(),
            stations: BTreeMap::new(),
            out: VecDeque::new(),
            spare: Vec::new(),
            received: 0,
            flooded: 0,
            filtered: 0,
            overflowed: 0,
        }
    }

    /// How many ports it has.
    pub const fn ports(&self) -> usize {
        self.up.len()
    }

    /// Behind which port each station is that it has heard of lately, as `bridge fdb` lists them.
    pub fn stations(&self, now: Time) -> impl Iterator<Item = (Mac, InterfaceId)> + '_ {
        let fresh = move |(_, (_, heard)): &(&Mac, &(InterfaceId, Time))| now.since(*heard) < AGEING;
        self.stations.iter().filter(fresh).map(|(mac, (port, _))| (*mac, *port))
    }

    fn learn(&mut self, now: Time, mac: Mac, port: InterfaceId) {
        if mac.is_group() {
            return;
        }
        if self.stations.len() >= STATIONS && !self.stations.contains_key(&mac) {
            self.stations.retain(|_, (_, heard)| now.since(*heard) < AGEING);
            if self.stations.len() >= STATIONS {
                self.overflowed += 1;
                return;
            }
        }
        self.stations.insert(mac, (port, now));
    }

    fn send(&mut self, interface: InterfaceId, frame: &[u8]) {
        if self.out.len() >= WAITING {
            self.overflowed += 1;
            return;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(frame);
        self.out.push_back(Transmit { interface, frame: bytes, reason: Reason::Forwarded });
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, flooded, filtered, .. } = self;
        write!(f, "{} ports, {received} frames, {flooded} flooded, {filtered} filtered", self.ports())
    }
}

impl Node for Switch {
    fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        self.received += 1;
        let addresses = frame.first_chunk::<6>().zip(frame.get(6..).and_then(|rest| rest.first_chunk::<6>()));
        let Some((to, from)) = addresses else {
            self.filtered += 1;
            return;
        };
        self.learn(now, Mac(*from), interface);
        let known = self.stations.get(&Mac(*to)).filter(|(_, heard)| now.since(*heard) < AGEING);
        match known.map(|(port, _)| *port) {
            Some(port) if port == interface => self.filtered += 1,
            Some(port) => self.send(port, frame),
            None => {
                self.flooded += 1;
                for port in (0..).map(InterfaceId).take(self.up.len()) {
                    let up = self.up.get(usize::from(port.0)).is_some_and(|up| *up);
                    if port != interface && up {
                        self.send(port, frame);
                    }
                }
            }
        }
    }

    fn on_deadline(&mut self, _: Time) {}

    fn next_deadline(&self) -> Option<Time> {
        None
    }

    fn poll_transmit(&mut self, _: Time) -> Option<Transmit> {
        self.out.pop_front()
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        if self.spare.len() < 64 {
            self.spare.push(frame);
        }
    }

    fn on_link(&mut self, _: Time, interface: InterfaceId, up: bool) {
        if let Some(port) = self.up.get_mut(usize::from(interface.0)) {
            *port = up;
        }
        if !up {
            self.stations.retain(|_, (port, _)| *port != interface);
        }
    }
}
