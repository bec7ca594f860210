//! Capture files: records in.
//!
//! Files are read through one reused buffer, never mapped: a file that is cut while it is read is an error at
//! the place where it ends, and everything before it has been delivered.
//!
//! - [`pcap`]: the classic format, with microseconds and nanoseconds, in both byte orders.
#![deny(clippy::arithmetic_side_effects)]

pub mod pcap;

pub use pcap::{CaptureError, Reader, Record};
