//! Neighbour solicitations and advertisements of others: answered, taken in, or a sign that somebody has an address of this host's
//! (RFC 4861 section 7.2, RFC 4862 sections 5.4.3 and 5.4.4).

use core::net::{IpAddr, Ipv6Addr};

use super::entry::Heard;
use super::group::{ALL_NODES, ipv6_mac};
use super::ndp::Message;
use super::{Learned, Neighbours};
use crate::field::Mac;
use crate::stack::{AddressState, DropReason, Interface, Outbox, Reason};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::icmpv6::ndp::neighbour_advertisement;
use crate::wire::ipv6::Ipv6;

impl Neighbours {
    pub(super) fn on_solicitation(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        message: Message<'_>,
        out: &mut Outbox,
    ) {
        let key = (message.interface, IpAddr::V6(message.target));
        let nobody = message.source.is_unspecified();
        match state(interfaces, message, message.target) {
            Some(AddressState::Tentative) if nobody => self.conflict(now, interfaces, key, None, out),
            Some(AddressState::Preferred | AddressState::Deprecated)
                if state(interfaces, message, message.source).is_none() =>
            {
                self.answer(now, interfaces, message, out);
            }
            // Somebody asks for an address that nobody has yet, or that is not this host's.
            _ => out.drops.count(DropReason::NeighbourNotForUs),
        }
    }

    /// Section 7.2.4; to everybody if the one who asks has no address yet.
    fn answer(&mut self, now: Time, interfaces: &[Interface], message: Message<'_>, out: &mut Outbox) {
        let Message { interface, mac, source, target, .. } = message;
        let asker = (interface, IpAddr::V6(source));
        let nobody = source.is_unspecified();
        if let Some(mac) = message.link_address.filter(|_| !nobody) {
            self.hear(now, asker, Heard::from(mac), true, out);
        }
        let says = Icmpv6::neighbour_advertisement(target, mac, !nobody)
            .preset(&neighbour_advertisement::ROUTER, self.router);
        let reason = Reason::HereIs(IpAddr::V6(target));
        if nobody {
            let ip = Ipv6::new(target, ALL_NODES).hop_limit(255);
            out.build(interface, &(Ethernet::new(mac, ipv6_mac(ALL_NODES)) / ip / says), reason);
        } else {
            let ip = Ipv6::new(target, source).hop_limit(255);
            let frame = out.make(interface, &(Ethernet::new(mac, Mac::default()) / ip / says), reason);
            if let Some(frame) = frame {
                self.hold(now, interfaces, asker.1, frame, out);
            }
        }
    }

    pub(super) fn on_advertisement(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        message: Message<'_>,
        out: &mut Outbox,
    ) -> Option<Learned> {
        let flags = message.icmp.advertisement_flags()?;
        let key = (message.interface, IpAddr::V6(message.target));
        match state(interfaces, message, message.target) {
            Some(AddressState::Duplicate) => {}
            // What this host said itself has come back.
            Some(_) if message.link_address == Some(message.mac) => {}
            Some(_) => self.conflict(now, interfaces, key, message.link_address, out),
            None if self.cache.get(key).is_some() => {
                let heard = Heard {
                    mac: message.link_address,
                    solicited: flags.solicited,
                    replace: flags.replace,
                    router: Some(flags.router),
                };
                let lost_router = self.hear(now, key, heard, false, out);
                return lost_router.then_some(Learned::NotRouter(message.target));
            }
            None => out.drops.count(DropReason::NeighbourNotForUs),
        }
        None
    }
}

/// The state of an address of the interface by which a message came.
fn state(interfaces: &[Interface], message: Message<'_>, address: Ipv6Addr) -> Option<AddressState> {
    let own = interfaces.get(usize::from(message.interface.0))?;
    let found = own.addresses.iter().find(|own| own.network.addr() == IpAddr::V6(address));
    found.map(|own| own.state)
}
