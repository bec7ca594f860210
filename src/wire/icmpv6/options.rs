//! The options of neighbour discovery, [RFC 4861 section 4.6](https://www.rfc-editor.org/rfc/rfc4861#section-4.6).

use core::net::Ipv6Addr;

use crate::field::tlv::{self, Item, OptionKind, Options, Rules};
use crate::field::{FieldInfo, Mac};
use crate::names::NdpOptionType;

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
    /// NBMA shortcut limit.
    pub mod shortcut_limit in "RFC 2491 section 4.1" {
        tile LIMIT: u8 = 0..8, "icmpv6.opt.nbma.shortcut_limit", "Shortcut limit";
        tile RESERVED: [u8; 0] = 8..48, "icmpv6.opt.reserved", "Reserved";
    }
}
crate::fields! {
    /// What comes before the addresses of a list.
    pub mod address_list in "RFC 3122 section 3.1" {
        tile RESERVED: [u8; 0] = 0..48, "icmpv6.opt.reserved", "Reserved";
    }
}
crate::fields! {
    /// An address of a list.
    pub mod listed_address in "RFC 3122 section 3.1" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.opt.ipv6_address", "Address";
    }
}
crate::fields! {
    /// Mobility anchor point.
    pub mod anchor_point in "RFC 5380 section 7.2" {
        tile DISTANCE: u8 = 0..4, "icmpv6.opt.map.distance", "Distance";
        tile PREFERENCE: u8 = 4..8, "icmpv6.opt.map.preference", "Preference";
        group FLAGS: u8 as Hex = 8..16, "icmpv6.opt.map.flag", "Flags";
        tile REGIONAL: bool = 8..9, "icmpv6.opt.map.flag.r", "Regional care-of address";
        tile RESERVED: u8 = 9..16, "icmpv6.opt.map.flag.reserved", "Reserved";
        tile VALID: u32 = 16..48, "icmpv6.opt.map.valid_lifetime", "Valid lifetime, s";
        tile ADDRESS: Ipv6Addr = 48..176, "icmpv6.opt.map.global_address", "Global address";
    }
}
crate::fields! {
    /// IP address or prefix.
    pub mod address_or_prefix in "RFC 5568 section 6.4.1" {
        tile OPTION_CODE: u8 = 0..8, "icmpv6.opt.ipa.option_code", "Option code";
        tile PREFIX_LENGTH: u8 = 8..16, "icmpv6.opt.ipa.prefix_len", "Prefix length";
        tile RESERVED: [u8; 0] = 16..48, "icmpv6.opt.reserved", "Reserved";
        tile ADDRESS: Ipv6Addr = 48..176, "icmpv6.opt.ipa.ipv6_address", "Address";
    }
}
crate::fields! {
    /// Link-layer address of a router or a node.
    pub mod other_link_address in "RFC 5568 section 6.4.3" {
        tile OPTION_CODE: u8 = 0..8, "icmpv6.opt.lla.option_code", "Option code";
        tile ADDRESS: [u8; 0] = 8..0, "icmpv6.opt.lla.bytes", "Link-layer address";
    }
}
crate::fields! {
    /// Flags extension.
    pub mod flags_extension in "RFC 5175 section 4" {
        tile FLAGS: u16 as Hex = 0..16, "icmpv6.opt.efo", "Flags";
        tile RESERVED: [u8; 0] = 16..48, "icmpv6.opt.reserved", "Reserved";
    }
}
crate::fields! {
    /// Address registration.
    pub mod address_registration in "RFC 6775 section 4.1" {
        tile STATUS: u8 = 0..8, "icmpv6.opt.aro.status", "Status";
        tile RESERVED: [u8; 0] = 8..32, "icmpv6.opt.reserved", "Reserved";
        tile LIFETIME: u16 = 32..48, "icmpv6.opt.aro.registration_lifetime", "Lifetime, min";
        tile IDENTIFIER: u64 as Hex = 48..112, "icmpv6.opt.aro.eui64", "EUI-64";
    }
}
crate::fields! {
    /// 6LoWPAN context; the prefix has as many bytes as the option's length leaves.
    pub mod context in "RFC 6775 section 4.2" {
        tile LENGTH: u8 = 0..8, "icmpv6.opt.6co.context_length", "Context length";
        group FLAGS: u8 as Hex = 8..16, "icmpv6.opt.6co.flag", "Flags";
        tile RESERVED: u8 = 8..11, "icmpv6.opt.6co.flag.reserved", "Reserved";
        tile COMPRESSION: bool = 11..12, "icmpv6.opt.6co.flag.c", "Valid for compression";
        tile IDENTIFIER: u8 = 12..16, "icmpv6.opt.6co.flag.cid", "Context identifier";
        tile RESERVED_2: [u8; 0] = 16..32, "icmpv6.opt.reserved", "Reserved";
        tile LIFETIME: u16 = 32..48, "icmpv6.opt.6co.valid_lifetime", "Valid lifetime, min";
        tile PREFIX: Ipv6Addr = 48..176, "icmpv6.opt.6co.context_prefix", "Context prefix";
        tile SHORT_PREFIX: [u8; 0] = 48..0 if is_short, "icmpv6.opt.6co.short_prefix", "Prefix without its zeros";
    }
}
crate::fields! {
    /// Authoritative border router.
    pub mod border_router in "RFC 6775 section 4.3" {
        tile VERSION_LOW: u16 = 0..16, "icmpv6.opt.abro.version_low", "Version, low half";
        tile VERSION_HIGH: u16 = 16..32, "icmpv6.opt.abro.version_high", "Version, high half";
        tile LIFETIME: u16 = 32..48, "icmpv6.opt.abro.valid_lifetime", "Valid lifetime, min";
        tile ADDRESS: Ipv6Addr = 48..176, "icmpv6.opt.abro.6lbr_address", "Border router";
    }
}
crate::fields! {
    /// The URI of a captive portal, with zeros behind it.
    pub mod captive_portal in "RFC 8910 section 2.3" {
        tile URI: [u8; 0] = 0..0, "icmpv6.opt.captive_portal", "URI";
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

crate::fields! {
    /// What a redirected header has in front of the packet, where that is what the message carries.
    pub mod redirected_head in "RFC 4861 section 4.6.3" {
        tile RESERVED: [u8; 0] = 0..48, "icmpv6.opt.reserved", "Reserved";
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
        kind!(NBMA_SHORTCUT_LIMIT, shortcut_limit),
        kind!(SOURCE_ADDRESS_LIST, address_list, |_, _| (listed_address::FIELDS, 0)),
        kind!(TARGET_ADDRESS_LIST, address_list, |_, _| (listed_address::FIELDS, 0)),
        kind!(IP_ADDRESS_PREFIX, address_or_prefix),
        kind!(LINK_LAYER_ADDRESS, other_link_address),
        kind!(MAP, anchor_point),
        kind!(RA_FLAGS_EXTENSION, flags_extension),
        kind!(ADDRESS_REGISTRATION, address_registration),
        kind!(LOWPAN_CONTEXT, context),
        kind!(AUTHORITATIVE_BORDER_ROUTER, border_router),
        kind!(CAPTIVE_PORTAL, captive_portal),
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

/// The options of a redirect whose last one ends where the packet in it begins, for that is the message's content.
pub static QUOTING: Options =
    Options { other: OptionKind { first: redirected_head::FIELDS, ..OTHER }, ..OPTIONS };

/// Bytes in front of the packet in a redirected header: type, length, and what is reserved.
const BEFORE_PACKET: usize = 8;

/// Where the packet begins that a list of options ends with, in the redirected header.
pub(super) fn redirected_packet(list: &[u8]) -> Option<usize> {
    let item = tlv::walk(list, &Rules::NDP).find(is_redirected)?;
    let last = item.start.checked_add(item.bytes.len()) == Some(list.len());
    let holds = item.bytes.len() > BEFORE_PACKET && item.bytes.get(1).is_some_and(|length| *length > 0);
    item.start.checked_add(BEFORE_PACKET).filter(|_| last && holds)
}

/// The tables of a list of options in a header: it may end with a redirected header without its packet.
pub(super) fn of(list: &[u8]) -> &'static Options {
    let last = tlv::walk(list, &Rules::NDP).last();
    let quotes = |item: &Item<'_>| item.broken && item.bytes.len() == BEFORE_PACKET && is_redirected(item);
    if last.as_ref().is_some_and(quotes) { &QUOTING } else { &OPTIONS }
}

fn is_redirected(item: &Item<'_>) -> bool {
    item.kind == u16::from(NdpOptionType::REDIRECTED_HEADER.0)
}

/// The tables of all of them.
pub(super) const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    link_address::FIELDS,
    prefix::FIELDS,
    shortcut_limit::FIELDS,
    address_list::FIELDS,
    listed_address::FIELDS,
    anchor_point::FIELDS,
    address_or_prefix::FIELDS,
    other_link_address::FIELDS,
    flags_extension::FIELDS,
    address_registration::FIELDS,
    context::FIELDS,
    border_router::FIELDS,
    captive_portal::FIELDS,
    redirected::FIELDS,
    redirected_head::FIELDS,
    mtu::FIELDS,
    advertisement_interval::FIELDS,
    home_agent_information::FIELDS,
    nonce::FIELDS,
    route::FIELDS,
    dns_server::FIELDS,
    dns_server_address::FIELDS,
    search_list::FIELDS,
    search_name::FIELDS,
    search_padding::FIELDS,
    pref64::FIELDS,
    other::FIELDS,
];

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
