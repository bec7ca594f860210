//! The same packets read and built by etherparse, pnet_packet and smoltcp: every field that they have is equal,
//! and what is built is equal to the byte.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::{Ipv4Addr, Ipv6Addr};

use layercake::checksum::{Pseudo, Sum};
use layercake::field::{Builder, Kind, Mac};
use layercake::names::Ipv4OptionType;
use layercake::packet::{Decoder, Frame, Layer, LinkType, Packet, Part};
use layercake::wire::{
    arp::Arp, ethernet::Ethernet, icmpv4::Icmpv4, icmpv6::Icmpv6, ipv4::Ipv4, ipv6::Ipv6, sll::Sll, tcp::Tcp,
    tcp::typed::TcpOption, udp::Udp, vlan::Vlan,
};

/// What was compared: how many values of which protocol, with whom.
#[derive(Default)]
struct Compared(BTreeMap<(&'static str, &'static str), usize>);

impl Compared {
    #[track_caller]
    fn same<T: PartialEq + Debug>(&mut self, peer: &'static str, protocol: &'static str, values: &[(T, T)]) {
        for (at, (ours, theirs)) in values.iter().enumerate() {
            assert_eq!(ours, theirs, "{protocol} of {peer}, value {at}");
        }
        *self.0.entry((peer, protocol)).or_default() += values.len();
    }

    #[track_caller]
    fn at_least(&self, least: &[(&'static str, &'static str, usize)]) {
        for (peer, protocol, least) in least {
            let count = self.0.get(&(*peer, *protocol)).copied().unwrap_or(0);
            assert!(count >= *least, "{protocol} of {peer}: {count} values compared");
        }
    }
}

/// The headers of a packet as we see them, taken one by one.
struct Ours<'a> {
    packet: &'a Packet<&'a [u8]>,
    layers: Vec<Layer>,
    next: usize,
}

impl<'a> Ours<'a> {
    fn new(packet: &'a Packet<&'a [u8]>) -> Self {
        Self { packet, layers: packet.headers().collect(), next: 0 }
    }

    /// The next header, which a peer says is of this kind.
    #[track_caller]
    fn take(&mut self, kind: Kind) -> &'a [u8] {
        let layer =
            self.layers.get(self.next).unwrap_or_else(|| panic!("a peer sees one more header: {kind:?}"));
        assert_eq!(layer.kind, kind);
        self.next += 1;
        self.packet.layer_bytes(layer)
    }
}

#[test]
fn fields_read_by_etherparse() {
    use etherparse::{LinkExtSlice, LinkSlice, NetSlice, SlicedPacket, TransportSlice};

    let mut compared = Compared::default();
    for captured in good_frames() {
        let packet = Decoder::new().packet(captured.frame());
        let mut ours = Ours::new(&packet);
        let theirs = SlicedPacket::from_ethernet(&captured.bytes).unwrap();
        let Some(LinkSlice::Ethernet2(link)) = &theirs.link else { panic!("no Ethernet header") };
        let ethernet = Ethernet::view(ours.take(Kind::ETHERNET)).unwrap();
        compared.same(
            "etherparse",
            "eth",
            &[
                (ethernet.source().0.to_vec(), link.source().to_vec()),
                (ethernet.destination().0.to_vec(), link.destination().to_vec()),
                (ethernet.ether_type().0.to_be_bytes().to_vec(), link.ether_type().0.to_be_bytes().to_vec()),
            ],
        );
        for extension in &theirs.link_exts {
            let LinkExtSlice::Vlan(tag) = extension else { panic!("MACsec") };
            let vlan = Vlan::view(ours.take(Kind::VLAN)).unwrap();
            compared.same(
                "etherparse",
                "vlan",
                &[
                    (u32::from(vlan.priority()), tag.priority_code_point().value().into()),
                    (vlan.drop_eligible().into(), tag.drop_eligible_indicator().into()),
                    (vlan.id().into(), tag.vlan_identifier().value().into()),
                    (vlan.ether_type().0.into(), tag.ether_type().0.into()),
                ],
            );
        }
        match &theirs.net {
            Some(NetSlice::Arp(theirs)) => {
                let arp = Arp::view(ours.take(Kind::ARP)).unwrap();
                let (sender, target) = (arp.sender().unwrap(), arp.target().unwrap());
                compared.same(
                    "etherparse",
                    "arp",
                    &[
                        (u32::from(arp.hardware_type().0), theirs.hw_addr_type().0.into()),
                        (arp.protocol_type().0.into(), theirs.proto_addr_type().0.into()),
                        (arp.hardware_size().into(), theirs.hw_addr_size().into()),
                        (arp.protocol_size().into(), theirs.proto_addr_size().into()),
                        (arp.operation().0.into(), theirs.operation().0.into()),
                    ],
                );
                compared.same(
                    "etherparse",
                    "arp",
                    &[
                        (&sender.0.0[..], theirs.sender_hw_addr()),
                        (&sender.1.octets()[..], theirs.sender_protocol_addr()),
                        (&target.0.0[..], theirs.target_hw_addr()),
                        (&target.1.octets()[..], theirs.target_protocol_addr()),
                    ],
                );
            }
            Some(NetSlice::Ipv4(theirs)) => {
                let bytes = ours.take(Kind::IPV4);
                let (ip, theirs) = (Ipv4::view(bytes).unwrap(), theirs.header());
                compared.same(
                    "etherparse",
                    "ip",
                    &[
                        (u32::from(ip.version()), theirs.version().into()),
                        (ip.ihl().into(), theirs.ihl().into()),
                        (ip.dscp().0.into(), theirs.dcp().value().into()),
                        (ip.ecn().0.into(), theirs.ecn().value().into()),
                        (ip.total_length().into(), theirs.total_len().into()),
                        (ip.identification().into(), theirs.identification().into()),
                        (ip.dont_fragment().into(), theirs.dont_fragment().into()),
                        (ip.more_fragments().into(), theirs.more_fragments().into()),
                        (ip.fragment_offset().into(), theirs.fragments_offset().value().into()),
                        (ip.ttl().into(), theirs.ttl().into()),
                        (ip.protocol().0.into(), theirs.protocol().0.into()),
                        (ip.checksum().into(), theirs.header_checksum().into()),
                        (ip.source().into(), theirs.source_addr().into()),
                        (ip.destination().into(), theirs.destination_addr().into()),
                    ],
                );
                compared.same("etherparse", "ip", &[(&bytes[20..ip.header_length()], theirs.options())]);
            }
            Some(NetSlice::Ipv6(theirs)) => {
                let (ip, theirs) = (Ipv6::view(ours.take(Kind::IPV6)).unwrap(), theirs.header());
                compared.same(
                    "etherparse",
                    "ipv6",
                    &[
                        (u128::from(ip.version()), theirs.version().into()),
                        (ip.traffic_class().into(), theirs.traffic_class().into()),
                        (ip.flow_label().into(), theirs.flow_label().value().into()),
                        (ip.payload_length().into(), theirs.payload_length().into()),
                        (ip.next_header().0.into(), theirs.next_header().0.into()),
                        (ip.hop_limit().into(), theirs.hop_limit().into()),
                        (ip.source().into(), theirs.source_addr().into()),
                        (ip.destination().into(), theirs.destination_addr().into()),
                    ],
                );
                // Extension headers, which it skips.
                while ours.layers.get(ours.next).is_some_and(|layer| !transport(layer.kind)) {
                    ours.next += 1;
                }
            }
            // It does not know LLC.
            None => assert!(ours.layers.get(ours.next).is_none_or(|layer| layer.kind == Kind::LLC)),
        }
        match &theirs.transport {
            Some(TransportSlice::Udp(theirs)) => {
                let udp = Udp::view(ours.take(Kind::UDP)).unwrap();
                compared.same(
                    "etherparse",
                    "udp",
                    &[
                        (udp.source_port(), theirs.source_port()),
                        (udp.destination_port(), theirs.destination_port()),
                        (udp.length(), theirs.length()),
                        (udp.checksum(), theirs.checksum()),
                    ],
                );
                compared.same("etherparse", "udp", &[(udp.payload(), theirs.payload())]);
            }
            Some(TransportSlice::Tcp(theirs)) => {
                let bytes = ours.take(Kind::TCP);
                let tcp = Tcp::view(bytes).unwrap();
                compared.same(
                    "etherparse",
                    "tcp",
                    &[
                        (u32::from(tcp.source_port()), theirs.source_port().into()),
                        (tcp.destination_port().into(), theirs.destination_port().into()),
                        (tcp.sequence(), theirs.sequence_number()),
                        (tcp.acknowledgment(), theirs.acknowledgment_number()),
                        (tcp.data_offset().into(), theirs.data_offset().into()),
                        (tcp.ae().into(), theirs.ns().into()),
                        (tcp.cwr().into(), theirs.cwr().into()),
                        (tcp.ece().into(), theirs.ece().into()),
                        (tcp.urg().into(), theirs.urg().into()),
                        (tcp.ack().into(), theirs.ack().into()),
                        (tcp.psh().into(), theirs.psh().into()),
                        (tcp.rst().into(), theirs.rst().into()),
                        (tcp.syn().into(), theirs.syn().into()),
                        (tcp.fin().into(), theirs.fin().into()),
                        (tcp.window().into(), theirs.window_size().into()),
                        (tcp.checksum().into(), theirs.checksum().into()),
                        (tcp.urgent_pointer().into(), theirs.urgent_pointer().into()),
                    ],
                );
                compared.same(
                    "etherparse",
                    "tcp",
                    &[(&bytes[20..tcp.header_length()], theirs.options()), (tcp.payload(), theirs.payload())],
                );
            }
            Some(TransportSlice::Icmpv4(theirs)) => {
                let bytes = ours.take(Kind::ICMPV4);
                let icmp = Icmpv4::view(bytes).unwrap();
                compared.same(
                    "etherparse",
                    "icmp",
                    &[
                        (u16::from(icmp.message_type().0), theirs.type_u8().into()),
                        (icmp.code().into(), theirs.code_u8().into()),
                        (icmp.checksum(), theirs.checksum()),
                    ],
                );
            }
            Some(TransportSlice::Icmpv6(theirs)) => {
                let icmp = Icmpv6::view(ours.take(Kind::ICMPV6)).unwrap();
                compared.same(
                    "etherparse",
                    "icmpv6",
                    &[
                        (u16::from(icmp.message_type().0), theirs.type_u8().into()),
                        (icmp.code().into(), theirs.code_u8().into()),
                        (icmp.checksum(), theirs.checksum()),
                    ],
                );
            }
            _ => {}
        }
    }
    compared.at_least(&[
        ("etherparse", "eth", 500),
        ("etherparse", "vlan", 80),
        ("etherparse", "arp", 120),
        ("etherparse", "ip", 1000),
        ("etherparse", "ipv6", 400),
        ("etherparse", "udp", 40),
        ("etherparse", "tcp", 500),
        ("etherparse", "icmp", 90),
        ("etherparse", "icmpv6", 80),
    ]);
}

fn transport(kind: Kind) -> bool {
    matches!(kind, Kind::TCP | Kind::UDP | Kind::ICMPV4 | Kind::ICMPV6)
}

/// The frames of the sound fixtures.
fn good_frames() -> Vec<common::Captured> {
    let files = common::pcap_files(&common::root().join("fixtures"));
    let frames = files.iter().flat_map(|file| common::frames(file));
    frames.filter(|captured| captured.link == layercake::packet::LinkType::ETHERNET).collect()
}

/// The header of cooked captures, version 1, which etherparse reads.
#[test]
fn cooked_headers_read_by_etherparse() {
    use etherparse::LinuxSllSlice;

    let mut compared = Compared::default();
    for captured in common::fixtures().iter().filter(|captured| captured.link == LinkType::LINUX_SLL) {
        let (Ok(sll), Ok(theirs)) =
            (Sll::view(&captured.bytes[..]), LinuxSllSlice::from_slice(&captured.bytes))
        else {
            continue;
        };
        compared.same(
            "etherparse",
            "sll",
            &[
                (sll.packet_type().0, u16::from(theirs.packet_type())),
                (sll.hardware_type().0, u16::from(theirs.arp_hardware_type())),
                (sll.address_length(), theirs.sender_address_valid_length()),
                (sll.protocol_type().0, u16::from(theirs.protocol_type())),
            ],
        );
    }
    compared.at_least(&[("etherparse", "sll", 10)]);
}

#[test]
fn fields_read_by_pnet() {
    let mut compared = Compared::default();
    for captured in good_frames() {
        let packet = Decoder::new().packet(captured.frame());
        pnet::ethernet(&captured.bytes, &mut Ours::new(&packet), &mut compared);
    }
    compared.at_least(&[
        ("pnet", "eth", 500),
        ("pnet", "vlan", 80),
        ("pnet", "arp", 120),
        ("pnet", "ip", 1000),
        ("pnet", "ipv6", 400),
        ("pnet", "udp", 40),
        ("pnet", "tcp", 500),
        ("pnet", "icmp", 90),
        ("pnet", "icmpv6", 80),
    ]);
}

/// The way through a packet as pnet_packet sees it, from one header to the next.
mod pnet {
    use pnet_packet::Packet;
    use pnet_packet::arp::ArpPacket;
    use pnet_packet::ethernet::{EtherType, EtherTypes, EthernetPacket};
    use pnet_packet::icmp::IcmpPacket;
    use pnet_packet::icmpv6::Icmpv6Packet;
    use pnet_packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
    use pnet_packet::ipv4::Ipv4Packet;
    use pnet_packet::ipv6::Ipv6Packet;
    use pnet_packet::tcp::TcpPacket;
    use pnet_packet::udp::UdpPacket;
    use pnet_packet::vlan::VlanPacket;

    use super::*;

    pub fn ethernet(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = EthernetPacket::new(bytes).unwrap();
        let ethernet = Ethernet::view(ours.take(Kind::ETHERNET)).unwrap();
        compared.same(
            "pnet",
            "eth",
            &[
                (ethernet.source().0, theirs.get_source().octets()),
                (ethernet.destination().0, theirs.get_destination().octets()),
            ],
        );
        compared.same("pnet", "eth", &[(ethernet.ether_type().0, theirs.get_ethertype().0)]);
        ether_type(theirs.get_ethertype(), theirs.payload(), ours, compared);
    }

    fn ether_type(number: EtherType, bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        match number {
            EtherTypes::Vlan | EtherTypes::PBridge => {
                let theirs = VlanPacket::new(bytes).unwrap();
                let vlan = Vlan::view(ours.take(Kind::VLAN)).unwrap();
                compared.same(
                    "pnet",
                    "vlan",
                    &[
                        (u16::from(vlan.priority()), theirs.get_priority_code_point().0.into()),
                        (vlan.drop_eligible().into(), theirs.get_drop_eligible_indicator().into()),
                        (vlan.id(), theirs.get_vlan_identifier()),
                        (vlan.ether_type().0, theirs.get_ethertype().0),
                    ],
                );
                ether_type(theirs.get_ethertype(), theirs.payload(), ours, compared);
            }
            EtherTypes::Arp => {
                let theirs = ArpPacket::new(bytes).unwrap();
                let arp = Arp::view(ours.take(Kind::ARP)).unwrap();
                compared.same(
                    "pnet",
                    "arp",
                    &[
                        (arp.hardware_type().0, theirs.get_hardware_type().0),
                        (arp.protocol_type().0, theirs.get_protocol_type().0),
                        (arp.hardware_size().into(), theirs.get_hw_addr_len().into()),
                        (arp.protocol_size().into(), theirs.get_proto_addr_len().into()),
                        (arp.operation().0, theirs.get_operation().0),
                    ],
                );
                let (sender, target) = (arp.sender().unwrap(), arp.target().unwrap());
                compared.same(
                    "pnet",
                    "arp",
                    &[
                        (
                            (sender.0.0, sender.1),
                            (theirs.get_sender_hw_addr().octets(), theirs.get_sender_proto_addr()),
                        ),
                        (
                            (target.0.0, target.1),
                            (theirs.get_target_hw_addr().octets(), theirs.get_target_proto_addr()),
                        ),
                    ],
                );
            }
            EtherTypes::Ipv4 => ipv4(bytes, ours, compared),
            EtherTypes::Ipv6 => ipv6(bytes, ours, compared),
            _ => {}
        }
    }

    fn ipv4(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = Ipv4Packet::new(bytes).unwrap();
        let ip = Ipv4::view(ours.take(Kind::IPV4)).unwrap();
        compared.same(
            "pnet",
            "ip",
            &[
                (u32::from(ip.version()), theirs.get_version().into()),
                (ip.ihl().into(), theirs.get_header_length().into()),
                (ip.dscp().0.into(), theirs.get_dscp().into()),
                (ip.ecn().0.into(), theirs.get_ecn().into()),
                (ip.total_length().into(), theirs.get_total_length().into()),
                (ip.identification().into(), theirs.get_identification().into()),
                (ip.flags().into(), theirs.get_flags().into()),
                (ip.fragment_offset().into(), theirs.get_fragment_offset().into()),
                (ip.ttl().into(), theirs.get_ttl().into()),
                (ip.protocol().0.into(), theirs.get_next_level_protocol().0.into()),
                (ip.checksum().into(), theirs.get_checksum().into()),
                (ip.checksum().into(), pnet_packet::ipv4::checksum(&theirs).into()),
                (ip.source().into(), theirs.get_source().into()),
                (ip.destination().into(), theirs.get_destination().into()),
            ],
        );
        compared.same("pnet", "ip", &[(ip.payload(), theirs.payload())]);
        if theirs.get_fragment_offset() == 0 {
            next(theirs.get_next_level_protocol(), theirs.payload(), ours, compared);
        }
    }

    fn ipv6(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = Ipv6Packet::new(bytes).unwrap();
        let ip = Ipv6::view(ours.take(Kind::IPV6)).unwrap();
        compared.same(
            "pnet",
            "ipv6",
            &[
                (u128::from(ip.version()), theirs.get_version().into()),
                (ip.traffic_class().into(), theirs.get_traffic_class().into()),
                (ip.flow_label().into(), theirs.get_flow_label().into()),
                (ip.payload_length().into(), theirs.get_payload_length().into()),
                (ip.next_header().0.into(), theirs.get_next_header().0.into()),
                (ip.hop_limit().into(), theirs.get_hop_limit().into()),
                (ip.source().into(), theirs.get_source().into()),
                (ip.destination().into(), theirs.get_destination().into()),
            ],
        );
        compared.same("pnet", "ipv6", &[(ip.payload(), theirs.payload())]);
        next(theirs.get_next_header(), theirs.payload(), ours, compared);
    }

    fn next(protocol: IpNextHeaderProtocol, bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        match protocol {
            IpNextHeaderProtocols::Ipv4 => ipv4(bytes, ours, compared),
            IpNextHeaderProtocols::Ipv6 => ipv6(bytes, ours, compared),
            IpNextHeaderProtocols::Udp => {
                let theirs = UdpPacket::new(bytes).unwrap();
                let udp = Udp::view(ours.take(Kind::UDP)).unwrap();
                compared.same(
                    "pnet",
                    "udp",
                    &[
                        (udp.source_port(), theirs.get_source()),
                        (udp.destination_port(), theirs.get_destination()),
                        (udp.length(), theirs.get_length()),
                        (udp.checksum(), theirs.get_checksum()),
                    ],
                );
            }
            IpNextHeaderProtocols::Tcp => {
                let theirs = TcpPacket::new(bytes).unwrap();
                let tcp = Tcp::view(ours.take(Kind::TCP)).unwrap();
                compared.same(
                    "pnet",
                    "tcp",
                    &[
                        (u32::from(tcp.source_port()), theirs.get_source().into()),
                        (tcp.destination_port().into(), theirs.get_destination().into()),
                        (tcp.sequence(), theirs.get_sequence()),
                        (tcp.acknowledgment(), theirs.get_acknowledgement()),
                        (tcp.data_offset().into(), theirs.get_data_offset().into()),
                        (u32::from(tcp.flags()) & 0xff, theirs.get_flags().into()),
                        (u32::from(tcp.flags()) >> 8, theirs.get_reserved().into()),
                        (tcp.window().into(), theirs.get_window().into()),
                        (tcp.checksum().into(), theirs.get_checksum().into()),
                        (tcp.urgent_pointer().into(), theirs.get_urgent_ptr().into()),
                    ],
                );
                compared.same(
                    "pnet",
                    "tcp",
                    &[
                        (tcp.payload(), theirs.payload()),
                        (&bytes[20..tcp.header_length()], theirs.get_options_raw()),
                    ],
                );
                let kinds: Vec<u8> = tcp.options().map(|option| option.kind as u8).collect();
                let their_kinds: Vec<u8> =
                    theirs.get_options_iter().map(|option| option.get_number().0).collect();
                compared.same("pnet", "tcp", &[(kinds, their_kinds)]);
            }
            IpNextHeaderProtocols::Icmp => {
                let theirs = IcmpPacket::new(bytes).unwrap();
                let icmp = Icmpv4::view(ours.take(Kind::ICMPV4)).unwrap();
                compared.same(
                    "pnet",
                    "icmp",
                    &[
                        (u16::from(icmp.message_type().0), theirs.get_icmp_type().0.into()),
                        (icmp.code().into(), theirs.get_icmp_code().0.into()),
                        (icmp.checksum(), theirs.get_checksum()),
                    ],
                );
                if let Some(echo) = icmp.echo() {
                    let theirs = pnet_packet::icmp::echo_request::EchoRequestPacket::new(bytes).unwrap();
                    let there = (theirs.get_identifier(), theirs.get_sequence_number());
                    compared.same("pnet", "icmp", &[(echo, there)]);
                }
            }
            IpNextHeaderProtocols::Icmpv6 => {
                let theirs = Icmpv6Packet::new(bytes).unwrap();
                let icmp = Icmpv6::view(ours.take(Kind::ICMPV6)).unwrap();
                compared.same(
                    "pnet",
                    "icmpv6",
                    &[
                        (u16::from(icmp.message_type().0), theirs.get_icmpv6_type().0.into()),
                        (icmp.code().into(), theirs.get_icmpv6_code().0.into()),
                        (icmp.checksum(), theirs.get_checksum()),
                    ],
                );
            }
            _ => {}
        }
    }
}

#[test]
fn fields_read_by_smoltcp() {
    let mut compared = Compared::default();
    for captured in good_frames() {
        let packet = Decoder::new().packet(captured.frame());
        smol::ethernet(&captured.bytes, &mut Ours::new(&packet), &mut compared);
    }
    compared.at_least(&[
        ("smoltcp", "eth", 500),
        ("smoltcp", "arp", 120),
        ("smoltcp", "ip", 1000),
        ("smoltcp", "ipv6", 400),
        ("smoltcp", "udp", 40),
        ("smoltcp", "tcp", 500),
        ("smoltcp", "icmp", 90),
        ("smoltcp", "icmpv6", 80),
    ]);
}

/// What the options say that smoltcp knows; as far as their lengths are right, which it does not ask of all.
fn our_options(tcp: &Tcp<&[u8]>) -> Vec<String> {
    let known = |option| match option {
        TcpOption::MaximumSegmentSize(bytes) => Some(format!("mss {bytes}")),
        TcpOption::WindowScale(shift) => Some(format!("scale {shift}")),
        TcpOption::SackPermitted => Some("sack permitted".to_owned()),
        TcpOption::Sack(blocks) => Some(format!("sack {:?}", blocks.take(3).collect::<Vec<_>>())),
        TcpOption::Timestamps { value, echo_reply } => Some(format!("time {value} {echo_reply}")),
        _ => None,
    };
    tcp.typed_options().take_while(|option| *option != TcpOption::EndOfList).filter_map(known).collect()
}

fn smoltcp_options(mut list: &[u8]) -> Vec<String> {
    use smoltcp::wire::TcpOption as Theirs;
    let mut all = Vec::new();
    while !list.is_empty() {
        let Ok((rest, option)) = Theirs::parse(list) else { break };
        match option {
            Theirs::EndOfList => break,
            Theirs::MaxSegmentSize(bytes) => all.push(format!("mss {bytes}")),
            Theirs::WindowScale(shift) => all.push(format!("scale {shift}")),
            Theirs::SackPermitted => all.push("sack permitted".to_owned()),
            Theirs::SackRange(blocks) => {
                all.push(format!("sack {:?}", blocks.into_iter().flatten().collect::<Vec<_>>()));
            }
            Theirs::TimeStamp { tsval, tsecr } => all.push(format!("time {tsval} {tsecr}")),
            _ => {}
        }
        list = rest;
    }
    all
}

/// The way through a packet as smoltcp sees it; VLAN tags, which it does not know, are skipped.
mod smol {
    use smoltcp::wire::{
        ArpPacket, EthernetFrame, EthernetProtocol, Icmpv4Packet, Icmpv6Packet, IpProtocol, Ipv4Packet,
        Ipv6Packet, TcpPacket, UdpPacket,
    };

    use super::*;

    pub fn ethernet(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = EthernetFrame::new_checked(bytes).unwrap();
        let ethernet = Ethernet::view(ours.take(Kind::ETHERNET)).unwrap();
        compared.same(
            "smoltcp",
            "eth",
            &[(ethernet.source().0, theirs.src_addr().0), (ethernet.destination().0, theirs.dst_addr().0)],
        );
        compared.same("smoltcp", "eth", &[(ethernet.ether_type().0, theirs.ethertype().into())]);
        let (mut number, mut inside) = (theirs.ethertype(), theirs.payload());
        while matches!(u16::from(number), 0x8100 | 0x88a8) {
            number = u16::from_be_bytes([inside[2], inside[3]]).into();
            inside = &inside[4..];
            ours.take(Kind::VLAN);
        }
        match number {
            EthernetProtocol::Arp => {
                let theirs = ArpPacket::new_checked(inside).unwrap();
                let arp = Arp::view(ours.take(Kind::ARP)).unwrap();
                compared.same(
                    "smoltcp",
                    "arp",
                    &[
                        (arp.hardware_type().0, theirs.hardware_type().into()),
                        (arp.protocol_type().0, theirs.protocol_type().into()),
                        (arp.hardware_size().into(), theirs.hardware_len().into()),
                        (arp.protocol_size().into(), theirs.protocol_len().into()),
                        (arp.operation().0, theirs.operation().into()),
                    ],
                );
                let (sender, target) = (arp.sender().unwrap(), arp.target().unwrap());
                compared.same(
                    "smoltcp",
                    "arp",
                    &[
                        (&sender.0.0[..], theirs.source_hardware_addr()),
                        (&sender.1.octets()[..], theirs.source_protocol_addr()),
                        (&target.0.0[..], theirs.target_hardware_addr()),
                        (&target.1.octets()[..], theirs.target_protocol_addr()),
                    ],
                );
            }
            EthernetProtocol::Ipv4 => ipv4(inside, ours, compared),
            EthernetProtocol::Ipv6 => ipv6(inside, ours, compared),
            _ => {}
        }
    }

    fn ipv4(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = Ipv4Packet::new_checked(bytes).unwrap();
        let ip = Ipv4::view(ours.take(Kind::IPV4)).unwrap();
        compared.same(
            "smoltcp",
            "ip",
            &[
                (u32::from(ip.version()), theirs.version().into()),
                (u32::from(ip.ihl()) * 4, theirs.header_len().into()),
                (ip.dscp().0.into(), theirs.dscp().into()),
                (ip.ecn().0.into(), theirs.ecn().into()),
                (ip.total_length().into(), theirs.total_len().into()),
                (ip.identification().into(), theirs.ident().into()),
                (ip.dont_fragment().into(), theirs.dont_frag().into()),
                (ip.more_fragments().into(), theirs.more_frags().into()),
                (u32::from(ip.fragment_offset()) * 8, theirs.frag_offset().into()),
                (ip.ttl().into(), theirs.hop_limit().into()),
                (ip.protocol().0.into(), u8::from(theirs.next_header()).into()),
                (ip.checksum().into(), theirs.checksum().into()),
                (ip.source().into(), theirs.src_addr().into()),
                (ip.destination().into(), theirs.dst_addr().into()),
            ],
        );
        assert!(theirs.verify_checksum());
        compared.same("smoltcp", "ip", &[(ip.payload(), theirs.payload())]);
        if theirs.frag_offset() == 0 {
            next(theirs.next_header(), theirs.payload(), ours, compared);
        }
    }

    fn ipv6(bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        let theirs = Ipv6Packet::new_checked(bytes).unwrap();
        let ip = Ipv6::view(ours.take(Kind::IPV6)).unwrap();
        compared.same(
            "smoltcp",
            "ipv6",
            &[
                (u128::from(ip.version()), theirs.version().into()),
                (ip.traffic_class().into(), theirs.traffic_class().into()),
                (ip.flow_label().into(), theirs.flow_label().into()),
                (ip.payload_length().into(), theirs.payload_len().into()),
                (ip.next_header().0.into(), u8::from(theirs.next_header()).into()),
                (ip.hop_limit().into(), theirs.hop_limit().into()),
                (ip.source().into(), theirs.src_addr().into()),
                (ip.destination().into(), theirs.dst_addr().into()),
            ],
        );
        compared.same("smoltcp", "ipv6", &[(ip.payload(), theirs.payload())]);
        next(theirs.next_header(), theirs.payload(), ours, compared);
    }

    fn next(protocol: IpProtocol, bytes: &[u8], ours: &mut Ours<'_>, compared: &mut Compared) {
        match u8::from(protocol) {
            4 => ipv4(bytes, ours, compared),
            41 => ipv6(bytes, ours, compared),
            17 => {
                // A first fragment is shorter than its datagram, which smoltcp does not read.
                let Ok(theirs) = UdpPacket::new_checked(bytes) else { return };
                let udp = Udp::view(ours.take(Kind::UDP)).unwrap();
                compared.same(
                    "smoltcp",
                    "udp",
                    &[
                        (udp.source_port(), theirs.src_port()),
                        (udp.destination_port(), theirs.dst_port()),
                        (udp.length(), theirs.len()),
                        (udp.checksum(), theirs.checksum()),
                    ],
                );
            }
            6 => {
                let theirs = TcpPacket::new_checked(bytes).unwrap();
                let tcp = Tcp::view(ours.take(Kind::TCP)).unwrap();
                compared.same(
                    "smoltcp",
                    "tcp",
                    &[
                        (u32::from(tcp.source_port()), theirs.src_port().into()),
                        (tcp.destination_port().into(), theirs.dst_port().into()),
                        (tcp.sequence(), theirs.seq_number().0 as u32),
                        (tcp.acknowledgment(), theirs.ack_number().0 as u32),
                        (u32::from(tcp.data_offset()) * 4, theirs.header_len().into()),
                        (tcp.cwr().into(), theirs.cwr().into()),
                        (tcp.ece().into(), theirs.ece().into()),
                        (tcp.urg().into(), theirs.urg().into()),
                        (tcp.ack().into(), theirs.ack().into()),
                        (tcp.psh().into(), theirs.psh().into()),
                        (tcp.rst().into(), theirs.rst().into()),
                        (tcp.syn().into(), theirs.syn().into()),
                        (tcp.fin().into(), theirs.fin().into()),
                        (tcp.window().into(), theirs.window_len().into()),
                        (tcp.checksum().into(), theirs.checksum().into()),
                        (tcp.urgent_pointer().into(), theirs.urgent_at().into()),
                    ],
                );
                compared.same(
                    "smoltcp",
                    "tcp",
                    &[(tcp.payload(), theirs.payload()), (&bytes[20..tcp.header_length()], theirs.options())],
                );
                let theirs = smoltcp_options(theirs.options());
                compared.same("smoltcp", "tcp", &[(our_options(&tcp), theirs)]);
            }
            1 => {
                let theirs = Icmpv4Packet::new_checked(bytes).unwrap();
                let icmp = Icmpv4::view(ours.take(Kind::ICMPV4)).unwrap();
                compared.same(
                    "smoltcp",
                    "icmp",
                    &[
                        (u16::from(icmp.message_type().0), u8::from(theirs.msg_type()).into()),
                        (icmp.code().into(), theirs.msg_code().into()),
                        (icmp.checksum(), theirs.checksum()),
                    ],
                );
                if let Some(echo) = icmp.echo() {
                    compared.same("smoltcp", "icmp", &[(echo, (theirs.echo_ident(), theirs.echo_seq_no()))]);
                }
            }
            58 => {
                let theirs = Icmpv6Packet::new_checked(bytes).unwrap();
                let icmp = Icmpv6::view(ours.take(Kind::ICMPV6)).unwrap();
                compared.same(
                    "smoltcp",
                    "icmpv6",
                    &[
                        (u16::from(icmp.message_type().0), u8::from(theirs.msg_type()).into()),
                        (icmp.code().into(), theirs.msg_code().into()),
                        (icmp.checksum(), theirs.checksum()),
                    ],
                );
                if let Some(echo) = icmp.echo() {
                    compared.same(
                        "smoltcp",
                        "icmpv6",
                        &[(echo, (theirs.echo_ident(), theirs.echo_seq_no()))],
                    );
                }
            }
            _ => {}
        }
    }
}

/// What is built: one row of a table of inputs.
struct Case {
    payload: Vec<u8>,
    ports: (u16, u16),
    id: u16,
    ttl: u8,
}

const A: [u8; 6] = [2, 0, 0, 0, 0, 10];
const B: [u8; 6] = [2, 0, 0, 0, 0, 11];
const FROM: [u8; 4] = [192, 0, 2, 1];
const TO: [u8; 4] = [203, 0, 113, 250];
const FROM6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const TO6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0xab, 0xcd];

/// Every length up to 70, so odd and even ones, and some longer ones.
fn cases() -> Vec<Case> {
    (0..70usize)
        .chain([255, 511, 1399, 1460])
        .map(|length| Case {
            payload: (0..length).map(|n| (n.wrapping_mul(167) ^ length) as u8).collect(),
            ports: (1024 + (length as u16).wrapping_mul(37), 65535 - length as u16),
            id: (length as u16).wrapping_mul(0x9e37),
            ttl: 1 + (length % 255) as u8,
        })
        .collect()
}

fn ethernet() -> Builder<Ethernet> {
    Ethernet::new(Mac(A), Mac(B))
}

fn ipv4(case: &Case) -> Builder<Ipv4> {
    Ipv4::new(FROM.into(), TO.into()).dont_fragment(true).ttl(case.ttl)
}

fn ipv6(case: &Case) -> Builder<Ipv6> {
    Ipv6::new(FROM6.into(), TO6.into()).hop_limit(case.ttl)
}

fn tcp(case: &Case) -> Builder<Tcp> {
    Tcp::new(case.ports.0, case.ports.1)
        .sequence(0x8000_0001)
        .acknowledgment(0xfffe_0000)
        .ack(true)
        .window(501)
}

fn tcp_with_options(case: &Case) -> Builder<Tcp> {
    Tcp::new(case.ports.0, case.ports.1)
        .sequence(u32::MAX)
        .syn(true)
        .window(64240)
        .mss(1460)
        .window_scale(7)
        .sack_permitted()
        .timestamps(0x0102_0304, 0)
}

#[track_caller]
fn same(what: &str, ours: &impl Part, theirs: &[u8]) {
    let mut buffer = [0xaa; 2048];
    let place = &mut buffer[..ours.size()];
    ours.put(place, None).unwrap();
    let ours = place;
    assert!(ours == theirs, "{what}\n  ours {ours:02x?}\ntheirs {theirs:02x?}");
    let packet = Decoder::new().packet(Frame::ethernet(&ours[..]));
    assert_eq!(packet.findings().next(), None, "{what}");
}

#[test]
fn built_as_by_etherparse() {
    use etherparse::{
        ArpHardwareId, ArpOperation, ArpPacket, EtherType, IpHeaders, IpNumber, Ipv4Header, PacketBuilder,
        TcpOptionElement, VlanId,
    };

    for case in cases() {
        let (from, to) = case.ports;
        let start = || PacketBuilder::ethernet2(A, B);
        let mut bytes = Vec::new();
        let payload = || &case.payload[..];

        start().ipv4(FROM, TO, case.ttl).udp(from, to).write(&mut bytes, payload()).unwrap();
        same("IPv4, UDP", &(ethernet() / ipv4(&case) / Udp::new(from, to) / payload()), &bytes);
        bytes.clear();

        start().ipv6(FROM6, TO6, case.ttl).udp(from, to).write(&mut bytes, payload()).unwrap();
        same("IPv6, UDP", &(ethernet() / ipv6(&case) / Udp::new(from, to) / payload()), &bytes);
        bytes.clear();

        let segment = start().ipv4(FROM, TO, case.ttl).tcp(from, to, 0x8000_0001, 501).ack(0xfffe_0000);
        segment.write(&mut bytes, payload()).unwrap();
        same("IPv4, TCP", &(ethernet() / ipv4(&case) / tcp(&case) / payload()), &bytes);
        bytes.clear();

        let options = [
            TcpOptionElement::MaximumSegmentSize(1460),
            TcpOptionElement::WindowScale(7),
            TcpOptionElement::SelectiveAcknowledgementPermitted,
            TcpOptionElement::Timestamp(0x0102_0304, 0),
        ];
        let segment = start().ipv6(FROM6, TO6, case.ttl).tcp(from, to, u32::MAX, 64240).syn();
        segment.options(&options).unwrap().write(&mut bytes, payload()).unwrap();
        same("TCP options", &(ethernet() / ipv6(&case) / tcp_with_options(&case) / payload()), &bytes);
        bytes.clear();

        let id = case.id & 0xfff;
        let tagged = start().single_vlan(VlanId::try_new(id).unwrap()).ipv4(FROM, TO, case.ttl);
        tagged.icmpv4_echo_request(case.id, from).write(&mut bytes, payload()).unwrap();
        let echo = Icmpv4::echo_request(case.id, from);
        same("VLAN, ICMP", &(ethernet() / Vlan::new(id) / ipv4(&case) / echo / payload()), &bytes);
        bytes.clear();

        start()
            .ipv6(FROM6, TO6, case.ttl)
            .icmpv6_echo_reply(case.id, to)
            .write(&mut bytes, payload())
            .unwrap();
        let echo = Icmpv6::echo_reply(case.id, to);
        same("ICMPv6", &(ethernet() / ipv6(&case) / echo / payload()), &bytes);
        bytes.clear();

        // Router alert, and a record route that makes padding necessary.
        let mut header = Ipv4Header::new(0, case.ttl, IpNumber::UDP, FROM, TO).unwrap();
        header.options = [0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0].into();
        header.identification = case.id;
        let with_options = start().ip(IpHeaders::Ipv4(header, Default::default()));
        with_options.udp(from, to).write(&mut bytes, payload()).unwrap();
        let ip = ipv4(&case).identification(case.id);
        let ip = ip.option(Ipv4OptionType::ROUTER_ALERT, &[0, 0]);
        let ip = ip.option(Ipv4OptionType::RECORD_ROUTE, &[4, 0, 0, 0, 0]);
        same("IPv4 options", &(ethernet() / ip / Udp::new(from, to) / payload()), &bytes);
        bytes.clear();
    }

    let mut bytes = Vec::new();
    let (hardware, protocol) = (ArpHardwareId::ETHERNET, EtherType::IPV4);
    let arp = ArpPacket::new(hardware, protocol, ArpOperation::REPLY, &A, &FROM, &B, &TO).unwrap();
    PacketBuilder::ethernet2(A, B).arp(arp).write(&mut bytes).unwrap();
    same("ARP", &(ethernet() / Arp::reply((Mac(A), FROM.into()), (Mac(B), TO.into()))), &bytes);
}

#[test]
fn built_as_by_smoltcp() {
    use smoltcp::phy::ChecksumCapabilities;
    use smoltcp::wire::{
        ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr,
        Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv4Packet, Ipv4Repr, Ipv6Packet,
        Ipv6Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, TcpTimestampRepr, UdpPacket, UdpRepr,
    };

    let checksums = ChecksumCapabilities::default();
    let link = |ethertype, length: usize, inside: &mut dyn FnMut(&mut [u8])| {
        let mut bytes = vec![0x55; 14 + length];
        let repr = EthernetRepr { src_addr: EthernetAddress(A), dst_addr: EthernetAddress(B), ethertype };
        let mut frame = EthernetFrame::new_unchecked(&mut bytes);
        repr.emit(&mut frame);
        inside(frame.payload_mut());
        bytes
    };
    for case in cases() {
        let payload = &case.payload[..];
        let over4 = |next_header, payload_len, inside: &mut dyn FnMut(&mut [u8])| {
            let (src_addr, dst_addr) = (FROM.into(), TO.into());
            let repr = Ipv4Repr { src_addr, dst_addr, next_header, payload_len, hop_limit: case.ttl };
            link(EthernetProtocol::Ipv4, 20 + payload_len, &mut |place| {
                let mut packet = Ipv4Packet::new_unchecked(place);
                repr.emit(&mut packet, &checksums);
                inside(packet.payload_mut());
            })
        };
        let over6 = |next_header, payload_len, inside: &mut dyn FnMut(&mut [u8])| {
            let (src_addr, dst_addr) = (FROM6.into(), TO6.into());
            let repr = Ipv6Repr { src_addr, dst_addr, next_header, payload_len, hop_limit: case.ttl };
            link(EthernetProtocol::Ipv6, 40 + payload_len, &mut |place| {
                let mut packet = Ipv6Packet::new_unchecked(place);
                repr.emit(&mut packet);
                inside(packet.payload_mut());
            })
        };
        let v4 = (Ipv4Addr::from(FROM).into(), Ipv4Addr::from(TO).into());
        let v6 = (Ipv6Addr::from(FROM6).into(), Ipv6Addr::from(TO6).into());

        let udp = UdpRepr { src_port: case.ports.0, dst_port: case.ports.1 };
        let emit = |place: &mut [u8], (from, to): (_, _)| {
            let mut packet = UdpPacket::new_unchecked(place);
            udp.emit(
                &mut packet,
                &from,
                &to,
                payload.len(),
                |place| place.copy_from_slice(payload),
                &checksums,
            );
        };
        let ours = Udp::new(case.ports.0, case.ports.1) / payload;
        let theirs = over4(IpProtocol::Udp, 8 + payload.len(), &mut |place| emit(place, v4));
        same("IPv4, UDP", &(ethernet() / ipv4(&case) / ours), &theirs);
        let theirs = over6(IpProtocol::Udp, 8 + payload.len(), &mut |place| emit(place, v6));
        same("IPv6, UDP", &(ethernet() / ipv6(&case) / ours), &theirs);

        let plain = TcpRepr {
            src_port: case.ports.0,
            dst_port: case.ports.1,
            control: TcpControl::None,
            seq_number: TcpSeqNumber(0x8000_0001u32 as i32),
            ack_number: Some(TcpSeqNumber(0xfffe_0000u32 as i32)),
            window_len: 501,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload,
        };
        let mut with_options = plain;
        with_options.control = TcpControl::Syn;
        (with_options.seq_number, with_options.ack_number) = (TcpSeqNumber(-1), None);
        with_options.window_len = 64240;
        (with_options.window_scale, with_options.max_seg_size) = (Some(7), Some(1460));
        with_options.sack_permitted = true;
        with_options.timestamp = Some(TcpTimestampRepr { tsval: 0x0102_0304, tsecr: 0 });
        for (repr, tcp) in [(plain, tcp(&case)), (with_options, tcp_with_options(&case))] {
            let emit = |place: &mut [u8], (from, to): (_, _)| {
                repr.emit(&mut TcpPacket::new_unchecked(place), &from, &to, &checksums);
            };
            let theirs = over4(IpProtocol::Tcp, repr.buffer_len(), &mut |place| emit(place, v4));
            same("IPv4, TCP", &(ethernet() / ipv4(&case) / tcp / payload), &theirs);
            let theirs = over6(IpProtocol::Tcp, repr.buffer_len(), &mut |place| emit(place, v6));
            same("IPv6, TCP", &(ethernet() / ipv6(&case) / tcp / payload), &theirs);
        }

        let echo = Icmpv4Repr::EchoRequest { ident: case.id, seq_no: case.ports.0, data: payload };
        let theirs = over4(IpProtocol::Icmp, echo.buffer_len(), &mut |place| {
            echo.emit(&mut Icmpv4Packet::new_unchecked(place), &checksums);
        });
        let ours = Icmpv4::echo_request(case.id, case.ports.0) / payload;
        same("ICMP", &(ethernet() / ipv4(&case) / ours), &theirs);

        let echo = Icmpv6Repr::EchoReply { ident: case.id, seq_no: case.ports.0, data: payload };
        let theirs = over6(IpProtocol::Icmpv6, echo.buffer_len(), &mut |place| {
            echo.emit(&FROM6.into(), &TO6.into(), &mut Icmpv6Packet::new_unchecked(place), &checksums);
        });
        let ours = Icmpv6::echo_reply(case.id, case.ports.0) / payload;
        same("ICMPv6", &(ethernet() / ipv6(&case) / ours), &theirs);
    }

    let arp = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: EthernetAddress(A),
        source_protocol_addr: FROM.into(),
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: TO.into(),
    };
    let theirs = link(EthernetProtocol::Arp, 28, &mut |place| arp.emit(&mut ArpPacket::new_unchecked(place)));
    same("ARP", &(ethernet() / Arp::request((Mac(A), FROM.into()), TO.into())), &theirs);
}

#[test]
fn built_as_by_pnet() {
    use pnet_packet::Packet as _;
    use pnet_packet::arp::{ArpHardwareTypes, ArpOperations, MutableArpPacket};
    use pnet_packet::ethernet::{EtherTypes, MutableEthernetPacket};
    use pnet_packet::icmp::{IcmpPacket, IcmpTypes, echo_request::MutableEchoRequestPacket};
    use pnet_packet::icmpv6::{
        Icmpv6Packet, Icmpv6Types, echo_request::MutableEchoRequestPacket as MutableEcho6,
    };
    use pnet_packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
    use pnet_packet::ipv4::{Ipv4Flags, MutableIpv4Packet};
    use pnet_packet::ipv6::MutableIpv6Packet;
    use pnet_packet::tcp::{MutableTcpPacket, TcpFlags, TcpOption};
    use pnet_packet::udp::MutableUdpPacket;
    use pnet_packet::vlan::MutableVlanPacket;
    use pnet_packet::{icmp, icmpv6, ipv4 as pnet_ipv4, tcp as pnet_tcp, udp as pnet_udp};

    fn link(tag: Option<u16>, inside: &[u8], number: pnet_packet::ethernet::EtherType) -> Vec<u8> {
        let mut bytes = vec![0; 14 + if tag.is_some() { 4 } else { 0 } + inside.len()];
        let mut frame = MutableEthernetPacket::new(&mut bytes).unwrap();
        frame.set_source(A.into());
        frame.set_destination(B.into());
        frame.set_ethertype(if tag.is_some() { EtherTypes::Vlan } else { number });
        match tag {
            Some(id) => {
                let mut vlan = MutableVlanPacket::new(&mut bytes[14..]).unwrap();
                vlan.set_vlan_identifier(id);
                vlan.set_ethertype(number);
                vlan.set_payload(inside);
            }
            None => frame.set_payload(inside),
        }
        bytes
    }
    fn over4(case: &Case, protocol: IpNextHeaderProtocol, inside: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 20 + inside.len()];
        let mut ip = MutableIpv4Packet::new(&mut bytes).unwrap();
        ip.set_version(4);
        ip.set_header_length(5);
        ip.set_total_length(20 + inside.len() as u16);
        ip.set_flags(Ipv4Flags::DontFragment);
        ip.set_ttl(case.ttl);
        ip.set_next_level_protocol(protocol);
        ip.set_source(FROM.into());
        ip.set_destination(TO.into());
        ip.set_payload(inside);
        ip.set_checksum(pnet_ipv4::checksum(&ip.to_immutable()));
        bytes
    }
    fn over6(case: &Case, protocol: IpNextHeaderProtocol, inside: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 40 + inside.len()];
        let mut ip = MutableIpv6Packet::new(&mut bytes).unwrap();
        ip.set_version(6);
        ip.set_payload_length(inside.len() as u16);
        ip.set_next_header(protocol);
        ip.set_hop_limit(case.ttl);
        ip.set_source(FROM6.into());
        ip.set_destination(TO6.into());
        ip.set_payload(inside);
        bytes
    }
    for case in cases() {
        let payload = &case.payload[..];
        let id = case.id & 0xfff;

        let mut bytes = vec![0; 8 + payload.len()];
        let mut udp = MutableUdpPacket::new(&mut bytes).unwrap();
        udp.set_source(case.ports.0);
        udp.set_destination(case.ports.1);
        udp.set_length(8 + payload.len() as u16);
        udp.set_payload(payload);
        let checksum = pnet_udp::ipv4_checksum(&udp.to_immutable(), &FROM.into(), &TO.into());
        udp.set_checksum(checksum);
        let theirs =
            link(Some(id), &over4(&case, IpNextHeaderProtocols::Udp, udp.packet()), EtherTypes::Ipv4);
        let ours = Udp::new(case.ports.0, case.ports.1) / payload;
        same("VLAN, IPv4, UDP", &(ethernet() / Vlan::new(id) / ipv4(&case) / ours), &theirs);
        udp.set_checksum(0);
        let checksum = pnet_udp::ipv6_checksum(&udp.to_immutable(), &FROM6.into(), &TO6.into());
        udp.set_checksum(checksum);
        let theirs = link(None, &over6(&case, IpNextHeaderProtocols::Udp, udp.packet()), EtherTypes::Ipv6);
        same("IPv6, UDP", &(ethernet() / ipv6(&case) / ours), &theirs);

        let mut bytes = vec![0; 40 + payload.len()];
        let mut tcp = MutableTcpPacket::new(&mut bytes).unwrap();
        tcp.set_source(case.ports.0);
        tcp.set_destination(case.ports.1);
        tcp.set_sequence(u32::MAX);
        tcp.set_data_offset(10);
        tcp.set_flags(TcpFlags::SYN);
        tcp.set_window(64240);
        let options = [
            TcpOption::mss(1460),
            TcpOption::wscale(7),
            TcpOption::sack_perm(),
            TcpOption::timestamp(0x0102_0304, 0),
        ];
        tcp.set_options(&options);
        tcp.set_payload(payload);
        let checksum = pnet_tcp::ipv4_checksum(&tcp.to_immutable(), &FROM.into(), &TO.into());
        tcp.set_checksum(checksum);
        let theirs = link(None, &over4(&case, IpNextHeaderProtocols::Tcp, tcp.packet()), EtherTypes::Ipv4);
        same("TCP", &(ethernet() / ipv4(&case) / tcp_with_options(&case) / payload), &theirs);

        let mut bytes = vec![0; 8 + payload.len()];
        let mut echo = MutableEchoRequestPacket::new(&mut bytes).unwrap();
        echo.set_icmp_type(IcmpTypes::EchoRequest);
        echo.set_identifier(case.id);
        echo.set_sequence_number(case.ports.0);
        echo.set_payload(payload);
        let checksum = icmp::checksum(&IcmpPacket::new(echo.packet()).unwrap());
        echo.set_checksum(checksum);
        let theirs = link(None, &over4(&case, IpNextHeaderProtocols::Icmp, echo.packet()), EtherTypes::Ipv4);
        let ours = Icmpv4::echo_request(case.id, case.ports.0) / payload;
        same("ICMP", &(ethernet() / ipv4(&case) / ours), &theirs);

        let mut bytes = vec![0; 8 + payload.len()];
        let mut echo = MutableEcho6::new(&mut bytes).unwrap();
        echo.set_icmpv6_type(Icmpv6Types::EchoRequest);
        echo.set_identifier(case.id);
        echo.set_sequence_number(case.ports.0);
        echo.set_payload(payload);
        let checksum =
            icmpv6::checksum(&Icmpv6Packet::new(echo.packet()).unwrap(), &FROM6.into(), &TO6.into());
        echo.set_checksum(checksum);
        let theirs =
            link(None, &over6(&case, IpNextHeaderProtocols::Icmpv6, echo.packet()), EtherTypes::Ipv6);
        let ours = Icmpv6::echo_request(case.id, case.ports.0) / payload;
        same("ICMPv6", &(ethernet() / ipv6(&case) / ours), &theirs);
    }

    let mut bytes = [0; 28];
    let mut arp = MutableArpPacket::new(&mut bytes).unwrap();
    arp.set_hardware_type(ArpHardwareTypes::Ethernet);
    arp.set_protocol_type(EtherTypes::Ipv4);
    arp.set_hw_addr_len(6);
    arp.set_proto_addr_len(4);
    arp.set_operation(ArpOperations::Reply);
    arp.set_sender_hw_addr(A.into());
    arp.set_sender_proto_addr(FROM.into());
    arp.set_target_hw_addr(B.into());
    arp.set_target_proto_addr(TO.into());
    let theirs = link(Some(4094), &bytes, EtherTypes::Arp);
    let ours = Arp::reply((Mac(A), FROM.into()), (Mac(B), TO.into()));
    same("VLAN, ARP", &(ethernet() / Vlan::new(4094) / ours), &theirs);
}

/// A UDP checksum that comes out as zero is sent as all ones (RFC 768), over IPv6 too.
#[test]
fn udp_checksum_of_zero() {
    use etherparse::PacketBuilder;

    let case = &cases()[2];
    let (mut zeros4, mut zeros6) = (0, 0);
    for word in 0..=u16::MAX {
        let payload = word.to_be_bytes();
        let mut buffer = [0; 128];
        let mut theirs = Vec::new();
        let ours = ethernet() / ipv4(case) / Udp::new(1, 2) / payload;
        let ours = ours.write(&mut buffer).unwrap();
        if ours[40..42] == [0xff, 0xff] {
            PacketBuilder::ethernet2(A, B)
                .ipv4(FROM, TO, case.ttl)
                .udp(1, 2)
                .write(&mut theirs, &payload)
                .unwrap();
            assert_eq!(ours, theirs);
            zeros4 += 1;
        }
        theirs.clear();
        let ours = ethernet() / ipv6(case) / Udp::new(1, 2) / payload;
        let ours = ours.write(&mut buffer).unwrap();
        if ours[60..62] == [0xff, 0xff] {
            PacketBuilder::ethernet2(A, B)
                .ipv6(FROM6, TO6, case.ttl)
                .udp(1, 2)
                .write(&mut theirs, &payload)
                .unwrap();
            assert_eq!(ours, theirs);
            zeros6 += 1;
        }
        assert!(ours[60..62] != [0, 0]);
    }
    assert_eq!((zeros4, zeros6), (1, 1));
}

#[test]
fn checksums_as_theirs() {
    let bytes: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
    for length in (1..300).chain([576, 1459, 1460, 3999, 4000]) {
        for bytes in [&bytes[..length], &bytes[bytes.len() - length..], &vec![0xff; length], &vec![0; length]]
        {
            let ours = Sum::of(bytes).checksum();
            assert_eq!(ours, !smoltcp::wire::checksum::data(bytes), "{length} bytes");
            assert_eq!(ours, pnet_packet::util::checksum(bytes, bytes.len()), "{length} bytes");
            let theirs = etherparse::checksum::Sum16BitWords::new().add_slice(bytes);
            assert_eq!(ours, theirs.ones_complement().to_be(), "{length} bytes");

            let (from, to) = (FROM.into(), TO.into());
            let ours = Pseudo::v4(from, to).sum(17, length as u32).bytes(bytes).checksum();
            let protocol = pnet_packet::ip::IpNextHeaderProtocols::Udp;
            assert_eq!(ours, pnet_packet::util::ipv4_checksum(bytes, length, &[], &from, &to, protocol));
            let (from, to) = (FROM6.into(), TO6.into());
            let ours = Pseudo::v6(from, to).sum(17, length as u32).bytes(bytes).checksum();
            assert_eq!(ours, pnet_packet::util::ipv6_checksum(bytes, length, &[], &from, &to, protocol));
        }
    }
}
