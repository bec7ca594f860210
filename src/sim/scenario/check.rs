//! What has to fit together: loops, addresses that are there twice, routers that cannot be reached.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::link::LinkPlan;
use super::value::Reader;
use super::{Kind, NodePlan};
use crate::field::Mac;
use crate::sim::build;

/// Checks the network as a whole.
pub(super) fn network(reader: &mut Reader<'_>, nodes: &[NodePlan], links: &[LinkPlan]) {
    let segments = Segments::new(reader, nodes, links);
    twice(reader, nodes, &segments);
    for node in nodes.iter().filter(|node| node.kind != Kind::Switch) {
        ways(reader, node);
    }
}

/// Which ports hear each other: those joined by cables and switches.
struct Segments {
    /// Of each link, the link that stands for its segment.
    of: Vec<usize>,
}

impl Segments {
    fn new(reader: &mut Reader<'_>, nodes: &[NodePlan], links: &[LinkPlan]) -> Self {
        // Of each node that is a switch, another one of its group.
        let mut group: Vec<usize> = (0..nodes.len()).collect();
        let mut segments = Self { of: (0..links.len()).collect() };
        let mut of_switch: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, link) in links.iter().enumerate() {
            let [a, b] = link.ends.map(|(node, _)| node);
            let is_switch = |node: usize| nodes.get(node).is_some_and(|node| node.kind == Kind::Switch);
            if is_switch(a) && is_switch(b) {
                let [a, b] = [find(&group, a), find(&group, b)];
                if a == b {
                    reader.wrong_do(
                        link.place.clone(),
                        format!(
                            "the link {} closes a loop of switches: a frame to all would go round for ever",
                            link.name
                        ),
                        "leave one link of the loop out; the switches have no spanning tree",
                    );
                } else if let Some(of) = group.get_mut(a) {
                    *of = b;
                }
            }
            for node in [a, b].into_iter().filter(|node| is_switch(*node)) {
                let first = *of_switch.entry(node).or_insert(number);
                segments.join(first, number);
            }
        }
        segments
    }

    fn join(&mut self, a: usize, b: usize) {
        let [a, b] = [find(&self.of, a), find(&self.of, b)];
        if let Some(of) = self.of.get_mut(a) {
            *of = b;
        }
    }

    /// The segment of a port: a number that no other segment has.
    fn of(&self, link: Option<(usize, usize)>, alone: usize) -> usize {
        link.map_or(self.of.len() + alone, |(link, _)| find(&self.of, link))
    }
}

fn find(of: &[usize], mut at: usize) -> usize {
    while let Some(next) = of.get(at).copied().filter(|next| *next != at) {
        at = next;
    }
    at
}

/// Addresses, of IP and of Ethernet, that two ports of a segment have.
fn twice(reader: &mut Reader<'_>, nodes: &[NodePlan], segments: &Segments) {
    let mut addresses: BTreeMap<(usize, IpAddr), String> = BTreeMap::new();
    let mut stations: BTreeMap<(usize, Mac), String> = BTreeMap::new();
    let mut alone = 0;
    for node in nodes.iter().filter(|node| node.kind != Kind::Switch) {
        for (number, port) in node.ports.iter().enumerate() {
            alone += 1;
            let segment = segments.of(port.link, alone);
            let called = format!("{}:{}", node.name, port.name);
            for (address, place) in &port.addresses {
                let before = addresses.insert((segment, address.addr()), called.clone());
                if let Some(before) = before {
                    reader.wrong_do(
                        place.clone(),
                        format!("{before} has the address {} already", address.addr()),
                        "two hosts with one address are shown by an event: ip = \"addr add ...\"",
                    );
                }
            }
            let mac = build::station(node, number);
            if let Some(before) = stations.insert((segment, mac), called) {
                reader.wrong(port.place.clone(), format!("{before} has the Ethernet address {mac} already"));
            }
        }
    }
}

/// Gateways and routes have to lead to a neighbour, interfaces that are named have to be there.
fn ways(reader: &mut Reader<'_>, node: &NodePlan) {
    let near = |address: IpAddr| {
        let mut own = node.ports.iter().flat_map(|port| &port.addresses);
        // Neighbours on a link are found without a prefix in common.
        let local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
        local || own.any(|(own, _)| own.contains(&address)) || node.ports.iter().any(|port| port.dhcp)
    };
    let own = |address: IpAddr| {
        node.ports.iter().flat_map(|port| &port.addresses).any(|(own, _)| own.addr() == address)
    };
    let port = |name: &str| node.ports.iter().any(|port| port.name == name);
    let gateways = node.gateways.iter().map(|(address, place)| (*address, place));
    let vias = node.routes.iter().filter_map(|(route, place)| Some((route.via?, place)));
    for (address, place) in gateways.chain(vias) {
        if own(address) {
            reader.wrong(place.clone(), format!("{address} is {} itself", node.name));
        } else if !near(address) {
            reader.wrong_do(
                place.clone(),
                format!("{} has no address in a network with {address}", node.name),
                "a router is a neighbour: it is on a link with the host",
            );
        }
    }
    let devices = node.routes.iter().filter_map(|(route, place)| Some((route.dev.as_deref()?, place)));
    let devices =
        devices.chain(node.commands.iter().filter_map(|(command, place)| Some((command.dev()?, place))));
    let devices = devices.chain(node.nat.iter().map(|nat| (nat.outside.as_str(), &nat.place)));
    for (name, place) in devices {
        if !port(name) {
            reader.mistakes.push(no_port(node, name, place.clone()));
        }
    }
}

/// What is said of an interface that there is not.
pub(super) fn no_port(
    node: &NodePlan,
    name: &str,
    place: core::ops::Range<usize>,
) -> crate::mistake::Mistake {
    let names = node.ports.iter().map(|port| port.name.as_str());
    let all = names.clone().collect::<Vec<_>>().join(", ");
    let hint = if all.is_empty() {
        "it has none: no link leads to it".to_owned()
    } else {
        format!("its interfaces are {all}")
    };
    crate::mistake::Mistake::new(place, format!("{} has no interface {name:?}", node.name))
        .hint(hint)
        .like(name, names)
}
