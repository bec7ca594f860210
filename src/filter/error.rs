//! What is wrong with the text of a filter.

use std::fmt;
use std::ops::Range;

/// A text that is no filter: what is wrong, where, and what may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFilter {
    /// The bytes of the text that are wrong; empty at the end of it where something is missing.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub message: String,
    /// What may have been meant in their place, the likeliest first.
    pub suggestions: Vec<String>,
}

impl BadFilter {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestions: Vec::new() }
    }

    /// The suggestions as a sentence, if there are any: `did you mean tcp.port or tcp.dstport?`
    pub fn did_you_mean(&self) -> Option<String> {
        let (last, before) = self.suggestions.split_last()?;
        Some(match before {
            [] => format!("did you mean {last}?"),
            _ => format!("did you mean {} or {last}?", before.join(", ")),
        })
    }
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.did_you_mean() {
            Some(question) => write!(f, "; {question}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BadFilter {}

/// The names that are most like `wanted`: at most three, the nearest first.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_ascii_lowercase();
    let near = wanted.len().div_ceil(4).max(1);
    let distance = |name: &'a str| (strsim::damerau_levenshtein(&wanted, &name.to_ascii_lowercase()), name);
    let mut found: Vec<(usize, &str)> = names.map(distance).filter(|(away, _)| *away <= near).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}
