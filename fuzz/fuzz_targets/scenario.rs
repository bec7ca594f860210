//! A scenario, or a lab of others, as it stands in a file. What has to hold stands in `tests/invariants`.
#![no_main]

#[path = "../../tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::scenario::any(data));
