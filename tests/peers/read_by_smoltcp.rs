//! What smoltcp reads.

use super::*;

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
