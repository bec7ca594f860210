//! ICMP errors, out: RFC 1122 section 3.2.2, RFC 1812 section 4.3, RFC 4443 section 2.4.

use core::net::IpAddr;

use super::{HEADER, is_of_link, quoted};
use crate::field::Builder;
use crate::names::{Icmpv6Type, IpProtocol};
use crate::stack::network::address::is_never_a_source;
use crate::stack::network::{Cast, Datagram, ErrorKind, Network, Outgoing};
use crate::stack::{DropReason, InterfaceId, Reason};
use crate::time::Time;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::fragment;
use crate::wire::udp;

/// What an error is about.
#[derive(Clone, Copy, Debug)]
pub(in crate::stack::network) struct About<'a> {
    /// The interface that it came by.
    pub interface: InterfaceId,
    /// The packet, as it came.
    pub packet: &'a [u8],
    /// Whom it was for, the frame included.
    pub cast: Cast,
}

/// Longest IPv4 packet with an error in it: every host can take that (RFC 1812 section 4.3.2.3).
pub(super) const LONGEST_IPV4: usize = 576;
/// Longest IPv6 packet with an error in it (RFC 4443 section 2.4 (c)).
pub(super) const LONGEST_IPV6: usize = 1280;
/// Precedence of errors over IPv4: internetwork control (RFC 1812 section 4.3.2.5).
pub(super) const PRECEDENCE: u8 = 0xc0;

impl Network {
    /// Tells the sender of a datagram what is wrong with it: nobody listens on the port, nothing here speaks the protocol.
    pub fn error(&mut self, now: Time, about: &Datagram<'_>, kind: ErrorKind) {
        let kind = match kind {
            // ICMPv6 has no error for a protocol: the number is a parameter that is not understood (RFC 8200 section 4).
            ErrorKind::Protocol if about.envelope.source.is_ipv6() => {
                ErrorKind::Parameter { code: 1, pointer: u32::try_from(about.protocol_at).unwrap_or(0) }
            }
            kind => kind,
        };
        let about = About { interface: about.interface, packet: &about.packet, cast: about.cast };
        self.send_error(now, about, kind);
    }

    /// Sends an error, if one may be sent about such a packet, and not too many were.
    pub(in crate::stack::network) fn send_error(&mut self, now: Time, about: About<'_>, kind: ErrorKind) {
        let Some((offender, destination)) = deserves(&about, kind) else { return };
        // From where the packet went, if that is here.
        let source = Some(destination).filter(|address| self.is_ours(about.interface, *address));
        let interface = Some(about.interface).filter(|_| is_of_link(offender));
        let Ok(path) = self.path(now, offender, source, interface) else {
            return self.count(DropReason::NoRoute);
        };
        let each = !matches!(kind, ErrorKind::TooBig { .. });
        if !self.limit.allows(&self.config, now, offender, each) {
            return self.count(DropReason::IcmpLimited);
        }
        let why = reason(kind, about.packet, offender, destination);
        let room = match offender {
            IpAddr::V4(_) => LONGEST_IPV4.min(path.mtu as usize).saturating_sub(Ipv4::LEN + HEADER),
            IpAddr::V6(_) => LONGEST_IPV6.saturating_sub(Ipv6::LEN + HEADER),
        };
        let quote = about.packet.get(..room).unwrap_or(about.packet);
        let sent = match offender {
            IpAddr::V4(_) => {
                let what = Outgoing::new(path, offender, IpProtocol::ICMPV4);
                let what = Outgoing { traffic_class: PRECEDENCE, ..what };
                self.send(now, &what, &(icmpv4(kind) / quote), why)
            }
            IpAddr::V6(_) => {
                let what = Outgoing::new(path, offender, IpProtocol::ICMPV6);
                self.send(now, &what, &(icmpv6(kind) / quote), why)
            }
        };
        self.note(sent);
    }
}

/// Source and destination of a packet, if an error may be sent about it.
pub(super) fn deserves(about: &About<'_>, kind: ErrorKind) -> Option<(IpAddr, IpAddr)> {
    let packet = about.packet;
    let (source, destination, is_error, is_part) = match packet.first()? >> 4 {
        4 => {
            let ip = Ipv4::view(packet).ok()?;
            let message = packet.get(usize::from(ip.ihl()) << 2..).and_then(|message| message.first());
            let is_part = ip.fragment_offset() > 0;
            let is_error = ip.protocol() == IpProtocol::ICMPV4
                && !is_part
                && message.is_none_or(|kind| is_icmpv4_error(*kind));
            (IpAddr::V4(ip.source()), IpAddr::V4(ip.destination()), is_error, is_part)
        }
        6 => {
            let ip = Ipv6::view(packet).ok()?;
            let (next, at, is_part) = last_header(packet)?;
            let message = packet.get(at..).and_then(|message| message.first());
            let is_error =
                next == IpProtocol::ICMPV6 && !is_part && message.is_none_or(|kind| is_icmpv6_error(*kind));
            (IpAddr::V6(ip.source()), IpAddr::V6(ip.destination()), is_error, is_part)
        }
        _ => return None,
    };
    // RFC 4443 section 2.4 (e.3): two errors that whoever sends to a group has to know of.
    let for_groups = destination.is_ipv6()
        && matches!(kind, ErrorKind::TooBig { .. } | ErrorKind::Parameter { code: 2, .. });
    let to_many = about.cast != Cast::Unicast || destination.is_multicast();
    let nobody = source.is_unspecified() || is_never_a_source(source);
    // RFC 4443 has no rule against errors about fragments that are not the first, which routers cannot put together.
    let part = is_part && destination.is_ipv4();
    (!is_error && !part && !nobody && (!to_many || for_groups)).then_some((source, destination))
}

const fn is_icmpv4_error(kind: u8) -> bool {
    // What is not known may be an error too.
    !matches!(kind, 0 | 8 | 9 | 10 | 13..=18 | 42 | 43)
}

const fn is_icmpv6_error(kind: u8) -> bool {
    kind < 128 || kind == Icmpv6Type::REDIRECT.0
}

/// The last of the headers of an IPv6 packet that can be followed, where it stands, and whether what is there is no beginning.
fn last_header(packet: &[u8]) -> Option<(IpProtocol, usize, bool)> {
    let (mut next, mut at) = (IpProtocol(*packet.get(6)?), Ipv6::LEN);
    loop {
        let header = packet.get(at..).unwrap_or(&[]);
        let length = match (next, header) {
            (
                IpProtocol::HOP_BY_HOP | IpProtocol::DESTINATION_OPTIONS | IpProtocol::ROUTING,
                [_, units, ..],
            ) => (usize::from(*units) << 3).saturating_add(8),
            (IpProtocol::FRAGMENT, [_, ..]) if fragment::OFFSET.read(header) == Some(0) => 8,
            (IpProtocol::FRAGMENT, _) => return Some((next, at, true)),
            _ => return Some((next, at, false)),
        };
        let [number, ..] = header else { return None };
        (next, at) = (IpProtocol(*number), at.saturating_add(length));
    }
}

fn icmpv4(kind: ErrorKind) -> Builder<Icmpv4> {
    let unreachable = Icmpv4::destination_unreachable;
    match kind {
        ErrorKind::Net => unreachable(0),
        ErrorKind::Host => unreachable(1),
        ErrorKind::Protocol => unreachable(2),
        ErrorKind::Port => unreachable(3),
        ErrorKind::Prohibited => unreachable(13),
        ErrorKind::TooBig { mtu } => Icmpv4::fragmentation_needed(u16::try_from(mtu).unwrap_or(u16::MAX)),
        ErrorKind::HopLimit => Icmpv4::time_exceeded(0),
        ErrorKind::ReassemblyTime => Icmpv4::time_exceeded(1),
        ErrorKind::Parameter { pointer, .. } => Icmpv4::parameter_problem(u8::try_from(pointer).unwrap_or(0)),
    }
}

fn icmpv6(kind: ErrorKind) -> Builder<Icmpv6> {
    let unreachable = Icmpv6::destination_unreachable;
    match kind {
        ErrorKind::Net => unreachable(0),
        ErrorKind::Host => unreachable(3),
        ErrorKind::Protocol => Icmpv6::parameter_problem(1, 6),
        ErrorKind::Port => unreachable(4),
        ErrorKind::Prohibited => unreachable(1),
        ErrorKind::TooBig { mtu } => Icmpv6::packet_too_big(mtu),
        ErrorKind::HopLimit => Icmpv6::time_exceeded(0),
        ErrorKind::ReassemblyTime => Icmpv6::time_exceeded(1),
        ErrorKind::Parameter { code, pointer } => Icmpv6::parameter_problem(code, pointer),
    }
}

/// Why an error about a packet to a destination is sent.
fn reason(kind: ErrorKind, packet: &[u8], source: IpAddr, destination: IpAddr) -> Reason {
    let carried =
        || quoted(packet).map(|(envelope, _, at)| (envelope.protocol, packet.get(at..).unwrap_or(&[])));
    let protocol = || carried().map_or(IpProtocol(0), |(protocol, _)| protocol);
    // TCP and UDP have it in the same place.
    let port = || carried().and_then(|(_, transport)| udp::DESTINATION_PORT.read(transport)).unwrap_or(0);
    match kind {
        ErrorKind::Net => Reason::NoRoute(destination),
        ErrorKind::Host => Reason::NoAnswer(destination),
        ErrorKind::Protocol => Reason::NoProtocol(protocol()),
        // A number that leads nowhere (RFC 8200 section 4).
        ErrorKind::Parameter { code: 1, pointer } if destination.is_ipv6() => {
            let number = usize::try_from(pointer).ok().and_then(|at| packet.get(at)).copied();
            Reason::NoProtocol(number.map_or_else(protocol, IpProtocol))
        }
        ErrorKind::Port => Reason::NoPort(port()),
        ErrorKind::Prohibited => Reason::Prohibited(destination),
        ErrorKind::TooBig { mtu } => {
            Reason::TooBig { length: u32::try_from(packet.len()).unwrap_or(u32::MAX), mtu }
        }
        ErrorKind::HopLimit => Reason::HopLimit,
        ErrorKind::ReassemblyTime => Reason::FragmentsMissing { from: source },
        ErrorKind::Parameter { pointer, .. } => Reason::NotUnderstood { at: pointer },
    }
}
