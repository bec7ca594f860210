//! SNAP, [IEEE 802](https://standards.ieee.org/ieee/802/10694/) clause 10 and
//! [RFC 1042](https://www.rfc-editor.org/rfc/rfc1042): EtherTypes, and the protocols of organizations, behind LLC.

use crate::field::{Announce, Builder, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::{EtherType, SnapOui};

crate::header! {
    /// ```text
    ///  0             7 8             15 16            23 24           31
    /// +-----------------------------------------------+---------------
    /// |             Organization (OUI)                |   Protocol
    /// +-----------------------------------------------+---------------
    /// ```
    pub struct Snap(5) "snap" in "IEEE 802 clause 10" {
        tile ORGANIZATION(organization, set_organization): SnapOui = 0..24, "llc.oui", "Organization";
        tile ETHER_TYPE(ether_type, set_ether_type): EtherType = 24..40 if is_ether_type, "llc.type", "Type";
        tile PROTOCOL_ID: u16 as Hex = 24..40 if is_own, "llc.pid", "Protocol";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "snap",
    name: "Subnetwork Access Protocol",
    spec: "IEEE 802 clause 10",
    fields: FIELDS,
    length: Snap::LEN,
    peel,
    needed: |_| Snap::LEN,
    announce: Some(Announce { field: &ETHER_TYPE.info, numbers: Numbers::EtherType, nothing: None }),
    summary: &[
        Phrase::Text("SNAP "),
        Phrase::If(is_ether_type, &[Phrase::Value(&ETHER_TYPE.info)]),
        Phrase::If(
            is_own,
            &[Phrase::Value(&ORGANIZATION.info), Phrase::Text(" "), Phrase::Value(&PROTOCOL_ID.info)],
        ),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The EtherType, where the organization is none, or the one of bridges that carry such frames (IEEE 802.1H).
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_first_chunk::<5>()?;
    // A number that is no EtherType leads nowhere: in Ethernet's place it would be a length.
    let next = ETHER_TYPE.read(header).filter(|number| is_ether_type(header) && number.0 >= 0x0600);
    Some(Peel { header: Snap::LEN, content, tail: 0, next: next.map(Next::from) })
}

fn is_ether_type(header: &[u8]) -> bool {
    matches!(ORGANIZATION.read(header), Some(SnapOui::ENCAPSULATED_ETHERNET | SnapOui::BRIDGE_TUNNEL))
}

fn is_own(header: &[u8]) -> bool {
    !is_ether_type(header)
}

impl Snap {
    /// A header with an EtherType, which is filled in from what follows when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1042: organization zero has EtherTypes; others have numbers of their own.
    #[test]
    fn whose_numbers() {
        assert_eq!(super::peel(&[0, 0, 0, 8, 0]).unwrap().next, Some(Next::EtherType(0x0800)));
        assert_eq!(super::peel(&[0, 0, 0xf8, 8, 0]).unwrap().next, Some(Next::EtherType(0x0800)));
        assert_eq!(super::peel(&[0, 0, 0x0c, 0x20, 0]).unwrap().next, None);
        assert_eq!(super::peel(&[0, 0, 0, 0, 4]).unwrap().next, None);
        assert!(super::peel(&[0, 0, 0, 8]).is_none());
    }
}
