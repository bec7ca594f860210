//! What comes: read, readv, recv, recvfrom, recvmsg.

use std::time::Duration;

use super::arguments::{Bytes, Context, field, skip};
use super::socket::{Family, Handle, Link, Urgent};
use super::{Fault, File, Posix, Waiting};
use crate::drill::constants as c;
use crate::drill::script::{Entry, Expr, ExprKind};
use crate::drill::value::wrong;
use crate::drill::{Stop, World};
use crate::stack::{Errno, Kind, Origin};

/// What a call wants, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// So many bytes at most.
    pub most: usize,
    pub flags: i64,
    /// It does not wait.
    pub nonblocking: bool,
    /// The bytes are looked at by who calls.
    pub looked_at: bool,
}

/// What has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    /// What the call gives back.
    pub count: usize,
    /// Where a message came from.
    pub origin: Option<Origin>,
    /// `msg_flags`.
    pub flags: i64,
}

/// Flags of receiving that are known and change nothing here.
const HARMLESS: i64 = c::MSG_NOSIGNAL | c::MSG_CMSG_CLOEXEC | c::MSG_WAITFORONE;

impl Posix {
    pub(super) fn read(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let bytes = Bytes::of(context.part(context.argument(1)?, context.argument(2)?)?);
        self.read_bytes(context, waiting, &bytes)
    }

    pub(super) fn readv(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let bytes = context.parts(context.argument(1)?, context.argument(2)?)?;
        self.read_bytes(context, waiting, &bytes)
    }

    fn read_bytes(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
    ) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let descriptor = self.descriptor(number)?;
        if descriptor.flags & c::O_ACCMODE == c::O_WRONLY {
            return Err(Fault::Error("EBADF"));
        }
        match &descriptor.file {
            File::Socket(_) => {
                let received = self.receive(context, waiting, bytes, 0)?;
                Ok(received.count as i64)
            }
            File::Pipe(pipe, _) => {
                let (pipe, nonblocking) = (*pipe, descriptor.is_nonblocking());
                let got = self.read_pipe(context, waiting, pipe, nonblocking, bytes.length())?;
                context.differences.extend(bytes.difference(&got));
                Ok(got.len() as i64)
            }
            File::Zeros => {
                context.differences.extend(bytes.are_said().then(|| bytes.difference(&[0; 256])).flatten());
                Ok(bytes.length() as i64)
            }
            File::Epoll(_) => Err(Fault::Error("EINVAL")),
        }
    }

    pub(super) fn recv(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let bytes = Bytes::of(context.part(context.argument(1)?, context.argument(2)?)?);
        let flags = context.number(3, "flags")?;
        let received = self.receive(context, waiting, &bytes, flags)?;
        if let Some(address) = context.given(4) {
            self.compare_origin(context, number, address, &received)?;
        }
        Ok(received.count as i64)
    }

    pub(super) fn recvmsg(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let message = message(context, context.argument(1)?)?;
        let flags = context.number(2, "flags")?;
        let bytes = message.bytes(context)?;
        let mut received = self.receive(context, waiting, &bytes, flags)?;
        let sent_along = self.control_messages(context, number, &received)?;
        if !sent_along.is_empty() && message.control.is_none() {
            received.flags |= c::MSG_CTRUNC;
        }
        if let Some(address) = message.name {
            self.compare_origin(context, number, address, &received)?;
        }
        if let Some(control) = message.control {
            compare_control(context, control, &sent_along)?;
        }
        if let Some(stated) = message.flags {
            context.expects(stated, received.flags, "`msg_flags` of what came", |flags| {
                c::flags("MSG_", flags)
            })?;
        }
        Ok(received.count as i64)
    }

    /// Receives from the socket that is the first argument.
    fn receive(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
        flags: i64,
    ) -> Result<Received, Fault> {
        let number = context.descriptor()?;
        let (handle, nonblocking) = self.handle(number)?;
        let wish = Wish {
            most: bytes.length(),
            flags,
            nonblocking: nonblocking || flags & c::MSG_DONTWAIT != 0,
            looked_at: bytes.are_said(),
        };
        let known = c::MSG_OOB
            | c::MSG_PEEK
            | c::MSG_DONTWAIT
            | c::MSG_WAITALL
            | c::MSG_TRUNC
            | c::MSG_ERRQUEUE
            | HARMLESS;
        if flags & !known != 0 {
            let flags = c::flags("MSG_", flags & !known);
            return skip(&argument_of_flags(context)?, format!("receiving with {flags} is not supported"));
        }
        if flags & c::MSG_ERRQUEUE != 0 {
            // What would stand there is asked for by options that there are not.
            return Err(Fault::Error("EAGAIN"));
        }
        let received = match handle.kind {
            Kind::Stream => handle.receive_stream(context.world, waiting, wish)?,
            _ => handle.receive_message(context.world, waiting, wish)?,
        };
        if wish.looked_at {
            context.differences.extend(bytes.difference(&waiting.got));
        }
        Ok(received)
    }

    /// What the script says of where a message came from. A stream says nothing of that.
    fn compare_origin(
        &mut self,
        context: &mut Context<'_>,
        number: i64,
        stated: &Expr,
        received: &Received,
    ) -> Result<(), Fault> {
        let (handle, _) = self.handle(number)?;
        if let Some(origin) = received.origin {
            context.expects_address(stated, origin.address, handle.family)?;
        }
        Ok(())
    }

    /// What is said beside the bytes: level, type, value.
    fn control_messages(
        &mut self,
        context: &mut Context<'_>,
        number: i64,
        received: &Received,
    ) -> Result<Vec<(i64, i64, i64)>, Fault> {
        let (handle, _) = self.handle(number)?;
        let mut said = Vec::new();
        let wanted = |level, option| handle.value(level, option).is_some_and(|on| on != 0);
        if handle.kind == Kind::Stream && wanted(c::SOL_TCP, c::TCP_INQ) {
            let unread = context.world.stack.amounts(handle.id)?.unread;
            // The end counts as a byte, so that it is read too.
            let end = context.world.stack.readiness(handle.id)?.end;
            said.push((c::SOL_TCP, c::TCP_CM_INQ, (unread as i64).saturating_add(i64::from(end))));
        }
        if let Some(origin) = received.origin {
            let (hops, class) = (i64::from(origin.hop_limit), i64::from(origin.traffic_class));
            let options = match handle.family {
                Family::Inet => [
                    (c::SOL_IP, c::IP_RECVTTL, c::IP_TTL, hops),
                    (c::SOL_IP, c::IP_RECVTOS, c::IP_TOS, class),
                ],
                Family::Inet6 => [
                    (c::SOL_IPV6, c::IPV6_RECVHOPLIMIT, c::IPV6_HOPLIMIT, hops),
                    (c::SOL_IPV6, c::IPV6_RECVTCLASS, c::IPV6_TCLASS, class),
                ],
            };
            said.extend(
                options
                    .into_iter()
                    .filter(|(level, option, ..)| wanted(*level, *option))
                    .map(|(level, _, kind, value)| (level, kind, value)),
            );
        }
        Ok(said)
    }
}

impl Handle {
    /// How long receiving waits.
    fn waits_to_receive(&self, world: &World, waiting: &mut Waiting, nonblocking: bool) -> bool {
        !nonblocking && waiting.goes_on(world.now, self.patience.0)
    }

    /// A message of a datagram socket.
    fn receive_message(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        wish: Wish,
    ) -> Result<Received, Fault> {
        if wish.flags & c::MSG_OOB != 0 {
            return Err(Fault::Error("EOPNOTSUPP"));
        }
        let stack = &mut world.stack;
        let length = stack.amounts(self.id)?.unread;
        let mut into = vec![0; length.min(wish.most)];
        let peeks = wish.flags & c::MSG_PEEK != 0;
        let taken =
            if peeks { stack.peek_from(self.id, &mut into) } else { stack.recv_from(self.id, &mut into) };
        match taken {
            Ok((count, origin)) => {
                waiting.got = into;
                let whole = wish.flags & c::MSG_TRUNC != 0;
                Ok(Received {
                    count: if whole { length } else { count },
                    origin: Some(origin),
                    flags: if count < length { c::MSG_TRUNC } else { 0 },
                })
            }
            Err(Errno::EAGAIN) if stack.readiness(self.id)?.end => Ok(Received::default()),
            Err(Errno::EAGAIN) if self.waits_to_receive(world, waiting, wish.nonblocking) => {
                Err(Fault::Waits)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes of a stream: as many as are there, or as are wanted, up to urgent data or the end.
    pub(super) fn receive_stream(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        wish: Wish,
    ) -> Result<Received, Fault> {
        self.look_for_urgent(world)?;
        if wish.flags & c::MSG_OOB != 0 {
            return self.receive_urgent(world, waiting, wish);
        }
        if self.link == Link::Unconnected {
            return Err(Fault::Error("ENOTCONN"));
        }
        if wish.most == 0 {
            return Ok(Received::default());
        }
        let peeks = wish.flags & c::MSG_PEEK != 0;
        if peeks {
            (waiting.done, waiting.got) = (0, Vec::new());
        }
        let low = usize::try_from(self.low_water()).unwrap_or(usize::MAX).max(1);
        let target = if wish.flags & c::MSG_WAITALL != 0 { wish.most } else { low.min(wish.most) };
        loop {
            let count = self.receive_piece(world, waiting, wish)?;
            waiting.done = waiting.done.saturating_add(count);
            let done = Received { count: waiting.done, ..Received::default() };
            let enough = waiting.done >= target;
            let at_mark = count > 0 && self.is_at_mark();
            if enough || (waiting.done > 0 && at_mark) {
                return Ok(done);
            }
            // A look at what is there sees all of it at once.
            if count > 0 && !peeks {
                continue;
            }
            let ready = world.stack.readiness(self.id)?;
            if waiting.done > 0 && (ready.error || ready.end) {
                return Ok(done);
            }
            if waiting.done == 0 {
                // There is nothing, or an error, or the end.
                match world.stack.recv(world.now, self.id, &mut []) {
                    Ok(_) if ready.end => return Ok(done),
                    Ok(_) | Err(Errno::EAGAIN) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            return match self.waits_to_receive(world, waiting, wish.nonblocking) {
                true => Err(Fault::Waits),
                false if waiting.done > 0 => Ok(done),
                false => Err(Fault::Error("EAGAIN")),
            };
        }
    }

    /// Some bytes that are there, and go on where the last have ended.
    fn receive_piece(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        wish: Wish,
    ) -> Result<usize, Fault> {
        let inline = self.keeps_urgent_inline();
        if self.is_at_mark() && !inline && waiting.done == 0 && self.unread(world) > 0 {
            if wish.flags & c::MSG_PEEK != 0 {
                // What is behind the urgent byte can be seen only with it.
                let mut all = vec![0; self.unread(world).min(wish.most.saturating_add(1))];
                let count = world.stack.peek(world.now, self.id, &mut all)?.saturating_sub(1);
                waiting.got.extend_from_slice(all.get(1..).unwrap_or(&[]));
                return Ok(count);
            }
            world.stack.recv(world.now, self.id, &mut [0])?;
            self.taken = self.taken.saturating_add(1);
            self.urgent = None;
        }
        let ahead = match self.urgent {
            Some(urgent) if urgent.at > self.taken => usize::try_from(urgent.at.saturating_sub(self.taken)),
            _ => Ok(usize::MAX),
        };
        let count =
            wish.most.saturating_sub(waiting.done).min(self.unread(world)).min(ahead.unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let mut into = vec![0; count];
        let count = if wish.flags & c::MSG_PEEK != 0 {
            world.stack.peek(world.now, self.id, &mut into)?
        } else {
            let count = world.stack.recv(world.now, self.id, &mut into)?;
            self.taken = self.taken.saturating_add(count as u64);
            self.urgent = self.urgent.filter(|urgent| urgent.at >= self.taken);
            count
        };
        if wish.looked_at {
            waiting.got.extend_from_slice(into.get(..count).unwrap_or(&[]));
        }
        Ok(count)
    }

    fn unread(&self, world: &World) -> usize {
        world.stack.amounts(self.id).map_or(0, |amounts| amounts.unread)
    }

    /// So much has to be there before a call comes back (`SO_RCVLOWAT`).
    pub fn low_water(&self) -> i64 {
        self.value(c::SOL_SOCKET, c::SO_RCVLOWAT).unwrap_or(1)
    }

    fn keeps_urgent_inline(&self) -> bool {
        self.value(c::SOL_SOCKET, c::SO_OOBINLINE).is_some_and(|on| on != 0)
    }

    /// Whether the next byte is the last one of urgent data (`SIOCATMARK`).
    pub fn is_at_mark(&self) -> bool {
        self.urgent.is_some_and(|urgent| urgent.at == self.taken)
    }

    /// Whether the byte behind the mark is there to be read by itself.
    pub fn has_urgent(&self) -> bool {
        self.urgent.is_some_and(|urgent| urgent.byte.is_some() && !urgent.read)
    }

    /// Whether something can be read that is not read by itself, and enough of it.
    pub fn has_enough(&self, unread: usize) -> bool {
        let apart = self.is_at_mark() && !self.keeps_urgent_inline();
        unread as i64 >= self.low_water().max(1).saturating_add(i64::from(apart))
    }

    /// What there is to read before urgent data (`SIOCINQ`).
    pub fn before_urgent(&self, unread: usize) -> i64 {
        let unread = unread as i64;
        match self.urgent {
            Some(urgent) if !self.keeps_urgent_inline() && urgent.byte.is_some() => {
                unread.min(i64::try_from(urgent.at.saturating_sub(self.taken)).unwrap_or(i64::MAX))
            }
            _ => unread,
        }
    }

    /// Learns of urgent data that was announced, and of its last byte when that has come.
    pub fn look_for_urgent(&mut self, world: &mut World) -> Result<(), Fault> {
        let Ok(Some(ahead)) = world.stack.urgent_ahead(self.id) else { return Ok(()) };
        let at = self.taken.saturating_add(ahead).saturating_sub(1);
        let mut urgent = match self.urgent {
            Some(known) if known.at == at => known,
            _ => Urgent { at, byte: None, read: false },
        };
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        if urgent.byte.is_none() && self.unread(world) >= ahead {
            let mut into = vec![0; ahead];
            world.stack.peek(world.now, self.id, &mut into)?;
            urgent.byte = into.last().copied();
        }
        self.urgent = Some(urgent);
        Ok(())
    }

    /// The last byte of urgent data.
    fn receive_urgent(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        wish: Wish,
    ) -> Result<Received, Fault> {
        let inline = self.keeps_urgent_inline();
        let Some(urgent) = self.urgent.as_mut().filter(|urgent| !urgent.read && !inline) else {
            return Err(Fault::Error("EINVAL"));
        };
        let Some(byte) = urgent.byte else {
            let ended = world.stack.readiness(self.id)?.end;
            return if ended { Ok(Received::default()) } else { Err(Fault::Error("EAGAIN")) };
        };
        urgent.read = wish.flags & c::MSG_PEEK == 0;
        waiting.got = if wish.most > 0 { vec![byte] } else { Vec::new() };
        let cut = if wish.most == 0 { c::MSG_TRUNC } else { 0 };
        Ok(Received { count: wish.most.min(1), origin: None, flags: c::MSG_OOB | cut })
    }

    /// How long sending waits.
    pub const fn patience_to_send(&self) -> Option<Duration> {
        self.patience.1
    }
}

/// A `msghdr`: what it says of a message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Message<'a> {
    pub name: Option<&'a Expr>,
    pieces: Option<&'a Entry>,
    pub control: Option<&'a Expr>,
    flags: Option<&'a Expr>,
}

impl<'a> Message<'a> {
    /// Its bytes.
    pub fn bytes(&self, context: &Context<'a>) -> Result<Bytes<'a>, Fault> {
        let Some(pieces) = self.pieces else { return Ok(Bytes::default()) };
        let all = Expr { kind: ExprKind::Ellipsis, span: pieces.value.span.clone() };
        context.parts(&pieces.value, pieces.count.as_ref().unwrap_or(&all))
    }
}

/// Reads a `msghdr`: `{msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}`.
pub(super) fn message<'a>(context: &Context<'a>, expr: &'a Expr) -> Result<Message<'a>, Fault> {
    let ExprKind::Record(entries) = &expr.kind else {
        let wanted = "a message is expected here, as {msg_iov(1)=[{..., 1000}], msg_flags=0}";
        return if context.is_null(expr)? {
            Err(Fault::Error("EFAULT"))
        } else {
            Err(wrong(&expr.span, wanted).into())
        };
    };
    let mut message = Message::default();
    for entry in entries {
        match entry.name.as_deref() {
            Some("msg_name") => message.name = Some(&entry.value),
            Some("msg_iov") => message.pieces = Some(entry),
            Some("msg_control") => message.control = Some(&entry.value),
            Some("msg_flags") => message.flags = Some(&entry.value),
            Some("msg_namelen" | "msg_iovlen" | "msg_controllen") => {}
            _ if matches!(entry.value.kind, ExprKind::Ellipsis) => {}
            _ => {
                let parts = "a message has `msg_name`, `msg_iov`, `msg_control` and `msg_flags`";
                return Err(wrong(&entry.value.span, parts).into());
            }
        }
    }
    Ok(message)
}

/// What came beside the bytes, and what the script says of it.
fn compare_control(context: &mut Context<'_>, stated: &Expr, said: &[(i64, i64, i64)]) -> Result<(), Fault> {
    let wanted =
        "control messages are expected here, as [{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=0}]";
    let items = match &stated.kind {
        ExprKind::Ellipsis => return Ok(()),
        ExprKind::List(items) => items,
        _ if context.is_null(stated)? => return Ok(()),
        _ => return Err(wrong(&stated.span, wanted).into()),
    };
    if items.len() != said.len() {
        let message = format!("{} control messages came, not {}", said.len(), items.len());
        context.differences.push(message);
    }
    for (item, (level, kind, value)) in items.iter().zip(said) {
        let ExprKind::Record(entries) = &item.kind else { return Err(wrong(&item.span, wanted).into()) };
        for (name, actual) in [("cmsg_level", *level), ("cmsg_type", *kind)] {
            if let Some(entry) = field(entries, name, usize::MAX) {
                context.expects(&entry.value, actual, &format!("`{name}`"), |n| n.to_string())?;
            }
        }
        if let Some(entry) = field(entries, "cmsg_data", usize::MAX) {
            match &entry.value.kind {
                ExprKind::List(_) => {
                    context.expects_pointed(&entry.value, *value, "`cmsg_data`", |n| n.to_string())?;
                }
                _ => context.expects(&entry.value, *value, "`cmsg_data`", |n| n.to_string())?,
            }
        }
    }
    Ok(())
}

/// Where flags of a call stand.
fn argument_of_flags(context: &Context<'_>) -> Result<Expr, Stop> {
    let place = if context.call.name == "recvmsg" { 2 } else { 3 };
    context.argument(place).cloned()
}
