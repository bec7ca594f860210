//! Writing messages.

use core::fmt;

use crate::field::name::{self, BadName, LONGEST};
use crate::field::{BuildError, Builder, Name};
use crate::names::{DnsClass, DnsType};
use crate::wire::dns::records::{Data, Place};
use crate::wire::dns::{ADDITIONALS, ANSWERS, AUTHORITIES, Dns, QUESTIONS};

/// Names that can be pointed to are remembered, as many as this.
const REMEMBERED: usize = 64;
/// The bits of a place that a pointer has room for.
const REACH: usize = 0x3fff;

/// Writes a message into a buffer: the header first, then questions and records in the order of their sections. Counts and
/// lengths are filled in; a name that was written before is pointed to, as far as RFC 1035 section 4.1.4 and RFC 3597 section 4 let
/// it. What does not fit is refused, and the message stays as it was.
///
/// ```
/// use layercake::names::DnsType;
/// use layercake::wire::dns::{Composer, Dns};
///
/// let mut room = [0; 512];
/// let mut message = Composer::new(&mut room, Dns::query(7))?;
/// message.question("www.python.org", DnsType::AAAA)?;
/// assert_eq!(message.finish().len(), 12 + 16 + 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Composer<'b> {
    buffer: &'b mut [u8],
    length: usize,
    place: Place,
    /// Where labels stand that can be pointed to.
    remembered: [u16; REMEMBERED],
    known: usize,
}

/// Why a message cannot be written so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposeError {
    /// The buffer is full: bytes needed, bytes there.
    NoRoom {
        /// Bytes that the message would need.
        needed: usize,
        /// Bytes that the buffer has.
        available: usize,
    },
    /// A name cannot be written.
    Name(BadName),
    /// It belongs in front of what was written already.
    Order,
    /// There are 65,535 of them already.
    Count,
    /// The header.
    Header(BuildError),
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom { needed, available } => {
                write!(f, "the message needs {needed} bytes, and there is room for {available}")
            }
            Self::Name(bad) => bad.fmt(f),
            Self::Order => f.write_str("it belongs to a section before the one that is being written"),
            Self::Count => f.write_str("a section holds no more than 65,535 of them"),
            Self::Header(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ComposeError {}

impl<'b> Composer<'b> {
    /// A message with this header and nothing behind it.
    ///
    /// # Errors
    /// [`ComposeError::NoRoom`] if the buffer does not hold the header.
    pub fn new(buffer: &'b mut [u8], header: Builder<Dns>) -> Result<Self, ComposeError> {
        let header = header.bytes().map_err(ComposeError::Header)?;
        let mut message =
            Self { buffer, length: 0, place: Place::Question, remembered: [0; REMEMBERED], known: 0 };
        message.put(header)?;
        Ok(message)
    }

    /// Adds a question of class IN.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn question(&mut self, name: &str, record_type: DnsType) -> Result<&mut Self, ComposeError> {
        self.add(Place::Question, |message| {
            message.name(name, true)?;
            message.put(&record_type.0.to_be_bytes())?;
            message.put(&DnsClass::IN.0.to_be_bytes())
        })
    }

    /// Adds a record of class IN.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn record(
        &mut self,
        place: Place,
        name: &str,
        ttl: u32,
        data: Data<'_, &str>,
    ) -> Result<&mut Self, ComposeError> {
        self.record_of(place, name, DnsClass::IN, ttl, data)
    }

    /// Adds a record of any class: that of OPT is a size, multicast DNS has a flag in it.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn record_of(
        &mut self,
        place: Place,
        name: &str,
        class: DnsClass,
        ttl: u32,
        data: Data<'_, &str>,
    ) -> Result<&mut Self, ComposeError> {
        self.add(place, |message| {
            message.name(name, true)?;
            message.put(&type_of(&data).0.to_be_bytes())?;
            message.put(&class.0.to_be_bytes())?;
            message.put(&ttl.to_be_bytes())?;
            message.put(&[0, 0])?;
            let start = message.length;
            message.data(&data)?;
            let length = message.length.saturating_sub(start);
            let length = u16::try_from(length)
                .map_err(|_| ComposeError::NoRoom { needed: length, available: usize::from(u16::MAX) })?;
            let at = start.saturating_sub(2);
            if let Some(place) = message.buffer.get_mut(at..start) {
                place.copy_from_slice(&length.to_be_bytes());
            }
            Ok(())
        })
    }

    /// The message.
    pub fn finish(self) -> &'b [u8] {
        let Self { buffer, length, .. } = self;
        buffer.get(..length).unwrap_or(&[])
    }

    /// Adds something to a section, or nothing at all.
    fn add(
        &mut self,
        place: Place,
        write: impl FnOnce(&mut Self) -> Result<(), ComposeError>,
    ) -> Result<&mut Self, ComposeError> {
        if place < self.place {
            return Err(ComposeError::Order);
        }
        let (length, known) = (self.length, self.known);
        let count = match place {
            Place::Question => QUESTIONS,
            Place::Answer => ANSWERS,
            Place::Authority => AUTHORITIES,
            Place::Additional => ADDITIONALS,
        };
        let outcome = match count.read(self.buffer).and_then(|now| now.checked_add(1)) {
            None => Err(ComposeError::Count),
            Some(more) => write(self).map(|()| {
                let _ = count.write(self.buffer, more);
            }),
        };
        if outcome.is_err() {
            (self.length, self.known) = (length, known);
        } else {
            self.place = place;
        }
        outcome.map(|()| self)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ComposeError> {
        let (needed, available) = (self.length.saturating_add(bytes.len()), self.buffer.len());
        let place = self.buffer.get_mut(self.length..needed).filter(|_| needed <= usize::from(u16::MAX));
        place.ok_or(ComposeError::NoRoom { needed, available })?.copy_from_slice(bytes);
        self.length = needed;
        Ok(())
    }

    /// Writes a name, and points to what of it stands there already if that may be.
    fn name(&mut self, name: &str, may_point: bool) -> Result<(), ComposeError> {
        let start = self.length;
        let mut wire = [0; LONGEST];
        let whole = name::encode(name, &mut wire).map_err(ComposeError::Name)?;
        let mut at = 0usize;
        while let Some(length) = whole.get(at).filter(|length| **length > 0) {
            let suffix = Name::at(whole, at);
            if may_point && let Some(before) = self.find(&suffix) {
                return self.put(&(0xc000 | before).to_be_bytes());
            }
            let here = start.saturating_add(at);
            if let (Some(free), Ok(here)) = (self.remembered.get_mut(self.known), u16::try_from(here))
                && usize::from(here) <= REACH
            {
                *free = here;
                self.known = self.known.saturating_add(1);
            }
            let end = at.saturating_add(usize::from(*length)).saturating_add(1);
            self.put(whole.get(at..end).unwrap_or(&[]))?;
            at = end;
        }
        self.put(&[0])
    }

    /// Where this name stands already.
    fn find(&self, name: &Name<'_>) -> Option<u16> {
        let written = self.buffer.get(..self.length)?;
        let known = self.remembered.get(..self.known)?;
        known.iter().copied().find(|at| Name::at(written, usize::from(*at)).is(name))
    }

    fn data(&mut self, data: &Data<'_, &str>) -> Result<(), ComposeError> {
        match data {
            Data::A(address) => self.put(&address.octets()),
            Data::Aaaa(address) => self.put(&address.octets()),
            Data::Cname(name) | Data::Ns(name) | Data::Ptr(name) => self.name(name, true),
            // Those who do not know the newer types could not follow pointers in them.
            Data::Dname(name) => self.name(name, false),
            Data::Mx { preference, exchange } => {
                self.put(&preference.to_be_bytes())?;
                self.name(exchange, true)
            }
            Data::Soa { primary, mailbox, numbers } => {
                self.name(primary, true)?;
                self.name(mailbox, true)?;
                numbers.iter().try_for_each(|number| self.put(&number.to_be_bytes()))
            }
            Data::Srv { priority, weight, port, target } => {
                [priority, weight, port]
                    .into_iter()
                    .try_for_each(|number| self.put(&number.to_be_bytes()))?;
                self.name(target, false)
            }
            Data::Txt(bytes) | Data::Other(_, bytes) => self.put(bytes),
        }
    }
}

fn type_of<N>(data: &Data<'_, N>) -> DnsType {
    match data {
        Data::A(_) => DnsType::A,
        Data::Aaaa(_) => DnsType::AAAA,
        Data::Cname(_) => DnsType::CNAME,
        Data::Ns(_) => DnsType::NS,
        Data::Ptr(_) => DnsType::PTR,
        Data::Dname(_) => DnsType::DNAME,
        Data::Mx { .. } => DnsType::MX,
        Data::Soa { .. } => DnsType::SOA,
        Data::Srv { .. } => DnsType::SRV,
        Data::Txt(_) => DnsType::TXT,
        Data::Other(record_type, _) => *record_type,
    }
}
