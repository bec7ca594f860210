//! What a socket for datagrams holds: messages that were not read, and what was said about those that were sent.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::{Origin, Shutdown};
use crate::stack::{Errno, InterfaceId};

/// What a socket for datagrams has.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// Messages that were not read, each whole.
    messages: VecDeque<(Origin, Vec<u8>)>,
    held: usize,
    room: usize,
    /// What the next call gives.
    pub error: Option<Errno>,
    /// Groups that it listens to.
    pub groups: Vec<(InterfaceId, IpAddr)>,
    pub shut: (bool, bool),
    /// Of the next echo.
    pub sequence: u16,
    /// Where messages went, the last at the end.
    pub recent: VecDeque<SocketAddr>,
}

/// Destinations that a socket remembers.
const RECENT: usize = 16;

/// What a message takes besides its bytes, so that empty ones are bounded too.
const OVERHEAD: usize = 64;

impl Mailbox {
    pub const fn new(room: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            held: 0,
            room,
            error: None,
            groups: Vec::new(),
            shut: (false, false),
            sequence: 0,
            recent: VecDeque::new(),
        }
    }

    /// A message goes there.
    pub fn remember(&mut self, to: SocketAddr) {
        if self.recent.back() == Some(&to) {
            return;
        }
        self.recent.retain(|other| *other != to);
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(to);
    }

    pub const fn set_room(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// Shuts a side down, or both.
    pub fn shut(&mut self, how: Shutdown) {
        self.shut.0 |= how != Shutdown::Write;
        self.shut.1 |= how != Shutdown::Read;
    }

    /// Whether nothing more is read.
    pub const fn is_shut(&self) -> bool {
        self.shut.0
    }

    /// Keeps a message, if there is room.
    pub fn put(&mut self, origin: Origin, data: &[u8]) -> bool {
        let size = data.len().saturating_add(OVERHEAD);
        let fits = self.held.saturating_add(size) <= self.room && !self.shut.0;
        if fits {
            self.held = self.held.saturating_add(size);
            self.messages.push_back((origin, data.into()));
        }
        fits
    }

    /// How long the next message is.
    pub fn next_length(&self) -> Option<usize> {
        self.messages.front().map(|(_, data)| data.len())
    }

    /// The next message, which stays; or an error, once.
    pub fn first(&mut self) -> Result<(Origin, &[u8]), Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.messages.front().map(|(origin, data)| (*origin, data.as_slice())).ok_or(Errno::EAGAIN)
    }

    /// The next message; or an error, once.
    pub fn take(&mut self) -> Result<(Origin, Vec<u8>), Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let message = self.messages.pop_front().ok_or(Errno::EAGAIN)?;
        self.held = self.held.saturating_sub(message.1.len().saturating_add(OVERHEAD));
        Ok(message)
    }
}
