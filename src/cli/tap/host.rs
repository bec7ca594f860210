//! The host that `tap` runs: its interfaces, addresses, routes, services.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::Trouble;
use crate::cli::output::{self, printable};
use crate::field::Mac;
use crate::link::{self, Impaired};
use crate::mistake::Mistake;
use crate::random::Random;
use crate::stack::service::{Service, Small};
use crate::stack::{Config, Host, InterfaceId, Medium, Route, Stack, tcp};
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
    /// Run echo, discard and the character generator (ports 7, 9, 19; RFC 862 to 864)
    #[arg(long)]
    echo: bool,
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
        let mut stack = Stack::new(Config { seed, tcp, router: self.router, ..Config::default() });
        let mut random = Random::new(seed);
        let mut interfaces = Vec::new();
        for (place, name) in self.dev.iter().enumerate() {
            let [_, _, _, a, b, c, d, e] = random.number().to_be_bytes();
            let mut mac = Mac([2, a, b, c, d, e]);
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
            interfaces.push(added.map_err(|error| format!("{}: {error}", printable(name)))?);
        }
        let interface = |device: usize| interfaces.get(device).copied().unwrap_or(InterfaceId(1));
        for text in &self.addr {
            let (device, network) = self.network("--addr", text)?;
            let added = stack.add_address(now, interface(device), network);
            added.map_err(|error| format!("--addr {}: {error}", printable(text)))?;
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
        self.start(&mut host, outside, now)?;
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
            for (number, interface) in (1..).zip(interfaces) {
                node = node.wire(*interface, [&to, &from], seed.wrapping_add(number << 32));
            }
        }
        Ok(node)
    }

    /// Starts what is to run on it.
    fn start(&self, host: &mut Host, outside: &Outside, now: Time) -> Result<(), Trouble> {
        let _ = outside;
        if self.echo {
            for service in [Small::echo(), Small::discard(), Small::chargen()] {
                start(host, now, service)?;
            }
        }
        Ok(())
    }
}

fn start(host: &mut Host, now: Time, service: impl Service) -> Result<(), Trouble> {
    let name = service.name();
    host.start(now, service).map_err(|error| format!("{name} cannot be started: {error}"))
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
