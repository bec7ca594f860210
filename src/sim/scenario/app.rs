//! Applications of a scenario: what is done, by whom, when. `kinds`: what each kind can have.

mod kinds;

use core::ops::Range;
use core::time::Duration;
use std::net::{IpAddr, SocketAddr};

use super::link::unknown_node;
use super::node::name;
use super::value::{Reader, Table, Text, Value};
use super::{Kind, LinkPlan, NodePlan};
use crate::link::Rate;
use crate::mistake::Mistake;
use crate::sim::build::START;
use crate::stack::service::errand::{
    Bulk, Echo, Errand, Get, Listen, Lookup, Over, Pattern, Ping, Probe, Request, Respond, Say, Source,
    Traceroute,
};
use crate::stack::{Errno, Host, ServiceId};
use kinds::FIGURES;
pub(super) use kinds::KINDS;

/// What every application can have.
pub(super) const COMMON: &[&str] = &["on", "kind", "name", "at"];

/// An application.
#[derive(Clone, Debug)]
pub(in crate::sim) struct AppPlan {
    pub name: String,
    /// The node.
    pub on: usize,
    at: Duration,
    kind: usize,
    task: Task,
}

/// What it does.
#[derive(Clone, Debug)]
enum Task {
    Ping(Ping),
    Traceroute(Traceroute),
    Echo(Echo),
    Udp(Source),
    Say(Say),
    Listen(Listen),
    Bulk(Bulk),
    Request(Request),
    Respond(Respond),
    Probe(Probe),
    Lookup(Lookup),
    Get(Get),
}

impl AppPlan {
    /// As it is written.
    pub fn kind(&self) -> &'static str {
        KINDS.get(self.kind).map_or("", |kind| kind.name)
    }

    /// The names of its figures.
    pub fn figures(&self) -> Vec<&'static str> {
        let own = KINDS.get(self.kind).map(|kind| kind.figures).unwrap_or_default();
        own.iter().chain(FIGURES).copied().collect()
    }

    /// Starts it: it waits for its time. What is random in it comes from the seed.
    pub fn start(&self, host: &mut Host, seed: u64) -> Result<ServiceId, Errno> {
        let begin = START + self.at;
        let errand: Errand = match self.task.clone() {
            Task::Ping(ping) => ping.at(begin),
            Task::Traceroute(traceroute) => traceroute.at(begin),
            Task::Echo(echo) => echo.at(begin),
            Task::Udp(mut source) => {
                if let Pattern::Poisson { seed: of, .. } = &mut source.pattern {
                    *of = seed;
                }
                source.at(begin)
            }
            Task::Say(say) => say.at(begin),
            Task::Listen(listen) => listen.at(begin),
            Task::Bulk(bulk) => bulk.at(begin),
            Task::Request(request) => request.at(begin),
            Task::Respond(respond) => respond.at(begin),
            Task::Probe(probe) => probe.at(begin),
            Task::Lookup(lookup) => lookup.at(begin),
            Task::Get(get) => get.at(begin),
        };
        host.start(START, errand)
    }
}

/// All applications.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    nodes: &[NodePlan],
    links: &[LinkPlan],
    value: Value<'t>,
) -> Vec<AppPlan> {
    let mut apps: Vec<AppPlan> = Vec::new();
    for value in reader.list(value) {
        let Some(table) = reader.all(value, "an application") else { continue };
        if apps.len() >= APPS {
            reader.wrong(table.range(), format!("a scenario has at most {APPS} applications"));
            break;
        }
        let Some(kind) = kind(reader, table) else { continue };
        let Some(of) = KINDS.get(kind) else { continue };
        let keys: Vec<&str> = COMMON.iter().chain(of.keys).copied().collect();
        reader.check_keys(table, of.name, &keys);
        let on = node(reader, nodes, table);
        let at = table.get("at").and_then(|at| reader.span(at)).unwrap_or_default();
        let given = table.get("name").and_then(|value| reader.text(value)).filter(|text| name(reader, *text));
        let called = given.map_or(of.name, |text| text.text);
        let place = given.map_or_else(|| table.place_of("kind"), |text| text.range());
        let taken =
            nodes.iter().any(|node| node.name == called) || links.iter().any(|link| link.name == called);
        if taken || apps.iter().any(|app| app.name == called) {
            let hint = "figures are asked for by names: give each application one of its own, name = \"...\"";
            reader.wrong_do(place, format!("something is called {called} already"), hint);
        }
        let task = (of.read)(&mut Of { reader, nodes, table });
        if let (Some(on), Some(task)) = (on, task) {
            apps.push(AppPlan { name: called.to_owned(), on, at, kind, task });
        }
    }
    apps
}

fn kind<'t>(reader: &mut Reader<'t>, table: Table<'t>) -> Option<usize> {
    let names = || KINDS.iter().map(|kind| kind.name);
    let all = names().collect::<Vec<_>>().join(", ");
    let Some(value) = table.get("kind") else {
        reader.wrong_do(
            table.range(),
            "what does this application do?",
            format!("write kind = \"ping\"; the kinds are {all}"),
        );
        return None;
    };
    let text = reader.text(value)?;
    let found = names().position(|name| name == text.text);
    if found.is_none() {
        let mistake = Mistake::new(text.range(), format!("there is no kind of application {:?}", text.text));
        reader.mistakes.push(mistake.hint(format!("the kinds are {all}")).like(text.text, names()));
    }
    found
}

fn node<'t>(reader: &mut Reader<'t>, nodes: &[NodePlan], table: Table<'t>) -> Option<usize> {
    let Some(value) = table.get("on") else {
        reader.wrong_do(
            table.range(),
            "where does this application run?",
            "write on = \"a\", the name of a node",
        );
        return None;
    };
    let text = reader.text(value)?;
    let found = nodes.iter().position(|node| node.name == text.text);
    match found.and_then(|place| nodes.get(place)) {
        None => reader.mistakes.push(unknown_node(text.range(), text.text, nodes)),
        Some(node) if node.kind == Kind::Switch => {
            reader.wrong(text.range(), "no applications run on a switch")
        }
        Some(_) => return found,
    }
    None
}

/// The table of an application, with all that is needed to read it.
struct Of<'r, 't> {
    reader: &'r mut Reader<'t>,
    nodes: &'r [NodePlan],
    table: Table<'t>,
}

impl<'t> Of<'_, 't> {
    fn place(&self) -> Range<usize> {
        self.table.range()
    }

    fn missing<T>(&mut self, what: &str, hint: &str) -> Option<T> {
        self.reader.wrong_do(self.place(), what, hint);
        None
    }

    /// The address that `to` stands for: a node's, an interface's, or one that is written.
    fn to(&mut self) -> Option<IpAddr> {
        let Some(value) = self.table.get("to") else {
            return self.missing("to whom?", "write to = \"b\", the name of a node, or an address");
        };
        let text = self.reader.text(value)?;
        let ipv6 = self.table.get("ipv6").and_then(|flag| self.reader.flag(flag));
        address(self.reader, self.nodes, text, ipv6)
    }

    fn target(&mut self, default: Option<u16>) -> Option<SocketAddr> {
        let to = self.to();
        let port = match (self.table.get("port"), default) {
            (Some(port), _) => self.reader.number(port, 1..=65_535u16),
            (None, Some(default)) => Some(default),
            (None, None) => self.missing("to which port?", "write port = 5000"),
        };
        Some(SocketAddr::new(to?, port?))
    }

    fn port(&mut self, default: u16) -> u16 {
        self.number("port", 1..=65_535).unwrap_or(default)
    }

    fn number<T>(&mut self, key: &str, range: core::ops::RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<u64> + PartialOrd + core::fmt::Display + Copy,
    {
        let value = self.table.get(key)?;
        self.reader.number(value, range)
    }

    fn span(&mut self, key: &str) -> Option<Duration> {
        let value = self.table.get(key)?;
        self.reader.span(value)
    }

    /// One of some words.
    fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.table.get(key)?;
        let text = self.reader.text(value)?;
        let found = words.iter().find(|(word, _)| *word == text.text);
        if found.is_none() {
            let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            let mistake = Mistake::new(text.range(), format!("{key} is one of {all}"));
            self.reader.mistakes.push(mistake.like(text.text, words.iter().map(|(word, _)| *word)));
        }
        found.map(|(_, value)| *value)
    }

    fn over(&mut self) -> Option<Over> {
        self.word("over", &[("udp", Over::Udp), ("tcp", Over::Tcp)])
    }

    fn rate(&mut self, key: &str) -> Option<u64> {
        let value = self.table.get(key)?;
        let text = self.reader.text(value)?;
        let rate: Rate = self.reader.parse(text, "rate", "\"1Mbit\", bits a second")?;
        if rate.bits_per_second() == 0 {
            self.reader.wrong(text.range(), "a rate is more than nothing");
            return None;
        }
        Some(rate.bits_per_second())
    }
}

/// The address of a node or an interface, or one that is written.
pub(super) fn address<'t>(
    reader: &mut Reader<'t>,
    nodes: &[NodePlan],
    text: Text<'t>,
    ipv6: Option<bool>,
) -> Option<IpAddr> {
    if let Ok(address) = text.text.parse() {
        return Some(address);
    }
    let (name, port) = text.text.split_once(':').map_or((text.text, None), |(name, port)| (name, Some(port)));
    let Some(node) = nodes.iter().find(|node| node.name == name) else {
        reader.mistakes.push(unknown_node(text.range(), name, nodes));
        return None;
    };
    if let Some(port) = port
        && node.ports.iter().all(|known| known.name != port)
    {
        reader.mistakes.push(super::check::no_port(node, port, text.range()));
        return None;
    }
    let wanted = |address: &IpAddr| ipv6.is_none_or(|ipv6| address.is_ipv6() == ipv6);
    let ports = node.ports.iter().filter(|known| port.is_none_or(|port| known.name == port));
    let address =
        ports.clone().flat_map(|port| &port.addresses).map(|(address, _)| address.addr()).find(wanted);
    if address.is_none() {
        let hint = match ports.clone().any(|port| port.dhcp) {
            true => "it gets one by DHCP, which one is not known here",
            false => "write an address",
        };
        let family = match ipv6 {
            Some(true) => "IPv6 address",
            Some(false) => "IPv4 address",
            None => "address",
        };
        reader.wrong_do(text.range(), format!("{} has no {family}", text.text), hint);
    }
    address
}

/// Applications of a scenario at most.
const APPS: usize = 2_000;
