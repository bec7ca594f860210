//! The token bucket: a rate that holds over time, and a burst that may go at once.

use core::time::Duration;

use crate::link::rate::{Rate, SECOND, nanoseconds};
use crate::time::Time;

/// A shaper: a frame goes when the bucket holds as many tokens, one a byte, as it takes on the wire.
///
/// Tokens come in at the rate until the bucket is full; it is full at the beginning. So in any time `t` no more than
/// `rate * t + burst` begin to leave. How fast a burst goes is the line's rate
/// ([`Config::rate`](crate::link::Config::rate)). A frame that takes more than a full bucket could never go, and is
/// dropped ([`Reason::Burst`](crate::link::Reason::Burst)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenBucket {
    /// How fast tokens come in.
    pub rate: Rate,
    /// How many the bucket holds, in bytes.
    pub burst: u64,
}

/// A bucket and what is in it, counted in bits times [`SECOND`]: so a nanosecond brings as many as the rate, and
/// nothing is ever rounded.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    rate: Rate,
    capacity: u128,
    level: u128,
    /// When the level was this.
    at: Time,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(config: &TokenBucket) -> Self {
        let capacity = u128::from(config.burst) * 8 * SECOND;
        Self { rate: config.rate, capacity, level: capacity, at: Time::ZERO }
    }

    /// Another rate and burst from now on. What is in it stays, as far as there is room.
    pub(super) fn configure(&mut self, now: Time, config: &TokenBucket) {
        self.fill(now);
        self.rate = config.rate;
        self.capacity = u128::from(config.burst) * 8 * SECOND;
        self.level = self.level.min(self.capacity);
    }

    /// Whether a full bucket is enough for so many bits.
    pub(super) fn fits(&self, bits: u64) -> bool {
        u128::from(bits) * SECOND <= self.capacity
    }

    /// From when on there are tokens for so many bits.
    pub(super) fn ready(&self, bits: u64) -> Time {
        let missing = (u128::from(bits) * SECOND).saturating_sub(self.level);
        nanoseconds(missing, self.rate).map_or(Time::NEVER, |time| self.at + Duration::from_nanos(time))
    }

    /// Takes the tokens for so many bits out.
    pub(super) fn take(&mut self, now: Time, bits: u64) {
        self.fill(now);
        self.level = self.level.saturating_sub(u128::from(bits) * SECOND);
    }

    /// Puts in what has come until now.
    fn fill(&mut self, now: Time) {
        let came = (now - self.at).as_nanos() * u128::from(self.rate.bits_per_second());
        self.level = self.level.saturating_add(came).min(self.capacity);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        // 1,000 bytes a second, a burst of 300 bytes.
        let mut bucket = Bucket::new(&TokenBucket { rate: Rate::kbit(8), burst: 300 });
        let mut at = Time::ZERO;
        let mut times = [0; 6];
        for time in &mut times {
            at = at.max(bucket.ready(800));
            bucket.take(at, 800);
            *time = at.nanoseconds() / 1_000_000;
        }
        assert_eq!(times, [0, 0, 0, 100, 200, 300]);
        assert!(bucket.fits(2400) && !bucket.fits(2401));
        // After a long pause there is one burst again, no more.
        at += Duration::from_secs(100);
        for _ in 0..3 {
            assert!(bucket.ready(800) <= at);
            bucket.take(at, 800);
        }
        assert_eq!(bucket.ready(800), at + Duration::from_millis(100));
    }

    #[test]
    fn without_a_rate_there_is_one_burst() {
        let mut bucket = Bucket::new(&TokenBucket { rate: Rate::bit(0), burst: 1 });
        assert_eq!(bucket.ready(8), Time::ZERO);
        bucket.take(Time::ZERO, 8);
        assert_eq!(bucket.ready(1), Time::NEVER);
    }
}
