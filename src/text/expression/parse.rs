//! The grammar: text to a tree, with the place of everything in it.
//!
//! ```text
//! packet    = part *( "/" part )
//! part      = string / hex / ".." / word [ "(" [ argument *( "," argument ) ] ")" ]
//! argument  = [ word "=" ] value
//! value     = string / hex / word [ "(" ... ")" ] / "[" [ argument *( "," argument ) ] "]" / ".."
//! ```

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_while_m_n, take_while1};
use nom::character::complete::char;
use nom::combinator::{map, map_opt, value};
use nom::multi::fold_many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use crate::mistake::Mistake;

/// How deep brackets go.
const DEEPEST: usize = 8;

/// A piece of the tree with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term<'t> {
    pub span: Range<usize>,
    pub value: Value<'t>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    /// `"text"`, with the escapes undone.
    Text(Vec<u8>),
    /// A number, an address, a name.
    Word(&'t str),
    /// `word(...)`.
    Call(&'t str, Vec<Argument<'t>>),
    /// `[...]`.
    List(Vec<Argument<'t>>),
    /// `..`: whatever else there is, in a pattern.
    Open,
}

/// What stands between brackets and commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument<'t> {
    pub name: Option<(&'t str, Range<usize>)>,
    pub term: Term<'t>,
}

/// Reads the parts of an expression, from the outside in.
pub(super) fn parse(text: &str) -> Result<Vec<Term<'_>>, Mistake> {
    let mut reader = Reader { text, rest: text.trim_start(), depth: 0 };
    let mut parts = vec![reader.term("a header, a string or 0x and hex digits")?];
    while reader.sign("/") {
        parts.push(reader.term("a header, a string or 0x and hex digits")?);
    }
    match reader.rest {
        "" => Ok(parts),
        _ => Err(reader.unexpected("/ and what goes inside, or the end")),
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// Goes over a sign, if it comes next, and the spaces behind it.
    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.map_or(self.rest, str::trim_start);
        rest.is_some()
    }

    fn unexpected(&self, wanted: &str) -> Mistake {
        let at = self.at();
        match self.rest.chars().next() {
            None => Mistake::new(at..at, format!("the expression ends here; {wanted} is expected")),
            Some('"') => {
                let message = "this string is not closed, or an escape in it is not known; \\n, \\r, \\t, \\0, \\\", \\\\ and \\xff are";
                Mistake::new(at..at.saturating_add(1), message)
            }
            Some(sign @ '\u{2018}'..='\u{201f}') => {
                let message = format!("{sign} is a quotation mark of word processors; write \"");
                Mistake::new(at..at.saturating_add(sign.len_utf8()), message)
            }
            Some(sign) => {
                let message = format!("{wanted} is expected, not '{}'", sign.escape_debug());
                Mistake::new(at..at.saturating_add(sign.len_utf8()), message)
            }
        }
    }

    fn term(&mut self, wanted: &str) -> Result<Term<'t>, Mistake> {
        let start = self.at();
        if self.rest.starts_with('[') {
            self.sign("[");
            let items = self.arguments("]", start)?;
            return Ok(Term { span: start..self.trimmed(), value: Value::List(items) });
        }
        let Ok((rest, found)) = alt((map(string, Value::Text), map(word, Value::Word))).parse(self.rest)
        else {
            return Err(self.unexpected(wanted));
        };
        self.rest = rest;
        let end = self.at();
        self.rest = self.rest.trim_start();
        let value = match found {
            Value::Word("..") => Value::Open,
            Value::Word(name) if self.sign("(") => {
                let arguments = self.arguments(")", end)?;
                return Ok(Term { span: start..self.trimmed(), value: Value::Call(name, arguments) });
            }
            other => other,
        };
        Ok(Term { span: start..end, value })
    }

    /// The place behind what was read, without the spaces that were skipped.
    fn trimmed(&self) -> usize {
        self.text.get(..self.at()).map_or(0, |read| read.trim_end().len())
    }

    /// What stands between brackets, of which the first was read.
    fn arguments(&mut self, close: &str, open: usize) -> Result<Vec<Argument<'t>>, Mistake> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            let message = format!("brackets go {DEEPEST} deep, no deeper");
            return Err(Mistake::new(open..open.saturating_add(1), message));
        }
        let mut found = Vec::new();
        while !self.sign(close) {
            let mut term = self.term(&format!("a field, a value or {close}"))?;
            let mut name = None;
            if let Value::Word(word) = term.value
                && self.sign("=")
            {
                name = Some((word, term.span.clone()));
                term = self.term(&format!("a value for {word}"))?;
            }
            found.push(Argument { name, term });
            if !self.sign(",") && !self.rest.starts_with(close) {
                return Err(self.unexpected(&format!("a comma or {close}")));
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(found)
    }
}

fn word(text: &str) -> IResult<&str, &str> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "_.:-+|*?%".contains(sign);
    take_while1(is_part).parse(text)
}

fn string(text: &str) -> IResult<&str, Vec<u8>> {
    let plain = map(is_not("\"\\"), |text: &str| text.as_bytes().to_vec());
    let hex =
        map_opt(preceded(tag("x"), take_while_m_n(2, 2, |sign: char| sign.is_ascii_hexdigit())), |digits| {
            u8::from_str_radix(digits, 16).ok()
        });
    let sign = alt((
        hex,
        value(b'\n', char('n')),
        value(b'\r', char('r')),
        value(b'\t', char('t')),
        value(0, char('0')),
        value(b'"', char('"')),
        value(b'\\', char('\\')),
    ));
    let escape = map(preceded(char('\\'), sign), |byte| vec![byte]);
    let inside = fold_many0(alt((plain, escape)), Vec::new, |mut all: Vec<u8>, piece| {
        all.extend(piece);
        all
    });
    delimited(char('"'), inside, char('"')).parse(text)
}
