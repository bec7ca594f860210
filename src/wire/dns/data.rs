//! The data of records, a table of parts for each type.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::FieldInfo;
use crate::names::DnsType;
use crate::wire::dns::options;
use crate::wire::dns::records::Part;

/// What the data of one type consists of.
#[derive(Clone, Copy, Debug)]
pub struct RecordType {
    /// The type.
    pub record_type: DnsType,
    /// Its parts, one behind the other; what they do not cover is shown as data.
    pub parts: &'static [Part],
}

/// What is known of a type.
pub(super) fn of(record_type: DnsType) -> Option<&'static RecordType> {
    TYPES.iter().find(|known| known.record_type == record_type)
}

/// Declares tables of one name each.
macro_rules! names {
    ($($(#[$doc:meta])* $module:ident in $spec:literal = $name:literal, $label:literal;)*) => {$(
        crate::fields! {
            $(#[$doc])*
            pub mod $module in $spec {
                tile NAME: [u8; 0] as Name = 0..0, $name, $label;
            }
        }
    )*};
}

/// Declares tables of one text each, with a byte of length in front.
macro_rules! strings {
    ($($(#[$doc:meta])* $module:ident in $spec:literal = $length:literal, $name:literal, $label:literal;)*) => {$(
        crate::fields! {
            $(#[$doc])*
            pub mod $module in $spec {
                tile LENGTH: u8 = 0..8, $length, "Length";
                tile TEXT: [u8; 0] as Text = 8..0, $name, $label;
            }
        }
    )*};
}

names! {
    /// The name that it stands for.
    cname in "RFC 1035 section 3.3.1" = "dns.cname", "Canonical name";
    /// A server of the zone.
    ns in "RFC 1035 section 3.3.11" = "dns.ns", "Name server";
    /// The name of an address.
    ptr in "RFC 1035 section 3.3.12" = "dns.ptr.domain_name", "Domain name";
    /// A host that takes mail.
    mx_exchange in "RFC 1035 section 3.3.9" = "dns.mx.mail_exchange", "Mail exchange";
    /// The server that a zone comes from.
    soa_primary in "RFC 1035 section 3.3.13" = "dns.soa.mname", "Primary name server";
    /// Who is responsible for a zone.
    soa_mailbox in "RFC 1035 section 3.3.13" = "dns.soa.rname", "Mailbox of who is responsible";
    /// The host of a service.
    srv_target in "RFC 2782" = "dns.srv.target", "Target";
}

strings! {
    /// Text.
    txt in "RFC 1035 section 3.3.14" = "dns.txt.length", "dns.txt", "Text";
}

crate::fields! {
    /// An IPv4 address.
    pub mod a in "RFC 1035 section 3.4.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "dns.a", "Address";
    }
}
crate::fields! {
    /// An IPv6 address.
    pub mod aaaa in "RFC 3596 section 2.2" {
        tile ADDRESS: Ipv6Addr = 0..128, "dns.aaaa", "Address";
    }
}
crate::fields! {
    /// What stands in front of a mail exchange.
    pub mod mx in "RFC 1035 section 3.3.9" {
        tile PREFERENCE: u16 = 0..16, "dns.mx.preference", "Preference";
    }
}
crate::fields! {
    /// The numbers of a zone's start.
    pub mod soa in "RFC 1035 section 3.3.13" {
        tile SERIAL: u32 = 0..32, "dns.soa.serial_number", "Serial number";
        tile REFRESH: u32 = 32..64, "dns.soa.refresh_interval", "Refresh, s";
        tile RETRY: u32 = 64..96, "dns.soa.retry_interval", "Retry, s";
        tile EXPIRE: u32 = 96..128, "dns.soa.expire_limit", "Expire, s";
        tile MINIMUM: u32 = 128..160, "dns.soa.minimum_ttl", "Negative answers hold, s", "RFC 2308 section 4";
    }
}
crate::fields! {
    /// What stands in front of a service's host.
    pub mod srv in "RFC 2782" {
        tile PRIORITY: u16 = 0..16, "dns.srv.priority", "Priority";
        tile WEIGHT: u16 = 16..32, "dns.srv.weight", "Weight";
        tile PORT: u16 = 32..48, "dns.srv.port", "Port";
    }
}

/// The types whose data is known.
pub const TYPES: &[RecordType] = &[
    RecordType { record_type: DnsType::A, parts: &[Part::Fixed(a::FIELDS)] },
    RecordType { record_type: DnsType::NS, parts: &[Part::Name(ns::FIELDS)] },
    RecordType { record_type: DnsType::CNAME, parts: &[Part::Name(cname::FIELDS)] },
    RecordType {
        record_type: DnsType::SOA,
        parts: &[Part::Name(soa_primary::FIELDS), Part::Name(soa_mailbox::FIELDS), Part::Fixed(soa::FIELDS)],
    },
    RecordType { record_type: DnsType::PTR, parts: &[Part::Name(ptr::FIELDS)] },
    RecordType {
        record_type: DnsType::MX,
        parts: &[Part::Fixed(mx::FIELDS), Part::Name(mx_exchange::FIELDS)],
    },
    RecordType { record_type: DnsType::TXT, parts: &[Part::EachCounted(txt::FIELDS)] },
    RecordType { record_type: DnsType::AAAA, parts: &[Part::Fixed(aaaa::FIELDS)] },
    RecordType {
        record_type: DnsType::SRV,
        parts: &[Part::Fixed(srv::FIELDS), Part::Name(srv_target::FIELDS)],
    },
    RecordType { record_type: DnsType::OPT, parts: &[Part::List(&options::OPTIONS)] },
];

/// Every table of them.
pub const TABLES: &[&[FieldInfo]] = &[
    cname::FIELDS,
    ns::FIELDS,
    ptr::FIELDS,
    mx_exchange::FIELDS,
    soa_primary::FIELDS,
    soa_mailbox::FIELDS,
    srv_target::FIELDS,
    txt::FIELDS,
    a::FIELDS,
    aaaa::FIELDS,
    mx::FIELDS,
    soa::FIELDS,
    srv::FIELDS,
    options::head::FIELDS,
    options::group::FIELDS,
    options::other::FIELDS,
];
