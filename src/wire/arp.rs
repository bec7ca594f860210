//! ARP, [RFC 826](https://www.rfc-editor.org/rfc/rfc826), for any lengths of addresses.

use core::net::Ipv4Addr;

use crate::field::{
    Builder, Check, Cursor, Field, FieldInfo, Finding, Format, Generated, Mac, Next, Peel, Phrase, Protocol,
    Section, Severity, Value,
};
use crate::names::{ArpOperation, EtherType, HardwareType};

crate::header! {
    /// The fixed part; the addresses behind it have the lengths that it gives.
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------------------------------+-------------------------------+
    /// |         Hardware type         |         Protocol type         |
    /// +---------------+---------------+-------------------------------+
    /// | Hardware size | Protocol size |           Operation           |
    /// +---------------+---------------+-------------------------------+
    /// | Sender hardware, sender protocol, target hardware, target     |
    /// | protocol address                                              |
    /// ```
    pub struct Arp(8 max 64 step 1) "arp" in "RFC 826" {
        tile HARDWARE_TYPE(hardware_type, set_hardware_type): HardwareType = 0..16, "arp.hw.type", "Hardware type";
        tile PROTOCOL_TYPE(protocol_type, set_protocol_type): EtherType = 16..32, "arp.proto.type", "Protocol type";
        tile HARDWARE_SIZE(hardware_size, set_hardware_size): u8 = 32..40, "arp.hw.size", "Hardware size";
        tile PROTOCOL_SIZE(protocol_size, set_protocol_size): u8 = 40..48, "arp.proto.size", "Protocol size";
        tile OPERATION(operation, set_operation): ArpOperation = 48..64, "arp.opcode", "Operation";
    }
}

crate::fields! {
    /// The addresses of Ethernet and IPv4, which is what ARP is used for.
    pub mod addresses in "RFC 826" {
        tile SENDER_MAC: Mac = 64..112, "arp.src.hw_mac", "Sender MAC address";
        tile SENDER_IP: Ipv4Addr = 112..144, "arp.src.proto_ipv4", "Sender IP address";
        tile TARGET_MAC: Mac = 144..192, "arp.dst.hw_mac", "Target MAC address";
        tile TARGET_IP: Ipv4Addr = 192..224, "arp.dst.proto_ipv4", "Target IP address";
    }
}

crate::fields! {
    /// A sender hardware address of another kind.
    pub mod sender_hardware in "RFC 826" {
        tile ADDRESS: [u8; 0] = 0..0, "arp.src.hw", "Sender hardware address";
    }
}
crate::fields! {
    /// A sender protocol address of another kind.
    pub mod sender_protocol in "RFC 826" {
        tile ADDRESS: [u8; 0] = 0..0, "arp.src.proto", "Sender protocol address";
    }
}
crate::fields! {
    /// A target hardware address of another kind.
    pub mod target_hardware in "RFC 826" {
        tile ADDRESS: [u8; 0] = 0..0, "arp.dst.hw", "Target hardware address";
    }
}
crate::fields! {
    /// A target protocol address of another kind.
    pub mod target_protocol in "RFC 826" {
        tile ADDRESS: [u8; 0] = 0..0, "arp.dst.proto", "Target protocol address";
    }
}

/// The parts of a message whose addresses are not both of Ethernet and IPv4, but one of them is.
macro_rules! part {
    ($module:ident, $type:ty, $bits:literal, $name:literal, $label:literal) => {
        crate::fields! {
            #[doc = $label]
            pub mod $module in "RFC 826" {
                tile ADDRESS: $type = 0..$bits, $name, $label;
            }
        }
    };
}
part!(sender_mac, Mac, 48, "arp.src.hw_mac", "Sender MAC address");
part!(sender_ipv4, Ipv4Addr, 32, "arp.src.proto_ipv4", "Sender IP address");
part!(target_mac, Mac, 48, "arp.dst.hw_mac", "Target MAC address");
part!(target_ipv4, Ipv4Addr, 32, "arp.dst.proto_ipv4", "Target IP address");

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "arp",
    name: "Address Resolution Protocol",
    spec: "RFC 826",
    fields: FIELDS,
    tables: &[
        addresses::FIELDS,
        sender_mac::FIELDS,
        sender_ipv4::FIELDS,
        target_mac::FIELDS,
        target_ipv4::FIELDS,
        sender_hardware::FIELDS,
        sender_protocol::FIELDS,
        target_hardware::FIELDS,
        target_protocol::FIELDS,
    ],
    length: Arp::LEN,
    peel,
    needed,
    sections,
    checks: CHECKS,
    fill: |bytes, completion| {
        completion.auto(bytes, &HARDWARE_TYPE, HardwareType::ETHERNET);
        completion.auto(bytes, &PROTOCOL_TYPE, EtherType::IPV4);
        completion.auto(bytes, &HARDWARE_SIZE, 6);
        completion.auto(bytes, &PROTOCOL_SIZE, 4);
        completion.auto(bytes, &OPERATION, ArpOperation::REQUEST);
        Ok(())
    },
    generated: GENERATED,
    summary: &[
        Phrase::Text("ARP "),
        Phrase::If(
            |header| is_certain(header, ArpOperation::REQUEST),
            &[
                Phrase::Text("who has "),
                Phrase::Value(&addresses::TARGET_IP.info),
                Phrase::Text("? tell "),
                Phrase::Value(&addresses::SENDER_IP.info),
            ],
        ),
        Phrase::If(
            |header| is_certain(header, ArpOperation::REPLY),
            &[
                Phrase::Value(&addresses::SENDER_IP.info),
                Phrase::Text(" is at "),
                Phrase::Value(&addresses::SENDER_MAC.info),
            ],
        ),
        Phrase::If(
            |header| !is_certain(header, ArpOperation::REQUEST) && !is_certain(header, ArpOperation::REPLY),
            &[Phrase::Value(&OPERATION.info)],
        ),
    ],
    ..Protocol::PLAIN
};

/// The header with its addresses; it carries nothing.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<8>()?;
    let header = needed(bytes);
    bytes.get(..header)?;
    Some(Peel { header, content: &[], tail: 0, next: None })
}

/// Whether this is a whole message of this kind for Ethernet and IPv4.
fn is_certain(header: &[u8], operation: ArpOperation) -> bool {
    header.len() >= 28 && is_ethernet_and_ipv4(header) && OPERATION.read(header) == Some(operation)
}

fn needed(bytes: &[u8]) -> usize {
    let size = |field: Field<u8>| usize::from(field.read(bytes).unwrap_or(0));
    size(HARDWARE_SIZE).saturating_add(size(PROTOCOL_SIZE)).saturating_mul(2).saturating_add(Arp::LEN)
}

fn is_ethernet_and_ipv4(header: &[u8]) -> bool {
    HARDWARE_TYPE.read(header) == Some(HardwareType::ETHERNET) && has_mac(header) && has_ipv4(header)
}

/// Ethernet and the other IEEE 802 networks have the same addresses.
fn has_mac(header: &[u8]) -> bool {
    HARDWARE_SIZE.read(header) == Some(6)
        && matches!(HARDWARE_TYPE.read(header), Some(HardwareType::ETHERNET | HardwareType(6)))
}

fn has_ipv4(header: &[u8]) -> bool {
    PROTOCOL_SIZE.read(header) == Some(4) && PROTOCOL_TYPE.read(header) == Some(EtherType::IPV4)
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    cursor.phase = cursor.phase.saturating_add(1);
    if is_ethernet_and_ipv4(header) {
        return if cursor.phase == 1 { cursor.go_on(addresses::FIELDS, 28) } else { None };
    }
    let (table, size) = match (cursor.phase, has_mac(header), has_ipv4(header)) {
        (1, true, _) => (sender_mac::FIELDS, HARDWARE_SIZE),
        (1, ..) => (sender_hardware::FIELDS, HARDWARE_SIZE),
        (2, _, true) => (sender_ipv4::FIELDS, PROTOCOL_SIZE),
        (2, ..) => (sender_protocol::FIELDS, PROTOCOL_SIZE),
        (3, true, _) => (target_mac::FIELDS, HARDWARE_SIZE),
        (3, ..) => (target_hardware::FIELDS, HARDWARE_SIZE),
        (4, _, true) => (target_ipv4::FIELDS, PROTOCOL_SIZE),
        (4, ..) => (target_protocol::FIELDS, PROTOCOL_SIZE),
        _ => return None,
    };
    cursor.take(table, usize::from(size.read(header)?))
}

const CHECKS: &[Check] = &[|scope| {
    let header = scope.header_bytes();
    let ethernet = HARDWARE_TYPE.read(header) == Some(HardwareType::ETHERNET);
    let size = HARDWARE_SIZE.read(header)?;
    let text = "Ethernet addresses have six bytes";
    let wrong = Finding::at(&HARDWARE_SIZE.info, "arp.hw.size.bad", Severity::Error, text);
    (ethernet && size != 6).then(|| wrong.value(u64::from(size), 6))
}];

/// RFC 5227 section 1.1: a probe comes from no address; an announcement is a request for the sender's own.
const GENERATED: &[Generated] = &[
    Generated {
        info: flag("arp.isgratuitous", "Gratuitous"),
        value: |scope| {
            let arp = View::of(scope.bytes)?;
            (arp.sender == arp.target).then_some(Value::Flag(true))
        },
    },
    Generated {
        info: flag("arp.isprobe", "Probe"),
        value: |scope| {
            let arp = View::of(scope.bytes)?;
            (arp.operation == ArpOperation::REQUEST && arp.sender.is_unspecified())
                .then_some(Value::Flag(true))
        },
    },
    Generated {
        info: flag("arp.isannouncement", "Announcement"),
        value: |scope| {
            let arp = View::of(scope.bytes)?;
            (arp.operation == ArpOperation::REQUEST && arp.sender == arp.target).then_some(Value::Flag(true))
        },
    },
];

struct View {
    operation: ArpOperation,
    sender: Ipv4Addr,
    target: Ipv4Addr,
}

impl View {
    fn of(bytes: &[u8]) -> Option<Self> {
        is_ethernet_and_ipv4(bytes).then_some(())?;
        Some(Self {
            operation: OPERATION.read(bytes)?,
            sender: addresses::SENDER_IP.read(bytes)?,
            target: addresses::TARGET_IP.read(bytes)?,
        })
    }
}

const fn flag(name: &'static str, label: &'static str) -> FieldInfo {
    FieldInfo::generated(name, label, "RFC 5227 section 1.1", Format::Flag)
}

impl Arp {
    /// An ARP message for Ethernet and IPv4: the sender's and the target's addresses.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(operation: ArpOperation, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Builder<Self> {
        Builder::<Self>::empty()
            .preset(&HARDWARE_TYPE, HardwareType::ETHERNET)
            .preset(&PROTOCOL_TYPE, EtherType::IPV4)
            .preset(&HARDWARE_SIZE, 6)
            .preset(&PROTOCOL_SIZE, 4)
            .operation(operation)
            .append(&sender.0.0)
            .append(&sender.1.octets())
            .append(&target.0.0)
            .append(&target.1.octets())
    }

    /// A request: who has `target`?
    pub fn request(sender: (Mac, Ipv4Addr), target: Ipv4Addr) -> Builder<Self> {
        Self::new(ArpOperation::REQUEST, sender, (Mac::default(), target))
    }

    /// A reply: the sender has its addresses.
    pub fn reply(sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Builder<Self> {
        Self::new(ArpOperation::REPLY, sender, target)
    }
}

impl<B: AsRef<[u8]>> Arp<B> {
    /// Sender's hardware and protocol address, if they are of Ethernet and IPv4.
    pub fn sender(&self) -> Option<(Mac, Ipv4Addr)> {
        let bytes = self.bytes();
        is_ethernet_and_ipv4(bytes).then_some(())?;
        Some((addresses::SENDER_MAC.read(bytes)?, addresses::SENDER_IP.read(bytes)?))
    }

    /// Target's hardware and protocol address, if they are of Ethernet and IPv4.
    pub fn target(&self) -> Option<(Mac, Ipv4Addr)> {
        let bytes = self.bytes();
        is_ethernet_and_ipv4(bytes).then_some(())?;
        Some((addresses::TARGET_MAC.read(bytes)?, addresses::TARGET_IP.read(bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 826: the lengths in the message say where each address lies.
    #[test]
    fn addresses_of_any_length() {
        let message = [0, 6, 8, 0, 2, 3, 0, 1, 0xa1, 0xa2, 1, 2, 3, 0xb1, 0xb2, 4, 5, 6, 0xff];
        assert_eq!(super::peel(&message).unwrap().header, 18);
        let mut cursor = Cursor::new(8);
        let mut found = [(0, 0); 4];
        for place in &mut found {
            let section = sections(&message, &mut cursor).unwrap();
            *place = (section.start, section.length);
        }
        assert_eq!(found, [(8, 2), (10, 3), (13, 2), (15, 3)]);
        assert!(sections(&message, &mut cursor).is_none());
    }
}
