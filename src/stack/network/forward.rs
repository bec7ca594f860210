//! Through: a router sends on what is for others (RFC 1812 section 5, RFC 8200, RFC 4443).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{is_broadcast_of, scope};
use super::icmp::About;
use super::{Arrival, Cast, ErrorKind, Network, Path, Route};
use crate::checksum::{Pseudo, update};
use crate::field::BuildError;
use crate::packet::{Lead, Part};
use crate::stack::{DropReason, InterfaceId, Reason};
use crate::time::Time;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::{self, Ipv6};

/// An IPv4 packet with one hop less to live.
struct OneHopLessIpv4<'a>(&'a [u8]);

/// An IPv6 packet with one hop less to live.
struct OneHopLessIpv6<'a>(&'a [u8]);

impl Part for OneHopLessIpv4<'_> {
    fn lead(&self) -> Lead {
        Lead::of::<Ipv4>()
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        self.0.put(place, pseudo)?;
        age_ipv4(place);
        Ok(())
    }
}

impl Part for OneHopLessIpv6<'_> {
    fn lead(&self) -> Lead {
        Lead::of::<Ipv6>()
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        self.0.put(place, pseudo)?;
        let limit = ipv6::HOP_LIMIT.read(place).unwrap_or(0);
        let _ = ipv6::HOP_LIMIT.write(place, limit.saturating_sub(1));
        Ok(())
    }
}

/// Takes one from the time to live, and from the checksum what that makes (RFC 1624).
fn age_ipv4(packet: &mut [u8]) {
    let word = |packet: &[u8]| {
        packet.get(8..).and_then(|word| word.first_chunk()).map_or(0, |word| u16::from_be_bytes(*word))
    };
    let (old, ttl) = (word(packet), ipv4::TTL.read(packet).unwrap_or(0));
    let _ = ipv4::TTL.write(packet, ttl.saturating_sub(1));
    let sum = update(ipv4::CHECKSUM.read(packet).unwrap_or(0), old, word(packet));
    let _ = ipv4::CHECKSUM.write(packet, sum);
}

impl Network {
    /// An IPv4 packet that is for others, in a frame for this host.
    pub(super) fn forward_ipv4<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: &'f [u8],
    ) -> Option<Arrival<'f>> {
        let ip = Ipv4::view(packet).ok()?;
        let (source, destination) = (ip.source(), ip.destination());
        // RFC 3927 section 7: link-local addresses stay on their link.
        let stays = source.is_link_local() || destination.is_link_local() || destination.is_multicast();
        if !self.router
            || interface == Self::LOOPBACK
            || stays
            || destination.is_broadcast()
            || source.is_unspecified()
        {
            return self.refuse(DropReason::IpDestination);
        }
        let about = About { interface, packet, cast: Cast::Unicast };
        if ip.ttl() <= 1 {
            self.send_error(now, about, ErrorKind::HopLimit);
            return self.refuse(DropReason::HopLimit);
        }
        let route = self.way_through(now, about, destination.into())?;
        // RFC 2644: broadcasts to another network are not let through.
        if self.interface(route.interface).is_some_and(|on| is_broadcast_of(on, destination.into())) {
            return self.refuse(DropReason::IpDestination);
        }
        if self.leaves(interface, route.interface) {
            return self.translate_out(now, interface, packet);
        }
        // What is behind a translator is not there for those outside.
        if self.leaves(route.interface, interface) {
            return self.refuse(DropReason::NatFiltered);
        }
        let next_hop = route.gateway.unwrap_or(destination.into());
        if let IpAddr::V4(better) = next_hop
            && route.interface == interface
            && self.is_on_link(interface, source.into())
            && self.is_on_link(interface, better.into())
        {
            self.send_redirect_ipv4(now, about, better);
        }
        self.pass_ipv4(now, about, &route, packet);
        None
    }

    /// Sends an IPv4 packet on by a route, cut if it has to be; it may be another one than the one that came, which an error is about.
    pub(super) fn pass_ipv4(&mut self, now: Time, about: About<'_>, route: &Route, packet: &[u8]) {
        let Some(destination) = ipv4::DESTINATION.read(packet) else { return };
        let path = self.path_through(route, destination.into());
        if packet.len() <= path.mtu as usize {
            let sent = self.link(now, &path, &OneHopLessIpv4(packet), Reason::Forwarded);
            return self.note(sent);
        }
        if ipv4::DONT_FRAGMENT.read(packet).unwrap_or(false) {
            self.send_error(now, about, ErrorKind::TooBig { mtu: path.mtu });
            return self.count(DropReason::TooBig);
        }
        let mut aged = self.out.buffer(packet.len());
        aged.copy_from_slice(packet);
        age_ipv4(&mut aged);
        let sent = self.send_ipv4_fragments(now, &path, &aged, Reason::Forwarded);
        self.out.recycle(aged);
        self.note(sent);
    }

    /// An IPv6 packet that is for others, in a frame for this host.
    pub(super) fn forward_ipv6<T>(&mut self, now: Time, interface: InterfaceId, packet: &[u8]) -> Option<T> {
        let ip = Ipv6::view(packet).ok()?;
        let (source, destination) = (ip.source(), ip.destination());
        let stays = destination.is_multicast() || scope(destination.into()) < 14 || source.is_unspecified();
        if !self.router || interface == Self::LOOPBACK || stays {
            return self.refuse(DropReason::IpDestination);
        }
        let about = About { interface, packet, cast: Cast::Unicast };
        if ip.hop_limit() <= 1 {
            self.send_error(now, about, ErrorKind::HopLimit);
            return self.refuse(DropReason::HopLimit);
        }
        let route = self.way_through(now, about, destination.into())?;
        if source.is_unicast_link_local() {
            // RFC 4291 section 2.5.6: the answer could not find its way.
            return self.refuse(DropReason::IpSource);
        }
        let next_hop = route.gateway.unwrap_or(destination.into());
        if let IpAddr::V6(better) = next_hop
            && route.interface == interface
            && self.is_on_link(interface, source.into())
            && (better.is_unicast_link_local() || better == destination)
        {
            self.send_redirect_ipv6(now, about, better);
        }
        let path = self.path_through(&route, destination.into());
        if packet.len() > path.mtu as usize {
            self.send_error(now, about, ErrorKind::TooBig { mtu: path.mtu });
            return self.refuse(DropReason::TooBig);
        }
        let sent = self.link(now, &path, &OneHopLessIpv6(packet), Reason::Forwarded);
        self.note(sent);
        None
    }

    /// The route of a packet that is for others; its sender is told if there is none.
    pub(super) fn way_through(&mut self, now: Time, about: About<'_>, destination: IpAddr) -> Option<Route> {
        let route = self.routes.find(now, destination, None).copied();
        let route = route.filter(|route| route.interface != Self::LOOPBACK);
        if route.is_none() {
            self.send_error(now, about, ErrorKind::Net);
            self.count(DropReason::NoRoute);
        }
        route
    }

    fn path_through(&self, route: &Route, destination: IpAddr) -> Path {
        Path {
            interface: route.interface,
            next_hop: route.gateway.unwrap_or(destination),
            // The packet has one.
            source: if destination.is_ipv4() {
                Ipv4Addr::UNSPECIFIED.into()
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            },
            mtu: self.link_mtu(route.interface, destination.is_ipv6()),
            cast: Cast::Unicast,
            station: None,
            hop_limit: self.hop_limit,
        }
    }

    fn is_on_link(&self, interface: InterfaceId, address: IpAddr) -> bool {
        let on = self.interface(interface);
        on.is_some_and(|on| on.addresses.iter().any(|own| own.network.contains(&address)))
    }
}
