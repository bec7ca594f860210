//! What stands behind the fields of a header: bits one behind the other, options, questions and records.

use std::borrow::Cow;
use std::ops::Range;

use crate::field::literal;
use crate::field::tlv::{Item, Nested, Options, Word};
use crate::field::{FieldInfo, List, Protocol, Role, Row};
use crate::mistake::Mistake;
use crate::near::nearest;
use crate::text::expression::bits::{Bits, Sequence};
use crate::text::expression::compile::bytes_of;
use crate::text::expression::parse::{Argument, Term, Value, parse};
use crate::text::expression::value::{self, Encoded};
use crate::text::expression::words;

/// A name with its place, and the arguments behind it.
pub(super) type Called<'a, 't> = (&'t str, Range<usize>, Cow<'a, [Argument<'t>]>);

pub(super) fn inside_a_byte(span: &Range<usize>, bits: &Bits) -> Mistake {
    let message = format!("what stands before this ends inside a byte: {} bits are missing", bits.missing());
    Mistake::new(span.clone(), message)
}

/// An argument that is a name with arguments of its own, with or without brackets: `nop`, `mss(1460)`, `mss=1460`.
pub(super) fn call<'a, 't>(argument: &'a Argument<'t>) -> Result<Called<'a, 't>, Mistake> {
    let span = argument.term.span.clone();
    match (&argument.name, &argument.term.value) {
        (Some((name, span)), _) => {
            let value = Argument { name: None, term: argument.term.clone() };
            Ok((name, span.clone(), vec![value].into()))
        }
        (None, Value::Word(name)) => Ok((name, span, (&[]).into())),
        (None, Value::Call(name, arguments)) => {
            Ok((name, span.start..span.start.saturating_add(name.len()), arguments.as_slice().into()))
        }
        _ => Err(Mistake::new(span, "the name of an option or a record is expected, or bytes as 0x0011")),
    }
}

/// A value that is none, with the names that are like it.
pub(super) fn mistaken(info: &FieldInfo, term: &Term<'_>, message: String) -> Mistake {
    let mut bad = Mistake::new(term.span.clone(), message);
    if let (Value::Word(word), Some(names)) = (&term.value, info.names)
        && literal::number(word).is_none()
    {
        let last = (1u64 << info.bits.min(16)).saturating_sub(1);
        let known: Vec<String> = (0..=last).filter_map(names).map(|name| name.replace(' ', "_")).collect();
        bad.suggestions = nearest(word, known.iter().map(String::as_str));
        if bad.suggestions.is_empty() {
            bad.message =
                format!("{}; names are {}", bad.message, words::some(known.iter().map(String::as_str)));
        }
    }
    bad
}

/// Adds a field behind what is there: in the table of the last one, or any of the protocol.
pub(super) fn append(
    protocol: &'static Protocol,
    sequence: &mut Sequence,
    name: &str,
    span: &Range<usize>,
    term: &Term<'_>,
) -> Result<(), Mistake> {
    let (table, info) = find(protocol, sequence, name, span, term)?;
    put(sequence, table, info, term)
}

/// The field that a name stands for, behind what is there, with its table.
fn find(
    protocol: &'static Protocol,
    sequence: &Sequence,
    name: &str,
    span: &Range<usize>,
    term: &Term<'_>,
) -> Result<(&'static [FieldInfo], &'static FieldInfo), Mistake> {
    let rows = words::tiles(protocol, name);
    let digits = match &term.value {
        Value::Word(word) => word.strip_prefix("0x").map(str::len),
        _ => None,
    };
    // Where fields of one name differ in size, the number of digits says which is meant.
    let is_one_size = rows.windows(2).all(|two| matches!(two, [(.., a), (.., b)] if a.bits == b.bits));
    let is_sized = |info: &FieldInfo| {
        is_one_size || digits.is_some_and(|digits| usize::from(info.bits).div_ceil(4) == digits)
    };
    let sized = || rows.iter().filter(|(.., info)| is_sized(info));
    let here = sized().find(|(_, table, info)| sequence.goes_on_with(table, info));
    let Some((_, table, info)) = here.or_else(|| sized().next()).or(rows.first()) else {
        let mut bad = Mistake::new(span.clone(), format!("{} has no field '{name}'", protocol.prefix));
        bad.suggestions = words::fields_like(protocol, name);
        if bad.suggestions.is_empty() {
            bad.message = format!("{}; its fields are {}", bad.message, words::fixed_fields(protocol));
        }
        return Err(bad);
    };
    Ok((table, info))
}

/// Puts a field in its place behind what is there.
fn put(
    sequence: &mut Sequence,
    table: &'static [FieldInfo],
    info: &FieldInfo,
    term: &Term<'_>,
) -> Result<(), Mistake> {
    let width = if info.format == crate::field::Format::Bytes { 0 } else { usize::from(info.bits) };
    let bytes = match value::read(info, width, term) {
        Ok(Encoded::Bytes(bytes)) => Some(bytes.len()),
        _ => None,
    };
    sequence.before(table, info, bytes);
    append_value(info, &mut sequence.bits, term)
}

pub(super) fn append_value(info: &FieldInfo, bits: &mut Bits, term: &Term<'_>) -> Result<(), Mistake> {
    let width = if info.format == crate::field::Format::Bytes { 0 } else { usize::from(info.bits) };
    match value::read(info, width, term).map_err(|message| mistaken(info, term, message))? {
        Encoded::Bits(number) => bits.number(info.ordered(number, width), width),
        Encoded::Bytes(bytes) => bits.bytes(&bytes).ok_or_else(|| inside_a_byte(&term.span, bits))?,
    }
    Ok(())
}

/// A question or a record.
pub(super) fn row(
    protocol: &'static Protocol,
    row: &Row,
    arguments: &[&Argument<'_>],
) -> Result<Vec<u8>, Mistake> {
    let head = head_of(row);
    let mut values: Vec<Option<&Term<'_>>> = vec![None; head.len()];
    let mut data = Vec::new();
    for argument in arguments {
        let is_length = |info: &FieldInfo| row.length.is_some_and(|length| length.name == info.name);
        let free = |place: &usize| {
            head.get(*place).is_some_and(|info| !is_length(info)) && matches!(values.get(*place), Some(None))
        };
        let place = match (&argument.name, &argument.term.value) {
            (Some((name, _)), _) => head.iter().position(|info| names_in_row(protocol, &head, info, name)),
            (None, Value::Word(word)) if word.starts_with("0x") => None,
            (None, _) => match (0..head.len()).find(free) {
                Some(place) => Some(place),
                None => return Err(Mistake::new(argument.term.span.clone(), "a field's name is expected")),
            },
        };
        match place.and_then(|place| values.get_mut(place)) {
            Some(Some(_)) => return Err(twice(argument)),
            Some(value) => *value = Some(&argument.term),
            None => data.push(*argument),
        }
    }
    let is_given = head
        .iter()
        .zip(&values)
        .any(|(info, value)| value.is_some() && row.kind.is_some_and(|kind| kind.name == info.name));
    let named = data.first().and_then(|argument| argument.name.as_ref()).filter(|_| !is_given);
    let kind = named.and_then(|(name, _)| data_kind(protocol, row, name));
    let data = data_of(protocol, data)?;
    let mut bits = Bits::default();
    for (info, value) in head.iter().zip(values) {
        let usual = row.usual.iter().find(|(usual, _)| usual.name == info.name).map(|(_, value)| *value);
        let is_kind = row.kind.is_some_and(|kind| kind.name == info.name);
        let length = row.length.filter(|length| length.name == info.name);
        match value {
            Some(term) => append_value(info, &mut bits, term)?,
            // The root, for a name.
            None if info.format.is_bytes() => bits.number(0, 8),
            None if length.is_some() => bits.number(data.len() as u128, usize::from(info.bits)),
            None => {
                let value = kind.filter(|_| is_kind).or(usual).unwrap_or(0);
                bits.number(value.into(), usize::from(info.bits));
            }
        }
    }
    let mut all = bits.as_bytes().to_vec();
    all.extend(data);
    Ok(all)
}

/// The data of a record, its fields in the order of their tables, in whichever they were given; bytes stay where they are.
fn data_of(protocol: &'static Protocol, mut given: Vec<&Argument<'_>>) -> Result<Vec<u8>, Mistake> {
    let order = |argument: &&Argument<'_>| {
        let (name, _) = argument.name.as_ref()?;
        words::tiles(protocol, name).first().map(|(table, ..)| *table)
    };
    if given.iter().all(|argument| argument.name.is_some()) {
        given.sort_by_key(order);
    }
    let mut data = Sequence::default();
    for argument in given {
        match &argument.name {
            Some((name, span)) => append(protocol, &mut data, name, span, &argument.term)?,
            None => {
                let bytes = bytes_of("data", core::slice::from_ref(argument))?;
                data.finish();
                data.bits.bytes(&bytes).ok_or_else(|| inside_a_byte(&argument.term.span, &data.bits))?;
            }
        }
    }
    data.finish();
    Ok(data.bits.as_bytes().to_vec())
}

pub(super) fn twice(argument: &Argument<'_>) -> Mistake {
    let span = argument.name.as_ref().map_or(argument.term.span.clone(), |(_, span)| span.clone());
    Mistake::new(span, "this is given twice")
}

/// The type of a record whose data has a field of this name: `mx.preference` is one of MX.
fn data_kind(protocol: &Protocol, row: &Row, name: &str) -> Option<u64> {
    let own = name.strip_prefix(protocol.prefix).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
    literal::value_named(row.kind?, own.split('.').next()?)
}

/// An item of a list: head, data, padding.
pub(super) fn item(
    protocol: &'static Protocol,
    options: &'static Options,
    inside: fn(&Item<'_>) -> Option<&'static Nested>,
    (name, span): (&str, &Range<usize>),
    arguments: Cow<'_, [Argument<'_>]>,
) -> Result<Vec<u8>, Mistake> {
    let Some(kind) = words::options(options).kind(name) else {
        let mut bad = Mistake::new(span.clone(), format!("{} has no option '{name}'", protocol.prefix));
        bad.suggestions = words::options(options).like(name);
        if bad.suggestions.is_empty() {
            bad.message = format!("{}; known are {}", bad.message, words::options(options).some());
        }
        return Err(bad);
    };
    let rules = &options.rules;
    let mut data = Data { options, kind, fields: Sequence::default() };
    let mut exact = Vec::new();
    for argument in &*arguments {
        let head = argument.name.as_ref().and_then(|(name, _)| {
            let is = |info: &&FieldInfo| {
                info.name.rsplit('.').next() == Some(*name) || words::names(protocol, info, name)
            };
            options.head.iter().find(is)
        });
        match head {
            Some(info) => exact.push((info, &argument.term)),
            None => data.add(protocol, inside, name, argument)?,
        }
    }
    data.fields.finish();
    if words::kind_bits(options) < 16 && kind > u16::from(u8::MAX) {
        let message = format!("{name} is too much for the number of an option, 255 is the greatest");
        return Err(Mistake::new(span.clone(), message));
    }
    let most = match rules.length {
        Word::Byte(_) => u16::from(u8::MAX),
        Word::Big(_) | Word::Little(_) => u16::MAX,
    };
    if data.length() > usize::from(most) && !rules.alone(kind) {
        let message = format!("{name} is longer than its length can say, which is {most} at most");
        return Err(Mistake::new(span.clone(), message));
    }
    if data.fields.bits.missing() > 0 {
        return Err(inside_a_byte(span, &data.fields.bits));
    }
    let mut bytes = if rules.pad == Some(kind) || rules.end == Some(kind) {
        let mut alone = vec![u8::try_from(kind).unwrap_or(0)];
        alone.extend_from_slice(data.fields.bits.as_bytes());
        alone
    } else {
        data.item(0)
    };
    for (info, term) in exact {
        let width = usize::from(info.bits);
        match value::read(info, width, term).map_err(|message| mistaken(info, term, message))? {
            Encoded::Bits(bits) => {
                let bits = info.ordered(bits, width);
                let _ = crate::field::value::write_bits(&mut bytes, usize::from(info.start), width, bits);
            }
            Encoded::Bytes(_) => return Err(Mistake::new(term.span.clone(), "a number is expected")),
        }
    }
    let aligned = bytes.len().checked_next_multiple_of(rules.align.max(1)).unwrap_or(bytes.len());
    bytes.resize(aligned, 0);
    Ok(bytes)
}

/// The data of an item that is being written.
struct Data {
    options: &'static Options,
    kind: u16,
    fields: Sequence,
}

/// The most bytes behind what is there that a table can need.
const ROOM: usize = 64;

impl Data {
    /// Adds what an argument says: a field, an item of a list inside, or bytes.
    fn add(
        &mut self,
        protocol: &'static Protocol,
        inside: fn(&Item<'_>) -> Option<&'static Nested>,
        item_name: &str,
        argument: &Argument<'_>,
    ) -> Result<(), Mistake> {
        let term = &argument.term;
        let found = match (&argument.name, &term.value) {
            (Some((name, span)), _) => {
                let is = |info: &FieldInfo| {
                    words::names(protocol, info, name) || info.name.rsplit('.').next() == Some(*name)
                };
                match self.next(is) {
                    Some(found) => Some(found),
                    None => return append(protocol, &mut self.fields, name, span, term),
                }
            }
            (None, Value::Text(_)) => self.next(|info| info.format.is_bytes()),
            (None, Value::Word(word)) if word.starts_with("0x") => None,
            (None, _) => {
                let whole = self.item(0);
                let nested = inside(&Item { kind: self.kind, start: 0, bytes: &whole, broken: false });
                let is_value = |word: &str| literal::number(word).is_some() || word.contains(['.', ':']);
                let is_item = match term.value {
                    Value::Call(..) => true,
                    Value::Word(word) => !is_value(word),
                    _ => false,
                };
                if let Some(list) = nested.filter(|_| is_item) {
                    let (name, span, arguments) = call(argument)?;
                    let inner = item(protocol, &list.options, list.inside, (name, &span), arguments)?;
                    return self.bytes(&inner, term);
                }
                match self.next(|_| true) {
                    Some(found) => Some(found),
                    None => {
                        let message = format!(
                            "no more is known of what {item_name} holds; bytes are written as 0x0011"
                        );
                        return Err(Mistake::new(term.span.clone(), message));
                    }
                }
            }
        };
        match found {
            Some((table, info)) => put(&mut self.fields, table, info, term),
            None => {
                let bytes = bytes_of(item_name, core::slice::from_ref(argument))?;
                self.bytes(&bytes, term)
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], term: &Term<'_>) -> Result<(), Mistake> {
        self.fields.finish();
        self.fields.bits.bytes(bytes).ok_or_else(|| inside_a_byte(&term.span, &self.fields.bits))
    }

    /// What the length of the item says.
    fn length(&self) -> usize {
        let rules = &self.options.rules;
        let counted = self.fields.bits.as_bytes().len().saturating_add(rules.counts);
        counted.div_ceil(rules.unit.max(1))
    }

    /// The item so far, with zeros behind its data.
    fn item(&self, zeros: usize) -> Vec<u8> {
        let rules = &self.options.rules;
        let mut bytes = vec![0; rules.head];
        bytes.extend_from_slice(self.fields.bits.as_bytes());
        bytes.resize(bytes.len().saturating_add(zeros), 0);
        // What counts in units is filled up to one.
        let behind = rules.head.saturating_sub(rules.counts);
        let counted = bytes.len().saturating_sub(behind);
        let unit = rules.unit.max(1);
        let length = counted.div_ceil(unit);
        bytes.resize(length.saturating_mul(unit).saturating_add(behind), 0);
        rules.kind.write(&mut bytes, self.kind);
        rules.length.write(&mut bytes, u16::try_from(length).unwrap_or(u16::MAX));
        bytes
    }

    /// The next field that is wanted, with its table: the one that the last field is in, or one that can follow.
    fn next(
        &self,
        wanted: impl Fn(&FieldInfo) -> bool,
    ) -> Option<(&'static [FieldInfo], &'static FieldInfo)> {
        let is = |info: &&FieldInfo| info.role == Role::Tile && wanted(info);
        let in_table = |table: &'static [FieldInfo]| Some((table, table.iter().find(is)?));
        let goes_on = |table: &'static [FieldInfo]| {
            let mut later = table.iter().filter(|info| self.fields.goes_on_with(table, info));
            Some((table, later.find(is)?))
        };
        let at = self.options.rules.head.saturating_add(self.fields.bits.as_bytes().len());
        let entry = self.options.kinds.iter().find(|entry| entry.kind == self.kind);
        let entry = entry.unwrap_or(&self.options.other);
        let first = (at == self.options.rules.head).then_some(entry.first).and_then(in_table);
        let again = || {
            (0..ROOM).find_map(|zeros| {
                let (table, _) = (entry.repeat)(&self.item(zeros), at);
                in_table(table)
            })
        };
        goes_on(self.fields.table()).or(first).or_else(again)
    }
}

/// The bytes of one option, as it is written; for who wants to know whether they are the right ones.
pub(super) fn option(protocol: &'static Protocol, list: &List, text: &str) -> Option<Vec<u8>> {
    alone(text, |argument| {
        let (name, span, arguments) = call(argument).ok()?;
        item(protocol, list.options, list.inside, (name, &span), arguments).ok()
    })
}

/// The kind and the bytes of an option of a pattern.
pub(super) fn option_of(
    protocol: &'static Protocol,
    list: &List,
    argument: &Argument<'_>,
) -> Result<(u16, Vec<u8>), Mistake> {
    let (name, span, arguments) = call(argument)?;
    let bytes = item(protocol, list.options, list.inside, (name, &span), arguments)?;
    Ok((words::options(list.options).kind(name).unwrap_or(0), bytes))
}

/// The fields in front of the data of a question or record.
pub(super) fn head_of(row: &Row) -> Vec<&'static FieldInfo> {
    row.head.iter().copied().flatten().filter(|info| info.role == Role::Tile).collect()
}

/// Whether a word names a field within a question or record: one of its head by the last part of its name.
pub(super) fn names_in_row(
    protocol: &Protocol,
    head: &[&'static FieldInfo],
    info: &FieldInfo,
    word: &str,
) -> bool {
    let is_head = head.iter().any(|head| head.name == info.name);
    is_head && info.name.rsplit('.').next() == Some(word) || words::names(protocol, info, word)
}

/// The same of a question or record.
pub(super) fn record(protocol: &'static Protocol, row: &Row, text: &str) -> Option<Vec<u8>> {
    alone(text, |argument| {
        let (_, _, arguments) = call(argument).ok()?;
        self::row(protocol, row, &arguments.iter().collect::<Vec<_>>()).ok()
    })
}

/// The same of fields one behind the other, without regard to their places.
pub(super) fn fields(protocol: &'static Protocol, text: &str) -> Option<Vec<u8>> {
    let text = format!("x({text})");
    let parts = parse(&text).ok()?;
    let Some(Term { value: Value::Call(_, arguments), .. }) = parts.first() else { return None };
    let mut bits = Bits::default();
    for argument in arguments {
        let (name, span) = argument.name.as_ref()?;
        let (_, info) = find(protocol, &Sequence::default(), name, span, &argument.term).ok()?;
        append_value(info, &mut bits, &argument.term).ok()?;
    }
    (bits.missing() == 0).then(|| bits.as_bytes().to_vec())
}

fn alone(text: &str, bytes: impl Fn(&Argument<'_>) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let text = format!("x({text})");
    let parts = parse(&text).ok()?;
    match parts.first()? {
        Term { value: Value::Call(_, arguments), .. } => bytes(arguments.first()?),
        _ => None,
    }
}
