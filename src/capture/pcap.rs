//! The classic pcap format ([draft-ietf-opsawg-pcap](https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/)).

use std::fmt;
use std::io::{self, Read};

use crate::packet::{Frame, LinkType};
use crate::time::Time;

/// The longest frame that is read, in bytes: what libpcap allows.
pub const LONGEST_FRAME: u32 = 262_144;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// How the numbers of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// What the fraction of a time stamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Byte order.
    pub order: Order,
    /// Precision of the time stamps.
    pub precision: Precision,
    /// The most bytes of a frame that were captured.
    pub snapshot_length: u32,
    /// What the frames begin with.
    pub link: LinkType,
}

/// One captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was captured.
    pub time: Time,
    /// The frame.
    pub frame: Frame<&'a [u8]>,
}

/// What is wrong with a capture file.
#[derive(Debug)]
pub enum CaptureError {
    /// It could not be read.
    Io(io::Error),
    /// It does not begin as a capture does.
    NotACapture {
        /// Its first four bytes, as far as they are there.
        magic: Vec<u8>,
    },
    /// It is a capture, of a kind that is not read.
    NotRead {
        /// Which.
        format: &'static str,
    },
    /// It ends within the file header.
    CutHeader {
        /// Bytes that are there.
        available: usize,
    },
    /// It ends within a record.
    Cut {
        /// The record, from 1.
        record: u64,
        /// Where the record begins in the file.
        offset: u64,
        /// Bytes that it has.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// A record claims a length that no frame has.
    BadLength {
        /// The record, from 1.
        record: u64,
        /// Where the record begins in the file.
        offset: u64,
        /// The length that it claims.
        claimed: u32,
    },
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::NotACapture { magic } => {
                write!(
                    f,
                    "is no capture file: it begins with {}",
                    magic.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
                )
            }
            Self::NotRead { format } => {
                write!(f, "is {format}, which is not read yet; `editcap -F pcap` makes pcap of it")
            }
            Self::CutHeader { available } => {
                write!(f, "ends within the file header: {FILE_HEADER} bytes needed, {available} there")
            }
            Self::Cut { record, offset, needed, available } => write!(
                f,
                "is cut in record {record} at byte {offset}: {needed} bytes needed, {available} there; the {} before it are whole",
                record.saturating_sub(1)
            ),
            Self::BadLength { record, offset, claimed } => write!(
                f,
                "is damaged in record {record} at byte {offset}: it claims {claimed} captured bytes, at most {LONGEST_FRAME} are possible; what follows cannot be found, the {} before it are whole",
                record.saturating_sub(1)
            ),
        }
    }
}

impl std::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether bytes begin as a capture file does, of whatever kind.
pub fn is_capture(start: &[u8]) -> bool {
    start
        .first_chunk()
        .is_some_and(|magic| !matches!(header_of(*magic), Err(CaptureError::NotACapture { .. })))
}

fn header_of(magic: [u8; 4]) -> Result<(Order, Precision), CaptureError> {
    match u32::from_be_bytes(magic) {
        0xa1b2_c3d4 => Ok((Order::Big, Precision::Microseconds)),
        0xd4c3_b2a1 => Ok((Order::Little, Precision::Microseconds)),
        0xa1b2_3c4d => Ok((Order::Big, Precision::Nanoseconds)),
        0x4d3c_b2a1 => Ok((Order::Little, Precision::Nanoseconds)),
        0x0a0d_0d0a => Err(CaptureError::NotRead { format: "a pcapng file" }),
        0xa1b2_cd34 | 0x34cd_b2a1 => {
            Err(CaptureError::NotRead { format: "a pcap file of the modified kind" })
        }
        0x1f8b_0800..=0x1f8b_08ff => Err(CaptureError::NotRead { format: "compressed with gzip" }),
        _ => Err(CaptureError::NotACapture { magic: magic.to_vec() }),
    }
}

/// Reads a pcap file record by record.
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
pub struct Reader<R> {
    input: R,
    header: FileHeader,
    buffer: Vec<u8>,
    offset: u64,
    number: u64,
    broken: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the file header. The input is read in small pieces: give a buffered one.
    ///
    /// # Errors
    /// [`CaptureError`] if it is no pcap file.
    pub fn new(mut input: R) -> Result<Self, CaptureError> {
        let mut bytes = [0; FILE_HEADER];
        let available = read_up_to(&mut input, &mut bytes)?;
        let magic = bytes.first_chunk().copied().unwrap_or_default();
        if available < 4 {
            return Err(CaptureError::NotACapture { magic: bytes.get(..available).unwrap_or(&[]).to_vec() });
        }
        let (order, precision) = header_of(magic)?;
        if available < FILE_HEADER {
            return Err(CaptureError::CutHeader { available });
        }
        let header = FileHeader {
            order,
            precision,
            snapshot_length: number(&bytes, 16, order),
            // The upper bits say how long a frame check sequence is, which the frames show themselves.
            link: LinkType(number(&bytes, 20, order) & 0xffff),
        };
        Ok(Self { input, header, buffer: Vec::new(), offset: FILE_HEADER as u64, number: 0, broken: false })
    }

    /// What the file begins with.
    pub fn header(&self) -> &FileHeader {
        &self.header
    }

    /// The next record; `None` at the end of the file, and behind an error.
    ///
    /// # Errors
    /// [`CaptureError`] where the file is cut or damaged.
    #[allow(clippy::should_implement_trait)] // The record borrows the buffer.
    pub fn next(&mut self) -> Result<Option<Record<'_>>, CaptureError> {
        if self.broken {
            return Ok(None);
        }
        self.broken = true;
        let record = self.number.saturating_add(1);
        let offset = self.offset;
        let mut head = [0; RECORD_HEADER];
        let available = read_up_to(&mut self.input, &mut head)?;
        if available == 0 {
            return Ok(None);
        }
        if available < RECORD_HEADER {
            return Err(CaptureError::Cut { record, offset, needed: RECORD_HEADER, available });
        }
        let order = self.header.order;
        let captured = number(&head, 8, order);
        if captured > LONGEST_FRAME {
            return Err(CaptureError::BadLength { record, offset, claimed: captured });
        }
        let captured = captured as usize;
        if self.buffer.len() < captured {
            self.buffer.resize(captured, 0);
        }
        let buffer = self.buffer.get_mut(..captured).unwrap_or_default();
        let there = read_up_to(&mut self.input, buffer)?;
        if there < captured {
            let whole = captured.saturating_add(RECORD_HEADER);
            let available = there.saturating_add(RECORD_HEADER);
            return Err(CaptureError::Cut { record, offset, needed: whole, available });
        }
        let fraction = u64::from(number(&head, 4, order));
        let nanoseconds = match self.header.precision {
            Precision::Microseconds => fraction.saturating_mul(1000),
            Precision::Nanoseconds => fraction,
        };
        self.offset = offset.saturating_add(RECORD_HEADER as u64).saturating_add(captured as u64);
        self.number = record;
        self.broken = false;
        Ok(Some(Record {
            number: record,
            time: Time::new(number(&head, 0, order), nanoseconds),
            frame: Frame {
                link: self.header.link,
                bytes: buffer,
                length: (number(&head, 12, order) as usize).max(captured),
                check_sequence: None,
            },
        }))
    }
}

/// Reads until the place is full or the input ends, and says how much there was.
fn read_up_to(input: &mut impl Read, place: &mut [u8]) -> Result<usize, CaptureError> {
    let mut filled = 0usize;
    while let Some(rest) = place.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CaptureError::Io(error)),
        }
    }
    Ok(filled)
}

fn number(bytes: &[u8], at: usize, order: Order) -> u32 {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    match order {
        Order::Little => u32::from_le_bytes(word),
        Order::Big => u32::from_be_bytes(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same sound packet in every variant: the file fixtures/README.md describes.
    #[test]
    fn orders_and_precisions() {
        let files: [(&[u8], Order, Precision, u64); 3] = [
            (
                include_bytes!("../../fixtures/bad/be-us.pcap"),
                Order::Big,
                Precision::Microseconds,
                123_456_000,
            ),
            (
                include_bytes!("../../fixtures/bad/be-ns.pcap"),
                Order::Big,
                Precision::Nanoseconds,
                123_456_789,
            ),
            (
                include_bytes!("../../fixtures/bad/le-ns.pcap"),
                Order::Little,
                Precision::Nanoseconds,
                123_456_789,
            ),
        ];
        let mut frames = Vec::new();
        for (file, order, precision, fraction) in files {
            let mut reader = Reader::new(file).unwrap();
            assert_eq!((reader.header().order, reader.header().precision), (order, precision));
            let record = reader.next().unwrap().unwrap();
            assert_eq!(record.time.nanoseconds(), 1_700_000_000_000_000_000 + fraction);
            frames.push(record.frame.bytes.to_vec());
            assert!(reader.next().unwrap().is_none());
        }
        assert!(frames.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn what_was_whole_is_delivered() {
        let file = &include_bytes!("../../fixtures/bad/truncated-record.pcap")[..];
        let mut reader = Reader::new(file).unwrap();
        for number in 1..=3 {
            assert_eq!(reader.next().unwrap().unwrap().number, number);
        }
        assert!(matches!(reader.next(), Err(CaptureError::Cut { record: 4, .. })));
        assert!(reader.next().unwrap().is_none());

        let file = &include_bytes!("../../fixtures/bad/bad-record-length.pcap")[..];
        let mut reader = Reader::new(file).unwrap();
        assert!(reader.next().unwrap().is_some() && reader.next().unwrap().is_some());
        assert!(matches!(reader.next(), Err(CaptureError::BadLength { record: 3, .. })));
    }

    #[test]
    fn every_cut_is_an_error_or_an_end() {
        let file = &include_bytes!("../../fixtures/arp.pcap")[..];
        // Where each record ends, by the lengths in the file.
        let mut ends = vec![24];
        while let Some(length) = file.get(ends[ends.len() - 1] + 8..).and_then(|rest| rest.first_chunk::<4>())
        {
            ends.push(ends[ends.len() - 1] + 16 + u32::from_le_bytes(*length) as usize);
        }
        assert_eq!((ends.len(), ends[6]), (7, file.len()));
        for end in 0..file.len() {
            let Ok(mut reader) = Reader::new(&file[..end]) else {
                assert!(end < 24, "cut at {end}");
                continue;
            };
            let mut count = 0;
            let damaged = loop {
                match reader.next() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            };
            let whole = ends.iter().filter(|record| **record <= end).count() - 1;
            assert_eq!((count, damaged), (whole, !ends.contains(&end)), "cut at {end}");
        }
    }
}
