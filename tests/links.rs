//! What frames begin with besides Ethernet, and what they end with: built, taken apart, cut at every byte.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

use layercake::checksum::crc32;
use layercake::field::{BuildError, Builder, Kind, Mac, Severity, Value};
use layercake::names::{
    BsdAddressFamily, EtherType, LinuxAddressFamily, LlcSap, NflogType, PppoeCode, PppoeTag,
};
use layercake::packet::{Decoder, Frame, LinkType, Packet};
use layercake::wire::chdlc::CiscoHdlc;
use layercake::wire::cooked::sll::Sll;
use layercake::wire::cooked::sll2::Sll2;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::llc::Llc;
use layercake::wire::nflog::{self, Nflog};
use layercake::wire::null::Null;
use layercake::wire::ppp::Ppp;
use layercake::wire::ppp_framing::direction::Direction;
use layercake::wire::ppp_framing::hdlc::Hdlc;
use layercake::wire::pppoe::discovery::{self, PppoeDiscovery};
use layercake::wire::pppoe::session::PppoeSession;
use layercake::wire::snap::Snap;
use layercake::wire::udp::Udp;
use layercake::wire::vlan::Vlan;
use layercake::wire::vxlan::gpe::VxlanGpe;

fn ethernet() -> Builder<Ethernet> {
    Ethernet::new(Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2]))
}

fn ipv4() -> Builder<Ipv4> {
    Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
}

fn ipv6() -> Builder<Ipv6> {
    Ipv6::new("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap())
}

fn prefixes(packet: &Packet<&[u8]>) -> Vec<&'static str> {
    packet.headers().map(|layer| packet.protocol(&layer).unwrap().prefix).collect()
}

fn codes(packet: &Packet<&[u8]>) -> Vec<&'static str> {
    packet.findings().map(|finding| finding.code).collect()
}

/// Taken apart the frame has these headers and nothing is wrong with it; its tiles cover it and write it again, cut
/// anywhere.
#[track_caller]
fn sound(link: LinkType, frame: &[u8], headers: &[&str]) {
    let packet = Decoder::new().packet(Frame::new(link, frame));
    assert_eq!(prefixes(&packet), headers);
    assert_eq!(packet.findings().collect::<Vec<_>>(), []);
    assert!(packet.fields().all(|field| field.info.name != "unparsed"));
    for end in 0..=frame.len() {
        tiles(Frame { length: frame.len(), ..Frame::new(link, &frame[..end]) });
    }
}

#[track_caller]
fn tiles(frame: Frame<&[u8]>) {
    let packet = Decoder::new().packet(frame);
    let mut rebuilt = vec![0xaa; frame.bytes.len()];
    let mut bits = 0;
    for field in packet.fields().filter(|field| field.is_tile()) {
        field.write(&mut rebuilt, field.value().unwrap()).unwrap();
        bits += field.bits as usize;
    }
    assert_eq!((bits, &rebuilt[..]), (frame.bytes.len() * 8, frame.bytes));
}

/// RFC 1042: a frame with a length, LLC, SNAP with organization zero, and then EtherTypes.
#[test]
fn ip_in_802_3() {
    let frame =
        (ethernet() / Llc::new() / Snap::new() / ipv4() / Udp::new(1, 2) / b"hello").to_vec().unwrap();
    // 33 bytes of IP behind eight.
    assert_eq!(frame[12..23], [0, 41, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45]);
    sound(LinkType::ETHERNET, &frame, &["eth", "llc", "snap", "ip", "udp"]);

    let tagged =
        (ethernet() / Vlan::new(7) / Llc::new() / Snap::new() / ipv6() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(tagged[12..26], [0x81, 0, 0, 7, 0, 56, 0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd]);
    sound(LinkType::ETHERNET, &tagged, &["eth", "vlan", "llc", "snap", "ipv6", "udp"]);

    let direct = (ethernet() / Llc::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(direct[12..18], [0, 31, 6, 6, 3, 0x45]);
    sound(LinkType::ETHERNET, &direct, &["eth", "llc", "ip", "udp"]);
    // What has no access point must be given one.
    let error = (ethernet() / Llc::new() / Udp::new(1, 2)).to_vec().unwrap_err();
    assert_eq!(error, BuildError::NoNumber { field: "llc.dsap" });
    let given = (ethernet() / Llc::new().dsap(LlcSap(0x42)).ssap(LlcSap(0x43)) / b"bridge").to_vec().unwrap();
    assert_eq!(given[12..17], [0, 9, 0x42, 0x43, 3]);
    sound(LinkType::ETHERNET, &given, &["eth", "llc"]);
}

/// The length ends what LLC carries; behind it is padding, and Novell's frames have no LLC.
#[test]
fn the_length_of_802_3() {
    let mut frame = (ethernet() / Llc::new().dsap(LlcSap(0xf0)).control(0xf3) / b"").to_vec().unwrap();
    frame.resize(60, 0);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!((prefixes(&packet), packet.payload().len()), (vec!["eth", "llc"], 0));
    assert_eq!(packet.layers().last().unwrap().kind, Kind::PADDING);
    for (length, content, headers) in [
        (4, &[0xff, 0xff, 0, 4][..], &["eth"][..]),
        (0, &[1, 2, 3, 4], &["eth"]),
        (4, &[0xf0, 0xf1, 1, 0x7f], &["eth", "llc"]),
        (4, &[0xf0, 0xf1, 0x12, 0x34], &["eth", "llc"]),
        (5, &[0x42, 0x42, 0x0d, 0x34, 9], &["eth", "llc"]),
    ] {
        let frame = (ethernet().ether_type(EtherType(length)) / content).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        assert_eq!(prefixes(&packet), headers, "{content:x?}");
        (0..=frame.len()).for_each(|end| tiles(Frame::ethernet(&frame[..end])));
    }
    // Two bytes are too few.
    let cut = (ethernet().ether_type(EtherType(2)) / [0xaa, 0xaa]).to_vec().unwrap();
    assert_eq!(codes(&Decoder::new().packet(Frame::ethernet(&cut[..]))), ["header.cut"]);
}

#[test]
fn linux_cooked() {
    let mac = Mac([2, 0, 0, 0, 0, 1]);
    let frame = (Sll::new(mac) / ipv4() / Udp::new(1, 2) / b"x").to_vec().unwrap();
    assert_eq!(frame[..16], [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0]);
    sound(LinkType::LINUX_SLL, &frame, &["sll", "ip", "udp"]);
    let frame = (Sll2::new(3, mac) / Llc::new() / Snap::new() / ipv6() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(frame[..20], [0, 4, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]);
    sound(LinkType::LINUX_SLL2, &frame, &["sll", "llc", "snap", "ipv6", "udp"]);
    // Addresses of every length, a wrong one too.
    for length in 0..10 {
        let frame = (Sll::new(mac).address_length(length) / Vlan::new(1) / ipv4()).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::new(LinkType::LINUX_SLL, &frame[..]));
        assert_eq!(codes(&packet), if length > 8 { vec!["sll.halen.long"] } else { vec![] });
        tiles(Frame::new(LinkType::LINUX_SLL, &frame[..]));
        let frame = (Sll2::new(1, mac).address_length(length as u8) / ipv4()).to_vec().unwrap();
        tiles(Frame::new(LinkType::LINUX_SLL2, &frame[..]));
    }
}

#[test]
fn loopback_of_bsd() {
    for link in [LinkType::NULL, LinkType::LOOP] {
        let frame = (Null::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
        assert_eq!(frame[..4], [0, 0, 0, 2]);
        sound(link, &frame, &["null", "ip", "udp"]);
    }
    let mut frame = (Null::new() / ipv6() / Udp::new(1, 2)).to_vec().unwrap();
    frame[..4].copy_from_slice(&[30, 0, 0, 0]);
    sound(LinkType::NULL, &frame, &["null", "ipv6", "udp"]);
    let packet = Decoder::new().packet(Frame::new(LinkType::NULL, &frame[..]));
    assert_eq!(packet.get::<Null>().unwrap().family(), BsdAddressFamily::IPV6_OF_MACOS);
    let family = packet.fields().next().unwrap();
    assert_eq!((family.value(), family.text()), (Some(Value::Number(30)), Some("IPv6")));
    let mut changed = frame.clone();
    family.write(&mut changed, Value::Number(0x01_0203)).unwrap();
    assert_eq!(changed[..4], [3, 2, 1, 0]);
}

#[test]
fn point_to_point() {
    let framed = (Hdlc::new() / Ppp::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(framed[..5], [0xff, 3, 0, 0x21, 0x45]);
    sound(LinkType::PPP, &framed, &["hdlc", "ppp", "ip", "udp"]);
    sound(LinkType::PPP_HDLC, &framed, &["hdlc", "ppp", "ip", "udp"]);
    sound(LinkType::PPP, &framed[2..], &["ppp", "ip", "udp"]);
    // The protocol in one byte.
    sound(LinkType::PPP, &framed[3..], &["ppp", "ip", "udp"]);
    let sent = (Direction::new(true) / Hdlc::new() / Ppp::new() / ipv6() / Udp::new(1, 2)).to_vec().unwrap();
    sound(LinkType::PPP_WITH_DIR, &sent, &["pppdir", "hdlc", "ppp", "ipv6", "udp"]);
    // Cisco's HDLC is another protocol.
    let cisco = (CiscoHdlc::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(cisco[..5], [0x0f, 0, 8, 0, 0x45]);
    sound(LinkType::C_HDLC, &cisco, &["chdlc", "ip", "udp"]);
    sound(LinkType::PPP, &cisco, &["chdlc", "ip", "udp"]);
}

#[test]
fn ppp_over_ethernet() {
    let frame =
        (ethernet() / PppoeSession::new(0x1234) / Ppp::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
    assert_eq!(frame[12..22], [0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 30, 0, 0x21]);
    sound(LinkType::ETHERNET, &frame, &["eth", "pppoes", "ppp", "ip", "udp"]);
    let offer = PppoeDiscovery::new(PppoeCode::PADO)
        .item(&discovery::RULES, PppoeTag::AC_NAME.0, b"concentrator")
        .item(&discovery::RULES, PppoeTag::SERVICE_NAME.0, b"")
        .item(&discovery::RULES, PppoeTag::HOST_UNIQUE.0, &[1, 2, 3]);
    let frame = (ethernet() / offer).to_vec().unwrap();
    assert_eq!(frame[12..24], [0x88, 0x63, 0x11, 7, 0, 0, 0, 27, 1, 2, 0, 12]);
    sound(LinkType::ETHERNET, &frame, &["eth", "pppoed"]);
    // A tag that is longer than the message.
    let mut wrong = frame;
    wrong[23] = 200;
    let packet = Decoder::new().packet(Frame::ethernet(&wrong[..]));
    assert_eq!(codes(&packet), ["pppoed.tag_length.bad"]);
    tiles(Frame::ethernet(&wrong));
}

#[test]
fn logged_by_a_packet_filter() {
    let header = Nflog::new(LinuxAddressFamily::IPV4)
        .resource(5)
        .item(&nflog::LITTLE, NflogType::PACKET_HEADER.0, &[8, 0, 3, 0])
        .item(&nflog::LITTLE, NflogType::PREFIX.0, b"drop\0")
        .item(&nflog::LITTLE, NflogType::TIMESTAMP.0, &[1; 16])
        .item(&nflog::LITTLE, NflogType::MARK.0, &[0, 0, 0, 7])
        .payload();
    let mut frame = (header / ipv4() / Udp::new(1, 2) / b"odd").to_vec().unwrap();
    assert_eq!(frame[..12], [2, 0, 0, 5, 8, 0, 1, 0, 8, 0, 3, 0]);
    assert_eq!(frame[12..24], [9, 0, 10, 0, b'd', b'r', b'o', b'p', 0, 0, 0, 0]);
    assert_eq!(frame[52..57], [35, 0, 9, 0, 0x45]);
    sound(LinkType::NFLOG, &frame, &["nflog", "ip", "udp"]);
    // The padding behind the packet is no part of it.
    frame.push(0);
    let packet = Decoder::new().packet(Frame::new(LinkType::NFLOG, &frame[..]));
    assert_eq!((packet.payload(), packet.layers().last().unwrap().kind), (&b"odd"[..], Kind::TRAILER));
    sound(LinkType::NFLOG, &frame, &["nflog", "ip", "udp"]);
}

#[test]
fn vxlan_with_other_protocols() {
    let outer = ethernet() / ipv4() / Udp::new(50_000, 4790);
    for (frame, number, headers) in [
        ((outer / VxlanGpe::new(7) / ipv4() / Udp::new(1, 2)).to_vec(), 1, &["ip", "udp"][..]),
        ((outer / VxlanGpe::new(7) / ipv6() / Udp::new(1, 2)).to_vec(), 2, &["ipv6", "udp"]),
        ((outer / VxlanGpe::new(7) / ethernet() / ipv4()).to_vec(), 3, &["eth", "ip"]),
    ] {
        let frame = frame.unwrap();
        assert_eq!(frame[42..50], [0x0c, 0, 0, number, 0, 0, 7, 0]);
        sound(LinkType::ETHERNET, &frame, &[&["eth", "ip", "udp", "vxlan"], headers].concat());
    }
}

/// The names by which the command and JSON know link types lead back to them, and raw IP is what its first bits say.
#[test]
fn link_types_have_names() {
    for link in (0..300).map(LinkType).filter(|link| link.is_decoded()) {
        if let Some(name) = link.name() {
            assert_eq!(LinkType::from_name(name), Some(link));
        }
    }
    let (four, six) =
        ((ipv4() / Udp::new(1, 2)).to_vec().unwrap(), (ipv6() / Udp::new(1, 2)).to_vec().unwrap());
    for link in [LinkType::RAW, LinkType(12), LinkType(14), LinkType::IPV4] {
        sound(link, &four, &["ip", "udp"]);
    }
    for link in [LinkType::RAW, LinkType(12), LinkType(14), LinkType::IPV6] {
        sound(link, &six, &["ipv6", "udp"]);
    }
    let unknown = Decoder::new().packet(Frame::new(LinkType(147), &[1, 2][..]));
    let finding = unknown.findings().next().unwrap();
    assert_eq!(finding.to_string(), "frames of this link type are not decoded: 147");
    let neither = Decoder::new().packet(Frame::raw(&[0x30, 2][..]));
    let text = neither.findings().next().unwrap().to_string();
    assert_eq!(text, "no header that is decoded here begins like this frame: 101");
}

/// IEEE 802.3 clause 3.2.9. What the capture says of the check sequence decides; where it says nothing, one that fits.
#[test]
fn frame_check_sequences() {
    let mut frame = (ethernet() / ipv4() / Udp::new(1, 2) / [0x5a; 20]).to_vec().unwrap();
    let whole = frame.len();
    let right = crc32(&frame).to_le_bytes();
    frame.extend(right);
    let mut wrong = frame.clone();
    wrong[whole] ^= 0xff;
    let kinds = |frame: Frame<&[u8]>| {
        tiles(frame);
        let packet = Decoder::new().packet(frame);
        let rest: Vec<_> = packet.layers().skip(3).map(|layer| (layer.kind, layer.header())).collect();
        (rest, packet.findings().collect::<Vec<_>>())
    };
    fn promised(bytes: &[u8], promised: Option<u8>) -> Frame<&[u8]> {
        Frame { check_sequence: promised, ..Frame::ethernet(bytes) }
    }
    let payload = (Kind::PAYLOAD, 20);
    // Right: said or not.
    for said in [Some(4), None] {
        let (layers, findings) = kinds(promised(&frame, said));
        assert_eq!((layers, findings), (vec![payload, (Kind::FRAME_CHECK_SEQUENCE, 4)], vec![]));
    }
    // Said that there is none: a fitting one is chance.
    let (layers, findings) = kinds(promised(&frame, Some(0)));
    assert_eq!((layers, findings), (vec![payload, (Kind::FRAME_TRAILER, 4)], vec![]));
    // Wrong: an error if one was said to be there, else just bytes.
    let (layers, findings) = kinds(promised(&wrong, Some(4)));
    assert_eq!(layers, [payload, (Kind::FRAME_CHECK_SEQUENCE, 4)]);
    assert_eq!(
        (findings[0].code, findings[0].severity, findings[0].offset(), findings[0].byte_length()),
        ("eth.fcs.bad", Severity::Error, whole, 4)
    );
    assert_eq!(findings[0].field, Some("eth.fcs"));
    assert_eq!(findings.len(), 1);
    let (layers, findings) = kinds(promised(&wrong, None));
    assert_eq!((layers, findings), (vec![payload, (Kind::FRAME_TRAILER, 4)], vec![]));
    // Cut within it: what is left is part of it, and nothing is said of it; cut before it: there is none.
    for left in 1..4 {
        let cut = Frame { length: frame.len(), ..promised(&frame[..whole + left], Some(4)) };
        let (layers, findings) = kinds(cut);
        assert_eq!((layers, findings), (vec![payload, (Kind::FRAME_CHECK_SEQUENCE, left)], vec![]));
    }
    let cut = Frame { length: frame.len(), ..promised(&frame[..whole], Some(4)) };
    assert_eq!(kinds(cut), (vec![payload], vec![]));
    // A frame that is shorter than what was promised.
    tiles(promised(&frame[..3], Some(4)));
    assert_eq!(codes(&Decoder::new().packet(promised(&frame[..4], Some(4)))), ["header.cut", "eth.fcs.bad"]);
}

/// Other links have other check sequences: their bytes are kept, and not judged.
#[test]
fn check_sequences_of_other_links() {
    let mut frame = (Hdlc::new() / Ppp::new() / ipv4() / Udp::new(1, 2)).to_vec().unwrap();
    frame.extend([0xab, 0xcd]);
    let frame = Frame { check_sequence: Some(2), ..Frame::new(LinkType::PPP, &frame[..]) };
    tiles(frame);
    let packet = Decoder::new().packet(frame);
    let last = packet.fields().last().unwrap();
    assert_eq!((last.info.name, last.value()), ("fcs", Some(Value::Bytes(&[0xab, 0xcd]))));
    assert_eq!(packet.findings().count(), 0);
}
