//! Bytes are the truth: the tiles of a packet cover its frame, every bit exactly once, and what they say is
//! enough to write the frame again, from the fields and from the JSON alone. For real packets, for packets cut at
//! every byte, for packets with every header bit flipped, and for any bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use common::{Captured, fixtures, sound_fixtures};
use layercake::field::{FieldInfo, Format, Kind, Mac, Role, Value};
use layercake::packet::{Decoder, Frame, LinkType, Packet, registry};
use layercake::render::{Context, json};
use proptest::prelude::*;
use serde_json::Value as Json;

/// Every bit has one owner, and writing the tiles into a buffer of 0xAA gives the frame again.
fn check(frame: Frame<&[u8]>) {
    let bytes = frame.bytes;
    let packet = Decoder::new().packet(frame);
    let mut owners = vec![0u8; bytes.len() * 8];
    let mut rebuilt = vec![0xaa; bytes.len()];
    for field in packet.fields().filter(|field| field.is_tile()) {
        for bit in field.start..field.start + field.bits {
            owners[bit as usize] += 1;
        }
        let value = field.value().unwrap_or_else(|| panic!("{} has no value", field.info.name));
        field.write(&mut rebuilt, value).unwrap_or_else(|| panic!("{} cannot be written", field.info.name));
    }
    if let Some(bit) = owners.iter().position(|owners| *owners != 1) {
        panic!("bit {bit} has {} owners in {}", owners[bit], dump(bytes));
    }
    assert_eq!(rebuilt, bytes, "rebuilt from tiles");
    invariants(&packet);
}

/// What holds for every packet whatever its bytes: layers cover the frame, groups and aliases lie inside it,
/// findings point into it, and all walks end.
fn invariants(packet: &Packet<&[u8]>) {
    let length = packet.bytes().len();
    let mut covered = 0;
    for layer in packet.layers() {
        assert!(layer.start() <= layer.content() && layer.content() <= layer.end() && layer.end() <= length);
        covered += layer.header();
        assert_eq!(packet.header_bytes(&layer).len(), layer.header());
    }
    assert_eq!(covered, length, "the layers cover the frame: {}", dump(packet.bytes()));
    for field in packet.fields() {
        assert!((field.start + field.bits) as usize <= length * 8);
        assert_eq!(field.bits == 0, field.info.role == Role::Generated);
    }
    for finding in packet.findings() {
        assert!(
            (finding.start + finding.bits) as usize <= length * 8,
            "{finding:?} in {}",
            dump(packet.bytes())
        );
        assert!(!finding.to_string().is_empty());
    }
    assert!(packet.checksums().count() <= packet.layers().count());
    let _ = (packet.ports(), packet.addresses(), packet.flow_key(), packet.payload());
}

fn dump(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The JSON alone gives the frame again: places from the JSON, the type of each field by its name.
fn check_json(frame: Frame<&[u8]>) {
    let bytes = frame.bytes;
    let packet = Decoder::new().packet(frame);
    let text =
        serde_json::to_string(&json::Object::new(&packet, Context { number: 1, ..Context::default() }))
            .unwrap();
    let object: Json = serde_json::from_str(&text).unwrap();
    let mut rebuilt = vec![0xaa; object["captured"].as_u64().unwrap() as usize];
    for layer in object["layers"].as_array().unwrap() {
        for field in layer["fields"].as_array().unwrap() {
            write_json(&mut rebuilt, field);
        }
    }
    assert_eq!(rebuilt, bytes, "rebuilt from JSON: {text}");
}

fn write_json(frame: &mut [u8], field: &Json) {
    if field["alias"] == true || field["generated"] == true {
        return;
    }
    if let Some(inside) = field["fields"].as_array() {
        inside.iter().for_each(|field| write_json(frame, field));
        return;
    }
    // A group with nothing inside that could be read is no tile.
    let Some(value) = field.get("value") else { return };
    let (offset, length) =
        (field["offset"].as_u64().unwrap() as usize, field["length"].as_u64().unwrap() as usize);
    let (start, width) = match field["bits"].as_array() {
        Some(bits) => (offset * 8 + bits[0].as_u64().unwrap() as usize, bits[1].as_u64().unwrap() as usize),
        None => (offset * 8, length * 8),
    };
    let bits: Vec<bool> = match (field["raw"].as_str(), value) {
        (Some(raw), _) => number_bits(u128::from_str_radix(raw, 16).unwrap(), width),
        (None, Json::Bool(flag)) => vec![*flag],
        (None, Json::Number(number)) => number_bits(number.as_u64().unwrap().into(), width),
        (None, Json::String(text)) => text_bits(field["name"].as_str().unwrap(), text, width),
        other => panic!("{other:?}"),
    };
    assert_eq!(bits.len(), width, "{field}");
    for (bit, set) in (start..).zip(bits) {
        let mask = 0x80 >> (bit % 8);
        frame[bit / 8] = if set { frame[bit / 8] | mask } else { frame[bit / 8] & !mask };
    }
}

fn number_bits(number: u128, width: usize) -> Vec<bool> {
    (0..width).rev().map(|bit| (number >> bit) & 1 == 1).collect()
}

/// The type of a field, by its name alone: what a reader of the JSON has.
fn declared(name: &str) -> Format {
    static FORMATS: OnceLock<BTreeMap<&str, Format>> = OnceLock::new();
    *FORMATS
        .get_or_init(|| every_field().map(|field| (field.name, field.format)).collect())
        .get(name)
        .unwrap_or(&Format::Bytes)
}

/// Every row of every table.
fn every_field() -> impl Iterator<Item = &'static FieldInfo> {
    let protocols = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
    protocols.flat_map(|protocol| protocol.all_tables()).flatten()
}

fn text_bits(name: &str, text: &str, width: usize) -> Vec<bool> {
    match declared(name) {
        Format::Number | Format::Hex | Format::Little => number_bits(text.parse().unwrap(), width),
        Format::Mac => number_bits(
            text.parse::<Mac>().unwrap().0.iter().fold(0, |n, byte| n << 8 | u128::from(*byte)),
            48,
        ),
        Format::Ipv4 => number_bits(text.parse::<Ipv4Addr>().unwrap().to_bits().into(), 32),
        Format::Ipv6 => number_bits(text.parse::<Ipv6Addr>().unwrap().to_bits(), 128),
        Format::Flag => panic!("{name}: a flag is no text"),
        Format::Bytes => {
            assert_eq!(text.len() * 4, width, "{name}");
            text.chars().flat_map(|digit| number_bits(digit.to_digit(16).unwrap().into(), 4)).collect()
        }
    }
}

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
        // How a number is shown makes no difference.
        let format =
            if matches!(field.format, Format::Hex | Format::Little) { Format::Number } else { field.format };
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
        for field in
            packet.fields().filter(|field| field.is_tile() && !matches!(field.value(), Some(Value::Bytes(_))))
        {
            let mut bytes = captured.bytes.clone();
            let value = match field.value().unwrap() {
                Value::Number(number) => Value::Number(number ^ u64::from(field.info.scale)),
                Value::Flag(flag) => Value::Flag(!flag),
                Value::Mac(mac) => Value::Mac(layercake::field::Mac(mac.0.map(|byte| !byte))),
                Value::Ipv4(address) => Value::Ipv4((!address.to_bits()).into()),
                Value::Ipv6(address) => Value::Ipv6((!address.to_bits()).into()),
                bytes @ Value::Bytes(_) => bytes,
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
