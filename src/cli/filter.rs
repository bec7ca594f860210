//! `-f`: the filter that is given, or what is wrong with it, with a caret under the place.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

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
    // A control character is one byte, so the places stay as they were, unless it is of the C1 set.
    let safe: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let start = bad.span.start.min(safe.len());
    let span = start..bad.span.end.clamp(start, safe.len());
    let (path, line) = file.unzip();
    let source = Snippet::source(safe.as_str())
        .path(path)
        .line_start(line.unwrap_or(1))
        .annotation(AnnotationKind::Primary.span(span).label(bad.did_you_mean().unwrap_or_default()));
    let report = &[Level::ERROR.primary_title(bad.message.as_str()).element(source)];
    let rendered = Renderer::plain().render(report);
    rendered.strip_prefix("error: ").map_or(rendered.clone(), str::to_string)
}
