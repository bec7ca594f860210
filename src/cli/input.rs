//! What an argument is: a capture file, a file with text that holds packets, or such text itself.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::{Args, ValueEnum};

use crate::capture::{CaptureError, Reader, Writer, is_capture};
use crate::cli::json::{self, Objects};
use crate::cli::output::{self, Ending, printable};
use crate::packet::{Frame, LinkType};
use crate::text::expression::Expression;
use crate::text::{self, BadText, Offsets, Options, Order, Problem, Reading};

/// The longest text that is read, in bytes. A frame of the greatest length, with an offset and characters beside each row, has a tenth.
const LONGEST_TEXT: u64 = 16 << 20;

/// What is known of a text; without it, everything is found out.
#[derive(Args, Debug, Default)]
pub struct TextArguments {
    /// What the bytes begin with, whatever the capture says or the text looks like
    #[arg(long, value_name = "LINK", value_parser = link_type)]
    pub link: Option<LinkType>,
    /// How a text holds its bytes, instead of finding out
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<FormatName>,
    /// How the offsets of a dump count, or that there are none
    #[arg(long, value_name = "RADIX", value_enum)]
    offset: Option<Radix>,
    /// In which order bytes stand in groups of a dump
    #[arg(long, value_name = "ORDER", value_enum)]
    endian: Option<Endian>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// Rows with offsets: hexdump, xxd, tcpdump -x
    Dump,
    /// Hex digits without offsets
    Hex,
    /// Numbers in a list: C, Go, Rust, Python, JSON
    List,
    /// A string with escapes
    String,
    /// base64
    Base64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Radix {
    /// In hexadecimal
    Hex,
    /// In octal
    Octal,
    /// In decimal
    Decimal,
    /// There are none
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Endian {
    /// As they are in the packet
    Big,
    /// The last one first
    Little,
}

impl TextArguments {
    /// The same for the library.
    pub fn options(&self) -> Options {
        let format = |format| match format {
            FormatName::Dump => text::Format::Dump,
            FormatName::Hex => text::Format::Hex,
            FormatName::List => text::Format::List,
            FormatName::String => text::Format::String,
            FormatName::Base64 => text::Format::Base64,
        };
        let offsets = |radix| match radix {
            Radix::Hex => Offsets::Hex,
            Radix::Octal => Offsets::Octal,
            Radix::Decimal => Offsets::Decimal,
            Radix::None => Offsets::None,
        };
        let order = |endian| match endian {
            Endian::Big => Order::Big,
            Endian::Little => Order::Little,
        };
        Options {
            format: self.format.map(format),
            link: self.link,
            offsets: self.offset.map(offsets),
            order: self.endian.map(order),
        }
    }

    /// Says how a text was read, and what would read it otherwise.
    pub fn remark(&self, name: &str, reading: &Reading) {
        let mut flags: Vec<&str> = Vec::new();
        flags.extend(self.format.is_none().then_some("--format"));
        flags.extend(self.link.is_none().then_some("--link"));
        let dump = reading.format == text::Format::Dump;
        flags.extend((self.offset.is_none() && dump).then_some("--offset"));
        flags.extend((self.endian.is_none() && reading.name.contains("groups")).then_some("--endian"));
        let flags =
            if flags.is_empty() { String::new() } else { format!("; override with {}", flags.join(", ")) };
        output::remark(&format!("{name}read as: {}{flags}", printable(&reading.to_string())));
    }
}

/// A link type by its name.
///
/// # Errors
/// Names those that are decoded.
pub fn link_type(name: &str) -> Result<LinkType, String> {
    LinkType::from_name(name).ok_or_else(|| {
        let known = (0..=0xffff).map(LinkType).filter(|link| link.is_decoded()).filter_map(LinkType::name);
        format!("one of {} is expected", known.collect::<Vec<_>>().join(", "))
    })
}

/// Something to decode.
pub enum Input {
    /// A capture.
    Capture(Reader<Box<dyn Read>>),
    /// Packets out of text.
    Text(Reading),
}

/// Why an argument cannot be decoded, ready to print, and what that means for the run.
pub struct Unusable(pub String, pub Ending);

/// What to call an argument in messages.
pub fn label(argument: &str) -> String {
    if argument == "-" { "standard input".to_string() } else { printable(argument) }
}

/// Says that of a packet in a text not everything is there.
pub fn incomplete(name: &str, number: u64, line: usize, missing: &str) -> String {
    let line = line.saturating_add(1);
    format!(
        "{name}: packet {number} at line {line} is not whole: {missing}; what is there has been delivered"
    )
}

/// The arguments as inputs: an existing path, or `-`, is one each, and so is what can only be the name of a file: no packet
/// is in it as text. Whatever else is there is one text.
pub fn sort(arguments: &[String], options: &Options) -> Vec<Argument> {
    let mut sorted: Vec<Argument> = Vec::new();
    for argument in arguments {
        if argument == "-" || Path::new(argument).exists() {
            sorted.push(Argument::Path(argument.clone()));
        } else if text::json::is_ours(argument) || built(argument).is_some() {
            sorted.push(Argument::Text(argument.clone()));
        } else if is_name(argument) && text::read(argument, options).is_err() {
            sorted.push(Argument::Missing(argument.clone()));
        } else if let Some(Argument::Text(text)) = sorted.last_mut() {
            text.push(' ');
            text.push_str(argument);
        } else {
            sorted.push(Argument::Text(argument.clone()));
        }
    }
    sorted
}

/// A sorted argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An existing file, or `-` for standard input.
    Path(String),
    /// The name of a file that does not exist.
    Missing(String),
    /// Text.
    Text(String),
}

impl Argument {
    /// The argument as it was given.
    pub fn name(&self) -> &str {
        match self {
            Self::Path(name) | Self::Missing(name) | Self::Text(name) => name,
        }
    }

    /// What to call it in messages.
    pub fn label(&self) -> String {
        match self {
            Self::Path(path) => label(path),
            Self::Missing(name) => printable(name),
            Self::Text(_) => "the text".to_string(),
        }
    }
}

/// The packet of an expression, in a capture. A word alone is none: it may be the name of a file.
fn built(text: &str) -> Option<Vec<u8>> {
    if !text.contains(['/', '(']) {
        return None;
    }
    let expression = Expression::parse(text).ok()?;
    let bytes = expression.to_vec().ok()?;
    let mut writer = Writer::pcapng(Vec::new());
    writer.frame(None, &Frame::new(expression.link()?, bytes.as_slice())).ok()?;
    writer.finish().ok()
}

/// Opens an argument.
///
/// # Errors
/// [`Unusable`] says why it is no input.
pub fn open(argument: &Argument, options: &Options) -> Result<Input, Unusable> {
    match argument {
        Argument::Path(path) => open_path(path, options).map_err(|error| explain(path, error)),
        Argument::Missing(name) => Err(Unusable(missing(name), Ending::Usage)),
        Argument::Text(text) if built(text).is_some() => {
            let bytes: Box<dyn Read> = Box::new(Cursor::new(built(text).unwrap_or_default()));
            Reader::new(bytes).map(Input::Capture).map_err(|error| Unusable(error.to_string(), Ending::Usage))
        }
        Argument::Text(text) if text::json::is_ours(text) => {
            let bytes: Box<dyn Read> = Box::new(Cursor::new(text.clone().into_bytes()));
            json_capture(Objects::new(bytes))
                .map_err(|error| Unusable(format!("{} {error}", argument.label()), ending(&error)))
        }
        Argument::Text(text) => match text::read(text, options) {
            // No packet is that short; a name can be.
            Ok(reading)
                if is_one_word(text) && reading.packets.iter().all(|packet| packet.bytes.len() < 4) =>
            {
                let length: usize = reading.packets.iter().map(|packet| packet.bytes.len()).sum();
                let message = format!(
                    "{}: there is no such file, and as text it holds no more than {length} byte{}; standard input takes as few",
                    printable(text),
                    if length == 1 { "" } else { "s" }
                );
                Err(Unusable(message, Ending::Usage))
            }
            Ok(reading) => Ok(Input::Text(reading)),
            Err(bad) => {
                let word = is_one_word(text) && bad.problem == Problem::NotHex;
                let message = if word { missing(text) } else { caret(text, &bad, "here", None) };
                Err(Unusable(message, Ending::Usage))
            }
        },
    }
}

fn missing(name: &str) -> String {
    format!("{}: there is no such file, and there is no packet in it as text either", printable(name))
}

fn json_capture(objects: Objects<Box<dyn Read>>) -> Result<Input, CaptureError> {
    let capture: Box<dyn Read> = Box::new(json::Capture::new(objects));
    Reader::new(capture).map(Input::Capture)
}

enum Unread {
    Capture(CaptureError),
    Text(String, BadText),
    Long,
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Capture(CaptureError::Io(error))
    }
}

fn open_path(path: &str, options: &Options) -> Result<Input, Unread> {
    let mut input: Box<dyn Read> =
        if path == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let cut_capture = !start.is_empty() && start.len() < 4 && start.iter().any(|byte| !byte.is_ascii());
    if is_capture(&start) || cut_capture {
        let whole: Box<dyn Read> = Box::new(Cursor::new(start).chain(input));
        return Reader::new(whole).map(Input::Capture).map_err(Unread::Capture);
    }
    let mut text = start;
    if matches!(text.trim_ascii_start().first(), None | Some(b'{' | b'[')) && !text.is_empty() {
        let mut objects = Objects::new(Box::new(Cursor::new(text).chain(input)) as Box<dyn Read>);
        if objects.are_ours()? {
            return json_capture(objects).map_err(Unread::Capture);
        }
        (text, input) = objects.into_parts();
    }
    input.take(LONGEST_TEXT).read_to_end(&mut text)?;
    if text.len() as u64 >= LONGEST_TEXT {
        return Err(Unread::Long);
    }
    let Some(text) = in_unicode(&text) else {
        let magic = text.get(..4).unwrap_or(&text).to_vec();
        return Err(Unread::Capture(CaptureError::NotACapture { magic, compression: None }));
    };
    text::read(&text, options).map(Input::Text).map_err(|bad| Unread::Text(text, bad))
}

/// Bytes as text: UTF-8, UTF-16 with its mark (which Windows writes), or ASCII with a few characters of who knows what, such as the
/// column of a dump in an old code page.
fn in_unicode(bytes: &[u8]) -> Option<String> {
    let wide = |turn: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.chunks_exact(2).filter_map(|pair| Some(turn(*pair.first_chunk()?))).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => Some(wide(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => Some(wide(u16::from_be_bytes)),
        _ => {
            let strange =
                bytes.iter().filter(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
            let text = String::from_utf8_lossy(bytes);
            let lost = text.matches(char::REPLACEMENT_CHARACTER).count();
            (lost.max(strange).saturating_mul(4) <= bytes.len() && !bytes.contains(&0))
                .then(|| text.into_owned())
        }
    }
}

fn explain(path: &str, problem: Unread) -> Unusable {
    let name = label(path);
    match problem {
        Unread::Capture(CaptureError::NotACapture { compression: None, .. }) => {
            let message = format!(
                "{name} is neither a capture file nor text with a packet in it; pcap, pcapng and dumps in text are read"
            );
            Unusable(message, Ending::Usage)
        }
        Unread::Capture(error) => {
            let ending = ending(&error);
            Unusable(format!("{name} {error}"), ending)
        }
        Unread::Text(_, BadText { problem: Problem::Empty, .. }) => Unusable(
            format!("{name} is empty; a capture file or text with a packet in it is expected"),
            Ending::Usage,
        ),
        Unread::Text(text, bad) => {
            let note = "it does not begin as a capture does, so it was read as text";
            Unusable(caret(&text, &bad, &format!("in {name}"), Some(note)), Ending::Usage)
        }
        Unread::Long => {
            let message =
                format!("{name} is a text of more than {} MiB; that is too long", LONGEST_TEXT >> 20);
            Unusable(message, Ending::Usage)
        }
    }
}

/// What an error means for the run: a file that cannot be read or is no capture is the user's matter.
pub fn ending(error: &CaptureError) -> Ending {
    match error {
        CaptureError::Io(error) if json::has_whole_before(error) => Ending::Damaged,
        CaptureError::Io(_) | CaptureError::NotACapture { .. } | CaptureError::NotRead { .. } => {
            Ending::Usage
        }
        _ => Ending::Damaged,
    }
}

fn is_one_word(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

/// Whether a word that is no file's name can be meant as nothing else: it has what names have, or letters that hex has not.
fn is_name(text: &str) -> bool {
    let foreign = |c: char| c.is_alphabetic() && !c.is_ascii_hexdigit() && !matches!(c, 'x' | 'X');
    let word = is_one_word(text)
        && (text.contains(['/', '\\'])
            || Path::new(text).extension().is_some_and(|extension| !extension.is_empty())
            || text.len() > 2 && text.contains(foreign));
    word || text.contains(".pcap")
}

/// The message with the line of the text that it is about, and a caret under the place.
fn caret(text: &str, bad: &BadText, label: &str, note: Option<&str>) -> String {
    // One line of the text, and not too much of that.
    let before = text.get(..bad.span.start).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_number = before.matches('\n').count() + 1;
    let line_end = text
        .get(bad.span.start..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |at| bad.span.start + at);
    let line = text.get(line_start..line_end).unwrap_or("");
    let (from, to) = (bad.span.start - line_start, bad.span.end.min(line_end).saturating_sub(line_start));
    let skipped =
        line.get(..from).map_or(0, |head| head.char_indices().rev().nth(40).map_or(0, |(at, _)| at));
    let shown: String = line.get(skipped..).unwrap_or("").chars().take(100).collect();
    let safe: String = shown.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    // A control character is one byte, so the places stay as they were, unless it is of the C1 set.
    let end = safe.len();
    let span = (from - skipped).min(end)..(to.saturating_sub(skipped)).clamp((from - skipped).min(end), end);
    let report = &[Level::ERROR
        .primary_title(bad.to_string())
        .element(
            Snippet::source(safe.as_str())
                .line_start(line_number)
                .annotation(AnnotationKind::Primary.span(span).label(label)),
        )
        .elements(note.map(|note| Level::NOTE.message(note)))
        .element(
            Level::HELP
                .message("give a capture file, or packets as hex, with or without offsets: 45 00 00 1c ..."),
        )];
    let text = Renderer::plain().render(report);
    text.strip_prefix("error: ").map_or(text.clone(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_hex() {
        for name in ["a.pcap", "no such.pcap", "flat", "x/45", "captur"] {
            assert!(is_name(name), "{name}");
        }
        for text in ["45", "0x45,", "0g", "...", "45:00", "cafe", "not a packet", "\\x45"] {
            assert_eq!(is_name(text), text.contains('\\'), "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_name_and_holds_a_packet_is_text() {
        let texts = [
            "RQAAHAABAABAEfbMwAACAcAAAgIANQA1AAgAAA==",
            r"\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x11\xf6\xcc\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x35\x00\x35\x00\x08\x00\x00",
        ];
        for text in texts.map(str::to_string) {
            let sorted = sort(std::slice::from_ref(&text), &Options::default());
            assert_eq!(sorted, [Argument::Text(text)]);
        }
        for name in ["no-such-file.pcap", "flat", "captur", "dead/beef"].map(str::to_string) {
            let sorted = sort(std::slice::from_ref(&name), &Options::default());
            assert_eq!(sorted, [Argument::Missing(name)]);
        }
    }
}
