//! `layercake explain`: what a header, a field, a number or an address is.

use std::io;

use clap::Args;

use crate::cli::input::{self, Argument, Input, TextArguments, Unusable};
use crate::cli::output::{self, Colour, Ending, Output, printable};
use crate::explain::{self, BadInput, Filled, HeaderPage, Page};
use crate::packet::{Decoder, Frame};

/// What the help ends with.
pub const AFTER_HELP: &str = "\
Examples:
  layercake explain tcp                     the header as the RFC draws it, its fields, what leads to it
  layercake explain ip.flags                a field: its place, its values, a filter for it
  layercake explain 0x0806                  all that a number is called
  layercake explain port 443                what it is as a port; also proto, ethertype, dns type, tcp option
  layercake explain icmp.type 3             the value of a field
  layercake explain 203.0.113.12            an address: its bits, its class, what it is set apart for
  layercake explain 192.168.0.186/24        an address and its subnet
  layercake explain tcp --packet in.pcap    the header with the values of the first packet that has one

Exit codes:
  0  fine        1  no packet has such a header
  2  usage or input error, or nothing of that name
  3  a file is cut or damaged before such a packet";

/// The arguments of `explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// A protocol, a field, a number with or without what it counts, an address or a network
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    /// Draw the header with the values of a packet: a capture, a file with text, text with hex in it, or - for standard input
    #[arg(short, long, value_name = "FILE|TEXT")]
    packet: Option<String>,
    /// Which packet, by number; without it, the first that has such a header
    #[arg(long, value_name = "NUMBER", requires = "packet", value_parser = clap::value_parser!(u64).range(1..))]
    packets: Option<u64>,
    /// Leave nothing out: all values that have names, the fields of options and lists
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    text: TextArguments,
}

/// Runs it.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Explain) -> io::Result<Ending> {
    let text = arguments.words.join(" ");
    if let Some(packet) = &arguments.packet {
        return header_of(arguments, &text, packet);
    }
    match Page::of(&text) {
        Ok(page) if arguments.all => print(&format!("{page:#}")),
        Ok(page) => print(&page.to_string()),
        Err(bad) => refuse(&text, &bad),
    }
}

/// Prints a page.
pub(super) fn print(page: &str) -> io::Result<Ending> {
    let mut output = Output::standard(Colour::Never);
    output.text(page)?;
    output.flush()?;
    Ok(Ending::Fine)
}

/// Says what is wrong with a text.
pub(super) fn refuse(text: &str, bad: &BadInput) -> io::Result<Ending> {
    output::complain(&output::caret(text, bad, None));
    Ok(Ending::Usage)
}

/// The header of a packet, drawn.
fn header_of(arguments: &Explain, word: &str, input: &str) -> io::Result<Ending> {
    if HeaderPage::find(word).is_none() {
        let bad = match Page::of(word) {
            Ok(_) => "with --packet, the name of a protocol is expected: tcp, ip, dns".to_string(),
            Err(bad) => return refuse(word, &bad),
        };
        output::complain(&bad);
        return Ok(Ending::Usage);
    }
    let options = arguments.text.options();
    let sorted = input::sort(&[input.to_string()], &options);
    let Some(input) = sorted.first() else { return Ok(Ending::Usage) };
    let (found, ending) = match input::open(input, &options) {
        Ok(opened) => look(arguments, word, input, opened),
        Err(Unusable(message, ending)) => {
            output::complain(&message);
            return Ok(ending);
        }
    };
    match found {
        Some(found) if arguments.all => print(&format!("{found:#}")),
        Some(found) => print(&found.to_string()),
        None => {
            let which = arguments
                .packets
                .map_or_else(|| "no packet".to_string(), |number| format!("packet {number}"));
            let has = if arguments.packets.is_some() { "is not there, or has no" } else { "has a" };
            output::remark(&format!("{}: {which} {has} header of {}", input.label(), printable(word)));
            Ok(ending.max(Ending::Negative))
        }
    }
}

/// The first wanted packet that has the header, and how reading ended.
fn look(arguments: &Explain, word: &str, input: &Argument, opened: Input) -> (Option<Filled>, Ending) {
    let wanted = |number: u64| arguments.packets.is_none_or(|wanted| wanted == number);
    let decoder = Decoder::new();
    match opened {
        Input::Text(reading) => {
            let name = if matches!(input, Argument::Text(_)) {
                String::new()
            } else {
                format!("{}: ", input.label())
            };
            arguments.text.remark(&name, &reading);
            let mut packets = (1..).zip(&reading.packets).filter(|(number, _)| wanted(*number));
            let found = packets.find_map(|(_, packet)| {
                explain::filled(&decoder.packet(Frame::new(reading.link, packet.bytes.as_slice())), word)
            });
            (found, Ending::Fine)
        }
        Input::Capture(mut reader) => loop {
            match reader.next() {
                Ok(Some(record)) => {
                    let link = arguments.text.link.unwrap_or(record.frame.link);
                    let packet = decoder.packet(Frame { link, ..record.frame });
                    let found = if wanted(record.number) { explain::filled(&packet, word) } else { None };
                    if found.is_some() {
                        return (found, Ending::Fine);
                    }
                }
                Ok(None) => return (None, Ending::Fine),
                Err(error) => {
                    output::complain(&format!("{} {error}", input.label()));
                    if error.ends_reading() || matches!(error, crate::capture::CaptureError::Io(_)) {
                        return (None, input::ending(&error));
                    }
                }
            }
        },
    }
}
