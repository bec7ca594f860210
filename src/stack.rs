//! One host: interfaces, neighbours, IP, ICMP, UDP and TCP, without sockets of an operating system, clocks or threads.
//!
//! Whoever drives it brings frames and the time, and takes frames and events away, so the same stack runs in a simulator and on a
//! real network:
//!
//! ```text
//!      application                    socket calls, events
//!   ┌───────────────┐
//!   │    socket     │   bind, listen, connect, accept, send, recv, shutdown, close
//!   ├───────┬───────┤
//!   │  udp  │  tcp  │   ports; connections
//!   ├───────┴───────┤
//!   │    network    │   addresses, routes, fragments, path MTU, ICMP, forwarding
//!   ├───────────────┤
//!   │   neighbour   │   ARP and neighbour discovery: who has this address
//!   ├───────────────┤
//!   │   interface   │   Ethernet, loopback
//!   └───────────────┘
//!      driver           on_frame, on_deadline, next_deadline, poll_transmit, poll_event
//! ```
//!
//! Each floor uses what stands below it. What it cannot take or pass on it drops, and counts with the reason ([`DropReason`]).
//! Everything that can grow has a bound in [`Config`].

pub mod config;
pub mod drops;
pub mod errno;
pub mod interface;
#[allow(dead_code, reason = "until the floors above it stand")]
mod neighbour;
#[allow(dead_code, reason = "until the floors above it stand")]
pub mod network;
#[allow(dead_code, reason = "until the floors above it stand")]
mod outbox;
pub mod reason;

pub use config::Config;
pub use drops::{DropReason, Drops};
pub use errno::Errno;
pub use interface::{Address, AddressState, Interface, InterfaceId, Medium};
pub(crate) use outbox::Outbox;
pub use outbox::Transmit;
pub use reason::Reason;
