//! Reads one call, as far as tests need it.

use crate::drill::script::{Call, Entry, Expr, ExprKind, Operator};

/// `name(arguments) = result [ERRNO]`.
pub fn call(text: &str) -> Call {
    let mut reader = Reader { text, at: 0 };
    let name = reader.word();
    let span = 0..name.len();
    let arguments = reader.list('(', ')', Reader::expr);
    reader.expect("=");
    let result = reader.expr();
    reader.space();
    let start = reader.at;
    let errno = reader.word();
    let errno = (!errno.is_empty()).then(|| (errno.to_owned(), start..reader.at));
    assert_eq!(reader.rest(), "", "{text}");
    Call { name: name.to_owned(), span, arguments, until: None, result, errno }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn next_is(&mut self, what: &str) -> bool {
        self.space();
        let is = self.rest().starts_with(what);
        if is {
            self.at += what.len();
        }
        is
    }

    fn expect(&mut self, what: &str) {
        assert!(self.next_is(what), "{what} expected at {}", self.rest());
    }

    fn word(&mut self) -> &'t str {
        self.space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn list<T>(&mut self, open: char, close: char, item: fn(&mut Self) -> T) -> Vec<T> {
        self.expect(&open.to_string());
        let mut items = Vec::new();
        while !self.next_is(&close.to_string()) {
            items.push(item(self));
            self.next_is(",");
        }
        items
    }

    fn expr(&mut self) -> Expr {
        let left = self.operand();
        if !self.next_is("|") {
            return left;
        }
        let right = self.expr();
        let span = left.span.start..right.span.end;
        Expr { kind: ExprKind::Binary(Operator::Or, Box::new(left), Box::new(right)), span }
    }

    fn operand(&mut self) -> Expr {
        self.space();
        let start = self.at;
        let kind = match self.rest().as_bytes()[0] {
            b'.' => {
                self.expect("...");
                ExprKind::Ellipsis
            }
            b'[' => ExprKind::List(self.list('[', ']', Self::expr)),
            b'{' => ExprKind::Record(self.list('{', '}', Self::entry)),
            b'"' => {
                let length = self.rest()[1..].find('"').unwrap();
                let text = self.rest().as_bytes()[1..1 + length].to_vec();
                self.at += length + 2;
                ExprKind::Text(text)
            }
            b'?' => {
                self.at += 1;
                ExprKind::Captured(self.word().to_owned())
            }
            b'$' => {
                self.at += 1;
                ExprKind::Name(self.word().to_owned())
            }
            b'-' => {
                self.at += 1;
                ExprKind::Negative(Box::new(self.operand()))
            }
            b'0'..=b'9' => {
                let word = self.word();
                ExprKind::Integer(match word.strip_prefix("0x") {
                    Some(digits) => i64::from_str_radix(digits, 16).unwrap(),
                    None => word.parse().unwrap(),
                })
            }
            _ => {
                let word = self.word().to_owned();
                assert!(!word.is_empty(), "{}", self.rest());
                match self.rest().starts_with('(') {
                    true => ExprKind::Function(word, self.list('(', ')', Self::expr)),
                    false => ExprKind::Word(word),
                }
            }
        };
        Expr { kind, span: start..self.at }
    }

    fn entry(&mut self) -> Entry {
        self.space();
        let start = self.at;
        let name = self.word().to_owned();
        let count = self.rest().starts_with('(').then(|| self.list('(', ')', Self::expr).remove(0));
        if !name.is_empty() && self.next_is("=") {
            return Entry { name: Some(name), count, value: self.expr() };
        }
        self.at = start;
        Entry { name: None, count: None, value: self.expr() }
    }
}
