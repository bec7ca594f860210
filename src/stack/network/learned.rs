//! What the neighbour floor has found out: routers and what they say, neighbours that do not answer.

use alloc::vec::Vec;
use core::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

use super::{Cast, ErrorKind, IcmpError, Network, Route, RouteOrigin, icmp, path_mtu};
use crate::stack::neighbour::{Learned, Unreachable};
use crate::stack::{DropReason, InterfaceId};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;

/// Errors about packets of this host that it found itself and that wait to be taken.
const LOCAL_ERRORS: usize = 256;

impl Network {
    /// A packet could not be sent because its neighbour does not answer: whoever sent it is told.
    pub(super) fn neighbour_unreachable(&mut self, now: Time, unreachable: Unreachable) {
        let interface = unreachable.frame.interface;
        let packet = unreachable.frame.frame.get(Ethernet::LEN..).unwrap_or(&[]);
        match icmp::quoted(packet) {
            Some(_) if self.unreachable_translated(now, interface, packet) => {}
            Some((envelope, _, at)) if self.is_ours(interface, envelope.source) => {
                let transport = packet.get(at..).unwrap_or(&[]).to_vec().into();
                let (kind, reporter) = (ErrorKind::Host, envelope.source);
                if self.local_errors.len() < LOCAL_ERRORS {
                    self.local_errors.push_back(IcmpError { kind, reporter, envelope, transport });
                } else {
                    self.count(DropReason::LocalErrors);
                }
            }
            Some(_) => {
                let about = icmp::About { interface, packet, cast: Cast::Unicast };
                self.send_error(now, about, ErrorKind::Host);
            }
            None => {}
        }
        self.out.recycle(unreachable.frame.frame);
    }

    /// Puts into the tables what a router said.
    pub(super) fn learn(&mut self, now: Time, interface: InterfaceId, learned: Vec<Learned>) {
        let origin = RouteOrigin::Advertised;
        let everything = IpNet::V6(Ipv6Net::default());
        for news in learned {
            match news {
                Learned::Router { address, until } => {
                    let route = Route::via(everything, address.into(), interface);
                    // Linux prefers what was set by hand in the same way.
                    self.replace(now, Route { metric: 1024, origin, until, ..route });
                }
                Learned::OnLink { prefix, until } => {
                    let route = Route::on_link(IpNet::V6(prefix), interface);
                    self.replace(now, Route { metric: 256, origin, until, ..route });
                }
                Learned::HopLimit(limit) => {
                    self.advertised.entry(interface).or_default().hop_limit =
                        Some(limit).filter(|limit| *limit > 0);
                }
                Learned::Mtu(mtu) => {
                    let fits = |mtu: &u32| *mtu >= path_mtu::LEAST_IPV6;
                    self.advertised.entry(interface).or_default().mtu = Some(mtu).filter(fits);
                    self.generation = self.generation.wrapping_add(1);
                }
                Learned::NotRouter(address) => {
                    let gone = |route: &Route| {
                        let learned = !matches!(route.origin, RouteOrigin::Static | RouteOrigin::Connected);
                        learned && route.gateway == Some(IpAddr::V6(address)) && route.interface == interface
                    };
                    self.routes.remove(gone);
                    self.generation = self.generation.wrapping_add(1);
                }
                Learned::Redirect { destination, target, router } => {
                    let way = if target == destination { None } else { Some(target.into()) };
                    self.redirect(now, interface, destination.into(), way, router.into());
                }
            }
        }
        self.connect();
    }

    /// A route for as long as it lasts, in the place of the one before; static ones stay.
    fn replace(&mut self, now: Time, route: Route) {
        let same = |other: &Route| other.is_same(&route);
        if self.routes.iter().any(|other| same(other) && other.origin != route.origin) {
            return;
        }
        let generation = self.generation.wrapping_add(1);
        if route.until <= now {
            self.routes.remove(|other| same(other) || other.until <= now);
            self.generation = generation;
        } else if self.has_room(now, route.origin) && self.routes.add(route).is_ok() {
            self.generation = generation;
        }
    }

    /// Whether what others say may become one more route: they are not to fill the table.
    pub(super) fn has_room(&mut self, now: Time, origin: RouteOrigin) -> bool {
        let learned = |network: &Self| network.routes.iter().filter(|route| route.origin == origin).count();
        if learned(self) >= self.config.learned_routes {
            self.routes.remove(|route| route.until <= now);
        }
        learned(self) < self.config.learned_routes
    }
}
