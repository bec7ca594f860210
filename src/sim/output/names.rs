//! What nodes, ports and links are called.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::sim::build;
use crate::sim::{CableId, NodeId, Port, Scenario};

/// What the nodes, ports and links of a [`Scenario`] are called, by their numbers in its [`Net`](crate::sim::Net).
///
/// ```
/// use layercake::sim::{CableId, NodeId, Scenario};
/// use layercake::sim::output::Names;
/// use layercake::stack::InterfaceId;
///
/// let scenario: Scenario = "
///     duration = '1s'
///     nodes.a.address = '192.0.2.1/24'
///     nodes.sw.kind = 'switch'
///     [[links]]
///     between = ['a', 'sw']
/// ".parse()?;
/// let names = Names::of(&scenario);
/// // Interface 0 of a host is that to itself; a switch has none such.
/// assert_eq!(names.port((NodeId(0), InterfaceId(1))), "a:eth0");
/// assert_eq!(names.port((NodeId(1), InterfaceId(0))), "sw:eth0");
/// assert_eq!(names.link(CableId(0)), "a-sw");
/// # Ok::<(), layercake::sim::BadScenario>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    nodes: Vec<String>,
    /// Each with its place among all.
    ports: BTreeMap<Port, (u32, String)>,
    links: Vec<Link>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Link {
    name: String,
    ends: Vec<Port>,
}

impl Names {
    /// Those of a scenario.
    pub fn of(scenario: &Scenario) -> Self {
        let mut names = Self::default();
        let port = |node: usize, port: usize| {
            Some((NodeId(node), build::interface(scenario.nodes.get(node)?, port)))
        };
        for (number, node) in scenario.nodes.iter().enumerate() {
            names.nodes.push(node.name.clone());
            for (place, of) in node.ports.iter().enumerate() {
                let count = u32::try_from(names.ports.len()).unwrap_or(u32::MAX);
                names.ports.extend(
                    port(number, place).map(|port| (port, (count, format!("{}:{}", node.name, of.name)))),
                );
            }
        }
        for link in &scenario.links {
            let ends = link.ends.iter().filter_map(|(node, place)| port(*node, *place)).collect();
            names.links.push(Link { name: link.name.clone(), ends });
        }
        names
    }

    /// All nodes, in the order of the scenario.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// A node; `?` if there is no such.
    pub fn node(&self, node: NodeId) -> &str {
        self.nodes.get(node.0).map_or("?", String::as_str)
    }

    /// A port with its node: `a:eth0`; `?` if there is no such.
    pub fn port(&self, port: Port) -> &str {
        self.ports.get(&port).map_or("?", |(_, name)| name)
    }

    /// A link; `?` if there is no such.
    pub fn link(&self, cable: CableId) -> &str {
        self.links.get(cable.0).map_or("?", |link| &link.name)
    }

    /// The ports at the two ends of a link.
    pub fn ends(&self, cable: CableId) -> Option<[Port; 2]> {
        self.links.get(cable.0)?.ends.as_slice().try_into().ok()
    }

    /// All ports, in the order of their nodes, each with its number among them.
    pub(super) fn numbered(&self, port: Port) -> Option<(u32, &str)> {
        self.ports.get(&port).map(|(number, name)| (*number, name.as_str()))
    }
}
