//! Hosts with routers between them: frames are handed over in the test, by the clock.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::BTreeMap;

use layercake::field::Mac;
use layercake::packet::{Decoder, Frame};
use layercake::stack::network::RouteOrigin;
use layercake::stack::{
    self, DropReason, Errno, Event, InterfaceId, Kind, Medium, Route, SocketId, SocketOption, Stack,
};
use layercake::time::Time;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;

use super::support::{bytes, expired, sent, undelivered};

const SECOND: Duration = Duration::from_secs(1);
const DELAY: Duration = Duration::from_millis(1);

/// Hosts and the links that they are attached to: what one sends on a link reaches all others there.
#[derive(Default)]
struct Network {
    now: Time,
    hosts: Vec<Stack>,
    links: Vec<Vec<(usize, InterfaceId)>>,
    /// By time and number: to which host, by which interface.
    flying: BTreeMap<(Time, u64), (usize, InterfaceId, Vec<u8>)>,
    count: u64,
    /// Who has sent what.
    log: Vec<(usize, Vec<u8>)>,
}

impl Network {
    fn host(&mut self, router: bool) -> usize {
        let mut config = stack::Config { seed: self.hosts.len() as u64, router, ..stack::Config::default() };
        config.neighbour.dad_transmits = 0;
        config.neighbour.autoconfigure = false;
        self.hosts.push(Stack::new(config));
        self.hosts.len() - 1
    }

    /// Attaches a host to a link.
    fn attach(&mut self, host: usize, link: usize, mtu: u32, addresses: [&str; 2]) -> InterfaceId {
        let mac = Mac([2, 0, 0, 0, host as u8, link as u8]);
        let stack = &mut self.hosts[host];
        let interface =
            stack.add_interface(self.now, format!("eth{link}"), Medium::Ethernet(mac), mtu).unwrap();
        for address in addresses {
            stack.add_address(self.now, interface, address.parse().unwrap()).unwrap();
        }
        self.links.resize(self.links.len().max(link + 1), Vec::new());
        self.links[link].push((host, interface));
        interface
    }

    fn route(&mut self, host: usize, to: &str, by: &str, interface: InterfaceId) {
        let route = Route::via(to.parse().unwrap(), by.parse().unwrap(), interface);
        self.hosts[host].add_route(route).unwrap();
    }

    fn flush(&mut self) {
        for host in 0..self.hosts.len() {
            while let Some(transmit) = self.hosts[host].poll_transmit(self.now) {
                self.log.push((host, transmit.frame.clone()));
                let link = self.links.iter().find(|link| link.contains(&(host, transmit.interface))).unwrap();
                for (to, interface) in link.iter().filter(|(to, _)| *to != host) {
                    self.count += 1;
                    let key = (self.now + DELAY, self.count);
                    self.flying.insert(key, (*to, *interface, transmit.frame.clone()));
                }
            }
        }
    }

    fn step(&mut self, until: Time) -> bool {
        self.flush();
        let due = self.hosts.iter().filter_map(Stack::next_deadline);
        let arrives = self.flying.keys().next().map(|(at, _)| *at);
        let Some(next) =
            due.chain(arrives).min().map(|next| next.max(self.now)).filter(|next| *next <= until)
        else {
            return false;
        };
        self.now = next;
        while let Some(first) = self.flying.first_entry().filter(|first| first.key().0 <= next) {
            let (host, interface, frame) = first.remove();
            self.hosts[host].on_frame(next, interface, &frame);
        }
        for host in &mut self.hosts {
            if host.next_deadline().is_some_and(|due| due <= next) {
                host.on_deadline(next);
            }
        }
        true
    }

    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }

    fn events(&mut self, host: usize) -> Vec<Event> {
        std::iter::from_fn(|| self.hosts[host].poll_event()).collect()
    }

    /// A connection from one host to another.
    fn connect(&mut self, from: usize, to: (usize, &str)) -> (SocketId, SocketId) {
        let address: SocketAddr = to.1.parse().unwrap();
        let listener = self.hosts[to.0].socket(Kind::Stream).unwrap();
        self.hosts[to.0].bind(listener, address).unwrap();
        self.hosts[to.0].listen(listener, 1).unwrap();
        let client = self.hosts[from].socket(Kind::Stream).unwrap();
        self.hosts[from].connect(self.now, client, address).unwrap();
        self.run(SECOND);
        (client, self.hosts[to.0].accept(listener).expect("a connection").0)
    }

    /// Data from one end to the other.
    fn transfer(&mut self, from: (usize, SocketId), to: (usize, SocketId), data: &[u8]) {
        let (mut given, mut got) = (0, Vec::new());
        let until = self.now + SECOND * 60;
        let mut into = [0; 20_000];
        while got.len() < data.len() {
            while given < data.len()
                && let Ok(taken) = self.hosts[from.0].send(self.now, from.1, &data[given..])
            {
                given += taken;
            }
            while let Ok(length @ 1..) = self.hosts[to.0].recv(self.now, to.1, &mut into) {
                got.extend_from_slice(&into[..length]);
            }
            assert!(got.len() == data.len() || self.step(until), "{} of {} bytes", got.len(), data.len());
        }
        assert!(got == data);
    }

    /// The longest IP packet with data of TCP that a host has sent.
    fn longest(&self, host: usize) -> usize {
        let own = self.log.iter().filter(|(from, _)| *from == host);
        own.filter_map(|(_, frame)| sent(frame).map(|_| frame.len() - 14)).max().unwrap_or(0)
    }
}

const FIRST: usize = 0;
const ONE: usize = 1;
const TWO: usize = 2;
const LAST: usize = 3;

/// Host, router, router, host: 10.0.1.1, 10.0.1.254 and 10.0.2.1, 10.0.2.254 and 10.0.3.254, 10.0.3.1; the link in the middle carries less.
fn chain(middle: u32) -> Network {
    let mut network = Network { now: Time::new(1, 0), ..Network::default() };
    for router in [false, true, true, false] {
        network.host(router);
    }
    let first = network.attach(FIRST, 0, 1500, ["10.0.1.1/24", "fd00:1::1/64"]);
    network.attach(ONE, 0, 1500, ["10.0.1.254/24", "fd00:1::254/64"]);
    let one = network.attach(ONE, 1, middle, ["10.0.2.1/24", "fd00:2::1/64"]);
    let two = network.attach(TWO, 1, middle, ["10.0.2.254/24", "fd00:2::254/64"]);
    network.attach(TWO, 2, 1500, ["10.0.3.254/24", "fd00:3::254/64"]);
    let last = network.attach(LAST, 2, 1500, ["10.0.3.1/24", "fd00:3::1/64"]);
    network.route(FIRST, "0.0.0.0/0", "10.0.1.254", first);
    network.route(FIRST, "::/0", "fd00:1::254", first);
    network.route(ONE, "10.0.3.0/24", "10.0.2.254", one);
    network.route(ONE, "fd00:3::/64", "fd00:2::254", one);
    network.route(TWO, "10.0.1.0/24", "10.0.2.1", two);
    network.route(TWO, "fd00:1::/64", "fd00:2::1", two);
    network.route(LAST, "0.0.0.0/0", "10.0.3.254", last);
    network.route(LAST, "::/0", "fd00:3::254", last);
    network.run(SECOND);
    network.log.clear();
    network
}

/// RFC 1812, RFC 8200: through two routers, each of which takes one from the hop limit.
#[test]
fn a_transfer_through_routers() {
    for to in ["10.0.3.1:80", "[fd00:3::1]:80"] {
        let mut network = chain(1500);
        let (client, server) = network.connect(FIRST, (LAST, to));
        let data = bytes(300_000);
        network.transfer((FIRST, client), (LAST, server), &data);
        network.transfer((LAST, server), (FIRST, client), &data);
        let limits = |host| -> Vec<u8> {
            let own = network.log.iter().filter(|(from, _)| *from == host);
            let mut limits: Vec<u8> =
                own.filter_map(|(_, frame)| sent(frame)).map(|sent| sent.hop_limit).collect();
            limits.sort_unstable();
            limits.dedup();
            limits
        };
        assert_eq!([FIRST, ONE, TWO, LAST].map(limits), [vec![64], vec![62, 63], vec![62, 63], vec![64]]);
        assert_eq!(
            network.hosts[FIRST].tcp_info(client).unwrap().segment,
            if to.starts_with('[') { 1428 } else { 1448 }
        );
    }
}

/// RFC 1191, RFC 8201: each end learns from the router what the link in the middle carries, and sends no more from then on.
#[test]
fn the_path_mtu_is_found_both_ways() {
    for (to, mtu) in [
        ("10.0.3.1:80", 1000),
        ("10.0.3.1:80", 1499),
        ("10.0.3.1:80", 600),
        ("[fd00:3::1]:80", 1280),
        ("[fd00:3::1]:80", 1400),
    ] {
        let mut network = chain(mtu);
        let (client, server) = network.connect(FIRST, (LAST, to));
        let data = bytes(300_000);
        for (from, to) in [((FIRST, client), (LAST, server)), ((LAST, server), (FIRST, client))] {
            network.log.clear();
            network.transfer(from, to, &data);
            assert!(network.longest(from.0) > mtu as usize, "the first are too long");
            // A second time nothing is too long.
            network.log.clear();
            let dropped = |network: &Network| {
                network.hosts[ONE].drops().of(DropReason::TooBig)
                    + network.hosts[TWO].drops().of(DropReason::TooBig)
            };
            let before = dropped(&network);
            network.transfer(from, to, &data);
            assert_eq!((network.longest(from.0), dropped(&network)), (mtu as usize, before));
        }
        // What begins now knows it from the start.
        network.log.clear();
        let address: SocketAddr = to.parse().unwrap();
        let (other, accepted) =
            network.connect(FIRST, (LAST, &SocketAddr::new(address.ip(), 81).to_string()));
        network.transfer((FIRST, other), (LAST, accepted), &data);
        assert_eq!(network.longest(FIRST), mtu as usize);
    }
}

/// Who has sent the errors that reached the first host.
fn reporters(network: &Network) -> Vec<(IpAddr, u8, u8)> {
    let errors = network.log.iter().filter_map(|(host, frame)| {
        let packet = Decoder::new().packet(Frame::ethernet(&frame[..]));
        let four = packet.get::<Icmpv4>().zip(packet.get::<Ipv4>());
        let four = four.map(|(icmp, ip)| (IpAddr::from(ip.source()), icmp.message_type().0, icmp.code()));
        let six =
            packet.get::<Icmpv6>().zip(packet.get::<Ipv6>()).filter(|(icmp, _)| icmp.message_type().0 < 128);
        let six = six.map(|(icmp, ip)| (IpAddr::from(ip.source()), icmp.message_type().0, icmp.code()));
        // As it comes by the first link.
        (*host == ONE && packet.get::<Ethernet>()?.destination() == Mac([2, 0, 0, 0, 0, 0]))
            .then_some(four.or(six)?)
    });
    errors.collect()
}

/// What traceroute does: one hop more each time, until the port is unreachable.
#[test]
fn the_way_is_found_by_hop_limits() {
    for (to, hops, over, closed) in [
        ("10.0.3.1:33434", ["10.0.1.254", "10.0.2.254", "10.0.3.1"], (11, 0), (3, 3)),
        ("[fd00:3::1]:33434", ["fd00:1::254", "fd00:2::254", "fd00:3::1"], (3, 0), (1, 4)),
    ] {
        let mut network = chain(1500);
        let to: SocketAddr = to.parse().unwrap();
        let socket = network.hosts[FIRST].socket(Kind::Datagram).unwrap();
        network.events(FIRST);
        let mut found = Vec::new();
        for limit in 1..=3 {
            network.hosts[FIRST].set_option(socket, SocketOption::HopLimit(Some(limit))).unwrap();
            let now = network.now;
            network.hosts[FIRST].send_to(now, socket, b"where", to).unwrap();
            network.log.clear();
            network.run(SECOND);
            found.extend(reporters(&network));
            let by = hops[usize::from(limit) - 1];
            let told = match limit {
                3 => undelivered(socket, Errno::ECONNREFUSED, to, by),
                _ => expired(socket, to, by),
            };
            assert_eq!(network.events(FIRST), [told], "hop {limit}");
        }
        let wanted = [(hops[0], over), (hops[1], over), (hops[2], closed)];
        let wanted = wanted.map(|(hop, (kind, code))| (hop.parse().unwrap(), kind, code));
        assert_eq!(found, wanted);
    }
}

/// No route, no neighbour: the router says so, to datagrams and to connections.
#[test]
fn what_a_router_cannot_reach() {
    for (to, errno, wait, by) in [
        ("10.9.9.9:80", Errno::ENETUNREACH, 1, "10.0.1.254"),
        ("10.0.3.77:80", Errno::EHOSTUNREACH, 5, "10.0.2.254"),
        ("[fd00:9::9]:80", Errno::ENETUNREACH, 1, "fd00:1::254"),
        ("[fd00:3::77]:80", Errno::EHOSTUNREACH, 5, "fd00:2::254"),
    ] {
        let mut network = chain(1500);
        let to: SocketAddr = to.parse().unwrap();
        network.events(FIRST);
        let now = network.now;
        let datagram = network.hosts[FIRST].socket(Kind::Datagram).unwrap();
        network.hosts[FIRST].connect(now, datagram, to).unwrap();
        network.hosts[FIRST].send(now, datagram, b"hello").unwrap();
        network.run(SECOND * wait);
        assert_eq!(network.events(FIRST), [undelivered(datagram, errno, to, by)], "{to}");
        assert_eq!(network.hosts[FIRST].send(network.now, datagram, b"hello"), Err(errno));
        // An attempt to connect goes on, and gives this reason when it is given up.
        let now = network.now;
        let stream = network.hosts[FIRST].socket(Kind::Stream).unwrap();
        network.hosts[FIRST].connect(now, stream, to).unwrap();
        network.run(SECOND * wait);
        assert!(network.events(FIRST).contains(&undelivered(stream, errno, to, by)));
        network.run(SECOND * 300);
        assert!(network.events(FIRST).contains(&Event::Closed(stream, Some(errno))));
    }
}

/// RFC 792, RFC 4861 section 8: a router on the same link knows a better one, and the connection goes that way.
#[test]
fn a_redirect_is_followed() {
    for (to, via, prefix, hop) in [
        ("10.0.3.1:80", "10.0.1.254", "10.0.3.0/24", "10.0.1.253"),
        ("[fd00:3::1]:80", "fe80::ff:fe00:100", "fd00:3::/64", "fe80::ff:fe00:200"),
    ] {
        let mut network = Network { now: Time::new(1, 0), ..Network::default() };
        for router in [false, true, true, false] {
            network.host(router);
        }
        let first = network.attach(FIRST, 0, 1500, ["10.0.1.1/24", "fd00:1::1/64"]);
        let one = network.attach(ONE, 0, 1500, ["10.0.1.254/24", "fd00:1::254/64"]);
        network.attach(TWO, 0, 1500, ["10.0.1.253/24", "fd00:1::253/64"]);
        network.attach(TWO, 1, 1500, ["10.0.3.254/24", "fd00:3::254/64"]);
        let last = network.attach(LAST, 1, 1500, ["10.0.3.1/24", "fd00:3::1/64"]);
        network.route(FIRST, prefix, via, first);
        network.route(ONE, prefix, hop, one);
        network.route(LAST, "0.0.0.0/0", "10.0.3.254", last);
        network.route(LAST, "::/0", "fd00:3::254", last);
        network.run(SECOND);
        let (client, server) = network.connect(FIRST, (LAST, to));
        network.log.clear();
        let data = bytes(100_000);
        network.transfer((FIRST, client), (LAST, server), &data);
        let by = |host: usize| {
            network.log.iter().filter(|(from, frame)| *from == host && sent(frame).is_some()).count()
        };
        assert_eq!(by(ONE), 0, "the first router is not needed any more");
        assert!(by(FIRST) > 60 && by(TWO) > 60);
        let hop: IpAddr = hop.parse().unwrap();
        let mut routes = network.hosts[FIRST].routes().iter();
        assert!(routes.any(|route| route.gateway == Some(hop) && route.origin == RouteOrigin::Redirect));
    }
}
