//! The network floor from outside: frames in, frames out.

mod captures;
mod cost;
mod counted;
mod errors;
mod fragments;
mod hostile;
mod path;
mod receive;
mod through;

use core::net::IpAddr;
use std::vec::Vec;

use super::*;
use crate::field::{Mac, Severity};
use crate::names::IpProtocol;
use crate::packet::{Decoder, Frame, Part};
use crate::stack::{AddressState, Config as StackConfig, Reason, Transmit};
use crate::wire::udp::Udp;

const APP: Reason = Reason::Application;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn v4(text: &str) -> core::net::Ipv4Addr {
    text.parse().unwrap()
}

fn v6(text: &str) -> core::net::Ipv6Addr {
    text.parse().unwrap()
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

/// A host with no interface but `lo`.
fn network(router: bool) -> Network {
    let config = StackConfig::default();
    Network::new(config.network, config.neighbour, Secret::new(config.seed), router, config.hop_limit)
}

/// An interface with addresses that can be used at once.
fn attach(network: &mut Network, name: &str, mac: Mac, mtu: u32, addresses: &[&str]) -> InterfaceId {
    let interface = network.add_interface(name, Medium::Ethernet(mac), mtu).unwrap();
    for address in addresses {
        network.add_address(Time::ZERO, interface, address.parse().unwrap()).unwrap();
    }
    // Nobody objects.
    for _ in 0..100 {
        let Some(deadline) = network.deadline() else { break };
        network.on_deadline(deadline);
        while network.out.pop().is_some() {}
    }
    let on = &network.interfaces[usize::from(interface.0)];
    assert!(on.addresses.iter().all(|own| own.state == AddressState::Preferred));
    assert_eq!(network.deadline(), None);
    interface
}

fn knows(network: &mut Network, interface: InterfaceId, address: &str, mac: Mac) {
    let out = &mut network.out;
    network.neighbours.insert(Time::ZERO, interface, ip(address), mac, out);
}

/// 192.0.2.1 and 2001:db8::1 on eth0, a neighbour with 2 and 02:..:02, a default router with fe, and 02:..:fe.
fn host() -> (Network, InterfaceId) {
    host_as(false)
}

fn host_as(router: bool) -> (Network, InterfaceId) {
    let mut host = self::network(router);
    let eth0 = attach(&mut host, "eth0", mac(1), 1500, &["192.0.2.1/24", "2001:db8::1/64", "fe80::1/64"]);
    for (address, number) in
        [("192.0.2.2", 2), ("2001:db8::2", 2), ("fe80::2", 2), ("192.0.2.254", 0xfe), ("2001:db8::fe", 0xfe)]
    {
        knows(&mut host, eth0, address, mac(number));
    }
    host.add_route(Route::via("0.0.0.0/0".parse().unwrap(), ip("192.0.2.254"), eth0)).unwrap();
    host.add_route(Route::via("::/0".parse().unwrap(), ip("2001:db8::fe"), eth0)).unwrap();
    (host, eth0)
}

/// What waits to be sent.
fn sent(network: &mut Network) -> Vec<Transmit> {
    core::iter::from_fn(|| network.out.pop()).collect()
}

/// The one frame that waits, which is in order, also to others than us.
fn only(network: &mut Network) -> Vec<u8> {
    let mut frames = sent(network);
    assert_eq!(frames.len(), 1, "{:?}", network.out.drops.iter().collect::<Vec<_>>());
    let frame = frames.remove(0).frame;
    is_sound(&frame);
    frame
}

/// No finding worse than a note, and etherparse agrees about all checksums.
fn is_sound(frame: &[u8]) {
    let packet = Decoder::new().packet(Frame::ethernet(frame));
    let worse: Vec<_> = packet.findings().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(worse.is_empty(), "{worse:?}");
    let other = etherparse::PacketHeaders::from_ethernet_slice(frame).unwrap();
    let Some(net) = other.net else { return };
    let is_part = match &net {
        etherparse::NetHeaders::Ipv4(header, _) => {
            assert_eq!(header.header_checksum, header.calc_header_checksum());
            header.is_fragmenting_payload()
        }
        etherparse::NetHeaders::Ipv6(_, extensions) => extensions.is_fragmenting_payload(),
        _ => return,
    };
    if is_part {
        return;
    }
    let payload = other.payload.slice();
    match (net, other.transport) {
        (etherparse::NetHeaders::Ipv4(ip, _), Some(etherparse::TransportHeader::Udp(udp))) => {
            assert_eq!(udp.checksum, udp.calc_checksum_ipv4(&ip, payload).unwrap());
        }
        (etherparse::NetHeaders::Ipv4(..), Some(etherparse::TransportHeader::Icmpv4(icmp))) => {
            assert_eq!(icmp.checksum, icmp.icmp_type.calc_checksum(payload));
        }
        (etherparse::NetHeaders::Ipv6(ip, _), Some(etherparse::TransportHeader::Udp(udp))) => {
            assert_eq!(udp.checksum, udp.calc_checksum_ipv6(&ip, payload).unwrap());
        }
        (etherparse::NetHeaders::Ipv6(ip, _), Some(etherparse::TransportHeader::Icmpv6(icmp))) => {
            assert_eq!(
                icmp.checksum,
                icmp.icmp_type.calc_checksum(ip.source, ip.destination, payload).unwrap()
            );
        }
        (_, None) => {}
        (_, other) => panic!("{other:?}"),
    }
}

/// Sends a UDP datagram of so many bytes to a destination.
fn send_udp(
    network: &mut Network,
    now: Time,
    to: &str,
    bytes: usize,
    dont_fragment: bool,
) -> Result<(), Errno> {
    let path = network.path(now, ip(to), None, None)?;
    let what = Outgoing { dont_fragment, ..Outgoing::new(path, ip(to), IpProtocol::UDP) };
    let data: Vec<u8> = (0..bytes).map(|n| n as u8).collect();
    network.send(now, &what, &(Udp::new(5000, 7) / data), APP)
}

/// A frame to the host of [`host`] from its neighbour.
fn to_host(packet: &impl Part) -> Vec<u8> {
    frame_to(mac(1), packet)
}

fn frame_to(destination: Mac, packet: &impl Part) -> Vec<u8> {
    let cake = crate::wire::ethernet::Ethernet::new(mac(2), destination) / packet;
    cake.to_vec().unwrap()
}

/// That a frame was dropped for this reason, and nothing else happened.
fn is_dropped(network: &mut Network, interface: InterfaceId, frame: &[u8], reason: crate::stack::DropReason) {
    let before = network.out.drops;
    let arrival = network.receive(Time::ZERO, interface, frame).is_some();
    let count = network.out.drops.of(reason).saturating_sub(before.of(reason));
    let more: Vec<_> = network.out.drops.iter().collect();
    assert!(!arrival && count == 1, "{reason:?}: {arrival} {more:?}");
    assert_eq!(network.out.drops.total(), before.total() + 1, "{more:?}");
}
