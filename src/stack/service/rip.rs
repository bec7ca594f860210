//! RIP version 2, [RFC 2453](https://www.rfc-editor.org/rfc/rfc2453): routers tell each other how far networks are, so that their tables follow what
//! the links do.
//!
//! ```text
//!        table                     every 30 s, and when something changes
//!   10.1.0.0/24  cost 1, own    ───────────────────────────────────────────► 224.0.0.9, on every link
//!   10.2.0.0/24  via 10.1.0.2   ◄───────────────────────────────────────────
//!      │                          what a neighbour knows, and the cost of the link
//!      ▼
//!   routes of the host
//! ```
//!
//! A router that is heard of no more is forgotten after 180 s; what is not reachable is said to be so for 120 s (metric 16). A link that goes down
//! ([`Stack::set_link`]) is noticed at once. What is known of a network comes from one neighbour: another one is believed if it is nearer.
//!
//! Not done: version 1 (its messages are ignored), digests of RFC 4822, neighbours that are asked one by one (NBMA), summaries of networks.

mod message;
mod table;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use ipnet::Ipv4Net;

use super::{Figure, Notices, Service};
use crate::random::Random;
use crate::stack::secret::Purpose;
use crate::stack::{Errno, Event, InterfaceId, Kind, SocketId, SocketOption, Stack};
use crate::time::Time;
use message::Counts;
pub use table::Known;
use table::Table;

/// How RIP is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The links whose networks it knows of, and by which it speaks.
    pub links: Vec<Link>,
    /// What else it tells of: routes to everywhere (0.0.0.0/0), and what it knows from elsewhere.
    pub announced: Vec<Announced>,
    /// How a route is told of on the link that leads there: with metric 16.
    pub split_horizon: SplitHorizon,
    /// At most 16 bytes, without which nothing is believed (RFC 2453 section 4.1). It can be read on the wire.
    pub password: Option<Vec<u8>>,
    /// Between updates: 30 s.
    pub update: Duration,
    /// By which that is longer or shorter each time, at most: 5 s.
    pub jitter: Duration,
    /// How long a route is believed: 180 s.
    pub timeout: Duration,
    /// How long it is said that one is gone: 120 s.
    pub garbage: Duration,
    /// Between updates because of changes, at least and at most: 1 s and 5 s.
    pub triggered: (Duration, Duration),
    /// Routes that are learned, at most: 1,024. What is there stays.
    pub routes: usize,
    /// The metric that its routes have among those of the host: 120, behind those that were set by hand.
    pub metric: u32,
}

/// A link that RIP knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its interface.
    pub interface: InterfaceId,
    /// What it costs to send by it: 1 to 15.
    pub cost: u32,
    /// Its networks are told of elsewhere, but nothing is said or believed on it: there are only hosts.
    pub passive: bool,
}

/// A route that is told of as if it were a network of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The network; 0.0.0.0/0 for everything.
    pub network: Ipv4Net,
    /// Its metric, 1 to 15.
    pub metric: u32,
    /// Its tag, which others pass on.
    pub tag: u16,
    /// The router that leads there, said to those on its link (RFC 2453 appendix A).
    pub next_hop: Option<Ipv4Addr>,
}

/// What is said of a route on the link that leads there (RFC 2453 section 3.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitHorizon {
    /// The same as elsewhere: two routers can count to infinity together.
    Off,
    /// Nothing.
    Simple,
    /// That it is not reachable this way.
    PoisonedReverse,
}

impl Config {
    /// As RFC 2453 has it, on these interfaces, each of cost 1.
    pub fn new(interfaces: impl IntoIterator<Item = InterfaceId>) -> Self {
        let link = |interface| Link { interface, cost: 1, passive: false };
        Self {
            links: interfaces.into_iter().map(link).collect(),
            announced: Vec::new(),
            split_horizon: SplitHorizon::PoisonedReverse,
            password: None,
            update: Duration::from_secs(30),
            jitter: Duration::from_secs(5),
            timeout: Duration::from_secs(180),
            garbage: Duration::from_secs(120),
            triggered: (Duration::from_secs(1), Duration::from_secs(5)),
            routes: 1024,
            metric: 120,
        }
    }
}

/// A router's routing process.
///
/// ```
/// use layercake::field::Mac;
/// use layercake::stack::service::rip::{Config, Rip};
/// use layercake::stack::{self, Host, Medium, Stack};
/// use layercake::time::Time;
///
/// let now = Time::new(1, 0);
/// let mut router = Host::from(Stack::new(stack::Config { router: true, ..stack::Config::default() }));
/// let eth0 = router.stack.add_interface(now, "eth0", Medium::Ethernet(Mac([2, 0, 0, 0, 0, 1])), 1500)?;
/// router.stack.add_address(now, eth0, "10.1.0.1/24".parse().unwrap())?;
/// router.start(now, Rip::new(Config::new([eth0])))?;
/// let (_, rip) = router.with::<Rip>().unwrap();
/// let known: Vec<String> = rip.routes().map(|known| format!("{} {}", known.network, known.metric)).collect();
/// assert_eq!(known, ["10.1.0.0/24 1"]);
/// # Ok::<(), layercake::stack::Errno>(())
/// ```
#[derive(Debug)]
pub struct Rip {
    config: Config,
    socket: Option<SocketId>,
    table: Table,
    random: Random,
    /// When everything is told again.
    update: Time,
    /// Until then nothing is told because of a change.
    quiet: Time,
    /// Something has changed since.
    pending: bool,
    /// Whether each link was up.
    up: BTreeMap<InterfaceId, bool>,
    counts: Counts,
    notices: Notices,
    buffer: Vec<u8>,
}

/// The port of RIP.
pub const PORT: u16 = 520;
/// All routers that speak version 2 (RFC 2453 section 4.5).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 9);
/// Internetwork control (RFC 1812 section 5.3.3).
const PRECEDENCE: u8 = 0xc0;
/// The longest message that is read; a longer one has more than 25 entries.
const LONGEST: usize = 505;

impl Rip {
    /// A process that has yet to be started.
    pub fn new(config: Config) -> Self {
        Self {
            table: Table::default(),
            socket: None,
            random: Random::new(0),
            update: Time::NEVER,
            quiet: Time::ZERO,
            pending: false,
            up: BTreeMap::new(),
            counts: Counts::default(),
            notices: Notices::default(),
            buffer: vec![0; LONGEST],
            config,
        }
    }

    /// What it knows, by network, with what is said to be gone.
    pub fn routes(&self) -> impl Iterator<Item = Known> + '_ {
        self.table.iter()
    }

    fn link(&self, interface: InterfaceId) -> Option<Link> {
        self.config.links.iter().find(|link| link.interface == interface).copied()
    }

    fn set_update(&mut self, now: Time) {
        let jitter = self.config.jitter;
        let random = self.random.below(jitter.saturating_mul(2).as_nanos().try_into().unwrap_or(u64::MAX));
        // Never at once, whatever is configured.
        let least = self.config.update.saturating_sub(jitter).max(Duration::from_millis(1));
        self.update = now + least + Duration::from_nanos(random);
    }

    /// Compares what it knows of its own networks with what is so.
    fn follow(&mut self, now: Time, stack: &mut Stack) {
        for link in self.config.links.clone() {
            let is_up = stack.interfaces().get(usize::from(link.interface.0)).is_some_and(|on| on.up);
            let was_up = self.up.insert(link.interface, is_up) == Some(true);
            if was_up && !is_up {
                self.table.cut(now, &self.config, link.interface, stack, &mut self.notices);
            }
            if is_up && !was_up && !link.passive {
                self.ask(now, stack, link.interface);
            }
        }
        self.table.follow(now, &self.config, stack, &mut self.notices);
    }

    /// Tells of changes, if it may already, or waits (RFC 2453 section 3.10.1).
    fn settle(&mut self, now: Time, stack: &mut Stack) {
        self.pending |= self.table.take_changed();
        if now >= self.update {
            self.tell(now, stack, false);
            self.set_update(now);
            self.pending = false;
        } else if self.pending && now >= self.quiet {
            self.tell(now, stack, true);
            self.pending = false;
            let (least, most) = self.config.triggered;
            let span = u64::try_from(most.saturating_sub(least).as_nanos()).unwrap_or(u64::MAX);
            let span = Duration::from_nanos(self.random.below(span.saturating_add(1)));
            self.quiet = now + least + span;
        }
    }
}

impl Service for Rip {
    fn name(&self) -> &'static str {
        "rip"
    }

    fn start(&mut self, now: Time, stack: &mut Stack) -> Result<(), Errno> {
        self.random = Random::new(stack.secret().number(Purpose::Routing, &[]));
        let costs = self.config.links.iter().map(|link| link.cost);
        let metrics = self.config.announced.iter().map(|route| route.metric);
        if !costs.chain(metrics).all(|metric| (1..16).contains(&metric))
            || self.config.password.as_ref().is_some_and(|password| password.len() > 16)
        {
            return Err(Errno::EINVAL);
        }
        let socket = stack.socket(Kind::Datagram)?;
        stack.bind(socket, SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT))?;
        stack.set_option(socket, SocketOption::TrafficClass(PRECEDENCE))?;
        for link in self.config.links.iter().filter(|link| !link.passive) {
            stack.set_option(socket, SocketOption::Join(link.interface, GROUP.into()))?;
        }
        self.socket = Some(socket);
        self.set_update(now);
        self.follow(now, stack);
        self.settle(now, stack);
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let ours = match event {
            Event::Link { .. } | Event::Address(_) => {
                self.follow(now, stack);
                false
            }
            event if event.socket().is_some() && event.socket() == self.socket => {
                self.receive(now, stack);
                true
            }
            _ => return false,
        };
        self.settle(now, stack);
        ours
    }

    fn next_deadline(&self) -> Option<Time> {
        let triggered = self.pending.then_some(self.quiet);
        [Some(self.update), triggered, self.table.deadline()].into_iter().flatten().min()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.table.expire(now, &self.config, stack, &mut self.notices);
        self.follow(now, stack);
        self.settle(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.notices.poll()
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        self.counts.each(each);
    }
}
