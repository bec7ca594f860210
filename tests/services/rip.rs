//! Routers that tell each other of their networks: RFC 2453.

mod hearing;
mod hostile;
mod telling;

use std::net::Ipv4Addr;
use std::time::Duration;

use layercake::names::RipCommand;
use layercake::packet::{Decoder, Frame};
use layercake::stack::network::RouteOrigin;
use layercake::stack::service::rip::{Announced, Config, Known, Rip, SplitHorizon};
use layercake::stack::{InterfaceId, Kind};
use layercake::time::Time;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::rip::{self, Route};
use layercake::wire::udp::Udp;

use super::wires::{Net, SECOND};

/// A router on links, as the `n`th host of each: 10.LINK.0.N/24. Its interfaces have the numbers of their order.
fn router(net: &mut Net, links: &[usize], change: impl Fn(&mut Config)) -> usize {
    let host = net.host(true);
    let address = |link: &usize| format!("10.{link}.0.{}/24", host + 1);
    let interfaces: Vec<InterfaceId> =
        links.iter().map(|link| net.attach(host, *link, 1500, &address(link))).collect();
    let mut config = Config::new(interfaces);
    change(&mut config);
    let now = net.now;
    net.hosts[host].start(now, Rip::new(config)).unwrap();
    host
}

/// A host on a link that sends all to a router.
fn end(net: &mut Net, link: usize, by: usize) -> (usize, String) {
    let host = net.host(false);
    let interface = net.attach(host, link, 1500, &format!("10.{link}.0.{}/24", host + 1));
    net.route(host, "0.0.0.0/0", &format!("10.{link}.0.{}", by + 1), interface);
    (host, format!("10.{link}.0.{}:0", host + 1))
}

/// Whether an echo comes back.
fn pings(net: &mut Net, from: usize, to: &str) -> bool {
    let socket = net.stack(from).socket(Kind::Echo).unwrap();
    let now = net.now;
    let sent = net.stack(from).send_to(now, socket, b"there?", to.parse().unwrap());
    net.run(Duration::from_millis(100));
    let came = sent.is_ok() && net.received(from, socket).is_some();
    let now = net.now;
    net.stack(from).close(now, socket).unwrap();
    came
}

fn known(net: &Net, router: usize, network: &str) -> Option<Known> {
    let rip: &Rip = net.hosts[router].get().unwrap();
    rip.routes().find(|known| known.network == network.parse().unwrap())
}

fn metric(net: &Net, router: usize, network: &str) -> Option<u32> {
    known(net, router, network).map(|known| known.metric)
}

/// The routes of RIP that a router's stack has.
fn installed(net: &Net, router: usize) -> Vec<String> {
    let routes = net.hosts[router].stack.routes().iter().filter(|route| route.origin == RouteOrigin::Rip);
    routes.map(|route| format!("{} via {}", route.network, route.gateway.unwrap())).collect()
}

/// A message of RIP that was sent.
struct Said {
    time: Time,
    interface: InterfaceId,
    to: Ipv4Addr,
    ttl: u8,
    tos: u8,
    ports: (u16, u16),
    command: RipCommand,
    routes: Vec<Route>,
}

impl Said {
    fn metric(&self, network: &str) -> Option<u32> {
        let network: Ipv4Addr = network.parse().unwrap();
        self.routes.iter().find(|route| route.address == network).map(|route| route.metric)
    }
}

fn said(net: &Net, by: usize) -> Vec<Said> {
    let own = net.log.iter().filter(|sent| sent.host == by);
    own.filter_map(|sent| {
        let packet = Decoder::new().packet(Frame::ethernet(&sent.frame[..]));
        let (ip, udp, rip) = (packet.get::<Ipv4>()?, packet.get::<Udp>()?, packet.get::<rip::Rip>()?);
        Some(Said {
            time: sent.time,
            interface: sent.interface,
            to: ip.destination(),
            ttl: ip.ttl(),
            tos: ip.tos(),
            ports: (udp.source_port(), udp.destination_port()),
            command: rip.command(),
            routes: rip.routes().collect(),
        })
    })
    .collect()
}

fn route(network: &str, metric: u32) -> Route {
    let network: ipnet::Ipv4Net = network.parse().unwrap();
    Route { address: network.addr(), mask: network.netmask(), metric, ..Route::default() }
}

/// A router with one link, 10.1.0.1/24 on link 1, and nobody else: what it hears a test says.
fn alone(change: impl Fn(&mut Config)) -> Net {
    let mut net = Net::new();
    router(&mut net, &[1], change);
    net.run(SECOND);
    net.log.clear();
    net
}

/// A neighbour on link 1 says how far networks are.
fn says(net: &mut Net, from: &str, routes: &[Route]) {
    let response = routes.iter().fold(rip::Rip::response(), |message, route| message.route(route));
    says_message(net, from, (520, 520), response.bytes().unwrap());
}

fn says_message(net: &mut Net, from: &str, ports: (u16, u16), message: &[u8]) {
    let ip = Ipv4::new(from.parse().unwrap(), "224.0.0.9".parse().unwrap()).ttl(1);
    net.inject(0, 1, &(ip / Udp::new(ports.0, ports.1) / message));
}

fn counter(net: &Net, host: usize, name: &str) -> u64 {
    let mut found = None;
    for (_, service) in net.hosts[host].services() {
        service.figures(&mut |counter, value| {
            found = if counter == name { Some(value.number()) } else { found }
        });
    }
    found.expect("there is such a counter")
}
