//! What a number is: its names in the registries of protocols, types, options and ports.

use std::fmt;

use crate::explain::rows;
use crate::field::Kind;
use crate::names;
use crate::names::IpProtocol;
use crate::packet::registry;

/// A name, and the document that gives it.
type Named = (&'static str, Option<&'static str>);

/// Numbers of one kind, and who names them.
struct Registry {
    /// What such a number is called; its words, and those behind the bar, choose it.
    title: &'static str,
    /// Other words for it.
    words: &'static str,
    /// How many bits it has.
    bits: u32,
    /// The name and the document of a number.
    name: fn(u64) -> Option<Named>,
    /// The header that it leads to.
    leads: fn(u64) -> Kind,
}

const NOWHERE: fn(u64) -> Kind = |_| Kind::NONE;

/// A registry whose numbers are a type of names.
macro_rules! registries {
    ($($Type:ident($raw:ident), $title:literal, $words:literal $(, $leads:expr)?;)*) => {
        &[$(Registry {
            title: $title,
            words: $words,
            bits: $raw::BITS,
            name: |number| {
                let value = names::$Type($raw::try_from(number).ok()?);
                Some((value.name()?, value.reference()))
            },
            leads: registries!(@leads $($leads)?),
        }),*]
    };
    (@leads) => { NOWHERE };
    (@leads $leads:expr) => { $leads };
}

/// The registries, those that are asked for most first.
const REGISTRIES: &[Registry] = registries![
    EtherType(u16), "EtherType", "ether type eth", |number| registry::by_ether_type(number as u16);
    IpProtocol(u8), "IP protocol", "proto next header nxt", |number| registry::by_ip_protocol(number as u8);
    Icmpv4Type(u8), "ICMP type", "icmpv4";
    Icmpv6Type(u8), "ICMPv6 type", "icmp6";
    TcpOptionKind(u8), "TCP option", "kind";
    Ipv4OptionType(u8), "IPv4 option", "ip type";
    Ipv6OptionType(u8), "IPv6 option", "ip6 type";
    RoutingType(u8), "IPv6 routing type", "ip6 header";
    NdpOptionType(u8), "Neighbour discovery option", "ndp icmpv6 type";
    DhcpOption(u8), "DHCP option", "bootp";
    DhcpMessageType(u8), "DHCP message type", "bootp";
    Dhcpv6Option(u16), "DHCPv6 option", "dhcp6";
    Dhcpv6MessageType(u8), "DHCPv6 message type", "dhcp6";
    DnsType(u16), "DNS type", "record qtype";
    DnsClass(u16), "DNS class", "qclass";
    DnsRcode(u16), "DNS result", "rcode";
    DnsOpcode(u8), "DNS operation", "opcode";
    EdnsOption(u16), "EDNS option", "dns";
    DnssecAlgorithm(u8), "DNSSEC algorithm", "dns";
    ArpOperation(u16), "ARP operation", "opcode";
    HardwareType(u16), "ARP hardware type", "";
    IgmpType(u8), "IGMP type", "";
    Dscp(u8), "DSCP", "codepoint tos";
    Ecn(u8), "ECN", "tos";
    SctpChunkType(u8), "SCTP chunk type", "";
    SctpParameterType(u16), "SCTP parameter", "type";
    LlcSap(u8), "LLC service access point", "sap";
    PppProtocol(u16), "PPP protocol", "";
    LinkType(u32), "Link type", "linktype dlt capture", |number| registry::by_link_type(number as u32);
];

/// The transports whose ports have services.
const TRANSPORTS: &[(&str, IpProtocol)] = &[
    ("TCP port", IpProtocol::TCP),
    ("UDP port", IpProtocol::UDP),
    ("SCTP port", IpProtocol::SCTP),
    ("DCCP port", IpProtocol::DCCP),
];

/// One thing that a number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What kind of number it is then: `EtherType`.
    pub registry: &'static str,
    /// What it is called: `ARP`.
    pub name: &'static str,
    /// The document that gives the name, or what ports of its range are for.
    pub reference: Option<&'static str>,
    /// The prefix of the header that it leads to.
    pub leads: Option<&'static str>,
}

/// A number, explained: everything that it is called.
///
/// ```
/// use layercake::explain::Number;
///
/// let number = Number::new(0x0806);
/// assert_eq!(number.meanings()[0].name, "ARP");
/// let port = Number::new(443).of("port").unwrap();
/// assert!(port.meanings().iter().all(|meaning| meaning.name == "https"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    number: u64,
    /// What was asked for; nothing for everything.
    kind: String,
}

impl Number {
    /// A number of any kind.
    pub fn new(number: u64) -> Self {
        Self { number, kind: String::new() }
    }

    /// The same, of one kind alone: `port`, `tcp option`, `dns type`. `None` if there is no such kind of number.
    #[must_use]
    pub fn of(self, kind: &str) -> Option<Self> {
        let kind = kind.to_ascii_lowercase();
        titles().any(|(title, words)| matches(&kind, title, words)).then_some(Self { kind, ..self })
    }

    /// Every word that chooses a kind of numbers.
    pub fn kinds() -> impl Iterator<Item = String> {
        let words = titles().flat_map(|(title, words)| [title, words]);
        words.flat_map(|text| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>())
    }

    /// What it is called, and as what.
    pub fn meanings(&self) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        for registry in
            REGISTRIES.iter().filter(|registry| matches(&self.kind, registry.title, registry.words))
        {
            if let Some((name, reference)) = (registry.name)(self.number) {
                let leads = prefix((registry.leads)(self.number));
                meanings.push(Meaning { registry: registry.title, name, reference, leads });
            }
        }
        let Ok(port) = u16::try_from(self.number) else { return meanings };
        for (title, transport) in TRANSPORTS.iter().filter(|(title, _)| matches(&self.kind, title, "")) {
            let leads = match *transport {
                IpProtocol::TCP => registry::by_tcp_ports(port, port),
                IpProtocol::UDP => registry::by_udp_ports(port, port),
                _ => Kind::NONE,
            };
            if let Some(name) = names::service(port, *transport) {
                meanings.push(Meaning { registry: title, name, reference: None, leads: prefix(leads) });
            }
        }
        meanings
    }
}

fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    let registries = REGISTRIES.iter().map(|registry| (registry.title, registry.words));
    registries.chain(TRANSPORTS.iter().map(|(title, _)| (*title, "")))
}

/// Whether all words of a question are among those of a kind of numbers.
fn matches(question: &str, title: &str, words: &str) -> bool {
    let mut known = title.split(' ').chain(words.split(' '));
    question.split_whitespace().all(|word| known.clone().any(|known| known.eq_ignore_ascii_case(word)))
        && known.next().is_some()
}

fn prefix(kind: Kind) -> Option<&'static str> {
    registry::built_in(kind).map(|protocol| protocol.prefix)
}

/// What ports of a range are for (RFC 6335 section 6).
fn range(port: u64) -> &'static str {
    match port {
        ..=1023 => "a system port, 0 to 1023: given out by IANA, after review (RFC 6335 section 6)",
        1024..=49151 => "a user port, 1024 to 49151: given out by IANA (RFC 6335 section 6)",
        _ => "a dynamic port, 49152 to 65535: never given out, for either end to take (RFC 6335 section 6)",
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number;
        write!(f, "{number}  =  {number:#x}  =  ")?;
        let bits = format!("{number:b}");
        let first = bits.len() % 4;
        let (head, tail) = bits.split_at_checked(first).unwrap_or(("", &bits));
        let groups = tail.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned());
        let groups: Vec<String> =
            Some(head.to_string()).filter(|head| !head.is_empty()).into_iter().chain(groups).collect();
        writeln!(f, "{} in binary", groups.join(" "))?;
        let mut lines = Vec::new();
        for Meaning { registry, name, reference, leads } in self.meanings() {
            let leads = leads.map_or_else(String::new, |prefix| format!("decoded as {prefix}"));
            lines.push([registry, name, reference.unwrap_or(""), &leads].map(str::to_string).to_vec());
        }
        let asked = |title: &str, words: &str| matches(&self.kind, title, words);
        if lines.is_empty() {
            let what = if self.kind.is_empty() { "number" } else { &self.kind };
            writeln!(f, "  no {what} of this value has a name here")?;
        }
        f.write_str(&rows(&lines, 2))?;
        if number <= 0xffff && TRANSPORTS.iter().any(|(title, _)| asked(title, "")) {
            writeln!(f, "  as a port it is {}", range(number))?;
        }
        if asked("EtherType", "ether type eth") && number < 0x600 && (number > 0x100 || !self.kind.is_empty())
        {
            writeln!(
                f,
                "  where an EtherType stands, less than 0x0600 is a length (IEEE 802.3 clause 3.2.6)"
            )?;
        }
        let fits = REGISTRIES
            .iter()
            .filter(|registry| asked(registry.title, registry.words))
            .map(|registry| registry.bits);
        let ports = TRANSPORTS.iter().filter(|(title, _)| asked(title, "")).map(|_| 16);
        match fits.chain(ports).max() {
            Some(bits) if bits < 64 && number >> bits > 0 => {
                writeln!(f, "  it has more than the {bits} bits that there are for it")
            }
            _ => Ok(()),
        }
    }
}
