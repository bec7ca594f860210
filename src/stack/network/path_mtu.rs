//! How long packets to a destination may be: path MTU discovery (RFC 1191, RFC 8201).
//!
//! Whoever sent the packet that an error quotes has to confirm that it is one of theirs; only then is the MTU learned (RFC 5927
//! section 7). It is never raised by a message, and forgotten after a while, so that a longer path is found again.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;
use core::time::Duration;

use crate::stack::{DropReason, Drops};
use crate::time::Time;

/// Least path MTU over IPv4: what RFC 791 has, 68 bytes, would let anybody who forges errors make a host send crumbs; Linux has this.
pub(super) const LEAST_IPV4: u32 = 552;
/// Least MTU of a link of IPv6 (RFC 8200 section 5).
pub(super) const LEAST_IPV6: u32 = 1280;

/// MTUs that are usual, for routers that do not say theirs (RFC 1191 section 7.1).
const PLATEAUS: [u32; 11] = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

/// The next lower usual MTU for a packet that was too long, when the router does not say its own.
pub(super) fn plateau(length: u32) -> u32 {
    PLATEAUS.into_iter().find(|mtu| *mtu < length).unwrap_or(68)
}

/// The path MTUs that were learned.
#[derive(Clone, Debug)]
pub(super) struct PathMtus {
    known: BTreeMap<IpAddr, (u32, Time)>,
    /// The same by the time at which each is forgotten.
    order: BTreeSet<(Time, IpAddr)>,
    most: usize,
    life: Duration,
}

impl PathMtus {
    pub(super) const fn new(most: usize, life: Duration) -> Self {
        Self { known: BTreeMap::new(), order: BTreeSet::new(), most, life }
    }

    /// What is known of the path to a destination.
    pub(super) fn find(&self, now: Time, destination: IpAddr) -> Option<u32> {
        self.known.get(&destination).filter(|(_, until)| *until > now).map(|(mtu, _)| *mtu)
    }

    /// Learns that the path to a destination carries packets of so many bytes at most, where until now it was `current`. Whether
    /// that is news.
    pub(super) fn learn(
        &mut self,
        now: Time,
        destination: IpAddr,
        mtu: u32,
        current: u32,
        drops: &mut Drops,
    ) -> bool {
        let mtu = if destination.is_ipv4() { mtu.max(LEAST_IPV4) } else { mtu };
        // RFC 8201 section 4: less than the least of IPv6 is no news, and no reason to add fragment headers (RFC 8021).
        if mtu >= current || (destination.is_ipv6() && mtu < LEAST_IPV6) {
            return false;
        }
        self.forget(destination);
        if self.known.len() >= self.most
            && let Some((_, oldest)) = self.order.first().copied()
        {
            self.forget(oldest);
            drops.count(DropReason::PathMtus);
        }
        if self.known.len() < self.most {
            let until = now + self.life;
            self.known.insert(destination, (mtu, until));
            self.order.insert((until, destination));
        }
        true
    }

    /// When the next one is forgotten.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.order.first().map(|(until, _)| *until).filter(|until| *until < Time::NEVER)
    }

    /// Forgets those whose time is over; whether there were any.
    pub(super) fn expire(&mut self, now: Time) -> bool {
        let mut any = false;
        while let Some((_, destination)) = self.order.first().copied().filter(|(until, _)| *until <= now) {
            self.forget(destination);
            any = true;
        }
        any
    }

    fn forget(&mut self, destination: IpAddr) {
        if let Some((_, until)) = self.known.remove(&destination) {
            self.order.remove(&(until, destination));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1191 section 7.1.
    #[test]
    fn plateaus_go_down() {
        assert_eq!([1500, 1492, 576, 68, 20].map(plateau), [1492, 1006, 508, 68, 68]);
    }

    /// RFC 1191 section 6.3, RFC 8201 section 4; the bounds.
    #[test]
    fn learned_lowered_forgotten() {
        let mut mtus = PathMtus::new(2, Duration::from_secs(600));
        let [a, b, c]: [IpAddr; 3] =
            ["192.0.2.1", "2001:db8::1", "192.0.2.3"].map(|text| text.parse().unwrap());
        let (start, mut drops) = (Time::ZERO, Drops::default());
        assert!(mtus.learn(start, a, 1400, 1500, &mut drops));
        assert!(!mtus.learn(start, a, 1450, 1400, &mut drops));
        assert!(!mtus.learn(start, b, 1279, 1500, &mut drops));
        assert!(mtus.learn(start, b, 1280, 1500, &mut drops));
        assert_eq!((mtus.find(start, a), mtus.find(start, b)), (Some(1400), Some(1280)));
        let later = start + Duration::from_secs(1);
        assert!(mtus.learn(later, a, 70, 1400, &mut drops));
        assert_eq!(mtus.find(later, a), Some(552));
        // The one that is forgotten next gives way.
        assert!(mtus.learn(later, c, 1000, 1500, &mut drops));
        assert_eq!((mtus.find(later, b), mtus.find(later, c)), (None, Some(1000)));
        assert_eq!((drops.of(DropReason::PathMtus), drops.total()), (1, 1));
        assert_eq!(mtus.find(later + Duration::from_secs(600), a), None);
        let over = later + Duration::from_secs(600);
        assert_eq!(mtus.deadline(), Some(over));
        assert!(!mtus.expire(start + Duration::from_secs(600)));
        assert!(mtus.expire(over));
        assert_eq!((mtus.deadline(), mtus.known.len(), mtus.order.len()), (None, 0, 0));
    }
}
