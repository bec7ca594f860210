//! Through: a router between two links, three hosts, in virtual time.
//!
//! ```text
//!   a 192.0.2.1 ──┐
//!                 ├── 192.0.2.254 (eth0) router (eth1) 198.51.100.254 ── c 198.51.100.3
//!   b 192.0.2.2 ──┘          MTU 1500                 MTU 1300
//! ```
//!
//! The same with 2001:db8:a::/64 and 2001:db8:c::/64.

use super::*;
use crate::random::Random;
use crate::stack::DropReason;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const ROUTER: usize = 3;

/// Hosts and the links that their interfaces are on.
struct Net {
    hosts: Vec<Network>,
    links: Vec<Vec<(usize, InterfaceId)>>,
    now: Time,
    /// What went over the links.
    seen: Vec<Vec<u8>>,
    /// What went up: at which host, and what.
    up: Vec<(usize, Arrival<'static>)>,
}

impl Net {
    fn new() -> Self {
        let number = |n: usize| mac(10 + n as u8);
        let mut hosts: Vec<Network> = (0..4).map(|n| network(n == ROUTER)).collect();
        let near = attach(
            &mut hosts[A],
            "eth0",
            number(A),
            1500,
            &["192.0.2.1/24", "2001:db8:a::1/64", "fe80::a/64"],
        );
        attach(&mut hosts[B], "eth0", number(B), 1500, &["192.0.2.2/24", "2001:db8:a::2/64", "fe80::b/64"]);
        attach(
            &mut hosts[C],
            "eth0",
            number(C),
            1300,
            &["198.51.100.3/24", "2001:db8:c::3/64", "fe80::c/64"],
        );
        let router = &mut hosts[ROUTER];
        attach(router, "eth0", number(ROUTER), 1500, &["192.0.2.254/24", "2001:db8:a::fe/64", "fe80::fe/64"]);
        let far = attach(
            router,
            "eth1",
            number(4),
            1300,
            &["198.51.100.254/24", "2001:db8:c::fe/64", "fe80::fe/64"],
        );
        for (host, gateways) in [
            (A, ["192.0.2.254", "fe80::fe"]),
            (B, ["192.0.2.254", "fe80::fe"]),
            (C, ["198.51.100.254", "fe80::fe"]),
        ] {
            for (network, gateway) in ["0.0.0.0/0", "::/0"].into_iter().zip(gateways) {
                hosts[host].add_route(Route::via(network.parse().unwrap(), ip(gateway), near)).unwrap();
            }
        }
        let links =
            std::vec![std::vec![(A, near), (B, near), (ROUTER, near)], std::vec![(C, near), (ROUTER, far)]];
        for link in &links {
            for (from, of) in link {
                let on = hosts[*from].interface(*of).unwrap().clone();
                for (to, by) in link.iter().filter(|end| end.0 != *from) {
                    for own in &on.addresses {
                        let address = std::format!("{}", own.network.addr());
                        knows(&mut hosts[*to], *by, &address, on.mac().unwrap());
                    }
                }
            }
        }
        Self { hosts, links, now: Time::ZERO, seen: Vec::new(), up: Vec::new() }
    }

    /// Carries frames until nobody sends any more.
    fn run(&mut self) {
        loop {
            let mut carried = false;
            for host in 0..self.hosts.len() {
                while let Some(frame) = self.hosts[host].out.pop() {
                    carried = true;
                    self.carry(host, &frame);
                }
            }
            if !carried {
                return;
            }
        }
    }

    fn carry(&mut self, from: usize, transmit: &Transmit) {
        is_sound_or_quotes(&transmit.frame);
        self.seen.push(transmit.frame.clone());
        let link = self.links.iter().find(|link| link.contains(&(from, transmit.interface))).unwrap();
        for (to, by) in link.clone().into_iter().filter(|end| end.0 != from) {
            let arrival = self.hosts[to].receive(self.now, by, &transmit.frame);
            self.up.extend(arrival.map(|arrival| (to, owned(arrival))));
        }
    }
}

fn owned(arrival: Arrival<'_>) -> Arrival<'static> {
    match arrival {
        Arrival::Datagram(Datagram { interface, envelope, cast, packet, header, protocol_at }) => {
            let packet = packet.into_owned().into();
            Arrival::Datagram(Datagram { interface, envelope, cast, packet, header, protocol_at })
        }
        Arrival::Error(IcmpError { kind, reporter, envelope, transport }) => {
            Arrival::Error(IcmpError { kind, reporter, envelope, transport: transport.into_owned().into() })
        }
        Arrival::EchoReply { envelope, identifier, sequence, data } => {
            Arrival::EchoReply { envelope, identifier, sequence, data: data.into_owned().into() }
        }
        Arrival::Unmapped { .. } => panic!("nothing is translated here"),
    }
}

/// A sound frame; a redirect of IPv6 is nothing that etherparse knows.
fn is_sound_or_quotes(frame: &[u8]) {
    if frame.get(54) != Some(&137) {
        is_sound(frame);
    }
}

#[test]
fn a_datagram_crosses_a_router() {
    for (destination, source) in [("198.51.100.3", "192.0.2.1"), ("2001:db8:c::3", "2001:db8:a::1")] {
        let mut net = Net::new();
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 100, true).unwrap();
        net.run();
        let [(C, Arrival::Datagram(datagram))] = &net.up[..] else { panic!("{:?}", net.up) };
        assert_eq!((datagram.envelope.source, datagram.envelope.hop_limit), (ip(source), 63));
        assert_eq!(net.seen.len(), 2);
        // Nobody listens, and the error finds its way back.
        let datagram = datagram.clone();
        net.hosts[C].error(net.now, &datagram, ErrorKind::Port);
        net.run();
        let (A, Arrival::Error(error)) = &net.up[1] else { panic!("{:?}", net.up) };
        assert_eq!((error.kind, error.reporter), (ErrorKind::Port, ip(destination)));
        assert_eq!(error.transport[..4], [0x13, 0x88, 0, 7]);
    }
}

/// RFC 1812 section 5.3.1: what traceroute sees.
#[test]
fn hops_run_out_at_the_router() {
    for (destination, router) in [("198.51.100.3", "192.0.2.254"), ("2001:db8:c::3", "2001:db8:a::fe")] {
        let mut net = Net::new();
        let path = net.hosts[A].path(Time::ZERO, ip(destination), None, None).unwrap();
        let what = Outgoing { hop_limit: 1, ..Outgoing::new(path, ip(destination), IpProtocol::UDP) };
        net.hosts[A].send(Time::ZERO, &what, &(Udp::new(5000, 33434) / b"x"), APP).unwrap();
        net.run();
        let [(A, Arrival::Error(error))] = &net.up[..] else { panic!("{:?}", net.up) };
        assert_eq!((error.kind, error.reporter), (ErrorKind::HopLimit, ip(router)));
        assert_eq!(net.hosts[ROUTER].out.drops.of(DropReason::HopLimit), 1);
    }
}

#[test]
fn a_router_without_a_route_says_so() {
    for destination in ["203.0.113.9", "2001:db8:9::9"] {
        let mut net = Net::new();
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 100, false).unwrap();
        net.run();
        let [(A, Arrival::Error(error))] = &net.up[..] else { panic!("{:?}", net.up) };
        assert_eq!((error.kind, error.envelope.destination), (ErrorKind::Net, ip(destination)));
    }
}

/// A router tells of a host that does not answer.
#[test]
fn a_silent_host_behind_a_router() {
    for destination in ["198.51.100.77", "2001:db8:c::77"] {
        let mut net = Net::new();
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 100, false).unwrap();
        net.run();
        while let Some(deadline) = net.hosts[ROUTER].deadline().filter(|deadline| *deadline > net.now) {
            net.now = deadline;
            net.hosts[ROUTER].on_deadline(deadline);
            net.run();
        }
        let [(A, Arrival::Error(error))] = &net.up[..] else { panic!("{:?}", net.up) };
        assert_eq!((error.kind, error.envelope.destination), (ErrorKind::Host, ip(destination)));
    }
}

/// RFC 1191, RFC 8201: the sender learns, and what it sends then goes through whole.
#[test]
fn the_path_mtu_is_found() {
    for (destination, header) in [("198.51.100.3", 20), ("2001:db8:c::3", 40)] {
        let mut net = Net::new();
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 1500 - header - 8, true).unwrap();
        net.run();
        let [(A, Arrival::Error(error))] = &net.up[..] else { panic!("{:?}", net.up) };
        assert_eq!(error.kind, ErrorKind::TooBig { mtu: 1300 });
        assert!(net.hosts[A].learn_path_mtu(Time::ZERO, ip(destination), 1300));
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 1300 - header - 8, true).unwrap();
        // What is longer is cut by the sender, also over IPv6, which routers do not cut.
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 3000, false).unwrap();
        net.run();
        let arrived: Vec<usize> = net.up[1..]
            .iter()
            .map(|(at, arrival)| match arrival {
                Arrival::Datagram(datagram) if *at == C => datagram.payload().len(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(arrived, [1300 - header, 3008]);
    }
}

/// A router cuts what may be cut, also pieces, with the options that are to be copied (RFC 791 section 3.1).
#[test]
fn a_router_cuts() {
    let mut net = Net::new();
    send_udp(&mut net.hosts[A], Time::ZERO, "198.51.100.3", 4000, false).unwrap();
    net.run();
    let [(C, Arrival::Datagram(datagram))] = &net.up[..] else { panic!("{:?}", net.up) };
    assert_eq!(datagram.payload().len(), 4008);
    // Three pieces on the first link; each that is full is cut in two for the second.
    assert_eq!(net.seen.len(), 3 + 5);
    let options = [0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0];
    let data: Vec<u8> = (0..1400).map(|n| n as u8).collect();
    let ip = Ipv4::new(v4("192.0.2.1"), v4("198.51.100.3")).append(&options).protocol(IpProtocol(253));
    let frame = (crate::wire::ethernet::Ethernet::new(mac(10), mac(13)) / ip / data).to_vec().unwrap();
    net.seen.clear();
    net.hosts[ROUTER].receive(Time::ZERO, InterfaceId(1), &frame);
    net.run();
    let heads: Vec<&[u8]> =
        net.seen.iter().map(|frame| &frame[14..14 + usize::from(frame[14] & 15) * 4]).collect();
    assert_eq!((&heads[0][20..], &heads[1][20..]), (&options[..], &options[..4]));
    let Some((C, Arrival::Datagram(datagram))) = net.up.last() else { panic!() };
    assert_eq!((datagram.payload().len(), datagram.header), (1400, 32));
    // A piece that reaches beyond all packets is not cut into one that does not.
    let ip = Ipv4::new(v4("192.0.2.1"), v4("198.51.100.3")).fragment_offset(8190).protocol(IpProtocol(253));
    let frame = (crate::wire::ethernet::Ethernet::new(mac(10), mac(13)) / ip / [0; 1400]).to_vec().unwrap();
    is_dropped(&mut net.hosts[ROUTER], InterfaceId(1), &frame, DropReason::TooBig);
}

/// RFC 792, RFC 4861 section 8: a router that is not needed says so, and is not asked any more.
#[test]
fn a_router_that_is_not_needed_redirects() {
    for (destination, network) in [("192.0.2.2", "192.0.2.0/24"), ("2001:db8:a::2", "2001:db8:a::/64")] {
        let mut net = Net::new();
        // A does not know that B is on its link.
        net.hosts[A].routes.remove(|route| route.network == network.parse().unwrap());
        send_udp(&mut net.hosts[A], Time::ZERO, destination, 10, false).unwrap();
        net.run();
        // Over the router all the same.
        assert!(matches!(&net.up[..], [(B, Arrival::Datagram(_))]), "{:?}", net.up);
        assert_eq!(net.seen.len(), 3);
        let redirect = net.seen.iter().find(|frame| frame[..6] == mac(10).0).unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&redirect[..]));
        if network.contains('.') {
            assert_eq!(packet.get::<Icmpv4>().unwrap().by_ref().gateway(), Some(v4(destination)));
            let next = net.hosts[A].path(Time::ZERO, ip(destination), None, None).unwrap().next_hop;
            assert_eq!(next, ip(destination));
        } else {
            let icmp = packet.get::<Icmpv6>().unwrap();
            let (target, about) = (icmp.by_ref().target(), icmp.by_ref().redirected_destination());
            assert_eq!((target, about), (Some(v6(destination)), Some(v6(destination))));
            assert_eq!(packet.get::<Ipv6>().unwrap().hop_limit(), 255);
            assert_eq!(packet.findings().filter(|finding| finding.severity == Severity::Error).count(), 0);
        }
    }
}

/// RFC 2644, RFC 3927 section 7, RFC 4291 section 2.5.6, RFC 1122 section 3.3.6.
#[test]
fn what_does_not_go_through() {
    let mut net = Net::new();
    let udp = Udp::new(5000, 7) / b"hello";
    let mut refused = |packet: Vec<u8>, to: Mac, reason| {
        let mut frame = to.0.to_vec();
        frame.extend(mac(10).0);
        frame.extend(if packet[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] });
        frame.extend(packet);
        is_dropped(&mut net.hosts[ROUTER], InterfaceId(1), &frame, reason);
        assert!(net.hosts[ROUTER].out.pop().is_none());
    };
    let over4 =
        |source: &str, destination: &str| (Ipv4::new(v4(source), v4(destination)) / udp).to_vec().unwrap();
    let over6 =
        |source: &str, destination: &str| (Ipv6::new(v6(source), v6(destination)) / udp).to_vec().unwrap();
    for destination in ["198.51.100.255", "169.254.1.1", "239.1.1.1", "240.1.1.1", "0.1.1.1", "127.1.1.1"] {
        refused(over4("192.0.2.1", destination), mac(13), DropReason::IpDestination);
    }
    refused(over4("192.0.2.1", "198.51.100.3"), Mac::BROADCAST, DropReason::IpDestination);
    refused(over4("169.254.1.1", "198.51.100.3"), mac(13), DropReason::IpDestination);
    refused(over4("127.0.0.1", "198.51.100.3"), mac(13), DropReason::IpSource);
    refused(over4("198.51.100.254", "198.51.100.3"), mac(13), DropReason::IpSource);
    for destination in ["fe80::77", "ff0e::1", "ff05::1", "::1"] {
        refused(over6("2001:db8:a::1", destination), mac(13), DropReason::IpDestination);
    }
    refused(over6("fe80::a", "2001:db8:c::3"), mac(13), DropReason::IpSource);
    refused(over6("::", "2001:db8:c::3"), mac(13), DropReason::IpSource);
}

/// The checksum of a forwarded header is updated, not computed: it stays right for every header (RFC 1624).
#[test]
fn hops_count_down() {
    let mut random = Random::new(3);
    let mut net = Net::new();
    for _ in 0..300 {
        let source = core::net::Ipv4Addr::from(0x0b00_0000 | random.number() as u32 & 0xff_ffff);
        let ttl = 2 + random.below(254) as u8;
        let ip = Ipv4::new(source, v4("198.51.100.3")).ttl(ttl).identification(random.number() as u16);
        let ip = ip.tos(random.number() as u8);
        let frame =
            (crate::wire::ethernet::Ethernet::new(mac(10), mac(13)) / ip / Udp::new(5000, 7) / b"hello")
                .to_vec()
                .unwrap();
        net.hosts[ROUTER].receive(Time::ZERO, InterfaceId(1), &frame);
        let frame = only(&mut net.hosts[ROUTER]);
        assert_eq!(Ipv4::view(&frame[14..]).unwrap().ttl(), ttl - 1);
    }
}
