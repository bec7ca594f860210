//! What holds for every packet, whatever its bytes.

use std::collections::BTreeSet;
use std::fmt;

use layercake::field::finding::CODES;
use layercake::field::{FieldInfo, Format, Kind, Role, Value, tlv};
use layercake::packet::{Decoder, Frame, Packet, registry};
use layercake::render::{Context, json, line, tree};
use layercake::wire::arp::Arp;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::ipv6_extension::routing;
use layercake::wire::sctp::Sctp;
use layercake::wire::tcp::Tcp;
use layercake::wire::udp::Udp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{head, hex};

/// A frame behind the bytes that [`head`] reads.
pub fn any(data: &[u8]) {
    let Some((decoder, frame)) = head(data) else { return };
    everything(&decoder, frame);
}

/// All that holds for a frame.
pub fn everything(decoder: &Decoder, frame: Frame<&[u8]>) {
    check_with(decoder, frame);
    let packet = decoder.packet(frame);
    let again = decoder.packet(frame);
    assert_eq!(packet.record(), again.record(), "decoding twice gives the same");
    known(&packet);
    nested(&packet);
    walk_getters(&packet);
    cut(decoder, frame);
    // This takes ten times as long, and what a long payload holds is one field.
    if frame.bytes.len() <= 160 {
        rendered(&packet);
        rebuilt_from_json(&packet);
    }
}

pub fn check(frame: Frame<&[u8]>) {
    check_with(&Decoder::new(), frame);
}

/// Every bit has one owner, and writing the tiles into a buffer of 0xAA gives the frame again.
pub fn check_with(decoder: &Decoder, frame: Frame<&[u8]>) {
    let bytes = frame.bytes;
    let packet = decoder.packet(frame);
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
        panic!("bit {bit} has {} owners in {}", owners[bit], hex(bytes));
    }
    assert_eq!(rebuilt, bytes, "rebuilt from tiles");
    invariants(&packet);
}

/// What holds for every packet whatever its bytes: layers cover the frame, groups and aliases lie inside it,
/// findings point into it, and all walks end.
pub fn invariants<B: AsRef<[u8]>>(packet: &Packet<B>) {
    let length = packet.bytes().len();
    let mut covered = 0;
    for layer in packet.layers() {
        assert!(layer.start() <= layer.content() && layer.content() <= layer.end() && layer.end() <= length);
        covered += layer.header();
        assert_eq!(packet.header_bytes(&layer).len(), layer.header());
    }
    assert_eq!(covered, length, "the layers cover the frame: {}", hex(packet.bytes()));
    for field in packet.fields() {
        assert!((field.start + field.bits) as usize <= length * 8);
        assert_eq!(field.bits == 0, field.info.role == Role::Generated);
    }
    let mut checks = 3;
    for layer in packet.layers() {
        checks += packet.protocol(&layer).map_or(0, |protocol| protocol.checks.len() + 3);
    }
    assert!(packet.findings().count() <= checks, "a check gives one finding at most");
    for finding in packet.findings() {
        assert!(finding.layer <= packet.layers().count(), "{finding:?}");
        assert!(
            (finding.start + finding.bits) as usize <= length * 8,
            "{finding:?} in {}",
            hex(packet.bytes())
        );
        assert!(!finding.to_string().is_empty());
    }
    assert!(packet.checksums().count() <= packet.layers().count());
    let _ = (packet.ports(), packet.addresses(), packet.flow_key(), packet.payload());
}

/// The JSON alone gives the frame again: places from the JSON, the type of each field by its name.
pub fn check_json(frame: Frame<&[u8]>) {
    rebuilt_from_json(&Decoder::new().packet(frame));
}

fn rebuilt_from_json(packet: &Packet<&[u8]>) {
    let bytes = packet.bytes();
    let text = serde_json::to_string(&json::Object::new(packet, Context { number: 1, ..Context::default() }))
        .unwrap();
    quiet(&text, false);
    let again = layercake::text::json::read(&text).unwrap_or_else(|bad| panic!("{bad}: {text}"));
    assert_eq!(again.bytes, bytes, "rebuilt from JSON: {text}");
    assert_eq!((again.link, again.length), (packet.link(), packet.length()), "{text}");
}

/// Every row of every table.
pub fn every_field() -> impl Iterator<Item = &'static FieldInfo> {
    let protocols = registry::KINDS.iter().filter_map(|kind| registry::built_in(*kind));
    protocols.flat_map(|protocol| protocol.all_tables()).flatten()
}

/// Each header lies inside the one before it, and what is no header follows in the order of the bytes.
fn nested(packet: &Packet<&[u8]>) {
    let (mut start, mut end) = (0, packet.bytes().len());
    let headers: Vec<_> = packet.headers().collect();
    assert_eq!(headers.len(), packet.record().count());
    for (index, layer) in headers.iter().enumerate() {
        assert!(start <= layer.start() && layer.end() <= end, "layer {index} of {}", hex(packet.bytes()));
        assert_eq!(start, layer.start(), "layer {index} begins where the header before it ends");
        assert_eq!(packet.layer(index), Some(*layer));
        assert!(packet.scope(index).is_some_and(|scope| scope.header == layer.header()));
        (start, end) = (layer.content(), layer.end());
    }
    let mut at = start;
    for layer in packet.layers().skip(headers.len()) {
        assert!(layer.is_rest() && layer.start() == at && layer.end() > at);
        at = layer.end();
    }
    assert_eq!(at, packet.bytes().len());
    let numbered = |index: Option<usize>| index.and_then(|index| headers.get(index).copied());
    assert_eq!(packet.network(), numbered(packet.record().network()));
    assert_eq!(packet.transport(), numbered(packet.record().transport()));
    assert!(packet.bytes().len() >= packet.payload().len());
    if let Some(flow) = packet.flow_key() {
        assert_eq!(packet.addresses(), Some((flow.source, flow.destination)));
        assert_eq!(packet.ports(), flow.ports);
    }
}

/// Every getter of every view, and they say what the fields say.
fn walk_getters(packet: &Packet<&[u8]>) {
    for (index, layer) in packet.headers().enumerate() {
        let bytes = packet.layer_bytes(&layer);
        let fields: Vec<_> = packet.fields_of(index).collect();
        registry::getters(layer.kind, bytes, &mut |info, bits| {
            let start = layer.start() as u32 * 8 + u32::from(info.start);
            let same = |field: &&layercake::packet::FieldRef<'_>| {
                (field.start, field.info.name, field.info.format, field.info.bits)
                    == (start, info.name, info.format, info.bits)
            };
            if let Some(value) = fields.iter().find(same).and_then(|field| field.value()) {
                let shown = match value {
                    // Its bytes are the other way round.
                    _ if info.format == Format::Little => return,
                    Value::Number(number) => number.into(),
                    Value::Flag(flag) => flag.into(),
                    Value::Mac(mac) => mac.0.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte)),
                    Value::Ipv4(address) => address.to_bits().into(),
                    Value::Ipv6(address) => address.to_bits(),
                    _ => return,
                };
                assert_eq!(bits * u128::from(info.scale), shown, "{} in {}", info.name, hex(packet.bytes()));
            }
        });
        let inside = |part: &[u8]| assert!(part.len() <= bytes.len());
        match layer.kind {
            Kind::ARP => {
                let _ = Arp::view(bytes).map(|arp| (arp.sender(), arp.target()));
            }
            Kind::IPV4 => {
                if let Ok(ip) = Ipv4::view(bytes) {
                    inside(ip.payload());
                    list(ip.options(), bytes.len());
                    let _ = (ip.header_length(), ip.pseudo());
                }
            }
            Kind::IPV6 => {
                let _ = Ipv6::view(bytes).map(|ip| (inside(ip.payload()), ip.pseudo()));
            }
            Kind::ROUTING => {
                let _ = routing::final_destination(packet.header_bytes(&layer));
            }
            Kind::TCP => {
                if let Ok(tcp) = Tcp::view(bytes) {
                    inside(tcp.payload());
                    list(tcp.options(), bytes.len());
                    assert!(tcp.header_length() <= 60);
                }
            }
            Kind::UDP => {
                let _ = Udp::view(bytes).map(|udp| inside(udp.payload()));
            }
            Kind::SCTP => {
                let chunks = Sctp::view(bytes).ok().into_iter().flat_map(|sctp| sctp.chunks());
                for chunk in chunks {
                    list(chunk.items(), bytes.len());
                    let _ = chunk.user_data();
                }
            }
            Kind::ICMPV4 => {
                let _ = Icmpv4::view(bytes).map(|icmp| (inside(icmp.payload()), icmp.echo()));
            }
            Kind::ICMPV6 => {
                if let Ok(icmp) = Icmpv6::view(bytes) {
                    inside(icmp.payload());
                    list(icmp.options(), bytes.len());
                    let _ = icmp.echo();
                }
            }
            _ => {}
        }
    }
}

/// A list ends, and its items lie in it one behind the other.
fn list(walk: tlv::Walk<'_>, length: usize) {
    let mut at = 0;
    for item in walk {
        assert!(item.start >= at && !item.bytes.is_empty());
        at = item.start + item.bytes.len();
        assert!(at <= length);
    }
}

/// Who chooses findings by their codes has to know all of them.
fn known(packet: &Packet<&[u8]>) {
    for finding in packet.findings() {
        assert!(CODES.binary_search(&finding.code).is_ok(), "{}", finding.code);
    }
}

/// What is printed holds no control characters but those that are meant: line ends, and styles in a breakdown.
fn rendered(packet: &Packet<&[u8]>) {
    quiet(&line::summary(packet), false);
    let _ = line::troubles(packet);
    let breakdown = tree::Breakdown::new(packet).to_string();
    quiet(&breakdown.replace("\x1b[", ""), true);
    let context = Context { number: u64::MAX, interface: u32::MAX, ..Context::default() };
    let flat = serde_json::to_string(&json::Flat::new(packet, context)).unwrap();
    quiet(&flat, false);
    once(&flat);
}

fn quiet(text: &str, lines: bool) {
    assert!(
        !text.contains(|c: char| c.is_control() && !(lines && c == '\n')),
        "control characters in {text:?}"
    );
}

/// No key of the flat object comes twice.
fn once(flat: &str) {
    let Keys(keys) = serde_json::from_str(flat).unwrap();
    let different: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(keys.len(), different.len(), "{flat}");
}

/// The keys of an object in their order, those that come again too.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        struct Walk;
        impl<'de> Visitor<'de> for Walk {
            type Value = Keys;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Keys, M::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        object.deserialize_map(Walk)
    }
}

/// Of what the capture cut in the middle, the headers before the cut are where they were.
fn cut(decoder: &Decoder, frame: Frame<&[u8]>) {
    let whole = decoder.packet(Frame { check_sequence: None, ..frame });
    let end = frame.bytes.len() / 2;
    // Which framing of PPP it is, two bytes say together, and the direction may stand before them.
    if end < 3 {
        return;
    }
    let cut = decoder.packet(Frame { bytes: &frame.bytes[..end], check_sequence: None, ..frame });
    for (before, after) in whole.headers().zip(cut.headers()) {
        assert_eq!((before.kind, before.start()), (after.kind, after.start()));
        // How much of a header cut short is its own, what stands behind it can say: an extension behind what an error quotes.
        let bytes = frame.bytes.get(before.start()..before.content()).unwrap_or(&[]);
        let short =
            registry::built_in(before.kind).is_some_and(|header| (header.needed)(bytes) > bytes.len());
        if before.content() <= end && !short {
            assert_eq!(before.header(), after.header(), "cut at {end}: {}", hex(frame.bytes));
        }
    }
    let kept = whole.headers().filter(|layer| layer.content() <= end && layer.header() > 0).count();
    assert!(cut.headers().count() >= kept, "cut at {end}: {}", hex(frame.bytes));
}
