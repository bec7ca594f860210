//! Reno: one segment more with every window that is acknowledged, half of it at a loss.

/// How the window grows, [RFC 5681](https://www.rfc-editor.org/rfc/rfc5681) section 3.1.
#[derive(Clone, Debug, Default)]
pub(super) struct Reno {
    /// Bytes acknowledged since it grew last.
    acknowledged: u64,
}

impl Reno {
    /// The window after so many bytes: a segment for each window of bytes (equation 3, counted as its second paragraph recommends).
    pub fn grow(&mut self, window: u64, segment: u64, bytes: u64) -> u64 {
        self.acknowledged = self.acknowledged.saturating_add(bytes);
        let windows = self.acknowledged.checked_div(window).unwrap_or(0);
        self.acknowledged = self.acknowledged.saturating_sub(windows.saturating_mul(window));
        window.saturating_add(windows.saturating_mul(segment))
    }

    /// The threshold after a loss (equation 4).
    pub const fn fall(&mut self, in_flight: u64) -> u64 {
        self.acknowledged = 0;
        in_flight / 2
    }
}
