//! What assertions say of captures, against figures of tshark 4.0: `-z io,stat`, `-Y FILTER`, `-T fields -e FIELD` on the same files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use common::{frames, root};
use layercake::assertion::{Assertion, Outcome};
use layercake::filter::Origin;
use layercake::packet::Decoder;

fn outcome(file: &str, text: &str) -> Outcome {
    let assertion = Assertion::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
    let mut run = assertion.run();
    for captured in frames(&root().join("fixtures").join(file)) {
        let origin = Origin { number: Some(captured.number), time: captured.time, ..Origin::default() };
        run.packet(&Decoder::new().packet(captured.frame()), &origin);
    }
    run.outcome()
}

#[test]
fn figures_are_those_of_tshark() {
    for (file, text) in [
        ("http.pcap", "sum(tcp.len) == 6080"),
        ("http.pcap", "max(tcp.len) == 1448"),
        ("http.pcap", "unique(ip.addr) == 2"),
        ("http.pcap", "count() == 22"),
        (
            "http.pcap",
            "count(tcp.flags.syn) == 2 and count(tcp.flags.reset) == 0 and count(tcp && !tcp.flags.ack) == 1",
        ),
        ("refused.pcap", "count(tcp.flags.reset or tcp.flags.fin) == 2"),
        ("arp.pcap", "count(arp.opcode == 1) == 3"),
        ("arp.pcap", "first(arp.src.proto_ipv4) == 192.0.2.1 and last(arp.dst.proto_ipv4) == 192.0.2.99"),
    ] {
        let outcome = outcome(file, text);
        assert!(outcome.holds, "{file}: {text}: {:?}", outcome.found);
    }
}

#[test]
fn what_is_joined_holds_as_logic_has_it() {
    let (yes, no, unknown) = ("any(arp)", "any(tcp)", "min(tcp.len) == 0");
    for (text, holds) in [
        (format!("{yes} and {no}"), false),
        (format!("{yes} or {no}"), true),
        (format!("not {no}"), true),
        (format!("!{yes} || !({no} && {yes})"), true),
        (format!("{no} and {yes} or {yes}"), true),
        (format!("{no} and ({yes} or {yes})"), false),
        // What is not known fails, however it is turned; unless it does not count.
        (unknown.to_owned(), false),
        (format!("not {unknown}"), false),
        (format!("{unknown} or {yes}"), true),
        (format!("not ({unknown} and {no})"), true),
        (format!("not ({unknown} or {no})"), false),
    ] {
        assert_eq!(outcome("arp.pcap", &text).holds, holds, "{text}");
    }
}

#[test]
fn brackets_in_filters_are_their_own() {
    for text in [
        "all((arp or icmp) and (not tcp))",
        r#"none(frame contains "a)b")"#,
        r#"none(frame matches r"\)(x)")"#,
        "count(frame[0] == ')') == 0",
        r#"none(frame contains "\")")"#,
    ] {
        assert!(outcome("arp.pcap", text).holds, "{text}");
    }
}

#[test]
fn of_no_packets_all_and_none_hold() {
    let empty = |text: &str| Assertion::parse(text).unwrap().run().outcome().holds;
    assert!(empty("all(tcp)") && empty("none(tcp)") && empty("count() == 0") && empty("sum(tcp.len) == 0"));
    assert!(!empty("any(tcp)") && !empty("first(tcp.len) == 0"));
}

/// Any text is an assertion or an error, whose place lies in the text; and none takes long or deep.
#[test]
fn any_text_can_be_read() {
    let pieces = [
        "count", "all", "min", "(", ")", "tcp", "==", "3", " and ", "not ", "\"", "'", "r\"", "\\", "é",
        "findings", "ip.ttl", "{", "#", "=", "\u{1b}",
    ];
    let mut seed = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        if let Err(bad) = Assertion::parse(&text) {
            assert!(text.get(bad.span.clone()).is_some(), "{text:?} {bad:?}");
        }
    }
    for deep in ["(", "not ", "!", "count(("] {
        assert!(Assertion::parse(&deep.repeat(100_000)).is_err());
    }
}
