//! Sets of records, and answers made of them.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Domain;
use crate::field::Name;
use crate::names::{DnsRcode, DnsType};
use crate::wire::dns::{Data, Record};

/// All records of one name and one type (RFC 2181 section 5), of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrSet {
    /// What they are about.
    pub name: Domain,
    /// Their type.
    pub record_type: DnsType,
    /// How long they hold, in seconds.
    pub ttl: u32,
    /// The data of each, with names written out.
    pub records: Vec<Box<[u8]>>,
}

impl RrSet {
    /// What each of them says; what does not fit its type is left out.
    pub fn data(&self) -> impl Iterator<Item = Data<'_, Name<'_>>> {
        self.records.iter().filter_map(|bytes| Data::alone(self.record_type, bytes))
    }

    /// The set of one record that was read; `None` if its data does not fit its type.
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        let mut data = Vec::new();
        record.expand(&mut data)?;
        let name = Domain::try_from(record.name).ok()?;
        Some(Self { name, record_type: record.record_type, ttl: ttl(record.ttl), records: vec![data.into()] })
    }

    /// Takes up the records of another set of the same name and type. All have the shorter time of both (RFC 2181 section 5.2), and none is there
    /// twice (section 5).
    pub(super) fn add(&mut self, other: Self) {
        self.ttl = self.ttl.min(other.ttl);
        for data in other.records {
            if !self.records.contains(&data) {
                self.records.push(data);
            }
        }
    }

    /// The names that records lead to: those of which whoever gets the set will ask for the addresses next.
    pub(super) fn targets(&self) -> impl Iterator<Item = Domain> {
        let at = match self.record_type {
            DnsType::NS | DnsType::MB | DnsType::MD | DnsType::MF => Some(0),
            DnsType::MX | DnsType::AFSDB | DnsType::KX | DnsType::RT => Some(2),
            DnsType::SRV => Some(6),
            _ => None,
        };
        self.records.iter().filter_map(move |bytes| Domain::try_from(Name::at(bytes, at?)).ok())
    }

    /// The name that an alias stands for.
    pub(super) fn alias(&self) -> Option<Domain> {
        let bytes = self.records.first().filter(|_| self.record_type == DnsType::CNAME)?;
        Domain::try_from(Name::at(bytes, 0)).ok()
    }

    /// The addresses in it.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.data().filter_map(|data| match data {
            Data::A(address) => Some(IpAddr::V4(address)),
            Data::Aaaa(address) => Some(IpAddr::V6(address)),
            _ => None,
        })
    }

    /// What it takes in memory, in bytes, about.
    pub(super) fn size(&self) -> usize {
        let data = self.records.iter().map(|data| data.len().saturating_add(32));
        data.fold(self.name.wire().len().saturating_add(96), usize::saturating_add)
    }
}

/// A time to live as it counts: with its highest bit it is none (RFC 2181 section 8).
fn ttl(seconds: u32) -> u32 {
    if seconds > i32::MAX.unsigned_abs() { 0 } else { seconds }
}

/// What answers a question, by the sections of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The result.
    pub rcode: DnsRcode,
    /// It comes from who is responsible for the name that was asked for.
    pub authoritative: bool,
    /// The answer: aliases in the order in which they lead on, then what they lead to.
    pub answers: Vec<RrSet>,
    /// Who knows more, or the zone that says that there is nothing.
    pub authorities: Vec<RrSet>,
    /// What may help: addresses.
    pub additionals: Vec<RrSet>,
}

impl Answer {
    /// An answer with a result and nothing else.
    pub const fn empty(rcode: DnsRcode) -> Self {
        Self {
            rcode,
            authoritative: false,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
        }
    }

    /// The addresses in it.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answers.iter().flat_map(RrSet::addresses)
    }
}
