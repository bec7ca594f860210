//! Round-trip times and the retransmission timeout: [RFC 6298](https://www.rfc-editor.org/rfc/rfc6298).

use core::time::Duration;

use super::Config;
use crate::time::Time;

/// What is known of the round-trip time.
#[derive(Clone, Debug)]
pub(crate) struct Rtt {
    /// Smoothed round-trip time, if there was a measurement.
    pub smoothed: Option<Duration>,
    /// Its variation.
    pub variation: Duration,
    /// The least of the last minutes, with the time of its measurement.
    minimum: Option<(Duration, Time)>,
    /// How often the timeout was doubled since the last measurement.
    pub backoff: u32,
    /// The timeout while there is no measurement, if it is more than the usual one.
    cautious: Duration,
}

/// The timeout of the first data if the SYN had to be sent again (RFC 6298 section 5.7).
const AFTER_LOST_SYN: Duration = Duration::from_secs(3);

/// A least round-trip time is believed for so long (RFC 8985 section 6.2 asks for a window of time).
const MINIMUM_LASTS: Duration = Duration::from_secs(300);

impl Rtt {
    pub const fn new() -> Self {
        Self {
            smoothed: None,
            variation: Duration::ZERO,
            minimum: None,
            backoff: 0,
            cautious: Duration::ZERO,
        }
    }

    /// A measurement (RFC 6298 sections 2.2 and 2.3).
    pub fn measure(&mut self, now: Time, sample: Duration) {
        match self.smoothed {
            None => (self.smoothed, self.variation) = (Some(sample), sample / 2),
            Some(smoothed) => {
                let error = smoothed.abs_diff(sample);
                self.variation = (self.variation * 3 + error) / 4;
                self.smoothed = Some((smoothed * 7 + sample) / 8);
            }
        }
        match self.minimum {
            Some((least, since)) if least <= sample && now - since < MINIMUM_LASTS => {}
            _ => self.minimum = Some((sample, now)),
        }
        self.backoff = 0;
    }

    /// The SYN had to be sent again: until there is a measurement, the timeout is not short.
    pub const fn distrust(&mut self) {
        self.cautious = AFTER_LOST_SYN;
    }

    /// The least round-trip time.
    pub fn minimum(&self) -> Option<Duration> {
        self.minimum.map(|(least, _)| least)
    }

    /// The timeout before it is doubled.
    fn base(&self, config: &Config) -> Duration {
        match self.smoothed {
            None => config.rto_initial.max(self.cautious),
            Some(smoothed) => {
                (smoothed + (self.variation * 4).max(config.rto_variation_floor)).max(config.rto_min)
            }
        }
    }

    /// The retransmission timeout (RFC 6298 sections 2 and 5.5).
    pub fn timeout(&self, config: &Config) -> Duration {
        let doubled = self.base(config).saturating_mul(1u32.checked_shl(self.backoff).unwrap_or(u32::MAX));
        doubled.min(config.rto_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// RFC 6298 section 2.2: the first sample R gives R + max(G, 4 R/2) = 3 R; at least 1 s by section 2.4. Linux: R + max(200 ms, 2 R).
    #[test]
    fn the_first_sample() {
        let mut rtt = Rtt::new();
        assert_eq!(rtt.timeout(&Config::rfc()), MS * 1000);
        rtt.measure(Time::ZERO, MS * 500);
        assert_eq!(rtt.timeout(&Config::rfc()), MS * 1500);
        let mut rtt = Rtt::new();
        rtt.measure(Time::ZERO, MS * 100);
        assert_eq!(rtt.timeout(&Config::rfc()), MS * 1000);
        assert_eq!(rtt.timeout(&Config::linux()), MS * 300);
        for _ in 0..100 {
            rtt.measure(Time::ZERO, MS * 100);
        }
        let steady = rtt.timeout(&Config::linux());
        assert!(steady >= MS * 299 && steady <= MS * 301, "{steady:?}");
    }

    #[test]
    fn doubles_up_to_its_limit() {
        let mut rtt = Rtt::new();
        rtt.backoff = 3;
        assert_eq!(rtt.timeout(&Config::linux()), MS * 8000);
        rtt.backoff = 200;
        assert_eq!(rtt.timeout(&Config::linux()), MS * 120_000);
        rtt.measure(Time::ZERO, MS * 50);
        assert_eq!(rtt.timeout(&Config::linux()), MS * 250);
    }

    #[test]
    fn the_minimum_is_forgotten_after_a_while() {
        let mut rtt = Rtt::new();
        rtt.measure(Time::ZERO, MS * 50);
        rtt.measure(Time::ZERO + MS * 1000, MS * 80);
        assert_eq!(rtt.minimum(), Some(MS * 50));
        rtt.measure(Time::ZERO + MS * 301_000, MS * 80);
        assert_eq!(rtt.minimum(), Some(MS * 80));
    }
}
