//! What waits to be sent on a connection.

use alloc::vec::Vec;

/// Bytes of which a part waits: room is made once, and neither emptied nor filled with zeros for every piece.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Output {
    /// What waits.
    pub fn waiting(&self) -> &[u8] {
        self.bytes.get(self.from..self.to).unwrap_or(&[])
    }

    /// So many bytes of it were sent.
    pub fn sent(&mut self, count: usize) {
        self.from = self.from.saturating_add(count).min(self.to);
    }

    /// A place for so many more bytes behind it; [`Output::filled`] says how many there are.
    pub fn place(&mut self, length: usize) -> &mut [u8] {
        self.bytes.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to.saturating_sub(self.from));
        let end = self.to.saturating_add(length);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes.get_mut(self.to..end).unwrap_or_default()
    }

    /// So many bytes were written to the place.
    pub fn filled(&mut self, count: usize) {
        self.to = self.to.saturating_add(count).min(self.bytes.len());
    }
}

/// Bytes that all wait.
impl From<Vec<u8>> for Output {
    fn from(bytes: Vec<u8>) -> Self {
        let to = bytes.len();
        Self { bytes, from: 0, to }
    }
}
