//! Bytes are the truth: the tiles of a packet cover its frame, every bit exactly once, and what they say is
//! enough to write the frame again, from the fields and from the JSON alone. For real packets, for packets cut at
//! every byte, for packets with every header bit flipped, and for any bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;
mod invariants;

use std::collections::{BTreeMap, HashSet};

use common::{Captured, fixtures, sound_fixtures};
use invariants::decode::{check, check_json, every_field};
use layercake::field::{Format, Kind, Role, Value};
use layercake::packet::{Decoder, Frame, LinkType};
use proptest::prelude::*;

/// Every row that a packet shows stands in the tables of its protocol, which documentation and look-up by name read.
#[test]
fn every_row_is_in_a_table() {
    let known: HashSet<&str> = every_field().map(|field| field.name).collect();
    let rest = [
        "data.data",
        "udp.payload",
        "tcp.payload",
        "eth.padding",
        "eth.trailer",
        "eth.fcs",
        "trailer",
        "unparsed",
    ];
    let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        for field in packet.fields().filter(|field| field.info.role != Role::Generated) {
            if !known.contains(field.info.name) && !rest.contains(&field.info.name) {
                *missing.entry(field.info.name).or_default() += 1;
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Types are fixed by a field's name, so that JSON can be read without the packet.
#[test]
fn one_name_has_one_type() {
    let mut formats: BTreeMap<&str, (Format, u16)> = BTreeMap::new();
    for field in every_field() {
        // How a number is shown makes no difference, nor how a string is encoded.
        let format = match field.format {
            Format::Hex | Format::Little => Format::Number,
            Format::Name | Format::NetBios => Format::Text,
            format => format,
        };
        let known = formats.entry(field.name).or_insert((format, field.scale));
        assert_eq!(*known, (format, field.scale), "{}", field.name);
        assert!(!field.label.is_empty() && !field.spec.is_empty(), "{}", field.name);
        assert!(field.label.len() <= 32, "{}: the label is too long for its column", field.name);
    }
    assert!(formats.len() > 200, "{} names", formats.len());
}

#[test]
fn tiles_cover_and_rebuild_every_fixture() {
    for captured in fixtures() {
        check(captured.frame());
    }
}

#[test]
fn json_alone_rebuilds_every_fixture() {
    for captured in fixtures() {
        check_json(captured.frame());
    }
}

#[test]
fn tiles_cover_and_rebuild_every_cut() {
    for captured in fixtures() {
        for end in 0..captured.bytes.len() {
            let bytes = &captured.bytes[..end];
            // Cut by the capture, and as if the frame really were that short.
            check(Frame { bytes, ..captured.frame() });
            check(Frame { bytes, length: end, ..captured.frame() });
            if end < 128 {
                check_json(Frame { bytes, ..captured.frame() });
            }
        }
    }
}

/// One frame of each distinct stack of layers, every bit of its headers flipped.
#[test]
fn tiles_cover_and_rebuild_every_flipped_header_bit() {
    let mut stacks: HashSet<Vec<Kind>> = HashSet::new();
    let mut flips = 0;
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        if !stacks.insert(packet.headers().map(|layer| layer.kind).collect()) {
            continue;
        }
        let end = packet.headers().last().map_or(0, |layer| layer.content());
        for bit in 0..end * 8 {
            let mut bytes = captured.bytes.clone();
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
            check(Frame { bytes: &bytes, ..captured.frame() });
            flips += 1;
        }
    }
    assert!(stacks.len() > 20 && flips > 10_000, "{} stacks, {flips} flips", stacks.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tiles_cover_and_rebuild_any_bytes(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        link in prop::sample::select((0..300).map(LinkType).filter(|link| link.is_decoded()).chain([LinkType(9999)]).collect::<Vec<_>>()),
        cut in 0usize..3,
    ) {
        check(Frame { length: bytes.len() + cut * 100, ..Frame::new(link, &bytes[..]) });
        check_json(Frame::new(link, &bytes[..]));
    }

    /// Arbitrary bytes seldom get past the first header: these begin as real packets do and go on as they like.
    #[test]
    fn tiles_cover_and_rebuild_any_ending(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        thread_local!(static ALL: Vec<Captured> = fixtures());
        let (mut bytes, link) = ALL.with(|all| {
            let captured = which.get(all);
            (captured.bytes.clone(), captured.link)
        });
        bytes.truncate(at.index(bytes.len().min(120) + 1));
        bytes.extend(tail);
        check(Frame::new(link, &bytes));
        check_json(Frame::new(link, &bytes));
    }
}

/// A setter changes its bits and nothing else, for every field of every fixture: other tiles keep their values.
#[test]
fn setters_change_their_bits_and_nothing_else() {
    let mut stacks: HashSet<Vec<Kind>> = HashSet::new();
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        if !stacks.insert(packet.headers().map(|layer| layer.kind).collect()) {
            continue;
        }
        for field in packet.fields().filter(|field| field.is_tile() && !field.info.format.is_bytes()) {
            let mut bytes = captured.bytes.clone();
            let value = match field.value().unwrap() {
                Value::Number(number) => Value::Number(number ^ u64::from(field.info.scale)),
                Value::Flag(flag) => Value::Flag(!flag),
                Value::Mac(mac) => Value::Mac(layercake::field::Mac(mac.0.map(|byte| !byte))),
                Value::Ipv4(address) => Value::Ipv4((!address.to_bits()).into()),
                Value::Ipv6(address) => Value::Ipv6((!address.to_bits()).into()),
                bytes => bytes,
            };
            field.write(&mut bytes, value).unwrap();
            let changed: Vec<usize> = (0..bytes.len() * 8)
                .filter(|bit| (bytes[bit / 8] ^ captured.bytes[bit / 8]) & (0x80 >> (bit % 8)) != 0)
                .collect();
            assert!(!changed.is_empty(), "{} did not change", field.info.name);
            let range = field.start as usize..(field.start + field.bits) as usize;
            assert!(changed.iter().all(|bit| range.contains(bit)), "{} changed {changed:?}", field.info.name);
        }
    }
}

/// A sound packet has no bits that could not be parsed, so that a gap in a table cannot hide as `unparsed`.
#[test]
fn nothing_of_a_sound_packet_is_left_unparsed() {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for captured in sound_fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        if packet.findings().any(|finding| finding.code == "link.unknown") {
            continue;
        }
        for field in packet.fields().filter(|field| field.info.name == "unparsed") {
            *names
                .entry(packet.layer(field.layer).map_or("", |l| layercake::render::protocol(&packet, &l)))
                .or_default() += 1;
        }
    }
    assert!(names.is_empty(), "{names:?}");
}
