//! How many ICMP errors are sent: RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f).
//!
//! Two buckets of tokens: one for all errors, one for each destination, as Linux has them.

use alloc::collections::BTreeMap;
use core::net::IpAddr;
use core::time::Duration;

use crate::stack::network::Config;
use crate::time::Time;

/// Destinations that are remembered; one that has had no error for long gives way.
const DESTINATIONS: usize = 256;

/// So many in a row, then one an interval. What is saved up is counted in time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    saved: Duration,
    at: Time,
}

impl Bucket {
    const fn full(now: Time, interval: Duration, burst: u32) -> Self {
        Self { saved: interval.saturating_mul(burst), at: now }
    }

    fn fill(&mut self, now: Time, interval: Duration, burst: u32) {
        let saved = self.saved.saturating_add(now.since(self.at));
        self.saved = saved.min(interval.saturating_mul(burst));
        self.at = now;
    }
}

/// How many errors may still be sent.
#[derive(Clone, Debug)]
pub(in crate::stack::network) struct Limit {
    all: Option<Bucket>,
    to_one: BTreeMap<IpAddr, Bucket>,
}

impl Limit {
    pub(in crate::stack::network) const fn new() -> Self {
        Self { all: None, to_one: BTreeMap::new() }
    }

    /// Whether an error may be sent; if so it is counted.
    pub(super) fn allows(&mut self, config: &Config, now: Time, destination: IpAddr, each: bool) -> bool {
        let (interval, burst) = (config.errors_interval, config.errors_burst);
        let all = self.all.get_or_insert(Bucket::full(now, interval, burst));
        all.fill(now, interval, burst);
        if all.saved < interval {
            return false;
        }
        if each && !self.allows_to(config, now, destination) {
            return false;
        }
        if let Some(all) = &mut self.all {
            all.saved = all.saved.saturating_sub(interval);
        }
        true
    }

    fn allows_to(&mut self, config: &Config, now: Time, destination: IpAddr) -> bool {
        let (interval, burst) = (config.errors_interval_to_one, config.errors_burst_to_one);
        if self.to_one.len() >= DESTINATIONS && !self.to_one.contains_key(&destination) {
            let idle = self.to_one.iter().min_by_key(|(_, bucket)| bucket.at).map(|(address, _)| *address);
            idle.and_then(|address| self.to_one.remove(&address));
        }
        let bucket = self.to_one.entry(destination).or_insert(Bucket::full(now, interval, burst));
        bucket.fill(now, interval, burst);
        let left = bucket.saved.checked_sub(interval);
        bucket.saved = left.unwrap_or(bucket.saved);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_an_interval() {
        let config = Config::default();
        let mut limit = Limit::new();
        let one = "192.0.2.1".parse().unwrap();
        let allowed =
            |limit: &mut Limit, now| (0..100).filter(|_| limit.allows(&config, now, one, true)).count();
        assert_eq!(allowed(&mut limit, Time::ZERO), 6);
        assert_eq!(allowed(&mut limit, Time::new(2, 0)), 2);
        assert_eq!(allowed(&mut limit, Time::new(100, 0)), 6);
        // To all: 50, and one more a millisecond.
        let to_all = |limit: &mut Limit, now: Time| {
            (0..100u32)
                .filter(|n| limit.allows(&config, now, IpAddr::V4((0x0a00_0000 + n).into()), true))
                .count()
        };
        assert_eq!(to_all(&mut limit, Time::new(200, 0)), 50);
        assert_eq!(to_all(&mut limit, Time::new(200, 3_000_000)), 3);
        for n in 0..10_000u32 {
            limit.allows(&config, Time::new(300 + n, 0), IpAddr::V4(n.into()), true);
        }
        assert!(limit.to_one.len() <= DESTINATIONS);
    }
}
