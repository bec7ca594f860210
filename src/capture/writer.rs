//! Writing: what was read, as it was, and packets of one's own.
//!
//! In the format that it was read in, every item is written as it stands in its file, byte for byte: comments,
//! interfaces, blocks of kinds that nobody knows. A section keeps its byte order, so that nothing in it has to be turned.
//!
//! From pcap to pcapng, each file becomes a section with one interface. From pcapng to pcap, packets alone go over, with their
//! times; without one, the time is 0. [`Writer::left_out`] counts what pcap has no place for.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::capture::Format;
use crate::capture::pcap::{FileHeader, Precision};
use crate::capture::pcapng::{Interface, Resolution, SectionHeader, block};
use crate::capture::record::{Item, Record, Start};
use crate::packet::{Frame, LinkType};
use crate::time::Time;

/// Why a packet cannot be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The output cannot be written.
    Io(io::Error),
    /// A pcap file has one link type, and the packets have several.
    SecondLink {
        /// That of the file.
        first: LinkType,
        /// That of the packet.
        other: LinkType,
    },
    /// The format has no room for a number: the time or the length of a frame, or its link type.
    TooLarge {
        /// What is too large.
        what: &'static str,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = |link: &LinkType| link.name().map_or_else(|| link.0.to_string(), str::to_string);
        match self {
            Self::Io(error) => write!(f, "cannot be written: {error}"),
            Self::SecondLink { first, other } => write!(
                f,
                "is pcap, which has one link type: {}, and here is a packet of {}; write pcapng, or choose packets of one with --packets",
                link(first),
                link(other)
            ),
            Self::TooLarge { what } => write!(f, "has no room for {what} of a packet"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What has been written so far.
#[derive(Clone, Debug)]
enum State {
    /// Nothing; the first item decides.
    Open,
    /// pcap, without its header: the first packet decides its link type. What is known by an interface alone.
    PcapOpen(Option<LinkType>),
    Pcap(FileHeader),
    /// pcapng, without a section.
    PcapngOpen,
    /// A section as it was read.
    Read,
    /// A section of our own, and its interfaces.
    Own(Vec<Known>),
}

/// An interface of a section of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    link: LinkType,
    resolution: Resolution,
    check_sequence: Option<u8>,
    /// The number it has elsewhere, and its name.
    elsewhere: Option<(u32, Option<String>)>,
}

/// What is said of a packet elsewhere, for [`Writer::noted`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes<'a> {
    /// The number of its interface, from 0.
    pub interface: u32,
    /// What that is called.
    pub interface_name: Option<&'a str>,
    /// What people have written about it.
    pub comments: &'a [Cow<'a, str>],
    /// Which way it went, and what else its flags say (`epb_flags`): 1 in the lowest bits is in, 2 is out.
    pub flags: Option<u32>,
    /// What its time counts; nanoseconds if nothing is said.
    pub resolution: Option<Resolution>,
}

/// Writes a capture: pcap or pcapng.
///
/// ```
/// use layercake::capture::{Reader, Writer};
/// use layercake::packet::Frame;
/// use layercake::time::Time;
///
/// let mut writer = Writer::pcapng(Vec::new());
/// let time = Time::from_nanoseconds(1_700_000_000_000_000_001);
/// writer.frame(Some(time), &Frame::ethernet(&[0; 14][..]))?;
/// writer.frame(Some(time), &Frame::raw(&[0x45; 20][..]))?;
/// let file = writer.finish()?;
///
/// let mut reader = Reader::new(&file[..])?;
/// let first = reader.next()?.unwrap();
/// assert_eq!((first.time, first.interface, first.frame.bytes.len()), (Some(time), 0, 14));
/// assert_eq!(reader.next()?.unwrap().interface, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W: Write> {
    output: W,
    state: State,
    /// What the packets that come were read from.
    source: Option<Format>,
    part: bool,
    left_out: u64,
}

impl Writer<BufWriter<File>> {
    /// Makes a file, or empties one that is there. A name that ends in `.pcap` or `.pcapng` says the format, any other leaves it
    /// to what is written first.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let output = BufWriter::new(File::create(path)?);
        Ok(match path.extension().and_then(|extension| extension.to_str()) {
            Some("pcap") => Self::pcap(output),
            Some("pcapng") => Self::pcapng(output),
            _ => Self::new(output),
        })
    }
}

impl<W: Write> Writer<W> {
    fn with(output: W, state: State) -> Self {
        Self { output, state, source: None, part: false, left_out: 0 }
    }

    /// The format of what is written first; of frames of one's own, pcapng.
    pub fn new(output: W) -> Self {
        Self::with(output, State::Open)
    }

    /// pcap, whatever was read.
    pub fn pcap(output: W) -> Self {
        Self::with(output, State::PcapOpen(None))
    }

    /// pcapng, whatever was read.
    pub fn pcapng(output: W) -> Self {
        Self::with(output, State::PcapngOpen)
    }

    /// Not every packet that was read will be written, so that lengths of sections would be wrong: they are left open.
    #[must_use]
    pub fn part(mut self) -> Self {
        self.part = true;
        self
    }

    /// How much was left out: blocks that pcap or a section of one's own has no place for, and packets whose options
    /// did not all go over.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Writes what was read. What a file or section begins with ([`Item::Start`]) and its interfaces have to come before
    /// its packets, and the items of two files must not be mixed. Into pcap that counts microseconds, times go without
    /// what is finer.
    ///
    /// # Errors
    /// [`WriteError`]; the packet is not written, and the next one may be.
    pub fn item(&mut self, item: &Item<'_>) -> Result<(), WriteError> {
        match item {
            Item::Start(start) => self.start(start),
            Item::Record(record) => self.record(record),
            Item::Interface(block) => {
                if let State::PcapOpen(link @ None) = &mut self.state
                    && let Some(interface) = Interface::read(block.body(), block.order)
                {
                    *link = Some(interface.link);
                    if !interface.says_more_than_pcap() {
                        return Ok(());
                    }
                }
                self.block(block.raw)
            }
            Item::Other(block) => self.block(block.raw),
        }
    }

    /// Writes a packet that was read, with other bytes in its frame: what was captured of it, changed. Interface, time
    /// and options stay as they were read, and its original length grows or shrinks as the bytes do, so that what the
    /// capture cut stays cut. As with [`Writer::item`], what stands before it in its file has to be written first.
    ///
    /// A hash of the old bytes (an option of pcapng) does not go over. A simple packet block does not say how much was
    /// captured: where it would be read wrong, with a frame that has grown or one that was cut, it becomes an enhanced
    /// one at the time 0.
    ///
    /// ```
    /// use layercake::capture::{Item, Reader, Writer};
    ///
    /// let file = include_bytes!("../../fixtures/formats/comments.pcapng");
    /// let mut reader = Reader::new(&file[..])?;
    /// let mut writer = Writer::new(Vec::new());
    /// while let Some(item) = reader.next_item()? {
    ///     match item {
    ///         Item::Record(record) => {
    ///             let mut frame = record.frame.bytes.to_vec();
    ///             frame[0..6].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
    ///             writer.edited(&record, &frame)?;
    ///         }
    ///         item => writer.item(&item)?,
    ///     }
    /// }
    /// let edited = writer.finish()?;
    ///
    /// let mut reader = Reader::new(&edited[..])?;
    /// let record = reader.next()?.unwrap();
    /// assert_eq!(record.frame.bytes[..6], [2, 0, 0, 0, 0, 1]);
    /// assert_eq!(record.comments().next().unwrap(), "who is it? \"192.0.2.2\"");
    /// assert_eq!(edited.len(), file.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError`]; the packet is not written, and the next one may be.
    pub fn edited(&mut self, record: &Record<'_>, bytes: &[u8]) -> Result<(), WriteError> {
        let missing = record.frame.length.saturating_sub(record.frame.bytes.len());
        self.replaced(record, &Frame { bytes, length: bytes.len().saturating_add(missing), ..record.frame })
    }

    /// The same with another frame, which says itself how long it was: one that is cut here. One of another link type goes into a
    /// section of its own, with what follows.
    ///
    /// # Errors
    /// [`WriteError`]; the packet is not written, and the next one may be.
    pub fn replaced(&mut self, record: &Record<'_>, frame: &Frame<&[u8]>) -> Result<(), WriteError> {
        let Frame { bytes, length, link, .. } = *frame;
        if (bytes, length, link) == (record.frame.bytes, record.frame.length, record.frame.link) {
            return self.record(record);
        }
        let too_large = || WriteError::TooLarge { what: "length" };
        match &self.state {
            State::Read if link != record.frame.link => {
                let resolution = Some(record.resolution);
                let notes = Notes { interface: record.interface, resolution, ..Notes::default() };
                self.count_options(record);
                self.noted(record.time, frame, &notes)
            }
            State::Read => {
                let (block, lost) = block::edit_packet(record, frame).ok_or_else(too_large)?;
                self.output.write_all(&block)?;
                self.left_out = self.left_out.saturating_add(u64::from(lost));
                Ok(())
            }
            State::Pcap(header)
                if link == header.link && self.source.is_some_and(|source| source.has_records_of(header)) =>
            {
                // What stands behind the lengths stays: interface and protocol of the modified variant.
                let time = record.time.unwrap_or_default();
                let head = header.write_record(time, bytes.len(), length).ok_or_else(too_large)?;
                let behind = record.raw.get(16..header.record_length()).unwrap_or_default();
                // The time as it stands, however odd its fraction.
                self.output.write_all(record.raw.get(..8).unwrap_or_default())?;
                self.output.write_all(head.get(8..16).unwrap_or_default())?;
                self.output.write_all(behind)?;
                Ok(self.output.write_all(bytes)?)
            }
            State::Pcap(header) if link != header.link => {
                Err(WriteError::SecondLink { first: header.link, other: link })
            }
            _ => self.record(&Record { frame: *frame, raw: &[], ..*record }),
        }
    }

    /// Writes a packet of one's own, or one out of another file without what that says of it ([`Writer::edited`] keeps
    /// that). In pcapng, a section of its own begins where one that was read stands before it; each link
    /// type gets an interface that counts nanoseconds; a whole frame without a time is a simple packet block on the first,
    /// any other without one has the time 0.
    ///
    /// # Errors
    /// [`WriteError`]; the packet is not written, and the next one may be.
    pub fn frame(&mut self, time: Option<Time>, frame: &Frame<&[u8]>) -> Result<(), WriteError> {
        if let State::PcapOpen(_) | State::Pcap(_) = self.state {
            return self.pcap_record(time, frame, Precision::Nanoseconds);
        }
        if !matches!(self.state, State::Own(_)) {
            self.own_section()?;
        }
        self.own_record(time, frame, Resolution::NANOSECONDS, None)
    }

    /// The same with what is said of the packet elsewhere, which pcap has no place for. Its interface keeps its number, if that is
    /// small and no other has it.
    ///
    /// # Errors
    /// [`WriteError`]; the packet is not written, and the next one may be.
    pub fn noted(
        &mut self,
        time: Option<Time>,
        frame: &Frame<&[u8]>,
        notes: &Notes<'_>,
    ) -> Result<(), WriteError> {
        let resolution = notes.resolution.unwrap_or(Resolution::NANOSECONDS);
        if let State::PcapOpen(_) | State::Pcap(_) = self.state {
            let lost = notes.interface > 0
                || notes.interface_name.is_some()
                || !notes.comments.is_empty()
                || notes.flags.is_some();
            self.left_out = self.left_out.saturating_add(u64::from(lost));
            let precision = match resolution.is_finer_than_microseconds() {
                true => Precision::Nanoseconds,
                false => Precision::Microseconds,
            };
            return self.pcap_record(time, frame, precision);
        }
        if !matches!(self.state, State::Own(_)) {
            self.own_section()?;
        }
        self.own_record(time, frame, resolution, Some(notes))
    }

    /// Writes what is held back, and gives the output back. A pcap file without packets gets its header.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(mut self) -> Result<W, WriteError> {
        match self.state {
            State::PcapOpen(link) => {
                let header = FileHeader::new(link.unwrap_or(LinkType::ETHERNET), Precision::Microseconds);
                self.output.write_all(&header.write())?;
            }
            State::PcapngOpen => self.own_section()?,
            _ => {}
        }
        self.output.flush()?;
        Ok(self.output)
    }

    /// Where it writes to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }

    /// Writes what is held back.
    ///
    /// # Errors
    /// What the output says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn start(&mut self, start: &Start<'_>) -> Result<(), WriteError> {
        self.source = Some(start.format);
        match (&self.state, &start.format) {
            (State::Open | State::PcapOpen(_), Format::Pcap(header)) => self.pcap_start(start.raw, header),
            (State::PcapOpen(_) | State::Pcap(_), _) => Ok(()),
            (State::PcapngOpen | State::Read | State::Own(_), Format::Pcap(_)) => self.own_section(),
            (_, Format::Pcapng(header)) => {
                self.state = State::Read;
                let mut raw = start.raw.to_vec();
                let length = SectionHeader::LENGTH_AT..SectionHeader::LENGTH_AT.saturating_add(8);
                if let Some(length) = raw.get_mut(length).filter(|_| self.part && header.length.is_some()) {
                    length.fill(0xff);
                }
                Ok(self.output.write_all(&raw)?)
            }
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), WriteError> {
        match &self.state {
            State::Read => Ok(self.output.write_all(record.raw)?),
            State::Pcap(header) if self.source.is_some_and(|source| source.has_records_of(header)) => {
                Ok(self.output.write_all(record.raw)?)
            }
            State::PcapOpen(_) | State::Pcap(_) => {
                let finer = record.resolution.is_finer_than_microseconds();
                let precision = if finer { Precision::Nanoseconds } else { Precision::Microseconds };
                self.pcap_record(record.time, &record.frame, precision)?;
                self.count_options(record);
                Ok(())
            }
            State::Own(_) | State::Open | State::PcapngOpen => {
                if !matches!(self.state, State::Own(_)) {
                    self.own_section()?;
                }
                self.own_record(record.time, &record.frame, record.resolution, None)?;
                self.count_options(record);
                Ok(())
            }
        }
    }

    /// Counts a packet whose options do not go over.
    fn count_options(&mut self, record: &Record<'_>) {
        self.left_out = self.left_out.saturating_add(u64::from(record.options().next().is_some()));
    }

    /// A block that is no packet.
    fn block(&mut self, raw: &[u8]) -> Result<(), WriteError> {
        match self.state {
            State::Read => Ok(self.output.write_all(raw)?),
            _ => {
                self.left_out = self.left_out.saturating_add(1);
                Ok(())
            }
        }
    }

    fn pcap_start(&mut self, raw: &[u8], header: &FileHeader) -> Result<(), WriteError> {
        self.state = State::Pcap(*header);
        Ok(self.output.write_all(raw)?)
    }

    /// A packet into a pcap file, which begins with it if it has not begun.
    fn pcap_record(
        &mut self,
        time: Option<Time>,
        frame: &Frame<&[u8]>,
        precision: Precision,
    ) -> Result<(), WriteError> {
        let header = match &self.state {
            State::Pcap(header) => *header,
            _ => {
                let mut header = FileHeader::new(frame.link, precision);
                header.check_sequence = frame.check_sequence;
                self.pcap_start(&header.write(), &header)?;
                header
            }
        };
        if header.link != frame.link {
            return Err(WriteError::SecondLink { first: header.link, other: frame.link });
        }
        let head = header
            .write_record(time.unwrap_or_default(), frame.bytes.len(), frame.length)
            .ok_or(WriteError::TooLarge { what: "time or length" })?;
        self.output.write_all(head.get(..header.record_length()).unwrap_or_default())?;
        Ok(self.output.write_all(frame.bytes)?)
    }

    fn own_block(&mut self, kind: u32, body: &[u8]) -> Result<(), WriteError> {
        let block = block::write_block(kind, body).ok_or(WriteError::TooLarge { what: "length" })?;
        Ok(self.output.write_all(&block)?)
    }

    fn own_section(&mut self) -> Result<(), WriteError> {
        self.state = State::Own(Vec::new());
        self.own_block(block::SECTION, &SectionHeader::write())
    }

    /// A packet into a section of our own, behind its interface if that is a new one.
    fn own_record(
        &mut self,
        time: Option<Time>,
        frame: &Frame<&[u8]>,
        resolution: Resolution,
        notes: Option<&Notes<'_>>,
    ) -> Result<(), WriteError> {
        let State::Own(interfaces) = &mut self.state else { return Ok(()) };
        let finer = resolution.is_finer_than_microseconds();
        let resolution = if finer { Resolution::NANOSECONDS } else { Resolution::MICROSECONDS };
        if !block::fits(frame.link) {
            return Err(WriteError::TooLarge { what: "link type" });
        }
        let elsewhere = notes.map(|notes| (notes.interface, notes.interface_name.map(str::to_string)));
        let wanted = Known { link: frame.link, resolution, check_sequence: frame.check_sequence, elsewhere };
        let known = interfaces.iter().position(|interface| *interface == wanted);
        let mut number = known.unwrap_or(interfaces.len());
        if known.is_none() {
            let keeps = notes.map(|notes| notes.interface as usize).filter(|kept| *kept < MOST_FILLED);
            let mut descriptions = Vec::new();
            // Those before it, of which nothing is known yet; they count as its like.
            while keeps.is_some_and(|kept| interfaces.len() < kept) {
                let elsewhere = u32::try_from(interfaces.len()).ok().map(|number| (number, None));
                interfaces.push(Known { elsewhere, ..wanted.clone() });
                descriptions.push(Known { elsewhere: None, ..wanted.clone() });
            }
            number = interfaces.len();
            interfaces.push(wanted.clone());
            descriptions.push(wanted);
            for known in descriptions {
                let mut interface = Interface::new(known.link, 0);
                interface.resolution = known.resolution;
                interface.check_sequence = known.check_sequence;
                let name = known.elsewhere.and_then(|(_, name)| name);
                self.own_block(block::INTERFACE, &interface.write(name.as_deref()))?;
            }
        }
        let stamp = time.map(|time| match finer {
            true => time.nanoseconds(),
            false => time.nanoseconds() / 1000,
        });
        let comments = notes.map_or(&[][..], |notes| notes.comments);
        let flags = notes.and_then(|notes| notes.flags);
        let (kind, body) = u32::try_from(number)
            .ok()
            .and_then(|number| block::write_packet(number, stamp, frame, comments, flags))
            .ok_or(WriteError::TooLarge { what: "length" })?;
        self.own_block(kind, &body)
    }
}

/// Interfaces that are put before one so that it keeps its number, at most.
const MOST_FILLED: usize = 256;
