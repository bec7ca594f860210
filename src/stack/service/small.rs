//! The small services: echo (RFC 862), discard (RFC 863), character generator (RFC 864), each over TCP and UDP.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::{Connections, Datagrams, Dialogue, Figure, Next, Service};
use crate::random::Random;
use crate::stack::{Errno, Event, SocketId, Stack};
use crate::time::Time;

/// One of the small services, over TCP and UDP.
///
/// Datagrams from ports below 1024, to groups and to everybody are counted and not answered: two such services would answer each other without end.
///
/// ```
/// use layercake::stack::service::Small;
/// use layercake::stack::{Config, Host, Stack};
/// use layercake::time::Time;
///
/// let mut host = Host::from(Stack::new(Config::default()));
/// host.start(Time::ZERO, Small::echo())?;
/// host.start(Time::ZERO, Small::discard())?;
/// assert_eq!(host.services().map(|(_, service)| service.name()).collect::<Vec<_>>(), ["echo", "discard"]);
/// # Ok::<(), layercake::stack::Errno>(())
/// ```
#[derive(Debug)]
pub struct Small {
    which: Which,
    connections: Connections<Pending>,
    datagrams: Datagrams,
    talk: Talk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Echo,
    Discard,
    Chargen,
}

/// What is to be sent on a connection: the part of `bytes` from `from`, or of the pattern.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    from: usize,
}

#[derive(Debug)]
struct Talk {
    which: Which,
    chunk: Vec<u8>,
    /// The pattern of characters, some times over; none if nobody wants it.
    pattern: Vec<u8>,
    random: Random,
    received: u64,
    sent: u64,
    unanswered: u64,
}

/// Connections that each has at most.
const CONNECTIONS: usize = 1024;
/// What is read or written at once.
const CHUNK: usize = 65_536;
/// Ports below this one are those of services.
const USERS: u16 = 1024;
/// Characters of a line of the pattern, and of the ring of which it is cut: all that can be printed (RFC 864).
const LINE: usize = 72;
const RING: usize = 95;
/// After so many bytes the pattern is the same again: as many lines as there are characters, with CR and LF.
const ROUND: usize = RING * (LINE + 2);

impl Small {
    /// Sends back what it gets (RFC 862).
    pub fn echo() -> Self {
        Self::new(Which::Echo)
    }

    /// Throws away what it gets (RFC 863).
    pub fn discard() -> Self {
        Self::new(Which::Discard)
    }

    /// Sends a pattern of characters for as long as somebody listens, or up to 512 for a datagram (RFC 864).
    pub fn chargen() -> Self {
        Self::new(Which::Chargen)
    }

    fn new(which: Which) -> Self {
        let random = Random::new(u64::from(which.port()));
        let pattern = if which == Which::Chargen { pattern(CHUNK / ROUND + 1) } else { Vec::new() };
        let talk = Talk { which, chunk: Vec::new(), pattern, random, received: 0, sent: 0, unanswered: 0 };
        Self { which, connections: Connections::new(CONNECTIONS), datagrams: Datagrams::default(), talk }
    }
}

impl Which {
    const fn port(self) -> u16 {
        match self {
            Self::Echo => 7,
            Self::Discard => 9,
            Self::Chargen => 19,
        }
    }
}

impl Service for Small {
    fn name(&self) -> &'static str {
        match self.which {
            Which::Echo => "echo",
            Which::Discard => "discard",
            Which::Chargen => "chargen",
        }
    }

    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        self.talk.chunk.resize(CHUNK, 0);
        self.connections.listen(stack, self.which.port())?;
        self.datagrams.bind(stack, self.which.port())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let Some(socket) = self.datagrams.concerned(event) else {
            return self.connections.on_event(now, stack, event, &mut self.talk);
        };
        while let Some((message, origin)) = self.datagrams.receive(stack, socket) {
            let talk = &mut self.talk;
            talk.received = talk.received.saturating_add(message.len() as u64);
            let answer = match self.which {
                Which::Discard => continue,
                Which::Echo => message,
                Which::Chargen => {
                    let length = usize::try_from(talk.random.below(513)).unwrap_or(0);
                    talk.pattern.get(..length).unwrap_or(&[])
                }
            };
            if origin.address.port() < USERS || !stack.is_own(origin.destination) {
                talk.unanswered = talk.unanswered.saturating_add(1);
            } else if let Ok(sent) = stack.answer(now, socket, answer, &origin) {
                talk.sent = talk.sent.saturating_add(sent as u64);
            }
        }
        true
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.connections.close(now, stack);
        self.datagrams.close(now, stack);
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("connections", Figure::Count(self.connections.counts().0));
        each("bytes_received", Figure::Bytes(self.talk.received));
        each("bytes_sent", Figure::Bytes(self.talk.sent));
        each("datagrams_not_answered", Figure::Count(self.talk.unanswered));
    }
}

impl Dialogue for Talk {
    type State = Pending;

    fn begin(&mut self, _: Time, _: SocketAddr) -> Pending {
        Pending::default()
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, pending: &mut Pending) -> Next {
        let generates = self.which == Which::Chargen;
        loop {
            let bytes = if generates { &self.pattern } else { &pending.bytes };
            while let Some(rest) = bytes.get(pending.from..).filter(|rest| !rest.is_empty()) {
                match stack.send(now, socket, rest) {
                    Ok(sent) => {
                        pending.from = pending.from.saturating_add(sent);
                        self.sent = self.sent.saturating_add(sent as u64);
                    }
                    // What a client says while it is sent characters is thrown away.
                    Err(Errno::EAGAIN) if generates => break,
                    Err(Errno::EAGAIN) => return Next::Wait(None),
                    Err(_) => return Next::Close,
                }
                if generates {
                    pending.from %= ROUND;
                }
            }
            let received = match stack.recv(now, socket, &mut self.chunk) {
                Ok(0) => return Next::Close,
                Ok(received) => received,
                Err(Errno::EAGAIN) => return Next::Wait(None),
                Err(_) => return Next::Close,
            };
            self.received = self.received.saturating_add(received as u64);
            if self.which == Which::Echo {
                pending.from = 0;
                pending.bytes.clear();
                pending.bytes.extend(self.chunk.iter().take(received));
            }
        }
    }
}

/// So many rounds of the pattern: lines of 72, each one character further in the ring, with CR and LF behind it.
fn pattern(rounds: usize) -> Vec<u8> {
    let character = |place: usize| (b' '..=b'~').nth(place % RING).unwrap_or(b' ');
    let line = |line: usize| (line..line.saturating_add(LINE)).map(character).chain(*b"\r\n");
    let round: Vec<u8> = (0..RING).flat_map(line).collect();
    round.repeat(rounds)
}
