//! Decoding a mixed capture: addresses, ports and length of the payload of every packet, with the whole result
//! made, beside other ways to get them.
//!
//! The packets are real: the Ethernet captures of `../shared/captures`, as far as every peer says the same of
//! them. That is checked before anything is measured.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use criterion::{Criterion, Throughput};

/// Source, destination, their ports, and the length of the payload.
type Answer = (IpAddr, IpAddr, u16, u16, usize);

type Peer = fn(&[u8]) -> Option<Answer>;

const PEERS: &[(&str, Peer)] = &[
    ("layercake", layercake),
    ("etherparse_sliced", etherparse_sliced),
    ("etherparse_lax", etherparse_lax),
    ("pnet", pnet),
    ("smoltcp", smoltcp),
    ("fixed_offsets", fixed_offsets),
];

fn layercake(frame: &[u8]) -> Option<Answer> {
    use layercake::packet::{Decoder, Frame};

    let packet = Decoder::new().packet(Frame::ethernet(frame));
    black_box(&packet);
    let (source, destination) = packet.addresses()?;
    let (from, to) = packet.ports()?;
    Some((source, destination, from, to, packet.payload().len()))
}

fn etherparse_sliced(frame: &[u8]) -> Option<Answer> {
    use etherparse::{NetSlice, SlicedPacket, TransportSlice};

    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    black_box(&packet);
    let (source, destination): (IpAddr, IpAddr) = match packet.net.as_ref()? {
        NetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Arp(_) => return None,
    };
    match packet.transport.as_ref()? {
        TransportSlice::Udp(udp) => {
            Some((source, destination, udp.source_port(), udp.destination_port(), udp.payload().len()))
        }
        TransportSlice::Tcp(tcp) => {
            Some((source, destination, tcp.source_port(), tcp.destination_port(), tcp.payload().len()))
        }
        _ => None,
    }
}

fn etherparse_lax(frame: &[u8]) -> Option<Answer> {
    use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};

    let packet = LaxSlicedPacket::from_ethernet(frame).ok()?;
    black_box(&packet);
    let (source, destination): (IpAddr, IpAddr) = match packet.net.as_ref()? {
        LaxNetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Arp(_) => return None,
    };
    match packet.transport.as_ref()? {
        TransportSlice::Udp(udp) => {
            Some((source, destination, udp.source_port(), udp.destination_port(), udp.payload().len()))
        }
        TransportSlice::Tcp(tcp) => {
            Some((source, destination, tcp.source_port(), tcp.destination_port(), tcp.payload().len()))
        }
        _ => None,
    }
}

fn pnet(frame: &[u8]) -> Option<Answer> {
    use pnet_packet::Packet;
    use pnet_packet::ethernet::{EtherTypes, EthernetPacket};
    use pnet_packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
    use pnet_packet::{ipv4::Ipv4Packet, ipv6::Ipv6Packet, tcp::TcpPacket, udp::UdpPacket};

    fn transport(
        source: IpAddr,
        destination: IpAddr,
        protocol: IpNextHeaderProtocol,
        bytes: &[u8],
    ) -> Option<Answer> {
        match protocol {
            IpNextHeaderProtocols::Tcp => {
                let tcp = TcpPacket::new(bytes)?;
                Some((source, destination, tcp.get_source(), tcp.get_destination(), tcp.payload().len()))
            }
            IpNextHeaderProtocols::Udp => {
                let udp = UdpPacket::new(bytes)?;
                Some((source, destination, udp.get_source(), udp.get_destination(), udp.payload().len()))
            }
            _ => None,
        }
    }

    let ethernet = EthernetPacket::new(frame)?;
    match ethernet.get_ethertype() {
        EtherTypes::Ipv4 => {
            let ip = Ipv4Packet::new(ethernet.payload())?;
            let (source, destination) = (ip.get_source().into(), ip.get_destination().into());
            transport(source, destination, ip.get_next_level_protocol(), ip.payload())
        }
        EtherTypes::Ipv6 => {
            let ip = Ipv6Packet::new(ethernet.payload())?;
            let (source, destination) = (ip.get_source().into(), ip.get_destination().into());
            transport(source, destination, ip.get_next_header(), ip.payload())
        }
        _ => None,
    }
}

fn smoltcp(frame: &[u8]) -> Option<Answer> {
    use smoltcp::wire::{
        EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket,
    };

    fn transport(source: IpAddr, destination: IpAddr, protocol: IpProtocol, bytes: &[u8]) -> Option<Answer> {
        match protocol {
            IpProtocol::Tcp => {
                let tcp = TcpPacket::new_checked(bytes).ok()?;
                Some((source, destination, tcp.src_port(), tcp.dst_port(), tcp.payload().len()))
            }
            IpProtocol::Udp => {
                let udp = UdpPacket::new_checked(bytes).ok()?;
                Some((source, destination, udp.src_port(), udp.dst_port(), udp.payload().len()))
            }
            _ => None,
        }
    }

    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    match ethernet.ethertype() {
        EthernetProtocol::Ipv4 => {
            let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
            transport(ip.src_addr().into(), ip.dst_addr().into(), ip.next_header(), ip.payload())
        }
        EthernetProtocol::Ipv6 => {
            let ip = Ipv6Packet::new_checked(ethernet.payload()).ok()?;
            transport(ip.src_addr().into(), ip.dst_addr().into(), ip.next_header(), ip.payload())
        }
        _ => None,
    }
}

/// What one would write by hand for just this question.
fn fixed_offsets(frame: &[u8]) -> Option<Answer> {
    let word = |bytes: &[u8; 20], at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (source, destination, protocol, inside): (IpAddr, IpAddr, u8, &[u8]) = match frame.get(12..14)? {
        [0x08, 0x00] => {
            let ip = frame.get(14..)?.first_chunk::<20>()?;
            let header = usize::from(ip[0] & 15) * 4;
            let address = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
            let end = 14 + usize::from(word(ip, 2));
            (address(12).into(), address(16).into(), ip[9], frame.get(14 + header..end)?)
        }
        [0x86, 0xdd] => {
            let ip = frame.get(14..)?.first_chunk::<40>()?;
            let address =
                |at: usize| -> Option<Ipv6Addr> { Some((*ip.get(at..)?.first_chunk::<16>()?).into()) };
            let end = 54 + usize::from(u16::from_be_bytes([ip[4], ip[5]]));
            (address(8)?.into(), address(24)?.into(), ip[6], frame.get(54..end)?)
        }
        _ => return None,
    };
    let header = match protocol {
        6 => usize::from(*inside.get(12)? >> 4) * 4,
        17 => 8,
        _ => return None,
    };
    let [a, b, c, d] = *inside.first_chunk::<4>()?;
    let payload = inside.len().checked_sub(header)?;
    Some((source, destination, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]), payload))
}

/// The frames of which every peer says the same.
fn packets() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let all = common::ethernet_frames(&folder, 1000);
    assert!(!all.is_empty(), "no captures in {}", folder.display());
    let count = all.len();
    let same = |frame: &Vec<u8>| {
        let answer = fixed_offsets(frame);
        answer.is_some() && PEERS.iter().all(|(_, peer)| peer(frame) == answer)
    };
    let packets: Vec<_> = all.into_iter().filter(same).collect();
    for (name, peer) in PEERS {
        assert!(packets.iter().all(|packet| peer(packet) == fixed_offsets(packet)), "{name} disagrees");
    }
    let over = |version: u8| packets.iter().filter(|packet| packet[14] >> 4 == version).count();
    eprintln!(
        "{} of {count} frames answered alike by every peer: {} IPv4, {} IPv6",
        packets.len(),
        over(4),
        over(6)
    );
    packets
}

fn main() {
    let packets = packets();
    if let Some((name, words)) = common::count_mode() {
        let peer = PEERS.iter().find(|(peer, _)| *peer == name).map_or((|_| None) as Peer, |(_, peer)| *peer);
        let plain = |packet: &&Vec<u8>| packet[12..15] == [8, 0, 0x45] && packet[23] == 6;
        let packets: Vec<_> =
            packets.iter().filter(|packet| !words.contains(&"tcp".to_owned()) || plain(packet)).collect();
        common::counted(&mut || {
            for packet in &packets {
                black_box(peer(packet));
            }
        });
        return common::report(packets.len());
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(60);
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(packets.len() as u64));
    for (name, peer) in PEERS {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                for packet in &packets {
                    black_box(peer(packet));
                }
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
