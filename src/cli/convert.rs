//! `layercake convert`: packets in, the same packets out in another form.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::capture::{CaptureError, Item, WriteError};
use crate::cli::input::{self, Argument, Input, TextArguments, Unusable};
use crate::cli::output::{self, Ending, printable};
use crate::cli::write::{Destination, Extension, Made};
use crate::packet::{Decoder, Frame};
use crate::render::{Context, json};
use crate::time::Time;

/// What the help of `convert` ends with.
pub const AFTER_HELP: &str = "\
Examples:
  layercake convert dump.txt -o out.pcap           what a text holds, as a capture
  layercake convert in.pcapng -o out.pcap          a capture in the other format
  layercake convert in.pcap --to hex               rows that text2pcap reads too
  layercake --json in.pcap | layercake convert - -o same.pcapng

Exit codes:
  0  fine        2  usage or input error, or no packet in the text
  3  a file is cut or damaged; all that was whole has been delivered";

/// The arguments of `convert`.
#[derive(Args, Debug)]
pub struct Convert {
    /// Capture files, files with packets as text or as JSON of `decode --json`, such text itself, or - for standard input
    #[arg(value_name = "FILE|TEXT", required = true)]
    inputs: Vec<String>,
    /// Where to; - for standard output. The format is as the name says: .pcap, .pcapng, .hex or .txt, .json or .jsonl
    #[arg(short, long, value_name = "OUTPUT", default_value = "-")]
    output: String,
    /// The format, whatever the name says
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: Option<Form>,
    #[command(flatten)]
    text: TextArguments,
}

/// What packets are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// A capture in the classic format
    Pcap,
    /// A capture in the format of today
    Pcapng,
    /// Text: a line with the time, then rows with offsets
    Hex,
    /// A JSON object a line, as `decode --json` prints them
    Json,
}

impl Form {
    /// What the name of a file says.
    pub(super) fn of(path: &str) -> Option<Self> {
        let extension = Path::new(path).extension()?.to_string_lossy().to_lowercase();
        match extension.as_str() {
            "pcap" | "cap" => Some(Self::Pcap),
            "pcapng" | "ntar" => Some(Self::Pcapng),
            "hex" | "txt" => Some(Self::Hex),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Where packets go.
pub(super) enum Sink {
    Capture(Destination),
    /// The file is made when the first packet comes.
    Text {
        path: String,
        json: bool,
        output: Option<Box<dyn Write>>,
        made: Option<Made>,
    },
}

impl Sink {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Capture(destination) => destination.name(),
            Self::Text { path, .. } if path == "-" => "standard output".to_string(),
            Self::Text { path, .. } => printable(path),
        }
    }

    pub(super) fn frame(&mut self, context: Context<'_>, frame: &Frame<&[u8]>) -> Result<(), WriteError> {
        match self {
            Self::Capture(destination) => destination.frame(context.time, frame),
            Self::Text { path, json, output, made: kept } => {
                let made = match output.take() {
                    Some(output) => output,
                    None if path == "-" => Box::new(BufWriter::new(io::stdout())),
                    None => {
                        let (file, made) = Made::new(Path::new(&*path))?;
                        *kept = made;
                        Box::new(BufWriter::new(file))
                    }
                };
                let output = output.insert(made);
                if !*json {
                    return Ok(output.write_all(rows(context.time, frame.bytes).as_bytes())?);
                }
                let packet = Decoder::new().packet(*frame);
                serde_json::to_writer(&mut *output, &json::Object::new(&packet, context))
                    .map_err(io::Error::from)?;
                Ok(output.write_all(b"\n")?)
            }
        }
    }

    /// Says what could not be written. Whoever closed a pipe has enough, and that is the end.
    ///
    /// # Errors
    /// That a pipe was closed.
    pub(super) fn unwritten(&self, error: WriteError) -> io::Result<Ending> {
        match error {
            WriteError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error),
            error => {
                output::complain(&format!("{} {error}", self.name()));
                Ok(Ending::Usage)
            }
        }
    }

    /// Ends the file; unless it is to be kept, what was there stays.
    pub(super) fn finish(&mut self, keep: bool) -> Result<Vec<String>, WriteError> {
        match self {
            Self::Capture(destination) => destination.finish(keep),
            Self::Text { output, made, .. } => {
                if let Some(mut output) = output.take() {
                    output.flush()?;
                }
                if let Some(made) = made.take().filter(|_| keep) {
                    made.keep()?;
                }
                Ok(Vec::new())
            }
        }
    }
}

/// A packet as text: what `decode` reads again, and text2pcap too.
fn rows(time: Option<Time>, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    if let Some(time) = time {
        let _ = writeln!(text, "{time}");
    }
    for (at, row) in bytes.chunks(16).enumerate() {
        let pairs: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let characters: String = row
            .iter()
            .map(|byte| if matches!(byte, 0x20..=0x7e) { char::from(*byte) } else { '.' })
            .collect();
        let _ = writeln!(text, "{:06x}  {:<47}  |{characters}|", at.saturating_mul(16), pairs.join(" "));
    }
    let _ = writeln!(text, "{:06x}\n", bytes.len());
    text
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Convert) -> io::Result<Ending> {
    let inputs = input::sort(&arguments.inputs, &arguments.text.options());
    let path = &arguments.output;
    let Some(form) = arguments.to.or_else(|| Form::of(path)).or((path == "-").then_some(Form::Hex)) else {
        let names = ".pcap, .pcapng, .hex, .txt, .json or .jsonl";
        output::complain(&format!(
            "{}: name a file in {names}, or say the format with --to",
            printable(path)
        ));
        return Ok(Ending::Usage);
    };
    let extension = match form {
        Form::Pcap => Some(Extension::Pcap),
        Form::Pcapng => Some(Extension::Pcapng),
        Form::Hex | Form::Json => None,
    };
    if extension.is_some() && path == "-" && io::stdout().is_terminal() {
        output::complain("a capture is not written to a terminal; give a file, or pipe it on");
        return Ok(Ending::Usage);
    }
    let mut sink = match Destination::to(path, extension, false, &inputs) {
        Ok(destination) if extension.is_some() => Sink::Capture(destination.of_link(arguments.text.link)),
        Ok(_) => Sink::Text { path: path.clone(), json: form == Form::Json, output: None, made: None },
        Err(message) => {
            output::complain(&message);
            return Ok(Ending::Usage);
        }
    };
    let mut ending = Ending::Fine;
    for argument in &inputs {
        let read = one(arguments, argument, inputs.len() > 1, &mut sink);
        ending = ending.max(match read {
            Ok(ending) => ending,
            Err(error) => return sink.unwritten(error),
        });
    }
    match sink.finish(ending != Ending::Usage) {
        Ok(remarks) => remarks.iter().for_each(|remark| output::remark(remark)),
        Err(error) => ending = sink.unwritten(error)?,
    }
    Ok(ending)
}

/// Converts one input.
fn one(
    arguments: &Convert,
    argument: &Argument,
    several: bool,
    sink: &mut Sink,
) -> Result<Ending, WriteError> {
    let name = argument.label();
    let file = several.then_some(argument.name());
    let mut ending = Ending::Fine;
    let mut names: Vec<Option<String>> = Vec::new();
    match input::open(argument, &arguments.text.options()) {
        Ok(Input::Capture(mut reader)) => loop {
            let unnamed = reader.interfaces().iter().skip(names.len());
            names.extend(unnamed.map(|interface| interface.name().map(Cow::into_owned)));
            let item = reader.next_item();
            if let Ok(Some(Item::Start(_))) = &item {
                names.clear();
            }
            match item {
                Ok(Some(item)) => match (&mut *sink, &item) {
                    (Sink::Capture(destination), item) => {
                        let interface = match item {
                            Item::Record(record) => {
                                names.get(record.interface as usize).and_then(Option::as_deref)
                            }
                            _ => None,
                        };
                        destination.item(item, interface)?;
                    }
                    (sink, Item::Record(record)) => {
                        let comments: Vec<_> = record.comments().collect();
                        let interface_name = names.get(record.interface as usize).and_then(Option::as_deref);
                        let context = Context {
                            number: record.number,
                            time: record.time,
                            section: record.section,
                            interface: record.interface,
                            interface_name,
                            file,
                            comments: &comments,
                        };
                        let link = arguments.text.link.unwrap_or(record.frame.link);
                        sink.frame(context, &Frame { link, ..record.frame })?;
                    }
                    _ => {}
                },
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
            arguments.text.remark("", &reading);
            for (number, pasted) in (1..).zip(&reading.packets) {
                let context = Context { number, time: pasted.time, file, ..Context::default() };
                sink.frame(context, &Frame::new(reading.link, &pasted.bytes))?;
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
