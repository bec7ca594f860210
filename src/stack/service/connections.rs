//! What every server over TCP does: listens, accepts, and sees to one connection at a time.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::stack::{Errno, Event, Kind, SocketId, SocketOption, Stack};
use crate::time::Time;

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It waits for its peer; if that does nothing until then, it is seen to once more.
    Wait(Option<Time>),
    /// It is done: what was sent is still delivered.
    Close,
    /// It is reset.
    Abort,
}

/// What is said on a connection.
pub(crate) trait Dialogue {
    /// What has to be known of a connection.
    type State;

    /// A connection was accepted.
    fn begin(&mut self, now: Time, peer: SocketAddr) -> Self::State;

    /// Something has happened, or it was waited long enough: reads and sends until [`Errno::EAGAIN`].
    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, state: &mut Self::State) -> Next;

    /// A connection is over, for whatever reason.
    fn end(&mut self, now: Time, state: Self::State) {
        let _ = (now, state);
    }
}

/// The connections of a server or a client, each with what is known of it.
#[derive(Debug)]
pub(crate) struct Connections<S> {
    listeners: Vec<SocketId>,
    open: BTreeMap<SocketId, Entry<S>>,
    due: BTreeSet<(Time, SocketId)>,
    most: usize,
    accepted: u64,
    refused: u64,
}

#[derive(Debug)]
struct Entry<S> {
    state: S,
    until: Option<Time>,
}

/// How many may wait to be accepted, those that are being opened too: `SOMAXCONN` of Linux.
const BACKLOG: usize = 4096;

impl<S> Connections<S> {
    /// None yet, and so many at most; those beyond are reset.
    pub fn new(most: usize) -> Self {
        let (open, due) = Default::default();
        Self { listeners: Vec::new(), open, due, most, accepted: 0, refused: 0 }
    }

    /// Listens on a port, on all addresses of both families.
    pub fn listen(&mut self, stack: &mut Stack, port: u16) -> Result<(), Errno> {
        for any in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let listener = stack.socket(Kind::Stream)?;
            self.listeners.push(listener);
            stack.set_option(listener, SocketOption::ReuseAddress(true))?;
            stack.bind(listener, SocketAddr::new(any, port))?;
            stack.listen(listener, BACKLOG)?;
        }
        Ok(())
    }

    /// Adds a connection that was opened from here.
    pub fn add(&mut self, socket: SocketId, state: S, until: Option<Time>) {
        self.open.insert(socket, Entry { state, until: None });
        self.wait(socket, until);
    }

    /// What is known of a connection.
    pub fn get_mut(&mut self, socket: SocketId) -> Option<&mut S> {
        self.open.get_mut(&socket).map(|entry| &mut entry.state)
    }

    /// Those that are open.
    pub fn iter(&self) -> impl Iterator<Item = (SocketId, &S)> {
        self.open.iter().map(|(socket, entry)| (*socket, &entry.state))
    }

    /// How many were accepted, and how many reset because there were too many.
    pub const fn counts(&self) -> (u64, u64) {
        (self.accepted, self.refused)
    }

    /// When a connection has waited long enough.
    pub fn next_deadline(&self) -> Option<Time> {
        self.due.first().map(|(time, _)| *time)
    }

    /// Sees to what has happened, if it is to one of these sockets. Whether it was.
    pub fn on_event<D: Dialogue<State = S>>(
        &mut self,
        now: Time,
        stack: &mut Stack,
        event: &Event,
        dialogue: &mut D,
    ) -> bool {
        let Some(socket) = event.socket() else { return false };
        if self.listeners.contains(&socket) {
            self.accept(now, stack, socket, dialogue);
            return true;
        }
        if !self.open.contains_key(&socket) {
            return false;
        }
        self.see_to(now, stack, socket, dialogue);
        if matches!(event, Event::Closed(..)) {
            self.finish(now, stack, socket, Next::Close, dialogue);
        }
        true
    }

    fn accept<D: Dialogue<State = S>>(
        &mut self,
        now: Time,
        stack: &mut Stack,
        listener: SocketId,
        dialogue: &mut D,
    ) {
        while let Ok((socket, peer)) = stack.accept(listener) {
            if self.open.len() >= self.most {
                self.refused = self.refused.saturating_add(1);
                let _ = stack.abort(now, socket);
                let _ = stack.close(now, socket);
                continue;
            }
            self.accepted = self.accepted.saturating_add(1);
            let state = dialogue.begin(now, peer);
            self.open.insert(socket, Entry { state, until: None });
            self.see_to(now, stack, socket, dialogue);
        }
    }

    /// Sees to connections that have waited long enough. One that asks to be seen to at once again is woken once at a time all the same.
    pub fn on_deadline<D: Dialogue<State = S>>(&mut self, now: Time, stack: &mut Stack, dialogue: &mut D) {
        let due: Vec<SocketId> =
            self.due.iter().take_while(|(time, _)| *time <= now).map(|(_, socket)| *socket).collect();
        for socket in due {
            self.see_to(now, stack, socket, dialogue);
        }
    }

    /// Sees to one connection.
    pub fn see_to<D: Dialogue<State = S>>(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        dialogue: &mut D,
    ) {
        let Some(entry) = self.open.get_mut(&socket) else { return };
        match dialogue.go_on(now, stack, socket, &mut entry.state) {
            // What has passed already would be due without end.
            Next::Wait(Some(until)) if until <= now => self.finish(now, stack, socket, Next::Abort, dialogue),
            Next::Wait(until) => self.wait(socket, until),
            end => self.finish(now, stack, socket, end, dialogue),
        }
    }

    fn finish<D: Dialogue<State = S>>(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        how: Next,
        dialogue: &mut D,
    ) {
        if let Some(state) = self.end(now, stack, socket, how) {
            dialogue.end(now, state);
        }
    }

    fn wait(&mut self, socket: SocketId, until: Option<Time>) {
        let Some(entry) = self.open.get_mut(&socket) else { return };
        if entry.until == until {
            return;
        }
        if let Some(before) = core::mem::replace(&mut entry.until, until) {
            self.due.remove(&(before, socket));
        }
        self.due.extend(until.map(|until| (until, socket)));
    }

    /// Stops listening and ends all connections: what was sent is still delivered.
    pub fn close(&mut self, now: Time, stack: &mut Stack) {
        let open: Vec<SocketId> = self.open.keys().copied().collect();
        for socket in open {
            self.end(now, stack, socket, Next::Close);
        }
        for listener in self.listeners.drain(..) {
            let _ = stack.close(now, listener);
        }
    }

    /// Ends a connection; gives back what was known of it.
    pub fn end(&mut self, now: Time, stack: &mut Stack, socket: SocketId, how: Next) -> Option<S> {
        self.wait(socket, None);
        let entry = self.open.remove(&socket)?;
        if how == Next::Abort {
            let _ = stack.abort(now, socket);
        }
        let _ = stack.close(now, socket);
        Some(entry.state)
    }
}
