//! Who has which address, and who had it.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use crate::field::{Mac, Text};
use crate::time::Time;

/// What a client is known by (RFC 2131 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// Its Ethernet address; an identifier that is one is the same.
    Mac(Mac),
    /// Its identifier, type and all (RFC 2132 section 9.14).
    Identifier(Vec<u8>),
}

/// An address, and the client that has it or had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The address.
    pub address: Ipv4Addr,
    /// Who.
    pub client: Client,
    /// The client's Ethernet address.
    pub mac: Mac,
    /// The client's name, if it has given one, as it has given it: escape it where it is shown. What is not UTF-8 is replaced.
    pub host_name: Option<String>,
    /// What is with it.
    pub state: BindingState,
    /// Until when; from then on anybody may have the address, but nobody sooner than the client. [`Time::NEVER`] for a lease without end.
    pub until: Time,
}

/// What is with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingState {
    /// It is offered to the client.
    Offered,
    /// It is lent to the client.
    Bound,
    /// Somebody has it who did not ask for it, so the client could not have it.
    Unusable,
}

impl Client {
    /// By its identifier if it has one, or else by its Ethernet address.
    pub(super) fn new(identifier: Option<&[u8]>, mac: Mac) -> Self {
        match identifier {
            None => Self::Mac(mac),
            Some([1, own @ ..]) if own.len() == 6 => {
                own.first_chunk().map_or(Self::Mac(mac), |own| Self::Mac(Mac(*own)))
            }
            Some(identifier) => Self::Identifier(identifier.into()),
        }
    }
}

impl Binding {
    /// Whether a client can have the address as far as this says.
    fn is_free_for(&self, now: Time, client: &Client) -> bool {
        self.until <= now || (self.client == *client && self.state != BindingState::Unusable)
    }
}

/// All bindings, by address, by client, and by the time when they are over. A client has one on each subnet.
#[derive(Debug)]
pub(super) struct Bindings {
    by_address: BTreeMap<Ipv4Addr, (usize, Binding)>,
    by_client: BTreeMap<(usize, Client), Ipv4Addr>,
    ends: BTreeSet<(usize, Time, Ipv4Addr)>,
    /// Offers in the order in which they were made, until then; not those that have become more.
    offers: VecDeque<(Ipv4Addr, Time)>,
    /// Subnets that have no address any more of which nothing is known.
    used_up: BTreeSet<usize>,
    most: usize,
    most_offers: usize,
}

impl Bindings {
    pub fn new(most: usize, most_offers: usize) -> Self {
        let (by_address, by_client, ends, offers, used_up) = Default::default();
        Self { by_address, by_client, ends, offers, used_up, most, most_offers }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Binding> {
        self.by_address.values().map(|(_, binding)| binding)
    }

    /// What is known of an address.
    pub fn get(&self, address: Ipv4Addr) -> Option<&Binding> {
        self.by_address.get(&address).map(|(_, binding)| binding)
    }

    /// What a client has or had on a subnet.
    pub fn of(&self, subnet: usize, client: &Client) -> Option<&Binding> {
        self.get(*self.by_client.get(&(subnet, client.clone()))?)
    }

    /// Whether a client can have an address, as far as others are concerned.
    pub fn is_free(&self, now: Time, address: Ipv4Addr, client: &Client) -> bool {
        self.get(address).is_none_or(|binding| binding.is_free_for(now, client))
    }

    /// Writes a binding down, in the place of what was known of the address and the client. `false` if there is no room.
    pub fn set(&mut self, now: Time, subnet: usize, binding: Binding) -> bool {
        if !self.by_address.contains_key(&binding.address)
            && self.by_address.len() >= self.most
            && !self.forget_one(now)
        {
            return false;
        }
        self.take_out(binding.address);
        // What nobody can have is no client's.
        let is_of_client = binding.state != BindingState::Unusable;
        if is_of_client && let Some(before) = self.by_client.get(&(subnet, binding.client.clone())).copied() {
            self.forget(before);
        }
        if binding.state == BindingState::Offered {
            self.offered(now, &binding);
        }
        let address = binding.address;
        if is_of_client {
            self.by_client.insert((subnet, binding.client.clone()), address);
        }
        self.ends.insert((subnet, binding.until, address));
        self.by_address.insert(address, (subnet, binding));
        true
    }

    /// Counts an offer; of too many the oldest is over.
    fn offered(&mut self, now: Time, binding: &Binding) {
        self.offers.push_back((binding.address, binding.until));
        while let Some((address, until)) = self.offers.front().copied()
            && (self.offers.len() > self.most_offers || until <= now)
        {
            self.offers.pop_front();
            let is = |old: &Binding| (old.state, old.until) == (BindingState::Offered, until);
            if until > now && self.get(address).is_some_and(is) {
                self.end(now, address);
            }
        }
    }

    /// A binding is over; the client may have the address again.
    pub fn end(&mut self, now: Time, address: Ipv4Addr) {
        if let Some((subnet, binding)) = self.by_address.get_mut(&address) {
            self.ends.remove(&(*subnet, binding.until, address));
            binding.until = now;
            self.ends.insert((*subnet, now, address));
        }
    }

    /// Nothing is known of an address any more.
    fn forget(&mut self, address: Ipv4Addr) {
        if let Some(subnet) = self.take_out(address) {
            self.used_up.remove(&subnet);
        }
    }

    /// Takes the binding of an address out of all tables, to which another may be added.
    fn take_out(&mut self, address: Ipv4Addr) -> Option<usize> {
        let (subnet, binding) = self.by_address.remove(&address)?;
        self.ends.remove(&(subnet, binding.until, address));
        let key = (subnet, binding.client);
        if self.by_client.get(&key) == Some(&address) {
            self.by_client.remove(&key);
        }
        Some(subnet)
    }

    /// Makes room by what was over first.
    fn forget_one(&mut self, now: Time) -> bool {
        let mut oldest: Option<(Time, Ipv4Addr)> = None;
        let mut subnet = 0;
        // The first of each subnet.
        while let Some(end) = self.ends.range((subnet, Time::ZERO, Ipv4Addr::UNSPECIFIED)..).next() {
            let first = (end.1, end.2);
            oldest = Some(oldest.map_or(first, |oldest| oldest.min(first)));
            subnet = end.0.saturating_add(1);
        }
        let over = oldest.filter(|(until, _)| *until <= now);
        over.map(|(_, address)| self.forget(address)).is_some()
    }

    /// The addresses of a subnet whose time is over, the oldest first.
    pub fn over(&self, now: Time, subnet: usize) -> impl Iterator<Item = Ipv4Addr> {
        let from = (subnet, Time::ZERO, Ipv4Addr::UNSPECIFIED);
        let ends = self.ends.range(from..).take_while(move |end| end.0 == subnet && end.1 <= now);
        ends.map(|end| end.2)
    }

    /// Of addresses of a subnet, tried in turn, the first of which nothing is known. That there is none is remembered until one is forgotten.
    pub fn unused(
        &mut self,
        subnet: usize,
        mut addresses: impl Iterator<Item = Ipv4Addr>,
    ) -> Option<Ipv4Addr> {
        if self.used_up.contains(&subnet) {
            return None;
        }
        let found = addresses.find(|address| !self.by_address.contains_key(address));
        if found.is_none() {
            self.used_up.insert(subnet);
        }
        found
    }
}

/// `192.0.2.100 02:00:00:00:00:0a "host-a" bound until 3601.000000000`.
impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address, self.mac)?;
        if let Some(name) = &self.host_name {
            write!(f, " \"{}\"", Text(name.as_bytes()))?;
        }
        f.write_str(match self.state {
            BindingState::Offered => " offered",
            BindingState::Bound => " bound",
            BindingState::Unusable => " unusable",
        })?;
        if self.until < Time::NEVER { write!(f, " until {}", self.until) } else { f.write_str(" for ever") }
    }
}
