//! How likely something is, in whole parts per billion.

use core::fmt;
use core::str::FromStr;

use crate::link::decimal::{NumberError, decimal};
use crate::random::Random;

/// How likely something is: parts per billion, so that what people write in decimals is exact and the same on any
/// machine.
///
/// ```
/// use layercake::link::Probability;
///
/// let one_percent: Probability = "1%".parse()?;
/// assert_eq!(one_percent, "0.01".parse()?);
/// assert_eq!(one_percent, Probability::parts_per_billion(10_000_000));
/// assert_eq!(one_percent.to_string(), "1%");
/// assert_eq!("3e-4".parse::<Probability>()?.to_string(), "0.03%");
/// assert!("101%".parse::<Probability>().is_err());
/// # Ok::<(), layercake::link::NumberError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(u32);

impl Probability {
    /// It does not happen.
    pub const NEVER: Self = Self(0);
    /// It always happens.
    pub const ALWAYS: Self = Self(1_000_000_000);

    /// So many parts of 1,000,000,000; more than those is [`Probability::ALWAYS`].
    pub const fn parts_per_billion(parts: u32) -> Self {
        if parts > Self::ALWAYS.0 { Self::ALWAYS } else { Self(parts) }
    }

    /// So many parts of a hundred; more than those is [`Probability::ALWAYS`].
    pub const fn percent(parts: u32) -> Self {
        Self::parts_per_billion(parts.saturating_mul(10_000_000))
    }

    /// The parts of 1,000,000,000.
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// Whether it happens this time. One number is taken from the stream, however likely it is, so that another
    /// probability leaves what is drawn later as it was; and what happens with one, happens with a greater one too.
    pub const fn happens(self, random: &mut Random) -> bool {
        random.below(Self::ALWAYS.0 as u64) < self.0 as u64
    }
}

impl FromStr for Probability {
    type Err = NumberError;

    /// `0.003`, `3e-3`, `0.3%`.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let parts = match text.strip_suffix('%') {
            Some(percent) => decimal(percent.trim_end(), 7)?,
            None => decimal(text, 9)?,
        };
        let parts = u32::try_from(parts).map_err(|_| NumberError::TooLarge)?;
        if parts > Self::ALWAYS.0 { Err(NumberError::TooLarge) } else { Ok(Self(parts)) }
    }
}

impl fmt::Display for Probability {
    /// In percent, with the decimal places that it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction) = (self.0 / 10_000_000, self.0 % 10_000_000);
        write!(f, "{whole}")?;
        if fraction > 0 {
            let mut places = 7;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                places -= 1;
            }
            write!(f, ".{fraction:0places$}")?;
        }
        f.write_str("%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn text_and_back() {
        for parts in [0, 1, 10, 9_999_999, 10_000_000, 12_345_678, 999_999_999, 1_000_000_000] {
            let probability = Probability::parts_per_billion(parts);
            assert_eq!(probability.to_string().parse(), Ok(probability), "{parts}");
        }
        assert_eq!("25 %".parse(), Ok(Probability::percent(25)));
        assert_eq!("1".parse(), Ok(Probability::ALWAYS));
        assert_eq!("1.000000001".parse::<Probability>(), Err(NumberError::TooLarge));
        assert_eq!("0.00000001%".parse::<Probability>(), Err(NumberError::TooFine));
        assert_eq!("%".parse::<Probability>(), Err(NumberError::NotANumber));
        assert_eq!(Probability::percent(u32::MAX), Probability::ALWAYS);
    }

    #[test]
    fn never_and_always_are_meant() {
        let mut random = Random::new(1);
        assert!((0..1000).all(|_| Probability::ALWAYS.happens(&mut random)));
        assert!(!(0..1000).any(|_| Probability::NEVER.happens(&mut random)));
    }
}
