//! In: what comes by an interface, up to the checks of the IP header.

use super::{Arrival, Cast, Datagram, Network};
use crate::field::Mac;
use crate::names::{EtherType, IpProtocol};
use crate::stack::{DropReason, InterfaceId, Medium};
use crate::time::Time;
use crate::wire::ethernet::Ethernet;

impl Network {
    /// Takes in a frame; what comes back is for the floor above. What is no one's is dropped, and counted.
    pub fn receive<'f>(&mut self, now: Time, interface: InterfaceId, frame: &'f [u8]) -> Option<Arrival<'f>> {
        let Some(on) = self.interface(interface) else { return self.refuse(DropReason::NoInterface) };
        if !on.up {
            return self.refuse(DropReason::LinkDown);
        }
        let Medium::Ethernet(own) = on.medium else {
            // What this host sent to itself has no Ethernet header.
            return match frame.first().map(|first| first >> 4) {
                Some(6) => self.receive_ipv6(now, interface, Cast::Unicast, frame),
                _ => self.receive_ipv4(now, interface, Cast::Unicast, frame),
            };
        };
        let Some((packet, ethernet)) = frame.get(Ethernet::LEN..).zip(Ethernet::view(frame).ok()) else {
            return self.refuse(DropReason::LinkMalformed);
        };
        if ethernet.source().is_group() {
            return self.refuse(DropReason::LinkMalformed);
        }
        let cast = match ethernet.destination() {
            to if to == own => Cast::Unicast,
            Mac::BROADCAST => Cast::Broadcast,
            to if to.is_group() => Cast::Multicast,
            _ => return self.refuse(DropReason::NotForUs),
        };
        match ethernet.ether_type() {
            EtherType::IPV4 => self.receive_ipv4(now, interface, cast, packet),
            EtherType::IPV6 => self.receive_ipv6(now, interface, cast, packet),
            EtherType::ARP => {
                self.neighbours.on_arp(now, &mut self.interfaces, interface, packet, &mut self.out);
                self.connect();
                None
            }
            _ => self.refuse(DropReason::EtherType),
        }
    }

    /// Hands a whole datagram up: ICMP is dealt with here.
    pub(super) fn deliver<'f>(&mut self, now: Time, datagram: Datagram<'f>) -> Option<Arrival<'f>> {
        match (datagram.envelope.protocol, datagram.envelope.source.is_ipv4()) {
            (IpProtocol::ICMPV4, true) => self.receive_icmpv4(now, datagram),
            (IpProtocol::ICMPV6, false) => self.receive_icmpv6(now, datagram),
            // Groups are joined without a word to routers or switches, so that there is nothing to answer.
            (IpProtocol::IGMP, true) | (IpProtocol::NO_NEXT_HEADER, false) => {
                self.refuse(DropReason::IpProtocol)
            }
            _ => Some(Arrival::Datagram(datagram)),
        }
    }

    /// Counts what is dropped; nothing goes up.
    pub(super) fn refuse<T>(&mut self, reason: DropReason) -> Option<T> {
        self.count(reason);
        None
    }
}
