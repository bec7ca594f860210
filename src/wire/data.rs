//! Bytes that no header claims: payload, padding, trailer, and what could not be read.

use crate::checksum::Sum;
pub use crate::field::protocol::payload;

crate::fields! {
    /// Zeros that fill a frame up to the least length of its link.
    pub mod padding in "IEEE 802.3 clause 3.2.8" {
        tile PADDING: [u8; 0] = 0..0, "eth.padding", "Padding";
    }
}

crate::fields! {
    /// What lies behind the end of an inner header's packet.
    pub mod trailer in "the enclosing header" {
        tile TRAILER: [u8; 0] = 0..0, "trailer", "Trailer";
    }
}

crate::fields! {
    /// What lies behind the packet in an Ethernet frame.
    pub mod ethernet_trailer in "IEEE 802.3 clause 3.2" {
        tile TRAILER: [u8; 0] = 0..0, "eth.trailer", "Trailer";
    }
}

crate::fields! {
    /// The frame check sequence of an Ethernet frame.
    pub mod frame_check_sequence in "IEEE 802.3 clause 3.2.9" {
        tile FCS: u32 as Hex = 0..32, "eth.fcs", "Frame check sequence";
    }
}

crate::fields! {
    /// The check sequence of a frame of another link, or of another length.
    pub mod check_sequence in "the link" {
        tile SEQUENCE: [u8; 0] = 0..0, "fcs", "Check sequence";
    }
}

crate::fields! {
    /// What should be a header, or a field, and cannot be read as one.
    pub mod unparsed in "none" {
        tile UNPARSED: [u8; 0] = 0..0, "unparsed", "Not parsed";
    }
}

/// What an ICMP error quotes, and how many bytes stand behind it, if those are an extension structure (RFC 4884).
/// `length` is that of the quoted packet, zero where the sender gave none: before RFC 4884 none did, and its section 5
/// allows a structure behind byte 128. That is taken for one only if its checksum is right.
#[cold]
#[inline(never)]
pub(super) fn quote(length: usize, content: &[u8]) -> (&[u8], usize) {
    let end = if length == 0 { 128 } else { length };
    let Some((quoted, behind)) = content.split_at_checked(end) else { return (content, 0) };
    let sound = match (behind, length) {
        ([0x20, 0, high, low, ..], 0) => (high | low) != 0 && Sum::of(behind).fold() == 0xffff,
        ([first, _, _, _, ..], 1..) => first >> 4 == 2,
        _ => false,
    };
    if sound { (quoted, behind.len()) } else { (content, 0) }
}
