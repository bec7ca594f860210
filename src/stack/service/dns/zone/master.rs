//! The text of a zone: words, lines, records. RFC 1035 section 5.1.

use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{is_a, is_not, tag, take_while};
use nom::character::complete::{anychar, char, none_of};
use nom::combinator::{recognize, value};
use nom::multi::{many0_count, many1_count};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::{BadZone, Entry, minimum, rdata};
use crate::field::text::escape;
use crate::names::DnsType;
use crate::stack::service::dns::{Domain, RrSet};

/// A word of a line, with its escapes.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    /// It stands in quotation marks.
    pub quoted: bool,
    pub span: Range<usize>,
}

impl Word<'_> {
    /// That it is wrong.
    pub fn wrong(&self, message: &str) -> BadZone {
        BadZone::new(self.span.clone(), format!("{} {message}", Shown(self.text)))
    }

    /// Its bytes, escapes undone.
    pub fn bytes(&self) -> Result<Vec<u8>, BadZone> {
        let (mut bytes, mut rest) = (Vec::new(), self.text.as_bytes());
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            let byte = match (first, behind) {
                (b'\\', [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', behind @ ..]) => {
                    rest = behind;
                    let digits = [a, b, c].map(|digit| u16::from(digit.wrapping_sub(b'0')));
                    let number =
                        digits.into_iter().fold(0u16, |all, digit| all.wrapping_mul(10).wrapping_add(digit));
                    u8::try_from(number).ok()
                }
                (b'\\', [sign, behind @ ..]) if !sign.is_ascii_digit() => {
                    rest = behind;
                    Some(*sign)
                }
                (b'\\', _) => None,
                (sign, _) => Some(*sign),
            };
            let wrong = || {
                self.wrong("has a bad escape")
                    .hint("behind a backslash stands a sign, or three digits up to 255")
            };
            bytes.push(byte.ok_or_else(wrong)?);
        }
        Ok(bytes)
    }
}

/// Text of a file as it stands there, but for signs that a terminal would obey.
struct Shown<'t>(&'t str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0.as_bytes(), f, |f, byte| write!(f, "\\{byte:03}"), |f, sign| f.write_char(sign))
    }
}

/// A line, or several in parentheses.
struct Line<'t> {
    /// Something stands in front of its first word: it is about the name of the record before.
    indented: bool,
    words: Vec<Word<'t>>,
}

/// What the text consists of.
#[derive(Clone, Copy)]
enum Piece<'t> {
    End,
    Nothing,
    Open,
    Close,
    Word(&'t str),
    Quoted(&'t str),
}

fn piece(text: &str) -> IResult<&str, Piece<'_>> {
    let escape = || preceded(char('\\'), anychar);
    let inside = recognize(many0_count(alt((escape(), none_of("\"\\\n")))));
    let word = recognize(many1_count(alt((escape(), none_of(" \t\r\n;()\"\\")))));
    alt((
        value(Piece::End, tag("\n")),
        value(Piece::Nothing, is_a(" \t\r")),
        value(Piece::Nothing, pair(char(';'), take_while(|sign| sign != '\n'))),
        value(Piece::Open, char('(')),
        value(Piece::Close, char(')')),
        delimited(char('"'), inside, char('"')).map(Piece::Quoted),
        word.map(Piece::Word),
    ))
    .parse(text)
}

/// The lines of a text, without those that say nothing.
fn lines(text: &str) -> Result<Vec<Line<'_>>, BadZone> {
    let mut lines = Vec::new();
    let mut line = Line { indented: false, words: Vec::new() };
    let (mut rest, mut open, mut fresh) = (text, None, true);
    while !rest.is_empty() {
        let start = text.len().saturating_sub(rest.len());
        let Ok((behind, piece)) = piece(rest) else { return Err(unreadable(rest, start)) };
        let span = start..text.len().saturating_sub(behind.len());
        match piece {
            Piece::End if open.is_none() => {
                let done = core::mem::replace(&mut line, Line { indented: false, words: Vec::new() });
                lines.extend(Some(done).filter(|line| !line.words.is_empty()));
            }
            Piece::End => {}
            Piece::Nothing => line.indented |= fresh,
            Piece::Open if open.is_none() => {
                line.indented |= fresh;
                open = Some(span.clone());
            }
            Piece::Open => {
                return Err(BadZone::new(span, "a parenthesis is open already")
                    .hint("parentheses do not nest: close it first"));
            }
            Piece::Close => {
                if open.take().is_none() {
                    return Err(BadZone::new(span, "no parenthesis is open")
                        .hint("take it away, or open one before it"));
                }
            }
            Piece::Word(text) => line.words.push(Word { text, quoted: false, span }),
            Piece::Quoted(text) => line.words.push(Word { text, quoted: true, span }),
        }
        fresh = matches!(piece, Piece::End) && open.is_none();
        rest = behind;
    }
    if let Some(span) = open {
        return Err(BadZone::new(span, "the parenthesis is never closed")
            .hint("put ) behind the last word of the record"));
    }
    lines.extend(Some(line).filter(|line| !line.words.is_empty()));
    Ok(lines)
}

fn unreadable(rest: &str, start: usize) -> BadZone {
    let line: IResult<&str, &str> = is_not("\n")(rest);
    let line = line.map_or(rest, |(_, line)| line);
    let span = start..start.saturating_add(line.len());
    if line.starts_with('"') {
        return BadZone::new(span, "the text in quotation marks has no end in its line")
            .hint("write \" behind it");
    }
    BadZone::new(span, "the backslash escapes nothing")
        .hint("behind a backslash stands a sign, or three digits up to 255")
}

/// What holds for the records that follow.
pub(super) struct Context {
    origin: Domain,
    /// Of `$TTL`.
    default: Option<u32>,
    /// What the record before has.
    name: Option<Domain>,
    ttl: Option<u32>,
}

/// The records of a text.
pub(super) fn read(text: &str, origin: Domain) -> Result<Vec<Entry>, BadZone> {
    let mut context = Context { origin, default: None, name: None, ttl: None };
    let (mut entries, mut open) = (Vec::new(), Vec::new());
    for line in lines(text)? {
        let mut words = Words {
            words: &line.words,
            context: &context,
            end: line.words.last().map_or(0, |word| word.span.end),
        };
        if let Some(word) =
            words.peek().filter(|word| !line.indented && !word.quoted && word.text.starts_with('$'))
        {
            words.next("a directive")?;
            let (origin, default) = directive(word, &mut words)?;
            context.origin = origin.unwrap_or(context.origin);
            context.default = default.or(context.default);
            continue;
        }
        let name = if line.indented {
            context.name.clone().ok_or_else(|| {
                let span = line.words.first().map_or(0..0, |word| word.span.clone());
                BadZone::new(span, "the record belongs to the name before it, and there is none")
                    .hint("begin the line with a name; @ is the origin")
            })?
        } else {
            words.name("the name")?
        };
        let span = words.here();
        let (ttl, set) = record(&name, &mut words)?;
        if ttl.is_none() && context.default.or(context.ttl).is_none() {
            open.push(entries.len());
        }
        let ttl = ttl.or(context.default).or(context.ttl);
        // Without $TTL the last one stated holds on (RFC 1035 section 5.1).
        (context.name, context.ttl) = (Some(name), ttl);
        entries.push(Entry { set: RrSet { ttl: ttl.unwrap_or(0), ..set }, span });
    }
    // What nobody has said is the minimum of the zone, as it was before RFC 2308.
    let soa = entries.iter().find(|entry| entry.set.record_type == DnsType::SOA);
    let minimum = soa.and_then(|soa| minimum(&soa.set)).unwrap_or(0);
    for place in open {
        if let Some(entry) = entries.get_mut(place) {
            entry.set.ttl = minimum;
        }
    }
    Ok(entries)
}

/// `$ORIGIN` or `$TTL`.
fn directive(word: &Word<'_>, words: &mut Words<'_, '_>) -> Result<(Option<Domain>, Option<u32>), BadZone> {
    let read = match word.text.to_ascii_uppercase().as_str() {
        "$ORIGIN" => (Some(words.name("the origin")?), None),
        "$TTL" => (None, Some(words.time("the time to live")?)),
        "$INCLUDE" => {
            let hint =
                "put what is in that file in place of this line: whoever reads a zone here is given one text";
            return Err(word.wrong("is not done").hint(hint));
        }
        _ => return Err(word.wrong("is no directive").hint("there are $ORIGIN and $TTL")),
    };
    words.end()?;
    Ok(read)
}

/// Time to live and class in any order, the type, and the data.
fn record(name: &Domain, words: &mut Words<'_, '_>) -> Result<(Option<u32>, RrSet), BadZone> {
    let (mut ttl, mut class) = (None, false);
    let record_type = loop {
        let word = words.next("the type of the record")?;
        let upper = word.text.to_ascii_uppercase();
        match upper.as_str() {
            "IN" if !class => class = true,
            "CH" | "HS" | "CS" | "ANY" if !class => {
                return Err(word.wrong("is a class that is not served here").hint("write IN, or nothing"));
            }
            _ if ttl.is_none() && word.text.starts_with(|sign: char| sign.is_ascii_digit()) => {
                ttl = Some(seconds(word)?);
            }
            upper => {
                break rdata::type_of(upper).ok_or_else(|| {
                    word.wrong("is no type of record").hint(
                        "types are A, AAAA, NS, MX and so on; any other is TYPE and its number (RFC 3597)",
                    )
                })?;
            }
        }
    };
    let data = rdata::read(record_type, words)?;
    words.end()?;
    Ok((ttl, RrSet { name: name.clone(), record_type, ttl: 0, records: vec![data.into()] }))
}

/// The words of a line that were not read yet.
pub(super) struct Words<'w, 't> {
    words: &'w [Word<'t>],
    context: &'w Context,
    end: usize,
}

impl<'w, 't> Words<'w, 't> {
    pub fn peek(&self) -> Option<&'w Word<'t>> {
        self.words.first()
    }

    /// The next word, which is this.
    pub fn next(&mut self, what: &str) -> Result<&'w Word<'t>, BadZone> {
        let missing = || {
            BadZone::new(self.end..self.end, format!("{what} is missing"))
                .hint("the line ends here; longer records go in parentheses")
        };
        let (first, rest) = self.words.split_first().ok_or_else(missing)?;
        self.words = rest;
        Ok(first)
    }

    /// Where the next word stands, or the end of the line.
    pub fn here(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |word| word.span.clone())
    }

    /// That there is nothing more.
    pub fn end(&self) -> Result<(), BadZone> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(word
                .wrong("is too much: the line is complete before it")
                .hint("texts with blanks go in quotation marks, remarks behind ;")),
        }
    }

    /// A name, below the origin if it does not end with a dot.
    pub fn name(&mut self, what: &str) -> Result<Domain, BadZone> {
        let word = self.next(what)?;
        if word.text == "@" && !word.quoted {
            return Ok(self.context.origin.clone());
        }
        let name: Domain = word.text.parse().map_err(|bad: crate::field::name::BadName| {
            BadZone::new(word.span.clone(), bad.to_string())
                .hint("labels of up to 63 bytes with dots between them: www.example.")
        })?;
        let before = word.text.strip_suffix('.').unwrap_or(word.text);
        let escapes = before.bytes().rev().take_while(|sign| *sign == b'\\').count();
        if word.text.ends_with('.') && escapes % 2 == 0 {
            return Ok(name);
        }
        let long = || {
            word.wrong("is longer than 255 bytes together with the origin")
                .hint("end it with a dot if it is complete")
        };
        name.under(&self.context.origin).ok_or_else(long)
    }

    /// A time in seconds.
    pub fn time(&mut self, what: &str) -> Result<u32, BadZone> {
        seconds(self.next(what)?)
    }
}

/// Seconds, or numbers with units: `5400`, `1h30m`. The highest bit is none of it (RFC 2181 section 8).
fn seconds(word: &Word<'_>) -> Result<u32, BadZone> {
    let (mut sum, mut number) = (0u64, None::<u64>);
    let mut add = |number: &mut Option<u64>, unit: u64| {
        let part = number.take()?.checked_mul(unit)?;
        sum = sum.checked_add(part)?;
        Some(())
    };
    let mut read = || {
        for sign in word.text.bytes() {
            let unit = match sign.to_ascii_lowercase() {
                b'0'..=b'9' => {
                    let digit = u64::from(sign.wrapping_sub(b'0'));
                    number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                    continue;
                }
                b's' => 1,
                b'm' => 60,
                b'h' => 3600,
                b'd' => 86_400,
                b'w' => 604_800,
                _ => return None,
            };
            add(&mut number, unit)?;
        }
        if number.is_some() {
            add(&mut number, 1)?;
        }
        Some(())
    };
    let read = read().filter(|()| !word.text.is_empty() && !word.quoted);
    let sum = read.and_then(|()| u32::try_from(sum).ok()).filter(|sum| *sum <= i32::MAX.unsigned_abs());
    sum.ok_or_else(|| {
        word.wrong("is no time").hint("write seconds up to 2147483647, or units: 1h30m, 2d, 4w")
    })
}
