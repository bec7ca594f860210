//! A segment arrives: RFC 9293 section 3.10.7, with RFC 5961, 7323 and 1337.

use core::time::Duration;

use super::congestion::Congestion;
use super::ranges::Range;
use super::reason::{self, Ack};
use super::receive::Taken;
use super::recovery::Acknowledgment;
use super::segment::{Emission, Segment};
use super::timers::Timer;
use super::{Clock, Connection, EcnUse, Errno, Seq, State};
use crate::stack::{DropReason, Drops};
use crate::time::Time;

/// Why a segment is not looked at any further.
type Refused = Option<DropReason>;

impl Connection {
    /// A segment has come. Whether it acknowledges something new.
    pub fn on_segment(&mut self, now: Time, segment: &Segment<'_>, drops: &mut Drops) -> bool {
        let una = self.sender.una;
        // As in Linux a SYN that comes again counts no more.
        if !(segment.syn && self.passive && self.state == State::SynReceived) {
            self.segments.1 = self.segments.1.wrapping_add(1);
        }
        self.receiver.segments = self.receiver.segments.wrapping_add(u64::from(!segment.data.is_empty()));
        let refused = match self.state {
            State::Closed => Err(Some(DropReason::TcpClosed)),
            State::SynSent => self.in_syn_sent(now, segment),
            _ => self.in_other_states(now, segment),
        };
        if let Err(Some(reason)) = refused {
            drops.count(reason);
        }
        let progress = self.sender.una > una;
        self.arm(now, progress);
        progress
    }

    /// Section 3.10.7.3.
    fn in_syn_sent(&mut self, now: Time, segment: &Segment<'_>) -> Result<(), Refused> {
        // First, the ACK; second, RST; fourth, SYN.
        let ack = segment.ack.map(|ack| ack.near(self.sender.nxt));
        if ack.is_some_and(|ack| ack <= self.sender.origin || ack > self.sender.nxt) {
            self.reset = Emission::reset_for(segment, reason::Reset::BadAck);
            return Err(Some(DropReason::TcpAck));
        }
        if segment.rst {
            if ack.is_none() {
                return Err(Some(DropReason::TcpReset));
            }
            self.end(Some(Errno::ECONNREFUSED));
            return Ok(());
        }
        if !segment.syn {
            return Err(Some(DropReason::TcpNoAck));
        }
        self.agree(now, segment);
        if ack.is_none() {
            // Both have opened at the same time.
            self.state = State::SynReceived;
            self.syn_due = true;
            self.timers.clear(Timer::Retransmit);
            return Ok(());
        }
        self.ecn.agreed = self.config.ecn == EcnUse::On && segment.ece && !segment.cwr;
        self.open(now);
        self.take_window(segment);
        self.receiver.acknowledge_now(Ack::Opened);
        self.take_urgent(segment, self.receiver.origin);
        self.take_data(now, segment, self.receiver.origin)
    }

    /// What the peer's SYN says.
    pub(super) fn agree(&mut self, now: Time, syn: &Segment<'_>) {
        self.receiver.open(now, syn.seq.first());
        self.last_heard = now;
        self.take_user_timeout(syn);
        let options = &syn.options;
        self.sack &= options.sack_permitted;
        self.clock = self.clock.zip(options.timestamps).map(|(clock, (value, _))| Clock {
            recent: value,
            recent_at: now,
            ..clock
        });
        self.peer_scaled = options.window_scale.is_some();
        match (self.config.window_scaling, options.window_scale) {
            (true, Some(scale)) => self.scales = (scale, self.own_scale()),
            _ => self.scales = (0, 0),
        }
        let most = options.maximum_segment.unwrap_or(self.path.least.saturating_sub(20));
        self.peer_segment = u64::from(most);
        self.size_segments(self.peer_segment);
        if !self.passive {
            self.receiver.promise(u64::from(self.syn_window()));
        }
        self.sender.window = u64::from(syn.window);
        self.sender.window_most = self.sender.window;
        self.sender.window_from = (self.receiver.origin, 0);
        if self.passive {
            self.ecn.agreed = self.config.ecn != EcnUse::Off && syn.ece && syn.cwr;
        }
    }

    /// The size of a full segment: what the peer takes and the path carries, without the options that every segment has (RFC 9293
    /// section 3.7.1, RFC 6691).
    pub(super) fn size_segments(&mut self, peer: u64) {
        let path = u64::from(self.path.segment.saturating_sub(20));
        let least = u64::from(self.config.minimum_segment);
        let own = self.config.maximum_segment.map_or(u64::MAX, u64::from);
        let segment = peer.min(path).min(own).max(least).saturating_sub(self.option_bytes()).max(1);
        let young = self.sender.segment == 0;
        self.sender.segment = segment;
        self.sender.congestion.set_segment(segment);
        if young {
            self.sender.congestion.window = Congestion::initial(&self.config, segment);
        }
    }

    /// The longest segment that the peer may send, in bytes of data: what was announced, less the options that each has.
    pub(super) fn advertised(&self) -> u64 {
        let own = self.path.segment.saturating_sub(20);
        let own = self.config.maximum_segment.map_or(own, |most| most.min(own));
        u64::from(own).saturating_sub(self.option_bytes())
    }

    /// What the options of each segment take.
    pub(super) const fn option_bytes(&self) -> u64 {
        if self.clock.is_some() { 12 } else { 0 }
    }

    /// The smallest shift by which the largest window can be said (RFC 7323 section 2.3), but with a unit of at most a sixteenth of the room
    /// there is at the start: a window of less than a unit would count as closed.
    pub(super) fn own_scale(&self) -> u8 {
        let most = self.config.receive_buffer_most.max(self.config.receive_buffer);
        let shift = (0..14).find(|shift| most >> shift <= 65_535).unwrap_or(14);
        let coarsest = self.config.receive_buffer.checked_ilog2().unwrap_or(0).saturating_sub(4);
        shift.min(u8::try_from(coarsest).unwrap_or(shift))
    }

    /// Our SYN is acknowledged.
    fn open(&mut self, now: Time) {
        self.sender.una = self.sender.origin.saturating_add(1);
        if self.syns == 1 && self.answers == 0 {
            self.sender.rtt.measure(now, now - self.sender.last_sent);
        } else if self.syns > self.config.lost_syns {
            // SYNs were lost: the network has room for little, perhaps (RFC 5681 section 3.1).
            self.sender.congestion.window = self.sender.segment;
        }
        if self.syns > 1 {
            self.sender.rtt.distrust();
        }
        self.receiver.open_window(1, 1 << self.scales.1);
        self.sender.last_sent = now;
        self.receiver.last_data = Some(now);
        self.sender.counts.delivered = 1;
        self.timers.clear(Timer::Retransmit);
        self.syn_due = false;
        self.state = if self.sender.finished { State::FinWait1 } else { State::Established };
        self.news.opened = true;
        self.news.writable = true;
    }

    /// Section 3.10.7.4.
    fn in_other_states(&mut self, now: Time, segment: &Segment<'_>) -> Result<(), Refused> {
        let start = segment.seq.near(self.receiver.next);
        self.check_timestamp(now, segment, start)?;
        self.check_window(now, segment, start)?;
        self.check_reset(now, segment, start)?;
        self.check_syn(now, segment)?;
        let Some(ack) = segment.ack.map(|ack| ack.near(self.sender.una)) else {
            return Err(Some(DropReason::TcpNoAck));
        };
        if self.state == State::SynReceived {
            self.check_opening(segment, ack)?;
            self.open(now);
            self.take_window(segment);
        }
        self.check_acknowledgment(now, ack)?;
        // Only now is it from somebody who knows what we sent: before, nothing of it is kept.
        self.last_heard = now;
        self.probes = 0;
        self.sender.more = false;
        self.take_user_timeout(segment);
        self.take_timestamp(now, segment, start);
        self.take_acknowledgment(now, segment, ack);
        self.take_urgent(segment, start);
        self.ecn.echo &= !segment.cwr;
        if segment.congested {
            self.ecn.echo = self.ecn.agreed;
            self.receiver.acknowledge_now(Ack::Congestion);
        }
        self.take_data(now, segment, start)
    }

    /// The peer says how long its data may stay unacknowledged.
    fn take_user_timeout(&mut self, segment: &Segment<'_>) {
        self.peer_timeout = segment.options.user_timeout.or(self.peer_timeout);
    }

    /// How long our data may stay unacknowledged: as long as that of the side that waits longer, between 100 s and a day, if both tell each
    /// other (RFC 5482 section 3.1).
    pub(super) fn user_timeout(&self) -> Option<Duration> {
        let (least, most) = (Duration::from_secs(100), Duration::from_secs(86_400));
        let ours = self.config.user_timeout;
        match self.peer_timeout.filter(|_| self.config.user_timeout_option) {
            Some(theirs) => Some(theirs.max(ours.unwrap_or(theirs)).clamp(least, most)),
            None => ours,
        }
    }

    /// PAWS, RFC 7323 section 5.3 (R1); and a segment without timestamps, section 3.2.
    fn check_timestamp(&mut self, now: Time, segment: &Segment<'_>, start: u64) -> Result<(), Refused> {
        let Some(clock) = self.clock.as_ref().filter(|_| !segment.rst) else { return Ok(()) };
        match segment.options.timestamps {
            None if self.config.missing_timestamps => return Ok(()),
            None => return Err(Some(DropReason::TcpNoTimestamp)),
            Some((value, _)) if !clock.is_old(now, value) => return Ok(()),
            Some(_) => {}
        }
        // What is sent again after a timeout can be old in all; it is acknowledged, so that the peer goes on.
        if start < self.receiver.next || segment.length() > 0 {
            self.receiver.acknowledge_now(Ack::OldTimestamp);
        }
        Err(Some(DropReason::TcpOldTimestamp))
    }

    /// First: is any of it in the window? (The four cases of section 3.10.7.4.)
    fn check_window(&mut self, now: Time, segment: &Segment<'_>, start: u64) -> Result<(), Refused> {
        let (next, edge) = (self.receiver.next, self.receiver.edge());
        let end = start.saturating_add(u64::from(segment.length()));
        if segment.rst {
            // Of a reset only its number counts, whatever it carries and however small the window is (section 3.5.3).
            let fits = start == next || (next..edge).contains(&start);
            return if fits { Ok(()) } else { Err(Some(DropReason::TcpReset)) };
        }
        // Whatever it carries.
        if segment.syn && start.saturating_add(1) == next && self.state == State::SynReceived {
            return Err(self.meet(now, segment, start).err().flatten());
        }
        let fits = if start == end {
            start == next || (next..edge).contains(&start)
        } else {
            start < edge && end > next
        };
        if fits || (start == next && segment.data.is_empty()) {
            return Ok(());
        }
        if start == next {
            // The window is closed, and this probes it; what it acknowledges counts all the same.
            self.take_probe(now, segment);
            return Err(None);
        }
        let duplicate = end <= next;
        if duplicate && !segment.syn && start < end {
            self.answer_duplicate(now, segment, start);
        } else if start.saturating_add(1) == next && segment.length() == 0 {
            self.receiver.acknowledge_now(Ack::Probed);
        } else if self.may_challenge(now) {
            self.receiver.acknowledge_now(Ack::OutsideWindow);
        }
        // An acknowledgment in what is old is good even so, if it can be (appendix A.2).
        if let Some(ack) = segment.ack.map(|ack| ack.near(self.sender.una))
            && duplicate
            && !segment.syn
            && self.is_synchronized()
            && ack > self.sender.una
            && ack <= self.sender.nxt
        {
            self.last_heard = now;
            self.probes = 0;
            self.take_acknowledgment(now, segment, ack);
        }
        Err(Some(if duplicate { DropReason::TcpDuplicate } else { DropReason::TcpWindow }))
    }

    /// In SYN-RECEIVED the peer's SYN comes again: it has not got our SYN-ACK, or it has opened at the same time, and this acknowledges our
    /// SYN (section 3.5, figure 7).
    fn meet(&mut self, now: Time, segment: &Segment<'_>, start: u64) -> Result<(), Refused> {
        let Some(ack) = segment.ack.map(|ack| ack.near(self.sender.una)) else {
            self.take_timestamp(now, segment, start);
            self.syn_due = true;
            self.answers = self.answers.saturating_add(1);
            return Ok(());
        };
        self.check_opening(segment, ack)?;
        self.last_heard = now;
        self.open(now);
        self.take_window(segment);
        self.receiver.acknowledge_now(Ack::Opened);
        self.take_data(now, segment, start)
    }

    /// Data or a FIN that was here already: our acknowledgment was lost.
    fn answer_duplicate(&mut self, now: Time, segment: &Segment<'_>, start: u64) {
        if segment.data.is_empty() {
            self.receiver.acknowledge_now(Ack::Closed);
        } else {
            self.receiver.twice = Some((start, start.saturating_add(segment.data.len() as u64)));
            let most = self.advertised();
            self.receiver.hurry_at_last(&self.config, most);
            self.receiver.acknowledge_now(Ack::Duplicate);
        }
        // Section 3.10.7.4, eighth.
        if self.state == State::TimeWait && segment.fin {
            self.timers.set(Timer::Wait, now + self.config.time_wait);
        }
    }

    /// A segment at the edge of a closed window.
    fn take_probe(&mut self, now: Time, segment: &Segment<'_>) {
        self.last_heard = now;
        self.probes = 0;
        if let Some(ack) = segment.ack.map(|ack| ack.near(self.sender.una))
            && self.is_synchronized()
            && (self.sender.una..=self.sender.nxt).contains(&ack)
        {
            self.take_acknowledgment(now, segment, ack);
        }
        self.take_urgent(segment, segment.seq.near(self.receiver.next));
        self.receiver.acknowledge_now(Ack::Probed);
    }

    /// Second: RST (RFC 5961 section 3.2, RFC 1337).
    fn check_reset(&mut self, now: Time, segment: &Segment<'_>, start: u64) -> Result<(), Refused> {
        if !segment.rst {
            return Ok(());
        }
        if self.state == State::TimeWait {
            return Err(Some(DropReason::TcpReset));
        }
        if start != self.receiver.next {
            self.challenge(now);
            return Err(Some(DropReason::TcpReset));
        }
        self.end(Some(match self.state {
            State::SynReceived => Errno::ECONNREFUSED,
            State::CloseWait => Errno::EPIPE,
            _ => Errno::ECONNRESET,
        }));
        Err(None)
    }

    /// Fourth: SYN (RFC 5961 section 4.2).
    fn check_syn(&mut self, now: Time, segment: &Segment<'_>) -> Result<(), Refused> {
        if !segment.syn {
            return Ok(());
        }
        if self.state == State::SynReceived && self.passive {
            // It is not the SYN that was answered: back to LISTEN.
            self.end(Some(Errno::ECONNREFUSED));
        } else {
            self.challenge(now);
        }
        Err(Some(DropReason::TcpSyn))
    }

    /// An acknowledgment that the real peer can answer with a reset that fits (RFC 5961), not too often.
    fn challenge(&mut self, now: Time) {
        if self.may_challenge(now) {
            self.receiver.acknowledge_now(Ack::Challenge);
        }
    }

    fn may_challenge(&mut self, now: Time) -> bool {
        let may = self.challenged.is_none_or(|last| now - last >= self.config.challenge_interval);
        if may {
            self.challenged = Some(now);
        }
        may
    }

    /// Fifth, in SYN-RECEIVED: does it acknowledge our SYN?
    fn check_opening(&mut self, segment: &Segment<'_>, ack: u64) -> Result<(), Refused> {
        if ack > self.sender.una && ack <= self.sender.nxt {
            return Ok(());
        }
        self.reset = Emission::reset_for(segment, reason::Reset::BadAck);
        Err(Some(DropReason::TcpAck))
    }

    /// Fifth: can the peer acknowledge that? (RFC 5961 section 5.2)
    fn check_acknowledgment(&mut self, now: Time, ack: u64) -> Result<(), Refused> {
        let oldest = self.sender.una.saturating_sub(self.sender.window_most.max(self.sender.segment));
        if (oldest..=self.sender.nxt).contains(&ack) {
            return Ok(());
        }
        if self.may_challenge(now) {
            self.receiver.acknowledge_now(Ack::ImpossibleAck);
        }
        Err(Some(DropReason::TcpAck))
    }

    /// Takes the peer's clock (RFC 7323 section 4.3).
    fn take_timestamp(&mut self, now: Time, segment: &Segment<'_>, start: u64) {
        let last_acknowledged = self.receiver.last_acknowledged();
        if let (Some(clock), Some((value, _))) = (&mut self.clock, segment.options.timestamps)
            && start <= last_acknowledged
            && !clock.is_old(now, value)
        {
            (clock.recent, clock.recent_at) = (value, now);
        }
    }

    /// Fifth: what it acknowledges, and the window it gives.
    fn take_acknowledgment(&mut self, now: Time, segment: &Segment<'_>, ack: u64) {
        let sender = &self.sender;
        let moved = ack > sender.una;
        let window = u64::from(segment.window) << self.scales.0;
        let duplicate = ack == sender.una && segment.length() == 0 && window == sender.window;
        let (mut blocks, mut count) = ([(0, 0); 4], 0usize);
        let mut twice = None;
        if self.sack {
            for (left, right) in segment.options.sack.as_slice() {
                let block = (left.near(ack), right.near(ack));
                if count == 0 && is_repetition(block, ack, segment) {
                    twice = twice.or(Some(block));
                } else if block.0 < block.1
                    && block.0 >= ack
                    && block.1 <= sender.nxt
                    && let Some(place) = blocks.get_mut(count)
                {
                    *place = block;
                    count = count.saturating_add(1);
                }
            }
        }
        // In the order of positions, so that of two new ones none seems to have been overtaken by the other.
        if let Some(blocks) = blocks.get_mut(..count).filter(|blocks| blocks.len() > 1) {
            blocks.sort_unstable();
        }
        let echoed = match (&self.clock, segment.options.timestamps) {
            (Some(clock), Some((_, echo))) if segment.ack.is_some() => clock.time(now, echo),
            _ => None,
        };
        let acknowledgment = Acknowledgment {
            until: ack.max(sender.una),
            blocks: blocks.get(..count).unwrap_or(&[]),
            twice,
            duplicate,
            sack: self.sack,
            echoed,
            congested: self.ecn.agreed && segment.ece && !segment.syn,
        };
        if ack >= sender.una {
            self.sender.acknowledge(now, &self.config, &acknowledgment);
            self.take_window(segment);
        }
        if self.sender.window == 0 {
            // The peer is there and has no room: that is no reason to give up (section 3.8.6).
            self.retries = 0;
        }
        if moved {
            self.retries = 0;
            self.repairs.end(now);
            self.hint = None;
            if self.wants_room && self.room() >= self.config.send_buffer / 3 {
                self.news.writable = true;
                self.wants_room = false;
            }
            self.after_our_fin(now);
        }
    }

    /// Takes the peer's window, unless the segment is older than the one it was taken from last (section 3.10.7.4, fifth).
    fn take_window(&mut self, segment: &Segment<'_>) {
        let sender = &mut self.sender;
        let start = segment.seq.near(self.receiver.next);
        let ack = segment.ack.map_or(sender.una, |ack| ack.near(sender.una));
        let (from, acknowledged) = sender.window_from;
        if from < start || (from == start && acknowledged <= ack) || ack > acknowledged {
            let scale = if segment.syn { 0 } else { self.scales.0 };
            let window = u64::from(segment.window) << scale;
            // What it counts from is what it acknowledged, which may be less than is acknowledged by now.
            let window = ack.saturating_add(window).saturating_sub(sender.una);
            if window > sender.window && sender.window == 0 {
                sender.rtt.backoff = 0;
            }
            sender.window = window;
            sender.window_most = sender.window_most.max(window);
            sender.window_from = (start, ack);
        }
    }

    /// Fifth: if our FIN is acknowledged, the state changes.
    fn after_our_fin(&mut self, now: Time) {
        if !self.sender.finished || self.sender.una < self.sender.end() {
            return;
        }
        match self.state {
            State::FinWait1 => {
                self.state = State::FinWait2;
                if self.orphan {
                    self.timers.set(Timer::Wait, now + self.config.fin_wait);
                }
            }
            State::Closing => self.wait(now),
            State::LastAck => self.end(None),
            _ => {}
        }
    }

    /// Sixth: urgent data (RFC 9293 section 3.8.5; the pointer as RFC 6093 has it: behind the last urgent byte).
    fn take_urgent(&mut self, segment: &Segment<'_>, start: u64) {
        if let Some(pointer) = segment.urgent
            && matches!(self.state, State::Established | State::FinWait1 | State::FinWait2)
        {
            let end = start.saturating_add(u64::from(pointer));
            if end > self.receiver.next && self.receiver.urgent.is_none_or(|before| before < end) {
                self.receiver.urgent = Some(end);
                self.news.urgent = true;
            }
        }
    }

    /// Seventh and eighth: its data, and FIN.
    fn take_data(&mut self, now: Time, segment: &Segment<'_>, start: u64) -> Result<(), Refused> {
        let start = start.saturating_add(u64::from(segment.syn));
        let end = start.saturating_add(segment.data.len() as u64);
        let edge = self.receiver.edge().max(self.receiver.next);
        let receives = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        if segment.data.is_empty() && !segment.fin {
            return Ok(());
        }
        if !receives {
            if self.state == State::TimeWait && segment.fin {
                self.timers.set(Timer::Wait, now + self.config.time_wait);
            }
            self.receiver.acknowledge_now(Ack::Duplicate);
            return Err(Some(DropReason::TcpDuplicate));
        }
        let for_nobody = self.orphan || (self.receiver.discarding && self.sender.finished);
        if for_nobody && !segment.data.is_empty() && end > self.receiver.next {
            // Section 3.6.1 (SHLD-3): the peer is to know that it is lost.
            self.reset = Emission::reset_for(segment, reason::Reset::DataAfterClose);
            self.end(Some(Errno::ECONNRESET));
            return Err(Some(DropReason::TcpClosed));
        }
        // What lies beyond the window is cut off, and with it FIN.
        let kept = usize::try_from(edge.saturating_sub(start)).unwrap_or(usize::MAX);
        let data = segment.data.get(..kept).unwrap_or(segment.data);
        let known = self.receiver.fin.and_then(|fin| usize::try_from(fin.saturating_sub(start)).ok());
        let data = known.and_then(|known| data.get(..known)).unwrap_or(data);
        if segment.fin
            && data.len() == segment.data.len()
            && end >= self.receiver.next
            && self.receiver.fin.is_none()
        {
            self.receiver.fin = Some(end);
        }
        if data.len() as u64 >= self.sender.segment
            && let (Some(clock), Some((_, echo))) = (&self.clock, segment.options.timestamps)
            && let Some(sent) = clock.time(now, echo)
        {
            self.receiver.measure(now - sent);
        }
        let taken =
            if data.is_empty() { Taken::InOrder } else { self.receiver.take(&self.config, start, data) };
        self.answer_data(now, data.len(), taken);
        if self.receiver.fin.is_some_and(|fin| fin > self.receiver.next) {
            self.receiver.acknowledge_now(Ack::OutOfOrder);
        }
        self.after_their_fin(now);
        match taken {
            Taken::NoRoom => Err(Some(DropReason::TcpBuffer)),
            Taken::Twice => Err(Some(DropReason::TcpDuplicate)),
            _ => Ok(()),
        }
    }

    /// When the data is to be acknowledged.
    fn answer_data(&mut self, now: Time, length: usize, taken: Taken) {
        if length == 0 {
            return;
        }
        match taken {
            Taken::Twice => {
                let most = self.advertised();
                self.receiver.hurry_at_last(&self.config, most);
                self.receiver.acknowledge_now(Ack::Duplicate);
            }
            Taken::OutOfOrder | Taken::NoRoom => self.receiver.acknowledge_now(Ack::OutOfOrder),
            Taken::InOrder => {
                self.news.readable = true;
                if self.receiver.filled() {
                    self.receiver.acknowledge_now(Ack::FilledHole);
                }
                let most = self.advertised();
                let rtt = &self.sender.rtt;
                self.receiver.acknowledge_soon(now, &self.config, length as u64, most, rtt);
            }
        }
    }

    /// Eighth: all before the peer's FIN has come.
    fn after_their_fin(&mut self, now: Time) {
        if self.receiver.fin != Some(self.receiver.next) {
            return;
        }
        self.receiver.next = self.receiver.next.saturating_add(1);
        self.receiver.acknowledge_now(Ack::Closed);
        self.news.readable = true;
        match self.state {
            State::Established => self.state = State::CloseWait,
            State::FinWait1 => self.state = State::Closing,
            State::FinWait2 => self.wait(now),
            _ => {}
        }
    }

    /// TIME-WAIT begins.
    fn wait(&mut self, now: Time) {
        self.state = State::TimeWait;
        self.timers = super::Timers::default();
        self.timers.set(Timer::Wait, now + self.config.time_wait);
        self.sender.discard();
    }

    /// Whether a SYN may open a new connection in the place of this one, which is in TIME-WAIT (RFC 9293 section 3.6.1): it is newer than all
    /// that has come, by its timestamp if both have one, else by its number (RFC 6191 section 2).
    pub fn gives_way_to(&self, syn: &Segment<'_>) -> bool {
        let beyond = syn.seq.near(self.receiver.next) > self.receiver.next;
        let newer = match (&self.clock, syn.options.timestamps.filter(|_| self.config.timestamps)) {
            (Some(clock), Some((value, _))) if value == clock.recent => beyond,
            (Some(clock), Some((value, _))) => Seq(clock.recent).is_before(Seq(value)),
            // Nothing of the old connection has a timestamp.
            (None, Some(_)) => true,
            (_, None) => beyond,
        };
        self.state == State::TimeWait && syn.syn && !syn.rst && syn.ack.is_none() && newer
    }
}

/// Whether the first block says what came twice: it lies before what is acknowledged, or in the second block (RFC 2883 section 4).
fn is_repetition(block: Range, ack: u64, segment: &Segment<'_>) -> bool {
    let first = segment.options.sack.as_slice().first();
    let is_first = first.is_some_and(|(left, _)| left.near(ack) == block.0);
    let second = segment.options.sack.as_slice().get(1);
    let within = second.is_some_and(|(left, right)| left.near(ack) <= block.0 && block.1 <= right.near(ack));
    block.0 < block.1 && is_first && (block.1 <= ack || within)
}
