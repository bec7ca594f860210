//! What was captured of the host beside what it sends now, packet by packet.

use std::time::Duration;

use super::plan::{Sent, Step};
use super::view::{clock, options, segment};
use super::write::Seconds;
use crate::diff::align::{Fit, Step as Row, align};
use crate::drill::script::{Body, Flags, Number, OptionKind, Options, Packet, Tcp, TcpOption, Traffic};

/// A line of the script, or a few that belong together.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// Something happens to the host: the number of the step.
    Step(usize),
    /// The host sends a packet.
    Expect(Box<Expected>),
    /// The host sent a packet, and does not send it now: its number.
    Missing(usize),
}

/// A packet that the host sends.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub packet: Packet,
    /// When it is said to come, and when it came: its first segment, and its last.
    pub said: Duration,
    pub last: Duration,
    /// How many segments it came in.
    parts: usize,
    pub how: How,
    /// The number of the captured packet, if it stands beside one.
    captured: Option<usize>,
    /// What the host's clock says in the script, and on the wire.
    clock: Option<(i64, i64)>,
    pub note: String,
}

/// How a packet of the host goes with the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    AsCaptured,
    OtherTime,
    Different,
    Added,
}

/// A packet that the host has sent now, in the numbers of the script; several if together they are a captured one that was cut on its way out.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub first: Duration,
    pub last: Duration,
    pub packet: Packet,
    pub parts: usize,
    /// The number of the step before it.
    pub behind: usize,
    /// Why the host sent it.
    pub why: String,
}

/// What lines that stay have used up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept {
    pub steps: usize,
    /// Segments of the host.
    pub parts: usize,
    captured: usize,
    clock: Option<(i64, i64)>,
    base: Duration,
}

impl Kept {
    pub fn of(lines: &[Line], steps: &[Step]) -> Self {
        let mut kept = Self::default();
        for line in lines {
            match line {
                Line::Step(step) => {
                    kept.steps = step.saturating_add(1);
                    kept.base = steps.get(*step).map_or(kept.base, |step| step.at);
                }
                Line::Expect(expected) => {
                    kept.parts = kept.parts.saturating_add(expected.parts);
                    kept.captured =
                        expected.captured.map_or(kept.captured, |captured| captured.saturating_add(1));
                    kept.clock = expected.clock.or(kept.clock);
                    kept.base = kept.base.max(expected.last);
                }
                Line::Missing(captured) => kept.captured = captured.saturating_add(1),
            }
        }
        kept
    }
}

/// How far from its time a packet may come and is still as captured: less than what a script allows, since times move a little when lines do.
fn is_near(captured: Duration, came: Duration, since: Duration) -> bool {
    let spare = Duration::from_millis(3).max(since / 10);
    captured.abs_diff(came) <= spare
}

/// What comes so much later than all that was captured is left out.
const BEHIND_THE_END: Duration = Duration::from_millis(4);

/// Lines from where those that stay end.
pub(super) fn beside(steps: &[Step], kept: &Kept, sent: &[Sent], ours: &[Ours]) -> Vec<Line> {
    let mut places = behind(steps, kept, sent, ours).into_iter().peekable();
    let mut lines = Vec::new();
    let (mut base, mut clock) = (kept.base, kept.clock);
    let first = kept.steps.checked_sub(1);
    for step in first.into_iter().chain(kept.steps..steps.len()) {
        if let Some(happens) = steps.get(step).filter(|_| Some(step) != first) {
            lines.push(Line::Step(step));
            base = happens.at;
        }
        while let Some(place) = places.next_if(|place| place.step <= step) {
            let captured = place.captured.and_then(|number| Some((number, sent.get(number)?)));
            match (captured, place.ours.and_then(|number| ours.get(number))) {
                (captured, Some(ours)) => {
                    let expected = expected(captured, ours, base, clock);
                    (base, clock) = (ours.last.max(base), expected.clock.or(clock));
                    lines.push(Line::Expect(Box::new(expected)));
                }
                (Some((number, _)), None) => lines.push(Line::Missing(number)),
                (None, None) => {}
            }
        }
    }
    lines
}

/// Takes away what the host sends when all that was captured is over.
pub(super) fn end(lines: &mut Vec<Line>, at: Duration) {
    let end = at.saturating_add(BEHIND_THE_END);
    let is_later = |line: &Line| matches!(line, Line::Expect(expected) if expected.how == How::Added && expected.last > end);
    while lines.last().is_some_and(is_later) {
        lines.pop();
    }
}

/// A captured packet, one that the host sends now, or both beside each other.
struct Place {
    /// The number of the step that it stands behind.
    step: usize,
    captured: Option<usize>,
    ours: Option<usize>,
}

/// The two rows beside each other.
fn behind(steps: &[Step], kept: &Kept, sent: &[Sent], ours: &[Ours]) -> Vec<Place> {
    let captured = sent.get(kept.captured..).unwrap_or_default();
    let rows = align(captured.len(), ours.len(), |left, right| match (captured.get(left), ours.get(right)) {
        (Some(captured), Some(ours)) => fit(&captured.packet, &ours.packet),
        _ => Fit::None,
    });
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    for row in rows {
        let (left, right) = match row {
            Row::Both(left, right) => (Some(left), Some(right)),
            Row::Left(left) => (Some(left), None),
            Row::Right(right) => (None, Some(right)),
        };
        let by_time = |sent: &Sent| steps.partition_point(|step| step.at <= sent.at).saturating_sub(1);
        let step = match right.and_then(|right| ours.get(right)) {
            Some(ours) => ours.behind,
            None => left.and_then(|left| captured.get(left)).map_or(0, by_time),
        };
        let captured = left.map(|left| left.saturating_add(kept.captured));
        places.push(Place { step, captured, ours: right });
    }
    // What the host does not send now has no place of its own: it stands in the order of what was captured.
    let mut latest = usize::MAX;
    for place in places.iter_mut().rev() {
        place.step = place.step.min(latest);
        if place.ours.is_some() {
            latest = place.step;
        }
    }
    let mut previous = 0;
    for place in &mut places {
        place.step = place.step.max(previous);
        previous = place.step;
    }
    places
}

/// A line about what the host has sent now, beside what is captured.
fn expected(
    captured: Option<(usize, &Sent)>,
    ours: &Ours,
    base: Duration,
    known: Option<(i64, i64)>,
) -> Expected {
    let fits = captured.map_or(Fit::None, |(_, captured)| fit(&captured.packet, &ours.packet));
    let since = ours.first.saturating_sub(base);
    let near = captured
        .map(|(_, captured)| captured.at)
        .filter(|at| is_near(*at, ours.first, since) && is_near(*at, ours.last, since));
    let how = match (fits, near) {
        (Fit::All, Some(_)) => How::AsCaptured,
        (Fit::All, None) => How::OtherTime,
        (Fit::Name, _) => How::Different,
        (Fit::None, _) => How::Added,
    };
    let mut packet = match (captured, how) {
        (Some((_, captured)), How::AsCaptured | How::OtherTime) => captured.packet.clone(),
        _ => ours.packet.clone(),
    };
    // Nothing is asked about what depends on more than the connection, unless it is the same.
    let marked = captured.map_or(0, |(_, captured)| ecn(&captured.packet));
    if how == How::Added || marked != ecn(&ours.packet) {
        packet.ip.traffic = None;
    }
    if let (Body::Tcp(tcp), Body::Tcp(actual)) = (&mut packet.body, &ours.packet.body)
        && (matches!(how, How::Different | How::Added) || tcp.window != actual.window)
    {
        tcp.window = None;
    }
    // A clock of its own goes on from where it was known last.
    let wire = clock(&ours.packet).map(|(value, _)| value);
    let said = captured.and_then(|(_, captured)| clock(&captured.packet)).map(|(value, _)| value);
    let clock = wire.map(|wire| {
        let goes_on = known.map_or(wire, |(script, then)| {
            i64::from((script as u32).wrapping_add((wire as u32).wrapping_sub(then as u32)))
        });
        (said.unwrap_or(goes_on), wire)
    });
    if let Some((value, _)) = clock {
        with_clock(&mut packet, value);
    }
    let note = match (how, captured) {
        (How::OtherTime, Some((_, captured))) => format!("  // captured at {}", Seconds(captured.at)),
        (How::Different, Some((_, captured))) => {
            let time = if near.is_some() { String::new() } else { format!(" at {}", Seconds(captured.at)) };
            format!("  // captured{time}: {}", captured.packet)
        }
        (How::Added, _) => format!("  // not captured: {}", ours.why.replace(['\n', '\r'], " ")),
        _ => String::new(),
    };
    Expected {
        packet,
        said: near.unwrap_or(ours.first),
        last: ours.last,
        parts: ours.parts,
        how,
        captured: captured.map(|(number, _)| number),
        clock,
        note,
    }
}

/// The codepoint of ECN that a packet has.
fn ecn(packet: &Packet) -> u8 {
    match packet.ip.traffic {
        Some(Traffic::Ecn(ecn)) => ecn,
        _ => 0,
    }
}

/// How well a captured packet and one that the host has sent now fit.
fn fit(captured: &Packet, ours: &Packet) -> Fit {
    let (Some(captured), Some(ours)) = (segment(captured), segment(ours)) else { return Fit::None };
    let number = |number: &Number| number.known();
    let ack = |tcp: &Tcp| tcp.ack.as_ref().and_then(number);
    let of_data = |tcp: &Tcp| (number(&tcp.sequence), number(&tcp.length));
    let opens = |flags: Flags| (flags.syn, flags.fin, flags.rst);
    if of_data(captured) != of_data(ours) || opens(captured.flags) != opens(ours.flags) {
        return Fit::None;
    }
    let urgent = |tcp: &Tcp| tcp.urgent.as_ref().and_then(number);
    let same = captured.flags == ours.flags
        && ack(captured) == ack(ours)
        && urgent(captured) == urgent(ours)
        && same_options(options(captured), options(ours));
    let is_plain = number(&captured.length) == Some(0) && opens(captured.flags) == (false, false, false);
    match same {
        true => Fit::All,
        false if is_plain && ack(captured) != ack(ours) => Fit::None,
        false => Fit::Name,
    }
}

/// The same options in the same order; of timestamps, what they echo.
fn same_options(captured: &[TcpOption], ours: &[TcpOption]) -> bool {
    let same = |(one, other): (&TcpOption, &TcpOption)| match (&one.kind, &other.kind) {
        (OptionKind::Timestamps { echo: one, .. }, OptionKind::Timestamps { echo: other, .. }) => {
            one.known() == other.known()
        }
        (one, other) => one == other,
    };
    captured.len() == ours.len() && captured.iter().zip(ours).all(same)
}

/// The options of a packet with another value of the clock.
fn with_clock(packet: &mut Packet, value: i64) {
    if let Body::Tcp(Tcp { options: Options::Are(options), .. }) = &mut packet.body {
        for option in options {
            if let OptionKind::Timestamps { value: place, .. } = &mut option.kind {
                *place = Number::is(value);
            }
        }
    }
}
