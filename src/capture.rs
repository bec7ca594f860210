//! Capture files: packets in, packets out.
//!
//! ```
//! use layercake::capture::{Reader, Writer};
//!
//! // pcap or pcapng, plain or compressed: what it is, the file says.
//! let mut reader = Reader::new(&include_bytes!("../fixtures/formats/comments.pcapng")[..])?;
//! let mut copy = Writer::new(Vec::new());
//! while let Some(item) = reader.next_item()? {
//!     copy.item(&item)?;
//! }
//! assert_eq!(copy.finish()?, include_bytes!("../fixtures/formats/comments.pcapng"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Reader`]: any of the formats, record by record ([`Record`]) or with all that stands between ([`Item`]).
//! - [`Writer`]: pcap and pcapng.
//! - [`pcap`]: the classic format, with microseconds and nanoseconds, in both byte orders, and variants of it.
//! - [`pcapng`]: sections, interfaces, options, blocks.
//! - [`Compression`]: gzip, zstd, lz4 (feature `compression`).
//! - [`CaptureError`]: what is wrong with a file, and where.
//!
//! Files are read through one reused buffer, never mapped: a file that is cut while it is read is an error at
//! the place where it ends, and everything before it has been delivered. The buffer grows to the longest record
//! ([`pcap::LONGEST_FRAME`]) or block ([`pcapng::LONGEST_BLOCK`]) that is there, and no further.
#![deny(clippy::arithmetic_side_effects)]

mod buffer;
mod compress;
mod error;
mod order;
pub mod pcap;
pub mod pcapng;
mod reader;
mod record;
mod writer;

pub use compress::Compression;
pub use error::{CaptureError, Place, Reason, Unit};
pub use order::Order;
pub use pcapng::Interface;
pub use reader::{Format, Reader, is_capture};
pub use record::{Block, Item, Record, Start};
pub use writer::{Notes, WriteError, Writer};
