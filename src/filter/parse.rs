//! The grammar of a filter: from its text to a tree in which every piece knows its place.

use std::ops::Range;

use crate::filter::BadFilter;
use crate::filter::token::{Token, TokenKind, tokens};

/// Brackets and negations in each other, at most.
const DEEPEST: usize = 64;

pub(super) type Span = Range<usize>;

/// A filter as it is written.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
}

/// One test: that something is there, or a comparison.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub quantifier: Option<Quantifier>,
    pub left: Term,
    pub right: Option<Comparison>,
}

/// What is compared with, and how.
#[derive(Clone, Debug)]
pub(super) enum Comparison {
    With(Relation, Option<Quantifier>, Term, Span),
    /// Elements of a set: values, or ranges of them; and whether it is to be none of them.
    In(Vec<(Term, Option<Term>)>, bool),
}

/// Of how many pairs a comparison must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    Any,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    BitAnd,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What stands on a side of a comparison.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub kind: TermKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum TermKind {
    /// A field, a protocol, or a value: that depends on the other side. Behind it, layers and slices.
    Word {
        word: String,
        layers: Vec<Slice>,
        slices: Vec<Slice>,
    },
    Text(Vec<u8>),
    Char(u8),
    Call {
        function: String,
        argument: Box<Term>,
    },
    Compute(Operator, Box<Term>, Box<Term>),
}

/// A piece of a row, counted from 0; what is negative counts from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub from: i32,
    pub to: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// So many of them.
    Length(u32),
    /// Up to this one, itself included.
    Through(i32),
    /// All the rest.
    Open,
}

/// Reads a filter.
///
/// # Errors
/// [`BadFilter`] at what cannot stand where it does.
pub(super) fn parse(text: &str) -> Result<Expression, BadFilter> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(BadFilter::new(0..text.len(), "the filter is empty"));
    }
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), depth: 0 };
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected("and, or, or the end")),
    }
}

/// Reads one side of a comparison: a field, or what is computed from fields.
///
/// # Errors
/// [`BadFilter`] at what cannot stand where it does.
#[cfg(feature = "assertion")]
pub(super) fn term(text: &str) -> Result<Term, BadFilter> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.len(), depth: 0 };
    let term = parser.term()?;
    match parser.peek() {
        None => Ok(term),
        Some(_) => Err(BadFilter::new(
            parser.span(),
            "only a field, or what is computed from fields, can stand here",
        )),
    }
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    end: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t TokenKind<'t>> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.span.clone())
    }

    /// Where the last piece ended.
    fn behind(&self) -> usize {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.span.end)
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Sign(found)) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    /// Takes a sign, or the word that means the same.
    fn take(&mut self, sign: &str, word: &str) -> bool {
        let there = self.is(sign) || !word.is_empty() && self.is_word(word);
        if there {
            self.advance();
        }
        there
    }

    fn unexpected(&self, wanted: &str) -> BadFilter {
        let message = match self.peek() {
            None => format!("the filter ends too early: {wanted} is missing"),
            Some(TokenKind::Sign("=")) => "one = has no meaning here; to compare, write ==".to_owned(),
            Some(TokenKind::Sign("|")) => "one | has no meaning here; for or, write ||".to_owned(),
            Some(_) => format!("this was not expected here; {wanted} could stand"),
        };
        BadFilter::new(self.span(), message)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), BadFilter> {
        if self.take(sign, "") { Ok(()) } else { Err(self.unexpected(sign)) }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, BadFilter>) -> Result<T, BadFilter> {
        if self.depth >= DEEPEST {
            let message = format!("brackets and negations lie in each other more than {DEEPEST} deep");
            return Err(BadFilter::new(self.span(), message));
        }
        self.depth = self.depth.saturating_add(1);
        let result = inner(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn any(&mut self) -> Result<Expression, BadFilter> {
        let first = self.all()?;
        let mut rest = vec![first];
        while self.take("||", "or") {
            rest.push(self.all()?);
        }
        Ok(single(rest).unwrap_or_else(Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, BadFilter> {
        let first = self.one()?;
        let mut rest = vec![first];
        while self.take("&&", "and") {
            rest.push(self.one()?);
        }
        Ok(single(rest).unwrap_or_else(Expression::All))
    }

    fn one(&mut self) -> Result<Expression, BadFilter> {
        if self.take("!", "not") {
            return self.deeper(|parser| Ok(Expression::Not(Box::new(parser.one()?))));
        }
        if !self.is("(") {
            return Ok(Expression::Test(self.test()?));
        }
        let start = self.at;
        self.advance();
        let inside = self.deeper(Self::any)?;
        self.expect(")")?;
        // Brackets around what is compared, not around a whole test.
        let is_term = matches!(&inside, Expression::Test(Test { right: None, quantifier: None, .. }));
        if is_term && (self.operator().is_some() || self.relation().is_some() || self.is_word("in")) {
            self.at = start;
            return Ok(Expression::Test(self.test()?));
        }
        Ok(inside)
    }

    fn test(&mut self) -> Result<Test, BadFilter> {
        let quantifier = match self.tokens.get(self.at..) {
            Some([Token { kind: TokenKind::Word(word), .. }, Token { kind: TokenKind::Word(_), .. }, ..]) => {
                match *word {
                    "any" => Some(Quantifier::Any),
                    "all" => Some(Quantifier::All),
                    _ => None,
                }
            }
            _ => None,
        };
        if quantifier.is_some() {
            self.advance();
        }
        let left = self.term()?;
        let not_in = matches!(
            self.tokens.get(self.at.saturating_add(1)),
            Some(Token { kind: TokenKind::Word("in"), .. })
        );
        let negated = not_in && self.take("", "not");
        if self.take("", "in") {
            return Ok(Test { quantifier, left, right: Some(Comparison::In(self.set()?, negated)) });
        }
        let Some((relation, of)) = self.relation() else {
            return match quantifier {
                None => Ok(Test { quantifier, left, right: None }),
                Some(_) => Err(self.unexpected("a comparison, as any or all stands before it,")),
            };
        };
        let span = self.span();
        self.advance();
        let right = self.term()?;
        if self.relation().is_some() {
            let message = "comparisons cannot stand in a row; write a < b and b < c";
            return Err(BadFilter::new(self.span(), message));
        }
        Ok(Test { quantifier, left, right: Some(Comparison::With(relation, of, right, span)) })
    }

    /// The relation that stands next, and of how many pairs it has to hold by itself.
    fn relation(&self) -> Option<(Relation, Option<Quantifier>)> {
        use Quantifier::{All, Any};
        let sign = match self.peek()? {
            TokenKind::Sign(sign) => sign,
            TokenKind::Word(word) => *word,
            _ => return None,
        };
        Some(match sign {
            "==" | "eq" => (Relation::Equal, None),
            "any_eq" => (Relation::Equal, Some(Any)),
            "===" | "all_eq" => (Relation::Equal, Some(All)),
            "!=" | "ne" => (Relation::NotEqual, None),
            "all_ne" => (Relation::NotEqual, Some(All)),
            "!==" | "~=" | "any_ne" => (Relation::NotEqual, Some(Any)),
            ">" | "gt" => (Relation::Greater, None),
            ">=" | "ge" => (Relation::GreaterOrEqual, None),
            "<" | "lt" => (Relation::Less, None),
            "<=" | "le" => (Relation::LessOrEqual, None),
            "contains" => (Relation::Contains, None),
            "~" | "matches" => (Relation::Matches, None),
            _ => return None,
        })
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let sign = match self.peek()? {
            TokenKind::Sign(sign) => sign,
            TokenKind::Word(word) => *word,
            _ => return None,
        };
        Some(match sign {
            "&" | "bitwise_and" => (Operator::BitAnd, 0),
            "+" => (Operator::Add, 1),
            "-" => (Operator::Subtract, 1),
            "*" => (Operator::Multiply, 2),
            "/" => (Operator::Divide, 2),
            "%" => (Operator::Remainder, 2),
            _ => return None,
        })
    }

    fn set(&mut self) -> Result<Vec<(Term, Option<Term>)>, BadFilter> {
        if !self.take("{", "") {
            let message = "behind in stands a set in braces: {80, 443, 8000..8080}, {10.0.0.0/8}";
            return Err(BadFilter::new(self.span(), message));
        }
        let mut elements = Vec::new();
        loop {
            let from = self.term()?;
            let to = if self.take("..", "") { Some(self.term()?) } else { None };
            elements.push((from, to));
            // Wireshark before 4 had spaces between them.
            let _ = self.take(",", "");
            if self.take("}", "") {
                return Ok(elements);
            }
        }
    }

    fn term(&mut self) -> Result<Term, BadFilter> {
        self.computed(0)
    }

    /// Operators of this rank and above it.
    fn computed(&mut self, rank: u8) -> Result<Term, BadFilter> {
        if rank > 2 {
            return self.primary();
        }
        let mut left = self.computed(rank.saturating_add(1))?;
        let mut length = 0usize;
        while let Some((operator, of)) = self.operator().filter(|(_, of)| *of == rank) {
            debug_assert_eq!(of, rank);
            length = length.saturating_add(1);
            if length > DEEPEST {
                return Err(BadFilter::new(self.span(), format!("more than {DEEPEST} operators in a row")));
            }
            self.advance();
            let right = self.computed(rank.saturating_add(1))?;
            let span = left.span.start..right.span.end;
            left = Term { kind: TermKind::Compute(operator, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<Term, BadFilter> {
        let start = self.span().start;
        for (open, close) in [("(", ")"), ("{", "}")] {
            if self.take(open, "") {
                let inside = self.deeper(Self::term)?;
                self.expect(close)?;
                return Ok(Term { kind: inside.kind, span: start..self.behind() });
            }
        }
        let kind = match self.peek() {
            Some(TokenKind::Text(text)) => TermKind::Text(text.clone()),
            Some(TokenKind::Char(one)) => TermKind::Char(*one),
            Some(TokenKind::Word(word)) if !is_reserved(word) => return self.named(word),
            _ => return Err(self.unexpected("a field, a protocol or a value")),
        };
        self.advance();
        Ok(Term { kind, span: start..self.behind() })
    }

    /// What begins with a word: a function, or a name or value with layers and slices behind it.
    fn named(&mut self, word: &str) -> Result<Term, BadFilter> {
        let start = self.span().start;
        self.advance();
        if self.is("(") && matches!(word, "len" | "count" | "lower" | "upper") {
            self.advance();
            let argument = Box::new(self.deeper(Self::term)?);
            self.expect(")")?;
            let kind = TermKind::Call { function: word.to_owned(), argument };
            return Ok(Term { kind, span: start..self.behind() });
        }
        if self.is("(") {
            let message = format!("'{word}' is no function here; len, count, lower and upper are");
            return Err(BadFilter::new(start..self.behind(), message));
        }
        let (mut word, mut layers, mut slices) = (word.to_owned(), Vec::new(), Vec::new());
        if self.take("#", "") {
            if self.is("[") {
                layers = self.pieces()?;
            } else if let Some(TokenKind::Word(number)) = self.peek() {
                // `ip#2.src` is `ip.src#2`.
                let (number, rest) = number.split_once('.').unwrap_or((number, ""));
                let Some(layer) = number.parse().ok().filter(|layer: &i32| *layer != 0) else {
                    return Err(self.unexpected("the number of a layer, counted from 1,"));
                };
                layers.push(Slice { from: layer, to: End::Length(1) });
                if !rest.is_empty() {
                    word = format!("{word}.{rest}");
                }
                self.advance();
            } else {
                return Err(self.unexpected("the number of a layer, counted from 1,"));
            }
        }
        if self.is("[") {
            slices = self.pieces()?;
        }
        if self.is("[") || self.is("#") {
            return Err(BadFilter::new(
                self.span(),
                "a piece of a piece cannot be taken; give it in one bracket",
            ));
        }
        Ok(Term { kind: TermKind::Word { word, layers, slices }, span: start..self.behind() })
    }

    /// `[0:3]`, `[1-4]`, `[:2]`, `[-2:]`, `[5]`, and several of them with commas.
    fn pieces(&mut self) -> Result<Vec<Slice>, BadFilter> {
        self.expect("[")?;
        let mut pieces = Vec::new();
        loop {
            let piece = match self.peek() {
                Some(TokenKind::Word(word)) => slice(word),
                _ => None,
            };
            let wanted = "a place or range such as 4, 0:3 (three from 0), 1-4, :2 or -2:";
            pieces.push(piece.ok_or_else(|| self.unexpected(wanted))?);
            self.advance();
            if self.take("]", "") {
                return Ok(pieces);
            }
            self.expect(",")?;
        }
    }
}

/// The only element of a row; a longer one comes back.
fn single(mut expressions: Vec<Expression>) -> Result<Expression, Vec<Expression>> {
    match (expressions.pop(), expressions.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            expressions.push(last);
            Err(expressions)
        }
        (None, _) => Err(expressions),
    }
}

fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "not"
            | "in"
            | "eq"
            | "ne"
            | "gt"
            | "lt"
            | "ge"
            | "le"
            | "contains"
            | "matches"
            | "-"
            | "/"
    )
}

fn slice(text: &str) -> Option<Slice> {
    let number = |text: &str| text.parse::<i32>().ok();
    if let Some((from, length)) = text.split_once(':') {
        let from = if from.is_empty() { Some(0) } else { number(from) }?;
        let to = match length {
            "" => End::Open,
            length => End::Length(length.parse().ok().filter(|length| *length > 0)?),
        };
        return Some(Slice { from, to });
    }
    // A minus at the front belongs to the number.
    let dash = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    match dash.and_then(|at| text.split_at_checked(at)) {
        Some((from, to)) => Some(Slice { from: number(from)?, to: End::Through(number(to.get(1..)?)?) }),
        None => Some(Slice { from: number(text)?, to: End::Length(1) }),
    }
}
