//! Checksums: the Internet checksum (RFC 1071), its incremental update (RFC 1624), pseudo-headers, the
//! CRC-32 of Ethernet and the CRC-32C of SCTP.
//!
//! ```
//! use layercake::checksum::{Sum, update};
//!
//! // RFC 1071 section 3: the example words 0001, f203, f4f5, f6f7 add up to ddf2.
//! let data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
//! assert_eq!(Sum::of(&data).fold(), 0xddf2);
//! assert_eq!(Sum::of(&data).checksum(), !0xddf2);
//!
//! // RFC 1624 section 4: a checksum of dd2f, a word that goes from 5555 to 3285, gives 0000.
//! assert_eq!(update(0xdd2f, 0x5555, 0x3285), 0x0000);
//! ```

use core::net::{Ipv4Addr, Ipv6Addr};

/// A running one's complement sum of 16-bit words, [RFC 1071](https://www.rfc-editor.org/rfc/rfc1071).
///
/// Every piece but the last must have an even number of bytes; an odd last byte counts as if followed by zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

/// The checksummed view of the addresses above a transport header: the part of the pseudo-header (RFC 9293
/// section 3.1, RFC 8200 section 8.1) that does not depend on the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pseudo {
    source: Sum,
    destination: Sum,
}

impl Sum {
    /// The empty sum.
    pub const ZERO: Self = Self(0);

    /// The sum of `bytes`.
    #[inline]
    pub fn of(bytes: &[u8]) -> Self {
        Self::ZERO.bytes(bytes)
    }

    /// Adds `bytes`.
    ///
    /// One's complement addition does not care about word size or byte order (RFC 1071 section 2), so words of
    /// the machine's own order are added: two 128-bit sums of 64-bit words, whose carries wait until the end.
    #[inline]
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let (chunks, rest) = bytes.as_chunks::<32>();
        let (mut even, mut odd) = (0u128, 0u128);
        for chunk in chunks {
            if let ([a, b, c, d], _) = chunk.as_chunks::<8>() {
                even += u128::from(u64::from_ne_bytes(*a)) + u128::from(u64::from_ne_bytes(*c));
                odd += u128::from(u64::from_ne_bytes(*b)) + u128::from(u64::from_ne_bytes(*d));
            }
        }
        let (words, mut rest) = rest.as_chunks::<8>();
        for word in words {
            even += u128::from(u64::from_ne_bytes(*word));
        }
        if let Some((word, behind)) = rest.split_first_chunk::<4>() {
            odd += u128::from(u32::from_ne_bytes(*word));
            rest = behind;
        }
        odd += match rest {
            [a] => u128::from(u16::from_ne_bytes([*a, 0])),
            [a, b] => u128::from(u16::from_ne_bytes([*a, *b])),
            [a, b, c] => u128::from(u32::from_ne_bytes([*a, *b, *c, 0])),
            _ => 0,
        };
        let sum = even + odd;
        let (sum, carry) = (sum as u64).overflowing_add((sum >> 64) as u64);
        self.word(fold16(sum + u64::from(carry)).to_be())
    }

    /// Adds one 16-bit word.
    #[inline]
    #[must_use]
    pub fn word(self, word: u16) -> Self {
        // 2^48 words fit before this could wrap, more than any packet or capture has.
        Self(self.0.wrapping_add(u64::from(word)))
    }

    /// Adds a 32-bit number as two words.
    #[inline]
    #[must_use]
    pub fn long(self, long: u32) -> Self {
        self.word((long >> 16) as u16).word(long as u16)
    }

    /// Adds another sum.
    #[inline]
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.word(other.fold())
    }

    /// The sum folded to 16 bits: `ffff` for data that carries its own right checksum.
    #[inline]
    pub fn fold(self) -> u16 {
        fold16(self.0)
    }

    /// The checksum: the complement of the folded sum.
    #[inline]
    pub fn checksum(self) -> u16 {
        !self.fold()
    }
}

impl Pseudo {
    /// The addresses of an IPv4 pseudo-header.
    #[inline]
    pub fn v4(source: Ipv4Addr, destination: Ipv4Addr) -> Self {
        Self { source: Sum::ZERO.long(source.to_bits()), destination: Sum::ZERO.long(destination.to_bits()) }
    }

    /// The addresses of an IPv6 pseudo-header.
    #[inline]
    pub fn v6(source: Ipv6Addr, destination: Ipv6Addr) -> Self {
        Self { source: Sum::of(&source.octets()), destination: Sum::of(&destination.octets()) }
    }

    /// The same to another destination: behind a routing header with segments left, the final one (RFC 8200
    /// section 8.1).
    #[must_use]
    pub fn to(self, destination: Ipv6Addr) -> Self {
        Self { destination: Sum::of(&destination.octets()), ..self }
    }

    /// The same from another source: a home address, which an option gives (RFC 6275 section 11.3.1).
    #[must_use]
    pub fn from_source(self, source: Ipv6Addr) -> Self {
        Self { source: Sum::of(&source.octets()), ..self }
    }

    /// The whole pseudo-header: addresses, protocol number and length of the transport header and data in bytes.
    #[inline]
    pub fn sum(self, protocol: u8, length: u32) -> Sum {
        self.source.plus(self.destination).word(u16::from(protocol)).long(length)
    }
}

/// The new checksum after one 16-bit word of the data went from `old` to `new`:
/// equation 3 of [RFC 1624](https://www.rfc-editor.org/rfc/rfc1624#section-3).
///
/// A checksum that was wrong stays wrong by the same difference.
#[inline]
pub fn update(checksum: u16, old: u16, new: u16) -> u16 {
    Sum::ZERO.word(!checksum).word(!old).word(new).checksum()
}

/// Half plus half, with the carry: added to itself with its halves exchanged, a number has that in its upper half.
#[inline]
fn fold16(sum: u64) -> u16 {
    let sum = (sum.wrapping_add(sum.rotate_left(32)) >> 32) as u32;
    (sum.wrapping_add(sum.rotate_left(16)) >> 16) as u16
}

/// The tables of a reflected CRC of 32 bits: the `n`th says what a byte comes to with `n` bytes behind it.
type Tables = [[u32; 256]; 8];

#[expect(clippy::indexing_slicing, reason = "in a constant an index out of range does not compile")]
const fn crc_tables(polynomial: u32) -> Tables {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut behind = 1;
    while behind < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[behind - 1][byte];
            tables[behind][byte] = tables[0][(before & 0xff) as usize] ^ (before >> 8);
            byte += 1;
        }
        behind += 1;
    }
    tables
}

/// Goes on with a reflected CRC of 32 bits, which begins and ends with its complement: eight bytes at a time, each
/// looked up in a table of its own.
#[expect(clippy::indexing_slicing, reason = "a byte is an index of 256 entries, so that no check is left")]
fn crc(tables: &Tables, crc: u32, bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut crc = !crc;
    for word in words {
        let [a, b, c, d, e, f, g, h] = (u64::from_le_bytes(*word) ^ u64::from(crc)).to_le_bytes();
        crc = t7[usize::from(a)]
            ^ t6[usize::from(b)]
            ^ t5[usize::from(c)]
            ^ t4[usize::from(d)]
            ^ t3[usize::from(e)]
            ^ t2[usize::from(f)]
            ^ t1[usize::from(g)]
            ^ t0[usize::from(h)];
    }
    !rest.iter().fold(crc, |crc, byte| t0[usize::from((crc as u8) ^ byte)] ^ (crc >> 8))
}

/// The CRC-32 of IEEE 802.3, as the frame check sequence of an Ethernet frame carries it (least significant
/// byte first).
///
/// ```
/// // The check value of CRC-32/ISO-HDLC.
/// assert_eq!(layercake::checksum::crc32(b"123456789"), 0xcbf4_3926);
/// ```
pub fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: Tables = crc_tables(0xedb8_8320);
    crc(&TABLES, 0, bytes)
}

/// The CRC-32C of SCTP (RFC 9260 appendix A), least significant byte first; `before` is that of the bytes before
/// these, 0 at the start.
///
/// ```
/// use layercake::checksum::crc32c;
///
/// // The check value of CRC-32/ISCSI.
/// assert_eq!(crc32c(0, b"123456789"), 0xe306_9283);
/// assert_eq!(crc32c(crc32c(0, b"1234"), b"56789"), 0xe306_9283);
/// ```
pub fn crc32c(before: u32, bytes: &[u8]) -> u32 {
    static TABLES: Tables = crc_tables(0x82f6_3b78);
    crc(&TABLES, before, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Word by word, as RFC 1071 section 1 describes it.
    fn by_the_book(bytes: &[u8]) -> u16 {
        let mut sum = 0u32;
        for pair in bytes.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
            if sum > 0xffff {
                sum -= 0xffff;
            }
        }
        sum as u16
    }

    #[test]
    fn sums_as_the_book_says_at_every_length() {
        let bytes: Vec<u8> = (0..3000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for length in 0..600 {
            assert_eq!(Sum::of(&bytes[..length]).fold(), by_the_book(&bytes[..length]), "{length} bytes");
        }
        for length in [1460, 2999] {
            assert_eq!(Sum::of(&bytes[..length]).fold(), by_the_book(&bytes[..length]), "{length} bytes");
        }
        let ones = [0xff; 65535];
        for length in [31, 32, 33, 64, 65534, 65535] {
            assert_eq!(Sum::of(&ones[..length]).fold(), by_the_book(&ones[..length]), "{length} bytes of ff");
        }
    }

    #[test]
    fn pieces_add_up_to_the_whole() {
        let bytes: Vec<u8> = (0..200u8).collect();
        let whole = Sum::of(&bytes);
        assert_eq!(Sum::of(&bytes[..64]).bytes(&bytes[64..]).fold(), whole.fold());
        assert_eq!(Sum::of(&bytes[..100]).plus(Sum::of(&bytes[100..])).fold(), whole.fold());
    }

    /// Bit by bit, as the polynomial is divided by (RFC 9260 appendix A).
    fn crc_by_the_book(polynomial: u32, bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg()))
        })
    }

    #[test]
    fn crcs_are_as_the_book_says_at_every_length_and_in_pieces() {
        let bytes: Vec<u8> = (0..200u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for length in 0..bytes.len() {
            let (piece, rest) = (&bytes[..length], &bytes[length..]);
            assert_eq!(crc32(piece), crc_by_the_book(0xedb8_8320, piece), "{length} bytes");
            assert_eq!(crc32c(0, piece), crc_by_the_book(0x82f6_3b78, piece), "{length} bytes");
            assert_eq!(crc32c(crc32c(0, piece), rest), crc32c(0, &bytes), "{length} bytes and the rest");
        }
        // RFC 3720 section B.4, by way of RFC 9260 appendix A: 32 bytes of zeros, of ones, and counting.
        assert_eq!(crc32c(0, &[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(0, &[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(0, &core::array::from_fn::<u8, 32, _>(|n| n as u8)), 0x46dd_794e);
    }

    /// RFC 1624 section 3: the update agrees with computing anew, also where equation 2 of RFC 1141 fails.
    #[test]
    fn update_agrees_with_recomputing() {
        for (old, new) in [(0u16, 0xffffu16), (0x5555, 0x3285), (0xffff, 0), (1, 2), (0x8000, 0x7fff)] {
            let rest = [0x12, 0x34, 0xab, 0xcd];
            let before = Sum::of(&rest).word(old).checksum();
            assert_eq!(
                update(before, old, new),
                Sum::of(&rest).word(new).checksum(),
                "{old:04x} to {new:04x}"
            );
        }
    }
}
