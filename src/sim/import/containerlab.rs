//! Containerlab's topologies: `*.clab.yml`.

use super::lab::{Lab, Link};
use super::yaml::{self, Value};
use super::{ImportError, startup};
use crate::field::Mac;
use crate::sim::ip::{Command, shown};

/// Kinds of nodes that are bridges.
const BRIDGES: [&str; 2] = ["bridge", "ovs-bridge"];

/// Words in kinds of nodes that route.
const ROUTERS: [&str; 35] = [
    "srl",
    "srlinux",
    "sros",
    "nokia",
    "vr",
    "ceos",
    "veos",
    "arista",
    "crpd",
    "juniper",
    "vmx",
    "vqfx",
    "vsrx",
    "vjunos",
    "cjunosevolved",
    "cisco",
    "xrd",
    "xrv",
    "xrv9k",
    "csr",
    "iol",
    "cvx",
    "cumulusvx",
    "sonic",
    "rare",
    "ipinfusion",
    "huawei",
    "dell",
    "aoscx",
    "openwrt",
    "ros",
    "vyosnetworks",
    "vyos",
    "vpp",
    "6wind",
];

/// What a node has that changes nothing on the wire, or is read elsewhere.
const QUIET: [&str; 40] = [
    "kind",
    "image",
    "type",
    "group",
    "exec",
    "sysctls",
    "labels",
    "env",
    "env-files",
    "user",
    "entrypoint",
    "cmd",
    "cpu",
    "cpu-set",
    "memory",
    "mgmt-ipv4",
    "mgmt-ipv6",
    "mgmt_ipv4",
    "mgmt_ipv6",
    "position",
    "license",
    "image-pull-policy",
    "restart-policy",
    "auto-remove",
    "startup-delay",
    "runtime",
    "healthcheck",
    "certificate",
    "aliases",
    "cap-add",
    "shm-size",
    "devices",
    "dns",
    "extras",
    "ports",
    "publish",
    "credentials",
    "suppress-startup-config",
    "enforce-startup-config",
    "components",
];

/// What stands in the place of a node at the end of a link that leaves the lab, and the types of such links.
const OUTSIDE: [&str; 6] = ["host", "mgmt-net", "macvlan", "vxlan", "vxlan-stitch", "dummy"];

pub(super) fn read(file: &str, text: &str) -> Result<Lab, ImportError> {
    let root = yaml::read(file, text)?;
    let mut lab = Lab::new(file, "containerlab");
    lab.title = root.get("name").and_then(Value::text).unwrap_or_default().to_owned();
    let topology = root.get("topology").filter(|topology| topology.is_map());
    let topology = topology.ok_or_else(|| ImportError::new(file, None, "there is no topology in it"))?;
    let nodes = topology.get("nodes").filter(|nodes| nodes.is_map());
    let nodes =
        nodes.ok_or_else(|| ImportError::new(file, Some(topology.line), "the topology has no nodes"))?;
    for (name, value) in nodes.entries() {
        let place = format!("{file}:{}", value.line);
        let node = lab.node(&place, value.line, name)?;
        let levels = Levels::of(topology, value);
        let kind = levels.text("kind").unwrap_or_default();
        let image = levels.text("image").unwrap_or_default();
        if let Some(node) = lab.nodes.get_mut(node) {
            node.switch = BRIDGES.contains(&kind);
            node.router = routes(kind) || startup::is_daemon(image);
        }
    }
    for link in topology.get("links").map_or(&[][..], Value::items) {
        join(&mut lab, link)?;
    }
    for (name, value) in nodes.entries() {
        if let Some(node) = lab.find(name) {
            configure(&mut lab, node, &Levels::of(topology, value))?;
        }
    }
    Ok(lab)
}

/// Whether a kind is that of a router: by its words.
fn routes(kind: &str) -> bool {
    kind.to_ascii_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| ROUTERS.contains(&word))
}

/// What is said of a node, the general first: defaults, kind, group, the node itself.
struct Levels<'v> {
    levels: Vec<&'v Value>,
}

impl<'v> Levels<'v> {
    fn of(topology: &'v Value, node: &'v Value) -> Self {
        let defaults = topology.get("defaults");
        let named = |what: &str, name: Option<&str>| {
            let of = topology.get(match what {
                "group" => "groups",
                _ => "kinds",
            })?;
            of.get(name?)
        };
        let said = |level: Option<&'v Value>, what: &str| {
            level.and_then(|level| level.get(what)).and_then(Value::text)
        };
        let group = named("group", said(Some(node), "group").or_else(|| said(defaults, "group")));
        let kind =
            said(Some(node), "kind").or_else(|| said(group, "kind")).or_else(|| said(defaults, "kind"));
        let kind = named("kind", kind);
        Self { levels: [defaults, kind, group, Some(node)].into_iter().flatten().collect() }
    }

    /// A text: the most special one.
    fn text(&self, key: &str) -> Option<&'v str> {
        self.levels.iter().rev().find_map(|level| level.get(key)).and_then(Value::text)
    }

    /// All values of a key, the general first.
    fn all(&self, key: &str) -> impl Iterator<Item = &'v Value> {
        self.levels.iter().filter_map(move |level| level.get(key))
    }
}

/// The end of a link.
struct End<'v> {
    node: &'v str,
    port: &'v str,
    mac: Option<&'v str>,
    addresses: Vec<&'v str>,
}

impl<'v> End<'v> {
    /// `a:eth1`, or a mapping that says it.
    fn of(value: &'v Value) -> Option<Self> {
        let addresses = ["ipv4", "ipv6"].into_iter().filter_map(|key| value.get(key)?.text()).collect();
        let mac = value.get("mac").and_then(Value::text);
        let (node, port) = match value.text() {
            Some(text) => text.split_once(':')?,
            None => (value.get("node")?.text()?, value.get("interface")?.text()?),
        };
        Some(Self { node, port, mac, addresses })
    }
}

fn join(lab: &mut Lab, link: &Value) -> Result<(), ImportError> {
    let place = format!("{}:{}", lab.file, link.line);
    let kind = link.get("type").and_then(Value::text).unwrap_or("veth");
    let ends: Vec<Option<End<'_>>> =
        link.get("endpoints").map_or(&[][..], Value::items).iter().map(End::of).collect();
    if kind != "veth" {
        let what = if OUTSIDE.contains(&kind) { "are not taken" } else { "are not known" };
        lab.leave_out(&place, &format!("links of the type {} {what}", shown(kind)));
        return Ok(());
    }
    let [Some(one), Some(other)] = ends.as_slice() else {
        lab.leave_out(&place, "a link has two endpoints, each a node and an interface");
        return Ok(());
    };
    let mut found = Vec::new();
    for end in [one, other] {
        let Some(node) = lab.find(end.node) else {
            let what = if OUTSIDE.contains(&end.node) { "leaves the lab" } else { "is no node" };
            lab.leave_out(&place, &format!("a link is not taken: {} {what}", shown(end.node)));
            return Ok(());
        };
        found.push((node, end));
    }
    let mut ends = Vec::new();
    for (node, end) in &found {
        let Some(port) = lab.port(&place, *node, end.port) else { return Ok(()) };
        let name = lab.nodes.get(*node).map(|node| node.name.clone()).unwrap_or_default();
        ends.push((name, port));
    }
    let Ok(ends) = <[(String, String); 2]>::try_from(ends) else { return Ok(()) };
    let mtu = link.get("mtu").and_then(Value::text).and_then(|text| {
        let mtu = text.parse().ok().filter(|mtu| (68..=65_535).contains(mtu));
        if mtu.is_none() {
            lab.leave_out(&place, &format!("{} is no MTU", shown(text)));
        }
        mtu
    });
    lab.link(link.line, Link { name: None, ends, mtu })?;
    // Addresses can stand at the link too, one for each end.
    let at_link = |count: usize| {
        let of = move |key: &str| link.get(key)?.items().get(count)?.text();
        ["ipv4", "ipv6"].into_iter().filter_map(of).collect::<Vec<_>>()
    };
    for (count, (node, end)) in found.into_iter().enumerate() {
        let addresses = end.addresses.iter().copied().chain(at_link(count));
        let address = addresses.map(|address| ("addr add", address));
        for (what, value) in address.chain(end.mac.map(|mac| ("link set address", mac))) {
            if what == "link set address" {
                station(lab, &place, node, end.port, value);
                continue;
            }
            match Command::parse(&format!("{what} {value} dev {}", end.port)) {
                Ok(command) => lab.run(&place, node, command),
                Err(mistake) => lab.leave_out(&place, &mistake.to_string()),
            }
        }
    }
    Ok(())
}

/// The Ethernet address of an interface.
fn station(lab: &mut Lab, place: &str, node: usize, port: &str, mac: &str) {
    match mac.parse::<Mac>() {
        Ok(mac) if !mac.is_group() => {
            if let Some(port) = lab.nodes.get_mut(node).and_then(|node| node.port(port)) {
                port.mac = Some(mac);
            }
        }
        _ => lab.leave_out(place, &format!("{} is no Ethernet address of an interface", shown(mac))),
    }
}

/// What a node is told: settings, commands; and what of it is left out.
fn configure(lab: &mut Lab, node: usize, levels: &Levels<'_>) -> Result<(), ImportError> {
    for sysctls in levels.all("sysctls") {
        for (name, value) in sysctls.entries() {
            let place = format!("{}:{}", lab.file, value.line);
            startup::setting(lab, node, &place, name, value.text().unwrap_or_default());
        }
    }
    for command in levels.all("exec").flat_map(Value::items) {
        let place = format!("{}:{}", lab.file, command.line);
        match command.text() {
            Some(text) => startup::one(lab, node, &place, command.line, text)?,
            None => lab.leave_out(&place, "a command is a text"),
        }
    }
    for (key, value) in levels.levels.iter().flat_map(|level| level.entries()) {
        let place = format!("{}:{}", lab.file, value.line);
        match key.as_str() {
            key if QUIET.contains(&key) => {}
            "startup-config" | "config" => lab.leave_out(&place, "configuration of routers is not read here"),
            "binds" => {
                let daemon = value.items().iter().filter_map(Value::text).any(startup::is_daemon);
                if let Some(node) = lab.nodes.get_mut(node).filter(|_| daemon) {
                    node.router = true;
                }
                lab.leave_out(&place, "files that are put into a container are not looked at");
            }
            "network-mode" if matches!(value.text(), Some("none" | "bridge")) => {}
            key => lab.leave_out(&place, &format!("{} of a node is not known here", shown(key))),
        }
    }
    Ok(())
}
