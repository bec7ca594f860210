//! What a capture holds: packets, and what stands between them.

use crate::capture::pcapng::{Comments, Options, Resolution, block};
use crate::capture::{Format, Order};
use crate::packet::Frame;
use crate::time::Time;

/// One captured packet.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The section that it stands in, from 1; 1 in a pcap file.
    pub section: u32,
    /// The number of its interface, from 0 in each section; 0 in a pcap file.
    pub interface: u32,
    /// When it was captured. Nothing where the file does not say it (a simple packet block), or says a time before 1970
    /// or after 2554.
    pub time: Option<Time>,
    /// What its time counts.
    pub resolution: Resolution,
    /// The frame.
    pub frame: Frame<&'a [u8]>,
    pub(super) order: Order,
    pub(super) raw: &'a [u8],
    pub(super) options: &'a [u8],
}

impl<'a> Record<'a> {
    /// Its options: none in a pcap file.
    pub fn options(&self) -> Options<'a> {
        Options::new(self.options, self.order)
    }

    /// What people have written about it.
    ///
    /// ```
    /// use layercake::capture::Reader;
    ///
    /// let mut reader = Reader::new(&include_bytes!("../../fixtures/formats/comments.pcapng")[..])?;
    /// let record = reader.next()?.unwrap();
    /// assert_eq!(record.comments().next().unwrap(), "who is it? \"192.0.2.2\"");
    /// # Ok::<(), layercake::capture::CaptureError>(())
    /// ```
    pub fn comments(&self) -> Comments<'a> {
        Comments(self.options())
    }

    /// Direction, kind of reception, length of the frame check sequence and errors of the link layer, as
    /// [pcapng's flags word](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html#name-enhanced-packet-block-flags-)
    /// has them.
    pub fn flags(&self) -> Option<u32> {
        self.options().find(|option| option.code == block::FLAGS).and_then(|option| option.u32())
    }

    /// The whole record or block as it stands in the file.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }
}

/// A block of a pcapng file as it stands there, its length at both ends.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Its type.
    pub kind: u32,
    /// The byte order of its section.
    pub order: Order,
    /// All of it.
    pub raw: &'a [u8],
}

impl<'a> Block<'a> {
    /// What stands between type and length at its beginning and length at its end.
    pub fn body(&self) -> &'a [u8] {
        let end = self.raw.len().saturating_sub(4);
        self.raw.get(8..end).unwrap_or_default()
    }
}

/// What a file or a section of it begins with.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The format, with what the header says.
    pub format: Format,
    /// The header as it stands in the file.
    pub raw: &'a [u8],
}

/// A part of a capture, in the order of the file: all of them, written again, are the same bytes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Item<'a> {
    /// The header of a pcap file, or of a section of a pcapng file.
    Start(Start<'a>),
    /// The description of an interface.
    Interface(Block<'a>),
    /// A packet.
    Record(Record<'a>),
    /// Something else: names of addresses, counts of an interface, secrets, a block of a kind that is not known.
    Other(Block<'a>),
}
