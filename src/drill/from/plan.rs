//! What happens to the host: what comes to it, and what its application must have done so that it sent what was captured.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::read::{Taken, set_length};
use super::view::{Entry, View, is, offered, position, segment, segment_size, shift};
use crate::drill::script::{Body, Echoed, Flags, Ip, Number, OptionKind, Options, Packet, Tcp, TcpOption};

/// What happens to the host.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// A packet comes.
    Inject(Packet),
    /// One that is not in the capture, of which the host has told that it came.
    Supply(Packet),
    /// One that is in the capture, and did not come.
    Lose(Packet),
    /// `connect`.
    Connect,
    /// `accept`, and what is set of the new connection.
    Accept,
    /// The connection that the host opens is there.
    Open,
    /// `write`; if it ends what is sent, the end goes out with it.
    Write { bytes: i64, ends: bool },
    /// `read`.
    Read(i64),
    /// `shutdown` of what is sent.
    Shut,
    /// `close`.
    Close,
    /// `close` that resets the connection.
    Reset,
}

impl Deed {
    /// A packet comes.
    pub const fn is_packet(&self) -> bool {
        matches!(self, Self::Inject(_) | Self::Supply(_))
    }

    /// It is no call.
    pub const fn is_of_the_line(&self) -> bool {
        self.is_packet() || matches!(self, Self::Lose(_))
    }
}

/// Something happens.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub at: Duration,
    pub deed: Deed,
}

/// A packet that the host sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub at: Duration,
    pub packet: Packet,
}

/// What happens to the host, and what it sent, in the numbers of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The host opens the connection.
    pub is_active: bool,
    /// Somebody listens or connects; otherwise the host refuses.
    pub has_socket: bool,
    /// Small segments went out while others were not acknowledged.
    pub without_delay: bool,
    pub steps: Vec<Step>,
    pub sent: Vec<Sent>,
    /// The SYN of the host, and that of its peer.
    pub own: Option<Tcp>,
    pub other: Option<Tcp>,
    /// How far windows of the host are shifted, and the largest one that it announced, in bytes.
    scale: i64,
    pub window: i64,
    /// How long the way is from where it was captured to the host and back.
    pub away: Duration,
    /// Packets that cannot be said: their data goes round the end of the sequence numbers.
    pub unsayable: usize,
}

/// How much data is written in one go, at most.
const LONGEST_WRITE: i64 = 1 << 20;
/// A number that is further away than this is not of the connection.
const FURTHEST: i64 = 16 << 20;
/// When the host was silent for so long, and its peer too, what follows was written later.
const PAUSE: Duration = Duration::from_millis(200);
/// How far is looked for a packet that was captured behind another that tells of it.
const AHEAD: usize = 20;
/// The most data of a packet that is sent whole: with IPv6 and all options there is room for it.
const MOST_DATA: i64 = 65_400;

impl Plan {
    /// Works it out; `host` is the address of the host under test, and its port.
    pub fn of(taken: &[Taken], host: SocketAddr) -> Self {
        let View { entries, away } = View::of(taken, host);
        let plan = Self { away, ..Self::begun(&entries) };
        let mut work = Work {
            is_accepted: plan.is_active,
            is_open: false,
            waiting: Vec::new(),
            done: vec![false; entries.len()],
            pauses: pauses(&entries, plan.scale),
            entries,
            plan,
            is_shut: false,
            is_closed: false,
            has_finished: false,
            was_reset: false,
            written: 1,
            acked: 1,
            sent: 1,
            next: 1,
            beyond: BTreeMap::new(),
            peer_ends: None,
            unread: 0,
        };
        for index in 0..work.entries.len() {
            work.entry(index, None);
        }
        work.plan
    }

    /// What SYNs say, and who spoke first.
    fn begun(entries: &[Entry]) -> Self {
        let of = |host: bool| {
            entries.iter().filter(move |entry| entry.sent == host).filter_map(|entry| segment(&entry.packet))
        };
        let syn = |host: bool| of(host).find(|tcp| tcp.flags.syn).cloned();
        let (own, other) = (syn(true), syn(false));
        let is_active = own.as_ref().is_some_and(|own| !own.flags.ack);
        let has_socket = is_active || of(true).next().is_none_or(|first| !first.flags.rst);
        let scale = match (&own, &other) {
            (Some(own), Some(other)) => shift(own).filter(|_| shift(other).is_some()).unwrap_or(0),
            _ => 0,
        };
        let windows = of(true).filter(|tcp| !tcp.flags.rst).filter_map(|tcp| {
            let window = is(tcp.window.as_ref()?);
            Some(if tcp.flags.syn { window } else { window << scale })
        });
        let window = windows.max().unwrap_or(0);
        Self { is_active, has_socket, own, other, scale, window, ..Self::default() }
    }

    /// How much data a full segment of the host has.
    pub fn full(&self) -> i64 {
        let size = |syn: &Option<Tcp>| syn.as_ref().and_then(segment_size);
        let size = size(&self.other).unwrap_or(536).min(size(&self.own).unwrap_or(i64::MAX));
        let has_clock = |syn: &Option<Tcp>| {
            syn.as_ref().is_some_and(|syn| {
                offered(syn, |kind| matches!(kind, OptionKind::Timestamps { .. }).then_some(())).is_some()
            })
        };
        let clock = if has_clock(&self.own) && has_clock(&self.other) { 12 } else { 0 };
        size.saturating_sub(clock).max(1)
    }
}

/// Where the host announced a closed window, the application did not read: from the packet on that announced as much as this one before, to
/// the one that announces more.
fn pauses(entries: &[Entry], scale: i64) -> Vec<(usize, usize)> {
    let mut edges: Vec<(usize, i64, bool)> = Vec::new();
    let mut near = 1;
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.sent) {
        let Some(tcp) = segment(&entry.packet).filter(|tcp| !tcp.flags.rst && !tcp.flags.syn) else {
            continue;
        };
        let (Some(ack), Some(window)) = (&tcp.ack, &tcp.window) else { continue };
        near = position(is(ack), near);
        edges.push((index, near.saturating_add(is(window) << scale), is(window) == 0));
    }
    let unit = 1i64 << scale;
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (place, (index, edge, is_closed)) in edges.iter().enumerate() {
        if !is_closed || found.last().is_some_and(|(_, until)| index < until) {
            continue;
        }
        let before = edges.iter().take(place).rev();
        let from = before.take_while(|(_, other, _)| *other > edge.saturating_sub(unit)).last();
        let opens = edges.iter().skip(place).find(|(_, other, _)| *other > edge.saturating_add(unit));
        let from = from.map_or(*index, |(index, ..)| *index);
        found.push((from, opens.map_or(usize::MAX, |(index, ..)| *index)));
    }
    found
}

/// Whether the range of a packet can be written down.
fn is_sayable(packet: &Packet) -> bool {
    let range = match &packet.body {
        Body::Tcp(tcp) => Some((&tcp.sequence, &tcp.end, &tcp.length)),
        Body::Icmp(message) => match &message.echoed {
            Some(Echoed::Tcp { sequence, end, length }) => Some((sequence, end, length)),
            _ => None,
        },
        Body::Udp { .. } => None,
    };
    range.is_none_or(|(from, to, length)| is(to).saturating_sub(is(from)) == is(length))
}

/// What the application did is worked out packet by packet.
struct Work {
    entries: Vec<Entry>,
    /// Those that were looked at, some of them before their turn.
    done: Vec<bool>,
    plan: Plan,
    is_accepted: bool,
    /// The peer has sent SYN.
    is_open: bool,
    /// What is done when it is accepted.
    waiting: Vec<Deed>,
    /// Nothing more is written; and nothing more is done at all.
    is_shut: bool,
    is_closed: bool,
    /// The host has sent FIN.
    has_finished: bool,
    /// The peer has sent RST.
    was_reset: bool,
    /// Behind the last byte that was written, and the last one that the peer acknowledged.
    written: i64,
    acked: i64,
    /// Behind the last byte that the host sent.
    sent: i64,
    /// What comes next from the peer, and what came beyond it.
    next: i64,
    beyond: BTreeMap<i64, i64>,
    /// Where the peer's data ends.
    peer_ends: Option<i64>,
    unread: i64,
    /// Packets between which the application does not read.
    pauses: Vec<(usize, usize)>,
}

impl Work {
    fn push(&mut self, at: Duration, deed: Deed) {
        self.plan.steps.push(Step { at, deed });
    }

    /// What the application does: as soon as it has the connection.
    fn call(&mut self, at: Duration, deed: Deed) {
        match self.is_accepted {
            true => self.push(at, deed),
            false => self.waiting.push(deed),
        }
    }

    /// A packet; `early` is when another has told of it.
    fn entry(&mut self, index: usize, early: Option<Duration>) {
        let Some(Entry { sent, at, packet, lost }) = self.entries.get(index).cloned() else { return };
        if std::mem::replace(self.done.get_mut(index).unwrap_or(&mut false), true) {
            return;
        }
        if !is_sayable(&packet) {
            self.plan.unsayable = self.plan.unsayable.saturating_add(1);
            return;
        }
        let at = early.unwrap_or(at);
        match (sent, segment(&packet)) {
            _ if lost => self.push(at, Deed::Lose(packet)),
            (true, Some(tcp)) => {
                self.host_sends(index, at, tcp);
                self.plan.sent.push(Sent { at, packet: packet.clone() });
            }
            (false, Some(tcp)) => self.peer_sends(index, at, &packet, tcp),
            (_, None) => self.push(at, Deed::Inject(packet)),
        }
    }

    /// What the application did so that the host sent this.
    fn host_sends(&mut self, index: usize, at: Duration, tcp: &Tcp) {
        self.supply(index, at, tcp);
        if self.pauses.iter().any(|(_, until)| *until == index) {
            self.read(at);
        }
        if tcp.flags.syn {
            if self.plan.is_active && !self.plan.steps.iter().any(|step| step.deed == Deed::Connect) {
                self.push(at, Deed::Connect);
            }
            return;
        }
        if tcp.flags.rst {
            return self.reset(at);
        }
        if !self.plan.has_socket {
            return;
        }
        let from = position(is(&tcp.sequence), self.written);
        let to = from.saturating_add(is(&tcp.length));
        let is_near = to.saturating_sub(self.written) < FURTHEST;
        if to > self.sent && is_near {
            self.sent = to;
            // What is not full went out while something was not acknowledged: Nagle's algorithm is off.
            let rest = to.saturating_sub(from).checked_rem(self.plan.full()).unwrap_or(0);
            self.plan.without_delay |= rest > 0 && to.saturating_sub(rest) > self.acked && !tcp.flags.fin;
        }
        if to > self.written && is_near && !self.is_shut {
            self.write(index, at, to);
        }
        if tcp.flags.fin && !self.has_finished {
            self.has_finished = true;
            self.finish(index, at);
        }
    }

    /// All that goes out up to a push was written at once.
    fn write(&mut self, index: usize, at: Duration, to: i64) {
        let (mut last, mut quiet_since, mut end) = (index, at, to);
        let mut ends = false;
        while let Some(tcp) = self.entries.get(last).and_then(|entry| segment(&entry.packet)) {
            ends = tcp.flags.fin;
            if tcp.flags.psh || tcp.flags.fin || end.saturating_sub(self.written) >= LONGEST_WRITE {
                break;
            }
            match self.goes_on(last, end) {
                Some((next, from, to, heard)) if from == end => {
                    let Some(when) = self.entries.get(next).map(|entry| entry.at) else { break };
                    if !heard && when.saturating_sub(quiet_since) >= PAUSE {
                        break;
                    }
                    (last, quiet_since, end) = (next, when, to);
                }
                _ => break,
            }
        }
        let bytes = end.saturating_sub(self.written);
        self.written = end;
        self.call(at, Deed::Write { bytes, ends });
        if ends {
            self.has_finished = true;
            self.finish(last, at);
        }
    }

    /// The next new data of the host behind `end`: its number, where it begins and ends, and whether the peer was heard of before.
    fn goes_on(&self, last: usize, end: i64) -> Option<(usize, i64, i64, bool)> {
        let mut heard = false;
        self.entries.iter().enumerate().skip(last.saturating_add(1)).find_map(|(next, entry)| {
            heard |= !entry.sent && !entry.lost;
            let tcp = segment(&entry.packet).filter(|tcp| entry.sent && is(&tcp.length) > 0)?;
            let from = position(is(&tcp.sequence), end);
            let to = from.saturating_add(is(&tcp.length));
            (to > end).then_some((next, from, to, heard))
        })
    }

    /// The application has nothing more to send; if something comes from the peer afterwards, it takes that.
    fn finish(&mut self, index: usize, at: Duration) {
        if self.is_shut || self.is_closed {
            return;
        }
        self.read(at);
        let (mut near, mut goes_on, mut is_refused) = (self.next, false, false);
        for entry in self.entries.iter().skip(index).filter(|entry| !entry.lost) {
            let Some(tcp) = segment(&entry.packet) else { continue };
            if entry.sent {
                // An answer to what nobody can have any more.
                is_refused |= tcp.flags.rst;
                continue;
            }
            near = position(is(&tcp.sequence), near);
            let end = near.saturating_add(is(&tcp.length));
            let is_near = end > self.next && end < self.next.saturating_add(FURTHEST);
            goes_on |= is(&tcp.length) > 0 && is_near;
        }
        self.is_shut = true;
        if goes_on && !is_refused {
            return self.call(at, Deed::Shut);
        }
        self.is_closed = true;
        self.call(at, Deed::Close);
    }

    /// The host sent RST: the application threw the connection away, unless that was the answer to something that could not be.
    fn reset(&mut self, at: Duration) {
        let is_open = self.plan.has_socket && self.is_accepted;
        if is_open && !self.is_closed && !self.was_reset && !self.has_finished {
            self.call(at, Deed::Reset);
            self.is_closed = true;
            self.is_shut = true;
        }
    }

    /// The connection is there.
    fn accept(&mut self, at: Duration) {
        if !self.is_accepted && self.plan.has_socket {
            self.is_accepted = true;
            self.push(at, Deed::Accept);
            for deed in std::mem::take(&mut self.waiting) {
                self.push(at, deed);
            }
        }
    }

    /// The application takes what is there.
    fn read(&mut self, at: Duration) {
        if self.unread > 0 && self.is_accepted && !self.is_closed && self.plan.has_socket {
            self.push(at, Deed::Read(self.unread));
            self.unread = 0;
        }
    }

    /// The host acknowledges what has not come: it was captured a little later, or not at all.
    fn supply(&mut self, index: usize, at: Duration, tcp: &Tcp) {
        let Some(ack) = tcp.ack.as_ref().filter(|_| !tcp.flags.rst && !tcp.flags.syn) else { return };
        for _ in 0..AHEAD {
            let ack = position(is(ack), self.next);
            let missing = ack.saturating_sub(self.next);
            let ended = self.peer_ends.is_some_and(|end| end <= self.next);
            if missing <= 0 || missing > FURTHEST || ended || self.plan.other.is_none() {
                return;
            }
            let next = self.next;
            let is_it = |entry: &Entry| {
                segment(&entry.packet).filter(|_| !entry.sent).is_some_and(|tcp| {
                    let from = position(is(&tcp.sequence), next);
                    let takes = is(&tcp.length).saturating_add(i64::from(tcp.flags.fin));
                    from <= next && from.saturating_add(takes) > next
                })
            };
            let mut ahead = self.entries.iter().enumerate().skip(index).take(AHEAD);
            match ahead.find(|(place, entry)| is_it(entry) && self.done.get(*place) == Some(&false)) {
                Some((place, _)) => self.entry(place, Some(at)),
                None => {
                    let until = self.beyond.keys().next().map_or(ack, |from| ack.min(*from));
                    // A FIN that nobody saw looks as a byte does.
                    self.fill(at, until);
                }
            }
        }
    }

    /// Data that is not in the capture.
    fn fill(&mut self, at: Duration, until: i64) {
        let is_model = |(index, entry): &(usize, &Entry)| {
            let has_ack = segment(&entry.packet).is_some_and(|tcp| tcp.ack.is_some());
            !entry.sent && has_ack && self.done.get(*index) == Some(&true)
        };
        let model = self.entries.iter().enumerate().rev().find(is_model);
        let Some(model) = model.and_then(|(_, entry)| segment(&entry.packet)).cloned() else { return };
        let most = self.plan.own.as_ref().and_then(segment_size).unwrap_or(1460).clamp(536, MOST_DATA);
        let options = Options::Are(clock_alone(&model.options));
        let mut pieces = 0;
        while self.next < until && pieces < LONGEST_WRITE {
            pieces = pieces.saturating_add(most);
            let data = until.saturating_sub(self.next).min(most);
            let mut tcp = Tcp {
                flags: Flags { ack: true, ..Flags::default() },
                sequence: Number::is(i64::from(self.next as u32)),
                options: options.clone(),
                urgent: None,
                ..model.clone()
            };
            set_length(&mut tcp, data);
            let packet = Packet { outer: Vec::new(), ip: Ip::default(), body: Body::Tcp(tcp), span: 0..0 };
            if !is_sayable(&packet) {
                return;
            }
            self.push(at, Deed::Supply(packet));
            self.arrive(self.next, data);
        }
        self.read(at);
    }

    /// A packet of the peer.
    fn peer_sends(&mut self, index: usize, at: Duration, packet: &Packet, tcp: &Tcp) {
        let ack = tcp.ack.as_ref().filter(|_| !tcp.flags.rst);
        if let Some(ack) = ack.map(|ack| position(is(ack), self.acked)) {
            self.acknowledged(index, at, ack, tcp);
        }
        self.inject(at, packet, tcp);
        self.was_reset |= tcp.flags.rst;
        if ack.is_some_and(|ack| is(ack) > 0) && !tcp.flags.syn {
            self.accept(at);
        }
        if self.plan.is_active && tcp.flags.syn && !self.is_open {
            self.is_open = true;
            self.push(at, Deed::Open);
        }
        let from = position(is(&tcp.sequence), self.next).saturating_add(i64::from(tcp.flags.syn));
        if tcp.flags.rst || from.abs_diff(self.next) > FURTHEST.unsigned_abs() || self.plan.other.is_none() {
            return;
        }
        if tcp.flags.fin {
            self.peer_ends.get_or_insert(from.saturating_add(is(&tcp.length)));
        }
        self.arrive(from, is(&tcp.length));
        if !self.pauses.iter().any(|(from, until)| (*from..*until).contains(&index)) {
            self.read(at);
        }
        if self.peer_ends == Some(self.next) {
            self.next = self.next.saturating_add(1);
            if self.is_shut && !self.is_closed {
                self.read(at);
                self.is_closed = true;
                self.call(at, Deed::Close);
            }
        }
    }

    /// The peer acknowledges: perhaps what the host sent and nobody captured, or what was captured a little later.
    fn acknowledged(&mut self, index: usize, at: Duration, ack: i64, tcp: &Tcp) {
        if ack.saturating_sub(self.acked) >= FURTHEST {
            return;
        }
        let mut ahead = self.entries.iter().skip(index).take(AHEAD);
        let finishes = self.has_finished
            || ahead.any(|entry| entry.sent && segment(&entry.packet).is_some_and(|tcp| tcp.flags.fin));
        let unseen = ack.saturating_sub(self.written).saturating_sub(i64::from(finishes));
        if unseen > 0 && self.plan.has_socket && !self.is_shut && !tcp.flags.syn {
            self.call(at, Deed::Write { bytes: unseen, ends: false });
            self.written = self.written.saturating_add(unseen);
        }
        self.acked = self.acked.max(ack);
    }

    /// A packet comes to the host, in parts if it is longer than one that can be built.
    fn inject(&mut self, at: Duration, packet: &Packet, tcp: &Tcp) {
        let mut left = is(&tcp.length);
        if left <= MOST_DATA {
            return self.push(at, Deed::Inject(packet.clone()));
        }
        let mut from = tcp.sequence.clone();
        while left > 0 {
            let part = left.min(MOST_DATA);
            left = left.saturating_sub(part);
            let mut piece = Tcp { sequence: from, ..tcp.clone() };
            set_length(&mut piece, part);
            piece.flags.psh &= left == 0;
            piece.flags.fin &= left == 0;
            from = piece.end.clone();
            self.push(at, Deed::Inject(Packet { body: Body::Tcp(piece), ..packet.clone() }));
        }
    }

    /// Data comes: what is new of it, and in order, can be read.
    fn arrive(&mut self, from: i64, data: i64) {
        let to = from.saturating_add(data);
        if to <= self.next {
            return;
        }
        let end = self.beyond.entry(from).or_insert(to);
        *end = to.max(*end);
        while let Some(first) = self.beyond.first_entry().filter(|first| *first.key() <= self.next) {
            let to = first.remove();
            if to > self.next {
                self.unread = self.unread.saturating_add(to.saturating_sub(self.next));
                self.next = to;
            }
        }
    }
}

/// The timestamps alone, with what pads them.
fn clock_alone(options: &Options) -> Vec<TcpOption> {
    let Options::Are(options) = options else { return Vec::new() };
    let clock = options.iter().find(|option| matches!(option.kind, OptionKind::Timestamps { .. }));
    let pad = || TcpOption { kind: OptionKind::Nop, span: 0..0 };
    clock.map_or_else(Vec::new, |clock| vec![pad(), pad(), clock.clone()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

    use super::super::view::tests::{captured, host};
    use super::*;

    /// What happens to the host, a word for each.
    fn steps(text: &str) -> Vec<String> {
        let plan = Plan::of(&captured(text), host());
        let said = |step: &Step| match &step.deed {
            Deed::Inject(packet) => format!("< {packet}").split(' ').take(3).collect::<Vec<_>>().join(" "),
            Deed::Supply(packet) => {
                format!("supply {packet}").split(' ').take(3).collect::<Vec<_>>().join(" ")
            }
            Deed::Lose(_) => "lose".to_owned(),
            Deed::Write { bytes, ends } => format!("write {bytes}{}", if *ends { " and end" } else { "" }),
            Deed::Read(bytes) => format!("read {bytes}"),
            other => format!("{other:?}").to_lowercase(),
        };
        plan.steps.iter().map(said).collect()
    }

    /// The steps behind the handshake of a host that somebody connects to.
    fn behind(text: &str) -> Vec<String> {
        let begin = "0 < S 0:0(0) <mss 1000>\n +0 > S. 0:0(0) ack 1 <mss 1000>\n +0 < . 1:1(0) ack 1\n";
        let all = steps(&format!("{begin}{text}"));
        assert_eq!(all[..3], ["< S 0:0(0)", "< . 1:1(0)", "accept"]);
        all[3..].to_vec()
    }

    #[test]
    fn what_goes_out_up_to_a_push_was_written_at_once() {
        let text = "+0 > . 1:1001(1000) ack 1
            +0 > . 1001:2001(1000) ack 1
            +.1 < . 1:1(0) ack 2001
            +0 > P. 2001:2501(500) ack 1
            +0 < . 1:1(0) ack 2501
            +1 > P. 2501:2511(10) ack 1
            +.3 > P. 2501:2511(10) ack 1";
        let expected = ["write 2500", "< . 1:1(0)", "< . 1:1(0)", "write 10"];
        assert_eq!(behind(text), expected);
        // Half a second of silence: nobody waited for anything.
        assert_eq!(behind("+0 > . 1:11(10) ack 1\n +.5 > P. 11:21(10) ack 1"), ["write 10", "write 10"]);
    }

    #[test]
    fn small_segments_that_do_not_wait_switch_off_nagle() {
        let begin = "0 < S 0:0(0) <mss 1000>\n +0 > S. 0:0(0) ack 1 <mss 1000>\n +0 < . 1:1(0) ack 1\n";
        let without = |text: &str| Plan::of(&captured(&format!("{begin}{text}")), host()).without_delay;
        assert!(without("+0 > P. 1:11(10) ack 1\n +0 > P. 11:21(10) ack 1"));
        assert!(without("+0 > . 1:1001(1000) ack 1\n +0 > P. 1001:1011(10) ack 1"));
        assert!(!without("+0 > P. 1:11(10) ack 1\n +0 < . 1:1(0) ack 11\n +0 > P. 11:21(10) ack 1"));
        assert!(!without("+0 > . 1:1001(1000) ack 1\n +0 > P. 1001:2001(1000) ack 1"));
    }

    #[test]
    fn data_is_read_when_it_is_there_in_order() {
        let text = "+0 < . 11:21(10) ack 1\n +0 > . 1:1(0) ack 1 <sack 11:21>\n +0 < . 1:11(10) ack 1\n +0 > . 1:1(0) ack 21";
        assert_eq!(behind(text), ["< . 11:21(10)", "< . 1:11(10)", "read 20"]);
        // A keep-alive is none.
        assert_eq!(behind("+9 < . 0:1(1) ack 1\n +0 > . 1:1(0) ack 1"), ["< . 0:1(1)"]);
    }

    /// The window closes, and the application is why: it reads when the window opens.
    #[test]
    fn a_closed_window_is_not_read() {
        let text = "+0 < . 1:1001(1000) ack 1
            +0 > . 1:1(0) ack 1001 win 1000
            +0 < . 1001:2001(1000) ack 1
            +0 > . 1:1(0) ack 2001 win 0
            +1 < . 2001:2002(1) ack 1
            +0 > . 1:1(0) ack 2001 win 0
            +1 > . 1:1(0) ack 2001 win 2000
            +0 < . 2001:3001(1000) ack 1
            +0 > . 1:1(0) ack 3001 win 2000";
        let expected = [
            "< . 1:1001(1000)",
            "read 1000",
            "< . 1001:2001(1000)",
            "< . 2001:2002(1)",
            "read 1001",
            "< . 2001:3001(1000)",
            "read 999",
        ];
        assert_eq!(behind(text), expected);
    }

    #[test]
    fn who_has_said_all_closes_or_still_listens() {
        assert_eq!(
            behind("+0 > F. 1:1(0) ack 1\n +0 < F. 1:1(0) ack 2\n +0 > . 2:2(0) ack 2"),
            ["close", "< F. 1:1(0)"]
        );
        let text = "+0 > F. 1:1(0) ack 1\n +0 < P. 1:11(10) ack 2\n +0 > . 2:2(0) ack 11\n +0 < F. 11:11(0) ack 2\n +0 > . 2:2(0) ack 12";
        assert_eq!(behind(text), ["shut", "< P. 1:11(10)", "read 10", "< F. 11:11(0)", "close"]);
        // The end goes out with the data.
        assert_eq!(behind("+0 > FP. 1:11(10) ack 1"), ["write 10 and end", "close"]);
        // Data that nobody can have any more is answered with RST; that is not the application's doing.
        assert_eq!(
            behind("+0 > F. 1:1(0) ack 1\n +0 < P. 1:11(10) ack 2\n +0 > R 2:2(0)"),
            ["close", "< P. 1:11(10)"]
        );
    }

    #[test]
    fn a_reset_is_a_close_unless_it_answers() {
        assert_eq!(behind("+1 > R. 1:1(0) ack 1"), ["reset"]);
        assert_eq!(behind("+1 < R. 1:1(0) ack 1\n +0 > R 1:1(0)"), ["< R. 1:1(0)"]);
        // Nobody listens: there is no socket at all.
        assert_eq!(steps("0 < S 0:0(0)\n +0 > R. 0:0(0) ack 1"), ["< S 0:0(0)"]);
    }

    #[test]
    fn what_the_capture_lacks_is_made_up_for() {
        // Data of the peer that the host has, and data of the host that the peer has.
        assert_eq!(behind("+0 > . 1:1(0) ack 1001"), ["supply . 1:1001(1000)", "read 1000"]);
        assert_eq!(behind("+0 < . 1:1(0) ack 501"), ["write 500", "< . 1:1(0)"]);
        // Captured in the wrong order.
        assert_eq!(behind("+0 > . 1:1(0) ack 11\n +0 < P. 1:11(10) ack 1"), ["< P. 1:11(10)", "read 10"]);
    }

    #[test]
    fn the_host_can_be_the_one_that_connects() {
        let text = "0 > S 0:0(0) <mss 1000>\n +.1 < S. 0:0(0) ack 1 <mss 1000>\n +0 > . 1:1(0) ack 1\n +0 > P. 1:11(10) ack 1";
        assert_eq!(steps(text), ["connect", "< S. 0:0(0)", "open", "write 10"]);
    }
}
