//! Requests that wait for replies, by number.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::account::Spread;
use crate::stack::service::Figure;
use crate::time::Time;

/// Which requests were answered: what was lost, overtaken, answered twice.
#[derive(Debug)]
pub(super) struct Tally {
    wait: Duration,
    waiting: BTreeMap<u64, Time>,
    /// What was given up and may still be answered.
    late: BTreeMap<u64, Time>,
    pub sent: u64,
    pub received: u64,
    pub lost: u64,
    pub duplicates: u64,
    pub reordered: u64,
    highest: Option<u64>,
}

/// Requests that wait at once, at most; then the oldest is given up. And as many that were given up are remembered.
const MOST: usize = 16_384;

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The first to its request, after so long.
    After(Duration),
    /// Another one.
    Again,
    /// To nothing that was sent.
    Stray,
}

impl Tally {
    /// Replies have so long.
    pub const fn new(wait: Duration) -> Self {
        Self {
            wait,
            waiting: BTreeMap::new(),
            late: BTreeMap::new(),
            sent: 0,
            received: 0,
            lost: 0,
            duplicates: 0,
            reordered: 0,
            highest: None,
        }
    }

    /// The next request was sent.
    pub fn send(&mut self, now: Time) {
        self.waiting.insert(self.sent, now);
        self.sent = self.sent.saturating_add(1);
        if self.waiting.len() > MOST {
            self.fail();
        }
    }

    /// A reply to a request has come.
    pub fn reply(&mut self, now: Time, number: u64, rtt: &mut Spread) -> Reply {
        let waited = self.waiting.remove(&number);
        let since = match waited.or_else(|| self.late.remove(&number)) {
            Some(since) => since,
            None if number < self.sent => {
                self.duplicates = self.duplicates.saturating_add(1);
                return Reply::Again;
            }
            None => return Reply::Stray,
        };
        if waited.is_none() {
            self.lost = self.lost.saturating_sub(1);
        }
        self.received = self.received.saturating_add(1);
        if self.highest.is_some_and(|highest| number < highest) {
            self.reordered = self.reordered.saturating_add(1);
        }
        self.highest = self.highest.max(Some(number));
        rtt.add(now - since);
        Reply::After(now - since)
    }

    /// The oldest request is not answered any more.
    pub fn fail(&mut self) -> Option<u64> {
        let (number, since) = self.waiting.pop_first()?;
        self.lost = self.lost.saturating_add(1);
        self.late.insert(number, since);
        if self.late.len() > MOST {
            self.late.pop_first();
        }
        Some(number)
    }

    /// Whether nothing is waited for.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the oldest has waited long enough.
    pub fn due(&self) -> Option<Time> {
        self.waiting.first_key_value().map(|(_, since)| *since + self.wait)
    }

    /// The next request that has waited long enough.
    pub fn expire(&mut self, now: Time) -> Option<u64> {
        self.due().filter(|due| *due <= now).and_then(|_| self.fail())
    }

    /// What was counted.
    pub fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent));
        each("received", Figure::Count(self.received));
        each("lost", Figure::Count(self.lost));
        each("duplicates", Figure::Count(self.duplicates));
        each("reordered", Figure::Count(self.reordered));
    }
}
