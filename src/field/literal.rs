//! Values as people write them, read as what a field can hold.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::field::name::{self, LONGEST};
use crate::field::{FieldInfo, Format, Mac, Text, Value};

/// A value that was written for a field.
///
/// ```
/// use layercake::field::literal::Literal;
/// use layercake::field::{Value, value::Mac};
/// use layercake::wire::{ethernet, ipv4};
///
/// let ttl = Literal::read(&ipv4::TTL.info, "0x40")?;
/// assert_eq!(ttl.value(), Value::Number(64));
/// assert_eq!(Literal::read(&ipv4::PROTOCOL_NUMBER.info, "udp")?.value(), Value::Number(17));
/// assert_eq!(Literal::read(&ipv4::TTL.info, "256"), Err("256 is too much for ip.ttl, its greatest value is 255".to_string()));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A number, a flag or an address.
    Value(Value<'static>),
    /// Bytes, or a domain name as it is encoded.
    Bytes(Vec<u8>),
    /// Text.
    Text(Vec<u8>),
}

impl Literal {
    /// Reads a text as the value of a field, in the unit that is shown: a number in decimal, `0x`, `0b` or with a zero in front in
    /// octal, the name of a value, `true` or `false`, an address, bytes in hex, text, or a domain name.
    ///
    /// # Errors
    /// Says what cannot be and what is expected. Whether bytes are as many as there are in a packet is not known here, unless
    /// the field says it.
    pub fn read(info: &FieldInfo, text: &str) -> Result<Self, String> {
        let no = |what: &str| Err(format!("'{text}' is no {what}"));
        Ok(match info.format {
            Format::Number | Format::Hex | Format::Little => Self::Value(Value::Number(sized(info, text)?)),
            Format::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "set" | "1" => Self::Value(Value::Flag(true)),
                "false" | "not set" | "0" => Self::Value(Value::Flag(false)),
                _ => return no("value of a flag; 1, 0, true and false are"),
            },
            Format::Mac => match text.parse::<Mac>() {
                Ok(mac) => Self::Value(Value::Mac(mac)),
                Err(_) => return no("Ethernet address; one is written as 02:00:00:00:00:0a"),
            },
            Format::Ipv4 => match text.parse::<Ipv4Addr>() {
                Ok(address) => Self::Value(Value::Ipv4(address)),
                Err(_) => return no("IPv4 address; names are not looked up"),
            },
            Format::Ipv6 => match text.parse::<Ipv6Addr>() {
                Ok(address) => Self::Value(Value::Ipv6(address)),
                Err(_) => return no("IPv6 address; names are not looked up"),
            },
            Format::Bytes => match bytes(text) {
                Some(bytes) if info.bits > 0 && bytes.len().saturating_mul(8) != usize::from(info.bits) => {
                    let (has, needs) = (bytes.len(), info.bits / 8);
                    return Err(format!("{} has {needs} bytes, '{text}' has {has}", info.name));
                }
                Some(bytes) => Self::Bytes(bytes),
                None => return no("row of bytes; they are written as 00:11:22"),
            },
            Format::Text => Self::Text(text.as_bytes().to_vec()),
            Format::Name => {
                let mut wire = [0; LONGEST];
                let name = name::encode(text, &mut wire);
                Self::Bytes(name.map_err(|bad| format!("'{text}' is no domain name: {bad}"))?.to_vec())
            }
            Format::NetBios => return Err(format!("{} is a NetBIOS name, which is not written", info.name)),
        })
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Value(value) => *value,
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Text(bytes) => Value::Text(Text(bytes)),
        }
    }
}

/// A number that fits a field, by itself or by its name.
fn sized(info: &FieldInfo, text: &str) -> Result<u64, String> {
    let begins_with_zero =
        text.len() > 1 && text.starts_with('0') && text.bytes().all(|sign| sign.is_ascii_digit());
    if begins_with_zero {
        return Err(format!("'{text}' begins with a zero, which some programs read as octal; leave it out"));
    }
    let named = || value_named(info, text).map(i128::from);
    let Some(number) = number(text).or_else(named) else {
        let or = if info.names.is_some() { ", and no value here has that name" } else { "" };
        return Err(format!("'{text}' is no number{or}"));
    };
    let most = greatest(info);
    match u64::try_from(number) {
        Err(_) if number < 0 => Err(format!("{text} is negative, and {} cannot be", info.name)),
        Ok(number) if number > most => {
            Err(format!("{text} is too much for {}, its greatest value is {most}", info.name))
        }
        Ok(number) if number.checked_rem(u64::from(info.scale)) != Some(0) => {
            Err(format!("{} counts in steps of {}, and {text} is none", info.name, info.scale))
        }
        Ok(number) => Ok(number),
        Err(_) => Err(format!("{text} is too much for {}, its greatest value is {most}", info.name)),
    }
}

/// Decimal, `0x` hexadecimal, `0b` binary, or octal with a zero in front; with a minus or not.
pub fn number(text: &str) -> Option<i128> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match (lower.strip_prefix("0x"), lower.strip_prefix("0b"), lower.strip_prefix('0'))
    {
        (Some(hex), ..) => (hex, 16),
        (_, Some(binary), _) => (binary, 2),
        (.., Some(octal)) if !octal.is_empty() => (octal, 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(|number| i128::from(number).saturating_mul(sign))
}

/// Bytes in hex with `:`, `-` or `.` between groups, or nothing; a byte alone may be a number.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let one = |text: &str| Some(vec![u8::try_from(number(text)?).ok()?]);
    if let Some(digits) = text.strip_prefix("0x").filter(|digits| digits.len() > 2) {
        return pairs(digits);
    }
    if text.len() <= 1 || text.starts_with("0x") {
        return u8::from_str_radix(text, 16).ok().map(|byte| vec![byte]).or_else(|| one(text));
    }
    match text.find([':', '-', '.']).and_then(|at| text.get(at..=at)) {
        None => pairs(text),
        Some(separator) => {
            let mut all = Vec::new();
            for group in text.trim_end_matches(separator).split(separator) {
                match group.len() {
                    1 => all.push(u8::from_str_radix(group, 16).ok()?),
                    2 | 4 => all.extend(pairs(group)?),
                    _ => return None,
                }
            }
            Some(all)
        }
    }
}

fn pairs(text: &str) -> Option<Vec<u8>> {
    let hex = text.len().is_multiple_of(2) && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let pairs =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok());
    if hex { pairs.collect() } else { None }
}

/// The value that has this name among the values of a field, in the unit that is shown.
pub fn value_named(info: &FieldInfo, name: &str) -> Option<u64> {
    let names = info.names?;
    let last = (1u64 << info.bits.min(16)).saturating_sub(1);
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(name);
    let found = (0..=last).find(|value| names(*value).is_some_and(|known| plain(known) == wanted))?;
    found.checked_mul(u64::from(info.scale))
}

/// The greatest value of a field, in the unit that is shown.
pub fn greatest(info: &FieldInfo) -> u64 {
    // What is computed has no bits that could bound it.
    let bits = 1u64.checked_shl(u32::from(info.bits)).filter(|_| (1..64).contains(&info.bits));
    bits.map_or(u64::MAX, |bits| bits.saturating_sub(1).saturating_mul(u64::from(info.scale)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ethernet, ipv4, ipv6, tcp};
    use alloc::string::ToString;

    #[test]
    fn values_are_read() {
        let read = |info: &FieldInfo, text: &str| {
            Literal::read(info, text).map(|literal| literal.value().to_string())
        };
        for (info, text, value) in [
            (&ipv4::TTL.info, "0b11", "3"),
            (&ipv4::IHL.info, "24", "24"),
            (&ipv4::PROTOCOL_NUMBER.info, "tcp", "6"),
            (&tcp::SYN.info, "1", "true"),
            (&ethernet::SOURCE.info, "02-00-00-00-00-0a", "02:00:00:00:00:0a"),
            (&ipv6::SOURCE.info, "2001:DB8::0", "2001:db8::"),
            (&crate::wire::data::payload::DATA.info, "00:11:22", "001122"),
        ] {
            assert_eq!(read(info, text), Ok(value.to_string()), "{text}");
        }
        for (info, text, part) in [
            (&ipv4::TTL.info, "-1", "is negative"),
            (&ipv4::TTL.info, "256", "greatest value is 255"),
            (&ipv4::TTL.info, "", "is no number"),
            (&ipv4::IHL.info, "21", "steps of 4"),
            (&ipv4::PROTOCOL_NUMBER.info, "tpc", "no value here has that name"),
            (&tcp::SYN.info, "2", "no value of a flag"),
            (&ipv4::SOURCE.info, "::1", "no IPv4 address"),
            (&ethernet::SOURCE.info, "00:11", "no Ethernet address"),
            (&crate::wire::data::payload::DATA.info, "0g", "no row of bytes"),
        ] {
            assert!(read(info, text).unwrap_err().contains(part), "{text}");
        }
    }
}
