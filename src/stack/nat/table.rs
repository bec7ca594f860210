//! Mappings and sessions: how they begin, how long they last, and what gives way.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use super::tcp::State;
use super::{Config, Filtering, Forward, Nat, Protocol};
use crate::stack::secret::Purpose;
use crate::stack::{DropReason, Drops, Errno};
use crate::time::Time;

/// An address and port inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::stack) struct Inside {
    pub protocol: Protocol,
    pub address: SocketAddrV4,
}

/// A session: who inside talks to whom outside.
pub(super) type Key = (Inside, SocketAddrV4);

/// What is known of a mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub port: u16,
    pub sessions: usize,
    pub forwarded: bool,
}

/// What is known of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub state: Option<State>,
    pub answered: bool,
    pub until: Time,
    /// When it is looked at.
    armed: Time,
    /// It began inside.
    outward: bool,
    number: u64,
}

/// What an inside host has of the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Share {
    sessions: usize,
    inbound: usize,
    /// Those that nobody has answered: from outside first, the oldest first.
    weak: BTreeSet<(bool, u64, Key)>,
}

impl Share {
    /// Its place among the hosts: those with the most that can give way are last, and of equal ones the one whose oldest is older. `None` if nothing
    /// can.
    fn rank(&self, host: Ipv4Addr) -> Option<Rank> {
        self.weak.first().map(|(_, number, _)| (self.weak.len(), Reverse(*number), host))
    }
}

/// Sessions that nobody has answered, the oldest of them, and whose they are.
pub(super) type Rank = (usize, Reverse<u64>, Ipv4Addr);

/// Why a packet has no mapping, or no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stack) enum Refusal {
    /// The table is full, or the host has its share of it.
    Full,
    /// No port is left that would do.
    Ports,
}

impl Refusal {
    pub(in crate::stack) const fn reason(self) -> DropReason {
        match self {
            Self::Full => DropReason::NatFull,
            Self::Ports => DropReason::NatPorts,
        }
    }
}

/// Ports of services (RFC 6335 section 6), which stay among themselves (RFC 4787 REQ-3a).
const SERVICES: (u16, u16) = (1, 1023);
const OTHERS: (u16, u16) = (1024, 65_535);
const IDENTIFIERS: (u16, u16) = (0, 65_535);
/// Ports that are tried before it is given up, of either parity: all of the services, a good part of the others.
const TRIES: u32 = 1024;

impl Nat {
    /// Follows the address of the outside interface: with another one everything begins anew, but for the ports that were forwarded. Without one, as
    /// while a link that was down has its address asked for, it waits.
    pub(in crate::stack) fn set_address(&mut self, address: Option<Ipv4Addr>) {
        self.address = address;
        let Some(address) = address else { return };
        if self.known_as.replace(address).is_none_or(|before| before == address) {
            return;
        }
        let keys: Vec<Key> = self.sessions.keys().copied().collect();
        for key in keys {
            self.end(key);
        }
        self.held.clear();
    }

    /// Whether a port of the outside address is taken by a mapping.
    pub(in crate::stack) fn has_port(&self, protocol: Protocol, port: u16) -> bool {
        self.by_port.contains_key(&(protocol, port))
    }

    /// Forwards a port.
    pub(in crate::stack) fn add_forward(&mut self, forward: Forward) -> Result<(), Errno> {
        let Forward { protocol, port, inside } = forward;
        let ip = inside.ip();
        let nobody = ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() || ip.is_loopback();
        if protocol == Protocol::Icmp || port == 0 || inside.port() == 0 || nobody {
            return Err(Errno::EINVAL);
        }
        let inside = Inside { protocol, address: inside };
        if self.entries.contains_key(&inside) || self.has_port(protocol, port) {
            return Err(Errno::EADDRINUSE);
        }
        if self.entries.len() >= self.config.sessions {
            return Err(Errno::ENOBUFS);
        }
        self.insert(inside, port, true);
        Ok(())
    }

    /// Ends the forwarding of a port, and what goes on by it. Whether there was one.
    pub(in crate::stack) fn remove_forward(&mut self, protocol: Protocol, port: u16) -> bool {
        let found = self.by_port.get(&(protocol, port)).copied();
        let Some(inside) =
            found.filter(|inside| self.entries.get(inside).is_some_and(|entry| entry.forwarded))
        else {
            return false;
        };
        let keys: Vec<Key> = self.of(inside).map(|(key, _)| *key).collect();
        for key in keys {
            self.end(key);
        }
        self.entries.remove(&inside);
        self.by_port.remove(&(protocol, port));
        true
    }

    pub(super) fn insert(&mut self, inside: Inside, port: u16, forwarded: bool) {
        self.entries.insert(inside, Entry { port, sessions: 0, forwarded });
        self.by_port.insert((inside.protocol, port), inside);
    }

    /// The port for an address and port inside: the same, else one of the same class and parity (RFC 4787 REQ-3 and REQ-4) that nobody can guess
    /// (RFC 7857 section 10), else one of the other parity. Never one that is taken, be it by the router itself.
    pub(super) fn choose(&self, inside: Inside, is_free: impl Fn(u16) -> bool) -> Result<u16, Refusal> {
        let wanted = inside.address.port();
        let free = |port: u16| !self.has_port(inside.protocol, port) && is_free(port);
        let (first, last) = match (inside.protocol, wanted) {
            (Protocol::Icmp, _) => IDENTIFIERS,
            (_, 0..=1023) => SERVICES,
            _ => OTHERS,
        };
        if wanted >= first && free(wanted) {
            return Ok(wanted);
        }
        let row = [u64::from(inside.address.ip().to_bits()), u64::from(wanted), inside.protocol as u64];
        let number = self.secret.number(Purpose::Translation, &row);
        let begin = number as u32 % 65_536;
        let count = u32::from(last - first) + 1;
        // Steps that nobody can foresee, so that no row of ports that somebody takes is in the way; their half, 1 and on by 42, has no divisor in common with
        // half of the range, 32,256 or 32,768, so that each port of a parity comes once.
        let stride = if first == SERVICES.0 { 2 } else { 2 * (1 + 42 * ((number >> 32) as u32 % 768)) };
        let fits = |parity: u16| {
            (0..TRIES).find_map(|step| {
                let place = u32::from(first) + (begin + stride * step) % count;
                let port = (place as u16 & !1) | parity;
                ((first..=last).contains(&port) && free(port)).then_some(port)
            })
        };
        fits(wanted & 1).or_else(|| fits(wanted & 1 ^ 1)).ok_or(Refusal::Ports)
    }

    /// The sessions of a mapping.
    fn of(&self, inside: Inside) -> impl Iterator<Item = (&Key, &Session)> {
        let least = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let most = SocketAddrV4::new(Ipv4Addr::BROADCAST, u16::MAX);
        self.sessions.range((inside, least)..=(inside, most))
    }

    /// Whether somebody outside may send to a mapping: RFC 4787 REQ-8, RFC 5382 REQ-3.
    pub(super) fn lets_in(&self, inside: Inside, from: SocketAddrV4) -> bool {
        let forwarded = self.entries.get(&inside).is_some_and(|entry| entry.forwarded);
        forwarded
            || match self.config.filtering {
                Filtering::Endpoint => true,
                Filtering::Address => {
                    let [least, most] =
                        [0, u16::MAX].map(|port| (inside, SocketAddrV4::new(*from.ip(), port)));
                    self.sessions.range(least..=most).next().is_some()
                }
                Filtering::AddressAndPort => self.sessions.contains_key(&(inside, from)),
            }
    }

    /// Makes room for a session of a host; what gives way is counted. A host with its whole share makes it among its own, and so does what begins
    /// outside; a table that is full, at the host of which most can give way.
    pub(super) fn make_room(
        &mut self,
        host: Ipv4Addr,
        outward: bool,
        drops: &mut Drops,
    ) -> Result<(), Refusal> {
        let config = &self.config;
        let share = self.hosts.get(&host);
        let (all, inbound) = share.map_or((0, 0), |share| (share.sessions, share.inbound));
        let has_its_share =
            all >= config.sessions_per_host || (!outward && inbound >= config.inbound_per_host);
        if !has_its_share && self.sessions.len() < config.sessions {
            return Ok(());
        }
        let own = share.filter(|_| has_its_share || !outward);
        let largest = self.ranks.last().and_then(|(.., host)| self.hosts.get(host));
        let of = own.or(largest.filter(|_| outward && !has_its_share));
        let weakest =
            of.and_then(|share| share.weak.first()).filter(|(from_inside, ..)| outward || !from_inside);
        let key = weakest.map(|(_, _, key)| *key).ok_or(Refusal::Full)?;
        self.end(key);
        drops.count(DropReason::NatEvicted);
        Ok(())
    }

    /// A new session of a mapping that there is.
    pub(super) fn begin(&mut self, now: Time, key: Key, state: Option<State>, outward: bool) {
        self.count = self.count.wrapping_add(1);
        let until = now + self.life(key, state);
        let session = Session { state, answered: false, until, armed: until, outward, number: self.count };
        self.sessions.insert(key, session);
        self.due.insert((until, key));
        if let Some(entry) = self.entries.get_mut(&key.0) {
            entry.sessions = entry.sessions.saturating_add(1);
        }
        let number = session.number;
        self.weigh(*key.0.address.ip(), |share| {
            share.sessions = share.sessions.saturating_add(1);
            share.inbound = share.inbound.saturating_add(usize::from(!outward));
            share.weak.insert((outward, number, key));
        });
    }

    /// Changes the share of a host, and with it its place among the others.
    fn weigh(&mut self, host: Ipv4Addr, change: impl FnOnce(&mut Share)) {
        let share = self.hosts.entry(host).or_default();
        let before = share.rank(host);
        change(share);
        let after = share.rank(host);
        if share.sessions == 0 {
            self.hosts.remove(&host);
        }
        if before != after {
            before.map(|rank| self.ranks.remove(&rank));
            self.ranks.extend(after);
        }
    }

    /// A session is used: it lasts longer from now on, or shorter if its state says so. What only ends something (a reset: RFC 7857 section 8) does not
    /// make it last longer.
    pub(super) fn refresh(&mut self, now: Time, key: Key, state: Option<State>, longer: bool) {
        let until = now + self.life(key, state);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let until = if longer { until } else { until.min(session.until) };
        (session.state, session.until) = (state, until);
        // It is looked at when it was to be; only an earlier end has to be noted.
        if until < session.armed {
            self.due.remove(&(session.armed, key));
            session.armed = until;
            self.due.insert((until, key));
        }
    }

    /// Something has gone this way: what began the other way is answered by it.
    pub(super) fn answer(&mut self, key: Key, outward: bool) {
        let other = self.sessions.get_mut(&key).filter(|session| session.outward != outward);
        let Some(session) = other else { return };
        if !core::mem::replace(&mut session.answered, true) {
            let weak = (session.outward, session.number, key);
            self.weigh(*key.0.address.ip(), |share| {
                share.weak.remove(&weak);
            });
        }
    }

    /// Ends a session, and its mapping if that was the last of it.
    fn end(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.due.remove(&(session.armed, key));
        self.weigh(*key.0.address.ip(), |share| {
            share.sessions = share.sessions.saturating_sub(1);
            share.inbound = share.inbound.saturating_sub(usize::from(!session.outward));
            share.weak.remove(&(session.outward, session.number, key));
        });
        let Some(entry) = self.entries.get_mut(&key.0) else { return };
        entry.sessions = entry.sessions.saturating_sub(1);
        if entry.sessions == 0 && !entry.forwarded {
            let port = entry.port;
            self.entries.remove(&key.0);
            self.by_port.remove(&(key.0.protocol, port));
        }
    }

    const fn life(&self, key: Key, state: Option<State>) -> Duration {
        let Config { udp, icmp, tcp_established, tcp_opening, tcp_closing, .. } = self.config;
        match (key.0.protocol, state) {
            (Protocol::Udp, _) => udp,
            (Protocol::Icmp, _) => icmp,
            (Protocol::Tcp, Some(State::Opening { .. }) | None) => tcp_opening,
            (Protocol::Tcp, Some(State::Established | State::HalfClosed { .. })) => tcp_established,
            (Protocol::Tcp, Some(State::Closed | State::Transitory)) => tcp_closing,
        }
    }

    /// When a session has to be looked at, or something said about a SYN.
    pub(in crate::stack) fn deadline(&self) -> Option<Time> {
        let session = self.due.first().map(|(at, _)| *at).filter(|at| *at < Time::NEVER);
        session.into_iter().chain(self.held.deadline()).min()
    }

    /// Ends the sessions whose time is over.
    pub(in crate::stack) fn expire(&mut self, now: Time) {
        while let Some((at, key)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            let later = self.sessions.get_mut(&key).filter(|session| session.until > now);
            if let Some(session) = later {
                session.armed = session.until;
                self.due.remove(&(at, key));
                self.due.insert((session.until, key));
            } else {
                self.end(key);
                self.due.remove(&(at, key));
            }
        }
    }
}
