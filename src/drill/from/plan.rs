//! What the peer sent, what the host sent, and what its application must have done for that.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::read::{Taken, set_length};
use crate::drill::script::{
    Body, Echoed, Flags, Ip, Number, OptionKind, Options, Packet, Tcp, TcpOption, Traffic,
};

/// What happens to the host.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// A packet comes.
    Inject(Packet),
    /// One that is not in the capture, of which the host has told that it came.
    Supply(Packet),
    /// `connect`.
    Connect,
    /// `accept`, and what is set of the new connection.
    Accept,
    /// `write`; the end follows at once, and goes out with it.
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

/// A connection as it was, in the numbers of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The host opened it.
    pub is_active: bool,
    /// Somebody listened, or tried to connect: the host has a socket.
    pub has_socket: bool,
    /// Small segments went out while others were not acknowledged.
    pub without_delay: bool,
    pub steps: Vec<Step>,
    pub sent: Vec<Sent>,
    /// The SYN of the host, and that of its peer.
    pub own: Option<Tcp>,
    pub other: Option<Tcp>,
    /// The largest window that the host announced, in bytes.
    pub window: i64,
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
/// The most data of a packet that is sent whole: with IPv6, its extension headers and all options there is room for it.
const MOST_DATA: i64 = 65_400;

/// The number that a sequence number stands for, near one that is known: sequence numbers go round, these do not.
fn position(number: i64, near: i64) -> i64 {
    let off = (number as u32).wrapping_sub(near as u32).cast_signed();
    near.saturating_add(off.into())
}

const fn wrapped(number: i64, origin: u32) -> i64 {
    (number as u32).wrapping_sub(origin) as i64
}

fn is(number: &Number) -> i64 {
    number.known().unwrap_or(0)
}

/// The segment of a packet.
pub(super) fn segment(packet: &Packet) -> Option<&Tcp> {
    match &packet.body {
        Body::Tcp(tcp) => Some(tcp),
        _ => None,
    }
}

/// Its options.
pub(super) fn options(tcp: &Tcp) -> &[TcpOption] {
    match &tcp.options {
        Options::Are(options) => options,
        Options::Any => &[],
    }
}

/// The segment size, the shift of windows, and what else a SYN offers.
pub(super) fn offered<T>(tcp: &Tcp, of: impl Fn(&OptionKind) -> Option<T>) -> Option<T> {
    options(tcp).iter().find_map(|option| of(&option.kind))
}

pub(super) fn segment_size(tcp: &Tcp) -> Option<i64> {
    offered(tcp, |option| match option {
        OptionKind::Mss(bytes) => bytes.known(),
        _ => None,
    })
}

pub(super) fn shift(tcp: &Tcp) -> Option<i64> {
    offered(tcp, |option| match option {
        OptionKind::WindowScale(shift) => shift.known().map(|shift| shift.min(14)),
        _ => None,
    })
}

/// What a side's timestamps say.
pub(super) fn clock(packet: &Packet) -> Option<(i64, i64)> {
    offered(segment(packet)?, |option| match option {
        OptionKind::Timestamps { value, echo } => Some((is(value), is(echo))),
        _ => None,
    })
}

/// Where the numbers of both sides begin.
#[derive(Clone, Copy, Debug, Default)]
struct Origins {
    host: Option<u32>,
    peer: Option<u32>,
}

impl Origins {
    /// SYNs say it; where one is missing, what the other side acknowledged first.
    fn of(taken: &[Taken], host: &dyn Fn(&Taken) -> bool) -> Self {
        let mut origins = Self::default();
        let segments = || taken.iter().filter_map(|taken| Some((host(taken), segment(&taken.packet)?)));
        for (is_host, tcp) in segments().filter(|(_, tcp)| tcp.flags.syn) {
            let origin = if is_host { &mut origins.host } else { &mut origins.peer };
            origin.get_or_insert(is(&tcp.sequence) as u32);
        }
        for (is_host, tcp) in segments() {
            let other = if is_host { &mut origins.peer } else { &mut origins.host };
            if let Some(ack) = tcp.ack.as_ref().filter(|_| !tcp.flags.rst) {
                other.get_or_insert((is(ack) as u32).wrapping_sub(1));
            }
        }
        origins
    }

    fn relative(self, packet: &Packet, is_host: bool) -> Packet {
        let (host, peer) = (self.host.unwrap_or(0), self.peer.unwrap_or(0));
        let (own, other) = if is_host { (host, peer) } else { (peer, host) };
        let to = |number: &mut Number, origin: u32| *number = Number::is(wrapped(is(number), origin));
        let mut packet = packet.clone();
        match &mut packet.body {
            Body::Tcp(tcp) => {
                to(&mut tcp.sequence, own);
                to(&mut tcp.end, own);
                tcp.ack.iter_mut().for_each(|ack| to(ack, other));
                if let Options::Are(options) = &mut tcp.options {
                    for option in options {
                        if let OptionKind::Sack(blocks) = &mut option.kind {
                            for (left, right) in blocks {
                                to(left, other);
                                to(right, other);
                            }
                        }
                    }
                }
            }
            Body::Icmp(message) => {
                if let Some(Echoed::Tcp { sequence, end, .. }) = &mut message.echoed {
                    to(sequence, host);
                    to(end, host);
                }
            }
            Body::Udp { .. } => {}
        }
        packet
    }
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
struct Work<'t> {
    packets: Vec<(bool, &'t Taken, Packet)>,
    /// Those that were looked at before their turn.
    done: Vec<bool>,
    plan: Plan,
    is_accepted: bool,
    /// No more is written; and nothing more is done.
    is_shut: bool,
    is_closed: bool,
    /// The host closed its side.
    has_finished: bool,
    was_reset: bool,
    /// Behind the last byte that was written.
    written: i64,
    /// Behind the last byte that the peer acknowledged.
    acked: i64,
    /// The last small segment of the host.
    small: Option<i64>,
    /// What comes next from the peer, and what came beyond it.
    next: i64,
    beyond: BTreeMap<i64, i64>,
    /// Where the peer's data ends.
    peer_ends: Option<i64>,
    unread: i64,
    /// Packets between which the application does not read.
    pauses: Vec<(usize, usize)>,
}

impl Plan {
    /// Works it out; `host` is the address of the host under test, and of its port.
    pub fn of(taken: &[Taken], host: std::net::SocketAddr) -> Self {
        let is_host = |taken: &Taken| taken.from == host;
        // A message of ICMP about a packet of the host comes to the host.
        let sent = |taken: &Taken| is_host(taken) && segment(&taken.packet).is_some();
        let origins = Origins::of(taken, &sent);
        let about_host = |taken: &&Taken| segment(&taken.packet).is_some() || is_host(taken);
        let all = taken.iter().filter(about_host);
        let packets: Vec<_> =
            all.map(|taken| (sent(taken), taken, origins.relative(&taken.packet, sent(taken)))).collect();
        let plan = Self::begun(&packets);
        let done = vec![false; packets.len()];
        let pauses = pauses(&packets, &plan);
        let mut work = Work {
            is_accepted: plan.is_active || !plan.has_socket,
            packets,
            done,
            plan,
            is_shut: false,
            is_closed: false,
            has_finished: false,
            was_reset: false,
            written: 1,
            acked: 1,
            small: None,
            next: 1,
            beyond: BTreeMap::new(),
            peer_ends: None,
            unread: 0,
            pauses,
        };
        for index in 0..work.packets.len() {
            work.packet(index, None);
        }
        work.plan
    }

    /// What SYNs say, and who spoke first.
    fn begun(packets: &[(bool, &Taken, Packet)]) -> Self {
        let syn = |of_host: bool| {
            let mut segments = packets.iter().filter(|(sent, ..)| *sent == of_host);
            segments.find_map(|(_, _, packet)| segment(packet).filter(|tcp| tcp.flags.syn)).cloned()
        };
        let (own, other) = (syn(true), syn(false));
        let is_active = own.as_ref().is_some_and(|own| !own.flags.ack);
        let mut of_host =
            packets.iter().filter(|(sent, ..)| *sent).filter_map(|(_, _, packet)| segment(packet));
        let refused = !is_active && of_host.next().is_some_and(|first| first.flags.rst);
        let scale = match (&own, &other) {
            (Some(own), Some(other)) => shift(own).filter(|_| shift(other).is_some()).unwrap_or(0),
            _ => 0,
        };
        let windows = packets.iter().filter(|(sent, ..)| *sent).filter_map(|(_, _, packet)| {
            let tcp = segment(packet).filter(|tcp| !tcp.flags.rst)?;
            let window = is(tcp.window.as_ref()?);
            Some(if tcp.flags.syn { window } else { window << scale })
        });
        let window = windows.max().unwrap_or(0);
        Self { is_active, has_socket: !refused, own, other, window, ..Self::default() }
    }
}

/// Where the host announced a closed window, the application did not read: from the packet on that announced as much as this one before, to
/// the one that announces more.
fn pauses(packets: &[(bool, &Taken, Packet)], plan: &Plan) -> Vec<(usize, usize)> {
    let scale = match (&plan.own, &plan.other) {
        (Some(own), Some(other)) => shift(own).filter(|_| shift(other).is_some()).unwrap_or(0),
        _ => 0,
    };
    let mut edges: Vec<(usize, i64, bool)> = Vec::new();
    let mut near = 1;
    for (index, (sent, _, packet)) in packets.iter().enumerate() {
        let Some(tcp) = segment(packet).filter(|tcp| *sent && !tcp.flags.rst && !tcp.flags.syn) else {
            continue;
        };
        let (Some(ack), Some(window)) = (&tcp.ack, &tcp.window) else { continue };
        near = position(is(ack), near);
        edges.push((index, near.saturating_add(is(window) << scale), is(window) == 0));
    }
    let step = 1 << scale;
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (place, (index, edge, is_closed)) in edges.iter().enumerate() {
        if !is_closed || found.last().is_some_and(|(_, until)| index < until) {
            continue;
        }
        let before = edges.iter().take(place).rev();
        let from = before.take_while(|(_, other, _)| *other > edge.saturating_sub(step)).last();
        let opens = edges.iter().skip(place).find(|(_, other, _)| *other > edge.saturating_add(step));
        let from = from.map_or(*index, |(index, ..)| *index);
        found.push((from, opens.map_or(usize::MAX, |(index, ..)| *index)));
    }
    found
}

impl Work<'_> {
    fn push(&mut self, at: Duration, deed: Deed) {
        self.plan.steps.push(Step { at, deed });
    }

    /// A packet of the capture; `early` is when another has told of it.
    fn packet(&mut self, index: usize, early: Option<Duration>) {
        let Some((sent, taken, packet)) = self.packets.get(index).cloned() else { return };
        if std::mem::replace(self.done.get_mut(index).unwrap_or(&mut false), true) {
            return;
        }
        if !is_sayable(&packet) {
            self.plan.unsayable = self.plan.unsayable.saturating_add(1);
            return;
        }
        let at = early.unwrap_or(taken.at);
        match (sent, segment(&packet)) {
            (true, Some(tcp)) => {
                self.from_host(index, at, tcp);
                let packet = packet.clone();
                self.plan.sent.push(Sent { at, packet });
            }
            (false, Some(tcp)) => self.from_peer(index, at, &packet, tcp),
            (_, None) => self.push(at, Deed::Inject(packet)),
        }
    }

    /// What the application did so that the host sent this.
    fn from_host(&mut self, index: usize, at: Duration, tcp: &Tcp) {
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
        if to > self.written && to.saturating_sub(self.written) < FURTHEST && !self.is_shut {
            self.hurry(from, to);
            self.write(index, at, to);
        }
        if tcp.flags.fin && !self.has_finished {
            self.has_finished = true;
            self.finish(index, at);
        }
    }

    /// Small segments that do not wait: Nagle's algorithm is off.
    fn hurry(&mut self, from: i64, to: i64) {
        let full = self.plan.other.as_ref().and_then(segment_size).unwrap_or(536).saturating_sub(40);
        if to.saturating_sub(from) >= full || from != self.written {
            return;
        }
        // Linux asks whether a small one is on its way, not any (draft-minshall-nagle).
        self.plan.without_delay |= self.small.is_some_and(|small| small > self.acked);
        self.small = Some(to);
    }

    /// All that goes out up to a push was written at once.
    fn write(&mut self, index: usize, at: Duration, to: i64) {
        let mut end = to;
        let (mut last, mut quiet_since) = (index, at);
        let mut ends = false;
        while let Some((_, _, packet)) = self.packets.get(last) {
            let Some(tcp) = segment(packet) else { break };
            ends = tcp.flags.fin;
            if tcp.flags.psh || tcp.flags.fin || end.saturating_sub(self.written) >= LONGEST_WRITE {
                break;
            }
            let mut heard = false;
            let next = self.packets.iter().enumerate().skip(last.saturating_add(1)).find_map(
                |(next, (sent, taken, packet))| {
                    heard |= !sent;
                    let tcp = segment(packet).filter(|tcp| *sent && is(&tcp.length) > 0)?;
                    let from = position(is(&tcp.sequence), end);
                    (from.saturating_add(is(&tcp.length)) > end)
                        .then(|| (next, taken.at, from, from.saturating_add(is(&tcp.length))))
                },
            );
            match next {
                Some((next, when, from, to))
                    if from == end && (heard || when.saturating_sub(quiet_since) < PAUSE) =>
                {
                    (last, quiet_since, end) = (next, when, to);
                }
                _ => break,
            }
        }
        self.accept(at);
        let bytes = end.saturating_sub(self.written);
        self.written = end;
        self.push(at, Deed::Write { bytes, ends });
        if ends {
            self.has_finished = true;
            self.finish(last, at);
        }
    }

    /// The application has nothing more to send.
    fn finish(&mut self, index: usize, at: Duration) {
        if self.is_shut || self.is_closed {
            return;
        }
        self.accept(at);
        self.read(at);
        let (mut near, mut goes_on) = (self.next, false);
        for (sent, _, packet) in self.packets.iter().skip(index) {
            let Some(tcp) = segment(packet) else { continue };
            if *sent {
                // An answer to data that nobody can have any more.
                if tcp.flags.rst {
                    break;
                }
                continue;
            }
            near = position(is(&tcp.sequence), near);
            let end = near.saturating_add(is(&tcp.length));
            goes_on |= is(&tcp.length) > 0 && end > self.next && end < self.next.saturating_add(FURTHEST);
        }
        self.is_shut = true;
        if goes_on && !self.answers_with_reset(index) {
            return self.push(at, Deed::Shut);
        }
        self.is_closed = true;
        self.push(at, Deed::Close);
    }

    /// Whether the host resets the connection further on.
    fn answers_with_reset(&self, index: usize) -> bool {
        let mut later = self.packets.iter().skip(index);
        later.any(|(sent, _, packet)| *sent && segment(packet).is_some_and(|tcp| tcp.flags.rst))
    }

    /// The host sent RST: the application threw the connection away, unless it was the answer to something that could not be.
    fn reset(&mut self, at: Duration) {
        let is_open = self.plan.has_socket && (self.plan.is_active || self.is_accepted);
        if is_open && !self.is_closed && !self.was_reset && !self.has_finished {
            self.push(at, Deed::Reset);
            self.is_closed = true;
            self.is_shut = true;
        }
    }

    fn accept(&mut self, at: Duration) {
        if !self.is_accepted {
            self.is_accepted = true;
            self.push(at, Deed::Accept);
        }
    }

    /// The application takes what is there.
    fn read(&mut self, at: Duration) {
        let is_there = self.unread > 0 && self.is_accepted && !self.is_closed && self.plan.has_socket;
        if is_there {
            self.push(at, Deed::Read(self.unread));
            self.unread = 0;
        }
    }

    /// The host acknowledges what is not in the capture: it comes a little later there, or not at all.
    fn supply(&mut self, index: usize, at: Duration, tcp: &Tcp) {
        let Some(ack) = tcp.ack.as_ref().filter(|_| !tcp.flags.rst && !tcp.flags.syn) else { return };
        for _ in 0..AHEAD {
            let ack = position(is(ack), self.next);
            let missing = ack.saturating_sub(self.next);
            if missing <= 0 || missing > FURTHEST || self.peer_ends == Some(self.next) {
                return;
            }
            let next = self.next;
            let later = |(sent, _, packet): &(bool, &Taken, Packet)| {
                segment(packet).filter(|_| !sent).is_some_and(|tcp| {
                    let from = position(is(&tcp.sequence), next);
                    let takes = is(&tcp.length).saturating_add(i64::from(tcp.flags.fin));
                    from <= next && from.saturating_add(takes) > next
                })
            };
            let ahead = self.packets.iter().enumerate().skip(index).take(AHEAD);
            let found = ahead.filter(|(_, packet)| later(packet)).map(|(place, _)| place).next();
            if let Some(place) = found {
                self.packet(place, Some(at));
                continue;
            }
            let until = self.beyond.keys().next().map_or(ack, |from| ack.min(*from));
            // A FIN that nobody saw looks as a byte does.
            return self.fill(at, until);
        }
    }

    /// Data that is not in the capture.
    fn fill(&mut self, at: Duration, until: i64) {
        let latest = self.packets.iter().enumerate().rev().find(|(index, (sent, _, packet))| {
            !sent
                && self.done.get(*index) == Some(&true)
                && segment(packet).is_some_and(|tcp| tcp.ack.is_some())
        });
        let Some(model) = latest.and_then(|(_, (_, _, packet))| segment(packet)).cloned() else { return };
        let most = self.plan.own.as_ref().and_then(segment_size).unwrap_or(1460).max(536);
        while self.next < until {
            let data = until.saturating_sub(self.next).min(most);
            let options = model.options.clone();
            let clock = options_of_clock(&options);
            let mut tcp = Tcp {
                flags: Flags { ack: true, ..Flags::default() },
                sequence: Number::is(i64::from(self.next as u32)),
                options: Options::Are(clock),
                ..model.clone()
            };
            tcp.urgent = None;
            set_length(&mut tcp, data);
            let packet = Packet { outer: Vec::new(), ip: Ip::default(), body: Body::Tcp(tcp), span: 0..0 };
            if !is_sayable(&packet) {
                return;
            }
            self.push(at, Deed::Supply(packet));
            let from = self.next;
            self.arrive(from, data);
        }
        self.read(at);
    }

    /// A packet of the peer.
    fn from_peer(&mut self, index: usize, at: Duration, packet: &Packet, tcp: &Tcp) {
        let tcp_ack = tcp.ack.as_ref().filter(|_| !tcp.flags.rst);
        if let Some(ack) = tcp_ack {
            let ack = position(is(ack), self.acked);
            if ack.saturating_sub(self.acked) < FURTHEST {
                let unseen = ack.saturating_sub(self.written).saturating_sub(i64::from(self.has_finished));
                let is_open = self.plan.has_socket && !self.is_shut && !tcp.flags.syn;
                if unseen > 0 && is_open && !self.fin_is_near(index, ack) {
                    // The host has sent it, and it is not in the capture, or comes later there.
                    self.accept(at);
                    self.push(at, Deed::Write { bytes: unseen, ends: false });
                    self.written = self.written.saturating_add(unseen);
                }
                self.acked = self.acked.max(ack);
            }
        }
        self.inject(at, packet, tcp);
        self.was_reset |= tcp.flags.rst;
        let establishes = tcp_ack.is_some_and(|ack| is(ack) > 0) && !tcp.flags.syn;
        if establishes && self.plan.has_socket {
            self.accept(at);
        }
        let from = position(is(&tcp.sequence), self.next).saturating_add(i64::from(tcp.flags.syn));
        let is_near = from.saturating_sub(self.next).abs() < FURTHEST;
        if tcp.flags.rst || !is_near || (self.plan.other.is_none()) {
            return;
        }
        if tcp.flags.fin {
            self.peer_ends.get_or_insert(from.saturating_add(is(&tcp.length)));
        }
        self.arrive(from, is(&tcp.length));
        let pauses = |(from, until): &(usize, usize)| (*from..*until).contains(&index);
        if !self.pauses.iter().any(pauses) {
            self.read(at);
        }
        if self.peer_ends == Some(self.next) {
            self.next = self.next.saturating_add(1);
            if self.is_shut && !self.is_closed {
                self.is_closed = true;
                self.read(at);
                self.push(at, Deed::Close);
            }
        }
    }

    /// Whether what is acknowledged beyond what was written is the FIN of the host alone, which comes later in the capture.
    fn fin_is_near(&self, index: usize, ack: i64) -> bool {
        let mut ahead = self.packets.iter().skip(index).take(AHEAD);
        ack == self.written.saturating_add(1)
            && ahead.any(|(sent, _, packet)| *sent && segment(packet).is_some_and(|tcp| tcp.flags.fin))
    }

    /// A packet comes to the host, in two parts if it is longer than one that can be built.
    fn inject(&mut self, at: Duration, packet: &Packet, tcp: &Tcp) {
        let data = is(&tcp.length);
        if data <= MOST_DATA {
            return self.push(at, Deed::Inject(packet.clone()));
        }
        let mut from = is(&tcp.sequence);
        let mut left = data;
        while left > 0 {
            let part = left.min(MOST_DATA);
            left = left.saturating_sub(part);
            let mut cut = tcp.clone();
            cut.sequence = Number::is(from);
            set_length(&mut cut, part);
            cut.flags.psh &= left == 0;
            cut.flags.fin &= left == 0;
            from = is(&cut.end);
            self.push(at, Deed::Inject(Packet { body: Body::Tcp(cut), ..packet.clone() }));
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
        while let Some(first) = self.beyond.first_entry() {
            if *first.key() > self.next {
                break;
            }
            let to = first.remove();
            if to > self.next {
                self.unread = self.unread.saturating_add(to.saturating_sub(self.next));
                self.next = to;
            }
        }
    }
}

/// The timestamps alone, with what pads them.
fn options_of_clock(options: &Options) -> Vec<TcpOption> {
    let Options::Are(options) = options else { return Vec::new() };
    let clock = options.iter().find(|option| matches!(option.kind, OptionKind::Timestamps { .. }));
    let pad = || TcpOption { kind: OptionKind::Nop, span: 0..0 };
    clock.map_or(Vec::new(), |clock| vec![pad(), pad(), clock.clone()])
}

/// The part of the traffic class that a script says of a host's packet.
pub(super) fn ecn(packet: &Packet) -> u8 {
    match packet.ip.traffic {
        Some(Traffic::Ecn(ecn)) => ecn,
        _ => 0,
    }
}

/// The longest IP packet of a line on which the host announces this segment size.
pub(super) fn mtu(size: i64, host: IpAddr) -> i64 {
    let (headers, least) = if host.is_ipv4() { (40, 68) } else { (60, 1280) };
    size.saturating_add(headers).clamp(least, 65_535)
}
