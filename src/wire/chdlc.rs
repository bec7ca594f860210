//! Cisco's HDLC, [RFC 1547](https://www.rfc-editor.org/rfc/rfc1547) section 4.3.1: EtherTypes on serial lines.

use crate::field::{Announce, Builder, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::EtherType;

crate::header! {
    /// ```text
    ///  0             7 8             15 16                           31
    /// +---------------+---------------+-------------------------------+
    /// |    Address    |    Control    |           Protocol            |
    /// +---------------+---------------+-------------------------------+
    /// ```
    ///
    /// The address is 0x0f for one station and 0x8f for all.
    pub struct CiscoHdlc(4) "chdlc" in "RFC 1547 section 4.3.1" {
        tile ADDRESS(address, set_address): u8 as Hex = 0..8, "chdlc.address", "Address";
        tile CONTROL(control, set_control): u8 as Hex = 8..16, "chdlc.control", "Control";
        tile ETHER_TYPE(ether_type, set_ether_type): EtherType = 16..32, "chdlc.protocol", "Protocol";
    }
}

crate::fields! {
    /// What stands between the header and a packet of OSI's network layer.
    pub mod clns in "RFC 1547 section 4.3.1" {
        tile PADDING: u8 as Hex = 0..8, "chdlc.clns_padding", "Padding";
    }
}

/// The protocol number of OSI's network layer.
const CLNS: EtherType = EtherType(0xfefe);

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "chdlc",
    name: "Cisco HDLC",
    spec: "RFC 1547",
    fields: FIELDS,
    length: CiscoHdlc::LEN,
    peel,
    tables: &[clns::FIELDS],
    needed,
    sections: |header, cursor| match header.len() {
        5 if cursor.at == CiscoHdlc::LEN => cursor.take(clns::FIELDS, 1),
        _ => None,
    },
    fill: |bytes, completion| {
        completion.auto(bytes, &ADDRESS, 0x0f);
        Ok(())
    },
    announce: Some(Announce { field: &ETHER_TYPE.info, numbers: Numbers::EtherType, nothing: None }),
    summary: &[Phrase::Text("HDLC "), Phrase::Value(&ETHER_TYPE.info), Phrase::Text(", "), Phrase::Content],
    ..Protocol::PLAIN
};

/// The EtherType.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_at_checked(needed(bytes))?;
    // A number that is no EtherType leads nowhere: in Ethernet's place it would be a length.
    let next = ETHER_TYPE.read(header).filter(|number| number.0 >= 0x0600 && *number != CLNS);
    Some(Peel { header: header.len(), content, tail: 0, next: next.map(Next::from) })
}

fn needed(bytes: &[u8]) -> usize {
    if ETHER_TYPE.read(bytes) == Some(CLNS) { 5 } else { CiscoHdlc::LEN }
}

impl CiscoHdlc {
    /// A frame for one station; address and protocol are filled in, this from what follows, when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BGP between routers (nDPI's BGP_Cisco_hdlc_slarp.pcap).
    #[test]
    fn has_ether_types() {
        let peel = super::peel(&[0x0f, 0, 0x08, 0x00, 0x45]).unwrap();
        assert_eq!((peel.content, peel.next), (&[0x45][..], Some(Next::EtherType(0x0800))));
        assert_eq!(super::peel(&[0x0f, 0, 0, 4]).unwrap().next, None);
        assert!(super::peel(&[0x0f, 0, 8]).is_none());
        // OSI's network layer (libpcap's ISIS_p2p_adjacency.pcap).
        let peel = super::peel(&[0x0f, 0, 0xfe, 0xfe, 0x00, 0x83]).unwrap();
        assert_eq!((peel.header, peel.content, peel.next), (5, &[0x83][..], None));
    }
}
