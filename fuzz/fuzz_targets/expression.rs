//! An expression, as it is typed, or a packet that is to become one. What has to hold stands in `tests/invariants`.
#![no_main]

#[path = "../../tests/invariants/mod.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|data: &[u8]| invariants::expression::any(data));
