//! `-w`: the chosen packets into a capture, instead of to the screen.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::capture::pcap::Precision;
use crate::capture::{Format, Item, Notes, Record, WriteError, Writer};
use crate::cli::input::Argument;
use crate::cli::output::printable;
use crate::packet::{Frame, LinkType};
use crate::time::Time;

/// Where packets go. The file is made when the first of them comes: a mistake in the inputs empties nothing. A file that is
/// there stays as it is until all is written: what is new is written beside it, and takes its place at the end.
pub struct Destination {
    path: String,
    format: Option<Extension>,
    part: bool,
    writer: Option<Writer<Box<dyn Write>>>,
    made: Option<Made>,
    /// Whether the file counts nanoseconds; `None` until something says it, and of pcapng.
    fine: Option<bool>,
    /// Packets whose times lost something.
    coarsened: u64,
    /// What all packets begin with, whatever their captures say.
    link: Option<LinkType>,
    /// Packets alone go over, and what of that which is said of them; `None` if all does.
    alone: Option<Alone>,
    /// What does not go over with packets alone.
    left_out: u64,
}

/// What goes over with packets where nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// What their interfaces are called, and what people have written about them.
    Noted,
    /// Their times, and the numbers of their interfaces.
    Bare,
}

/// A file that was made here, and goes again unless it is kept.
pub struct Made {
    written: PathBuf,
    /// What it takes the place of.
    instead_of: Option<PathBuf>,
}

impl Made {
    /// The file to write: the one of this name, or one beside it if that holds something; nothing to be made of a device or
    /// a pipe, which is written as it is.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(path: &Path) -> io::Result<(File, Option<Self>)> {
        // Standard output may be a file, and stays the one it is.
        let is_stream = path.starts_with("/dev") || path.starts_with("/proc");
        match fs::metadata(path) {
            Ok(there) if is_stream || !there.is_file() => Ok((File::create(path)?, None)),
            Ok(there) => {
                let target = fs::canonicalize(path)?;
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let written = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
                let file = File::options().write(true).create_new(true).open(&written)?;
                let made = Self { written, instead_of: Some(target) };
                file.set_permissions(there.permissions())?;
                Ok((file, Some(made)))
            }
            Err(_) => {
                let file = File::create(path)?;
                Ok((file, Some(Self { written: path.to_path_buf(), instead_of: None })))
            }
        }
    }

    /// Puts it where it belongs.
    ///
    /// # Errors
    /// When the other cannot be replaced.
    pub fn keep(mut self) -> io::Result<()> {
        if let Some(target) = &self.instead_of {
            fs::rename(&self.written, target)?;
        }
        self.written = PathBuf::new();
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if !self.written.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.written);
        }
    }
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
            Argument::Missing(_) | Argument::Text(_) => false,
        };
        if inputs.iter().any(is_it) {
            return Err(format!("{} is read from and cannot be written at the same time", printable(path)));
        }
        let path = path.to_string();
        let (writer, made, fine, link) = (None, None, None, None);
        Ok(Self { path, format, part, writer, made, fine, coarsened: 0, link, alone: None, left_out: 0 })
    }

    /// The same for packets alone: their captures' blocks of other kinds do not go over.
    #[must_use]
    pub fn alone(self, alone: Option<Alone>) -> Self {
        Self { alone: alone.or(self.alone), ..self }
    }

    /// The same with packets of another link type than their captures say.
    #[must_use]
    pub fn of_link(self, link: Option<LinkType>) -> Self {
        Self { link, ..self }.alone(link.map(|_| Alone::Noted))
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
                    path => {
                        let (file, made) = Made::new(Path::new(path))?;
                        self.made = made;
                        Box::new(BufWriter::with_capacity(1 << 16, file))
                    }
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

    /// Writes what was read from a capture; `name` is that of the interface of a packet.
    ///
    /// # Errors
    /// What the writer says.
    pub fn item(&mut self, item: &Item<'_>, name: Option<&str>) -> Result<(), WriteError> {
        match (self.alone, item) {
            (None, item) => self.writer()?.item(item)?,
            (Some(_), Item::Record(record)) => return self.edited(record, &record.frame, name),
            (Some(_), Item::Start(_) | Item::Interface(_)) => {}
            (Some(_), _) => self.left_out = self.left_out.saturating_add(1),
        }
        match item {
            Item::Start(start) if self.fine.is_none() => {
                // The first file's header is the header, unless pcapng comes out of it.
                if let (Format::Pcap(header), None | Some(Extension::Pcap)) = (&start.format, self.format) {
                    self.fine = Some(header.precision == Precision::Nanoseconds);
                } else if self.format.is_none() {
                    self.format = Some(Extension::Pcapng);
                }
            }
            Item::Record(record) => self.note_precision(record),
            _ => {}
        }
        Ok(())
    }

    /// Writes a packet that was read with another frame; `name` is that of its interface.
    ///
    /// # Errors
    /// What the writer says.
    pub fn edited(
        &mut self,
        record: &Record<'_>,
        frame: &Frame<&[u8]>,
        name: Option<&str>,
    ) -> Result<(), WriteError> {
        let link = self.link.unwrap_or(frame.link);
        match self.alone {
            None => self.writer()?.replaced(record, frame)?,
            Some(alone) => {
                let bare = alone == Alone::Bare;
                let comments: Vec<_> = record.comments().filter(|_| !bare).collect();
                self.left_out += u64::from(bare && record.options().next().is_some());
                let notes = Notes {
                    interface: record.interface,
                    interface_name: name.filter(|_| !bare),
                    comments: &comments,
                    flags: None,
                    resolution: Some(record.resolution),
                };
                self.writer()?.noted(record.time, &Frame { link, ..*frame }, &notes)?;
            }
        }
        self.note_precision(record);
        Ok(())
    }

    fn note_precision(&mut self, record: &Record<'_>) {
        if matches!(self.format, Some(Extension::Pcap)) || self.fine.is_some() {
            let fine = *self.fine.get_or_insert(record.resolution.is_finer_than_microseconds());
            let lost = !fine && record.time.is_some_and(|time| time.nanoseconds() % 1000 != 0);
            self.coarsened += u64::from(lost);
        }
    }

    /// Writes what was read from text.
    ///
    /// # Errors
    /// What the writer says.
    pub fn frame(&mut self, time: Option<Time>, frame: &Frame<&[u8]>) -> Result<(), WriteError> {
        self.writer()?.frame(time, frame)?;
        if self.format.is_none() && self.fine.is_none() {
            self.format = Some(Extension::Pcapng);
        }
        if matches!(self.format, Some(Extension::Pcap)) || self.fine.is_some() {
            let fine = *self.fine.get_or_insert(true);
            self.coarsened += u64::from(!fine && time.is_some_and(|time| time.nanoseconds() % 1000 != 0));
        }
        Ok(())
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

    /// Ends the file, and says what of the inputs it has no place for. Unless it is to be kept, no file is left behind, and
    /// one that was there is as it was.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(&mut self, keep: bool) -> Result<Vec<String>, WriteError> {
        if self.writer.is_none() && keep {
            // Of nothing, too, a file is made that can be read.
            self.format = self.format.or(Some(Extension::Pcapng));
            self.writer()?;
        }
        let Some(writer) = self.writer.take() else { return Ok(Vec::new()) };
        let left_out = writer.left_out();
        drop(writer.finish()?);
        match self.made.take() {
            Some(made) if keep => made.keep()?,
            Some(_) => return Ok(Vec::new()),
            None => {}
        }
        let name = self.name();
        let mut remarks = Vec::new();
        if self.left_out > 0 {
            let blocks = self.left_out;
            let (why, what) = match self.alone {
                Some(Alone::Bare) => (
                    "packets alone go over, since comments and names could say whose they are",
                    "other blocks and packets' comments are",
                ),
                _ => ("with another link type, packets alone go over", "blocks of other kinds are"),
            };
            remarks.push(format!("{name}: {why}; {blocks} {what} left out"));
        }
        if left_out > 0 {
            remarks.push(format!(
                "{name}: pcap has no place for interfaces, names and comments; {left_out} such blocks and packets with options lost them (pcapng keeps them)"
            ));
        }
        if self.coarsened > 0 {
            let packets = self.coarsened;
            remarks.push(format!(
                "{name}: pcap counts either microseconds or nanoseconds, and its first packets have microseconds; the nanoseconds of {packets} others are lost (pcapng keeps them)"
            ));
        }
        Ok(remarks)
    }
}
