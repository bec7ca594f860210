//! Links of a scenario: cables between ports, and what they are like.

use core::ops::Range;
use std::sync::Arc;

use super::NodePlan;
use super::node::name;
use super::rule::{Action, Rule};
use super::value::{Reader, Table, Text, Value, span};
use crate::link::{Config, Framing, Trace, Words};
use crate::mistake::Mistake;
use crate::time::Time;

/// What a link can have besides the words of one direction.
pub(super) const LINK: &[&str] = &["between", "name", "there", "back", "mtu", "carrier"];
/// What a direction can have besides the words of [`Words`].
pub(super) const MORE: &[&str] = &["drop", "trace"];

/// Links of a scenario at most.
const LINKS: usize = 2_000;

/// A link.
#[derive(Clone, Debug)]
pub(in crate::sim) struct LinkPlan {
    pub name: String,
    pub place: Range<usize>,
    /// Node and interface at each end.
    pub ends: [(usize, usize); 2],
    /// From the first end to the second, and back.
    pub ways: [Way; 2],
    pub carrier: bool,
}

/// One direction.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Way {
    /// Its words, those behind overriding those before.
    words: Vec<(String, String)>,
    pub config: Config,
    pub rules: Vec<Rule>,
    /// Its rate over time, which goes before that of its words.
    pub trace: Option<Arc<Trace>>,
}

/// All keys of a link.
pub(super) fn keys() -> Vec<&'static str> {
    LINK.iter().chain(MORE).copied().chain(Words::known()).collect()
}

/// All keys of a direction.
pub(super) fn way_keys() -> Vec<&'static str> {
    MORE.iter().copied().chain(Words::known()).collect()
}

/// All links; the ports that they take are made.
pub(super) fn read<'t>(reader: &mut Reader<'t>, nodes: &mut [NodePlan], value: Value<'t>) -> Vec<LinkPlan> {
    let mut links: Vec<LinkPlan> = Vec::new();
    let keys = keys();
    // Ports that are named are taken before others choose.
    let mut tables = Vec::new();
    for value in reader.list(value) {
        let Some(table) = reader.table(value, "a link", &keys) else { continue };
        if tables.len() >= LINKS {
            reader.wrong(table.range(), format!("a scenario has at most {LINKS} links"));
            break;
        }
        match between(reader, nodes, table) {
            Some(ends) => tables.push((table, ends)),
            // What else is wrong with it is said all the same.
            None => ways(reader, &mut Default::default(), table),
        }
    }
    let mut ends = vec![[None; 2]; tables.len()];
    for named in [true, false] {
        for (link, (_, texts)) in tables.iter().enumerate() {
            for (side, (text, node, port)) in texts.iter().enumerate() {
                if port.is_some() != named {
                    continue;
                }
                let Some(plan) = nodes.get_mut(*node) else { continue };
                let place = match port {
                    Some(port) => plan.port(port, text.range()),
                    None => plan.free_port(text.range()),
                };
                let taken = place.and_then(|place| plan.ports.get_mut(place));
                match taken {
                    None => reader.wrong(text.range(), format!("{} has too many interfaces", plan.name)),
                    Some(port) if port.link.is_some() => {
                        let (node, port) = (&plan.name, &port.name);
                        let message = format!("there is a cable in {node}:{port} already");
                        reader.wrong(text.range(), message);
                    }
                    Some(port) => {
                        port.link = Some((link, side));
                        if let Some(end) = ends.get_mut(link).and_then(|ends| ends.get_mut(side)) {
                            *end = place.map(|place| (*node, place));
                        }
                    }
                }
            }
        }
    }
    for ((table, texts), ends) in tables.iter().zip(ends) {
        let [Some(first), Some(second)] = ends else { continue };
        let default = || {
            let names =
                texts.iter().filter_map(|(_, node, _)| nodes.get(*node)).map(|node| node.name.as_str());
            names.collect::<Vec<_>>().join("-")
        };
        let given = table.get("name").and_then(|value| reader.text(value)).filter(|text| name(reader, *text));
        let mut called = given.map_or_else(default, |text| text.text.to_owned());
        let node = nodes.iter().any(|node| node.name == called);
        if node || links.iter().any(|link| link.name == called) {
            match given {
                Some(text) => reader.wrong(text.range(), "another link, or a node, has this name"),
                None => {
                    called = (2..)
                        .map(|number| format!("{called}-{number}"))
                        .find(|name| {
                            links.iter().all(|link| link.name != *name)
                                && nodes.iter().all(|node| node.name != *name)
                        })
                        .unwrap_or(called)
                }
            }
        }
        let mut link = LinkPlan {
            name: called,
            place: table.range(),
            ends: [first, second],
            ways: Default::default(),
            carrier: table.get("carrier").and_then(|value| reader.flag(value)).unwrap_or(true),
        };
        ways(reader, &mut link.ways, *table);
        if let Some(mtu) = table.get("mtu").and_then(|value| reader.number(value, 68..=65_535u32)) {
            for (node, port) in link.ends {
                if let Some(port) = nodes.get_mut(node).and_then(|node| node.ports.get_mut(port)) {
                    port.mtu.get_or_insert(mtu);
                }
            }
        }
        links.push(link);
    }
    links
}

/// The ends of a link: what is written, the node, and the port if it is named.
type End<'t> = (Text<'t>, usize, Option<String>);

fn between<'t>(reader: &mut Reader<'t>, nodes: &[NodePlan], table: Table<'t>) -> Option<Vec<End<'t>>> {
    let Some(value) = table.get("between") else {
        reader.wrong_do(table.range(), "between which nodes is this link?", "write between = [\"a\", \"b\"]");
        return None;
    };
    let texts = reader.texts(value);
    if texts.len() != 2 {
        reader.wrong_do(value.range(), "a link has two ends", "more than two nodes are linked by a switch");
        return None;
    }
    let ends: Vec<End<'t>> = texts.into_iter().filter_map(|text| end(reader, nodes, text)).collect();
    if let [(first, a, _), (_, b, _)] = ends.as_slice()
        && a == b
    {
        reader.wrong(first.range().start..value.range().end, "this link leads from a node to itself");
        return None;
    }
    (ends.len() == 2).then_some(ends)
}

fn end<'t>(reader: &mut Reader<'t>, nodes: &[NodePlan], text: Text<'t>) -> Option<End<'t>> {
    let (node, port) = text.text.split_once(':').map_or((text.text, None), |(node, port)| (node, Some(port)));
    let Some(place) = nodes.iter().position(|plan| plan.name == node) else {
        let place = text.part(0..node.len());
        reader.mistakes.push(unknown_node(place, node, nodes));
        return None;
    };
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let fits = |port: &str| port.bytes().all(sign) && (1..=15).contains(&port.len());
    if port.is_some_and(|port| !fits(port) || port == "lo") {
        reader.wrong_do(
            text.range(),
            "this is no name of an interface",
            "eth0, eth1, wan: letters and digits, 15 at most",
        );
        return None;
    }
    Some((text, place, port.map(str::to_owned)))
}

/// What is said of a node that there is not.
pub(super) fn unknown_node(place: Range<usize>, name: &str, nodes: &[NodePlan]) -> Mistake {
    let names = nodes.iter().map(|node| node.name.as_str());
    Mistake::new(place, format!("there is no node {name:?}"))
        .hint(format!("the nodes are {}", names.clone().collect::<Vec<_>>().join(", ")))
        .like(name, names)
}

/// What a table says of both directions, and of each.
pub(super) fn ways<'t>(reader: &mut Reader<'t>, ways: &mut [Way; 2], table: Table<'t>) {
    let known = way_keys();
    let own = |key| table.get(key).map(|value| (key, value));
    let [there, back] = ["there", "back"].map(own);
    for (way, own) in ways.iter_mut().zip([there, back]) {
        way.read(reader, table);
        if let Some((key, value)) = own
            && let Some(table) = reader.table(value, key, &known)
        {
            way.read(reader, table);
        }
        way.build(reader, table);
    }
    // What is said of both is wrong twice, and needs to be said once.
    reader.mistakes.dedup();
}

impl Way {
    fn read<'t>(&mut self, reader: &mut Reader<'t>, table: Table<'t>) {
        if table.get("rate").is_some() && table.get("trace").is_some() {
            reader.wrong(table.place_of("trace"), "a link has a rate or a trace of rates, not both");
        }
        for (key, value) in table.entries() {
            match key.text {
                "drop" if reader.list(value).is_empty() => {
                    self.rules.retain(|rule| rule.action != Action::Lose)
                }
                "drop" => self.rules(reader, value, |_| Some((Action::Lose, 0))),
                "trace" => self.trace(reader, value),
                "delay" | "corrupt" | "dup" => self.mixed(reader, key, value),
                word if Words::known().any(|known| known == word) => self.word(reader, key, value),
                _ => {}
            }
        }
    }

    /// Adds rules; how many bytes in front of the filter say what is done.
    fn rules<'t>(
        &mut self,
        reader: &mut Reader<'t>,
        value: Value<'t>,
        action: impl Fn(&str) -> Option<(Action, usize)>,
    ) {
        for text in reader.texts(value) {
            let Some((action, start)) = action(text.text) else { continue };
            let rule =
                Rule::parse(action, text.text.get(start..).unwrap_or_default()).map_err(|mut mistake| {
                    mistake.span = mistake.span.start + start..mistake.span.end + start;
                    mistake
                });
            self.rules.extend(reader.take(&text, rule));
        }
    }

    /// What can be by chance, or by a rule: `corrupt = "1%"`, `corrupt = "nth 2 of udp"`, `delay = ["10ms", "50ms for nth 2 of udp"]`.
    fn mixed<'t>(&mut self, reader: &mut Reader<'t>, key: Text<'t>, value: Value<'t>) {
        for value in reader.list(value) {
            let Some(written) = value.written() else {
                reader.text(value);
                continue;
            };
            let chance = written.trim_start().starts_with(|sign: char| sign.is_ascii_digit() || sign == '.');
            match key.text {
                "delay" => match written.split_once(" for ") {
                    Some((delay, _)) => {
                        let Some(longer) = span(delay) else {
                            reader.wrong_do(
                                value.range(),
                                "this is no time",
                                "write \"50ms for nth 2 of udp\"",
                            );
                            continue;
                        };
                        let start = delay.len() + " for ".len();
                        self.rules(reader, value, |_| Some((Action::Delay(longer), start)));
                    }
                    None => self.word(reader, key, value),
                },
                _ if chance => self.word(reader, key, value),
                "corrupt" => self.rules(reader, value, |_| Some((Action::Corrupt, 0))),
                _ => self.rules(reader, value, |_| Some((Action::Duplicate, 0))),
            }
        }
    }

    fn word<'t>(&mut self, reader: &mut Reader<'t>, key: Text<'t>, value: Value<'t>) {
        let Some(written) = value.written() else {
            reader.text(value);
            return;
        };
        let written = match written {
            "true" => "on",
            "false" => "off",
            other => other,
        };
        // Each by itself first, so that the place of a mistake is known.
        if let Err(mistake) = Words::default().set(key.text, written) {
            let place = match reader.text_if(value) {
                Some(text) => text.place(mistake.clone()),
                None => Mistake { span: value.range(), ..mistake },
            };
            reader.mistakes.push(place);
            return;
        }
        if key.text == "rate" {
            self.trace = None;
        }
        self.words.retain(|(word, _)| word != key.text);
        self.words.push((key.text.to_owned(), written.to_owned()));
    }

    fn trace<'t>(&mut self, reader: &mut Reader<'t>, value: Value<'t>) {
        let Some(text) = reader.text(value) else { return };
        // One line could be the name of a file, or of a trace that does not change.
        let inline = text.text.contains('\n');
        let read = if inline { Ok(text.text.as_bytes().to_vec()) } else { (reader.files)(text.text) };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => return reader.wrong(text.range(), format!("the file cannot be read: {error}")),
        };
        match Trace::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(trace) => self.trace = Some(Arc::new(trace)),
            Err(mistake) if inline => reader.mistakes.push(text.place(mistake)),
            Err(mistake) => {
                let (line, sign) = mistake.place(&String::from_utf8_lossy(&bytes));
                reader.wrong(text.range(), format!("line {line}, sign {sign} of the file: {mistake}"));
            }
        }
    }

    fn build(&mut self, reader: &mut Reader<'_>, table: Table<'_>) {
        let mut words = Words::default();
        for (word, value) in &self.words {
            if let Err(mistake) = words.set(word, value) {
                reader.mistakes.push(Mistake { span: table.range(), ..mistake });
                return;
            }
        }
        match words.finish() {
            Ok(config) => self.config = config,
            Err((word, mistake)) => {
                let span = table.get(word).map_or_else(|| table.range(), |value| value.range());
                reader.mistakes.push(Mistake { span, ..mistake });
            }
        }
    }

    /// What it is like at a time.
    pub fn at(&self, time: Time) -> Config {
        let mut config = self.config.clone();
        if let Some(trace) = &self.trace {
            config.rate = Some(trace.at(time));
            config.framing = Framing::ETHERNET;
        }
        config
    }
}
