//! What one protocol says of itself.

use crate::checksum::Sum;
use crate::field::{Check, FieldInfo, Reason, Scope, Value, Verdict};

/// The number of a protocol in the registry: below 128 built in, from 128 a user's own.
///
/// Bits 5 and 6 of a built-in kind say its class, so that the decoder can tell a network header from a
/// transport header without a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Kind(pub u8);

impl Kind {
    /// No header: what follows is payload.
    pub const NONE: Self = Self(0);
    /// The `n`th kind of a user, `n` less than 128.
    pub const fn user(n: u8) -> Self {
        Self(0x80 | n)
    }
}

/// One protocol: its table, and the functions that say what a table cannot.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// The prefix of its fields' names: `udp`.
    pub prefix: &'static str,
    /// Its full name.
    pub name: &'static str,
    /// Where it is specified.
    pub spec: &'static str,
    /// The table of its fixed part.
    pub fields: &'static [FieldInfo],
    /// The tables of sections that can stand in a header once, besides the fixed part's; for documentation and
    /// look-up by name.
    pub tables: &'static [&'static [FieldInfo]],
    /// The tables of sections that can stand in a header several times: those of lists.
    pub lists: &'static [&'static [FieldInfo]],
    /// Length of the fixed part in bytes.
    pub length: usize,
    /// How long the header is and what follows; `None` if the header is cut short.
    pub peel: fn(&[u8]) -> Option<Peel<'_, Next>>,
    /// How long the header says it is, from as many bytes of it as there are.
    pub needed: fn(&[u8]) -> usize,
    /// The sections after the fixed part, one at a time.
    pub sections: fn(&[u8], &mut Cursor) -> Option<Section>,
    /// The length that the header claims for itself and what it carries.
    pub claim: Option<Claim>,
    /// What this header decides for the layers inside it: it gets its own scope and changes what they will see.
    pub surround: fn(&mut Scope<'_>),
    /// What can be wrong with it.
    pub checks: &'static [Check],
    /// Its checksum.
    pub checksum: Option<Checksum>,
    /// Values computed from elsewhere.
    pub generated: &'static [Generated],
    /// The tile of what it carries when nobody knows what that is.
    pub payload: &'static FieldInfo,
}

/// What a length field claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// So many bytes, header included.
    Bytes(usize),
    /// Nothing: an IPv4 total length of zero.
    Nothing,
    /// Less than the header itself, which cannot be.
    Wrong,
}

impl Claimed {
    /// The claim of a field that counts the header too, which has at least `least` bytes.
    pub const fn at_least(claimed: usize, least: usize) -> Self {
        if claimed < least { Self::Wrong } else { Self::Bytes(claimed) }
    }
}

impl Protocol {
    /// Every table that a section of it can have, that of the fixed part first.
    pub fn all_tables(&self) -> impl Iterator<Item = &'static [FieldInfo]> + use<> {
        core::iter::once(self.fields).chain(self.tables.iter().copied()).chain(self.lists.iter().copied())
    }

    /// Whether a field of this name can stand in one header more than once.
    pub fn repeats(&self, name: &str) -> bool {
        let times = |table: &[FieldInfo]| table.iter().filter(|field| field.name == name).count();
        self.lists.iter().any(|table| times(table) > 0) || self.all_tables().any(|table| times(table) > 1)
    }
}

/// The length that a header claims for itself and what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The field that says so; findings name it when it limits what is inside.
    pub field: &'static FieldInfo,
    /// What the field claims.
    pub bytes: fn(&[u8]) -> Claimed,
    /// The code of the finding when that reaches beyond what encloses the layer.
    pub beyond: &'static str,
}

/// A header taken off: what it carries, and what leads on. `N` is the kind of number that says so.
#[derive(Clone, Copy, Debug)]
pub struct Peel<'a, N> {
    /// Length of the header in bytes.
    pub header: usize,
    /// What it carries, up to the end that it claims, if that lies within the bytes given.
    pub content: &'a [u8],
    /// What says which header comes next; `None` where nothing follows but payload.
    pub next: Option<N>,
}

impl<'a, N> Peel<'a, N> {
    /// The same with the number that leads on turned into another.
    #[inline(always)]
    pub fn map<M>(self, lead: impl FnOnce(N) -> M) -> Peel<'a, M> {
        Peel { header: self.header, content: self.content, next: self.next.map(lead) }
    }
}

/// What can lead to the next header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An EtherType.
    EtherType(u16),
    /// An IP protocol number.
    IpProtocol(u8),
    /// UDP ports, source and destination.
    Udp(u16, u16),
    /// TCP ports, source and destination.
    Tcp(u16, u16),
    /// A certain kind of header.
    Kind(Kind),
}

/// A stretch of a header that is described by one table.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The table; its bit positions count from `start`.
    pub fields: &'static [FieldInfo],
    /// First byte in the header.
    pub start: usize,
    /// Length in bytes.
    pub length: usize,
}

/// Where the walk over a header's sections stands. A protocol's `sections` function moves it; `phase`, `item`
/// and `until` are for its own use.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    /// The next byte of the header.
    pub at: usize,
    /// What comes next, within one item of a list.
    pub phase: u8,
    /// The end of the item that the walk is in.
    pub until: usize,
    /// Where the item that the walk is in began.
    pub item: usize,
}

impl Cursor {
    /// A walk that begins behind the fixed part.
    pub const fn new(at: usize) -> Self {
        Self { at, phase: 0, until: 0, item: 0 }
    }

    /// Gives the next `length` bytes as a section, and moves on.
    pub fn take(&mut self, fields: &'static [FieldInfo], length: usize) -> Option<Section> {
        let start = self.at;
        self.at = start.checked_add(length)?;
        Some(Section { fields, start, length })
    }

    /// Gives a section over the next `length` bytes without moving on: a group around what comes next.
    pub fn hold(&self, fields: &'static [FieldInfo], length: usize) -> Option<Section> {
        Some(Section { fields, start: self.at, length })
    }

    /// Gives a section whose table counts from the header's start, up to byte `end`: what the fixed part goes
    /// on with once it has said of which type the header is.
    pub fn go_on(&mut self, fields: &'static [FieldInfo], end: usize) -> Option<Section> {
        self.at = end;
        Some(Section { fields, start: 0, length: end })
    }
}

/// Decides nothing for the layers inside.
#[inline]
pub fn no_surround(_: &mut Scope<'_>) {}

/// No sections behind the fixed part.
pub fn no_sections(_: &[u8], _: &mut Cursor) -> Option<Section> {
    None
}

/// The checksum of a protocol: where it stands and what it covers. Verifying and building both read this.
#[derive(Clone, Copy, Debug)]
pub struct Checksum {
    /// The field that holds it.
    pub field: &'static FieldInfo,
    /// The bytes that it covers.
    pub cover: Cover,
    /// The protocol number in the pseudo-header; `None` if it covers none.
    pub pseudo: Option<u8>,
    /// Zero means that there is none, and a sum of zero is written as all ones (UDP).
    pub optional: bool,
    /// The code of the finding when it is wrong.
    pub bad: &'static str,
    /// The code of the finding when it was not filled in.
    pub offload: &'static str,
}

/// What a checksum covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// The header.
    Header,
    /// The header and all that it carries.
    Layer,
    /// As much as the header claims.
    Claim,
}

impl Checksum {
    /// The value that fits bytes in which the field is zero.
    #[inline]
    pub fn compute(&self, pseudo: Sum, bytes: &[u8]) -> u16 {
        match pseudo.bytes(bytes).checksum() {
            0 if self.optional => 0xffff,
            checksum => checksum,
        }
    }

    /// What can be said of the checksum in a layer; `None` if the header is cut before it.
    pub fn verdict(&self, protocol: &Protocol, scope: &Scope<'_>) -> Option<Verdict> {
        let Value::Number(found) = self.field.read(scope.header_bytes())? else { return None };
        let found = found as u16;
        let covered = match self.cover {
            Cover::Header => Some((protocol.needed)(scope.bytes)).filter(|needed| *needed <= scope.header),
            Cover::Layer => scope.missing.is_none().then_some(scope.bytes.len()),
            Cover::Claim => match protocol.claim.map(|claim| (claim.bytes)(scope.bytes)) {
                Some(Claimed::Bytes(bytes)) => Some(bytes),
                _ => None,
            },
        };
        let bytes = covered.and_then(|covered| scope.bytes.get(..covered));
        Some(match (bytes, self.pseudo) {
            _ if self.optional && found == 0 => Verdict::Absent,
            _ if scope.fragment && self.cover != Cover::Header => Verdict::Unchecked(Reason::Fragment),
            (None, _) => Verdict::Unchecked(scope.missing.unwrap_or(Reason::Length)),
            (Some(bytes), None) => Verdict::of(found, Sum::of(bytes)),
            (Some(bytes), Some(number)) => match scope.pseudo {
                None => Verdict::Unchecked(Reason::Addresses),
                Some(pseudo) => {
                    let pseudo = pseudo.sum(number, u32::try_from(bytes.len()).unwrap_or(0));
                    match Verdict::with_pseudo(found, pseudo, bytes) {
                        Verdict::Bad { found, right: 0 } if self.optional => {
                            Verdict::Bad { found, right: 0xffff }
                        }
                        verdict => verdict,
                    }
                }
            },
        })
        .map(|verdict| match verdict {
            // What is quoted may have been changed on its way, and an error may carry more behind it.
            Verdict::Bad { .. } if scope.quoted => Verdict::Unchecked(Reason::Quoted),
            verdict => verdict,
        })
    }
}

/// A value that is computed, and stands in no bits.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    /// Its name and label.
    pub info: FieldInfo,
    /// Computes it; `None` where it has no meaning.
    pub value: for<'a> fn(&Scope<'a>) -> Option<Value<'a>>,
}
