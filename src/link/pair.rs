//! Two hosts and the wire between them, in virtual time: what tests of a stack need.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Config, Delivery, Event, Link};
use crate::field::Mac;
use crate::stack::service::Service;
use crate::stack::{self, Errno, Host, InterfaceId, Medium, Node, Reason, ServiceId, Stack};
use crate::time::Time;

/// Two hosts, each with one interface `eth0`, and a wire between them that does in each direction what its configuration says.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{self, Pair};
/// use layercake::stack::{self, Event, Kind};
///
/// let wire = || link::Config { delay: Duration::from_millis(10), ..link::Config::default() };
/// let mut pair = Pair::new([stack::Config::default(), stack::Config::default()], [wire(), wire()], 1)?;
/// pair.address(0, "192.0.2.1/24".parse()?)?;
/// pair.address(1, "192.0.2.2/24".parse()?)?;
///
/// let server = pair.hosts[1].socket(Kind::Datagram)?;
/// pair.hosts[1].bind(server, "192.0.2.2:7".parse()?)?;
/// let client = pair.hosts[0].socket(Kind::Datagram)?;
/// pair.hosts[0].send_to(pair.now(), client, b"hello", "192.0.2.2:7".parse()?)?;
/// pair.run(Duration::from_millis(100));
///
/// let mut message = [0; 100];
/// let (length, from) = pair.hosts[1].recv_from(server, &mut message)?;
/// assert_eq!((&message[..length], from.address.ip()), (&b"hello"[..], "192.0.2.1".parse()?));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pair<N = Stack> {
    /// The hosts.
    pub hosts: [N; 2],
    /// What the first sends goes by the first, what the second sends by the second.
    pub links: [Link<Vec<u8>>; 2],
    /// Every frame that was sent or has arrived, in order, if [`Pair::record`] was called.
    pub log: Vec<Entry>,
    interfaces: [InterfaceId; 2],
    recording: bool,
    now: Time,
}

/// A frame that was sent, or has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: Time,
    /// Which host sent it, or got it.
    pub host: usize,
    /// The frame.
    pub frame: Vec<u8>,
    /// Why it was sent; `None` if it has arrived.
    pub reason: Option<Reason>,
}

impl Pair<Stack> {
    /// Two hosts, one second after the start of time; whatever is random in the wire comes from the seed.
    ///
    /// # Errors
    /// None that a configuration with room for an interface gives.
    pub fn new(hosts: [stack::Config; 2], links: [Config; 2], seed: u64) -> Result<Self, Errno> {
        let now = Time::new(1, 0);
        let [mut first, mut second] = hosts.map(Stack::new);
        let mac = |last| Medium::Ethernet(Mac([2, 0, 0, 0, 0, last]));
        let interfaces = [
            first.add_interface(now, "eth0", mac(1), 1500)?,
            second.add_interface(now, "eth0", mac(2), 1500)?,
        ];
        let [there, back] = links;
        let links = [Link::new(&there, seed), Link::new(&back, seed.wrapping_add(1))];
        Ok(Self { hosts: [first, second], links, log: Vec::new(), interfaces, recording: false, now })
    }

    /// The same with room for programs on the hosts.
    pub fn with_services(self) -> Pair<Host> {
        let Self { hosts, links, log, interfaces, recording, now } = self;
        Pair { hosts: hosts.map(Host::from), links, log, interfaces, recording, now }
    }
}

impl Pair<Host> {
    /// Starts a service on a host.
    ///
    /// # Errors
    /// As of [`Host::start`]; [`Errno::EINVAL`] if there is no such host.
    pub fn start(&mut self, host: usize, service: impl Service) -> Result<ServiceId, Errno> {
        let now = self.now;
        self.hosts.get_mut(host).ok_or(Errno::EINVAL)?.start(now, service)
    }
}

impl<N: Node> Pair<N> {
    /// The time.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Gives a host an address.
    ///
    /// # Errors
    /// As of [`Stack::add_address`]; [`Errno::EINVAL`] if there is no such host.
    pub fn address(&mut self, host: usize, network: ipnet::IpNet) -> Result<(), Errno>
    where
        N: AsMut<Stack>,
    {
        let interface = *self.interfaces.get(host).ok_or(Errno::EINVAL)?;
        self.hosts.get_mut(host).ok_or(Errno::EINVAL)?.as_mut().add_address(self.now, interface, network)
    }

    /// Keeps every frame from now on.
    pub const fn record(&mut self) {
        self.recording = true;
    }

    /// Puts on the wire what the hosts have to send now.
    pub fn flush(&mut self) {
        self.flush_host(0);
        self.flush_host(1);
    }

    fn flush_host(&mut self, number: usize) {
        let (Some(host), Some(link)) = (self.hosts.get_mut(number), self.links.get_mut(number)) else {
            return;
        };
        while let Some(transmit) = host.poll_transmit(self.now) {
            if self.recording {
                let (frame, reason) = (transmit.frame.clone(), Some(transmit.reason));
                self.log.push(Entry { time: self.now, host: number, frame, reason });
            }
            link.send(self.now, transmit.frame);
        }
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Time> {
        let hosts = self.hosts.iter().filter_map(Node::next_deadline);
        let links = self.links.iter().filter_map(Link::next_deadline);
        hosts.chain(links).min().map(|next| next.max(self.now))
    }

    /// Goes on to what happens next, unless that is later than `until`. `false` if nothing happens before that.
    pub fn step(&mut self, until: Time) -> bool {
        self.flush();
        let Some(next) = self.next().filter(|next| *next <= until) else { return false };
        self.now = next;
        for to in [1, 0] {
            while let Some(event) = self.links.get_mut(1 - to).and_then(|link| link.poll(next)) {
                if let Event::Arrived(delivery) = event {
                    self.arrive(to, delivery);
                }
            }
        }
        for host in &mut self.hosts {
            if host.next_deadline().is_some_and(|due| due <= next) {
                host.on_deadline(next);
            }
        }
        true
    }

    /// A frame arrives, and what the host sends at once goes out before the next one arrives.
    fn arrive(&mut self, to: usize, delivery: Delivery<Vec<u8>>) {
        let (Some(host), Some(interface)) = (self.hosts.get_mut(to), self.interfaces.get(to)) else { return };
        host.on_frame(delivery.time, *interface, &delivery.frame);
        if self.recording {
            self.log.push(Entry { time: delivery.time, host: to, frame: delivery.frame, reason: None });
        } else {
            host.recycle(delivery.frame);
        }
        self.flush_host(to);
    }

    /// Goes on for so long.
    pub fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }
}
