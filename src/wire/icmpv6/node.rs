//! What is neither an error nor discovery: home agents (RFC 6275), node information (RFC 4620), multicast routers
//! (RFC 4286), RPL (RFC 6550).

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::FieldInfo;
use crate::names::Icmpv6Type;

use super::{CODE, TYPE};

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

pub(super) fn has_dodag_id(header: &[u8]) -> bool {
    rpl_acknowledgement::HAS_DODAG_ID.read(header) == Some(true)
}

crate::fields! {
    /// Multicast router advertisement; its code is the interval between two of them.
    pub mod multicast_router in "RFC 4286 section 4" {
        tile QUERY_INTERVAL: u16 = 32..48, "icmpv6.mcast_ra.query_interval", "Query interval, s";
        tile ROBUSTNESS: u16 = 48..64, "icmpv6.mcast_ra.robustness_variable", "Robustness variable";
    }
}

/// What a node information message carries, and how many bytes one of it takes, 0 for all that are left.
pub(super) fn node_data(bytes: &[u8]) -> (&'static [FieldInfo], usize) {
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
