//! A scenario's text as tables and values, each of which knows where it stands; all that is wrong is collected.

use core::fmt::Display;
use core::ops::{Range, RangeInclusive};
use core::str::FromStr;
use core::time::Duration;
use std::io;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::link;
use crate::mistake::Mistake;

/// What reads a file that a scenario names.
pub type Files<'a> = &'a dyn Fn(&str) -> io::Result<Vec<u8>>;

/// What is read from, and what was found to be wrong.
pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub files: Files<'t>,
    /// Bytes that pages can still have.
    pub pages: u64,
    pub mistakes: Vec<Mistake>,
}

/// A value, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Value<'t> {
    value: &'t DeValue<'t>,
    /// The first byte and the one behind the last.
    place: (usize, usize),
}

/// A table whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    entries: &'t DeTable<'t>,
    place: (usize, usize),
}

/// A text: what it says, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'t> {
    pub text: &'t str,
    place: (usize, usize),
    /// Where its first byte stands, if it stands there as it is.
    first: Option<usize>,
}

impl<'t> Reader<'t> {
    /// Notes that something is wrong.
    pub fn wrong(&mut self, place: Range<usize>, message: impl Into<String>) {
        self.mistakes.push(Mistake::new(place, message));
    }

    /// The same with what to do.
    pub fn wrong_do(&mut self, place: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.mistakes.push(Mistake::new(place, message).hint(hint));
    }

    /// The value of something that can fail, or nothing once that is noted. Places of the mistake are those of the text.
    pub fn take<T>(&mut self, of: &Text<'t>, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.mistakes.push(of.place(mistake))).ok()
    }

    /// A table, all of whose keys have to be of these.
    pub fn table(&mut self, value: Value<'t>, what: &str, keys: &[&str]) -> Option<Table<'t>> {
        let DeValue::Table(entries) = value.value else {
            self.wrong_do(
                value.range(),
                format!("{what} is a table"),
                format!("its keys are {}", keys.join(", ")),
            );
            return None;
        };
        let table = Table { entries, place: value.place };
        self.check_keys(table, what, keys);
        Some(table)
    }

    /// A table whose keys are names.
    pub fn all(&mut self, value: Value<'t>, what: &str) -> Option<Table<'t>> {
        let DeValue::Table(entries) = value.value else {
            self.wrong(value.range(), format!("{what} is a table"));
            return None;
        };
        Some(Table { entries, place: value.place })
    }

    /// Notes each key of a table that is none of these.
    pub fn check_keys(&mut self, table: Table<'t>, what: &str, keys: &[&str]) {
        for key in table.entries.keys() {
            if !keys.contains(&&**key.get_ref()) {
                let name = key.get_ref();
                let mut mistake = Mistake::new(key.span(), format!("{what} has no key {name:?}"))
                    .like(name, keys.iter().copied());
                if mistake.suggestions.is_empty() {
                    mistake = mistake.hint(format!("its keys are {}", keys.join(", ")));
                }
                self.mistakes.push(mistake);
            }
        }
    }

    /// A text.
    pub fn text(&mut self, value: Value<'t>) -> Option<Text<'t>> {
        let text = self.text_if(value);
        if text.is_none() {
            let message = format!("this is {}, not a text", value.kind());
            self.wrong_do(value.range(), message, "texts stand in quotation marks");
        }
        text
    }

    /// A text, if it is one.
    pub fn text_if(&self, value: Value<'t>) -> Option<Text<'t>> {
        let DeValue::String(text) = value.value else { return None };
        // Without escapes what is in quotation marks is the text itself.
        let raw = self.text.get(value.range()).unwrap_or("");
        let first = raw.find(&**text).filter(|_| !text.is_empty()).map(|at| value.place.0 + at);
        Some(Text { text, place: value.place, first })
    }

    /// One value, or a list of them.
    pub fn list(&self, value: Value<'t>) -> Vec<Value<'t>> {
        match value.value {
            DeValue::Array(values) => values.iter().map(Value::new).collect(),
            _ => vec![value],
        }
    }

    /// One text, or a list of them.
    pub fn texts(&mut self, value: Value<'t>) -> Vec<Text<'t>> {
        self.list(value).into_iter().filter_map(|value| self.text(value)).collect()
    }

    /// Something that is written as a text; `like` is an example.
    pub fn parse<T: FromStr>(&mut self, text: Text<'t>, what: &str, like: &str) -> Option<T> {
        let parsed = text.text.trim().parse().ok();
        if parsed.is_none() {
            self.wrong_do(text.range(), format!("this is no {what}"), format!("write {like}"));
        }
        parsed
    }

    /// A whole number within a range.
    pub fn number<T>(&mut self, value: Value<'t>, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<u64> + PartialOrd + Display + Copy,
    {
        let DeValue::Integer(number) = value.value else {
            self.wrong(value.range(), format!("this is {}, not a whole number", value.kind()));
            return None;
        };
        let digits = number.as_str();
        let read =
            u64::from_str_radix(digits, number.radix()).ok().and_then(|number| T::try_from(number).ok());
        let read = read.filter(|number| range.contains(number));
        if read.is_none() {
            let (first, last) = (range.start(), range.end());
            self.wrong(value.range(), format!("this has to be a whole number from {first} to {last}"));
        }
        read
    }

    /// Yes or no.
    pub fn flag(&mut self, value: Value<'t>) -> Option<bool> {
        let flag = value.value.as_bool();
        if flag.is_none() {
            self.wrong(value.range(), format!("this is {}; write true or false", value.kind()));
        }
        flag
    }

    /// A time: `"10ms"`, `"1.5s"`, `"2min"`, `"1h"`.
    pub fn span(&mut self, value: Value<'t>) -> Option<Duration> {
        let text = self.text(value)?;
        let span = span(text.text);
        if span.is_none() {
            self.wrong_do(
                text.range(),
                "this is no time",
                "a number with h, min, s, ms, us or ns: 20ms, 1.5s",
            );
        }
        span
    }
}

/// `20ms`, `1.5s`, `2min`, `1h`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let minutes = |unit: &str, seconds: u32| {
        let number = text.strip_suffix(unit)?.trim_end();
        link::duration(&format!("{number}s"))?.checked_mul(seconds)
    };
    let span = minutes("min", 60).or_else(|| minutes("h", 3600)).or_else(|| link::duration(text))?;
    // Some two hundred years.
    (span < Duration::from_secs(1 << 33)).then_some(span)
}

impl<'t> Value<'t> {
    pub fn new(value: &'t Spanned<DeValue<'t>>) -> Self {
        let span = value.span();
        Self { value: value.get_ref(), place: (span.start, span.end) }
    }

    pub const fn range(&self) -> Range<usize> {
        self.place.0..self.place.1
    }

    pub const fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    pub const fn is_number(&self) -> bool {
        matches!(self.value, DeValue::Integer(_))
    }

    pub const fn is_flag(&self) -> bool {
        matches!(self.value, DeValue::Boolean(_))
    }

    pub const fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// A text, number or truth value as it is written.
    pub fn written(&self) -> Option<&'t str> {
        match self.value {
            DeValue::String(text) => Some(text),
            DeValue::Integer(number) => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            DeValue::Boolean(true) => Some("true"),
            DeValue::Boolean(false) => Some("false"),
            _ => None,
        }
    }

    const fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

impl<'t> Table<'t> {
    pub fn root(root: &'t Spanned<DeTable<'t>>) -> Self {
        let span = root.span();
        Self { entries: root.get_ref(), place: (span.start, span.end) }
    }

    pub const fn range(&self) -> Range<usize> {
        self.place.0..self.place.1
    }

    pub fn get(&self, key: &str) -> Option<Value<'t>> {
        self.entries.get(key).map(Value::new)
    }

    /// Where a key stands, or the table.
    pub fn place_of(&self, key: &str) -> Range<usize> {
        self.entries.get_key_value(key).map_or_else(|| self.range(), |(key, _)| key.span())
    }

    /// What it has, in the order in which it is written.
    pub fn entries(&self) -> Vec<(Text<'t>, Value<'t>)> {
        let text = |key: &'t Spanned<std::borrow::Cow<'t, str>>| {
            let span = key.span();
            Text { text: key.get_ref(), place: (span.start, span.end), first: None }
        };
        let mut entries: Vec<_> =
            self.entries.iter().map(|(key, value)| (text(key), Value::new(value))).collect();
        entries.sort_by_key(|(key, _)| key.place);
        entries
    }
}

impl Text<'_> {
    pub const fn range(&self) -> Range<usize> {
        self.place.0..self.place.1
    }

    /// A mistake in the text, as one in the file.
    pub fn place(&self, mut mistake: Mistake) -> Mistake {
        mistake.span = self.part(mistake.span);
        mistake
    }

    /// Where a part of it stands in the file.
    pub fn part(&self, part: Range<usize>) -> Range<usize> {
        match self.first {
            Some(first) => {
                let end = first + self.text.len();
                (first + part.start).min(end)..(first + part.end).min(end)
            }
            None => self.range(),
        }
    }
}
