//! `layercake encode`: packets out of expressions.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cli::input;
use crate::cli::output::caret;
use crate::cli::output::{self, Ending, printable};
use crate::cli::write::{Destination, Extension, Made};
use crate::packet::{Decoder, Frame, LinkType};
use crate::render::source::{Language, source};
use crate::render::{Context, json, scapy};
use crate::text::expression::Expression;
use crate::time::Time;

/// What the help of `encode` ends with.
pub const AFTER_HELP: &str = "\
An expression is headers from the outside in, with / between them, and payload:
  eth/ip(src=10.0.0.1, dst=10.0.0.2, ttl=1)/udp(dstport=53)/dns(qry.name=\"python.org\")
  ip(dst=192.0.2.2)/tcp(dstport=80, flags=S, options=[mss(1460), nop, wscale(7)])
  eth/arp(opcode=request, dst.proto_ipv4=192.0.2.2)/padding(18)
  ip(ttl=0, checksum=0x1234)/icmp(type=8, ident=1, seq=1)/\"text\"/0x00ff
Fields are called as in filters, without the name of the header. Lengths, next protocols, checksums and
counts are filled in unless they are given; what is given stays, were it ever so wrong.
`layercake decode --as expr` prints the expression of a packet.

Examples:
  layercake encode 'ip(dst=192.0.2.2)/icmp(type=8)'             the bytes in hex
  layercake encode 'eth/ip/udp/\"hi\"' -o out.pcap                a capture
  layercake encode 'eth/ip/tcp(flags=S)' --to rust              a constant of Rust
  layercake encode packets.txt -o out.pcapng                    an expression a line
  layercake --json in.pcap | layercake encode - -o same.pcap    packets from their JSON
  layercake encode 'eth/ip/udp/dns(qry.name=\"a.example\")' | layercake

Exit codes:
  0  fine        2  usage or input error: what is wrong is said with its place, and nothing is written";

/// The arguments of `encode`.
#[derive(Args, Debug)]
pub struct Encode {
    /// Expressions, files with an expression a line or with the JSON of `decode --json`, or - for standard input
    #[arg(value_name = "EXPR|FILE", required = true)]
    inputs: Vec<String>,
    /// Where to; - for standard output. The form is as the name says: .pcap, .pcapng, .hex, .bin, .c, .rs, .py, .go, .json
    #[arg(short, long, value_name = "OUTPUT", default_value = "-")]
    output: String,
    /// The form, whatever the name says; hex if nothing does
    #[arg(long, value_name = "FORM", value_enum)]
    to: Option<Form>,
    /// What the packets begin with, for captures and JSON, where the first header does not say it
    #[arg(long, value_name = "LINK", value_parser = input::link_type)]
    link: Option<LinkType>,
}

/// What packets are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A line of hex for each, and an empty one between them
    Hex,
    /// The bytes themselves, of one packet
    Bin,
    /// Arrays of C
    C,
    /// Constants of Rust
    Rust,
    /// bytes of Python
    Python,
    /// Slices of Go
    Go,
    /// Expressions of scapy
    Scapy,
    /// JSON objects, as `decode --json` prints them
    Json,
    /// A capture in the classic format
    Pcap,
    /// A capture in the format of today
    Pcapng,
}

impl Form {
    fn of(path: &str) -> Option<Self> {
        let extension = Path::new(path).extension()?.to_string_lossy().to_lowercase();
        Some(match extension.as_str() {
            "hex" | "txt" => Self::Hex,
            "bin" | "raw" => Self::Bin,
            "c" | "h" => Self::C,
            "rs" => Self::Rust,
            "py" => Self::Python,
            "go" => Self::Go,
            "json" | "jsonl" | "ndjson" => Self::Json,
            "pcap" | "cap" => Self::Pcap,
            "pcapng" | "ntar" => Self::Pcapng,
            _ => return None,
        })
    }
}

/// A packet with what it begins with, if that is known.
struct Built {
    bytes: Vec<u8>,
    link: Option<LinkType>,
    /// What JSON says besides: when it was captured, and how long it was.
    time: Option<Time>,
    length: usize,
}

impl Built {
    fn frame(&self, link: LinkType) -> Frame<&[u8]> {
        Frame { length: self.length, ..Frame::new(link, self.bytes.as_slice()) }
    }
}

/// The longest file of expressions, in bytes.
const LONGEST: u64 = 64 << 20;

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Encode) -> io::Result<Ending> {
    match packets(arguments).and_then(|packets| write(arguments, &packets)) {
        Ok(()) => Ok(Ending::Fine),
        Err(Trouble::Closed(error)) => Err(error),
        Err(Trouble::Said(message)) => {
            output::complain(&message);
            Ok(Ending::Usage)
        }
    }
}

/// Why nothing was written: somebody closed the pipe, or what is to be said.
enum Trouble {
    Closed(io::Error),
    Said(String),
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Said(message)
    }
}

fn packets(arguments: &Encode) -> Result<Vec<Built>, Trouble> {
    let mut all = Vec::new();
    for input in &arguments.inputs {
        if input == "-" || Path::new(input).is_file() {
            let name = input::label(input);
            let text = contents(input).map_err(|error| format!("{name}: {error}"))?;
            if text.trim_start().starts_with(['{', '[']) {
                objects(&name, &text, &mut all)?;
            } else {
                lines(&name, &text, &mut all)?;
            }
        } else if crate::text::json::is_ours(input) {
            objects("the text", input, &mut all)?;
        } else {
            all.push(expression(input, None).map_err(|message| missing(input, message))?);
        }
    }
    Ok(all)
}

/// What is wrong with an argument that may have been meant as a file.
fn missing(input: &str, message: String) -> String {
    let is_name = !input.contains(['(', '"']) && Path::new(input).extension().is_some();
    if is_name {
        format!("{}: there is no such file, and as an expression: {message}", printable(input))
    } else {
        message
    }
}

fn contents(path: &str) -> io::Result<String> {
    let input: Box<dyn Read> = match path {
        "-" => Box::new(io::stdin()),
        path => Box::new(fs::File::open(path)?),
    };
    let mut bytes = Vec::new();
    input.take(LONGEST).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == LONGEST {
        let message = format!("it is longer than {} MiB; split it", LONGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    String::from_utf8(bytes).map_err(|_| {
        let message = "this is no text; `layercake convert` reads captures";
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// An expression a line; empty lines and those that begin with # are none.
fn lines(name: &str, text: &str, all: &mut Vec<Built>) -> Result<(), String> {
    let before = all.len();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            all.push(expression(line, Some((name, number)))?);
        }
    }
    if all.len() == before {
        return Err(format!("{name} has no expression"));
    }
    Ok(())
}

fn expression(text: &str, file: Option<(&str, usize)>) -> Result<Built, String> {
    let expression = Expression::parse(text).map_err(|bad| caret(text, &bad, file))?;
    let bytes = expression.to_vec().map_err(|error| match file {
        Some((name, line)) => format!("{name}, line {line}: {error}"),
        None => error.to_string(),
    })?;
    Ok(Built { length: bytes.len(), bytes, link: expression.link(), time: None })
}

/// The packets of JSON objects.
fn objects(name: &str, text: &str, all: &mut Vec<Built>) -> Result<(), String> {
    let packets = crate::cli::json::packets(text.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
    all.extend(packets.into_iter().map(|packet| Built {
        bytes: packet.bytes,
        link: Some(packet.link),
        time: packet.time,
        length: packet.length,
    }));
    Ok(())
}

fn write(arguments: &Encode, packets: &[Built]) -> Result<(), Trouble> {
    let path = &arguments.output;
    let form = match arguments.to.or_else(|| Form::of(path)) {
        Some(form) => form,
        None if path == "-" => Form::Hex,
        None => {
            let names = ".pcap, .pcapng, .hex, .bin, .c, .rs, .py, .go or .json";
            return Err(
                format!("{}: name a file in {names}, or say the form with --to", printable(path)).into()
            );
        }
    };
    let is_binary = matches!(form, Form::Pcap | Form::Pcapng | Form::Bin);
    if is_binary && path == "-" && io::stdout().is_terminal() {
        return Err("bytes are not written to a terminal; give a file, or pipe them on".to_string().into());
    }
    match form {
        Form::Pcap => capture(arguments, packets, Extension::Pcap),
        Form::Pcapng => capture(arguments, packets, Extension::Pcapng),
        Form::Bin => match packets {
            [one] => text(path, &one.bytes),
            _ => {
                Err(format!("{} packets have no place in one file of bytes; write a capture", packets.len())
                    .into())
            }
        },
        form => {
            let mut written = String::new();
            for (number, packet) in (1..).zip(packets) {
                let name = if packets.len() == 1 { "packet".to_string() } else { format!("packet{number}") };
                if number > 1 && form != Form::Json && form != Form::Scapy {
                    written.push('\n');
                }
                written.push_str(&as_text(arguments, form, packet, number, &name)?);
            }
            text(path, written.as_bytes())
        }
    }
}

fn as_text(
    arguments: &Encode,
    form: Form,
    packet: &Built,
    number: u64,
    name: &str,
) -> Result<String, String> {
    let language = match form {
        Form::C => Language::C,
        Form::Rust => Language::Rust,
        Form::Python => Language::Python,
        Form::Go => Language::Go,
        Form::Json | Form::Scapy => {
            let frame = packet.frame(link(arguments, packet, number)?);
            let decoded = Decoder::new().packet(frame);
            if form == Form::Scapy {
                return Ok(scapy::scapy(&decoded) + "\n");
            }
            let context = Context { number, time: packet.time, ..Context::default() };
            let object = serde_json::to_string(&json::Object::new(&decoded, context));
            return object.map(|object| object + "\n").map_err(|error| error.to_string());
        }
        _ => return Ok(hex::encode(&packet.bytes) + "\n"),
    };
    Ok(source(&packet.bytes, language, name))
}

fn link(arguments: &Encode, packet: &Built, number: u64) -> Result<LinkType, String> {
    let message = || {
        format!(
            "packet {number} begins with no header that a link type says; say what with --link (ethernet, raw, ...)"
        )
    };
    arguments.link.or(packet.link).ok_or_else(message)
}

fn capture(arguments: &Encode, packets: &[Built], extension: Extension) -> Result<(), Trouble> {
    let mut destination = Destination::to(&arguments.output, Some(extension), false, &[])?;
    let name = destination.name();
    let cannot = |error: crate::capture::WriteError| match error {
        crate::capture::WriteError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Trouble::Closed(error)
        }
        error => Trouble::Said(format!("{name} {error}")),
    };
    for (number, packet) in (1..).zip(packets) {
        let frame = packet.frame(link(arguments, packet, number)?);
        destination.frame(packet.time, &frame).map_err(cannot)?;
    }
    let remarks = destination.finish(true).map_err(cannot)?;
    remarks.iter().for_each(|remark| output::remark(remark));
    Ok(())
}

fn text(path: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let cannot = |error: io::Error| Trouble::Said(format!("{} cannot be written: {error}", printable(path)));
    if path == "-" {
        let mut output = BufWriter::new(io::stdout());
        return output.write_all(bytes).and_then(|()| output.flush()).map_err(Trouble::Closed);
    }
    let (mut file, made) = Made::new(Path::new(path)).map_err(cannot)?;
    file.write_all(bytes).map_err(cannot)?;
    made.map_or(Ok(()), Made::keep).map_err(cannot)
}
