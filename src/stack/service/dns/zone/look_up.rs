//! What zones say to a question: the algorithm of RFC 1034 section 4.3.2, with wildcards as of RFC 4592.

use alloc::vec::Vec;
use core::slice;

use super::Zone;
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::dns::{Answer, Domain, RrSet};

/// Aliases that are followed in zones.
const ALIASES: usize = 16;

/// What stands at a name.
enum Found<'z> {
    /// These.
    Sets(&'z [RrSet]),
    /// There is no such name.
    NoName,
    /// Others are responsible: these servers.
    Elsewhere(&'z RrSet),
}

/// The zone that is responsible for a name: the nearest above it.
pub(in crate::stack::service::dns) fn zone_of<'z>(zones: &'z [Zone], name: &Domain) -> Option<&'z Zone> {
    let within = zones.iter().filter(|zone| name.is_within(&zone.origin));
    within.max_by_key(|zone| zone.origin.depth())
}

/// What zones say to a question; refused where none of them is responsible.
pub(in crate::stack::service::dns) fn look_up(zones: &[Zone], name: &Domain, record_type: DnsType) -> Answer {
    let mut answer = Answer::empty(DnsRcode::NO_ERROR);
    let Some(mut zone) = zone_of(zones, name) else { return Answer::empty(DnsRcode::REFUSED) };
    // The records at a cut about the cut itself belong to the zone above it (RFC 4035 section 3.1.4.1).
    if record_type == DnsType::DS
        && let Some(above) = name.parent().and_then(|parent| zone_of(zones, &parent))
    {
        zone = above;
    }
    let mut name = name.clone();
    for _ in 0..ALIASES {
        match zone.find(&name, record_type) {
            Found::Sets(sets) => {
                answer.authoritative = true;
                let wanted = |set: &&RrSet| record_type == DnsType::ANY || set.record_type == record_type;
                // A wildcard's records are those of the name that was asked for (RFC 4592 section 3.3.1).
                let named = |set: &RrSet| RrSet { name: name.clone(), ..set.clone() };
                let before = answer.answers.len();
                answer.answers.extend(sets.iter().filter(wanted).map(named));
                if answer.answers.len() > before {
                    break;
                }
                let Some(alias) = sets.iter().find(|set| set.record_type == DnsType::CNAME) else {
                    answer.authorities.extend(zone.nothing());
                    break;
                };
                answer.answers.push(named(alias));
                let Some(target) = alias.alias() else { break };
                // One that was there before leads in a circle; who asks sees that too.
                let known = answer.answers.iter().any(|set| set.name == target);
                let Some(next) = zone_of(zones, &target).filter(|_| !known) else { break };
                (zone, name) = (next, target);
            }
            Found::NoName => {
                // The result is that of the name at the end (RFC 6604 section 3).
                (answer.rcode, answer.authoritative) = (DnsRcode::NX_DOMAIN, true);
                answer.authorities.extend(zone.nothing());
                break;
            }
            Found::Elsewhere(servers) => {
                answer.authorities.push(servers.clone());
                break;
            }
        }
    }
    answer.additionals = helpful(zones, zone, &answer);
    answer
}

/// The addresses of the names that the records of an answer lead to (RFC 1034 section 4.3.2, step 6).
fn helpful(zones: &[Zone], zone: &Zone, answer: &Answer) -> Vec<RrSet> {
    let mut additionals: Vec<RrSet> = Vec::new();
    for target in answer.answers.iter().chain(&answer.authorities).flat_map(RrSet::targets) {
        // What stands beside a cut, then what this host knows otherwise.
        let here = zone.addresses(&target).next().is_some();
        let from = if here { Some(zone) } else { zone_of(zones, &target) };
        for set in from.into_iter().flat_map(|zone| zone.addresses(&target)) {
            if !answer.answers.contains(set) && !additionals.contains(set) {
                additionals.push(set.clone());
            }
        }
    }
    additionals
}

impl Zone {
    /// What the zone says to a question.
    pub fn look_up(&self, name: &Domain, record_type: DnsType) -> Answer {
        look_up(slice::from_ref(self), name, record_type)
    }

    fn find(&self, name: &Domain, record_type: DnsType) -> Found<'_> {
        if let Some(servers) = self.cut(name)
            && !(record_type == DnsType::DS && servers.name == *name)
        {
            return Found::Elsewhere(servers);
        }
        if self.exists(name) {
            return Found::Sets(self.names.get(name).map_or(&[], Vec::as_slice));
        }
        // The closest encloser, and the wildcard below it (RFC 4592 section 3.3.1).
        let encloser = name.ancestors().find(|above| self.exists(above));
        let wildcard = encloser.and_then(|encloser| encloser.child(b"*"));
        wildcard
            .and_then(|wildcard| self.names.get(&wildcard))
            .map_or(Found::NoName, |sets| Found::Sets(sets))
    }

    /// Whether a name exists, be it only because there is one below it (RFC 4592 section 2.2.2).
    fn exists(&self, name: &Domain) -> bool {
        self.names.range(name.clone()..).next().is_some_and(|(next, _)| next.is_within(name))
    }
}
