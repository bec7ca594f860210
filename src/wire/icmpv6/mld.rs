//! Multicast listener discovery, version 1 ([RFC 2710](https://www.rfc-editor.org/rfc/rfc2710)) and version 2
//! ([RFC 3810](https://www.rfc-editor.org/rfc/rfc3810)).

use core::net::Ipv6Addr;

use crate::field::{Builder, Cursor, Section};
use crate::names::{Icmpv6Type, MulticastRecordType};

use super::{Icmpv6, body};

crate::fields! {
    /// Multicast listener discovery, version 1.
    pub mod listener in "RFC 2710 section 3" {
        tile MAXIMUM_DELAY: u16 = 32..48, "icmpv6.mld.maximum_response_delay", "Maximum response delay, ms";
        tile RESERVED: [u8; 0] = 48..64, "icmpv6.reserved", "Reserved";
        tile ADDRESS: Ipv6Addr = 64..192, "icmpv6.mld.multicast_address", "Multicast address";
    }
}
crate::fields! {
    /// Multicast listener query, version 2: the same and more.
    pub mod listener_query_v2 in "RFC 3810 section 5.1" {
        tile MAXIMUM_CODE: u16 = 32..48, "icmpv6.mld.maximum_response_code", "Maximum response code";
        tile RESERVED: [u8; 0] = 48..64, "icmpv6.reserved", "Reserved";
        tile ADDRESS: Ipv6Addr = 64..192, "icmpv6.mld.multicast_address", "Multicast address";
        group FLAGS: u8 as Hex = 192..200, "icmpv6.mld.flag", "Flags";
        tile FLAGS_RESERVED: u8 = 192..196, "icmpv6.mld.flag.reserved", "Reserved";
        tile SUPPRESS: bool = 196..197, "icmpv6.mld.flag.s", "Suppress router processing";
        tile ROBUSTNESS: u8 = 197..200, "icmpv6.mld.flag.qrv", "Querier's robustness variable";
        tile INTERVAL_CODE: u8 = 200..208, "icmpv6.mld.qqi", "Querier's query interval code";
        tile SOURCES: u16 = 208..224, "icmpv6.mld.nb_sources", "Number of sources";
    }
}
crate::fields! {
    /// A source of a version 2 query.
    pub mod listener_source in "RFC 3810 section 5.1.10" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.mld.source_address", "Source address";
    }
}
crate::fields! {
    /// Multicast listener report, version 2.
    pub mod listener_report_v2 in "RFC 3810 section 5.2" {
        tile RESERVED: [u8; 0] = 32..48, "icmpv6.reserved", "Reserved";
        tile RECORDS: u16 = 48..64, "icmpv6.mldr.nb_mcast_records", "Number of records";
    }
}
crate::fields! {
    /// The group around one record of a report.
    pub mod record_group in "RFC 3810 section 5.2.4" {
        group RECORD: [u8; 0] = 0..0, "icmpv6.mldr.mar", "Multicast address record";
    }
}
crate::fields! {
    /// One record of a report.
    pub mod record in "RFC 3810 section 5.2.4" {
        tile RECORD_TYPE: MulticastRecordType = 0..8, "icmpv6.mldr.mar.record_type", "Record type";
        tile AUXILIARY_LENGTH: u8 = 8..16, "icmpv6.mldr.mar.aux_data_len", "Auxiliary data length in words";
        tile SOURCES: u16 = 16..32, "icmpv6.mldr.mar.nb_sources", "Number of sources";
        tile ADDRESS: Ipv6Addr = 32..160, "icmpv6.mldr.mar.multicast_address", "Multicast address";
    }
}
crate::fields! {
    /// A source of a record.
    pub mod record_source in "RFC 3810 section 5.2.10" {
        tile ADDRESS: Ipv6Addr = 0..128, "icmpv6.mldr.mar.source_address", "Source address";
    }
}
crate::fields! {
    /// Auxiliary data of a record.
    pub mod record_auxiliary in "RFC 3810 section 5.2.11" {
        tile DATA: [u8; 0] = 0..0, "icmpv6.mldr.mar.auxiliary_data", "Auxiliary data";
    }
}

/// The records of a report: `phase` 0 before a record, 1 at its head, 2 in its sources, 3 at its auxiliary data.
pub(super) fn records(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let left = header.len().saturating_sub(cursor.at);
    if left == 0 {
        return None;
    }
    let head = header.get(if cursor.phase == 0 { cursor.at } else { cursor.item }..)?;
    let sources = usize::from(record::SOURCES.read(head).unwrap_or(0)).saturating_mul(16).saturating_add(20);
    let auxiliary = usize::from(record::AUXILIARY_LENGTH.read(head).unwrap_or(0)).saturating_mul(4);
    let behind_sources = cursor.item.saturating_add(sources).min(header.len());
    match cursor.phase {
        0 => {
            cursor.item = cursor.at;
            cursor.phase = 1;
            cursor.until = cursor.at.saturating_add(sources).saturating_add(auxiliary).min(header.len());
            cursor.hold(record_group::FIELDS, cursor.until.saturating_sub(cursor.at))
        }
        1 => {
            cursor.phase = if cursor.item.saturating_add(20) < cursor.until { 2 } else { 0 };
            cursor.take(record::FIELDS, left.min(20))
        }
        2 if cursor.at < behind_sources => {
            let length = behind_sources.saturating_sub(cursor.at).min(16);
            let end = cursor.at.saturating_add(length);
            cursor.phase = if end < cursor.until { 2 } else { 0 };
            cursor.take(record_source::FIELDS, length)
        }
        _ => {
            cursor.phase = 0;
            cursor.take(record_auxiliary::FIELDS, cursor.until.saturating_sub(cursor.at))
        }
    }
}

impl Icmpv6 {
    /// Multicast listener query, version 1: of all addresses (`::`) or one; the delay is in milliseconds.
    pub fn listener_query(address: Ipv6Addr, delay: u16) -> Builder<Self> {
        Self::listener(Icmpv6Type::LISTENER_QUERY, address, delay)
    }

    /// Multicast listener report, version 1.
    pub fn listener_report(address: Ipv6Addr) -> Builder<Self> {
        Self::listener(Icmpv6Type::LISTENER_REPORT, address, 0)
    }

    /// Multicast listener done, version 1.
    pub fn listener_done(address: Ipv6Addr) -> Builder<Self> {
        Self::listener(Icmpv6Type::LISTENER_DONE, address, 0)
    }

    fn listener(kind: Icmpv6Type, address: Ipv6Addr, delay: u16) -> Builder<Self> {
        Self::new(kind, 0).append(&delay.to_be_bytes()).append(&[0; 2]).append(&address.octets())
    }

    /// Multicast listener query, version 2: maximum response code, querier's robustness variable (3 bits) and query
    /// interval code, and the sources that are asked after.
    pub fn listener_query_v2(
        address: Ipv6Addr,
        code: u16,
        robustness: u8,
        interval: u8,
        sources: &[Ipv6Addr],
    ) -> Builder<Self> {
        let count = u16::try_from(sources.len()).unwrap_or(u16::MAX);
        let query = Self::listener(Icmpv6Type::LISTENER_QUERY, address, code)
            .append(&[robustness & 7, interval])
            .append(&count.to_be_bytes());
        sources.iter().fold(query, |query, source| query.append(&source.octets()))
    }

    /// Multicast listener report, version 2; each record is added with
    /// [`listener_record`](Builder::<Icmpv6>::listener_record).
    pub fn listener_report_v2() -> Builder<Self> {
        Self::new(Icmpv6Type::LISTENER_REPORT_V2, 0).append(&[0; 4])
    }
}

impl Builder<Icmpv6> {
    /// Adds a record to a version 2 report, and counts it.
    #[must_use]
    pub fn listener_record(self, kind: MulticastRecordType, address: Ipv6Addr, sources: &[Ipv6Addr]) -> Self {
        let records = match self.bytes() {
            Ok(bytes) => listener_report_v2::RECORDS.read(bytes).unwrap_or(0),
            Err(_) => 0,
        };
        let count = u16::try_from(sources.len()).unwrap_or(u16::MAX);
        let head = self
            .preset(&listener_report_v2::RECORDS, records.saturating_add(1))
            .append(&[kind.0, 0])
            .append(&count.to_be_bytes())
            .append(&address.octets());
        sources.iter().fold(head, |report, source| report.append(&source.octets()))
    }
}

/// A record of a version 2 report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerRecord<'a> {
    /// What it says.
    pub kind: MulticastRecordType,
    /// Of which multicast address.
    pub address: Ipv6Addr,
    /// The sources, of 16 bytes each, as far as they are there.
    pub sources: &'a [[u8; 16]],
    /// Auxiliary data.
    pub auxiliary: &'a [u8],
}

/// The maximum response delay in milliseconds that a maximum response code of version 2 stands for: from 32,768 on it is
/// a mantissa and an exponent (RFC 3810 section 5.1.3).
pub fn response_delay(code: u16) -> u32 {
    match code {
        0x8000.. => (u32::from(code & 0x0fff) | 0x1000) << ((code >> 12 & 7) as u32).saturating_add(3),
        _ => u32::from(code),
    }
}

impl<'a> Icmpv6<&'a [u8]> {
    /// The multicast address of a query, a version 1 report or a done message; `::` for all.
    pub fn listener_address(&self) -> Option<Ipv6Addr> {
        let kind = self.message_type();
        let listener = [Icmpv6Type::LISTENER_QUERY, Icmpv6Type::LISTENER_REPORT, Icmpv6Type::LISTENER_DONE];
        if listener.contains(&kind) { listener::ADDRESS.read(self.bytes) } else { None }
    }

    /// How long hosts may wait before they answer a query, in milliseconds.
    pub fn maximum_delay(&self) -> Option<u32> {
        (self.message_type() == Icmpv6Type::LISTENER_QUERY).then_some(())?;
        let code = listener::MAXIMUM_DELAY.read(self.bytes)?;
        Some(if body(self.bytes).1 == 28 { response_delay(code) } else { u32::from(code) })
    }

    /// The sources of a version 2 query, as many as it says it has and are there.
    pub fn listener_sources(&self) -> &'a [[u8; 16]] {
        let is_query = self.message_type() == Icmpv6Type::LISTENER_QUERY && body(self.bytes).1 == 28;
        let list = if is_query { self.bytes.get(28..) } else { None }.unwrap_or(&[]);
        let count = usize::from(listener_query_v2::SOURCES.read(self.bytes).unwrap_or(0));
        let (sources, _) = list.as_chunks();
        sources.get(..count).unwrap_or(sources)
    }

    /// The records of a version 2 report, as many as it says it has and are there.
    pub fn listener_records(&self) -> impl Iterator<Item = ListenerRecord<'a>> + use<'a> {
        let is_report = self.message_type() == Icmpv6Type::LISTENER_REPORT_V2;
        let count = listener_report_v2::RECORDS.read(self.bytes).filter(|_| is_report).unwrap_or(0);
        let mut rest = self.bytes.get(8..).unwrap_or(&[]);
        (0..count).map_while(move |_| {
            let (head, behind) = rest.split_first_chunk::<20>()?;
            let sources = usize::from(record::SOURCES.read(head)?).saturating_mul(16);
            let (sources, behind) = behind.split_at_checked(sources).unwrap_or((behind, &[]));
            let auxiliary = usize::from(record::AUXILIARY_LENGTH.read(head)?).saturating_mul(4);
            let (auxiliary, behind) = behind.split_at_checked(auxiliary).unwrap_or((behind, &[]));
            rest = behind;
            Some(ListenerRecord {
                kind: record::RECORD_TYPE.read(head)?,
                address: record::ADDRESS.read(head)?,
                sources: sources.as_chunks().0,
                auxiliary,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3810 section 5.1.3: the figures of the example, and the greatest delay of all.
    #[test]
    fn codes_stand_for_delays() {
        assert_eq!((response_delay(1000), response_delay(0x7fff)), (1000, 32_767));
        assert_eq!((response_delay(0x8000), response_delay(0xffff)), (32_768, 8_387_584));
    }

    /// RFC 3810 section 5.2: records as they were given.
    #[test]
    fn records_are_read_as_they_were_given() {
        let [group, source]: [Ipv6Addr; 2] = ["ff02::fb", "2001:db8::1"].map(|text| text.parse().unwrap());
        let report = Icmpv6::listener_report_v2()
            .listener_record(MulticastRecordType::TO_EXCLUDE, group, &[])
            .listener_record(MulticastRecordType::ALLOW_NEW, group, &[source]);
        let view = Icmpv6::view(report.bytes().unwrap()).unwrap();
        let mut records = view.listener_records();
        let first = records.next().unwrap();
        assert_eq!((first.kind, first.address), (MulticastRecordType::TO_EXCLUDE, group));
        assert_eq!(records.next().unwrap().sources, [source.octets()]);
        assert_eq!(records.next(), None);
        let query = Icmpv6::listener_query_v2(group, 0x8000, 2, 125, &[source]);
        let view = Icmpv6::view(query.bytes().unwrap()).unwrap();
        assert_eq!((view.listener_address(), view.maximum_delay()), (Some(group), Some(32_768)));
        assert_eq!(view.listener_sources(), [source.octets()]);
    }
}
