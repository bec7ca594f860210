//! `-w`: the chosen packets into a capture, instead of to the screen.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use crate::capture::{Item, WriteError, Writer};
use crate::cli::input::Argument;
use crate::cli::output::printable;
use crate::packet::Frame;
use crate::time::Time;

/// Where packets go. The file is made when the first of them comes: a mistake in the inputs empties nothing.
pub struct Destination {
    path: String,
    format: Option<Extension>,
    part: bool,
    writer: Option<Writer<Box<dyn Write>>>,
}

/// A format of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// The classic one.
    Pcap,
    /// That of today.
    Pcapng,
}

impl Destination {
    /// A file, or `-` for standard output; `part` if not every packet is chosen.
    ///
    /// # Errors
    /// Says why nothing should be written there.
    pub fn new(path: &str, part: bool, inputs: &[Argument]) -> Result<Self, String> {
        let extension =
            Path::new(path).extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let format = match extension.as_deref() {
            Some("pcap" | "cap") => Some(Extension::Pcap),
            Some("pcapng" | "ntar") => Some(Extension::Pcapng),
            Some("gz" | "zst" | "lz4") => {
                let message = "compressed captures are not written; give a name in .pcap or .pcapng";
                return Err(format!("{}: {message}", printable(path)));
            }
            _ => None,
        };
        if path == "-" && io::stdout().is_terminal() {
            return Err("a capture is not written to a terminal; give a file, or pipe it on".to_string());
        }
        Self::to(path, format, part, inputs)
    }

    /// The same in a format that is known.
    ///
    /// # Errors
    /// Says why nothing should be written there.
    pub fn to(
        path: &str,
        format: Option<Extension>,
        part: bool,
        inputs: &[Argument],
    ) -> Result<Self, String> {
        let whole = fs::canonicalize(path).ok().filter(|_| path != "-");
        let is_it = |input: &Argument| match input {
            Argument::Path(input) => whole.is_some() && fs::canonicalize(input).ok() == whole,
            Argument::Text(_) => false,
        };
        if inputs.iter().any(is_it) {
            return Err(format!("{} is read from and cannot be written at the same time", printable(path)));
        }
        Ok(Self { path: path.to_string(), format, part, writer: None })
    }

    /// What to call it in messages.
    pub fn name(&self) -> String {
        if self.path == "-" { "standard output".to_string() } else { printable(&self.path) }
    }

    fn writer(&mut self) -> Result<&mut Writer<Box<dyn Write>>, WriteError> {
        let made = match self.writer.take() {
            Some(writer) => writer,
            None => {
                let output: Box<dyn Write> = match self.path.as_str() {
                    "-" => Box::new(BufWriter::new(io::stdout())),
                    path => Box::new(BufWriter::with_capacity(1 << 16, File::create(path)?)),
                };
                let writer = match self.format {
                    Some(Extension::Pcap) => Writer::pcap(output),
                    Some(Extension::Pcapng) => Writer::pcapng(output),
                    None => Writer::new(output),
                };
                if self.part { writer.part() } else { writer }
            }
        };
        Ok(self.writer.insert(made))
    }

    /// Writes what was read from a capture.
    ///
    /// # Errors
    /// What the writer says.
    pub fn item(&mut self, item: &Item<'_>) -> Result<(), WriteError> {
        self.writer()?.item(item)
    }

    /// Writes what was read from text.
    ///
    /// # Errors
    /// What the writer says.
    pub fn frame(&mut self, time: Option<Time>, frame: &Frame<&[u8]>) -> Result<(), WriteError> {
        self.writer()?.frame(time, frame)
    }

    /// Writes what is held back.
    ///
    /// # Errors
    /// What the output says.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        match &mut self.writer {
            Some(writer) => Ok(writer.flush()?),
            None => Ok(()),
        }
    }

    /// Ends the file, and says what of the inputs it has no place for.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(&mut self) -> Result<Option<String>, WriteError> {
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let left_out = writer.left_out();
        writer.finish()?;
        Ok((left_out > 0).then(|| {
            format!(
                "{}: pcap has no place for interfaces, names and comments; {left_out} such blocks and packets with options lost them (pcapng keeps them)",
                self.name()
            )
        }))
    }
}
