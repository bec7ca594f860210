//! The Internet checksum over packets of usual lengths, beside other implementations and beside only reading the
//! bytes (the sum of their 64-bit words).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use etherparse::checksum::Sum16BitWords;

const LENGTHS: [usize; 7] = [20, 40, 64, 576, 1460, 9000, 65535];

type Peer = fn(&[u8]) -> u16;

const PEERS: &[(&str, Peer)] = &[
    ("layercake", layercake),
    ("smoltcp", smoltcp),
    ("etherparse", etherparse),
    ("pnet", pnet),
    ("read", read),
];

fn layercake(bytes: &[u8]) -> u16 {
    layercake::checksum::Sum::of(bytes).checksum()
}

fn smoltcp(bytes: &[u8]) -> u16 {
    !smoltcp::wire::checksum::data(bytes)
}

fn etherparse(bytes: &[u8]) -> u16 {
    Sum16BitWords::new().add_slice(bytes).ones_complement().to_be()
}

fn pnet(bytes: &[u8]) -> u16 {
    // The word to be left out is one that is not there.
    pnet_packet::util::checksum(bytes, bytes.len())
}

fn read(bytes: &[u8]) -> u16 {
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0u64, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte))) as u16
}

fn main() {
    let bytes: Vec<u8> = (0..65535u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for length in (0..200).chain(LENGTHS) {
        let right = layercake(&bytes[..length]);
        for (name, peer) in PEERS.iter().filter(|(name, _)| *name != "read" && (*name, length) != ("pnet", 0))
        {
            assert_eq!(peer(&bytes[..length]), right, "{name}, {length} bytes");
        }
    }
    if let Some((name, words)) = common::count_mode() {
        let peer = PEERS.iter().find(|(peer, _)| *peer == name).map_or((|_| 0) as Peer, |(_, peer)| *peer);
        let length: usize = words.first().map_or(1460, |word| word.parse().unwrap());
        common::counted(&mut || {
            for _ in 0..100 {
                black_box(peer(black_box(&bytes[..length])));
            }
        });
        return common::report(100);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(60);
    let mut group = criterion.benchmark_group("checksum");
    for length in LENGTHS {
        group.throughput(Throughput::Bytes(length as u64));
        for (name, peer) in PEERS {
            group.bench_with_input(BenchmarkId::new(*name, length), &bytes[..length], |bencher, bytes| {
                bencher.iter(|| peer(black_box(bytes)));
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
