//! Whom to ask: the SLIST of RFC 1034 section 5.3.3.

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::{Resolver, Upstream};
use crate::names::DnsType;
use crate::stack::Stack;
use crate::stack::service::dns::{Domain, RrSet};
use crate::time::Time;

/// The port of servers whose names and addresses are found.
pub(super) const PORT: u16 = 53;
/// Names of servers of one zone that are looked at.
const NAMES: usize = 13;
/// Addresses of all of them.
const ADDRESSES: usize = 32;

/// Whom to ask about a name, as RFC 1034 section 5.3.3 calls it: the servers of the nearest zone above it that is known.
#[derive(Debug, Default)]
pub(super) struct Slist {
    /// That zone; `None` for the root.
    pub zone: Option<Domain>,
    /// They are its servers until then, as the zones above have it; `None`: for good.
    pub until: Option<Time>,
    /// The names of its servers.
    pub names: Vec<Domain>,
    pub addresses: Vec<SocketAddr>,
    /// Asked in this round.
    pub asked: Vec<SocketAddr>,
    /// Not worth asking again.
    pub lame: Vec<SocketAddr>,
    /// Whose addresses were asked for.
    sought: Vec<(Domain, DnsType)>,
    pub round: u32,
}

impl Slist {
    /// The servers of a zone, without their addresses.
    pub fn of(now: Time, servers: &RrSet) -> Self {
        let names = servers.targets().take(NAMES).collect();
        let until = now + Duration::from_secs(servers.ttl.into());
        Self { zone: Some(servers.name.clone()), until: Some(until), names, ..Self::default() }
    }

    /// How long what these servers say of zones below can hold, in seconds: no longer than they are asked themselves.
    pub fn longest(&self, now: Time) -> u32 {
        self.until.map_or(u32::MAX, |until| u32::try_from(until.since(now).as_secs()).unwrap_or(u32::MAX))
    }

    /// Adds an address.
    pub fn add(&mut self, address: SocketAddr) {
        if self.addresses.len() < ADDRESSES && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }

    /// Those that can be asked now.
    pub fn candidates(&self) -> impl Iterator<Item = SocketAddr> {
        let asked = |address: &SocketAddr| self.asked.contains(address) || self.lame.contains(address);
        self.addresses.iter().copied().filter(move |address| !asked(address))
    }

    /// Whether there are some that may be asked again.
    pub fn has_hope(&self) -> bool {
        self.addresses.iter().any(|address| !self.lame.contains(address))
    }

    /// The next name whose addresses could be asked for and are not known: IPv4 of all, then, where nobody is left, IPv6.
    pub fn seek(&mut self) -> Option<(Domain, DnsType)> {
        let families = [DnsType::A, DnsType::AAAA].into_iter().take(if self.has_hope() { 1 } else { 2 });
        let all = families.flat_map(|of| self.names.iter().map(move |name| (name, of)));
        let next = all.map(|(name, of)| (name.clone(), of)).find(|next| !self.sought.contains(next))?;
        self.sought.push(next.clone());
        Some(next)
    }
}

impl Resolver {
    /// The servers to begin with.
    pub(super) fn slist(&mut self, now: Time, name: &Domain, record_type: DnsType) -> Slist {
        if let Upstream::Servers(servers) = &self.config.upstream {
            return Slist { addresses: servers.clone(), ..Slist::default() };
        }
        // What the zone above knows of a cut, the servers below it do not (RFC 4035 section 3.1.4.1).
        let above = usize::from(record_type == DnsType::DS);
        for zone in name.ancestors().skip(above).filter(|zone| !zone.is_root()) {
            let Some(servers) = self.cache.delegation(now, &zone) else { continue };
            let mut slist = Slist::of(now, &servers);
            self.add_known(now, &mut slist);
            // Servers in their own zone whose addresses are forgotten can be found only from above.
            if !slist.addresses.is_empty() || slist.names.iter().any(|server| !server.is_within(&zone)) {
                return slist;
            }
        }
        let mut slist = Slist::default();
        if let Upstream::Root(hints) = &self.config.upstream {
            hints.iter().for_each(|(_, address)| slist.add(SocketAddr::new(*address, PORT)));
        }
        slist
    }

    /// Adds the addresses of its servers that are known.
    pub(super) fn add_known(&mut self, now: Time, slist: &mut Slist) {
        for server in slist.names.clone() {
            for of in [DnsType::A, DnsType::AAAA] {
                let Some(set) = self.cache.addresses(now, &server, of) else { continue };
                set.addresses().for_each(|address| slist.add(SocketAddr::new(address, PORT)));
                slist.sought.push((server.clone(), of));
            }
        }
    }

    /// The fastest server that can be asked; of those that are equal the first of the list, or any.
    pub(super) fn best(
        &mut self,
        now: Time,
        stack: &Stack,
        candidates: Vec<SocketAddr>,
    ) -> Option<SocketAddr> {
        let shift = match self.config.upstream {
            Upstream::Servers(_) => 0,
            Upstream::Root(_) => self.exchanges.below(now, stack, candidates.len()),
        };
        let count = candidates.len();
        let turned = candidates.into_iter().cycle().skip(shift).take(count);
        turned.min_by_key(|server| self.servers.time(now, *server))
    }
}
