//! Zones: what a server is responsible for.

mod look_up;
mod master;
mod rdata;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::{Domain, RrSet};
pub use crate::mistake::Mistake as BadZone;
use crate::names::DnsType;
use crate::wire::dns::Data;
pub(super) use look_up::{look_up, zone_of};

/// A zone: all records of a name and of those below it, down to where others are responsible (RFC 1034 section 4.2).
///
/// ```
/// use layercake::names::{DnsRcode, DnsType};
/// use layercake::stack::service::dns::Zone;
///
/// let zone = Zone::parse(
///     r#"
/// $TTL 1h
/// @     SOA  ns admin (1 1d 2h 4w 5m)
///       NS   ns
/// ns    A    192.0.2.53
/// www   AAAA 2001:db8::80
/// *.dev TXT  "anything" ; a wildcard
/// "#,
///     "lab.example",
/// )?;
/// let answer = zone.look_up(&"www.LAB.example".parse().unwrap(), DnsType::AAAA);
/// assert_eq!(answer.addresses().next(), Some("2001:db8::80".parse().unwrap()));
/// let answer = zone.look_up(&"ftp.lab.example".parse().unwrap(), DnsType::A);
/// assert_eq!(answer.rcode, DnsRcode::NX_DOMAIN);
///
/// let text = "@ SOA ns admin 1 1d 2h 4w 5m\n  NS  ns\nns A 192.0.2.530\n";
/// let mistake = Zone::parse(text, "lab.example").unwrap_err();
/// assert_eq!(mistake.place(text), (3, 6));
/// assert_eq!(mistake.to_string(), "192.0.2.530 is no IPv4 address; write four numbers up to 255: 192.0.2.1");
/// # Ok::<(), layercake::stack::service::dns::BadZone>(())
/// ```
#[derive(Clone)]
pub struct Zone {
    origin: Domain,
    names: BTreeMap<Domain, Vec<RrSet>>,
}

/// A record, and where it stands in the text.
struct Entry {
    set: RrSet,
    span: Range<usize>,
}

impl Zone {
    /// Reads a master file (RFC 1035 section 5) with `$TTL` (RFC 2308 section 4), data of unknown types (RFC 3597 section 5), and units in times
    /// (`1h30m`). Names that do not end with a dot are below `origin`, until the file gives another. The zone is that of its SOA.
    ///
    /// What is left open is filled in: the class is IN, the time to live that of `$TTL`, or of the record before, or the minimum of the zone.
    ///
    /// Not for files from strangers: there is no bound but the length of the text.
    ///
    /// # Errors
    /// What is wrong, and where: [`BadZone::place`] gives line and column. Besides what cannot be read: no SOA or several, no server, a name outside
    /// of the zone, an alias that has other data (RFC 1034 section 3.6.2), a server that is an alias (RFC 2181 section 10.3), or a server
    /// below the cut that it serves without an address (RFC 1034 section 4.2.2).
    pub fn parse(text: &str, origin: &str) -> Result<Self, BadZone> {
        let origin = origin.parse().map_err(|bad| {
            BadZone::new(0..0, format!("the origin is no name: {bad}")).hint("the root is a dot")
        })?;
        Self::of(master::read(text, origin)?)
    }

    fn of(entries: Vec<Entry>) -> Result<Self, BadZone> {
        let mut starts = entries.iter().filter(|entry| entry.set.record_type == DnsType::SOA);
        let soa = starts.next().ok_or_else(|| {
            BadZone::new(0..0, "the zone has no SOA").hint("begin it with: @ SOA ns admin (1 1d 2h 4w 1h)")
        })?;
        if let Some(second) = starts.next() {
            return Err(BadZone::new(second.span.clone(), "the zone has a second SOA")
                .hint("a zone has one; another zone is another file"));
        }
        let mut zone = Self { origin: soa.set.name.clone(), names: BTreeMap::new() };
        for entry in &entries {
            zone.add(entry)?;
        }
        zone.check(&entries)?;
        Ok(zone)
    }

    fn add(&mut self, Entry { set, span }: &Entry) -> Result<(), BadZone> {
        if !set.name.is_within(&self.origin) {
            let message = format!("{} is not in the zone {}", set.name, self.origin);
            return Err(BadZone::new(span.clone(), message)
                .hint("a name that does not end with a dot is below the origin"));
        }
        let sets = self.names.entry(set.name.clone()).or_default();
        match sets.iter_mut().find(|other| other.record_type == set.record_type) {
            Some(same) => same.add(set.clone()),
            None => sets.push(set.clone()),
        }
        let aliases = sets.iter().find(|set| set.record_type == DnsType::CNAME);
        if aliases.is_some_and(|aliases| aliases.records.len() > 1 || sets.len() > 1) {
            let message = format!("{} is an alias and has other records too", set.name);
            return Err(BadZone::new(span.clone(), message)
                .hint("a name with a CNAME has nothing else (RFC 1034 section 3.6.2): give the data to what it stands for"));
        }
        Ok(())
    }

    /// What can be seen only when everything is there.
    fn check(&self, entries: &[Entry]) -> Result<(), BadZone> {
        if self.get(&self.origin, DnsType::NS).is_none() {
            return Err(BadZone::new(0..0, format!("the zone {} has no server", self.origin))
                .hint("behind the SOA write: @ NS ns.example."));
        }
        for Entry { set, span } in entries.iter().filter(|entry| entry.set.record_type == DnsType::NS) {
            for server in set.targets() {
                if self.get(&server, DnsType::CNAME).is_some() {
                    let message = format!("the server {server} is an alias");
                    return Err(BadZone::new(span.clone(), message)
                        .hint("name what it stands for (RFC 2181 section 10.3)"));
                }
                let other_cut = self.cut(&server).is_some_and(|cut| cut.name != set.name);
                if server.is_within(&set.name) && !other_cut && self.addresses(&server).next().is_none() {
                    let message =
                        format!("the server {server} has no address here, and nowhere else can it be found");
                    return Err(BadZone::new(span.clone(), message)
                        .hint(format!("add its address: {server}. A 192.0.2.1")));
                }
            }
        }
        Ok(())
    }

    /// The name of the zone.
    pub const fn origin(&self) -> &Domain {
        &self.origin
    }

    /// All its records, by names and types.
    pub fn sets(&self) -> impl Iterator<Item = &RrSet> {
        self.names.values().flatten()
    }

    /// The records of a name and a type, addresses of others' servers too.
    pub fn get(&self, name: &Domain, record_type: DnsType) -> Option<&RrSet> {
        self.names.get(name)?.iter().find(|set| set.record_type == record_type)
    }

    fn addresses(&self, name: &Domain) -> impl Iterator<Item = &RrSet> {
        [DnsType::A, DnsType::AAAA].into_iter().filter_map(|record_type| self.get(name, record_type))
    }

    /// Where others become responsible on the way to a name, if they do: their servers.
    fn cut(&self, name: &Domain) -> Option<&RrSet> {
        let inside = name.ancestors().take_while(|above| *above != self.origin);
        inside.filter_map(|above| self.get(&above, DnsType::NS)).last()
    }

    /// Its SOA as it says that there is nothing: with the time for which that holds (RFC 2308 section 3).
    fn nothing(&self) -> Option<RrSet> {
        let mut soa = self.get(&self.origin, DnsType::SOA)?.clone();
        soa.ttl = soa.ttl.min(minimum(&soa)?);
        Some(soa)
    }
}

/// The last number of a SOA: for how long it holds that there is nothing (RFC 2308 section 4).
pub(super) fn minimum(soa: &RrSet) -> Option<u32> {
    soa.data().find_map(|data| match data {
        Data::Soa { numbers: [.., minimum], .. } => Some(minimum),
        _ => None,
    })
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({}: {} names)", self.origin, self.names.len())
    }
}
