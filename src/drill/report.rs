//! What came of a script.

use std::fmt;
use std::time::Duration;

use super::Crossing;
use super::script::Span;
use crate::mistake::Mistake;

/// What came of a script.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// How it ended.
    pub verdict: Verdict,
    /// What was wrong and was not to end it (`--non_fatal`).
    pub warnings: Vec<Failure>,
    /// What its code printed.
    pub talk: Vec<String>,
    /// All packets that went over the line.
    pub crossings: Vec<Crossing>,
    /// How long it took: virtual time.
    pub elapsed: Duration,
}

/// How a script ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Everything was as it says.
    Passed,
    /// It needs something that there is not here.
    Skipped {
        /// Where.
        span: Span,
        /// What is lacking.
        reason: String,
    },
    /// Something was not as it says.
    Failed(Box<Failure>),
    /// It cannot be run: it says something that cannot be.
    Wrong(Mistake),
}

/// What was not as a script says.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Failure {
    /// Where it says so.
    pub span: Span,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What the script expects, in its own words; empty if that is in the message.
    pub expected: String,
    /// What came instead, in the same words.
    pub actual: String,
    /// Field by field.
    pub differences: Vec<Difference>,
    /// When it was expected, from and to, and when it came; from the start of the script.
    pub time: Option<(Duration, Duration, Duration)>,
    /// What went over the line before: time, direction and packet, and why the host sent it.
    pub before: Vec<String>,
}

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name, as in filters: `tcp.ack`.
    pub field: &'static str,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub actual: String,
}

impl Report {
    /// Whether everything was as the script says.
    pub const fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed)
    }

    /// Where in the script the verdict is from, if it is not that all is well.
    pub fn span(&self) -> Option<Span> {
        match &self.verdict {
            Verdict::Passed => None,
            Verdict::Skipped { span, .. } => Some(span.clone()),
            Verdict::Failed(failure) => Some(failure.span.clone()),
            Verdict::Wrong(mistake) => Some(mistake.span.clone()),
        }
    }

    pub(crate) fn of(verdict: Verdict) -> Self {
        let (warnings, talk, crossings) = (Vec::new(), Vec::new(), Vec::new());
        Self { verdict, warnings, talk, crossings, elapsed: Duration::ZERO }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Passed => f.write_str("passed"),
            Verdict::Skipped { reason, .. } => write!(f, "skipped: {reason}"),
            Verdict::Failed(failure) => failure.fmt(f),
            Verdict::Wrong(mistake) => write!(f, "not a script: {mistake}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.expected.is_empty() {
            write!(f, "\n  expected  {}", self.expected)?;
        }
        if !self.actual.is_empty() {
            write!(f, "\n  came      {}", self.actual)?;
        }
        let width = self.differences.iter().map(|difference| difference.field.len()).max().unwrap_or(0);
        for Difference { field, expected, actual } in &self.differences {
            write!(f, "\n    {field:width$}  expected {expected}, is {actual}")?;
        }
        if let Some((from, to, actual)) = self.time {
            write!(f, "\n    time  expected {}, is {}", Window(from, to), Seconds(actual))?;
            let off = if actual < from { from.saturating_sub(actual) } else { actual.saturating_sub(to) };
            if !off.is_zero() {
                write!(f, ": {} too {}", Seconds(off), if actual < from { "early" } else { "late" })?;
            }
        }
        if !self.before.is_empty() {
            f.write_str("\n  on the line until then:")?;
            self.before.iter().try_for_each(|line| write!(f, "\n    {line}"))?;
        }
        Ok(())
    }
}

/// A time that can be a range.
struct Window(Duration, Duration);

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(from, to) if from == to => Seconds(*from).fmt(f),
            Self(from, to) => write!(f, "{} to {}", Seconds(*from), Seconds(*to)),
        }
    }
}

/// A time in seconds, to the microsecond.
pub(crate) struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06} s", self.0.as_secs(), self.0.subsec_micros())
    }
}
