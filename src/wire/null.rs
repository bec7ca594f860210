//! Loopback interfaces of BSD and macOS: the number of an address family in front of the packet.
//! [LINKTYPE_NULL](https://www.tcpdump.org/linktypes.html) has it in the byte order of the machine that captured,
//! LINKTYPE_LOOP most significant byte first.

use crate::field::{Announce, Builder, Kind, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::{AddressFamily, EtherType};

crate::header! {
    /// ```text
    ///  0             7 8             15 16            23 24           31
    /// +---------------------------------------------------------------+
    /// |           Address family, in either byte order                |
    /// +---------------------------------------------------------------+
    /// ```
    ///
    /// No family has a number of more than 16 bits, so the byte order shows.
    pub struct Null(4) "null" in "LINKTYPE_NULL" {
        tile FAMILY(family_big, set_family_big): AddressFamily = 0..32 if is_big, "null.family", "Address family";
        tile LITTLE(family_little, set_family_little): AddressFamily as Little = 0..32 if is_little, "null.family", "Address family";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "null",
    name: "Null/Loopback",
    spec: "LINKTYPE_NULL",
    fields: FIELDS,
    length: Null::LEN,
    peel,
    needed: |_| Null::LEN,
    announce: Some(Announce { field: &FAMILY.info, numbers: Numbers::Own(number), nothing: None }),
    summary: &[
        Phrase::Text("loopback, family "),
        Phrase::If(is_big, &[Phrase::Value(&FAMILY.info)]),
        Phrase::If(is_little, &[Phrase::Value(&LITTLE.info)]),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The family.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_first_chunk::<4>()?;
    let family = if is_little(header) { LITTLE.read(header)? } else { FAMILY.read(header)? };
    Some(Peel { header: Null::LEN, content, tail: 0, next: next(family) })
}

fn next(family: AddressFamily) -> Option<Next> {
    match family.0 {
        2 => Some(Next::EtherType(EtherType::IPV4.0)),
        // Linux; NetBSD and OpenBSD; FreeBSD; macOS.
        10 | 24 | 28 | 30 => Some(Next::EtherType(EtherType::IPV6.0)),
        _ => None,
    }
}

/// The family of what follows.
fn number(kind: Kind, _: Option<u16>) -> Option<u16> {
    match kind {
        Kind::IPV4 => Some(2),
        Kind::IPV6 => Some(24),
        _ => None,
    }
}

fn is_little(header: &[u8]) -> bool {
    FAMILY.read(header).is_some_and(|family| family.0 > u32::from(u16::MAX))
}

fn is_big(header: &[u8]) -> bool {
    !is_little(header)
}

impl Null {
    /// A header with the most significant byte first, as both link types allow; the family is filled in from what
    /// follows when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

impl<B: AsRef<[u8]>> Null<B> {
    /// The address family, in whichever byte order it stands.
    pub fn family(&self) -> AddressFamily {
        if is_little(self.bytes()) { self.family_little() } else { self.family_big() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IPv6 on macOS (gopacket's test_loopback.pcap), IPv4 on a machine of the other byte order.
    #[test]
    fn either_byte_order() {
        assert_eq!(super::peel(&[0x1e, 0, 0, 0]).unwrap().next, Some(Next::EtherType(0x86dd)));
        assert_eq!(super::peel(&[0, 0, 0, 2]).unwrap().next, Some(Next::EtherType(0x0800)));
        assert_eq!(super::peel(&[0, 0, 0, 7]).unwrap().next, None);
        assert!(super::peel(&[0, 0, 2]).is_none());
        assert_eq!(Null::view([0x1e, 0, 0, 0]).unwrap().family(), AddressFamily(30));
        let mut null = Null::view([0; 4]).unwrap();
        null.set_family_little(AddressFamily(2));
        assert_eq!(null.into_inner(), [2, 0, 0, 0]);
    }
}
