//! The questions and records of a message: read one after the other, as sections of fields and as values.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::tlv::{self, Options};
use crate::field::value::Shown;
use crate::field::{Cursor, FieldInfo, Finding, Format, Name, Scope, Section, Severity, Text};
use crate::names::{DnsClass, DnsType};
use crate::wire::dns::data::{self, RecordType};

crate::fields! {
    /// The name that is asked for.
    pub mod question_name in "RFC 1035 section 4.1.2" {
        tile NAME: [u8; 0] as Name = 0..0, "dns.qry.name", "Name";
    }
}
crate::fields! {
    /// What is asked for.
    pub mod question in "RFC 1035 section 4.1.2" {
        tile TYPE: DnsType = 0..16, "dns.qry.type", "Type";
        tile CLASS: DnsClass = 16..32, "dns.qry.class", "Class";
    }
}
crate::fields! {
    /// What is asked for in multicast DNS.
    pub mod mdns_question in "RFC 6762 section 18.12" {
        tile TYPE: DnsType = 0..16, "dns.qry.type", "Type";
        tile UNICAST: bool = 16..17, "dns.qry.qu", "Unicast response wanted";
        tile CLASS: DnsClass = 17..32, "dns.qry.class", "Class";
    }
}
crate::fields! {
    /// The name that a record belongs to.
    pub mod record_name in "RFC 1035 section 4.1.3" {
        tile NAME: [u8; 0] as Name = 0..0, "dns.resp.name", "Name";
    }
}
crate::fields! {
    /// What stands in front of a record's data.
    pub mod record in "RFC 1035 section 4.1.3" {
        tile TYPE: DnsType = 0..16, "dns.resp.type", "Type";
        tile CLASS: DnsClass = 16..32, "dns.resp.class", "Class";
        tile TTL: u32 = 32..64, "dns.resp.ttl", "Time to live, s";
        tile LENGTH: u16 = 64..80, "dns.resp.len", "Data length";
    }
}
crate::fields! {
    /// What stands in front of a record's data in multicast DNS.
    pub mod mdns_record in "RFC 6762 section 18.13" {
        tile TYPE: DnsType = 0..16, "dns.resp.type", "Type";
        tile CACHE_FLUSH: bool = 16..17, "dns.resp.cache_flush", "Cache flush";
        tile CLASS: DnsClass = 17..32, "dns.resp.class", "Class";
        tile TTL: u32 = 32..64, "dns.resp.ttl", "Time to live, s";
        tile LENGTH: u16 = 64..80, "dns.resp.len", "Data length";
    }
}
crate::fields! {
    /// What stands in front of the data of OPT, which is no record of a zone: class and time to live say other things.
    pub mod opt_record in "RFC 6891 section 6.1.2" {
        tile TYPE: DnsType = 0..16, "dns.resp.type", "Type";
        tile PAYLOAD_SIZE: u16 = 16..32, "dns.rr.udp_payload_size", "UDP payload size";
        tile EXTENDED_RCODE: u8 as Hex = 32..40, "dns.resp.ext_rcode", "Upper bits of the result";
        tile VERSION: u8 = 40..48, "dns.resp.edns0_version", "EDNS version";
        group Z: u16 as Hex = 48..64, "dns.resp.z", "Flags";
        tile DNSSEC_OK: bool = 48..49, "dns.resp.z.do", "DNSSEC answers wanted", "RFC 3225 section 3";
        tile RESERVED: u16 as Hex = 49..64, "dns.resp.z.reserved", "Reserved";
        tile LENGTH: u16 = 64..80, "dns.resp.len", "Data length";
    }
}
crate::fields! {
    /// Data of which nothing is known.
    pub mod unknown in "RFC 3597 section 3" {
        tile DATA: [u8; 0] = 0..0, "dns.data", "Data";
    }
}
crate::fields! {
    /// What stands behind the last record.
    pub mod extraneous in "RFC 1035 section 4.1" {
        tile DATA: [u8; 0] = 0..0, "dns.extraneous.data", "Behind the last record";
    }
}
crate::fields! {
    /// The group around a question.
    pub mod question_group in "RFC 1035 section 4.1.2" {
        group QUESTION: [u8; 0] = 0..0, "dns.qry", "Question";
    }
}
crate::fields! {
    /// The group around an answer; a prerequisite of an update.
    pub mod answer_group in "RFC 1035 section 4.1.3" {
        group ANSWER: [u8; 0] = 0..0, "dns.resp", "Answer";
    }
}
crate::fields! {
    /// The group around a record of the second section; a change of an update.
    pub mod authority_group in "RFC 1035 section 4.1.3" {
        group AUTHORITY: [u8; 0] = 0..0, "dns.resp", "Authority";
    }
}
crate::fields! {
    /// The group around a record of the third section.
    pub mod additional_group in "RFC 1035 section 4.1.3" {
        group ADDITIONAL: [u8; 0] = 0..0, "dns.resp", "Additional record";
    }
}

/// A piece of a record's data.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// A table, as many bytes as it describes.
    Fixed(&'static [FieldInfo]),
    /// A domain name.
    Name(&'static [FieldInfo]),
    /// Domain names up to the end.
    Names(&'static [FieldInfo]),
    /// A byte that says how many more belong to the table.
    Counted(&'static [FieldInfo]),
    /// Such pieces up to the end.
    EachCounted(&'static [FieldInfo]),
    /// Two bytes that say how many more belong to the table.
    CountedByWord(&'static [FieldInfo]),
    /// As many bytes as the data so far says: it gets the data and where the piece begins in it.
    Sized(&'static [FieldInfo], fn(&[u8], usize) -> usize),
    /// Again and again up to the end, each as long as what begins there says.
    EachSized(&'static [FieldInfo], fn(&[u8]) -> usize),
    /// This, if the data is so.
    If(fn(&[u8]) -> bool, &'static Part),
    /// Again and again as long as the data so far says so: it gets the data and where the next begins in it.
    While(&'static [FieldInfo], fn(&[u8], usize) -> bool),
    /// A list of options up to the end.
    List(&'static PartList),
}

/// A list of options as a piece of data.
#[derive(Clone, Copy, Debug)]
pub struct PartList {
    /// Its tables.
    pub options: Options,
    /// The tables that options of it repeat.
    pub repeated: &'static [&'static [FieldInfo]],
}

/// How messages of one protocol differ from those of another.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The name that is asked for.
    pub question_name: &'static [FieldInfo],
    /// What is asked for.
    pub question: &'static [FieldInfo],
    /// The name of a record.
    pub record_name: &'static [FieldInfo],
    /// What stands in front of a record's data.
    pub record: &'static [FieldInfo],
    /// What stands there of OPT.
    pub opt: &'static [FieldInfo],
    /// Data of which nothing is known.
    pub unknown: &'static [FieldInfo],
    /// What stands behind the last record.
    pub extraneous: &'static [FieldInfo],
    /// The groups around questions and records, in the order of [`Place`].
    pub groups: [&'static [FieldInfo]; 4],
    /// The types whose data is known.
    pub types: &'static [RecordType],
    /// The codes of what can be wrong: a name, data, the message cut, bytes behind it.
    pub codes: [&'static str; 4],
    /// All tables of questions and records.
    pub tables: &'static [&'static [FieldInfo]],
}

impl Dialect {
    /// What is known of the type of the record that the cursor is in, whose data begins at `begin`: the type stands ten
    /// bytes in front of it.
    fn known(&self, header: &[u8], begin: usize) -> Option<&'static RecordType> {
        let record_type = record::TYPE.read(header.get(begin.checked_sub(10)?..)?)?;
        self.types.iter().find(|known| known.record_type == record_type)
    }
}

/// The tables that stand in messages of DNS and of multicast DNS, and those of one.
macro_rules! tables {
    ($($own:expr),*) => {
        &crate::field::declare::joined::<{ data::TABLES.len() + 11 }>(
            &[
                $($own,)*
                question_name::FIELDS,
                record_name::FIELDS,
                opt_record::FIELDS,
                unknown::FIELDS,
                extraneous::FIELDS,
                question_group::FIELDS,
                answer_group::FIELDS,
                authority_group::FIELDS,
                additional_group::FIELDS,
            ],
            data::TABLES,
        )
    };
}

/// DNS.
pub const DNS: Dialect = Dialect {
    question_name: question_name::FIELDS,
    question: question::FIELDS,
    record_name: record_name::FIELDS,
    record: record::FIELDS,
    opt: opt_record::FIELDS,
    unknown: unknown::FIELDS,
    extraneous: extraneous::FIELDS,
    groups: [question_group::FIELDS, answer_group::FIELDS, authority_group::FIELDS, additional_group::FIELDS],
    types: data::TYPES,
    codes: ["dns.name.bad", "dns.data.bad", "dns.cut", "dns.surplus"],
    tables: tables!(question::FIELDS, record::FIELDS),
};

/// Multicast DNS.
pub const MDNS: Dialect = Dialect {
    question: mdns_question::FIELDS,
    record: mdns_record::FIELDS,
    tables: tables!(mdns_question::FIELDS, mdns_record::FIELDS),
    ..DNS
};

/// What text calls the questions and records of a message, whose header begins at byte `$origin`: one for each section, and OPT.
macro_rules! rows {
    ($origin:expr, $counts:path, $question:expr, $record:expr) => {{
        use $counts as counts;
        use $crate::wire::dns::records as all;
        const fn record(
            word: &'static str,
            group: &'static $crate::field::FieldInfo,
            count: &'static $crate::field::FieldInfo,
        ) -> $crate::field::Row {
            $crate::field::Row {
                word,
                group,
                head: &[all::record_name::FIELDS, $record],
                usual: &[(&all::record::CLASS.info, 1)],
                kind: Some(&all::record::TYPE.info),
                length: Some(&all::record::LENGTH.info),
                count: (count, $origin),
            }
        }
        &[
            $crate::field::Row {
                word: "qry",
                group: &all::question_group::QUESTION.info,
                head: &[all::question_name::FIELDS, $question],
                usual: &[(&all::question::TYPE.info, 1), (&all::question::CLASS.info, 1)],
                kind: None,
                length: None,
                count: (&counts::QUESTIONS.info, $origin),
            },
            record("answer", &all::answer_group::ANSWER.info, &counts::ANSWERS.info),
            record("authority", &all::authority_group::AUTHORITY.info, &counts::AUTHORITIES.info),
            record("additional", &all::additional_group::ADDITIONAL.info, &counts::ADDITIONALS.info),
            $crate::field::Row {
                word: "opt",
                group: &all::additional_group::ADDITIONAL.info,
                head: &[all::record_name::FIELDS, all::opt_record::FIELDS],
                usual: &[(&all::opt_record::TYPE.info, 41)],
                kind: None,
                length: Some(&all::opt_record::LENGTH.info),
                count: (&counts::ADDITIONALS.info, $origin),
            },
        ]
    }};
}
pub(super) use rows;

/// The section of a message that something stands in. In an update they are zone, prerequisite, update, additional.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// What is asked for.
    Question,
    /// The answer.
    Answer,
    /// Who knows.
    Authority,
    /// What may help.
    Additional,
}

/// The section of the `index`th question or record; `None` behind the last.
fn place(message: &[u8], mut index: usize) -> Option<Place> {
    let counts = message.get(4..)?.first_chunk::<8>()?.as_chunks::<2>().0;
    let places = [Place::Question, Place::Answer, Place::Authority, Place::Additional];
    for (place, count) in places.into_iter().zip(counts) {
        match index.checked_sub(usize::from(u16::from_be_bytes(*count))) {
            None => return Some(place),
            Some(rest) => index = rest,
        }
    }
    None
}

/// Where a question or record lies in its message.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Behind its name.
    head: usize,
    /// Behind what stands in front of its data.
    data: usize,
    /// Behind its data.
    end: usize,
}

/// Where what begins at byte `at` lies; `None` if it is cut short.
fn extent(message: &[u8], at: usize, place: Place) -> Option<Extent> {
    let head = at.checked_add(Name::at(message, at).encoded()?.len())?;
    if place == Place::Question {
        let end = head.checked_add(4)?;
        return (end <= message.len()).then_some(Extent { head, data: end, end });
    }
    let length = record::LENGTH.read(message.get(head..)?)?;
    let data = head.checked_add(10)?;
    let end = data.checked_add(usize::from(length))?;
    (end <= message.len()).then_some(Extent { head, data, end })
}

/// A question, or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The section that it stands in.
    pub place: Place,
    /// What it is about.
    pub name: Name<'a>,
    /// Its type.
    pub record_type: DnsType,
    /// Its class; of OPT, the size of datagrams that the sender takes.
    pub class: DnsClass,
    /// How long it holds, in seconds; of OPT, more flags. A question has none.
    pub ttl: u32,
    /// Its data; a question has none.
    pub bytes: &'a [u8],
    /// The message, and where the data begins in it.
    message: (&'a [u8], usize),
}

/// The data of a record, with names of type `N`: [`Name`] of those that are read, `&str` of those that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data<'a, N> {
    /// An IPv4 address (RFC 1035 section 3.4.1).
    A(Ipv4Addr),
    /// An IPv6 address (RFC 3596 section 2.2).
    Aaaa(Ipv6Addr),
    /// The name that it stands for.
    Cname(N),
    /// A server of the zone.
    Ns(N),
    /// The name of an address.
    Ptr(N),
    /// Another tree of names (RFC 6672).
    Dname(N),
    /// A host that takes mail.
    Mx {
        /// The less, the sooner.
        preference: u16,
        /// The host.
        exchange: N,
    },
    /// The start of a zone.
    Soa {
        /// The server that the zone comes from.
        primary: N,
        /// Who is responsible, a mail address with a dot for its at sign.
        mailbox: N,
        /// Serial, refresh, retry, expire, and minimum: a number and seconds.
        numbers: [u32; 5],
    },
    /// A service (RFC 2782).
    Srv {
        /// The less, the sooner.
        priority: u16,
        /// Its share among those of one priority.
        weight: u16,
        /// The port.
        port: u16,
        /// The host.
        target: N,
    },
    /// Text: the bytes of one or more strings, each with a byte of length in front.
    Txt(&'a [u8]),
    /// Any other type, as it stands there.
    Other(DnsType, &'a [u8]),
}

impl<N> Data<'_, N> {
    /// The type of record that has such data.
    pub const fn record_type(&self) -> DnsType {
        match self {
            Self::A(_) => DnsType::A,
            Self::Aaaa(_) => DnsType::AAAA,
            Self::Cname(_) => DnsType::CNAME,
            Self::Ns(_) => DnsType::NS,
            Self::Ptr(_) => DnsType::PTR,
            Self::Dname(_) => DnsType::DNAME,
            Self::Mx { .. } => DnsType::MX,
            Self::Soa { .. } => DnsType::SOA,
            Self::Srv { .. } => DnsType::SRV,
            Self::Txt(_) => DnsType::TXT,
            Self::Other(record_type, _) => *record_type,
        }
    }
}

impl<'a> Data<'a, Name<'a>> {
    /// What data says that stands alone, with the names in it written out; `None` if it does not fit its type.
    pub fn alone(record_type: DnsType, bytes: &'a [u8]) -> Option<Self> {
        Self::read(record_type, bytes, (bytes, 0))
    }

    /// What data says that begins at a byte of a message.
    fn read(record_type: DnsType, bytes: &'a [u8], (message, start): (&'a [u8], usize)) -> Option<Self> {
        // A name that begins at this byte of the data; its end must be that of the data where it is the last.
        let name = |at: usize| {
            let name = Name::at(message, start.checked_add(at)?);
            let end = at.checked_add(name.encoded()?.len())?;
            name.is_sound().then_some((name, end))
        };
        let last = |at| name(at).filter(|(_, end)| *end == bytes.len()).map(|(name, _)| name);
        let word = |at: usize| bytes.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word));
        Some(match record_type {
            DnsType::A => Self::A(<[u8; 4]>::try_from(bytes).ok()?.into()),
            DnsType::AAAA => Self::Aaaa(<[u8; 16]>::try_from(bytes).ok()?.into()),
            DnsType::CNAME => Self::Cname(last(0)?),
            DnsType::NS => Self::Ns(last(0)?),
            DnsType::PTR => Self::Ptr(last(0)?),
            DnsType::DNAME => Self::Dname(last(0)?),
            DnsType::MX => Self::Mx { preference: word(0)?, exchange: last(2)? },
            DnsType::SRV => {
                Self::Srv { priority: word(0)?, weight: word(2)?, port: word(4)?, target: last(6)? }
            }
            DnsType::SOA => {
                let (primary, at) = name(0)?;
                let (mailbox, at) = name(at)?;
                let words = bytes.get(at..)?.as_chunks::<4>();
                let numbers = <[[u8; 4]; 5]>::try_from(words.0).ok()?.map(u32::from_be_bytes);
                words.1.is_empty().then_some(Self::Soa { primary, mailbox, numbers })?
            }
            DnsType::TXT => {
                let mut rest = bytes;
                while let Some((length, behind)) = rest.split_first() {
                    rest = behind.get(usize::from(*length)..)?;
                }
                (!bytes.is_empty()).then_some(Self::Txt(bytes))?
            }
            other => Self::Other(other, bytes),
        })
    }
}

/// As in a zone file, as far as that is short: addresses, names, numbers; text in quotes, the type of any other.
impl<N: fmt::Display> fmt::Display for Data<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => Shown(*address).fmt(f),
            Self::Aaaa(address) => Shown(*address).fmt(f),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) | Self::Dname(name) => name.fmt(f),
            Self::Mx { preference, exchange } => write!(f, "{preference} {exchange}"),
            Self::Soa { primary, mailbox, numbers } => {
                write!(f, "{primary} {mailbox}")?;
                numbers.iter().try_for_each(|number| write!(f, " {number}"))
            }
            Self::Srv { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Txt(strings) => {
                let (mut rest, mut before) = (*strings, "");
                while let Some((length, behind)) = rest.split_first() {
                    let (text, behind) =
                        behind.split_at_checked(usize::from(*length)).unwrap_or((behind, &[]));
                    write!(f, "{before}\"{}\"", Text(text))?;
                    (rest, before) = (behind, " ");
                }
                Ok(())
            }
            Self::Other(record_type, _) => record_type.fmt(f),
        }
    }
}

impl<'a> Record<'a> {
    /// What the data says; `None` if it does not fit its type.
    pub fn data(&self) -> Option<Data<'a, Name<'a>>> {
        Data::read(self.record_type, self.bytes, self.message)
    }

    /// Writes the data down with the names in it written out, so that it stands without its message ([`Data::alone`]). `None` if it does not
    /// fit its type, as far as that is known.
    ///
    /// Only names of types that may point elsewhere are looked at (RFC 3597 section 4); in others a pointer is no pointer.
    #[cfg(feature = "alloc")]
    pub fn expand(&self, into: &mut alloc::vec::Vec<u8>) -> Option<()> {
        let parts: &[Part] = match self.record_type {
            DnsType::NS
            | DnsType::MD
            | DnsType::MF
            | DnsType::CNAME
            | DnsType::SOA
            | DnsType::MB
            | DnsType::MG
            | DnsType::MR
            | DnsType::PTR
            | DnsType::MINFO
            | DnsType::MX
            | DnsType::RP
            | DnsType::AFSDB
            | DnsType::RT
            | DnsType::SIG
            | DnsType::PX
            | DnsType::NXT
            | DnsType::NAPTR
            | DnsType::KX
            | DnsType::SRV
            | DnsType::DNAME => data::TYPES.iter().find(|known| known.record_type == self.record_type)?.parts,
            _ => &[],
        };
        let (message, start) = self.message;
        let mut at = 0usize;
        for part in parts {
            let rest = self.bytes.get(at..)?;
            let length = match part {
                Part::Name(_) => {
                    let name = Name::at(message, start.checked_add(at)?);
                    into.extend_from_slice(name.expand(&mut [0; crate::field::name::LONGEST])?);
                    at = at.checked_add(name.encoded()?.len())?;
                    continue;
                }
                Part::Fixed(table) => fixed(table),
                Part::Counted(_) => counted(rest, 1),
                _ => break,
            };
            into.extend_from_slice(rest.get(..length)?);
            at = at.checked_add(length)?;
        }
        into.extend_from_slice(self.bytes.get(at..)?);
        // Behind a name that is the last there is nothing.
        let ends = !matches!(parts.last(), Some(Part::Name(_))) || at == self.bytes.len();
        (ends && self.is_sized()).then_some(())
    }

    /// Whether data of a fixed size has it, and texts are all there.
    #[cfg(feature = "alloc")]
    fn is_sized(&self) -> bool {
        match self.record_type {
            DnsType::A | DnsType::AAAA | DnsType::TXT | DnsType::SOA => self.data().is_some(),
            _ => true,
        }
    }
}

/// The questions and records of a message, as far as they are whole.
#[derive(Clone, Debug)]
pub(super) struct Records<'a> {
    message: &'a [u8],
    at: usize,
    index: usize,
}

impl<'a> Records<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { message, at: super::Dns::LEN, index: 0 }
    }
}

impl Records<'_> {
    /// Whether there is nothing more: no record is missing, and nothing stands behind the last.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.message.len() && place(self.message, self.index).is_none()
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let place = place(self.message, self.index)?;
        let extent = extent(self.message, self.at, place)?;
        let head = self.message.get(extent.head..)?;
        let name = Name::at(self.message, self.at);
        self.at = extent.end;
        self.index = self.index.saturating_add(1);
        Some(Record {
            place,
            name,
            record_type: record::TYPE.read(head)?,
            class: record::CLASS.read(head)?,
            ttl: if place == Place::Question { 0 } else { record::TTL.read(head)? },
            bytes: self.message.get(extent.data..extent.end)?,
            message: (self.message, extent.data),
        })
    }
}

impl core::iter::FusedIterator for Records<'_> {}

/// Whether a message has all that it says, ends with it, and has only sound names and classes that are in use.
pub(super) fn is_whole(message: &[u8]) -> bool {
    let mut records = Records::of(message);
    let sound = records.by_ref().all(|record| {
        let class = record.class.0 & 0x7fff;
        record.name.is_sound()
            && (record.record_type == DnsType::OPT || matches!(class, 1 | 3 | 4 | 254 | 255))
    });
    sound && records.index > 0 && records.is_over()
}

/// What is wrong with the questions and records of a message that begins at byte `start` of its layer.
pub(super) fn check(dialect: &Dialect, scope: &Scope<'_>, start: usize) -> Option<Finding> {
    let header = scope.header_bytes();
    let message = header.get(start..)?;
    message.first_chunk::<12>()?;
    let at = |code, severity, text, from: usize, length: usize| {
        let finding = Finding { field: None, ..Finding::at(&record::LENGTH.info, code, severity, text) };
        finding.place(from.saturating_add(start), length)
    };
    let [name_bad, data_bad, cut, surplus] = dialect.codes;
    let mut records = Records::of(message);
    loop {
        let from = records.at;
        let Some(record) = records.next() else { break };
        if !record.name.is_sound() {
            let text = "the name cannot be read: it points forwards, in a circle, or is too long";
            return Some(at(
                name_bad,
                Severity::Error,
                text,
                from,
                record.name.encoded().map_or(0, <[u8]>::len),
            ));
        }
        let has_data = record.place != Place::Question && !record.bytes.is_empty();
        let is_known = record.class.0 & 0x7fff == DnsClass::IN.0
            || matches!(record.record_type, DnsType::OPT | DnsType::TSIG | DnsType::TKEY);
        if has_data && is_known && !fits(dialect, message, record.message.1, record.bytes.len()) {
            let text = "the data does not fit its type";
            return Some(at(data_bad, Severity::Error, text, record.message.1, record.bytes.len()));
        }
    }
    let left = message.len().saturating_sub(records.at);
    if place(message, records.index).is_some() {
        let severity = if scope.excused() { Severity::Note } else { Severity::Error };
        return Some(at(cut, severity, "the message ends before its records do", records.at, left));
    }
    let text = "there are bytes behind the last record";
    (left > 0).then(|| at(surplus, Severity::Warning, text, records.at, left))
}

const NAME: u8 = 1;
const HEAD: u8 = 2;
/// From here on the parts of the data.
const DATA: u8 = 3;

/// The next section of a message that begins at the cursor's origin.
///
/// Of the cursor, `index` is the number of the question or record, `part` what comes next of it, `begin` and `end` where its
/// data lies; the rest is for lists in the data. It always ends: each record has at least its head.
pub(super) fn section(dialect: &Dialect, header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let message = header.get(cursor.origin..)?;
    loop {
        let at = cursor.at.checked_sub(cursor.origin)?;
        let Some(place) = place(message, cursor.index) else {
            let left = message.len().saturating_sub(at);
            return if left > 0 { cursor.take(dialect.extraneous, left) } else { None };
        };
        match cursor.part {
            0 => {
                let left = message.len().saturating_sub(at);
                if left == 0 {
                    return None;
                }
                cursor.part = NAME;
                let length = extent(message, at, place).map_or(left, |extent| extent.end.saturating_sub(at));
                return cursor.hold(dialect.groups.get(place as usize)?, length);
            }
            NAME => {
                cursor.part = HEAD;
                let name = if place == Place::Question { dialect.question_name } else { dialect.record_name };
                return cursor.take(name, Name::at(message, at).encoded()?.len());
            }
            HEAD => {
                let left = message.get(at..).filter(|left| !left.is_empty())?;
                let is_opt = record::TYPE.read(left) == Some(DnsType::OPT);
                let (table, length) = match place {
                    Place::Question => (dialect.question, 4),
                    _ if is_opt => (dialect.opt, 10),
                    _ => (dialect.record, 10),
                };
                let length = length.min(left.len());
                if place == Place::Question {
                    next_record(cursor);
                } else {
                    let data = record::LENGTH.read(left).map_or(0, usize::from);
                    let behind = cursor.at.saturating_add(length);
                    (cursor.begin, cursor.end) = (behind, behind.saturating_add(data).min(header.len()));
                    (cursor.part, cursor.phase) = (DATA, 0);
                }
                return cursor.take(table, length);
            }
            _ => match piece(dialect, header, cursor) {
                Some((section, _)) => return Some(section),
                None => next_record(cursor),
            },
        }
    }
}

fn next_record(cursor: &mut Cursor) {
    cursor.index = cursor.index.saturating_add(1);
    (cursor.part, cursor.phase) = (0, 0);
}

/// The next section of a record's data, and whether it is whole and what belongs there; `None` behind the data.
fn piece(dialect: &Dialect, header: &[u8], cursor: &mut Cursor) -> Option<(Section, bool)> {
    let known = dialect.known(header, cursor.begin);
    let parts = known.map_or(&[][..], |known| known.parts);
    loop {
        let left = header.get(cursor.at..cursor.end).filter(|left| !left.is_empty())?;
        let data = header.get(cursor.begin..cursor.end)?;
        let so_far = data.len().saturating_sub(left.len());
        let part = match parts.get(usize::from(cursor.part.saturating_sub(DATA))) {
            // What the parts do not say, all of it where the type is not known.
            None => return Some((cursor.take(dialect.unknown, left.len())?, known.is_none())),
            Some(Part::If(holds, part)) if holds(data) => *part,
            Some(Part::While(_, holds)) if !holds(data, so_far) => {
                cursor.part = cursor.part.saturating_add(1);
                continue;
            }
            Some(Part::If(..)) => {
                cursor.part = cursor.part.saturating_add(1);
                continue;
            }
            Some(part) => part,
        };
        let (table, length, again) = match part {
            Part::Fixed(table) => (table, tlv::size(table, left.len()).max(fixed(table)), false),
            Part::Name(table) | Part::Names(table) => match Name::at(left, 0).encoded() {
                Some(name) => (table, name.len(), matches!(part, Part::Names(_))),
                None => return Some((cursor.take(dialect.unknown, left.len())?, false)),
            },
            Part::Counted(table) => (table, counted(left, 1), false),
            Part::EachCounted(table) => (table, counted(left, 1), true),
            Part::CountedByWord(table) => (table, counted(left, 2), false),
            Part::Sized(table, size) => (table, size(data, so_far), false),
            Part::EachSized(table, size) => (table, size(left).max(1), true),
            Part::While(table, _) => (table, fixed(table), true),
            Part::List(list) => {
                let section = tlv::section(&list.options, header, cursor.end, cursor)?;
                let bytes = header.get(section.start..)?.get(..section.length)?;
                let item = tlv::item_at(header.get(..cursor.end)?, cursor.item, &list.options.rules);
                let whole = item.is_some_and(|item| !item.broken);
                return Some((section, whole && section.fields.iter().all(|field| is_there(field, bytes))));
            }
            // No condition has another inside.
            Part::If(..) => return None,
        };
        if !again {
            cursor.part = cursor.part.saturating_add(1);
        }
        if length > 0 {
            return Some((cursor.take(table, length.min(left.len()))?, length <= left.len()));
        }
    }
}

/// Whether a field of fixed size lies in its section.
fn is_there(field: &FieldInfo, section: &[u8]) -> bool {
    let end = usize::from(field.start).saturating_add(usize::from(field.bits));
    end <= section.len().saturating_mul(8) || field.when.is_some_and(|when| !when(section))
}

/// The bytes that the fields of fixed size of a table need.
fn fixed(table: &[FieldInfo]) -> usize {
    table
        .iter()
        .map(|field| usize::from(field.start).saturating_add(usize::from(field.bits)))
        .max()
        .unwrap_or(0)
        .div_ceil(8)
}

/// Whether the data of a record is what its type says, as far as that is known. `start` is its first byte in the message.
fn fits(dialect: &Dialect, message: &[u8], start: usize, length: usize) -> bool {
    let mut cursor = Cursor::new(start);
    (cursor.begin, cursor.end, cursor.part) = (start, start.saturating_add(length), DATA);
    let mut whole = true;
    while let Some((section, sound)) = piece(dialect, message, &mut cursor) {
        let is_name =
            section.fields.iter().any(|field| matches!(field.format, Format::Name | Format::NetBios));
        let name = || Name::at(message, section.start).is_sound();
        whole &= sound && section.length > 0 && (!is_name || name());
    }
    whole && !is_missing_parts(dialect, message, &cursor)
}

/// Whether parts that must be there come behind the end of the data.
fn is_missing_parts(dialect: &Dialect, message: &[u8], cursor: &Cursor) -> bool {
    let known = dialect.known(message, cursor.begin);
    let left = known.and_then(|known| known.parts.get(usize::from(cursor.part.saturating_sub(DATA))..));
    let must = |part: &Part| match part {
        Part::Name(_) | Part::CountedByWord(_) => true,
        Part::Fixed(table) => fixed(table) > 0,
        _ => false,
    };
    left.is_some_and(|parts| parts.iter().any(must))
}

/// The size of a piece whose first bytes, so many, say how many follow them.
fn counted(left: &[u8], width: usize) -> usize {
    let count = left.iter().take(width).fold(0usize, |count, byte| (count << 8) | usize::from(*byte));
    count.saturating_add(width)
}
