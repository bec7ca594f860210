//! A packet whose layers are known only when the program runs: what [`nest`] does with types, done
//! with a list.
//!
//! A [`Pile`] is headers and payload from the outside in. Each header is a [`Draft`]: bytes, and which of their bits were
//! given. What was not given is filled in by the same functions that `/` uses.

use alloc::vec::Vec;

use crate::checksum::Pseudo;
#[cfg(feature = "expression")]
use crate::field::value::write_bits;
use crate::field::{BuildError, Completion, Field, FieldInfo, FieldType, Given, Kind, Protocol};
use crate::packet::nest::{self, Lead, Part};
use crate::packet::registry;

/// A header under construction whose kind is known only when the program runs.
#[derive(Clone, Debug)]
pub struct Draft {
    kind: Kind,
    protocol: &'static Protocol,
    /// It is padded with zeros to a multiple of this many bytes.
    step: usize,
    bytes: Vec<u8>,
    /// The bits that were given.
    mask: Vec<u8>,
    given: Given,
    /// Every byte is as given; nothing is filled in.
    exact: bool,
}

impl Draft {
    /// A header of zeros with nothing given; `None` for a kind that is not built in.
    pub fn new(kind: Kind) -> Option<Self> {
        let protocol = registry::built_in(kind)?;
        Some(Self {
            kind,
            protocol,
            step: registry::step(kind),
            bytes: alloc::vec![0; least(protocol)],
            mask: alloc::vec![0; least(protocol)],
            given: Given::default(),
            exact: false,
        })
    }

    /// A header that is just these bytes, were they ever so wrong; `None` for a kind that is not built in.
    pub fn exact(kind: Kind, bytes: Vec<u8>) -> Option<Self> {
        let mask = alloc::vec![0xff; bytes.len()];
        Some(Self { bytes, mask, exact: true, step: 1, ..Self::new(kind)? })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What is known of its kind.
    pub fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    /// Its bytes so far, before what was not given is filled in.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The fields of the fixed part that were given.
    pub(crate) fn given(&self) -> Given {
        self.given
    }

    /// Gives a field of the fixed part. `None`, and nothing is given, if the value is wider than the field, or the field is not there.
    #[must_use]
    pub fn give<T: FieldType>(&mut self, field: &Field<T>, value: T) -> Option<()> {
        let info = &field.info;
        info.holds(value.to_bits()).then_some(())?;
        field.write(&mut self.bytes, value)?;
        self.mark(0, info, usize::from(info.start), usize::from(info.bits))
    }

    /// Adds bytes behind what is there, as given: options, or whatever this kind of header carries there.
    pub fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.mask.resize(self.bytes.len(), 0xff);
    }

    /// Whether any bit of a field that begins at this bit of the header was given.
    pub(crate) fn is_given(&self, start: usize, bits: usize) -> bool {
        (start..start.saturating_add(bits)).any(|bit| {
            self.mask
                .get(bit / 8)
                .is_some_and(|mask| mask & 0x80u8.checked_shr((bit % 8) as u32).unwrap_or(0) != 0)
        })
    }

    /// Counts bits of the header as given.
    fn mark(&mut self, section: usize, info: &FieldInfo, start: usize, width: usize) -> Option<()> {
        if section == 0 {
            self.given = self.given.with(info);
        }
        for bit in start..start.saturating_add(width) {
            *self.mask.get_mut(bit / 8)? |= 0x80u8.checked_shr((bit % 8) as u32).unwrap_or(0);
        }
        Some(())
    }

    /// Its size in bytes, with its padding.
    pub fn size(&self) -> usize {
        self.bytes.len().checked_next_multiple_of(self.step.max(1)).unwrap_or(self.bytes.len())
    }

    /// Writes what was given over what was filled in.
    pub(crate) fn keep(&self, place: &mut [u8]) {
        for ((byte, own), mask) in place.iter_mut().zip(&self.bytes).zip(&self.mask) {
            *byte = (*byte & !mask) | (own & mask);
        }
    }

    pub(crate) fn lead(&self) -> Lead {
        let (ether_type, ip_protocol) = registry::numbers(self.kind);
        Lead { kind: self.kind, ether_type, ip_protocol }
    }
}

/// Fields with a place of their own, and what a header is before it is written: for headers out of text.
#[cfg(feature = "expression")]
impl Draft {
    /// Gives a field whose table begins at byte `section` of the header: the bits of a number, right-aligned. `None` if they
    /// are not there.
    pub(crate) fn give_bits(&mut self, section: usize, info: &FieldInfo, bits: u128) -> Option<()> {
        let (start, width) =
            (section.saturating_mul(8).saturating_add(usize::from(info.start)), usize::from(info.bits));
        write_bits(&mut self.bytes, start, width, info.ordered(bits, width))?;
        self.mark(section, info, start, width)
    }

    /// Gives a field of bytes; `None` if they are not there.
    pub(crate) fn give_bytes(&mut self, section: usize, info: &FieldInfo, bytes: &[u8]) -> Option<()> {
        let start = section.saturating_mul(8).saturating_add(usize::from(info.start));
        let width = bytes.len().saturating_mul(8);
        if !start.is_multiple_of(8) {
            return None;
        }
        let first = start / 8;
        self.bytes.get_mut(first..first.saturating_add(bytes.len()))?.copy_from_slice(bytes);
        self.mark(section, info, start, width)
    }

    /// Writes a field whose table begins at byte `section` without counting it as given.
    pub(crate) fn preset(&mut self, section: usize, info: &FieldInfo, bits: u128) {
        let (start, width) =
            (section.saturating_mul(8).saturating_add(usize::from(info.start)), usize::from(info.bits));
        let _ = write_bits(&mut self.bytes, start, width, info.ordered(bits, width));
    }

    /// Writes the bytes that every such header has, from the start of `header`, without counting them as given.
    pub(crate) fn preset_fixed(&mut self, header: &[u8]) {
        for (place, byte) in self.bytes.iter_mut().zip(header) {
            *place = *byte;
        }
    }

    /// Goes on with zeros that were not given, up to so many bytes.
    pub(crate) fn extend(&mut self, length: usize) {
        let length = length.max(self.bytes.len());
        self.bytes.resize(length, 0);
        self.mask.resize(length, 0);
    }

    /// How long a header of this kind and type is without a list behind it: what its own fields say once its lengths are
    /// filled in.
    pub(crate) fn natural_length(&self) -> usize {
        let mut bytes = self.filled();
        // What was given stays, but for lengths, which may be wrong on purpose.
        let lengths = (self.protocol.needed)(&bytes);
        self.keep(&mut bytes);
        let given = (self.protocol.needed)(&bytes);
        let natural = lengths.min(given).clamp(least(self.protocol), usize::from(u16::MAX));
        // What is there for no more than padding has no fields.
        let own = least(self.protocol);
        let padded = own.checked_next_multiple_of(self.step.max(1)) == Some(natural);
        if padded && self.protocol.list.is_some() { own } else { natural }
    }

    /// Its bytes with what is filled in where nothing is given, and nothing stands behind it.
    fn filled(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let completion = Completion { given: Given::default(), header: self.protocol.length, building: true };
        let _ = (self.protocol.fill)(&mut bytes, &completion);
        bytes
    }

    /// Its bytes as they will be, as far as that can be known before the packet is written.
    pub(crate) fn preview(&self) -> Vec<u8> {
        let mut bytes = self.filled();
        self.keep(&mut bytes);
        bytes
    }
}

/// The bytes that a header always has. One that is a list and nothing else has none; others say in their table how many, if their
/// length depends on all of it.
pub(crate) fn least(protocol: &Protocol) -> usize {
    let end = |info: &FieldInfo| usize::from(info.start).saturating_add(usize::from(info.bits)).div_ceil(8);
    match protocol.list {
        Some(_) => protocol.length,
        None => protocol.fields.iter().map(end).max().unwrap_or(0).max(protocol.length),
    }
}

/// A piece of a packet.
#[derive(Clone, Debug)]
pub enum Slice {
    /// A header.
    Header(Draft),
    /// What the innermost header carries.
    Payload(Vec<u8>),
    /// What stands behind the packet in its frame, padding or a trailer: no length and no checksum counts it, but those of headers
    /// around the innermost frame.
    Behind(Vec<u8>),
}

impl Slice {
    /// Its size in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Header(header) => header.size(),
            Self::Payload(bytes) | Self::Behind(bytes) => bytes.len(),
        }
    }
}

/// A packet whose layers are known only when the program runs, from the outside in.
///
/// ```
/// use layercake::field::Kind;
/// use layercake::packet::pile::{Draft, Pile, Slice};
/// use layercake::wire::{ipv4, udp};
///
/// let mut ip = Draft::new(Kind::IPV4).unwrap();
/// ip.give(&ipv4::TTL, 1).unwrap();
/// let mut udp = Draft::new(Kind::UDP).unwrap();
/// udp.give(&udp::DESTINATION_PORT, 53).unwrap();
/// let pile = Pile::from(vec![Slice::Header(ip), Slice::Header(udp), Slice::Payload(b"hello".to_vec())]);
/// let bytes = pile.to_vec()?;
/// assert_eq!(bytes[..4], [0x45, 0, 0, 33]);
/// assert_eq!(bytes[8..10], [1, 17]);
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pile {
    slices: Vec<Slice>,
}

/// From the outside in.
impl From<Vec<Slice>> for Pile {
    fn from(slices: Vec<Slice>) -> Self {
        Self { slices }
    }
}

impl Pile {
    /// Its pieces, from the outside in.
    pub fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// Writes the packet into a new vector.
    ///
    /// # Errors
    /// [`BuildError::TooLong`], [`BuildError::NoNumber`].
    pub fn to_vec(&self) -> Result<Vec<u8>, BuildError> {
        let mut bytes = alloc::vec![0; Part::size(self)];
        self.put(&mut bytes, None)?;
        Ok(bytes)
    }

    /// How many bytes at the end stand behind the packet.
    fn behind(&self) -> usize {
        let last = self.slices.iter().rev();
        last.take_while(|slice| matches!(slice, Slice::Behind(_))).map(Slice::size).sum()
    }

    /// The headers with their first byte and their number in the pile.
    fn headers(&self) -> impl DoubleEndedIterator<Item = (usize, usize, &Draft)> {
        let mut at = 0usize;
        let placed = self.slices.iter().map(|slice| {
            let start = at;
            at = at.saturating_add(slice.size());
            (start, slice)
        });
        let placed: Vec<(usize, &Slice)> = placed.collect();
        placed.into_iter().enumerate().filter_map(|(index, (start, slice))| match slice {
            Slice::Header(draft) => Some((index, start, draft)),
            _ => None,
        })
    }
}

impl Part for Pile {
    fn lead(&self) -> Lead {
        match self.slices.first() {
            Some(Slice::Header(draft)) => draft.lead(),
            _ => Lead::PAYLOAD,
        }
    }

    fn size(&self) -> usize {
        self.slices.iter().map(Slice::size).fold(0, usize::saturating_add)
    }

    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        let mut at = 0usize;
        for slice in &self.slices {
            let bytes = match slice {
                Slice::Header(draft) => &draft.bytes,
                Slice::Payload(bytes) | Slice::Behind(bytes) => bytes,
            };
            if let Some(place) = place.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len())) {
                place.copy_from_slice(bytes);
            }
            at = at.saturating_add(slice.size());
        }
        let (all, packet) = (place.len(), place.len().saturating_sub(self.behind()));
        let frame = self.headers().rev().find(|(_, _, draft)| draft.kind == Kind::ETHERNET);
        let frame = frame.map_or(0, |(index, ..)| index);
        let end = |index: usize| if index < frame { all } else { packet };
        let mut sealed = Vec::new();
        let mut around = pseudo;
        for (index, start, draft) in self.headers() {
            let Some(layer) = place.get_mut(start..end(index)) else { continue };
            let completion = Completion { given: draft.given, header: draft.size(), building: true };
            if !draft.exact {
                let inside = match self.slices.get(index.saturating_add(1)) {
                    Some(Slice::Header(inside)) => inside.lead(),
                    _ => Lead::PAYLOAD,
                };
                nest::announce(draft.protocol, layer, &completion, inside)?;
                (draft.protocol.fill)(layer, &completion)?;
                draft.keep(layer);
                sealed.push((start..end(index), draft, around));
            }
            around = nest::around(draft.protocol, layer, draft.size(), around);
        }
        for (extent, draft, pseudo) in sealed.into_iter().rev() {
            if let (Some(checksum), Some(layer)) = (&draft.protocol.checksum, place.get_mut(extent))
                && !draft.is_given(usize::from(checksum.field.start), usize::from(checksum.field.bits))
            {
                nest::seal(checksum, layer, draft.size(), pseudo);
            }
        }
        Ok(())
    }
}
