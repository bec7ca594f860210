//! What fuzzing found, and what it begins with, kept as tests: `tests/found/TARGET/NAME` is an input in hex on which an
//! invariant did not hold once. The name says what it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;
mod invariants;
#[path = "invariants/seeds.rs"]
mod seeds;

use invariants::TARGETS;

#[test]
fn what_was_found_stays_mended() {
    let folder = common::root().join("tests/found");
    let mut known = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let target = path.file_name().unwrap().to_str().unwrap();
        let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).expect("a folder for each target");
        for file in std::fs::read_dir(&path).unwrap() {
            let file = file.unwrap().path();
            let text = std::fs::read_to_string(&file).unwrap();
            let digits: String = text.split_whitespace().collect();
            let bytes = hex::decode(digits).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            println!("{}", file.display());
            run(&bytes);
            known += 1;
        }
    }
    assert!(known >= 4, "{known} cases");
}

#[test]
fn the_seeds_hold() {
    let seeds = seeds::seeds(&common::fixtures());
    for (target, run) in TARGETS {
        let mine: Vec<_> = seeds.iter().filter(|seed| seed.target == target).collect();
        assert!(mine.len() > 10, "{} seeds of {target}", mine.len());
        for seed in mine {
            println!("{target} {}", seed.name);
            run(&seed.bytes);
        }
    }
}
