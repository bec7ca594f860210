//! The other side: a router says what it and its links are (RFC 4861 section 6.2).

use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use super::config::Advertise;
use super::entry::Heard;
use super::group::{ALL_NODES, ipv6_mac};
use super::ndp::Message;
use super::routers::link_local_of;
use super::timers::Timer;
use super::{Neighbours, ethernet};
use crate::names::NdpOptionType;
use crate::stack::{DropReason, Interface, InterfaceId, Outbox, Reason};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv6::Ipv6;

// RFC 4861 section 10.
const MAX_INITIAL_RTR_ADVERT_INTERVAL: Duration = Duration::from_secs(16);
const MAX_INITIAL_RTR_ADVERTISEMENTS: u8 = 3;
const MIN_DELAY_BETWEEN_RAS: Duration = Duration::from_secs(3);
const MAX_RA_DELAY_TIME: Duration = Duration::from_millis(500);
// Section 6.2.1: MaxRtrAdvInterval, a third of which is the least, and three times of which is the lifetime.
const MAX_RTR_ADV_INTERVAL: Duration = Duration::from_secs(600);
const MIN_RTR_ADV_INTERVAL: Duration = Duration::from_secs(198);
const ADV_DEFAULT_LIFETIME: u16 = 1800;

/// Prefixes that one message has room for; more go into further ones (section 6.2.3 allows that).
const PREFIXES: usize = 3;

impl Neighbours {
    /// Advertises a link, and sets when that is done again.
    pub(super) fn advertise(
        &mut self,
        now: Time,
        interfaces: &[Interface],
        id: InterfaceId,
        out: &mut Outbox,
    ) {
        let lines: Vec<Advertise> =
            self.config.advertise.iter().filter(|line| line.interface == id).cloned().collect();
        let Some((own, mac)) = ethernet(interfaces, id).filter(|_| self.router && !lines.is_empty()) else {
            return;
        };
        let Some(source) = link_local_of(own) else { return };
        for lines in lines.chunks(PREFIXES) {
            let mut says = Icmpv6::router_advertisement(self.hop_limit, ADV_DEFAULT_LIFETIME)
                .link_address(NdpOptionType::SOURCE_LINK_ADDRESS, mac);
            for line in lines {
                let prefix = line.prefix.trunc();
                says = says.prefix(prefix.addr(), prefix.prefix_len(), line.valid, line.preferred);
            }
            let ip = Ipv6::new(source, ALL_NODES).hop_limit(255);
            let ethernet = Ethernet::new(mac, ipv6_mac(ALL_NODES));
            out.build(id, &(ethernet / ip / says), Reason::RouterHere);
        }
        let link = self.link(id);
        link.advertised = (link.advertised.0.saturating_add(1), Some(now));
        let initial = link.advertised.0 < MAX_INITIAL_RTR_ADVERTISEMENTS;
        let wait = self.random_span(MIN_RTR_ADV_INTERVAL, MAX_RTR_ADV_INTERVAL);
        let wait = if initial { wait.min(MAX_INITIAL_RTR_ADVERT_INTERVAL) } else { wait };
        self.timers.after(now, wait, Timer::Advertise(id));
    }

    /// Somebody asks for routers: everybody is told, soon, and not too often (section 6.2.6).
    pub(super) fn on_router_solicitation(&mut self, now: Time, message: Message<'_>, out: &mut Outbox) {
        let id = message.interface;
        if !self.router {
            return out.drops.count(DropReason::NeighbourNotForUs);
        }
        if let Some(mac) = message.link_address.filter(|_| !message.source.is_unspecified()) {
            let heard = Heard { router: Some(false), ..Heard::from(mac) };
            self.hear(now, (id, IpAddr::V6(message.source)), heard, true, out);
        }
        // Only who advertises this link has an advertisement to come.
        let Some(next) = self.timers.get(Timer::Advertise(id)) else { return };
        let soon = now + self.random_span(Duration::ZERO, MAX_RA_DELAY_TIME);
        let last = self.link(id).advertised.1;
        let allowed = last.map_or(soon, |last| soon.max(last + MIN_DELAY_BETWEEN_RAS));
        self.timers.set(allowed.min(next), Timer::Advertise(id));
    }
}
