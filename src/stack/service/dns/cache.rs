//! What was learned, for as long as it holds.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Domain, RrSet};
use crate::names::DnsType;
use crate::time::Time;

/// Where something is known from, and so what it is good for (RFC 2181 section 5.4.1). What is known from one takes no place of what is known from
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// An answer was asked for in vain.
    Failure,
    /// Addresses and servers that a referral brought: good for asking on, never for an answer.
    Referral,
    /// The answer of who is responsible, or of a server that was asked to find it.
    Answer,
}

/// What is known of a name and a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Records(RrSet),
    /// There is nothing; the zone that says so.
    Nothing(RrSet),
    /// There is no such name; the zone that says so.
    NoName(RrSet),
    /// It could not be found out (RFC 9520).
    Failure,
}

/// A name and a type, and where it is known from; that a name does not exist holds for all types.
type Key = (Domain, DnsType, Trust);
const ALL: DnsType = DnsType(0);

#[derive(Debug)]
struct Entry {
    known: Known,
    until: Time,
    size: usize,
    /// When it was used last, counted in uses.
    used: u64,
}

/// A cache with bounds: what was not used for longest goes first.
#[derive(Debug)]
pub(super) struct Cache {
    entries: BTreeMap<Key, Entry>,
    order: BTreeMap<u64, Key>,
    uses: u64,
    size: usize,
    most: (usize, usize),
}

impl Cache {
    /// So many entries and bytes at most.
    pub const fn new(entries: usize, bytes: usize) -> Self {
        Self { entries: BTreeMap::new(), order: BTreeMap::new(), uses: 0, size: 0, most: (entries, bytes) }
    }

    /// Entries and bytes.
    pub fn amounts(&self) -> (usize, usize) {
        (self.entries.len(), self.size)
    }

    /// Learns records.
    pub fn put(&mut self, now: Time, set: RrSet, trust: Trust) {
        let ttl = set.ttl;
        self.insert(now, (set.name.clone(), set.record_type, trust), Known::Records(set), ttl);
    }

    /// Learns one of the sets that a name has, as the answer to a question for all of them. It is known by no type: of what a server tells unasked nothing is
    /// renewed.
    pub fn put_any(&mut self, now: Time, set: RrSet) {
        let ttl = set.ttl;
        self.insert(now, (set.name.clone(), DnsType::ANY, Trust::Answer), Known::Records(set), ttl);
    }

    /// Learns that there is nothing of a type, or of any type, or that it could not be found out, for so many seconds.
    pub fn put_nothing(&mut self, now: Time, name: &Domain, record_type: DnsType, known: Known, ttl: u32) {
        let record_type = if matches!(known, Known::NoName(_)) { ALL } else { record_type };
        let trust = if known == Known::Failure { Trust::Failure } else { Trust::Answer };
        self.insert(now, (name.clone(), record_type, trust), known, ttl);
    }

    fn insert(&mut self, now: Time, key: Key, known: Known, ttl: u32) {
        if ttl == 0 {
            return;
        }
        self.remove(&key);
        let own = match &known {
            Known::Records(set) | Known::Nothing(set) | Known::NoName(set) => set.size(),
            Known::Failure => 0,
        };
        let size = own.saturating_add(key.0.wire().len()).saturating_add(128);
        self.uses = self.uses.saturating_add(1);
        self.size = self.size.saturating_add(size);
        self.order.insert(self.uses, key.clone());
        let until = now + Duration::from_secs(ttl.into());
        self.entries.insert(key, Entry { known, until, size, used: self.uses });
        let (entries, bytes) = self.most;
        while self.entries.len() > entries || self.size > bytes {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.size = self.size.saturating_sub(entry.size);
            self.order.remove(&entry.used);
        }
    }

    /// What is known, with the time that is left.
    fn get(&mut self, now: Time, key: &Key) -> Option<Known> {
        let entry = self.entries.get_mut(key)?;
        if entry.until <= now {
            self.remove(key);
            return None;
        }
        self.uses = self.uses.saturating_add(1);
        self.order.remove(&entry.used);
        self.order.insert(self.uses, key.clone());
        entry.used = self.uses;
        // Rounded down: nobody is to keep it for longer.
        let left = entry.until.since(now).as_secs();
        let mut known = entry.known.clone();
        if let Known::Records(set) | Known::Nothing(set) | Known::NoName(set) = &mut known {
            set.ttl = u32::try_from(left).unwrap_or(u32::MAX);
        }
        Some(known)
    }

    /// All that is known and good at that time: name, type, how long it holds, what it is.
    pub fn iter(&self, now: Time) -> impl Iterator<Item = (&Domain, DnsType, Trust, Duration, &Known)> {
        let good = self.entries.iter().filter(move |(_, entry)| entry.until > now);
        good.map(move |((name, of, trust), entry)| (name, *of, *trust, entry.until.since(now), &entry.known))
    }

    /// What answers a question: records, an alias, or that there is nothing, also because a name above does not exist (RFC 8020).
    pub fn answer(&mut self, now: Time, name: &Domain, record_type: DnsType) -> Option<Known> {
        for wanted in [record_type, DnsType::CNAME] {
            match self.get(now, &(name.clone(), wanted, Trust::Answer)) {
                Some(Known::Nothing(_)) if wanted != record_type => {}
                Some(known) => return Some(known),
                None => {}
            }
        }
        let missing = name.ancestors().find_map(|above| self.get(now, &(above, ALL, Trust::Answer)));
        missing.or_else(|| self.get(now, &(name.clone(), record_type, Trust::Failure)))
    }

    /// The servers of a zone as the zone above has named them: what they say of themselves is an answer, and does not prolong this.
    pub fn delegation(&mut self, now: Time, zone: &Domain) -> Option<RrSet> {
        self.records(now, zone, DnsType::NS, Trust::Referral)
    }

    /// Addresses of a name, which are good enough for asking on.
    pub fn addresses(&mut self, now: Time, name: &Domain, record_type: DnsType) -> Option<RrSet> {
        let of = [Trust::Answer, Trust::Referral];
        of.into_iter().find_map(|trust| self.records(now, name, record_type, trust))
    }

    fn records(&mut self, now: Time, name: &Domain, record_type: DnsType, trust: Trust) -> Option<RrSet> {
        match self.get(now, &(name.clone(), record_type, trust))? {
            Known::Records(set) => Some(set),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;

    fn set(name: &str, ttl: u32, last: u8) -> RrSet {
        let record_type = DnsType::A;
        RrSet { name: name.parse().unwrap(), record_type, ttl, records: vec![[192, 0, 2, last].into()] }
    }

    #[test]
    fn times_count_down_and_what_is_trusted_more_goes_first() {
        let mut cache = Cache::new(10, 10_000);
        let at = |seconds| Time::new(seconds, 0);
        let name: Domain = "a.example".parse().unwrap();
        cache.put(at(0), set("A.example", 100, 1), Trust::Referral);
        assert_eq!(cache.answer(at(1), &name, DnsType::A), None);
        assert_eq!(cache.addresses(at(1), &name, DnsType::A), Some(set("a.example", 99, 1)));
        cache.put(at(1), set("a.example", 100, 2), Trust::Answer);
        cache.put(at(2), set("a.example", 500, 3), Trust::Referral);
        cache.put_nothing(at(2), &name, DnsType::A, Known::Failure, 600);
        assert_eq!(cache.addresses(at(41), &name, DnsType::A), Some(set("a.example", 60, 2)));
        assert_eq!(cache.answer(at(41), &name, DnsType::A), Some(Known::Records(set("a.example", 60, 2))));
        assert_eq!(cache.answer(at(101), &name, DnsType::A), Some(Known::Failure));
        assert_eq!(cache.addresses(at(102), &name, DnsType::A), Some(set("a.example", 400, 3)));
        assert_eq!(cache.addresses(at(502), &name, DnsType::A), None);
        assert_eq!(cache.answer(at(602), &name, DnsType::A), None);
        assert_eq!(cache.amounts(), (0, 0));
    }

    #[test]
    fn it_never_holds_more_than_its_bounds() {
        let mut cache = Cache::new(10, 10_000);
        for number in 0..1000 {
            cache.put(Time::ZERO, set(&format!("n{number}.example"), 100, 1), Trust::Answer);
            // What is asked for again and again stays.
            cache.addresses(Time::ZERO, &"n0.example".parse().unwrap(), DnsType::A);
            assert!(cache.amounts().0 <= 10 && cache.amounts().1 <= 10_000);
        }
        assert!(cache.answer(Time::ZERO, &"n0.example".parse().unwrap(), DnsType::A).is_some());
        let mut big = set("big.example", 100, 1);
        big.records = vec![vec![0; 20_000].into()];
        cache.put(Time::ZERO, big, Trust::Answer);
        assert_eq!(cache.amounts(), (0, 0));
    }
}
