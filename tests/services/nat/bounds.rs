//! What is there has an end: RFC 5508 REQ-8, RFC 4787 section 11.

use layercake::stack::nat::{Filtering, Protocol};
use layercake::wire::tcp::Tcp;
use layercake::wire::udp::Udp;

use super::*;

fn sessions_of(net: &Net, host: &str) -> usize {
    let nat = net.hosts[NAT].stack.nat().unwrap();
    nat.sessions().filter(|session| session.inside.ip().to_string() == host).count()
}

/// Datagrams from a host inside, from one port to many.
fn flood(net: &mut Net, host: &str, ports: core::ops::Range<u16>) {
    for port in ports {
        let packet =
            Ipv4::new(host.parse().unwrap(), "198.51.100.1".parse().unwrap()) / Udp::new(5000, port) / b"x";
        net.inject(NAT, INSIDE, &packet);
    }
}

/// A host fills its own share, and the oldest of its own that nobody answered gives way; the others do not notice.
#[test]
fn a_host_has_its_share() {
    let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (100, 40));
    let (b, x) = (net.udp(B, 6000), net.udp(X, 7001));
    assert!(net.seen((B, b), (X, x), "198.51.100.1:7001").is_some());
    flood(&mut net, "10.0.0.1", 10_000..20_000);
    assert_eq!((sessions_of(&net, "10.0.0.1"), sessions_of(&net, "10.0.0.2")), (40, 1));
    assert_eq!((drops(&net, DropReason::NatEvicted), drops(&net, DropReason::NatFull)), (9960, 0));
    let nat = net.hosts[NAT].stack.nat().unwrap();
    assert!(
        nat.sessions()
            .filter(|session| session.inside.port() == 5000)
            .all(|session| session.peer.port() >= 19_960)
    );
    net.run(SECOND);
    net.send(X, x, b"still there", "203.0.113.1:6000");
    assert!(net.received(B, b).is_some());
}

/// What was answered does not give way: then the new one is refused, and its sender told (RFC 5508 REQ-8).
#[test]
fn what_was_answered_stays() {
    let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (100, 10));
    let a = net.udp(A, 5000);
    for port in 7001..=7010 {
        let x = net.udp(X, port);
        net.seen((A, a), (X, x), &format!("198.51.100.1:{port}")).unwrap();
        net.send(X, x, b"answer", "203.0.113.1:5000");
    }
    net.log.clear();
    net.send(A, a, b"one too many", "198.51.100.1:7777");
    let refused = Told::of(3, 13, "10.0.0.254", "10.0.0.1", ["10.0.0.1:5000", "198.51.100.1:7777"]);
    assert_eq!((errors(&net, NAT, A), drops(&net, DropReason::NatFull)), (vec![refused], 1));
    // Another port of the host neither; no mapping is left behind.
    let other = net.udp(A, 5001);
    net.send(A, other, b"one too many", "198.51.100.1:7777");
    assert_eq!((mappings(&net).len(), drops(&net, DropReason::NatFull)), (1, 2));
    // After a while there is room again.
    net.run(SECOND * 301);
    net.send(A, a, b"now", "198.51.100.1:7777");
    assert_eq!(sessions_of(&net, "10.0.0.1"), 1);
}

/// When the table is full, hosts that have something in it make room among their own; others are refused.
#[test]
fn a_full_table() {
    let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (60, 40));
    flood(&mut net, "10.0.0.1", 10_000..20_000);
    flood(&mut net, "10.0.0.2", 10_000..20_000);
    assert_eq!((sessions_of(&net, "10.0.0.1"), sessions_of(&net, "10.0.0.2")), (40, 20));
    flood(&mut net, "10.0.0.3", 10_000..10_001);
    assert_eq!((sessions_of(&net, "10.0.0.3"), drops(&net, DropReason::NatFull)), (0, 1));
}

/// Outsiders have a part of the share of the host that they knock at, and displace nobody but outsiders.
#[test]
fn a_flood_of_syns_from_outside() {
    let mut net =
        house_with(|nat| (nat.sessions, nat.sessions_per_host, nat.inbound_per_host) = (1000, 100, 20));
    forward(&mut net, Protocol::Tcp, 80, "10.0.0.2:80");
    flood(&mut net, "10.0.0.2", 10_000..10_050);
    for port in 1..10_000 {
        let from = Ipv4Addr::from(0xc633_6400 + u32::from(port));
        net.inject(
            NAT,
            OUTSIDE,
            &(Ipv4::new(from, "203.0.113.1".parse().unwrap()) / Tcp::new(port, 80).syn(true)),
        );
    }
    assert_eq!(sessions_of(&net, "10.0.0.2"), 70);
    assert_eq!(drops(&net, DropReason::NatEvicted), 9_999 - 20);
    // The host inside takes its whole share if it needs it, from them first.
    flood(&mut net, "10.0.0.2", 11_000..11_050);
    assert_eq!(sessions_of(&net, "10.0.0.2"), 100);
    let nat = net.hosts[NAT].stack.nat().unwrap();
    assert_eq!(nat.sessions().filter(|session| session.protocol == Protocol::Tcp).count(), 0);
}

/// SYNs that wait are few; those beyond go without a word.
#[test]
fn syns_that_wait_are_bounded() {
    let mut net = house_with(|nat| nat.held = 10);
    for port in 1..=1000 {
        let from = Ipv4Addr::from(0xc633_6400 + u32::from(port));
        net.inject(
            NAT,
            OUTSIDE,
            &(Ipv4::new(from, "203.0.113.1".parse().unwrap()) / Tcp::new(port, 4000).syn(true)),
        );
    }
    assert_eq!(drops(&net, DropReason::NatUnsolicited), 990);
    net.run(SECOND * 7);
    assert_eq!(drops(&net, DropReason::NatUnsolicited), 1000);
}

/// Sources that are forged bring no share and no mapping (RFC 3704); addresses inside are nothing that outsiders can send to.
#[test]
fn forged_sources_bring_nothing() {
    let mut net = house_with(|nat| nat.filtering = Filtering::Endpoint);
    for from in ["198.51.100.7", "8.8.8.8", "203.0.113.77"] {
        let packet = Ipv4::new(from.parse().unwrap(), "198.51.100.1".parse().unwrap()) / Udp::new(5000, 7001);
        net.inject(NAT, INSIDE, &packet);
        let packet = Ipv4::new(from.parse().unwrap(), "203.0.113.1".parse().unwrap()) / Udp::new(5000, 7001);
        net.inject(NAT, INSIDE, &packet);
    }
    assert_eq!((mappings(&net), drops(&net, DropReason::IpSource)), (vec![], 3));
    let a = net.udp(A, 5000);
    for port in [5000, 1] {
        let packet =
            Ipv4::new("198.51.100.1".parse().unwrap(), "10.0.0.1".parse().unwrap()) / Udp::new(7001, port);
        net.inject(NAT, OUTSIDE, &packet);
    }
    net.run(SECOND);
    assert_eq!((net.received(A, a), drops(&net, DropReason::NatFiltered)), (None, 2));
}

/// All ports of a class are taken: RFC 4787 REQ-3a keeps it in its class, and the sender is told.
#[test]
fn ports_run_out() {
    let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (5000, 5000));
    let outside = "198.51.100.1".parse().unwrap();
    for host in 0..6u8 {
        for port in 1..=250u16 {
            let from = Ipv4Addr::new(10, 0, 0, 100 + host);
            net.inject(NAT, INSIDE, &(Ipv4::new(from, outside) / Udp::new(port, 7001)));
        }
    }
    // Ports 1 to 1023, but for the one of even number that is none.
    assert_eq!((mappings(&net).len(), drops(&net, DropReason::NatPorts)), (1023, 6 * 250 - 1023));
    assert!(mappings(&net).iter().all(|mapping| (1..1024).contains(&mapping.port)));
}
