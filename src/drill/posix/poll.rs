//! poll: what can be done with each of several descriptors.

use std::time::Duration;

use super::arguments::{Context, field};
use super::pipe::PipeEnd;
use super::socket::Handle;
use super::{Fault, File, Posix, Waiting};
use crate::drill::World;
use crate::drill::constants as c;
use crate::drill::script::ExprKind;
use crate::drill::value::wrong;
use crate::stack::Kind;

/// What is told whether or not it is asked for.
pub(super) const ALWAYS: i64 = c::POLLERR | c::POLLHUP;

/// What a list for poll looks like.
const LIST: &str = "a list is expected here, as [{fd=3, events=POLLIN, revents=POLLIN}]";

impl Posix {
    pub(super) fn poll(&mut self, context: &mut Context<'_>, waiting: &mut Waiting) -> Result<i64, Fault> {
        let list = context.argument(0)?;
        let (count, milliseconds) =
            (context.number(1, "a number of descriptors")?, context.number(2, "milliseconds")?);
        let items = match &list.kind {
            ExprKind::List(items) => items.as_slice(),
            _ if context.is_null(list)? && count == 0 => &[],
            _ if context.is_null(list)? => return Err(Fault::Error("EFAULT")),
            _ => return Err(wrong(&list.span, LIST).into()),
        };
        let Some(items) = usize::try_from(count).ok().and_then(|count| items.get(..count)) else {
            let message = format!("{count} descriptors are said to be here, and there are {}", items.len());
            return Err(wrong(&list.span, message).into());
        };
        let mut found = Vec::new();
        for item in items {
            let ExprKind::Record(entries) = &item.kind else { return Err(wrong(&item.span, LIST).into()) };
            let (Some(number), Some(events)) = (field(entries, "fd", 0), field(entries, "events", 1)) else {
                return Err(wrong(&item.span, LIST).into());
            };
            let number = context.value(&number.value, "a descriptor")?;
            let events = context.value(&events.value, "events")?;
            let now = if number < 0 { 0 } else { self.ready(context.world, number, events | ALWAYS) };
            found.push((number, now, field(entries, "revents", 2)));
        }
        let ready = found.iter().filter(|(_, now, _)| *now != 0).count();
        if ready == 0 && milliseconds != 0 && waiting.goes_on(context.world.now, patience(milliseconds)) {
            return Err(Fault::Waits);
        }
        for (number, now, stated) in found {
            if let Some(stated) = stated {
                let what = format!("`revents` of descriptor {number}");
                context.expects(&stated.value, now, &what, |events| c::flags("POLL", events))?;
            }
        }
        Ok(ready as i64)
    }

    /// What of some events is so for a descriptor now; `POLLNVAL` if there is none.
    pub(super) fn ready(&mut self, world: &mut World, number: i64, wanted: i64) -> i64 {
        let now = match self.descriptors.get_mut(&number).map(|descriptor| &mut descriptor.file) {
            None => return c::POLLNVAL,
            Some(File::Socket(handle)) => handle.events(world),
            Some(File::Zeros) => c::POLLIN | c::POLLOUT | c::POLLRDNORM | c::POLLWRNORM,
            Some(File::Pipe(pipe, end)) => {
                let (pipe, end) = (*pipe, *end);
                self.pipes.get(&pipe).map_or(0, |pipe| match end {
                    PipeEnd::Read => pipe.events_to_read(),
                    PipeEnd::Write => pipe.events_to_write(),
                })
            }
            Some(File::Epoll(_)) => {
                if self.something_is_ready(world, number) {
                    c::POLLIN | c::POLLRDNORM
                } else {
                    0
                }
            }
        };
        now & wanted
    }
}

impl Handle {
    /// What can be done with it, as `poll` of Linux says it.
    pub fn events(&mut self, world: &mut World) -> i64 {
        let Ok(ready) = world.stack.readiness(self.id) else { return c::POLLERR };
        let amounts = world.stack.amounts(self.id);
        // An error there is nothing that could say of: a listener has no bytes.
        let listens = amounts.is_err();
        let amounts = amounts.unwrap_or_default();
        let stream = self.kind == Kind::Stream;
        if stream {
            let _ = self.look_for_urgent(world);
        }
        let readable = if stream && !listens && !ready.end {
            ready.readable && self.has_enough(amounts.unread)
        } else {
            ready.readable
        };
        // Twice as much as waits to be sent, so that there is something to be told of.
        let little = self.unsent_most().is_none_or(|most| amounts.unsent.saturating_mul(2) < most);
        let writable = ready.writable && (little || ready.hung_up);
        self.crowded |= stream && !writable;
        [
            (readable, c::POLLIN | c::POLLRDNORM),
            (writable, c::POLLOUT | c::POLLWRNORM),
            (writable && !stream, c::POLLWRBAND),
            (self.has_urgent(), c::POLLPRI),
            (ready.end, c::POLLRDHUP),
            (ready.hung_up, c::POLLHUP),
            (ready.error, c::POLLERR),
        ]
        .into_iter()
        .fold(0, |events, (is_so, flags)| if is_so { events | flags } else { events })
    }
}

/// How long so many milliseconds are; a negative number is for ever.
pub(super) fn patience(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}
