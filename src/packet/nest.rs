//! Putting a packet together: `/` puts what is on its right inside what is on its left.
//!
//! The result is a [`Cake`] of nested types, as the textbook draws it: an Ethernet header and, as its payload,
//! an IPv4 header and, as its payload, and so on. It is written from the outside in, and completed from the
//! inside out: what was not given (lengths, next-protocol numbers, checksums) is filled in from what lies inside.

use crate::checksum::Pseudo;
use crate::field::builder::Registered;
use crate::field::value::write_bits;
use crate::field::{BuildError, Builder, Checksum, Completion, Cover, Kind, Protocol, Scope};

/// A header with what it carries.
#[derive(Clone, Copy, Debug)]
pub struct Cake<H: Registered, P> {
    header: Builder<H>,
    inside: P,
}

/// A part of a packet: a header with what it carries, or payload.
pub trait Part {
    /// What it begins with, which the header around it announces if it announces anything.
    fn lead(&self) -> Lead;

    /// Its size in bytes, with everything inside.
    fn size(&self) -> usize;

    /// Writes it into a place that has just its size.
    ///
    /// # Errors
    /// [`BuildError`].
    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError>;
}

/// What a part begins with, and the usual numbers by which a header announces that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The kind of its first header; [`Kind::NONE`] for payload.
    pub kind: Kind,
    /// The EtherType that leads to it.
    pub ether_type: Option<u16>,
    /// The IP protocol number that leads to it.
    pub ip_protocol: Option<u8>,
}

impl Lead {
    /// Payload, which has no number.
    pub const PAYLOAD: Self = Self { kind: Kind::NONE, ether_type: None, ip_protocol: None };

    /// A header of this type.
    pub const fn of<H: Registered>() -> Self {
        Self { kind: H::KIND, ether_type: H::ETHER_TYPE, ip_protocol: H::IP_PROTOCOL }
    }
}

impl<H: Registered, P: Part> Cake<H, P> {
    /// Size of the packet in bytes: the room that [`Cake::write`] needs.
    #[inline]
    pub fn size(&self) -> usize {
        self.header.size().saturating_add(self.inside.size())
    }

    /// Writes the packet at the start of a buffer and gives back the bytes written. Nothing is padded.
    ///
    /// # Errors
    /// [`BuildError`], and the buffer may have changed.
    #[inline]
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], BuildError> {
        let (needed, available) = (self.size(), buffer.len());
        let place = buffer.get_mut(..needed).ok_or(BuildError::NoRoom { needed, available })?;
        self.put(place, None)?;
        Ok(place)
    }

    /// Writes the packet into a new vector.
    ///
    /// # Errors
    /// [`BuildError`].
    #[cfg(feature = "alloc")]
    pub fn to_vec(&self) -> Result<alloc::vec::Vec<u8>, BuildError> {
        let mut bytes = alloc::vec![0; self.size()];
        self.put(&mut bytes, None)?;
        Ok(bytes)
    }
}

impl<H: Registered, P: Part> Part for Cake<H, P> {
    #[inline]
    fn lead(&self) -> Lead {
        Lead::of::<H>()
    }

    #[inline]
    fn size(&self) -> usize {
        self.size()
    }

    #[inline]
    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        let header = self.header.bytes()?;
        let completion = Completion { given: self.header.given(), header: header.len(), building: true };
        if let Some(front) = place.get_mut(..header.len()) {
            front.copy_from_slice(header);
        }
        announce(H::PROTOCOL, place, &completion, self.inside.lead())?;
        (H::PROTOCOL.fill)(place, &completion)?;
        let around = around(H::PROTOCOL, place, completion.header, pseudo);
        if let Some(inside) = place.get_mut(completion.header..) {
            self.inside.put(inside, around)?;
        }
        if let Some(checksum) = &H::PROTOCOL.checksum
            && !completion.given.has(checksum.field)
        {
            seal(checksum, place, completion.header, pseudo);
        }
        Ok(())
    }
}

/// Writes into a header the number of what it carries, unless that was given.
#[inline(always)]
pub(super) fn announce(
    protocol: &Protocol,
    place: &mut [u8],
    completion: &Completion,
    inside: Lead,
) -> Result<(), BuildError> {
    let Some(announce) = protocol.announce.filter(|announce| !completion.given.has(announce.field)) else {
        return Ok(());
    };
    let number = announce.numbers.of(inside.kind, inside.ether_type, inside.ip_protocol);
    if inside.kind != Kind::NONE && number.is_none() {
        return Err(BuildError::NoNumber { field: announce.field.name });
    }
    if let Some(number) = number.or(announce.nothing) {
        let (start, bits) = (usize::from(announce.field.start), usize::from(announce.field.bits));
        let _ = write_bits(place, start, bits, u128::from(number));
    }
    Ok(())
}

/// The pseudo-header that checksums inside a header cover.
#[inline(always)]
pub(super) fn around(
    protocol: &Protocol,
    place: &[u8],
    header: usize,
    pseudo: Option<Pseudo>,
) -> Option<Pseudo> {
    let mut scope = Scope { header, pseudo, ..Scope::of(place) };
    (protocol.surround)(&mut scope);
    scope.pseudo
}

/// Fills in a checksum once all that it covers is in place; without the addresses that it covers it stays zero.
#[inline(always)]
pub(super) fn seal(checksum: &Checksum, place: &mut [u8], header: usize, pseudo: Option<Pseudo>) {
    let covered = match checksum.cover {
        Cover::Header => header,
        Cover::Layer | Cover::Claim => place.len(),
        Cover::Part(part) => part(place).unwrap_or(place.len()),
    };
    let length = checksum.pseudo_length(place.len(), covered);
    if let (Some(sum), Some(bytes)) = (checksum.pseudo_sum(pseudo, length), place.get_mut(..covered)) {
        let value = checksum.compute(sum, bytes);
        let (start, bits) = (usize::from(checksum.field.start), usize::from(checksum.field.bits));
        let _ = write_bits(bytes, start, bits, u128::from(value));
    }
}

/// A header alone, with nothing inside.
impl<H: Registered> Part for Builder<H> {
    #[inline]
    fn lead(&self) -> Lead {
        Lead::of::<H>()
    }

    #[inline]
    fn size(&self) -> usize {
        self.size()
    }

    #[inline]
    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        Cake { header: *self, inside: [0; 0] }.put(place, pseudo)
    }
}

/// Declares what is put inside as bytes.
macro_rules! payload {
    ($([$($generics:tt)*] $Payload:ty;)*) => {$(
        impl $($generics)* Part for $Payload {
            #[inline]
            fn lead(&self) -> Lead {
                Lead::PAYLOAD
            }

            #[inline]
            fn size(&self) -> usize {
                self.len()
            }

            #[inline]
            fn put(&self, place: &mut [u8], _: Option<Pseudo>) -> Result<(), BuildError> {
                let bytes: &[u8] = self.as_ref();
                match place.get_mut(..bytes.len()) {
                    Some(place) => place.copy_from_slice(bytes),
                    None => return Err(BuildError::NoRoom { needed: bytes.len(), available: place.len() }),
                }
                Ok(())
            }
        }
    )*};
}

payload! {
    [] [u8];
    [<const N: usize>] [u8; N];
    [] str;
}

#[cfg(feature = "alloc")]
payload! {
    [] alloc::vec::Vec<u8>;
    [] alloc::string::String;
}

/// Bytes in several pieces, as a ring has them.
impl<const N: usize> Part for [&[u8]; N] {
    #[inline]
    fn lead(&self) -> Lead {
        Lead::PAYLOAD
    }

    #[inline]
    fn size(&self) -> usize {
        self.iter().fold(0, |size, piece| size.saturating_add(piece.len()))
    }

    #[inline]
    fn put(&self, place: &mut [u8], _: Option<Pseudo>) -> Result<(), BuildError> {
        let (needed, available) = (self.size(), place.len());
        let mut rest = place;
        for piece in self {
            let (front, behind) =
                rest.split_at_mut_checked(piece.len()).ok_or(BuildError::NoRoom { needed, available })?;
            front.copy_from_slice(piece);
            rest = behind;
        }
        Ok(())
    }
}

/// What is borrowed goes inside as well, also a `&dyn Part`, whose type is known only when the program runs:
///
/// ```
/// use layercake::field::BuildError;
/// use layercake::packet::Part;
/// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6, udp::Udp};
///
/// fn frame(packet: &dyn Part) -> Result<Vec<u8>, BuildError> {
///     (Ethernet::new(Default::default(), Default::default()) / packet).to_vec()
/// }
///
/// let datagram = Udp::new(5000, 7) / b"hello";
/// let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// assert_eq!(frame(&(Ipv4::new(a, b) / &datagram))?[12..15], [0x08, 0x00, 0x45]);
/// let (a, b) = ("2001:db8::1".parse()?, "2001:db8::2".parse()?);
/// assert_eq!(frame(&(Ipv6::new(a, b) / &datagram))?[12..15], [0x86, 0xdd, 0x60]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
impl<P: Part + ?Sized> Part for &P {
    #[inline]
    fn lead(&self) -> Lead {
        (**self).lead()
    }

    #[inline]
    fn size(&self) -> usize {
        (**self).size()
    }

    #[inline]
    fn put(&self, place: &mut [u8], pseudo: Option<Pseudo>) -> Result<(), BuildError> {
        (**self).put(place, pseudo)
    }
}

/// What something can be put inside of.
pub trait Nest<Inside> {
    /// The two together.
    type Output;
    /// Puts it inside the innermost header.
    fn nest(self, inside: Inside) -> Self::Output;
}

impl<H: Registered, Inside: Part> Nest<Inside> for Builder<H> {
    type Output = Cake<H, Inside>;

    #[inline]
    fn nest(self, inside: Inside) -> Cake<H, Inside> {
        Cake { header: self, inside }
    }
}

impl<H: Registered, P: Nest<Inside>, Inside> Nest<Inside> for Cake<H, P> {
    type Output = Cake<H, P::Output>;

    #[inline]
    fn nest(self, inside: Inside) -> Self::Output {
        Cake { header: self.header, inside: self.inside.nest(inside) }
    }
}

impl<H: Registered, Inside: Part> core::ops::Div<Inside> for Builder<H> {
    type Output = Cake<H, Inside>;

    #[inline]
    fn div(self, inside: Inside) -> Self::Output {
        self.nest(inside)
    }
}

impl<H: Registered, P: Nest<Inside>, Inside> core::ops::Div<Inside> for Cake<H, P> {
    type Output = Cake<H, P::Output>;

    #[inline]
    fn div(self, inside: Inside) -> Self::Output {
        self.nest(inside)
    }
}
