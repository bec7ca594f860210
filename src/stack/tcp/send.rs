//! The sending side: what is sent next, and how much of it (RFC 9293 sections 3.7.4, 3.8.6).

use alloc::collections::VecDeque;
use core::time::Duration;

use super::calls::Sending;
use super::congestion::Congestion;
use super::counts::Counts;
use super::flight::Flight;
use super::push::Pushes;
use super::ranges::Range;
use super::recovery::Recovery;
use super::ring::Ring;
use super::rtt::Rtt;
use super::{Config, Push, Reason};
use crate::time::Time;

/// The sending side of a connection. Positions count SYN, data and FIN alike.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    /// Where the connection begins: the position of SYN (ISS).
    pub origin: u64,
    /// Everything before it is acknowledged (SND.UNA).
    pub una: u64,
    /// What is sent next (SND.NXT).
    pub nxt: u64,
    /// The window that the peer gives, in bytes from `una` on (SND.WND), and the largest it gave.
    pub window: u64,
    pub window_most: u64,
    /// The segment that the window was taken from last: its position and what it acknowledged (SND.WL1, SND.WL2).
    pub window_from: (u64, u64),
    /// Bytes of data in a full segment.
    pub segment: u64,
    /// Data that is not acknowledged, from position `kept` on.
    buffer: Ring,
    kept: u64,
    /// Behind the last byte that the application wrote.
    pub written: u64,
    /// Where segments say PSH.
    pushes: Pushes,
    /// The application sends no more: FIN stands at `written`.
    pub finished: bool,
    /// Behind the last urgent byte (SND.UP).
    pub urgent: Option<u64>,
    /// The application said of what it wrote last that more follows.
    pub more: bool,
    /// Where the segment ended that was sent last and was not full.
    small_until: u64,
    /// Up to here nothing waits to become a full segment.
    pub push_until: u64,
    /// Where records end that are not acknowledged.
    records: VecDeque<u64>,
    /// What is on its way.
    pub flight: Flight,
    pub rtt: Rtt,
    pub congestion: Congestion,
    pub recovery: Recovery,
    /// When something was sent last.
    pub last_sent: Time,
    /// One segment may go beyond the windows: a probe.
    pub probe: Option<Probe>,
    /// The peer is to be told that the window fell (RFC 3168 section 6.1.2).
    pub reduced: bool,
    pub counts: Counts,
    pub usage: Usage,
}

/// How much of the congestion window is made use of: one that is not used up does not grow (RFC 7661 section 4.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// The congestion window held data back, or just let all of it go.
    limited: bool,
    /// The most that was on its way in this round trip, and where that ends.
    most: u64,
    until: u64,
    /// Something new was sent since it was looked at.
    fresh: bool,
}

/// A segment that is sent because a timer says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Of the tail, to get an acknowledgment.
    Tail,
    /// Of a window that leaves room for less than is worth sending.
    Small,
}

/// A piece of the stream that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub range: Range,
    pub reason: Reason,
    /// It is new: not sent before.
    pub new: bool,
    /// PSH: it ends what the application gave at once.
    pub push: bool,
}

impl Sender {
    pub fn new(config: &Config, origin: u64, segment: u64) -> Self {
        Self {
            origin,
            una: origin,
            nxt: origin,
            window: 1,
            window_most: 0,
            window_from: (0, 0),
            segment,
            buffer: Ring::default(),
            kept: origin.saturating_add(1),
            written: origin.saturating_add(1),
            pushes: Pushes::new(origin.saturating_add(1)),
            finished: false,
            urgent: None,
            more: false,
            small_until: 0,
            push_until: 0,
            records: VecDeque::new(),
            flight: Flight::default(),
            rtt: Rtt::new(),
            congestion: Congestion::new(config, segment),
            recovery: Recovery::new(origin),
            last_sent: Time::ZERO,
            probe: None,
            reduced: false,
            counts: Counts::default(),
            usage: Usage::default(),
        }
    }

    /// Bytes of data that wait to be sent or acknowledged.
    pub fn queued(&self) -> usize {
        usize::try_from(self.written.saturating_sub(self.kept)).unwrap_or(usize::MAX)
    }

    /// Bytes that wait to be sent, FIN counted.
    pub fn unsent(&self) -> u64 {
        self.end().saturating_sub(self.nxt)
    }

    /// Behind everything that is to be sent so far.
    pub const fn end(&self) -> u64 {
        if self.finished { self.written.saturating_add(1) } else { self.written }
    }

    /// Takes data of the application, as much as there is room for.
    pub fn write(&mut self, data: &[u8], room: usize) -> usize {
        let queued = self.queued();
        let length = data.len().min(room.saturating_sub(queued));
        self.buffer.write(queued, data.get(..length).unwrap_or(&[]), queued);
        let before = self.written;
        self.written = self.written.saturating_add(length as u64);
        if length > 0 {
            self.pushes.on_write(self.nxt, (before, self.written), self.segment, self.window_most);
        }
        length
    }

    /// What the application says of what it wrote last.
    pub fn mark(&mut self, how: Sending) {
        self.more = how.more;
        if how.more {
            self.pushes.take_back(self.written);
        }
        if how.end_of_record {
            self.pushes.end_chunk(self.written);
        }
        if how.end_of_record && self.records.back().is_none_or(|end| *end < self.written) {
            self.records.push_back(self.written);
        }
    }

    /// Where the record ends in which a position lies.
    fn record_end(&self, position: u64) -> Option<u64> {
        let next = self.records.partition_point(|end| *end <= position);
        self.records.get(next).copied()
    }

    /// Whether what is to be sent next waits for nothing: no more will come, or it is not to wait.
    fn hurries(&self) -> bool {
        let whole = self.record_end(self.nxt).is_some_and(|end| end < self.written);
        let urgent = self.urgent.is_some_and(|urgent| urgent > self.nxt);
        self.finished || whole || urgent || self.push_until > self.nxt
    }

    /// Whether less than a segment waits for more because the application wants that.
    pub fn holds_back(&self, config: &Config) -> bool {
        let unsent = self.unsent();
        (config.cork || self.more) && !self.hurries() && unsent > 0 && unsent < self.segment
    }

    /// The data of a piece.
    pub fn data(&self, (start, end): Range) -> [&[u8]; 2] {
        let start = start.max(self.kept);
        let end = end.min(self.written);
        let offset = usize::try_from(start.saturating_sub(self.kept)).unwrap_or(usize::MAX);
        self.buffer.slices(offset, usize::try_from(end.saturating_sub(start)).unwrap_or(0))
    }

    /// Lets go of data that is acknowledged.
    pub fn release(&mut self) {
        let until = self.una.clamp(self.kept, self.written.max(self.kept));
        self.buffer.advance(usize::try_from(until.saturating_sub(self.kept)).unwrap_or(0));
        self.kept = until;
        while self.records.front().is_some_and(|end| *end <= until) {
            self.records.pop_front();
        }
        if self.kept == self.written && self.finished {
            self.buffer.clear();
        }
    }

    /// Forgets all data.
    pub fn discard(&mut self) {
        self.buffer.clear();
        self.records.clear();
        self.pushes = Pushes::default();
        self.kept = self.written;
        self.flight.clear();
    }

    /// Room in the peer's window for what was not sent.
    pub fn usable(&self) -> u64 {
        self.una.saturating_add(self.window).saturating_sub(self.nxt)
    }

    /// Whether the peer's window, and not the congestion window, has no room for what is to be sent next.
    pub fn is_held_by_window(&self) -> bool {
        let length = self.unsent().min(self.segment);
        self.usable() < length && self.flight.in_network().saturating_add(length) <= self.congestion.window
    }

    /// What is to be sent next, if anything may be sent now.
    pub fn next(&mut self, now: Time, config: &Config) -> Option<Piece> {
        let probe = self.probe.take();
        if self.recovery.goes_forward() {
            if let Some(piece) = self.fresh(config, probe) {
                return Some(piece);
            }
            self.recovery.went_forward(self.nxt);
            if self.recovery.goes_forward() {
                return None;
            }
        }
        self.missing(now).or_else(|| self.fresh(config, probe)).or_else(|| self.tail(now, probe))
    }

    /// What was lost goes first.
    fn missing(&mut self, now: Time) -> Option<Piece> {
        let missing = *self.flight.next_missing()?;
        let length = missing.length().min(self.segment);
        if !self.recovery.may_resend(self.flight.in_network(), length, self.congestion.window) {
            return None;
        }
        let by = missing.lost?;
        let before = self.flight.resend(now, missing.range.0, self.segment)?;
        self.recovery.on_sent(before.length());
        self.recovery.on_resent(now);
        let reason = Reason::Retransmit { by, sent_ago: now - before.at };
        Some(Piece { range: before.range, reason, new: false, push: before.push })
    }

    /// What was not sent yet, if both windows have room, and it is not too little to be worth a segment.
    fn fresh(&mut self, config: &Config, probe: Option<Probe>) -> Option<Piece> {
        let usable = self.usable();
        let record = self.record_end(self.nxt).map(|end| end.saturating_sub(self.nxt));
        let unsent = record.unwrap_or(u64::MAX).min(self.unsent());
        let length = unsent.min(usable).min(self.segment);
        if length == 0 {
            return None;
        }
        let open = self.recovery.is_open();
        let in_network = match open && !config.limited_transmit {
            true => self.flight.outstanding(),
            false => self.flight.in_network(),
        };
        let beyond = in_network.saturating_add(length) > self.congestion.window;
        if beyond && probe != Some(Probe::Tail) {
            return None;
        }
        if probe.is_none() && !self.is_worth_a_segment(config, unsent, usable, length) {
            return None;
        }
        let range = (self.nxt, self.nxt.saturating_add(length));
        let limited = open && self.flight.outstanding().saturating_add(length) > self.congestion.window;
        let reason = match probe {
            Some(Probe::Tail) => Reason::LossProbe,
            _ if limited => Reason::LimitedTransmit,
            _ if range.0 == self.written => Reason::Close,
            _ => Reason::Data,
        };
        let push = match config.push {
            // What is sent of a window that has too little room for a segment is all that there will be for a while.
            Push::Write => self.pushes.on_sent(range.1) || probe == Some(Probe::Small),
            Push::Last => range.0 < self.written && range.1 >= self.written,
        };
        Some(Piece { range, reason, new: true, push })
    }

    /// All that may be sent now was sent: was the congestion window used up?
    pub fn look_at_usage(&mut self) {
        let fresh = core::mem::take(&mut self.usage.fresh);
        let limited = self.flight.in_network().saturating_add(self.segment) > self.congestion.window;
        if !(fresh || (limited && self.unsent() > 0)) {
            return;
        }
        let most = self.flight.outstanding();
        if limited || self.una >= self.usage.until || (!self.usage.limited && most > self.usage.most) {
            self.usage = Usage { limited, most, until: self.nxt, fresh: false };
        }
    }

    /// Whether the congestion window may grow: in slow start, up to twice of what was on its way.
    pub const fn uses_window(&self) -> bool {
        let twice = self.usage.most.saturating_mul(2);
        self.usage.limited || (self.congestion.in_slow_start() && self.congestion.window < twice)
    }

    /// The silly window syndrome and Nagle's algorithm (RFC 9293 sections 3.8.6.2.1 and 3.7.4).
    fn is_worth_a_segment(&self, config: &Config, unsent: u64, usable: u64, length: u64) -> bool {
        let nagle = config.nagle
            && match config.nagle_modified {
                true => self.small_until > self.una,
                false => !self.flight.is_empty(),
            };
        let waits = (nagle || config.cork || self.more) && !self.hurries();
        length >= self.segment || (!waits && (unsent <= usable || length >= self.window_most / 2))
    }

    /// The last segment again, for a probe that has nothing new to send.
    fn tail(&mut self, now: Time, probe: Option<Probe>) -> Option<Piece> {
        let last = *self.flight.back().filter(|_| probe == Some(Probe::Tail))?;
        let start = last.range.1.saturating_sub(last.length().min(self.segment)).max(last.range.0);
        self.flight.resend(now, last.range.0, u64::MAX)?;
        self.recovery.on_resent(now);
        Some(Piece { range: (start, last.range.1), reason: Reason::LossProbe, new: false, push: last.push })
    }

    /// A piece goes out.
    pub fn sent(&mut self, now: Time, piece: &Piece) {
        let before = core::mem::replace(&mut self.last_sent, now);
        let data = piece.range.1.min(self.written).saturating_sub(piece.range.0);
        self.counts.on_sent(data, piece.new);
        if (1..self.segment).contains(&data) {
            self.small_until = piece.range.1;
        }
        if piece.new {
            self.usage.fresh = true;
            if self.flight.is_empty() {
                self.congestion.on_quiet(now, now - before);
            }
            self.flight.send(now, piece.range, piece.push);
            self.recovery.on_sent(piece.range.1.saturating_sub(piece.range.0));
            self.nxt = self.nxt.max(piece.range.1);
        }
    }

    /// Starts with a small window again if nothing was on its way for longer than a timeout.
    pub fn restart_after_idle(&mut self, now: Time, config: &Config) {
        let timeout = self.rtt.timeout(config);
        let idle = now - self.last_sent;
        if config.restart_after_idle
            && self.flight.is_empty()
            && idle > timeout
            && self.last_sent > Time::ZERO
        {
            let timeouts = idle.as_nanos().checked_div(timeout.as_nanos().max(1)).unwrap_or(0);
            self.congestion.on_idle(config, u32::try_from(timeouts).unwrap_or(u32::MAX));
        }
    }

    /// How long to wait for an acknowledgment before the tail is probed (RFC 8985 section 7.2).
    pub fn probe_timeout(&self, config: &Config) -> Duration {
        let single = match self.flight.count() {
            1 => config.rto_variation_floor.max(WORST_DELAY),
            _ => Duration::ZERO,
        };
        self.rtt.smoothed.map_or(UNKNOWN_PATH, |smoothed| smoothed * 2 + single)
    }
}

/// The same while there is no round-trip time.
const UNKNOWN_PATH: Duration = Duration::from_secs(1);
/// How long a peer may delay an acknowledgment, as RFC 8985 section 7.2 reckons.
const WORST_DELAY: Duration = Duration::from_millis(200);
