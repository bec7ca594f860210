//! The one walker over every type-length-value list: options of IPv4, TCP, IPv6 and neighbour discovery, chunks and
//! parameters of SCTP, and the like. [`Rules`] say where kind and length stand and what the length counts.
//!
//! ```
//! use layercake::field::tlv::{Item, Rules, walk};
//!
//! // TCP: MSS 1460, a no-operation, window scale 7, then the end of the list.
//! let options = [2, 4, 0x05, 0xb4, 1, 3, 3, 7, 0, 0, 0, 0];
//! let kinds: Vec<u16> = walk(&options, &Rules::IP_AND_TCP).map(|item| item.kind).collect();
//! assert_eq!(kinds, [2, 1, 3, 0]);
//!
//! // A length of zero would never end; the rest comes out as one raw item.
//! let broken = [1, 8, 0, 0xff];
//! let last = walk(&broken, &Rules::IP_AND_TCP).last().unwrap();
//! assert!(last.broken);
//! assert_eq!(last.bytes, [8, 0, 0xff]);
//! ```

use crate::field::{Builder, Cursor, FieldInfo, Finding, Header, Section, Severity};

/// How the items of a list are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The kind that pads with one byte and has no length.
    pub pad: Option<u16>,
    /// The kind that ends the list and has no length.
    pub end: Option<u16>,
    /// Where the kind stands in an item.
    pub kind: Word,
    /// Where the length stands in an item.
    pub length: Word,
    /// Bytes in front of the data: kind, length and what stands beside them.
    pub head: usize,
    /// What the length counts in, in bytes.
    pub unit: usize,
    /// What the length counts besides the data, in bytes: as much as `head` if it counts the whole item.
    pub counts: usize,
    /// Items begin at multiples of this many bytes; what is left before the next one is padding.
    pub align: usize,
}

/// A number of one or two bytes in the head of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The byte at this place.
    Byte(usize),
    /// Two bytes from this place, most significant first.
    Big(usize),
    /// Two bytes from this place, least significant first.
    Little(usize),
}

impl Word {
    /// Reads the number from the bytes of an item.
    #[inline]
    pub fn read(self, item: &[u8]) -> Option<u16> {
        match self {
            Self::Byte(at) => item.get(at).map(|byte| u16::from(*byte)),
            Self::Big(at) => item.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word)),
            Self::Little(at) => item.get(at..)?.first_chunk().map(|word| u16::from_le_bytes(*word)),
        }
    }

    pub(crate) fn write(self, item: &mut [u8], value: u16) {
        let place = match self {
            Self::Byte(at) | Self::Big(at) | Self::Little(at) => item.get_mut(at..).unwrap_or_default(),
        };
        match (self, place) {
            (Self::Byte(_), [byte, ..]) => *byte = u8::try_from(value).unwrap_or(u8::MAX),
            (Self::Big(_), [high, low, ..]) => [*high, *low] = value.to_be_bytes(),
            (Self::Little(_), [low, high, ..]) => [*low, *high] = value.to_le_bytes(),
            _ => {}
        }
    }
}

impl Rules {
    /// A byte for the kind, a byte for the length, which counts the whole item in bytes.
    pub const BYTES: Self = Self {
        pad: None,
        end: None,
        kind: Word::Byte(0),
        length: Word::Byte(1),
        head: 2,
        unit: 1,
        counts: 2,
        align: 1,
    };
    /// Two bytes for the kind, two for the length, which counts the whole item; items begin at multiples of four
    /// bytes. So are the parameters of SCTP (RFC 9260 section 3.2.1).
    pub const WORDS: Self =
        Self { kind: Word::Big(0), length: Word::Big(2), head: 4, counts: 4, align: 4, ..Self::BYTES };
    /// IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.1).
    pub const IP_AND_TCP: Self = Self { pad: Some(1), end: Some(0), ..Self::BYTES };
    /// IPv6 hop-by-hop and destination options (RFC 8200 section 4.2).
    pub const IPV6: Self = Self { pad: Some(0), counts: 0, ..Self::BYTES };
    /// Neighbour discovery (RFC 4861 section 4.6).
    pub const NDP: Self = Self { unit: 8, ..Self::BYTES };
}

impl Rules {
    /// The bytes of an item whose length says this.
    #[inline]
    fn size(&self, length: u16) -> usize {
        let behind = self.head.saturating_sub(self.counts);
        usize::from(length).saturating_mul(self.unit).saturating_add(behind)
    }

    /// Whether this kind has no length.
    #[inline]
    pub(crate) fn alone(&self, kind: u16) -> bool {
        self.pad == Some(kind) || self.end == Some(kind)
    }
}

/// One item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its kind.
    pub kind: u16,
    /// First byte, counted from the start of the list.
    pub start: usize,
    /// The whole item, kind and length included, padding not; for the end of the list and for a broken item, all that is left.
    pub bytes: &'a [u8],
    /// Its length is impossible: too small for itself, or beyond the end of the list.
    pub broken: bool,
}

impl<'a> Item<'a> {
    /// The data behind kind and length; none of an item that is its kind alone.
    pub fn data(&self, rules: &Rules) -> &'a [u8] {
        if rules.alone(self.kind) { &[] } else { self.bytes.get(rules.head..).unwrap_or(&[]) }
    }
}

/// Walks a list. It ends at the end of the bytes, behind the item that ends the list, or behind a broken item;
/// every item is at least one byte long, so it always ends.
#[inline]
pub fn walk<'a>(list: &'a [u8], rules: &'a Rules) -> Walk<'a> {
    Walk { list, rules, at: 0 }
}

/// The walk over a list; see [`walk`].
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    list: &'a [u8],
    rules: &'a Rules,
    at: usize,
}

impl<'a> Iterator for Walk<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        let item = item_at(self.list, self.at, self.rules)?;
        self.at = behind(&item, self.rules);
        Some(item)
    }
}

impl core::iter::FusedIterator for Walk<'_> {}

/// Where the next item begins.
#[inline]
fn behind(item: &Item<'_>, rules: &Rules) -> usize {
    let length = item.bytes.len();
    item.start.saturating_add(length.checked_next_multiple_of(rules.align).unwrap_or(length))
}

/// The item at byte `at` of a list.
#[inline]
pub fn item_at<'a>(list: &'a [u8], at: usize, rules: &Rules) -> Option<Item<'a>> {
    let rest = list.get(at..)?;
    rest.first()?;
    let item = |kind, bytes, broken| Some(Item { kind, start: at, bytes, broken });
    let Some(kind) = rules.kind.read(rest) else { return item(0, rest, true) };
    if rules.end == Some(kind) {
        return item(kind, rest, false);
    }
    if rules.pad == Some(kind) {
        return item(kind, rest.get(..1)?, false);
    }
    let length = rules.length.read(rest).map(|length| rules.size(length));
    match length.filter(|length| *length >= rules.head).and_then(|length| rest.get(..length)) {
        Some(bytes) => item(kind, bytes, false),
        None => item(kind, rest, true),
    }
}

/// What is wrong with a list that begins at byte `start` of its header: the first item whose length is impossible.
/// `limit` is the field that says where the list ends.
pub fn check(
    list: &[u8],
    rules: &Rules,
    start: usize,
    length: &FieldInfo,
    code: &'static str,
    limit: Option<&'static str>,
) -> Option<Finding> {
    let item = walk(list, rules).find(|item| item.broken)?;
    let text = "the option's length does not fit";
    let broken = Finding::at(length, code, Severity::Error, text);
    let broken = broken.place(start.saturating_add(item.start), item.bytes.len());
    let claimed = rules.length.read(item.bytes).map_or(rules.head, |length| rules.size(length));
    Some(match claimed {
        _ if claimed < rules.head => broken.range(claimed as u64, rules.head as u64),
        _ => broken.length(claimed, item.bytes.len(), limit),
    })
}

impl<H: Header> Builder<H> {
    /// Adds an item of a list: its kind and data; the length is filled in. A kind that has no length is written
    /// alone.
    #[must_use]
    pub fn item(self, rules: &Rules, kind: u16, data: &[u8]) -> Self {
        if rules.alone(kind) {
            return self.append(&[kind as u8]);
        }
        let unit = rules.unit.max(1);
        let size = data.len().saturating_add(rules.counts).div_ceil(unit);
        let missing = size.saturating_mul(unit).saturating_sub(data.len().saturating_add(rules.counts));
        let whole = rules.head.saturating_add(data.len()).saturating_add(missing);
        let aligned = whole.checked_next_multiple_of(rules.align).unwrap_or(whole);
        let missing = missing.saturating_add(aligned.saturating_sub(whole));
        let mut head = [0; 8];
        rules.kind.write(&mut head, kind);
        rules.length.write(&mut head, u16::try_from(size).unwrap_or(u16::MAX));
        let head = head.get(..rules.head).unwrap_or(&[]);
        self.append(head).append(data).append([0; 16].get(..missing).unwrap_or(&[]))
    }
}

/// The tables of one list: how its items are laid out and which fields they have.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How the items are laid out.
    pub rules: Rules,
    /// The table of kind and length.
    pub head: &'static [FieldInfo],
    /// The table of an item that is its kind alone.
    pub alone: &'static [FieldInfo],
    /// The kinds with fields of their own.
    pub kinds: &'static [OptionKind],
    /// Every other kind, and what is left of an item that its table does not describe.
    pub other: OptionKind,
    /// What stands behind the item that ends the list, and between one item and the place where the next may begin.
    pub padding: &'static [FieldInfo],
}

/// The fields of one kind of item.
#[derive(Clone, Copy, Debug)]
pub struct OptionKind {
    /// Its number.
    pub kind: u16,
    /// One group around the whole item, or nothing.
    pub group: &'static [FieldInfo],
    /// What stands behind kind and length.
    pub first: &'static [FieldInfo],
    /// What stands behind that, again and again until the item is used up: the table of what begins at a byte of
    /// the item, and how many bytes that takes, 0 for as many as the table describes.
    pub repeat: fn(&[u8], usize) -> (&'static [FieldInfo], usize),
}

impl OptionKind {
    /// A kind that has no group and no fields of its own.
    pub const PLAIN: Self = Self { kind: 0, group: &[], first: &[], repeat: |_, _| (&[], 0) };
}

const GROUP: u8 = 0;
const HEAD: u8 = 1;
const FIRST: u8 = 2;
const REPEAT: u8 = 3;
const ALIGN: u8 = 4;
const PADDING: u8 = 5;

/// The next section of a list that reaches to `end`; the walk begins with the cursor at the list's start and
/// `phase` 0. It always ends: every item is at least a byte long.
pub fn section(options: &Options, header: &[u8], end: usize, cursor: &mut Cursor) -> Option<Section> {
    step(options, |_| None, header, end, cursor)
}

/// A list whose items hold lists: parameters in the chunks of SCTP, causes in parameters.
#[derive(Clone, Copy, Debug)]
pub struct Nested {
    /// The list itself.
    pub options: Options,
    /// The list that an item holds behind its fields; `None` if it holds none.
    pub inside: fn(&Item<'_>) -> Option<&'static Nested>,
}

/// The next section of a list whose items hold lists, and of those; otherwise as [`section`].
pub fn nested(list: &Nested, header: &[u8], end: usize, cursor: &mut Cursor) -> Option<Section> {
    step(&list.options, list.inside, header, end, cursor)
}

/// The lists that a walk has entered besides the outermost, from the outside in. What lies deeper than there is
/// room for is the data of its item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around([Option<Entered>; 4]);

/// A list that a walk has entered, and where the item that holds it begins and ends.
#[derive(Clone, Copy, Debug)]
struct Entered {
    list: &'static Nested,
    item: usize,
    until: usize,
}

impl Around {
    pub(crate) const NONE: Self = Self([None; 4]);

    fn innermost(&mut self) -> Option<&mut Option<Entered>> {
        self.0.iter_mut().rev().find(|entered| entered.is_some())
    }

    /// Goes into a list, if there is room.
    fn enter(&mut self, entered: Entered) -> Option<()> {
        let place = self.0.iter_mut().find(|entered| entered.is_none())?;
        *place = Some(entered);
        Some(())
    }
}

fn step(
    outermost: &Options,
    inside: fn(&Item<'_>) -> Option<&'static Nested>,
    header: &[u8],
    end: usize,
    cursor: &mut Cursor,
) -> Option<Section> {
    loop {
        let (options, inside, end) = match cursor.around.innermost() {
            Some(Some(entered)) => (&entered.list.options, entered.list.inside, entered.until),
            _ => (outermost, inside, end),
        };
        let list = header.get(..end).unwrap_or(header);
        if cursor.phase == GROUP {
            let Some(item) = item_at(list, cursor.at, &options.rules) else {
                // Behind a list: out of it, and on behind the item that holds it.
                let entered = cursor.around.innermost()?.take()?;
                (cursor.item, cursor.until, cursor.phase) = (entered.item, entered.until, REPEAT);
                continue;
            };
            let length = if options.rules.alone(item.kind) { 1 } else { item.bytes.len() };
            (cursor.item, cursor.until) = (cursor.at, cursor.at.saturating_add(length));
            cursor.phase = HEAD;
            let group = options.of(&item).group;
            if !group.is_empty() {
                return cursor.hold(group, length);
            }
        }
        let kind = options.rules.kind.read(list.get(cursor.item..)?);
        let left = cursor.until.saturating_sub(cursor.at);
        match cursor.phase {
            HEAD if kind.is_some() && options.rules.end == kind => {
                cursor.phase = PADDING;
                return cursor.take(options.alone, 1);
            }
            HEAD if kind.is_some() && options.rules.pad == kind => {
                cursor.phase = GROUP;
                return cursor.take(options.alone, 1);
            }
            HEAD => {
                cursor.phase = FIRST;
                return cursor.take(options.head, left.min(options.rules.head));
            }
            FIRST => {
                cursor.phase = REPEAT;
                let first = options.of(&item_at(list, cursor.item, &options.rules)?).first;
                if left > 0 && !first.is_empty() {
                    return cursor.take(first, size(first, left));
                }
            }
            REPEAT if left > 0 => {
                let item = item_at(list, cursor.item, &options.rules)?;
                let within = cursor.at.saturating_sub(cursor.item);
                match (options.of(&item).repeat)(item.bytes, within) {
                    ([], _) => {}
                    (repeat, 0) => return cursor.take(repeat, size(repeat, left)),
                    (repeat, length) => return cursor.take(repeat, length.min(left)),
                }
                let entered = inside(&item).filter(|_| !item.broken).and_then(|list| {
                    cursor.around.enter(Entered { list, item: cursor.item, until: cursor.until })
                });
                if entered.is_none() {
                    return cursor.take(options.other.first, left);
                }
                cursor.phase = GROUP;
            }
            REPEAT => {
                cursor.phase = ALIGN;
                let length = cursor.at.saturating_sub(cursor.item);
                let aligned = length.checked_next_multiple_of(options.rules.align).unwrap_or(length);
                let padding = aligned.saturating_sub(length).min(list.len().saturating_sub(cursor.at));
                if padding > 0 {
                    return cursor.take(options.padding, padding);
                }
            }
            PADDING => {
                cursor.phase = GROUP;
                let left = list.len().saturating_sub(cursor.at);
                if left > 0 {
                    return cursor.take(options.padding, left);
                }
            }
            _ => cursor.phase = GROUP,
        }
    }
}

impl Options {
    /// The tables of an item. One whose length is impossible is none of the known kinds: what it holds is not known.
    fn of(&self, item: &Item<'_>) -> &OptionKind {
        let mut known = self.kinds.iter().filter(|_| !item.broken);
        known.find(|entry| entry.kind == item.kind).unwrap_or(&self.other)
    }
}

/// The bytes that a table describes, of `left` that there are.
pub(crate) fn size(fields: &[FieldInfo], left: usize) -> usize {
    let bits = |field: &FieldInfo| match field.bits {
        0 => usize::MAX,
        bits => usize::from(field.start).saturating_add(usize::from(bits)),
    };
    fields.iter().map(bits).max().unwrap_or(0).div_ceil(8).clamp(1, left.max(1)).min(left)
}
