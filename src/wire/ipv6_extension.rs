//! The extension headers of IPv6: hop-by-hop and destination options, routing, fragment
//! ([RFC 8200 section 4](https://www.rfc-editor.org/rfc/rfc8200#section-4)), and the authentication header
//! ([RFC 4302](https://www.rfc-editor.org/rfc/rfc4302)), which IPv4 carries as well.
//!
//! Each is a layer of its own: it has a next header and a length, and is peeled like any other header. Each
//! stands in a module of its own, because their fields have the same names.

use core::net::Ipv6Addr;

use crate::field::tlv::{self, OptionKind, Options, Rules};
use crate::field::{
    Announce, BuildError, Builder, Check, Completion, Cursor, Field, Finding, List, Next, Numbers, Peel,
    Protocol, Section, Severity,
};
use crate::names::{IpProtocol, Ipv6OptionType, RoutingType};

/// The header with its length in 8-byte units, the first one not counted.
#[inline(always)]
fn peel_units(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
    let [next, units, ..] = bytes.first_chunk::<8>()?;
    let header = usize::from(*units).saturating_mul(8).saturating_add(8);
    Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: Some(IpProtocol(*next)) })
}

fn needed_units(bytes: &[u8]) -> usize {
    bytes.get(1).map_or(8, |units| usize::from(*units).saturating_mul(8).saturating_add(8))
}

/// The length in 8-byte units for a builder.
fn fill_units(bytes: &mut [u8], completion: &Completion, length: &Field<u8>) -> Result<(), BuildError> {
    let units = completion.header.saturating_sub(8) >> 3;
    let too_long = BuildError::TooLong { field: length.info.name, length: completion.header };
    completion.auto(bytes, length, u8::try_from(units).map_err(|_| too_long)?);
    Ok(())
}

/// The tables of hop-by-hop and destination options.
pub mod options {
    use super::*;

    crate::fields! {
        /// Type and length.
        pub mod head in "RFC 8200 section 4.2" {
            group OPTION_TYPE: Ipv6OptionType = 0..8, "ipv6.opt.type", "Type";
            tile ACTION: u8 = 0..2, "ipv6.opt.type.action", "Action";
            tile CHANGE: bool = 2..3, "ipv6.opt.type.change", "May change";
            tile REST: u8 as Hex = 3..8, "ipv6.opt.type.rest", "Low-order bits";
            tile LENGTH: u8 = 8..16, "ipv6.opt.length", "Length";
        }
    }
    crate::fields! {
        /// One byte of padding.
        pub mod alone in "RFC 8200 section 4.2" {
            tile OPTION_TYPE: Ipv6OptionType = 0..8, "ipv6.opt.type", "Type";
            alias PAD1: u8 = 0..8, "ipv6.opt.pad1", "Pad1";
        }
    }
    crate::fields! {
        /// The group around an option.
        pub mod group in "RFC 8200 section 4.2" {
            group OPTION: [u8; 0] = 0..0, "ipv6.opt", "Option";
        }
    }
    crate::fields! {
        /// Padding.
        pub mod padding in "RFC 8200 section 4.2" {
            tile PADDING: [u8; 0] = 0..0, "ipv6.opt.padn", "PadN";
        }
    }
    crate::fields! {
        /// Router alert.
        pub mod router_alert in "RFC 2711 section 2.1" {
            tile VALUE: u16 = 0..16, "ipv6.opt.router_alert", "Router alert";
        }
    }
    crate::fields! {
        /// Jumbo payload.
        pub mod jumbo in "RFC 2675 section 2" {
            tile LENGTH: u32 = 0..32, "ipv6.opt.jumbo", "Jumbo payload length";
        }
    }
    crate::fields! {
        /// Tunnel encapsulation limit.
        pub mod tunnel_limit in "RFC 2473 section 4.1.1" {
            tile LIMIT: u8 = 0..8, "ipv6.opt.tel", "Tunnel encapsulation limit";
        }
    }
    crate::fields! {
        /// Minimum path MTU.
        pub mod path_mtu in "RFC 9268 section 5" {
            tile MINIMUM: u16 = 0..16, "ipv6.opt.pmtu.min", "Minimum reported path MTU";
            tile RETURNED: u16 = 16..31 * 2, "ipv6.opt.pmtu.rtn", "Returned minimum path MTU";
            tile RETURN_FLAG: bool = 31..32, "ipv6.opt.pmtu.r_flag", "Return flag";
        }
    }
    crate::fields! {
        /// Home address.
        pub mod home_address in "RFC 6275 section 6.3" {
            tile ADDRESS: Ipv6Addr = 0..128, "ipv6.opt.mipv6.home_address", "Home address";
        }
    }
    crate::fields! {
        /// Quick-start.
        pub mod quick_start in "RFC 4782 section 3.2" {
            tile FUNCTION: u8 = 0..4, "ipv6.opt.qs_func", "Function";
            tile RATE: u8 = 4..8, "ipv6.opt.qs_rate", "Rate";
            tile TTL: u8 = 8..16 if is_rate_request, "ipv6.opt.qs_ttl", "QS TTL";
            tile UNUSED: u8 = 8..16 if is_no_rate_request, "ipv6.opt.qs_unused", "Not used";
            tile NONCE: u32 as Hex = 16..46, "ipv6.opt.qs_nonce", "QS nonce";
            tile RESERVED: u8 as Hex = 46..48, "ipv6.opt.qs_reserved", "Reserved";
        }
    }

    /// A quick-start request has a time to live, in the option behind type and length.
    fn is_rate_request(data: &[u8]) -> bool {
        data.first().is_some_and(|function| function >> 4 == 0)
    }

    fn is_no_rate_request(data: &[u8]) -> bool {
        !is_rate_request(data)
    }

    crate::fields! {
        /// An option of a type that is set aside for experiments.
        pub mod experimental in "RFC 4727 section 3.3" {
            tile DATA: [u8; 0] = 0..0, "ipv6.opt.experimental", "Experimental data";
        }
    }
    crate::fields! {
        /// The data of an option that has no table.
        pub mod other in "RFC 8200 section 4.2" {
            tile DATA: [u8; 0] = 0..0, "ipv6.opt.unknown", "Option data";
        }
    }

    macro_rules! kind {
        ($kind:ident, $table:ident) => {
            OptionKind { kind: Ipv6OptionType::$kind.0 as u16, first: $table::FIELDS, ..OTHER }
        };
    }

    const OTHER: OptionKind = OptionKind { group: group::FIELDS, first: other::FIELDS, ..OptionKind::PLAIN };

    /// All of them.
    pub static OPTIONS: Options = Options {
        rules: Rules::IPV6,
        head: head::FIELDS,
        alone: alone::FIELDS,
        kinds: &[
            kind!(PADN, padding),
            kind!(ROUTER_ALERT, router_alert),
            kind!(JUMBO_PAYLOAD, jumbo),
            kind!(TUNNEL_ENCAPSULATION_LIMIT, tunnel_limit),
            kind!(PATH_MTU_RECORD, path_mtu),
            kind!(HOME_ADDRESS, home_address),
            kind!(QUICK_START, quick_start),
            kind!(EXPERIMENT_0X1E, experimental),
            kind!(EXPERIMENT_0X3E, experimental),
            kind!(EXPERIMENT_0X5E, experimental),
            kind!(EXPERIMENT_0X7E, experimental),
            kind!(EXPERIMENT_0X9E, experimental),
            kind!(EXPERIMENT_0XBE, experimental),
            kind!(EXPERIMENT_0XDE, experimental),
            kind!(EXPERIMENT_0XFE, experimental),
        ],
        other: OTHER,
        padding: other::FIELDS,
    };

    pub(super) const TABLES: &[&[crate::field::FieldInfo]] = &[
        head::FIELDS,
        alone::FIELDS,
        group::FIELDS,
        padding::FIELDS,
        router_alert::FIELDS,
        jumbo::FIELDS,
        tunnel_limit::FIELDS,
        path_mtu::FIELDS,
        home_address::FIELDS,
        quick_start::FIELDS,
        experimental::FIELDS,
        other::FIELDS,
    ];

    pub(super) fn is_home_address(item: &tlv::Item<'_>) -> bool {
        item.kind == u16::from(Ipv6OptionType::HOME_ADDRESS.0)
    }

    pub(super) const BROKEN: Check = |scope| {
        (scope.header >= needed_units(scope.bytes)).then_some(())?;
        let list = scope.header_bytes().get(2..)?;
        tlv::check(list, &Rules::IPV6, 2, &head::LENGTH.info, "ipv6.opt.len.bad", None)
    };

    pub(super) fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
        tlv::section(&OPTIONS, header, header.len(), cursor)
    }
}

/// Declares one of the two headers that carry options.
macro_rules! options_header {
    ($(#[$doc:meta])* $module:ident, $Header:ident, $next:literal, $length:literal, $prefix:literal, $name:literal, $spec:literal) => {
        $(#[$doc])*
        pub mod $module {
            use super::*;

            crate::header! {
                $(#[$doc])*
                ///
                /// ```text
                /// +---------------+---------------+-------------------------------+
                /// |  Next header  |    Length     |            Options            |
                /// +---------------+---------------+-------------------------------+
                /// ```
                pub struct $Header(2 max 64 step 8) $prefix in $spec {
                    tile NEXT_HEADER(next_header, set_next_header): IpProtocol = 0..8, $next, "Next header";
                    tile LENGTH(length, set_length): u8 = 8..16, $length, "Length in 8 bytes, less one";
                }
            }

            /// What the registry needs to know.
            pub const PROTOCOL: Protocol = Protocol {
                prefix: $prefix,
                name: $name,
                spec: $spec,
                fields: FIELDS,
                lists: options::TABLES,
                length: $Header::LEN,
                peel: |bytes| Some(peel(bytes)?.map(Next::from)),
                needed: needed_units,
                sections: options::sections,
                list: List::of(&options::OPTIONS),
                // A home address stands in for the source (RFC 6275 section 11.3.1).
                surround: |scope| {
                    let options = scope.header_bytes().get(2..).unwrap_or(&[]);
                    if let Some(item) = tlv::walk(options, &Rules::IPV6).find(options::is_home_address) {
                        let home = item.data(&Rules::IPV6).first_chunk::<16>().filter(|_| !item.broken);
                        scope.pseudo = scope.pseudo.and_then(|pseudo| Some(pseudo.from_source((*home?).into())));
                    }
                },
                checks: &[options::BROKEN],
                announce: Some(Announce { field: &NEXT_HEADER.info, numbers: Numbers::IpProtocol, nothing: Some(59) }),
    fill: |bytes, completion| fill_units(bytes, completion, &LENGTH),
    ..Protocol::PLAIN
            };

            /// The next header, behind the options.
            #[inline(always)]
            pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
                peel_units(bytes)
            }

            impl $Header {
                /// An empty header; next header, length and padding are filled in when the packet is written.
                #[allow(clippy::new_ret_no_self)]
                pub fn new() -> Builder<Self> {
                    Builder::<Self>::empty()
                }
            }

            impl Builder<$Header> {
                /// Adds an option: its type and data.
                #[must_use]
                pub fn option(self, kind: Ipv6OptionType, data: &[u8]) -> Self {
                    self.item(&Rules::IPV6, u16::from(kind.0), data)
                }
            }

            impl<'a> $Header<&'a [u8]> {
                /// The options.
                pub fn options(&self) -> tlv::Walk<'a> {
                    let header = needed_units(self.bytes).min(self.bytes.len());
                    tlv::walk(self.bytes.get(2..header).unwrap_or(&[]), &Rules::IPV6)
                }
            }
        }
    };
}

options_header! {
    /// Options for every hop.
    hop_by_hop, HopByHop, "ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.hopopts", "IPv6 Hop-by-Hop Options", "RFC 8200 section 4.3"
}

options_header! {
    /// Options for the destination.
    destination_options, DestinationOptions, "ipv6.dstopts.nxt", "ipv6.dstopts.len", "ipv6.dstopts", "IPv6 Destination Options", "RFC 8200 section 4.6"
}

pub mod routing {
    //! The routing header.
    use super::*;

    crate::header! {
        /// ```text
        /// +---------------+---------------+---------------+---------------+
        /// |  Next header  |    Length     | Routing type  | Segments left |
        /// +---------------+---------------+---------------+---------------+
        /// |                      Type-specific data                       |
        /// ```
        pub struct Routing(4 max 64 step 8) "ipv6.routing" in "RFC 8200 section 4.4" {
            tile NEXT_HEADER(next_header, set_next_header): IpProtocol = 0..8, "ipv6.routing.nxt", "Next header";
            tile LENGTH(length, set_length): u8 = 8..16, "ipv6.routing.len", "Length in 8 bytes, less one";
            tile ROUTING_TYPE(routing_type, set_routing_type): RoutingType = 16..24, "ipv6.routing.type", "Routing type";
            tile SEGMENTS_LEFT(segments_left, set_segments_left): u8 = 24..32, "ipv6.routing.segleft", "Segments left";
        }
    }

    crate::fields! {
        /// Type 0, deprecated by RFC 5095.
        pub mod source_route in "RFC 2460 section 4.4" {
            tile RESERVED: [u8; 0] = 0..32, "ipv6.routing.src.reserved", "Reserved";
        }
    }
    crate::fields! {
        /// An address of type 0.
        pub mod source_route_address in "RFC 2460 section 4.4" {
            tile ADDRESS: Ipv6Addr = 0..128, "ipv6.routing.src.addr", "Address";
        }
    }
    crate::fields! {
        /// Type 2.
        pub mod mobile_ip in "RFC 6275 section 6.4.1" {
            tile RESERVED: [u8; 0] = 0..32, "ipv6.routing.mipv6.reserved", "Reserved";
            tile HOME_ADDRESS: Ipv6Addr = 32..160, "ipv6.routing.mipv6.home_address", "Home address";
        }
    }
    crate::fields! {
        /// Type 4.
        pub mod segment in "RFC 8754 section 2" {
            tile LAST_ENTRY: u8 = 0..8, "ipv6.routing.srh.last_entry", "Last entry";
            tile FLAGS: u8 as Hex = 8..16, "ipv6.routing.srh.flags", "Flags";
            tile TAG: [u8; 0] = 16..32, "ipv6.routing.srh.tag", "Tag";
        }
    }
    crate::fields! {
        /// An address of type 4.
        pub mod segment_address in "RFC 8754 section 2" {
            tile ADDRESS: Ipv6Addr = 0..128, "ipv6.routing.srh.addr", "Segment";
        }
    }
    crate::fields! {
        /// Any other type.
        pub mod other in "RFC 8200 section 4.4" {
            tile DATA: [u8; 0] = 0..0, "ipv6.routing.unknown_data", "Type-specific data";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "ipv6.routing",
        name: "IPv6 Routing Header",
        spec: "RFC 8200 section 4.4",
        fields: FIELDS,
        tables: &[source_route::FIELDS, mobile_ip::FIELDS, segment::FIELDS],
        lists: &[source_route_address::FIELDS, segment_address::FIELDS, other::FIELDS],
        length: Routing::LEN,
        peel: |bytes| Some(peel(bytes)?.map(Next::from)),
        needed: needed_units,
        sections,
        surround: |scope| {
            let header = scope.header_bytes();
            // With segments left, the last address is the destination; of an unknown type it is not known.
            if SEGMENTS_LEFT.read(header).is_some_and(|left| left > 0) {
                let last = final_destination(header);
                scope.pseudo = scope.pseudo.and_then(|pseudo| Some(pseudo.to(last?)));
            }
        },
        checks: CHECKS,
        announce: Some(Announce {
            field: &NEXT_HEADER.info,
            numbers: Numbers::IpProtocol,
            nothing: Some(59),
        }),
        fill: |bytes, completion| fill_units(bytes, completion, &LENGTH),
        ..Protocol::PLAIN
    };

    /// The next header, behind the route.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
        peel_units(bytes)
    }

    fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
        let left = header.len().saturating_sub(cursor.at);
        if left == 0 {
            return None;
        }
        let segments =
            header.get(4).map_or(0, |last| usize::from(*last).saturating_add(1).saturating_mul(16));
        let (first, length, repeat) = match ROUTING_TYPE.read(header)? {
            RoutingType::SOURCE_ROUTE => (source_route::FIELDS, 4, source_route_address::FIELDS),
            RoutingType::MOBILE_IP => (mobile_ip::FIELDS, 20, other::FIELDS),
            RoutingType::SEGMENT => (segment::FIELDS, 4, segment_address::FIELDS),
            _ => (other::FIELDS, left, other::FIELDS),
        };
        cursor.phase = cursor.phase.saturating_add(1);
        let listed =
            ROUTING_TYPE.read(header) != Some(RoutingType::SEGMENT) || cursor.at < segments.saturating_add(8);
        match cursor.phase {
            1 => cursor.take(first, length.min(left)),
            _ if left >= 16 && listed => cursor.take(repeat, 16),
            _ => cursor.take(other::FIELDS, left),
        }
    }

    const CHECKS: &[Check] = &[|scope| {
        let text = "this type of routing header is deprecated (RFC 5095); a node must not follow it";
        let old = ROUTING_TYPE.read(scope.bytes)? == RoutingType::SOURCE_ROUTE;
        old.then(|| Finding::at(&ROUTING_TYPE.info, "ipv6.routing.deprecated", Severity::Warning, text))
    }];

    /// The final destination while there are segments left: what a transport checksum covers (RFC 8200 section
    /// 8.1).
    pub fn final_destination(header: &[u8]) -> Option<Ipv6Addr> {
        if SEGMENTS_LEFT.read(header)? == 0 {
            return None;
        }
        match ROUTING_TYPE.read(header)? {
            RoutingType::SOURCE_ROUTE | RoutingType::MOBILE_IP => {
                Some(Ipv6Addr::from(*header.get(8..)?.last_chunk::<16>()?))
            }
            RoutingType::SEGMENT => Some(Ipv6Addr::from(*header.get(8..)?.first_chunk::<16>()?)),
            _ => None,
        }
    }

    impl Routing {
        /// A routing header of this type; what belongs to the type is appended.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(routing_type: RoutingType, segments_left: u8) -> Builder<Self> {
            Builder::<Self>::empty().routing_type(routing_type).segments_left(segments_left)
        }
    }
}

pub mod fragment {
    //! The fragment header.
    use super::*;

    crate::header! {
        /// ```text
        /// +---------------+---------------+-------------------------+---+-+
        /// |  Next header  |   Reserved    |     Fragment offset     |Res|M|
        /// +---------------+---------------+-------------------------+---+-+
        /// |                        Identification                         |
        /// +---------------------------------------------------------------+
        /// ```
        pub struct Fragment(8) "ipv6.fraghdr" in "RFC 8200 section 4.5" {
            tile NEXT_HEADER(next_header, set_next_header): IpProtocol = 0..8, "ipv6.fraghdr.nxt", "Next header";
            tile RESERVED(reserved, set_reserved): u8 as Hex = 8..16, "ipv6.fraghdr.reserved_octet", "Reserved";
            tile OFFSET(offset, set_offset): u16 = 16..29, "ipv6.fraghdr.offset", "Offset in 8 bytes";
            tile RESERVED_BITS(reserved_bits, set_reserved_bits): u8 = 29..31, "ipv6.fraghdr.reserved_bits", "Reserved bits";
            tile MORE(more, set_more): bool = 31..32, "ipv6.fraghdr.more", "More fragments";
            tile IDENTIFICATION(identification, set_identification): u32 as Hex = 32..64, "ipv6.fraghdr.ident", "Identification";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "ipv6.fraghdr",
        name: "IPv6 Fragment Header",
        spec: "RFC 8200 section 4.5",
        fields: FIELDS,
        length: Fragment::LEN,
        peel: |bytes| Some(peel(bytes)?.map(Next::from)),
        needed: |_| Fragment::LEN,
        surround: |scope| {
            let header = scope.header_bytes();
            let more = MORE.read(header) == Some(true) || OFFSET.read(header).unwrap_or(0) != 0;
            scope.fragment |= more;
        },
        announce: Some(Announce {
            field: &NEXT_HEADER.info,
            numbers: Numbers::IpProtocol,
            nothing: Some(59),
        }),
        ..Protocol::PLAIN
    };

    /// The next header of a first fragment; behind any other, nothing leads on.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
        let (header, content) = bytes.split_first_chunk::<8>()?;
        let next = if OFFSET.read(header)? == 0 { NEXT_HEADER.read(header) } else { None };
        Some(Peel { header: Fragment::LEN, content, tail: 0, next })
    }

    impl Fragment {
        /// A fragment: its offset in 8-byte units and whether more follow.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(identification: u32, offset: u16, more: bool) -> Builder<Self> {
            Builder::<Self>::empty().identification(identification).offset(offset).more(more)
        }
    }
}

pub mod authentication {
    //! The authentication header.
    use super::*;

    crate::header! {
        /// ```text
        /// +---------------+---------------+-------------------------------+
        /// |  Next header  |    Length     |           Reserved            |
        /// +---------------+---------------+-------------------------------+
        /// |                Security parameters index (SPI)                |
        /// +---------------------------------------------------------------+
        /// |                        Sequence number                        |
        /// +---------------------------------------------------------------+
        /// |                     Integrity check value                     |
        /// ```
        pub struct Authentication(12 max 64 step 4) "ah" in "RFC 4302 section 2" {
            tile NEXT_HEADER(next_header, set_next_header): IpProtocol = 0..8, "ah.next_header", "Next header";
            tile LENGTH(length, set_length): u8 = 8..16, "ah.length", "Length in 4 bytes, less two";
            tile RESERVED: [u8; 0] = 16..32, "ah.reserved", "Reserved";
            tile SPI(spi, set_spi): u32 as Hex = 32..64, "ah.spi", "Security parameters index";
            tile SEQUENCE(sequence, set_sequence): u32 = 64..96, "ah.sequence", "Sequence number";
        }
    }

    crate::fields! {
        /// The integrity check value.
        pub mod icv in "RFC 4302 section 2.6" {
            tile ICV: [u8; 0] = 0..0, "ah.icv", "Integrity check value";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "ah",
        name: "Authentication Header",
        spec: "RFC 4302",
        fields: FIELDS,
        tables: &[icv::FIELDS],
        length: Authentication::LEN,
        peel: |bytes| Some(peel(bytes)?.map(Next::from)),
        needed,
        sections: |header, cursor| match header.len().saturating_sub(cursor.at) {
            0 => None,
            left => cursor.take(icv::FIELDS, left),
        },
        announce: Some(Announce {
            field: &NEXT_HEADER.info,
            numbers: Numbers::IpProtocol,
            nothing: Some(59),
        }),
        fill: |bytes, completion| {
            let words = (completion.header >> 2).saturating_sub(2);
            completion.auto(bytes, &LENGTH, u8::try_from(words).unwrap_or(u8::MAX));
            Ok(())
        },
        ..Protocol::PLAIN
    };

    /// The next header, behind the integrity check value.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
        let [next, ..] = bytes.first_chunk::<12>()?;
        let header = needed(bytes);
        Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: Some(IpProtocol(*next)) })
    }

    fn needed(bytes: &[u8]) -> usize {
        let words = bytes.get(1).map_or(1, |words| usize::from(*words));
        words.saturating_add(2).saturating_mul(4).max(Authentication::LEN)
    }

    impl Authentication {
        /// An authentication header; the integrity check value is appended.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(spi: u32, sequence: u32) -> Builder<Self> {
            Builder::<Self>::empty().spi(spi).sequence(sequence)
        }
    }
}
