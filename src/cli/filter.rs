//! `-f`: the filter that is given, or what is wrong with it, with a caret under the place.

use crate::cli::output;
use crate::filter::Filter;

/// Reads a filter.
///
/// # Errors
/// What is wrong with it, ready to print.
pub fn read(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|bad| output::caret(text, &bad, None))
}
