//! What a network is like, and what is to happen in it: a text in TOML.
//!
//! `docs/sim.md` has the language, `docs/scenario.schema.json` its schema.

mod app;
mod check;
mod event;
mod link;
mod node;
mod program;
mod rule;
#[cfg(test)]
mod tests;
mod value;

use core::ops::Range;
use core::time::Duration;
use std::net::IpAddr;

use ipnet::IpNet;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::expect::{self, Expectation};
use super::ip;
use crate::field::Mac;
use crate::mistake::Mistake;
use crate::stack::{self, nat};

pub(super) use app::AppPlan;
pub(super) use event::{Change, EventPlan};
pub(super) use link::{LinkPlan, Way};
pub(super) use program::Program;
pub(super) use rule::{Action, Rule};
pub use value::Files;
pub(crate) use value::span;
use value::{Reader, Table, Value};

/// What a scenario can have.
const SCENARIO: &[&str] = &[
    "title",
    "about",
    "seed",
    "duration",
    "ipv6",
    "expect",
    "fingerprint",
    "nodes",
    "links",
    "apps",
    "events",
    "sweep",
];
/// What a sweep can have.
const SWEEP: &[&str] = &["vary", "seeds", "measure"];

/// Bytes that all pages of a scenario have, at most.
const PAGES: u64 = 1 << 28;

/// Expectations of a scenario at most.
const EXPECTATIONS: usize = 1_000;

/// A network, what happens in it, and what has to come of it.
///
/// ```
/// use layercake::sim::Scenario;
///
/// let scenario: Scenario = r#"
///     duration = "2s"
///     expect = ["ping.received == 3", "ping.rtt_max < 45ms"]
///
///     [nodes.a]
///     address = "192.0.2.1/24"
///     [nodes.b]
///     address = "192.0.2.2/24"
///
///     [[links]]
///     between = ["a", "b"]
///     delay = "10ms"
///
///     [[apps]]
///     on = "a"
///     kind = "ping"
///     to = "b"
///     interval = "500ms"
/// "#.parse()?;
/// let report = scenario.run()?;
/// assert!(report.passed(), "{report}");
///
/// let bad = "duration = \"2s\"\n[nodes.a]\nadress = \"192.0.2.1/24\"".parse::<Scenario>().unwrap_err();
/// assert_eq!(bad.mistakes[0].to_string(), "a node has no key \"adress\"; did you mean address?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(super) title: Option<String>,
    pub(super) about: Option<String>,
    pub(super) seed: u64,
    pub(super) duration: Duration,
    pub(super) ipv6: bool,
    pub(super) nodes: Vec<NodePlan>,
    pub(super) links: Vec<LinkPlan>,
    pub(super) apps: Vec<AppPlan>,
    pub(super) events: Vec<EventPlan>,
    pub(super) expect: Vec<Expectation>,
    pub(super) fingerprint: Option<u64>,
    pub(super) sweep: Option<SweepPlan>,
}

/// What is varied.
#[derive(Clone, Debug, Default)]
pub(super) struct SweepPlan {
    /// Keys by their paths, each with the values that it takes, as TOML.
    pub vary: Vec<(String, Vec<String>)>,
    pub seeds: Vec<u64>,
    pub measure: Vec<expect::Measure>,
}

/// A scenario that cannot be: all that is wrong with it, in the order in which it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadScenario {
    /// What is wrong, where, and what to do; at least one thing.
    pub mistakes: Vec<Mistake>,
}

impl core::fmt::Display for BadScenario {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl core::error::Error for BadScenario {}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Router,
    Switch,
}

impl Kind {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Router => "router",
            Self::Switch => "switch",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct NodePlan {
    pub name: String,
    pub kind: Kind,
    pub stack: stack::Config,
    pub mtu: Option<u32>,
    pub ports: Vec<PortPlan>,
    pub gateways: Vec<(IpAddr, Range<usize>)>,
    pub routes: Vec<(ip::Route, Range<usize>)>,
    /// What is done at the very beginning.
    pub commands: Vec<(ip::Command, Range<usize>)>,
    pub nameservers: Vec<IpAddr>,
    pub nat: Option<NatPlan>,
    pub programs: Vec<Program>,
}

#[derive(Clone, Debug)]
pub(super) struct PortPlan {
    pub name: String,
    pub place: Range<usize>,
    pub addresses: Vec<(IpNet, Range<usize>)>,
    pub dhcp: bool,
    pub mac: Option<Mac>,
    pub mtu: Option<u32>,
    /// The link that is plugged in, and which end of it.
    pub link: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
pub(super) struct NatPlan {
    pub outside: String,
    pub place: Range<usize>,
    pub forwards: Vec<(nat::Forward, Range<usize>)>,
}

impl NodePlan {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Host,
            stack: stack::Config::default(),
            mtu: None,
            ports: Vec::new(),
            gateways: Vec::new(),
            routes: Vec::new(),
            commands: Vec::new(),
            nameservers: Vec::new(),
            nat: None,
            programs: Vec::new(),
        }
    }
}

impl PortPlan {
    fn new(name: &str, place: Range<usize>) -> Self {
        let (addresses, dhcp) = (Vec::new(), false);
        Self { name: name.to_owned(), place, addresses, dhcp, mac: None, mtu: None, link: None }
    }
}

impl Scenario {
    /// Reads a scenario that names no files.
    ///
    /// # Errors
    /// [`BadScenario`] with all that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadScenario> {
        let none =
            |_: &str| Err(std::io::Error::new(std::io::ErrorKind::NotFound, "there are no files here"));
        Self::read(text, &none, &[])
    }

    /// Reads a scenario; `files` gives what is in the files that it names, and `set` changes values before anything else looks at them:
    /// `("links.core.loss", "\"1%\"")`, the value being TOML.
    ///
    /// # Errors
    /// [`BadScenario`] with all that is wrong.
    pub fn read(text: &str, files: Files<'_>, set: &[(String, String)]) -> Result<Self, BadScenario> {
        let values: Vec<String> = set.iter().map(|(_, value)| format!("value = {value}")).collect();
        let (mut root, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, files, pages: PAGES, mistakes: Vec::new() };
        for error in &errors {
            reader.wrong(error.span().unwrap_or(0..0), error.message());
        }
        for ((path, _), value) in set.iter().zip(&values) {
            // It is read as it stands in the text.
            if path.split('.').next() == Some("sweep") {
                reader.wrong_do(0..0, format!("{path} cannot be set from outside"), "it stands in the file");
                continue;
            }
            if let Err(why) = replace(root.get_mut(), path, value) {
                reader.wrong(0..0, format!("{path}: {why}"));
            }
        }
        // What could not be read would only make more of it wrong.
        let scenario = errors.is_empty().then(|| Self::from_table(&mut reader, Table::root(&root)));
        let mut mistakes = reader.mistakes;
        match scenario {
            Some(scenario) if mistakes.is_empty() => Ok(scenario),
            _ => {
                mistakes.sort_by_key(|mistake| mistake.span.start);
                mistakes.dedup();
                Err(BadScenario { mistakes })
            }
        }
    }

    fn from_table<'t>(reader: &mut Reader<'t>, root: Table<'t>) -> Self {
        reader.check_keys(root, "a scenario", SCENARIO);
        let text = |reader: &mut Reader<'t>, key| root.get(key).and_then(|value| reader.text(value));
        let title = text(reader, "title").map(|title| title.text.to_owned());
        let about = text(reader, "about").map(|about| about.text.to_owned());
        let seed = root.get("seed").and_then(|seed| reader.number(seed, 0..=u64::MAX)).unwrap_or(1);
        let duration = root.get("duration").and_then(|value| reader.span(value));
        if root.get("duration").is_none() {
            reader.wrong_do(0..0, "a scenario lasts a certain time", "write duration = \"10s\" at its top");
        }
        let fingerprint = text(reader, "fingerprint").and_then(|text| {
            let number = u64::from_str_radix(text.text, 16).ok().filter(|_| text.text.len() == 16);
            if number.is_none() {
                reader.wrong(text.range(), "a fingerprint has 16 hexadecimal digits");
            }
            number
        });
        let mut nodes = root.get("nodes").map(|value| node::read(reader, value)).unwrap_or_default();
        if nodes.is_empty() && root.get("nodes").is_none() {
            reader.wrong_do(0..0, "a scenario has nodes", "write [nodes.a] and its address");
        }
        let links = root.get("links").map(|value| link::read(reader, &mut nodes, value)).unwrap_or_default();
        check::network(reader, &nodes, &links);
        let v6 = nodes.iter().flat_map(|node| &node.ports).flat_map(|port| &port.addresses);
        let mut v6 = v6.filter(|(address, _)| matches!(address, IpNet::V6(_)));
        let ipv6 =
            root.get("ipv6").and_then(|value| reader.flag(value)).unwrap_or_else(|| v6.next().is_some());
        let apps = root.get("apps").map(|value| app::read(reader, &nodes, &links, value)).unwrap_or_default();
        let events =
            root.get("events").map(|value| event::read(reader, &nodes, &links, value)).unwrap_or_default();
        let mut scenario = Self {
            title,
            about,
            seed,
            duration: duration.unwrap_or_default(),
            ipv6,
            nodes,
            links,
            apps,
            events,
            expect: Vec::new(),
            fingerprint,
            sweep: None,
        };
        let expected = root.get("expect").map(|value| reader.texts(value)).unwrap_or_default();
        if expected.len() > EXPECTATIONS {
            reader.wrong(
                root.place_of("expect"),
                format!("a scenario has at most {EXPECTATIONS} expectations"),
            );
        }
        for text in expected.into_iter().take(EXPECTATIONS) {
            let expectation = Expectation::parse(text.text, &scenario);
            scenario.expect.extend(reader.take(&text, expectation));
        }
        scenario.sweep = root.get("sweep").and_then(|value| sweep(reader, &scenario, value));
        scenario
    }

    /// What it is called.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// What it is about, in some sentences.
    pub fn about(&self) -> Option<&str> {
        self.about.as_deref()
    }

    /// The seed of all that looks random in it.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The same with another seed. What its fingerprint was is no longer known.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        if seed != self.seed {
            self.fingerprint = None;
        }
        self.seed = seed;
        self
    }

    /// The same with no fingerprint that is expected: for whoever has changed something in it.
    #[must_use]
    pub fn without_fingerprint(self) -> Self {
        Self { fingerprint: None, ..self }
    }

    /// Whether several runs of it are to be compared ([`Sweep`](super::Sweep)).
    pub const fn has_sweep(&self) -> bool {
        self.sweep.is_some()
    }

    /// How long it lasts.
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    pub(super) fn node(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    pub(super) fn link(&self, name: &str) -> Option<usize> {
        self.links.iter().position(|link| link.name == name)
    }
}

impl core::str::FromStr for Scenario {
    type Err = BadScenario;

    fn from_str(text: &str) -> Result<Self, BadScenario> {
        Self::parse(text)
    }
}

/// Puts a value, which is written as that of the key `value`, in the place of another. In a list of tables the path has the name of one, or its number from 0.
fn replace<'t>(root: &mut DeTable<'t>, path: &str, value: &'t str) -> Result<(), String> {
    let parsed =
        DeTable::parse(value).map_err(|error| format!("this is no value of TOML: {}", error.message()))?;
    let parsed = parsed.into_inner().remove("value").ok_or("there is no value")?.into_inner();
    let path: Vec<&str> = path.split('.').collect();
    put(root, &path, 0, parsed)
}

/// How deep a table stands decides whether it is made if it is not there: nodes and links have to be, what they have need not.
fn put<'t>(table: &mut DeTable<'t>, path: &[&str], depth: usize, value: DeValue<'t>) -> Result<(), String> {
    let (key, rest) = path.split_first().ok_or("the path is empty")?;
    if rest.is_empty() {
        let span = table.get(*key).map_or(0..0, Spanned::span);
        let value = at(value, &span);
        table.insert(Spanned::new(0..0, key.to_string().into()), Spanned::new(span, value));
        return Ok(());
    }
    match table.get_mut(*key).map(Spanned::get_mut) {
        None if depth >= 2 => {
            let mut inner = DeTable::new();
            put(&mut inner, rest, depth + 1, value)?;
            table.insert(
                Spanned::new(0..0, (*key).to_owned().into()),
                Spanned::new(0..0, DeValue::Table(inner)),
            );
            Ok(())
        }
        None => Err(format!("there is no {key}")),
        Some(DeValue::Table(inner)) => put(inner, rest, depth + 1, value),
        Some(DeValue::Array(list)) => {
            let (name, rest) = rest.split_first().ok_or_else(|| format!("which one of {key}?"))?;
            let element = element(list, name).ok_or_else(|| format!("none of {key} is called {name}"))?;
            put(element, rest, depth + 2, value)
        }
        Some(_) => Err(format!("{key} is no table")),
    }
}

/// A value all of which stands in one place: what is in it has places of another text.
fn at<'t>(value: DeValue<'t>, span: &Range<usize>) -> DeValue<'t> {
    let inside = |value: Spanned<DeValue<'t>>| Spanned::new(span.clone(), at(value.into_inner(), span));
    match value {
        DeValue::Array(list) => DeValue::Array(list.into_iter().map(inside).collect()),
        DeValue::Table(table) => {
            let key = |key: Spanned<std::borrow::Cow<'t, str>>| Spanned::new(span.clone(), key.into_inner());
            DeValue::Table(table.into_iter().map(|(name, value)| (key(name), inside(value))).collect())
        }
        other => other,
    }
}

/// One of a list of tables: by its name, or what it is called without one; or by its number from 0.
fn element<'a, 't>(list: &'a mut DeArray<'t>, name: &str) -> Option<&'a mut DeTable<'t>> {
    let called = |value: &Spanned<DeValue<'_>>| {
        let table = value.get_ref().as_table()?;
        let text = |key| table.get(key).and_then(|value| value.get_ref().as_str());
        let between = || {
            let ends = table.get("between")?.get_ref().as_array()?;
            let ends = ends.iter().map(|end| Some(end.get_ref().as_str()?.split(':').next()?.to_owned()));
            ends.collect::<Option<Vec<_>>>().map(|ends| ends.join("-"))
        };
        text("name").or_else(|| text("kind")).map(str::to_owned).or_else(between)
    };
    let place =
        list.iter().position(|value| called(value).as_deref() == Some(name)).or_else(|| name.parse().ok())?;
    match list.get_mut(place)?.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn sweep<'t>(reader: &mut Reader<'t>, scenario: &Scenario, value: Value<'t>) -> Option<SweepPlan> {
    let table = reader.table(value, "a sweep", SWEEP)?;
    let mut plan = SweepPlan::default();
    if let Some(vary) = table.get("vary").and_then(|value| reader.all(value, "vary")) {
        for (key, value) in vary.entries() {
            let written: Vec<String> = reader
                .list(value)
                .iter()
                .filter_map(|value| reader.text.get(value.range()))
                .map(str::to_owned)
                .collect();
            if written.is_empty() {
                reader.wrong(value.range(), "no value is no run");
            }
            if key.text == "seed" || key.text == "expect" || key.text.split('.').next() == Some("sweep") {
                reader.wrong_do(
                    key.range(),
                    format!("{} cannot be varied", key.text),
                    "seeds = [1, 2, 3] are varied by themselves",
                );
            }
            plan.vary.push((key.text.to_owned(), written));
        }
    }
    plan.seeds = match table.get("seeds") {
        None => vec![scenario.seed],
        Some(value) if value.is_number() => {
            let count = reader.number(value, 1..=10_000u64).unwrap_or(1);
            (0..count).map(|more| scenario.seed.wrapping_add(more)).collect()
        }
        Some(value) => {
            reader.list(value).into_iter().filter_map(|seed| reader.number(seed, 0..=u64::MAX)).collect()
        }
    };
    let different: std::collections::BTreeSet<u64> = plan.seeds.iter().copied().collect();
    if plan.seeds.is_empty() || different.len() < plan.seeds.len() {
        reader.wrong(table.place_of("seeds"), "seeds are at least one, and different from each other");
    }
    for text in table.get("measure").map(|value| reader.texts(value)).unwrap_or_default() {
        let measure = expect::Measure::parse(text.text, scenario);
        plan.measure.extend(reader.take(&text, measure));
    }
    if plan.measure.is_empty() {
        reader.wrong_do(table.range(), "what is measured?", "write measure = [\"bulk.rate\"]");
    }
    Some(plan)
}
