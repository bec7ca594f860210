//! What was found out, for people and for what runs tests: plain, [TAP 14](https://testanything.org/tap-version-14-specification.html),
//! and the XML of JUnit as Jenkins and GitLab read it.
//!
//! Nothing in it changes from run to run: no times, no name of a machine.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// A line for each, and behind one that fails what was found
    Plain,
    /// The Test Anything Protocol, version 14
    Tap,
    /// JUnit's XML, as Jenkins and GitLab read it
    Junit,
}

/// What was asked about one thing, a capture or a folder of scripts.
pub(super) struct Suite {
    pub name: String,
    pub cases: Vec<Case>,
    /// Why not everything could be looked at.
    pub trouble: Option<&'static str>,
}

/// What was asked, and how it ended.
pub(super) struct Case {
    pub text: String,
    pub answer: Answer,
}

/// How something ended.
pub(super) enum Answer {
    Holds,
    Fails {
        /// In one line.
        message: String,
        /// What was found, a line each.
        found: Vec<String>,
    },
    /// It could not be asked, and why.
    Skipped(String),
}

impl Suite {
    /// How many hold, fail, and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        self.cases.iter().fold((0, 0, 0), |(hold, fail, skip): (usize, usize, usize), case| {
            match case.answer {
                Answer::Holds => (hold.saturating_add(1), fail, skip),
                Answer::Fails { .. } => (hold, fail.saturating_add(1), skip),
                Answer::Skipped(_) => (hold, fail, skip.saturating_add(1)),
            }
        })
    }
}

/// The report, of the command with this name.
pub(super) fn write(command: &str, suites: &[Suite], form: Form) -> String {
    let mut text = String::new();
    // Into a string nothing fails.
    let _ = match form {
        Form::Plain => plain(&mut text, suites),
        Form::Tap => tap(&mut text, suites),
        Form::Junit => junit(&mut text, command, suites),
    };
    text
}

fn plain(text: &mut String, suites: &[Suite]) -> std::fmt::Result {
    let (good, bad) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default().bold());
    let (bold, other) = (Style::new().bold(), AnsiColor::Yellow.on_default());
    for suite in suites {
        let indent = if suites.len() > 1 { "  " } else { "" };
        if suites.len() > 1 {
            writeln!(text, "{bold}{}{bold:#}", suite.name)?;
        }
        for case in &suite.cases {
            match &case.answer {
                Answer::Holds => writeln!(text, "{indent}{good}ok{good:#}    {}", case.text)?,
                Answer::Skipped(why) => writeln!(text, "{indent}{other}SKIP{other:#}  {}: {why}", case.text)?,
                Answer::Fails { found, .. } => {
                    writeln!(text, "{indent}{bad}FAIL{bad:#}  {}", case.text)?;
                    for line in found {
                        writeln!(text, "{indent}      {line}")?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn tap(text: &mut String, suites: &[Suite]) -> std::fmt::Result {
    writeln!(text, "TAP version 14")?;
    let mut number = 0usize;
    let safe = |text: &str| text.replace('\\', "\\\\").replace('#', "\\#");
    let mut point = |text: &mut String, suite: &Suite, holds: bool, name: &str, skipped: Option<&String>| {
        number = number.saturating_add(1);
        let not = if holds { "" } else { "not " };
        let place = if suites.len() > 1 { format!("{}: ", suite.name) } else { String::new() };
        let skipped = skipped.map(|why| format!(" # SKIP {}", safe(why))).unwrap_or_default();
        writeln!(text, "{not}ok {number} - {}{skipped}", safe(&format!("{place}{name}"))).map(|()| number)
    };
    let mut last = 0;
    for suite in suites {
        for case in &suite.cases {
            let skipped = match &case.answer {
                Answer::Skipped(why) => Some(why),
                _ => None,
            };
            last = point(text, suite, !matches!(case.answer, Answer::Fails { .. }), &case.text, skipped)?;
            if let Answer::Fails { message, found } = &case.answer {
                // A string of JSON is one of YAML.
                let quoted = |text: &str| serde_json::Value::from(text).to_string();
                writeln!(text, "  ---\n  message: {}\n  found:", quoted(message))?;
                for line in found {
                    writeln!(text, "    - {}", quoted(line.trim_start()))?;
                }
                writeln!(text, "  ...")?;
            }
        }
        if let Some(trouble) = suite.trouble {
            let name = format!("all of the capture can be read: {trouble}");
            last = point(text, suite, false, &name, None)?;
        }
    }
    writeln!(text, "1..{last}")
}

fn junit(text: &mut String, command: &str, suites: &[Suite]) -> std::fmt::Result {
    let counts = |suites: &[Suite]| {
        let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
        let errors = sum(|suite| usize::from(suite.trouble.is_some()));
        let tests = sum(|suite| suite.cases.len()).saturating_add(errors);
        format!(
            "tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{}\"",
            sum(|suite| suite.counts().1),
            sum(|suite| suite.counts().2)
        )
    };
    writeln!(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(text, "<testsuites name=\"layercake {command}\" {}>", counts(suites))?;
    for suite in suites {
        let class = escaped(&suite.name);
        let counts = counts(std::slice::from_ref(suite));
        writeln!(text, "  <testsuite name=\"{class}\" {counts} time=\"0\">")?;
        for case in &suite.cases {
            let name = escaped(&case.text);
            write!(text, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"0\"")?;
            match &case.answer {
                Answer::Holds => writeln!(text, "/>")?,
                Answer::Skipped(why) => {
                    writeln!(text, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(why))?;
                }
                Answer::Fails { message, found } => {
                    let (message, found) = (escaped(message), escaped(&found.join("\n")));
                    writeln!(
                        text,
                        ">\n      <failure message=\"{message}\" type=\"assertion\">{found}</failure>\n    </testcase>"
                    )?;
                }
            }
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
