//! Numbers that look random and are the same for the same seed, on any machine.
//!
//! SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with the constants of
//! Vigna's version, which is in the public domain. Not for secrets.

/// By how much the state of a stream grows with each number: 2^64 over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The seed of a name, out of the seed of all: so that each thing that draws has a stream of its own, and another thing beside it changes
/// none of the others.
///
/// It is `mix(mix(seed + step) ^ hash)`: `hash` is FNV-1a of the name's bytes in 64 bits (Fowler, Noll and Vo), step and `mix` are those of
/// SplitMix64. With one seed, two names have one seed only where their hashes are equal.
///
/// ```
/// use layercake::random::{Random, seed_of};
///
/// assert_ne!(seed_of(1, "core 0"), seed_of(1, "core 1"));
/// assert_eq!(Random::named(1, "core 0"), Random::new(seed_of(1, "core 0")));
/// ```
pub const fn seed_of(seed: u64, name: &str) -> u64 {
    mix(mix(seed.wrapping_add(STEP)) ^ hash(name.as_bytes()))
}

/// FNV-1a.
const fn hash(mut bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = rest;
    }
    hash
}

/// What SplitMix64 does with its state: any bit of it can change each bit of what comes out.
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of numbers.
///
/// ```
/// use layercake::random::Random;
///
/// let (mut a, mut b) = (Random::new(7), Random::new(7));
/// assert_eq!(a.number(), b.number());
/// assert!(a.below(6) < 6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of a name, out of the seed of all ([`seed_of`]).
    pub const fn named(seed: u64, name: &str) -> Self {
        Self(seed_of(seed, name))
    }

    /// The next number of 64 bits.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below a limit; 0 if that is 0. Limits far below 2^64 are met evenly enough.
    pub const fn below(&mut self, limit: u64) -> u64 {
        ((self.number() as u128).wrapping_mul(limit as u128) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of seed 1234567, as the tests of other implementations have them.
    #[test]
    fn known_numbers() {
        let mut random = Random::new(1_234_567);
        let known = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(known.map(|_| random.number()), known);
        assert_eq!(random.below(0), 0);
        assert!((0..100).all(|_| random.below(3) < 3));
    }

    /// FNV-1a of "a" and of "foobar" stand in its draft (draft-eastlake-fnv, test vectors); the seeds were computed with Python's integers from the formula.
    #[test]
    fn known_names() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
        for (seed, name, expected, first) in [
            (1, "a-sw 0", 0x1725_61d6_43b9_a903, 0x0f83_7da3_65b7_4f3f),
            (1, "a-sw 1", 0x3085_4c37_c65a_b875, 0x9842_c032_85d0_4101),
            (2, "a-sw 0", 0xf56f_77ea_32e8_15be, 0x1361_f061_625d_1ffe),
            (0, "", 0xaebe_53f8_5cdc_3c4c, 0x0d72_93fe_83b1_a2bc),
            (7, "é", 0xbe17_b0e8_6731_7629, 0xa973_ae91_2006_2bdf),
        ] {
            assert_eq!(seed_of(seed, name), expected, "{seed} {name}");
            assert_eq!(Random::named(seed, name).number(), first, "{seed} {name}");
        }
    }
}
