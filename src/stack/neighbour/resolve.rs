//! The floor above asks for an address; a question goes out; time goes by.

use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use super::cache::{Key, addressed, discard};
use super::entry::{Entry, Heard, State};
use super::group::{BROADCAST, ipv6_mac, solicited_node};
use super::timers::Timer;
use super::{Neighbours, Unreachable, ethernet};
use crate::field::Mac;
use crate::names::EtherType;
use crate::stack::{DropReason, Interface, InterfaceId, Outbox, Reason, Transmit};
use crate::time::Time;
use crate::wire::arp::Arp;
use crate::wire::ethernet::{ETHER_TYPE, Ethernet};
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4;
use crate::wire::ipv6::{self, Ipv6};

impl Neighbours {
    /// The Ethernet address of a neighbour, if it can be used now. One that was not heard of for a while is asked after a delay
    /// whether it is still there (RFC 4861 section 7.3.3).
    pub fn find(&mut self, now: Time, interface: InterfaceId, next_hop: IpAddr) -> Option<Mac> {
        let key = (interface, next_hop);
        let entry = self.cache.get_mut(key)?;
        let mac = entry.mac()?;
        entry.used = now;
        if entry.state(now) == State::Stale {
            entry.enter(State::Delay);
            self.timers.after(now, self.config.delay, Timer::Neighbour(interface, next_hop));
        }
        Some(mac)
    }

    /// How well a neighbour is known.
    #[cfg(test)]
    pub fn state(&self, now: Time, interface: InterfaceId, next_hop: IpAddr) -> Option<State> {
        self.cache.get((interface, next_hop)).map(|entry| entry.state(now))
    }

    /// Keeps a frame, whose Ethernet header has no destination yet, until the neighbour's address is known, and asks for that.
    pub fn hold(
        &mut self,
        now: Time,
        interfaces: &[Interface],
        next_hop: IpAddr,
        frame: Transmit,
        out: &mut Outbox,
    ) {
        let key = (frame.interface, next_hop);
        if let Some(mac) = self.find(now, key.0, key.1) {
            return out.push(addressed(frame, mac));
        }
        let known = self.cache.get(key).is_some();
        if !known && !self.make(now, key, out) {
            return discard(frame, DropReason::NeighbourTable, out);
        }
        let source = source(&frame.frame);
        self.cache.wait(key, frame, out);
        if !known {
            self.ask(now, interfaces, key, source, out);
        }
    }

    /// An upper layer says that the neighbour receives what is sent to it (RFC 4861 section 7.3.1).
    pub fn confirm(&mut self, now: Time, interface: InterfaceId, next_hop: IpAddr) {
        let span = self.reachable(now, interface);
        if let Some(entry) = self.cache.get_mut((interface, next_hop)) {
            entry.confirm(now, span);
            if entry.mac().is_some() {
                self.timers.cancel(Timer::Neighbour(interface, next_hop));
            }
        }
    }

    /// An upper layer says that nothing answers what is sent to a neighbour: it is asked at once whether it is still there (RFC 9293 section
    /// 3.8.3, RFC 1122 section 2.3.2.1).
    pub fn doubt(&mut self, now: Time, interface: InterfaceId, next_hop: IpAddr) {
        if let Some(entry) = self.cache.get_mut((interface, next_hop))
            && matches!(entry.state(now), State::Reachable | State::Stale | State::Delay)
        {
            entry.enter(State::Delay);
            self.timers.after(now, Duration::ZERO, Timer::Neighbour(interface, next_hop));
        }
    }

    /// Puts in a neighbour whose address does not change. `false` if there is no room.
    pub fn insert(
        &mut self,
        now: Time,
        interface: InterfaceId,
        address: IpAddr,
        mac: Mac,
        out: &mut Outbox,
    ) -> bool {
        let key = (interface, address);
        if self.cache.get(key).is_none() && !self.make(now, key, out) {
            return false;
        }
        if let Some(entry) = self.cache.get_mut(key) {
            let unresolved = entry.mac().is_none();
            entry.make_permanent(mac);
            if unresolved {
                self.cache.resolved();
            }
        }
        self.timers.cancel(Timer::Neighbour(interface, address));
        self.cache.settle(key, out);
        true
    }

    /// Forgets a neighbour; what waits for it is dropped. `false` if there was none.
    pub fn remove(&mut self, interface: InterfaceId, address: IpAddr, out: &mut Outbox) -> bool {
        self.give_up((interface, address), DropReason::NeighbourUnreachable, out)
    }

    /// Forgets all neighbours of an interface but those that were given, as when its cable is pulled.
    pub fn flush(&mut self, interface: InterfaceId, out: &mut Outbox) {
        let of_interface = |(key, entry): (&Key, &Entry)| {
            let given = entry.state(Time::ZERO) == State::Permanent;
            (key.0 == interface && !given).then_some(*key)
        };
        let keys: Vec<Key> = self.cache.iter().filter_map(of_interface).collect();
        for key in keys {
            self.give_up(key, DropReason::NeighbourUnreachable, out);
        }
    }

    /// Takes in what was heard of a neighbour; one that was not known is made if `create`. `true` if it was a router and is none any
    /// more.
    pub(super) fn hear(&mut self, now: Time, key: Key, heard: Heard, create: bool, out: &mut Outbox) -> bool {
        if self.cache.get(key).is_none() {
            if !create || heard.mac.is_none() {
                return false;
            }
            if !self.make(now, key, out) {
                out.drops.count(DropReason::NeighbourTable);
                return false;
            }
        }
        let span = self.reachable(now, key.0);
        let Some(entry) = self.cache.get_mut(key) else { return false };
        let unresolved = entry.mac().is_none();
        let lost_router = entry.hear(now, heard, span);
        let settled = matches!(entry.state(now), State::Reachable | State::Stale);
        if unresolved && settled {
            self.cache.resolved();
        }
        if settled {
            self.timers.cancel(Timer::Neighbour(key.0, key.1));
        }
        if self.cache.settle(key, out) {
            // What waited is a use of it.
            self.find(now, key.0, key.1);
        }
        lost_router
    }

    /// Nobody has answered, or a delay is over.
    pub(super) fn no_answer(
        &mut self,
        now: Time,
        interfaces: &[Interface],
        key: Key,
        unreachable: &mut Vec<Unreachable>,
        out: &mut Outbox,
    ) {
        let Some(entry) = self.cache.get_mut(key) else { return };
        let limit = match entry.state(now) {
            State::Incomplete => self.config.multicast_solicit,
            State::Delay => {
                entry.enter(State::Probe);
                self.config.unicast_solicit
            }
            State::Probe => self.config.unicast_solicit,
            State::Reachable | State::Stale | State::Permanent => return,
        };
        if entry.attempts < limit {
            let source = entry.waiting.front().and_then(|transmit| source(&transmit.frame));
            return self.ask(now, interfaces, key, source, out);
        }
        let gone = self.cache.remove(key);
        for frame in gone.into_iter().flat_map(|entry| entry.waiting) {
            out.drops.count(DropReason::NeighbourUnreachable);
            unreachable.push(Unreachable { next_hop: key.1, frame });
        }
    }

    /// Makes room for a neighbour, and makes it. `false` if there is none.
    fn make(&mut self, now: Time, key: Key, out: &mut Outbox) -> bool {
        if let Some(oldest) = self.cache.crowded(now) {
            self.give_up(oldest, DropReason::NeighbourTable, out);
        }
        self.cache.make(now, key)
    }

    fn give_up(&mut self, key: Key, reason: DropReason, out: &mut Outbox) -> bool {
        self.timers.cancel(Timer::Neighbour(key.0, key.1));
        let Some(entry) = self.cache.remove(key) else { return false };
        for transmit in entry.waiting {
            discard(transmit, reason, out);
        }
        true
    }

    /// Asks everybody for a neighbour's address, or itself whether it is still there, and waits for the answer.
    fn ask(
        &mut self,
        now: Time,
        interfaces: &[Interface],
        key: Key,
        wanted: Option<IpAddr>,
        out: &mut Outbox,
    ) {
        self.timers.after(now, self.retransmit(key), Timer::Neighbour(key.0, key.1));
        let Some(entry) = self.cache.get_mut(key) else { return };
        entry.attempts = entry.attempts.saturating_add(1);
        let known = entry.mac();
        let (address, attempt) = (key.1, entry.attempts);
        let reason = match known {
            None => Reason::WhoHas { address, attempt, of: self.config.multicast_solicit },
            Some(_) => Reason::StillThere { address, attempt, of: self.config.unicast_solicit },
        };
        let Some((interface, mac)) = ethernet(interfaces, key.0) else { return };
        match (key.1, asker(interface, key.1, wanted)) {
            (IpAddr::V4(target), Some(IpAddr::V4(source))) => {
                let ethernet = Ethernet::new(mac, known.unwrap_or(BROADCAST));
                out.build(key.0, &(ethernet / Arp::request((mac, source), target)), reason);
            }
            (IpAddr::V6(target), Some(IpAddr::V6(source))) => {
                let group = solicited_node(target);
                let (to, destination) = known.map_or((ipv6_mac(group), group), |known| (known, target));
                let ip = Ipv6::new(source, destination).hop_limit(255);
                let ask = Icmpv6::neighbour_solicitation(target, mac);
                out.build(key.0, &(Ethernet::new(mac, to) / ip / ask), reason);
            }
            // Without an address of its own it cannot ask; what waits has its time all the same.
            _ => {}
        }
    }

    /// Time between two questions: ARP's is not for routers to say.
    pub(super) fn retransmit(&self, key: Key) -> Duration {
        let said = self.links.get(&key.0).and_then(|link| link.retransmit);
        said.filter(|_| key.1.is_ipv6()).unwrap_or(self.config.retransmit)
    }
}

/// The address to ask from (RFC 4861 section 7.2.2): that of the packet that waits, if it is this host's; else one of the neighbour's
/// network; else the first.
fn asker(interface: &Interface, target: IpAddr, wanted: Option<IpAddr>) -> Option<IpAddr> {
    let usable = || {
        let own = interface.addresses.iter().filter(|own| own.is_usable());
        own.filter(|own| own.network.addr().is_ipv4() == target.is_ipv4())
    };
    let by = |found: Option<&crate::stack::Address>| found.map(|own| own.network.addr());
    wanted
        .filter(|wanted| usable().any(|own| own.network.addr() == *wanted))
        .or_else(|| by(usable().find(|own| own.network.contains(&target))))
        .or_else(|| by(usable().next()))
}

/// The source address of the packet in a frame.
fn source(frame: &[u8]) -> Option<IpAddr> {
    let packet = frame.get(Ethernet::LEN..)?;
    match ETHER_TYPE.read(frame)? {
        EtherType::IPV4 => ipv4::SOURCE.read(packet).map(IpAddr::V4),
        EtherType::IPV6 => ipv6::SOURCE.read(packet).map(IpAddr::V6),
        _ => None,
    }
}
