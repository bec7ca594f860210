//! Packets that come to the host, and those that it has to send.

use std::fmt::Write as _;
use std::time::Duration;

use super::{End, LONGEST, Run, skip};
use crate::drill::Crossing;
use crate::drill::compare::{self, Comparison};
use crate::drill::flow::Flow;
use crate::drill::packet::{self, Observed};
use crate::drill::report::Seconds;
use crate::drill::script::{
    Body, Echoed, Event, Icmp, Ip, Number, NumberKind, OptionKind, Options, Packet, Ports, Protocol, Tcp,
    TcpOption, Traffic,
};
use crate::drill::world::World;
use crate::mistake::Mistake;
use crate::time::Time;

/// How long after its time something is waited for: it is worth more to say that it came late than that it did not come.
const PATIENCE: Duration = Duration::from_secs(2);

impl Run<'_, '_> {
    /// Puts in the values of all numbers of a packet; those that are captured stay.
    pub(super) fn resolve(&self, packet: &Packet, capture: bool) -> Result<Packet, End> {
        if let Some(outer) = packet.outer.first() {
            return Err(skip(
                outer.span.clone(),
                format!("packets within `{}` are not supported", outer.name),
            ));
        }
        let mut packet = packet.clone();
        for number in numbers(&mut packet) {
            match &number.value {
                NumberKind::Captured(name) if !capture => {
                    let message = format!(
                        "`?{name}` takes a value from what the host sends; here it has to be `${name}`"
                    );
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
    pub(super) fn inject(&mut self, packet: &Packet) -> Result<(), End> {
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
    pub(super) fn next(
        &mut self,
        wanted: Option<usize>,
        protocol: Protocol,
        limit: Time,
    ) -> Result<Option<(Crossing, Observed)>, End> {
        loop {
            let fits = |seen: &Observed| {
                let of_flow = wanted.and_then(|index| self.flows.get(index));
                let same = of_flow.is_none_or(|flow| (flow.local, flow.remote) == (seen.local, seen.remote));
                let of_nobody = seen.protocol == Protocol::Icmp && seen.local.port() == 0;
                protocol == seen.protocol && (same || of_nobody)
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
    pub(super) fn expect(&mut self, event: &Event, packet: &Packet) -> Result<(), End> {
        let spec = self.resolve(packet, true)?;
        let protocol = compare::kind(&spec.body);
        let window = self.window(event)?;
        let since = window.map_or(Duration::ZERO, |(from, _)| from.saturating_sub(self.base));
        let spare = self.settings.tolerance(since);
        let now = self.world.elapsed();
        let latest = window.map_or(now.saturating_add(LONGEST), |(_, to)| {
            to.max(now).saturating_add(spare).saturating_add(PATIENCE)
        });
        let limit = World::START + latest;
        let mut index = self.flow_of(&spec, true)?;
        // The host may have to begin it.
        while index.is_none() && protocol != Protocol::Icmp {
            let mut moved = false;
            self.pass(|world| {
                let goes = !moved && world.step(limit);
                moved |= goes;
                goes
            })?;
            index = self.flow_of(&spec, true)?;
            if !moved {
                break;
            }
        }
        let first = match index {
            None if protocol != Protocol::Icmp => None,
            index => self.next(index, protocol, limit)?,
        };
        let Some((crossing, mut seen)) = first else {
            let mut failure =
                self.failure(event.span.clone(), "the host has not sent this packet".to_owned());
            failure.expected = format!("> {spec}");
            if let Some((from, to)) = window {
                let _ = write!(
                    failure.message,
                    ", expected {}; until {} nothing of its connection came",
                    at(from, to),
                    Seconds(latest)
                );
            }
            return self.wrong_packet(failure);
        };
        self.base = self.world.elapsed();
        let index = index.or_else(|| {
            self.flows.iter().rposition(|flow| (flow.local, flow.remote) == (seen.local, seen.remote))
        });
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
                let Some((crossing, next)) = self.next(index, protocol, limit)? else { break };
                if !compare::join(&mut actual, &next.in_script(&flow, true, &self.settings), segment) {
                    // It is the next that is asked for: of its flow there is none before it.
                    self.world.sent.push_front(crossing);
                    break;
                }
                last = crossing.at;
                parts = parts.saturating_add(1);
                seen.wrong.extend(next.wrong);
                seen.has_text |= next.has_text;
            }
        }
        self.base = self.world.elapsed();
        let Comparison { differences, captured } =
            compare::compare(&spec, &actual, &seen, &flow, &self.settings);
        if let Some(place) = index.and_then(|index| self.flows.get_mut(index)) {
            *place = flow;
        }
        let has_text = seen.has_text && !self.has_text;
        let early = |at: Duration| window.is_some_and(|(from, _)| at.saturating_add(spare) < from);
        let late = |at: Duration| window.is_some_and(|(_, to)| at > to.saturating_add(spare));
        let out_of_time = early(crossing.at) || late(last);
        if differences.is_empty() && !out_of_time && !has_text {
            let clock =
                captured_clock(&spec).and_then(|clock| captured.iter().find(|(name, _)| name == clock));
            if let (Some(flow), Some((_, script)), Some(wire)) =
                (index.and_then(|index| self.flows.get_mut(index)), clock, seen.clock())
            {
                // What the script has taken it can echo.
                flow.learn_clock(wire, *script as u32);
            }
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
        failure.actual = format!("> {}", actual.plain(&spec.ip));
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

    /// For some time the host sends nothing.
    pub(super) fn expect_none(
        &mut self,
        event: &Event,
        span: Duration,
        protocol: Option<Protocol>,
    ) -> Result<(), End> {
        let from = self.world.elapsed();
        let until = World::START + from.saturating_add(span);
        self.pass(|world| world.step_before(until))?;
        self.world.now = until;
        self.base = self.world.elapsed();
        let unwanted = self.world.sent.iter().find_map(|crossing| {
            let seen = packet::observe(&crossing.bytes, true)?;
            let counts = crossing.at >= from && protocol.is_none_or(|protocol| protocol == seen.protocol);
            counts.then(|| (crossing.clone(), seen))
        });
        let Some((crossing, seen)) = unwanted else { return Ok(()) };
        let message =
            format!("the host has sent a packet at {}, where none is expected", Seconds(crossing.at));
        let mut failure = self.failure(event.span.clone(), message);
        failure.actual = format!("> {}", self.translated(&seen, true).plain(&Ip::default()));
        if let Some(reason) = &crossing.sent {
            let _ = write!(failure.actual, "   // {reason}");
        }
        self.wrong_packet(failure)
    }

    /// The ports that the script calls a packet's: the host's, and the peer's.
    pub(super) fn ports(&self, seen: &Observed) -> (u16, u16) {
        let flow = self.flows.iter().rfind(|flow| (flow.local, flow.remote) == (seen.local, seen.remote));
        flow.map_or((seen.local.port(), seen.remote.port()), Flow::ports)
    }

    /// A packet in the numbers of the script.
    pub(super) fn translated(&self, seen: &Observed, sent: bool) -> Packet {
        let flow = self.flows.iter().rfind(|flow| (flow.local, flow.remote) == (seen.local, seen.remote));
        flow.map_or_else(|| seen.packet.clone(), |flow| seen.in_script(flow, sent, &self.settings))
    }
}

/// What a packet says of the host's numbers: where a connection begins, what its clock says.
fn learn(flow: &mut Flow, spec: &Packet, seen: &Observed) {
    let (Body::Tcp(expected), Body::Tcp(actual)) = (&spec.body, &seen.packet.body) else { return };
    if let (true, Some(script), Some(wire)) =
        (actual.flags.syn, expected.sequence.known(), actual.sequence.known())
    {
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

/// The name that the value of a timestamp is to have.
fn captured_clock(spec: &Packet) -> Option<&str> {
    let Body::Tcp(Tcp { options: Options::Are(options), .. }) = &spec.body else { return None };
    options.iter().find_map(|option| match &option.kind {
        OptionKind::Timestamps { value: Number { value: NumberKind::Captured(name), .. }, .. } => {
            Some(name.as_str())
        }
        _ => None,
    })
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
    if from == to {
        format!("at {}", Seconds(from))
    } else {
        format!("from {} to {}", Seconds(from), Seconds(to))
    }
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
        OptionKind::Nop
        | OptionKind::Eol
        | OptionKind::SackPermitted
        | OptionKind::FastOpen { .. }
        | OptionKind::Md5(_) => Vec::new(),
    }
}
