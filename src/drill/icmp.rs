//! The names that scripts have for messages of ICMP and ICMPv6 (RFC 792, RFC 1812, RFC 4443).

use super::script::Icmp;
use crate::mistake::Mistake;

/// A message: its name, its types in ICMP and ICMPv6, and the names of its codes in both.
struct Message {
    name: &'static str,
    types: [Option<u8>; 2],
    codes: [&'static [&'static str]; 2],
}

/// What scripts can name. The place of a code in its list is its number.
const MESSAGES: &[Message] = &[
    Message {
        name: "unreachable",
        types: [Some(3), Some(1)],
        codes: [
            &[
                "net_unreachable",
                "host_unreachable",
                "protocol_unreachable",
                "port_unreachable",
                "frag_needed",
                "source_route_failed",
                "net_unknown",
                "host_unknown",
                "source_host_isolated",
                "net_prohibited",
                "host_prohibited",
                "net_unreachable_for_tos",
                "host_unreachable_for_tos",
                "packet_filtered",
                "host_precedence_violation",
                "precedence_cutoff",
            ],
            &[
                "no_route",
                "admin_prohibited",
                "beyond_scope",
                "address_unreachable",
                "port_unreachable",
                "policy_failed",
                "reject_route",
            ],
        ],
    },
    Message { name: "packet_too_big", types: [None, Some(2)], codes: [&[], &[]] },
    Message {
        name: "time_exceeded",
        types: [Some(11), Some(3)],
        codes: [
            &["ttl_exceeded", "reassembly_time_exceeded"],
            &["hop_limit_exceeded", "reassembly_time_exceeded"],
        ],
    },
    Message {
        name: "parameter_problem",
        types: [Some(12), Some(4)],
        codes: [
            &["pointer_indicates_error", "missing_option", "bad_length"],
            &["erroneous_header", "unknown_next_header", "unknown_option"],
        ],
    },
    Message { name: "source_quench", types: [Some(4), None], codes: [&[], &[]] },
    Message {
        name: "redirect",
        types: [Some(5), None],
        codes: [&["redirect_net", "redirect_host", "redirect_net_for_tos", "redirect_host_for_tos"], &[]],
    },
    Message { name: "echo_request", types: [Some(8), Some(128)], codes: [&[], &[]] },
    Message { name: "echo_reply", types: [Some(0), Some(129)], codes: [&[], &[]] },
    Message { name: "timestamp_request", types: [Some(13), None], codes: [&[], &[]] },
    Message { name: "timestamp_reply", types: [Some(14), None], codes: [&[], &[]] },
];

/// The number of the family in the tables.
const fn family(ipv6: bool) -> usize {
    if ipv6 { 1 } else { 0 }
}

impl Message {
    fn number(&self, ipv6: bool) -> Option<u8> {
        self.types.get(family(ipv6)).copied().flatten()
    }

    fn codes(&self, ipv6: bool) -> &'static [&'static str] {
        self.codes.get(family(ipv6)).copied().unwrap_or(&[])
    }
}

/// Type and code of a message that a script names.
pub(crate) fn numbers(icmp: &Icmp, ipv6: bool) -> Result<(u8, u8), Mistake> {
    let wrong = |message: String| Mistake::new(icmp.span.clone(), message);
    let protocol = if ipv6 { "ICMPv6" } else { "ICMP" };
    let number = |text: &str| text.parse::<u8>().ok();
    let known = MESSAGES.iter().find(|message| message.name == icmp.kind);
    let kind = number(&icmp.kind).or_else(|| known.and_then(|message| message.number(ipv6)));
    let Some(kind) = kind else {
        let names =
            MESSAGES.iter().filter(|message| message.number(ipv6).is_some()).map(|message| message.name);
        return Err(wrong(format!("{protocol} has no message `{}`", icmp.kind)).like(&icmp.kind, names));
    };
    let Some(code) = &icmp.code else { return Ok((kind, 0)) };
    let codes = known.map_or(&[][..], |message| message.codes(ipv6));
    let place = codes.iter().position(|name| name == code).and_then(|place| u8::try_from(place).ok());
    match number(code).or(place) {
        Some(code) => Ok((kind, code)),
        None => {
            let message = format!("`{}` of {protocol} has no code `{code}`", icmp.kind);
            Err(wrong(message).like(code, codes.iter().copied()))
        }
    }
}

/// The names of a type and a code, or their numbers.
pub(crate) fn names(kind: u8, code: u8, ipv6: bool) -> (String, Option<String>) {
    let known = MESSAGES.iter().find(|message| message.number(ipv6) == Some(kind));
    let name = known.map_or_else(|| kind.to_string(), |message| message.name.to_owned());
    let codes = known.map_or(&[][..], |message| message.codes(ipv6));
    let code = match codes.get(usize::from(code)) {
        Some(name) => Some((*name).to_owned()),
        None if code == 0 => None,
        None => Some(code.to_string()),
    };
    (name, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icmp(kind: &str, code: Option<&str>) -> Icmp {
        let code = code.map(str::to_owned);
        Icmp { kind: kind.to_owned(), code, mtu: None, id: None, echoed: None, span: 0..1 }
    }

    /// RFC 792, RFC 1191, RFC 4443.
    #[test]
    fn names_are_numbers() {
        assert_eq!(numbers(&icmp("unreachable", Some("frag_needed")), false), Ok((3, 4)));
        assert_eq!(numbers(&icmp("unreachable", Some("port_unreachable")), true), Ok((1, 4)));
        assert_eq!(numbers(&icmp("packet_too_big", None), true), Ok((2, 0)));
        assert_eq!(numbers(&icmp("11", Some("1")), false), Ok((11, 1)));
        assert_eq!(names(3, 3, false), ("unreachable".to_owned(), Some("port_unreachable".to_owned())));
        assert_eq!(names(200, 7, false), ("200".to_owned(), Some("7".to_owned())));
        let error = numbers(&icmp("unreachable", Some("frag_neded")), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`unreachable` of ICMP has no code `frag_neded`; did you mean `frag_needed`?"
        );
        assert!(numbers(&icmp("packet_too_big", None), false).is_err());
    }
}
