//! Packets from inside get the outside address, packets from outside the address of a host.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::readdress::{
    End, Flow, Message, Unfit, clamp, read, readdress, readdress_outer, readdress_quoted,
};
use super::table::{Inside, Refusal};
use super::tcp::State;
use super::{Nat, Protocol};
use crate::stack::{DropReason, Drops, InterfaceId};
use crate::time::Time;

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stack) enum Verdict {
    /// It is translated.
    Translated,
    /// It is nothing of a host inside.
    NotOurs,
    /// It needs a mapping that there is not: [`Nat::open`].
    Unmapped,
    /// It is dropped; its sender is to be told where a rule or a bound is why (RFC 5508 REQ-8).
    Refused(DropReason, bool),
    /// It is dropped for now: a SYN that waits (RFC 5382 REQ-4).
    Held,
}

impl From<Unfit> for Verdict {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Malformed => Self::Refused(DropReason::NatMalformed, false),
            Unfit::Protocol => Self::Refused(DropReason::NatProtocol, true),
        }
    }
}

impl Nat {
    /// Whether a packet from inside to the outside address leads inside again: there is a mapping at its destination.
    pub(in crate::stack) fn turns_back(&self, packet: &[u8]) -> bool {
        let end = match read(packet) {
            Ok(Message::Flow(flow)) if flow.asker != Some(End::Source) => (flow.protocol, flow.destination),
            Ok(Message::Error { quoted, .. }) => (quoted.protocol, quoted.source),
            _ => return false,
        };
        self.has_port(end.0, end.1.port())
    }

    /// Makes a packet from inside one from the outside address.
    pub(in crate::stack) fn outward(&mut self, now: Time, packet: &mut [u8], drops: &mut Drops) -> Verdict {
        let Some(address) = self.address else { return Verdict::Refused(DropReason::NatProtocol, true) };
        let flow = match read(packet) {
            Ok(Message::Flow(flow)) => flow,
            Ok(Message::Error { quoted, at }) => return self.error_outward(packet, quoted, at, address),
            Err(unfit) => return unfit.into(),
        };
        // Nobody outside can have asked.
        if flow.asker == Some(End::Destination) {
            return Verdict::Refused(DropReason::NatFiltered, false);
        }
        let inside = Inside { protocol: flow.protocol, address: flow.source };
        let Some(port) = self.entries.get(&inside).map(|entry| entry.port) else {
            // The end of something that there is no more is no beginning.
            let ends = flow.flags.rst || (flow.flags.fin && !flow.flags.syn);
            return if ends { Verdict::Refused(DropReason::NatFiltered, false) } else { Verdict::Unmapped };
        };
        let key = (inside, flow.destination);
        if self.use_session(now, key, &flow, true, drops).is_err() {
            return Verdict::Refused(DropReason::NatFull, true);
        }
        if flow.flags.opens() {
            self.held.cross(flow.destination, port);
        }
        finish(readdress(packet, End::Source, SocketAddrV4::new(address, port)))
    }

    /// Makes a mapping for a packet from inside; `is_free` says which ports the router itself does not use.
    pub(in crate::stack) fn open(
        &mut self,
        packet: &[u8],
        is_free: impl Fn(Protocol, u16) -> bool,
        drops: &mut Drops,
    ) -> Result<(), Refusal> {
        let Ok(Message::Flow(flow)) = read(packet) else { return Ok(()) };
        // No mapping without a session.
        self.make_room(*flow.source.ip(), true, drops)?;
        let inside = Inside { protocol: flow.protocol, address: flow.source };
        let port = self.choose(inside, |port| is_free(flow.protocol, port))?;
        self.insert(inside, port, false);
        Ok(())
    }

    /// Makes a packet to the outside address one to a host inside.
    pub(in crate::stack) fn inward(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: &mut [u8],
        drops: &mut Drops,
    ) -> Verdict {
        let flow = match read(packet) {
            Ok(Message::Flow(flow)) => flow,
            Ok(Message::Error { quoted, at }) => return self.error_inward(packet, quoted, at),
            // It may be for the router, which has its own opinion.
            Err(_) => return Verdict::NotOurs,
        };
        let mapped = self.by_port.get(&(flow.protocol, flow.destination.port())).copied();
        let Some(inside) = mapped.filter(|_| flow.asker != Some(End::Source)) else {
            return Verdict::NotOurs;
        };
        let key = (inside, flow.source);
        let is_known = self.sessions.contains_key(&key);
        if !is_known && !self.lets_in(inside, flow.source) {
            if flow.flags.opens() {
                return self.hold(now, interface, packet);
            }
            return Verdict::Refused(DropReason::NatFiltered, false);
        }
        // What begins outside needs a session where it has a state; only a SYN begins anything.
        let begins = flow.protocol == Protocol::Tcp && !is_known;
        if begins && !flow.flags.opens() {
            return Verdict::Refused(DropReason::NatFiltered, false);
        }
        if (is_known || begins) && self.use_session(now, key, &flow, false, drops).is_err() {
            return Verdict::Refused(DropReason::NatFull, false);
        }
        finish(readdress(packet, End::Destination, inside.address))
    }

    /// Nothing is said to a SYN for now.
    pub(in crate::stack) fn hold(&mut self, now: Time, interface: InterfaceId, packet: &[u8]) -> Verdict {
        let Ok(Message::Flow(flow)) = read(packet) else { return Verdict::NotOurs };
        if !flow.flags.opens() {
            return Verdict::NotOurs;
        }
        if self.held.hold(now, interface, flow.source, flow.destination.port(), packet) {
            Verdict::Held
        } else {
            Verdict::Refused(DropReason::NatUnsolicited, false)
        }
    }

    /// The next SYN about which something is to be said by now.
    pub(in crate::stack) fn take_unsolicited(&mut self, now: Time) -> Option<super::held::Syn> {
        self.held.expire(now)
    }

    /// Uses a session, or begins it. UDP and ICMP last longer by what goes out alone (RFC 4787 REQ-6).
    fn use_session(
        &mut self,
        now: Time,
        key: super::Key,
        flow: &Flow,
        outward: bool,
        drops: &mut Drops,
    ) -> Result<(), Refusal> {
        let is_tcp = flow.protocol == Protocol::Tcp;
        let Some(state) = self.sessions.get(&key).map(|session| session.state) else {
            self.make_room(*key.0.address.ip(), outward, drops)?;
            self.begin(now, key, is_tcp.then(|| State::first(flow.flags, outward)), outward);
            return Ok(());
        };
        self.answer(key, outward);
        if is_tcp || outward {
            self.refresh(now, key, state.map(|state| state.next(flow.flags, outward)), !flow.flags.rst);
        }
        Ok(())
    }

    /// An error about a packet to a host inside, on its way out: RFC 5508 REQ-5. Nothing ends or lasts longer by it (REQ-6).
    fn error_outward(&self, packet: &mut [u8], quoted: Flow, at: usize, address: Ipv4Addr) -> Verdict {
        let inside = Inside { protocol: quoted.protocol, address: quoted.destination };
        let to = crate::wire::ipv4::DESTINATION.read(packet);
        let mapped = self.entries.get(&inside).filter(|_| to == Some(*quoted.source.ip()));
        let Some(entry) = mapped else { return Verdict::Refused(DropReason::NatError, false) };
        let end = SocketAddrV4::new(address, entry.port);
        let done = readdress_quoted(packet, at, End::Destination, end);
        finish(done.and_then(|()| readdress_outer(packet, End::Source, address)))
    }

    /// An error about a packet from a host inside: RFC 5508 REQ-4. It has to be about a session; who sends it does not matter (RFC 4787 REQ-12a).
    fn error_inward(&self, packet: &mut [u8], quoted: Flow, at: usize) -> Verdict {
        let mapped = self.by_port.get(&(quoted.protocol, quoted.source.port())).copied();
        let Some(inside) = mapped.filter(|_| Some(*quoted.source.ip()) == self.address) else {
            return Verdict::NotOurs;
        };
        if !self.sessions.contains_key(&(inside, quoted.destination)) {
            return Verdict::Refused(DropReason::NatError, false);
        }
        let done = readdress_quoted(packet, at, End::Source, inside.address);
        finish(done.and_then(|()| readdress_outer(packet, End::Destination, *inside.address.ip())))
    }

    /// Makes of a translated packet what it was before, for the error that quotes it; `inbound` says that it was on its way to a host inside. Whether
    /// it was translated.
    pub(in crate::stack) fn restore(&self, packet: &mut [u8], inbound: bool) -> bool {
        let (Ok(Message::Flow(flow)), Some(address)) = (read(packet), self.address) else { return false };
        let to = Inside { protocol: flow.protocol, address: flow.destination };
        let entry = self.entries.get(&to).filter(|_| inbound && flow.asker != Some(End::Source));
        let to = entry.map(|entry| SocketAddrV4::new(address, entry.port));
        let from = self.by_port.get(&(flow.protocol, flow.source.port()));
        let from = from.filter(|_| *flow.source.ip() == address && flow.asker != Some(End::Destination));
        let ends = [(End::Destination, to), (End::Source, from.map(|inside| inside.address))];
        let mut restored = false;
        for (end, known) in ends.into_iter().filter_map(|(end, known)| Some((end, known?))) {
            restored |= readdress(packet, end, known).is_some();
        }
        restored
    }

    /// Lowers the segments that a SYN asks for to what a link carries, if that is wanted.
    pub(in crate::stack) fn clamp(&self, packet: &mut [u8], mtu: u32) {
        if let Ok(Message::Flow(flow)) = read(packet)
            && self.config.clamp_mss
            && flow.flags.syn
        {
            // Less the headers without options (RFC 9293 section 3.7.1).
            clamp(packet, u16::try_from(mtu.saturating_sub(40)).unwrap_or(u16::MAX));
        }
    }
}

/// A packet that was read is one that can be written.
fn finish(done: Option<()>) -> Verdict {
    done.map_or(Verdict::Refused(DropReason::NatMalformed, false), |()| Verdict::Translated)
}
