//! Proportional rate reduction, [RFC 9937](https://www.rfc-editor.org/rfc/rfc9937): while losses are repaired, what is sent is in proportion to
//! what arrives, so that the window is down to its threshold just when the repair is done.

/// The counters of one recovery (section 6).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reduction {
    /// Bytes that arrived since it began.
    delivered: u64,
    /// Bytes sent since.
    out: u64,
    /// Bytes that were on their way when it began: RecoverFS.
    began_with: u64,
    /// It reckons in units of so many bytes, and rounds up: whole segments, as Linux does, or bytes.
    grain: u64,
}

impl Reduction {
    /// A recovery begins with so many bytes on their way, less those that had arrived before.
    pub const fn new(in_flight: u64, grain: u64) -> Self {
        Self { delivered: 0, out: 0, began_with: in_flight, grain }
    }

    /// So many bytes were sent.
    pub const fn sent(&mut self, bytes: u64) {
        self.out = self.out.saturating_add(bytes);
    }

    /// So many bytes have arrived: how many may be sent now. `safe`: the acknowledgment moves on and nothing more is lost.
    pub fn allowance(&mut self, delivered: u64, pipe: u64, threshold: u64, segment: u64, safe: bool) -> u64 {
        self.delivered = self.delivered.saturating_add(delivered);
        let allowance = if pipe > threshold {
            let share = u128::from(self.delivered) * u128::from(threshold);
            let share = share.div_ceil(u128::from(self.began_with.max(1)));
            let share = u64::try_from(share).unwrap_or(u64::MAX);
            let grain = self.grain.max(1);
            share.div_ceil(grain).saturating_mul(grain).saturating_sub(self.out)
        } else {
            let kept = self.delivered.saturating_sub(self.out).max(delivered);
            let kept = if safe { kept.saturating_add(segment) } else { kept };
            kept.min(threshold.saturating_sub(pipe))
        };
        // The first retransmission is not to wait.
        if self.out == 0 { allowance.max(segment) } else { allowance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 9937 section 8, figure 1: 20 segments, the first is lost, the threshold is 10.
    #[test]
    fn half_of_what_arrives() {
        let mut reduction = Reduction::new(20_000, 1);
        let mut sent = 0;
        let mut pipe = 19_000u64;
        for _ in 0..19 {
            pipe -= 1000;
            let allowance = reduction.allowance(1000, pipe, 10_000, 1000, false);
            let segments = allowance / 1000;
            reduction.sent(segments * 1000);
            pipe += segments * 1000;
            sent += segments;
        }
        assert_eq!(sent, 10, "about one for two, and ten in flight at the end");
        assert!(pipe <= 10_000);
    }
}
