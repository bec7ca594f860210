//! The blocks: where in each of them stands what a reader needs (section 4 of the draft).

use std::borrow::Cow;

use crate::capture::error::Reason;
use crate::capture::pcapng::{Interface, Options};
use crate::capture::record::Record;
use crate::capture::{Order, pcapng::Opt};
use crate::packet::{Frame, LinkType};

/// The longest block that is read, in bytes: 16 MiB.
pub const LONGEST_BLOCK: u32 = 16 << 20;

/// The type of a section's header; it reads the same in both byte orders.
pub(in crate::capture) const SECTION: u32 = 0x0a0d_0d0a;
pub(in crate::capture) const INTERFACE: u32 = 1;
pub(in crate::capture) const OLD_PACKET: u32 = 2;
pub(in crate::capture) const SIMPLE_PACKET: u32 = 3;
pub(in crate::capture) const ENHANCED_PACKET: u32 = 6;
/// The flags of a packet, an option of enhanced and old packet blocks.
pub(in crate::capture) const FLAGS: u16 = 2;
/// A hash of the packet's bytes, an option of the same.
const HASH: u16 = 3;

/// Interfaces of a section that are kept, and bytes of their options.
pub(in crate::capture) const MOST_INTERFACES: usize = 1 << 16;
pub(in crate::capture) const MOST_OPTIONS: usize = LONGEST_BLOCK as usize;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// What a section begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionHeader {
    /// Byte order of its blocks.
    pub order: Order,
    /// Major and minor version.
    pub version: (u16, u16),
    /// Bytes of its blocks; `None` if it is not said.
    pub length: Option<u64>,
}

impl SectionHeader {
    /// Bytes of the fixed part, without type and length of the block.
    pub(in crate::capture) const FIXED: usize = 16;
    /// Where in the block the length stands.
    pub(in crate::capture) const LENGTH_AT: usize = 16;

    /// The byte order that stands behind type and length of the block.
    pub(in crate::capture) fn order(found: [u8; 4]) -> Result<Order, Reason> {
        [Order::Little, Order::Big]
            .into_iter()
            .find(|order| order.write_u32(BYTE_ORDER) == found)
            .ok_or(Reason::NoByteOrder { found })
    }

    pub(in crate::capture) fn read(body: &[u8], order: Order) -> Result<Self, Reason> {
        let read = || {
            let version = (order.u16(body, 4)?, order.u16(body, 6)?);
            let length = order.u64(body, 8)?;
            Some(Self { order, version, length: Some(length).filter(|length| *length != u64::MAX) })
        };
        let header = read().ok_or(Reason::Short { needed: Self::FIXED, available: body.len() })?;
        match header.version {
            // Some wrote 1.2 for what is 1.0.
            (1, 0 | 2) => Ok(header),
            (major, minor) => Err(Reason::Version { major, minor }),
        }
    }

    /// A header of our own, as a block's body.
    pub(in crate::capture) fn write() -> Vec<u8> {
        let mut body = Order::Little.write_u32(BYTE_ORDER).to_vec();
        body.extend([1, 0, 0, 0]);
        body.extend([0xff; 8]);
        body
    }
}

/// A packet in the body of its block.
pub(in crate::capture) struct Packet<'a> {
    pub(in crate::capture) interface: u32,
    pub(in crate::capture) stamp: Option<u64>,
    pub(in crate::capture) data: &'a [u8],
    pub(in crate::capture) length: u32,
    pub(in crate::capture) options: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The packet of a block of this type. The interface of a simple one is the first.
    pub(in crate::capture) fn read(
        kind: u32,
        body: &'a [u8],
        order: Order,
        interfaces: &[Interface],
    ) -> Result<Self, Reason> {
        let fixed = if kind == SIMPLE_PACKET { 4 } else { 20 };
        let Some((head, content)) = body.split_at_checked(fixed) else {
            return Err(Reason::Short { needed: fixed, available: body.len() });
        };
        let word = |at| order.u32(head, at).unwrap_or(0);
        let (interface, captured, length) = match kind {
            SIMPLE_PACKET => {
                // It does not say how much was captured: as much as the interface allows.
                let most = interfaces.first().map_or(0, |interface| interface.snapshot_length);
                let length = word(0);
                (0, if most == 0 { length } else { length.min(most) }, length)
            }
            OLD_PACKET => (order.u16(head, 0).unwrap_or(0).into(), word(12), word(16)),
            _ => (word(0), word(12), word(16)),
        };
        if interfaces.get(interface as usize).is_none() {
            return Err(Reason::NoInterface { number: interface, known: interfaces.len() });
        }
        let Some((data, behind)) = content.split_at_checked(captured as usize) else {
            return Err(Reason::Beyond { claimed: captured, room: content.len() });
        };
        let filled = data.len().next_multiple_of(4).saturating_sub(data.len());
        let simple = kind == SIMPLE_PACKET;
        Ok(Self {
            interface,
            stamp: (!simple).then(|| u64::from(word(4)) << 32 | u64::from(word(8))),
            data,
            length,
            options: if simple { &[] } else { behind.get(filled..).unwrap_or_default() },
        })
    }

    /// Bytes of frame check sequence that its flags promise; they come before what its interface says.
    pub(in crate::capture) fn check_sequence(&self, order: Order) -> Option<u8> {
        if self.options.is_empty() {
            return None;
        }
        let flags = Options::new(self.options, order).find(|option| option.code == FLAGS)?.u32()?;
        Some((flags >> 5 & 0xf) as u8).filter(|length| *length != 0)
    }
}

impl Opt<'_> {
    /// The end of a list.
    pub(in crate::capture) const END: u16 = 0;
}

/// Puts an option behind others, least significant byte first.
pub(in crate::capture) fn write_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend(Order::Little.write_u16(code));
    body.extend(Order::Little.write_u16(length));
    body.extend(value.iter().take(length.into()));
    body.resize(body.len().next_multiple_of(4), 0);
}

/// An enhanced packet block's body, least significant byte first; a simple one's if there is no time and it can say
/// the rest. `None` if the frame is longer than they can say.
pub(in crate::capture) fn write_packet(
    interface: u32,
    stamp: Option<u64>,
    frame: &Frame<&[u8]>,
    comments: &[Cow<'_, str>],
    flags: Option<u32>,
) -> Option<(u32, Vec<u8>)> {
    let order = Order::Little;
    let captured = u32::try_from(frame.bytes.len()).ok()?;
    let length = u32::try_from(frame.length).ok()?;
    let mut body = Vec::with_capacity(frame.bytes.len().saturating_add(32));
    let says = !comments.is_empty() || flags.is_some();
    let simple = stamp.is_none() && interface == 0 && captured == length && !says;
    if !simple {
        let stamp = stamp.unwrap_or(0);
        body.extend(order.write_u32(interface));
        body.extend(order.write_u32((stamp >> 32) as u32));
        body.extend(order.write_u32(stamp as u32));
        body.extend(order.write_u32(captured));
    }
    body.extend(order.write_u32(length));
    body.extend(frame.bytes);
    body.resize(body.len().next_multiple_of(4), 0);
    for comment in comments {
        write_option(&mut body, Opt::COMMENT, comment.as_bytes());
    }
    if let Some(flags) = flags {
        write_option(&mut body, FLAGS, &order.write_u32(flags));
    }
    if says {
        write_option(&mut body, Opt::END, &[]);
    }
    Some((if simple { SIMPLE_PACKET } else { ENHANCED_PACKET }, body))
}

/// The block of a packet that was read, with another frame in it, in the byte order of its section; and whether a hash of
/// the old frame was left out. `None` if the frame is longer than it can say.
pub(in crate::capture) fn edit_packet(record: &Record<'_>, frame: &Frame<&[u8]>) -> Option<(Vec<u8>, bool)> {
    let order = record.order;
    let captured = u32::try_from(frame.bytes.len()).ok()?;
    let length = u32::try_from(frame.length).ok()?;
    let kind = order.u32(record.raw, 0)?;
    let mut block = record.raw.get(..8)?.to_vec();
    let mut options = record.options;
    let mut kept = Vec::new();
    match kind {
        // As much of it was captured as its interface allows.
        SIMPLE_PACKET if frame.length <= record.frame.length && frame.bytes.len() == frame.length => {}
        SIMPLE_PACKET if frame.bytes.len() == record.frame.bytes.len() => {}
        SIMPLE_PACKET => {
            block.get_mut(..4)?.copy_from_slice(&order.write_u32(ENHANCED_PACKET));
            block.extend([0; 12]);
            block.extend(order.write_u32(captured));
        }
        // Interface and time, and of the old one, how many were dropped.
        _ => {
            block.extend(record.raw.get(8..20)?);
            block.extend(order.write_u32(captured));
        }
    }
    block.extend(order.write_u32(length));
    block.extend(frame.bytes);
    block.resize(block.len().next_multiple_of(4), 0);
    let hashed = record.options().any(|option| option.code == HASH);
    if hashed {
        for option in record.options().filter(|option| option.code != HASH) {
            kept.extend(order.write_u16(option.code));
            kept.extend(order.write_u16(u16::try_from(option.value.len()).ok()?));
            kept.extend(option.value);
            kept.resize(kept.len().next_multiple_of(4), 0);
        }
        if !kept.is_empty() {
            kept.extend([0; 4]);
        }
        options = &kept;
    }
    block.extend(options);
    block.resize(block.len().next_multiple_of(4), 0);
    let whole = order.write_u32(u32::try_from(block.len().checked_add(4)?).ok()?);
    block.get_mut(4..8)?.copy_from_slice(&whole);
    block.extend(whole);
    Some((block, hashed))
}

/// A block around a body, least significant byte first.
pub(in crate::capture) fn write_block(kind: u32, body: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(body.len().checked_add(12)?).ok()?;
    let length = Order::Little.write_u32(length);
    let mut block = Vec::with_capacity(body.len().saturating_add(12));
    block.extend(Order::Little.write_u32(kind));
    block.extend(length);
    block.extend(body);
    block.extend(length);
    Some(block)
}

/// What the frames of an interface begin with, if a section's interface can say it.
pub(in crate::capture) fn fits(link: LinkType) -> bool {
    u16::try_from(link.0).is_ok()
}
