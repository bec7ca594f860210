//! One question to one server, and the answer that is believed to be its.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use super::TaskId;
use crate::field::Name;
use crate::names::{DnsClass, DnsOpcode, DnsRcode, DnsType};
use crate::stack::secret::Purpose;
use crate::stack::service::dns::Domain;
use crate::stack::service::dns::stream::Stream;
use crate::stack::service::{Connections, Dialogue, Next};
use crate::stack::{Errno, Event, Kind, SocketId, Stack};
use crate::time::Time;
use crate::wire::dns::{Composer, Dns, Edns};

/// Wrong answers after which the question is asked over TCP, where nobody can guess (RFC 5452 section 9.3).
const WRONG: u32 = 16;
/// Room for a question.
const ROOM: usize = 512;

/// What is to be asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub server: SocketAddr,
    pub name: Domain,
    pub record_type: DnsType,
    pub recursion_desired: bool,
    /// The longest datagram that is taken; `None` for a question without EDNS.
    pub payload_size: Option<u16>,
    /// Upper and lower case are thrown like a coin, and have to come back so.
    pub mixed_case: bool,
    pub timeout: Duration,
}

/// A question that was asked.
#[derive(Debug)]
struct Exchange {
    task: TaskId,
    question: Question,
    id: u16,
    /// The name as it was written.
    written: Vec<u8>,
    tcp: bool,
    wrong: u32,
    sent: Time,
    until: Time,
}

/// What came of a question.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The answer of the server that was asked, after so long.
    Answer(Vec<u8>, Duration),
    /// It has not answered in time.
    Silent,
    /// It cannot be reached, or nobody listens there, as it seems now.
    Unreachable,
    /// No way leads there: nothing was sent.
    NoWay,
}

/// The questions that wait for an answer, each with a socket of its own: its port is one of many that cannot be foreseen.
#[derive(Debug)]
pub(super) struct Exchanges {
    open: BTreeMap<SocketId, Exchange>,
    due: BTreeSet<(Time, SocketId)>,
    connections: Connections<Stream>,
    inbox: Inbox,
    outcomes: Vec<(TaskId, Question, Outcome)>,
    room: Vec<u8>,
    drawn: u64,
    pub datagrams: u64,
    pub over_tcp: u64,
    /// Messages that are no answer to what was asked.
    pub wrong: u64,
}

/// Messages that came over TCP.
#[derive(Debug, Default)]
struct Inbox(Vec<(SocketId, Vec<u8>)>);

impl Dialogue for Inbox {
    type State = Stream;

    fn begin(&mut self, _: Time, _: SocketAddr) -> Stream {
        Stream::default()
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, stream: &mut Stream) -> Next {
        if stream.send(now, stack, socket).is_err() {
            return Next::Abort;
        }
        match stream.receive(now, stack, socket) {
            Ok(None) if !stream.ended => Next::Wait(None),
            Ok(Some(message)) => {
                self.0.push((socket, message));
                Next::Close
            }
            _ => Next::Abort,
        }
    }
}

impl Exchanges {
    pub fn new() -> Self {
        Self {
            open: BTreeMap::new(),
            due: BTreeSet::new(),
            connections: Connections::new(0),
            inbox: Inbox::default(),
            outcomes: Vec::new(),
            room: vec![0; usize::from(u16::MAX)],
            drawn: 0,
            datagrams: 0,
            over_tcp: 0,
            wrong: 0,
        }
    }

    pub fn next_deadline(&self) -> Option<Time> {
        self.due.first().map(|(time, _)| *time)
    }

    /// What came of a question.
    pub fn poll(&mut self) -> Option<(TaskId, Question, Outcome)> {
        self.outcomes.pop()
    }

    /// Asks. If nothing can be sent there, the outcome says so.
    pub fn ask(&mut self, now: Time, stack: &mut Stack, task: TaskId, question: Question, tcp: bool) {
        if self.try_ask(now, stack, task, &question, tcp).is_err() {
            self.outcomes.push((task, question, Outcome::NoWay));
        }
    }

    fn try_ask(
        &mut self,
        now: Time,
        stack: &mut Stack,
        task: TaskId,
        question: &Question,
        tcp: bool,
    ) -> Result<(), Errno> {
        let socket = stack.socket(if tcp { Kind::Stream } else { Kind::Datagram })?;
        // The socket is nobody else's: two resolvers of a host draw other numbers.
        let number = self.draw(now, stack, socket.number());
        let id = u16::try_from(number & 0xffff).unwrap_or(0);
        let mut written = question.name.wire().to_vec();
        if question.mixed_case {
            mix(&mut written, self.draw(now, stack, socket.number()));
        }
        let mut room = [0; ROOM];
        let Some(message) = compose(&mut room, id, &written, question) else {
            let _ = stack.close(now, socket);
            return Err(Errno::EINVAL);
        };
        let until = now + question.timeout;
        let exchange =
            Exchange { task, question: question.clone(), id, written, tcp, wrong: 0, sent: now, until };
        let sent = if tcp {
            self.over_tcp = self.over_tcp.saturating_add(1);
            stack.connect(now, socket, question.server)
        } else {
            self.datagrams = self.datagrams.saturating_add(1);
            // Bound, not connected: each gets another port, and what comes from elsewhere is seen and counted.
            let any = match question.server {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            };
            let bound = stack.bind(socket, SocketAddr::new(any, 0));
            bound.and_then(|()| stack.send_to(now, socket, message, question.server).map(|_| ()))
        };
        if let Err(error) = sent {
            let _ = stack.close(now, socket);
            return Err(error);
        }
        if tcp {
            let mut stream = Stream::default();
            stream.push(message);
            self.connections.add(socket, stream, None);
        }
        self.open.insert(socket, exchange);
        self.due.insert((until, socket));
        Ok(())
    }

    /// A number that cannot be foreseen.
    fn draw(&mut self, now: Time, stack: &Stack, what: u64) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        stack.unforeseen(Purpose::Dns, &[what, self.drawn, now.nanoseconds()])
    }

    /// A number below a limit.
    pub fn below(&mut self, now: Time, stack: &Stack, limit: usize) -> usize {
        usize::try_from(self.draw(now, stack, u64::MAX)).unwrap_or(0).checked_rem(limit).unwrap_or(0)
    }

    /// Gives up what a task has asked.
    pub fn forget(&mut self, now: Time, stack: &mut Stack, task: TaskId) {
        let of_task = self.open.iter().filter(|(_, exchange)| exchange.task == task);
        let sockets: Vec<SocketId> = of_task.map(|(socket, _)| *socket).collect();
        for socket in sockets {
            self.end(now, stack, socket);
        }
    }

    /// Lets go of all sockets.
    pub fn close(&mut self, now: Time, stack: &mut Stack) {
        let open: Vec<SocketId> = self.open.keys().copied().collect();
        for socket in open {
            self.end(now, stack, socket);
        }
    }

    fn end(&mut self, now: Time, stack: &mut Stack, socket: SocketId) -> Option<Exchange> {
        let exchange = self.open.remove(&socket)?;
        self.due.remove(&(exchange.until, socket));
        if exchange.tcp {
            self.connections.end(now, stack, socket, Next::Abort);
        } else {
            let _ = stack.close(now, socket);
        }
        Some(exchange)
    }

    fn finish(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        outcome: impl FnOnce(&Exchange) -> Outcome,
    ) {
        if let Some(exchange) = self.end(now, stack, socket) {
            let outcome = outcome(&exchange);
            self.outcomes.push((exchange.task, exchange.question, outcome));
        }
    }

    /// Sees to what has happened, if it is to one of these sockets. Whether it was.
    pub fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let Some(socket) = event.socket() else { return false };
        if self.connections.on_event(now, stack, event, &mut self.inbox) {
            for (socket, message) in core::mem::take(&mut self.inbox.0) {
                self.message(now, stack, socket, None, message);
            }
            // It is closed, and no answer has come by it.
            if self.connections.get_mut(socket).is_none() {
                self.finish(now, stack, socket, |_| Outcome::Unreachable);
            }
            return true;
        }
        if !self.open.contains_key(&socket) {
            return false;
        }
        if matches!(event, Event::Undelivered { to, .. } if self.open.get(&socket).is_some_and(|open| open.question.server == *to))
        {
            self.finish(now, stack, socket, |_| Outcome::Unreachable);
        }
        while self.open.contains_key(&socket) {
            match stack.recv_from(socket, &mut self.room) {
                Ok((length, origin)) => {
                    let message = self.room.get(..length).unwrap_or(&[]).to_vec();
                    self.message(now, stack, socket, Some(origin.address), message);
                }
                Err(Errno::EAGAIN | Errno::EBADF) => break,
                Err(_) => {}
            }
        }
        true
    }

    /// A message has come to where an answer is waited for. What is not the answer is counted, and waiting goes on.
    fn message(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        from: Option<SocketAddr>,
        mut message: Vec<u8>,
    ) {
        let Some(exchange) = self.open.get_mut(&socket) else { return };
        let from_server = from.is_none_or(|from| from == exchange.question.server);
        match exchange.check(&message).filter(|_| from_server) {
            Some(false) => {
                exchange.restore(&mut message);
                self.finish(now, stack, socket, |exchange| {
                    Outcome::Answer(message, now.since(exchange.sent))
                });
            }
            // Cut short: all of it comes over TCP (RFC 7766 section 5).
            Some(true) if !exchange.tcp => self.again_over_tcp(now, stack, socket),
            _ => {
                exchange.wrong = exchange.wrong.saturating_add(1);
                self.wrong = self.wrong.saturating_add(1);
                if exchange.tcp {
                    self.finish(now, stack, socket, |_| Outcome::Unreachable);
                } else if exchange.wrong >= WRONG {
                    self.again_over_tcp(now, stack, socket);
                }
            }
        }
    }

    fn again_over_tcp(&mut self, now: Time, stack: &mut Stack, socket: SocketId) {
        if let Some(exchange) = self.end(now, stack, socket) {
            self.ask(now, stack, exchange.task, exchange.question, true);
        }
    }

    /// Ends what was waited for long enough. Where nothing but wrong answers came, be it from who guesses or from a server that does not keep the case
    /// of letters, it is asked over TCP.
    pub fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        while let Some((_, socket)) = self.due.first().copied().filter(|(until, _)| *until <= now) {
            if self.open.get(&socket).is_some_and(|exchange| exchange.wrong > 0 && !exchange.tcp) {
                self.again_over_tcp(now, stack, socket);
            } else {
                self.finish(now, stack, socket, |_| Outcome::Silent);
            }
        }
    }
}

impl Exchange {
    /// Whether a message is the answer to this question (RFC 5452 section 9.1), and if it is, whether it was cut short.
    fn check(&self, message: &[u8]) -> Option<bool> {
        let message = Dns::view(message).ok()?;
        if !message.response() || message.id() != self.id || message.opcode() != DnsOpcode::QUERY {
            return None;
        }
        let mut questions = message.questions();
        let Some(question) = questions.next() else {
            // Who does not understand a message may send its header back alone.
            let excused = message.question_count() == 0
                && matches!(message.rcode(), DnsRcode::FORM_ERR | DnsRcode::NOT_IMP);
            return excused.then_some(false);
        };
        let written = Name::at(&self.written, 0);
        let same_case = || question.name.labels().eq(written.labels());
        let same = question.name.is(&written) && (!self.question.mixed_case || self.tcp || same_case());
        let is_ours = message.question_count() == 1
            && same
            && question.record_type == self.question.record_type
            && question.class == DnsClass::IN;
        is_ours.then(|| message.truncated())
    }
}

impl Exchange {
    /// Puts the name of the question back as it was asked for, and with it all that points there.
    fn restore(&self, message: &mut [u8]) {
        let end = Dns::LEN.saturating_add(self.written.len());
        let question =
            message.get_mut(Dns::LEN..end).filter(|question| question.eq_ignore_ascii_case(&self.written));
        if let Some(question) = question {
            question.copy_from_slice(self.question.name.wire());
        }
    }
}

/// The letters of a name in upper or lower case by the bits of a number, one after the other.
fn mix(name: &mut [u8], number: u64) {
    let letters = name.iter_mut().filter(|byte| byte.is_ascii_alphabetic());
    for (place, letter) in letters.take(64).enumerate() {
        if number >> place & 1 == 1 {
            *letter ^= 0x20;
        }
    }
}

fn compose<'r>(room: &'r mut [u8], id: u16, name: &[u8], question: &Question) -> Option<&'r [u8]> {
    let header = Dns::query(id).recursion_desired(question.recursion_desired);
    let mut message = Composer::new(room, header).ok()?;
    message.question(Name::at(name, 0), question.record_type).ok()?;
    if let Some(payload_size) = question.payload_size {
        message.edns(Edns { payload_size, ..Edns::default() }).ok()?;
    }
    Some(message.finish())
}
