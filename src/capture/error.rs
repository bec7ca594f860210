//! What is wrong with a capture file, and where.

use std::fmt;
use std::io;

use crate::capture::Compression;

/// What is counted in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// The records of a pcap file.
    Record,
    /// The blocks of a pcapng file.
    Block,
}

/// Where in a file something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What `number` counts.
    pub unit: Unit,
    /// The record or block, from 1.
    pub number: u64,
    /// Where it begins; in a compressed file, in what is compressed.
    pub offset: u64,
    /// Packets that stand before it.
    pub packets: u64,
}

/// What is wrong with a capture file.
///
/// Reading ends behind most of these. Behind some, which [`CaptureError::ends_reading`] tells, the next block can be
/// found, and reading goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum CaptureError {
    /// It could not be read.
    Io(io::Error),
    /// It does not begin as a capture does.
    NotACapture {
        /// Its first four bytes, as far as they are there.
        magic: Vec<u8>,
        /// What it is compressed with; the bytes are those inside.
        compression: Option<Compression>,
    },
    /// It is a capture, of a kind that is not read.
    NotRead {
        /// Which.
        format: &'static str,
    },
    /// It ends within the file header.
    CutHeader {
        /// Bytes that the header has.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// It ends within a record or block.
    Cut {
        /// Which.
        place: Place,
        /// Bytes that it has.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// A record or block claims a length that none has.
    BadLength {
        /// Which.
        place: Place,
        /// The length that it claims.
        claimed: u32,
        /// The lengths that are possible.
        possible: (u32, u32),
    },
    /// A block is whole, and what stands in it cannot be.
    Bad {
        /// Which.
        place: Place,
        /// What is wrong.
        reason: Reason,
    },
    /// What it is compressed with cannot be undone from here on.
    Compressed {
        /// With what.
        compression: Compression,
        /// Packets that stand before.
        packets: u64,
        /// What is wrong, in the words of the decompressor.
        message: String,
    },
}

/// What is wrong with a pcapng block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It says its length at its beginning and at its end, and the two differ.
    LengthsDiffer {
        /// The one at the beginning.
        first: u32,
        /// The one at the end.
        last: u32,
    },
    /// The header of a section does not say which byte order it has.
    NoByteOrder {
        /// What stands there.
        found: [u8; 4],
    },
    /// The section is of a version that is not known.
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// It is too short for its kind.
    Short {
        /// Bytes that its fixed part has.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// The description of an interface is too short, so that the numbers of the interfaces behind it are not known.
    ShortInterface {
        /// Bytes that are there.
        available: usize,
    },
    /// A packet came from an interface that its section does not describe.
    NoInterface {
        /// The interface.
        number: u32,
        /// How many are described.
        known: usize,
    },
    /// A packet claims more captured bytes than its block holds.
    Beyond {
        /// What it claims.
        claimed: u32,
        /// What there is room for.
        room: usize,
    },
    /// A section describes more interfaces than are kept.
    ManyInterfaces,
}

impl CaptureError {
    /// Whether nothing can be read behind it. An input that had nothing yet ([`io::ErrorKind::WouldBlock`],
    /// [`io::ErrorKind::TimedOut`]) can be asked again, and nothing is lost; one that is compressed cannot.
    pub fn ends_reading(&self) -> bool {
        let waits =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
        let goes_on = matches!(self, Self::Io(error) if waits(error))
            || matches!(
                self,
                Self::Bad {
                    reason: Reason::Short { .. } | Reason::NoInterface { .. } | Reason::Beyond { .. },
                    ..
                }
            );
        !goes_on
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record",
            Self::Block => "block",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at byte {}", self.unit, self.number, self.offset)
    }
}

impl Place {
    fn whole(&self) -> String {
        match self.unit {
            Unit::Record => format!("the {} before it are whole", self.packets),
            Unit::Block => whole_before(self.packets),
        }
    }
}

/// How many packets were delivered.
fn whole_before(packets: u64) -> String {
    match packets {
        0 => "no packet stands before it".to_string(),
        1 => "the packet before it is whole".to_string(),
        packets => format!("the {packets} packets before it are whole"),
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LengthsDiffer { first, last } => {
                write!(f, "its length is {first} at its beginning and {last} at its end")
            }
            Self::NoByteOrder { found: [a, b, c, d] } => {
                write!(f, "the byte order of the section is given as {a:02x} {b:02x} {c:02x} {d:02x}")
            }
            Self::Version { major, minor } => {
                write!(f, "the section has version {major}.{minor}, 1.0 is read")
            }
            Self::Short { needed, available } => {
                write!(f, "{needed} bytes needed, {available} there")
            }
            Self::ShortInterface { available } => {
                write!(f, "the description of an interface needs 8 bytes, {available} are there")
            }
            Self::NoInterface { number, known } => {
                write!(f, "the packet is from interface {number}, the section describes {known}")
            }
            Self::Beyond { claimed, room } => {
                write!(f, "the packet claims {claimed} captured bytes, the block has room for {room}")
            }
            Self::ManyInterfaces => f.write_str("the section describes more interfaces than are kept"),
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::NotACapture { magic, compression } => {
                let magic = magic.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
                match (compression, magic.is_empty()) {
                    (None, true) => write!(f, "is no capture file: it is empty"),
                    (None, false) => write!(f, "is no capture file: it begins with {magic}"),
                    (Some(with), true) => write!(f, "is compressed with {with}, and empty inside"),
                    (Some(with), false) => write!(
                        f,
                        "is compressed with {with}, and no capture file inside, where it begins with {magic}"
                    ),
                }
            }
            Self::NotRead { format } => {
                write!(f, "is {format}, which is not read; `editcap -F pcapng` makes pcapng of it")
            }
            Self::CutHeader { needed, available } => {
                write!(f, "ends within the file header: {needed} bytes needed, {available} there")
            }
            Self::Cut { place, needed, available } => {
                let whole = place.whole();
                write!(f, "is cut in {place}: {needed} bytes needed, {available} there; {whole}")
            }
            Self::BadLength { place, claimed, possible: (least, most) } => {
                let what = match place.unit {
                    Unit::Record => "captured bytes",
                    Unit::Block => "bytes",
                };
                write!(f, "is damaged in {place}: it claims {claimed} {what}, ")?;
                match claimed < least {
                    true => write!(f, "at least {least} are needed")?,
                    false => write!(f, "at most {most} are possible")?,
                }
                write!(f, "; what follows cannot be found, {}", place.whole())
            }
            Self::Bad { place, reason } => {
                write!(f, "is damaged in {place}: {reason}; ")?;
                match self.ends_reading() {
                    true => write!(f, "what follows is not read, {}", place.whole()),
                    false => write!(f, "left out, and what follows is read"),
                }
            }
            Self::Compressed { compression, packets, message } => {
                let whole = whole_before(*packets);
                write!(f, "is damaged in its {compression} compression: {message}; {whole}")
            }
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
