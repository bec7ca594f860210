//! A connection as the host saw it: in the numbers of a script, without what was lost on the way to it, and as late as it came there.

use std::net::SocketAddr;
use std::time::Duration;

use super::read::Taken;
use crate::drill::script::{Body, Echoed, Number, OptionKind, Options, Packet, Tcp, TcpOption};

/// A packet of the connection.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The host sent it; otherwise it comes to the host.
    pub sent: bool,
    pub at: Duration,
    pub packet: Packet,
    /// It was lost on its way to the host.
    pub lost: bool,
}

/// The connection, seen from the host.
pub(super) struct View {
    pub entries: Vec<Entry>,
    /// How long the way is from where it was captured to the host and back.
    pub away: Duration,
}

/// What is nearer makes no difference.
const AWAY: Duration = Duration::from_millis(1);
/// How far behind a segment it is looked for the same once more.
const AGAIN: usize = 512;
/// How many answers are looked at for a word about what came twice.
const ANSWERS: usize = 3;

impl View {
    /// What was captured between the two, of which `host` is the one under test.
    pub fn of(taken: &[Taken], host: SocketAddr) -> Self {
        let is_segment = |taken: &&Taken| segment(&taken.packet).is_some();
        let sent = |taken: &Taken| taken.from == host && is_segment(&taken);
        let origins = Origins::of(taken, &sent);
        // A message of ICMP about a packet of the host comes to the host, and that about one of its peer to the peer.
        let concerns = |taken: &&Taken| is_segment(taken) || taken.from == host;
        let entry = |taken: &Taken| {
            let sent = sent(taken);
            Entry { sent, at: taken.at, packet: origins.relative(&taken.packet, sent), lost: false }
        };
        let mut entries: Vec<Entry> = taken.iter().filter(concerns).map(entry).collect();
        mark_lost(&mut entries);
        let away = distance(&entries).filter(|away| *away >= AWAY).unwrap_or_default();
        for entry in entries.iter_mut().filter(|entry| !entry.sent) {
            entry.at = entry.at.saturating_add(away);
        }
        entries.sort_by_key(|entry| entry.at);
        Self { entries, away }
    }
}

/// The number that a sequence number stands for, near one that is known: sequence numbers go round, these do not.
pub(super) fn position(number: i64, near: i64) -> i64 {
    let off = (number as u32).wrapping_sub(near as u32).cast_signed();
    near.saturating_add(off.into())
}

pub(super) fn is(number: &Number) -> i64 {
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

/// What one of them says.
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
        OptionKind::WindowScale(shift) => shift.known().map(|shift| shift.clamp(0, 14)),
        _ => None,
    })
}

/// What a side's clock says, and what it echoes of the other's.
pub(super) fn clock(packet: &Packet) -> Option<(i64, i64)> {
    offered(segment(packet)?, |option| match option {
        OptionKind::Timestamps { value, echo } => Some((is(value), is(echo))),
        _ => None,
    })
}

/// Whether a range lies within one of the blocks that a segment reports.
fn reports(tcp: &Tcp, number: i64, near: i64) -> bool {
    options(tcp).iter().any(|option| match &option.kind {
        OptionKind::Sack(blocks) => blocks
            .iter()
            .any(|(left, right)| (position(is(left), near)..position(is(right), near)).contains(&number)),
        _ => false,
    })
}

/// Whether a segment says that there is no room.
fn closes(tcp: &Tcp) -> bool {
    !tcp.flags.rst && tcp.window.as_ref().is_some_and(|window| is(window) == 0)
}

/// Where the numbers of both sides begin.
#[derive(Clone, Copy, Debug, Default)]
struct Origins {
    host: Option<u32>,
    peer: Option<u32>,
}

impl Origins {
    /// SYNs say it; where one is missing, what the other side acknowledged first.
    fn of(taken: &[Taken], is_host: &dyn Fn(&Taken) -> bool) -> Self {
        let mut origins = Self::default();
        let segments = || taken.iter().filter_map(|taken| Some((is_host(taken), segment(&taken.packet)?)));
        for (is_host, tcp) in segments().filter(|(_, tcp)| tcp.flags.syn) {
            let origin = if is_host { &mut origins.host } else { &mut origins.peer };
            origin.get_or_insert(is(&tcp.sequence) as u32);
        }
        for (is_host, tcp) in segments().filter(|(_, tcp)| !tcp.flags.rst) {
            let other = if is_host { &mut origins.peer } else { &mut origins.host };
            if let Some(ack) = &tcp.ack {
                other.get_or_insert((is(ack) as u32).wrapping_sub(1));
            }
        }
        origins
    }

    /// A packet in the numbers of the script: each side begins with 0.
    fn relative(self, packet: &Packet, is_host: bool) -> Packet {
        let (host, peer) = (self.host.unwrap_or(0), self.peer.unwrap_or(0));
        let (own, other) = if is_host { (host, peer) } else { (peer, host) };
        let to = |number: &mut Number, origin: u32| {
            *number = Number::is(i64::from((is(number) as u32).wrapping_sub(origin)));
        };
        let mut packet = packet.clone();
        match &mut packet.body {
            Body::Tcp(tcp) => {
                to(&mut tcp.sequence, own);
                to(&mut tcp.end, own);
                tcp.ack.iter_mut().for_each(|ack| to(ack, other));
                let Options::Are(options) = &mut tcp.options else { return packet };
                for option in options {
                    if let OptionKind::Sack(blocks) = &mut option.kind {
                        for (left, right) in blocks {
                            to(left, other);
                            to(right, other);
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

/// A segment of the peer: what it takes of its sequence numbers, SYN and FIN included. One of the host: what it acknowledges.
#[derive(Clone, Copy)]
enum Mark<'e> {
    Takes { from: i64, count: i64 },
    Acknowledges { ack: i64, tcp: &'e Tcp },
    Nothing,
}

/// The same of all segments, in positions.
fn marks(entries: &[Entry]) -> Vec<Mark<'_>> {
    let (mut sequence, mut acknowledged) = (0, 0);
    let mut marks = Vec::with_capacity(entries.len());
    for entry in entries {
        let tcp = segment(&entry.packet).filter(|tcp| entry.sent || !tcp.flags.rst);
        marks.push(match (entry.sent, tcp, tcp.and_then(|tcp| tcp.ack.as_ref())) {
            (false, Some(tcp), _) => {
                let flags = i64::from(tcp.flags.fin).saturating_add(i64::from(tcp.flags.syn));
                sequence = position(is(&tcp.sequence), sequence);
                Mark::Takes { from: sequence, count: is(&tcp.length).saturating_add(flags) }
            }
            (true, Some(tcp), Some(ack)) => {
                acknowledged = position(is(ack), acknowledged);
                Mark::Acknowledges { ack: acknowledged, tcp }
            }
            _ => Mark::Nothing,
        });
    }
    marks
}

/// Finds what never came to the host: what its peer sent once more, and of which the host had told nothing until then.
fn mark_lost(entries: &mut [Entry]) {
    let marks = marks(entries);
    let mut highest = i64::MIN;
    let mut is_closed = false;
    let mut lost = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        match *mark {
            Mark::Acknowledges { ack, tcp } => {
                highest = highest.max(ack);
                is_closed = closes(tcp);
            }
            // A window that is closed is asked again and again whether it has opened.
            Mark::Takes { from, count } if count > 0 && highest <= from && !is_closed => {
                let later = marks.get(index.saturating_add(1)..).unwrap_or_default();
                if is_lost(from, later) {
                    lost.push(index);
                }
            }
            _ => {}
        }
    }
    for index in lost {
        if let Some(entry) = entries.get_mut(index) {
            entry.lost = true;
        }
    }
}

/// Whether what begins here comes once more before the host tells of it, and the host does not say then that it came twice (RFC 2883).
fn is_lost(from: i64, later: &[Mark<'_>]) -> bool {
    let later = later.get(..AGAIN.min(later.len())).unwrap_or_default();
    let covers = |mark: &Mark<'_>| matches!(mark, Mark::Takes { from: other, count } if (*other..other.saturating_add(*count)).contains(&from));
    let Some(again) = later.iter().position(covers) else { return false };
    let (between, behind) = later.split_at_checked(again).unwrap_or((later, &[]));
    let told = between.iter().any(|mark| match mark {
        Mark::Acknowledges { ack, tcp } => *ack > from || closes(tcp) || reports(tcp, from, from),
        _ => false,
    });
    let answers = behind.iter().filter_map(|mark| match mark {
        Mark::Acknowledges { ack, tcp } => Some((*ack, *tcp)),
        _ => None,
    });
    let twice = answers.take(ANSWERS).any(|(ack, tcp)| ack > from && reports(tcp, from, from));
    !told && !twice
}

/// The shortest time between a segment of the peer and the word of the host that it came: the way to the host and back, at most.
fn distance(entries: &[Entry]) -> Option<Duration> {
    let mut waiting: Vec<(i64, Duration)> = Vec::new();
    let mut shortest: Option<Duration> = None;
    let mut highest = i64::MIN;
    for (entry, mark) in entries.iter().zip(marks(entries)) {
        match mark {
            Mark::Takes { from, count }
                if count > 0 && !entry.lost && from.saturating_add(count) > highest =>
            {
                waiting.push((from.saturating_add(count), entry.at));
            }
            Mark::Acknowledges { ack, .. } => {
                highest = highest.max(ack);
                waiting.retain(|(end, at)| {
                    let is_told = *end <= ack;
                    if is_told {
                        let took = entry.at.saturating_sub(*at);
                        shortest = Some(shortest.map_or(took, |shortest| shortest.min(took)));
                    }
                    !is_told
                });
            }
            _ => {}
        }
    }
    shortest
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

    use super::*;
    use crate::drill::script::{Action, Script, When};

    pub fn host() -> SocketAddr {
        "192.0.2.2:80".parse().unwrap()
    }

    /// Captured packets as a script says them: `<` is what the peer of the host sends.
    pub fn captured(text: &str) -> Vec<Taken> {
        let script = Script::parse(text, &[]).unwrap();
        let peer: SocketAddr = "192.0.2.1:1024".parse().unwrap();
        let mut now = Duration::ZERO;
        let taken = |event: crate::drill::script::Event| {
            let When::At { relative, from, .. } = event.when else { panic!("{event:?}") };
            now = if relative { now + from } else { from };
            let (from, packet) = match event.action {
                Action::Inject(packet) => (peer, packet),
                Action::Expect(packet) => (host(), packet),
                other => panic!("{other:?}"),
            };
            let of_host = matches!(packet.body, Body::Icmp(_));
            Taken { at: now, id: 0, from: if of_host { host() } else { from }, packet: with_window(packet) }
        };
        script.events.into_iter().map(taken).collect()
    }

    /// What is on a line always has a window.
    fn with_window(mut packet: Packet) -> Packet {
        if let Body::Tcp(tcp) = &mut packet.body {
            tcp.window.get_or_insert(Number::is(1000));
        }
        packet
    }

    fn lost(text: &str) -> Vec<usize> {
        let view = View::of(&captured(text), host());
        view.entries.iter().enumerate().filter(|(_, entry)| entry.lost).map(|(index, _)| index).collect()
    }

    #[test]
    fn numbers_begin_with_0() {
        let view = View::of(
            &captured(
                "0 < S 1000:1000(0)
                 +0 > S. 4294967295:4294967295(0) ack 1001
                 +0 < . 1001:1011(10) ack 0 <sack 5:10,nop,nop>",
            ),
            host(),
        );
        let shown: Vec<String> = view.entries.iter().map(|entry| entry.packet.to_string()).collect();
        assert_eq!(
            shown,
            [
                "S 0:0(0) win 1000",
                "S. 0:0(0) ack 1 win 1000",
                ". 1:11(10) ack 1 win 1000 <sack 6:11,nop,nop>",
            ]
        );
    }

    #[test]
    fn what_comes_again_and_was_never_told_of_was_lost() {
        let begin = "0 < S 0:0(0)\n +0 > S. 0:0(0) ack 1\n +0 < . 1:1(0) ack 1\n";
        // The second is missing, and the third is reported.
        let fast = "+0 < . 1:11(10) ack 1\n +0 < . 11:21(10) ack 1\n +0 < . 21:31(10) ack 1\n
            +0 > . 1:1(0) ack 11\n +0 > . 1:1(0) ack 11 <sack 21:31,nop,nop>\n +0 < . 11:21(10) ack 1\n +0 > . 1:1(0) ack 31";
        assert_eq!(lost(&format!("{begin}{fast}")), [4]);
        // The host tells of it before it comes again, or tells that it came twice (RFC 2883), or has no room.
        for told in [
            "+0 < . 1:11(10) ack 1\n +.3 > . 1:1(0) ack 11\n +0 < . 1:11(10) ack 1\n",
            "+0 < . 1:11(10) ack 1\n +.3 < . 1:11(10) ack 1\n +0 > . 1:1(0) ack 11 <sack 1:11,nop,nop>\n",
            "+0 < . 1:2(1) ack 1\n +0 > . 1:1(0) ack 1 win 0\n +.3 < . 1:2(1) ack 1\n",
        ] {
            assert_eq!(lost(&format!("{begin}{told}")), [0usize; 0], "{told}");
        }
        // A SYN that nobody answered; one that was refused did come.
        assert_eq!(lost("0 < S 0:0(0)\n +1 < S 0:0(0)\n +0 > S. 0:0(0) ack 1"), [0]);
        assert_eq!(
            lost("0 < S 0:0(0)\n +0 > R. 0:0(0) ack 1\n +1 < S 0:0(0)\n +0 > R. 0:0(0) ack 1"),
            [0usize; 0]
        );
    }

    /// Captured near the peer: the host answers at once, and its answers are 40 ms on their way.
    #[test]
    fn the_host_sees_later_what_was_captured_away_from_it() {
        let view = View::of(
            &captured(
                "0 < S 0:0(0)
                 +.04 > S. 0:0(0) ack 1
                 +0 < . 1:1(0) ack 1
                 +.01 < P. 1:11(10) ack 1
                 +.05 > . 1:1(0) ack 11",
            ),
            host(),
        );
        let times: Vec<u128> = view.entries.iter().map(|entry| entry.at.as_millis()).collect();
        assert_eq!((view.away.as_millis(), times), (40, vec![40, 40, 80, 90, 100]));
        // What is nearer than a millisecond is left as it was.
        let near = View::of(&captured("0 < S 0:0(0)\n +.0004 > S. 0:0(0) ack 1"), host());
        assert_eq!((near.away, near.entries[0].at), (Duration::ZERO, Duration::ZERO));
    }
}
