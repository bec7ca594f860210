//! The value of one field: from text to bits, and back.

use core::cell::RefCell;
use std::collections::BTreeMap;

use crate::field::literal::{self, Literal};
use crate::field::name::{self, LONGEST};
use crate::field::{FieldInfo, Format, Value as Shown};
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

/// Bytes with colons between them.
fn colons(word: &str) -> Option<Vec<u8>> {
    word.contains(':').then(|| literal::bytes(word))?
}

/// Reads a value for a field that has `width` bits, or as many as the value has if that is 0.
pub(super) fn read(info: &FieldInfo, width: usize, term: &Term<'_>) -> Result<Encoded, String> {
    match (&term.value, info.format) {
        (Value::Text(text), Format::Name) => encoded_name(&String::from_utf8_lossy(text)),
        (Value::Text(text), format) if format.is_bytes() => sized(info, width, text.clone()),
        (Value::Word(word), format) if format.is_bytes() => {
            match (hex(word).or_else(|| colons(word)), format) {
                (Some(bytes), _) => sized(info, width, bytes),
                (None, Format::Name) => encoded_name(word),
                (None, Format::Text) => sized(info, width, word.as_bytes().to_vec()),
                (None, _) => {
                    Err(format!("'{word}' is no row of bytes; they are written as 0x0011, text as \"abc\""))
                }
            }
        }
        (Value::Word(word), _) => bits(info, word).map(Encoded::Bits),
        (Value::Text(text), _) => {
            let word = String::from_utf8_lossy(text);
            bits(info, &word).map(Encoded::Bits)
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

fn bits(info: &FieldInfo, word: &str) -> Result<u128, String> {
    let literal = Literal::read(info, word)?;
    let bits = info.format.bits(literal.value(), info.scale);
    bits.ok_or_else(|| format!("'{word}' is no value of {}", info.name))
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
            match name.filter(is_word).filter(|name| is_first(info, number, name)) {
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

/// Whether a name is that of this value and of none before, which is found out once.
fn is_first(info: &FieldInfo, number: u64, name: &str) -> bool {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<(usize, u64), bool>> = const { RefCell::new(BTreeMap::new()) };
    }
    let Some(names) = info.names else { return false };
    KNOWN.with_borrow_mut(|known| {
        let is = known.entry((names as usize, number));
        *is.or_insert_with(|| literal::value_named(info, name) == Some(number))
    })
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
