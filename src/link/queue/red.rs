//! Random Early Detection: Floyd and Jacobson, "Random Early Detection Gateways for Congestion Avoidance" (IEEE/ACM
//! Transactions on Networking, 1993).

use core::time::Duration;

use crate::link::probability::Probability;
use crate::random::Random;
use crate::time::Time;

/// Random Early Detection (Floyd and Jacobson 1993): frames are dropped by chance, the likelier the longer the queue
/// is on average.
///
/// The average counts frames, and follows the queue by `1 / 2^weight` at each frame that comes. Below `min` all
/// frames pass. From there to `max` the probability grows from 0 to `probability`; beyond `max` all are dropped, or,
/// if it is `gentle` (Floyd 2000), the probability grows on to 1 at twice `max`. Drops are spread out evenly by how
/// many frames have passed since the last one.
///
/// Small frames are dropped as likely as large ones ([RFC 7141](https://www.rfc-editor.org/rfc/rfc7141) section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Red {
    /// Frames, on average, from which on some are dropped.
    pub min: u32,
    /// Frames, on average, at which the probability is `probability`. If it is not above `min`, there is nothing between.
    pub max: u32,
    /// How likely a drop is at `max`, before drops are spread out.
    pub probability: Probability,
    /// How slow the average is: a new length counts `1 / 2^weight`; at most 31.
    pub weight: u8,
    /// The bytes of a usual frame: while the queue is empty, the average falls as if as many of these came as the
    /// line has time for.
    pub mean_packet: u32,
    /// Does not drop all just beyond `max`.
    pub gentle: bool,
    /// Marks what can be marked instead of dropping it ([`mark`](crate::link::mark)). Where all are to be dropped, all are.
    pub ecn: bool,
}

impl Default for Red {
    /// The paper's own: 5 and 15 frames, one in 50, a weight of about 0.002; and gentle; no marks.
    fn default() -> Self {
        Self {
            min: 5,
            max: 15,
            probability: Probability::percent(2),
            weight: 9,
            mean_packet: 1_000,
            gentle: true,
            ecn: false,
        }
    }
}

/// What is to be done with a frame that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// Its sender is to know of congestion: marked, or dropped.
    Signal,
    Drop,
}

/// Frames, in parts of 2^32.
const ONE: u64 = 1 << 32;

/// What RED remembers.
#[derive(Clone, Debug)]
pub(super) struct State {
    config: Red,
    average: u64,
    /// Frames since the last one that was dropped or marked; `None` while the average is below `min`.
    count: Option<u64>,
    /// Since when the queue is empty.
    empty: Time,
    /// What a usual frame takes on the line.
    usual: Duration,
}

impl State {
    pub(super) fn new(config: Red, usual: Duration) -> Self {
        Self { config, average: 0, count: None, empty: Time::ZERO, usual }
    }

    pub(super) fn configure(&mut self, config: Red, usual: Duration) {
        (self.config, self.usual) = (config, usual);
    }

    pub(super) fn marks(&self) -> bool {
        self.config.ecn
    }

    /// The queue is empty now.
    pub(super) fn empty(&mut self, now: Time) {
        self.empty = now;
    }

    /// A frame comes where so many wait: figure 2 of the paper.
    pub(super) fn arrives(&mut self, now: Time, packets: usize, random: &mut Random) -> Verdict {
        self.follow(now, packets);
        let draw = random.below(u64::from(Probability::ALWAYS.parts()));
        let Some((part, whole)) = self.chance() else {
            self.count = None;
            return Verdict::Pass;
        };
        let count = self.count.map_or(0, |count| count.saturating_add(1));
        self.count = Some(count);
        if part >= whole {
            self.count = Some(0);
            return Verdict::Drop;
        }
        // p / (1 - count * p); once that is 1 or more, it happens.
        let rest = whole.saturating_sub(part.saturating_mul(u128::from(count)));
        if u128::from(draw).saturating_mul(rest)
            < part.saturating_mul(u128::from(Probability::ALWAYS.parts()))
        {
            self.count = Some(0);
            return Verdict::Signal;
        }
        Verdict::Pass
    }

    /// The average follows the length of the queue. An empty one counts once for each usual frame that would have
    /// gone, and at least once.
    fn follow(&mut self, now: Time, packets: usize) {
        let weight = u32::from(self.config.weight).min(31);
        if packets == 0 {
            let times = (now - self.empty).as_nanos().checked_div(self.usual.as_nanos()).unwrap_or(u128::MAX);
            let keeps = power(ONE - (ONE >> weight), u64::try_from(times).unwrap_or(u64::MAX).max(1));
            self.average = scaled(self.average, keeps);
            return;
        }
        let length = i128::from(ONE) * i128::from(u32::try_from(packets).unwrap_or(u32::MAX));
        let average = i128::from(self.average);
        self.average = u64::try_from(average + ((length - average) >> weight)).unwrap_or(u64::MAX);
    }

    /// How likely a drop is before drops are spread out, as a fraction; `None` below `min`.
    fn chance(&self) -> Option<(u128, u128)> {
        let Red { min, max, probability, gentle, .. } = self.config;
        let [min, max] = [min, max].map(|frames| u64::from(frames) * ONE);
        let (at_max, all) = (u128::from(probability.parts()), u128::from(Probability::ALWAYS.parts()));
        let above = |threshold: u64| u128::from(self.average.saturating_sub(threshold));
        if self.average < min {
            None
        } else if self.average < max {
            Some((at_max * above(min), all * u128::from(max - min)))
        } else if gentle && above(max) < u128::from(max) {
            Some((at_max * u128::from(max) + (all - at_max) * above(max), all * u128::from(max)))
        } else {
            Some((1, 1))
        }
    }
}

/// A number times a fraction of [`ONE`].
fn scaled(number: u64, fraction: u64) -> u64 {
    ((u128::from(number) * u128::from(fraction)) >> 32) as u64
}

/// A fraction of [`ONE`] to the power of `times`, by squaring.
fn power(mut fraction: u64, mut times: u64) -> u64 {
    let mut power = ONE;
    while times > 0 && power > 0 {
        if times % 2 == 1 {
            power = scaled(power, fraction);
        }
        fraction = scaled(fraction, fraction);
        times /= 2;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const RED: Red = Red {
        min: 5,
        max: 15,
        probability: Probability::percent(2),
        weight: 9,
        mean_packet: 1_000,
        gentle: false,
        ecn: false,
    };

    fn frames(state: &State) -> f64 {
        state.average as f64 / ONE as f64
    }

    /// avg = (1 - w) avg + w q, and (1 - w)^m avg after an idle time of m frames: sections 4 and 11 of the paper.
    #[test]
    fn the_average_is_as_the_paper_has_it() {
        let usual = Duration::from_micros(800);
        let mut state = State::new(RED, usual);
        let (mut expected, w, mut now) = (0.0f64, 1.0f64 / 512.0, Time::ZERO);
        for n in 0..20_000usize {
            let packets = n * 7919 % 41;
            if packets == 0 {
                let frames = 1 + n % 300;
                state.empty(now);
                now += usual * frames as u32 + Duration::from_micros(3);
                expected *= (1.0 - w).powi(frames as i32);
            } else {
                expected += w * (packets as f64 - expected);
            }
            state.follow(now, packets);
            assert!((frames(&state) - expected).abs() < 1e-3, "{n}: {}, not {expected}", frames(&state));
        }
        // Paper, section 11: 33 frames of a queue of one take the average to 0.63 with a weight of 1/33, as a
        // low-pass filter does.
        let mut state = State::new(Red { weight: 5, ..RED }, usual);
        (0..32).for_each(|_| state.follow(now, 1));
        assert!((frames(&state) - (1.0 - (31.0f64 / 32.0).powi(32))).abs() < 1e-6);
        // Without anything for a long time it is gone, also where a frame takes no time.
        state.follow(now + Duration::from_secs(1000), 0);
        assert_eq!(state.average, 0);
        let mut state = State::new(RED, Duration::ZERO);
        state.average = 7 * ONE;
        state.follow(now, 0);
        assert_eq!(state.average, 0);
    }

    /// p = max_p (avg - min) / (max - min), and beyond max all, or max_p + (1 - max_p) (avg - max) / max.
    #[test]
    fn the_probability_is_as_the_paper_has_it() {
        let chance = |config: Red, average: f64| {
            let mut state = State::new(config, Duration::ZERO);
            state.average = (average * ONE as f64) as u64;
            state.chance().map(|(part, whole)| part as f64 / whole as f64)
        };
        let gentle = Red { gentle: true, ..RED };
        for (average, hard, soft) in [
            (4.999, None, None),
            (5.0, Some(0.0), Some(0.0)),
            (7.5, Some(0.005), Some(0.005)),
            (14.99, Some(0.02 * 0.999), Some(0.02 * 0.999)),
            (15.0, Some(1.0), Some(0.02)),
            (22.5, Some(1.0), Some(0.02 + 0.98 / 2.0)),
            (29.99, Some(1.0), Some(0.02 + 0.98 * 14.99 / 15.0)),
            (30.0, Some(1.0), Some(1.0)),
        ] {
            for (config, expected) in [(RED, hard), (gentle, soft)] {
                let found = chance(config, average);
                let same = match (found, expected) {
                    (Some(found), Some(expected)) => (found - expected).abs() < 1e-7f64,
                    (found, expected) => found == expected,
                };
                assert!(same, "{average}: {found:?}, not {expected:?}");
            }
        }
        // Thresholds that leave nothing between them.
        let step = Red { min: 10, max: 10, ..RED };
        assert_eq!((chance(step, 9.9), chance(step, 10.0)), (None, Some(1.0)));
        assert_eq!(chance(Red { min: 0, max: 0, gentle: true, ..RED }, 0.0), Some(1.0));
    }

    /// Section 7 of the paper: with p, the gap between two marks is even over 1 to 1/p - 1 (count is 1 at the first
    /// frame behind a mark), so its mean is 1/(2p), and no gap is longer.
    #[test]
    fn drops_are_spread_out_evenly() {
        let mut state = State::new(RED, Duration::ZERO);
        state.average = 10 * ONE;
        let mut random = Random::new(5);
        let (mut gaps, mut since) = (Vec::new(), 0u32);
        while gaps.len() < 20_000 {
            since += 1;
            if state.arrives(Time::ZERO, 10, &mut random) == Verdict::Signal {
                gaps.push(since);
                since = 0;
            }
        }
        // p is 1%: 1 to 99, mean 50, standard deviation sqrt((99^2 - 1) / 12) = 28.58.
        let gaps = &gaps[1..];
        let mean = gaps.iter().sum::<u32>() as f64 / gaps.len() as f64;
        assert!((mean - 50.0).abs() < 4.0 * 28.58 / (gaps.len() as f64).sqrt(), "{mean}");
        assert_eq!((gaps.iter().min(), gaps.iter().max()), (Some(&1), Some(&99)));
        let first_half = gaps.iter().filter(|gap| **gap <= 33).count() as f64 / gaps.len() as f64;
        assert!(
            (first_half - 1.0 / 3.0).abs() < 4.0 * (2.0f64 / 9.0 / gaps.len() as f64).sqrt(),
            "{first_half}"
        );
    }
}
