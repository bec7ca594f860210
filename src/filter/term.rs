//! A field, or what is computed from fields, for those who want its values: least, greatest, first.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::ControlFlow::Continue;

use crate::field::{Mac, Text};
use crate::filter::catalogue::{Sort, Subject};
use crate::filter::check::{Operand, left_side};
use crate::filter::literal::{self, Constant};
use crate::filter::parse::{self, Relation};
use crate::filter::run::{self, Datum};
use crate::filter::{BadFilter, Origin};
use crate::packet::Packet;

/// What has values in a packet.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    operand: Operand,
    sort: Sort,
}

/// One of its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Found {
    Number(i128),
    Address(u128),
    Bytes(Vec<u8>),
}

impl Found {
    /// The memory that it takes besides itself, in bytes.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Number(_) | Self::Address(_) => 0,
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// What it is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Wanted(Constant);

/// Bytes of a value that are shown.
const SHOWN: usize = 32;

impl Term {
    /// Reads a term: `tcp.len`, `len(udp.payload)`, `ip.len - ip.hdr_len`.
    pub(crate) fn parse(text: &str) -> Result<Self, BadFilter> {
        let (operand, sort) = left_side(&parse::term(text)?)?;
        Ok(Self { operand, sort })
    }

    /// Whether its values can be added up.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.sort, Sort::Number | Sort::Flag | Sort::Time)
    }

    /// Reads what its values are compared with; `greater` where it may be more than one of them can be, as a sum.
    pub(crate) fn wanted(&self, text: &str, greater: bool) -> Result<Wanted, String> {
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let subject = match &self.operand {
            Operand::Subject { subject, slices, .. } if slices.is_empty() && !greater => Some(subject),
            _ => None::<&Subject>,
        };
        let sort = if greater && self.sort == Sort::Flag { Sort::Number } else { self.sort };
        match (quoted, sort) {
            (Some(quoted), Sort::Bytes | Sort::Text) => {
                Ok(Wanted(Constant::Bytes(quoted.as_bytes().to_vec())))
            }
            (quoted, sort) => literal::word(quoted.unwrap_or(text), sort, subject).map(Wanted),
        }
    }

    /// Gives every value that it has in a packet.
    pub(crate) fn each<B: AsRef<[u8]>>(
        &self,
        packet: &Packet<B>,
        origin: &Origin,
        mut give: impl FnMut(Found),
    ) {
        let _ = run::each(&self.operand, run::View { packet, origin }, &mut |datum| {
            give(match datum {
                Datum::Number(number) => Found::Number(number),
                Datum::Address(bits) => Found::Address(bits),
                Datum::Bytes(bytes) => Found::Bytes(bytes.into_owned()),
            });
            Continue(())
        });
    }

    /// A value as people read it.
    pub(crate) fn show(&self, found: &Found) -> String {
        match (found, self.sort) {
            (Found::Number(number), Sort::Time) => {
                let (whole, rest) = (number / 1_000_000_000, (number % 1_000_000_000).unsigned_abs());
                let sign = if *number < 0 && whole == 0 { "-" } else { "" };
                format!("{sign}{whole}.{rest:09} s")
            }
            (Found::Number(number), _) => number.to_string(),
            (Found::Address(bits), Sort::Ipv4) => Ipv4Addr::from_bits(*bits as u32).to_string(),
            (Found::Address(bits), _) => Ipv6Addr::from_bits(*bits).to_string(),
            (Found::Bytes(bytes), sort) => {
                let shown = bytes.get(..SHOWN).unwrap_or(bytes);
                let dots = if shown.len() < bytes.len() { "..." } else { "" };
                match (sort, <[u8; 6]>::try_from(&bytes[..])) {
                    (Sort::Mac, Ok(address)) => Mac(address).to_string(),
                    (Sort::Text, _) => format!("\"{}\"{dots}", Text(shown)),
                    _ => format!("{}{dots}", hex::encode(shown)),
                }
            }
        }
    }
}

impl Wanted {
    /// Whether a value relates to it.
    pub(crate) fn holds(&self, found: &Found, relation: Relation) -> bool {
        let datum = match found {
            Found::Number(number) => Datum::Number(*number),
            Found::Address(bits) => Datum::Address(*bits),
            Found::Bytes(bytes) => Datum::Bytes(bytes.into()),
        };
        datum.relates(relation, &self.0)
    }
}
