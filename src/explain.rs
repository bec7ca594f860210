//! What things are: a header, drawn as the RFCs draw it; a field; a number; an address; a subnet.
//!
//! Everything here is read from the same tables as the rest of the house, and is a value that prints itself.
//!
//! - [`HeaderPage`]: a protocol, with its [`Diagram`], the numbers that lead to it, and its fields.
//! - [`FieldPage`]: a field, with its place, and the names of its values.
//! - [`Number`]: everything that a number is called.
//! - [`Address`]: an address of IPv4, IPv6 or Ethernet.
//! - [`Subnet`]: masks, the first and the last host, splitting, nesting.
//! - [`Packet`](crate::packet::Packet): [`filled`] draws a header of one, with its values.
//!
//! [`Page`] finds out which of them a text stands for.
//!
//! ```
//! use layercake::explain::Page;
//!
//! assert!(Page::of("ip.flags")?.to_string().contains("byte 6, bits 0 to 2 of the header"));
//! assert!(Page::of("0x0806")?.to_string().contains("ARP"));
//! assert!(Page::of("port 443")?.to_string().contains("https"));
//! assert!(Page::of("192.168.0.186/24")?.to_string().contains("192.168.0.255"));
//!
//! let bad = Page::of("192.168.0.256").unwrap_err();
//! assert_eq!(bad.span, 10..13);
//! assert_eq!(bad.to_string(), "256 is more than a byte holds; each of the four parts is 0 to 255");
//! assert_eq!(Page::of("tcp.prot").unwrap_err().suggestions, ["tcp.port"]);
//! # Ok::<(), layercake::explain::BadInput>(())
//! ```

mod address;
mod diagram;
mod field;
mod filled;
mod header;
mod literal;
mod number;
mod subnet;

use std::fmt;

pub use crate::mistake::Mistake as BadInput;
pub use address::Address;
pub use diagram::Diagram;
pub use field::FieldPage;
pub use filled::{Filled, filled};
pub use header::HeaderPage;
pub use number::{Meaning, Number};
pub use subnet::{Count, Relation, Subnet};

use crate::filter::catalogue;
use crate::near::nearest;
use literal::Piece;

/// What a text stands for, explained. With `{:#}` nothing is left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Page {
    /// A protocol.
    Header(HeaderPage),
    /// A field.
    Field(FieldPage),
    /// What is known of a frame as a whole, or what is no header: its name, and what it is.
    Known(String, &'static str),
    /// A number.
    Number(Number),
    /// The value of a field: the field, the value, and its name.
    Value(FieldPage, u64),
    /// An address.
    Address(Address),
    /// An address in its network.
    Network(Subnet),
}

impl Page {
    /// What a text stands for: the name of a protocol or a field, a number with what it counts or without, an address, a network.
    ///
    /// # Errors
    /// [`BadInput`] at what is nothing of that, with what may have been meant.
    pub fn of(text: &str) -> Result<Self, BadInput> {
        // Names of values are asked for as filters have them too: `ip.proto == 6`.
        let plain = text.replace("==", "  ");
        let words: Vec<Piece<'_>> = Piece::words(&plain).collect();
        let addresses = words.iter().any(|word| starts_address(word.text));
        match words.as_slice() {
            [] => Err(BadInput::new(0..text.len(), "there is nothing to explain").hint(FORMS)),
            [word] => Self::of_word(*word),
            _ if addresses => Subnet::parse(&plain).map(Self::Network),
            [kind @ .., last] => Self::of_kind(&plain, kind, *last),
        }
    }

    fn of_word(word: Piece<'_>) -> Result<Self, BadInput> {
        let text = word.text;
        if let Some(page) = HeaderPage::find(text) {
            return Ok(Self::Header(page));
        }
        if let Some(page) = FieldPage::find(text) {
            return Ok(Self::Field(page));
        }
        if let Some(label) = catalogue::known(text) {
            return Ok(Self::Known(text.to_string(), label));
        }
        if let Some(mac) = literal::mac(text) {
            return Ok(Self::Address(Address::Mac(mac)));
        }
        if let Some(number) = number(text) {
            return number.map(|number| Self::Number(Number::new(number))).ok_or_else(|| too_long(word));
        }
        if text.contains('/') && starts_address(text) {
            let before = " ".repeat(word.at);
            return Subnet::parse(&format!("{before}{text}")).map(Self::Network);
        }
        if starts_address(text) {
            return literal::address(word).map(|address| Self::Address(Address::Ip(address)));
        }
        let names: Vec<&str> = catalogue::names().into_iter().chain(HeaderPage::words()).collect();
        // `ttl` for `ip.ttl`, and what is written with a fault.
        let tail = format!(".{}", text.to_ascii_lowercase());
        let mut same: Vec<&str> = names.iter().copied().filter(|name| name.ends_with(&tail)).collect();
        same.sort_by_key(|name| name.len());
        let mut meant: Vec<String> = same.into_iter().take(3).map(str::to_string).collect();
        if meant.is_empty() {
            meant = nearest(text, names.iter().copied());
        }
        let bad = word.bad("this is the name of no protocol or field, no number and no address");
        Err(BadInput { suggestions: meant, ..bad.hint(FORMS) })
    }

    /// A number with words that say what it counts, or a field's name.
    fn of_kind(text: &str, kind: &[Piece<'_>], last: Piece<'_>) -> Result<Self, BadInput> {
        let (Some(first), Some(end)) = (kind.first(), kind.last()) else { return Self::of_word(last) };
        let Some(value) = number(last.text) else {
            let bad = last.bad("a number is expected here");
            return Err(bad.hint("one thing is explained at a time: tcp.port, or port 443"));
        };
        let value = value.ok_or_else(|| too_long(last))?;
        if let ([_], Some(page)) = (kind, FieldPage::find(first.text)) {
            return Ok(Self::Value(page, value));
        }
        let words = text.get(first.at..end.end()).unwrap_or("");
        Number::new(value).of(words).map(Self::Number).ok_or_else(|| {
            let kinds: Vec<String> = Number::kinds().collect();
            let span = first.at..end.end();
            let unknown = kind.iter().find(|word| !kinds.contains(&word.text.to_ascii_lowercase()));
            let meant = nearest(unknown.unwrap_or(first).text, kinds.iter().map(String::as_str));
            let bad = BadInput::new(
                unknown.map_or(span, |word| word.span()),
                "this is no kind of number that has names",
            );
            BadInput { suggestions: meant, ..bad.hint(KINDS) }
        })
    }
}

const FORMS: &str = "a name (tcp, ip.flags), a number (0x0806, port 443) or an address (203.0.113.12, 192.168.0.186/24) is expected";
const KINDS: &str =
    "there are port, proto, ethertype, tcp option, dhcp option, icmp type, dns type, link type and more";

/// A number in decimal, or in another base with its prefix: nothing if it is none, `None` inside if it is too long.
#[allow(clippy::option_option)]
fn number(text: &str) -> Option<Option<u64>> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0b") => (lower.get(2..)?, 2),
        _ => (lower.as_str(), 10),
    };
    let whole = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    whole.then(|| u64::from_str_radix(digits, radix).ok())
}

fn too_long(word: Piece<'_>) -> BadInput {
    word.bad("this number is longer than 64 bits").hint("no field that has a name is that wide")
}

/// Whether a word can be meant as nothing but an address.
fn starts_address(text: &str) -> bool {
    let dotted = text.contains('.') && text.starts_with(|first: char| first.is_ascii_digit());
    text.contains(':')
        || dotted
        || text.contains('/') && text.starts_with(|first: char| first.is_ascii_digit())
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(page) => page.fmt(f),
            Self::Field(page) => page.fmt(f),
            Self::Known(name, label) => writeln!(f, "{name}  {label}"),
            Self::Number(number) => number.fmt(f),
            Self::Value(page, value) => value_of(f, page, *value),
            Self::Address(address) => address.fmt(f),
            Self::Network(subnet) => {
                Address::Ip(subnet.address()).fmt(f)?;
                write!(f, "\n{subnet}")
            }
        }
    }
}

fn value_of(f: &mut fmt::Formatter<'_>, page: &FieldPage, value: u64) -> fmt::Result {
    let values = page.values();
    let name = values.iter().find(|(number, _)| *number == value).map(|(_, name)| *name);
    if let Some(info) = page.info() {
        let name = name.unwrap_or("a value without a name");
        writeln!(f, "{} {value} = {value:#x}: {name}\n", info.name)?;
    }
    page.show_first(f)
}

/// Lines of columns, as wide as what is in them; the last column of a line has no end.
fn rows(lines: &[Vec<String>], indent: usize) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        for (at, cell) in line.iter().enumerate() {
            let behind = at.saturating_add(1) < line.len();
            if widths.len() <= at {
                widths.push(0);
            }
            if let Some(width) = widths.get_mut(at).filter(|_| behind) {
                *width = (*width).max(cell.chars().count());
            }
        }
    }
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = format!("{:indent$}{}", "", cells.collect::<Vec<_>>().join("  "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
