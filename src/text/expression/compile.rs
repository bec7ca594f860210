//! From the tree to headers with bytes.
//!
//! A header's fields are given in their places. What has no place of its own, options and records, is put behind them in the
//! order in which it is written: that order is all that the bytes have.

use std::ops::Range;

use crate::field::literal;
use crate::field::tlv::{Item, Nested, Options};
use crate::field::{Cursor, FieldInfo, Kind, List, Protocol, Role, Row};
use crate::mistake::Mistake;
use crate::packet::pile::{Draft, Pile, Slice};
use crate::packet::registry;
use crate::text::expression::bits::Bits;
use crate::text::expression::parse::{Argument, Term, Value, parse};
use crate::text::expression::value::{self, Encoded};
use crate::text::expression::words;
use crate::wire::{tcp, udp};

/// Room for what can stand once behind the fields of a header: DHCP's server name and file.
const ROOM_FOR_ONE: usize = 1024;
/// The most bytes of a packet.
const LONGEST: i128 = 262_144;

/// The headers and the payload of an expression.
pub(super) fn pile(parts: &[Term<'_>]) -> Result<Pile, Mistake> {
    let mut slices: Vec<Slice> = Vec::new();
    let mut around = None;
    let mut length = 0usize;
    for part in parts {
        let slice = slice(part, around)?;
        length = length.saturating_add(slice.size());
        if length as i128 > LONGEST {
            let message = format!("the packet is longer than {LONGEST} bytes, which none is");
            return Err(Mistake::new(part.span.clone(), message));
        }
        if let Slice::Header(draft) = &slice {
            around = Some(draft.kind());
        }
        slices.push(slice);
    }
    lead_by_port(&mut slices);
    Ok(Pile(slices))
}

fn slice(part: &Term<'_>, around: Option<Kind>) -> Result<Slice, Mistake> {
    let (name, arguments): (&str, &[Argument<'_>]) = match &part.value {
        Value::Text(bytes) => return Ok(Slice::Payload(bytes.clone())),
        Value::Word(word) => match value::hex(word) {
            Some(bytes) => return Ok(Slice::Payload(bytes)),
            None if word.starts_with("0x") => {
                let message = "behind 0x stand hex digits, two a byte";
                return Err(Mistake::new(part.span.clone(), message));
            }
            None => (word, &[]),
        },
        Value::Call(name, arguments) => (name, arguments),
        Value::List(_) => return Err(Mistake::new(part.span.clone(), "a list is no part of a packet")),
        Value::Open => {
            let message = "'..' stands for anything, which has a meaning in a pattern alone";
            return Err(Mistake::new(part.span.clone(), message));
        }
    };
    match name {
        "raw" | "payload" | "unparsed" => return Ok(Slice::Payload(bytes_of(name, arguments)?)),
        "padding" | "trailer" => return Ok(Slice::Behind(bytes_of(name, arguments)?)),
        _ => {}
    }
    let kind = kind(name, &part.span, around)?;
    header(kind, part, arguments).map(Slice::Header)
}

/// The kind of header that a word at the start of a part stands for.
pub(super) fn kind(name: &str, part: &Range<usize>, around: Option<Kind>) -> Result<Kind, Mistake> {
    if let Some(kind) = words::header(name, around) {
        return Ok(kind);
    }
    let span = part.start..part.start.saturating_add(name.len());
    let mut bad = Mistake::new(span, format!("'{name}' is no header that is known"));
    bad.suggestions = words::headers_like(name);
    if bad.suggestions.is_empty() {
        bad.message = format!("{}; known are {}", bad.message, words::all_headers().join(", "));
    }
    Err(bad)
}

/// The bytes that a part of bytes is made of: strings, hex, or a number of zeros.
fn bytes_of(name: &str, arguments: &[Argument<'_>]) -> Result<Vec<u8>, Mistake> {
    let mut all = Vec::new();
    for Argument { name: field, term } in arguments {
        match &term.value {
            _ if field.is_some() => {
                return Err(Mistake::new(term.span.clone(), format!("{name} has no fields")));
            }
            Value::Text(text) => all.extend_from_slice(text),
            Value::Word(word) => match (value::hex(word), literal::number(word)) {
                (Some(bytes), _) => all.extend(bytes),
                (None, Some(zeros @ 0..=LONGEST)) => all.resize(all.len().saturating_add(zeros as usize), 0),
                _ => return Err(no_bytes(term)),
            },
            _ => return Err(no_bytes(term)),
        }
    }
    Ok(all)
}

fn no_bytes(term: &Term<'_>) -> Mistake {
    let message = "bytes are written as 0x0011 or \"text\", zeros by their number";
    Mistake::new(term.span.clone(), message)
}

/// Where UDP or TCP were told no port, what they carry says it.
fn lead_by_port(slices: &mut [Slice]) {
    for index in 1..slices.len() {
        let inside = match slices.get(index) {
            Some(Slice::Header(inside)) => registry::port(inside.kind()),
            _ => None,
        };
        let (Some(port), Some(Slice::Header(outer))) = (inside, slices.get_mut(index.saturating_sub(1)))
        else {
            continue;
        };
        let field = match outer.kind() {
            Kind::UDP => &udp::DESTINATION_PORT.info,
            Kind::TCP => &tcp::DESTINATION_PORT.info,
            _ => continue,
        };
        // What comes from that port is an answer, which goes anywhere.
        let source = outer.bytes().first_chunk().map(|port| u16::from_be_bytes(*port));
        if !outer.is_given(16, 16) && source != Some(port) {
            outer.preset(0, field, port.into());
        }
    }
}

/// One header.
fn header(kind: Kind, part: &Term<'_>, arguments: &[Argument<'_>]) -> Result<Draft, Mistake> {
    let nothing = || Mistake::new(part.span.clone(), "this header is not known");
    if let [Argument { name: Some(("raw", _)), term }] = arguments {
        let bytes = bytes_of("raw", &[Argument { name: None, term: term.clone() }])?;
        return Draft::exact(kind, bytes).ok_or_else(nothing);
    }
    let draft = Draft::new(kind).ok_or_else(nothing)?;
    let mut writer =
        Writer { protocol: draft.protocol(), draft, behind: Bits::default(), row: None, counts: Vec::new() };
    // The fields of the fixed part first: its type says what can stand behind it.
    let mut left = Vec::new();
    for argument in arguments {
        if !writer.in_fixed_part(argument)? {
            left.push(argument);
        }
    }
    writer.draft.extend(writer.draft.natural_length());
    for argument in left {
        writer.behind_fixed_part(argument)?;
    }
    writer.finish(part)
}

/// A header that is being written.
struct Writer<'a, 't> {
    protocol: &'static Protocol,
    draft: Draft,
    /// What stands behind what has a place of its own.
    behind: Bits,
    /// A question or record whose fields are given one by one.
    row: Option<(&'static Row, Vec<&'a Argument<'t>>)>,
    /// How many there are of each that are counted.
    counts: Vec<(&'static FieldInfo, usize, u64)>,
}

impl<'a, 't> Writer<'a, 't> {
    /// Gives a field of the fixed part; whether it was one.
    fn in_fixed_part(&mut self, argument: &Argument<'_>) -> Result<bool, Mistake> {
        let Some((name, _)) = &argument.name else { return Ok(false) };
        let rows = self.protocol.fields.iter().filter(|info| words::names(self.protocol, info, name));
        let rows: Vec<&'static FieldInfo> = rows.filter(|info| info.role != Role::Generated).collect();
        let mut wrong = None;
        for info in &rows {
            let mut draft = self.draft.clone();
            let whole = (0, draft.bytes().len());
            let start = usize::from(info.start);
            if rows.len() > 1 && draft.is_given(start, usize::from(info.bits)) {
                continue;
            }
            match give(&mut draft, whole, info, &argument.term) {
                // A row with a condition is meant if it holds then.
                Ok(()) if rows.len() == 1 || info.when.is_none_or(|when| when(draft.bytes())) => {
                    self.draft = draft;
                    return Ok(true);
                }
                Ok(()) => {}
                Err(bad) => wrong = Some(bad),
            }
        }
        match (wrong, rows.first()) {
            (Some(bad), _) => Err(bad),
            (None, Some(info)) => {
                let whole = (0, self.draft.bytes().len());
                give(&mut self.draft, whole, info, &argument.term).map(|()| true)
            }
            (None, None) => Ok(false),
        }
    }

    fn behind_fixed_part(&mut self, argument: &'a Argument<'t>) -> Result<(), Mistake> {
        let list = self.protocol.list;
        match (&argument.name, &argument.term.value) {
            (Some((name, _)), Value::List(items)) if list.is_some_and(|list| list.word == *name) => {
                items.iter().try_for_each(|item| self.item(item))
            }
            (Some(_), _) if self.in_place(argument)? => Ok(()),
            (Some((name, _)), _) if self.in_row(name, argument)? => Ok(()),
            (Some((name, span)), _) => {
                self.end_row()?;
                append(self.protocol, &[], &mut self.behind, name, span, &argument.term)
            }
            (None, Value::Text(bytes)) => self.raw(bytes, &argument.term),
            (None, Value::Word(word)) if word.starts_with("0x") => {
                let bytes = value::hex(word).ok_or_else(|| no_bytes(&argument.term))?;
                self.raw(&bytes, &argument.term)
            }
            (None, _) => self.item(argument),
        }
    }

    fn raw(&mut self, bytes: &[u8], term: &Term<'_>) -> Result<(), Mistake> {
        self.end_row()?;
        self.behind.bytes(bytes).ok_or_else(|| inside_a_byte(&term.span, &self.behind))
    }

    /// Gives a field that has a place in this header as it is, or in what can stand once behind it; whether it has.
    fn in_place(&mut self, argument: &Argument<'_>) -> Result<bool, Mistake> {
        let Some((name, _)) = &argument.name else { return Ok(false) };
        if !self.behind.as_bytes().is_empty() || self.row.is_some() {
            return Ok(false);
        }
        let mut once = self.protocol.tables.iter().copied().flatten();
        let is_known = once.any(|info| words::names(self.protocol, info, name));
        let more = if is_known { ROOM_FOR_ONE } else { 0 };
        for zeros in [0, more] {
            let mut trial = self.draft.preview();
            trial.resize(trial.len().saturating_add(zeros), 0);
            if let Some((start, length, info)) = self.place_of(name, &trial, zeros > 0) {
                self.draft.extend(start.saturating_add(length));
                return give(&mut self.draft, (start, length), info, &argument.term).map(|()| true);
            }
        }
        // Some are there because of what they say: the length of a quoted packet, unless it is zero.
        let length = self.draft.bytes().len();
        let tables = self.protocol.tables.iter().copied().flatten();
        for info in tables.filter(|info| words::names(self.protocol, info, name)) {
            let mut draft = self.draft.clone();
            if give(&mut draft, (0, length), info, &argument.term).is_ok() {
                let trial = draft.preview();
                let found = self.place_of(name, &trial, false);
                if found.is_some_and(|(start, _, found)| start == 0 && found.start == info.start) {
                    self.draft = draft;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The section in which a field is that was not given yet, and its row.
    fn place_of(&self, name: &str, trial: &[u8], longer: bool) -> Option<(usize, usize, &'static FieldInfo)> {
        let mut cursor = Cursor::new(self.protocol.length.min(trial.len()));
        // A walk over zeros ends, for every item of a list has a byte.
        while let Some(section) = (self.protocol.sections)(trial, &mut cursor) {
            let end = section.start.saturating_add(section.length);
            // What reaches to the end of zeros that are not there has no end.
            if end > trial.len() || longer && end == trial.len() {
                continue;
            }
            for info in section.fields.iter().filter(|info| words::names(self.protocol, info, name)) {
                let start = section.start.saturating_mul(8).saturating_add(usize::from(info.start));
                let bytes = trial.get(section.start..).unwrap_or(&[]);
                let behind = usize::from(info.start).saturating_add(info.width(section.length));
                if behind > section.length.saturating_mul(8) {
                    continue;
                }
                let is_there = info.when.is_none_or(|when| when(bytes)) && info.role != Role::Generated;
                if is_there && !self.draft.is_given(start, info.width(section.length)) {
                    return Some((section.start, section.length, info));
                }
            }
        }
        None
    }

    /// Takes a field of a question or record that is given by itself; whether it is one.
    fn in_row(&mut self, name: &str, argument: &'a Argument<'t>) -> Result<bool, Mistake> {
        let has = |row: &&Row| {
            let mut head = row.head.iter().copied().flatten();
            head.any(|info| words::names(self.protocol, info, name))
        };
        let is_new = |given: &Vec<&Argument<'_>>| {
            !given.iter().any(|other| other.name.as_ref().is_some_and(|(other, _)| *other == name))
        };
        match &mut self.row {
            Some((row, given)) if has(&&**row) && is_new(given) => given.push(argument),
            _ => {
                let Some(row) = self.protocol.rows.iter().find(has) else { return Ok(false) };
                self.end_row()?;
                self.row = Some((row, vec![argument]));
            }
        }
        Ok(true)
    }

    /// Writes the question or record whose fields were given one by one.
    fn end_row(&mut self) -> Result<(), Mistake> {
        let Some((row, arguments)) = self.row.take() else { return Ok(()) };
        self.row(row, &arguments)
    }

    /// A named item: a question, a record, an option.
    fn item(&mut self, argument: &'a Argument<'t>) -> Result<(), Mistake> {
        self.end_row()?;
        let (name, span, arguments) = call(argument)?;
        if let Some(row) = self.protocol.rows.iter().find(|row| row.word == name) {
            return self.row(row, &arguments.iter().collect::<Vec<_>>());
        }
        let Some(list) = self.protocol.list else {
            let mut bad = Mistake::new(span, format!("'{name}' is no part of {}", self.protocol.prefix));
            bad.suggestions = words::fields_like(self.protocol, name);
            bad.suggestions.extend(self.protocol.rows.iter().map(|row| row.word.to_owned()));
            return Err(bad);
        };
        if self.behind.as_bytes().is_empty() && self.draft.bytes().len() <= self.draft.natural_length() {
            self.draft.append(list.before);
        }
        let written = item(self.protocol, list.options, list.inside, (name, &span), arguments)?;
        self.behind.bytes(&written).ok_or_else(|| inside_a_byte(&span, &self.behind))
    }

    fn row(&mut self, row: &'static Row, arguments: &[&Argument<'_>]) -> Result<(), Mistake> {
        let bytes = self::row(self.protocol, row, arguments)?;
        let span = arguments.first().map_or(0..0, |first| first.term.span.clone());
        self.behind.bytes(&bytes).ok_or_else(|| inside_a_byte(&span, &self.behind))?;
        let (info, at) = row.count;
        match self.counts.iter_mut().find(|(counted, ..)| counted.name == info.name) {
            Some((.., count)) => *count = count.saturating_add(1),
            None => self.counts.push((info, at, 1)),
        }
        Ok(())
    }

    fn finish(mut self, part: &Term<'_>) -> Result<Draft, Mistake> {
        self.end_row()?;
        if self.behind.missing() > 0 {
            return Err(inside_a_byte(&part.span, &self.behind));
        }
        for (info, at, count) in self.counts {
            let start = at.saturating_mul(8).saturating_add(usize::from(info.start));
            self.draft.extend(start.saturating_add(usize::from(info.bits)).div_ceil(8));
            if !self.draft.is_given(start, usize::from(info.bits)) {
                self.draft.preset(at, info, count.into());
            }
        }
        self.draft.append(self.behind.as_bytes());
        Ok(self.draft)
    }
}

fn inside_a_byte(span: &Range<usize>, bits: &Bits) -> Mistake {
    let message = format!("what stands before this ends inside a byte: {} bits are missing", bits.missing());
    Mistake::new(span.clone(), message)
}

/// An argument that is a name with arguments of its own, with or without brackets: `nop`, `mss(1460)`, `mss=1460`.
fn call<'a, 't>(
    argument: &'a Argument<'t>,
) -> Result<(&'t str, Range<usize>, std::borrow::Cow<'a, [Argument<'t>]>), Mistake> {
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

/// Gives a field in its place: the section of the header that its table describes, first byte and length.
fn give(
    draft: &mut Draft,
    (section, length): (usize, usize),
    info: &FieldInfo,
    term: &Term<'_>,
) -> Result<(), Mistake> {
    let nowhere = || {
        let message = format!("{} has no place in this header as it is", info.name);
        Mistake::new(term.span.clone(), message)
    };
    if let Value::Word(word) = &term.value
        && let Some(letters) = words::flag_letters(info)
        && literal::number(word).is_none()
    {
        let Some(bits) = words::flags(info, word) else {
            let message =
                format!("'{word}' is no number, and not all of its letters are flags; {letters} are");
            return Err(Mistake::new(term.span.clone(), message));
        };
        return draft.give_bits(section, info, bits.into()).ok_or_else(nowhere);
    }
    let width = info.width(length);
    let given = match value::read(info, width, term).map_err(|message| mistaken(info, term, message))? {
        Encoded::Bits(bits) => draft.give_bits(section, info, bits),
        Encoded::Bytes(bytes) => draft.give_bytes(section, info, &bytes),
    };
    given.ok_or_else(nowhere)
}

/// A value that is none, with the names that are like it.
fn mistaken(info: &FieldInfo, term: &Term<'_>, message: String) -> Mistake {
    let mut bad = Mistake::new(term.span.clone(), message);
    if let (Value::Word(word), Some(names)) = (&term.value, info.names)
        && literal::number(word).is_none()
    {
        let last = (1u64 << info.bits.min(16)).saturating_sub(1);
        let known: Vec<String> = (0..=last).filter_map(names).map(|name| name.replace(' ', "_")).collect();
        bad.suggestions = crate::near::nearest(word, known.iter().map(String::as_str));
    }
    bad
}

/// Adds a field behind what is there: one of the rows that are `near`, or any of the protocol.
fn append(
    protocol: &'static Protocol,
    near: &[&'static FieldInfo],
    bits: &mut Bits,
    name: &str,
    span: &Range<usize>,
    term: &Term<'_>,
) -> Result<(), Mistake> {
    let all = near.iter().copied().chain(protocol.all_tables().flatten());
    let rows: Vec<&FieldInfo> =
        all.filter(|info| info.role == Role::Tile && words::names(protocol, info, name)).collect();
    let digits = match &term.value {
        Value::Word(word) => word.strip_prefix("0x").map(str::len),
        _ => None,
    };
    // Where fields of one name differ in size, the number of digits says which is meant.
    let sized =
        |info: &&&FieldInfo| digits.is_some_and(|digits| usize::from(info.bits).div_ceil(4) == digits);
    let is_one_size = rows.windows(2).all(|two| matches!(two, [a, b] if a.bits == b.bits));
    let chosen = rows.iter().filter(|_| !is_one_size).find(sized).or(rows.first());
    let Some(info) = chosen else {
        let mut bad = Mistake::new(span.clone(), format!("{} has no field '{name}'", protocol.prefix));
        bad.suggestions = words::fields_like(protocol, name);
        if bad.suggestions.is_empty() {
            bad.message = format!("{}; its fields are {}", bad.message, words::fixed_fields(protocol));
        }
        return Err(bad);
    };
    append_value(info, bits, term)
}

fn append_value(info: &FieldInfo, bits: &mut Bits, term: &Term<'_>) -> Result<(), Mistake> {
    let width = if info.format == crate::field::Format::Bytes { 0 } else { usize::from(info.bits) };
    match value::read(info, width, term).map_err(|message| mistaken(info, term, message))? {
        Encoded::Bits(number) => bits.number(info.ordered(number, width), width),
        Encoded::Bytes(bytes) => bits.bytes(&bytes).ok_or_else(|| inside_a_byte(&term.span, bits))?,
    }
    Ok(())
}

/// A question or a record.
fn row(protocol: &'static Protocol, row: &Row, arguments: &[&Argument<'_>]) -> Result<Vec<u8>, Mistake> {
    let head: Vec<&'static FieldInfo> =
        row.head.iter().copied().flatten().filter(|info| info.role == Role::Tile).collect();
    let mut values: Vec<Option<&Term<'_>>> = vec![None; head.len()];
    let mut data = Bits::default();
    let mut kind = None;
    for argument in arguments {
        let named = argument.name.as_ref().and_then(|(name, _)| {
            let is = |info: &&FieldInfo| {
                info.name.rsplit('.').next() == Some(*name) || words::names(protocol, info, name)
            };
            head.iter().position(is)
        });
        let is_length = |info: &FieldInfo| row.length.is_some_and(|length| length.name == info.name);
        let free = |place: &usize| {
            head.get(*place).is_some_and(|info| !is_length(info)) && matches!(values.get(*place), Some(None))
        };
        let place = match (&argument.name, &argument.term.value) {
            (Some((name, span)), _) => match named {
                Some(place) => Some(place),
                None => {
                    append(protocol, &[], &mut data, name, span, &argument.term)?;
                    kind = kind.or_else(|| data_kind(protocol, row, name));
                    None
                }
            },
            (None, Value::Word(word)) if word.starts_with("0x") => {
                let bytes = value::hex(word).ok_or_else(|| no_bytes(&argument.term))?;
                data.bytes(&bytes).ok_or_else(|| inside_a_byte(&argument.term.span, &data))?;
                None
            }
            (None, _) => match (0..head.len()).find(free) {
                Some(place) => Some(place),
                None => return Err(Mistake::new(argument.term.span.clone(), "a field's name is expected")),
            },
        };
        if let Some(value) = place.and_then(|place| values.get_mut(place)) {
            *value = Some(&argument.term);
        }
    }
    let mut bits = Bits::default();
    for (info, value) in head.iter().zip(values) {
        let usual = row.usual.iter().find(|(usual, _)| usual.name == info.name).map(|(_, value)| *value);
        let is_kind = row.kind.is_some_and(|kind| kind.name == info.name);
        let length = row.length.filter(|length| length.name == info.name);
        match value {
            Some(term) => append_value(info, &mut bits, term)?,
            // The root, for a name.
            None if info.format.is_bytes() => bits.number(0, 8),
            None if length.is_some() => bits.number(data.as_bytes().len() as u128, usize::from(info.bits)),
            None => {
                let value = kind.filter(|_| is_kind).or(usual).unwrap_or(0);
                bits.number(value.into(), usize::from(info.bits));
            }
        }
    }
    let mut all = bits.as_bytes().to_vec();
    all.extend_from_slice(data.as_bytes());
    Ok(all)
}

/// The type of a record whose data has a field of this name: `mx.preference` is one of MX.
fn data_kind(protocol: &Protocol, row: &Row, name: &str) -> Option<u64> {
    let own = name.strip_prefix(protocol.prefix).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name);
    literal::value_named(row.kind?, own.split('.').next()?)
}

/// An item of a list: head, data, padding.
fn item(
    protocol: &'static Protocol,
    options: &'static Options,
    inside: fn(&Item<'_>) -> Option<&'static Nested>,
    (name, span): (&str, &Range<usize>),
    arguments: std::borrow::Cow<'_, [Argument<'_>]>,
) -> Result<Vec<u8>, Mistake> {
    let Some(kind) = words::options(options).kind(name) else {
        let mut bad = Mistake::new(span.clone(), format!("{} has no option '{name}'", protocol.prefix));
        bad.suggestions = words::options(options).like(name);
        return Err(bad);
    };
    let rules = &options.rules;
    let mut data = Data { options, kind, bits: Bits::default(), table: &[] };
    let mut exact = Vec::new();
    for argument in &*arguments {
        let head = argument.name.as_ref().and_then(|(name, _)| {
            let is = |info: &&FieldInfo| {
                info.name.rsplit('.').next() == Some(*name) || words::names(protocol, info, name)
            };
            options.head.iter().find(is)
        });
        match (&argument.name, &argument.term.value) {
            (Some(_), _) if head.is_some() => exact.extend(head.map(|info| (info, &argument.term))),
            (Some((name, span)), _) => {
                let near = data.next_named(|info| {
                    words::names(protocol, info, name) || info.name.rsplit('.').next() == Some(*name)
                });
                match near {
                    Some(info) => append_value(info, &mut data.bits, &argument.term)?,
                    None => append(protocol, &[], &mut data.bits, name, span, &argument.term)?,
                }
            }
            (None, Value::Text(_)) => match data.next_named(|info| info.format.is_bytes()) {
                Some(info) => append_value(info, &mut data.bits, &argument.term)?,
                None => {
                    let bytes = bytes_of(name, core::slice::from_ref(argument))?;
                    data.bits.bytes(&bytes).ok_or_else(|| inside_a_byte(&argument.term.span, &data.bits))?;
                }
            },
            (None, Value::Word(word)) if word.starts_with("0x") => {
                let bytes = value::hex(word).ok_or_else(|| no_bytes(&argument.term))?;
                data.bits.bytes(&bytes).ok_or_else(|| inside_a_byte(&argument.term.span, &data.bits))?;
            }
            (None, term) => {
                let whole = data.item(0);
                let nested = inside(&Item { kind, start: 0, bytes: &whole, broken: false });
                let is_value = |word: &str| literal::number(word).is_some() || word.contains(['.', ':']);
                match (nested, term) {
                    (Some(list), Value::Call(..) | Value::Word(_)) if !matches!(term, Value::Word(word) if is_value(word)) =>
                    {
                        let (name, span, arguments) = call(argument)?;
                        let inner = item(protocol, &list.options, list.inside, (name, &span), arguments)?;
                        data.bits.bytes(&inner).ok_or_else(|| inside_a_byte(&span, &data.bits))?;
                    }
                    _ => match data.next_named(|_| true) {
                        Some(info) => append_value(info, &mut data.bits, &argument.term)?,
                        None => {
                            let message =
                                format!("no more is known of what {name} holds; bytes are written as 0x0011");
                            return Err(Mistake::new(argument.term.span.clone(), message));
                        }
                    },
                }
            }
        }
    }
    if data.bits.missing() > 0 {
        return Err(inside_a_byte(span, &data.bits));
    }
    let mut bytes = if rules.pad == Some(kind) || rules.end == Some(kind) {
        let mut alone = vec![u8::try_from(kind).unwrap_or(0)];
        alone.extend_from_slice(data.bits.as_bytes());
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
struct Data<'o> {
    options: &'o Options,
    kind: u16,
    bits: Bits,
    /// What is left of the table that the last field is in.
    table: &'static [FieldInfo],
}

/// The most bytes behind what is there that a table can need.
const ROOM: usize = 64;

impl Data<'_> {
    /// The item so far, with zeros behind its data.
    fn item(&self, zeros: usize) -> Vec<u8> {
        let rules = &self.options.rules;
        let mut bytes = vec![0; rules.head];
        bytes.extend_from_slice(self.bits.as_bytes());
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

    /// The next field that is wanted, in the table that the last one is in, or in one that can follow.
    fn next_named(&mut self, wanted: impl Fn(&FieldInfo) -> bool) -> Option<&'static FieldInfo> {
        let is = |info: &FieldInfo| info.role == Role::Tile && wanted(info);
        let in_table = |table: &'static [FieldInfo]| {
            let place = table.iter().position(is)?;
            Some((table.get(place)?, table.get(place.saturating_add(1)..).unwrap_or(&[])))
        };
        let at = self.options.rules.head.saturating_add(self.bits.as_bytes().len());
        let entry = self.options.kinds.iter().find(|entry| entry.kind == self.kind);
        let entry = entry.unwrap_or(&self.options.other);
        let first = (at == self.options.rules.head).then_some(entry.first).and_then(in_table);
        let again = || {
            (0..ROOM).find_map(|zeros| {
                let (table, _) = (entry.repeat)(&self.item(zeros), at);
                in_table(table)
            })
        };
        let (info, table) = in_table(self.table).or(first).or_else(again)?;
        self.table = table;
        Some(info)
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
) -> Option<(u16, Vec<u8>)> {
    let (name, span, arguments) = call(argument).ok()?;
    let kind = words::options(list.options).kind(name)?;
    let bytes = item(protocol, list.options, list.inside, (name, &span), arguments).ok()?;
    Some((kind, bytes))
}

/// The same of a question or record.
pub(super) fn record(protocol: &'static Protocol, row: &Row, text: &str) -> Option<Vec<u8>> {
    alone(text, |argument| {
        let (_, _, arguments) = call(argument).ok()?;
        self::row(protocol, row, &arguments.iter().collect::<Vec<_>>()).ok()
    })
}

/// The same of fields one behind the other.
pub(super) fn fields(protocol: &'static Protocol, text: &str) -> Option<Vec<u8>> {
    let text = format!("x({text})");
    let parts = parse(&text).ok()?;
    let Some(Term { value: Value::Call(_, arguments), .. }) = parts.first() else { return None };
    let mut bits = Bits::default();
    for argument in arguments {
        let (name, span) = argument.name.as_ref()?;
        append(protocol, &[], &mut bits, name, span, &argument.term).ok()?;
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
