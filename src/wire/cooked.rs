//! Linux cooked captures: what Linux gives where an interface has no header of its own, or there are several
//! interfaces. Version 1 is [LINKTYPE_LINUX_SLL](https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html); version 2,
//! [LINKTYPE_LINUX_SLL2](https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html), says the interface too.
//!
//! They say the same at other places, so that what follows from it is the same for both.

use crate::field::{Field, FieldType, Finding, Header, Kind, Next, Peel, Scope, Severity};
use crate::names::{EtherType, LinuxHardwareType};

/// Version 1.
pub mod sll {
    use core::net::Ipv4Addr;

    use super::{check, has, is_ether_type, is_gre, is_link_protocol, number};
    use crate::field::{Announce, Builder, Field, Mac, Next, Numbers, Peel, Phrase, Protocol};
    use crate::names::{CookedPacketType, EtherType, LinuxHardwareType};

    crate::header! {
        /// ```text
        ///  0                   1                   2                   3
        ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
        /// +-------------------------------+-------------------------------+
        /// |          Packet type          |         Hardware type         |
        /// +-------------------------------+-------------------------------+
        /// |        Address length         |                               |
        /// +-------------------------------+                               |
        /// |                    Address of the sender                      |
        /// |                               +-------------------------------+
        /// |                               |           Protocol            |
        /// +-------------------------------+-------------------------------+
        /// ```
        pub struct Sll(16) "sll" in "LINKTYPE_LINUX_SLL" {
            tile PACKET_TYPE(packet_type, set_packet_type): CookedPacketType = 0..16, "sll.pkttype", "Packet type";
            tile HARDWARE_TYPE(hardware_type, set_hardware_type): LinuxHardwareType = 16..32, "sll.hatype", "Hardware type";
            tile ADDRESS_LENGTH(address_length, set_address_length): u16 = 32..48, "sll.halen", "Address length";
            tile MAC: Mac = 48..96 if has::<Sll, 6>, "sll.src.eth", "Source";
            tile IPV4: Ipv4Addr = 48..80 if has::<Sll, 4>, "sll.src.ipv4", "Source";
            tile OTHER_1: [u8; 0] = 48..56 if has::<Sll, 1>, "sll.src.other", "Source";
            tile OTHER_2: [u8; 0] = 48..64 if has::<Sll, 2>, "sll.src.other", "Source";
            tile OTHER_3: [u8; 0] = 48..72 if has::<Sll, 3>, "sll.src.other", "Source";
            tile OTHER_5: [u8; 0] = 48..88 if has::<Sll, 5>, "sll.src.other", "Source";
            tile OTHER_7: [u8; 0] = 48..104 if has::<Sll, 7>, "sll.src.other", "Source";
            tile OTHER_8: [u8; 0] = 48..112 if has::<Sll, 8>, "sll.src.other", "Source";
            tile UNUSED_8: [u8; 0] = 48..112 if has::<Sll, 0>, "sll.unused", "Unused";
            tile UNUSED_7: [u8; 0] = 56..112 if has::<Sll, 1>, "sll.unused", "Unused";
            tile UNUSED_6: [u8; 0] = 64..112 if has::<Sll, 2>, "sll.unused", "Unused";
            tile UNUSED_5: [u8; 0] = 72..112 if has::<Sll, 3>, "sll.unused", "Unused";
            tile UNUSED_4: [u8; 0] = 80..112 if has::<Sll, 4>, "sll.unused", "Unused";
            tile UNUSED_3: [u8; 0] = 88..112 if has::<Sll, 5>, "sll.unused", "Unused";
            tile UNUSED_2: [u8; 0] = 96..112 if has::<Sll, 6>, "sll.unused", "Unused";
            tile UNUSED_1: [u8; 0] = 104..112 if has::<Sll, 7>, "sll.unused", "Unused";
            tile PROTOCOL_TYPE(protocol_type, set_protocol_type): EtherType = 112..128 if is_ether_type::<Sll>, "sll.etype", "Protocol";
            tile LINK_PROTOCOL: u16 as Hex = 112..128 if is_link_protocol::<Sll>, "sll.ltype", "Protocol";
            tile GRE_PROTOCOL: u16 as Hex = 112..128 if is_gre::<Sll>, "sll.gretype", "Protocol";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "sll",
        name: "Linux cooked capture v1",
        spec: "LINKTYPE_LINUX_SLL",
        fields: FIELDS,
        length: Sll::LEN,
        peel,
        needed: |_| Sll::LEN,
        checks: &[check::<Sll>],
        announce: Some(Announce { field: &PROTOCOL_TYPE.info, numbers: Numbers::Own(number), nothing: None }),
        summary: &[
            Phrase::Text("cooked, "),
            Phrase::Value(&PACKET_TYPE.info),
            Phrase::Text(", "),
            Phrase::Value(&PROTOCOL_TYPE.info),
            Phrase::Text(", "),
            Phrase::Content,
        ],
        ..Protocol::PLAIN
    };

    /// The EtherType, or LLC.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        super::peel::<Sll>(bytes)
    }

    impl super::Cooked for Sll {
        type Length = u16;
        const HARDWARE_TYPE: Field<LinuxHardwareType> = HARDWARE_TYPE;
        const PROTOCOL_TYPE: Field<EtherType> = PROTOCOL_TYPE;
        const ADDRESS_LENGTH: Field<u16> = ADDRESS_LENGTH;
    }

    impl Sll {
        /// A packet that came from a station with this address; the protocol is filled in from what follows when the
        /// packet is written.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(source: Mac) -> Builder<Self> {
            Builder::<Self>::empty()
                .hardware_type(LinuxHardwareType::ETHERNET)
                .address_length(6)
                .preset(&MAC, source)
        }
    }
}

/// Version 2, which says the interface too.
pub mod sll2 {
    use core::net::Ipv4Addr;

    use super::{check, has, is_ether_type, is_gre, is_link_protocol, number};
    use crate::field::{Announce, Builder, Field, Mac, Next, Numbers, Peel, Phrase, Protocol};
    use crate::names::{CookedPacketType, EtherType, LinuxHardwareType};

    crate::header! {
        /// ```text
        ///  0                   1                   2                   3
        ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
        /// +-------------------------------+-------------------------------+
        /// |           Protocol            |           Reserved            |
        /// +-------------------------------+-------------------------------+
        /// |                        Interface index                        |
        /// +-------------------------------+---------------+---------------+
        /// |         Hardware type         |  Packet type  | Address length|
        /// +-------------------------------+---------------+---------------+
        /// |                    Address of the sender                      |
        /// |                                                               |
        /// +---------------------------------------------------------------+
        /// ```
        pub struct Sll2(20) "sll" in "LINKTYPE_LINUX_SLL2" {
            tile PROTOCOL_TYPE(protocol_type, set_protocol_type): EtherType = 0..16 if is_ether_type::<Sll2>, "sll.etype", "Protocol";
            tile LINK_PROTOCOL: u16 as Hex = 0..16 if is_link_protocol::<Sll2>, "sll.ltype", "Protocol";
            tile GRE_PROTOCOL: u16 as Hex = 0..16 if is_gre::<Sll2>, "sll.gretype", "Protocol";
            tile RESERVED: u16 as Hex = 16..32, "sll.reserved", "Reserved";
            tile INTERFACE(interface, set_interface): u32 = 32..64, "sll.ifindex", "Interface index";
            tile HARDWARE_TYPE(hardware_type, set_hardware_type): LinuxHardwareType = 64..80, "sll.hatype", "Hardware type";
            tile PACKET_TYPE(packet_type, set_packet_type): CookedPacketType = 80..88, "sll.pkttype", "Packet type";
            tile ADDRESS_LENGTH(address_length, set_address_length): u8 = 88..96, "sll.halen", "Address length";
            tile MAC: Mac = 96..144 if has::<Sll2, 6>, "sll.src.eth", "Source";
            tile IPV4: Ipv4Addr = 96..128 if has::<Sll2, 4>, "sll.src.ipv4", "Source";
            tile OTHER_1: [u8; 0] = 96..104 if has::<Sll2, 1>, "sll.src.other", "Source";
            tile OTHER_2: [u8; 0] = 96..112 if has::<Sll2, 2>, "sll.src.other", "Source";
            tile OTHER_3: [u8; 0] = 96..120 if has::<Sll2, 3>, "sll.src.other", "Source";
            tile OTHER_5: [u8; 0] = 96..136 if has::<Sll2, 5>, "sll.src.other", "Source";
            tile OTHER_7: [u8; 0] = 96..152 if has::<Sll2, 7>, "sll.src.other", "Source";
            tile OTHER_8: [u8; 0] = 96..160 if has::<Sll2, 8>, "sll.src.other", "Source";
            tile UNUSED_8: [u8; 0] = 96..160 if has::<Sll2, 0>, "sll.unused", "Unused";
            tile UNUSED_7: [u8; 0] = 104..160 if has::<Sll2, 1>, "sll.unused", "Unused";
            tile UNUSED_6: [u8; 0] = 112..160 if has::<Sll2, 2>, "sll.unused", "Unused";
            tile UNUSED_5: [u8; 0] = 120..160 if has::<Sll2, 3>, "sll.unused", "Unused";
            tile UNUSED_4: [u8; 0] = 128..160 if has::<Sll2, 4>, "sll.unused", "Unused";
            tile UNUSED_3: [u8; 0] = 136..160 if has::<Sll2, 5>, "sll.unused", "Unused";
            tile UNUSED_2: [u8; 0] = 144..160 if has::<Sll2, 6>, "sll.unused", "Unused";
            tile UNUSED_1: [u8; 0] = 152..160 if has::<Sll2, 7>, "sll.unused", "Unused";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "sll",
        name: "Linux cooked capture v2",
        spec: "LINKTYPE_LINUX_SLL2",
        fields: FIELDS,
        length: Sll2::LEN,
        peel,
        needed: |_| Sll2::LEN,
        checks: &[check::<Sll2>],
        announce: Some(Announce { field: &PROTOCOL_TYPE.info, numbers: Numbers::Own(number), nothing: None }),
        summary: &[
            Phrase::Text("cooked, interface "),
            Phrase::Value(&INTERFACE.info),
            Phrase::Text(", "),
            Phrase::Value(&PACKET_TYPE.info),
            Phrase::Text(", "),
            Phrase::Value(&PROTOCOL_TYPE.info),
            Phrase::Text(", "),
            Phrase::Content,
        ],
        ..Protocol::PLAIN
    };

    /// The EtherType, or LLC.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        super::peel::<Sll2>(bytes)
    }

    impl super::Cooked for Sll2 {
        type Length = u8;
        const HARDWARE_TYPE: Field<LinuxHardwareType> = HARDWARE_TYPE;
        const PROTOCOL_TYPE: Field<EtherType> = PROTOCOL_TYPE;
        const ADDRESS_LENGTH: Field<u8> = ADDRESS_LENGTH;
    }

    impl Sll2 {
        /// A packet that came by an interface from a station with this address; the protocol is filled in from what
        /// follows when the packet is written.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(interface: u32, source: Mac) -> Builder<Self> {
            Builder::<Self>::empty()
                .interface(interface)
                .hardware_type(LinuxHardwareType::ETHERNET)
                .address_length(6)
                .preset(&MAC, source)
        }
    }
}

/// What both versions have, each at places of its own.
trait Cooked: Header {
    type Length: FieldType + Into<usize>;
    const HARDWARE_TYPE: Field<LinuxHardwareType>;
    const PROTOCOL_TYPE: Field<EtherType>;
    const ADDRESS_LENGTH: Field<Self::Length>;
}

/// The EtherType; a number below those leads to LLC or nowhere, and behind some hardware there are no EtherTypes.
#[inline(always)]
fn peel<H: Cooked>(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_at_checked(H::LEN)?;
    let number = H::PROTOCOL_TYPE.read(header)?;
    let next = match (H::HARDWARE_TYPE.read(header)?, number.0) {
        // Netlink, and hardware whose own header follows: Radiotap, frame relay.
        (LinuxHardwareType(770 | 803 | 824), _) => None,
        (_, 0x0004) => Some(Next::Kind(Kind::LLC)),
        (_, ..0x0600) => None,
        _ => Some(Next::from(number)),
    };
    Some(Peel { header: H::LEN, content, tail: 0, next })
}

/// LLC has no EtherType, but a number of Linux.
fn number(kind: Kind, ether_type: Option<u16>) -> Option<u16> {
    if kind == Kind::LLC { Some(0x0004) } else { ether_type }
}

/// Whether the address has so many bytes, of which there is room for eight.
fn has<H: Cooked, const LENGTH: usize>(header: &[u8]) -> bool {
    H::ADDRESS_LENGTH.read(header).map_or(0, Into::into).min(8) == LENGTH
}

/// ARPHRD_IPGRE and ARPHRD_IP6GRE of Linux.
fn is_gre<H: Cooked>(header: &[u8]) -> bool {
    matches!(H::HARDWARE_TYPE.read(header), Some(LinuxHardwareType(778 | 823)))
}

fn is_ether_type<H: Cooked>(header: &[u8]) -> bool {
    !is_gre::<H>(header) && H::PROTOCOL_TYPE.read(header).is_some_and(|number| number.0 >= 0x0600)
}

fn is_link_protocol<H: Cooked>(header: &[u8]) -> bool {
    !is_gre::<H>(header) && !is_ether_type::<H>(header)
}

fn check<H: Cooked>(scope: &Scope<'_>) -> Option<Finding> {
    let length = H::ADDRESS_LENGTH.read(scope.bytes)?.into();
    let text = "the address is longer than its eight bytes; the rest is not there";
    let long = Finding::at(const { &H::ADDRESS_LENGTH.info }, "sll.halen.long", Severity::Note, text);
    (length > 8).then(|| long.length(length, 8, None))
}

#[cfg(test)]
mod tests {
    use super::sll::{self, Sll};
    use super::sll2::{self, Sll2};
    use super::*;
    use crate::field::Mac;
    use crate::names::CookedPacketType;

    /// A TCP segment on a loopback interface, as tcpdump gave it (packetbeat's amqp_publish.pcap).
    #[test]
    fn an_address_of_six_bytes() {
        let header = [0, 0, 0x03, 0x04, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00];
        let sll = Sll::view(header).unwrap();
        assert_eq!(
            (sll.packet_type(), sll.hardware_type()),
            (CookedPacketType::TO_US, LinuxHardwareType(772))
        );
        assert_eq!(sll::peel(&header).unwrap().next, Some(Next::EtherType(0x0800)));
        assert_eq!(sll::MAC.read(&header), Some(Mac::default()));
        assert!(sll::peel(&header[..15]).is_none());
    }

    /// The page: 4 is LLC, 1 is Novell's 802.3; Netlink's numbers are no EtherTypes.
    #[test]
    fn numbers_that_are_no_ether_types() {
        let mut header = [0; 16];
        for (hardware, number, next) in [
            (1, 4, Some(Next::Kind(Kind::LLC))),
            (1, 1, None),
            (1, 0x0800, Some(Next::EtherType(0x0800))),
            (824, 0x0800, None),
            (778, 0x0800, Some(Next::EtherType(0x0800))),
        ] {
            sll::HARDWARE_TYPE.write(&mut header, LinuxHardwareType(hardware)).unwrap();
            sll::PROTOCOL_TYPE.write(&mut header, EtherType(number)).unwrap();
            assert_eq!(sll::peel(&header).unwrap().next, next, "{hardware} {number}");
        }
    }

    /// A TCP segment on a loopback interface (fq's sll2_tcp.pcap).
    #[test]
    fn says_the_interface() {
        let header = [8, 0, 0, 0, 0, 0, 0, 1, 0x03, 0x04, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
        let sll = Sll2::view(header).unwrap();
        assert_eq!((sll.interface(), sll.packet_type()), (1, CookedPacketType::TO_US));
        assert_eq!(sll.hardware_type(), LinuxHardwareType(772));
        assert_eq!(sll2::peel(&header).unwrap().next, Some(Next::EtherType(0x0800)));
        assert!(sll2::peel(&header[..19]).is_none());
    }
}
