//! What an address stands for, here: one of ours, all on a link, a group, somebody else.

use core::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{Cast, Network};
use crate::stack::{Address, AddressState, Errno, Interface, InterfaceId, Medium};
use crate::time::Time;

impl Network {
    /// Whether packets to this address are for this host, by whatever interface they come (the weak model of RFC 1122 section
    /// 3.3.4.2, as Linux has it). Link-local addresses are those of one link.
    pub(super) fn is_ours(&self, interface: InterfaceId, address: IpAddr) -> bool {
        let loops = interface == Self::LOOPBACK;
        match address {
            IpAddr::V6(v6) if v6.is_unicast_link_local() && !loops => {
                self.interface(interface).is_some_and(|on| on.has(address))
            }
            _ if address.is_loopback() => loops,
            _ => self.interfaces.iter().any(|on| on.has(address)),
        }
    }

    /// What a destination stands for, for packets that came by this interface; `None` if they are not for this host.
    pub(super) fn cast(&self, interface: InterfaceId, destination: IpAddr) -> Option<Cast> {
        if self.is_ours(interface, destination) {
            return Some(Cast::Unicast);
        }
        let on = self.interface(interface)?;
        if is_broadcast_of(on, destination) {
            return Some(Cast::Broadcast);
        }
        (destination.is_multicast() && self.listens(on, interface, destination)).then_some(Cast::Multicast)
    }

    /// Whether this host listens to a group: RFC 1112 section 7.2, RFC 4291 section 2.8.
    fn listens(&self, on: &Interface, interface: InterfaceId, group: IpAddr) -> bool {
        let by_itself = match group {
            IpAddr::V4(group) => group == Ipv4Addr::new(224, 0, 0, 1),
            IpAddr::V6(group) => on.is_in_group(group, self.router),
        };
        by_itself || self.groups.iter().any(|joined| (joined.interface, joined.group) == (interface, group))
    }

    /// The address that packets to a destination are sent from: RFC 6724 section 5 without labels and policies, and RFC 1122 section
    /// 3.3.4.3: of those of the interface, the one of the next hop's network, of fitting scope, not deprecated, with the longest
    /// prefix in common.
    pub(super) fn choose_source(
        &self,
        now: Time,
        interface: InterfaceId,
        destination: IpAddr,
        next_hop: IpAddr,
    ) -> Result<IpAddr, Errno> {
        let here = self.interface(interface).ok_or(Errno::ENODEV)?;
        let elsewhere = self.interfaces.iter().filter(|on| on.up && on.medium != Medium::Loopback);
        best(here.addresses.iter(), now, destination, next_hop)
            .or_else(|| best(elsewhere.flat_map(|on| on.addresses.iter()), now, destination, next_hop))
            .ok_or(Errno::EADDRNOTAVAIL)
    }
}

fn best<'a>(
    addresses: impl Iterator<Item = &'a Address>,
    now: Time,
    destination: IpAddr,
    next_hop: IpAddr,
) -> Option<IpAddr> {
    let fits = |own: &&Address| own.is_usable() && own.network.addr().is_ipv4() == destination.is_ipv4();
    let wanted = scope(destination);
    let merit = |own: &&Address| {
        let address = own.network.addr();
        let has = scope(address);
        // Rule 2: a scope that is large enough, and then the smallest of these; otherwise the largest.
        let reach = if has >= wanted { (1, 15 - has) } else { (0, has) };
        let fresh = own.state != AddressState::Deprecated && own.preferred_until > now;
        let near = address.is_ipv4() && own.network.contains(&next_hop);
        let common = common_prefix(address, destination).min(own.network.prefix_len());
        (reach, fresh, near, if address.is_ipv6() { common } else { 0 })
    };
    // Of equals the first, which is preferred.
    let first_of_best = |best: Option<&'a Address>, own: &'a Address| match best {
        Some(best) if merit(&best) >= merit(&own) => Some(best),
        _ => Some(own),
    };
    Some(addresses.filter(fits).fold(None, first_of_best)?.network.addr())
}

/// How far an address reaches, in the numbers of RFC 4291 section 2.7: 2 a link, 5 a site, 14 everywhere.
pub(super) fn scope(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(v4) if v4.is_link_local() || v4.is_loopback() => 2,
        IpAddr::V6(v6) if v6.is_multicast() => (v6.octets()[1] & 0x0f).min(14),
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_loopback() => 2,
        _ => 14,
    }
}

/// The bits from the first on that two addresses of one family have in common.
fn common_prefix(a: IpAddr, b: IpAddr) -> u8 {
    let bits = match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => 0,
    };
    bits as u8
}

/// Whether an IPv4 address stands for all on a network: the last one of it. Networks of one or two addresses (RFC 3021) have none.
pub(super) fn is_broadcast_in(network: IpNet, address: IpAddr) -> bool {
    match (network, address) {
        (IpNet::V4(network), IpAddr::V4(address)) => {
            network.prefix_len() < 31 && network.broadcast() == address
        }
        _ => false,
    }
}

/// Whether an address stands for all on an interface's link.
pub(super) fn is_broadcast_of(on: &Interface, address: IpAddr) -> bool {
    let everywhere = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    everywhere || on.addresses.iter().any(|own| is_broadcast_in(own.network, address))
}

/// Whether no host has this address for its own on a wire: RFC 1122 section 3.2.1.3, RFC 4291 section 2.7. The unspecified address
/// is left to whoever asks.
pub(super) fn is_never_a_source(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] >= 224 || (v4.octets()[0] == 0 && !v4.is_unspecified()),
        IpAddr::V6(v6) => v6.is_multicast() || v6.to_ipv4_mapped().is_some(),
    }
}

/// Whether an interface has a wire.
pub(super) fn has_wire(on: &Interface) -> bool {
    on.medium != Medium::Loopback
}
