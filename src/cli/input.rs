//! What an argument is: a capture file, a file with hex text, or hex text itself.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::capture::{CaptureError, Reader, is_capture};
use crate::cli::output::{Ending, printable};
use crate::packet::{Decoder, Frame, LinkType};
use crate::text::hex::{self, BadHex, Reason};

/// The longest text that is read, in bytes. A frame of the greatest length, written as `0x00, `, has a tenth.
const LONGEST_TEXT: u64 = 16 << 20;

/// Something to decode.
pub enum Input {
    /// A capture.
    Capture(Reader<Box<dyn Read>>),
    /// One packet out of text.
    Packet(Vec<u8>),
}

/// Why an argument cannot be decoded, ready to print, and what that means for the run.
pub struct Unusable(pub String, pub Ending);

/// What to call an argument in messages.
pub fn label(argument: &str) -> String {
    if argument == "-" { "standard input".to_string() } else { printable(argument) }
}

/// The arguments as inputs: an existing path, or `-`, is one each, and so is what can only be the name of a file; whatever
/// else is there is one text.
pub fn sort(arguments: &[String]) -> Vec<Argument> {
    let mut sorted: Vec<Argument> = Vec::new();
    for argument in arguments {
        if argument == "-" || Path::new(argument).exists() {
            sorted.push(Argument::Path(argument.clone()));
        } else if is_name(argument) {
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
}

/// Opens an argument.
///
/// # Errors
/// [`Unusable`] says why it is no input.
pub fn open(argument: &Argument) -> Result<Input, Unusable> {
    match argument {
        Argument::Path(path) => open_path(path).map_err(|error| explain(path, error)),
        Argument::Missing(name) => {
            let message = format!("{}: there is no such file, and it is not hex either", printable(name));
            Err(Unusable(message, Ending::Usage))
        }
        Argument::Text(text) => match read_text(text) {
            // No packet is that short; a name can be.
            Ok(bytes) if bytes.len() < 4 && is_one_word(text) => {
                let (name, length) = (printable(text), bytes.len());
                let message = format!(
                    "{name}: there is no such file, and as hex it is no more than {length} byte{}; standard input takes as few",
                    if length == 1 { "" } else { "s" }
                );
                Err(Unusable(message, Ending::Usage))
            }
            Ok(bytes) => Ok(Input::Packet(bytes)),
            Err(bad) => Err(Unusable(caret(text, &bad, "here", None), Ending::Usage)),
        },
    }
}

enum Problem {
    Capture(CaptureError),
    Text(String, BadHex),
    Long,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Capture(CaptureError::Io(error))
    }
}

fn open_path(path: &str) -> Result<Input, Problem> {
    let mut input: Box<dyn Read> =
        if path == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let cut_capture = !start.is_empty() && start.len() < 4 && start.iter().any(|byte| !byte.is_ascii());
    if is_capture(&start) || cut_capture {
        let whole: Box<dyn Read> = Box::new(Cursor::new(start).chain(input));
        return Reader::new(whole).map(Input::Capture).map_err(Problem::Capture);
    }
    let mut text = start;
    input.take(LONGEST_TEXT).read_to_end(&mut text)?;
    if text.len() as u64 >= LONGEST_TEXT {
        return Err(Problem::Long);
    }
    match String::from_utf8(text) {
        Ok(text) => read_text(&text).map(Input::Packet).map_err(|bad| Problem::Text(text, bad)),
        Err(error) => {
            let magic = error.as_bytes().get(..4).unwrap_or(error.as_bytes()).to_vec();
            Err(Problem::Capture(CaptureError::NotACapture { magic, compression: None }))
        }
    }
}

fn read_text(text: &str) -> Result<Vec<u8>, BadHex> {
    hex::read(text.trim_start_matches('\u{feff}'))
}

fn explain(path: &str, problem: Problem) -> Unusable {
    let name = label(path);
    match problem {
        Problem::Capture(CaptureError::NotACapture { compression: None, .. }) => {
            let message = format!(
                "{name} is neither a capture file nor text with hex in it; pcap, pcapng and hex are read"
            );
            Unusable(message, Ending::Usage)
        }
        Problem::Capture(error) => {
            let ending = ending(&error);
            Unusable(format!("{name} {error}"), ending)
        }
        Problem::Text(_, BadHex { reason: Reason::Empty, .. }) => {
            Unusable(format!("{name} is empty; a capture file or hex is expected"), Ending::Usage)
        }
        Problem::Text(text, bad) => {
            let note = "it does not begin as a capture does, so it was read as text";
            Unusable(caret(&text, &bad, &format!("in {name}"), Some(note)), Ending::Usage)
        }
        Problem::Long => {
            let message =
                format!("{name} is a text of more than {} MiB; one packet is expected", LONGEST_TEXT >> 20);
            Unusable(message, Ending::Usage)
        }
    }
}

/// What an error means for the run: a file that cannot be read or is no capture is the user's matter.
pub fn ending(error: &CaptureError) -> Ending {
    match error {
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
fn caret(text: &str, bad: &BadHex, label: &str, note: Option<&str>) -> String {
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
        .element(Level::HELP.message("give a capture file, or one packet as hex: 45 00 00 1c ..."))];
    let text = Renderer::plain().render(report);
    text.strip_prefix("error: ").map_or(text.clone(), str::to_string)
}

/// Where the bytes of a text begin: text does not say it. Ethernet, unless they are an IP packet by their first four
/// bits and their length: IPv4 whose total length is that of the text or whose checksum is right, IPv6 whose payload
/// length fits; or what is too short for Ethernet or was cut short, and an IP packet as far as it goes.
pub fn guess_link(bytes: &[u8]) -> LinkType {
    use crate::field::Verdict;
    use crate::names::{EtherType, IpProtocol};
    let word =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|b| u16::from_be_bytes(*b));
    let length = |at: usize| word(at).map(usize::from);
    let known = |at: usize| bytes.get(at).is_some_and(|number| IpProtocol(*number).name().is_some());
    let short = bytes.len() < 14;
    let in_a_frame = word(12).is_some_and(|number| EtherType(number).name().is_some());
    let is_ip = match bytes.first() {
        Some(0x45..=0x4f | 0x60..=0x6f) if short => true,
        Some(first @ 0x45..=0x4f) => {
            let raw = Decoder::new().packet(Frame::new(LinkType::RAW, bytes));
            let checksum = raw.checksums().next().map(|(_, _, verdict)| verdict);
            let header = usize::from(first & 0xf) * 4;
            let cut =
                length(2).is_some_and(|total| total >= bytes.len().max(header)) && known(9) && !in_a_frame;
            checksum == Some(Verdict::Ok) || cut || bytes.len() >= 20 && length(2) == Some(bytes.len())
        }
        Some(0x60..=0x6f) => {
            let whole = length(4).map(|payload| payload + 40);
            let cut = whole.is_some_and(|whole| whole > bytes.len()) && known(6) && !in_a_frame;
            cut || whole == Some(bytes.len())
        }
        _ => false,
    };
    if is_ip { LinkType::RAW } else { LinkType::ETHERNET }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_short_is_still_ip() {
        let packet: Vec<u8> =
            [0x45, 0, 0, 0x1c, 0, 1, 0, 0, 0x40, 0x11, 0xf6, 0xcc, 192, 0, 2, 1, 192, 0, 2, 2].into();
        for end in 1..packet.len() {
            assert_eq!(guess_link(&packet[..end]), LinkType::RAW, "{end}");
        }
        let mut six = vec![0x60, 0, 0, 0, 0, 8, 17, 64];
        six.resize(30, 0x20);
        assert_eq!(guess_link(&six), LinkType::RAW);
        // To 45:00:00:1c:00:01, an IPv4 packet in a frame.
        let frame = [0x45, 0, 0, 0x1c, 0, 1, 2, 0, 0, 6, 0, 1, 8, 0, 0x45, 0];
        assert_eq!(guess_link(&frame), LinkType::ETHERNET);
        assert_eq!(guess_link(&[2, 0, 0]), LinkType::ETHERNET);
    }

    #[test]
    fn names_are_told_from_hex() {
        for name in ["a.pcap", "no such.pcap", "flat", "x/45", "captur"] {
            assert!(is_name(name), "{name}");
        }
        for text in ["45", "0x45,", "0g", "...", "45:00", "cafe", "not a packet", "\\x45"] {
            assert_eq!(is_name(text), text.contains('\\'), "{text}");
        }
    }
}
