//! What a lab is, whoever wrote it: nodes, their interfaces and routes, and links.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::ImportError;
use crate::field::Mac;
use crate::sim::ip::{Command, Link as Settings, Neighbour, Route, Version, shown};

/// Nodes, at most.
const NODES: usize = 1_000;
/// Links, at most.
const LINKS: usize = 2_000;
/// Of what an interface or a node can have many of, at most.
const MANY: usize = 1_000;
/// Commands in all files, at most.
const COMMANDS: usize = 100_000;
/// Sentences about what is left out, at most.
const SENTENCES: usize = 1_000;
/// The longest name, in bytes.
const NAME: usize = 60;

/// A lab.
#[derive(Debug)]
pub(super) struct Lab {
    /// The file that it is from.
    pub file: String,
    /// Whose format that is.
    pub format: &'static str,
    pub title: String,
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    pub left_out: Vec<String>,
    /// By the name that it has in the lab.
    index: BTreeMap<String, usize>,
    taken: BTreeSet<String>,
    said: BTreeSet<String>,
    commands: usize,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub name: String,
    /// It is one by its kind or what runs on it.
    pub router: bool,
    /// It was told to, or not to.
    pub forwards: Option<bool>,
    pub switch: bool,
    /// By length and name, so that eth2 stands before eth10.
    pub ports: BTreeMap<(usize, String), Port>,
    pub routes: Vec<Route>,
    pub neighbours: Vec<Neighbour>,
    /// Bridges that it makes inside.
    pub bridges: BTreeSet<String>,
    /// Whether an interface of it is in one.
    pub bridged: bool,
}

/// An interface.
#[derive(Debug, Default)]
pub(super) struct Port {
    pub name: String,
    pub addresses: Vec<IpNet>,
    pub dhcp: bool,
    pub mac: Option<Mac>,
    pub mtu: Option<u32>,
    pub down: bool,
}

#[derive(Debug)]
pub(super) struct Link {
    pub name: Option<String>,
    /// Names of nodes and ports.
    pub ends: [(String, String); 2],
    pub mtu: Option<u32>,
}

impl Lab {
    pub fn new(file: &str, format: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            format,
            title: String::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            left_out: Vec::new(),
            index: BTreeMap::new(),
            taken: BTreeSet::new(),
            said: BTreeSet::new(),
            commands: 0,
        }
    }

    /// Says what is left out, once.
    pub fn leave_out(&mut self, place: &str, what: &str) {
        let sentence = format!("{place}: {what}");
        if self.left_out.len() > SENTENCES || !self.said.insert(sentence.clone()) {
            return;
        }
        self.left_out.push(if self.left_out.len() == SENTENCES {
            "and more, which is not said any more".to_owned()
        } else {
            sentence
        });
    }

    /// The node with this name in the lab; made, if there is none.
    pub fn node(&mut self, place: &str, line: usize, name: &str) -> Result<usize, ImportError> {
        if let Some(index) = self.index.get(name) {
            return Ok(*index);
        }
        let index = self.push(place, line, name)?;
        self.index.insert(name.to_owned(), index);
        Ok(index)
    }

    /// A switch that no node of the lab is, but something between them.
    pub fn switch(&mut self, place: &str, line: usize, name: &str) -> Result<usize, ImportError> {
        let index = self.push(place, line, name)?;
        if let Some(node) = self.nodes.get_mut(index) {
            node.switch = true;
        }
        Ok(index)
    }

    fn push(&mut self, place: &str, line: usize, name: &str) -> Result<usize, ImportError> {
        if self.nodes.len() == NODES {
            return Err(ImportError::new(
                &self.file,
                Some(line),
                format!("a lab has at most {NODES} nodes here"),
            ));
        }
        let name = self.own_name(place, name);
        self.nodes.push(Node { name, ..Node::default() });
        Ok(self.nodes.len().saturating_sub(1))
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// A name that nothing else has, as much like this one as can be.
    pub fn own_name(&mut self, place: &str, name: &str) -> String {
        let clean = clean(name);
        let mut own = clean.clone();
        let mut count = 1u32;
        while !self.taken.insert(own.clone()) {
            count = count.saturating_add(1);
            own = format!("{clean}-{count}");
        }
        if own != name {
            self.leave_out(place, &format!("{} is called {own} here", shown(name)));
        }
        own
    }

    /// An interface of a node that nothing is joined to yet. Gives its name.
    pub fn port(&mut self, place: &str, node: usize, port: &str) -> Option<String> {
        let name = clean(port);
        let node = self.nodes.get_mut(node)?;
        let key = (port.len(), port.to_owned());
        if node.ports.contains_key(&key) || node.ports.values().any(|other| other.name == name) {
            let what = format!("{} of {} is joined to something already", shown(port), node.name);
            self.leave_out(place, &what);
            return None;
        }
        node.ports.insert(key, Port { name: name.clone(), ..Port::default() });
        if name != port {
            self.leave_out(place, &format!("the interface {} is called {name} here", shown(port)));
        }
        Some(name)
    }

    pub fn link(&mut self, line: usize, link: Link) -> Result<(), ImportError> {
        if self.links.len() == LINKS {
            return Err(ImportError::new(
                &self.file,
                Some(line),
                format!("a lab has at most {LINKS} links here"),
            ));
        }
        self.links.push(link);
        Ok(())
    }

    /// Counts a command; too many are the end.
    pub fn count(&mut self, file: &str, line: usize) -> Result<(), ImportError> {
        self.commands = self.commands.saturating_add(1);
        if self.commands > COMMANDS {
            let message = format!("a lab has at most {COMMANDS} lines of commands here");
            return Err(ImportError::new(file, Some(line), message));
        }
        Ok(())
    }

    /// Does to a node what a command says, or says why not.
    pub fn run(&mut self, place: &str, node: usize, command: Command) {
        let Some(node) = self.nodes.get_mut(node) else { return };
        let what = match command.dev() {
            Some("lo") if matches!(command, Command::SetLink(_)) => return,
            Some("lo") => Err(format!("a loopback has 127.0.0.1 and ::1 alone here: `{command}`")),
            Some(dev) if node.bridges.contains(dev) => match command {
                Command::SetLink(Settings { address: None, .. }) => return,
                _ => Err(format!("the bridge {} has no addresses here", shown(dev))),
            },
            _ => node.run(command),
        };
        if let Err(what) = what {
            self.leave_out(place, &what);
        }
    }
}

impl Node {
    fn run(&mut self, command: Command) -> Result<(), String> {
        let named = self.name.clone();
        let none = |dev: &str| format!("{named} has no interface {}", shown(dev));
        let many = || format!("{named} has more than {MANY} of these");
        match command {
            Command::AddAddress { address, dev } => {
                let port = self.port(&dev).ok_or_else(|| none(&dev))?;
                if port.addresses.contains(&address) {
                    return Ok(());
                }
                if port.addresses.len() >= MANY {
                    return Err(many());
                }
                port.addresses.push(address);
            }
            Command::RemoveAddress { address, dev } => {
                let port = self.port(&dev).ok_or_else(|| none(&dev))?;
                port.addresses.retain(|other| *other != address);
            }
            Command::FlushAddresses { dev, version } => {
                let port = self.port(&dev).ok_or_else(|| none(&dev))?;
                port.addresses.retain(|address| match address {
                    IpNet::V4(_) => version == Some(Version::Ipv6),
                    IpNet::V6(_) => version == Some(Version::Ipv4),
                });
            }
            Command::AddRoute(route) => self.add_route(route)?,
            Command::ReplaceRoute(route) => {
                self.routes.retain(|other| (other.network, other.metric) != (route.network, route.metric));
                self.add_route(route)?;
            }
            Command::RemoveRoute(route) => {
                let via = |other: &Route| route.via.is_none() || other.via == route.via;
                let metric = |other: &Route| route.metric.is_none() || other.metric == route.metric;
                self.routes.retain(|other| !(other.network == route.network && via(other) && metric(other)));
            }
            Command::SetLink(Settings { dev, address, up, mtu, mac }) => {
                let port = self.port(&dev).ok_or_else(|| none(&dev))?;
                if let Some(address) = address {
                    port.addresses.retain(|address| matches!(address, IpNet::V6(_)));
                    port.addresses.insert(0, address);
                }
                port.mtu = mtu.or(port.mtu);
                port.mac = mac.or(port.mac);
                port.down = up.map_or(port.down, |up| !up);
            }
            Command::AddNeighbour(neighbour) => {
                if self.neighbours.len() >= MANY {
                    return Err(many());
                }
                let dev = self.port(&neighbour.dev).ok_or_else(|| none(&neighbour.dev))?.name.clone();
                self.neighbours.retain(|other| (other.address, &other.dev) != (neighbour.address, &dev));
                self.neighbours.push(Neighbour { dev, ..neighbour });
            }
            Command::RemoveNeighbour { address, dev } => {
                let dev = self.port(&dev).ok_or_else(|| none(&dev))?.name.clone();
                self.neighbours.retain(|other| (other.address, &other.dev) != (address, &dev));
            }
        }
        Ok(())
    }

    fn add_route(&mut self, mut route: Route) -> Result<(), String> {
        if let Some(dev) = route.dev.take() {
            let named = self.name.clone();
            let port = self.port(&dev).ok_or_else(|| format!("{named} has no interface {}", shown(&dev)))?;
            route.dev = Some(port.name.clone());
        }
        if self.routes.len() >= MANY {
            return Err(format!("{} has more than {MANY} routes", self.name));
        }
        if !self.routes.contains(&route) {
            self.routes.push(route);
        }
        Ok(())
    }

    /// The interface with this name in the lab.
    pub fn port(&mut self, name: &str) -> Option<&mut Port> {
        self.ports.get_mut(&(name.len(), name.to_owned()))
    }

    /// The router that a host sends everything to, if that is all that its route says.
    pub fn gateway(route: &Route) -> Option<IpAddr> {
        let link_local = |via: &IpAddr| matches!(via, IpAddr::V6(via) if via.is_unicast_link_local());
        let plain = route.network.prefix_len() == 0 && route.metric.is_none();
        route.via.filter(|via| plain && !link_local(via))
    }
}

/// A name as a scenario can have it: it begins with a letter, and has letters, digits, `-` and `_`.
pub(super) fn clean(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut clean: String =
        name.chars().take(NAME - 1).map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    if !clean.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        clean.insert(0, 'n');
    }
    clean
}
