//! What is wrong with a text that a person wrote, filter or expression: where, why, and what may have been meant.

use std::fmt;
use std::ops::Range;

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
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestions: Vec::new() }
    }

    /// The suggestions as a sentence, if there are any: `did you mean tcp.port or tcp.dstport?`
    pub fn did_you_mean(&self) -> Option<String> {
        near::did_you_mean(&self.suggestions)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.did_you_mean() {
            Some(question) => write!(f, "; {question}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mistake {}
