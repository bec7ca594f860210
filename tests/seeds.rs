//! Writes what the fuzzer begins with: `cargo test --test seeds -- fuzz/corpus [captures...]`. The frames of the fixtures,
//! and those of every pcap file below the folders that are named.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;
mod invariants;
#[path = "invariants/seeds.rs"]
mod seeds;

use std::path::{Path, PathBuf};

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().expect("the folder to write to");
    let mut frames = common::fixtures();
    for folder in arguments {
        below(&folder, &mut frames);
    }
    let seeds = seeds::seeds(&frames);
    for (target, _) in invariants::TARGETS {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        let mine = seeds.iter().filter(|seed| seed.target == target);
        let count = mine.map(|seed| std::fs::write(folder.join(&seed.name), &seed.bytes).unwrap()).count();
        assert!(count >= 4, "{count} seeds of {target}");
        println!("{count} seeds of {target}");
    }
}

fn below(folder: &Path, frames: &mut Vec<common::Captured>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, frames);
        } else if path.extension().is_some_and(|extension| extension == "pcap" || extension == "cap") {
            frames.extend(common::frames(&path));
        }
    }
}
