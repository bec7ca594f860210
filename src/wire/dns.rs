//! DNS, [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035), and what speaks its language: DNS over TCP, mDNS, LLMNR,
//! and the names of NetBIOS.
//!
//! A message is a header of 12 bytes, questions, and records in three sections; all of it is the header here: it carries
//! nothing. [`Dns::questions`] and [`Dns::records`] read them; names are read through the pointers in them and kept as they
//! stand ([`Name`]). [`Composer`] writes messages, with pointers for names that were written before.
//!
//! ```
//! use layercake::names::{DnsRcode, DnsType};
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::dns::{Composer, Data, Dns, Place};
//! use layercake::wire::{ipv4::Ipv4, udp::Udp};
//!
//! let mut room = [0; 512];
//! let mut message = Composer::new(&mut room, Dns::reply(0x1a2b))?;
//! message.question("python.org", DnsType::A)?;
//! message.record(Place::Answer, "python.org", 300, Data::A([151, 101, 64, 223].into()))?;
//! let message = message.finish();
//!
//! let ip = Ipv4::new([192, 0, 2, 53].into(), [192, 0, 2, 1].into());
//! let mut buffer = [0; 600];
//! let packet = Decoder::new().packet(Frame::raw(&*(ip / Udp::new(53, 40000) / message).write(&mut buffer)?));
//!
//! let dns = packet.get::<Dns>().unwrap();
//! assert!(dns.response() && dns.rcode() == DnsRcode::NO_ERROR);
//! assert!(dns.questions().all(|question| question.name.is_text("python.org")));
//! let answer = dns.records().next().unwrap();
//! assert_eq!((answer.ttl, answer.data()), (300, Some(Data::A([151, 101, 64, 223].into()))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod compose;
pub mod data;
mod edns;
pub mod nbns;
pub mod options;
pub mod records;

pub use compose::{ComposeError, Composer, WrittenName};
pub use edns::Edns;
pub use records::{Data, Place, Record};

use crate::field::{Builder, Check, Cursor, Name, Next, Peel, Phrase, Protocol, Section};
use crate::names::{DnsOpcode, DnsRcode};
use crate::wire::dns::records::Records;

/// Declares the header of a message: flags of its own stand between the operation and the result.
macro_rules! message {
    ($(#[$doc:meta])* $Name:ident $prefix:literal in $spec:literal { $($flags:tt)* }) => {
        crate::header! {
            $(#[$doc])*
            pub struct $Name(12) $prefix in $spec {
                tile ID(id, set_id): u16 as Hex = 0..16, "dns.id", "Transaction ID";
                group FLAGS: u16 as Hex = 16..32, "dns.flags", "Flags";
                tile RESPONSE(response, set_response): bool = 16..17, "dns.flags.response", "Response";
                tile OPCODE(opcode, set_opcode): DnsOpcode = 17..21, "dns.flags.opcode", "Operation";
                $($flags)*
                tile RCODE(rcode, set_rcode): DnsRcode = 28..32, "dns.flags.rcode", "Result";
                tile QUESTIONS(question_count, set_question_count): u16 = 32..48 if is_no_update, "dns.count.queries", "Questions";
                tile ZONES: u16 = 32..48 if is_update, "dns.count.zones", "Zones", "RFC 2136 section 2.2";
                tile ANSWERS(answer_count, set_answer_count): u16 = 48..64 if is_no_update, "dns.count.answers", "Answers";
                tile PREREQUISITES: u16 = 48..64 if is_update, "dns.count.prerequisites", "Prerequisites", "RFC 2136 section 2.2";
                tile AUTHORITIES(authority_count, set_authority_count): u16 = 64..80 if is_no_update, "dns.count.auth_rr", "Authorities";
                tile UPDATES: u16 = 64..80 if is_update, "dns.count.updates", "Updates", "RFC 2136 section 2.2";
                tile ADDITIONALS(additional_count, set_additional_count): u16 = 80..96, "dns.count.add_rr", "Additional records";
            }
        }
    };
}

message! {
    /// ```text
    ///   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
    /// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
    /// |                      ID                       |
    /// +--+-----------+--+--+--+--+--+--+--+-----------+
    /// |QR|  Opcode   |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
    /// +--+-----------+--+--+--+--+--+--+--+-----------+
    /// |                   Questions                   |
    /// +-----------------------------------------------+
    /// |                    Answers                    |
    /// +-----------------------------------------------+
    /// |                  Authorities                  |
    /// +-----------------------------------------------+
    /// |              Additional records               |
    /// +-----------------------------------------------+
    /// ```
    ///
    /// In an update (RFC 2136) the sections are zone, prerequisites, updates and additional records.
    Dns "dns" in "RFC 1035 section 4.1.1" {
        tile AUTHORITATIVE(authoritative, set_authoritative): bool = 21..22, "dns.flags.authoritative", "Authoritative";
        tile TRUNCATED(truncated, set_truncated): bool = 22..23, "dns.flags.truncated", "Truncated";
        tile RECURSION_DESIRED(recursion_desired, set_recursion_desired): bool = 23..24, "dns.flags.recdesired", "Recursion desired";
        tile RECURSION_AVAILABLE(recursion_available, set_recursion_available): bool = 24..25, "dns.flags.recavail", "Recursion available";
        tile Z(z, set_z): bool = 25..26, "dns.flags.z", "Reserved";
        tile AUTHENTIC_DATA(authentic_data, set_authentic_data): bool = 26..27, "dns.flags.authenticated", "Authentic data", "RFC 4035 section 3.2.3";
        tile CHECKING_DISABLED(checking_disabled, set_checking_disabled): bool = 27..28, "dns.flags.checkdisable", "Checking disabled", "RFC 4035 section 3.2.2";
    }
}

/// Whether a message changes a zone (RFC 2136): its sections are called otherwise then.
fn is_update(message: &[u8]) -> bool {
    OPCODE.read(message) == Some(DnsOpcode::UPDATE)
}

fn is_no_update(message: &[u8]) -> bool {
    !is_update(message)
}

/// The most answers in a packet's line.
const FEW: usize = 4;

/// What a message says of itself in a packet's line: `response 0x1a2b NXDomain python.org A > 151.101.64.223`.
fn words(message: &[u8], line: &mut dyn core::fmt::Write) -> core::fmt::Result {
    let Ok(dns) = Dns::view(message) else { return line.write_str("cut short") };
    let direction = if dns.response() { "response" } else { "query" };
    write!(line, "{direction} {:#06x}", dns.id())?;
    if dns.opcode() != DnsOpcode::QUERY {
        write!(line, " {}", dns.opcode())?;
    }
    if dns.rcode() != DnsRcode::NO_ERROR {
        write!(line, " {}", dns.rcode())?;
    }
    for question in dns.questions().take(FEW) {
        write!(line, " {} {}", question.name, question.record_type)?;
    }
    let mut before = " > ";
    for answer in dns.answers().take(FEW) {
        line.write_str(before)?;
        match answer.data() {
            Some(data) => write!(line, "{data}")?,
            None => write!(line, "{}", answer.record_type)?,
        }
        before = ", ";
    }
    match dns.answers().skip(FEW).count() {
        0 => Ok(()),
        more => write!(line, " and {more} more"),
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "dns",
    name: "Domain Name System",
    spec: "RFC 1035",
    fields: FIELDS,
    lists: records::DNS.tables,
    length: Dns::LEN,
    peel,
    needed: |_| Dns::LEN,
    sections: |header, cursor: &mut Cursor| -> Option<Section> {
        records::section(&records::DNS, header, cursor)
    },
    checks: CHECKS,
    rows: records::rows!(0, crate::wire::dns, records::question::FIELDS, records::record::FIELDS),
    summary: &[Phrase::Text("DNS, "), Phrase::Words(words)],
    ..Protocol::PLAIN
};

/// All of it; nothing follows.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<12>()?;
    let length = bytes.len().min(LONGEST);
    Some(Peel { header: length, content: bytes.get(length..)?, tail: 0, next: None })
}

/// No message is longer, since over TCP its length has 16 bits.
const LONGEST: usize = u16::MAX as usize;

/// Whether a message can begin with these bytes, of which it may have more: an operation that is in use, few questions, and a first
/// name that can be one as far as it is there.
fn begins(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<12>() else { return false };
    let questions = Dns::view(header).map_or(0, |dns| dns.question_count());
    let name = Name::at(bytes, Dns::LEN);
    is_usual(header) && questions <= 1 && (name.encoded().is_none() || name.is_sound())
}

/// Whether the flags of a header are those of messages that are in use.
fn is_usual(header: &[u8; 12]) -> bool {
    let [_, _, flags, more_flags, ..] = *header;
    let (opcode, response, rcode) = (flags >> 3 & 15, flags & 0x80 != 0, more_flags & 15);
    matches!(opcode, 0 | 2 | 4 | 5) && more_flags & 0x40 == 0 && rcode <= 11 && (response || rcode == 0)
}

/// Whether bytes look like a message: one question or none, sections that are all there and end where the bytes
/// end, sound names, classes that are in use. What is no message hardly ever looks so.
pub fn looks(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<12>() else { return false };
    // Cheap things first: what is no DNS mostly ends here.
    is_usual(header)
        && matches!(*header, [_, _, flags, _, 0, questions, ..] if questions == 1 || questions == 0 && flags & 0x80 != 0)
        && records::is_whole(bytes)
}

/// What can be wrong with a message that begins at byte `0`.
const CHECKS: &[Check] = &[|scope| records::check(&records::DNS, scope, 0)];

impl Dns {
    /// A query for records, recursion desired, with no question yet: [`Composer`] writes those.
    #[inline]
    pub fn query(id: u16) -> Builder<Self> {
        Builder::<Self>::empty().id(id).recursion_desired(true)
    }

    /// A response, recursion desired and available.
    #[inline]
    pub fn reply(id: u16) -> Builder<Self> {
        Self::query(id).response(true).recursion_available(true)
    }
}

impl<'a> Dns<&'a [u8]> {
    /// The questions, as far as they are whole.
    pub fn questions(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        Records::of(self.bytes).take_while(|record| record.place == Place::Question)
    }

    /// The records of all sections, as far as they are whole.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        Records::of(self.bytes).skip_while(|record| record.place == Place::Question)
    }

    /// Whether it has everything that its counts announce, ends there, and names of questions and records can be read.
    pub fn is_whole(&self) -> bool {
        let mut records = Records::of(self.bytes);
        records.by_ref().all(|record| record.name.is_sound()) && records.is_over()
    }

    /// The answers.
    pub fn answers(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        self.records().take_while(|record| record.place == Place::Answer)
    }
}

/// DNS over TCP, [RFC 1035 section 4.2.2](https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2): two bytes with the length of the
/// message stand in front of it. Several messages can stand in one segment; each is a layer, inside the one before.
pub mod over_tcp {
    use super::*;

    crate::header! {
        /// ```text
        /// +--------------------+------------- ...
        /// | Length, 16 bits    | Message
        /// +--------------------+------------- ...
        /// ```
        pub struct DnsOverTcp(2) "dns" in "RFC 1035 section 4.2.2" {
            tile LENGTH(length, set_length): u16 = 0..16, "dns.length", "Length";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        fields: FIELDS,
        tables: &[super::FIELDS],
        length: DnsOverTcp::LEN,
        peel,
        needed: |bytes| {
            LENGTH.read(bytes).map_or(DnsOverTcp::LEN, |length| usize::from(length).saturating_add(2))
        },
        sections: |header, cursor: &mut Cursor| -> Option<Section> {
            cursor.origin = DnsOverTcp::LEN;
            match header.len().saturating_sub(cursor.at) {
                left if cursor.at == DnsOverTcp::LEN && left > 0 => {
                    cursor.take(super::FIELDS, left.min(Dns::LEN))
                }
                _ => records::section(&records::DNS, header, cursor),
            }
        },
        fill: |bytes, completion| {
            // No message is shorter than its header.
            let length = completion.header.saturating_sub(DnsOverTcp::LEN);
            completion.length(bytes, &LENGTH, if completion.building { length.max(Dns::LEN) } else { length })
        },
        rows: records::rows!(2, crate::wire::dns, records::question::FIELDS, records::record::FIELDS),
        checks: &[|scope| records::check(&records::DNS, scope, DnsOverTcp::LEN)],
        summary: &[
            Phrase::Text("DNS, "),
            Phrase::Words(|header, line| words(header.get(2..).unwrap_or(&[]), line)),
        ],
        ..super::PROTOCOL
    };

    /// One message; what is behind it in the segment is the next. Where the segment does not hold the whole message, all there is.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        let length = usize::from(LENGTH.read(bytes)?).checked_add(DnsOverTcp::LEN)?;
        let content = bytes.get(length..)?;
        let next = begins(content).then_some(Next::Kind(crate::field::Kind::DNS_OVER_TCP));
        Some(Peel { header: length, content, tail: 0, next })
    }

    /// Whether a message with its length can begin with these bytes: a segment can begin in the middle of one.
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.split_first_chunk::<2>().is_some_and(|(length, message)| {
            usize::from(u16::from_be_bytes(*length)) >= Dns::LEN && super::begins(message)
        })
    }

    /// Whether bytes look like a whole message with its length.
    pub fn looks(bytes: &[u8]) -> bool {
        bytes.split_first_chunk::<2>().is_some_and(|(length, message)| {
            usize::from(u16::from_be_bytes(*length)) == message.len() && super::looks(message)
        })
    }

    impl DnsOverTcp {
        /// The length of a message of so many bytes, to go in front of it.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(length: u16) -> Builder<Self> {
            Builder::<Self>::empty().length(length)
        }
    }

    impl<'a> DnsOverTcp<&'a [u8]> {
        /// The message, if its header is there; what the segment does not hold is missing at its end.
        pub fn message(&self) -> Option<Dns<&'a [u8]>> {
            let length = usize::from(self.length()).saturating_add(DnsOverTcp::LEN).min(self.bytes.len());
            Dns::view(self.bytes.get(DnsOverTcp::LEN..length)?).ok()
        }
    }
}

/// Multicast DNS, [RFC 6762](https://www.rfc-editor.org/rfc/rfc6762): DNS on a link without a server. The first bit of a class says
/// something else there.
pub mod mdns {
    use super::*;

    message! {
        /// The header of a message of multicast DNS, which is that of DNS.
        Mdns "mdns" in "RFC 6762 section 18" {
            tile AUTHORITATIVE(authoritative, set_authoritative): bool = 21..22, "dns.flags.authoritative", "Authoritative";
            tile TRUNCATED(truncated, set_truncated): bool = 22..23, "dns.flags.truncated", "Truncated";
            tile RECURSION_DESIRED(recursion_desired, set_recursion_desired): bool = 23..24, "dns.flags.recdesired", "Recursion desired";
            tile RECURSION_AVAILABLE(recursion_available, set_recursion_available): bool = 24..25, "dns.flags.recavail", "Recursion available";
            tile Z(z, set_z): bool = 25..26, "dns.flags.z", "Reserved";
            tile AUTHENTIC_DATA(authentic_data, set_authentic_data): bool = 26..27, "dns.flags.authenticated", "Authentic data";
            tile CHECKING_DISABLED(checking_disabled, set_checking_disabled): bool = 27..28, "dns.flags.checkdisable", "Checking disabled";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "mdns",
        name: "Multicast Domain Name System",
        spec: "RFC 6762",
        fields: FIELDS,
        lists: records::MDNS.tables,
        sections: |header, cursor: &mut Cursor| -> Option<Section> {
            records::section(&records::MDNS, header, cursor)
        },
        rows: records::rows!(
            0,
            crate::wire::dns,
            records::mdns_question::FIELDS,
            records::mdns_record::FIELDS
        ),
        summary: &[Phrase::Text("mDNS, "), Phrase::Words(words)],
        ..super::PROTOCOL
    };

    pub use super::peel;
}

/// Link-local multicast name resolution, [RFC 4795](https://www.rfc-editor.org/rfc/rfc4795).
pub mod llmnr {
    use super::*;

    message! {
        /// The header of an LLMNR message: that of DNS with flags of its own.
        ///
        /// ```text
        ///   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
        /// +--+-----------+--+--+--+--+--+--+--+-----------+
        /// |QR|  Opcode   | C|TC| T| Z| Z| Z| Z|   RCODE   |
        /// +--+-----------+--+--+--+--+--+--+--+-----------+
        /// ```
        Llmnr "llmnr" in "RFC 4795 section 2.1.1" {
            tile CONFLICT(conflict, set_conflict): bool = 21..22, "dns.flags.conflict", "Conflict";
            tile TRUNCATED(truncated, set_truncated): bool = 22..23, "dns.flags.truncated", "Truncated";
            tile TENTATIVE(tentative, set_tentative): bool = 23..24, "dns.flags.tentative", "Tentative";
            tile Z(z, set_z): u8 as Hex = 24..28, "dns.flags.reserved", "Reserved";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "llmnr",
        name: "Link-Local Multicast Name Resolution",
        spec: "RFC 4795",
        fields: FIELDS,
        summary: &[Phrase::Text("LLMNR, "), Phrase::Words(words)],
        ..super::PROTOCOL
    };

    pub use super::peel;
}
