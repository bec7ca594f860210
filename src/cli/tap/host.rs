//! The host that `tap` runs: its interfaces, addresses, routes, services.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::Trouble;
use super::errand::{Errand, Sink};
use super::files::Files;
use crate::cli::output::{self, printable};
use crate::field::Mac;
use crate::link::{self, Impaired};
use crate::mistake::Mistake;
use crate::stack::service::dhcp::{self, DhcpClient, DhcpServer};
use crate::stack::service::dns::{self, DnsServer, Domain, Listening, Resolver, Upstream, Zone};
use crate::stack::service::http::{self, HttpServer};
use crate::stack::service::rip::{self, Rip};
use crate::stack::service::{Service, Small};
use crate::stack::{Config, Errno, Host, InterfaceId, Medium, Route, Stack, nat, tcp};
use crate::tap::{Device, Outside};
use crate::time::Time;

/// What the host is to be.
#[derive(Args, Debug)]
pub struct HostArguments {
    /// The TAP device; a new one if it is not there. With several the host has several interfaces
    #[arg(long, value_name = "NAME", required_unless_present = "replay")]
    dev: Vec<String>,
    /// An address of the host with its network: 10.0.0.2/24, or tap1=10.0.1.1/24 for another than the first device
    #[arg(long, value_name = "[DEV=]ADDRESS/PREFIX")]
    addr: Vec<String>,
    /// An address of the kernel's end of the device, as `ip addr add` gives it: [DEV=]ADDRESS/PREFIX
    #[arg(long, value_name = "[DEV=]ADDRESS/PREFIX")]
    kernel: Vec<String>,
    /// The router for all other networks
    #[arg(long, value_name = "ADDRESS")]
    gateway: Vec<IpAddr>,
    /// The Ethernet address of the host: [DEV=]MAC; otherwise it is made from the seed
    #[arg(long, value_name = "[DEV=]MAC")]
    mac: Vec<String>,
    /// The longest IP packet; otherwise that of the device
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(68..=65_535))]
    mtu: Option<u32>,
    /// It forwards packets that are for others
    #[arg(long)]
    router: bool,
    /// How TCP behaves where the RFCs leave a choice
    #[arg(long, value_name = "PROFILE", value_parser = ["linux", "freebsd", "rfc"], default_value = "linux")]
    profile: String,
    /// A setting of TCP: congestion=reno, sack=off; a wrong name lists them all
    #[arg(long = "tcp", value_name = "NAME=VALUE")]
    tcp: Vec<String>,
    /// Impair both directions of each wire: loss=1%,delay=20ms,jitter=..,reorder=..,dup=..,corrupt=..,rate=..
    #[arg(long, value_name = "WORDS")]
    impair: Option<String>,
    /// Impair what comes to the host
    #[arg(long, value_name = "WORDS", conflicts_with = "impair")]
    impair_in: Option<String>,
    /// Impair what the host sends
    #[arg(long, value_name = "WORDS", conflicts_with = "impair")]
    impair_out: Option<String>,
    /// Serve the files of a folder over HTTP (port 80)
    #[arg(long, value_name = "FOLDER", help_heading = "Services")]
    http: Option<PathBuf>,
    /// Run echo, discard and the character generator (ports 7, 9, 19; RFC 862 to 864)
    #[arg(long, help_heading = "Services")]
    echo: bool,
    /// Get an address by DHCP on the first device
    #[arg(long, help_heading = "Services")]
    dhcp_client: bool,
    /// Give addresses by DHCP: 10.0.0.100-10.0.0.199, of the network of an --addr, whose holder is router and name server
    #[arg(long, value_name = "FIRST-LAST", help_heading = "Services")]
    dhcp_server: Vec<String>,
    /// Answer for a zone: a master file (RFC 1035), whose names are below ORIGIN where it does not say so itself
    #[arg(long, value_name = "[ORIGIN=]FILE", help_heading = "Services")]
    dns: Vec<String>,
    /// Answer questions of other hosts by asking these name servers, and remember: ADDRESS[:PORT]
    #[arg(long, value_name = "SERVER", help_heading = "Services", conflicts_with = "dns")]
    dns_forward: Vec<String>,
    /// Answer questions of other hosts by asking from the root down; these are its servers: NAME=ADDRESS
    #[arg(long, value_name = "SERVER", help_heading = "Services", conflicts_with_all = ["dns", "dns_forward"])]
    dns_root: Vec<String>,
    /// Translate what hosts inside send by this device to the address that it has there (NAPT)
    #[arg(long, value_name = "DEV", help_heading = "Services", requires = "router")]
    nat: Option<String>,
    /// A port outside leads to a host inside: tcp:8080=192.168.0.2:80
    #[arg(long, value_name = "PORT=INSIDE", help_heading = "Services", requires = "nat")]
    forward: Vec<String>,
    /// Tell other routers of the networks, and learn theirs (RIP version 2)
    #[arg(long, help_heading = "Services", requires = "router")]
    rip: bool,
    /// Fetch a page, write it to standard output or --output, and end
    #[arg(long, value_name = "URL", help_heading = "Errands", conflicts_with = "resolve")]
    fetch: Option<String>,
    /// Print the addresses of a name, and end
    #[arg(long, value_name = "NAME", help_heading = "Errands")]
    resolve: Option<String>,
    /// Where what is fetched or printed goes
    #[arg(short, long, value_name = "FILE", help_heading = "Errands")]
    output: Option<PathBuf>,
    /// Whom to ask for names; otherwise whom DHCP says: ADDRESS[:PORT]
    #[arg(long, value_name = "SERVER", help_heading = "Errands")]
    name_server: Vec<String>,
}

/// An address of a name server.
fn name_server(option: &str, text: &str) -> Result<SocketAddr, Trouble> {
    let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    address.or_else(|_| text.parse()).map_err(|_| {
        format!("{option} {}: this is no address; names are not looked up for it", printable(text))
    })
}

/// A value of a device: that which is named before it, or the first.
fn of_device<'a>(text: &'a str, devices: &[String]) -> Result<(usize, &'a str), Trouble> {
    let Some((name, value)) = text.split_once('=') else { return Ok((0, text)) };
    match devices.iter().position(|device| device == name) {
        Some(place) => Ok((place, value)),
        None => Err(format!("{}: there is no --dev {}", printable(text), printable(name))),
    }
}

/// What is wrong with a text, ready to print.
pub fn complaint(option: &str, text: &str, mistake: &Mistake) -> Trouble {
    format!("{option}: {}", output::caret(text, mistake, None))
}

/// Reads an impairment.
pub fn impairment(option: &str, text: Option<&str>) -> Result<Option<link::Config>, Trouble> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|mistake| complaint(option, text, &mistake))
}

impl HostArguments {
    /// Whether nothing is said of a device; a host without one there is not.
    pub const fn is_empty(&self) -> bool {
        self.dev.is_empty()
    }

    fn network(&self, option: &str, text: &str) -> Result<(usize, IpNet), Trouble> {
        let (device, value) = of_device(text, &self.dev)?;
        let network = value.parse().map_err(|_| {
            format!(
                "{option} {}: this is no address with a prefix; write 10.0.0.2/24 or fd00::2/64",
                printable(text)
            )
        })?;
        Ok((device, network))
    }

    /// What can be seen to be wrong before anything is opened.
    pub fn check(&self) -> Result<(), Trouble> {
        self.build(&Outside::live(), &[], Time::ZERO, 0)?;
        self.errand(true)?;
        let mut names = std::collections::BTreeSet::new();
        if let Some(twice) = self.dev.iter().find(|name| !names.insert(*name)) {
            return Err(format!("--dev {} stands there twice", printable(twice)));
        }
        for text in &self.kernel {
            let (_, network) = self.network("--kernel", text)?;
            for own in &self.addr {
                if self.network("--addr", own)?.1.addr() == network.addr() {
                    return Err(format!(
                        "--kernel {0} and --addr {0}: both ends of a cable have the same address",
                        network.addr()
                    ));
                }
            }
        }
        match &self.http {
            Some(folder) if !folder.is_dir() => {
                Err(format!("--http {}: there is no such folder", printable(&folder.display().to_string())))
            }
            _ => Ok(()),
        }
    }

    /// Opens the devices.
    pub fn open(&self) -> Result<Vec<Device>, Trouble> {
        let mut kernel = vec![Vec::new(); self.dev.len()];
        for text in &self.kernel {
            let (device, network) = self.network("--kernel", text)?;
            kernel.get_mut(device).into_iter().for_each(|of| of.push(network));
        }
        self.dev.iter().zip(&kernel).map(|(name, kernel)| open(name, kernel, self.mtu)).collect()
    }

    /// What the devices carry: said by them, or by a recording.
    pub fn mtus(&self, outside: &Outside, devices: &[Device]) -> Vec<u32> {
        let mtu = |(place, name): (usize, &String)| {
            let of_device = || devices.get(place).and_then(|device| device.mtu().ok()).unwrap_or(1500);
            let (mtu, _) = outside.ask("mtu", json!(name), || (json!(of_device()), Vec::new()));
            mtu.as_u64().and_then(|mtu| u32::try_from(mtu).ok()).unwrap_or(1500)
        };
        self.dev.iter().enumerate().map(mtu).collect()
    }

    /// The host, behind its wires.
    pub fn build(
        &self,
        outside: &Outside,
        mtus: &[u32],
        now: Time,
        seed: u64,
    ) -> Result<Impaired<Host>, Trouble> {
        let mut tcp = tcp::Config::profile(&self.profile).unwrap_or_default();
        for setting in &self.tcp {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            tcp.set(name, value).map_err(|error| {
                let known: Vec<&str> = tcp::Config::settings().collect();
                format!("--tcp {}: {error}; the settings are {}", printable(setting), known.join(", "))
            })?;
        }
        let mut config = Config { seed, tcp, router: self.router, ..Config::default() };
        // Somebody else may have the address that a server gives (RFC 2131 section 4.4.1).
        config.neighbour.probe_ipv4 = self.dhcp_client;
        let stations: Vec<Mac> = (1..).take(self.dev.len()).map(|number| config.station(number)).collect();
        let mut stack = Stack::new(config);
        let mut interfaces = Vec::new();
        for (place, name) in self.dev.iter().enumerate() {
            let mut mac = stations.get(place).copied().unwrap_or_default();
            for text in &self.mac {
                let (device, value) = of_device(text, &self.dev)?;
                if device == place {
                    mac = value
                        .parse()
                        .map_err(|_| format!("--mac {}: this is no Ethernet address", printable(text)))?;
                }
            }
            let mtu = self.mtu.or_else(|| mtus.get(place).copied()).unwrap_or(1500);
            let added = stack.add_interface(now, name.as_str(), Medium::Ethernet(mac), mtu);
            interfaces.push(added.map_err(|error| match error {
                Errno::EINVAL => format!("{}: {mac} is no Ethernet address of a host", printable(name)),
                error => format!("{}: {error}", printable(name)),
            })?);
        }
        let interface = |device: usize| interfaces.get(device).copied().unwrap_or(InterfaceId(1));
        for text in &self.addr {
            let (device, network) = self.network("--addr", text)?;
            let added = stack.add_address(now, interface(device), network);
            added.map_err(|error| match error {
                Errno::EADDRNOTAVAIL => {
                    format!("--addr {}: no host can have this address there", printable(text))
                }
                Errno::EADDRINUSE => format!("--addr {} stands there twice", printable(text)),
                error => format!("--addr {}: {error}", printable(text)),
            })?;
        }
        for gateway in &self.gateway {
            let near = stack
                .interfaces()
                .iter()
                .position(|on| on.addresses.iter().any(|own| own.network.contains(gateway)));
            let near = near.and_then(|place| u16::try_from(place).ok()).map(InterfaceId);
            let near = near.ok_or_else(|| format!("--gateway {gateway}: no --addr is in its network"))?;
            let all = if gateway.is_ipv4() { "0.0.0.0/0" } else { "::/0" };
            let Ok(all) = all.parse() else { continue };
            let added = stack.add_route(Route::via(all, *gateway, near));
            added.map_err(|error| format!("--gateway {gateway}: {error}"))?;
        }
        let mut host = Host::from(stack);
        self.start(&mut host, outside, &interfaces, now)?;
        self.wires(host, &interfaces, seed)
    }

    fn wires(&self, host: Host, interfaces: &[InterfaceId], seed: u64) -> Result<Impaired<Host>, Trouble> {
        let both = impairment("--impair", self.impair.as_deref())?;
        let to = impairment("--impair-in", self.impair_in.as_deref())?.or_else(|| both.clone());
        let from = impairment("--impair-out", self.impair_out.as_deref())?.or(both);
        let mut node = Impaired::new(host);
        if to.is_some() || from.is_some() {
            let clean = link::Config::default();
            let [to, from] = [to, from].map(|config| config.unwrap_or_else(|| clean.clone()));
            for (interface, name) in interfaces.iter().zip(&self.dev) {
                node = node.wire(*interface, [&to, &from], seed, name);
            }
        }
        Ok(node)
    }

    /// Starts what is to run on it.
    fn start(
        &self,
        host: &mut Host,
        outside: &Outside,
        interfaces: &[InterfaceId],
        now: Time,
    ) -> Result<(), Trouble> {
        let first = interfaces.first().copied().unwrap_or(InterfaceId(1));
        self.route(host, interfaces, now)?;
        if self.echo {
            for service in [Small::echo(), Small::discard(), Small::chargen()] {
                start(host, now, service)?;
            }
        }
        if let Some(folder) = &self.http {
            // Times of the host are those of the day.
            let config = http::server::Config { start: Some(Time::ZERO), ..http::server::Config::default() };
            let files = Files::new(folder.clone(), outside.clone());
            start(host, now, HttpServer::with_config(files, config))?;
        }
        if self.dhcp_client {
            // Nobody starts a thousand of these at once, for which section 4.4.1 of RFC 2131 has them wait.
            let config =
                dhcp::client::Config { start: (Duration::ZERO, Duration::ZERO), ..Default::default() };
            start(host, now, DhcpClient::new(first, config))?;
        }
        if !self.dhcp_server.is_empty() {
            let subnets =
                self.dhcp_server.iter().map(|range| self.subnet(host, range)).collect::<Result<_, _>>()?;
            let config =
                dhcp::server::Config { subnets, authoritative: true, ..dhcp::server::Config::default() };
            start(host, now, DhcpServer::new(config))?;
        }
        self.names(host, outside, now)
    }

    fn route(&self, host: &mut Host, interfaces: &[InterfaceId], now: Time) -> Result<(), Trouble> {
        if let Some(device) = &self.nat {
            let outer = self.dev.iter().position(|dev| dev == device).and_then(|place| interfaces.get(place));
            let outer =
                outer.ok_or_else(|| format!("--nat {0}: there is no --dev {0}", printable(device)))?;
            let set = host.stack.set_nat(Some(nat::Config::new(*outer)));
            set.map_err(|error| format!("--nat {}: {error}", printable(device)))?;
        }
        for text in &self.forward {
            let wrong = || format!("--forward {}: write tcp:8080=192.168.0.2:80, or udp", printable(text));
            let (outer, inside) = text.split_once('=').ok_or_else(wrong)?;
            let (protocol, port) = outer.split_once(':').ok_or_else(wrong)?;
            let protocol = match protocol {
                "tcp" => nat::Protocol::Tcp,
                "udp" => nat::Protocol::Udp,
                _ => return Err(wrong()),
            };
            let (port, inside) = (port.parse().map_err(|_| wrong())?, inside.parse().map_err(|_| wrong())?);
            let added = host.stack.add_forward(nat::Forward { protocol, port, inside });
            added.map_err(|error| format!("--forward {}: {error}", printable(text)))?;
        }
        if self.rip {
            // Who is outside of what is translated could lead everything that is inside elsewhere.
            let outside = host.stack.nat().map(|nat| nat.config().outside);
            let links = interfaces.iter().copied().filter(|link| Some(*link) != outside);
            start(host, now, Rip::new(rip::Config::new(links)))?;
        }
        Ok(())
    }

    /// The network of a range, which an address of the host says.
    fn subnet(&self, host: &Host, text: &str) -> Result<dhcp::server::Subnet, Trouble> {
        let range = || {
            let (first, last) = text.split_once('-')?;
            Some([first.trim().parse::<Ipv4Addr>().ok()?, last.trim().parse().ok()?])
        };
        let range = range()
            .filter(|[first, last]| first <= last)
            .ok_or_else(|| format!("--dhcp-server {}: write 10.0.0.100-10.0.0.199", printable(text)))?;
        let addresses = host.stack.interfaces().iter().flat_map(|on| &on.addresses);
        let own = addresses.filter_map(|address| match address.network {
            IpNet::V4(own) => Some(own),
            IpNet::V6(_) => None,
        });
        let mut own = own.filter(|own| range.iter().all(|address| own.contains(address)));
        let own = own
            .next()
            .ok_or_else(|| format!("--dhcp-server {}: no --addr is in this network", printable(text)))?;
        let names = !self.dns.is_empty() || !self.dns_forward.is_empty() || !self.dns_root.is_empty();
        let mut subnet = dhcp::server::Subnet::new(own.trunc(), range);
        subnet.routers = self.router.then_some(own.addr()).into_iter().collect();
        subnet.dns = names.then_some(own.addr()).into_iter().collect();
        Ok(subnet)
    }

    /// What answers questions for names.
    fn names(&self, host: &mut Host, outside: &Outside, now: Time) -> Result<(), Trouble> {
        let zones = self.dns.iter().map(|text| zone(outside, text)).collect::<Result<Vec<_>, _>>()?;
        if !zones.is_empty() {
            start(host, now, DnsServer::new(zones))?;
        }
        let Some(upstream) = self.upstream()? else { return Ok(()) };
        let listening = Some(Listening::default());
        start(
            host,
            now,
            Resolver::new(dns::resolver::Config { listening, ..dns::resolver::Config::new(upstream) }),
        )
    }

    /// Whom a resolver of the host asks, if it has one.
    fn upstream(&self) -> Result<Option<Upstream>, Trouble> {
        Ok(if !self.dns_forward.is_empty() {
            let servers = self.dns_forward.iter().map(|text| name_server("--dns-forward", text));
            Some(Upstream::Servers(servers.collect::<Result<_, _>>()?))
        } else if !self.dns_root.is_empty() {
            let root = self.dns_root.iter().map(|text| {
                let wrong = || format!("--dns-root {}: write a.root.example=192.0.2.1", printable(text));
                let (name, address) = text.split_once('=').ok_or_else(wrong)?;
                Ok((name.parse::<Domain>().map_err(|_| wrong())?, address.parse().map_err(|_| wrong())?))
            });
            Some(Upstream::Root(root.collect::<Result<_, Trouble>>()?))
        } else {
            None
        })
    }

    /// What the host is sent to do, if it is.
    pub fn errand(&self, replayed: bool) -> Result<Option<Errand>, Trouble> {
        let servers: Vec<SocketAddr> = self
            .name_server
            .iter()
            .map(|text| name_server("--name-server", text))
            .collect::<Result<_, _>>()?;
        let upstream = if servers.is_empty() { self.upstream()? } else { Some(Upstream::Servers(servers)) };
        let sink = match &self.output {
            _ if replayed => Sink::Nowhere,
            Some(path) => Sink::File(path.clone(), None),
            None => Sink::standard(),
        };
        match (&self.fetch, &self.resolve) {
            (Some(url), _) => Errand::fetch(url, upstream, sink).map(Some),
            (None, Some(name)) => Errand::resolve(name, upstream, sink).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// What a zone may have; a device has no end.
const ZONE: usize = 1 << 28;

fn read(path: &str) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(ZONE as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A zone out of its master file.
fn zone(outside: &Outside, text: &str) -> Result<Zone, Trouble> {
    let (origin, path) = text.split_once('=').unwrap_or((".", text));
    let shown = printable(path);
    let mut error = None;
    let (_, bytes) = outside.ask("zone", json!(path), || match read(path) {
        Ok(bytes) => (Value::Null, bytes),
        Err(failed) => {
            error = Some(failed);
            (Value::Null, Vec::new())
        }
    });
    if let Some(error) = error {
        return Err(format!("--dns: {shown} cannot be read: {error}"));
    }
    let text = String::from_utf8_lossy(&bytes);
    if bytes.len() >= ZONE {
        return Err(format!("--dns: {shown} is longer than {ZONE} bytes"));
    }
    Zone::parse(&text, origin).map_err(|bad| {
        // The line with the mistake, and where in it that is.
        let start = text.get(..bad.span.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
        let number = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        let mut bad = bad.clone();
        bad.span = bad.span.start - start..bad.span.end.min(end).max(bad.span.start) - start;
        output::caret(text.get(start..end).unwrap_or_default(), &bad, Some((&shown, number)))
    })
}

fn start(host: &mut Host, now: Time, service: impl Service) -> Result<(), Trouble> {
    let name = service.name();
    host.start(now, service).map(drop).map_err(|error| format!("{name} cannot be started: {error}"))
}

/// Opens a device, with what to do if it cannot be had.
pub fn open(name: &str, kernel: &[IpNet], mtu: Option<u32>) -> Result<Device, Trouble> {
    let device = Device::open(name, kernel).map_err(|error| match error.remedy() {
        Some(remedy) => format!("{}\n{remedy}", printable(&error.to_string())),
        None => printable(&error.to_string()),
    })?;
    if let Some(mtu) = mtu.and_then(|mtu| u16::try_from(mtu).ok())
        && device.is_new()
    {
        device.set_mtu(mtu).map_err(|error| format!("{}: MTU {mtu}: {error}", printable(name)))?;
    }
    if !device.is_up() {
        return Err(format!("{0} is down: ip link set {0} up", printable(device.name())));
    }
    Ok(device)
}

/// A seed that nobody knows, unless one is given.
pub fn seed(outside: &Outside, given: Option<u64>) -> Result<u64, Trouble> {
    let (value, _) = outside.ask("seed", Value::Null, || {
        let seed = given.or_else(|| {
            use std::io::Read;
            let mut bytes = [0; 8];
            std::fs::File::open("/dev/urandom").ok()?.read_exact(&mut bytes).ok()?;
            Some(u64::from_be_bytes(bytes))
        });
        (seed.map_or(Value::Null, |seed| json!(seed)), Vec::new())
    });
    value.as_u64().ok_or_else(|| "no random number can be had; give one with --seed".to_owned())
}
