//! The same packets read and built by etherparse, pnet_packet and smoltcp: every field that they have is equal,
//! and what is built is equal to the byte.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;

use layercake::field::Kind;
use layercake::packet::{Decoder, Layer, Packet};
use layercake::wire::{
    arp::Arp, ethernet::Ethernet, icmpv4::Icmpv4, icmpv6::Icmpv6, ipv4::Ipv4, ipv6::Ipv6, tcp::Tcp, udp::Udp,
    vlan::Vlan,
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
            None => assert_eq!(ours.next, ours.layers.len()),
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
    files.iter().flat_map(|file| common::frames(file)).collect()
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
                let kinds: Vec<u8> = tcp.options().map(|option| option.kind).collect();
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
