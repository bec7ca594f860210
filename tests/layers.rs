//! Layers as a library user meets them: tunnels, quotes, deep nesting, limits, and a protocol of one's own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use common::{fixtures, frames, root};
use layercake::field::{BuildError, Kind, Mac, Reason, Severity, Verdict};
use layercake::names::{ExtensionClass, Icmpv4Type, Icmpv6Type, Ipv6OptionType, NdpOptionType, RoutingType};
use layercake::packet::{Decoder, Frame, Limits, Rule, When};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmp_extension::{IcmpExtension, LabelStackEntry};
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::ipv6_extension::destination_options::DestinationOptions;
use layercake::wire::ipv6_extension::fragment::Fragment;
use layercake::wire::ipv6_extension::routing::Routing;
use layercake::wire::sctp::Sctp;
use layercake::wire::tcp::Tcp;
use layercake::wire::tcp::typed::{Multipath, TcpOption};
use layercake::wire::udp::Udp;
use layercake::wire::vlan::Vlan;

/// RFC 792: an error carries the packet it is about, which is a packet like any other.
#[test]
fn a_quoted_packet_is_an_ordinary_packet() {
    let all = frames(&root().join("fixtures/refused.pcap"));
    let sent = Decoder::new().packet(all[8].frame());
    let error = Decoder::new().packet(all[9].frame());
    assert_eq!(error.get::<Icmpv4>().unwrap().code(), 3);
    let (quoted, asked) = (error.nth::<Ipv4>(1).unwrap(), sent.get::<Ipv4>().unwrap());
    assert_eq!((quoted.source(), quoted.identification()), (asked.source(), asked.identification()));
    assert_eq!(error.get::<Udp>().unwrap().destination_port(), sent.get::<Udp>().unwrap().destination_port());
    // What is quoted is not what the error itself is: its ports are not the error's.
    assert_eq!(error.ports(), None);
    assert_eq!(error.transport().unwrap().kind, Kind::ICMPV4);
    assert_eq!(error.findings().count(), 0);
}

/// The outermost headers are the packet's own; what is in the tunnel is reached by number.
#[test]
fn a_tunnel_is_layers_too() {
    let all = frames(&root().join("fixtures/ipip.pcap"));
    let tunnelled: Vec<_> = all
        .iter()
        .map(|captured| Decoder::new().packet(captured.frame()))
        .filter(|packet| packet.nth::<Ipv4>(1).is_some() || packet.get::<Ipv6>().is_some())
        .collect();
    assert!(tunnelled.len() >= 4);
    for packet in &tunnelled {
        let flow = packet.flow_key().unwrap();
        assert!(matches!(flow.protocol.0, 4 | 41), "{flow:?}");
        assert_eq!(packet.addresses().unwrap().0, packet.get::<Ipv4>().unwrap().source());
        assert!(packet.transport().is_none(), "the tunnel's own packet has no transport header");
        assert!(
            matches!(
                packet.headers().last().unwrap().kind,
                Kind::TCP | Kind::UDP | Kind::ICMPV4 | Kind::ICMPV6
            ),
            "the innermost header is a transport header"
        );
    }
}

/// 70 tags: 64 layers are taken off, and a finding says that there are more.
#[test]
fn nesting_has_a_limit() {
    let all = frames(&root().join("fixtures/bad/vlan-nested-70.pcap"));
    let packet = Decoder::new().packet(all[0].frame());
    assert_eq!(packet.headers().count(), 64);
    assert_eq!(packet.findings().map(|finding| finding.code).collect::<Vec<_>>(), ["layers.limit"]);
    // Layers beyond those that the record holds are the same as any other.
    for (index, layer) in packet.headers().enumerate().skip(1) {
        assert_eq!((layer.kind, layer.start(), layer.header()), (Kind::VLAN, 10 + 4 * index, 4));
        assert_eq!(packet.layer(index), Some(layer));
    }
    let short = Decoder { limits: Limits { layers: 3 }, ..Decoder::new() };
    assert_eq!(short.packet(all[0].frame()).headers().count(), 3);
    let long = Decoder { limits: Limits { layers: 255 }, ..Decoder::new() };
    let packet = long.packet(all[0].frame());
    assert_eq!(packet.headers().filter(|layer| layer.kind == Kind::VLAN).count(), 70);
    // The tags are numbered from 1 (fixtures/bad/make.py).
    for n in 0..70 {
        assert_eq!(usize::from(packet.nth::<Vlan>(n).unwrap().id()), n + 1);
    }
}

/// Cut at every byte, the layers that are left are the same as before, up to the one that is cut.
#[test]
fn what_was_whole_stays_whole() {
    for captured in fixtures().iter().filter(|captured| captured.bytes.len() < 200) {
        let whole: Vec<_> = Decoder::new().packet(captured.frame()).headers().collect();
        for end in 0..captured.bytes.len() {
            let cut = Decoder::new().packet(Frame { bytes: &captured.bytes[..end], ..captured.frame() });
            for (before, after) in whole.iter().zip(cut.headers()) {
                if before.content() > end {
                    break;
                }
                assert_eq!(
                    (before.kind, before.start()),
                    (after.kind, after.start()),
                    "{} at {end}",
                    captured.file
                );
            }
        }
    }
}

/// A header of one's own, in a crate that only uses this one.
mod colour {
    use layercake::field::builder::Registered;
    use layercake::field::{Announce, Builder, Kind, Numbers, Peel, Protocol};
    use layercake::names::EtherType;

    layercake::header! {
        /// A colour and the EtherType of what follows.
        pub struct Colour(4) builder ColourFields "colour" in "example" {
            tile COLOUR(colour, set_colour): u16 as Hex = 0..16, "colour.value", "Colour";
            tile NEXT(next, set_next): EtherType = 16..32, "colour.next", "Next";
        }
    }

    pub static PROTOCOL: Protocol = Protocol {
        prefix: "colour",
        name: "Colour",
        spec: "example",
        fields: FIELDS,
        length: Colour::LEN,
        peel: |bytes| {
            let (header, content) = bytes.split_first_chunk::<4>()?;
            Some(Peel { header: 4, content, tail: 0, next: NEXT.read(header).map(Into::into) })
        },
        needed: |_| Colour::LEN,
        announce: Some(Announce { field: &NEXT.info, numbers: Numbers::EtherType, nothing: None }),
        ..Protocol::PLAIN
    };

    impl Registered for Colour {
        const KIND: Kind = Kind::user(0);
        const PROTOCOL: &'static Protocol = &PROTOCOL;
        const ETHER_TYPE: Option<u16> = Some(0x88b5);
        const IP_PROTOCOL: Option<u8> = None;
    }

    impl Colour {
        #[allow(clippy::new_ret_no_self)]
        pub fn new(colour: u16) -> Builder<Self> {
            Builder::<Self>::empty().colour(colour)
        }
    }
}
use colour::{Colour, ColourFields};

static RULES: &[Rule] = &[
    Rule::of::<Colour>(When::EtherType(layercake::names::EtherType(0x88b5))),
    Rule::of::<Colour>(When::UdpPort(9999)),
];

/// A user's protocol is a layer like any other, between built-in ones and behind a port.
#[test]
fn a_protocol_of_ones_own() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let ethernet = Ethernet::new(Default::default(), Default::default());
    let frame =
        (ethernet / Colour::new(0x1234) / ip / Udp::new(1, 9999) / Colour::new(7).next(0x88b6.into()))
            .to_vec()
            .unwrap();
    assert_eq!(frame[12..18], [0x88, 0xb5, 0x12, 0x34, 0x08, 0x00]);

    let packet = Decoder::new().rules(RULES).packet(Frame::ethernet(&frame[..]));
    let names: Vec<&str> = packet.headers().map(|layer| packet.protocol(&layer).unwrap().prefix).collect();
    assert_eq!(names, ["eth", "colour", "ip", "udp", "colour"]);
    let colours: Vec<_> = packet
        .fields()
        .filter(|field| field.info.name == "colour.value")
        .map(|field| field.offset())
        .collect();
    assert_eq!(colours, [14, 46]);
    assert_eq!(packet.nth::<Colour>(1).unwrap().colour(), 7);
    assert_eq!(Decoder::new().packet(Frame::ethernet(&frame[..])).headers().count(), 1);
    for end in 0..frame.len() {
        let cut = Decoder::new().rules(RULES).packet(Frame::ethernet(&frame[..end]));
        let bits: u32 = cut.fields().filter(|field| field.is_tile()).map(|field| field.bits).sum();
        assert_eq!(bits as usize, end * 8);
    }
}

/// The longest frame that captures hold: offloaded, so that the total length is zero and the frame's end counts.
#[test]
fn a_frame_of_256_kib() {
    let payload = vec![0x5a; 262_144 - 42];
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).total_length(0);
    let frame = (Ethernet::new(Default::default(), Default::default())
        / ip
        / Udp::new(1, 2).length(0)
        / &payload[..])
        .to_vec()
        .unwrap();
    assert_eq!(frame.len(), 262_144);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.payload().len(), payload.len());
    assert_eq!(
        packet.findings().map(|finding| finding.code).collect::<Vec<_>>(),
        ["ip.len.zero", "udp.length.bad"]
    );
    let bits: u64 = packet.fields().filter(|field| field.is_tile()).map(|field| u64::from(field.bits)).sum();
    assert_eq!(bits, 262_144 * 8);
}

fn codes(frame: &[u8]) -> Vec<&'static str> {
    Decoder::new().packet(Frame::ethernet(frame)).findings().map(|finding| finding.code).collect()
}

fn ethernet() -> layercake::field::Builder<Ethernet> {
    Ethernet::new(Default::default(), Default::default())
}

/// RFC 791 section 3.2: the first fragment of a tunnelled packet, or one that ends within the TCP header, is sound.
#[test]
fn fragments_are_not_blamed() {
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let inner = (Ipv4::new(a, b) / Udp::new(1, 2) / [0x5a; 100]).to_vec().unwrap();
    let first = ethernet() / Ipv4::new(a, b).protocol(4.into()).more_fragments(true) / &inner[..64];
    assert_eq!(codes(&first.to_vec().unwrap()), [""; 0]);
    let tcp = (Tcp::new(1, 2).mss(1460) / [0; 0]).to_vec().unwrap();
    let first = ethernet() / Ipv4::new(a, b).protocol(6.into()).more_fragments(true) / &tcp[..8];
    assert_eq!(codes(&first.to_vec().unwrap()), ["header.cut"]);
    let frame = first.to_vec().unwrap();
    let note = Decoder::new().packet(Frame::ethernet(&frame[..])).findings().next().unwrap();
    assert_eq!(note.severity, layercake::field::Severity::Note);
}

/// A port of a tunnel says what is carried where it is the destination; a client may have any as its own.
#[test]
fn the_source_port_of_a_tunnel_is_any() {
    let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    for (from, to, kind) in [
        (4789, 9, Kind::UDP),
        (4790, 9, Kind::UDP),
        (9899, 9, Kind::UDP),
        (9, 9899, Kind::UDP),
        (9899, 9899, Kind::SCTP),
        (9, 4789, Kind::ETHERNET),
        (4789, 4789, Kind::ETHERNET),
        (4789, 4790, Kind::ETHERNET),
    ] {
        let inside = [0x08, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5, 1, 2, 3];
        let frame = (ethernet() / Ipv6::new(a, b) / Udp::new(from, to) / inside).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        let last = packet.layers().filter(|layer| !layer.is_rest()).last().unwrap();
        assert_eq!(last.kind, kind, "{from} {to}");
        if kind == Kind::UDP {
            assert_eq!(codes(&frame), [""; 0]);
        }
        // RFC 6935: a tunnel may go without a checksum.
        let frame =
            (ethernet() / Ipv6::new(a, b) / Udp::new(from, to).checksum(0) / inside).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        let zero = packet.findings().find(|finding| finding.code == "udp.checksum.zero").unwrap();
        let tunnel = matches!(to, 4789 | 4790);
        assert_eq!(zero.severity == layercake::field::Severity::Note, tunnel, "{from} {to}");
    }
}

/// RFC 6275 sections 6.1.1 and 11.3.1: the home address stands in for the source. The sum is made here word by word.
#[test]
fn a_home_address_is_the_source_of_a_checksum() {
    use layercake::names::MobilityMessageType;
    use layercake::wire::mobility::Mobility;

    let (care_of, agent): (std::net::Ipv6Addr, std::net::Ipv6Addr) =
        ("2001:db8:1::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let home: std::net::Ipv6Addr = "2001:db8:beef::99".parse().unwrap();
    // Sequence number 7, acknowledgement wanted, 60 seconds.
    let update = Mobility::new(MobilityMessageType::BINDING_UPDATE).append(&[0, 7, 0x80, 0, 0, 15]);
    let option = DestinationOptions::new().option(Ipv6OptionType::HOME_ADDRESS, &home.octets());
    let frame = (ethernet() / Ipv6::new(care_of, agent) / option / update).to_vec().unwrap();
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.checksums().last().unwrap().2, Verdict::Ok);
    assert_eq!(codes(&frame), [""; 0]);

    let mobility = packet.layers().find(|layer| layer.kind == Kind::MOBILITY).unwrap();
    let mobility = &frame[mobility.start()..mobility.end()];
    let length = (mobility.len() as u32).to_be_bytes();
    let covered =
        [&home.octets()[..], &agent.octets(), &length, &[0, 0, 0, 135], &mobility[..4], &mobility[6..]]
            .concat();
    let mut sum: u32 = covered.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1])).sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    assert_eq!(mobility[4..6], (!(sum as u16)).to_be_bytes());
}

/// RFC 8200 section 8.1: where the addresses that a checksum covers are not known, nothing is said of it. RFC 6275
/// section 11.3.1: a home address stands in for the source, so a checksum over the source is bad; a home address that
/// is too short is none.
#[test]
fn unknown_addresses_judge_nothing() {
    let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let udp =
        (Ethernet::new(Default::default(), Default::default()) / Ipv6::new(a, b) / Udp::new(1, 2) / b"hello")
            .to_vec()
            .unwrap();
    let udp = &udp[54..];
    let rpl = Routing::new(RoutingType::RPL, 1).next_header(17.into()).append(&[0; 20]);
    let home = |length| {
        let empty = DestinationOptions::new().next_header(17.into());
        empty.option(Ipv6OptionType::HOME_ADDRESS, [1; 16].get(..length).unwrap())
    };
    for frame in [
        (ethernet() / Ipv6::new(a, b) / rpl / udp).to_vec(),
        (ethernet() / Ipv6::new(a, b) / home(8) / udp).to_vec(),
    ] {
        let frame = frame.unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        assert_eq!(packet.get::<Udp>().unwrap().source_port(), 1);
        assert_eq!(packet.checksums().last().unwrap().2, Verdict::Unchecked(Reason::Addresses));
        assert_eq!(packet.findings().count(), 0);
    }
    let covered = (ethernet() / Ipv6::new(a, b) / home(16) / Udp::new(1, 2) / b"hello").to_vec().unwrap();
    let of_source = (ethernet() / Ipv6::new(a, b) / home(16) / udp).to_vec().unwrap();
    for (frame, sound) in [(covered, true), (of_source, false)] {
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        assert_eq!(packet.checksums().last().unwrap().2 == Verdict::Ok, sound);
    }
}

/// RFC 4861 section 4.6.3: what a redirect quotes is a layer, where it is the last of its options and not empty.
#[test]
fn a_redirect_carries_the_packet_that_it_quotes() {
    let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let quoted = (Ipv6::new(a, b) / Udp::new(1, 2) / [0; 8]).to_vec().unwrap();
    let option = [&[0; 6][..], &quoted].concat();
    let redirect = |data: &[u8]| Icmpv6::redirect(a, b).option(NdpOptionType::REDIRECTED_HEADER, data);
    let kinds = |message: layercake::field::Builder<Icmpv6>| {
        let ip = Ipv6::new(a, b).hop_limit(255);
        let frame = (ethernet() / ip / message / [0; 0]).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        assert_eq!(packet.findings().map(|finding| finding.code).collect::<Vec<_>>(), [""; 0]);
        let view = packet.get::<Icmpv6>().unwrap();
        assert_eq!(view.options().filter(|item| !item.broken).count(), view.options().count());
        packet.headers().map(|layer| layer.kind).collect::<Vec<_>>()
    };
    let plain = [Kind::ETHERNET, Kind::IPV6, Kind::ICMPV6];
    let quoting = [&plain[..], &[Kind::IPV6, Kind::UDP]].concat();
    assert_eq!(kinds(redirect(&option)), quoting);
    assert_eq!(kinds(redirect(&option).link_mtu(1280)), plain);
    assert_eq!(kinds(redirect(&[0; 6])), plain);
}

/// An ICMP error that quotes 128 bytes of a packet, and what stands behind them; `words` is what it says of their length.
fn error_with(words: u8, behind: &[u8]) -> Vec<u8> {
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut quoted = (Ipv4::new(a, b) / Udp::new(1, 2) / [0x5a; 104]).to_vec().unwrap();
    quoted.truncate(128);
    quoted.extend(behind);
    let error = Icmpv4::time_exceeded(0).quoted_length(usize::from(words) * 4);
    (ethernet() / Ipv4::new(b, a) / error / &quoted[..]).to_vec().unwrap()
}

/// RFC 4884: what stands behind a quoted packet is no part of it, but a structure with a checksum of its own.
#[test]
fn an_extension_stands_behind_a_quote() {
    let mut extension = [0x20, 0, 0xcd, 0xf5, 0, 8, 1, 1, 0, 0, 0x11, 0x01];
    // With a length, and as senders did before there was one (section 5).
    for words in [32, 0] {
        let frame = error_with(words, &extension);
        assert_eq!(codes(&frame), [""; 0]);
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        let found = packet.get::<IcmpExtension>().unwrap();
        let labels: Vec<_> = found.objects().flat_map(|object| object.labels()).collect();
        assert_eq!(labels, [LabelStackEntry { label: 1, traffic_class: 0, bottom: true, ttl: 1 }]);
        assert_eq!(packet.get::<Icmpv4>().unwrap().extension(), extension);
        assert_eq!(packet.get::<Icmpv4>().unwrap().payload().len(), 128);
        let last = packet.layers().last().unwrap();
        assert_eq!((last.kind, last.start(), last.end()), (Kind::ICMP_EXTENSION, 170, 182));
        assert_eq!(packet.checksums().last().unwrap().2, Verdict::Ok);
    }
    // A checksum that is wrong is one if the message says that there is a structure, and else there is none.
    extension[3] ^= 1;
    let frame = error_with(32, &extension);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    let finding = packet.findings().next().unwrap();
    assert_eq!((finding.code, finding.offset(), finding.byte_length()), ("icmp.ext.checksum.bad", 172, 2));
    assert_eq!(packet.layer(finding.layer).unwrap().kind, Kind::ICMP_EXTENSION);
    assert_eq!(codes(&error_with(0, &extension)), [""; 0]);
    // None was computed; an object that reaches behind the end; a quote that does.
    extension[2..4].fill(0);
    assert_eq!(codes(&error_with(32, &extension)), [""; 0]);
    extension[5] = 12;
    assert_eq!(codes(&error_with(32, &extension)), ["icmp.ext.length.bad"]);
    assert_eq!(codes(&error_with(40, &extension)), ["icmp.length.beyond"]);
    // Cut by the capture, or a fragment, nothing is said of it.
    let cut = Frame { length: frame.len(), ..Frame::ethernet(&frame[..frame.len() - 2]) };
    assert!(Decoder::new().packet(cut).findings().all(|finding| finding.severity < Severity::Error));
    let mut fragment = frame.clone();
    fragment[20] |= 0x20;
    assert!(!codes(&fragment).contains(&"icmp.ext.checksum.bad"));
}

/// RFC 8335 section 2: an extended echo request is a header and a structure.
#[test]
fn an_extended_echo_asks_after_an_interface() {
    let ask = IcmpExtension::new().object(ExtensionClass::INTERFACE_IDENTIFICATION, 1, b"eth0");
    let ask = (ask / [0; 0]).to_vec().unwrap();
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let request = Icmpv4::new(Icmpv4Type::EXTENDED_ECHO_REQUEST, 0).append(&[0, 1, 2, 1]);
    let frame = (ethernet() / Ipv4::new(a, b) / request / &ask[..]).to_vec().unwrap();
    assert_eq!(codes(&frame), [""; 0]);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.get::<IcmpExtension>().unwrap().objects().next().unwrap().data(), b"eth0");
    let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let request = Icmpv6::new(Icmpv6Type::EXTENDED_ECHO_REQUEST, 0).append(&[0, 1, 2, 1]);
    let frame = (ethernet() / Ipv6::new(a, b) / request / &ask[..]).to_vec().unwrap();
    assert_eq!(codes(&frame), [""; 0]);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.get::<Icmpv6>().unwrap().extension(), ask);
}

/// RFC 792, RFC 1256: messages as they were given.
#[test]
fn icmp_messages_are_read_as_they_were_given() {
    let view = |message: &layercake::field::Builder<Icmpv4>| message.bytes().unwrap().to_vec();
    let gateway = std::net::Ipv4Addr::new(192, 0, 2, 9);
    assert_eq!(Icmpv4::view(&view(&Icmpv4::redirect(1, gateway))[..]).unwrap().gateway(), Some(gateway));
    let times = Icmpv4::timestamp_reply(1, 2, [3, 4, 5]);
    assert_eq!(Icmpv4::view(&view(&times)[..]).unwrap().timestamps(), Some((1, 2, [3, 4, 5])));
    assert_eq!(Icmpv4::view(&view(&Icmpv4::parameter_problem(9))[..]).unwrap().pointer(), Some(9));
    assert_eq!(Icmpv4::view(&view(&Icmpv4::fragmentation_needed(1400))[..]).unwrap().mtu(), Some(1400));
    let routers = Icmpv4::router_advertisement(1800)
        .router_address(gateway, -1)
        .router_address([192, 0, 2, 8].into(), 7);
    let bytes = view(&routers);
    let routers = Icmpv4::view(&bytes[..]).unwrap();
    assert!(routers.router_addresses().eq([(gateway, -1), ([192, 0, 2, 8].into(), 7)]));
    assert_eq!((routers.router_lifetime(), routers.mtu()), (Some(1800), None));
}

/// RFC 4861 sections 6.1 and 7.1: what came through a router, or has a code, is no message of a neighbour's.
#[test]
fn neighbours_are_on_the_link() {
    let (a, b) = ("fe80::1".parse().unwrap(), "fe80::2".parse().unwrap());
    let advertisement = Icmpv6::neighbour_advertisement(a, Mac([2, 0, 0, 0, 0, 1]), true);
    let sound = (ethernet() / Ipv6::new(a, b).hop_limit(255) / advertisement).to_vec().unwrap();
    assert_eq!(codes(&sound), [""; 0]);
    let packet = Decoder::new().packet(Frame::ethernet(&sound[..]));
    let view = packet.get::<Icmpv6>().unwrap();
    assert_eq!((view.target(), view.advertisement_flags().unwrap().solicited), (Some(a), true));
    let far = ethernet() / Ipv6::new(a, b).hop_limit(64) / advertisement.code(1).option(14.into(), b"abcdef");
    let mut far = far.to_vec().unwrap();
    assert_eq!(codes(&far), ["icmpv6.nd.hlim.bad", "icmpv6.nd.code.bad"]);
    let length = far.len() - 7;
    far[length] = 0;
    assert!(codes(&far).contains(&"icmpv6.opt.len.bad"));
}

/// RFC 791 section 3.1: a total length of less than the header vouches for nothing.
#[test]
fn a_wrong_length_vouches_for_nothing() {
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let mut frame = (ethernet() / Ipv4::new(a, b).total_length(19) / Tcp::new(1, 2)).to_vec().unwrap();
    frame.resize(60, 0);
    assert_eq!(codes(&frame), ["ip.len.bad"]);
}

/// IANA: 0, 43, 44 and 60 are headers of IPv6; behind IPv4 they are nothing.
#[test]
fn extension_headers_belong_to_ipv6() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let frame = (ethernet() / ip.protocol(0.into()) / [6, 0, 1, 4, 0, 0, 0, 0]).to_vec().unwrap();
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.headers().count(), 2);
    assert_eq!(packet.payload().len(), 8);
}

/// Behind many tags, the packet's own headers are still reached.
#[test]
fn addresses_and_ports_behind_many_tags() {
    let inner =
        (Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(7, 9) / b"x").to_vec().unwrap();
    let mut frame = vec![0; 12];
    for tag in 0..20u8 {
        frame.extend([0x81, 0x00, 0, tag]);
    }
    frame.extend([0x08, 0x00]);
    frame.extend(inner);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    assert_eq!(packet.network().unwrap().kind, Kind::IPV4);
    assert_eq!(packet.ports(), Some((7, 9)));
    assert_eq!(packet.payload(), b"x");
    assert_eq!(packet.flow_key().unwrap().protocol.0, 17);
}

/// RFC 8200 section 4.1: what an IPv6 packet carries is what its last extension header says.
#[test]
fn the_last_extension_header_says_what_follows() {
    let (a, b) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let later = ethernet() / Ipv6::new(a, b) / Fragment::new(7, 100, false).next_header(17.into()) / [0; 16];
    let frame = later.to_vec().unwrap();
    assert_eq!(Decoder::new().packet(Frame::ethernet(&frame[..])).flow_key().unwrap().protocol.0, 17);
}

/// Bytes can begin with any header: what was put together out of several packets, or stands in the middle of one.
#[test]
fn a_packet_begins_where_it_is_said_to() {
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let datagram = (Ipv4::new(a, b) / Udp::new(5000, 7) / b"hello").to_vec().unwrap();
    let raw = Decoder::new().packet(Frame::raw(&datagram[..]));
    let started = Decoder::new().packet(Frame::of_kind(Kind::IPV4, &datagram[..]));
    assert_eq!((raw.record(), raw.link()), (started.record(), started.link()));

    let inside = Decoder::new().packet(Frame::of_kind(Kind::UDP, datagram[20..].to_vec()));
    assert!(inside.names().eq(["udp", "payload"]));
    assert_eq!((inside.ports(), inside.payload()), (Some((5000, 7)), &b"hello"[..]));
    // The addresses that its checksum covers are not here.
    assert_eq!(inside.checksums().next().unwrap().2, Verdict::Unchecked(Reason::Addresses));
    assert_eq!(inside.findings().count(), 0);

    // It stays so when it is taken apart again; with a link layer in front, that is what it begins with.
    let mut inside = inside;
    inside.refresh();
    assert!(inside.names().eq(["udp", "payload"]));
    inside.insert(0, &Ipv4::new(a, b)).unwrap();
    assert_eq!(inside.frame().begins, None);
    assert_eq!(inside.bytes(), datagram);
}

/// A length that its field cannot say is an error, unless the field was given.
#[test]
fn too_long_is_said() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let payload = vec![0; 70_000];
    let error = (ip / Udp::new(1, 2) / &payload[..]).to_vec().unwrap_err();
    assert_eq!(error, BuildError::TooLong { field: "ip.len", length: 70_028 });
    assert!((ip.total_length(0) / Udp::new(1, 2).length(0) / &payload[..]).to_vec().is_ok());
}

/// What a view over borrowed bytes gives back lives as long as the bytes, not as long as the view.
#[test]
fn a_payload_outlives_its_view() {
    fn payload(datagram: &[u8]) -> &[u8] {
        Udp::view(datagram).map_or(&[], |udp| udp.payload())
    }
    fn kinds<'p>(packet: &'p layercake::packet::Packet<&[u8]>) -> impl Iterator<Item = u16> + 'p {
        packet.get::<Tcp>().into_iter().flat_map(|tcp| tcp.options()).map(|option| option.kind)
    }
    assert_eq!(payload(&[0, 1, 0, 2, 0, 10, 0, 0, 7, 7, 9]), [7, 7]);
    let all = frames(&root().join("fixtures/http.pcap"));
    assert_eq!(kinds(&Decoder::new().packet(all[2].frame())).collect::<Vec<_>>(), [2, 4, 8, 1, 3]);
}

/// Of borrowed bytes a packet gives back what lives as long as they do; of its own, where it lies.
#[test]
fn a_payload_outlives_its_packet() {
    fn segment(frame: &[u8]) -> Option<(Tcp<&[u8]>, &[u8])> {
        let packet = Decoder::new().packet(Frame::ethernet(frame));
        Some((packet.lent::<Tcp>(0)?, packet.lent_payload()))
    }
    for captured in fixtures() {
        let packet = Decoder::new().packet(Frame { length: captured.bytes.len(), ..captured.frame() });
        assert_eq!(packet.lent_payload(), packet.payload());
        let layers = packet.layers();
        assert!(layers.into_iter().all(|layer| packet.lent_bytes(&layer) == packet.layer_bytes(&layer)));
        assert_eq!(packet.lent::<Ipv4>(1), packet.nth::<Ipv4>(1));
        let (range, payload) = (packet.payload_range(), packet.payload().to_vec());
        assert_eq!(captured.bytes.get(range), Some(&payload[..]));
    }
    let all = frames(&root().join("fixtures/http.pcap"));
    let (tcp, payload) = all
        .iter()
        .filter_map(|frame| segment(&frame.bytes))
        .find(|(_, payload)| !payload.is_empty())
        .unwrap();
    assert!(tcp.source_port() > 0 && payload.starts_with(b"GET "));
}

/// What the builder writes, the typed options read: each kind, and the blocks of SACK as many as there is room for.
#[test]
fn options_are_built_and_read_again() {
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let blocks = [(1, 2), (3, 4), (5, 6), (0xffff_fff0, 7)];
    let headers = [
        Tcp::new(1, 2).syn(true).mss(1460).sack_permitted().timestamps(7, 9).nop().window_scale(14),
        Tcp::new(1, 2).nop().nop().sack(&blocks),
        Tcp::new(1, 2).md5_signature([7; 16]).user_timeout(90, true).fast_open(&[1, 2, 3, 4]),
        Tcp::new(1, 2).authentication(1, 2, &[9; 12]).multipath(&[0x60, 0, 0, 0, 0, 0, 0, 0, 0, 5]),
    ];
    let mut seen = Vec::new();
    for tcp in headers {
        let frame = (ethernet() / Ipv4::new(a, b) / tcp / b"data").to_vec().unwrap();
        assert_eq!(codes(&frame), [""; 0]);
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        for option in packet.get::<Tcp>().unwrap().typed_options() {
            if let TcpOption::Sack(read) = option {
                assert_eq!(read.collect::<Vec<_>>(), blocks);
            } else if !matches!(option, TcpOption::NoOperation | TcpOption::EndOfList) {
                seen.push(format!("{option:?}"));
            }
        }
    }
    let expected = [
        TcpOption::MaximumSegmentSize(1460),
        TcpOption::SackPermitted,
        TcpOption::Timestamps { value: 7, echo_reply: 9 },
        TcpOption::WindowScale(14),
        TcpOption::Md5Signature(&[7; 16]),
        TcpOption::UserTimeout { value: 90, in_minutes: true },
        TcpOption::FastOpen(&[1, 2, 3, 4]),
        TcpOption::Authentication { key_id: 1, next_key_id: 2, code: &[9; 12] },
        TcpOption::Multipath(Multipath::Fail(5)),
    ];
    assert_eq!(seen, expected.map(|option| format!("{option:?}")));
}

/// A known kind with a length that it cannot have is found, where it is, and its data comes out as it lies.
#[test]
fn an_option_of_the_wrong_length_is_found() {
    use layercake::names::TcpOptionKind as Kind;
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let wrong: [(Kind, &[u8]); 6] = [
        (Kind::MAXIMUM_SEGMENT_SIZE, &[1]),
        (Kind::SACK, &[0; 9]),
        (Kind::TIMESTAMPS, &[0; 7]),
        (Kind::WINDOW_SCALE, &[0; 2]),
        (Kind::FAST_OPEN, &[0; 3]),
        (Kind::MULTIPATH, &[0x00, 0x01, 0x02]),
    ];
    for (kind, data) in wrong {
        let tcp = Tcp::new(1, 2).nop().option(kind, data);
        let frame = (ethernet() / ip / tcp / b"").to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        let finding = packet.findings().next().unwrap();
        assert_eq!(
            (finding.code, finding.offset(), finding.byte_length()),
            ("tcp.option_len.bad", 55, data.len() + 2),
            "{kind}"
        );
        let raw = packet.fields().find(|field| field.info.name == "tcp.options.unknown.payload").unwrap();
        assert_eq!((raw.offset(), raw.length()), (57, data.len()), "{kind}");
    }
}

/// RFC 9260: what is wrong with chunks is found, and what is built is sound.
#[test]
fn chunks_are_judged() {
    use layercake::names::SctpChunkType as Type;
    let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let judge = |sctp: layercake::field::Builder<Sctp>| {
        codes(&(ethernet() / Ipv4::new(a, b) / sctp / [0; 0]).to_vec().unwrap())
    };
    let (new, init) = (Sctp::new(5000, 80).verification_tag(7), [0; 16]);
    assert_eq!(judge(Sctp::new(1, 2).chunk(Type::INIT, 0, &init)), [""; 0]);
    assert_eq!(judge(new.data(1, 2, 3, 60.into(), b"hello").chunk(Type::COOKIE_ACK, 0, &[])), [""; 0]);
    assert_eq!(judge(new.chunk(Type::INIT, 0, &init)), ["sctp.verification_tag.init"]);
    assert_eq!(judge(new.chunk(Type::INIT_ACK, 0, &init).chunk(Type::PAD, 0, &[])), ["sctp.chunk.bundled"]);
    assert_eq!(judge(new.data(1, 2, 3, 60.into(), b"")), ["sctp.data.empty"]);
    assert_eq!(judge(new.append(&[0, 3, 0, 3])), ["sctp.chunk_length.bad"]);
    assert_eq!(judge(new.append(&[0, 3, 0, 200])), ["sctp.chunk_length.bad"]);
    assert_eq!(judge(new.chunk(Type::HEARTBEAT, 0, &[0, 1, 0, 3])), ["sctp.parameter_length.bad"]);
    assert_eq!(judge(new.chunk(Type::ERROR, 0, &[0, 1, 0, 99])), ["sctp.cause_length.bad"]);
    assert_eq!(judge(new.checksum(0)), ["sctp.checksum.zero"]);
    assert_eq!(judge(new.checksum(1)), ["sctp.checksum.bad"]);
}

/// No header is longer than 65,535 bytes: chunks behind that go on as payload, and the checksum covers them too.
#[test]
fn a_long_sctp_packet_is_cut_between_chunks() {
    let chunk = [&[77, 0, 0x10, 0][..], &[0; 4092]].concat();
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).total_length(0);
    let frame = (ethernet() / ip / Sctp::new(1, 2) / chunk.repeat(17)).to_vec().unwrap();
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    let sctp = packet.transport().unwrap();
    assert_eq!((sctp.kind, sctp.header()), (Kind::SCTP, 12 + 15 * 4096));
    assert_eq!(packet.payload().len(), 2 * 4096);
    assert_eq!(packet.checksums().last().unwrap().2, Verdict::Ok);
}

/// Lists within lists that are deeper than anything that is sent end, and cover their bytes.
#[test]
fn lists_in_lists_end() {
    use layercake::names::SctpChunkType as Type;
    let mut list = vec![0, 8, 0, 4];
    while list.len() < 1000 {
        let length = (list.len() as u16 + 4).to_be_bytes();
        list = [&[0, 8, length[0], length[1]][..], &list].concat();
    }
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let sctp = Sctp::new(1, 2).verification_tag(1).chunk(Type::RE_CONFIG, 0, &list);
    let frame = (ethernet() / ip / sctp / [0; 0]).to_vec().unwrap();
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    let bits: usize = packet.fields().filter(|field| field.is_tile()).map(|field| field.bits as usize).sum();
    assert_eq!(bits, frame.len() * 8);
    let depth = packet.fields().filter(|field| field.info.name == "sctp.parameter_type").count();
    assert_eq!(depth, 4);
    assert_eq!(packet.fields().filter(|field| field.info.name == "unparsed").count(), 0);
}

/// No text in a packet reaches a terminal as anything but signs that can be seen.
#[test]
fn nothing_from_a_packet_controls_a_terminal() {
    use layercake::render::{Context, json, line, tree};
    // The colours of a breakdown are our own.
    let without_colours = |text: &str| {
        let mut parts = text.split("\x1b[");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == ';');
            plain.push_str(digits.strip_prefix('m').unwrap_or("\x1b"));
        }
        plain
    };
    let turns = |sign: char| matches!(sign, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut escaped = 0;
    let files = common::pcap_files(&root().join("fixtures/made"));
    for captured in files.iter().flat_map(|path| frames(path)) {
        let packet = Decoder::new().packet(captured.frame());
        let context = Context { number: captured.number, ..Context::default() };
        let tree = without_colours(&tree::Breakdown::new(&packet).to_string());
        let texts = [
            line::summary(&packet),
            serde_json::to_string(&json::Object::new(&packet, context)).unwrap(),
            serde_json::to_string(&json::Flat::new(&packet, context)).unwrap(),
        ];
        for text in texts.iter().map(String::as_str).chain(tree.lines()) {
            let bad = text.chars().find(|sign| sign.is_control() || turns(*sign));
            assert_eq!(bad, None, "{} {}: {text:?}", captured.file, captured.number);
        }
        escaped += usize::from(tree.contains(r"\x1b[2J"));
    }
    assert_eq!(escaped, 2);
}
