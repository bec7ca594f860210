//! `layercake sim`: a network in virtual time, out of a scenario.

mod files;
mod look;
mod source;
mod stop;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::output::{self, Colour, Ending, Output, printable};
use crate::sim::{Report, Run, Scenario, Sweep};
use files::Written;
use look::Look;
use source::Source;
use stop::Watchman;

/// What the help ends with.
pub const AFTER_HELP: &str = "\
A scenario is a text in TOML: nodes, links, applications, what happens when, and what has to come of it. It runs in virtual time: the
same way each time, on any machine, without waiting and without rights. Ctrl-C ends it with what there is.

Examples:
  layercake sim home.toml                    run it; what came of it as text
  layercake sim home.toml --json | jq .apps  the same as JSON
  layercake sim home.toml --pcap             every frame, as home.pcapng: wireshark home.pcapng
  layercake sim home.toml --out results      capture, packets and reports into a folder
  layercake sim home.toml --layers           one message, from layer to layer and node to node
  layercake sim home.toml --layers='dns'     the first that a filter chooses
  layercake sim home.toml --show route=r1 --show neigh --at 2s
                                             tables of nodes, at that time
  layercake sim home.toml --seed 7 --set links.core.loss=5%
                                             other luck, another value
  layercake sim --preset dumbbell:pairs=3    networks to begin with: home, dumbbell, line, star
  layercake sim --preset line --print > line.toml
                                             the same as a scenario, to be changed
  layercake sim lab.conf                     a lab of Kathara; also *.clab.yml of containerlab

Exit codes:
  0  all expectations came true    1  one did not
  2  usage or input error, a scenario that makes no sense, time that does not go on
  130  ended by Ctrl-C";

/// The arguments of `sim`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A scenario, a lab.conf of Kathara or a *.clab.yml of containerlab, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "preset")]
    file: Option<String>,
    /// A network to begin with: home, dumbbell, line, star; with options behind a colon: dumbbell:pairs=3,rate=10Mbit
    #[arg(long, value_name = "NAME[:OPTIONS]", conflicts_with = "file")]
    preset: Option<String>,
    /// Print the scenario as TOML, and do not run it
    #[arg(long, conflicts_with_all = ["set", "seed", "duration"])]
    print: bool,
    /// What everything that looks random is derived from
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Run for so long instead of what the scenario says: 10s, 500ms
    #[arg(long, value_name = "TIME", value_parser = span)]
    duration: Option<Duration>,
    /// Change a value of the scenario: links.core.loss=1%, nodes.a.tcp.sack=false. It can be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Write every frame into a capture in the current folder, NAME.pcapng, with the reason why it was sent and what became of it
    #[arg(long)]
    pcap: bool,
    /// Write all that there is into a folder: capture.pcapng, packets.jsonl, report.txt, report.json
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Write what came of it as JSON
    #[arg(long, conflicts_with_all = ["layers", "show"])]
    json: bool,
    /// Tell what happens to one message: the first that carries data of an application, or that a filter chooses
    #[arg(long, value_name = "FILTER", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    layers: Option<String>,
    /// Show addr, route, neigh, nat, dns or sockets, of all nodes or of one. It can be given several times
    #[arg(long, value_name = "WHAT[=NODE]", conflicts_with = "layers")]
    show: Vec<String>,
    /// When to show them: 2s; at the end if nothing is said. It can be given several times
    #[arg(long, value_name = "TIME", requires = "show", value_parser = span)]
    at: Vec<Duration>,
    /// Run it once, though several runs are to be compared ([sweep])
    #[arg(long)]
    once: bool,
    /// How many runs of a sweep go on at the same time; as many as there are processors if nothing is said
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
    /// Say nothing but what went wrong
    #[arg(short, long)]
    quiet: bool,
}

fn span(text: &str) -> Result<Duration, String> {
    crate::sim::duration(text).ok_or_else(|| "write a number with its unit: 10s, 500ms".to_owned())
}

/// What keeps a run from beginning or going on, in words.
type Trouble = String;

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    match prepare(arguments) {
        Ok(Prepared::Text(text)) => {
            let mut output = Output::standard(Colour::Never);
            output.write(text.as_bytes())?;
            output.flush()?;
            Ok(Ending::Fine)
        }
        Ok(Prepared::Sweep(sweep)) => compare(arguments, &sweep),
        Ok(Prepared::Scenario(name, scenario)) => once(arguments, &name, &scenario),
        Err(trouble) => Ok(failed(&trouble)),
    }
}

fn failed(trouble: &str) -> Ending {
    output::complain(trouble);
    Ending::Usage
}

/// What is to be done.
enum Prepared {
    Text(String),
    Sweep(Box<Sweep>),
    Scenario(String, Box<Scenario>),
}

fn prepare(arguments: &Arguments) -> Result<Prepared, Trouble> {
    let source = match (&arguments.file, &arguments.preset) {
        (Some(file), _) => Source::open(file)?,
        (None, Some(preset)) => Source::preset(preset)?,
        (None, None) => return Err("which scenario?".to_owned()),
    };
    if !arguments.quiet {
        for sentence in &source.left_out {
            output::remark(&format!("left out: {}", printable(sentence)));
        }
    }
    if arguments.print {
        return Ok(Prepared::Text(source.text));
    }
    let mut set = Vec::new();
    for change in &arguments.set {
        let (key, value) = change.split_once('=').ok_or_else(|| {
            format!("--set {}: write a key and a value, links.core.loss=1%", printable(change))
        })?;
        set.push((key.trim().to_owned(), source::value(value.trim())));
    }
    set.extend(arguments.duration.map(|span| ("duration".to_owned(), format!("\"{}ns\"", span.as_nanos()))));
    let single = arguments.once
        || arguments.pcap
        || arguments.out.is_some()
        || arguments.layers.is_some()
        || !arguments.show.is_empty();
    let mut scenario = source.scenario(&set)?;
    if !set.is_empty() {
        // It is no longer what the fingerprint was of.
        scenario = scenario.without_fingerprint();
    }
    if scenario.has_sweep() && !single {
        set.extend(arguments.seed.map(|seed| ("seed".to_owned(), seed.to_string())));
        return Ok(Prepared::Sweep(Box::new(source.sweep(&set)?)));
    }
    if let Some(seed) = arguments.seed {
        scenario = scenario.with_seed(seed);
    }
    Ok(Prepared::Scenario(source.name, Box::new(scenario)))
}

fn once(arguments: &Arguments, name: &str, scenario: &Scenario) -> io::Result<Ending> {
    let mut written = match Written::create(arguments, name, scenario) {
        Ok(written) => written,
        Err(trouble) => return Ok(failed(&trouble)),
    };
    let mut look = match Look::new(arguments, scenario) {
        Ok(look) => look,
        Err(trouble) => return Ok(failed(&trouble)),
    };
    let ran = go(scenario, &mut written, &mut look);
    let report = match ran {
        Ok(report) => report,
        Err(trouble) => return Ok(failed(&trouble)),
    };
    let mut output = Output::standard(Colour::Never);
    let told = look.text(&report);
    let plain = told.is_none() && !arguments.json;
    let text = match told {
        Some(text) => text,
        None if arguments.json => format!("{:#}\n", report.to_json()),
        None => format!("{report}\n"),
    };
    let finished = written.finish(&report);
    if !arguments.quiet || !plain {
        output.write(text.as_bytes())?;
    }
    output.flush()?;
    if arguments.quiet || !plain {
        complain_of(&report);
    }
    if let Err(trouble) = finished {
        return Ok(failed(&trouble));
    }
    Ok(match &report {
        Report { stuck: Some(why), .. } => {
            if arguments.quiet || !plain {
                output::complain(why);
            }
            Ending::Usage
        }
        Report { interrupted: true, .. } => Ending::Interrupted,
        report if report.passed() => Ending::Fine,
        _ => Ending::Negative,
    })
}

/// Says on standard error what was expected and did not come.
fn complain_of(report: &Report) {
    for verdict in report.verdicts.iter().filter(|verdict| !verdict.holds) {
        let found = verdict.found.iter().map(|found| format!("\n  {}", printable(found)));
        output::complain(&format!(
            "expected: {}{}",
            printable(&verdict.expectation),
            found.collect::<String>()
        ));
    }
}

/// Runs a scenario to its end, or until somebody has had enough.
fn go(scenario: &Scenario, written: &mut Written, look: &mut Look) -> Result<Report, Trouble> {
    let mut watchman = Watchman::new()?;
    let mut run = Run::new(scenario).map_err(|error| printable(&error.to_string()))?;
    let (tale, shown) = look.parts();
    for watcher in written.watchers().chain(tale) {
        run.watch(watcher);
    }
    // Looked at after so much: often enough for whoever waits, seldom enough to cost nothing.
    let step = (scenario.duration() / 500).max(Duration::from_millis(1));
    let mut shown = shown.peekable();
    loop {
        while let Some(show) = shown.next_if(|show| show.at.min(scenario.duration()) <= run.now()) {
            show.take(&run);
        }
        if run.now() >= scenario.duration() {
            break;
        }
        let mut until = run.now().saturating_add(step).min(scenario.duration());
        if let Some(show) = shown.peek() {
            until = until.min(show.at.max(run.now()));
        }
        let mut look = |run: &Run<'_>| {
            let (now, end) = (run.now(), scenario.duration());
            watchman.say(|| format!("{} of {}, {} frames", files::span(now), files::span(end), run.frames()));
            !watchman.has_enough()
        };
        // What stands in the report is why.
        if run.until_or(until, &mut look).is_err() {
            break;
        }
        if !look(&run) {
            run.interrupt();
            break;
        }
    }
    shown.for_each(|show| show.take(&run));
    watchman.done();
    Ok(run.finish())
}

/// Runs a sweep.
fn compare(arguments: &Arguments, sweep: &Sweep) -> io::Result<Ending> {
    let watchman = match Watchman::new() {
        Ok(watchman) => std::sync::Mutex::new(watchman),
        Err(trouble) => return Ok(failed(&trouble)),
    };
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let report = sweep.run(arguments.jobs.unwrap_or(processors), &|done| {
        let Ok(mut watchman) = watchman.lock() else { return true };
        watchman.say(|| format!("{done} of {} runs", sweep.runs()));
        !watchman.has_enough()
    });
    if let Ok(watchman) = watchman.into_inner() {
        watchman.done();
    }
    let report = match report {
        Ok(report) => report,
        Err(error) => return Ok(failed(&printable(&error.to_string()))),
    };
    let mut output = Output::standard(Colour::Never);
    if arguments.json {
        output.write(format!("{:#}\n", report.to_json()).as_bytes())?;
    } else if !arguments.quiet {
        output.write(format!("{report}\n").as_bytes())?;
    }
    output.flush()?;
    Ok(match report.interrupted {
        true => Ending::Interrupted,
        false if report.passed() => Ending::Fine,
        false => Ending::Negative,
    })
}
