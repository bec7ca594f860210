//! How fast a wire takes bits, and when it is done with them.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::link::decimal::{NumberError, decimal};
use crate::time::Time;

/// Nanoseconds of a second.
pub(super) const SECOND: u128 = 1_000_000_000;

/// Bits per second. A rate of 0 is a wire that takes nothing: what is sent stays in the queue, until there is another rate.
///
/// ```
/// use layercake::link::Rate;
///
/// let rate: Rate = "1.5Mbit".parse()?;
/// assert_eq!(rate, Rate::kbit(1_500));
/// assert_eq!(rate.bits_per_second(), 1_500_000);
/// // 1,500 bytes take 8 milliseconds.
/// assert_eq!(rate.time_for(12_000).as_millis(), 8);
/// # Ok::<(), layercake::link::NumberError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// So many bits per second.
    pub const fn bit(bits: u64) -> Self {
        Self(bits)
    }

    /// So many thousand bits per second.
    pub const fn kbit(kilobits: u64) -> Self {
        Self(kilobits.saturating_mul(1_000))
    }

    /// So many million bits per second.
    pub const fn mbit(megabits: u64) -> Self {
        Self(megabits.saturating_mul(1_000_000))
    }

    /// So many billion bits per second.
    pub const fn gbit(gigabits: u64) -> Self {
        Self(gigabits.saturating_mul(1_000_000_000))
    }

    /// Bits per second.
    pub const fn bits_per_second(self) -> u64 {
        self.0
    }

    /// How long so many bits take, rounded up to whole nanoseconds; [`Duration::MAX`] if they never end.
    pub fn time_for(self, bits: u64) -> Duration {
        nanoseconds(u128::from(bits) * SECOND, self).map_or(Duration::MAX, Duration::from_nanos)
    }
}

/// The nanoseconds, rounded up, in which a rate does work that is counted in bits times [`SECOND`].
pub(super) fn nanoseconds(work: u128, rate: Rate) -> Option<u64> {
    if work == 0 {
        return Some(0);
    }
    (rate.0 > 0).then(|| work.div_ceil(u128::from(rate.0))).and_then(|time| u64::try_from(time).ok())
}

impl FromStr for Rate {
    type Err = NumberError;

    /// `9600bit`, `64kbit`, `1.5Mbit`, `10Gbit`, in capital or small letters.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = text.get(number.len()..).unwrap_or("");
        let units = [("bit", 0), ("kbit", 3), ("mbit", 6), ("gbit", 9)];
        let (_, places) =
            units.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name)).ok_or(NumberError::NotANumber)?;
        decimal(number.trim_end(), *places).map(Self)
    }
}

impl fmt::Display for Rate {
    /// In the greatest unit of which it is a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "Gbit"), (1_000_000, "Mbit"), (1_000, "kbit")];
        let whole = |size: &u64| self.0 > 0 && self.0.is_multiple_of(*size);
        let (size, unit) = units.into_iter().find(|(size, _)| whole(size)).unwrap_or((1, "bit"));
        write!(f, "{}{unit}", self.0 / size)
    }
}

/// What a frame takes on the wire beyond its own bytes.
///
/// ```
/// use layercake::link::Framing;
///
/// // A minimal Ethernet frame takes the time of 84 bytes: that is why 10 Mbit/s are 14,880 frames a second.
/// assert_eq!(Framing::ETHERNET.bytes(42), 84);
/// assert_eq!(Framing::ETHERNET.bytes(1514), 1538);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Framing {
    /// Bytes that each frame takes besides its own.
    pub overhead: u32,
    /// Bytes to which a shorter frame is filled up, the overhead not counted.
    pub minimum: u32,
}

impl Framing {
    /// Nothing beyond the bytes themselves.
    pub const NONE: Self = Self { overhead: 0, minimum: 0 };
    /// Ethernet (IEEE 802.3): 8 bytes of preamble and start delimiter, 4 of check sequence, 12 of gap; and at least
    /// 60 bytes of frame.
    pub const ETHERNET: Self = Self { overhead: 24, minimum: 60 };

    /// What a frame of so many bytes takes, in bytes.
    pub fn bytes(self, length: usize) -> u64 {
        (length as u64).max(u64::from(self.minimum)).saturating_add(u64::from(self.overhead))
    }

    /// The same in bits.
    pub(super) fn bits(self, length: usize) -> u64 {
        self.bytes(length).saturating_mul(8)
    }
}

/// The wire's near end, which takes one frame after the other.
///
/// A frame ends at a fraction of a nanosecond as a rule. What is said is the next whole one; how much earlier it
/// really was is kept, and the next frame, if it begins then, ends by so much earlier. So a long run does not drift.
#[derive(Clone, Debug)]
pub(super) struct Line {
    rate: Option<Rate>,
    free: Time,
    /// By how much the last frame ended before `free`: nanoseconds times the rate, less than the rate.
    early: u128,
}

impl Line {
    /// A line that is free; without a rate it takes no time.
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate, free: Time::ZERO, early: 0 }
    }

    /// When it can begin with the next frame: when the last one has left it; never, if it takes nothing.
    pub(super) fn free(&self) -> Time {
        if self.rate == Some(Rate(0)) { Time::NEVER } else { self.free }
    }

    /// Another rate from now on. A frame that it has begun with keeps its end.
    pub(super) fn configure(&mut self, now: Time, rate: Option<Rate>) {
        let [old, new] = [self.rate, rate].map(|rate| rate.map_or(0, |rate| u128::from(rate.0)));
        self.early = if self.free < now { 0 } else { (self.early * new).checked_div(old).unwrap_or(0) };
        self.free = self.free.max(now);
        self.rate = rate;
    }

    /// What it has begun with is gone.
    pub(super) fn clear(&mut self, now: Time) {
        (self.free, self.early) = (self.free.min(now), 0);
    }

    /// Takes a frame of so many bits at `start`, which is not before it is free; says when its last bit has left.
    pub(super) fn send(&mut self, start: Time, bits: u64) -> Time {
        let Some(rate) = self.rate else {
            self.free = start;
            return start;
        };
        let early = if start == self.free { self.early } else { 0 };
        let work = u128::from(bits) * SECOND;
        let time = nanoseconds(work.saturating_sub(early), rate);
        (self.free, self.early) = time.map_or((Time::NEVER, 0), |time| {
            (start + Duration::from_nanos(time), early + u128::from(time) * u128::from(rate.0) - work)
        });
        self.free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn text_and_back() {
        for (text, rate) in [
            ("0bit", Rate::bit(0)),
            ("9600bit", Rate::bit(9600)),
            ("64kbit", Rate::kbit(64)),
            ("10Mbit", Rate::mbit(10)),
            ("400Gbit", Rate::gbit(400)),
        ] {
            assert_eq!(text.parse(), Ok(rate));
            assert_eq!(rate.to_string(), text);
        }
        assert_eq!("2.5 gbit".parse(), Ok(Rate::mbit(2500)));
        assert_eq!("0.5bit".parse::<Rate>(), Err(NumberError::TooFine));
        for text in ["", "10", "Mbit", "10MB", "10mbps", "1 0kbit", "-1kbit"] {
            assert_eq!(text.parse::<Rate>(), Err(NumberError::NotANumber), "{text}");
        }
        assert_eq!("1e20bit".parse::<Rate>(), Err(NumberError::TooLarge));
    }

    #[test]
    fn a_run_of_frames_does_not_drift() {
        // 12,112 bits at 7 Mbit/s take 1,730,285.71… ns; seven of them are 12,112,000 ns exactly.
        let mut line = Line::new(Some(Rate::mbit(7)));
        let mut at = Time::ZERO;
        for n in 1..=7_000u64 {
            at = line.send(at, 12_112);
            assert_eq!(at.nanoseconds(), (n * 12_112_000).div_ceil(7), "frame {n}");
        }
        assert_eq!(at, Time::from_nanoseconds(12_112_000_000));
    }

    #[test]
    fn after_a_pause_a_frame_begins_anew() {
        let mut line = Line::new(Some(Rate::bit(3_000_000_000)));
        assert_eq!(line.send(Time::ZERO, 1), Time::from_nanoseconds(1));
        assert_eq!(line.send(Time::from_nanoseconds(5), 1), Time::from_nanoseconds(6));
        // Two more at once: 5 + 2/3, 5 + 3/3.
        assert_eq!(line.send(Time::from_nanoseconds(6), 1), Time::from_nanoseconds(6));
        assert_eq!(line.send(Time::from_nanoseconds(6), 1), Time::from_nanoseconds(6));
        assert_eq!(line.send(Time::from_nanoseconds(6), 1), Time::from_nanoseconds(7));
    }

    #[test]
    fn what_takes_forever_never_ends() {
        assert_eq!(Line::new(Some(Rate::bit(0))).free(), Time::NEVER);
        assert_eq!(Line::new(Some(Rate::bit(1))).send(Time::ZERO, u64::MAX), Time::NEVER);
        assert_eq!(Line::new(None).send(Time::ZERO, u64::MAX), Time::ZERO);
        assert_eq!(Rate::bit(0).time_for(1), Duration::MAX);
    }
}
