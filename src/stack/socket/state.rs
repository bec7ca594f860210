//! What can be done with a socket now, which error it has, how much waits in it: what `poll`, `SO_ERROR` and `SIOCINQ` tell of it.

use core::fmt;
use core::net::SocketAddr;

use super::stream::Stream;
use super::{Body, Kind, Origin, SocketId};
use crate::stack::tcp::{self, Amounts, Readiness};
use crate::stack::{Errno, Stack};
use crate::time::Time;

/// A socket, as [`Stack::sockets`] lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number; of a connection that nobody has accepted yet, too.
    pub id: SocketId,
    /// What it speaks.
    pub kind: Kind,
    /// Its own address and port, or identifier, if it has one.
    pub local: Option<SocketAddr>,
    /// That of its peer, if it has one.
    pub peer: Option<SocketAddr>,
    /// It waits for connections.
    pub listens: bool,
    /// How far its connection is, if it is one.
    pub state: Option<tcp::State>,
    /// How much waits in it: bytes of a connection, those of the next message, connections to be accepted.
    pub unread: usize,
    /// What was given to send and is not acknowledged.
    pub unacknowledged: usize,
}

/// As ss(8) prints it: kind, state, what waits to be read and to be acknowledged, both addresses.
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Stream => "tcp",
            Kind::Datagram => "udp",
            Kind::Echo => "icmp",
        };
        write!(f, "{kind:4} ")?;
        match self.state {
            Some(state) => write!(f, "{state:12}")?,
            None if self.listens => write!(f, "{:12}", "LISTEN")?,
            None => write!(f, "{:12}", "-")?,
        }
        write!(f, " {:6} {:6}", self.unread, self.unacknowledged)?;
        for address in [self.local, self.peer] {
            match address {
                Some(address) => write!(f, " {address}")?,
                None => f.write_str(" *")?,
            }
        }
        Ok(())
    }
}

impl Stack {
    /// All sockets, with those that wait to be accepted.
    ///
    /// ```
    /// # use layercake::{stack::{Config, Errno, Kind, Stack}, time::Time};
    /// # let mut stack = Stack::new(Config::default());
    /// let socket = stack.socket(Kind::Datagram)?;
    /// stack.bind(socket, "0.0.0.0:53".parse().unwrap())?;
    /// let listed = stack.sockets().next().unwrap();
    /// assert_eq!(listed.to_string(), "udp  -                 0      0 0.0.0.0:53 *");
    /// # Ok::<(), Errno>(())
    /// ```
    pub fn sockets(&self) -> impl Iterator<Item = Listed> + '_ {
        self.sockets.table.iter().map(|(id, socket)| {
            let (listens, state, amounts) = match &socket.body {
                Body::Stream(Stream::Fresh(_)) => (false, None, Amounts::default()),
                Body::Stream(Stream::Listening(listener)) => {
                    (true, None, Amounts { unread: listener.ready.len(), ..Amounts::default() })
                }
                Body::Stream(Stream::Open(open)) => {
                    (false, Some(open.connection.state()), open.connection.amounts())
                }
                Body::Mailbox(mailbox) => (
                    false,
                    None,
                    Amounts { unread: mailbox.next_length().unwrap_or(0), ..Amounts::default() },
                ),
            };
            let Amounts { unread, unacknowledged, .. } = amounts;
            let (kind, local, peer) = (socket.kind, socket.local, socket.remote);
            Listed { id, kind, local, peer, listens, state, unread, unacknowledged }
        })
    }

    /// What can be done with a socket now. An [`Event`](super::Event) says that something has changed, this says how it is.
    ///
    /// ```
    /// # use layercake::{stack::{Config, Errno, Kind, Stack}, time::Time};
    /// # let (mut stack, now) = (Stack::new(Config::default()), Time::ZERO);
    /// let socket = stack.socket(Kind::Datagram)?;
    /// let ready = stack.readiness(socket)?;
    /// assert!(ready.writable && !ready.readable);
    /// # Ok::<(), Errno>(())
    /// ```
    ///
    /// # Errors
    /// [`Errno::EBADF`].
    pub fn readiness(&self, id: SocketId) -> Result<Readiness, Errno> {
        Ok(match &self.sockets.get(id)?.body {
            Body::Stream(Stream::Fresh(_)) => {
                Readiness { writable: true, hung_up: true, ..Readiness::default() }
            }
            Body::Stream(Stream::Listening(listener)) => {
                Readiness { readable: !listener.ready.is_empty(), ..Readiness::default() }
            }
            Body::Stream(Stream::Open(open)) => open.connection.readiness(),
            Body::Mailbox(mailbox) => Readiness {
                readable: mailbox.next_length().is_some() || mailbox.shut.0,
                writable: true,
                end: mailbox.shut.0,
                hung_up: mailbox.shut == (true, true),
                error: mailbox.error.is_some(),
                ..Readiness::default()
            },
        })
    }

    /// The error of a socket, once: what ended a connection, or what was said of a message (`SO_ERROR`).
    ///
    /// # Errors
    /// [`Errno::EBADF`].
    pub fn take_error(&mut self, id: SocketId) -> Result<Option<Errno>, Errno> {
        Ok(match &mut self.sockets.get_mut(id)?.body {
            Body::Stream(Stream::Open(open)) => open.connection.take_error(),
            Body::Stream(_) => None,
            Body::Mailbox(mailbox) => mailbox.error.take(),
        })
    }

    /// How much waits in a socket.
    ///
    /// # Errors
    /// [`Errno::EBADF`]; [`Errno::EINVAL`] of a listener.
    pub fn amounts(&self, id: SocketId) -> Result<Amounts, Errno> {
        match &self.sockets.get(id)?.body {
            Body::Stream(Stream::Fresh(_)) => Ok(Amounts::default()),
            Body::Stream(Stream::Listening(_)) => Err(Errno::EINVAL),
            Body::Stream(Stream::Open(open)) => Ok(open.connection.amounts()),
            Body::Mailbox(mailbox) => {
                Ok(Amounts { unread: mailbox.next_length().unwrap_or(0), ..Amounts::default() })
            }
        }
    }

    /// Copies bytes of a stream, or of a message, which stay to be received (`MSG_PEEK`).
    ///
    /// # Errors
    /// As [`Stack::recv`]; an error is taken.
    pub fn peek(&mut self, now: Time, id: SocketId, into: &mut [u8]) -> Result<usize, Errno> {
        match self.sockets.get(id)?.kind {
            Kind::Stream => self.with_connection(now, id, |connection| connection.peek(now, into)),
            Kind::Datagram | Kind::Echo => self.peek_from(id, into).map(|(length, _)| length),
        }
    }

    /// Copies a message, which stays to be received, and where it came from.
    ///
    /// # Errors
    /// As [`Stack::recv_from`]; an error is taken.
    pub fn peek_from(&mut self, id: SocketId, into: &mut [u8]) -> Result<(usize, Origin), Errno> {
        let (origin, data) = self.sockets.get_mut(id)?.mailbox()?.first()?;
        let length = data.len().min(into.len());
        if let (Some(place), Some(data)) = (into.get_mut(..length), data.get(..length)) {
            place.copy_from_slice(data);
        }
        Ok((length, origin))
    }

    /// The longest IP packet that the way to the peer carries, as far as is known (`IP_MTU`).
    ///
    /// # Errors
    /// [`Errno::ENOTCONN`], [`Errno::ENETUNREACH`].
    pub fn path_mtu(&self, now: Time, id: SocketId) -> Result<u32, Errno> {
        let socket = self.sockets.get(id)?;
        let peer: SocketAddr = socket.remote.ok_or(Errno::ENOTCONN)?;
        let source = socket.local.map(|local| local.ip());
        Ok(self.network.path(now, peer.ip(), source, socket.interface)?.mtu)
    }
}
