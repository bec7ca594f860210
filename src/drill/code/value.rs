//! Values of Python, and what can be done with them: arithmetic, comparison, text.
//!
//! Whole numbers have 128 bits, strings and lists a bound; what goes beyond is not wrong but is not run.

use std::cmp::Ordering;

/// The longest string, in bytes.
const LONGEST: usize = 65_536;
/// Values in a list, and in lists within it, at most.
const MOST: usize = 10_000;
/// How wide a number is written, at most.
const WIDEST: usize = 1000;

#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// Several, and whether they are a tuple.
    List(Vec<Value>, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `//`
    Floor,
    Remainder,
    Power,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    Xor,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Python would say that it is wrong.
    Wrong(String),
    /// It is not done here.
    Skip(String),
}

type Made<T> = Result<T, Fault>;

pub(super) fn wrong<T>(message: impl Into<String>) -> Made<T> {
    Err(Fault::Wrong(message.into()))
}

pub(super) fn skip<T>(reason: impl Into<String>) -> Made<T> {
    Err(Fault::Skip(reason.into()))
}

/// A whole number, if it is not too large for one.
pub(super) fn integer(number: Option<i128>) -> Made<Value> {
    number.map_or_else(too_large, |number| Ok(Value::Integer(number)))
}

fn too_large<T>() -> Made<T> {
    skip("numbers have 128 bits here")
}

/// A number, where `True` is 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    pub const fn to_float(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl Value {
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Bool(value) => Some(Number::Integer((*value).into())),
            Self::Integer(number) => Some(Number::Integer(*number)),
            Self::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// Whether it counts as true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(all, _) => !all.is_empty(),
        }
    }

    /// What Python calls its type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a bool",
            Self::Integer(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::List(_, true) => "a tuple",
            Self::List(_, false) => "a list",
        }
    }

    /// What it costs to copy: the values in it, itself counted; of a string, its pieces.
    pub fn size(&self) -> usize {
        match self {
            Self::List(all, _) => all.iter().map(Self::size).fold(1, usize::saturating_add),
            Self::Text(text) => text.len() / 64 + 1,
            _ => 1,
        }
    }

    /// Several values as one.
    pub fn list(all: Vec<Self>, tuple: bool) -> Made<Self> {
        let list = Self::List(all, tuple);
        if list.size() > MOST { skip(format!("lists have up to {MOST} values here")) } else { Ok(list) }
    }

    pub fn text(text: String) -> Made<Self> {
        match text.len() > LONGEST {
            true => skip(format!("strings have up to {LONGEST} bytes here")),
            false => Ok(Self::Text(text)),
        }
    }

    /// As `str` has it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.written(),
        }
    }

    /// As `repr` has it.
    pub fn written(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) if number.is_nan() => "nan".to_owned(),
            Self::Float(number) => float(*number),
            Self::Text(text) => {
                let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
                let mut written = String::from(quote);
                for letter in text.chars() {
                    match letter {
                        '\n' => written.push_str("\\n"),
                        '\\' => written.push_str("\\\\"),
                        letter if letter == quote => written.extend(['\\', letter]),
                        letter if letter.is_control() => written.extend(letter.escape_default()),
                        letter => written.push(letter),
                    }
                }
                written.push(quote);
                written
            }
            Self::List(all, tuple) => {
                let inside = all.iter().map(Self::written).collect::<Vec<_>>().join(", ");
                match (tuple, all.len()) {
                    (true, 1) => format!("({inside},)"),
                    (true, _) => format!("({inside})"),
                    (false, _) => format!("[{inside}]"),
                }
            }
        }
    }

    /// `==`
    pub fn equals(&self, other: &Self) -> bool {
        if let (Some(left), Some(right)) = (self.number(), other.number()) {
            return compare(left, right) == Some(Ordering::Equal);
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::List(left, tuple), Self::List(right, other)) => {
                tuple == other
                    && left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| left.equals(right))
            }
            _ => false,
        }
    }

    /// Which comes first; `None` where one is not a number at all (`nan`).
    pub fn order(&self, other: &Self) -> Made<Option<Ordering>> {
        if let (Some(left), Some(right)) = (self.number(), other.number()) {
            return Ok(compare(left, right));
        }
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => Ok(Some(left.cmp(right))),
            (Self::List(left, tuple), Self::List(right, other)) if tuple == other => {
                match left.iter().zip(right).find(|(left, right)| !left.equals(right)) {
                    Some((left, right)) => left.order(right),
                    None => Ok(Some(left.len().cmp(&right.len()))),
                }
            }
            _ => wrong(format!("{} and {} have no order", self.kind(), other.kind())),
        }
    }

    /// `in`
    pub fn contains(&self, wanted: &Self) -> Made<bool> {
        match (self, wanted) {
            (Self::List(all, _), _) => Ok(all.iter().any(|one| one.equals(wanted))),
            (Self::Text(text), Self::Text(part)) => Ok(text.contains(part.as_str())),
            _ => wrong(format!("{} holds no {}", self.kind(), wanted.kind())),
        }
    }

    /// What two values are together.
    pub fn join(operator: Operator, left: &Self, right: &Self) -> Made<Self> {
        if let (Operator::Remainder, Self::Text(format)) = (operator, left) {
            return Self::text(percent(format, right)?);
        }
        match (left.number(), right.number()) {
            (Some(Number::Integer(a)), Some(Number::Integer(b))) => {
                let bits = matches!(operator, Operator::And | Operator::Or | Operator::Xor);
                match (left, right) {
                    (Self::Bool(_), Self::Bool(_)) if bits => {
                        Ok(Self::Bool(integers(operator, a, b)?.is_true()))
                    }
                    _ => integers(operator, a, b),
                }
            }
            (Some(a), Some(b)) => floats(operator, a.to_float(), b.to_float()),
            _ => Self::rows(operator, left, right),
        }
    }

    /// Strings and lists can be put behind each other, and repeated.
    fn rows(operator: Operator, left: &Self, right: &Self) -> Made<Self> {
        match (operator, left, right) {
            (Operator::Add, Self::Text(left), Self::Text(right)) => Self::text(format!("{left}{right}")),
            (Operator::Add, Self::List(left, tuple), Self::List(right, other)) if tuple == other => {
                Self::list(left.iter().chain(right).cloned().collect(), *tuple)
            }
            (Operator::Multiply, row @ (Self::Text(_) | Self::List(..)), times)
            | (Operator::Multiply, times, row @ (Self::Text(_) | Self::List(..))) => {
                let Some(Number::Integer(times)) = times.number() else {
                    return wrong(format!("{} is not repeated {} times", row.kind(), times.kind()));
                };
                let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
                match row {
                    Self::Text(text) if text.len().saturating_mul(times) <= LONGEST => {
                        Ok(Self::Text(text.repeat(times)))
                    }
                    Self::List(all, tuple) if row.size().saturating_mul(times) <= MOST => Self::list(
                        all.iter().cycle().take(all.len().saturating_mul(times)).cloned().collect(),
                        *tuple,
                    ),
                    _ => skip("this is repeated too often to be done here"),
                }
            }
            _ => wrong(format!("{} and {} cannot be joined like that", left.kind(), right.kind())),
        }
    }
}

/// A number as `repr` has it: with an exponent of two digits or more, and its sign, where it is very large or very small.
fn float(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, size) = exponent.strip_prefix('-').map_or(('+', exponent), |size| ('-', size));
            format!("{digits}e{sign}{size:0>2}")
        }
        None => text,
    }
}

/// Whole numbers and others; one that has a fraction is between two that are whole.
fn compare(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
        _ => left.to_float().partial_cmp(&right.to_float()),
    }
}

fn integers(operator: Operator, a: i128, b: i128) -> Made<Value> {
    let bits = u32::try_from(b).ok();
    let zero = matches!(operator, Operator::Floor | Operator::Remainder | Operator::Divide) && b == 0;
    if zero {
        return wrong("this is divided by zero");
    }
    let backwards = matches!(operator, Operator::ShiftLeft | Operator::ShiftRight) && b < 0;
    if backwards {
        return wrong("bits are shifted by less than none");
    }
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => return Ok(Value::Float(a as f64 / b as f64)),
        // Downwards, not towards zero; what is left has the sign of the divisor.
        Operator::Floor => floor(a, b),
        Operator::Remainder => floor(a, b).and_then(|floor| a.checked_sub(floor.checked_mul(b)?)),
        Operator::Power if b < 0 => return floats(operator, a as f64, b as f64),
        Operator::Power => match (a, bits) {
            (0 | 1, _) => Some(if b == 0 { 1 } else { a }),
            (_, Some(bits)) => a.checked_pow(bits),
            _ => None,
        },
        Operator::ShiftLeft => match (a, bits) {
            (0, _) => Some(0),
            (_, Some(bits @ 0..=126)) => 1i128.checked_shl(bits).and_then(|factor| a.checked_mul(factor)),
            _ => None,
        },
        Operator::ShiftRight => a.checked_shr(bits.unwrap_or(127).min(127)),
        Operator::And => Some(a & b),
        Operator::Or => Some(a | b),
        Operator::Xor => Some(a ^ b),
    };
    integer(result)
}

fn floor(a: i128, b: i128) -> Option<i128> {
    let (quotient, rest) = (a.checked_div(b)?, a.checked_rem(b)?);
    if rest != 0 && (rest < 0) != (b < 0) { quotient.checked_sub(1) } else { Some(quotient) }
}

fn floats(operator: Operator, a: f64, b: f64) -> Made<Value> {
    let divides = matches!(operator, Operator::Divide | Operator::Floor | Operator::Remainder);
    if divides && b == 0.0 || operator == Operator::Power && a == 0.0 && b < 0.0 {
        return wrong("this is divided by zero");
    }
    Ok(Value::Float(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Floor => (a / b).floor(),
        Operator::Remainder => {
            let rest = a % b;
            let rest = if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest };
            if rest == 0.0 { 0.0f64.copysign(b) } else { rest }
        }
        Operator::Power if a < 0.0 && b.fract() != 0.0 => return skip("complex numbers are not known here"),
        Operator::Power => a.powf(b),
        _ => return wrong("bits are those of whole numbers"),
    }))
}

/// How a value is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    /// On which side it stands: `<`, `>`, `^`; numbers on the right, all else on the left, unless it is said.
    side: Option<char>,
    zeros: bool,
    plus: bool,
    prefix: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

/// `'%d of %5.1f' % (a, b)`
fn percent(format: &str, value: &Value) -> Made<String> {
    let one = std::slice::from_ref(value);
    let mut values = match value {
        Value::List(all, true) => all.iter(),
        _ => one.iter(),
    };
    let mut whole = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        whole.push_str(before);
        if let Some(behind) = behind.strip_prefix('%') {
            whole.push('%');
            rest = behind;
            continue;
        }
        let Some((behind, mut form)) = form(behind, true) else {
            return skip(format!("`%{}` is not known here", behind.chars().take(4).collect::<String>()));
        };
        let Some(value) = values.next() else { return wrong("this string has room for more values") };
        form.side = form.side.or(Some('>'));
        whole.push_str(&form.write(value)?);
        rest = behind;
    }
    whole.push_str(rest);
    if values.next().is_some() {
        return wrong("this string has no room for so many values");
    }
    Ok(whole)
}

/// The form behind `%`, or behind the `:` of a formatted string; and what follows it.
fn form(text: &str, old: bool) -> Option<(&str, Form)> {
    let mut form = Form::default();
    let mut rest = text;
    let take = |rest: &mut &str, wanted: char| {
        let behind = rest.strip_prefix(wanted);
        *rest = behind.unwrap_or(rest);
        behind.is_some()
    };
    for side in ['<', '>', '^'] {
        if !old && form.side.is_none() && take(&mut rest, side) {
            form.side = Some(side);
        }
    }
    while let Some(flag) = rest.chars().next().filter(|flag| "-+#0 ".contains(*flag)) {
        match flag {
            '-' if old => form.side = Some('<'),
            '+' => form.plus = true,
            '#' => form.prefix = true,
            '0' => form.zeros = true,
            '-' => {}
            _ => return None,
        }
        rest = rest.get(1..)?;
    }
    form.width = digits(&mut rest)?.unwrap_or(0);
    if take(&mut rest, '.') {
        form.precision = Some(digits(&mut rest)?.unwrap_or(0));
    }
    while old && rest.starts_with(['l', 'h', 'L']) {
        rest = rest.get(1..)?;
    }
    form.letter = match rest.chars().next() {
        None if !old => 's',
        None => return None,
        Some(letter) if "diusrxXofF".contains(letter) => {
            rest = rest.get(1..)?;
            letter
        }
        Some('b') if !old => {
            rest = rest.get(1..)?;
            'b'
        }
        Some(_) => return None,
    };
    Some((rest, form))
}

/// A number, if one stands there; no number where it is too large.
fn digits(rest: &mut &str) -> Option<Option<usize>> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at_checked(end)?;
    *rest = behind;
    match digits {
        "" => Some(None),
        digits => digits.parse().ok().filter(|number| *number <= WIDEST).map(Some),
    }
}

/// A value in a formatted string: `{value:02d}`.
pub(super) fn formatted(value: &Value, specification: &str) -> Made<String> {
    // What stands behind `%` is taken for what is wanted; here it has to be that.
    match (specification.chars().last(), value) {
        (Some('d'), Value::Float(_)) => return wrong("a whole number has to stand here, not a float"),
        (Some('s'), Value::Text(_)) => {}
        (Some('s'), _) => return wrong(format!("a string has to stand here, not {}", value.kind())),
        _ => {}
    }
    match form(specification, false) {
        Some(("", form)) => form.write(value),
        _ => skip(format!("`:{specification}` in a formatted string is not known here")),
    }
}

impl Form {
    fn write(&self, value: &Value) -> Made<String> {
        let number = value.number();
        let text = match (self.letter, number) {
            ('s', Some(_)) if self.precision.is_none() && !self.plus => value.shown(),
            ('s', _) => return self.shorten(&value.shown()),
            ('r', _) => return self.shorten(&value.written()),
            (_, None) => return wrong(format!("a number has to stand here, not {}", value.kind())),
            ('d' | 'i' | 'u', Some(Number::Integer(number))) => number.to_string(),
            ('d' | 'i' | 'u', Some(Number::Float(number))) => whole(number)?.to_string(),
            ('f' | 'F', Some(number)) => {
                format!("{:.*}", self.precision.unwrap_or(6), number.to_float())
            }
            (letter, Some(Number::Integer(number))) => self.other_base(letter, number),
            (_, Some(Number::Float(_))) => return wrong("a whole number has to stand here, not a float"),
        };
        let text = if self.plus && !text.starts_with('-') { format!("+{text}") } else { text };
        // Numbers stand on the right.
        let side = self.side.unwrap_or(if number.is_some() { '>' } else { '<' });
        if self.zeros && self.side != Some('<') {
            let (sign, digits) =
                text.split_at_checked(usize::from(text.starts_with(['-', '+']))).unwrap_or(("", &text));
            return Ok(format!("{sign}{digits:0>width$}", width = self.width.saturating_sub(sign.len())));
        }
        Ok(self.pad(&text, side))
    }

    fn shorten(&self, text: &str) -> Made<String> {
        let text: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        Ok(self.pad(&text, self.side.unwrap_or('<')))
    }

    fn pad(&self, text: &str, side: char) -> String {
        let width = self.width;
        match side {
            '<' => format!("{text:<width$}"),
            '^' => format!("{text:^width$}"),
            _ => format!("{text:>width$}"),
        }
    }

    fn other_base(&self, letter: char, number: i128) -> String {
        let (sign, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
        let (prefix, digits) = match letter {
            'x' => ("0x", format!("{size:x}")),
            'X' => ("0X", format!("{size:X}")),
            'o' => ("0o", format!("{size:o}")),
            _ => ("0b", format!("{size:b}")),
        };
        format!("{sign}{}{digits}", if self.prefix { prefix } else { "" })
    }
}

/// A number without its fraction.
pub(super) fn whole(number: f64) -> Made<i128> {
    match number.is_finite() {
        false => wrong("what is no number cannot be made a whole one"),
        true if number.abs() >= 1e38 => too_large(),
        true => Ok(number.trunc() as i128),
    }
}
