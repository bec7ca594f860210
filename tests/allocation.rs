//! Decoding, reading, verifying, changing and building allocate nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::hint::black_box;

use allocation_counter::measure;
use layercake::field::Mac;
use layercake::names::Icmpv4Type;
use layercake::packet::{Decoder, Frame};
use layercake::wire::{
    arp::Arp, ethernet::Ethernet, icmpv4::Icmpv4, icmpv6::Icmpv6, ipv4::Ipv4, ipv6::Ipv6, tcp::Tcp, udp::Udp,
    vlan::Vlan,
};

/// Runs work that must not allocate. The counter counts this thread alone.
fn allocates_nothing(what: &str, work: impl FnOnce()) {
    let counted = measure(work);
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0), "{what}");
}

/// The counter counts: otherwise nothing here could fail.
#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(black_box(vec![1u8; 100])));
    assert_eq!((counted.count_total, counted.bytes_total), (1, 100));
}

#[test]
fn decoding_and_reading_every_fixture() {
    let frames = common::fixtures();
    let (mut layers, mut fields, mut findings, mut checksums) = (0, 0, 0, 0);
    for captured in &frames {
        let frame = captured.frame();
        allocates_nothing("decoding", || {
            black_box(Decoder::new().packet(frame));
        });
        let packet = Decoder::new().packet(frame);
        allocates_nothing("look-up", || {
            black_box((packet.get::<Ethernet>(), packet.get::<Vlan>(), packet.get::<Arp>()));
            black_box((packet.get::<Ipv4>(), packet.get::<Ipv6>(), packet.nth::<Ipv4>(1)));
            black_box((packet.get::<Tcp>(), packet.get::<Udp>()));
            black_box((packet.get::<Icmpv4>(), packet.get::<Icmpv6>()));
            black_box((packet.addresses(), packet.ports(), packet.flow_key(), packet.payload().len()));
        });
        allocates_nothing("layers", || layers += packet.layers().count());
        allocates_nothing("fields", || {
            fields +=
                packet.fields().filter(|field| black_box((field.value(), field.text())).0.is_some()).count();
        });
        allocates_nothing("findings", || findings += packet.findings().map(black_box).count());
        allocates_nothing("checksums", || checksums += packet.checksums().map(black_box).count());
    }
    assert!(layers > frames.len() && fields > 10 * layers / 2, "{layers} layers, {fields} fields");
    assert!(findings > 10 && checksums > frames.len() / 2, "{findings} findings, {checksums} checksums");
}

#[test]
fn changing() {
    let mut bytes = [0; 64];
    let cake = Ethernet::new(Mac([2; 6]), Mac([4; 6]))
        / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
        / Udp::new(5353, 53)
        / b"payload";
    let length = cake.write(&mut bytes).unwrap().len();
    allocates_nothing("setters", || {
        let mut packet = Decoder::new().packet(Frame::ethernet(&mut bytes[..length]));
        packet.get_mut::<Ethernet>().unwrap().set_source(Mac([6; 6]));
        packet.get_mut::<Ipv4>().unwrap().set_ttl(3);
        packet.get_mut::<Udp>().unwrap().set_destination_port(5354);
        black_box(packet.record());
    });
    assert_eq!((bytes[6], bytes[22], bytes[36..38].to_vec()), (6, 3, vec![0x14, 0xea]));
}

#[test]
fn building() {
    let mut buffer = [0; 256];
    let mut length = 0;
    allocates_nothing("building", || {
        let (a, b) = (Mac([2; 6]), Mac([4; 6]));
        let (source, destination) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let tcp =
            Tcp::new(80, 1025).syn(true).mss(1460).sack_permitted().timestamps(1, 2).nop().window_scale(7);
        let cake = Ethernet::new(a, b) / Vlan::new(7) / Ipv4::new(source, destination) / tcp / "hello";
        length += black_box(cake.write(&mut buffer).unwrap()).len();
        let (source, destination) =
            ("2001:db8::1".parse().unwrap(), [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2].into());
        let cake = Ethernet::new(a, b) / Ipv6::new(source, destination) / Icmpv6::echo_request(1, 2) / [0; 9];
        length += black_box(cake.write(&mut buffer).unwrap()).len();
        let cake = Icmpv4::new(Icmpv4Type(8), 0) / [1, 2, 3];
        length += black_box(cake.write(&mut buffer).unwrap()).len();
        assert!((Udp::new(1, 2) / [0; 300]).write(&mut buffer).is_err());
    });
    assert_eq!(length, (14 + 4 + 20 + 40 + 5) + (14 + 40 + 8 + 9) + (4 + 3));
}
