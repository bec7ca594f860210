//! Neighbour discovery from others: what [RFC 4861](https://www.rfc-editor.org/rfc/rfc4861) demands of a message before anything
//! in it is believed (sections 6.1, 7.1 and 8.1), and who takes it from there.

use alloc::vec::Vec;
use core::net::Ipv6Addr;

use super::{Learned, Neighbours, ethernet};
use crate::field::Mac;
use crate::names::Icmpv6Type;
use crate::stack::{DropReason, Interface, InterfaceId, Outbox};
use crate::time::Time;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::icmpv6::ndp::NdpOption;

/// A message of neighbour discovery that breaks no rule.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub interface: InterfaceId,
    /// The Ethernet address of the interface.
    pub mac: Mac,
    pub source: Ipv6Addr,
    pub icmp: Icmpv6<&'a [u8]>,
    /// The target, of those messages that have one.
    pub target: Ipv6Addr,
    /// The source's or the target's address, where that is said.
    pub link_address: Option<Mac>,
}

impl Neighbours {
    /// A message of neighbour discovery has come; its checksum is right. Other messages of ICMPv6 are passed over.
    #[allow(clippy::too_many_arguments, reason = "what came, where it came, and where it leads")]
    pub fn on_ndp(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        (source, destination): (Ipv6Addr, Ipv6Addr),
        hop_limit: u8,
        icmp: &[u8],
        out: &mut Outbox,
    ) -> Vec<Learned> {
        let mut learned = Vec::new();
        let (Some((_, mac)), Ok(icmp)) = (ethernet(interfaces, interface), Icmpv6::view(icmp)) else {
            out.drops.count(DropReason::NdpMalformed);
            return learned;
        };
        let message_type = icmp.message_type();
        if !is_discovery(message_type) {
            return learned;
        }
        if hop_limit != 255 || !is_sound(&icmp, source, destination) {
            out.drops.count(DropReason::NdpMalformed);
            return learned;
        }
        let target = icmp.target().unwrap_or(Ipv6Addr::UNSPECIFIED);
        let link_address = link_address(&icmp);
        let message = Message { interface, mac, source, icmp, target, link_address };
        match message_type {
            Icmpv6Type::NEIGHBOUR_SOLICITATION => self.on_solicitation(now, interfaces, message, out),
            Icmpv6Type::NEIGHBOUR_ADVERTISEMENT => {
                learned.extend(self.on_advertisement(now, interfaces, message, out));
            }
            Icmpv6Type::ROUTER_SOLICITATION => self.on_router_solicitation(now, message, out),
            Icmpv6Type::ROUTER_ADVERTISEMENT => {
                self.on_router_advertisement(now, interfaces, message, &mut learned, out);
            }
            _ => learned.extend(self.on_redirect(now, message, out)),
        }
        learned
    }
}

fn is_discovery(message_type: Icmpv6Type) -> bool {
    matches!(
        message_type,
        Icmpv6Type::ROUTER_SOLICITATION
            | Icmpv6Type::ROUTER_ADVERTISEMENT
            | Icmpv6Type::NEIGHBOUR_SOLICITATION
            | Icmpv6Type::NEIGHBOUR_ADVERTISEMENT
            | Icmpv6Type::REDIRECT
    )
}

/// Sections 6.1.1, 6.1.2, 7.1.1, 7.1.2 and 8.1, but for the hop limit and the checksum.
fn is_sound(icmp: &Icmpv6<&[u8]>, source: Ipv6Addr, destination: Ipv6Addr) -> bool {
    let says_source = || icmp.ndp_options().any(|option| matches!(option, NdpOption::SourceLinkAddress(_)));
    let common = icmp.code() == 0 && !source.is_multicast() && icmp.options().all(|item| !item.broken);
    let long = |least| icmp.bytes().len() >= least;
    let asker = |group: bool| !source.is_unspecified() || (group && !says_source());
    let unicast = icmp.target().is_none_or(|target| !target.is_multicast());
    let own = match icmp.message_type() {
        Icmpv6Type::ROUTER_SOLICITATION => long(8) && asker(true),
        Icmpv6Type::ROUTER_ADVERTISEMENT => long(16) && source.is_unicast_link_local(),
        Icmpv6Type::NEIGHBOUR_SOLICITATION => long(24) && unicast && asker(is_solicited_node(destination)),
        Icmpv6Type::NEIGHBOUR_ADVERTISEMENT => {
            let flags = icmp.advertisement_flags();
            long(24) && unicast && flags.is_some_and(|flags| !flags.solicited || !destination.is_multicast())
        }
        _ => {
            let (target, about) = (icmp.target(), icmp.redirected_destination());
            let leads = |target: Ipv6Addr, about: Ipv6Addr| {
                !about.is_multicast() && (target.is_unicast_link_local() || target == about)
            };
            long(40) && source.is_unicast_link_local() && target.zip(about).is_some_and(|(t, d)| leads(t, d))
        }
    };
    common && own
}

/// `ff02::1:ff00:0/104`.
fn is_solicited_node(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0xff02, 0, 0, 0, 0, 1, high, _] if high >> 8 == 0xff)
}

/// The Ethernet address that a message's option says, if there can be such a station.
fn link_address(icmp: &Icmpv6<&[u8]>) -> Option<Mac> {
    let from_source =
        !matches!(icmp.message_type(), Icmpv6Type::NEIGHBOUR_ADVERTISEMENT | Icmpv6Type::REDIRECT);
    let mac = icmp.ndp_options().find_map(|option| match option {
        NdpOption::SourceLinkAddress(bytes) if from_source => bytes.first_chunk().copied(),
        NdpOption::TargetLinkAddress(bytes) if !from_source => bytes.first_chunk().copied(),
        _ => None,
    });
    mac.map(Mac).filter(|mac| !mac.is_group() && *mac != Mac::default())
}
