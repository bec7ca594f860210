//! Network address and port translation (NAPT) of IPv4: many hosts behind one address.
//!
//! ```text
//!        inside                    router                     outside
//!
//!   10.0.0.7:5000 ──────┐                         ┌────► 198.51.100.1:53
//!                       ├──► mapping              │
//!                       │    10.0.0.7:5000 = :5000├────► 198.51.100.2:53
//!   10.0.0.8:5000 ──────┘    10.0.0.8:5000 = :5002│
//!                                           203.0.113.1
//! ```
//!
//! A **mapping** gives an address and port inside one port of the outside address, whoever it talks to (endpoint-independent: RFC 4787 REQ-1). A
//! **session** is one peer that it talks to: it has the timer, of TCP also a state, and is what stricter filtering asks for. A mapping lasts as
//! long as one of its sessions; one that was set up ([`Forward`]) lasts until it is taken away. What is translated leaves by one interface,
//! [`Config::outside`], and is sent from the first usable IPv4 address there. `docs/nat.md` goes through RFC 4787, 5382, 5508 and 7857 one
//! requirement at a time.
//!
//! What is translated is TCP, UDP, and ICMP echo and timestamp requests with their replies; errors of ICMP with the packet that they quote.
//! Fragments are put together first, with the bounds that the router has for its own. The payload is never looked at: there is no gateway for FTP, SIP
//! or whatever else carries addresses. What else would leave is refused, and its sender told. What comes from outside for an address inside, without a
//! mapping, is dropped.
//!
//! # Bounds
//!
//! Inside hosts fill the table, so each has a share of it ([`Config::sessions_per_host`]); outsiders, who open connections to ports that let them in, fill a
//! smaller part of the share of the host that they open them to. When a share is full, the oldest session of the same host that nobody has
//! answered gives way, those begun outside first, and to them alone what begins outside, as it does when the table is full. To what begins inside when the
//! table is full, a session gives way of the host that has most that nobody has answered, so that who fills the table does not keep others out, be it under
//! many names: a host counts only where the way back to it leads by the interface that its packet came by, but on its own network it can take the address of
//! every neighbour. If no session can give way, the new one is refused.

mod held;
mod readdress;
mod table;
mod tcp;
mod translate;

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use super::InterfaceId;
use super::secret::Secret;
use crate::names::IpProtocol;
use crate::time::Time;
use held::Held;
pub(super) use readdress::renumber;
use table::Inside;
use table::{Entry, Key, Rank, Share};
pub use tcp::State;
pub(super) use translate::Verdict;

/// What is translated, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The interface behind which everybody else is. Packets that leave by it are sent from its first usable IPv4 address.
    pub outside: InterfaceId,
    /// Who may answer: all whom the mapping's host has sent something to by address (RFC 4787 REQ-8).
    pub filtering: Filtering,
    /// How long a session of UDP lasts behind the last packet from inside: 5 minutes (RFC 4787 REQ-5).
    pub udp: Duration,
    /// The same of ICMP requests: 60 s (RFC 5508 REQ-2).
    pub icmp: Duration,
    /// How long a connection of TCP may be idle: 2 hours and 4 minutes (RFC 5382 REQ-5).
    pub tcp_established: Duration,
    /// How long one may be that is not open yet: 4 minutes (RFC 5382 REQ-5, RFC 7857 section 2.1).
    pub tcp_opening: Duration,
    /// How long one is kept that was closed or reset: 4 minutes (RFC 5382 REQ-5, RFC 7857 section 2.2).
    pub tcp_closing: Duration,
    /// How long nothing is said to a SYN from outside that is let in nowhere: 6 s, in which a SYN from inside may cross it (RFC 5382 REQ-4). Then
    /// it gets port unreachable; so do ports of the router itself on which nobody listens, instead of a reset.
    pub unsolicited: Duration,
    /// SYNs that wait so, at most: 256. Those beyond are dropped without a word.
    pub held: usize,
    /// Sessions at most: 49,152, so that the table is full before the ports of a protocol are all taken.
    pub sessions: usize,
    /// Those of one inside host at most: 4,096.
    pub sessions_per_host: usize,
    /// Of these, those that begin outside: 1,024.
    pub inbound_per_host: usize,
    /// Makes SYNs that pass, in both directions, ask for segments that fit the link they leave by (RFC 879, "MSS clamping"): no, path MTU discovery
    /// works.
    pub clamp_mss: bool,
}

impl Config {
    /// As the RFCs recommend it, behind this interface.
    pub const fn new(outside: InterfaceId) -> Self {
        Self {
            outside,
            filtering: Filtering::Address,
            udp: Duration::from_secs(300),
            icmp: Duration::from_secs(60),
            tcp_established: Duration::from_secs(2 * 3600 + 4 * 60),
            tcp_opening: Duration::from_secs(240),
            tcp_closing: Duration::from_secs(240),
            unsolicited: Duration::from_secs(6),
            held: 256,
            sessions: 49_152,
            sessions_per_host: 4096,
            inbound_per_host: 1024,
            clamp_mss: false,
        }
    }
}

/// Who outside may send to a mapping (RFC 4787 section 5). Ports that were forwarded are open to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filtering {
    /// Everybody.
    Endpoint,
    /// Hosts that something was sent to.
    Address,
    /// Ports of hosts that something was sent to.
    AddressAndPort,
}

/// What is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// By port.
    Tcp,
    /// By port.
    Udp,
    /// Requests, by their identifier, which stands in the place of a port.
    Icmp,
}

impl Protocol {
    const fn of(number: IpProtocol) -> Option<Self> {
        match number {
            IpProtocol::TCP => Some(Self::Tcp),
            IpProtocol::UDP => Some(Self::Udp),
            IpProtocol::ICMPV4 => Some(Self::Icmp),
            _ => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        })
    }
}

/// A port of the outside address that leads to a host inside, for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The port outside.
    pub port: u16,
    /// Where it leads.
    pub inside: SocketAddrV4,
}

/// A mapping, as [`Nat::mappings`] lists it.
///
/// ```
/// use layercake::stack::nat::{Mapping, Protocol};
///
/// let mapping = Mapping {
///     protocol: Protocol::Udp,
///     inside: "10.0.0.7:5000".parse().unwrap(),
///     port: 5002,
///     sessions: 1,
///     forwarded: false,
/// };
/// assert_eq!(mapping.to_string(), "udp 10.0.0.7:5000 = port 5002, 1 session");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What it is a mapping of.
    pub protocol: Protocol,
    /// Address and port of the host inside, or its identifier.
    pub inside: SocketAddrV4,
    /// The port of the outside address, or the identifier.
    pub port: u16,
    /// How many it talks to.
    pub sessions: usize,
    /// It was set up, and stays.
    pub forwarded: bool,
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, inside, port, sessions, forwarded } = self;
        let word = if *protocol == Protocol::Icmp { "identifier" } else { "port" };
        write!(
            f,
            "{protocol} {inside} = {word} {port}, {sessions} session{}",
            if *sessions == 1 { "" } else { "s" }
        )?;
        f.write_str(if *forwarded { ", forwarded" } else { "" })
    }
}

/// A session, as [`Nat::sessions`] lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// What it is a session of.
    pub protocol: Protocol,
    /// Address and port of the host inside, or its identifier.
    pub inside: SocketAddrV4,
    /// Its peer; of ICMP with port 0.
    pub peer: SocketAddrV4,
    /// How far it is, of TCP.
    pub state: Option<State>,
    /// Something came back.
    pub answered: bool,
    /// When it ends if nothing comes.
    pub until: Time,
}

/// The translation of a router: see the [module](self).
#[derive(Debug)]
pub struct Nat {
    config: Config,
    secret: Secret,
    /// The address outside, while there is one.
    address: Option<Ipv4Addr>,
    /// The last one that there was.
    known_as: Option<Ipv4Addr>,
    entries: BTreeMap<Inside, Entry>,
    by_port: BTreeMap<(Protocol, u16), Inside>,
    sessions: BTreeMap<Key, table::Session>,
    /// A time for each session at which it is looked at; it may have been used since.
    due: BTreeSet<(Time, Key)>,
    hosts: BTreeMap<Ipv4Addr, Share>,
    /// The hosts with sessions that can give way, those with most of them last.
    ranks: BTreeSet<Rank>,
    held: Held,
    /// Counts sessions, to tell which is older.
    count: u64,
}

impl Nat {
    pub(super) fn new(config: Config, secret: Secret) -> Self {
        let held = Held::new(config.unsolicited, config.held);
        let (entries, by_port, sessions, due, hosts, ranks) = Default::default();
        Self {
            config,
            secret,
            address: None,
            known_as: None,
            entries,
            by_port,
            sessions,
            due,
            hosts,
            ranks,
            held,
            count: 0,
        }
    }

    /// How it was set up.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The address that everything leaves from, while the interface has one.
    pub const fn address(&self) -> Option<Ipv4Addr> {
        self.address
    }

    /// The mappings, by protocol, address and port inside.
    pub fn mappings(&self) -> impl Iterator<Item = Mapping> + '_ {
        self.entries.iter().map(|(inside, entry)| Mapping {
            protocol: inside.protocol,
            inside: inside.address,
            port: entry.port,
            sessions: entry.sessions,
            forwarded: entry.forwarded,
        })
    }

    /// The sessions, by protocol, address and port inside, and peer.
    pub fn sessions(&self) -> impl Iterator<Item = Session> + '_ {
        self.sessions.iter().map(|((inside, peer), session)| Session {
            protocol: inside.protocol,
            inside: inside.address,
            peer: *peer,
            state: session.state,
            answered: session.answered,
            until: session.until,
        })
    }
}
