//! What an address is: its bits, its class and scope, what the registries set it apart for, and what is embedded in it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::explain::{rows, subnet};
use crate::field::Mac;
use crate::names::{SpecialBlock, special_blocks};

/// An address, explained.
///
/// ```
/// use layercake::explain::Address;
///
/// let text = Address::Ip("203.0.113.12".parse()?).to_string();
/// assert!(text.contains("11001011 00000000 01110001 00001100"));
/// assert!(text.contains("203.0.113.0/24 Documentation (TEST-NET-3) (RFC 5737)"));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of IPv4 or IPv6.
    Ip(IpAddr),
    /// Of Ethernet.
    Mac(Mac),
}

/// Names of what is in a block, and the document that says so.
type Named<A> = (A, A, &'static str, &'static str);

/// The blocks of IPv4 multicast (RFC 5771 and the documents named), the first that holds an address counts.
const GROUPS_4: &[Named<[u8; 4]>] = &[
    ([224, 0, 0, 0], [224, 0, 0, 255], "local network control: never forwarded", "RFC 5771 section 4"),
    ([224, 0, 1, 0], [224, 0, 1, 255], "internetwork control", "RFC 5771 section 5"),
    ([224, 0, 2, 0], [224, 0, 255, 255], "ad hoc, block I", "RFC 5771 section 6"),
    ([224, 2, 0, 0], [224, 2, 255, 255], "session announcements (SDP, SAP)", "RFC 5771 section 7"),
    ([224, 3, 0, 0], [224, 4, 255, 255], "ad hoc, block II", "RFC 5771 section 6"),
    ([232, 0, 0, 0], [232, 255, 255, 255], "source-specific", "RFC 4607"),
    ([233, 252, 0, 0], [233, 252, 0, 255], "documentation (MCAST-TEST-NET)", "RFC 6676"),
    ([233, 252, 0, 0], [233, 255, 255, 255], "ad hoc, block III", "RFC 5771 section 6"),
    ([233, 0, 0, 0], [233, 251, 255, 255], "GLOP: of an autonomous system", "RFC 3180"),
    ([234, 0, 0, 0], [234, 255, 255, 255], "of a unicast prefix", "RFC 6034"),
    ([239, 255, 0, 0], [239, 255, 255, 255], "administratively scoped, local scope", "RFC 2365 section 6.1"),
    (
        [239, 192, 0, 0],
        [239, 195, 255, 255],
        "administratively scoped, of an organization",
        "RFC 2365 section 6.2",
    ),
    ([239, 0, 0, 0], [239, 255, 255, 255], "administratively scoped", "RFC 2365"),
    ([224, 0, 0, 0], [239, 255, 255, 255], "reserved or not assigned", "RFC 5771"),
];

/// IPv4 groups that are met often.
const KNOWN_4: &[([u8; 4], &str, &str)] = &[
    ([224, 0, 0, 1], "all hosts of the subnet", "RFC 1112 section 4"),
    ([224, 0, 0, 2], "all routers of the subnet", "RFC 1256"),
    ([224, 0, 0, 4], "DVMRP routers", "RFC 1075"),
    ([224, 0, 0, 5], "all OSPF routers", "RFC 2328 appendix A.1"),
    ([224, 0, 0, 6], "OSPF designated routers", "RFC 2328 appendix A.1"),
    ([224, 0, 0, 9], "RIP version 2 routers", "RFC 2453 section 4.5"),
    ([224, 0, 0, 10], "EIGRP routers", "RFC 7868"),
    ([224, 0, 0, 13], "all PIM routers", "RFC 7761 section 4.9"),
    ([224, 0, 0, 18], "VRRP", "RFC 9568"),
    ([224, 0, 0, 22], "IGMPv3 reports: all IGMPv3 routers", "RFC 3376 section 4.2.14"),
    ([224, 0, 0, 251], "multicast DNS", "RFC 6762 section 3"),
    ([224, 0, 0, 252], "LLMNR", "RFC 4795 section 2"),
    ([224, 0, 1, 1], "NTP", "RFC 5905"),
    ([239, 255, 255, 250], "SSDP", "UPnP Device Architecture"),
];

/// IPv6 groups that are met often; the scope, the fourth hex digit, is 0 where it can be any (RFC 4291 section 2.7.1).
const KNOWN_6: &[([u16; 8], &str, &str)] = &[
    ([0xff01, 0, 0, 0, 0, 0, 0, 1], "all nodes of the interface", "RFC 4291 section 2.7.1"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 1], "all nodes of the link", "RFC 4291 section 2.7.1"),
    ([0xff01, 0, 0, 0, 0, 0, 0, 2], "all routers of the interface", "RFC 4291 section 2.7.1"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 2], "all routers of the link", "RFC 4291 section 2.7.1"),
    ([0xff05, 0, 0, 0, 0, 0, 0, 2], "all routers of the site", "RFC 4291 section 2.7.1"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 5], "all OSPF routers", "RFC 5340 appendix A.1"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 6], "OSPF designated routers", "RFC 5340 appendix A.1"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 9], "RIPng routers", "RFC 2080"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 0xd], "all PIM routers", "RFC 7761 section 4.9"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 0x12], "VRRP", "RFC 9568"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 0x16], "MLDv2 reports: all MLDv2 routers", "RFC 9777"),
    ([0xff02, 0, 0, 0, 0, 0, 0, 0xfb], "multicast DNS", "RFC 6762 section 3"),
    ([0xff02, 0, 0, 0, 0, 0, 1, 2], "all DHCPv6 servers and relay agents", "RFC 8415 section 7.1"),
    ([0xff02, 0, 0, 0, 0, 0, 1, 3], "LLMNR", "RFC 4795 section 2"),
    ([0xff05, 0, 0, 0, 0, 0, 1, 3], "all DHCPv6 servers of the site", "RFC 8415 section 7.1"),
];

/// The scopes of IPv6 multicast (RFC 7346 section 2).
const SCOPES: &[(u16, &str)] = &[
    (0, "reserved"),
    (1, "interface-local"),
    (2, "link-local"),
    (3, "realm-local"),
    (4, "admin-local"),
    (5, "site-local"),
    (8, "organization-local"),
    (0xe, "global"),
    (0xf, "reserved"),
];

/// Blocks of Ethernet addresses (RFC 9542 section 2, IEEE 802.1Q clause 8.6.3).
const MACS: &[Named<[u8; 6]>] = &[
    ([0xff; 6], [0xff; 6], "broadcast: all stations", "IEEE 802.3"),
    ([0; 6], [0; 6], "unknown, or none", "RFC 826"),
    ([1, 0, 0x5e, 0, 0, 0], [1, 0, 0x5e, 0x7f, 0xff, 0xff], "IPv4 multicast", "RFC 1112 section 6.4"),
    ([1, 0, 0x5e, 0x90, 0x10, 0], [1, 0, 0x5e, 0x90, 0x10, 0xff], "documentation, group", "RFC 9542"),
    ([0x33, 0x33, 0, 0, 0, 0], [0x33, 0x33, 0xff, 0xff, 0xff, 0xff], "IPv6 multicast", "RFC 2464 section 7"),
    (
        [1, 0x80, 0xc2, 0, 0, 0],
        [1, 0x80, 0xc2, 0, 0, 0xf],
        "of the link alone: spanning tree, LLDP, pause",
        "IEEE 802.1Q",
    ),
    ([0, 0, 0x5e, 0, 1, 0], [0, 0, 0x5e, 0, 1, 0xff], "virtual router of VRRP, IPv4", "RFC 9568 section 7.3"),
    ([0, 0, 0x5e, 0, 2, 0], [0, 0, 0x5e, 0, 2, 0xff], "virtual router of VRRP, IPv6", "RFC 9568 section 7.3"),
    ([0, 0, 0x5e, 0, 0x53, 0], [0, 0, 0x5e, 0, 0x53, 0xff], "documentation", "RFC 9542"),
];

/// Lines of a name and what is said of it.
type Lines = Vec<Vec<String>>;

fn line(lines: &mut Lines, name: &str, text: impl Into<String>) {
    lines.push(vec![name.to_string(), text.into()]);
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Lines::new();
        match self {
            Self::Ip(IpAddr::V4(address)) => {
                writeln!(f, "{address}  IPv4 address, 32 bits")?;
                ipv4(&mut lines, *address);
            }
            Self::Ip(IpAddr::V6(address)) => {
                writeln!(f, "{address}  IPv6 address, 128 bits")?;
                ipv6(&mut lines, *address);
            }
            Self::Mac(mac) => {
                writeln!(f, "{mac}  Ethernet address, 48 bits")?;
                ethernet(&mut lines, *mac);
            }
        }
        f.write_str(&rows(&lines, 2))
    }
}

fn ipv4(lines: &mut Lines, address: Ipv4Addr) {
    let [a, b, c, d] = address.octets();
    line(lines, "binary", subnet::binary(address.into(), 0));
    line(lines, "hexadecimal", format!("{:#010x}", address.to_bits()));
    line(lines, "decimal", address.to_bits().to_string());
    let class = match a {
        0..=127 => {
            "A: the first 8 bits were the network (RFC 791 section 3.2; prefixes are of any length since RFC 4632)"
        }
        128..=191 => {
            "B: the first 16 bits were the network (RFC 791 section 3.2; prefixes are of any length since RFC 4632)"
        }
        192..=223 => {
            "C: the first 24 bits were the network (RFC 791 section 3.2; prefixes are of any length since RFC 4632)"
        }
        224..=239 => "D: multicast (RFC 1112 section 4)",
        240.. => "E: reserved (RFC 1112 section 4)",
    };
    line(lines, "class", class);
    if address.is_multicast() {
        for (known, what, spec) in KNOWN_4.iter().filter(|(known, ..)| *known == [a, b, c, d]) {
            line(lines, "group", format!("{}: {what} ({spec})", Ipv4Addr::from(*known)));
        }
        if let Some((.., what, spec)) = within(GROUPS_4, [a, b, c, d]) {
            line(lines, "multicast", format!("{what} ({spec})"));
        }
        if a == 233 && b < 252 {
            line(lines, "embedded", format!("autonomous system {}", u16::from_be_bytes([b, c])));
        }
        let mac = Mac([1, 0, 0x5e, b & 0x7f, c, d]);
        line(lines, "on Ethernet", format!("{mac} (RFC 1112 section 6.4; 31 other groups have it too)"));
    } else {
        special(lines, address.into());
    }
    line(lines, "reverse name", format!("{d}.{c}.{b}.{a}.in-addr.arpa"));
}

/// What the special-purpose registries say, the closest block first.
fn special(lines: &mut Lines, address: IpAddr) {
    let mut blocks = special_blocks(address).peekable();
    if blocks.peek().is_none() {
        line(
            lines,
            "special",
            "in no special-purpose block: an address of the public Internet, if it is assigned",
        );
    }
    for (at, block) in blocks.enumerate() {
        let SpecialBlock { network, length, name, reference, .. } = block;
        line(
            lines,
            if at == 0 { "special" } else { "within" },
            format!("{network}/{length} {name} ({reference})"),
        );
        if at == 0 {
            line(lines, "", traits(block));
        }
    }
}

/// What can be done with an address of a block.
fn traits(block: &SpecialBlock) -> String {
    let answers = [
        ("source", block.source),
        ("destination", block.destination),
        ("forwardable", block.forwardable),
        ("globally reachable", block.global),
        ("reserved by protocol", block.reserved),
    ];
    if answers.iter().all(|(_, answer)| answer.is_none()) {
        return "out of use; the registry says no more".to_string();
    }
    let words = answers.map(|(what, answer)| {
        let answer = match answer {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not said",
        };
        format!("{what}: {answer}")
    });
    words.join(", ")
}

/// The first block that holds an address.
fn within<A: Ord + Copy>(blocks: &[Named<A>], address: A) -> Option<&Named<A>> {
    blocks.iter().find(|(first, last, ..)| (*first..=*last).contains(&address))
}

fn ipv6(lines: &mut Lines, address: Ipv6Addr) {
    let groups = address.segments().map(|group| format!("{group:04x}"));
    line(lines, "in full", groups.join(":"));
    for (at, pair) in address.segments().chunks(2).enumerate() {
        let bits: Vec<String> = pair.iter().map(|group| format!("{group:016b}")).collect();
        line(lines, if at == 0 { "binary" } else { "" }, bits.join(" "));
    }
    if address.is_multicast() {
        multicast_6(lines, address);
    } else {
        special(lines, address.into());
        embedded(lines, address);
    }
    let digits: Vec<String> = groups.concat().chars().rev().map(String::from).collect();
    line(lines, "reverse name", format!("{}.ip6.arpa", digits.join(".")));
}

fn multicast_6(lines: &mut Lines, address: Ipv6Addr) {
    let segments @ [first, .., high, low] = address.segments();
    for (known, what, spec) in KNOWN_6.iter().filter(|(known, ..)| *known == segments) {
        line(lines, "group", format!("{}: {what} ({spec})", Ipv6Addr::from(*known)));
    }
    if matches!(segments, [0xff02, 0, 0, 0, 0, 1, 0xff00..=0xffff, _]) {
        let text =
            format!("of each address that ends in {:02x}:{low:04x} (RFC 4291 section 2.7.1)", high & 0xff);
        line(lines, "solicited-node", text);
    }
    let scope = first & 0xf;
    let named = SCOPES.iter().find(|(known, _)| *known == scope).map_or("not assigned", |(_, name)| name);
    line(lines, "scope", format!("{scope:x}, {named} (RFC 7346 section 2)"));
    let flags = [
        (0x40, "R: a rendezvous point is embedded (RFC 3956)"),
        (0x20, "P: made from a unicast prefix (RFC 3306)"),
        (0x10, "T: transient, not assigned by IANA (RFC 4291 section 2.7)"),
    ];
    for (_, text) in flags.iter().filter(|(flag, _)| first & flag != 0) {
        line(lines, "flag", *text);
    }
    let [.., c, d, e, f] = address.octets();
    line(lines, "on Ethernet", format!("{} (RFC 2464 section 7)", Mac([0x33, 0x33, c, d, e, f])));
}

/// Addresses and ports within an IPv6 address.
fn embedded(lines: &mut Lines, address: Ipv6Addr) {
    let bits = address.to_bits();
    let segments = address.segments();
    let low = Ipv4Addr::from_bits(bits as u32);
    match segments {
        [0, 0, 0, 0, 0, 0xffff, ..] => line(lines, "embedded", format!("IPv4 address {low}")),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            line(
                lines,
                "embedded",
                format!("IPv4 address {low}, to be reached by translation (RFC 6052 section 2.2)"),
            );
        }
        [0x2002, high, low, subnet, ..] => {
            let router = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            line(
                lines,
                "embedded",
                format!("6to4 router {router}, subnet {subnet:#06x} (RFC 3056 section 2)"),
            );
        }
        [0x2001, 0, high, low, flags, port, ..] => {
            let server = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            let client = Ipv4Addr::from_bits(!(bits as u32));
            let text = format!(
                "Teredo server {server}, client {client} port {}, flags {flags:#06x} (RFC 4380 section 4)",
                !port
            );
            line(lines, "embedded", text);
        }
        [first, second, third, subnet, ..] if first & 0xfe00 == 0xfc00 => {
            let chosen = if first & 0x100 == 0 { "not defined yet" } else { "chosen locally, at random" };
            let id = u64::from(first & 0xff) << 32 | u64::from(second) << 16 | u64::from(third);
            line(lines, "global ID", format!("{id:#012x}, {chosen} (RFC 4193 section 3.1)"));
            line(lines, "subnet ID", format!("{subnet:#06x}"));
        }
        _ => {}
    }
    match segments {
        [.., 0 | 0x200, 0x5efe, _, _] => {
            line(lines, "interface", format!("ISATAP of IPv4 address {low} (RFC 5214 section 6.1)"));
        }
        _ => {
            let [.., a, b, c, 0xff, 0xfe, d, e, f] = address.octets() else { return };
            let mac = Mac([a ^ 2, b, c, d, e, f]);
            line(
                lines,
                "interface",
                format!("made from Ethernet address {mac} (EUI-64, RFC 4291 appendix A)"),
            );
        }
    }
}

fn ethernet(lines: &mut Lines, mac: Mac) {
    let bytes @ [a, b, c, d, e, f] = mac.0;
    let bits: Vec<String> = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    line(lines, "binary", bits.join(" "));
    let cast = if a & 1 == 0 { "0: of one station" } else { "1: of a group" };
    line(lines, "group bit", format!("{cast} (the last bit of the first byte, the first on the wire)"));
    let given =
        if a & 2 == 0 { "0: given out by the IEEE with its first three bytes" } else { "1: chosen locally" };
    line(lines, "local bit", given);
    if a & 2 == 0 {
        line(lines, "OUI", format!("{:02x}:{b:02x}:{c:02x}; whose that is, is not looked up", a & 0xfe));
    }
    if let Some((.., what, spec)) = within(MACS, bytes) {
        line(lines, "special", format!("{what} ({spec})"));
    }
    match bytes {
        [1, 0, 0x5e, d @ ..=0x7f, e, f] => {
            let group = |first: u8, high: u8| Ipv4Addr::new(first, d | high, e, f);
            let text =
                format!("{}, {} and 30 others with the same last 23 bits", group(224, 0), group(224, 0x80));
            line(lines, "group", text);
        }
        [0x33, 0x33, ..] => {
            line(lines, "group", format!("an IPv6 group that ends in {c:02x}{d:02x}:{e:02x}{f:02x}"));
        }
        _ => {}
    }
    if a & 1 == 0 {
        let interface = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
        let address = Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(interface));
        line(lines, "link-local", format!("{address}, if made from it (EUI-64, RFC 4291 appendix A)"));
    }
}
