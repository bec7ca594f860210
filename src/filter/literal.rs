//! Values as they are written in a filter, read as what they are compared with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::field::Mac;
pub(super) use crate::field::literal::{bytes, number};
use crate::field::literal::{greatest, value_named};
use crate::filter::catalogue::{Sort, Subject};

/// A value, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Number(i128),
    /// An address of either version, and the bits of it that count.
    Address {
        bits: u128,
        mask: u128,
    },
    Bytes(Vec<u8>),
}

/// Reads a word as a value of `sort`; `subject` has the names and the width, where a field is compared by itself.
pub(super) fn word(text: &str, sort: Sort, subject: Option<&Subject>) -> Result<Constant, String> {
    match sort {
        Sort::Number => number_or_name(text, subject),
        Sort::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "set" => Ok(Constant::Number(1)),
            "false" | "not set" => Ok(Constant::Number(0)),
            // Whatever is not zero is set.
            _ => number(text)
                .map(|number| Constant::Number(i128::from(number != 0)))
                .ok_or_else(|| format!("'{text}' is no value of a flag; 1, 0, True and False are")),
        },
        Sort::Time => {
            seconds(text).map(Constant::Number).ok_or_else(|| format!("'{text}' is no number of seconds"))
        }
        Sort::Mac => match address_bytes(text) {
            Some(bytes) if bytes.len() == 6 => Ok(Constant::Bytes(bytes)),
            Some(bytes) => Err(format!(
                "an Ethernet address has 6 bytes, '{text}' has {}; compare a part with [0:{}]",
                bytes.len(),
                bytes.len()
            )),
            None => Err(format!("'{text}' is no Ethernet address; one is written as 02:00:00:00:00:0a")),
        },
        Sort::Ipv4 => ipv4(text),
        Sort::Ipv6 => ipv6(text),
        Sort::Text => Ok(Constant::Bytes(text.as_bytes().to_vec())),
        Sort::Bytes => bytes(text).map(Constant::Bytes).ok_or_else(|| {
            format!("'{text}' is no row of bytes; they are written as 00:11:22, text as \"abc\"")
        }),
    }
}

fn number_or_name(text: &str, subject: Option<&Subject>) -> Result<Constant, String> {
    let places = match subject {
        Some(Subject::Field(places)) => places.as_slice(),
        _ => &[],
    };
    let named = || places.iter().find_map(|place| value_named(place.info, text));
    let Some(number) = number(text).or_else(|| named().map(i128::from)) else {
        let has_names = places.iter().any(|place| place.info.names.is_some());
        let or = if has_names { ", and no value here has that name" } else { "" };
        let range = text.split_once('-').and_then(|(from, to)| Some((number(from)?, number(to)?)));
        return Err(match range {
            Some((from, to)) => {
                format!("'{text}' is no number; a range is written in a set, {{{from}..{to}}}")
            }
            None => format!("'{text}' is no number{or}"),
        });
    };
    let most = places.iter().map(|place| greatest(place.info)).max().map_or(i128::MAX, i128::from);
    if number > most {
        return Err(format!("{text} is too much for this field, its greatest value is {most}"));
    }
    Ok(Constant::Number(number))
}

/// Seconds with a fraction, as nanoseconds.
fn seconds(text: &str) -> Option<i128> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.starts_with(['+', '-'])
        || fraction.len() > 9
        || !fraction.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let whole = i128::from(whole.parse::<u64>().ok()?).saturating_mul(1_000_000_000);
    let fraction = format!("{fraction:0<9}").parse::<u32>().ok()?;
    Some(whole.saturating_add(i128::from(fraction)).saturating_mul(sign))
}

fn address_bytes(text: &str) -> Option<Vec<u8>> {
    text.parse().map(|Mac(bytes)| bytes.to_vec()).ok().or_else(|| bytes(text))
}

fn no_address(text: &str, version: u8) -> String {
    let other = match with_prefix(text, 128).ok().and_then(|(address, _)| address.parse().ok()) {
        Some(IpAddr::V4(_)) if version == 6 => "; fields of IPv4 are ip.src, ip.dst and ip.addr",
        Some(IpAddr::V6(_)) if version == 4 => "; fields of IPv6 are ipv6.src, ipv6.dst and ipv6.addr",
        _ => "; names are not looked up",
    };
    format!("'{text}' is no IPv{version} address{other}")
}

fn ipv4(text: &str) -> Result<Constant, String> {
    let (address, prefix) = with_prefix(text, 32)?;
    let bits = address.parse::<Ipv4Addr>().map_err(|_| no_address(text, 4))?;
    let mask = u32::MAX.checked_shl(32u32.saturating_sub(prefix)).unwrap_or(0);
    Ok(Constant::Address { bits: u128::from(bits.to_bits() & mask), mask: u128::from(mask) })
}

fn ipv6(text: &str) -> Result<Constant, String> {
    let (address, prefix) = with_prefix(text, 128)?;
    let bits = address.parse::<Ipv6Addr>().map_err(|_| no_address(text, 6))?;
    let mask = u128::MAX.checked_shl(128u32.saturating_sub(prefix)).unwrap_or(0);
    Ok(Constant::Address { bits: bits.to_bits() & mask, mask })
}

fn with_prefix(text: &str, most: u32) -> Result<(&str, u32), String> {
    let Some((address, prefix)) = text.split_once('/') else { return Ok((text, most)) };
    let is_number = !prefix.is_empty() && prefix.bytes().all(|digit| digit.is_ascii_digit());
    match prefix.parse().ok().filter(|prefix| is_number && *prefix <= most) {
        Some(prefix) => Ok((address, prefix)),
        None => Err(format!("'/{prefix}' is no prefix; its length is 0 to {most}")),
    }
}
