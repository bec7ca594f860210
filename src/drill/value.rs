//! What expressions of a script amount to, and what the names in it stand for so far.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::script::{Expr, ExprKind, Number, NumberKind, Operator, Span};
use super::{Stop, constants};
use crate::mistake::Mistake;

/// What names stand for: `$mss` of `let` and of `?mss`, the turns of `repeat`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    values: BTreeMap<String, i64>,
}

/// Expressions are not nested deeper than this.
const DEEPEST: usize = 200;

impl Scope {
    /// `$name` has this value from now on.
    pub fn set(&mut self, name: impl Into<String>, value: i64) {
        self.values.insert(name.into(), value);
    }

    /// The value of `$name`.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.values.get(name).copied()
    }

    /// The number that an expression amounts to.
    ///
    /// # Errors
    /// A mistake if it is none, or if a name in it stands for nothing.
    pub fn evaluate(&self, expr: &Expr) -> Result<i64, Stop> {
        self.compute(expr, DEEPEST).map_err(Stop::Wrong)
    }

    /// A number of a packet. One that is captured has no value yet: whoever compares packets sees to those first.
    ///
    /// # Errors
    /// As [`Scope::evaluate`].
    pub fn number(&self, number: &Number) -> Result<i64, Stop> {
        match &number.value {
            NumberKind::Is(value) => Ok(*value),
            NumberKind::Computed(expr) => self.evaluate(expr),
            NumberKind::Captured(name) => {
                Err(wrong(&number.span, format!("`?{name}` can be asked of what comes out, not of this")))
            }
        }
    }

    fn compute(&self, expr: &Expr, depth: usize) -> Result<i64, Mistake> {
        let span = &expr.span;
        let depth =
            depth.checked_sub(1).ok_or_else(|| Mistake::new(span.clone(), "this is nested too deeply"))?;
        match &expr.kind {
            ExprKind::Integer(value) => Ok(*value),
            // `$` may be left out where a name stands in a sum.
            ExprKind::Word(word) => match self.values.get(word) {
                Some(value) => Ok(*value),
                None => constants::lookup(word, span),
            },
            ExprKind::Name(name) => self.get(name).ok_or_else(|| {
                let names = self.values.keys().map(String::as_str);
                Mistake::new(span.clone(), format!("`${name}` has no value here")).like(name, names)
            }),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.compute(left, depth)?, self.compute(right, depth)?);
                join(*operator, left, right)
                    .ok_or_else(|| Mistake::new(span.clone(), no_result(*operator, right)))
            }
            ExprKind::Negative(inner) => self
                .compute(inner, depth)?
                .checked_neg()
                .ok_or_else(|| Mistake::new(span.clone(), "this is beyond 64 bits")),
            ExprKind::Not(inner) => Ok(!self.compute(inner, depth)?),
            ExprKind::Function(name, arguments) => self.function(name, arguments, span, depth),
            other => Err(Mistake::new(
                span.clone(),
                format!("a number is expected here, not {}", what_it_is(other)),
            )),
        }
    }

    fn function(&self, name: &str, arguments: &[Expr], span: &Span, depth: usize) -> Result<i64, Mistake> {
        let Some((known, wanted, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            let names = FUNCTIONS.iter().map(|(known, ..)| *known);
            return Err(
                Mistake::new(span.clone(), format!("there is no function `{name}`")).like(name, names)
            );
        };
        let [argument] = arguments else {
            return Err(Mistake::new(span.clone(), format!("`{known}` takes one argument: {wanted}")));
        };
        match *most {
            // Numbers of a script are those that are meant, whatever the order of bytes in memory is.
            Some(most) => {
                let value = self.compute(argument, depth)?;
                let fits = (0..=most).contains(&value);
                let message = || format!("`{known}` takes {wanted}, not {value}");
                if fits { Ok(value) } else { Err(Mistake::new(argument.span.clone(), message())) }
            }
            None if name == "sizeof" => size_of(argument),
            None => match address(argument)? {
                IpAddr::V4(address) => Ok(i64::from(address.to_bits())),
                IpAddr::V6(_) => Err(Mistake::new(
                    argument.span.clone(),
                    "an address of IPv6 is no number: it can stand where an address is expected",
                )),
            },
        }
    }
}

/// Functions: name, what they take, and the largest number that they take, if it is one.
const FUNCTIONS: &[(&str, &str, Option<i64>)] = &[
    ("htonl", "a number of 32 bits", Some(0xffff_ffff)),
    ("htons", "a number of 16 bits", Some(0xffff)),
    ("inet_addr", "an address of IPv4 in quotes", None),
    ("ntohl", "a number of 32 bits", Some(0xffff_ffff)),
    ("ntohs", "a number of 16 bits", Some(0xffff)),
    ("sizeof", "the name of a type, or a list", None),
];

/// How many bytes structures and types of Linux have on x86-64.
const SIZES: &[(&str, i64)] = &[
    ("char", 1),
    ("cmsghdr", 16),
    ("epoll_event", 12),
    ("in6_addr", 16),
    ("in_addr", 4),
    ("int", 4),
    ("int32_t", 4),
    ("int64_t", 8),
    ("iovec", 16),
    ("linger", 8),
    ("long", 8),
    ("msghdr", 56),
    ("pollfd", 8),
    ("short", 2),
    ("size_t", 8),
    ("sock_extended_err", 16),
    ("sockaddr", 16),
    ("sockaddr_in", 16),
    ("sockaddr_in6", 28),
    ("sockaddr_storage", 128),
    ("socklen_t", 4),
    ("timespec", 16),
    ("timeval", 16),
    ("uint16_t", 2),
    ("uint32_t", 4),
    ("uint64_t", 8),
    ("uint8_t", 1),
];

/// Bytes of a type, of a list of integers, of a text with the zero behind it.
fn size_of(argument: &Expr) -> Result<i64, Mistake> {
    let count = |bytes: usize, each: i64| i64::try_from(bytes).ok().and_then(|bytes| bytes.checked_mul(each));
    let unknown = || Mistake::new(argument.span.clone(), "`sizeof` takes the name of a type, or a list");
    match &argument.kind {
        ExprKind::Word(name) => {
            let name = name.strip_prefix("struct ").map_or(name.as_str(), str::trim_start);
            let known = SIZES.iter().find(|(known, _)| *known == name);
            known.map(|(_, size)| *size).ok_or_else(|| {
                let message = format!("the size of `{name}` is not known here");
                Mistake::new(argument.span.clone(), message).like(name, SIZES.iter().map(|(known, _)| *known))
            })
        }
        ExprKind::List(items) => count(items.len(), 4).ok_or_else(unknown),
        ExprKind::Text(bytes) => count(bytes.len().saturating_add(1), 1).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// The address that a text says.
pub(crate) fn address(argument: &Expr) -> Result<IpAddr, Mistake> {
    let wrong =
        || Mistake::new(argument.span.clone(), "an address in quotes is expected here, as in \"192.0.2.1\"");
    match &argument.kind {
        ExprKind::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
            text.parse().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

/// The address that a number is.
pub(crate) fn ipv4(number: i64) -> Option<Ipv4Addr> {
    u32::try_from(number).ok().map(Ipv4Addr::from_bits)
}

fn join(operator: Operator, left: i64, right: i64) -> Option<i64> {
    let bits = || u32::try_from(right).ok();
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
        Operator::Or => Some(left | right),
        Operator::And => Some(left & right),
        Operator::ShiftLeft => {
            let shifted = left.checked_shl(bits()?)?;
            (shifted.checked_shr(bits()?)? == left).then_some(shifted)
        }
        Operator::ShiftRight => left.checked_shr(bits()?),
    }
}

/// Why two numbers cannot be joined.
const fn no_result(operator: Operator, right: i64) -> &'static str {
    match operator {
        Operator::Divide | Operator::Remainder if right == 0 => "nothing can be divided by 0",
        Operator::ShiftLeft | Operator::ShiftRight if right < 0 || right > 63 => {
            "a number can be shifted by 0 to 63 bits"
        }
        _ => "this is beyond 64 bits",
    }
}

/// What stands where a number is expected.
pub(crate) const fn what_it_is(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Ellipsis => "`...`",
        ExprKind::Text(_) => "a text",
        ExprKind::List(_) => "a list",
        ExprKind::Record(_) => "something in braces",
        ExprKind::Captured(_) => "something to be captured",
        ExprKind::Word(_) => "a name",
        _ => "a number",
    }
}

/// A mistake of the script, at its place.
pub(crate) fn wrong(span: &Span, message: impl Into<String>) -> Stop {
    Stop::Wrong(Mistake::new(span.clone(), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(kind: ExprKind) -> Expr {
        Expr { kind, span: 5..9 }
    }

    fn integer(value: i64) -> Expr {
        expr(ExprKind::Integer(value))
    }

    fn word(name: &str) -> Expr {
        expr(ExprKind::Word(name.to_owned()))
    }

    fn text(text: &str) -> Expr {
        expr(ExprKind::Text(text.as_bytes().to_vec()))
    }

    fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
        expr(ExprKind::Binary(operator, Box::new(left), Box::new(right)))
    }

    fn call(name: &str, argument: Expr) -> Expr {
        expr(ExprKind::Function(name.to_owned(), vec![argument]))
    }

    fn value(expr: &Expr) -> Result<i64, String> {
        let mut scope = Scope::default();
        scope.set("mss", 1460);
        scope.set("PORT", 8080);
        scope.evaluate(expr).map_err(|stop| match stop {
            Stop::Wrong(mistake) => mistake.to_string(),
            Stop::Skip { reason, .. } => reason,
        })
    }

    #[test]
    fn expressions_amount_to_numbers() {
        let mss = || expr(ExprKind::Name("mss".to_owned()));
        for (given, expected) in [
            (word("O_RDWR"), 2),
            (binary(Operator::Or, word("O_RDWR"), word("O_NONBLOCK")), 0x802),
            (binary(Operator::Multiply, mss(), integer(10)), 14_600),
            (expr(ExprKind::Negative(Box::new(mss()))), -1460),
            (expr(ExprKind::Not(Box::new(integer(0)))), -1),
            (binary(Operator::ShiftLeft, integer(1), integer(20)), 1 << 20),
            (binary(Operator::Remainder, integer(-7), integer(4)), -3),
            // Port 8080 stays 8080: a script says what it means, not how it lies in memory.
            (call("htons", integer(8080)), 8080),
            (call("inet_addr", text("192.0.2.1")), 0xc000_0201),
            (call("sizeof", word("sockaddr_in6")), 28),
            (call("sizeof", expr(ExprKind::List(vec![integer(1), integer(2)]))), 8),
        ] {
            assert_eq!(value(&given), Ok(expected), "{given:?}");
        }
    }

    #[test]
    fn what_amounts_to_nothing_is_a_mistake() {
        for (given, expected) in [
            (word("O_RDRW"), "there is no constant `O_RDRW`; did you mean O_RDWR?"),
            (expr(ExprKind::Name("msss".to_owned())), "`$msss` has no value here; did you mean mss?"),
            (binary(Operator::Divide, integer(1), integer(0)), "nothing can be divided by 0"),
            (binary(Operator::Add, integer(i64::MAX), integer(1)), "this is beyond 64 bits"),
            (binary(Operator::ShiftLeft, integer(3), integer(62)), "this is beyond 64 bits"),
            (binary(Operator::ShiftLeft, integer(1), integer(64)), "a number can be shifted by 0 to 63 bits"),
            (expr(ExprKind::Negative(Box::new(integer(i64::MIN)))), "this is beyond 64 bits"),
            (call("htons", integer(70_000)), "`htons` takes a number of 16 bits, not 70000"),
            (call("htnos", integer(1)), "there is no function `htnos`; did you mean htons or htonl?"),
            (
                call("sizeof", word("sockadr")),
                "the size of `sockadr` is not known here; did you mean sockaddr?",
            ),
            (
                call("inet_addr", text("192.0.2")),
                "an address in quotes is expected here, as in \"192.0.2.1\"",
            ),
            (text("abc"), "a number is expected here, not a text"),
            (expr(ExprKind::Ellipsis), "a number is expected here, not `...`"),
        ] {
            assert_eq!(value(&given), Err(expected.to_owned()), "{given:?}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        let mut deep = integer(1);
        for _ in 0..300 {
            deep = expr(ExprKind::Not(Box::new(deep)));
        }
        assert_eq!(value(&deep), Err("this is nested too deeply".to_owned()));
    }

    #[test]
    fn numbers_of_packets() {
        let mut scope = Scope::default();
        scope.set("window", 65_535);
        let number = |value| Number { value, span: 1..2 };
        assert_eq!(scope.number(&number(NumberKind::Is(7))), Ok(7));
        let computed = NumberKind::Computed(Box::new(expr(ExprKind::Name("window".to_owned()))));
        assert_eq!(scope.number(&number(computed)), Ok(65_535));
        let captured = scope.number(&number(NumberKind::Captured("window".to_owned())));
        assert!(matches!(captured, Err(Stop::Wrong(mistake)) if mistake.span == (1..2)));
    }
}
