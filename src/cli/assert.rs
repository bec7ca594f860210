//! `layercake assert`: what has to hold of captures, and whether it does.

use std::io;
use std::path::Path;

use clap::Args;

use crate::assertion::{Assertion, Outcome, Run};
use crate::cli::decode::Numbers;
use crate::cli::input::{self, TextArguments, Unusable};
use crate::cli::output::{self, Colour, Ending, printable};
use crate::cli::packets::{Choice, Packets};
use crate::cli::report::{self, Answer, Case, Form, Suite};
use crate::cli::{filter, rules};
use crate::filter::Filter;
use crate::packet::{Decoder, Rule};

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Assertions, where FILTER and FIELD are as in -f of decode:
  count(FILTER) == N            so many packets match; count() is all; also != < <= > >=
                                a flag by itself means that it is set
  all(FILTER) any(FILTER) none(FILTER)
                                of no packet at all, all() and none() hold
  first(FIELD) == VALUE         and last(FIELD): the first or last value there is
  min(FIELD) >= N               and max(FIELD), sum(FIELD)
  unique(FIELD) == N            how many different values
  findings(error) == N          also warning, note, a code such as ip.checksum.bad,
                                with * for any letters; findings() is all
  and or not ( )                join them

Examples:
  layercake assert test.pcap 'count(tcp.flags.reset) == 0'
  layercake assert test.pcap 'all(ip.ttl > 1) and any(dns)' 'findings(error) == 0'
  layercake assert *.pcap --from checks.txt --to junit -o report.xml

Exit codes:
  0  all hold    1  one fails
  2  usage or input error, or no packet in the text
  3  a file is cut or damaged; all that was whole has been looked at";

/// The arguments of `assert`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Captures, files with packets as text, such text itself, or - for standard input; then what has to hold of each of them. What has a
    /// bracket and is no file is an assertion
    #[arg(value_name = "FILE|ASSERTION", required = true)]
    words: Vec<String>,
    /// Assertions of this file, one a line; a line that begins with # says nothing. It can be given several times
    #[arg(long, value_name = "CHECKS")]
    from: Vec<String>,
    /// What the report is written as
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "plain")]
    to: Form,
    /// Where to; - for standard output
    #[arg(short, long, value_name = "OUTPUT", default_value = "-")]
    output: String,
    /// Only packets that a filter chooses
    #[arg(short, long, short_alias = 'Y', value_name = "FILTER")]
    filter: Option<String>,
    /// Only these packets, by number: 1-40,50-
    #[arg(long, value_name = "NUMBERS", value_parser = Numbers::parse, allow_hyphen_values = true)]
    packets: Option<Numbers>,
    /// What a number leads to, before anything that is built in: udp.port==15353,dns. It can be given several times
    #[arg(short, long, value_name = "RULE", value_parser = rules::parse)]
    decode_as: Vec<Rule>,
    #[command(flatten)]
    text: TextArguments,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_enum)]
    color: Colour,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    match prepare(arguments) {
        Ok((files, assertions, choice)) => judge(arguments, &files, &assertions, &choice),
        Err(message) => {
            output::complain(&message);
            Ok(Ending::Usage)
        }
    }
}

type Prepared = (Vec<input::Argument>, Vec<Assertion>, Choice);

/// Reads the arguments.
fn prepare(arguments: &Arguments) -> Result<Prepared, String> {
    let filter = arguments.filter.as_deref().map(filter::read).transpose()?;
    // A filter is none, but what is meant by it is clear, and said.
    let is_assertion = |word: &String| {
        let looks =
            word.contains('(') || word.contains(['=', '<', '>', '&', '|']) && Filter::parse(word).is_ok();
        looks && word != "-" && !Path::new(word).exists()
    };
    let (written, files): (Vec<String>, Vec<String>) =
        arguments.words.iter().cloned().partition(is_assertion);
    let mut assertions = Vec::new();
    for text in &written {
        assertions.push(Assertion::parse(text).map_err(|bad| output::caret(text, &bad, None))?);
    }
    for path in &arguments.from {
        let name = printable(path);
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        for (number, line) in (1..).zip(text.lines()) {
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                let read = Assertion::parse(line);
                assertions.push(read.map_err(|bad| output::caret(line, &bad, Some((&name, number))))?);
            }
        }
    }
    if assertions.is_empty() {
        let hint = "give one behind the file, as in 'count(tcp) > 0', or a file of them with --from";
        return Err(format!("there is nothing to check; {hint}"));
    }
    let files = input::sort(&files, &arguments.text.options());
    if files.is_empty() {
        return Err(
            "there is no capture to check; give its name before the assertions, or - for standard input"
                .to_owned(),
        );
    }
    let choice = Choice {
        filter,
        numbers: arguments.packets.clone(),
        link: arguments.text.link,
        // Once in the life of the process.
        decoder: Decoder::new().rules(Vec::leak(arguments.decode_as.clone())),
    };
    Ok((files, assertions, choice))
}

/// Asks all assertions of each file, in one go through it.
fn judge(
    arguments: &Arguments,
    files: &[input::Argument],
    assertions: &[Assertion],
    choice: &Choice,
) -> io::Result<Ending> {
    let mut ending = Ending::Fine;
    let mut suites = Vec::new();
    for file in files {
        let name = file.label();
        let mut packets = match Packets::open(file, &arguments.text, choice, "") {
            Ok(packets) => packets,
            Err(Unusable(message, unusable)) => {
                output::complain(&message);
                ending = ending.max(unusable);
                suites.push(Suite { name, cases: Vec::new(), trouble: Some("it cannot be read") });
                continue;
            }
        };
        let mut runs: Vec<Run<'_>> = assertions.iter().map(Assertion::run).collect();
        while let Some((origin, packet)) = packets.next_chosen() {
            runs.iter_mut().for_each(|run| run.packet(&packet, &origin));
        }
        ending = ending.max(packets.ending());
        let trouble = (packets.ending() != Ending::Fine)
            .then_some("it is cut or damaged; what was whole has been looked at");
        let cases = assertions.iter().zip(&runs).map(|(assertion, run)| Case {
            text: printable(&assertion.to_string()),
            answer: answer(&run.outcome()),
        });
        suites.push(Suite { name, cases: cases.collect(), trouble });
    }
    let report = report::write("assert", &suites, arguments.to);
    if arguments.output == "-" {
        let mut output = output::Output::standard(arguments.color);
        output.text(&report)?;
        output.flush()?;
    } else {
        let plain = anstream::adapter::strip_str(&report).to_string();
        if let Err(error) = std::fs::write(&arguments.output, plain) {
            output::complain(&format!("{} cannot be written: {error}", printable(&arguments.output)));
            return Ok(Ending::Usage);
        }
    }
    let counts = suites.iter().map(Suite::counts);
    let (held, failed) = counts.fold((0usize, 0usize), |(held, failed), (hold, fail, _)| {
        (held.saturating_add(hold), failed.saturating_add(fail))
    });
    let verb = |count, one, many| if count == 1 { one } else { many };
    output::remark(&format!(
        "{held} {}, {failed} {}",
        verb(held, "holds", "hold"),
        verb(failed, "fails", "fail")
    ));
    Ok(if failed > 0 { ending.max(Ending::Negative) } else { ending })
}

/// What was found out about an assertion.
fn answer(outcome: &Outcome) -> Answer {
    if outcome.holds {
        return Answer::Holds;
    }
    let mut lines = Vec::new();
    for found in &outcome.found {
        lines.push(printable(&found.text));
        lines.extend(found.packets.iter().map(|packet| format!("  {packet}")));
        match found.more {
            0 => {}
            1 => lines.push("  and 1 more packet".to_owned()),
            more => lines.push(format!("  and {more} more packets")),
        }
    }
    let message = outcome.found.iter().map(|found| printable(&found.text)).collect::<Vec<_>>().join("; ");
    Answer::Fails { message, found: lines }
}
