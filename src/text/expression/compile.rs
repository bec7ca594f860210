//! From the tree to headers with bytes.
//!
//! A header's fields are given in their places. What has no place of its own, options and records, is put behind them in the
//! order in which it is written: that order is all that the bytes have.

use std::ops::Range;

use crate::field::literal;
use crate::field::{Cursor, FieldInfo, Kind, Protocol, Role, Row};
use crate::mistake::Mistake;
use crate::packet::pile::{Draft, Pile, Slice};
use crate::packet::registry;
use crate::text::expression::bits::Sequence;
use crate::text::expression::items::{self, append, call, inside_a_byte, item, mistaken};
use crate::text::expression::parse::{Argument, Term, Value};
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
            let before = slices.last();
            // But for what stands behind a packet that is quoted or relayed.
            if before.is_some_and(|before| !matches!(before, Slice::Header(_))) && !draft.kind().is_rest() {
                let message = "a header stands in a header, not in payload; bytes that look like one are written as 0x0011";
                return Err(Mistake::new(part.span.clone(), message));
            }
            around = Some(draft.kind());
        }
        slices.push(slice);
    }
    lead_by_port(&mut slices);
    Ok(Pile::from(slices))
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
pub(super) fn bytes_of(name: &str, arguments: &[Argument<'_>]) -> Result<Vec<u8>, Mistake> {
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

pub(super) fn no_bytes(term: &Term<'_>) -> Mistake {
    let message = "bytes are written as 0x0011 or \"text\", zeros by their number";
    Mistake::new(term.span.clone(), message)
}

/// A name that several fields share.
fn several(protocol: &'static Protocol, argument: &Argument<'_>, rows: &[&'static FieldInfo]) -> Mistake {
    let (name, span) = argument.name.clone().unwrap_or(("", argument.term.span.clone()));
    let tiles = protocol.fields.iter().filter(|info| info.role == Role::Tile);
    let own = tiles.filter(|tile| rows.iter().any(|row| row.start == tile.start));
    let own: Vec<&str> = own.map(|info| words::short(protocol, info)).collect();
    Mistake::new(span, format!("{name} stands for several fields; write {}", own.join(" or ")))
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
    let mut writer = Writer {
        protocol: draft.protocol(),
        draft,
        behind: Sequence::default(),
        row: None,
        counts: Vec::new(),
    };
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
    behind: Sequence,
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
        if let [first, others @ ..] = rows.as_slice()
            && others.iter().any(|other| other.start != first.start && other.role == Role::Alias)
        {
            return Err(several(self.protocol, argument, &rows));
        }
        if !rows.is_empty()
            && rows.iter().all(|info| self.draft.is_given(info.start.into(), info.bits.into()))
        {
            return Err(items::twice(argument));
        }
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
            (Some((name, span)), _) if list.is_some_and(|list| list.word == *name) => {
                let message = format!("{name} is a list; it is written as {name}=[...]");
                Err(Mistake::new(span.clone(), message))
            }
            (Some(_), _) if self.in_place(argument)? => Ok(()),
            (Some((name, _)), _) if self.in_row(name, argument)? => Ok(()),
            (Some((name, span)), _) => {
                self.end_row()?;
                append(self.protocol, &mut self.behind, name, span, &argument.term)
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
        self.put(bytes, &term.span)
    }

    /// Bytes behind what is there.
    fn put(&mut self, bytes: &[u8], span: &Range<usize>) -> Result<(), Mistake> {
        self.behind.finish();
        self.behind.bits.bytes(bytes).ok_or_else(|| inside_a_byte(span, &self.behind.bits))
    }

    /// Gives a field that has a place in this header as it is, or in what can stand once behind it; whether it has.
    fn in_place(&mut self, argument: &Argument<'_>) -> Result<bool, Mistake> {
        let Some((name, _)) = &argument.name else { return Ok(false) };
        if !self.behind.bits.as_bytes().is_empty() || self.row.is_some() {
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
        if self.behind.bits.as_bytes().is_empty() && self.draft.bytes().len() <= self.draft.natural_length() {
            self.draft.append(list.before);
        }
        let written = item(self.protocol, list.options, list.inside, (name, &span), arguments)?;
        self.put(&written, &span)
    }

    fn row(&mut self, row: &'static Row, arguments: &[&Argument<'_>]) -> Result<(), Mistake> {
        let bytes = items::row(self.protocol, row, arguments)?;
        let span = arguments.first().map_or(0..0, |first| first.term.span.clone());
        self.put(&bytes, &span)?;
        let (info, at) = row.count;
        match self.counts.iter_mut().find(|(counted, ..)| counted.name == info.name) {
            Some((.., count)) => *count = count.saturating_add(1),
            None => self.counts.push((info, at, 1)),
        }
        Ok(())
    }

    fn finish(mut self, part: &Term<'_>) -> Result<Draft, Mistake> {
        self.end_row()?;
        self.behind.finish();
        if self.behind.bits.missing() > 0 {
            return Err(inside_a_byte(&part.span, &self.behind.bits));
        }
        for (info, at, count) in self.counts {
            let start = at.saturating_mul(8).saturating_add(usize::from(info.start));
            self.draft.extend(start.saturating_add(usize::from(info.bits)).div_ceil(8));
            if !self.draft.is_given(start, usize::from(info.bits)) {
                self.draft.preset(at, info, count.into());
            }
        }
        self.draft.append(self.behind.bits.as_bytes());
        Ok(self.draft)
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
    let word = match &term.value {
        Value::Word(word) => (*word).to_owned(),
        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    };
    if let Some(bits) = words::group(draft.protocol(), info, &word) {
        return draft.give_bits(section, info, bits.into()).ok_or_else(nowhere);
    }
    if let Some(letters) = words::flag_letters(info)
        && literal::number(&word).is_none()
        && !word.is_empty()
    {
        let message = format!("'{word}' is no number, and not all of its letters are flags; {letters} are");
        return Err(Mistake::new(term.span.clone(), message));
    }
    let width = info.width(length);
    let given = match value::read(info, width, term).map_err(|message| mistaken(info, term, message))? {
        Encoded::Bits(bits) => draft.give_bits(section, info, bits),
        Encoded::Bytes(bytes) => draft.give_bytes(section, info, &bytes),
    };
    given.ok_or_else(nowhere)
}
