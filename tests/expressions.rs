//! Packets as expressions: what is built is what others build, and what a packet prints makes the packet again.
#![cfg(feature = "expression")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use common::{frames, pcap_files, root};
use layercake::packet::Decoder;
use layercake::text::expression::{self, Expression};

fn hex_of(text: &str) -> String {
    let expression = Expression::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
    hex::encode(expression.to_vec().unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// What scapy 2.8.0 makes of the same packets: `IP(src=..., dst=..., id=0)` and so on, printed with `bytes(...).hex()`.
const SCAPY: &[(&str, &str)] = &[
    (
        r#"eth(dst=02:00:00:00:00:0b, src=02:00:00:00:00:0a)/vlan(id=7, priority=3)/ip(src=192.0.2.1, dst=192.0.2.2)/udp(srcport=4000, dstport=9)/"hello""#,
        "02000000000b02000000000a81006007080045000021000000004011f6c8c0000201c00002020fa00009000d285568656c6c6f",
    ),
    (
        "eth(dst=ff:ff:ff:ff:ff:ff, src=02:00:00:00:00:0a)/arp(src.hw_mac=02:00:00:00:00:0a, src.proto_ipv4=192.0.2.1, dst.proto_ipv4=192.0.2.2)",
        "ffffffffffff02000000000a0806000108000604000102000000000ac0000201000000000000c0000202",
    ),
    (
        r#"ip(src=192.0.2.1, dst=192.0.2.2)/icmp(type=8, ident=7, seq=1)/"abc""#,
        "4500001f000000004001f6dac0000201c00002020800339500070001616263",
    ),
    (
        "ip(src=192.0.2.1, dst=192.0.2.2, flags.df=1)/tcp(sport=4000, dport=80, flags=S, seq=1, window=8192, options=[mss(1460), sack_perm, timestamp(1, 2), nop, wscale(7)])",
        "4500003c000040004006b6b8c0000201c00002020fa000500000000100000000a002200094080000020405b40402080a000000010000000201030307",
    ),
    (
        "ip(src=192.0.2.1, dst=192.0.2.2)/udp(srcport=4000)/dns(id=7, flags.recdesired=1, qry.name=\"python.org\", qry.type=AAAA)",
        "45000038000000004011f6b1c0000201c00002020fa0003500243dde00070100000100000000000006707974686f6e036f726700001c0001",
    ),
    (
        r#"ip(src=192.0.2.1, dst=192.0.2.2)/udp(srcport=53, dstport=4000)/dns(id=7, flags.response=1, qry("a.example", A), answer(name="a.example", ttl=60, a=192.0.2.9), additional(name="a.example", ttl=60, mx.preference=10, mx.mail_exchange="m.example"))"#,
        "45000072000000004011f677c0000201c000020200350fa0005e07520007800000010001000000010161076578616d706c6500000100010161076578616d706c6500000100010000003c0004c00002090161076578616d706c6500000f00010000003c000d000a016d076578616d706c6500",
    ),
    (
        "ip(src=192.0.2.1, dst=192.0.2.2, ttl=0, len=20, checksum=0x1234, version=5)/udp(srcport=1, dstport=2, length=9999, checksum=0)/0x0102",
        "550000140000000000111234c0000201c000020200010002270f00000102",
    ),
];

#[test]
fn what_scapy_makes() {
    for (text, expected) in SCAPY {
        assert_eq!(hex_of(text), *expected, "{text}");
    }
}

/// DHCP as scapy 2.8.0 makes it: the message without its 192 bytes of empty names.
#[test]
fn dhcp_as_scapy_makes_it() {
    let text = r#"ip(dst=255.255.255.255)/udp(srcport=68)/dhcp(id=0x1234, hw.mac_addr=02:00:00:00:00:0a, options=[dhcp_message_type(DHCPDISCOVER), host_name("host-a"), parameter_request_list(subnet_mask, router), end])"#;
    let expected = [
        "4500011c00000000401179d200000000ffffffff004400430108a3e5",
        "0101060000001234000000000000000000000000000000000000000002000000000a00000000000000000000",
        &"00".repeat(192),
        "638253633501010c06686f73742d6137020103ff",
    ];
    assert_eq!(hex_of(text), expected.concat());
}

#[test]
fn what_etherparse_builds() {
    use etherparse::{PacketBuilder, TcpOptionElement};

    let (a, b) = ([2, 0, 0, 0, 0, 10], [2, 0, 0, 0, 0, 11]);
    let eth = "eth(src=02:00:00:00:00:0a, dst=02:00:00:00:00:0b)";
    let ip = "ip(src=192.0.2.1, dst=192.0.2.2, ttl=9, df=1)";
    for length in [0, 1, 2, 511] {
        let payload = vec![b'x'; length];
        let mut expected = Vec::new();
        let builder = PacketBuilder::ethernet2(a, b).ipv4([192, 0, 2, 1], [192, 0, 2, 2], 9).udp(1000, 2000);
        builder.write(&mut expected, &payload).unwrap();
        let text = format!("{eth}/{ip}/udp(srcport=1000, dstport=2000)/\"{}\"", "x".repeat(length));
        assert_eq!(hex_of(&text), hex::encode(&expected));

        expected.clear();
        let options = [TcpOptionElement::MaximumSegmentSize(1460), TcpOptionElement::WindowScale(7)];
        let tcp =
            PacketBuilder::ethernet2(a, b).ipv4([192, 0, 2, 1], [192, 0, 2, 2], 9).tcp(1000, 80, 77, 500);
        tcp.syn().ack(3).options(&options).unwrap().write(&mut expected, &payload).unwrap();
        let text = format!(
            "{eth}/{ip}/tcp(srcport=1000, dstport=80, seq=77, ack=3, win=500, flags=SA, options=[mss=1460, wscale=7])/0x{}",
            hex::encode(&payload)
        );
        assert_eq!(hex_of(&text), hex::encode(&expected));

        expected.clear();
        let six = PacketBuilder::ipv6([0x20; 16], [0x30; 16], 3).udp(1000, 2000);
        six.write(&mut expected, &payload).unwrap();
        let (from, to) =
            ("2020:2020:2020:2020:2020:2020:2020:2020", "3030:3030:3030:3030:3030:3030:3030:3030");
        let text = format!(
            "ipv6(src={from}, dst={to}, hlim=3)/udp(srcport=1000, dstport=2000)/payload(\"{}\")",
            "x".repeat(length)
        );
        assert_eq!(hex_of(&text), hex::encode(&expected));
    }
}

/// RFC 2711: the router alert option, for which scapy and Linux write the same; the report is one that Linux sent.
#[test]
fn a_real_packet_is_said_shortly() {
    let packets = frames(&root().join("fixtures/mld.pcap"));
    let packet = Decoder::new().packet(packets[0].frame());
    let text = expression::of(&packet);
    assert!(text.contains("/ipv6.hopopts(options=[router_alert(0), padn])/icmpv6(type="), "{text}");
    let http = frames(&root().join("fixtures/http.pcap"));
    let packet = Decoder::new().packet(http[2].frame());
    let text = expression::of(&packet);
    assert!(text.contains("flags=S,"), "{text}");
    assert!(
        text.ends_with(
            "options=[mss(1460), sack_perm, timestamp(tsval=2999219189, tsecr=0), nop, wscale(10)])"
        ),
        "{text}"
    );
    assert!(!text.contains("checksum") && !text.contains("len") && !text.contains("proto"), "{text}");
}

/// Where a header is written as bytes: it is cut short, or its parts do not say which of several forms they have.
const AS_BYTES: &[&str] = &[
    "llc.pcap",
    "ppp.pcap",
    "ppp-hdlc.pcap",
    "dhcp-options.pcap",
    "icmpv6-types.pcap",
    "mobility.pcap",
    "ipv6-extensions.pcap",
];

#[test]
fn every_fixture_comes_back() {
    let mut packets = 0;
    for folder in ["fixtures", "fixtures/made", "fixtures/bad"] {
        let all = pcap_files(&root().join(folder));
        for captured in all.iter().flat_map(|path| frames(path)) {
            let packet = Decoder::new().packet(captured.frame());
            let text = expression::of(&packet);
            let name = captured.file.as_str();
            assert_eq!(hex_of(&text), hex::encode(&captured.bytes), "{name}: {text}");
            let begins_with_bytes = text.starts_with("0x") || text.starts_with('"');
            assert!(!begins_with_bytes || packet.headers().count() == 0, "{name}: {text}");
            let is_raw = text.contains("(raw=") && folder != "fixtures/bad";
            assert!(!is_raw || AS_BYTES.contains(&name), "{name}: {text}");
            packets += 1;
        }
    }
    assert!(packets > 1000, "{packets}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, place, message) in [
        ("ip(tll=1)", "tll", "ip has no field 'tll'; did you mean ttl?"),
        ("ip(ttl=300)", "300", "300 is too much for ip.ttl, its greatest value is 255"),
        ("ip(hdr_len=21)", "21", "ip.hdr_len counts in steps of 4, and 21 is none"),
        ("eth/ip(src=10.0.0.256)", "10.0.0.256", "'10.0.0.256' is no IPv4 address; names are not looked up"),
        ("tcp(options=[msss(1)])", "msss", "tcp has no option 'msss'; did you mean mss?"),
        ("ip(proto=udpp)", "udpp", "'udpp' is no number, and no value here has that name; did you mean UDP?"),
        ("tcp(flags=X)", "X", "'X' is no number, and not all of its letters are flags; FSRPAUEC are"),
        ("udp/..", "..", "'..' stands for anything, which has a meaning in a pattern alone"),
        ("0xabc", "0xabc", "behind 0x stand hex digits, two a byte"),
        (
            r#"dns(qry.name="a..b")"#,
            r#""a..b""#,
            "a label of the name is empty: two dots in a row, or one in front",
        ),
        ("udp)", ")", "/ and what goes inside, or the end is expected, not ')'"),
    ] {
        let bad = Expression::parse(text).expect_err(text);
        assert_eq!((&text[bad.span.clone()], bad.to_string().as_str()), (place, message), "{text}");
    }
    let deep = format!("tcp{}", "(options=[mss".repeat(100));
    assert!(Expression::parse(&deep).unwrap_err().message.starts_with("brackets go"));
    let long = "ip/".repeat(4000) + "padding(262144)";
    assert!(Expression::parse(&long).unwrap_err().message.starts_with("the packet is longer than 262144"));
    assert!(Expression::parse("ip/payload(70000)").unwrap().to_vec().is_err(), "a length does not fit");
}

/// RFC 2782, RFC 1035 section 3.3.9 and 3.3.14, RFC 3376 section 4.2.12: what is left out is zeros, and what stands in another order
/// than the wire has is put there. The bytes are those of dnspython 2.3 and of the RFC's picture.
#[test]
fn what_is_left_out_of_records_is_filled_in() {
    let record = |data: &str| {
        let whole = hex_of(&format!("dns(answer(name=\"a\", ttl=1, {data}))"));
        // Behind the header, the name, type, class and time to live.
        whole[2 * (12 + 3)..].to_owned()
    };
    assert_eq!(
        record("srv.port=5, srv.target=\"x\""),
        "002100010000000100090000000000050178 00".replace(' ', "")
    );
    assert_eq!(record("mx.mail_exchange=\"m\", mx.preference=10"), "000f0001000000010005000a016d00");
    assert_eq!(record("txt=\"hi\""), "001000010000000100030268 69".replace(' ', ""));
    let report = hex_of("igmp(type=0x22, num_grp_recs=1, record_type=4, maddr=224.0.0.251)");
    assert_eq!(&report[8..], "0000000104000000e00000fb");
    assert!(Expression::parse(&format!("tcp(options=[{}])", "nop, ".repeat(41))).unwrap().to_vec().is_err());
}

/// A packet is as its own expression says, and as nothing else says.
#[test]
fn patterns_tell_packets_apart() {
    use layercake::text::expression::Pattern;

    for file in [
        "fixtures/dns.pcap",
        "fixtures/http.pcap",
        "fixtures/vxlan.pcap",
        "fixtures/dhcp.pcap",
        "fixtures/mld.pcap",
    ] {
        for captured in frames(&root().join(file)) {
            let packet = Decoder::new().packet(captured.frame());
            let own = expression::of(&packet);
            let check = |text: &str| {
                Pattern::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}")).check(&packet)
            };
            assert_eq!(check(&own), Ok(()), "{own}");
            assert_eq!(check(".."), Ok(()));
        }
    }
    let dns = frames(&root().join("fixtures/dns.pcap"));
    let answer = Decoder::new().packet(dns[7].frame());
    let syn = frames(&root().join("fixtures/http.pcap"));
    let syn = Decoder::new().packet(syn[2].frame());
    let vxlan = frames(&root().join("fixtures/vxlan.pcap"));
    let tunnel = vxlan.iter().map(|captured| Decoder::new().packet(captured.frame()));
    let tunnel = tunnel.into_iter().find(|packet| packet.names().any(|name| name == "icmp")).unwrap();
    let yes = |packet: &layercake::packet::Packet<&[u8]>, text: &str| {
        Pattern::parse(text).unwrap().check(packet).is_ok()
    };
    for (packet, text, expected) in [
        (&answer, r#"../dns(answer(name="www.lab.example", type=CNAME), ..)"#, true),
        (&answer, r#"../dns(qry("www.lab.example"), answer(a=198.51.100.7), ..)"#, true),
        (&answer, r#"../dns(qry("evil.example"), ..)"#, false),
        (&answer, r#"../dns(answer(name="www.lab.example", a=198.51.100.7), ..)"#, false),
        (&answer, "../dns(flags.rcode=nxdomain, ..)", false),
        (&syn, "eth/ip(ttl=64, ..)/tcp(flags=S, ..)", true),
        (&syn, "eth/ip(ttl=63, ..)/tcp(flags=S, ..)", false),
        (&syn, "eth/ip/tcp(flags=S)", false),
        (&syn, "eth/tcp", false),
        (&syn, "eth/ip", false),
        (&syn, "eth/ip/..", true),
        (&syn, "../tcp(options=[mss(1460), ..], ..)", true),
        (&syn, "../tcp(options=[mss(1220), ..], ..)", false),
        (&syn, "../tcp(options=[.., nop, wscale(10)], ..)", true),
        (&syn, "../tcp(options=[.., nop, wscale(7)], ..)", false),
        (&syn, "../tcp(options=[nop, ..], ..)", false),
        (&syn, "../tcp(mss(1460), ..)", true),
        (&syn, "../tcp(mss(1), ..)", false),
        (&syn, "../tcp(raw=0x00)", false),
        (&tunnel, "../ip(ttl=64, ..)/icmp/..", true),
        (&tunnel, "../ip(ttl=1, ..)/icmp/..", false),
        (&tunnel, "eth/ip/udp/vxlan/eth/ip/icmp(type=8, ..)/payload", true),
        (&tunnel, "eth/ip/udp/vxlan/eth/ip/icmp/\"x\"", false),
    ] {
        assert_eq!(yes(packet, text), expected, "{text}: {}", expression::of(packet));
    }
    for (text, message) in [
        ("tcp(options=[msss(5), ..], ..)", "tcp has no option 'msss'; did you mean mss?"),
        ("ip(ttl=300, ..)", "300 is too much for ip.ttl, its greatest value is 255"),
        ("ip(tll=1, ..)", "ip has no field 'tll'; did you mean ttl?"),
        ("dns(0x00, ..)", "bytes within a header have no place in a pattern; raw=0x0011 is all of a header"),
    ] {
        assert_eq!(Pattern::parse(text).unwrap_err().to_string(), message);
    }
    let wrong = Pattern::parse("eth/ip(ttl=63, ..)/tcp(flags=SA, ..)").unwrap().check(&syn).unwrap_err();
    assert_eq!(
        wrong.differences,
        ["ip.ttl: 63 expected, 64 found (byte 22)", "tcp.flags: SA expected, S found (bytes 46-47)"]
    );
}

/// An expression is a part like any other.
#[test]
fn it_goes_inside_what_rust_builds() {
    use layercake::wire::ethernet::Ethernet;
    let inside = Expression::parse("ip(src=192.0.2.1, dst=192.0.2.2)/udp(dstport=9)").unwrap();
    let cake =
        Ethernet::new("02:00:00:00:00:0a".parse().unwrap(), "02:00:00:00:00:0b".parse().unwrap()) / inside;
    let whole =
        "eth(src=02:00:00:00:00:0a, dst=02:00:00:00:00:0b)/ip(src=192.0.2.1, dst=192.0.2.2)/udp(dstport=9)";
    assert_eq!(hex::encode(cake.to_vec().unwrap()), hex_of(whole));
}

/// Lists as long as a packet can have them: work that grows with their square takes minutes here.
#[test]
fn long_lists_come_back() {
    let list = |begin: &str, item: &[u8], times: usize| {
        hex::decode(hex_of(&format!("{begin}0x{})", hex::encode(item.repeat(times))))).unwrap()
    };
    let dhcp = list("ip/udp(srcport=68)/dhcp(options=[pad], ", &[0], 64_000);
    let names = list("ip/udp(srcport=68)/dhcp(options=[pad], ", &[12, 1, b'a'], 21_000);
    let dns = list("ip/udp/dns(count.queries=9000, ", &[1, b'a', 0, 0, 1, 0, 1], 9_000);
    let records =
        list("ip/udp/dns(count.answers=4000, ", &[0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4], 4_000);
    let hop = list("ipv6/ipv6.hopopts(len=255, ", &[1, 0], 1_023);
    for bytes in [dhcp, names, dns, records, hop] {
        let packet = Decoder::new().packet(layercake::packet::Frame::raw(&bytes[..]));
        let text = expression::of(&packet);
        assert_eq!(hex_of(&text), hex::encode(&bytes));
    }
}
