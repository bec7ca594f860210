//! Ethernet II, and the length framing of IEEE 802.3 that shares its header.

use crate::checksum::crc32;
use crate::field::{
    Announce, Builder, Check, Claim, Claimed, Finding, Mac, Next, Numbers, Peel, Phrase, Protocol, Severity,
};
use crate::names::EtherType;

crate::header! {
    /// ```text
    ///  0                   1
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 ...
    /// +-----------------------+-----------------------+-------+
    /// |      Destination      |        Source         | Type  |
    /// +-----------------------+-----------------------+-------+
    ///         6 bytes                 6 bytes          2 bytes
    /// ```
    pub struct Ethernet(14) "eth" in "IEEE 802.3 clause 3.2" {
        tile DESTINATION(destination, set_destination): Mac = 0..48, "eth.dst", "Destination";
        alias ADDRESS_OF_DESTINATION: Mac = 0..48, "eth.addr", "Address";
        alias DESTINATION_IS_LOCAL: bool = 6..7, "eth.dst.lg", "Locally administered";
        alias DESTINATION_IS_GROUP: bool = 7..8, "eth.dst.ig", "Group address";
        tile SOURCE(source, set_source): Mac = 48..96, "eth.src", "Source";
        alias ADDRESS_OF_SOURCE: Mac = 48..96, "eth.addr", "Address";
        alias SOURCE_IS_LOCAL: bool = 54..55, "eth.src.lg", "Locally administered";
        alias SOURCE_IS_GROUP: bool = 55..56, "eth.src.ig", "Group address";
        tile ETHER_TYPE(ether_type, set_ether_type): EtherType = 96..112 if is_type, "eth.type", "Type";
        tile LENGTH: u16 = 96..112 if is_length, "eth.len", "Length", "IEEE 802.3 clause 3.2.6";
    }
}

/// The least value that is a type and not a length.
pub const LEAST_TYPE: u16 = 0x0600;

/// The least length of a frame without its check sequence, in bytes; shorter ones are padded (clause 4.2.3.3).
pub const LEAST_FRAME: usize = 60;

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "eth",
    name: "Ethernet",
    spec: "IEEE 802.3 clause 3.2",
    fields: FIELDS,
    length: Ethernet::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed: |_| Ethernet::LEN,
    claim: Some(Claim {
        field: &LENGTH.info,
        bytes: |bytes| match LENGTH.read(bytes) {
            Some(length @ ..LEAST_TYPE) => Claimed::Bytes(usize::from(length).saturating_add(Ethernet::LEN)),
            _ => Claimed::Nothing,
        },
        beyond: "eth.len.beyond",
    }),
    checks: CHECKS,
    announce: Some(Announce { field: &ETHER_TYPE.info, numbers: Numbers::EtherType, nothing: None }),
    // Where no type was given and none follows, the length of what follows stands.
    fill: |bytes, completion| match ETHER_TYPE.read(bytes) {
        Some(EtherType(..LEAST_TYPE)) => {
            completion.length(bytes, &LENGTH, bytes.len().saturating_sub(Ethernet::LEN))
        }
        _ => Ok(()),
    },
    summary: &[
        Phrase::Value(&SOURCE.info),
        Phrase::Text(" > "),
        Phrase::Value(&DESTINATION.info),
        Phrase::If(
            is_type,
            &[Phrase::Text(" "), Phrase::Value(&ETHER_TYPE.info), Phrase::Text(", "), Phrase::Content],
        ),
        Phrase::If(is_length, &[Phrase::Text(" 802.3, "), Phrase::Content]),
    ],
    ..Protocol::PLAIN
};

/// The type; a length, which stands in its place, ends the content, and leads to LLC.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, EtherType>> {
    let (header, rest) = bytes.split_first_chunk::<14>()?;
    let ether_type = ETHER_TYPE.read(header)?;
    if ether_type.0 >= LEAST_TYPE {
        return Some(Peel { header: Ethernet::LEN, content: rest, tail: 0, next: Some(ether_type) });
    }
    let content = rest.get(..usize::from(ether_type.0)).unwrap_or(rest);
    // Novell's frames have no LLC: they begin with a checksum that is never used.
    let has_llc = !content.is_empty() && !content.starts_with(&[0xff, 0xff]);
    Some(Peel { header: Ethernet::LEN, content, tail: 0, next: has_llc.then_some(ether_type) })
}

fn is_length(header: &[u8]) -> bool {
    ETHER_TYPE.read(header).is_some_and(|length| length.0 < LEAST_TYPE)
}

fn is_type(header: &[u8]) -> bool {
    !is_length(header)
}

const CHECKS: &[Check] = &[|scope| {
    let group = SOURCE.read(scope.bytes)?.is_group();
    let text = "the source is a group address, which no station has";
    group.then(|| Finding::at(&SOURCE.info, "eth.src.group", Severity::Warning, text))
}];

/// The check sequence that stands behind a frame if it fits: the CRC-32, least significant byte first (clause 3.2.9).
pub fn check_sequence(frame: &[u8]) -> [u8; 4] {
    crc32(frame).to_le_bytes()
}

impl Ethernet {
    /// An Ethernet II header from `source` to `destination`, in this order as in all headers here; the type is filled in from what follows when the packet is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source: Mac, destination: Mac) -> Builder<Self> {
        Builder::<Self>::empty().source(source).destination(destination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 802.3 clause 3.2.6: less than 1536 is a length, and it ends the payload.
    #[test]
    fn type_or_length() {
        let mut frame = [0u8; 20];
        frame[12..14].copy_from_slice(&[0x08, 0x00]);
        let peel = super::peel(&frame).unwrap();
        assert_eq!((peel.next, peel.content.len()), (Some(EtherType::IPV4), 6));
        frame[12..14].copy_from_slice(&[0x00, 0x03]);
        let peel = super::peel(&frame).unwrap();
        assert_eq!((peel.next, peel.content.len()), (Some(EtherType(3)), 3));
        assert!(is_length(&frame));
    }
}
