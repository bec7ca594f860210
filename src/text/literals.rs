//! Lists and strings, as programming languages write them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while_m_n, take_while1};
use nom::character::complete::{char, multispace0, one_of};
use nom::combinator::{all_consuming, map_opt, opt, value};
use nom::multi::{many1, separated_list1};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::reading::{Candidate, Format, LONGEST_PACKET, Pasted};

/// The lines as one text without comments, and where each line begins in it.
struct Joined {
    text: String,
    starts: Vec<usize>,
}

impl Joined {
    fn new(lines: &[String], comments: bool) -> Self {
        let mut joined = Self { text: String::new(), starts: Vec::new() };
        let mut inside = false;
        for line in lines {
            joined.starts.push(joined.text.len());
            let mut rest = line.as_str();
            while !comments && !rest.is_empty() {
                if inside {
                    let Some((_, behind)) = rest.split_once("*/") else { break };
                    (inside, rest) = (false, behind);
                    continue;
                }
                let opens =
                    |at: &usize| matches!(rest.as_bytes().get(at.saturating_add(1)), Some(b'*' | b'/'));
                let comment = rest.match_indices('/').map(|(at, _)| at).find(opens);
                let (before, behind) = comment.and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
                joined.text.push_str(before);
                inside = behind.starts_with("/*");
                rest = if inside { behind.get(2..).unwrap_or_default() } else { "" };
            }
            if comments {
                joined.text.push_str(line);
            }
            joined.text.push('\n');
        }
        joined
    }

    fn lines(&self, span: &Range<usize>) -> Range<usize> {
        let line = |at: usize| self.starts.partition_point(|start| *start <= at);
        line(span.start).saturating_sub(1)..line(span.end.saturating_sub(1))
    }
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Hex(u8),
    Decimal(u8),
}

/// The readings of a text as lists of numbers: `{0x45, 0x00}`, `[69, 0, 0, 76]`, `[69 0 0 76]`.
pub(super) fn lists(lines: &[String]) -> Vec<Candidate> {
    let joined = Joined::new(lines, false);
    let text = joined.text.as_str();
    let mut found: Vec<(Range<usize>, Vec<Number>, Option<usize>)> = Vec::new();
    let (mut open, mut declared, mut closed) = (None, None, true);
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '(' => open = Some(at.saturating_add(1)),
            '}' | ']' | ')' => {
                if let Some(from) = open.take() {
                    let inside = text.get(from..at).unwrap_or_default();
                    match list(inside).as_deref() {
                        // The number of elements stands before them.
                        Some([Number::Decimal(one)]) => declared = Some(usize::from(*one)),
                        Some(numbers) => found.push((from..at, numbers.to_vec(), declared.take())),
                        None => declared = length_of(inside),
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(from) = open
        && let Some(numbers) = text.get(from..).and_then(list).filter(|numbers| numbers.len() > 1)
    {
        closed = false;
        found.push((from..text.len(), numbers, declared));
    }
    let mut weight = 15i32;
    if found.is_empty() {
        let whole = text.trim_start();
        let start = text.len().saturating_sub(whole.len());
        let bare = |numbers: &Vec<Number>| {
            numbers.len() > 1
                && (whole.contains(',') || numbers.iter().all(|number| matches!(number, Number::Hex(_))))
        };
        let Some(numbers) = list(whole).filter(bare) else { return Vec::new() };
        found.push((start..text.trim_end().len(), numbers, None));
        weight = 5;
    }
    let hex =
        found.iter().any(|(_, numbers, _)| numbers.iter().any(|number| matches!(number, Number::Hex(_))));
    let covered = found.iter().fold(0usize, |sum, (span, ..)| sum.saturating_add(span.len()));
    if covered.saturating_mul(4) < text.trim().len() {
        weight = weight.saturating_sub(45);
    }
    weight = weight.saturating_add(if hex { 50 } else { 40 });
    let last = found.len().saturating_sub(1);
    let packets = found.into_iter().enumerate().map(|(at, (span, numbers, declared))| {
        let mut bytes: Vec<u8> = numbers
            .into_iter()
            .map(|number| match number {
                Number::Hex(byte) | Number::Decimal(byte) => byte,
            })
            .collect();
        bytes.truncate(LONGEST_PACKET);
        let missing = match declared {
            Some(declared) if declared > bytes.len() => {
                Some(format!("the list says that it has {declared} elements").into())
            }
            _ => (at == last && !closed).then(|| "the text breaks off within the list".into()),
        };
        Pasted { bytes, missing, lines: joined.lines(&span), ..Pasted::default() }
    });
    let name = if hex { "a list of hex numbers" } else { "a list of decimal numbers" };
    let packets = packets.collect();
    alloc::vec![Candidate { name: name.into(), format: Format::List, packets, weight, link: None }]
}

/// `u8; 90` of Rust.
fn length_of(inside: &str) -> Option<usize> {
    inside.rsplit_once(';').and_then(|(_, length)| length.trim().parse().ok())
}

/// All of a text as numbers with commas between them, or white space alone.
fn list(text: &str) -> Option<Vec<Number>> {
    let comma = delimited(multispace0, one_of(",;"), multispace0::<&str, nom::error::Error<&str>>);
    let commas =
        delimited(multispace0, separated_list1(comma, number), (multispace0, opt(one_of(",;")), multispace0));
    let spaces = preceded(multispace0, many1(terminated(number, multispace0)));
    let with_commas: IResult<_, _> = all_consuming(commas).parse(text);
    if let Ok((_, numbers)) = with_commas {
        return Some(numbers);
    }
    let (_, numbers) = all_consuming(spaces).parse(text).ok()?;
    // Pairs of digits are hex, whatever brackets stand around them.
    let hex = numbers.iter().all(|number| matches!(number, Number::Hex(_)));
    let pairs = text.split_whitespace().all(|word| word.len() == 2);
    (hex || !pairs && numbers.len() > 1).then_some(numbers)
}

/// `0x45`, `0b1000101`, `69`, `-59`, `69u8`, `(byte) 0x45`.
fn number(text: &str) -> IResult<&str, Number> {
    let cast = opt((tag("("), alt((tag("byte"), tag("char"))), tag(")"), multispace0));
    let hex = map_opt(
        preceded(tag_no_case("0x"), take_while_m_n(1, 2, |c: char| c.is_ascii_hexdigit())),
        |digits: &str| u8::from_str_radix(digits, 16).ok().map(Number::Hex),
    );
    let binary = map_opt(
        preceded(tag_no_case("0b"), take_while_m_n(1, 8, |c: char| matches!(c, '0' | '1'))),
        |digits: &str| u8::from_str_radix(digits, 2).ok().map(Number::Hex),
    );
    let decimal =
        map_opt((opt(char('-')), take_while1(|c: char| c.is_ascii_digit())), |(minus, digits): (_, &str)| {
            let number: i16 =
                digits.parse().ok().filter(|_| digits.len() == 1 || !digits.starts_with('0'))?;
            match minus {
                Some(_) if number <= 128 => Some(Number::Decimal(number.wrapping_neg().to_le_bytes()[0])),
                None => u8::try_from(number).ok().map(Number::Decimal),
                _ => None,
            }
        });
    let suffix = opt(alt((tag("u8"), tag("i8"), tag("uy"), tag("U"), tag("u"))));
    let (rest, (_, number, _)) = (cast, alt((hex, binary, decimal)), suffix).parse(text)?;
    match rest.chars().next() {
        Some(c) if c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ':') => {
            Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Digit)))
        }
        _ => Ok((rest, number)),
    }
}

/// The readings of a text as strings with escapes: `"\x45\x00"`, `b'E\x00\x00L'`; or escapes without quotes.
pub(super) fn strings(lines: &[String]) -> Vec<Candidate> {
    let joined = Joined::new(lines, true);
    let text = joined.text.as_str();
    if !text.contains('\\') && !text.contains("b'") && !text.contains("b\"") {
        return Vec::new();
    }
    let mut packets: Vec<Pasted> = Vec::new();
    let (mut at, mut end, mut escapes, mut covered) = (0usize, 0usize, 0usize, 0usize);
    let mut bracket = false;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['"', '\''])) {
        let start = at.saturating_add(found);
        let rest = text.get(start..).unwrap_or_default();
        let marked = text.get(..start).is_some_and(|before| before.ends_with('b'));
        let Some((read, length, closed)) = quoted(rest).filter(|(_, length, _)| *length > 0) else {
            at = start.saturating_add(1);
            continue;
        };
        at = start.saturating_add(length);
        if read.escapes == 0 && !marked && (packets.is_empty() || !glue(text.get(end..start).unwrap_or("x")))
        {
            continue;
        }
        escapes = escapes.saturating_add(read.escapes.max(usize::from(marked)));
        covered = covered.saturating_add(length);
        let lines = joined.lines(&(start..at));
        let between = text.get(end..start).unwrap_or("x");
        // Python goes on in the next line within brackets, or behind a sign.
        let apart = marked && between.contains('\n') && !between.contains(['\\', '+']) && !bracket;
        let joins = glue(between) && !apart;
        if packets.is_empty() {
            let before = text.get(..start).unwrap_or_default().trim_end_matches('b').trim_end();
            bracket = before.ends_with('(');
        }
        match packets.last_mut().filter(|_| joins) {
            Some(packet) => {
                packet.bytes.extend(read.bytes);
                packet.lines.end = lines.end;
            }
            None => packets.push(Pasted { bytes: read.bytes, lines, ..Pasted::default() }),
        }
        if let Some(packet) = packets.last_mut().filter(|_| !closed) {
            packet.missing = Some("the text breaks off within the string".into());
        }
        end = at;
    }
    if packets.is_empty() {
        let whole = text.trim();
        let Some(read) = escaped(whole, None).filter(|(read, rest)| read.escapes > 0 && rest.is_empty())
        else {
            return Vec::new();
        };
        let start = text.len().saturating_sub(text.trim_start().len());
        (escapes, covered) = (read.0.escapes, whole.len());
        let lines = joined.lines(&(start..start.saturating_add(whole.len())));
        packets.push(Pasted { bytes: read.0.bytes, lines, ..Pasted::default() });
    }
    packets.iter_mut().for_each(|packet| packet.bytes.truncate(LONGEST_PACKET));
    packets.retain(|packet| !packet.bytes.is_empty());
    let mut weight = if escapes > 3 { 60i32 } else { 30 };
    if covered.saturating_mul(4) < text.trim().len() {
        weight = weight.saturating_sub(45);
    }
    alloc::vec![Candidate {
        name: "a string with escapes".into(),
        format: Format::String,
        packets,
        weight,
        link: None
    }]
}

/// What may stand between the parts of one string.
fn glue(between: &str) -> bool {
    between.chars().all(|c| c.is_whitespace() || matches!(c, '\\' | '+' | 'b' | '(' | ')' | '.'))
}

/// What a string holds.
#[derive(Default)]
struct Read {
    bytes: Vec<u8>,
    escapes: usize,
}

/// A string in quotes at the beginning of a text: what it holds, how long it is with its quotes, and whether it is closed.
fn quoted(text: &str) -> Option<(Read, usize, bool)> {
    let quote = text.chars().next()?;
    let body = text.get(1..)?;
    let (read, rest) = escaped(body, Some(quote))?;
    let length = text.len().saturating_sub(rest.len());
    match rest.strip_prefix(quote) {
        Some(_) => Some((read, length.saturating_add(1), true)),
        // The end is missing.
        None if rest.trim().is_empty() && read.escapes > 3 => Some((read, length, false)),
        None => None,
    }
}

/// Characters and escapes up to a quote, the end of the line, or what cannot be in a string of bytes.
fn escaped(text: &str, quote: Option<char>) -> Option<(Read, &str)> {
    let mut read = Read::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if Some(c) == quote || c == '\n' && quote.is_some() {
            break;
        }
        if c == '\\' {
            let (behind, byte) = escape(rest).ok()?;
            read.bytes.extend(byte);
            read.escapes = read.escapes.saturating_add(1);
            rest = behind;
            continue;
        }
        if !c.is_ascii() || quote.is_none() && matches!(c, '\n' | ' ' | '"' | '\'') && c != '\n' {
            return None;
        }
        if c != '\n' {
            read.bytes.extend(u8::try_from(c).ok());
        }
        rest = rest.get(c.len_utf8()..)?;
    }
    Some((read, rest))
}

/// One escape: a byte, or nothing where a line goes on.
fn escape(text: &str) -> IResult<&str, Option<u8>> {
    let hex = |least, most| {
        map_opt(take_while_m_n(least, most, |c: char| c.is_ascii_hexdigit()), |digits: &str| {
            u32::from_str_radix(digits, 16).ok().and_then(|number| u8::try_from(number).ok())
        })
    };
    let octal = map_opt(take_while_m_n(1, 3, |c: char| matches!(c, '0'..='7')), |digits: &str| {
        u8::from_str_radix(digits, 8).ok()
    });
    let letter = alt((
        value(b'\n', char('n')),
        value(b'\r', char('r')),
        value(b'\t', char('t')),
        value(7, char('a')),
        value(8, char('b')),
        value(11, char('v')),
        value(12, char('f')),
        value(27, char('e')),
        value(b'\\', char('\\')),
        value(b'\'', char('\'')),
        value(b'"', char('"')),
        value(b'/', char('/')),
    ));
    preceded(
        char('\\'),
        alt((
            value(None, char('\n')),
            preceded(one_of("xX"), hex(1, 2)).map(Some),
            delimited(tag("u{"), hex(1, 6), char('}')).map(Some),
            preceded(char('u'), hex(4, 4)).map(Some),
            octal.map(Some),
            letter.map(Some),
        )),
    )
    .parse(text)
}
