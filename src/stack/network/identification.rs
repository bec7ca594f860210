//! The numbers by which fragments of a packet know each other: RFC 6864, RFC 7739.
//!
//! One counter for all would tell everybody whom this host sends something (RFC 7739 section 4.1, "idle scan"). So each pair of addresses has
//! numbers that begin where nobody can guess, and go up one by one: those of a pair come again as late as can be. As in algorithm 4 of
//! RFC 6056, pairs share counters, of which there are few; which ones do is as secret as where they begin.

use alloc::boxed::Box;
use alloc::vec;
use core::net::IpAddr;

use crate::stack::secret::{Purpose, Secret};

/// Counters: a power of two.
const COUNTERS: usize = 1024;

/// Where the numbers of all pairs of addresses are.
#[derive(Debug)]
pub(super) struct Identifications {
    secret: Secret,
    counters: Box<[u32]>,
}

impl Identifications {
    pub(super) fn new(secret: Secret) -> Self {
        Self { secret, counters: vec![0; COUNTERS].into() }
    }

    /// The number of the next packet from an address to another.
    pub(super) fn next(&mut self, source: IpAddr, destination: IpAddr) -> u32 {
        let [a, b] = words(source);
        let [c, d] = words(destination);
        let number = self.secret.number(Purpose::Identification, &[a, b, c, d]);
        let place = (number >> 32) as usize & (COUNTERS - 1);
        let Some(counter) = self.counters.get_mut(place) else { return number as u32 };
        *counter = counter.wrapping_add(1);
        counter.wrapping_add(number as u32)
    }
}

fn words(address: IpAddr) -> [u64; 2] {
    let bits = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    [(bits >> 64) as u64, bits as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7739 section 4.1: what is sent to one says nothing of what is sent to another; and all is the same for the same seed.
    #[test]
    fn each_pair_has_numbers_of_its_own() {
        let [own, one, other]: [IpAddr; 3] =
            ["192.0.2.1", "192.0.2.2", "198.51.100.7"].map(|text| text.parse().unwrap());
        let mut numbers = Identifications::new(Secret::new(1));
        let first = numbers.next(own, one);
        for _ in 0..100 {
            numbers.next(own, other);
        }
        assert_eq!(numbers.next(own, one), first.wrapping_add(1));
        assert!(numbers.next(own, other).abs_diff(first) > 1000);
        assert_eq!(Identifications::new(Secret::new(1)).next(own, one), first);
        assert_ne!(Identifications::new(Secret::new(2)).next(own, one), first);
    }
}
