//! Layers as a library user meets them: tunnels, quotes, deep nesting, limits, and a protocol of one's own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use common::{fixtures, frames, root};
use layercake::field::{Kind, Next, Peel, Protocol};
use layercake::packet::{Decoder, Frame, Limits, Rule, When};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
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
            packet.headers().last().unwrap().kind.0 & 0x60 == 0x60,
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
    assert!(packet.get::<Udp>().is_some() || packet.get::<Ipv4>().is_some());
    assert_eq!(packet.nth::<Vlan>(69).unwrap().id(), packet.nth::<Vlan>(69).unwrap().id());
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

layercake::fields! {
    /// A header of one's own: a colour and the EtherType of what follows.
    pub mod colour in "example" {
        tile COLOUR: u16 as Hex = 0..16, "colour.value", "Colour";
        tile NEXT: u16 as Hex = 16..32, "colour.next", "Next";
    }
}

static COLOUR: Protocol = Protocol {
    prefix: "colour",
    name: "Colour",
    spec: "example",
    fields: colour::FIELDS,
    tables: &[],
    length: 4,
    peel: |bytes| {
        let (header, content) = bytes.split_first_chunk::<4>()?;
        let next = colour::NEXT.read(header).map(Next::EtherType);
        Some(Peel { header: 4, content, next })
    },
    needed: |_| 4,
    sections: layercake::field::protocol::no_sections,
    claim: None,
    checks: &[],
    checksum: None,
    generated: &[],
    payload: &layercake::wire::data::payload::DATA.info,
};

static RULES: &[Rule] = &[
    Rule {
        when: When::EtherType(layercake::names::EtherType(0x88b5)),
        kind: Kind::user(0),
        protocol: Some(&COLOUR),
    },
    Rule { when: When::UdpPort(9999), kind: Kind::user(0), protocol: Some(&COLOUR) },
];

/// A user's protocol is a layer like any other, between built-in ones and behind a port.
#[test]
fn a_protocol_of_ones_own() {
    let inner = (Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(1, 9999) / [0, 7, 0, 0])
        .to_vec()
        .unwrap();
    let header = [0x12, 0x34, 0x08, 0x00];
    let ethernet =
        Ethernet::new(Default::default(), Default::default()).ether_type(layercake::names::EtherType(0x88b5));
    let frame = (ethernet / [&header[..], &inner[..]].concat()).to_vec().unwrap();

    let packet = Decoder::new().rules(RULES).packet(Frame::ethernet(&frame[..]));
    let names: Vec<&str> = packet.headers().map(|layer| packet.protocol(&layer).unwrap().prefix).collect();
    assert_eq!(names, ["eth", "colour", "ip", "udp", "colour"]);
    let colours: Vec<_> = packet
        .fields()
        .filter(|field| field.info.name == "colour.value")
        .map(|field| field.offset())
        .collect();
    assert_eq!(colours, [14, 46]);
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
    let frame = (Ethernet::new(Default::default(), Default::default()) / ip / Udp::new(1, 2) / &payload[..])
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
