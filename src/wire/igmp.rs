//! IGMP, versions 1 ([RFC 1112](https://www.rfc-editor.org/rfc/rfc1112)), 2
//! ([RFC 2236](https://www.rfc-editor.org/rfc/rfc2236)) and 3 ([RFC 3376](https://www.rfc-editor.org/rfc/rfc3376)).

use core::net::Ipv4Addr;

use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, Format, Generated, Next, Peel,
    Phrase, Protocol, Section, Severity, Value,
};
use crate::names::{IgmpType, MulticastRecordType};
use crate::wire::data;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |     Type      | Max resp. code|           Checksum            |
    /// +---------------+---------------+-------------------------------+
    /// |           Group address, in all but a version 3 report        |
    /// ```
    pub struct Igmp(4 max 128 step 4) "igmp" in "RFC 2236 section 2" {
        tile TYPE(message_type, set_message_type): IgmpType = 0..8, "igmp.type", "Type";
        tile MAXIMUM_CODE(maximum_code, set_maximum_code): u8 = 8..16, "igmp.max_resp", "Maximum response code";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 16..32, "igmp.checksum", "Checksum";
    }
}

crate::fields! {
    /// The same of messages that have no maximum response code.
    pub mod reserved in "RFC 1112 appendix I" {
        tile TYPE: IgmpType = 0..8, "igmp.type", "Type";
        tile RESERVED: [u8; 0] = 8..16, "igmp.reserved", "Reserved";
        tile CHECKSUM: u16 as Hex = 16..32, "igmp.checksum", "Checksum";
    }
}
crate::fields! {
    /// The group.
    pub mod group in "RFC 2236 section 2.4" {
        tile ADDRESS: Ipv4Addr = 32..64, "igmp.maddr", "Group address";
    }
}
crate::fields! {
    /// Membership query, version 3.
    pub mod query_v3 in "RFC 3376 section 4.1" {
        alias EXPONENT: u8 = 9..12 if is_float, "igmp.max_resp.exp", "Exponent";
        alias MANTISSA: u8 = 12..16 if is_float, "igmp.max_resp.mant", "Mantissa";
        tile ADDRESS: Ipv4Addr = 32..64, "igmp.maddr", "Group address";
        tile RESERVED: u8 as Hex = 64..68, "igmp.query.reserved", "Reserved";
        tile SUPPRESS: bool = 68..69, "igmp.s", "Suppress router processing";
        tile ROBUSTNESS: u8 = 69..72, "igmp.qrv", "Querier's robustness variable";
        tile INTERVAL_CODE: u8 = 72..80, "igmp.qqic", "Querier's query interval code";
        tile SOURCES: u16 = 80..96, "igmp.num_src", "Number of sources";
    }
}
crate::fields! {
    /// A source of a query or a record.
    pub mod source in "RFC 3376 section 4.1.9" {
        tile ADDRESS: Ipv4Addr = 0..32, "igmp.saddr", "Source address";
    }
}
crate::fields! {
    /// Membership report, version 3.
    pub mod report_v3 in "RFC 3376 section 4.2" {
        tile RESERVED: [u8; 0] = 32..48, "igmp.reserved", "Reserved";
        tile RECORDS: u16 = 48..64, "igmp.num_grp_recs", "Number of group records";
    }
}
crate::fields! {
    /// A record of a report.
    pub mod record in "RFC 3376 section 4.2.4" {
        tile RECORD_TYPE: MulticastRecordType = 0..8, "igmp.record_type", "Record type";
        tile AUXILIARY_LENGTH: u8 = 8..16, "igmp.aux_data_len", "Auxiliary data length in words";
        tile SOURCES: u16 = 16..32, "igmp.num_src", "Number of sources";
        tile ADDRESS: Ipv4Addr = 32..64, "igmp.maddr", "Group address";
    }
}
crate::fields! {
    /// Auxiliary data of a record.
    pub mod auxiliary in "RFC 3376 section 4.2.11" {
        tile DATA: [u8; 0] = 0..0, "igmp.aux_data", "Auxiliary data";
    }
}

fn is_float(header: &[u8]) -> bool {
    MAXIMUM_CODE.read(header).is_some_and(|code| code >= 0x80)
}

/// The number that a code of eight bits stands for: from 128 on it is a mantissa and an exponent (RFC 3376 sections
/// 4.1.1 and 4.1.7).
pub fn decoded(code: u8) -> u16 {
    match code {
        0x80.. => (u16::from(code & 0x0f) | 0x10) << u16::from(code >> 4 & 7).saturating_add(3),
        _ => u16::from(code),
    }
}

/// What a message is, as far as its parts go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Version 1, or a report of it: no maximum response code.
    Version1,
    /// Version 2.
    Version2,
    Query3,
    Report3,
    /// What is no membership message; nothing is known of it but its checksum.
    Other,
}

/// RFC 3376 section 7.1: a query is of the version that its length and its code say.
fn shape(message: &[u8]) -> Shape {
    match (TYPE.read(message), MAXIMUM_CODE.read(message)) {
        (Some(IgmpType::MEMBERSHIP_QUERY), _) if message.len() >= 12 => Shape::Query3,
        (Some(IgmpType::MEMBERSHIP_QUERY), Some(0)) | (Some(IgmpType::MEMBERSHIP_REPORT_V1), _) => {
            Shape::Version1
        }
        (Some(IgmpType::MEMBERSHIP_QUERY | IgmpType::MEMBERSHIP_REPORT_V2 | IgmpType::LEAVE_GROUP), _) => {
            Shape::Version2
        }
        (Some(IgmpType::MEMBERSHIP_REPORT_V3), _) => Shape::Report3,
        _ => Shape::Other,
    }
}

/// The version of a membership message.
fn version(message: &[u8]) -> Option<u8> {
    match shape(message) {
        Shape::Version1 => Some(1),
        Shape::Version2 => Some(2),
        Shape::Query3 | Shape::Report3 => Some(3),
        Shape::Other => None,
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "igmp",
    name: "Internet Group Management Protocol",
    spec: "RFC 3376",
    fields: FIELDS,
    tables: &[reserved::FIELDS, group::FIELDS, query_v3::FIELDS, report_v3::FIELDS],
    lists: &[source::FIELDS, record::FIELDS, auxiliary::FIELDS],
    // What the second byte is depends on the length of the message, so that the fixed part is a section too.
    length: 0,
    peel,
    needed: |bytes| needed(bytes).min(usize::from(u16::MAX)),
    sections,
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: None,
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "igmp.checksum.bad",
        offload: "igmp.checksum.offload",
    }),
    generated: &[
        Generated {
            info: generated("igmp.version", "Version"),
            value: |scope| version(scope.bytes).map(|version| Value::Number(version.into())),
        },
        Generated {
            info: generated("igmp.max_resp.time", "Maximum response time, 0.1 s"),
            value: |scope| {
                let code = MAXIMUM_CODE.read(scope.header_bytes())?;
                (TYPE.read(scope.bytes) == Some(IgmpType::MEMBERSHIP_QUERY)).then_some(())?;
                match shape(scope.bytes) {
                    Shape::Version2 => Some(Value::Number(code.into())),
                    Shape::Query3 => Some(Value::Number(decoded(code).into())),
                    _ => None,
                }
            },
        },
    ],
    summary: &[
        Phrase::Text("IGMP "),
        Phrase::Value(&TYPE.info),
        Phrase::If(has_group, &[Phrase::Text(", "), Phrase::Value(&group::ADDRESS.info)]),
    ],
    ..Protocol::PLAIN
};

const fn generated(name: &'static str, label: &'static str) -> FieldInfo {
    FieldInfo::generated(name, label, MAXIMUM_CODE.info.spec, Format::Number)
}

/// The message; nothing leads on.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    let header = needed(bytes).min(usize::from(u16::MAX));
    Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: None })
}

fn has_group(message: &[u8]) -> bool {
    matches!(shape(message), Shape::Version1 | Shape::Version2 | Shape::Query3)
}

/// How long the message is by its own counts.
fn needed(bytes: &[u8]) -> usize {
    match shape(bytes) {
        Shape::Version1 | Shape::Version2 => 8,
        Shape::Query3 => {
            usize::from(query_v3::SOURCES.read(bytes).unwrap_or(0)).saturating_mul(4).saturating_add(12)
        }
        Shape::Report3 => {
            let mut end = 8usize;
            for _ in 0..report_v3::RECORDS.read(bytes).unwrap_or(0) {
                let Some(head) = bytes.get(end..).filter(|head| head.len() >= 8) else {
                    return end.saturating_add(8);
                };
                end = end.saturating_add(record_length(head));
            }
            end
        }
        Shape::Other => Igmp::LEN,
    }
}

/// The length of a record with its sources and its auxiliary data.
fn record_length(head: &[u8]) -> usize {
    let sources = usize::from(record::SOURCES.read(head).unwrap_or(0)).saturating_mul(4);
    let auxiliary = usize::from(record::AUXILIARY_LENGTH.read(head).unwrap_or(0)).saturating_mul(4);
    sources.saturating_add(auxiliary).saturating_add(8)
}

const BODY: u8 = 1;
const LIST: u8 = 2;
const SOURCES: u8 = 3;

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let shape = shape(header);
    let left = header.len().saturating_sub(cursor.at);
    if left == 0 {
        return None;
    }
    match (cursor.phase, shape) {
        (0, Shape::Version1 | Shape::Report3) => {
            cursor.phase = BODY;
            cursor.go_on(reserved::FIELDS, left.min(4))
        }
        (0, _) => {
            cursor.phase = BODY;
            cursor.go_on(FIELDS, left.min(4))
        }
        (BODY, Shape::Version1 | Shape::Version2) => {
            cursor.phase = LIST;
            cursor.go_on(group::FIELDS, header.len().min(8))
        }
        (BODY, Shape::Query3) => {
            cursor.phase = LIST;
            cursor.go_on(query_v3::FIELDS, header.len().min(12))
        }
        (BODY, Shape::Report3) => {
            cursor.phase = LIST;
            cursor.go_on(report_v3::FIELDS, header.len().min(8))
        }
        (LIST, Shape::Query3) if left >= 4 => cursor.take(source::FIELDS, 4),
        (LIST, Shape::Report3) => {
            let head = header.get(cursor.at..)?;
            cursor.item = cursor.at;
            cursor.until = cursor.at.saturating_add(record_length(head)).min(header.len());
            cursor.phase = if cursor.at.saturating_add(8) < cursor.until { SOURCES } else { LIST };
            cursor.take(record::FIELDS, left.min(8))
        }
        (SOURCES, Shape::Report3) => {
            let head = header.get(cursor.item..)?;
            let sources = usize::from(record::SOURCES.read(head)?).saturating_mul(4).saturating_add(8);
            let behind = cursor.item.saturating_add(sources).min(cursor.until);
            let (fields, length) = match behind.saturating_sub(cursor.at) {
                0 => (auxiliary::FIELDS, cursor.until.saturating_sub(cursor.at)),
                1..4 => (data::unparsed::FIELDS, behind.saturating_sub(cursor.at)),
                _ => (source::FIELDS, 4),
            };
            let end = cursor.at.saturating_add(length);
            cursor.phase = if end < cursor.until { SOURCES } else { LIST };
            cursor.take(fields, length)
        }
        _ => cursor.take(data::unparsed::FIELDS, left),
    }
}

const CHECKS: &[Check] = &[
    |scope| {
        let limit = scope.hop_limit.filter(|_| version(scope.bytes).is_some() && !scope.quoted)?;
        let text = "the time to live of a membership message is not 1";
        let wrong = Finding::at(&TYPE.info, "igmp.ttl.bad", Severity::Warning, text);
        (limit != 1).then(|| wrong.value(u64::from(limit), 1))
    },
    |scope| {
        let address = group::ADDRESS.read(scope.header_bytes()).filter(|_| has_group(scope.bytes))?;
        let general = TYPE.read(scope.bytes) == Some(IgmpType::MEMBERSHIP_QUERY) && address.is_unspecified();
        let text = "the group is no multicast address";
        let wrong = Finding::at(&group::ADDRESS.info, "igmp.maddr.bad", Severity::Error, text);
        (!general && !address.is_multicast()).then_some(wrong)
    },
    |scope| {
        let report = Igmp { bytes: scope.header_bytes() };
        let bad = report.records().find(|record| !record.address.is_multicast())?;
        let text = "the group of a record is no multicast address";
        let wrong = Finding::at(&record::ADDRESS.info, "igmp.maddr.bad", Severity::Error, text);
        Some(wrong.place(bad.start.saturating_add(4), 4))
    },
];

impl Igmp {
    fn of(kind: IgmpType, address: Ipv4Addr) -> Builder<Self> {
        Builder::<Self>::empty().message_type(kind).append(&address.octets())
    }

    /// Membership query: of all groups (`0.0.0.0`) or one; the time is in tenths of a second, and 0 makes it version 1.
    pub fn query(address: Ipv4Addr, time: u8) -> Builder<Self> {
        Self::of(IgmpType::MEMBERSHIP_QUERY, address).maximum_code(time)
    }

    /// Membership report, version 1.
    pub fn report_v1(address: Ipv4Addr) -> Builder<Self> {
        Self::of(IgmpType::MEMBERSHIP_REPORT_V1, address)
    }

    /// Membership report, version 2.
    pub fn report_v2(address: Ipv4Addr) -> Builder<Self> {
        Self::of(IgmpType::MEMBERSHIP_REPORT_V2, address)
    }

    /// Leave group.
    pub fn leave(address: Ipv4Addr) -> Builder<Self> {
        Self::of(IgmpType::LEAVE_GROUP, address)
    }

    /// Membership query, version 3: maximum response code, querier's robustness variable (3 bits) and query interval
    /// code, and the sources that are asked after.
    pub fn query_v3(
        address: Ipv4Addr,
        code: u8,
        robustness: u8,
        interval: u8,
        sources: &[Ipv4Addr],
    ) -> Builder<Self> {
        let count = u16::try_from(sources.len()).unwrap_or(u16::MAX);
        let query =
            Self::query(address, code).append(&[robustness & 7, interval]).append(&count.to_be_bytes());
        sources.iter().fold(query, |query, source| query.append(&source.octets()))
    }

    /// Membership report, version 3; each record is added with [`record`](Builder::<Igmp>::record).
    pub fn report_v3() -> Builder<Self> {
        Self::of(IgmpType::MEMBERSHIP_REPORT_V3, Ipv4Addr::UNSPECIFIED)
    }
}

impl Builder<Igmp> {
    /// Adds a record to a version 3 report, and counts it.
    #[must_use]
    pub fn record(self, kind: MulticastRecordType, address: Ipv4Addr, sources: &[Ipv4Addr]) -> Self {
        let records = match self.bytes() {
            Ok(bytes) => report_v3::RECORDS.read(bytes).unwrap_or(0),
            Err(_) => 0,
        };
        let count = u16::try_from(sources.len()).unwrap_or(u16::MAX);
        let head = self
            .preset(&report_v3::RECORDS, records.saturating_add(1))
            .append(&[kind.0, 0])
            .append(&count.to_be_bytes())
            .append(&address.octets());
        sources.iter().fold(head, |report, source| report.append(&source.octets()))
    }
}

/// A record of a version 3 report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// First byte in the message.
    pub start: usize,
    /// What it says.
    pub kind: MulticastRecordType,
    /// Of which group.
    pub address: Ipv4Addr,
    /// The sources, of four bytes each, as far as they are there.
    pub sources: &'a [[u8; 4]],
    /// Auxiliary data.
    pub auxiliary: &'a [u8],
}

impl<'a> Igmp<&'a [u8]> {
    /// The version: by type, and of a query by length and code; `None` for what is no membership message.
    pub fn version(&self) -> Option<u8> {
        version(self.bytes)
    }

    /// The group of a query, a leave, or a report before version 3; `0.0.0.0` for all.
    pub fn group(&self) -> Option<Ipv4Addr> {
        group::ADDRESS.read(self.bytes).filter(|_| has_group(self.bytes))
    }

    /// How long hosts may wait before they answer a query, in tenths of a second.
    pub fn maximum_time(&self) -> Option<u16> {
        (self.message_type() == IgmpType::MEMBERSHIP_QUERY).then_some(())?;
        match shape(self.bytes) {
            Shape::Query3 => Some(decoded(self.maximum_code())),
            Shape::Version2 => Some(u16::from(self.maximum_code())),
            // RFC 2236 section 4: version 1 has ten seconds.
            _ => Some(100),
        }
    }

    /// The sources of a version 3 query, of four bytes each, as many as it says it has and are there.
    pub fn sources(&self) -> &'a [[u8; 4]] {
        let list = if shape(self.bytes) == Shape::Query3 { self.bytes.get(12..) } else { None };
        let (sources, _) = list.unwrap_or(&[]).as_chunks();
        let count = usize::from(query_v3::SOURCES.read(self.bytes).unwrap_or(0));
        sources.get(..count).unwrap_or(sources)
    }

    /// The records of a version 3 report, as many as it says it has and are there.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let count = match shape(self.bytes) {
            Shape::Report3 => report_v3::RECORDS.read(self.bytes).unwrap_or(0),
            _ => 0,
        };
        let (bytes, mut start) = (self.bytes, 8usize);
        (0..count).map_while(move |_| {
            let (head, behind) = bytes.get(start..)?.split_first_chunk::<8>()?;
            let sources = usize::from(record::SOURCES.read(head)?).saturating_mul(4);
            let (sources, behind) = behind.split_at_checked(sources).unwrap_or((behind, &[]));
            let auxiliary = usize::from(record::AUXILIARY_LENGTH.read(head)?).saturating_mul(4);
            let found = Record {
                start,
                kind: record::RECORD_TYPE.read(head)?,
                address: record::ADDRESS.read(head)?,
                sources: sources.as_chunks().0,
                auxiliary: behind.get(..auxiliary).unwrap_or(behind),
            };
            start = start.saturating_add(record_length(head));
            Some(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Ipv4OptionType;
    use crate::packet::{Decoder, Frame};
    use crate::wire::ipv4::Ipv4;

    /// RFC 3376 section 4.1.1: the least and the greatest code that is a mantissa and an exponent.
    #[test]
    fn codes_stand_for_times() {
        assert_eq!((decoded(127), decoded(128), decoded(0x8f), decoded(255)), (127, 128, 248, 31_744));
    }

    /// RFC 3376 section 7.1: of which version a query is.
    #[test]
    fn a_query_is_of_the_version_that_its_length_says() {
        let group = Ipv4Addr::new(239, 1, 2, 3);
        let queries =
            [Igmp::query(group, 0), Igmp::query(group, 100), Igmp::query_v3(group, 0x8f, 2, 125, &[])];
        for (query, (version, time)) in queries.iter().zip([(1, 100), (2, 100), (3, 248)]) {
            let view = Igmp::view(query.bytes().unwrap()).unwrap();
            assert_eq!((view.version(), view.maximum_time()), (Some(version), Some(time)));
            assert_eq!(view.group(), Some(group));
        }
    }

    /// RFC 3376 section 4.2: a report as it was given; the checksum is the one that tshark computes.
    #[test]
    fn a_report_is_read_as_it_was_given() {
        let (group, source) = (Ipv4Addr::new(239, 1, 2, 3), Ipv4Addr::new(192, 0, 2, 1));
        let ip = Ipv4::new(source, Ipv4Addr::new(224, 0, 0, 22))
            .ttl(1)
            .option(Ipv4OptionType::ROUTER_ALERT, &[0, 0]);
        let report = Igmp::report_v3().record(MulticastRecordType::TO_EXCLUDE, group, &[]).record(
            MulticastRecordType::IS_INCLUDE,
            group,
            &[source],
        );
        let mut room = [0; 64];
        let bytes = (ip / report).write(&mut room).unwrap();
        let packet = Decoder::new().packet(Frame::raw(&*bytes));
        assert_eq!(packet.findings().count(), 0);
        let view = packet.get::<Igmp>().unwrap();
        assert_eq!(crate::checksum::Sum::of(view.bytes()).fold(), 0xffff);
        assert_eq!(view.records().nth(1).unwrap().sources, [source.octets()]);
        assert_eq!(view.records().count(), 2);
        // One record less than it says it has.
        bytes[31] = 3;
        let packet = Decoder::new().packet(Frame::raw(&*bytes));
        assert!(packet.findings().any(|finding| finding.code == "header.cut"));
    }
}
