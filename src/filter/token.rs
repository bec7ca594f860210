//! The text of a filter as words, strings and signs, each with its place.

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take, take_while_m_n};
use nom::character::complete::{char, multispace0, satisfy};
use nom::combinator::{map, map_opt, not, recognize, value};
use nom::multi::{fold_many0, many1_count};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::filter::BadFilter;

/// One piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: TokenKind<'a>,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'a> {
    /// A name, number, address, or anything else without spaces: what it is depends on where it stands.
    Word(&'a str),
    /// `"GET"`, with the escapes undone.
    Text(Vec<u8>),
    /// `'G'`, which is a number.
    Char(u8),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// All signs, those that begin like others before them.
const SIGNS: [&str; 30] = [
    "===", "!==", "==", "!=", "~=", ">=", "<=", "&&", "||", "^^", "..", ">", "<", "=", "!", "~", "&", "|",
    "^", "(", ")", "{", "}", "[", "]", ",", "#", "+", "*", "%",
];

/// The pieces of a filter.
///
/// # Errors
/// [`BadFilter`] at what can stand nowhere in one.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, BadFilter> {
    let mut found = Vec::new();
    let mut rest = skip_spaces(text);
    while !rest.is_empty() {
        let start = text.len().saturating_sub(rest.len());
        let Ok((behind, kind)) = token(rest) else {
            let first = rest.chars().next().unwrap_or(' ');
            let message = match first {
                '"' | '\'' => "this quotation mark is not closed, or an escape in it is not known; \\xff, \\n, \\\" and \\\\ are".to_owned(),
                '\u{2018}'..='\u{201f}' => format!("{first} is a quotation mark of word processors; write \""),
                first if first.is_alphanumeric() => format!("'{first}' has no meaning in a filter"),
                first => format!("'{}' has no meaning in a filter", first.escape_default()),
            };
            return Err(BadFilter::new(start..start.saturating_add(first.len_utf8()), message));
        };
        found.push(Token { kind, span: start..text.len().saturating_sub(behind.len()) });
        rest = skip_spaces(behind);
    }
    Ok(found)
}

fn skip_spaces(text: &str) -> &str {
    multispace0::<&str, nom::error::Error<&str>>(text).map_or(text, |(rest, _)| rest)
}

fn token(input: &str) -> IResult<&str, TokenKind<'_>> {
    alt((
        map(raw, TokenKind::Text),
        map(word, TokenKind::Word),
        map(text, TokenKind::Text),
        map(one, TokenKind::Char),
        sign,
    ))
    .parse(input)
}

/// Letters, digits, and what stands inside of addresses and prefixes; a dot only if no second one follows.
fn word(input: &str) -> IResult<&str, &str> {
    let inside = satisfy(|c| c.is_ascii_alphanumeric() || "_:-/\\".contains(c));
    recognize(many1_count(alt((inside, terminated(char('.'), not(char('.'))))))).parse(input)
}

fn sign(input: &str) -> IResult<&str, TokenKind<'_>> {
    for sign in SIGNS {
        if let Some(rest) = input.strip_prefix(sign) {
            return Ok((rest, TokenKind::Sign(sign)));
        }
    }
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag)))
}

/// `r"..."`: nothing in it is an escape.
fn raw(input: &str) -> IResult<&str, Vec<u8>> {
    let inside =
        recognize(nom::multi::many0_count(alt((is_not("\\\""), preceded(char('\\'), take(1usize))))));
    map(delimited(alt((tag("r\""), tag("R\""))), inside, char('"')), |text: &str| text.as_bytes().to_vec())
        .parse(input)
}

fn text(input: &str) -> IResult<&str, Vec<u8>> {
    let plain = map(is_not("\\\""), |text: &str| text.as_bytes().to_vec());
    let piece = alt((plain, map(escape, |byte| vec![byte])));
    let pieces = fold_many0(piece, Vec::new, |mut all: Vec<u8>, piece| {
        all.extend(piece);
        all
    });
    delimited(char('"'), pieces, char('"')).parse(input)
}

fn one(input: &str) -> IResult<&str, u8> {
    let plain = map_opt(satisfy(|c| c != '\'' && c != '\\'), |c| u8::try_from(c).ok());
    delimited(char('\''), alt((plain, escape)), char('\'')).parse(input)
}

/// `\n`, `\x0a`, `\012` and the like.
fn escape(input: &str) -> IResult<&str, u8> {
    let hex = take_while_m_n(1, 2, |c: char| c.is_ascii_hexdigit());
    let octal = take_while_m_n(1, 3, |c: char| matches!(c, '0'..='7'));
    let named = alt((
        value(b'\n', char('n')),
        value(b'\r', char('r')),
        value(b'\t', char('t')),
        value(7, char('a')),
        value(8, char('b')),
        value(12, char('f')),
        value(11, char('v')),
        value(b'"', char('"')),
        value(b'\'', char('\'')),
        value(b'\\', char('\\')),
    ));
    let coded = alt((
        map_opt(preceded(char('x'), hex), |digits| u8::from_str_radix(digits, 16).ok()),
        map_opt(octal, |digits| u8::from_str_radix(digits, 8).ok()),
    ));
    preceded(char('\\'), alt((named, coded))).parse(input)
}
