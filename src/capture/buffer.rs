//! The one buffer that a file is read through.
//!
//! It holds whole records side by side as they stand in the file, and gives them out as slices. It grows with what has
//! arrived, never with what a length promises, and is asked for no more than the longest record or block.

use std::io::{self, Read};

const FIRST: usize = 1 << 16;

/// Bytes of an input that are read and not yet used up.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    input: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
}

impl<R> Buffer<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, bytes: Vec::new(), start: 0, end: 0, offset: 0 }
    }

    /// What is there.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Where in the input the first of the bytes stands.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// So many bytes are used up.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.bytes().len());
        self.start = self.start.saturating_add(count);
        self.offset = self.offset.saturating_add(count as u64);
    }

    /// The same bytes, with another input behind them.
    pub(super) fn map<S>(self, change: impl FnOnce(R) -> S) -> Buffer<S> {
        let Self { input, bytes, start, end, offset } = self;
        Buffer { input: change(input), bytes, start, end, offset }
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }
}

impl<R: Read> Buffer<R> {
    /// Reads until so many bytes are there or the input ends, and says how many are. Waits for no more than asked for.
    #[inline]
    pub(super) fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        let there = self.bytes().len();
        if there >= wanted { Ok(there) } else { self.read(wanted) }
    }

    #[cold]
    fn read(&mut self, wanted: usize) -> io::Result<usize> {
        loop {
            let there = self.bytes().len();
            if there >= wanted {
                return Ok(there);
            }
            if self.bytes.len().saturating_sub(self.start) < wanted && self.start > 0 {
                self.bytes.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, there);
            }
            if self.end == self.bytes.len() {
                let size = self.bytes.len().saturating_mul(2).min(wanted.next_power_of_two()).max(FIRST);
                self.bytes.resize(size, 0);
            }
            match self.input.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => return Ok(there),
                Ok(count) => self.end = self.end.saturating_add(count).min(self.bytes.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and counts.
    struct Drops(u8);

    impl Read for Drops {
        fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
            let Some(first) = place.first_mut().filter(|_| self.0 < 200) else { return Ok(0) };
            *first = self.0;
            self.0 = self.0.saturating_add(1);
            Ok(1)
        }
    }

    #[test]
    fn waits_for_no_more_than_asked_for() {
        let mut buffer = Buffer::new(Drops(0));
        assert_eq!(buffer.fill(3).unwrap(), 3);
        assert_eq!((buffer.bytes(), buffer.input().0), (&[0, 1, 2][..], 3));
        buffer.consume(2);
        assert_eq!((buffer.fill(2).unwrap(), buffer.offset()), (2, 2));
        assert_eq!(buffer.bytes(), [2, 3]);
        assert_eq!(buffer.fill(1000).unwrap(), 198);
    }

    #[test]
    fn grows_with_what_arrives() {
        let mut buffer = Buffer::new(&[7; 100][..]);
        assert_eq!(buffer.fill(usize::MAX / 4).unwrap(), 100);
        assert_eq!(buffer.bytes.len(), FIRST);
        let mut buffer = Buffer::new(io::repeat(7));
        assert_eq!(buffer.fill(FIRST + 1).unwrap(), 2 * FIRST);
    }
}
