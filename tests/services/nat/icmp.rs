//! ICMP: RFC 5508.

use std::time::Duration;

use layercake::names::{Icmpv4Type, IpProtocol};
use layercake::random::Random;
use layercake::stack::nat::Protocol;
use layercake::stack::{Kind, SocketId, SocketOption};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::tcp::Tcp;
use layercake::wire::udp::Udp;

use super::*;

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn ping(net: &mut Net, host: usize, identifier: u16) -> SocketId {
    let socket = net.stack(host).socket(Kind::Echo).unwrap();
    net.stack(host).bind(socket, std::net::SocketAddr::new([0, 0, 0, 0].into(), identifier)).unwrap();
    socket
}

/// REQ-1, REQ-1a, REQ-10a: hosts that use the same identifier get their own replies; it does not depend on who is asked.
#[test]
fn pings_pass() {
    let mut net = house();
    let sockets = [A, B, C, NAT].map(|host| (host, ping(&mut net, host, 77)));
    for (host, socket) in sockets {
        for to in ["198.51.100.1:0", "203.0.113.20:0"] {
            net.send(host, socket, format!("echo of {host}").as_bytes(), to);
            let (data, from) = net.received(host, socket).unwrap();
            assert_eq!((String::from_utf8(data).unwrap(), from.as_str()), (format!("echo of {host}"), to));
        }
    }
    let identifiers: Vec<u16> = mappings(&net).iter().map(|mapping| mapping.port).collect();
    assert_eq!(identifiers.len(), 3);
    assert!(!identifiers.contains(&77), "that is the router's own: {identifiers:?}");
    // And the router answers for itself, from both sides.
    let (x, a) = (ping(&mut net, X, 1), sockets[0].1);
    net.send(X, x, b"you?", "203.0.113.1:0");
    net.send(A, a, b"you?", "203.0.113.1:0");
    assert!(net.received(X, x).is_some() && net.received(A, a).is_some());
}

/// REQ-2: a minute, to the second; by what goes out alone.
#[test]
fn an_icmp_mapping_lasts_a_minute() {
    let mut net = house();
    let a = ping(&mut net, A, 77);
    net.send(A, a, b"x", "198.51.100.1:0");
    let until = net.hosts[NAT].stack.nat().unwrap().sessions().next().unwrap().until;
    let sent = net.log.iter().rfind(|sent| sent.host == A).unwrap().time;
    assert_eq!(until, sent + Duration::from_millis(1) + SECOND * 60);
    net.run(until - net.now - Duration::from_nanos(1));
    assert_eq!(mappings(&net).len(), 1);
    net.run(Duration::from_nanos(1));
    assert_eq!(mappings(&net).len(), 0);
}

/// REQ-10b: timestamps too; REQ-11: other messages are refused, and said to be.
#[test]
fn other_messages() {
    let mut net = house();
    let times = [0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    net.inject(
        NAT,
        INSIDE,
        &(Ipv4::new(ip("10.0.0.1"), ip("198.51.100.1")) / Icmpv4::new(Icmpv4Type(13), 0) / times),
    );
    assert_eq!(mappings(&net).len(), 1);
    let reply = Icmpv4::new(Icmpv4Type(14), 0) / times;
    net.inject(NAT, OUTSIDE, &(Ipv4::new(ip("198.51.100.1"), ip("203.0.113.1")) / reply));
    net.run(SECOND);
    assert!(net.log.iter().any(|sent| sent.host == NAT
        && sent.frame.get(34) == Some(&14)
        && sent.frame[30..34] == [10, 0, 0, 1]));
    // An information request, a reply that nobody asked for, SCTP, GRE.
    net.log.clear();
    let from = Ipv4::new(ip("10.0.0.1"), ip("198.51.100.1"));
    net.inject(NAT, INSIDE, &(from / Icmpv4::new(Icmpv4Type(15), 0) / [0; 4]));
    net.inject(NAT, INSIDE, &(from / Icmpv4::echo_reply(1, 1)));
    for protocol in [IpProtocol(132), IpProtocol(47)] {
        net.checked = false;
        net.inject(NAT, INSIDE, &(from.protocol(protocol) / [0; 20]));
    }
    net.run(SECOND);
    assert_eq!((drops(&net, DropReason::NatProtocol), drops(&net, DropReason::NatFiltered)), (3, 1));
    assert!(!net.log.iter().any(|sent| sent.host == NAT && sent.interface == WAN), "nothing of it leaves");
    let told = errors(&net, NAT, A);
    assert!(told.len() == 3 && told.iter().all(|told| (told.kind, told.code) == (3, 13)), "{told:?}");
}

/// REQ-4, traceroute: each router and the host itself are heard of, about the packet as it was sent.
#[test]
fn the_way_is_found_through_the_router() {
    let mut net = house();
    let a = net.udp(A, 5000);
    let b = net.udp(B, 5000);
    net.send(B, b, b"takes the port", "198.51.100.1:9000");
    for (limit, by) in [(1, "10.0.0.254"), (2, "203.0.113.254"), (3, "198.51.100.1")] {
        net.stack(A).set_option(a, SocketOption::HopLimit(Some(limit))).unwrap();
        net.log.clear();
        net.send(A, a, b"where", "198.51.100.1:33434");
        let (kind, code) = if limit < 3 { (11, 0) } else { (3, 3) };
        let expected = Told::of(kind, code, by, "10.0.0.1", ["10.0.0.1:5000", "198.51.100.1:33434"]);
        assert_eq!(errors(&net, NAT, A), [expected]);
    }
    // By echo requests.
    let a = ping(&mut net, A, 77);
    let c = ping(&mut net, C, 77);
    net.send(C, c, b"takes the identifier", "198.51.100.1:0");
    for (limit, by) in [(1, "10.0.0.254"), (2, "203.0.113.254")] {
        net.stack(A).set_option(a, SocketOption::HopLimit(Some(limit))).unwrap();
        net.log.clear();
        net.send(A, a, b"where", "198.51.100.1:0");
        let expected = Told::of(11, 0, by, "10.0.0.1", ["10.0.0.1:77", "198.51.100.1:77"]);
        assert_eq!(errors(&net, NAT, A), [expected]);
    }
    // From outside, to a port that is forwarded: the router is the last that is seen but one.
    forward(&mut net, Protocol::Udp, 4000, "10.0.0.3:4001");
    let x = net.udp(X, 5000);
    for (limit, by) in [(2, "203.0.113.1"), (3, "203.0.113.1")] {
        net.stack(X).set_option(x, SocketOption::HopLimit(Some(limit))).unwrap();
        net.log.clear();
        net.send(X, x, b"where", "203.0.113.1:4000");
        let (kind, code) = if limit < 3 { (11, 0) } else { (3, 3) };
        // REQ-5: what the host inside says comes from the outside address, about the packet as it was sent.
        let expected = Told::of(kind, code, by, "198.51.100.1", ["198.51.100.1:5000", "203.0.113.1:4000"]);
        assert_eq!(errors(&net, NAT, FAR), [expected]);
    }
}

/// REQ-5, and errors of the router itself: a host that is not there, inside and outside.
#[test]
fn hosts_that_are_not_there() {
    let mut net = house();
    forward(&mut net, Protocol::Udp, 4000, "10.0.0.77:4001");
    let (a, x) = (net.udp(A, 5000), net.udp(X, 5000));
    net.send(X, x, b"anybody?", "203.0.113.1:4000");
    net.send(A, a, b"anybody?", "203.0.113.77:4000");
    net.run(SECOND * 5);
    let inside = Told::of(3, 1, "203.0.113.1", "198.51.100.1", ["198.51.100.1:5000", "203.0.113.1:4000"]);
    assert_eq!(errors(&net, NAT, FAR), [inside]);
    let outside = Told::of(3, 1, "10.0.0.254", "10.0.0.1", ["10.0.0.1:5000", "203.0.113.77:4000"]);
    assert_eq!(errors(&net, NAT, A), [outside]);
}

/// REQ-7: errors about what turns back turn back too.
#[test]
fn errors_turn_back() {
    let mut net = house();
    forward(&mut net, Protocol::Udp, 4000, "10.0.0.2:4001");
    let a = net.udp(A, 5000);
    net.send(A, a, b"is it open?", "203.0.113.1:4000");
    let expected = Told::of(3, 3, "203.0.113.1", "10.0.0.1", ["10.0.0.1:5000", "203.0.113.1:4000"]);
    assert_eq!(errors(&net, NAT, A), [expected]);
    // And for want of hops.
    net.stack(A).set_option(a, SocketOption::HopLimit(Some(1))).unwrap();
    net.log.clear();
    net.send(A, a, b"too far", "203.0.113.1:4000");
    let expected = Told::of(11, 0, "203.0.113.1", "10.0.0.1", ["10.0.0.1:5000", "203.0.113.1:4000"]);
    assert_eq!(errors(&net, NAT, A), [expected]);
}

/// REQ-3, REQ-4: quotes that are wrong, cut, about nothing or about somebody else go nowhere, and change nothing.
#[test]
fn hostile_quotes_go_nowhere() {
    let mut net = house();
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    let before: Vec<_> = net.hosts[NAT].stack.nat().unwrap().sessions().collect();
    net.log.clear();
    let quote = |from: &str, to: &str, ports: (u16, u16)| {
        (Ipv4::new(ip(from), ip(to)) / Udp::new(ports.0, ports.1) / b"data").to_vec().unwrap()
    };
    let good = quote("203.0.113.1", "198.51.100.1", (5000, 7001));
    let error = |net: &mut Net, quote: &[u8]| {
        let icmp = Icmpv4::destination_unreachable(3) / quote;
        net.inject(NAT, OUTSIDE, &(Ipv4::new(ip("192.0.2.9"), ip("203.0.113.1")) / icmp));
    };
    let mut flipped = good.clone();
    flipped[10] ^= 1;
    let mut long = good.clone();
    long[0] = 0x4f;
    let mut fragment = good.clone();
    fragment[7] = 1;
    let nested =
        (Ipv4::new(ip("203.0.113.1"), ip("198.51.100.1")) / Icmpv4::destination_unreachable(3) / &good[..])
            .to_vec()
            .unwrap();
    let others = [
        flipped,
        long,
        fragment,
        nested,
        good[..27].to_vec(),
        good[..19].to_vec(),
        Vec::new(),
        quote("203.0.113.1", "198.51.100.1", (5000, 7002)),
        quote("203.0.113.1", "198.51.100.2", (5000, 7001)),
        quote("203.0.113.1", "198.51.100.1", (5001, 7001)),
        quote("10.0.0.1", "198.51.100.1", (5000, 7001)),
        quote("198.51.100.1", "203.0.113.1", (7001, 5000)),
    ];
    for other in others {
        error(&mut net, &other);
    }
    // A checksum of the whole that is wrong.
    net.inject(
        NAT,
        OUTSIDE,
        &(Ipv4::new(ip("192.0.2.9"), ip("203.0.113.1"))
            / Icmpv4::destination_unreachable(3).checksum(7)
            / &good[..]),
    );
    // From inside: about what never came.
    for (from, to) in [("198.51.100.1", "10.0.0.2"), ("198.51.100.9", "10.0.0.1")] {
        let icmp = Icmpv4::destination_unreachable(3) / quote(from, to, (7001, 5000));
        net.inject(NAT, INSIDE, &(Ipv4::new(ip("10.0.0.1"), ip("198.51.100.1")) / icmp));
    }
    net.run(SECOND);
    assert_eq!((errors(&net, NAT, A), errors(&net, NAT, FAR)), (vec![], vec![]));
    assert_eq!(before, net.hosts[NAT].stack.nat().unwrap().sessions().collect::<Vec<_>>());
    assert_eq!(drops(&net, DropReason::NatError), 4);
    error(&mut net, &good);
    // As little as an error has to quote.
    error(&mut net, &good[..28]);
    net.run(SECOND);
    assert_eq!(errors(&net, NAT, A).len(), 2);
}

/// Anything at all: nothing panics, what leaves is sound if what came was, and the table stays in its bounds.
#[test]
fn noise_does_no_harm() {
    let mut net =
        house_with(|nat| (nat.sessions, nat.sessions_per_host, nat.inbound_per_host) = (50, 30, 10));
    net.checked = false;
    forward(&mut net, Protocol::Tcp, 80, "10.0.0.2:80");
    let mut random = Random::new(3);
    let seeds: Vec<Vec<u8>> = {
        let udp = |from: &str, to: &str, ports: (u16, u16)| {
            (Ipv4::new(ip(from), ip(to)) / Udp::new(ports.0, ports.1) / b"data").to_vec().unwrap()
        };
        let out = udp("10.0.0.1", "198.51.100.1", (5000, 7001));
        let quoted = udp("203.0.113.1", "198.51.100.1", (5000, 7001));
        let syn = Ipv4::new(ip("198.51.100.1"), ip("203.0.113.1")) / Tcp::new(99, 80).syn(true);
        let error = Ipv4::new(ip("198.51.100.1"), ip("203.0.113.1"))
            / Icmpv4::destination_unreachable(3)
            / &quoted[..];
        vec![
            out,
            udp("198.51.100.1", "203.0.113.1", (7001, 5000)),
            syn.to_vec().unwrap(),
            error.to_vec().unwrap(),
            udp("10.0.0.2", "203.0.113.1", (1, 5000)),
        ]
    };
    for round in 0..20_000 {
        let mut packet = seeds[round % seeds.len()].clone();
        for _ in 0..random.below(4) {
            let place = random.below(packet.len() as u64) as usize;
            packet[place] ^= 1 << random.below(8);
        }
        if random.below(8) == 0 {
            packet.truncate(random.below(packet.len() as u64) as usize);
        }
        // The header has to be right to get anywhere.
        if packet.len() >= 20 {
            packet[0] = 0x45;
            let length = packet.len() as u16;
            packet[2..4].copy_from_slice(&length.to_be_bytes());
            packet[10..12].fill(0);
            let sum = layercake::checksum::Sum::of(&packet[..20]).checksum();
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        let link = if random.below(2) == 0 { INSIDE } else { OUTSIDE };
        let (mac, interface) = (mac(NAT, link), InterfaceId(link as u16 + 1));
        let header = Ethernet::new(layercake::field::Mac([2, 9, 9, 9, 9, 9]), mac);
        let frame = (header.ether_type(layercake::names::EtherType::IPV4) / &packet[..]).to_vec().unwrap();
        let now = net.now;
        net.stack(NAT).on_frame(now, interface, &frame);
        if round % 100 == 0 {
            net.run(SECOND);
        }
    }
    let nat = net.hosts[NAT].stack.nat().unwrap();
    assert!(nat.sessions().count() <= 50 && nat.mappings().count() <= 51);
    net.run(SECOND * 3600 * 3);
    assert_eq!(net.hosts[NAT].stack.nat().unwrap().sessions().count(), 0);
}
