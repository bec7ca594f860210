//! Breakdowns of packets for people and for programs.
//!
//! - [`line`](mod@line): one line a packet.
//! - [`tree`]: every layer and field with its place, beside the bytes.
//! - [`json`]: one JSON object a packet, or a flat one.
//! - [`source`]: bytes as source code; [`scapy`](mod@scapy): a packet as an expression of scapy.
//!
//! All of them read the same table of fields. Of a packet nothing is printed but numbers, addresses, hex, and text whose controls are
//! escaped ([`Text`](crate::field::Text), [`Name`](crate::field::Name)), so nothing in it can reach a terminal as a control sequence.
//! Comments stand in JSON alone, which escapes them.

pub mod json;
pub mod line;
pub mod scapy;
pub mod source;
pub mod tree;

use std::borrow::Cow;
use std::fmt::Write;

use crate::field::{FieldInfo, Format, Kind, Role, Value, Verdict};
use crate::packet::{FieldRef, Layer, Packet};
use crate::time::Time;

/// What a capture says of a packet besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// When it was captured; nothing if that is not known.
    pub time: Option<Time>,
    /// The section of the file that it stands in, from 1; 0 for what is no capture.
    pub section: u32,
    /// The interface it was captured on, from 0 in each section.
    pub interface: u32,
    /// What that is called.
    pub interface_name: Option<&'a str>,
    /// The file, where there are several.
    pub file: Option<&'a str>,
    /// What people have written about it.
    pub comments: &'a [Cow<'a, str>],
}

/// The prefix of a layer's fields, or `payload`, `padding`, `trailer`, `unparsed` for what is no header.
pub fn protocol<B: AsRef<[u8]>>(packet: &Packet<B>, layer: &Layer) -> &'static str {
    packet.name(layer)
}

/// The full name of a layer.
pub fn name<B: AsRef<[u8]>>(packet: &Packet<B>, layer: &Layer) -> &'static str {
    match (packet.protocol(layer), layer.kind) {
        (Some(protocol), _) => protocol.name,
        (None, Kind::PAYLOAD) => "Payload",
        (None, Kind::PADDING) => "Padding",
        (None, Kind::TRAILER | Kind::FRAME_TRAILER) => "Trailer",
        (None, Kind::FRAME_CHECK_SEQUENCE) => "Frame check sequence",
        (None, _) => "Not parsed",
    }
}

/// A value as people read it.
pub(crate) fn value_text(info: &FieldInfo, value: Value<'_>) -> String {
    match value {
        Value::Number(number) if info.format == Format::Hex => {
            format!("{number:#0width$x}", width = usize::from(info.bits).div_ceil(4).saturating_add(2))
        }
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => if flag { "set" } else { "not set" }.to_string(),
        Value::Mac(mac) => mac.to_string(),
        Value::Ipv4(address) => address.to_string(),
        Value::Ipv6(address) => address.to_string(),
        Value::Bytes(bytes) => hex_text(bytes),
        Value::Text(text) => format!("\"{text}\""),
        Value::Name(name) => name.to_string(),
    }
}

/// The first bytes in hex, and how many there are.
fn hex_text(bytes: &[u8]) -> String {
    const SHOWN: usize = 16;
    let mut text = String::new();
    for byte in bytes.iter().take(SHOWN) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        let _ = write!(text, "... ({} bytes)", bytes.len());
    }
    text
}

/// The verdicts on the checksums of a packet.
pub(crate) type Verdicts = Vec<(usize, &'static str, Verdict)>;

pub(crate) fn verdicts<B: AsRef<[u8]>>(packet: &Packet<B>) -> Verdicts {
    packet.checksums().map(|(layer, field, verdict)| (layer, field.name, verdict)).collect()
}

/// What a value means: its name; of a checksum, the verdict; of a group of flags, the ones that are set; of an item of a list, its kind.
pub(crate) fn meaning(field: &FieldRef<'_>, inside: &[FieldRef<'_>], verdicts: &Verdicts) -> Option<String> {
    if let Some((.., verdict)) =
        verdicts.iter().find(|(layer, name, _)| (*layer, *name) == (field.layer, field.info.name))
    {
        return Some(verdict.to_string());
    }
    if let Some(text) = field.text() {
        return Some(text.to_string());
    }
    let set: Vec<&str> = inside
        .iter()
        .filter(|inner| inner.value() == Some(Value::Flag(true)))
        .map(|inner| inner.info.label)
        .collect();
    if !set.is_empty() {
        return Some(set.join(", "));
    }
    // An item of a list is what it begins with: the kind of an option, the name of a record.
    let first =
        inside.first().filter(|_| field.info.role == Role::Group && field.info.format == Format::Bytes)?;
    match (first.text(), first.value()?) {
        (Some(name), _) if name == field.info.label => None,
        (Some(name), _) => Some(name.to_string()),
        (None, Value::Name(name)) => Some(name.to_string()),
        _ => None,
    }
}

/// The same for one field, with those that follow it in its layer.
#[cfg(feature = "explain")]
pub(crate) fn meaning_in<B: AsRef<[u8]>>(
    packet: &Packet<B>,
    field: &FieldRef<'_>,
    behind: &[FieldRef<'_>],
) -> Option<String> {
    let end = field.start.saturating_add(field.bits);
    let inside = match field.info.role {
        Role::Group => behind.iter().take_while(|inner| inner.bits > 0 && inner.start < end).count(),
        _ => 0,
    };
    meaning(field, behind.get(..inside).unwrap_or(&[]), &verdicts(packet))
}

/// Splits the fields of a layer into the first one, those inside its range if it is a group, and the rest.
pub(crate) fn split<'f, 'a>(
    fields: &'f [FieldRef<'a>],
) -> Option<(&'f FieldRef<'a>, &'f [FieldRef<'a>], &'f [FieldRef<'a>])> {
    let (first, rest) = fields.split_first()?;
    let end = first.start.saturating_add(first.bits);
    let inside = match first.info.role {
        Role::Group => rest
            .iter()
            .take_while(|field| {
                field.start >= first.start && field.start.saturating_add(field.bits) <= end && field.bits > 0
            })
            .count(),
        _ => 0,
    };
    let (inside, rest) = rest.split_at_checked(inside)?;
    Some((first, inside, rest))
}
