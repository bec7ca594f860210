//! What a server's answer says, and how much of it is believed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::names::{DnsClass, DnsRcode, DnsType};
use crate::stack::service::dns::{Domain, RrSet};
use crate::wire::dns::{Dns, Place};

/// Records of a message that are looked at.
const RECORDS: usize = 1024;

/// What was asked for, and whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'q> {
    pub name: &'q Domain,
    pub record_type: DnsType,
    /// The zone that the server was asked as one of: what it says about names outside is not believed (RFC 5452 section 6).
    pub zone: &'q Domain,
    /// It was asked to find the answer, wherever that is.
    pub recursion: bool,
    /// Aliases that are followed.
    pub aliases: usize,
}

/// What an answer says.
#[derive(Debug)]
pub(super) struct Reading {
    /// Aliases, each of which leads to the next.
    pub aliases: Vec<RrSet>,
    /// The name that they lead to.
    pub end: Domain,
    pub says: Says,
    /// Records that are not believed, or that nobody has asked for.
    pub ignored: u64,
}

#[derive(Debug)]
pub(super) enum Says {
    /// These are the records of the name at the end.
    Records(Vec<RrSet>),
    /// The name at the end is for others to say.
    Nobody,
    /// The name at the end has no such records, or does not exist; the zone that says so.
    Nothing { exists: bool, soa: Option<RrSet> },
    /// Others know more: the servers of a zone, and addresses of theirs.
    Referral { servers: RrSet, addresses: Vec<RrSet> },
    /// The server is not responsible, or cannot answer.
    Lame,
}

/// Records by name and type, of class IN and within a zone.
struct Sets {
    sets: BTreeMap<(Domain, DnsType), RrSet>,
    all: u64,
}

impl Sets {
    fn of(message: &Dns<&[u8]>, place: Place, zone: &Domain) -> Self {
        let mut sets = Self { sets: BTreeMap::new(), all: 0 };
        for record in message.records().filter(|record| record.place == place).take(RECORDS) {
            sets.all = sets.all.saturating_add(1);
            let set = if record.class == DnsClass::IN { RrSet::of(&record) } else { None };
            if let Some(set) = set.filter(|set| set.name.is_within(zone)) {
                let key = (set.name.clone(), set.record_type);
                match sets.sets.get_mut(&key) {
                    Some(same) => same.add(set),
                    None => drop(sets.sets.insert(key, set)),
                }
            }
        }
        sets
    }

    fn take(&mut self, name: &Domain, record_type: DnsType) -> Option<RrSet> {
        let set = self.sets.remove(&(name.clone(), record_type))?;
        self.all = self.all.saturating_sub(set.records.len() as u64);
        Some(set)
    }

    /// The records of a name that answer for a type.
    fn answering(&mut self, name: &Domain, record_type: DnsType) -> Vec<RrSet> {
        if record_type != DnsType::ANY {
            return self.take(name, record_type).into_iter().collect();
        }
        let types = self.sets.keys().filter(|(owner, _)| owner == name).map(|(_, of)| *of);
        let types: Vec<DnsType> = types.collect();
        types.into_iter().filter_map(|of| self.take(name, of)).collect()
    }
}

/// Reads an answer.
pub(super) fn read(message: &Dns<&[u8]>, asked: Asked<'_>) -> Reading {
    let mut answers = Sets::of(message, Place::Answer, asked.zone);
    let mut reading = Reading { aliases: Vec::new(), end: asked.name.clone(), says: Says::Lame, ignored: 0 };
    let exists = match message.rcode() {
        DnsRcode::NO_ERROR => true,
        DnsRcode::NX_DOMAIN => false,
        _ => return reading,
    };
    // Of its own zone a server speaks with authority, or it is none of that zone's (RFC 1034 section 5.3.3, step 4; RFC 1912 section 2.8).
    let responsible = message.authoritative() || asked.recursion;
    let mut followed = false;
    while exists || !answers.sets.is_empty() {
        let found = answers.answering(&reading.end, asked.record_type);
        if !found.is_empty() {
            reading.says = if responsible { Says::Records(found) } else { Says::Lame };
            reading.ignored = answers.all;
            return reading;
        }
        let alias =
            answers.take(&reading.end, DnsType::CNAME).filter(|_| asked.record_type != DnsType::CNAME);
        let Some((alias, target)) = alias.and_then(|alias| alias.alias().map(|target| (alias, target)))
        else {
            break;
        };
        reading.aliases.push(alias);
        reading.end = target;
        followed = true;
        if !reading.end.is_within(asked.zone) || reading.aliases.len() >= asked.aliases {
            reading.says = if responsible { Says::Nobody } else { Says::Lame };
            reading.ignored = answers.all;
            return reading;
        }
    }
    let mut authorities = Sets::of(message, Place::Authority, asked.zone);
    let end = &reading.end;
    let soa = end.ancestors().find_map(|above| authorities.take(&above, DnsType::SOA));
    let servers = end.ancestors().find_map(|above| authorities.take(&above, DnsType::NS));
    let below = servers.filter(|servers| servers.name != *asked.zone && !asked.recursion);
    reading.says = match (soa, below) {
        (soa, _) if !exists && (responsible || soa.is_some()) => Says::Nothing { exists, soa },
        (Some(soa), _) => Says::Nothing { exists, soa: Some(soa) },
        // The alias is one thing, who knows more about its end another: that is asked anew.
        (None, _) if followed => {
            if responsible {
                Says::Nobody
            } else {
                Says::Lame
            }
        }
        (None, Some(servers)) if exists => {
            let mut additionals = Sets::of(message, Place::Additional, asked.zone);
            let mut addresses = Vec::new();
            for server in servers.targets() {
                for record_type in [DnsType::A, DnsType::AAAA] {
                    addresses.extend(additionals.take(&server, record_type));
                }
            }
            reading.ignored = additionals.sets.values().map(|set| set.records.len() as u64).sum();
            Says::Referral { servers, addresses }
        }
        (None, _) if message.authoritative() || asked.recursion && message.recursion_available() => {
            Says::Nothing { exists, soa: None }
        }
        _ => Says::Lame,
    };
    reading.ignored = reading.ignored.saturating_add(answers.all);
    reading
}
