//! The same hosts in real time, on TAP devices of Linux: frames that the kernel sends come to a [`Node`](crate::stack::Node), what the node sends goes to the kernel.
//!
//! ```text
//!     node: a host with services, a bridge            sans-IO, the same as in virtual time
//!  ───────────────────────────────────────
//!     drive: clock, waiting, signals                   the only place that waits
//!  ───────────────────────────────────────
//!     Device                                           a TAP device: /dev/net/tun
//! ```
//!
//! - [`Device`]: a TAP device that is there, or a new one.
//! - [`drive`]: one loop for any node, until it is to stop.
//! - [`Outside`]: what came from outside besides frames, and recordings of all of it: capture files that any tool reads.
//! - [`replay`]: what went into a node gives what came out of it again, byte by byte, without a device.
//!
//! Opening a device needs root, `CAP_NET_ADMIN`, or a device that was made for the user.

mod clock;
#[cfg(target_os = "linux")]
mod device;
#[cfg(target_os = "linux")]
mod driver;
mod outside;
mod recording;

pub use clock::Clock;
#[cfg(target_os = "linux")]
pub use device::{Device, OpenError};
#[cfg(target_os = "linux")]
pub use driver::{Ended, Port, Stop, drive};
pub use outside::{Go, Outside};
pub use recording::{Player, ReplayError, Replayed, SCHEMA, replay};
