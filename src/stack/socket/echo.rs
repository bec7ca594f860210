//! Echo requests of ICMP and ICMPv6: which sockets a reply is for.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::datagram::origin;
use super::{Kind, Origin, SocketId};
use crate::stack::network::Envelope;
use crate::stack::{DropReason, InterfaceId, Stack};
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;

impl Stack {
    /// The reply to an echo has come.
    pub(in crate::stack) fn echo_arrives(
        &mut self,
        interface: InterfaceId,
        envelope: &Envelope,
        identifier: u16,
        sequence: u16,
        data: &[u8],
    ) {
        let holders: Vec<SocketId> = self.sockets.ports.holders(Kind::Echo, identifier).collect();
        let from = SocketAddr::new(envelope.source, 0);
        let origin = Origin { sequence: Some(sequence), ..origin(interface, envelope, from) };
        let mut taken = false;
        for id in holders {
            let Some(socket) = self.sockets.table.get(id) else { continue };
            if socket.remote.is_none_or(|remote| remote.ip() == envelope.source) {
                taken = true;
                self.deliver(id, origin, data);
            }
        }
        if !taken {
            self.network.out.drops.count(DropReason::IcmpUnknown);
        }
    }
}

/// The identifier of a quoted echo request, which has the same place in both families.
pub(super) fn icmp_identifier(bytes: &[u8]) -> u16 {
    Icmpv4::view(bytes).ok().and_then(|icmp| icmp.echo()).map_or_else(
        || Icmpv6::view(bytes).ok().and_then(|icmp| icmp.echo()).map_or(0, |(identifier, _)| identifier),
        |(identifier, _)| identifier,
    )
}
