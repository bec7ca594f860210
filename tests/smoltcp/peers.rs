//! A stack of ours, one of theirs, and the wire between them.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use layercake::field::Mac;
use layercake::link::{self, Link};
use layercake::stack::{self, Errno, InterfaceId, Kind, Medium, SocketId, Stack};
use layercake::time::Time;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy;
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use crate::soundness::is_sound;

/// Ours is 10.0.0.1 and fd00::1, theirs 10.0.0.2 and fd00::2.
pub struct Peers {
    pub ours: Stack,
    pub theirs: Interface,
    pub sockets: SocketSet<'static>,
    pub now: Time,
    interface: InterfaceId,
    device: Device,
    /// What we send goes by the first, what they send by the second.
    links: [Link<Vec<u8>>; 2],
}

/// Frames that have come to theirs, and that it has sent.
#[derive(Default)]
struct Device {
    come: VecDeque<Vec<u8>>,
    sent: VecDeque<Vec<u8>>,
}

pub struct RxToken(Vec<u8>);
pub struct TxToken<'d>(&'d mut VecDeque<Vec<u8>>);

impl phy::RxToken for RxToken {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.push_back(frame);
        result
    }
}

impl phy::Device for Device {
    type RxToken<'d> = RxToken;
    type TxToken<'d> = TxToken<'d>;

    fn receive(&mut self, _: Instant) -> Option<(RxToken, TxToken<'_>)> {
        self.come.pop_front().map(|frame| (RxToken(frame), TxToken(&mut self.sent)))
    }

    fn transmit(&mut self, _: Instant) -> Option<TxToken<'_>> {
        Some(TxToken(&mut self.sent))
    }

    fn capabilities(&self) -> phy::DeviceCapabilities {
        let mut capabilities = phy::DeviceCapabilities::default();
        capabilities.medium = phy::Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

fn instant(now: Time) -> Instant {
    Instant::from_micros((now.nanoseconds() / 1000) as i64)
}

impl Peers {
    pub fn new(tcp: stack::tcp::Config, wire: &link::Config, seed: u64) -> Self {
        let now = Time::new(1, 0);
        let mut config = stack::Config { seed, tcp, ..stack::Config::default() };
        config.neighbour.dad_transmits = 0;
        let mut ours = Stack::new(config);
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        let interface = ours.add_interface(now, "eth0", Medium::Ethernet(mac), 1500).unwrap();
        for network in ["10.0.0.1/24", "fd00::1/64"] {
            ours.add_address(now, interface, network.parse().unwrap()).unwrap();
        }
        let mut device = Device::default();
        let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 2]).into());
        config.random_seed = seed;
        let mut theirs = Interface::new(config, &mut device, instant(now));
        theirs.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, 2), 24)).unwrap();
            addresses.push(IpCidr::new(IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, 2), 64)).unwrap();
        });
        let links = [Link::new(wire, seed), Link::new(wire, seed + 1)];
        Self { ours, theirs, sockets: SocketSet::new(vec![]), now, interface, device, links }
    }

    /// Puts on the wire what there is to send.
    fn flush(&mut self) {
        while let Some(transmit) = self.ours.poll_transmit(self.now) {
            if let Err(error) = is_sound(&transmit.frame) {
                panic!("{}: {error}: {:02x?}", transmit.reason, transmit.frame);
            }
            self.links[0].send(self.now, transmit.frame);
        }
        self.theirs.poll(instant(self.now), &mut self.device, &mut self.sockets);
        for frame in self.device.sent.drain(..) {
            self.links[1].send(self.now, frame);
        }
    }

    /// Goes on to what happens next, unless that is later than `until`.
    pub fn step(&mut self, until: Time) -> bool {
        self.flush();
        let theirs = self.theirs.poll_at(instant(self.now), &self.sockets);
        // They count in microseconds, and are to be asked again some time after they said "now".
        let soonest = self.now + Duration::from_micros(10);
        let theirs = theirs.map(|at| Time::from_nanoseconds(at.total_micros() as u64 * 1000).max(soonest));
        let links = self.links.iter().filter_map(Link::next_deadline);
        let next = links.chain(self.ours.next_deadline()).chain(theirs).min().map(|next| next.max(self.now));
        let Some(next) = next.filter(|next| *next <= until) else { return false };
        self.now = next;
        while let Some(delivery) = self.links[0].poll_deliver(next) {
            self.device.come.push_back(delivery.frame);
        }
        while let Some(delivery) = self.links[1].poll_deliver(next) {
            self.ours.on_frame(delivery.time, self.interface, &delivery.frame);
        }
        if self.ours.next_deadline().is_some_and(|due| due <= next) {
            self.ours.on_deadline(next);
        }
        // What has come is theirs to read only now.
        self.flush();
        true
    }

    pub fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }

    /// A socket of theirs for streams.
    pub fn their_stream(&mut self, buffer: usize) -> SocketHandle {
        let room = || tcp::SocketBuffer::new(vec![0; buffer]);
        self.sockets.add(tcp::Socket::new(room(), room()))
    }

    pub fn stream(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// They open a connection to us.
    pub fn they_connect(&mut self, handle: SocketHandle, to: SocketAddr) {
        let cx = self.theirs.context();
        self.sockets.get_mut::<tcp::Socket>(handle).connect(cx, to, 40_000).unwrap();
    }

    /// A connection: who opens it, over which family.
    pub fn open(&mut self, we: bool, six: bool, handle: SocketHandle) -> SocketId {
        let until = self.now + Duration::from_secs(60);
        if we {
            self.stream(handle).listen(80).unwrap();
            let socket = self.ours.socket(Kind::Stream).unwrap();
            self.ours.connect(self.now, socket, SocketAddr::new(theirs(six), 80)).unwrap();
            while self.stream(handle).state() != tcp::State::Established {
                assert!(self.step(until), "no connection");
            }
            return socket;
        }
        let listener = self.ours.socket(Kind::Stream).unwrap();
        self.ours.bind(listener, SocketAddr::new(ours(six), 80)).unwrap();
        self.ours.listen(listener, 1).unwrap();
        self.they_connect(handle, SocketAddr::new(ours(six), 80));
        loop {
            match self.ours.accept(listener) {
                Ok((socket, _)) => return socket,
                Err(error) => assert!(error == Errno::EAGAIN && self.step(until), "no connection: {error}"),
            }
        }
    }
}

pub fn ours(six: bool) -> IpAddr {
    if six { "fd00::1" } else { "10.0.0.1" }.parse().unwrap()
}

pub fn theirs(six: bool) -> IpAddr {
    if six { "fd00::2" } else { "10.0.0.2" }.parse().unwrap()
}
