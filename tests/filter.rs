//! Filters: what they choose among the fixtures, and what is said of those that cannot be read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::sync::LazyLock;

use layercake::filter::{Filter, Language, Origin};
use layercake::names::DnsType;
use layercake::packet::{Decoder, Frame};
use layercake::wire::dns::{Composer, Data, Dns, Place as Section};
use layercake::wire::{ipv4::Ipv4, udp::Udp};
use proptest::prelude::*;

/// The numbers of the packets of a fixture that a filter chooses.
fn chosen(file: &str, filter: &str) -> Vec<u64> {
    let filter = Filter::parse(filter).unwrap_or_else(|bad| panic!("{filter}: {bad}"));
    let frames = common::frames(&common::root().join("fixtures").join(file));
    let (mut previous, first) = (None, frames[0].time);
    let mut chosen = Vec::new();
    for captured in &frames {
        let origin = Origin {
            number: Some(captured.number),
            time: captured.time,
            first,
            previous,
            interface: Some(0),
        };
        previous = captured.time;
        if filter.matches_from(&Decoder::new().packet(captured.frame()), &origin) {
            chosen.push(captured.number);
        }
    }
    chosen
}

/// The text with carets under what is wrong, and what is said.
fn wrong(text: &str) -> String {
    let bad = Filter::parse(text).unwrap_err();
    let carets = "^".repeat(bad.span.len().max(1));
    format!("{text}\n{}{carets} {bad}", " ".repeat(bad.span.start))
}

#[test]
fn chooses_what_it_says() {
    // Lengths and places by hand, after tcpdump's listing of the files.
    assert_eq!(chosen("arp.pcap", "arp.opcode == 2"), [2]);
    assert_eq!(chosen("arp.pcap", "icmp"), [3, 4]);
    assert_eq!(chosen("arp.pcap", "icmp.type == 8"), [3]);
    assert_eq!(chosen("arp.pcap", "frame.number in {2..4} and not icmp"), [2]);
    assert_eq!(chosen("arp.pcap", "!(arp or icmp)"), chosen("arp.pcap", "not arp && not icmp"));
    assert_eq!(chosen("ipip.pcap", "ip#2").len(), 4);
    assert_eq!(chosen("ipip.pcap", "ip#2.src"), chosen("ipip.pcap", "ip.src#2"));
    assert_eq!(chosen("qinq.pcap", "count(vlan.id) == 2").len(), 8);
    assert_eq!(chosen("qinq.pcap", "vlan#1.id == 100 && vlan#2.id == 10").len(), 8);
    assert_eq!(
        chosen("http.pcap", "tcp.payload[0:3] == \"GET\""),
        chosen("http.pcap", "tcp matches r\"(?s)^.{32}get\"")
    );
    assert_eq!(chosen("http.pcap", "frame.time_relative < 0.001").len(), 7);
    // What is computed is compared with any number.
    assert_eq!(chosen("http.pcap", "tcp.len > 1000").len(), 4);
}

#[test]
fn several_values_are_any_or_none() {
    let all = chosen("http.pcap", "tcp").len();
    assert_eq!(chosen("http.pcap", "ip.addr == 192.0.2.1").len(), all);
    assert_eq!(chosen("http.pcap", "ip.addr != 192.0.2.1").len(), 0);
    assert_eq!(chosen("http.pcap", "any ip.addr != 192.0.2.1").len(), all);
    assert_eq!(chosen("http.pcap", "ip.addr !== 192.0.2.1").len(), all);
    assert_eq!(chosen("http.pcap", "all ip.addr == 192.0.2.0/24").len(), all);
    // What is not there is neither equal nor unequal.
    assert_eq!(chosen("http.pcap", "udp.port != 53").len(), 0);
    assert_eq!(chosen("http.pcap", "!(udp.port == 53)").len(), 22);
}

#[test]
fn what_is_not_known_of_a_packet_is_not_there() {
    let frames = common::frames(&common::root().join("fixtures/arp.pcap"));
    let packet = Decoder::new().packet(frames[0].frame());
    assert!(!Filter::parse("frame.number").unwrap().matches(&packet));
    assert!(Filter::parse("frame.len == 42 and not frame.time_epoch").unwrap().matches(&packet));
}

#[test]
fn words_of_bpf_are_the_same_tree() {
    let display = |words: &str| {
        let filter = Filter::parse(words).unwrap_or_else(|bad| panic!("{words}: {bad}"));
        assert_eq!(filter.language(), Language::Words, "{words}");
        filter.display().to_owned()
    };
    assert_eq!(display("tcp port 443 and ip host 10.0.0.1"), "tcp.port == 443 and ip.addr == 10.0.0.1");
    assert_eq!(
        display("src net 10.1 and icmp6"),
        "(ip.src == 10.1.0.0/16 or arp.src.proto_ipv4 == 10.1.0.0/16) and icmpv6"
    );
    assert_eq!(
        display("tcp dst port 80 or 443 or https"),
        "tcp.dstport == 80 or tcp.dstport == 443 or tcp.dstport == 443"
    );
    // Both bind alike, from the left.
    assert_eq!(display("ip6 or arp and greater 100"), "(ipv6 or arp) and frame.len >= 100");
    assert_eq!(display("not ether src 02:00:00:00:00:01"), "not eth.src == 02:00:00:00:00:01");
    assert_eq!(display("tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"), "tcp[13:1] & 12 == 02");
    assert_eq!(display("udp portrange 5000-6000"), "udp.port in {5000..6000}");
    assert_eq!(display("ip proto \\icmp or ether proto ip6"), "ip.proto == 1 or eth.type == 34525");
    assert_eq!(display("ip6 host fe80::1 and vlan 10"), "ipv6.addr == fe80::1 and vlan.id == 10");
    assert_eq!(display("ip net 10.0.0.0 mask 255.0.0.0"), "ip.addr == 10.0.0.0/8");
    assert_eq!(Filter::parse("tcp or arp").unwrap().language(), Language::Display);
    assert_eq!(chosen("arp.pcap", "host 192.0.2.1 and icmp"), [3, 4]);
}

#[test]
fn says_what_is_wrong_and_where() {
    let said: Vec<String> = [
        "tcp.prot == 80",
        "tcp.port == 80000",
        "tcp.port = 80",
        "tcp.port ==",
        "tcp.port == 80 and",
        "(tcp or udp",
        "ip.addr == 10.0.0",
        "ip.addr == 10.0.0.0/33",
        "http.request.method == \"GET\"",
        "frobnicate",
        "ip.src == tcp.port",
        "tcp.payload matches \"(\"",
        "tcp.port contains 80",
        "tcp.port[0]",
        "80 == tcp.port",
        "tcp.port in {80",
        "tcp.payload contains GET",
        "tcp contains \"GET",
        "1 < tcp.port < 5",
        "len(tcp.port) == 2",
        "upper(ip) == 1",
        "tcp port http and hots 10.0.0.1",
        "eth.src == 00:11",
        "ip.proto == TCPP",
        "tcp ; udp",
        "",
        "host 10.0.0.300",
        "port 99999",
        "tcp prot 80",
        "src host 10.0.0.1 and dst prt 80",
        "net 10.0.0.0/33",
        "gateway 10.0.0.1",
        "ip.src == fe80::1",
        "ipv6.src == 10.0.0.0/8",
        "ip.addr in 10.0.0.0/8",
        "tcp.port in {80-90}",
        "tcp | udp",
        "tcp & udp",
        "tcp.port == \u{201c}80\u{201d}",
        "tcp.stream == 0",
        "tcp.analysis.retransmission",
        "frame.time > \"2026-01-01\"",
    ]
    .iter()
    .map(|text| wrong(text))
    .collect();
    insta::assert_snapshot!("filter_errors", said.join("\n\n"));
}

#[test]
fn is_as_deep_as_it_may_be() {
    let nested = |depth: usize| format!("{}tcp{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(60)).is_ok());
    let bad = Filter::parse(&nested(70)).unwrap_err();
    assert!(bad.message.contains("more than"), "{bad}");
    for text in [
        nested(100_000),
        "!".repeat(100_000),
        "not ".repeat(100_000),
        "len(".repeat(100_000),
        "{".repeat(100_000),
    ] {
        assert!(Filter::parse(&text).is_err());
    }
    let long = vec!["tcp.port == 80"; 10_000].join(" or ");
    assert!(Filter::parse(&long).is_ok());
    let sums = format!("ip.ttl {} == 1", "+ 1 ".repeat(100_000));
    assert!(Filter::parse(&sums).is_err());
}

#[test]
fn every_name_is_read_and_has_one_type() {
    for name in Filter::names() {
        assert!(Filter::parse(name).is_ok(), "{name}");
    }
}

#[test]
fn explains_itself() {
    let explained = |text: &str| Filter::parse(text).unwrap().explain().to_string();
    let texts = [
        "tcp.payload contains \"GET\" && tcp.port == 80 && ip",
        "tcp port 80 and not host 10.0.0.1",
        "tcp or arp",
    ];
    insta::assert_snapshot!("filter_explained", texts.map(explained).join("\n"));
}

/// A response in a frame: of each record the name, the time to live, and how many bytes of data.
fn response(records: impl Iterator<Item = (String, u32, usize)>) -> Vec<u8> {
    let mut room = vec![0; 65_000];
    let mut message = Composer::new(&mut room, Dns::query(7)).unwrap();
    for (name, ttl, length) in records {
        let bytes = &[1; 300][..length];
        message.record(Section::Answer, name.as_str(), ttl, Data::Other(DnsType(65_280), bytes)).unwrap();
    }
    let message = message.finish();
    let mut frame = vec![0; message.len() + 28];
    let cake = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(53, 50000) / message;
    cake.write(&mut frame).unwrap();
    frame
}

fn holds(filter: &str, frame: &[u8]) -> bool {
    let filter = Filter::parse(filter).unwrap_or_else(|bad| panic!("{filter}: {bad}"));
    filter.matches(&Decoder::new().packet(Frame::raw(frame)))
}

#[test]
fn thousands_of_values_are_not_compared_each_with_each() {
    let many = response((0..4000).map(|number| (String::new(), 1000 + number * 2, number as usize % 4)));
    assert!(holds("count(dns.resp.ttl) == 4000", &many));
    for yes in [
        "dns.resp.ttl == dns.resp.ttl",
        "dns.resp.ttl > dns.resp.len",
        "all dns.resp.ttl > dns.resp.len",
        "all dns.resp.ttl != dns.resp.len",
        "dns.resp.ttl != dns.resp.len",
        "any dns.resp.ttl != dns.resp.ttl",
        "all dns.resp.ttl != dns.resp.ttl + 1",
        "dns.resp.ttl + dns.resp.len == 8999",
        "dns.resp.len + dns.resp.len + dns.resp.len == 9",
    ] {
        assert!(holds(yes, &many), "{yes}");
    }
    for no in [
        "dns.resp.ttl == dns.resp.len",
        "dns.resp.ttl == dns.resp.ttl + 1",
        "dns.resp.ttl < dns.resp.len",
        "all dns.resp.ttl == dns.resp.ttl",
        "all dns.resp.ttl <= dns.resp.ttl",
        // More combinations than are looked at.
        "dns.resp.ttl + dns.resp.len + dns.resp.ttl == 7",
        "dns.resp.ttl + dns.resp.ttl == 2000",
        "dns.resp.ttl + dns.resp.ttl != 1",
        "any dns.resp.ttl == dns.resp.ttl - dns.resp.ttl",
    ] {
        assert!(!holds(no, &many), "{no}");
    }
    let names = response((0..2000).map(|number| (format!("a{number}.x"), 1, 1)));
    assert!(!holds("lower(dns.resp.name) contains lower(dns.resp.name)", &names));
    let names = response((0..200).map(|number| (format!("a{number}.x"), 1, 1)));
    assert!(holds("lower(dns.resp.name) contains lower(dns.resp.name)", &names));
    assert!(!holds("all lower(dns.resp.name) contains lower(dns.resp.name)", &names));
    let said = Filter::parse("dns.resp.ttl + dns.resp.ttl == 7").unwrap().explain().to_string();
    assert!(said.contains("at most 65536 combinations"), "{said}");
}

type Compare = fn(&i64, &i64) -> bool;

const RELATIONS: [(&str, Compare); 6] =
    [("==", i64::eq), ("!=", i64::ne), ("<", i64::lt), ("<=", i64::le), (">", i64::gt), (">=", i64::ge)];

/// Of each relation the filters for any, for all, and for any difference.
static COMPARED: LazyLock<[[Filter; 3]; 6]> = LazyLock::new(|| {
    RELATIONS.map(|(sign, _)| {
        [
            format!("any dns.resp.ttl {sign} dns.resp.len"),
            format!("all dns.resp.ttl {sign} dns.resp.len"),
            format!("any dns.resp.ttl - dns.resp.len {sign} 0"),
        ]
        .map(|text| Filter::parse(&text).unwrap())
    })
});

proptest! {
    #[test]
    fn fields_are_compared_as_all_pairs_are(records in prop::collection::vec((0u32..5, 0usize..5), 0..5)) {
        let frame = response(records.iter().map(|(ttl, length)| (String::new(), *ttl, *length)));
        let packet = Decoder::new().packet(Frame::raw(&frame));
        let pairs: Vec<(i64, i64)> = (records.iter())
            .flat_map(|(ttl, _)| records.iter().map(|(_, length)| (i64::from(*ttl), *length as i64)))
            .collect();
        for ((sign, compare), [any, all, difference]) in RELATIONS.iter().zip(COMPARED.iter()) {
            let of_any = pairs.iter().any(|(left, right)| compare(left, right));
            let of_all = !pairs.is_empty() && pairs.iter().all(|(left, right)| compare(left, right));
            prop_assert_eq!(any.matches(&packet), of_any, "any {}", sign);
            prop_assert_eq!(all.matches(&packet), of_all, "all {}", sign);
            prop_assert_eq!(difference.matches(&packet), of_any, "the difference {}", sign);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,80}") {
        let _ = Filter::parse(&text).map_err(|bad| {
            assert!(text.get(bad.span.clone()).is_some(), "{bad:?}");
        });
    }

    #[test]
    fn any_row_of_pieces_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(vec![
        "tcp", "tcp.port", "ip.addr", "eth.src", "udp.payload", "frame", "host", "port", "net", "10.0.0.0/8", "fe80::1", "80", "02:00",
        "\"a\"", "r\"a+\"", "'a'", "==", "!=", "<", "in", "{", "}", "..", ",", "[", "]", "0:2", "-1", "#", "2", "(", ")", "&", "+", "/", "%",
        "contains", "matches", "not", "!", "and", "or", "any", "all", "len", "count", "True", "[0:2]", "[", "vlan", "proto", "src",
    ]), 0..14)) {
        let text = pieces.join(" ");
        match Filter::parse(&text) {
            Ok(filter) => {
                for captured in common::frames(&common::root().join("fixtures/vlan.pcap")) {
                    filter.matches(&Decoder::new().packet(captured.frame()));
                }
            }
            Err(bad) => assert!(text.get(bad.span.clone()).is_some(), "{bad:?}"),
        }
    }
}
