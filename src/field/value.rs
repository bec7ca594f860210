//! What the bits of a field mean.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::{Name, Text};

/// How the bits of a field are read and shown. It fixes the type of the value in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A number, shown in decimal. JSON: a number.
    Number,
    /// A number, shown in hexadecimal. JSON: a number.
    Hex,
    /// A number of whole bytes whose least significant byte comes first, shown in decimal. JSON: a number.
    Little,
    /// One bit. JSON: true or false.
    Flag,
    /// An Ethernet address. JSON: a string.
    Mac,
    /// An IPv4 address. JSON: a string.
    Ipv4,
    /// An IPv6 address. JSON: a string.
    Ipv6,
    /// Opaque bytes. JSON: lowercase hex.
    Bytes,
    /// Text, with zeros behind it or not. JSON: a string, with escapes as [`Text`] has them.
    Text,
    /// A domain name, which may point elsewhere in its message. JSON: a string, as [`Name`] is written.
    Name,
    /// A NetBIOS name, encoded as a domain name. JSON: a string.
    NetBios,
}

impl Format {
    /// Whether it is bytes, as many as the field has, and not the bits of a number or an address.
    pub const fn is_bytes(self) -> bool {
        matches!(self, Self::Bytes | Self::Text | Self::Name | Self::NetBios)
    }
}

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A number, in the unit that is shown (a header length in bytes, not words).
    Number(u64),
    /// A bit.
    Flag(bool),
    /// An Ethernet address.
    Mac(Mac),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// Bytes of the packet.
    Bytes(&'a [u8]),
    /// Text of the packet; zeros behind it are no part of it.
    Text(Text<'a>),
    /// A domain name.
    Name(Name<'a>),
}

/// Numbers in decimal, bytes in hex, addresses as they are written, text and names with escapes where something cannot be shown.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Mac(mac) => mac.fmt(f),
            Self::Ipv4(address) => address.fmt(f),
            Self::Ipv6(address) => address.fmt(f),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Text(text) => text.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// An address as it is written, where nothing may panic: the way of the standard library can, by what the compiler sees.
#[derive(Clone, Copy, Debug)]
pub struct Shown<A>(pub A);

impl fmt::Display for Shown<Ipv4Addr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0.octets();
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

/// As RFC 5952 section 4 has it: the first of the longest runs of zeros, of two or more, is left out.
impl fmt::Display for Shown<Ipv6Addr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = self.0.to_ipv4_mapped() {
            return write!(f, "::ffff:{}", Shown(address));
        }
        let words = self.0.segments();
        let (mut left_out, mut run) = (0..0, 0usize);
        for (end, word) in (1usize..).zip(words) {
            run = if word == 0 { run.saturating_add(1) } else { 0 };
            if run > left_out.len() && run > 1 {
                left_out = end.saturating_sub(run)..end;
            }
        }
        let mut first = true;
        for (at, word) in words.into_iter().enumerate() {
            if left_out.contains(&at) {
                if at == left_out.start {
                    f.write_str("::")?;
                }
                first = true;
                continue;
            }
            if !first {
                f.write_str(":")?;
            }
            first = false;
            write!(f, "{word:x}")?;
        }
        Ok(())
    }
}

impl Format {
    #[inline]
    pub(crate) fn value(self, bits: u128, scale: u16) -> Value<'static> {
        match self {
            Self::Number
            | Self::Hex
            | Self::Little
            | Self::Bytes
            | Self::Text
            | Self::Name
            | Self::NetBios => Value::Number((bits as u64).wrapping_mul(u64::from(scale))),
            Self::Flag => Value::Flag(bits != 0),
            Self::Mac => Value::Mac(Mac::from_bits(bits)),
            Self::Ipv4 => Value::Ipv4(Ipv4Addr::from_bits(bits as u32)),
            Self::Ipv6 => Value::Ipv6(Ipv6Addr::from_bits(bits)),
        }
    }

    /// The bits of a value of this format; `None` for a value of another, or one that is no multiple of `scale`.
    #[inline]
    pub(crate) fn bits(self, value: Value<'_>, scale: u16) -> Option<u128> {
        let scale = u64::from(scale);
        match (self, value) {
            (Self::Number | Self::Hex | Self::Little, Value::Number(n))
                if n.checked_rem(scale) == Some(0) =>
            {
                n.checked_div(scale).map(u128::from)
            }
            (Self::Flag, Value::Flag(flag)) => Some(u128::from(flag)),
            (Self::Mac, Value::Mac(mac)) => Some(mac.to_bits()),
            (Self::Ipv4, Value::Ipv4(address)) => Some(u128::from(address.to_bits())),
            (Self::Ipv6, Value::Ipv6(address)) => Some(address.to_bits()),
            _ => None,
        }
    }
}

/// The bits of a number of whole bytes in the other byte order.
#[inline(always)]
pub(crate) const fn swapped(bits: u128, width: usize) -> u128 {
    match 128usize.checked_sub(width) {
        Some(unused @ ..128) => bits.swap_bytes() >> unused,
        _ => bits,
    }
}

/// A Rust type that the bits of a field can have.
pub trait FieldType: Copy {
    /// How it is shown.
    const FORMAT: Format;
    /// The names of its values.
    const NAMES: Option<fn(u64) -> Option<&'static str>> = None;
    /// From the bits of the field, right-aligned.
    fn from_bits(bits: u128) -> Self;
    /// To the bits of the field, right-aligned; bits beyond the field's width are dropped.
    fn to_bits(self) -> u128;
}

macro_rules! numbers {
    ($($T:ty)*) => {$(
        impl FieldType for $T {
            const FORMAT: Format = Format::Number;
            #[inline(always)]
            fn from_bits(bits: u128) -> Self {
                bits as Self
            }
            #[inline(always)]
            fn to_bits(self) -> u128 {
                u128::from(self)
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64);

impl FieldType for bool {
    const FORMAT: Format = Format::Flag;
    #[inline(always)]
    fn from_bits(bits: u128) -> Self {
        bits != 0
    }
    #[inline(always)]
    fn to_bits(self) -> u128 {
        u128::from(self)
    }
}

impl FieldType for Ipv4Addr {
    const FORMAT: Format = Format::Ipv4;
    #[inline(always)]
    fn from_bits(bits: u128) -> Self {
        Self::from_bits(bits as u32)
    }
    #[inline(always)]
    fn to_bits(self) -> u128 {
        u128::from(Self::to_bits(self))
    }
}

impl FieldType for Ipv6Addr {
    const FORMAT: Format = Format::Ipv6;
    #[inline(always)]
    fn from_bits(bits: u128) -> Self {
        Self::from_bits(bits)
    }
    #[inline(always)]
    fn to_bits(self) -> u128 {
        Self::to_bits(self)
    }
}

/// Bytes: a field of this type reaches to the end of its section and has no getter.
impl FieldType for [u8; 0] {
    const FORMAT: Format = Format::Bytes;
    fn from_bits(_: u128) -> Self {
        []
    }
    fn to_bits(self) -> u128 {
        0
    }
}

/// An Ethernet (EUI-48) address.
///
/// ```
/// use layercake::field::Mac;
///
/// let mac: Mac = "02:00:00:00:00:0a".parse()?;
/// assert_eq!(mac, Mac([2, 0, 0, 0, 0, 10]));
/// assert_eq!(mac.to_string(), "02:00:00:00:00:0a");
/// assert!(!mac.is_group() && mac.is_local());
/// # Ok::<(), layercake::field::value::BadMac>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// The I/G bit: a group (multicast or broadcast) address.
    pub fn is_group(self) -> bool {
        matches!(self.0, [first, ..] if first & 1 == 1)
    }

    /// The U/L bit: locally administered.
    pub fn is_local(self) -> bool {
        matches!(self.0, [first, ..] if first & 2 == 2)
    }
}

impl FieldType for Mac {
    const FORMAT: Format = Format::Mac;
    #[inline(always)]
    fn from_bits(bits: u128) -> Self {
        let [_, _, a, b, c, d, e, f] = (bits as u64).to_be_bytes();
        Self([a, b, c, d, e, f])
    }
    #[inline(always)]
    fn to_bits(self) -> u128 {
        let [a, b, c, d, e, f] = self.0;
        u128::from(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

/// A text that is no Ethernet address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMac;

impl fmt::Display for BadMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an Ethernet address is six pairs of hex digits with colons or dashes, as in 02:00:00:00:00:0a",
        )
    }
}

impl core::error::Error for BadMac {}

impl core::str::FromStr for Mac {
    type Err = BadMac;
    fn from_str(text: &str) -> Result<Self, BadMac> {
        let mut parts = text.split([':', '-']);
        let mut bytes = [0; 6];
        for byte in &mut bytes {
            let part = parts.next().filter(|part| part.len() == 2 && !part.starts_with('+')).ok_or(BadMac)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| BadMac)?;
        }
        parts.next().map_or(Ok(Self(bytes)), |_| Err(BadMac))
    }
}

/// Reads `width` bits (at most 128, and at most 16 bytes touched) from bit `start`, most significant first.
#[inline(always)]
pub(crate) fn read_bits(bytes: &[u8], start: usize, width: usize) -> Option<u128> {
    let (first, count, shift) = place(start, width)?;
    let bytes = bytes.get(first..)?;
    let word = match count {
        1 => u128::from(*bytes.first()?),
        2 => u128::from(u16::from_be_bytes(*bytes.first_chunk()?)),
        4 => u128::from(u32::from_be_bytes(*bytes.first_chunk()?)),
        8 => u128::from(u64::from_be_bytes(*bytes.first_chunk()?)),
        16 => u128::from_be_bytes(*bytes.first_chunk()?),
        _ => bytes.get(..count)?.iter().fold(0, |word, byte| (word << 8) | u128::from(*byte)),
    };
    Some((word >> shift) & mask(width))
}

/// Writes the low `width` bits of `value` at bit `start` and leaves all others.
#[inline(always)]
pub(crate) fn write_bits(bytes: &mut [u8], start: usize, width: usize, value: u128) -> Option<()> {
    let (first, count, shift) = place(start, width)?;
    let bytes = bytes.get_mut(first..)?.get_mut(..count)?;
    let mask = mask(width) << shift;
    let old = bytes.iter().fold(0u128, |word, byte| (word << 8) | u128::from(*byte));
    let mut word = (old & !mask) | ((value << shift) & mask);
    for byte in bytes.iter_mut().rev() {
        *byte = word as u8;
        word >>= 8;
    }
    Some(())
}

/// First byte, number of bytes and right shift of a bit range; `None` if it is empty or too wide for a word.
#[inline(always)]
const fn place(start: usize, width: usize) -> Option<(usize, usize, usize)> {
    let (first, inside) = (start / 8, start % 8);
    if width == 0 || width > 128 {
        return None;
    }
    let end = inside.wrapping_add(width);
    let count = end.div_ceil(8);
    if count > 16 {
        return None;
    }
    Some((first, count, count.wrapping_mul(8).wrapping_sub(end)))
}

#[inline(always)]
const fn mask(width: usize) -> u128 {
    match width {
        128.. => u128::MAX,
        _ => (1u128 << width).wrapping_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_the_standard_library_does() {
        use std::string::ToString;

        for zeros in 0..=255u8 {
            for word in [1u16, 0x20, 0xdb8, 0xffff] {
                let words = core::array::from_fn(|at| if zeros & (1 << at) == 0 { word } else { 0 });
                let address = Ipv6Addr::from(words);
                assert_eq!(Shown(address).to_string(), address.to_string());
            }
        }
        for text in ["::ffff:192.0.2.1", "::192.0.2.1", "2001:db8::1", "::", "::1", "fe80::"] {
            let address: Ipv6Addr = text.parse().unwrap();
            assert_eq!(Shown(address).to_string(), address.to_string());
        }
        assert_eq!(Shown(Ipv4Addr::new(192, 0, 2, 255)).to_string(), "192.0.2.255");
    }

    #[test]
    fn reads_and_writes_any_place() {
        let pattern =
            [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x0f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21];
        let whole = u128::from_be_bytes(pattern);
        for start in 0..128 {
            for width in 1..=128 - start {
                let expected = (whole << start) >> (128 - width);
                assert_eq!(read_bits(&pattern, start, width), Some(expected), "{start}+{width}");
                let mut buffer = [0xaa; 16];
                write_bits(&mut buffer, start, width, expected).unwrap();
                assert_eq!(read_bits(&buffer, start, width), Some(expected), "{start}+{width}");
                write_bits(
                    &mut buffer,
                    start,
                    width,
                    u128::from_be_bytes([0xaa; 16]) >> (128 - start - width),
                )
                .unwrap();
                assert_eq!(buffer, [0xaa; 16], "bits outside {start}+{width} changed");
            }
        }
        assert_eq!(read_bits(&pattern, 0, 0), None);
        assert_eq!(read_bits(&pattern, 121, 8), None);
        assert_eq!(read_bits(&pattern, 4, 128), None);
    }
}
