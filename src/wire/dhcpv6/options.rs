//! The options of DHCPv6: a table for each, the lists that some of them hold, and how long each can be.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::tlv::{Nested, OptionKind, Options, Rules};
use crate::field::{FieldInfo, Mac, Name};
use crate::names::{
    ClientArchitecture, DhcpAuthAlgorithm, DhcpAuthProtocol, DhcpAuthRdm, Dhcpv6LeaseQuery,
    Dhcpv6MessageType, Dhcpv6NtpSuboption, Dhcpv6Option as Code, Dhcpv6StatusCode, DuidType, HardwareType,
};

/// Two bytes of code, two of length, which counts the data (RFC 8415 section 21.1).
pub const RULES: Rules = Rules { counts: 0, align: 1, ..Rules::WORDS };

crate::fields! {
    /// Code and length.
    pub mod head in "RFC 8415 section 21.1" {
        tile CODE: Code = 0..16, "dhcpv6.option.type", "Option";
        tile LENGTH: u16 = 16..32, "dhcpv6.option.length", "Length";
    }
}
crate::fields! {
    /// The group around an option.
    pub mod group in "RFC 8415 section 21.1" {
        group OPTION: [u8; 0] = 0..0, "dhcpv6.option", "Option";
    }
}
crate::fields! {
    /// The data of an option that has no table, and what is left of one behind its table.
    pub mod other in "RFC 8415 section 21.1" {
        tile DATA: [u8; 0] = 0..0, "dhcpv6.option.value", "Value";
    }
}
crate::fields! {
    /// A DHCP unique identifier.
    pub mod duid in "RFC 8415 section 11" {
        group DUID: [u8; 0] = 0..0, "dhcpv6.duid.bytes", "DUID";
        tile TYPE: DuidType = 0..16, "dhcpv6.duid.type", "DUID type";
        tile LLT_HARDWARE: HardwareType = 16..32 if is_llt, "dhcpv6.duidllt.hwtype", "Hardware type", "RFC 8415 section 11.2";
        tile LLT_TIME: u32 = 32..64 if is_llt, "dhcpv6.duidllt.time", "Time, s since 2000", "RFC 8415 section 11.2";
        tile LLT_MAC: Mac = 64..112 if is_llt_mac, "dhcpv6.duidllt.link_layer_addr", "Link-layer address", "RFC 8415 section 11.2";
        tile LLT_ADDRESS: [u8; 0] = 64..0 if is_llt_other, "dhcpv6.duidllt.link_layer_addr.other", "Link-layer address", "RFC 8415 section 11.2";
        tile ENTERPRISE: u32 = 16..48 if is_enterprise, "dhcpv6.duiden.enterprise", "Enterprise number", "RFC 8415 section 11.3";
        tile IDENTIFIER: [u8; 0] = 48..0 if is_enterprise, "dhcpv6.duiden.identifier", "Identifier", "RFC 8415 section 11.3";
        tile LL_HARDWARE: HardwareType = 16..32 if is_ll, "dhcpv6.duidll.hwtype", "Hardware type", "RFC 8415 section 11.4";
        tile LL_MAC: Mac = 32..80 if is_ll_mac, "dhcpv6.duidll.link_layer_addr", "Link-layer address", "RFC 8415 section 11.4";
        tile LL_ADDRESS: [u8; 0] = 32..0 if is_ll_other, "dhcpv6.duidll.link_layer_addr.other", "Link-layer address", "RFC 8415 section 11.4";
        tile UUID: [u8; 0] = 16..0 if is_uuid, "dhcpv6.duiduuid.bytes", "UUID", "RFC 6355 section 4";
        tile OTHER: [u8; 0] = 16..0 if is_other_duid, "dhcpv6.duid.value", "Value";
    }
}

fn is_llt(duid: &[u8]) -> bool {
    duid::TYPE.read(duid) == Some(DuidType::LLT)
}

fn is_llt_mac(duid: &[u8]) -> bool {
    is_llt(duid) && duid::LLT_HARDWARE.read(duid) == Some(HardwareType::ETHERNET) && duid.len() == 14
}

fn is_llt_other(duid: &[u8]) -> bool {
    is_llt(duid) && !is_llt_mac(duid)
}

fn is_enterprise(duid: &[u8]) -> bool {
    duid::TYPE.read(duid) == Some(DuidType::EN)
}

fn is_ll(duid: &[u8]) -> bool {
    duid::TYPE.read(duid) == Some(DuidType::LL)
}

fn is_ll_mac(duid: &[u8]) -> bool {
    is_ll(duid) && duid::LL_HARDWARE.read(duid) == Some(HardwareType::ETHERNET) && duid.len() == 10
}

fn is_ll_other(duid: &[u8]) -> bool {
    is_ll(duid) && !is_ll_mac(duid)
}

fn is_uuid(duid: &[u8]) -> bool {
    duid::TYPE.read(duid) == Some(DuidType::UUID)
}

fn is_other_duid(duid: &[u8]) -> bool {
    !is_llt(duid) && !is_enterprise(duid) && !is_ll(duid) && !is_uuid(duid)
}

crate::fields! {
    /// An identity association for addresses, or for prefixes, in front of its options.
    pub mod ia in "RFC 8415 section 21.4" {
        tile IAID: u32 as Hex = 0..32, "dhcpv6.iaid", "IAID";
        tile T1: u32 = 32..64, "dhcpv6.iaid.t1", "T1, s";
        tile T2: u32 = 64..96, "dhcpv6.iaid.t2", "T2, s";
    }
}
crate::fields! {
    /// An identity association for temporary addresses, in front of its options.
    pub mod ia_ta in "RFC 8415 section 21.5" {
        tile IAID: u32 as Hex = 0..32, "dhcpv6.iata", "IAID";
    }
}
crate::fields! {
    /// An address, in front of its options.
    pub mod address in "RFC 8415 section 21.6" {
        tile ADDRESS: Ipv6Addr = 0..128, "dhcpv6.iaaddr.ip", "Address";
        tile PREFERRED: u32 = 128..160, "dhcpv6.iaaddr.pref_lifetime", "Preferred lifetime, s";
        tile VALID: u32 = 160..192, "dhcpv6.iaaddr.valid_lifetime", "Valid lifetime, s";
    }
}
crate::fields! {
    /// A prefix, in front of its options.
    pub mod prefix in "RFC 8415 section 21.22" {
        tile PREFERRED: u32 = 0..32, "dhcpv6.iaprefix.pref_lifetime", "Preferred lifetime, s";
        tile VALID: u32 = 32..64, "dhcpv6.iaprefix.valid_lifetime", "Valid lifetime, s";
        tile LENGTH: u8 = 64..72, "dhcpv6.iaprefix.pref_len", "Prefix length";
        tile PREFIX: Ipv6Addr = 72..200, "dhcpv6.iaprefix.pref_addr", "Prefix";
    }
}
crate::fields! {
    /// How long the client has been trying.
    pub mod elapsed in "RFC 8415 section 21.9" {
        tile TIME: u16 = 0..16 * 10, "dhcpv6.elapsed_time", "Elapsed time, ms";
    }
}
crate::fields! {
    /// Authentication.
    pub mod authentication in "RFC 8415 section 21.11" {
        tile PROTOCOL: DhcpAuthProtocol = 0..8, "dhcpv6.auth.protocol", "Protocol";
        tile ALGORITHM: DhcpAuthAlgorithm = 8..16, "dhcpv6.auth.algorithm", "Algorithm";
        tile RDM: DhcpAuthRdm = 16..24, "dhcpv6.auth.rdm", "Replay detection method";
        tile REPLAY_DETECTION: [u8; 0] = 24..88, "dhcpv6.auth.replay_detection", "Replay detection";
        tile INFORMATION: [u8; 0] = 88..0, "dhcpv6.auth.info", "Authentication information";
    }
}
crate::fields! {
    /// How it went.
    pub mod status in "RFC 8415 section 21.13" {
        tile CODE: Dhcpv6StatusCode = 0..16, "dhcpv6.status_code", "Status";
        tile MESSAGE: [u8; 0] as Text = 16..0, "dhcpv6.status_msg", "Status message";
    }
}
crate::fields! {
    /// Whose software or hardware the client is, in front of its classes.
    pub mod vendor_class in "RFC 8415 section 21.16" {
        tile ENTERPRISE: u32 = 0..32, "dhcpv6.vendorclass.enterprise", "Enterprise number";
    }
}
crate::fields! {
    /// A class of a vendor.
    pub mod vendor_class_data in "RFC 8415 section 21.16" {
        tile LENGTH: u16 = 0..16, "dhcpv6.vendorclass.length", "Length";
        tile DATA: [u8; 0] as Text = 16..0, "dhcpv6.vendorclass.data", "Vendor class";
    }
}
crate::fields! {
    /// A class of users.
    pub mod user_class in "RFC 8415 section 21.15" {
        tile LENGTH: u16 = 0..16, "dhcpv6.userclass.length", "Length";
        tile DATA: [u8; 0] = 16..0, "dhcpv6.userclass.opaque_data", "User class";
    }
}
crate::fields! {
    /// Whose options these are, in front of them.
    pub mod vendor in "RFC 8415 section 21.17" {
        tile ENTERPRISE: u32 = 0..32, "dhcpv6.vendoropts.enterprise", "Enterprise number";
    }
}
crate::fields! {
    /// Where a relay agent has a message from.
    pub mod remote_id in "RFC 4649 section 3" {
        tile ENTERPRISE: u32 = 0..32, "dhcpv6.remoteid.enterprise", "Enterprise number";
        tile REMOTE_ID: [u8; 0] = 32..0, "dhcpv6.remoteid_enterprise_id", "Remote identifier";
    }
}
crate::fields! {
    /// The client's name, as a client says it.
    pub mod client_fqdn in "RFC 4704 section 4" {
        group FLAGS: u8 as Hex = 0..8, "dhcpv6.client_fqdn_flags", "Flags";
        tile RESERVED: u8 as Hex = 0..5, "dhcpv6.clientfqdn.reserved", "Reserved";
        tile NO_UPDATES: bool = 5..6, "dhcpv6.clientfqdn.client.n", "No updates by the server";
        tile OVERRIDDEN: bool = 6..7, "dhcpv6.clientfqdn.client.o", "Overridden";
        tile SERVER_UPDATES: bool = 7..8, "dhcpv6.clientfqdn.client.s", "Server updates addresses";
        tile NAME: [u8; 0] as Name = 8..0, "dhcpv6.client_domain", "Domain name";
    }
}
crate::fields! {
    /// The client's name, as a server says it.
    pub mod server_fqdn in "RFC 4704 section 4" {
        group FLAGS: u8 as Hex = 0..8, "dhcpv6.client_fqdn_flags", "Flags";
        tile RESERVED: u8 as Hex = 0..5, "dhcpv6.clientfqdn.reserved", "Reserved";
        tile NO_UPDATES: bool = 5..6, "dhcpv6.clientfqdn.server.n", "No updates by the server";
        tile OVERRIDDEN: bool = 6..7, "dhcpv6.clientfqdn.server.o", "Overridden";
        tile SERVER_UPDATES: bool = 7..8, "dhcpv6.clientfqdn.server.s", "Server updates addresses";
        tile NAME: [u8; 0] as Name = 8..0, "dhcpv6.client_domain", "Domain name";
    }
}
crate::fields! {
    /// What is asked of leases, in front of the options that say it.
    pub mod query in "RFC 5007 section 4.1.2.1" {
        tile TYPE: Dhcpv6LeaseQuery = 0..8, "dhcpv6.lq_query", "Query type";
        tile LINK: Ipv6Addr = 8..136, "dhcpv6.lq_query_link_address", "Link address";
    }
}
crate::fields! {
    /// By which relay agents a client was heard.
    pub mod relay_data in "RFC 5007 section 4.1.2.4" {
        tile PEER: Ipv6Addr = 0..128, "dhcpv6.lq_relay_data_peer_addr", "Peer address";
        tile MESSAGE: [u8; 0] = 128..0, "dhcpv6.lq_relay_data_msg", "Relay message";
    }
}
crate::fields! {
    /// A parameter of a boot file.
    pub mod boot_parameter in "RFC 5970 section 3.2" {
        tile LENGTH: u16 = 0..16, "dhcpv6.bootfile_param.length", "Length";
        tile PARAMETER: [u8; 0] as Text = 16..0, "dhcpv6.bootfile_param", "Boot file parameter";
    }
}
crate::fields! {
    /// A server that gives a device its first configuration.
    pub mod bootstrap_server in "RFC 8572 section 8.3" {
        tile LENGTH: u16 = 0..16, "dhcpv6.sztp_redirect.length", "Length";
        tile URI: [u8; 0] as Text = 16..0, "dhcpv6.sztp_redirect.uri", "Bootstrap server";
    }
}
crate::fields! {
    /// What network interface the client has.
    pub mod interface in "RFC 5970 section 3.4" {
        tile TYPE: u8 = 0..8, "dhcpv6.nii.type", "Interface type";
        tile MAJOR: u8 = 8..16, "dhcpv6.nii.major", "Major revision";
        tile MINOR: u8 = 16..24, "dhcpv6.nii.minor", "Minor revision";
    }
}
crate::fields! {
    /// A prefix that is not delegated with the one around it.
    pub mod excluded in "RFC 6603 section 4.2" {
        tile LENGTH: u8 = 0..8, "dhcpv6.pd_exclude.pref_len", "Prefix length";
        tile SUBNET: [u8; 0] = 8..0, "dhcpv6.pd_exclude.subnet_id", "Subnet identifier";
    }
}
crate::fields! {
    /// A virtual network.
    pub mod subnet_selection in "RFC 6607 section 3.2" {
        tile TYPE: u8 = 0..8, "dhcpv6.vss.type", "Type";
        tile INFORMATION: [u8; 0] = 8..0, "dhcpv6.vss.info", "Virtual network";
    }
}
crate::fields! {
    /// A name server for some domains, in front of their names.
    pub mod selected_server in "RFC 6731 section 4.2" {
        tile SERVER: Ipv6Addr = 0..128, "dhcpv6.rdnss.server", "Name server";
        tile RESERVED: u8 = 128..134, "dhcpv6.rdnss.reserved", "Reserved";
        tile PREFERENCE: u8 = 134..136, "dhcpv6.rdnss.preference", "Preference";
    }
}
crate::fields! {
    /// The link-layer address of a client, as its relay agent saw it.
    pub mod link_layer in "RFC 6939 section 4" {
        tile HARDWARE: HardwareType = 0..16, "dhcpv6.client_lladdr.hwtype", "Hardware type";
        tile MAC: Mac = 16..64 if is_mac, "dhcpv6.client_lladdr", "Link-layer address";
        tile ADDRESS: [u8; 0] = 16..0 if is_no_mac, "dhcpv6.client_lladdr.other", "Link-layer address";
    }
}

fn is_mac(option: &[u8]) -> bool {
    link_layer::HARDWARE.read(option) == Some(HardwareType::ETHERNET) && option.len() == 8
}

fn is_no_mac(option: &[u8]) -> bool {
    !is_mac(option)
}

crate::fields! {
    /// A rule that maps addresses, up to its IPv6 prefix.
    pub mod map_rule in "RFC 7598 section 4.1" {
        group FLAGS: u8 as Hex = 0..8, "dhcpv6.s46_rule.flags", "Flags";
        tile RESERVED: u8 = 0..7, "dhcpv6.s46_rule.flags.reserved", "Reserved";
        tile FORWARDING: bool = 7..8, "dhcpv6.s46_rule.flags.fmr", "Forwarding rule";
        tile EA_LENGTH: u8 = 8..16, "dhcpv6.s46_rule.ea_len", "Embedded address bits";
        tile IPV4_LENGTH: u8 = 16..24, "dhcpv6.s46_rule.ipv4_pref_len", "IPv4 prefix length";
        tile IPV4_PREFIX: Ipv4Addr = 24..56, "dhcpv6.s46_rule.ipv4_prefix", "IPv4 prefix";
        tile IPV6_LENGTH: u8 = 56..64, "dhcpv6.s46_rule.ipv6_prefix_len", "IPv6 prefix length";
    }
}
crate::fields! {
    /// The IPv6 prefix of a rule that maps addresses.
    pub mod map_rule_prefix in "RFC 7598 section 4.1" {
        tile PREFIX: [u8; 0] = 0..0, "dhcpv6.s46_rule.ipv6_prefix", "IPv6 prefix";
    }
}
crate::fields! {
    /// The rule for all other addresses.
    pub mod default_rule in "RFC 7598 section 4.3" {
        tile LENGTH: u8 = 0..8, "dhcpv6.s46_dmr.dmr_pref_len", "IPv6 prefix length";
        tile PREFIX: [u8; 0] = 8..0, "dhcpv6.s46_dmr.dmr_prefix", "IPv6 prefix";
    }
}
crate::fields! {
    /// A pair of addresses that belong together, up to the IPv6 prefix.
    pub mod binding in "RFC 7598 section 4.4" {
        tile IPV4: Ipv4Addr = 0..32, "dhcpv6.s46_v4v6bind.ipv4_address", "IPv4 address";
        tile LENGTH: u8 = 32..40, "dhcpv6.s46_v4v6bind.ipv6_pref_len", "IPv6 prefix length";
    }
}
crate::fields! {
    /// The IPv6 prefix of a pair.
    pub mod binding_prefix in "RFC 7598 section 4.4" {
        tile PREFIX: [u8; 0] = 0..0, "dhcpv6.s46_v4v6bind.ipv6_prefix", "IPv6 prefix";
    }
}
crate::fields! {
    /// Which ports a customer has.
    pub mod ports in "RFC 7598 section 4.5" {
        tile OFFSET: u8 = 0..8, "dhcpv6.s46_portparam.offset", "Offset";
        tile PSID_LENGTH: u8 = 8..16, "dhcpv6.s46_portparam.psid_len", "Bits of the port set";
        tile PSID: u16 as Hex = 16..32, "dhcpv6.s46_portparam.psid", "Port set";
    }
}
crate::fields! {
    /// Link-layer addresses, as many as the block has, in front of their options.
    pub mod link_layer_block in "RFC 8947 section 11.2" {
        tile HARDWARE: HardwareType = 0..16, "dhcpv6.lladdr.hwtype", "Hardware type";
        tile LENGTH: u16 = 16..32, "dhcpv6.lladdr.length", "Address length";
    }
}
crate::fields! {
    /// The first link-layer address of a block.
    pub mod link_layer_first in "RFC 8947 section 11.2" {
        tile ADDRESS: [u8; 0] = 0..0, "dhcpv6.lladdr.address", "First address";
    }
}
crate::fields! {
    /// How many more addresses a block has, and how long they hold.
    pub mod link_layer_extent in "RFC 8947 section 11.2" {
        tile EXTRA: u32 = 0..32, "dhcpv6.lladdr.extra", "Further addresses";
        tile VALID: u32 = 32..64, "dhcpv6.lladdr.valid_lifetime", "Valid lifetime, s";
    }
}
crate::fields! {
    /// What two servers that stand in for each other agree on.
    pub mod failover_connect in "RFC 8156 section 5.5.2" {
        group FLAGS: u16 as Hex = 0..16, "dhcpv6.failover.connect.flags", "Flags";
        tile RESERVED: u16 = 0..15, "dhcpv6.failover.connect.flags.reserved", "Reserved";
        tile FIXED_LENGTH: bool = 15..16, "dhcpv6.failover.connect.flags.f", "Prefixes of a fixed length";
    }
}
crate::fields! {
    /// What was done about a name.
    pub mod failover_dns in "RFC 8156 section 5.5.6" {
        group FLAGS: u16 as Hex = 0..16, "dhcpv6.failover.dns.flags", "Flags";
        tile RESERVED: u16 = 0..12, "dhcpv6.failover.dns.flags.reserved", "Reserved";
        tile REQUESTED: bool = 12..13, "dhcpv6.failover.dns.flags.u", "The name that was asked for";
        tile SYNTHESIZED: bool = 13..14, "dhcpv6.failover.dns.flags.s", "A name that was made up";
        tile REVERSE: bool = 14..15, "dhcpv6.failover.dns.flags.r", "Reverse name is up to date";
        tile FORWARD: bool = 15..16, "dhcpv6.failover.dns.flags.f", "Name is up to date";
    }
}
crate::fields! {
    /// The version of the protocol between servers.
    pub mod failover_version in "RFC 8156 section 5.5.14" {
        tile MAJOR: u16 = 0..16, "dhcpv6.failover.protocol.major_version", "Major version";
        tile MINOR: u16 = 16..32, "dhcpv6.failover.protocol.minor_version", "Minor version";
    }
}
crate::fields! {
    /// A key by which a partner may have clients reconfigure.
    pub mod failover_key in "RFC 8156 section 5.5.16" {
        tile TIME: u32 = 0..32, "dhcpv6.failover.reconfigure_time", "Time";
        tile KEY: [u8; 0] = 32..0, "dhcpv6.failover.reconfigure_key", "Key";
    }
}
crate::fields! {
    /// How a server stands.
    pub mod failover_flags in "RFC 8156 section 5.5.18" {
        group FLAGS: u8 as Hex = 0..8, "dhcpv6.failover.server.flags", "Flags";
        tile RESERVED: u8 = 0..5, "dhcpv6.failover.server.flags.reserved", "Reserved";
        tile ACK_STARTUP: bool = 5..6, "dhcpv6.failover.server.flags.a", "Start is acknowledged";
        tile STARTUP: bool = 6..7, "dhcpv6.failover.server.flags.s", "Starting";
        tile COMMUNICATED: bool = 7..8, "dhcpv6.failover.server.flags.c", "In contact";
    }
}

/// Declares tables of one field each.
macro_rules! single {
    ($($(#[$doc:meta])* $module:ident: $T:ty $(as $format:ident)? = $bits:literal in $spec:literal, $name:literal, $label:literal;)*) => {
        $(
            crate::fields! {
                $(#[$doc])*
                pub mod $module in $spec {
                    tile VALUE: $T $(as $format)? = 0..$bits, $name, $label;
                }
            }
        )*
        /// Every table of one field.
        const SINGLES: &[&[FieldInfo]] = &[$($module::FIELDS),*];
    };
}

single! {
    /// An option that is asked for.
    requested: Code = 16 in "RFC 8415 section 21.7", "dhcpv6.requested_option_code", "Requested option";
    /// How much a server wants to be chosen.
    preference: u8 = 8 in "RFC 8415 section 21.8", "dhcpv6.option_preference", "Preference";
    /// Where the client may send to directly.
    unicast: Ipv6Addr = 128 in "RFC 8415 section 21.12", "dhcpv6.unicast", "Server address";
    /// The interface of a relay agent.
    interface_id: [u8; 0] = 0 in "RFC 8415 section 21.18", "dhcpv6.interface_id", "Interface identifier";
    /// What a client shall do.
    reconfigure: Dhcpv6MessageType = 8 in "RFC 8415 section 21.19", "dhcpv6.reconf_msg", "Message to send";
    /// A domain of SIP servers.
    sip_domain: [u8; 0] as Name = 0 in "RFC 3319 section 3.1", "dhcpv6.sip_server_domain_search_fqdn", "SIP server domain";
    /// A SIP server.
    sip_server: Ipv6Addr = 128 in "RFC 3319 section 3.2", "dhcpv6.sip_server_a", "SIP server";
    /// A name server.
    dns_server: Ipv6Addr = 128 in "RFC 3646 section 3", "dhcpv6.dns_server", "DNS server";
    /// A domain that names are looked for in.
    domain: [u8; 0] as Name = 0 in "RFC 3646 section 4", "dhcpv6.search_list_entry", "Search domain";
    /// A server of NIS.
    nis_server: Ipv6Addr = 128 in "RFC 3898 section 3", "dhcpv6.nis_server", "NIS server";
    /// A server of NIS+.
    nisp_server: Ipv6Addr = 128 in "RFC 3898 section 4", "dhcpv6.nisp_server", "NIS+ server";
    /// A domain of NIS.
    nis_domain: [u8; 0] as Name = 0 in "RFC 3898 section 5", "dhcpv6.nis_fqdn", "NIS domain";
    /// A domain of NIS+.
    nisp_domain: [u8; 0] as Name = 0 in "RFC 3898 section 6", "dhcpv6.nisp_fqdn", "NIS+ domain";
    /// A server of SNTP.
    sntp_server: Ipv6Addr = 128 in "RFC 4075 section 4", "dhcpv6.sntp_server", "SNTP server";
    /// When to ask again.
    refresh: u32 = 32 in "RFC 8415 section 21.23", "dhcpv6.lifetime", "Refresh time, s";
    /// A domain of broadcast controllers.
    bcmcs_domain: [u8; 0] as Name = 0 in "RFC 4280 section 4.2", "dhcpv6.bcmcs_server_fqdn", "BCMCS domain";
    /// A broadcast controller.
    bcmcs_server: Ipv6Addr = 128 in "RFC 4280 section 4.4", "dhcpv6.bcmcs_server_a", "BCMCS server";
    /// Which subscriber the client is.
    subscriber: [u8; 0] as Text = 0 in "RFC 4580 section 2", "dhcpv6.subscriber_id", "Subscriber identifier";
    /// An agent that authenticates.
    pana_agent: Ipv6Addr = 128 in "RFC 5192 section 4", "dhcpv6.pana_agent", "PANA agent";
    /// A time zone with its rules.
    time_zone: [u8; 0] as Text = 0 in "RFC 4833 section 3", "dhcpv6.timezone", "Time zone";
    /// The name of a time zone.
    time_zone_name: [u8; 0] as Text = 0 in "RFC 4833 section 3", "dhcpv6.tzdb", "Time zone name";
    /// When the client was last heard of.
    last_heard: u32 = 32 in "RFC 5007 section 4.1.2.3", "dhcpv6.clt_time", "Last transaction, s ago";
    /// A link on which a client has addresses.
    client_link: Ipv6Addr = 128 in "RFC 5007 section 4.1.2.5", "dhcpv6.lq_client_link", "Link address";
    /// A controller of access points.
    access_controller: Ipv6Addr = 128 in "RFC 5417 section 3", "dhcpv6.capwap_ac_v6", "Access controller";
    /// A domain of mobility services.
    home_domain: [u8; 0] as Name = 0 in "RFC 6610 section 3.1.4", "dhcpv6.mip6_hnidf", "Home network";
    /// A server of locations.
    lost_server: [u8; 0] as Name = 0 in "RFC 5223 section 4", "dhcpv6.lost_server", "LoST server";
    /// The domain of an access network.
    access_domain: [u8; 0] as Name = 0 in "RFC 5986 section 3.3", "dhcpv6.access_domain", "Access network domain";
    /// Where the boot file is.
    boot_url: [u8; 0] as Text = 0 in "RFC 5970 section 3.1", "dhcpv6.bootfile_url", "Boot file URL";
    /// What system the client can boot.
    architecture: ClientArchitecture = 16 in "RFC 5970 section 3.3", "dhcpv6.client_arch", "Client architecture";
    /// The far end of a tunnel.
    tunnel_end: [u8; 0] as Name = 0 in "RFC 6334 section 3", "dhcpv6.aftr_name", "Tunnel end";
    /// A domain of re-authentication.
    erp_domain: [u8; 0] as Name = 0 in "RFC 6440 section 4", "dhcpv6.erp_domain", "ERP domain";
    /// A domain for which a name server is.
    selected_domain: [u8; 0] as Name = 0 in "RFC 6731 section 4.2", "dhcpv6.rdnss.domain", "Domain";
    /// The link that is to be reconfigured.
    link: Ipv6Addr = 128 in "RFC 6977 section 6.3.1", "dhcpv6.link_address", "Link address";
    /// The most time between two SOLICITs.
    solicit_limit: u32 = 32 in "RFC 8415 section 21.24", "dhcpv6.sol_max_rt", "SOL_MAX_RT, s";
    /// The most time between two INFORMATION-REQUESTs.
    information_limit: u32 = 32 in "RFC 8415 section 21.25", "dhcpv6.inf_max_rt", "INF_MAX_RT, s";
    /// A server that opens ports.
    pcp_server: Ipv6Addr = 128 in "RFC 7291 section 4.1", "dhcpv6.pcp_server", "PCP server";
    /// A message of DHCP for IPv4.
    dhcpv4: [u8; 0] = 0 in "RFC 7341 section 6.3", "dhcpv6.dhcpv4_msg", "DHCPv4 message";
    /// A server of DHCP for IPv4 over IPv6.
    dhcpv4_server: Ipv6Addr = 128 in "RFC 7341 section 7.2", "dhcpv6.dhcp4o6_server", "DHCP 4o6 server";
    /// A relay between address families.
    border_relay: Ipv6Addr = 128 in "RFC 7598 section 4.2", "dhcpv6.s46_br.address", "Border relay";
    /// When leases were as they are said to be.
    base_time: u32 = 32 in "RFC 7653 section 6.3.1", "dhcpv6.lq_base_time", "Base time, s since 2000";
    /// From when on changes are wanted.
    start_time: u32 = 32 in "RFC 7653 section 6.3.2", "dhcpv6.lq_start_time", "Start time, s since 2000";
    /// Up to when changes are wanted.
    end_time: u32 = 32 in "RFC 7653 section 6.3.3", "dhcpv6.lq_end_time", "End time, s since 2000";
    /// Where a portal explains itself.
    captive_portal: [u8; 0] as Text = 0 in "RFC 8910 section 2.2", "dhcpv6.captive_portal", "Captive portal";
    /// A mechanism, the first wanted most.
    mechanism: Code as Hex = 16 in "RFC 8026 section 1.4", "dhcpv6.option_code", "Mechanism";
    /// Where it is said what the device is for.
    mud_url: [u8; 0] as Text = 0 in "RFC 8520 section 10", "dhcpv6.mudurl", "MUD URL";
    /// How an address is taken.
    binding_status: u8 = 8 in "RFC 8156 section 5.5.1", "dhcpv6.failover.binding_status", "Binding status";
    /// The name of a client.
    failover_host: [u8; 0] as Name = 0 in "RFC 8156 section 5.5.4", "dhcpv6.failover.dns_hostname", "Host name";
    /// The zone of a client's name.
    failover_zone: [u8; 0] as Name = 0 in "RFC 8156 section 5.5.5", "dhcpv6.failover.dns_zonename", "Zone name";
    /// When an address is free again.
    expiration: u32 = 32 in "RFC 8156 section 5.5.7", "dhcpv6.failover.expiration_time", "Expiration time";
    /// How many updates may be open.
    unacknowledged: u32 = 32 in "RFC 8156 section 5.5.8", "dhcpv6.failover.max_unacked_bndupd", "Most open updates";
    /// How far ahead of its partner a server may be.
    lead_time: u32 = 32 in "RFC 8156 section 5.5.9", "dhcpv6.failover.mclt", "Maximum client lead time, s";
    /// What a partner acknowledged.
    partner_lifetime: u32 = 32 in "RFC 8156 section 5.5.10", "dhcpv6.failover.partner_lifetime", "Partner lifetime";
    /// What was sent to a partner.
    partner_sent: u32 = 32 in "RFC 8156 section 5.5.11", "dhcpv6.failover.partner_lifetime_sent", "Partner lifetime sent";
    /// Since when a partner is down.
    partner_down: u32 = 32 in "RFC 8156 section 5.5.12", "dhcpv6.failover.partner_down_time", "Partner down time";
    /// When a partner last heard of the client.
    partner_heard: u32 = 32 in "RFC 8156 section 5.5.13", "dhcpv6.failover.partner_raw_clt_time", "Last transaction of the partner";
    /// How long silence is no trouble.
    keepalive: u32 = 32 in "RFC 8156 section 5.5.15", "dhcpv6.failover.keepalive_time", "Keepalive time, s";
    /// What the two servers call it.
    relationship: [u8; 0] as Text = 0 in "RFC 8156 section 5.5.17", "dhcpv6.failover.relationship_name", "Relationship";
    /// What a server does.
    server_state: u8 = 8 in "RFC 8156 section 5.5.19", "dhcpv6.failover.server_state", "Server state";
    /// Since when.
    state_start: u32 = 32 in "RFC 8156 section 5.5.20", "dhcpv6.failover.start_time_of_state", "Start of the state";
    /// Until when an address is as it is.
    state_expiration: u32 = 32 in "RFC 8156 section 5.5.21", "dhcpv6.failover.state_expiration_time", "Expiration of the state";
    /// The port that a relay agent sends from.
    relay_port: u16 = 16 in "RFC 8357 section 4", "dhcpv6.relay_port", "Relay port";
    /// Which addresses are wanted, of those that are local.
    quadrant: u8 = 8 in "RFC 8948 section 4.1", "dhcpv6.slap_quad", "Preferred quadrant";
    /// A server of network selection.
    andsf_server: Ipv6Addr = 128 in "RFC 6153 section 3", "dhcpv6.andsf_server", "ANDSF server";
}

crate::fields! {
    /// Code and length of a vendor's option.
    pub mod vendor_head in "RFC 8415 section 21.17" {
        tile CODE: u16 = 0..16, "dhcpv6.vendoropts.enterprise.option_code", "Vendor option";
        tile LENGTH: u16 = 16..32, "dhcpv6.vendoropts.enterprise.option_length", "Length";
    }
}
crate::fields! {
    /// The group around a vendor's option.
    pub mod vendor_group in "RFC 8415 section 21.17" {
        group OPTION: [u8; 0] = 0..0, "dhcpv6.vendoropts.option", "Vendor option";
    }
}
crate::fields! {
    /// What a vendor's option says.
    pub mod vendor_data in "RFC 8415 section 21.17" {
        tile DATA: [u8; 0] = 0..0, "dhcpv6.vendoropts.enterprise.option_data", "Value";
    }
}
crate::fields! {
    /// Code and length of a suboption about time servers.
    pub mod ntp_head in "RFC 5908 section 4" {
        tile CODE: Dhcpv6NtpSuboption = 0..16, "dhcpv6.ntpserver.option.type", "Suboption";
        tile LENGTH: u16 = 16..32, "dhcpv6.ntpserver.option.length", "Length";
    }
}
crate::fields! {
    /// The group around a suboption about time servers.
    pub mod ntp_group in "RFC 5908 section 4" {
        group OPTION: [u8; 0] = 0..0, "dhcpv6.ntpserver.option", "Time server";
    }
}
crate::fields! {
    /// A suboption about time servers that has no table.
    pub mod ntp_data in "RFC 5908 section 4" {
        tile DATA: [u8; 0] = 0..0, "dhcpv6.ntpserver.option.value", "Value";
    }
}
crate::fields! {
    /// A time server.
    pub mod ntp_address in "RFC 5908 section 4.1" {
        tile ADDRESS: Ipv6Addr = 0..128, "dhcpv6.ntpserver.addr", "Time server";
    }
}
crate::fields! {
    /// Where times are sent to.
    pub mod ntp_group_address in "RFC 5908 section 4.2" {
        tile ADDRESS: Ipv6Addr = 0..128, "dhcpv6.ntpserver.mc_addr", "Multicast address";
    }
}
crate::fields! {
    /// The name of a time server.
    pub mod ntp_name in "RFC 5908 section 4.3" {
        tile NAME: [u8; 0] as Name = 0..0, "dhcpv6.ntpserver.fqdn", "Time server name";
    }
}

/// Every table of an option, besides those of one field.
const OTHERS: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    other::FIELDS,
    duid::FIELDS,
    ia::FIELDS,
    ia_ta::FIELDS,
    address::FIELDS,
    prefix::FIELDS,
    elapsed::FIELDS,
    authentication::FIELDS,
    status::FIELDS,
    vendor_class::FIELDS,
    vendor_class_data::FIELDS,
    user_class::FIELDS,
    vendor::FIELDS,
    remote_id::FIELDS,
    client_fqdn::FIELDS,
    server_fqdn::FIELDS,
    query::FIELDS,
    relay_data::FIELDS,
    boot_parameter::FIELDS,
    bootstrap_server::FIELDS,
    interface::FIELDS,
    excluded::FIELDS,
    subnet_selection::FIELDS,
    selected_server::FIELDS,
    link_layer::FIELDS,
    map_rule::FIELDS,
    map_rule_prefix::FIELDS,
    default_rule::FIELDS,
    binding::FIELDS,
    binding_prefix::FIELDS,
    ports::FIELDS,
    link_layer_block::FIELDS,
    link_layer_first::FIELDS,
    link_layer_extent::FIELDS,
    failover_connect::FIELDS,
    failover_dns::FIELDS,
    failover_version::FIELDS,
    failover_key::FIELDS,
    failover_flags::FIELDS,
    vendor_head::FIELDS,
    vendor_group::FIELDS,
    vendor_data::FIELDS,
    ntp_head::FIELDS,
    ntp_group::FIELDS,
    ntp_data::FIELDS,
    ntp_address::FIELDS,
    ntp_group_address::FIELDS,
    ntp_name::FIELDS,
];

/// Every table of an option.
pub const TABLES: &[&[FieldInfo]] =
    &crate::field::declare::joined::<{ OTHERS.len() + SINGLES.len() }>(OTHERS, SINGLES);

/// How long the data of an option can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Just so many bytes.
    Exactly(usize),
    /// So many bytes or more.
    AtLeast(usize),
    /// A multiple of so many bytes, and not none of them.
    Each(usize),
    /// Anything.
    Any,
}

impl Length {
    /// The nearest length that would do, if this one does not.
    pub(super) fn right(self, length: usize) -> Option<usize> {
        let right = match self {
            Self::Exactly(right) => right,
            Self::AtLeast(least) => length.max(least),
            Self::Each(size) => length.max(1).checked_next_multiple_of(size)?,
            Self::Any => length,
        };
        (right != length).then_some(right)
    }
}

/// The names of a list of domains, one behind the other.
macro_rules! each_name {
    ($table:ident) => {
        |option, at| ($table::FIELDS, name_length(option, at))
    };
}

/// The options: code, label, how long the data is, what stands first in it, what repeats behind that.
macro_rules! options {
    ($($Code:ident $label:literal, $length:expr $(, first $first:ident)? $(, each $each:ident)? $(, then $repeat:expr)?;)*) => {
        /// What is known of each.
        #[allow(clippy::needless_update)] // Some say all there is to say.
        const KINDS: &[OptionKind] = &[$(
            OptionKind {
                kind: Code::$Code.0,
                group: &[FieldInfo { label: $label, ..group::OPTION.info }],
                $(first: $first::FIELDS,)?
                $(repeat: |_, _| ($each::FIELDS, 0),)?
                $(repeat: $repeat,)?
                ..PLAIN
            },
        )*];

        /// How long the data of an option with this code can be.
        pub const fn length_of(code: Code) -> Length {
            match code {
                $(Code::$Code => $length,)*
                _ => Length::Any,
            }
        }
    };
}

use Length::{Any, AtLeast, Each, Exactly};

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

options! {
    CLIENTID "Client identifier", AtLeast(2), first duid;
    SERVERID "Server identifier", AtLeast(2), first duid;
    IA_NA "Identity association for addresses", AtLeast(12), first ia;
    IA_TA "Identity association for temporary addresses", AtLeast(4), first ia_ta;
    IAADDR "Address", AtLeast(24), first address;
    ORO "Option request", Each(2), each requested;
    PREFERENCE "Preference", Exactly(1), first preference;
    ELAPSED_TIME "Elapsed time", Exactly(2), first elapsed;
    RELAY_MSG "Relay message", AtLeast(4);
    AUTH "Authentication", AtLeast(11), first authentication;
    UNICAST "Server unicast", Exactly(16), first unicast;
    STATUS_CODE "Status", AtLeast(2), first status;
    RAPID_COMMIT "Rapid commit", Exactly(0);
    USER_CLASS "User class", AtLeast(2), then |option, at| (user_class::FIELDS, counted(option, at));
    VENDOR_CLASS "Vendor class", AtLeast(4), first vendor_class, then |option, at| (vendor_class_data::FIELDS, counted(option, at));
    VENDOR_OPTS "Vendor's options", AtLeast(4), first vendor;
    INTERFACE_ID "Interface identifier", Any, first interface_id;
    RECONF_MSG "Reconfigure message", Exactly(1), first reconfigure;
    RECONF_ACCEPT "Reconfigure accept", Exactly(0);
    SIP_SERVER_D "SIP server domains", AtLeast(1), then each_name!(sip_domain);
    SIP_SERVER_A "SIP servers", Each(16), each sip_server;
    DNS_SERVERS "DNS servers", Each(16), each dns_server;
    DOMAIN_LIST "Search domains", AtLeast(1), then each_name!(domain);
    IA_PD "Identity association for prefixes", AtLeast(12), first ia;
    IAPREFIX "Prefix", AtLeast(25), first prefix;
    NIS_SERVERS "NIS servers", Each(16), each nis_server;
    NISP_SERVERS "NIS+ servers", Each(16), each nisp_server;
    NIS_DOMAIN_NAME "NIS domain", AtLeast(1), then each_name!(nis_domain);
    NISP_DOMAIN_NAME "NIS+ domain", AtLeast(1), then each_name!(nisp_domain);
    SNTP_SERVERS "SNTP servers", Each(16), each sntp_server;
    INFORMATION_REFRESH_TIME "Information refresh time", Exactly(4), first refresh;
    BCMCS_SERVER_D "BCMCS domains", AtLeast(1), then each_name!(bcmcs_domain);
    BCMCS_SERVER_A "BCMCS servers", Each(16), each bcmcs_server;
    REMOTE_ID "Remote identifier", AtLeast(4), first remote_id;
    SUBSCRIBER_ID "Subscriber identifier", Any, first subscriber;
    CLIENT_FQDN "Client's domain name", AtLeast(1), first client_fqdn;
    PANA_AGENT "PANA agents", Each(16), each pana_agent;
    NEW_POSIX_TIMEZONE "Time zone", Any, first time_zone;
    NEW_TZDB_TIMEZONE "Time zone name", Any, first time_zone_name;
    ERO "Echo request", Each(2), each requested;
    LQ_QUERY "Lease query", AtLeast(17), first query;
    CLIENT_DATA "Client data", Any;
    CLT_TIME "Last transaction", Exactly(4), first last_heard;
    LQ_RELAY_DATA "Relay data", AtLeast(16), first relay_data;
    LQ_CLIENT_LINK "Client links", Each(16), each client_link;
    MIP6_HNIDF "Home network", AtLeast(1), then each_name!(home_domain);
    V6_LOST "LoST server", AtLeast(1), then each_name!(lost_server);
    CAPWAP_AC_V6 "Access controllers", Each(16), each access_controller;
    RELAY_ID "Relay identifier", AtLeast(2), first duid;
    NTP_SERVER "Time servers", AtLeast(4);
    V6_ACCESS_DOMAIN "Access network domain", AtLeast(1), then each_name!(access_domain);
    BOOTFILE_URL "Boot file URL", Any, first boot_url;
    BOOTFILE_PARAM "Boot file parameters", Any, then |option, at| (boot_parameter::FIELDS, counted(option, at));
    CLIENT_ARCH_TYPE "Client architecture", Each(2), each architecture;
    NII "Network interface", Exactly(3), first interface;
    AFTR_NAME "Tunnel end", AtLeast(1), then each_name!(tunnel_end);
    ERP_LOCAL_DOMAIN_NAME "ERP domain", AtLeast(1), then each_name!(erp_domain);
    RSOO "Options of a relay agent", Any;
    PD_EXCLUDE "Excluded prefix", AtLeast(2), first excluded;
    VSS "Virtual network", AtLeast(1), first subnet_selection;
    RDNSS_SELECTION "Name server for domains", AtLeast(17), first selected_server, then each_name!(selected_domain);
    CLIENT_LINKLAYER_ADDR "Client's link-layer address", AtLeast(2), first link_layer;
    LINK_ADDRESS "Link address", Exactly(16), first link;
    SOL_MAX_RT "Longest wait for a server", Exactly(4), first solicit_limit;
    INF_MAX_RT "Longest wait for information", Exactly(4), first information_limit;
    V6_PCP_SERVER "PCP servers", Each(16), each pcp_server;
    DHCPV4_MSG "DHCPv4 message", Any, first dhcpv4;
    DHCP4_O_DHCP6_SERVER "DHCP 4o6 servers", Any, each dhcpv4_server;
    S46_RULE "Mapping rule", AtLeast(8), first map_rule, then |option, at| prefix_at(option, at, 12, map_rule_prefix::FIELDS);
    S46_BR "Border relay", Exactly(16), first border_relay;
    S46_DMR "Default mapping rule", AtLeast(1), first default_rule;
    S46_V4V6BIND "Address binding", AtLeast(5), first binding, then |option, at| prefix_at(option, at, 9, binding_prefix::FIELDS);
    S46_PORTPARAMS "Port set", Exactly(4), first ports;
    S46_CONT_MAPE "MAP-E", Any;
    S46_CONT_MAPT "MAP-T", Any;
    S46_CONT_LW "Lightweight 4over6", Any;
    LQ_BASE_TIME "Base time", Exactly(4), first base_time;
    LQ_START_TIME "Start time", Exactly(4), first start_time;
    LQ_END_TIME "End time", Exactly(4), first end_time;
    CAPTIVE_PORTAL "Captive portal", Any, first captive_portal;
    S46_PRIORITY "Mechanisms", Each(2), each mechanism;
    MUD_URL_V6 "MUD URL", Any, first mud_url;
    F_BINDING_STATUS "Binding status", Exactly(1), first binding_status;
    F_CONNECT_FLAGS "Connect flags", Exactly(2), first failover_connect;
    F_DNS_REMOVAL_INFO "DNS removal", Any;
    F_DNS_HOST_NAME "Host name", AtLeast(1), then each_name!(failover_host);
    F_DNS_ZONE_NAME "Zone name", AtLeast(1), then each_name!(failover_zone);
    F_DNS_FLAGS "DNS flags", Exactly(2), first failover_dns;
    F_EXPIRATION_TIME "Expiration time", Exactly(4), first expiration;
    F_MAX_UNACKED_BNDUPD "Most open updates", Exactly(4), first unacknowledged;
    F_MCLT "Maximum client lead time", Exactly(4), first lead_time;
    F_PARTNER_LIFETIME "Partner lifetime", Exactly(4), first partner_lifetime;
    F_PARTNER_LIFETIME_SENT "Partner lifetime sent", Exactly(4), first partner_sent;
    F_PARTNER_DOWN_TIME "Partner down time", Exactly(4), first partner_down;
    F_PARTNER_RAW_CLT_TIME "Last transaction of the partner", Exactly(4), first partner_heard;
    F_PROTOCOL_VERSION "Protocol version", Exactly(4), first failover_version;
    F_KEEPALIVE_TIME "Keepalive time", Exactly(4), first keepalive;
    F_RECONFIGURE_DATA "Reconfigure key", AtLeast(4), first failover_key;
    F_RELATIONSHIP_NAME "Relationship", Any, first relationship;
    F_SERVER_FLAGS "Server flags", Exactly(1), first failover_flags;
    F_SERVER_STATE "Server state", Exactly(1), first server_state;
    F_START_TIME_OF_STATE "Start of the state", Exactly(4), first state_start;
    F_STATE_EXPIRATION_TIME "Expiration of the state", Exactly(4), first state_expiration;
    RELAY_PORT "Relay port", Exactly(2), first relay_port;
    V6_SZTP_REDIRECT "Bootstrap servers", Any, then |option, at| (bootstrap_server::FIELDS, counted(option, at));
    IA_LL "Identity association for link-layer addresses", AtLeast(12), first ia;
    LLADDR "Link-layer addresses", AtLeast(12), first link_layer_block, then block;
    SLAP_QUAD "Quadrants", Any, each quadrant;
    ANDSF_IPV6_ADDRESS "ANDSF servers", Each(16), each andsf_server;
}

/// The size of a piece at byte `at` of an option, whose first two bytes say how many follow them.
fn counted(option: &[u8], at: usize) -> usize {
    let rest = option.get(at..).unwrap_or(&[]);
    RULES.kind.read(rest).map_or(rest.len(), |length| usize::from(length).saturating_add(2)).max(1)
}

/// The size of a domain name at byte `at` of an option; what is no name takes all that is left.
fn name_length(option: &[u8], at: usize) -> usize {
    let rest = option.get(at..).unwrap_or(&[]);
    Name::at(rest, 0).encoded().map_or(rest.len(), <[u8]>::len).max(1)
}

/// An IPv6 prefix at byte `place` of an option, as many bytes as the byte before it needs bits; nothing elsewhere.
fn prefix_at(
    option: &[u8],
    at: usize,
    place: usize,
    fields: &'static [FieldInfo],
) -> (&'static [FieldInfo], usize) {
    let before = place.checked_sub(1).and_then(|before| option.get(before));
    let size = before.map_or(0, |bits| usize::from(*bits).div_ceil(8));
    if at == place && size > 0 { (fields, size) } else { (&[], 0) }
}

/// What a block of link-layer addresses goes on with: its first address, then how many there are.
fn block(option: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    let length = option.get(4..).and_then(|data| link_layer_block::LENGTH.read(data)).map_or(0, usize::from);
    match at.saturating_sub(8) {
        0 if length > 0 => (link_layer_first::FIELDS, length),
        behind if behind == length => (link_layer_extent::FIELDS, 8),
        _ => (&[], 0),
    }
}

/// The options of a message, and those inside them.
pub static OPTIONS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: head::FIELDS,
        alone: &[],
        kinds: KINDS,
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: &[],
    },
    inside: |item| inside(item.kind),
};

/// The list that an option holds behind its fields.
pub(super) fn inside(code: u16) -> Option<&'static Nested> {
    match Code(code) {
        Code::IA_NA
        | Code::IA_TA
        | Code::IAADDR
        | Code::IA_PD
        | Code::IAPREFIX
        | Code::LQ_QUERY
        | Code::CLIENT_DATA
        | Code::RSOO
        | Code::S46_RULE
        | Code::S46_V4V6BIND
        | Code::S46_CONT_MAPE
        | Code::S46_CONT_MAPT
        | Code::S46_CONT_LW
        | Code::F_DNS_REMOVAL_INFO
        | Code::IA_LL
        | Code::LLADDR => Some(&OPTIONS),
        Code::VENDOR_OPTS => Some(&VENDOR_OPTIONS),
        Code::NTP_SERVER => Some(&NTP_SUBOPTIONS),
        _ => None,
    }
}

/// How deep lists in options are looked at.
pub(super) const DEPTH: usize = 4;

/// Where in the data of an option the list that it holds begins.
pub(super) fn front(code: u16, data: &[u8]) -> usize {
    let prefix = |at: usize| {
        let bits = at.checked_sub(1).and_then(|before| data.get(before));
        at.saturating_add(bits.map_or(0, |bits| usize::from(*bits).div_ceil(8)))
    };
    match Code(code) {
        Code::IA_NA | Code::IA_PD | Code::IA_LL => 12,
        Code::IA_TA | Code::VENDOR_OPTS => 4,
        Code::IAADDR => 24,
        Code::IAPREFIX => 25,
        Code::LQ_QUERY => 17,
        Code::S46_RULE => prefix(8),
        Code::S46_V4V6BIND => prefix(5),
        Code::LLADDR => link_layer_block::LENGTH
            .read(data)
            .map_or(data.len(), |length| usize::from(length).saturating_add(12)),
        _ => 0,
    }
}

/// The options of a vendor; what they mean is the vendor's.
pub static VENDOR_OPTIONS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: vendor_head::FIELDS,
        alone: &[],
        kinds: &[],
        other: OptionKind { group: vendor_group::FIELDS, first: vendor_data::FIELDS, ..OptionKind::PLAIN },
        padding: &[],
    },
    inside: |_| None,
};

/// Time servers.
pub static NTP_SUBOPTIONS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: ntp_head::FIELDS,
        alone: &[],
        kinds: &[
            OptionKind {
                kind: Dhcpv6NtpSuboption::NTP_SERVER_ADDRESS.0,
                group: ntp_group::FIELDS,
                first: ntp_address::FIELDS,
                ..OptionKind::PLAIN
            },
            OptionKind {
                kind: Dhcpv6NtpSuboption::NTP_MULTICAST_ADDRESS.0,
                group: ntp_group::FIELDS,
                first: ntp_group_address::FIELDS,
                ..OptionKind::PLAIN
            },
            OptionKind {
                kind: Dhcpv6NtpSuboption::NTP_SERVER_FQDN.0,
                group: ntp_group::FIELDS,
                repeat: |option, at| (ntp_name::FIELDS, name_length(option, at)),
                ..OptionKind::PLAIN
            },
        ],
        other: OptionKind { group: ntp_group::FIELDS, first: ntp_data::FIELDS, ..OptionKind::PLAIN },
        padding: &[],
    },
    inside: |_| None,
};
