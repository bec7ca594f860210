//! What a service has counted and measured.

use core::fmt;
use core::time::Duration;

/// A number with what it is a number of.
///
/// ```
/// use core::time::Duration;
/// use layercake::stack::service::Figure;
///
/// assert_eq!(Figure::Count(3).to_string(), "3");
/// assert_eq!(Figure::Bytes(1000).to_string(), "1000 bytes");
/// assert_eq!(Figure::Time(Duration::from_micros(21_400)).to_string(), "21.4 ms");
/// assert_eq!(Figure::Rate(9_410_000).to_string(), "9.41 Mbit/s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Figure {
    /// So many.
    Count(u64),
    /// So many bytes.
    Bytes(u64),
    /// A span, or an instant as the span since [`Time::ZERO`](crate::time::Time::ZERO).
    Time(Duration),
    /// Bits a second.
    Rate(u64),
}

impl Figure {
    /// The bare number: a count, bytes, nanoseconds, bits a second. What is more than 64 bits hold is the most that they hold.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use layercake::stack::service::Figure;
    /// assert_eq!(Figure::Time(Duration::from_millis(30)).number(), 30_000_000);
    /// ```
    pub fn number(self) -> u64 {
        match self {
            Self::Count(number) | Self::Bytes(number) | Self::Rate(number) => number,
            Self::Time(span) => u64::try_from(span.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(number) => write!(f, "{number}"),
            Self::Bytes(number) => write!(f, "{number} bytes"),
            Self::Time(_) => {
                scaled(f, self.number(), &[(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")])
            }
            Self::Rate(rate) => {
                let units =
                    [(1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s"), (1, "bit/s")];
                scaled(f, *rate, &units)
            }
        }
    }
}

/// A number in the largest unit of which there is one, with up to three places behind the point; what is beyond them is cut off. Nothing is `0` of the
/// largest.
fn scaled(f: &mut fmt::Formatter<'_>, number: u64, units: &[(u64, &str)]) -> fmt::Result {
    let fits = units.iter().find(|(unit, _)| number >= *unit).or(units.first());
    let Some((unit, word)) = fits else { return Ok(()) };
    let (whole, rest) = (number / unit, number % unit);
    write!(f, "{whole}")?;
    // A unit is a thousand of the next, so that this fits.
    let thousandths = u128::from(rest) * 1000 / u128::from(*unit);
    if thousandths > 0 {
        let (mut places, mut digits) = (3, thousandths);
        while digits % 10 == 0 {
            (places, digits) = (places - 1, digits / 10);
        }
        write!(f, ".{digits:0places$}")?;
    }
    write!(f, " {word}")
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn figures_as_they_are_read() {
        let time = |nanoseconds| Figure::Time(Duration::from_nanos(nanoseconds)).to_string();
        assert_eq!(time(0), "0 s");
        assert_eq!(time(999), "999 ns");
        assert_eq!(time(1_050), "1.05 µs");
        assert_eq!(time(20_003_000), "20.003 ms");
        assert_eq!(time(20_000_999), "20 ms");
        assert_eq!(time(61_500_000_000), "61.5 s");
        assert_eq!(Figure::Rate(1_001).to_string(), "1.001 kbit/s");
        assert_eq!(Figure::Rate(64_000).to_string(), "64 kbit/s");
        assert_eq!(Figure::Rate(10_000_000_000).to_string(), "10 Gbit/s");
        assert_eq!(Figure::Time(Duration::MAX).number(), u64::MAX);
    }
}
