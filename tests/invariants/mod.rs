//! What holds for any bytes. Written once: tests ask it of fixtures, of cuts, flips and random bytes, and the fuzz
//! targets of `fuzz/` of whatever the fuzzer makes.
//!
//! Each part has a function `any` that takes a fuzzer's input and panics where something does not hold.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic
)]

pub mod capture;
pub mod decode;
pub mod drill;
pub mod edit;
pub mod expression;
pub mod filter;
pub mod json;
pub mod scenario;
pub mod services;
pub mod stack;
pub mod text;

use layercake::packet::{Decoder, Frame, Limits, LinkType};

/// What looks at one input.
pub type Target = fn(&[u8]);

/// The fuzz targets by name.
pub const TARGETS: [(&str, Target); 11] = [
    ("decode", decode::any),
    ("edit", edit::any),
    ("capture", capture::any),
    ("text", text::any),
    ("json", json::any),
    ("filter", filter::any),
    ("expression", expression::any),
    ("stack", stack::any),
    ("drill", drill::any),
    ("services", services::any),
    ("scenario", scenario::any),
];

/// Bytes in front of a frame in a fuzzer's input that say what the capture says of it.
pub const HEAD: usize = 5;

/// Reads the head of an input and gives what follows it: two bytes of link type; how much longer the frame is said
/// to be than it is, or shorter; the length of its check sequence from 1, or 0 if nothing is said; the most layers, or
/// 0 for as many as usual.
pub fn head(data: &[u8]) -> Option<(Decoder, Frame<&[u8]>)> {
    let ([high, low, claim, sequence, layers], bytes) = data.split_first_chunk::<HEAD>()?;
    let link = LinkType(u32::from(u16::from_be_bytes([*high, *low])));
    let length = match claim {
        0..127 => bytes.len() + usize::from(*claim),
        127 => usize::MAX,
        128.. => bytes.len().saturating_sub(256 - usize::from(*claim)),
    };
    let decoder = match layers {
        0 => Decoder::new(),
        layers => Decoder { limits: Limits { layers: *layers }, ..Decoder::new() },
    };
    Some((decoder, Frame { length, check_sequence: sequence.checked_sub(1), ..Frame::new(link, bytes) }))
}

/// The head of a frame of a capture, so that `head` gives the same again (a length only as far as it goes).
pub fn head_of(frame: &Frame<&[u8]>) -> [u8; HEAD] {
    let [high, low] = (frame.link.0 as u16).to_be_bytes();
    let claim = frame.length.saturating_sub(frame.bytes.len()).min(126) as u8;
    [high, low, claim, frame.check_sequence.map_or(0, |length| length + 1), 0]
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
