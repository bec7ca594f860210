//! IPv4, [RFC 791](https://www.rfc-editor.org/rfc/rfc791); its options are in [`options`].

pub mod options;

use core::net::Ipv4Addr;

use crate::checksum::Pseudo;
use crate::field::tlv::{self, Rules};
use crate::field::{
    Algorithm, Announce, Builder, Check, Checksum, Claim, Claimed, Cover, Cursor, Finding, List, Next,
    Numbers, Peel, Protocol, Scope, Section, Severity,
};
use crate::names::{Dscp, Ecn, IpProtocol, Ipv4OptionType};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------+-------+-----------+---+-------------------------------+
    /// |Version|  IHL  |   DSCP    |ECN|         Total length          |
    /// +-------+-------+-----------+---+-----+-------------------------+
    /// |        Identification         |Flags|     Fragment offset     |
    /// +---------------+---------------+-----+-------------------------+
    /// | Time to live  |   Protocol    |        Header checksum        |
    /// +---------------+---------------+-------------------------------+
    /// |                        Source address                         |
    /// +---------------------------------------------------------------+
    /// |                      Destination address                      |
    /// +---------------------------------------------------------------+
    /// |                    Options, if IHL is over 5                  |
    /// ```
    ///
    /// Getters, setters and builder have the numbers that stand there: `ihl` counts words of 4 bytes, `fragment_offset` units of 8.
    pub struct Ipv4(20 max 60 step 4) "ip" in "RFC 791 section 3.1" {
        tile VERSION(version, set_version): u8 = 0..4, "ip.version", "Version";
        tile IHL(ihl, set_ihl): u8 = 4..8 * 4, "ip.hdr_len", "Header length";
        group TOS(tos, set_tos): u8 as Hex = 8..16, "ip.dsfield", "Differentiated services", "RFC 2474 section 3";
        tile DSCP(dscp, set_dscp): Dscp = 8..14, "ip.dsfield.dscp", "Codepoint", "RFC 2474 section 3";
        tile ECN(ecn, set_ecn): Ecn = 14..16, "ip.dsfield.ecn", "Congestion notification", "RFC 3168 section 5";
        tile TOTAL_LENGTH(total_length, set_total_length): u16 = 16..32, "ip.len", "Total length";
        tile IDENTIFICATION(identification, set_identification): u16 as Hex = 32..48, "ip.id", "Identification";
        group FLAGS(flags, set_flags): u8 as Hex = 48..51, "ip.flags", "Flags";
        tile RESERVED(reserved, set_reserved): bool = 48..49, "ip.flags.rb", "Reserved";
        tile DONT_FRAGMENT(dont_fragment, set_dont_fragment): bool = 49..50, "ip.flags.df", "Don't fragment";
        tile MORE_FRAGMENTS(more_fragments, set_more_fragments): bool = 50..51, "ip.flags.mf", "More fragments";
        tile FRAGMENT_OFFSET(fragment_offset, set_fragment_offset): u16 = 51..64 * 8, "ip.frag_offset", "Fragment offset";
        tile TTL(ttl, set_ttl): u8 = 64..72, "ip.ttl", "Time to live";
        tile PROTOCOL_NUMBER(protocol, set_protocol): IpProtocol = 72..80, "ip.proto", "Protocol";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 80..96, "ip.checksum", "Header checksum";
        tile SOURCE(source, set_source): Ipv4Addr = 96..128, "ip.src", "Source address";
        alias ADDRESS_OF_SOURCE: Ipv4Addr = 96..128, "ip.addr", "Address";
        tile DESTINATION(destination, set_destination): Ipv4Addr = 128..160, "ip.dst", "Destination address";
        alias ADDRESS_OF_DESTINATION: Ipv4Addr = 128..160, "ip.addr", "Address";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "ip",
    name: "Internet Protocol Version 4",
    spec: "RFC 791",
    fields: FIELDS,
    lists: options::TABLES,
    length: Ipv4::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed,
    sections,
    list: List::of(&options::OPTIONS),
    claim: Some(Claim {
        field: &TOTAL_LENGTH.info,
        bytes: |bytes| match TOTAL_LENGTH.read(bytes) {
            None | Some(0) => Claimed::Nothing,
            Some(total) => Claimed::at_least(usize::from(total), needed(bytes)),
        },
        beyond: "ip.len.beyond",
    }),
    surround,
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Header,
        pseudo: None,
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "ip.checksum.bad",
        offload: "ip.checksum.offload",
    }),
    announce: Some(Announce { field: &PROTOCOL_NUMBER.info, numbers: Numbers::IpProtocol, nothing: None }),
    fill: |bytes, completion| {
        completion.auto(bytes, &VERSION, 4);
        completion.header_length(bytes, &IHL)?;
        completion.auto(bytes, &TTL, 64);
        completion.length(bytes, &TOTAL_LENGTH, bytes.len())
    },
    ..Protocol::PLAIN
};

/// The protocol, and the payload up to the total length if that lies within the bytes given. A total length of
/// zero, or less than the header, is ignored; a check says so. Behind a first fragment nothing leads on.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
    let (header, rest) = bytes.split_first_chunk::<20>()?;
    let [first, ..] = header;
    if !matches!(first, 0x45..=0x4f) {
        return Some(Peel { header: Ipv4::LEN, content: rest, tail: 0, next: None });
    }
    let length = usize::from(first & 0x0f) << 2;
    let total = usize::from(TOTAL_LENGTH.read(header)?);
    let content = bytes.get(length..total).or_else(|| bytes.get(length..))?;
    // The numbers of IPv6 extension headers mean nothing here.
    let next = match PROTOCOL_NUMBER.read(header)? {
        IpProtocol::HOP_BY_HOP
        | IpProtocol::ROUTING
        | IpProtocol::FRAGMENT
        | IpProtocol::DESTINATION_OPTIONS => None,
        protocol if FRAGMENT_OFFSET.read(header)? == 0 => Some(protocol),
        _ => None,
    };
    Some(Peel { header: length, content, tail: 0, next })
}

fn needed(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(first @ 0x45..=0x4f) => usize::from(first & 0x0f) << 2,
        _ => Ipv4::LEN,
    }
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    tlv::section(&options::OPTIONS, header, header.len(), cursor)
}

#[inline]
fn surround(scope: &mut Scope<'_>) {
    let header = scope.header_bytes();
    let more = MORE_FRAGMENTS.read(header) == Some(true) || FRAGMENT_OFFSET.read(header).unwrap_or(0) != 0;
    scope.fragment |= more;
    scope.over_ipv6 = false;
    scope.hop_limit = TTL.read(header);
    // While a source route is not used up, the last address of it is the destination; which of the two a sender
    // covers is not the same everywhere.
    let routed = |item: tlv::Item<'_>| {
        let route = matches!(
            Ipv4OptionType(item.kind as u8),
            Ipv4OptionType::LOOSE_SOURCE_ROUTE | Ipv4OptionType::STRICT_SOURCE_ROUTE
        );
        route && item.bytes.get(2).is_some_and(|pointer| usize::from(*pointer) < item.bytes.len())
    };
    let options = header.get(Ipv4::LEN..).unwrap_or(&[]);
    let on_its_way = tlv::walk(options, &Rules::IP_AND_TCP).any(routed);
    scope.pseudo = Ipv4::view(header).ok().filter(|_| !on_its_way).map(|ip| ip.pseudo());
}

const CHECKS: &[Check] = &[
    |scope| {
        let version = VERSION.read(scope.bytes)?;
        let wrong = Finding::at(&VERSION.info, "ip.version.bad", Severity::Error, "this is not version 4");
        (version != 4).then(|| wrong.value(u64::from(version), 4))
    },
    |scope| {
        let length = u64::from(IHL.read(scope.bytes)?).saturating_mul(4);
        let small = Finding::at(
            &IHL.info,
            "ip.hdr_len.bad",
            Severity::Error,
            "the header length is less than the fixed part",
        );
        (length < 20 && VERSION.read(scope.bytes) == Some(4)).then(|| small.range(length, 20))
    },
    |scope| {
        let total = TOTAL_LENGTH.read(scope.bytes)?;
        let text = "the total length is zero, as in captures of segmentation offload; the packet is taken to end with the frame";
        (total == 0).then(|| Finding::at(&TOTAL_LENGTH.info, "ip.len.zero", Severity::Note, text))
    },
    |scope| {
        let (total, header) = (usize::from(TOTAL_LENGTH.read(scope.bytes)?), needed(scope.bytes));
        let small = Finding::at(
            &TOTAL_LENGTH.info,
            "ip.len.bad",
            Severity::Error,
            "the total length is less than the header",
        );
        (total > 0 && total < header).then(|| small.range(total as u64, header as u64))
    },
    |scope| {
        let text = "the reserved flag is set";
        RESERVED
            .read(scope.bytes)?
            .then(|| Finding::at(&RESERVED.info, "ip.flags.rb.set", Severity::Warning, text))
    },
    |scope| {
        // A header cut short cuts its last option too, and is a finding of its own.
        (scope.header >= needed(scope.bytes)).then_some(())?;
        let (list, limit) = (scope.header_bytes().get(Ipv4::LEN..)?, Some(IHL.info.name));
        tlv::check(list, &Rules::IP_AND_TCP, Ipv4::LEN, &options::head::LENGTH.info, "ip.opt.len.bad", limit)
    },
    options::POINTER_IS_AT_AN_ENTRY,
];

impl Ipv4 {
    /// An IPv4 header; version, lengths, a time to live of 64, protocol and checksum are filled in when the packet is
    /// written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source: Ipv4Addr, destination: Ipv4Addr) -> Builder<Self> {
        Builder::<Self>::empty().source(source).destination(destination)
    }
}

impl Builder<Ipv4> {
    /// Adds an option: its type and data; the length is filled in. A type of 0 or 1 is written alone. The
    /// options are padded with zeros to 32-bit words when the packet is written.
    #[must_use]
    pub fn option(self, kind: Ipv4OptionType, data: &[u8]) -> Self {
        self.item(&Rules::IP_AND_TCP, u16::from(kind.0), data)
    }
}

impl<'a> Ipv4<&'a [u8]> {
    /// Length of the header with its options in bytes, as far as it is there.
    #[inline]
    pub fn header_length(&self) -> usize {
        needed(self.bytes).min(self.bytes.len())
    }

    /// The options.
    pub fn options(&self) -> tlv::Walk<'a> {
        tlv::walk(self.bytes.get(Ipv4::LEN..self.header_length()).unwrap_or(&[]), &Rules::IP_AND_TCP)
    }

    /// The value of the router alert option, if there is one: 0 for every router to look at the packet (RFC 2113).
    pub fn router_alert(&self) -> Option<u16> {
        let kind = u16::from(Ipv4OptionType::ROUTER_ALERT.0);
        let option = self.options().find(|item| item.kind == kind && !item.broken)?;
        options::router_alert::VALUE.read(option.data(&Rules::IP_AND_TCP))
    }

    /// The route that the packet records.
    pub fn recorded_route(&self) -> Option<options::Route<'a>> {
        self.routes().find(|route| route.kind == Ipv4OptionType::RECORD_ROUTE)
    }

    /// The route that its source wants for the packet, loose or strict.
    pub fn source_route(&self) -> Option<options::Route<'a>> {
        self.routes().find(|route| route.kind != Ipv4OptionType::RECORD_ROUTE)
    }

    fn routes(&self) -> impl Iterator<Item = options::Route<'a>> + use<'a> {
        self.options().filter_map(|item| options::Route::of(&item))
    }

    /// The payload up to the total length, or all that is there if that says more.
    pub fn payload(&self) -> &'a [u8] {
        peel(self.bytes).map_or(&[], |peel| peel.content)
    }

    /// The addresses as the checksum of a transport header sees them.
    #[inline]
    pub fn pseudo(&self) -> Pseudo {
        Pseudo::v4(self.source(), self.destination())
    }
}
