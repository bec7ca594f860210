//! Finding and repairing losses: RACK-TLP ([RFC 8985](https://www.rfc-editor.org/rfc/rfc8985)), counting ([RFC 6675](https://www.rfc-editor.org/rfc/rfc6675),
//! [RFC 6582](https://www.rfc-editor.org/rfc/rfc6582)), timeouts ([RFC 6298](https://www.rfc-editor.org/rfc/rfc6298)), and taking back what was for nothing.
//!
//! ```text
//!              a loss is found                   timeout
//!       Open ───────────────────► Fast ─────────────────► Timeout
//!        ▲  ╲  ECN says congestion  │                        │
//!        │   ╲──────────► Reduced   │                        │
//!        └──────────────────┴───────┴────────────────────────┘
//!           all is acknowledged that was sent before it began
//! ```

use core::time::Duration;

use super::congestion::Progress;
use super::flight::{Arrived, News, Sent};
use super::ranges::Range;
use super::reason::Loss;
use super::reduction::Reduction;
use super::send::{Probe, Sender};
use super::{Config, FallFrom};
use crate::time::Time;

/// What is being repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing.
    Open,
    /// Nothing; the window fell because a router marked packets.
    Reduced,
    /// Losses that were found by what arrived.
    Fast,
    /// Losses that were found by a timeout.
    Timeout,
}

/// How losses are repaired.
#[derive(Clone, Debug)]
pub(crate) struct Recovery {
    pub phase: Phase,
    /// The phase ends when this position is acknowledged (RecoveryPoint, `recover`).
    until: u64,
    reduction: Option<Reduction>,
    /// One segment may be sent again, whatever the window is: the first.
    first: bool,
    /// The segment sent last of those that have arrived, and how long it took (RFC 8985 section 5.2).
    latest: Option<Arrived>,
    latest_took: Duration,
    /// By how many segments packets overtake each other on this path, and how often it was seen that they do.
    pub reordering: u32,
    pub reordering_seen: u32,
    /// The reordering window in quarters of the least round-trip time, and for how many recoveries it stays that large.
    quarters: u32,
    persists: u32,
    widened_until: u64,
    /// When the first segment was sent again in this phase, and how many are not known to have been needed.
    first_resent: Option<Time>,
    unneeded: Option<u32>,
    /// A probe of the tail is on its way: where it ends, and whether it was sent before.
    tail: Option<(u64, bool)>,
    /// Whether a timeout was for nothing is being tried (RFC 5682).
    trial: Option<Trial>,
}

/// A trial of a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    /// What was sent again is not acknowledged yet.
    Begun,
    /// It is: something new is sent now, and nothing else again.
    Forward,
    /// It was sent: what comes next will tell.
    Waits,
}

/// Segments that have to arrive behind one for it to count as lost (RFC 5681 section 3.2).
const THRESHOLD: u32 = 3;
/// More than this is not believed.
const REORDERING_MOST: u32 = 300;
/// What is known of a time that comes back as an echo of our clock: it is less than a tick away.
const TICK: Duration = Duration::from_millis(1);
/// Recoveries after which the reordering window is small again (RFC 8985 section 6.2, step 4).
const PERSISTS: u32 = 16;

impl Recovery {
    pub const fn new(origin: u64) -> Self {
        Self {
            phase: Phase::Open,
            until: origin,
            reduction: None,
            first: false,
            latest: None,
            latest_took: Duration::ZERO,
            reordering: THRESHOLD,
            reordering_seen: 0,
            quarters: 1,
            persists: PERSISTS,
            widened_until: 0,
            first_resent: None,
            unneeded: None,
            tail: None,
            trial: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether losses are being repaired.
    pub fn is_repairing(&self) -> bool {
        matches!(self.phase, Phase::Fast | Phase::Timeout)
    }

    /// Whether a lost segment may be sent again now.
    pub fn may_resend(&mut self, in_network: u64, length: u64, window: u64) -> bool {
        core::mem::take(&mut self.first) || in_network.saturating_add(length) <= window
    }

    /// Something is sent.
    pub fn on_sent(&mut self, bytes: u64) {
        if let Some(reduction) = &mut self.reduction {
            reduction.sent(bytes);
        }
    }

    /// Something is sent again.
    pub fn on_resent(&mut self, now: Time) {
        self.first_resent.get_or_insert(now);
        self.unneeded = self.unneeded.map(|count| count.saturating_add(1));
    }

    /// A probe of the tail goes out.
    pub fn on_tail_probe(&mut self, end: u64, again: bool) {
        self.tail = Some((end, again));
    }

    /// Whether what was lost is not sent again now, since something new is tried.
    pub fn goes_forward(&self) -> bool {
        matches!(self.trial, Some(Trial::Forward | Trial::Waits))
    }

    /// All that is new was sent; if there was nothing, what was lost is sent again as always.
    pub fn went_forward(&mut self, nxt: u64) {
        self.trial = (nxt > self.until).then_some(Trial::Waits);
    }

    pub fn tail_is_probed(&self) -> bool {
        self.tail.is_some()
    }
}

/// What an acknowledgment brings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledgment<'a> {
    /// Everything before this position has arrived.
    pub until: u64,
    /// What has arrived beyond, and what arrived twice.
    pub blocks: &'a [Range],
    pub twice: Option<Range>,
    /// It is a duplicate in the sense of RFC 5681 section 2, if something is on its way.
    pub duplicate: bool,
    /// SACK is in use.
    pub sack: bool,
    /// The round-trip time by the timestamp it echoes, and when that was sent.
    pub echoed: Option<Time>,
    /// The peer has seen congestion (ECE).
    pub congested: bool,
}

impl Sender {
    /// Takes account of an acknowledgment that can be: nothing that it covers was not sent.
    pub fn acknowledge(&mut self, now: Time, config: &Config, ack: &Acknowledgment<'_>) {
        let quiet = self.flight.is_empty() && self.recovery.is_open() && ack.until == self.una;
        if quiet && ack.twice.is_none() && !self.recovery.tail_is_probed() {
            return;
        }
        let moved = ack.until > self.una;
        let least = self.rtt.minimum().unwrap_or_default();
        let echoed = ack.echoed.map(|echoed| echoed + TICK);
        let mut news = News { least, echoed, until: self.recovery.until, ..News::default() };
        self.flight.acknowledge(now, ack.until, &mut news);
        self.una = self.una.max(ack.until);
        self.release();
        for block in ack.blocks {
            self.flight.sack(now, *block, &mut news);
        }
        self.count_duplicates(ack, moved, &mut news);
        self.counts.delivered = self.counts.delivered.wrapping_add(news.delivered_segments);
        if ack.congested {
            self.counts.delivered_marked = self.counts.delivered_marked.wrapping_add(news.delivered_segments);
        }
        self.measure(now, ack, moved, &news);
        self.learn_of_tail(config, ack);
        self.learn_of_repetition(ack);

        let lost = if self.was_for_nothing(config, ack, moved, &news) {
            self.take_back();
            0
        } else {
            self.go_on_trying(ack, moved, &news);
            self.find_losses(now, config, ack, &news)
        };
        self.end_phase();
        if lost > 0 && !self.recovery.is_repairing() {
            self.begin_fast_recovery(config, &news);
        }
        // Marks and losses of one window are one congestion (RFC 3168 section 6.1.2).
        if ack.congested && self.recovery.is_open() && self.una > self.recovery.until {
            self.begin_reduced(config, &news);
        }
        self.resize(now, &news, lost, moved);
    }

    /// Takes a round-trip time (RFC 6298 section 3, Karn's algorithm): of what was sent once, or by the timestamp that is echoed, unless
    /// that is older than what was sent again; then it says when the peer heard something first, not how long the way is.
    fn measure(&mut self, now: Time, ack: &Acknowledgment<'_>, moved: bool, news: &News) {
        let fresh = |sent: &Time| news.resent.is_none_or(|again| *sent + TICK > again);
        let echoed = ack.echoed.filter(|sent| moved && fresh(sent)).map(|sent| now - sent);
        if let Some(sample) = news.slowest.or(echoed) {
            self.rtt.measure(now, sample);
        }
    }

    /// Without SACK, duplicate acknowledgments say how many segments have arrived (RFC 5681 section 3.2): each that one has, and what the
    /// number covers later has not arrived again (RFC 9937 section 5, DeliveredData).
    fn count_duplicates(&mut self, ack: &Acknowledgment<'_>, moved: bool, news: &mut News) {
        if ack.sack {
            return;
        }
        let duplicates = self.flight.duplicates;
        self.flight.duplicates = if moved {
            // What the number covers now had arrived, but for the segment that was missing (RFC 6582 section 3.2, step 3).
            duplicates.saturating_sub(news.acknowledged.saturating_sub(self.segment))
        } else if ack.duplicate {
            duplicates.saturating_add(self.segment)
        } else {
            duplicates
        };
        let most = self.flight.outstanding().saturating_sub(self.flight.lost().bytes);
        self.flight.duplicates = self.flight.duplicates.min(most);
        let more = self.flight.duplicates.saturating_sub(duplicates);
        let fewer = duplicates.saturating_sub(self.flight.duplicates);
        let segments = |bytes: u64| bytes.checked_div(self.segment).unwrap_or(0) as u32;
        news.sacked = more;
        news.delivered = news.delivered.saturating_add(more).saturating_sub(fewer);
        let delivered = news.delivered_segments.saturating_add(segments(more));
        news.delivered_segments = delivered.saturating_sub(segments(fewer));
    }

    /// RFC 8985 section 7.4: did the probe of the tail repair a loss?
    fn learn_of_tail(&mut self, config: &Config, ack: &Acknowledgment<'_>) {
        let Some((end, again)) = self.recovery.tail else { return };
        if ack.until < end {
            return;
        }
        let arrived_twice = ack.twice.is_some_and(|(_, twice)| twice >= end);
        let repaired = again && !arrived_twice;
        // An acknowledgment of just the end may be that of the original, with that of the probe to follow: a duplicate.
        let both = ack.duplicate && ack.blocks.is_empty();
        if repaired && ack.until == end && !both {
            return;
        }
        self.recovery.tail = None;
        if repaired && ack.until > end && self.recovery.is_open() {
            // The original was lost: the window falls as for any loss, unless it just has.
            self.congestion.on_congestion(config, self.flight.outstanding().max(self.segment));
            self.congestion.window = self.congestion.threshold;
            self.reduced = true;
        }
    }

    /// What arrived twice was sent again for nothing (RFC 2883, RFC 8985 section 6.2, step 4).
    fn learn_of_repetition(&mut self, ack: &Acknowledgment<'_>) {
        let Some((start, end)) = ack.twice else { return };
        let segments = end.saturating_sub(start).div_ceil(self.segment.max(1));
        self.counts.twice = self.counts.twice.wrapping_add(segments as u32);
        let recovery = &mut self.recovery;
        recovery.unneeded = recovery.unneeded.map(|count| count.saturating_sub(1));
        if ack.until >= recovery.widened_until {
            recovery.widened_until = self.nxt;
            recovery.quarters = recovery.quarters.saturating_add(1).min(64);
            recovery.persists = PERSISTS;
        }
    }

    /// Holds for lost what must be; gives back how many bytes.
    fn find_losses(&mut self, now: Time, config: &Config, ack: &Acknowledgment<'_>, news: &News) -> u64 {
        if !ack.sack {
            return self.lose_by_duplicates(ack, news);
        }
        if let Some(latest) = news.latest {
            if Some(latest) > self.recovery.latest {
                self.recovery.latest = Some(latest);
            }
            self.recovery.latest_took = now - latest.at;
        }
        if let Some((first, most)) = news.overtaken {
            let recovery = &mut self.recovery;
            let segments = most.saturating_sub(first).div_ceil(self.segment.max(1));
            let segments = u32::try_from(segments).unwrap_or(u32::MAX).min(REORDERING_MOST);
            recovery.reordering = recovery.reordering.max(segments);
            recovery.reordering_seen = recovery.reordering_seen.saturating_add(1);
        }
        if config.rack {
            self.lose_by_time(now).0
        } else if self.flight.sacked().segments > 0 {
            let (segments, bytes) =
                (THRESHOLD as usize, self.segment.saturating_mul(u64::from(THRESHOLD - 1)));
            self.flight.lose_counted(segments, bytes)
        } else {
            0
        }
    }

    /// NewReno: the third duplicate, and each partial acknowledgment (RFC 6582 section 3.2).
    fn lose_by_duplicates(&mut self, ack: &Acknowledgment<'_>, news: &News) -> u64 {
        let enough = self.segment.saturating_mul(u64::from(THRESHOLD));
        // What was sent again for nothing makes duplicates, too, of no more than was sent by then (RFC 6582 section 4).
        let beyond = ack.until > self.recovery.until || self.recovery.phase == Phase::Reduced;
        let third = ack.duplicate && self.flight.duplicates >= enough && beyond;
        let partial = news.acknowledged > 0 && self.una < self.recovery.until;
        let front = self.flight.front().is_some_and(|front| front.lost.is_none());
        match self.recovery.phase {
            Phase::Open | Phase::Reduced if third && front => self.flight.lose_first(Loss::Duplicates),
            Phase::Fast if partial && front => self.flight.lose_first(Loss::Partial),
            _ => 0,
        }
    }

    /// What was sent so long before something that has arrived that it must be lost (RFC 8985 section 6.2, step 5). Gives back how
    /// many bytes, and when to look again.
    pub fn lose_by_time(&mut self, now: Time) -> (u64, Option<Duration>) {
        let Some(latest) = self.recovery.latest else { return (0, None) };
        let patience = self.recovery.latest_took + self.reordering_window();
        self.flight.lose_overdue(latest.number, |sent: &Sent| (sent.at + patience) - now)
    }

    /// How far packets may overtake each other (RFC 8985 section 6.2, step 4).
    fn reordering_window(&self) -> Duration {
        let recovery = &self.recovery;
        let enough = self.flight.sacked().segments >= THRESHOLD;
        if recovery.reordering_seen == 0 && (recovery.is_repairing() || enough) {
            return Duration::ZERO;
        }
        let least = self.rtt.minimum().unwrap_or_default();
        (least / 4 * recovery.quarters).min(self.rtt.smoothed.unwrap_or_default())
    }

    /// A repair begins (RFC 5681 section 3.2, RFC 9937 section 6).
    fn begin_fast_recovery(&mut self, config: &Config, news: &News) {
        if self.recovery.phase == Phase::Reduced {
            // It has just fallen, and goes on falling.
            self.congestion.settle();
        } else {
            self.begin_reduction(config, news);
        }
        let recovery = &mut self.recovery;
        recovery.phase = Phase::Fast;
        recovery.until = self.nxt;
        recovery.first = true;
        recovery.first_resent = None;
        recovery.unneeded = Some(0);
        recovery.tail = None;
    }

    /// The window begins to fall: in proportion to what arrives, or at once.
    fn begin_reduction(&mut self, config: &Config, news: &News) {
        let (window, in_flight) = (self.congestion.window, self.flight.outstanding());
        self.congestion.on_congestion(config, in_flight);
        self.recovery.reduction = None;
        if config.proportional_reduction {
            // What had arrived before is not counted again (RFC 9937 section 6).
            let before = self.flight.beyond().saturating_sub(news.sacked);
            let on_its_way = in_flight.saturating_add(news.acknowledged).saturating_sub(before);
            let (from, grain) = match config.fall_from {
                FallFrom::Window => (window, self.segment),
                FallFrom::Flight => (on_its_way, 1),
            };
            self.recovery.reduction = Some(Reduction::new(from.max(self.segment), grain));
        } else {
            self.congestion.window = self.congestion.threshold;
        }
        self.reduced = true;
    }

    /// A router marked a packet: the window falls, once in a round trip (RFC 3168 section 6.1.2).
    fn begin_reduced(&mut self, config: &Config, news: &News) {
        self.begin_reduction(config, news);
        self.congestion.settle();
        self.recovery.phase = Phase::Reduced;
        self.recovery.until = self.nxt;
    }

    /// All is acknowledged that was sent before the phase began.
    fn end_phase(&mut self) {
        // That the window fell is said with new data: something of that has to be acknowledged.
        let reduced = self.recovery.phase == Phase::Reduced;
        if self.recovery.is_open() || self.una < self.recovery.until.saturating_add(u64::from(reduced)) {
            return;
        }
        let recovery = &mut self.recovery;
        if recovery.phase != Phase::Timeout {
            self.congestion.window = self.congestion.threshold;
        }
        if !reduced {
            recovery.persists = recovery.persists.saturating_sub(1);
            if recovery.persists == 0 {
                recovery.quarters = 1;
            }
        }
        recovery.phase = Phase::Open;
        recovery.reduction = None;
        recovery.trial = None;
        recovery.first = false;
        recovery.first_resent = None;
        if recovery.unneeded.is_none() {
            self.congestion.settle();
        }
    }

    /// Whether what was sent again was not lost: what is acknowledged echoes a time before it was sent again (Eifel, RFC 3522), or
    /// all of it arrived twice (RFC 2883).
    fn was_for_nothing(&self, config: &Config, ack: &Acknowledgment<'_>, moved: bool, news: &News) -> bool {
        if !config.undo {
            return false;
        }
        let first = self.recovery.first_resent;
        let original = moved
            && self.recovery.is_repairing()
            && news.resent.is_some()
            && matches!((ack.echoed, first), (Some(echoed), Some(first)) if first - echoed >= TICK);
        // Behind the timeout something has arrived that was not sent again (RFC 5682 section 3.1, step 3). Without SACK it may have
        // arrived before.
        let known = self.recovery.trial == Some(Trial::Waits) || (self.recovery.trial.is_some() && moved);
        let tried = known && news.original && (ack.sack || news.resent.is_none());
        original || tried || (ack.twice.is_some() && self.recovery.unneeded == Some(0))
    }

    /// The first acknowledgment behind a timeout lets something new go instead of more of what may be lost: if that was not lost, the next one
    /// covers it (RFC 5682 section 3.1).
    fn go_on_trying(&mut self, ack: &Acknowledgment<'_>, moved: bool, news: &News) {
        let recovery = &mut self.recovery;
        recovery.trial = match recovery.trial {
            Some(Trial::Begun) if moved && self.una < recovery.until => Some(Trial::Forward),
            Some(trial) if !moved && news.sacked == 0 && !ack.duplicate => Some(trial),
            Some(Trial::Begun) if !moved => Some(Trial::Begun),
            _ => None,
        };
    }

    /// The window is as it was before the repair, and what was held for lost is not.
    fn take_back(&mut self) {
        self.congestion.undo();
        self.flight.find_again();
        self.recovery.unneeded = None;
        self.recovery.trial = None;
        self.recovery.until = self.una.saturating_sub(1);
        self.recovery.phase = Phase::Open;
        self.recovery.reduction = None;
        self.recovery.first_resent = None;
        self.rtt.backoff = 0;
    }

    /// The window after an acknowledgment.
    fn resize(&mut self, now: Time, news: &News, lost: u64, moved: bool) {
        let pipe = self.flight.in_network();
        let threshold = self.congestion.threshold;
        // Where packets overtake each other far, what SACK says lets the window grow as well.
        let far = self.recovery.reordering > THRESHOLD;
        let grows = (news.acknowledged > 0 || far) && news.delivered > 0 && self.uses_window();
        match (&mut self.recovery.reduction, self.recovery.phase) {
            (Some(reduction), Phase::Fast | Phase::Reduced) => {
                let safe = moved && lost == 0;
                let allowance = reduction.allowance(news.delivered, pipe, threshold, self.segment, safe);
                self.congestion.window = pipe.saturating_add(allowance);
            }
            (_, Phase::Open | Phase::Timeout) if grows => {
                let progress = Progress {
                    bytes: news.delivered,
                    una: self.una,
                    nxt: self.nxt,
                    round_trip: news.quickest,
                    smoothed: self.rtt.smoothed,
                };
                self.congestion.on_progress(now, &progress);
            }
            _ => {}
        }
    }

    /// The time to wait for what may have been overtaken is over: gives back whether something is lost, and when to look again.
    pub fn on_reordering_timer(&mut self, now: Time, config: &Config) -> Option<Duration> {
        let (lost, again) = self.lose_by_time(now);
        if lost > 0 && !self.recovery.is_repairing() {
            self.begin_fast_recovery(config, &News::default());
            let pipe = self.flight.in_network();
            if self.recovery.reduction.is_some() {
                self.congestion.window = pipe.saturating_add(self.segment);
            }
        }
        again
    }

    /// No acknowledgment came in time (RFC 6298 section 5, RFC 5681 section 3.1).
    pub fn on_timeout(&mut self, now: Time, config: &Config, first: bool) {
        // A timeout in a repair that goes on is no news of the path.
        let tries = match self.recovery.phase {
            Phase::Open | Phase::Reduced => true,
            Phase::Fast => false,
            Phase::Timeout => !first,
        };
        self.recovery.trial = (config.forward_recovery && tries).then_some(Trial::Begun);
        let falls = match self.recovery.phase {
            Phase::Open => true,
            Phase::Reduced | Phase::Fast => config.fall_from == FallFrom::Flight,
            Phase::Timeout => first,
        };
        if falls {
            self.congestion.on_congestion(config, self.flight.outstanding());
            self.recovery.unneeded = Some(0);
            self.recovery.first_resent = None;
        }
        // The peer has dropped what it said it has, if that is what is missing (RFC 2018 section 8).
        let reneged = self.flight.front().is_some_and(|front| front.sacked);
        let patience = self.recovery.latest_took;
        self.flight.lose_all(reneged, |sent| config.rack && sent.at + patience > now);
        self.congestion.on_timeout(self.flight.in_network());
        self.recovery.phase = Phase::Timeout;
        self.recovery.until = self.nxt;
        self.recovery.reduction = None;
        self.recovery.first = true;
        self.recovery.tail = None;
        self.rtt.backoff = self.rtt.backoff.saturating_add(1);
        self.probe = None;
        self.reduced = true;
    }

    /// The tail is to be probed (RFC 8985 section 7.3).
    pub fn on_tail_timer(&mut self) {
        let new = self.unsent() > 0 && self.usable() > 0;
        let end = if new { self.nxt.saturating_add(self.unsent().min(self.segment)) } else { self.nxt };
        self.recovery.on_tail_probe(end, !new);
        self.probe = Some(Probe::Tail);
    }
}
