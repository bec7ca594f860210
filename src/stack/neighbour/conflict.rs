//! The host's own addresses: nobody else may have them. Probe, announcement and defence of
//! [RFC 5227](https://www.rfc-editor.org/rfc/rfc5227) for IPv4; duplicate address detection of
//! [RFC 4862 section 5.4](https://www.rfc-editor.org/rfc/rfc4862#section-5.4) for IPv6.
//!
//! ```text
//!   add ──► Tentative ──── nobody answers ────► Preferred ──► Deprecated ──► gone
//!               │                                  │
//!               │ somebody has it                  │ somebody has it: defended once in 10 s (IPv4: the second time, lost)
//!               ▼                                  ▼
//!           Duplicate ◄────────────────────────────┘
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use ipnet::IpNet;

use super::cache::Key;
use super::group::{ALL_NODES, BROADCAST, ipv6_mac, solicited_node};
use super::timers::Timer;
use super::{AddressChange, Neighbours, ethernet};
use crate::field::Mac;
use crate::names::Icmpv6Type;
use crate::stack::{Address, AddressState, Interface, InterfaceId, Outbox, Reason};
use crate::time::Time;
use crate::wire::arp::Arp;
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::icmpv6::ndp::neighbour_advertisement;
use crate::wire::ipv6::Ipv6;

// RFC 5227 section 1.1.
const PROBE_WAIT: Duration = Duration::from_secs(1);
const PROBE_NUM: u8 = 3;
const PROBE_MIN: Duration = Duration::from_secs(1);
const PROBE_MAX: Duration = Duration::from_secs(2);
const ANNOUNCE_WAIT: Duration = Duration::from_secs(2);
const ANNOUNCE_NUM: u8 = 2;
const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(2);
const DEFEND_INTERVAL: Duration = Duration::from_secs(10);
/// RFC 4861 section 10, for the first message of an interface (RFC 4862 section 5.4.2).
const MAX_RTR_SOLICITATION_DELAY: Duration = Duration::from_secs(1);

/// What has been done to have an address.
#[derive(Debug)]
pub(super) struct Claim {
    step: Step,
    sent: u8,
    defended: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Probe,
    Announce,
}

/// When the first probe for an IPv6 address is sent, if it is not the first message of the interface, which waits at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// At once.
    Now,
    /// At random within a second: what made the address was said to everybody (RFC 4862 section 5.4.2).
    NotAllAtOnce,
    /// Now, and for an IPv4 address too, whatever the configuration says.
    EvenIpv4,
}

impl Neighbours {
    /// Gives an interface an address: on Ethernet it is tentative until nobody else has claimed it. `false` if it has the address, there
    /// is no room, or no host can have it.
    pub fn add_address(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        network: IpNet,
        out: &mut Outbox,
    ) -> bool {
        self.claim(now, interfaces, interface, Address::permanent(network), When::Now, out)
    }

    /// Gives an interface an address until then, or changes until when it has it and how long the prefix of its network is. Whether others
    /// have a new one is asked first if `probe`, whatever the configuration says. `false` as of [`Neighbours::add_address`].
    pub fn lend_address(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        (network, until): (IpNet, Time),
        probe: bool,
        out: &mut Outbox,
    ) -> bool {
        let lent = Address { preferred_until: until, valid_until: until, ..Address::permanent(network) };
        let Some(own) = own_mut(interfaces, (interface, network.addr())) else {
            let when = if probe { When::EvenIpv4 } else { When::Now };
            return self.claim(now, interfaces, interface, lent, when, out);
        };
        self.changed |= own.network != network;
        *own = Address { state: own.state, ..lent };
        self.watch_lifetimes(now, interfaces, interface);
        true
    }

    /// Takes an address away. `false` if there was none.
    pub fn remove_address(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        address: IpAddr,
    ) -> bool {
        let Some(own) = interfaces.get_mut(usize::from(interface.0)) else { return false };
        let before = own.addresses.len();
        own.addresses.retain(|own| own.network.addr() != address);
        let gone = own.addresses.len() < before;
        if gone {
            self.forget_address((interface, address));
            self.watch_lifetimes(now, interfaces, interface);
        }
        gone
    }

    pub(super) fn forget_address(&mut self, key: Key) {
        self.timers.cancel(Timer::Claim(key.0, key.1));
        self.claims.remove(&key);
        if let IpAddr::V6(address) = key.1 {
            self.automatic.remove(&(key.0, address));
        }
        self.event(key.0, key.1, AddressChange::Gone);
    }

    pub(super) fn claim(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        id: InterfaceId,
        address: Address,
        when: When,
        out: &mut Outbox,
    ) -> bool {
        let Some(own) = interfaces.get_mut(usize::from(id.0)) else { return false };
        let ip = address.network.addr();
        let known = own.addresses.iter().any(|own| own.network.addr() == ip);
        if known || own.addresses.len() >= self.config.addresses || ip.is_multicast() || ip.is_unspecified() {
            return false;
        }
        let probes = match ip {
            IpAddr::V4(_) => self.config.probe_ipv4 || when == When::EvenIpv4,
            IpAddr::V6(_) => self.config.dad_transmits > 0,
        };
        let (asks, up) = (probes && own.mac().is_some(), own.up);
        self.changed = true;
        own.addresses.push(Address { state: AddressState::Tentative, ..address });
        self.claims.insert((id, ip), Claim { step: Step::Probe, sent: 0, defended: None });
        self.watch_lifetimes(now, interfaces, id);
        let waits = (up && self.link(id).starts()) || when == When::NotAllAtOnce;
        match ip {
            _ if !asks => self.ready(now, interfaces, (id, ip), out),
            // Nobody can be asked before the interface is up.
            _ if !up => {}
            IpAddr::V6(_) if !waits => self.go_on_claiming(now, interfaces, (id, ip), out),
            IpAddr::V6(_) => {
                let wait = self.random_span(Duration::ZERO, MAX_RTR_SOLICITATION_DELAY);
                self.timers.after(now, wait, Timer::Claim(id, ip));
            }
            IpAddr::V4(_) => {
                let wait = self.random_span(Duration::ZERO, PROBE_WAIT);
                self.timers.after(now, wait, Timer::Claim(id, ip));
            }
        }
        true
    }

    /// The next probe or announcement of an address, or the end of them.
    pub(super) fn go_on_claiming(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        key: Key,
        out: &mut Outbox,
    ) {
        let Some(claim) = self.claims.get_mut(&key) else { return };
        let of = match (claim.step, key.1) {
            (Step::Probe, IpAddr::V4(_)) => PROBE_NUM,
            (Step::Probe, IpAddr::V6(_)) => self.config.dad_transmits,
            (Step::Announce, _) => ANNOUNCE_NUM,
        };
        if claim.sent >= of {
            if claim.step == Step::Probe {
                claim.step = Step::Announce;
                claim.sent = 0;
                self.ready(now, interfaces, key, out);
                if key.1.is_ipv4() {
                    self.go_on_claiming(now, interfaces, key, out);
                }
            }
            return;
        }
        claim.sent = claim.sent.saturating_add(1);
        let (step, attempt, address) = (claim.step, claim.sent, key.1);
        let last = attempt >= of;
        let (reason, wait) = match step {
            Step::Announce => (Reason::Announced { address, attempt, of }, ANNOUNCE_INTERVAL),
            Step::Probe => {
                let wait = match address {
                    IpAddr::V4(_) if last => ANNOUNCE_WAIT,
                    IpAddr::V4(_) => self.random_span(PROBE_MIN, PROBE_MAX),
                    IpAddr::V6(_) => self.retransmit(key),
                };
                (Reason::IsItTaken { address, attempt, of }, wait)
            }
        };
        if !(last && step == Step::Announce) {
            self.timers.after(now, wait, Timer::Claim(key.0, key.1));
        }
        let Some((_, mac)) = ethernet(interfaces, key.0) else { return };
        match (step, address) {
            (Step::Probe, IpAddr::V4(address)) => {
                let probe = Arp::request((mac, Ipv4Addr::UNSPECIFIED), address);
                out.build(key.0, &(Ethernet::new(mac, BROADCAST) / probe), reason);
            }
            (Step::Probe, IpAddr::V6(address)) => {
                let group = solicited_node(address);
                let ask = Icmpv6::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0);
                let ask = ask.append(&[0; 4]).append(&address.octets());
                let ip = Ipv6::new(Ipv6Addr::UNSPECIFIED, group).hop_limit(255);
                out.build(key.0, &(Ethernet::new(mac, ipv6_mac(group)) / ip / ask), reason);
            }
            (Step::Announce, _) => self.announce(key, mac, reason, out),
        }
    }

    /// Somebody else has an address of this host's.
    pub(super) fn conflict(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        key: Key,
        by: Option<Mac>,
        out: &mut Outbox,
    ) {
        let Some((_, mac)) = ethernet(interfaces, key.0) else { return };
        let Some(own) = own_mut(interfaces, key) else { return };
        let usable = own.is_usable();
        // An address that was there before it was claimed here.
        let fresh = Claim { step: Step::Announce, sent: ANNOUNCE_NUM, defended: None };
        let claim = self.claims.entry(key).or_insert(fresh);
        let again = claim.defended.is_some_and(|before| now.since(before) < DEFEND_INTERVAL);
        // RFC 5227 section 2.4 (b), or (c) for those who insist. RFC 4862 section 5.4.5 knows no loss of an IPv6 address in use.
        match (usable, again) {
            (true, false) => {
                claim.defended = Some(now);
                self.announce(key, mac, Reason::Defended(key.1), out);
                self.event(key.0, key.1, AddressChange::Defended { by });
            }
            (true, true) if self.config.insist || key.1.is_ipv6() => {}
            _ => {
                own.state = AddressState::Duplicate;
                self.timers.cancel(Timer::Claim(key.0, key.1));
                self.event(key.0, key.1, AddressChange::Lost { to: by });
            }
        }
    }

    /// Tells everybody who has an address.
    fn announce(&self, key: Key, mac: Mac, reason: Reason, out: &mut Outbox) {
        match key.1 {
            IpAddr::V4(address) => {
                let says = Arp::request((mac, address), address);
                out.build(key.0, &(Ethernet::new(mac, BROADCAST) / says), reason);
            }
            IpAddr::V6(address) => {
                let says = Icmpv6::neighbour_advertisement(address, mac, false);
                let says = says.preset(&neighbour_advertisement::ROUTER, self.router);
                let ip = Ipv6::new(address, ALL_NODES).hop_limit(255);
                out.build(key.0, &(Ethernet::new(mac, ipv6_mac(ALL_NODES)) / ip / says), reason);
            }
        }
    }

    /// Nobody else has an address.
    fn ready(&mut self, now: Time, interfaces: &mut [Interface], key: Key, out: &mut Outbox) {
        let Some(own) = own_mut(interfaces, key) else { return };
        let deprecated = own.preferred_until <= now;
        own.state = if deprecated { AddressState::Deprecated } else { AddressState::Preferred };
        self.event(key.0, key.1, AddressChange::Ready);
        self.watch_lifetimes(now, interfaces, key.0);
        if let IpAddr::V6(address) = key.1
            && address.is_unicast_link_local()
        {
            self.begin(now, interfaces, key.0, out);
        }
    }
}

fn own_mut(interfaces: &mut [Interface], key: Key) -> Option<&mut Address> {
    let own = interfaces.get_mut(usize::from(key.0.0))?;
    own.addresses.iter_mut().find(|own| own.network.addr() == key.1)
}
