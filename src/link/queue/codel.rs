//! CoDel, [RFC 8289](https://www.rfc-editor.org/rfc/rfc8289): frames are dropped when all have waited too long for too long.

use core::time::Duration;

use crate::link::queue::{Fifo, Waiting};
use crate::time::Time;

/// Controlled Delay, RFC 8289: a queue that lets bursts wait and does not let a queue stand.
///
/// When every frame that left within `interval` had waited `target` or longer, one is dropped, and while that stays
/// so the next one `interval / sqrt(n)` after the `n`th. It ends with the first that has waited less, or when no more
/// than one full frame is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Codel {
    /// How long a frame may wait if that lasts (RFC 8289 section 4.3).
    pub target: Duration,
    /// How long it has to last: about the longest round trip of what goes through (RFC 8289 section 4.2).
    pub interval: Duration,
    /// A full frame, in bytes: with no more than that behind the frame that leaves nothing is dropped.
    pub mtu: usize,
    /// Marks what can be marked instead of dropping it ([`mark`](crate::link::mark)).
    pub ecn: bool,
}

impl Default for Codel {
    /// 5 ms within 100 ms, as RFC 8289 gives them; full frames of Ethernet; no marks.
    fn default() -> Self {
        Self { target: Duration::from_millis(5), interval: Duration::from_millis(100), mtu: 1514, ecn: false }
    }
}

/// What CoDel remembers; the names are those of RFC 8289 section 5.3 where it has one.
#[derive(Clone, Debug)]
pub(super) struct State {
    config: Codel,
    /// From then on frames have waited too long for too long, if none comes that has not.
    first_above: Option<Time>,
    dropping: bool,
    drop_next: Time,
    /// How many were dropped since dropping began, and how many it began with.
    count: u32,
    last_count: u32,
}

impl State {
    pub(super) fn new(config: Codel) -> Self {
        Self { config, first_above: None, dropping: false, drop_next: Time::ZERO, count: 0, last_count: 0 }
    }

    pub(super) fn configure(&mut self, config: Codel) {
        self.config = config;
    }

    pub(super) fn marks(&self) -> bool {
        self.config.ecn
    }

    /// The next frame for the line. `signal` tells a frame's sender that there is congestion: it gives the frame back
    /// marked, or drops it.
    pub(super) fn pop<F: AsRef<[u8]>>(
        &mut self,
        now: Time,
        fifo: &mut Fifo<F>,
        mut signal: impl FnMut(Waiting<F>) -> Option<Waiting<F>>,
    ) -> Option<Waiting<F>> {
        let (mut frame, mut late) = self.take(now, fifo)?;
        if self.dropping {
            self.dropping = late;
            while self.dropping && now >= self.drop_next {
                self.count = self.count.saturating_add(1);
                if let Some(marked) = signal(frame) {
                    self.drop_next = self.after(self.drop_next);
                    return Some(marked);
                }
                (frame, late) = self.take(now, fifo)?;
                self.dropping = late;
                if late {
                    self.drop_next = self.after(self.drop_next);
                }
            }
        } else if late {
            let marked = signal(frame);
            self.begin(now);
            return marked.or_else(|| Some(self.take(now, fifo)?.0));
        }
        Some(frame)
    }

    /// Dropping begins: where it ended a short while ago, with about as many as were needed then.
    fn begin(&mut self, now: Time) {
        let needed = self.count.saturating_sub(self.last_count);
        let recently = now - self.drop_next < self.config.interval.saturating_mul(16);
        self.dropping = true;
        self.count = if needed > 1 && recently { needed } else { 1 };
        self.last_count = self.count;
        self.drop_next = self.after(now);
    }

    /// The frame that has waited longest, and whether frames have waited too long for too long.
    fn take<F: AsRef<[u8]>>(&mut self, now: Time, fifo: &mut Fifo<F>) -> Option<(Waiting<F>, bool)> {
        let Some(frame) = fifo.pop() else {
            (self.first_above, self.dropping) = (None, false);
            return None;
        };
        let late = if now - frame.sent < self.config.target || fifo.bytes <= self.config.mtu {
            self.first_above = None;
            false
        } else {
            let begins = self.first_above.is_none();
            now >= *self.first_above.get_or_insert(now + self.config.interval) && !begins
        };
        Some((frame, late))
    }

    /// The control law: `interval / sqrt(count)` later, as `sqrt(interval² / count)` in whole nanoseconds.
    fn after(&self, time: Time) -> Time {
        let interval = self.config.interval.as_nanos().min(u128::from(u64::MAX));
        let square = (interval * interval).checked_div(u128::from(self.count)).unwrap_or(0);
        time + Duration::from_nanos(u64::try_from(square.isqrt()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_law() {
        let mut state = State::new(Codel::default());
        for count in [1u32, 2, 3, 4, 100, 12_345, u32::MAX] {
            state.count = count;
            let expected = 1e8 / f64::from(count).sqrt();
            let after = state.after(Time::ZERO).nanoseconds() as f64;
            assert!((expected - after).abs() <= 1.0, "{count}: {after}, not {expected}");
        }
    }

    /// RFC 8289 section 5.3: beginning again soon takes up the rate that was needed.
    #[test]
    fn beginning_again() {
        let mut state = State::new(Codel::default());
        let start = Time::new(10, 0);
        state.begin(start);
        assert_eq!((state.count, state.last_count), (1, 1));
        assert_eq!(state.drop_next, start + Duration::from_millis(100));
        (state.count, state.drop_next) = (10, start);
        state.begin(start + Duration::from_millis(1599));
        assert_eq!((state.count, state.last_count), (9, 9));
        (state.count, state.drop_next) = (20, start);
        state.begin(start + Duration::from_millis(1600));
        assert_eq!((state.count, state.last_count), (1, 1));
    }
}
