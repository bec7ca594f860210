//! `layercake decode`: packets in, a line, a breakdown or a JSON object each out.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::capture::{Item, Reader, WriteError};
use crate::cli::filter;
use crate::cli::input::{self, Argument, Input, TextArguments, Unusable};
use crate::cli::output::{self, Colour, Ending, Output};
use crate::cli::rules;
use crate::cli::write::Destination;
use crate::filter::{Filter, Origin};
use crate::packet::{Decoder, Frame, Packet, Rule};
use crate::render::{Context, json, line, scapy, tree};
use crate::text::{Reading, expression};
use crate::time::Time;

/// The arguments of `decode`.
#[derive(Args, Debug)]
pub struct Decode {
    /// Capture files (pcap, pcapng, also compressed with gzip, zstd or lz4), files with packets as text (hex dumps of any program,
    /// lists, strings, base64, the JSON of --json), such text itself, or - for standard input
    #[arg(value_name = "FILE|TEXT")]
    inputs: Vec<String>,
    /// Read this file, the same as naming it
    #[arg(short, value_name = "FILE")]
    read: Vec<String>,
    /// Break every packet down: layers, fields, byte ranges, findings
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// A JSON object for each packet, one a line; `flat` for one without nesting
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "nested")]
    json: Option<Json>,
    /// Print packets in another form: `expr` for the expression of each, which `encode` reads
    #[arg(long = "as", value_name = "FORM", value_enum, conflicts_with_all = ["verbose", "json", "write"])]
    form: Option<Form>,
    /// Stop after this many packets of each input
    #[arg(short, long, value_name = "COUNT")]
    count: Option<u64>,
    /// Only packets that a filter chooses, a display filter such as 'tcp.port == 443 && ip.addr == 10.0.0.0/8' or words
    /// of BPF such as 'tcp port 443 and net 10.0.0.0/8'; with -c, so many of them. Exit code 1 if there are none
    #[arg(short, long, short_alias = 'Y', value_name = "FILTER")]
    filter: Option<String>,
    /// Print how the filter is read, and exit
    #[arg(long, requires = "filter")]
    explain_filter: bool,
    /// Only these packets, by number: 1-40,50-
    #[arg(long, value_name = "NUMBERS", value_parser = Numbers::parse, allow_hyphen_values = true)]
    packets: Option<Numbers>,
    /// What a number leads to, before anything that is built in: udp.port==15353,dns; also tcp.port, ip.proto, eth.type, link.
    /// The protocol is called as its fields begin; payload for none. It can be given several times
    #[arg(short, long, value_name = "RULE", value_parser = rules::parse)]
    decode_as: Vec<Rule>,
    #[command(flatten)]
    text: TextArguments,
    /// Write the packets to a capture instead of printing them; - for standard output. Comments, interfaces and all other blocks
    /// are kept. The format is that of the input, or as the name says: .pcap or .pcapng
    #[arg(short, long, value_name = "OUTPUT", conflicts_with_all = ["verbose", "json"])]
    write: Option<String>,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_enum)]
    color: Colour,
    /// Accepted and without meaning: names are never looked up
    #[arg(short = 'n', action = clap::ArgAction::Count, hide = true)]
    numeric: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// An expression: eth/ip(ttl=1)/udp(dstport=53)
    Expr,
    /// An expression of scapy
    Scapy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Json {
    /// Layers and fields as arrays
    Nested,
    /// All fields in one object
    Flat,
}

impl Decode {
    /// Whether there is nothing to decode: no argument, and nobody writes to standard input.
    pub fn has_no_input(&self) -> bool {
        let given = !self.inputs.is_empty() || !self.read.is_empty() || self.explain_filter;
        !given && io::stdin().is_terminal()
    }
}

/// Which packets, by number: ranges, the ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    /// Reads `1-40,50-`.
    ///
    /// # Errors
    /// What is no number or range.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0);
        let range = |part: &str| match part.split_once('-') {
            Some((from, "")) => Some((number(from)?, u64::MAX)),
            Some(("", to)) => Some((1, number(to)?)),
            Some((from, to)) => Some((number(from)?, number(to)?)).filter(|(from, to)| from <= to),
            None => Some((number(part)?, number(part)?)),
        };
        let ranges = text.split(',').map(|part| {
            range(part.trim())
                .ok_or_else(|| format!("'{part}' is no number or range of packets, which count from 1"))
        });
        ranges.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a packet of this number is one of them.
    pub fn contains(&self, number: u64) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }

    /// The last one of them.
    pub fn last(&self) -> u64 {
        self.0.iter().map(|(_, to)| *to).max().unwrap_or(0)
    }
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Decode) -> io::Result<Ending> {
    let filter = match arguments.filter.as_deref().map(filter::read).transpose() {
        Ok(filter) => filter,
        Err(message) => {
            output::complain(&message);
            return Ok(Ending::Usage);
        }
    };
    if let (Some(filter), true) = (&filter, arguments.explain_filter) {
        let mut output = Output::standard(arguments.color);
        output.text(&filter.explain().to_string())?;
        output.flush()?;
        return Ok(Ending::Fine);
    }
    let mut inputs: Vec<Argument> = arguments.read.iter().cloned().map(Argument::Path).collect();
    inputs.extend(input::sort(&arguments.inputs, &arguments.text.options()));
    if inputs.is_empty() {
        inputs.push(Argument::Path("-".to_string()));
    }
    let mut run = Run {
        arguments,
        output: Output::standard(arguments.color),
        ending: Ending::Fine,
        several: inputs.len() > 1,
        destination: None,
        filter,
        // Once in the life of the process.
        decoder: Decoder::new().rules(Vec::leak(arguments.decode_as.clone())),
        chosen: 0,
    };
    if let Some(path) = &arguments.write {
        let part = arguments.count.is_some() || arguments.packets.is_some() || run.filter.is_some();
        match Destination::new(path, part, &inputs) {
            Ok(destination) => run.destination = Some(destination.of_link(arguments.text.link)),
            Err(message) => {
                run.complain(&message, Ending::Usage)?;
                return Ok(run.ending);
            }
        }
    }
    for input in &inputs {
        match input::open(input, &arguments.text.options()) {
            Ok(Input::Capture(reader)) => {
                let live = *input == Argument::Path("-".to_string()) || io::stdout().is_terminal();
                run.capture(input.name(), live, reader)?;
            }
            Err(Unusable(_, ending)) if arguments.json.is_some() && is_form(input) => {
                let form = input.name();
                run.complain(
                    &format!("{form}: there is no such file; for the form of JSON, write --json={form}"),
                    ending,
                )?;
            }
            Ok(Input::Text(reading)) => run.text(input, &reading)?,
            Err(Unusable(message, ending)) => run.complain(&message, ending)?,
        }
    }
    run.output.flush()?;
    if let Some(mut destination) = run.destination.take() {
        match destination.finish(run.ending != Ending::Usage) {
            Ok(remarks) => remarks.iter().for_each(|remark| output::remark(remark)),
            Err(error) => run.unwritten(&destination.name(), error)?,
        }
        if arguments.count == Some(0) {
            output::remark(&format!("{}: no packet was chosen, and it has none", destination.name()));
        } else if run.filter.is_some() && run.chosen == 0 {
            output::remark(&format!("{}: no packet matched the filter", destination.name()));
        }
    }
    if run.filter.is_some() && run.chosen == 0 {
        if arguments.write.is_none() && run.ending == Ending::Fine {
            output::remark("no packet matched the filter");
        }
        run.ending = run.ending.max(Ending::Negative);
    }
    Ok(run.ending)
}

/// Whether this is a form of JSON that was meant for the option.
fn is_form(input: &Argument) -> bool {
    matches!(input, Argument::Missing(word) if Json::from_str(word, false).is_ok())
}

struct Run<'a> {
    arguments: &'a Decode,
    output: Output,
    ending: Ending,
    several: bool,
    destination: Option<Destination>,
    filter: Option<Filter>,
    decoder: Decoder,
    /// Packets that the filter chose.
    chosen: u64,
}

/// Complaints about one file that are printed.
pub const COMPLAINTS: u64 = 5;

impl Run<'_> {
    fn complain(&mut self, message: &str, ending: Ending) -> io::Result<()> {
        // What was delivered before stands before.
        self.output.flush()?;
        output::complain(message);
        self.ending = self.ending.max(ending);
        Ok(())
    }

    /// Says what could not be written. Whoever closed a pipe has enough, and that is the end.
    fn unwritten(&mut self, name: &str, error: WriteError) -> io::Result<()> {
        match error {
            WriteError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error),
            error => self.complain(&format!("{name} {error}"), Ending::Usage),
        }
    }

    fn capture(&mut self, path: &str, live: bool, mut reader: Reader<Box<dyn io::Read>>) -> io::Result<()> {
        let name = &input::label(path);
        if self.several && self.destination.is_none() {
            self.output.flush()?;
            output::remark(&format!("{name}:"));
        }
        let wanted = self.arguments.packets.as_ref();
        let (mut delivered, mut complaints, mut there) = (0, 0u64, 0);
        let mut unknown = BTreeSet::new();
        let mut names: Vec<Option<String>> = Vec::new();
        let (mut first, mut previous) = (None, None);
        while self.arguments.count != Some(delivered) {
            let unnamed = reader.interfaces().iter().skip(names.len());
            names.extend(unnamed.map(|interface| interface.name().map(Cow::into_owned)));
            let item = match reader.next_item() {
                Ok(Some(item)) => item,
                Ok(None) => break,
                Err(error) => {
                    complaints += 1;
                    if complaints <= COMPLAINTS || error.ends_reading() {
                        self.complain(&format!("{name} {error}"), input::ending(&error))?;
                    }
                    // To ask again at once would only be told the same.
                    if matches!(error, crate::capture::CaptureError::Io(_)) {
                        break;
                    }
                    continue;
                }
            };
            if let Item::Start(_) = &item {
                names.clear();
            }
            if let Item::Record(record) = &item {
                there = record.number;
                if wanted.is_some_and(|wanted| record.number > wanted.last()) {
                    break;
                }
                let origin = Origin {
                    number: Some(record.number),
                    time: record.time,
                    first: *first.get_or_insert(record.time),
                    previous,
                    interface: Some(record.interface),
                };
                previous = record.time;
                if wanted.is_some_and(|wanted| !wanted.contains(record.number)) {
                    continue;
                }
                if let Some(filter) = &self.filter {
                    let link = self.arguments.text.link.unwrap_or(record.frame.link);
                    if !filter.matches_from(&self.decoder.packet(Frame { link, ..record.frame }), &origin) {
                        continue;
                    }
                    self.chosen += 1;
                }
                delivered += 1;
            }
            if let Some(destination) = &mut self.destination {
                let interface = match &item {
                    Item::Record(record) => names.get(record.interface as usize).and_then(Option::as_deref),
                    _ => None,
                };
                let written = destination.item(&item, interface).and_then(|()| match live {
                    true => destination.flush(),
                    false => Ok(()),
                });
                if let Err(error) = written {
                    let name = destination.name();
                    return self.unwritten(&name, error);
                }
            } else if let Item::Record(record) = &item {
                let link = self.arguments.text.link.unwrap_or(record.frame.link);
                if !link.is_decoded() && unknown.insert(link.0) {
                    let known = link.name().map(|known| format!(" ({known})")).unwrap_or_default();
                    self.output.flush()?;
                    output::remark(&format!(
                        "{name}: frames of link type {}{known} are not decoded yet",
                        link.0
                    ));
                }
                let comments: Vec<_> = record.comments().collect();
                let look = Look {
                    broken_down: self.arguments.verbose > 0,
                    digits: if record.resolution.is_finer_than_microseconds() { 9 } else { 6 },
                    interfaces: names.len(),
                };
                let context = Context {
                    number: record.number,
                    time: record.time,
                    section: record.section,
                    interface: record.interface,
                    interface_name: names.get(record.interface as usize).and_then(Option::as_deref),
                    file: self.several.then_some(path),
                    comments: &comments,
                };
                let packet = self.decoder.packet(Frame { link, ..record.frame });
                self.packet(&packet, context, look)?;
                // Somebody may be waiting for each packet.
                if live {
                    self.output.flush()?;
                }
            }
        }
        // Of a filter, the exit code tells; and how many there are is not known then.
        let told = self.filter.is_some() || self.arguments.count == Some(0);
        if wanted.is_some() && delivered == 0 && complaints == 0 && !told {
            self.output.flush()?;
            output::remark(&none_chosen(name, there));
        }
        if complaints > COMPLAINTS {
            let more = complaints.saturating_sub(COMPLAINTS);
            self.complain(&format!("{name} has {more} more such damages"), Ending::Damaged)?;
        }
        Ok(())
    }

    fn text(&mut self, input: &Argument, reading: &Reading) -> io::Result<()> {
        self.output.flush()?;
        let name = &input.label();
        let place = if self.several { format!("{name}: ") } else { String::new() };
        self.arguments.text.remark(&place, reading);
        let wanted = self.arguments.packets.as_ref();
        let fine = |time: Time| !time.nanoseconds().is_multiple_of(1000);
        let look = Look {
            broken_down: reading.packets.len() == 1 || self.arguments.verbose > 0,
            digits: if reading.packets.iter().filter_map(|pasted| pasted.time).any(fine) { 9 } else { 6 },
            interfaces: 0,
        };
        let (mut first, mut previous) = (None, None);
        let mut delivered = 0;
        for (number, pasted) in (1..).zip(&reading.packets) {
            if self.arguments.count == Some(delivered) {
                break;
            }
            let origin = Origin {
                number: Some(number),
                time: pasted.time,
                first: *first.get_or_insert(pasted.time),
                previous,
                interface: None,
            };
            previous = pasted.time;
            if wanted.is_some_and(|wanted| !wanted.contains(number)) {
                continue;
            }
            let frame = Frame::new(reading.link, pasted.bytes.as_slice());
            if let Some(filter) = &self.filter {
                if !filter.matches_from(&self.decoder.packet(frame), &origin) {
                    continue;
                }
                self.chosen += 1;
            }
            delivered += 1;
            if let Some(destination) = &mut self.destination {
                if let Err(error) = destination.frame(pasted.time, &frame) {
                    let name = destination.name();
                    return self.unwritten(&name, error);
                }
            } else {
                let comments: Vec<_> =
                    pasted.direction.map(|direction| direction.name().into()).into_iter().collect();
                let file = self.several.then_some(input.name());
                let context =
                    Context { number, time: pasted.time, file, comments: &comments, ..Context::default() };
                self.packet(&self.decoder.packet(frame), context, look)?;
            }
            if let Some(missing) = &pasted.missing {
                self.complain(
                    &input::incomplete(name, number, pasted.lines.start, missing),
                    Ending::Damaged,
                )?;
            }
        }
        let told = self.filter.is_some() || self.arguments.count == Some(0);
        if wanted.is_some() && delivered == 0 && !told {
            self.output.flush()?;
            output::remark(&none_chosen(name, reading.packets.len() as u64));
        }
        Ok(())
    }

    fn packet(&mut self, packet: &Packet<&[u8]>, context: Context<'_>, look: Look) -> io::Result<()> {
        match self.arguments.form {
            Some(Form::Expr) => return self.output.text(&(expression::of(packet) + "\n")),
            Some(Form::Scapy) => return self.output.text(&(scapy::scapy(packet) + "\n")),
            None => {}
        }
        match self.arguments.json {
            Some(Json::Nested) => self.json(&json::Object::new(packet, context)),
            Some(Json::Flat) => self.json(&json::Flat::new(packet, context)),
            None if look.broken_down => {
                let text = format!("{}{}\n", heading(packet, context, look), tree::Breakdown::new(packet));
                self.output.text(&text)
            }
            None => self.output.text(&one_line(packet, context, look)),
        }
    }

    fn json(&mut self, object: &impl serde::Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(object)?;
        bytes.push(b'\n');
        self.output.write(&bytes)
    }
}

fn none_chosen(name: &str, there: u64) -> String {
    match there {
        0 => format!("{name} has no packets"),
        1 => format!("{name} has 1 packet; it was not chosen"),
        there => format!("{name} has {there} packets; none of them was chosen"),
    }
}

/// How a packet is shown.
#[derive(Clone, Copy)]
struct Look {
    /// Every field of it.
    broken_down: bool,
    /// How many digits its time has behind the point.
    digits: usize,
    /// How many interfaces its file has.
    interfaces: usize,
}

fn heading(packet: &Packet<&[u8]>, context: Context<'_>, look: Look) -> String {
    let bold = anstyle::Style::new().bold();
    let time = context.time.map_or_else(String::new, |time| format!("  {}", date_and_time(time, look)));
    let length = packet.length();
    let summary = line::summary(packet);
    let interface = match context.interface_name {
        _ if look.interfaces < 2 => String::new(),
        Some(name) => format!("  {}", output::printable(name)),
        None => format!("  interface {}", context.interface),
    };
    let number = context.number;
    let mut text = format!("{bold}Packet {number}{bold:#}  {length} bytes{time}{interface}  {summary}\n");
    for comment in context.comments {
        let _ = writeln!(text, "Comment: {}", output::printable(comment));
    }
    text
}

fn one_line(packet: &Packet<&[u8]>, context: Context<'_>, look: Look) -> String {
    let time = context.time.map_or_else(String::new, |time| time_of_day(time, look) + "  ");
    let mut text = format!("{:>5}  {time}{}", context.number, line::summary(packet));
    for (severity, code) in line::troubles(packet) {
        let style = tree::severity_style(severity);
        let _ = write!(text, "  {style}{}: {code}{style:#}", severity.name());
    }
    text.push('\n');
    text
}

fn timestamp(time: Time) -> Option<Timestamp> {
    let (seconds, nanoseconds) = time.parts();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

/// `2023-11-21 14:27:57.706998 UTC`.
fn date_and_time(time: Time, look: Look) -> String {
    match timestamp(time) {
        Some(at) => at.strftime(&format!("%Y-%m-%d %H:%M:%S%.{}f UTC", look.digits)).to_string(),
        None => time.to_string(),
    }
}

/// `14:27:57.706998`, UTC.
fn time_of_day(time: Time, look: Look) -> String {
    match timestamp(time) {
        Some(at) => at.strftime(&format!("%H:%M:%S%.{}f", look.digits)).to_string(),
        None => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_packets() {
        let numbers = Numbers::parse("1-3, 7,50-").unwrap();
        let chosen: Vec<u64> = (1..60).filter(|n| numbers.contains(*n)).collect();
        assert_eq!(chosen, [1, 2, 3, 7, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
        assert!(Numbers::parse("-3").unwrap().contains(1));
        for bad in ["", "0", "3-1", "a", "1,,2", "-"] {
            assert!(Numbers::parse(bad).is_err(), "{bad}");
        }
    }
}
