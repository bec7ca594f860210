//! A header as the RFCs draw it: 32 bits a row, the bits counted above it.

mod draw;

use std::fmt::Write;

use crate::field::{FieldInfo, Format, Kind, Phrase, Protocol, Role, Value};
use crate::packet::registry::{KINDS, built_in};
use crate::packet::{FieldRef, Packet};
use crate::render::value_text;

/// Bits in a row.
const ROW: usize = 32;
/// A field of more rows is drawn as one row, with its length.
const TALLEST: usize = 4;
/// Rows of a packet's header that are drawn.
const ROWS: usize = 64;
/// Lines of words in a cell.
const LINES: usize = 3;

/// What the RFCs call a field where there is no room for more.
const SHORT: &[(&str, &str)] = &[
    ("ip.hdr_len", "IHL"),
    ("tcp.hdr_len", "Offset"),
    ("tcp.flags.res", "Rsrvd"),
    ("ip.dsfield.dscp", "DSCP"),
    ("ip.dsfield.ecn", "ECN"),
    ("ipv6.tclass.dscp", "DSCP"),
    ("ipv6.tclass.ecn", "ECN"),
    ("dns.flags.response", "QR"),
    ("dns.flags.opcode", "Opcode"),
    ("dns.flags.authoritative", "AA"),
    ("dns.flags.truncated", "TC"),
    ("dns.flags.recdesired", "RD"),
    ("dns.flags.recavail", "RA"),
    ("dns.flags.authenticated", "AD"),
    ("dns.flags.checkdisable", "CD"),
    ("dns.flags.rcode", "RCODE"),
    ("nbns.flags.response", "R"),
    ("nbns.flags.opcode", "Opcode"),
    ("nbns.flags.authoritative", "AA"),
    ("nbns.flags.truncated", "TC"),
    ("nbns.flags.broadcast", "B"),
    ("nbns.flags.rcode", "Rcode"),
    ("ipv6.fraghdr.more", "M"),
    ("vlan.priority", "PCP"),
    ("vlan.dei", "DEI"),
];

/// A header, or the rows of it around a field, drawn.
///
/// ```
/// use layercake::explain::Diagram;
/// use layercake::wire::udp;
///
/// let drawn = Diagram::of(&udp::PROTOCOL).to_string();
/// let (_, rows) = drawn.split_at(drawn.find('+').unwrap());
/// assert_eq!(rows, "\
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Source port          |       Destination port        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |            Length             |           Checksum            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Diagram {
    /// From the first bit to the last, without gaps.
    cells: Vec<Cell>,
    /// The rows that are shown; none for all.
    rows: Option<(usize, usize)>,
    /// The bits of a row under which there are carets: first and last.
    marked: Vec<(usize, usize)>,
    /// Bits of the header that are not drawn.
    left_out: usize,
    /// Bits that cells are drawn shorter than they are: what follows stands so much further to the front.
    saved: usize,
    /// Nothing counts the bits above it.
    bare: bool,
}

#[derive(Clone, Debug, Default)]
struct Cell {
    start: usize,
    bits: usize,
    label: String,
    short: String,
    name: &'static str,
    value: Option<String>,
    /// It is longer than it is drawn, or as long as what is there.
    open: bool,
}

impl Diagram {
    /// The fixed part of a header, and what always follows it.
    pub fn of(protocol: &Protocol) -> Self {
        let mut diagram = Self::default();
        protocol.fields.iter().for_each(|info| diagram.add_row(info));
        diagram.end_at(protocol.length.saturating_mul(8).saturating_sub(diagram.saved));
        if let [table] = continuations(protocol).as_slice() {
            table.iter().for_each(|info| diagram.add_row(info));
        }
        if let Some(group) = list(protocol) {
            let start = diagram.end();
            // To the end of the row, and one more if that is no whole one.
            let bits = ROW.saturating_sub(start % ROW).saturating_add(if start % ROW == 0 { 0 } else { ROW });
            let label = format!("[{}]", group);
            diagram.push(Cell { start, bits, label, open: true, ..Cell::default() });
        }
        diagram
    }

    /// A table by itself, from the first bit that it describes.
    pub fn of_table(fields: &[FieldInfo]) -> Self {
        let mut diagram = Self::default();
        fields.iter().for_each(|info| diagram.add_row(info));
        let first = fields.iter().map(|info| usize::from(info.start) / ROW).min().unwrap_or(0);
        diagram.rows = Some((first, usize::MAX));
        diagram
    }

    /// The same without the two lines above it that count the bits.
    #[must_use]
    pub fn without_ruler(self) -> Self {
        Self { bare: true, ..self }
    }

    /// The rows of a table that some fields of it lie in, with carets under them if that is one row.
    pub fn around(fields: &[FieldInfo], some: &[FieldInfo]) -> Self {
        let mut diagram = Self::of_table(fields);
        let ends = |info: &FieldInfo| {
            let start = usize::from(info.start);
            (start, start.saturating_add(usize::from(info.bits).max(1)).saturating_sub(1))
        };
        let places: Vec<(usize, usize)> = some.iter().map(ends).collect();
        let first = places.iter().map(|(start, _)| start / ROW).min().unwrap_or(0);
        let last = places.iter().map(|(_, last)| last / ROW).max().unwrap_or(0);
        // A field that is not drawn as long as it is has moved what is behind it.
        if !diagram.cells.iter().any(|cell| cell.open && cell.start / ROW < last) {
            diagram.rows = Some((first, last));
            if first == last {
                diagram.marked = places.iter().map(|(start, last)| (start % ROW, last % ROW)).collect();
            }
        }
        diagram
    }

    /// The header of a layer of a packet, the `index`th, with its values.
    pub fn of_packet<B: AsRef<[u8]>>(packet: &Packet<B>, index: usize) -> Self {
        let mut diagram = Self::default();
        for field in packet.fields_of(index).filter(FieldRef::is_tile) {
            let bits = field.bits as usize;
            if diagram.end() >= ROWS * ROW {
                diagram.left_out = diagram.left_out.saturating_add(bits);
                continue;
            }
            let cell = Cell {
                start: diagram.end(),
                bits,
                label: field.info.label.to_string(),
                short: short(field.info),
                name: field.info.name,
                value: field.value().map(|value| raw_text(field.info, value)),
                open: false,
            };
            diagram.push(cell);
        }
        diagram
    }

    /// What is written short in the drawing, and what it stands for.
    pub fn legend(&self) -> Vec<(String, &str)> {
        let (first, behind) = self.shown();
        let mut legend = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.words().is_none()) {
            let entry = (cell.stacked().concat(), cell.label.as_str());
            let seen = cell.start < behind.saturating_mul(ROW) && end_row(cell) > first;
            if seen && !legend.contains(&entry) {
                legend.push(entry);
            }
        }
        legend
    }

    fn end(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.start.saturating_add(cell.bits))
    }

    /// Whatever no tile covers up to here is a cell without a label.
    fn end_at(&mut self, bit: usize) {
        let start = self.end();
        if let Some(bits @ 1..) = bit.checked_sub(start) {
            let label = if bits > TALLEST * ROW { "Other parts".to_string() } else { String::new() };
            self.push(Cell { start, bits, label, ..Cell::default() });
        }
    }

    /// A row of a table: tiles are cells; what can stand in the same place shares one.
    fn add_row(&mut self, info: &FieldInfo) {
        if info.role != Role::Tile {
            return;
        }
        let start = usize::from(info.start).saturating_sub(self.saved);
        match self.cells.last_mut() {
            Some(last) if last.start == start && !last.open && last.bits == usize::from(info.bits) => {
                if !last.label.split(" or ").any(|label| label == info.label) {
                    let _ = write!(last.label, " or {}", info.label);
                }
                return;
            }
            // One of several that can stand there, of another width: the first is drawn.
            Some(last) if start < last.start.saturating_add(last.bits) => return,
            _ => {}
        }
        self.end_at(start);
        let rest = ROW.saturating_sub(start % ROW);
        self.push(Cell {
            start,
            bits: if info.bits == 0 { rest } else { usize::from(info.bits) },
            label: info.label.to_string(),
            short: short(info),
            name: info.name,
            value: None,
            open: info.bits == 0,
        });
    }

    fn push(&mut self, mut cell: Cell) {
        if cell.bits > TALLEST * ROW {
            // As many bits less as whole rows have, so that it ends in the same column.
            let whole = (cell.bits / ROW).saturating_sub(1).saturating_mul(ROW);
            let _ = write!(cell.label, " ({} bytes)", cell.bits / 8);
            cell.bits = cell.bits.saturating_sub(whole);
            self.saved = self.saved.saturating_add(whole);
            cell.open = true;
        }
        if cell.bits > 0 {
            self.cells.push(cell);
        }
    }

    /// The first row that is shown, and the one behind the last.
    fn shown(&self) -> (usize, usize) {
        let all = self.end().div_ceil(ROW);
        let (first, last) = self.rows.unwrap_or((0, usize::MAX));
        (first, last.saturating_add(1).min(all))
    }

    /// The cell that owns a bit.
    fn owner(&self, bit: usize) -> Option<usize> {
        let index = self.cells.partition_point(|cell| cell.start <= bit).checked_sub(1)?;
        self.cells.get(index).filter(|cell| bit < cell.start.saturating_add(cell.bits)).map(|_| index)
    }
}

/// The tables that go on where the fixed part ends; a header has one of them.
pub(super) fn continuations(protocol: &Protocol) -> Vec<&'static [FieldInfo]> {
    let length = protocol.length.saturating_mul(8);
    let begins = |table: &&&[FieldInfo]| {
        table.first().is_some_and(|info| length > 0 && usize::from(info.start) == length)
    };
    protocol.tables.iter().filter(begins).copied().collect()
}

/// What a header's list is called, if it has one and no more than one way to go on: the groups that hold its items.
fn list(protocol: &Protocol) -> Option<String> {
    if continuations(protocol).len() > 1 || protocol.lists.is_empty() {
        return None;
    }
    let mut labels: Vec<&str> = Vec::new();
    for table in protocol.lists {
        match table {
            [group] if group.role == Role::Group && group.bits == 0 && !labels.contains(&group.label) => {
                labels.push(group.label);
            }
            _ => {}
        }
    }
    let mut names = protocol.lists.iter().flat_map(|table| table.iter().map(|info| info.name));
    let first = labels.iter().take(2).any(|label| matches!(*label, "Option" | "Options"));
    if first || labels.is_empty() && names.any(|name| name.contains(".opt")) {
        return Some("Options".to_string());
    }
    if labels.is_empty() {
        return None;
    }
    // As many as there is room for.
    let room = ROW.saturating_mul(2).saturating_sub(8);
    let mut all = String::new();
    for label in labels {
        if all.len().saturating_add(label.len()) > room {
            all.push_str(", ...");
            break;
        }
        all.push_str(if all.is_empty() { "" } else { ", " });
        all.push_str(label);
    }
    Some(all)
}

/// A short form of a field's label: the RFC's own, a word of its name, or the first letters of its words.
fn short(info: &FieldInfo) -> String {
    if let Some((_, known)) = SHORT.iter().find(|(name, _)| *name == info.name) {
        return (*known).to_string();
    }
    if let Some(known) = flag(info.name) {
        return known.to_string();
    }
    let last = info.name.rsplit('.').next().unwrap_or(info.name);
    let words: Vec<char> = info.label.split([' ', '-']).filter_map(|word| word.chars().next()).collect();
    match (last.len(), words.as_slice()) {
        (..=4, _) => last.to_uppercase(),
        (_, [_, _, ..]) => words.iter().collect::<String>().to_uppercase(),
        _ => info.label.chars().take(3).collect::<String>().to_uppercase(),
    }
}

/// What a header's line calls a flag: `PSH`.
fn flag(name: &str) -> Option<&'static str> {
    fn within(phrases: &[Phrase], name: &str) -> Option<&'static str> {
        phrases.iter().find_map(|phrase| match phrase {
            Phrase::Flags(flags) => flags.iter().find(|(info, _)| info.name == name).map(|(_, word)| *word),
            Phrase::If(_, inner) => within(inner, name),
            _ => None,
        })
    }
    KINDS.iter().filter_map(|kind: &Kind| built_in(*kind)).find_map(|protocol| within(protocol.summary, name))
}

/// A value as it stands in the header: not in the unit that is shown.
fn raw_text(info: &FieldInfo, value: Value<'_>) -> String {
    match value {
        Value::Number(number) if info.format != Format::Hex => {
            number.checked_div(u64::from(info.scale)).unwrap_or(number).to_string()
        }
        Value::Flag(flag) => u8::from(flag).to_string(),
        value => value_text(info, value),
    }
}

impl Cell {
    /// The bits of its widest row: first and behind the last, from the start of the header.
    fn widest(&self) -> (usize, usize) {
        let end = self.start.saturating_add(self.bits);
        let first = (self.start, end.min((self.start / ROW).saturating_add(1).saturating_mul(ROW)));
        let second = (first.1, end.min(first.1.saturating_add(ROW)));
        if second.1.saturating_sub(second.0) > first.1.saturating_sub(first.0) { second } else { first }
    }

    /// Whether it fills several rows and no part of others.
    fn fills_rows(&self) -> bool {
        self.start.is_multiple_of(ROW) && self.bits.is_multiple_of(ROW) && self.bits > ROW
    }

    /// Columns between its bars.
    fn width(&self) -> usize {
        let (start, end) = self.widest();
        end.saturating_sub(start).saturating_mul(2).saturating_sub(1)
    }

    /// The label in lines as wide as the cell; nothing if it does not fit.
    fn words(&self) -> Option<Vec<String>> {
        let width = self.width();
        if SHORT.iter().any(|(name, _)| *name == self.name) && self.label.len() > 7 {
            return None;
        }
        if self.label.len() <= width {
            return Some(vec![self.label.clone()]);
        }
        let mut lines: Vec<String> = Vec::new();
        for word in self.label.split(' ') {
            match lines.last_mut() {
                Some(line) if line.len().saturating_add(word.len()) < width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_string()),
            }
        }
        let fits = lines.len() <= LINES && lines.iter().all(|line| line.len() <= width);
        fits.then_some(lines)
    }

    /// The short form, in letters one under the other if there is room for one alone.
    fn stacked(&self) -> Vec<String> {
        match self.width() {
            1 => self.short.chars().take(LINES).map(String::from).collect(),
            width => vec![self.short.chars().take(width).collect()],
        }
    }

    fn lines(&self) -> Vec<String> {
        self.words().unwrap_or_else(|| self.stacked())
    }

    /// The value, as much of it as there is room for.
    fn shown_value(&self) -> Option<String> {
        let (value, width) = (self.value.as_ref()?, self.width());
        if value.chars().count() <= width {
            return Some(value.clone());
        }
        Some(value.chars().take(width.saturating_sub(2)).chain("..".chars()).take(width).collect())
    }
}

/// The row behind a cell.
fn end_row(cell: &Cell) -> usize {
    cell.start.saturating_add(cell.bits).div_ceil(ROW)
}
