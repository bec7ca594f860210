//! Commands as people know them from ip(8), read into values: `ip route add 10.2.0.0/16 via 10.0.1.2`.
//!
//! Read are the commands that change addresses, routes, links and neighbours, with the abbreviations of ip(8) (`ip a a`), with or without `ip` in
//! front, and the older `ifconfig` and `route`. What only shows something, and what a host here does not have, is a mistake that says so.

mod forms;
mod given;
mod table;
mod words;

use core::fmt;
use core::net::IpAddr;

use ipnet::IpNet;

use crate::field::Mac;
use crate::mistake::Mistake;
pub(in crate::sim) use words::shown;

/// A command that changes a host.
///
/// ```
/// use layercake::sim::ip::{Command, Route};
///
/// let command = Command::parse("ip r add 10.2.0.0/16 via 10.0.1.2 metric 5")?;
/// let route = Route {
///     via: Some([10, 0, 1, 2].into()),
///     metric: Some(5),
///     ..Route::to("10.2.0.0/16".parse().unwrap())
/// };
/// assert_eq!(command, Command::AddRoute(route));
/// // It prints as ip(8) is told it.
/// assert_eq!(command.to_string(), "route add 10.2.0.0/16 via 10.0.1.2 metric 5");
///
/// let mistake = Command::parse("ip link set eth0 upp").unwrap_err();
/// assert_eq!(mistake.to_string(), "`upp` is not known in `ip link set`; did you mean up?");
/// assert_eq!(mistake.span, 17..20);
/// # Ok::<(), layercake::mistake::Mistake>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `addr add`: one more address of an interface.
    AddAddress {
        /// The address, and how much of it the link has in common. Nothing said is all of it.
        address: IpNet,
        /// The interface.
        dev: String,
    },
    /// `addr del`.
    RemoveAddress {
        /// The address as it was added.
        address: IpNet,
        /// The interface.
        dev: String,
    },
    /// `addr flush`: an interface without its addresses.
    FlushAddresses {
        /// The interface.
        dev: String,
        /// `-4`, `-6`: of this version alone.
        version: Option<Version>,
    },
    /// `route add`: an error if it is there.
    AddRoute(Route),
    /// `route replace`, `route change`: in the place of the one with the same network and metric.
    ReplaceRoute(Route),
    /// `route del`: what is not said may be anything.
    RemoveRoute(Route),
    /// `link set`, `ifconfig`.
    SetLink(Link),
    /// `neigh add`, `neigh replace`: an entry that stays.
    AddNeighbour(Neighbour),
    /// `neigh del`.
    RemoveNeighbour {
        /// Whose entry.
        address: IpAddr,
        /// The interface.
        dev: String,
    },
}

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// What becomes of an interface. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The interface.
    pub dev: String,
    /// `ifconfig` alone: the IPv4 address that takes the place of those that it has.
    pub address: Option<IpNet>,
    /// Whether it is up.
    pub up: Option<bool>,
    /// The largest packet, in bytes.
    pub mtu: Option<u32>,
    /// Its Ethernet address.
    pub mac: Option<Mac>,
}

/// A neighbour whose Ethernet address is told and not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Who.
    pub address: IpAddr,
    /// Its Ethernet address.
    pub mac: Mac,
    /// The interface behind which it is.
    pub dev: String,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What becomes of packets.
    pub kind: RouteKind,
    /// The destinations that it is for; `0.0.0.0/0` and `::/0` for `default`.
    pub network: IpNet,
    /// The router to send to.
    pub via: Option<IpAddr>,
    /// The interface to send by. If only `via` is said, it is the one whose link has that address.
    pub dev: Option<String>,
    /// What it costs: lower is better.
    pub metric: Option<u32>,
}

/// What becomes of packets that a route is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteKind {
    /// They are sent on.
    #[default]
    Unicast,
    /// They are dropped without a word.
    Blackhole,
    /// Their sender is told that they may not go there.
    Prohibit,
    /// Their sender is told that nobody is there.
    Unreachable,
}

impl RouteKind {
    /// The kinds with their words.
    const WORDS: [(&'static str, Self); 4] = [
        ("unicast", Self::Unicast),
        ("blackhole", Self::Blackhole),
        ("prohibit", Self::Prohibit),
        ("unreachable", Self::Unreachable),
    ];
}

impl Route {
    /// A route to a network that says nothing else.
    pub const fn to(network: IpNet) -> Self {
        Self { kind: RouteKind::Unicast, network, via: None, dev: None, metric: None }
    }
}

impl Command {
    /// Reads a command.
    ///
    /// # Errors
    /// What is not known, missing, or cannot be, and where.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        forms::command(text)
    }

    /// The interface that it names.
    pub fn dev(&self) -> Option<&str> {
        match self {
            Self::AddAddress { dev, .. }
            | Self::RemoveAddress { dev, .. }
            | Self::FlushAddresses { dev, .. }
            | Self::RemoveNeighbour { dev, .. } => Some(dev),
            Self::AddRoute(route) | Self::ReplaceRoute(route) | Self::RemoveRoute(route) => {
                route.dev.as_deref()
            }
            Self::SetLink(link) => Some(&link.dev),
            Self::AddNeighbour(neighbour) => Some(&neighbour.dev),
        }
    }
}

/// Reads a route as it stands behind `ip route add`.
///
/// ```
/// let route = layercake::sim::ip::route("default via 10.0.0.254")?;
/// assert_eq!(route.network.to_string(), "0.0.0.0/0");
/// assert_eq!(route.via, Some([10, 0, 0, 254].into()));
/// # Ok::<(), layercake::mistake::Mistake>(())
/// ```
///
/// # Errors
/// As [`Command::parse`].
pub fn route(text: &str) -> Result<Route, Mistake> {
    forms::route(text)
}

/// Reads a neighbour as it stands behind `ip neigh add`: `10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0`.
///
/// # Errors
/// As [`Command::parse`].
pub fn neighbour(text: &str) -> Result<Neighbour, Mistake> {
    forms::neighbour(text)
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddAddress { address, dev } => write!(f, "addr add {address} dev {dev}"),
            Self::RemoveAddress { address, dev } => write!(f, "addr del {address} dev {dev}"),
            Self::FlushAddresses { dev, version } => {
                f.write_str(match version {
                    Some(Version::Ipv4) => "-4 ",
                    Some(Version::Ipv6) => "-6 ",
                    None => "",
                })?;
                write!(f, "addr flush dev {dev}")
            }
            Self::AddRoute(route) => write!(f, "route add {route}"),
            Self::ReplaceRoute(route) => write!(f, "route replace {route}"),
            Self::RemoveRoute(route) => write!(f, "route del {route}"),
            Self::SetLink(link) => link.fmt(f),
            Self::AddNeighbour(neighbour) => write!(f, "neigh add {neighbour}"),
            Self::RemoveNeighbour { address, dev } => write!(f, "neigh del {address} dev {dev}"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dev, address, up, mtu, mac } = self;
        let hardware = match address {
            Some(address) => {
                write!(f, "ifconfig {dev} {address}")?;
                "hw ether"
            }
            None => {
                write!(f, "link set {dev}")?;
                "address"
            }
        };
        mtu.map_or(Ok(()), |mtu| write!(f, " mtu {mtu}"))?;
        mac.map_or(Ok(()), |mac| write!(f, " {hardware} {mac}"))?;
        up.map_or(Ok(()), |up| f.write_str(if up { " up" } else { " down" }))
    }
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lladdr {} dev {}", self.address, self.mac, self.dev)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other = RouteKind::WORDS.iter().find(|(_, kind)| *kind == self.kind);
        if let Some((word, _)) = other.filter(|_| self.kind != RouteKind::Unicast) {
            write!(f, "{word} ")?;
        }
        // `default` alone would be that of IPv4.
        match self.network {
            IpNet::V4(network) if network.prefix_len() == 0 => f.write_str("default")?,
            network => write!(f, "{network}")?,
        }
        self.via.map_or(Ok(()), |via| write!(f, " via {via}"))?;
        self.dev.as_ref().map_or(Ok(()), |dev| write!(f, " dev {dev}"))?;
        self.metric.map_or(Ok(()), |metric| write!(f, " metric {metric}"))
    }
}
