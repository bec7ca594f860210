//! A scenario as nodes and cables.

use core::time::Duration;
use std::net::IpAddr;

use super::scenario::{Kind, NodePlan, Program};
use super::{Machine, Net, NodeId, Scenario, Switch, Watch, ip};
use crate::field::Mac;
use crate::link::Cable;
use crate::random::seed_of;
use crate::stack::service::dhcp::{self, DhcpClient, DhcpServer};
use crate::stack::service::dns::{DnsServer, Resolver};
use crate::stack::service::http::{self, HttpServer};
use crate::stack::service::rip::{self, Rip};
use crate::stack::service::{Service, Small};
use crate::stack::{Config, Errno, Host, InterfaceId, Medium, Route, ServiceId, Stack, nat};
use crate::time::Time;

/// When a scenario begins.
pub(super) const START: Time = Time::ZERO;

/// What could not be set up, though nothing in the scenario was seen to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// The node.
    pub node: String,
    /// What it could not have.
    pub what: String,
    /// Why not.
    pub error: Errno,
}

impl core::fmt::Display for BuildError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { node, what, error } = self;
        write!(f, "{node}: {what}: {error}")
    }
}

impl core::error::Error for BuildError {}

/// The Ethernet address of an interface: that which it was given, or one that follows from the name of its node.
pub(super) fn station(node: &NodePlan, port: usize) -> Mac {
    let given = node.ports.get(port).and_then(|port| port.mac);
    given.unwrap_or_else(|| {
        let config = Config { seed: seed_of(0, &node.name), ..Config::default() };
        config.station(u16::try_from(port).unwrap_or(u16::MAX))
    })
}

/// The interface of a port: behind that of the host to itself, or, of a switch, the same.
pub(super) fn interface(node: &NodePlan, port: usize) -> InterfaceId {
    let first = u16::from(node.kind != Kind::Switch);
    InterfaceId(u16::try_from(port).unwrap_or(u16::MAX).saturating_add(first))
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Built<W> {
    pub net: Net<Machine, W>,
    /// Of each application, where it runs.
    pub apps: Vec<(NodeId, ServiceId)>,
}

/// Makes the network of a scenario.
pub(super) fn build<W: Watch>(scenario: &Scenario, watch: W) -> Result<Built<W>, BuildError> {
    let mut net = Net::new(START, watch);
    for node in &scenario.nodes {
        let machine = match node.kind {
            Kind::Switch => {
                Machine::Switch(Box::new(Switch::new(u16::try_from(node.ports.len()).unwrap_or(u16::MAX))))
            }
            Kind::Host | Kind::Router => Machine::Host(Box::new(host(scenario, node)?)),
        };
        net.add(machine);
    }
    for link in &scenario.links {
        let ends = link.ends.map(|(node, port)| {
            let interface = scenario.nodes.get(node).map_or(InterfaceId(0), |plan| interface(plan, port));
            (NodeId(node), interface)
        });
        let [there, back] = &link.ways;
        let cable = Cable::new([&there.at(START), &back.at(START)], scenario.seed, &link.name);
        let cable = net.connect(ends, cable);
        net.set_carrier(cable, link.carrier);
    }
    let mut apps = Vec::new();
    for app in &scenario.apps {
        let node = scenario.nodes.get(app.on);
        let host = net.nodes.get_mut(app.on).and_then(Machine::host_mut);
        if let (Some(host), Some(node)) = (host, node) {
            let seed = seed_of(scenario.seed, &format!("app {}", app.name));
            let service = app.start(host, seed);
            apps.push((NodeId(app.on), service.map_err(|error| wrong(node, &app.name, error))?));
        }
    }
    Ok(Built { net, apps })
}

fn wrong(node: &NodePlan, what: impl core::fmt::Display, error: Errno) -> BuildError {
    BuildError { node: node.name.clone(), what: what.to_string(), error }
}

fn host(scenario: &Scenario, node: &NodePlan) -> Result<Host, BuildError> {
    let mut config = node.stack.clone();
    config.seed = seed_of(scenario.seed, &format!("node {}", node.name));
    config.neighbour.link_local = scenario.ipv6;
    let dhcp = node.ports.iter().any(|port| port.dhcp);
    // Somebody else may have the address that a server gives (RFC 2131 section 4.4.1).
    config.neighbour.probe_ipv4 |= dhcp;
    let mut stack = Stack::new(config);
    for (number, port) in node.ports.iter().enumerate() {
        let medium = Medium::Ethernet(station(node, number));
        let mtu = port.mtu.or(node.mtu).unwrap_or(1500);
        let added = stack.add_interface(START, port.name.as_str(), medium, mtu);
        let id = added.map_err(|error| wrong(node, &port.name, error))?;
        for (address, _) in &port.addresses {
            let added = stack.add_address(START, id, *address);
            added.map_err(|error| wrong(node, format_args!("the address {address}"), error))?;
        }
        if port.link.is_none() {
            let down = stack.set_link(START, id, false);
            down.map_err(|error| wrong(node, &port.name, error))?;
        }
    }
    for (address, _) in &node.gateways {
        let via = ip::Route {
            kind: ip::RouteKind::Unicast,
            network: all(*address),
            via: Some(*address),
            dev: None,
            metric: None,
        };
        add_route(&mut stack, &via)
            .map_err(|error| wrong(node, format_args!("the gateway {address}"), error))?;
    }
    for (route, _) in &node.routes {
        add_route(&mut stack, route)
            .map_err(|error| wrong(node, format_args!("the route {route}"), error))?;
    }
    for (command, _) in &node.commands {
        run(&mut stack, START, command).map_err(|error| wrong(node, command, error))?;
    }
    if let Some(plan) = &node.nat {
        let outside = port(&stack, &plan.outside).unwrap_or(InterfaceId(0));
        stack.set_nat(Some(nat::Config::new(outside))).map_err(|error| wrong(node, "NAT", error))?;
        for (forward, _) in &plan.forwards {
            let added = stack.add_forward(*forward);
            added.map_err(|error| wrong(node, format_args!("the forwarded port {}", forward.port), error))?;
        }
    }
    let mut host = Host::from(stack);
    for (number, port) in node.ports.iter().enumerate().filter(|(_, port)| port.dhcp) {
        // Nobody starts a thousand of these at once, for which section 4.4.1 of RFC 2131 has them wait.
        let config = dhcp::client::Config { start: (Duration::ZERO, Duration::ZERO), ..Default::default() };
        let client = DhcpClient::new(interface(node, number), config);
        host.start(START, client)
            .map_err(|error| wrong(node, format_args!("DHCP on {}", port.name), error))?;
    }
    for program in &node.programs {
        start(&mut host, program).map_err(|error| wrong(node, program, error))?;
    }
    // Who runs a resolver asks that, as programs of other hosts do.
    let own = node.programs.iter().any(|program| matches!(program, Program::Resolver(_)));
    if !node.nameservers.is_empty() {
        host.stack.set_name_servers(node.nameservers.iter().copied());
    } else if own {
        host.stack.set_name_servers([IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)]);
    }
    Ok(host)
}

const fn all(address: IpAddr) -> ipnet::IpNet {
    match address {
        IpAddr::V4(_) => ipnet::IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::UNSPECIFIED, 0)),
        IpAddr::V6(_) => ipnet::IpNet::V6(ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::UNSPECIFIED, 0)),
    }
}

/// The interface of a name.
fn port(stack: &Stack, name: &str) -> Option<InterfaceId> {
    let place = stack.interfaces().iter().position(|interface| interface.name == name)?;
    u16::try_from(place).ok().map(InterfaceId)
}

/// The interface by which a route leads: that which it names, or that in whose network its router is.
fn way(stack: &Stack, route: &ip::Route) -> Result<InterfaceId, Errno> {
    if let Some(name) = &route.dev {
        return port(stack, name).ok_or(Errno::ENODEV);
    }
    let via = route.via.ok_or(Errno::EINVAL)?;
    let near =
        stack.interfaces().iter().position(|on| on.addresses.iter().any(|own| own.network.contains(&via)));
    // Without an address there may be one later, by DHCP: then by the first interface.
    let place = near.or_else(|| (stack.interfaces().len() > 1).then_some(1)).ok_or(Errno::ENETUNREACH)?;
    u16::try_from(place).map(InterfaceId).map_err(|_| Errno::ENODEV)
}

fn static_route(stack: &Stack, route: &ip::Route) -> Result<Route, Errno> {
    if route.kind != ip::RouteKind::Unicast {
        return Err(Errno::EOPNOTSUPP);
    }
    let interface = way(stack, route)?;
    let mut made = Route::on_link(route.network, interface);
    made.gateway = route.via;
    made.metric = route.metric.unwrap_or(0);
    Ok(made)
}

fn add_route(stack: &mut Stack, route: &ip::Route) -> Result<(), Errno> {
    let route = static_route(stack, route)?;
    stack.add_route(route)
}

/// Does what a command says.
pub(super) fn run(stack: &mut Stack, now: Time, command: &ip::Command) -> Result<(), Errno> {
    let device = |stack: &Stack| port(stack, command.dev().unwrap_or_default()).ok_or(Errno::ENODEV);
    match command {
        ip::Command::AddAddress { address, .. } => {
            let device = device(stack)?;
            stack.add_address(now, device, *address)
        }
        ip::Command::RemoveAddress { address, .. } => {
            let device = device(stack)?;
            stack.remove_address(now, device, address.addr());
            Ok(())
        }
        ip::Command::FlushAddresses { version, .. } => {
            let device = device(stack)?;
            let addresses = stack.interfaces().get(usize::from(device.0)).map(|on| on.addresses.clone());
            for address in addresses.unwrap_or_default() {
                let address = address.network.addr();
                let other = match version {
                    Some(ip::Version::Ipv4) => address.is_ipv6(),
                    Some(ip::Version::Ipv6) => address.is_ipv4(),
                    None => false,
                };
                if !other {
                    stack.remove_address(now, device, address);
                }
            }
            Ok(())
        }
        ip::Command::AddRoute(route) => add_route(stack, route),
        ip::Command::ReplaceRoute(route) => {
            let new = static_route(stack, route)?;
            let same = |old: &&Route| old.network.trunc() == new.network.trunc() && old.metric == new.metric;
            let old: Vec<Route> = stack.routes().iter().filter(same).copied().collect();
            for old in old {
                stack.remove_route(&old);
            }
            stack.add_route(new)
        }
        ip::Command::RemoveRoute(route) => {
            let fits = |old: &&Route| {
                old.network.trunc() == route.network.trunc()
                    && route.via.is_none_or(|via| old.gateway == Some(via))
                    && route.metric.is_none_or(|metric| old.metric == metric)
            };
            let old = stack.routes().iter().find(fits).copied().ok_or(Errno::ENETUNREACH)?;
            stack.remove_route(&old);
            Ok(())
        }
        ip::Command::SetLink(link) => {
            let device = device(stack)?;
            if link.mac.is_some() {
                return Err(Errno::EOPNOTSUPP);
            }
            if let Some(mtu) = link.mtu {
                stack.set_mtu(device, mtu)?;
            }
            if let Some(address) = link.address {
                stack.add_address(now, device, address)?;
            }
            link.up.map_or(Ok(()), |up| stack.set_link(now, device, up))
        }
        ip::Command::AddNeighbour(neighbour) => {
            let device = device(stack)?;
            stack.add_neighbour(now, device, neighbour.address, neighbour.mac)
        }
        ip::Command::RemoveNeighbour { address, .. } => {
            let device = device(stack)?;
            if stack.remove_neighbour(device, *address) { Ok(()) } else { Err(Errno::ENETUNREACH) }
        }
    }
}

fn start(host: &mut Host, program: &Program) -> Result<(), Errno> {
    match program {
        Program::Http { port, pages } => {
            // Times of scenarios are those of no day.
            let config = http::server::Config { port: *port, start: None, ..http::server::Config::default() };
            begin(host, HttpServer::with_config(pages.clone(), config))
        }
        Program::Echo => begin(host, Small::echo()),
        Program::Discard => begin(host, Small::discard()),
        Program::Chargen => begin(host, Small::chargen()),
        Program::Zones(zones) => begin(host, DnsServer::new(zones.clone())),
        Program::Resolver(config) => begin(host, Resolver::new(config.clone())),
        Program::Dhcp(config) => begin(host, DhcpServer::new(config.clone())),
        Program::Rip(links) => {
            // Who is outside of what is translated could lead everything that is inside elsewhere.
            let outside = host.stack.nat().map(|nat| nat.config().outside);
            let wanted =
                |name: &str| links.as_ref().is_none_or(|links| links.iter().any(|link| link == name));
            let links = (0..).map(InterfaceId).zip(host.stack.interfaces()).skip(1);
            let links = links.filter(|(id, on)| Some(*id) != outside && wanted(&on.name));
            let links: Vec<InterfaceId> = links.map(|(id, _)| id).collect();
            begin(host, Rip::new(rip::Config::new(links)))
        }
    }
}

fn begin(host: &mut Host, service: impl Service) -> Result<(), Errno> {
    host.start(START, service).map(drop)
}

impl core::fmt::Display for Program {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Http { .. } => "the HTTP server",
            Self::Echo => "echo",
            Self::Discard => "discard",
            Self::Chargen => "chargen",
            Self::Zones(_) => "the DNS server",
            Self::Resolver(_) => "the resolver",
            Self::Dhcp(_) => "the DHCP server",
            Self::Rip(_) => "RIP",
        })
    }
}
