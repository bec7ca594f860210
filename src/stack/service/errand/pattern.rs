//! When the next datagram goes.

use core::time::Duration;

use super::logarithm::exponential;
use super::spaced;
use crate::random::Random;
use crate::time::Time;

/// How datagrams follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pattern {
    /// One in each such span.
    Every(Duration),
    /// As many bytes of UDP data as make so many bits a second.
    Rate(u64),
    /// The same for a while, then nothing for a while, and so on.
    OnOff {
        /// Bits a second while it sends.
        rate: u64,
        /// So long it sends.
        on: Duration,
        /// So long it does not.
        off: Duration,
    },
    /// By chance, independently of each other, with this mean span between two.
    Poisson {
        /// The mean.
        mean: Duration,
        /// Where chance begins.
        seed: u64,
    },
}

/// The times of datagrams of one size.
#[derive(Debug)]
pub(super) struct Rhythm {
    pattern: Pattern,
    bits: u128,
    begin: Time,
    count: u64,
    random: Random,
    next: Time,
}

impl Rhythm {
    /// The first goes at `begin`.
    pub fn new(pattern: Pattern, size: usize, begin: Time) -> Self {
        let seed = if let Pattern::Poisson { seed, .. } = pattern { seed } else { 0 };
        let bits = (size as u128).saturating_mul(8);
        Self { pattern, bits, begin, count: 0, random: Random::new(seed), next: begin }
    }

    /// When the next one goes; never if it is to go at no bits a second.
    pub const fn next(&self) -> Time {
        self.next
    }

    /// It has gone.
    pub fn advance(&mut self) {
        self.count = self.count.saturating_add(1);
        let next = match self.pattern {
            Pattern::Every(span) => self.next + spaced(span),
            Pattern::Rate(rate) => self.begin + self.sending(rate),
            Pattern::OnOff { rate, on, off } => {
                let (sending, on) = (self.sending(rate).as_nanos(), spaced(on).as_nanos());
                let rounds = sending.checked_div(on).unwrap_or(0);
                let pauses = rounds.saturating_mul(off.as_nanos());
                self.begin + nanoseconds(sending.saturating_add(pauses))
            }
            Pattern::Poisson { mean, .. } => self.next + exponential(&mut self.random, mean),
        };
        self.next = next.max(self.next + spaced(Duration::ZERO));
    }

    /// How long all so far take at a rate. What is less than a nanosecond does not add up.
    fn sending(&self, rate: u64) -> Duration {
        let billionths = self.bits.saturating_mul(u128::from(self.count)).saturating_mul(1_000_000_000);
        nanoseconds(billionths.checked_div(u128::from(rate)).unwrap_or(u128::MAX))
    }
}

fn nanoseconds(span: u128) -> Duration {
    Duration::from_nanos(u64::try_from(span).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Times in microseconds.
    fn times(pattern: Pattern, size: usize, count: usize) -> Vec<u64> {
        let mut rhythm = Rhythm::new(pattern, size, Time::ZERO);
        let mut next = || {
            let next = rhythm.next().nanoseconds() / 1000;
            rhythm.advance();
            next
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn times_by_arithmetic() {
        assert_eq!(times(Pattern::Every(Duration::from_millis(2)), 1, 3), [0, 2_000, 4_000]);
        // 8,000 bits at 1 Mbit/s: 8 ms.
        assert_eq!(times(Pattern::Rate(1_000_000), 1000, 3), [0, 8_000, 16_000]);
        // 24 bits at 9 bit/s: 8/3 s, and three of them are 8 s.
        assert_eq!(times(Pattern::Rate(9), 3, 4), [0, 2_666_666, 5_333_333, 8_000_000]);
        let (on, off) = (Duration::from_millis(16), Duration::from_millis(100));
        let bursts = times(Pattern::OnOff { rate: 1_000_000, on, off }, 1000, 5);
        assert_eq!(bursts, [0, 8_000, 116_000, 124_000, 232_000]);
        assert_eq!(times(Pattern::Rate(0), 1, 2)[1], u64::MAX / 1000);
        // However fast it is to be, time goes on.
        assert_eq!(times(Pattern::Every(Duration::ZERO), 1, 3), [0, 1, 2]);
        assert_eq!(times(Pattern::Rate(u64::MAX), 1, 3), [0, 1, 2]);
    }
}
