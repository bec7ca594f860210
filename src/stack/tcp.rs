//! TCP, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293), one connection at a time.
//!
//! A [`Connection`] knows neither addresses nor ports, neither clocks nor buffers of frames: segments come in, calls of the
//! application come in, time goes by, and segments go out, each with the reason why it is sent.
//!
//! ```text
//!                               +---------+
//!                               |  CLOSED |
//!                               +---------+
//!              listen, SYN comes  |     | connect: SYN
//!                +----------------+     +-------------+
//!                V                                    V
//!          +----------+       SYN comes          +----------+
//!          | SYN-     |<-------------------------| SYN-SENT |
//!          | RECEIVED |  (simultaneous open)     +----------+
//!          +----------+                               | SYN-ACK comes
//!            |      | ACK comes                       |
//!   shutdown |      +------------> ESTABLISHED <------+
//!            |                      |       |
//!            |     shutdown: FIN    |       |  FIN comes
//!            V  +-------------------+       +------------+
//!        +------------+                            +------------+
//!        | FIN-WAIT-1 |---------+                  | CLOSE-WAIT |
//!        +------------+ FIN     | comes            +------------+
//!  ACK comes |                  V                        | shutdown: FIN
//!        +------------+    +---------+              +----------+
//!        | FIN-WAIT-2 |    | CLOSING |              | LAST-ACK |
//!        +------------+    +---------+              +----------+
//!  FIN comes |                  | ACK comes             | ACK comes
//!            |             +-----------+                V
//!            +------------>| TIME-WAIT |-----------> CLOSED
//!                          +-----------+  2 MSL
//! ```
//!
//! Where to read: [`state`](State) and the calls of the application here; `arrive` (a segment comes), `receive` (its data), `acknowledge` in
//! `recovery` (its acknowledgment), `send` (what to send next), `emit` (the header around it), `timers`. What they use: `flight` (what is on its
//! way), `congestion`, `reduction`, `rtt`, `ranges`, `ring`.

mod arrive;
mod calls;
mod config;
mod congestion;
mod counts;
mod emit;
mod flight;
mod info;
mod push;
mod ranges;
mod receive;
mod recovery;
mod reduction;
mod ring;
mod rtt;
mod send;
#[cfg(test)]
mod tests;
mod timers;

pub mod reason;
pub mod segment;
pub mod seq;

use core::fmt;
use core::time::Duration;

use super::Errno;
use crate::time::Time;
use counts::{Account, Repairs};
use receive::Receiver;
use send::Sender;
use timers::Timers;

pub use calls::{Amounts, Readiness, Sending};
pub use config::{Algorithm, BadSetting, Config, EcnUse, FallFrom, OptionOrder, Push, WindowProbe};
pub use info::{CongestionState, Info};
pub use reason::Reason;
pub use segment::{Emission, Segment};
pub use seq::Seq;

/// The states of a connection (RFC 9293 section 3.3.2); LISTEN is a listener's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A SYN was sent.
    SynSent,
    /// A SYN has come, and a SYN-ACK was sent.
    SynReceived,
    /// Open.
    Established,
    /// A FIN was sent.
    FinWait1,
    /// Our FIN is acknowledged, the peer may go on sending.
    FinWait2,
    /// The peer has sent its FIN.
    CloseWait,
    /// Both have sent FIN, ours is not acknowledged.
    Closing,
    /// As before, the peer having been first.
    LastAck,
    /// Both sides are closed; old segments may still come.
    TimeWait,
    /// Over.
    Closed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
            Self::Closed => "CLOSED",
        })
    }
}

/// What an application should know of, since it asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The connection is open.
    pub opened: bool,
    /// There is something to read, or the end of it.
    pub readable: bool,
    /// There is room to write again.
    pub writable: bool,
    /// Urgent data has been announced.
    pub urgent: bool,
    /// The same was sent so often without an answer that the path is in doubt (R1 of RFC 9293 section 3.8.3): the neighbour may be gone.
    pub unanswered: bool,
    /// The connection is over.
    pub closed: bool,
}

/// What the two sides of a path say of it when a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The longest TCP segment that it carries, header included, in bytes: the path MTU less the IP header.
    pub segment: u16,
    /// The least that every path carries: 556 bytes over IPv4, 1240 over IPv6, header included.
    pub least: u16,
    /// The IP header in front of each segment, in bytes.
    pub header: u16,
}

impl Path {
    /// A path over IPv4 that carries packets of so many bytes.
    pub const fn v4(mtu: u16) -> Self {
        Self { segment: mtu.saturating_sub(20), least: 556, header: 20 }
    }

    /// A path over IPv6 that carries packets of so many bytes.
    pub const fn v6(mtu: u16) -> Self {
        Self { segment: mtu.saturating_sub(40), least: 1240, header: 40 }
    }
}

/// Timestamps, while they are in use (RFC 7323).
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// What our clock says at the start of time.
    offset: u32,
    /// The peer's clock, to be echoed (TS.Recent), and when it was taken.
    recent: u32,
    recent_at: Time,
}

impl Clock {
    /// Our clock: milliseconds.
    fn value(&self, now: Time) -> u32 {
        ((now.nanoseconds() / 1_000_000) as u32).wrapping_add(self.offset)
    }

    /// Whether the peer's clock said this before what it said last. After 24 days that is not known: its clock may have gone round (RFC 7323
    /// section 5.5).
    fn is_old(&self, now: Time, value: u32) -> bool {
        Seq(value).is_before(Seq(self.recent)) && now - self.recent_at < BELIEVED
    }

    /// The time that an echo of it stands for.
    fn time(&self, now: Time, echo: u32) -> Option<Time> {
        let ago = self.value(now).wrapping_sub(echo);
        let since = Duration::from_millis(u64::from(ago));
        (ago < 1 << 31)
            .then(|| Time::from_nanoseconds(now.nanoseconds().saturating_sub(since.as_nanos() as u64)))
    }
}

/// How long the peer's clock is believed without news of it.
const BELIEVED: Duration = Duration::from_secs(24 * 86_400);

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    config: Config,
    state: State,
    /// It was opened by the peer.
    passive: bool,
    sender: Sender,
    receiver: Receiver,
    timers: Timers,
    path: Path,
    /// What the peer's windows and ours are shifted by.
    scales: (u8, u8),
    /// The peer's SYN said by how much, be it 0.
    peer_scaled: bool,
    /// The longest segment that the peer takes, once its SYN has come.
    peer_segment: u64,
    clock: Option<Clock>,
    sack: bool,
    ecn: Ecn,
    /// What the calls of the application give from now on.
    error: Option<Errno>,
    /// What ICMP said that may be why nothing is acknowledged.
    hint: Option<Errno>,
    news: News,
    /// The application has let go of it.
    orphan: bool,
    /// Something that is to be sent before anything else.
    reset: Option<Emission>,
    /// A SYN or SYN-ACK is to be sent.
    syn_due: bool,
    /// How often it was sent, but for answers to a SYN that came again, and how many those were.
    syns: u32,
    answers: u32,
    /// How often data was sent again since something was acknowledged.
    retries: u32,
    /// Probes of the window or to keep the connection alive since something came.
    probes: u32,
    probe_due: Option<Reason>,
    last_heard: Time,
    /// How long the peer's data may stay unacknowledged, if it has said so.
    peer_timeout: Option<Duration>,
    challenged: Option<Time>,
    /// The application waits for room.
    wants_room: bool,
    /// Segments that were sent and that have come.
    segments: (u64, u64),
    repairs: Repairs,
    account: Account,
}

/// Explicit congestion notification, while it is in use (RFC 3168).
#[derive(Clone, Copy, Debug, Default)]
struct Ecn {
    /// It was agreed on.
    agreed: bool,
    /// Marks have come, and the peer has not said that it knows (ECE).
    echo: bool,
}

impl Connection {
    fn new(now: Time, config: &Config, path: Path, seed: Seed, state: State) -> Self {
        let origin = seed.isn.first();
        let config = config.workable();
        let mut connection = Self {
            state,
            passive: state == State::SynReceived,
            sender: Sender::new(&config, origin, 0),
            receiver: Receiver::new(&config),
            timers: Timers::default(),
            path,
            scales: (0, 0),
            peer_scaled: false,
            peer_segment: 0,
            clock: config.timestamps.then_some(Clock { offset: seed.clock, recent: 0, recent_at: now }),
            sack: config.sack,
            ecn: Ecn::default(),
            error: None,
            hint: None,
            news: News::default(),
            orphan: false,
            reset: None,
            syn_due: true,
            syns: 0,
            answers: 0,
            retries: 0,
            probes: 0,
            probe_due: None,
            last_heard: now,
            peer_timeout: None,
            challenged: None,
            wants_room: false,
            segments: (0, 0),
            repairs: Repairs::default(),
            account: Account::default(),
            config,
        };
        connection.sender.nxt = origin.saturating_add(1);
        connection
    }

    /// Opens a connection to a peer: a SYN is to be sent (RFC 9293 section 3.10.1).
    pub fn connect(now: Time, config: &Config, path: Path, seed: Seed) -> Self {
        Self::new(now, config, path, seed, State::SynSent)
    }

    /// Answers a SYN that has come to a listener (RFC 9293 section 3.10.7.2).
    pub fn accept(now: Time, config: &Config, path: Path, seed: Seed, syn: &Segment<'_>) -> Self {
        let mut connection = Self::new(now, config, path, seed, State::SynReceived);
        connection.agree(now, syn);
        connection.segments.1 = 1;
        connection
    }

    /// Its state.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether the peer opened it.
    pub const fn is_passive(&self) -> bool {
        self.passive
    }

    /// Whether its application has let go of it.
    pub const fn is_orphan(&self) -> bool {
        self.orphan
    }

    /// Its settings, which can be changed at any time; those of options count until the SYN is sent.
    pub const fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Its settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// What there is to know since the last time.
    pub fn take_news(&mut self) -> News {
        core::mem::take(&mut self.news)
    }

    /// The error of the connection; it stays until a call has given it.
    pub const fn error(&self) -> Option<Errno> {
        self.error
    }

    /// The error of the connection, once.
    pub const fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }

    /// Gives data to send; gives back how much there was room for.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if there is no room, [`Errno::EPIPE`] if this side is closed, [`Errno::ENOTCONN`] before it is open, and what
    /// ended the connection.
    pub fn send(&mut self, now: Time, data: &[u8]) -> Result<usize, Errno> {
        self.may_send()?;
        self.sender.restart_after_idle(now, &self.config);
        let taken = self.sender.write(data, self.config.send_buffer);
        if taken > 0 {
            self.sender.mark(Sending::default());
        }
        self.wants_room = taken < data.len();
        if taken == 0 && !data.is_empty() { Err(Errno::EAGAIN) } else { Ok(taken) }
    }

    /// Gives data that is urgent up to its last byte (RFC 9293 section 3.8.5).
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub fn send_urgent(&mut self, now: Time, data: &[u8]) -> Result<usize, Errno> {
        let taken = self.send(now, data)?;
        self.sender.urgent = Some(self.sender.written);
        Ok(taken)
    }

    fn may_send(&mut self) -> Result<(), Errno> {
        match self.state {
            _ if self.error.is_some() => Err(self.take_error().unwrap_or(Errno::EPIPE)),
            State::SynSent | State::SynReceived => Err(Errno::EAGAIN),
            State::Established | State::CloseWait if !self.sender.finished => Ok(()),
            _ => Err(Errno::EPIPE),
        }
    }

    /// Takes data that has come; 0 is the end of it.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if nothing is there yet, and what ended the connection.
    pub fn receive(&mut self, now: Time, into: &mut [u8]) -> Result<usize, Errno> {
        if self.receiver.readable() > 0 {
            let length = self.receiver.read(into);
            self.receiver.grow(now, &self.config, self.sender.rtt.smoothed);
            self.tell_of_window();
            self.receiver.acknowledge_read(&self.config);
            return Ok(length);
        }
        match self.state {
            _ if self.error.is_some() => Err(self.take_error().unwrap_or(Errno::ECONNRESET)),
            _ if self.receiver.is_finished() => Ok(0),
            State::Closed | State::TimeWait | State::LastAck | State::Closing => Ok(0),
            _ if self.receiver.discarding => Ok(0),
            _ => Err(Errno::EAGAIN),
        }
    }

    /// How many bytes can be read before the end of urgent data, if there is such.
    pub fn urgent_ahead(&self) -> Option<u64> {
        let end = self.receiver.urgent?;
        let read = self.receiver.next.saturating_sub(self.receiver.readable() as u64);
        (end > read).then(|| end.saturating_sub(read))
    }

    /// The window has been closed, or nearly, and there is room again: the peer is to know (RFC 9293 section 3.8.6.2.2). A window that has no
    /// room for a segment is told of when it has, any other when there is room for two more.
    fn tell_of_window(&mut self) {
        let (more, segment) = (self.receiver.could_open(), self.sender.segment);
        let segments = if self.receiver.window() < segment { 1 } else { 2 };
        let worth = segment.saturating_mul(segments).min(self.receiver.room() / 2).max(1);
        if self.is_synchronized() && more >= worth && self.receiver.window() < more {
            self.receiver.acknowledge_now(reason::Ack::Window);
        }
    }

    /// How many bytes can be read.
    pub fn readable(&self) -> usize {
        self.receiver.readable()
    }

    /// Whether all was read that the peer sent.
    pub fn is_finished(&self) -> bool {
        self.receiver.is_finished()
    }

    /// How many bytes can be given to send.
    pub fn room(&self) -> usize {
        self.config.send_buffer.saturating_sub(self.sender.queued())
    }

    /// Sends no more than what was given so far (RFC 9293 section 3.10.4).
    pub fn shutdown(&mut self) {
        match self.state {
            State::SynSent => self.end(None),
            State::Established | State::SynReceived => self.finish(State::FinWait1),
            State::CloseWait => self.finish(State::LastAck),
            _ => {}
        }
    }

    fn finish(&mut self, next: State) {
        self.sender.finished = true;
        // A SYN that is not acknowledged goes first; the state changes when it is.
        if self.state != State::SynReceived {
            self.state = next;
        }
    }

    /// What comes from now on is thrown away, and the peer is not told (as POSIX has it).
    pub fn shutdown_reading(&mut self) {
        self.receiver.discard();
        self.news.readable = true;
    }

    /// The application lets go of it: what was sent is delivered if that is possible, what was not read makes it a reset.
    pub fn close(&mut self, now: Time) {
        self.orphan = true;
        let unread = self.receiver.readable() > 0 && self.config.reset_on_unread;
        // In TIME-WAIT the peer is gone, and the time goes on (section 3.6.1).
        if unread && self.is_synchronized() && self.state != State::TimeWait {
            self.abort(now, reason::Reset::Unread);
            return;
        }
        self.shutdown();
        self.receiver.discard();
        if self.state == State::FinWait2 {
            self.timers.set(timers::Timer::Wait, now + self.config.fin_wait);
        }
    }

    /// Ends the connection at once, with a reset (RFC 9293 section 3.10.5), unless both sides have closed it and nothing was lost.
    pub fn abort(&mut self, now: Time, why: reason::Reset) {
        let over = matches!(self.state, State::Closing | State::LastAck | State::TimeWait);
        let lost = why != reason::Reset::Abort;
        if (self.is_synchronized() || self.state == State::SynReceived) && (!over || lost) {
            self.reset = Some(self.reset_emission(now, why));
        }
        self.end(None);
    }

    /// TIME-WAIT is over before its time: a new connection takes the place.
    pub(crate) fn finish_waiting(&mut self) {
        self.end(None);
    }

    /// The connection is over.
    fn end(&mut self, error: Option<Errno>) {
        self.state = State::Closed;
        self.error = self.error.or(error);
        self.sender.discard();
        self.timers = Timers::default();
        self.news.closed = true;
        self.news.readable = true;
        self.syn_due = false;
        self.probe_due = None;
        self.receiver.ack = receive::AckDue::No;
    }

    /// The path carries packets of which so many bytes at most are a TCP segment, fewer or more than before (RFC 1191, RFC 8201): it has
    /// become another one, or its MTU was forgotten and is to be found anew.
    pub fn on_path(&mut self, segment: u16) {
        let segment = segment.max(self.config.minimum_segment);
        if segment == self.path.segment {
            return;
        }
        self.path.segment = segment;
        let before = self.sender.segment;
        // Before the peer's SYN has come nothing is known of what it takes, and no full segment has been sent.
        if before > 0 {
            self.size_segments(self.peer_segment);
            if self.sender.segment < before {
                self.sender.flight.lose_longer(self.sender.segment);
            }
        }
    }

    /// A router or the peer's host says that the peer cannot be reached (RFC 9293 section 3.9.2.2): this ends the attempt to connect, and
    /// is no more than a hint when the connection is open.
    pub fn on_unreachable(&mut self, error: Errno, hard: bool) {
        if self.state == State::SynSent && hard {
            self.end(Some(error));
        } else {
            self.hint = Some(error);
        }
    }

    /// The host has no longer the address that the connection is on: nothing more comes or goes.
    pub fn on_address_lost(&mut self) {
        self.end(Some(Errno::EADDRNOTAVAIL));
    }

    /// Whether an ICMP error about a segment with this number is about something that is on its way (RFC 5927 section 4.1).
    pub fn is_on_its_way(&self, seq: Seq) -> bool {
        let position = seq.near(self.sender.una);
        (self.sender.una..=self.sender.nxt).contains(&position)
    }

    /// The number of what it sends next (SND.NXT).
    pub const fn next_sequence(&self) -> Seq {
        Seq::of(self.sender.nxt)
    }

    /// Whether both have sent their SYN and know it.
    pub const fn is_synchronized(&self) -> bool {
        !matches!(self.state, State::SynSent | State::SynReceived | State::Closed)
    }
}

/// What a connection has to be given from outside, since it knows neither addresses nor secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The initial sequence number (RFC 6528).
    pub isn: Seq,
    /// What its clock of timestamps starts with (RFC 7323 section 5.4).
    pub clock: u32,
}
