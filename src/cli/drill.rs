//! `layercake drill`: scripts that say what goes into a host and what has to come out of it.

pub mod from;

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::capture::{Notes, Writer};
use crate::cli::output::{self, Colour, Ending, Output, line, printable};
use crate::cli::report::{self, Answer, Case, Form, Suite};
use crate::drill::script::Setting;
use crate::drill::{self, Drill, Failure, Report, Settings, Verdict};
use crate::mistake::Mistake;
use crate::packet::Frame;
use crate::time::Time;

/// What the help ends with.
pub const AFTER_HELP: &str = "\
A script is a list of events, each with its time: calls of an application, packets that come to the host (<), packets that it has to
send (>). It runs against layercake's own stack in virtual time: without waiting, without rights, the same way each time.

Examples:
  layercake drill handshake.pkt              run a script
  layercake drill tests/                     all scripts (*.pkt) of a folder
  layercake drill -D MSS=1460 a.pkt b.pkt    a word of the script stands for something
  layercake drill --profile freebsd a.pkt    the host behaves as FreeBSD's
  layercake drill -o ip_version=ipv6 a.pkt   any option that a script can have
  layercake drill --pcap out a.pkt           what went over the line, as out/a.pcapng
  layercake drill --tap tests/               for what runs tests; also --junit, --json
  layercake drill --from in.pcap             the script that a connection of a capture is

Exit codes:
  0  all passed or were skipped    1  a script failed
  2  usage or input error: a script that cannot be read or makes no sense";

/// The arguments of `drill`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Scripts, folders of them (*.pkt), or - for standard input
    #[arg(value_name = "SCRIPT", required_unless_present = "from")]
    scripts: Vec<String>,
    /// How the host behaves where the RFCs leave a choice
    #[arg(long, value_name = "PROFILE", value_parser = ["linux", "freebsd", "rfc"])]
    profile: Option<String>,
    /// A word of the scripts stands for something else. It can be given several times
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    define: Vec<String>,
    /// An option that a script can have at its top, which this goes before: ip_version=ipv6, mtu=1280, tolerance_usecs=10000. It can be
    /// given several times
    #[arg(short, long = "option", value_name = "NAME=VALUE")]
    option: Vec<String>,
    /// Write what went over the line into a folder, a capture for each script
    #[arg(long, value_name = "FOLDER")]
    pcap: Option<PathBuf>,
    /// Write a JSON object for each script
    #[arg(long, conflicts_with_all = ["tap", "junit"])]
    json: bool,
    /// Write the Test Anything Protocol, version 14
    #[arg(long, conflicts_with = "junit")]
    tap: bool,
    /// Write JUnit's XML, as Jenkins and GitLab read it
    #[arg(long)]
    junit: bool,
    /// Name the scripts that pass, too, and print what their code prints
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    from: from::FromCapture,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_enum)]
    color: Colour,
}

/// A script, and where it is from.
struct Source {
    /// As it is called.
    name: String,
    text: String,
    /// Where the files lie that it names.
    directory: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    if let Some(capture) = arguments.from.capture() {
        let output = Output::standard(arguments.color);
        return from::run(&arguments.from, capture, arguments.profile.as_deref(), output);
    }
    let (sources, options) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(message) => {
            output::complain(&message);
            return Ok(Ending::Usage);
        }
    };
    let mut output = Output::standard(arguments.color);
    let mut ending = Ending::Fine;
    let mut suite = Suite { name: "drill".to_owned(), cases: Vec::new(), trouble: None };
    let plain = !(arguments.json || arguments.tap || arguments.junit);
    for source in &sources {
        let mut drill = Drill::new(&source.text);
        drill = options.iter().fold(drill, |drill, option| drill.option(&option.name, &option.value));
        if let Some(directory) = &source.directory {
            drill = drill.directory(directory);
        }
        let report = drill.run();
        ending = ending.max(match report.verdict {
            Verdict::Passed | Verdict::Skipped { .. } => Ending::Fine,
            Verdict::Failed(_) => Ending::Negative,
            Verdict::Wrong(_) => Ending::Usage,
        });
        if let Some(folder) = &arguments.pcap
            && let Err(message) = keep(folder, source, &report)
        {
            output::complain(&message);
            ending = ending.max(Ending::Usage);
        }
        if arguments.json {
            output.text(&format!("{}\n", object(source, &report)))?;
            continue;
        }
        let case = Case { text: printable(&source.name), answer: answer(source, &report) };
        if plain {
            let silent =
                matches!(case.answer, Answer::Holds) && !arguments.verbose && report.warnings.is_empty();
            if arguments.verbose {
                for line in &report.talk {
                    output.text(&format!("{}\n", printable(line)))?;
                }
            }
            for warning in &report.warnings {
                output.text(&format!("warning: {}\n", place(source, warning)))?;
                for line in details(source, warning) {
                    output.text(&format!("      {line}\n"))?;
                }
            }
            if !silent {
                let one = Suite { name: String::new(), cases: vec![case], trouble: None };
                output.text(&report::write("drill", std::slice::from_ref(&one), Form::Plain))?;
                suite.cases.extend(one.cases);
                continue;
            }
        }
        suite.cases.push(case);
    }
    if arguments.tap || arguments.junit {
        let form = if arguments.tap { Form::Tap } else { Form::Junit };
        output.text(&report::write("drill", std::slice::from_ref(&suite), form))?;
    }
    output.flush()?;
    if plain {
        let (passed, failed, skipped) = suite.counts();
        output::remark(&format!("{passed} passed, {failed} failed, {skipped} skipped"));
    }
    Ok(ending)
}

/// Finds the scripts and the options.
fn prepare(arguments: &Arguments) -> Result<(Vec<Source>, Vec<Setting>), String> {
    let mut options = Vec::new();
    let mut take = |name: &str, value: &str| -> Result<(), String> {
        let option = Setting { name: name.to_owned(), value: value.to_owned(), span: 0..0 };
        // Whether it can be is not to be said of each script.
        Settings::default().take(&option).map_err(|mistake| printable(&mistake.to_string()))?;
        options.push(option);
        Ok(())
    };
    arguments.profile.iter().try_for_each(|profile| take("profile", profile))?;
    arguments.define.iter().try_for_each(|define| take("define", define))?;
    for option in &arguments.option {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        take(name.trim_start_matches('-'), value)?;
    }
    let mut sources = Vec::new();
    for path in &arguments.scripts {
        if path == "-" {
            let text = io::read_to_string(io::stdin())
                .map_err(|error| format!("standard input cannot be read: {error}"))?;
            sources.push(Source { name: "-".to_owned(), text, directory: None });
            continue;
        }
        let mut found = Vec::new();
        find(Path::new(path), &mut found, 0)
            .map_err(|error| format!("{} cannot be read: {error}", printable(path)))?;
        if found.is_empty() {
            return Err(format!("{} has no scripts (*.pkt)", printable(path)));
        }
        for path in found {
            let name = path.display().to_string();
            let text =
                fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", printable(&name)))?;
            let text = String::from_utf8_lossy(&text).into_owned();
            sources.push(Source { name, text, directory: path.parent().map(Path::to_owned) });
        }
    }
    Ok((sources, options))
}

/// How deep folders are looked into.
const DEPTH: u32 = 32;

/// The scripts of a folder and of those in it, in the order of their names; or the one that a path is.
fn find(path: &Path, found: &mut Vec<PathBuf>, depth: u32) -> io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let mut inside =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    inside.sort();
    for path in inside {
        let folder = path.is_dir();
        if (folder && depth < DEPTH) || path.extension().is_some_and(|extension| extension == "pkt") {
            find(&path, found, depth.saturating_add(1))?;
        }
    }
    Ok(())
}

/// Writes what went over the line, with the reasons as comments.
fn keep(folder: &Path, source: &Source, report: &Report) -> Result<(), String> {
    // Scripts of the same name in several folders are several captures.
    let name: Vec<_> = Path::new(&source.name)
        .with_extension("")
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let name = if source.name == "-" { "script".to_owned() } else { name.join("-") };
    let path = folder.join(format!("{name}.pcapng"));
    let write = || -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let mut writer = Writer::create(&path)?;
        for crossing in &report.crossings {
            let reason = crossing.sent.map(|reason| Cow::from(reason.to_string()));
            let notes = Notes { comments: reason.as_slice(), ..Notes::default() };
            writer.noted(
                Some(Time::ZERO + crossing.at),
                &Frame::new(drill::LINK, &crossing.bytes),
                &notes,
            )?;
        }
        writer.finish()?;
        Ok(())
    };
    write().map_err(|error| format!("{} cannot be written: {error}", printable(&path.display().to_string())))
}

/// Where something is wrong, and what.
fn place(source: &Source, failure: &Failure) -> String {
    let (line, ..) = line(&source.text, failure.span.start);
    format!("{}:{line}: {}", printable(&source.name), printable(&failure.message))
}

/// What is wrong in the text of a script, with the line and a caret under it.
fn caret(source: &Source, mistake: &Mistake) -> Vec<String> {
    output::caret_in(&source.text, mistake, &source.name).lines().map(str::to_owned).collect()
}

/// All that is known of a failure, line by line.
fn details(source: &Source, failure: &Failure) -> Vec<String> {
    let mistake = Mistake {
        span: failure.span.clone(),
        message: failure.message.clone(),
        suggestions: Vec::new(),
        hint: None,
    };
    let mut lines = caret(source, &mistake);
    // The message is there already.
    lines.extend(failure.to_string().lines().skip(1).map(printable));
    lines
}

/// What came of a script.
fn answer(source: &Source, report: &Report) -> Answer {
    let at = |span: &std::ops::Range<usize>| line(&source.text, span.start).0;
    match &report.verdict {
        Verdict::Passed => Answer::Holds,
        Verdict::Skipped { span, reason } => {
            Answer::Skipped(format!("line {}: {}", at(span), printable(reason)))
        }
        Verdict::Failed(failure) => {
            let message = format!("line {}: {}", at(&failure.span), printable(&failure.message));
            Answer::Fails { message, found: details(source, failure) }
        }
        Verdict::Wrong(mistake) => {
            let message = format!("line {}: {}", at(&mistake.span), printable(&mistake.to_string()));
            Answer::Fails { message, found: caret(source, mistake) }
        }
    }
}

/// What came of a script, schema `layercake.drill/1`.
fn object(source: &Source, report: &Report) -> Value {
    let mut object = json!({
        "schema": "layercake.drill/1",
        "script": source.name,
        "verdict": match &report.verdict {
            Verdict::Passed => "passed",
            Verdict::Skipped { .. } => "skipped",
            Verdict::Failed(_) => "failed",
            Verdict::Wrong(_) => "wrong",
        },
        "elapsed": Time::ZERO.max(Time::ZERO + report.elapsed).to_string(),
        "packets": report.crossings.len(),
    });
    let Some(fields) = object.as_object_mut() else { return object };
    if let Some(span) = report.span() {
        let (number, column, _) = line(&source.text, span.start);
        fields.insert("line".into(), number.into());
        fields.insert("column".into(), column.into());
    }
    match &report.verdict {
        Verdict::Passed => {}
        Verdict::Skipped { reason, .. } => {
            fields.insert("message".into(), reason.as_str().into());
        }
        Verdict::Wrong(mistake) => {
            fields.insert("message".into(), mistake.to_string().into());
        }
        Verdict::Failed(failure) => {
            if let Value::Object(known) = of_failure(source, failure) {
                fields.extend(known);
            }
        }
    }
    if !report.warnings.is_empty() {
        let warnings = report.warnings.iter().map(|warning| of_failure(source, warning)).collect();
        fields.insert("warnings".into(), Value::Array(warnings));
    }
    if !report.talk.is_empty() {
        fields.insert("printed".into(), report.talk.clone().into());
    }
    object
}

fn of_failure(source: &Source, failure: &Failure) -> Value {
    let (number, column, _) = line(&source.text, failure.span.start);
    let mut object = json!({ "line": number, "column": column, "message": failure.message });
    let Some(fields) = object.as_object_mut() else { return object };
    for (name, text) in [("expected", &failure.expected), ("actual", &failure.actual)] {
        if !text.is_empty() {
            fields.insert(name.into(), text.as_str().into());
        }
    }
    if !failure.differences.is_empty() {
        let difference = |one: &drill::Difference| json!({ "field": one.field, "expected": one.expected, "actual": one.actual });
        fields.insert("differences".into(), failure.differences.iter().map(difference).collect());
    }
    if let Some((from, to, actual)) = failure.time {
        let time = |time| (Time::ZERO + time).to_string();
        fields.insert("time".into(), json!({ "from": time(from), "to": time(to), "actual": time(actual) }));
    }
    if !failure.before.is_empty() {
        fields.insert("before".into(), failure.before.clone().into());
    }
    object
}
