//! Bytes in a ring: what was sent and may have to be sent again, what was received and has not been read.

use alloc::vec::Vec;

/// Bytes at positions from a start on. They may be written out of order; whoever uses it knows which are there. It takes only
/// the memory that it needs, and grows by doubling up to its limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    /// The memory: a power of two, or empty.
    bytes: Vec<u8>,
    /// Where in the memory the first byte lies.
    head: usize,
}

impl Ring {
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), head: 0 }
    }

    /// Writes bytes, so many behind the first. The caller sees to it that this stays within its limit.
    pub fn write(&mut self, offset: usize, data: &[u8], used: usize) {
        self.reserve(offset.saturating_add(data.len()), used);
        let at = self.place(offset);
        let (front, back) = data.split_at(data.len().min(self.bytes.len().saturating_sub(at)));
        for (start, part) in [(at, front), (0, back)] {
            if let Some(place) = self.bytes.get_mut(start..start.saturating_add(part.len())) {
                place.copy_from_slice(part);
            }
        }
    }

    /// The bytes from an offset on, in at most two pieces.
    pub fn slices(&self, offset: usize, length: usize) -> [&[u8]; 2] {
        let at = self.place(offset);
        let front = length.min(self.bytes.len().saturating_sub(at));
        let back = length.saturating_sub(front);
        [self.bytes.get(at..at.saturating_add(front)).unwrap_or(&[]), self.bytes.get(..back).unwrap_or(&[])]
    }

    /// Takes the first bytes away.
    pub fn advance(&mut self, length: usize) {
        self.head = self.place(length);
    }

    /// Gives the memory back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    const fn place(&self, offset: usize) -> usize {
        self.head.wrapping_add(offset) & self.bytes.len().wrapping_sub(1)
    }

    /// Makes room for so many bytes; `used` of the old ones have a meaning.
    fn reserve(&mut self, needed: usize, used: usize) {
        if needed <= self.bytes.len() {
            return;
        }
        let size = needed.next_power_of_two().max(4096);
        let mut bytes = Vec::with_capacity(size);
        for slice in self.slices(0, used.min(self.bytes.len())) {
            bytes.extend_from_slice(slice);
        }
        bytes.resize(size, 0);
        (self.bytes, self.head) = (bytes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_over_the_edge_and_as_it_grows() {
        let mut ring = Ring::default();
        let (mut written, mut read) = (0u64, 0u64);
        let byte = |position: u64| (position % 251) as u8;
        for round in 0..2000u64 {
            let used = (written - read) as usize;
            let data: Vec<u8> = (0..(round * 7) % 900).map(|n| byte(written + n)).collect();
            if used + data.len() <= 70_000 {
                ring.write(used, &data, used);
                written += data.len() as u64;
            }
            let take = ((round * 13) % 800).min(written - read);
            let got = ring.slices(0, take as usize).concat();
            assert!(got.iter().enumerate().all(|(n, got)| *got == byte(read + n as u64)));
            assert_eq!(got.len() as u64, take);
            ring.advance(take as usize);
            read += take;
        }
        assert!(written > 500_000);
    }

    #[test]
    fn a_byte_out_of_order_stays_where_it_was_put() {
        let mut ring = Ring::default();
        ring.write(3000, b"late", 0);
        ring.write(0, &[1; 3000], 3004);
        ring.write(8000, b"later", 3004);
        assert_eq!(ring.slices(3000, 4).concat(), b"late");
        assert_eq!(ring.slices(8000, 5).concat(), b"later");
    }
}
