//! Whether a packet is as an expression says, for tests.

use std::fmt;

use crate::field::{FieldInfo, Format, Kind, List, Protocol, Role, Row, Value as Shown, tlv};
use crate::mistake::Mistake;
use crate::packet::{FieldRef, Layer, LinkType, Packet, registry};
use crate::text::expression::parse::{self, Argument, Term, Value};
use crate::text::expression::value::{self, Encoded};
use crate::text::expression::{compile, items, show, words};

/// What a packet should look like: an expression in which `..` stands for whatever else there is.
///
/// | | |
/// |---|---|
/// | `ip` | an IPv4 header, whatever is in it |
/// | `ip(ttl=64, ..)` | one with this field, whatever else is in it |
/// | `ip(ttl=64, src=192.0.2.1, dst=192.0.2.2)` | one of which these fields are all that an expression of it would say |
/// | `tcp(options=[mss(1460), ..], ..)` | with this option first, perhaps others behind it |
/// | `dns(answer(a=192.0.2.1), ..)` | with an answer that says this, whatever else it says |
/// | `eth/ip/..` | Ethernet, IPv4, and anything or nothing inside |
/// | `../udp(dstport=53, ..)/..` | UDP to port 53, wherever it is |
///
/// ```
/// use layercake::packet::{Decoder, Frame};
/// use layercake::text::expression::{Expression, Pattern};
///
/// let bytes = Expression::parse("ip(src=192.0.2.1, dst=192.0.2.2, ttl=63)/udp(dstport=53)")?.to_vec()?;
/// let packet = Decoder::new().packet(Frame::raw(&bytes));
/// assert!(Pattern::parse("ip(dst=192.0.2.2, ..)/udp")?.check(&packet).is_ok());
///
/// let wrong = Pattern::parse("ip(ttl=64, ..)/udp(dstport=53)")?.check(&packet).unwrap_err();
/// assert_eq!(wrong.differences, ["ip.ttl: 64 expected, 63 found (byte 8)"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

/// How a packet differs from a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What differs, from the outside in: a field, what was expected of it and what was found, and where.
    pub differences: Vec<String>,
    /// The pattern.
    pub pattern: String,
    /// The packet, as an expression.
    pub packet: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the packet is not as the pattern says:")?;
        for difference in &self.differences {
            writeln!(f, "  {difference}")?;
        }
        write!(f, "pattern: {}\npacket:  {}", self.pattern, self.packet)
    }
}

impl std::error::Error for Mismatch {}

/// One part of a pattern.
#[derive(Clone, Debug)]
enum Part {
    /// Any number of layers, or none.
    Open,
    /// A layer.
    Layer(Wanted),
}

/// A layer as it should be.
#[derive(Clone, Debug)]
struct Wanted {
    name: String,
    /// Which header it is, if it is one.
    kind: Option<Kind>,
    wants: Vec<Want>,
    /// Whatever else is in it is fine.
    open: bool,
}

/// One thing that a layer should have.
#[derive(Clone, Debug)]
enum Want {
    /// A field with a value.
    Field(String, Written),
    /// A question or record with these fields.
    Row(&'static Row, Vec<(String, Written)>),
    /// A list of options.
    Options(List, Vec<Option<Item>>),
    /// All of its bytes.
    Bytes(Vec<u8>),
}

/// A value as it was written.
#[derive(Clone, Debug)]
enum Written {
    Word(String),
    Text(Vec<u8>),
}

/// An option: of this kind, and with these bytes unless it is its kind alone that counts.
#[derive(Clone, Debug)]
struct Item {
    kind: u16,
    bytes: Option<Vec<u8>>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut parts = Vec::new();
        let mut around = None;
        for term in parse::parse(text)? {
            // Payload of no bytes is no layer.
            if term.value == Value::Text(Vec::new()) {
                continue;
            }
            let part = part(&term, around)?;
            if let Part::Layer(Wanted { kind: Some(kind), .. }) = &part {
                around = Some(*kind);
            }
            parts.push(part);
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The link type of packets that begin as the pattern does; `None` where it does not say.
    pub fn link(&self) -> Option<LinkType> {
        match self.parts.first()? {
            Part::Layer(wanted) => registry::link_type(wanted.kind?),
            Part::Open => None,
        }
    }

    /// Whether a packet is as the pattern says.
    ///
    /// # Errors
    /// [`Mismatch`] has what differs; where `..` could stand for several things, of that which differs least.
    pub fn check<B: AsRef<[u8]>>(&self, packet: &Packet<B>) -> Result<(), Mismatch> {
        let differences = Search::new(self, packet).differences();
        if differences.is_empty() {
            return Ok(());
        }
        Err(Mismatch { differences, pattern: self.text.clone(), packet: show::of(packet) })
    }
}

/// Parts that are no headers.
const RESTS: &[&str] = &["payload", "padding", "trailer", "unparsed"];

fn part(term: &Term<'_>, around: Option<Kind>) -> Result<Part, Mistake> {
    let payload = |bytes| Wanted {
        name: "payload".to_owned(),
        kind: None,
        wants: vec![Want::Bytes(bytes)],
        open: true,
    };
    let (name, arguments): (&str, Option<&[Argument<'_>]>) = match &term.value {
        Value::Open => return Ok(Part::Open),
        Value::Text(bytes) => return Ok(Part::Layer(payload(bytes.clone()))),
        Value::Word(word) if word.starts_with("0x") => {
            let bad = || Mistake::new(term.span.clone(), "behind 0x stand hex digits, two a byte");
            return Ok(Part::Layer(payload(value::hex(word).ok_or_else(bad)?)));
        }
        Value::Word(name) => (name, None),
        Value::Call(name, arguments) => (name, Some(arguments)),
        Value::List(_) => return Err(Mistake::new(term.span.clone(), "a list is no part of a packet")),
    };
    let is_open = |argument: &&Argument<'_>| argument.name.is_none() && argument.term.value == Value::Open;
    let open = arguments.is_none_or(|arguments| arguments.iter().any(|argument| is_open(&argument)));
    let given: Vec<&Argument<'_>> =
        arguments.unwrap_or(&[]).iter().filter(|argument| !is_open(argument)).collect();
    if RESTS.contains(&name) {
        let given: Vec<Argument<'_>> = given.into_iter().cloned().collect();
        let bytes =
            if given.is_empty() { Vec::new() } else { vec![Want::Bytes(compile::bytes_of(name, &given)?)] };
        return Ok(Part::Layer(Wanted { name: name.to_owned(), kind: None, wants: bytes, open: true }));
    }
    let kind = compile::kind(name, &term.span, around)?;
    let missing = || Mistake::new(term.span.clone(), "this header is not known");
    let protocol = registry::built_in(kind).ok_or_else(missing)?;
    let wants = given.into_iter().map(|argument| want(protocol, argument)).collect::<Result<_, _>>()?;
    Ok(Part::Layer(Wanted { name: name.to_owned(), kind: Some(kind), wants, open }))
}

fn want(protocol: &'static Protocol, argument: &Argument<'_>) -> Result<Want, Mistake> {
    let Argument { name, term } = argument;
    let list = protocol.list;
    match (name, &term.value) {
        (Some(("raw", _)), Value::Word(_) | Value::Text(_)) => {
            let bytes = [Argument { name: None, term: term.clone() }];
            Ok(Want::Bytes(compile::bytes_of("raw", &bytes)?))
        }
        (Some((word, _)), Value::List(given)) if list.is_some_and(|list| list.word == *word) => {
            let list = list.ok_or_else(|| Mistake::new(term.span.clone(), "there is no such list"))?;
            let items = given.iter().map(|given| match given.term.value {
                Value::Open => Ok(None),
                _ => item(protocol, &list, given).map(Some),
            });
            Ok(Want::Options(list, items.collect::<Result<_, _>>()?))
        }
        (Some((name, span)), _) => {
            let rows = protocol.all_tables().flatten().filter(|info| words::names(protocol, info, name));
            field(protocol, rows.collect(), name, span.clone(), term)
                .map(|value| Want::Field((*name).to_owned(), value))
        }
        (None, Value::Call(word, given)) if row_called(protocol, word).is_some() => {
            let row =
                row_called(protocol, word).ok_or_else(|| Mistake::new(term.span.clone(), "no record"))?;
            Ok(Want::Row(row, fields_of_row(protocol, row, given)?))
        }
        (None, Value::Call(..) | Value::Word(_)) if list.is_some() && !is_hex(term) => {
            let list = list.ok_or_else(|| Mistake::new(term.span.clone(), "there is no list"))?;
            // Somewhere in the list.
            Ok(Want::Options(list, vec![None, Some(item(protocol, &list, argument)?), None]))
        }
        (None, _) => {
            let message = "bytes within a header have no place in a pattern; raw=0x0011 is all of a header";
            Err(Mistake::new(term.span.clone(), message))
        }
    }
}

fn is_hex(term: &Term<'_>) -> bool {
    matches!(term.value, Value::Word(word) if word.starts_with("0x"))
}

fn row_called(protocol: &'static Protocol, word: &str) -> Option<&'static Row> {
    protocol.rows.iter().find(|row| row.word == word)
}

fn item(protocol: &'static Protocol, list: &List, given: &Argument<'_>) -> Result<Item, Mistake> {
    let (kind, bytes) = items::option_of(protocol, list, given)?;
    let is_kind_alone = given.name.is_none() && matches!(given.term.value, Value::Word(_));
    Ok(Item { kind, bytes: Some(bytes).filter(|_| !is_kind_alone) })
}

/// A value that one of these fields can have.
fn field(
    protocol: &'static Protocol,
    rows: Vec<&'static FieldInfo>,
    name: &str,
    span: std::ops::Range<usize>,
    term: &Term<'_>,
) -> Result<Written, Mistake> {
    if rows.is_empty() {
        let mut bad = Mistake::new(span, format!("{} has no field '{name}'", protocol.prefix));
        bad.suggestions = words::fields_like(protocol, name);
        return Err(bad);
    }
    let written = match &term.value {
        Value::Word(word) => Written::Word((*word).to_owned()),
        Value::Text(text) => Written::Text(text.clone()),
        _ => return Err(Mistake::new(term.span.clone(), format!("{name} has one value"))),
    };
    let can = |info: &&&FieldInfo| {
        let width = if info.format == Format::Bytes { 0 } else { usize::from(info.bits) };
        let flags = || words::group(protocol, info, &plain(&written)).is_some();
        value::read(info, width, term).is_ok() || info.format.is_bytes() || flags()
    };
    match (rows.iter().any(|info| can(&info)), rows.first()) {
        (false, Some(info)) => {
            let width = usize::from(info.bits);
            let message = value::read(info, width, term).err().unwrap_or_default();
            Err(items::mistaken(info, term, message))
        }
        _ => Ok(written),
    }
}

/// The fields of a question or record, with names for those that were given by their place.
fn fields_of_row(
    protocol: &'static Protocol,
    row: &'static Row,
    given: &[Argument<'_>],
) -> Result<Vec<(String, Written)>, Mistake> {
    let head: Vec<&'static FieldInfo> = items::head_of(row);
    let is_length = |info: &&&FieldInfo| row.length.is_some_and(|length| length.name == info.name);
    let mut places = head.iter().filter(|info| !is_length(info));
    let mut fields = Vec::new();
    for Argument { name, term } in given {
        if *term == (Term { span: term.span.clone(), value: Value::Open }) && name.is_none() {
            continue;
        }
        let (name, span) = match name {
            Some((name, span)) => ((*name).to_owned(), span.clone()),
            None => match places.next() {
                Some(info) => (info.name.to_owned(), term.span.clone()),
                None => return Err(Mistake::new(term.span.clone(), "a field's name is expected")),
            },
        };
        let rows = head.iter().copied().chain(protocol.all_tables().flatten());
        let rows = rows.filter(|info| items::names_in_row(protocol, &head, info, &name)).collect();
        let value = field(protocol, rows, &name, span, term)?;
        fields.push((name, value));
    }
    Ok(fields)
}

/// The layer that each part stands for is searched so that the fewest things differ.
struct Search<'p, B> {
    pattern: &'p Pattern,
    packet: &'p Packet<B>,
    layers: Vec<Layer>,
    /// What the packet's expression says of each layer, where a part wants nothing else.
    given: Vec<Vec<show::Given>>,
}

/// What a part that stands for another layer counts as.
const ANOTHER: usize = 1000;

impl<'p, B: AsRef<[u8]>> Search<'p, B> {
    fn new(pattern: &'p Pattern, packet: &'p Packet<B>) -> Self {
        let is_closed = |part: &Part| matches!(part, Part::Layer(wanted) if !wanted.open);
        let given = if pattern.parts.iter().any(is_closed) { show::given(packet) } else { Vec::new() };
        Self { pattern, packet, layers: packet.layers().collect(), given }
    }

    fn differences(&self) -> Vec<String> {
        let (parts, layers) = (self.pattern.parts.len(), self.layers.len());
        // From the end: the fewest differences of the parts from here with the layers from there.
        let mut least = vec![vec![0usize; layers.saturating_add(1)]; parts.saturating_add(1)];
        let at = |least: &[Vec<usize>], part: usize, layer: usize| {
            least.get(part).and_then(|row| row.get(layer)).copied().unwrap_or(ANOTHER)
        };
        let reached = self.reached();
        for part in (0..=parts).rev() {
            for layer in (0..=layers).rev() {
                if !reached.get(part).and_then(|row| row.get(layer)).is_some_and(|reached| *reached) {
                    continue;
                }
                let next = part.saturating_add(1);
                let cost = match self.pattern.parts.get(part) {
                    None if layer == layers => 0,
                    None => ANOTHER,
                    Some(Part::Open) if layer < layers => {
                        at(&least, next, layer).min(at(&least, part, layer.saturating_add(1)))
                    }
                    Some(Part::Open) => at(&least, next, layer),
                    Some(Part::Layer(wanted)) => match self.fit(wanted, layer) {
                        Some(differences) => {
                            differences.len().saturating_add(at(&least, next, layer.saturating_add(1)))
                        }
                        None => ANOTHER,
                    },
                };
                if let Some(place) = least.get_mut(part).and_then(|row| row.get_mut(layer)) {
                    *place = cost;
                }
            }
        }
        let (mut part, mut layer, mut all) = (0usize, 0usize, Vec::new());
        loop {
            match self.pattern.parts.get(part) {
                None if layer == layers => return all,
                None => {
                    let name = self.name(layer);
                    all.push(format!(
                        "{name}: found, and the pattern ends before it; write /.. for whatever is inside"
                    ));
                    return all;
                }
                Some(Part::Open) => {
                    let stay = at(&least, part.saturating_add(1), layer);
                    if layer < layers && at(&least, part, layer.saturating_add(1)) < stay {
                        layer = layer.saturating_add(1);
                    } else {
                        part = part.saturating_add(1);
                    }
                }
                Some(Part::Layer(wanted)) => {
                    let Some(differences) = self.fit(wanted, layer) else {
                        all.push(format!("{}: expected, {} found", wanted.name, self.name(layer)));
                        return all;
                    };
                    all.extend(differences);
                    (part, layer) = (part.saturating_add(1), layer.saturating_add(1));
                }
            }
        }
    }

    /// Which parts can come to stand for which layers, by their kinds alone.
    fn reached(&self) -> Vec<Vec<bool>> {
        let (parts, layers) = (self.pattern.parts.len(), self.layers.len());
        let mut reached = vec![vec![false; layers.saturating_add(1)]; parts.saturating_add(1)];
        let mark = |reached: &mut Vec<Vec<bool>>, part: usize, layer: usize| {
            if let Some(place) = reached.get_mut(part).and_then(|row| row.get_mut(layer)) {
                *place = true;
            }
        };
        mark(&mut reached, 0, 0);
        for (number, part) in self.pattern.parts.iter().enumerate() {
            for layer in 0..=layers {
                if !reached.get(number).and_then(|row| row.get(layer)).is_some_and(|reached| *reached) {
                    continue;
                }
                match part {
                    Part::Open => {
                        mark(&mut reached, number, layer.saturating_add(1));
                        mark(&mut reached, number.saturating_add(1), layer);
                    }
                    Part::Layer(wanted) => {
                        if self.layers.get(layer).is_some_and(|layer| self.is_it(wanted, layer)) {
                            mark(&mut reached, number.saturating_add(1), layer.saturating_add(1));
                        }
                    }
                }
            }
        }
        reached
    }

    fn is_it(&self, wanted: &Wanted, layer: &Layer) -> bool {
        match wanted.kind {
            Some(kind) => layer.kind == kind,
            None => {
                let name = self.packet.name(layer);
                name == wanted.name || wanted.name == "payload" && name == "unparsed"
            }
        }
    }

    fn name(&self, layer: usize) -> &str {
        self.layers.get(layer).map_or("the end of the packet", |layer| self.packet.name(layer))
    }

    /// How a layer differs from a part; `None` if it is another one.
    fn fit(&self, wanted: &Wanted, index: usize) -> Option<Vec<String>> {
        let layer = self.layers.get(index)?;
        self.is_it(wanted, layer).then_some(())?;
        let bytes = self.packet.bytes().get(layer.start()..layer.content()).unwrap_or(&[]);
        let fields: Vec<FieldRef<'_>> = self.packet.fields_of(index).collect();
        let mut all = Vec::new();
        for want in &wanted.wants {
            let difference = match (want, self.packet.protocol(layer)) {
                (Want::Bytes(wanted), _) => bytes_differ(wanted, bytes),
                (Want::Field(name, value), Some(protocol)) => field_differs(protocol, &fields, name, value),
                (Want::Row(row, wanted), Some(protocol)) => row_differs(protocol, &fields, row, wanted),
                (Want::Options(list, items), Some(_)) => {
                    let start = list_start(list, layer, &fields).unwrap_or(bytes.len());
                    list_differs(list, items, bytes.get(start..).unwrap_or(&[]))
                }
                (_, None) => None,
            };
            all.extend(difference.map(|difference| format!("{}{difference}", wanted.name)));
        }
        if !wanted.open
            && let (Some(protocol), Some(given)) = (self.packet.protocol(layer), self.given.get(index))
        {
            all.extend(given.iter().filter(|given| !is_said(protocol, wanted, given)).map(|given| {
                let text = &given.text;
                format!(
                    "{}: {text} found, which the pattern does not say; .. is for whatever else there is",
                    wanted.name
                )
            }));
        }
        Some(all)
    }
}

/// Whether what a packet's expression says of a layer is something that the pattern speaks of.
fn is_said(protocol: &Protocol, wanted: &Wanted, given: &show::Given) -> bool {
    wanted.wants.iter().any(|want| match (want, given.info) {
        (Want::Bytes(_), _) => true,
        (Want::Field(name, _), Some(info)) => words::names(protocol, info, name),
        (Want::Field(name, _), None) => given.text.starts_with(&format!("{name}=")),
        (Want::Row(row, _), None) => given.text.starts_with(&format!("{}(", row.word)),
        (Want::Options(list, _), None) => given.text.starts_with(&format!("{}=", list.word)),
        _ => false,
    })
}

fn bytes_differ(wanted: &[u8], bytes: &[u8]) -> Option<String> {
    (wanted != bytes).then(|| format!(": {} expected, {} found", show::literal(wanted), show::literal(bytes)))
}

fn field_differs(
    protocol: &Protocol,
    fields: &[FieldRef<'_>],
    name: &str,
    value: &Written,
) -> Option<String> {
    let named = || fields.iter().filter(|field| words::names(protocol, field.info, name));
    if named().any(|field| is(protocol, field, value)) {
        return None;
    }
    Some(match named().next() {
        Some(field) => {
            let found: Vec<String> = named().map(shown).collect();
            let last = field.offset().saturating_add(field.length()).saturating_sub(1);
            let place = match field.length() {
                0 => String::new(),
                1 => format!(" (byte {last})"),
                _ => format!(" (bytes {}-{last})", field.offset()),
            };
            let name = words::short(protocol, field.info);
            format!(".{name}: {} expected, {} found{place}", written(value), found.join(", "))
        }
        None => format!(".{name}: {} expected, and it is not there", written(value)),
    })
}

fn row_differs(
    protocol: &Protocol,
    fields: &[FieldRef<'_>],
    row: &Row,
    wanted: &[(String, Written)],
) -> Option<String> {
    let head = items::head_of(row);
    let is_group =
        |field: &&FieldRef<'_>| field.info.name == row.group.name && field.info.label == row.group.label;
    let has = |group: &FieldRef<'_>, (name, value): &(String, Written)| {
        let end = group.start.saturating_add(group.bits);
        let inside = fields.iter().filter(|field| field.start >= group.start && field.start < end);
        let mut named = inside.filter(|field| items::names_in_row(protocol, &head, field.info, name));
        named.any(|field| is(protocol, field, value))
    };
    let mut groups = fields.iter().filter(is_group);
    if groups.any(|group| wanted.iter().all(|wanted| has(group, wanted))) {
        return None;
    }
    let all: Vec<String> = wanted.iter().map(|(name, value)| format!("{name}={}", written(value))).collect();
    let there = fields.iter().filter(is_group).count();
    Some(format!(".{}({}): expected, and none of {there} is so", row.word, all.join(", ")))
}

/// Where the list of a header begins in its bytes: with the first head of an item.
fn list_start(list: &List, layer: &Layer, fields: &[FieldRef<'_>]) -> Option<usize> {
    let heads = || list.options.head.iter().chain(list.options.alone);
    let is_head = |field: &&FieldRef<'_>| {
        heads().any(|head| head.name == field.info.name && head.label == field.info.label)
    };
    fields.iter().find(is_head)?.offset().checked_sub(layer.start())
}

/// How a list differs: what stands between `..` has to follow each other.
fn list_differs(list: &List, wanted: &[Option<Item>], bytes: &[u8]) -> Option<String> {
    // What is broken, or goes on as the next layer, is no item of the list.
    let all = tlv::walk(bytes, &list.options.rules);
    let there: Vec<tlv::Item<'_>> = all.filter(|item| !item.broken).collect();
    let name = |kind: u16| words::options(list.options).name(kind);
    let is = |wanted: &Item, there: &tlv::Item<'_>| {
        let bytes = wanted.bytes.as_ref();
        // The padding of an item is none of its bytes, and behind the end of a list there may be some.
        let ends = list.options.rules.end == Some(there.kind);
        let same = |bytes: &Vec<u8>| {
            ends || bytes.get(..there.bytes.len()) == Some(there.bytes)
                && bytes.len() < there.bytes.len().saturating_add(list.options.rules.align)
        };
        wanted.kind == there.kind && !there.broken && bytes.is_none_or(same)
    };
    let runs: Vec<Vec<&Item>> =
        wanted.split(Option::is_none).map(|run| run.iter().flatten().collect()).collect();
    let last = runs.len().saturating_sub(1);
    let mut at = 0usize;
    for (number, run) in runs.iter().enumerate() {
        let fits = |at: usize| {
            let here = there.get(at..).and_then(|rest| rest.get(..run.len()));
            here.is_some_and(|here| run.iter().zip(here).all(|(wanted, there)| is(wanted, there)))
        };
        let end = there.len().saturating_sub(run.len());
        let found = match (number == 0, number == last) {
            (true, _) => Some(0).filter(|at| fits(*at)),
            (_, true) => Some(end).filter(|end| *end >= at && fits(*end)),
            _ => (at..=end).find(|at| fits(*at)),
        };
        let Some(place) = found else {
            let names: Vec<String> = run.iter().map(|item| name(item.kind)).collect();
            let found: Vec<String> = there.iter().map(|item| name(item.kind)).collect();
            let place = if number == 0 { "first" } else { "there" };
            return Some(format!(
                ".{}: {} expected {place} as written, the list is {}",
                list.word,
                names.join(", "),
                if found.is_empty() { "empty".to_owned() } else { found.join(", ") }
            ));
        };
        at = place.saturating_add(run.len());
    }
    let more = there.get(at).filter(|_| runs.len() == 1)?;
    Some(format!(
        ".{}: {} found, which the pattern does not say; .. is for whatever else there is",
        list.word,
        name(more.kind)
    ))
}

/// Whether a field has the value that is written.
fn is(protocol: &Protocol, field: &FieldRef<'_>, value: &Written) -> bool {
    let info = field.info;
    let Some(found) = field.value() else { return false };
    if let (Shown::Number(number), Some(bits)) = (found, words::group(protocol, info, &plain(value))) {
        return bits == number;
    }
    // Where there are two byte orders, hex says the bytes as they stand there.
    if info.format == Format::Little && value::hex(&plain(value)).is_some_and(|bytes| bytes == field.bytes())
    {
        return true;
    }
    // Names and text are compared as they are read.
    if let Shown::Name(_) | Shown::Text(_) = found
        && found.to_string().trim_end_matches('.') == plain(value).trim_end_matches('.')
    {
        return true;
    }
    let term = Term {
        span: 0..0,
        value: match value {
            Written::Word(word) => Value::Word(word),
            Written::Text(text) => Value::Text(text.clone()),
        },
    };
    let width = if info.format == Format::Bytes { 0 } else { field.bits as usize };
    match (value::read(info, width, &term), found) {
        (Ok(Encoded::Bytes(bytes)), _) => bytes == field.bytes(),
        (Ok(Encoded::Bits(bits)), found) => info.format.bits(found, info.scale) == Some(bits),
        (Err(_), _) => false,
    }
}

fn plain(value: &Written) -> String {
    match value {
        Written::Word(word) => word.clone(),
        Written::Text(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

fn shown(field: &FieldRef<'_>) -> String {
    match field.value() {
        Some(Shown::Number(number)) if field.info.role == Role::Group => {
            words::letters(field.info, number).unwrap_or_else(|| format!("{number:#x}"))
        }
        Some(Shown::Name(name)) => format!("\"{name}\""),
        Some(value) => value::show(field.info, field.bits as usize, field.bytes(), value),
        None => "nothing".to_owned(),
    }
}

/// A value as it was written.
fn written(value: &Written) -> String {
    match value {
        Written::Word(word) => word.clone(),
        Written::Text(text) => show::literal(text),
    }
}

/// Panics unless bytes are a packet as a pattern says; for [`assert_matches_packet!`](crate::assert_matches_packet).
#[doc(hidden)]
#[track_caller]
#[allow(clippy::panic)] // An assertion is one.
pub fn assert_matches(bytes: &[u8], pattern: &str) {
    use crate::packet::{Decoder, Frame};

    let read = match Pattern::parse(pattern) {
        Ok(read) => read,
        Err(bad) => panic!("this is no pattern: {bad}\n  {pattern}\n  {}^", " ".repeat(bad.span.start)),
    };
    let link = read.link().unwrap_or(LinkType::ETHERNET);
    if let Err(mismatch) = read.check(&Decoder::new().packet(Frame::new(link, bytes))) {
        panic!("{mismatch}");
    }
}

/// Asserts that bytes are a packet as a [`Pattern`] says, which begins with the link layer: `eth` of a frame, `ip` of a packet without one.
///
/// ```
/// use layercake::assert_matches_packet;
/// use layercake::text::expression::Expression;
///
/// let bytes = Expression::parse("ip(src=192.0.2.1, dst=192.0.2.2)/tcp(dstport=80, flags=S)")?.to_vec()?;
/// assert_matches_packet!(bytes, "ip(ttl=64, ..)/tcp(flags=S, ..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```should_panic
/// # use layercake::text::expression::Expression;
/// # let bytes = Expression::parse("ip(src=192.0.2.1, dst=192.0.2.2)/tcp(dstport=80, flags=S)").unwrap().to_vec().unwrap();
/// layercake::assert_matches_packet!(bytes, "ip/tcp(flags=SA, ..)");    // tcp.flags: SA expected, S found (bytes 32-33)
/// ```
#[macro_export]
macro_rules! assert_matches_packet {
    ($bytes:expr, $pattern:expr $(,)?) => {
        $crate::text::expression::assert_matches(::core::convert::AsRef::<[u8]>::as_ref(&$bytes), $pattern)
    };
}
