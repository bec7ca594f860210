//! Out: which way, from which address, how long.

use super::*;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

#[test]
fn a_packet_goes_out_in_one_frame() {
    let (mut host, _) = host();
    send_udp(&mut host, Time::ZERO, "192.0.2.2", 5, true).unwrap();
    let frame = only(&mut host);
    let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
    let header = packet.get::<Ipv4>().unwrap();
    assert_eq!((header.source(), header.ttl(), header.dont_fragment()), (v4("192.0.2.1"), 64, true));
    assert_eq!((&frame[..6], &frame[6..12]), (&mac(2).0[..], &mac(1).0[..]));
    let first = header.identification();
    send_udp(&mut host, Time::ZERO, "192.0.2.2", 5, true).unwrap();
    assert_eq!(Ipv4::view(&only(&mut host)[14..]).unwrap().identification(), first.wrapping_add(1));
    send_udp(&mut host, Time::ZERO, "198.51.100.7", 5, false).unwrap();
    let frame = only(&mut host);
    assert_eq!(frame[..6], mac(0xfe).0, "by way of the router");
    // RFC 7739 section 4.1: one destination does not see what goes to another.
    assert!(Ipv4::view(&frame[14..]).unwrap().identification().abs_diff(first) > 100);
    send_udp(&mut host, Time::ZERO, "2001:db8:1::7", 5, false).unwrap();
    let frame = only(&mut host);
    assert_eq!(frame[..6], mac(0xfe).0);
    assert_eq!(Ipv6::view(&frame[14..]).unwrap().source(), v6("2001:db8::1"));
    let to_all = host.path(Time::ZERO, ip("255.255.255.255"), None, None).unwrap();
    assert_eq!(to_all.cast, Cast::Broadcast);
    for (destination, to) in [
        ("255.255.255.255", [0xff; 6]),
        ("192.0.2.255", [0xff; 6]),
        ("224.1.2.3", [1, 0, 0x5e, 1, 2, 3]),
        ("ff02::1:2:3", [0x33, 0x33, 0, 2, 0, 3]),
    ] {
        send_udp(&mut host, Time::ZERO, destination, 5, false).unwrap();
        assert_eq!(only(&mut host)[..6], to, "{destination}");
    }
}

/// RFC 6724 section 5 and RFC 1122 section 3.3.4.3.
#[test]
fn the_source_fits_the_destination() {
    let (mut host, _) = host();
    let eth1 = attach(
        &mut host,
        "eth1",
        mac(9),
        9000,
        &["10.1.0.1/16", "10.2.0.1/16", "2001:db8:5::1/64", "2001:db8:5:0:8::1/64", "fe80::9/64"],
    );
    let source =
        |host: &Network, to: &str, on| host.path(Time::ZERO, ip(to), None, on).map(|path| path.source);
    for (destination, expected) in [
        ("10.1.2.3", "10.1.0.1"),
        ("10.2.2.3", "10.2.0.1"),
        ("2001:db8:5::2", "2001:db8:5::1"),
        ("2001:db8:5:0:8::2", "2001:db8:5::1"),
        ("2001:db8:9::2", "2001:db8::1"),
    ] {
        assert_eq!(source(&host, destination, None), Ok(ip(expected)), "{destination}");
    }
    assert_eq!(source(&host, "fe80::77", Some(eth1)), Ok(ip("fe80::9")));
    assert_eq!(source(&host, "ff02::1", Some(eth1)), Ok(ip("fe80::9")));
    // On which link?
    assert_eq!(source(&host, "fe80::77", None), Err(Errno::EINVAL));
    // Rule 3: deprecated addresses come last.
    host.interfaces[usize::from(eth1.0)].addresses[2].state = AddressState::Deprecated;
    assert_eq!(source(&host, "2001:db8:5::2", None), Ok(ip("2001:db8:5:0:8::1")));
    host.interfaces[usize::from(eth1.0)].addresses[3].state = AddressState::Tentative;
    assert_eq!(source(&host, "2001:db8:5::2", None), Ok(ip("2001:db8:5::1")));
}

#[test]
fn what_cannot_be_sent_says_why() {
    let mut host = network(false);
    let path = |host: &Network, to: &str, from: Option<&str>| {
        host.path(Time::ZERO, ip(to), from.map(ip), None).err()
    };
    assert_eq!(path(&host, "192.0.2.2", None), Some(Errno::ENETUNREACH));
    let eth0 = attach(&mut host, "eth0", mac(1), 1500, &[]);
    host.add_route(Route::on_link("192.0.2.0/24".parse().unwrap(), eth0)).unwrap();
    assert_eq!(path(&host, "192.0.2.2", None), Some(Errno::EADDRNOTAVAIL));
    assert_eq!(path(&host, "192.0.2.2", Some("192.0.2.1")), Some(Errno::EADDRNOTAVAIL));
    assert_eq!(path(&host, "192.0.2.2", Some("2001:db8::1")), Some(Errno::EAFNOSUPPORT));
    assert_eq!(path(&host, "192.0.2.2", Some("127.0.0.1")), Some(Errno::ENETUNREACH));
    assert_eq!(host.path(Time::ZERO, ip("192.0.2.2"), None, Some(InterfaceId(7))), Err(Errno::ENODEV));
    // A host that has no address yet asks all.
    let to_all = host.path(Time::ZERO, ip("255.255.255.255"), None, None).unwrap();
    assert_eq!((to_all.source, to_all.interface), (ip("0.0.0.0"), eth0));
    let (mut host, _) = super::host();
    assert_eq!(send_udp(&mut host, Time::ZERO, "192.0.2.2", 1473, true), Err(Errno::EMSGSIZE));
    assert_eq!(send_udp(&mut host, Time::ZERO, "192.0.2.2", 65_508, false), Err(Errno::EMSGSIZE));
    assert_eq!(send_udp(&mut host, Time::ZERO, "2001:db8::2", 1453, true), Err(Errno::EMSGSIZE));
    assert_eq!(send_udp(&mut host, Time::ZERO, "2001:db8::2", 65_528, false), Err(Errno::EMSGSIZE));
    assert!(sent(&mut host).is_empty());
}

/// RFC 1191, RFC 8201.
#[test]
fn a_path_mtu_is_learned_and_forgotten() {
    let (mut host, _) = host();
    let mtu = |host: &Network, now, to: &str| host.path(now, ip(to), None, None).unwrap().mtu;
    let (before, start) = (host.generation(), Time::ZERO);
    assert!(host.learn_path_mtu(start, ip("198.51.100.7"), 1400));
    assert!(!host.learn_path_mtu(start, ip("198.51.100.7"), 1450));
    assert_ne!(host.generation(), before);
    assert_eq!((mtu(&host, start, "198.51.100.7"), mtu(&host, start, "198.51.100.8")), (1400, 1500));
    assert_eq!(send_udp(&mut host, start, "198.51.100.7", 1400, true), Err(Errno::EMSGSIZE));
    assert!(!host.learn_path_mtu(start, ip("2001:db8:7::1"), 600));
    assert!(host.learn_path_mtu(start, ip("2001:db8:7::1"), 1280));
    assert_eq!(mtu(&host, Time::new(599, 0), "2001:db8:7::1"), 1280);
    assert_eq!(mtu(&host, Time::new(600, 0), "2001:db8:7::1"), 1500);
}

/// A neighbour that does not answer: whoever sent is told, without a word on the wire.
#[test]
fn a_silent_neighbour_is_a_local_error() {
    let (mut host, _) = host();
    send_udp(&mut host, Time::ZERO, "192.0.2.77", 5, false).unwrap();
    let mut now = Time::ZERO;
    // Questions may go out, as many as the neighbour floor has.
    while let Some(deadline) = host.deadline().filter(|deadline| *deadline > now) {
        now = deadline;
        host.on_deadline(now);
    }
    let error = host.take_local_error().unwrap();
    assert_eq!((error.kind, error.envelope.destination), (ErrorKind::Host, ip("192.0.2.77")));
    assert_eq!(error.transport[..4], [0x13, 0x88, 0, 7]);
    assert!(host.take_local_error().is_none());
}

/// RFC 4861 section 6.3.5, RFC 1191 section 6.3: what runs out is gone at its time, by itself, and whoever has a path by it looks again.
#[test]
fn what_runs_out_is_gone_at_its_time() {
    let (mut host, eth0) = host();
    let static_ones = host.routes.iter().count();
    let second = |second| Time::new(second, 0);
    let learned = crate::stack::neighbour::Learned::Router { address: v6("fe80::2"), until: second(30) };
    host.learn(Time::ZERO, eth0, [learned].into());
    host.redirect(Time::ZERO, eth0, ip("198.51.100.9"), Some(ip("192.0.2.2")), ip("192.0.2.254"));
    host.learn_path_mtu(Time::ZERO, ip("198.51.100.7"), 1400);
    assert_eq!(host.routes.iter().count(), static_ones + 2);
    for (at, left) in [(30, static_ones + 1), (300, static_ones), (600, static_ones)] {
        assert_eq!(host.deadline(), Some(second(at)));
        let before = host.generation();
        host.on_deadline(second(at - 1));
        assert_eq!(host.generation(), before);
        host.on_deadline(second(at));
        assert_ne!(host.generation(), before, "{at}");
        assert_eq!(host.routes.iter().count(), left);
    }
    assert_eq!(host.deadline(), None);
}

/// Routes and paths follow addresses when these change, and not with every frame.
#[test]
fn addresses_that_change_are_followed() {
    let mut host = network(false);
    let eth0 = host.add_interface("eth0", Medium::Ethernet(mac(1)), 1500).unwrap();
    let before = host.generation();
    host.add_address(Time::ZERO, eth0, "2001:db8::1/64".parse().unwrap()).unwrap();
    let tentative = host.generation();
    assert_ne!(tentative, before);
    assert!(host.path(Time::ZERO, ip("2001:db8::2"), Some(ip("2001:db8::1")), None).is_err());
    while host.generation() == tentative {
        let next = host.deadline().expect("the generation is another when the address can be used");
        host.on_deadline(next);
    }
    assert!(host.path(Time::ZERO, ip("2001:db8::2"), Some(ip("2001:db8::1")), None).is_ok());
    // Nobody but the neighbour floor changes them, so that nobody has to look.
    let (before, routes) = (host.generation(), host.routes.iter().count());
    host.interfaces[1].addresses.push(crate::stack::Address::permanent("10.9.0.1/16".parse().unwrap()));
    let question = crate::wire::arp::Arp::request((mac(2), v4("10.9.0.2")), v4("10.9.0.3"));
    host.receive(Time::ZERO, eth0, &frame_to(Mac::BROADCAST, &question));
    assert_eq!((host.generation(), host.routes.iter().count()), (before, routes));
}
