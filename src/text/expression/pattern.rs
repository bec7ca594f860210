//! Whether a packet is as an expression says, for tests.

use std::fmt;

use crate::field::literal;
use crate::field::{FieldInfo, Format, Kind, Role, Value as Shown, tlv};
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

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let parts = parse::parse(text)?;
        let mut around = None;
        for part in &parts {
            around = Part::of(part, around)?.kind.or(around);
        }
        Ok(Self { text: text.to_owned() })
    }

    /// The link type of packets that begin as the pattern does; `None` where it does not say.
    pub fn link(&self) -> Option<LinkType> {
        let parts = parse::parse(&self.text).ok()?;
        registry::link_type(Part::of(parts.first()?, None).ok()?.kind?)
    }

    /// Whether a packet is as the pattern says.
    ///
    /// # Errors
    /// [`Mismatch`] has all that differs.
    pub fn check<B: AsRef<[u8]>>(&self, packet: &Packet<B>) -> Result<(), Mismatch> {
        // It was read before.
        let terms = parse::parse(&self.text).unwrap_or_default();
        let mut around = None;
        let mut parts = Vec::new();
        for part in terms.iter().filter_map(|term| {
            let part = Part::of(term, around).ok()?;
            around = part.kind.or(around);
            Some(part)
        }) {
            parts.push(part);
        }
        let layers: Vec<(usize, Layer)> = packet.layers().enumerate().collect();
        let differences = match align(packet, &parts, &layers) {
            Ok(pairs) => pairs.iter().flat_map(|(part, layer)| differences(packet, part, *layer)).collect(),
            Err(difference) => vec![difference],
        };
        if differences.is_empty() {
            return Ok(());
        }
        Err(Mismatch { differences, pattern: self.text.clone(), packet: show::of(packet) })
    }
}

/// One part of a pattern.
struct Part<'t> {
    name: &'t str,
    /// The header that it stands for, if it is one.
    kind: Option<Kind>,
    /// Bytes that it stands for.
    bytes: Option<Vec<u8>>,
    /// `None` where nothing is said of what is in it.
    arguments: Option<&'t [Argument<'t>]>,
    /// It stands for any number of layers.
    open: bool,
}

/// Parts that are no headers.
const RESTS: &[&str] = &["payload", "padding", "trailer", "unparsed"];

impl<'t> Part<'t> {
    fn of(term: &'t Term<'t>, around: Option<Kind>) -> Result<Self, Mistake> {
        let part = Self { name: "", kind: None, bytes: None, arguments: None, open: false };
        let (name, arguments): (&str, Option<&[Argument<'_>]>) = match &term.value {
            Value::Open => return Ok(Self { open: true, ..part }),
            Value::Text(bytes) => return Ok(Self { bytes: Some(bytes.clone()), ..part }),
            Value::Word(word) if word.starts_with("0x") => {
                let bad = || Mistake::new(term.span.clone(), "behind 0x stand hex digits, two a byte");
                return Ok(Self { bytes: Some(value::hex(word).ok_or_else(bad)?), ..part });
            }
            Value::Word(name) => (name, None),
            Value::Call(name, arguments) => (name, Some(arguments)),
            Value::List(_) => return Err(Mistake::new(term.span.clone(), "a list is no part of a packet")),
        };
        let kind = if RESTS.contains(&name) { None } else { Some(compile::kind(name, &term.span, around)?) };
        let part = Self { name, kind, arguments, ..part };
        if let (Some(kind), Some(arguments)) = (kind, arguments) {
            arguments.iter().try_for_each(|argument| is_known(kind, argument))?;
        }
        Ok(part)
    }

    fn is_like<B: AsRef<[u8]>>(&self, packet: &Packet<B>, layer: &Layer) -> bool {
        match (&self.bytes, self.kind) {
            (Some(_), _) => layer.kind == Kind::PAYLOAD,
            (None, Some(kind)) => layer.kind == kind,
            (None, None) => packet.name(layer) == self.name,
        }
    }

    fn is_open(&self) -> bool {
        let open = |argument: &Argument<'_>| argument.name.is_none() && argument.term.value == Value::Open;
        self.arguments.is_none_or(|arguments| arguments.iter().any(open))
    }
}

/// A name of a field that no such header has is a mistake in the pattern.
fn is_known(kind: Kind, argument: &Argument<'_>) -> Result<(), Mistake> {
    let Some(protocol) = registry::built_in(kind) else { return Ok(()) };
    let Some((name, span)) = &argument.name else { return Ok(()) };
    if *name == "raw" {
        return Ok(());
    }
    let is_list = protocol.list.is_some_and(|list| list.word == *name);
    if is_list || protocol.all_tables().flatten().any(|info| words::names(protocol, info, name)) {
        return Ok(());
    }
    let mut bad = Mistake::new(span.clone(), format!("{} has no field '{name}'", protocol.prefix));
    bad.suggestions = words::fields_like(protocol, name);
    Err(bad)
}

/// A part of a pattern with the layer that it stands for.
type Pair<'p, 't> = (&'p Part<'t>, (usize, Layer));

/// Which layer each part stands for, or the first that it cannot.
fn align<'p, 't, B: AsRef<[u8]>>(
    packet: &Packet<B>,
    parts: &'p [Part<'t>],
    layers: &[(usize, Layer)],
) -> Result<Vec<Pair<'p, 't>>, String> {
    let mut pairs = Vec::new();
    let (mut next, mut skipping) = (0usize, false);
    let name = |layer: Option<&(usize, Layer)>| {
        layer.map_or("the end of the packet".to_owned(), |(_, layer)| packet.name(layer).to_owned())
    };
    for part in parts {
        if part.open {
            skipping = true;
            continue;
        }
        let rest = layers.get(next..).unwrap_or(&[]);
        let found = match skipping {
            true => rest.iter().position(|(_, layer)| part.is_like(packet, layer)),
            false => rest.first().filter(|(_, layer)| part.is_like(packet, layer)).map(|_| 0),
        };
        let wanted = if part.bytes.is_some() { "payload" } else { part.name };
        let Some((place, layer)) = found.and_then(|place| Some((place, *rest.get(place)?))) else {
            return Err(match skipping {
                true => format!("{wanted}: expected, and not there"),
                false => format!("{wanted}: expected, {} found", name(rest.first())),
            });
        };
        pairs.push((part, layer));
        next = next.saturating_add(place).saturating_add(1);
        skipping = false;
    }
    match layers.get(next) {
        Some(layer) if !skipping => Err(format!(
            "{}: found, and the pattern ends before it; write /.. for whatever is inside",
            name(Some(layer))
        )),
        _ => Ok(pairs),
    }
}

fn differences<B: AsRef<[u8]>>(
    packet: &Packet<B>,
    part: &Part<'_>,
    (index, layer): (usize, Layer),
) -> Vec<String> {
    let bytes = packet.bytes().get(layer.start()..layer.content()).unwrap_or(&[]);
    if let Some(wanted) = &part.bytes {
        return match wanted == bytes {
            true => Vec::new(),
            false => {
                vec![format!("payload: {} expected, {} found", show::literal(wanted), show::literal(bytes))]
            }
        };
    }
    let (Some(arguments), Some(protocol)) = (part.arguments, packet.protocol(&layer)) else {
        return Vec::new();
    };
    let fields: Vec<FieldRef<'_>> = packet.fields_of(index).collect();
    let mut all = Vec::new();
    for Argument { name, term } in arguments {
        let Some((name, _)) = name else { continue };
        if *name == "raw" {
            let wanted = if let Value::Word(word) = term.value { value::hex(word) } else { None };
            if wanted.as_deref() != Some(bytes) {
                let found = format!("0x{}", hex::encode(bytes));
                all.push(format!("{}: {} expected, {found} found", part.name, written(term)));
            }
            continue;
        }
        if let (Value::List(items), Some(list)) =
            (&term.value, protocol.list.filter(|list| list.word == *name))
        {
            all.extend(
                list_differs(protocol, &list, items, bytes)
                    .map(|said| format!("{}.{name}: {said}", part.name)),
            );
            continue;
        }
        let named = || fields.iter().filter(|field| words::names(protocol, field.info, name));
        if named().any(|field| is(field, term)) {
            continue;
        }
        let full = |info: &FieldInfo| format!("{}.{}", part.name, words::short(protocol, info));
        all.push(match named().next() {
            Some(field) => {
                let found: Vec<String> = named().map(shown).collect();
                let place = match field.length() {
                    0 => String::new(),
                    1 => format!(" (byte {})", field.offset()),
                    length => format!(
                        " (bytes {}-{})",
                        field.offset(),
                        field.offset().saturating_add(length).saturating_sub(1)
                    ),
                };
                format!("{}: {} expected, {} found{place}", full(field.info), written(term), found.join(", "))
            }
            None => format!("{}.{name}: {} expected, and it is not there", part.name, written(term)),
        });
    }
    if !part.is_open() {
        let given = |argument: &Argument<'_>| argument.name.as_ref().map(|(name, _)| (*name).to_owned());
        let names: Vec<String> = arguments.iter().filter_map(given).collect();
        for (info, text) in show::given(packet, index) {
            let is_listed = |name: &String| match info {
                _ if name == "raw" => true,
                Some(info) => words::names(protocol, info, name),
                None => text.starts_with(&format!("{name}=")),
            };
            if !names.iter().any(is_listed) {
                all.push(format!(
                    "{}: {text} found, which the pattern does not say; .. is for whatever else there is",
                    part.name
                ));
            }
        }
    }
    all
}

/// How a list differs from that of the pattern.
fn list_differs(
    protocol: &'static crate::field::Protocol,
    list: &crate::field::List,
    items: &[Argument<'_>],
    header: &[u8],
) -> Option<String> {
    let start = show::list_start(protocol, list, header);
    let rules = &list.options.rules;
    let mut found = tlv::walk(header.get(start..).unwrap_or(&[]), rules);
    let mut open = false;
    for item in items {
        if item.term.value == Value::Open {
            open = true;
            continue;
        }
        let (kind, bytes) = items::option_of(protocol, list, item)?;
        let is = |there: &tlv::Item<'_>| {
            let only_kind = matches!(item.term.value, Value::Word(_)) && item.name.is_none();
            there.kind == kind && (only_kind || bytes.starts_with(there.bytes) || bytes == there.bytes)
        };
        let there = if open { found.find(is) } else { found.next().filter(is) };
        if there.is_none() {
            let name = words::options(list.options).name(kind);
            return Some(format!("{name} expected, and it is not there as it is written"));
        }
        open = false;
    }
    let more = found.next().filter(|_| !open)?;
    let name = words::options(list.options).name(more.kind);
    Some(format!("{name} found, which the pattern does not say; .. is for whatever else there is"))
}

/// Whether a field has the value that is written.
fn is(field: &FieldRef<'_>, term: &Term<'_>) -> bool {
    let info = field.info;
    let Some(found) = field.value() else { return false };
    if let (Value::Word(word), Shown::Number(number), Role::Group) = (&term.value, found, info.role)
        && let Some(bits) = words::flags(info, word).filter(|_| literal::number(word).is_none())
    {
        return bits == number;
    }
    let text = match &term.value {
        Value::Word(word) => Some((*word).to_owned()),
        Value::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    };
    // Names and text are compared as they are read.
    if let (Shown::Name(_) | Shown::Text(_), Some(text)) = (found, &text)
        && found.to_string().trim_end_matches('.') == text.trim_end_matches('.')
    {
        return true;
    }
    let width = if info.format == Format::Bytes { 0 } else { field.bits as usize };
    match (value::read(info, width, term), found) {
        (Ok(Encoded::Bytes(bytes)), _) => bytes == field.bytes(),
        (Ok(Encoded::Bits(bits)), found) => info.format.bits(found, info.scale) == Some(bits),
        (Err(_), _) => false,
    }
}

fn shown(field: &FieldRef<'_>) -> String {
    match field.value() {
        Some(Shown::Number(number)) if field.info.role == Role::Group => {
            words::letters(field.info, number).unwrap_or_else(|| format!("{number:#x}"))
        }
        Some(value) => value::show(field.info, field.bits as usize, field.bytes(), value),
        None => "nothing".to_owned(),
    }
}

/// A value as it was written.
fn written(term: &Term<'_>) -> String {
    match &term.value {
        Value::Word(word) => (*word).to_owned(),
        Value::Text(text) => show::literal(text),
        _ => "another value".to_owned(),
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
