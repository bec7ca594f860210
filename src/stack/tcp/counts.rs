//! What is counted of a connection for those who ask: nothing here changes what it does.

use core::time::Duration;

use super::{Connection, State};
use crate::time::Time;

/// What was sent, and what became of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Bytes of data and segments with data that were sent, those sent again counted again.
    pub bytes: u64,
    pub segments: u64,
    /// Bytes of data and segments, FIN too, that were sent again.
    pub bytes_again: u64,
    pub again: u32,
    /// Segments that have arrived, of those the ones reported with ECE, and segments that arrived twice.
    pub delivered: u32,
    pub delivered_marked: u32,
    pub twice: u32,
}

impl Counts {
    /// A segment with so many bytes of data goes out.
    pub fn on_sent(&mut self, data: u64, new: bool) {
        self.bytes = self.bytes.wrapping_add(data);
        self.segments = self.segments.wrapping_add(u64::from(data > 0));
        if !new {
            self.bytes_again = self.bytes_again.wrapping_add(data);
            self.again = self.again.wrapping_add(1);
        }
    }
}

/// Timeouts, and the repairs that begin with one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repairs {
    pub timeouts: u32,
    pub count: u32,
    pub time: Duration,
    pub since: Option<Time>,
}

impl Repairs {
    /// A timeout: the first of a row begins a repair.
    pub fn begin(&mut self, now: Time) {
        if self.since.is_none() {
            self.since = Some(now);
            self.count = self.count.saturating_add(1);
        }
    }

    /// Something new is acknowledged.
    pub fn end(&mut self, now: Time) {
        if let Some(since) = self.since.take() {
            self.time = self.time.saturating_add(now - since);
        }
    }
}

/// What keeps a connection from being done with sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Limit {
    /// It has nothing to send, and nothing on its way.
    #[default]
    Idle,
    /// The network.
    Busy,
    /// The peer's window.
    Window,
    /// The application cannot give more, since the room for data is used up, and all of it is on its way.
    Buffer,
}

/// How long each of them did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    now: Limit,
    since: Time,
    busy: Duration,
    window: Duration,
    buffer: Duration,
}

impl Account {
    /// From now on it is this one.
    fn turn(&mut self, now: Time, limit: Limit) {
        if self.now != limit {
            [self.busy, self.window, self.buffer] = self.until(now);
            (self.now, self.since) = (limit, now);
        }
    }

    /// How long it had something to send, and of that how long the window and the buffer held it back, up to the last change.
    pub const fn parts(&self) -> [Duration; 3] {
        [self.busy, self.window, self.buffer]
    }

    /// How long it had something to send, and of that how long the window and the buffer held it back, up to a time.
    pub fn until(&self, now: Time) -> [Duration; 3] {
        let span = now - self.since;
        let part = |limits: &[Limit], before: Duration| match limits.contains(&self.now) {
            true => before.saturating_add(span),
            false => before,
        };
        [
            part(&[Limit::Busy, Limit::Window, Limit::Buffer], self.busy),
            part(&[Limit::Window], self.window),
            part(&[Limit::Buffer], self.buffer),
        ]
    }
}

impl Connection {
    /// All that may be sent now was sent: what holds back the rest?
    pub(super) fn account(&mut self, now: Time) {
        let sender = &self.sender;
        let unsent = sender.unsent();
        let limit = if unsent == 0 && sender.flight.is_empty() {
            Limit::Idle
        } else if unsent > 0 && sender.is_held_by_window() {
            Limit::Window
        } else if unsent == 0
            && self.wants_room
            && matches!(self.state, State::Established | State::CloseWait)
        {
            Limit::Buffer
        } else {
            Limit::Busy
        };
        self.account.turn(now, limit);
    }
}
