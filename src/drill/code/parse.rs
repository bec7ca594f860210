//! The grammar of Python's statements and expressions, as far as scripts assert with them.

use super::Problem;
use super::token::{Span, Token, TokenKind, tokens, unescaped};
use super::value::{Operator, Value};

/// Brackets and blocks in each other, and pieces that are joined, at most.
const DEEPEST: usize = 100;

/// Words that begin what is not run.
const NOT_RUN: [&str; 24] = [
    "import", "from", "def", "class", "for", "while", "with", "try", "except", "finally", "raise", "return",
    "yield", "lambda", "global", "nonlocal", "del", "async", "await", "break", "continue", "exec", "match",
    "type",
];

/// Words that are no names.
const KEYWORDS: [&str; 13] =
    ["assert", "pass", "if", "elif", "else", "and", "or", "not", "in", "is", "None", "True", "False"];

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Assert {
        condition: Expr,
        message: Option<Expr>,
    },
    Print(Vec<Expr>),
    Assign {
        targets: Vec<Target>,
        value: Expr,
    },
    /// `a += 1`
    Change {
        name: String,
        operator: Operator,
        value: Expr,
        span: Span,
    },
    If {
        branches: Vec<(Expr, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    Bare(Expr),
    Pass,
}

/// What a value is given to: a name, or as many as it has parts.
#[derive(Clone, Debug)]
pub(super) enum Target {
    One(String),
    Each(Vec<String>),
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub kind: ExprKind,
    pub span: Span,
    /// How deep it is.
    height: usize,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Value(Value),
    Name(String),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Invert(Box<Expr>),
    Not(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Vec<(Relation, Expr)>),
    /// The first of these that is false, or the last.
    And(Vec<Expr>),
    /// The first of these that is true, or the last.
    Or(Vec<Expr>),
    Conditional {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `[a, b]`, or `(a, b)`, which is a tuple.
    List(Vec<Expr>, bool),
    Call(String, Vec<Expr>),
    /// `f"a {b:02d}"`
    Format(Vec<Piece>),
}

/// A piece of a formatted string.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Value {
        value: Expr,
        /// `!r`: as it would be written in code.
        written: bool,
        specification: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

const RELATIONS: &[(&str, Relation)] = &[
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<", Relation::Less),
    ("<=", Relation::LessOrEqual),
    (">", Relation::Greater),
    (">=", Relation::GreaterOrEqual),
];

/// What joins two values, and how closely; `**` is closer than signs and stands apart.
const OPERATORS: &[(&str, Operator, u8)] = &[
    ("|", Operator::Or, 0),
    ("^", Operator::Xor, 1),
    ("&", Operator::And, 2),
    ("<<", Operator::ShiftLeft, 3),
    (">>", Operator::ShiftRight, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Subtract, 4),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
    ("//", Operator::Floor, 5),
    ("%", Operator::Remainder, 5),
];

type Parsed<T> = Result<T, Problem>;

/// Reads code.
///
/// # Errors
/// [`Problem`] at what is not run, or makes no sense.
pub(super) fn parse(code: &str) -> Parsed<Vec<Statement>> {
    let tokens = tokens(code)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: code.len(), depth: 0 };
    let mut statements = Vec::new();
    while parser.peek().is_some() {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    end: usize,
    depth: usize,
}

fn wrong<T>(message: impl Into<String>, at: Span) -> Parsed<T> {
    Err(Problem::Wrong { message: message.into(), at })
}

fn skip<T>(reason: impl Into<String>, at: Span) -> Parsed<T> {
    Err(Problem::Skip { reason: reason.into(), at })
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t TokenKind<'t>> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.span.clone())
    }

    /// All from there to what was taken last.
    fn since(&self, start: usize) -> Span {
        let last = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        start..last.map_or(start, |token| token.span.end).max(start)
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(TokenKind::Sign(found)) if *found == sign);
        self.at = self.at.saturating_add(usize::from(there));
        there
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(TokenKind::Name(found)) if *found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.at = self.at.saturating_add(usize::from(there));
        there
    }

    /// What stands next can not stand here.
    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.peek() {
            Some(TokenKind::Name(word)) if NOT_RUN.contains(word) => {
                skip(format!("`{word}` of Python is not run here"), self.span())
            }
            Some(TokenKind::Sign(sign @ ("." | "[" | ":=" | "->"))) => {
                skip(format!("`{sign}` of Python is not run here"), self.span())
            }
            _ => wrong(format!("{wanted} was expected here"), self.span()),
        }
    }

    fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { self.unexpected(&format!("`{sign}`")) }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return skip(format!("this is more than {DEEPEST} deep"), self.span());
        }
        self.depth = self.depth.saturating_add(1);
        let result = inner(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn expr(&self, kind: ExprKind, start: usize) -> Parsed<Expr> {
        let below = match &kind {
            ExprKind::Value(_) | ExprKind::Name(_) => 0,
            ExprKind::Negative(one)
            | ExprKind::Positive(one)
            | ExprKind::Invert(one)
            | ExprKind::Not(one) => one.height,
            ExprKind::Binary(_, left, right) => left.height.max(right.height),
            ExprKind::Compare(first, rest) => {
                rest.iter().map(|(_, right)| right.height).fold(first.height, usize::max)
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                condition.height.max(then.height).max(otherwise.height)
            }
            ExprKind::And(all) | ExprKind::Or(all) | ExprKind::List(all, _) | ExprKind::Call(_, all) => {
                all.iter().map(|one| one.height).fold(0, usize::max)
            }
            ExprKind::Format(pieces) => {
                let heights = pieces.iter().map(|piece| match piece {
                    Piece::Text(_) => 0,
                    Piece::Value { value, .. } => value.height,
                });
                heights.fold(0, usize::max)
            }
        };
        let span = self.since(start);
        let height = below.saturating_add(1);
        if height > DEEPEST {
            return skip(format!("this is more than {DEEPEST} deep"), span);
        }
        Ok(Expr { kind, span, height })
    }

    /// A statement, or several of a line.
    fn statement(&mut self, into: &mut Vec<Statement>) -> Parsed<()> {
        if self.peek() == Some(&TokenKind::Indent) {
            return wrong("this line is indented further than the one before it", self.span());
        }
        if self.take_word("if") {
            let conditional = self.deeper(Self::conditional_statement)?;
            into.push(conditional);
            return Ok(());
        }
        loop {
            into.push(self.simple()?);
            let more = self.take(";");
            if self.peek() == Some(&TokenKind::Newline) {
                self.advance();
                return Ok(());
            }
            if !more {
                return self.unexpected("the end of the line");
            }
        }
    }

    /// Behind `if`.
    fn conditional_statement(&mut self) -> Parsed<Statement> {
        let mut branches = vec![(self.expression()?, self.block()?)];
        loop {
            if self.take_word("elif") {
                branches.push((self.expression()?, self.block()?));
            } else {
                let otherwise = if self.take_word("else") { self.block()? } else { Vec::new() };
                return Ok(Statement::If { branches, otherwise });
            }
        }
    }

    /// `:` and lines that are indented, or the rest of the line.
    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect(":")?;
        let mut statements = Vec::new();
        if self.peek() != Some(&TokenKind::Newline) {
            if self.is_word("if") {
                return wrong("behind `:` there can be no `if`", self.span());
            }
            self.statement(&mut statements)?;
            return Ok(statements);
        }
        self.advance();
        if self.peek() != Some(&TokenKind::Indent) {
            return wrong("lines that are indented were expected here", self.span());
        }
        self.advance();
        while !matches!(self.peek(), None | Some(TokenKind::Dedent)) {
            self.statement(&mut statements)?;
        }
        self.advance();
        Ok(statements)
    }

    fn simple(&mut self) -> Parsed<Statement> {
        if self.take_word("pass") {
            return Ok(Statement::Pass);
        }
        if self.take_word("assert") {
            let condition = self.expression()?;
            let message = if self.take(",") { Some(self.expression()?) } else { None };
            return Ok(Statement::Assert { condition, message });
        }
        let is_print = self.is_word("print");
        let next = self.tokens.get(self.at.saturating_add(1)).map(|token| &token.kind);
        if is_print && !matches!(next, Some(TokenKind::Sign("="))) {
            self.advance();
            return self.print();
        }
        let value = self.expressions()?;
        if matches!(self.peek(), Some(TokenKind::Sign("="))) {
            return self.assignment(value);
        }
        let change = match self.peek() {
            Some(TokenKind::Sign(sign)) => sign.strip_suffix('='),
            _ => None,
        };
        let operator = change.and_then(|sign| {
            let power = (sign == "**").then_some(Operator::Power);
            power.or_else(|| {
                OPERATORS.iter().find(|(known, ..)| *known == sign).map(|(_, operator, _)| *operator)
            })
        });
        match (operator, value.kind) {
            (Some(operator), ExprKind::Name(name)) => {
                self.advance();
                let right = self.expressions()?;
                let span = self.since(value.span.start);
                Ok(Statement::Change { name, operator, value: right, span })
            }
            (_, kind) => Ok(Statement::Bare(Expr { kind, ..value })),
        }
    }

    /// `a = b = 1`, `a, b = 1, 2`
    fn assignment(&mut self, first: Expr) -> Parsed<Statement> {
        let mut targets = Vec::new();
        let mut value = first;
        while self.take("=") {
            targets.push(target(value)?);
            value = self.expressions()?;
        }
        Ok(Statement::Assign { targets, value })
    }

    /// `print(a, b)`, and `print a, b` of Python 2.
    fn print(&mut self) -> Parsed<Statement> {
        if matches!(self.peek(), None | Some(TokenKind::Newline | TokenKind::Sign(";"))) {
            return Ok(Statement::Print(Vec::new()));
        }
        if matches!(self.peek(), Some(TokenKind::Sign(">>"))) {
            return skip("`>>` behind `print` is not run here", self.span());
        }
        let all = self.expressions()?;
        // The brackets of the function of Python 3 look like those of a tuple.
        match all.kind {
            ExprKind::List(parts, true) => Ok(Statement::Print(parts)),
            kind => Ok(Statement::Print(vec![Expr { kind, ..all }])),
        }
    }

    /// An expression, or several with commas between, which are a tuple.
    fn expressions(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let first = self.expression()?;
        if !matches!(self.peek(), Some(TokenKind::Sign(","))) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.take(",") {
            let ends = matches!(self.peek(), None | Some(TokenKind::Newline | TokenKind::Sign("=" | ";")));
            if ends {
                break;
            }
            all.push(self.expression()?);
        }
        self.expr(ExprKind::List(all, true), start)
    }

    /// `a if b else c`
    fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| {
            let start = parser.span().start;
            let then = parser.any()?;
            if !parser.take_word("if") {
                return Ok(then);
            }
            let condition = parser.any()?;
            if !parser.take_word("else") {
                return parser.unexpected("`else`");
            }
            let otherwise = parser.expression()?;
            let (then, otherwise) = (Box::new(then), Box::new(otherwise));
            parser.expr(ExprKind::Conditional { condition: Box::new(condition), then, otherwise }, start)
        })
    }

    fn any(&mut self) -> Parsed<Expr> {
        self.row("or", Self::all, ExprKind::Or)
    }

    fn all(&mut self) -> Parsed<Expr> {
        self.row("and", Self::negation, ExprKind::And)
    }

    /// One, or several with a word between them.
    fn row(
        &mut self,
        word: &str,
        one: fn(&mut Self) -> Parsed<Expr>,
        of: fn(Vec<Expr>) -> ExprKind,
    ) -> Parsed<Expr> {
        let start = self.span().start;
        let first = one(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.take_word(word) {
            all.push(one(self)?);
        }
        self.expr(of(all), start)
    }

    fn negation(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        if self.take_word("not") {
            let inner = self.deeper(Self::negation)?;
            return self.expr(ExprKind::Not(Box::new(inner)), start);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let first = self.computed(0)?;
        let mut rest = Vec::new();
        while let Some(relation) = self.relation() {
            rest.push((relation, self.computed(0)?));
        }
        if rest.is_empty() { Ok(first) } else { self.expr(ExprKind::Compare(Box::new(first), rest), start) }
    }

    fn relation(&mut self) -> Option<Relation> {
        if let Some(TokenKind::Sign(sign)) = self.peek() {
            let (_, relation) = RELATIONS.iter().find(|(known, _)| known == sign)?;
            self.advance();
            return Some(*relation);
        }
        if self.take_word("in") {
            return Some(Relation::In);
        }
        if self.take_word("is") {
            return Some(if self.take_word("not") { Relation::IsNot } else { Relation::Is });
        }
        let next = self.tokens.get(self.at.saturating_add(1)).map(|token| &token.kind);
        let not_in = self.is_word("not") && next == Some(&TokenKind::Name("in"));
        if not_in {
            self.at = self.at.saturating_add(2);
        }
        not_in.then_some(Relation::NotIn)
    }

    /// Values that are joined at least so closely.
    fn computed(&mut self, least: u8) -> Parsed<Expr> {
        let start = self.span().start;
        let mut left = self.signed()?;
        loop {
            let found = match self.peek() {
                Some(TokenKind::Sign(sign)) => OPERATORS.iter().find(|(known, ..)| known == sign),
                _ => None,
            };
            let Some((_, operator, close)) = found.filter(|(.., close)| *close >= least) else {
                return Ok(left);
            };
            self.advance();
            let right = self.computed(close.saturating_add(1))?;
            left = self.expr(ExprKind::Binary(*operator, Box::new(left), Box::new(right)), start)?;
        }
    }

    fn signed(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let of: fn(Box<Expr>) -> ExprKind = if self.take("-") {
            ExprKind::Negative
        } else if self.take("+") {
            ExprKind::Positive
        } else if self.take("~") {
            ExprKind::Invert
        } else {
            return self.power();
        };
        let inner = self.deeper(Self::signed)?;
        self.expr(of(Box::new(inner)), start)
    }

    /// `2 ** -1`: what is right of it is taken first.
    fn power(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let base = self.atom()?;
        if matches!(self.peek(), Some(TokenKind::Sign("." | "["))) {
            return self.unexpected("an operator");
        }
        if !self.take("**") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        self.expr(ExprKind::Binary(Operator::Power, Box::new(base), Box::new(exponent)), start)
    }

    fn atom(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let Some(kind) = self.peek() else { return self.unexpected("a value") };
        let kind = match kind {
            TokenKind::Integer(Some(number)) => ExprKind::Value(Value::Integer(*number)),
            TokenKind::Integer(None) => return skip("numbers have 128 bits here", span),
            TokenKind::Float(number) => ExprKind::Value(Value::Float(*number)),
            TokenKind::Text(_) | TokenKind::Format(..) => return self.strings(),
            TokenKind::Name("True") => ExprKind::Value(Value::Bool(true)),
            TokenKind::Name("False") => ExprKind::Value(Value::Bool(false)),
            TokenKind::Name("None") => ExprKind::Value(Value::None),
            TokenKind::Name(name) if !KEYWORDS.contains(name) && !NOT_RUN.contains(name) => {
                self.advance();
                if !self.take("(") {
                    return self.expr(ExprKind::Name((*name).to_owned()), span.start);
                }
                let (arguments, _) = self.deeper(|parser| parser.list(")"))?;
                return self.expr(ExprKind::Call((*name).to_owned(), arguments), span.start);
            }
            TokenKind::Sign("(") => {
                self.advance();
                let (mut all, comma) = self.deeper(|parser| parser.list(")"))?;
                return match all.pop() {
                    // Brackets around one are no tuple; what they hold goes on as if they were there.
                    Some(one) if all.is_empty() && !comma => Ok(Expr { span: self.since(span.start), ..one }),
                    last => {
                        all.extend(last);
                        self.expr(ExprKind::List(all, true), span.start)
                    }
                };
            }
            TokenKind::Sign("[") => {
                self.advance();
                let (all, _) = self.deeper(|parser| parser.list("]"))?;
                return self.expr(ExprKind::List(all, false), span.start);
            }
            _ => return self.unexpected("a value"),
        };
        self.advance();
        self.expr(kind, span.start)
    }

    /// Values with commas between them up to a bracket; whether a comma stands before it.
    fn list(&mut self, close: &'static str) -> Parsed<(Vec<Expr>, bool)> {
        let mut all = Vec::new();
        let mut comma = false;
        while !self.take(close) {
            if !all.is_empty() && !comma {
                return self.unexpected(&format!("`,` or `{close}`"));
            }
            all.push(self.expression()?);
            if matches!(self.peek(), Some(TokenKind::Sign("="))) {
                return skip("arguments with names are not known here", self.span());
            }
            comma = self.take(",");
        }
        Ok((all, comma))
    }

    /// Strings that stand behind each other are one.
    fn strings(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let mut pieces = Vec::new();
        loop {
            match self.peek() {
                Some(TokenKind::Text(text)) => pieces.push(Piece::Text(text.clone())),
                Some(TokenKind::Format(inside, at)) => {
                    self.deeper(|parser| parser.format(inside, *at, &mut pieces))?
                }
                _ => break,
            }
            self.advance();
        }
        let plain: Option<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                Piece::Value { .. } => None,
            })
            .collect();
        let kind = plain.map_or(ExprKind::Format(pieces), |text| ExprKind::Value(Value::Text(text)));
        self.expr(kind, start)
    }

    /// The pieces of a formatted string, which stands at a place of the code.
    fn format(&mut self, inside: &str, at: usize, pieces: &mut Vec<Piece>) -> Parsed<()> {
        let mut rest = inside;
        let place = |rest: &str| at.saturating_add(inside.len()).saturating_sub(rest.len());
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, behind) = rest.split_at_checked(brace).unwrap_or((rest, ""));
            pieces.push(Piece::Text(unescaped(before)));
            let doubled = ["{{", "}}"].into_iter().find(|two| behind.starts_with(two));
            if let Some(two) = doubled {
                pieces.push(Piece::Text(two.chars().take(1).collect()));
                rest = behind.get(2..).unwrap_or_default();
                continue;
            }
            let start = place(behind).saturating_add(1);
            let closed = behind.strip_prefix('{').and_then(|value| value.split_once('}'));
            let Some((value, behind)) = closed else {
                return wrong("a brace in this string is not closed", place(behind)..start);
            };
            pieces.push(self.formatted(value, start)?);
            rest = behind;
        }
        pieces.push(Piece::Text(unescaped(rest)));
        Ok(())
    }

    /// `value`, `value!r`, `value:02d`
    fn formatted(&mut self, text: &str, at: usize) -> Parsed<Piece> {
        let (value, specification) = text.split_once(':').unwrap_or((text, ""));
        let (value, conversion) = match value.split_once('!') {
            Some((value, conversion)) if !conversion.starts_with('=') => (value, conversion),
            _ => (value, "s"),
        };
        let end = at.saturating_add(text.len());
        if value.trim_end().ends_with('=') || !matches!(conversion, "r" | "s") {
            return skip("this in a formatted string is not known here", at..end);
        }
        let mut tokens = tokens(value).map_err(|problem| problem.moved(at))?;
        for token in &mut tokens {
            token.span = token.span.start.saturating_add(at)..token.span.end.saturating_add(at);
        }
        let mut parser = Parser { tokens: &tokens, at: 0, end, depth: self.depth };
        let value = parser.expression()?;
        if parser.peek() != Some(&TokenKind::Newline) {
            return parser.unexpected("an operator");
        }
        Ok(Piece::Value { value, written: conversion == "r", specification: specification.to_owned() })
    }
}

fn target(value: Expr) -> Parsed<Target> {
    let span = value.span.clone();
    let name = |expr: Expr| match expr.kind {
        ExprKind::Name(name) => Ok(name),
        _ => wrong("a value can only be given to a name", span.clone()),
    };
    match value.kind {
        ExprKind::List(all, _) => Ok(Target::Each(all.into_iter().map(name).collect::<Parsed<_>>()?)),
        kind => Ok(Target::One(name(Expr { kind, ..value })?)),
    }
}
