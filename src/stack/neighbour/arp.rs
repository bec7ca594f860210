//! ARP from others, [RFC 826](https://www.rfc-editor.org/rfc/rfc826) and, where it is about this host's own addresses,
//! [RFC 5227](https://www.rfc-editor.org/rfc/rfc5227).

use core::net::{IpAddr, Ipv4Addr};

use super::entry::Heard;
use super::{Neighbours, ethernet};
use crate::field::Mac;
use crate::names::ArpOperation;
use crate::stack::{AddressState, DropReason, Interface, InterfaceId, Outbox, Reason};
use crate::time::Time;
use crate::wire::arp::Arp;
use crate::wire::ethernet::Ethernet;

/// An ARP message that says something sensible.
#[derive(Clone, Copy)]
struct Message {
    is_request: bool,
    mac: Mac,
    ip: Ipv4Addr,
    target_mac: Mac,
    target: Ipv4Addr,
}

impl Message {
    /// Reads one: a request or a reply for Ethernet and IPv4, from a station that there can be.
    fn read(bytes: &[u8]) -> Option<Self> {
        let arp = Arp::view(bytes).ok()?;
        let ((mac, ip), (target_mac, target)) = (arp.sender()?, arp.target()?);
        let is_request = arp.operation() == ArpOperation::REQUEST;
        let is_known = is_request || arp.operation() == ArpOperation::REPLY;
        let station = !mac.is_group() && mac != Mac::default();
        let address = !ip.is_multicast() && !ip.is_broadcast() && !ip.is_loopback();
        // Only a probe comes from no address (RFC 5227 section 1.1).
        let sender = is_request || !ip.is_unspecified();
        (is_known && station && address && sender).then_some(Self { is_request, mac, ip, target_mac, target })
    }
}

impl Neighbours {
    /// An ARP message has come.
    pub fn on_arp(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        arp: &[u8],
        out: &mut Outbox,
    ) {
        let (Some((own, own_mac)), Some(message)) = (ethernet(interfaces, interface), Message::read(arp))
        else {
            return out.drops.count(DropReason::ArpMalformed);
        };
        if message.mac == own_mac {
            // What this host said itself has come back.
            return out.drops.count(DropReason::NeighbourNotForUs);
        }
        if let Some(address) = contested(own, message) {
            return self.conflict(now, interfaces, (interface, IpAddr::V4(address)), Some(message.mac), out);
        }
        let for_us = own.has(IpAddr::V4(message.target));
        let asked = message.is_request && for_us;
        let key = (interface, IpAddr::V4(message.ip));
        // Never from a probe. Whoever asks this host will be answered, so it is worth knowing; of others, only those known already.
        if !message.ip.is_unspecified() && (asked || self.cache.get(key).is_some()) {
            let solicited = !message.is_request && for_us && message.target_mac == own_mac;
            let heard = Heard { solicited, ..Heard::from(message.mac) };
            self.hear(now, key, heard, asked, out);
        } else if !asked {
            out.drops.count(DropReason::NeighbourNotForUs);
        }
        if asked {
            let reply = Arp::reply((own_mac, message.target), (message.mac, message.ip));
            let reason = Reason::HereIs(IpAddr::V4(message.target));
            out.build(interface, &(Ethernet::new(own_mac, message.mac) / reply), reason);
        }
    }
}

/// The address of this host that the sender has, or is about to take (RFC 5227 sections 2.1.1 and 2.4).
fn contested(own: &Interface, message: Message) -> Option<Ipv4Addr> {
    let state = |address: Ipv4Addr| {
        let found = own.addresses.iter().find(|own| own.network.addr() == IpAddr::V4(address));
        found.map(|own| own.state).filter(|state| *state != AddressState::Duplicate)
    };
    let probes_too = message.is_request
        && message.ip.is_unspecified()
        && state(message.target) == Some(AddressState::Tentative);
    match state(message.ip) {
        Some(_) => Some(message.ip),
        None => probes_too.then_some(message.target),
    }
}
