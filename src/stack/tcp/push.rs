//! Where what the application has given at once ends: there a segment says PSH (RFC 9293 section 3.9.1.2).
//!
//! What waits to be sent lies in chunks, as in Linux: a write fills up the last one, and only the end of a chunk is marked. So of several
//! small writes that wait the last is marked, and a write that fills chunks has marks where the one before ended if that chunk was full. Marks of
//! what was sent go with the segments ([`flight`](super::flight)).

use alloc::collections::VecDeque;

use super::ranges::Range;

/// The marks of what waits to be sent: one for a chunk at most.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pushes {
    marks: VecDeque<u64>,
    /// Where the last chunk begins.
    chunk: u64,
    /// What was marked last.
    last: u64,
}

/// The longest chunk: 45 full segments over Ethernet.
const CHUNK: u64 = 65_160;
/// A largest window of no more than this is used as a whole, not by halves.
const SMALL_WINDOW: u64 = 536;

impl Pushes {
    /// Nothing is written yet, and what will be begins at a position.
    pub fn new(start: u64) -> Self {
        Self { last: start, ..Self::default() }
    }

    /// The application has written something, while all before `nxt` was sent.
    pub fn on_write(&mut self, nxt: u64, (before, written): Range, segment: u64, window_most: u64) {
        let half = if window_most > SMALL_WINDOW { window_most / 2 } else { window_most };
        let most = half.min(CHUNK).checked_div(segment).unwrap_or(0).max(1).saturating_mul(segment.max(1));
        self.chunk = self.chunk.max(nxt);
        match before.saturating_sub(self.chunk) {
            // The last chunk has room: its end is another one now.
            1.. if before.saturating_sub(self.chunk) < most => {
                if self.marks.back() == Some(&before) {
                    self.marks.pop_back();
                }
            }
            _ => self.chunk = before,
        }
        while written.saturating_sub(self.chunk) > most {
            self.chunk = self.chunk.saturating_add(most);
            // Not too much goes without a mark.
            if self.chunk > self.last.saturating_add(window_most / 2) {
                self.mark(self.chunk);
            }
        }
        self.mark(written);
    }

    /// More follows what was written up to a position, so it is not marked.
    pub fn take_back(&mut self, position: u64) {
        if self.marks.back() == Some(&position) {
            self.marks.pop_back();
        }
    }

    /// What follows a position is not put into one chunk with what is before it, so that its mark stays.
    pub fn end_chunk(&mut self, position: u64) {
        self.chunk = self.chunk.max(position);
    }

    fn mark(&mut self, position: u64) {
        self.marks.push_back(position);
        self.last = position;
    }

    /// All before a position is sent: whether a mark lies there.
    pub fn on_sent(&mut self, end: u64) -> bool {
        let mut marked = false;
        while self.marks.front().is_some_and(|mark| *mark <= end) {
            self.marks.pop_front();
            marked = true;
        }
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of segments of 1000 bytes that say PSH.
    fn marked(pushes: &mut Pushes, range: Range) -> alloc::vec::Vec<u64> {
        (range.0 + 1..=range.1)
            .filter(|end| end % 1000 == 0 || *end == range.1)
            .filter(|end| pushes.on_sent(*end))
            .collect()
    }

    #[test]
    fn small_writes_that_wait_are_one() {
        let mut pushes = Pushes::default();
        pushes.on_write(0, (0, 500), 1000, 10_000);
        pushes.on_write(0, (500, 1000), 1000, 10_000);
        assert_eq!(marked(&mut pushes, (0, 1000)), [1000]);
        // What was sent is not filled up.
        pushes.on_write(1000, (1000, 1500), 1000, 10_000);
        assert!(pushes.on_sent(1500));
        pushes.on_write(1500, (1500, 2000), 1000, 10_000);
        assert!(pushes.on_sent(2000));
    }

    /// Half of the window is 5 segments: a chunk. What fills one leaves its mark; what fills up one that was marked moves the mark.
    #[test]
    fn a_full_chunk_keeps_its_mark() {
        let mut pushes = Pushes::default();
        pushes.on_write(0, (0, 5000), 1000, 10_000);
        pushes.on_write(0, (5000, 7000), 1000, 10_000);
        pushes.on_write(0, (7000, 11_000), 1000, 10_000);
        assert_eq!(marked(&mut pushes, (0, 11_000)), [5000, 11_000]);
    }

    /// More than half of the largest window does not go without a mark: at the end of the second chunk 10,000 bytes were written since the last.
    #[test]
    fn a_long_write_is_marked_on_its_way() {
        let mut pushes = Pushes::default();
        pushes.on_write(0, (0, 24_000), 1000, 10_000);
        assert_eq!(marked(&mut pushes, (0, 24_000)), [10_000, 20_000, 24_000]);
    }
}
