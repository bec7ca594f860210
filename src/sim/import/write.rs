//! A lab as a scenario in TOML.

use core::fmt::Write as _;

use super::lab::{Lab, Node, Port};
use super::one_line;
use crate::sim::ip::Route;

/// Adds lines. Writing to a `String` cannot fail.
macro_rules! add {
    ($text:expr, $($words:tt)*) => { { let _ = writeln!($text, $($words)*); } };
}

pub(super) fn scenario(lab: &Lab) -> String {
    let mut text = String::new();
    let title = if lab.title.is_empty() { format!("A lab of {}", lab.format) } else { lab.title.clone() };
    add!(text, "# From {}, a lab of {}.", one_line(&lab.file), lab.format);
    if !lab.left_out.is_empty() {
        add!(text, "#\n# What is left out:");
        for sentence in &lab.left_out {
            add!(text, "# - {}", one_line(sentence));
        }
    }
    add!(text, "\ntitle = {}", quoted(&title));
    add!(text, "duration = \"10s\"");
    for node in &lab.nodes {
        text.push('\n');
        of_node(&mut text, node);
    }
    for link in &lab.links {
        add!(text, "\n[[links]]");
        if let Some(name) = &link.name {
            add!(text, "name = {}", quoted(name));
        }
        let [one, other] = link.ends.each_ref().map(|(node, port)| quoted(&format!("{node}:{port}")));
        add!(text, "between = [{one}, {other}]");
        if let Some(mtu) = link.mtu {
            add!(text, "mtu = {mtu}");
        }
    }
    for node in &lab.nodes {
        for port in node.ports.values().filter(|port| port.down && !is_switch(node)) {
            add!(text, "\n[[events]]\nat = \"0s\"\non = {}", quoted(&node.name));
            add!(text, "ip = {}", quoted(&format!("link set {} down", port.name)));
        }
    }
    example(&mut text, lab);
    text
}

/// What could happen, to begin with.
fn example(text: &mut String, lab: &Lab) {
    let has = |node: &&Node| !is_switch(node) && node.ports.values().any(|port| !port.addresses.is_empty());
    let mut nodes =
        lab.nodes.iter().filter(|node| !forwards(node)).chain(lab.nodes.iter().filter(|node| forwards(node)));
    let mut nodes = nodes.by_ref().filter(has);
    if let (Some(one), Some(other)) = (nodes.next(), nodes.next()) {
        add!(text, "\n# Nothing happens yet. For example:\n#\n# [[apps]]");
        add!(
            text,
            "# on = {}\n# kind = \"ping\"\n# to = {}\n# count = 3",
            quoted(&one.name),
            quoted(&other.name)
        );
    }
}

/// It joins its interfaces to one network: told so, or by a bridge inside and no addresses.
fn is_switch(node: &Node) -> bool {
    let bare = || node.ports.values().all(|port| port.addresses.is_empty() && !port.dhcp);
    node.switch || node.bridged && bare()
}

fn forwards(node: &Node) -> bool {
    node.forwards.unwrap_or(node.router || node.ports.len() > 1)
}

fn of_node(text: &mut String, node: &Node) {
    add!(text, "[nodes.{}]", node.name);
    if is_switch(node) {
        add!(text, "kind = \"switch\"");
        return;
    }
    if forwards(node) {
        if node.forwards.is_none() && !node.router {
            add!(text, "# It has several interfaces, and containers forward.");
        }
        add!(text, "kind = \"router\"");
    }
    let ports: Vec<&Port> = node.ports.values().filter(|port| port.is_said()).collect();
    // An MTU of the node would be that of all its interfaces.
    let short = |port: &&Port| port.name == "eth0" && (port.mtu.is_none() || node.ports.len() == 1);
    let alone = ports.first().copied().filter(short).filter(|_| ports.len() == 1);
    for (key, value) in alone.map(said).into_iter().flatten() {
        add!(text, "{key} = {value}");
    }
    let (mut gateways, mut routes) = (Vec::new(), Vec::new());
    for route in &node.routes {
        match Node::gateway(route).filter(|_| *route == plain(route)) {
            Some(gateway) => gateways.push(gateway.to_string()),
            None => routes.push(route.to_string()),
        }
    }
    if !gateways.is_empty() {
        add!(text, "gateway = {}", list(&gateways));
    }
    if !routes.is_empty() {
        add!(text, "routes = [");
        for route in routes {
            add!(text, "    {},", quoted(&route));
        }
        add!(text, "]");
    }
    let neighbours: Vec<String> = node.neighbours.iter().map(ToString::to_string).collect();
    if !neighbours.is_empty() {
        add!(text, "neighbours = {}", list(&neighbours));
    }
    if alone.is_none() && !ports.is_empty() {
        add!(text, "[nodes.{}.interfaces]", node.name);
        for port in ports {
            match said(port).as_slice() {
                [("address", addresses)] => add!(text, "{} = {addresses}", port.name),
                words => {
                    let words: Vec<String> =
                        words.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                    add!(text, "{} = {{ {} }}", port.name, words.join(", "));
                }
            }
        }
    }
}

/// What is said of an interface: keys with their values.
fn said(port: &Port) -> Vec<(&'static str, String)> {
    let words = [
        ("address", addresses(port)),
        ("mac", port.mac.map(|mac| quoted(&mac.to_string()))),
        ("mtu", port.mtu.map(|mtu| mtu.to_string())),
    ];
    words.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A route that says a router and nothing else.
fn plain(route: &Route) -> Route {
    Route { via: route.via, ..Route::to(route.network) }
}

impl Port {
    /// Whether there is anything to say of it.
    fn is_said(&self) -> bool {
        !self.addresses.is_empty() || self.dhcp || self.mac.is_some() || self.mtu.is_some()
    }
}

fn addresses(port: &Port) -> Option<String> {
    let mut all: Vec<String> = port.dhcp.then(|| "dhcp".to_owned()).into_iter().collect();
    all.extend(port.addresses.iter().map(ToString::to_string));
    (!all.is_empty()).then(|| list(&all))
}

/// One, or a list of several.
fn list(values: &[String]) -> String {
    match values {
        [one] => quoted(one),
        _ => format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")),
    }
}

/// A text as TOML has it, in which nothing does more than show itself.
fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => all.extend(['\\', letter]),
            ' '..='~' => all.push(letter),
            _ if letter.is_alphanumeric() => all.push(letter),
            _ => all.push_str(&format!("\\U{:08x}", u32::from(letter))),
        }
    }
    all.push('"');
    all
}
