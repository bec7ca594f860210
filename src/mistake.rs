//! What is wrong with a text that a person wrote, filter, expression, address or operation: where, why, and what to do.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::near;

/// A text that cannot be read: what is wrong, where, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the text that are wrong; empty at the end of it where something is missing.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub message: String,
    /// What may have been meant in their place, the likeliest first.
    pub suggestions: Vec<String>,
    /// What to do about it, where nothing may have been meant.
    pub hint: Option<String>,
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestions: Vec::new(), hint: None }
    }

    /// The same with the names that are most like a word.
    #[cfg(any(feature = "cli", feature = "drill", feature = "tap", feature = "sim"))]
    pub(crate) fn like<'a>(mut self, wanted: &str, names: impl Iterator<Item = &'a str>) -> Self {
        self.suggestions = near::nearest(wanted, names);
        self
    }

    /// The same with what to do about it.
    #[cfg(any(feature = "explain", feature = "drill", feature = "services"))]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The line of the text that it is in, and the sign in that line, both from 1.
    ///
    /// ```
    /// # #[cfg(feature = "filter")] {
    /// let text = "tcp and\n  udq";
    /// let mistake = layercake::filter::Filter::parse(text).unwrap_err();
    /// assert_eq!(mistake.place(text), (2, 3));
    /// # }
    /// ```
    pub fn place(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or("");
        (before.matches('\n').count().saturating_add(1), line.chars().count().saturating_add(1))
    }

    /// What may have been meant, or what to do.
    pub fn advice(&self) -> Option<String> {
        self.did_you_mean().or_else(|| self.hint.clone())
    }

    /// The suggestions as a sentence, if there are any: `did you mean tcp.port or tcp.dstport?`
    pub fn did_you_mean(&self) -> Option<String> {
        near::did_you_mean(&self.suggestions)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Mistake {}
