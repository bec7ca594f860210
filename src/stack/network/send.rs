//! Out: which way, from which address, in one packet or in fragments.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{has_wire, is_broadcast_of, scope};
use super::{Cast, Network};
use crate::field::Mac;
use crate::names::IpProtocol;
use crate::packet::Part;
use crate::stack::neighbour::group::group_mac;
use crate::stack::{DropReason, Errno, InterfaceId, Medium, Reason};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

/// The way to a destination, as it is now: see [`Network::generation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub interface: InterfaceId,
    /// The router, or the destination if it is on the link.
    pub next_hop: IpAddr,
    /// The address to send from.
    pub source: IpAddr,
    /// Longest IP packet that goes through whole.
    pub mtu: u32,
    /// What the destination stands for.
    pub cast: Cast,
    /// The Ethernet address to send to, where nobody is to be asked for it.
    pub station: Option<Mac>,
    /// The hop limit that is usual there.
    pub hop_limit: u8,
}

/// What IP is to say of a datagram that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// From [`Network::path`], to the same destination.
    pub path: Path,
    pub destination: IpAddr,
    pub protocol: IpProtocol,
    pub hop_limit: u8,
    /// Codepoint and congestion notification.
    pub traffic_class: u8,
    /// It is not to be cut, neither here nor on its way.
    pub dont_fragment: bool,
}

impl Outgoing {
    /// By this path, with the usual hop limit.
    pub const fn new(path: Path, destination: IpAddr, protocol: IpProtocol) -> Self {
        let hop_limit = path.hop_limit;
        Self { path, destination, protocol, hop_limit, traffic_class: 0, dont_fragment: false }
    }
}

impl Network {
    /// The way to a destination: from this source and by this interface, if they are given.
    ///
    /// # Errors
    /// [`Errno::ENETUNREACH`] without a route, [`Errno::EADDRNOTAVAIL`] if the source is not an address of this host or it has none
    /// that fits, [`Errno::EAFNOSUPPORT`] for a source of another family, [`Errno::ENODEV`] without such an interface,
    /// [`Errno::EINVAL`] if a link-local destination may lie on several links, [`Errno::ENETDOWN`] if the interface is down.
    pub fn path(
        &self,
        now: Time,
        destination: IpAddr,
        source: Option<IpAddr>,
        interface: Option<InterfaceId>,
    ) -> Result<Path, Errno> {
        let source = source.filter(|source| !source.is_unspecified());
        if source.is_some_and(|source| source.is_ipv4() != destination.is_ipv4()) {
            return Err(Errno::EAFNOSUPPORT);
        }
        if let Some(interface) = interface {
            self.interface(interface).ok_or(Errno::ENODEV)?;
        }
        // Of a link-local source only one link can be meant.
        let home = |source: IpAddr| {
            if source.is_loopback() {
                return Some(Self::LOOPBACK);
            }
            let number = self.interfaces.iter().position(|on| on.has(source));
            number.and_then(|number| u16::try_from(number).ok()).map(InterfaceId)
        };
        let of_source = source.map(|source| home(source).ok_or(Errno::EADDRNOTAVAIL)).transpose()?;
        if self.is_ours_anywhere(destination, interface) || (destination.is_loopback() && self.loops()) {
            return Ok(self.path_to_self(destination, source));
        }
        if source.is_some_and(|source| source.is_loopback()) || destination.is_unspecified() {
            return Err(Errno::ENETUNREACH);
        }
        let (interface, next_hop, cast) = self.way(now, destination, of_source, interface)?;
        if self.interface(interface).is_some_and(|on| !on.up) {
            return Err(Errno::ENETDOWN);
        }
        let source = match source {
            Some(source) => source,
            None => self.choose_source(now, interface, destination, next_hop).or_else(|error| {
                // A host that asks for its first address has none to send from (RFC 2131 section 4.1).
                let may = cast == Cast::Broadcast;
                if may { Ok(Ipv4Addr::UNSPECIFIED.into()) } else { Err(error) }
            })?,
        };
        let mtu = self.link_mtu(interface, destination.is_ipv6());
        let mtu = self.path_mtus.find(now, destination).map_or(mtu, |known| known.min(mtu));
        let advertised = self.advertised.get(&interface).filter(|_| destination.is_ipv6());
        let hop_limit = match cast {
            Cast::Multicast => 1,
            _ => advertised.and_then(|link| link.hop_limit).unwrap_or(self.hop_limit),
        };
        Ok(Path { interface, next_hop, source, mtu, cast, station: None, hop_limit })
    }

    /// Interface, next hop, and what the destination stands for.
    fn way(
        &self,
        now: Time,
        destination: IpAddr,
        of_source: Option<InterfaceId>,
        interface: Option<InterfaceId>,
    ) -> Result<(InterfaceId, IpAddr, Cast), Errno> {
        let limited = destination == IpAddr::V4(Ipv4Addr::BROADCAST);
        let on_one_link =
            limited || destination.is_multicast() || scope(destination) < 14 && destination.is_ipv6();
        if !on_one_link {
            let route = self.routes.find(now, destination, interface).ok_or(Errno::ENETUNREACH)?;
            let on_link = route.gateway.is_none();
            let on = self.interface(route.interface).filter(|on| on_link && is_broadcast_of(on, destination));
            let cast = if on.is_some() { Cast::Broadcast } else { Cast::Unicast };
            return Ok((route.interface, route.gateway.unwrap_or(destination), cast));
        }
        let cast = match destination.is_multicast() {
            true => Cast::Multicast,
            false if limited => Cast::Broadcast,
            false => Cast::Unicast,
        };
        let chosen = interface.or(of_source);
        let routed = || {
            let anywhere = if destination.is_ipv4() {
                IpAddr::V4(Ipv4Addr::UNSPECIFIED)
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            };
            let default =
                self.routes.find(now, destination, None).or_else(|| self.routes.find(now, anywhere, None));
            default.filter(|_| cast != Cast::Unicast).map(|route| route.interface)
        };
        let only = || {
            let mut wired = (0..).zip(&self.interfaces).filter(|(_, on)| on.up && has_wire(on));
            let first = wired.next().map(|(number, _)| InterfaceId(number));
            first.filter(|_| cast != Cast::Unicast || wired.next().is_none())
        };
        let unknown = if cast == Cast::Unicast { Errno::EINVAL } else { Errno::ENETUNREACH };
        Ok((chosen.or_else(routed).or_else(only).ok_or(unknown)?, destination, cast))
    }

    /// Learns that the path to a destination carries packets of so many bytes at most: to be called by whoever has found that the
    /// packet that the error quotes was sent by them. Whether that is news.
    pub fn learn_path_mtu(&mut self, now: Time, destination: IpAddr, mtu: u32) -> bool {
        let current = self.path(now, destination, None, None).map_or(u32::from(u16::MAX), |path| path.mtu);
        let news = self.path_mtus.learn(now, destination, mtu, current, &mut self.out.drops);
        self.generation = self.generation.wrapping_add(u32::from(news));
        news
    }

    /// Builds a packet around a part and sends it, in fragments if it is too long for the path and may be cut.
    ///
    /// # Errors
    /// [`Errno::EMSGSIZE`] if it is too long, [`Errno::ENOBUFS`] if too much waits, [`Errno::EAFNOSUPPORT`] for addresses of two families.
    pub fn send(
        &mut self,
        now: Time,
        what: &Outgoing,
        part: &impl Part,
        reason: Reason,
    ) -> Result<(), Errno> {
        let long = part.size();
        let (path, mtu) = (&what.path, what.path.mtu as usize);
        match (path.source, what.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let header = Ipv4::new(source, destination)
                    .identification(self.identifications.next(path.source, what.destination) as u16)
                    .tos(what.traffic_class)
                    .dont_fragment(what.dont_fragment)
                    .ttl(what.hop_limit)
                    .protocol(what.protocol);
                match long.saturating_add(Ipv4::LEN) {
                    all if all <= mtu => self.link(now, path, &(header / part), reason),
                    all if all > usize::from(u16::MAX) || what.dont_fragment => Err(Errno::EMSGSIZE),
                    _ => self.send_cut(now, path, &(header / part), reason),
                }
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let header = Ipv6::new(source, destination)
                    .traffic_class(what.traffic_class)
                    .hop_limit(what.hop_limit)
                    .next_header(what.protocol);
                match long.saturating_add(Ipv6::LEN) {
                    all if all <= mtu => self.link(now, path, &(header / part), reason),
                    _ if long > usize::from(u16::MAX) || what.dont_fragment => Err(Errno::EMSGSIZE),
                    _ => self.send_cut(now, path, &(header / part), reason),
                }
            }
            _ => Err(Errno::EAFNOSUPPORT),
        }
    }

    /// Sends an IP packet by the path's interface to its next hop.
    pub(super) fn link(
        &mut self,
        now: Time,
        path: &Path,
        packet: &impl Part,
        reason: Reason,
    ) -> Result<(), Errno> {
        let (interface, next_hop) = (path.interface, path.next_hop);
        let on = self.interfaces.get(usize::from(interface.0)).ok_or(Errno::ENODEV)?;
        if !on.up {
            self.count(DropReason::LinkDown);
            return Err(Errno::ENETDOWN);
        }
        let own = match on.medium {
            Medium::Ethernet(own) => own,
            Medium::Ip => {
                return if self.out.build(interface, packet, reason) { Ok(()) } else { Err(Errno::EMSGSIZE) };
            }
            Medium::Loopback => return self.loop_back(packet),
        };
        let to = match path.cast {
            _ if path.station.is_some() => path.station,
            Cast::Broadcast => Some(Mac::BROADCAST),
            Cast::Multicast => group_mac(next_hop),
            Cast::Unicast => self.neighbours.find(now, interface, next_hop),
        };
        let frame = Ethernet::new(own, to.unwrap_or_default()) / packet;
        if to.is_some() {
            return if self.out.build(interface, &frame, reason) { Ok(()) } else { Err(Errno::EMSGSIZE) };
        }
        let waiting = self.out.make(interface, &frame, reason).ok_or(Errno::EMSGSIZE)?;
        self.neighbours.hold(now, &self.interfaces, next_hop, waiting, &mut self.out);
        Ok(())
    }

    /// Sends an IP packet to this host itself.
    fn loop_back(&mut self, packet: &impl Part) -> Result<(), Errno> {
        if self.looped.len() >= self.config.looped {
            self.count(DropReason::LoopbackQueue);
            return Err(Errno::ENOBUFS);
        }
        let mut bytes = self.out.buffer(packet.size());
        if packet.put(&mut bytes, None).is_err() {
            self.out.recycle(bytes);
            return Err(Errno::EMSGSIZE);
        }
        self.looped.push_back(bytes);
        Ok(())
    }

    /// The longest packet that an interface's link carries.
    pub(super) fn link_mtu(&self, interface: InterfaceId, ipv6: bool) -> u32 {
        let mtu = self.interface(interface).map_or(0, |on| on.mtu);
        let advertised = self.advertised.get(&interface).filter(|_| ipv6).and_then(|link| link.mtu);
        advertised.map_or(mtu, |advertised| advertised.min(mtu))
    }

    fn path_to_self(&self, destination: IpAddr, source: Option<IpAddr>) -> Path {
        let (interface, next_hop, mtu) = (Self::LOOPBACK, destination, super::LOOPBACK_MTU);
        let source = source.unwrap_or(destination);
        let hop_limit = self.hop_limit;
        Path { interface, next_hop, source, mtu, cast: Cast::Unicast, station: None, hop_limit }
    }

    /// Whether the host can talk to itself by 127.0.0.0/8 and ::1.
    fn loops(&self) -> bool {
        self.interface(Self::LOOPBACK).is_some_and(|on| on.medium == Medium::Loopback)
    }

    /// Whether an address is this host's, a link-local one on this link.
    fn is_ours_anywhere(&self, address: IpAddr, interface: Option<InterfaceId>) -> bool {
        match (address, interface) {
            (IpAddr::V6(v6), Some(interface)) if v6.is_unicast_link_local() => {
                self.is_ours(interface, address)
            }
            _ => self.interfaces.iter().any(|on| on.has(address)),
        }
    }
}
