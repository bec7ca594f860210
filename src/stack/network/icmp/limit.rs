//! How many ICMP errors are sent: RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f).
//!
//! Two buckets of tokens: one for all errors, one for each destination, as Linux has them. What an error takes from that for all is random, one
//! on average: if it were always one, whoever sends forged packets and then counts the errors to himself would learn which ports are open
//! to others (SAD DNS, CVE-2020-25705).

use alloc::collections::BTreeMap;
use core::net::IpAddr;
use core::time::Duration;

use crate::random::Random;
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
    random: Random,
    to_one: BTreeMap<IpAddr, Bucket>,
}

impl Limit {
    pub(in crate::stack::network) const fn new(seed: u64) -> Self {
        Self { all: None, random: Random::new(seed), to_one: BTreeMap::new() }
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
            let cost = u32::try_from(self.random.below(3)).unwrap_or(1);
            all.saved = all.saved.saturating_sub(interval.saturating_mul(cost));
        }
        true
    }

    fn allows_to(&mut self, config: &Config, now: Time, destination: IpAddr) -> bool {
        let (interval, burst) = (config.errors_interval_to_one, config.errors_burst_to_one);
        if self.to_one.len() >= DESTINATIONS && !self.to_one.contains_key(&destination) {
            let idle = self.to_one.iter().min_by_key(|(_, bucket)| bucket.at).map(|(address, _)| *address);
            // It begins with a full bucket should it come again: nothing is lost by that but some of the limit.
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
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_burst_and_then_one_an_interval() {
        let config = Config::default();
        let mut limit = Limit::new(1);
        let one = "192.0.2.1".parse().unwrap();
        let allowed =
            |limit: &mut Limit, now| (0..100).filter(|_| limit.allows(&config, now, one, true)).count();
        assert_eq!(allowed(&mut limit, Time::ZERO), 6);
        assert_eq!(allowed(&mut limit, Time::new(2, 0)), 2);
        assert_eq!(allowed(&mut limit, Time::new(100, 0)), 6);
        // To all: 50 or so, how many nobody knows, and one or so more a millisecond.
        let to_all = |limit: &mut Limit, now: Time| {
            (0..100u32)
                .filter(|n| limit.allows(&config, now, IpAddr::V4((0x0a00_0000 + n).into()), true))
                .count()
        };
        let bursts: Vec<usize> =
            (2..202).map(|burst| to_all(&mut limit, Time::new(burst * 100, 0))).collect();
        let sum: usize = bursts.iter().sum();
        let (least, most) = (bursts.iter().min().unwrap(), bursts.iter().max().unwrap());
        assert!((9500..=10_700).contains(&sum) && *least < 45 && *most > 55, "{sum} {least} {most}");
        let later = to_all(&mut limit, Time::new(20_100, 20_000_000));
        assert!((8..=40).contains(&later), "{later}");
        for n in 0..10_000u32 {
            limit.allows(&config, Time::new(30_000 + n, 0), IpAddr::V4(n.into()), true);
        }
        assert!(limit.to_one.len() <= DESTINATIONS);
    }
}
