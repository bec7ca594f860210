//! Compressed captures: gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)), zstd
//! ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878)) and
//! [lz4 frames](https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), undone while they are read.
//!
//! Which one it is, the first bytes say. Several members or frames, one behind another, are one content; frames that are
//! to be skipped are skipped. What is compressed twice is undone once. The most memory that a file can ask for: zstd's
//! window, of which 128 MiB are allowed (what `zstd --long` makes), three times the greatest lz4 block of 4 MiB, 32 KiB
//! of gzip. zstd gives out what lies a window back, and the rest at the end of a frame: from a pipe, packets in zstd come
//! late. Checksums are checked; one that is wrong is damage behind the last bytes that it covers.

#[cfg(feature = "compression")]
pub(super) mod unpack;

use std::fmt;

/// What a capture is compressed with.
///
/// ```
/// use layercake::capture::Compression;
///
/// assert_eq!(Compression::of(&[0x1f, 0x8b, 8, 0]), Some(Compression::Gzip));
/// assert_eq!(Compression::of(b"0000"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// lz4 frames; not the legacy format of `lz4 -l`.
    Lz4,
}

impl Compression {
    /// By the first four bytes of a file.
    pub fn of(start: &[u8]) -> Option<Self> {
        match start.first_chunk()? {
            [0x1f, 0x8b, 8, _] => Some(Self::Gzip),
            // The last is a frame to skip, which pzstd begins with.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18] => Some(Self::Lz4),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        })
    }
}
