//! epoll: who waits for several descriptors at once, by level, by edge, or once.
//!
//! As in Linux: what happens puts a descriptor on a list, and who waits takes from its front what still is so. By level it goes to the end of
//! the list again; by edge it comes back when something happens again.

use std::collections::{BTreeMap, VecDeque};

use super::arguments::{Context, field, skip};
use super::poll::{ALWAYS, patience};
use super::{Fault, File, Posix, Waiting};
use crate::drill::World;
use crate::drill::constants as c;
use crate::drill::script::{Entry, Expr, ExprKind};
use crate::drill::value::wrong;
use crate::stack::{Event, SocketId};

/// An epoll instance.
#[derive(Debug, Default)]
pub(super) struct Epoll {
    interests: BTreeMap<i64, Interest>,
    /// Descriptors of which something may be so.
    ready: VecDeque<i64>,
}

/// What somebody wants to know of a descriptor.
#[derive(Clone, Copy, Debug)]
struct Interest {
    events: i64,
    /// What is told with it.
    data: i64,
    /// It was told once, and that was all.
    over: bool,
}

impl Interest {
    fn wanted(self) -> i64 {
        if self.over { 0 } else { self.events | ALWAYS }
    }
}

impl Epoll {
    /// Something has happened to a descriptor: of this kind, or of any.
    fn wake(&mut self, number: i64, kinds: Option<i64>) {
        if let Some(interest) = self.interests.get(&number)
            && kinds.is_none_or(|kinds| interest.wanted() & kinds != 0)
            && !self.ready.contains(&number)
        {
            self.ready.push_back(number);
        }
    }

    fn forget(&mut self, number: i64) {
        self.interests.remove(&number);
        self.ready.retain(|ready| *ready != number);
    }
}

/// What a list of events looks like.
const EVENTS: &str = "events are expected here, as {events=EPOLLIN, fd=4}";

/// What wakes those who wait to read, and to send.
const TO_READ: i64 = c::EPOLLIN | c::EPOLLPRI | c::EPOLLRDNORM | c::EPOLLRDBAND;
const TO_SEND: i64 = c::EPOLLOUT | c::EPOLLWRNORM | c::EPOLLWRBAND;

impl Posix {
    pub(super) fn epoll_create(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let given = context.number(0, "a size, or flags")?;
        let by_flags = context.call.name == "epoll_create1";
        if (by_flags && given & !c::EPOLL_CLOEXEC != 0) || (!by_flags && given <= 0) {
            return Err(Fault::Error("EINVAL"));
        }
        let number = self.open_as(context, File::Epoll(Epoll::default()), c::O_RDWR);
        self.mark_close_on_exec(&number, by_flags && given != 0);
        number
    }

    pub(super) fn epoll_ctl(&mut self, context: &mut Context<'_>, _: &mut Waiting) -> Result<i64, Fault> {
        let (number, operation) = (context.descriptor()?, context.number(1, "an operation")?);
        let (of, event) = (context.number(2, "a descriptor")?, context.argument(3)?);
        self.descriptor(number)?;
        let file = &self.descriptor(of)?.file;
        match file {
            File::Zeros => return Err(Fault::Error("EPERM")),
            File::Epoll(_) if of != number => {
                return skip(context.argument(2)?, "an epoll that waits for an epoll is not supported");
            }
            _ => {}
        }
        let wanted = match operation {
            c::EPOLL_CTL_DEL => None,
            _ => Some(interest(context, event)?),
        };
        let epoll = self.epoll(number)?;
        if of == number {
            return Err(Fault::Error("EINVAL"));
        }
        let known = epoll.interests.contains_key(&of);
        match (operation, wanted) {
            (c::EPOLL_CTL_ADD, Some(_)) if known => return Err(Fault::Error("EEXIST")),
            (c::EPOLL_CTL_ADD, Some(wanted)) => {
                epoll.interests.insert(of, wanted);
            }
            (c::EPOLL_CTL_MOD | c::EPOLL_CTL_DEL, _) if !known => return Err(Fault::Error("ENOENT")),
            (c::EPOLL_CTL_MOD, Some(wanted)) => {
                epoll.interests.insert(of, wanted);
            }
            (c::EPOLL_CTL_DEL, _) => {
                epoll.forget(of);
                return Ok(0);
            }
            _ => return Err(Fault::Error("EINVAL")),
        }
        // What is so already counts as if it had happened now.
        if let Some(wanted) = wanted
            && self.ready(context.world, of, wanted.wanted()) != 0
        {
            self.epoll(number)?.wake(of, None);
        }
        Ok(0)
    }

    pub(super) fn epoll_wait(
        &mut self,
        context: &mut Context<'_>,
        waiting: &mut Waiting,
    ) -> Result<i64, Fault> {
        let number = context.descriptor()?;
        let (stated, most) = (context.argument(1)?, context.number(2, "a number of events")?);
        let milliseconds = context.number(3, "milliseconds")?;
        self.epoll(number)?;
        let most = usize::try_from(most).ok().filter(|most| *most > 0).ok_or(Fault::Error("EINVAL"))?;
        if context.is_null(stated)? {
            return Err(Fault::Error("EFAULT"));
        }
        let told = self.take_events(context.world, number, most)?;
        if told.is_empty() && milliseconds != 0 && waiting.goes_on(context.world.now, patience(milliseconds))
        {
            return Err(Fault::Waits);
        }
        compare(context, stated, &told)?;
        Ok(told.len() as i64)
    }

    fn epoll(&mut self, number: i64) -> Result<&mut Epoll, Fault> {
        match &mut self.descriptor(number)?.file {
            File::Epoll(epoll) => Ok(epoll),
            _ => Err(Fault::Error("EINVAL")),
        }
    }

    /// Takes what is so of the descriptors on the list: descriptor, events, data.
    fn take_events(
        &mut self,
        world: &mut World,
        number: i64,
        most: usize,
    ) -> Result<Vec<(i64, i64, i64)>, Fault> {
        let mut told = Vec::new();
        let mut again = Vec::new();
        while told.len() < most {
            let epoll = self.epoll(number)?;
            let Some(of) = epoll.ready.pop_front() else { break };
            let Some(interest) = epoll.interests.get(&of).copied() else { continue };
            let events = self.ready(world, of, interest.wanted());
            if events == 0 {
                continue;
            }
            told.push((of, events, interest.data));
            if interest.events & c::EPOLLONESHOT != 0 {
                if let Some(interest) = self.epoll(number)?.interests.get_mut(&of) {
                    interest.over = true;
                }
            } else if interest.events & c::EPOLLET == 0 {
                again.push(of);
            }
        }
        self.epoll(number)?.ready.extend(again);
        Ok(told)
    }

    /// Whether something would be told now.
    pub(super) fn something_is_ready(&mut self, world: &mut World, number: i64) -> bool {
        let Ok(epoll) = self.epoll(number) else { return false };
        let listed: Vec<(i64, i64)> = epoll
            .ready
            .iter()
            .filter_map(|of| epoll.interests.get(of).map(|interest| (*of, interest.wanted())))
            .collect();
        listed.into_iter().any(|(of, wanted)| self.ready(world, of, wanted) != 0)
    }

    /// A descriptor is closed.
    pub(super) fn forget_in_epolls(&mut self, number: i64) {
        for epoll in self.epolls() {
            epoll.forget(number);
        }
    }

    fn epolls(&mut self) -> impl Iterator<Item = &mut Epoll> {
        self.descriptors.values_mut().filter_map(|descriptor| match &mut descriptor.file {
            File::Epoll(epoll) => Some(epoll),
            _ => None,
        })
    }

    /// Something has happened to a descriptor.
    pub(super) fn wake(&mut self, number: i64, kinds: Option<i64>) {
        for epoll in self.epolls() {
            epoll.wake(number, kinds);
        }
    }

    /// Something has happened to a socket.
    pub(super) fn tell_epolls(&mut self, world: &World, event: &Event) {
        let (id, kinds) = match *event {
            // The end of what comes is a change of state.
            Event::Readable(id) if world.stack.readiness(id).is_ok_and(|ready| ready.end) => (id, None),
            Event::Readable(id) | Event::Urgent(id) | Event::Acceptable(id) => (id, Some(TO_READ)),
            Event::Undelivered { socket, .. } => (socket, Some(c::EPOLLERR)),
            Event::Connected(id) | Event::Closed(id, _) => (id, None),
            // Room is looked at below: only who has found none is told of it.
            _ => return,
        };
        if let Some(number) = self.number_of(id) {
            self.wake(number, kinds);
        }
    }

    /// There is room to send again by sockets where there was none.
    pub(super) fn tell_of_room(&mut self, world: &mut World) {
        let mut free = Vec::new();
        for (number, descriptor) in &mut self.descriptors {
            if let File::Socket(handle) = &mut descriptor.file
                && handle.crowded
                && handle.events(world) & c::EPOLLOUT != 0
            {
                handle.crowded = false;
                free.push(*number);
            }
        }
        free.into_iter().for_each(|number| self.wake(number, Some(TO_SEND)));
    }

    fn number_of(&self, id: SocketId) -> Option<i64> {
        self.descriptors.keys().copied().find(|number| self.socket(*number) == Some(id))
    }
}

/// Data that a script gives with events, by the names of its union.
const DATA: [&str; 5] = ["fd", "u32", "u64", "ptr", "data"];

fn data(entries: &[Entry]) -> Option<&Expr> {
    let entry = DATA.iter().find_map(|name| field(entries, name, 1))?;
    match &entry.value.kind {
        ExprKind::Record(inner) => {
            DATA.iter().find_map(|name| field(inner, name, 0)).map(|entry| &entry.value)
        }
        _ => Some(&entry.value),
    }
}

/// What `{events=EPOLLIN, fd=4}` asks for.
fn interest(context: &Context<'_>, expr: &Expr) -> Result<Interest, Fault> {
    let ExprKind::Record(entries) = &expr.kind else {
        return if context.is_null(expr)? {
            Err(Fault::Error("EFAULT"))
        } else {
            Err(wrong(&expr.span, EVENTS).into())
        };
    };
    let events = field(entries, "events", 0).ok_or_else(|| wrong(&expr.span, EVENTS))?;
    let events = context.value(&events.value, "events")? & 0xffff_ffff;
    let data = data(entries).map(|data| context.value(data, "a number")).transpose()?.unwrap_or(0);
    Ok(Interest { events, data, over: false })
}

/// What was told, beside what the script says of it.
fn compare(context: &mut Context<'_>, stated: &Expr, told: &[(i64, i64, i64)]) -> Result<(), Fault> {
    let items = match &stated.kind {
        ExprKind::Ellipsis => return Ok(()),
        ExprKind::Record(_) => std::slice::from_ref(stated),
        ExprKind::List(items) => items.as_slice(),
        _ => return Err(wrong(&stated.span, EVENTS).into()),
    };
    for (item, (of, events, said)) in items.iter().zip(told) {
        let ExprKind::Record(entries) = &item.kind else { return Err(wrong(&item.span, EVENTS).into()) };
        if let Some(entry) = field(entries, "events", 0) {
            let what = format!("what is told of descriptor {of}");
            context.expects(&entry.value, *events, &what, |events| c::flags("EPOLL", events))?;
        }
        if let Some(data) = data(entries) {
            let what = format!("the data of descriptor {of}");
            context.expects(data, *said, &what, |number| number.to_string())?;
        }
    }
    Ok(())
}
