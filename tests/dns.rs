//! Messages of DNS, written and read; what stands in names and texts never reaches a terminal as it is; what looks like DNS.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod common;

use core::net::{Ipv4Addr, Ipv6Addr};

use common::{frames, root};
use layercake::field::Name;
use layercake::field::name::BadName;
use layercake::names::{DnsClass, DnsType};
use layercake::packet::Decoder;
use layercake::render::{Context, json};
use layercake::render::{line, tree::Breakdown};
use layercake::wire::dns::{ComposeError, Composer, Data, Dns, Place};
use proptest::prelude::*;

/// A record as it is written.
#[derive(Clone, Debug)]
struct Written {
    place: Place,
    name: String,
    ttl: u32,
    data: Owned,
}

#[derive(Clone, Debug)]
enum Owned {
    A(u32),
    Aaaa(u128),
    Cname(String),
    Dname(String),
    Mx(u16, String),
    Soa(String, String, [u32; 5]),
    Srv([u16; 3], String),
    Txt(Vec<u8>),
    Other(u16, Vec<u8>),
}

impl Owned {
    fn data(&self) -> Data<'_, &str> {
        match self {
            Self::A(bits) => Data::A(Ipv4Addr::from_bits(*bits)),
            Self::Aaaa(bits) => Data::Aaaa(Ipv6Addr::from_bits(*bits)),
            Self::Cname(name) => Data::Cname(name),
            Self::Dname(name) => Data::Dname(name),
            Self::Mx(preference, exchange) => Data::Mx { preference: *preference, exchange },
            Self::Soa(primary, mailbox, numbers) => Data::Soa { primary, mailbox, numbers: *numbers },
            Self::Srv([priority, weight, port], target) => {
                Data::Srv { priority: *priority, weight: *weight, port: *port, target }
            }
            Self::Txt(text) => Data::Txt(text),
            Self::Other(number, bytes) => Data::Other(DnsType(*number), bytes),
        }
    }
}

/// A name as it is printed; few different labels, so that much of it was written before.
fn name() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        4 => prop_oneof![Just("a"), Just("example"), Just("ORG"), Just("org"), Just("_tcp")].prop_map(str::to_owned),
        1 => prop::collection::vec(any::<u8>(), 1..=63).prop_map(|bytes| {
            let mut wire = vec![bytes.len() as u8];
            wire.extend(&bytes);
            wire.push(0);
            Name::at(&wire, 0).to_string()
        }),
    ];
    prop::collection::vec(label, 0..4)
        .prop_map(|labels| if labels.is_empty() { ".".to_owned() } else { labels.join(".") })
}

fn record() -> impl Strategy<Value = Written> {
    let text = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..4).prop_map(|strings| {
        strings.iter().flat_map(|text| [&[text.len() as u8], &text[..]].concat()).collect()
    });
    let data = prop_oneof![
        any::<u32>().prop_map(Owned::A),
        any::<u128>().prop_map(Owned::Aaaa),
        name().prop_map(Owned::Cname),
        name().prop_map(Owned::Dname),
        (any::<u16>(), name()).prop_map(|(preference, exchange)| Owned::Mx(preference, exchange)),
        (name(), name(), any::<[u32; 5]>())
            .prop_map(|(primary, mailbox, numbers)| Owned::Soa(primary, mailbox, numbers)),
        (any::<[u16; 3]>(), name()).prop_map(|(numbers, target)| Owned::Srv(numbers, target)),
        text.prop_map(Owned::Txt),
        (1000u16..2000, prop::collection::vec(any::<u8>(), 0..30))
            .prop_map(|(number, bytes)| Owned::Other(number, bytes)),
    ];
    let place = prop_oneof![Just(Place::Answer), Just(Place::Authority), Just(Place::Additional)];
    (place, name(), any::<u32>(), data).prop_map(|(place, name, ttl, data)| Written {
        place,
        name,
        ttl,
        data,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(questions in prop::collection::vec(name(), 0..3), mut records in prop::collection::vec(record(), 0..20)) {
        records.sort_by_key(|record| record.place);
        let mut room = vec![0; 0x1_0000];
        let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
        for question in &questions {
            message.question(question, DnsType::A).unwrap();
        }
        for Written { place, name, ttl, data } in &records {
            message.record(*place, name.as_str(), *ttl, data.data()).unwrap();
        }
        let bytes = message.finish().to_vec();
        let dns = Dns::view(&bytes[..]).unwrap();
        prop_assert_eq!(dns.questions().count(), questions.len());
        prop_assert_eq!(dns.records().count(), records.len());
        for (read, written) in dns.questions().zip(&questions) {
            prop_assert!(same(&read.name, written));
        }
        for (read, written) in dns.records().zip(&records) {
            prop_assert_eq!((read.place, read.ttl, read.class), (written.place, written.ttl, DnsClass::IN));
            prop_assert!(same(&read.name, &written.name));
            let data = read.data();
            // Names are the same up to the case of their letters, since they may be pointed to.
            prop_assert_eq!(data.unwrap().to_string().to_ascii_lowercase(), written.data.data().to_string().to_ascii_lowercase());
        }
    }

    /// What a name prints as is that name again.
    #[test]
    fn a_printed_name_is_the_name(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..=63), 0..4)) {
        let mut wire: Vec<u8> = labels.iter().flat_map(|label| [&[label.len() as u8], &label[..]].concat()).collect();
        wire.push(0);
        prop_assume!(wire.len() <= 255);
        let mut room = [0; 512];
        let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
        message.question(&Name::at(&wire, 0).to_string(), DnsType::A).unwrap();
        let bytes = message.finish();
        prop_assert_eq!(&bytes[12..12 + wire.len()], &wire[..]);
    }
}

fn same(read: &Name<'_>, written: &str) -> bool {
    read.is_sound() && read.to_string().eq_ignore_ascii_case(written)
}

#[test]
fn limits() {
    let mut room = vec![0; 0x2_0000];
    let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
    message.question(&longest, DnsType::A).unwrap();
    let mut refused = |name: &str| message.question(name, DnsType::A).map(|_| ()).unwrap_err();
    assert_eq!(refused(&format!("{label}a")), ComposeError::Name(BadName::Label(64)));
    assert_eq!(refused("a..b"), ComposeError::Name(BadName::Label(0)));
    assert_eq!(refused(&format!("{longest}b")), ComposeError::Name(BadName::Long));
    assert_eq!(refused(r"a\25"), ComposeError::Name(BadName::Escape));
    assert_eq!(refused(r"a\256"), ComposeError::Name(BadName::Escape));
    // What was refused has left nothing behind.
    assert_eq!(message.finish().len(), 12 + 255 + 4);
}

#[test]
fn pointers_reach_as_far_as_they_can() {
    let mut room = vec![0; 0x1_0000];
    let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
    // Behind 0x3fff nothing can be pointed to: the name is written again each time.
    message.record(Place::Answer, "a", 0, Data::Other(DnsType(1000), &vec![0; 0x4000])).unwrap();
    for _ in 0..3 {
        message.record(Place::Answer, "far.away", 0, Data::A(Ipv4Addr::LOCALHOST)).unwrap();
    }
    let bytes = message.finish().to_vec();
    let names =
        Dns::view(&bytes[..]).unwrap().records().skip(1).map(|record| record.name.encoded().unwrap().len());
    assert_eq!(names.collect::<Vec<_>>(), [10, 10, 10]);

    // Names beyond those that are remembered are sound, and longer.
    let mut room = vec![0; 0x1_0000];
    let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
    for number in 0..200 {
        let name = format!("n{}.org", number % 100);
        message.record(Place::Answer, &name, 0, Data::A(Ipv4Addr::LOCALHOST)).unwrap();
    }
    let bytes = message.finish().to_vec();
    let dns = Dns::view(&bytes[..]).unwrap();
    assert!(
        dns.records().zip(0..).all(|(record, number)| record.name.is_text(&format!("n{}.org", number % 100)))
    );

    // No message is longer than 65,535 bytes.
    let mut room = vec![0; 0x2_0000];
    let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
    let full = vec![0; 0xffff - 12 - 1 - 10];
    let more = vec![0; full.len() + 1];
    let mut write =
        |bytes| message.record(Place::Answer, ".", 0, Data::Other(DnsType(1000), bytes)).map(|_| ());
    assert!(matches!(write(&more), Err(ComposeError::NoRoom { .. })));
    write(&full).unwrap();
    assert_eq!(message.finish().len(), 0xffff);
}

/// Records that dnspython has written are written again with the same bytes: both point where they may.
#[test]
fn the_bytes_are_those_of_another_writer() {
    let mut compared = 0;
    for file in ["dns-over-tcp", "dns-services", "dns-keys", "dns-types"] {
        for captured in frames(&root().join(format!("fixtures/made/{file}.pcap"))) {
            let packet = Decoder::new().packet(captured.frame());
            let Some(dns) = packet.get::<Dns>() else { continue };
            // A name in data that is not known here is not compressed there, so it can be copied.
            let mut room = vec![0; 0x1_0000];
            let mut message = Composer::new(&mut room, Dns::reply(dns.id())).unwrap();
            for question in dns.questions() {
                message.question(question.name, question.record_type).unwrap();
            }
            for record in dns.records() {
                let data = Data::Other(record.record_type, record.bytes);
                message.record(record.place, record.name, record.ttl, data).unwrap();
            }
            assert_eq!(message.finish(), dns.bytes(), "{file} {}", captured.number);
            compared += 1;
        }
    }
    assert!(compared > 8, "{compared}");
}

/// Names and texts of packets are escaped wherever they are printed.
#[test]
fn no_control_character_is_printed() {
    for captured in frames(&root().join("fixtures/made/dns-hostile.pcap")) {
        let packet = Decoder::new().packet(captured.frame());
        let tree = format!("{:#}", Breakdown::new(&packet));
        let printed = [
            line::summary(&packet).to_string(),
            serde_json::to_string(&json::Object::new(&packet, Context::default())).unwrap(),
        ];
        for text in printed.iter().chain([&common_colors_removed(&tree)]) {
            let bad = |sign: char| {
                sign != '\n' && sign.is_control()
                    || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(bad), "{text:?}");
        }
    }
}

/// The tree without its own colors.
fn common_colors_removed(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        out.push_str(&rest[..at]);
        let code = rest[at + 2..].find('m').unwrap();
        assert!(
            rest[at + 2..at + 2 + code].bytes().all(|sign| sign.is_ascii_digit() || sign == b';'),
            "{text:?}"
        );
        rest = &rest[at + 3 + code..];
    }
    out + rest
}

/// Random bytes hardly ever look like a message.
#[test]
fn noise_is_no_message() {
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let rounds = std::env::var("ROUNDS").map_or(100_000, |rounds| rounds.parse::<usize>().unwrap());
    for _ in 0..rounds {
        let length = 12 + usize::from(noise()) % 60;
        let mut bytes: Vec<u8> = (0..length).map(|_| noise()).collect();
        // Small counts, as many protocols have zeros there.
        if noise() & 1 == 0 {
            bytes[4..12].copy_from_slice(&[0, noise() & 1, 0, noise() & 1, 0, 0, 0, 0]);
        }
        assert!(!layercake::wire::dns::looks(&bytes), "{bytes:02x?}");
        assert!(!layercake::wire::dns::over_tcp::looks(&bytes), "{bytes:02x?}");
    }
}

/// RFC 3597 section 4: the data of records with its names written out stands without its message, and says the same.
#[test]
fn data_stands_alone() {
    let mut seen = std::collections::BTreeSet::new();
    for file in ["dns", "made/dns-types", "made/dns-services", "made/dns-keys", "made/dns-dnssec"] {
        for captured in frames(&root().join(format!("fixtures/{file}.pcap"))) {
            let packet = Decoder::new().packet(captured.frame());
            let Some(dns) = packet.get::<Dns>() else { continue };
            for record in dns.records() {
                let mut data = Vec::new();
                record.expand(&mut data).unwrap();
                let alone = Data::alone(record.record_type, &data).unwrap();
                assert_eq!(alone.to_string(), record.data().unwrap().to_string());
                // Written again it is read as the same.
                let mut room = vec![0; 0x1_0000];
                let mut message = Composer::new(&mut room, Dns::reply(1)).unwrap();
                message.record(record.place, record.name, record.ttl, alone).unwrap();
                let message = Dns::view(message.finish()).unwrap();
                let again = message.records().next().unwrap();
                let mut data_again = Vec::new();
                again.expand(&mut data_again).unwrap();
                assert!(data_again == data && again.data().unwrap().to_string() == alone.to_string());
                seen.insert(record.record_type.0);
            }
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
}
