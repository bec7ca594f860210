//! Nodes of a scenario: hosts, routers, switches.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::program::{self, Program};
use super::value::{Reader, Table, Text, Value};
use super::{Kind, NodePlan, PortPlan};
use crate::field::Mac;
use crate::sim::{build, ip};
use crate::stack::neighbour::Advertise;
use crate::stack::tcp;

/// What a node can have.
pub(super) const NODE: &[&str] = &[
    "kind",
    "address",
    "gateway",
    "interfaces",
    "mac",
    "mtu",
    "routes",
    "neighbours",
    "ttl",
    "probe",
    "profile",
    "tcp",
    "nat",
    "rip",
    "advertise",
    "http",
    "echo",
    "discard",
    "chargen",
    "dns",
    "resolver",
    "nameserver",
    "dhcp",
];
/// Of these, what a switch can have.
const SWITCH: &[&str] = &["kind"];
/// What an interface can have.
pub(super) const INTERFACE: &[&str] = &["address", "mac", "mtu"];
/// What the NAT of a router can have.
pub(super) const NAT: &[&str] = &["outside", "forward"];

/// Nodes of a scenario at most.
const NODES: usize = 1_000;
/// Interfaces of a node at most.
const PORTS: usize = 256;

/// A name that a node, a link or an application can have.
pub(super) fn name(reader: &mut Reader<'_>, text: Text<'_>) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let good = text.text.bytes().all(fits) && (1..=64).contains(&text.text.len());
    let letter = text.text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if !good || !letter {
        reader
            .wrong(text.range(), "a name begins with a letter, and has letters, digits, - and _, 64 at most");
    }
    good && letter
}

/// All nodes.
pub(super) fn read<'t>(reader: &mut Reader<'t>, value: Value<'t>) -> Vec<NodePlan> {
    let mut nodes = Vec::new();
    let Some(table) = reader.all(value, "nodes") else { return nodes };
    for (key, value) in table.entries() {
        if !name(reader, key) {
            continue;
        }
        if nodes.len() >= NODES {
            reader.wrong(key.range(), format!("a scenario has at most {NODES} nodes"));
            break;
        }
        let Some(table) = reader.table(value, "a node", NODE) else { continue };
        nodes.push(node(reader, key, table));
    }
    nodes
}

fn node<'t>(reader: &mut Reader<'t>, name: Text<'t>, table: Table<'t>) -> NodePlan {
    let mut node = NodePlan::new(name.text);
    if let Some(kind) = table.get("kind").and_then(|kind| reader.text(kind)) {
        match kind.text {
            "host" => {}
            "router" => node.kind = Kind::Router,
            "switch" => node.kind = Kind::Switch,
            other => {
                let mistake = crate::mistake::Mistake::new(kind.range(), format!("there is no kind {other:?}"))
                    .hint("a node is a host, a router or a switch; what it does beyond that are keys: nat, dhcp, dns, resolver, http");
                reader.mistakes.push(mistake.like(other, ["host", "router", "switch"].into_iter()));
            }
        }
    }
    if node.kind == Kind::Switch {
        for (key, _) in table.entries() {
            if !SWITCH.contains(&key.text) && NODE.contains(&key.text) {
                reader
                    .wrong(key.range(), format!("a switch has no {}: it looks at Ethernet alone", key.text));
            }
        }
        return node;
    }
    node.stack.router = node.kind == Kind::Router;
    ports(reader, &mut node, table);
    tcp(reader, &mut node, table);
    if let Some(ttl) = table.get("ttl").and_then(|ttl| reader.number(ttl, 1..=255u8)) {
        node.stack.hop_limit = ttl;
    }
    if let Some(probe) = table.get("probe").and_then(|probe| reader.flag(probe)) {
        node.stack.neighbour.probe_ipv4 = probe;
    }
    for text in table.get("gateway").map(|value| reader.texts(value)).unwrap_or_default() {
        if let Some(address) = reader.parse::<IpAddr>(text, "address", "\"10.0.0.1\"") {
            node.gateways.push((address, text.range()));
        }
    }
    for text in table.get("routes").map(|value| reader.texts(value)).unwrap_or_default() {
        if let Some(route) = reader.take(&text, ip::route(text.text)) {
            node.routes.push((route, text.range()));
        }
    }
    for text in table.get("neighbours").map(|value| reader.texts(value)).unwrap_or_default() {
        let command = ip::neighbour(text.text).map(ip::Command::AddNeighbour);
        if let Some(command) = reader.take(&text, command) {
            node.commands.push((command, text.range()));
        }
    }
    for text in table.get("nameserver").map(|value| reader.texts(value)).unwrap_or_default() {
        node.nameservers.extend(reader.parse::<IpAddr>(text, "address of a name server", "\"10.0.0.53\""));
    }
    nat(reader, &mut node, table);
    advertise(reader, &mut node, table);
    program::read(reader, &mut node, table);
    node
}

/// An address of a name server, with its port if that is not 53.
pub(super) fn name_server<'t>(reader: &mut Reader<'t>, text: Text<'t>) -> Option<SocketAddr> {
    if let Ok(address) = text.text.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, 53));
    }
    reader.parse(text, "address of a name server", "\"10.0.0.53\"; names are not looked up for it")
}

/// Its interfaces, as far as the node itself says what they are.
fn ports<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>) {
    let mtu = table.get("mtu").and_then(|mtu| reader.number(mtu, 68..=65_535u32));
    node.mtu = mtu;
    if let Some(interfaces) = table.get("interfaces").and_then(|value| reader.all(value, "interfaces")) {
        for (key, value) in interfaces.entries().into_iter() {
            if node.ports.len() >= PORTS {
                reader.wrong(key.range(), format!("a node has at most {PORTS} interfaces"));
                break;
            }
            if !name(reader, key) || key.text == "lo" {
                continue;
            }
            let mut port = PortPlan::new(key.text, key.range());
            if value.is_table() {
                let Some(table) = reader.table(value, "an interface", INTERFACE) else { continue };
                if let Some(value) = table.get("address") {
                    addresses(reader, &mut port, value);
                }
                port.mac = table.get("mac").and_then(|mac| station(reader, mac));
                port.mtu = table.get("mtu").and_then(|mtu| reader.number(mtu, 68..=65_535u32));
            } else {
                addresses(reader, &mut port, value);
            }
            node.ports.push(port);
        }
    }
    let address = table.get("address");
    let mac = table.get("mac");
    if address.is_some() || mac.is_some() {
        let place = node.ports.iter().position(|port| port.name == "eth0").unwrap_or_else(|| {
            node.ports.insert(0, PortPlan::new("eth0", table.place_of("address")));
            0
        });
        let Some(port) = node.ports.get_mut(place) else { return };
        if let Some(value) = address {
            addresses(reader, port, value);
        }
        if let Some(mac) = mac {
            port.mac = station(reader, mac);
        }
    }
}

fn addresses<'t>(reader: &mut Reader<'t>, port: &mut PortPlan, value: Value<'t>) {
    for text in reader.texts(value) {
        if text.text == "dhcp" {
            port.dhcp = true;
        } else if let Some(address) = address(reader, text) {
            port.addresses.push((address, text.range()));
        }
    }
}

fn address<'t>(reader: &mut Reader<'t>, text: Text<'t>) -> Option<IpNet> {
    if text.text.parse::<IpAddr>().is_ok() {
        let length = if text.text.contains(':') { 64 } else { 24 };
        let hint = format!("how long is the network's prefix? write \"{}/{length}\"", text.text);
        reader.wrong_do(text.range(), "an address of an interface has a prefix", hint);
        return None;
    }
    let address: IpNet =
        reader.parse(text, "address with a prefix", "\"10.0.0.1/24\", \"2001:db8::1/64\" or \"dhcp\"")?;
    let ip = address.addr();
    // All bits zero or all one behind the prefix are no host of IPv4 (RFC 1122 section 3.2.1.3), but of two (RFC 3021).
    let ends = [address.network(), address.broadcast()];
    let none = ip.is_multicast()
        || ip.is_unspecified()
        || (ip.is_ipv4() && address.prefix_len() < 31 && ends.contains(&ip));
    if none {
        reader.wrong_do(
            text.range(),
            format!("no host can have {ip} in the network {}", address.trunc()),
            "the first address of a network is its own, the last one is for all of its hosts",
        );
    }
    (!none).then_some(address)
}

fn station<'t>(reader: &mut Reader<'t>, value: Value<'t>) -> Option<Mac> {
    let text = reader.text(value)?;
    let mac: Mac = reader.parse(text, "Ethernet address", "\"02:00:00:00:00:01\"")?;
    if mac.is_group() || mac == Mac::default() {
        reader.wrong(text.range(), "this is no Ethernet address of a station: the first byte of one is even");
        return None;
    }
    Some(mac)
}

fn tcp<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>) {
    if let Some(profile) = table.get("profile").and_then(|profile| reader.text(profile)) {
        match tcp::Config::profile(profile.text) {
            Some(config) => node.stack.tcp = config,
            None => {
                let known = ["linux", "freebsd", "rfc"];
                let mistake = crate::mistake::Mistake::new(profile.range(), "there is no such profile")
                    .hint("the profiles are linux, freebsd and rfc");
                reader.mistakes.push(mistake.like(profile.text, known.into_iter()));
            }
        }
    }
    let Some(settings) = table.get("tcp").and_then(|value| reader.all(value, "tcp")) else { return };
    let known: BTreeMap<&str, ()> = tcp::Config::settings().map(|name| (name, ())).collect();
    for (key, value) in settings.entries() {
        if !known.contains_key(key.text) {
            let mistake = crate::mistake::Mistake::new(key.range(), "TCP has no such setting")
                .hint(format!("the settings are {}", tcp::Config::settings().collect::<Vec<_>>().join(", ")));
            reader.mistakes.push(mistake.like(key.text, tcp::Config::settings()));
            continue;
        }
        let written = match value.written() {
            Some("true") => "on",
            Some("false") => "off",
            Some(written) => written,
            None => {
                reader.wrong(value.range(), "a setting of TCP is a text, a number, true or false");
                continue;
            }
        };
        if let Err(error) = node.stack.tcp.set(key.text, written) {
            reader.wrong(value.range(), error.to_string());
        }
    }
}

fn nat<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>) {
    let Some(value) = table.get("nat") else { return };
    if node.kind != Kind::Router {
        reader.wrong_do(
            table.place_of("nat"),
            "only a router translates addresses",
            "write kind = \"router\"",
        );
        return;
    }
    let (outside, forwards) = if value.is_text() {
        (reader.text(value), Vec::new())
    } else {
        let Some(table) = reader.table(value, "nat", NAT) else { return };
        let outside = table.get("outside").and_then(|outside| reader.text(outside));
        if outside.is_none() {
            reader.wrong_do(table.range(), "which interface is outside?", "write outside = \"eth1\"");
        }
        (outside, table.get("forward").map(|value| reader.texts(value)).unwrap_or_default())
    };
    let Some(outside) = outside else { return };
    let mut plan =
        super::NatPlan { outside: outside.text.to_owned(), place: outside.range(), forwards: Vec::new() };
    for text in forwards {
        match program::forward(text.text) {
            Some(forward) => plan.forwards.push((forward, text.range())),
            None => reader.wrong_do(
                text.range(),
                "this is no forwarded port",
                "write \"tcp:8080=192.168.0.2:80\": a port outside, and where it leads inside; or udp",
            ),
        }
    }
    node.nat = Some(plan);
}

/// What a router says of its links (RFC 4861 section 6.2): the IPv6 networks of its interfaces.
fn advertise<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>) {
    if table.get("advertise").and_then(|value| reader.flag(value)) != Some(true) {
        return;
    }
    let place = table.place_of("advertise");
    if node.kind != Kind::Router {
        return reader.wrong_do(place, "routers say what networks there are", "write kind = \"router\"");
    }
    for (number, port) in node.ports.iter().enumerate() {
        for (address, _) in &port.addresses {
            if let IpNet::V6(address) = address {
                let line = Advertise::new(build::interface(node, number), address.trunc());
                node.stack.neighbour.advertise.push(line);
            }
        }
    }
    if node.stack.neighbour.advertise.is_empty() {
        let hint = "give its interfaces IPv6 addresses: their networks are what it tells";
        reader.wrong_do(place, format!("{} has no IPv6 network", node.name), hint);
    }
}

impl NodePlan {
    /// The interface of a name, which is made if there is none.
    pub(super) fn port(&mut self, name: &str, place: core::ops::Range<usize>) -> Option<usize> {
        if let Some(place) = self.ports.iter().position(|port| port.name == name) {
            return Some(place);
        }
        if self.ports.len() >= PORTS {
            return None;
        }
        self.ports.push(PortPlan::new(name, place));
        Some(self.ports.len() - 1)
    }

    /// The first of eth0, eth1, … that no link has.
    pub(super) fn free_port(&mut self, place: core::ops::Range<usize>) -> Option<usize> {
        for number in 0..PORTS {
            let name = format!("eth{number}");
            let place = self.port(&name, place.clone())?;
            if self.ports.get(place).is_some_and(|port| port.link.is_none()) {
                return Some(place);
            }
        }
        None
    }

    /// Whether it runs a program that listens for questions of DNS.
    pub(in crate::sim) fn answers_names(&self) -> bool {
        self.programs.iter().any(|program| matches!(program, Program::Zones(_) | Program::Resolver(_)))
    }
}
