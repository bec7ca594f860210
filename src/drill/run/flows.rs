//! Which conversation a packet belongs to.

use std::net::SocketAddr;

use super::{End, Run};
use crate::drill::flow::Flow;
use crate::drill::packet;
use crate::drill::script::{Body, Echoed, Number, Packet, Ports, Protocol};
use crate::mistake::Mistake;
use crate::stack::Kind;

impl Run<'_, '_> {
    /// Looks at what went over the line since the last time: the host may have begun something.
    pub(super) fn notice(&mut self) {
        while let Some(crossing) = self.world.crossings.get(self.noticed) {
            self.noticed = self.noticed.saturating_add(1);
            let sent = crossing.sent.is_some();
            let Some(seen) = packet::observe(&crossing.bytes, sent) else { continue };
            if seen.protocol == Protocol::Icmp {
                continue;
            }
            let known = self.flows.iter().position(|flow| flow.is(seen.protocol, seen.local, seen.remote));
            let begins = seen.begins();
            match known {
                Some(index) => {
                    if let Some(flow) = self.flows.get_mut(index) {
                        // The host opens again between the same ports.
                        flow.renewed |= begins && sent && flow.opened && !seen.acknowledges();
                        flow.opened |= !begins;
                    }
                }
                None if sent => {
                    self.flows.push(Flow::new(seen.protocol, seen.local, seen.remote));
                    self.name(self.flows.len().saturating_sub(1));
                }
                None => {}
            }
        }
    }

    /// The ports of a packet, the host's and the peer's, if the script names them.
    pub(super) fn named(&self, ports: Option<&Ports>, sent: bool) -> Result<Option<(u16, u16)>, End> {
        let Some(ports) = ports else { return Ok(None) };
        let port = |number: &Number| {
            let value = self.scope.number(number)?;
            u16::try_from(value)
                .map_err(|_| Mistake::new(number.span.clone(), format!("{value} is no port")).into())
        };
        let (source, destination): (u16, u16) = match (port(&ports.source), port(&ports.destination)) {
            (Ok(source), Ok(destination)) => (source, destination),
            (Err(end), _) | (_, Err(end)) => return Err(end),
        };
        Ok(Some(if sent { (source, destination) } else { (destination, source) }))
    }

    /// The flow that a packet of the script belongs to.
    pub(super) fn flow_of(&mut self, packet: &Packet, sent: bool) -> Result<Option<usize>, End> {
        let (protocol, ports) = match &packet.body {
            Body::Tcp(tcp) => (Protocol::Tcp, tcp.ports.as_ref()),
            Body::Udp { ports, .. } => (Protocol::Udp, ports.as_ref()),
            Body::Icmp(icmp) => match &icmp.echoed {
                Some(Echoed::Udp { .. }) => (Protocol::Udp, None),
                _ => (Protocol::Tcp, None),
            },
        };
        if let Some(names) = self.named(ports, sent)? {
            let by_name = |flow: &Flow| flow.protocol == protocol && flow.ports() == names;
            if let Some(index) = self.flows.iter().rposition(by_name) {
                self.name(index);
                return Ok(Some(index));
            }
            // The host chose its port: the youngest flow that has no name yet, to that port of the peer.
            let unnamed = |flow: &Flow| {
                flow.protocol == protocol && flow.names.is_none() && flow.remote.port() == names.1 && sent
            };
            if let Some(index) = self.flows.iter().rposition(unnamed)
                && let Some(flow) = self.flows.get_mut(index)
            {
                flow.names = Some(names);
                self.name(index);
                return Ok(Some(index));
            }
            if sent {
                return Ok(None);
            }
            return Ok(Some(self.begin(protocol, names.0, names.1)));
        }
        let begins = matches!(&packet.body, Body::Tcp(tcp) if tcp.flags.syn && !tcp.flags.ack) && !sent;
        let current = self.current(protocol).filter(|index| {
            let flow = self.flows.get(*index);
            flow.is_some_and(|flow| !(begins && self.is_over(flow)))
        });
        if current.is_some() || sent {
            return Ok(current);
        }
        let kind = if protocol == Protocol::Tcp { Kind::Stream } else { Kind::Datagram };
        let latest = self.posix.latest(&self.world, kind);
        let local = latest.as_ref().map_or(self.settings.bind_port, |latest| latest.local.port());
        let remote = latest.and_then(|latest| latest.remote).map(|remote| remote.port());
        let remote = remote.filter(|_| !begins).unwrap_or_else(|| {
            let taken = |port| self.flows.iter().any(|flow| flow.remote.port() == port);
            self.next_port = (1024..=u16::MAX)
                .cycle()
                .skip(usize::from(self.next_port.saturating_sub(1023)))
                .take(1 << 16)
                .find(|port| !taken(*port))
                .unwrap_or(1024);
            self.next_port
        });
        Ok(Some(self.begin(protocol, local, remote)))
    }

    pub(super) fn begin(&mut self, protocol: Protocol, local: u16, remote: u16) -> usize {
        let local = SocketAddr::new(self.settings.local(), local);
        let remote = SocketAddr::new(self.settings.remote(), remote);
        let known = self.flows.iter().position(|flow| flow.is(protocol, local, remote));
        let index = known.unwrap_or(self.flows.len());
        if known.is_none() {
            let mut flow = Flow::new(protocol, local, remote);
            flow.names = Some((local.port(), remote.port()));
            self.flows.push(flow);
        }
        self.name(index);
        index
    }

    /// A flow was begun or named: packets of its protocol that say no ports are of it from here on.
    fn name(&mut self, index: usize) {
        self.named.retain(|known| *known != index);
        self.named.push(index);
    }

    /// The flow of a protocol that was begun or named last.
    pub(super) fn current(&self, protocol: Protocol) -> Option<usize> {
        let of_protocol =
            |index: &&usize| self.flows.get(**index).is_some_and(|flow| flow.protocol == protocol);
        self.named.iter().rev().find(of_protocol).copied()
    }

    /// An application has had this connection and has closed it, or it is no longer there: a SYN without ports is that of another one.
    pub(super) fn is_over(&self, flow: &Flow) -> bool {
        let described = self.posix.sockets().any(|id| {
            let stack = &self.world.stack;
            stack.peer_address(id).ok() == Some(flow.remote)
                && stack.local_address(id).ok().flatten() == Some(flow.local)
        });
        (flow.described && !described)
            || (flow.opened && self.world.stack.tcp_info_between(flow.local, flow.remote).is_none())
    }

    /// Takes down which flows applications have descriptors for.
    pub(super) fn describe(&mut self) {
        for id in self.posix.sockets() {
            let stack = &self.world.stack;
            let (Ok(Some(local)), Ok(remote)) = (stack.local_address(id), stack.peer_address(id)) else {
                continue;
            };
            for flow in self.flows.iter_mut().filter(|flow| flow.local == local && flow.remote == remote) {
                flow.described = true;
            }
        }
    }
}
