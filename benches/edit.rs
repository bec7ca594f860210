//! Rewriting source address and port of a TCP segment, as a translator does: the checksums of IP and TCP follow.
//!
//! What knows how to update them from the difference takes as long for a long segment as for a short one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};

/// What to write.
#[derive(Clone, Copy)]
struct New {
    source: [u8; 4],
    port: u16,
}

/// Rewrites an Ethernet frame with IPv4 and TCP.
type Peer = fn(&mut [u8], New);

const PEERS: &[(&str, Peer)] =
    &[("layercake", layercake), ("smoltcp", smoltcp), ("pnet", pnet), ("fixed_offsets", fixed_offsets)];

fn layercake(frame: &mut [u8], new: New) {
    use layercake::packet::{Decoder, Frame};
    use layercake::wire::{ipv4, tcp};

    let mut packet = Decoder::new().packet(Frame::ethernet(frame));
    packet.set(&ipv4::SOURCE, new.source.into()).unwrap();
    packet.set(&tcp::SOURCE_PORT, new.port).unwrap();
}

fn smoltcp(frame: &mut [u8], new: New) {
    use smoltcp::wire::{EthernetFrame, Ipv4Packet, TcpPacket};

    let mut frame = EthernetFrame::new_checked(frame).unwrap();
    let mut ip = Ipv4Packet::new_checked(frame.payload_mut()).unwrap();
    ip.set_src_addr(new.source.into());
    ip.fill_checksum();
    let (source, destination) = (ip.src_addr().into(), ip.dst_addr().into());
    let mut tcp = TcpPacket::new_checked(ip.payload_mut()).unwrap();
    tcp.set_src_port(new.port);
    tcp.fill_checksum(&source, &destination);
}

fn pnet(frame: &mut [u8], new: New) {
    use pnet_packet::ipv4::{self, MutableIpv4Packet};
    use pnet_packet::tcp::{self, MutableTcpPacket};
    use pnet_packet::{MutablePacket, Packet};

    let mut ethernet = pnet_packet::ethernet::MutableEthernetPacket::new(frame).unwrap();
    let mut ip = MutableIpv4Packet::new(ethernet.payload_mut()).unwrap();
    ip.set_source(new.source.into());
    ip.set_checksum(ipv4::checksum(&ip.to_immutable()));
    let (source, destination) = (ip.get_source(), ip.get_destination());
    let mut segment = MutableTcpPacket::new(ip.payload_mut()).unwrap();
    segment.set_source(new.port);
    let checksum = tcp::ipv4_checksum(&segment.to_immutable(), &source, &destination);
    segment.set_checksum(checksum);
    let _ = segment.packet();
}

/// The limit: nothing is looked for, the differences go into the checksums by hand.
fn fixed_offsets(frame: &mut [u8], new: New) {
    use layercake::checksum::update;

    let word = |frame: &[u8], at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    let (mut ip, mut tcp) = (word(frame, 24), word(frame, 50));
    for (at, half) in [(26, &new.source[..2]), (28, &new.source[2..])] {
        let value = u16::from_be_bytes([half[0], half[1]]);
        ip = update(ip, word(frame, at), value);
        tcp = update(tcp, word(frame, at), value);
    }
    tcp = update(tcp, word(frame, 34), new.port);
    frame[26..30].copy_from_slice(&new.source);
    frame[34..36].copy_from_slice(&new.port.to_be_bytes());
    frame[24..26].copy_from_slice(&ip.to_be_bytes());
    frame[50..52].copy_from_slice(&tcp.to_be_bytes());
}

fn frame(payload: usize) -> Vec<u8> {
    use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, tcp::Tcp};

    let payload: Vec<u8> = (0..payload).map(|n| n as u8).collect();
    let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    (Ethernet::new(Default::default(), Default::default()) / ip / Tcp::new(4000, 80) / payload)
        .to_vec()
        .unwrap()
}

fn main() {
    let new = New { source: [198, 51, 100, 7], port: 40_000 };
    let mut right = frame(100);
    layercake(&mut right, new);
    for (name, peer) in PEERS {
        let mut bytes = frame(100);
        peer(&mut bytes, new);
        assert_eq!(bytes, right, "{name}");
    }
    let other = New { source: [203, 0, 113, 9], port: 50_000 };
    if let Some((name, words)) = common::count_mode() {
        let peer =
            PEERS.iter().find(|(peer, _)| *peer == name).map_or((|_, _| ()) as Peer, |(_, peer)| *peer);
        let mut bytes = frame(words.first().map_or(64, |word| word.parse().unwrap()));
        common::counted(&mut || {
            for round in 0..100 {
                peer(black_box(&mut bytes), black_box(if round % 2 == 0 { new } else { other }));
            }
        });
        return common::report(100);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(60);
    let mut group = criterion.benchmark_group("edit");
    for payload in [64, 1460, 8960] {
        for (name, peer) in PEERS {
            let mut bytes = frame(payload);
            let mut round = 0u32;
            group.bench_function(BenchmarkId::new(*name, payload), |bencher| {
                bencher.iter(|| {
                    round = round.wrapping_add(1);
                    peer(black_box(&mut bytes), black_box(if round.is_multiple_of(2) { new } else { other }));
                });
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
