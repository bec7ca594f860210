//! The data of records, a row of parts for each type.

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

/// Declares tables of bytes without a shape.
macro_rules! bytes {
    ($($(#[$doc:meta])* $module:ident in $spec:literal = $name:literal, $label:literal;)*) => {$(
        crate::fields! {
            $(#[$doc])*
            pub mod $module in $spec {
                tile DATA: [u8; 0] = 0..0, $name, $label;
            }
        }
    )*};
}

mod address;
mod classic;
mod security;
mod service;

#[allow(clippy::wildcard_imports)] // A table for each part of each type.
pub use {address::*, classic::*, security::*, service::*};

use crate::field::FieldInfo;
use crate::names::DnsType;
use crate::wire::dns::options;
use crate::wire::dns::records::Part::{
    self, Counted, CountedByWord, EachCounted, EachSized, Fixed, If, List, Name, Names, Sized,
};

/// What the data of one type consists of.
#[derive(Clone, Copy, Debug)]
pub struct RecordType {
    /// The type.
    pub record_type: DnsType,
    /// Its parts, one behind the other; what they do not cover is shown as data.
    pub parts: &'static [Part],
}

const fn of_type(record_type: DnsType, parts: &'static [Part]) -> RecordType {
    RecordType { record_type, parts }
}

const DS: &[Part] = &[Fixed(ds::FIELDS)];
const DNSKEY: &[Part] = &[Fixed(dnskey::FIELDS)];
const SIGNATURE: &[Part] =
    &[Fixed(rrsig::FIELDS), Name(rrsig_signer::FIELDS), Fixed(rrsig_signature::FIELDS)];
const TLSA: &[Part] = &[Fixed(tlsa::FIELDS)];
const SVCB: &[Part] = &[Fixed(svcb::FIELDS), Name(svcb_target::FIELDS), List(&svcb_params::PARAMS)];
const TYPE_MAP: Part = EachSized(nsec_map::FIELDS, nsec_map_size);

/// The types whose data is known.
pub const TYPES: &[RecordType] = &[
    of_type(DnsType::A, &[Fixed(a::FIELDS)]),
    of_type(DnsType::NS, &[Name(ns::FIELDS)]),
    of_type(DnsType::MD, &[Name(md::FIELDS)]),
    of_type(DnsType::MF, &[Name(mf::FIELDS)]),
    of_type(DnsType::CNAME, &[Name(cname::FIELDS)]),
    of_type(DnsType::SOA, &[Name(soa_primary::FIELDS), Name(soa_mailbox::FIELDS), Fixed(soa::FIELDS)]),
    of_type(DnsType::MB, &[Name(mb::FIELDS)]),
    of_type(DnsType::MG, &[Name(mg::FIELDS)]),
    of_type(DnsType::MR, &[Name(mr::FIELDS)]),
    of_type(DnsType::NULL, &[Fixed(null::FIELDS)]),
    of_type(DnsType::WKS, &[Fixed(wks::FIELDS)]),
    of_type(DnsType::PTR, &[Name(ptr::FIELDS)]),
    of_type(DnsType::HINFO, &[Counted(hinfo_cpu::FIELDS), Counted(hinfo_os::FIELDS)]),
    of_type(DnsType::MINFO, &[Name(minfo_responsible::FIELDS), Name(minfo_errors::FIELDS)]),
    of_type(DnsType::MX, &[Fixed(mx::FIELDS), Name(mx_exchange::FIELDS)]),
    of_type(DnsType::TXT, &[EachCounted(txt::FIELDS)]),
    of_type(DnsType::RP, &[Name(rp_mailbox::FIELDS), Name(rp_text::FIELDS)]),
    of_type(DnsType::AFSDB, &[Fixed(afsdb::FIELDS), Name(afsdb_host::FIELDS)]),
    of_type(DnsType::X25, &[Counted(x25::FIELDS)]),
    of_type(DnsType::ISDN, &[Counted(isdn::FIELDS), Counted(isdn_sub::FIELDS)]),
    of_type(DnsType::RT, &[Fixed(rt::FIELDS), Name(rt_host::FIELDS)]),
    of_type(DnsType::NSAP, &[Fixed(nsap::FIELDS)]),
    of_type(DnsType::NSAP_PTR, &[Name(nsap_ptr::FIELDS)]),
    of_type(DnsType::SIG, SIGNATURE),
    of_type(DnsType::KEY, &[Fixed(key::FIELDS)]),
    of_type(DnsType::PX, &[Fixed(px::FIELDS), Name(px_822::FIELDS), Name(px_x400::FIELDS)]),
    of_type(
        DnsType::GPOS,
        &[Counted(gpos_longitude::FIELDS), Counted(gpos_latitude::FIELDS), Counted(gpos_altitude::FIELDS)],
    ),
    of_type(DnsType::AAAA, &[Fixed(aaaa::FIELDS)]),
    of_type(DnsType::LOC, &[Fixed(loc::FIELDS)]),
    of_type(DnsType::NXT, &[Name(nxt::FIELDS), Fixed(nxt_map::FIELDS)]),
    of_type(DnsType::SRV, &[Fixed(srv::FIELDS), Name(srv_target::FIELDS)]),
    of_type(
        DnsType::NAPTR,
        &[
            Fixed(naptr::FIELDS),
            Counted(naptr_flags::FIELDS),
            Counted(naptr_service::FIELDS),
            Counted(naptr_regex::FIELDS),
            Name(naptr_replacement::FIELDS),
        ],
    ),
    of_type(DnsType::KX, &[Fixed(kx::FIELDS), Name(kx_exchanger::FIELDS)]),
    of_type(DnsType::CERT, &[Fixed(cert::FIELDS)]),
    of_type(
        DnsType::A6,
        &[
            Fixed(a6::FIELDS),
            Sized(a6_suffix::FIELDS, a6_suffix_size),
            If(has_a6_prefix, &Name(a6_name::FIELDS)),
        ],
    ),
    of_type(DnsType::DNAME, &[Name(dname::FIELDS)]),
    of_type(DnsType::OPT, &[List(&options::OPTIONS)]),
    of_type(DnsType::APL, &[EachSized(apl::FIELDS, apl_size)]),
    of_type(DnsType::DS, DS),
    of_type(DnsType::SSHFP, &[Fixed(sshfp::FIELDS)]),
    of_type(
        DnsType::IPSECKEY,
        &[
            Fixed(ipseckey::FIELDS),
            If(has_ipv4_gateway, &Fixed(ipseckey_ipv4::FIELDS)),
            If(has_ipv6_gateway, &Fixed(ipseckey_ipv6::FIELDS)),
            If(has_named_gateway, &Name(ipseckey_name::FIELDS)),
            Fixed(ipseckey_key::FIELDS),
        ],
    ),
    of_type(DnsType::RRSIG, SIGNATURE),
    of_type(DnsType::NSEC, &[Name(nsec::FIELDS), TYPE_MAP]),
    of_type(DnsType::DNSKEY, DNSKEY),
    of_type(DnsType::DHCID, &[Fixed(dhcid::FIELDS)]),
    of_type(
        DnsType::NSEC3,
        &[Fixed(nsec3::FIELDS), Counted(nsec3_salt::FIELDS), Counted(nsec3_hash::FIELDS), TYPE_MAP],
    ),
    of_type(DnsType::NSEC3PARAM, &[Fixed(nsec3::FIELDS), Counted(nsec3_salt::FIELDS)]),
    of_type(DnsType::TLSA, TLSA),
    of_type(DnsType::SMIMEA, TLSA),
    of_type(
        DnsType::HIP,
        &[
            Fixed(hip::FIELDS),
            Sized(hip_tag::FIELDS, hip_tag_size),
            Sized(hip_key::FIELDS, hip_key_size),
            Names(hip_server::FIELDS),
        ],
    ),
    of_type(DnsType::CDS, DS),
    of_type(DnsType::CDNSKEY, DNSKEY),
    of_type(DnsType::OPENPGPKEY, &[Fixed(openpgpkey::FIELDS)]),
    of_type(DnsType::CSYNC, &[Fixed(csync::FIELDS), TYPE_MAP]),
    of_type(DnsType::ZONEMD, &[Fixed(zonemd::FIELDS)]),
    of_type(DnsType::SVCB, SVCB),
    of_type(DnsType::HTTPS, SVCB),
    of_type(DnsType::SPF, &[EachCounted(spf::FIELDS)]),
    of_type(DnsType::NID, &[Fixed(nid::FIELDS)]),
    of_type(DnsType::L32, &[Fixed(l32::FIELDS)]),
    of_type(DnsType::L64, &[Fixed(l64::FIELDS)]),
    of_type(DnsType::LP, &[Fixed(lp::FIELDS), Name(lp_name::FIELDS)]),
    of_type(DnsType::EUI48, &[Fixed(eui48::FIELDS)]),
    of_type(DnsType::EUI64, &[Fixed(eui64::FIELDS)]),
    of_type(
        DnsType::TKEY,
        &[
            Name(tkey_algorithm::FIELDS),
            Fixed(tkey::FIELDS),
            CountedByWord(tkey_key::FIELDS),
            CountedByWord(tkey_other::FIELDS),
        ],
    ),
    of_type(
        DnsType::TSIG,
        &[
            Name(tsig_algorithm::FIELDS),
            Fixed(tsig::FIELDS),
            CountedByWord(tsig_mac::FIELDS),
            Fixed(tsig_id::FIELDS),
            CountedByWord(tsig_other::FIELDS),
        ],
    ),
    of_type(DnsType::URI, &[Fixed(uri::FIELDS)]),
    of_type(DnsType::CAA, &[Fixed(caa::FIELDS), Counted(caa_tag::FIELDS), Fixed(caa_value::FIELDS)]),
    of_type(
        DnsType::AMTRELAY,
        &[
            Fixed(amtrelay::FIELDS),
            If(has_ipv4_relay, &Fixed(amtrelay_ipv4::FIELDS)),
            If(has_ipv6_relay, &Fixed(amtrelay_ipv6::FIELDS)),
            If(has_named_relay, &Name(amtrelay_name::FIELDS)),
        ],
    ),
    of_type(DnsType::TA, DS),
    of_type(DnsType::DLV, DS),
];

/// Every table of them, each once.
pub const TABLES: &[&[FieldInfo]] = &{
    const ALL: Collected = Collected::of(TYPES);
    let mut tables: [&[FieldInfo]; ALL.count] = [&[]; ALL.count];
    let (taken, _) = ALL.tables.split_at(ALL.count);
    tables.copy_from_slice(taken);
    tables
};

/// The tables of parts, without those that are there already. All of it runs at compile time.
struct Collected {
    tables: [&'static [FieldInfo]; 256],
    count: usize,
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Runs at compile time alone.
impl Collected {
    const fn of(types: &[RecordType]) -> Self {
        let mut all = Self { tables: [&[]; 256], count: 0 };
        let mut row = 0;
        while row < types.len() {
            let mut part = 0;
            while part < types[row].parts.len() {
                all.add_part(&types[row].parts[part]);
                part += 1;
            }
            row += 1;
        }
        all
    }

    const fn add_part(&mut self, part: &Part) {
        match part {
            Part::If(_, part) => self.add_part(part),
            Part::List(list) => {
                self.add(list.options.head);
                self.add(list.options.other.group);
                self.add(list.options.other.first);
                let mut kind = 0;
                while kind < list.options.kinds.len() {
                    self.add(list.options.kinds[kind].first);
                    kind += 1;
                }
                let mut repeated = 0;
                while repeated < list.repeated.len() {
                    self.add(list.repeated[repeated]);
                    repeated += 1;
                }
            }
            Part::Fixed(table)
            | Part::Name(table)
            | Part::Names(table)
            | Part::Counted(table)
            | Part::EachCounted(table)
            | Part::CountedByWord(table)
            | Part::Sized(table, _)
            | Part::EachSized(table, _)
            | Part::While(table, _) => self.add(table),
        }
    }

    /// No two tables begin with a field of one name.
    const fn add(&mut self, table: &'static [FieldInfo]) {
        let mut known = table.is_empty();
        let mut row = 0;
        while row < self.count && !known {
            known = is_same(self.tables[row][0].name.as_bytes(), table[0].name.as_bytes());
            row += 1;
        }
        if !known {
            self.tables[self.count] = table;
            self.count += 1;
        }
    }
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Runs at compile time alone.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    one.len() == other.len() && at == one.len()
}
