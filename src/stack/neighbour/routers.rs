//! Routers: asked for, and what they say (RFC 4861 sections 6.3 and 8.3).

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use ipnet::{IpNet, Ipv6Net};

use super::autoconfigure::{link_local, with_identifier};
use super::conflict::When;
use super::entry::Heard;
use super::group::{ALL_ROUTERS, ipv6_mac};
use super::ndp::Message;
use super::timers::Timer;
use super::{Learned, Neighbours, ethernet};
use crate::names::NdpOptionType;
use crate::stack::{Address, DropReason, Interface, InterfaceId, Outbox, Reason};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::icmpv6::ndp::NdpOption;
use crate::wire::ipv6::Ipv6;

// RFC 4861 section 10.
const MAX_RTR_SOLICITATIONS: u8 = 3;
const RTR_SOLICITATION_INTERVAL: Duration = Duration::from_secs(4);

/// How often the time for which neighbours are reachable is made random again: "every few hours" (section 6.3.4).
const REDRAW: Duration = Duration::from_secs(2 * 60 * 60);
/// The longest time for which a neighbour is reachable: an hour (section 6.2.1).
const MOST_REACHABLE: u32 = 3_600_000;
/// Nobody can make this host ask more often than this, or wait longer between questions.
const RETRANSMIT: core::ops::RangeInclusive<u32> = 100..=60_000;
/// The least MTU of a link for IPv6 (RFC 8200 section 5).
const LEAST_MTU: u32 = 1280;

/// What is known of a link.
#[derive(Debug, Default)]
pub(super) struct Link {
    /// Something was sent, or is about to be.
    started: bool,
    /// For how long a neighbour is reachable, as a router said.
    base: Option<Duration>,
    /// The same, made random, and until when that stays.
    reachable: Option<(Duration, Time)>,
    /// Time between two questions, as a router said.
    pub retransmit: Option<Duration>,
    /// How often routers were asked for.
    solicitations: u8,
    /// How often, and when last, this router has advertised itself.
    pub advertised: (u8, Option<Time>),
}

impl Link {
    /// Says that something is sent. `true` if it is the first.
    pub const fn starts(&mut self) -> bool {
        let first = !self.started;
        self.started = true;
        first
    }
}

impl Neighbours {
    /// An interface has come up: it gets a link-local address, and goes on from there when that is its own.
    pub fn attach(&mut self, now: Time, interfaces: &mut [Interface], id: InterfaceId, out: &mut Outbox) {
        if let Some((_, mac)) = ethernet(interfaces, id).filter(|_| self.config.link_local) {
            let address = Address::permanent(IpNet::V6(link_local(mac)));
            self.claim(now, interfaces, id, address, When::Now, out);
        }
    }

    /// An interface has gone down: nobody is known there any more, and nothing is asked.
    pub fn link_down(&mut self, id: InterfaceId, out: &mut Outbox) {
        self.flush(id, out);
        self.timers.cancel(Timer::Solicit(id));
        self.timers.cancel(Timer::Advertise(id));
        for (_, address) in self.claims.keys().filter(|(interface, _)| *interface == id) {
            self.timers.cancel(Timer::Claim(id, *address));
        }
    }

    /// An interface has come up again, perhaps on another link: its addresses may belong to somebody else there (RFC 4862 section 5.4, RFC
    /// 5227 section 2.1), and there may be other routers.
    pub fn link_up(&mut self, now: Time, interfaces: &mut [Interface], id: InterfaceId, out: &mut Outbox) {
        let Some(own) = interfaces.get_mut(usize::from(id.0)) else { return };
        self.links.remove(&id);
        let addresses = core::mem::take(&mut own.addresses);
        for address in addresses {
            self.claim(now, interfaces, id, address, When::Now, out);
        }
        // One that is there already is not made again.
        self.attach(now, interfaces, id, out);
    }

    /// A link-local address can be used: asks for routers, or says that this is one.
    pub(super) fn begin(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        id: InterfaceId,
        out: &mut Outbox,
    ) {
        if self.router {
            self.advertise(now, interfaces, id, out);
        } else if self.config.autoconfigure && self.link(id).solicitations == 0 {
            self.solicit_routers(now, interfaces, id, out);
        }
    }

    /// Section 6.3.7. That the first question waits at random was done by the link-local address.
    pub(super) fn solicit_routers(
        &mut self,
        now: Time,
        interfaces: &[Interface],
        id: InterfaceId,
        out: &mut Outbox,
    ) {
        let Some((own, mac)) = ethernet(interfaces, id) else { return };
        let Some(source) = link_local_of(own) else { return };
        let link = self.link(id);
        if link.solicitations >= MAX_RTR_SOLICITATIONS {
            return;
        }
        link.solicitations = link.solicitations.saturating_add(1);
        let attempt = link.solicitations;
        if attempt < MAX_RTR_SOLICITATIONS {
            self.timers.after(now, RTR_SOLICITATION_INTERVAL, Timer::Solicit(id));
        }
        let ask = Icmpv6::router_solicitation().link_address(NdpOptionType::SOURCE_LINK_ADDRESS, mac);
        let ip = Ipv6::new(source, ALL_ROUTERS).hop_limit(255);
        let reason = Reason::AnyRouters { attempt, of: MAX_RTR_SOLICITATIONS };
        out.build(id, &(Ethernet::new(mac, ipv6_mac(ALL_ROUTERS)) / ip / ask), reason);
    }

    /// Section 6.3.4.
    pub(super) fn on_router_advertisement(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        message: Message<'_>,
        learned: &mut Vec<Learned>,
        out: &mut Outbox,
    ) {
        let Some(says) = message.icmp.advertisement() else { return };
        if self.router || !self.config.autoconfigure {
            return out.drops.count(DropReason::NeighbourNotForUs);
        }
        let id = message.interface;
        let key = (id, IpAddr::V6(message.source));
        let heard = match message.link_address {
            Some(mac) => Heard { router: Some(true), ..Heard::from(mac) },
            None => Heard { mac: None, solicited: false, replace: false, router: Some(true) },
        };
        self.hear(now, key, heard, true, out);
        if says.lifetime > 0 {
            self.timers.cancel(Timer::Solicit(id));
            self.link(id).solicitations = MAX_RTR_SOLICITATIONS;
        }
        let until = now + Duration::from_secs(says.lifetime.into());
        learned.push(Learned::Router { address: message.source, until });
        if says.hop_limit > 0 {
            learned.push(Learned::HopLimit(says.hop_limit));
        }
        if (1..=MOST_REACHABLE).contains(&says.reachable_time) {
            let base = Some(Duration::from_millis(says.reachable_time.into()));
            let link = self.link(id);
            if link.base != base {
                (link.base, link.reachable) = (base, None);
            }
        }
        if says.retrans_timer > 0 {
            let wait = says.retrans_timer.clamp(*RETRANSMIT.start(), *RETRANSMIT.end());
            self.link(id).retransmit = Some(Duration::from_millis(wait.into()));
        }
        for option in message.icmp.ndp_options() {
            match option {
                NdpOption::Mtu(mtu) => {
                    let most = interfaces.get(usize::from(id.0)).map_or(0, |own| own.mtu);
                    learned.extend((LEAST_MTU..=most).contains(&mtu).then_some(Learned::Mtu(mtu)));
                }
                NdpOption::Prefix { prefix, length, on_link, autonomous, valid, preferred } => {
                    let Ok(prefix) = Ipv6Net::new(prefix, length) else { continue };
                    let prefix = prefix.trunc();
                    if prefix.addr().is_unicast_link_local() || prefix.addr().is_multicast() {
                        continue;
                    }
                    if on_link {
                        learned.push(Learned::OnLink { prefix, until: until_seconds(now, valid) });
                    }
                    if autonomous && let Some(network) = with_identifier(prefix, message.mac) {
                        let lifetimes = (Lifetime(preferred), Lifetime(valid));
                        self.autoconfigure(now, interfaces, id, network, lifetimes, out);
                    }
                }
                _ => {}
            }
        }
    }

    /// Section 8.3: what concerns neighbours; whether it is heeded, the floor above decides.
    pub(super) fn on_redirect(
        &mut self,
        now: Time,
        message: Message<'_>,
        out: &mut Outbox,
    ) -> Option<Learned> {
        let destination = message.icmp.redirected_destination()?;
        if self.router {
            out.drops.count(DropReason::NeighbourNotForUs);
            return None;
        }
        let Message { source: router, target, .. } = message;
        let sender = (message.interface, IpAddr::V6(router));
        // Who is no router has nothing to redirect; the target is asked for then, should the floor above go there.
        let from_router = self.cache.get(sender).is_some_and(|entry| entry.router);
        if let Some(mac) = message.link_address.filter(|_| from_router) {
            let is_router = (target != destination).then_some(true);
            let heard = Heard { router: is_router, ..Heard::from(mac) };
            self.hear(now, (message.interface, IpAddr::V6(target)), heard, true, out);
        }
        Some(Learned::Redirect { router, target, destination })
    }

    /// For how long a neighbour is reachable: from half to one and a half times what was said (section 6.3.2).
    pub(super) fn reachable(&mut self, now: Time, id: InterfaceId) -> Duration {
        let usual = self.config.reachable;
        let link = self.link(id);
        let base = link.base.unwrap_or(usual);
        if let Some((span, _)) = link.reachable.filter(|(_, until)| now < *until) {
            return span;
        }
        let span = self.random_span(base / 2, base.saturating_add(base / 2));
        self.link(id).reachable = Some((span, now + REDRAW));
        span
    }

    pub(super) fn link(&mut self, id: InterfaceId) -> &mut Link {
        self.links.entry(id).or_default()
    }

    /// A random span of time.
    pub(super) fn random_span(&mut self, least: Duration, most: Duration) -> Duration {
        let room = u64::try_from(most.saturating_sub(least).as_nanos()).unwrap_or(u64::MAX);
        least.saturating_add(Duration::from_nanos(self.random.below(room.saturating_add(1))))
    }
}

/// Seconds as a prefix has them: all ones are for ever (section 4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lifetime(pub u32);

pub(super) fn until_seconds(now: Time, seconds: u32) -> Time {
    if seconds == u32::MAX { Time::NEVER } else { now + Duration::from_secs(seconds.into()) }
}

/// The link-local address of an interface, if it can be used.
pub(super) fn link_local_of(interface: &Interface) -> Option<Ipv6Addr> {
    interface.addresses.iter().find_map(|own| match own.network.addr() {
        IpAddr::V6(address) if address.is_unicast_link_local() && own.is_usable() => Some(address),
        _ => None,
    })
}
