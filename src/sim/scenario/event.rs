//! What is done to the network while it runs.

use core::time::Duration;

use super::link::{self, LinkPlan, Way};
use super::value::{Reader, Table, Text, Value};
use super::{Kind, NodePlan, check};
use crate::mistake::Mistake;
use crate::sim::ip;

/// What an event can have besides the words of a link.
pub(super) const EVENT: &[&str] = &["at", "cut", "mend", "change", "there", "back", "on", "ip"];

/// Events of a scenario at most.
const EVENTS: usize = 10_000;

/// Something that is done at a time.
#[derive(Clone, Debug)]
pub(in crate::sim) struct EventPlan {
    /// Since the beginning.
    pub at: Duration,
    pub change: Change,
    /// For the timeline.
    pub text: String,
}

/// What is done.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Change {
    Cut(usize),
    Mend(usize),
    /// A link is like this from now on.
    Link(usize, Box<[Way; 2]>),
    /// A command on a node.
    Ip(usize, ip::Command),
}

/// All events, in the order of their times.
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    nodes: &[NodePlan],
    links: &[LinkPlan],
    value: Value<'t>,
) -> Vec<EventPlan> {
    let keys: Vec<&str> = EVENT.iter().copied().chain(link::way_keys()).collect();
    let mut tables = Vec::new();
    for value in reader.list(value) {
        let Some(table) = reader.table(value, "an event", &keys) else { continue };
        if tables.len() >= EVENTS {
            reader.wrong(table.range(), format!("a scenario has at most {EVENTS} events"));
            break;
        }
        let at = table.get("at").and_then(|value| reader.span(value));
        if table.get("at").is_none() {
            reader.wrong_do(table.range(), "when?", "write at = \"5s\", since the beginning");
        }
        tables.push((at.unwrap_or_default(), table));
    }
    // Changes of a link add up, in the order of their times.
    tables.sort_by_key(|(at, _)| *at);
    let mut ways: Vec<[Way; 2]> = links.iter().map(|link| link.ways.clone()).collect();
    let mut events = Vec::new();
    for (at, table) in tables {
        if let Some((change, text)) = event(reader, nodes, links, &mut ways, table) {
            events.push(EventPlan { at, change, text });
        }
    }
    events
}

fn event<'t>(
    reader: &mut Reader<'t>,
    nodes: &[NodePlan],
    links: &[LinkPlan],
    ways: &mut [[Way; 2]],
    table: Table<'t>,
) -> Option<(Change, String)> {
    let kinds = ["cut", "mend", "change", "ip"];
    let mut said = kinds.into_iter().filter_map(|kind| Some((kind, table.get(kind)?)));
    let (Some((kind, value)), None) = (said.next(), said.next()) else {
        let hint = "write cut = \"a-b\", mend = \"a-b\", change = \"a-b\" with delay, loss ..., or on = \"a\" and ip = \"route add ...\"";
        reader.wrong_do(table.range(), "an event is one of cut, mend, change, ip", hint);
        return None;
    };
    let text = reader.text(value)?;
    if kind == "ip" {
        return command(reader, nodes, table, text);
    }
    let Some(place) = links.iter().position(|link| link.name == text.text) else {
        let names = links.iter().map(|link| link.name.as_str());
        let hint = format!("the links are {}", names.clone().collect::<Vec<_>>().join(", "));
        let mistake = Mistake::new(text.range(), format!("there is no link {:?}", text.text)).hint(hint);
        reader.mistakes.push(mistake.like(text.text, names));
        return None;
    };
    if kind != "change" {
        for (key, _) in table.entries() {
            if !["at", kind].contains(&key.text) {
                reader.wrong_do(
                    key.range(),
                    format!("{kind} takes no {}", key.text),
                    "write change = \"a-b\" for that",
                );
            }
        }
    }
    let name = text.text;
    Some(match kind {
        "cut" => (Change::Cut(place), format!("the link {name} is cut")),
        "mend" => (Change::Mend(place), format!("the link {name} is whole again")),
        _ => {
            let now = ways.get_mut(place)?;
            link::ways(reader, now, table);
            let what = table.entries().into_iter().filter(|(key, _)| !["at", "change"].contains(&key.text));
            let what = what.map(|(key, value)| match value.written() {
                Some(written) => format!("{} = {written}", key.text),
                None => key.text.to_owned(),
            });
            let what = what.collect::<Vec<_>>().join(", ");
            (Change::Link(place, Box::new(now.clone())), format!("the link {name} changes: {what}"))
        }
    })
}

fn command<'t>(
    reader: &mut Reader<'t>,
    nodes: &[NodePlan],
    table: Table<'t>,
    text: Text<'t>,
) -> Option<(Change, String)> {
    let Some(on) = table.get("on").and_then(|on| reader.text(on)) else {
        reader.wrong_do(table.range(), "on which node?", "write on = \"a\"");
        return None;
    };
    let Some(place) = nodes.iter().position(|node| node.name == on.text) else {
        reader.mistakes.push(link::unknown_node(on.range(), on.text, nodes));
        return None;
    };
    let node = nodes.get(place).filter(|node| node.kind != Kind::Switch);
    let Some(node) = node else {
        reader.wrong(on.range(), "a switch has no addresses and no routes");
        return None;
    };
    let command = reader.take(&text, ip::Command::parse(text.text))?;
    if let Some(dev) = command.dev()
        && node.ports.iter().all(|port| port.name != dev)
    {
        reader.mistakes.push(check::no_port(node, dev, text.range()));
        return None;
    }
    let said = format!("{}: ip {}", node.name, command);
    Some((Change::Ip(place, command), said))
}
