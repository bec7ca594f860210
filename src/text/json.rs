//! Packets from their JSON: the way back from what `decode --json` prints (`layercake.packet/1`, docs/packet.schema.json).
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::render::{Context, json::Object};
//! use layercake::text::json;
//!
//! let frame = hex::decode("4500001c000100004011f6ccc0000201c00002020035003500080000")?;
//! let packet = Decoder::new().packet(Frame::raw(&frame[..]));
//! let text = serde_json::to_string(&Object::new(&packet, Context { number: 1, ..Context::default() }))?;
//! assert_eq!(json::read(&text)?.bytes, frame);
//!
//! let changed = text.replace(r#""name":"ip.ttl","label":"Time to live","offset":8,"length":1,"value":64"#, r#""name":"ip.ttl","offset":8,"length":1,"value":300"#);
//! let error = json::read(&changed).unwrap_err();
//! assert_eq!(error.to_string(), "layers[0].fields[7] (ip.ttl): value 300 does not fit into 8 bits");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The tiles alone make the frame: each writes its bits, no two the same, and together all of them. What is computed from them (aliases,
//! meanings, the summary, findings) is not read, so that a value can be changed and the rest need not follow.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::field::{FieldInfo, Format, Mac, Name, Text};
use crate::names::LinkType;
use crate::packet::registry;
use crate::text::reading::LONGEST_PACKET;
use crate::time::Time;

/// The schema that is read.
const SCHEMA: &str = "layercake.packet/1";

/// A packet out of its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its number in the file that it was in.
    pub number: Option<u64>,
    /// When it was captured.
    pub time: Option<Time>,
    /// The number of its interface, from 0.
    pub interface: u32,
    /// What that is called.
    pub interface_name: Option<String>,
    /// What people have written about it.
    pub comments: Vec<String>,
    /// What its bytes begin with.
    pub link: LinkType,
    /// Its bytes, as far as they were captured.
    pub bytes: Vec<u8>,
    /// Bytes on the wire.
    pub length: usize,
}

/// Why no packet can be made of some JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadJson {
    /// The line that this is about, from 1, where it is no JSON at all.
    pub line: Option<usize>,
    /// The place in the object: `layers[0].fields[7] (ip.ttl)`; empty for all of it.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.message),
            place => write!(f, "{place}: {}", self.message),
        }
    }
}

impl std::error::Error for BadJson {}

fn bad<T>(place: impl Into<String>, message: impl Into<String>) -> Result<T, BadJson> {
    Err(BadJson { line: None, place: place.into(), message: message.into() })
}

/// Whether an object says that it is one of ours, of whatever form and version.
pub fn is_ours(object: &str) -> bool {
    // What stands in a string of another key looks like this only with a backslash before its quotes.
    object.match_indices("\"schema\"").any(|(at, key)| {
        let behind = object.get(at.saturating_add(key.len())..).unwrap_or_default();
        behind
            .trim_start()
            .strip_prefix(':')
            .is_some_and(|behind| behind.trim_start().starts_with("\"layercake.packet"))
    })
}

/// Makes a packet of one object.
///
/// # Errors
/// [`BadJson`] says what is wrong, and in which field.
pub fn read(object: &str) -> Result<Described, BadJson> {
    let value: Value = serde_json::from_str(object).map_err(|error| {
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let message = format!("this is no JSON at column {}: {message}", error.column());
        BadJson { line: Some(error.line()), place: String::new(), message }
    })?;
    let Value::Object(object) = value else { return bad("", "an object is expected") };
    match object.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {}
        Some(schema) if schema.starts_with("layercake.packet.flat") => {
            return bad(
                "schema",
                "the flat form does not say where fields stand; --json without =flat prints the one that can be read",
            );
        }
        Some(schema) => return bad("schema", format!("{} is not known; {SCHEMA} is", short(schema))),
        None => return bad("schema", format!("it is not there; {SCHEMA} is expected")),
    }
    let captured = whole(&object, "", "captured")?;
    let Some(captured) = usize::try_from(captured).ok().filter(|captured| *captured <= LONGEST_PACKET) else {
        return bad("captured", format!("{captured} bytes; the longest packet has {LONGEST_PACKET}"));
    };
    let length = match object.contains_key("length") {
        true => whole(&object, "", "length")?,
        false => captured as u64,
    };
    let number = object.contains_key("number").then(|| whole(&object, "", "number")).transpose()?;
    let interface = match object.contains_key("interface") {
        true => whole(&object, "", "interface")?,
        false => 0,
    };
    let Ok(interface) = u32::try_from(interface) else {
        return bad("interface", format!("{interface} is too large"));
    };
    let comments: Vec<String> = match object.get("comments") {
        None => Vec::new(),
        Some(Value::Array(comments)) if comments.iter().all(Value::is_string) => {
            comments.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(_) => return bad("comments", "an array of strings is expected"),
    };
    let frame = Frame { bytes: vec![0; captured], owned: vec![0; captured] };
    Ok(Described {
        number,
        time: text(&object, "time")?.map(time).transpose()?,
        interface,
        interface_name: text(&object, "interface_name")?.map(str::to_owned),
        comments,
        link: link(&object)?,
        bytes: layers(&object, frame)?,
        length: usize::try_from(length).unwrap_or(usize::MAX),
    })
}

/// At most so much of a text that is told back.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    format!("{short:?}")
}

fn at(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}: {name}") }
}

fn whole(object: &Map<String, Value>, place: &str, name: &str) -> Result<u64, BadJson> {
    match object.get(name) {
        Some(value) => match value.as_u64() {
            Some(number) => Ok(number),
            None => bad(at(place, name), format!("a whole number is expected, not {}", kind(value))),
        },
        None => bad(at(place, name), "it is not there"),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, BadJson> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(value) => bad(name, format!("a string is expected, not {}", kind(value))),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => short(&number.to_string()).trim_matches('"').to_owned(),
        Value::String(text) => short(text),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Seconds since 1970, with a fraction.
fn time(text: &str) -> Result<Time, BadJson> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let read = || {
        let seconds: u64 = seconds.parse().ok()?;
        let fraction: u64 = format!("{fraction:0<9}").parse().ok()?;
        seconds.checked_mul(1_000_000_000)?.checked_add(fraction).map(Time::from_nanoseconds)
    };
    let time = if fraction.len() <= 9 && digits(seconds) && digits(fraction) { read() } else { None };
    match time {
        Some(time) => Ok(time),
        None => bad("time", format!("{} is no number of seconds since 1970", short(text))),
    }
}

fn link(object: &Map<String, Value>) -> Result<LinkType, BadJson> {
    let Some(name) = text(object, "link")? else { return bad("link", "it is not there") };
    let number = || name.parse().ok().map(LinkType);
    let named = || (0..=0xffff).map(LinkType).find(|link| link.name() == Some(name));
    match number().or_else(named) {
        Some(link) => Ok(link),
        None => bad("link", format!("{} is no link type", short(name))),
    }
}

/// A frame, and which of its bits have been written.
struct Frame {
    bytes: Vec<u8>,
    owned: Vec<u8>,
}

fn layers(object: &Map<String, Value>, mut frame: Frame) -> Result<Vec<u8>, BadJson> {
    let Some(Value::Array(layers)) = object.get("layers") else {
        return bad("layers", "an array is expected");
    };
    for (index, layer) in layers.iter().enumerate() {
        let place = format!("layers[{index}]");
        match layer.get("fields") {
            Some(Value::Array(inside)) => fields(inside, &place, &mut frame)?,
            _ => return bad(place, "fields: an array is expected"),
        }
    }
    match frame.owned.iter().position(|bits| *bits != 0xff) {
        Some(byte) => bad("layers", format!("no field says what all bits of byte {byte} are")),
        None => Ok(frame.bytes),
    }
}

fn fields(fields: &[Value], place: &str, frame: &mut Frame) -> Result<(), BadJson> {
    for (index, field) in fields.iter().enumerate() {
        let place = format!("{place}.fields[{index}]");
        let Value::Object(field) = field else { return bad(place, "an object is expected") };
        let Some(name) = field.get("name").and_then(Value::as_str) else {
            return bad(place, "it has no name");
        };
        let told = || format!("{place} ({})", short(name).trim_matches('"'));
        let is_not_its_own = |key| field.get(key).is_some_and(|value| *value == Value::Bool(true));
        if is_not_its_own("alias") || is_not_its_own("generated") {
            continue;
        }
        match field.get("fields") {
            Some(Value::Array(inside)) => self::fields(inside, &place, frame)?,
            Some(_) => return bad(told(), "fields: an array is expected"),
            // A group of which nothing is there has no value.
            None if !field.contains_key("value") => {}
            None => tile(field, name, &told, frame)?,
        }
    }
    Ok(())
}

/// Writes the bits of a field.
fn tile(
    field: &Map<String, Value>,
    name: &str,
    place: &dyn Fn() -> String,
    frame: &mut Frame,
) -> Result<(), BadJson> {
    let (offset, length) = (whole(field, &place(), "offset")?, whole(field, &place(), "length")?);
    let all = frame.bytes.len().saturating_mul(8);
    let bytes = offset.checked_mul(8).zip(length.checked_mul(8));
    let bits = match field.get("bits") {
        None => bytes,
        Some(Value::Array(bits)) => match bits.as_slice() {
            [start, width] => {
                let start = start.as_u64().filter(|start| *start < 8);
                let start = start.and_then(|start| offset.checked_mul(8)?.checked_add(start));
                start.zip(width.as_u64())
            }
            _ => None,
        },
        Some(_) => None,
    };
    let Some((start, width)) = bits else {
        return bad(place(), "offset, length or bits are no place in a frame");
    };
    let (start, width) =
        (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(width).unwrap_or(usize::MAX));
    if start.checked_add(width).is_none_or(|end| end > all) {
        let captured = frame.bytes.len();
        return bad(place(), format!("it reaches behind the {captured} bytes that were captured"));
    }
    let Some(value) = field.get("value") else { return Ok(()) };
    let info = declared(name);
    let format = match (info, value) {
        (Some(info), _) => info.format,
        (None, Value::Number(_)) => Format::Number,
        (None, Value::Bool(_)) => Format::Flag,
        (None, _) => Format::Bytes,
    };
    if let (true, Value::String(shown)) = (format.is_bytes(), value) {
        // What is text or a name stands beside its bytes, unless the text is just them.
        let digits = match (field.get("raw"), format) {
            (Some(Value::String(raw)), _) => Cow::Borrowed(raw.as_str()),
            (None, Format::Bytes) => Cow::Borrowed(shown.as_str()),
            (None, Format::Text) => Cow::Owned(hex::encode(shown)),
            _ => return bad(place(), "raw: the bytes of the name in hex are expected"),
        };
        let digits = &*digits;
        let wanted = width.div_ceil(4);
        if let Ok(bytes) = hex::decode(digits)
            && !says(format, &bytes, shown)
        {
            let shown = short(shown);
            return bad(place(), format!("value {shown} is not what raw says; raw is what the field has"));
        }
        if digits.len() != wanted || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return bad(place(), format!("value {} is not {wanted} hex digits", short(digits)));
        }
        // Of an odd number of bits, the first digit has fewer.
        let mut at = start;
        for (index, digit) in digits.chars().enumerate() {
            let bits = match width.checked_rem(4) {
                Some(odd @ 1..) if index == 0 => odd,
                _ => 4,
            };
            let digit = u128::from(digit.to_digit(16).unwrap_or(0));
            frame.write(at, bits, digit).map_err(|message| told(place(), message))?;
            at = at.saturating_add(bits);
        }
        return Ok(());
    }
    if width > 128 {
        return bad(place(), format!("value {} is not {} hex digits", kind(value), width.div_ceil(4)));
    }
    let mut number = number(info, format, value, width).map_err(|message| told(place(), message))?;
    if let Some(raw) = field.get("raw") {
        // A number in another byte order has it, and one name can stand for both.
        let turned = number.swap_bytes().checked_shr(128usize.saturating_sub(width) as u32).unwrap_or(0);
        let raw = raw.as_str().and_then(|raw| u128::from_str_radix(raw, 16).ok());
        number = match raw.filter(|raw| *raw == number || *raw == turned) {
            Some(raw) => raw,
            None => return bad(place(), format!("value {} is not what raw says", kind(value))),
        };
    }
    frame.write(start, width, number).map_err(|message| told(place(), message))
}

/// Whether bytes are what is shown of them, as far as they alone can say: a name can go on elsewhere.
fn says(format: Format, bytes: &[u8], shown: &str) -> bool {
    let name = Name::alone(bytes);
    let name = match format {
        // A few fields are one or the other, as a flag beside them says.
        Format::Text | Format::Name if Text::padded(bytes).to_string() == shown => return true,
        Format::Text | Format::Name => name,
        Format::NetBios => name.net_bios(),
        _ => return true,
    };
    let text = name.to_string();
    match text.strip_suffix("...") {
        Some(start) if !name.is_sound() => shown.starts_with(start),
        _ => text == shown,
    }
}

fn told(place: String, message: String) -> BadJson {
    BadJson { line: None, place, message }
}

impl Frame {
    /// Writes the bits of a number. Nobody may have written them before.
    fn write(&mut self, start: usize, width: usize, number: u128) -> Result<(), String> {
        let end = start.saturating_add(width);
        let mut at = start;
        while at < end {
            let (byte, first) = (at / 8, at % 8);
            let take = end.saturating_sub(at).min(8usize.saturating_sub(first));
            let behind = end.saturating_sub(at).saturating_sub(take);
            // The bits of this byte, moved to where they stand in it.
            let unused = 8usize.saturating_sub(first).saturating_sub(take);
            let mask = (0xffu8 >> first) & (0xffu8 << unused);
            let part = ((number.checked_shr(behind as u32).unwrap_or(0) as u8) << unused) & mask;
            let (Some(bits), Some(owned)) = (self.bytes.get_mut(byte), self.owned.get_mut(byte)) else {
                return Err("it reaches behind the end".to_owned());
            };
            if *owned & mask != 0 {
                return Err(format!("another field has said what byte {byte} is"));
            }
            *bits |= part;
            *owned |= mask;
            at = at.saturating_add(take);
        }
        Ok(())
    }
}

/// The bits that a value stands for.
fn number(info: Option<&FieldInfo>, format: Format, value: &Value, width: usize) -> Result<u128, String> {
    let wrong = |wanted: &str| Err(format!("value {} is no {wanted}", kind(value)));
    let (number, bits) = match (format, value) {
        (Format::Flag, Value::Bool(flag)) => (u128::from(*flag), 1),
        (Format::Number | Format::Hex | Format::Little, Value::Number(_) | Value::String(_)) => {
            let number = match value {
                Value::Number(number) => number.as_u64(),
                _ => value.as_str().and_then(|text| text.parse().ok()),
            };
            let Some(number) = number else { return wrong("whole number") };
            let scale = info.map_or(1, |info| u64::from(info.scale.max(1)));
            let Some(0) = number.checked_rem(scale) else {
                return Err(format!("value {number} is no multiple of {scale}"));
            };
            let number = u128::from(number.checked_div(scale).unwrap_or(0));
            if width < 128 && number.checked_shr(width as u32).is_some_and(|rest| rest != 0) {
                return Err(format!("value {} does not fit into {width} bits", kind(value)));
            }
            (number, width)
        }
        (Format::Mac, Value::String(text)) => match text.parse::<Mac>() {
            Ok(mac) => (mac.0.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)), 48),
            Err(_) => return wrong("Ethernet address"),
        },
        (Format::Ipv4, Value::String(text)) => match text.parse::<Ipv4Addr>() {
            Ok(address) => (u128::from(address.to_bits()), 32),
            Err(_) => return wrong("IPv4 address"),
        },
        (Format::Ipv6, Value::String(text)) => match text.parse::<Ipv6Addr>() {
            Ok(address) => (address.to_bits(), 128),
            Err(_) => return wrong("IPv6 address"),
        },
        (Format::Flag, _) => return wrong("true or false"),
        (Format::Mac, _) => return wrong("Ethernet address"),
        (Format::Ipv4, _) => return wrong("IPv4 address"),
        (Format::Ipv6, _) => return wrong("IPv6 address"),
        (Format::Number | Format::Hex | Format::Little, _) => return wrong("whole number"),
        (Format::Bytes, _) => return wrong("hex"),
        (Format::Text | Format::Name | Format::NetBios, _) => return wrong("text"),
    };
    if bits != width {
        return Err(format!("its value has {bits} bits, its place {width}"));
    }
    Ok(number)
}

/// What a field is, by its name alone.
fn declared(name: &str) -> Option<&'static FieldInfo> {
    static KNOWN: OnceLock<BTreeMap<&str, &FieldInfo>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let protocols = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
        let rows = protocols.flat_map(|protocol| protocol.all_tables()).flatten();
        rows.map(|info| (info.name, info)).collect()
    });
    known.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    /// A packet of one byte, with these fields.
    fn with(fields: &str) -> String {
        format!(
            r#"{{"schema":"layercake.packet/1","link":"raw","captured":1,"layers":[{{"fields":[{fields}]}}]}}"#
        )
    }

    #[test]
    fn bits_find_their_places() {
        let text = with(
            r#"{"name":"ip.version","offset":0,"length":1,"bits":[0,4],"value":4},
            {"name":"ip.hdr_len","offset":0,"length":1,"bits":[4,4],"value":20}"#,
        );
        let read = read(&text).unwrap();
        assert_eq!((read.bytes.as_slice(), read.length, read.link), (&[0x45][..], 1, LinkType::RAW));
        assert_eq!((read.time, read.number, read.interface), (None, None, 0));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(said("{"), "this is no JSON at column 1: EOF while parsing an object");
        assert_eq!(said("[1]"), "an object is expected");
        assert_eq!(said("{}"), "schema: it is not there; layercake.packet/1 is expected");
        assert_eq!(
            said(r#"{"schema":"layercake.packet/7"}"#),
            "schema: \"layercake.packet/7\" is not known; layercake.packet/1 is"
        );
        assert!(said(r#"{"schema":"layercake.packet.flat/1"}"#).contains("the flat form"));
        assert_eq!(said(r#"{"schema":"layercake.packet/1"}"#), "captured: it is not there");
        assert_eq!(
            said(r#"{"schema":"layercake.packet/1","captured":-1}"#),
            "captured: a whole number is expected, not -1"
        );
        assert_eq!(
            said(r#"{"schema":"layercake.packet/1","captured":99999999}"#),
            "captured: 99999999 bytes; the longest packet has 262144"
        );
        assert_eq!(said(&with("")), "layers: no field says what all bits of byte 0 are");
        assert_eq!(said(&with("1")), "layers[0].fields[0]: an object is expected");
        let one = |rest: &str| said(&with(&format!(r#"{{"name":"ip.ttl",{rest}}}"#)));
        let place = "layers[0].fields[0] (ip.ttl)";
        assert_eq!(one(r#""length":1,"value":1"#), format!("{place}: offset: it is not there"));
        assert_eq!(
            one(r#""offset":1,"length":1,"value":1"#),
            format!("{place}: it reaches behind the 1 bytes that were captured")
        );
        assert_eq!(
            one(r#""offset":0,"length":1,"value":"x""#),
            format!("{place}: value \"x\" is no whole number")
        );
        assert_eq!(
            one(r#""offset":0,"length":1,"value":256"#),
            format!("{place}: value 256 does not fit into 8 bits")
        );
        assert_eq!(
            one(r#""offset":18446744073709551615,"length":1,"value":1"#),
            format!("{place}: offset, length or bits are no place in a frame")
        );
        let twice = r#"{"name":"ip.ttl","offset":0,"length":1,"value":1}"#;
        assert_eq!(
            said(&with(&format!("{twice},{twice}"))),
            "layers[0].fields[1] (ip.ttl): another field has said what byte 0 is"
        );
        let scaled = r#"{"name":"ip.hdr_len","offset":0,"length":1,"bits":[4,4],"value":24,"raw":"5"}"#;
        assert_eq!(said(&with(scaled)), "layers[0].fields[0] (ip.hdr_len): value 24 is not what raw says");
        // Of any depth.
        let deep = format!("{}{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(said(&deep).contains("recursion limit"), "{}", said(&deep));
    }

    #[test]
    fn ours_are_told_from_others() {
        assert!(is_ours(r#"{ "layers": [], "schema" : "layercake.packet/1"}"#));
        assert!(!is_ours(r#"{"hex":"\"schema\":\"layercake.packet/1\""}"#));
        assert!(!is_ours(r#"{"data":"4500"}"#));
    }
}
