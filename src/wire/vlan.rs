//! VLAN tags: IEEE 802.1Q, and 802.1ad (QinQ) by nesting them.

use crate::field::{Announce, Builder, Claim, Claimed, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::EtherType;

crate::header! {
    /// The tag behind the EtherType 0x8100 or 0x88a8 that announces it.
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-----+-+-----------------------+-------------------------------+
    /// | PCP |D|          VID          |             Type              |
    /// +-----+-+-----------------------+-------------------------------+
    /// ```
    pub struct Vlan(4) "vlan" in "IEEE 802.1Q clause 9.6" {
        tile PRIORITY(priority, set_priority): u8 = 0..3, "vlan.priority", "Priority";
        tile DROP_ELIGIBLE(drop_eligible, set_drop_eligible): bool = 3..4, "vlan.dei", "Drop eligible";
        tile ID(id, set_id): u16 = 4..16, "vlan.id", "VLAN identifier";
        tile ETHER_TYPE(ether_type, set_ether_type): EtherType = 16..32 if is_type, "vlan.etype", "Type";
        tile LENGTH: u16 = 16..32 if is_length, "vlan.len", "Length", "IEEE 802.3 clause 3.2.6";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "vlan",
    name: "802.1Q Virtual LAN",
    spec: "IEEE 802.1Q clause 9.6",
    fields: FIELDS,
    length: Vlan::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed: |_| Vlan::LEN,
    claim: Some(Claim {
        field: &LENGTH.info,
        bytes: |bytes| match LENGTH.read(bytes) {
            Some(length @ ..0x0600) => Claimed::Bytes(usize::from(length).saturating_add(Vlan::LEN)),
            _ => Claimed::Nothing,
        },
        beyond: "vlan.len.beyond",
    }),
    announce: Some(Announce { field: &ETHER_TYPE.info, numbers: Numbers::EtherType, nothing: None }),
    fill: |bytes, completion| match ETHER_TYPE.read(bytes) {
        Some(EtherType(..0x0600)) => completion.length(bytes, &LENGTH, bytes.len().saturating_sub(Vlan::LEN)),
        _ => Ok(()),
    },
    summary: &[Phrase::Text("VLAN "), Phrase::Value(&ID.info), Phrase::Text(", "), Phrase::Content],
    ..Protocol::PLAIN
};

/// The type; a length, which stands in its place, ends the content, and leads to LLC.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, EtherType>> {
    let (header, rest) = bytes.split_first_chunk::<4>()?;
    let ether_type = ETHER_TYPE.read(header)?;
    if ether_type.0 >= 0x0600 {
        return Some(Peel { header: Vlan::LEN, content: rest, tail: 0, next: Some(ether_type) });
    }
    let content = rest.get(..usize::from(ether_type.0)).unwrap_or(rest);
    // Novell's frames have no LLC: they begin with a checksum that is never used.
    let has_llc = !content.is_empty() && !content.starts_with(&[0xff, 0xff]);
    Some(Peel { header: Vlan::LEN, content, tail: 0, next: has_llc.then_some(ether_type) })
}

fn is_length(header: &[u8]) -> bool {
    ETHER_TYPE.read(header).is_some_and(|length| length.0 < 0x0600)
}

fn is_type(header: &[u8]) -> bool {
    !is_length(header)
}

impl Vlan {
    /// A tag with this VLAN identifier (12 bits); the type is filled in from what follows. What announces the
    /// tag is an 802.1Q tag unless the header before it is given another type ([`EtherType::SERVICE_VLAN`]).
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(id: u16) -> Builder<Self> {
        Builder::<Self>::empty().id(id)
    }
}
