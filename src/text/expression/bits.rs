//! Bits one behind the other, and fields in the places that their tables say.

use crate::field::{FieldInfo, Format, Role};

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

/// Fields one behind the other. Within one table each stands in its place: what is left out before it is zeros, or the
/// length of the bytes that follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    pub bits: Bits,
    /// The table of the last field, and the bit of it behind that; `None` where all of it is used up.
    table: &'static [FieldInfo],
    next: Option<usize>,
}

impl Sequence {
    /// The table of the last field.
    pub(super) fn table(&self) -> &'static [FieldInfo] {
        self.table
    }

    /// Whether a field can still come in the table of the last one.
    pub(super) fn goes_on_with(&self, table: &'static [FieldInfo], info: &FieldInfo) -> bool {
        is_same(table, self.table) && self.next.is_some_and(|next| usize::from(info.start) >= next)
    }

    /// Gets ready for a field of a table that has so many bytes, if it is one of bytes.
    pub(super) fn before(&mut self, table: &'static [FieldInfo], info: &FieldInfo, bytes: Option<usize>) {
        if self.is_longer(table, info) {
            self.table = table;
        } else if !self.goes_on_with(table, info) {
            self.finish();
            (self.table, self.next) = (table, Some(0));
        }
        self.fill(usize::from(info.start), bytes);
        self.next = match info.bits {
            0 => None,
            bits => Some(usize::from(info.start).saturating_add(usize::from(bits))),
        };
    }

    /// Whether a table begins with just the fields that were given last, and goes on with this one: a record of NBNS begins as a question.
    fn is_longer(&self, table: &'static [FieldInfo], info: &FieldInfo) -> bool {
        let is_known = |before: &FieldInfo| {
            let same = |other: &FieldInfo| {
                (other.name, other.start, other.bits) == (before.name, before.start, before.bits)
            };
            self.table.iter().any(same)
        };
        let before = || table.iter().filter(|before| before.start < info.start);
        self.next == Some(usize::from(info.start)) && before().count() > 0 && before().all(is_known)
    }

    /// Fills up to a bit of the table: zeros, and in a length in front of bytes their number.
    fn fill(&mut self, to: usize, bytes: Option<usize>) {
        let Some(from) = self.next.filter(|from| *from < to) else { return };
        let is_length = |info: &&FieldInfo| {
            let start = usize::from(info.start);
            let name = info.name.rsplit(['.', '_']).next().unwrap_or(info.name);
            start >= from
                && start.saturating_add(usize::from(info.bits)) == to
                && info.role == Role::Tile
                && matches!(info.format, Format::Number)
                && matches!(name, "len" | "length")
        };
        match (bytes, self.table.iter().find(is_length)) {
            (Some(bytes), Some(length)) => {
                self.bits.number(0, usize::from(length.start).saturating_sub(from));
                self.bits.number(bytes as u128, usize::from(length.bits));
            }
            _ => self.bits.number(0, to.saturating_sub(from)),
        }
    }

    /// Goes on to the end of the table of the last field.
    pub(super) fn finish(&mut self) {
        // Of fields that are there under a condition, which is there only the protocol knows.
        let tiles = self.table.iter().filter(|info| info.role == Role::Tile && info.when.is_none());
        let end = |info: &FieldInfo| match info.bits {
            // Bytes to the end: none.
            0 => usize::from(info.start),
            bits => usize::from(info.start).saturating_add(usize::from(bits)),
        };
        if let Some(end) = tiles.map(end).max() {
            self.fill(end, Some(0));
        }
        self.next = None;
    }
}

/// Whether two tables are one: the same fields in the same places. Of a constant there can be several copies.
fn is_same(a: &[FieldInfo], b: &[FieldInfo]) -> bool {
    let ends = |table: &[FieldInfo]| {
        let end = |info: &FieldInfo| (info.name, info.start, info.bits);
        (table.len(), table.first().map(end), table.last().map(end))
    };
    core::ptr::eq(a, b) || ends(a) == ends(b)
}
