//! All neighbours, and the frames that wait for them: both bounded.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use super::Config;
use super::entry::{Entry, State};
use crate::field::Mac;
use crate::stack::{DropReason, InterfaceId, Outbox, Transmit};
use crate::time::Time;

/// Which neighbour: behind which interface, at which address.
pub(super) type Key = (InterfaceId, IpAddr);

/// All neighbours.
#[derive(Debug)]
pub(super) struct Cache {
    entries: BTreeMap<Key, Entry>,
    unresolved: usize,
    bytes: usize,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    entries: usize,
    unresolved: usize,
    waiting: usize,
    bytes: usize,
}

impl Cache {
    /// None yet.
    pub fn new(config: &Config) -> Self {
        let limits = Limits {
            entries: config.entries,
            unresolved: config.unresolved,
            waiting: config.waiting,
            bytes: config.waiting_bytes,
        };
        Self { entries: BTreeMap::new(), unresolved: 0, bytes: 0, limits }
    }

    /// In the order of interfaces and addresses.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// A neighbour.
    pub fn get(&self, key: Key) -> Option<&Entry> {
        self.entries.get(&key)
    }

    /// A neighbour. What is done to it leaves INCOMPLETE only in [`Cache::settle`].
    pub fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.entries.get_mut(&key)
    }

    /// Which neighbour has to go before another one can come, if there is no room.
    ///
    /// What is being asked for does not drive out what is known unless that is stale, and the other way round.
    pub fn crowded(&self, now: Time) -> Option<Key> {
        let oldest = |wanted: State| {
            let of_state = self.entries.iter().filter(|(_, entry)| entry.state(now) == wanted);
            of_state.min_by_key(|(_, entry)| entry.used).map(|(key, _)| *key)
        };
        if self.unresolved >= self.limits.unresolved {
            return oldest(State::Incomplete);
        }
        if self.entries.len() < self.limits.entries {
            return None;
        }
        [State::Stale, State::Incomplete, State::Reachable, State::Delay, State::Probe]
            .into_iter()
            .find_map(oldest)
    }

    /// Makes a neighbour that is to be asked for; `false` if there is no room.
    pub fn make(&mut self, now: Time, key: Key) -> bool {
        let room = self.entries.len() < self.limits.entries;
        if room && !self.entries.contains_key(&key) {
            self.entries.insert(key, Entry::new(now));
            self.unresolved = self.unresolved.saturating_add(1);
        }
        room
    }

    /// Takes a neighbour out.
    pub fn remove(&mut self, key: Key) -> Option<Entry> {
        let entry = self.entries.remove(&key)?;
        if entry.mac().is_none() {
            self.unresolved = self.unresolved.saturating_sub(1);
        }
        let waiting: usize = entry.waiting.iter().map(|transmit| transmit.frame.len()).sum();
        self.bytes = self.bytes.saturating_sub(waiting);
        Some(entry)
    }

    /// Lets a frame wait; the oldest one of this neighbour gives way, then the new one itself.
    pub fn wait(&mut self, key: Key, transmit: Transmit, out: &mut Outbox) {
        let limits = self.limits;
        let Some(entry) = self.entries.get_mut(&key) else {
            return discard(transmit, DropReason::NeighbourQueue, out);
        };
        let more = transmit.frame.len();
        let full = |bytes: usize| bytes.saturating_add(more) > limits.bytes;
        while (entry.waiting.len() >= limits.waiting || full(self.bytes))
            && let Some(oldest) = entry.waiting.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.frame.len());
            discard(oldest, DropReason::NeighbourQueue, out);
        }
        if limits.waiting == 0 || full(self.bytes) {
            return discard(transmit, DropReason::NeighbourQueue, out);
        }
        self.bytes = self.bytes.saturating_add(more);
        entry.waiting.push_back(transmit);
    }

    /// A neighbour's address has become known: sends what waits for it. `true` if anything did.
    pub fn settle(&mut self, key: Key, out: &mut Outbox) -> bool {
        let Some((entry, mac)) = self.entries.get_mut(&key).and_then(|entry| {
            let mac = entry.mac()?;
            Some((entry, mac))
        }) else {
            return false;
        };
        let any = !entry.waiting.is_empty();
        for transmit in entry.waiting.drain(..) {
            self.bytes = self.bytes.saturating_sub(transmit.frame.len());
            out.push(addressed(transmit, mac));
        }
        any
    }

    /// Says that a neighbour is not INCOMPLETE any more.
    pub fn resolved(&mut self) {
        self.unresolved = self.unresolved.saturating_sub(1);
    }

    /// Bytes and frames that wait, neighbours that are being asked for, as they are counted one by one.
    #[cfg(test)]
    pub fn audit(&self) -> (usize, usize, usize) {
        let frames = || self.entries.values().flat_map(|entry| &entry.waiting);
        let bytes = frames().map(|transmit| transmit.frame.len()).sum();
        let unresolved = self.entries.values().filter(|entry| entry.mac().is_none()).count();
        assert_eq!((bytes, unresolved), (self.bytes, self.unresolved));
        (bytes, frames().count(), unresolved)
    }
}

/// A frame with its destination.
pub(super) fn addressed(mut transmit: Transmit, mac: Mac) -> Transmit {
    if let Some(destination) = transmit.frame.get_mut(..6) {
        destination.copy_from_slice(&mac.0);
    }
    transmit
}

/// Drops a frame, and counts it.
pub(super) fn discard(transmit: Transmit, reason: DropReason, out: &mut Outbox) {
    out.drops.count(reason);
    out.recycle(transmit.frame);
}
