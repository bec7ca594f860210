//! Stations on links that say DHCP to each other; and one host alone, to which the test says what it wants.

use std::net::Ipv4Addr;
use std::time::Duration;

use layercake::field::{Builder, Mac};
use layercake::names::{DhcpMessageType, DhcpOption};
use layercake::packet::{Decoder, Frame};
use layercake::stack::service::Service;
use layercake::stack::{Config, Host, InterfaceId, Medium, Node, Stack};
use layercake::time::Time;
use layercake::wire::dhcp::Dhcp;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::Udp;

use super::wires::{Link, Net, Sent};

impl Net {
    /// A host with one interface without address, on a link. The last byte of its Ethernet address counts hosts from 1.
    pub fn station(&mut self, link: usize) -> usize {
        self.seeded(link, self.hosts.len() as u64 + 1)
    }

    /// The same with a seed of its own.
    pub fn seeded(&mut self, link: usize, seed: u64) -> usize {
        let mut config = Config { seed, ..Config::default() };
        config.neighbour.link_local = false;
        let mut stack = Stack::new(config);
        let host = self.hosts.len();
        let medium = Medium::Ethernet(Mac([2, 0, 0, 0, 0, host as u8 + 1]));
        let interface = stack.add_interface(self.now, "eth0", medium, 1500).unwrap();
        self.hosts.push(Host::from(stack));
        self.plug(host, interface, link);
        host
    }

    /// The same with an address.
    pub fn station_at(&mut self, link: usize, address: &str) -> usize {
        let host = self.station(link);
        self.address(host, address);
        host
    }

    /// Gives the first interface of a host an address.
    pub fn address(&mut self, host: usize, address: &str) {
        let address = address.parse().unwrap();
        self.hosts[host].stack.add_address(self.now, InterfaceId(1), address).unwrap();
    }

    /// Puts the cable of an interface into another link.
    pub fn plug(&mut self, host: usize, interface: InterfaceId, link: usize) {
        self.unplug(host, interface);
        while self.links.len() <= link {
            self.links.push(Link::default());
        }
        self.links[link].ends.push((host, interface));
    }

    /// Pulls it; the host does not notice.
    pub fn unplug(&mut self, host: usize, interface: InterfaceId) {
        for link in &mut self.links {
            link.ends.retain(|end| *end != (host, interface));
        }
    }

    pub fn start(&mut self, host: usize, service: impl Service) {
        self.hosts[host].start(self.now, service).unwrap();
    }

    /// Goes on for so many seconds.
    pub fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// What the services of a host have said.
    pub fn notices(&mut self, host: usize) -> Vec<String> {
        std::iter::from_fn(|| self.hosts[host].poll_notice()).map(|(_, _, notice)| notice).collect()
    }

    /// The DHCP messages that were sent since this was asked last.
    pub fn dhcp(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.log).iter().filter_map(Message::read).collect()
    }
}

/// A DHCP message, and how it was sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub time: Time,
    pub macs: (Mac, Mac),
    pub ips: (Ipv4Addr, Ipv4Addr),
    pub ports: (u16, u16),
    pub bytes: Vec<u8>,
}

impl Message {
    pub fn read(sent: &Sent) -> Option<Self> {
        let packet = Decoder::new().packet(Frame::ethernet(&*sent.frame));
        let (ethernet, ip, udp) = (packet.get::<Ethernet>()?, packet.get::<Ipv4>()?, packet.get::<Udp>()?);
        packet.get::<Dhcp>()?;
        assert_eq!(packet.findings().count(), 0, "{:?}", packet.findings().collect::<Vec<_>>());
        Some(Self {
            time: sent.time,
            macs: (ethernet.source(), ethernet.destination()),
            ips: (ip.source(), ip.destination()),
            ports: (udp.source_port(), udp.destination_port()),
            bytes: sent.frame[42..].to_vec(),
        })
    }

    pub fn dhcp(&self) -> Dhcp<&[u8]> {
        Dhcp::view(self.bytes.as_slice()).unwrap()
    }

    pub fn kind(&self) -> DhcpMessageType {
        self.dhcp().message_type().unwrap()
    }

    /// The codes of its options, in order.
    pub fn codes(&self) -> Vec<u16> {
        self.dhcp().options().map(|item| item.kind).collect()
    }

    pub fn option(&self, code: DhcpOption) -> Option<Vec<u8>> {
        self.dhcp().option(code).map(<[u8]>::to_vec)
    }
}

/// What kinds of messages they are.
pub fn kinds(messages: &[Message]) -> Vec<DhcpMessageType> {
    messages.iter().map(Message::kind).collect()
}

/// One host with a service, whose frames go to the test, and to which the test says what it wants. It is 10.0.0.1 if it has an address.
pub struct Lone {
    pub now: Time,
    pub host: Host,
    /// Identifiers of the echo requests that it has sent.
    pub pinged: Vec<u16>,
}

pub const OWN: Mac = Mac([2, 0, 0, 0, 0, 1]);

impl Lone {
    pub fn new(address: Option<&str>, service: impl Service) -> Self {
        let now = Time::new(1, 0);
        let mut config = Config { seed: 1, ..Config::default() };
        config.neighbour.link_local = false;
        let mut stack = Stack::new(config);
        let interface = stack.add_interface(now, "eth0", Medium::Ethernet(OWN), 1500).unwrap();
        if let Some(address) = address {
            stack.add_address(now, interface, address.parse().unwrap()).unwrap();
        }
        let mut host = Host::from(stack);
        host.start(now, service).unwrap();
        Self { now, host, pinged: Vec::new() }
    }

    /// A message comes; the frames that were sent then, at once.
    pub fn gets(
        &mut self,
        macs: (Mac, Mac),
        ips: (&str, &str),
        ports: (u16, u16),
        bytes: &[u8],
    ) -> Vec<Message> {
        let ip = Ipv4::new(ips.0.parse().unwrap(), ips.1.parse().unwrap());
        let frame =
            (Ethernet::new(macs.0, macs.1) / ip / Udp::new(ports.0, ports.1) / bytes).to_vec().unwrap();
        self.frame(&frame);
        self.run(Duration::ZERO)
    }

    /// The same of what a client without address says to all.
    pub fn hears(&mut self, message: &Builder<Dhcp>) -> Vec<Message> {
        let bytes = message.bytes().unwrap();
        let mac = Dhcp::view(bytes).unwrap().mac();
        self.gets((mac, Mac::BROADCAST), ("0.0.0.0", "255.255.255.255"), (68, 67), bytes)
    }

    pub fn frame(&mut self, frame: &[u8]) {
        self.host.on_frame(self.now, InterfaceId(1), frame);
    }

    /// Goes on for so long; the messages that were sent.
    pub fn run(&mut self, span: Duration) -> Vec<Message> {
        let sent = self.frames(span);
        sent.iter().filter_map(Message::read).collect()
    }

    /// The same with all frames.
    pub fn frames(&mut self, span: Duration) -> Vec<Sent> {
        let until = self.now + span;
        let mut sent = Vec::new();
        loop {
            while let Some(transmit) = self.host.poll_transmit(self.now) {
                let packet = Decoder::new().packet(Frame::ethernet(&*transmit.frame));
                let echo = packet.get::<Icmpv4>().and_then(|icmp| icmp.echo());
                self.pinged.extend(echo.map(|(identifier, _)| identifier));
                let (interface, frame) = (transmit.interface, transmit.frame);
                sent.push(Sent { time: self.now, host: 0, interface, frame });
            }
            let next = self.host.next_deadline().map(|next| next.max(self.now));
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = next;
            self.host.on_deadline(next);
        }
        self.now = until;
        sent
    }
}
