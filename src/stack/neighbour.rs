//! Who has an address: a table that is told, until ARP and neighbour discovery fill it.

pub(crate) mod group;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use ipnet::IpNet;

use super::{Address, Config, Interface, InterfaceId, Outbox, Transmit};
use crate::field::Mac;
use crate::time::Time;
use crate::wire::arp;

/// The neighbours.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    known: BTreeMap<IpAddr, Mac>,
    held: Vec<(Time, IpAddr, Transmit)>,
}

/// A packet whose neighbour does not answer.
#[derive(Debug)]
pub(crate) struct Unreachable {
    pub next_hop: IpAddr,
    /// The frame that waited: an Ethernet header without a destination, and the packet.
    pub frame: Transmit,
}

/// What a router said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// It is a default router until then; not at all if that is now.
    Router { address: Ipv6Addr, until: Time },
    /// The prefix is on the link until then.
    OnLink { prefix: ipnet::Ipv6Net, until: Time },
    /// The hop limit to send with.
    HopLimit(u8),
    /// The longest packet that the link carries.
    Mtu(u32),
    /// A better way to a destination: a router, or the destination itself.
    Redirect { router: Ipv6Addr, target: Ipv6Addr, destination: Ipv6Addr },
    /// It was a router and is none any more.
    NotRouter(Ipv6Addr),
}

impl Neighbours {
    pub fn new(_: &Config) -> Self {
        Self::default()
    }

    pub fn find(&mut self, _: Time, _: InterfaceId, next_hop: IpAddr) -> Option<Mac> {
        self.known.get(&next_hop).copied()
    }

    pub fn hold(&mut self, now: Time, _: &[Interface], next_hop: IpAddr, frame: Transmit, _: &mut Outbox) {
        self.held.push((now + Duration::from_secs(3), next_hop, frame));
    }

    pub fn on_arp(&mut self, _: Time, _: &mut [Interface], _: InterfaceId, packet: &[u8], _: &mut Outbox) {
        let sender = arp::addresses::SENDER_IP.read(packet).zip(arp::addresses::SENDER_MAC.read(packet));
        if let Some((address, mac)) = sender {
            self.known.insert(address.into(), mac);
        }
    }

    #[allow(clippy::too_many_arguments)]
    pub fn on_ndp(
        &mut self,
        _: Time,
        _: &mut [Interface],
        _: InterfaceId,
        source: Ipv6Addr,
        _: Ipv6Addr,
        _: u8,
        icmp: &[u8],
        _: &mut Outbox,
    ) -> Vec<Learned> {
        if let Some(mac) = icmp.last_chunk::<6>() {
            self.known.insert(source.into(), Mac(*mac));
        }
        Vec::new()
    }

    pub fn deadline(&self) -> Option<Time> {
        self.held.iter().map(|(at, ..)| *at).min()
    }

    pub fn on_deadline(&mut self, now: Time, _: &mut [Interface], _: &mut Outbox) -> Vec<Unreachable> {
        let (due, held) = core::mem::take(&mut self.held).into_iter().partition(|(at, ..)| *at <= now);
        self.held = held;
        let due: Vec<(Time, IpAddr, Transmit)> = due;
        due.into_iter().map(|(_, next_hop, frame)| Unreachable { next_hop, frame }).collect()
    }

    pub fn add_address(
        &mut self,
        _: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        network: IpNet,
        _: &mut Outbox,
    ) -> bool {
        if let Some(on) = interfaces.get_mut(usize::from(interface.0)) {
            on.addresses.push(Address::permanent(network));
        }
        true
    }

    pub fn remove_address(
        &mut self,
        _: Time,
        interfaces: &mut [Interface],
        interface: InterfaceId,
        address: IpAddr,
    ) -> bool {
        if let Some(on) = interfaces.get_mut(usize::from(interface.0)) {
            on.addresses.retain(|own| own.network.addr() != address);
        }
        true
    }

    pub fn insert(&mut self, _: Time, _: InterfaceId, address: IpAddr, mac: Mac, _: &mut Outbox) -> bool {
        self.known.insert(address, mac);
        true
    }
}
