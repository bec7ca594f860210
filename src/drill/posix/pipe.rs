//! Files and pipes, and what goes between them and sockets: open, pipe, sendfile, splice.

use std::collections::VecDeque;

use super::arguments::{Bytes, Context, Part};
use super::receive::Wish;
use super::send::Manner;
use super::{Fault, File, OPEN_MOST, Posix, Waiting};
use crate::drill::constants as c;
use crate::drill::script::{Expr, ExprKind};
use crate::drill::value::wrong;

/// A pipe.
#[derive(Debug)]
pub(super) struct Pipe {
    content: VecDeque<u8>,
    /// Whether somebody can read, and write.
    readers: bool,
    writers: bool,
}

/// An end of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    Read,
    Write,
}

/// What a pipe holds, and what is written to it in one piece or not at all.
pub(super) const CAPACITY: usize = 65_536;
const ATOMIC: usize = 4096;

impl Pipe {
    fn room(&self) -> usize {
        CAPACITY.saturating_sub(self.content.len())
    }

    /// How much is in it.
    pub fn len(&self) -> usize {
        self.content.len()
    }

    pub fn events_to_read(&self) -> i64 {
        let something = if self.content.is_empty() { 0 } else { c::POLLIN | c::POLLRDNORM };
        something | if self.writers { 0 } else { c::POLLHUP }
    }

    pub fn events_to_write(&self) -> i64 {
        let room = if self.room() < ATOMIC { 0 } else { c::POLLOUT | c::POLLWRNORM };
        room | if self.readers { 0 } else { c::POLLERR }
    }
}

/// Something that splice moves bytes from, or to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Socket,
    Pipe(u64),
    Zeros,
}

impl Posix {
    pub(super) fn open(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let path = context.argument(0)?;
        if !matches!(path.kind, ExprKind::Text(_) | ExprKind::Ellipsis) {
            return if context.is_null(path)? {
                Err(Fault::Error("EFAULT"))
            } else {
                Err(wrong(&path.span, "a path in quotes is expected here").into())
            };
        }
        let flags = context.number(1, "flags")?;
        let number = self.open_as(context, File::Zeros, flags & (c::O_ACCMODE | c::O_NONBLOCK));
        self.mark_close_on_exec(&number, flags & c::O_CLOEXEC != 0);
        number
    }

    pub(super) fn pipe(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let flags = if context.given(1).is_some() { context.number(1, "flags")? } else { 0 };
        if flags & !(c::O_NONBLOCK | c::O_CLOEXEC | c::O_DIRECT) != 0 {
            return Err(Fault::Error("EINVAL"));
        }
        let pair = context.argument(0)?;
        let ends = match &pair.kind {
            ExprKind::List(items) => items.as_slice(),
            _ if context.is_null(pair)? => return Err(Fault::Error("EFAULT")),
            _ => &[],
        };
        let [read, write] = ends else {
            return Err(wrong(&pair.span, "two descriptors are expected here, as [5, 6]").into());
        };
        if self.descriptors.len().saturating_add(2) > OPEN_MOST {
            return Err(Fault::Error("EMFILE"));
        }
        let pipe = self.pipes_made;
        self.pipes_made = pipe.wrapping_add(1);
        self.pipes.insert(pipe, Pipe { content: VecDeque::new(), readers: true, writers: true });
        let status = flags & c::O_NONBLOCK;
        for (stated, end, access) in
            [(read, PipeEnd::Read, c::O_RDONLY), (write, PipeEnd::Write, c::O_WRONLY)]
        {
            let number = match &stated.kind {
                ExprKind::Captured(_) | ExprKind::Ellipsis => None,
                _ => Some(context.value(stated, "a descriptor")?),
            };
            let number = self.open_number(context, number, File::Pipe(pipe, end), access | status);
            self.mark_close_on_exec(&number, flags & c::O_CLOEXEC != 0);
            let number = number?;
            context.expects(stated, number, "the descriptor", |number| number.to_string())?;
        }
        Ok(0)
    }

    /// An end of a pipe is closed.
    pub(super) fn close_pipe(&mut self, pipe: u64, end: PipeEnd) {
        if let Some(held) = self.pipes.get_mut(&pipe) {
            match end {
                PipeEnd::Read => held.readers = false,
                PipeEnd::Write => held.writers = false,
            }
            if !held.readers && !held.writers {
                self.pipes.remove(&pipe);
            }
        }
        self.wake_pipe(pipe, None);
    }

    /// Those who wait for a pipe are to know that something has happened to it: to one end, or to both.
    fn wake_pipe(&mut self, pipe: u64, end: Option<PipeEnd>) {
        let is_it = |file: &File| match file {
            File::Pipe(other, which) => *other == pipe && end.is_none_or(|end| *which == end),
            _ => false,
        };
        let numbers: Vec<i64> = self
            .descriptors
            .iter()
            .filter(|(_, descriptor)| is_it(&descriptor.file))
            .map(|(number, _)| *number)
            .collect();
        numbers.into_iter().for_each(|number| self.wake(number, None));
    }

    /// Takes bytes out of a pipe; none is its end.
    pub(super) fn read_pipe(
        &mut self,
        context: &Context<'_>,
        waiting: &mut Waiting,
        pipe: u64,
        nonblocking: bool,
        most: usize,
    ) -> Result<Vec<u8>, Fault> {
        let held = self.pipes.get_mut(&pipe).ok_or(Fault::Error("EBADF"))?;
        if held.content.is_empty() && held.writers && most > 0 {
            let waits = !nonblocking && waiting.goes_on(context.world.now, None);
            return Err(if waits { Fault::Waits } else { Fault::Error("EAGAIN") });
        }
        let count = most.min(held.content.len());
        let got = held.content.drain(..count).collect();
        self.wake_pipe(pipe, Some(PipeEnd::Write));
        Ok(got)
    }

    /// Puts bytes into a pipe; all of them if it may wait.
    pub(super) fn write_pipe(
        &mut self,
        context: &Context<'_>,
        waiting: &mut Waiting,
        pipe: u64,
        nonblocking: bool,
        bytes: &Bytes<'_>,
    ) -> Result<usize, Fault> {
        let held = self.pipes.get_mut(&pipe).ok_or(Fault::Error("EBADF"))?;
        if !held.readers {
            return if waiting.done > 0 { Ok(waiting.done) } else { Err(Fault::Error("EPIPE")) };
        }
        let total = bytes.length();
        let whole = total <= ATOMIC && held.room() < total;
        let room = if whole { 0 } else { held.room() };
        let piece = bytes.slice(waiting.done, room);
        held.content.extend(piece.iter());
        waiting.done = waiting.done.saturating_add(piece.len());
        if !piece.is_empty() {
            self.wake_pipe(pipe, Some(PipeEnd::Read));
        }
        if waiting.done < total && !nonblocking && waiting.goes_on(context.world.now, None) {
            return Err(Fault::Waits);
        }
        match waiting.done {
            0 if total > 0 => Err(Fault::Error("EAGAIN")),
            done => Ok(done),
        }
    }

    pub(super) fn sendfile(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
    ) -> Result<i64, Fault> {
        let (from, offset) = (context.number(1, "a descriptor")?, context.argument(2)?);
        let count = context.number(3, "a number of bytes")?;
        let length = usize::try_from(count).map_err(|_| Fault::Error("EINVAL"))?;
        let source = self.descriptor(from)?;
        if source.flags & c::O_ACCMODE == c::O_WRONLY {
            return Err(Fault::Error("EBADF"));
        }
        if !matches!(source.file, File::Zeros) {
            return Err(Fault::Error("EINVAL"));
        }
        if let ExprKind::List(_) = offset.kind
            && context.pointed(offset, "an offset")? < 0
        {
            return Err(Fault::Error("EINVAL"));
        }
        let zeros = Bytes::of(Part { text: None, length: length.min(0x7fff_f000) });
        self.write_bytes(context, waiting, &zeros, 0)
    }

    pub(super) fn splice(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let (from, to) = (context.descriptor()?, context.number(2, "a descriptor")?);
        let (count, flags) = (context.number(4, "a number of bytes")?, context.number(5, "flags")?);
        let all = c::SPLICE_F_MOVE | c::SPLICE_F_NONBLOCK | c::SPLICE_F_MORE | c::SPLICE_F_GIFT;
        if flags & !all != 0 {
            return Err(Fault::Error("EINVAL"));
        }
        let count = usize::try_from(count).map_err(|_| Fault::Error("EINVAL"))?.min(0x7fff_f000);
        let source = self.side(from, c::O_WRONLY)?;
        let target = self.side(to, c::O_RDONLY)?;
        for (side, place) in [(source, 1), (target, 3)] {
            let given = has_offset(context, context.argument(place)?)?;
            match side {
                Side::Pipe(_) if given => return Err(Fault::Error("ESPIPE")),
                Side::Socket if given => return Err(Fault::Error("EINVAL")),
                _ => {}
            }
        }
        if count == 0 {
            return Ok(0);
        }
        match (source, target) {
            (Side::Pipe(a), Side::Pipe(b)) if a == b => Err(Fault::Error("EINVAL")),
            (_, Side::Pipe(pipe)) => {
                self.fill_pipe(context, waiting, (from, source), (to, pipe), (count, flags))
            }
            (Side::Pipe(pipe), _) => {
                self.empty_pipe(context, waiting, (from, pipe), (to, target), (count, flags))
            }
            _ => Err(Fault::Error("EINVAL")),
        }
    }

    /// What a descriptor of splice stands for; it must not be open only for the other direction.
    fn side(&mut self, number: i64, other: i64) -> Result<Side, Fault> {
        let descriptor = self.descriptor(number)?;
        if descriptor.flags & c::O_ACCMODE == other {
            return Err(Fault::Error("EBADF"));
        }
        match &descriptor.file {
            File::Socket(_) => Ok(Side::Socket),
            File::Pipe(pipe, _) => Ok(Side::Pipe(*pipe)),
            File::Zeros => Ok(Side::Zeros),
            File::Epoll(_) => Err(Fault::Error("EINVAL")),
        }
    }

    /// Moves bytes into a pipe, as many as there are and fit.
    fn fill_pipe(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        (from, source): (i64, Side),
        (to, pipe): (i64, u64),
        (count, flags): (usize, i64),
    ) -> Result<i64, Fault> {
        let nonblocking = flags & c::SPLICE_F_NONBLOCK != 0 || self.descriptor(to)?.is_nonblocking();
        let held = self.pipes.get(&pipe).ok_or(Fault::Error("EBADF"))?;
        if !held.readers {
            return Err(Fault::Error("EPIPE"));
        }
        let most = count.min(held.room());
        if most == 0 {
            let waits = !nonblocking && waiting.goes_on(context.world.now, None);
            return Err(if waits { Fault::Waits } else { Fault::Error("EAGAIN") });
        }
        let bytes = match source {
            Side::Zeros => vec![0; most],
            Side::Pipe(other) => {
                let nonblocking = nonblocking || self.descriptor(from)?.is_nonblocking();
                self.read_pipe(context, waiting, other, nonblocking, most)?
            }
            Side::Socket => {
                let (handle, nonblocking) = self.handle(from)?;
                let wish = Wish { most, flags: 0, nonblocking, looked_at: true };
                if handle.kind != crate::stack::Kind::Stream {
                    return Err(Fault::Error("EINVAL"));
                }
                handle.receive_stream(context.world, waiting, wish)?;
                std::mem::take(&mut waiting.got)
            }
        };
        if let Some(held) = self.pipes.get_mut(&pipe) {
            held.content.extend(bytes.iter());
        }
        if !bytes.is_empty() {
            self.wake_pipe(pipe, Some(PipeEnd::Read));
        }
        Ok(bytes.len() as i64)
    }

    /// Moves bytes out of a pipe, as many as there are and fit.
    fn empty_pipe(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
        (from, pipe): (i64, u64),
        (to, target): (i64, Side),
        (count, flags): (usize, i64),
    ) -> Result<i64, Fault> {
        let nonblocking = flags & c::SPLICE_F_NONBLOCK != 0 || self.descriptor(from)?.is_nonblocking();
        let held = self.pipes.get(&pipe).ok_or(Fault::Error("EBADF"))?;
        if held.content.is_empty() {
            if !held.writers {
                return Ok(0);
            }
            let waits = !nonblocking && waiting.goes_on(context.world.now, None);
            return Err(if waits { Fault::Waits } else { Fault::Error("EAGAIN") });
        }
        let bytes: Vec<u8> = held.content.iter().copied().take(count).collect();
        let moved = match target {
            Side::Socket => {
                let (handle, nonblocking) = self.handle(to)?;
                let more = if flags & c::SPLICE_F_MORE != 0 { c::MSG_MORE } else { 0 };
                let piece = Bytes::of(Part { text: Some(&bytes), length: bytes.len() });
                // What has gone stays in the pipe until all has: who waits sends the rest.
                let manner = Manner { flags: more, nonblocking, to: None };
                handle.send(context.world, waiting, &piece, manner)?
            }
            _ => bytes.len(),
        };
        if let Some(held) = self.pipes.get_mut(&pipe) {
            held.content.drain(..moved.min(held.content.len()));
        }
        self.wake_pipe(pipe, Some(PipeEnd::Write));
        Ok(moved as i64)
    }
}

/// Whether an offset is given: `NULL` and `...` are none.
fn has_offset(context: &Context<'_>, expr: &Expr) -> Result<bool, Fault> {
    match &expr.kind {
        ExprKind::Ellipsis => Ok(false),
        ExprKind::List(_) => Ok(true),
        _ if context.is_null(expr)? => Ok(false),
        _ => Err(wrong(&expr.span, "an offset in brackets is expected here, as [0], or NULL").into()),
    }
}
