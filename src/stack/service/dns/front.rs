//! Where questions come in and answers go out: port 53 over UDP and TCP.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::Clients;
use super::stream::Stream;
use crate::stack::service::{Connections, Datagrams, Dialogue, Next};
use crate::stack::{Errno, Event, Origin, SocketId, Stack};
use crate::time::Time;

/// Where a server listens, and how much it takes from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The port, over UDP and TCP.
    pub port: u16,
    /// The longest datagram that it sends, and says that it takes, in bytes: 1,232 fits into every IPv6 packet that is not cut (RFC 6891
    /// section 6.2.5). So an answer is no more than some forty times the question that a liar sends in another's name.
    pub payload_size: u16,
    /// Connections at most; those beyond are reset.
    pub connections: usize,
    /// A connection on which nothing whole was asked or answered for so long is closed (RFC 7766 section 6.2.3).
    pub idle: Duration,
    /// Questions of one address that wait for an answer, at most; those beyond are not taken.
    pub outstanding: usize,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            port: 53,
            payload_size: 1232,
            connections: 256,
            idle: Duration::from_secs(10),
            outstanding: 64,
        }
    }
}

/// Who has asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Client {
    Datagram(SocketId, Origin),
    Stream(SocketId, SocketAddr),
}

impl Client {
    pub const fn address(&self) -> IpAddr {
        match self {
            Self::Datagram(_, origin) => origin.address.ip(),
            Self::Stream(_, peer) => peer.ip(),
        }
    }
}

/// The sockets of a server, and the questions that were not looked at yet.
#[derive(Debug)]
pub(super) struct Front {
    datagrams: Datagrams,
    connections: Connections<Talk>,
    desk: Desk,
}

/// What is known of a connection.
#[derive(Debug)]
struct Talk {
    stream: Stream,
    peer: SocketAddr,
    /// Questions that have no answer yet.
    pending: usize,
    until: Time,
}

/// Bytes of answers that wait on a connection, at most, before more questions are read from it.
const WAITING: usize = 65_537;

#[derive(Debug)]
struct Desk {
    config: Listening,
    clients: Clients,
    asked: VecDeque<(Client, Vec<u8>)>,
    /// Questions of each address that have no answer yet.
    outstanding: BTreeMap<IpAddr, usize>,
    refused: u64,
    strangers: u64,
}

impl Front {
    pub fn new(config: Listening, clients: Clients) -> Self {
        Self {
            datagrams: Datagrams::default(),
            connections: Connections::new(config.connections),
            desk: Desk {
                config,
                clients,
                asked: VecDeque::new(),
                outstanding: BTreeMap::new(),
                refused: 0,
                strangers: 0,
            },
        }
    }

    pub fn start(&mut self, stack: &mut Stack) -> Result<(), Errno> {
        self.connections.listen(stack, self.desk.config.port)?;
        self.datagrams.bind(stack, self.desk.config.port)
    }

    /// Lets go of its sockets.
    pub fn close(&mut self, now: Time, stack: &mut Stack) {
        self.datagrams.close(now, stack);
        self.connections.close(now, stack);
    }

    /// The longest datagram that is sent.
    pub const fn payload_size(&self) -> u16 {
        self.desk.config.payload_size
    }

    /// Questions that were not taken because their sender has too many without an answer.
    pub const fn refused(&self) -> u64 {
        self.desk.refused
    }

    /// Questions of those who may not ask.
    pub const fn strangers(&self) -> u64 {
        self.desk.strangers
    }

    /// Sees to what has happened, if it is to one of these sockets. Whether it was.
    pub fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let Some(socket) = self.datagrams.concerned(event) else {
            return self.connections.on_event(now, stack, event, &mut self.desk);
        };
        while let Some((message, origin)) = self.datagrams.receive(stack, socket) {
            // What comes to groups and to everybody, and from no port, is not answered.
            if origin.address.port() != 0 && stack.is_own(origin.destination) {
                self.desk.take(stack, Client::Datagram(socket, origin), message.to_vec());
            }
        }
        true
    }

    pub fn next_deadline(&self) -> Option<Time> {
        self.connections.next_deadline()
    }

    pub fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.connections.on_deadline(now, stack, &mut self.desk);
    }

    /// The next message that somebody has sent. Each is to be answered, or forgotten.
    pub fn poll(&mut self) -> Option<(Client, Vec<u8>)> {
        self.desk.asked.pop_front()
    }

    /// There is no answer.
    pub fn forget(&mut self, now: Time, stack: &mut Stack, client: &Client) {
        self.answer(now, stack, client, &[]);
    }

    /// Sends the answer to a message.
    pub fn answer(&mut self, now: Time, stack: &mut Stack, client: &Client, message: &[u8]) {
        self.desk.done(client.address());
        match client {
            Client::Datagram(socket, origin) => {
                if !message.is_empty() {
                    let _ = stack.answer(now, *socket, message, origin);
                }
            }
            Client::Stream(socket, peer) => {
                // The connection may be over, and another may have its number.
                let Some(talk) = self.connections.get_mut(*socket).filter(|talk| talk.peer == *peer) else {
                    return;
                };
                talk.pending = talk.pending.saturating_sub(1);
                if !message.is_empty() {
                    talk.stream.push(message);
                    talk.until = now + self.desk.config.idle;
                }
                self.connections.see_to(now, stack, *socket, &mut self.desk);
            }
        }
    }
}

impl Desk {
    /// Takes a question, if its sender may ask and has not too many. Whether it did.
    fn take(&mut self, stack: &Stack, client: Client, message: Vec<u8>) -> bool {
        if !self.clients.include(stack, &client) {
            self.strangers = self.strangers.saturating_add(1);
            return false;
        }
        let outstanding = self.outstanding.entry(client.address()).or_insert(0);
        if *outstanding >= self.config.outstanding {
            self.refused = self.refused.saturating_add(1);
            return false;
        }
        *outstanding = outstanding.saturating_add(1);
        self.asked.push_back((client, message));
        true
    }

    fn done(&mut self, client: IpAddr) {
        if let Some(outstanding) = self.outstanding.get_mut(&client) {
            *outstanding = outstanding.saturating_sub(1);
            if *outstanding == 0 {
                self.outstanding.remove(&client);
            }
        }
    }
}

impl Dialogue for Desk {
    type State = Talk;

    fn begin(&mut self, now: Time, peer: SocketAddr) -> Talk {
        Talk { stream: Stream::default(), peer, pending: 0, until: now + self.config.idle }
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, talk: &mut Talk) -> Next {
        if talk.stream.send(now, stack, socket).is_err() {
            return Next::Close;
        }
        while talk.stream.waiting() < WAITING && talk.pending < self.config.outstanding {
            match talk.stream.receive(now, stack, socket) {
                Ok(Some(message)) => {
                    talk.until = now + self.config.idle;
                    if self.take(stack, Client::Stream(socket, talk.peer), message) {
                        talk.pending = talk.pending.saturating_add(1);
                    }
                }
                Ok(None) => break,
                Err(_) => return Next::Close,
            }
        }
        let done = talk.pending == 0 && talk.stream.waiting() == 0;
        match talk.until <= now {
            // Whoever reads no answers is not waited for.
            true if talk.stream.waiting() > 0 => Next::Abort,
            true => Next::Close,
            false if talk.stream.ended && done => Next::Close,
            false => Next::Wait(Some(talk.until)),
        }
    }
}
