//! Changing a packet in place: the bytes change, and what depends on them follows.
//!
//! The bytes are the truth, so an edit is a change to them, and nothing that is not understood gets lost.
//!
//! - [`Packet::set`](crate::packet::Packet::set): sets a field. The checksums that cover it are updated from the difference (RFC 1624), however
//!   long the packet is. What was right stays right, what was wrong stays wrong, and what was left for the network
//!   card stays so.
//! - [`Packet::insert`](crate::packet::Packet::insert) and [`Packet::remove`](crate::packet::Packet::remove): one layer more, or less. The numbers that
//!   announce layers follow, and so do the lengths and checksums around them that were right.
//! - [`Packet::fix_lengths`](crate::packet::Packet::fix_lengths), [`Packet::fix_checksums`](crate::packet::Packet::fix_checksums): makes right what
//!   was wrong.
//! - [`Packet::truncate`](crate::packet::Packet::truncate): as if less had been captured.
//! - `anonymize`: other addresses, with prefixes kept (feature `anonymize`).
//! - [`mutate`]: packets that are a little wrong, by a seed.
//!
//! The setters of a view (`packet.get_mut::<Ipv4>()`) change their bits and nothing else.
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::{ethernet::Ethernet, ipv4, ipv4::Ipv4, udp, udp::Udp, vlan::Vlan};
//!
//! let frame = Ethernet::new(Default::default(), Default::default())
//!     / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
//!     / Udp::new(5000, 7)
//!     / b"payload";
//! let mut packet = Decoder::new().packet(Frame::ethernet(frame.to_vec()?));
//!
//! // The checksums of IPv4 and of UDP, whose pseudo-header has the address, follow.
//! packet.set(&ipv4::SOURCE, [198, 51, 100, 7].into())?;
//! packet.set(&udp::DESTINATION_PORT, 9)?;
//! assert_eq!(packet.findings().count(), 0);
//!
//! // A tag in front of the IP header: the type in front of it follows.
//! packet.insert(1, &Vlan::new(7))?;
//! assert_eq!(packet.get::<Ethernet>().unwrap().ether_type().0, 0x8100);
//! assert_eq!(packet.get::<Vlan>().unwrap().ether_type().0, 0x0800);
//!
//! // More payload: the lengths follow.
//! packet.set_payload(b"a longer payload")?;
//! assert_eq!(packet.get::<Udp>().unwrap().length(), 24);
//! assert_eq!(packet.findings().count(), 0);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![deny(clippy::arithmetic_side_effects)]

#[cfg(feature = "anonymize")]
pub mod anonymize;
mod fix;
#[cfg(feature = "alloc")]
mod layers;
pub mod mutate;
mod seal;
mod set;

#[cfg(feature = "anonymize")]
pub use anonymize::Anonymizer;
pub use mutate::{Mutation, Sums};
pub use set::Place;

use crate::field::BuildError;

/// Why a packet could not be changed. It is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The packet has no field of this name, or not so many of them.
    NoField {
        /// The field's name.
        field: &'static str,
    },
    /// The packet has no layer of this number.
    NoLayer {
        /// The number, from 0.
        layer: usize,
        /// Layers that there are.
        layers: usize,
    },
    /// The value does not fit the field: it is too wide, of another type, or no multiple of the field's unit.
    Value {
        /// The field's name.
        field: &'static str,
        /// The field's width in bits.
        bits: usize,
    },
    /// No link type says that a packet begins with this header.
    NoLink {
        /// The header's protocol.
        protocol: &'static str,
    },
    /// The packet would be wrong then.
    Breaks {
        /// The code of what would be wrong.
        finding: &'static str,
    },
    /// What follows would not be found again.
    Unreadable,
    /// The innermost header carries no payload, or a length that is wrong hides it.
    NoPayload,
    /// What should be inserted, or a length that has to change, does not fit.
    Build(BuildError),
}

impl core::fmt::Display for EditError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoField { field } => {
                write!(f, "the packet has no (such) field {field}; fields() lists what it has")
            }
            Self::NoLayer { layer, layers } => {
                write!(f, "there is no layer {layer}; the packet has {layers}, counted from 0")
            }
            Self::Value { field, bits } => {
                write!(
                    f,
                    "the value does not fit {field}, which has {bits} bits; give one of its type, unit and width"
                )
            }
            Self::NoLink { protocol } => write!(f, "no link type says that a packet begins with {protocol}"),
            Self::Breaks { finding } => {
                write!(f, "the packet would be wrong then ({finding}); change its bytes by hand if that is what you want")
            }
            Self::Unreadable => f.write_str(
                "the layers would not be read so: nothing leads from one to the next; give the number or port that does",
            ),
            Self::NoPayload => {
                f.write_str("the innermost header has no place for a payload, or its length hides it; fix_lengths() makes lengths right")
            }
            Self::Build(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for EditError {}

impl From<BuildError> for EditError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}
