//! What is on its way: every segment that was sent and is not acknowledged, with what is known of it.
//!
//! This is the scoreboard of RFC 6675, kept segment by segment as RFC 8985 needs it. What it costs does not grow with the window:
//! segments leave at the front, an acknowledgment touches those that it is news for, and two more lists, one in the order of
//! sending and one of what is to be sent again, hold each segment at most once at a time.

use alloc::collections::{BTreeSet, VecDeque};
use core::time::Duration;

use super::ranges::{Range, Ranges};
use super::reason::Loss;
use crate::time::Time;

/// A segment on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// Its first position, and the one behind its last.
    pub range: Range,
    /// When it was sent last, and as which of all that were sent: two can be sent at the same time.
    pub at: Time,
    pub number: u64,
    /// How often it was sent again.
    pub again: u32,
    /// The peer has it, says SACK.
    pub sacked: bool,
    /// It is held for lost, and why.
    pub lost: Option<Loss>,
    /// It was sent again since it was held for lost.
    pub resent: bool,
    /// It ends what the application gave at once: PSH.
    pub push: bool,
}

impl Sent {
    pub const fn length(&self) -> u64 {
        self.range.1.saturating_sub(self.range.0)
    }
}

/// What an acknowledgment was news of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct News {
    /// Bytes that have arrived, by the number or by SACK, and whole segments.
    pub delivered: u64,
    pub delivered_segments: u32,
    /// Of those, bytes that the number covers now.
    pub acknowledged: u64,
    /// Of those, bytes that SACK covers now, or that a duplicate stands for.
    pub sacked: u64,
    /// The round-trip time by the segment that was on its way longest, and by the one sent last; of those sent once only.
    pub slowest: Option<Duration>,
    pub quickest: Option<Duration>,
    /// The least round-trip time so far: what is asked with.
    pub least: Duration,
    /// The end of the tick that the acknowledgment echoes, if it does: asked with, too.
    pub echoed: Option<Time>,
    /// Where a repair ends, asked with as well; and whether something before that has arrived that was sent once.
    pub until: u64,
    pub original: bool,
    /// The segment sent last that has arrived.
    pub latest: Option<Arrived>,
    /// A segment that was sent once arrived behind one that was sent later: packets overtake each other. Where the first such begins, and
    /// up to where the others had got.
    pub overtaken: Option<Range>,
    /// A segment that was sent again is acknowledged: when it was sent last.
    pub resent: Option<Time>,
}

/// A segment that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrived {
    pub number: u64,
    pub at: Time,
}

/// Some of the segments on their way, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub bytes: u64,
    pub segments: u32,
}

impl Tally {
    const fn add(&mut self, length: u64) {
        self.bytes = self.bytes.saturating_add(length);
        self.segments = self.segments.saturating_add(1);
    }

    const fn remove(&mut self, length: u64) {
        self.bytes = self.bytes.saturating_sub(length);
        self.segments = self.segments.saturating_sub(1);
    }
}

/// What is on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flight {
    /// In the order of positions, without holes.
    segments: VecDeque<Sent>,
    /// In the order of sending: the number, and the first position. What has changed since is skipped.
    order: VecDeque<(u64, u64)>,
    /// How many segments were sent.
    number: u64,
    /// The first positions of what is held for lost and was not sent again.
    missing: BTreeSet<u64>,
    /// What the peer has, says SACK.
    ranges: Ranges,
    /// Bytes on their way, and what of them is known.
    total: u64,
    sacked: Tally,
    lost: Tally,
    resent: Tally,
    /// Bytes that duplicate acknowledgments without SACK stand for.
    pub duplicates: u64,
    /// The highest position that has arrived.
    highest: u64,
    /// Before it, everything that the peer does not have is held for lost by counting.
    counted: u64,
}

/// Ranges that a peer can make us keep.
const RANGES: usize = 1 << 16;

impl Flight {
    /// Bytes that are in the network, as far as is known (RFC 6675 section 4, "pipe").
    pub fn in_network(&self) -> u64 {
        let gone = self.sacked.bytes.saturating_add(self.lost.bytes).saturating_add(self.duplicates);
        self.total.saturating_add(self.resent.bytes).saturating_sub(gone)
    }

    /// Bytes that are sent and not acknowledged by number.
    pub const fn outstanding(&self) -> u64 {
        self.total
    }

    /// Bytes that SACK covers, or that duplicates stand for.
    pub const fn beyond(&self) -> u64 {
        self.sacked.bytes.saturating_add(self.duplicates)
    }

    /// What SACK covers.
    pub const fn sacked(&self) -> Tally {
        self.sacked
    }

    /// What is held for lost, be it sent again or not.
    pub const fn lost(&self) -> Tally {
        self.lost
    }

    /// What was sent again since.
    pub const fn resent(&self) -> Tally {
        self.resent
    }

    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// How many entries the order of sending has.
    #[cfg(test)]
    pub fn remembered(&self) -> usize {
        self.order.len()
    }

    /// How many segments are on their way.
    pub fn count(&self) -> usize {
        self.segments.len()
    }

    pub fn front(&self) -> Option<&Sent> {
        self.segments.front()
    }

    pub fn back(&self) -> Option<&Sent> {
        self.segments.back()
    }

    /// New data is sent.
    pub fn send(&mut self, now: Time, range: Range, push: bool) {
        let number = self.count_one(range.0);
        let sent = Sent { range, at: now, number, again: 0, sacked: false, lost: None, resent: false, push };
        self.total = self.total.saturating_add(sent.length());
        self.segments.push_back(sent);
    }

    /// Another segment is sent: gives back its number.
    fn count_one(&mut self, start: u64) -> u64 {
        self.number = self.number.saturating_add(1);
        self.order.push_back((self.number, start));
        self.number
    }

    /// Which segment is to be sent again next.
    pub fn next_missing(&self) -> Option<&Sent> {
        let start = *self.missing.first()?;
        self.segments.get(self.find(start)?)
    }

    /// A segment is sent again, or the first bytes of it if it has become too long; gives back what it was.
    pub fn resend(&mut self, now: Time, start: u64, most: u64) -> Option<Sent> {
        let index = self.find(start)?;
        let before = *self.segments.get(index)?;
        let cut = before.range.0.saturating_add(most.max(1));
        if cut < before.range.1 {
            self.split(index, cut);
        } else {
            self.join(index, cut);
        }
        let number = self.count_one(start);
        let segment = self.segments.get_mut(index)?;
        let length = segment.length();
        if segment.lost.is_some() && !segment.resent {
            segment.resent = true;
            self.resent.add(length);
        }
        (segment.at, segment.number) = (now, number);
        segment.again = segment.again.saturating_add(1);
        self.missing.remove(&start);
        Some(Sent { range: segment.range, push: segment.push, ..before })
    }

    /// Makes one segment out of several that were lost, up to a position: many small ones are sent again as few.
    fn join(&mut self, index: usize, cut: u64) {
        let waits = |segment: &&Sent| segment.lost.is_some() && !segment.resent && !segment.sacked;
        while self.segments.get(index).filter(waits).is_some()
            && let Some(next) = self.segments.get(index.saturating_add(1)).filter(waits).copied()
            && next.range.1 <= cut
        {
            self.segments.remove(index.saturating_add(1));
            self.missing.remove(&next.range.0);
            self.lost.segments = self.lost.segments.saturating_sub(1);
            if let Some(segment) = self.segments.get_mut(index) {
                segment.range.1 = next.range.1;
                segment.push |= next.push;
                segment.again = segment.again.max(next.again);
            }
        }
    }

    /// Cuts a segment in two.
    fn split(&mut self, index: usize, cut: u64) {
        let Some(front) = self.segments.get_mut(index) else { return };
        let back = Sent { range: (cut, front.range.1), ..*front };
        (front.range.1, front.push) = (cut, false);
        for (there, tally) in [
            (back.sacked, &mut self.sacked),
            (back.lost.is_some(), &mut self.lost),
            (back.resent, &mut self.resent),
        ] {
            tally.segments = tally.segments.saturating_add(u32::from(there));
        }
        if self.missing.contains(&front.range.0) {
            self.missing.insert(cut);
        }
        // It was sent as one, so that the two follow each other there too.
        let place = self.order.partition_point(|(number, _)| *number <= back.number);
        self.order.insert(place, (back.number, cut));
        self.segments.insert(index.saturating_add(1), back);
    }

    /// Takes account of an acknowledgment up to a position.
    pub fn acknowledge(&mut self, now: Time, una: u64, news: &mut News) {
        while let Some(segment) = self.segments.front_mut() {
            if segment.range.0 >= una {
                break;
            }
            let end = segment.range.1.min(una);
            let length = end.saturating_sub(segment.range.0);
            news.acknowledged = news.acknowledged.saturating_add(length);
            self.total = self.total.saturating_sub(length);
            let mut copy = *segment;
            copy.range.1 = end;
            // What is left of a segment is a segment still.
            let whole = u32::from(end == segment.range.1);
            for (there, tally) in [
                (segment.sacked, &mut self.sacked),
                (segment.lost.is_some(), &mut self.lost),
                (segment.resent, &mut self.resent),
            ] {
                if there {
                    tally.bytes = tally.bytes.saturating_sub(length);
                    tally.segments = tally.segments.saturating_sub(whole);
                }
            }
            if !segment.sacked {
                news.delivered = news.delivered.saturating_add(length);
                news.delivered_segments = news.delivered_segments.saturating_add(whole);
            }
            if segment.lost.is_some() {
                self.missing.remove(&segment.range.0);
            }
            if end < segment.range.1 {
                segment.range.0 = end;
                let (rest, lost, resent, number) =
                    (segment.range.0, segment.lost, segment.resent, segment.number);
                if lost.is_some() && !resent {
                    self.missing.insert(rest);
                }
                let place = self.order.partition_point(|(before, _)| *before < number);
                self.order.insert(place, (number, rest));
            } else {
                // Usually it is the one that was sent first, too.
                if self.order.front() == Some(&(copy.number, copy.range.0)) {
                    self.order.pop_front();
                }
                self.segments.pop_front();
            }
            if !copy.sacked {
                self.arrived(now, &copy, news);
            }
        }
        self.ranges.forget_before(una);
        // What is left of segments that are gone goes too.
        while self.order.front().is_some_and(|(_, start)| *start < una) {
            self.order.pop_front();
        }
        self.highest = self.highest.max(una);
    }

    /// Takes account of a block of SACK, which lies between what is acknowledged and what was sent.
    pub fn sack(&mut self, now: Time, block: Range, news: &mut News) {
        let mut at = block.0;
        while let Some(gap) = self.ranges.gap((at, block.1)) {
            at = gap.1;
            if self.ranges.count() >= RANGES {
                return;
            }
            self.ranges.insert(gap);
            let mut index = self.find_within(gap.0);
            while let Some(segment) = index.and_then(|index| self.segments.get_mut(index)) {
                if segment.range.0 >= gap.1 {
                    break;
                }
                if !segment.sacked && self.ranges.holds(segment.range) {
                    segment.sacked = true;
                    let length = segment.length();
                    news.sacked = news.sacked.saturating_add(length);
                    news.delivered = news.delivered.saturating_add(length);
                    news.delivered_segments = news.delivered_segments.saturating_add(1);
                    self.sacked.add(length);
                    let copy = *segment;
                    if segment.lost.take().is_some() {
                        self.lost.remove(length);
                        self.missing.remove(&copy.range.0);
                    }
                    if core::mem::take(&mut segment.resent) {
                        self.resent.remove(length);
                    }
                    self.arrived(now, &copy, news);
                }
                index = index.map(|index| index.saturating_add(1));
            }
        }
        self.highest = self.highest.max(block.1);
    }

    /// A segment has arrived: what does that say?
    fn arrived(&mut self, now: Time, segment: &Sent, news: &mut News) {
        // What is quicker than any answer was, or echoes an older time, answers what was sent before (RFC 8985 section 6.2, step 2).
        let newer = now - segment.at >= news.least && news.echoed.is_none_or(|echoed| echoed >= segment.at);
        if segment.again == 0 || newer {
            news.latest = news.latest.max(Some(Arrived { number: segment.number, at: segment.at }));
        }
        if segment.again == 0 {
            news.original |= segment.range.1 <= news.until;
            let round_trip = now - segment.at;
            news.slowest = news.slowest.max(Some(round_trip));
            news.quickest = Some(news.quickest.map_or(round_trip, |least| least.min(round_trip)));
            if segment.range.1 < self.highest {
                let (first, most) = news.overtaken.unwrap_or((segment.range.0, self.highest));
                news.overtaken = Some((first.min(segment.range.0), most));
            }
        } else {
            news.resent = news.resent.max(Some(segment.at));
        }
        self.highest = self.highest.max(segment.range.1);
    }

    /// Holds for lost, in the order of sending, what was sent before the one with a number and is overdue: `wait` says how long is still to
    /// be waited. Gives back how many bytes, and how long to wait for the first that is not lost yet.
    pub fn lose_overdue(&mut self, before: u64, wait: impl Fn(&Sent) -> Duration) -> (u64, Option<Duration>) {
        let mut bytes = 0u64;
        while let Some((number, start)) = self.order.front().copied().filter(|(number, _)| *number < before) {
            let current = self.find(start).and_then(|index| self.segments.get(index).copied());
            let Some(segment) = current.filter(|segment| {
                segment.number == number && !segment.sacked && (segment.lost.is_none() || segment.resent)
            }) else {
                self.order.pop_front();
                continue;
            };
            match wait(&segment) {
                Duration::ZERO => {
                    self.order.pop_front();
                    bytes = bytes.saturating_add(self.lose(start, Loss::Rack));
                }
                left => return (bytes, Some(left)),
            }
        }
        (bytes, None)
    }

    /// Holds for lost what has at least so many bytes of SACK behind it, or three ranges (RFC 6675 section 4, "IsLost").
    pub fn lose_counted(&mut self, segments: usize, bytes: u64) -> u64 {
        let mut behind = 0u64;
        let mut limit = None;
        for (count, (start, end)) in self.ranges.iter().rev().enumerate() {
            behind = behind.saturating_add(end.saturating_sub(start));
            if behind > bytes || count.saturating_add(1) >= segments {
                limit = Some(start);
                break;
            }
        }
        let Some(limit) = limit else { return 0 };
        let mut lost = 0u64;
        let mut index = self.find_within(self.counted).unwrap_or(usize::MAX);
        self.counted = self.counted.max(limit);
        while let Some(segment) = self.segments.get(index).copied() {
            if segment.range.1 > limit {
                break;
            }
            if segment.lost.is_none() && !segment.sacked {
                lost = lost.saturating_add(self.lose(segment.range.0, Loss::Duplicates));
            }
            // Ranges that the peer has are passed in one step.
            index = match self.ranges.around(segment.range.1) {
                Some((_, end)) => self.find_within(end).unwrap_or(usize::MAX),
                None => index.saturating_add(1),
            };
        }
        lost
    }

    /// Holds a segment for lost; gives back its bytes.
    pub fn lose(&mut self, start: u64, why: Loss) -> u64 {
        let Some(segment) = self.find(start).and_then(|index| self.segments.get_mut(index)) else { return 0 };
        if segment.sacked {
            return 0;
        }
        let length = segment.length();
        if core::mem::take(&mut segment.resent) {
            self.resent.remove(length);
        }
        if segment.lost.is_none() {
            self.lost.add(length);
        }
        segment.lost = Some(why);
        self.missing.insert(segment.range.0);
        length
    }

    /// Holds the first segment for lost.
    pub fn lose_first(&mut self, why: Loss) -> u64 {
        self.segments.front().map(|segment| segment.range.0).map_or(0, |start| self.lose(start, why))
    }

    /// Holds everything for lost that the peer does not have (RFC 6298 section 5.4); `forget` what it said it has, too. But for the first,
    /// what is `young` may still arrive (RFC 8985 section 6.3).
    pub fn lose_all(&mut self, forget: bool, young: impl Fn(&Sent) -> bool) {
        if forget {
            self.ranges.clear();
            self.counted = 0;
            self.sacked = Tally::default();
        }
        self.order.clear();
        self.duplicates = 0;
        (self.lost, self.resent) = (Tally::default(), Tally::default());
        self.missing.clear();
        let mut first = true;
        for segment in &mut self.segments {
            segment.sacked &= !forget;
            let keeps = !core::mem::take(&mut first) && !forget && young(segment);
            if keeps && !segment.sacked && (segment.lost.is_none() || segment.resent) {
                self.order.push_back((segment.number, segment.range.0));
                if segment.resent {
                    self.lost.add(segment.length());
                    self.resent.add(segment.length());
                }
                continue;
            }
            segment.resent = false;
            if !segment.sacked {
                segment.lost = Some(Loss::Timeout);
                self.lost.add(segment.length());
                self.missing.insert(segment.range.0);
            }
        }
        self.order.make_contiguous().sort_unstable();
    }

    /// Holds nothing for lost any more: the timeout was for nothing.
    pub fn find_again(&mut self) {
        (self.lost, self.resent) = (Tally::default(), Tally::default());
        self.counted = 0;
        self.missing.clear();
        self.order.clear();
        for segment in &mut self.segments {
            segment.lost = None;
            segment.resent = false;
            if !segment.sacked {
                self.order.push_back((segment.number, segment.range.0));
            }
        }
        self.order.make_contiguous().sort_unstable();
    }

    /// Everything longer than a segment may be now was lost on the way (RFC 1191 section 6.4).
    pub fn lose_longer(&mut self, most: u64) {
        let starts: alloc::vec::Vec<u64> = self
            .segments
            .iter()
            .filter(|segment| segment.length() > most && !segment.sacked)
            .map(|segment| segment.range.0)
            .collect();
        for start in starts {
            self.lose(start, Loss::PathMtu);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { highest: self.highest, number: self.number, ..Self::default() };
    }

    /// The segment that begins at a position.
    fn find(&self, start: u64) -> Option<usize> {
        self.segments.binary_search_by_key(&start, |segment| segment.range.0).ok()
    }

    /// The segment that a position lies in.
    fn find_within(&self, position: u64) -> Option<usize> {
        let behind = self.segments.partition_point(|segment| segment.range.1 <= position);
        (behind < self.segments.len()).then_some(behind)
    }
}
