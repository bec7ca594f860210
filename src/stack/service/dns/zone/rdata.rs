//! The data of records as text.

use alloc::format;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::BadZone;
use super::master::{Word, Words};
use crate::names::{DnsType, IpProtocol, service};
use crate::wire::dns::Data;

/// A piece of data, and what it is.
enum Piece {
    /// A name.
    Name(&'static str),
    /// A number of one byte.
    Byte(&'static str),
    /// A number of two bytes.
    Short(&'static str),
    /// A number of four bytes.
    Long(&'static str),
    /// A time in seconds.
    Time(&'static str),
    Ipv4,
    Ipv6,
    /// A text with a byte of length in front.
    Text(&'static str),
    /// Such texts up to the end, one at least.
    Texts(&'static str),
    /// A text without a length, up to the end of the data.
    Bare(&'static str),
    /// Bytes in hexadecimal up to the end.
    Hex(&'static str),
    /// A protocol and its ports, bit by bit (RFC 1035 section 3.4.2).
    Services,
}
use Piece::{Bare, Byte, Hex, Ipv4, Ipv6, Long, Name, Services, Short, Text, Texts, Time};

/// What the data of a type consists of; `None` if it is not known here.
fn pieces(record_type: DnsType) -> Option<&'static [Piece]> {
    Some(match record_type {
        DnsType::A => &[Ipv4],
        DnsType::AAAA => &[Ipv6],
        DnsType::NS => &[Name("the name of the server")],
        DnsType::CNAME | DnsType::DNAME => &[Name("the name that it stands for")],
        DnsType::PTR => &[Name("the name")],
        DnsType::MD | DnsType::MF | DnsType::MB => &[Name("the name of the host")],
        DnsType::MG | DnsType::MR => &[Name("the mailbox")],
        DnsType::SOA => &[
            Name("the name of the first server"),
            Name("the mailbox of who is responsible"),
            Long("the serial number"),
            Time("the time between two looks for changes"),
            Time("the time until one that failed is tried again"),
            Time("the time after which copies are old"),
            Time("the time for which it holds that there is nothing"),
        ],
        DnsType::WKS => &[Ipv4, Services],
        DnsType::HINFO => &[Text("the kind of computer"), Text("the operating system")],
        DnsType::MINFO => &[Name("the mailbox of who is responsible"), Name("the mailbox for errors")],
        DnsType::RP => &[Name("the mailbox of who is responsible"), Name("the name with more about it")],
        DnsType::MX => &[Short("the preference"), Name("the name of the host that takes mail")],
        DnsType::AFSDB | DnsType::RT | DnsType::KX => {
            &[Short("the preference"), Name("the name of the host")]
        }
        DnsType::TXT | DnsType::SPF => &[Texts("the text")],
        DnsType::SRV => {
            &[Short("the priority"), Short("the weight"), Short("the port"), Name("the name of the host")]
        }
        DnsType::NAPTR => &[
            Short("the order"),
            Short("the preference"),
            Text("the flags"),
            Text("the service"),
            Text("the expression"),
            Name("the replacement"),
        ],
        DnsType::CAA => &[Byte("the flags"), Text("the property"), Bare("the value")],
        DnsType::SSHFP => &[Byte("the algorithm"), Byte("the kind of fingerprint"), Hex("the fingerprint")],
        DnsType::TLSA => &[Byte("the usage"), Byte("the selector"), Byte("the matching"), Hex("the data")],
        DnsType::DS => {
            &[Short("the key tag"), Byte("the algorithm"), Byte("the kind of digest"), Hex("the digest")]
        }
        _ => return None,
    })
}

/// The type of a name in upper case: `MX`, `TYPE65280` (RFC 3597 section 5).
pub(super) fn type_of(upper: &str) -> Option<DnsType> {
    let number = upper.strip_prefix("TYPE").and_then(|number| number.parse().ok()).map(DnsType);
    // All that have names are below 300 or just above 32,768; those from 128 to 255 are no data (RFC 6895 section 3.1).
    let mut named = (1..300).chain(32_768..32_800).map(DnsType);
    let found = number.or_else(|| named.find(|known| known.name() == Some(upper)))?;
    (found.0 > 0 && found != DnsType::OPT && !(128..=255).contains(&found.0)).then_some(found)
}

/// The data of a record, to the end of its line.
pub(super) fn read(record_type: DnsType, words: &mut Words<'_, '_>) -> Result<Vec<u8>, BadZone> {
    let (mut data, span) = (Vec::new(), words.here());
    if words.peek().is_some_and(|word| word.text == r"\#") {
        words.next("the data")?;
        let length = number(words.next("the length of the data")?, u16::MAX.into())?;
        hex(words, &mut data)?;
        if u32::try_from(data.len()) != Ok(length) {
            let message = format!("the data has {} bytes, and {length} are announced", data.len());
            return Err(BadZone::new(span, message).hint(r"write \# LENGTH and so many bytes in hexadecimal"));
        }
        if Data::alone(record_type, &data).is_none() {
            let message = format!("the data does not fit the type {record_type}");
            return Err(BadZone::new(span, message)
                .hint("names in it are written out, with lengths and a 0 at the end"));
        }
        return Ok(data);
    }
    let Some(pieces) = pieces(record_type) else {
        let message = format!("data of type {record_type} is not read as text");
        return Err(BadZone::new(span, message).hint(r"write it as \# LENGTH HEX (RFC 3597 section 5)"));
    };
    for piece in pieces {
        piece.read(words, &mut data)?;
    }
    if data.len() > usize::from(u16::MAX) {
        let message = format!("the data has {} bytes; 65535 are the most", data.len());
        return Err(BadZone::new(span, message).hint("make several records of it"));
    }
    Ok(data)
}

impl Piece {
    fn read(&self, words: &mut Words<'_, '_>, data: &mut Vec<u8>) -> Result<(), BadZone> {
        match self {
            Name(what) => data.extend(words.name(what)?.wire()),
            Byte(what) => {
                let [.., byte] = number(words.next(what)?, u8::MAX.into())?.to_be_bytes();
                data.push(byte);
            }
            Short(what) => {
                let [.., high, low] = number(words.next(what)?, u16::MAX.into())?.to_be_bytes();
                data.extend([high, low]);
            }
            Long(what) => data.extend(number(words.next(what)?, u32::MAX)?.to_be_bytes()),
            Time(what) => data.extend(words.time(what)?.to_be_bytes()),
            Ipv4 => {
                let word = words.next("the IPv4 address")?;
                let address: Result<Ipv4Addr, _> = word.text.parse();
                let wrong =
                    |_| word.wrong("is no IPv4 address").hint("write four numbers up to 255: 192.0.2.1");
                data.extend(address.map_err(wrong)?.octets());
            }
            Ipv6 => {
                let word = words.next("the IPv6 address")?;
                let address: Result<Ipv6Addr, _> = word.text.parse();
                let wrong = |_| {
                    word.wrong("is no IPv6 address")
                        .hint("write groups of four hexadecimal digits: 2001:db8::1")
                };
                data.extend(address.map_err(wrong)?.octets());
            }
            Text(what) => text(words.next(what)?, data)?,
            Texts(what) => {
                text(words.next(what)?, data)?;
                while words.peek().is_some() {
                    text(words.next(what)?, data)?;
                }
            }
            Bare(what) => data.extend(words.next(what)?.bytes()?),
            Hex(what) => {
                if words.peek().is_none() {
                    words.next(what)?;
                }
                hex(words, data)?;
            }
            Services => services(words, data)?,
        }
        Ok(())
    }
}

/// A text with its length in front.
fn text(word: &Word<'_>, data: &mut Vec<u8>) -> Result<(), BadZone> {
    let bytes = word.bytes()?;
    let length = u8::try_from(bytes.len()).map_err(|_| {
        BadZone::new(word.span.clone(), format!("the text has {} bytes; 255 are the most", bytes.len()))
            .hint("cut it into several texts, each in quotation marks")
    })?;
    data.push(length);
    data.extend(bytes);
    Ok(())
}

fn number(word: &Word<'_>, most: u32) -> Result<u32, BadZone> {
    let number = word.text.parse().ok().filter(|number| *number <= most && !word.text.starts_with('+'));
    number.ok_or_else(|| word.wrong(&format!("is no number up to {most}")).hint("write it in decimal digits"))
}

/// Bytes in hexadecimal, in any number of words.
fn hex(words: &mut Words<'_, '_>, data: &mut Vec<u8>) -> Result<(), BadZone> {
    while words.peek().is_some() {
        let word = words.next("the bytes")?;
        let wrong =
            || word.wrong("is not whole bytes in hexadecimal").hint("two digits from 0 to f are a byte");
        let (pairs, rest) = word.text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return Err(wrong());
        }
        for [high, low] in pairs {
            let digit = |sign: &u8| char::from(*sign).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (high, low) = digit(high).zip(digit(low)).ok_or_else(wrong)?;
            data.push((high << 4) | low);
        }
    }
    Ok(())
}

/// A protocol and the ports that are served: a bit for each, the first on the left.
fn services(words: &mut Words<'_, '_>, data: &mut Vec<u8>) -> Result<(), BadZone> {
    let word = words.next("the protocol")?;
    let protocol = match word.text.to_ascii_uppercase().as_str() {
        "TCP" => IpProtocol::TCP,
        "UDP" => IpProtocol::UDP,
        _ => {
            let [.., byte] = number(word, u8::MAX.into())?.to_be_bytes();
            IpProtocol(byte)
        }
    };
    data.push(protocol.0);
    let start = data.len();
    while words.peek().is_some() {
        let word = words.next("a service")?;
        let lower = word.text.to_ascii_lowercase();
        let named = (0..1024u16).find(|port| service(*port, protocol) == Some(lower.as_str()));
        let port = match named {
            Some(port) => usize::from(port),
            None => number(word, u16::MAX.into())
                .map(|port| usize::try_from(port).unwrap_or(0))
                .map_err(|_| word.wrong("is no service that is known").hint("write its port"))?,
        };
        let at = start.saturating_add(port / 8);
        if data.len() <= at {
            data.resize(at.saturating_add(1), 0);
        }
        if let Some(byte) = data.get_mut(at) {
            *byte |= 0x80 >> (port % 8);
        }
    }
    Ok(())
}
