//! What is on its way, in the order in which it happens.

use alloc::collections::BTreeMap;

use crate::link::drops::Reason;
use crate::link::event::{Delivery, Dropped, Event};
use crate::link::queue::Limit;
use crate::time::Time;

/// Things to come. Those of the same instant happen in the order in which they were put in.
#[derive(Clone, Debug)]
pub(super) struct Flight<F> {
    events: BTreeMap<(Time, u64), Event<F>>,
    limit: Limit,
    bytes: usize,
    number: u64,
    arriving: u64,
}

impl<F: AsRef<[u8]>> Flight<F> {
    pub(super) fn new(limit: Limit) -> Self {
        Self { events: BTreeMap::new(), limit, bytes: 0, number: 0, arriving: 0 }
    }

    /// Another limit from now on; what is there stays.
    pub(super) fn configure(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// What has not happened by now happens now, and what was to arrive then is lost. How many frames that are.
    pub(super) fn lose(&mut self, now: Time, reason: Reason) -> u64 {
        let mut lost = 0;
        for event in self.events.split_off(&(now, u64::MAX)).into_values() {
            let dropped = match event {
                Event::Arrived(Delivery { sent, frame, .. }) => {
                    lost += 1;
                    Dropped { time: now, sent, frame, reason }
                }
                Event::Dropped(dropped) => Dropped { time: now, ..dropped },
            };
            self.number = self.number.wrapping_add(1);
            self.events.insert((now, self.number), Event::Dropped(dropped));
        }
        self.arriving = self.arriving.saturating_sub(lost);
        lost
    }

    /// Puts something in; whether there was room for it.
    pub(super) fn push(&mut self, event: Event<F>) -> bool {
        let length = event.frame().as_ref().len();
        if !self.limit.allows(self.events.len(), self.bytes, length) {
            return false;
        }
        self.bytes = self.bytes.saturating_add(length);
        self.arriving += u64::from(matches!(event, Event::Arrived(_)));
        self.number = self.number.wrapping_add(1);
        self.events.insert((event.time(), self.number), event);
        true
    }

    /// When the next one happens. What would happen at [`Time::NEVER`] does not.
    pub(super) fn next(&self) -> Option<Time> {
        self.events.first_key_value().map(|((time, _), _)| *time).filter(|time| *time < Time::NEVER)
    }

    /// The next one, if it has happened by now.
    pub(super) fn pop(&mut self, now: Time) -> Option<Event<F>> {
        self.next().filter(|time| *time <= now)?;
        let (_, event) = self.events.pop_first()?;
        self.bytes = self.bytes.saturating_sub(event.frame().as_ref().len());
        self.arriving = self.arriving.saturating_sub(u64::from(matches!(event, Event::Arrived(_))));
        Some(event)
    }

    /// How many frames are to arrive.
    pub(super) fn arriving(&self) -> u64 {
        self.arriving
    }
}
