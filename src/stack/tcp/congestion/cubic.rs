//! CUBIC, [RFC 9438](https://www.rfc-editor.org/rfc/rfc9438): the window is a cubic function of the time since it fell.
//!
//! `W(t) = C (t - K)^3 + W_max` in segments, with C = 0.4 and t in seconds; here in bytes and microseconds, in integers of 128 bits, which
//! hold all of it for windows of up to 2^40 bytes and times of up to a day.

use core::time::Duration;

use crate::time::Time;

/// How the window grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Cubic {
    /// The window before it fell, less if it had not reached the one before (fast convergence), in bytes.
    most: u64,
    /// The window when it fell last, in bytes.
    prior: u64,
    /// Since the window began to grow again.
    epoch: Option<Epoch>,
}

/// A time of growth between two losses.
#[derive(Clone, Debug)]
struct Epoch {
    start: Time,
    /// The time that it takes to reach `most` again, in microseconds: K of equation 2.
    reach: u64,
    /// Where the curve is flat: W_max, or the window itself if that is more.
    plateau: u64,
    /// The window that Reno would have, in bytes and 1024ths of a byte.
    reno: u128,
    /// Bytes by which the window is to grow, times the window.
    credit: u128,
}

/// A second in microseconds.
const SECOND: u128 = 1_000_000;

impl Cubic {
    /// The threshold after a loss: 0.7 of the window (sections 4.6 and 4.7).
    pub fn fall(&mut self, in_flight: u64) -> u64 {
        self.prior = in_flight;
        self.most = if in_flight < self.most { in_flight / 20 * 17 } else { in_flight };
        self.epoch = None;
        in_flight / 10 * 7
    }

    /// Where the window was says nothing any more: it grows from where avoidance begins, at first hardly (section 4.8).
    pub fn forget(&mut self) {
        self.most = 0;
        self.epoch = None;
    }

    /// Time goes by in which the window does not grow.
    pub fn pause(&mut self, now: Time, span: Duration) {
        if let Some(epoch) = &mut self.epoch {
            epoch.start = (epoch.start + span).min(now);
        }
    }

    /// The window after so many bytes were acknowledged (sections 4.2 to 4.5).
    pub fn grow(&mut self, now: Time, round_trip: Duration, window: u64, segment: u64, bytes: u64) -> u64 {
        let (most, prior) = (self.most, self.prior);
        let epoch = self.epoch.get_or_insert_with(|| Epoch {
            start: now,
            reach: time_to_grow(most.saturating_sub(window), segment),
            plateau: most.max(window),
            reno: u128::from(window) << 10,
            credit: 0,
        });
        let window = window.max(1);
        // Equation 4: alpha is 3 (1 - 0.7) / (1 + 0.7) = 9/17 until the window is where it was, then 1.
        let (over, under) = if epoch.reno >> 10 >= u128::from(prior) { (1, 1) } else { (9, 17) };
        let step = (u128::from(bytes) * u128::from(segment)) << 10;
        epoch.reno = epoch.reno.saturating_add(step * over / under / u128::from(window));
        let reno = u64::try_from(epoch.reno >> 10).unwrap_or(u64::MAX);

        let elapsed = u64::try_from((now - epoch.start).as_micros()).unwrap_or(u64::MAX);
        if epoch.at(elapsed, segment) < reno {
            return window.max(reno);
        }
        let ahead = elapsed.saturating_add(u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX));
        let target = epoch.at(ahead, segment).clamp(window, window.saturating_add(window / 2));
        epoch.credit =
            epoch.credit.saturating_add(u128::from(target.saturating_sub(window)) * u128::from(bytes));
        let grown = epoch.credit / u128::from(window);
        epoch.credit %= u128::from(window);
        window.saturating_add(u64::try_from(grown).unwrap_or(u64::MAX))
    }
}

impl Epoch {
    /// Equation 1: the window so many microseconds after the start.
    fn at(&self, elapsed: u64, segment: u64) -> u64 {
        let away = elapsed.abs_diff(self.reach).min(86_400_000_000);
        let change = cube_of(away, segment);
        if elapsed < self.reach {
            self.plateau.saturating_sub(change)
        } else {
            self.plateau.saturating_add(change)
        }
    }
}

/// 0.4 t^3 segments, in bytes, of a time in microseconds.
fn cube_of(time: u64, segment: u64) -> u64 {
    let time = u128::from(time);
    // t^3 has up to 110 bits: a second is taken out of it before it meets the segment.
    let seconds = time * time * time / SECOND;
    u64::try_from(
        seconds * 4 / 10 / SECOND * u128::from(segment) / SECOND
            + seconds * 4 / 10 % SECOND * u128::from(segment) / (SECOND * SECOND),
    )
    .unwrap_or(u64::MAX)
}

/// Equation 2: the microseconds after which 0.4 t^3 segments are so many bytes.
fn time_to_grow(bytes: u64, segment: u64) -> u64 {
    let cube =
        u128::from(bytes.min(1 << 40)) * SECOND * SECOND / u128::from(segment.max(1)) * SECOND * 10 / 4;
    cube_root(cube)
}

/// The cube root, rounded down, found bit by bit.
fn cube_root(cube: u128) -> u64 {
    let mut root = 0u64;
    for bit in (0..42).rev() {
        let next = root | (1 << bit);
        if u128::from(next) * u128::from(next) * u128::from(next) <= cube {
            root = next;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = 1000;

    /// RFC 9438 section 4.2: K is the cube root of 0.3 W_max / 0.4; the values are computed with a pocket calculator.
    #[test]
    fn the_time_to_reach_the_old_window() {
        for (most, reach) in [(50, 3.347), (100, 4.217), (500, 7.211), (1000, 9.086), (10000, 19.574)] {
            let found = time_to_grow(most * SEGMENT * 3 / 10, SEGMENT) as f64 / 1e6;
            assert!((found - reach).abs() < 0.001, "{most}: {found}");
        }
    }

    /// W(t) with W_max = 100 segments: 70 at the start, and as the formula says.
    #[test]
    fn the_curve() {
        let epoch = Epoch {
            start: Time::ZERO,
            reach: time_to_grow(30 * SEGMENT, SEGMENT),
            plateau: 100 * SEGMENT,
            reno: 0,
            credit: 0,
        };
        let reach = epoch.reach;
        for (at, segments) in [
            (0, 70.0),
            (1_000_000, 86.68),
            (2_000_000, 95.64),
            (reach, 100.0),
            (reach + 2_000_000, 103.2),
            (reach + 5_000_000, 150.0),
        ] {
            let found = epoch.at(at, SEGMENT) as f64 / SEGMENT as f64;
            assert!((found - segments).abs() < 0.01, "{at}: {found} instead of {segments}");
        }
    }

    #[test]
    fn falls_to_seven_tenths_and_converges_fast() {
        let mut cubic = Cubic::default();
        assert_eq!(cubic.fall(100 * SEGMENT), 70 * SEGMENT);
        assert_eq!(cubic.most, 100 * SEGMENT);
        assert_eq!(cubic.fall(80 * SEGMENT), 56 * SEGMENT);
        assert_eq!(cubic.most, 68 * SEGMENT);
    }

    /// Acknowledgments of a window each round trip of 100 ms: the window follows the curve, but not faster than half of it a round trip.
    #[test]
    fn follows_the_curve() {
        let mut cubic = Cubic::default();
        let mut window = cubic.fall(500 * SEGMENT);
        let (mut now, round_trip) = (Time::ZERO, Duration::from_millis(100));
        while now < Time::ZERO + Duration::from_secs(12) {
            for _ in 0..10 {
                window = cubic.grow(now, round_trip, window, SEGMENT, window / 10);
                now += round_trip / 10;
            }
            let t = now.nanoseconds() as f64 / 1e9;
            let wanted = 0.4 * (t - 7.211).powi(3) + 500.0;
            let found = window as f64 / SEGMENT as f64;
            assert!((found / wanted - 1.0).abs() < 0.02, "{t}: {found} instead of {wanted}");
        }
    }
}
