#![doc = "layercake"]
#![cfg_attr(not(feature = "std"), no_std)]
#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod checksum;
pub mod field;
pub mod names;
pub mod packet;
pub mod wire;
