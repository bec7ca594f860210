//! Logarithms in integers: times between things that happen by chance.

use core::time::Duration;

use crate::random::Random;

/// ln 2 times 2^64.
const LN_2: u128 = 0xb172_17f7_d1cf_79ab;
/// Binary places of what comes out.
const PLACES: u32 = 32;

/// The natural logarithm of `2^64 / number`, with 32 binary places: that of one over a number between 0 and 1 which is counted in parts of 2^64. For
/// nothing, as for one part.
pub(super) fn minus_ln(number: u64) -> u64 {
    let number = number.max(1);
    let shift = number.leading_zeros();
    // The number as 2^(63 - shift) times one between 1 and 2, with 63 binary places. Squared, that is more than 2 if the next digit of its binary
    // logarithm is 1.
    let mut mantissa = u128::from(number << shift);
    let mut digits = 0u64;
    for _ in 0..PLACES {
        mantissa = (mantissa * mantissa) >> 63;
        let digit = u64::from(mantissa >> 64 != 0);
        mantissa >>= digit;
        digits = digits << 1 | digit;
    }
    // log2 of 2^64 over the number: 64 less its own, 63 - shift and the digits.
    let binary = (u64::from(shift.saturating_add(1)) << PLACES).saturating_sub(digits);
    ((u128::from(binary) * LN_2) >> 64) as u64
}

/// A span by chance with this mean: how long it takes until the next of things that happen independently (exponential distribution).
pub(super) fn exponential(random: &mut Random, mean: Duration) -> Duration {
    let mean = u64::try_from(mean.as_nanos()).unwrap_or(u64::MAX);
    let span = (u128::from(minus_ln(random.number())) * u128::from(mean)) >> PLACES;
    Duration::from_nanos(u64::try_from(span).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of ln from a table, to nine places.
    #[test]
    fn known_logarithms() {
        let half = 1u64 << 63;
        let cases = [
            (u64::MAX, 0),                    // ln 1
            (half, 693_147_180),              // ln 2
            (half / 2, 1_386_294_361),        // ln 4
            (u64::MAX / 3, 1_098_612_288),    // ln 3
            (u64::MAX / 10, 2_302_585_092),   // ln 10
            (u64::MAX / 1000, 6_907_755_278), // ln 1000
            (1, 44_361_419_555),              // 64 ln 2
            (0, 44_361_419_555),
        ];
        for (number, billionths) in cases {
            let found = (u128::from(minus_ln(number)) * 1_000_000_000) >> PLACES;
            assert!(found.abs_diff(billionths) <= 1, "{number}: {found}, not {billionths}");
        }
    }

    /// Mean and variance of 100,000: the mean of an exponential distribution is also its standard deviation, so the mean of these is off by a
    /// thousandth of 1000^(1/2) / 100 or so, 0.3 %; five times that is allowed, and more for the variance.
    #[test]
    fn mean_and_deviation() {
        let mut random = Random::new(1);
        let spans: Vec<f64> = (0..100_000)
            .map(|_| exponential(&mut random, Duration::from_millis(1)).as_secs_f64() * 1e3)
            .collect();
        let mean = spans.iter().sum::<f64>() / 1e5;
        let variance = spans.iter().map(|span| (span - mean).powi(2)).sum::<f64>() / 1e5;
        assert!((mean - 1.0).abs() < 0.016 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        // A share of 1/e is longer than the mean.
        let longer = spans.iter().filter(|span| **span > 1.0).count();
        assert!((36_000..37_600).contains(&longer), "{longer}");
    }
}
