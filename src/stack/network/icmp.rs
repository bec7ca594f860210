//! ICMP, in: RFC 792 and RFC 1122 section 3.2.2, RFC 4443.
//!
//! Echo requests are answered, neighbour discovery goes to its floor, errors and echo replies go up to whoever they are about.
//! `error` is the way out, `redirect` both ways of telling of a better route.

mod error;
mod limit;
mod redirect;

pub(super) use error::About;
pub(super) use limit::Limit;

use alloc::borrow::Cow;
use core::net::{IpAddr, Ipv6Addr};

use super::datagram::behind;
use super::path_mtu::plateau;
use super::{Arrival, Cast, Datagram, Envelope, ErrorKind, IcmpError, Network, Outgoing};
use crate::checksum::Sum;
use crate::names::{Icmpv4Type, Icmpv6Type, IpProtocol};
use crate::stack::{DropReason, Reason};
use crate::time::Time;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::fragment;

/// Type, code, checksum, and the word behind them.
const HEADER: usize = 8;

impl Network {
    pub(super) fn receive_icmpv4<'f>(&mut self, now: Time, datagram: Datagram<'f>) -> Option<Arrival<'f>> {
        let message = datagram.payload();
        if message.len() < HEADER || Sum::of(message).fold() != 0xffff {
            return self.refuse(DropReason::IcmpMalformed);
        }
        let icmp = Icmpv4::view(message).ok()?;
        let kind = match (icmp.message_type(), icmp.code()) {
            (Icmpv4Type::ECHO_REQUEST, _) if datagram.cast == Cast::Unicast => {
                return self.answer(now, &datagram);
            }
            // RFC 1122 section 3.2.2.6 allows silence, and whoever asks all wants to flood one (RFC 2644).
            (Icmpv4Type::ECHO_REQUEST, _) => return self.refuse(DropReason::IcmpToGroup),
            (Icmpv4Type::ECHO_REPLY, _) => return echo_reply(datagram),
            (Icmpv4Type::REDIRECT, _) => return self.receive_redirect(now, &datagram),
            (Icmpv4Type::DESTINATION_UNREACHABLE, code) => match code {
                0 | 6 | 11 => ErrorKind::Net,
                2 => ErrorKind::Protocol,
                3 => ErrorKind::Port,
                4 => ErrorKind::TooBig { mtu: u32::from(icmp.mtu().unwrap_or(0)) },
                9 | 10 | 13 => ErrorKind::Prohibited,
                _ => ErrorKind::Host,
            },
            (Icmpv4Type::TIME_EXCEEDED, 1) => ErrorKind::ReassemblyTime,
            (Icmpv4Type::TIME_EXCEEDED, _) => ErrorKind::HopLimit,
            (Icmpv4Type::PARAMETER_PROBLEM, code) => {
                ErrorKind::Parameter { code, pointer: u32::from(icmp.pointer().unwrap_or(0)) }
            }
            _ => return self.refuse(DropReason::IcmpUnknown),
        };
        self.receive_error(datagram, kind)
    }

    pub(super) fn receive_icmpv6<'f>(&mut self, now: Time, datagram: Datagram<'f>) -> Option<Arrival<'f>> {
        let message = datagram.payload();
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let sum = datagram.envelope.pseudo()?.sum(IpProtocol::ICMPV6.0, length).bytes(message);
        if message.len() < HEADER || sum.fold() != 0xffff {
            return self.refuse(DropReason::IcmpMalformed);
        }
        let icmp = Icmpv6::view(message).ok()?;
        let kind = match (icmp.message_type(), icmp.code()) {
            (Icmpv6Type::ECHO_REQUEST, _) => return self.answer(now, &datagram),
            (Icmpv6Type::ECHO_REPLY, _) => return echo_reply(datagram),
            (Icmpv6Type(133..=137), _) => return self.receive_discovery(now, &datagram),
            (Icmpv6Type::DESTINATION_UNREACHABLE, code) => match code {
                0 => ErrorKind::Net,
                1 | 5 | 6 => ErrorKind::Prohibited,
                4 => ErrorKind::Port,
                _ => ErrorKind::Host,
            },
            (Icmpv6Type::PACKET_TOO_BIG, _) => ErrorKind::TooBig { mtu: icmp.mtu().unwrap_or(0) },
            (Icmpv6Type::TIME_EXCEEDED, 1) => ErrorKind::ReassemblyTime,
            (Icmpv6Type::TIME_EXCEEDED, _) => ErrorKind::HopLimit,
            (Icmpv6Type::PARAMETER_PROBLEM, 1) => ErrorKind::Protocol,
            (Icmpv6Type::PARAMETER_PROBLEM, code) => {
                ErrorKind::Parameter { code, pointer: icmp.pointer().unwrap_or(0) }
            }
            _ => return self.refuse(DropReason::IcmpUnknown),
        };
        self.receive_error(datagram, kind)
    }

    /// Echoes a request: from where it went, or from an address of the interface if that was a group (RFC 4443 section 4.2).
    fn answer<T>(&mut self, now: Time, request: &Datagram<'_>) -> Option<T> {
        let Envelope { source: from, destination: to, traffic_class, .. } = request.envelope;
        if from.is_unspecified() {
            return self.refuse(DropReason::IpSource);
        }
        let source = (request.cast == Cast::Unicast).then_some(to);
        let interface = Some(request.interface).filter(|_| is_of_link(from));
        let Ok(path) = self.path(now, from, source, interface) else {
            return self.refuse(DropReason::NoRoute);
        };
        let message = request.payload();
        // Identifier, sequence number and data come back as they are.
        let tail = message.get(4..).unwrap_or(&[]);
        let because = Reason::EchoReply { sequence: sequence(message) };
        let outgoing = |protocol| Outgoing { traffic_class, ..Outgoing::new(path, from, protocol) };
        let sent = match from {
            IpAddr::V4(_) => {
                let reply = Icmpv4::new(Icmpv4Type::ECHO_REPLY, 0) / tail;
                self.send(now, &outgoing(IpProtocol::ICMPV4), &reply, because)
            }
            IpAddr::V6(_) => {
                let reply = Icmpv6::new(Icmpv6Type::ECHO_REPLY, 0) / tail;
                self.send(now, &outgoing(IpProtocol::ICMPV6), &reply, because)
            }
        };
        self.note(sent);
        None
    }

    /// An error goes up if the packet that it quotes can be one of ours.
    fn receive_error<'f>(&mut self, datagram: Datagram<'f>, kind: ErrorKind) -> Option<Arrival<'f>> {
        let (interface, reporter) = (datagram.interface, datagram.envelope.source);
        let quote = datagram.into_payload(HEADER);
        let found = quoted(&quote).filter(|(envelope, ..)| envelope.source.is_ipv4() == reporter.is_ipv4());
        let Some((envelope, total, at)) = found else { return self.refuse(DropReason::IcmpMalformed) };
        let ours = self.is_ours(interface, envelope.source);
        if !ours
            || envelope.destination.is_multicast()
            || (interface != Self::LOOPBACK && envelope.source == envelope.destination)
        {
            return self.refuse(DropReason::IcmpUnknown);
        }
        let kind = match kind {
            // RFC 1191 section 5: routers of old do not say it.
            ErrorKind::TooBig { mtu: 0 } if reporter.is_ipv4() => ErrorKind::TooBig { mtu: plateau(total) },
            kind => kind,
        };
        let transport = behind(quote, at..);
        Some(Arrival::Error(IcmpError { kind, reporter, envelope, transport }))
    }

    /// Neighbour discovery goes to the neighbour floor, which checks it, and says what routers have said.
    fn receive_discovery<T>(&mut self, now: Time, datagram: &Datagram<'_>) -> Option<T> {
        let (IpAddr::V6(source), IpAddr::V6(destination)) =
            (datagram.envelope.source, datagram.envelope.destination)
        else {
            return None;
        };
        // RFC 6980 section 5.
        if matches!(datagram.packet, Cow::Owned(_)) {
            return self.refuse(DropReason::NdpMalformed);
        }
        let (interface, limit) = (datagram.interface, datagram.envelope.hop_limit);
        let (on, out) = (&mut self.interfaces, &mut self.out);
        let learned =
            self.neighbours.on_ndp(now, on, interface, (source, destination), limit, datagram.payload(), out);
        self.learn(now, interface, learned);
        None
    }
}

/// An answer to an echo request goes up.
fn echo_reply(datagram: Datagram<'_>) -> Option<Arrival<'_>> {
    let envelope = datagram.envelope;
    let identifier = match datagram.payload() {
        [_, _, _, _, a, b, ..] => u16::from_be_bytes([*a, *b]),
        _ => return None,
    };
    let sequence = sequence(datagram.payload());
    let data = datagram.into_payload(HEADER);
    Some(Arrival::EchoReply { envelope, identifier, sequence, data })
}

/// The sequence number of an echo message.
fn sequence(message: &[u8]) -> u16 {
    message.get(6..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_be_bytes(*bytes))
}

/// Whether an address has to do with one link alone.
pub(super) fn is_of_link(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local() || is_link_group(v6))
}

const fn is_link_group(address: Ipv6Addr) -> bool {
    address.is_multicast() && address.octets()[1] & 0x0f == 2
}

/// What a quoted packet says of itself, how long it was, and where its transport header stands, of which 8 bytes are there.
pub(super) fn quoted(packet: &[u8]) -> Option<(Envelope, u32, usize)> {
    let (envelope, total, at) = match packet.first()? >> 4 {
        4 => {
            let ip = Ipv4::view(packet).ok().filter(|ip| ip.ihl() >= 5 && ip.fragment_offset() == 0)?;
            let envelope = Envelope {
                source: ip.source().into(),
                destination: ip.destination().into(),
                protocol: ip.protocol(),
                hop_limit: ip.ttl(),
                traffic_class: ip.tos(),
            };
            (envelope, u32::from(ip.total_length()), usize::from(ip.ihl()) << 2)
        }
        6 => {
            let ip = Ipv6::view(packet).ok()?;
            let (protocol, at) = quoted_transport(packet)?;
            let envelope = Envelope {
                source: ip.source().into(),
                destination: ip.destination().into(),
                protocol,
                hop_limit: ip.hop_limit(),
                traffic_class: ip.traffic_class(),
            };
            (envelope, u32::from(ip.payload_length()).saturating_add(40), at)
        }
        _ => return None,
    };
    (packet.len() >= at.saturating_add(8)).then_some((envelope, total, at))
}

/// Behind the extension headers of a quoted IPv6 packet; of fragments, only the first leads anywhere.
fn quoted_transport(packet: &[u8]) -> Option<(IpProtocol, usize)> {
    let (mut next, mut at) = (IpProtocol(*packet.get(6)?), Ipv6::LEN);
    loop {
        let header = packet.get(at..)?;
        let length = match next {
            IpProtocol::HOP_BY_HOP | IpProtocol::DESTINATION_OPTIONS | IpProtocol::ROUTING => {
                (usize::from(*header.get(1)?) << 3).saturating_add(8)
            }
            IpProtocol::FRAGMENT if fragment::OFFSET.read(header) == Some(0) => 8,
            IpProtocol::FRAGMENT => return None,
            _ => return Some((next, at)),
        };
        (next, at) = (IpProtocol(*header.first()?), at.saturating_add(length));
    }
}
