//! Whole networks in virtual time, and the texts that say what they are like.
//!
//! - [`ip`]: commands as people know them from ip(8), and those that were there before.

pub mod ip;
