//! Reading: any capture, compressed or not, by what it begins with.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::capture::buffer::Buffer;
use crate::capture::error::{CaptureError, Place, Reason, Unit};
use crate::capture::pcap::{FileHeader, LONGEST_FRAME};
use crate::capture::pcapng::block::{self, Packet};
use crate::capture::pcapng::{Interface, LONGEST_BLOCK, Resolution, SectionHeader};
use crate::capture::record::{Block, Item, Record, Start};
use crate::capture::{Compression, Order};
use crate::packet::{Frame, LinkType};
use crate::time::Time;

/// What a capture is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Classic pcap, and what its file header says.
    Pcap(FileHeader),
    /// pcapng, and what the header of the section says that is being read.
    Pcapng(SectionHeader),
}

impl Format {
    /// Whether its records, as they stand, fit into a pcap file that begins so.
    pub(super) fn has_records_of(&self, other: &FileHeader) -> bool {
        match self {
            Self::Pcap(header) => FileHeader { snapshot_length: other.snapshot_length, ..*header } == *other,
            Self::Pcapng(_) => false,
        }
    }
}

/// Whether bytes begin as a capture file does, of whatever kind, compressed or not. Four are enough.
pub fn is_capture(start: &[u8]) -> bool {
    let pcapng = Order::Big.u32(start, 0) == Some(block::SECTION);
    pcapng
        || FileHeader::of(start).is_some()
        || Compression::of(start).is_some()
        || other_format(start).is_some()
}

/// Captures of kinds that are not read.
fn other_format(start: &[u8]) -> Option<&'static str> {
    match start.first_chunk()? {
        b"snoo" => Some("a snoop file"),
        [0x02, 0x21, 0x4c, 0x18] => Some("compressed with lz4's legacy format"),
        b"BZh9" => Some("compressed with bzip2"),
        [0xfd, b'7', b'z', b'X'] => Some("compressed with xz"),
        _ => None,
    }
}

/// Where bytes come from.
#[derive(Debug)]
enum Source<R: Read> {
    Plain(R),
    #[cfg(feature = "compression")]
    Unpack(Box<super::compress::unpack::Unpack<R>>),
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(place),
            #[cfg(feature = "compression")]
            Self::Unpack(input) => input.read(place),
        }
    }
}

/// Reads a capture record by record: pcap or pcapng, plain or compressed, whatever it begins as.
///
/// It reads in large pieces, and waits for no more than the next record: no other buffer is needed, and from a pipe
/// packets come as they come.
///
/// ```
/// use layercake::capture::Reader;
///
/// let mut reader = Reader::new(&include_bytes!("../../fixtures/arp.pcap")[..])?;
/// let mut count = 0;
/// while let Some(record) = reader.next()? {
///     count += 1;
///     assert_eq!(record.number, count);
/// }
/// assert_eq!(count, 6);
/// # Ok::<(), layercake::capture::CaptureError>(())
/// ```
#[derive(Debug)]
pub struct Reader<R: Read> {
    buffer: Buffer<Source<R>>,
    format: Format,
    compression: Option<Compression>,
    interfaces: Vec<Interface>,
    /// Bytes of the interfaces' options.
    kept: usize,
    section: u32,
    /// Records or blocks so far.
    units: u64,
    packets: u64,
    /// Bytes of the item that was given out last, which still stands in the buffer.
    pending: usize,
    first: bool,
    over: bool,
}

/// What the next item is and where it stands in the buffer.
#[derive(Clone, Copy)]
enum Step {
    Start { length: usize },
    Block { kind: u32, length: usize },
    Packet(Found),
}

/// Where a packet stands.
#[derive(Clone, Copy)]
struct Found {
    interface: u32,
    time: Option<Time>,
    resolution: Resolution,
    link: LinkType,
    length: usize,
    check_sequence: Option<u8>,
    /// First byte of the frame, and how many were captured.
    data: (usize, usize),
    /// First byte of the options, and how many there are.
    options: (usize, usize),
    whole: usize,
}

impl Reader<File> {
    /// Opens a file.
    ///
    /// ```no_run
    /// use layercake::capture::Reader;
    ///
    /// let mut reader = Reader::open("capture.pcapng.gz")?;
    /// while let Some(record) = reader.next()? {
    ///     println!("{} bytes on interface {}", record.frame.length, record.interface);
    /// }
    /// # Ok::<(), layercake::capture::CaptureError>(())
    /// ```
    ///
    /// # Errors
    /// [`CaptureError`] if it cannot be opened or is no capture.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        Self::new(File::open(path).map_err(CaptureError::Io)?)
    }
}

impl<R: Read> Reader<R> {
    /// Reads what the input begins with.
    ///
    /// # Errors
    /// [`CaptureError`] if it is no capture.
    pub fn new(input: R) -> Result<Self, CaptureError> {
        let mut plain = Buffer::new(input);
        plain.fill(4).map_err(CaptureError::Io)?;
        let compression = Compression::of(plain.bytes());
        let mut buffer = match compression {
            Some(compression) => unpack(plain, compression)?,
            None => plain.map(Source::Plain),
        };
        fill(&mut buffer, 4, 0)?;
        let start = buffer.bytes();
        let format = if Order::Big.u32(start, 0) == Some(block::SECTION) {
            Format::Pcapng(section_header(&mut buffer)?)
        } else if let Some((variant, ..)) = FileHeader::of(start) {
            let needed = FileHeader::length_of(variant);
            let available = fill(&mut buffer, needed, 0)?;
            match FileHeader::read(buffer.bytes()).filter(|_| available >= needed) {
                Some(header) => Format::Pcap(header),
                None => return Err(CaptureError::CutHeader { needed, available }),
            }
        } else if let Some(format) = other_format(start) {
            return Err(CaptureError::NotRead { format });
        } else {
            let magic = start.get(..4).unwrap_or(start).to_vec();
            return Err(CaptureError::NotACapture { magic, compression });
        };
        let interfaces = match &format {
            Format::Pcap(header) => vec![header.interface()],
            Format::Pcapng(_) => Vec::new(),
        };
        Ok(Self {
            buffer,
            format,
            compression,
            interfaces,
            kept: 0,
            section: 0,
            units: 0,
            packets: 0,
            pending: 0,
            first: true,
            over: false,
        })
    }

    /// What it is written in; of pcapng, the section that the last record stood in.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// What it is compressed with.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The interfaces that the section has described so far. A pcap file has one.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// The next packet; `None` at the end of the file, and behind an error that ends the reading.
    ///
    /// # Errors
    /// [`CaptureError`] where the file is cut or damaged. Behind some of them reading goes on:
    /// [`CaptureError::ends_reading`].
    #[allow(clippy::should_implement_trait)] // The record borrows the buffer.
    pub fn next(&mut self) -> Result<Option<Record<'_>>, CaptureError> {
        loop {
            match self.advance()? {
                Some(Step::Packet(found)) => return Ok(Some(self.record(found))),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next packet or whatever else stands in the file: for those who write it again
    /// ([`Writer::item`](super::Writer::item)). A mix of this and [`Reader::next`] reads on from where it is.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, CaptureError> {
        let Some(step) = self.advance()? else { return Ok(None) };
        let bytes = self.buffer.bytes();
        let raw = |length| bytes.get(..length).unwrap_or_default();
        Ok(Some(match step {
            Step::Packet(found) => Item::Record(self.record(found)),
            Step::Start { length } => Item::Start(Start { format: self.format, raw: raw(length) }),
            Step::Block { kind, length } => {
                let block = Block { kind, order: self.order(), raw: raw(length) };
                if kind == block::INTERFACE { Item::Interface(block) } else { Item::Other(block) }
            }
        }))
    }

    fn order(&self) -> Order {
        match &self.format {
            Format::Pcap(header) => header.order,
            Format::Pcapng(header) => header.order,
        }
    }

    #[inline]
    fn record(&self, found: Found) -> Record<'_> {
        let bytes = self.buffer.bytes();
        let part = |(start, length): (usize, usize)| {
            bytes.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default()
        };
        Record {
            number: self.packets,
            section: self.section,
            interface: found.interface,
            time: found.time,
            resolution: found.resolution,
            frame: Frame {
                link: found.link,
                bytes: part(found.data),
                length: found.length,
                check_sequence: found.check_sequence,
                begins: None,
            },
            order: self.order(),
            raw: part((0, found.whole)),
            options: part(found.options),
        }
    }

    /// Goes on to the next item.
    #[inline]
    fn advance(&mut self) -> Result<Option<Step>, CaptureError> {
        self.buffer.consume(std::mem::take(&mut self.pending));
        if self.over {
            return Ok(None);
        }
        let step = match self.format {
            Format::Pcap(header) if self.first => {
                self.section = 1;
                Ok(Some(Step::Start { length: FileHeader::length_of(header.variant) }))
            }
            Format::Pcap(header) => self.pcap(&header),
            Format::Pcapng(_) => self.block(),
        };
        self.first = false;
        match &step {
            Ok(Some(Step::Start { length } | Step::Block { length, .. })) => self.pending = *length,
            Ok(Some(Step::Packet(found))) => self.pending = found.whole,
            Ok(None) => self.over = true,
            Err(error) => self.over = error.ends_reading(),
        }
        step
    }

    #[inline]
    fn fill(&mut self, wanted: usize) -> Result<usize, CaptureError> {
        fill(&mut self.buffer, wanted, self.packets)
    }

    fn place(&self, unit: Unit) -> Place {
        let number = self.units.saturating_add(1);
        Place { unit, number, offset: self.buffer.offset(), packets: self.packets }
    }

    /// The next record of a pcap file.
    #[inline]
    fn pcap(&mut self, header: &FileHeader) -> Result<Option<Step>, CaptureError> {
        let head = header.record_length();
        let available = self.fill(head)?;
        let record = header.read_record(self.buffer.bytes());
        let Some(record) = record.filter(|_| available >= head) else {
            let place = self.place(Unit::Record);
            return match available {
                0 => Ok(None),
                available => Err(CaptureError::Cut { place, needed: head, available }),
            };
        };
        if record.captured > LONGEST_FRAME {
            let (place, claimed) = (self.place(Unit::Record), record.captured);
            return Err(CaptureError::BadLength { place, claimed, possible: (0, LONGEST_FRAME) });
        }
        let captured = record.captured as usize;
        let whole = captured.saturating_add(head);
        let available = self.fill(whole)?;
        if available < whole {
            return Err(CaptureError::Cut { place: self.place(Unit::Record), needed: whole, available });
        }
        self.units = self.units.saturating_add(1);
        self.packets = self.packets.saturating_add(1);
        Ok(Some(Step::Packet(Found {
            interface: 0,
            time: Some(record.time),
            resolution: header.resolution(),
            link: header.link,
            length: (record.length as usize).max(captured),
            check_sequence: header.check_sequence,
            data: (head, captured),
            options: (0, 0),
            whole,
        })))
    }

    /// The next block of a pcapng file.
    fn block(&mut self) -> Result<Option<Step>, CaptureError> {
        let place = self.place(Unit::Block);
        let available = self.fill(8)?;
        if available == 0 {
            return Ok(None);
        }
        // A section's header says its byte order behind type and length.
        let header = self.buffer.bytes();
        let is_section = Order::Big.u32(header, 0) == Some(block::SECTION);
        let needed = if is_section { 12 } else { 8 };
        let available = self.fill(needed)?;
        if available < needed {
            return Err(CaptureError::Cut { place, needed, available });
        }
        let bad = |reason| CaptureError::Bad { place, reason };
        let bytes = self.buffer.bytes();
        let order = match bytes.get(8..).and_then(|rest| rest.first_chunk()) {
            Some(found) if is_section => SectionHeader::order(*found).map_err(bad)?,
            _ => self.order(),
        };
        let kind = order.u32(bytes, 0).unwrap_or_default();
        let claimed = order.u32(bytes, 4).unwrap_or_default();
        if !(12..=LONGEST_BLOCK).contains(&claimed) {
            return Err(CaptureError::BadLength { place, claimed, possible: (12, LONGEST_BLOCK) });
        }
        // Some have written a length without what fills the block up.
        let length = (claimed as usize).next_multiple_of(4);
        let available = self.fill(length)?;
        let Some(bytes) = self.buffer.bytes().get(..length) else {
            return Err(CaptureError::Cut { place, needed: length, available });
        };
        let body = bytes.get(8..length.saturating_sub(4)).unwrap_or_default();
        let last = order.u32(bytes, length.saturating_sub(4)).unwrap_or_default();
        if last != claimed {
            return Err(bad(Reason::LengthsDiffer { first: claimed, last }));
        }
        self.units = self.units.saturating_add(1);
        let step = match kind {
            block::SECTION => {
                self.format = Format::Pcapng(SectionHeader::read(body, order).map_err(bad)?);
                self.section = self.section.saturating_add(1);
                self.interfaces.clear();
                self.kept = 0;
                Ok(Step::Start { length })
            }
            block::INTERFACE => {
                // Without it, the numbers of those behind it would be wrong.
                let short = Reason::ShortInterface { available: body.len() };
                let interface = Interface::read(body, order).ok_or_else(|| bad(short))?;
                self.kept = self.kept.saturating_add(interface.size());
                if self.interfaces.len() >= block::MOST_INTERFACES || self.kept > block::MOST_OPTIONS {
                    return Err(bad(Reason::ManyInterfaces));
                }
                self.interfaces.push(interface);
                Ok(Step::Block { kind, length })
            }
            block::ENHANCED_PACKET | block::SIMPLE_PACKET | block::OLD_PACKET => {
                self.packets = self.packets.saturating_add(1);
                Packet::read(kind, body, order, &self.interfaces)
                    .map(|packet| Step::Packet(found(kind, &packet, body, order, &self.interfaces)))
            }
            kind => Ok(Step::Block { kind, length }),
        };
        // What it holds cannot be; where the next one begins is known.
        step.map(Some).map_err(|reason| {
            self.pending = length;
            bad(reason)
        })
    }
}

/// Where a packet stands in its block.
fn found(kind: u32, packet: &Packet<'_>, body: &[u8], order: Order, interfaces: &[Interface]) -> Found {
    let interface = interfaces.get(packet.interface as usize);
    // Type and length of the block come before its body.
    let data = if kind == block::SIMPLE_PACKET { 12usize } else { 28 };
    let behind = body.len().saturating_add(8).saturating_sub(packet.options.len());
    let resolution = interface.map_or(Resolution::MICROSECONDS, |interface| interface.resolution);
    let offset = interface.map_or(0, |interface| interface.offset);
    Found {
        interface: packet.interface,
        time: packet.stamp.and_then(|stamp| resolution.time(stamp, offset)),
        resolution,
        link: interface.map(|interface| interface.link).unwrap_or_default(),
        length: (packet.length as usize).max(packet.data.len()),
        check_sequence: packet
            .check_sequence(order)
            .or_else(|| interface.and_then(|interface| interface.check_sequence)),
        data: (data, packet.data.len()),
        options: (behind, packet.options.len()),
        whole: body.len().saturating_add(12),
    }
}

/// The section header that a file begins with, left in the buffer: it comes as the first item.
fn section_header<R: Read>(buffer: &mut Buffer<Source<R>>) -> Result<SectionHeader, CaptureError> {
    let needed = SectionHeader::FIXED.saturating_add(12);
    let available = fill(buffer, needed, 0)?;
    let place = Place { unit: Unit::Block, number: 1, offset: 0, packets: 0 };
    let bad = |reason| CaptureError::Bad { place, reason };
    let bytes = buffer.bytes();
    let body = bytes.get(8..).unwrap_or_default();
    let Some(found) = body.first_chunk().filter(|_| available >= needed) else {
        return Err(CaptureError::CutHeader { needed, available });
    };
    let order = SectionHeader::order(*found).map_err(bad)?;
    SectionHeader::read(body, order).map_err(bad)
}

fn fill<R: Read>(buffer: &mut Buffer<Source<R>>, wanted: usize, packets: u64) -> Result<usize, CaptureError> {
    match buffer.fill(wanted) {
        Ok(there) => Ok(there),
        Err(error) => Err(explain(error, buffer.input(), packets)),
    }
}

#[cold]
fn explain<R: Read>(error: io::Error, source: &Source<R>, packets: u64) -> CaptureError {
    match source {
        #[cfg(feature = "compression")]
        Source::Unpack(input)
            if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            let compression = input.compression();
            CaptureError::Compressed { compression, packets, message: error.to_string() }
        }
        // A decompressor does not go on behind an error, whatever it is.
        #[cfg(feature = "compression")]
        Source::Unpack(_) => CaptureError::Io(io::Error::other(error)),
        Source::Plain(_) => {
            let _ = packets;
            CaptureError::Io(error)
        }
    }
}

#[cfg(feature = "compression")]
fn unpack<R: Read>(buffer: Buffer<R>, compression: Compression) -> Result<Buffer<Source<R>>, CaptureError> {
    let unpack = super::compress::unpack::Unpack::new(compression, buffer);
    Ok(Buffer::new(Source::Unpack(Box::new(unpack))))
}

#[cfg(not(feature = "compression"))]
fn unpack<R: Read>(_: Buffer<R>, compression: Compression) -> Result<Buffer<Source<R>>, CaptureError> {
    let format = match compression {
        Compression::Gzip => "compressed with gzip",
        Compression::Zstd => "compressed with zstd",
        Compression::Lz4 => "compressed with lz4",
    };
    Err(CaptureError::NotRead { format })
}
