#![doc = "layercake"]
#![cfg_attr(not(feature = "std"), no_std)]
#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(all(test, not(feature = "std")))]
extern crate std;

#[cfg(feature = "capture")]
pub mod capture;
pub mod checksum;
pub mod field;
pub mod names;
pub mod packet;
pub mod time;
pub mod wire;
