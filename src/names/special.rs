//! What IANA's special-purpose registries say of an address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Declares a table of blocks: what follows the name and the reference is said by the columns of the registry, in their order.
macro_rules! blocks {
    ($NAME:ident of $version:ident $(
        [$($part:literal),*] / $length:literal = $name:literal, $reference:literal, $($said:ident)*;
    )*) => {
        pub(super) static $NAME: &[super::SpecialBlock] = &[$(
            super::SpecialBlock::$version([$($part),*], $length)
                .named($name, $reference)
                .is([$(blocks!(@$said)),*]),
        )*];
    };
    (@yes) => { Some(true) };
    (@no) => { Some(false) };
    (@open) => { None };
}

mod blocks;

/// A block of one of IANA's two special-purpose address registries (RFC 6890, RFC 8190).
///
/// What the registry leaves open, or says of no block that is out of use, is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialBlock {
    /// Its first address.
    pub network: IpAddr,
    /// The length of its prefix in bits.
    pub length: u8,
    /// What it is called.
    pub name: &'static str,
    /// The document that sets it apart.
    pub reference: &'static str,
    /// Whether an address of it can be a packet's source.
    pub source: Option<bool>,
    /// Whether it can be a packet's destination.
    pub destination: Option<bool>,
    /// Whether a router may forward such a packet.
    pub forwardable: Option<bool>,
    /// Whether it may be forwarded beyond any administrative domain.
    pub global: Option<bool>,
    /// Whether every IP implementation has to treat it so.
    pub reserved: Option<bool>,
}

impl SpecialBlock {
    const fn of(network: IpAddr, length: u8) -> Self {
        Self {
            network,
            length,
            name: "",
            reference: "",
            source: None,
            destination: None,
            forwardable: None,
            global: None,
            reserved: None,
        }
    }

    const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Self {
        Self::of(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length)
    }

    const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> Self {
        Self::of(IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), length)
    }

    const fn named(self, name: &'static str, reference: &'static str) -> Self {
        Self { name, reference, ..self }
    }

    const fn is(self, [source, destination, forwardable, global, reserved]: [Option<bool>; 5]) -> Self {
        Self { source, destination, forwardable, global, reserved, ..self }
    }

    /// Whether an address is in the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        // A difference in the bits of the prefix is all that counts; a prefix of no bits has none.
        let length = u32::from(self.length);
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= length
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= length
            }
            _ => false,
        }
    }
}

/// The blocks of the special-purpose registries that an address is in, the closest first. Of most addresses there are
/// none; multicast has registries of its own.
///
/// ```
/// use layercake::names::special_blocks;
///
/// let names = |address: &str| -> Vec<_> {
///     special_blocks(address.parse().unwrap()).map(|block| block.name).collect()
/// };
/// assert_eq!(names("192.168.0.186"), ["Private-Use"]);
/// assert_eq!(names("192.0.0.8"), ["IPv4 dummy address", "IETF Protocol Assignments"]);
/// assert_eq!(names("fe80::1"), ["Link-Local Unicast"]);
/// assert!(names("1.1.1.1").is_empty());
/// ```
pub fn special_blocks(address: IpAddr) -> impl Iterator<Item = &'static SpecialBlock> {
    let table = if address.is_ipv4() { blocks::IPV4 } else { blocks::IPV6 };
    table.iter().filter(move |block| block.contains(address))
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    /// The first and the last address of each block, and their neighbours outside of it, with what the module `ipaddress` of
    /// Python 3.11.7 says in `is_global`. Its own table is older: what the two say otherwise is listed below.
    const PYTHON: &str = include_str!("special/python.txt");

    /// What Python 3.11.7 takes for global or not, and the registry says otherwise: blocks that came later, and the
    /// anycast addresses and identifiers within 192.0.0.0/24 and 2001::/23, whose blocks it knows as a whole or not at all.
    const LATER: &[&str] = &[
        "192.0.0.8 True",
        "192.0.0.11 True",
        "192.0.0.169 True",
        "192.0.0.172 True",
        "192.0.0.255 True",
        "192.88.99.2 True",
        "64:ff9b:1:: True",
        "64:ff9b:1:ffff:ffff:ffff:ffff:ffff True",
        "100:0:0:1:: True",
        "100::1:ffff:ffff:ffff:ffff True",
        "2001:: False",
        "2001:0:ffff:ffff:ffff:ffff:ffff:ffff False",
        "2001:1::1 False",
        "2001:1::2 False",
        "2001:1::3 False",
        "2001:3:: False",
        "2001:3:ffff:ffff:ffff:ffff:ffff:ffff False",
        "2001:4:112:: False",
        "2001:4:112:ffff:ffff:ffff:ffff:ffff False",
        "2001:10:: False",
        "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff False",
        "2001:20:: False",
        "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff False",
        "2001:30:: False",
        "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff False",
        "3fff:: True",
        "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff True",
        "5f00:: True",
        "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff True",
    ];

    #[test]
    fn the_edges_of_all_blocks_are_what_python_says() {
        let mut differences = Vec::new();
        let mut met = 0;
        for line in PYTHON.lines().filter(|line| !line.starts_with('#')) {
            let (address, global) = line.split_once(' ').unwrap();
            let address: IpAddr = address.parse().unwrap();
            let ours = special_blocks(address).next().is_none_or(|block| block.global != Some(false));
            if ours != (global == "True") {
                differences.push(line);
            }
            met += 1;
        }
        assert!(met > 150, "{met}");
        assert_eq!(differences, LATER);
    }

    #[test]
    fn every_block_begins_at_its_prefix_and_is_found_at_its_ends() {
        let mut met = 0;
        for block in blocks::IPV4.iter().chain(blocks::IPV6) {
            let last = match block.network {
                IpAddr::V4(first) => IpAddr::V4(Ipv4Addr::from_bits(
                    first.to_bits() | (u64::from(u32::MAX) >> block.length) as u32,
                )),
                IpAddr::V6(first) => {
                    let behind = u128::MAX.checked_shr(u32::from(block.length)).unwrap_or(0);
                    IpAddr::V6(Ipv6Addr::from_bits(first.to_bits() | behind))
                }
            };
            for end in [block.network, last] {
                assert!(special_blocks(end).any(|found| found == block), "{end} {}", block.name);
            }
            met += 1;
        }
        // As many as the registries have: 26 of IPv4 and 25 of IPv6.
        assert_eq!((met, blocks::IPV4.len()), (51, 26));
        assert_eq!(
            special_blocks("::ffff:10.0.0.1".parse().unwrap()).next().unwrap().name.to_string(),
            "IPv4-mapped Address"
        );
    }
}
