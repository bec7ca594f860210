//! The script: its lines, and their text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::Counts;
use super::fit;
use super::plan::{Deed, Plan, Sent, Step};
use super::view::{clock, offered, segment_size, shift};
use crate::diff::align::{Fit, Step as Beside};
use crate::drill::script::{Body, OptionKind, Packet, Tcp, Traffic};

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
    said: Duration,
    last: Duration,
    /// How many segments it came in.
    parts: usize,
    how: How,
    /// The number of the captured packet, if it stands beside one.
    captured: Option<usize>,
    /// What the host's clock says in the script, and on the wire.
    clock: Option<(i64, i64)>,
    note: String,
}

/// How a packet of the host goes with the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
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

/// Where in the text lines begin, and which lines and steps they are.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(usize, Option<usize>, Option<usize>)>);

impl Places {
    fn at(&self, offset: usize) -> Option<(Option<usize>, Option<usize>)> {
        let place = self.0.partition_point(|(start, ..)| *start <= offset).checked_sub(1)?;
        self.0.get(place).map(|(_, line, step)| (*line, *step))
    }

    /// The number of the line at a place in the text.
    pub fn line(&self, offset: usize) -> Option<usize> {
        self.at(offset)?.0
    }

    /// The number of the step.
    pub fn step(&self, offset: usize) -> Option<usize> {
        self.at(offset)?.1
    }
}

/// How far from its time a packet may come and is still as captured: less than what a script allows, since times move a little when lines do.
fn is_near(captured: Duration, came: Duration, since: Duration) -> bool {
    let spare = Duration::from_millis(3).max(since / 10);
    captured.abs_diff(came) <= spare
}

/// How long is waited behind all that was captured for what the host still sends.
const AFTERWARDS: Duration = Duration::from_millis(500);
/// What comes so much later than all that was captured is left out.
const BEHIND_THE_END: Duration = Duration::from_millis(4);

/// From when on the host does not acknowledge at once, but waits for data to go with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Patience {
    /// As its profile has it.
    #[default]
    Usual,
    /// From the beginning.
    Always,
    /// From when it has answered once, as Linux does it.
    WhenItAnswers,
}

/// How the host is to behave where the capture does not say it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    pub profile: Option<&'static str>,
    pub patience: Patience,
}

/// The script in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// Options, shell lines, calls that set up.
    head: Vec<String>,
    /// The descriptor of the connection.
    descriptor: u32,
    without_delay: bool,
    manner: Manner,
    pub steps: Vec<Step>,
    /// What calls give back, by the number of the step, if it is not what was thought.
    pub results: BTreeMap<usize, String>,
    pub lines: Vec<Line>,
    /// When the last packet was captured.
    ends: Duration,
}

impl Sheet {
    pub fn new(plan: &Plan, host: IpAddr, manner: Manner) -> Self {
        let ends = plan.steps.iter().map(|step| step.at).chain(plan.sent.iter().map(|sent| sent.at)).max();
        Self {
            head: head(plan, host, manner.profile),
            manner,
            descriptor: if plan.is_active { 3 } else { 4 },
            without_delay: plan.without_delay,
            steps: plan.steps.clone(),
            ends: ends.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Other things happen, or in another order.
    pub fn begin_again(&mut self, plan: &Plan) {
        self.steps.clone_from(&plan.steps);
        self.lines.clear();
        self.results.clear();
    }

    /// Lines from where those that stay end: what is captured and what the host sends stand beside each other.
    pub fn beside(&self, kept: &Kept, sent: &[Sent], ours: &[Ours]) -> Vec<Line> {
        let captured: Vec<&Packet> = sent.iter().skip(kept.captured).map(|sent| &sent.packet).collect();
        let packets: Vec<&Packet> = ours.iter().map(|ours| &ours.packet).collect();
        let rows = fit::align(&captured, &packets);
        // By the number of the step that they stand behind.
        let mut behind: BTreeMap<usize, Vec<(Option<usize>, Option<usize>)>> = BTreeMap::new();
        let last = kept.steps.saturating_sub(1);
        let mut previous = last;
        for (place, row) in rows.iter().enumerate() {
            let (left, right) = match *row {
                Beside::Both(left, right) => (Some(left), Some(right)),
                Beside::Left(left) => (Some(left), None),
                Beside::Right(right) => (None, Some(right)),
            };
            let step = match right.and_then(|right| ours.get(right)) {
                Some(ours) => ours.behind,
                None => {
                    let next = rows.iter().skip(place).find_map(|row| match row {
                        Beside::Both(_, right) | Beside::Right(right) => {
                            ours.get(*right).map(|ours| ours.behind)
                        }
                        Beside::Left(_) => None,
                    });
                    let at = left
                        .and_then(|left| sent.get(kept.captured.saturating_add(left)))
                        .map(|sent| sent.at);
                    let by_time = self.steps.partition_point(|step| Some(step.at) <= at).saturating_sub(1);
                    by_time.min(next.unwrap_or(usize::MAX))
                }
            };
            previous = previous.max(step);
            let left = left.map(|left| left.saturating_add(kept.captured));
            behind.entry(previous).or_default().push((left, right));
        }
        let mut lines = Vec::new();
        let (mut base, mut clock) = (kept.base, kept.clock);
        let first = kept.steps.checked_sub(1);
        for step in first.into_iter().chain(kept.steps..self.steps.len()) {
            if Some(step) != first
                && let Some(happens) = self.steps.get(step)
            {
                lines.push(Line::Step(step));
                base = happens.at;
            }
            for (left, right) in behind.get(&step).into_iter().flatten() {
                let captured = left.and_then(|left| Some((left, sent.get(left)?)));
                let line = match (captured, right.and_then(|right| ours.get(right))) {
                    (captured, Some(ours)) => {
                        let expected = expected(captured, ours, base, clock);
                        (base, clock) = (ours.last.max(base), expected.clock.or(clock));
                        Line::Expect(Box::new(expected))
                    }
                    (Some((left, _)), None) => Line::Missing(left),
                    (None, None) => continue,
                };
                lines.push(line);
            }
        }
        let end = self.ends.saturating_add(BEHIND_THE_END);
        let is_later = |line: &Line| matches!(line, Line::Expect(expected) if expected.how == How::Added && expected.last > end);
        while lines.last().is_some_and(is_later) {
            lines.pop();
        }
        lines
    }

    /// The text of lines, without what stands above them all. From the line `bare` on calls are only tried, and time goes on behind the last one.
    pub fn text(&self, lines: &[Line], sent: &[Sent], bare: Option<usize>) -> (String, Places) {
        let (mut text, mut places) = (String::new(), Places::default());
        for line in &self.head {
            places.0.push((text.len(), None, None));
            let _ = writeln!(text, "{line}");
        }
        let mut base = Duration::ZERO;
        let mut step_before = None;
        for (place, line) in lines.iter().enumerate() {
            let is_bare = bare.is_some_and(|bare| place >= bare);
            let (said, comes, words) = match line {
                Line::Step(number) => {
                    step_before = Some(*number);
                    let Some(step) = self.steps.get(*number) else { continue };
                    if let Deed::Lose(packet) = &step.deed {
                        places.0.push((text.len(), Some(place), step_before));
                        let _ = writeln!(text, "// lost on its way to the host: {packet}");
                        continue;
                    }
                    (step.at, None, self.step(*number, step, is_bare))
                }
                Line::Expect(expected) => {
                    let words = format!("> {}{}", expected.packet, expected.note);
                    (expected.said, Some(expected.last), vec![words])
                }
                Line::Missing(number) => {
                    let Some(sent) = sent.get(*number) else { continue };
                    places.0.push((text.len(), Some(place), step_before));
                    let _ = writeln!(
                        text,
                        "// captured at {}, not sent by layercake: {}",
                        Seconds(sent.at),
                        sent.packet
                    );
                    continue;
                }
            };
            let mut since = round(said.saturating_sub(base));
            for words in &words {
                places.0.push((text.len(), Some(place), step_before));
                let _ = writeln!(text, "{:<9} {words}", format!("+{}", Seconds(since)));
                // What follows a packet of the host is counted from when it came.
                base = comes.map_or(base.saturating_add(since), |comes| comes.max(base));
                since = Duration::ZERO;
            }
        }
        if bare.is_some() {
            places.0.push((text.len(), None, step_before));
            let rest = self.ends.saturating_sub(base).saturating_add(AFTERWARDS);
            let _ = writeln!(text, "+0 expect none for {}", Seconds(rest));
        }
        (text, places)
    }

    /// What a step is in the script, line by line.
    fn step(&self, number: usize, step: &Step, is_bare: bool) -> Vec<String> {
        let fd = self.descriptor;
        let result = |usual: String| match self.results.get(&number) {
            Some(result) if *result != usual => format!("{result}  // otherwise than in the capture"),
            _ => usual,
        };
        let fine = || result("0".to_owned());
        match &step.deed {
            Deed::Inject(packet) => vec![format!("< {packet}")],
            Deed::Supply(packet) => vec![format!("< {packet}  // not captured, and acknowledged")],
            Deed::Connect => vec![format!(
                "connect(3, ..., ...) = {}",
                result("-1 EINPROGRESS (Operation now in progress)".to_owned())
            )],
            Deed::Accept => {
                let call = format!("accept(3, ..., ...) = {fd}");
                // It is only tried whether there is something to accept.
                let mut lines = match is_bare {
                    true => vec!["fcntl(3, F_GETFL) = ...".to_owned(), format!("...+0 {call}")],
                    false => vec![call],
                };
                lines.push(without_blocking(fd));
                lines.extend(self.without_delay.then(|| without_delay(fd)));
                lines.extend(self.patience(Patience::Always));
                lines
            }
            Deed::Write { bytes, ends: false } => {
                let call = format!("write({fd}, ..., {bytes}) = {}", result(bytes.to_string()));
                let answers = self.answer() == Some(number);
                let patience = self.patience(Patience::WhenItAnswers).filter(|_| answers);
                std::iter::once(call).chain(patience).collect()
            }
            Deed::Write { bytes, ends: true } => {
                vec![format!("send({fd}, ..., {bytes}, MSG_MORE) = {}", result(bytes.to_string()))]
            }
            Deed::Open => self.patience(Patience::Always).into_iter().collect(),
            Deed::Read(0) | Deed::Lose(_) => Vec::new(),
            Deed::Read(bytes) => vec![format!("read({fd}, ..., {bytes}) = {}", result(bytes.to_string()))],
            Deed::Shut => vec![format!("shutdown({fd}, SHUT_WR) = {}", fine())],
            Deed::Close => vec![format!("close({fd}) = {}", fine())],
            Deed::Reset => vec![
                format!("setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0"),
                format!("close({fd}) = {}", fine()),
            ],
        }
    }

    /// The first step at which the application writes after it has read.
    fn answer(&self) -> Option<usize> {
        let first_read = self.steps.iter().position(|step| matches!(step.deed, Deed::Read(_)))?;
        let writes = |(_, step): &(usize, &Step)| matches!(step.deed, Deed::Write { .. });
        self.steps.iter().enumerate().skip(first_read).find(writes).map(|(number, _)| number)
    }

    /// Acknowledgments wait from here on.
    fn patience(&self, here: Patience) -> Option<String> {
        let fd = self.descriptor;
        (self.manner.patience == here).then(|| format!("setsockopt({fd}, SOL_TCP, TCP_QUICKACK, [0], 4) = 0"))
    }

    /// How many packets of the host are as captured, and how many are not.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for line in &self.lines {
            let place = match line {
                Line::Step(_) => continue,
                Line::Missing(_) => &mut counts.missing,
                Line::Expect(expected) => match expected.how {
                    How::AsCaptured => &mut counts.as_captured,
                    How::OtherTime => &mut counts.at_another_time,
                    How::Different => &mut counts.different,
                    How::Added => &mut counts.added,
                },
            };
            *place = place.saturating_add(1);
        }
        counts
    }
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

/// A line about what the host has sent now, beside what is captured.
fn expected(
    captured: Option<(usize, &Sent)>,
    ours: &Ours,
    base: Duration,
    known: Option<(i64, i64)>,
) -> Expected {
    let fits = captured.map_or(Fit::None, |(_, captured)| fit::fit(&captured.packet, &ours.packet));
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
        fit::with_clock(&mut packet, value);
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

/// To whole microseconds.
fn round(time: Duration) -> Duration {
    let micros = time.as_nanos().saturating_add(500) / 1000;
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// A time in seconds with as many digits as it takes: `.012`, `1.5`, `0`.
struct Seconds(Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, micros) = (self.0.as_secs(), self.0.subsec_micros());
        if seconds > 0 || micros == 0 {
            write!(f, "{seconds}")?;
        }
        if micros > 0 {
            let digits = format!("{micros:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

fn without_blocking(fd: u32) -> String {
    format!("fcntl({fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0")
}

fn without_delay(fd: u32) -> String {
    format!("setsockopt({fd}, SOL_TCP, TCP_NODELAY, [1], 4) = 0")
}

/// What stands above the first packet.
fn head(plan: &Plan, host: IpAddr, profile: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    if host.is_ipv6() {
        lines.push("--ip_version=ipv6".to_owned());
    }
    if let Some(profile) = profile {
        lines.push(format!("--profile={profile}"));
    }
    let mtu = plan.own.as_ref().and_then(segment_size).map(|size| mtu(size, host));
    lines.extend(mtu.filter(|mtu| *mtu != 1500).map(|mtu| format!("--mtu={mtu}")));
    let sysctls = sysctls(plan);
    if !sysctls.is_empty() {
        lines.push(format!("`sysctl -q {}`", sysctls.join(" ")));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if !plan.has_socket {
        return lines;
    }
    lines.push("0         socket(..., SOCK_STREAM, IPPROTO_TCP) = 3".to_owned());
    let calls = match plan.is_active {
        true => {
            let mut calls = vec![without_blocking(3)];
            calls.extend(plan.without_delay.then(|| without_delay(3)));
            calls
        }
        false => vec!["bind(3, ..., ...) = 0".to_owned(), "listen(3, 1) = 0".to_owned()],
    };
    lines.extend(calls.iter().map(|call| format!("+0        {call}")));
    lines
}

/// The codepoint of ECN that a packet has.
fn ecn(packet: &Packet) -> u8 {
    match packet.ip.traffic {
        Some(Traffic::Ecn(ecn)) => ecn,
        _ => 0,
    }
}

/// The longest IP packet of a line on which the host announces this segment size.
fn mtu(size: i64, host: IpAddr) -> i64 {
    let (headers, least) = if host.is_ipv4() { (40, 68) } else { (60, 1280) };
    size.saturating_add(headers).clamp(least, 65_535)
}

/// Settings without which the host would not have opened the connection so.
fn sysctls(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(own) = &plan.own else { return lines };
    let peer = plan.other.as_ref().filter(|_| !plan.is_active);
    let is_there =
        |tcp: &Tcp, of: fn(&OptionKind) -> bool| offered(tcp, |kind| of(kind).then_some(())).is_some();
    let switches: [(&str, fn(&OptionKind) -> bool); 3] = [
        ("net.ipv4.tcp_sack", |kind| matches!(kind, OptionKind::SackPermitted)),
        ("net.ipv4.tcp_timestamps", |kind| matches!(kind, OptionKind::Timestamps { .. })),
        ("net.ipv4.tcp_window_scaling", |kind| matches!(kind, OptionKind::WindowScale(_))),
    ];
    for (name, of) in switches {
        // Who answers has what the other side offers.
        if !is_there(own, of) && peer.is_none_or(|peer| is_there(peer, of)) {
            lines.push(format!("{name}=0"));
        }
    }
    let asks = |tcp: &Tcp| tcp.flags.ece && tcp.flags.cwr;
    match peer {
        None if asks(own) => lines.push("net.ipv4.tcp_ecn=1".to_owned()),
        Some(peer) if asks(peer) && !own.flags.ece => lines.push("net.ipv4.tcp_ecn=0".to_owned()),
        _ => {}
    }
    lines.extend(buffer(plan, own));
    lines
}

/// The window scale of a Linux host with its usual buffers.
const USUAL_SHIFT: i64 = 10;
/// The windows that it begins with.
const USUAL_WINDOW: std::ops::RangeInclusive<i64> = 60_000..=66_560;

/// A buffer for the window scale and the largest window of the host; half of what Linux is told is the window.
fn buffer(plan: &Plan, own: &Tcp) -> Option<String> {
    let shift = shift(own);
    let is_usual = shift.is_none_or(|shift| shift == USUAL_SHIFT);
    if plan.window == 0 || is_usual && USUAL_WINDOW.contains(&plan.window) {
        return None;
    }
    let shift = shift.unwrap_or(USUAL_SHIFT);
    let most = 65_535i64 << shift;
    // A window is announced in units that are no more than a sixteenth of it.
    let first = plan.window.max(16 << shift).saturating_mul(2).clamp(2, i64::from(u32::MAX));
    Some(format!("net.ipv4.tcp_rmem='4096 {first} {most}'"))
}
