//! Numbers that cannot be foreseen from outside: initial sequence numbers (RFC 6528), clocks of timestamps (RFC 7323 section 5.4), ports
//! (RFC 6056 section 3.3.3), and where the streams of a host's random numbers begin.
//!
//! SipHash-2-4, a pseudorandom function with a key (Aumasson and Bernstein, 2012), as Linux has it for the same purpose: who sees its numbers for
//! some rows learns neither the key nor the number of another row. The key comes from the seed of the host, so that everything is the same again
//! for the same seed; whoever wants secrets on a real network has to bring a seed that nobody knows.

use core::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::random::Random;

/// The key of a host.
#[derive(Clone, Copy)]
pub(crate) struct Secret(u64, u64);

/// What a number is for: the same row gives another number for another purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Sequence number and clock of a connection.
    Connection = 1,
    /// Where ports begin.
    Ports,
    /// Delays of the neighbour floor.
    Neighbours,
    /// Identification of IP packets.
    Identification,
    /// How many ICMP errors are sent in a row.
    Errors,
    /// Ethernet addresses, which everybody sees.
    Station,
    /// Transactions and delays of a DHCP client, addresses that a server chooses.
    #[cfg(feature = "services")]
    Dhcp,
    /// Ports of translated addresses.
    Translation,
    /// Jitter of routing updates.
    #[cfg(feature = "services")]
    Routing,
    /// Numbers and letters of questions to name servers.
    #[cfg(feature = "services")]
    Dns,
}

impl Secret {
    pub const fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x7365_6372_6574);
        Self(random.number(), random.number())
    }

    /// The number of a row.
    pub fn number(self, purpose: Purpose, row: &[u64]) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.0, self.1);
        hasher.write(&(purpose as u64).to_le_bytes());
        row.iter().for_each(|number| hasher.write(&number.to_le_bytes()));
        hasher.finish()
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of the paper's reference implementation: key and text are 00 01 02 and so on, here for texts of one and of two numbers.
    #[test]
    fn it_is_siphash_2_4() {
        let key = Secret(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
        let mut hasher = SipHasher24::new_with_keys(key.0, key.1);
        hasher.write(&[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(hasher.finish(), 0x93f5_f579_9a93_2462);
        // In pieces or at once is the same.
        hasher.write(&[8, 9, 10, 11, 12, 13, 14]);
        assert_eq!(hasher.finish(), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn each_purpose_row_and_seed_has_its_number() {
        let mut numbers = alloc::collections::BTreeSet::new();
        for seed in 0..4 {
            for purpose in [Purpose::Connection, Purpose::Ports, Purpose::Station, Purpose::Identification] {
                for row in [&[][..], &[1], &[1, 0], &[0, 1], &[2]] {
                    let number = Secret::new(seed).number(purpose, row);
                    assert_eq!(number, Secret::new(seed).number(purpose, row));
                    assert!(numbers.insert(number));
                }
            }
        }
    }
}
