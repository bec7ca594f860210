//! Hosts and routers on links that several share: frames are handed over in the test, by the clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use layercake::field::{Mac, Severity};
use layercake::packet::{Decoder, Frame, Part};
use layercake::random::Random;
use layercake::stack::{Config, Errno, Host, InterfaceId, Kind, Medium, Node, Route, SocketId, Stack};
use layercake::time::Time;
use layercake::wire::ethernet::Ethernet;

pub const SECOND: Duration = Duration::from_secs(1);
const DELAY: Duration = Duration::from_millis(1);

/// A link: who is attached to it, whether anything passes, and how many of a thousand frames get lost.
#[derive(Default)]
pub struct Link {
    pub ends: Vec<(usize, InterfaceId)>,
    pub cut: bool,
    pub lost: u64,
}

/// A frame that was sent.
pub struct Sent {
    pub time: Time,
    pub host: usize,
    pub interface: InterfaceId,
    pub frame: Vec<u8>,
}

/// Hosts and the links that they are attached to: what one sends on a link reaches all others there.
pub struct Net {
    pub now: Time,
    pub hosts: Vec<Host>,
    pub links: Vec<Link>,
    pub log: Vec<Sent>,
    /// Every frame has to be right in every layer.
    pub checked: bool,
    flying: BTreeMap<(Time, u64), (usize, InterfaceId, Vec<u8>)>,
    count: u64,
    random: Random,
}

impl Net {
    pub fn new() -> Self {
        let (hosts, links, log, flying) = Default::default();
        let (now, random) = (Time::new(1, 0), Random::new(7));
        Self { now, hosts, links, log, checked: true, flying, count: 0, random }
    }

    pub fn host(&mut self, router: bool) -> usize {
        let mut config = Config { seed: self.hosts.len() as u64 + 1, router, ..Config::default() };
        config.neighbour.dad_transmits = 0;
        config.neighbour.autoconfigure = false;
        self.hosts.push(Host::from(Stack::new(config)));
        self.hosts.len() - 1
    }

    /// Attaches a host to a link with an address.
    pub fn attach(&mut self, host: usize, link: usize, mtu: u32, address: &str) -> InterfaceId {
        let stack = &mut self.hosts[host].stack;
        let medium = Medium::Ethernet(mac(host, link));
        let interface = stack.add_interface(self.now, format!("eth{link}"), medium, mtu).unwrap();
        stack.add_address(self.now, interface, address.parse().unwrap()).unwrap();
        while self.links.len() <= link {
            self.links.push(Link::default());
        }
        self.links[link].ends.push((host, interface));
        interface
    }

    pub fn route(&mut self, host: usize, to: &str, by: &str, interface: InterfaceId) {
        let route = Route::via(to.parse().unwrap(), by.parse().unwrap(), interface);
        self.hosts[host].stack.add_route(route).unwrap();
    }

    fn flush(&mut self) {
        for host in 0..self.hosts.len() {
            while let Some(transmit) = self.hosts[host].poll_transmit(self.now) {
                let (interface, frame) = (transmit.interface, transmit.frame);
                if self.checked {
                    assert_sound(&frame);
                }
                let link = self.links.iter().find(|link| link.ends.contains(&(host, interface))).unwrap();
                for (to, by) in link.ends.iter().filter(|(to, _)| *to != host && !link.cut) {
                    self.count += 1;
                    if link.lost == 0 || self.random.below(1000) >= link.lost {
                        self.flying.insert((self.now + DELAY, self.count), (*to, *by, frame.clone()));
                    }
                }
                self.log.push(Sent { time: self.now, host, interface, frame });
            }
        }
    }

    /// Goes on to what happens next, unless that is later. `false` if nothing happens before that.
    pub fn step(&mut self, until: Time) -> bool {
        self.flush();
        let due = self.hosts.iter().filter_map(Node::next_deadline);
        let arrives = self.flying.keys().next().map(|(at, _)| *at);
        let next = due.chain(arrives).min().map(|next| next.max(self.now));
        let Some(next) = next.filter(|next| *next <= until) else { return false };
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

    pub fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }

    /// A host gets an IP packet from a station that there is not, by its interface to a link.
    pub fn inject(&mut self, host: usize, link: usize, packet: &impl Part) {
        let frame = (Ethernet::new(Mac([2, 9, 9, 9, 9, 9]), mac(host, link)) / packet).to_vec().unwrap();
        let (_, interface) = *self.links[link].ends.iter().find(|(there, _)| *there == host).unwrap();
        self.hosts[host].on_frame(self.now, interface, &frame);
    }

    pub fn stack(&mut self, host: usize) -> &mut Stack {
        &mut self.hosts[host].stack
    }

    /// A socket for datagrams on a port, 0 for any.
    pub fn udp(&mut self, host: usize, port: u16) -> SocketId {
        let socket = self.stack(host).socket(Kind::Datagram).unwrap();
        self.stack(host).bind(socket, SocketAddr::new([0, 0, 0, 0].into(), port)).unwrap();
        socket
    }

    /// Sends a datagram, and gives it time to arrive.
    pub fn send(&mut self, host: usize, socket: SocketId, data: &[u8], to: &str) {
        let now = self.now;
        self.stack(host).send_to(now, socket, data, to.parse().unwrap()).unwrap();
        self.run(Duration::from_millis(20));
    }

    /// What has come, and from where.
    pub fn received(&mut self, host: usize, socket: SocketId) -> Option<(Vec<u8>, String)> {
        let mut into = vec![0; 65_536];
        loop {
            match self.stack(host).recv_from(socket, &mut into) {
                Ok((length, origin)) => return Some((into[..length].to_vec(), origin.address.to_string())),
                Err(Errno::EAGAIN) => return None,
                Err(_) => {}
            }
        }
    }

    /// Where a datagram from a host comes from as another one sees it, if it comes there.
    pub fn seen(&mut self, from: (usize, SocketId), to: (usize, SocketId), at: &str) -> Option<String> {
        self.send(from.0, from.1, b"who am I", at);
        self.received(to.0, to.1).map(|(_, from)| from)
    }

    pub fn listen(&mut self, host: usize, at: &str) -> SocketId {
        let listener = self.stack(host).socket(Kind::Stream).unwrap();
        self.stack(host).bind(listener, at.parse().unwrap()).unwrap();
        self.stack(host).listen(listener, 10).unwrap();
        listener
    }

    /// A connection to a listener of another host: both ends, and where the other end sees it come from.
    pub fn connect(
        &mut self,
        from: usize,
        to: &str,
        listener: (usize, SocketId),
    ) -> (SocketId, SocketId, String) {
        let client = self.stack(from).socket(Kind::Stream).unwrap();
        let now = self.now;
        self.stack(from).connect(now, client, to.parse().unwrap()).unwrap();
        self.run(SECOND);
        let (server, peer) = self.stack(listener.0).accept(listener.1).expect("a connection");
        (client, server, peer.to_string())
    }

    /// Data from one end to the other.
    pub fn transfer(&mut self, from: (usize, SocketId), to: (usize, SocketId), data: &[u8]) {
        let (mut given, mut got) = (0, Vec::new());
        let until = self.now + SECOND * 600;
        let mut into = vec![0; 65_536];
        while got.len() < data.len() {
            let now = self.now;
            while given < data.len()
                && let Ok(taken) = self.stack(from.0).send(now, from.1, &data[given..])
            {
                given += taken;
            }
            while let Ok(length @ 1..) = self.stack(to.0).recv(now, to.1, &mut into) {
                got.extend_from_slice(&into[..length]);
            }
            assert!(got.len() == data.len() || self.step(until), "{} of {} bytes", got.len(), data.len());
        }
        assert!(got == data, "other bytes");
    }
}

/// Bytes that tell their place.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n * 31 + n / 251 + n / 65_521) as u8).collect()
}

pub fn mac(host: usize, link: usize) -> Mac {
    Mac([2, 0, 0, 0, host as u8, link as u8])
}

/// No checksum is wrong, no length, nothing; of the checksums etherparse thinks so too.
pub fn assert_sound(frame: &[u8]) {
    use etherparse::{NetSlice, SlicedPacket, TransportSlice};
    let sliced = SlicedPacket::from_ethernet(frame).unwrap();
    if let Some(NetSlice::Ipv4(ip)) = &sliced.net {
        let header = ip.header().to_header();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        match &sliced.transport {
            Some(TransportSlice::Udp(udp)) => {
                let right = udp.to_header().calc_checksum_ipv4(&header, udp.payload()).unwrap();
                assert_eq!(udp.checksum(), right);
            }
            Some(TransportSlice::Tcp(tcp)) => {
                assert_eq!(
                    tcp.checksum(),
                    tcp.calc_checksum_ipv4(header.source, header.destination).unwrap()
                );
            }
            Some(TransportSlice::Icmpv4(icmp)) => {
                assert_eq!(icmp.checksum(), icmp.icmp_type().calc_checksum(icmp.payload()));
            }
            _ => {}
        }
    }

    let packet = Decoder::new().packet(Frame::ethernet(frame));
    let wrong: Vec<String> = packet
        .findings()
        .filter(|finding| finding.severity != Severity::Note)
        .map(|finding| format!("{finding:?}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?} in {:02x?}", &frame[..frame.len().min(80)]);
}
