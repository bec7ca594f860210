//! A segment goes out: its header, its options, its data.

use super::ranges::Range;
use super::reason::{Ack, Reason, Reset};
use super::receive::AckDue;
use super::segment::Emission;
use super::send::Piece;
use super::timers::Timer;
use super::{Connection, EcnUse, OptionOrder, Seq, State, WindowProbe};
use crate::field::Builder;
use crate::time::Time;
use crate::wire::tcp::Tcp;

impl Connection {
    /// The next segment that is to be sent now; ask until there is none.
    pub fn transmit(&mut self, now: Time) -> Option<Emission> {
        let emission = self.next_emission(now);
        // Timers are set for the first segment of a burst, and brought up to date behind the last; what cannot be sent, since the window is
        // closed, has one too.
        if emission.is_none() || !self.timers.is_set(Timer::Retransmit) {
            self.arm(now, false);
        }
        match &emission {
            // As in Linux the SYN-ACK is sent before there is a connection.
            Some(emission) if emission.reason != Reason::Accept || !self.passive => {
                self.segments.0 = self.segments.0.wrapping_add(1);
            }
            Some(_) => {}
            None => {
                self.sender.look_at_usage();
                self.account(now);
            }
        }
        emission
    }

    /// The data of a segment, in at most two pieces.
    pub fn data(&self, emission: &Emission) -> [&[u8]; 2] {
        self.sender.data(emission.data)
    }

    fn next_emission(&mut self, now: Time) -> Option<Emission> {
        if let Some(reset) = self.reset.take() {
            return Some(reset);
        }
        match self.state {
            State::Closed => None,
            State::SynSent | State::SynReceived => self.syn(now).or_else(|| self.acknowledgment(now)),
            _ => self
                .probe(now)
                .or_else(|| self.report(now))
                .or_else(|| self.piece(now))
                .or_else(|| self.acknowledgment(now)),
        }
    }

    /// SYN or SYN-ACK (RFC 9293 section 3.5).
    fn syn(&mut self, now: Time) -> Option<Emission> {
        if !core::mem::take(&mut self.syn_due) {
            return None;
        }
        let answer = self.state == State::SynReceived;
        // A SYN that came again is answered, and changes neither the timer nor how often it is tried.
        let again = self.syns > 0 && self.timers.is_set(Timer::Retransmit);
        if !again {
            self.syns = self.syns.saturating_add(1);
        }
        if self.syns == 1 {
            self.sender.last_sent = now;
        }
        let mut header = Builder::<Tcp>::empty().syn(true).sequence(Seq::of(self.sender.origin).0);
        header = header.window(self.first_window());
        header = self.tell_user_timeout(self.syn_options(now, header, answer));
        if answer {
            header = header.ack(true).acknowledgment(Seq::of(self.receiver.next).0).ece(self.ecn.agreed);
            self.receiver.acknowledged();
        } else if self.config.ecn == EcnUse::On && self.syns <= self.config.ecn_syns {
            header = header.ece(true).cwr(true);
        }
        let reason = if answer { Reason::Accept } else { Reason::Connect };
        Some(Emission::bare(header, reason))
    }

    /// The window of a SYN, which is never scaled: in whole segments.
    fn first_window(&mut self) -> u16 {
        if self.state == State::SynSent {
            return self.syn_window();
        }
        let own = u64::from(self.path.segment.saturating_sub(20));
        self.receiver.open_window(1, self.sender.segment.min(own).max(1));
        u16::try_from(self.receiver.window()).unwrap_or(u16::MAX)
    }

    /// The window of the SYN that opens a connection: whole segments, or all that 16 bits can say if there is more room than that.
    pub(super) fn syn_window(&self) -> u16 {
        let segment = u64::from(self.path.segment.saturating_sub(20)).max(1);
        let room = self.config.receive_buffer as u64;
        u16::try_from((room / segment).saturating_mul(segment).max(room.min(segment))).unwrap_or(u16::MAX)
    }

    fn syn_options(&self, now: Time, header: Builder<Tcp>, answer: bool) -> Builder<Tcp> {
        let own = self.path.segment.saturating_sub(20);
        let own = self.config.maximum_segment.map_or(own, |most| most.min(own));
        let scaling = self.config.window_scaling && (!answer || self.peer_scaled);
        let scale = scaling.then(|| self.own_scale());
        let clock =
            self.clock.as_ref().map(|clock| (clock.value(now), if answer { clock.recent } else { 0 }));
        let mss = header.mss(own);
        let sack = |header: Builder<Tcp>| if self.sack { header.sack_permitted() } else { header };
        let time =
            |header: Builder<Tcp>| clock.map_or(header, |(value, echo)| header.timestamps(value, echo));
        let shift = |header: Builder<Tcp>| scale.map_or(header, |scale| header.nop().window_scale(scale));
        match self.config.option_order {
            // SACK permitted fills up the word of the timestamps, which two NOPs do otherwise; and they fill up its own.
            OptionOrder::Linux if clock.is_some() == self.sack => shift(time(sack(mss))),
            OptionOrder::Linux => shift(time(sack(mss.nop().nop()))),
            OptionOrder::FreeBsd => {
                let header = sack(shift(mss));
                time(if clock.is_some() && !self.sack { header.nop().nop() } else { header })
            }
            OptionOrder::Rfc => {
                let header = shift(mss);
                let header = if self.sack { header.nop().nop().sack_permitted() } else { header };
                clock.map_or(header, |(value, echo)| header.nop().nop().timestamps(value, echo))
            }
        }
    }

    /// How long our data may stay unacknowledged, in seconds, or in minutes where those do not fit (RFC 5482 section 3).
    fn tell_user_timeout(&self, header: Builder<Tcp>) -> Builder<Tcp> {
        let Some(timeout) = self.config.user_timeout.filter(|_| self.config.user_timeout_option) else {
            return header;
        };
        match u16::try_from(timeout.as_secs()) {
            Ok(seconds @ 0..0x8000) => header.user_timeout(seconds, false),
            _ => {
                header.user_timeout(u16::try_from(timeout.as_secs() / 60).unwrap_or(0x7fff).min(0x7fff), true)
            }
        }
    }

    /// A probe of the window, or to keep the connection alive: a segment that the peer has to answer.
    fn probe(&mut self, now: Time) -> Option<Emission> {
        let reason = self.probe_due.take()?;
        let byte =
            matches!(reason, Reason::WindowProbe { .. }) && self.config.window_probe == WindowProbe::Byte;
        if byte && self.sender.unsent() > 0 && self.sender.flight.is_empty() {
            let range = (self.sender.nxt, self.sender.nxt.saturating_add(1));
            return Some(self.emit(now, Piece { range, reason, new: true, push: true }));
        }
        if byte && let Some(front) = self.sender.flight.front() {
            let range = front.range;
            self.sender.flight.resend(now, range.0, u64::MAX);
            return Some(self.emit(now, Piece { range, reason, new: false, push: true }));
        }
        let before = match reason {
            Reason::KeepAlive { .. } => self.sender.nxt,
            _ => self.sender.una,
        };
        let header = self.header(now, before.saturating_sub(1));
        Some(Emission::bare(header, reason))
    }

    /// An acknowledgment that reports holes, or what came twice, goes by itself and first: data has no room for it.
    fn report(&mut self, now: Time) -> Option<Emission> {
        let reports = self.sack && (self.receiver.has_holes() || self.receiver.twice.is_some());
        let due = matches!(self.receiver.ack, AckDue::Now(_));
        if reports && due { self.acknowledgment(now) } else { None }
    }

    /// A piece of what is to be sent, with an acknowledgment.
    fn piece(&mut self, now: Time) -> Option<Emission> {
        let piece = self.sender.next(now, &self.config)?;
        Some(self.emit(now, piece))
    }

    fn emit(&mut self, now: Time, piece: Piece) -> Emission {
        self.sender.sent(now, &piece);
        let (start, end) = piece.range;
        let data = (start, end.min(self.sender.written));
        if data.1 > data.0 {
            self.receiver.answered(now, &self.config);
        }
        let mut header = self.header(now, start);
        header = header.psh(piece.push).fin(end > self.sender.written);
        if self.ecn.agreed && piece.new && core::mem::take(&mut self.sender.reduced) {
            header = header.cwr(true);
        }
        // Neither what is sent again nor what probes a window may be marked (RFC 3168 sections 6.1.5 and 6.1.6).
        let probes = matches!(piece.reason, Reason::WindowProbe { .. });
        let ecn_capable = self.ecn.agreed && piece.new && !probes && data.1 > data.0;
        Emission { header, data, ecn_capable, reason: piece.reason }
    }

    /// A segment without data, if one is due.
    fn acknowledgment(&mut self, now: Time) -> Option<Emission> {
        let AckDue::Now(why) = self.receiver.ack else { return None };
        let next = self.sender.nxt;
        let mut blocks = [(0u32, 0u32); 4];
        let most = if self.clock.is_some() { 3 } else { 4 };
        let mut count = 0usize;
        if self.sack {
            for (place, block) in blocks.iter_mut().take(most).zip(self.receiver.blocks()) {
                *place = wire(block);
                count = count.saturating_add(1);
            }
        }
        let mut header = self.header(now, next);
        if let Some(blocks) = blocks.get(..count).filter(|blocks| !blocks.is_empty()) {
            header = header.nop().nop().sack(blocks);
        }
        Some(Emission::bare(header, Reason::Acknowledge(why)))
    }

    /// The header of every segment but a SYN: acknowledgment, window, where urgent data ends, timestamps.
    fn header(&mut self, now: Time, seq: u64) -> Builder<Tcp> {
        let scale = self.scales.1;
        self.receiver.open_window(self.sender.segment, 1 << scale);
        let window = u16::try_from(self.receiver.window() >> scale).unwrap_or(u16::MAX);
        self.receiver.acknowledged();
        let mut header = Builder::<Tcp>::empty()
            .sequence(Seq::of(seq).0)
            .ack(true)
            .acknowledgment(Seq::of(self.receiver.next).0)
            .window(window)
            .ece(self.ecn.agreed && self.ecn.echo);
        if let Some(urgent) = self.sender.urgent.filter(|urgent| *urgent > seq) {
            let ahead = u16::try_from(urgent.saturating_sub(seq)).unwrap_or(u16::MAX);
            header = header.urg(true).urgent_pointer(ahead);
        }
        self.stamped(now, header)
    }

    /// A header with timestamps, if they are in use: two NOPs and the option, as RFC 7323 appendix A lays them out.
    fn stamped(&self, now: Time, header: Builder<Tcp>) -> Builder<Tcp> {
        let Some(clock) = &self.clock else { return header };
        let [a, b, c, d] = clock.value(now).to_be_bytes();
        let [e, f, g, h] = clock.recent.to_be_bytes();
        header.append(&[1, 1, 8, 10, a, b, c, d, e, f, g, h])
    }

    /// A reset of this connection.
    pub(super) fn reset_emission(&self, now: Time, why: Reset) -> Emission {
        let header = Builder::<Tcp>::empty()
            .sequence(Seq::of(self.sender.nxt).0)
            .rst(true)
            .ack(true)
            .acknowledgment(Seq::of(self.receiver.next).0);
        Emission::bare(self.stamped(now, header), Reason::Reset(why))
    }

    /// Something is to be said to the peer, be it only that the window is as it was.
    pub fn acknowledge(&mut self, why: Ack) {
        self.receiver.acknowledge_now(why);
    }
}

/// A range as it stands on the wire.
const fn wire((start, end): Range) -> (u32, u32) {
    (start as u32, end as u32)
}
