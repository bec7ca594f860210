//! The pcapng format ([draft-ietf-opsawg-pcapng](https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/)).
//!
//! A file is a row of sections, a section a row of blocks, each with its type and its length at both ends. Each section has
//! its own byte order and its own interfaces. Packets stand in enhanced, simple and (in old files) packet blocks.
//! Everything else, names of addresses, counts, secrets, journals, custom and unknown blocks, is read over by
//! [`Reader::next`](super::Reader::next) and handed out as it stands by [`Reader::next_item`](super::Reader::next_item).
//!
//! - [`options`]: what a block says besides what every block of its kind says.
//! - [`interface`]: where packets were captured, and what their times count.

pub(super) mod block;
pub mod interface;
pub mod options;

pub use block::{LONGEST_BLOCK, SectionHeader};
pub use interface::{Interface, Resolution};
pub use options::{Comments, Opt, Options};
