//! A script is run: event after event, while the host's clock is set forward from one to the next.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use super::code::{Interpreter, Known, Problem};
use super::compare::{self, Comparison};
use super::flow::Flow;
use super::packet::{self, Observed};
use super::posix::{Outcome, Posix, Progress, Waiting};
use super::report::{Failure, Report, Seconds, Verdict};
use super::script::{
    Action, Body, Call, Echoed, Event, Expr, ExprKind, Icmp, Ip, Number, NumberKind, OptionKind, Options, Packet, Ports,
    Protocol, Script, Span, Tcp, TcpOption, Traffic, When,
};
use super::settings::{IpVersion, Settings};
use super::shell::{self, Change};
use super::value::Scope;
use super::world::World;
use super::{Crossing, Stop, constants, info};
use crate::mistake::Mistake;
use crate::stack::Kind;
use crate::time::Time;

/// Events that a script can have, those of `repeat` counted as often as they happen.
const EVENTS: u64 = 1_000_000;
/// How long after its time something is waited for: it is worth more to say that it came late than that it did not come.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long is waited for what may come at any time.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// Packets that are shown of those that went before a failure.
const BEFORE: usize = 6;
/// Turns of the host at one instant: more of them is a host that goes round in circles.
const TURNS: u32 = 1_000_000;

/// What the script says is not so, or it cannot go on.
enum End {
    Stop(Stop),
    Fail(Box<Failure>),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Mistake> for End {
    fn from(mistake: Mistake) -> Self {
        Self::Stop(Stop::Wrong(mistake))
    }
}

fn skip(span: Span, reason: impl Into<String>) -> End {
    End::Stop(Stop::Skip { span, reason: reason.into() })
}

/// A call that has not come back.
struct Blocked<'s> {
    call: &'s Call,
    waiting: Waiting,
    /// By when it has to, from and to.
    until: (Duration, Duration),
    spare: Duration,
}

/// A script on its way.
struct Run<'s, 'f> {
    settings: Settings,
    files: &'f mut dyn FnMut(&str) -> Option<String>,
    world: World,
    posix: Posix,
    scope: Scope,
    code: Interpreter,
    flows: Vec<Flow>,
    /// The one that packets without ports are of.
    current: Option<usize>,
    /// How many crossings have been looked at for new flows.
    noticed: usize,
    blocked: Vec<Blocked<'s>>,
    /// What relative times count from.
    base: Duration,
    /// Ports of peers that the script does not name.
    next_port: u16,
    events: u64,
    warnings: Vec<Failure>,
    talk: Vec<String>,
}

/// Runs a script. `files` reads the files of shell lines that it names.
pub(super) fn run(script: &Script, settings: &Settings, files: &mut dyn FnMut(&str) -> Option<String>) -> Report {
    let mut settings = settings.clone();
    for option in &script.options {
        if let Some(reason) = Settings::lacks(option) {
            return Report::of(Verdict::Skipped { span: option.span.clone(), reason });
        }
    }
    if settings.dry_run {
        return Report::of(Verdict::Passed);
    }
    let world = match World::new(&settings) {
        Ok(world) => world,
        Err(error) => {
            let message = format!("there is no host with these addresses: {error}");
            return Report::of(Verdict::Wrong(Mistake::new(0..0, message)));
        }
    };
    let init = std::mem::take(&mut settings.init_scripts);
    let mut run = Run {
        posix: Posix::new(&settings),
        world,
        settings,
        files,
        scope: Scope::default(),
        code: Interpreter::default(),
        flows: Vec::new(),
        current: None,
        noticed: 0,
        blocked: Vec::new(),
        base: Duration::ZERO,
        next_port: 33_000,
        events: 0,
        warnings: Vec::new(),
        talk: Vec::new(),
    };
    let mut ended = Ok(());
    for path in &init {
        ended = ended.and_then(|()| run.shell(path, &(0..0)));
    }
    let ended = ended.and_then(|()| run.events(&script.events)).and_then(|()| run.finish());
    let verdict = match ended {
        Ok(()) => Verdict::Passed,
        Err(End::Fail(failure)) => Verdict::Failed(failure),
        Err(End::Stop(Stop::Skip { span, reason })) => Verdict::Skipped { span, reason },
        Err(End::Stop(Stop::Wrong(mistake))) => Verdict::Wrong(mistake),
    };
    let elapsed = run.world.elapsed();
    Report { verdict, warnings: run.warnings, talk: run.talk, crossings: run.world.crossings, elapsed }
}

impl<'s> Run<'s, '_> {
    fn events(&mut self, events: &'s [Event]) -> Result<(), End> {
        for event in events {
            self.events = self.events.saturating_add(1);
            if self.events > EVENTS {
                return Err(Mistake::new(event.span.clone(), format!("more than {EVENTS} events")).into());
            }
            self.event(event)?;
        }
        Ok(())
    }

    fn event(&mut self, event: &'s Event) -> Result<(), End> {
        match &event.action {
            Action::Inject(packet) => {
                self.reach(event)?;
                self.inject(packet)
            }
            Action::Expect(packet) => self.expect(event, packet),
            Action::ExpectNone { span, protocol } => {
                self.reach(event)?;
                self.expect_none(event, *span, *protocol)
            }
            Action::Call(call) => {
                self.reach(event)?;
                self.call(event, call)
            }
            Action::Shell(line) => {
                self.reach(event)?;
                self.shell(line, &event.span)
            }
            Action::Code(code) => {
                self.reach(event)?;
                self.code(code, &event.span)
            }
            Action::Let { name, value } => {
                let value = self.scope.evaluate(value)?;
                self.scope.set(name, value);
                Ok(())
            }
            Action::Repeat { count, name, events } => {
                let times = self.scope.evaluate(count)?;
                for turn in 0..times {
                    if let Some(name) = name {
                        self.scope.set(name, turn);
                    }
                    self.events(events)?;
                    if events.is_empty() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// The time of an event, from and to; `None` for any time.
    fn window(&self, when: When) -> Option<(Duration, Duration)> {
        match when {
            When::Any => None,
            When::At { relative, from, to } => {
                let base = if relative { self.base } else { Duration::ZERO };
                Some((base.saturating_add(from), base.saturating_add(to)))
            }
        }
    }

    /// Sets the clock forward to the time of something that the script does.
    fn reach(&mut self, event: &Event) -> Result<(), End> {
        let Some((at, to)) = self.window(event.when) else {
            return Err(Mistake::new(event.span.clone(), "only what the host sends can have any time").into());
        };
        if at != to {
            return Err(Mistake::new(event.span.clone(), "only what the host sends can have a range of time").into());
        }
        let now = self.world.elapsed();
        if at < now {
            let message = format!("its time, {}, has passed: it is {}", Seconds(at), Seconds(now));
            return Err(Mistake::new(event.span.clone(), message).into());
        }
        let to = World::START + at;
        self.pass(|world| world.step_before(to))?;
        self.world.now = to;
        self.retry()?;
        self.base = at;
        Ok(())
    }

    /// Lets the host go on as long as there is something to do in time.
    fn pass(&mut self, mut step: impl FnMut(&mut World) -> bool) -> Result<(), End> {
        let (mut since, mut turns) = (self.world.now, 0u32);
        while step(&mut self.world) {
            self.retry()?;
            turns = if self.world.now > since { 0 } else { turns.saturating_add(1) };
            since = self.world.now;
            if turns > TURNS {
                return Err(self.fail(0..0, "the host goes round in circles: it wants to be woken again and again"));
            }
        }
        Ok(())
    }

    /// Something has happened: flows may have begun, calls that wait may go on.
    fn retry(&mut self) -> Result<(), End> {
        self.notice();
        let mut index = 0;
        while let Some(blocked) = self.blocked.get_mut(index) {
            let call = blocked.call;
            match self.posix.again(&mut self.world, &mut self.scope, call, &mut blocked.waiting)? {
                Some(outcome) => {
                    let blocked = self.blocked.remove(index);
                    self.came_back(&blocked, &outcome)?;
                    self.notice();
                    index = 0;
                }
                None => index = index.saturating_add(1),
            }
        }
        let now = self.world.elapsed();
        let late = self.blocked.iter().position(|blocked| blocked.until.1.saturating_add(blocked.spare) < now);
        if let Some(blocked) = late.map(|index| self.blocked.remove(index)) {
            let message = format!("`{}` has not come back in time", blocked.call.name);
            let mut failure = self.failure(blocked.call.span.clone(), message);
            failure.time = Some((blocked.until.0, blocked.until.1, now));
            return self.wrong_call(failure);
        }
        Ok(())
    }

    /// The script is at its end.
    fn finish(&mut self) -> Result<(), End> {
        if let Some(latest) = self.blocked.iter().map(|blocked| blocked.until.1.saturating_add(blocked.spare)).max() {
            let limit = World::START + latest;
            self.pass(|world| world.step(limit))?;
            self.world.now = self.world.now.max(limit + Duration::from_nanos(1));
            self.retry()?;
        }
        Ok(())
    }
}

/// Flows.
impl Run<'_, '_> {
    /// Looks at what went over the line since the last time: the host may have begun something.
    fn notice(&mut self) {
        while let Some(crossing) = self.world.crossings.get(self.noticed) {
            self.noticed = self.noticed.saturating_add(1);
            let sent = crossing.sent.is_some();
            let Some(seen) = packet::observe(&crossing.bytes, sent) else { continue };
            if seen.protocol == Protocol::Icmp {
                continue;
            }
            let known = self.flows.iter().position(|flow| flow.is(seen.protocol, seen.local, seen.remote));
            let begins = seen.begins();
            match known {
                Some(index) => {
                    if let Some(flow) = self.flows.get_mut(index) {
                        flow.opened |= !begins;
                    }
                }
                None if sent => {
                    self.flows.push(Flow::new(seen.protocol, seen.local, seen.remote));
                    self.current = self.flows.len().checked_sub(1);
                }
                None => {}
            }
        }
    }

    /// The ports of a packet, the host's and the peer's, if the script names them.
    fn named(&self, ports: Option<&Ports>, sent: bool) -> Result<Option<(u16, u16)>, End> {
        let Some(ports) = ports else { return Ok(None) };
        let port = |number: &Number| {
            let value = self.scope.number(number)?;
            u16::try_from(value).map_err(|_| Mistake::new(number.span.clone(), format!("{value} is no port")).into())
        };
        let (source, destination): (u16, u16) = match (port(&ports.source), port(&ports.destination)) {
            (Ok(source), Ok(destination)) => (source, destination),
            (Err(end), _) | (_, Err(end)) => return Err(end),
        };
        Ok(Some(if sent { (source, destination) } else { (destination, source) }))
    }

    /// The flow that a packet of the script belongs to.
    fn flow_of(&mut self, packet: &Packet, sent: bool) -> Result<Option<usize>, End> {
        let (protocol, ports) = match &packet.body {
            Body::Tcp(tcp) => (Protocol::Tcp, tcp.ports.as_ref()),
            Body::Udp { ports, .. } => (Protocol::Udp, ports.as_ref()),
            Body::Icmp(icmp) => match &icmp.echoed {
                Some(Echoed::Udp { .. }) => (Protocol::Udp, None),
                _ => (Protocol::Tcp, None),
            },
        };
        if let Some(names) = self.named(ports, sent)? {
            let by_name = |flow: &Flow| flow.protocol == protocol && flow.ports() == names;
            if let Some(index) = self.flows.iter().rposition(by_name) {
                self.current = Some(index);
                return Ok(Some(index));
            }
            // The host chose its port: the youngest flow that has no name yet, to that port of the peer.
            let unnamed = |flow: &Flow| {
                flow.protocol == protocol && flow.names.is_none() && flow.remote.port() == names.1 && sent
            };
            if let Some(index) = self.flows.iter().rposition(unnamed)
                && let Some(flow) = self.flows.get_mut(index)
            {
                flow.names = Some(names);
                self.current = Some(index);
                return Ok(Some(index));
            }
            if sent {
                return Ok(None);
            }
            return Ok(Some(self.begin(protocol, names.0, names.1)));
        }
        let begins = matches!(&packet.body, Body::Tcp(tcp) if tcp.flags.syn && !tcp.flags.ack) && !sent;
        let current = self.current.filter(|index| {
            let flow = self.flows.get(*index);
            flow.is_some_and(|flow| flow.protocol == protocol && !(begins && self.is_over(flow)))
        });
        if current.is_some() || sent {
            return Ok(current.or(self.current));
        }
        let latest = self.posix.latest(&self.world).filter(|latest| (latest.kind == Kind::Stream) == (protocol == Protocol::Tcp));
        let local = latest.map_or(self.settings.bind_port, |latest| latest.local.port());
        let remote = latest.and_then(|latest| latest.remote).map(|remote| remote.port());
        let remote = remote.filter(|_| !begins).unwrap_or_else(|| {
            self.next_port = self.next_port.wrapping_add(1).max(1024);
            self.next_port
        });
        Ok(Some(self.begin(protocol, local, remote)))
    }

    fn begin(&mut self, protocol: Protocol, local: u16, remote: u16) -> usize {
        let local = SocketAddr::new(self.settings.local(), local);
        let remote = SocketAddr::new(self.settings.remote(), remote);
        self.flows.push(Flow::new(protocol, local, remote));
        let index = self.flows.len().saturating_sub(1);
        self.current = Some(index);
        index
    }

    /// An application has had this connection and has closed it, or it is no longer there: a SYN without ports is that of another one.
    fn is_over(&self, flow: &Flow) -> bool {
        let described = self.posix.sockets().any(|id| {
            let stack = &self.world.stack;
            stack.peer_address(id).ok() == Some(flow.remote) && stack.local_address(id).ok().flatten() == Some(flow.local)
        });
        (flow.described && !described) || (flow.opened && self.world.stack.tcp_info_between(flow.local, flow.remote).is_none())
    }

    /// Takes down which flows applications have descriptors for.
    fn describe(&mut self) {
        for id in self.posix.sockets() {
            let stack = &self.world.stack;
            let (Ok(Some(local)), Ok(remote)) = (stack.local_address(id), stack.peer_address(id)) else { continue };
            for flow in self.flows.iter_mut().filter(|flow| flow.local == local && flow.remote == remote) {
                flow.described = true;
            }
        }
    }
}

/// Packets.
impl Run<'_, '_> {
    /// Puts in the values of all numbers of a packet; those that are captured stay.
    fn resolve(&self, packet: &Packet, capture: bool) -> Result<Packet, End> {
        if let Some(outer) = packet.outer.first() {
            return Err(skip(outer.span.clone(), format!("packets within `{}` are not supported", outer.name)));
        }
        let mut packet = packet.clone();
        for number in numbers(&mut packet) {
            match &number.value {
                NumberKind::Captured(name) if !capture => {
                    let message = format!("`?{name}` takes a value from what the host sends; here it has to be `${name}`");
                    return Err(Mistake::new(number.span.clone(), message).into());
                }
                NumberKind::Captured(_) => {}
                _ => number.value = NumberKind::Is(self.scope.number(number)?),
            }
        }
        if let Body::Tcp(Tcp { options: Options::Are(options), flags, .. }) = &packet.body {
            for option in options {
                if let Some(reason) = lacking(&option.kind) {
                    return Err(skip(option.span.clone(), reason));
                }
            }
            if flags.ae {
                return Err(skip(packet.span.clone(), "accurate ECN (RFC 9768) is not spoken here"));
            }
        }
        Ok(packet)
    }

    /// A packet comes to the host.
    fn inject(&mut self, packet: &Packet) -> Result<(), End> {
        let spec = self.resolve(packet, false)?;
        let index = self.flow_of(&spec, false)?.unwrap_or(0);
        let begins = matches!(&spec.body, Body::Tcp(tcp) if tcp.flags.syn && !tcp.flags.ack);
        let Some(flow) = self.flows.get_mut(index) else { return Ok(()) };
        if begins && flow.opened {
            // A new connection between the same ports, perhaps.
            flow.renewed = true;
        }
        let bytes = packet::compose(&spec, flow, &self.settings)?;
        self.world.inject(&bytes);
        self.retry()
    }

    /// Waits for the next packet of the host that is of a flow or a protocol, and takes it.
    fn next(&mut self, wanted: Option<usize>, protocol: Protocol, limit: Time) -> Result<Option<(Crossing, Observed)>, End> {
        loop {
            let fits = |seen: &Observed| {
                let of_flow = wanted.and_then(|index| self.flows.get(index));
                let same = of_flow.is_none_or(|flow| (flow.local, flow.remote) == (seen.local, seen.remote));
                match (protocol, seen.protocol) {
                    (Protocol::Icmp, Protocol::Icmp) => same || seen.local.port() == 0,
                    (_, Protocol::Icmp) | (Protocol::Icmp, _) => false,
                    _ => same,
                }
            };
            let found = self.world.sent.iter().enumerate().find_map(|(place, crossing)| {
                packet::observe(&crossing.bytes, true).filter(fits).map(|seen| (place, seen))
            });
            if let Some((place, seen)) = found {
                return Ok(self.world.sent.remove(place).map(|crossing| (crossing, seen)));
            }
            let mut moved = false;
            self.pass(|world| {
                let goes = !moved && world.step(limit);
                moved |= goes;
                goes
            })?;
            if !moved {
                return Ok(None);
            }
        }
    }

    /// The host has to send a packet.
    fn expect(&mut self, event: &Event, packet: &Packet) -> Result<(), End> {
        let spec = self.resolve(packet, true)?;
        let protocol = compare::kind(&spec.body);
        let window = self.window(event.when);
        let since = window.map_or(Duration::ZERO, |(from, _)| from.saturating_sub(self.base));
        let spare = self.settings.tolerance(since);
        let now = self.world.elapsed();
        let latest = window.map_or(now.saturating_add(LONGEST), |(_, to)| to.max(now).saturating_add(spare).saturating_add(PATIENCE));
        let limit = World::START + latest;
        let mut index = self.flow_of(&spec, true)?;
        let mut first = self.next(index, protocol, limit)?;
        if index.is_none() {
            // A flow that the host has begun meanwhile.
            index = self.flow_of(&spec, true)?;
            if index.is_some() && first.is_none() {
                first = self.next(index, protocol, limit)?;
            }
        }
        let Some((crossing, seen)) = first else {
            let mut failure = self.failure(event.span.clone(), "the host has not sent this packet".to_owned());
            failure.expected = format!("> {spec}");
            if let Some((from, to)) = window {
                let _ = write!(failure.message, ", expected {}, and nothing else until {}", at(from, to), Seconds(latest));
            }
            return self.wrong_packet(failure);
        };
        self.base = self.world.elapsed();
        let index = index.or_else(|| self.flows.iter().rposition(|flow| (flow.local, flow.remote) == (seen.local, seen.remote)));
        let mut flow = match index.and_then(|index| self.flows.get(index)) {
            Some(flow) => flow.clone(),
            None => Flow::new(protocol, seen.local, seen.remote),
        };
        learn(&mut flow, &spec, &seen);
        let mut actual = seen.in_script(&flow, true, &self.settings);
        let mut last = crossing.at;
        let mut parts = 1u32;
        if !self.settings.strict_segments {
            let segment = compare::wanted_length(&actual).unwrap_or(0);
            while compare::wanted_length(&actual) < compare::wanted_length(&spec) && segment > 0 {
                let Some((crossing, next)) = self.peek(index, protocol, limit)? else { break };
                let next = next.in_script(&flow, true, &self.settings);
                if !compare::join(&mut actual, &next, segment) {
                    break;
                }
                last = crossing.at;
                parts = parts.saturating_add(1);
                let _ = self.next(index, protocol, limit)?;
            }
        }
        self.base = self.world.elapsed();
        let Comparison { differences, captured } = compare::compare(&spec, &actual, &seen, &flow, &self.settings);
        if let Some(place) = index.and_then(|index| self.flows.get_mut(index)) {
            *place = flow;
        }
        let has_text = seen.has_text && !self.posix.has_written_text();
        let early = |at: Duration| window.is_some_and(|(from, _)| at.saturating_add(spare) < from);
        let late = |at: Duration| window.is_some_and(|(_, to)| at > to.saturating_add(spare));
        let out_of_time = early(crossing.at) || late(last);
        if differences.is_empty() && !out_of_time && !has_text {
            for (name, value) in captured {
                self.scope.set(&name, value);
            }
            return Ok(());
        }
        let message = match (differences.is_empty(), has_text) {
            (false, _) => "the host has sent another packet than this",
            (true, true) => "the data of this packet is not what was written: it is not all zeros",
            (true, false) if early(crossing.at) => "the host has sent this packet too early",
            (true, false) => "the host has sent this packet too late",
        };
        let mut failure = self.failure(event.span.clone(), message.to_owned());
        failure.expected = format!("> {spec}");
        failure.actual = format!("> {actual}");
        if parts > 1 {
            let _ = write!(failure.actual, " in {parts} segments");
        }
        if let Some(reason) = &crossing.sent {
            let _ = write!(failure.actual, "   // {reason}");
        }
        failure.differences = differences;
        let came = if early(crossing.at) { crossing.at } else { last };
        failure.time = window.filter(|_| out_of_time).map(|(from, to)| (from, to, came));
        self.wrong_packet(failure)
    }

    /// What [`Run::next`] would take.
    fn peek(&mut self, wanted: Option<usize>, protocol: Protocol, limit: Time) -> Result<Option<(Crossing, Observed)>, End> {
        let Some((crossing, seen)) = self.next(wanted, protocol, limit)? else { return Ok(None) };
        self.world.sent.push_front(crossing.clone());
        Ok(Some((crossing, seen)))
    }

    /// For some time the host sends nothing.
    fn expect_none(&mut self, event: &Event, span: Duration, protocol: Option<Protocol>) -> Result<(), End> {
        let from = self.world.elapsed();
        let until = World::START + from.saturating_add(span);
        self.pass(|world| world.step(until))?;
        self.world.now = until;
        self.base = self.world.elapsed();
        let unwanted = self.world.sent.iter().find_map(|crossing| {
            let seen = packet::observe(&crossing.bytes, true)?;
            let counts = crossing.at >= from && protocol.is_none_or(|protocol| protocol == seen.protocol);
            counts.then(|| (crossing.clone(), seen))
        });
        let Some((crossing, seen)) = unwanted else { return Ok(()) };
        let message = format!("the host has sent a packet at {}, where none is expected", Seconds(crossing.at));
        let mut failure = self.failure(event.span.clone(), message);
        failure.actual = format!("> {}", self.translated(&seen, true));
        if let Some(reason) = &crossing.sent {
            let _ = write!(failure.actual, "   // {reason}");
        }
        self.wrong_packet(failure)
    }

    /// A packet in the numbers of the script.
    fn translated(&self, seen: &Observed, sent: bool) -> Packet {
        let flow = self.flows.iter().rfind(|flow| (flow.local, flow.remote) == (seen.local, seen.remote));
        flow.map_or_else(|| seen.packet.clone(), |flow| seen.in_script(flow, sent, &self.settings))
    }
}

/// Calls, shell lines, code.
impl<'s> Run<'s, '_> {
    fn call(&mut self, event: &Event, call: &'s Call) -> Result<(), End> {
        let started = self.world.elapsed();
        let until = call.until.map(|until| match until {
            When::At { relative, from, to } => {
                let base = if relative { started } else { Duration::ZERO };
                Ok((base.saturating_add(from), base.saturating_add(to)))
            }
            When::Any => Err(Mistake::new(call.span.clone(), "a call comes back at a time, or by one")),
        });
        let until = until.transpose()?;
        let progress = self.posix.begin(&mut self.world, &mut self.scope, call)?;
        self.notice();
        self.describe();
        let spare = self.settings.tolerance(until.map_or(Duration::ZERO, |(from, _)| from.saturating_sub(started)));
        match (progress, until) {
            (Progress::Done(outcome), until) => {
                let until = until.unwrap_or((started, started));
                let waiting = Waiting::default();
                self.came_back(&Blocked { call, waiting, until, spare }, &outcome)
            }
            (Progress::Waits(waiting), Some(until)) => {
                self.blocked.push(Blocked { call, waiting, until, spare });
                self.retry()
            }
            (Progress::Waits(waiting), None) => self.wait(event, call, waiting),
        }
    }

    /// A call that may wait, and of which the script does not say when it comes back: nothing else happens until then.
    fn wait(&mut self, event: &Event, call: &'s Call, mut waiting: Waiting) -> Result<(), End> {
        let limit = self.world.now + LONGEST;
        loop {
            let due = waiting.deadline.unwrap_or(limit).min(limit);
            let moved = self.world.step(due) || (waiting.deadline.is_some() && self.world.now < due);
            if let Some(deadline) = waiting.deadline.filter(|_| self.world.stack.next_deadline().is_none_or(|next| next > due)) {
                self.world.now = self.world.now.max(deadline);
            }
            self.notice();
            if let Some(outcome) = self.posix.again(&mut self.world, &mut self.scope, call, &mut waiting)? {
                self.describe();
                self.base = self.world.elapsed();
                let now = (self.base, self.base);
                return self.came_back(&Blocked { call, waiting, until: now, spare: Duration::ZERO }, &outcome);
            }
            if !moved {
                let message = format!(
                    "`{}` waits for something that does not happen; give it the time at which it comes back, as in `+0...0.2 {}(...)`",
                    call.name, call.name
                );
                return Err(self.fail(event.span.clone(), message));
            }
        }
    }

    /// A call is back: is what it gives what the script says?
    fn came_back(&mut self, blocked: &Blocked<'_>, outcome: &Outcome) -> Result<(), End> {
        self.describe();
        let call = blocked.call;
        let now = self.world.elapsed();
        let expected = match &call.result.kind {
            ExprKind::Captured(name) => {
                self.scope.set(name, outcome.result);
                None
            }
            ExprKind::Ellipsis => None,
            _ => Some(self.scope.evaluate(&call.result)?),
        };
        let said = |result: i64, errno: Option<&str>| match errno {
            Some(errno) => format!("{result} {errno}"),
            None => result.to_string(),
        };
        let errno = call.errno.as_ref().map(|(name, _)| name.as_str());
        let wrong_errno = errno.is_some() && errno != outcome.errno;
        let mut failure = Failure::default();
        if let Some(expected) = expected
            && (expected != outcome.result || wrong_errno)
        {
            failure = self.failure(call.span.clone(), format!("`{}` has given back something else", call.name));
            failure.expected = said(expected, errno);
            failure.actual = said(outcome.result, outcome.errno);
        } else if let Some(first) = outcome.differences.first() {
            failure = self.failure(call.span.clone(), format!("`{}`: {first}", call.name));
        } else if now.saturating_add(blocked.spare) < blocked.until.0 || now > blocked.until.1.saturating_add(blocked.spare) {
            let early = now < blocked.until.0;
            let word = if early { "early" } else { "late" };
            failure = self.failure(call.span.clone(), format!("`{}` has come back too {word}", call.name));
            failure.time = Some((blocked.until.0, blocked.until.1, now));
        }
        if failure.message.is_empty() { Ok(()) } else { self.wrong_call(failure) }
    }

    /// A line for a shell.
    fn shell(&mut self, line: &str, span: &Span) -> Result<(), End> {
        let changes = shell::read(line, self.files).map_err(|reason| skip(span.clone(), reason))?;
        for change in changes {
            self.change(&change, span)?;
        }
        self.world.drain();
        self.retry()
    }

    fn change(&mut self, change: &Change, span: &Span) -> Result<(), End> {
        match change {
            Change::Tcp(name, value) => {
                let (mut wrong, now) = (None, self.world.now);
                self.world.stack.configure_tcp_default(|tcp| wrong = tcp.set(name, value).err());
                for id in self.posix.sockets() {
                    let _ = self.world.stack.configure_tcp(now, id, |tcp| tcp.set(name, value));
                }
                match wrong {
                    Some(wrong) => Err(skip(span.clone(), format!("that cannot be set here: {wrong}"))),
                    None => Ok(()),
                }
            }
        }
    }

    /// What has to hold.
    fn code(&mut self, code: &str, span: &Span) -> Result<(), End> {
        let flow = self.current.and_then(|index| self.flows.get(index));
        let known = flow.and_then(|flow| self.world.stack.tcp_info_between(flow.local, flow.remote));
        let (now, scope) = (self.world.now, &self.scope);
        let mut look = |name: &str| {
            if let Some(value) = scope.get(name).or_else(|| constants::value(name)) {
                return Known::from(value);
            }
            match known.as_ref().map(|known| info::value(name, known, now)) {
                Some(Some(Ok(value))) => Known::from(value),
                Some(Some(Err(reason))) => Known::Lacking(reason.to_owned()),
                None if name.starts_with("tcpi_") => {
                    Known::Lacking("there is no connection that could be asked".to_owned())
                }
                _ => Known::Unknown,
            }
        };
        // Within the event stand two signs in front of the code, behind its time.
        let inside = |at: &std::ops::Range<usize>| {
            let begins = span.end.saturating_sub(code.len()).saturating_sub(2).max(span.start);
            begins.saturating_add(at.start)..begins.saturating_add(at.end)
        };
        match self.code.run(code, &mut look, &mut self.talk) {
            Ok(()) => Ok(()),
            Err(Problem::Skip { reason, at }) => Err(skip(inside(&at), reason)),
            Err(Problem::Wrong { message, at }) => Err(Mistake::new(inside(&at), message).into()),
            Err(Problem::Fails { message, at, values }) => {
                let mut failure = self.failure(inside(&at), message);
                failure.actual = values.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
                Err(End::Fail(Box::new(failure)))
            }
        }
    }
}

/// What is said of what is wrong.
impl Run<'_, '_> {
    fn failure(&self, span: Span, message: String) -> Failure {
        let crossings = &self.world.crossings;
        let from = crossings.len().saturating_sub(BEFORE);
        let before = crossings.iter().skip(from).map(|crossing| self.line(crossing)).collect();
        Failure { span, message, before, ..Failure::default() }
    }

    /// A line about a packet that went over the line.
    fn line(&self, crossing: &Crossing) -> String {
        let (sign, sent) = if crossing.sent.is_some() { ('>', true) } else { ('<', false) };
        let packet = match packet::observe(&crossing.bytes, sent) {
            Some(seen) => self.translated(&seen, sent).to_string(),
            None => format!("{} bytes", crossing.bytes.len()),
        };
        let mut line = format!("{} {sign} {packet}", Seconds(crossing.at));
        if let Some(reason) = &crossing.sent {
            let _ = write!(line, "   // {reason}");
        }
        line
    }

    fn fail(&self, span: Span, message: impl Into<String>) -> End {
        End::Fail(Box::new(self.failure(span, message.into())))
    }

    fn wrong_packet(&mut self, failure: Failure) -> Result<(), End> {
        self.wrong(failure, self.settings.packets_are_not_fatal)
    }

    fn wrong_call(&mut self, failure: Failure) -> Result<(), End> {
        self.wrong(failure, self.settings.calls_are_not_fatal)
    }

    fn wrong(&mut self, failure: Failure, goes_on: bool) -> Result<(), End> {
        if goes_on {
            self.warnings.push(failure);
            return Ok(());
        }
        Err(End::Fail(Box::new(failure)))
    }
}

/// What a packet says of the host's numbers: where a connection begins, what its clock says.
fn learn(flow: &mut Flow, spec: &Packet, seen: &Observed) {
    let (Body::Tcp(expected), Body::Tcp(actual)) = (&spec.body, &seen.packet.body) else { return };
    if let (true, Some(script), Some(wire)) = (actual.flags.syn, expected.sequence.known(), actual.sequence.known()) {
        flow.begins(wire as u32, script as u32);
    }
    let Options::Are(options) = &expected.options else { return };
    let said = options.iter().find_map(|option| match &option.kind {
        OptionKind::Timestamps { value, .. } => value.known(),
        _ => None,
    });
    if let Some((script, wire)) = said.zip(seen.clock()) {
        flow.learn_clock(wire, script as u32);
    }
}

/// What an option needs that there is not here.
fn lacking(option: &OptionKind) -> Option<&'static str> {
    match option {
        OptionKind::FastOpen { .. } => Some("fast open (RFC 7413) is not spoken here"),
        OptionKind::Md5(_) => Some("MD5 signatures (RFC 2385) are not made here"),
        OptionKind::AccEcn(_) => Some("accurate ECN (RFC 9768) is not spoken here"),
        _ => None,
    }
}

fn at(from: Duration, to: Duration) -> String {
    if from == to { format!("at {}", Seconds(from)) } else { format!("from {} to {}", Seconds(from), Seconds(to)) }
}

/// All numbers of a packet.
fn numbers(packet: &mut Packet) -> Vec<&mut Number> {
    let mut all = Vec::new();
    let Packet { ip: Ip { traffic, ttl, flow_label }, body, .. } = packet;
    if let Some(Traffic::Tos(tos)) = traffic {
        all.push(tos);
    }
    all.extend(ttl.as_mut());
    all.extend(flow_label.as_mut());
    match body {
        Body::Tcp(tcp) => {
            all.extend([&mut tcp.sequence, &mut tcp.end, &mut tcp.length]);
            all.extend([&mut tcp.ack, &mut tcp.window, &mut tcp.urgent].into_iter().flatten());
            if let Some(Ports { source, destination }) = &mut tcp.ports {
                all.extend([source, destination]);
            }
            if let Options::Are(options) = &mut tcp.options {
                all.extend(options.iter_mut().flat_map(of_option));
            }
        }
        Body::Udp { ports, length } => {
            all.push(length);
            if let Some(Ports { source, destination }) = ports {
                all.extend([source, destination]);
            }
        }
        Body::Icmp(Icmp { mtu, id, echoed, .. }) => {
            all.extend([mtu, id].into_iter().flatten());
            match echoed {
                Some(Echoed::Tcp { sequence, end, length }) => all.extend([sequence, end, length]),
                Some(Echoed::Udp { length }) => all.push(length),
                None => {}
            }
        }
    }
    all
}

fn of_option(option: &mut TcpOption) -> Vec<&mut Number> {
    match &mut option.kind {
        OptionKind::Mss(number) | OptionKind::WindowScale(number) => vec![number],
        OptionKind::Sack(blocks) => blocks.iter_mut().flat_map(|(left, right)| [left, right]).collect(),
        OptionKind::Timestamps { value, echo } => vec![value, echo],
        OptionKind::UserTimeout { value, .. } => vec![value],
        OptionKind::Other { kind, .. } => vec![kind],
        OptionKind::AccEcn(counters) => counters.iter_mut().map(|(_, counter)| counter).collect(),
        OptionKind::Nop | OptionKind::Eol | OptionKind::SackPermitted | OptionKind::FastOpen { .. } | OptionKind::Md5(_) => {
            Vec::new()
        }
    }
}
