//! Rows to packets: where one ends and the next begins, rows left out, bytes in the other order.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::column;
use super::reading::{LONGEST_PACKET, Order, Pasted};
use super::rows::{Cell, Event, Layout, Row, Text, cells};

/// The packets of a dump, and what speaks for it.
#[derive(Debug, Default)]
pub(super) struct Dump {
    pub packets: Vec<Pasted>,
    /// Rows whose offset says how many bytes came before.
    pub continued: usize,
    /// Rows whose offset says something else, and that are no new beginning.
    pub jumped: usize,
    /// Rows with characters beside them that say the same as the bytes.
    pub said: usize,
    /// Rows with something beside them that does not.
    pub unsaid: usize,
    /// The offset of the first row cannot be taken for bytes.
    pub apart: bool,
    /// How many digits its offset has, and whether `0x` stands before it and a colon behind it.
    pub digits: usize,
    pub mark: (bool, bool),
    /// `0x` stands before the bytes too.
    pub prefixed_cells: bool,
}

/// Bytes that `*` rows of one text may stand for, all together.
const MOST_REPEATED: usize = 16 << 20;

/// Reads the rows of a text.
pub(super) fn assemble(text: Text<'_>, events: &[Event], layout: Layout) -> Dump {
    let mut work = Work { text, layout, dump: Dump::default(), open: None, ..Work::EMPTY };
    for event in events {
        match event {
            Event::Row(row) => work.row(row),
            Event::End(line, offset) => work.end(*line, *offset),
            Event::Star => work.star = work.open.is_some(),
            Event::More(line) => work.more(*line),
            Event::Break => work.broken = true,
        }
    }
    work.close(None);
    let mut dump = work.dump;
    // What begins in the middle of nowhere is no packet where others begin as they should.
    if work.begun.iter().any(|begun| *begun) {
        let mut begun = work.begun.into_iter();
        dump.packets.retain(|_| begun.next().unwrap_or(true));
    }
    dump
}

struct Work<'a> {
    text: Text<'a>,
    layout: Layout,
    dump: Dump,
    open: Option<Open>,
    /// Of each packet: it begins as packets do.
    begun: Vec<bool>,
    /// Where dumps have ended, by the column of their offsets.
    ends: Vec<(usize, u64)>,
    star: bool,
    broken: bool,
    repeated: usize,
    /// Bytes of a whole row.
    stride: Option<usize>,
    /// Where the characters beside the bytes begin; `None` within if there are none.
    column: Option<Option<usize>>,
}

/// The packet at hand.
struct Open {
    base: u64,
    first: usize,
    begun: bool,
    bytes: Vec<u8>,
    missing: Option<Cow<'static, str>>,
    row: Row,
    /// The groups of the last row, and of lines that go on with it.
    cells: Vec<Cell>,
    wrapped: usize,
    last: usize,
}

impl<'a> Work<'a> {
    const EMPTY: Self = Self {
        text: Text { lines: &[], words: &[] },
        layout: Layout {
            offsets: super::reading::Offsets::Hex,
            group: super::words::Group { radix: 16, bytes: 1 },
            order: Order::Big,
        },
        dump: Dump {
            packets: Vec::new(),
            continued: 0,
            jumped: 0,
            said: 0,
            unsaid: 0,
            apart: false,
            digits: 0,
            mark: (false, false),
            prefixed_cells: false,
        },
        open: None,
        begun: Vec::new(),
        ends: Vec::new(),
        star: false,
        broken: false,
        repeated: 0,
        stride: None,
        column: None,
    };

    fn line(&self, at: usize) -> &'a str {
        self.text.line(at).0
    }

    fn row(&mut self, row: &Row) {
        let step = self.open.as_ref().and_then(|open| row.offset.value.checked_sub(open.row.offset.value));
        let step = step.and_then(|step| usize::try_from(step).ok()).filter(|step| *step > 0);
        match step {
            Some(step) if self.fits(step) || self.star && step <= LONGEST_PACKET => {
                self.settle(step);
                self.dump.continued = self.dump.continued.saturating_add(1);
                self.next_row(row);
            }
            _ => self.begin(row, step),
        }
        (self.star, self.broken) = (false, false);
    }

    /// Whether the last row can have so many bytes, what is left of it being no bytes.
    fn fits(&self, step: usize) -> bool {
        let Some(open) = &self.open else { return false };
        let there = size(&open.cells);
        if step >= there {
            return step == there;
        }
        let kept = count(&open.cells, step);
        let line = self.line(open.row.line);
        let (Some(end), Some(next)) =
            (kept.checked_sub(1).and_then(|at| open.cells.get(at)), open.cells.get(kept))
        else {
            return true;
        };
        let between = line.get(end.end..next.start).unwrap_or_default();
        // What stands further apart than the groups do is something else.
        let before = kept.checked_sub(2).and_then(|at| open.cells.get(at));
        let usual = before.map_or(1, |before| end.start.saturating_sub(before.end));
        between.len() > usual
            || column::says(line.get(end.end..).unwrap_or_default(), &self.bytes(&open.cells, step))
    }

    fn bytes(&self, cells: &[Cell], most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for cell in cells {
            if bytes.len() >= most {
                break;
            }
            let whole = match self.layout.order {
                Order::Big => cell.number.to_be_bytes(),
                Order::Little => cell.number.to_le_bytes(),
            };
            let range = match self.layout.order {
                Order::Big => 8usize.saturating_sub(cell.bytes)..8,
                Order::Little => 0..cell.bytes,
            };
            bytes.extend(whole.get(range).unwrap_or_default());
        }
        bytes.truncate(most);
        bytes
    }

    /// A row that goes on with the packet at hand.
    fn next_row(&mut self, row: &Row) {
        let cells = cells(self.text.line(row.line).1, row.first, self.layout.group);
        if let Some(open) = &mut self.open {
            (open.row, open.cells, open.wrapped, open.last) = (*row, cells, 0, row.line);
        }
    }

    /// A row that a packet begins with.
    fn begin(&mut self, row: &Row, step: Option<usize>) {
        let value = row.offset.value;
        let (base, first) = self.open.as_ref().map_or((0, true), |open| (open.base, false));
        let known = self.ends.iter().any(|(indent, end)| (*indent, *end) == (row.indent, value));
        let restart = first || value == 0 || value == base || known;
        // An offset further on, without anything between: rows are missing, and what follows is no packet of its own.
        let hole = !restart && step.is_some() && !self.broken;
        if hole && let Some(open) = &mut self.open {
            open.missing =
                Some(format!("rows are missing before line {}", row.line.saturating_add(1)).into());
        }
        self.close(None);
        if !restart && !hole {
            self.dump.jumped = self.dump.jumped.saturating_add(1);
        }
        if self.dump.digits == 0 || value == 0 && self.dump.continued == 0 {
            self.dump.apart = row.apart;
            self.dump.digits = row.offset.width;
            self.dump.mark = (row.offset.prefixed, row.offset.colon);
        }
        let begun = value == 0
            || known
            || row.apart && !hole && row.bytes >= 4 && (row.offset.colon || row.offset.prefixed);
        self.open = Some(Open {
            base: value,
            first: row.line,
            begun,
            bytes: Vec::new(),
            missing: None,
            row: *row,
            cells: Vec::new(),
            wrapped: 0,
            last: row.line,
        });
        self.next_row(row);
        let first = self.open.as_ref().and_then(|open| open.cells.first());
        let line = self.line(row.line);
        let prefixed =
            first.and_then(|cell| line.get(cell.start..cell.end)).is_some_and(|text| text.starts_with("0x"));
        self.dump.prefixed_cells |= prefixed;
    }

    /// Groups of the row before, which somebody has wrapped.
    fn more(&mut self, line: usize) {
        let more = cells(self.text.line(line).1, 0, self.layout.group);
        if let Some(open) = &mut self.open
            && !self.broken
        {
            open.wrapped = open.wrapped.saturating_add(more.len());
            open.cells.extend(more);
            open.last = line;
        }
    }

    fn end(&mut self, line: usize, offset: u64) {
        let step = self.open.as_ref().and_then(|open| offset.checked_sub(open.row.offset.value));
        let Some(step) = step.and_then(|step| usize::try_from(step).ok()).filter(|step| *step > 0) else {
            self.broken = true;
            return;
        };
        if let Some(open) = &mut self.open {
            open.last = line;
            let there = size(&open.cells);
            if step > there && !self.star {
                let lost = step.saturating_sub(there);
                open.missing = Some(format!("the last offset says that {lost} bytes more were there").into());
            }
        }
        let fits = self.fits(step);
        self.dump.continued = self.dump.continued.saturating_add(usize::from(fits));
        self.close(Some(step));
        self.star = false;
    }

    /// The last row has so many bytes; repeats it if a `*` stands behind it.
    fn settle(&mut self, step: usize) {
        let Some(open) = self.open.take() else { return };
        let there = if self.star { size(&open.cells) } else { step };
        let bytes = self.bytes(&open.cells, there.min(step));
        self.judge(&open, &bytes);
        self.stride.get_or_insert(bytes.len());
        let mut open = open;
        let room = LONGEST_PACKET.saturating_sub(open.bytes.len());
        let kept = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        open.bytes.extend(kept);
        if self.star && !bytes.is_empty() {
            let wanted = step.saturating_sub(bytes.len());
            let most =
                wanted.min(room.saturating_sub(kept.len())).min(MOST_REPEATED.saturating_sub(self.repeated));
            self.repeated = self.repeated.saturating_add(most);
            open.bytes.extend(bytes.iter().cycle().take(most));
            if most < wanted {
                open.missing = Some("it is longer than packets are".into());
            }
        } else if kept.len() < bytes.len() {
            open.missing = Some("it is longer than packets are".into());
        }
        self.open = Some(open);
    }

    /// Looks at the characters beside a row.
    fn judge(&mut self, open: &Open, bytes: &[u8]) {
        if open.wrapped > 0 {
            return;
        }
        let kept = count(&open.cells, bytes.len());
        let line = self.line(open.row.line);
        let Some(end) = kept.checked_sub(1).and_then(|at| open.cells.get(at)) else { return };
        let tail = line.get(end.end..).unwrap_or_default();
        let place = tail.find(|c: char| !c.is_whitespace()).map(|at| end.end.saturating_add(at));
        let said = column::says(tail, bytes);
        self.dump.said = self.dump.said.saturating_add(usize::from(said));
        self.dump.unsaid = self.dump.unsaid.saturating_add(usize::from(!said && place.is_some()));
        // Only a whole row has its column where it belongs.
        if self.stride.is_some_and(|stride| bytes.len() < stride) {
            return;
        }
        self.column = Some(match self.column {
            // The column of a row that begins with spaces seems to begin later.
            Some(Some(known)) => Some(place.map_or(known, |place| place.min(known))),
            _ => place,
        });
    }

    /// Ends the packet at hand. Without an offset behind it, its last row says itself how long it is.
    fn close(&mut self, step: Option<usize>) {
        let Some(open) = &self.open else { return };
        let there = size(&open.cells);
        let length = match step {
            Some(step) if self.star => step,
            Some(step) => step.min(there),
            None => self.last_row(open),
        };
        let tail = open
            .cells
            .get(count(&open.cells, length).saturating_sub(1))
            .and_then(|cell| self.line(open.row.line).get(cell.end..))
            .unwrap_or_default();
        let tail = String::from(if open.wrapped > 0 { "" } else { tail.trim() });
        let said = self.dump.said;
        self.settle(length);
        let said = self.dump.said > said;
        let Some(mut open) = self.open.take() else { return };
        if open.missing.is_none() && !said && step.is_none() {
            // As many dots as bytes are the characters beside them.
            let dots = tail.ends_with("..") && tail.chars().all(|c| c == '.');
            let broken = dots && tail.len() != length;
            // Half a byte at the end: the paste was cut.
            let half = tail.len() == 1
                && tail.chars().all(|c| c.is_ascii_hexdigit())
                && self.layout.group.radix == 16;
            let behind = self.line(open.last.saturating_add(1)).trim();
            if broken || half || matches!(behind, "..." | "[...]" | "(...)" | "[truncated]" | "<snip>") {
                open.missing = Some("the text breaks off".into());
            }
        }
        // One row says nothing of others.
        if open.first == open.row.line {
            (self.stride, self.column) = (None, None);
        }
        let end = open.row.offset.value.saturating_add(u64::try_from(length).unwrap_or(0));
        if self.ends.len() >= 16 {
            self.ends.remove(0);
        }
        self.ends.push((open.row.indent, end));
        if open.bytes.is_empty() {
            return;
        }
        self.begun.push(open.begun);
        self.dump.packets.push(Pasted {
            bytes: open.bytes,
            missing: open.missing,
            lines: open.first..open.last.saturating_add(1),
            ..Pasted::default()
        });
    }

    /// How many bytes the last row of a packet has: what its column says, or else where that begins, or else as many as the
    /// others.
    fn last_row(&self, open: &Open) -> usize {
        let there = size(&open.cells);
        if open.wrapped > 0 {
            return there.min(self.stride.unwrap_or(there));
        }
        let line = self.line(open.row.line);
        last_row(line, &open.cells, self.column, self.stride, |most| self.bytes(&open.cells, most))
    }
}

/// How many bytes a row has whose groups may go on into its column of characters.
pub(super) fn last_row(
    line: &str,
    cells: &[Cell],
    column: Option<Option<usize>>,
    stride: Option<usize>,
    bytes: impl Fn(usize) -> Vec<u8>,
) -> usize {
    let there = size(cells);
    if column != Some(None) {
        let mut length = 0usize;
        let mut found = None;
        for (at, cell) in cells.iter().enumerate() {
            length = length.saturating_add(cell.bytes);
            if stride.is_some_and(|stride| length > stride) || length > MOST_SAID {
                break;
            }
            let tail = line.get(cell.end..).unwrap_or_default();
            let gap = cells.get(at.saturating_add(1)).map_or(2, |next| next.start.saturating_sub(cell.end));
            // Without another row to go by, a column stands apart.
            let apart = gap > 1 || column.is_some();
            if apart && column::says(tail, &bytes(length)) {
                found = Some(length);
            }
        }
        if let Some(length) = found {
            return length;
        }
    }
    if let Some(Some(column)) = column {
        let kept = cells.iter().take_while(|cell| cell.start < column);
        return kept.fold(0usize, |length, cell| length.saturating_add(cell.bytes));
    }
    there.min(stride.unwrap_or(there))
}

/// Rows with more bytes are not looked at for a column: the work would grow with the square of their length.
const MOST_SAID: usize = 128;

fn size(cells: &[Cell]) -> usize {
    cells.iter().fold(0usize, |size, cell| size.saturating_add(cell.bytes))
}

/// How many groups hold so many bytes.
fn count(cells: &[Cell], bytes: usize) -> usize {
    let mut length = 0usize;
    cells
        .iter()
        .take_while(|cell| {
            let more = length < bytes;
            length = length.saturating_add(cell.bytes);
            more
        })
        .count()
}
