//! The one builder behind every header.
//!
//! A [`Builder`] holds the bytes of one header and remembers which fields were given. What was not given,
//! lengths, next-protocol numbers, checksums, is filled in when the packet is written, from what the header
//! carries; what was given stays as it is, so any wrong packet can be built on purpose.

use crate::field::{Field, FieldInfo, FieldType, Kind, Protocol};

/// What the [`header!`](crate::header) macro says of a header type: how to view, build and complete it.
pub trait Header: Sized {
    /// Length of the fixed part in bytes.
    const LEN: usize;
    /// The header with its options is padded with zeros to a multiple of this many bytes.
    const STEP: usize;
    /// The view over bytes of type `B`.
    type View<B>;
    /// Where a builder keeps the header's bytes.
    type Room: AsRef<[u8]> + AsMut<[u8]> + Copy + core::fmt::Debug;
    /// An empty room.
    fn room() -> Self::Room;
    /// A view over bytes that begin with the header; `None` if they are too short.
    fn wrap<B: AsRef<[u8]>>(bytes: B) -> Option<Self::View<B>>;
}

/// A header type that the registry knows, or a user's with a kind of its own.
pub trait Registered: Header {
    /// Its number in the registry; [`Kind::user`] for a user's.
    const KIND: Kind;
    /// What it says of itself.
    const PROTOCOL: &'static Protocol;
    /// The EtherType that leads to it.
    const ETHER_TYPE: Option<u16>;
    /// The IP protocol number that leads to it.
    const IP_PROTOCOL: Option<u8>;
}

/// What a header needs to know to complete itself.
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    /// The fields that were given.
    pub given: Given,
    /// Length of the header with its options, in bytes.
    pub header: usize,
    /// The header is new: what else was not given gets its default. Otherwise lengths are all that changes.
    pub building: bool,
}

impl Completion {
    /// Writes `value` into a header that is built, unless the field was given; an edit leaves it.
    #[inline(always)]
    pub fn auto<T: FieldType>(&self, bytes: &mut [u8], field: &Field<T>, value: T) {
        if self.building && !self.given.has(&field.info) {
            let _ = field.write(bytes, value);
        }
    }

    /// Writes the length of the header, in the units of the field, into a header that is built, unless the field was given.
    ///
    /// # Errors
    /// [`BuildError::TooLong`] if it does not fit.
    #[inline(always)]
    pub fn header_length(&self, bytes: &mut [u8], field: &Field<u8>) -> Result<(), BuildError> {
        if !self.building || self.given.has(&field.info) {
            return Ok(());
        }
        let length = self.header.checked_div(usize::from(field.info.scale)).unwrap_or(0);
        let most = (1usize << (field.info.bits & 7)).wrapping_sub(1);
        if length > most {
            return Err(BuildError::TooLong { field: field.info.name, length: self.header });
        }
        let _ = field.write(bytes, length as u8);
        Ok(())
    }

    /// Writes a length of `bytes` unless the field was given.
    ///
    /// # Errors
    /// [`BuildError::TooLong`] if it does not fit.
    #[inline(always)]
    pub fn length(&self, bytes: &mut [u8], field: &Field<u16>, length: usize) -> Result<(), BuildError> {
        if self.given.has(&field.info) {
            return Ok(());
        }
        let value =
            u16::try_from(length).map_err(|_| BuildError::TooLong { field: field.info.name, length })?;
        let _ = field.write(bytes, value);
        Ok(())
    }
}

/// Which fields were given, by the 4-bit cell in which they start: no header has two fields that are filled in
/// automatically in one cell, and none beyond the 64th.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given(u64);

impl Given {
    #[inline(always)]
    const fn cell(field: &FieldInfo) -> u64 {
        match 1u64.checked_shl(field.start as u32 / 4) {
            Some(cell) => cell,
            None => 0,
        }
    }

    /// Whether this field was given.
    #[inline(always)]
    pub const fn has(self, field: &FieldInfo) -> bool {
        self.0 & Self::cell(field) != 0
    }

    #[inline(always)]
    pub(crate) const fn with(self, field: &FieldInfo) -> Self {
        Self(self.0 | Self::cell(field))
    }
}

/// Why a packet could not be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The buffer is too small.
    NoRoom {
        /// Bytes that the packet needs.
        needed: usize,
        /// Bytes that the buffer has.
        available: usize,
    },
    /// A length does not fit its field; give the field to write it all the same.
    TooLong {
        /// The field.
        field: &'static str,
        /// Bytes that it should say.
        length: usize,
    },
    /// A header has no number by which the one around it could announce it.
    NoNumber {
        /// The field that would hold the number; give it a value.
        field: &'static str,
    },
    /// The options of one header are longer than it can hold.
    OptionsTooLong {
        /// Bytes that a header of this kind can have.
        room: usize,
    },
    /// A value that was given is wider than its field.
    TooWide {
        /// The field.
        field: &'static str,
        /// The bits that it has.
        bits: u16,
    },
}

impl core::fmt::Display for BuildError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoRoom { needed, available } => {
                write!(
                    f,
                    "the packet needs {needed} bytes, the buffer has {available}; use one of its size()"
                )
            }
            Self::TooLong { field, length } => {
                write!(
                    f,
                    "{length} bytes are more than {field} can say; give it a value to write it all the same"
                )
            }
            Self::NoNumber { field } => {
                write!(f, "no number says that this header follows; give {field} a value")
            }
            Self::OptionsTooLong { room } => {
                write!(f, "the options do not fit: this header can have {room} bytes in all; leave some out")
            }
            Self::TooWide { field, bits } => {
                write!(f, "the value does not fit {field}, which has {bits} bits")
            }
        }
    }
}

impl core::error::Error for BuildError {}

/// One header under construction. Made by the header's own `new` (`Udp::new(5000, 7)`); every field has a
/// method of its name that gives it exactly, and `/` puts something inside it.
#[derive(Debug)]
pub struct Builder<H: Header> {
    room: H::Room,
    length: usize,
    given: Given,
    /// What went wrong first; it is said when the packet is written.
    wrong: Option<BuildError>,
}

impl<H: Header> Clone for Builder<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: Header> Copy for Builder<H> {}

impl<H: Header> Builder<H> {
    /// A header of zeros, nothing given.
    #[inline]
    pub fn empty() -> Self {
        Self { room: H::room(), length: H::LEN, given: Given::default(), wrong: None }
    }

    /// Gives a field exactly. A value that is wider than the field is an error when the packet is written:
    /// [`BuildError::TooWide`].
    ///
    /// ```
    /// use layercake::field::BuildError;
    /// use layercake::wire::{ipv4::Ipv4, vlan::Vlan};
    ///
    /// let cake = Vlan::new(5000) / Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    /// assert_eq!(cake.to_vec(), Err(BuildError::TooWide { field: "vlan.id", bits: 12 }));
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn give<T: FieldType>(mut self, field: &Field<T>, value: T) -> Self {
        self.given = self.given.with(&field.info);
        self.preset(field, value)
    }

    /// Writes a field without counting it as given.
    #[inline(always)]
    #[must_use]
    pub fn preset<T: FieldType>(mut self, field: &Field<T>, value: T) -> Self {
        if !field.info.holds(value.to_bits()) {
            return self.fail(BuildError::TooWide { field: field.info.name, bits: field.info.bits });
        }
        let _ = field.write(self.room.as_mut(), value);
        self
    }

    /// Remembers what went wrong, unless something did before.
    #[cold]
    fn fail(mut self, wrong: BuildError) -> Self {
        self.wrong = self.wrong.or(Some(wrong));
        self
    }

    /// There is no room for what is added.
    #[cold]
    fn overflow(self) -> Self {
        let room = self.room.as_ref().len();
        self.fail(BuildError::OptionsTooLong { room })
    }

    /// Adds bytes after the fixed part: an option, or whatever this kind of header carries there. When there
    /// is no room for them, writing the packet fails with [`BuildError::OptionsTooLong`].
    #[inline]
    #[must_use]
    pub fn append(mut self, bytes: &[u8]) -> Self {
        let end = self.length.saturating_add(bytes.len());
        match self.room.as_mut().get_mut(self.length..end) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.length = end;
            }
            None => return self.overflow(),
        }
        self
    }

    /// Writes bytes over those of the header from byte `at` on, fixed part and what was added alike. When they are not all
    /// there, writing the packet fails as of [`Builder::append`].
    #[must_use]
    pub(crate) fn put(mut self, at: usize, bytes: &[u8]) -> Self {
        let whole = self.room.as_mut().get_mut(..self.length).unwrap_or_default();
        match whole.get_mut(at..).and_then(|place| place.get_mut(..bytes.len())) {
            Some(place) => place.copy_from_slice(bytes),
            None => return self.overflow(),
        }
        self
    }

    /// Takes away the last bytes, so many, of what was added.
    #[must_use]
    pub(crate) fn shorten(mut self, bytes: usize) -> Self {
        self.length = self.length.saturating_sub(bytes).max(H::LEN);
        self
    }

    /// Size of the header in bytes, with its padding.
    #[inline]
    pub fn size(&self) -> usize {
        self.length.checked_next_multiple_of(H::STEP).unwrap_or(self.length)
    }

    /// The header's bytes, before what was not given is filled in.
    ///
    /// # Errors
    /// [`BuildError::OptionsTooLong`], [`BuildError::TooWide`].
    #[inline]
    pub fn bytes(&self) -> Result<&[u8], BuildError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let room = self.room.as_ref();
        room.get(..self.size()).ok_or(BuildError::OptionsTooLong { room: room.len() })
    }

    /// The fields that were given.
    #[inline]
    pub fn given(&self) -> Given {
        self.given
    }
}
