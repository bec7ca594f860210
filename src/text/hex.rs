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
}

impl fmt::Display for BadHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Reason::Empty => "there is no hex in the text",
            Reason::Odd => "an odd number of hex digits: each byte has two",
            Reason::NotHex => "this is not hex: digits 0-9 and a-f in pairs are",
        })
    }
}

impl core::error::Error for BadHex {}

/// Reads all bytes of a text.
///
/// # Errors
/// [`BadHex`] says what is wrong and where.
pub fn read(text: &str) -> Result<Vec<u8>, BadHex> {
    let (rest, groups) = groups(text).unwrap_or((text, Vec::new()));
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

/// Groups of digits, each with its prefix and what separates it from the next.
fn groups(text: &str) -> IResult<&str, Vec<&str>> {
    preceded(separators, many0(terminated(group, separators))).parse(text)
}

fn group(text: &str) -> IResult<&str, &str> {
    preceded(opt(alt((tag("0x"), tag("0X"), tag("\\x")))), take_while1(|c: char| c.is_ascii_hexdigit()))
        .parse(text)
}

fn separators(text: &str) -> IResult<&str, ()> {
    value(
        (),
        take_while(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '.' | '"' | '\'')),
    )
    .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_and_where() {
        assert_eq!(read("").unwrap_err().reason, Reason::Empty);
        assert_eq!(read(" \n").unwrap_err().reason, Reason::Empty);
        assert_eq!(read("45 0").unwrap_err(), BadHex { reason: Reason::Odd, span: 3..4 });
        assert_eq!(read("45 hello 00").unwrap_err(), BadHex { reason: Reason::NotHex, span: 3..8 });
        assert_eq!(read("45 é").unwrap_err(), BadHex { reason: Reason::NotHex, span: 3..5 });
        assert_eq!(read(r#""\x45\x00""#).unwrap(), [0x45, 0]);
    }
}
