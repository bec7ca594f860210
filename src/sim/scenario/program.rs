//! Programs that a node runs all the time: servers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;

use super::value::{Reader, Table, Text, Value};
use super::{Kind, NodePlan};
use crate::stack::nat;
use crate::stack::service::dhcp;
use crate::stack::service::dns::{Domain, Listening, Upstream, Zone, resolver};
use crate::stack::service::http::Pages;

/// What an HTTP server can have.
pub(super) const HTTP: &[&str] = &["port", "pages"];
/// What a DNS server can have.
pub(super) const DNS: &[&str] = &["zone", "file", "origin"];
/// What a resolver can have.
pub(super) const RESOLVER: &[&str] = &["forward", "roots"];
/// What a DHCP server can have.
pub(super) const DHCP: &[&str] = &["range", "lease", "router", "dns", "domain"];

/// A program that runs from the beginning to the end.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Program {
    Http {
        port: u16,
        pages: Pages,
    },
    Echo,
    Discard,
    Chargen,
    Zones(Vec<Zone>),
    Resolver(resolver::Config),
    Dhcp(dhcp::server::Config),
    /// On these interfaces, or on all.
    Rip(Option<Vec<String>>),
}

/// A page that is given by its length at most.
const PAGE: u64 = 1 << 27;
/// A file of a zone at most.
const ZONE: usize = 1 << 24;

/// What a table says of programs.
pub(super) fn read<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>) {
    if let Some(value) = table.get("http") {
        http(reader, node, value);
    }
    for (key, program) in
        [("echo", Program::Echo), ("discard", Program::Discard), ("chargen", Program::Chargen)]
    {
        if table.get(key).and_then(|value| reader.flag(value)) == Some(true) {
            node.programs.push(program);
        }
    }
    if let Some(value) = table.get("dns") {
        zones(reader, node, value);
    }
    if let Some(value) = table.get("resolver") {
        if table.get("dns").is_some() {
            let hint = "give each a node of its own; a resolver asks the server of a zone as others do";
            reader.wrong_do(table.place_of("resolver"), "dns and resolver would both take port 53", hint);
        }
        resolver(reader, node, value);
    }
    if let Some(value) = table.get("dhcp") {
        dhcp(reader, node, value);
    }
    if let Some(value) = table.get("rip") {
        rip(reader, node, table, value);
    }
}

fn http<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, value: Value<'t>) {
    let (mut port, mut pages) = (80, Pages::default());
    let text = "text/plain; charset=utf-8";
    pages.insert("/", text, format!("hello from {}\n", node.name));
    if value.is_flag() {
        if reader.flag(value) != Some(true) {
            return;
        }
    } else if value.is_number() {
        port = reader.number(value, 1..=65_535u16).unwrap_or(port);
    } else {
        let Some(table) = reader.table(value, "http", HTTP) else { return };
        port = table.get("port").and_then(|value| reader.number(value, 1..=65_535u16)).unwrap_or(port);
        if let Some(given) = table.get("pages").and_then(|value| reader.all(value, "pages")) {
            pages = Pages::default();
            for (path, value) in given.entries() {
                if !path.text.starts_with('/') {
                    reader.wrong_do(
                        path.range(),
                        "the path of a page begins with a slash",
                        format!("write \"/{}\"", path.text),
                    );
                } else if value.is_number() {
                    let length = reader.number(value, 0..=PAGE).unwrap_or(0);
                    let Some(left) = reader.pages.checked_sub(length) else {
                        reader.wrong(value.range(), "all pages of a scenario together have at most 256 MiB");
                        continue;
                    };
                    reader.pages = left;
                    let letters: Vec<u8> =
                        (b'a'..=b'z').cycle().take(usize::try_from(length).unwrap_or(0)).collect();
                    pages.insert(path.text, "application/octet-stream", letters);
                } else if let Some(page) = reader.text(value) {
                    pages.insert(path.text, text, page.text);
                }
            }
        }
    }
    node.programs.push(Program::Http { port, pages });
}

fn zones<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, value: Value<'t>) {
    let mut zones = Vec::new();
    for value in reader.list(value) {
        if value.is_text() {
            let Some(text) = reader.text(value) else { continue };
            zones.extend(reader.take(&text, Zone::parse(text.text, ".")));
            continue;
        }
        let Some(table) = reader.table(value, "dns", DNS) else { continue };
        let origin =
            table.get("origin").and_then(|origin| reader.text(origin)).map_or(".", |origin| origin.text);
        if let Some(text) = table.get("zone").and_then(|zone| reader.text(zone)) {
            zones.extend(reader.take(&text, Zone::parse(text.text, origin)));
        } else if let Some(path) = table.get("file").and_then(|file| reader.text(file)) {
            zones.extend(zone_file(reader, path, origin));
        } else {
            reader.wrong_do(
                table.range(),
                "the zone is missing",
                "write zone = \"\"\"...\"\"\" or file = \"example.zone\"",
            );
        }
    }
    node.programs.push(Program::Zones(zones));
}

fn zone_file<'t>(reader: &mut Reader<'t>, path: Text<'t>, origin: &str) -> Option<Zone> {
    let bytes = match (reader.files)(path.text) {
        Ok(bytes) if bytes.len() <= ZONE => bytes,
        Ok(_) => {
            reader.wrong(path.range(), format!("the file is longer than {ZONE} bytes"));
            return None;
        }
        Err(error) => {
            reader.wrong(path.range(), format!("the file cannot be read: {error}"));
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    match Zone::parse(&text, origin) {
        Ok(zone) => Some(zone),
        Err(mistake) => {
            let (line, sign) = mistake.place(&text);
            reader.wrong(path.range(), format!("line {line}, sign {sign} of the file: {mistake}"));
            None
        }
    }
}

fn resolver<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, value: Value<'t>) {
    let mut servers = Vec::new();
    let mut roots = Vec::new();
    if value.is_table() {
        let Some(table) = reader.table(value, "resolver", RESOLVER) else { return };
        for text in table.get("forward").map(|value| reader.texts(value)).unwrap_or_default() {
            servers.extend(super::node::name_server(reader, text));
        }
        if let Some(given) = table.get("roots").and_then(|value| reader.all(value, "roots")) {
            for (name, value) in given.entries() {
                let name =
                    reader.parse::<Domain>(name, "name of a server", "\"a.root.\" = \"198.51.100.53\"");
                for text in reader.texts(value) {
                    let address = reader.parse::<IpAddr>(text, "address", "\"198.51.100.53\"");
                    roots.extend(name.clone().zip(address));
                }
            }
        }
    } else {
        for text in reader.texts(value) {
            servers.extend(super::node::name_server(reader, text));
        }
    }
    let upstream = match (servers.is_empty(), roots.is_empty()) {
        (false, true) => Upstream::Servers(servers),
        (true, false) => Upstream::Root(roots),
        (true, true) => {
            let hint = "write resolver = \"10.0.0.53\" for a forwarder, or { roots = { \"a.root.\" = \"198.51.100.53\" } }";
            return reader.wrong_do(value.range(), "a resolver asks somebody", hint);
        }
        (false, false) => {
            return reader.wrong(value.range(), "a resolver forwards, or begins at the root, not both");
        }
    };
    let listening = Some(Listening::default());
    node.programs.push(Program::Resolver(resolver::Config { listening, ..resolver::Config::new(upstream) }));
}

fn dhcp<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, value: Value<'t>) {
    let mut subnets = Vec::new();
    for value in reader.list(value) {
        let Some(table) = reader.table(value, "dhcp", DHCP) else { continue };
        let Some(text) = table.get("range").and_then(|range| reader.text(range)) else {
            reader.wrong_do(table.range(), "which addresses?", "write range = \"10.0.0.100-10.0.0.199\"");
            continue;
        };
        let range = text.text.split_once('-').and_then(|(first, last)| {
            Some([first.trim().parse::<Ipv4Addr>().ok()?, last.trim().parse().ok()?])
        });
        let Some(range) = range.filter(|[first, last]| first <= last) else {
            reader.wrong_do(text.range(), "this is no range of addresses", "write \"10.0.0.100-10.0.0.199\"");
            continue;
        };
        let own = node.ports.iter().flat_map(|port| &port.addresses).find_map(|(address, _)| match address {
            IpNet::V4(own) => range.iter().all(|address| own.contains(address)).then_some(*own),
            IpNet::V6(_) => None,
        });
        let Some(own) = own else {
            reader.wrong(text.range(), format!("{} has no address in the network of this range", node.name));
            continue;
        };
        let mut subnet = dhcp::server::Subnet::new(own.trunc(), range);
        if let Some(lease) = table.get("lease").and_then(|lease| reader.span(lease)) {
            let seconds = u32::try_from(lease.as_secs()).unwrap_or(u32::MAX).max(1);
            subnet.lease = seconds;
            subnet.bounds = (subnet.bounds.0.min(seconds), subnet.bounds.1.max(seconds));
        }
        subnet.routers = addresses(reader, table, "router")
            .unwrap_or_else(|| (node.kind == Kind::Router).then_some(own.addr()).into_iter().collect());
        subnet.dns = addresses(reader, table, "dns")
            .unwrap_or_else(|| node.answers_names().then_some(own.addr()).into_iter().collect());
        subnet.domain =
            table.get("domain").and_then(|domain| reader.text(domain)).map(|domain| domain.text.to_owned());
        subnets.push(subnet);
    }
    let config = dhcp::server::Config { subnets, authoritative: true, ..dhcp::server::Config::default() };
    node.programs.push(Program::Dhcp(config));
}

fn addresses<'t>(reader: &mut Reader<'t>, table: Table<'t>, key: &str) -> Option<Vec<Ipv4Addr>> {
    let texts = reader.texts(table.get(key)?);
    Some(texts.into_iter().filter_map(|text| reader.parse(text, "IPv4 address", "\"10.0.0.1\"")).collect())
}

fn rip<'t>(reader: &mut Reader<'t>, node: &mut NodePlan, table: Table<'t>, value: Value<'t>) {
    let links = if value.is_flag() {
        if reader.flag(value) != Some(true) {
            return;
        }
        None
    } else {
        Some(reader.texts(value).into_iter().map(|text| text.text.to_owned()).collect())
    };
    if node.kind != Kind::Router {
        reader.wrong_do(
            table.place_of("rip"),
            "routers tell each other of their networks",
            "write kind = \"router\"",
        );
    }
    node.programs.push(Program::Rip(links));
}

/// `tcp:8080=192.168.0.2:80`
pub(super) fn forward(text: &str) -> Option<nat::Forward> {
    let (outer, inside) = text.split_once('=')?;
    let (protocol, port) = outer.trim().split_once(':')?;
    let protocol = match protocol {
        "tcp" => nat::Protocol::Tcp,
        "udp" => nat::Protocol::Udp,
        _ => return None,
    };
    let inside: SocketAddr = inside.trim().parse().ok()?;
    let SocketAddr::V4(inside) = inside else { return None };
    Some(nat::Forward { protocol, port: port.parse().ok()?, inside })
}
