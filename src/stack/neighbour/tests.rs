//! Hosts on a link in virtual time. Whatever they send is read by three decoders.

mod arp;
mod conflict;
mod hostile;
mod ndp;
mod reachability;
mod routers;

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use ipnet::IpNet;

use super::*;
use crate::field::Severity;
use crate::names::EtherType;
use crate::packet::{Decoder, Frame};
use crate::stack::{Address, AddressState, DropReason, Medium, Reason};
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::udp::Udp;

const ETH: InterfaceId = InterfaceId(0);

/// A host with one Ethernet, and of the floor above only what brings frames to this one.
struct Host {
    floor: Neighbours,
    interfaces: Vec<Interface>,
    out: Outbox,
    learned: Vec<Learned>,
    unreachable: Vec<Unreachable>,
}

fn ip(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn v6(address: &str) -> Ipv6Addr {
    address.parse().unwrap()
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

fn seconds(seconds: u32) -> Time {
    Time::new(seconds, 0)
}

fn milliseconds(count: u64) -> Time {
    Time::from_nanoseconds(count * 1_000_000)
}

impl Host {
    /// A host whose addresses can be used at once.
    fn new(last: u8, addresses: &[&str]) -> Self {
        Self::with(last, addresses, &crate::stack::Config::default())
    }

    fn with(last: u8, addresses: &[&str], config: &crate::stack::Config) -> Self {
        let permanent = |network: &&str| Address::permanent(network.parse().unwrap());
        let interface = Interface {
            name: "eth0".into(),
            medium: Medium::Ethernet(mac(last)),
            up: true,
            mtu: 1500,
            addresses: addresses.iter().map(permanent).collect(),
        };
        Self {
            floor: Neighbours::new(
                config.neighbour.clone(),
                Secret::new(config.seed),
                config.router,
                config.hop_limit,
            ),
            interfaces: vec![interface],
            out: Outbox::default(),
            learned: Vec::new(),
            unreachable: Vec::new(),
        }
    }

    fn add(&mut self, now: Time, network: &str) -> bool {
        let network: IpNet = network.parse().unwrap();
        self.floor.add_address(now, &mut self.interfaces, ETH, network, &mut self.out)
    }

    /// Sends a datagram to a neighbour, as the floor above does.
    fn send(&mut self, now: Time, source: &str, next_hop: &str) {
        let next = ip(next_hop);
        let destination = self.floor.find(now, ETH, next);
        let ethernet = Ethernet::new(self.interfaces[0].mac().unwrap(), destination.unwrap_or_default());
        let udp = Udp::new(1, 2);
        let reason = Reason::Application;
        let frame = match (ip(source), next) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                self.out.make(ETH, &(ethernet / Ipv4::new(a, b) / udp / b"data"), reason)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                self.out.make(ETH, &(ethernet / Ipv6::new(a, b) / udp / b"data"), reason)
            }
            _ => panic!("two families"),
        };
        let frame = frame.unwrap();
        match destination {
            Some(_) => self.out.push(frame),
            None => self.floor.hold(now, &self.interfaces, next, frame, &mut self.out),
        }
    }

    /// Takes a frame that is for this host.
    fn receive(&mut self, now: Time, frame: &[u8]) {
        let own = self.interfaces[0].mac().unwrap();
        let view = Ethernet::view(frame).unwrap();
        if view.destination() != own && !view.destination().is_group() {
            return;
        }
        let (interfaces, out) = (&mut self.interfaces, &mut self.out);
        if view.ether_type() == EtherType::ARP {
            self.floor.on_arp(now, interfaces, ETH, &frame[14..], out);
        } else if let Ok(ip) = Ipv6::view(&frame[14..]) {
            let group = ip.destination().is_multicast();
            if group && !interfaces[0].is_in_group(ip.destination(), self.floor.router) {
                return;
            }
            let ends = (ip.source(), ip.destination());
            let learned = self.floor.on_ndp(now, interfaces, ETH, ends, ip.hop_limit(), ip.payload(), out);
            self.learned.extend(learned);
        }
    }

    /// Takes the frames away, each with its reason.
    fn sent(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut sent = Vec::new();
        while let Some(transmit) = self.out.pop() {
            is_sound(&transmit.frame);
            sent.push((transmit.reason.to_string(), transmit.frame));
        }
        sent
    }

    fn reasons(&mut self) -> Vec<String> {
        self.sent().into_iter().map(|(reason, _)| reason).collect()
    }

    /// Lets the time go by until `end`, and tells what was sent when.
    fn run(&mut self, end: Time) -> Vec<(Time, String)> {
        let mut sent = Vec::new();
        while let Some(at) = self.floor.deadline().filter(|at| *at <= end) {
            let unreachable = self.floor.on_deadline(at, &mut self.interfaces, &mut self.out);
            self.unreachable.extend(unreachable);
            sent.extend(self.reasons().into_iter().map(|reason| (at, reason)));
            assert!(self.floor.deadline().is_none_or(|next| next > at), "time does not go on");
        }
        sent
    }

    fn state_of(&self, now: Time, address: &str) -> Option<State> {
        self.floor.state(now, ETH, ip(address))
    }

    fn address(&self, address: &str) -> Option<AddressState> {
        let found = self.interfaces[0].addresses.iter().find(|own| own.network.addr() == ip(address));
        found.map(|own| own.state)
    }

    fn events(&mut self) -> Vec<String> {
        core::iter::from_fn(|| self.floor.poll_event()).map(|event| event.to_string()).collect()
    }

    fn dropped(&self, reason: DropReason) -> u64 {
        self.out.drops.of(reason)
    }
}

/// Carries frames to and fro until there are none, and tells why each was sent.
fn exchange(now: Time, hosts: &mut [Host]) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..100 {
        let frames: Vec<_> = hosts
            .iter_mut()
            .enumerate()
            .flat_map(|(from, host)| host.sent().into_iter().map(move |frame| (from, frame)))
            .collect();
        if frames.is_empty() {
            return told;
        }
        for (from, (reason, frame)) in frames {
            for (to, host) in hosts.iter_mut().enumerate() {
                if to != from {
                    host.receive(now, &frame);
                }
            }
            told.push(reason);
        }
    }
    panic!("the hosts do not come to an end");
}

/// Reads a frame with this library, smoltcp and etherparse: none finds fault with it.
fn is_sound(frame: &[u8]) {
    let packet = Decoder::new().packet(Frame::ethernet(frame));
    for finding in packet.findings() {
        assert!(finding.severity == Severity::Note, "{finding:?} in {frame:02x?}");
    }
    let etherparse = etherparse::SlicedPacket::from_ethernet(frame).unwrap();
    let ethernet = smoltcp::wire::EthernetFrame::new_checked(frame).unwrap();
    match ethernet.ethertype() {
        smoltcp::wire::EthernetProtocol::Arp => {
            assert!(matches!(etherparse.net, Some(etherparse::NetSlice::Arp(_))));
            let arp = smoltcp::wire::ArpPacket::new_checked(ethernet.payload()).unwrap();
            smoltcp::wire::ArpRepr::parse(&arp).unwrap();
        }
        smoltcp::wire::EthernetProtocol::Ipv6 => {
            let ip = smoltcp::wire::Ipv6Packet::new_checked(ethernet.payload()).unwrap();
            let ends = (ip.src_addr(), ip.dst_addr());
            if ip.next_header() == smoltcp::wire::IpProtocol::Icmpv6 {
                let icmp = smoltcp::wire::Icmpv6Packet::new_checked(ip.payload()).unwrap();
                let checks = smoltcp::phy::ChecksumCapabilities::default();
                let read = smoltcp::wire::Icmpv6Repr::parse(&ends.0, &ends.1, &icmp, &checks).unwrap();
                assert!(matches!(read, smoltcp::wire::Icmpv6Repr::Ndisc(_)), "{read:?}");
                assert_eq!(ip.hop_limit(), 255);
            }
        }
        _ => {}
    }
}

/// A frame with a message of neighbour discovery.
fn discovery(from: u8, source: &str, destination: &str, message: crate::field::Builder<Icmpv6>) -> Vec<u8> {
    let to = group::group_mac(ip(destination)).unwrap_or(mac(1));
    let ip = Ipv6::new(v6(source), v6(destination)).hop_limit(255);
    (Ethernet::new(mac(from), to) / ip / message).to_vec().unwrap()
}
