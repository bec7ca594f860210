//! What nodes know at a time.

use core::str::FromStr;

use crate::mistake::Mistake;
use crate::sim::{Machine, Run, Switch};
use crate::stack::Host;
use crate::stack::service::Figure;
use crate::stack::service::dns::Resolver;
use crate::time::Time;

/// What of a node is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// Interfaces and addresses, as `ip addr`.
    Addr,
    /// Routes, as `ip route`.
    Route,
    /// Neighbours, as `ip neigh`; of a switch the stations behind its ports.
    Neigh,
    /// What is translated: mappings and sessions.
    Nat,
    /// What the resolver knows.
    Dns,
    /// Sockets, as `ss`.
    Sockets,
}

const WORDS: [(&str, What); 6] = [
    ("addr", What::Addr),
    ("route", What::Route),
    ("neigh", What::Neigh),
    ("nat", What::Nat),
    ("dns", What::Dns),
    ("sockets", What::Sockets),
];

impl FromStr for What {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let found = WORDS.iter().find(|(word, _)| *word == text).map(|(_, what)| *what);
        found.ok_or_else(|| {
            let words = WORDS.iter().map(|(word, _)| *word);
            let all = words.clone().collect::<Vec<_>>().join(", ");
            Mistake::new(0..text.len(), "this cannot be shown")
                .hint(format!("there are {all}"))
                .like(text, words)
        })
    }
}

impl Run<'_> {
    /// What nodes know now: of each that has something of it, its name and below that what it is; of one node, without its name.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use layercake::sim::{Run, Scenario, output::What};
    /// let scenario: Scenario = "
    ///     duration = '1s'
    ///     [nodes.a]
    ///     address = '192.0.2.1/24'
    ///     gateway = '192.0.2.254'
    ///     [nodes.b]
    ///     [[links]]
    ///     between = ['a', 'b']
    /// ".parse()?;
    /// let run = Run::new(&scenario)?;
    /// let routes = "default via 192.0.2.254 dev eth0\n192.0.2.0/24 dev eth0 proto kernel\n";
    /// assert!(run.show(What::Route, Some("a")).contains(routes));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn show(&self, what: What, node: Option<&str>) -> String {
        let now = self.time();
        let mut text = String::new();
        for (name, machine) in self.machines().filter(|(name, _)| node.is_none_or(|node| node == *name)) {
            let lines = match machine {
                Machine::Host(host) => of_host(host, what, now),
                Machine::Switch(switch) => of_switch(switch, what, now),
            };
            match node {
                Some(_) => lines.iter().for_each(|line| text.extend([line, "\n"])),
                None if lines.is_empty() => {}
                None => {
                    text.extend([if text.is_empty() { "" } else { "\n" }, name, ":\n"]);
                    lines.iter().for_each(|line| text.extend(["  ", line, "\n"]));
                }
            }
        }
        if text.is_empty() { "nothing\n".to_owned() } else { text }
    }
}

fn lines(text: &impl ToString) -> Vec<String> {
    text.to_string().lines().map(str::to_owned).collect()
}

fn of_host(host: &Host, what: What, now: Time) -> Vec<String> {
    let stack = &host.stack;
    let interfaces = stack.interfaces();
    match what {
        What::Addr => interfaces.iter().flat_map(lines).collect(),
        What::Route => lines(&stack.routes().listing(interfaces)),
        What::Neigh => {
            let neighbour = |of: crate::stack::neighbour::Neighbour| {
                let on = interfaces.get(usize::from(of.interface.0)).map_or("?", |on| on.name.as_str());
                let mac = of.mac.map(|mac| format!(" lladdr {mac}")).unwrap_or_default();
                let router = if of.router { " router" } else { "" };
                format!("{} dev {on}{mac}{router} {}", of.address, of.state)
            };
            stack.neighbours(now).map(neighbour).collect()
        }
        What::Nat => {
            let Some(nat) = stack.nat() else { return Vec::new() };
            let outside =
                nat.address().map_or_else(|| "no address yet".to_owned(), |address| address.to_string());
            let mut lines = vec![format!("outside {outside}")];
            for mapping in nat.mappings() {
                lines.push(mapping.to_string());
                let own = |session: &crate::stack::nat::Session| {
                    (session.protocol, session.inside) == (mapping.protocol, mapping.inside)
                };
                lines.extend(nat.sessions().filter(own).map(|session| {
                    let state = session.state.map(|state| format!(", {state:?}")).unwrap_or_default();
                    let answered = if session.answered { "" } else { ", not answered" };
                    let rest = Figure::Time(session.until.since(now));
                    // Of ICMP there is no port.
                    let peer = match session.peer.port() {
                        0 => session.peer.ip().to_string(),
                        _ => session.peer.to_string(),
                    };
                    format!("  with {peer}{}{answered}, {rest} left", state.to_lowercase())
                }));
            }
            lines
        }
        What::Dns => host.get::<Resolver>().into_iter().flat_map(|resolver| resolver.cached(now)).collect(),
        What::Sockets => {
            let mut lines: Vec<String> = stack.sockets().map(|socket| socket.to_string()).collect();
            if !lines.is_empty() {
                lines.insert(0, "kind state        unread  to be acknowledged, own address, peer".to_owned());
            }
            lines
        }
    }
}

fn of_switch(switch: &Switch, what: What, now: Time) -> Vec<String> {
    match what {
        What::Neigh => {
            switch.stations(now).map(|(mac, port)| format!("{mac} behind eth{}", port.0)).collect()
        }
        _ => Vec::new(),
    }
}
