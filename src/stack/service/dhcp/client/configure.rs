//! What becomes of the stack by a lease: address, routes, MTU.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{DhcpClient, Lease};
use crate::stack::network::RouteOrigin;
use crate::stack::{Errno, Route, Stack};
use crate::time::Time;

/// Less is no MTU (RFC 791 section 3.1: what every host takes).
const LEAST_MTU: u32 = 576;

impl DhcpClient {
    /// Gives the interface the address of a lease, or makes it last longer. Whether it can be used already.
    pub(super) fn set_address(&mut self, now: Time, stack: &mut Stack, lease: &Lease) -> Result<bool, Errno> {
        let address = IpAddr::V4(lease.address.addr());
        let before = stack.interfaces().get(usize::from(self.interface.0)).is_some_and(|on| on.has(address));
        let network = IpNet::V4(lease.address);
        stack.lend_address(now, self.interface, network, lease.until, self.config.probe)?;
        Ok(before)
    }

    /// Sets up what else came with the address, and takes away what came before and does not any more.
    pub(super) fn configure(&mut self, stack: &mut Stack) {
        let Some(lease) = &self.lease else { return };
        let interface = self.interface;
        let route = |(network, router): (_, Option<Ipv4Addr>)| Route {
            network: IpNet::V4(network),
            gateway: router.map(IpAddr::V4),
            interface,
            metric: self.config.metric,
            origin: RouteOrigin::Leased,
            until: lease.until,
        };
        let routes: Vec<Route> = lease.ways().into_iter().map(route).collect();
        let mtu = lease.mtu.map(u32::from).filter(|mtu| self.config.mtu && *mtu >= LEAST_MTU);
        if !lease.dns.is_empty() {
            stack.set_name_servers(lease.dns.iter().copied().map(IpAddr::V4));
        }
        self.unroute(stack);
        for route in &routes {
            if stack.add_route(*route).is_err() {
                self.notices.say(alloc::format!("no room for the route to {}", route.network));
            }
        }
        self.routes = routes;
        self.set_mtu(stack, mtu);
    }

    /// Takes away the address and all that came with it; what is open on it ends.
    pub(super) fn let_go(&mut self, now: Time, stack: &mut Stack) {
        let Some(lease) = self.lease.take() else { return };
        let address = IpAddr::V4(lease.address.addr());
        self.unroute(stack);
        self.set_mtu(stack, None);
        stack.remove_address(now, self.interface, address);
        stack.end_connections_on(now, address);
    }

    fn unroute(&mut self, stack: &mut Stack) {
        for route in core::mem::take(&mut self.routes) {
            stack.remove_route(&route);
        }
    }

    /// Sets the MTU, or puts back the one that the interface had; one that somebody else has changed meanwhile stays.
    fn set_mtu(&mut self, stack: &mut Stack, wanted: Option<u32>) {
        let Some(current) = stack.interfaces().get(usize::from(self.interface.0)).map(|on| on.mtu) else {
            return;
        };
        let own = self.mtu.take().filter(|(_, set)| *set == current).map_or(current, |(own, _)| own);
        let mtu = wanted.filter(|mtu| *mtu < own);
        self.mtu = mtu.map(|mtu| (own, mtu));
        let _ = stack.set_mtu(self.interface, mtu.unwrap_or(own));
    }

    /// Whether the Ethernet address is known to which a packet for this address goes.
    pub(super) fn knows(&self, now: Time, stack: &mut Stack, address: Ipv4Addr) -> bool {
        let path = stack.network.path(now, address.into(), None, Some(self.interface));
        let neighbours = &mut stack.network.neighbours;
        path.is_ok_and(|path| neighbours.find(now, path.interface, path.next_hop).is_some())
    }
}
