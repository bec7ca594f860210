//! A packet as an expression of scapy, exact: every field is given, so that scapy computes none.
//!
//! Headers are written as long as scapy has them with the same fields; what lies inside the last of them is `Raw`.

use crate::field::{Kind, Value, tlv};
use crate::names::TcpOptionKind;
use crate::packet::{FieldRef, Layer, Packet};

/// A header of scapy: our kind, its name, and its fields by ours.
struct Header {
    kind: Kind,
    name: &'static str,
    /// Its length without options.
    length: usize,
    fields: &'static [(&'static str, &'static str)],
}

/// The headers that are written so.
const HEADERS: &[Header] = &[
    Header {
        kind: Kind::ETHERNET,
        name: "Ether",
        length: 14,
        fields: &[("eth.dst", "dst"), ("eth.src", "src"), ("eth.type", "type")],
    },
    Header {
        kind: Kind::VLAN,
        name: "Dot1Q",
        length: 4,
        fields: &[("vlan.priority", "prio"), ("vlan.dei", "id"), ("vlan.id", "vlan"), ("vlan.etype", "type")],
    },
    Header {
        kind: Kind::ARP,
        name: "ARP",
        length: 28,
        fields: &[
            ("arp.hw.type", "hwtype"),
            ("arp.proto.type", "ptype"),
            ("arp.hw.size", "hwlen"),
            ("arp.proto.size", "plen"),
            ("arp.opcode", "op"),
            ("arp.src.hw_mac", "hwsrc"),
            ("arp.src.proto_ipv4", "psrc"),
            ("arp.dst.hw_mac", "hwdst"),
            ("arp.dst.proto_ipv4", "pdst"),
        ],
    },
    Header {
        kind: Kind::IPV4,
        name: "IP",
        length: 20,
        fields: &[
            ("ip.version", "version"),
            ("ip.hdr_len", "ihl"),
            ("ip.dsfield", "tos"),
            ("ip.len", "len"),
            ("ip.id", "id"),
            ("ip.flags", "flags"),
            ("ip.frag_offset", "frag"),
            ("ip.ttl", "ttl"),
            ("ip.proto", "proto"),
            ("ip.checksum", "chksum"),
            ("ip.src", "src"),
            ("ip.dst", "dst"),
        ],
    },
    Header {
        kind: Kind::IPV6,
        name: "IPv6",
        length: 40,
        fields: &[
            ("ipv6.version", "version"),
            ("ipv6.tclass", "tc"),
            ("ipv6.flow", "fl"),
            ("ipv6.plen", "plen"),
            ("ipv6.nxt", "nh"),
            ("ipv6.hlim", "hlim"),
            ("ipv6.src", "src"),
            ("ipv6.dst", "dst"),
        ],
    },
    Header {
        kind: Kind::UDP,
        name: "UDP",
        length: 8,
        fields: &[
            ("udp.srcport", "sport"),
            ("udp.dstport", "dport"),
            ("udp.length", "len"),
            ("udp.checksum", "chksum"),
        ],
    },
    Header {
        kind: Kind::TCP,
        name: "TCP",
        length: 20,
        fields: &[
            ("tcp.srcport", "sport"),
            ("tcp.dstport", "dport"),
            ("tcp.seq", "seq"),
            ("tcp.ack", "ack"),
            ("tcp.hdr_len", "dataofs"),
            ("tcp.flags.res", "reserved"),
            ("tcp.window_size_value", "window"),
            ("tcp.checksum", "chksum"),
            ("tcp.urgent_pointer", "urgptr"),
        ],
    },
];

/// A packet as an expression of scapy that makes the same bytes.
pub fn scapy<B: AsRef<[u8]>>(packet: &Packet<B>) -> String {
    let mut parts = Vec::new();
    let mut end = 0;
    for (index, layer) in packet.headers().enumerate() {
        let known = HEADERS.iter().find(|known| known.kind == layer.kind && layer.header() >= known.length);
        let Some(known) = known.filter(|_| layer.start() == end) else { break };
        let Some(text) = header(packet, index, &layer, known) else { break };
        parts.push(text);
        end = layer.content();
    }
    let rest = packet.bytes().get(end..).unwrap_or(&[]);
    if !rest.is_empty() || parts.is_empty() {
        parts.push(format!("Raw(bytes.fromhex(\"{}\"))", hex::encode(rest)));
    }
    parts.join("/")
}

fn header<B: AsRef<[u8]>>(packet: &Packet<B>, index: usize, layer: &Layer, known: &Header) -> Option<String> {
    let fields: Vec<FieldRef<'_>> = packet.fields_of(index).collect();
    let value = |name: &str| fields.iter().find(|field| field.info.name == name).and_then(FieldRef::value);
    let mut given = Vec::new();
    for (ours, theirs) in known.fields {
        let shown = match value(ours)? {
            // Lengths of headers are in words there, offsets of fragments in their own unit.
            Value::Number(number) => {
                let info = fields.iter().find(|field| field.info.name == *ours)?.info;
                number.checked_div(info.scale.into())?.to_string()
            }
            Value::Flag(flag) => u8::from(flag).to_string(),
            other => format!("\"{other}\""),
        };
        given.push(format!("{theirs}={shown}"));
    }
    let bytes = packet.bytes().get(layer.start()..layer.content())?;
    let options = bytes.get(known.length..)?;
    match known.kind {
        Kind::TCP => {
            // The flag of accurate ECN is the ninth of the flags there, and ours are 12 bits with those that are reserved.
            let Value::Number(flags) = value("tcp.flags")? else { return None };
            given.push(format!("flags={}", flags & 0x1ff));
            given.push(format!("options=[{}]", tcp_options(options)?.join(", ")));
        }
        _ if !options.is_empty() => return None,
        _ => {}
    }
    Some(format!("{}({})", known.name, given.join(", ")))
}

/// The options of TCP, in pairs; `None` where scapy would write them otherwise.
fn tcp_options(options: &[u8]) -> Option<Vec<String>> {
    let rules = &tlv::Rules::IP_AND_TCP;
    let mut found = Vec::new();
    for item in tlv::walk(options, rules) {
        let data = item.data(rules);
        let word = |at: usize| data.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word));
        let kind = TcpOptionKind(u8::try_from(item.kind).ok()?);
        (!item.broken).then_some(())?;
        found.push(match (kind, data) {
            (TcpOptionKind::NO_OPERATION, _) => "(\"NOP\", None)".to_owned(),
            // Behind the end there are zeros, or it is no padding.
            (TcpOptionKind::END_OF_LIST, _) if item.bytes.iter().all(|byte| *byte == 0) => {
                (item.bytes.len() < 4).then_some(())?;
                "(\"EOL\", None)".to_owned()
            }
            (TcpOptionKind::END_OF_LIST, _) => return None,
            (TcpOptionKind::MAXIMUM_SEGMENT_SIZE, [high, low]) => {
                format!("(\"MSS\", {})", u16::from_be_bytes([*high, *low]))
            }
            (TcpOptionKind::WINDOW_SCALE, [shift]) => format!("(\"WScale\", {shift})"),
            (TcpOptionKind::SACK_PERMITTED, []) => "(\"SAckOK\", b\"\")".to_owned(),
            (TcpOptionKind::TIMESTAMPS, data) if data.len() == 8 => {
                format!("(\"Timestamp\", ({}, {}))", word(0)?, word(4)?)
            }
            _ if data.is_empty() => return None,
            (kind, data) => format!("({}, bytes.fromhex(\"{}\"))", kind.0, hex::encode(data)),
        });
    }
    Some(found)
}
