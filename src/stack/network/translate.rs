//! Where packets are translated on their way through: see [`nat`](crate::stack::nat).
//!
//! ```text
//!   inside ──► forward, if the way leads outside ──► outward ──► outside
//!   outside ─► for the outside address ─► inward ──► forward ──► inside
//!   inside ──► for the outside address ─► outward ─► inward ──► forward ──► inside     ("hairpin")
//! ```
//!
//! An error about a packet quotes it as its sender knows it: here the packet as it came goes along with the translated one.

use alloc::borrow::Cow;
use core::net::{IpAddr, Ipv4Addr};

use super::icmp::About;
use super::{Arrival, Cast, Datagram, ErrorKind, Network};
use crate::stack::nat::{self, Nat, Verdict};
use crate::stack::{DropReason, Errno, InterfaceId};
use crate::time::Time;
use crate::wire::ipv4::{self, Ipv4};

impl Network {
    /// Begins to translate, anew if it did before, or ends it.
    pub fn set_nat(&mut self, config: Option<nat::Config>) -> Result<(), Errno> {
        if let Some(config) = &config {
            self.interface(config.outside)
                .filter(|_| config.outside != Self::LOOPBACK)
                .ok_or(Errno::ENODEV)?;
        }
        self.nat = config.map(|config| Nat::new(config, self.secret));
        self.follow_outside();
        Ok(())
    }

    /// Follows the address of the outside interface.
    pub(super) fn follow_outside(&mut self) {
        let Some(nat) = &mut self.nat else { return };
        let outside = self.interfaces.get(usize::from(nat.config().outside.0));
        let usable = outside.into_iter().flat_map(|on| &on.addresses).filter(|own| own.is_usable());
        nat.set_address(usable.into_iter().find_map(|own| match own.network.addr() {
            IpAddr::V4(address) if !address.is_link_local() => Some(address),
            _ => None,
        }));
    }

    /// Whether what goes from one interface to another is translated.
    pub(super) fn leaves(&self, from: InterfaceId, to: InterfaceId) -> bool {
        self.nat.as_ref().is_some_and(|nat| nat.config().outside == to && from != to)
    }

    /// A packet for others whose way leads outside.
    pub(super) fn translate_out<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: &'f [u8],
    ) -> Option<Arrival<'f>> {
        let ip = Ipv4::view(packet).ok()?;
        let is_fragment = ip.more_fragments() || ip.fragment_offset() > 0;
        if !self.comes_from_there(now, interface, ip.source()) {
            return self.refuse(DropReason::IpSource);
        }
        let whole = if is_fragment {
            self.assemble_ipv4(now, interface, packet, ip.header_length())?
        } else {
            Cow::Borrowed(packet)
        };
        self.send_translated(now, interface, whole, false)
    }

    /// A whole packet for this host: goes on if it is nothing of a host inside.
    pub(super) fn translate_in<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: Cow<'f, [u8]>,
    ) -> Result<Cow<'f, [u8]>, Option<Arrival<'f>>> {
        let Some(nat) = &mut self.nat else { return Ok(packet) };
        let destination = ipv4::DESTINATION.read(&packet);
        if interface == Self::LOOPBACK || destination.is_none() || destination != nat.address() {
            return Ok(packet);
        }
        if nat.config().outside != interface {
            if !nat.turns_back(&packet) {
                return Ok(packet);
            }
            let source = ipv4::SOURCE.read(&packet).unwrap_or(Ipv4Addr::UNSPECIFIED);
            if !self.comes_from_there(now, interface, source) {
                return Err(self.refuse(DropReason::IpSource));
            }
            return Err(self.send_translated(now, interface, packet, true));
        }
        let mut translated = self.out.buffer(packet.len());
        translated.copy_from_slice(&packet);
        let verdict = self
            .nat
            .as_mut()
            .map_or(Verdict::NotOurs, |nat| nat.inward(now, interface, &mut translated, &mut self.out.drops));
        let about = About { interface, packet: &packet, cast: Cast::Unicast };
        let is_ours = verdict == Verdict::NotOurs;
        if verdict == Verdict::Translated {
            self.pass_inside(now, about, &mut translated);
        } else {
            self.refuse_translation(now, about, verdict);
        }
        self.out.recycle(translated);
        if is_ours { Ok(packet) } else { Err(None) }
    }

    /// A packet from inside gets the outside address, and leaves, or turns back to a host inside.
    fn send_translated<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: Cow<'f, [u8]>,
        turns_back: bool,
    ) -> Option<Arrival<'f>> {
        let mut translated = self.out.buffer(packet.len());
        translated.copy_from_slice(&packet);
        let drops = &mut self.out.drops;
        let mut verdict =
            self.nat.as_mut().map_or(Verdict::NotOurs, |nat| nat.outward(now, &mut translated, drops));
        if verdict == Verdict::Unmapped {
            self.out.recycle(translated);
            return Some(Arrival::Unmapped { interface, packet });
        }
        let about = About { interface, packet: &packet, cast: Cast::Unicast };
        if turns_back && verdict == Verdict::Translated {
            let back = |nat: &mut Nat| nat.inward(now, interface, &mut translated, &mut self.out.drops);
            verdict = self.nat.as_mut().map_or(Verdict::NotOurs, back);
        }
        match verdict {
            Verdict::Translated if turns_back => self.pass_inside(now, about, &mut translated),
            Verdict::Translated => self.pass_outside(now, about, &mut translated),
            verdict => self.refuse_translation(now, about, verdict),
        }
        self.out.recycle(translated);
        None
    }

    /// A packet needs a mapping: `is_free` says which ports nobody here has taken.
    pub fn map(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: Cow<'_, [u8]>,
        is_free: impl Fn(nat::Protocol, Ipv4Addr, u16) -> bool,
    ) {
        let Some(nat) = &mut self.nat else { return };
        let Some(address) = nat.address() else { return };
        let opened =
            nat.open(&packet, |protocol, port| is_free(protocol, address, port), &mut self.out.drops);
        if let Err(refusal) = opened {
            let about = About { interface, packet: &packet, cast: Cast::Unicast };
            return self.refuse_translation(now, about, Verdict::Refused(refusal.reason(), true));
        }
        let turns_back = ipv4::DESTINATION.read(&packet) == Some(address);
        self.send_translated(now, interface, packet, turns_back);
    }

    fn pass_outside(&mut self, now: Time, about: About<'_>, packet: &mut [u8]) {
        let Some(destination) = ipv4::DESTINATION.read(packet) else { return };
        let Some(route) = self.way_through(now, about, destination.into()) else { return };
        // Hosts that share an address share its numbers (RFC 6864 section 5.3.1).
        let may_be_cut = !ipv4::DONT_FRAGMENT.read(packet).unwrap_or(false);
        if may_be_cut && let Some(own) = ipv4::SOURCE.read(packet) {
            let number = self.identifications.next(own.into(), destination.into()) as u16;
            nat::renumber(packet, number);
        }
        self.pass_translated(now, about, &route, packet);
    }

    fn pass_inside(&mut self, now: Time, about: About<'_>, packet: &mut [u8]) {
        let Some((destination, ttl)) = ipv4::DESTINATION.read(packet).zip(ipv4::TTL.read(packet)) else {
            return;
        };
        if ttl <= 1 {
            self.send_error(now, about, ErrorKind::HopLimit);
            return self.count(DropReason::HopLimit);
        }
        let Some(route) = self.way_through(now, about, destination.into()) else { return };
        if self.nat.as_ref().is_some_and(|nat| nat.config().outside == route.interface) {
            self.send_error(now, about, ErrorKind::Host);
            return self.count(DropReason::NoRoute);
        }
        self.pass_translated(now, about, &route, packet);
    }

    fn pass_translated(&mut self, now: Time, about: About<'_>, route: &super::Route, packet: &mut [u8]) {
        let least = [about.interface, route.interface].map(|on| self.link_mtu(on, false)).into_iter().min();
        if let (Some(nat), Some(mtu)) = (&self.nat, least) {
            nat.clamp(packet, mtu);
        }
        self.pass_ipv4(now, about, route, packet);
    }

    /// Counts a packet that is not translated, and tells its sender if that is to know.
    fn refuse_translation(&mut self, now: Time, about: About<'_>, verdict: Verdict) {
        if let Verdict::Refused(reason, tell) = verdict {
            self.count(reason);
            if tell {
                self.send_error(now, about, ErrorKind::Prohibited);
            }
        }
    }

    /// Whether the way to an address leads by the interface that a packet of it came by (RFC 3704 section 2.2).
    pub fn comes_from_there(&self, now: Time, interface: InterfaceId, source: Ipv4Addr) -> bool {
        self.routes.find(now, source.into(), None).is_some_and(|route| route.interface == interface)
    }

    /// A SYN from outside for a port on which nobody listens: whether nothing is to be said to it for now.
    pub fn holds(&mut self, now: Time, syn: &Datagram<'_>) -> bool {
        let Some(nat) = self.nat.as_mut().filter(|nat| nat.config().outside == syn.interface) else {
            return false;
        };
        if nat.address().map(IpAddr::V4) != Some(syn.envelope.destination) {
            return false;
        }
        match nat.hold(now, syn.interface, &syn.packet) {
            Verdict::Held => true,
            Verdict::Refused(reason, _) => {
                self.count(reason);
                true
            }
            _ => false,
        }
    }

    /// Whether a port of an address is taken by a mapping.
    pub fn is_mapped(&self, protocol: nat::Protocol, address: IpAddr, port: u16) -> bool {
        let here = |nat: &&Nat| address.is_unspecified() || nat.address().map(IpAddr::V4) == Some(address);
        address.is_ipv4() && self.nat.as_ref().filter(here).is_some_and(|nat| nat.has_port(protocol, port))
    }

    /// Sessions end, and SYNs that nobody wanted are answered.
    pub(super) fn expire_nat(&mut self, now: Time) {
        let Some(nat) = &mut self.nat else { return };
        nat.expire(now);
        while let Some(syn) = self.nat.as_mut().and_then(|nat| nat.take_unsolicited(now)) {
            self.count(DropReason::NatUnsolicited);
            let about = About { interface: syn.interface, packet: &syn.packet, cast: Cast::Unicast };
            self.send_error(now, about, ErrorKind::Port);
        }
    }

    /// A translated packet did not find its neighbour: whoever sent it is told about what it sent. Whether it was translated.
    pub(super) fn unreachable_translated(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: &[u8],
    ) -> bool {
        let Some(nat) = &self.nat else { return false };
        let Some(source) =
            ipv4::SOURCE.read(packet).filter(|_| packet.first().is_some_and(|byte| byte >> 4 == 4))
        else {
            return false;
        };
        let outside = nat.config().outside;
        let is_inbound = interface != outside
            && (nat.address() == Some(source) || self.comes_from_there(now, outside, source));
        let mut restored = packet.to_vec();
        if !nat.restore(&mut restored, is_inbound) {
            return false;
        }
        let source = ipv4::SOURCE.read(&restored).unwrap_or(source);
        let from = self.routes.find(now, source.into(), None).map_or(outside, |route| route.interface);
        let about = About { interface: from, packet: &restored, cast: Cast::Unicast };
        self.send_error(now, about, ErrorKind::Host);
        true
    }
}
