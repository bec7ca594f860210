//! The grammar of words: digits, offsets, groups of digits joined by something.

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::combinator::{all_consuming, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::reading::Offsets;

/// A word of a line, with its place in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub start: usize,
    pub end: usize,
    pub text: &'a str,
}

/// Words of a line that are looked at: a row of a dump has fewer.
const MOST_WORDS: usize = 4096;

/// The words of a line. White space, commas and bars stand between them; pairs and fours of digits that are joined by dashes,
/// points or colons are words of their own.
pub(super) fn words(line: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    let ends = line.char_indices().chain([(line.len(), ' ')]);
    for (at, c) in ends {
        if found.len() >= MOST_WORDS {
            break;
        }
        match (c.is_whitespace() || matches!(c, ',' | '|'), start) {
            (true, Some(from)) => {
                start = None;
                let text = line.get(from..at).unwrap_or_default();
                if !split(text, from, &mut found) {
                    found.push(Word { start: from, end: at, text });
                }
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    found
}

/// Takes `00-4c`, `004c.143a.4000` and `00:4c:14:3a` apart. A time and an address of six pairs with colons stay whole.
fn split<'a>(text: &'a str, from: usize, found: &mut Vec<Word<'a>>) -> bool {
    if text.len() < 5 || !text.contains(['-', '.', ':']) {
        return false;
    }
    let Ok((_, (_, pieces))) = joined(text) else { return false };
    let colons = text.contains(':');
    if pieces < 2 && !text.contains('-') || colons && (pieces < 4 || pieces == 6) {
        return false;
    }
    let mut at = from;
    for piece in text.split(['-', '.', ':']) {
        let end = at.saturating_add(piece.len());
        found.push(Word { start: at, end, text: piece });
        at = end.saturating_add(1);
    }
    true
}

/// Pairs or fours of digits with the same sign between them: how many.
pub(super) fn joined(text: &str) -> IResult<&str, (&str, usize)> {
    for sign in ["-", ".", ":"] {
        for width in [2, 4] {
            let last = preceded(tag(sign), opt(digit_pairs(2)));
            let many = (digit_pairs(width), many0_count(preceded(tag(sign), digit_pairs(width))), opt(last));
            let parsed: IResult<_, _> = all_consuming(many).parse(text);
            if let Ok((rest, (first, more, _))) = parsed
                && more > 0
            {
                return Ok((rest, (first, more.saturating_add(1))));
            }
        }
    }
    Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Digit)))
}

fn digit_pairs<'a>(
    width: usize,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    nom::bytes::complete::take_while_m_n(width, width, |c: char| c.is_ascii_hexdigit())
}

/// A word of digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits<'a> {
    /// Without what stands before and behind.
    pub digits: &'a str,
    /// `0x` stands before them.
    pub prefixed: bool,
}

/// `4c`, `0x4c`, `\x4c`, `$4c`.
pub(super) fn digits(word: &str) -> Option<Digits<'_>> {
    let prefix = opt(alt((tag("0x"), tag("0X"), tag("\\x"), tag("$"))));
    let parsed: IResult<_, _> =
        all_consuming((prefix, take_while1(|c: char| c.is_ascii_hexdigit()))).parse(word);
    let (_, (prefix, digits)) = parsed.ok()?;
    Some(Digits { digits, prefixed: prefix.is_some() })
}

/// A word that can be the offset of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offset {
    pub value: u64,
    /// How many digits it has.
    pub width: usize,
    pub prefixed: bool,
    /// A colon stands behind it.
    pub colon: bool,
}

/// `0010`, `0x0010:`, `00000010h`, `00000000`00000010`.
pub(super) fn offset(word: &str, radix: Offsets) -> Option<Offset> {
    let digits = recognize(take_while1(|c: char| c.is_ascii_hexdigit() || c == '`'));
    let parts = (opt(alt((tag("0x"), tag("0X")))), digits, opt(alt((tag("h"), tag("H")))), opt(tag(":")));
    let parsed: IResult<_, _> = all_consuming(parts).parse(word);
    let (_, (prefix, digits, _, colon)) = parsed.ok()?;
    let (prefixed, colon): (bool, bool) = (Option::is_some(&prefix), Option::is_some(&colon));
    let radix = match radix {
        Offsets::Hex => 16,
        Offsets::Octal if !prefixed => 8,
        Offsets::Decimal if !prefixed => 10,
        _ => return None,
    };
    let (mut value, mut width) = (0u64, 0usize);
    for digit in digits.chars().filter(|c| *c != '`') {
        value = value.checked_mul(radix)?.checked_add(u64::from(digit.to_digit(radix as u32)?))?;
        width = width.saturating_add(1);
    }
    (width >= if prefixed || colon { 2 } else { 3 }).then_some(Offset { value, width, prefixed, colon })
}

/// How a group of digits is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub radix: u32,
    pub bytes: usize,
}

impl Group {
    /// Every way that is known: hex, binary, octal and decimal.
    pub const ALL: [Self; 10] = [
        Self { radix: 16, bytes: 1 },
        Self { radix: 16, bytes: 2 },
        Self { radix: 16, bytes: 4 },
        Self { radix: 16, bytes: 8 },
        Self { radix: 2, bytes: 1 },
        Self { radix: 8, bytes: 1 },
        Self { radix: 8, bytes: 2 },
        Self { radix: 8, bytes: 4 },
        Self { radix: 10, bytes: 1 },
        Self { radix: 10, bytes: 2 },
    ];

    /// The number of a word, and how many bytes it has: a short one stands at the end of a row.
    pub fn read(self, word: &str) -> Option<(u64, usize)> {
        let Digits { digits, prefixed } = digits(word)?;
        let (width, whole) = (digits.len(), self.width());
        let fits = match self.radix {
            16 => width % 2 == 0 && width <= whole,
            10 => width <= whole && (width == whole || width == 1 || !digits.starts_with('0')),
            _ => width == whole,
        };
        if !fits || prefixed && self.radix != 16 {
            return None;
        }
        let number = u64::from_str_radix(digits, self.radix).ok()?;
        let bytes = if self.radix == 16 { width.div_ceil(2) } else { self.bytes };
        let bits = u32::try_from(bytes.saturating_mul(8)).unwrap_or(64);
        (bits >= 64 || number >> bits == 0).then_some((number, bytes))
    }

    /// Digits of a whole group.
    fn width(self) -> usize {
        match (self.radix, self.bytes) {
            (16, bytes) => bytes.saturating_mul(2),
            (2, bytes) => bytes.saturating_mul(8),
            (8, 1) | (10, 1) => 3,
            (8, 2) => 6,
            (10, 2) => 5,
            _ => 11,
        }
    }
}
