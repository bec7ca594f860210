//! Kinds of applications: what each can have, and what it says of itself.

use core::time::Duration;
use std::net::SocketAddr;

use super::{Of, Task, address};
use crate::mistake::Mistake;
use crate::names::DnsType;
use crate::sim::scenario::node::name_server;
use crate::sim::scenario::value::Text;
use crate::stack::service::dns::{Domain, Upstream};
use crate::stack::service::errand::{
    Bulk, Echo, Get, Listen, Lookup, Method, Over, Pattern, Ping, Probe, Request, Respond, Say, Source,
    Traceroute,
};
use crate::stack::service::http::client::Request as HttpRequest;

/// Figures of every application.
pub(super) const FIGURES: &[&str] =
    &["bytes", "sent_bytes", "errors", "began", "connected", "first", "done", "rate"];

/// A kind of application.
pub(in crate::sim::scenario) struct AppKind {
    pub name: &'static str,
    /// What it can have besides [`COMMON`].
    pub keys: &'static [&'static str],
    /// Its figures besides [`FIGURES`].
    pub figures: &'static [&'static str],
    pub(super) read: for<'t> fn(&mut Of<'_, 't>) -> Option<Task>,
}

const ROUND_TRIPS: &[&str] =
    &["sent", "received", "lost", "duplicates", "reordered", "rtt_min", "rtt_mean", "rtt_max"];

/// All kinds.
pub(in crate::sim::scenario) const KINDS: &[AppKind] = &[
    AppKind {
        name: "ping",
        keys: &["to", "ipv6", "count", "interval", "size", "ttl", "wait"],
        figures: ROUND_TRIPS,
        read: ping,
    },
    AppKind {
        name: "traceroute",
        keys: &["to", "ipv6", "most", "method", "port", "tries", "wait"],
        figures: &["sent", "received", "lost", "hops", "reached", "rtt_min", "rtt_mean", "rtt_max"],
        read: traceroute,
    },
    AppKind {
        name: "echo",
        keys: &["to", "ipv6", "port", "count", "interval", "size", "wait"],
        figures: ROUND_TRIPS,
        read: echo,
    },
    AppKind {
        name: "udp",
        keys: &["to", "ipv6", "port", "size", "rate", "interval", "pattern", "busy", "idle", "count", "for"],
        figures: &["sent"],
        read: udp,
    },
    AppKind {
        name: "say",
        keys: &["to", "ipv6", "port", "over", "messages", "every"],
        figures: &["sent"],
        read: say,
    },
    AppKind {
        name: "listen",
        keys: &["port", "over", "read", "every", "keep"],
        figures: &[
            "messages",
            "reads",
            "connections",
            "lost",
            "reordered",
            "duplicates",
            "delay_min",
            "delay_mean",
            "delay_max",
            "jitter",
        ],
        read: listen,
    },
    AppKind {
        name: "bulk",
        keys: &["to", "ipv6", "port", "bytes", "for"],
        figures: &["acknowledged", "retransmissions", "timeouts", "cwnd", "srtt"],
        read: bulk,
    },
    AppKind {
        name: "request",
        keys: &["to", "ipv6", "port", "request", "response", "count", "think"],
        figures: &["sent", "received", "rtt_min", "rtt_mean", "rtt_max"],
        read: request,
    },
    AppKind {
        name: "respond",
        keys: &["port", "request", "response"],
        figures: &["connections", "received", "sent"],
        read: respond,
    },
    AppKind {
        name: "lookup",
        keys: &["query", "type", "server"],
        figures: &["sent", "received", "answers", "rtt_min", "rtt_mean", "rtt_max"],
        read: lookup,
    },
    AppKind {
        name: "get",
        keys: &["url", "to", "ipv6", "count", "interval", "server"],
        figures: &["sent", "received", "status", "rtt_min", "rtt_mean", "rtt_max"],
        read: get,
    },
    AppKind {
        name: "probe",
        keys: &["to", "ipv6", "ports", "over", "wait"],
        figures: &["open", "closed", "silent", "rtt_min", "rtt_mean", "rtt_max"],
        read: probe,
    },
];

/// Of anything that is counted, at most.
const MANY: u64 = 1 << 40;

fn ping(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut ping = Ping::new(of.to()?);
    ping.count = of.number("count", 1..=MANY).unwrap_or(3);
    ping.interval = of.span("interval").unwrap_or(ping.interval);
    ping.size = of.number("size", 0..=65_507).unwrap_or(ping.size);
    ping.hop_limit = of.number("ttl", 1..=255).or(ping.hop_limit);
    ping.wait = of.span("wait").unwrap_or(ping.wait);
    Some(Task::Ping(ping))
}

fn traceroute(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut traceroute = Traceroute::new(of.to()?);
    traceroute.most = of.number("most", 1..=255).unwrap_or(traceroute.most);
    let port = of.port(80);
    let methods = [("udp", Method::Udp), ("icmp", Method::Icmp), ("tcp", Method::Tcp(port))];
    traceroute.method = of.word("method", &methods).unwrap_or_default();
    traceroute.tries = of.number("tries", 1..=10).unwrap_or(traceroute.tries);
    traceroute.wait = of.span("wait").unwrap_or(traceroute.wait);
    Some(Task::Traceroute(traceroute))
}

fn echo(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut echo = Echo::new(of.target(Some(7))?);
    echo.count = of.number("count", 1..=MANY).unwrap_or(echo.count);
    echo.interval = of.span("interval").unwrap_or(echo.interval);
    echo.size = of.number("size", 20..=65_507).unwrap_or(echo.size);
    echo.wait = of.span("wait").unwrap_or(echo.wait);
    Some(Task::Echo(echo))
}

fn udp(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut source = Source::new(of.target(Some(5000))?);
    source.size = of.number("size", 0..=65_507).unwrap_or(source.size);
    source.count = of.number("count", 1..=MANY);
    source.span = of.span("for");
    let (rate, interval) = (of.rate("rate"), of.span("interval"));
    let [busy, idle] = ["busy", "idle"].map(|key| of.span(key));
    let bits = (source.size as u64).saturating_mul(8);
    let mean = interval.or_else(|| {
        let nanoseconds = u128::from(bits) * 1_000_000_000 / u128::from(rate?);
        Some(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)))
    });
    let pattern = of.word("pattern", &[("constant", 0), ("on-off", 1), ("poisson", 2)]).unwrap_or(0);
    if rate.is_some() && interval.is_some() {
        return of.missing("rate and interval say the same", "write one of them");
    }
    source.pattern = match (pattern, rate, interval) {
        (0, Some(rate), _) => Pattern::Rate(rate),
        (0, None, Some(interval)) => Pattern::Every(interval),
        (0, None, None) => source.pattern,
        (1, Some(rate), _) => Pattern::OnOff {
            rate,
            on: busy.unwrap_or(Duration::from_secs(1)),
            off: idle.unwrap_or(Duration::from_secs(1)),
        },
        (1, ..) => {
            return of.missing(
                "how fast, while it sends?",
                "write rate = \"1Mbit\", busy = \"1s\", idle = \"1s\"",
            );
        }
        _ => match mean {
            Some(mean) => Pattern::Poisson { mean, seed: 0 },
            None => {
                return of
                    .missing("how often, on average?", "write interval = \"10ms\", or rate = \"1Mbit\"");
            }
        },
    };
    if pattern != 1 && (busy.is_some() || idle.is_some()) {
        return of.missing("busy and idle are of the pattern on-off", "write pattern = \"on-off\"");
    }
    Some(Task::Udp(source))
}

fn say(of: &mut Of<'_, '_>) -> Option<Task> {
    let to = of.target(Some(5000));
    let Some(value) = of.table.get("messages") else {
        return of.missing("what is to be said?", "write messages = [\"one\", \"two\"]");
    };
    let messages: Vec<&[u8]> = of.reader.texts(value).into_iter().map(|text| text.text.as_bytes()).collect();
    let mut say = Say::new(to?, messages);
    say.over = of.over().unwrap_or(say.over);
    say.every = of.span("every").unwrap_or(say.every);
    Some(Task::Say(say))
}

fn listen(of: &mut Of<'_, '_>) -> Option<Task> {
    let reading = (of.number("read", 1..=1usize << 30), of.span("every"));
    let reading = match reading {
        (None, None) => None,
        (Some(bytes), every) => Some((bytes, every.unwrap_or(Duration::from_millis(100)))),
        (None, Some(_)) => return of.missing("how much is read each time?", "write read = 1000, in bytes"),
    };
    let keep = of.table.get("keep").and_then(|value| of.reader.flag(value)).unwrap_or(false);
    let over = of.over().unwrap_or_default();
    Some(Task::Listen(Listen { port: of.port(5000), over, reading, keep }))
}

fn bulk(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut bulk = Bulk::new(of.target(Some(5000))?);
    let (bytes, span) = (of.number("bytes", 1..=MANY), of.span("for"));
    if bytes.is_some() || span.is_some() {
        (bulk.bytes, bulk.span) = (bytes, span);
    }
    Some(Task::Bulk(bulk))
}

fn request(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut request = Request::new(of.target(Some(5000))?);
    request.request = of.number("request", 1..=1 << 30).unwrap_or(request.request);
    request.response = of.number("response", 1..=1 << 30).unwrap_or(request.response);
    request.count = of.number("count", 1..=MANY).unwrap_or(request.count);
    request.think = of.span("think").unwrap_or(request.think);
    Some(Task::Request(request))
}

fn respond(of: &mut Of<'_, '_>) -> Option<Task> {
    let mut respond = Respond::new(of.port(5000));
    respond.request = of.number("request", 1..=1 << 30).unwrap_or(respond.request);
    respond.response = of.number("response", 0..=1 << 30).unwrap_or(respond.response);
    Some(Task::Respond(respond))
}

fn probe(of: &mut Of<'_, '_>) -> Option<Task> {
    let to = of.to();
    let Some(value) = of.table.get("ports") else {
        return of.missing("which ports?", "write ports = [22, 80, 443]");
    };
    let values = of.reader.list(value);
    let ports: Vec<u16> = values.into_iter().filter_map(|port| of.reader.number(port, 1..=65_535)).collect();
    let mut probe = Probe::new(to?, ports);
    probe.over = of.over().unwrap_or(Over::Tcp);
    probe.wait = of.span("wait").unwrap_or(probe.wait);
    Some(Task::Probe(probe))
}

/// Types of records by their names.
const TYPES: &[(&str, DnsType)] = &[
    ("A", DnsType::A),
    ("AAAA", DnsType::AAAA),
    ("CNAME", DnsType::CNAME),
    ("MX", DnsType::MX),
    ("NS", DnsType::NS),
    ("PTR", DnsType::PTR),
    ("SOA", DnsType::SOA),
    ("SRV", DnsType::SRV),
    ("TXT", DnsType::TXT),
];

/// Whom to ask, if that is said.
fn upstream(of: &mut Of<'_, '_>) -> Option<Upstream> {
    let value = of.table.get("server")?;
    let texts = of.reader.texts(value);
    let nodes = of.nodes;
    let server =
        |text: Text<'_>| nodes.iter().any(|node| text.text.split(':').next() == Some(node.name.as_str()));
    let servers = texts.into_iter().filter_map(|text| match server(text) {
        true => address(of.reader, nodes, text, None).map(|address| SocketAddr::new(address, 53)),
        false => name_server(of.reader, text),
    });
    Some(Upstream::Servers(servers.collect()))
}

fn lookup(of: &mut Of<'_, '_>) -> Option<Task> {
    let upstream = upstream(of);
    let Some(value) = of.table.get("query") else {
        return of.missing("what name is looked for?", "write query = \"www.example.\"");
    };
    let text = of.reader.text(value)?;
    let mut lookup = Lookup::new(of.reader.parse::<Domain>(text, "name", "\"www.example.\"")?);
    if let Some(value) = of.table.get("type") {
        lookup.types.clear();
        for text in of.reader.texts(value) {
            match TYPES.iter().find(|(name, _)| text.text.eq_ignore_ascii_case(name)) {
                Some((_, record_type)) => lookup.types.push(*record_type),
                None => {
                    let names = TYPES.iter().map(|(name, _)| *name);
                    let all = names.clone().collect::<Vec<_>>().join(", ");
                    let mistake =
                        Mistake::new(text.range(), "this is no type of records that is asked for here");
                    of.reader
                        .mistakes
                        .push(mistake.hint(format!("the types are {all}")).like(text.text, names));
                }
            }
        }
    }
    lookup.upstream = upstream;
    Some(Task::Lookup(lookup))
}

fn get(of: &mut Of<'_, '_>) -> Option<Task> {
    let upstream = upstream(of);
    let to = of.table.get("to").is_some().then(|| of.to());
    let Some(value) = of.table.get("url") else {
        return of.missing("which page?", "write url = \"http://www.example/\", or with an address; to = \"b\" if the name is known to nobody");
    };
    let text = of.reader.text(value)?;
    let request = match text.text.parse::<HttpRequest>() {
        Ok(request) => request,
        Err(error) => {
            of.reader.wrong(text.range(), error.to_string());
            return None;
        }
    };
    let port = request.server().1;
    let mut get = Get::new(request);
    get.to = match to {
        Some(to) => Some(SocketAddr::new(to?, port)),
        None => None,
    };
    get.count = of.number("count", 1..=MANY).unwrap_or(get.count);
    get.interval = of.span("interval").unwrap_or(get.interval);
    get.upstream = upstream;
    Some(Task::Get(get))
}
