//! The receiving side: what has come, in and out of order, the window, and when to acknowledge (RFC 9293 sections 3.8.6.2.2 and 3.8.6.3).

use alloc::vec::Vec;
use core::time::Duration;

use super::Config;
use super::ranges::{Range, Ranges};
use super::reason::Ack;
use super::ring::Ring;
use super::rtt::Rtt;
use crate::time::Time;

/// The receiving side of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    /// Where the peer's stream begins: the position of its SYN (IRS).
    pub origin: u64,
    /// What is expected next (RCV.NXT).
    pub next: u64,
    /// The end of the window that the peer was told (RCV.NXT + RCV.WND); it never moves back.
    edge: u64,
    /// Data, from position `read` on.
    buffer: Ring,
    /// What the application has taken.
    read: u64,
    /// What came out of order.
    ranges: Ranges,
    /// The same, as SACK reports it: what came last first.
    recent: Vec<Range>,
    /// What came twice, to be reported once (RFC 2883).
    pub twice: Option<Range>,
    /// The position of the peer's FIN.
    pub fin: Option<u64>,
    /// Behind the last urgent byte (RCV.UP).
    pub urgent: Option<u64>,
    /// Room for data, which grows up to the configured most.
    room: usize,
    /// The round-trip time as the receiver sees it, waiting in queues included: by what the peer echoes.
    round_trip: Option<Duration>,
    /// What the application took in this round trip, and since when.
    taken: u64,
    /// The most that it took in one.
    pub taken_most: u64,
    taken_since: Time,
    /// Why and when an acknowledgment is to be sent.
    pub ack: AckDue,
    /// Segments that are still acknowledged at once.
    quick: u32,
    /// No data has come yet.
    young: bool,
    /// Data goes both ways: an acknowledgment may wait for an answer to go with.
    interactive: bool,
    /// Segments that came since the last acknowledgment and were not full.
    small: u32,
    /// What was acknowledged last.
    acknowledged: u64,
    /// The largest segment that has come: what a full one is.
    largest: u64,
    /// Segments with data that have come, of those the ones out of order, and when the last came in order.
    pub segments: u64,
    pub out_of_order: u32,
    pub last_data: Option<Time>,
    /// The segment that came last filled a hole.
    filled: bool,
    /// Nobody reads what comes.
    pub discarding: bool,
}

/// What a full segment of the peer is taken for until a longer one has come (RFC 9293 section 3.7.1).
const FIRST_SEGMENT: u64 = 536;
/// No acknowledgment waits as long as half a second (RFC 9293 section 3.8.6.3).
const LONGEST_DELAY: Duration = Duration::from_millis(499);

/// Whether an acknowledgment is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AckDue {
    /// No.
    No,
    /// Not before this time, unless there is something to go with.
    At(Time),
    /// At once.
    Now(Ack),
}

/// What came of a segment's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The application can read more.
    InOrder,
    /// It is kept until what is before it comes.
    OutOfOrder,
    /// It was there already.
    Twice,
    /// There is no room for it.
    NoRoom,
}

impl Receiver {
    pub const fn new(config: &Config) -> Self {
        Self {
            origin: 0,
            next: 0,
            edge: 0,
            buffer: Ring::new(),
            read: 0,
            ranges: Ranges::new(),
            recent: Vec::new(),
            twice: None,
            fin: None,
            urgent: None,
            room: config.receive_buffer,
            round_trip: None,
            taken: 0,
            taken_most: 0,
            taken_since: Time::ZERO,
            ack: AckDue::No,
            quick: 0,
            young: true,
            interactive: false,
            small: 0,
            acknowledged: 0,
            largest: 0,
            segments: 0,
            out_of_order: 0,
            last_data: None,
            filled: false,
            discarding: false,
        }
    }

    /// The peer's SYN has come, at this position.
    pub fn open(&mut self, now: Time, origin: u64) {
        self.origin = origin;
        self.next = origin.saturating_add(1);
        (self.read, self.edge, self.acknowledged) = (self.next, self.next, self.next);
        self.taken_since = now;
    }

    /// Bytes that the application can read.
    pub fn readable(&self) -> usize {
        let end = self.fin.map_or(self.next, |fin| self.next.min(fin));
        usize::try_from(end.saturating_sub(self.read)).unwrap_or(0)
    }

    /// Whether all that the peer has sent was read, and it sends no more.
    pub fn is_finished(&self) -> bool {
        self.fin.is_some_and(|fin| self.read >= fin)
    }

    /// The window that the peer has now, in bytes.
    pub const fn window(&self) -> u64 {
        self.edge.saturating_sub(self.next)
    }

    /// The end of the window that the peer has.
    pub const fn edge(&self) -> u64 {
        self.edge
    }

    /// Opens the window as far as there is room, unless that is too little to be worth it (RFC 9293 section 3.8.6.2.2). In whole
    /// segments at the start, as Linux does. Gives back by how much.
    pub fn open_window(&mut self, segment: u64, granularity: u64) -> u64 {
        let room =
            (self.room as u64).saturating_sub(self.next.saturating_sub(self.read).min(self.room as u64));
        let offered = room.checked_div(granularity).unwrap_or(0).saturating_mul(granularity);
        let edge = self.next.saturating_add(offered);
        let more = edge.saturating_sub(self.edge);
        if more == 0 || (more < segment && more < self.room as u64 / 2) {
            return 0;
        }
        self.edge = edge;
        more
    }

    /// The peer was told of a window before it was known where it begins: in our SYN.
    pub const fn promise(&mut self, window: u64) {
        self.edge = self.next.saturating_add(window);
    }

    /// The largest window, in bytes.
    pub const fn room(&self) -> u64 {
        self.room as u64
    }

    /// By how much the window would open now.
    pub fn could_open(&self) -> u64 {
        let room = (self.room as u64).saturating_sub(self.next.saturating_sub(self.read));
        self.next.saturating_add(room).saturating_sub(self.edge)
    }

    /// Takes data at a position. What lies outside the window was cut off before.
    pub fn take(&mut self, config: &Config, start: u64, data: &[u8]) -> Taken {
        let end = start.saturating_add(data.len() as u64);
        self.largest = self.largest.max(data.len() as u64);
        if end <= self.next {
            self.twice = Some((start, end));
            return Taken::Twice;
        }
        // Of several pieces that were there the first is reported (RFC 2883 section 4.2.3).
        let first =
            if start < self.next { Some((start, self.next)) } else { self.ranges.overlap((start, end)) };
        self.twice = first.or(self.twice);
        if let Some(whole) = self.ranges.around(start).filter(|(_, until)| *until >= end) {
            self.remember(whole);
            return Taken::Twice;
        }
        let before = start.max(self.next);
        if before > self.next && self.ranges.count() >= config.out_of_order_ranges {
            return Taken::NoRoom;
        }
        let skip = usize::try_from(before.saturating_sub(start)).unwrap_or(usize::MAX);
        self.keep(before, data.get(skip..).unwrap_or(&[]));
        if before > self.next {
            let range = self.ranges.insert((before, end));
            self.out_of_order = self.out_of_order.wrapping_add(1);
            self.remember(range);
            return Taken::OutOfOrder;
        }
        self.filled = self.has_holes();
        self.next = end;
        if let Some((_, until)) = self.ranges.around(end) {
            self.next = until;
        }
        let next = self.next;
        if self.discarding {
            self.read = next;
        }
        self.ranges.forget_before(next);
        self.recent.retain(|(start, _)| *start > next);
        Taken::InOrder
    }

    fn keep(&mut self, position: u64, data: &[u8]) {
        if self.discarding {
            return;
        }
        let offset =
            |position: u64| usize::try_from(position.saturating_sub(self.read)).unwrap_or(usize::MAX);
        let highest = self.ranges.iter().next_back().map_or(self.next, |(_, end)| end);
        let used = offset(highest.max(self.next));
        self.buffer.write(offset(position), data, used);
    }

    /// The range is the newest that SACK reports (RFC 2018 section 4).
    fn remember(&mut self, range: Range) {
        self.recent.retain(|(start, end)| *start > range.1 || *end < range.0);
        self.recent.insert(0, range);
        self.recent.truncate(4);
    }

    /// Whether something came out of order.
    pub fn has_holes(&self) -> bool {
        self.ranges.count() > 0
    }

    /// The blocks to report: what came twice, then what is there beyond the hole, newest first.
    pub fn blocks(&mut self) -> impl Iterator<Item = Range> + '_ {
        self.twice.take().into_iter().chain(self.recent.iter().copied())
    }

    /// Copies data for the application, and keeps it.
    pub fn peek(&self, into: &mut [u8]) -> usize {
        let length = into.len().min(self.readable());
        let [front, back] = self.buffer.slices(0, length);
        if let Some((place, behind)) = into.split_at_mut_checked(front.len()) {
            place.copy_from_slice(front);
            if let Some(place) = behind.get_mut(..back.len()) {
                place.copy_from_slice(back);
            }
        }
        length
    }

    /// Gives data to the application.
    pub fn read(&mut self, into: &mut [u8]) -> usize {
        let length = self.peek(into);
        self.buffer.advance(length);
        self.read = self.read.saturating_add(length as u64);
        self.taken = self.taken.saturating_add(length as u64);
        length
    }

    /// A full segment echoes what was sent so long ago.
    pub fn measure(&mut self, sample: Duration) {
        self.round_trip = Some(self.round_trip.map_or(sample, |before| (before * 7 + sample) / 8));
    }

    /// The room is so large, and does not grow.
    pub const fn set_room(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// Makes more room if the application takes all that comes in a round trip (dynamic right-sizing): twice what it took.
    pub fn grow(&mut self, now: Time, config: &Config, round_trip: Option<Duration>) {
        let round_trip = self.round_trip.max(round_trip);
        if round_trip.is_none_or(|span| now - self.taken_since < span) {
            return;
        }
        let wanted = usize::try_from(self.taken.saturating_mul(2)).unwrap_or(usize::MAX);
        let wanted = wanted.saturating_add(usize::try_from(self.largest.saturating_mul(16)).unwrap_or(0));
        self.room = self.room.max(wanted.min(config.receive_buffer_most));
        self.taken_most = self.taken_most.max(self.taken);
        (self.taken, self.taken_since) = (0, now);
    }

    /// Throws away what was not read, and what comes.
    pub fn discard(&mut self) {
        self.discarding = true;
        self.buffer.clear();
        self.ranges.clear();
        self.recent.clear();
        self.read = self.next;
    }

    /// The round-trip time by what the peer echoes.
    pub const fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Whether the data that came last filled a hole, or a part of it.
    pub const fn filled(&self) -> bool {
        self.filled
    }

    /// What was acknowledged last (Last.ACK.sent).
    pub const fn last_acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// An acknowledgment goes out.
    pub const fn acknowledged(&mut self) {
        self.ack = AckDue::No;
        self.small = 0;
        self.acknowledged = self.next;
    }

    /// An acknowledgment has to be sent at once.
    pub fn acknowledge_now(&mut self, why: Ack) {
        if !matches!(self.ack, AckDue::Now(_)) {
            self.ack = AckDue::Now(why);
        }
    }

    /// What a full segment of the peer is, of which `most` is the longest that it may send.
    pub fn full_segment(&self, most: u64) -> u64 {
        self.largest.max(FIRST_SEGMENT).min(most).max(1)
    }

    /// Segments are acknowledged at once again: the peer's window is small, or it has sent what was here.
    pub fn hurry(&mut self, config: &Config, most: u64) {
        let half = self.window() / 2;
        let segments = half.checked_div(self.full_segment(most)).unwrap_or(0).max(2);
        let segments = u32::try_from(segments).unwrap_or(u32::MAX);
        self.quick = self.quick.max(segments.min(config.quick_acks));
    }

    /// The same, and no answer is waited for.
    pub fn hurry_at_last(&mut self, config: &Config, most: u64) {
        self.interactive = false;
        self.hurry(config, most);
    }

    /// So many segments are acknowledged at once; or no more than has to be, as if data went both ways.
    pub const fn be_quick(&mut self, segments: Option<u32>) {
        self.interactive = segments.is_none();
        if let Some(segments) = segments {
            self.quick = segments;
        }
    }

    /// Data goes out: an answer, if it is soon enough behind what has come.
    pub fn answered(&mut self, now: Time, config: &Config) {
        self.interactive |= !self.young && self.last_data.is_some_and(|at| now - at < config.ack_delay);
    }

    /// The application has read: if that was all, and there may be no more, the peer is to know.
    pub fn acknowledge_read(&mut self, config: &Config) {
        let due = self.small > 1 || (self.small == 1 && !self.interactive);
        if config.ack_on_read && due && matches!(self.ack, AckDue::At(_)) && self.readable() == 0 {
            self.acknowledge_now(Ack::Read);
        }
    }

    /// An acknowledgment that was waiting is due: it was in vain that it waited for data to go with.
    pub fn acknowledge_late(&mut self) {
        self.interactive = false;
        self.ack = AckDue::Now(Ack::Delayed);
    }

    /// So many bytes came in order: an acknowledgment has to be sent, now or a little later (RFC 9293 section 3.8.6.3, RFC 5681 section
    /// 4.2). `most` is the longest segment that the peer may send, `rtt` says after which idle time its window is small again.
    pub fn acknowledge_soon(&mut self, now: Time, config: &Config, length: u64, most: u64, rtt: &Rtt) {
        let full = self.full_segment(most);
        let before = self.last_data.replace(now);
        let idle = before.map_or(Duration::ZERO, |before| now - before);
        if core::mem::take(&mut self.young) || (idle > config.rto_min && idle > rtt.timeout(config)) {
            self.hurry(config, most);
        }
        self.small = self.small.saturating_add(u32::from(length < full));
        if !config.delayed_ack || self.next.saturating_sub(self.acknowledged) > full {
            self.acknowledge_now(Ack::SecondSegment);
        } else if self.quick > 0 && !self.interactive {
            self.quick = self.quick.saturating_sub(1);
            self.acknowledge_now(Ack::Quick);
        } else if self.ack == AckDue::No {
            self.ack = AckDue::At(now + config.ack_delay.min(LONGEST_DELAY));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver() -> (Config, Receiver) {
        let config = Config::linux();
        let mut receiver = Receiver::new(&config);
        receiver.open(Time::ZERO, 999);
        receiver.open_window(1000, 1);
        (config, receiver)
    }

    fn text(receiver: &mut Receiver) -> alloc::vec::Vec<u8> {
        let mut into = [0; 64];
        let length = receiver.read(&mut into);
        into[..length].to_vec()
    }

    /// RFC 2018 section 4: the block of the segment that came last is the first; RFC 2883 section 4: what came twice stands in front.
    #[test]
    fn reports_newest_first_and_what_came_twice() {
        let (config, mut receiver) = receiver();
        assert_eq!(receiver.take(&config, 1010, b"bbbbb"), Taken::OutOfOrder);
        assert_eq!(receiver.take(&config, 1030, b"ddddd"), Taken::OutOfOrder);
        assert_eq!(receiver.take(&config, 1020, b"ccccc"), Taken::OutOfOrder);
        let blocks: alloc::vec::Vec<_> = receiver.blocks().collect();
        assert_eq!(blocks, [(1020, 1025), (1030, 1035), (1010, 1015)]);
        assert_eq!(receiver.take(&config, 1010, b"bbbbb"), Taken::Twice);
        let blocks: alloc::vec::Vec<_> = receiver.blocks().collect();
        assert_eq!(blocks, [(1010, 1015), (1010, 1015), (1020, 1025), (1030, 1035)]);
        assert_eq!(receiver.take(&config, 1015, b"xxxxx"), Taken::OutOfOrder);
        let blocks: alloc::vec::Vec<_> = receiver.blocks().collect();
        assert_eq!(blocks, [(1010, 1025), (1030, 1035)]);
        assert_eq!(receiver.take(&config, 1000, b"aaaaaaaaaa"), Taken::InOrder);
        assert_eq!(receiver.next, 1025);
        assert_eq!(text(&mut receiver), b"aaaaaaaaaabbbbbxxxxxccccc");
    }

    /// RFC 9293 section 3.8.6.2.2: no advance of less than a segment or half the buffer.
    #[test]
    fn the_window_opens_in_steps_that_are_worth_it() {
        let (config, mut receiver) = receiver();
        let room = config.receive_buffer as u64;
        assert_eq!(receiver.window(), room);
        receiver.take(&config, 1000, &alloc::vec![1; room as usize]);
        assert_eq!((receiver.window(), receiver.open_window(1000, 1)), (0, 0));
        let mut into = [0; 999];
        receiver.read(&mut into);
        assert_eq!((receiver.open_window(1000, 1), receiver.window()), (0, 0));
        receiver.read(&mut into);
        assert_eq!(receiver.open_window(1000, 1), 1998);
    }
}
