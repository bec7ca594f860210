//! What the decoder says of a reading: checksums that are right and lengths that fit are no accident.

use alloc::vec::Vec;

use super::reading::{Candidate, Options, Pasted};
use crate::field::{Severity, Verdict};
use crate::names::{EtherType, IpProtocol, LinkType};
use crate::packet::{Decoder, Frame};
use crate::wire::ethernet::Ethernet;

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

/// The best of the readings, and what its packets begin with.
pub(super) fn best(candidates: Vec<Candidate>, options: &Options) -> Option<(Candidate, (LinkType, bool))> {
    let mut best: Option<(i32, Candidate, (LinkType, bool))> = None;
    for candidate in candidates {
        if candidate.packets.is_empty() {
            continue;
        }
        let (link, score) = link(&candidate.packets, options);
        let total = candidate.weight.saturating_add(score);
        let enough = options.format.is_some() || total >= LEAST;
        if enough && best.as_ref().is_none_or(|(most, ..)| total > *most) {
            best = Some((total, candidate, (link, score >= SURE)));
        }
    }
    best.map(|(_, candidate, link)| (candidate, link))
}

/// What the packets of a reading begin with, and how well that goes.
pub(super) fn link(packets: &[Pasted], options: &Options) -> (LinkType, i32) {
    let mut best = (options.link.unwrap_or(LinkType::ETHERNET), i32::MIN);
    let wanted = options.link.into_iter();
    let all = LINKS.into_iter().filter(|link| options.link.is_none() && link.is_decoded());
    for link in wanted.chain(all) {
        let looked_at = packets.iter().take(LOOKED_AT);
        let sum =
            looked_at.clone().fold(0i32, |sum, packet| sum.saturating_add(packet_score(link, &packet.bytes)));
        let mean = sum.checked_div(i32::try_from(looked_at.count()).unwrap_or(1)).unwrap_or(0);
        // Short headers fit to anything.
        let usual = options.link.is_some() || matches!(link, LinkType::ETHERNET | LinkType::RAW);
        if mean > best.1 && (usual || mean >= SURE) {
            best = (link, mean);
        }
    }
    let unsure = options.link.is_none() && best.0 == LinkType::ETHERNET && best.1 < SURE;
    if unsure && packets.iter().take(LOOKED_AT).all(|packet| is_cut_ip(&packet.bytes)) {
        best.0 = LinkType::RAW;
    }
    best
}

/// Whether these are no frame, but the first bytes of an IP packet: too few for a frame, or fewer than its length says.
fn is_cut_ip(bytes: &[u8]) -> bool {
    let word =
        |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|b| u16::from_be_bytes(*b));
    let known = |at: usize| bytes.get(at).is_some_and(|number| IpProtocol(*number).name().is_some());
    let in_a_frame = word(12).is_some_and(|number| EtherType(number).name().is_some());
    let (first, length) = match bytes.first() {
        Some(first @ (0x45..=0x4f | 0x60..=0x6f)) => (first, bytes.len()),
        _ => return false,
    };
    let (whole, header, protocol) = match first >> 4 {
        4 => (word(2).map(usize::from), usize::from(first & 0xf).saturating_mul(4), 9),
        _ => (word(4).map(|payload| usize::from(payload).saturating_add(40)), 40, 6),
    };
    let longer = whole.is_some_and(|whole| whole >= length.max(header));
    length < 14 || longer && known(protocol) && !in_a_frame
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
    // A header of nothing but a length that fits the text to the byte.
    let length = |at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|b| usize::from(u16::from_be_bytes(*b)))
    };
    let exact = match bytes.first() {
        Some(0x45..=0x4f) => length(2) == Some(bytes.len()),
        Some(0x60..=0x6f) => length(4).map(|payload| payload.saturating_add(40)) == Some(bytes.len()),
        _ => false,
    };
    score.saturating_add(if exact && link == LinkType::RAW { 20 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(bytes: &[u8]) -> LinkType {
        link(&[Pasted { bytes: bytes.to_vec(), ..Pasted::default() }], &Options::default()).0
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
