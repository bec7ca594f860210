//! `layercake edit`: packets in, the same packets changed out.
//!
//! [`operation`]: what can be done to a packet.

pub mod operation;

use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal};

use clap::Args;

use crate::capture::{CaptureError, Item, Record, WriteError};
use crate::cli::convert::{Form, Sink};
use crate::cli::filter;
use crate::cli::input::{self, Argument, Input, TextArguments, Unusable};
use crate::cli::output::{self, Ending, printable};
use crate::cli::write::{Alone, Destination, Extension};
use crate::edit::EditError;
use crate::filter::{Filter, Origin};
use crate::packet::{Decoder, Frame};
use crate::render::Context;
use operation::{Given, Operation, Outcome};

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Operations are carried out in the order in which they are given, on the packets that -f chooses; all others are copied.
A checksum that was right stays right, one that was wrong stays wrong, and one that the network card was to fill in stays so.

Examples:
  layercake edit in.pcap out.pcap --set ip.ttl=3 --set tcp.flags.syn=1
  layercake edit in.pcap out.pcap --set ip#2.src=192.0.2.1   in the inner packet of a tunnel
  layercake edit in.pcap out.pcap --remove vlan -f 'vlan.id == 7'
  layercake edit in.pcap out.pcap --fix lengths,checksums    what a card was to fill in, too
  layercake edit in.pcap out.pcap --anonymize \"$(cat key)\" --zero payload
  layercake edit in.pcap - --mutate 1 -f dns --only | layercake

Exit codes:
  0  fine        1  no packet matched the filter, or an operation was refused
  2  usage or input error, or no packet in the text
  3  the input is cut or damaged; all that was whole has been delivered";

/// The arguments of `edit`.
#[derive(Args, Debug)]
pub struct Edit {
    /// A capture file, a file with packets as text or as JSON of `decode --json`, such text itself, or - for standard input
    #[arg(value_name = "IN")]
    input: String,
    /// Where to; - for standard output. The format is as the name says (.pcap, .pcapng, .hex or .txt, .json or .jsonl), or that of the
    /// input. It may be the input itself, which is replaced when all is written
    #[arg(value_name = "OUT")]
    output: String,
    #[command(flatten)]
    operations: Given,
    /// The format, whatever the name says
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: Option<Form>,
    /// Change only packets that a filter chooses, as `decode -f` has it; the others are copied as they are
    #[arg(short, long, short_alias = 'Y', value_name = "FILTER")]
    filter: Option<String>,
    /// Leave the packets out that the filter does not choose
    #[arg(long, requires = "filter")]
    only: bool,
    /// Say for each packet what a mutation changed
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    text: TextArguments,
}

/// An operation, and what came of it.
struct Step {
    called: String,
    operation: Operation,
    done: u64,
    without: u64,
    refused: u64,
    /// The first packet that it was refused of, and why.
    first: Option<(u64, EditError)>,
}

struct Run<'a> {
    arguments: &'a Edit,
    steps: Vec<Step>,
    filter: Option<Filter>,
    sink: Sink,
    chosen: u64,
    first: Option<Option<crate::time::Time>>,
    previous: Option<crate::time::Time>,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Edit) -> io::Result<Ending> {
    match begin(arguments) {
        Ok((run, input, replaces)) => run.run(&input, replaces),
        Err(message) => {
            output::complain(&message);
            Ok(Ending::Usage)
        }
    }
}

/// What is to be done, from where, and whether the input is to be replaced. Nothing is written yet.
fn begin(arguments: &Edit) -> Result<(Run<'_>, Argument, bool), String> {
    let filter = arguments.filter.as_deref().map(filter::read).transpose()?;
    let step = |(called, operation)| Step { called, operation, done: 0, without: 0, refused: 0, first: None };
    let steps: Vec<Step> = arguments.operations.read()?.into_iter().map(step).collect();
    if steps.is_empty() && !arguments.only {
        return Err(
            "nothing is to be changed; --set, --add, --zero, --remove, --fix, --anonymize, --truncate and --mutate say what"
                .to_string(),
        );
    }
    let inputs = input::sort(std::slice::from_ref(&arguments.input), &arguments.text.options());
    let Some(input) = inputs.into_iter().next() else { return Err("there is no input".to_string()) };
    let replaces = is_same_file(&input, &arguments.output);
    let sink = sink(arguments, &steps, if replaces { &[] } else { std::slice::from_ref(&input) })?;
    let run = Run { arguments, steps, filter, sink, chosen: 0, first: None, previous: None };
    Ok((run, input, replaces))
}

/// Whether the output is a file that is read: it can be replaced, since the new one is written beside it.
fn is_same_file(input: &Argument, output: &str) -> bool {
    let (Argument::Path(input), true) = (input, output != "-") else { return false };
    let whole = fs::canonicalize(output).ok().filter(|path| path.is_file());
    whole.is_some() && *input != "-" && fs::canonicalize(input).ok() == whole
}

fn sink(arguments: &Edit, steps: &[Step], inputs: &[Argument]) -> Result<Sink, String> {
    let path = &arguments.output;
    let form = arguments.to.or_else(|| Form::of(path));
    if let Some(form @ (Form::Hex | Form::Json)) = form {
        // Whether it can be written, which is not a matter of the format.
        Destination::to(path, None, false, inputs)?;
        return Ok(Sink::Text { path: path.clone(), json: form == Form::Json, output: None, made: None });
    }
    let (part, terminal) = (arguments.only, path == "-" && io::stdout().is_terminal());
    let destination = match arguments.to {
        Some(Form::Pcap) if !terminal => Destination::to(path, Some(Extension::Pcap), part, inputs)?,
        Some(Form::Pcapng) if !terminal => Destination::to(path, Some(Extension::Pcapng), part, inputs)?,
        // As the name says, or in the format of the input.
        _ => Destination::new(path, part, inputs)?,
    };
    let secretive = steps.iter().any(|step| step.operation.is_secretive());
    let changes_link =
        arguments.text.link.is_some() || steps.iter().any(|step| step.operation.changes_link());
    let alone = changes_link.then_some(Alone::Noted);
    Ok(Sink::Capture(destination.alone(if secretive { Some(Alone::Bare) } else { alone })))
}

impl Run<'_> {
    fn run(mut self, input: &Argument, replaces: bool) -> io::Result<Ending> {
        let read = self.input(input);
        let mut ending = match read {
            Ok(ending) => ending,
            Err(error) => return self.sink.unwritten(error),
        };
        let keep = ending != Ending::Usage && !(replaces && ending == Ending::Damaged);
        match self.sink.finish(keep) {
            Ok(remarks) => remarks.iter().for_each(|remark| output::remark(remark)),
            Err(error) => return self.sink.unwritten(error),
        }
        if ending == Ending::Usage {
            return Ok(ending);
        }
        if replaces && ending == Ending::Damaged {
            output::complain(&format!(
                "{} is damaged, and stays as it is; give another name for what is whole",
                self.sink.name()
            ));
        }
        for step in &self.steps {
            ending = ending.max(step.report());
        }
        if self.filter.is_some() && self.chosen == 0 {
            output::remark("no packet matched the filter");
            ending = ending.max(Ending::Negative);
        }
        Ok(ending)
    }

    fn input(&mut self, argument: &Argument) -> Result<Ending, WriteError> {
        let name = argument.label();
        let options = self.arguments.text.options();
        let mut ending = Ending::Fine;
        let mut names: Vec<Option<String>> = Vec::new();
        match input::open(argument, &options) {
            Ok(Input::Capture(mut reader)) => loop {
                let unnamed = reader.interfaces().iter().skip(names.len());
                names.extend(unnamed.map(|interface| interface.name().map(Cow::into_owned)));
                let item = reader.next_item();
                if let Ok(Some(Item::Start(_))) = &item {
                    names.clear();
                }
                match item {
                    Ok(Some(Item::Record(record))) => {
                        let interface = names.get(record.interface as usize).and_then(Option::as_deref);
                        self.record(&record, interface)?;
                    }
                    Ok(Some(item)) => {
                        if let Sink::Capture(destination) = &mut self.sink {
                            destination.item(&item, None)?;
                        }
                    }
                    Ok(None) => break,
                    Err(error) => {
                        output::complain(&format!("{name} {error}"));
                        ending = ending.max(input::ending(&error));
                        if error.ends_reading() || matches!(error, CaptureError::Io(_)) {
                            break;
                        }
                    }
                }
            },
            Ok(Input::Text(reading)) => {
                self.arguments.text.remark("", &reading);
                for (number, pasted) in (1..).zip(&reading.packets) {
                    let context = Context { number, time: pasted.time, ..Context::default() };
                    let frame = Frame::new(reading.link, pasted.bytes.as_slice());
                    if let Some(frame) = self.edited(context, frame, None) {
                        self.sink.frame(context, &frame.borrowed())?;
                    }
                    if let Some(missing) = &pasted.missing {
                        output::complain(&input::incomplete(&name, number, pasted.lines.start, missing));
                        ending = ending.max(Ending::Damaged);
                    }
                }
            }
            Err(Unusable(message, unusable)) => {
                output::complain(&message);
                ending = ending.max(unusable);
            }
        }
        Ok(ending)
    }

    /// Writes a packet of a capture, changed if it is chosen.
    fn record(&mut self, record: &Record<'_>, interface: Option<&str>) -> Result<(), WriteError> {
        let comments: Vec<_> = record.comments().collect();
        let context = Context {
            number: record.number,
            time: record.time,
            section: record.section,
            interface: record.interface,
            interface_name: interface,
            file: None,
            comments: &comments,
        };
        let link = self.arguments.text.link.unwrap_or(record.frame.link);
        let frame = self.edited(context, Frame { link, ..record.frame }, Some(record.interface));
        let Some(frame) = frame else { return Ok(()) };
        match &mut self.sink {
            Sink::Capture(destination) => destination.edited(record, &frame.borrowed(), interface),
            sink => {
                let secretive = self.steps.iter().any(|step| step.operation.is_secretive());
                let comments = if secretive { &[] } else { context.comments };
                let interface_name = context.interface_name.filter(|_| !secretive);
                sink.frame(Context { comments, interface_name, ..context }, &frame.borrowed())
            }
        }
    }

    /// A frame after all operations, or as it was if the filter does not choose it; `None` if it is to be left out.
    fn edited(
        &mut self,
        context: Context<'_>,
        frame: Frame<&[u8]>,
        interface: Option<u32>,
    ) -> Option<Frame<Vec<u8>>> {
        let number = context.number;
        let mut packet = Decoder::new().packet(frame.with(frame.bytes.to_vec()));
        let first = *self.first.get_or_insert(context.time);
        let origin =
            Origin { number: Some(number), time: context.time, first, previous: self.previous, interface };
        self.previous = context.time;
        let chosen = self.filter.as_ref().is_none_or(|filter| filter.matches_from(&packet, &origin));
        self.chosen += u64::from(chosen);
        if !chosen {
            return (!self.arguments.only).then(|| frame.with(packet.into_inner()));
        }
        for step in &mut self.steps {
            match step.operation.apply(&mut packet, number) {
                Outcome::Done(said) => {
                    step.done += 1;
                    if let Some(said) = said.filter(|_| self.arguments.verbose) {
                        output::remark(&format!("packet {number}, {said}"));
                    }
                }
                Outcome::Without => step.without += 1,
                Outcome::Refused(error) => {
                    step.refused += 1;
                    step.first.get_or_insert((number, error));
                }
            }
        }
        let check_sequence = frame.check_sequence.filter(|_| packet.check_sequence().is_some());
        let said = Frame { check_sequence, ..packet.frame().with(()) };
        Some(said.with(packet.into_inner()))
    }
}

impl Step {
    /// Says what came of it.
    fn report(&self) -> Ending {
        let packets = |count: u64| format!("{count} packet{}", if count == 1 { "" } else { "s" });
        let called = printable(&self.called);
        let mut text = format!("{called}: {}", packets(self.done));
        if self.without > 0 {
            text += &format!(", {} {}", self.without, self.operation.nothing());
        }
        output::remark(&text);
        let Some((number, error)) = &self.first else { return Ending::Fine };
        let refused = packets(self.refused);
        output::complain(&format!(
            "{called}: {refused} cannot be changed so and stayed as before; the first is packet {number}: {error}"
        ));
        Ending::Negative
    }
}
