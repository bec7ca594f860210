//! From the text of an assertion to a tree. What stands in the brackets of a check is a filter or a field, and read as such.

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, tag_no_case, take, take_while1};
use nom::character::complete::{char, multispace0, satisfy};
use nom::combinator::{not, peek, recognize, value};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::assertion::{Check, Node, Number, Selection, What, Which};
use crate::field::Severity;
use crate::field::finding::CODES;
use crate::filter::term::Term;
use crate::filter::{BadFilter, Filter, Relation};
use crate::near;

/// Brackets and negations in each other, at most.
const DEEPEST: usize = 64;

/// What can be found out.
const NAMES: [&str; 11] =
    ["count", "all", "any", "none", "first", "last", "min", "max", "sum", "unique", "findings"];

type Result<T> = std::result::Result<T, BadFilter>;

pub(super) fn parse(text: &str) -> Result<(Node, Vec<Check>)> {
    let mut reader = Reader { text, rest: text, checks: Vec::new(), depth: 0 };
    reader.skip_spaces();
    if reader.rest.is_empty() {
        return Err(BadFilter::new(0..text.len(), "the assertion is empty; one is count(tcp) > 0"));
    }
    let node = reader.any()?;
    match reader.rest {
        "" => Ok((node, reader.checks)),
        _ => Err(reader.bad("this was not expected here; and, or, or the end could stand")),
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
    checks: Vec<Check>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// The next piece is wrong.
    fn bad(&self, message: &str) -> BadFilter {
        let length = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        BadFilter::new(self.at()..self.at().saturating_add(length), message)
    }

    fn skip_spaces(&mut self) {
        let _: Option<&str> = self.take(multispace0);
    }

    /// Takes what a parser takes, and the spaces behind it.
    fn take<O>(
        &mut self,
        parser: impl Parser<&'t str, Output = O, Error = nom::error::Error<&'t str>>,
    ) -> Option<O> {
        let (rest, output) = terminated(parser, multispace0).parse(self.rest).ok()?;
        self.rest = rest;
        Some(output)
    }

    /// Takes a word, or the sign that means the same.
    fn joins(&mut self, name: &'static str, sign: &'static str) -> bool {
        let behind = not(satisfy(|c| c.is_ascii_alphanumeric() || c == '_'));
        self.take(alt((terminated(tag_no_case(name), behind), tag(sign)))).is_some()
    }

    fn any(&mut self) -> Result<Node> {
        let mut nodes = vec![self.all()?];
        while self.joins("or", "||") {
            nodes.push(self.all()?);
        }
        Ok(single(nodes).unwrap_or_else(Node::Any))
    }

    fn all(&mut self) -> Result<Node> {
        let mut nodes = vec![self.one()?];
        while self.joins("and", "&&") {
            nodes.push(self.one()?);
        }
        Ok(single(nodes).unwrap_or_else(Node::All))
    }

    fn one(&mut self) -> Result<Node> {
        if self.depth >= DEEPEST {
            let message = format!("brackets and negations lie in each other more than {DEEPEST} deep");
            return Err(self.bad(&message));
        }
        self.depth = self.depth.saturating_add(1);
        let node = if self.joins("not", "!") {
            self.one().map(|inner| Node::Not(Box::new(inner)))
        } else if self.take(char('(')).is_some() {
            self.any().and_then(|inner| match self.take(char(')')) {
                Some(_) => Ok(inner),
                None => Err(self.bad("a closing bracket is missing")),
            })
        } else {
            self.check()
        };
        self.depth = self.depth.saturating_sub(1);
        node
    }

    /// `count(tcp) == 3`.
    fn check(&mut self) -> Result<Node> {
        let start = self.at();
        let name = self.take(word).unwrap_or_default();
        let first = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = start..start.saturating_add(name.len().max(first));
        if !NAMES.contains(&name) || !self.rest.starts_with('(') {
            return Err(unknown(name, span, self.text));
        }
        let open = self.at();
        let Some(inside) = self.take(delimited(char('('), inside, char(')'))) else {
            let message = "this bracket is not closed, or a quotation mark in it is not";
            return Err(BadFilter::new(open..self.text.len(), message));
        };
        let argument =
            Argument { text: inside.trim(), at: open.saturating_add(1).saturating_add(leading(inside)) };
        let text = self.text.get(start..self.at()).unwrap_or(name).trim().to_owned();
        let what = match name {
            "all" => What::All(argument.filter()?),
            "any" => What::Any(argument.filter()?),
            "none" => What::None(argument.filter()?),
            "count" if argument.text.is_empty() => What::Count(None, self.number(name)?),
            "count" => What::Count(Some(argument.filter()?), self.number(name)?),
            "findings" => What::Findings(argument.selection()?, self.number(name)?),
            "unique" => What::Unique(argument.term()?, self.number(name)?),
            "sum" => {
                let (term, relation) = (argument.numbers(name)?, self.relation(name)?);
                let value = self.value(&term, true)?;
                What::Sum(term, relation, value)
            }
            name => {
                let which = match name {
                    "first" => Which::First,
                    "last" => Which::Last,
                    "min" => Which::Least,
                    _ => Which::Greatest,
                };
                let extreme = matches!(which, Which::Least | Which::Greatest);
                let term = if extreme { argument.numbers(name)? } else { argument.term()? };
                let relation = self.relation(name)?;
                let value = self.value(&term, false)?;
                What::Value(which, term, relation, value)
            }
        };
        if matches!(name, "all" | "any" | "none") && self.take(relation).is_some() {
            let message = format!(
                "{name}() holds or does not; how many there are says count(), as in count({}) == 3",
                argument.text
            );
            return Err(BadFilter::new(span, message));
        }
        self.checks.push(Check { text, what });
        Ok(Node::Check(self.checks.len().saturating_sub(1)))
    }

    fn relation(&mut self, name: &str) -> Result<Relation> {
        self.take(relation).ok_or_else(|| {
            let sign = if self.rest.starts_with('=') { "one = has no meaning here, write ==; " } else { "" };
            self.bad(&format!("{sign}{name}() gives a value; say what it must be, as in == 3 or <= 3"))
        })
    }

    fn number(&mut self, name: &str) -> Result<Number> {
        let relation = self.relation(name)?;
        let start = self.at();
        let digits: &str = self.take(literal).unwrap_or_default();
        digits.parse::<u64>().map(|number| (relation, i128::from(number))).map_err(|_| {
            let end = start.saturating_add(digits.len());
            BadFilter::new(start..end, "a number is expected here: 0, 1, 2 and so on")
        })
    }

    fn value(&mut self, term: &Term, greater: bool) -> Result<crate::filter::term::Wanted> {
        let start = self.at();
        let text: &str = self.take(literal).unwrap_or_default();
        let span = start..start.saturating_add(text.len());
        if text.is_empty() {
            return Err(BadFilter::new(span, "a value is expected here"));
        }
        term.wanted(text, greater).map_err(|message| BadFilter::new(span, message))
    }
}

/// What stands between the brackets of a check, and where.
struct Argument<'t> {
    text: &'t str,
    at: usize,
}

impl Argument<'_> {
    fn span(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.text.len())
    }

    fn moved(&self, mut bad: BadFilter) -> BadFilter {
        let to = |place: usize| place.saturating_add(self.at);
        bad.span = to(bad.span.start)..to(bad.span.end);
        bad
    }

    fn filter(&self) -> Result<Filter> {
        Filter::parse(self.text).map(Filter::with_flags_set).map_err(|bad| self.moved(bad))
    }

    fn term(&self) -> Result<Term> {
        if self.text.is_empty() {
            return Err(BadFilter::new(self.span(), "a field is expected here"));
        }
        Term::parse(self.text).map_err(|bad| self.moved(bad))
    }

    fn numbers(&self, name: &str) -> Result<Term> {
        let term = self.term()?;
        let message = format!("the values of this are no numbers, of which there is no {name}()");
        if term.is_number() { Ok(term) } else { Err(BadFilter::new(self.span(), message)) }
    }

    fn selection(&self) -> Result<Selection> {
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        if let Some(severity) = severities.into_iter().find(|severity| severity.name() == self.text) {
            return Ok(Selection::Of(severity));
        }
        if self.text.is_empty() {
            return Ok(Selection::All);
        }
        if CODES.iter().any(|code| near::is_like(self.text, code)) {
            return Ok(Selection::Code(self.text.to_owned()));
        }
        let message = "findings are chosen by error, warning or note, or by a code such as ip.checksum.bad";
        let mut bad = BadFilter::new(self.span(), message);
        let known = severities.iter().map(|severity| severity.name()).chain(CODES.iter().copied());
        bad.suggestions = near::nearest(self.text, known);
        Err(bad)
    }
}

fn unknown(name: &str, span: Range<usize>, text: &str) -> BadFilter {
    if NAMES.contains(&name) {
        return BadFilter::new(span, format!("behind {name} stands in brackets of what: {name}(...)"));
    }
    let suggestions = near::nearest(name, NAMES.into_iter());
    let is_filter = suggestions.is_empty() && Filter::parse(text).is_ok();
    let message = if is_filter {
        "this says something of one packet; say of how many it has to hold: all(...), any(...), none(...), count(...) == 3".to_owned()
    } else {
        format!("an assertion begins with one of {}, as in count(tcp) > 0", NAMES.join(", "))
    };
    BadFilter { suggestions, ..BadFilter::new(span, message) }
}

fn single(mut nodes: Vec<Node>) -> std::result::Result<Node, Vec<Node>> {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => Ok(node),
        last => {
            nodes.extend(last);
            Err(nodes)
        }
    }
}

fn leading(text: &str) -> usize {
    text.len().saturating_sub(text.trim_start().len())
}

fn word(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || "._".contains(c)).parse(input)
}

fn relation(input: &str) -> IResult<&str, Relation> {
    alt((
        value(Relation::Equal, tag("==")),
        value(Relation::NotEqual, tag("!=")),
        value(Relation::LessOrEqual, tag("<=")),
        value(Relation::GreaterOrEqual, tag(">=")),
        value(Relation::Less, tag("<")),
        value(Relation::Greater, tag(">")),
    ))
    .parse(input)
}

/// A value: all up to a space, a closing bracket, or what joins.
fn literal(input: &str) -> IResult<&str, &str> {
    alt((recognize(quoted), is_not(" \t\r\n()&|"))).parse(input)
}

/// What stands in brackets, those in it closed again; brackets in quotation marks are none. Of too many in each other none is read.
fn inside(input: &str) -> IResult<&str, &str> {
    let mut depth = 0usize;
    let mut rest = input;
    loop {
        let mut piece = alt((
            recognize(preceded(char('r'), quoted)),
            recognize(quoted),
            recognize(delimited(
                char('\''),
                alt((preceded(char('\\'), take(1usize)), is_not("'"))),
                char('\''),
            )),
            recognize(take(1usize)),
        ));
        match peek(take::<usize, &str, nom::error::Error<&str>>(1usize)).parse(rest)?.1 {
            ")" if depth == 0 => break,
            ")" => depth = depth.saturating_sub(1),
            "(" => depth = depth.saturating_add(1),
            _ => {}
        }
        rest = piece.parse(rest)?.0;
    }
    let length = input.len().saturating_sub(rest.len());
    Ok((rest, input.get(..length).unwrap_or(input)))
}

/// A string in quotation marks; a `\` keeps what stands behind it from ending it.
fn quoted(input: &str) -> IResult<&str, &str> {
    let letters = recognize(many0_count(alt((is_not("\\\""), preceded(char('\\'), take(1usize))))));
    delimited(char('"'), letters, char('"')).parse(input)
}
