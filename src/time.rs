//! Time as the captures and the simulator count it: whole nanoseconds.

use core::fmt;

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

    /// Whole seconds, and the nanoseconds beyond them.
    pub const fn parts(self) -> (u64, u32) {
        (self.0 / 1_000_000_000, (self.0 % 1_000_000_000) as u32)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = self.parts();
        write!(f, "{seconds}.{nanoseconds:09}")
    }
}
