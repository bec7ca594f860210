//! Hosts with all services that get any messages: from strangers, from clients, and as answers to what they have asked. They send only sound
//! frames, not without end, and do not want to be woken again and again at one instant.

use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};

use layercake::field::{Mac, Severity};
use layercake::packet::{Decoder, Frame};
use layercake::stack::service::dhcp::{self, DhcpClient, DhcpServer};
use layercake::stack::service::dns::{self, DnsServer, Resolver, Upstream, Zone};
use layercake::stack::service::http::client::Event;
use layercake::stack::service::http::{HttpClient, HttpServer, Pages};
use layercake::stack::service::rip::{self, Rip};
use layercake::stack::service::{Service, Small};
use layercake::stack::{Config, Errno, Host, InterfaceId, Kind, Medium, Node, SocketId, Stack, nat};
use layercake::time::Time;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::{self, Udp};

const ZONE: &str = "@ SOA ns a 1 1h 1h 1h 1h\n@ NS ns\nns A 192.0.2.1\n*.w TXT x\na CNAME b\nb CNAME a\nsub NS ns.sub\nns.sub A 192.0.2.3\n";

const LAN: InterfaceId = InterfaceId(1);
const WAN: InterfaceId = InterfaceId(2);
const STRANGER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);

/// The input is a row of steps: a byte that says which, and what it needs. A message has its length in front, two bytes.
pub fn any(data: &[u8]) {
    let Some((which, mut rest)) = data.split_first() else { return };
    if *which == 0xff {
        return zone(rest);
    }
    let mut net = Net::new(which & 1 != 0);
    while let Some((step, behind)) = rest.split_first() {
        rest = net.step(*step, behind);
        net.settle();
    }
}

/// Any text as a zone: it is one, or there is a mistake that lies in it.
fn zone(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Err(mistake) = Zone::parse(&text, "example.org") {
        assert!(mistake.span.start <= mistake.span.end && mistake.span.end <= text.len(), "{mistake:?}");
        assert!(!mistake.message.is_empty() && text.get(mistake.span.clone()).is_some(), "{mistake:?}");
    }
}

/// A router with servers, and a host with clients on its inside.
struct Net {
    now: Time,
    router: Host,
    station: Host,
    streams: Vec<SocketId>,
    /// The last message of each host to a port: from which port, and how it begins.
    asked: Option<(SocketAddr, SocketAddr, [u8; 4])>,
    leased: Option<[u8; 4]>,
}

fn host(now: Time, last: u8, interfaces: u8, config: Config) -> Host {
    let mut stack = Stack::new(Config { seed: last.into(), ..config });
    for number in 0..interfaces {
        let mac = Mac([2, 0, 0, 0, number, last]);
        stack.add_interface(now, format!("eth{number}"), Medium::Ethernet(mac), 1500).unwrap();
        let networks = [format!("192.0.2.{last}/24"), format!("203.0.113.{last}/24")];
        stack
            .add_address(
                now,
                InterfaceId(u16::from(number) + 1),
                networks[usize::from(number)].parse().unwrap(),
            )
            .unwrap();
    }
    Host::from(stack)
}

impl Net {
    fn new(lease: bool) -> Self {
        let now = Time::new(1, 0);
        let quiet = || {
            let mut config = Config::default();
            config.neighbour.link_local = false;
            config
        };
        let mut router = host(now, 1, 2, Config { router: true, ..quiet() });
        router.stack.set_nat(Some(nat::Config::new(WAN))).unwrap();
        let mut station = host(now, 2, if lease { 0 } else { 1 }, quiet());
        if lease {
            station
                .stack
                .add_interface(now, "eth0", Medium::Ethernet(Mac([2, 0, 0, 0, 0, 2])), 1500)
                .unwrap();
        }
        for (host, other, mac) in [(&mut router, "192.0.2.2", 2), (&mut station, "192.0.2.1", 1)] {
            host.stack.add_neighbour(now, LAN, other.parse().unwrap(), Mac([2, 0, 0, 0, 0, mac])).unwrap();
            host.stack.add_neighbour(now, LAN, STRANGER.into(), Mac([2, 0, 0, 0, 0, 9])).unwrap();
        }
        let mut pages = Pages::default();
        pages.insert("/", "text/plain", vec![b'x'; 5_000]);
        let subnet = dhcp::server::Subnet::new(
            "192.0.2.0/24".parse().unwrap(),
            [[192, 0, 2, 100].into(), [192, 0, 2, 120].into()],
        );
        let subnets = vec![subnet];
        let config = dhcp::server::Config { subnets, authoritative: true, ..dhcp::server::Config::default() };
        start(&mut router, now, DhcpServer::new(config));
        start(&mut router, now, DnsServer::new(vec![Zone::parse(ZONE, "example.org").unwrap()]));
        start(&mut router, now, HttpServer::new(pages));
        start(&mut router, now, Rip::new(rip::Config::new([LAN])));
        start(&mut router, now, Small::echo());
        let upstream = Upstream::Servers(vec![SocketAddr::new(STRANGER.into(), 53)]);
        start(&mut station, now, Resolver::new(dns::resolver::Config::new(upstream)));
        start(&mut station, now, HttpClient::default());
        if lease {
            start(&mut station, now, DhcpClient::new(LAN, dhcp::client::Config::default()));
        }
        Self { now, router, station, streams: Vec::new(), asked: None, leased: None }
    }

    fn step<'d>(&mut self, step: u8, data: &'d [u8]) -> &'d [u8] {
        let now = self.now;
        let high = usize::from(step >> 4);
        match step & 15 {
            0..=3 => {
                let (message, rest) = counted(data);
                let port = [53, 67, 520, 7][high % 4];
                let from = [53, 68, 520, 5_000][(high / 4) % 4];
                let to = if port == 67 { Ipv4Addr::BROADCAST } else { [192, 0, 2, 1].into() };
                self.datagram(true, (STRANGER, from), (to, port), message);
                return rest;
            }
            4 | 5 => {
                let (message, rest) = counted(data);
                let Some((socket, station)) = self.streams.last().map(|socket| (*socket, &mut self.station))
                else {
                    return rest;
                };
                let _ = station.stack.send(now, socket, message);
                return rest;
            }
            6 => {
                let (name, rest) = counted(data);
                let text = String::from_utf8_lossy(name);
                if let (Ok(name), Some((stack, resolver))) = (text.parse(), self.station.with::<Resolver>()) {
                    let _ = resolver.resolve(now, stack, &name, layercake::names::DnsType(high as u16));
                }
                return rest;
            }
            7 => {
                // An answer: the number is that of the question.
                let (message, rest) = counted(data);
                if let Some((from, to, [a, b, ..])) = self.asked {
                    let mut message = message.to_vec();
                    message.splice(..message.len().min(2), [a, b]);
                    let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else { return rest };
                    self.datagram(false, (*to.ip(), to.port()), (*from.ip(), from.port()), &message);
                }
                return rest;
            }
            8 => {
                let (message, rest) = counted(data);
                if let Some(id) = self.leased {
                    let mut message = message.to_vec();
                    if message.len() >= 8 {
                        message[4..8].copy_from_slice(&id);
                    }
                    self.datagram(false, ([192, 0, 2, 1].into(), 67), (Ipv4Addr::BROADCAST, 68), &message);
                }
                return rest;
            }
            9 => self.now += Duration::from_micros(1 << high),
            10 => self.now += Duration::from_millis(1 << high),
            11 => {
                let socket = self.station.stack.socket(Kind::Stream).unwrap();
                let port = [80, 53, 7, 80][high % 4];
                if self
                    .station
                    .stack
                    .connect(now, socket, SocketAddr::new([192, 0, 2, 1].into(), port))
                    .is_ok()
                {
                    self.streams.push(socket);
                }
            }
            12 => {
                if let Some(socket) = self.streams.pop() {
                    let _ = self.station.stack.close(now, socket);
                }
            }
            13 => {
                if let Some((stack, client)) = self.station.with::<HttpClient>() {
                    let request = ["http://a/", "http://a/none", "http://a:7/"][high % 3].parse().unwrap();
                    let to = SocketAddr::new([192, 0, 2, 1].into(), if high % 3 == 2 { 7 } else { 80 });
                    let _ = client.get(now, stack, to, &request);
                }
            }
            // A frame to the router, from inside or outside.
            _ => {
                let (frame, rest) = counted(data);
                let mut packet = Decoder::new().packet(Frame::ethernet(frame.to_vec()));
                let number = step & 1;
                if frame.len() >= Ethernet::LEN {
                    let _ = packet.set(&layercake::wire::ethernet::DESTINATION, Mac([2, 0, 0, 0, number, 1]));
                }
                packet.fix_checksums();
                self.router.on_frame(now, InterfaceId(u16::from(number) + 1), packet.bytes());
                return rest;
            }
        }
        data
    }

    fn datagram(&mut self, to_router: bool, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), message: &[u8]) {
        let (host, mac) = if to_router { (&mut self.router, 1) } else { (&mut self.station, 2) };
        let ethernet = Ethernet::new(Mac([2, 0, 0, 0, 0, 9]), Mac([2, 0, 0, 0, 0, mac]));
        let ethernet = if to.0.is_broadcast() { ethernet.destination(Mac([0xff; 6])) } else { ethernet };
        let frame = ethernet / Ipv4::new(from.0, to.0) / Udp::new(from.1, to.1) / message;
        if let Ok(frame) = frame.to_vec() {
            host.on_frame(self.now, LAN, &frame);
        }
    }

    /// All that follows at once comes to an end.
    fn settle(&mut self) {
        for _ in 0..400 {
            self.read();
            let mut crossing = Vec::new();
            let now = self.now;
            let next = [
                self.router
                    .turn(now, &mut |sent: &layercake::stack::Transmit| crossing.push((0, sent.clone()))),
                self.station
                    .turn(now, &mut |sent: &layercake::stack::Transmit| crossing.push((1, sent.clone()))),
            ];
            assert!(crossing.len() < 20_000, "they send without end");
            let silent = crossing.is_empty();
            for (host, sent) in crossing {
                self.check(&sent.frame, &sent.reason.to_string());
                match (host, sent.interface) {
                    (0, LAN) => self.station.on_frame(now, LAN, &sent.frame),
                    (1, _) => self.router.on_frame(now, LAN, &sent.frame),
                    _ => {}
                }
            }
            for host in [&mut self.router, &mut self.station] {
                while let Some((_, _, sentence)) = host.poll_notice() {
                    assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
                }
            }
            if silent && next.iter().flatten().all(|due| *due > now) {
                return;
            }
        }
        panic!("they do not come to rest at one instant");
    }

    /// What the programs of the station read.
    fn read(&mut self) {
        let now = self.now;
        let mut chunk = [0; 3000];
        for socket in &self.streams {
            while matches!(self.station.stack.recv(now, *socket, &mut chunk), Ok(1..)) {}
        }
        let Some((stack, client)) = self.station.with::<HttpClient>() else { return };
        let mut events = 0;
        while let Some((id, event)) = client.poll() {
            events += 1;
            assert!(events < 1_000, "events without end");
            if event == Event::Body {
                loop {
                    match client.read(now, stack, id, &mut chunk) {
                        Ok(1..) => {}
                        Ok(_) | Err(Errno::EAGAIN) => break,
                        Err(_) => break,
                    }
                }
            }
        }
        if let Some((_, resolver)) = self.station.with::<Resolver>() {
            while resolver.poll_answer().is_some() {}
        }
    }

    fn check(&mut self, frame: &[u8], reason: &str) {
        let packet = Decoder::new().packet(Frame::ethernet(frame));
        // What an error quotes, and what a router passes on, is as it came.
        let own = |code: &str| !code.starts_with("icmp") || code.ends_with("checksum.bad");
        let wrong = packet
            .findings()
            .find(|finding| finding.severity == Severity::Error && finding.layer < 3 && own(finding.code));
        assert!(reason == "forwarded" || wrong.is_none(), "{wrong:?} in what it sends: {reason}");
        let Some((from, to)) = packet.get::<Ipv4<_>>().map(|ip| (ip.source(), ip.destination())) else {
            return;
        };
        let Some(udp) = packet.get::<Udp<_>>() else { return };
        let (source, destination) = (udp.source_port(), udp.destination_port());
        let at = packet.bytes().windows(8).position(|window| {
            udp::SOURCE_PORT.read(window) == Some(source)
                && udp::DESTINATION_PORT.read(window) == Some(destination)
        });
        let Some(message) = at.and_then(|at| packet.bytes().get(at + 8..)) else { return };
        if let (53, Some(id)) = (destination, message.first_chunk::<4>()) {
            self.asked = Some((SocketAddr::new(from.into(), source), SocketAddr::new(to.into(), 53), *id));
        }
        if let (67, Some(id)) = (destination, message.get(4..8)) {
            self.leased = id.try_into().ok();
        }
    }
}

fn start(host: &mut Host, now: Time, service: impl Service) {
    host.start(now, service).unwrap();
}

/// A message with its length in front.
fn counted(data: &[u8]) -> (&[u8], &[u8]) {
    let Some(([high, low], rest)) = data.split_first_chunk::<2>() else { return (&[], &[]) };
    rest.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(rest.len()))
}
