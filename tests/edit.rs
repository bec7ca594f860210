//! Edits: what is right stays right, what is wrong stays wrong by as much, and nothing else changes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;
mod invariants;

use std::collections::BTreeMap;

use common::{Captured, fixtures};
use invariants::edit::{self, values};
use layercake::checksum::{Pseudo, Sum};
use layercake::edit::EditError;
use layercake::field::{BuildError, Mac, Role, Severity, Value, Verdict};
use layercake::names::EtherType;
use layercake::packet::{Decoder, Frame, LinkType, Packet};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::ipv4::{self, Ipv4};
use layercake::wire::ipv6::Ipv6;
use layercake::wire::llc::Llc;
use layercake::wire::snap::Snap;
use layercake::wire::tcp::{self, Tcp};
use layercake::wire::udp::{self, Udp};
use layercake::wire::vlan::{self, Vlan};
use layercake::wire::vxlan::Vxlan;
use proptest::collection::vec;
use proptest::prelude::*;

type Owned = Packet<Vec<u8>>;

fn owned(captured: &Captured) -> Owned {
    edit::owned(&Decoder::new(), captured.frame())
}

/// Every field of every fixture.
#[test]
fn what_is_right_stays_right() {
    let (mut sets, mut structural, mut seed) = (0, 0, 0x9e37_79b9_7f4a_7c15u64);
    for captured in fixtures() {
        let packet = owned(&captured);
        let fields: Vec<_> = packet
            .fields()
            .enumerate()
            .filter(|(_, field)| field.info.role != Role::Generated && !field.info.format.is_bytes())
            .filter_map(|(index, field)| Some((index, field.value()?, field.bits)))
            .flat_map(|(index, value, bits)| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                values(value, bits, seed >> 11).into_iter().map(move |value| (index, value))
            })
            .collect();
        for (index, value) in fields {
            sets += 1;
            let context = format!("{} {}", captured.file, captured.number);
            structural += usize::from(!edit::set(&mut owned(&captured), index, value, (&context, true)));
        }
    }
    assert!(sets > 10_000 && structural > 500, "{sets} sets, {structural} of them moved layers");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// The same for any value, any payload, through a tunnel: the difference goes through all layers around it.
    #[test]
    fn through_a_tunnel(
        payload in vec(any::<u8>(), 0..200),
        source in any::<u32>(), port in any::<u16>(), sequence in any::<u32>(), ttl in any::<u8>(),
        zero in any::<bool>(),
    ) {
        let ip = |a: u8| Ipv4::new([192, 0, 2, a].into(), [198, 51, 100, a].into());
        let ethernet = Ethernet::new(Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2]));
        let outer = if zero { Udp::new(4321, 4789).checksum(0) } else { Udp::new(4321, 4789) };
        let cake = ethernet / ip(1) / outer / Vxlan::new(7) / ethernet / ip(2) / Tcp::new(1, 2) / payload;
        let mut packet = Decoder::new().packet(Frame::ethernet(cake.to_vec().unwrap()));
        packet.set_nth(&ipv4::SOURCE, 1, source.into()).unwrap();
        packet.set_nth(&ipv4::TTL, 1, ttl).unwrap();
        packet.set(&tcp::DESTINATION_PORT, port).unwrap();
        packet.set(&tcp::SEQUENCE, sequence).unwrap();
        packet.set(&vlan_or_vni(), 0x12_3456).unwrap();
        packet.set(&ipv4::DESTINATION, source.into()).unwrap();
        let verdicts: Vec<Verdict> = packet.checksums().map(|(_, _, verdict)| verdict).collect();
        let second = if zero { Verdict::Absent } else { Verdict::Ok };
        prop_assert_eq!(verdicts, [Verdict::Ok, second, Verdict::Ok, Verdict::Ok]);
        // Built with these values from the start, it is the same packet.
        let outer = if zero { Udp::new(4321, 4789).checksum(0) } else { Udp::new(4321, 4789) };
        let payload = packet.bytes()[14 + 20 + 8 + 8 + 14 + 20 + 20..].to_vec();
        let anew = ethernet / ip(1).destination(source.into()) / outer / Vxlan::new(0x12_3456) / ethernet
            / ip(2).source(source.into()).ttl(ttl) / Tcp::new(1, port).sequence(sequence) / payload;
        prop_assert_eq!(packet.bytes(), anew.to_vec().unwrap());
    }
}

fn vlan_or_vni() -> layercake::field::Field<u32> {
    layercake::wire::vxlan::VNI
}

/// A checksum of UDP that comes out as zero is written as all ones (RFC 768), one that is zero stays zero.
#[test]
fn the_zero_of_udp() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut packet = Decoder::new().packet(Frame::raw((ip / Udp::new(1, 2) / [0, 0]).to_vec().unwrap()));
    let mut ones = 0;
    for port in 0..=u16::MAX {
        packet.set(&udp::SOURCE_PORT, port).unwrap();
        let udp = packet.get::<Udp>().unwrap();
        assert_ne!(udp.checksum(), 0, "port {port}");
        ones += u32::from(udp.checksum() == 0xffff);
        assert_eq!(packet.checksums().nth(1).unwrap().2, Verdict::Ok, "port {port}");
    }
    assert_eq!(ones, 1);
    packet.set(&udp::CHECKSUM, 0).unwrap();
    packet.set(&udp::SOURCE_PORT, 7).unwrap();
    assert_eq!(packet.get::<Udp>().unwrap().checksum(), 0);
    assert_eq!(packet.findings().count(), 0);
}

/// A first fragment carries the checksum of the whole datagram: it follows though the rest is not there (RFC 1624).
#[test]
fn a_fragment() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let payload: Vec<u8> = (0..100).collect();
    let whole = (ip / Udp::new(1, 2) / &payload[..]).to_vec().unwrap();
    let first = (ip.more_fragments(true).protocol(17.into()) / &whole[20..68]).to_vec().unwrap();
    let mut packet = Decoder::new().packet(Frame::raw(first));
    packet.set(&udp::DESTINATION_PORT, 0x1234).unwrap();
    packet.set(&ipv4::SOURCE, [203, 0, 113, 9].into()).unwrap();
    let mut together = packet.bytes()[20..].to_vec();
    together.extend_from_slice(&whole[68..]);
    let ip = Ipv4::new([203, 0, 113, 9].into(), [192, 0, 2, 2].into());
    let again = Decoder::new().packet(Frame::raw((ip.protocol(17.into()) / together).to_vec().unwrap()));
    assert_eq!(again.checksums().nth(1).unwrap().2, Verdict::Ok);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// The same where bytes are set, at even and odd places, of even and odd length: both fragments together are the
    /// datagram that is built with these bytes from the start, and one that was wrong is wrong by as much.
    #[test]
    fn bytes_of_a_fragment(
        (old, new) in (1usize..120).prop_flat_map(|length| (vec(any::<u8>(), length), vec(any::<u8>(), length))),
        (data, other) in (0usize..9).prop_flat_map(|length| (vec(any::<u8>(), length), vec(any::<u8>(), length))),
        nops in 0usize..4, rest in vec(any::<u8>(), 0..50), odd in any::<bool>(), off in prop_oneof![Just(Some(0)), any::<u16>().prop_map(Some), Just(None)],
    ) {
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).protocol(6.into());
        let datagram = |data: &[u8], payload: &[u8]| {
            let tcp = (0..nops).fold(Tcp::new(1, 2), |tcp, _| tcp.nop());
            let whole = ip / tcp.option(77.into(), data) / [payload, &rest].concat();
            whole.to_vec().unwrap().split_off(20)
        };
        let mut first = datagram(&data, &old);
        first.truncate(first.len() - rest.len());
        let sum = |a: u16, b: u16| Sum::ZERO.word(a).word(b).fold();
        let checksum = u16::from_be_bytes([first[16], first[17]]);
        // The sum of the pseudo-header: elsewhere that would be one which the network card is to fill in.
        let pseudo = Pseudo::v4([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).sum(6, first.len() as u32).fold();
        let off = off.unwrap_or(sum(pseudo, !checksum));
        first[16..18].copy_from_slice(&sum(checksum, off).to_be_bytes());
        let mut frame = if odd { vec![0, 0xff, 0x03, 0x00, 0x21] } else { Vec::new() };
        frame.extend((ip.more_fragments(true) / &first[..]).to_vec().unwrap());
        let link = if odd { LinkType::PPP_WITH_DIR } else { LinkType::RAW };
        let mut packet = Decoder::new().packet(Frame::new(link, frame));
        packet.set_at(&packet.place("tcp.payload", 0).unwrap(), Value::Bytes(&new)).unwrap();
        if !data.is_empty() {
            let place = packet.place("tcp.options.unknown.payload", 0).unwrap();
            packet.set_at(&place, Value::Bytes(&other)).unwrap();
        }
        let start = packet.transport().unwrap().start();
        let mut together = packet.bytes()[start..].to_vec();
        together.extend_from_slice(&rest);
        let found = u16::from_be_bytes([together[16], together[17]]);
        let anew = datagram(&other, &new);
        let right = u16::from_be_bytes([anew[16], anew[17]]);
        prop_assert_eq!(sum(right, off) % 0xffff, found % 0xffff);
        together[16..18].copy_from_slice(&right.to_be_bytes());
        prop_assert_eq!(together, anew);
    }
}

/// Other bytes in every field of bytes of every fixture.
#[test]
fn bytes_of_the_fixtures() {
    let mut sets = 0;
    for captured in fixtures() {
        let packet = owned(&captured);
        let fields: Vec<(usize, Vec<u8>)> = packet
            .fields()
            .enumerate()
            .filter(|(_, field)| field.info.role == Role::Tile)
            .filter_map(|(index, field)| match field.value()? {
                Value::Bytes(bytes) if !bytes.is_empty() => Some((index, bytes.to_vec())),
                _ => None,
            })
            .collect();
        let context = format!("{} {}", captured.file, captured.number);
        for (index, old) in fields {
            let last = old.len() - 1;
            let changed: [Vec<u8>; 4] = [
                old.iter().map(|byte| !byte).collect(),
                old.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0)).collect(),
                old.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == last) << 7).collect(),
                vec![0; old.len()],
            ];
            for new in changed {
                sets += 1;
                edit::set(&mut owned(&captured), index, Value::Bytes(&new), (&context, true));
            }
        }
    }
    assert!(sets > 1000, "{sets}");
}

/// The check sequence of a frame follows if it was right, and stays as it is if it was wrong.
#[test]
fn the_check_sequence() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut bytes =
        (Ethernet::new(Mac([2; 6]), Mac([4; 6])) / ip / Udp::new(1, 2) / [7; 30]).to_vec().unwrap();
    let sequence = layercake::checksum::crc32(&bytes).to_le_bytes();
    bytes.extend_from_slice(&sequence);
    for said in [None, Some(4)] {
        let frame = Frame { check_sequence: said, ..Frame::ethernet(bytes.clone()) };
        let mut packet = Decoder::new().packet(frame.clone());
        packet.set(&ipv4::TTL, 9).unwrap();
        assert_eq!(packet.findings().count(), 0, "{said:?}");
        let (body, last) = packet.bytes().split_last_chunk::<4>().unwrap();
        assert_eq!(layercake::checksum::crc32(body).to_le_bytes(), *last);
    }
    let end = bytes.len();
    bytes[end - 1] ^= 1;
    let wrong = bytes[end - 4..].to_vec();
    let mut packet = Decoder::new().packet(Frame { check_sequence: Some(4), ..Frame::ethernet(bytes) });
    packet.set(&ipv4::TTL, 9).unwrap();
    assert_eq!(packet.bytes()[end - 4..], wrong);
    assert_eq!(packet.findings().map(|finding| finding.code).collect::<Vec<_>>(), ["eth.fcs.bad"]);
    assert_eq!(packet.fix_checksums(), 1);
    assert_eq!(packet.findings().count(), 0);
}

/// A field that moves layers: what is behind it is read anew, and what was right is right again.
#[test]
fn a_field_that_moves_layers() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut packet = Decoder::new().packet(Frame::raw((ip / Udp::new(1, 2) / [7; 30]).to_vec().unwrap()));
    packet.set(&ipv4::PROTOCOL_NUMBER, 6.into()).unwrap();
    assert!(packet.get::<Udp>().is_none() && packet.get::<Tcp>().is_some());
    assert_eq!(packet.checksums().next().unwrap().2, Verdict::Ok);
    packet.set(&ipv4::PROTOCOL_NUMBER, 17.into()).unwrap();
    assert_eq!(packet.findings().count(), 0);
    // A shorter datagram is a whole one with a right checksum, and what is left is said to be there.
    packet.set(&udp::LENGTH, 20).unwrap();
    assert_eq!(packet.get::<Udp>().unwrap().payload().len(), 12);
    assert_eq!(packet.checksums().nth(1).unwrap().2, Verdict::Ok);
}

#[test]
fn what_cannot_be_set() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let bytes = (ip / Udp::new(1, 2) / [7; 30]).to_vec().unwrap();
    let mut packet = Decoder::new().packet(Frame::raw(bytes.clone()));
    let field = "tcp.window_size_value";
    assert_eq!(packet.set(&tcp::WINDOW, 1), Err(EditError::NoField { field }));
    assert_eq!(packet.set_nth(&ipv4::TTL, 1, 1), Err(EditError::NoField { field: "ip.ttl" }));
    assert_eq!(packet.set(&ipv4::IHL, 16), Err(EditError::Value { field: "ip.hdr_len", bits: 4 }));
    let place = packet.place("ip.hdr_len", 0).unwrap();
    let wrong = Err(EditError::Value { field: "ip.hdr_len", bits: 4 });
    assert_eq!(packet.set_at(&place, Value::Number(21)), wrong, "not a multiple of four");
    assert_eq!(packet.set_at(&place, Value::Flag(true)), wrong);
    assert_eq!(packet.remove(9), Err(EditError::NoLayer { layer: 9, layers: 3 }));
    assert_eq!(packet.bytes(), bytes);
}

/// Tags and tunnels put in and taken out again give the same bytes, and never a finding.
#[test]
fn a_layer_more_and_less() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let frame = (Ethernet::new(Mac([2; 6]), Mac([4; 6])) / ip / Tcp::new(1, 2).mss(1460) / "payload")
        .to_vec()
        .unwrap();
    let mut packet = Decoder::new().packet(Frame::ethernet(frame.clone()));
    let names = |packet: &Owned| -> Vec<&str> {
        packet.headers().map(|layer| packet.protocol(&layer).unwrap().prefix).collect()
    };

    packet.insert(1, &Vlan::new(7)).unwrap();
    assert_eq!(names(&packet), ["eth", "vlan", "ip", "tcp"]);
    packet.insert(1, &Vlan::new(8)).unwrap();
    packet.set_nth(&vlan::PRIORITY, 1, 5).unwrap();
    assert_eq!(packet.get::<Vlan>().unwrap().ether_type(), EtherType::VLAN);
    assert_eq!(packet.findings().count(), 0);

    packet.insert(3, &Ipv4::new([203, 0, 113, 1].into(), [203, 0, 113, 2].into())).unwrap();
    assert_eq!(names(&packet), ["eth", "vlan", "vlan", "ip", "ip", "tcp"]);
    assert_eq!(packet.get::<Ipv4>().unwrap().protocol().0, 4);
    assert_eq!(usize::from(packet.get::<Ipv4>().unwrap().total_length()), packet.bytes().len() - 22);
    assert_eq!(packet.findings().count(), 0);

    packet.insert(3, &Ipv6::new([1; 16].into(), [2; 16].into())).unwrap();
    assert_eq!(names(&packet), ["eth", "vlan", "vlan", "ipv6", "ip", "ip", "tcp"]);
    assert_eq!(packet.nth::<Vlan>(1).unwrap().ether_type(), EtherType::IPV6);
    assert_eq!(packet.findings().count(), 0);

    for _ in 0..4 {
        packet.remove(1).unwrap();
        if packet.headers().count() == 4 {
            break;
        }
    }
    packet.remove(1).unwrap();
    assert_eq!(packet.bytes(), frame);
    assert_eq!(names(&packet), ["eth", "ip", "tcp"]);

    // What is no header goes as a whole, and lengths follow.
    packet.remove(3).unwrap();
    assert_eq!(usize::from(packet.get::<Ipv4>().unwrap().total_length()), 44);
    assert_eq!(packet.findings().count(), 0);
    packet.set_payload(b"more than before").unwrap();
    assert_eq!(packet.payload(), b"more than before");
    assert_eq!(packet.findings().count(), 0);
    let too_long = packet.clone().set_payload(&[0; 70_000]).unwrap_err();
    assert!(matches!(too_long, EditError::Build(_)), "{too_long}");
}

/// Every header of every fixture taken out, and a tag put in front of it: nothing panics, the tiles still cover the
/// frame, and no checksum that was right is wrong.
#[test]
fn layers_of_the_fixtures() {
    let bad = |packet: &Owned| {
        packet.checksums().filter(|(_, _, verdict)| matches!(verdict, Verdict::Bad { .. })).count()
    };
    let (mut removed, mut inserted) = (0, 0);
    for captured in fixtures() {
        let packet = owned(&captured);
        for index in 0..packet.layers().count().min(20) {
            let mut less = packet.clone();
            if less.remove(index).is_ok() {
                removed += 1;
                let bits: u32 = less.fields().filter(|field| field.is_tile()).map(|field| field.bits).sum();
                assert_eq!(bits as usize, less.bytes().len() * 8, "{} {}", captured.file, captured.number);
            }
            let mut more = packet.clone();
            if packet.link() == LinkType::ETHERNET && more.insert(index, &Vlan::new(5)).is_ok() {
                inserted += 1;
                assert!(bad(&more) <= bad(&packet), "{} {} {index}", captured.file, captured.number);
            }
        }
    }
    assert!(removed > 500 && inserted > 200, "{removed} {inserted}");
}

/// Lengths and checksums that are wrong on purpose, made right.
#[test]
fn what_is_wrong_is_mended() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let right = (ip / Udp::new(1, 2) / [7; 30]).to_vec().unwrap();
    let wrong =
        (ip.total_length(30).checksum(1) / Udp::new(1, 2).length(9).checksum(9) / [7; 30]).to_vec().unwrap();
    let mut packet = Decoder::new().packet(Frame::raw(wrong));
    packet.stretch_lengths().unwrap();
    assert_eq!(packet.fix_checksums(), 2);
    assert_eq!(packet.bytes(), right);

    // What says more than there is, and less than its own header, is all that is known to be wrong.
    let wrong = (ip.total_length(300) / Udp::new(1, 2).length(5) / [7; 30]).to_vec().unwrap();
    let mut packet = Decoder::new().packet(Frame::raw(wrong));
    packet.fix_lengths().unwrap();
    packet.fix_checksums();
    assert_eq!(packet.bytes(), right);
}

fn errors(packet: &Owned) -> Vec<&'static str> {
    let mut codes: Vec<_> = packet
        .findings()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code)
        .collect();
    codes.sort_unstable();
    codes
}

/// Lengths of packets in which nothing is wrong are not wrong: cut ones, fragments, quotes, trailers and all.
#[test]
fn lengths_that_are_right_stay() {
    let mut sound = 0;
    for captured in fixtures() {
        let mut packet = owned(&captured);
        if errors(&packet).is_empty() {
            sound += 1;
            packet.fix_lengths().unwrap();
            assert_eq!(packet.bytes(), captured.bytes, "{} {}", captured.file, captured.number);
        }
    }
    assert!(sound > 800, "{sound}");
}

/// Other payload in every packet of the fixtures: it is there to the byte and nothing is wrong that was not, or the
/// packet is as it was and the reason is said.
#[test]
fn any_payload() {
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    let payloads = [&[][..], b"hi", &[0xee; 60], &[0x5a; 61]];
    for captured in fixtures() {
        let packet = owned(&captured);
        for payload in payloads {
            for index in 0..packet.headers().count().min(12) {
                let mut other = packet.clone();
                let context = format!("{} {} {index}", captured.file, captured.number);
                match other.set_content(index, payload) {
                    Ok(()) => {
                        let layer = other.layers().nth(index).unwrap();
                        let at = layer.content();
                        assert_eq!(other.bytes()[at..at + payload.len()], *payload, "{context}");
                        let around = |packet: &Owned| {
                            let all = packet.findings().filter(|finding| finding.severity == Severity::Error);
                            all.filter(|finding| finding.layer <= index).count()
                        };
                        assert!(around(&other) <= around(&packet), "{context}: {:?}", errors(&other));
                        *done.entry(captured.file.clone()).or_default() += 1;
                    }
                    Err(_) => assert_eq!(other.bytes(), packet.bytes(), "{context}"),
                }
            }
        }
    }
    for file in [
        "vxlan.pcap",
        "udplite.pcap",
        "nflog.pcap",
        "cooked.pcap",
        "llc.pcap",
        "ppp.pcap",
        "ipip.pcap",
        "tun.pcap",
    ] {
        assert!(done.get(file).copied().unwrap_or(0) > 0, "{file}: nothing could be put in");
    }
}

/// The payload of a tunnel's transport is the tunnel: replacing it leaves no length inside it to be written.
#[test]
fn the_payload_of_a_tunnel() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let ethernet = Ethernet::new(Mac([2; 6]), Mac([4; 6]));
    let frame = ip / Udp::new(1, 4789) / Vxlan::new(7) / ethernet / ip / Udp::new(1, 2) / "hi";
    let mut packet = Decoder::new().packet(Frame::raw(frame.to_vec().unwrap()));
    let mut inner = packet.clone();
    packet.set_payload(&[0x11; 60]).unwrap();
    assert_eq!(packet.payload(), [0x11; 60]);
    assert_eq!(errors(&packet), ["vxlan.flag_i.unset"], "what was put in is what it is");
    inner.set_content(5, b"a longer one").unwrap();
    assert_eq!(inner.nth::<Udp>(1).unwrap().payload(), b"a longer one");
    assert_eq!(inner.findings().count(), 0);
}

/// A check sequence that is taken out is not written again over what stands before it.
#[test]
fn without_its_check_sequence() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let frame = (Ethernet::new(Mac([2; 6]), Mac([4; 6])) / ip / Udp::new(1, 2) / "0123456789abcdefghij")
        .to_vec()
        .unwrap();
    let mut bytes = frame.clone();
    bytes.extend_from_slice(&layercake::checksum::crc32(&frame).to_le_bytes());
    for said in [None, Some(4)] {
        let whole = Frame { check_sequence: said, ..Frame::ethernet(bytes.clone()) };
        let mut packet = Decoder::new().packet(whole);
        let last = packet.layers().count() - 1;
        packet.remove(last).unwrap();
        assert_eq!((packet.bytes(), packet.findings().count()), (&frame[..], 0), "{said:?}");
    }
}

/// The link layer taken off and another put on; a link layer that no capture begins with is refused.
#[test]
fn another_link() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(1, 2) / "hi";
    let ethernet = Ethernet::new(Mac([2; 6]), Mac([4; 6]));
    let mut packet = Decoder::new().packet(Frame::raw(ip.to_vec().unwrap()));
    packet.insert(0, &ethernet).unwrap();
    assert_eq!((packet.link(), packet.bytes()), (LinkType::ETHERNET, &(ethernet / ip).to_vec().unwrap()[..]));
    let mut padded = (ethernet / ip).to_vec().unwrap();
    padded.resize(60, 0);
    let mut packet = Decoder::new().packet(Frame::ethernet(padded));
    packet.remove(0).unwrap();
    assert_eq!((packet.link(), packet.bytes()), (LinkType::RAW, &ip.to_vec().unwrap()[..]));
    assert_eq!(packet.insert(0, &Vlan::new(1)), Err(EditError::NoLink { protocol: "802.1Q Virtual LAN" }));
    assert!(matches!(packet.remove(0), Err(EditError::NoLink { .. })), "UDP begins no capture");
}

/// A length in the place of a type follows too, and what nothing leads to is refused.
#[test]
fn lengths_and_types() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(1, 2) / "hi";
    let ethernet = Ethernet::new(Mac([2; 6]), Mac([4; 6]));
    let frame = (ethernet / Llc::new() / Snap::new() / ip).to_vec().unwrap();
    let mut packet = Decoder::new().packet(Frame::ethernet(frame.clone()));
    packet.insert(1, &Vlan::new(5)).unwrap();
    assert_eq!(packet.findings().count(), 0);
    packet.remove(1).unwrap();
    assert_eq!(packet.bytes(), frame);
    let mut packet = Decoder::new().packet(Frame::ethernet((ethernet / ip).to_vec().unwrap()));
    assert_eq!(
        packet.insert(1, &Tcp::new(1, 2)),
        Err(EditError::Build(BuildError::NoNumber { field: "eth.type" }))
    );
    assert!(packet.insert(2, &Vxlan::new(1)).is_err() && packet.insert(3, &Udp::new(1, 2)).is_err());
    packet.insert(3, &Vxlan::new(1)).unwrap_err();
    // Behind the last header, in front of the payload.
    let alone = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).protocol(253.into()) / "hi";
    let mut packet = Decoder::new().packet(Frame::raw(alone.to_vec().unwrap()));
    packet.insert(1, &Udp::new(1, 2)).unwrap();
    assert_eq!(packet.bytes(), ip.to_vec().unwrap());
}

/// Lengths end before the check sequence of any link, of whatever length.
#[test]
fn the_check_sequence_of_another_link() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let right = (ip / Udp::new(1, 2) / [7; 30]).to_vec().unwrap();
    let wrong = (ip.total_length(30) / Udp::new(1, 2).length(9) / [7; 30]).to_vec().unwrap();
    for (link, header) in [(LinkType::PPP_HDLC, &[0xff, 0x03, 0x00, 0x21][..]), (LinkType::RAW, &[])] {
        let bytes = [header, &wrong, &[0xab, 0xcd]].concat();
        let mut packet = Decoder::new().packet(Frame { check_sequence: Some(2), ..Frame::new(link, bytes) });
        packet.stretch_lengths().unwrap();
        packet.fix_checksums();
        assert_eq!(packet.bytes()[header.len()..], [&right[..], &[0xab, 0xcd]].concat());
    }
}
