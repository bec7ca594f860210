//! Marks instead of drops, RFC 3168.

use etherparse::{NetSlice, SlicedPacket};
use layercake::field::Mac;
use layercake::link::{Codel, Config, Discipline, Event, Limit, Link, Queue, Rate, Reason, Red, mark};
use layercake::names::Ecn;
use layercake::packet::{Decoder, Frame, LinkType};
use layercake::wire::{arp::Arp, ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6, udp::Udp, vlan::Vlan};

use crate::{at, drain};

const PAYLOAD: [u8; 900] = [0x55; 900];

fn v4(ecn: Ecn) -> Vec<u8> {
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).ecn(ecn).identification(0xbeef);
    (Ethernet::new(Mac::default(), Mac::default()) / ip / Udp::new(5000, 7) / &PAYLOAD[..]).to_vec().unwrap()
}

fn v6(ecn: Ecn) -> Vec<u8> {
    let ip = Ipv6::new("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap()).ecn(ecn);
    let tagged = Ethernet::new(Mac::default(), Mac::default()) / Vlan::new(7);
    (tagged / ip / Udp::new(5000, 7) / &PAYLOAD[..]).to_vec().unwrap()
}

/// What etherparse sees: the two bits, and whether the header's checksum is right.
fn seen_by_etherparse(frame: &[u8]) -> (u8, bool) {
    match SlicedPacket::from_ethernet(frame).unwrap().net.unwrap() {
        NetSlice::Ipv4(ip) => {
            let header = ip.header().to_header();
            (header.ecn.value(), header.header_checksum == header.calc_header_checksum())
        }
        NetSlice::Ipv6(ip) => (ip.header().traffic_class() & 3, true),
        NetSlice::Arp(_) => panic!(),
    }
}

#[test]
fn what_can_be_marked_is() {
    for make in [v4, v6] {
        for (ecn, marked) in [(Ecn::NOT_ECT, false), (Ecn::ECT_0, true), (Ecn::ECT_1, true), (Ecn::CE, true)]
        {
            let before = make(ecn);
            let mut frame = before.clone();
            assert_eq!(mark(LinkType::ETHERNET, &mut frame), marked);
            let expected = if marked { Ecn::CE } else { ecn };
            assert_eq!(frame, make(expected), "nothing else has changed");
            assert_eq!(seen_by_etherparse(&frame), (expected.0, true));
            assert_eq!(Decoder::new().packet(Frame::ethernet(&frame)).findings().count(), 0);
        }
    }
}

#[test]
fn what_is_wrong_stays_wrong_and_what_is_no_ip_is_left() {
    let mut frame = v4(Ecn::ECT_0);
    frame[24] ^= 0x10;
    assert!(mark(LinkType::ETHERNET, &mut frame));
    assert_eq!(seen_by_etherparse(&frame), (3, false));

    let arp = (Ethernet::new(Mac::default(), Mac::default())
        / Arp::request((Mac::default(), [192, 0, 2, 1].into()), [192, 0, 2, 2].into()))
    .to_vec()
    .unwrap();
    for (link, mut frame) in [
        (LinkType::ETHERNET, arp),
        (LinkType::ETHERNET, Vec::new()),
        (LinkType::ETHERNET, v4(Ecn::ECT_0)[..20].to_vec()),
        (LinkType::RAW, v4(Ecn::ECT_0)),
    ] {
        let before = frame.clone();
        assert!(!mark(link, &mut frame));
        assert_eq!(frame, before);
    }
    let mut raw = v4(Ecn::ECT_0)[14..].to_vec();
    assert!(mark(LinkType::RAW, &mut raw));
    assert_eq!(raw, v4(Ecn::CE)[14..]);
}

/// In a tunnel the outer header is marked, and it alone (RFC 3168 section 9.1).
#[test]
fn the_outer_header_is_marked() {
    let outer = Ipv6::new("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let inner = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).ecn(Ecn::ECT_0);
    let make = |ecn| (outer.ecn(ecn) / inner / Udp::new(1, 2) / b"text").to_vec().unwrap();
    let mut frame = make(Ecn::NOT_ECT);
    assert!(!mark(LinkType::RAW, &mut frame));
    assert_eq!(frame, make(Ecn::NOT_ECT));
    let mut frame = make(Ecn::ECT_1);
    assert!(mark(LinkType::RAW, &mut frame));
    assert_eq!(frame, make(Ecn::CE));
}

/// Twice as much as the line takes, half of it from senders that understand marks: those are marked, the others dropped.
fn overload(discipline: Discipline) -> (Link<Vec<u8>>, Vec<Event<Vec<u8>>>) {
    let queue = Queue { limit: Limit::NONE, discipline };
    let mut link = Link::new(&Config { queue, rate: Some(Rate::mbit(80)), ..Config::default() }, 41);
    let frames = [v4(Ecn::ECT_0), v4(Ecn::NOT_ECT), v6(Ecn::ECT_1), v6(Ecn::NOT_ECT)];
    for n in 0..20_000u64 {
        link.send(at(n * 50_000), frames[n as usize % 4].clone());
    }
    let events = drain(&mut link);
    (link, events)
}

fn check(link: &Link<Vec<u8>>, events: &[Event<Vec<u8>>], reason: Reason) {
    let mut marked = 0;
    for event in events {
        let ecn = seen_by_etherparse(event.frame());
        assert!(ecn.1);
        match event {
            Event::Arrived(delivery) => {
                assert_eq!(delivery.marked, ecn.0 == 3);
                assert_eq!(Decoder::new().packet(Frame::ethernet(&delivery.frame)).findings().count(), 0);
                marked += u64::from(delivery.marked);
            }
            Event::Dropped(dropped) => assert_eq!((dropped.reason, ecn.0), (reason, 0)),
        }
    }
    assert_eq!(link.counters().marked, marked);
    assert!(marked > 20 && link.counters().dropped.total() > 20, "{:?}", link.counters());
}

#[test]
fn codel_marks_instead_of_dropping() {
    let (link, events) = overload(Discipline::Codel(Codel { ecn: true, ..Codel::default() }));
    check(&link, &events, Reason::Codel);
    let (link, _) = overload(Discipline::Codel(Codel::default()));
    assert_eq!(link.counters().marked, 0);
}

#[test]
fn red_marks_instead_of_dropping() {
    // Thresholds that half of an overload's frames, which are only marked, do not get beyond.
    let red = Red { min: 100, max: 20_000, ecn: true, ..Red::default() };
    let (link, events) = overload(Discipline::Red(red));
    check(&link, &events, Reason::Red);
    let (link, _) = overload(Discipline::Red(Red { ecn: false, ..red }));
    assert_eq!(link.counters().marked, 0);
    // Beyond the upper threshold what could be marked is dropped too.
    let (link, events) = overload(Discipline::Red(Red { min: 5, max: 10, weight: 0, gentle: false, ..red }));
    let dropped = |event: &&Event<Vec<u8>>| matches!(event, Event::Dropped(_));
    assert!(events.iter().filter(dropped).any(|event| seen_by_etherparse(event.frame()).0 != 0));
    assert!(link.counters().queue_packets <= 11);
}
