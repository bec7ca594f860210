//! What differs between packets is said, all of it and nothing else: for every fixture, for edits whose effect is known, for every
//! flipped bit of the headers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use common::{fixtures, frames, root, sound_fixtures};
use layercake::assert_packet_eq;
use layercake::diff::{Diff, Difference, Options, What};
use layercake::field::{Kind, Value};
use layercake::packet::{Decoder, Frame, LinkType, Packet};
use layercake::wire::{ethernet::Ethernet, ipv4, ipv4::Ipv4, ipv6, tcp::Tcp, udp::Udp, vlan::Vlan};

fn diff<A: AsRef<[u8]>, B: AsRef<[u8]>>(left: &Packet<A>, right: &Packet<B>) -> Diff {
    Diff::between(left, right, &Options::default())
}

fn names(diff: &Diff) -> Vec<&'static str> {
    diff.iter().map(|difference| difference.name).collect()
}

fn ethernet(bytes: Vec<u8>) -> Packet<Vec<u8>> {
    Decoder::new().packet(Frame::ethernet(bytes))
}

fn eth() -> layercake::field::Builder<Ethernet> {
    Ethernet::new(Default::default(), Default::default())
}

fn ip() -> layercake::field::Builder<Ipv4> {
    Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
}

#[test]
fn a_packet_does_not_differ_from_itself() {
    for captured in fixtures() {
        let packet = Decoder::new().packet(captured.frame());
        let diff = diff(&packet, &packet);
        assert!(
            diff.is_empty() && diff.ignored() == 0 && diff.to_string().is_empty(),
            "{}: {diff}",
            captured.file
        );
    }
}

/// Each packet with another one of its file: the tiles on both sides that are not in a difference are the same.
#[test]
fn neighbours_differ_where_their_bytes_do() {
    let all = fixtures();
    let mut compared = 0;
    for pair in all.windows(2).filter(|pair| pair[0].file == pair[1].file && pair[0].bytes.len() < 2000) {
        let [left, right] = [&pair[0], &pair[1]].map(|captured| Decoder::new().packet(captured.frame()));
        let diff = diff(&left, &right);
        assert_eq!(diff.is_empty(), left.bytes() == right.bytes() && left.length() == right.length());
        let rest = |packet: &Packet<&[u8]>, side: fn(&Difference) -> Option<(u32, u32)>| {
            let taken: Vec<(u32, u32)> = diff.iter().filter_map(side).collect();
            let bit = |at: u32| (packet.bytes()[at as usize / 8] >> (7 - at % 8)) & 1;
            let free = |at: &u32| !taken.iter().any(|(from, to)| (*from..*to).contains(at));
            (0..packet.bytes().len() as u32 * 8).filter(free).map(bit).collect::<Vec<u8>>()
        };
        let left = rest(&left, |difference| {
            difference.left.as_ref().map(|side| (side.start, side.start + side.bits))
        });
        let right = rest(&right, |difference| {
            difference.right.as_ref().map(|side| (side.start, side.start + side.bits))
        });
        assert_eq!(
            left, right,
            "{} {}: what is not in the diff is the same\n{diff}",
            pair[0].file, pair[0].number
        );
        compared += 1;
    }
    assert!(compared > 400, "{compared}");
}

/// The time to live of every sound IPv4 packet: it and the checksum of its header, and nothing else (RFC 791: no other checksum
/// covers it).
#[test]
fn an_edit_is_what_differs() {
    let (mut four, mut six) = (0, 0);
    for captured in sound_fixtures() {
        let before = Decoder::new().packet(captured.frame());
        let mut after = Decoder::new().packet(Frame {
            length: captured.length,
            check_sequence: captured.check_sequence,
            ..Frame::new(captured.link, captured.bytes.clone())
        });
        match before.network().map(|layer| layer.kind) {
            Some(Kind::IPV4) => {
                let ttl = before.get::<Ipv4>().unwrap().ttl();
                after.set(&ipv4::TTL, ttl ^ 0x55).unwrap();
                let diff = diff(&before, &after);
                let stored = |packet: &[u8], at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
                let at = before.network().unwrap().start();
                // A header whose checksum was not the one of RFC 791 stays wrong, and where it is the same, it is not said.
                let expected = match stored(before.bytes(), at + 10) == stored(after.bytes(), at + 10) {
                    true => vec!["ip.ttl"],
                    false => vec!["ip.ttl", "ip.checksum"],
                };
                // A check sequence that was right is kept so.
                let fcs = before.layers().any(|layer| layer.kind == Kind::FRAME_CHECK_SEQUENCE);
                let expected = [&expected[..], if fcs { &["eth.fcs"] } else { &[] }].concat();
                assert_eq!(names(&diff), expected, "{} {}\n{diff}", captured.file, captured.number);
                let difference = diff.iter().next().unwrap();
                let sides = [difference.left.as_ref().unwrap(), difference.right.as_ref().unwrap()];
                assert_eq!(sides.map(|side| (side.offset(), side.length())), [(at + 8, 1); 2]);
                assert_eq!(sides.map(|side| side.text.clone()), [ttl.to_string(), (ttl ^ 0x55).to_string()]);
                four += 1;
            }
            Some(Kind::IPV6) => {
                after.set(&ipv6::HOP_LIMIT, 99).unwrap();
                let diff = diff(&before, &after);
                let fcs = before.layers().any(|layer| layer.kind == Kind::FRAME_CHECK_SEQUENCE);
                let expected = if fcs { &["ipv6.hlim", "eth.fcs"][..] } else { &["ipv6.hlim"] };
                assert_eq!(names(&diff), expected, "{} {}\n{diff}", captured.file, captured.number);
                six += 1;
            }
            _ => {}
        }
    }
    assert!(four > 300 && six > 100, "{four} {six}");
}

/// A bit of a header flipped is in a difference: in a field, or in a layer that is another one now. And it is in the layer of that bit or
/// an outer one, or the layers behind it changed.
#[test]
fn every_flipped_bit_is_said() {
    let mut stacks: HashSet<Vec<Kind>> = HashSet::new();
    let mut flips = 0;
    for captured in fixtures() {
        let before = Decoder::new().packet(captured.frame());
        if !stacks.insert(before.headers().map(|layer| layer.kind).collect()) || captured.bytes.len() > 3000 {
            continue;
        }
        let end = before.headers().last().map_or(0, |layer| layer.content());
        for bit in 0..end as u32 * 8 {
            let mut bytes = captured.bytes.clone();
            bytes[bit as usize / 8] ^= 0x80 >> (bit % 8);
            let after = Decoder::new().packet(Frame { bytes: &bytes[..], ..captured.frame() });
            let diff = diff(&before, &after);
            let holds = |difference: &Difference| {
                let sides = [&difference.left, &difference.right];
                sides.into_iter().flatten().any(|side| (side.start..side.start + side.bits).contains(&bit))
            };
            assert!(diff.iter().any(holds), "{} {} bit {bit}\n{diff}", captured.file, captured.number);
            flips += 1;
        }
    }
    assert!(stacks.len() > 20 && flips > 10_000, "{} stacks, {flips} flips", stacks.len());
}

#[test]
fn layers_are_put_beside_each_other() {
    let inner = || ip() / Udp::new(5000, 7) / b"hello";
    let plain = ethernet((eth() / inner()).to_vec().unwrap());
    let tagged = ethernet((eth() / Vlan::new(7) / inner()).to_vec().unwrap());
    let there = diff(&plain, &tagged);
    assert_eq!(names(&there), ["eth.type", "vlan"]);
    let vlan = there.iter().nth(1).unwrap();
    assert_eq!((vlan.what, vlan.layers), (What::Layer, [None, Some(1)]));
    assert!(
        vlan.left.is_none()
            && vlan.right.as_ref().map(|side| (side.offset(), side.length())) == Some((14, 4))
    );
    let back = diff(&tagged, &plain);
    assert!(back.iter().nth(1).unwrap().right.is_none());
    // Another transport: what it carries is the same.
    let tcp = ethernet((eth() / ip() / Tcp::new(5000, 7) / b"hello").to_vec().unwrap());
    assert_eq!(names(&diff(&plain, &tcp)), ["ip.len", "ip.proto", "ip.checksum", "udp", "tcp"]);
    // Out of a tunnel: what is inside fits, not what is outside.
    let far = Ipv4::new([198, 51, 100, 1].into(), [198, 51, 100, 2].into());
    let bare = Decoder::new().packet(Frame::raw(inner().to_vec().unwrap()));
    let tunnel = Decoder::new().packet(Frame::raw((far / inner()).to_vec().unwrap()));
    let out = diff(&tunnel, &bare);
    assert_eq!((names(&out), out.iter().next().unwrap().layers), (vec!["ip"], [Some(0), None]));
}

/// A real SYN with an option more, one less, and one of another value.
#[test]
fn options_are_put_beside_each_other() {
    let syn = frames(&root().join("fixtures/http.pcap")).into_iter().find(|frame| frame.number == 3).unwrap();
    let before = Decoder::new().packet(syn.frame());
    // 54: maximum segment size; 58: SACK permitted, 60: timestamps, 70: no operation, 71: window scale.
    assert_eq!((syn.bytes[54], syn.bytes[58], syn.bytes[60], syn.bytes[70], syn.bytes[71]), (2, 4, 8, 1, 3));
    let options = |options: &[&[u8]]| {
        let mut bytes = syn.bytes[..54].to_vec();
        bytes.extend(options.concat());
        Decoder::new().packet(Frame::new(syn.link, bytes))
    };
    let [mss, sack, stamps, nop, scale] =
        [54..58, 58..60, 60..70, 70..71, 71..74].map(|range| &syn.bytes[range]);
    let swapped = options(&[mss, nop, nop, stamps, nop, scale]);
    let there = diff(&before, &swapped);
    assert_eq!(names(&there), ["tcp.options.sack_perm", "tcp.options.nop", "tcp.options.nop"], "{there}");
    let mut other = stamps.to_vec();
    other[5] ^= 1;
    let there = diff(&before, &options(&[mss, sack, &other, nop, scale]));
    let only = there.iter().next().unwrap();
    assert_eq!(
        (names(&there), only.within.as_str()),
        (vec!["tcp.options.timestamp.tsval"], "Options > Timestamps")
    );
    for pattern in ["tcp.options.timestamp.*", "tcp.options.timestamp", "tcp.options", "*tsval", "tcp"] {
        let options_ = Options { ignore: pattern.parse().unwrap(), ..Options::default() };
        let quiet = Diff::between(&before, &options(&[mss, sack, &other, nop, scale]), &options_);
        assert!(quiet.is_empty() && quiet.ignored() == 1, "{pattern}: {quiet}");
    }
}

#[test]
fn of_a_long_payload_the_place_is_shown() {
    let mut payload = vec![b'.'; 1400];
    let packet = |payload: &[u8]| {
        Decoder::new().packet(Frame::raw((ip() / Udp::new(1, 2).checksum(0) / payload).to_vec().unwrap()))
    };
    let before = packet(&payload);
    payload[1000] = b'x';
    let there = diff(&before, &packet(&payload));
    assert_eq!(
        there.to_string(),
        "Payload (payload)
- 28-1427           UDP payload                       1400 bytes, from 996: 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e ...  |................| udp.payload
+ 28-1427           UDP payload                       1400 bytes, from 996: 2e 2e 2e 2e 78 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e ...  |....x...........| udp.payload
"
    );
}

#[test]
fn what_is_ignored_is_counted() {
    let packet = |ttl, number| {
        ethernet((eth() / ip().ttl(ttl).identification(number) / Udp::new(1, 2) / b"x").to_vec().unwrap())
    };
    let (left, right) = (packet(64, 1), packet(63, 2));
    for (patterns, left_over, ignored) in [
        ("", vec!["ip.id", "ip.ttl", "ip.checksum"], 0),
        ("ip.id", vec!["ip.ttl", "ip.checksum"], 1),
        ("ip.id,*.checksum", vec!["ip.ttl"], 2),
        ("ip.*", vec![], 3),
        ("ip", vec![], 3),
        ("*", vec![], 3),
        ("udp.*", vec!["ip.id", "ip.ttl", "ip.checksum"], 0),
    ] {
        let diff = Diff::between(
            &left,
            &right,
            &Options { ignore: patterns.parse().unwrap(), ..Options::default() },
        );
        assert_eq!((names(&diff), diff.ignored()), (left_over, ignored), "{patterns}");
    }
    // Both addresses by the name for either.
    let other = ethernet(
        (eth()
            / Ipv4::new([192, 0, 2, 9].into(), [192, 0, 2, 8].into()).ttl(64).identification(1)
            / Udp::new(1, 2)
            / b"x")
            .to_vec()
            .unwrap(),
    );
    let diff = Diff::between(
        &left,
        &other,
        &Options { ignore: "ip.addr, *.checksum".parse().unwrap(), ..Options::default() },
    );
    assert!(diff.is_empty(), "{diff}");
}

#[test]
fn padding_can_be_ignored() {
    let short = (eth() / ip() / Udp::new(1, 2) / b"x").to_vec().unwrap();
    let padded = [&short[..], &[0; 17]].concat();
    let [short, padded] = [short, padded].map(ethernet);
    assert_eq!(names(&diff(&short, &padded)), ["padding"]);
    let options = Options { ignore_padding: true, ..Options::default() };
    assert!(Diff::between(&short, &padded, &options).is_empty());
}

#[test]
fn what_is_said_of_the_frame_is_compared() {
    let bytes = (ip() / Udp::new(1, 2) / b"x").to_vec().unwrap();
    let raw = Decoder::new().packet(Frame::raw(&bytes));
    let cut = Decoder::new().packet(Frame { length: 100, ..Frame::raw(&bytes) });
    assert_eq!(names(&diff(&raw, &cut)), ["frame.missing"]);
    let other = Decoder::new().packet(Frame::new(LinkType(228), &bytes));
    assert_eq!(names(&diff(&raw, &other)), ["frame.link"]);
}

/// The most fields that a packet can have: options of one byte in the longest header there is, and none the same.
#[test]
fn no_packet_takes_long() {
    // DHCP: 240 bytes, then options without a length (pad is 0, so two letters apart).
    let packet = |option: [u8; 3], count: usize| {
        let mut message = vec![0u8; 236];
        message[..3].copy_from_slice(&[2, 1, 6]);
        message.extend([99, 130, 83, 99, 53, 1, 2]);
        message.extend(option.iter().cycle().take(count * 3));
        let bytes = (ip() / Udp::new(67, 68) / &message[..]).to_vec().unwrap();
        Decoder::new().packet(Frame::raw(bytes))
    };
    let started = Instant::now();
    for (left, right) in [
        ([0, 0, 0], [0, 0, 0]),
        ([0, 0, 0], [12, 1, 65]),
        ([12, 1, 65], [15, 1, 66]),
        ([12, 1, 65], [12, 1, 66]),
    ] {
        let (left, right) = (packet(left, 21_000), packet(right, 20_000));
        assert!(left.fields().count() > 20_000);
        let diff = diff(&left, &right);
        assert!(!diff.is_empty() && diff.to_string().len() > 100);
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// What the test of a user says when it fails.
fn failure(test: impl FnOnce()) -> String {
    let caught = catch_unwind(AssertUnwindSafe(test));
    *caught.expect_err("it has to fail").downcast::<String>().unwrap()
}

#[test]
fn an_assertion_fails_with_the_diff() {
    let cake = |ttl| eth() / ip().ttl(ttl) / Udp::new(7, 5000) / b"hello";
    let (actual, expected) = (cake(63).to_vec().unwrap(), cake(64).to_vec().unwrap());
    // All kinds of things can be compared with each other.
    assert_packet_eq!(actual, actual);
    assert_packet_eq!(&actual[..], actual.as_slice(),);
    assert_packet_eq!(ethernet(actual.clone()), actual);
    assert_packet_eq!(actual, &ethernet(actual.clone()));
    assert_packet_eq!(Frame::ethernet(&actual), ethernet(actual.clone()), ignore_padding = true);
    assert_packet_eq!(actual, expected, ignore = "ip.ttl", ignore = "*.checksum");
    // Bytes are read as the packet on the other side, or as the test says.
    assert_packet_eq!(&actual[14..], Decoder::new().packet(Frame::raw(&actual[14..])));
    assert_packet_eq!(&actual[14..], &expected[14..], ignore = "ip.ttl,ip.checksum", link = LinkType::RAW);

    assert_eq!(
        failure(|| assert_packet_eq!(actual, expected, ignore = "ip.checksum")),
        "the packets differ
- actual    192.0.2.1:7 > 192.0.2.2:5000 UDP, 5 bytes
+ expected  192.0.2.1:7 > 192.0.2.2:5000 UDP, 5 bytes

Internet Protocol Version 4 (ip)
- 22                Time to live                      63                           ip.ttl
+ 22                Time to live                      64                           ip.ttl

1 difference was ignored"
    );
    let said = failure(|| assert_packet_eq!(actual, actual, ignore = "ip.tll"));
    assert_eq!(said, "ignore = \"ip.tll\": no field is called 'ip.tll'; did you mean ip.ttl?");
}

/// A packet as the snapshot of a test, `insta::assert_snapshot!(packet)`: bytes and fields, without colours.
#[test]
fn a_packet_is_a_snapshot() {
    let mut packet = ethernet((eth() / ip().ttl(3) / Udp::new(5000, 7) / b"hello").to_vec().unwrap());
    insta::assert_snapshot!("packet", packet);
    let before = packet.clone();
    packet.set(&ipv4::SOURCE, [198, 51, 100, 7].into()).unwrap();
    insta::assert_snapshot!(diff(&before, &packet), @r"
    Internet Protocol Version 4 (ip)
    - 24-25             Header checksum                   0x33c9 (correct)             ip.checksum
    + 24-25             Header checksum                   0xcb8f (correct)             ip.checksum
    - 26-29             Source address                    192.0.2.1                    ip.src
    + 26-29             Source address                    198.51.100.7                 ip.src
    User Datagram Protocol (udp)
    - 40-41             Checksum                          0x246f (correct)             udp.checksum
    + 40-41             Checksum                          0xbc35 (correct)             udp.checksum
    ");
    assert!(packet.fields().any(|field| field.value() == Some(Value::Ipv4([198, 51, 100, 7].into()))));
}
