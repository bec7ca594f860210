//! Sockets: what an application sees of a host. The calls are those of POSIX, none of them waits, and errors have the names that they have
//! there.
//!
//! | call | stream (TCP) | datagram (UDP) | echo (ICMP) |
//! |---|---|---|---|
//! | [`bind`](Stack::bind) | address and port | address and port | address, identifier |
//! | [`listen`](Stack::listen), [`accept`](Stack::accept) | yes | | |
//! | [`connect`](Stack::connect) | opens a connection | fixes the peer | fixes the peer |
//! | [`send`](Stack::send), [`recv`](Stack::recv) | bytes | a message | the data of an echo |
//! | [`send_to`](Stack::send_to), [`recv_from`](Stack::recv_from), [`answer`](Stack::answer) | | a message | the data of an echo |
//! | [`peek`](Stack::peek), [`amounts`](Stack::amounts) | what was not read | the next message | the next reply |
//! | [`readiness`](Stack::readiness), [`take_error`](Stack::take_error) | yes | yes | yes |
//! | [`shutdown`](Stack::shutdown), [`close`](Stack::close) | yes | yes | yes |
//!
//! A socket is of one family, IPv4 or IPv6: that of the address it is bound to or connected with.

mod datagram;
mod echo;
mod listener;
mod mailbox;
mod ports;
mod state;
mod stream;
mod table;
mod udp;

use alloc::collections::VecDeque;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::neighbour::AddressEvent;
use super::{DropReason, Drops, Errno, InterfaceId, Stack, nat, tcp};
use crate::time::Time;
#[cfg(feature = "services")]
pub(in crate::stack) use datagram::By;
pub(crate) use mailbox::Mailbox;
use ports::Ports;
pub use state::Listed;
pub(crate) use stream::{Stream, Streams};
pub use table::SocketId;
use table::Table;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
    /// Echo requests of ICMP and their replies.
    Echo,
}

impl Kind {
    /// What a translator knows it as.
    const fn protocol(self) -> nat::Protocol {
        match self {
            Self::Stream => nat::Protocol::Tcp,
            Self::Datagram => nat::Protocol::Udp,
            Self::Echo => nat::Protocol::Icmp,
        }
    }

    /// The sockets that share ports, or identifiers, with what is translated.
    pub(in crate::stack) const fn of(protocol: nat::Protocol) -> Self {
        match protocol {
            nat::Protocol::Tcp => Self::Stream,
            nat::Protocol::Udp => Self::Datagram,
            nat::Protocol::Icmp => Self::Echo,
        }
    }
}

/// Which side of a socket is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Nothing more is read.
    Read,
    /// Nothing more is sent.
    Write,
    /// Both.
    Both,
}

/// How a socket behaves, besides what [`Stack::configure_tcp`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketOption {
    /// An address can be bound although a connection of before is on it (`SO_REUSEADDR`).
    ReuseAddress(bool),
    /// Datagrams may go to broadcast addresses (`SO_BROADCAST`).
    Broadcast(bool),
    /// TTL or hop limit of what it sends (`IP_TTL`); `None`: that of the host.
    HopLimit(Option<u8>),
    /// Codepoint, the upper six bits of the traffic class (`IP_TOS`); for datagrams the congestion bits too.
    TrafficClass(u8),
    /// It sends and receives by this interface only (`SO_BINDTODEVICE`).
    Interface(Option<InterfaceId>),
    /// Room for what was not read, in bytes (`SO_RCVBUF`): for a stream the largest window, which stays as it is.
    ReceiveBuffer(usize),
    /// Room of a stream for what is not acknowledged, in bytes (`SO_SNDBUF`).
    SendBuffer(usize),
    /// Datagrams may be cut into fragments (`IP_MTU_DISCOVER` being `IP_PMTUDISC_DONT`).
    Fragment(bool),
    /// Groups are listened to on an interface (`IP_ADD_MEMBERSHIP`).
    Join(InterfaceId, IpAddr),
    /// No longer (`IP_DROP_MEMBERSHIP`).
    Leave(InterfaceId, IpAddr),
}

/// What has happened to a socket, or to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The connection is open.
    Connected(SocketId),
    /// A connection can be accepted.
    Acceptable(SocketId),
    /// Something can be read, or the end of it.
    Readable(SocketId),
    /// There is room to send again.
    Writable(SocketId),
    /// Urgent data was announced.
    Urgent(SocketId),
    /// The connection is over, with this error if it was one.
    Closed(SocketId, Option<Errno>),
    /// What was sent did not arrive, says an ICMP error: where it was to go. A connection goes on all the same.
    Undelivered {
        /// The socket that sent it.
        socket: SocketId,
        /// What is wrong.
        error: Errno,
        /// Where it was to go.
        to: SocketAddr,
        /// Who says so: a router on the way, the destination, or this host itself.
        by: IpAddr,
        /// It had passed as many routers as its TTL or hop limit allows (time exceeded: RFC 792, RFC 4443 section 3.3).
        expired: bool,
    },
    /// The same was sent so often without an answer that the path is in doubt; the connection is not given up yet.
    Unanswered(SocketId),
    /// Something has happened to an address of this host.
    Address(AddressEvent),
    /// An interface has gone down or come up ([`Stack::set_link`]).
    Link {
        /// The interface.
        interface: InterfaceId,
        /// It is up now.
        up: bool,
    },
}

impl Event {
    /// The socket that it has happened to, if it is one.
    pub const fn socket(&self) -> Option<SocketId> {
        match *self {
            Self::Connected(socket)
            | Self::Acceptable(socket)
            | Self::Readable(socket)
            | Self::Writable(socket)
            | Self::Urgent(socket)
            | Self::Closed(socket, _)
            | Self::Undelivered { socket, .. }
            | Self::Unanswered(socket) => Some(socket),
            Self::Address(_) | Self::Link { .. } => None,
        }
    }
}

/// Where a datagram came from, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// Who sent it.
    pub address: SocketAddr,
    /// The address that it was sent to.
    pub destination: IpAddr,
    /// The interface that it came by.
    pub interface: InterfaceId,
    /// Its TTL or hop limit when it arrived.
    pub hop_limit: u8,
    /// Its codepoint and congestion bits.
    pub traffic_class: u8,
    /// The sequence number of an echo.
    pub sequence: Option<u16>,
}

/// What all sockets have.
#[derive(Debug)]
pub(crate) struct Socket {
    pub kind: Kind,
    /// Its address and port, once it is bound.
    pub local: Option<SocketAddr>,
    /// The application has asked for that address and port.
    pub bound: bool,
    pub remote: Option<SocketAddr>,
    pub reuse: bool,
    pub broadcast: bool,
    pub fragment: bool,
    pub hop_limit: Option<u8>,
    pub traffic_class: u8,
    pub interface: Option<InterfaceId>,
    /// What has happened and was not told.
    pub news: News,
    /// It waits for its news to be told.
    pub telling: bool,
    pub body: Body,
}

/// What a socket has by its kind.
#[derive(Debug)]
pub(crate) enum Body {
    Stream(Stream),
    Mailbox(Mailbox),
}

/// What has happened to a socket and was not told.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    pub tcp: tcp::News,
    pub acceptable: bool,
    pub undelivered: VecDeque<Undelivered>,
}

/// What an ICMP error says of something that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undelivered {
    pub error: Errno,
    pub to: SocketAddr,
    pub by: IpAddr,
    pub expired: bool,
}

/// Errors about messages that wait to be told, for each socket.
const UNDELIVERED: usize = 32;

/// All sockets of a host.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    pub table: Table,
    pub ports: Ports,
    pub streams: Streams,
    /// Sockets that have news.
    telling: VecDeque<SocketId>,
}

impl Sockets {
    /// The socket, if the application has it.
    pub fn get(&self, id: SocketId) -> Result<&Socket, Errno> {
        self.table.get(id).filter(|socket| !socket.is_orphan()).ok_or(Errno::EBADF)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: SocketId) -> Result<&mut Socket, Errno> {
        self.table.get_mut(id).filter(|socket| !socket.is_orphan()).ok_or(Errno::EBADF)
    }

    /// Takes a socket away, with all that leads to it.
    pub fn remove(&mut self, id: SocketId) {
        if let Some(socket) = self.table.remove(id) {
            self.ports.release(id, socket.kind, socket.local);
            if let Body::Stream(stream) = &socket.body {
                self.streams.remove(id, stream);
            }
            if let Some(pair) = socket.local.zip(socket.remote) {
                self.streams.forget(id, pair);
            }
        }
    }

    /// The application is to know of something.
    pub fn tell(&mut self, id: SocketId, what: impl FnOnce(&mut News)) {
        if let Some(socket) = self.table.get_mut(id) {
            what(&mut socket.news);
            if !core::mem::replace(&mut socket.telling, true) {
                self.telling.push_back(id);
            }
        }
    }

    /// A message of a socket did not arrive. Of too many errors at once the oldest are counted, not told.
    pub fn tell_undelivered(&mut self, id: SocketId, what: Undelivered, drops: &mut Drops) {
        self.tell(id, |news| {
            if news.undelivered.len() >= UNDELIVERED {
                news.undelivered.pop_front();
                drops.count(DropReason::SocketErrors);
            }
            news.undelivered.push_back(what);
        });
    }

    /// The next event.
    fn poll_event(&mut self) -> Option<Event> {
        while let Some(id) = self.telling.front().copied() {
            if let Some(socket) = self.table.get_mut(id) {
                if let Some(event) = socket.next_event(id) {
                    return Some(event);
                }
                socket.telling = false;
            }
            self.telling.pop_front();
        }
        None
    }
}

impl Socket {
    fn new(kind: Kind, body: Body) -> Self {
        Self {
            kind,
            local: None,
            bound: false,
            remote: None,
            reuse: false,
            broadcast: false,
            fragment: false,
            hop_limit: None,
            traffic_class: 0,
            interface: None,
            news: News::default(),
            telling: false,
            body,
        }
    }

    fn next_event(&mut self, id: SocketId) -> Option<Event> {
        // Of what nobody has accepted yet there is nobody to tell.
        if matches!(&self.body, Body::Stream(stream) if stream.is_orphan()) {
            return None;
        }
        let news = &mut self.news;
        let taken = |flag: &mut bool| core::mem::take(flag);
        if let Some(Undelivered { error, to, by, expired }) = news.undelivered.pop_front() {
            return Some(Event::Undelivered { socket: id, error, to, by, expired });
        }
        [
            (taken as fn(&mut bool) -> bool, &mut news.acceptable, Event::Acceptable(id)),
            (taken, &mut news.tcp.opened, Event::Connected(id)),
            (taken, &mut news.tcp.urgent, Event::Urgent(id)),
            (taken, &mut news.tcp.readable, Event::Readable(id)),
            (taken, &mut news.tcp.writable, Event::Writable(id)),
            (taken, &mut news.tcp.unanswered, Event::Unanswered(id)),
        ]
        .into_iter()
        .find_map(|(take, flag, event)| take(flag).then_some(event))
        .or_else(|| {
            let closed = taken(&mut news.tcp.closed);
            let error = match &self.body {
                Body::Stream(stream) => stream.error(),
                Body::Mailbox(_) => None,
            };
            closed.then_some(Event::Closed(id, error))
        })
    }

    /// Whether no application has it.
    fn is_orphan(&self) -> bool {
        matches!(&self.body, Body::Stream(stream) if stream.is_orphan())
    }

    pub fn mailbox(&mut self) -> Result<&mut Mailbox, Errno> {
        match &mut self.body {
            Body::Mailbox(mailbox) => Ok(mailbox),
            Body::Stream(_) => Err(Errno::EOPNOTSUPP),
        }
    }

    pub fn stream(&self) -> Result<&Stream, Errno> {
        match &self.body {
            Body::Stream(stream) => Ok(stream),
            Body::Mailbox(_) => Err(Errno::EOPNOTSUPP),
        }
    }

    pub fn stream_mut(&mut self) -> Result<&mut Stream, Errno> {
        match &mut self.body {
            Body::Stream(stream) => Ok(stream),
            Body::Mailbox(_) => Err(Errno::EOPNOTSUPP),
        }
    }
}

/// The address that stands for any, of the family of another.
pub(crate) const fn any(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

impl Stack {
    /// A new socket.
    ///
    /// # Errors
    /// [`Errno::EMFILE`] if there are too many.
    pub fn socket(&mut self, kind: Kind) -> Result<SocketId, Errno> {
        if self.sockets.table.len() >= self.config.sockets {
            return Err(Errno::EMFILE);
        }
        let body = match kind {
            Kind::Stream => Body::Stream(Stream::fresh(&self.config.tcp)),
            Kind::Datagram | Kind::Echo => Body::Mailbox(Mailbox::new(self.config.datagram_buffer)),
        };
        Ok(self.sockets.table.insert(Socket::new(kind, body)))
    }

    /// Gives a socket an address and a port: an unspecified address stands for all of its family, port 0 for any that is free.
    ///
    /// # Errors
    /// [`Errno::EADDRINUSE`], [`Errno::EADDRNOTAVAIL`] for an address that this host has not, [`Errno::EINVAL`] if it has one already.
    pub fn bind(&mut self, id: SocketId, address: SocketAddr) -> Result<(), Errno> {
        let address = self.on_interface(id, address)?;
        if self.sockets.get(id)?.local.is_some() {
            return Err(Errno::EINVAL);
        }
        let ip = address.ip();
        if !ip.is_unspecified() && !ip.is_multicast() && !self.network.has_address(ip) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        self.take_port(id, address, None)
    }

    /// An address without its scope, which says by which interface it is meant (RFC 4007 section 6): that becomes the socket's.
    fn on_interface(&mut self, id: SocketId, address: SocketAddr) -> Result<SocketAddr, Errno> {
        if let SocketAddr::V6(six) = address
            && six.scope_id() != 0
        {
            let number = u16::try_from(six.scope_id()).map_err(|_| Errno::ENODEV)?;
            self.set_option(id, SocketOption::Interface(Some(InterfaceId(number))))?;
        }
        Ok(SocketAddr::new(address.ip(), address.port()))
    }

    /// Takes a port for a socket: the one that is asked for, or one that is free (RFC 6056).
    fn take_port(&mut self, id: SocketId, address: SocketAddr, to: Option<SocketAddr>) -> Result<(), Errno> {
        let secret = self.secret;
        let sockets = &mut self.sockets;
        let socket = sockets.table.get_mut(id).ok_or(Errno::EBADF)?;
        let (kind, reuse) = (socket.kind, socket.reuse);
        let network = &self.network;
        let mapped = |port| network.is_mapped(kind.protocol(), address.ip(), port);
        let port = if address.port() == 0 {
            let streams = &sockets.streams;
            let unused =
                |port| to.is_none_or(|to| streams.find((SocketAddr::new(address.ip(), port), to)).is_none());
            let free = |port| unused(port) && !mapped(port);
            sockets.ports.ephemeral(secret, kind, address.ip(), to, self.config.ephemeral_ports, free)?
        } else {
            address.port()
        };
        if mapped(port) {
            return Err(Errno::EADDRINUSE);
        }
        let local = SocketAddr::new(address.ip(), port);
        sockets.ports.take(id, kind, local, reuse)?;
        socket.local = Some(local);
        socket.bound = address.port() != 0 || to.is_none();
        Ok(())
    }

    /// Changes how a socket behaves.
    ///
    /// # Errors
    /// [`Errno::ENODEV`] without such an interface, [`Errno::EINVAL`] for what is no group, [`Errno::EOPNOTSUPP`] for another kind of socket.
    pub fn set_option(&mut self, id: SocketId, option: SocketOption) -> Result<(), Errno> {
        let socket = self.sockets.get_mut(id)?;
        match option {
            SocketOption::ReuseAddress(on) => socket.reuse = on,
            SocketOption::Broadcast(on) => socket.broadcast = on,
            SocketOption::Fragment(on) => socket.fragment = on,
            // A packet of 0 goes nowhere (RFC 1122 section 3.2.1.7).
            SocketOption::HopLimit(Some(0)) => return Err(Errno::EINVAL),
            SocketOption::HopLimit(limit) => socket.hop_limit = limit,
            // The congestion bits of a stream are its own affair (RFC 3168 section 6.1).
            SocketOption::TrafficClass(class) if socket.kind == Kind::Stream => {
                socket.traffic_class = class & 0xfc;
            }
            SocketOption::TrafficClass(class) => socket.traffic_class = class,
            SocketOption::Interface(interface) => {
                let there = |id: InterfaceId| usize::from(id.0) < self.network.interfaces.len();
                socket.interface = match interface {
                    Some(id) if !there(id) => return Err(Errno::ENODEV),
                    other => other,
                };
            }
            SocketOption::ReceiveBuffer(bytes) => match &mut socket.body {
                Body::Mailbox(mailbox) => mailbox.set_room(bytes),
                Body::Stream(stream) => stream.configure(|tcp| {
                    (tcp.receive_buffer, tcp.receive_buffer_most) = (bytes.max(1), bytes.max(1));
                }),
            },
            SocketOption::SendBuffer(bytes) => {
                socket.stream_mut()?.configure(|tcp| tcp.send_buffer = bytes.max(1));
            }
            SocketOption::Join(interface, group) => {
                self.network.join(interface, group)?;
                socket.mailbox()?.groups.push((interface, group));
            }
            SocketOption::Leave(interface, group) => {
                let groups = &mut socket.mailbox()?.groups;
                let place = groups.iter().position(|joined| *joined == (interface, group));
                groups.remove(place.ok_or(Errno::EADDRNOTAVAIL)?);
                self.network.leave(interface, group)?;
            }
        }
        Ok(())
    }

    /// The address and port of a socket, if it has them.
    ///
    /// # Errors
    /// [`Errno::EBADF`].
    pub fn local_address(&self, id: SocketId) -> Result<Option<SocketAddr>, Errno> {
        Ok(self.sockets.get(id)?.local)
    }

    /// The address and port that it is connected with.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn peer_address(&self, id: SocketId) -> Result<SocketAddr, Errno> {
        self.sockets.get(id)?.remote.ok_or(Errno::ENOTCONN)
    }

    /// Connects a socket. A stream begins to open a connection ([`Event::Connected`] tells when it is open), the others have a peer
    /// from then on.
    ///
    /// # Errors
    /// [`Errno::ENETUNREACH`], [`Errno::EADDRNOTAVAIL`], [`Errno::EISCONN`], [`Errno::EALREADY`], [`Errno::EADDRINUSE`].
    pub fn connect(&mut self, now: Time, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        let to = self.on_interface(id, to)?;
        match self.sockets.get(id)?.kind {
            Kind::Stream => self.connect_stream(now, id, to),
            Kind::Datagram | Kind::Echo => self.connect_mailbox(now, id, to),
        }
    }

    /// Sends bytes of a stream, or a message to the peer; gives back how many bytes were taken.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`], [`Errno::EPIPE`], [`Errno::ENOTCONN`], [`Errno::EDESTADDRREQ`], and what ended the connection.
    pub fn send(&mut self, now: Time, id: SocketId, data: &[u8]) -> Result<usize, Errno> {
        let socket = self.sockets.get(id)?;
        match socket.kind {
            Kind::Stream => self.with_connection(now, id, |connection| connection.send(now, data)),
            Kind::Datagram | Kind::Echo => {
                let to = socket.remote.ok_or(Errno::EDESTADDRREQ)?;
                self.send_to(now, id, data, to)
            }
        }
    }

    /// Receives bytes of a stream, or a message; 0 bytes of a stream are its end.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if nothing is there, [`Errno::ENOTCONN`], and what ended the connection.
    pub fn recv(&mut self, now: Time, id: SocketId, into: &mut [u8]) -> Result<usize, Errno> {
        match self.sockets.get(id)?.kind {
            Kind::Stream => self.with_connection(now, id, |connection| connection.receive(now, into)),
            Kind::Datagram | Kind::Echo => match self.recv_from(id, into) {
                Ok((length, _)) => Ok(length),
                Err(Errno::EAGAIN) if self.sockets.get_mut(id)?.mailbox()?.is_shut() => Ok(0),
                Err(error) => Err(error),
            },
        }
    }

    /// Shuts one side of a socket down, or both. A listener whose reading is shut down listens no more, and keeps its address.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`], of a connection that is over too.
    pub fn shutdown(&mut self, now: Time, id: SocketId, how: Shutdown) -> Result<(), Errno> {
        match self.sockets.get(id)?.kind {
            Kind::Stream => self.shutdown_stream(now, id, how),
            Kind::Datagram | Kind::Echo => {
                let socket = self.sockets.get_mut(id)?;
                socket.remote.ok_or(Errno::ENOTCONN)?;
                socket.mailbox()?.shut(how);
                Ok(())
            }
        }
    }

    /// Lets go of a socket. A connection goes on until what was sent is delivered; one that has something unread is reset.
    ///
    /// # Errors
    /// [`Errno::EBADF`].
    pub fn close(&mut self, now: Time, id: SocketId) -> Result<(), Errno> {
        let socket = self.sockets.get_mut(id)?;
        if let Body::Mailbox(mailbox) = &mut socket.body {
            for (interface, group) in core::mem::take(&mut mailbox.groups) {
                let _ = self.network.leave(interface, group);
            }
            self.sockets.remove(id);
            return Ok(());
        }
        self.close_stream(now, id);
        Ok(())
    }

    /// What has happened, one thing at a time; ask until there is nothing.
    pub fn poll_event(&mut self) -> Option<Event> {
        let link = self.network.poll_link().map(|(interface, up)| Event::Link { interface, up });
        let address = || self.network.neighbours.poll_event().map(Event::Address);
        link.or_else(address).or_else(|| self.sockets.poll_event())
    }
}
