//! Linux cooked captures, version 2, which say the interface too.
//! [LINKTYPE_LINUX_SLL2](https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).

use core::net::Ipv4Addr;

use crate::field::{
    Announce, Builder, Check, Finding, Kind, Mac, Next, Numbers, Peel, Phrase, Protocol, Severity,
};
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
        tile PROTOCOL_TYPE(protocol_type, set_protocol_type): EtherType = 0..16 if is_ether_type, "sll.etype", "Protocol";
        tile LINK_PROTOCOL: u16 as Hex = 0..16 if is_link_protocol, "sll.ltype", "Protocol";
        tile GRE_PROTOCOL: u16 as Hex = 0..16 if is_gre, "sll.gretype", "Protocol";
        tile RESERVED: u16 as Hex = 16..32, "sll.reserved", "Reserved";
        tile INTERFACE(interface, set_interface): u32 = 32..64, "sll.ifindex", "Interface index";
        tile HARDWARE_TYPE(hardware_type, set_hardware_type): LinuxHardwareType = 64..80, "sll.hatype", "Hardware type";
        tile PACKET_TYPE(packet_type, set_packet_type): CookedPacketType = 80..88, "sll.pkttype", "Packet type";
        tile ADDRESS_LENGTH(address_length, set_address_length): u8 = 88..96, "sll.halen", "Address length";
        tile MAC: Mac = 96..144 if has_mac, "sll.src.eth", "Source";
        tile IPV4: Ipv4Addr = 96..128 if has_ipv4, "sll.src.ipv4", "Source";
        tile OTHER_1: [u8; 0] = 96..104 if has::<1>, "sll.src.other", "Source";
        tile OTHER_2: [u8; 0] = 96..112 if has::<2>, "sll.src.other", "Source";
        tile OTHER_3: [u8; 0] = 96..120 if has::<3>, "sll.src.other", "Source";
        tile OTHER_5: [u8; 0] = 96..136 if has::<5>, "sll.src.other", "Source";
        tile OTHER_7: [u8; 0] = 96..152 if has::<7>, "sll.src.other", "Source";
        tile OTHER_8: [u8; 0] = 96..160 if has::<8>, "sll.src.other", "Source";
        tile UNUSED_8: [u8; 0] = 96..160 if has::<0>, "sll.unused", "Unused";
        tile UNUSED_7: [u8; 0] = 104..160 if has::<1>, "sll.unused", "Unused";
        tile UNUSED_6: [u8; 0] = 112..160 if has::<2>, "sll.unused", "Unused";
        tile UNUSED_5: [u8; 0] = 120..160 if has::<3>, "sll.unused", "Unused";
        tile UNUSED_4: [u8; 0] = 128..160 if has::<4>, "sll.unused", "Unused";
        tile UNUSED_3: [u8; 0] = 136..160 if has::<5>, "sll.unused", "Unused";
        tile UNUSED_2: [u8; 0] = 144..160 if has::<6>, "sll.unused", "Unused";
        tile UNUSED_1: [u8; 0] = 152..160 if has::<7>, "sll.unused", "Unused";
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
    checks: CHECKS,
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

/// The EtherType; a number below those leads to LLC or nowhere, and behind some hardware there are no EtherTypes.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_first_chunk::<{ Sll2::LEN }>()?;
    let number = PROTOCOL_TYPE.read(header)?;
    let next = match (HARDWARE_TYPE.read(header)?, number.0) {
        // Netlink, and hardware whose own header follows: Radiotap, frame relay.
        (LinuxHardwareType(770 | 803 | 824), _) => None,
        (_, 0x0004) => Some(Next::Kind(Kind::LLC)),
        (_, ..0x0600) => None,
        _ => Some(Next::from(number)),
    };
    Some(Peel { header: Sll2::LEN, content, tail: 0, next })
}

/// LLC has no EtherType, but a number of Linux.
fn number(kind: Kind, ether_type: Option<u16>) -> Option<u16> {
    if kind == Kind::LLC { Some(0x0004) } else { ether_type }
}

fn length(header: &[u8]) -> usize {
    ADDRESS_LENGTH.read(header).map_or(0, usize::from).min(8)
}

fn has<const LENGTH: usize>(header: &[u8]) -> bool {
    length(header) == LENGTH
}

fn has_mac(header: &[u8]) -> bool {
    length(header) == 6
}

fn has_ipv4(header: &[u8]) -> bool {
    length(header) == 4
}

/// ARPHRD_IPGRE and ARPHRD_IP6GRE of Linux.
fn is_gre(header: &[u8]) -> bool {
    matches!(HARDWARE_TYPE.read(header), Some(LinuxHardwareType(778 | 823)))
}

fn is_ether_type(header: &[u8]) -> bool {
    !is_gre(header) && PROTOCOL_TYPE.read(header).is_some_and(|number| number.0 >= 0x0600)
}

fn is_link_protocol(header: &[u8]) -> bool {
    !is_gre(header) && !is_ether_type(header)
}

const CHECKS: &[Check] = &[|scope| {
    let length = ADDRESS_LENGTH.read(scope.bytes)?;
    let text = "the address is longer than its eight bytes; the rest is not there";
    let long = Finding::at(&ADDRESS_LENGTH.info, "sll.halen.long", Severity::Note, text);
    (length > 8).then(|| long.length(usize::from(length), 8, None))
}];

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A TCP segment on a loopback interface (fq's sll2_tcp.pcap).
    #[test]
    fn says_the_interface() {
        let header = [8, 0, 0, 0, 0, 0, 0, 1, 0x03, 0x04, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0];
        let sll = Sll2::view(header).unwrap();
        assert_eq!((sll.interface(), sll.packet_type()), (1, CookedPacketType::TO_US));
        assert_eq!(sll.hardware_type(), LinuxHardwareType(772));
        assert_eq!(super::peel(&header).unwrap().next, Some(Next::EtherType(0x0800)));
        assert!(super::peel(&header[..19]).is_none());
    }
}
