//! A router tells a host on its link of a better way: RFC 792, RFC 1122 section 3.2.2.2, RFC 1812 section 5.2.7.2, RFC 4861 section 8.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::error::{About, LONGEST_IPV4, LONGEST_IPV6, PRECEDENCE, deserves};
use super::{HEADER, is_of_link, quoted};
use crate::names::{IpProtocol, NdpOptionType};
use crate::stack::network::{Datagram, ErrorKind, Network, Outgoing, Route, RouteOrigin};
use crate::stack::{DropReason, InterfaceId, Reason};
use crate::time::Time;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

impl Network {
    /// A redirect of IPv4: RFC 1122 section 3.2.2.2.
    pub(super) fn receive_redirect<T>(&mut self, now: Time, datagram: &Datagram<'_>) -> Option<T> {
        let message = datagram.payload();
        let gateway = Icmpv4::view(message).ok().and_then(|icmp| icmp.gateway());
        let quote = message.get(HEADER..).and_then(quoted);
        let Some((gateway, (envelope, ..))) = gateway.zip(quote) else {
            return self.refuse(DropReason::IcmpMalformed);
        };
        if !self.is_ours(datagram.interface, envelope.source) {
            return self.refuse(DropReason::IcmpUnknown);
        }
        let (router, gateway) = (datagram.envelope.source, IpAddr::V4(gateway));
        let way = Some(gateway).filter(|gateway| *gateway != envelope.destination);
        self.redirect(now, datagram.interface, envelope.destination, way, router);
        None
    }

    /// Follows a redirect, if it comes from the router that is asked for the destination, and leads to the same link.
    pub(in crate::stack::network) fn redirect(
        &mut self,
        now: Time,
        interface: InterfaceId,
        destination: IpAddr,
        way: Option<IpAddr>,
        router: IpAddr,
    ) {
        let asked = self.routes.find(now, destination, None);
        let asked = asked.is_some_and(|route| route.gateway == Some(router) && route.interface == interface);
        let target = way.unwrap_or(destination);
        let near = is_of_link(target)
            || target.is_ipv6()
            || self
                .interface(interface)
                .is_some_and(|on| on.addresses.iter().any(|own| own.network.contains(&target)));
        let strange = target.is_multicast() || target.is_unspecified() || self.is_ours(interface, target);
        if self.router || !self.config.redirects || !asked || !near || strange {
            return self.count(DropReason::IcmpUnknown);
        }
        let host = IpNet::from(destination);
        let until = now + self.config.redirect_life;
        self.routes.remove(|route| route.network == host && route.origin == RouteOrigin::Redirect);
        let route =
            Route { gateway: way, origin: RouteOrigin::Redirect, until, ..Route::on_link(host, interface) };
        if self.has_room(now, RouteOrigin::Redirect) {
            let _ = self.add_route(route);
        }
    }
}

impl Network {
    /// Tells whoever sent an IPv4 packet that another router of its link is nearer.
    pub(in crate::stack::network) fn send_redirect_ipv4(
        &mut self,
        now: Time,
        about: About<'_>,
        gateway: Ipv4Addr,
    ) {
        // Nothing but the form of the packet decides; which error it would be does not matter.
        let Some((offender, destination)) = deserves(&about, ErrorKind::Host) else { return };
        let Ok(path) = self.path(now, offender, None, Some(about.interface)) else { return };
        if !self.limit.allows(&self.config, now, offender, true) {
            return self.count(DropReason::IcmpLimited);
        }
        let quote = about.packet.get(..LONGEST_IPV4 - Ipv4::LEN - HEADER).unwrap_or(about.packet);
        let what = Outgoing::new(path, offender, IpProtocol::ICMPV4);
        let what = Outgoing { traffic_class: PRECEDENCE, ..what };
        let because = Reason::Redirect { destination, to: gateway.into() };
        let sent = self.send(now, &what, &(Icmpv4::redirect(1, gateway) / quote), because);
        self.note(sent);
    }

    /// Tells whoever sent an IPv6 packet that another router of its link, or the destination on it, is nearer.
    pub(in crate::stack::network) fn send_redirect_ipv6(
        &mut self,
        now: Time,
        about: About<'_>,
        target: Ipv6Addr,
    ) {
        let Some((offender, IpAddr::V6(destination))) = deserves(&about, ErrorKind::Host) else { return };
        // It has to come from a link-local address, by which hosts know their router.
        let is_link_local = |own: &IpAddr| matches!(own, IpAddr::V6(own) if own.is_unicast_link_local());
        let own = self.interface(about.interface).and_then(|on| {
            let usable = on.addresses.iter().filter(|own| own.is_usable()).map(|own| own.network.addr());
            usable.into_iter().find(is_link_local)
        });
        let Ok(path) = self.path(now, offender, own, Some(about.interface)) else { return };
        if own.is_none() || !self.limit.allows(&self.config, now, offender, true) {
            return self.count(DropReason::IcmpLimited);
        }
        let mut message = Icmpv6::redirect(target, destination);
        if let Some(mac) = self.neighbours.find(now, about.interface, target.into()) {
            message = message.link_address(NdpOptionType::TARGET_LINK_ADDRESS, mac);
        }
        // The packet is an option, as long as there is room (section 4.6.3).
        let room = LONGEST_IPV6.saturating_sub(Ipv6::LEN + HEADER).saturating_sub(message.size()) & !7;
        let quote = about.packet.get(..room).unwrap_or(about.packet);
        let units = u8::try_from(quote.len().div_ceil(8).saturating_add(1)).unwrap_or(u8::MAX);
        let mut option: Vec<u8> = [NdpOptionType::REDIRECTED_HEADER.0, units, 0, 0, 0, 0, 0, 0].into();
        option.extend_from_slice(quote);
        option.resize(usize::from(units) << 3, 0);
        let what = Outgoing { hop_limit: 255, ..Outgoing::new(path, offender, IpProtocol::ICMPV6) };
        let because = Reason::Redirect { destination: destination.into(), to: target.into() };
        let sent = self.send(now, &what, &(message / option), because);
        self.note(sent);
    }
}
