//! The words of BPF, as tcpdump reads them, put into the language of display filters.
//!
//! `and` and `or` bind alike, from the left. What was said of a value goes on for the next: `tcp port 80 or 443`.

mod bytes;

use std::net::IpAddr;

use crate::field::Mac;
use crate::filter::BadFilter;
use crate::filter::catalogue::Subject;
use crate::filter::literal;
use crate::filter::token::{Token, TokenKind, tokens};
use crate::names::{EtherType, IpProtocol, service};
use crate::near::nearest;

/// Brackets and negations in each other, at most.
const DEEPEST: usize = 48;

/// The protocols that are words, and what a display filter calls them.
const PROTOCOLS: &[(&str, &str)] = &[
    ("ether", "eth"),
    ("ip", "ip"),
    ("ip6", "ipv6"),
    ("arp", "arp"),
    ("tcp", "tcp"),
    ("udp", "udp"),
    ("icmp", "icmp"),
    ("icmp6", "icmpv6"),
    ("sctp", "sctp"),
    ("igmp", "igmp"),
    ("ah", "ah"),
];

/// The other words.
const WORDS: &[&str] = &[
    "host",
    "net",
    "port",
    "portrange",
    "src",
    "dst",
    "proto",
    "vlan",
    "broadcast",
    "multicast",
    "less",
    "greater",
    "and",
    "or",
    "not",
];

/// What is said of a value before it.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// As a display filter calls it.
    protocol: Option<&'static str>,
    direction: Direction,
    kind: Option<What>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Direction {
    #[default]
    Either,
    Source,
    Destination,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
}

/// The display filter that says what these words say.
///
/// # Errors
/// [`BadFilter`] at what is no word of BPF, or stands where it cannot.
pub(super) fn to_display(text: &str) -> Result<String, BadFilter> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0, end: text.len(), depth: 0, said: Said::default() };
    let display = reader.row()?;
    match reader.peek() {
        None => Ok(display),
        Some(TokenKind::Sign("&")) => Err(reader.bad("one & tests bits of a number; for and, write &&")),
        Some(TokenKind::Sign("|")) => Err(reader.bad("one | has no meaning here; for or, write ||")),
        Some(_) => Err(reader.bad("'and', 'or' or the end was expected here")),
    }
}

/// Words of BPF that are not read.
const UNREAD: &[&str] =
    &["gateway", "inbound", "outbound", "ifname", "protochain", "pppoes", "pppoed", "wlan", "decnet"];

/// Whether a text is meant as words of BPF: it has some that display filters have not, and no name of a field.
pub(super) fn are_meant(text: &str) -> bool {
    let Ok(tokens) = tokens(text) else { return false };
    let mut words = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::Word(word) => Some(word),
        _ => None,
    });
    let shared = ["vlan", "and", "or", "not"];
    let is_field =
        |word: &str| word.contains('.') && word.starts_with(|first: char| first.is_ascii_alphabetic());
    let own = |word: &&str| !shared.contains(word) && (WORDS.contains(word) || UNREAD.contains(word));
    words.clone().any(|word| own(&word)) && !words.any(is_field)
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    end: usize,
    depth: usize,
    said: Said,
}

type Text = Result<String, BadFilter>;

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t TokenKind<'t>> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn word(&self) -> Option<&'t str> {
        match self.peek() {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn bad(&self, message: impl Into<String>) -> BadFilter {
        let span = self.tokens.get(self.at).map_or(self.end..self.end, |token| token.span.clone());
        let mut bad = BadFilter::new(span, message);
        if let Some(word) = self.word().filter(|word| !is_value(word) && !WORDS.contains(word)) {
            bad.suggestions = nearest(word, WORDS.iter().copied());
        }
        bad
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let there = match self.peek() {
            Some(TokenKind::Word(word)) => words.contains(word),
            Some(TokenKind::Sign(sign)) => words.contains(sign),
            _ => false,
        };
        if there {
            self.advance();
        }
        there
    }

    fn row(&mut self) -> Text {
        let (mut left, mut joined) = (self.one()?, "");
        loop {
            let word = match (self.take(&["and", "&&"]), self.take(&["or", "||"])) {
                (true, false) => "and",
                (false, true) => "or",
                (false, false) => return Ok(left),
                (true, true) => return Err(self.bad("a primitive such as 'host 10.0.0.1' was expected here")),
            };
            let right = self.one()?;
            left = match joined {
                before if before.is_empty() || before == word => format!("{left} {word} {right}"),
                _ => format!("({left}) {word} {right}"),
            };
            joined = word;
        }
    }

    fn one(&mut self) -> Text {
        if self.depth >= DEEPEST {
            return Err(
                self.bad(format!("brackets and negations lie in each other more than {DEEPEST} deep"))
            );
        }
        self.depth = self.depth.saturating_add(1);
        let result = if self.take(&["not", "!"]) {
            self.one().map(|inner| format!("not {inner}"))
        } else if self.take(&["("]) {
            let inner = self.row()?;
            if !self.take(&[")"]) {
                return Err(self.bad("a ) is missing here"));
            }
            Ok(format!("({inner})"))
        } else {
            self.primitive()
        };
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn primitive(&mut self) -> Text {
        let mut said = Said::default();
        let start = self.at;
        let mut name = "";
        if let Some((word, display)) = self.word().and_then(protocol_of) {
            (said.protocol, name) = (Some(display), word);
            self.advance();
            if self.take(&["["]) {
                return self.bytes(display);
            }
        }
        said.direction = self.direction();
        let kinds: [(&[&str], What); 5] = [
            (&["host"], What::Host),
            (&["net"], What::Net),
            (&["port"], What::Port),
            (&["portrange"], What::PortRange),
            (&["proto"], What::Protocol),
        ];
        said.kind = kinds.iter().find(|(words, _)| self.take(words)).map(|(_, kind)| *kind);
        if said.direction == Direction::Either && said.kind.is_none() {
            if let Some(done) = self.special(said.protocol)? {
                return Ok(done);
            }
            if let Some(protocol) = said.protocol {
                if name == "ether" || Subject::find(protocol).is_none() {
                    self.at = start;
                    return Err(self.bad(format!("'{name}' does not stand alone here")));
                }
                return Ok(protocol.to_owned());
            }
        }
        if self.at == start {
            // A value alone goes on with what was said of the one before.
            if let Some(word) = self.word().filter(|word| !is_value(word)) {
                if UNREAD.contains(&word) {
                    return Err(self.bad(format!("'{word}' is a word of BPF that is not read here")));
                }
                let mut bad = self.bad(format!("'{word}' is no word of BPF"));
                let words = PROTOCOLS.iter().map(|(word, _)| *word).chain(WORDS.iter().copied());
                bad.suggestions = nearest(word, words);
                return Err(bad);
            }
            said = self.said;
        }
        if said.kind.is_none() && said.direction != Direction::Either {
            said.kind = Some(What::Host);
        }
        let Some(kind) = said.kind else {
            return Err(self.bad("a word of BPF such as 'host', 'net', 'port' or 'tcp' was expected here"));
        };
        let display = match kind {
            What::Host | What::Net => self.address(said, kind)?,
            What::Port | What::PortRange => self.port(said, kind)?,
            What::Protocol => self.protocol(said.protocol)?,
        };
        self.said = said;
        Ok(display)
    }

    fn direction(&mut self) -> Direction {
        let next = |at: usize| match self.tokens.get(self.at.saturating_add(at)).map(|token| &token.kind) {
            Some(TokenKind::Word(word)) => *word,
            _ => "",
        };
        let (found, length) = match (next(0), next(1), next(2)) {
            ("src", "or", "dst") | ("dst", "or", "src") => (Direction::Either, 3),
            ("src", "and", "dst") | ("dst", "and", "src") => (Direction::Both, 3),
            ("src", ..) => (Direction::Source, 1),
            ("dst", ..) => (Direction::Destination, 1),
            _ => (Direction::Either, 0),
        };
        self.at = self.at.saturating_add(length);
        found
    }

    /// `broadcast`, `vlan 5`, `less 100` and the like.
    fn special(&mut self, protocol: Option<&str>) -> Result<Option<String>, BadFilter> {
        let fixed = match (protocol, self.word()) {
            (None | Some("eth"), Some("broadcast")) => "eth.dst == ff:ff:ff:ff:ff:ff",
            (None | Some("eth"), Some("multicast")) => "eth.dst.ig == 1",
            (Some("ip"), Some("broadcast")) => "ip.dst == 255.255.255.255",
            (Some("ip"), Some("multicast")) => "ip.dst == 224.0.0.0/4",
            (Some("ipv6"), Some("multicast")) => "ipv6.dst == ff00::/8",
            (None, Some(word @ ("less" | "greater"))) => {
                let relation = if word == "less" { "<=" } else { ">=" };
                self.advance();
                return Ok(Some(format!("frame.len {relation} {}", self.number(u32::MAX)?)));
            }
            (None, Some("vlan")) => {
                self.advance();
                let is_number = self.word().is_some_and(|word| literal::number(word).is_some());
                return Ok(Some(if is_number {
                    format!("vlan.id == {}", self.number(4095)?)
                } else {
                    "vlan".to_owned()
                }));
            }
            _ => return Ok(None),
        };
        self.advance();
        Ok(Some(fixed.to_owned()))
    }

    fn number(&mut self, most: u32) -> Result<u32, BadFilter> {
        let number = self.word().and_then(literal::number).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= most);
        let number = number.ok_or_else(|| self.bad(format!("a number up to {most} was expected here")))?;
        self.advance();
        Ok(number)
    }

    fn address(&mut self, said: Said, kind: What) -> Text {
        let Some(word) = self.word() else { return Err(self.bad("an address was expected here")) };
        if said.protocol == Some("eth") {
            let Ok(mac) = word.parse::<Mac>() else {
                return Err(self.bad("an Ethernet address such as 02:00:00:00:00:0a was expected here"));
            };
            self.advance();
            return Ok(either(said.direction, &[("eth", "addr", "src", "dst")], &format!("== {mac}")));
        }
        let (address, prefix) = word.split_once('/').unwrap_or((word, ""));
        let (address, short) = match kind {
            What::Net => filled(address),
            _ => (address.to_owned(), None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(self.bad("an IP address was expected here; names are not looked up"));
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match (prefix, short, kind) {
            ("", None, _) => None,
            ("", short, _) => short,
            (prefix, _, What::Net) => {
                let length = prefix.parse::<u8>().ok().filter(|length| *length <= most);
                Some(length.ok_or_else(|| self.bad(format!("the length of a prefix is 0 to {most}")))?)
            }
            _ => return Err(self.bad("a host has no prefix; 'net' is the word for one that has")),
        };
        self.advance();
        let value = match (prefix, kind == What::Net && self.take(&["mask"])) {
            (None, true) => {
                let mask = self
                    .word()
                    .and_then(|word| word.parse::<std::net::Ipv4Addr>().ok())
                    .map(|mask| mask.to_bits());
                let length =
                    mask.filter(|mask| mask.leading_ones().saturating_add(mask.trailing_zeros()) >= 32);
                let length = length
                    .ok_or_else(|| self.bad("a mask such as 255.255.0.0 was expected here"))?
                    .leading_ones();
                self.advance();
                format!("== {address}/{length}")
            }
            (Some(prefix), _) => format!("== {address}/{prefix}"),
            (None, false) => format!("== {address}"),
        };
        const IP: (&str, &str, &str, &str) = ("ip", "addr", "src", "dst");
        const ARP: (&str, &str, &str, &str) = ("arp", "", "src.proto_ipv4", "dst.proto_ipv4");
        const IPV6: (&str, &str, &str, &str) = ("ipv6", "addr", "src", "dst");
        let fields: &[_] = match (said.protocol, address) {
            (None, IpAddr::V4(_)) => &[IP, ARP],
            (Some("ip"), IpAddr::V4(_)) => &[IP],
            (Some("arp"), IpAddr::V4(_)) => &[ARP],
            (None | Some("ipv6"), IpAddr::V6(_)) => &[IPV6],
            (Some(protocol @ ("tcp" | "udp" | "icmp" | "sctp" | "igmp")), IpAddr::V4(_)) => {
                return Ok(format!("({protocol} and {})", either(said.direction, &[IP], &value)));
            }
            (Some(protocol), _) => {
                let at = self.at.saturating_sub(1);
                self.at = at;
                return Err(self.bad(format!("this is no address of {protocol}")));
            }
        };
        Ok(either(said.direction, fields, &value))
    }

    fn port(&mut self, said: Said, kind: What) -> Text {
        let Some(word) = self.word() else { return Err(self.bad("a port was expected here")) };
        let protocols: &[&str] = match said.protocol {
            None if Subject::find("sctp.port").is_some() => &["tcp", "udp", "sctp"],
            None => &["tcp", "udp"],
            Some("tcp") => &["tcp"],
            Some("udp") => &["udp"],
            Some("sctp") => &["sctp"],
            Some(other) => return Err(self.bad(format!("{other} has no ports"))),
        };
        let value = match kind {
            What::PortRange => {
                let (from, to) = word.split_once('-').unwrap_or((word, word));
                match (port_of(from), port_of(to)) {
                    (Some(from), Some(to)) if from <= to => format!("in {{{from}..{to}}}"),
                    _ => return Err(self.bad("a range of ports such as 8000-8080 was expected here")),
                }
            }
            _ => match port_of(word) {
                Some(port) => format!("== {port}"),
                None => {
                    return Err(
                        self.bad("a port was expected here: a number up to 65535, or a name such as domain")
                    );
                }
            },
        };
        self.advance();
        let fields: Vec<_> =
            protocols.iter().map(|protocol| (*protocol, "port", "srcport", "dstport")).collect();
        Ok(either(said.direction, &fields, &value))
    }

    /// The value of `ip proto` and `ether proto`.
    fn protocol(&mut self, protocol: Option<&str>) -> Text {
        let word = self.word().map(|word| word.trim_start_matches('\\'));
        let number = word.and_then(literal::number);
        let named = |names: &dyn Fn(u16) -> Option<&'static str>, last: u16| {
            let wanted = word.map(|word| match protocol_of(word) {
                Some((_, "icmpv6")) => "ipv6icmp",
                Some((_, display)) => display,
                None => word,
            });
            let plain = |name: &str| name.to_ascii_lowercase().replace('-', "");
            (0..=last)
                .find(|value| names(*value).zip(wanted).is_some_and(|(name, wanted)| plain(name) == wanted))
                .map(i128::from)
        };
        let display = match protocol {
            Some("eth") => {
                let value = number.or_else(|| match word {
                    Some("ip") => Some(i128::from(EtherType::IPV4.0)),
                    _ => named(&|value| EtherType(value).name(), u16::MAX),
                });
                value.map(|value| format!("eth.type == {value}"))
            }
            Some("ip" | "ipv6") | None => {
                let value =
                    number.or_else(|| named(&|value| IpProtocol(u8::try_from(value).ok()?).name(), 255));
                value.filter(|value| *value < 256).map(|value| match protocol {
                    Some("ip") => format!("ip.proto == {value}"),
                    Some(_) => format!("ipv6.nxt == {value}"),
                    None => format!("(ip.proto == {value} or ipv6.nxt == {value})"),
                })
            }
            Some(_) => None,
        };
        let display = display
            .ok_or_else(|| self.bad("a protocol was expected here: its number, or a name such as tcp"))?;
        self.advance();
        Ok(display)
    }
}

/// The word for a protocol, and what a display filter calls it.
fn protocol_of(word: &str) -> Option<(&'static str, &'static str)> {
    PROTOCOLS.iter().copied().find(|(known, _)| *known == word)
}

/// Whether a word can stand for a host, a net or a port.
fn is_value(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit()) || word.contains(':') || port_of(word).is_some()
}

/// A port by its number or its name.
fn port_of(word: &str) -> Option<u16> {
    let named = |name: &str| {
        let is_it = |port: &u16| {
            [IpProtocol::TCP, IpProtocol::UDP].iter().any(|over| service(*port, *over) == Some(name))
        };
        (0..=u16::MAX).find(is_it)
    };
    word.parse().ok().or_else(|| named(word))
}

/// The beginning of an IPv4 address, filled up with zeros, and how long it was.
fn filled(text: &str) -> (String, Option<u8>) {
    let parts = text.split('.').count();
    let is_part = parts < 4 && text.split('.').all(|part| part.parse::<u8>().is_ok());
    match is_part {
        true => (
            format!("{text}{}", ".0".repeat(4usize.saturating_sub(parts))),
            u8::try_from(parts.saturating_mul(8)).ok(),
        ),
        false => (text.to_owned(), None),
    }
}

/// A comparison with the field of each protocol that the direction names; the names are either, source, destination.
fn either(direction: Direction, fields: &[(&str, &str, &str, &str)], value: &str) -> String {
    let mut parts = Vec::new();
    for (protocol, any, source, destination) in fields {
        let one = |name: &str| format!("{protocol}.{name} {value}");
        match direction {
            Direction::Source => parts.push(one(source)),
            Direction::Destination => parts.push(one(destination)),
            Direction::Both if fields.len() == 1 => {
                return format!("({} and {})", one(source), one(destination));
            }
            Direction::Both => parts.push(format!("({} and {})", one(source), one(destination))),
            Direction::Either if any.is_empty() => parts.extend([one(source), one(destination)]),
            Direction::Either => parts.push(one(any)),
        }
    }
    if let [only] = parts.as_slice() { only.clone() } else { format!("({})", parts.join(" or ")) }
}
