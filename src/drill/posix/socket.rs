//! Sockets as their applications have them: socket, bind, listen, accept, connect, shutdown, close.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::arguments::{Context, Place, skip};
use super::{Fault, File, Posix, Waiting};
use crate::drill::constants as c;
use crate::drill::script::{Expr, ExprKind};
use crate::drill::settings::IpVersion;
use crate::stack::tcp::State;
use crate::stack::{Errno, Kind, Shutdown, SocketId, Stack};

/// A socket of an application.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    pub id: SocketId,
    pub kind: Kind,
    pub family: Family,
    pub protocol: i64,
    /// How far connecting has come, as Linux has it: that of the socket, not of the connection.
    pub link: Link,
    /// What was set, by level and option.
    pub values: BTreeMap<(i64, i64), i64>,
    /// `SO_LINGER`: how long close waits for what was sent to be acknowledged.
    pub linger: Option<Duration>,
    /// `SO_RCVTIMEO` and `SO_SNDTIMEO`.
    pub patience: (Option<Duration>, Option<Duration>),
    /// `SO_BINDTODEVICE`.
    pub device: Vec<u8>,
    /// Bytes of a stream that were read.
    pub taken: u64,
    /// Urgent data that is ahead.
    pub urgent: Option<Urgent>,
    /// There was no room to send: whoever waits is to be told when there is.
    pub crowded: bool,
}

/// The byte that urgent data ends with, which is read by itself (`MSG_OOB`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Urgent {
    /// Its place in the stream.
    pub at: u64,
    /// What it is, once it has come.
    pub byte: Option<u8>,
    /// It was read.
    pub read: bool,
}

/// How far connecting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Unconnected,
    Connecting,
    Connected,
}

/// The family of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Inet,
    Inet6,
}

impl Family {
    pub const fn number(self) -> i64 {
        match self {
            Self::Inet => c::AF_INET,
            Self::Inet6 => c::AF_INET6,
        }
    }

    /// The least length of an address.
    const fn least(self) -> i64 {
        match self {
            Self::Inet => 16,
            Self::Inet6 => 24,
        }
    }
}

impl Handle {
    /// The state of its connection, if it has one.
    pub fn state(&self, stack: &Stack) -> Option<State> {
        stack.tcp_info(self.id).ok().map(|info| info.state)
    }

    /// Whether it waits for connections: only then there is nothing that could be counted.
    pub fn listens(&self, stack: &Stack) -> bool {
        stack.amounts(self.id) == Err(Errno::EINVAL)
    }

    /// An option that was set.
    pub fn value(&self, level: i64, option: i64) -> Option<i64> {
        self.values.get(&(level, option)).copied()
    }
}

impl Posix {
    pub(super) fn socket_call(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let family = self.family(context)?;
        let kind = context.number(1, "a type of socket")?;
        let protocol = context.number(2, "a protocol")?;
        let flags = kind & (c::SOCK_NONBLOCK | c::SOCK_CLOEXEC);
        let icmp = if family == Family::Inet { c::IPPROTO_ICMP } else { c::IPPROTO_ICMPV6 };
        let at = context.argument(1)?;
        let (kind, protocol) = match (kind & !flags, protocol) {
            (c::SOCK_STREAM, c::IPPROTO_IP | c::IPPROTO_TCP) => (Kind::Stream, c::IPPROTO_TCP),
            (c::SOCK_DGRAM, c::IPPROTO_IP | c::IPPROTO_UDP) => (Kind::Datagram, c::IPPROTO_UDP),
            (c::SOCK_DGRAM, protocol) if protocol == icmp => (Kind::Echo, protocol),
            (_, c::IPPROTO_MPTCP | c::IPPROTO_SCTP | c::IPPROTO_DCCP | c::IPPROTO_UDPLITE) => {
                return skip(context.argument(2)?, "only TCP, UDP and echoes of ICMP have sockets here");
            }
            (c::SOCK_RAW | c::SOCK_PACKET, _) => return skip(at, "raw sockets are not supported"),
            (c::SOCK_STREAM | c::SOCK_DGRAM, _) => return Err(Fault::Error("EPROTONOSUPPORT")),
            (c::SOCK_RDM | c::SOCK_SEQPACKET, _) => return Err(Fault::Error("ESOCKTNOSUPPORT")),
            _ => return Err(Fault::Error("EINVAL")),
        };
        let id = context.world.stack.socket(kind)?;
        let handle = Handle {
            id,
            kind,
            family,
            protocol,
            link: Link::Unconnected,
            values: BTreeMap::new(),
            linger: None,
            patience: (None, None),
            device: Vec::new(),
            taken: 0,
            urgent: None,
            crowded: false,
        };
        let number = self.open_as(context, File::Socket(Box::new(handle)), status(flags));
        if number.is_err() {
            let _ = context.world.stack.close(context.world.now, id);
        }
        self.mark_close_on_exec(&number, flags & c::SOCK_CLOEXEC != 0);
        number
    }

    /// The family that the first argument says; `...` is that of the settings.
    fn family(&self, context: &Context<'_>) -> Result<Family, Fault> {
        let expr = context.argument(0)?;
        if matches!(expr.kind, ExprKind::Ellipsis) {
            return Ok(if self.ground.version == IpVersion::Ipv4 { Family::Inet } else { Family::Inet6 });
        }
        match context.value(expr, "a family")? {
            c::AF_INET => Ok(Family::Inet),
            c::AF_INET6 => Ok(Family::Inet6),
            c::AF_UNIX | c::AF_NETLINK | c::AF_PACKET => skip(expr, "only sockets of IPv4 and IPv6 are here"),
            _ => Err(Fault::Error("EAFNOSUPPORT")),
        }
    }

    /// A descriptor that was opened is to be closed when a program is started, or not.
    pub(super) fn mark_close_on_exec(&mut self, number: &Result<i64, Fault>, on: bool) {
        if let Ok(number) = number
            && let Some(descriptor) = self.descriptors.get_mut(number)
        {
            descriptor.close_on_exec = on;
        }
    }

    /// The address that the second argument says, for a socket; its length is looked at first.
    fn address(
        &self,
        context: &Context<'_>,
        family: Family,
        settings: SocketAddr,
    ) -> Result<Option<SocketAddr>, Fault> {
        let length = context.argument(2)?;
        let length = match &length.kind {
            ExprKind::Ellipsis => None,
            ExprKind::List(_) => Some(context.pointed(length, "a length")?),
            _ => Some(context.value(length, "a length")?),
        };
        match self.place(context, context.argument(1)?, settings)? {
            Place::Null => Err(Fault::Error("EFAULT")),
            Place::Nowhere => Ok(None),
            Place::At(..) if length.is_some_and(|length| length < family.least()) => {
                Err(Fault::Error("EINVAL"))
            }
            Place::At(address, stated) => self.ground.inward(family, address, stated).map(Some),
        }
    }

    pub(super) fn bind(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let settings = SocketAddr::new(self.ground.local, self.ground.bind_port);
        let (handle, _) = self.handle(number)?;
        let (id, kind, family) = (handle.id, handle.kind, handle.family);
        let Some(address) = self.address(context, family, settings)? else {
            return Err(Fault::Error("EAFNOSUPPORT"));
        };
        let low = (1..1024).contains(&address.port());
        if low && self.dropped.contains(&c::CAP_NET_BIND_SERVICE) {
            return Err(Fault::Error("EACCES"));
        }
        context.world.stack.bind(id, address)?;
        self.note(context.world, id, kind);
        Ok(0)
    }

    pub(super) fn listen(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let backlog = context.number(1, "a backlog")?;
        let any = self.any(number)?;
        let (handle, _) = self.handle(number)?;
        let (id, kind) = (handle.id, handle.kind);
        if kind != Kind::Stream {
            return Err(Fault::Error("EOPNOTSUPP"));
        }
        let stack = &mut context.world.stack;
        if handle.link != Link::Unconnected || handle.state(stack).is_some() {
            return Err(Fault::Error("EINVAL"));
        }
        if stack.local_address(id)?.is_none() {
            stack.bind(id, SocketAddr::new(any, 0))?;
        }
        // One more than is said may wait, as Linux has it; a negative number is a large one.
        stack.listen(id, usize::try_from(backlog).unwrap_or(usize::MAX).saturating_add(1))?;
        self.note(context.world, id, kind);
        Ok(0)
    }

    /// The address that stands for any, of the family that a socket's packets have.
    fn any(&mut self, number: i64) -> Result<IpAddr, Fault> {
        let ground = self.ground;
        let (handle, _) = self.handle(number)?;
        let six = SocketAddr::new(std::net::Ipv6Addr::UNSPECIFIED.into(), 0);
        let any = match handle.family {
            Family::Inet => SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), 0),
            Family::Inet6 => ground.inward(Family::Inet6, six, None)?,
        };
        Ok(any.ip())
    }

    pub(super) fn accept(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let flags = if context.given(3).is_some() { context.number(3, "flags")? } else { 0 };
        if flags & !(c::SOCK_NONBLOCK | c::SOCK_CLOEXEC) != 0 {
            return Err(Fault::Error("EINVAL"));
        }
        let (handle, nonblocking) = self.handle(number)?;
        if handle.kind != Kind::Stream {
            return Err(Fault::Error("EOPNOTSUPP"));
        }
        let (child, peer) = match context.world.stack.accept(handle.id) {
            Err(Errno::EAGAIN) if !nonblocking && waiting.goes_on(context.world.now, handle.patience.0) => {
                return Err(Fault::Waits);
            }
            other => other?,
        };
        let child = Handle {
            id: child,
            link: Link::Connected,
            taken: 0,
            urgent: None,
            crowded: false,
            ..handle.clone()
        };
        let (id, family) = (child.id, child.family);
        context.expects_address(context.argument(1)?, peer, family)?;
        let number = self.open_as(context, File::Socket(Box::new(child)), status(flags));
        if number.is_err() {
            let _ = context.world.stack.close(context.world.now, id);
        }
        self.mark_close_on_exec(&number, flags & c::SOCK_CLOEXEC != 0);
        self.note(context.world, id, Kind::Stream);
        number
    }

    pub(super) fn connect(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let settings = SocketAddr::new(self.ground.remote, self.ground.connect_port);
        let (handle, _) = self.handle(number)?;
        let (id, kind, family) = (handle.id, handle.kind, handle.family);
        let to = self.address(context, family, settings)?;
        let now = context.world.now;
        let Some(to) = to else { return self.disconnect(context, number) };
        if kind != Kind::Stream {
            context.world.stack.connect(now, id, to)?;
            self.note(context.world, id, kind);
            return Ok(0);
        }
        let (handle, nonblocking) = self.handle(number)?;
        let stack = &mut context.world.stack;
        let so_far = match waiting.begun {
            Some(begun) => begun,
            None => {
                let begun = match handle.link {
                    Link::Connected => return Err(Fault::Error("EISCONN")),
                    Link::Connecting => "EALREADY",
                    Link::Unconnected if handle.listens(stack) => return Err(Fault::Error("EISCONN")),
                    Link::Unconnected => {
                        stack.connect(now, id, to)?;
                        handle.link = Link::Connecting;
                        "EINPROGRESS"
                    }
                };
                *waiting.begun.insert(begun)
            }
        };
        let result = match handle.state(stack) {
            Some(State::SynSent | State::SynReceived) => {
                let waits = !nonblocking && waiting.goes_on(now, handle.patience.1);
                Err(if waits { Fault::Waits } else { Fault::Error(so_far) })
            }
            Some(State::Closed) | None => {
                handle.link = Link::Unconnected;
                let error = stack.take_error(id)?.unwrap_or(Errno::ECONNABORTED);
                Err(error.into())
            }
            Some(_) => {
                handle.link = Link::Connected;
                Ok(0)
            }
        };
        self.note(context.world, id, kind);
        result
    }

    /// `connect` with `AF_UNSPEC`: a connection is reset, and nobody listens any more.
    fn disconnect(&mut self, context: &mut Context<'_>, number: i64) -> Result<i64, Fault> {
        let (handle, _) = self.handle(number)?;
        if handle.kind != Kind::Stream {
            return skip(context.argument(1)?, "the peer of a datagram socket cannot be taken away here");
        }
        let (now, stack) = (context.world.now, &mut context.world.stack);
        if handle.listens(stack) {
            stack.shutdown(now, handle.id, Shutdown::Both)?;
        } else {
            match stack.abort(now, handle.id) {
                Ok(()) | Err(Errno::ENOTCONN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        handle.link = Link::Unconnected;
        Ok(0)
    }

    pub(super) fn shutdown(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let how = context.number(1, "SHUT_RD, SHUT_WR or SHUT_RDWR")?;
        let (handle, _) = self.handle(number)?;
        let how = match how {
            c::SHUT_RD => Shutdown::Read,
            c::SHUT_WR => Shutdown::Write,
            c::SHUT_RDWR => Shutdown::Both,
            _ => return Err(Fault::Error("EINVAL")),
        };
        let (now, stack) = (context.world.now, &mut context.world.stack);
        let state = handle.state(stack);
        stack.shutdown(now, handle.id, how)?;
        match state {
            // To Linux it is over then.
            Some(State::TimeWait) => return Err(Fault::Error("ENOTCONN")),
            Some(State::SynSent) => handle.link = Link::Unconnected,
            _ => {}
        }
        Ok(0)
    }

    pub(super) fn close(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        if let Some(pair) = waiting.closing {
            return wait_for_the_end(context, waiting, pair, None);
        }
        let number = context.descriptor()?;
        let descriptor = self.descriptors.remove(&number).ok_or(Fault::Error("EBADF"))?;
        self.forget_in_epolls(number);
        match descriptor.file {
            File::Socket(handle) => close_socket(context, waiting, &handle),
            File::Pipe(pipe, end) => {
                self.close_pipe(pipe, end);
                Ok(0)
            }
            File::Epoll(_) | File::Zeros => Ok(0),
        }
    }
}

/// Closes a socket; waits if it is to linger.
fn close_socket(context: &mut Context<'_>, waiting: &mut Waiting, handle: &Handle) -> Result<i64, Fault> {
    let world = &mut context.world;
    let (now, stack) = (world.now, &mut world.stack);
    let lingers = handle.linger.filter(|_| handle.kind == Kind::Stream);
    let pair = stack.local_address(handle.id)?.zip(stack.peer_address(handle.id).ok());
    if lingers.is_some_and(|span| span.is_zero()) && pair.is_some() {
        match stack.abort(now, handle.id) {
            Ok(()) | Err(Errno::ENOTCONN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    stack.close(now, handle.id)?;
    world.drain();
    match (lingers, pair) {
        (Some(span), Some(pair)) if !span.is_zero() => wait_for_the_end(context, waiting, pair, Some(span)),
        _ => Ok(0),
    }
}

/// Waits until what was sent is acknowledged, with the FIN behind it; not for ever.
fn wait_for_the_end(
    context: &mut Context<'_>,
    waiting: &mut Waiting,
    pair: (SocketAddr, SocketAddr),
    most: Option<Duration>,
) -> Result<i64, Fault> {
    waiting.closing = Some(pair);
    let state = context.world.stack.tcp_info_between(pair.0, pair.1).map(|info| info.state);
    let closing = matches!(state, Some(State::FinWait1 | State::Closing | State::LastAck));
    if closing && waiting.goes_on(context.world.now, most) { Err(Fault::Waits) } else { Ok(0) }
}

/// Flags of a descriptor that is opened with these flags of a socket.
const fn status(flags: i64) -> i64 {
    c::O_RDWR | if flags & c::SOCK_NONBLOCK != 0 { c::O_NONBLOCK } else { 0 }
}

/// The peer's address that an expression says, for messages; `None` if it says none.
pub(super) fn destination(
    posix: &mut Posix,
    context: &Context<'_>,
    number: i64,
    expr: &Expr,
) -> Result<Option<SocketAddr>, Fault> {
    let settings = SocketAddr::new(posix.ground.remote, posix.ground.connect_port);
    let (handle, _) = posix.handle(number)?;
    let family = handle.family;
    match posix.place(context, expr, settings)? {
        Place::At(address, stated) => posix.ground.inward(family, address, stated).map(Some),
        Place::Nowhere => Err(Fault::Error("EAFNOSUPPORT")),
        Place::Null => Ok(None),
    }
}
