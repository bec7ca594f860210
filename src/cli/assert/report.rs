//! What was found out, for people and for what runs tests: plain, [TAP 14](https://testanything.org/tap-version-14-specification.html),
//! and the XML of JUnit as Jenkins and GitLab read it.
//!
//! Nothing in it changes from run to run: no times, no name of a machine.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::assertion::Outcome;
use crate::cli::assert::Form;
use crate::cli::output::printable;

/// What was found out about one capture.
pub(super) struct Suite {
    pub name: String,
    pub answers: Vec<Answer>,
    /// Why not everything could be looked at.
    pub trouble: Option<&'static str>,
}

/// An assertion, and how it ended.
pub(super) struct Answer {
    pub text: String,
    pub outcome: Outcome,
}

impl Suite {
    /// How many assertions do not hold.
    pub fn failed(&self) -> usize {
        self.answers.iter().filter(|answer| !answer.outcome.holds).count()
    }
}

impl Answer {
    /// What was found, a line each.
    fn found(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for found in &self.outcome.found {
            lines.push(printable(&found.text));
            lines.extend(found.packets.iter().map(|packet| format!("  {packet}")));
            match found.more {
                0 => {}
                1 => lines.push("  and 1 more packet".to_owned()),
                more => lines.push(format!("  and {more} more packets")),
            }
        }
        lines
    }

    /// In one line.
    fn message(&self) -> String {
        self.outcome.found.iter().map(|found| printable(&found.text)).collect::<Vec<_>>().join("; ")
    }
}

/// The report.
pub(super) fn write(suites: &[Suite], form: Form) -> String {
    let mut text = String::new();
    // Into a string nothing fails.
    let _ = match form {
        Form::Plain => plain(&mut text, suites),
        Form::Tap => tap(&mut text, suites),
        Form::Junit => junit(&mut text, suites),
    };
    text
}

fn plain(text: &mut String, suites: &[Suite]) -> std::fmt::Result {
    let (good, bad) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default().bold());
    let bold = Style::new().bold();
    for suite in suites {
        let indent = if suites.len() > 1 { "  " } else { "" };
        if suites.len() > 1 {
            writeln!(text, "{bold}{}{bold:#}", suite.name)?;
        }
        for answer in &suite.answers {
            if answer.outcome.holds {
                writeln!(text, "{indent}{good}ok{good:#}    {}", answer.text)?;
                continue;
            }
            writeln!(text, "{indent}{bad}FAIL{bad:#}  {}", answer.text)?;
            for line in answer.found() {
                writeln!(text, "{indent}      {line}")?;
            }
        }
    }
    Ok(())
}

fn tap(text: &mut String, suites: &[Suite]) -> std::fmt::Result {
    writeln!(text, "TAP version 14")?;
    let mut number = 0usize;
    let mut point = |text: &mut String, suite: &Suite, holds: bool, name: &str| {
        number = number.saturating_add(1);
        let not = if holds { "" } else { "not " };
        let place = if suites.len() > 1 { format!("{}: ", suite.name) } else { String::new() };
        let name = format!("{place}{name}").replace('\\', "\\\\").replace('#', "\\#");
        writeln!(text, "{not}ok {number} - {name}").map(|()| number)
    };
    let mut last = 0;
    for suite in suites {
        for answer in &suite.answers {
            last = point(text, suite, answer.outcome.holds, &answer.text)?;
            if !answer.outcome.holds {
                // A string of JSON is one of YAML.
                let quoted = |text: &str| serde_json::Value::from(text).to_string();
                writeln!(text, "  ---\n  message: {}\n  found:", quoted(&answer.message()))?;
                for line in answer.found() {
                    writeln!(text, "    - {}", quoted(line.trim_start()))?;
                }
                writeln!(text, "  ...")?;
            }
        }
        if let Some(trouble) = suite.trouble {
            last = point(text, suite, false, &format!("all of the capture can be read: {trouble}"))?;
        }
    }
    writeln!(text, "1..{last}")
}

fn junit(text: &mut String, suites: &[Suite]) -> std::fmt::Result {
    let troubles = |suite: &Suite| usize::from(suite.trouble.is_some());
    let counts = |suites: &[Suite]| {
        let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
        let errors = suites.iter().map(troubles).sum::<usize>();
        let tests = sum(|suite| suite.answers.len()).saturating_add(errors);
        format!("tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\"", sum(Suite::failed))
    };
    writeln!(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(text, "<testsuites name=\"layercake assert\" {}>", counts(suites))?;
    for suite in suites {
        let class = escaped(&suite.name);
        let counts = counts(std::slice::from_ref(suite));
        writeln!(text, "  <testsuite name=\"{class}\" {counts} skipped=\"0\" time=\"0\">")?;
        for answer in &suite.answers {
            let name = escaped(&answer.text);
            write!(text, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"0\"")?;
            if answer.outcome.holds {
                writeln!(text, "/>")?;
                continue;
            }
            let (message, found) = (escaped(&answer.message()), escaped(&answer.found().join("\n")));
            writeln!(
                text,
                ">\n      <failure message=\"{message}\" type=\"assertion\">{found}</failure>\n    </testcase>"
            )?;
        }
        if let Some(trouble) = suite.trouble {
            writeln!(
                text,
                "    <testcase name=\"all of the capture can be read\" classname=\"{class}\" time=\"0\">"
            )?;
            writeln!(text, "      <error message=\"{trouble}\" type=\"capture\"/>\n    </testcase>")?;
        }
        writeln!(text, "  </testsuite>")?;
    }
    writeln!(text, "</testsuites>")
}

/// Text that stands in XML, in an attribute too. What XML has no place for at all is shown by its number.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' => safe.push('\n'),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {
                safe.extend(sign.escape_default())
            }
            sign => safe.push(sign),
        }
    }
    safe
}
