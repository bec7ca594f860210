//! Expressions, and calls, which are made of them.

use super::token::{Kind, short};
use super::{DEEPEST, Parser};
use crate::drill::script::{Call, Entry, Expr, ExprKind, Operator, When};
use crate::mistake::Mistake;

/// Where an expression ends that is not in brackets: what begins the next event can be what goes on with an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It is in brackets: nowhere.
    Inside,
    /// It does not go on with a `+`, `-` or `*` at the beginning of a line.
    Line,
    /// It is what a call gives back: in addition, `+` before a number is the time of the next event, on the same line too.
    Result,
}

/// An expression, and how many are in each other in it.
type Grown = (Expr, usize);

/// What joins two expressions, what binds less before what binds more.
pub(in crate::drill) const OPERATORS: [(&str, Operator, u8); 9] = [
    ("|", Operator::Or, 0),
    ("&", Operator::And, 1),
    ("<<", Operator::ShiftLeft, 2),
    (">>", Operator::ShiftRight, 2),
    ("+", Operator::Add, 3),
    ("-", Operator::Subtract, 3),
    ("*", Operator::Multiply, 4),
    ("/", Operator::Divide, 4),
    ("%", Operator::Remainder, 4),
];

const OPERAND: &str = "a value";

impl Parser<'_> {
    pub fn expression(&mut self, edge: Edge) -> Result<Expr, Mistake> {
        Ok(self.grown(edge)?.0)
    }

    fn grown(&mut self, edge: Edge) -> Result<Grown, Mistake> {
        self.computed(0, edge)
    }

    /// Operators of this rank and above it.
    fn computed(&mut self, rank: u8, edge: Edge) -> Result<Grown, Mistake> {
        let (mut left, mut height) = self.operand(edge)?;
        while let Some((operator, of)) = self.operator(edge).filter(|(_, of)| *of >= rank) {
            self.advance();
            let (right, other) = self.deeper(|parser| parser.computed(of.saturating_add(1), edge))?;
            height = self.above(height.max(other))?;
            let span = left.span.start..right.span.end.max(left.span.start);
            left = Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span };
        }
        Ok((left, height))
    }

    /// The height of what stands above something.
    fn above(&self, height: usize) -> Result<usize, Mistake> {
        match height < DEEPEST {
            true => Ok(height.saturating_add(1)),
            false => Err(self.too_deep()),
        }
    }

    fn operator(&mut self, edge: Edge) -> Option<(Operator, u8)> {
        let Kind::Sign(found) = *self.peek() else { return None };
        let (_, operator, rank) = *OPERATORS.iter().find(|(sign, ..)| *sign == found)?;
        let begins_event = match (operator, edge) {
            (_, Edge::Inside) => false,
            (Operator::Add | Operator::Subtract | Operator::Multiply, _) if self.token.first => true,
            (Operator::Multiply, _) => matches!(self.ahead().kind, Kind::Sign("<" | ">")),
            (Operator::Add, Edge::Result) => matches!(self.ahead().kind, Kind::Number(_)),
            _ => false,
        };
        (!begins_event).then_some((operator, rank))
    }

    /// A value with signs before it.
    fn operand(&mut self, edge: Edge) -> Result<Grown, Mistake> {
        let make: fn(Box<Expr>) -> ExprKind = match self.peek() {
            Kind::Sign("-") => ExprKind::Negative,
            Kind::Sign("~") => ExprKind::Not,
            _ => return self.value(edge),
        };
        let start = self.advance().span.start;
        let (inner, height) = self.deeper(|parser| parser.operand(edge))?;
        let height = self.above(height)?;
        Ok((Expr { kind: make(Box::new(inner)), span: self.from(start) }, height))
    }

    fn value(&mut self, edge: Edge) -> Result<Grown, Mistake> {
        let start = self.span().start;
        let plain = |kind| (kind, 1usize);
        let (kind, height) = match *self.peek() {
            Kind::Sign("...") => plain(ExprKind::Ellipsis),
            Kind::Number(text) => plain(ExprKind::Integer(self.integer(text)?)),
            Kind::Char(code) => plain(ExprKind::Integer(i64::from(code))),
            Kind::Name(name) => plain(ExprKind::Name(name.to_owned())),
            Kind::Captured(name) => {
                self.is_capture_allowed()?;
                plain(ExprKind::Captured(name.to_owned()))
            }
            Kind::Text(_) => return Ok((self.text(), 1)),
            Kind::Word(_) => return self.named(edge),
            Kind::Sign("(" | "$(") => {
                self.advance();
                let (inner, height) = self.deeper(|parser| parser.grown(Edge::Inside))?;
                self.expect(")", "an operator or `)`")?;
                return Ok((Expr { kind: inner.kind, span: self.from(start) }, height));
            }
            Kind::Sign("[") => {
                self.advance();
                let (items, height) = self.items("]", Self::item)?;
                return Ok((Expr { kind: ExprKind::List(items), span: self.from(start) }, height));
            }
            Kind::Sign("{") => {
                self.advance();
                let (entries, height) = self.items("}", Self::entry)?;
                return Ok((Expr { kind: ExprKind::Record(entries), span: self.from(start) }, height));
            }
            _ => return Err(self.unexpected(OPERAND)),
        };
        self.advance();
        Ok((Expr { kind, span: self.from(start) }, height))
    }

    /// `?name` stands here: may it?
    pub fn is_capture_allowed(&self) -> Result<(), Mistake> {
        match self.may_capture {
            true => Ok(()),
            false => Err(Mistake::new(
                self.span(),
                format!("`{}` stands for what the host says, and here the script has to say it", self.peek()),
            )
            .hint("it may stand in packets that are expected, behind the `=` of a call, and in brackets in a call")),
        }
    }

    /// `O_RDWR`, `htons(8080)`; dots may join words. Behind what a call gives back, brackets after a space are words about it.
    fn named(&mut self, edge: Edge) -> Result<Grown, Mistake> {
        let start = self.span().start;
        let mut name = String::new();
        while let Kind::Word(word) = *self.peek() {
            name.push_str(word);
            self.advance();
            if !(self.is(".") && self.token.glued && matches!(self.ahead().kind, Kind::Word(_))) {
                break;
            }
            name.push('.');
            self.advance();
        }
        if !self.is("(") || edge == Edge::Result && !self.token.glued {
            return Ok((Expr { kind: ExprKind::Word(name), span: self.from(start) }, 1));
        }
        self.advance();
        let (arguments, height) = self.items(")", Self::item)?;
        Ok((Expr { kind: ExprKind::Function(name, arguments), span: self.from(start) }, height))
    }

    /// `"abc" "def"` is `"abcdef"`.
    fn text(&mut self) -> Expr {
        let start = self.span().start;
        let mut all = Vec::new();
        while matches!(self.peek(), Kind::Text(_)) {
            if let Kind::Text(text) = self.advance().kind {
                all.extend(text);
            }
        }
        Expr { kind: ExprKind::Text(all), span: self.from(start) }
    }

    /// What stands with commas between brackets, of which the first was taken.
    fn items<T>(
        &mut self,
        close: &str,
        one: fn(&mut Self) -> Result<(T, usize), Mistake>,
    ) -> Result<(Vec<T>, usize), Mistake> {
        let (mut all, mut height) = (Vec::new(), 0);
        if !self.take(close) {
            loop {
                let (item, of) = self.deeper(one)?;
                all.push(item);
                height = of.max(height);
                if self.take(close) {
                    break;
                }
                self.expect(",", &format!("a comma or `{close}`"))?;
            }
        }
        Ok((all, self.above(height)?))
    }

    fn item(&mut self) -> Result<Grown, Mistake> {
        self.grown(Edge::Inside)
    }

    /// What a call is given. What it writes into memory stands in brackets, and there it can be captured.
    fn argument(&mut self) -> Result<Grown, Mistake> {
        self.may_capture = self.is("[") || self.is("{");
        let argument = self.item();
        self.may_capture = false;
        argument
    }

    /// `fd=3`, `msg_iov(2)=[...]`, or a value alone.
    fn entry(&mut self) -> Result<(Entry, usize), Mistake> {
        let begin = self.span();
        let (value, height) = self.item()?;
        if !self.is("=") {
            return Ok((Entry { name: None, count: None, value }, height));
        }
        let (name, count) = match value.kind {
            ExprKind::Word(name) => (name, None),
            ExprKind::Function(name, mut counts) if counts.len() == 1 => (name, counts.pop()),
            _ => {
                let message =
                    "before `=` stands the name of a field, with a number in brackets or without one";
                return Err(Mistake::new(begin.start..value.span.end.max(begin.start), message));
            }
        };
        self.advance();
        let (value, other) = self.item()?;
        Ok((Entry { name: Some(name), count, value }, height.max(other)))
    }

    /// A whole number as C writes it.
    pub fn integer(&self, text: &str) -> Result<i64, Mistake> {
        let wrong = |message: String| Mistake::new(self.span(), message);
        let hexadecimal = text.strip_prefix("0x").or(text.strip_prefix("0X"));
        let octal =
            text.strip_prefix('0').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let (digits, radix, rule) = match (hexadecimal, octal) {
            (Some(digits), _) => (digits, 16, "is no hexadecimal number"),
            (None, Some(digits)) if !digits.is_empty() => {
                (digits, 8, "begins with 0, so it is octal, and its digits go from 0 to 7")
            }
            _ => (text, 10, "is no whole number"),
        };
        if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(wrong(format!("`{}` {rule}", short(text))));
        }
        i64::from_str_radix(digits, radix)
            .map_err(|_| wrong(format!("`{}` is too large: a number is at most {}", short(text), i64::MAX)))
    }

    /// `read(4, ..., 1000) = 1000`, `read(4, ..., 1000) = -1 EAGAIN (Resource temporarily unavailable)`.
    pub fn call(&mut self, until: Option<When>) -> Result<Call, Mistake> {
        let name = self.word().unwrap_or_default().to_owned();
        let span = self.advance().span;
        if !self.take("(") {
            let wanted = format!("`(` and what `{}` is called with", short(&name));
            return Err(self.unexpected(&wanted).hint("before a packet stands `<` or `>`"));
        }
        let (arguments, _) = self.items(")", Self::argument)?;
        if !self.take("=") {
            return Err(self.unexpected(&format!("`=` and what `{}` gives back", short(&name))));
        }
        self.may_capture = true;
        let result = self.expression(Edge::Result)?;
        self.may_capture = false;
        let errno = self.word().filter(|word| is_errno(word)).map(|word| (word.to_owned(), self.span()));
        match errno {
            Some(_) => {
                self.advance();
            }
            None => self.is_no_small_errno()?,
        }
        // What the error means, or what flags are, in words.
        if self.is("(") {
            if !self.tokens.skip_text() {
                return Err(Mistake::new(
                    self.span(),
                    "this bracket is not closed: `)` is missing on its line",
                ));
            }
            self.advance();
        }
        Ok(Call { name, span, arguments, until, result, errno })
    }

    /// No name of an error in small letters stands here, behind what a call gives back.
    fn is_no_small_errno(&mut self) -> Result<(), Mistake> {
        let Some(word) = self.word().filter(|word| *word != "expect" && !self.token.first) else {
            return Ok(());
        };
        let upper = word.to_ascii_uppercase();
        let next = self.ahead();
        if !is_errno(&upper) || next.kind == Kind::Sign("(") && next.glued {
            return Ok(());
        }
        let message = format!("the names of errors are in capitals, not `{}`", short(word));
        Err(Mistake { suggestions: vec![short(&upper).into_owned()], ..Mistake::new(self.span(), message) })
    }
}

/// What looks like the name of an error.
fn is_errno(word: &str) -> bool {
    word.starts_with('E') && word.bytes().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit())
}
