//! What every server over UDP does: has a socket of each family, and takes what comes to them.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::stack::{Errno, Event, Kind, Origin, SocketId, Stack};
use crate::time::Time;

/// Two sockets on one port, for IPv4 and IPv6, and room for one message.
#[derive(Debug, Default)]
pub(crate) struct Datagrams {
    sockets: Vec<SocketId>,
    message: Vec<u8>,
}

/// What a datagram can hold.
const LONGEST: usize = 65_535;

impl Datagrams {
    /// Binds the port on all addresses of both families.
    pub fn bind(&mut self, stack: &mut Stack, port: u16) -> Result<(), Errno> {
        self.message.resize(LONGEST, 0);
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let socket = stack.socket(Kind::Datagram)?;
            self.sockets.push(socket);
            stack.bind(socket, SocketAddr::new(any, port))?;
        }
        Ok(())
    }

    /// The sockets.
    pub fn sockets(&self) -> &[SocketId] {
        &self.sockets
    }

    /// The socket that something has happened to, if it is one of these.
    pub fn concerned(&self, event: &Event) -> Option<SocketId> {
        event.socket().filter(|socket| self.sockets.contains(socket))
    }

    /// Lets go of the sockets.
    pub fn close(&mut self, now: Time, stack: &mut Stack) {
        for socket in self.sockets.drain(..) {
            let _ = stack.close(now, socket);
        }
    }

    /// The next message.
    pub fn receive(&mut self, stack: &mut Stack, socket: SocketId) -> Option<(&[u8], Origin)> {
        loop {
            match stack.recv_from(socket, &mut self.message) {
                Ok((length, origin)) => return Some((self.message.get(..length)?, origin)),
                // Nothing more, or no such socket.
                Err(Errno::EAGAIN | Errno::EBADF) => return None,
                // An error about something that was sent: behind it there may be messages.
                Err(_) => {}
            }
        }
    }
}
