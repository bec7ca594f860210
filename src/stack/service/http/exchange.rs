//! One connection of a server: requests are read, answered in order, and where that has to end, it ends so that the client sees the answer.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::net::SocketAddr;

use httparse::EMPTY_HEADER;

use super::answer::Answer;
use super::body::{Body, Step};
use super::fields::{self, Length};
use super::output::Output;
use super::request::Request;
use super::server::{Config, Counts};
use super::{Content, Date, Seconds, Status};
use crate::stack::service::{Dialogue, Next, Notices};
use crate::stack::{Errno, Sending, Shutdown, SocketId, Stack};
use crate::time::Time;

/// What answers.
#[derive(Debug)]
pub(super) struct Desk {
    pub config: Config,
    pub content: Box<dyn Content>,
    pub notices: Notices,
    pub counts: Counts,
    /// What is read from any socket at once.
    pub chunk: Vec<u8>,
}

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Exchange {
    peer: SocketAddr,
    phase: Phase,
    /// What has come and was not looked at; of it, where the end of a head is not.
    input: Vec<u8>,
    seen: usize,
    /// The client sends nothing more.
    ended: bool,
    output: Output,
    /// When it has waited long enough.
    until: Time,
    /// Bytes that were given to the socket; of those, how many the client had when it was looked last.
    given: u64,
    arrived: u64,
}

/// ```text
///            head         content, if any         answer sent
///   Waiting ──────► Content ─────────────► Answer ───────────► Waiting, or Lingering where the connection has to end
/// ```
#[derive(Debug)]
enum Phase {
    /// For a head, of which a part has come or not.
    Waiting(bool),
    /// The content of a request is read, and thrown away: so many bytes are left that it may have.
    Content(Body, usize, Box<Answer>),
    /// An answer is sent.
    Answer(Box<Answer>),
    /// All was said; what the client still sends is thrown away until it has seen that (RFC 9112 section 9.6).
    Lingering,
}

/// What came of a step.
enum Went {
    On,
    /// Nothing can be done before something happens.
    Nowhere,
    /// The connection is over.
    Over,
}

/// What is read from a resource at once.
const PIECE: usize = 65_536;
/// A method, two spaces, a version.
const AROUND_TARGET: usize = 64;

impl Dialogue for Desk {
    type State = Exchange;

    fn begin(&mut self, now: Time, peer: SocketAddr) -> Exchange {
        Exchange {
            peer,
            phase: Phase::Waiting(false),
            input: Vec::new(),
            seen: 0,
            ended: false,
            output: Output::default(),
            until: now + self.config.idle,
            given: 0,
            arrived: 0,
        }
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, exchange: &mut Exchange) -> Next {
        loop {
            let went = match &exchange.phase {
                Phase::Waiting(_) => exchange.look_for_head(self, now, stack, socket),
                Phase::Content(..) => exchange.throw_away(self, now, stack, socket),
                Phase::Answer(_) => exchange.send(self, now, stack, socket),
                Phase::Lingering => exchange.linger(self, now, stack, socket),
            };
            match went {
                Went::On => {}
                Went::Over => return Next::Close,
                Went::Nowhere if now < exchange.until => return Next::Wait(Some(exchange.until)),
                Went::Nowhere if exchange.has_moved(stack, socket) => {
                    exchange.until = now + self.config.idle;
                }
                Went::Nowhere => {
                    if let Some(end) = exchange.late(self, now) {
                        return end;
                    }
                }
            }
        }
    }

    fn end(&mut self, now: Time, mut exchange: Exchange) {
        let waits = matches!(exchange.phase, Phase::Content(..));
        if let Phase::Answer(answer) | Phase::Content(_, _, answer) = &mut exchange.phase {
            let unsent = answer.piece.as_ref().map_or(0, |piece| piece.end.saturating_sub(piece.next));
            let waiting = exchange.output.waiting().len() as u64;
            let unsent = unsent.saturating_add(waiting).saturating_add(answer.missing);
            let sent = if waits { 0 } else { answer.length.saturating_sub(unsent) };
            self.close(answer);
            self.tell(now, exchange.peer, answer, sent);
        }
    }
}

impl Desk {
    fn date(&self, now: Time) -> Option<Date> {
        let start = self.config.start?;
        Some(Date(start.nanoseconds().saturating_add(now.nanoseconds()) / 1_000_000_000))
    }

    /// A resource is not needed any more.
    fn close(&mut self, answer: &mut Answer) {
        if let Some(piece) = answer.piece.take() {
            self.content.close(piece.id);
        }
    }

    /// An answer is over: who got what, and how much of it.
    fn tell(&mut self, now: Time, peer: SocketAddr, answer: &Answer, sent: u64) {
        let (asked, status, length) = (&answer.asked, answer.status.0, answer.length);
        let part = if sent == length { format!("{length}") } else { format!("{sent} of {length}") };
        let span = Seconds(now - answer.begun);
        self.counts.bytes = self.counts.bytes.saturating_add(sent);
        self.notices.say(format!("{asked} {status:03} {part} bytes to {peer} in {span}"));
    }
}

impl Exchange {
    /// Takes what has come.
    fn receive(&mut self, desk: &mut Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Went {
        if self.ended {
            return Went::Over;
        }
        match stack.recv(now, socket, &mut desk.chunk) {
            Ok(0) => {
                self.ended = true;
                Went::Over
            }
            Ok(length) => {
                self.input.extend_from_slice(desk.chunk.get(..length).unwrap_or(&[]));
                Went::On
            }
            Err(Errno::EAGAIN) => Went::Nowhere,
            Err(_) => Went::Over,
        }
    }

    /// Waits for a head, and answers it. What has come of one may wait for the rest as long as a request may take, however it trickles.
    fn look_for_head(&mut self, desk: &mut Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Went {
        // RFC 9112 section 2.2: empty lines in front are nothing.
        let mut rest = self.input.as_slice();
        while let Some(behind) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            rest = behind;
        }
        let empty = self.input.len().saturating_sub(rest.len());
        if empty > 0 {
            self.input.drain(..empty);
            self.seen = 0;
        }
        if let Phase::Waiting(begun @ false) = &mut self.phase
            && !self.input.is_empty()
        {
            *begun = true;
            self.until = now + desk.config.request;
        }
        if let Some(end) = fields::end_of_head(&self.input, self.seen) {
            self.take_head(desk, now, end);
            return Went::On;
        }
        self.seen = self.input.len();
        let longest = desk.config.target.saturating_add(AROUND_TARGET);
        if self.input.get(..longest).is_some_and(|line| !line.contains(&b'\n')) {
            self.refuse(desk, now, Status::URI_TOO_LONG);
            return Went::On;
        }
        if self.input.len() > desk.config.head {
            self.refuse(desk, now, Status::REQUEST_HEADER_FIELDS_TOO_LARGE);
            return Went::On;
        }
        self.receive(desk, now, stack, socket)
    }

    /// A head is there, up to `end`.
    fn take_head(&mut self, desk: &mut Desk, now: Time, end: usize) {
        self.seen = 0;
        if end > desk.config.head {
            return self.refuse(desk, now, Status::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let mut rest = self.input.split_off(end);
        core::mem::swap(&mut rest, &mut self.input);
        let head = rest;
        let mut place = [EMPTY_HEADER; fields::MOST];
        let request = match Request::read(&head, &mut place, desk.config.target) {
            Ok(request) => request,
            Err(status) => {
                self.input = head;
                return self.refuse(desk, now, status);
            }
        };
        desk.counts.requests = desk.counts.requests.saturating_add(1);
        let date = desk.date(now);
        let mut body = None;
        let room = desk.config.content;
        let mut close = !request.persists();
        match request.length {
            Length::Unsaid | Length::Exact(0) => {}
            // Whoever waits for a word may then send its content or not: behind the last word the connection ends (RFC 9110 section 10.1.1).
            _ if request.expects_continue() => close = true,
            Length::Exact(length) if length > room as u64 => close = true,
            length => body = Some(Body::from(length)),
        }
        let answer = Box::new(Answer::new(&request, desk.content.as_mut(), now, date, close));
        self.phase = match body {
            Some(body) => Phase::Content(body, room, answer),
            None => self.begin_answer(desk, now, answer),
        };
    }

    /// Something is wrong with what has come: says so, and ends.
    fn refuse(&mut self, desk: &mut Desk, now: Time, status: Status) {
        desk.counts.refused = desk.counts.refused.saturating_add(1);
        let mut answer = Box::new(Answer::refusal(status, &self.input, now, desk.date(now)));
        self.input.clear();
        self.seen = 0;
        let before = core::mem::replace(&mut self.phase, Phase::Lingering);
        if let Phase::Content(_, _, mut meant) = before {
            desk.close(&mut meant);
            answer.asked = meant.asked;
        }
        self.phase = self.begin_answer(desk, now, answer);
    }

    fn begin_answer(&mut self, desk: &Desk, now: Time, mut answer: Box<Answer>) -> Phase {
        self.output = Output::from(core::mem::take(&mut answer.head).into_bytes());
        self.until = now + desk.config.idle;
        Phase::Answer(answer)
    }

    /// Reads the content of a request, which nobody wants, up to a bound.
    fn throw_away(&mut self, desk: &mut Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Went {
        let Phase::Content(body, room, _) = &mut self.phase else { return Went::Over };
        let mut taken = 0_usize;
        let step = loop {
            match body.next(self.input.get(taken..).unwrap_or(&[]), usize::MAX) {
                Ok(Step::Content(length) | Step::Framing(length) | Step::Trailer(length)) => {
                    taken = taken.saturating_add(length);
                }
                other => break other,
            }
        };
        self.input.drain(..taken.min(self.input.len()));
        *room = room.saturating_sub(taken);
        match step {
            Ok(Step::End) => {
                if let Phase::Content(_, _, answer) = core::mem::replace(&mut self.phase, Phase::Lingering) {
                    self.phase = self.begin_answer(desk, now, answer);
                }
                Went::On
            }
            Ok(_) if *room == 0 => {
                self.refuse(desk, now, Status::CONTENT_TOO_LARGE);
                Went::On
            }
            Ok(_) => self.receive(desk, now, stack, socket),
            Err(_) => {
                self.refuse(desk, now, Status::BAD_REQUEST);
                Went::On
            }
        }
    }

    /// Sends the answer, as far as there is room for it.
    fn send(&mut self, desk: &mut Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Went {
        let Phase::Answer(answer) = &mut self.phase else { return Went::Over };
        loop {
            let left = answer.piece.as_ref().map_or(0, |piece| piece.end.saturating_sub(piece.next));
            let waiting = self.output.waiting();
            if waiting.is_empty() && left == 0 {
                break;
            }
            // The head goes out with what is behind it.
            if left > 0 && waiting.len() < PIECE / 2 {
                fill(&mut self.output, desk, answer);
                continue;
            }
            match stack.send_with(now, socket, waiting, Sending { more: left > 0, ..Sending::default() }) {
                Ok(sent) => {
                    self.output.sent(sent);
                    self.given = self.given.saturating_add(sent as u64);
                    self.until = now + desk.config.idle;
                }
                Err(Errno::EAGAIN) => return Went::Nowhere,
                Err(_) => return Went::Over,
            }
        }
        if answer.missing > 0 {
            return Went::Over;
        }
        desk.close(answer);
        desk.counts.answers = desk.counts.answers.saturating_add(1);
        desk.tell(now, self.peer, answer, answer.length);
        let close = answer.close;
        self.output = Output::default();
        if close {
            let _ = stack.shutdown(now, socket, Shutdown::Write);
            (self.phase, self.until) = (Phase::Lingering, now + desk.config.linger);
            self.input = Vec::new();
        } else {
            (self.phase, self.until) = (Phase::Waiting(false), now + desk.config.idle);
        }
        Went::On
    }

    fn linger(&mut self, desk: &mut Desk, now: Time, stack: &mut Stack, socket: SocketId) -> Went {
        let went = self.receive(desk, now, stack, socket);
        self.input.clear();
        went
    }

    /// Whether the client has got something of what was sent since this was asked last.
    fn has_moved(&mut self, stack: &Stack, socket: SocketId) -> bool {
        let waiting = stack.amounts(socket).map_or(0, |amounts| amounts.unacknowledged);
        let arrived = self.given.saturating_sub(waiting as u64);
        let sending = matches!(self.phase, Phase::Answer(_) | Phase::Lingering | Phase::Waiting(false));
        core::mem::replace(&mut self.arrived, arrived) < arrived && waiting > 0 && sending
    }

    /// It has waited long enough.
    fn late(&mut self, desk: &mut Desk, now: Time) -> Option<Next> {
        match self.phase {
            Phase::Waiting(true) | Phase::Content(..) => {
                self.refuse(desk, now, Status::REQUEST_TIMEOUT);
                None
            }
            Phase::Waiting(false) | Phase::Lingering => Some(Next::Close),
            Phase::Answer(_) => Some(Next::Abort),
        }
    }
}

/// Reads the next piece behind what is to be sent. What cannot be read is missing, and ends the connection behind what could.
fn fill(output: &mut Output, desk: &mut Desk, answer: &mut Answer) {
    let Some(piece) = &mut answer.piece else { return };
    let left = piece.end.saturating_sub(piece.next);
    let length = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
    match desk.content.read(piece.id, piece.next, output.place(length)) {
        Ok(read @ 1..) => {
            let read = read.min(length);
            output.filled(read);
            piece.next = piece.next.saturating_add(read as u64);
        }
        _ => (answer.missing, piece.end) = (left, piece.next),
    }
}
