//! A host at the end of a line, and the time that goes by for it: nothing waits, the clock is set forward to whatever happens next.

use std::collections::VecDeque;
use std::time::Duration;

use ipnet::IpNet;

use super::settings::Settings;
use crate::stack::{self, Errno, InterfaceId, Medium, Reason, Route, Stack};
use crate::time::Time;

/// A packet that went over the line.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// When, from the start of the script.
    pub at: Duration,
    /// The host sent it, and why; otherwise it came to it.
    pub sent: Option<Reason>,
    /// The IP packet.
    pub bytes: Vec<u8>,
    /// Where in the script that begins that happened last: for what comes in, that itself.
    pub behind: usize,
}

/// A host, the line that it is attached to, and the time.
#[derive(Debug)]
pub(crate) struct World {
    pub stack: Stack,
    /// The time for the host. Its clock does not begin at 0 with the script: see [`World::START`].
    pub now: Time,
    pub interface: InterfaceId,
    /// What the host has sent and the script has not looked at.
    pub sent: VecDeque<Crossing>,
    /// All that went over the line.
    pub crossings: Vec<Crossing>,
    /// How many bytes that were.
    pub bytes: u64,
    /// Where in the script that begins that happened last.
    pub behind: usize,
    /// How often the host was woken without time going by.
    pub turns: u32,
    /// When an application that waits is to be asked again, whatever the host does.
    pub alarm: Option<Time>,
}

impl World {
    /// The time of the host when a script begins: nothing that it computes with times is about its own beginning.
    pub const START: Time = Time::new(1000, 0);

    /// A host as a script wants it.
    pub fn new(settings: &Settings) -> Result<Self, Errno> {
        let mut config = stack::Config { tcp: settings.tcp.clone(), ..stack::Config::default() };
        config.neighbour.probe_ipv4 = false;
        config.neighbour.dad_transmits = 0;
        let mut stack = Stack::new(config);
        let now = Self::START;
        let interface = stack.add_interface(now, "tun0", Medium::Ip, settings.mtu)?;
        for (address, length) in settings.addresses() {
            let network = IpNet::new(address, length).map_err(|_| Errno::EINVAL)?;
            stack.add_address(now, interface, network)?;
            let everywhere = if address.is_ipv4() { "0.0.0.0/0" } else { "::/0" };
            if let Ok(everywhere) = everywhere.parse() {
                stack.add_route(Route::on_link(everywhere, interface))?;
            }
        }
        let (sent, crossings) = (VecDeque::new(), Vec::new());
        let mut world =
            Self { stack, now, interface, sent, crossings, bytes: 0, behind: 0, turns: 0, alarm: None };
        world.drain();
        Ok(world)
    }

    /// The time since the script began.
    pub fn elapsed(&self) -> Duration {
        self.now - Self::START
    }

    /// A packet comes to the host.
    pub fn inject(&mut self, packet: &[u8]) {
        self.keep(Crossing { at: self.elapsed(), sent: None, bytes: packet.to_vec(), behind: self.behind });
        self.stack.on_frame(self.now, self.interface, packet);
        self.drain();
    }

    /// Takes what the host sends, now.
    pub fn drain(&mut self) {
        while let Some(transmit) = self.stack.poll_transmit(self.now) {
            let crossing = Crossing {
                at: self.elapsed(),
                sent: Some(transmit.reason),
                bytes: transmit.frame,
                behind: self.behind,
            };
            self.sent.push_back(crossing.clone());
            self.keep(crossing);
        }
    }

    fn keep(&mut self, crossing: Crossing) {
        self.bytes = self.bytes.saturating_add(crossing.bytes.len() as u64);
        self.crossings.push(crossing);
    }

    /// Sets the clock forward to the next time at which the host or an application has something to do, if that is not after `limit`, and lets it.
    pub fn step(&mut self, limit: Time) -> bool {
        match self.stack.next_deadline().into_iter().chain(self.alarm).min() {
            Some(due) if due <= limit => {
                self.turns = if due > self.now { 0 } else { self.turns.saturating_add(1) };
                self.now = self.now.max(due);
                self.alarm = self.alarm.filter(|alarm| *alarm > due);
                self.stack.on_deadline(self.now);
                self.drain();
                true
            }
            _ => false,
        }
    }

    /// The same for what is due before a time: what is due just then comes behind what the script does then.
    pub fn step_before(&mut self, time: Time) -> bool {
        match time.nanoseconds().checked_sub(1) {
            Some(before) => self.step(Time::from_nanoseconds(before)),
            None => false,
        }
    }
}
