//! Datagrams: UDP ([RFC 768](https://www.rfc-editor.org/rfc/rfc768), RFC 1122 section 4.1), and echoes of ICMP.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::{Kind, Origin, Shutdown, SocketId, Sockets, any};
use crate::names::IpProtocol;
use crate::stack::network::{Cast, Datagram, Envelope, ErrorKind, IcmpError, Outgoing, Path};
use crate::stack::{DropReason, Errno, InterfaceId, Reason, Stack};
use crate::time::Time;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::udp::Udp;

/// What a socket for datagrams has.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// Messages that were not read, each whole.
    messages: VecDeque<(Origin, Vec<u8>)>,
    held: usize,
    room: usize,
    /// What the next call gives.
    error: Option<Errno>,
    /// Groups that it listens to.
    pub groups: Vec<(InterfaceId, IpAddr)>,
    shut: (bool, bool),
    /// Of the next echo.
    sequence: u16,
    /// Where messages went, the last at the end.
    recent: VecDeque<SocketAddr>,
}

/// Destinations that a socket remembers.
const RECENT: usize = 16;

/// What a message takes besides its bytes, so that empty ones are bounded too.
const OVERHEAD: usize = 64;

impl Mailbox {
    pub const fn new(room: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            held: 0,
            room,
            error: None,
            groups: Vec::new(),
            shut: (false, false),
            sequence: 0,
            recent: VecDeque::new(),
        }
    }

    /// A message goes there.
    fn remember(&mut self, to: SocketAddr) {
        if self.recent.back() == Some(&to) {
            return;
        }
        self.recent.retain(|other| *other != to);
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(to);
    }

    pub const fn set_room(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// Shuts a side down, or both.
    pub fn shut(&mut self, how: Shutdown) {
        self.shut.0 |= how != Shutdown::Write;
        self.shut.1 |= how != Shutdown::Read;
    }

    /// Whether nothing more is read.
    pub const fn is_shut(&self) -> bool {
        self.shut.0
    }

    /// Keeps a message, if there is room.
    fn put(&mut self, origin: Origin, data: &[u8]) -> bool {
        let size = data.len().saturating_add(OVERHEAD);
        let fits = self.held.saturating_add(size) <= self.room && !self.shut.0;
        if fits {
            self.held = self.held.saturating_add(size);
            self.messages.push_back((origin, data.into()));
        }
        fits
    }

    fn take(&mut self) -> Result<(Origin, Vec<u8>), Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let message = self.messages.pop_front().ok_or(Errno::EAGAIN)?;
        self.held = self.held.saturating_sub(message.1.len().saturating_add(OVERHEAD));
        Ok(message)
    }
}

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

impl Stack {
    /// Fixes the peer of a socket for datagrams.
    pub(super) fn connect_mailbox(&mut self, now: Time, id: SocketId, to: SocketAddr) -> Result<(), Errno> {
        let path = self.path_of(now, id, to)?;
        let socket = self.sockets.get_mut(id)?;
        if socket.local.is_none() {
            self.take_port(id, SocketAddr::new(path.source, 0), Some(to))?;
        }
        self.sockets.get_mut(id)?.remote = Some(to);
        Ok(())
    }

    /// The way from a socket to an address.
    fn path_of(&mut self, now: Time, id: SocketId, to: SocketAddr) -> Result<Path, Errno> {
        let socket = self.sockets.get_mut(id)?;
        let source =
            socket.local.map(|local| local.ip()).filter(|ip| !ip.is_unspecified() && !ip.is_multicast());
        if socket.local.is_some_and(|local| local.is_ipv4() != to.is_ipv4()) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let interface = socket.interface;
        self.network.path(now, to.ip(), source, interface)
    }

    /// Sends a message, or an echo request with these data.
    ///
    /// # Errors
    /// [`Errno::EMSGSIZE`] if it is too long, [`Errno::EACCES`] for a broadcast that was not allowed, [`Errno::ENETUNREACH`],
    /// [`Errno::EINVAL`] for port 0, and an error that came for a message before.
    pub fn send_to(&mut self, now: Time, id: SocketId, data: &[u8], to: SocketAddr) -> Result<usize, Errno> {
        let to = self.on_interface(id, to)?;
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
        let path = self.path_of(now, id, to)?;
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
        mailbox.sequence = sequence.wrapping_add(u16::from(kind == Kind::Echo));
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

    /// A UDP datagram has come.
    pub(in crate::stack) fn udp_arrives(&mut self, now: Time, datagram: &Datagram<'_>) {
        let Some((ports, data)) = self.check_udp(datagram) else { return };
        let envelope = &datagram.envelope;
        let from = SocketAddr::new(envelope.source, ports.0);
        let to = SocketAddr::new(envelope.destination, ports.1);
        let origin = origin(datagram.interface, envelope, from);
        let mut taken = false;
        for id in self.sockets.listeners(Kind::Datagram, to, from, datagram) {
            taken = true;
            self.deliver(id, origin, data);
        }
        if !taken {
            self.network.out.drops.count(DropReason::UdpPort);
            if datagram.cast == Cast::Unicast {
                self.network.error(now, datagram, ErrorKind::Port);
            }
        }
    }

    /// Puts a message into a socket.
    fn deliver(&mut self, id: SocketId, origin: Origin, data: &[u8]) {
        let Some(socket) = self.sockets.table.get_mut(id) else { return };
        if socket.mailbox().is_ok_and(|mailbox| mailbox.put(origin, data)) {
            self.sockets.tell(id, |news| news.tcp.readable = true);
        } else {
            self.network.out.drops.count(DropReason::UdpFull);
        }
    }

    /// Ports and data, if length and checksum are right (RFC 768, RFC 8200 section 8.1).
    fn check_udp<'d>(&mut self, datagram: &'d Datagram<'_>) -> Option<((u16, u16), &'d [u8])> {
        let bytes = datagram.payload();
        let drops = &mut self.network.out.drops;
        let whole = Udp::view(bytes).ok().and_then(|udp| {
            let length = usize::from(udp.length());
            let whole = bytes.get(..length).filter(|_| length >= Udp::LEN)?;
            Some((udp.source_port(), udp.destination_port(), udp.checksum(), whole))
        });
        let Some((source, destination, checksum, whole)) = whole else {
            drops.count(DropReason::UdpMalformed);
            return None;
        };
        let right = if checksum == 0 {
            datagram.envelope.destination.is_ipv4()
        } else {
            let pseudo = datagram.envelope.pseudo()?;
            pseudo.sum(IpProtocol::UDP.0, whole.len() as u32).bytes(whole).fold() == 0xffff
        };
        if !right {
            drops.count(DropReason::UdpChecksum);
            return None;
        }
        Some(((source, destination), whole.get(Udp::LEN..)?))
    }

    /// The reply to an echo has come.
    pub(in crate::stack) fn echo_arrives(
        &mut self,
        interface: InterfaceId,
        envelope: &Envelope,
        identifier: u16,
        sequence: u16,
        data: &[u8],
    ) {
        let holders: Vec<SocketId> = self.sockets.ports.holders(Kind::Echo, identifier).collect();
        let from = SocketAddr::new(envelope.source, 0);
        let origin = Origin { sequence: Some(sequence), ..origin(interface, envelope, from) };
        let mut taken = false;
        for id in holders {
            let Some(socket) = self.sockets.table.get(id) else { continue };
            if socket.remote.is_none_or(|remote| remote.ip() == envelope.source) {
                taken = true;
                self.deliver(id, origin, data);
            }
        }
        if !taken {
            self.network.out.drops.count(DropReason::IcmpUnknown);
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
            self.sockets.tell(id, |news| news.undelivered = Some((errno, about)));
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

impl Sockets {
    /// The sockets that a datagram is for: the one that is connected with its sender, or else the one whose address is the nearest; of a
    /// group or a broadcast all that fit.
    fn listeners(
        &self,
        kind: Kind,
        to: SocketAddr,
        from: SocketAddr,
        datagram: &Datagram<'_>,
    ) -> Vec<SocketId> {
        let mut fitting: Vec<(u8, SocketId)> = Vec::new();
        for id in self.ports.holders(kind, to.port()) {
            let Some(socket) = self.table.get(id) else { continue };
            let Some(local) = socket.local else { continue };
            let family = local.is_ipv4() == to.is_ipv4();
            let address = local.ip() == to.ip() || local.ip().is_unspecified();
            let peer = socket.remote.is_none_or(|remote| remote == from);
            let interface = socket.interface.is_none_or(|interface| interface == datagram.interface);
            if family && address && peer && interface {
                let nearness = u8::from(socket.remote.is_some()).saturating_mul(2);
                fitting.push((nearness.saturating_add(u8::from(!local.ip().is_unspecified())), id));
            }
        }
        if datagram.cast == Cast::Unicast {
            let nearest =
                fitting.iter().max_by_key(|(nearness, id)| (*nearness, core::cmp::Reverse(*id))).copied();
            return nearest.into_iter().map(|(_, id)| id).collect();
        }
        fitting.into_iter().map(|(_, id)| id).collect()
    }
}

fn origin(interface: InterfaceId, envelope: &Envelope, address: SocketAddr) -> Origin {
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

/// The identifier of a quoted echo request, which has the same place in both families.
fn icmp_identifier(bytes: &[u8]) -> u16 {
    Icmpv4::view(bytes).ok().and_then(|icmp| icmp.echo()).map_or_else(
        || Icmpv6::view(bytes).ok().and_then(|icmp| icmp.echo()).map_or(0, |(identifier, _)| identifier),
        |(identifier, _)| identifier,
    )
}
