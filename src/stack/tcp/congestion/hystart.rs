//! HyStart++, [RFC 9406](https://www.rfc-editor.org/rfc/rfc9406): slow start ends when the round-trip time grows, before something is lost.

use core::time::Duration;

use super::Progress;

/// What is known of the rounds of slow start (section 4.2).
#[derive(Clone, Debug, Default)]
pub(super) struct HyStart {
    /// The round ends when this position is acknowledged.
    round_ends: u64,
    /// The least time of the round before, and of this one so far.
    last: Option<Duration>,
    current: Option<Duration>,
    samples: u32,
    /// In conservative slow start: the least time when it began, and the rounds it has had.
    conservative: Option<(Duration, u32)>,
}

const MIN_RTT_THRESH: Duration = Duration::from_millis(4);
const MAX_RTT_THRESH: Duration = Duration::from_millis(16);
const MIN_RTT_DIVISOR: u32 = 8;
const N_RTT_SAMPLE: u32 = 8;
const CSS_GROWTH_DIVISOR: u64 = 4;
const CSS_ROUNDS: u32 = 5;

impl HyStart {
    /// By how many bytes the window grows for so many acknowledged; `None` when slow start is over.
    pub fn grow(&mut self, bytes: u64, progress: &Progress) -> Option<u64> {
        if progress.una > self.round_ends {
            self.round_ends = progress.nxt;
            self.last = self.current.take().or(self.last);
            self.samples = 0;
            if let Some((_, rounds)) = &mut self.conservative {
                *rounds = rounds.saturating_add(1);
            }
        }
        if self.conservative.is_some_and(|(_, rounds)| rounds > CSS_ROUNDS) {
            return None;
        }
        if let Some(sample) = progress.round_trip {
            self.current = Some(self.current.map_or(sample, |least| least.min(sample)));
            self.samples = self.samples.saturating_add(1);
        }
        if let (Some(current), Some(last)) = (self.current, self.last)
            && self.samples >= N_RTT_SAMPLE
        {
            let threshold = (last / MIN_RTT_DIVISOR).clamp(MIN_RTT_THRESH, MAX_RTT_THRESH);
            match self.conservative {
                None if current >= last + threshold => self.conservative = Some((current, 1)),
                Some((baseline, _)) if current < baseline => self.conservative = None,
                _ => {}
            }
        }
        Some(if self.conservative.is_some() { bytes / CSS_GROWTH_DIVISOR } else { bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of ten samples with this round-trip time; by how many bytes of 1000 each acknowledgment lets the window grow at the end.
    fn rounds(hystart: &mut HyStart, start: u64, times: &[u64]) -> Option<u64> {
        let mut grown = Some(0);
        for (round, time) in times.iter().enumerate() {
            for sample in 0..10 {
                let una = start + round as u64 * 10 + sample + 1;
                let round_trip = Some(Duration::from_millis(*time));
                let progress = Progress {
                    bytes: 1000,
                    una,
                    nxt: start + round as u64 * 10 + 10,
                    round_trip,
                    smoothed: None,
                };
                grown = hystart.grow(1000, &progress);
            }
        }
        grown
    }

    #[test]
    fn slows_down_when_the_delay_grows_and_ends_after_five_rounds() {
        let mut hystart = HyStart::default();
        assert_eq!(rounds(&mut hystart, 0, &[100, 100, 104, 108]), Some(1000));
        assert_eq!(rounds(&mut hystart, 40, &[122]), Some(250));
        assert_eq!(rounds(&mut hystart, 50, &[123, 123, 123, 123]), Some(250));
        assert_eq!(rounds(&mut hystart, 90, &[123]), None);
    }

    #[test]
    fn goes_on_when_the_delay_was_a_moment() {
        let mut hystart = HyStart::default();
        assert_eq!(rounds(&mut hystart, 0, &[100, 130]), Some(250));
        assert_eq!(rounds(&mut hystart, 20, &[101]), Some(1000));
    }
}
