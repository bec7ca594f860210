//! Decimal numbers as people write them, read without floating point.

use core::fmt;

/// Why a number, a probability or a rate could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberError {
    /// It is no decimal number, or its unit is not known.
    NotANumber,
    /// It is more than there can be.
    TooLarge,
    /// It has more decimal places than are counted.
    TooFine,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => {
                "this is no number of that kind; write 0.01 or 1% for a probability, 10Mbit for a rate"
            }
            Self::TooLarge => "this is more than there can be; a probability is at most 1, or 100%",
            Self::TooFine => {
                "this is finer than is counted; a probability has at most 9 decimal places, a rate whole bits"
            }
        })
    }
}

impl core::error::Error for NumberError {}

/// The number times ten to the power of `places`, which has to come out whole: `1.5` with 3 places is 1500.
pub(super) fn decimal(text: &str, places: i32) -> Result<u64, NumberError> {
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text, exponent.parse::<i8>().map_err(|_| NumberError::NotANumber)?),
        None => (text, 0),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::NotANumber);
    }
    let mut number = 0u64;
    let mut places = places.saturating_add(i32::from(exponent));
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return Err(NumberError::NotANumber);
        }
        number = ten_times(number)?.checked_add(u64::from(digit - b'0')).ok_or(NumberError::TooLarge)?;
    }
    places = places.saturating_sub(i32::try_from(fraction.len()).map_err(|_| NumberError::TooFine)?);
    for _ in 0..places {
        number = ten_times(number)?;
    }
    for _ in places..0 {
        if !number.is_multiple_of(10) {
            return Err(NumberError::TooFine);
        }
        number /= 10;
    }
    Ok(number)
}

fn ten_times(number: u64) -> Result<u64, NumberError> {
    number.checked_mul(10).ok_or(NumberError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_fraction() {
        assert_eq!(decimal("1", 0), Ok(1));
        assert_eq!(decimal("1.5", 3), Ok(1500));
        assert_eq!(decimal(".5", 1), Ok(5));
        assert_eq!(decimal("5.", 1), Ok(50));
        assert_eq!(decimal("1e-3", 9), Ok(1_000_000));
        assert_eq!(decimal("2.5E2", 0), Ok(250));
        assert_eq!(decimal("0.0", 0), Ok(0));
        assert_eq!(decimal("18446744073709551615", 0), Ok(u64::MAX));
    }

    #[test]
    fn what_is_none() {
        for text in
            ["", ".", "x", "1x", "-1", "+1", "1.2.3", "1e", "1e999", "e1", " 1", "1_000", "0x10", "NaN"]
        {
            assert_eq!(decimal(text, 0), Err(NumberError::NotANumber), "{text}");
        }
        assert_eq!(decimal("18446744073709551616", 0), Err(NumberError::TooLarge));
        assert_eq!(decimal("1e20", 0), Err(NumberError::TooLarge));
        assert_eq!(decimal("0.5", 0), Err(NumberError::TooFine));
        assert_eq!(decimal("1e-10", 9), Err(NumberError::TooFine));
    }
}
