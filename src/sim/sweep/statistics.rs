//! What many runs have in common: mean, spread, and how sure the mean is.

/// Of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// How many there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The standard deviation of what they are a sample of (divided by one less than their number); of one value nothing.
    pub deviation: Option<f64>,
    /// The mean of all that could be is with 95 % probability no further from this mean (Student's t, if they are normally distributed).
    pub confidence: Option<f64>,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Statistics {
    /// Of these values, if there are any.
    ///
    /// ```
    /// use layercake::sim::Statistics;
    ///
    /// let of = Statistics::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
    /// assert_eq!((of.mean, of.least, of.most), (5.0, 2.0, 9.0));
    /// // The squares of what they are off add up to 32, over 7 that is 4.571, whose root is 2.138; t is 2.365 for 7 degrees of freedom.
    /// assert!((of.deviation.unwrap() - 2.138).abs() < 0.001);
    /// assert!((of.confidence.unwrap() - 2.365 * 2.138 / 8f64.sqrt()).abs() < 0.001);
    /// ```
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        let number = count as f64;
        let least = values.iter().copied().reduce(f64::min)?;
        let most = values.iter().copied().reduce(f64::max)?;
        let mean = values.iter().sum::<f64>() / number;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (count > 1).then(|| (squares / (number - 1.0)).sqrt());
        let confidence = deviation.map(|deviation| student(count - 1) * deviation / number.sqrt());
        Some(Self { count, mean, deviation, confidence, least, most })
    }
}

/// What Student's t with so many degrees of freedom stays within, on both sides, with a probability of 95 %.
fn student(freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, 13.0);
    // Each step halves what is left: 13 over 2 to the 60th is less than what a number of this size can tell.
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if within(middle, freedom) < 0.95 { low = middle } else { high = middle }
    }
    high
}

/// The probability that Student's t is between -t and t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
fn within(t: f64, freedom: usize) -> f64 {
    let tangent = t / (freedom as f64).sqrt();
    // Roots are exact to the last bit on every machine, which sines and arc tangents of libraries are not.
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let (sine, angle) = (tangent * cosine, arc_tangent(tangent));
    let odd = freedom % 2 == 1;
    // 1, 2/3, (2*4)/(3*5), ... times odd powers of the cosine; or 1, 1/2, (1*3)/(2*4), ... times even ones.
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let mut step = if odd { 3 } else { 2 };
    while step <= freedom {
        sum += term;
        term *= cosine * cosine * (step - 1) as f64 / step as f64;
        step += 2;
    }
    if odd { (angle + sine * sum) * core::f64::consts::FRAC_2_PI } else { sine * sum }
}

/// The angle of a tangent, out of sums, products and roots alone: half the angle four times over, then the series.
fn arc_tangent(tangent: f64) -> f64 {
    let mut half = tangent;
    for _ in 0..4 {
        half /= 1.0 + (1.0 + half * half).sqrt();
    }
    // The angle is below a tenth now, so that the twelfth term is below the last bit.
    let square = half * half;
    let mut sum = 0.0;
    for odd in (0..12).rev().map(|number| f64::from(2 * number + 1)) {
        sum = 1.0 / odd - square * sum;
    }
    16.0 * half * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table that every book on statistics has.
    #[test]
    fn students_t() {
        let table = [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (9, 2.262),
            (10, 2.228),
            (29, 2.045),
            (30, 2.042),
            (60, 2.000),
            (120, 1.980),
            (9999, 1.960),
        ];
        for (freedom, t) in table {
            assert!((student(freedom) - t).abs() < 0.000_51, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn angles() {
        use core::f64::consts::{FRAC_PI_4, FRAC_PI_6};
        assert!((arc_tangent(1.0) - FRAC_PI_4).abs() < 1e-15);
        assert!((arc_tangent(1.0 / 3f64.sqrt()) - FRAC_PI_6).abs() < 1e-15);
        assert_eq!(arc_tangent(0.0), 0.0);
    }

    #[test]
    fn one_value_has_no_spread() {
        let of = Statistics::of(&[7.0]).unwrap();
        assert_eq!((of.mean, of.deviation, of.confidence), (7.0, None, None));
        assert_eq!(Statistics::of(&[]), None);
    }
}
