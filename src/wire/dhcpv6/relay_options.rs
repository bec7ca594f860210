//! The options of a relay message that stand behind the message that it relays.

use super::{check_items, list_section, options};
use crate::field::{Check, Cursor, Finding, List, Peel, Protocol, Severity, tlv};
use crate::names::Dhcpv6Option;

crate::header! {
    /// Options behind a relayed message: each a code, a length and data. They are no header, for they carry nothing: they are a
    /// layer behind the content of the relay message that they belong to.
    pub struct RelayOptions(4) "dhcpv6" in "RFC 8415 section 21.1" {
        tile CODE(code, set_code): Dhcpv6Option = 0..16, "dhcpv6.option.type", "Option";
        tile LENGTH(length, set_length): u16 = 16..32, "dhcpv6.option.length", "Length";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "dhcpv6",
    name: "Options of a Relay Agent",
    spec: "RFC 8415",
    fields: FIELDS,
    lists: options::TABLES,
    // The first option is a section like the others, because the group around it comes first.
    length: 0,
    peel: |bytes| {
        let content = bytes.get(bytes.len()..)?;
        Some(Peel { header: bytes.len(), content, tail: 0, next: None })
    },
    needed: |_| 0,
    list: List::nested(&options::OPTIONS),
    sections: |list, cursor: &mut Cursor| list_section(&[], list, list.len(), cursor),
    checks: CHECKS,
    ..Protocol::PLAIN
};

const CHECKS: &[Check] = &[
    |scope| {
        let length = &options::head::LENGTH.info;
        let code = "dhcpv6.option_length.bad";
        let bad = tlv::check(scope.bytes, &options::RULES, 0, length, code, scope.limit)?;
        let severity = if scope.excused() { Severity::Note } else { Severity::Error };
        Some(Finding { severity, ..bad })
    },
    |scope| check_items(tlv::walk(scope.bytes, &options::RULES), 0),
];

impl<'a> RelayOptions<&'a [u8]> {
    /// The options.
    pub fn options(&self) -> impl Iterator<Item = super::DhcpOption<'a>> + use<'a> {
        super::typed::options_of(self.bytes)
    }
}
