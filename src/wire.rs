//! One file per protocol: the header as it lies in memory.
//!
//! Each file reads in the same order: a diagram, the declaration, tables of options, what leads on, checks, the
//! builder, tests on real bytes. The files never import each other: each says which number comes next, and the
//! [registry](crate::packet::registry) knows where it leads.
//!
//! A view reads, sets and verifies one header without anything around it:
//!
//! ```
//! use layercake::wire::udp::Udp;
//!
//! let mut bytes = [0x14, 0xe9, 0x00, 0x35, 0x00, 0x0a, 0x00, 0x00, b'h', b'i'];
//! let mut udp = Udp::view(&mut bytes[..])?;
//! assert_eq!((udp.source_port(), udp.destination_port()), (5353, 53));
//! udp.set_destination_port(5353);
//! assert_eq!(udp.by_ref().payload(), b"hi");
//! # Ok::<(), layercake::field::Short>(())
//! ```
#![deny(clippy::arithmetic_side_effects)]

pub mod arp;
pub mod chdlc;
pub mod cooked;
pub mod data;
pub mod dhcp;
pub mod dhcpv6;
pub mod dns;
pub mod ethernet;
pub mod icmp_extension;
pub mod icmpv4;
pub mod icmpv6;
pub mod igmp;
pub mod ipv4;
pub mod ipv6;
pub mod ipv6_extension;
pub mod llc;
pub mod mobility;
pub mod nflog;
pub mod null;
pub mod ppp;
pub mod ppp_framing;
pub mod pppoe;
pub mod rip;
pub mod sctp;
pub mod snap;
pub mod tcp;
pub mod udp;
pub mod udp_lite;
pub mod vlan;
pub mod vxlan;
