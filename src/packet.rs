//! Many layers: taking a packet apart and putting one together.
//!
//! - [`registry`]: which number leads to which header. One line a protocol.
//! - [`decode`]: [`Decoder`] peels header after header and writes down where each lies ([`Record`]).
//! - [`layers`]: [`Packet`], the bytes with their record, and its layers.
//! - `rest`: the layers that are no headers: payload, padding, trailers, check sequence.
//! - [`fields`]: every field of every layer with its place.
//! - [`verify`]: findings and checksums.
//! - [`nest`]: `/`, which puts one thing inside another; `pile` does the same with a list, when the program runs (feature `alloc`).
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
//!
//! let (a, b) = ("02:00:00:00:00:0a".parse()?, "02:00:00:00:00:0b".parse()?);
//! let (src, dst) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
//!
//! let mut buffer = [0; 64];
//! let cake = Ethernet::new(a, b) / Ipv4::new(src, dst).ttl(3) / Udp::new(5000, 7) / b"payload";
//! let bytes = cake.write(&mut buffer)?;
//!
//! let packet = Decoder::new().packet(Frame::ethernet(bytes));
//! assert_eq!(packet.get::<Ipv4>().unwrap().ttl(), 3);
//! assert_eq!(packet.get::<Udp>().unwrap().length(), 15);
//! assert_eq!(packet.payload(), b"payload");
//! assert_eq!(packet.findings().count(), 0);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![deny(clippy::arithmetic_side_effects)]

pub mod decode;
pub mod fields;
pub mod layers;
pub mod nest;
#[cfg(feature = "alloc")]
pub mod pile;
pub mod registry;
mod rest;
pub mod verify;

pub use decode::{Decoder, Frame, Limits, LinkType, Record, Rule, When};
pub use fields::{FieldRef, Fields};
pub use layers::{Flow, Layer, Layers, Packet};
pub use nest::{Cake, Lead, Part};
pub use verify::Findings;
