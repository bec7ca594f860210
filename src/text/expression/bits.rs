//! Bits one behind the other.

/// Bytes that grow by any number of bits.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Bits of the last byte that are not used yet.
    free: u32,
}

impl Bits {
    /// Adds the low `width` bits of a number, the highest of them first.
    pub(super) fn number(&mut self, value: u128, width: usize) {
        for place in (0..width).rev() {
            let bit = value.checked_shr(place as u32).unwrap_or(0) & 1 == 1;
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free = self.free.saturating_sub(1);
            if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
                *last |= 1u8.checked_shl(self.free).unwrap_or(0);
            }
        }
    }

    /// Adds bytes; `None`, and nothing added, inside a byte.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        (self.free == 0).then(|| self.bytes.extend_from_slice(bytes))
    }

    /// Bits that are missing to the end of the last byte.
    pub(super) fn missing(&self) -> u32 {
        self.free
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}
