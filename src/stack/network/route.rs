//! Routes: which way a packet goes.
//!
//! ```text
//!   packet to 192.0.2.77
//!      192.0.2.64/26   dev eth1                 longest prefix: this one
//!      192.0.2.0/24    via 198.51.100.2 dev eth0
//!      0.0.0.0/0       via 198.51.100.1 dev eth0
//! ```
//!
//! Of routes with the same prefix the one with the lowest metric is taken.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use ipnet::IpNet;

use crate::stack::{AddressState, Errno, Interface, InterfaceId};
use crate::time::Time;

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destinations that it is for.
    pub network: IpNet,
    /// The router to send to; `None` for destinations on the link itself.
    pub gateway: Option<IpAddr>,
    /// The interface to send by.
    pub interface: InterfaceId,
    /// What it costs: lower is better.
    pub metric: u32,
    /// Where it comes from.
    pub origin: RouteOrigin,
    /// From then on it is gone.
    pub until: Time,
}

/// Where a route comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteOrigin {
    /// An address of an interface.
    Connected,
    /// Whoever set up the host.
    Static,
    /// A router advertised itself or a prefix (RFC 4861).
    Advertised,
    /// A router knew a better way (RFC 792, RFC 4861).
    Redirect,
    /// A DHCP server gave it with an address (RFC 2132, RFC 3442).
    Leased,
    /// Routers told each other (RFC 2453).
    Rip,
}

impl Route {
    /// A route that stays, by way of a router.
    pub const fn via(network: IpNet, gateway: IpAddr, interface: InterfaceId) -> Self {
        let origin = RouteOrigin::Static;
        Self { network, gateway: Some(gateway), interface, metric: 0, origin, until: Time::NEVER }
    }

    /// A route that stays, to destinations on the link.
    pub const fn on_link(network: IpNet, interface: InterfaceId) -> Self {
        let origin = RouteOrigin::Static;
        Self { network, gateway: None, interface, metric: 0, origin, until: Time::NEVER }
    }

    /// Whether they lead to the same network the same way.
    fn is_same_way(&self, other: &Self) -> bool {
        (self.gateway, self.interface) == (other.gateway, other.interface)
    }

    /// Whether they are for the same destinations, and lead there the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.is_same_way(other) && self.network.trunc() == other.network.trunc()
    }
}

/// The routes of a host.
///
/// One table a prefix length, so that a look-up takes one search for each length that there is, the longest first.
#[derive(Clone, Debug)]
pub struct Routes {
    ipv4: Lengths,
    ipv6: Lengths,
    /// The networks of the addresses.
    connected: BTreeSet<(InterfaceId, IpNet)>,
    /// Interfaces that are down: routes by them lead nowhere for now.
    down: BTreeSet<InterfaceId>,
    count: usize,
    most: usize,
    /// No route is over before that; [`Time::NEVER`] if none ever is.
    expiry: Time,
}

/// By the length of the prefix, by its bits: the routes, the best first.
type Lengths = BTreeMap<u8, BTreeMap<u128, Vec<Route>>>;

impl Routes {
    /// No routes, with room for so many.
    pub(super) const fn new(most: usize) -> Self {
        Self {
            ipv4: BTreeMap::new(),
            ipv6: BTreeMap::new(),
            connected: BTreeSet::new(),
            down: BTreeSet::new(),
            count: 0,
            most,
            expiry: Time::NEVER,
        }
    }

    /// Adds a route, in the place of one that leads to the same network the same way.
    ///
    /// # Errors
    /// [`Errno::ENOBUFS`] when there are too many, [`Errno::EINVAL`] for a gateway of another family.
    pub(crate) fn add(&mut self, route: Route) -> Result<(), Errno> {
        let network = route.network.trunc();
        if route.gateway.is_some_and(|gateway| gateway.is_ipv4() != network.addr().is_ipv4()) {
            return Err(Errno::EINVAL);
        }
        let is_full = self.count >= self.most;
        let prefixes = self.lengths_mut(network.addr()).entry(network.prefix_len()).or_default();
        let routes = prefixes.entry(bits(network.addr())).or_default();
        let before = routes.len();
        routes.retain(|other| !other.is_same_way(&route));
        let replaced = before.saturating_sub(routes.len());
        if is_full && replaced == 0 {
            self.remove(|_| false);
            return Err(Errno::ENOBUFS);
        }
        let behind = routes.partition_point(|other| other.metric <= route.metric);
        routes.insert(behind, Route { network, ..route });
        self.count = self.count.saturating_add(1).saturating_sub(replaced);
        self.expiry = self.expiry.min(route.until);
        Ok(())
    }

    /// Takes routes away.
    pub(crate) fn remove(&mut self, mut is_wrong: impl FnMut(&Route) -> bool) {
        for lengths in [&mut self.ipv4, &mut self.ipv6] {
            for prefixes in lengths.values_mut() {
                prefixes.retain(|_, routes| {
                    routes.retain(|route| !is_wrong(route));
                    !routes.is_empty()
                });
            }
            lengths.retain(|_, prefixes| !prefixes.is_empty());
        }
        self.count = self.iter().count();
        self.expiry = self.iter().map(|route| route.until).min().unwrap_or(Time::NEVER);
    }

    /// When [`Routes::expire`] may have something to do. A route that lasts longer than the one in whose place it came can make this too
    /// early, never too late.
    pub(super) fn expiry(&self) -> Option<Time> {
        Some(self.expiry).filter(|at| *at < Time::NEVER)
    }

    /// Takes away the routes whose time is over; whether there were any.
    pub(super) fn expire(&mut self, now: Time) -> bool {
        if self.expiry().is_none_or(|at| at > now) {
            return false;
        }
        let before = self.count;
        self.remove(|route| route.until <= now && route.until < Time::NEVER);
        self.count < before
    }

    /// The route to a destination, by this interface if one is given.
    pub fn find(&self, now: Time, destination: IpAddr, interface: Option<InterfaceId>) -> Option<&Route> {
        let wide = bits(destination);
        let family = if destination.is_ipv4() { 32 } else { 128 };
        let fits = |route: &&Route| {
            let wanted = interface.is_none_or(|interface| route.interface == interface);
            route.until > now && wanted && !self.down.contains(&route.interface)
        };
        self.lengths(destination).iter().rev().find_map(|(length, prefixes)| {
            let host = family - u32::from(*length).min(family);
            let prefix = wide.checked_shr(host).unwrap_or(0).checked_shl(host).unwrap_or(0);
            prefixes.get(&prefix)?.iter().find(fits)
        })
    }

    /// All of them: IPv4 first, short prefixes first.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        let of = |lengths| BTreeMap::values(lengths).flat_map(BTreeMap::values).flatten();
        of(&self.ipv4).chain(of(&self.ipv6))
    }

    /// The routes as `ip route` prints them.
    pub fn listing<'a>(&'a self, interfaces: &'a [Interface]) -> impl fmt::Display + 'a {
        Listing { routes: self, interfaces }
    }

    /// The routes that the addresses of the interfaces bring with them; whether any is new or gone. One that was taken away by
    /// hand stays away as long as the addresses are the same.
    pub(super) fn connect(&mut self, interfaces: &[Interface]) -> bool {
        let up = (0u16..).zip(interfaces).filter(|(_, on)| on.up);
        let connected: BTreeSet<(InterfaceId, IpNet)> = up
            .flat_map(|(number, on)| {
                let own = on.addresses.iter().filter(|own| own.state != AddressState::Duplicate);
                own.map(move |own| (InterfaceId(number), own.network.trunc()))
            })
            .collect();
        if self.connected == connected {
            return false;
        }
        self.remove(|route| route.origin == RouteOrigin::Connected);
        for (interface, network) in &connected {
            let route = Route { origin: RouteOrigin::Connected, ..Route::on_link(*network, *interface) };
            let _ = self.add(route);
        }
        self.connected = connected;
        true
    }

    /// An interface has gone down, or come up again. What others have said of the way by it is forgotten then; what was set by hand stays.
    pub(super) fn set_link(&mut self, interface: InterfaceId, up: bool) {
        if up {
            self.down.remove(&interface);
        } else {
            self.down.insert(interface);
            self.remove(|route| {
                let learned = matches!(route.origin, RouteOrigin::Advertised | RouteOrigin::Redirect);
                learned && route.interface == interface
            });
        }
    }

    const fn lengths(&self, address: IpAddr) -> &Lengths {
        if address.is_ipv4() { &self.ipv4 } else { &self.ipv6 }
    }

    const fn lengths_mut(&mut self, address: IpAddr) -> &mut Lengths {
        if address.is_ipv4() { &mut self.ipv4 } else { &mut self.ipv6 }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

struct Listing<'a> {
    routes: &'a Routes,
    interfaces: &'a [Interface],
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for route in self.routes.iter() {
            match route.network.prefix_len() {
                0 => f.write_str("default")?,
                _ => write!(f, "{}", route.network)?,
            }
            if let Some(gateway) = route.gateway {
                write!(f, " via {gateway}")?;
            }
            match self.interfaces.get(usize::from(route.interface.0)) {
                Some(on) => write!(f, " dev {}", on.name)?,
                None => write!(f, " dev {}", route.interface.0)?,
            }
            f.write_str(match route.origin {
                RouteOrigin::Connected => " proto kernel",
                RouteOrigin::Static => "",
                RouteOrigin::Advertised => " proto ra",
                RouteOrigin::Redirect => " proto redirect",
                RouteOrigin::Leased => " proto dhcp",
                RouteOrigin::Rip => " proto rip",
            })?;
            if route.metric > 0 {
                write!(f, " metric {}", route.metric)?;
            }
            if self.routes.down.contains(&route.interface) {
                f.write_str(" linkdown")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::random::Random;
    use crate::stack::{Address, Medium};

    fn address(random: &mut Random, ipv4: bool) -> IpAddr {
        // Few different bits, so that prefixes lie inside each other.
        match ipv4 {
            true => IpAddr::V4((0x0a00_0000 | (random.number() as u32 & 0x8300_c0f0)).into()),
            false => {
                let few = u128::from(random.number() & 0x8000_00c1_0000_c0f0);
                IpAddr::V6((few << 64 | few ^ 0xf0).into())
            }
        }
    }

    /// The route that is found is the one that a search through all of them finds: random tables, 100,000 look-ups.
    #[test]
    fn the_longest_prefix_with_the_lowest_metric_is_found() {
        let mut random = Random::new(1);
        for table in 0..100 {
            let ipv4 = table % 2 == 0;
            let mut routes = Routes::new(usize::MAX);
            let mut all: Vec<Route> = Vec::new();
            for number in 0..random.below(60) {
                let length = random.below(if ipv4 { 33 } else { 129 }) as u8;
                let network = IpNet::new(address(&mut random, ipv4), length).unwrap().trunc();
                let interface = InterfaceId(random.below(4) as u16);
                let metric = number as u32;
                let until = Time::from_nanoseconds(random.below(3) * 500 + 500);
                let route = Route { metric, until, ..Route::on_link(network, interface) };
                all.retain(|other| !(other.network == network && other.is_same_way(&route)));
                all.push(route);
                routes.add(route).unwrap();
            }
            assert_eq!(routes.iter().count(), all.len());
            for _ in 0..1000 {
                let destination = address(&mut random, ipv4);
                let interface = (random.below(2) == 0).then(|| InterfaceId(random.below(4) as u16));
                let now = Time::from_nanoseconds(random.below(1600));
                let fits = |route: &&Route| {
                    route.network.contains(&destination)
                        && interface.is_none_or(|interface| route.interface == interface)
                        && now < route.until
                };
                let expected = all
                    .iter()
                    .filter(fits)
                    .max_by_key(|route| (route.network.prefix_len(), u32::MAX - route.metric));
                assert_eq!(routes.find(now, destination, interface), expected, "{destination} {interface:?}");
            }
        }
    }

    #[test]
    fn a_listing_reads_as_that_of_ip_route() {
        let on = Interface {
            name: "eth0".into(),
            medium: Medium::Loopback,
            up: true,
            mtu: 1500,
            addresses: std::vec![Address::permanent("192.0.2.7/24".parse().unwrap())],
        };
        let mut routes = Routes::new(3);
        assert!(routes.connect(std::slice::from_ref(&on)));
        assert!(!routes.connect(std::slice::from_ref(&on)));
        // A second address of the same network changes nothing.
        let mut two = on.clone();
        two.addresses.push(Address::permanent("192.0.2.8/24".parse().unwrap()));
        assert!(!routes.connect(std::slice::from_ref(&two)));
        let default = Route::via("0.0.0.0/0".parse().unwrap(), "192.0.2.1".parse().unwrap(), InterfaceId(0));
        routes.add(Route { metric: 100, ..default }).unwrap();
        routes.add(Route::on_link("2001:db8::/32".parse().unwrap(), InterfaceId(5))).unwrap();
        let text = "default via 192.0.2.1 dev eth0 metric 100\n192.0.2.0/24 dev eth0 proto kernel\n2001:db8::/32 dev 5\n";
        assert_eq!(routes.listing(std::slice::from_ref(&on)).to_string(), text);
        assert_eq!(
            routes.add(Route::on_link("10.0.0.0/8".parse().unwrap(), InterfaceId(0))),
            Err(Errno::ENOBUFS)
        );
        let mixed = Route::via("10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap(), InterfaceId(0));
        assert_eq!(routes.add(mixed), Err(Errno::EINVAL));
    }
}
