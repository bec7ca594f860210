//! What scripts call the messages of ICMP and ICMPv6, and which numbers they have.

use super::script::Icmp;

/// A message by its name, with its type in ICMP (RFC 792) and in ICMPv6 (RFC 4443, RFC 4861), if it is in both.
pub(super) struct Message {
    pub name: &'static str,
    icmpv4: Option<u8>,
    icmpv6: Option<u8>,
    /// Its codes by their names.
    pub codes: &'static [Code],
}

/// The name of a code, with its number in ICMP and in ICMPv6.
pub(super) type Code = (&'static str, Option<u8>, Option<u8>);

/// The messages that have a name.
pub(super) const MESSAGES: [Message; 12] = [
    Message { name: "unreachable", icmpv4: Some(3), icmpv6: Some(1), codes: UNREACHABLE },
    Message { name: "packet_too_big", icmpv4: None, icmpv6: Some(2), codes: &[] },
    Message { name: "time_exceeded", icmpv4: Some(11), icmpv6: Some(3), codes: TIME_EXCEEDED },
    Message { name: "parameter_problem", icmpv4: Some(12), icmpv6: Some(4), codes: PARAMETER_PROBLEM },
    Message { name: "echo_request", icmpv4: Some(8), icmpv6: Some(128), codes: &[] },
    Message { name: "echo_reply", icmpv4: Some(0), icmpv6: Some(129), codes: &[] },
    Message { name: "source_quench", icmpv4: Some(4), icmpv6: None, codes: &[] },
    Message { name: "redirect", icmpv4: Some(5), icmpv6: Some(137), codes: REDIRECT },
    Message { name: "router_advertisement", icmpv4: Some(9), icmpv6: Some(134), codes: &[] },
    Message { name: "router_solicitation", icmpv4: Some(10), icmpv6: Some(133), codes: &[] },
    Message { name: "timestamp_request", icmpv4: Some(13), icmpv6: None, codes: &[] },
    Message { name: "timestamp_reply", icmpv4: Some(14), icmpv6: None, codes: &[] },
];

/// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1; RFC 4443 section 3.1.
const UNREACHABLE: &[Code] = &[
    ("net_unreachable", Some(0), None),
    ("host_unreachable", Some(1), None),
    ("protocol_unreachable", Some(2), None),
    ("port_unreachable", Some(3), Some(4)),
    ("frag_needed", Some(4), None),
    ("source_route_failed", Some(5), None),
    ("net_unknown", Some(6), None),
    ("host_unknown", Some(7), None),
    ("source_host_isolated", Some(8), None),
    ("net_prohibited", Some(9), None),
    ("host_prohibited", Some(10), None),
    ("net_unreachable_for_tos", Some(11), None),
    ("host_unreachable_for_tos", Some(12), None),
    ("admin_prohibited", Some(13), Some(1)),
    ("precedence_violation", Some(14), None),
    ("precedence_cutoff", Some(15), None),
    ("no_route", None, Some(0)),
    ("beyond_scope", None, Some(2)),
    ("address_unreachable", None, Some(3)),
    ("source_policy_failed", None, Some(5)),
    ("reject_route", None, Some(6)),
];

/// RFC 792; RFC 4443 section 3.3.
const TIME_EXCEEDED: &[Code] = &[("in_transit", Some(0), Some(0)), ("in_reassembly", Some(1), Some(1))];

/// RFC 792, RFC 1122 section 3.2.2.5, RFC 1108; RFC 4443 section 3.4.
const PARAMETER_PROBLEM: &[Code] = &[
    ("bad_header", Some(0), Some(0)),
    ("missing_option", Some(1), None),
    ("unknown_next_header", None, Some(1)),
    ("unknown_option", None, Some(2)),
];

/// RFC 792.
const REDIRECT: &[Code] = &[
    ("for_net", Some(0), None),
    ("for_host", Some(1), None),
    ("for_tos_and_net", Some(2), None),
    ("for_tos_and_host", Some(3), None),
];

/// One of two numbers.
fn of(is_ipv6: bool, icmpv4: Option<u8>, icmpv6: Option<u8>) -> Option<u8> {
    if is_ipv6 { icmpv6 } else { icmpv4 }
}

impl Icmp {
    /// Type and code of the message in ICMP, or in ICMPv6; `None` if it is not there.
    pub fn numbers(&self, is_ipv6: bool) -> Option<(u8, u8)> {
        let message = MESSAGES.iter().find(|message| message.name == self.kind);
        let kind = match message {
            Some(message) => of(is_ipv6, message.icmpv4, message.icmpv6)?,
            None => self.kind.parse().ok()?,
        };
        let Some(code) = &self.code else { return Some((kind, 0)) };
        let named = message.and_then(|message| message.codes.iter().find(|(name, ..)| name == code));
        let code = match named {
            Some((_, icmpv4, icmpv6)) => of(is_ipv6, *icmpv4, *icmpv6)?,
            None => code.parse().ok()?,
        };
        Some((kind, code))
    }

    /// What a type and a code are called; without a code where that is 0 and has no name.
    pub fn names(is_ipv6: bool, kind: u8, code: u8) -> (String, Option<String>) {
        let message =
            MESSAGES.iter().find(|message| of(is_ipv6, message.icmpv4, message.icmpv6) == Some(kind));
        let name = message.map_or_else(|| kind.to_string(), |message| message.name.to_owned());
        let codes = message.map_or(&[][..], |message| message.codes);
        let named = codes.iter().find(|(_, icmpv4, icmpv6)| of(is_ipv6, *icmpv4, *icmpv6) == Some(code));
        let code = match named {
            Some((name, ..)) => Some((*name).to_owned()),
            None => (code != 0).then(|| code.to_string()),
        };
        (name, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{Icmpv4Type, Icmpv6Type};

    /// Against the names of IANA.
    #[test]
    fn types_have_the_numbers_of_the_registry() {
        for Message { name, icmpv4, icmpv6, .. } in &MESSAGES {
            let like = |registered: Option<&str>| {
                registered.unwrap_or_default().to_lowercase().replace(' ', "_").contains(name)
            };
            assert!(icmpv4.is_none_or(|kind| like(Icmpv4Type(kind).name())), "{name} {icmpv4:?}");
            assert!(icmpv6.is_none_or(|kind| like(Icmpv6Type(kind).name())), "{name} {icmpv6:?}");
        }
    }

    #[test]
    fn names_lead_to_numbers_and_back() {
        for is_ipv6 in [false, true] {
            for kind in 0..=255 {
                for code in 0..=20 {
                    let (name, said) = Icmp::names(is_ipv6, kind, code);
                    let icmp = Icmp { kind: name, code: said, mtu: None, id: None, echoed: None, span: 0..0 };
                    assert_eq!(icmp.numbers(is_ipv6), Some((kind, code)), "{icmp:?}");
                }
            }
        }
        let frag_needed = Icmp {
            kind: "unreachable".to_owned(),
            code: Some("frag_needed".to_owned()),
            mtu: None,
            id: None,
            echoed: None,
            span: 0..0,
        };
        assert_eq!(frag_needed.numbers(false), Some((3, 4)));
        // RFC 4443 has a message of its own instead.
        assert_eq!(frag_needed.numbers(true), None);
    }
}
