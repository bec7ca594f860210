//! Groups on a link: which IPv6 groups an interface is in, and which Ethernet addresses groups have.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::field::Mac;
use crate::stack::{AddressState, Interface};

/// Everybody on an Ethernet.
pub const BROADCAST: Mac = Mac([0xff; 6]);
/// All nodes of a link (RFC 4291 section 2.7.1).
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// All routers of a link.
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// The group in which whoever has this address is asked for it (RFC 4291 section 2.7.1): `ff02::1:ffXX:XXXX`.
pub const fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., g, h] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (g & 0xff), h)
}

/// The Ethernet address of a group or of everybody, if this is one (RFC 1112 section 6.4, RFC 2464 section 7).
pub const fn group_mac(address: IpAddr) -> Option<Mac> {
    match address {
        IpAddr::V4(Ipv4Addr::BROADCAST) => Some(BROADCAST),
        IpAddr::V4(group) if group.is_multicast() => {
            let [_, b, c, d] = group.octets();
            Some(Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d]))
        }
        IpAddr::V6(group) if group.is_multicast() => Some(ipv6_mac(group)),
        _ => None,
    }
}

pub(super) const fn ipv6_mac(group: Ipv6Addr) -> Mac {
    let [.., a, b, c, d] = group.octets();
    Mac([0x33, 0x33, a, b, c, d])
}

impl Interface {
    /// Whether it is in an IPv6 group because of what it is: all nodes, all routers if it is a router's, and the group of each of its
    /// addresses, those that are still tentative included (RFC 4862 section 5.4.2).
    pub(crate) fn is_in_group(&self, group: Ipv6Addr, router: bool) -> bool {
        group == ALL_NODES
            || (router && group == ALL_ROUTERS)
            || self.addresses.iter().any(|own| match own.network.addr() {
                IpAddr::V6(address) => {
                    own.state != AddressState::Duplicate && solicited_node(address) == group
                }
                IpAddr::V4(_) => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4291 section 2.7.1 and RFC 2464 section 7 with their own example, RFC 1112 section 6.4.
    #[test]
    fn groups_have_addresses() {
        let address: Ipv6Addr = "4037::01:800:200e:8c6c".parse().unwrap();
        let group = solicited_node(address);
        assert_eq!(group, "ff02::1:ff0e:8c6c".parse::<Ipv6Addr>().unwrap());
        let mac = |ip: &str| group_mac(ip.parse().unwrap()).map(|mac| alloc::format!("{mac}"));
        assert_eq!(mac("ff02::1:ff0e:8c6c").as_deref(), Some("33:33:ff:0e:8c:6c"));
        assert_eq!(mac("224.128.64.32").as_deref(), Some("01:00:5e:00:40:20"));
        assert_eq!(mac("255.255.255.255").as_deref(), Some("ff:ff:ff:ff:ff:ff"));
        assert_eq!(mac("10.0.0.1"), None);
        assert_eq!(mac("2001:db8::1"), None);
    }
}
