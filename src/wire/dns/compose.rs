//! Writing messages.

use core::fmt;

use crate::field::name::{self, BadName, LONGEST};
use crate::field::{BuildError, Builder, Name};
use crate::names::{DnsClass, DnsType};
use crate::wire::dns::edns::Edns;
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
///
/// Names are text or names that were read ([`WrittenName`]). An answer that does not fit is cut where its records end, and says so:
///
/// ```
/// use layercake::field::Name;
/// use layercake::names::DnsType;
/// use layercake::wire::dns::{Composer, Data, Dns, Edns, Place};
///
/// let name = Name::at(b"\x03www\x03lab\x00", 0);
/// let mut room = [0; 80];
/// let mut message = Composer::new(&mut room, Dns::reply(7))?;
/// message.question(name, DnsType::A)?;
/// message.keep(Edns::LEN);
/// for host in 1.. {
///     if message.record(Place::Answer, name, 60, Data::A([192, 0, 2, host].into())).is_err() {
///         message.header_mut().unwrap().set_truncated(true);
///         break;
///     }
/// }
/// message.edns(Edns { payload_size: 1232, ..Edns::default() })?;
/// let message = Dns::view(message.finish())?;
/// assert!(message.truncated() && message.answer_count() == 2 && message.edns().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Composer<'b> {
    buffer: &'b mut [u8],
    length: usize,
    /// Bytes at the end of the buffer that are kept free.
    kept: usize,
    place: Place,
    /// Where labels stand that can be pointed to.
    remembered: [u16; REMEMBERED],
    known: usize,
}

/// A name that can be written: text as [`Name`] prints it, or a name that was read.
pub trait WrittenName {
    /// Its labels with their lengths and the root, without pointers.
    ///
    /// # Errors
    /// [`BadName`]; [`BadName::Broken`] for a name that was read and has no end.
    fn encode<'w>(&self, wire: &'w mut [u8; LONGEST]) -> Result<&'w [u8], BadName>;
}

impl<T: AsRef<str> + ?Sized> WrittenName for &T {
    fn encode<'w>(&self, wire: &'w mut [u8; LONGEST]) -> Result<&'w [u8], BadName> {
        name::encode(self.as_ref(), wire)
    }
}

impl WrittenName for Name<'_> {
    fn encode<'w>(&self, wire: &'w mut [u8; LONGEST]) -> Result<&'w [u8], BadName> {
        self.expand(wire).ok_or(BadName::Broken)
    }
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
        let mut message = Self {
            buffer,
            length: 0,
            kept: 0,
            place: Place::Question,
            remembered: [0; REMEMBERED],
            known: 0,
        };
        message.put(header)?;
        Ok(message)
    }

    /// Adds a question of class IN.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn question(
        &mut self,
        name: impl WrittenName,
        record_type: DnsType,
    ) -> Result<&mut Self, ComposeError> {
        self.question_of(name, record_type, DnsClass::IN)
    }

    /// Adds a question of any class.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn question_of(
        &mut self,
        name: impl WrittenName,
        record_type: DnsType,
        class: DnsClass,
    ) -> Result<&mut Self, ComposeError> {
        self.add(Place::Question, |message| {
            message.name(&name, true)?;
            message.put(&record_type.0.to_be_bytes())?;
            message.put(&class.0.to_be_bytes())
        })
    }

    /// Adds a record of class IN.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn record<N: WrittenName>(
        &mut self,
        place: Place,
        name: N,
        ttl: u32,
        data: Data<'_, N>,
    ) -> Result<&mut Self, ComposeError> {
        self.record_of(place, name, DnsClass::IN, ttl, data)
    }

    /// Adds a record of any class: that of OPT is a size, multicast DNS has a flag in it.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn record_of<N: WrittenName>(
        &mut self,
        place: Place,
        name: N,
        class: DnsClass,
        ttl: u32,
        data: Data<'_, N>,
    ) -> Result<&mut Self, ComposeError> {
        self.add(place, |message| {
            message.name(&name, true)?;
            message.put(&data.record_type().0.to_be_bytes())?;
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

    /// Adds OPT, with no options in it. A message has one at most, and it says more about the result: its upper bits.
    ///
    /// # Errors
    /// [`ComposeError`]; nothing is added.
    pub fn edns(&mut self, edns: Edns) -> Result<&mut Self, ComposeError> {
        let (class, ttl) = edns.words();
        self.kept = 0;
        self.record_of(Place::Additional, ".", class, ttl, Data::Other(DnsType::OPT, &[]))
    }

    /// Keeps so many bytes at the end of the buffer free, until OPT is written.
    pub const fn keep(&mut self, bytes: usize) {
        self.kept = bytes;
    }

    /// The header, to change flags of it. `None` only if there is none, which cannot be.
    pub fn header_mut(&mut self) -> Option<Dns<&mut [u8]>> {
        Dns::view(self.buffer.get_mut(..Dns::LEN)?).ok()
    }

    /// Adds several things, or none of them.
    ///
    /// # Errors
    /// What `write` gives; nothing is added.
    pub fn whole(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), ComposeError>,
    ) -> Result<&mut Self, ComposeError> {
        let (length, known, place) = (self.length, self.known, self.place);
        let counts: Option<[u8; 8]> = self.buffer.get(4..Dns::LEN).and_then(|counts| counts.try_into().ok());
        if let Err(error) = write(self) {
            (self.length, self.known, self.place) = (length, known, place);
            if let (Some(before), Some(place)) = (counts, self.buffer.get_mut(4..Dns::LEN)) {
                place.copy_from_slice(&before);
            }
            return Err(error);
        }
        Ok(self)
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
        let count = match place {
            Place::Question => QUESTIONS,
            Place::Answer => ANSWERS,
            Place::Authority => AUTHORITIES,
            Place::Additional => ADDITIONALS,
        };
        self.whole(|message| {
            let more = count.read(message.buffer).and_then(|now| now.checked_add(1));
            let more = more.ok_or(ComposeError::Count)?;
            write(message)?;
            let _ = count.write(message.buffer, more);
            message.place = place;
            Ok(())
        })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ComposeError> {
        let needed = self.length.saturating_add(bytes.len());
        let available = self.buffer.len().saturating_sub(self.kept).min(usize::from(u16::MAX));
        let place = self.buffer.get_mut(self.length..needed).filter(|_| needed <= available);
        place.ok_or(ComposeError::NoRoom { needed, available })?.copy_from_slice(bytes);
        self.length = needed;
        Ok(())
    }

    /// Writes a name, and points to what of it stands there already if that may be.
    fn name(&mut self, name: &impl WrittenName, may_point: bool) -> Result<(), ComposeError> {
        let start = self.length;
        let mut wire = [0; LONGEST];
        let whole = name.encode(&mut wire).map_err(ComposeError::Name)?;
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

    fn data(&mut self, data: &Data<'_, impl WrittenName>) -> Result<(), ComposeError> {
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
