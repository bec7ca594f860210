//! What the script expects beside what the host has sent.

use std::fmt::Display;

use super::flow::Flow;
use super::packet::Observed;
use super::report::Difference;
use super::script::{
    Body, Echoed, Flags, Icmp, Ip, Number, NumberKind, OptionKind, Options, Packet, Protocol, Tcp, TcpOption,
    Traffic,
};
use super::settings::Settings;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comparison {
    /// What is otherwise.
    pub differences: Vec<Difference>,
    /// Values that the script wants to keep.
    pub captured: Vec<(String, i64)>,
}

/// Compares a packet that the host has sent, in the numbers of the script, with the one that is expected.
pub(crate) fn compare(
    expected: &Packet,
    actual: &Packet,
    observed: &Observed,
    flow: &Flow,
    settings: &Settings,
) -> Comparison {
    let mut result = Comparison::default();
    let v6 = observed.local.is_ipv6();
    result.ip(&expected.ip, &actual.ip, v6);
    match (&expected.body, &actual.body) {
        (Body::Tcp(expected), Body::Tcp(actual)) => result.tcp(expected, actual, observed, flow, settings),
        (Body::Udp { length, .. }, Body::Udp { length: actual, .. }) => {
            result.number("udp.length", Some(length), Some(actual), |value| value);
        }
        (Body::Icmp(expected), Body::Icmp(actual)) => result.icmp(expected, actual, v6),
        (expected, actual) => result.differs("protocol", protocol(expected), protocol(actual)),
    }
    for wrong in &observed.wrong {
        result.differs("packet", "a sound packet", wrong);
    }
    result
}

/// The protocol of a packet, as it is called in a script.
fn protocol(body: &Body) -> &'static str {
    match body {
        Body::Tcp(_) => "tcp",
        Body::Udp { .. } => "udp",
        Body::Icmp(_) => "icmp",
    }
}

/// The protocol that a packet is of.
pub(crate) fn kind(body: &Body) -> Protocol {
    match body {
        Body::Tcp(_) => Protocol::Tcp,
        Body::Udp { .. } => Protocol::Udp,
        Body::Icmp(_) => Protocol::Icmp,
    }
}

/// A sequence number: 32 bits.
const fn wrapped(value: i64) -> i64 {
    (value as u32) as i64
}

impl Comparison {
    fn differs(&mut self, field: &'static str, expected: impl Display, actual: impl Display) {
        let (expected, actual) = (expected.to_string(), actual.to_string());
        self.differences.push(Difference { field, expected, actual });
    }

    /// Compares a number, if something is asked about it; `normal` brings it into the form in which it is compared.
    fn number(
        &mut self,
        field: &'static str,
        expected: Option<&Number>,
        actual: Option<&Number>,
        normal: fn(i64) -> i64,
    ) {
        let Some(expected) = expected else { return };
        let actual = actual.and_then(Number::known);
        match (&expected.value, actual) {
            (NumberKind::Captured(name), Some(actual)) => self.captured.push((name.clone(), actual)),
            (NumberKind::Is(expected), Some(actual)) if normal(*expected) == normal(actual) => {}
            (NumberKind::Is(expected), Some(actual)) => self.differs(field, expected, actual),
            (_, None) => self.differs(field, show(expected), "none"),
            (NumberKind::Computed(_), _) => {}
        }
    }

    fn ip(&mut self, expected: &Ip, actual: &Ip, v6: bool) {
        let name = |v4: &'static str, other: &'static str| if v6 { other } else { v4 };
        let Some(Traffic::Tos(tos)) = &actual.traffic else { return };
        let ecn = tos.known().unwrap_or(0) & 3;
        match &expected.traffic {
            Some(Traffic::Tos(wanted)) => {
                self.number(name("ip.dsfield", "ipv6.tclass"), Some(wanted), Some(tos), |value| value);
            }
            Some(Traffic::Ecn(wanted)) if i64::from(*wanted) != ecn => {
                self.differs(
                    name("ip.dsfield.ecn", "ipv6.tclass.ecn"),
                    ecn_name(i64::from(*wanted)),
                    ecn_name(ecn),
                );
            }
            Some(Traffic::Ect01) if !matches!(ecn, 1 | 2) => {
                self.differs(name("ip.dsfield.ecn", "ipv6.tclass.ecn"), "ect0 or ect1", ecn_name(ecn));
            }
            _ => {}
        }
        self.number(name("ip.ttl", "ipv6.hlim"), expected.ttl.as_ref(), actual.ttl.as_ref(), |value| value);
        self.number("ipv6.flow", expected.flow_label.as_ref(), actual.flow_label.as_ref(), |value| value);
    }

    fn tcp(&mut self, expected: &Tcp, actual: &Tcp, observed: &Observed, flow: &Flow, settings: &Settings) {
        if expected.flags != actual.flags {
            self.differs("tcp.flags", expected.flags, actual.flags);
        }
        self.number("tcp.seq", Some(&expected.sequence), Some(&actual.sequence), wrapped);
        // Where it ends follows from these two, unless the script wants to know it.
        if let NumberKind::Captured(_) = expected.end.value {
            self.number("tcp.nxtseq", Some(&expected.end), Some(&actual.end), wrapped);
        }
        self.number("tcp.len", Some(&expected.length), Some(&actual.length), |value| value);
        // A number that is not said is 0, as that of a segment without the flag.
        let zero = Number::is(0);
        let (wanted, ack) = (expected.ack.as_ref().unwrap_or(&zero), actual.ack.as_ref().unwrap_or(&zero));
        self.number("tcp.ack", Some(wanted), Some(ack), wrapped);
        self.number("tcp.window_size_value", expected.window.as_ref(), actual.window.as_ref(), |value| value);
        let urgent = actual.urgent.clone().unwrap_or(Number::is(0));
        self.number("tcp.urgent_pointer", expected.urgent.as_ref(), Some(&urgent), |value| value);
        if expected.urgent.is_none() && urgent.known() != Some(0) && !expected.flags.urg {
            self.differs("tcp.urgent_pointer", 0, show(&urgent));
        }
        if let (Options::Are(expected), Options::Are(actual)) = (&expected.options, &actual.options) {
            self.options(expected, actual, observed, flow, settings);
        }
    }

    fn options(
        &mut self,
        expected: &[TcpOption],
        actual: &[TcpOption],
        observed: &Observed,
        flow: &Flow,
        settings: &Settings,
    ) {
        let same = |(one, other): (&TcpOption, &TcpOption)| {
            std::mem::discriminant(&one.kind) == std::mem::discriminant(&other.kind)
        };
        if expected.len() != actual.len() || !expected.iter().zip(actual).all(same) {
            self.differs("tcp.options", listed(expected), listed(actual));
            return;
        }
        for (expected, actual) in expected.iter().zip(actual) {
            let any = |value| value;
            match (&expected.kind, &actual.kind) {
                (OptionKind::Mss(expected), OptionKind::Mss(actual)) => {
                    self.number("tcp.options.mss_val", Some(expected), Some(actual), any);
                }
                (OptionKind::WindowScale(expected), OptionKind::WindowScale(actual)) => {
                    self.number("tcp.options.wscale.shift", Some(expected), Some(actual), any);
                }
                (OptionKind::Sack(wanted), OptionKind::Sack(blocks)) => {
                    let (before, kept) = (self.differences.len(), self.captured.len());
                    for ((left, right), (from, to)) in wanted.iter().zip(blocks) {
                        self.number("tcp.options.sack", Some(left), Some(from), wrapped);
                        self.number("tcp.options.sack", Some(right), Some(to), wrapped);
                    }
                    // One wrong edge is a wrong option: it is told of once, whole.
                    if wanted.len() != blocks.len() || self.differences.len() > before {
                        self.differences.truncate(before);
                        self.captured.truncate(kept);
                        let one = std::slice::from_ref;
                        self.differs("tcp.options.sack", listed(one(expected)), listed(one(actual)));
                    }
                }
                (
                    OptionKind::Timestamps { value, echo },
                    OptionKind::Timestamps { value: clock, echo: echoed },
                ) => {
                    self.clock(value, clock, observed, flow, settings);
                    self.number("tcp.options.timestamp.tsecr", Some(echo), Some(echoed), wrapped);
                }
                (
                    OptionKind::UserTimeout { value, minutes },
                    OptionKind::UserTimeout { value: actual, minutes: unit },
                ) => {
                    self.number("tcp.options.user_to_val", Some(value), Some(actual), any);
                    if minutes != unit {
                        self.differs("tcp.options.user_to_granularity", minutes, unit);
                    }
                }
                (expected_kind, actual_kind) if expected_kind != actual_kind => {
                    let one = std::slice::from_ref;
                    self.differs("tcp.options", listed(one(expected)), listed(one(actual)));
                }
                _ => {}
            }
        }
    }

    /// The host's clock is looked at if it is known how long its ticks are.
    fn clock(
        &mut self,
        expected: &Number,
        actual: &Number,
        observed: &Observed,
        flow: &Flow,
        settings: &Settings,
    ) {
        if let NumberKind::Captured(name) = &expected.value {
            self.captured.extend(actual.known().map(|actual| (name.clone(), actual)));
        }
        let (Some(tick), Some(wanted), Some(wire)) =
            (settings.timestamp_tick, expected.known(), observed.clock())
        else {
            return;
        };
        // The first value says what the others are to be counted from.
        let Some(actual) = flow.clock_to_script(wire, tick) else { return };
        let off = u64::from((actual.wrapping_sub(wanted as u32).cast_signed()).unsigned_abs());
        let spare = settings.tolerance.as_nanos().div_ceil(tick.as_nanos().max(1)).saturating_add(1);
        if u128::from(off) > spare {
            self.differs("tcp.options.timestamp.tsval", wanted, actual);
        }
    }

    fn icmp(&mut self, expected: &Icmp, actual: &Icmp, v6: bool) {
        let field = if v6 { "icmpv6.type" } else { "icmp.type" };
        if expected.numbers(v6) != actual.numbers(v6) {
            let text = |icmp: &Icmp| [icmp.kind.as_str(), icmp.code.as_deref().unwrap_or("")].join(" ");
            self.differs(field, text(expected).trim_end(), text(actual).trim_end());
        }
        match (&expected.echoed, &actual.echoed) {
            (Some(Echoed::Udp { length }), Some(Echoed::Udp { length: actual })) => {
                self.number("udp.length", Some(length), Some(actual), |value| value);
            }
            (Some(Echoed::Tcp { sequence, .. }), Some(Echoed::Tcp { sequence: actual, .. })) => {
                self.number("tcp.seq", Some(sequence), Some(actual), wrapped);
            }
            (Some(_), _) => self.differs(field, "about another packet", "not"),
            (None, _) => {}
        }
        self.number("icmp.mtu", expected.mtu.as_ref(), actual.mtu.as_ref(), |value| value);
        self.number("icmp.ident", expected.id.as_ref(), actual.id.as_ref(), |value| value);
    }
}

/// Options, as a script says them.
fn listed(options: &[TcpOption]) -> String {
    let all: Vec<String> = options.iter().map(TcpOption::to_string).collect();
    if all.is_empty() { "none".to_owned() } else { format!("<{}>", all.join(",")) }
}

fn ecn_name(ecn: i64) -> &'static str {
    match ecn {
        0 => "noecn",
        1 => "ect1",
        2 => "ect0",
        _ => "ce",
    }
}

fn show(number: &Number) -> String {
    match &number.value {
        NumberKind::Is(value) => value.to_string(),
        NumberKind::Captured(name) => format!("?{name}"),
        NumberKind::Computed(_) => "a number".to_owned(),
    }
}

/// Whether nothing is asked of a segment that more than one could answer together: how long the whole is.
pub(crate) fn wanted_length(packet: &Packet) -> Option<u64> {
    let Body::Tcp(tcp) = &packet.body else { return None };
    u64::try_from(tcp.length.known()?).ok()
}

/// Joins a segment to those before it, if it goes on where they end, as one that was cut on its way out; `false` if it does not.
pub(crate) fn join(whole: &mut Packet, next: &Packet, segment: u64) -> bool {
    let (whole_ip, next_ip) = (whole.ip.clone(), next.ip.clone());
    let (Body::Tcp(whole), Body::Tcp(next)) = (&mut whole.body, &next.body) else { return false };
    let (Some(end), Some(start), Some(more)) =
        (whole.end.known(), next.sequence.known(), next.length.known())
    else {
        return false;
    };
    let (Some(length), Some(so_far)) = (whole.length.known(), next.end.known()) else { return false };
    // All but the last have the same size.
    let even = u64::try_from(length).is_ok_and(|length| segment > 0 && length.is_multiple_of(segment));
    let fits = u64::try_from(more).is_ok_and(|more| more > 0 && more <= segment);
    let plain = Flags { psh: false, fin: false, cwr: false, ..whole.flags }
        == Flags { psh: false, fin: false, cwr: false, ..next.flags };
    let ack = |tcp: &Tcp| tcp.ack.as_ref().and_then(Number::known);
    let alike = whole_ip == next_ip && ack(whole) == ack(next);
    if wrapped(end) != wrapped(start) || !even || !fits || !plain || !alike {
        return false;
    }
    whole.end = Number::is(so_far);
    whole.length = Number::is(length.saturating_add(more));
    // What ends the data stands in the last, what is said of the window in the first.
    whole.flags = Flags { cwr: whole.flags.cwr, ..next.flags };
    whole.window = next.window.clone();
    whole.options = next.options.clone();
    true
}
