//! What a name in a filter stands for: a protocol, a field with all the places where it can be, or something that the
//! capture says of the frame.

use std::collections::BTreeSet;

use crate::field::{FieldInfo, Format, Kind, Protocol};
use crate::packet::registry::{KINDS, built_in};
use crate::wire::data;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A layer of one of these kinds.
    Protocol(Vec<Kind>, &'static str),
    /// A field that can stand in these places, at least one.
    Field(Vec<Place>),
    /// What is known of the frame as a whole.
    Frame(Frame),
}

/// Where a field can stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub kind: Kind,
    pub info: &'static FieldInfo,
    pub reach: Reach,
}

/// How a field is found in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// In the fixed part of the header, at its place.
    Fixed,
    /// It is what the layer carries.
    Content,
    /// In what is no header, behind all that is.
    Rest,
    /// In an option or the like: the header is gone through.
    Section,
    /// Computed from elsewhere.
    Generated,
}

/// What is known of a frame as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// `frame` itself.
    Bytes,
    Number,
    Length,
    Captured,
    Interface,
    Epoch,
    Relative,
    Delta,
}

/// The names of what is known of a frame.
pub(super) const FRAME: &[(&str, Frame, &str)] = &[
    ("frame", Frame::Bytes, "the bytes of the frame"),
    ("frame.number", Frame::Number, "its number in the file"),
    ("frame.len", Frame::Length, "its length on the wire"),
    ("frame.cap_len", Frame::Captured, "the bytes that were captured"),
    ("frame.interface_id", Frame::Interface, "the interface it was captured on"),
    ("frame.time_epoch", Frame::Epoch, "seconds since 1970"),
    ("frame.time_relative", Frame::Relative, "seconds since the first packet"),
    ("frame.time_delta", Frame::Delta, "seconds since the packet before"),
];

/// Names that Wireshark has besides, and the fields that they stand for.
pub(crate) const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("tcp.seq_raw", &["tcp.seq"]),
    ("tcp.ack_raw", &["tcp.ack"]),
    ("eth.ig", &["eth.dst.ig", "eth.src.ig"]),
    ("eth.lg", &["eth.dst.lg", "eth.src.lg"]),
    ("ieee8021ad.id", &["vlan.id"]),
    ("ieee8021ad.priority", &["vlan.priority"]),
    ("ieee8021ad.dei", &["vlan.dei"]),
];

/// What is no header, by the name of its layer.
const RESTS: &[(&str, &[Kind], &str)] = &[
    ("data", &[Kind::PAYLOAD], "what the innermost header carries"),
    ("payload", &[Kind::PAYLOAD], "what the innermost header carries"),
    ("padding", &[Kind::PADDING], "zeros that fill the frame"),
    (
        "trailer",
        &[Kind::TRAILER, Kind::FRAME_TRAILER, Kind::FRAME_CHECK_SEQUENCE],
        "bytes behind the end of the packet",
    ),
    ("unparsed", &[Kind::UNPARSED], "what cannot be read as a header"),
];

/// Protocols that Wireshark has words for and that are not decoded here; a word leaves when its header comes.
const NOT_DECODED: &[&str] = &[
    "http",
    "http2",
    "http3",
    "tls",
    "ssl",
    "quic",
    "ssh",
    "ftp",
    "smtp",
    "imap",
    "pop",
    "telnet",
    "ntp",
    "snmp",
    "syslog",
    "tftp",
    "sip",
    "rtp",
    "rtcp",
    "rtsp",
    "ldap",
    "smb",
    "smb2",
    "nbss",
    "kerberos",
    "radius",
    "diameter",
    "bgp",
    "ospf",
    "rip",
    "eigrp",
    "isis",
    "ldp",
    "pim",
    "vrrp",
    "hsrp",
    "dccp",
    "gre",
    "esp",
    "isakmp",
    "l2tp",
    "pptp",
    "mpls",
    "stp",
    "lldp",
    "cdp",
    "lacp",
    "eapol",
    "wlan",
    "wlan_radio",
    "radiotap",
    "bluetooth",
    "btle",
    "usb",
    "can",
    "modbus",
    "mbtcp",
    "mqtt",
    "coap",
    "amqp",
    "mysql",
    "pgsql",
    "tds",
    "rdp",
    "vnc",
    "socks",
    "websocket",
    "json",
    "xml",
    "mptcp",
    "geneve",
    "nvgre",
    "gtp",
    "dtls",
    "stun",
    "ipx",
    "nfs",
    "rpc",
    "ssdp",
    "macsec",
    "ptp",
    "profinet",
    "pn_rt",
    "bacnet",
    "s7comm",
    "dnp3",
    "goose",
    "enip",
    "cip",
];

/// The types of values that a filter tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Number,
    Flag,
    Mac,
    Ipv4,
    Ipv6,
    Bytes,
    /// Text and names, as they are printed.
    Text,
    /// Nanoseconds, written in seconds.
    Time,
}

impl Sort {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Flag => "a flag",
            Self::Mac => "an Ethernet address",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::Time => "a time in seconds",
        }
    }

    fn of(format: Format) -> Self {
        match format {
            Format::Number | Format::Hex | Format::Little => Self::Number,
            Format::Flag => Self::Flag,
            Format::Mac => Self::Mac,
            Format::Ipv4 => Self::Ipv4,
            Format::Ipv6 => Self::Ipv6,
            Format::Bytes => Self::Bytes,
            Format::Text | Format::Name | Format::NetBios => Self::Text,
        }
    }
}

impl Subject {
    /// What a name stands for.
    pub(super) fn find(name: &str) -> Option<Self> {
        if let Some((.., frame, _)) = FRAME.iter().find(|(known, ..)| *known == name) {
            return Some(Self::Frame(*frame));
        }
        let names = OTHER_NAMES
            .iter()
            .find(|(other, _)| *other == name)
            .map_or([name].to_vec(), |(_, names)| names.to_vec());
        let mut places = Vec::new();
        for (kind, protocol) in protocols() {
            let mut add = |info: &'static FieldInfo, reach| {
                if names.contains(&info.name) {
                    let reach = if kind.is_rest() { Reach::Rest } else { reach };
                    places.push(Place { kind, info, reach });
                }
            };
            protocol.fields.iter().for_each(|info| add(info, Reach::Fixed));
            let mut section = |info: &'static FieldInfo| {
                if info.name != protocol.payload.name {
                    add(info, Reach::Section);
                }
            };
            protocol
                .tables
                .iter()
                .chain(protocol.lists)
                .for_each(|table| table.iter().for_each(&mut section));
            protocol.generated.iter().for_each(|generated| add(&generated.info, Reach::Generated));
            if protocol.payload.name != data::payload::DATA.info.name {
                add(protocol.payload, Reach::Content);
            }
        }
        // One that is in several tables of a protocol is found by its name in one go through them.
        let mut gone_through = BTreeSet::new();
        let listed: BTreeSet<u16> =
            places.iter().filter(|place| place.reach == Reach::Section).map(|place| place.kind.0).collect();
        places.retain(|place| match place.reach {
            Reach::Fixed => !listed.contains(&place.kind.0),
            Reach::Section | Reach::Rest | Reach::Generated => gone_through.insert(place.kind.0),
            Reach::Content => true,
        });
        for (kinds, table) in REST_TABLES {
            for info in table.iter().filter(|info| names.contains(&info.name)) {
                places.extend(kinds.iter().map(|kind| Place { kind: *kind, info, reach: Reach::Rest }));
            }
        }
        if !places.is_empty() {
            return Some(Self::Field(places));
        }
        if let Some((_, kinds, label)) = RESTS.iter().find(|(rest, ..)| *rest == name) {
            return Some(Self::Protocol(kinds.to_vec(), label));
        }
        let kinds: Vec<_> = protocols().filter(|(_, protocol)| protocol.prefix == name).collect();
        let (_, first) = kinds.first()?;
        // What stands behind a header's content may have the header's name.
        let behind = kinds.iter().all(|(kind, _)| kind.is_rest());
        let kinds = kinds.iter().filter(|(kind, _)| behind || !kind.is_rest());
        Some(Self::Protocol(kinds.map(|(kind, _)| *kind).collect(), first.name))
    }

    pub(super) fn sort(&self) -> Sort {
        match self {
            Self::Protocol(..) | Self::Frame(Frame::Bytes) => Sort::Bytes,
            Self::Field(places) => places.first().map_or(Sort::Bytes, |place| Sort::of(place.info.format)),
            Self::Frame(Frame::Epoch | Frame::Relative | Frame::Delta) => Sort::Time,
            Self::Frame(_) => Sort::Number,
        }
    }

    /// What people call it.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Protocol(_, label) => label,
            Self::Field(places) => places.first().map_or("", |place| place.info.label),
            Self::Frame(frame) => {
                FRAME.iter().find(|(_, known, _)| known == frame).map_or("", |(.., label)| label)
            }
        }
    }

    /// How much it costs to look at it: about how many bytes of the packet are touched.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Protocol(..) => 1,
            Self::Frame(_) => 0,
            Self::Field(places) => match places.iter().map(|place| place.reach).max() {
                Some(Reach::Fixed) => 2,
                Some(Reach::Content) => 3,
                Some(Reach::Rest) => 6,
                Some(Reach::Section) => 20,
                _ => 30,
            },
        }
    }

    /// How it is found, in words.
    pub(super) fn way(&self) -> &'static str {
        match self {
            Self::Protocol(..) => "by the record of the layers",
            Self::Frame(_) => "known without the bytes",
            Self::Field(places) => match places.iter().map(|place| place.reach).max() {
                Some(Reach::Fixed) => "read at its place",
                Some(Reach::Content) => "what the layer carries",
                Some(Reach::Rest) => "behind the headers",
                Some(Reach::Section) => "the header is gone through",
                _ => "computed",
            },
        }
    }
}

/// The tables of what is no header, and the layers that have them.
pub(crate) const REST_TABLES: &[(&[Kind], &[FieldInfo])] = &[
    (&[Kind::PAYLOAD], data::payload::FIELDS),
    (&[Kind::PADDING], data::padding::FIELDS),
    (&[Kind::TRAILER], data::trailer::FIELDS),
    (&[Kind::FRAME_TRAILER], data::ethernet_trailer::FIELDS),
    (&[Kind::FRAME_CHECK_SEQUENCE], data::frame_check_sequence::FIELDS),
    (&[Kind::FRAME_CHECK_SEQUENCE], data::check_sequence::FIELDS),
    (&[Kind::UNPARSED], data::unparsed::FIELDS),
];

/// The built-in protocols, with their kinds.
pub(crate) fn protocols() -> impl Iterator<Item = (Kind, &'static Protocol)> {
    KINDS.iter().filter_map(|kind| Some((*kind, built_in(*kind)?)))
}

/// What a name says of the frame as a whole, or of what is no header.
#[cfg(feature = "explain")]
pub(crate) fn known(name: &str) -> Option<&'static str> {
    let frame = FRAME.iter().find(|(known, ..)| *known == name).map(|(.., label)| *label);
    frame.or_else(|| RESTS.iter().find(|(rest, ..)| *rest == name).map(|(.., label)| *label))
}

/// Every name that a filter can have: those of fields, of protocols, and of what is known of the frame.
pub(crate) fn names() -> BTreeSet<&'static str> {
    let mut names: BTreeSet<&'static str> = FRAME.iter().map(|(name, ..)| *name).collect();
    names.extend(RESTS.iter().map(|(name, ..)| *name));
    names.extend(OTHER_NAMES.iter().map(|(name, _)| *name));
    names.extend(REST_TABLES.iter().flat_map(|(_, table)| table.iter().map(|info| info.name)));
    for (_, protocol) in protocols() {
        let tables = protocol.all_tables().flat_map(|table| table.iter().map(|info| info.name));
        let generated = protocol.generated.iter().map(|generated| generated.info.name);
        names.extend(tables.chain(generated).chain([protocol.prefix, protocol.payload.name]));
    }
    names
}

/// Whether Wireshark has a protocol for this name, and no header here has its prefix.
pub(super) fn is_not_decoded(name: &str) -> Option<&'static str> {
    let prefix = name.split('.').next()?;
    NOT_DECODED.iter().copied().find(|known| *known == prefix).filter(|prefix| !names().contains(prefix))
}
