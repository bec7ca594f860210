//! Streams: connections of TCP, between the calls of the application and segments in datagrams.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
#[cfg(feature = "services")]
use alloc::vec::Vec;
#[cfg(feature = "services")]
use core::net::IpAddr;
use core::net::SocketAddr;

use super::datagram::errno;
use super::listener::Listener;
use super::ports::words;
use super::{Body, Shutdown, SocketId, Sockets, Undelivered};
use crate::names::IpProtocol;
use crate::stack::network::{Cast, Datagram, ErrorKind, IcmpError, Network, Outgoing, Path};
use crate::stack::secret::Purpose;
use crate::stack::tcp::{self, Connection, Emission, Seed, Segment, Seq, State, reason};
use crate::stack::{DropReason, Errno, InterfaceId, Reason, Stack};
use crate::time::Time;
use crate::wire::tcp::{DESTINATION_PORT, SEQUENCE, SOURCE_PORT};

/// Where a connection begins and ends: our address and port, and the peer's.
pub(crate) type Pair = (SocketAddr, SocketAddr);

/// What a socket for streams has.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Neither listening nor connected.
    Fresh(Box<tcp::Config>),
    Listening(Listener),
    Open(Box<Open>),
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Open {
    pub connection: Connection,
    /// The listener that it came to, until it is accepted.
    pub listener: Option<SocketId>,
    /// The way to the peer, and how old that knowledge is.
    path: Path,
    generation: u32,
    /// That way is there no longer, and there is no other.
    stranded: bool,
    /// It waits to be asked for segments.
    queued: bool,
    /// When it is to be woken.
    armed: Option<Time>,
}

impl Stream {
    pub fn fresh(config: &tcp::Config) -> Self {
        Self::Fresh(Box::new(config.clone()))
    }

    /// Whether the application has let go of it, or never had it.
    pub fn is_orphan(&self) -> bool {
        matches!(self, Self::Open(open) if open.connection.is_orphan() || open.listener.is_some())
    }

    /// Changes its settings.
    pub fn configure<T>(&mut self, change: impl FnOnce(&mut tcp::Config) -> T) -> T {
        match self {
            Self::Fresh(config) => change(config),
            Self::Listening(listener) => change(&mut listener.config),
            Self::Open(open) => open.connection.configure(change),
        }
    }

    pub fn error(&self) -> Option<Errno> {
        match self {
            Self::Open(open) => open.connection.error(),
            _ => None,
        }
    }
}

/// What leads to streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    connections: BTreeMap<Pair, SocketId>,
    /// The one that was found last: segments come in rows.
    last: Option<(Pair, SocketId)>,
    /// Connections that may have something to send, in turn.
    ready: VecDeque<SocketId>,
    /// When connections are to be woken: one entry each, at or before the time that it wants.
    timers: BTreeSet<(Time, SocketId)>,
}

impl Streams {
    /// The connection between two.
    pub fn find(&self, pair: Pair) -> Option<SocketId> {
        self.connections.get(&pair).copied()
    }

    /// The connections on an address.
    #[cfg(feature = "services")]
    fn on(&self, address: IpAddr) -> Vec<SocketId> {
        let on = self.connections.iter().filter(|(pair, _)| pair.0.ip() == address);
        on.map(|(_, id)| *id).collect()
    }

    /// The same, for a segment that has come.
    fn find_again(&mut self, pair: Pair) -> Option<SocketId> {
        if let Some((last, id)) = self.last
            && last == pair
        {
            return Some(id);
        }
        let id = self.find(pair)?;
        self.last = Some((pair, id));
        Some(id)
    }

    /// The time to wake a connection may have become an earlier one. A later one is seen to when it is woken: so a timer that is put off
    /// with every segment costs nothing.
    fn arm(&mut self, id: SocketId, open: &mut Open) {
        if let Some(at) = open.connection.deadline()
            && open.armed.is_none_or(|armed| at < armed)
        {
            self.disarm(id, open.armed);
            open.armed = Some(at);
            self.timers.insert((at, id));
        }
    }

    /// A connection is not to be woken.
    fn disarm(&mut self, id: SocketId, armed: Option<Time>) {
        if let Some(armed) = armed {
            self.timers.remove(&(armed, id));
        }
    }

    /// A socket is gone.
    pub fn remove(&mut self, id: SocketId, stream: &Stream) {
        if let Stream::Open(open) = stream {
            self.disarm(id, open.armed);
        }
    }

    /// A connection is over.
    pub fn forget(&mut self, id: SocketId, pair: Pair) {
        self.last = None;
        if self.connections.get(&pair) == Some(&id) {
            self.connections.remove(&pair);
        }
    }
}

impl Sockets {
    /// A socket that had a connection gets another.
    fn disarm(&mut self, id: SocketId) {
        if let Some(armed) = self.open(id).and_then(|open| open.armed.take()) {
            self.streams.disarm(id, Some(armed));
        }
    }

    /// The connection of a socket.
    pub fn open(&mut self, id: SocketId) -> Option<&mut Open> {
        match &mut self.table.get_mut(id)?.body {
            Body::Stream(Stream::Open(open)) => Some(open),
            _ => None,
        }
    }
}

impl Stack {
    /// Changes the settings of TCP for a socket, by which mechanisms are switched on and off: before it connects or listens for those
    /// that are agreed on with SYN, at any time for the others.
    ///
    /// ```
    /// # use layercake::{stack::{Config, Errno, Kind, Stack}, time::Time};
    /// # let (mut stack, now) = (Stack::new(Config::default()), Time::ZERO);
    /// let socket = stack.socket(Kind::Stream)?;
    /// stack.configure_tcp(now, socket, |tcp| tcp.nagle = false)?;
    /// stack.configure_tcp(now, socket, |tcp| tcp.set("congestion", "reno"))?.unwrap();
    /// # Ok::<(), Errno>(())
    /// ```
    ///
    /// # Errors
    /// [`Errno::EOPNOTSUPP`] if it is no stream.
    pub fn configure_tcp<T>(
        &mut self,
        now: Time,
        id: SocketId,
        change: impl FnOnce(&mut tcp::Config) -> T,
    ) -> Result<T, Errno> {
        let result = self.sockets.get_mut(id)?.stream_mut()?.configure(change);
        // A connection may have something to send now, or another time to be woken.
        self.touched(now, id);
        Ok(result)
    }

    /// Changes the settings of TCP that sockets begin with, from now on.
    pub fn configure_tcp_default<T>(&mut self, change: impl FnOnce(&mut tcp::Config) -> T) -> T {
        change(&mut self.config.tcp)
    }

    /// The settings of TCP that sockets begin with.
    pub const fn tcp_default(&self) -> &tcp::Config {
        &self.config.tcp
    }

    /// The settings of TCP for a socket.
    ///
    /// # Errors
    /// [`Errno::EOPNOTSUPP`] if it is no stream.
    pub fn tcp_config(&self, id: SocketId) -> Result<&tcp::Config, Errno> {
        match self.sockets.get(id)?.stream()? {
            Stream::Fresh(config) => Ok(config),
            Stream::Listening(listener) => Ok(&listener.config),
            Stream::Open(open) => Ok(open.connection.config()),
        }
    }

    /// What is known of a connection.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn tcp_info(&self, id: SocketId) -> Result<tcp::Info, Errno> {
        match self.sockets.get(id)?.stream()? {
            Stream::Open(open) => Ok(open.connection.info()),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// What is known of the connection between two addresses, whether or not an application has it: before it is accepted, and when it was
    /// let go of.
    pub fn tcp_info_between(&self, local: SocketAddr, remote: SocketAddr) -> Option<tcp::Info> {
        let id = self.sockets.streams.find((local, remote))?;
        match &self.sockets.table.get(id)?.body {
            Body::Stream(Stream::Open(open)) => Some(open.connection.info()),
            _ => None,
        }
    }

    /// Sends bytes of a stream, and says something with them: that more follows soon, or that a record ends.
    ///
    /// # Errors
    /// As [`Stack::send`]; [`Errno::EOPNOTSUPP`] if it is no stream.
    pub fn send_with(
        &mut self,
        now: Time,
        id: SocketId,
        data: &[u8],
        how: tcp::Sending,
    ) -> Result<usize, Errno> {
        self.with_connection(now, id, |connection| connection.send_with(now, data, how))
    }

    /// Sends what waits to become a full segment, as far as the windows allow.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn push(&mut self, now: Time, id: SocketId) -> Result<(), Errno> {
        self.with_connection(now, id, |connection| {
            connection.push();
            Ok(())
        })
    }

    /// Acknowledges at once what comes for a while, or no more than has to be (`TCP_QUICKACK`).
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn quick_acknowledge(&mut self, now: Time, id: SocketId, on: bool) -> Result<(), Errno> {
        self.with_connection(now, id, |connection| {
            connection.quick_acknowledge(on);
            Ok(())
        })
    }

    /// Sends bytes of a stream that are urgent up to the last (RFC 9293 section 3.8.5; RFC 6093 advises new applications against it).
    ///
    /// # Errors
    /// As [`Stack::send`].
    pub fn send_urgent(&mut self, now: Time, id: SocketId, data: &[u8]) -> Result<usize, Errno> {
        self.with_connection(now, id, |connection| connection.send_urgent(now, data))
    }

    /// How many bytes are to be read up to the end of urgent data, if such was announced.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn urgent_ahead(&self, id: SocketId) -> Result<Option<u64>, Errno> {
        match self.sockets.get(id)?.stream()? {
            Stream::Open(open) => Ok(open.connection.urgent_ahead()),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// Opens a connection.
    pub(super) fn connect_stream(&mut self, now: Time, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        let socket = self.sockets.get(id)?;
        let (local, interface) = (socket.local, socket.interface);
        let config = match socket.stream()? {
            Stream::Fresh(config) => config.clone(),
            Stream::Listening(_) => return Err(Errno::EOPNOTSUPP),
            Stream::Open(open) if open.connection.state() == State::SynSent => return Err(Errno::EALREADY),
            // One that has failed may try again.
            Stream::Open(open) if open.connection.state() == State::Closed => {
                Box::new(open.connection.config().clone())
            }
            Stream::Open(_) => return Err(Errno::EISCONN),
        };
        if to.port() == 0 || to.ip().is_unspecified() || to.ip().is_multicast() {
            return Err(Errno::EADDRNOTAVAIL);
        }
        if local.is_some_and(|local| local.is_ipv4() != to.is_ipv4()) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let source = local.map(|local| local.ip()).filter(|ip| !ip.is_unspecified());
        let path = self.network.path(now, to.ip(), source, interface)?;
        if path.cast != Cast::Unicast {
            return Err(Errno::ENETUNREACH);
        }
        if local.is_none() {
            self.take_port(id, SocketAddr::new(path.source, 0), Some(to))?;
        }
        let port = self.sockets.get(id)?.local.map_or(0, |local| local.port());
        let local = SocketAddr::new(path.source, port);
        if self.sockets.streams.connections.contains_key(&(local, to)) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        let seed = self.seed(now, &config, (local, to));
        let connection = Connection::connect(now, &config, tcp_path(&path), seed);
        self.insert_connection(id, (local, to), connection, path, None);
        self.touched(now, id);
        Ok(())
    }

    /// Makes a connection known.
    pub(super) fn insert_connection(
        &mut self,
        id: SocketId,
        pair: Pair,
        connection: Connection,
        path: Path,
        listener: Option<SocketId>,
    ) {
        self.sockets.disarm(id);
        let generation = self.network.generation();
        let open =
            Open { connection, listener, path, generation, stranded: false, queued: false, armed: None };
        if let Some(socket) = self.sockets.table.get_mut(id) {
            (socket.local, socket.remote) = (Some(pair.0), Some(pair.1));
            socket.body = Body::Stream(Stream::Open(Box::new(open)));
            self.sockets.streams.connections.insert(pair, id);
        }
    }

    /// Sequence number and clock of a new connection: the time, and a number that nobody can guess who does not know the seed (RFC 6528,
    /// RFC 7323 section 5.4).
    pub(super) fn seed(&self, now: Time, config: &tcp::Config, (local, remote): Pair) -> Seed {
        let ([a, b, c], [d, e, f]) = (words(local), words(remote));
        let unknown = self.secret.number(Purpose::Connection, &[a, b, c, d, e, f]);
        let quarters = (now.nanoseconds() / 4000) as u32;
        let isn = config.initial_sequence.unwrap_or((unknown as u32).wrapping_add(quarters));
        Seed { isn: Seq(isn), clock: (unknown >> 32) as u32 }
    }

    /// Does something with a connection that the application has, and what follows from it.
    pub(super) fn with_connection<T>(
        &mut self,
        now: Time,
        id: SocketId,
        act: impl FnOnce(&mut Connection) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let Stream::Open(open) = self.sockets.get_mut(id)?.stream_mut()? else { return Err(Errno::ENOTCONN) };
        let result = act(&mut open.connection);
        self.touched(now, id);
        result
    }

    /// Shuts one side of a stream down, or both.
    pub(super) fn shutdown_stream(&mut self, now: Time, id: SocketId, how: Shutdown) -> Result<(), Errno> {
        if let Stream::Listening(_) = self.sockets.get(id)?.stream()? {
            if how != Shutdown::Write {
                self.stop_listening(now, id);
            }
            return Ok(());
        }
        self.with_connection(now, id, |connection| {
            if connection.state() == State::Closed {
                return Err(Errno::ENOTCONN);
            }
            if how != Shutdown::Read {
                connection.shutdown();
            }
            if how != Shutdown::Write {
                connection.shutdown_reading();
            }
            Ok(())
        })
    }

    /// Ends a connection at once, with a reset.
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`].
    pub fn abort(&mut self, now: Time, id: SocketId) -> Result<(), Errno> {
        self.with_connection(now, id, |connection| {
            connection.abort(now, reason::Reset::Abort);
            Ok(())
        })
    }

    /// Ends all connections on an address that the host has no longer and does not expect back, without a word to their peers.
    #[cfg(feature = "services")]
    pub(in crate::stack) fn end_connections_on(&mut self, now: Time, address: IpAddr) {
        for id in self.sockets.streams.on(address) {
            if let Some(open) = self.sockets.open(id) {
                open.connection.on_address_lost();
                self.touched(now, id);
            }
        }
    }

    /// Lets go of a stream.
    pub(super) fn close_stream(&mut self, now: Time, id: SocketId) {
        match self.sockets.table.get_mut(id).map(|socket| &mut socket.body) {
            Some(Body::Stream(Stream::Open(open))) => {
                open.connection.close(now);
                self.touched(now, id);
            }
            Some(Body::Stream(Stream::Listening(_))) => {
                self.stop_listening(now, id);
                self.sockets.remove(id);
            }
            _ => self.sockets.remove(id),
        }
    }

    /// A TCP segment has come.
    pub(in crate::stack) fn tcp_arrives(&mut self, now: Time, datagram: &Datagram<'_>) {
        let drops = &mut self.network.out.drops;
        let bytes = datagram.payload();
        let envelope = &datagram.envelope;
        let Some(pseudo) = envelope.pseudo() else { return };
        let (Some(mut segment), Some(source), Some(destination)) =
            (Segment::read(bytes), SOURCE_PORT.read(bytes), DESTINATION_PORT.read(bytes))
        else {
            return drops.count(DropReason::TcpMalformed);
        };
        if pseudo.sum(IpProtocol::TCP.0, bytes.len() as u32).bytes(bytes).fold() != 0xffff {
            return drops.count(DropReason::TcpChecksum);
        }
        if datagram.cast != Cast::Unicast {
            return drops.count(DropReason::IpDestination);
        }
        segment.congested = envelope.traffic_class & 3 == 3;
        let pair =
            (SocketAddr::new(envelope.destination, destination), SocketAddr::new(envelope.source, source));
        match self.sockets.streams.find_again(pair) {
            Some(id) if self.gives_way(id, &segment, pair.0, datagram.interface) => {
                let before = self.sockets.open(id).map(|open| open.connection.next_sequence());
                self.give_way(now, id, pair);
                self.tcp_opens(now, datagram, pair, &segment, before);
            }
            Some(id) => self.tcp_continues(now, id, &segment),
            None => self.tcp_opens(now, datagram, pair, &segment, None),
        }
    }

    /// Whether a connection in TIME-WAIT makes room for a new one, for which there is a listener.
    fn gives_way(
        &mut self,
        id: SocketId,
        segment: &Segment<'_>,
        local: SocketAddr,
        interface: InterfaceId,
    ) -> bool {
        match self.sockets.table.get(id).map(|socket| &socket.body) {
            Some(Body::Stream(Stream::Open(open))) => {
                open.connection.gives_way_to(segment) && self.listener(local, interface).is_some()
            }
            _ => false,
        }
    }

    /// A connection in TIME-WAIT ends; what came by it can still be read.
    fn give_way(&mut self, now: Time, id: SocketId, pair: Pair) {
        self.sockets.streams.forget(id, pair);
        if let Some(open) = self.sockets.open(id) {
            open.connection.finish_waiting();
        }
        self.touched(now, id);
    }

    /// A segment for a connection that there is.
    fn tcp_continues(&mut self, now: Time, id: SocketId, segment: &Segment<'_>) {
        if let Some(open) = self.sockets.open(id) {
            if open.connection.on_segment(now, segment, &mut self.network.out.drops) {
                // It has got what was sent to it, so that the next hop has too (RFC 4861 section 7.3.1).
                self.network.neighbours.confirm(now, open.path.interface, open.path.next_hop);
            }
            self.touched(now, id);
        }
    }

    /// Something has happened to a connection: it may have news, something to send, and another time to be woken.
    pub(super) fn touched(&mut self, now: Time, id: SocketId) {
        let sockets = &mut self.sockets;
        let Some(Body::Stream(Stream::Open(open))) = sockets.table.get_mut(id).map(|socket| &mut socket.body)
        else {
            return;
        };
        let news = open.connection.take_news();
        if news.unanswered {
            // The way may have changed, or the next hop be gone (RFC 9293 section 3.8.3, R1).
            open.generation = open.generation.wrapping_sub(1);
            self.network.neighbours.doubt(now, open.path.interface, open.path.next_hop);
        }
        let (listener, orphan) = (open.listener, open.connection.is_orphan());
        let streams = &mut sockets.streams;
        if !core::mem::replace(&mut open.queued, true) {
            streams.ready.push_back(id);
        }
        streams.arm(id, open);
        if news == tcp::News::default() {
            return;
        }
        if news.closed
            && let Some(pair) = sockets.table.get(id).and_then(|socket| socket.local.zip(socket.remote))
        {
            sockets.streams.forget(id, pair);
        }
        if let Some(listener) = listener
            && (news.opened || news.closed)
        {
            self.hand_over(now, listener, id, news.closed);
        }
        if listener.is_some() {
            // Nobody knows of it yet: it is told to whoever accepts it.
            if let Some(socket) = self.sockets.table.get_mut(id) {
                merge(&mut socket.news.tcp, news);
            }
        } else if !orphan {
            self.sockets.tell(id, |told| merge(&mut told.tcp, news));
        }
    }

    /// Segments of the connections whose turn it is, until one has gone out.
    pub(in crate::stack) fn transmit_streams(&mut self, now: Time) -> bool {
        while let Some(id) = self.sockets.streams.ready.pop_front() {
            if self.transmit_stream(now, id) {
                self.sockets.streams.ready.push_back(id);
                return true;
            }
        }
        false
    }

    /// The next segment of a connection; `false` if there is none.
    fn transmit_stream(&mut self, now: Time, id: SocketId) -> bool {
        let generation = self.network.generation();
        let Some(socket) = self.sockets.table.get_mut(id) else { return false };
        let Some(pair) = socket.local.zip(socket.remote) else { return false };
        let (hop_limit, class, interface) = (socket.hop_limit, socket.traffic_class, socket.interface);
        let Body::Stream(Stream::Open(open)) = &mut socket.body else { return false };
        if open.generation != generation {
            open.generation = generation;
            let path = self.network.path(now, pair.1.ip(), Some(pair.0.ip()), interface);
            open.stranded = path.is_err();
            match path {
                Ok(path) => {
                    open.path = path;
                    open.connection.on_path(tcp_path(&path).segment);
                }
                // Perhaps there will be a way again, while what is lost is sent anew.
                Err(error) => open.connection.on_unreachable(error, false),
            }
        }
        let Some(emission) = open.connection.transmit(now) else {
            open.queued = false;
            let over = open.connection.state() == State::Closed && open.connection.is_orphan();
            self.sockets.streams.arm(id, open);
            if over {
                self.sockets.remove(id);
            }
            return false;
        };
        if open.stranded {
            self.network.out.drops.count(DropReason::NoRoute);
            return true;
        }
        let marks = (hop_limit, class | if emission.ecn_capable { 2 } else { 0 });
        let data = open.connection.data(&emission);
        send_segment(&mut self.network, now, pair, &open.path, marks, &emission, data);
        true
    }

    /// When the next connection is to be woken.
    pub(in crate::stack) fn streams_deadline(&self) -> Option<Time> {
        self.sockets.streams.timers.first().map(|(at, _)| *at)
    }

    /// Wakes the connections whose time has come.
    pub(in crate::stack) fn wake_streams(&mut self, now: Time) {
        while let Some((_, id)) = self.sockets.streams.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.sockets.streams.timers.pop_first();
            let Some(open) = self.sockets.open(id) else { continue };
            open.armed = None;
            if open.connection.deadline().is_some_and(|due| due <= now) {
                open.connection.on_deadline(now);
            }
            self.touched(now, id);
        }
    }

    /// An ICMP error about a segment (RFC 9293 section 3.9.2.2, RFC 5927).
    pub(in crate::stack) fn segment_failed(&mut self, now: Time, error: &IcmpError<'_>) {
        let bytes = &error.transport;
        let (Some(local), Some(remote), Some(sequence)) =
            (SOURCE_PORT.read(bytes), DESTINATION_PORT.read(bytes), SEQUENCE.read(bytes))
        else {
            return self.network.out.drops.count(DropReason::IcmpMalformed);
        };
        let pair = (
            SocketAddr::new(error.envelope.source, local),
            SocketAddr::new(error.envelope.destination, remote),
        );
        let id = self.sockets.streams.find(pair);
        let (Some(id), Some(open)) = (id, id.and_then(|id| self.sockets.open(id))) else {
            return self.network.out.drops.count(DropReason::IcmpUnknown);
        };
        if !open.connection.is_on_its_way(Seq(sequence)) {
            return self.network.out.drops.count(DropReason::IcmpUnknown);
        }
        match error.kind {
            ErrorKind::TooBig { mtu } => {
                // The connection learns of it with its path.
                self.network.learn_path_mtu(now, error.envelope.destination, mtu);
            }
            kind => {
                // What this host has found itself is certain.
                let own = error.reporter == error.envelope.source;
                let hard =
                    own || matches!(kind, ErrorKind::Port | ErrorKind::Protocol | ErrorKind::Prohibited);
                let (by, error) = (error.reporter, errno(kind));
                let expired = kind == ErrorKind::HopLimit;
                open.connection.on_unreachable(error, hard);
                if open.connection.state() != State::Closed {
                    let what = Undelivered { error, to: pair.1, by, expired };
                    self.sockets.tell_undelivered(id, what, &mut self.network.out.drops);
                }
            }
        }
        self.touched(now, id);
    }
}

/// Puts a segment into a packet: with a hop limit of its own or the usual one, and a traffic class. What cannot be sent now is lost, and sent
/// again like anything that is lost.
pub(super) fn send_segment(
    network: &mut Network,
    now: Time,
    pair: Pair,
    path: &Path,
    (hop_limit, traffic_class): (Option<u8>, u8),
    emission: &Emission,
    data: [&[u8]; 2],
) {
    let header = emission.header.source_port(pair.0.port()).destination_port(pair.1.port());
    let outgoing = Outgoing {
        hop_limit: hop_limit.unwrap_or(path.hop_limit),
        traffic_class,
        dont_fragment: true,
        ..Outgoing::new(*path, pair.1.ip(), IpProtocol::TCP)
    };
    let sent = network.send(now, &outgoing, &(header / data), Reason::Tcp(emission.reason));
    network.note(sent);
}

/// What a path carries of TCP.
pub(super) fn tcp_path(path: &Path) -> tcp::Path {
    let mtu = u16::try_from(path.mtu).unwrap_or(u16::MAX);
    if path.source.is_ipv4() { tcp::Path::v4(mtu) } else { tcp::Path::v6(mtu) }
}

fn merge(told: &mut tcp::News, news: tcp::News) {
    told.opened |= news.opened;
    told.readable |= news.readable;
    told.writable |= news.writable;
    told.urgent |= news.urgent;
    told.unanswered |= news.unanswered;
    told.closed |= news.closed;
}
