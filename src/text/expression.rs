//! Packets as expressions: `eth/ip(src=10.0.0.1, ttl=1)/udp(dstport=53)/dns(qry.name="python.org")`.
//!
//! Headers stand from the outside in, with `/` between them, as in the cake that `/` makes in Rust. A header is the prefix of its
//! fields, and in brackets the fields that are given, without that prefix: one vocabulary for expressions, filters and JSON. What is not given,
//! lengths, next protocols, checksums, counts, is filled in; whatever is given stays, were it ever so wrong.
//!
//! | | |
//! |---|---|
//! | `ip(ttl=1, dst=192.0.2.1, proto=udp)` | fields: numbers in decimal, `0x` or `0b`; addresses; names of values; a flag is 1 or 0 |
//! | `tcp(flags=SA)` | the letters of TCP's flags |
//! | `tcp(options=[mss(1460), nop, wscale(7), 30(0x0011)])` | options by name or number; their length is filled in |
//! | `dns(qry.name="a.example", qry.type=AAAA)` | a question, and so on with a second; also `qry("a.example", AAAA)` |
//! | `dns(answer(name="a.example", a=192.0.2.1))` | records: `answer`, `authority`, `additional`, `opt` |
//! | `"text\r\n"`, `0x0011` | payload, or bytes within a header behind its fields |
//! | `udp(raw=0x0035)` | a header that is just these bytes |
//! | `padding(18)`, `trailer(0x0011)` | what stands behind the packet in its frame |
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::text::expression::{self, Expression};
//!
//! let text = r#"ip(ttl=1, src=192.0.2.1, dst=192.0.2.2)/udp(srcport=4000, dstport=9)/"hello""#;
//! let bytes = Expression::parse(text)?.to_vec()?;
//! assert_eq!(bytes[..4], [0x45, 0, 0, 33]);
//!
//! // And back: what is automatic is not said.
//! let packet = Decoder::new().packet(Frame::raw(&bytes));
//! assert_eq!(expression::of(&packet), text);
//!
//! let error = Expression::parse("ip(tll=1)").unwrap_err();
//! assert_eq!(error.to_string(), "ip has no field 'tll'; did you mean ttl?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::arithmetic_side_effects)]

mod bits;
mod compile;
mod items;
mod parse;
mod pattern;
mod show;
mod value;
mod words;

pub use crate::mistake::Mistake as BadExpression;
#[doc(hidden)]
pub use pattern::assert_matches;
pub use pattern::{Mismatch, Pattern};
pub use show::of;

use crate::checksum::Pseudo;
use crate::field::BuildError;
use crate::packet::pile::{Pile, Slice};
use crate::packet::{Lead, LinkType, Part, registry};

/// A packet that was written as an expression. It can go inside another one with `/`.
#[derive(Clone, Debug)]
pub struct Expression {
    pile: Pile,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`BadExpression`] says what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, BadExpression> {
        compile::pile(&parse::parse(text)?).map(|pile| Self { pile })
    }

    /// The packet's bytes.
    ///
    /// # Errors
    /// [`BuildError::TooLong`] where a length does not fit its field, [`BuildError::NoNumber`] where a header has no number
    /// that leads to what follows; both until the field is given.
    pub fn to_vec(&self) -> Result<Vec<u8>, BuildError> {
        self.pile.to_vec()
    }

    /// The link type of a capture that such packets can stand in; `None` where the first header has none.
    pub fn link(&self) -> Option<LinkType> {
        match self.pile.slices().first()? {
            Slice::Header(draft) => registry::link_type(draft.kind()),
            _ => None,
        }
    }

    /// Its headers and payload.
    pub fn pile(&self) -> &Pile {
        &self.pile
    }
}

impl core::str::FromStr for Expression {
    type Err = BadExpression;

    fn from_str(text: &str) -> Result<Self, BadExpression> {
        Self::parse(text)
    }
}

impl Part for Expression {
    fn lead(&self) -> Lead {
        self.pile.lead()
    }

    fn size(&self) -> usize {
        Part::size(&self.pile)
    }

    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        self.pile.put(place, pseudo)
    }
}
