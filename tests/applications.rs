//! What ports, looks and rules make of what UDP and TCP carry.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod common;

use layercake::field::Kind;
use layercake::names::DnsType;
use layercake::packet::{Decoder, Frame, Packet, Rule, When};
use layercake::render::line;
use layercake::wire::dns::{Composer, Data, Dns, Place, over_tcp::DnsOverTcp};
use layercake::wire::{ipv4::Ipv4, tcp::Tcp, udp::Udp};

use common::fixtures;

fn query(name: &str) -> Vec<u8> {
    let mut room = [0; 512];
    let mut message = Composer::new(&mut room, Dns::query(0x1a2b)).unwrap();
    message.question(name, DnsType::A).unwrap();
    message.finish().to_vec()
}

fn ip() -> layercake::field::Builder<Ipv4> {
    Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
}

fn in_udp(from: u16, to: u16, payload: &[u8]) -> Packet<Vec<u8>> {
    packet(&Decoder::new(), (ip() / Udp::new(from, to) / payload).to_vec().unwrap())
}

fn in_tcp(from: u16, to: u16, payload: &[u8]) -> Packet<Vec<u8>> {
    packet(&Decoder::new(), (ip() / Tcp::new(from, to) / payload).to_vec().unwrap())
}

fn packet(decoder: &Decoder, bytes: Vec<u8>) -> Packet<Vec<u8>> {
    decoder.packet(Frame::raw(bytes))
}

fn names(packet: &Packet<Vec<u8>>) -> Vec<&'static str> {
    packet.names().skip(2).collect()
}

fn looks(packet: &Packet<Vec<u8>>) -> bool {
    packet.findings().any(|finding| finding.code == "decode.looks")
}

/// A message with the length that stands in front of it over TCP.
fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes()[..], message].concat()
}

#[test]
fn a_port_decides_before_looks_do() {
    let message = query("python.org");
    let by_port = in_udp(40000, 53, &message);
    assert_eq!((names(&by_port), looks(&by_port)), (vec!["dns"], false));
    let by_looks = in_udp(40000, 15353, &message);
    assert_eq!((names(&by_looks), looks(&by_looks)), (vec!["dns"], true));
    assert_eq!(
        line::summary(&by_looks),
        "192.0.2.1:40000 > 192.0.2.2:15353 DNS, query 0x1a2b python.org A (by its looks)"
    );
    // At the port of multicast DNS it is that.
    assert_eq!(names(&in_udp(5353, 5353, &message)), ["mdns"]);
    assert_eq!(names(&in_tcp(40000, 15353, &framed(&message))), ["dns"]);
}

/// A client's port can be one that means something else as a destination.
#[test]
fn an_answer_goes_to_any_port() {
    let mut room = [0; 512];
    let mut message = Composer::new(&mut room, Dns::reply(1)).unwrap();
    message.question("python.org", DnsType::A).unwrap();
    let answer = message.finish();
    for to in [67, 68, 137, 546, 4789, 4790, 5353, 5355, 9899] {
        assert_eq!(names(&in_udp(53, to, answer)), ["dns"], "{to}");
        assert_eq!(names(&in_udp(to, 53, answer)), ["dns"], "{to}");
    }
}

#[test]
fn a_rule_decides_before_all() {
    static NOTHING: &[Rule] = &[Rule { when: When::UdpPort(53), kind: Kind::NONE, protocol: None }];
    let message = query("python.org");
    let bytes = (ip() / Udp::new(53, 40000) / &*message).to_vec().unwrap();
    assert_eq!(names(&packet(&Decoder::new().rules(NOTHING), bytes)), ["payload"]);
    static DNS: &[Rule] = &[Rule::of::<Dns>(When::UdpPort(15353))];
    let bytes = (ip() / Udp::new(15353, 40000) / &[0xff; 20][..]).to_vec().unwrap();
    let ruled = packet(&Decoder::new().rules(DNS), bytes);
    assert_eq!((names(&ruled), looks(&ruled)), (vec!["dns"], false));
}

/// Every change of one byte that matters, and every cut, makes it look like something else.
#[test]
fn what_is_not_whole_does_not_look_like_dns() {
    let message = query("python.org");
    for end in 0..message.len() {
        assert!(in_udp(1, 2, &message[..end]).get::<Dns>().is_none(), "{end}");
    }
    assert!(in_udp(1, 2, &[&message[..], &[0]].concat()).get::<Dns>().is_none());
    // Operation, reserved bit, number of questions, length of a label, class.
    for (at, byte) in [(2, 0x78), (3, 0x40), (4, 1), (5, 2), (7, 1), (12, 64), (27, 9)] {
        let mut changed = message.clone();
        changed[at] = byte;
        assert!(in_udp(1, 2, &changed).get::<Dns>().is_none(), "{at}");
    }
    // No packet of the fixtures looks so that is something else.
    for captured in fixtures() {
        let decoded = Decoder::new().packet(captured.frame());
        assert!(
            !decoded.findings().any(|finding| finding.code == "decode.looks"),
            "{}",
            line::summary(&decoded)
        );
    }
}

/// RFC 7766 section 6.2.1.1: several messages can stand in one segment.
#[test]
fn several_messages_in_a_segment_are_several_layers() {
    let stream =
        [framed(&query("a.example")), framed(&query("b.example")), framed(&query("c.example"))].concat();
    let packet = in_tcp(40000, 53, &stream);
    assert_eq!(names(&packet), ["dns", "dns", "dns"]);
    assert_eq!(packet.findings().filter(|finding| finding.layer > 1).count(), 0);
    let asked: Vec<String> = (0..3)
        .map(|n| packet.nth::<DnsOverTcp>(n).unwrap().message().unwrap())
        .map(|dns| dns.questions().next().unwrap().name.to_string())
        .collect();
    assert_eq!(asked, ["a.example", "b.example", "c.example"]);
    // The last one goes on in the next segment: what is there is read, and nothing is wrong.
    let cut = in_tcp(40000, 53, &stream[..stream.len() - 3]);
    assert_eq!(names(&cut), ["dns", "dns", "dns"]);
    let errors = cut.findings().filter(|finding| finding.severity > layercake::field::Severity::Note);
    assert_eq!(errors.count(), 0);
    assert!(cut.findings().any(|finding| finding.code == "dns.cut" || finding.code == "header.cut"));
}

#[test]
fn a_segment_that_begins_in_the_middle_is_payload() {
    let stream = framed(&query("a.name.that.goes.over.more.than.one.segment.example"));
    for start in [1, 2, 5, 14, 20] {
        assert_eq!(names(&in_tcp(40000, 53, &stream[start..])), ["payload"], "{start}");
    }
    assert_eq!(names(&in_tcp(40000, 53, &[])), Vec::<&str>::new());
}

/// Names are written shorter where they were written before, and never where a reader could not follow.
#[test]
fn names_are_pointed_to_where_that_may_be() {
    let mut room = [0; 512];
    let mut message = Composer::new(&mut room, Dns::reply(1)).unwrap();
    message.question("www.python.org", DnsType::A).unwrap();
    message.record(Place::Answer, "WWW.python.org.", 60, Data::Cname("python.org")).unwrap();
    let srv = Data::Srv { priority: 1, weight: 2, port: 3, target: "www.python.org" };
    message.record(Place::Additional, "_x._tcp.python.org", 60, srv).unwrap();
    assert!(message.question("late.example", DnsType::A).is_err());
    let bytes = message.finish();
    // RFC 1035: the question's name is 16 bytes, the owner and the alias are pointers to 12 and 16.
    assert_eq!(bytes[32..34], [0xc0, 12]);
    assert_eq!(bytes[44..46], [0xc0, 16]);
    let packet = in_udp(53, 40000, bytes);
    let dns = packet.get::<Dns>().unwrap();
    let records: Vec<_> = dns.records().collect();
    assert_eq!(records.len(), 2);
    assert!(matches!(records[0].data(), Some(Data::Cname(name)) if name.is_text("python.org")));
    // RFC 2782: the target is not compressed.
    assert_eq!(records[1].bytes[6..], *b"\x03www\x06python\x03org\x00");
    assert_eq!(packet.findings().count(), 0);
}
