//! Scripts in their own language: what is shown is read as the same again, places aside.

use std::fmt::{self, Display, Formatter, Write};
use std::time::Duration;

use super::parse::{FLAGS, OPERATORS};
use super::script::{
    Action, Body, Call, Echoed, Entry, Event, Expr, ExprKind, Flags, Icmp, Ip, Number, NumberKind, Operator,
    OptionKind, Options, Outer, Packet, Ports, Protocol, Script, Setting, Tcp, TcpOption, Traffic, When,
};

/// Bytes as a string in quotation marks.
pub(super) struct Quoted<'b>(pub &'b [u8]);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b'\n' => f.write_str("\\n")?,
                b'\t' => f.write_str("\\t")?,
                b'\r' => f.write_str("\\r")?,
                b' '..=b'~' => f.write_char(char::from(*byte))?,
                // Three digits: what stands behind them is never read with them.
                _ => write!(f, "\\{byte:03o}")?,
            }
        }
        f.write_char('"')
    }
}

/// Things with something between them.
fn join<T: Display>(f: &mut Formatter<'_>, all: impl IntoIterator<Item = T>, between: &str) -> fmt::Result {
    for (place, one) in all.into_iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        one.fmt(f)?;
    }
    Ok(())
}

/// ` ack 1`, if it is said.
fn said(f: &mut Formatter<'_>, name: &str, number: Option<&Number>) -> fmt::Result {
    number.map_or(Ok(()), |number| write!(f, " {name} {number}"))
}

/// A time in seconds: `0.25`.
struct Seconds(Duration);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs())?;
        match self.0.subsec_nanos() {
            0 => Ok(()),
            nanoseconds => {
                let digits = format!("{nanoseconds:09}");
                write!(f, ".{}", digits.trim_end_matches('0'))
            }
        }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self::At { relative, from, to } = *self else { return f.write_char('*') };
        let sign = if relative { "+" } else { "" };
        write!(f, "{sign}{}", Seconds(from))?;
        match from == to {
            true => Ok(()),
            false => write!(f, "~{sign}{}", Seconds(to)),
        }
    }
}

impl Display for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.options.iter().try_for_each(|option| writeln!(f, "{option}"))?;
        self.events.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.name)?;
        let is_plain = !self.value.contains(|sign: char| sign.is_whitespace() || sign == '"');
        match (self.value.as_str(), is_plain) {
            ("", _) => Ok(()),
            (value, true) => write!(f, "={value}"),
            (value, false) => write!(f, "=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.action {
            // It has no time of its own.
            Action::Repeat { .. } => self.action.fmt(f),
            Action::Call(call) => {
                self.when.fmt(f)?;
                call.until.map_or(Ok(()), |until| write!(f, "...{until}"))?;
                write!(f, " {call}")
            }
            action => write!(f, "{} {action}", self.when),
        }
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inject(packet) => write!(f, "< {packet}"),
            Self::Expect(packet) => write!(f, "> {packet}"),
            Self::ExpectNone { span, protocol: None } => write!(f, "expect none for {}", Seconds(*span)),
            Self::ExpectNone { span, protocol: Some(protocol) } => {
                let protocol = match protocol {
                    Protocol::Tcp => "tcp",
                    Protocol::Udp => "udp",
                    Protocol::Icmp => "icmp",
                };
                write!(f, "expect none {protocol} for {}", Seconds(*span))
            }
            Self::Call(call) => call.fmt(f),
            Self::Shell(line) => write!(f, "`{line}`"),
            Self::Code(code) => write!(f, "%{{{code}}}%"),
            Self::Let { name, value } => write!(f, "let {name} = {value}"),
            Self::Repeat { count, name, events } => {
                write!(f, "repeat {count} ")?;
                name.as_ref().map_or(Ok(()), |name| write!(f, "as {name} "))?;
                writeln!(f, "{{")?;
                events.iter().try_for_each(|event| writeln!(f, "{event}"))?;
                f.write_char('}')
            }
        }
    }
}

impl Display for Packet {
    /// What stands behind its direction.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.ip.fmt(f)?;
        self.outer.iter().try_for_each(|outer| write!(f, "{outer} "))?;
        match &self.body {
            Body::Tcp(tcp) => tcp.fmt(f),
            Body::Udp { ports, length } => {
                ports.as_ref().map_or(Ok(()), |ports| write!(f, "{ports} "))?;
                write!(f, "udp ({length})")
            }
            Body::Icmp(icmp) => icmp.fmt(f),
        }
    }
}

impl Display for Outer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.said.as_str() {
            "" => write!(f, "{}:", self.name),
            said => write!(f, "{} {said}:", self.name),
        }
    }
}

impl Display for Ip {
    /// Its brackets and a space, or nothing.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let traffic = self.traffic.as_ref().map(|traffic| match traffic {
            Traffic::Tos(tos) => format!("tos {}", Hex(tos)),
            Traffic::Ecn(1) => "ect1".to_owned(),
            Traffic::Ecn(2) => "ect0".to_owned(),
            Traffic::Ecn(3) => "ce".to_owned(),
            Traffic::Ecn(_) => "noecn".to_owned(),
            Traffic::Ect01 => "ect01".to_owned(),
        });
        let ttl = self.ttl.as_ref().map(|ttl| format!("ttl {ttl}"));
        let label = self.flow_label.as_ref().map(|label| format!("flowlabel {}", Hex(label)));
        if traffic.is_none() && ttl.is_none() && label.is_none() {
            return Ok(());
        }
        f.write_char('(')?;
        join(f, traffic.into_iter().chain(ttl).chain(label), ", ")?;
        f.write_str(") ")
    }
}

impl Display for Ports {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}>{}", self.source, self.destination)
    }
}

impl Display for Tcp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.ports.as_ref().map_or(Ok(()), |ports| write!(f, "{ports} "))?;
        write!(f, "{} {}:{}({})", self.flags, self.sequence, self.end, self.length)?;
        said(f, "ack", self.ack.as_ref())?;
        said(f, "win", self.window.as_ref())?;
        said(f, "urg", self.urgent.as_ref())?;
        match &self.options {
            Options::Any => f.write_str(" <...>"),
            Options::Are(options) if options.is_empty() => Ok(()),
            Options::Are(options) => {
                f.write_str(" <")?;
                join(f, options, ",")?;
                f.write_char('>')
            }
        }
    }
}

impl Display for Flags {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_char('-');
        }
        let mut flags = *self;
        FLAGS.iter().filter(|(_, flag)| *flag(&mut flags)).try_for_each(|(letter, _)| f.write_char(*letter))
    }
}

impl Display for TcpOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Display for OptionKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let hex = |name: &str, bytes: &[u8]| match bytes {
            [] => name.to_owned(),
            bytes => format!("{name} {}", hex::encode(bytes)),
        };
        match self {
            Self::Nop => f.write_str("nop"),
            Self::Eol => f.write_str("eol"),
            Self::Mss(mss) => write!(f, "mss {mss}"),
            Self::WindowScale(shift) => write!(f, "wscale {shift}"),
            Self::SackPermitted => f.write_str("sackOK"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.iter().try_for_each(|(from, to)| write!(f, " {from}:{to}"))
            }
            Self::Timestamps { value, echo } => write!(f, "TS val {value} ecr {echo}"),
            Self::FastOpen { cookie, experimental: false } => f.write_str(&hex("FO", cookie)),
            Self::FastOpen { cookie, experimental: true } => f.write_str(&hex("FOEXP", cookie)),
            Self::Md5(digest) => f.write_str(&hex("md5", digest)),
            Self::AccEcn(counters) => {
                f.write_str("ECN")?;
                counters.iter().try_for_each(|(name, count)| write!(f, " {name} {count}"))
            }
            Self::UserTimeout { value, minutes } => {
                // A unit stands directly behind digits.
                let between = if matches!(value.value, NumberKind::Is(_)) { "" } else { " " };
                write!(f, "uto {value}{between}{}", if *minutes { "m" } else { "s" })
            }
            Self::Other { kind, data } => f.write_str(&hex(&format!("kind {kind}"), data)),
        }
    }
}

impl Display for Icmp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "icmp {}", self.kind)?;
        self.code.as_ref().map_or(Ok(()), |code| write!(f, " {code}"))?;
        said(f, "mtu", self.mtu.as_ref())?;
        said(f, "id", self.id.as_ref())?;
        match &self.echoed {
            None => Ok(()),
            Some(Echoed::Tcp { sequence, end, length }) => write!(f, " [{sequence}:{end}({length})]"),
            Some(Echoed::Udp { length }) => write!(f, " [udp ({length})]"),
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            NumberKind::Is(number) => number.fmt(f),
            NumberKind::Captured(name) => write!(f, "?{name}"),
            NumberKind::Computed(value) => match &value.kind {
                ExprKind::Name(name) => write!(f, "${name}"),
                _ => write!(f, "$({value})"),
            },
        }
    }
}

/// A number that is read as bits: in hex digits if it is written as a number.
struct Hex<'n>(&'n Number);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.value {
            NumberKind::Is(number) => write!(f, "{number:#x}"),
            _ => self.0.fmt(f),
        }
    }
}

impl Display for Call {
    /// Without its times.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        join(f, &self.arguments, ", ")?;
        match &self.result.kind {
            // Without brackets, `+ 4` would be the time of the next event.
            ExprKind::Binary(..) => write!(f, ") = ({})", self.result)?,
            _ => write!(f, ") = {}", self.result)?,
        }
        self.errno.as_ref().map_or(Ok(()), |(name, _)| write!(f, " {name}"))
    }
}

/// The sign of an operator, and how strongly it binds.
fn binding(operator: Operator) -> (&'static str, u8) {
    OPERATORS.iter().find(|(_, of, _)| *of == operator).map_or(("", 0), |(sign, _, rank)| (*sign, *rank))
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Ellipsis => f.write_str("..."),
            ExprKind::Integer(number) => number.fmt(f),
            ExprKind::Word(word) => f.write_str(word),
            ExprKind::Name(name) => write!(f, "${name}"),
            ExprKind::Captured(name) => write!(f, "?{name}"),
            ExprKind::Text(text) => Quoted(text).fmt(f),
            ExprKind::Binary(operator, left, right) => {
                let (sign, rank) = binding(*operator);
                // What binds as strongly is read from the left.
                Bracketed(left, rank).fmt(f)?;
                write!(f, " {sign} ")?;
                Bracketed(right, rank.saturating_add(1)).fmt(f)
            }
            ExprKind::Negative(inner) => write!(f, "-{}", Bracketed(inner, u8::MAX)),
            ExprKind::Not(inner) => write!(f, "~{}", Bracketed(inner, u8::MAX)),
            ExprKind::List(items) => {
                f.write_char('[')?;
                join(f, items, ", ")?;
                f.write_char(']')
            }
            ExprKind::Record(entries) => {
                f.write_char('{')?;
                join(f, entries, ", ")?;
                f.write_char('}')
            }
            ExprKind::Function(name, arguments) => {
                write!(f, "{name}(")?;
                join(f, arguments, ", ")?;
                f.write_char(')')
            }
        }
    }
}

/// An expression, in brackets if it binds less than a rank.
struct Bracketed<'e>(&'e Expr, u8);

impl Display for Bracketed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ExprKind::Binary(operator, ..) if binding(*operator).1 < self.1 => write!(f, "({})", self.0),
            _ => self.0.fmt(f),
        }
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            f.write_str(name)?;
            self.count.as_ref().map_or(Ok(()), |count| write!(f, "({count})"))?;
            f.write_char('=')?;
        }
        self.value.fmt(f)
    }
}
