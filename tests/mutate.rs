//! Mutations: the same for the same seed, always a change, and no more checksums wrong than was said.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use common::{Captured, fixtures};
use layercake::edit::{Mutation, Sums};
use layercake::packet::{Decoder, Frame, Packet};
use proptest::prelude::*;

type Owned = Packet<Vec<u8>>;

fn owned(captured: &Captured) -> Owned {
    let frame = captured.frame();
    Decoder::new().packet(frame.with(frame.bytes.to_vec()))
}

/// The codes of checksums that are wrong, and how often.
fn wrong(packet: &Owned) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for finding in packet.findings().filter(|finding| finding.code.ends_with("checksum.bad")) {
        *codes.entry(finding.code).or_default() += 1;
    }
    codes
}

/// What holds for a mutation of any packet; says what it was.
fn mutated(before: &Owned, seed: u64, context: &str) -> Option<Mutation> {
    let (mut after, mut again) = (before.clone(), before.clone());
    let mutation = after.mutate(seed);
    assert_eq!((again.mutate(seed), again.bytes()), (mutation, after.bytes()), "{context}");
    let Some(mutation) = mutation else {
        assert_eq!(after.bytes(), before.bytes(), "{context}");
        return None;
    };
    let Mutation::Field { start, bits, old, new, sums, .. } = mutation else {
        panic!("{context}: {mutation}")
    };
    assert_ne!(after.bytes(), before.bytes(), "{context}: {mutation}");
    assert_eq!(after.bytes().len(), before.bytes().len());
    // What it says is what it did.
    let read = |packet: &Owned| {
        let all = (start..start + bits).map(|bit| packet.bytes()[bit / 8] >> (7 - bit % 8) & 1);
        all.fold(0u128, |word, bit| word << 1 | u128::from(bit))
    };
    assert_eq!((read(before), read(&after)), (old, new), "{context}: {mutation}");
    assert_ne!(old, new, "{context}: {mutation}");
    match sums {
        Sums::Kept => {
            let (before, after) = (wrong(before), wrong(&after));
            let more =
                after.iter().find(|(code, count)| before.get(*code).is_none_or(|known| *count > known));
            assert_eq!(more, None, "{context}: {mutation}");
        }
        Sums::Left => {}
    }
    // Everything that can be said of it can be said.
    assert!(after.fields().count() > 0 && after.findings().count() < 10_000);
    assert!(!mutation.to_string().is_empty());
    Some(mutation)
}

#[test]
fn every_fixture() {
    let (mut fields, mut kept, mut left, mut errors) = (BTreeSet::new(), 0, 0, 0);
    for captured in fixtures() {
        let packet = owned(&captured);
        for seed in 0..12 {
            let context = format!("{} {} seed {seed}", captured.file, captured.number);
            if let Some(Mutation::Field { field, sums, .. }) = mutated(&packet, seed, &context) {
                fields.insert(field);
                *(if sums == Sums::Kept { &mut kept } else { &mut left }) += 1;
            }
            let mut free = packet.clone();
            let mutation = free.mutate_freely(seed);
            errors += usize::from(free.findings().count() > packet.findings().count());
            match mutation {
                Some(Mutation::Cut { from, to }) => {
                    assert_eq!((from, to), (packet.bytes().len(), free.bytes().len()));
                    assert!(to < from && packet.bytes().starts_with(free.bytes()));
                }
                Some(Mutation::Appended { bytes, value }) => {
                    let (front, behind) = free.bytes().split_at(packet.bytes().len());
                    assert_eq!(front, packet.bytes());
                    assert!(behind.len() == bytes && behind.iter().all(|byte| *byte == value));
                }
                _ => {}
            }
        }
    }
    println!("{} fields, {kept} kept, {left} left, {errors} findings", fields.len());
    assert!(fields.len() > 300 && kept > 5000 && left > 5000 && errors > 5000);
}

/// Fields that lead to others are taken most, and each in the end.
#[test]
fn every_field_in_the_end() {
    let ip = |packet: &Owned| packet.names().eq(["eth", "ip", "tcp"]);
    let packet = fixtures().iter().map(owned).find(ip).unwrap();
    let mut taken = BTreeMap::new();
    for seed in 0..3000 {
        let Some(Mutation::Field { field, .. }) = packet.clone().mutate(seed) else { panic!() };
        *taken.entry(field).or_insert(0) += 1;
    }
    let tiles: BTreeSet<_> =
        packet.fields().filter(|field| field.is_tile()).map(|field| field.info.name).collect();
    assert_eq!(taken.keys().copied().collect::<BTreeSet<_>>(), tiles);
    assert!(taken["ip.len"] > 2 * taken["ip.src"] && taken["tcp.hdr_len"] > 2 * taken["ip.dst"], "{taken:?}");
}

#[test]
fn nothing_to_change() {
    let mut packet = Decoder::new().packet(Frame::ethernet(Vec::new()));
    assert_eq!(packet.mutate(1), None);
    let mut freely = BTreeSet::new();
    for seed in 0..100 {
        freely.insert(packet.clone().mutate_freely(seed).is_some());
    }
    assert!(freely.contains(&true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// Whatever the bytes are; begun as a stack's packets begin, or not.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in 0usize..40, seed: u64) {
        static FIXTURES: OnceLock<Vec<Captured>> = OnceLock::new();
        let fixtures = FIXTURES.get_or_init(fixtures);
        let captured = &fixtures[seed as usize % fixtures.len()];
        let mut frame = captured.bytes[..captured.bytes.len().min(head)].to_vec();
        frame.extend(bytes);
        let packet = Decoder::new().packet(Frame::new(captured.link, frame));
        mutated(&packet, seed, "");
        let _ = packet.clone().mutate_freely(seed);
    }
}
