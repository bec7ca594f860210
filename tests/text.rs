//! A renderer writes packets into every format that people paste, and each is read back to the same bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "text/render.rs"]
mod render;

use layercake::field::Mac;
use layercake::names::LinkType;
use layercake::text::{Direction, Format, Offsets, Options, Order, Problem, Reading, read};
use layercake::wire::arp::Arp;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::tcp::Tcp;
use layercake::wire::udp::Udp;
use layercake::wire::vlan::Vlan;
use proptest::prelude::*;
use render::{FORMATS, TCPDUMP, rows, tcpdump_row};

/// Payloads that a reader could trip over.
fn payload(kind: usize, length: usize) -> Vec<u8> {
    let hex = b"ab cd ef 00 11 22 dead beef 0000 1234  ".iter().copied().cycle();
    match kind {
        0 => (0..length).map(|at| (at * 37 + 11) as u8).collect(),
        1 => hex.take(length).collect(),
        2 => b"0123456789abcdef".iter().copied().cycle().take(length).collect(),
        _ => vec![0; length],
    }
}

/// A packet of each kind with this payload.
fn packets(payload: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let ethernet =
        || Ethernet::new("02:00:00:00:00:0a".parse().unwrap(), "02:00:00:00:00:0b".parse().unwrap());
    let ipv4 = || Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let ipv6 = || Ipv6::new("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    vec![
        ("tcp", (ethernet() / ipv4() / Tcp::new(40000, 80) / payload).to_vec().unwrap()),
        ("udp6", (ethernet() / ipv6() / Udp::new(5353, 53) / payload).to_vec().unwrap()),
        ("icmp", (ethernet() / ipv4() / Icmpv4::echo_request(7, 1) / payload).to_vec().unwrap()),
        ("vlan", (ethernet() / Vlan::new(10) / ipv4() / Udp::new(1, 2) / payload).to_vec().unwrap()),
    ]
}

fn arp() -> Vec<u8> {
    let (a, b) = (Mac([2, 0, 0, 0, 0, 10]), Mac([255; 6]));
    (Ethernet::new(a, b) / Arp::request((a, [192, 0, 2, 1].into()), [192, 0, 2, 2].into())).to_vec().unwrap()
}

/// Reads a text and compares; what is wrong goes to the list.
fn check(format: &str, what: &str, text: &str, packets: &[&[u8]], wrong: &mut Vec<String>) {
    match read(text, &Options::default()) {
        Ok(reading) => {
            let read: Vec<&[u8]> = reading.packets.iter().map(|packet| packet.bytes.as_slice()).collect();
            let whole = reading.packets.iter().all(|packet| packet.missing.is_none());
            if read != packets || !whole {
                let lengths: Vec<usize> = read.iter().map(|bytes| bytes.len()).collect();
                wrong.push(format!(
                    "{format}, {what}: {reading} {lengths:?} {:?}\n{text}",
                    reading.packets[0].missing
                ));
            }
        }
        Err(error) => wrong.push(format!("{format}, {what}: {error}\n{text}")),
    }
}

fn fail(wrong: &[String], trips: usize) {
    let mut formats: std::collections::BTreeMap<&str, usize> = Default::default();
    wrong.iter().for_each(|one| *formats.entry(one.split(',').next().unwrap()).or_default() += 1);
    assert!(
        wrong.is_empty(),
        "{} of {trips} wrong: {formats:?}\n{}",
        wrong.len(),
        wrong[..wrong.len().min(6)].join("\n\n")
    );
    println!("{trips} round trips");
}

const LENGTHS: [usize; 14] = [0, 1, 2, 3, 5, 6, 7, 10, 15, 18, 22, 31, 48, 150];

fn round_trips(kind: usize) {
    let (mut wrong, mut trips) = (Vec::new(), 0);
    for length in LENGTHS {
        for (name, bytes) in packets(&payload(kind, length)) {
            for (format, render) in FORMATS {
                check(format, &format!("{name} {kind} {length}"), &render(&bytes), &[&bytes], &mut wrong);
                trips += 1;
            }
        }
    }
    fail(&wrong, trips);
}

#[test]
fn binary_payloads_come_back() {
    round_trips(0);
}

#[test]
fn payloads_that_look_like_groups_come_back() {
    round_trips(1);
}

#[test]
fn payloads_of_hex_digits_come_back() {
    round_trips(2);
}

#[test]
fn repeated_rows_come_back() {
    round_trips(3);
}

#[test]
fn arp_comes_back() {
    let (mut wrong, bytes) = (Vec::new(), arp());
    for (format, render) in FORMATS {
        check(format, "arp", &render(&bytes), &[&bytes], &mut wrong);
    }
    fail(&wrong, FORMATS.len());
}

fn reading(text: &str) -> Reading {
    read(text, &Options::default()).unwrap_or_else(|error| panic!("{error} at {:?}:\n{text}", error.span))
}

/// tcpdump leaves the link header out unless it is asked for: where packets begin, the decoder says.
#[test]
fn what_packets_begin_with_is_found_out() {
    for kind in 0..4 {
        for length in [0, 1, 5, 16, 33, 700] {
            for (name, bytes) in
                packets(&payload(kind, length)).into_iter().filter(|(name, _)| *name != "vlan")
            {
                for row in
                    [tcpdump_row, |o: usize, r: &[u8]| format!("\t0x{o:04x}:  {}", render::groups(r, 2))]
                {
                    let text = TCPDUMP.to_owned() + &rows(&bytes[14..], 16, row);
                    let reading = reading(&text);
                    assert_eq!(
                        (reading.link, reading.link_is_sure),
                        (LinkType::RAW, true),
                        "{name} {length}\n{text}"
                    );
                    assert_eq!(reading.packets[0].bytes, &bytes[14..], "{name} {length}\n{text}");
                }
            }
        }
    }
    assert_eq!(reading(&rows(&arp(), 16, tcpdump_row)).link, LinkType::ETHERNET);
}

/// What is lost at the start is found out, and filled in so that the rest stands where it stood.
#[test]
fn a_start_that_is_lost_is_filled_in() {
    let (mut wrong, mut trips) = (Vec::new(), 0);
    for (name, bytes) in packets(&payload(0, 30)).into_iter().chain([("arp", arp())]) {
        for lost in 1..=20 {
            // What is lost of a tag is not guessed: what is left looks like a frame without one, or of another link.
            if name == "vlan" && [2, 4, 13, 14, 15, 16, 17].contains(&lost) {
                continue;
            }
            let told = match (name, lost) {
                ("arp", 1..=14) | (_, ..14) => Some((LinkType::ETHERNET, lost)),
                ("tcp" | "icmp", ..=18) | ("udp6", ..) => Some((LinkType::RAW, lost - 14)),
                ("vlan", 18) => Some((LinkType::RAW, 0)),
                ("vlan", 19..) => Some((LinkType::RAW, lost - 18)),
                _ => None,
            };
            let formats = FORMATS.iter().filter(|(format, _)| {
                matches!(
                    *format,
                    "xxd"
                        | "xxd -e"
                        | "hexdump -C"
                        | "od"
                        | "hex stream"
                        | "Wireshark, stream"
                        | "C"
                        | "base64"
                )
            });
            for (format, render) in formats {
                // What is left of ARP, which has no checksum, does not always say in which order its groups are.
                if (*format, name) == ("xxd -e", "arp") {
                    continue;
                }
                let text = render(&bytes[lost..]);
                trips += 1;
                let reading = match read(&text, &Options::default()) {
                    Ok(reading) => reading,
                    Err(_) if told.is_none() => continue,
                    Err(error) => {
                        wrong.push(format!("{format}, {name} {lost}: {error}"));
                        continue;
                    }
                };
                let found = (reading.link, reading.lost);
                if told.is_none() || found != told.unwrap() {
                    if told.is_some() || reading.lost > 0 {
                        wrong.push(format!("{format}, {name} {lost}: {reading}"));
                    }
                    continue;
                }
                let packet = &reading.packets[0];
                let kept = &packet.bytes[reading.lost..];
                if kept != &bytes[lost..] || packet.missing.is_some() != (reading.lost > 0) {
                    wrong.push(format!("{format}, {name} {lost}: {reading}, {:?}", packet.missing));
                }
            }
        }
    }
    fail(&wrong, trips);
    let reading = reading(&render::pairs(&packets(b"x")[0].1[6..], " "));
    assert_eq!(
        reading.to_string(),
        "hex, 1 packet, 55 bytes, starts 6 bytes into Ethernet, which are filled in"
    );
    assert_eq!(reading.packets[0].missing.as_deref(), Some("its first 6 bytes are lost and filled in"));
    // Who says where it begins is believed.
    let options = Options { link: Some(LinkType::ETHERNET), ..Options::default() };
    let text = render::pairs(&packets(b"x")[0].1[6..], " ");
    assert_eq!(read(&text, &options).unwrap().lost, 0);
}

/// Frames of CAN say themselves what they are.
#[test]
fn frames_of_can_are_read() {
    let text = "  can0  123   [8]  11 22 33 44 55 66 77 88\n  can0  1F334455   [2]  AA BB\n  can0  7FF   [3]  01 02\n";
    let reading = reading(text);
    assert_eq!(
        reading.to_string(),
        "frames of CAN, 3 packets, 36 bytes, starts at the header of can_socketcan"
    );
    assert_eq!(
        reading.packets[0].bytes,
        [0, 0, 1, 0x23, 8, 0, 0, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
    );
    assert_eq!(reading.packets[1].bytes, [0x9f, 0x33, 0x44, 0x55, 2, 0, 0, 0, 0xaa, 0xbb]);
    assert!(reading.packets[1].missing.is_none() && reading.packets[2].missing.is_some());
    let log =
        self::reading("(1436509052.249713) vcan0 044#2A366C2BBA\n(1436509052.449847) vcan0 0F6#7ADFE07BD2\n");
    assert_eq!(log.packets[0].time.unwrap().to_string(), "1436509052.249713000");
    assert_eq!(log.packets.len(), 2);
}

#[test]
fn several_packets_come_back_with_times_and_directions() {
    let all: Vec<Vec<u8>> =
        [0, 3, 20].iter().flat_map(|length| packets(&payload(1, *length))).map(|(_, bytes)| bytes).collect();
    let expected: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let mut wrong = Vec::new();
    let many = [
        "tcpdump -XX",
        "tshark -x",
        "hexdump -C",
        "text2pcap",
        "FortiGate",
        "Cisco EPC",
        "xxd",
        "C",
        "Python repr",
        "dmesg, bytes",
        "hexyl",
        "xxd -e",
        "od",
        "Wireshark, hex",
        "Zephyr",
        "OpenThread",
        "ESP-IDF",
        "U-Boot",
        "JSON, hex",
    ];
    for (format, render) in FORMATS.iter().filter(|(name, _)| many.contains(name)) {
        let text: String = all.iter().map(|bytes| render(bytes) + "\n").collect();
        check(format, "several", &text, &expected, &mut wrong);
    }
    fail(&wrong, many.len());

    let text: String = (0..3)
        .map(|at| {
            format!(
                "{} 2026-11-22T09:47:5{at}Z\n{}\n",
                ["I", "O", "I"][at],
                rows(&all[at], 16, |o, r| format!("{o:06x} {}", render::pairs(r, " ")))
            )
        })
        .collect();
    let reading = reading(&text);
    let told: Vec<_> = reading
        .packets
        .iter()
        .map(|packet| (packet.time.unwrap().to_string(), packet.direction.unwrap()))
        .collect();
    let expected = [
        ("1795340870.000000000", Direction::Inbound),
        ("1795340871.000000000", Direction::Outbound),
        ("1795340872.000000000", Direction::Inbound),
    ];
    assert!(told.iter().map(|(time, way)| (time.as_str(), *way)).eq(expected), "{told:?}");
    assert!(!reading.no_date);
}

#[test]
fn options_decide_otherwise() {
    let with = |text: &str, options: Options| read(text, &options).unwrap().packets[0].bytes.clone();
    let default = Options::default();
    let text = "0000000 4500 001c\n0000004 0001";
    assert_eq!(with(text, Options { order: Some(Order::Little), ..default }), [0, 0x45, 0x1c, 0, 1, 0]);
    assert_eq!(with(text, Options { order: Some(Order::Big), ..default }), [0x45, 0, 0, 0x1c, 0, 1]);
    assert_eq!(
        with("0000 4500 001c", Options { offsets: Some(Offsets::None), ..default }),
        [0, 0, 0x45, 0, 0, 0x1c]
    );
    assert_eq!(
        with("0000 4500 001c", Options { offsets: Some(Offsets::Hex), ..default }),
        [0x45, 0, 0, 0x1c]
    );
    assert_eq!(with("10, 20, 30", Options { format: Some(Format::Hex), ..default }), [0x10, 0x20, 0x30]);
    assert_eq!(with("10, 20, 30", default), [10, 20, 30]);
    let link = Some(LinkType::IPV4);
    assert_eq!(read("45 00 00 1c", &Options { link, ..default }).unwrap().link, LinkType::IPV4);
}

#[test]
fn a_text_that_breaks_off_gives_what_is_there() {
    for (text, expected) in [
        ("0000  45 00 00 1c 00 01 00 00\n0008  40 11 ...", &[0x45, 0, 0, 0x1c, 0, 1, 0, 0, 0x40, 0x11][..]),
        ("0000  45 00 00 1c\n0004  40 11 2", &[0x45, 0, 0, 0x1c, 0x40, 0x11]),
        ("0000  45 00 00 1c\n0004  40 11\n0009", &[0x45, 0, 0, 0x1c, 0x40, 0x11]),
        ("0000  45 00 00 1c\n0004  40 11 22 33\n000c  55 66", &[0x45, 0, 0, 0x1c, 0x40, 0x11, 0x22, 0x33]),
        ("45 00 00 1c 00 01 00 00 4", &[0x45, 0, 0, 0x1c, 0, 1, 0, 0]),
        ("45 00 00 1c ...", &[0x45, 0, 0, 0x1c]),
        ("let p: [u8; 9] = [69, 0, 0, 28];", &[0x45, 0, 0, 0x1c]),
        ("{ 0x45, 0x00, 0x00, 0x1c,", &[0x45, 0, 0, 0x1c]),
        ("b'E\\x00\\x00\\x1c\\x00", &[0x45, 0, 0, 0x1c, 0]),
        ("Frame (9 bytes):\n0000  45 00 00 1c 40 11\n", &[0x45, 0, 0, 0x1c, 0x40, 0x11]),
    ] {
        let reading = reading(text);
        assert_eq!(reading.packets.len(), 1, "{text}: {reading}");
        assert_eq!(reading.packets[0].bytes, expected, "{text}: {reading}");
        assert!(reading.packets[0].missing.is_some(), "{text}: {reading}");
    }
}

#[test]
fn what_holds_no_packet_is_said_and_where() {
    let problem = |text: &str| read(text, &Options::default()).map_err(|error| (error.problem, error.span));
    assert_eq!(problem(""), Err((Problem::Empty, 0..0)));
    assert_eq!(problem(" \n"), Err((Problem::Empty, 0..2)));
    assert_eq!(problem("45 0"), Err((Problem::Odd, 3..4)));
    assert_eq!(problem("45 hello 00"), Err((Problem::NotHex, 3..8)));
    assert_eq!(problem("45 é"), Err((Problem::NotHex, 3..5)));
    assert_eq!(problem("45 00 0g"), Err((Problem::NotHex, 6..8)));
    for text in [
        "Dear all, on 22 November at 10:30 we meet in room 4500 with 20 people; see you there.",
        "no-such-file-anywhere-in-here",
        "HelloWorldThisIsNoPacketAtAll",
        "The quick brown fox (1, 2, 3) [4] jumps over {\"a\": 5}",
        "fn main() { println!(\"{}\", 42); }",
    ] {
        assert_eq!(problem(text).map_err(|(problem, _)| problem).unwrap_err(), Problem::NotHex, "{text}");
    }
    // Bounded: rows that claim gigabytes, a line of a million digits, brackets without end.
    for text in [
        "0000 00 11\n*\nffffffff 00 11\n".repeat(2000),
        "45 00 ".repeat(300_000),
        "[".repeat(300_000),
        "0x00,".repeat(200_000),
        "\\x00".repeat(200_000),
        "\"\\".repeat(200_000),
        "00:".repeat(300_000),
        "/*".repeat(300_000),
        "0000: 00 ".repeat(50_000),
        "b'".repeat(200_000),
        "\u{1b}[".repeat(200_000),
        "> ".repeat(300_000),
        "(1".repeat(200_000),
        "0000 00 11\n*\n00030000 00 11\n".repeat(3000),
    ] {
        let start = std::time::Instant::now();
        let bytes: usize = read(&text, &Options::default())
            .map_or(0, |reading| reading.packets.iter().map(|packet| packet.bytes.len()).sum());
        assert!(bytes < 64 << 20, "{bytes} bytes");
        let took = start.elapsed();
        assert!(took.as_secs() < 8, "{took:?} for {}", &text[..20]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing panics, packets are never empty, and lines lie in the text.
    #[test]
    fn any_text_is_read_or_not(text in "(\\PC|[0-9a-f]{2} |0x[0-9a-f]{2}, ?|[\\n\\t|*'\"\\\\{}\\[\\]>:.-]|00[0-9a-f]{2}[: ] ){0,120}") {
        if let Ok(reading) = read(&text, &Options::default()) {
            let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
            for packet in &reading.packets {
                prop_assert!(!packet.bytes.is_empty() && packet.lines.start < packet.lines.end && packet.lines.end <= lines);
            }
        }
    }

    /// The same for texts of any format with something changed in it.
    #[test]
    fn any_mutated_text_is_read_or_not(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,4}|\n|[0-9a-f ]{0,6}", 0usize..40), 1..5),
        kind in 0usize..4,
    ) {
        let (_, bytes) = &packets(&payload(kind, 30))[kind];
        let mut text: Vec<char> = FORMATS[which.index(FORMATS.len())].1(bytes).chars().collect();
        for (place, put, length) in changes {
            let at = place.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, put.chars());
        }
        let _ = read(&text.into_iter().collect::<String>(), &Options::default());
    }
}

/// The length in an IP header can be the offset that would come next: 52 bytes behind a row that ends at byte 52.
#[test]
fn a_length_is_no_offset() {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let packet = (ip / Tcp::new(40000, 53) / [7; 12]).to_vec().unwrap();
    assert_eq!(packet.len(), 52);
    let dump: String = (packet.chunks(16).enumerate())
        .map(|(row, bytes)| {
            let groups: Vec<String> = bytes.chunks(2).map(hex::encode).collect();
            format!("\t0x{:04x}:  {}\n", row * 16, groups.join(" "))
        })
        .collect();
    let reading = read(&dump.repeat(3), &Options::default()).unwrap();
    let frames: Vec<&[u8]> = reading.packets.iter().map(|packet| &*packet.bytes).collect();
    assert_eq!(frames, [&packet[..]; 3]);
    assert!(reading.packets.iter().all(|packet| packet.missing.is_none()));
}
