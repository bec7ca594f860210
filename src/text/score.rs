//! What the decoder says of a reading: checksums that are right and lengths that fit are no accident.

use alloc::format;
use alloc::vec::Vec;

use super::reading::{Candidate, Options, Pasted};
use crate::field::{Builder, Claimed, Header, Mac, Severity, Verdict};
use crate::names::{EtherType, LinkType};
use crate::packet::{Decoder, Frame, Packet};
use crate::wire::arp::Arp;
use crate::wire::ethernet::Ethernet;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

/// What packets out of a text can begin with, the likeliest first.
const LINKS: [LinkType; 7] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL,
    LinkType(276),
    LinkType(9),
    LinkType(0),
    LinkType(108),
];

/// Packets that are looked at.
const LOOKED_AT: usize = 12;
/// From here on it is no accident.
pub(super) const SURE: i32 = 20;
/// What is less is no reading.
const LEAST: i32 = 12;

/// How packets begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub link: LinkType,
    /// Bytes before the first that is there.
    pub lost: usize,
    /// What is lost, as far as it can be told: [`filled`].
    head: Head,
    /// How well that goes.
    pub score: i32,
}

impl Start {
    /// What it adds to a reading: one that has to lose something is seldom the right one.
    pub fn worth(&self) -> i32 {
        self.score.saturating_sub(if self.lost > 0 { LOSS } else { 0 })
    }

    /// A packet with what was lost of it filled in.
    pub fn fill(&self, packet: &mut Pasted) {
        if self.lost > 0 {
            packet.bytes = filled(self.head, self.lost, &packet.bytes);
            let lost = self.lost;
            let plural = if lost == 1 { "" } else { "s" };
            packet.missing.get_or_insert_with(|| {
                format!("its first {lost} byte{plural} are lost and filled in").into()
            });
        }
    }
}

/// The best of the readings, and how its packets begin.
pub(super) fn best(candidates: Vec<Candidate>, options: &Options) -> Option<(Candidate, Start)> {
    let mut best: Option<(i32, Candidate, Start)> = None;
    for candidate in candidates {
        if candidate.packets.is_empty() {
            continue;
        }
        let start = match candidate.link.filter(|_| options.link.is_none()) {
            Some(link) => Start { link, lost: 0, head: Head::Ipv4, score: SURE },
            None => start(&candidate.packets, options),
        };
        let total = candidate.weight.saturating_add(start.worth());
        let enough = options.format.is_some() || total >= LEAST;
        if enough && best.as_ref().is_none_or(|(most, ..)| total > *most) {
            best = Some((total, candidate, start));
        }
    }
    best.map(|(_, candidate, start)| (candidate, start))
}

/// How the packets of a reading begin.
pub(super) fn start(packets: &[Pasted], options: &Options) -> Start {
    let looked_at = || packets.iter().take(LOOKED_AT).map(|packet| packet.bytes.as_slice());
    let mean = |sum: i32| sum.checked_div(i32::try_from(looked_at().count()).unwrap_or(1)).unwrap_or(0);
    let mut best = Start {
        link: options.link.unwrap_or(LinkType::ETHERNET),
        lost: 0,
        head: Head::Ipv4,
        score: i32::MIN,
    };
    let wanted = options.link.into_iter();
    let all = LINKS.into_iter().filter(|link| options.link.is_none() && link.is_decoded());
    for link in wanted.chain(all) {
        let sum = looked_at().fold(0i32, |sum, bytes| sum.saturating_add(packet_score(link, bytes)));
        let score = mean(sum);
        // Short headers fit to anything.
        let usual = options.link.is_some() || matches!(link, LinkType::ETHERNET | LinkType::RAW);
        if score > best.score && (usual || score >= SURE) {
            best = Start { link, score, ..best };
        }
    }
    if options.link.is_some() || best.score >= SURE {
        return best;
    }
    for (link, head, lost) in
        LOST.into_iter().flat_map(|(link, head, lost)| lost.map(move |n| (link, head, n)))
    {
        let sum = looked_at().try_fold(0i32, |sum, bytes| {
            let whole = filled(head, lost, bytes);
            Some(sum.saturating_add(packet_score(link, &whole))).filter(|_| is_no_accident(link, &whole))
        });
        let Some(score) = sum.map(mean) else { continue };
        if score >= SURE && score > best.score {
            best = Start { link, lost, head, score };
        }
    }
    let unsure = best.link == LinkType::ETHERNET && best.score < SURE;
    if unsure && looked_at().all(is_cut_ip) {
        best.link = LinkType::RAW;
    }
    best
}

/// What a reading that has lost a start is worse than another.
const LOSS: i32 = 8;

/// What the lost start of a packet can have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// Addresses of Ethernet alone.
    Addresses,
    EthernetIpv4,
    EthernetIpv6,
    EthernetArp,
    Ipv4,
    Ipv6,
}

/// How much of it may be lost: up to where what is there would not tell any more what it is.
const LOST: [(LinkType, Head, core::ops::RangeInclusive<usize>); 6] = [
    (LinkType::ETHERNET, Head::Addresses, 1..=12),
    (LinkType::ETHERNET, Head::EthernetIpv4, 13..=13),
    (LinkType::ETHERNET, Head::EthernetIpv6, 13..=13),
    (LinkType::ETHERNET, Head::EthernetArp, 13..=14),
    (LinkType::RAW, Head::Ipv4, 1..=4),
    (LinkType::RAW, Head::Ipv6, 1..=6),
];

/// A packet with its start filled in: addresses are zeros, types and lengths what they must have been.
fn filled(head: Head, lost: usize, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().saturating_add(lost);
    let number = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    let ethernet =
        |ether_type: EtherType| Ethernet::new(Mac::default(), Mac::default()).ether_type(ether_type);
    let head = match head {
        Head::Addresses | Head::EthernetIpv4 => written(&ethernet(EtherType::IPV4)),
        Head::EthernetIpv6 => written(&ethernet(EtherType::IPV6)),
        Head::EthernetArp => written(&ethernet(EtherType::ARP)),
        Head::Ipv4 => {
            written(&Ipv4::new([0; 4].into(), [0; 4].into()).version(4).ihl(5).total_length(number(length)))
        }
        Head::Ipv6 => {
            let payload = number(length.saturating_sub(Ipv6::LEN));
            written(&Ipv6::new([0; 16].into(), [0; 16].into()).version(6).payload_length(payload))
        }
    };
    let mut all = head;
    all.truncate(lost);
    all.extend(bytes);
    all
}

fn written<H: Header>(header: &Builder<H>) -> Vec<u8> {
    header.bytes().unwrap_or_default().to_vec()
}

/// Whether there is something in a packet that chance does not make: a checksum that is right, or the numbers of ARP.
fn is_no_accident(link: LinkType, bytes: &[u8]) -> bool {
    let packet = Decoder::new().packet(Frame::new(link, bytes));
    packet.checksums().any(|(.., verdict)| verdict == Verdict::Ok)
        || packet.get::<Arp>().is_some_and(|arp| arp.sender().is_some())
}

/// How many bytes the header that the packet begins with claims for itself and all that it carries.
fn claimed(packet: &Packet<&[u8]>) -> Option<usize> {
    let first = packet.layers().next()?;
    let claim = packet.protocol(&first)?.claim?;
    match (claim.bytes)(packet.layer_bytes(&first)) {
        Claimed::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Whether these are no frame, but the first bytes of an IP packet: too few for a frame, or fewer than its length says, with
/// what its header announces known.
fn is_cut_ip(bytes: &[u8]) -> bool {
    let ethernet = Decoder::new().packet(Frame::ethernet(bytes));
    let framed = ethernet.get::<Ethernet>().is_some_and(|header| header.ether_type().name().is_some());
    // As if the rest had been cut off by a capture, which is no error.
    let packet = Decoder::new().packet(Frame { length: usize::MAX, ..Frame::raw(bytes) });
    let Some(first) = packet.network() else { return false };
    let announced = packet.protocol(&first).and_then(|protocol| protocol.announce);
    let known = announced.is_some_and(|next| next.field.name_in(packet.layer_bytes(&first)).is_some());
    let longer = claimed(&packet).is_some_and(|claimed| claimed >= bytes.len().max(first.header()));
    let sound = packet.findings().all(|finding| finding.severity < Severity::Error);
    sound && (bytes.len() < Ethernet::LEN || longer && known && !framed)
}

fn packet_score(link: LinkType, bytes: &[u8]) -> i32 {
    let packet = Decoder::new().packet(Frame::new(link, bytes));
    let (mut score, mut errors) = (0i32, false);
    for finding in packet.findings().take(8) {
        errors |= finding.severity == Severity::Error;
        score = score.saturating_sub(match finding.severity {
            Severity::Error => 8,
            Severity::Warning => 2,
            Severity::Note => 0,
        });
    }
    for (_, _, verdict) in packet.checksums().take(4) {
        score = score.saturating_add(match verdict {
            Verdict::Ok => 20,
            Verdict::Bad { .. } => -6,
            _ => 0,
        });
    }
    let headers = i32::try_from(packet.record().count().min(4)).unwrap_or(0);
    score = score.saturating_add(headers.saturating_sub(1).saturating_mul(8));
    // Addresses and lengths of a network header that fit to each other.
    if packet.network().is_some() && !errors {
        score = score.saturating_add(10);
    }
    if link == LinkType::ETHERNET {
        let named = packet.get::<Ethernet>().is_some_and(|ethernet| ethernet.ether_type().name().is_some());
        return score.saturating_add(if named { 6 } else { 0 });
    }
    // A length that fits the text to the byte.
    let exact = link == LinkType::RAW && claimed(&packet) == Some(bytes.len());
    score.saturating_add(if exact { 20 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8]) -> LinkType {
        start(&[Pasted { bytes: bytes.to_vec(), ..Pasted::default() }], &Options::default()).link
    }

    #[test]
    fn what_is_cut_short_is_still_ip() {
        let packet = [0x45, 0, 0, 0x1c, 0, 1, 0, 0, 0x40, 0x11, 0xf6, 0xcc, 192, 0, 2, 1, 192, 0, 2, 2];
        for end in 1..=packet.len() {
            assert_eq!(guess(&packet[..end]), LinkType::RAW, "{end}");
        }
        let mut six = [0x60, 0, 0, 0, 0, 8, 17, 64].to_vec();
        six.resize(30, 0x20);
        assert_eq!(guess(&six), LinkType::RAW);
        // To 45:00:00:1c:00:01, an IPv4 packet in a frame.
        let frame = [0x45, 0, 0, 0x1c, 0, 1, 2, 0, 0, 6, 0, 1, 8, 0, 0x45, 0];
        assert_eq!(guess(&frame), LinkType::ETHERNET);
        assert_eq!(guess(&[2, 0, 0]), LinkType::ETHERNET);
    }
}
