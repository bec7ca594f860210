//! Several hosts on one Ethernet segment, in virtual time; and what they say to each other in DNS.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use layercake::field::Mac;
use layercake::packet::{Decoder, Frame};
use layercake::stack::service::Service;
use layercake::stack::{Config, Host, InterfaceId, Kind, Medium, Node, SocketId, Stack};
use layercake::time::Time;
use layercake::wire::dns::{Dns, over_tcp::DnsOverTcp};
use layercake::wire::ipv4::Ipv4;
use layercake::wire::tcp::Tcp;

/// Whether a frame goes on.
type Rule = Box<dyn FnMut(&[u8]) -> bool>;

pub struct Net {
    pub hosts: Vec<Host>,
    interfaces: Vec<InterfaceId>,
    wire: BTreeMap<(Time, u64), (usize, Vec<u8>)>,
    sent: u64,
    now: Time,
    pub delay: Duration,
    rule: Option<Rule>,
    /// Every message of DNS that was sent, also those that were lost: `10.0.0.9 > 10.0.0.1: query www.example A`.
    pub talk: Vec<String>,
}

impl Net {
    /// A host for each of these rows of addresses; with `/0` all others are neighbours.
    pub fn new(hosts: &[&[&str]]) -> Self {
        let mut net = Self {
            hosts: Vec::new(),
            interfaces: Vec::new(),
            wire: BTreeMap::new(),
            sent: 0,
            now: Time::new(1, 0),
            delay: Duration::from_millis(1),
            rule: None,
            talk: Vec::new(),
        };
        for (number, addresses) in hosts.iter().enumerate() {
            let mut stack = Stack::new(Config { seed: number as u64 + 1, ..Config::default() });
            let mac = Medium::Ethernet(Mac([2, 0, 0, 0, 1, number as u8]));
            let interface = stack.add_interface(net.now, "eth0", mac, 1500).unwrap();
            for address in *addresses {
                stack.add_address(net.now, interface, address.parse().unwrap()).unwrap();
            }
            net.hosts.push(Host::from(stack));
            net.interfaces.push(interface);
        }
        net.run(Duration::from_secs(10));
        net
    }

    pub const fn now(&self) -> Time {
        self.now
    }

    pub fn start(&mut self, host: usize, service: impl Service) {
        self.hosts[host].start(self.now, service).unwrap();
    }

    /// From now on only frames of which this is true arrive.
    pub fn only(&mut self, rule: impl FnMut(&[u8]) -> bool + 'static) {
        self.rule = Some(Box::new(rule));
    }

    fn put(&mut self, from: usize, frame: &[u8]) {
        for to in (0..self.hosts.len()).filter(|to| *to != from) {
            self.sent += 1;
            self.wire.insert((self.now + self.delay, self.sent), (to, frame.to_vec()));
        }
    }

    pub fn flush(&mut self) {
        for host in 0..self.hosts.len() {
            while let Some(transmit) = self.hosts[host].poll_transmit(self.now) {
                if let Some(line) = dns(&transmit.frame) {
                    self.talk.push(line);
                }
                if self.rule.as_mut().is_none_or(|rule| rule(&transmit.frame)) {
                    self.put(host, &transmit.frame);
                }
            }
        }
    }

    fn step(&mut self, until: Time) -> bool {
        self.flush();
        let hosts = self.hosts.iter().filter_map(Node::next_deadline);
        let arrivals = self.wire.first_key_value().map(|((time, _), _)| *time);
        let Some(next) =
            hosts.chain(arrivals).min().map(|next| next.max(self.now)).filter(|next| *next <= until)
        else {
            return false;
        };
        self.now = next;
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= next) {
            let (to, frame) = entry.remove();
            self.hosts[to].on_frame(next, self.interfaces[to], &frame);
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
        let mut steps = 0;
        while self.step(until) {
            steps += 1;
            assert!(steps < 200_000, "no end of steps");
        }
        self.now = until;
    }

    /// A datagram from a host, and the answers that come within a second.
    pub fn ask(&mut self, host: usize, to: &str, message: &[u8]) -> Vec<Vec<u8>> {
        let to: SocketAddr = to.parse().unwrap();
        let now = self.now;
        let socket = self.hosts[host].stack.socket(Kind::Datagram).unwrap();
        self.hosts[host].stack.send_to(now, socket, message, to).unwrap();
        self.run(Duration::from_secs(1));
        let answers = self.received(host, socket);
        self.hosts[host].stack.close(self.now, socket).unwrap();
        answers
    }

    pub fn received(&mut self, host: usize, socket: SocketId) -> Vec<Vec<u8>> {
        let (mut all, mut room) = (Vec::new(), vec![0; 65_535]);
        while let Ok((length, _)) = self.hosts[host].stack.recv_from(socket, &mut room) {
            all.push(room[..length].to_vec());
        }
        all
    }

    pub fn counter(&self, host: usize, service: &str, name: &str) -> u64 {
        let mut found = None;
        for (_, running) in self.hosts[host].services().filter(|(_, running)| running.name() == service) {
            running.figures(&mut |counter, value| {
                if counter == name {
                    found = Some(value.number());
                }
            });
        }
        found.unwrap_or_else(|| panic!("{service} has no counter {name}"))
    }

    /// What was said since the last time.
    pub fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.talk)
    }
}

/// What a frame says in DNS.
fn dns(frame: &[u8]) -> Option<String> {
    let packet = Decoder::new().packet(Frame::ethernet(frame));
    let ip = packet.get::<Ipv4>()?;
    let (source, destination) = (IpAddr::from(ip.source()), IpAddr::from(ip.destination()));
    let over = if packet.get::<Tcp>().is_some() { " over TCP" } else { "" };
    let message = packet.get::<Dns>().or_else(|| packet.get::<DnsOverTcp>()?.message())?;
    let question = message.questions().next()?;
    let kind = if message.response() { "answer" } else { "query" };
    let name = question.name.to_string().to_ascii_lowercase();
    Some(format!("{source} > {destination}: {kind} {name} {}{over}", question.record_type))
}
