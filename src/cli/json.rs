//! Packets from their JSON, as a capture: what reads captures reads them too.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

use crate::capture::{Notes, Writer};
use crate::packet::Frame;
use crate::text::json::{self, BadJson};

/// The longest object, in bytes. A frame of the greatest length is far below it unless it is made of nothing but options.
const LONGEST: usize = 16 << 20;

/// One object after another, out of lines, an array, or anything else that has them in a row.
pub struct Objects<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the next one begins in the buffer at the earliest, and in which line that is.
    at: usize,
    line: usize,
    /// An object that has been looked at.
    first: Option<(usize, String)>,
}

impl<R: Read> Objects<R> {
    /// The objects of an input.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), at: 0, line: 1, first: None }
    }

    /// Whether the first one is of ours.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn are_ours(&mut self) -> io::Result<bool> {
        match self.next() {
            Ok(Some((line, object))) => {
                let ours = json::is_ours(&object);
                self.first = Some((line, object));
                Ok(ours)
            }
            Ok(None) => Ok(false),
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<Bad>()) => {
                let begin = String::from_utf8_lossy(
                    self.buffer.get(..200.min(self.buffer.len())).unwrap_or_default(),
                );
                Ok(json::is_ours(&begin))
            }
            Err(error) => Err(error),
        }
    }

    /// All that was read so far, and what is left. Only as long as [`Self::are_ours`] alone was asked.
    pub fn into_parts(self) -> (Vec<u8>, R) {
        (self.buffer, self.input)
    }

    fn fill(&mut self) -> io::Result<bool> {
        let there = self.buffer.len();
        self.buffer.resize(there.saturating_add(1 << 16), 0);
        let read = loop {
            match self.input.read(self.buffer.get_mut(there..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(there.saturating_add(*read.as_ref().unwrap_or(&0)));
        Ok(read? > 0)
    }

    /// The next object, with the line in which it begins.
    fn next(&mut self) -> io::Result<Option<(usize, String)>> {
        if let Some(first) = self.first.take() {
            // What was kept to be read as text is not needed any more.
            self.buffer.drain(..self.at);
            self.at = 0;
            return Ok(Some(first));
        }
        let Some(start) = self.start()? else { return Ok(None) };
        let (mut at, begin) = (start, self.line);
        let (mut depth, mut quoted, mut escaped, mut lines) = (0usize, false, false, 0usize);
        loop {
            let Some(byte) = self.buffer.get(at).copied() else {
                if at.saturating_sub(start) > LONGEST {
                    return Err(bad(begin, format!("the object is longer than {} MiB", LONGEST >> 20)));
                }
                if !self.fill()? {
                    return Err(bad(begin, "the object breaks off".to_string()));
                }
                continue;
            };
            at = at.saturating_add(1);
            match byte {
                b'\n' => {
                    lines = lines.saturating_add(1);
                    quoted = false;
                }
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth = depth.saturating_add(1),
                b'}' | b']' if !quoted => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        let object = String::from_utf8_lossy(self.buffer.get(start..at).unwrap_or_default()).into_owned();
        self.at = at;
        self.line = begin.saturating_add(lines);
        Ok(Some((begin, object)))
    }

    /// Where the next one begins.
    fn start(&mut self) -> io::Result<Option<usize>> {
        if self.first.is_none() && self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let mut at = self.at;
        loop {
            match self.buffer.get(at) {
                None if at > LONGEST => return Err(bad(self.line, "there is no object".to_string())),
                None => {
                    if !self.fill()? {
                        return Ok(None);
                    }
                    continue;
                }
                Some(b'{') => return Ok(Some(at)),
                Some(b'\n') => self.line = self.line.saturating_add(1),
                Some(b' ' | b'\t' | b'\r' | b'[' | b']' | b',') => {}
                Some(other) => {
                    let other = char::from(*other).escape_default();
                    return Err(bad(self.line, format!("an object is expected, not '{other}'")));
                }
            }
            at = at.saturating_add(1);
        }
    }
}

/// What is wrong with the JSON of a file.
#[derive(Debug)]
struct Bad {
    line: usize,
    message: String,
    packets: u64,
}

fn bad(line: usize, message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Bad { line, message, packets: 0 })
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)?;
        match self.packets {
            0 => Ok(()),
            1 => f.write_str("; the packet before it is whole"),
            packets => write!(f, "; the {packets} packets before it are whole"),
        }
    }
}

impl std::error::Error for Bad {}

/// Whether this is about JSON that had a packet before what is wrong with it.
pub fn has_whole_before(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Bad>()).is_some_and(|bad| bad.packets > 0)
}

/// All packets of an input.
///
/// # Errors
/// What is wrong with it, and where.
pub fn packets(input: impl Read) -> io::Result<Vec<json::Described>> {
    let mut objects = Objects::new(input);
    let mut all = Vec::new();
    while let Some((line, object)) = objects.next()? {
        let read = json::read(&object).map_err(|wrong| {
            let inside = wrong.line.unwrap_or(1).saturating_sub(1);
            bad(line.saturating_add(inside), wrong.to_string())
        })?;
        all.push(read);
    }
    Ok(all)
}

/// The packets of JSON as a capture in pcapng, which is made as it is read.
pub struct Capture<R> {
    objects: Objects<R>,
    writer: Writer<Vec<u8>>,
    /// Bytes of the output that have been read.
    given: usize,
    packets: u64,
}

impl<R: Read> Capture<R> {
    /// A capture of these packets.
    pub fn new(objects: Objects<R>) -> Self {
        Self { objects, writer: Writer::pcapng(Vec::new()), given: 0, packets: 0 }
    }

    fn packet(&mut self, line: usize, object: &str) -> Result<(), Bad> {
        let packets = self.packets;
        let wrong = |bad: BadJson| {
            let inside = bad.line.unwrap_or(1).saturating_sub(1);
            Bad { line: line.saturating_add(inside), message: bad.to_string(), packets }
        };
        let read = json::read(object).map_err(wrong)?;
        let comments: Vec<Cow<'_, str>> = read.comments.iter().map(|comment| comment.into()).collect();
        let notes = Notes {
            interface: read.interface,
            interface_name: read.interface_name.as_deref(),
            comments: &comments,
            flags: None,
            resolution: None,
        };
        let frame = Frame { length: read.length, ..Frame::new(read.link, read.bytes.as_slice()) };
        self.writer.noted(read.time, &frame, &notes).map_err(|error| Bad {
            line,
            message: error.to_string(),
            packets,
        })?;
        self.packets = packets.saturating_add(1);
        Ok(())
    }
}

impl<R: Read> Read for Capture<R> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.writer.get_mut().len() {
            self.writer.get_mut().clear();
            self.given = 0;
            let packets = self.packets;
            let next = self.objects.next().map_err(|error| match error.downcast::<Bad>() {
                Ok(bad) => io::Error::new(io::ErrorKind::InvalidData, Bad { packets, ..bad }),
                Err(error) => error,
            })?;
            let Some((line, object)) = next else { return Ok(0) };
            self.packet(line, &object).map_err(|bad| io::Error::new(io::ErrorKind::InvalidData, bad))?;
        }
        let output = self.writer.get_mut();
        let rest = output.get(self.given..).unwrap_or_default();
        let count = rest.len().min(place.len());
        if let (Some(to), Some(from)) = (place.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}
