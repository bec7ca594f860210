//! `--decode-as`: what a number leads to, said by the user.

use crate::field::{Kind, Protocol};
use crate::names::{EtherType, IpProtocol};
use crate::packet::{LinkType, Rule, When, registry};

/// The name of a number's field, the greatest that it can be, and where it leads.
type Leads = (&'static str, u64, fn(u64) -> When);

/// The numbers that can lead somewhere.
const NUMBERS: &[Leads] = &[
    ("udp.port", 0xffff, |number| When::UdpPort(number as u16)),
    ("tcp.port", 0xffff, |number| When::TcpPort(number as u16)),
    ("eth.type", 0xffff, |number| When::EtherType(EtherType(number as u16))),
    ("ethertype", 0xffff, |number| When::EtherType(EtherType(number as u16))),
    ("ip.proto", 0xff, |number| When::IpProtocol(IpProtocol(number as u8))),
    ("link", 0xffff, |number| When::Link(LinkType(number as u32))),
];

/// Reads `udp.port==15353,dns`: behind this number is this protocol; `payload` for none.
///
/// # Errors
/// What is wrong with it, and what is expected.
pub fn parse(text: &str) -> Result<Rule, String> {
    let form = "the form is FIELD==NUMBER,PROTOCOL, as in udp.port==15353,dns";
    let (field, rest) = text.split_once("==").ok_or(form)?;
    let (number, name) = rest.split_once(',').ok_or(form)?;
    let (field, number, name) = (field.trim(), number.trim(), name.trim());
    let known = NUMBERS.iter().find(|(known, ..)| *known == field);
    let (_, most, when) = known.ok_or_else(|| {
        let fields: Vec<&str> = NUMBERS.iter().map(|(known, ..)| *known).collect();
        format!("'{field}' leads to no protocol; these do: {}", fields.join(", "))
    })?;
    let value = match number.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => number.parse(),
    };
    let value = value.ok().filter(|value| value <= most);
    let when = when(value.ok_or_else(|| format!("'{number}' is no number from 0 to {most}"))?);
    let in_tcp = matches!(when, When::TcpPort(_));
    Ok(Rule { when, kind: kind(name, in_tcp)?, protocol: None })
}

/// The kind of header with this name; over TCP, that with what TCP needs around it.
fn kind(name: &str, in_tcp: bool) -> Result<Kind, String> {
    if matches!(name, "payload" | "data") {
        return Ok(Kind::NONE);
    }
    let all = || registry::KINDS.iter().filter(|kind| !kind.is_rest());
    let prefix = |kind: &Kind| registry::built_in(*kind).map_or("", |protocol: &Protocol| protocol.prefix);
    let mut named = all().copied().filter(|kind| prefix(kind) == name);
    let first = named.clone().next();
    named.find(|kind| registry::has_tcp_port(*kind) == in_tcp).or(first).ok_or_else(|| {
        let mut known: Vec<&str> = all().map(prefix).collect();
        known.sort_unstable();
        known.dedup();
        format!("there is no protocol '{name}'; there are payload, {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_rule_or_says_what_is_wrong() {
        let rule = parse("udp.port==15353,dns").unwrap();
        assert_eq!((rule.when, rule.kind), (When::UdpPort(15353), Kind::DNS));
        assert_eq!(parse("tcp.port == 0x35 , dns").unwrap().kind, Kind::DNS_OVER_TCP);
        assert_eq!(parse("eth.type==0x88b5,ip").unwrap().when, When::EtherType(EtherType(0x88b5)));
        assert_eq!(parse("udp.port==53,payload").unwrap().kind, Kind::NONE);
        for (text, part) in [
            ("udp.port=53,dns", "the form is"),
            ("udp.port==53", "the form is"),
            ("udp.length==53,dns", "leads to no protocol"),
            ("udp.port==65536,dns", "no number from 0 to 65535"),
            ("udp.port==53,bind", "no protocol 'bind'"),
        ] {
            assert!(parse(text).unwrap_err().contains(part), "{text}");
        }
    }
}
