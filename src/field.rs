//! What a field is, and how a header is made out of a table of them.
//!
//! A header is declared once, as a table: [`Field`] constants with their place in bits, their Rust type, their
//! Wireshark name and a label. The [`header!`](crate::header) macro makes the rest of it: a view type with
//! getters and setters, builder methods, and the table itself ([`FieldInfo`]) that text, JSON, filters and
//! documentation read. What the table cannot say, how long the header is, what follows, what is wrong, each
//! protocol says in a [`Protocol`] of a few functions.
//!
//! - [`value`]: what the bits of a field mean ([`Value`], [`FieldType`], [`Mac`]).
//! - [`mod@text`], [`name`]: text and domain names that stand in packets, safe to print ([`Text`], [`Name`]).
//! - [`declare`]: the macros.
//! - [`protocol`]: what one protocol says of itself ([`Protocol`], [`Peel`], [`Section`]).
//! - [`finding`]: what is wrong with a packet ([`Finding`], [`Verdict`]).
//! - `literal`: values as people write them (feature `alloc`).
//! - [`tlv`]: the one walker over every type-length-value list.
//! - [`builder`]: the one builder behind every header.
//!
//! ```
//! use layercake::wire::udp;
//!
//! let header = [0x14, 0xe9, 0x00, 0x35, 0x00, 0x10];      // cut short after the length
//! assert_eq!(udp::DESTINATION_PORT.read(&header), Some(53));
//! assert_eq!(udp::LENGTH.read(&header), Some(16));
//! assert_eq!(udp::CHECKSUM.read(&header), None);
//! assert_eq!(udp::CHECKSUM.info.name, "udp.checksum");
//! ```

pub mod builder;
pub mod declare;
pub mod finding;
#[cfg(feature = "alloc")]
pub mod literal;
pub mod name;
pub mod protocol;
pub mod text;
pub mod tlv;
pub mod value;

pub use builder::{BuildError, Builder, Completion, Given, Header};
pub use finding::{Check, Detail, Finding, Reason, Scope, Severity, Verdict};
pub use name::Name;
pub use protocol::{
    Algorithm, Announce, Checksum, Claim, Claimed, Cover, Cursor, Generated, Kind, List, Next, Numbers, Peel,
    Phrase, Protocol, Row, Section, TcpPorts, UdpPorts,
};
pub use text::Text;
pub use value::{FieldType, Format, Mac, Value};

use core::marker::PhantomData;

/// What part a field plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A leaf that owns its bits: the tiles of a frame cover every bit of it exactly once.
    Tile,
    /// A name for the tiles inside its range (`ip.flags` holds `ip.flags.df`).
    Group,
    /// Another reading of bits that a tile owns (`eth.dst.ig`).
    Alias,
    /// A value computed from elsewhere; it has no bits (`tcp.len`).
    Generated,
}

/// Names the value of a field from the bytes of its section.
pub type Namer = fn(&[u8]) -> Option<&'static str>;

/// One row of a header's table: a field's place, name and meaning.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// The display-filter name, as Wireshark has it where it has one: `ip.ttl`.
    pub name: &'static str,
    /// What a person calls it: `Time to live`.
    pub label: &'static str,
    /// Where it is specified: `RFC 791 section 3.1`.
    pub spec: &'static str,
    /// First bit, counted from the most significant bit of the first byte of its table.
    pub start: u16,
    /// Width in bits; 0 for what is left of the section.
    pub bits: u16,
    /// What is shown is the bits times this (a header length in 32-bit words has 4); 1 for most.
    pub scale: u16,
    /// Tile, group, alias or generated.
    pub role: Role,
    /// How the bits are read.
    pub format: Format,
    /// The names of its values, where they have names.
    pub names: Option<fn(u64) -> Option<&'static str>>,
    /// The name of its value where that depends on other fields of the section: an ICMP code's on the type.
    pub named: Option<Namer>,
    /// Whether the field is there, from the bytes of its section; `None` for always.
    pub when: Option<fn(&[u8]) -> bool>,
}

impl FieldInfo {
    /// The row of a value that is computed from elsewhere, and has no bits.
    pub const fn generated(
        name: &'static str,
        label: &'static str,
        spec: &'static str,
        format: Format,
    ) -> Self {
        Self {
            name,
            label,
            spec,
            start: 0,
            bits: 0,
            scale: 1,
            role: Role::Generated,
            format,
            names: None,
            named: None,
            when: None,
        }
    }

    /// The width of this field in a section of `length` bytes, in bits.
    #[inline]
    pub fn width(&self, length: usize) -> usize {
        match self.bits {
            0 => length.saturating_mul(8).saturating_sub(usize::from(self.start)),
            bits => usize::from(bits),
        }
    }

    /// Reads the field from the bytes of its section. `None` if it does not lie in them whole.
    ///
    /// A domain name that points elsewhere is not read further than its pointer: its message is not known here; one that ends with
    /// its field and not with the root is shown as it stands. A packet's fields know the message: [`FieldRef::value`](crate::packet::FieldRef::value).
    #[inline]
    pub fn read<'a>(&self, section: &'a [u8]) -> Option<Value<'a>> {
        let (start, width) = (usize::from(self.start), self.width(section.len()));
        match self.format {
            format if format.is_bytes() => {
                let first = start.checked_div(8)?;
                let bytes = section.get(first..first.checked_add(width.checked_div(8)?)?)?;
                Some(match format {
                    Format::Text => Value::Text(Text::padded(bytes)),
                    Format::Name => Value::Name(Name::alone(bytes)),
                    Format::NetBios => Value::Name(Name::alone(bytes).net_bios()),
                    _ => Value::Bytes(bytes),
                })
            }
            format => value::read_bits(section, start, width)
                .map(|bits| format.value(self.ordered(bits, width), self.scale)),
        }
    }

    /// Writes `value` into the bytes of its section and changes nothing else: the declared setter.
    /// `None`, and nothing written, if the value is of another type or the place is not there. A field of bytes, text or a
    /// name takes the bytes as they are to stand there, as many as it has.
    #[inline]
    pub fn write(&self, section: &mut [u8], value: Value<'_>) -> Option<()> {
        let (start, width) = (usize::from(self.start), self.width(section.len()));
        match value {
            Value::Text(text) if self.format == Format::Text => {
                let first = start.checked_div(8)?;
                let place = section.get_mut(first..first.checked_add(width.checked_div(8)?)?)?;
                let (front, behind) = place.split_at_mut_checked(text.0.len())?;
                front.copy_from_slice(text.0);
                behind.fill(0);
                Some(())
            }
            Value::Name(name) if matches!(self.format, Format::Name | Format::NetBios) => {
                self.write(section, Value::Bytes(name.encoded()?))
            }
            Value::Bytes(bytes) if self.format.is_bytes() => {
                let first = start.checked_div(8)?;
                let place = section.get_mut(first..first.checked_add(width.checked_div(8)?)?)?;
                (place.len() == bytes.len()).then(|| place.copy_from_slice(bytes))
            }
            value => {
                let bits = self.ordered(self.format.bits(value, self.scale)?, width);
                value::write_bits(section, start, width, bits)
            }
        }
    }

    /// Whether the field, which is not one of bytes, is wide enough for these bits.
    #[inline(always)]
    pub(crate) const fn holds(&self, bits: u128) -> bool {
        match bits.checked_shr(self.bits as u32) {
            Some(beyond) => beyond == 0,
            None => true,
        }
    }

    /// Bits as they stand in the section as a number, or a number as bits.
    #[inline(always)]
    pub(crate) const fn ordered(&self, bits: u128, width: usize) -> u128 {
        match self.format {
            Format::Little => value::swapped(bits, width),
            _ => bits,
        }
    }

    /// The name of the value that stands in the bytes of the field's section, also one that other fields there decide.
    pub fn name_in(&self, section: &[u8]) -> Option<&'static str> {
        match self.named {
            Some(named) => named(section),
            None => self.name_of(self.read(section)?),
        }
    }

    /// The name of a value of this field, if it has one by itself: `UDP` for `ip.proto` 17.
    pub fn name_of(&self, value: Value<'_>) -> Option<&'static str> {
        match (self.names, value) {
            (Some(names), Value::Number(number)) => names(number.checked_div(u64::from(self.scale))?),
            _ => None,
        }
    }
}

/// Checks a table when it is compiled: places are not backwards, flags have one bit, and tiles come in order and do
/// not overlap, unless a condition chooses between them. Called by the [`fields!`](crate::fields) macro.
#[doc(hidden)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Runs at compile time alone.
pub const fn check_table(fields: &[FieldInfo], ends: &[u16]) {
    let (mut row, mut free) = (0, 0);
    while row < fields.len() {
        let field = &fields[row];
        assert!(ends[row] == 0 || field.start < ends[row], "a field ends before it begins");
        assert!(!matches!(field.format, Format::Flag) || field.bits == 1, "a flag has one bit");
        assert!(field.format.is_bytes() || field.bits > 0, "only bytes reach to the end");
        assert!(
            !matches!(field.format, Format::Number | Format::Hex | Format::Little) || field.bits <= 64,
            "too wide for a number"
        );
        assert!(
            !matches!(field.format, Format::Little) || field.bits.is_multiple_of(8),
            "a byte order is one of whole bytes"
        );
        if matches!(field.role, Role::Tile) {
            assert!(field.start >= free || field.when.is_some(), "tiles overlap or are out of order");
            free = field.start + field.bits;
        }
        row += 1;
    }
}

/// A field with the Rust type of its value: `tcp::SOURCE_PORT` is a `Field<u16>`.
///
/// It reads headers that are cut short, one field at a time; a view reads whole ones.
#[derive(Clone, Copy, Debug)]
pub struct Field<T> {
    /// The row of the table.
    pub info: FieldInfo,
    value: PhantomData<fn() -> T>,
}

impl<T: FieldType> Field<T> {
    /// A field; called by the [`header!`](crate::header) and [`fields!`](crate::fields) macros.
    pub const fn new(info: FieldInfo) -> Self {
        Self { info: FieldInfo { format: info.format, names: T::NAMES, ..info }, value: PhantomData }
    }

    /// Reads the field from the bytes of its header, as many as there are; `None` if it does not lie in them. It is the number that
    /// stands there, in the header's own units: [`FieldInfo::read`] gives what is shown, a header length in bytes and not in words.
    #[inline(always)]
    pub fn read(&self, header: &[u8]) -> Option<T> {
        let width = self.info.bits as usize;
        let bits = value::read_bits(header, self.info.start as usize, width)?;
        Some(T::from_bits(self.info.ordered(bits, width)))
    }

    /// Writes the field's bits, and nothing else: no length or checksum follows. A value wider than the field
    /// loses its high bits. `None` if the field does not lie in these bytes.
    #[inline(always)]
    pub fn write(&self, header: &mut [u8], value: T) -> Option<()> {
        let width = self.info.bits as usize;
        value::write_bits(header, self.info.start as usize, width, self.info.ordered(value.to_bits(), width))
    }
}

/// A header does not fit into the bytes given for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// What was to be read: `udp`.
    pub protocol: &'static str,
    /// Bytes that its header needs at least.
    pub needed: usize,
    /// Bytes that are there.
    pub available: usize,
}

impl core::fmt::Display for Short {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { protocol, needed, available } = self;
        write!(
            f,
            "the {protocol} header needs {needed} bytes, {available} are there; read single fields with their constants, or decode the packet to keep what is whole"
        )
    }
}

impl core::error::Error for Short {}
