//! Takes what comes.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::account::Account;
use super::numbers::{Delays, Numbers, Stamp};
use super::{Errand, Over, Task, spaced};
use crate::stack::service::{Connections, Datagrams, Dialogue, Figure, Next};
use crate::stack::{Errno, Event, SocketId, Stack};
use crate::time::Time;

/// Takes what comes to a port, of everybody, and throws it away.
///
/// Figures over UDP: `messages`; if they are a [`Source`](super::Source)'s also `lost`, `reordered`, `duplicates`, `delay_min`, `delay_mean`, `delay_max` and `jitter`
/// (RFC 3550 section 6.4.1). What was lost behind the last that came it cannot know: the source has `sent`. Figures over TCP: `connections`,
/// `reads`; `done` is when the last connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The port.
    pub port: u16,
    /// What carries it.
    pub over: Over,
    /// How it reads: at most so many bytes (of UDP one message) once in each such span; `None`: all as soon as it comes. What it has not read stays in the
    /// host, and closes the window of TCP.
    pub reading: Option<(usize, Duration)>,
    /// It says of each read what it got.
    pub keep: bool,
}

impl Listen {
    /// On a port of UDP, as fast as it comes.
    pub const fn udp(port: u16) -> Self {
        Self { port, over: Over::Udp, reading: None, keep: false }
    }

    /// On a port of TCP, as fast as it comes.
    pub const fn tcp(port: u16) -> Self {
        Self { over: Over::Tcp, ..Self::udp(port) }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let task = Listening {
            listen: self,
            datagrams: Datagrams::default(),
            next: None,
            connections: Connections::new(CONNECTIONS),
            chunk: Vec::new(),
            taken: Taken::default(),
        };
        Errand::new(begin, task)
    }
}

#[derive(Debug)]
struct Listening {
    listen: Listen,
    datagrams: Datagrams,
    /// When the next message is read, if it takes its time.
    next: Option<Time>,
    connections: Connections<Reader>,
    chunk: Vec<u8>,
    taken: Taken,
}

#[derive(Debug, Default)]
struct Taken {
    /// Messages, or reads.
    reads: u64,
    sources: BTreeMap<SocketAddr, Numbers>,
    delays: Delays,
}

/// Connections at once, at most.
const CONNECTIONS: usize = 1024;
/// Sources whose numbers are followed, at most.
const SOURCES: usize = 64;
/// What is read at once, at most.
const CHUNK: usize = 65_536;
/// Bytes of a message that are shown.
const SHOWN: usize = 100;

/// Text as it is shown: escaped, and not at any length.
fn shown(bytes: &[u8]) -> String {
    let more = if bytes.len() > SHOWN { " ..." } else { "" };
    format!("\"{}\"{more}", bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii())
}

impl Taken {
    fn count(&mut self) {
        self.reads = self.reads.saturating_add(1);
    }

    fn message(&mut self, now: Time, from: SocketAddr, message: &[u8]) {
        self.count();
        let Some(stamp) = Stamp::read(message) else { return };
        if self.sources.len() < SOURCES || self.sources.contains_key(&from) {
            self.sources.entry(from).or_default().take(stamp.number);
            self.delays.add(now - stamp.sent);
        }
    }
}

impl Listening {
    /// Reads messages of a socket: all, or one.
    fn read(&mut self, now: Time, stack: &mut Stack, socket: SocketId, account: &mut Account) -> bool {
        let mut any = false;
        while let Some((message, origin)) = self.datagrams.receive(stack, socket) {
            any = true;
            account.deliver(now, message.len());
            self.taken.message(now, origin.address, message);
            if self.listen.keep {
                let (length, from) = (message.len(), origin.address);
                account.say(format!("message of {length} bytes from {from}: {}", shown(message)));
            }
            if self.listen.reading.is_some() {
                break;
            }
        }
        any
    }

    fn desk<'a>(&'a mut self, account: &'a mut Account) -> (&'a mut Connections<Reader>, Desk<'a>) {
        let Self { listen, connections, chunk, taken, .. } = self;
        (connections, Desk { listen, chunk, taken, account })
    }

    fn settle(&self, now: Time, account: &mut Account) {
        if self.listen.over == Over::Tcp {
            let idle = self.connections.iter().next().is_none() && self.connections.counts().0 > 0;
            account.done = account.done.or(Some(now)).filter(|_| idle);
        }
    }
}

impl Task for Listening {
    fn name(&self) -> &'static str {
        "listen"
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let most = self.listen.reading.map_or(CHUNK, |(bytes, _)| bytes.clamp(1, CHUNK));
        self.chunk.resize(most, 0);
        let port = self.listen.port;
        let bound = match self.listen.over {
            Over::Udp => self.datagrams.bind(stack, port),
            Over::Tcp => self.connections.listen(stack, port),
        };
        if let Err(error) = bound {
            account.refuse(&format!("it cannot listen on port {port}"), error);
            self.stop(now, stack);
        }
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let Some(socket) = self.datagrams.concerned(event) else {
            let (connections, mut desk) = self.desk(account);
            let ours = connections.on_event(now, stack, event, &mut desk);
            self.settle(now, account);
            return ours;
        };
        if self.listen.reading.is_none() {
            self.read(now, stack, socket, account);
        } else if self.next.is_none() {
            self.next = Some(now);
        }
        true
    }

    fn due(&self) -> Option<Time> {
        self.next.into_iter().chain(self.connections.next_deadline()).min()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        if self.next.is_some_and(|next| next <= now) {
            let sockets = self.datagrams.sockets().to_vec();
            let any = sockets.into_iter().any(|socket| self.read(now, stack, socket, account));
            let every = self.listen.reading.map(|(_, every)| every);
            self.next = every.filter(|_| any).map(|every| now + spaced(every));
        }
        let (connections, mut desk) = self.desk(account);
        connections.on_deadline(now, stack, &mut desk);
        self.settle(now, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        if self.listen.over == Over::Tcp {
            each("connections", Figure::Count(self.connections.counts().0));
            each("reads", Figure::Count(self.taken.reads));
            return;
        }
        each("messages", Figure::Count(self.taken.reads));
        if self.taken.sources.is_empty() {
            return;
        }
        let sum = |part: fn(&Numbers) -> u64| {
            let sum = self.taken.sources.values().map(part).fold(0, u64::saturating_add);
            Figure::Count(sum)
        };
        each("lost", sum(|numbers| numbers.lost));
        each("reordered", sum(|numbers| numbers.reordered));
        each("duplicates", sum(|numbers| numbers.duplicates));
        self.taken.delays.figures(each);
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.datagrams.close(now, stack);
        self.connections.close(now, stack);
    }
}

/// What is known of a connection.
#[derive(Debug)]
struct Reader {
    peer: SocketAddr,
    bytes: u64,
    /// Nothing is read before.
    next: Time,
}

/// What reads from connections.
struct Desk<'a> {
    listen: &'a Listen,
    chunk: &'a mut Vec<u8>,
    taken: &'a mut Taken,
    account: &'a mut Account,
}

impl Dialogue for Desk<'_> {
    type State = Reader;

    fn begin(&mut self, now: Time, peer: SocketAddr) -> Reader {
        self.account.connected.get_or_insert(now);
        self.account.say(format!("{peer} has connected"));
        Reader { peer, bytes: 0, next: now }
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, reader: &mut Reader) -> Next {
        loop {
            if now < reader.next {
                return Next::Wait(Some(reader.next));
            }
            match stack.recv(now, socket, self.chunk) {
                Ok(0) => {
                    self.account.say(format!("{} has closed after {} bytes", reader.peer, reader.bytes));
                    return Next::Close;
                }
                Ok(length) => {
                    reader.bytes = reader.bytes.saturating_add(length as u64);
                    self.account.deliver(now, length);
                    self.taken.count();
                    if self.listen.keep {
                        let text = shown(self.chunk.get(..length).unwrap_or_default());
                        self.account.say(format!("read of {length} bytes from {}: {text}", reader.peer));
                    }
                    if let Some((_, every)) = self.listen.reading {
                        reader.next = now + spaced(every);
                    }
                }
                Err(Errno::EAGAIN) => return Next::Wait(None),
                Err(error) => {
                    self.account.fail(format!("{}: {}", reader.peer, error.meaning()));
                    return Next::Close;
                }
            }
        }
    }
}
