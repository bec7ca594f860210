//! What is said of frames waits until it is known what becomes of them.

use std::collections::{BTreeMap, VecDeque};

use crate::link::{Event, Reason};
use crate::sim::{Carried, Ended};
use crate::time::Time;

/// What has become of a frame, or of the second of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is at the other end.
    Arrived {
        time: Time,
        /// The bit that was turned over.
        corrupted: Option<u64>,
        /// The queue said in it that there is congestion.
        marked: bool,
        /// It is the second of two.
        copy: bool,
    },
    /// It is lost.
    Lost { time: Time, reason: Reason },
    /// No cable was plugged in.
    NoCable { time: Time },
}

impl Outcome {
    pub fn of<'a>(ended: &Ended<'a>) -> (&'a Carried, Self) {
        match ended.event {
            Event::Arrived(delivery) => {
                let (time, corrupted) = (delivery.time, delivery.corrupted);
                let (marked, copy) = (delivery.marked, delivery.copy);
                (&delivery.frame, Self::Arrived { time, corrupted, marked, copy })
            }
            Event::Dropped(dropped) => {
                (&dropped.frame, Self::Lost { time: dropped.time, reason: dropped.reason })
            }
        }
    }

    pub const fn time(self) -> Time {
        match self {
            Self::Arrived { time, .. } | Self::Lost { time, .. } | Self::NoCable { time } => time,
        }
    }
}

/// Entries that wait, at most.
const MOST: usize = 65_536;
/// Their bytes, at most.
const MOST_BYTES: usize = 64 << 20;

/// What waits, in the order in which it came. It comes out in that order, so one whose fate is not known holds back all that came behind it.
///
/// There are bounds: when more would wait, the first goes out although its fate is not known yet.
#[derive(Debug)]
pub struct Held<T> {
    waiting: VecDeque<Entry<T>>,
    /// How many have gone out.
    gone: u64,
    /// Of each frame that waits, the number of its entry.
    frames: BTreeMap<u64, u64>,
    bytes: usize,
    most: usize,
}

#[derive(Debug)]
struct Entry<T> {
    what: T,
    bytes: usize,
    /// The frame whose fate is waited for.
    frame: Option<u64>,
    outcomes: Vec<Outcome>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        let (waiting, frames) = Default::default();
        Self { waiting, gone: 0, frames, bytes: 0, most: MOST }
    }
}

impl<T> Held<T> {
    /// The same with another bound.
    #[cfg(test)]
    pub fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Takes what is said of a frame with so many bytes, whose fate is waited for; without a number there is nothing to wait for.
    pub fn push(&mut self, frame: Option<u64>, bytes: usize, what: T) {
        if let Some(frame) = frame {
            self.frames.insert(frame, self.gone.saturating_add(self.waiting.len() as u64));
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.waiting.push_back(Entry { what, bytes, frame, outcomes: Vec::new() });
    }

    /// Something has become of a frame.
    pub fn ended(&mut self, frame: u64, outcome: Outcome) {
        let place =
            self.frames.get(&frame).and_then(|entry| usize::try_from(entry.checked_sub(self.gone)?).ok());
        if let Some(entry) = place.and_then(|place| self.waiting.get_mut(place)) {
            entry.outcomes.push(outcome);
        }
    }

    /// The next that goes out at that time, with what has become of its frame: nothing if there is no more room to wait for it.
    pub fn pop(&mut self, now: Time) -> Option<(T, Vec<Outcome>)> {
        let first = self.waiting.front()?;
        // At the same instant the second of two can still arrive.
        let known = first.outcomes.last().is_some_and(|outcome| outcome.time() < now);
        let full = self.waiting.len() > self.most || self.bytes > MOST_BYTES;
        (first.frame.is_none() || known || full).then(|| self.take()).flatten()
    }

    /// The next, whatever is known of it.
    pub fn take(&mut self) -> Option<(T, Vec<Outcome>)> {
        let entry = self.waiting.pop_front()?;
        self.gone = self.gone.saturating_add(1);
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        if let Some(frame) = entry.frame {
            self.frames.remove(&frame);
        }
        Some((entry.what, entry.outcomes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(time: u64, copy: bool) -> Outcome {
        Outcome::Arrived { time: Time::from_nanoseconds(time), corrupted: None, marked: false, copy }
    }

    #[test]
    fn one_whose_fate_is_not_known_holds_back_all_behind_it() {
        let at = Time::from_nanoseconds;
        let mut held = Held::default();
        held.push(Some(1), 60, "first");
        held.push(Some(2), 60, "second");
        held.ended(2, arrived(5, false));
        held.push(None, 60, "second arrived");
        assert_eq!(held.pop(at(9)), None);
        held.ended(1, arrived(9, false));
        assert_eq!(held.pop(at(9)), None, "it may have been doubled");
        held.ended(1, arrived(9, true));
        assert_eq!(held.pop(at(10)), Some(("first", vec![arrived(9, false), arrived(9, true)])));
        assert_eq!(held.pop(at(10)), Some(("second", vec![arrived(5, false)])));
        assert_eq!(held.pop(at(10)), Some(("second arrived", vec![])));
        assert_eq!(held.pop(at(10)), None);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let mut held = Held::default().most(2);
        for number in 1..=3 {
            held.push(Some(number), 60, number);
        }
        assert_eq!(held.pop(Time::ZERO), Some((1, vec![])));
        assert_eq!(held.pop(Time::ZERO), None);
        // Too late for the one, in time for the others.
        held.ended(1, arrived(1, false));
        held.ended(2, arrived(1, false));
        assert_eq!(held.pop(Time::NEVER), Some((2, vec![arrived(1, false)])));
        assert_eq!(held.take(), Some((3, vec![])));
        assert_eq!(held.take(), None);
    }
}
