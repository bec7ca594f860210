//! Addresses, prefix lengths and masks as people write them, and what is wrong with those that are none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::explain::BadInput;
use crate::field::Mac;
use crate::field::text::is_visible;

/// A piece of a text, and where it begins there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub at: usize,
}

impl<'t> Piece<'t> {
    /// The words of a text.
    pub fn words(text: &'t str) -> impl Iterator<Item = Self> {
        let place = move |word: &'t str| word.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        text.split_whitespace().map(move |word| Self { text: word, at: place(word) })
    }

    /// The pieces between separators.
    pub fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let piece = Self { text, at };
            at = at.saturating_add(text.len()).saturating_add(separator.len_utf8());
            piece
        })
    }

    /// What stands before and behind the first separator.
    pub fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let (before, behind) = self.text.split_once(separator)?;
        let at = self.at.saturating_add(before.len()).saturating_add(separator.len_utf8());
        Some((Self { text: before, at: self.at }, Self { text: behind, at }))
    }

    /// Its place.
    pub fn span(self) -> Range<usize> {
        self.at..self.end()
    }

    pub fn end(self) -> usize {
        self.at.saturating_add(self.text.len())
    }

    /// What is wrong with all of it.
    pub fn bad(self, message: impl Into<String>) -> BadInput {
        BadInput::new(self.span(), message)
    }

    /// The place of the first sign that is none of the wanted.
    fn foreign(self, wanted: impl Fn(char) -> bool) -> Option<BadInput> {
        let (at, sign) = self.text.char_indices().find(|(_, sign)| !wanted(*sign))?;
        let at = self.at.saturating_add(at);
        let shown = if is_visible(sign) { sign.to_string() } else { sign.escape_default().to_string() };
        Some(BadInput::new(
            at..at.saturating_add(sign.len_utf8()),
            format!("'{shown}' has no place in an address"),
        ))
    }
}

/// Reads an IP address of either version.
pub(super) fn address(piece: Piece<'_>) -> Result<IpAddr, BadInput> {
    if piece.text.is_empty() {
        return Err(piece
            .bad("an address is missing here")
            .hint("write one such as 192.168.0.186 or 2001:db8::1"));
    }
    if piece.text.contains(':') { ipv6(piece).map(IpAddr::V6) } else { ipv4(piece).map(IpAddr::V4) }
}

/// Reads an IPv4 address: four numbers, in decimal, without zeros in front.
pub(super) fn ipv4(piece: Piece<'_>) -> Result<Ipv4Addr, BadInput> {
    if let Some(bad) = piece.foreign(|sign| sign.is_ascii_digit() || sign == '.') {
        return Err(bad.hint("an IPv4 address is four numbers with dots between them, such as 192.168.0.186"));
    }
    let mut bytes = [0; 4];
    let mut parts = piece.split('.');
    for (have, byte) in bytes.iter_mut().enumerate() {
        let Some(part) = parts.next() else {
            let bad = BadInput::new(
                piece.end()..piece.end(),
                format!("an IPv4 address has four parts; here are {have}"),
            );
            let whole = format!("{}{}", piece.text, ".0".repeat(4_usize.saturating_sub(have)));
            return Err(bad.hint(format!("write all four, such as {whole}")));
        };
        *byte = octet(part)?;
    }
    match parts.next() {
        Some(extra) => {
            let from = extra.at.saturating_sub(1);
            Err(BadInput::new(from..piece.end(), "an IPv4 address has four parts; here are more")
                .hint("leave these out"))
        }
        None => Ok(bytes.into()),
    }
}

fn octet(part: Piece<'_>) -> Result<u8, BadInput> {
    match part.text {
        "" => Err(part
            .bad("a part of the address is missing here")
            .hint("each of the four is a number from 0 to 255")),
        text if text.len() > 1 && text.starts_with('0') => {
            let plain = text.trim_start_matches('0');
            let plain = if plain.is_empty() { "0" } else { plain };
            let octal = u32::from_str_radix(text, 8).ok().filter(|octal| octal.to_string() != plain);
            let mut hint = format!("write {plain}");
            if let Some(octal) = octal.filter(|octal| *octal < 256) {
                hint.push_str(&format!(", or {octal} if it was octal"));
            }
            Err(part
                .bad(format!("'{text}' begins with a zero, which some programs read as octal"))
                .hint(hint))
        }
        text => text.parse().map_err(|_| {
            part.bad(format!("{text} is more than a byte holds")).hint("each of the four parts is 0 to 255")
        }),
    }
}

/// Reads an IPv6 address (RFC 4291 section 2.2).
pub(super) fn ipv6(piece: Piece<'_>) -> Result<Ipv6Addr, BadInput> {
    piece.text.parse().map_err(|_| bad_ipv6(piece))
}

/// Why it is no IPv6 address.
fn bad_ipv6(piece: Piece<'_>) -> BadInput {
    if let Some((address, zone)) = piece.split_once('%') {
        let zone = address.end()..zone.end();
        return BadInput::new(zone, "a zone says through which interface, and is no part of the address")
            .hint(format!("write {}", address.text));
    }
    if let Some(bad) = piece.foreign(|sign| sign.is_ascii_hexdigit() || matches!(sign, ':' | '.')) {
        return bad
            .hint("an IPv6 address is groups of hex digits with colons between them, such as 2001:db8::1");
    }
    let groups: Vec<Piece<'_>> = piece.split(':').collect();
    let (last, before) = groups.split_last().map_or((piece, &[][..]), |(last, before)| (*last, before));
    for group in &groups {
        if group.text.contains('.') {
            if group.at != last.at {
                return group.bad("an IPv4 address can only stand at the end");
            }
            if let Err(bad) = ipv4(*group) {
                return bad;
            }
        } else if group.text.len() > 4 {
            return group.bad("a group has four hex digits at most").hint("is a colon missing?");
        }
    }
    let at = |within: usize, length: usize| {
        let start = piece.at.saturating_add(within);
        start..start.saturating_add(length)
    };
    if let Some(first) = piece.text.find("::") {
        let behind = first.saturating_add(1);
        let again = piece.text.get(behind..).and_then(|rest| rest.find("::"));
        if let Some(again) = again {
            return BadInput::new(
                at(behind.saturating_add(again), 2),
                "'::' stands for zeros once in an address",
            )
            .hint("write the zeros of one of the two: 0:0");
        }
    }
    let written = groups.iter().filter(|group| !group.text.is_empty()).count();
    let written = written.saturating_add(usize::from(last.text.contains('.')));
    if before.len() > 7 || written > 7 {
        return piece
            .bad(format!("an IPv6 address has eight groups; here are {written}"))
            .hint("'::' stands for at least one group of zeros");
    }
    let end = piece.end();
    BadInput::new(end..end, format!("an IPv6 address has eight groups; here are {written}"))
        .hint("write all eight, or :: for a row of zeros")
}

/// Reads an Ethernet address, with colons, dashes, or as Cisco writes it: `0200.0000.000a`. Nothing if it has not that form.
pub(super) fn mac(text: &str) -> Option<Mac> {
    if let Ok(mac) = text.parse() {
        return Some(mac);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let hex = |part: &&str| part.len() == 4 && part.chars().all(|sign| sign.is_ascii_hexdigit());
    if parts.len() != 3 || !parts.iter().all(hex) {
        return None;
    }
    let bits = u64::from_str_radix(&parts.concat(), 16).ok()?;
    let [_, _, bytes @ ..] = bits.to_be_bytes();
    Some(Mac(bytes))
}

/// How the length of a prefix was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// `/24`
    Length,
    /// `255.255.255.0`
    Mask,
    /// `0.0.0.255`
    Wildcard,
    /// Not at all: one address.
    Alone,
}

/// Reads what stands behind the slash: a length, a mask, or a wildcard mask.
pub(super) fn length(piece: Piece<'_>, of: IpAddr) -> Result<(u8, Notation), BadInput> {
    if piece.text.contains('.') && of.is_ipv4() {
        return mask(piece, ipv4(piece)?);
    }
    let (most, version) = if of.is_ipv4() { (32, 4) } else { (128, 6) };
    let range = format!("an IPv{version} prefix is 0 to {most} bits long");
    if piece.text.is_empty() {
        return Err(piece.bad("the length of the prefix is missing here").hint(range));
    }
    if !piece.text.chars().all(|sign| sign.is_ascii_digit()) {
        let also = if of.is_ipv4() { "; a mask such as 255.255.255.0 does too" } else { "" };
        return Err(piece.bad("this is no length of a prefix").hint(format!("{range}{also}")));
    }
    let length = piece.text.parse().ok().filter(|length| *length <= most);
    length
        .map(|length| (length, Notation::Length))
        .ok_or_else(|| piece.bad(format!("/{} is longer than the address", piece.text)).hint(range))
}

/// A mask has ones, then zeros; a wildcard mask zeros, then ones. All zeros and all ones are read as masks.
fn mask(piece: Piece<'_>, mask: Ipv4Addr) -> Result<(u8, Notation), BadInput> {
    let bits = mask.to_bits();
    let (ones, zeros) = (bits.leading_ones(), bits.leading_zeros());
    if ones.saturating_add(bits.trailing_zeros().min(32)) >= 32 {
        return Ok((u8::try_from(ones).unwrap_or(32), Notation::Mask));
    }
    if zeros.saturating_add(bits.trailing_ones()) >= 32 {
        return Ok((u8::try_from(zeros).unwrap_or(32), Notation::Wildcard));
    }
    // Where the row of equal bits is broken for the second time, there is the hole.
    let first = if ones > 0 { ones } else { zeros };
    let rest = bits.checked_shl(first).unwrap_or(0);
    let second = first.saturating_add(if ones > 0 { rest.leading_zeros() } else { rest.leading_ones() });
    let part = piece.split('.').nth(second.min(31) as usize / 8).unwrap_or(piece);
    let (shorter, longer) =
        if ones > 0 { (ones, 32_u32.saturating_sub(bits.trailing_zeros())) } else { (zeros, 32) };
    let of =
        |length: u32| Ipv4Addr::from_bits(u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0));
    let hint = if ones > 0 {
        format!("a mask is ones, then zeros: {} (/{shorter}) or {} (/{longer})", of(shorter), of(longer))
    } else {
        "a mask is ones, then zeros, and a wildcard mask zeros, then ones: 255.255.255.0 or 0.0.0.255"
            .to_string()
    };
    Err(part.bad("the mask has a hole here").hint(hint))
}
