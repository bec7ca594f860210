//! What a script runs with: its options, those of the command, and what holds where neither says anything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::script::Setting;
use crate::mistake::Mistake;
use crate::stack::tcp;

/// Which protocol carries the packets of a script, and of which family its sockets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// Sockets of IPv6 that carry IPv4 by addresses such as `::ffff:192.0.2.1`.
    Mapped,
}

/// What a script runs with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// `ip_version`: `ipv4`, `ipv6`, `ipv4-mapped-ipv6`.
    pub ip_version: IpVersion,
    /// `local_ip`: the address of the host; that of the family that is in use.
    pub local: Option<IpAddr>,
    /// `remote_ip`: the address of its peer.
    pub remote: Option<IpAddr>,
    /// `gateway_ip`: who sends ICMP errors.
    pub gateway: Option<IpAddr>,
    /// `netmask_ip` or a prefix length: how long the prefix of the host's network is.
    pub prefix: Option<u8>,
    /// `bind_port`: what `bind(3, ..., ...)` binds.
    pub bind_port: u16,
    /// `connect_port`: where `connect(3, ..., ...)` connects to.
    pub connect_port: u16,
    /// `mtu`: the longest IP packet of the line, in bytes.
    pub mtu: u32,
    /// `tolerance_usecs`: so far from its time something may happen.
    pub tolerance: Duration,
    /// `tolerance_percent`: or so many hundredths of the time since the event before, in thousandths of a percent.
    pub tolerance_share: u32,
    /// `tcp_ts_tick_usecs`: how long a tick of the host's timestamps is; `None`: their values are not looked at.
    pub timestamp_tick: Option<Duration>,
    /// `tcp_ts_ecr_scaled`: echoes that a script gives are computed from the tick, not looked up.
    pub echoes_scaled: bool,
    /// `strict_segments`: segments are not joined before they are compared.
    pub strict_segments: bool,
    /// `non_fatal=packet`: a wrong packet is told of, and the script goes on.
    pub packets_are_not_fatal: bool,
    /// `non_fatal=syscall`: the same for calls.
    pub calls_are_not_fatal: bool,
    /// `dry_run`: the script is read, and not run.
    pub dry_run: bool,
    /// `init_scripts`: files of shell lines that are read before the script begins.
    pub init_scripts: Vec<String>,
    /// How TCP behaves, before shell lines say otherwise.
    pub tcp: tcp::Config,
    /// `define`, `-D`: what words stand for.
    pub defines: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ip_version: IpVersion::Ipv4,
            local: None,
            remote: None,
            gateway: None,
            prefix: None,
            bind_port: 8080,
            connect_port: 8080,
            mtu: 1500,
            tolerance: Duration::from_micros(4000),
            tolerance_share: 12_500,
            timestamp_tick: None,
            echoes_scaled: false,
            strict_segments: false,
            packets_are_not_fatal: false,
            calls_are_not_fatal: false,
            dry_run: false,
            init_scripts: Vec::new(),
            tcp: tcp::Config::linux(),
            defines: Vec::new(),
        }
    }
}

/// Options that are understood and change nothing here, and why.
const WITHOUT_EFFECT: &[&str] = &[
    "speed",
    "verbose",
    "wire_client",
    "wire_server",
    "wire_server_at",
    "wire_server_ip",
    "wire_server_port",
    "wire_client_dev",
    "wire_server_dev",
    "send_omit_free",
    "code_command",
    "code_format",
    "code_sockopt",
    "mss",
    "is_anyip",
    "persistent_tun_dev",
    "persistent_tun_name",
    "no_cleanup",
    "socktype",
];

/// Options that ask for something that there is not.
const NOT_HERE: &[&str] = &["so_filename", "so_flags", "psp_udp_port"];

impl Settings {
    /// Takes an option of a script or of the command.
    ///
    /// # Errors
    /// What is wrong with it, at its place.
    pub fn take(&mut self, setting: &Setting) -> Result<(), Mistake> {
        let (name, value) = (setting.name.as_str(), setting.value.as_str());
        let wrong =
            |wanted: &str| Mistake::new(setting.span.clone(), format!("`--{name}` has to be {wanted}"));
        let number = || value.parse::<u32>().ok();
        match name {
            "ip_version" => {
                self.ip_version = match value {
                    "ipv4" => IpVersion::Ipv4,
                    "ipv6" => IpVersion::Ipv6,
                    "ipv4-mapped-ipv6" => IpVersion::Mapped,
                    _ => return Err(wrong("ipv4, ipv6 or ipv4-mapped-ipv6")),
                }
            }
            "local_ip" | "remote_ip" | "gateway_ip" => {
                // Some scripts give a prefix length with it.
                let (address, prefix) = value.split_once('/').unwrap_or((value, ""));
                let address: IpAddr = address.parse().map_err(|_| wrong("an IP address"))?;
                match name {
                    "local_ip" => self.local = Some(address),
                    "remote_ip" => self.remote = Some(address),
                    _ => self.gateway = Some(address),
                }
                if name == "local_ip" && !prefix.is_empty() {
                    self.prefix =
                        Some(prefix.parse().map_err(|_| wrong("an address, with a prefix length"))?);
                }
            }
            "netmask_ip" => {
                let mask: Ipv4Addr = value.parse().map_err(|_| wrong("a mask, as 255.255.0.0"))?;
                let length = mask.to_bits().leading_ones();
                if mask.to_bits().checked_shl(length).unwrap_or(0) != 0 {
                    return Err(wrong("a mask of ones followed by zeros"));
                }
                self.prefix = u8::try_from(length).ok();
            }
            "bind_port" => self.bind_port = value.parse().map_err(|_| wrong("a port"))?,
            "connect_port" => self.connect_port = value.parse().map_err(|_| wrong("a port"))?,
            "mtu" => {
                let fits = number().filter(|mtu| (68..=65_535).contains(mtu));
                self.mtu = fits.ok_or_else(|| wrong("from 68 to 65535 bytes"))?;
            }
            "tolerance_usecs" => {
                let spare = number().ok_or_else(|| wrong("a number of microseconds"))?;
                self.tolerance = Duration::from_micros(u64::from(spare));
            }
            "tolerance_percent" => {
                let percent: f64 = value.parse().map_err(|_| wrong("a number of percents"))?;
                if !(0.0..=1000.0).contains(&percent) {
                    return Err(wrong("from 0 to 1000 percent"));
                }
                self.tolerance_share = (percent * 1000.0) as u32;
            }
            "tcp_ts_tick_usecs" => {
                let tick = number().ok_or_else(|| wrong("a number of microseconds"))?;
                self.timestamp_tick = (tick > 0).then(|| Duration::from_micros(u64::from(tick)));
            }
            "tcp_ts_ecr_scaled" => self.echoes_scaled = true,
            "strict_segments" => self.strict_segments = true,
            "non_fatal" => {
                for part in value.split(',') {
                    match part {
                        "packet" | "packets" => self.packets_are_not_fatal = true,
                        "syscall" | "syscalls" => self.calls_are_not_fatal = true,
                        _ => return Err(wrong("packet, syscall, or both with a comma")),
                    }
                }
            }
            "dry_run" => self.dry_run = true,
            "init_scripts" => self.init_scripts = value.split(',').map(str::to_owned).collect(),
            "profile" => {
                self.tcp = tcp::Config::profile(value).ok_or_else(|| wrong("linux, freebsd or rfc"))?;
            }
            "tcp" => {
                let known = value.split_once('=').ok_or_else(|| wrong("a setting of TCP, as sack=off"))?;
                let bad = |problem: tcp::BadSetting| Mistake::new(setting.span.clone(), problem.to_string());
                self.tcp.set(known.0, known.1).map_err(bad)?;
            }
            "define" | "D" => {
                let (word, meaning) = value.split_once('=').ok_or_else(|| wrong("NAME=VALUE"))?;
                self.defines.push((word.to_owned(), meaning.to_owned()));
            }
            _ if WITHOUT_EFFECT.contains(&name) => {}
            _ if NOT_HERE.contains(&name) => {}
            _ => {
                let names = NAMES.iter().chain(WITHOUT_EFFECT).chain(NOT_HERE).copied();
                return Err(Mistake::new(setting.span.clone(), format!("there is no option `--{name}`"))
                    .like(name, names));
            }
        }
        Ok(())
    }

    /// Why a script with this option cannot be run here, if it cannot.
    pub(super) fn lacks(setting: &Setting) -> Option<String> {
        NOT_HERE.contains(&setting.name.as_str()).then(|| format!("`--{}` is not supported", setting.name))
    }

    /// Whether packets are those of IPv6.
    pub fn carries_ipv6(&self) -> bool {
        self.ip_version == IpVersion::Ipv6
    }

    /// The address of the host.
    pub fn local(&self) -> IpAddr {
        self.local.unwrap_or(match self.carries_ipv6() {
            false => IpAddr::V4(Ipv4Addr::new(192, 168, 0, 1)),
            true => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0x0a0b, 0x17d6, 0x8888, 0, 0, 0, 1)),
        })
    }

    /// The address of its peer.
    pub fn remote(&self) -> IpAddr {
        self.remote.unwrap_or(match self.carries_ipv6() {
            false => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            true => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0xfa7b, 0xd17d, 0x8888, 0, 0, 0, 1)),
        })
    }

    /// Who sends ICMP errors.
    pub fn gateway(&self) -> IpAddr {
        self.gateway.unwrap_or(match self.carries_ipv6() {
            false => IpAddr::V4(Ipv4Addr::new(192, 168, 0, 2)),
            true => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0x0a0b, 0x17d6, 0x8888, 0, 0, 0, 2)),
        })
    }

    /// The addresses of the host with the lengths of their prefixes.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        let local = self.local();
        [(local, self.prefix.unwrap_or(if local.is_ipv4() { 16 } else { 64 }))].into_iter()
    }

    /// How far from its time something may happen that comes so long behind the event before it.
    pub fn tolerance(&self, since: Duration) -> Duration {
        let share = since.as_nanos().saturating_mul(u128::from(self.tolerance_share)) / 100_000;
        self.tolerance.max(Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX)))
    }
}

/// Options that change something.
const NAMES: &[&str] = &[
    "ip_version",
    "local_ip",
    "remote_ip",
    "gateway_ip",
    "netmask_ip",
    "bind_port",
    "connect_port",
    "mtu",
    "tolerance_usecs",
    "tolerance_percent",
    "tcp_ts_tick_usecs",
    "tcp_ts_ecr_scaled",
    "strict_segments",
    "non_fatal",
    "dry_run",
    "init_scripts",
    "profile",
    "tcp",
    "define",
];
