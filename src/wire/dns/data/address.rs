//! Types with addresses and parts of addresses.

use core::net::{Ipv4Addr, Ipv6Addr};

names! {
    /// The name that the prefix of an address stands under.
    a6_name in "RFC 2874 section 3.1.1" = "dns.a6.prefix_name", "Name of the prefix";
    /// Where a gateway is.
    ipseckey_name in "RFC 4025 section 2.5" = "dns.ipseckey.gateway_dns", "Gateway";
    /// Where a relay is.
    amtrelay_name in "RFC 8777 section 4.2.4" = "dns.amtrelay.name", "Relay";
    /// The name that locators stand under.
    lp_name in "RFC 6742 section 2.4" = "dns.ilnp.lp", "Name of locators";
}

bytes! {
    /// The end of an address.
    a6_suffix in "RFC 2874 section 3.1.1" = "dns.a6.address_suffix", "End of the address";
    /// A key.
    ipseckey_key in "RFC 4025 section 2.6" = "dns.ipseckey.public_key", "Public key";
}

crate::fields! {
    /// How much of an address stands elsewhere.
    pub mod a6 in "RFC 2874 section 3.1.1" {
        tile PREFIX_LENGTH: u8 = 0..8, "dns.a6.prefix_len", "Prefix length, bits";
    }
}
crate::fields! {
    /// A prefix of addresses, without the zeros behind it.
    pub mod apl in "RFC 3123 section 4" {
        tile FAMILY: u16 = 0..16, "dns.apl.address_family", "Address family";
        tile PREFIX: u8 = 16..24, "dns.apl.coded_prefix", "Prefix length, bits";
        tile NEGATION: bool = 24..25, "dns.apl.negation", "All but these";
        tile LENGTH: u8 = 25..32, "dns.apl.afdlength", "Address length";
        tile IPV4: [u8; 0] = 32..0 if is_ipv4, "dns.apl.afdpart.ipv4", "Start of the address";
        tile IPV6: [u8; 0] = 32..0 if is_ipv6, "dns.apl.afdpart.ipv6", "Start of the address";
        tile OTHER: [u8; 0] = 32..0 if is_neither, "dns.apl.afdpart.data", "Start of the address";
    }
}
crate::fields! {
    /// What stands in front of a gateway.
    pub mod ipseckey in "RFC 4025 section 2" {
        tile PRECEDENCE: u8 = 0..8, "dns.ipseckey.gateway_precedence", "Precedence";
        tile GATEWAY_TYPE: u8 = 8..16, "dns.ipseckey.gateway_type", "Gateway type";
        tile ALGORITHM: u8 = 16..24, "dns.ipseckey.gateway_algorithm", "Algorithm";
    }
}
crate::fields! {
    /// Where a gateway is.
    pub mod ipseckey_ipv4 in "RFC 4025 section 2.5" {
        tile ADDRESS: Ipv4Addr = 0..32, "dns.ipseckey.gateway_ipv4", "Gateway";
    }
}
crate::fields! {
    /// Where a gateway is.
    pub mod ipseckey_ipv6 in "RFC 4025 section 2.5" {
        tile ADDRESS: Ipv6Addr = 0..128, "dns.ipseckey.gateway_ipv6", "Gateway";
    }
}
crate::fields! {
    /// What stands in front of a relay of multicast.
    pub mod amtrelay in "RFC 8777 section 4.2" {
        tile PRECEDENCE: u8 = 0..8, "dns.amtrelay.precedence", "Precedence";
        tile DISCOVERY: bool = 8..9, "dns.amtrelay.discovery_optional", "Discovery optional";
        tile RELAY_TYPE: u8 = 9..16, "dns.amtrelay.type", "Relay type";
    }
}
crate::fields! {
    /// Where a relay is.
    pub mod amtrelay_ipv4 in "RFC 8777 section 4.2.4" {
        tile ADDRESS: Ipv4Addr = 0..32, "dns.amtrelay.ipv4", "Relay";
    }
}
crate::fields! {
    /// Where a relay is.
    pub mod amtrelay_ipv6 in "RFC 8777 section 4.2.4" {
        tile ADDRESS: Ipv6Addr = 0..128, "dns.amtrelay.ipv6", "Relay";
    }
}
crate::fields! {
    /// Who a node is, apart from where.
    pub mod nid in "RFC 6742 section 2.1" {
        tile PREFERENCE: u16 = 0..16, "dns.ilnp.nid.preference", "Preference";
        tile NODE: [u8; 0] = 16..80, "dns.ilnp.nid", "Node identifier";
    }
}
crate::fields! {
    /// Where a node is.
    pub mod l32 in "RFC 6742 section 2.2" {
        tile PREFERENCE: u16 = 0..16, "dns.ilnp.l32.preference", "Preference";
        tile LOCATOR: Ipv4Addr = 16..48, "dns.ilnp.l32", "Locator of 32 bits";
    }
}
crate::fields! {
    /// Where a node is.
    pub mod l64 in "RFC 6742 section 2.3" {
        tile PREFERENCE: u16 = 0..16, "dns.ilnp.l64.preference", "Preference";
        tile LOCATOR: [u8; 0] = 16..80, "dns.ilnp.l64", "Locator of 64 bits";
    }
}
crate::fields! {
    /// What stands in front of the name of locators.
    pub mod lp in "RFC 6742 section 2.4" {
        tile PREFERENCE: u16 = 0..16, "dns.ilnp.lp.preference", "Preference";
    }
}
crate::fields! {
    /// An Ethernet address.
    pub mod eui48 in "RFC 7043 section 3.1" {
        tile ADDRESS: crate::field::Mac = 0..48, "dns.eui48", "EUI-48 address";
    }
}
crate::fields! {
    /// An address of 64 bits.
    pub mod eui64 in "RFC 7043 section 4.1" {
        tile ADDRESS: [u8; 0] = 0..64, "dns.eui64", "EUI-64 address";
    }
}

/// What a record says of the shape of its gateway or relay.
macro_rules! shapes {
    ($($name:ident = $module:ident::$FIELD:ident is $number:literal;)*) => {$(
        pub(super) fn $name(data: &[u8]) -> bool {
            $module::$FIELD.read(data) == Some($number)
        }
    )*};
}

shapes! {
    has_ipv4_gateway = ipseckey::GATEWAY_TYPE is 1;
    has_ipv6_gateway = ipseckey::GATEWAY_TYPE is 2;
    has_named_gateway = ipseckey::GATEWAY_TYPE is 3;
    has_ipv4_relay = amtrelay::RELAY_TYPE is 1;
    has_ipv6_relay = amtrelay::RELAY_TYPE is 2;
    has_named_relay = amtrelay::RELAY_TYPE is 3;
}

fn is_ipv4(item: &[u8]) -> bool {
    apl::FAMILY.read(item) == Some(1)
}

fn is_ipv6(item: &[u8]) -> bool {
    apl::FAMILY.read(item) == Some(2)
}

fn is_neither(item: &[u8]) -> bool {
    !is_ipv4(item) && !is_ipv6(item)
}

/// A head of four bytes and as many as it says.
pub(super) fn apl_size(left: &[u8]) -> usize {
    usize::from(apl::LENGTH.read(left).unwrap_or(0)).saturating_add(4)
}

/// The bits of the address that are not those of the prefix, in whole bytes.
pub(super) fn a6_suffix_size(data: &[u8], _: usize) -> usize {
    let prefix = a6::PREFIX_LENGTH.read(data).map_or(128, usize::from);
    128usize.saturating_sub(prefix).div_ceil(8)
}

pub(super) fn has_a6_prefix(data: &[u8]) -> bool {
    a6::PREFIX_LENGTH.read(data) != Some(0)
}
