//! `-f`: the filter that is given, or what is wrong with it, with a caret under the place.

use crate::cli::output;
use crate::filter::{BadFilter, Filter};

/// Reads a filter.
///
/// # Errors
/// What is wrong with it, ready to print.
pub fn read(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|bad| caret(text, &bad, None))
}

/// What is wrong with a text, with a caret under the place; of a file, with its name and the line.
pub fn caret(text: &str, bad: &BadFilter, file: Option<(&str, usize)>) -> String {
    output::caret(text, bad.span.clone(), &bad.message, &bad.did_you_mean().unwrap_or_default(), file)
}
