//! Listeners: connections that come, and who takes them (RFC 9293 section 3.10.7.2).

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::net::SocketAddr;

use super::stream::{Pair, Stream, send_segment, tcp_path};
use super::{Body, Kind, Socket, SocketId, any};
use crate::stack::network::Datagram;
use crate::stack::tcp::{self, Connection, Emission, Segment, Seq, reason};
use crate::stack::{DropReason, Errno, InterfaceId, Stack};
use crate::time::Time;

/// A socket that waits for connections.
#[derive(Debug)]
pub(crate) struct Listener {
    pub config: Box<tcp::Config>,
    pub backlog: usize,
    /// Connections that are being opened, the oldest first.
    pub opening: VecDeque<SocketId>,
    /// Connections that can be accepted.
    pub ready: VecDeque<SocketId>,
}

impl Stack {
    /// Waits for connections; so many may wait to be accepted.
    ///
    /// # Errors
    /// [`Errno::EDESTADDRREQ`] without an address, [`Errno::EINVAL`] if it is connected, [`Errno::EADDRINUSE`] if another listens there
    /// already.
    pub fn listen(&mut self, id: SocketId, backlog: usize) -> Result<(), Errno> {
        if self.is_listened_to(id)? {
            return Err(Errno::EADDRINUSE);
        }
        let socket = self.sockets.get_mut(id)?;
        let bound = socket.local.is_some();
        match socket.stream_mut()? {
            _ if !bound => Err(Errno::EDESTADDRREQ),
            Stream::Listening(listener) => {
                listener.backlog = backlog.clamp(1, listener.config.backlog_most);
                Ok(())
            }
            Stream::Open(_) => Err(Errno::EINVAL),
            Stream::Fresh(config) => {
                let backlog = backlog.clamp(1, config.backlog_most);
                let (config, ready) = (config.clone(), VecDeque::new());
                socket.body = Body::Stream(Stream::Listening(Listener {
                    config,
                    backlog,
                    opening: VecDeque::new(),
                    ready,
                }));
                Ok(())
            }
        }
    }

    /// Whether another socket listens on the address of one: sharing it is for connections alone.
    fn is_listened_to(&self, id: SocketId) -> Result<bool, Errno> {
        let Some(own) = self.sockets.get(id)?.local else { return Ok(false) };
        let mut others = self.sockets.ports.holders(Kind::Stream, own.port()).filter(|other| *other != id);
        Ok(others.any(|other| {
            let Some(other) = self.sockets.table.get(other) else { return false };
            let overlaps = |other: SocketAddr| {
                other.is_ipv4() == own.is_ipv4()
                    && (other.ip() == own.ip() || other.ip().is_unspecified() || own.ip().is_unspecified())
            };
            matches!(other.body, Body::Stream(Stream::Listening(_))) && other.local.is_some_and(overlaps)
        }))
    }

    /// Takes a connection that has come.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if there is none, [`Errno::EINVAL`] if it does not listen.
    pub fn accept(&mut self, id: SocketId) -> Result<(SocketId, SocketAddr), Errno> {
        let Stream::Listening(listener) = self.sockets.get_mut(id)?.stream_mut()? else {
            return Err(Errno::EINVAL);
        };
        let child = listener.ready.pop_front().ok_or(Errno::EAGAIN)?;
        if !listener.ready.is_empty() {
            self.sockets.tell(id, |news| news.acceptable = true);
        }
        let socket = self.sockets.table.get_mut(child).ok_or(Errno::ECONNABORTED)?;
        if let Body::Stream(Stream::Open(open)) = &mut socket.body {
            open.listener = None;
        }
        let peer = socket.remote.ok_or(Errno::ECONNABORTED)?;
        // What has come meanwhile is news for whoever accepts it.
        self.sockets.tell(child, |_| ());
        Ok((child, peer))
    }

    /// A listener listens no more. Connections that are being opened are forgotten, those that nobody will accept are reset (RFC 9293 section
    /// 3.10.4).
    pub(super) fn stop_listening(&mut self, now: Time, id: SocketId) {
        let Some(Ok(stream)) = self.sockets.table.get_mut(id).map(Socket::stream_mut) else { return };
        let Stream::Listening(listener) = stream else { return };
        let (opening, waiting) =
            (core::mem::take(&mut listener.opening), core::mem::take(&mut listener.ready));
        *stream = Stream::Fresh(listener.config.clone());
        opening.into_iter().for_each(|child| self.sockets.remove(child));
        for child in waiting {
            if let Some(open) = self.sockets.open(child) {
                open.connection.abort(now, reason::Reset::Abort);
                open.connection.close(now);
                self.touched(now, child);
            }
        }
    }

    /// The listener for an address, by an interface.
    pub(super) fn listener(&self, local: SocketAddr, interface: InterfaceId) -> Option<SocketId> {
        let fits = |id: &SocketId| {
            let socket = self.sockets.table.get(*id);
            socket.is_some_and(|socket| {
                matches!(socket.body, Body::Stream(Stream::Listening(_)))
                    && socket.interface.is_none_or(|only| only == interface)
                    && socket.local.is_some_and(|own| own.ip() == local.ip() || own.ip() == any(local.ip()))
            })
        };
        let specific = |id: &SocketId| {
            let own = self.sockets.table.get(*id).and_then(|socket| socket.local);
            own.is_some_and(|own| !own.ip().is_unspecified())
        };
        self.sockets.ports.holders(Kind::Stream, local.port()).filter(fits).max_by_key(specific)
    }

    /// A segment for no connection: it opens one, or is refused (RFC 9293 sections 3.10.7.1 and 3.10.7.2). `before` is the
    /// next number of the connection that gave way to it.
    pub(super) fn tcp_opens(
        &mut self,
        now: Time,
        datagram: &Datagram<'_>,
        pair: Pair,
        segment: &Segment<'_>,
        before: Option<Seq>,
    ) {
        let listener = self.listener(pair.0, datagram.interface);
        let opens = segment.syn && segment.ack.is_none() && !segment.rst;
        match listener {
            Some(listener) if opens => self.open_passively(now, listener, datagram, pair, segment, before),
            // A listener ignores resets, and what has neither SYN nor ACK.
            Some(_) if segment.rst || segment.ack.is_none() => {
                self.network.out.drops.count(DropReason::TcpPort)
            }
            // Somebody inside may be about to open the same connection.
            None if opens && self.network.holds(now, datagram) => {}
            _ => {
                self.network.out.drops.count(DropReason::TcpPort);
                if let Some(reset) = Emission::reset_for(segment, reason::Reset::NoConnection)
                    && let Ok(path) = self.network.path(now, pair.1.ip(), Some(pair.0.ip()), None)
                {
                    send_segment(&mut self.network, now, pair, &path, (None, 0), &reset, [&[], &[]]);
                }
            }
        }
    }

    /// A SYN for a listener.
    fn open_passively(
        &mut self,
        now: Time,
        listener: SocketId,
        datagram: &Datagram<'_>,
        pair: Pair,
        segment: &Segment<'_>,
        before: Option<Seq>,
    ) {
        let drops = &mut self.network.out.drops;
        let full = self.sockets.table.len() >= self.config.sockets;
        let Some(socket) = self.sockets.table.get_mut(listener) else { return };
        let (hop_limit, traffic_class, only) = (socket.hop_limit, socket.traffic_class, socket.interface);
        let Ok(Stream::Listening(waiting)) = socket.stream_mut() else { return };
        if full || waiting.ready.len() >= waiting.backlog {
            return drops.count(DropReason::TcpBacklog);
        }
        // Who asks and does not go on keeps nobody out: the one that has been asking longest gives way (RFC 4987 section 3.4).
        let crowded = waiting.opening.len().saturating_add(waiting.ready.len()) >= waiting.backlog;
        let oldest = if crowded { waiting.opening.pop_front() } else { None };
        let config = waiting.config.clone();
        if let Some(oldest) = oldest {
            drops.count(DropReason::TcpBacklog);
            self.sockets.remove(oldest);
        }
        let interface = only.or_else(|| pair.1.ip().is_ipv6().then_some(datagram.interface));
        let Ok(path) = self.network.path(now, pair.1.ip(), Some(pair.0.ip()), interface) else {
            return self.network.out.drops.count(DropReason::NoRoute);
        };
        let mut seed = self.seed(now, &config, pair);
        // Beyond all that the connection before it has used (RFC 9293 section 3.6.1).
        if let Some(before) = before.filter(|before| !before.is_before(seed.isn)) {
            seed.isn = before + 65_536;
        }
        let connection = Connection::accept(now, &config, tcp_path(&path), seed, segment);
        let mut socket = Socket::new(Kind::Stream, Body::Stream(Stream::Fresh(config)));
        (socket.hop_limit, socket.traffic_class, socket.interface) = (hop_limit, traffic_class, only);
        let id = self.sockets.table.insert(socket);
        self.sockets.ports.share(id, pair.0);
        self.insert_connection(id, pair, connection, path, Some(listener));
        if let Some(Ok(Stream::Listening(waiting))) =
            self.sockets.table.get_mut(listener).map(Socket::stream_mut)
        {
            waiting.opening.push_back(id);
        }
        self.touched(now, id);
    }

    /// A connection has opened, or has ended, before it was accepted: its listener is to know.
    pub(super) fn hand_over(&mut self, now: Time, listener: SocketId, id: SocketId, closed: bool) {
        let sockets = &mut self.sockets;
        let mut waiting = match sockets.table.get_mut(listener).map(|socket| &mut socket.body) {
            Some(Body::Stream(Stream::Listening(waiting))) => Some(waiting),
            _ => None,
        };
        // One that can be accepted stays so when it ends: what it brought can be read.
        let offered = waiting.as_ref().is_some_and(|waiting| waiting.ready.contains(&id));
        if offered {
            return;
        }
        if let Some(waiting) = &mut waiting {
            waiting.opening.retain(|opening| *opening != id);
            if !closed {
                waiting.ready.push_back(id);
                sockets.tell(listener, |news| news.acceptable = true);
                return;
            }
        }
        // Nobody will ask for it.
        if let Some(open) = sockets.open(id) {
            open.listener = None;
            open.connection.abort(now, reason::Reset::Abort);
            open.connection.close(now);
        }
    }
}
