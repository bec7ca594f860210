//! Whether a packet is as an expression says, for tests.

mod search;

use std::fmt;

use search::Search;

use crate::field::{FieldInfo, Format, Kind, List, Protocol, Row};
use crate::mistake::Mistake;
use crate::packet::fields::RESTS;
use crate::packet::{LinkType, Packet, registry};
use crate::text::expression::parse::{self, Argument, Term, Value};
use crate::text::expression::value;
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

impl Written {
    /// It as text.
    fn plain(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
        }
    }
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
    if let (Some((word, _)), Value::List(given), Some(list)) = (name, &term.value, protocol.list)
        && list.word == *word
    {
        let items = given.iter().map(|given| match given.term.value {
            Value::Open => Ok(None),
            _ => item(protocol, &list, given).map(Some),
        });
        return Ok(Want::Options(list, items.collect::<Result<_, _>>()?));
    }
    if let (None, Value::Call(word, given)) = (name, &term.value)
        && let Some(row) = protocol.rows.iter().find(|row| row.word == *word)
    {
        return Ok(Want::Row(row, fields_of_row(protocol, row, given)?));
    }
    match (name, &term.value, protocol.list) {
        (Some(("raw", _)), Value::Word(_) | Value::Text(_), _) => {
            let bytes = [Argument { name: None, term: term.clone() }];
            Ok(Want::Bytes(compile::bytes_of("raw", &bytes)?))
        }
        (Some((name, span)), ..) => {
            let rows = protocol.all_tables().flatten().filter(|info| words::names(protocol, info, name));
            let value = field(protocol, rows.collect(), name, span.clone(), term)?;
            Ok(Want::Field((*name).to_owned(), value))
        }
        // Somewhere in the list.
        (None, Value::Call(..) | Value::Word(_), Some(list)) if !is_hex(term) => {
            Ok(Want::Options(list, vec![None, Some(item(protocol, &list, argument)?), None]))
        }
        (None, ..) => {
            let message = "bytes within a header have no place in a pattern; raw=0x0011 is all of a header";
            Err(Mistake::new(term.span.clone(), message))
        }
    }
}

fn is_hex(term: &Term<'_>) -> bool {
    matches!(term.value, Value::Word(word) if word.starts_with("0x"))
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
        let flags = || words::group(protocol, info, &written.plain()).is_some();
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
