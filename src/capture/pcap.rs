//! The classic pcap format ([draft-ietf-opsawg-pcap](https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/)), and
//! variants of it that say by their first bytes what they are.
//!
//! The variants of Nokia, SuSE 6.3 and Red Hat 6.1 look like the classic format or the modified one, have longer records,
//! and are not told apart: `editcap` reads them.

use crate::capture::pcapng::Resolution;
use crate::capture::{Interface, Order};
use crate::packet::LinkType;
use crate::time::Time;

/// The longest frame that is read, in bytes: what libpcap allows.
pub const LONGEST_FRAME: u32 = 262_144;

/// What the fraction of a time stamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Which pcap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The one that everybody writes.
    Classic,
    /// Alexey Kuznetsov's, with interface, protocol and packet type in longer records.
    Modified,
    /// Of IXIA's hardware, with the length of all records behind the file header.
    IxiaHardware,
    /// Of IXIA's software, with the same.
    IxiaSoftware,
}

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Which pcap it is.
    pub variant: Variant,
    /// Byte order.
    pub order: Order,
    /// Precision of the time stamps.
    pub precision: Precision,
    /// Major and minor version; 2 and 4 for the last twenty years. Before 2.3, the two lengths of a record
    /// stand the other way round.
    pub version: (u16, u16),
    /// The most bytes of a frame that were captured.
    pub snapshot_length: u32,
    /// What the frames begin with.
    pub link: LinkType,
    /// Bytes of frame check sequence that the frames end with, if it is said.
    pub check_sequence: Option<u8>,
}

/// A record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) time: Time,
    pub(super) captured: u32,
    pub(super) length: u32,
}

impl FileHeader {
    /// What every file's header begins with.
    const LEN: usize = 24;

    /// A classic file of this link type, least significant byte first.
    pub fn new(link: LinkType, precision: Precision) -> Self {
        Self {
            variant: Variant::Classic,
            order: Order::Little,
            precision,
            version: (2, 4),
            snapshot_length: LONGEST_FRAME,
            link,
            check_sequence: None,
        }
    }

    /// Variant, byte order and precision, by the first four bytes.
    pub(super) fn of(start: &[u8]) -> Option<(Variant, Order, Precision)> {
        let of = |magic, order| {
            Some(match magic {
                0xa1b2_c3d4 => (Variant::Classic, order, Precision::Microseconds),
                0xa1b2_3c4d => (Variant::Classic, order, Precision::Nanoseconds),
                0xa1b2_cd34 => (Variant::Modified, order, Precision::Microseconds),
                0x1c00_01ac => (Variant::IxiaHardware, order, Precision::Microseconds),
                0x1c00_01ab => (Variant::IxiaSoftware, order, Precision::Microseconds),
                _ => return None,
            })
        };
        let magic = |order: Order| of(order.u32(start, 0)?, order);
        magic(Order::Little).or_else(|| magic(Order::Big))
    }

    fn magic(&self) -> u32 {
        match (self.variant, self.precision) {
            (Variant::Classic, Precision::Microseconds) => 0xa1b2_c3d4,
            (Variant::Classic, Precision::Nanoseconds) => 0xa1b2_3c4d,
            (Variant::Modified, _) => 0xa1b2_cd34,
            (Variant::IxiaHardware, _) => 0x1c00_01ac,
            (Variant::IxiaSoftware, _) => 0x1c00_01ab,
        }
    }

    /// Bytes of the header of a file that begins so.
    pub(super) fn length_of(variant: Variant) -> usize {
        match variant {
            Variant::Classic | Variant::Modified => Self::LEN,
            Variant::IxiaHardware | Variant::IxiaSoftware => Self::LEN.saturating_add(4),
        }
    }

    /// The header, if it is all there and is one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (variant, order, precision) = Self::of(bytes)?;
        // Above the link type: whether the length of the check sequence is known, and how many 16-bit words it has.
        let link = order.u32(bytes, 20)?;
        let check_sequence = (link & 0x0400_0000 != 0).then(|| ((link >> 28) as u8).saturating_mul(2));
        Some(Self {
            variant,
            order,
            precision,
            version: (order.u16(bytes, 4)?, order.u16(bytes, 6)?),
            snapshot_length: order.u32(bytes, 16)?,
            link: LinkType(link & 0xffff),
            check_sequence,
        })
    }

    /// The header as it is written.
    pub(super) fn write(&self) -> Vec<u8> {
        let words = u32::from(self.check_sequence.unwrap_or(0) / 2) & 0xf;
        let check_sequence = self.check_sequence.map_or(0, |_| words << 28 | 0x0400_0000);
        let mut bytes = Vec::with_capacity(Self::LEN);
        bytes.extend(self.order.write_u32(self.magic()));
        bytes.extend(self.order.write_u16(self.version.0));
        bytes.extend(self.order.write_u16(self.version.1));
        bytes.extend([0; 8]);
        bytes.extend(self.order.write_u32(self.snapshot_length));
        bytes.extend(self.order.write_u32(self.link.0 & 0xffff | check_sequence));
        bytes.resize(Self::length_of(self.variant), 0);
        bytes
    }

    /// Bytes of a record's header.
    #[inline]
    pub(super) fn record_length(&self) -> usize {
        match self.variant {
            Variant::Modified => 24,
            _ => 16,
        }
    }

    /// A record's header.
    #[inline]
    pub(super) fn read_record(&self, bytes: &[u8]) -> Option<RecordHeader> {
        let head = bytes.first_chunk::<16>()?;
        let word = |at| self.order.u32(head, at);
        let fraction = u64::from(word(4)?);
        let nanoseconds = match self.precision {
            Precision::Microseconds => fraction.saturating_mul(1000),
            Precision::Nanoseconds => fraction,
        };
        let (mut captured, mut length) = (word(8)?, word(12)?);
        // Writers of 2.3 did it both ways.
        let swapped = match self.version {
            (2, 0..=2) => true,
            (2, 3) => captured > length,
            _ => false,
        };
        if swapped {
            (captured, length) = (length, captured);
        }
        Some(RecordHeader { time: Time::new(word(0)?, nanoseconds), captured, length })
    }

    /// A record's header as it is written; `None` if the format cannot say it.
    pub(super) fn write_record(&self, time: Time, captured: usize, length: usize) -> Option<[u8; 24]> {
        let (seconds, nanoseconds) = time.parts();
        let fraction = match self.precision {
            Precision::Microseconds => nanoseconds / 1000,
            Precision::Nanoseconds => nanoseconds,
        };
        let (captured, length) = (u32::try_from(captured).ok()?, u32::try_from(length).ok()?);
        let lengths = if self.version < (2, 3) { [length, captured] } else { [captured, length] };
        let words = [u32::try_from(seconds).ok()?, fraction, lengths[0], lengths[1]];
        let mut bytes = [0; 24];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&self.order.write_u32(word));
        }
        Some(bytes)
    }

    /// What a time of it counts.
    pub fn resolution(&self) -> Resolution {
        match self.precision {
            Precision::Microseconds => Resolution::MICROSECONDS,
            Precision::Nanoseconds => Resolution::NANOSECONDS,
        }
    }

    /// The one interface of the file.
    pub(super) fn interface(&self) -> Interface {
        let mut interface = Interface::new(self.link, self.snapshot_length);
        interface.resolution = self.resolution();
        interface.check_sequence = self.check_sequence;
        interface
    }
}
