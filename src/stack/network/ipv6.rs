//! IPv6, in: RFC 8200, RFC 4291.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

use super::address::is_never_a_source;
use super::extension::{End, walk};
use super::fragment::say_ipv6_length;
use super::icmp::About;
use super::reassembly::{Key, Piece};
use super::{Arrival, Cast, Datagram, Envelope, ErrorKind, Network};
use crate::names::IpProtocol;
use crate::stack::{DropReason, InterfaceId};
use crate::time::Time;
use crate::wire::ipv6::{self, Ipv6};
use crate::wire::ipv6_extension::fragment::Fragment;

impl Network {
    /// Takes in an IPv6 packet that came in a frame to one or to a group.
    pub(super) fn receive_ipv6<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        link: Cast,
        bytes: &'f [u8],
    ) -> Option<Arrival<'f>> {
        let Some(packet) = checked(bytes) else { return self.refuse(DropReason::IpMalformed) };
        let ip = Ipv6::view(packet).ok()?;
        if let Err(reason) = self.is_plausible_ipv6(interface, ip.source(), ip.destination()) {
            return self.refuse(reason);
        }
        let cast = match self.cast(interface, ip.destination().into()) {
            None | Some(Cast::Unicast) if link != Cast::Unicast => {
                return self.refuse(DropReason::IpDestination);
            }
            None => return self.forward_ipv6(now, interface, packet),
            Some(cast) => cast,
        };
        self.receive_ours(now, interface, cast, Cow::Borrowed(packet))
    }

    /// Takes in a packet for this host: through its extension headers to what it carries.
    fn receive_ours<'f>(
        &mut self,
        now: Time,
        interface: InterfaceId,
        cast: Cast,
        packet: Cow<'f, [u8]>,
    ) -> Option<Arrival<'f>> {
        let about = About { interface, packet: &packet, cast };
        match walk(&packet, cast != Cast::Unicast) {
            End::Payload { protocol, protocol_at, at } => {
                let ip = Ipv6::view(&*packet).ok()?;
                let envelope = Envelope {
                    source: ip.source().into(),
                    destination: ip.destination().into(),
                    protocol,
                    hop_limit: ip.hop_limit(),
                    traffic_class: ip.traffic_class(),
                };
                self.deliver(now, Datagram { interface, envelope, cast, packet, header: at, protocol_at })
            }
            End::Fragment { protocol_at, at } => {
                // A fragment in a fragment is nothing that a host sends (RFC 8200 section 4.1).
                if matches!(packet, Cow::Owned(_)) {
                    return self.refuse(DropReason::IpFragment);
                }
                let whole = self.assemble_ipv6(now, about, protocol_at, at)?;
                self.receive_ours(now, interface, cast, Cow::Owned(whole))
            }
            End::Problem { code, pointer } => {
                self.send_error(now, about, ErrorKind::Parameter { code, pointer });
                self.refuse(DropReason::IpOptions)
            }
            End::Drop(reason) => self.refuse(reason),
        }
    }

    /// Whether a packet can come from there to there by this interface: RFC 4291 sections 2.5 and 2.7.
    fn is_plausible_ipv6(
        &self,
        interface: InterfaceId,
        source: Ipv6Addr,
        destination: Ipv6Addr,
    ) -> Result<(), DropReason> {
        if interface == Self::LOOPBACK {
            return Ok(());
        }
        let from = IpAddr::V6(source);
        // A host that has no address yet speaks to groups alone (RFC 4862 section 5.4.2).
        let nobody = source.is_unspecified() && !destination.is_multicast();
        if is_never_a_source(from) || source.is_loopback() || nobody || self.is_ours(interface, from) {
            return Err(DropReason::IpSource);
        }
        // Groups of the reserved scope and of the interface alone do not come by a wire.
        let confined = destination.is_multicast() && destination.octets()[1] & 0x0f < 2;
        let mapped = destination.to_ipv4_mapped().is_some();
        if destination.is_loopback() || destination.is_unspecified() || confined || mapped {
            return Err(DropReason::IpDestination);
        }
        Ok(())
    }

    /// Puts a fragment to the others, and gives back the whole without the fragment header if it was the last that was missing.
    fn assemble_ipv6(
        &mut self,
        now: Time,
        about: About<'_>,
        protocol_at: usize,
        at: usize,
    ) -> Option<Vec<u8>> {
        let packet = about.packet;
        let Some((header, data)) = packet.get(at..).and_then(|rest| rest.split_at_checked(Fragment::LEN))
        else {
            return self.refuse(DropReason::IpMalformed);
        };
        let (ip, piece) = (Ipv6::view(packet).ok()?, Fragment::view(header).ok()?);
        // What stands in front of the fragment header, which then leads to what stood behind it.
        let mut head = packet.get(..at)?.to_vec();
        *head.get_mut(protocol_at)? = piece.next_header().0;
        let (offset, more) = (usize::from(piece.offset()) << 3, piece.more());
        if offset == 0 && !more {
            // RFC 6946: a fragment that is all of the packet has nothing to do with any other.
            head.extend_from_slice(data);
            say_ipv6_length(&mut head);
            return Some(head);
        }
        // Section 4.5: the length must be a multiple of 8, and the whole must not be too long.
        let end = offset.saturating_add(data.len()).saturating_add(at).saturating_sub(Ipv6::LEN);
        let pointer = match () {
            () if more && data.len() & 7 != 0 => Some(4),
            () if end > usize::from(u16::MAX) => Some(at.saturating_add(2)),
            () => None,
        };
        if let Some(pointer) = pointer {
            let pointer = u32::try_from(pointer).unwrap_or(0);
            self.send_error(now, about, ErrorKind::Parameter { code: 0, pointer });
            return self.refuse(DropReason::IpFragment);
        }
        if offset == 0 && is_chain_cut(piece.next_header(), data) {
            // RFC 7112 section 5.
            self.send_error(now, about, ErrorKind::Parameter { code: 3, pointer: 0 });
            return self.refuse(DropReason::IpFragment);
        }
        let key = Key {
            source: ip.source().into(),
            destination: ip.destination().into(),
            // RFC 8200 section 4.5: only the addresses and the number tell which fragments belong together.
            protocol: IpProtocol::FRAGMENT,
            identification: piece.identification(),
        };
        let ecn = ip.traffic_class() & 3;
        let piece = Piece { interface: about.interface, head: &head, data, offset, more, packet, ecn };
        match self.reassembly.add(now, &self.config, key, &piece, &mut self.out.drops) {
            Err(reason) => self.refuse(reason),
            Ok(None) => None,
            Ok(Some((mut whole, _, ecn))) => {
                say_ipv6_length(&mut whole);
                let class = ipv6::TRAFFIC_CLASS.read(&whole)? & !3 | ecn;
                let _ = ipv6::TRAFFIC_CLASS.write(&mut whole, class);
                Some(whole)
            }
        }
    }
}

/// The packet as long as it says it is. Jumbograms (RFC 2675) are not for links of these MTUs.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let ip = Ipv6::view(bytes).ok().filter(|ip| ip.version() == 6)?;
    bytes.get(..usize::from(ip.payload_length()).saturating_add(Ipv6::LEN))
}

/// Whether the first fragment ends within the headers that have to be in it.
fn is_chain_cut(first: IpProtocol, data: &[u8]) -> bool {
    let (mut next, mut at) = (first, 0usize);
    while matches!(next, IpProtocol::HOP_BY_HOP | IpProtocol::ROUTING | IpProtocol::DESTINATION_OPTIONS) {
        let Some([number, units, ..]) = data.get(at..) else { return true };
        at = at.saturating_add((usize::from(*units) << 3).saturating_add(8));
        next = IpProtocol(*number);
    }
    let least = match next {
        IpProtocol::TCP => 20,
        IpProtocol::UDP | IpProtocol::ICMPV6 => 8,
        _ => 0,
    };
    data.len() < at.saturating_add(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7112 section 5.
    #[test]
    fn a_first_fragment_holds_all_headers() {
        let mut data = [0; 36];
        data[0] = 6;
        assert!(!is_chain_cut(IpProtocol::DESTINATION_OPTIONS, &data));
        assert!(is_chain_cut(IpProtocol::DESTINATION_OPTIONS, &data[..27]));
        assert!(is_chain_cut(IpProtocol::DESTINATION_OPTIONS, &data[..1]));
        data[1] = 40;
        assert!(is_chain_cut(IpProtocol::DESTINATION_OPTIONS, &data));
        assert!(!is_chain_cut(IpProtocol::UDP, &data[..8]));
    }
}
