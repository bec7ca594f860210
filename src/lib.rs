//! # layercake
//!
//! Takes network packets apart and puts them together: every layer, every field with its place in bits, every
//! checksum with a verdict, and everything that is wrong, said as a finding and never as a failure to decode.
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
//!
//! // Put one together. It reads like the cake it makes.
//! let cake = Ethernet::new("02:00:00:00:00:0a".parse()?, "02:00:00:00:00:0b".parse()?)
//!     / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).ttl(3)
//!     / Udp::new(5000, 7)
//!     / b"payload";
//! let mut buffer = [0; 64];
//! let bytes = cake.write(&mut buffer)?;
//!
//! // Take it apart. This never fails, whatever the bytes are.
//! let mut packet = Decoder::new().packet(Frame::ethernet(bytes));
//! let udp = packet.get::<Udp>().unwrap();
//! assert_eq!((udp.source_port(), udp.destination_port()), (5000, 7));
//! assert_eq!(packet.payload(), b"payload");
//!
//! // Every field has a name and a place.
//! let ttl = packet.fields().find(|field| field.info.name == "ip.ttl").unwrap();
//! assert_eq!((ttl.offset(), ttl.length()), (22, 1));
//!
//! // Break it, and see what is wrong, where, and what would be right.
//! packet.get_mut::<Ipv4>().unwrap().set_ttl(4);
//! let finding = packet.findings().next().unwrap();
//! assert_eq!(finding.code, "ip.checksum.bad");
//! assert_eq!(finding.to_string(), "the checksum is wrong: 0x33c7, should be 0x32c7");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! ## The house
//!
//! Each room uses what stands below it, never what stands above.
//!
//! - [`assertion`]: what has to hold of a capture (feature `assertion`).
//! - [`diff`]: what differs between two packets (feature `diff`).
//! - [`explain`]: what a header, a field, a number or an address is, and what is in a subnet (feature `explain`).
//! - [`render`]: breakdowns as lines, trees and JSON (feature `render`).
//! - [`text`]: text to packets (feature `text`).
//! - [`filter`]: which packets are wanted (feature `filter`).
//! - [`capture`]: capture files (feature `capture`).
//! - [`sim`]: networks of hosts, routers and switches in virtual time (features `link` and `stack`); scenarios, reports and verdicts (feature `sim`).
//! - [`drill`]: scripts that say what goes into a host and what has to come out, in virtual time (feature `drill`).
//! - [`link`]: what a wire does: rate, delay, loss, reordering, queues, in virtual time (feature `link`).
//! - [`stack`]: one host, from the wire to TCP (feature `stack`).
//! - [`edit`]: set fields, add and remove layers; what depends on them follows.
//! - [`packet`]: many layers: decode, build, fields, findings.
//! - [`wire`]: one file per protocol: the header as it lies in memory.
//! - [`names`]: numbers that have names.
//! - [`field`]: what a field is, and how a header is made out of a table of them.
//! - `mistake`: what is wrong with a filter or an expression that a person wrote.
//! - [`checksum`], [`random`], [`time`]: the ground.
//!
//! The core, [`edit`] and from `packet` down, is `no_std`, has no dependencies and needs no allocator:
//! `default-features = false`.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(test, not(feature = "std")))]
extern crate std;

#[cfg(feature = "assertion")]
pub mod assertion;
#[cfg(feature = "capture")]
pub mod capture;
pub mod checksum;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "diff")]
pub mod diff;
#[cfg(feature = "drill")]
pub mod drill;
pub mod edit;
#[cfg(feature = "explain")]
pub mod explain;
pub mod field;
#[cfg(feature = "filter")]
pub mod filter;
#[cfg(feature = "link")]
pub mod link;
#[cfg(any(feature = "filter", feature = "expression", feature = "drill", feature = "services"))]
pub mod mistake;
pub mod names;
#[cfg(any(feature = "filter", feature = "expression", feature = "diff", feature = "services"))]
mod near;
pub mod packet;
pub mod random;
#[cfg(feature = "render")]
pub mod render;
#[cfg(all(feature = "link", feature = "stack"))]
pub mod sim;
#[cfg(feature = "stack")]
pub mod stack;
#[cfg(feature = "tap")]
pub mod tap;
#[cfg(feature = "text")]
pub mod text;
pub mod time;
pub mod wire;

/// The library example of the README, which has to run.
#[cfg(all(
    doctest,
    feature = "diff",
    feature = "expression",
    feature = "capture",
    feature = "link",
    feature = "stack"
))]
#[doc = include_str!("../README.md")]
struct Readme;
