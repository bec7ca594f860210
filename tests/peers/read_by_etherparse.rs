//! What etherparse reads.

use super::*;

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
