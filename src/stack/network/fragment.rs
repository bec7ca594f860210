//! Packets that are too long are cut: RFC 791 section 3.2 (here and by routers), RFC 8200 section 4.5 (by their source alone).

use alloc::vec::Vec;

use super::{Network, Path};
use crate::checksum::{Pseudo, Sum};
use crate::field::BuildError;
use crate::field::tlv::{self, Rules};
use crate::packet::{Lead, Part};
use crate::stack::{Errno, Reason};
use crate::time::Time;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::ipv6::{self, Ipv6};
use crate::wire::ipv6_extension::fragment::Fragment;

/// A whole IPv4 packet, as bytes.
pub(super) struct RawIpv4<'a>(pub &'a [u8]);

impl Part for RawIpv4<'_> {
    fn lead(&self) -> Lead {
        Lead::of::<Ipv4>()
    }

    fn size(&self) -> usize {
        self.0.len()
    }

    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        self.0.put(place, pseudo)
    }
}

impl Network {
    /// Builds a packet that is too long for its path, cuts it, and sends the fragments.
    pub(super) fn send_cut(
        &mut self,
        now: Time,
        path: &Path,
        packet: &impl Part,
        reason: Reason,
    ) -> Result<(), Errno> {
        // Whole first: the transport checksum covers all of it.
        let mut whole = self.out.buffer(packet.size());
        let sent = match packet.put(&mut whole, None) {
            Err(_) => Err(Errno::EMSGSIZE),
            Ok(()) if path.source.is_ipv4() => self.send_ipv4_fragments(now, path, &whole, reason),
            Ok(()) => self.send_ipv6_fragments(now, path, &whole, reason),
        };
        self.out.recycle(whole);
        sent
    }

    /// Cuts an IPv4 packet, which may itself be a fragment.
    pub(super) fn send_ipv4_fragments(
        &mut self,
        now: Time,
        path: &Path,
        packet: &[u8],
        reason: Reason,
    ) -> Result<(), Errno> {
        let header = Ipv4::view(packet).map_or(0, |ip| ip.header_length());
        let (head, data) = packet.split_at_checked(header).ok_or(Errno::EINVAL)?;
        let first_offset = ipv4::FRAGMENT_OFFSET.read(head).unwrap_or(0);
        let more_behind = ipv4::MORE_FRAGMENTS.read(head).unwrap_or(false);
        let room = (path.mtu as usize).saturating_sub(header) & !7;
        if room == 0 {
            return Err(Errno::EMSGSIZE);
        }
        let last = data.len().saturating_sub(1) / room;
        // A piece that reaches behind the end of what a packet can be would come to lie at its beginning.
        let end = usize::from(first_offset).saturating_mul(8).saturating_add(packet.len());
        if end > usize::from(u16::MAX) {
            return Err(Errno::EMSGSIZE);
        }
        for (number, piece) in data.chunks(room).enumerate() {
            let offset = usize::from(first_offset).saturating_add(number.saturating_mul(room >> 3));
            let offset = u16::try_from(offset).map_err(|_| Errno::EMSGSIZE)?;
            let more = more_behind || number < last;
            let fragment = ipv4_fragment(head, piece, number > 0, offset, more);
            self.link(now, path, &RawIpv4(&fragment), reason)?;
        }
        Ok(())
    }

    fn send_ipv6_fragments(
        &mut self,
        now: Time,
        path: &Path,
        packet: &[u8],
        reason: Reason,
    ) -> Result<(), Errno> {
        let ip = Ipv6::view(packet).map_err(|_| Errno::EINVAL)?;
        let data = packet.get(Ipv6::LEN..).unwrap_or(&[]);
        let room = (path.mtu as usize).saturating_sub(Ipv6::LEN + Fragment::LEN) & !7;
        if room == 0 {
            return Err(Errno::EMSGSIZE);
        }
        let header = Ipv6::new(ip.source(), ip.destination())
            .traffic_class(ip.traffic_class())
            .flow_label(ip.flow_label())
            .hop_limit(ip.hop_limit());
        let identification = self.identifications.next(ip.source().into(), ip.destination().into());
        let last = data.len().saturating_sub(1) / room;
        let units = u16::try_from(room >> 3).map_err(|_| Errno::EMSGSIZE)?;
        for (number, piece) in (0u16..).zip(data.chunks(room)) {
            let more = usize::from(number) < last;
            let fragment = Fragment::new(identification, number.saturating_mul(units), more);
            let fragment = fragment.next_header(ip.next_header());
            self.link(now, path, &(header / fragment / piece), reason)?;
        }
        Ok(())
    }
}

/// A fragment of an IPv4 packet: options that are not to be copied stand in the first one alone (RFC 791 section 3.1).
fn ipv4_fragment(head: &[u8], piece: &[u8], behind: bool, offset: u16, more: bool) -> Vec<u8> {
    let mut fragment = Vec::with_capacity(head.len().saturating_add(piece.len()));
    let (fixed, options) = head.split_at_checked(Ipv4::LEN).unwrap_or((head, &[]));
    fragment.extend_from_slice(fixed);
    if behind {
        let is_copied = |item: &tlv::Item<'_>| item.kind & 0x80 != 0 && !item.broken;
        for item in tlv::walk(options, &Rules::IP_AND_TCP).filter(is_copied) {
            fragment.extend_from_slice(item.bytes);
        }
        fragment.resize(fragment.len().next_multiple_of(4), 0);
    } else {
        fragment.extend_from_slice(options);
    }
    let header = fragment.len();
    fragment.extend_from_slice(piece);
    let _ = ipv4::IHL.write(&mut fragment, (header >> 2) as u8);
    let _ = ipv4::TOTAL_LENGTH
        .write(&mut fragment, u16::try_from(header.saturating_add(piece.len())).unwrap_or(u16::MAX));
    let _ = ipv4::MORE_FRAGMENTS.write(&mut fragment, more);
    let _ = ipv4::FRAGMENT_OFFSET.write(&mut fragment, offset);
    seal(&mut fragment, header);
    fragment
}

/// Computes the checksum of an IPv4 header anew.
pub(super) fn seal(packet: &mut [u8], header: usize) {
    let _ = ipv4::CHECKSUM.write(packet, 0);
    let sum = Sum::of(packet.get(..header).unwrap_or(&[])).checksum();
    let _ = ipv4::CHECKSUM.write(packet, sum);
}

/// Says in an IPv6 header how long the packet is.
pub(super) fn say_ipv6_length(packet: &mut [u8]) {
    let length = packet.len().saturating_sub(Ipv6::LEN);
    let _ = ipv6::PAYLOAD_LENGTH.write(packet, u16::try_from(length).unwrap_or(u16::MAX));
}
