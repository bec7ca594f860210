//! What all of them build.

use super::*;

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
