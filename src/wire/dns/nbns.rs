//! The NetBIOS name service over UDP, [RFC 1002 section 4.2](https://www.rfc-editor.org/rfc/rfc1002#section-4.2): messages laid out as
//! those of DNS, with names, flags and records of their own.

use core::net::Ipv4Addr;

use crate::field::value;
use crate::field::{Builder, Cursor, FieldInfo, Mac, Next, Peel, Phrase, Protocol, Section};
use crate::names::{DnsType, NbnsOpcode, NbnsRcode, NbnsType};
use crate::wire::dns::data::RecordType;
use crate::wire::dns::records::{self, Dialect, Part, Place, Record, Records};

crate::header! {
    /// ```text
    ///   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
    /// +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
    /// |                      ID                       |
    /// +--+-----------+--+--+--+--+--+--+--+-----------+
    /// | R|  Opcode   |AA|TC|RD|RA| 0| 0| B|   RCODE   |
    /// +--+-----------+--+--+--+--+--+--+--+-----------+
    /// |       questions, answers, authorities,        |
    /// |         additional records: 16 bits each      |
    /// +-----------------------------------------------+
    /// ```
    pub struct Nbns(12) "nbns" in "RFC 1002 section 4.2.1.1" {
        tile ID(id, set_id): u16 as Hex = 0..16, "nbns.id", "Transaction ID";
        group FLAGS: u16 as Hex = 16..32, "nbns.flags", "Flags";
        tile RESPONSE(response, set_response): bool = 16..17, "nbns.flags.response", "Response";
        tile OPCODE(opcode, set_opcode): NbnsOpcode = 17..21, "nbns.flags.opcode", "Operation";
        tile AUTHORITATIVE(authoritative, set_authoritative): bool = 21..22, "nbns.flags.authoritative", "Authoritative";
        tile TRUNCATED(truncated, set_truncated): bool = 22..23, "nbns.flags.truncated", "Truncated";
        tile RECURSION_DESIRED(recursion_desired, set_recursion_desired): bool = 23..24, "nbns.flags.recdesired", "Recursion desired";
        tile RECURSION_AVAILABLE(recursion_available, set_recursion_available): bool = 24..25, "nbns.flags.recavail", "Recursion available";
        tile RESERVED: u8 as Hex = 25..27, "nbns.flags.reserved", "Reserved";
        tile BROADCAST(broadcast, set_broadcast): bool = 27..28, "nbns.flags.broadcast", "Broadcast";
        tile RCODE(rcode, set_rcode): NbnsRcode = 28..32, "nbns.flags.rcode", "Result";
        tile QUESTIONS(question_count, set_question_count): u16 = 32..48, "nbns.count.queries", "Questions";
        tile ANSWERS(answer_count, set_answer_count): u16 = 48..64, "nbns.count.answers", "Answers";
        tile AUTHORITIES(authority_count, set_authority_count): u16 = 64..80, "nbns.count.auth_rr", "Authorities";
        tile ADDITIONALS(additional_count, set_additional_count): u16 = 80..96, "nbns.count.add_rr", "Additional records";
    }
}

crate::fields! {
    /// The name of a question or a record.
    pub mod name in "RFC 1002 section 4.1" {
        tile NAME: [u8; 0] as NetBios = 0..0, "nbns.name", "Name";
    }
}
crate::fields! {
    /// What is asked for.
    pub mod question in "RFC 1002 section 4.2.1.2" {
        tile TYPE: NbnsType = 0..16, "nbns.type", "Type";
        tile CLASS: u16 = 16..32, "nbns.class", "Class";
    }
}
crate::fields! {
    /// What stands in front of a record's data.
    pub mod record in "RFC 1002 section 4.2.1.3" {
        tile TYPE: NbnsType = 0..16, "nbns.type", "Type";
        tile CLASS: u16 = 16..32, "nbns.class", "Class";
        tile TTL: u32 = 32..64, "nbns.ttl", "Time to live, s";
        tile LENGTH: u16 = 64..80, "nbns.data_length", "Data length";
    }
}
crate::fields! {
    /// Whose name it is.
    pub mod owner in "RFC 1002 section 4.2.2" {
        group FLAGS: u16 as Hex = 0..16, "nbns.nb_flags", "Name flags";
        tile GROUP: bool = 0..1, "nbns.nb_flags.group", "Group name";
        tile NODE: u8 = 1..3, "nbns.nb_flags.ont", "Node type";
        tile RESERVED: u16 as Hex = 3..16, "nbns.nb_flags.reserved", "Reserved";
        tile ADDRESS: Ipv4Addr = 16..48, "nbns.addr", "Address";
    }
}
crate::fields! {
    /// The flags of the request that is being worked on, with which a server asks to wait.
    pub mod wait in "RFC 1002 section 4.2.16" {
        tile FLAGS: u16 as Hex = 0..16, "nbns.wait.flags", "Flags of the request";
    }
}
crate::fields! {
    /// How many names a node has.
    pub mod status in "RFC 1002 section 4.2.18" {
        tile NAMES: u8 = 0..8, "nbns.number_of_names", "Number of names";
    }
}
crate::fields! {
    /// One of its names.
    pub mod status_name in "RFC 1002 section 4.2.18" {
        tile NAME: [u8; 0] as Text = 0..120, "nbns.netbios_name", "Name";
        tile SUFFIX: u8 as Hex = 120..128, "nbns.netbios_name.suffix", "Name suffix";
        group FLAGS: u16 as Hex = 128..144, "nbns.name_flags", "Name flags";
        tile GROUP: bool = 128..129, "nbns.name_flags.group", "Group name";
        tile NODE: u8 = 129..131, "nbns.name_flags.ont", "Node type";
        tile DEREGISTERED: bool = 131..132, "nbns.name_flags.drg", "Being deregistered";
        tile CONFLICT: bool = 132..133, "nbns.name_flags.cnf", "In conflict";
        tile ACTIVE: bool = 133..134, "nbns.name_flags.act", "Active";
        tile PERMANENT: bool = 134..135, "nbns.name_flags.prm", "Permanent";
        tile RESERVED: u16 as Hex = 135..144, "nbns.name_flags.reserved", "Reserved";
    }
}
crate::fields! {
    /// What a node has counted; Windows sends zeros behind its address.
    pub mod statistics in "RFC 1002 section 4.2.18" {
        tile UNIT_ID: Mac = 0..48, "nbns.unit_id", "Unit ID";
        tile JUMPERS: u8 as Hex = 48..56, "nbns.jumpers", "Jumpers";
        tile TEST_RESULT: u8 as Hex = 56..64, "nbns.test_result", "Test result";
        tile VERSION: u16 as Hex = 64..80, "nbns.version_number", "Version number";
        tile PERIOD: u16 as Hex = 80..96, "nbns.period_of_statistics", "Period of statistics";
        tile CRCS: u16 = 96..112, "nbns.num_crcs", "CRC errors";
        tile ALIGNMENT: u16 = 112..128, "nbns.num_alignment_errors", "Alignment errors";
        tile COLLISIONS: u16 = 128..144, "nbns.num_collisions", "Collisions";
        tile SEND_ABORTS: u16 = 144..160, "nbns.num_send_aborts", "Sends aborted";
        tile GOOD_SENDS: u32 = 160..192, "nbns.num_good_sends", "Good sends";
        tile GOOD_RECEIVES: u32 = 192..224, "nbns.num_good_receives", "Good receives";
        tile RETRANSMITS: u16 = 224..240, "nbns.numretransmits", "Retransmissions";
        tile NO_RESOURCE: u16 = 240..256, "nbns.num_no_resource_conditions", "Times without resources";
        tile COMMAND_BLOCKS: u16 = 256..272, "nbns.numcommand_blocks", "Free command blocks";
        tile TOTAL_BLOCKS: u16 = 272..288, "nbns.total_command_blocks", "Command blocks";
        tile MOST_BLOCKS: u16 = 288..304, "nbns.max_total_command_blocks", "Most command blocks";
        tile PENDING: u16 = 304..320, "nbns.numpending_sessions", "Pending sessions";
        tile MOST_PENDING: u16 = 320..336, "nbns.max_num_pending_sessions", "Most pending sessions";
        tile MOST_SESSIONS: u16 = 336..352, "nbns.max_total_sessions_possible", "Most sessions";
        tile PACKET_SIZE: u16 = 352..368, "nbns.session_data_packet_size", "Session data packet size";
    }
}
crate::fields! {
    /// Data of which nothing is known.
    pub mod unknown in "RFC 1002 section 4.2.1.3" {
        tile DATA: [u8; 0] = 0..0, "nbns.data", "Data";
    }
}
crate::fields! {
    /// What stands behind the last record.
    pub mod extraneous in "RFC 1002 section 4.2.1" {
        tile DATA: [u8; 0] = 0..0, "nbns.extraneous", "Behind the last record";
    }
}
crate::fields! {
    /// The group around a question.
    pub mod question_group in "RFC 1002 section 4.2.1.2" {
        group QUESTION: [u8; 0] = 0..0, "nbns.question", "Question";
    }
}
crate::fields! {
    /// The group around an answer.
    pub mod answer_group in "RFC 1002 section 4.2.1.3" {
        group ANSWER: [u8; 0] = 0..0, "nbns.record", "Answer";
    }
}
crate::fields! {
    /// The group around a record of the second section.
    pub mod authority_group in "RFC 1002 section 4.2.1.3" {
        group AUTHORITY: [u8; 0] = 0..0, "nbns.record", "Authority";
    }
}
crate::fields! {
    /// The group around a record of the third section.
    pub mod additional_group in "RFC 1002 section 4.2.1.3" {
        group ADDITIONAL: [u8; 0] = 0..0, "nbns.record", "Additional record";
    }
}

/// The two types that are in use.
const TYPES: &[RecordType] = &[
    RecordType {
        record_type: DnsType(NbnsType::NB.0),
        parts: &[
            Part::If(|data| data.len() == 2, &Part::Fixed(wait::FIELDS)),
            Part::EachSized(owner::FIELDS, |_| 6),
        ],
    },
    RecordType {
        record_type: DnsType(NbnsType::NBSTAT.0),
        parts: &[
            Part::Fixed(status::FIELDS),
            Part::While(status_name::FIELDS, has_name),
            Part::Fixed(statistics::FIELDS),
        ],
    },
];

/// Whether one more name begins at byte `at` of a node's status.
fn has_name(data: &[u8], at: usize) -> bool {
    let names = status::NAMES.read(data).map_or(0, usize::from);
    at < names.saturating_mul(18).saturating_add(1)
}

const TABLES: &[&[FieldInfo]] = &[
    name::FIELDS,
    question::FIELDS,
    record::FIELDS,
    owner::FIELDS,
    wait::FIELDS,
    status::FIELDS,
    status_name::FIELDS,
    statistics::FIELDS,
    unknown::FIELDS,
    extraneous::FIELDS,
    question_group::FIELDS,
    answer_group::FIELDS,
    authority_group::FIELDS,
    additional_group::FIELDS,
];

const DIALECT: Dialect = Dialect {
    question_name: name::FIELDS,
    question: question::FIELDS,
    record_name: name::FIELDS,
    record: record::FIELDS,
    opt: record::FIELDS,
    unknown: unknown::FIELDS,
    extraneous: extraneous::FIELDS,
    groups: [question_group::FIELDS, answer_group::FIELDS, authority_group::FIELDS, additional_group::FIELDS],
    types: TYPES,
    codes: ["nbns.name.bad", "nbns.data.bad", "nbns.cut", "nbns.surplus"],
    tables: TABLES,
};

/// What a packet says of itself in its line: `query 0x3001 Registration COMPUTER<00> NB > 192.0.2.1`.
fn words(message: &[u8], line: &mut dyn core::fmt::Write) -> core::fmt::Result {
    let Ok(nbns) = Nbns::view(message) else { return line.write_str("cut short") };
    let direction = if nbns.response() { "response" } else { "query" };
    write!(line, "{direction} {:#06x} {}", nbns.id(), nbns.opcode())?;
    if nbns.rcode() != NbnsRcode::NO_ERROR {
        write!(line, " {}", nbns.rcode())?;
    }
    if let Some(first) = nbns.records().next() {
        write!(line, " {} {}", first.name, NbnsType(first.record_type.0))?;
    }
    let mut before = " > ";
    for address in nbns.addresses() {
        line.write_str(before)?;
        value::write_ipv4(address, line)?;
        before = ", ";
    }
    Ok(())
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "nbns",
    name: "NetBIOS Name Service",
    spec: "RFC 1002",
    fields: FIELDS,
    lists: DIALECT.tables,
    length: Nbns::LEN,
    peel,
    needed: |_| Nbns::LEN,
    sections: |header, cursor: &mut Cursor| -> Option<Section> { records::section(&DIALECT, header, cursor) },
    checks: &[|scope| records::check(&DIALECT, scope, 0)],
    summary: &[Phrase::Text("NBNS, "), Phrase::Words(words)],
    ..Protocol::PLAIN
};

/// All of it; nothing follows.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    super::peel(bytes)
}

impl Nbns {
    /// A query with this number, and nothing in it yet.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(id: u16) -> Builder<Self> {
        Builder::<Self>::empty().id(id)
    }
}

impl<'a> Nbns<&'a [u8]> {
    /// Questions and records, as far as they are whole, with names as NetBIOS has them.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        Records::of(self.bytes).map(|mut record| {
            record.name = record.name.net_bios();
            record
        })
    }

    /// The addresses that the records give to names.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        let given = |record: &Record<'a>| {
            record.place != Place::Question
                && record.record_type.0 == NbnsType::NB.0
                && record.bytes.len() > 2
        };
        let owners = self.records().filter(given).flat_map(|record| record.bytes.chunks_exact(6));
        owners.filter_map(|entry| owner::ADDRESS.read(entry))
    }
}
