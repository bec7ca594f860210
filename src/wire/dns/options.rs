//! The options of EDNS, [RFC 6891 section 6.1.2](https://www.rfc-editor.org/rfc/rfc6891#section-6.1.2).

use crate::field::tlv::{OptionKind, Options, Rules};
use crate::field::{FieldInfo, Name};
use crate::names::{DigestType, DnssecAlgorithm, EdnsOption};
use crate::wire::dns::records::PartList;

crate::fields! {
    /// Code and length.
    pub mod head in "RFC 6891 section 6.1.2" {
        tile CODE: EdnsOption = 0..16, "dns.opt.code", "Option code";
        tile LENGTH: u16 = 16..32, "dns.opt.len", "Option length";
    }
}
crate::fields! {
    /// The group around an option.
    pub mod group in "RFC 6891 section 6.1.2" {
        group OPTION: [u8; 0] = 0..0, "dns.opt", "Option";
    }
}
crate::fields! {
    /// What the table of an option does not describe.
    pub mod other in "RFC 6891 section 6.1.2" {
        tile DATA: [u8; 0] = 0..0, "dns.opt.data", "Option data";
    }
}
crate::fields! {
    /// An algorithm that signatures may have.
    pub mod understood in "RFC 6975 section 3" {
        tile ALGORITHM: DnssecAlgorithm = 0..8, "dns.opt.dau", "Algorithm understood";
    }
}
crate::fields! {
    /// A digest that keys may have.
    pub mod understood_digest in "RFC 6975 section 3" {
        tile DIGEST: DigestType = 0..8, "dns.opt.dhu", "Digest understood";
    }
}
crate::fields! {
    /// A hash that names may have.
    pub mod understood_hash in "RFC 6975 section 3" {
        tile HASH: u8 = 0..8, "dns.opt.n3u", "Hash of NSEC3 understood";
    }
}
crate::fields! {
    /// Where the one who asks is, without the zeros behind the prefix.
    pub mod client_subnet in "RFC 7871 section 6" {
        tile FAMILY: u16 = 0..16, "dns.opt.client.family", "Address family";
        tile SOURCE: u8 = 16..24, "dns.opt.client.netmask", "Source prefix length";
        tile SCOPE: u8 = 24..32, "dns.opt.client.scope", "Scope prefix length";
        tile IPV4: [u8; 0] = 32..0 if is_ipv4, "dns.opt.client.addr4", "Start of the address";
        tile IPV6: [u8; 0] = 32..0 if is_ipv6, "dns.opt.client.addr6", "Start of the address";
        tile OTHER: [u8; 0] = 32..0 if is_neither, "dns.opt.client.addr", "Start of the address";
    }
}
crate::fields! {
    /// How long a zone holds.
    pub mod expire in "RFC 7314 section 4" {
        tile EXPIRE: u32 = 0..32, "dns.opt.expire", "Expire, s";
    }
}
crate::fields! {
    /// What client and server know each other by.
    pub mod cookie in "RFC 7873 section 4" {
        tile CLIENT: [u8; 0] = 0..64, "dns.opt.cookie.client", "Client cookie";
        tile SERVER: [u8; 0] = 64..0, "dns.opt.cookie.server", "Server cookie";
    }
}
crate::fields! {
    /// How long a connection may stay open, in tenths of a second.
    pub mod keepalive in "RFC 7828 section 3.1" {
        tile TIMEOUT: u16 = 0..16, "dns.opt.edns_tcp_keepalive.timeout", "Time-out, 0.1 s";
    }
}
crate::fields! {
    /// What makes a message longer.
    pub mod padding in "RFC 7830 section 3" {
        tile PADDING: [u8; 0] = 0..0, "dns.opt.padding", "Padding";
    }
}
crate::fields! {
    /// What the one who asks trusts already.
    pub mod chain in "RFC 7901 section 4" {
        tile NAME: [u8; 0] as Name = 0..0, "dns.opt.chain.fqdn", "Closest trust point";
    }
}
crate::fields! {
    /// A key that the one who asks trusts.
    pub mod key_tag in "RFC 8145 section 4.1" {
        tile TAG: u16 = 0..16, "dns.opt.key_tag", "Key tag";
    }
}
crate::fields! {
    /// What went wrong.
    pub mod extended_error in "RFC 8914 section 2" {
        tile CODE: u16 = 0..16, "dns.opt.ext_error.info_code", "Info code";
        tile TEXT: [u8; 0] as Text = 16..0, "dns.opt.ext_error.extra_text", "Extra text";
    }
}
crate::fields! {
    /// Who wants to hear of errors.
    pub mod report_channel in "RFC 9567 section 5" {
        tile AGENT: [u8; 0] as Name = 0..0, "dns.opt.report_channel.agent", "Agent";
    }
}
crate::fields! {
    /// Which version of a zone it comes from.
    pub mod zone_version in "RFC 9660 section 2" {
        tile LABELS: u8 = 0..8, "dns.opt.zone_version.labels", "Labels of the zone";
        tile TYPE: u8 = 8..16, "dns.opt.zone_version.type", "Version type";
        tile VERSION: [u8; 0] = 16..0, "dns.opt.zone_version.version", "Version";
    }
}

fn is_ipv4(option: &[u8]) -> bool {
    client_subnet::FAMILY.read(option) == Some(1)
}

fn is_ipv6(option: &[u8]) -> bool {
    client_subnet::FAMILY.read(option) == Some(2)
}

fn is_neither(option: &[u8]) -> bool {
    !is_ipv4(option) && !is_ipv6(option)
}

/// Two bytes of code, two of length, which counts the data.
pub const RULES: Rules = Rules { counts: 0, align: 1, ..Rules::WORDS };

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// An option with one table.
const fn one(code: EdnsOption, first: &'static [FieldInfo]) -> OptionKind {
    OptionKind { kind: code.0, first, ..PLAIN }
}

/// The name that begins at a byte of an option, whose table this is; nothing if there is none.
fn name(table: &'static [FieldInfo], option: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    Name::at(option, at).encoded().map_or((&[], 0), |name| (table, name.len()))
}

/// All of them.
pub const OPTIONS: PartList = PartList {
    options: Options {
        rules: RULES,
        head: head::FIELDS,
        alone: &[],
        kinds: &[
            OptionKind { kind: EdnsOption::DAU.0, repeat: |_, _| (understood::FIELDS, 0), ..PLAIN },
            OptionKind { kind: EdnsOption::DHU.0, repeat: |_, _| (understood_digest::FIELDS, 0), ..PLAIN },
            OptionKind { kind: EdnsOption::N3U.0, repeat: |_, _| (understood_hash::FIELDS, 0), ..PLAIN },
            one(EdnsOption::CLIENT_SUBNET, client_subnet::FIELDS),
            one(EdnsOption::EXPIRE, expire::FIELDS),
            one(EdnsOption::COOKIE, cookie::FIELDS),
            one(EdnsOption::TCP_KEEPALIVE, keepalive::FIELDS),
            one(EdnsOption::PADDING, padding::FIELDS),
            OptionKind {
                kind: EdnsOption::CHAIN.0,
                repeat: |option, at| name(chain::FIELDS, option, at),
                ..PLAIN
            },
            OptionKind { kind: EdnsOption::KEY_TAG.0, repeat: |_, _| (key_tag::FIELDS, 0), ..PLAIN },
            one(EdnsOption::EXTENDED_ERROR, extended_error::FIELDS),
            OptionKind {
                kind: EdnsOption::REPORT_CHANNEL.0,
                repeat: |option, at| name(report_channel::FIELDS, option, at),
                ..PLAIN
            },
            one(EdnsOption::ZONE_VERSION, zone_version::FIELDS),
        ],
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: &[],
    },
    repeated: &[
        understood::FIELDS,
        understood_digest::FIELDS,
        understood_hash::FIELDS,
        chain::FIELDS,
        key_tag::FIELDS,
        report_channel::FIELDS,
    ],
};
