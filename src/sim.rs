//! Whole networks in virtual time, and the texts that say what they are like.
//!
//! - [`ip`]: commands as people know them from ip(8), and those that were there before.
//! - [`preset`]: scenarios that are there already, to begin with.
//! - [`import`]: labs of Kathara and containerlab as scenarios.

pub mod import;
pub mod ip;
pub mod preset;
