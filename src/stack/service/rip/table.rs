//! What a router knows of networks: RFC 2453 sections 3.8 and 3.9.2.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::{Config, Notices};
use crate::stack::network::RouteOrigin;
use crate::stack::{InterfaceId, Route, Stack};
use crate::time::Time;

/// Not reachable.
pub(super) const INFINITY: u32 = 16;

/// What is known of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The network.
    pub network: Ipv4Net,
    /// How far it is, 16 if it is not reachable.
    pub metric: u32,
    /// The router to send to; `None` for what is one's own.
    pub next_hop: Option<Ipv4Addr>,
    /// Who said so, by which interface; `None` for what is one's own.
    pub from: Option<(InterfaceId, Ipv4Addr)>,
    /// The interface of a network of one's own, or that leads to the next hop.
    pub interface: Option<InterfaceId>,
    /// Its tag.
    pub tag: u16,
    /// When it is not believed any more, or forgotten if it is not reachable; [`Time::NEVER`] for what is one's own.
    pub until: Time,
    /// It has changed since it was told of.
    pub(super) changed: bool,
}

impl Known {
    /// What the host has of it.
    fn route(&self, config: &Config) -> Option<Route> {
        let (gateway, interface) = self.next_hop.zip(self.interface).filter(|_| self.from.is_some())?;
        let route = Route::via(IpNet::V4(self.network), IpAddr::V4(gateway), interface);
        Some(Route { metric: config.metric, origin: RouteOrigin::Rip, ..route })
    }

    const fn is_reachable(&self) -> bool {
        self.metric < INFINITY
    }
}

/// All that is known.
#[derive(Debug)]
pub(super) struct Table {
    known: BTreeMap<Ipv4Net, Known>,
    changed: bool,
    /// Nothing is over before that.
    due: Time,
}

impl Default for Table {
    fn default() -> Self {
        Self { known: BTreeMap::new(), changed: false, due: Time::NEVER }
    }
}

impl Table {
    pub fn iter(&self) -> impl Iterator<Item = Known> + '_ {
        self.known.values().copied()
    }

    pub fn get(&self, network: Ipv4Net) -> Option<&Known> {
        self.known.get(&network)
    }

    /// Whether something has changed since this was asked.
    pub const fn take_changed(&mut self) -> bool {
        core::mem::replace(&mut self.changed, false)
    }

    /// All was told of.
    pub fn told(&mut self) {
        self.known.values_mut().for_each(|known| known.changed = false);
    }

    /// When a route may not be believed any more, or be forgotten: never too late, and too early if it was spoken of since.
    pub fn deadline(&self) -> Option<Time> {
        Some(self.due).filter(|due| *due < Time::NEVER)
    }

    /// A neighbour says something of a network. Whether there was room for it.
    pub fn learn(
        &mut self,
        now: Time,
        config: &Config,
        heard: Known,
        stack: &mut Stack,
        notices: &mut Notices,
    ) -> bool {
        let heard = Known { until: now + config.timeout, changed: true, ..heard };
        let Some(known) = self.known.get(&heard.network).copied() else {
            if !heard.is_reachable() {
                return true;
            }
            let learned = self.known.values().filter(|known| known.from.is_some()).count();
            if learned >= config.routes {
                return false;
            }
            self.adopt(config, None, heard, stack, notices);
            return true;
        };
        let is_same = known.from == heard.from;
        // Half of its time has gone by without a word: somebody who is as near is believed instead.
        let is_stale = known.from.is_some() && known.until - now <= config.timeout / 2;
        let is_news = (heard.metric, heard.next_hop, heard.tag) != (known.metric, known.next_hop, known.tag);
        if is_same && heard.is_reachable() && !is_news {
            if let Some(known) = self.known.get_mut(&heard.network) {
                known.until = heard.until;
            }
        } else if is_same && !heard.is_reachable() {
            // It begins once.
            if known.is_reachable() {
                self.delete(now, config, heard.network, stack, notices);
            }
        } else if heard.is_reachable()
            && (is_same || heard.metric < known.metric || (heard.metric == known.metric && is_stale))
        {
            self.adopt(config, Some(known), heard, stack, notices);
        }
        true
    }

    fn adopt(
        &mut self,
        config: &Config,
        before: Option<Known>,
        heard: Known,
        stack: &mut Stack,
        notices: &mut Notices,
    ) {
        let old = before.filter(Known::is_reachable).and_then(|known| known.route(config));
        let new = heard.route(config);
        if old != new {
            old.iter().for_each(|route| {
                stack.remove_route(route);
            });
            // A table that is full refuses it: it is known and told of all the same, and tried again when it changes.
            if let Some(Err(error)) = new.map(|route| stack.add_route(route)) {
                notices.say(format!("no room for a route to {}: {error}", heard.network));
            }
        }
        let reported = |known: &Known| (known.metric, known.tag, known.next_hop);
        let is_news = before.is_none_or(|before| reported(&before) != reported(&heard));
        if is_news {
            let by = heard.next_hop.unwrap_or(Ipv4Addr::UNSPECIFIED);
            notices.say(format!("{} is reached by {by}, metric {}", heard.network, heard.metric));
        }
        self.known.insert(
            heard.network,
            Known { changed: is_news || before.is_some_and(|known| known.changed), ..heard },
        );
        self.changed |= is_news;
        self.due = self.due.min(heard.until);
    }

    /// A network is not reachable: it is said for a while, and then forgotten.
    fn delete(
        &mut self,
        now: Time,
        config: &Config,
        network: Ipv4Net,
        stack: &mut Stack,
        notices: &mut Notices,
    ) {
        let Some(known) = self.known.get_mut(&network) else { return };
        if let Some(route) = known.route(config) {
            stack.remove_route(&route);
        }
        (known.metric, known.changed, known.until) = (INFINITY, true, now + config.garbage);
        self.due = self.due.min(known.until);
        self.changed = true;
        notices.say(format!("{network} is not reachable"));
    }

    /// A link is down: what it led to is not reachable that way.
    pub fn cut(
        &mut self,
        now: Time,
        config: &Config,
        by: InterfaceId,
        stack: &mut Stack,
        notices: &mut Notices,
    ) {
        let leads =
            |known: &&Known| known.interface == Some(by) && known.from.is_some() && known.is_reachable();
        let lost: Vec<Ipv4Net> = self.known.values().filter(leads).map(|known| known.network).collect();
        for network in lost {
            self.delete(now, config, network, stack, notices);
        }
    }

    /// Follows the networks of the links, and what is told of besides.
    pub fn follow(&mut self, now: Time, config: &Config, stack: &mut Stack, notices: &mut Notices) {
        let own = own(config, stack);
        let gone = |known: &&Known| {
            known.from.is_none() && known.is_reachable() && !own.contains_key(&known.network)
        };
        let gone: Vec<Ipv4Net> = self.known.values().filter(gone).map(|known| known.network).collect();
        for network in gone {
            self.delete(now, config, network, stack, notices);
        }
        for (network, own) in own {
            let before = self.known.get(&network).copied();
            let is_nearer = before.is_none_or(|known| known.from.is_none() || own.metric <= known.metric);
            let is_news = before.is_none_or(|known| Known { changed: own.changed, ..known } != own);
            if is_nearer && is_news {
                self.adopt(config, before, own, stack, notices);
            }
        }
    }

    /// Routes that nobody has spoken of for too long are not believed any more; those that are gone are forgotten.
    pub fn expire(&mut self, now: Time, config: &Config, stack: &mut Stack, notices: &mut Notices) {
        if self.due > now {
            return;
        }
        let due: Vec<Known> = self.iter().filter(|known| known.until <= now).collect();
        for known in due {
            if known.is_reachable() {
                self.delete(now, config, known.network, stack, notices);
            } else {
                self.known.remove(&known.network);
            }
        }
        self.due = self.iter().map(|known| known.until).min().unwrap_or(Time::NEVER);
    }
}

/// The networks of the links that are up, and what is told of besides, the nearer first if both are the same.
fn own(config: &Config, stack: &Stack) -> BTreeMap<Ipv4Net, Known> {
    let mut own: BTreeMap<Ipv4Net, Known> = BTreeMap::new();
    let mut add = |known: Known| {
        let nearer = own.get(&known.network).is_none_or(|other| known.metric < other.metric);
        if nearer {
            own.insert(known.network, known);
        }
    };
    let known = |network, metric| Known {
        network,
        metric,
        next_hop: None,
        from: None,
        interface: None,
        tag: 0,
        until: Time::NEVER,
        changed: true,
    };
    for link in &config.links {
        let on = stack.interfaces().get(usize::from(link.interface.0)).filter(|on| on.up);
        for address in on.into_iter().flat_map(|on| &on.addresses).filter(|own| own.is_usable()) {
            if let IpNet::V4(network) = address.network.trunc()
                && !network.addr().is_link_local()
            {
                add(Known { interface: Some(link.interface), ..known(network, link.cost) });
            }
        }
    }
    for route in &config.announced {
        add(Known { next_hop: route.next_hop, tag: route.tag, ..known(route.network.trunc(), route.metric) });
    }
    own
}
