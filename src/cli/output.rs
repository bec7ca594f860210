//! Standard output, colour, complaints, and how a run ended.

use std::io::{self, BufWriter, Write};

use crate::field::text::is_visible;
use crate::mistake::Mistake;
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstream::{AutoStream, ColorChoice};

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a run ended, as the exit code says it. Of several files, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// 0: fine.
    Fine,
    /// 1: a negative answer: nothing matched a filter.
    Negative,
    /// 3: a file is cut or damaged; all that was whole has been delivered.
    Damaged,
    /// 2: usage or input error, or no packet in the text.
    Usage,
    /// 130: Ctrl-C, as shells say it (128 and the number of the signal).
    Interrupted,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => Self::SUCCESS,
            Ending::Negative => Self::from(1),
            Ending::Damaged => Self::from(3),
            Ending::Usage => Self::from(2),
            Ending::Interrupted => Self::from(130),
        }
    }
}

/// Standard output, buffered.
pub struct Output {
    stream: BufWriter<io::Stdout>,
    coloured: bool,
}

impl Output {
    /// Standard output with or without colour.
    pub fn standard(colour: Colour) -> Self {
        let stdout = io::stdout();
        let coloured = match colour {
            Colour::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
            Colour::Always => true,
            Colour::Never => false,
        };
        Self { stream: BufWriter::new(stdout), coloured }
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// What standard output says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Writes text with colours, or without them where they are not wanted.
    ///
    /// # Errors
    /// What standard output says.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        if self.coloured {
            self.stream.write_all(text.as_bytes())
        } else {
            write!(self.stream, "{}", anstream::adapter::strip_str(text))
        }
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// What standard output says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Says on standard error what went wrong.
pub fn complain(message: &str) {
    anstream::eprintln!("{BAD}error:{BAD:#} {message}");
}

/// Says on standard error what is worth knowing.
pub fn remark(message: &str) {
    anstream::eprintln!("{message}");
}

/// What is wrong with a text, with a caret under the place and what to do, ready to print; of a file, with its name and the line.
pub fn caret(text: &str, bad: &Mistake, file: Option<(&str, usize)>) -> String {
    // A control character is one byte, so the places stay as they were, unless it is of the C1 set.
    let safe: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let start = bad.span.start.min(safe.len());
    let span = start..bad.span.end.clamp(start, safe.len());
    let (path, line) = file.unzip();
    let label = bad.did_you_mean().unwrap_or_default();
    let source = Snippet::source(safe.as_str())
        .path(path)
        .line_start(line.unwrap_or(1))
        .annotation(AnnotationKind::Primary.span(span).label(label));
    let help =
        bad.hint.as_deref().filter(|_| bad.suggestions.is_empty()).map(|hint| Level::HELP.message(hint));
    let report = &[Level::ERROR.primary_title(bad.message.as_str()).element(source).elements(help)];
    let rendered = Renderer::plain().render(report);
    rendered.strip_prefix("error: ").map_or(rendered.clone(), str::to_string)
}

/// The line of a text that a place is in, from 1, the column, and where in the text the line begins.
pub fn line(text: &str, at: usize) -> (usize, usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let begins = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let column = before.get(begins..).map_or(0, |line| line.chars().count());
    (before.matches('\n').count().saturating_add(1), column.saturating_add(1), begins)
}

/// What is wrong in a text of many lines: that one line, with a caret under the place, and what to do, ready to print.
pub fn caret_in(text: &str, bad: &Mistake, file: &str) -> String {
    let (number, _, begins) = line(text, bad.span.start);
    let of_line = text.get(begins..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let start = bad.span.start.saturating_sub(begins).min(of_line.len());
    let end = bad.span.end.saturating_sub(begins).clamp(start, of_line.len());
    let here = Mistake { span: start..end, ..bad.clone() };
    caret(of_line, &here, Some((&printable(file), number)))
}

const BAD: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();

/// Text from outside, fit for a terminal: what does more than show itself is shown, not sent.
pub fn printable(text: &str) -> String {
    let mut shown = String::new();
    for sign in text.chars() {
        if is_visible(sign) { shown.push(sign) } else { shown.extend(sign.escape_default()) }
    }
    shown
}
