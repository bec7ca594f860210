//! Building a UDP datagram in an Ethernet frame, with both checksums, into a buffer that is used again.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::hint::black_box;

use criterion::Criterion;

/// What to build from; no peer may know it beforehand.
struct Input {
    source: [u8; 6],
    destination: [u8; 6],
    from: [u8; 4],
    to: [u8; 4],
    ports: (u16, u16),
    payload: [u8; 64],
}

const LENGTH: usize = 14 + 20 + 8 + 64;

/// Writes the frame and says how long it is.
type Peer = fn(&Input, &mut [u8]) -> usize;

const PEERS: &[(&str, Peer)] =
    &[("layercake", layercake), ("smoltcp", smoltcp), ("etherparse", etherparse), ("pnet", pnet)];

#[allow(clippy::op_ref)] // A payload is borrowed, as the others borrow it.
fn layercake(input: &Input, buffer: &mut [u8]) -> usize {
    use layercake::field::Mac;
    use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};

    let frame = Ethernet::new(Mac(input.source), Mac(input.destination))
        / Ipv4::new(input.from.into(), input.to.into()).dont_fragment(true)
        / Udp::new(input.ports.0, input.ports.1)
        / input.payload.as_slice();
    frame.write(buffer).unwrap().len()
}

fn smoltcp(input: &Input, buffer: &mut [u8]) -> usize {
    use smoltcp::phy::ChecksumCapabilities;
    use smoltcp::wire::{
        EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IpProtocol, Ipv4Packet, Ipv4Repr,
        UdpPacket, UdpRepr,
    };

    let checksums = ChecksumCapabilities::default();
    let buffer = &mut buffer[..LENGTH];
    let ethernet = EthernetRepr {
        src_addr: EthernetAddress(input.source),
        dst_addr: EthernetAddress(input.destination),
        ethertype: EthernetProtocol::Ipv4,
    };
    let mut frame = EthernetFrame::new_unchecked(buffer);
    ethernet.emit(&mut frame);
    let udp = UdpRepr { src_port: input.ports.0, dst_port: input.ports.1 };
    let ip = Ipv4Repr {
        src_addr: input.from.into(),
        dst_addr: input.to.into(),
        next_header: IpProtocol::Udp,
        payload_len: udp.header_len() + input.payload.len(),
        hop_limit: 64,
    };
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    ip.emit(&mut packet, &checksums);
    let mut datagram = UdpPacket::new_unchecked(packet.payload_mut());
    udp.emit(
        &mut datagram,
        &ip.src_addr.into(),
        &ip.dst_addr.into(),
        input.payload.len(),
        |place| place.copy_from_slice(&input.payload),
        &checksums,
    );
    LENGTH
}

fn etherparse(input: &Input, buffer: &mut [u8]) -> usize {
    etherparse::PacketBuilder::ethernet2(input.source, input.destination)
        .ipv4(input.from, input.to, 64)
        .udp(input.ports.0, input.ports.1)
        .write_to_slice(buffer, &input.payload)
        .unwrap()
}

fn pnet(input: &Input, buffer: &mut [u8]) -> usize {
    use pnet_packet::ethernet::{EtherTypes, MutableEthernetPacket};
    use pnet_packet::ip::IpNextHeaderProtocols;
    use pnet_packet::ipv4::{self, Ipv4Flags, MutableIpv4Packet};
    use pnet_packet::udp::{self, MutableUdpPacket};

    let buffer = &mut buffer[..LENGTH];
    let mut ethernet = MutableEthernetPacket::new(buffer).unwrap();
    ethernet.set_source(input.source.into());
    ethernet.set_destination(input.destination.into());
    ethernet.set_ethertype(EtherTypes::Ipv4);
    let mut ip = MutableIpv4Packet::new(&mut buffer[14..]).unwrap();
    ip.set_version(4);
    ip.set_header_length(5);
    ip.set_dscp(0);
    ip.set_ecn(0);
    ip.set_total_length((LENGTH - 14) as u16);
    ip.set_identification(0);
    ip.set_flags(Ipv4Flags::DontFragment);
    ip.set_fragment_offset(0);
    ip.set_ttl(64);
    ip.set_next_level_protocol(IpNextHeaderProtocols::Udp);
    ip.set_source(input.from.into());
    ip.set_destination(input.to.into());
    ip.set_checksum(ipv4::checksum(&ip.to_immutable()));
    let mut datagram = MutableUdpPacket::new(&mut buffer[34..]).unwrap();
    datagram.set_source(input.ports.0);
    datagram.set_destination(input.ports.1);
    datagram.set_length((LENGTH - 34) as u16);
    datagram.set_payload(&input.payload);
    let checksum = udp::ipv4_checksum(&datagram.to_immutable(), &input.from.into(), &input.to.into());
    datagram.set_checksum(checksum);
    LENGTH
}

fn main() {
    let input = Input {
        source: [2, 0, 0, 0, 0, 10],
        destination: [2, 0, 0, 0, 0, 11],
        from: [192, 0, 2, 1],
        to: [192, 0, 2, 2],
        ports: (5353, 53),
        payload: core::array::from_fn(|n| n as u8),
    };
    let mut buffer = [0xaa; 256];
    let length = layercake(&input, &mut buffer);
    let right = buffer[..length].to_vec();
    for (name, peer) in PEERS {
        let mut buffer = [0xaa; 256];
        let length = peer(&input, &mut buffer);
        assert_eq!(buffer[..length], right[..], "{name}");
    }
    if let Some((name, _)) = common::count_mode() {
        let peer = PEERS.iter().find(|(peer, _)| *peer == name).map_or((|_, _| 0) as Peer, |(_, peer)| *peer);
        common::counted(&mut || {
            for _ in 0..100 {
                black_box(peer(black_box(&input), &mut buffer));
                black_box(&buffer);
            }
        });
        return common::report(100);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(60);
    let mut group = criterion.benchmark_group("build");
    for (name, peer) in PEERS {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let length = peer(black_box(&input), &mut buffer);
                black_box(&buffer);
                length
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
