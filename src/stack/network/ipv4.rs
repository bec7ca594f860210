//! IPv4, in: RFC 791, RFC 1122 sections 3.2.1 and 3.3.

use alloc::borrow::Cow;
use core::net::{IpAddr, Ipv4Addr};

use super::address::{is_broadcast_of, is_never_a_source};
use super::fragment::seal;
use super::icmp::About;
use super::reassembly::{Key, Piece};
use super::{Arrival, Cast, Datagram, Envelope, ErrorKind, Network};
use crate::checksum::Sum;

use crate::names::{IpProtocol, Ipv4OptionType};
use crate::stack::{DropReason, Interface, InterfaceId};
use crate::time::Time;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::udp::DESTINATION_PORT;

/// The port on which clients of DHCP listen (RFC 2131 section 4.1).
const DHCP_CLIENT: u16 = 68;

impl Network {
    /// Takes in an IPv4 packet that came in a frame to one, all or a group.
    pub(super) fn receive_ipv4<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        link: Cast,
        bytes: &'f [u8],
    ) -> Option<Arrival<'f>> {
        let (packet, header) = match checked(bytes) {
            Ok(checked) => checked,
            Err(reason) => return self.refuse(reason),
        };
        let ip = Ipv4::view(packet).ok()?;
        let (source, destination) = (ip.source(), ip.destination());
        if let Err(reason) = self.is_plausible_ipv4(interface, source, destination, ip.protocol()) {
            return self.refuse(reason);
        }
        let cast = self.cast(interface, destination.into());
        if header > Ipv4::LEN
            && let Err(pointer) = accepts_options(&ip)
        {
            if let (Some(pointer), Some(Cast::Unicast)) = (pointer, cast) {
                let about = About { interface, packet, cast: link };
                self.send_error(now, about, ErrorKind::Parameter { code: 0, pointer });
            }
            return self.refuse(DropReason::IpOptions);
        }
        let cast = match cast {
            // RFC 1122 section 3.3.6: to one host, in a frame to many.
            None | Some(Cast::Unicast) if link != Cast::Unicast => {
                return self.refuse(DropReason::IpDestination);
            }
            None if self.is_for_newcomer(interface, &ip) => Cast::Broadcast,
            None => return self.forward_ipv4(now, interface, packet),
            Some(cast) => cast,
        };
        let is_fragment = ip.more_fragments() || ip.fragment_offset() > 0;
        let packet = if is_fragment {
            self.assemble_ipv4(now, interface, packet, header)?
        } else {
            Cow::Borrowed(packet)
        };
        let packet = match self.translate_in(now, interface, packet) {
            Ok(packet) => packet,
            Err(elsewhere) => return elsewhere,
        };
        let ip = Ipv4::view(&*packet).ok()?;
        let envelope = Envelope {
            source: source.into(),
            destination: destination.into(),
            protocol: ip.protocol(),
            hop_limit: ip.ttl(),
            traffic_class: ip.tos(),
        };
        // Of a datagram in fragments it is the header of the first one.
        let header = ip.header_length();
        self.deliver(now, Datagram { interface, envelope, cast, packet, header, protocol_at: 9 })
    }

    /// Whether a packet can come from there to there by this interface: RFC 1122 section 3.2.1.3, RFC 1812 section 5.3.7.
    fn is_plausible_ipv4(
        &self,
        interface: InterfaceId,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: IpProtocol,
    ) -> Result<(), DropReason> {
        if interface == Self::LOOPBACK {
            return Ok(());
        }
        let on = self.interface(interface).ok_or(DropReason::NoInterface)?;
        let (from, to) = (IpAddr::V4(source), IpAddr::V4(destination));
        // A host that has no address yet asks all for one (RFC 2131 section 4.1).
        let asks = destination == Ipv4Addr::BROADCAST && protocol == IpProtocol::UDP;
        let impossible = is_never_a_source(from)
            || source.is_loopback()
            || (source.is_unspecified() && !asks)
            || is_broadcast_of(on, from)
            || self.is_ours(interface, from);
        if impossible {
            return Err(DropReason::IpSource);
        }
        // Class E, and networks 0 and 127.
        let reserved = destination.octets()[0] >= 240 && destination != Ipv4Addr::BROADCAST;
        if to.is_loopback() || destination.octets()[0] == 0 || reserved {
            return Err(DropReason::IpDestination);
        }
        Ok(())
    }

    /// Whether this is what a DHCP server says to an interface that has no address yet: it comes to the address that the server gives, in a frame
    /// to this interface alone (RFC 2131 section 4.1). Whoever has the port looks whether it is for them.
    fn is_for_newcomer(&self, interface: InterfaceId, ip: &Ipv4<&[u8]>) -> bool {
        let whole = ip.protocol() == IpProtocol::UDP && !ip.more_fragments() && ip.fragment_offset() == 0;
        let content = ip.bytes().get(ip.header_length()..).unwrap_or(&[]);
        let has_address =
            |on: &Interface| on.addresses.iter().any(|own| own.network.addr().is_ipv4() && own.is_usable());
        whole
            && DESTINATION_PORT.read(content) == Some(DHCP_CLIENT)
            && self.interface(interface).is_some_and(|on| !has_address(on))
    }

    /// Puts a fragment to the others, and gives back the whole if it was the last that was missing.
    pub(super) fn assemble_ipv4(
        &mut self,
        now: Time,
        interface: InterfaceId,
        packet: &[u8],
        header: usize,
    ) -> Option<Cow<'static, [u8]>> {
        let ip = Ipv4::view(packet).ok()?;
        let (head, data) = packet.split_at_checked(header)?;
        let key = Key {
            source: ip.source().into(),
            destination: ip.destination().into(),
            protocol: ip.protocol(),
            identification: u32::from(ip.identification()),
        };
        let offset = usize::from(ip.fragment_offset()) << 3;
        let piece =
            Piece { interface, head, data, offset, more: ip.more_fragments(), packet, ecn: ip.tos() & 3 };
        match self.reassembly.add(now, &self.config, key, &piece, &mut self.out.drops) {
            Err(reason) => self.refuse(reason),
            Ok(None) => None,
            Ok(Some((mut whole, header, ecn))) => {
                let total = u16::try_from(whole.len()).ok()?;
                let _ = ipv4::TOTAL_LENGTH.write(&mut whole, total);
                let _ = ipv4::MORE_FRAGMENTS.write(&mut whole, false);
                let tos = ipv4::TOS.read(&whole)? & !3 | ecn;
                let _ = ipv4::TOS.write(&mut whole, tos);
                seal(&mut whole, header);
                Some(Cow::Owned(whole))
            }
        }
    }
}

/// The packet as long as it says it is, and the length of its header.
fn checked(bytes: &[u8]) -> Result<(&[u8], usize), DropReason> {
    let ip = Ipv4::view(bytes).map_err(|_| DropReason::IpMalformed)?;
    let (header, total) = (usize::from(ip.ihl()) << 2, usize::from(ip.total_length()));
    let packet = bytes.get(..total).ok_or(DropReason::IpMalformed)?;
    if ip.version() != 4 || header < Ipv4::LEN || header > total {
        return Err(DropReason::IpMalformed);
    }
    let sum = Sum::of(packet.get(..header).unwrap_or(&[]));
    if sum.fold() == 0xffff { Ok((packet, header)) } else { Err(DropReason::IpChecksum) }
}

/// Whether the options can be lived with; if not, where one is broken, if that is worth an error.
fn accepts_options(ip: &Ipv4<&[u8]>) -> Result<(), Option<u32>> {
    for item in ip.options() {
        if item.broken {
            return Err(u32::try_from(Ipv4::LEN.saturating_add(item.start)).ok());
        }
        // RFC 1122 section 3.2.1.8 (e) lets a host refuse to be a hop of a source route; all do by now (RFC 7126 section 4.3).
        let kind = Ipv4OptionType(item.kind as u8);
        if matches!(kind, Ipv4OptionType::LOOSE_SOURCE_ROUTE | Ipv4OptionType::STRICT_SOURCE_ROUTE) {
            return Err(None);
        }
        if item.kind == 0 {
            break;
        }
    }
    Ok(())
}
