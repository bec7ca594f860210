//! Packets that are a little wrong, for whoever has to read packets: one field, or the length, changed where readers go wrong.
//!
//! A seed says what is changed, so that a packet that did harm is made again from its original and a number. Fields that lead to
//! others are taken most often: lengths, counts, types, numbers of what follows. Their values become the least and the greatest,
//! one more and one less, the sign alone, one that leads elsewhere, or one bit of them is turned over.

use core::fmt;

use crate::edit::Place;
use crate::edit::seal::{Right, Wrong};
use crate::field::value::{read_bits, write_bits};
use crate::field::{FieldInfo, Format, Role};
use crate::packet::registry::{KINDS, numbers};
use crate::packet::{FieldRef, Packet};
use crate::random::Random;

/// What was done with the checksums that cover a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// They follow: none is wrong that was right before, or was not there.
    Kept,
    /// They are as they were, and so they may be wrong now.
    Left,
}

/// What a mutation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutation {
    /// A field has another value.
    Field {
        /// Its name.
        field: &'static str,
        /// The layer it was in, counted from 0.
        layer: usize,
        /// The first bit in the frame that changed or could have: of bytes, one of them is changed.
        start: usize,
        /// The number of these bits.
        bits: usize,
        /// What stood in them.
        old: u128,
        /// What stands in them now.
        new: u128,
        /// The checksums.
        sums: Sums,
    },
    /// The frame is shorter.
    Cut {
        /// Its length before, in bytes.
        from: usize,
        /// Its length now.
        to: usize,
    },
    /// The frame is longer: there are bytes behind its end.
    Appended {
        /// How many.
        bytes: usize,
        /// What each of them is.
        value: u8,
    },
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { field, layer, start, bits, old, new, sums } => {
                write!(f, "{field} in layer {layer} at byte {}", start / 8)?;
                if !start.is_multiple_of(8) || !bits.is_multiple_of(8) {
                    write!(f, ", {bits} bits from bit {}", start % 8)?;
                }
                write!(f, ": {old:#x} is {new:#x} now; ")?;
                f.write_str(match sums {
                    Sums::Kept => "checksums follow",
                    Sums::Left => "checksums are as they were",
                })
            }
            Self::Cut { from, to } => write!(f, "cut from {from} to {to} bytes"),
            Self::Appended { bytes, value } => write!(f, "{bytes} bytes of {value:#04x} appended"),
        }
    }
}

/// A field that was chosen: where the bits lie that are to change, and which values lead elsewhere.
#[derive(Clone, Copy, Debug)]
struct Target {
    info: &'static FieldInfo,
    layer: usize,
    start: usize,
    bits: usize,
    place: Option<Place>,
    /// A number that leads to another header, if the field announces one.
    elsewhere: Option<u128>,
    is_checksum: bool,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Changes one field, as the seed says; the same packet and seed give the same, on any machine. `None`, and nothing
    /// changed, of a frame without bytes.
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ipv4::Ipv4, udp::Udp};
    ///
    /// let mut bytes = [0; 32];
    /// (Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 7) / b"text").write(&mut bytes)?;
    /// let mut mutated = Decoder::new().packet(Frame::raw(bytes));
    /// let mutation = mutated.mutate(1).unwrap();
    /// assert_ne!(mutated.bytes(), bytes);
    ///
    /// let mut again = Decoder::new().packet(Frame::raw(bytes));
    /// assert_eq!(again.mutate(1), Some(mutation));
    /// assert_eq!(again.bytes(), mutated.bytes());
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn mutate(&mut self, seed: u64) -> Option<Mutation> {
        self.mutate_by(&mut Random::new(seed))
    }

    fn mutate_by(&mut self, random: &mut Random) -> Option<Mutation> {
        let target = self.target(random)?;
        let Target { info, layer, start, bits, .. } = target;
        let old = read_bits(self.bytes(), start, bits)?;
        let new = another(random, &target, old);
        let keep = !target.is_checksum && random.below(2) == 0;
        let sums = if keep { self.write_kept(&target, new)? } else { self.write_raw(&target, new)? };
        Some(Mutation::Field { field: info.name, layer, start, bits, old, new, sums })
    }

    /// A field, the likelier the more depends on it.
    fn target(&self, random: &mut Random) -> Option<Target> {
        let all = self.fields().map(|field| self.weight(&field)).sum();
        let mut left = random.below(all);
        let field = self.fields().find(|field| {
            let weight = self.weight(field);
            let found = left < weight;
            left = left.saturating_sub(weight);
            found
        })?;
        let (mut start, mut bits) = (field.start as usize, field.bits as usize);
        if field.info.format.is_bytes() || bits > 64 && bits != 128 {
            let byte = random.below(field.length() as u64) as usize;
            (start, bits) = (field.offset().saturating_add(byte).saturating_mul(8), 8);
        }
        let layer = self.layers().nth(field.layer)?;
        let protocol = self.protocol(&layer);
        let announce = protocol.and_then(|protocol| protocol.announce);
        let elsewhere =
            announce.filter(|announce| announce.field.name == field.info.name).and_then(|announce| {
                let from = random.below(KINDS.len() as u64) as usize;
                let kinds = KINDS.iter().cycle().skip(from).take(KINDS.len());
                kinds
                    .filter_map(|kind| {
                        let (ether_type, ip_protocol) = numbers(*kind);
                        announce.numbers.of(*kind, ether_type, ip_protocol)
                    })
                    .map(u128::from)
                    .next()
            });
        let checksum = protocol.and_then(|protocol| protocol.checksum);
        let is_checksum = checksum.is_some_and(|checksum| checksum.field.name == field.info.name);
        let place = field.place();
        Some(Target { info: field.info, layer: field.layer, start, bits, place, elsewhere, is_checksum })
    }

    /// How often a field is taken.
    fn weight(&self, field: &FieldRef<'_>) -> u64 {
        if field.info.role != Role::Tile || field.length() == 0 {
            return 0;
        }
        match field.info.format {
            format if format.is_bytes() => 1,
            Format::Mac | Format::Ipv4 | Format::Ipv6 => 1,
            _ if is_structural(field.info) => 12,
            _ => 3,
        }
    }

    /// Sets the bits, and nothing else.
    fn write_raw(&mut self, target: &Target, new: u128) -> Option<Sums> {
        write_bits(self.bytes_mut(), target.start, target.bits, new)?;
        self.refresh();
        Some(Sums::Left)
    }

    /// Sets the bits so that no checksum is wrong that was not wrong before. Where that cannot be, one that came to light
    /// stands in the bits themselves, it is said so.
    fn write_kept(&mut self, target: &Target, new: u128) -> Option<Sums> {
        let Target { info, start, bits, .. } = *target;
        let place = target.place?;
        let wrong = Wrong::of(self);
        if info.format.is_bytes() || info.width(0) != bits {
            self.set_byte(start / 8, new as u8)?;
        } else {
            self.set_at(&place, info.format.value(info.ordered(new, bits), info.scale)).ok()?;
        }
        let set = start / 8..start.saturating_add(bits).div_ceil(8);
        Right::but(self, &wrong).restore(self, Some(&set));
        let kept = Wrong::of(self).is_within(&wrong);
        Some(if kept { Sums::Kept } else { Sums::Left })
    }

    /// Sets one byte, and computes anew what was right.
    fn set_byte(&mut self, at: usize, value: u8) -> Option<()> {
        let right = Right::of(self);
        *self.bytes_mut().get_mut(at)? = value;
        self.refresh();
        right.restore(self, Some(&(at..at.saturating_add(1))));
        Some(())
    }
}

#[cfg(feature = "alloc")]
impl Packet<alloc::vec::Vec<u8>> {
    /// The same, and now and then the frame is cut, inside a header or behind it, or bytes come behind its end; lengths in headers stay.
    pub fn mutate_freely(&mut self, seed: u64) -> Option<Mutation> {
        let mut random = Random::new(seed);
        let from = self.bytes().len();
        let mutation = match random.below(8) {
            0 if from > 0 => {
                // Near where a layer begins, or anywhere.
                let layers = self.layers().count() as u64;
                let layer = self.layers().nth(random.below(layers) as usize)?;
                let near = layer.start().saturating_add(random.below(3) as usize).saturating_sub(1);
                let anywhere = random.below(from as u64) as usize;
                let to = if random.below(2) == 0 && near < from { near } else { anywhere };
                self.bytes_vec().truncate(to);
                Mutation::Cut { from, to }
            }
            1 => {
                let bytes = random.below(64).saturating_add(1) as usize;
                let value = match random.below(3) {
                    0 => 0,
                    1 => 0xff,
                    _ => random.number() as u8,
                };
                self.bytes_vec().resize(from.saturating_add(bytes), value);
                Mutation::Appended { bytes, value }
            }
            _ => return self.mutate_by(&mut random),
        };
        let missing = self.length().saturating_sub(from);
        self.set_length(self.bytes().len().saturating_add(missing));
        self.refresh();
        Some(mutation)
    }
}

/// Whether other fields are found or read by this one: its name or the names of its values say so.
fn is_structural(info: &FieldInfo) -> bool {
    const WORDS: [&str; 9] = ["len", "count", "type", "num", "offset", "version", "proto", "nxt", "frag"];
    let last = info.name.rsplit('.').next().unwrap_or_default();
    info.names.is_some() || WORDS.iter().any(|word| last.contains(word))
}

/// Another value for a target of so many bits.
fn another(random: &mut Random, target: &Target, old: u128) -> u128 {
    let bits = target.bits as u32;
    let most = u128::MAX.wrapping_shr(128u32.saturating_sub(bits));
    let one = 1u128.wrapping_shl(random.below(u64::from(bits)) as u32);
    // In the byte order of the field, one more is one more.
    let number = target.info.ordered(old, target.bits);
    let value = match random.below(8) {
        0 => 0,
        1 => most,
        2 => most.wrapping_sub(1),
        3 => target.info.ordered(number.wrapping_add(1) & most, target.bits),
        4 => target.info.ordered(number.wrapping_sub(1) & most, target.bits),
        5 => 1u128.wrapping_shl(bits.saturating_sub(1)),
        6 => target.elsewhere.unwrap_or(u128::from(random.number())) & most,
        _ => old ^ one,
    };
    if value == old { old ^ one } else { value }
}
