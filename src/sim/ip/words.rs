//! The words of a command, and the values that they say.

use core::net::{IpAddr, Ipv4Addr};
use core::ops::Range;

use ipnet::IpNet;

use crate::mistake::Mistake;

/// Words of a command, at most.
const MOST: usize = 100;

/// A word, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub span: Range<usize>,
}

impl Word<'_> {
    /// What is wrong with this word.
    pub fn wrong(&self, what: &str) -> Mistake {
        Mistake::new(self.span.clone(), format!("{} {what}", shown(self.text)))
    }
}

/// What stands between blanks.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, Mistake> {
    let mut all = Vec::new();
    let mut at = 0usize;
    for part in text.split_inclusive(|letter: char| letter.is_ascii_whitespace()) {
        let word = part.trim_end_matches(|letter: char| letter.is_ascii_whitespace());
        let span = at..at.saturating_add(word.len());
        at = at.saturating_add(part.len());
        if word.is_empty() {
            continue;
        }
        if all.len() == MOST {
            return Err(Mistake::new(span, format!("a command has at most {MOST} words")));
        }
        all.push(Word { text: word, span });
    }
    Ok(all)
}

/// A word as it can be printed: what does more than show itself is escaped, and what is long is cut.
pub(in crate::sim) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' '..='~');
    let mut all = String::from("`");
    for (count, letter) in text.chars().enumerate() {
        if count == LONGEST {
            all.push_str("...");
            break;
        }
        if plain(letter) { all.push(letter) } else { all.extend(letter.escape_default()) }
    }
    all.push('`');
    all
}

/// A number of digits alone.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// An address, and the length of its prefix if it is said: `10.0.0.1/24`, `10.0.0.1/255.255.255.0`, `10.0.0.1`.
pub(super) fn prefix(text: &str) -> Option<(IpAddr, Option<u8>)> {
    let Some((address, length)) = text.split_once('/') else {
        return Some((text.parse().ok()?, None));
    };
    let address: IpAddr = address.parse().ok()?;
    let length = match number(length) {
        Some(length) => u8::try_from(length).ok()?,
        None if address.is_ipv4() => mask(length)?,
        None => return None,
    };
    IpNet::new(address, length).ok().map(|_| (address, Some(length)))
}

/// The length of the prefix that a mask stands for: `255.255.255.0` is 24.
pub(super) fn mask(text: &str) -> Option<u8> {
    let mask: Ipv4Addr = text.parse().ok()?;
    ipnet::ipv4_mask_to_prefix(mask).ok()
}

/// The length that is meant where nothing is said, by the classes of RFC 791 section 3.2.
pub(super) fn class(address: Ipv4Addr) -> u8 {
    match address.octets() {
        [0..=127, ..] => 8,
        [128..=191, ..] => 16,
        [192..=223, ..] => 24,
        _ => 32,
    }
}

/// All of an address.
pub(super) fn whole(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}
