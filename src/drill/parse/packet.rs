//! Packets: what is said of the headers around them, and of IP; datagrams of UDP; numbers.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::expression::Edge;
use super::token::{Kind, short};
use super::{Parser, Span, like};
use crate::drill::script::{
    Body, Echoed, Expr, ExprKind, Ip, Number, NumberKind, Outer, Packet, Ports, Traffic,
};
use crate::mistake::Mistake;

/// Headers that can stand around a packet.
const OUTER: [&str; 5] = ["ipv4", "ipv6", "gre", "mpls", "psp"];

/// What can be said of an IP header.
const IP: [&str; 8] = ["ect0", "ect1", "ce", "noecn", "ect01", "tos", "ttl", "flowlabel"];

/// Pieces of what is said of a header around a packet, at most.
const LONGEST_OUTER: usize = 64;

const FLOW_LABEL_MOST: i64 = 0xf_ffff;

/// What a UDP header counts at most, itself aside.
const UDP_MOST: i64 = 65_527;

/// The packet that an ICMP message is about, where it stands before the message.
type About = Option<(Echoed, Span)>;

impl Parser<'_> {
    /// A packet with its direction before it.
    pub fn packet(&mut self, is_expected: bool) -> Result<Packet, Mistake> {
        let start = self.advance().span.start;
        self.may_capture = is_expected;
        let (mut outer, mut ip, mut about) = (Vec::new(), Ip::default(), None);
        loop {
            match self.peek() {
                Kind::Sign("(" | "[") => self.bracket(&mut ip, &mut about)?,
                Kind::Word(name) if OUTER.contains(name) => outer.push(self.outer()?),
                _ => break,
            }
        }
        let body = self.body(&mut about)?;
        self.may_capture = false;
        if let Some((_, span)) = about {
            return Err(Mistake::new(span, "only a message of ICMP is about another packet"));
        }
        Ok(Packet { outer, ip, body, span: self.from(start) })
    }

    fn body(&mut self, about: &mut About) -> Result<Body, Mistake> {
        let ports = if self.is_number() { Some(self.ports()?) } else { None };
        match self.peek() {
            Kind::Word("udp") => self.udp(ports),
            Kind::Word("icmp") => match ports {
                None => self.icmp(about.take()).map(Body::Icmp),
                Some(_) => Err(Mistake::new(self.span(), "ICMP has no ports")),
            },
            _ => self.segment(ports).map(Body::Tcp),
        }
    }

    fn ports(&mut self) -> Result<Ports, Mistake> {
        let source = self.number("a port", u16::MAX)?;
        if self.is(":") {
            return Err(Mistake::new(
                source.span,
                "the flags of a segment stand before its sequence numbers",
            )
            .hint("`.` is ACK alone, `-` is no flag: `. 1:1(0) ack 1`"));
        }
        self.expect(">", "`>` and the port of the destination")?;
        Ok(Ports { source, destination: self.number("a port", u16::MAX)? })
    }

    /// `udp (1000)`, with ports before it or behind it.
    fn udp(&mut self, mut ports: Option<Ports>) -> Result<Body, Mistake> {
        self.advance();
        if ports.is_none() && self.is_number() {
            let ports_of = self.ports();
            ports =
                Some(ports_of.map_err(|mistake| mistake.hint("a length stands in brackets: `udp (1000)`"))?);
        }
        Ok(Body::Udp { ports, length: self.length(UDP_MOST)? })
    }

    /// `(1000)`.
    pub fn length(&mut self, most: i64) -> Result<Number, Mistake> {
        self.expect("(", "the length of the data in brackets, such as (1000),")?;
        let length = self.number("a length", most)?;
        self.expect(")", "`)`")?;
        Ok(length)
    }

    /// `(ect0, ttl 64)`, or `[1:1461(1460)]`, which is what a message of ICMP is about.
    fn bracket(&mut self, ip: &mut Ip, about: &mut About) -> Result<(), Mistake> {
        let start = self.span().start;
        let close = if self.is("[") { "]" } else { ")" };
        self.advance();
        if close == "]" && (self.is_number() || self.is_word("udp")) {
            if about.is_some() {
                return Err(twice(self.span(), format_args!("what the message is about")));
            }
            *about = Some((self.echoed()?, self.from(start)));
            return Ok(());
        }
        loop {
            self.ip(ip)?;
            if self.take(close) {
                return Ok(());
            }
            // Commas between them, or nothing.
            if !self.take(",") && self.word().is_none() {
                return Err(self.unexpected(&format!("a comma or `{close}`")));
            }
        }
    }

    /// One thing that is said of the IP header.
    fn ip(&mut self, ip: &mut Ip) -> Result<(), Mistake> {
        let span = self.span();
        let what = self.word().unwrap_or_default();
        if !IP.contains(&what) {
            return Err(self.unknown(
                "what is said of the IP header, such as ect0, tos 0x10 or ttl 64,",
                IP.into_iter(),
            ));
        }
        let is_expected = self.may_capture;
        self.advance();
        let is_said = match what {
            "ttl" => ip.ttl.replace(self.number("a TTL", u8::MAX)?).is_some(),
            "flowlabel" => ip.flow_label.replace(self.number("a flow label", FLOW_LABEL_MOST)?).is_some(),
            _ => {
                let traffic = match what {
                    "tos" => Traffic::Tos(self.number("a TOS", u8::MAX)?),
                    "ect01" if !is_expected => {
                        let message = "a packet that comes to the host has one codepoint of ECN";
                        let mut mistake = Mistake::new(span, message);
                        mistake.suggestions = vec!["ect0".to_owned(), "ect1".to_owned()];
                        return Err(mistake);
                    }
                    "ect01" => Traffic::Ect01,
                    // RFC 3168 section 5.
                    "ect1" => Traffic::Ecn(1),
                    "ect0" => Traffic::Ecn(2),
                    "ce" => Traffic::Ecn(3),
                    _ => Traffic::Ecn(0),
                };
                ip.traffic.replace(traffic).is_some()
            }
        };
        match is_said {
            true if matches!(what, "ttl" | "flowlabel") => Err(twice(span, format_args!("`{what}`"))),
            true => Err(twice(span, format_args!("TOS, of which ECN is a part,"))),
            false => Ok(()),
        }
    }

    /// `ipv4 1.2.3.4 > 5.6.7.8:`, `gre:`, `mpls (16,0,[S],64):`.
    fn outer(&mut self) -> Result<Outer, Mistake> {
        let start = self.span().start;
        let name = self.word().unwrap_or_default();
        self.advance();
        let said = match name {
            "ipv4" | "ipv6" => self.addresses(name == "ipv6")?,
            _ => self.said()?,
        };
        Ok(Outer { name: name.to_owned(), said, span: self.from(start) })
    }

    /// Two addresses with `>` between them and a colon behind them; or that alone.
    fn addresses(&mut self, is_v6: bool) -> Result<String, Mistake> {
        if self.take(":") {
            return Ok(String::new());
        }
        let (source, has_ended) = self.address(is_v6)?;
        if has_ended || !self.take(">") {
            return Err(self.unexpected("`>` and the address of the destination"));
        }
        let (destination, has_ended) = self.address(is_v6)?;
        if !has_ended {
            self.expect(":", "`:` behind the header around the packet")?;
        }
        Ok(format!("{source} > {destination}"))
    }

    /// An address; and whether the colon was taken that ends the header, since one can belong to an address too.
    fn address(&mut self, is_v6: bool) -> Result<(String, bool), Mistake> {
        let start = self.span().start;
        let mut text = String::new();
        let is_part = |kind: &Kind<'_>| match kind {
            Kind::Word(_) | Kind::Number(_) | Kind::Sign(".") => true,
            Kind::Sign(sign) => is_v6 && *sign == ":",
            _ => false,
        };
        while is_part(self.peek()) && (text.is_empty() || self.token.glued) {
            text.push_str(&self.advance().kind.to_string());
        }
        if text.is_empty() {
            return Err(self.unexpected("an address"));
        }
        let reads = |text: &str| match is_v6 {
            true => text.parse::<Ipv6Addr>().is_ok(),
            false => text.parse::<Ipv4Addr>().is_ok(),
        };
        if let Some(before) = text.strip_suffix(':').filter(|before| reads(before)) {
            return Ok((before.to_owned(), true));
        }
        match reads(&text) {
            true => Ok((text, false)),
            false => {
                let message = format!("`{}` is no address of IPv{}", short(&text), if is_v6 { 6 } else { 4 });
                Err(Mistake::new(self.from(start), message))
            }
        }
    }

    /// Whatever stands before a colon.
    fn said(&mut self) -> Result<String, Mistake> {
        let mut said = String::new();
        for _ in 0..LONGEST_OUTER {
            match self.peek() {
                Kind::Sign(":") => {
                    self.advance();
                    return Ok(said);
                }
                Kind::Word(_)
                | Kind::Number(_)
                | Kind::Sign("(" | ")" | "[" | "]" | "," | "=" | ">" | "." | "-") => {
                    if !said.is_empty() && !self.token.glued {
                        said.push(' ');
                    }
                    said.push_str(&self.advance().kind.to_string());
                }
                _ => break,
            }
        }
        Err(self.unexpected("`:` behind the header around the packet"))
    }

    /// Whether a number of a packet can begin here.
    pub fn is_number(&self) -> bool {
        match self.peek() {
            // A dot and a digit are flags.
            Kind::Number(text) => !text.starts_with('.'),
            Kind::Name(_) | Kind::Captured(_) | Kind::Sign("$(") => true,
            _ => false,
        }
    }

    /// A number of a packet.
    pub fn number(&mut self, what: &str, most: impl Into<i64>) -> Result<Number, Mistake> {
        let span = self.span();
        let value = match *self.peek() {
            Kind::Number(text) => {
                let value = self.integer(text)?;
                let most = most.into();
                if value > most {
                    return Err(Mistake::new(span, format!("{what} is at most {most}, not {}", short(text))));
                }
                NumberKind::Is(value)
            }
            Kind::Name(name) => {
                let name = Expr { kind: ExprKind::Name(name.to_owned()), span: span.clone() };
                NumberKind::Computed(Box::new(name))
            }
            Kind::Captured(name) => {
                self.is_capture_allowed()?;
                NumberKind::Captured(name.to_owned())
            }
            Kind::Sign("$(") => {
                self.advance();
                let may_capture = std::mem::replace(&mut self.may_capture, false);
                let inner = self.expression(Edge::Inside)?;
                self.may_capture = may_capture;
                self.expect(")", "an operator or `)`")?;
                return Ok(Number {
                    value: NumberKind::Computed(Box::new(inner)),
                    span: self.from(span.start),
                });
            }
            Kind::Sign("-") => return Err(Mistake::new(span, format!("{what} is never negative"))),
            Kind::Word(word) => {
                let word = short(word);
                let message = format!("{what} is expected here, not `{word}`");
                let hint = format!(
                    "`${word}` is what `let {word} = ...` names, and `-D {word}=...` defines the word"
                );
                return Err(Mistake::new(span, message).hint(hint));
            }
            _ => return Err(self.unexpected(what)),
        };
        self.advance();
        Ok(Number { value, span })
    }
}

/// Something is said that was said before.
pub(super) fn twice(span: Span, what: fmt::Arguments<'_>) -> Mistake {
    Mistake::new(span, format!("{what} is said twice"))
}

/// A word where a packet could begin: is it like the name of a protocol?
pub(super) fn no_packet(mistake: Mistake, word: &str) -> Mistake {
    like(mistake, word, OUTER.into_iter().chain(["udp", "icmp"]))
}
