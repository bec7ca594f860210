//! Two hosts with addresses, and data on its way between them.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use core::time::Duration;

use layercake::field::{Builder, Mac};
use layercake::link;
use layercake::packet::{Decoder, Frame, Part};
use layercake::sim::{Log, Net};
use layercake::stack::tcp::{Segment, Seq};
use layercake::stack::{self, DropReason, Errno, Event, InterfaceId, Kind, Medium, SocketId, Stack};
use layercake::time::Time;
use layercake::wire::ethernet::Ethernet;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::tcp::Tcp;

/// Hosts as they are by default, a wire of 5 ms.
pub fn hosts() -> Net<Stack, Log> {
    pair(|_| (), |link| link.delay = Duration::from_millis(5), 1)
}

/// Hosts and a wire, changed as a test wants them: 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2.
pub fn pair(
    change: impl Fn(&mut stack::Config),
    wire: impl Fn(&mut link::Config),
    seed: u64,
) -> Net<Stack, Log> {
    let hosts = [0, 1].map(|n| {
        let mut config = stack::Config { seed: seed + n, ..stack::Config::default() };
        config.neighbour.dad_transmits = 0;
        change(&mut config);
        config
    });
    let mut link = link::Config::default();
    wire(&mut link);
    let mut net = Net::pair(hosts, [&link, &link], seed).unwrap();
    for (host, last) in [(0, 1), (1, 2)] {
        net.address(host, format!("10.0.0.{last}/24").parse().unwrap()).unwrap();
        net.address(host, format!("fd00::{last}/64").parse().unwrap()).unwrap();
    }
    net
}

/// A connection from the first host to port 80 of the second: both ends.
pub fn connect(net: &mut Net<Stack, Log>, address: &str) -> (SocketId, SocketId) {
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, address.parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 10).unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, client, address.parse().unwrap()).unwrap();
    let until = net.now + Duration::from_secs(100);
    loop {
        match net.nodes[1].accept(listener) {
            Ok((server, _)) => return (client, server),
            Err(Errno::EAGAIN) => assert!(step(net, until), "no connection"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The next thing happens, unless it is later: whether one did.
pub fn step(net: &mut Net<Stack, Log>, until: Time) -> bool {
    net.settle();
    net.step(until).unwrap().is_some()
}

/// What has happened to a host.
pub fn events(net: &mut Net<Stack, Log>, host: usize) -> Vec<Event> {
    std::iter::from_fn(|| net.nodes[host].poll_event()).collect()
}

/// Sends data from one end to the other, which reads all the time; gives back what arrived.
pub fn transfer(
    net: &mut Net<Stack, Log>,
    from: (usize, SocketId),
    to: SocketId,
    data: &[u8],
    most: Duration,
) -> Vec<u8> {
    let (mut given, mut got) = (0, Vec::new());
    let until = net.now + most;
    let mut into = vec![0; 1 << 16];
    loop {
        let now = net.now;
        while given < data.len() {
            match net.nodes[from.0].send(now, from.1, &data[given..]) {
                Ok(taken) => given += taken,
                Err(_) => break,
            }
        }
        while let Ok(length @ 1..) = net.nodes[1 - from.0].recv(now, to, &mut into) {
            got.extend_from_slice(&into[..length]);
        }
        if got.len() >= data.len() || !step(net, until) {
            return got;
        }
    }
}

/// Bytes that tell their place.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n * 31 + n / 251 + n / 65_521) as u8).collect()
}

/// One host, 10.0.0.2 and fd00::2, and nothing else: what comes to it a test makes, as 10.0.0.1 and fd00::1, which it knows.
pub struct Alone {
    pub host: Stack,
    pub now: Time,
    pub interface: InterfaceId,
}

pub const OUR_MAC: Mac = Mac([2, 0, 0, 0, 0, 2]);
pub const THEIR_MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);

impl Alone {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl Fn(&mut stack::Config)) -> Self {
        let now = Time::new(1, 0);
        let mut config = stack::Config { seed: 7, ..stack::Config::default() };
        config.neighbour.dad_transmits = 0;
        config.neighbour.autoconfigure = false;
        change(&mut config);
        let mut host = Stack::new(config);
        let interface = host.add_interface(now, "eth0", Medium::Ethernet(OUR_MAC), 1500).unwrap();
        for network in ["10.0.0.2/24", "fd00::2/64"] {
            host.add_address(now, interface, network.parse().unwrap()).unwrap();
        }
        for neighbour in ["10.0.0.1", "fd00::1", "10.0.0.3"] {
            host.add_neighbour(now, interface, neighbour.parse().unwrap(), THEIR_MAC).unwrap();
        }
        let mut alone = Self { host, now, interface };
        alone.sends();
        alone.events();
        alone
    }

    /// An IP packet comes in a frame for it alone; what it sends then.
    pub fn gets(&mut self, packet: &impl Part) -> Vec<Vec<u8>> {
        self.gets_in(OUR_MAC, packet)
    }

    /// The same in a frame for somebody else, for a group, for all.
    pub fn gets_in(&mut self, to: Mac, packet: &impl Part) -> Vec<Vec<u8>> {
        let frame = (Ethernet::new(THEIR_MAC, to) / packet).to_vec().unwrap();
        self.host.on_frame(self.now, self.interface, &frame);
        self.sends()
    }

    /// A segment from port 1000 of 10.0.0.1 to port 80; the segments that it sends then.
    pub fn gets_segment(&mut self, tcp: Builder<Tcp>) -> Vec<Sent> {
        self.gets_segment_from("10.0.0.1:1000", tcp)
    }

    /// The same from somewhere else.
    pub fn gets_segment_from(&mut self, from: &str, tcp: Builder<Tcp>) -> Vec<Sent> {
        let from: SocketAddrV4 = from.parse().unwrap();
        let tcp = tcp.source_port(from.port()).destination_port(80);
        let frames = self.gets(&(Ipv4::new(*from.ip(), v4("10.0.0.2")) / tcp));
        frames.iter().filter_map(|frame| sent(frame)).collect()
    }

    pub fn sends(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.host.poll_transmit(self.now)).map(|transmit| transmit.frame).collect()
    }

    /// Goes on for so long, and gives back what was sent.
    pub fn waits(&mut self, span: Duration) -> Vec<Vec<u8>> {
        let until = self.now + span;
        let mut frames = self.sends();
        while let Some(next) = self.host.next_deadline().filter(|next| *next <= until) {
            self.now = next.max(self.now);
            self.host.on_deadline(self.now);
            frames.append(&mut self.sends());
        }
        self.now = until;
        frames
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.host.poll_event()).collect()
    }

    /// A listener on port 80.
    pub fn listens(&mut self, backlog: usize) -> SocketId {
        let listener = self.host.socket(Kind::Stream).unwrap();
        self.host.bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
        self.host.listen(listener, backlog).unwrap();
        listener
    }

    pub fn drops(&self, reason: DropReason) -> u64 {
        self.host.drops().of(reason)
    }
}

/// A segment without flags from a port that does not matter.
pub fn tcp(sequence: u32) -> Builder<Tcp> {
    Tcp::new(1000, 80).sequence(sequence).window(60_000)
}

pub fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

pub fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// What there is to know of a segment that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub seq: Seq,
    pub ack: Option<Seq>,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
    pub data: Vec<u8>,
    pub hop_limit: u8,
    pub traffic_class: u8,
}

/// The segment in a frame.
pub fn sent(frame: &[u8]) -> Option<Sent> {
    let packet = Decoder::new().packet(Frame::ethernet(frame));
    let tcp = packet.get::<Tcp>()?;
    let segment = Segment::read(packet.layer_bytes(&packet.transport()?))?;
    let (source, destination, hop_limit, traffic_class) = match (packet.get::<Ipv4>(), packet.get::<Ipv6>()) {
        (Some(ip), _) => (ip.source().into(), ip.destination().into(), ip.ttl(), ip.tos()),
        (_, Some(ip)) => (ip.source().into(), ip.destination().into(), ip.hop_limit(), ip.traffic_class()),
        _ => return None,
    };
    Some(Sent {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        seq: segment.seq,
        ack: segment.ack,
        syn: segment.syn,
        fin: segment.fin,
        rst: segment.rst,
        data: segment.data.to_vec(),
        hop_limit,
        traffic_class,
    })
}

/// The segments that a host of a pair has sent.
pub fn sent_by(net: &Net<Stack, Log>, host: usize) -> Vec<Sent> {
    let own = net.watch.entries.iter().filter(|entry| entry.node == host && entry.reason.is_some());
    own.filter_map(|entry| sent(&entry.frame)).collect()
}

/// The news that something did not arrive, and who said so.
pub fn undelivered(socket: SocketId, error: Errno, to: core::net::SocketAddr, by: &str) -> Event {
    Event::Undelivered { socket, error, to, by: by.parse().unwrap(), expired: false }
}

/// The same for what had passed too many routers.
pub fn expired(socket: SocketId, to: core::net::SocketAddr, by: &str) -> Event {
    Event::Undelivered { socket, error: Errno::EHOSTUNREACH, to, by: by.parse().unwrap(), expired: true }
}
