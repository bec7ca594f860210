//! What is said and heard: RFC 2453 sections 3.9 and 3.10.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net};

use super::table::{INFINITY, Known};
use super::{GROUP, Link, PORT, Rip, SplitHorizon};
use crate::field::Builder;
use crate::names::{RipAuthentication, RipCommand, RipFamily};
use crate::stack::service::Figure;
use crate::stack::socket::By;
use crate::stack::{Errno, InterfaceId, Origin, Stack};
use crate::time::Time;
use crate::wire::rip::{self, Route};

/// Entries of a message (RFC 2453 section 3.6).
const ENTRIES: usize = 25;

/// Declares counters: the field, and the words that it is known by.
macro_rules! counts {
    ($($field:ident, $word:literal;)*) => {
        /// What has happened how often.
        #[derive(Debug, Default)]
        pub(super) struct Counts {
            $(pub $field: u64,)*
        }

        impl Counts {
            pub fn each(&self, each: &mut dyn FnMut(&'static str, Figure)) {
                $(each($word, Figure::Count(self.$field));)*
            }
        }
    };
}

counts! {
    updates, "updates_sent";
    triggered, "updates_sent_because_of_a_change";
    requests, "requests_sent";
    answers, "requests_answered";
    responses, "responses_believed";
    malformed, "messages_cut_or_too_long";
    versions, "messages_of_another_version";
    strangers, "messages_of_who_is_no_neighbour";
    forged, "messages_not_authenticated";
    entries, "routes_that_cannot_be";
    full, "routes_without_room";
}

fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

impl Rip {
    /// Asks the neighbours of a link for all they know.
    pub(super) fn ask(&mut self, now: Time, stack: &mut Stack, interface: InterfaceId) {
        let request = self.begin(RipCommand::REQUEST).route(&Route::everything());
        if self.send_to_all(now, stack, interface, &request) {
            count(&mut self.counts.requests);
        }
    }

    /// Tells of everything, or of what has changed, on every link.
    pub(super) fn tell(&mut self, now: Time, stack: &mut Stack, changes: bool) {
        let mut told = false;
        for link in self.config.links.clone().into_iter().filter(|link| !link.passive) {
            let known = self.table.iter().filter(|known| known.changed || !changes);
            let routes: Vec<Route> =
                known.filter_map(|known| self.entry(stack, link.interface, &known)).collect();
            for message in self.messages(&routes) {
                told |= self.send_to_all(now, stack, link.interface, &message);
            }
        }
        self.table.told();
        if told {
            count(if changes { &mut self.counts.triggered } else { &mut self.counts.updates });
        }
    }

    /// What is said of a network on a link (RFC 2453 section 3.4.3); nothing of the link's own.
    fn entry(&self, stack: &Stack, on: InterfaceId, known: &Known) -> Option<Route> {
        let back = known.interface == Some(on) && (known.from.is_some() || known.metric < INFINITY);
        let metric = match self.config.split_horizon {
            SplitHorizon::Off => known.metric,
            _ if back && known.from.is_none() => return None,
            SplitHorizon::Simple if back => return None,
            SplitHorizon::PoisonedReverse if back => INFINITY,
            _ => known.metric,
        };
        // Of a route from elsewhere, who can be reached on this link without this router (section 4.4, appendix A).
        let elsewhere = known.next_hop.filter(|_| known.from.is_none());
        let near = elsewhere.filter(|hop| is_on_link(stack, on, *hop));
        Some(Route {
            family: RipFamily::IP,
            tag: known.tag,
            address: known.network.addr(),
            mask: known.network.netmask(),
            next_hop: near.unwrap_or(Ipv4Addr::UNSPECIFIED),
            metric,
        })
    }

    fn begin(&self, command: RipCommand) -> Builder<rip::Rip> {
        let message = rip::Rip::request().command(command);
        match &self.config.password {
            Some(password) => message.password(password),
            None => message,
        }
    }

    /// Responses with these routes, as many as it takes.
    fn messages(&self, routes: &[Route]) -> Vec<Builder<rip::Rip>> {
        let room = ENTRIES.saturating_sub(usize::from(self.config.password.is_some()));
        let response = self.begin(RipCommand::RESPONSE);
        routes
            .chunks(room)
            .map(|routes| routes.iter().fold(response, |message, route| message.route(route)))
            .collect()
    }

    fn send_to_all(
        &self,
        now: Time,
        stack: &mut Stack,
        on: InterfaceId,
        message: &Builder<rip::Rip>,
    ) -> bool {
        let (Some(socket), Ok(bytes)) = (self.socket, message.bytes()) else { return false };
        // It listens on all of them, and speaks on one.
        let by = By { interface: Some(on), ..By::default() };
        stack.send_by(now, socket, bytes, SocketAddr::new(GROUP.into(), PORT), by).is_ok()
    }

    /// Takes in all that has come.
    pub(super) fn receive(&mut self, now: Time, stack: &mut Stack) {
        let Some(socket) = self.socket else { return };
        let mut message = core::mem::take(&mut self.buffer);
        loop {
            match stack.recv_from(socket, &mut message) {
                Ok((length, origin)) => {
                    self.hear(now, stack, message.get(..length).unwrap_or(&[]), &origin);
                }
                Err(Errno::EAGAIN | Errno::EBADF) => break,
                Err(_) => {}
            }
        }
        self.buffer = message;
    }

    fn hear(&mut self, now: Time, stack: &mut Stack, bytes: &[u8], origin: &Origin) {
        let Some(message) = rip::Rip::view(bytes).ok().filter(|_| {
            let entries = bytes.len().saturating_sub(4);
            entries.is_multiple_of(20) && entries <= ENTRIES * 20
        }) else {
            return count(&mut self.counts.malformed);
        };
        // Version 1 has no masks; those to come are read as version 2 (section 5).
        if message.version() < 2 {
            return count(&mut self.counts.versions);
        }
        let link = self.link(origin.interface).filter(|link| !link.passive);
        let IpAddr::V4(sender) = origin.address.ip() else { return };
        // Its own networks alone have neighbours, and it is none of its own.
        let is_near = is_on_link(stack, origin.interface, sender) && !stack.is_own(sender.into());
        let Some(link) = link.filter(|_| is_near) else { return count(&mut self.counts.strangers) };
        if !self.is_authentic(&message) {
            return count(&mut self.counts.forged);
        }
        match message.command() {
            RipCommand::REQUEST => self.answer(now, stack, &message, origin),
            RipCommand::RESPONSE if origin.address.port() == PORT => {
                count(&mut self.counts.responses);
                for route in message.routes() {
                    self.hear_of(now, stack, &link, sender, &route);
                }
            }
            RipCommand::RESPONSE => count(&mut self.counts.strangers),
            _ => count(&mut self.counts.malformed),
        }
    }

    /// RFC 2453 section 5.2: with a password only what has it; without, only what has none.
    fn is_authentic(&self, message: &rip::Rip<&[u8]>) -> bool {
        match (&self.config.password, message.authentication()) {
            (None, None) => true,
            (Some(own), Some(theirs)) if theirs.kind == RipAuthentication::PASSWORD => {
                // All of it is compared, whatever differs first.
                let padded = |password: &[u8], at: usize| password.get(at).copied().unwrap_or(0);
                (0..16).fold(0, |differs, at| differs | (padded(own, at) ^ padded(theirs.data, at))) == 0
            }
            _ => false,
        }
    }

    /// RFC 2453 section 3.9.1: the whole table, as it is told on that link, or what is known of some networks, as it is.
    fn answer(&mut self, now: Time, stack: &mut Stack, message: &rip::Rip<&[u8]>, origin: &Origin) {
        let asked: Vec<Route> = message.routes().collect();
        let routes: Vec<Route> = match asked.as_slice() {
            [all] if all.family == RipFamily::UNSPECIFIED && all.metric == INFINITY => {
                self.table.iter().filter_map(|known| self.entry(stack, origin.interface, &known)).collect()
            }
            asked => asked.iter().map(|route| Route { metric: self.metric_of(route), ..*route }).collect(),
        };
        let Some(socket) = self.socket else { return };
        for message in self.messages(&routes) {
            if let Ok(bytes) = message.bytes()
                && stack.answer(now, socket, bytes, origin).is_ok()
            {
                count(&mut self.counts.answers);
            }
        }
    }

    fn metric_of(&self, route: &Route) -> u32 {
        let known = network(route).and_then(|network| self.table.get(network));
        known.map_or(INFINITY, |known| known.metric)
    }

    /// A neighbour says how far it is from a network: RFC 2453 section 3.9.2.
    fn hear_of(&mut self, now: Time, stack: &mut Stack, link: &Link, from: Ipv4Addr, route: &Route) {
        let sound = route.family == RipFamily::IP && (1..=INFINITY).contains(&route.metric);
        let Some(network) = network(route).filter(|network| sound && is_sound(*network)) else {
            return count(&mut self.counts.entries);
        };
        let metric = route.metric.saturating_add(link.cost).min(INFINITY);
        let hop = Some(route.next_hop).filter(|hop| is_on_link(stack, link.interface, *hop)).unwrap_or(from);
        // The way leads back here.
        if stack.is_own(hop.into()) {
            return count(&mut self.counts.entries);
        }
        let heard = Known {
            network,
            metric,
            next_hop: Some(hop),
            from: Some((link.interface, from)),
            interface: Some(link.interface),
            tag: route.tag,
            until: now,
            changed: false,
        };
        if !self.table.learn(now, &self.config, heard, stack, &mut self.notices) {
            count(&mut self.counts.full);
        }
    }
}

/// The network of a route. Without a mask it is that of its class, or a host (RFC 2453 sections 3.7 and 4.3).
fn network(route: &Route) -> Option<Ipv4Net> {
    let address = route.address;
    if !route.mask.is_unspecified() || address.is_unspecified() {
        return Ipv4Net::with_netmask(address, route.mask).ok().map(|network| network.trunc());
    }
    let class = match address.octets()[0] {
        0..=127 => 8,
        128..=191 => 16,
        _ => 24,
    };
    let natural = Ipv4Net::new(address, class).ok()?.trunc();
    if natural.addr() == address { Some(natural) } else { Ipv4Net::new(address, 32).ok() }
}

/// Whether there can be such a network: not 0 but for everything, not 127, no group (RFC 2453 section 3.9.2), nothing that stays on a link.
fn is_sound(network: Ipv4Net) -> bool {
    let address = network.addr();
    let first = address.octets()[0];
    network.prefix_len() == 0 || (!matches!(first, 0 | 127 | 224..) && !address.is_link_local())
}

/// Whether an address is one of a network that an interface has an address in, and of a host there.
fn is_on_link(stack: &Stack, interface: InterfaceId, address: Ipv4Addr) -> bool {
    let on = stack.interfaces().get(usize::from(interface.0));
    on.into_iter().flat_map(|on| &on.addresses).filter(|own| own.is_usable()).any(|own| match own.network {
        IpNet::V4(network) => {
            let edge =
                network.prefix_len() < 31 && (address == network.network() || address == network.broadcast());
            network.contains(&address) && !edge
        }
        IpNet::V6(_) => false,
    })
}
