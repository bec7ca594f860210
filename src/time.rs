//! Time as the captures and the simulator count it: whole nanoseconds.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// Nanoseconds since the start of 1970 (UTC) in a capture, since the start of a run in a simulation.
///
/// ```
/// use layercake::time::Time;
///
/// assert_eq!(Time::from_nanoseconds(1_700_576_877_706_998_000).to_string(), "1700576877.706998000");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// So many nanoseconds.
    pub const fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self(nanoseconds)
    }

    /// Seconds and a fraction in nanoseconds; a fraction of more than a second carries over.
    pub const fn new(seconds: u32, nanoseconds: u64) -> Self {
        Self((seconds as u64).saturating_mul(1_000_000_000).saturating_add(nanoseconds))
    }

    /// So many nanoseconds.
    pub const fn nanoseconds(self) -> u64 {
        self.0
    }

    /// The first instant.
    pub const ZERO: Self = Self(0);
    /// Later than everything.
    pub const NEVER: Self = Self(u64::MAX);

    /// So much time has gone by since `earlier`; none if that is later.
    ///
    /// ```
    /// use core::time::Duration;
    /// use layercake::time::Time;
    ///
    /// let start = Time::from_nanoseconds(500);
    /// let later = start + Duration::from_nanos(20);
    /// assert_eq!(later - start, Duration::from_nanos(20));
    /// assert_eq!(start - later, Duration::ZERO);
    /// ```
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Whole seconds, and the nanoseconds beyond them.
    pub const fn parts(self) -> (u64, u32) {
        (self.0 / 1_000_000_000, (self.0 % 1_000_000_000) as u32)
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    /// Later by so much; what is beyond the last instant is [`Time::NEVER`].
    fn add(self, span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos()).map_or(u64::MAX, |span| self.0.saturating_add(span)))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Duration;

    /// See [`Time::since`].
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = self.parts();
        write!(f, "{seconds}.{nanoseconds:09}")
    }
}
