//! UDP, [RFC 768](https://www.rfc-editor.org/rfc/rfc768), RFC 1122 section 4.1: which sockets a datagram is for.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::datagram::origin;
use super::{Kind, SocketId, Sockets};
use crate::names::IpProtocol;
use crate::stack::network::{Cast, Datagram, ErrorKind};
use crate::stack::{DropReason, Stack};
use crate::time::Time;
use crate::wire::udp::Udp;

impl Stack {
    /// A UDP datagram has come.
    pub(in crate::stack) fn udp_arrives(&mut self, now: Time, datagram: &Datagram<'_>) {
        let Some((ports, data)) = self.check_udp(datagram) else { return };
        let envelope = &datagram.envelope;
        let from = SocketAddr::new(envelope.source, ports.0);
        let to = SocketAddr::new(envelope.destination, ports.1);
        let origin = origin(datagram.interface, envelope, from);
        let mut taken = false;
        for id in self.sockets.listeners(Kind::Datagram, to, from, datagram) {
            taken = true;
            self.deliver(id, origin, data);
        }
        if !taken {
            self.network.out.drops.count(DropReason::UdpPort);
            if datagram.cast == Cast::Unicast {
                self.network.error(now, datagram, ErrorKind::Port);
            }
        }
    }

    /// Ports and data, if length and checksum are right (RFC 768, RFC 8200 section 8.1).
    fn check_udp<'d>(&mut self, datagram: &'d Datagram<'_>) -> Option<((u16, u16), &'d [u8])> {
        let bytes = datagram.payload();
        let drops = &mut self.network.out.drops;
        let whole = Udp::view(bytes).ok().and_then(|udp| {
            let length = usize::from(udp.length());
            let whole = bytes.get(..length).filter(|_| length >= Udp::LEN)?;
            Some((udp.source_port(), udp.destination_port(), udp.checksum(), whole))
        });
        let Some((source, destination, checksum, whole)) = whole else {
            drops.count(DropReason::UdpMalformed);
            return None;
        };
        let right = if checksum == 0 {
            datagram.envelope.destination.is_ipv4()
        } else {
            let pseudo = datagram.envelope.pseudo()?;
            pseudo.sum(IpProtocol::UDP.0, whole.len() as u32).bytes(whole).fold() == 0xffff
        };
        if !right {
            drops.count(DropReason::UdpChecksum);
            return None;
        }
        Some(((source, destination), whole.get(Udp::LEN..)?))
    }
}

impl Sockets {
    /// The sockets that a datagram is for: the one that is connected with its sender, or else the one whose address is the nearest; of a
    /// group or a broadcast all that fit.
    fn listeners(
        &self,
        kind: Kind,
        to: SocketAddr,
        from: SocketAddr,
        datagram: &Datagram<'_>,
    ) -> Vec<SocketId> {
        let mut fitting: Vec<(u8, SocketId)> = Vec::new();
        for id in self.ports.holders(kind, to.port()) {
            let Some(socket) = self.table.get(id) else { continue };
            let Some(local) = socket.local else { continue };
            let family = local.is_ipv4() == to.is_ipv4();
            let address = local.ip() == to.ip() || local.ip().is_unspecified();
            let peer = socket.remote.is_none_or(|remote| remote == from);
            let interface = socket.interface.is_none_or(|interface| interface == datagram.interface);
            if family && address && peer && interface {
                let nearness = u8::from(socket.remote.is_some()).saturating_mul(2);
                fitting.push((nearness.saturating_add(u8::from(!local.ip().is_unspecified())), id));
            }
        }
        if datagram.cast == Cast::Unicast {
            let nearest =
                fitting.iter().max_by_key(|(nearness, id)| (*nearness, core::cmp::Reverse(*id))).copied();
            return nearest.into_iter().map(|(_, id)| id).collect();
        }
        fitting.into_iter().map(|(_, id)| id).collect()
    }
}
