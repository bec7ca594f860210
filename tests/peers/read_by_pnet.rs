//! What pnet_packet reads.

use super::*;

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
