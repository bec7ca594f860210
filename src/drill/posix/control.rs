//! What is asked of descriptors besides: fcntl, ioctl; and capabilities.

use super::arguments::{Context, skip};
use super::{Fault, File, Posix, Waiting, pipe};
use crate::drill::constants as c;
use crate::drill::script::ExprKind;
use crate::stack::Kind;
use crate::stack::tcp::State;

/// Flags that `F_SETFL` can change.
const CHANGEABLE: i64 = c::O_APPEND | c::O_ASYNC | c::O_DIRECT | c::O_NOATIME | c::O_NONBLOCK;

impl Posix {
    pub(super) fn fcntl(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let (number, command) = (context.descriptor()?, context.number(1, "a command")?);
        let argument = |context: &Context<'_>| match context.given(2) {
            Some(_) => context.number(2, "flags"),
            None => Ok(0),
        };
        let descriptor = self.descriptor(number)?;
        match command {
            c::F_GETFL => Ok(descriptor.flags),
            c::F_SETFL => {
                let flags = argument(context)?;
                descriptor.flags = (descriptor.flags & !CHANGEABLE) | (flags & CHANGEABLE);
                Ok(0)
            }
            c::F_GETFD => Ok(if descriptor.close_on_exec { c::FD_CLOEXEC } else { 0 }),
            c::F_SETFD => {
                descriptor.close_on_exec = argument(context)? & c::FD_CLOEXEC != 0;
                Ok(0)
            }
            c::F_GETPIPE_SZ => match descriptor.file {
                File::Pipe(..) => Ok(pipe::CAPACITY as i64),
                _ => Err(Fault::Error("EBADF")),
            },
            _ => match &context.argument(1)?.kind {
                ExprKind::Word(name) => skip(context.argument(1)?, format!("{name} is not supported")),
                _ => Err(Fault::Error("EINVAL")),
            },
        }
    }

    pub(super) fn ioctl(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let (number, request) = (context.descriptor()?, context.number(1, "a request")?);
        let value = context.argument(2)?;
        let descriptor = self.descriptor(number)?;
        match request {
            c::FIONBIO => {
                let on = context.pointed(value, "0 or 1")? != 0;
                descriptor.flags = (descriptor.flags & !c::O_NONBLOCK) | if on { c::O_NONBLOCK } else { 0 };
                return Ok(0);
            }
            c::FIOCLEX | c::FIONCLEX => {
                descriptor.close_on_exec = request == c::FIOCLEX;
                return Ok(0);
            }
            _ => {}
        }
        let pipe = match descriptor.file {
            File::Pipe(pipe, _) => self.pipes.get(&pipe).map(pipe::Pipe::len),
            _ => None,
        };
        let (count, what) = match &mut self.descriptor(number)?.file {
            File::Socket(handle) if handle.kind == Kind::Stream => {
                let amounts = context.world.stack.amounts(handle.id);
                let state = handle.state(&context.world.stack);
                handle.look_for_urgent(context.world)?;
                // A FIN counts as a byte until it is acknowledged.
                let ends = matches!(state, Some(State::FinWait1 | State::Closing | State::LastAck));
                let opening = matches!(state, Some(State::SynSent | State::SynReceived));
                let sent = |bytes: usize| if opening { 0 } else { bytes as i64 };
                match request {
                    c::SIOCINQ => (handle.before_urgent(amounts?.unread), "what can be read"),
                    c::SIOCOUTQ => {
                        let bytes = sent(amounts?.unacknowledged).saturating_add(i64::from(ends));
                        (bytes, "what is not acknowledged")
                    }
                    c::SIOCOUTQNSD => (sent(amounts?.unsent), "what is not sent"),
                    c::SIOCATMARK => (i64::from(handle.is_at_mark()), "whether it is at the mark"),
                    _ => return not_here(context),
                }
            }
            File::Socket(handle) => match request {
                c::SIOCINQ => {
                    let unread = context.world.stack.amounts(handle.id)?.unread;
                    (unread as i64, "the length of the next message")
                }
                c::SIOCOUTQ => (0, "what is not sent"),
                _ => return not_here(context),
            },
            File::Pipe(..) if request == c::FIONREAD => (pipe.unwrap_or(0) as i64, "what can be read"),
            _ => return not_here(context),
        };
        context.expects_pointed(value, count, what, |count| count.to_string())?;
        Ok(0)
    }

    /// An application gives a capability up, or has it again: `cap_set(CAP_NET_ADMIN, 0)`.
    pub(super) fn cap_set(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let capability = context.number(0, "a capability")?;
        if !(0..64).contains(&capability) {
            return Err(Fault::Error("EINVAL"));
        }
        let kept = if context.given(1).is_some() { context.number(1, "0 or 1")? } else { 0 };
        if kept == 0 {
            self.dropped.insert(capability);
        } else {
            self.dropped.remove(&capability);
        }
        Ok(0)
    }
}

/// A request that is not here: one that is named is not supported, a number that stands for nothing is refused, as Linux does.
fn not_here<T>(context: &Context<'_>) -> Result<T, Fault> {
    let request = context.argument(1)?;
    match &request.kind {
        ExprKind::Word(name) => skip(request, format!("{name} is not supported of this")),
        _ => Err(Fault::Error("ENOTTY")),
    }
}
