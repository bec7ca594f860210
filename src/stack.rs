//! One host: interfaces, neighbours, IP, ICMP, UDP and TCP, without sockets of an operating system, clocks or threads.
//!
//! Whoever drives it brings frames and the time, and takes frames and events away, so the same stack runs in a simulator and on a
//! real network:
//!
//! ```text
//!      application                    socket calls, events
//!   ┌───────────────┐
//!   │    socket     │   bind, listen, connect, accept, send, recv, shutdown, close; UDP
//!   ├───────────────┤
//!   │      tcp      │   connections
//!   ├───────────────┤
//!   │    network    │   addresses, routes, fragments, path MTU, ICMP, forwarding
//!   ├───────────────┤
//!   │   neighbour   │   ARP and neighbour discovery: who has this address
//!   ├───────────────┤
//!   │   interface   │   Ethernet, loopback
//!   └───────────────┘
//!      driver           on_frame, on_deadline, next_deadline, poll_transmit, poll_event
//! ```
//!
//! Each floor uses what stands below it. What it cannot take or pass on it drops, and counts with the reason ([`DropReason`]).
//! Everything that can grow has a bound in [`Config`].
//!
//! # Driving it
//!
//! After every call, of the driver or of an application, take all frames ([`Stack::poll_transmit`] until `None`): only then does
//! [`Stack::next_deadline`] count what was sent. Wake it at that time, or at once if the time has passed (what the host sends to itself is
//! due at once). Time never runs backwards.
//!
//! ```
//! use layercake::field::Mac;
//! use layercake::stack::{Config, InterfaceId, Medium, Stack};
//! use layercake::time::Time;
//!
//! /// One turn of a driver. `send` puts a frame on the wire of an interface; `received` are those that have come.
//! fn turn(stack: &mut Stack, now: Time, received: &[(InterfaceId, Vec<u8>)], mut send: impl FnMut(InterfaceId, &[u8])) -> Option<Time> {
//!     for (interface, frame) in received {
//!         stack.on_frame(now, *interface, frame);
//!     }
//!     loop {
//!         while let Some(transmit) = stack.poll_transmit(now) {
//!             send(transmit.interface, &transmit.frame);
//!             stack.recycle(transmit.frame);
//!         }
//!         match stack.next_deadline() {
//!             Some(due) if due <= now => stack.on_deadline(now),
//!             later => return later,
//!         }
//!     }
//! }
//!
//! let now = Time::new(1, 0);
//! let mut stack = Stack::new(Config::default());
//! let eth0 = stack.add_interface(now, "eth0", Medium::Ethernet(Mac([2, 0, 0, 0, 0, 1])), 1500)?;
//! stack.add_address(now, eth0, "192.0.2.1/24".parse().unwrap())?;
//! let mut frames = 0;
//! let next = turn(&mut stack, now, &[], |_, _| frames += 1);
//! assert!(next > Some(now));
//! # Ok::<(), layercake::stack::Errno>(())
//! ```
//!
//! # Events
//!
//! An [`Event`] says that something has changed, not that something is so: read and send until [`Errno::EAGAIN`], and an event comes when there is
//! more. Events of a connection come once it is accepted. [`Event::Closed`] is the last of a connection, behind TIME-WAIT.

pub mod config;
pub mod drops;
pub mod errno;
mod host;
pub mod interface;
pub mod nat;
pub mod neighbour;
pub mod network;
mod node;
mod outbox;
pub mod reason;
mod secret;
pub mod service;
pub mod socket;
pub mod tcp;

pub use config::Config;
pub use drops::{DropReason, Drops};
pub use errno::Errno;
pub use host::{Host, ServiceId};
pub use interface::{Address, AddressState, Interface, InterfaceId, Medium};
pub use network::{Route, Routes};
pub use node::Node;
pub(crate) use outbox::Outbox;
pub use outbox::Transmit;
pub use reason::Reason;
pub use socket::{Event, Kind, Listed, Origin, Shutdown, SocketId, SocketOption};
pub use tcp::{Amounts, Readiness, Sending};

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

use crate::field::Mac;
use crate::names::IpProtocol;
use crate::time::Time;
use network::{Arrival, Datagram, ErrorKind, IcmpError, Network};
use secret::Secret;
use socket::Sockets;

/// One host. See the [module](self) for how it is driven.
#[derive(Debug)]
pub struct Stack {
    config: Config,
    secret: Secret,
    network: Network,
    sockets: Sockets,
    name_servers: Vec<IpAddr>,
}

impl AsMut<Self> for Stack {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Stack {
    /// A host with no interface but `lo`.
    pub fn new(config: Config) -> Self {
        let (own, neighbour) = (config.network.clone(), config.neighbour.clone());
        let secret = Secret::new(config.seed);
        Self {
            network: Network::new(own, neighbour, secret, config.router, config.hop_limit),
            sockets: Sockets::default(),
            name_servers: Vec::new(),
            secret,
            config,
        }
    }

    /// Adds an interface. It has no IPv4 address yet, and makes a link-local IPv6 address for itself unless the configuration says
    /// otherwise.
    ///
    /// # Errors
    /// [`Errno::ENOBUFS`] if there are too many; [`Errno::EINVAL`] for a second loopback, the Ethernet address of a group, or an MTU that is not
    /// between 68 and 65,535 bytes.
    pub fn add_interface(
        &mut self,
        now: Time,
        name: impl Into<String>,
        medium: Medium,
        mtu: u32,
    ) -> Result<InterfaceId, Errno> {
        let id = self.network.add_interface(name, medium, mtu)?;
        self.network.attach(now, id);
        Ok(id)
    }

    /// A number that cannot be foreseen from outside; the same row gives the same number.
    #[cfg(feature = "services")]
    pub(crate) fn unforeseen(&self, purpose: secret::Purpose, row: &[u64]) -> u64 {
        self.secret.number(purpose, row)
    }

    /// Takes an address away, and the routes that came with it.
    pub fn remove_address(&mut self, now: Time, interface: InterfaceId, address: IpAddr) {
        self.network.remove_address(now, interface, address);
    }

    /// Gives an interface an address; its neighbours may be asked first whether one of them has it.
    ///
    /// # Errors
    /// [`Errno::ENODEV`]; [`Errno::EADDRNOTAVAIL`] for an address that no host can have there; [`Errno::EADDRINUSE`] if it has it already or
    /// has too many.
    pub fn add_address(&mut self, now: Time, interface: InterfaceId, network: IpNet) -> Result<(), Errno> {
        self.network.add_address(now, interface, network)
    }

    /// Gives an interface an address until then, or changes until when it has it, as a lease does (RFC 2131); [`Time::NEVER`] for good. Whether
    /// a neighbour has a new IPv4 address is asked before it is used if `probe` says so, even if the configuration does not. It is
    /// [`Tentative`](AddressState::Tentative) meanwhile, 4 to 7 s; an [`Event::Address`] tells how that has ended.
    ///
    /// # Errors
    /// As of [`Stack::add_address`].
    pub fn lend_address(
        &mut self,
        now: Time,
        interface: InterfaceId,
        network: IpNet,
        until: Time,
        probe: bool,
    ) -> Result<(), Errno> {
        self.network.lend_address(now, interface, (network, until), probe)
    }

    /// Adds a route.
    ///
    /// # Errors
    /// [`Errno::ENODEV`]; [`Errno::ENOBUFS`] if there are too many.
    pub fn add_route(&mut self, route: Route) -> Result<(), Errno> {
        self.network.add_route(route)
    }

    /// Its interfaces; the number of each is its place.
    pub fn interfaces(&self) -> &[Interface] {
        &self.network.interfaces
    }

    /// Its routes.
    pub const fn routes(&self) -> &Routes {
        &self.network.routes
    }

    /// Whether an address is one of this host's, on any interface.
    pub fn is_own(&self, address: IpAddr) -> bool {
        self.network.has_address(address)
    }

    /// Whom its programs ask for names, unless they are told otherwise: as `/etc/resolv.conf` has them.
    pub fn name_servers(&self) -> &[IpAddr] {
        &self.name_servers
    }

    /// Changes whom its programs ask for names; a [`DhcpClient`](service::dhcp::DhcpClient) does, too, when it learns of some.
    pub fn set_name_servers(&mut self, servers: impl IntoIterator<Item = IpAddr>) {
        self.name_servers = servers.into_iter().collect();
    }

    /// Its neighbours, as `ip neigh` lists them.
    pub fn neighbours(&self, now: Time) -> impl Iterator<Item = neighbour::Neighbour> + '_ {
        self.network.neighbours.entries(now)
    }

    /// Fixes the Ethernet address of a neighbour; nobody is asked for it any more.
    ///
    /// # Errors
    /// [`Errno::ENOBUFS`] if there are too many.
    pub fn add_neighbour(
        &mut self,
        now: Time,
        interface: InterfaceId,
        address: IpAddr,
        mac: Mac,
    ) -> Result<(), Errno> {
        let network = &mut self.network;
        let added = network.neighbours.insert(now, interface, address, mac, &mut network.out);
        if added { Ok(()) } else { Err(Errno::ENOBUFS) }
    }

    /// Forgets a neighbour. Whether there was one.
    pub fn remove_neighbour(&mut self, interface: InterfaceId, address: IpAddr) -> bool {
        self.network.neighbours.remove(interface, address, &mut self.network.out)
    }

    /// Forgets all neighbours of an interface but those that were given, as when its cable is pulled.
    pub fn flush_neighbours(&mut self, interface: InterfaceId) {
        self.network.neighbours.flush(interface, &mut self.network.out);
    }

    /// What was dropped, and why.
    pub const fn drops(&self) -> &Drops {
        &self.network.out.drops
    }

    /// A frame has come by an interface: an Ethernet frame without check sequence, or an IP packet where the medium has no frames.
    pub fn on_frame(&mut self, now: Time, interface: InterfaceId, frame: &[u8]) {
        if let Some(arrival) = self.network.receive(now, interface, frame) {
            self.arrives(now, interface, arrival);
        }
    }

    fn arrives(&mut self, now: Time, interface: InterfaceId, arrival: Arrival<'_>) {
        match arrival {
            Arrival::Datagram(datagram) => self.datagram_arrives(now, &datagram),
            Arrival::Error(error) => self.error_arrives(now, &error),
            Arrival::EchoReply { envelope, identifier, sequence, data } => {
                self.echo_arrives(interface, &envelope, identifier, sequence, &data);
            }
            Arrival::Unmapped { interface, packet } => {
                let ports = &self.sockets.ports;
                self.network.map(now, interface, packet, |protocol, address, port| {
                    ports.is_free(Kind::of(protocol), SocketAddr::new(address.into(), port))
                });
            }
        }
    }

    fn datagram_arrives(&mut self, now: Time, datagram: &Datagram<'_>) {
        match datagram.envelope.protocol {
            IpProtocol::TCP => self.tcp_arrives(now, datagram),
            IpProtocol::UDP => self.udp_arrives(now, datagram),
            _ => {
                self.network.out.drops.count(DropReason::IpProtocol);
                self.network.error(now, datagram, ErrorKind::Protocol);
            }
        }
    }

    fn error_arrives(&mut self, now: Time, error: &IcmpError<'_>) {
        match error.envelope.protocol {
            IpProtocol::TCP => self.segment_failed(now, error),
            IpProtocol::UDP => self.datagram_failed(now, Kind::Datagram, error),
            IpProtocol::ICMPV4 | IpProtocol::ICMPV6 => self.datagram_failed(now, Kind::Echo, error),
            _ => self.network.out.drops.count(DropReason::IcmpUnknown),
        }
    }

    /// When [`Stack::on_deadline`] is to be called, whether or not a frame comes before; a time that has passed means at once.
    pub fn next_deadline(&self) -> Option<Time> {
        [self.network.deadline(), self.streams_deadline()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn on_deadline(&mut self, now: Time) {
        self.network.on_deadline(now);
        for _ in 0..self.network.looping() {
            if let Some(packet) = self.network.looped() {
                self.on_frame(now, Network::LOOPBACK, &packet);
                self.recycle(packet);
            }
        }
        while let Some(error) = self.network.take_local_error() {
            self.error_arrives(now, &error);
        }
        self.wake_streams(now);
    }

    /// The next frame to send; ask after each of the other calls, until there is none.
    pub fn poll_transmit(&mut self, now: Time) -> Option<Transmit> {
        loop {
            if let Some(transmit) = self.network.out.pop() {
                return Some(transmit);
            }
            if !self.transmit_streams(now) {
                return None;
            }
        }
    }

    /// Takes the buffer of a frame, to write the next one into it: one that was sent, or any other.
    pub fn recycle(&mut self, frame: Vec<u8>) {
        self.network.out.recycle(frame);
    }

    /// Takes away a route that leads to the same network by the same router and the same interface. Whether there was one.
    pub fn remove_route(&mut self, route: &Route) -> bool {
        self.network.remove_route(route)
    }

    /// An interface goes down, as when its cable is pulled, or comes up again.
    ///
    /// While it is down no frame goes out or comes in; what would is dropped, and counted ([`DropReason::LinkDown`]). Its neighbours are
    /// forgotten but for those that were given, and so are routes that its networks, routers and redirects brought. Its addresses stay, and
    /// so do routes that were set, which lead nowhere meanwhile. When it comes up all starts as with a new interface: addresses are asked for
    /// before they are used, and so are routers.
    ///
    /// # Errors
    /// [`Errno::ENODEV`].
    pub fn set_link(&mut self, now: Time, interface: InterfaceId, up: bool) -> Result<(), Errno> {
        self.network.set_link(now, interface, up)
    }

    /// Changes TTL or hop limit of what it sends, where a socket does not say otherwise.
    pub const fn set_hop_limit(&mut self, limit: u8) {
        self.network.set_hop_limit(limit);
    }

    /// Changes the first and the last port that is chosen for sockets that do not ask for one.
    pub const fn set_ephemeral_ports(&mut self, ports: (u16, u16)) {
        self.config.ephemeral_ports = ports;
    }

    /// The first and the last port that is chosen for sockets that do not ask for one.
    pub const fn ephemeral_ports(&self) -> (u16, u16) {
        self.config.ephemeral_ports
    }

    /// Changes the longest IP packet that an interface's frames carry.
    ///
    /// # Errors
    /// [`Errno::ENODEV`], [`Errno::EINVAL`] for less than the 68 bytes that every link carries (RFC 791 section 3.2).
    pub fn set_mtu(&mut self, interface: InterfaceId, mtu: u32) -> Result<(), Errno> {
        self.network.set_mtu(interface, mtu)
    }

    /// Translates addresses of IPv4 from now on, or no more; what was translated before is forgotten. It has to be a router
    /// ([`Config::router`]) for anything to pass. See [`nat`].
    ///
    /// ```
    /// use layercake::field::Mac;
    /// use layercake::stack::nat::{self, Forward, Protocol};
    /// use layercake::stack::{Config, Medium, Stack};
    /// use layercake::time::Time;
    ///
    /// let now = Time::new(1, 0);
    /// let mut router = Stack::new(Config { router: true, ..Config::default() });
    /// let lan = router.add_interface(now, "lan", Medium::Ethernet(Mac([2, 0, 0, 0, 0, 1])), 1500)?;
    /// let wan = router.add_interface(now, "wan", Medium::Ethernet(Mac([2, 0, 0, 0, 0, 2])), 1500)?;
    /// router.add_address(now, lan, "10.0.0.1/24".parse().unwrap())?;
    /// router.add_address(now, wan, "203.0.113.1/24".parse().unwrap())?;
    /// router.set_nat(Some(nat::Config::new(wan)))?;
    /// let inside = "10.0.0.7:80".parse().unwrap();
    /// router.add_forward(Forward { protocol: Protocol::Tcp, port: 8080, inside })?;
    /// let mappings: Vec<String> = router.nat().unwrap().mappings().map(|mapping| mapping.to_string()).collect();
    /// assert_eq!(mappings, ["tcp 10.0.0.7:80 = port 8080, 0 sessions, forwarded"]);
    /// # Ok::<(), layercake::stack::Errno>(())
    /// ```
    ///
    /// # Errors
    /// [`Errno::ENODEV`] if there is no such interface outside.
    pub fn set_nat(&mut self, config: Option<nat::Config>) -> Result<(), Errno> {
        self.network.set_nat(config)
    }

    /// Whether an interface has gone down or come up, which [`Stack::poll_event`] has not told yet.
    pub(crate) fn has_turned(&self) -> bool {
        self.network.has_turned()
    }

    /// What random numbers of services come from.
    #[cfg(feature = "services")]
    pub(crate) const fn secret(&self) -> Secret {
        self.secret
    }

    /// What is translated, if anything is.
    pub const fn nat(&self) -> Option<&nat::Nat> {
        self.network.nat.as_ref()
    }

    /// Forwards a port of the outside address to a host inside; what that sends from there leaves by the same port.
    ///
    /// # Errors
    /// [`Errno::ENODEV`] if nothing is translated; [`Errno::EADDRINUSE`] if the port, or address and port inside, have a mapping already, or the port
    /// a socket of the router; [`Errno::EINVAL`] for what no port leads to; [`Errno::ENOBUFS`] if there are too many.
    pub fn add_forward(&mut self, forward: nat::Forward) -> Result<(), Errno> {
        let nat = self.network.nat.as_mut().ok_or(Errno::ENODEV)?;
        let own = nat.address().unwrap_or(Ipv4Addr::UNSPECIFIED);
        if !self.sockets.ports.is_free(Kind::of(forward.protocol), SocketAddr::new(own.into(), forward.port))
        {
            return Err(Errno::EADDRINUSE);
        }
        nat.add_forward(forward)
    }

    /// Forwards a port no more, and ends what goes on by it. Whether it was forwarded.
    pub fn remove_forward(&mut self, protocol: nat::Protocol, port: u16) -> bool {
        self.network.nat.as_mut().is_some_and(|nat| nat.remove_forward(protocol, port))
    }
}
