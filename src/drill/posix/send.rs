//! What goes out: write, writev, send, sendto, sendmsg.

use std::net::SocketAddr;

use super::arguments::{Bytes, Context, skip};
use super::receive::message;
use super::socket::{Handle, Link, destination};
use super::{Fault, File, Posix, Waiting};
use crate::drill::World;
use crate::drill::constants as c;
use crate::drill::script::ExprKind;
use crate::stack::{Errno, Kind, Sending};

/// How a call sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub flags: i64,
    /// It does not wait.
    pub nonblocking: bool,
    /// Where a message goes, if that is said.
    pub to: Option<SocketAddr>,
}

/// Flags of sending that change nothing here: no signals are sent, and there is one way to everywhere.
const HARMLESS: i64 = c::MSG_NOSIGNAL | c::MSG_CONFIRM | c::MSG_DONTROUTE | c::MSG_PROBE;

impl Posix {
    pub(super) fn write(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let bytes = Bytes::of(context.part(context.argument(1)?, context.argument(2)?)?);
        self.write_bytes(context, waiting, &bytes, 0)
    }

    pub(super) fn writev(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let bytes = context.parts(context.argument(1)?, context.argument(2)?)?;
        self.write_bytes(context, waiting, &bytes, 0)
    }

    /// Writes to whatever the first argument stands for.
    pub(super) fn write_bytes(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
        flags: i64,
    ) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        bytes.check(&context.argument(1)?.span)?;
        let descriptor = self.descriptor(number)?;
        if descriptor.flags & c::O_ACCMODE == c::O_RDONLY {
            return Err(Fault::Error("EBADF"));
        }
        let nonblocking = descriptor.is_nonblocking();
        match &mut descriptor.file {
            File::Socket(handle) => {
                let manner = Manner { flags, nonblocking, to: None };
                handle.send(context.world, waiting, bytes, manner).map(|count| count as i64)
            }
            File::Pipe(pipe, _) => {
                let pipe = *pipe;
                let count = self.write_pipe(context, waiting, pipe, nonblocking, bytes)?;
                Ok(count as i64)
            }
            File::Zeros => Ok(bytes.length() as i64),
            File::Epoll(_) => Err(Fault::Error("EINVAL")),
        }
    }

    pub(super) fn send(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let bytes = Bytes::of(context.part(context.argument(1)?, context.argument(2)?)?);
        let flags = context.number(3, "flags")?;
        let to = match context.given(4) {
            Some(address) => destination(self, context, number, address)?,
            None => None,
        };
        self.send_bytes(context, waiting, &bytes, (flags, to, 3))
    }

    pub(super) fn sendmsg(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let message = message(context, context.argument(1)?)?;
        let flags = context.number(2, "flags")?;
        let bytes = message.bytes(context)?;
        if let Some(control) = message.control
            && !matches!(&control.kind, ExprKind::List(items) if items.is_empty())
            && !matches!(control.kind, ExprKind::Ellipsis)
            && !context.is_null(control)?
        {
            return skip(control, "control messages are not sent here");
        }
        let to = match message.name {
            Some(address) => destination(self, context, number, address)?,
            None => None,
        };
        self.send_bytes(context, waiting, &bytes, (flags, to, 2))
    }

    /// Sends by the socket that is the first argument; the flags stand at a place among the arguments.
    fn send_bytes(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
        (flags, to, place): (i64, Option<SocketAddr>, usize),
    ) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        bytes.check(&context.argument(1)?.span)?;
        let (handle, nonblocking) = self.handle(number)?;
        let at = context.argument(place)?;
        let known = c::MSG_OOB | c::MSG_DONTWAIT | c::MSG_EOR | c::MSG_MORE | HARMLESS;
        if flags & !known != 0 {
            let flags = c::flags("MSG_", flags & !known);
            return skip(at, format!("sending with {flags} is not supported"));
        }
        if handle.kind != Kind::Stream && flags & c::MSG_MORE != 0 {
            return skip(at, "datagrams in several pieces are not supported");
        }
        let manner = Manner { flags, nonblocking: nonblocking || flags & c::MSG_DONTWAIT != 0, to };
        handle.send(context.world, waiting, bytes, manner).map(|count| count as i64)
    }
}

impl Handle {
    /// Sends bytes, or a message.
    pub fn send(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
        manner: Manner,
    ) -> Result<usize, Fault> {
        if self.kind == Kind::Stream {
            return self.send_stream(world, waiting, bytes, manner);
        }
        if manner.flags & c::MSG_OOB != 0 {
            return Err(Fault::Error("EOPNOTSUPP"));
        }
        // The longest is refused before its bytes are made.
        if bytes.length() > 65_535 {
            return Err(Fault::Error("EMSGSIZE"));
        }
        let data = bytes.slice(0, usize::MAX);
        let (now, stack) = (world.now, &mut world.stack);
        Ok(match manner.to {
            Some(to) => stack.send_to(now, self.id, &data, to)?,
            None => stack.send(now, self.id, &data)?,
        })
    }

    /// Sends bytes of a stream, until all are taken if it may wait.
    fn send_stream(
        &mut self,
        world: &mut World,
        waiting: &mut Waiting,
        bytes: &Bytes<'_>,
        manner: Manner,
    ) -> Result<usize, Fault> {
        let total = bytes.length();
        if self.link == Link::Unconnected {
            // A stream that was never connected is as one that is closed.
            return Err(Fault::Error("EPIPE"));
        }
        loop {
            let ready = world.stack.readiness(self.id)?;
            if waiting.done > 0 && (ready.error || ready.hung_up) {
                return Ok(waiting.done);
            }
            let room = self.room(world)?;
            // Who has waited for room goes on when there is a good deal of it.
            let most = if waiting.timed && !ready.writable { 0 } else { room };
            match self.send_piece(world, bytes, (waiting.done, most), manner) {
                Ok(count) => {
                    waiting.done = waiting.done.saturating_add(count);
                    // What can be sent goes out before there is more.
                    world.drain();
                    if waiting.done >= total {
                        return Ok(waiting.done);
                    }
                    if count > 0 {
                        continue;
                    }
                }
                Err(Errno::EAGAIN) => {}
                Err(_) if waiting.done > 0 => return Ok(waiting.done),
                Err(error) => return Err(error.into()),
            }
            self.crowded = true;
            if waiting.done > 0 {
                // What would wait to become a full segment may wait for room too: it goes.
                world.stack.push(world.now, self.id)?;
                world.drain();
            }
            let waits = !manner.nonblocking && waiting.goes_on(world.now, self.patience_to_send());
            return match waiting.done {
                _ if waits => Err(Fault::Waits),
                0 => Err(Fault::Error("EAGAIN")),
                done => Ok(done),
            };
        }
    }

    /// Sends as many of the bytes as there is room for.
    fn send_piece(
        &self,
        world: &mut World,
        bytes: &Bytes<'_>,
        (from, most): (usize, usize),
        manner: Manner,
    ) -> Result<usize, Errno> {
        let left = bytes.length().saturating_sub(from);
        let data = bytes.slice(from, most);
        if data.is_empty() && left > 0 {
            // An error comes before the lack of room.
            return world.stack.send(world.now, self.id, &[]).and(Err(Errno::EAGAIN));
        }
        let last = data.len() == left;
        let (now, stack) = (world.now, &mut world.stack);
        if manner.flags & c::MSG_OOB != 0 && last {
            return stack.send_urgent(now, self.id, &data);
        }
        let how = Sending {
            more: last && manner.flags & c::MSG_MORE != 0,
            end_of_record: last && manner.flags & c::MSG_EOR != 0,
        };
        stack.send_with(now, self.id, &data, how)
    }

    /// How many bytes can be given to a stream now.
    fn room(&self, world: &World) -> Result<usize, Fault> {
        let amounts = world.stack.amounts(self.id)?;
        let Some(lowest) = self.unsent_most() else { return Ok(amounts.room) };
        // No more than a little waits to be sent: a segment at a time is looked at (`TCP_NOTSENT_LOWAT`).
        let segment = world.stack.tcp_info(self.id).map_or(1, |info| info.segment);
        let segment = usize::try_from(segment).unwrap_or(usize::MAX).max(1);
        Ok(if amounts.unsent >= lowest { 0 } else { amounts.room.min(segment) })
    }

    /// What may wait to be sent (`TCP_NOTSENT_LOWAT`).
    pub fn unsent_most(&self) -> Option<usize> {
        let most = self.value(c::SOL_TCP, c::TCP_NOTSENT_LOWAT).filter(|most| *most != 0)?;
        usize::try_from(most).ok().filter(|most| *most < u32::MAX as usize)
    }
}
