//! IP: which packets are for this host, and which way the others go.
//!
//! ```text
//!                  receive                                     send
//!                     │             the floor above              │
//!                     │                     ▲                    │
//!                     │   up ┌──────────────┴──────┐             │
//!                     │      │ datagrams, errors   │             │
//!                     │      │ about our packets   │             ▼
//!                     ▼      │                     │        ┌─────────┐
//!               ┌─────────┐  │  ┌────────────┐  ┌─────┐     │  path   │ route, source, MTU
//!            in │ checks  ├──┴─►│ reassembly ├─►│icmp ├────►├─────────┤
//!          ────►│ of a    │ours └────────────┘  └─────┘     │fragments│ out
//!   interface   │ header  │                        ▲ errors └────┬────┘────► interface
//!               └────┬────┘     ┌───────────┐      │             ▲
//!                    └─────────►│  forward  ├──────┘             │
//!                      others'  │  (router) ├────────────────────┘
//!                               └───────────┘   through
//! ```
//!
//! - In: `receive` looks at the frame, `ipv4` and `ipv6` at the header, `extension` at what IPv6 puts behind it. What is wrong is
//!   dropped and counted.
//! - Up: fragments are put together (`reassembly`); ICMP is answered or handed up (`icmp`); what is left is a `Datagram`.
//! - Through: a router sends on what is for others (`forward`).
//! - Out: `send` finds the way (`route`, `address`), cuts what is too long (`fragment`, `path_mtu`), and gives the frame to the
//!   neighbour floor if that has yet to find the next hop.
//!
//! Packets of this host to itself go round: they wait until `Network::looped` takes them, and come in by the loopback interface,
//! which is the first one. Addresses of that interface never leave and never come in by another one.
//!
//! A router may translate addresses (`translate`, `nat`): what leaves by the outside interface behind `forward`, what comes for the outside address in front
//! of everything that this host would do with it, in both cases whole.

mod address;
mod config;
mod datagram;
mod extension;
mod forward;
mod fragment;
mod icmp;
mod identification;
mod ipv4;
mod ipv6;
mod learned;
mod path_mtu;
mod reassembly;
mod receive;
mod route;
mod send;
#[cfg(test)]
mod tests;
mod translate;

pub use config::Config;
pub(crate) use datagram::{Arrival, Cast, Datagram, Envelope, ErrorKind, IcmpError};
pub use route::{Route, RouteOrigin, Routes};
pub(crate) use send::{Outgoing, Path};

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::nat::Nat;
use super::neighbour::{self, Neighbours};
use super::secret::{Purpose, Secret};
use super::{Address, DropReason, Errno, Interface, InterfaceId, Medium, Outbox};
use crate::time::Time;
use icmp::Limit;
use identification::Identifications;
use path_mtu::PathMtus;
use reassembly::Reassembly;

/// IP of one host: IPv4 and IPv6, ICMP, and if it is a router the way through it.
#[derive(Debug)]
pub(crate) struct Network {
    pub interfaces: Vec<Interface>,
    pub routes: Routes,
    pub neighbours: Neighbours,
    pub out: Outbox,
    config: Config,
    router: bool,
    hop_limit: u8,
    path_mtus: PathMtus,
    reassembly: Reassembly,
    limit: Limit,
    groups: Vec<Membership>,
    looped: VecDeque<Vec<u8>>,
    local_errors: VecDeque<IcmpError<'static>>,
    advertised: BTreeMap<InterfaceId, Advertised>,
    identifications: Identifications,
    secret: Secret,
    pub nat: Option<Nat>,
    /// Interfaces that have gone down or come up, which nobody was told.
    turned: BTreeSet<InterfaceId>,
    /// Changes whenever a [`Path`] may have become another.
    generation: u32,
}

/// A group that was joined.
#[derive(Clone, Copy, Debug)]
struct Membership {
    interface: InterfaceId,
    group: IpAddr,
    times: u32,
}

/// What routers said of a link.
#[derive(Clone, Copy, Debug, Default)]
struct Advertised {
    hop_limit: Option<u8>,
    mtu: Option<u32>,
}

/// What every link carries (RFC 791 section 3.2).
const LEAST_MTU: u32 = 68;
/// Longest packet from this host to itself.
const LOOPBACK_MTU: u32 = 65_535;

impl Network {
    /// The interface by which a host sends to itself.
    pub const LOOPBACK: InterfaceId = InterfaceId(0);

    /// A host with no interface but `lo`.
    pub fn new(
        own: Config,
        neighbour: neighbour::Config,
        secret: Secret,
        router: bool,
        hop_limit: u8,
    ) -> Self {
        let loopback = Interface {
            name: "lo".into(),
            medium: Medium::Loopback,
            up: true,
            mtu: LOOPBACK_MTU,
            addresses: [IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST)), IpAddr::V6(Ipv6Addr::LOCALHOST).into()]
                .map(Address::permanent)
                .into(),
        };
        Self {
            interfaces: [loopback].into(),
            routes: Routes::new(own.routes),
            neighbours: Neighbours::new(neighbour, secret, router, hop_limit),
            out: Outbox::default(),
            router,
            hop_limit,
            path_mtus: PathMtus::new(own.path_mtus, own.path_mtu_life),
            reassembly: Reassembly::new(),
            limit: Limit::new(secret.number(Purpose::Errors, &[])),
            groups: Vec::new(),
            looped: VecDeque::new(),
            local_errors: VecDeque::new(),
            advertised: BTreeMap::new(),
            identifications: Identifications::new(secret),
            secret,
            nat: None,
            turned: BTreeSet::new(),
            generation: 0,
            config: own,
        }
    }

    /// TTL or hop limit of what is sent from now on.
    pub const fn set_hop_limit(&mut self, limit: u8) {
        self.hop_limit = limit;
        self.generation = self.generation.wrapping_add(1);
    }

    /// Adds an interface, which has no address yet.
    pub fn add_interface(
        &mut self,
        name: impl Into<String>,
        medium: Medium,
        mtu: u32,
    ) -> Result<InterfaceId, Errno> {
        let number = u16::try_from(self.interfaces.len()).map_err(|_| Errno::ENOBUFS)?;
        let sound = match medium {
            Medium::Ethernet(mac) => !mac.is_group() && (68..=65_535).contains(&mtu),
            Medium::Ip => (68..=65_535).contains(&mtu),
            Medium::Loopback => false,
        };
        if !sound {
            return Err(Errno::EINVAL);
        }
        let interface = Interface { name: name.into(), medium, up: true, mtu, addresses: Vec::new() };
        self.interfaces.push(interface);
        Ok(InterfaceId(number))
    }

    /// An interface has come up.
    pub fn attach(&mut self, now: Time, interface: InterfaceId) {
        self.neighbours.attach(now, &mut self.interfaces, interface, &mut self.out);
        self.connect();
    }

    /// Gives an interface an address; the neighbours are asked first whether one of them has it.
    pub fn add_address(&mut self, now: Time, interface: InterfaceId, network: IpNet) -> Result<(), Errno> {
        self.is_possible(interface, network.addr())?;
        let added = self.neighbours.add_address(now, &mut self.interfaces, interface, network, &mut self.out);
        self.connect();
        if added { Ok(()) } else { Err(Errno::EADDRINUSE) }
    }

    /// Gives an interface an address until then, or changes until when it has it.
    pub fn lend_address(
        &mut self,
        now: Time,
        interface: InterfaceId,
        (network, until): (IpNet, Time),
        probe: bool,
    ) -> Result<(), Errno> {
        self.is_possible(interface, network.addr())?;
        let lent = (network, until);
        let lent =
            self.neighbours.lend_address(now, &mut self.interfaces, interface, lent, probe, &mut self.out);
        self.connect();
        if lent { Ok(()) } else { Err(Errno::EADDRINUSE) }
    }

    /// Whether a host can have an address on this interface.
    fn is_possible(&self, interface: InterfaceId, address: IpAddr) -> Result<(), Errno> {
        let on = self.interface(interface).ok_or(Errno::ENODEV)?;
        let nobody =
            address.is_unspecified() || address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
        if nobody || (address.is_loopback() && on.medium != Medium::Loopback) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        Ok(())
    }

    /// Takes an address away, and the routes that came with it.
    pub fn remove_address(&mut self, now: Time, interface: InterfaceId, address: IpAddr) {
        self.neighbours.remove_address(now, &mut self.interfaces, interface, address);
        self.connect();
    }

    /// Adds a route.
    pub fn add_route(&mut self, route: Route) -> Result<(), Errno> {
        self.interface(route.interface).ok_or(Errno::ENODEV)?;
        self.generation = self.generation.wrapping_add(1);
        self.routes.add(route)
    }

    /// Takes away a route that leads to the same network the same way. Whether there was one.
    pub fn remove_route(&mut self, route: &Route) -> bool {
        let found = self.routes.iter().any(|other| other.is_same(route));
        if found {
            self.routes.remove(|other| other.is_same(route));
            self.generation = self.generation.wrapping_add(1);
        }
        found
    }

    /// An interface goes down or comes up.
    pub fn set_link(&mut self, now: Time, interface: InterfaceId, up: bool) -> Result<(), Errno> {
        let on = self.interfaces.get_mut(usize::from(interface.0)).ok_or(Errno::ENODEV)?;
        if core::mem::replace(&mut on.up, up) == up {
            return Ok(());
        }
        self.turned.insert(interface);
        self.routes.set_link(interface, up);
        if up {
            self.neighbours.link_up(now, &mut self.interfaces, interface, &mut self.out);
        } else {
            self.neighbours.link_down(interface, &mut self.out);
            self.advertised.remove(&interface);
            self.out.discard(interface);
        }
        self.follow();
        Ok(())
    }

    /// The next interface that has gone down or come up, and which of the two.
    pub fn poll_link(&mut self) -> Option<(InterfaceId, bool)> {
        let interface = self.turned.pop_first()?;
        Some((interface, self.interface(interface).is_some_and(|on| on.up)))
    }

    /// Whether there is such a one.
    pub fn has_turned(&self) -> bool {
        !self.turned.is_empty()
    }

    /// An interface's link carries packets of so many bytes.
    pub fn set_mtu(&mut self, interface: InterfaceId, mtu: u32) -> Result<(), Errno> {
        let on = self.interfaces.get_mut(usize::from(interface.0)).ok_or(Errno::ENODEV)?;
        if mtu < LEAST_MTU {
            return Err(Errno::EINVAL);
        }
        on.mtu = mtu;
        self.generation = self.generation.wrapping_add(1);
        Ok(())
    }

    /// Listens to a group on an interface, once more.
    pub fn join(&mut self, interface: InterfaceId, group: IpAddr) -> Result<(), Errno> {
        self.interface(interface).ok_or(Errno::ENODEV)?;
        if !group.is_multicast() {
            return Err(Errno::EINVAL);
        }
        let full = self.groups.len() >= self.config.groups;
        match self.groups.iter_mut().find(|joined| (joined.interface, joined.group) == (interface, group)) {
            Some(joined) => joined.times = joined.times.saturating_add(1),
            None if full => return Err(Errno::ENOBUFS),
            None => self.groups.push(Membership { interface, group, times: 1 }),
        }
        Ok(())
    }

    /// Listens to a group once less; the last time ends it.
    pub fn leave(&mut self, interface: InterfaceId, group: IpAddr) -> Result<(), Errno> {
        let same = |joined: &Membership| (joined.interface, joined.group) == (interface, group);
        let joined = self.groups.iter_mut().find(|joined| same(joined)).ok_or(Errno::EADDRNOTAVAIL)?;
        joined.times = joined.times.saturating_sub(1);
        self.groups.retain(|joined| joined.times > 0);
        Ok(())
    }

    /// The next packet from this host to itself: give it to [`receive`](Self::receive) as if it had come by
    /// [`LOOPBACK`](Self::LOOPBACK), and its buffer back to the outbox.
    pub fn looped(&mut self) -> Option<Vec<u8>> {
        self.looped.pop_front()
    }

    /// How many such packets wait.
    pub fn looping(&self) -> usize {
        self.looped.len()
    }

    /// Whether an interface of this host has an address and may use it.
    pub fn has_address(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.interfaces.iter().any(|on| on.has(address))
    }

    /// The next error about a packet of this host that it found itself: a neighbour does not answer.
    pub fn take_local_error(&mut self) -> Option<IcmpError<'static>> {
        self.local_errors.pop_front()
    }

    /// Another number than before: routes, addresses or path MTUs have changed, and a [`Path`] has to be asked for anew.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// When [`on_deadline`](Self::on_deadline) is to be called; at once if something waits to be taken.
    pub fn deadline(&self) -> Option<Time> {
        if !self.looped.is_empty() || !self.local_errors.is_empty() {
            return Some(Time::ZERO);
        }
        self.due()
    }

    /// When something of the tables is due.
    fn due(&self) -> Option<Time> {
        let tables = [self.routes.expiry(), self.path_mtus.deadline()];
        let nat = self.nat.as_ref().and_then(Nat::deadline);
        let floors = [self.neighbours.deadline(), self.reassembly.deadline(), nat];
        tables.into_iter().chain(floors).flatten().min()
    }

    /// Does what is due: routes and path MTUs whose time is over, fragments whose rest did not come, neighbours that did not answer.
    pub fn on_deadline(&mut self, now: Time) {
        if self.due().is_none_or(|at| at > now) {
            return;
        }
        // Both, whatever the first says. Who has a path by these is to look again.
        let (routes, mtus) = (self.routes.expire(now), self.path_mtus.expire(now));
        if routes || mtus {
            self.generation = self.generation.wrapping_add(1);
        }
        while let Some(expired) = self.reassembly.expire(now) {
            self.out.drops.count(DropReason::ReassemblyTimeout);
            if let Some(first) = expired {
                let about =
                    icmp::About { interface: first.interface, packet: &first.packet, cast: Cast::Unicast };
                self.send_error(now, about, ErrorKind::ReassemblyTime);
            }
        }
        self.expire_nat(now);
        let silent = self.neighbours.on_deadline(now, &mut self.interfaces, &mut self.out);
        for unreachable in silent {
            self.neighbour_unreachable(now, unreachable);
        }
        self.connect();
    }

    /// Follows the addresses of the interfaces with the routes, if they have changed.
    fn connect(&mut self) {
        self.out.drops.add(DropReason::AddressEvents, self.neighbours.take_lost_events());
        if self.neighbours.take_changed() {
            self.follow();
        }
    }

    /// The same in any case. Which address is sent from may be another one too, and whether it may be.
    fn follow(&mut self) {
        self.routes.connect(&self.interfaces);
        self.follow_outside();
        self.generation = self.generation.wrapping_add(1);
    }

    fn interface(&self, interface: InterfaceId) -> Option<&Interface> {
        self.interfaces.get(usize::from(interface.0))
    }

    /// Counts a packet that could not be sent, of which nobody above is told. What a queue or an interface has refused is counted there.
    pub fn note(&mut self, sent: Result<(), Errno>) {
        match sent {
            Ok(()) | Err(Errno::ENOBUFS | Errno::ENETDOWN) => {}
            Err(Errno::EMSGSIZE) => self.count(DropReason::TooBig),
            Err(_) => self.count(DropReason::NoRoute),
        }
    }

    /// Counts what is dropped.
    fn count(&mut self, reason: DropReason) {
        self.out.drops.count(reason);
    }
}
