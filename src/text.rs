//! Text to packets.
//!
//! - [`hex`](mod@hex): plain hex, with or without separators and `0x`.

pub mod hex;
