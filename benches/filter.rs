//! Packets a second that a filter is asked about, in memory: the captures of `../shared`, at most 100 Ethernet frames a
//! file, taken apart before (`asked`) and together with that (`decoded_and_asked`).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput};
use layercake::filter::Filter;
use layercake::packet::{Decoder, Frame};

/// From what the record of the layers answers to what goes through every byte.
const FILTERS: &[(&str, &str)] = &[
    ("layer", "tcp"),
    ("port", "tcp.port == 443"),
    ("port_and_net", "tcp.port == 443 && ip.addr == 10.0.0.0/8"),
    ("port_or_net", "tcp.port == 443 || ip.addr == 10.0.0.0/8"),
    ("set_and_flag", "tcp.port in {80, 443, 8000..8080} && tcp.flags.syn == 1"),
    ("option", "tcp.options.mss_val < 1460"),
    ("contains", "tcp.payload contains \"HTTP\""),
    ("matches", "tcp.payload matches r\"host: \\w+\""),
];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let frames = common::ethernet_frames(&folder, 100);
    assert!(!frames.is_empty(), "the captures are not there: {}", folder.display());
    let decoder = Decoder::new();
    let packets: Vec<_> = frames.iter().map(|bytes| decoder.packet(Frame::ethernet(&bytes[..]))).collect();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("filter");
    group.throughput(Throughput::Elements(packets.len() as u64));
    for (name, text) in FILTERS {
        let filter = Filter::parse(text).unwrap();
        let chosen = packets.iter().filter(|packet| filter.matches(packet)).count();
        println!("{text}: {chosen} of {}", packets.len());
        group.bench_function(format!("asked/{name}"), |bencher| {
            bencher.iter(|| packets.iter().filter(|packet| filter.matches(black_box(packet))).count());
        });
    }
    let filter = Filter::parse("tcp.port == 443 && ip.addr == 10.0.0.0/8").unwrap();
    group.bench_function("decoded_and_asked/port_and_net", |bencher| {
        let asked =
            |bytes: &&Vec<u8>| filter.matches(&decoder.packet(Frame::ethernet(black_box(&bytes[..]))));
        bencher.iter(|| frames.iter().filter(asked).count());
    });
    group.finish();
    criterion.final_summary();
}
