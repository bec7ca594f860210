//! What a text was read as, and why one cannot be read.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::names::LinkType;
use crate::time::Time;

/// What is known of a text beforehand. Nothing has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How the bytes are written.
    pub format: Option<Format>,
    /// What packets begin with.
    pub link: Option<LinkType>,
    /// How offsets count.
    pub offsets: Option<Offsets>,
    /// In which order bytes stand in groups of several.
    pub order: Option<Order>,
}

/// How bytes are written, in broad terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Rows with offsets.
    Dump,
    /// Hex digits without offsets.
    Hex,
    /// Numbers in a list, as programs have them.
    List,
    /// A string with escapes.
    String,
    /// base64.
    Base64,
}

/// How the offsets of rows count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offsets {
    /// In hexadecimal.
    Hex,
    /// In octal.
    Octal,
    /// In decimal.
    Decimal,
    /// There are none.
    None,
}

/// In which order the bytes of a group stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they are in the packet.
    Big,
    /// The last one first.
    Little,
}

/// Where a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In.
    Inbound,
    /// Out.
    Outbound,
}

impl Direction {
    /// `inbound` or `outbound`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// A packet out of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// Its bytes, as far as they are there.
    pub bytes: Vec<u8>,
    /// When, if a line above it says so. A time of day without a date is one of 1 January 1970.
    pub time: Option<Time>,
    /// Which way, if a line above it says so.
    pub direction: Option<Direction>,
    /// Why bytes are missing, if the text breaks off.
    pub missing: Option<Cow<'static, str>>,
    /// Its lines in the text, counted from 0.
    pub lines: Range<usize>,
}

/// The longest packet that is read from text, in bytes.
pub const LONGEST_PACKET: usize = 256 << 10;

/// What a text was read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How it was read, in words: the program that writes so, or what it looks like.
    pub name: String,
    /// How the bytes are written.
    pub format: Format,
    /// The packets, one at least.
    pub packets: Vec<Pasted>,
    /// What packets begin with.
    pub link: LinkType,
    /// The decoder has found in the packets what this link type promises.
    pub link_is_sure: bool,
    /// Bytes that packets had before the first that is in the text. They are filled in: addresses with zeros, types and lengths with
    /// what they must have been.
    pub lost: usize,
    /// Dumps that were left out because they repeat what others hold: reassembled messages.
    pub derived: usize,
    /// The times of day in the text have no date.
    pub no_date: bool,
}

impl fmt::Display for Reading {
    /// `tcpdump -X, 1 packet, 76 bytes, starts at IPv4`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: usize =
            self.packets.iter().map(|packet| packet.bytes.len()).fold(0, usize::saturating_add);
        let (packets, bytes) = (count(self.packets.len(), "packet"), count(bytes, "byte"));
        write!(f, "{}, {packets}, {bytes}, starts ", self.name)?;
        match self.lost {
            0 => write!(f, "at {}", self.begins())?,
            lost => write!(f, "{} into {}, which are filled in", count(lost, "byte"), self.begins())?,
        }
        if self.derived > 0 {
            let dumps = count(self.derived, "dump");
            write!(f, ", {dumps} of reassembled data left out")?;
        }
        if self.no_date {
            f.write_str(", times have no date")?;
        }
        Ok(())
    }
}

impl Reading {
    /// What its packets start at.
    fn begins(&self) -> Cow<'static, str> {
        let first = self.packets.first().and_then(|packet| packet.bytes.first());
        match (self.link, first) {
            (LinkType::ETHERNET, _) => "Ethernet".into(),
            (LinkType::RAW, Some(0x60..=0x6f)) | (LinkType::IPV6, _) => "IPv6".into(),
            (LinkType::RAW, Some(0x40..=0x4f)) | (LinkType::IPV4, _) => "IPv4".into(),
            (LinkType::RAW, _) => "an IP header".into(),
            (link, _) => match link.name() {
                Some(name) => format!("the header of {name}").into(),
                None => format!("link type {}", link.0).into(),
            },
        }
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A text without a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadText {
    /// What is wrong with it.
    pub problem: Problem,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

/// Why there is no packet in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// There is nothing in it.
    Empty,
    /// A group has an odd number of digits.
    Odd,
    /// Something else than hex digits and separators.
    NotHex,
    /// Nothing in it can be read as it was asked for.
    NotAsAsked,
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.problem {
            Problem::Empty => "there is no packet in the text: it is empty",
            Problem::Odd => "an odd number of hex digits: each byte has two, one is missing here or too many",
            Problem::NotHex => {
                "there is no packet in the text: this is not hex, and nothing around it is a dump that could be read"
            }
            Problem::NotAsAsked => "the text cannot be read in the format that was asked for",
        })
    }
}

impl core::error::Error for BadText {}

/// A way to read a text.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub name: String,
    pub format: Format,
    pub packets: Vec<Pasted>,
    /// What the text itself says for it.
    pub weight: i32,
    /// What its packets begin with, where the text says that.
    pub link: Option<LinkType>,
}
