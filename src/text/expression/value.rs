//! The value of one field: from text to bits, and back.

use crate::field::name::{self, LONGEST};
use crate::field::{FieldInfo, Format, Mac, Value as Shown};
use crate::text::expression::parse::{Term, Value};

/// What a value stands for in the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoded {
    /// The bits of a number, right-aligned.
    Bits(u128),
    /// Bytes as they are to stand there.
    Bytes(Vec<u8>),
}

/// Hex digits behind `0x`, two a byte.
pub(super) fn hex(word: &str) -> Option<Vec<u8>> {
    hex::decode(word.strip_prefix("0x")?).ok()
}

/// A number: decimal, `0x` hexadecimal or `0b` binary.
pub(super) fn number(word: &str) -> Option<u64> {
    let (digits, radix) = match (word.strip_prefix("0x"), word.strip_prefix("0b")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 2),
        _ => (word, 10),
    };
    let is_number = digits.bytes().all(|digit| digit.is_ascii_alphanumeric());
    u64::from_str_radix(digits, radix).ok().filter(|_| is_number)
}

/// The value that has this name among those of a field, in the unit that is shown.
pub(super) fn named(info: &FieldInfo, name: &str) -> Option<u64> {
    let names = info.names?;
    let last = (1u64 << info.bits.min(16)).saturating_sub(1);
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(name);
    let found = (0..=last).find(|value| names(*value).is_some_and(|known| plain(known) == wanted))?;
    found.checked_mul(u64::from(info.scale))
}

/// Reads a value for a field that has `width` bits, or as many as the value has if that is 0.
pub(super) fn read(info: &FieldInfo, width: usize, term: &Term<'_>) -> Result<Encoded, String> {
    match (&term.value, info.format) {
        (Value::Text(text), Format::Name) => encoded_name(&String::from_utf8_lossy(text)),
        (Value::Text(text), format) if format.is_bytes() => sized(info, width, text.clone()),
        (Value::Word(word), format) if format.is_bytes() => match (hex(word), format) {
            (Some(bytes), _) => sized(info, width, bytes),
            (None, Format::Name) => encoded_name(word),
            (None, Format::Text) => sized(info, width, word.as_bytes().to_vec()),
            (None, _) => {
                Err(format!("'{word}' is no row of bytes; they are written as 0x0011, text as \"abc\""))
            }
        },
        (Value::Word(word), _) => bits(info, width, word).map(Encoded::Bits),
        (Value::Text(text), _) => {
            let word = String::from_utf8_lossy(text);
            bits(info, width, &word).map(Encoded::Bits)
        }
        _ => Err(format!("{} has one value", info.name)),
    }
}

fn encoded_name(text: &str) -> Result<Encoded, String> {
    let mut wire = [0; LONGEST];
    name::encode(text, &mut wire).map(|bytes| Encoded::Bytes(bytes.to_vec())).map_err(|bad| bad.to_string())
}

fn sized(info: &FieldInfo, width: usize, mut bytes: Vec<u8>) -> Result<Encoded, String> {
    let room = width / 8;
    if width > 0 && info.format == Format::Text && bytes.len() < room {
        bytes.resize(room, 0);
    }
    if width > 0 && bytes.len() != room {
        return Err(format!("{} has {room} bytes, these are {}", info.name, bytes.len()));
    }
    Ok(Encoded::Bytes(bytes))
}

fn bits(info: &FieldInfo, width: usize, word: &str) -> Result<u128, String> {
    let fits = |bits: u128| bits.checked_shr(width as u32).unwrap_or(0) == 0;
    match info.format {
        Format::Mac => match word.parse::<Mac>() {
            Ok(mac) => Ok(mac.0.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte))),
            Err(error) => Err(format!("'{word}' is no Ethernet address: {error}")),
        },
        Format::Ipv4 => match word.parse::<core::net::Ipv4Addr>() {
            Ok(address) => Ok(address.to_bits().into()),
            Err(_) => Err(format!("'{word}' is no IPv4 address; one is written as 192.0.2.1")),
        },
        Format::Ipv6 => match word.parse::<core::net::Ipv6Addr>() {
            Ok(address) => Ok(address.to_bits()),
            Err(_) => Err(format!("'{word}' is no IPv6 address; one is written as 2001:db8::1")),
        },
        Format::Flag => match word.to_ascii_lowercase().as_str() {
            "1" | "true" | "set" => Ok(1),
            "0" | "false" => Ok(0),
            _ => Err(format!("'{word}' is no value of a flag; 1 and 0 are")),
        },
        _ => {
            let Some(shown) = number(word).or_else(|| named(info, word)) else {
                let or = if info.names.is_some() { ", and no value of this field has that name" } else { "" };
                return Err(format!("'{word}' is no number{or}"));
            };
            let scale = u64::from(info.scale.max(1));
            let most = u64::MAX.checked_shr(64u32.saturating_sub(width as u32)).unwrap_or(u64::MAX);
            match (shown.checked_rem(scale), shown.checked_div(scale)) {
                (Some(0), Some(bits)) if fits(bits.into()) => Ok(bits.into()),
                (Some(0), _) => {
                    let most = u128::from(most).saturating_mul(scale.into());
                    Err(format!(
                        "{word} is too much for {}, which has {width} bits: {most} at most",
                        info.name
                    ))
                }
                _ => Err(format!("{} counts in steps of {scale}; {word} is none", info.name)),
            }
        }
    }
}

/// The least of the values whose names are looked up for printing: it takes as long as the value is high.
const NAMED: u64 = 512;

/// A value as it is read back: never longer than it must be. `width` is that of the field here.
pub(super) fn show(info: &FieldInfo, width: usize, bytes: &[u8], value: Shown<'_>) -> String {
    let exact = || format!("0x{}", hex::encode(bytes));
    let back = |text: String| {
        let term = Term { span: 0..0, value: Value::Text(text.clone().into_bytes()) };
        match read(info, if info.bits == 0 { 0 } else { width }, &term) {
            Ok(Encoded::Bytes(found)) if found == bytes => quoted(text.as_bytes()),
            _ => None,
        }
    };
    match value {
        Shown::Number(number) => {
            let name = info.name_of(value).filter(|_| number <= NAMED);
            let name = name.map(|name| name.replace(' ', "_"));
            let is_lower = |name: &String| name.bytes().any(|sign| sign.is_ascii_lowercase());
            let name = name.map(|name| if is_lower(&name) { name.to_ascii_lowercase() } else { name });
            let is_word = |name: &String| {
                name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"_-".contains(&sign))
                    && name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
            };
            match name.filter(is_word).filter(|name| named(info, name) == Some(number)) {
                Some(name) => name,
                None if info.format == Format::Hex => format!("{number:#x}"),
                None => number.to_string(),
            }
        }
        Shown::Flag(flag) => u8::from(flag).to_string(),
        Shown::Mac(_) | Shown::Ipv4(_) | Shown::Ipv6(_) => value.to_string(),
        Shown::Bytes(_) => exact(),
        Shown::Text(text) => back(String::from_utf8_lossy(text.0).into_owned()).unwrap_or_else(exact),
        Shown::Name(name) if info.format == Format::Name => back(name.to_string()).unwrap_or_else(exact),
        Shown::Name(_) => exact(),
    }
}

/// Bytes as a string, if they are text that can be read: printable ASCII, tabs and line ends.
pub(super) fn quoted(bytes: &[u8]) -> Option<String> {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => return None,
        }
    }
    text.push('"');
    Some(text)
}
