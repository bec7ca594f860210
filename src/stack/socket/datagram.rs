//! What all sockets for datagrams share: sending, receiving, and errors about what was sent.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::echo::icmp_identifier;
use super::{Kind, Origin, SocketId, Undelivered, any};
use crate::field::Mac;
use crate::names::IpProtocol;
use crate::stack::network::{Cast, Envelope, ErrorKind, IcmpError, Outgoing, Path};
use crate::stack::{DropReason, Errno, InterfaceId, Reason, Stack};
use crate::time::Time;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::udp::Udp;

/// What an error says to a socket.
pub(super) const fn errno(kind: ErrorKind) -> Errno {
    match kind {
        ErrorKind::Net => Errno::ENETUNREACH,
        ErrorKind::Port => Errno::ECONNREFUSED,
        ErrorKind::Protocol => Errno::ENOPROTOOPT,
        ErrorKind::TooBig { .. } => Errno::EMSGSIZE,
        ErrorKind::Parameter { .. } => Errno::EPROTO,
        ErrorKind::Host | ErrorKind::Prohibited | ErrorKind::HopLimit | ErrorKind::ReassemblyTime => {
            Errno::EHOSTUNREACH
        }
    }
}

/// How a message is sent, where that is not for routes and neighbours to say.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::stack) struct By {
    /// From this address of the host's, for a socket that is not bound to another; the unspecified one: from no address.
    pub source: Option<IpAddr>,
    /// To this Ethernet address, whoever has it.
    pub station: Option<Mac>,
    /// By this interface, whatever the socket is bound to.
    pub interface: Option<InterfaceId>,
}

impl Stack {
    /// Fixes the peer of a socket for datagrams.
    pub(super) fn connect_mailbox(&mut self, now: Time, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        let path = self.path_of(now, id, to, By::default())?;
        let socket = self.sockets.get_mut(id)?;
        if socket.local.is_none() {
            self.take_port(id, SocketAddr::new(path.source, 0), Some(to))?;
        }
        self.sockets.get_mut(id)?.remote = Some(to);
        Ok(())
    }

    /// The way from a socket to an address; a source counts for a socket that is bound to no address of its own.
    fn path_of(&mut self, now: Time, id: SocketId, to: SocketAddr, by: By) -> Result<Path, Errno> {
        let socket = self.sockets.get_mut(id)?;
        let source = socket
            .local
            .map(|local| local.ip())
            .filter(|ip| !ip.is_unspecified() && !ip.is_multicast())
            .or(by.source);
        if socket.local.is_some_and(|local| local.is_ipv4() != to.is_ipv4()) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let interface = by.interface.or(socket.interface);
        self.network.path(now, to.ip(), source, interface)
    }

    /// Sends a message, or an echo request with these data.
    ///
    /// # Errors
    /// [`Errno::EMSGSIZE`] if it is too long, [`Errno::EACCES`] for a broadcast that was not allowed, [`Errno::ENETUNREACH`],
    /// [`Errno::EINVAL`] for port 0, and an error that came for a message before.
    pub fn send_to(&mut self, now: Time, id: SocketId, data: &[u8], to: SocketAddr) -> Result<usize, Errno> {
        let to = self.on_interface(id, to)?;
        self.send_by(now, id, data, to, By::default())
    }

    /// Answers a message: from the address that it was sent to, where that is one of this host's, whatever else the host is called
    /// (RFC 1123 section 2.3, `IP_PKTINFO`).
    ///
    /// # Errors
    /// As of [`Stack::send_to`].
    pub fn answer(&mut self, now: Time, id: SocketId, data: &[u8], to: &Origin) -> Result<usize, Errno> {
        // A link-local address is one of that link.
        let is_of_link = matches!(to.address.ip(), IpAddr::V6(six) if six.is_unicast_link_local());
        let source = Some(to.destination).filter(|own| self.network.has_address(*own));
        let interface = is_of_link.then_some(to.interface);
        self.send_by(now, id, data, to.address, By { source, interface, ..By::default() })
    }

    /// Sends a message as [`Stack::send_to`] does, in a way that is not the usual one.
    pub(in crate::stack) fn send_by(
        &mut self,
        now: Time,
        id: SocketId,
        data: &[u8],
        to: SocketAddr,
        by: By,
    ) -> Result<usize, Errno> {
        let socket = self.sockets.get_mut(id)?;
        let kind = socket.kind;
        let mailbox = socket.mailbox()?;
        if mailbox.shut.1 {
            return Err(Errno::EPIPE);
        }
        if let Some(error) = mailbox.error.take() {
            return Err(error);
        }
        if kind == Kind::Datagram && to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        if data.len() > 65_507 {
            return Err(Errno::EMSGSIZE);
        }
        if socket.local.is_none() {
            self.take_port(id, SocketAddr::new(any(to.ip()), 0), None)?;
        }
        let mut path = self.path_of(now, id, to, by)?;
        path.station = by.station;
        path.source = by.source.filter(IpAddr::is_unspecified).unwrap_or(path.source);
        let socket = self.sockets.get_mut(id)?;
        if path.cast == Cast::Broadcast && !socket.broadcast {
            return Err(Errno::EACCES);
        }
        let port = socket.local.map_or(0, |local| local.port());
        let mut outgoing = Outgoing::new(path, to.ip(), protocol(kind, to.ip()));
        outgoing.hop_limit = socket.hop_limit.unwrap_or(path.hop_limit);
        outgoing.traffic_class = socket.traffic_class;
        outgoing.dont_fragment =
            !socket.fragment && to.is_ipv4() && data.len().saturating_add(28) <= path.mtu as usize;
        let mailbox = socket.mailbox()?;
        let sequence = mailbox.sequence;
        mailbox.remember(if kind == Kind::Echo { SocketAddr::new(to.ip(), 0) } else { to });
        let network = &mut self.network;
        match (kind, to.ip()) {
            (Kind::Echo, IpAddr::V4(_)) => {
                let part = Icmpv4::echo_request(port, sequence) / data;
                network.send(now, &outgoing, &part, Reason::Echo { sequence })
            }
            (Kind::Echo, IpAddr::V6(_)) => {
                let part = Icmpv6::echo_request(port, sequence) / data;
                network.send(now, &outgoing, &part, Reason::Echo { sequence })
            }
            _ => network.send(now, &outgoing, &(Udp::new(port, to.port()) / data), Reason::Application),
        }?;
        // What could not be sent takes no number.
        let mailbox = self.sockets.get_mut(id)?.mailbox()?;
        mailbox.sequence = sequence.wrapping_add(u16::from(kind == Kind::Echo));
        Ok(data.len())
    }

    /// Receives a message and where it came from. What does not fit is thrown away, as POSIX has it.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if there is none, and an error that came for a message sent before, once.
    pub fn recv_from(&mut self, id: SocketId, into: &mut [u8]) -> Result<(usize, Origin), Errno> {
        let mailbox = self.sockets.get_mut(id)?.mailbox()?;
        let (origin, data) = mailbox.take()?;
        let length = data.len().min(into.len());
        if let (Some(place), Some(data)) = (into.get_mut(..length), data.get(..length)) {
            place.copy_from_slice(data);
        }
        Ok((length, origin))
    }

    /// Puts a message into a socket.
    pub(super) fn deliver(&mut self, id: SocketId, origin: Origin, data: &[u8]) {
        let Some(socket) = self.sockets.table.get_mut(id) else { return };
        if socket.mailbox().is_ok_and(|mailbox| mailbox.put(origin, data)) {
            self.sockets.tell(id, |news| news.tcp.readable = true);
        } else {
            self.network.out.drops.count(DropReason::UdpFull);
        }
    }

    /// An ICMP error about a datagram that a socket has sent (RFC 1122 section 4.1.3.3).
    pub(in crate::stack) fn datagram_failed(&mut self, now: Time, kind: Kind, error: &IcmpError<'_>) {
        let bytes = &error.transport;
        let (local, remote) = match kind {
            Kind::Echo => (icmp_identifier(bytes), 0),
            _ => match (
                crate::wire::udp::SOURCE_PORT.read(bytes),
                crate::wire::udp::DESTINATION_PORT.read(bytes),
            ) {
                (Some(local), Some(remote)) => (local, remote),
                _ => return,
            },
        };
        let about = SocketAddr::new(error.envelope.destination, remote);
        let holders: Vec<SocketId> = self.sockets.ports.holders(kind, local).collect();
        let mut known = false;
        for id in holders {
            let Some(socket) = self.sockets.table.get_mut(id) else { continue };
            let own =
                socket.local.is_none_or(|own| own.ip().is_unspecified() || own.ip() == error.envelope.source);
            let connected = socket.remote;
            if !own || connected.is_some_and(|peer| peer.ip() != about.ip() || peer.port() != remote) {
                continue;
            }
            // What is not connected has to have sent something there: anybody could make the path to anywhere narrow otherwise (RFC 5927
            // section 7).
            let sent = |socket: &mut super::Socket| {
                socket.mailbox().is_ok_and(|mailbox| mailbox.recent.contains(&about))
            };
            if matches!(error.kind, ErrorKind::TooBig { .. }) && connected.is_none() && !sent(socket) {
                continue;
            }
            known = true;
            let errno = errno(error.kind);
            if connected.is_some()
                && let Ok(mailbox) = socket.mailbox()
            {
                mailbox.error = Some(errno);
            }
            let expired = error.kind == ErrorKind::HopLimit;
            let what = Undelivered { error: errno, to: about, by: error.reporter, expired };
            self.sockets.tell_undelivered(id, what, &mut self.network.out.drops);
        }
        match error.kind {
            ErrorKind::TooBig { mtu } if known => {
                self.network.learn_path_mtu(now, error.envelope.destination, mtu);
            }
            _ if !known => self.network.out.drops.count(DropReason::IcmpUnknown),
            _ => {}
        }
    }
}

/// Where a datagram came from.
pub(super) fn origin(interface: InterfaceId, envelope: &Envelope, address: SocketAddr) -> Origin {
    Origin {
        address,
        destination: envelope.destination,
        interface,
        hop_limit: envelope.hop_limit,
        traffic_class: envelope.traffic_class,
        sequence: None,
    }
}

const fn protocol(kind: Kind, address: IpAddr) -> IpProtocol {
    match (kind, address) {
        (Kind::Echo, IpAddr::V4(_)) => IpProtocol::ICMPV4,
        (Kind::Echo, IpAddr::V6(_)) => IpProtocol::ICMPV6,
        _ => IpProtocol::UDP,
    }
}
