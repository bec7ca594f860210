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

/// When the table is full, a session gives way of the host with most that nobody has answered, so that nobody is kept out.
#[test]
fn a_full_table() {
    let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (60, 40));
    flood(&mut net, "10.0.0.1", 10_000..20_000);
    flood(&mut net, "10.0.0.2", 10_000..20_000);
    let shares = |net: &Net| ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|host| sessions_of(net, host));
    assert_eq!((shares(&net), drops(&net, DropReason::NatFull)), ([29, 31, 0], 0));
    // Of equal hosts that with the older one gave way.
    flood(&mut net, "10.0.0.3", 10_000..10_010);
    assert_eq!((shares(&net), drops(&net, DropReason::NatFull)), ([25, 25, 10], 0));
    // The oldest of them have gone.
    let nat = net.hosts[NAT].stack.nat().unwrap();
    assert!(
        nat.sessions().all(|session| session.peer.port() >= 19_970 || session.inside.ip().octets()[3] == 3)
    );
    // What begins outside takes nothing from others.
    forward(&mut net, Protocol::Tcp, 80, "10.0.0.7:80");
    let syn = Ipv4::new("198.51.100.1".parse().unwrap(), "203.0.113.1".parse().unwrap());
    net.inject(NAT, OUTSIDE, &(syn / Tcp::new(9, 80).syn(true)));
    assert_eq!((sessions_of(&net, "10.0.0.7"), drops(&net, DropReason::NatFull)), (0, 1));
}

/// One host that speaks as all its neighbours, from one port or from as many as there are, does not keep another one from the others; and what was
/// answered stays (RFC 4787 REQ-5).
#[test]
fn forged_neighbours_do_not_take_the_table() {
    for ports in [1, 600] {
        let mut net = house_with(|nat| (nat.sessions, nat.sessions_per_host) = (3000, 600));
        let (b, x) = (net.udp(B, 6000), net.udp(X, 7001));
        net.seen((B, b), (X, x), "198.51.100.1:7001").unwrap();
        net.send(X, x, b"answer", "203.0.113.1:6000");
        assert!(net.received(B, b).is_some());
        for round in 0..16 * 600_u16 {
            let from = Ipv4Addr::new(10, 0, 0, 100 + (round % 16) as u8);
            let packet = Ipv4::new(from, "198.51.100.1".parse().unwrap())
                / Udp::new(20_000 + round % ports * 16 + round % 16, 1000 + round / 16);
            net.inject(NAT, INSIDE, &packet);
        }
        assert_eq!(net.hosts[NAT].stack.nat().unwrap().sessions().count(), 3000);
        // A host with nothing in the table, and one with something.
        for (host, port) in [(A, 5000), (A, 5001), (B, 6001)] {
            let socket = net.udp(host, port);
            let seen = net.seen((host, socket), (X, x), "198.51.100.1:7001");
            net.send(X, x, b"answer", &seen.expect("there is room"));
            assert!(net.received(host, socket).is_some());
        }
        net.send(X, x, b"still there", "203.0.113.1:6000");
        assert!(net.received(B, b).is_some());
        assert_eq!(drops(&net, DropReason::NatFull) + drops(&net, DropReason::NatPorts), 0);
    }
}

/// A row of ports that somebody has taken is in nobody's way (RFC 7857 section 10), and the table is full before all ports are taken.
#[test]
fn a_row_of_ports_is_in_nobodys_way() {
    let config = Config::new(WAN);
    assert!(config.sessions < 64_512);
    let mut net = house_with(|nat| nat.sessions_per_host = nat.sessions);
    for port in 20_000..50_000 {
        let packet =
            Ipv4::new("10.0.0.100".parse().unwrap(), "198.51.100.1".parse().unwrap()) / Udp::new(port, 7001);
        net.inject(NAT, INSIDE, &packet);
    }
    for port in (25_000..45_000).step_by(100) {
        let packet =
            Ipv4::new("10.0.0.1".parse().unwrap(), "198.51.100.1".parse().unwrap()) / Udp::new(port, 7001);
        net.inject(NAT, INSIDE, &packet);
    }
    assert_eq!((sessions_of(&net, "10.0.0.1"), drops(&net, DropReason::NatPorts)), (200, 0));
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
