//! What IPv6 puts between its header and what it carries: RFC 8200 section 4.

use crate::field::tlv::{self, Rules};
use crate::names::IpProtocol;
use crate::stack::DropReason;
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::routing;

/// Extension headers that a packet may have; nothing that makes sense has more than one of each (RFC 8504 section 5.3).
const MOST: usize = 16;
/// Where the number of the first header stands.
const FIRST: usize = 6;

/// What the headers lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// What the packet carries, and where its number stands.
    Payload { protocol: IpProtocol, protocol_at: usize, at: usize },
    /// A fragment header, and where its number stands.
    Fragment { protocol_at: usize, at: usize },
    /// Something is not understood, and its sender is to be told.
    Problem { code: u8, pointer: u32 },
    /// Something is not understood, or the headers do not end.
    Drop(DropReason),
}

/// Goes through the headers of a packet for this host.
pub(super) fn walk(packet: &[u8], to_group: bool) -> End {
    let (mut protocol_at, mut at) = (FIRST, Ipv6::LEN);
    for _ in 0..MOST {
        let Some(number) = packet.get(protocol_at) else { return End::Drop(DropReason::IpMalformed) };
        let protocol = IpProtocol(*number);
        if protocol == IpProtocol::FRAGMENT {
            return End::Fragment { protocol_at, at };
        }
        if !matches!(protocol, IpProtocol::HOP_BY_HOP | IpProtocol::DESTINATION_OPTIONS | IpProtocol::ROUTING)
        {
            return End::Payload { protocol, protocol_at, at };
        }
        if protocol == IpProtocol::HOP_BY_HOP && protocol_at != FIRST {
            // Section 4.1: anywhere else it is as unknown as any number.
            return problem(1, protocol_at);
        }
        let rest = packet.get(at..).unwrap_or(&[]);
        let length = rest.get(1).map_or(usize::MAX, |units| (usize::from(*units) << 3).saturating_add(8));
        let Some(header) = rest.get(..length) else { return End::Drop(DropReason::IpMalformed) };
        let trouble = match protocol {
            IpProtocol::ROUTING => refused_route(header, at),
            _ => refused_option(header, at, to_group),
        };
        if let Some(trouble) = trouble {
            return trouble;
        }
        (protocol_at, at) = (at, at.saturating_add(length));
    }
    End::Drop(DropReason::IpOptions)
}

/// Section 4.4, and RFC 5095 for type 0: a route that is not used up is that of a type which is not known here.
fn refused_route(header: &[u8], at: usize) -> Option<End> {
    let left = routing::SEGMENTS_LEFT.read(header)?;
    (left > 0).then(|| problem(0, at.saturating_add(2)))
}

/// Section 4.2: the first two bits of an option say what to do with it if it is not known; no option is.
fn refused_option(header: &[u8], at: usize, to_group: bool) -> Option<End> {
    for item in tlv::walk(header.get(2..)?, &Rules::IPV6) {
        if item.broken {
            return Some(End::Drop(DropReason::IpOptions));
        }
        let tells = problem(2, at.saturating_add(2).saturating_add(item.start));
        match item.kind >> 6 {
            0 => {}
            2 => return Some(tells),
            3 if !to_group => return Some(tells),
            _ => return Some(End::Drop(DropReason::IpOptions)),
        }
    }
    None
}

fn problem(code: u8, pointer: usize) -> End {
    End::Problem { code, pointer: u32::try_from(pointer).unwrap_or(0) }
}
