//! Sequence numbers, and the positions that they stand for.
//!
//! On the wire a sequence number has 32 bits and wraps (RFC 9293 section 3.4). Inside, a connection counts with 64 bits, which
//! never wrap: so "before" and "behind" are `<` and `>`, and only the two functions here know of wrapping.

use core::fmt;

/// A sequence number as it stands on the wire: modulo 2^32.
///
/// ```
/// use layercake::stack::tcp::Seq;
///
/// // RFC 9293 section 3.4: comparisons are modulo 2^32.
/// assert!(Seq(0xffff_fff0).is_before(Seq(0x10)));
/// assert_eq!(Seq(0x10) - Seq(0xffff_fff0), 0x20);
/// assert_eq!(Seq(0xffff_ffff) + 1, Seq(0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    /// Whether it comes before another, which is less than 2^31 away.
    pub const fn is_before(self, other: Self) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// The position that has this number and is nearest to another position.
    pub(crate) const fn near(self, position: u64) -> u64 {
        let difference = self.0.wrapping_sub(position as u32) as i32;
        position.wrapping_add_signed(difference as i64)
    }

    /// The position that it has at the start of a connection: far enough from zero that nothing before it wraps.
    pub(crate) const fn first(self) -> u64 {
        (1 << 32) | self.0 as u64
    }

    /// The number of a position.
    pub(crate) const fn of(position: u64) -> Self {
        Self(position as u32)
    }
}

impl core::ops::Add<u32> for Seq {
    type Output = Self;

    fn add(self, bytes: u32) -> Self {
        Self(self.0.wrapping_add(bytes))
    }
}

impl core::ops::Sub for Seq {
    type Output = u32;

    /// How many bytes lie from `earlier` up to this.
    fn sub(self, earlier: Self) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_numbers_over_the_wrap() {
        let start = Seq(0xffff_ff00).first();
        let behind = Seq(0x100).near(start);
        assert_eq!(behind - start, 0x200);
        assert_eq!(Seq(0xffff_ff00).near(behind), start);
        assert_eq!(Seq::of(behind), Seq(0x100));
        // Nothing lies before zero, even at the smallest number.
        assert!(Seq(0x8000_0001).near(Seq(0).first()) > 0);
    }
}
