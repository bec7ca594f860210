//! What is to be done when: one instant for each thing that waits.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use crate::stack::InterfaceId;
use crate::time::Time;

/// What waits for its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A neighbour: the next question, or that it is given up.
    Neighbour(InterfaceId, IpAddr),
    /// An address of the host's own that is probed or announced.
    Claim(InterfaceId, IpAddr),
    /// The next address of an interface that is deprecated or gone.
    Lifetimes(InterfaceId),
    /// The next question for routers.
    Solicit(InterfaceId),
    /// The next advertisement of a router.
    Advertise(InterfaceId),
}

/// All that waits. There is one instant for each, so there are no more than neighbours, addresses and interfaces.
#[derive(Debug, Default)]
pub(super) struct Timers {
    at: BTreeMap<Timer, Time>,
    order: BTreeSet<(Time, Timer)>,
}

/// Nothing is done again in less, whatever the configuration says: time must go on.
const LEAST: Duration = Duration::from_millis(1);

impl Timers {
    /// Sets the instant, and forgets an earlier one.
    pub fn after(&mut self, now: Time, span: Duration, timer: Timer) {
        self.set(now + span.max(LEAST), timer);
    }

    /// The same with the instant itself.
    pub fn set(&mut self, at: Time, timer: Timer) {
        self.cancel(timer);
        if at < Time::NEVER {
            self.at.insert(timer, at);
            self.order.insert((at, timer));
        }
    }

    /// When it is due, if it waits.
    pub fn get(&self, timer: Timer) -> Option<Time> {
        self.at.get(&timer).copied()
    }

    /// Forgets it.
    pub fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    /// The first instant.
    pub fn first(&self) -> Option<Time> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes out what is due, in the order in which it is.
    pub fn due(&mut self, now: Time) -> Vec<Timer> {
        let mut due = Vec::new();
        while let Some((at, timer)) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.order.remove(&(at, timer));
            self.at.remove(&timer);
            due.push(timer);
        }
        due
    }

    /// How many wait.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.order.len()
    }
}
