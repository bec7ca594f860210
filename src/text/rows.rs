//! Dumps with offsets: which word of each line is its offset, and what stands behind it.
//!
//! A line can hold several words that look like an offset in front of groups of digits: a number in a log prefix, the
//! first group itself. Right is the one that says how many bytes came before.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::dump::{self, Dump};
use super::reading::{Candidate, Format, Offsets, Options, Order};
use super::score;
use super::words::{Group, Offset, Word, offset, words};

/// How the rows of a dump are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub offsets: Offsets,
    pub group: Group,
    pub order: Order,
}

/// A group of digits in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub start: usize,
    pub end: usize,
    pub number: u64,
    pub bytes: usize,
}

/// A row of a dump.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub line: usize,
    pub offset: Offset,
    /// Where the offset stands in the line.
    pub indent: usize,
    /// The word that its groups begin with.
    pub first: usize,
    /// How many bytes its groups have.
    pub bytes: usize,
    /// What stands between offset and groups shows that it is one.
    pub apart: bool,
}

/// A line of a text that has a dump in it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Row(Row),
    /// An offset alone: here the dump ends.
    End(usize, u64),
    /// `*`: rows like the one before.
    Star,
    /// Groups without an offset, behind a row that a mail program has wrapped.
    More(usize),
    /// Something else.
    Break,
}

/// Lines that the ways of reading compete on; the best of them read all of the text.
const SAMPLE: usize = 600;
/// How many read all of it.
const FINALISTS: usize = 4;

/// The readings of a text as rows with offsets.
pub(super) fn read(lines: &[String], options: &Options) -> Vec<Candidate> {
    if options.offsets == Some(Offsets::None) {
        return Vec::new();
    }
    let split: Vec<Vec<Word<'_>>> = lines.iter().map(|line| words(line)).collect();
    let has_offset =
        |words: &Vec<Word<'_>>| words.iter().any(|word| offset(word.text, Offsets::Hex).is_some());
    let Some(first) = split.iter().position(has_offset) else { return Vec::new() };
    let all = Text { lines, words: &split };
    let end = lines.len().min(first.saturating_add(SAMPLE));
    let sample =
        Text { lines: lines.get(..end).unwrap_or_default(), words: split.get(..end).unwrap_or_default() };
    let mut ranked: Vec<(i32, Layout, Dump)> = Vec::new();
    for offsets in [Offsets::Hex, Offsets::Octal, Offsets::Decimal] {
        if options.offsets.is_some_and(|wanted| wanted != offsets) {
            continue;
        }
        for group in Group::ALL {
            let layout = Layout { offsets, group, order: Order::Big };
            let events = events(sample, first, layout);
            if !events.iter().any(|event| matches!(event, Event::Row(_))) {
                continue;
            }
            for order in [Order::Big, Order::Little] {
                let alone = group.bytes == 1 && order == Order::Little;
                if alone || options.order.is_some_and(|wanted| wanted != order && group.bytes > 1) {
                    continue;
                }
                let layout = Layout { order, ..layout };
                let dump = dump::assemble(sample, &events, layout);
                if !dump.packets.is_empty() {
                    let score = score::start(&dump.packets, options).worth();
                    ranked.push((weight(&dump, layout).saturating_add(score), layout, dump));
                }
            }
        }
    }
    ranked.sort_by_key(|(weight, ..)| core::cmp::Reverse(*weight));
    ranked.truncate(FINALISTS);
    let candidates = ranked.into_iter().map(|(_, layout, dump)| {
        let dump = match end == lines.len() {
            true => dump,
            false => dump::assemble(all, &events(all, first, layout), layout),
        };
        let (name, weight) = (name(&dump, layout), weight(&dump, layout));
        Candidate { name, format: Format::Dump, weight, packets: dump.packets, link: None }
    });
    candidates.filter(|candidate| !candidate.packets.is_empty()).collect()
}

/// Lines with their words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub lines: &'a [String],
    pub words: &'a [Vec<Word<'a>>],
}

impl<'a> Text<'a> {
    /// A line, and its words.
    pub fn line(&self, at: usize) -> (&'a str, &'a [Word<'a>]) {
        (self.lines.get(at).map_or("", String::as_str), self.words.get(at).map_or(&[], Vec::as_slice))
    }
}

/// What speaks for a dump in the text itself.
fn weight(dump: &Dump, layout: Layout) -> i32 {
    if dump.packets.is_empty() {
        return i32::MIN;
    }
    let share = |good: usize, bad: usize, most: usize| {
        i32::try_from(good.saturating_mul(most).checked_div(good.saturating_add(bad)).unwrap_or(0))
            .unwrap_or(0)
    };
    let mut weight = 30i32;
    weight = weight.saturating_add(share(dump.continued, dump.jumped.saturating_mul(3), 50));
    weight = weight.saturating_add(share(dump.said, dump.unsaid, 15)).saturating_sub(share(
        dump.unsaid,
        dump.said,
        10,
    ));
    weight = weight.saturating_add(if dump.apart { 15 } else { 0 });
    // hexdump and od show groups as this machine holds them, all others as they are.
    let machine = layout.group.radix == 8 || dump.digits == 7;
    let expected = if machine { Order::Little } else { Order::Big };
    weight.saturating_sub(if layout.group.bytes > 1 && layout.order != expected { 10 } else { 0 })
}

/// The lines as rows, each with the offset that fits to those around it.
fn events(text: Text<'_>, first: usize, layout: Layout) -> Vec<Event> {
    let mut found: Vec<Event> = Vec::new();
    let mut before: Option<Row> = None;
    let mut ahead = (first..text.lines.len()).map(|at| candidates(at, text, layout)).peekable();
    for at in first..text.lines.len() {
        let mut here = ahead.next().unwrap_or_default();
        // What stands where the offset before stood, and is written as it was, is one; the length in an IP header can be
        // just the number that would come next.
        let mark = |row: &Row| (row.offset.prefixed, row.offset.colon, row.indent);
        if let Some(before) = &before
            && (before.offset.prefixed || before.offset.colon)
            && here.iter().any(|row| mark(row) == mark(before))
        {
            here.retain(|row| mark(row) == mark(before));
        }
        let follows = |row: &&Row| before.is_some_and(|before| leads(&before, row));
        let leads_on = |row: &&Row| ahead.peek().is_some_and(|next| next.iter().any(|next| leads(row, next)));
        let row = match here.as_slice() {
            [] | [_] => here.first(),
            several => {
                let fits = several.iter().find(follows);
                fits.or_else(|| several.iter().find(leads_on)).or(several.first())
            }
        };
        let row = row.copied();
        match row {
            Some(row) => {
                before = Some(row);
                found.push(Event::Row(row));
            }
            None => found.push(other(at, text, layout, before.as_ref(), found.last())),
        }
    }
    found
}

/// Whether the offset of a row says how many bytes there were up to it.
fn leads(row: &Row, next: &Row) -> bool {
    let step = next.offset.value.checked_sub(row.offset.value);
    step.is_some_and(|step| step > 0 && usize::try_from(step).is_ok_and(|step| step <= row.bytes))
}

/// A line that is no row.
fn other(at: usize, text: Text<'_>, layout: Layout, row: Option<&Row>, before: Option<&Event>) -> Event {
    let (_, words) = text.line(at);
    let Some(row) = row else { return Event::Break };
    match words {
        [.., last] if last.text == "*" => Event::Star,
        [.., last] if last.start == row.indent && offset(last.text, layout.offsets).is_some() => {
            Event::End(at, offset(last.text, layout.offsets).map_or(0, |offset| offset.value))
        }
        [first, ..]
            if layout.group.read(first.text).is_some()
                && matches!(before, Some(Event::Row(_) | Event::More(_))) =>
        {
            Event::More(at)
        }
        _ => Event::Break,
    }
}

/// Words of a line that are looked at for an offset.
const WORDS_BEFORE: usize = 14;

/// The words of a line that can be an offset in front of groups.
fn candidates(at: usize, text: Text<'_>, layout: Layout) -> Vec<Row> {
    let (line, words) = text.line(at);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate().take(WORDS_BEFORE) {
        let Some(offset) = offset(word.text, layout.offsets) else { continue };
        let mut first = index.saturating_add(1);
        // gdb names the place, and others close a comment or put the colon apart.
        while let Some(word) = words.get(first)
            && (matches!(word.text, "*/" | ":" | "-")
                || word.text.starts_with('<') && word.text.ends_with(':'))
        {
            first = first.saturating_add(1);
        }
        let cells = cells(words, first, layout.group);
        let (Some(start), Some(end)) = (cells.first(), cells.last()) else { continue };
        let between = line.get(word.end..start.start).unwrap_or_default();
        let spaces = cells.get(1).is_none_or(|second| {
            second.start.saturating_sub(start.end) < start.start.saturating_sub(word.end)
        });
        let other_width = offset.width != start.end.saturating_sub(start.start);
        let apart = offset.colon
            || offset.prefixed && line.get(start.start..end.end).is_some_and(|text| !text.starts_with("0x"))
            || between.trim() != ""
            || between.len() > 1 && spaces
            || other_width;
        let bytes = cells.iter().fold(0usize, |bytes, cell| bytes.saturating_add(cell.bytes));
        found.push(Row { line: at, offset, indent: word.start, first, bytes, apart });
    }
    found
}

/// The groups of a row from a word on: whole ones, and a short one at the end. A row of pairs can stand among wider groups.
pub(super) fn cells(words: &[Word<'_>], first: usize, group: Group) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut rest = words.iter().skip(first).peekable();
    while let Some(word) = rest.next() {
        if word.text == "-" && rest.peek().is_some_and(|next| group.read(next.text).is_some()) {
            continue;
        }
        let Some((number, bytes)) = group.read(word.text) else { break };
        if let Some(before) = cells.last()
            && before.bytes < bytes
        {
            break;
        }
        let ends = bytes < group.bytes && cells.first().is_some_and(|first| first.bytes != 1);
        cells.push(Cell { start: word.start, end: word.end, number, bytes });
        if ends {
            break;
        }
    }
    cells
}

/// The program that writes so, or else what it looks like.
fn name(dump: &Dump, layout: Layout) -> String {
    let Group { radix, bytes } = layout.group;
    let column = if dump.said > 0 { "-X" } else { "-x" };
    let turned = layout.order == Order::Little;
    let known = match (layout.offsets, radix, bytes, dump.digits, dump.mark) {
        (Offsets::Hex, 16, 2, 4, (true, true)) if !turned => format!("tcpdump {column}"),
        (Offsets::Hex, 16, 2, 4, (true, false)) if !turned => "FortiGate sniffer".into(),
        (Offsets::Hex, 16, 2, 8, (false, true)) if !turned => "xxd".into(),
        (Offsets::Hex, 16, 1, 8, (false, true)) => "xxd -g1".into(),
        (Offsets::Hex, 2, 1, 8, (false, true)) => "xxd -b".into(),
        (Offsets::Hex, 16, 4, 8, (false, true)) if turned && dump.said > 0 => "xxd -e".into(),
        (Offsets::Hex, 16, 1, 8, (false, false)) => "hexdump -C".into(),
        (Offsets::Hex, 16, 2, 7, (false, false)) if turned => "hexdump".into(),
        (Offsets::Hex, 16, 1, 4, (false, false)) => "hex dump as of tshark and Wireshark".into(),
        (Offsets::Octal, 8, 2, 7, _) => "od".into(),
        (Offsets::Octal, 16, 2, 7, _) => "od -x".into(),
        (Offsets::Octal, 16, 1, 7, _) => "od -t x1".into(),
        (Offsets::Hex, 16, 1, 6, (false, false)) => "od -A x -t x1".into(),
        (Offsets::Hex, 16, 1, _, (true, _)) if dump.prefixed_cells => "gdb x/xb".into(),
        _ => "hex dump".into(),
    };
    let offsets = match layout.offsets {
        Offsets::Octal => "octal offsets",
        Offsets::Decimal => "decimal offsets",
        _ => "",
    };
    let groups = match (radix, bytes) {
        (16, 1) => String::new(),
        (16, bytes) => format!("groups of {bytes} bytes{}", if turned { ", last byte first" } else { "" }),
        (2, _) => "binary".into(),
        (8, 1) => "octal".into(),
        (10, 1) => "decimal".into(),
        (8, bytes) => {
            format!("octal groups of {bytes} bytes{}", if turned { ", last byte first" } else { "" })
        }
        (_, bytes) => {
            format!("decimal groups of {bytes} bytes{}", if turned { ", last byte first" } else { "" })
        }
    };
    let plain =
        known.starts_with("tcpdump") || known == "xxd" || known == "xxd -b" || known.starts_with("FortiGate");
    let mut details: Vec<&str> = Vec::new();
    details.extend((!plain && !offsets.is_empty()).then_some(offsets));
    details.extend((!plain && !groups.is_empty()).then_some(groups.as_str()));
    if details.is_empty() { known } else { format!("{known} ({})", details.join(", ")) }
}
