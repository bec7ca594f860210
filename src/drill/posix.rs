//! The calls that applications of a script make, over the sockets of a [`Stack`](crate::stack::Stack): as POSIX and the pages of Linux's
//! manual have them, blocking and not.
//!
//! A call that has to wait gives back [`Waiting`], and is tried again whenever something has happened, or its time has come; so nothing
//! needs threads. What a script says about results is compared by who calls, but for what a call writes into memory: values of options,
//! addresses, events, bytes. Where those differ, [`Outcome::differences`] says so.
//!
//! | file | what |
//! |---|---|
//! | `arguments` | what a script gives, and what it says of what comes out |
//! | `socket` | socket, bind, listen, accept, connect, shutdown, close |
//! | `receive`, `send` | read, recvmsg, write, sendmsg and those like them |
//! | `option` | getsockopt, setsockopt: a table |
//! | `poll`, `epoll` | who waits for several at once |
//! | `pipe` | files, pipes, sendfile, splice |
//! | `control` | fcntl, ioctl, capabilities |

mod arguments;
mod control;
mod epoll;
mod option;
mod pipe;
mod poll;
mod receive;
mod send;
mod socket;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::script::{Call, ExprKind};
use super::settings::{IpVersion, Settings};
use super::value::{Scope, wrong};
use super::{Stop, World};
use crate::mistake::Mistake;
use crate::stack::{Errno, Kind, SocketId};
use crate::time::Time;
use arguments::Context;
use epoll::Epoll;
use pipe::{Pipe, PipeEnd};
use socket::Handle;

/// The applications of a script: what they have open, by the numbers that the script gives.
#[derive(Debug)]
pub(crate) struct Posix {
    descriptors: BTreeMap<i64, Descriptor>,
    /// Pipes, each with up to two descriptors.
    pipes: BTreeMap<u64, Pipe>,
    pipes_made: u64,
    ground: Ground,
    /// Where sockets are that were bound, connected or accepted, the latest last.
    endpoints: Vec<(SocketId, Endpoint)>,
    /// What the applications may not do any more: capabilities of Linux.
    dropped: BTreeSet<i64>,
}

/// What the settings say about addresses.
#[derive(Clone, Copy, Debug)]
struct Ground {
    version: IpVersion,
    local: IpAddr,
    remote: IpAddr,
    bind_port: u16,
    connect_port: u16,
}

/// Something that is open.
#[derive(Debug)]
struct Descriptor {
    file: File,
    /// `O_RDONLY`, `O_WRONLY`, `O_RDWR`, with what else `F_SETFL` can change.
    flags: i64,
    close_on_exec: bool,
}

/// What a descriptor stands for.
#[derive(Debug)]
enum File {
    Socket(Box<Handle>),
    Epoll(Epoll),
    Pipe(u64, PipeEnd),
    /// A file of zeros without end.
    Zeros,
}

/// Where a socket is: what packets that say nothing of ports go to, and come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// What it speaks.
    pub kind: Kind,
    /// Its address and port.
    pub local: SocketAddr,
    /// Those of its peer, if it has one.
    pub remote: Option<SocketAddr>,
}

/// Endpoints that are remembered.
const ENDPOINTS: usize = 64;

/// What can be open at once (`RLIMIT_NOFILE`).
const OPEN_MOST: usize = 1024;

/// What became of a call that was begun.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It is over.
    Done(Outcome),
    /// It waits.
    Waits(Waiting),
}

/// What a call has given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its result.
    pub result: i64,
    /// The error, if the result is -1.
    pub errno: Option<&'static str>,
    /// What it wrote into memory that the script says otherwise: a sentence each.
    pub differences: Vec<String>,
}

/// A call that waits.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// It waits no longer than this.
    pub deadline: Option<Time>,
    /// The deadline is set.
    timed: bool,
    /// What it has begun: the error that it gives if it does not wait for the end.
    begun: Option<&'static str>,
    /// Bytes that it has moved so far.
    done: usize,
    /// What it has read so far, where the script says what that has to be.
    got: Vec<u8>,
    /// The connection whose end it waits for, its descriptor being closed already.
    closing: Option<(SocketAddr, SocketAddr)>,
}

impl Waiting {
    /// Whether it goes on waiting: for so long in all, if that is bounded.
    fn goes_on(&mut self, now: Time, most: Option<Duration>) -> bool {
        if !self.timed {
            (self.timed, self.deadline) = (true, most.map(|most| now + most));
        }
        self.deadline.is_none_or(|deadline| now < deadline)
    }
}

/// Why a call does not go on.
#[derive(Debug)]
enum Fault {
    /// It gives -1 and this error.
    Error(&'static str),
    /// It has to wait.
    Waits,
    /// The script cannot go on.
    Stop(Stop),
}

impl From<Errno> for Fault {
    fn from(error: Errno) -> Self {
        Self::Error(error.name())
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Mistake> for Fault {
    fn from(mistake: Mistake) -> Self {
        Self::Stop(Stop::Wrong(mistake))
    }
}

/// What a call does.
type Act = fn(&mut Posix, &mut Context<'_>, &mut Waiting) -> Result<i64, Fault>;

/// A call: its name, how many arguments it has, which, and what it does.
struct Known {
    name: &'static str,
    takes: RangeInclusive<usize>,
    form: &'static str,
    act: Act,
}

/// All calls, sorted.
const CALLS: &[Known] = &[
    known("accept", 3..=3, "listener, address, length", Posix::accept),
    known("accept4", 4..=4, "listener, address, length, flags", Posix::accept),
    known("bind", 3..=3, "socket, address, length", Posix::bind),
    known("cap_set", 1..=2, "capability, whether it is kept", Posix::cap_set),
    known("close", 1..=1, "descriptor", Posix::close),
    known("connect", 3..=3, "socket, address, length", Posix::connect),
    known("epoll_create", 1..=1, "size", Posix::epoll_create),
    known("epoll_create1", 1..=1, "flags", Posix::epoll_create),
    known("epoll_ctl", 4..=4, "epoll, operation, descriptor, {events=..., fd=...}", Posix::epoll_ctl),
    known("epoll_wait", 4..=4, "epoll, {events=..., fd=...}, most, milliseconds", Posix::epoll_wait),
    known("fcntl", 2..=3, "descriptor, command, argument", Posix::fcntl),
    known("getsockopt", 5..=5, "socket, level, option, value in brackets, length", Posix::getsockopt),
    known("ioctl", 3..=3, "descriptor, request, value in brackets", Posix::ioctl),
    known("listen", 2..=2, "socket, backlog", Posix::listen),
    known("open", 2..=3, "path, flags, mode", Posix::open),
    known("pipe", 1..=1, "[reading end, writing end]", Posix::pipe),
    known("pipe2", 2..=2, "[reading end, writing end], flags", Posix::pipe),
    known("poll", 3..=3, "[{fd=..., events=..., revents=...}], count, milliseconds", Posix::poll),
    known("read", 3..=3, "descriptor, bytes, count", Posix::read),
    known("readv", 3..=3, "descriptor, [{bytes, count}], count", Posix::readv),
    known("recv", 4..=4, "socket, bytes, count, flags", Posix::recv),
    known("recvfrom", 6..=6, "socket, bytes, count, flags, address, length", Posix::recv),
    known("recvmsg", 3..=3, "socket, {msg_iov(1)=[{bytes, count}], msg_flags=...}, flags", Posix::recvmsg),
    known("send", 4..=4, "socket, bytes, count, flags", Posix::send),
    known("sendfile", 4..=4, "to, from, [offset], count", Posix::sendfile),
    known("sendmsg", 3..=3, "socket, {msg_iov(1)=[{bytes, count}]}, flags", Posix::sendmsg),
    known("sendto", 6..=6, "socket, bytes, count, flags, address, length", Posix::send),
    known("setsockopt", 5..=5, "socket, level, option, value in brackets, length", Posix::setsockopt),
    known("shutdown", 2..=2, "socket, SHUT_RD, SHUT_WR or SHUT_RDWR", Posix::shutdown),
    known("socket", 3..=3, "domain, type, protocol", Posix::socket_call),
    known("splice", 6..=6, "from, offset, to, offset, count, flags", Posix::splice),
    known("write", 3..=3, "descriptor, bytes, count", Posix::write),
    known("writev", 3..=3, "descriptor, [{bytes, count}], count", Posix::writev),
];

const fn known(name: &'static str, takes: RangeInclusive<usize>, form: &'static str, act: Act) -> Known {
    Known { name, takes, form, act }
}

impl Posix {
    /// Applications that have nothing open but the standard streams.
    pub fn new(settings: &Settings) -> Self {
        Self {
            descriptors: BTreeMap::new(),
            pipes: BTreeMap::new(),
            pipes_made: 0,
            ground: Ground {
                version: settings.ip_version,
                local: settings.local(),
                remote: settings.remote(),
                bind_port: settings.bind_port,
                connect_port: settings.connect_port,
            },
            endpoints: Vec::new(),
            dropped: BTreeSet::new(),
        }
    }

    /// Begins a call; it may be over at once.
    ///
    /// # Errors
    /// What the script asks for cannot be, or is not there.
    pub fn begin(&mut self, world: &mut World, scope: &mut Scope, call: &Call) -> Result<Progress, Stop> {
        let mut waiting = Waiting::default();
        Ok(match self.again(world, scope, call, &mut waiting)? {
            Some(outcome) => Progress::Done(outcome),
            None => Progress::Waits(waiting),
        })
    }

    /// Tries a call again that waits; `None` if it goes on waiting.
    ///
    /// # Errors
    /// As [`Posix::begin`].
    pub fn again(
        &mut self,
        world: &mut World,
        scope: &mut Scope,
        call: &Call,
        waiting: &mut Waiting,
    ) -> Result<Option<Outcome>, Stop> {
        let known = find(call)?;
        self.observe(world);
        let mut context = Context { world, scope, call, differences: Vec::new() };
        let result = (known.act)(self, &mut context, waiting);
        let Context { world, differences, .. } = context;
        world.drain();
        self.observe(world);
        match result {
            Ok(result) => Ok(Some(Outcome { result, errno: None, differences })),
            Err(Fault::Error(errno)) => Ok(Some(Outcome { result: -1, errno: Some(errno), differences })),
            Err(Fault::Waits) => Ok(None),
            Err(Fault::Stop(stop)) => Err(stop),
        }
    }

    /// The socket of a kind that was bound, connected or accepted last, open or closed by now: packets that say nothing of ports belong
    /// to it.
    pub fn latest(&self, world: &World, kind: Kind) -> Option<Endpoint> {
        let (id, endpoint) = self.endpoints.iter().rev().find(|(_, endpoint)| endpoint.kind == kind)?;
        // It may have got a peer or a port since.
        Some(self.endpoint(world, *id, kind).unwrap_or(*endpoint))
    }

    /// The live socket of a descriptor.
    pub fn socket(&self, number: i64) -> Option<SocketId> {
        match &self.descriptors.get(&number)?.file {
            File::Socket(handle) => Some(handle.id),
            _ => None,
        }
    }

    /// All sockets.
    pub fn sockets(&self) -> impl Iterator<Item = SocketId> + '_ {
        self.descriptors.keys().filter_map(|number| self.socket(*number))
    }

    /// Where a socket is now, if it has an address.
    fn endpoint(&self, world: &World, id: SocketId, kind: Kind) -> Option<Endpoint> {
        let local = world.stack.local_address(id).ok()??;
        let ip = if local.ip().is_unspecified() { self.ground.local } else { local.ip() };
        let remote = world.stack.peer_address(id).ok();
        Some(Endpoint { kind, local: SocketAddr::new(ip, local.port()), remote })
    }

    /// A socket was bound, connected or accepted.
    fn note(&mut self, world: &World, id: SocketId, kind: Kind) {
        if let Some(endpoint) = self.endpoint(world, id, kind) {
            self.endpoints.retain(|(known, _)| *known != id);
            if self.endpoints.len() >= ENDPOINTS {
                self.endpoints.remove(0);
            }
            self.endpoints.push((id, endpoint));
        }
    }

    /// Takes what has happened to sockets: who waits for it by epoll is to know.
    fn observe(&mut self, world: &mut World) {
        while let Some(event) = world.stack.poll_event() {
            self.tell_epolls(world, &event);
        }
        self.tell_of_room(world);
    }

    /// Something new is open: under the number that the script says, or else the lowest that is free.
    fn open_as(&mut self, context: &Context<'_>, file: File, flags: i64) -> Result<i64, Fault> {
        let number = match &context.call.result.kind {
            ExprKind::Captured(_) | ExprKind::Ellipsis => None,
            _ => Some(context.scope.evaluate(&context.call.result)?).filter(|number| *number >= 0),
        };
        self.open_number(context, number, file, flags)
    }

    /// The same with a number that is known, if it is.
    fn open_number(
        &mut self,
        context: &Context<'_>,
        number: Option<i64>,
        file: File,
        flags: i64,
    ) -> Result<i64, Fault> {
        let span = &context.call.result.span;
        if self.descriptors.len() >= OPEN_MOST {
            return Err(Fault::Error("EMFILE"));
        }
        let number = match number {
            Some(number) if self.descriptors.contains_key(&number) => {
                return Err(wrong(span, format!("descriptor {number} is in use")).into());
            }
            Some(number) => number,
            None => (3..).find(|number| !self.descriptors.contains_key(number)).unwrap_or(i64::MAX),
        };
        self.descriptors.insert(number, Descriptor { file, flags, close_on_exec: false });
        Ok(number)
    }

    /// What a descriptor stands for.
    fn descriptor(&mut self, number: i64) -> Result<&mut Descriptor, Fault> {
        self.descriptors.get_mut(&number).ok_or(Fault::Error("EBADF"))
    }

    /// The socket of a descriptor, and whether it waits for nothing.
    fn handle(&mut self, number: i64) -> Result<(&mut Handle, bool), Fault> {
        let descriptor = self.descriptor(number)?;
        let nonblocking = descriptor.is_nonblocking();
        match &mut descriptor.file {
            File::Socket(handle) => Ok((handle, nonblocking)),
            _ => Err(Fault::Error("ENOTSOCK")),
        }
    }
}

impl Descriptor {
    /// Whether its calls wait for nothing.
    const fn is_nonblocking(&self) -> bool {
        self.flags & super::constants::O_NONBLOCK != 0
    }
}

/// The call that is named, if it has the arguments that it needs.
fn find(call: &Call) -> Result<&'static Known, Stop> {
    if call.name.starts_with("psp_") {
        let reason = "PSP is not supported".to_owned();
        return Err(Stop::Skip { span: call.span.clone(), reason });
    }
    let Ok(place) = CALLS.binary_search_by_key(&call.name.as_str(), |known| known.name) else {
        let names = CALLS.iter().map(|known| known.name);
        let mistake = Mistake::new(call.span.clone(), format!("there is no call `{}`", call.name));
        return Err(Stop::Wrong(mistake.like(&call.name, names)));
    };
    match CALLS.get(place) {
        Some(known) if known.takes.contains(&call.arguments.len()) => Ok(known),
        Some(known) => {
            let given = call.arguments.len();
            let message = format!("`{}` takes ({}), and {given} arguments are given", known.name, known.form);
            Err(wrong(&call.span, message))
        }
        None => Err(wrong(&call.span, format!("there is no call `{}`", call.name))),
    }
}
