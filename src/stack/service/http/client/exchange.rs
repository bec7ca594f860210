//! One connection of a client: a request is sent, its response is read as far as the caller reads it, and then another may follow.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::super::body::{Body, Step};
use super::super::{Seconds, fields};
use super::head::trailers;
use super::{Config, Event, Failure, Head, Request, RequestId};
use crate::field::Text;
use crate::stack::service::{Dialogue, Next, Notices};
use crate::stack::{Errno, SocketId, Stack};
use crate::time::Time;

/// What is known of all requests.
#[derive(Debug)]
pub(super) struct Desk {
    pub config: Config,
    pub tasks: BTreeMap<RequestId, Task>,
    pub events: VecDeque<(RequestId, Event)>,
    pub notices: Notices,
    /// Requests to be sent over another connection.
    pub again: Vec<RequestId>,
    pub chunk: Vec<u8>,
    pub asked: u64,
    pub failed: u64,
    pub bytes: u64,
}

/// A request whose end was not polled.
#[derive(Debug)]
pub(super) struct Task {
    pub to: SocketAddr,
    pub socket: Option<SocketId>,
    pub outcome: Outcome,
    /// As it is sent.
    bytes: Vec<u8>,
    head_only: bool,
    /// As it is shown.
    asked: String,
    /// It was given to a connection that had been used before, which the server may have been about to end.
    reused: bool,
    /// An event that says that there is content waits to be polled.
    told: bool,
    begun: Time,
    status: u16,
    taken: u64,
    trailers: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Open,
    Ended,
    Failed,
}

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Exchange {
    pub peer: SocketAddr,
    id: Option<RequestId>,
    phase: Phase,
    /// What has come and belongs to no content that was read.
    input: Vec<u8>,
    seen: usize,
    until: Time,
}

/// ```text
///         sent          head              read
///   Asking ───► Waiting ────► Content ──────────► Idle, or Over
/// ```
#[derive(Debug)]
enum Phase {
    /// So many bytes of the request were sent.
    Asking(usize),
    /// For a head; so many interim ones have come.
    Waiting(usize),
    /// The caller reads. Whether the connection can be used again, and whether the caller waits.
    Content {
        body: Body,
        persists: bool,
        wanted: bool,
    },
    Idle,
    Over,
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// Something or nothing; more may come.
    Some,
    End,
    Failure,
}

/// Interim responses before the one that counts (RFC 9110 section 15.2).
const INTERIM: usize = 16;
/// How much of a target is shown.
const SHOWN: usize = 200;

impl Task {
    pub fn new(now: Time, to: SocketAddr, bytes: Vec<u8>, request: &Request, reused: bool) -> Self {
        let target = request.target.as_bytes();
        let shown = Text(target.get(..SHOWN).unwrap_or(target));
        let method = if request.head_only { "HEAD" } else { "GET" };
        Self {
            to,
            socket: None,
            outcome: Outcome::Open,
            bytes,
            head_only: request.head_only,
            asked: format!("{method} http://{}{shown}", request.host),
            reused,
            told: false,
            begun: now,
            status: 0,
            taken: 0,
            trailers: Vec::new(),
        }
    }
}

impl Desk {
    pub fn on_socket(&mut self, id: RequestId, socket: SocketId) {
        if let Some(task) = self.tasks.get_mut(&id) {
            task.socket = Some(socket);
        }
    }

    /// The caller knows that there is something to read.
    pub fn on_told(&mut self, id: RequestId) {
        if let Some(task) = self.tasks.get_mut(&id) {
            task.told = false;
        }
    }

    fn on_read(&mut self, id: RequestId, length: usize) {
        if let Some(task) = self.tasks.get_mut(&id) {
            task.taken = task.taken.saturating_add(length as u64);
            self.bytes = self.bytes.saturating_add(length as u64);
        }
    }

    /// There is something to read; said once until it is polled.
    fn tell(&mut self, id: RequestId) {
        if let Some(task) = self.tasks.get_mut(&id)
            && !core::mem::replace(&mut task.told, true)
        {
            self.events.push_back((id, Event::Body));
        }
    }

    /// A request is over.
    pub fn conclude(&mut self, now: Time, id: RequestId, result: Result<(), Failure>) {
        let Some(task) = self.tasks.get_mut(&id).filter(|task| task.outcome == Outcome::Open) else { return };
        task.socket = None;
        let (asked, to, span) = (&task.asked, task.to, Seconds(now - task.begun));
        let trailers = trailers(&task.trailers).ok_or(Failure::Framing);
        match result.and(trailers) {
            Ok(trailers) => {
                task.outcome = Outcome::Ended;
                let (status, bytes) = (task.status, task.taken);
                self.notices.say(format!("{asked} {status:03} {bytes} bytes from {to} in {span}"));
                self.events.push_back((id, Event::End(trailers)));
            }
            Err(failure) => {
                task.outcome = Outcome::Failed;
                self.failed = self.failed.saturating_add(1);
                self.notices.say(format!("{asked} from {to} failed after {span}: {failure}"));
                self.events.push_back((id, Event::Failed(failure)));
            }
        }
    }
}

impl Dialogue for Desk {
    type State = Exchange;

    fn begin(&mut self, _: Time, peer: SocketAddr) -> Exchange {
        Exchange::new(peer)
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, exchange: &mut Exchange) -> Next {
        loop {
            let late = now >= exchange.until;
            let result = match exchange.phase {
                Phase::Asking(_) => exchange.ask(self, now, stack, socket),
                Phase::Waiting(_) => exchange.look_for_head(self, now, stack, socket),
                Phase::Content { wanted, .. } => {
                    let ready = stack.readiness(socket).unwrap_or_default();
                    if ready.error {
                        let error = stack.take_error(socket).ok().flatten();
                        Err(Failure::Connection(error.unwrap_or(Errno::ECONNRESET)))
                    } else if ready.readable {
                        exchange.id.into_iter().for_each(|id| self.tell(id));
                        return Next::Wait(None);
                    } else if !wanted {
                        return Next::Wait(None);
                    } else {
                        Ok(false)
                    }
                }
                Phase::Idle => match stack.recv(now, socket, &mut self.chunk) {
                    Err(Errno::EAGAIN) if !late => return Next::Wait(Some(exchange.until)),
                    // Nobody has asked for anything.
                    _ => return Next::Close,
                },
                Phase::Over => return Next::Close,
            };
            match result {
                Ok(true) => {}
                Ok(false) if !late => return Next::Wait(Some(exchange.until)),
                Ok(false) => exchange.fail(self, now, Failure::Late),
                Err(failure) => exchange.fail(self, now, failure),
            }
        }
    }

    fn end(&mut self, now: Time, mut exchange: Exchange) {
        exchange.fail(self, now, Failure::Cut);
    }
}

impl Exchange {
    pub const fn new(peer: SocketAddr) -> Self {
        Self { peer, id: None, phase: Phase::Idle, input: Vec::new(), seen: 0, until: Time::NEVER }
    }

    pub const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    /// A request is to be sent.
    pub fn begin(&mut self, id: RequestId, until: Time) {
        (self.id, self.phase, self.until, self.seen) = (Some(id), Phase::Asking(0), until, 0);
    }

    /// Sends the request. Whether something follows from that at once.
    fn ask(&mut self, desk: &Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Result<bool, Failure> {
        let Phase::Asking(from) = &mut self.phase else { return Ok(true) };
        let task = self.id.and_then(|id| desk.tasks.get(&id)).ok_or(Failure::Cut)?;
        let rest = task.bytes.get(*from..).unwrap_or(&[]);
        if rest.is_empty() {
            (self.phase, self.until) = (Phase::Waiting(0), now + desk.config.wait);
            return Ok(true);
        }
        match stack.send(now, socket, rest) {
            Ok(sent) => {
                *from = from.saturating_add(sent);
                Ok(true)
            }
            Err(Errno::EAGAIN) => Ok(false),
            Err(error) => Err(Failure::Connection(error)),
        }
    }

    /// Waits for a head.
    fn look_for_head(
        &mut self,
        desk: &mut Desk,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
    ) -> Result<bool, Failure> {
        if let Some(end) = fields::end_of_head(&self.input, self.seen) {
            self.seen = 0;
            self.take_head(desk, now, end)?;
            return Ok(true);
        }
        self.seen = self.input.len();
        if self.input.len() > desk.config.head {
            return Err(Failure::Head);
        }
        match stack.recv(now, socket, &mut desk.chunk) {
            Ok(0) => Err(Failure::Cut),
            Ok(length) => {
                self.input.extend_from_slice(desk.chunk.get(..length).unwrap_or(&[]));
                Ok(true)
            }
            Err(Errno::EAGAIN) => Ok(false),
            Err(error) => Err(Failure::Connection(error)),
        }
    }

    /// A head is there, up to `end`.
    fn take_head(&mut self, desk: &mut Desk, now: Time, end: usize) -> Result<(), Failure> {
        let id = self.id.ok_or(Failure::Cut)?;
        let task = desk.tasks.get_mut(&id).ok_or(Failure::Cut)?;
        let bytes = self.input.get(..end).filter(|_| end <= desk.config.head).ok_or(Failure::Head)?;
        let (head, body, persists) = Head::read(bytes, task.head_only)?;
        self.input.drain(..end);
        if let (Phase::Waiting(interim), 100..=199) = (&mut self.phase, head.status.0) {
            *interim = interim.saturating_add(1);
            // Nobody has asked for another protocol.
            let fits = *interim <= INTERIM && head.status != super::super::Status::SWITCHING_PROTOCOLS;
            return if fits { Ok(()) } else { Err(Failure::Head) };
        }
        task.status = head.status.0;
        desk.events.push_back((id, Event::Head(head)));
        let empty = matches!(body, Body::Exact(0));
        self.phase = Phase::Content { body, persists, wanted: false };
        if empty {
            self.finish(desk, now);
        } else {
            // What has come already makes no event of the connection.
            desk.tell(id);
        }
        Ok(())
    }

    /// Reads content for the caller: how much, and what came of it.
    pub fn read(
        &mut self,
        desk: &mut Desk,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        into: &mut [u8],
    ) -> (usize, Got) {
        let mut length = 0;
        let result = self.fill(desk, now, stack, socket, into, &mut length);
        self.id.into_iter().for_each(|id| desk.on_read(id, length));
        match result {
            Ok(false) => {
                if let Phase::Content { wanted, .. } = &mut self.phase {
                    *wanted = length < into.len();
                    self.until = now + desk.config.wait;
                }
                (length, Got::Some)
            }
            Ok(true) => {
                self.finish(desk, now);
                (length, Got::End)
            }
            Err(failure) => {
                self.fail(desk, now, failure);
                (length, Got::Failure)
            }
        }
    }

    /// Whether that was all.
    fn fill(
        &mut self,
        desk: &mut Desk,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        into: &mut [u8],
        length: &mut usize,
    ) -> Result<bool, Failure> {
        let Phase::Content { body, .. } = &mut self.phase else { return Ok(false) };
        let mut at = 0_usize;
        let done = loop {
            let here = self.input.get(at..).unwrap_or(&[]);
            let room = into.get_mut(*length..).unwrap_or_default();
            match body.next(here, room.len()).map_err(|_| Failure::Framing)? {
                Step::End => break true,
                Step::Content(0) => break false,
                Step::Content(count) => {
                    let (to, from) = (room.iter_mut(), here.iter().take(count));
                    to.zip(from).for_each(|(to, from)| *to = *from);
                    *length = length.saturating_add(count);
                    at = at.saturating_add(count);
                }
                Step::Framing(count) => at = at.saturating_add(count),
                Step::Trailer(count) => {
                    if let Some(task) = self.id.and_then(|id| desk.tasks.get_mut(&id)) {
                        task.trailers.extend(here.iter().take(count));
                    }
                    at = at.saturating_add(count);
                }
                Step::More if room.is_empty() => break false,
                Step::More => {
                    self.input.drain(..at.min(self.input.len()));
                    at = 0;
                    // Content goes straight to the caller.
                    let most = usize::try_from(body.ahead()).unwrap_or(usize::MAX).min(room.len());
                    let straight = most > 0 && self.input.is_empty();
                    let place =
                        if straight { room.get_mut(..most).unwrap_or_default() } else { &mut desk.chunk };
                    match stack.recv(now, socket, place) {
                        Ok(0) if matches!(body, Body::UntilClose) => break true,
                        Ok(0) => return Err(Failure::Cut),
                        Ok(count) if straight => {
                            body.took(count);
                            *length = length.saturating_add(count);
                        }
                        Ok(count) => self.input.extend_from_slice(desk.chunk.get(..count).unwrap_or(&[])),
                        Err(Errno::EAGAIN) => break false,
                        Err(error) => return Err(Failure::Connection(error)),
                    }
                }
            }
        };
        self.input.drain(..at.min(self.input.len()));
        Ok(done)
    }

    /// The response is over.
    fn finish(&mut self, desk: &mut Desk, now: Time) {
        if let Some(id) = self.id.take() {
            desk.conclude(now, id, Ok(()));
        }
        // What follows a response that nobody has asked for makes the connection useless.
        let again = matches!(self.phase, Phase::Content { persists: true, .. }) && self.input.is_empty();
        self.phase = if again { Phase::Idle } else { Phase::Over };
        self.until = now + desk.config.idle;
    }

    /// The response will not come to its end, unless another connection brings it.
    fn fail(&mut self, desk: &mut Desk, now: Time, failure: Failure) {
        let silent = matches!(self.phase, Phase::Asking(_) | Phase::Waiting(0)) && self.input.is_empty();
        let lost = matches!(failure, Failure::Cut | Failure::Connection(_));
        self.phase = Phase::Over;
        let Some(id) = self.id.take() else { return };
        match desk.tasks.get_mut(&id) {
            Some(task) if task.reused && silent && lost => {
                (task.reused, task.socket) = (false, None);
                desk.again.push(id);
            }
            _ => desk.conclude(now, id, Err(failure)),
        }
    }
}
