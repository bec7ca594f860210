//! Plain hex: digits in pairs, with or without something between them.
//!
//! ```
//! use layercake::text::hex::read;
//!
//! let expected = [0x45, 0x00, 0x00, 0x1c];
//! assert_eq!(read("4500001c")?, expected);
//! assert_eq!(read("45 00 00 1C\n")?, expected);
//! assert_eq!(read("45:00:00:1c")?, expected);
//! assert_eq!(read("0x45, 0x00, 0x00, 0x1c")?, expected);
//!
//! let error = read("45 00 0g").unwrap_err();
//! assert_eq!(error.span, 6..8);
//! # Ok::<(), layercake::text::hex::BadHex>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

/// Text that is not hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHex {
    /// What is wrong with it.
    pub reason: Reason,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

/// Why text is not hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none in it.
    Empty,
    /// A group has an odd number of digits.
    Odd,
    /// Something else than hex digits and separators.
    NotHex,
    /// The lines begin with offsets, which would be taken for bytes.
    Offsets,
}

impl fmt::Display for BadHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Reason::Empty => "there is no hex in the text",
            Reason::Odd => "an odd number of hex digits: each byte has two, one is missing here or too many",
            Reason::NotHex => "this is not hex: bytes are pairs of the digits 0-9 and a-f",
            Reason::Offsets => {
                "this is a hex dump with offsets, which are not read yet: leave them out (xxd -p does)"
            }
        })
    }
}

impl core::error::Error for BadHex {}

/// Reads all bytes of a text.
///
/// # Errors
/// [`BadHex`] says what is wrong and where.
pub fn read(text: &str) -> Result<Vec<u8>, BadHex> {
    if let Some(span) = offset(text) {
        return Err(BadHex { reason: Reason::Offsets, span });
    }
    let (rest, groups) = groups(text).unwrap_or((text, Vec::new()));
    let rest = rest.trim_start();
    let at = |part: &str| (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    // Half a pair in front of a strange character is part of the strange word.
    let strange = if rest.is_empty() { usize::MAX } else { at(rest) };
    let ends = |group: &str| at(group).saturating_add(group.len());
    if let Some(odd) = groups.iter().find(|group| group.len() % 2 == 1 && ends(group) < strange) {
        let start = at(odd);
        return Err(BadHex { reason: Reason::Odd, span: start..start.saturating_add(odd.len()) });
    }
    if !rest.is_empty() {
        // The whole word that the strange character is in.
        let word = |c: char| !c.is_whitespace();
        let before = text.get(..strange).unwrap_or("");
        let start = before
            .len()
            .saturating_sub(before.chars().rev().take_while(|c| word(*c)).map(char::len_utf8).sum());
        let end = strange.saturating_add(rest.chars().take_while(|c| word(*c)).map(char::len_utf8).sum());
        return Err(BadHex { reason: Reason::NotHex, span: start..end.max(start) });
    }
    let digits: String = groups.concat();
    match hex::decode(&digits) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(BadHex { reason: Reason::Empty, span: 0..text.len() }),
    }
}

/// The first offset, if lines begin with them: a number of four digits or more that says how many bytes came before
/// it, and that a colon or a group of another width follows.
fn offset(text: &str) -> Option<Range<usize>> {
    let mut found = None;
    let (mut bytes, mut start) = (0usize, 0usize);
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let at = start.saturating_add(line.len().saturating_sub(line.trim_start().len()));
        start = start.saturating_add(line.len());
        let prefix = if content.starts_with("0x") || content.starts_with("0X") { 2 } else { 0 };
        let digits = content.get(prefix..).unwrap_or("");
        let width = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (number, rest) = digits.split_at_checked(width)?;
        if content.is_empty() {
            continue;
        }
        let next =
            rest.trim_start_matches([':', ' ', '\t']).bytes().take_while(u8::is_ascii_hexdigit).count();
        let says = width >= 4 && usize::from_str_radix(number, 16) == Ok(bytes);
        // The last line may be an offset alone: the length of it all.
        let alone = rest.is_empty() && found.is_some();
        let apart = rest.starts_with(':') || next > 0 && next != width || alone;
        if !says || !apart {
            return None;
        }
        found = found.or(Some(at..at.saturating_add(prefix).saturating_add(width)));
        // What the line holds, as far as it is hex; a column of characters behind it does not matter here.
        let groups = rest.split_whitespace().map(|group| group.trim_matches(':'));
        let pairs =
            groups.take_while(|group| group.len() % 2 == 0 && group.bytes().all(|b| b.is_ascii_hexdigit()));
        bytes = bytes.saturating_add(pairs.take(16).map(|group| group.len() / 2).sum::<usize>().min(16));
    }
    found
}

/// Groups of digits, each with its prefix and what separates it from the next.
fn groups(text: &str) -> IResult<&str, Vec<&str>> {
    preceded(separators, many0(terminated(group, separators))).parse(text)
}

fn group(text: &str) -> IResult<&str, &str> {
    preceded(opt(alt((tag("0x"), tag("0X"), tag("\\x")))), take_while1(|c: char| c.is_ascii_hexdigit()))
        .parse(text)
}

/// White space and punctuation; of points no more than one, because `...` stands for something left out.
fn separators(text: &str) -> IResult<&str, ()> {
    if text.starts_with("..") || text.trim_start().starts_with("..") {
        return Ok((text, ()));
    }
    value(
        (),
        take_while(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '.' | '"' | '\'')),
    )
    .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginnings of what xxd, tcpdump, Wireshark, od and hexdump print. Offsets must never be taken for bytes.
    #[test]
    fn offsets_are_no_bytes() {
        let dumps = [
            "00000000: 4500 001c 0001 0000 4011 f6cc c000 0201  E.......@.......\n00000010: c000 0202",
            "\t0x0000:  4500 001c 0001 0000 4011 f6cc c000 0201\n\t0x0010:  c000 0202 0035 0035 0008 0000",
            "0000   45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01\n0010   c0 00 02 02",
            "000000 45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01\n000010 c0 00 02 02\n000014",
            "0000   45 00 00 1c",
        ];
        for dump in dumps {
            assert_eq!(read(dump).unwrap_err().reason, Reason::Offsets, "{dump}");
        }
        for hex in [
            "0000 0000 0000 4500",
            "4500001c 00010000",
            "000000000000\n4500001c0001",
            "00:00:00:00:00:00:45:00",
        ] {
            assert!(read(hex).is_ok(), "{hex}");
        }
    }

    #[test]
    fn says_what_and_where() {
        assert_eq!(read("").unwrap_err().reason, Reason::Empty);
        assert_eq!(read(" \n").unwrap_err().reason, Reason::Empty);
        assert_eq!(read("45 0").unwrap_err(), BadHex { reason: Reason::Odd, span: 3..4 });
        assert_eq!(read("45 hello 00").unwrap_err(), BadHex { reason: Reason::NotHex, span: 3..8 });
        assert_eq!(read("45 é").unwrap_err(), BadHex { reason: Reason::NotHex, span: 3..5 });
        assert_eq!(read(r#""\x45\x00""#).unwrap(), [0x45, 0]);
        assert_eq!(read("45 00 ...").unwrap_err(), BadHex { reason: Reason::NotHex, span: 6..9 });
        assert_eq!(read("004c.143a").unwrap(), [0x00, 0x4c, 0x14, 0x3a]);
    }
}
