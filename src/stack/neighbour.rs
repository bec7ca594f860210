//! Neighbours: who on the link has which address. ARP (RFC 826) for IPv4, neighbour discovery (RFC 4861) for IPv6, and the host's own
//! addresses, which nobody else may have (RFC 5227, RFC 4862).
//!
//! Both families share one picture of a neighbour, that of RFC 4861 section 7.3.2; the questions of ARP take the place of
//! solicitations, as they do in Linux and BSD:
//!
//! ```text
//!   a packet for it             an answer
//!  ─────────────────► INCOMPLETE ───────────────► REACHABLE ◄──────────────┐
//!                      │ 3 questions to everybody,   │ 30 s (0.5 to 1.5     │
//!                      │ 1 s apart: none answered    │ times) without sign  │ an answer, or an upper
//!                      ▼                             ▼                      │ layer's word, in any of
//!                 unreachable                      STALE ◄── heard of by    │ these states
//!                      ▲                             │       a question     │
//!                      │                             │ a packet for it      │
//!                      │ 3 questions to it alone,    ▼                      │
//!                      │ 1 s apart: none answered  DELAY ───────────────────┤
//!                      │                             │ 5 s                  │
//!                      └──────────────────────────── PROBE ─────────────────┘
//! ```
//!
//! - [`config`](Config): figures and bounds. `timers`: what is to be done when.
//! - `entry`: the picture as a `match`, and what an advertisement changes. `cache`: all entries, and the frames that wait.
//! - `resolve`: the floor above asks for an address, a question goes out, time goes by.
//! - `arp`, `ndp`: what comes from others. `solicited`: neighbour solicitations and advertisements. `routers`: finding them, and what they
//!   say. `autoconfigure`: addresses made with their prefixes. `advertise`: the other side, a router's.
//! - `conflict`: the host's own addresses: probed, announced, defended. `lifetime`: deprecated, gone.
//! - `group`: groups on a link. `event`: what happens to an address.

mod advertise;
mod arp;
mod autoconfigure;
mod cache;
mod config;
mod conflict;
mod entry;
mod event;
pub(crate) mod group;
mod lifetime;
mod ndp;
mod resolve;
mod routers;
mod solicited;
#[cfg(test)]
mod tests;
mod timers;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

pub use config::{Advertise, Config};
pub use entry::State;
pub use event::{AddressChange, AddressEvent};

use super::secret::{Purpose, Secret};
use super::{Interface, InterfaceId, Outbox, Transmit};
use crate::field::Mac;
use crate::random::Random;
use crate::time::Time;
use cache::Cache;
use conflict::Claim;
use routers::Link;
use timers::{Timer, Timers};

/// Everything that a host knows about its links.
#[derive(Debug)]
pub(crate) struct Neighbours {
    config: Config,
    router: bool,
    hop_limit: u8,
    random: Random,
    cache: Cache,
    timers: Timers,
    links: BTreeMap<InterfaceId, Link>,
    claims: BTreeMap<(InterfaceId, IpAddr), Claim>,
    automatic: BTreeSet<(InterfaceId, Ipv6Addr)>,
    events: VecDeque<AddressEvent>,
    /// An address has come or gone, or can be used or not, since the floor above has looked.
    changed: bool,
    /// Events that gave way since the floor above has counted them.
    lost_events: u64,
}

/// A line of the table of neighbours.
///
/// ```
/// use layercake::stack::InterfaceId;
/// use layercake::stack::neighbour::{Neighbour, State};
///
/// let neighbour = Neighbour {
///     interface: InterfaceId(0),
///     address: "10.0.0.2".parse()?,
///     mac: Some("02:00:00:00:00:02".parse()?),
///     state: State::Reachable,
///     router: false,
/// };
/// assert_eq!(neighbour.to_string(), "10.0.0.2 interface 0 lladdr 02:00:00:00:00:02 REACHABLE");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The interface behind which it is.
    pub interface: InterfaceId,
    /// Its IP address.
    pub address: IpAddr,
    /// Its Ethernet address, once that is known.
    pub mac: Option<Mac>,
    /// How well it is known.
    pub state: State,
    /// It is a router.
    pub router: bool,
}

/// A packet whose neighbour does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    /// The neighbour.
    pub next_hop: IpAddr,
    /// The frame, without a destination in its Ethernet header.
    pub frame: Transmit,
}

/// What a router has said that matters to routes and packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// It is a default router until then; not at all if that is now (RFC 4861 section 6.3.4).
    Router { address: Ipv6Addr, until: Time },
    /// The prefix is on the link until then; not any more if that is now.
    OnLink { prefix: ipnet::Ipv6Net, until: Time },
    /// The hop limit of what is sent by this interface.
    HopLimit(u8),
    /// The MTU of the link for IPv6: from 1,280 to the interface's own.
    Mtu(u32),
    /// Packets to the destination should go to the target, says a router: heed it only if packets for the destination go to
    /// that router (section 8.1).
    Redirect { router: Ipv6Addr, target: Ipv6Addr, destination: Ipv6Addr },
    /// It was a router and is none any more (section 7.2.5).
    NotRouter(Ipv6Addr),
}

/// Events that wait; the oldest gives way.
const EVENTS: usize = 256;

impl Neighbours {
    /// A host that knows nobody.
    pub fn new(config: Config, secret: Secret, router: bool, hop_limit: u8) -> Self {
        Self {
            router,
            hop_limit,
            random: Random::new(secret.number(Purpose::Neighbours, &[])),
            cache: Cache::new(&config),
            timers: Timers::default(),
            links: BTreeMap::new(),
            claims: BTreeMap::new(),
            automatic: BTreeSet::new(),
            events: VecDeque::new(),
            changed: true,
            lost_events: 0,
            config,
        }
    }

    /// When [`Neighbours::on_deadline`] is to be called.
    pub fn deadline(&self) -> Option<Time> {
        self.timers.first()
    }

    /// Does what is due, and gives back the packets whose neighbours do not answer.
    pub fn on_deadline(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        out: &mut Outbox,
    ) -> Vec<Unreachable> {
        let mut unreachable = Vec::new();
        for timer in self.timers.due(now) {
            match timer {
                Timer::Neighbour(interface, address) => {
                    self.no_answer(now, interfaces, (interface, address), &mut unreachable, out);
                }
                Timer::Claim(interface, address) => {
                    self.go_on_claiming(now, interfaces, (interface, address), out);
                }
                Timer::Lifetimes(interface) => self.age_addresses(now, interfaces, interface),
                Timer::Solicit(interface) => self.solicit_routers(now, interfaces, interface, out),
                Timer::Advertise(interface) => self.advertise(now, interfaces, interface, out),
            }
        }
        unreachable
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<AddressEvent> {
        self.events.pop_front()
    }

    /// The table of neighbours.
    pub fn entries(&self, now: Time) -> impl Iterator<Item = Neighbour> + '_ {
        self.cache.iter().map(move |(key, entry)| Neighbour {
            interface: key.0,
            address: key.1,
            mac: entry.mac(),
            state: entry.state(now),
            router: entry.router,
        })
    }

    /// Whether addresses have changed since this was asked last.
    pub fn take_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// How many events nobody has taken in time, since this was asked last.
    pub fn take_lost_events(&mut self) -> u64 {
        core::mem::take(&mut self.lost_events)
    }

    fn event(&mut self, interface: InterfaceId, address: IpAddr, change: AddressChange) {
        self.changed |= !matches!(change, AddressChange::Defended { .. });
        if self.events.len() >= EVENTS {
            self.events.pop_front();
            self.lost_events = self.lost_events.saturating_add(1);
        }
        self.events.push_back(AddressEvent { interface, address, change });
    }
}

/// The interface of this number, if it is an Ethernet and up, and its address.
fn ethernet(interfaces: &[Interface], id: InterfaceId) -> Option<(&Interface, Mac)> {
    let interface = interfaces.get(usize::from(id.0)).filter(|interface| interface.up)?;
    Some((interface, interface.mac()?))
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address, self.interface)?;
        if let Some(mac) = self.mac {
            write!(f, " lladdr {mac}")?;
        }
        if self.router {
            f.write_str(" router")?;
        }
        write!(f, " {}", self.state)
    }
}
