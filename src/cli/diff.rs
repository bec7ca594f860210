//! `layercake diff`: two captures, or two packets, and what differs between them.

mod pairs;

use std::fmt::Write;
use std::io;

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::decode::Numbers;
use crate::cli::input::{self, Argument, TextArguments, Unusable};
use crate::cli::output::{self, Colour, Ending, Output};
use crate::cli::packets::{Choice, Packets};
use crate::cli::{filter, rules};
use crate::diff::{Diff, Difference, Ignore, Options, Side, What};
use crate::packet::{Decoder, Packet, Rule};
use crate::render::line;

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Packets are compared field by field, layer by layer; what is only in one of them is said as such. The bytes count, not the time of capture.
A line with - is of A, one with + of B; then come the bytes, which of their bits, what it is called, its value, and its name.

Examples:
  layercake diff before.pcap after.pcap                 in the order of the packets
  layercake diff client.pcap server.pcap --by flow      in the order of each flow
  layercake diff a.pcap b.pcap --ignore 'ip.id,ip.ttl,*.checksum'
  layercake diff a.pcap b.pcap --ignore tcp.options.timestamp -f tcp
  layercake diff '45 00 00 1c ...' '45 00 00 1d ...'    two packets in hex

Exit codes:
  0  the same    1  they differ, or no packet matched the filter
  2  usage or input error, or no packet in the text
  3  a file is cut or damaged; all that was whole has been compared";

/// The arguments of `diff`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A capture file, a file with packets as text, such text itself, or - for standard input
    #[arg(value_name = "A")]
    left: String,
    /// What it is compared with, the same kinds of things
    #[arg(value_name = "B")]
    right: String,
    /// Fields that are not compared, by name, with * for any letters: ip.id,*.checksum. The name of a group, of a layer, or of either
    /// of two fields (ip.addr) means all that lies in it. It can be given several times
    #[arg(long, value_name = "NAMES", value_parser = Ignore::parse)]
    ignore: Vec<Ignore>,
    /// Padding, trailers and check sequences behind the packets are not compared
    #[arg(long)]
    ignore_padding: bool,
    /// Which packets are compared with each other
    #[arg(long, value_name = "ORDER", value_enum, default_value = "order")]
    by: By,
    /// Only packets that a filter chooses, in both; what is left is compared
    #[arg(short, long, short_alias = 'Y', value_name = "FILTER")]
    filter: Option<String>,
    /// Only these packets of both, by number: 1-40,50-
    #[arg(long, value_name = "NUMBERS", value_parser = Numbers::parse, allow_hyphen_values = true)]
    packets: Option<Numbers>,
    /// Which packets differ, and not in what
    #[arg(short = 'q', long, conflicts_with = "json")]
    brief: bool,
    /// A JSON object for each difference, one a line
    #[arg(long)]
    json: bool,
    /// What a number leads to, before anything that is built in: udp.port==15353,dns. It can be given several times
    #[arg(short, long, value_name = "RULE", value_parser = rules::parse)]
    decode_as: Vec<Rule>,
    #[command(flatten)]
    text: TextArguments,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_enum)]
    color: Colour,
}

/// Which packets are compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// The first with the first, the second with the second
    Order,
    /// The first with the first of each flow and direction: addresses, protocol and ports. What has no IP header is one flow
    Flow,
}

/// A packet of one of the two, and its number there.
type Numbered<'a> = (u64, &'a Packet<&'a [u8]>);

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> io::Result<Ending> {
    let filter = match arguments.filter.as_deref().map(filter::read).transpose() {
        Ok(filter) => filter,
        Err(message) => {
            output::complain(&message);
            return Ok(Ending::Usage);
        }
    };
    let choice = Choice {
        filter,
        numbers: arguments.packets.clone(),
        link: arguments.text.link,
        // Once in the life of the process.
        decoder: Decoder::new().rules(Vec::leak(arguments.decode_as.clone())),
    };
    let sides = [&arguments.left, &arguments.right].map(|side| one(side, &arguments.text));
    if sides.iter().all(|side| *side == Argument::Path("-".to_owned())) {
        output::complain("standard input is one file; give a name for A or B");
        return Ok(Ending::Usage);
    }
    let [left, right] = sides.each_ref();
    let open = |side, place| Packets::open(side, &arguments.text, &choice, place);
    let (left, right) = match [open(left, "A: "), open(right, "B: ")] {
        [Ok(left), Ok(right)] => (left, right),
        [left, right] => {
            let mut worst = Ending::Fine;
            for Unusable(message, ending) in [left.err(), right.err()].into_iter().flatten() {
                output::complain(&message);
                worst = worst.max(ending);
            }
            return Ok(worst);
        }
    };
    let options = Options {
        ignore: arguments.ignore.iter().cloned().fold(Ignore::default(), Ignore::and),
        ignore_padding: arguments.ignore_padding,
    };
    let mut report = Report {
        arguments,
        options,
        names: sides.each_ref().map(Argument::label),
        output: Output::standard(arguments.color),
        tally: Tally::default(),
    };
    let read = match arguments.by {
        By::Order => pairs::by_order(left, right, &mut report)?,
        By::Flow => pairs::by_flow(left, right, &mut report)?,
    };
    report.output.flush()?;
    let tally = report.tally;
    output::remark(&tally.to_string());
    let none = choice.filter.is_some() && tally.is_nothing();
    if none {
        output::remark("no packet matched the filter");
    }
    Ok(if tally.differs() || none { read.max(Ending::Negative) } else { read })
}

fn one(side: &String, text: &TextArguments) -> Argument {
    let sorted = input::sort(std::slice::from_ref(side), &text.options()).into_iter().next();
    sorted.unwrap_or_else(|| Argument::Missing(side.clone()))
}

/// How many packets there were of each sort.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    same: u64,
    differ: u64,
    /// Only in A, only in B.
    only: [u64; 2],
    /// Of those, for how many the search was given up.
    given_up: u64,
    /// Differences that were ignored.
    ignored: u64,
}

impl Tally {
    fn differs(&self) -> bool {
        self.differ > 0 || self.only != [0, 0]
    }

    fn is_nothing(&self) -> bool {
        self.same == 0 && !self.differs()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = |count, one, many| if count == 1 { one } else { many };
        let [left, right] = self.only;
        write!(f, "{} {} the same", self.same, plural(self.same, "packet", "packets"))?;
        write!(f, ", {} {}", self.differ, plural(self.differ, "differs", "differ"))?;
        for (count, name) in [(left, 'A'), (right, 'B')] {
            if count > 0 {
                write!(f, ", {count} only in {name}")?;
            }
        }
        if self.ignored > 0 {
            write!(f, "; {} {} ignored", self.ignored, plural(self.ignored, "difference", "differences"))?;
        }
        if self.given_up > 0 {
            let many = pairs::WAITING;
            write!(
                f,
                "\n{} of those only in one had no counterpart within {many} waiting packets",
                self.given_up
            )?;
        }
        Ok(())
    }
}

/// Where differences go.
struct Report<'a> {
    arguments: &'a Arguments,
    options: Options,
    names: [String; 2],
    output: Output,
    tally: Tally,
}

const LEFT: Style = AnsiColor::Red.on_default();
const RIGHT: Style = AnsiColor::Green.on_default();
const BOLD: Style = Style::new().bold();

impl Report<'_> {
    /// Compares two packets.
    fn pair(&mut self, (left, one): Numbered<'_>, (right, other): Numbered<'_>) -> io::Result<()> {
        // Most are the same to the last byte.
        let known = |packet: &Packet<&[u8]>| (packet.link(), packet.length());
        if one.bytes() == other.bytes() && known(one) == known(other) {
            self.tally.same = self.tally.same.saturating_add(1);
            return Ok(());
        }
        let diff = Diff::between(one, other, &self.options);
        self.tally.ignored = self.tally.ignored.saturating_add(diff.ignored() as u64);
        if diff.is_empty() {
            self.tally.same = self.tally.same.saturating_add(1);
            return Ok(());
        }
        self.begin()?;
        self.tally.differ = self.tally.differ.saturating_add(1);
        if self.arguments.json {
            for difference in diff.iter() {
                self.object(&object([left, right], difference))?;
            }
            return Ok(());
        }
        let mut text = format!("{BOLD}Packet {left} and {right}{BOLD:#}");
        match (line::summary(one), line::summary(other)) {
            (one, other) if one == other => drop(writeln!(text, ": {one}")),
            (one, other) => drop(writeln!(text, "\n{LEFT}- {one}{LEFT:#}\n{RIGHT}+ {other}{RIGHT:#}")),
        }
        if !self.arguments.brief {
            for line in diff.to_string().lines() {
                let style = match line.as_bytes().first() {
                    Some(b'-') => LEFT,
                    Some(b'+') => RIGHT,
                    _ => Style::new(),
                };
                let _ = writeln!(text, "{style}{line}{style:#}");
            }
            text.push('\n');
        }
        self.output.text(&text)
    }

    /// Says that a packet is in one of them alone.
    fn only(&mut self, in_right: bool, (number, packet): Numbered<'_>) -> io::Result<()> {
        self.begin()?;
        let [left, right] = &mut self.tally.only;
        let (count, name, style) = if in_right { (right, 'B', RIGHT) } else { (left, 'A', LEFT) };
        *count = count.saturating_add(1);
        let summary = line::summary(packet);
        if self.arguments.json {
            let numbers = if in_right { [None, Some(number)] } else { [Some(number), None] };
            return self.object(&json!({"packets": numbers, "what": "packet", "summary": summary}));
        }
        let sign = if in_right { '+' } else { '-' };
        self.output.text(&format!("{style}{sign} Packet {number} is only in {name}: {summary}{style:#}\n"))
    }

    /// Says which is which, before the first difference.
    fn begin(&mut self) -> io::Result<()> {
        if self.tally.differs() || self.arguments.json {
            return Ok(());
        }
        let [left, right] = &self.names;
        self.output.text(&format!("{LEFT}- A: {left}{LEFT:#}\n{RIGHT}+ B: {right}{RIGHT:#}\n\n"))
    }

    fn object(&mut self, object: &Value) -> io::Result<()> {
        self.output.write(format!("{object}\n").as_bytes())
    }
}

/// A difference as JSON.
fn object(packets: [u64; 2], difference: &Difference) -> Value {
    let what = match difference.what {
        What::Frame => "frame",
        What::Layer => "layer",
        What::Group => "group",
        What::Field => "field",
    };
    let side = |side: &Option<Side>| {
        side.as_ref().map(|side| {
            let partial = side.start % 8 != 0 || side.bits % 8 != 0;
            let bits = partial.then_some([side.start % 8, side.bits]);
            json!({"offset": side.offset(), "length": side.length(), "bits": bits, "text": side.text})
        })
    };
    let Difference { layer, layers, within, name, label, .. } = difference;
    let (left, right) = (side(&difference.left), side(&difference.right));
    json!({"packets": packets, "what": what, "layer": layer, "layers": layers, "within": within, "name": name, "label": label,
        "a": left, "b": right})
}
