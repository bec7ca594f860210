//! ICMPv6, [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443), with neighbour discovery (RFC 4861) and
//! multicast listener discovery (RFC 2710, RFC 3810).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::tlv::{self, OptionKind, Options, Rules};
use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Kind, Mac, Next, Peel, Phrase, Protocol,
    Section,
};
use crate::names::{Icmpv6Type, IpProtocol, MulticastRecordType, NdpOptionType};
use crate::wire::data;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |     Type      |     Code      |           Checksum            |
    /// +---------------+---------------+-------------------------------+
    /// |                  depends on the type                          |
    /// ```
    pub struct Icmpv6(4 max 64 step 4) "icmpv6" in "RFC 4443 section 2.1" {
        tile TYPE(message_type, set_message_type): Icmpv6Type = 0..8, "icmpv6.type", "Type";
        tile CODE(code, set_code): u8 = 8..16, "icmpv6.code", "Code";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 16..32, "icmpv6.checksum", "Checksum";
    }
}

crate::fields! {
    /// Destination unreachable, time exceeded, router solicitation: a reserved word.
    pub mod reserved in "RFC 4443 section 3" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
    }
}
crate::fields! {
    /// Packet too big.
    pub mod packet_too_big in "RFC 4443 section 3.2" {
        tile MTU: u32 = 32..64, "icmpv6.mtu", "MTU";
    }
}
crate::fields! {
    /// Parameter problem.
    pub mod parameter_problem in "RFC 4443 section 3.4" {
        tile POINTER: u32 = 32..64, "icmpv6.pointer", "Pointer";
    }
}
crate::fields! {
    /// Echo request and reply.
    pub mod echo in "RFC 4443 section 4" {
        tile IDENTIFIER: u16 as Hex = 32..48, "icmpv6.echo.identifier", "Identifier";
        tile SEQUENCE: u16 = 48..64, "icmpv6.echo.sequence_number", "Sequence number";
    }
}
crate::fields! {
    /// Router advertisement.
    pub mod router_advertisement in "RFC 4861 section 4.2" {
        tile HOP_LIMIT: u8 = 32..40, "icmpv6.nd.ra.cur_hop_limit", "Current hop limit";
        group FLAGS: u8 as Hex = 40..48, "icmpv6.nd.ra.flag", "Flags";
        tile MANAGED: bool = 40..41, "icmpv6.nd.ra.flag.m", "Managed address configuration";
        tile OTHER: bool = 41..42, "icmpv6.nd.ra.flag.o", "Other configuration";
        tile HOME_AGENT: bool = 42..43, "icmpv6.nd.ra.flag.h", "Home agent", "RFC 6275 section 7.1";
        tile PREFERENCE: u8 = 43..45, "icmpv6.nd.ra.flag.prf", "Default router preference", "RFC 4191 section 2.2";
        tile PROXY: bool = 45..46, "icmpv6.nd.ra.flag.p", "Proxy", "RFC 4389 section 4.1.3.3";
        tile RESERVED: u8 = 46..48, "icmpv6.nd.ra.flag.rsv", "Reserved";
        tile LIFETIME: u16 = 48..64, "icmpv6.nd.ra.router_lifetime", "Router lifetime, s";
        tile REACHABLE_TIME: u32 = 64..96, "icmpv6.nd.ra.reachable_time", "Reachable time, ms";
        tile RETRANS_TIMER: u32 = 96..128, "icmpv6.nd.ra.retrans_timer", "Retransmission timer, ms";
    }
}
crate::fields! {
    /// Neighbour solicitation.
    pub mod neighbour_solicitation in "RFC 4861 section 4.3" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.ns.target_address", "Target address";
    }
}
crate::fields! {
    /// Neighbour advertisement.
    pub mod neighbour_advertisement in "RFC 4861 section 4.4" {
        group FLAGS: u32 as Hex = 32..64, "icmpv6.nd.na.flag", "Flags";
        tile ROUTER: bool = 32..33, "icmpv6.nd.na.flag.r", "Router";
        tile SOLICITED: bool = 33..34, "icmpv6.nd.na.flag.s", "Solicited";
        tile OVERRIDE: bool = 34..35, "icmpv6.nd.na.flag.o", "Override";
        tile RESERVED: u32 = 35..64, "icmpv6.nd.na.flag.rsv", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.na.target_address", "Target address";
    }
}
crate::fields! {
    /// Redirect.
    pub mod redirect in "RFC 4861 section 4.5" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.rd.target_address", "Target address";
        tile DESTINATION: Ipv6Addr = 192..320, "icmpv6.rd.na.destination_address", "Destination address";
    }
}
crate::fields! {
    /// Multicast listener discovery, version 1.
    pub mod listener in "RFC 2710 section 3" {
        tile MAXIMUM_DELAY: u16 = 32..48, "icmpv6.mld.maximum_response_delay", "Maximum response delay, ms";
        tile RESERVED: [u8; 0] = 48..64, "icmpv6.reserved", "Reserved";
        tile ADDRESS: Ipv6Addr = 64..192, "icmpv6.mld.multicast_address", "Multicast address";
    }
}
crate::fields! {
    /// Multicast listener query, version 2: the same and more.
    pub mod listener_query_v2 in "RFC 3810 section 5.1" {
        tile MAXIMUM_CODE: u16 = 32..48, "icmpv6.mld.maximum_response_code", "Maximum response code";
        tile RESERVED: [u8; 0] = 48..64, "icmpv6.reserved", "Reserved";
        tile ADDRESS: Ipv6Addr = 64..192, "icmpv6.mld.multicast_address", "Multicast address";
        group FLAGS: u8 as Hex = 192..200, "icmpv6.mld.flag", "Flags";
        tile FLAGS_RESERVED: u8 = 192..196, "icmpv6.mld.flag.reserved", "Reserved";
        tile SUPPRESS: bool = 196..197, "icmpv6.mld.flag.s", "Suppress router processing";
        tile ROBUSTNESS: u8 = 197..200, "icmpv6.mld.flag.qrv", "Querier's robustness variable";
        tile INTERVAL_CODE: u8 = 200..208, "icmpv6.mld.qqi", "Querier's query interval code";
        tile SOURCES: u16 = 208..224, "icmpv6.mld.nb_sources", "Number of sources";
    }
}
crate::fields! {
    /// A source of a version 2 query.
    pub mod listener_source in "RFC 3810 section 5.1.10" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.mld.source_address", "Source address";
    }
}
crate::fields! {
    /// Multicast listener report, version 2.
    pub mod listener_report_v2 in "RFC 3810 section 5.2" {
        tile RESERVED: [u8; 0] = 32..48, "icmpv6.reserved", "Reserved";
        tile RECORDS: u16 = 48..64, "icmpv6.mldr.nb_mcast_records", "Number of records";
    }
}
crate::fields! {
    /// The group around one record of a report.
    pub mod record_group in "RFC 3810 section 5.2.4" {
        group RECORD: [u8; 0] = 0..0, "icmpv6.mldr.mar", "Multicast address record";
    }
}
crate::fields! {
    /// One record of a report.
    pub mod record in "RFC 3810 section 5.2.4" {
        tile RECORD_TYPE: MulticastRecordType = 0..8, "icmpv6.mldr.mar.record_type", "Record type";
        tile AUXILIARY_LENGTH: u8 = 8..16, "icmpv6.mldr.mar.aux_data_len", "Auxiliary data length in words";
        tile SOURCES: u16 = 16..32, "icmpv6.mldr.mar.nb_sources", "Number of sources";
        tile ADDRESS: Ipv6Addr = 32..160, "icmpv6.mldr.mar.multicast_address", "Multicast address";
    }
}
crate::fields! {
    /// A source of a record.
    pub mod record_source in "RFC 3810 section 5.2.10" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.mldr.mar.source_address", "Source address";
    }
}
crate::fields! {
    /// Auxiliary data of a record.
    pub mod record_auxiliary in "RFC 3810 section 5.2.11" {
        tile DATA: [u8; 0] = 0..0, "icmpv6.mldr.mar.auxiliary_data", "Auxiliary data";
    }
}

crate::fields! {
    /// Home agent address discovery, mobile prefix solicitation.
    pub mod mobile in "RFC 6275 section 6.5" {
        tile IDENTIFIER: u16 = 32..48, "icmpv6.mip6.identifier", "Identifier";
        tile RESERVED: [u8; 0] = 48..64, "icmpv6.reserved", "Reserved";
    }
}
crate::fields! {
    /// An address of a home agent.
    pub mod home_agent in "RFC 6275 section 6.6" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.mip6.home_agent_address", "Home agent address";
    }
}
crate::fields! {
    /// Mobile prefix advertisement.
    pub mod mobile_prefix in "RFC 6275 section 6.8" {
        tile IDENTIFIER: u16 = 32..48, "icmpv6.mip6.identifier", "Identifier";
        group FLAGS: u16 as Hex = 48..64, "icmpv6.mip6.flag", "Flags";
        tile MANAGED: bool = 48..49, "icmpv6.mip6.flag.m", "Managed address configuration";
        tile OTHER: bool = 49..50, "icmpv6.mip6.flag.o", "Other configuration";
        tile RESERVED: u16 = 50..64, "icmpv6.mip6.flag.rsv", "Reserved";
    }
}
crate::fields! {
    /// Node information query and reply.
    pub mod node_information in "RFC 4620 section 4" {
        tile QUERY_TYPE: u16 = 32..48, "icmpv6.ni.qtype", "Query type";
        group FLAGS: u16 as Hex = 48..64, "icmpv6.ni.flag", "Flags";
        tile RESERVED: u16 as Hex = 48..58, "icmpv6.ni.flag.rsv", "Reserved";
        tile GLOBAL: bool = 58..59, "icmpv6.ni.flag.g", "Global-scope addresses";
        tile SITE_LOCAL: bool = 59..60, "icmpv6.ni.flag.s", "Site-local addresses";
        tile LINK_LOCAL: bool = 60..61, "icmpv6.ni.flag.l", "Link-local addresses";
        tile COMPATIBLE: bool = 61..62, "icmpv6.ni.flag.c", "IPv4-mapped addresses";
        tile ALL: bool = 62..63, "icmpv6.ni.flag.a", "All unicast addresses";
        tile TRUNCATED: bool = 63..64, "icmpv6.ni.flag.t", "Truncated";
        tile NONCE: u64 as Hex = 64..128, "icmpv6.ni.nonce", "Nonce";
    }
}
crate::fields! {
    /// The IPv6 address that a query is about.
    pub mod subject_ipv6 in "RFC 4620 section 4" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.ni.query.subject_ipv6", "Subject address";
    }
}
crate::fields! {
    /// The name that a query is about.
    pub mod subject_name in "RFC 4620 section 4" {
        tile NAME: [u8; 0] = 0..0, "icmpv6.ni.query.subject_fqdn", "Subject name";
    }
}
crate::fields! {
    /// The IPv4 address that a query is about.
    pub mod subject_ipv4 in "RFC 4620 section 4" {
        tile ADDRESS: Ipv4Addr = 0..32, "icmpv6.ni.query.subject_ipv4", "Subject address";
    }
}
crate::fields! {
    /// The names of a node.
    pub mod node_name in "RFC 4620 section 6.3" {
        tile TTL: u32 = 0..32, "icmpv6.ni.reply.node_ttl", "Time to live";
        tile NAME: [u8; 0] = 32..0, "icmpv6.ni.reply.node_name", "Node name";
    }
}
crate::fields! {
    /// An IPv6 address of a node.
    pub mod node_address in "RFC 4620 section 6.4" {
        tile TTL: u32 = 0..32, "icmpv6.ni.reply.node_ttl", "Time to live";
        tile ADDRESS: Ipv6Addr = 32..160, "icmpv6.ni.reply.node_address", "Node address";
    }
}
crate::fields! {
    /// An IPv4 address of a node.
    pub mod node_ipv4_address in "RFC 4620 section 6.5" {
        tile TTL: u32 = 0..32, "icmpv6.ni.reply.node_ttl", "Time to live";
        tile ADDRESS: Ipv4Addr = 32..64, "icmpv6.ni.reply.ipv4_address", "Node address";
    }
}
crate::fields! {
    /// RPL: destination advertisement object acknowledgement.
    pub mod rpl_acknowledgement in "RFC 6550 section 6.5" {
        tile INSTANCE: u8 = 32..40, "icmpv6.rpl.daoack.instance", "RPL instance";
        group FLAGS: u8 as Hex = 40..48, "icmpv6.rpl.daoack.flag", "Flags";
        tile HAS_DODAG_ID: bool = 40..41, "icmpv6.rpl.daoack.flag.d", "DODAG identifier present";
        tile RESERVED: u8 = 41..48, "icmpv6.rpl.daoack.flag.rsv", "Reserved";
        tile SEQUENCE: u8 = 48..56, "icmpv6.rpl.daoack.sequence", "Sequence";
        tile STATUS: u8 = 56..64, "icmpv6.rpl.daoack.status", "Status";
        tile DODAG_ID: Ipv6Addr = 64..192 if has_dodag_id, "icmpv6.rpl.daoack.dodagid", "DODAG identifier";
    }
}

fn has_dodag_id(header: &[u8]) -> bool {
    rpl_acknowledgement::HAS_DODAG_ID.read(header) == Some(true)
}

/// The tables of the options of neighbour discovery.
pub mod options {
    use super::*;

    crate::fields! {
        /// Type and length.
        pub mod head in "RFC 4861 section 4.6" {
            tile OPTION_TYPE: NdpOptionType = 0..8, "icmpv6.opt.type", "Type";
            tile LENGTH: u8 = 8..16, "icmpv6.opt.length", "Length in 8 bytes";
        }
    }
    crate::fields! {
        /// The group around an option.
        pub mod group in "RFC 4861 section 4.6" {
            group OPTION: [u8; 0] = 0..0, "icmpv6.opt", "Option";
        }
    }
    crate::fields! {
        /// Source and target link-layer address.
        pub mod link_address in "RFC 4861 section 4.6.1" {
            tile ADDRESS: Mac = 0..48, "icmpv6.opt.linkaddr", "Link-layer address";
        }
    }
    crate::fields! {
        /// Prefix information.
        pub mod prefix in "RFC 4861 section 4.6.2" {
            tile LENGTH: u8 = 0..8, "icmpv6.opt.prefix.length", "Prefix length";
            group FLAGS: u8 as Hex = 8..16, "icmpv6.opt.prefix.flag", "Flags";
            tile ON_LINK: bool = 8..9, "icmpv6.opt.prefix.flag.l", "On-link";
            tile AUTONOMOUS: bool = 9..10, "icmpv6.opt.prefix.flag.a", "Autonomous configuration";
            tile ROUTER: bool = 10..11, "icmpv6.opt.prefix.flag.r", "Router address", "RFC 6275 section 7.2";
            tile RESERVED: u8 = 11..16, "icmpv6.opt.prefix.flag.reserved", "Reserved";
            tile VALID: u32 = 16..48, "icmpv6.opt.prefix.valid_lifetime", "Valid lifetime, s";
            tile PREFERRED: u32 = 48..80, "icmpv6.opt.prefix.preferred_lifetime", "Preferred lifetime, s";
            tile RESERVED_2: [u8; 0] = 80..112, "icmpv6.opt.reserved", "Reserved";
            tile PREFIX: Ipv6Addr = 112..240, "icmpv6.opt.prefix", "Prefix";
        }
    }
    crate::fields! {
        /// Redirected header: a packet, quoted.
        pub mod redirected in "RFC 4861 section 4.6.3" {
            tile RESERVED: [u8; 0] = 0..48, "icmpv6.opt.reserved", "Reserved";
            tile PACKET: [u8; 0] = 48..0, "icmpv6.opt.redirected_packet", "Redirected packet";
        }
    }
    crate::fields! {
        /// MTU.
        pub mod mtu in "RFC 4861 section 4.6.4" {
            tile RESERVED: [u8; 0] = 0..16, "icmpv6.opt.reserved", "Reserved";
            tile MTU: u32 = 16..48, "icmpv6.opt.mtu", "MTU";
        }
    }
    crate::fields! {
        /// Advertisement interval.
        pub mod advertisement_interval in "RFC 6275 section 7.3" {
            tile RESERVED: [u8; 0] = 0..16, "icmpv6.opt.reserved", "Reserved";
            tile INTERVAL: u32 = 16..48, "icmpv6.opt.advertisement_interval", "Advertisement interval, ms";
        }
    }
    crate::fields! {
        /// Home agent information.
        pub mod home_agent_information in "RFC 6275 section 7.4" {
            tile RESERVED: [u8; 0] = 0..16, "icmpv6.opt.reserved", "Reserved";
            tile PREFERENCE: u16 = 16..32, "icmpv6.opt.home_agent_preference", "Preference";
            tile LIFETIME: u16 = 32..48, "icmpv6.opt.home_agent_lifetime", "Lifetime, s";
        }
    }
    crate::fields! {
        /// Nonce.
        pub mod nonce in "RFC 3971 section 5.3.2" {
            tile NONCE: [u8; 0] = 0..0, "icmpv6.opt.nonce", "Nonce";
        }
    }
    /// A route's prefix that does not have all of its 16 bytes, in the option behind type and length.
    fn is_short(data: &[u8]) -> bool {
        data.len() < 22
    }

    crate::fields! {
        /// Route information; the prefix has as many bytes as the option's length leaves.
        pub mod route in "RFC 4191 section 2.3" {
            tile LENGTH: u8 = 0..8, "icmpv6.opt.prefix.length", "Prefix length";
            group FLAGS: u8 as Hex = 8..16, "icmpv6.opt.route_info.flag", "Flags";
            tile RESERVED: u8 = 8..11, "icmpv6.opt.route_info.flag.reserved", "Reserved";
            tile PREFERENCE: u8 = 11..13, "icmpv6.opt.route_info.flag.route_preference", "Route preference";
            tile RESERVED_2: u8 = 13..16, "icmpv6.opt.route_info.flag.reserved", "Reserved";
            tile LIFETIME: u32 = 16..48, "icmpv6.opt.route_lifetime", "Route lifetime, s";
            tile PREFIX: Ipv6Addr = 48..176, "icmpv6.opt.prefix", "Prefix";
            tile SHORT_PREFIX: [u8; 0] = 48..0 if is_short, "icmpv6.opt.route_prefix", "Prefix without its zeros";
        }
    }
    crate::fields! {
        /// Recursive DNS server.
        pub mod dns_server in "RFC 8106 section 5.1" {
            tile RESERVED: [u8; 0] = 0..16, "icmpv6.opt.reserved", "Reserved";
            tile LIFETIME: u32 = 16..48, "icmpv6.opt.rdnss.lifetime", "Lifetime, s";
        }
    }
    crate::fields! {
        /// An address of a recursive DNS server.
        pub mod dns_server_address in "RFC 8106 section 5.1" {
            tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.opt.rdnss", "Recursive DNS server";
        }
    }
    crate::fields! {
        /// DNS search list.
        pub mod search_list in "RFC 8106 section 5.2" {
            tile RESERVED: [u8; 0] = 0..16, "icmpv6.opt.reserved", "Reserved";
            tile LIFETIME: u32 = 16..48, "icmpv6.opt.dnssl.lifetime", "Lifetime, s";
        }
    }
    crate::fields! {
        /// A domain name of a search list, as it stands in DNS.
        pub mod search_name in "RFC 8106 section 5.2" {
            tile NAME: [u8; 0] = 0..0, "icmpv6.opt.dnssl", "Domain name";
        }
    }
    crate::fields! {
        /// The zeros behind the names of a search list.
        pub mod search_padding in "RFC 8106 section 5.2" {
            tile PADDING: [u8; 0] = 0..0, "icmpv6.opt.padding", "Padding";
        }
    }
    crate::fields! {
        /// PREF64.
        pub mod pref64 in "RFC 8781 section 4" {
            tile LIFETIME: u16 = 0..13, "icmpv6.opt.pref64.scaled_lifetime", "Scaled lifetime";
            tile PREFIX_LENGTH_CODE: u8 = 13..16, "icmpv6.opt.pref64.plc", "Prefix length code";
            tile PREFIX: [u8; 0] = 16..112, "icmpv6.opt.pref64.prefix", "Highest 96 bits of the prefix";
        }
    }
    crate::fields! {
        /// The data of an option that has no table.
        pub mod other in "RFC 4861 section 4.6" {
            tile DATA: [u8; 0] = 0..0, "icmpv6.opt.data", "Option data";
        }
    }

    macro_rules! kind {
        ($kind:ident, $table:ident $(, $repeat:expr)?) => {
            OptionKind {
                kind: NdpOptionType::$kind.0 as u16,
                first: $table::FIELDS,
                $(repeat: $repeat,)?
                ..OTHER
            }
        };
    }

    const OTHER: OptionKind =
        OptionKind { kind: 0, group: group::FIELDS, first: other::FIELDS, repeat: |_, _| (&[], 0) };

    /// All of them.
    pub static OPTIONS: Options = Options {
        rules: Rules::NDP,
        head: head::FIELDS,
        alone: head::FIELDS,
        kinds: &[
            kind!(SOURCE_LINK_ADDRESS, link_address),
            kind!(TARGET_LINK_ADDRESS, link_address),
            kind!(PREFIX_INFORMATION, prefix),
            kind!(REDIRECTED_HEADER, redirected),
            kind!(MTU, mtu),
            kind!(ADVERTISEMENT_INTERVAL, advertisement_interval),
            kind!(HOME_AGENT_INFORMATION, home_agent_information),
            kind!(NONCE, nonce),
            kind!(ROUTE_INFORMATION, route),
            kind!(RECURSIVE_DNS_SERVER, dns_server, |_, _| (dns_server_address::FIELDS, 0)),
            kind!(DNS_SEARCH_LIST, search_list, names),
            kind!(PREF64, pref64),
        ],
        other: OTHER,
        padding: other::FIELDS,
    };

    /// The name that begins here, up to the label of length zero that ends it; a name that begins with that is
    /// padding.
    fn names(item: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
        let rest = item.get(at..).unwrap_or(&[]);
        let mut end = 0usize;
        while let Some(label) = rest.get(end) {
            end = end.saturating_add(usize::from(*label)).saturating_add(1);
            if *label == 0 {
                break;
            }
        }
        match rest.first() {
            Some(0) => (search_padding::FIELDS, rest.len()),
            _ => (search_name::FIELDS, end),
        }
    }
}

/// What follows the fixed part for a type, how long the header's fixed part is with it, and what comes then.
fn body(bytes: &[u8]) -> (&'static [FieldInfo], usize, Tail) {
    use Icmpv6Type as Type;
    match TYPE.read(bytes) {
        Some(Type::DESTINATION_UNREACHABLE | Type::TIME_EXCEEDED) => (reserved::FIELDS, 8, Tail::Packet),
        Some(Type::PACKET_TOO_BIG) => (packet_too_big::FIELDS, 8, Tail::Packet),
        Some(Type::PARAMETER_PROBLEM) => (parameter_problem::FIELDS, 8, Tail::Packet),
        Some(Type::ECHO_REQUEST | Type::ECHO_REPLY) => (echo::FIELDS, 8, Tail::Payload),
        Some(Type::ROUTER_SOLICITATION) => (reserved::FIELDS, 8, Tail::Options),
        Some(Type::ROUTER_ADVERTISEMENT) => (router_advertisement::FIELDS, 16, Tail::Options),
        Some(Type::NEIGHBOUR_SOLICITATION) => (neighbour_solicitation::FIELDS, 24, Tail::Options),
        Some(Type::NEIGHBOUR_ADVERTISEMENT) => (neighbour_advertisement::FIELDS, 24, Tail::Options),
        Some(Type::REDIRECT) => (redirect::FIELDS, 40, Tail::Options),
        // RFC 3810 section 8.1: a query of 28 bytes or more is version 2.
        Some(Type::LISTENER_QUERY) if bytes.len() >= 28 => (listener_query_v2::FIELDS, 28, Tail::Sources),
        Some(Type::LISTENER_QUERY | Type::LISTENER_REPORT | Type::LISTENER_DONE) => {
            (listener::FIELDS, 24, Tail::Payload)
        }
        Some(Type::LISTENER_REPORT_V2) => (listener_report_v2::FIELDS, 8, Tail::Records),
        Some(Type::NODE_INFORMATION_QUERY | Type::NODE_INFORMATION_REPLY) => {
            let (tail, _) = node_data(bytes);
            (node_information::FIELDS, 16, if tail.is_empty() { Tail::Payload } else { Tail::NodeData })
        }
        Some(Type::HOME_AGENT_REQUEST | Type::MOBILE_PREFIX_SOLICITATION) => {
            (mobile::FIELDS, 8, Tail::Payload)
        }
        Some(Type::HOME_AGENT_REPLY) => (mobile::FIELDS, 8, Tail::HomeAgents),
        Some(Type::MOBILE_PREFIX_ADVERTISEMENT) => (mobile_prefix::FIELDS, 8, Tail::Options),
        Some(Type::RPL_CONTROL) if CODE.read(bytes) == Some(3) => {
            (rpl_acknowledgement::FIELDS, if has_dodag_id(bytes) { 24 } else { 8 }, Tail::Payload)
        }
        _ => (&[], Icmpv6::LEN, Tail::Payload),
    }
}

/// What a node information message carries, and how many bytes one of it takes, 0 for all that are left.
fn node_data(bytes: &[u8]) -> (&'static [FieldInfo], usize) {
    let message = (TYPE.read(bytes), CODE.read(bytes), node_information::QUERY_TYPE.read(bytes));
    match message {
        (Some(Icmpv6Type::NODE_INFORMATION_QUERY), Some(0), Some(1..)) => (subject_ipv6::FIELDS, 16),
        (Some(Icmpv6Type::NODE_INFORMATION_QUERY), Some(1), Some(1..)) => (subject_name::FIELDS, 0),
        (Some(Icmpv6Type::NODE_INFORMATION_QUERY), Some(2), Some(1..)) => (subject_ipv4::FIELDS, 4),
        (Some(Icmpv6Type::NODE_INFORMATION_REPLY), Some(0), Some(2)) => (node_name::FIELDS, 0),
        (Some(Icmpv6Type::NODE_INFORMATION_REPLY), Some(0), Some(3)) => (node_address::FIELDS, 20),
        (Some(Icmpv6Type::NODE_INFORMATION_REPLY), Some(0), Some(4)) => (node_ipv4_address::FIELDS, 8),
        _ => (&[], 0),
    }
}

/// What comes behind the fixed part of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Whatever: no part of the header.
    Payload,
    /// The packet that an error quotes.
    Packet,
    /// The options of neighbour discovery, to the end of the message.
    Options,
    /// The sources of a version 2 query, to the end of the message.
    Sources,
    /// The records of a version 2 report, to the end of the message.
    Records,
    /// What a node is asked or says of itself, to the end of the message.
    NodeData,
    /// The addresses of home agents, to the end of the message.
    HomeAgents,
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "icmpv6",
    name: "Internet Control Message Protocol v6",
    spec: "RFC 4443",
    fields: FIELDS,
    tables: &[
        reserved::FIELDS,
        packet_too_big::FIELDS,
        parameter_problem::FIELDS,
        echo::FIELDS,
        router_advertisement::FIELDS,
        neighbour_solicitation::FIELDS,
        neighbour_advertisement::FIELDS,
        redirect::FIELDS,
        listener::FIELDS,
        listener_query_v2::FIELDS,
        listener_report_v2::FIELDS,
        mobile::FIELDS,
        mobile_prefix::FIELDS,
        node_information::FIELDS,
        rpl_acknowledgement::FIELDS,
    ],
    lists: &[
        listener_source::FIELDS,
        record_group::FIELDS,
        record::FIELDS,
        record_source::FIELDS,
        record_auxiliary::FIELDS,
        home_agent::FIELDS,
        subject_ipv6::FIELDS,
        subject_name::FIELDS,
        subject_ipv4::FIELDS,
        node_name::FIELDS,
        node_address::FIELDS,
        node_ipv4_address::FIELDS,
        options::head::FIELDS,
        options::group::FIELDS,
        options::link_address::FIELDS,
        options::prefix::FIELDS,
        options::redirected::FIELDS,
        options::mtu::FIELDS,
        options::advertisement_interval::FIELDS,
        options::home_agent_information::FIELDS,
        options::nonce::FIELDS,
        options::route::FIELDS,
        options::dns_server::FIELDS,
        options::dns_server_address::FIELDS,
        options::search_list::FIELDS,
        options::search_name::FIELDS,
        options::search_padding::FIELDS,
        options::pref64::FIELDS,
        options::other::FIELDS,
    ],
    length: Icmpv6::LEN,
    peel,
    needed: |bytes| body(bytes).1,
    sections,
    // What an error carries is quoted.
    surround: |scope| scope.quoted = true,
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: Some(IpProtocol::ICMPV6.0),
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "icmpv6.checksum.bad",
        offload: "icmpv6.checksum.offload",
    }),
    summary: &[
        Phrase::Text("ICMPv6 "),
        Phrase::Value(&TYPE.info),
        Phrase::If(
            is_echo,
            &[
                Phrase::Text(", id "),
                Phrase::Value(&echo::IDENTIFIER.info),
                Phrase::Text(" seq "),
                Phrase::Value(&echo::SEQUENCE.info),
            ],
        ),
        Phrase::If(
            |header| !is_echo(header) && CODE.read(header) != Some(0),
            &[Phrase::Text(", code "), Phrase::Value(&CODE.info)],
        ),
    ],
    ..Protocol::PLAIN
};

/// The header, options and lists included; an error goes on with the packet that it quotes, which is IPv6.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    let (_, fixed, tail) = body(bytes);
    let behind = bytes.get(fixed..)?;
    let (header, content) = match tail {
        Tail::Payload | Tail::Packet => (fixed, behind),
        Tail::Options | Tail::Sources | Tail::Records | Tail::NodeData | Tail::HomeAgents => {
            let header = bytes.len().min(usize::from(u16::MAX));
            (header, bytes.get(header..)?)
        }
    };
    Some(Peel { header, content, tail: 0, next: (tail == Tail::Packet).then_some(Next::Kind(Kind::IPV6)) })
}

fn is_echo(header: &[u8]) -> bool {
    matches!(TYPE.read(header), Some(Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY))
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let (fields, fixed, tail) = body(header);
    if cursor.at < fixed {
        return cursor.go_on(fields, fixed);
    }
    match tail {
        Tail::Payload | Tail::Packet => None,
        Tail::Options => tlv::section(&options::OPTIONS, header, header.len(), cursor),
        Tail::Sources => list((listener_source::FIELDS, 16), header, cursor),
        Tail::Records => records(header, cursor),
        Tail::NodeData => list(node_data(header), header, cursor),
        Tail::HomeAgents => list((home_agent::FIELDS, 16), header, cursor),
    }
}

/// The next of a list that reaches to the end of the message; what is left of one that is cut is not parsed.
fn list(
    (fields, size): (&'static [FieldInfo], usize),
    header: &[u8],
    cursor: &mut Cursor,
) -> Option<Section> {
    match header.len().saturating_sub(cursor.at) {
        0 => None,
        left if left < size => cursor.take(data::unparsed::FIELDS, left),
        left => cursor.take(fields, if size == 0 { left } else { size }),
    }
}

/// The records of a report: `phase` 0 before a record, 1 at its head, 2 in its sources, 3 at its auxiliary data.
fn records(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let left = header.len().saturating_sub(cursor.at);
    if left == 0 {
        return None;
    }
    let head = header.get(if cursor.phase == 0 { cursor.at } else { cursor.item }..)?;
    let sources = usize::from(record::SOURCES.read(head).unwrap_or(0)).saturating_mul(16).saturating_add(20);
    let auxiliary = usize::from(record::AUXILIARY_LENGTH.read(head).unwrap_or(0)).saturating_mul(4);
    let behind_sources = cursor.item.saturating_add(sources).min(header.len());
    match cursor.phase {
        0 => {
            cursor.item = cursor.at;
            cursor.phase = 1;
            cursor.until = cursor.at.saturating_add(sources).saturating_add(auxiliary).min(header.len());
            cursor.hold(record_group::FIELDS, cursor.until.saturating_sub(cursor.at))
        }
        1 => {
            cursor.phase = if cursor.item.saturating_add(20) < cursor.until { 2 } else { 0 };
            cursor.take(record::FIELDS, left.min(20))
        }
        2 if cursor.at < behind_sources => {
            let length = behind_sources.saturating_sub(cursor.at).min(16);
            let end = cursor.at.saturating_add(length);
            cursor.phase = if end < cursor.until { 2 } else { 0 };
            cursor.take(record_source::FIELDS, length)
        }
        _ => {
            cursor.phase = 0;
            cursor.take(record_auxiliary::FIELDS, cursor.until.saturating_sub(cursor.at))
        }
    }
}

const CHECKS: &[Check] = &[|scope| {
    let (_, fixed, tail) = body(scope.bytes);
    (tail == Tail::Options).then_some(())?;
    scope.missing.is_none().then_some(())?;
    let list = scope.bytes.get(fixed..)?;
    tlv::check(list, &Rules::NDP, fixed, &options::head::LENGTH.info, "icmpv6.opt.len.bad", scope.limit)
}];

impl Icmpv6 {
    /// A message of any type, with nothing behind the checksum; what belongs to the type is appended.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(message_type: Icmpv6Type, code: u8) -> Builder<Self> {
        Builder::<Self>::empty().message_type(message_type).code(code)
    }

    /// An echo request.
    pub fn echo_request(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv6Type::ECHO_REQUEST, 0)
            .append(&identifier.to_be_bytes())
            .append(&sequence.to_be_bytes())
    }

    /// An echo reply.
    pub fn echo_reply(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv6Type::ECHO_REPLY, 0).append(&identifier.to_be_bytes()).append(&sequence.to_be_bytes())
    }

    /// Destination unreachable; the packet that it is about goes inside.
    pub fn destination_unreachable(code: u8) -> Builder<Self> {
        Self::new(Icmpv6Type::DESTINATION_UNREACHABLE, code).append(&[0; 4])
    }

    /// Packet too big; the packet that it is about goes inside.
    pub fn packet_too_big(mtu: u32) -> Builder<Self> {
        Self::new(Icmpv6Type::PACKET_TOO_BIG, 0).append(&mtu.to_be_bytes())
    }

    /// Neighbour solicitation for `target`, with the asker's link-layer address.
    pub fn neighbour_solicitation(target: Ipv6Addr, source: Mac) -> Builder<Self> {
        Self::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0)
            .append(&[0; 4])
            .append(&target.octets())
            .append(&[NdpOptionType::SOURCE_LINK_ADDRESS.0, 1])
            .append(&source.0)
    }
}

impl<'a> Icmpv6<&'a [u8]> {
    /// Identifier and sequence number of an echo message.
    pub fn echo(&self) -> Option<(u16, u16)> {
        matches!(self.message_type(), Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY).then_some(())?;
        Some((echo::IDENTIFIER.read(self.bytes)?, echo::SEQUENCE.read(self.bytes)?))
    }

    /// The options of neighbour discovery.
    pub fn options(&self) -> tlv::Walk<'a> {
        let (_, fixed, tail) = body(self.bytes);
        let list = if tail == Tail::Options { self.bytes.get(fixed..) } else { None };
        tlv::walk(list.unwrap_or(&[]), &Rules::NDP)
    }

    /// What lies behind the header: the data of an echo message, the packet that an error quotes.
    pub fn payload(&self) -> &'a [u8] {
        peel(self.bytes).map_or(&[], |peel| peel.content)
    }
}
