//! The options of IPv4, [RFC 791 section 3.1](https://www.rfc-editor.org/rfc/rfc791#section-3.1).

use core::net::Ipv4Addr;

use crate::field::tlv::{self, Item, OptionKind, Options, Rules};
use crate::field::{Check, FieldInfo, Finding, Severity};
use crate::names::Ipv4OptionType;

use super::Ipv4;

crate::fields! {
    /// Type and length.
    pub mod head in "RFC 791 section 3.1" {
        group TYPE: Ipv4OptionType = 0..8, "ip.opt.type", "Type";
        tile COPY: bool = 0..1, "ip.opt.type.copy", "Copy on fragmentation";
        tile CLASS: u8 = 1..3, "ip.opt.type.class", "Class";
        tile NUMBER: u8 = 3..8, "ip.opt.type.number", "Number";
        tile LENGTH: u8 = 8..16, "ip.opt.len", "Length";
    }
}
crate::fields! {
    /// The type alone.
    pub mod alone in "RFC 791 section 3.1" {
        group TYPE: Ipv4OptionType = 0..8, "ip.opt.type", "Type";
        tile COPY: bool = 0..1, "ip.opt.type.copy", "Copy on fragmentation";
        tile CLASS: u8 = 1..3, "ip.opt.type.class", "Class";
        tile NUMBER: u8 = 3..8, "ip.opt.type.number", "Number";
    }
}
crate::fields! {
    /// The groups, one for each kind of option.
    pub mod group in "RFC 791 section 3.1" {
        group END_OF_LIST: [u8; 0] = 0..0, "ip.options.eol", "End of options list";
        group NO_OPERATION: [u8; 0] = 0..0, "ip.options.nop", "No operation";
        group RECORD_ROUTE: [u8; 0] = 0..0, "ip.options.record_route", "Record route";
        group TIME_STAMP: [u8; 0] = 0..0, "ip.options.timestamp", "Time stamp";
        group LOOSE_SOURCE_ROUTE: [u8; 0] = 0..0, "ip.options.route", "Loose source route";
        group STRICT_SOURCE_ROUTE: [u8; 0] = 0..0, "ip.options.source_route", "Strict source route";
        group MTU_PROBE: [u8; 0] = 0..0, "ip.options.mtu_probe", "MTU probe", "RFC 1063";
        group MTU_REPLY: [u8; 0] = 0..0, "ip.options.mtu_reply", "MTU reply", "RFC 1063";
        group QUICK_START: [u8; 0] = 0..0, "ip.options.qs", "Quick-start", "RFC 4782";
        group TRACEROUTE: [u8; 0] = 0..0, "ip.options.traceroute", "Traceroute", "RFC 1393";
        group EXTENDED_SECURITY: [u8; 0] = 0..0, "ip.options.ext_security", "Extended security", "RFC 1108";
        group COMMERCIAL_SECURITY: [u8; 0] = 0..0, "ip.options.cipso", "Commercial security", "FIPS 188";
        group SELECTIVE_DIRECTED_BROADCAST: [u8; 0] = 0..0, "ip.options.sdb", "Selective directed broadcast", "RFC 6814";
        group STREAM_ID: [u8; 0] = 0..0, "ip.options.sid", "Stream identifier";
        group SECURITY: [u8; 0] = 0..0, "ip.options.security", "Security";
        group ROUTER_ALERT: [u8; 0] = 0..0, "ip.options.routeralert", "Router alert", "RFC 2113";
        group OTHER: [u8; 0] = 0..0, "ip.options.unknown", "Unknown option";
    }
}
crate::fields! {
    /// The pointer of the route options.
    pub mod pointer in "RFC 791 section 3.1" {
        tile POINTER: u8 = 0..8, "ip.opt.ptr", "Pointer";
    }
}
crate::fields! {
    /// An address of a route that has been recorded.
    pub mod route in "RFC 791 section 3.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "ip.rec_rt", "Recorded route";
    }
}
crate::fields! {
    /// Room for an address that is still to be recorded.
    pub mod empty_route in "RFC 791 section 3.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "ip.empty_rt", "Empty route";
    }
}
crate::fields! {
    /// An address of a source route that is still ahead.
    pub mod route_ahead in "RFC 791 section 3.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "ip.src_rt", "Source route";
    }
}
crate::fields! {
    /// Pointer, overflow and flag of the time stamp option.
    pub mod time_stamp in "RFC 791 section 3.1" {
        tile POINTER: u8 = 0..8, "ip.opt.ptr", "Pointer";
        tile OVERFLOW: u8 = 8..12, "ip.opt.overflow", "Overflow";
        tile FLAG: u8 as Hex = 12..16, "ip.opt.flag", "Flag";
    }
}
crate::fields! {
    /// A time stamp without address.
    pub mod stamp in "RFC 791 section 3.1" {
        tile STAMP: u32 = 0..32, "ip.opt.time_stamp", "Time stamp";
    }
}
crate::fields! {
    /// A time stamp with the address of who made it.
    pub mod stamp_with_address in "RFC 791 section 3.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "ip.opt.time_stamp_addr", "Address";
        tile STAMP: u32 = 32..64, "ip.opt.time_stamp", "Time stamp";
    }
}
crate::fields! {
    /// The value of router alert.
    pub mod router_alert in "RFC 2113 section 2.1" {
        tile VALUE: u16 = 0..16, "ip.opt.ra", "Router alert";
    }
}
crate::fields! {
    /// The identifier of a stream.
    pub mod stream in "RFC 791 section 3.1" {
        tile IDENTIFIER: u16 = 0..16, "ip.opt.sid", "Stream identifier";
    }
}
crate::fields! {
    /// What the security option begins with.
    pub mod security in "RFC 1108 section 2" {
        tile LEVEL: u8 as Hex = 0..8, "ip.opt.sec_cl", "Classification level";
    }
}
crate::fields! {
    /// The security option before RFC 1108 gave it another form.
    pub mod first_security in "RFC 791 section 3.1" {
        tile SECURITY: u16 as Hex = 0..16, "ip.opt.sec_rfc791_sec", "Security";
        tile COMPARTMENTS: u16 = 16..32, "ip.opt.sec_rfc791_comp", "Compartments";
        tile HANDLING: [u8; 0] = 32..48, "ip.opt.sec_rfc791_hr", "Handling restrictions";
        tile CONTROL: [u8; 0] = 48..72, "ip.opt.sec_rfc791_tcc", "Transmission control code";
    }
}
crate::fields! {
    /// A byte of the flags of authorities whose rules protect the packet; the last bit says that another follows.
    pub mod authorities in "RFC 1108 section 2.4" {
        group FLAGS: u8 as Hex = 0..8, "ip.opt.sec_prot_auth_flags", "Protection authorities";
        tile GENSER: bool = 0..1, "ip.opt.sec_prot_auth_genser", "GENSER";
        tile SIOP_ESI: bool = 1..2, "ip.opt.sec_prot_auth_siop_esi", "SIOP-ESI";
        tile SCI: bool = 2..3, "ip.opt.sec_prot_auth_sci", "SCI";
        tile NSA: bool = 3..4, "ip.opt.sec_prot_auth_nsa", "NSA";
        tile DOE: bool = 4..5, "ip.opt.sec_prot_auth_doe", "DOE";
        tile UNASSIGNED: u8 as Hex = 5..7, "ip.opt.sec_prot_auth_unassigned", "Unassigned";
        tile MORE: bool = 7..8, "ip.opt.sec_prot_auth_fti", "Another byte follows";
    }
}
crate::fields! {
    /// Extended security.
    pub mod extended_security in "RFC 1108 section 3" {
        tile FORMAT_CODE: u8 as Hex = 0..8, "ip.opt.ext_sec_add_sec_info_format_code", "Format code";
        tile INFORMATION: [u8; 0] = 8..0, "ip.opt.ext_sec_add_sec_info", "Additional information";
    }
}
crate::fields! {
    /// MTU probe and reply.
    pub mod mtu in "RFC 1063 section 2" {
        tile MTU: u16 = 0..16, "ip.opt.mtu", "MTU";
    }
}
/// A quick-start request has a time to live, in the option behind type and length.
fn is_rate_request(data: &[u8]) -> bool {
    data.first().is_some_and(|function| function >> 4 == 0)
}

fn is_no_rate_request(data: &[u8]) -> bool {
    !is_rate_request(data)
}

crate::fields! {
    /// Quick-start.
    pub mod quick_start in "RFC 4782 section 3.1" {
        tile FUNCTION: u8 = 0..4, "ip.opt.qs_func", "Function";
        tile RATE: u8 = 4..8, "ip.opt.qs_rate", "Rate";
        tile TTL: u8 = 8..16 if is_rate_request, "ip.opt.qs_ttl", "QS TTL";
        tile UNUSED: u8 = 8..16 if is_no_rate_request, "ip.opt.qs_unused", "Not used";
        tile NONCE: u32 as Hex = 16..46, "ip.opt.qs_nonce", "QS nonce";
        tile RESERVED: u8 as Hex = 46..48, "ip.opt.qs_reserved", "Reserved";
    }
}
crate::fields! {
    /// Traceroute.
    pub mod traceroute in "RFC 1393 section 2.2" {
        tile IDENTIFIER: u16 = 0..16, "ip.opt.id_number", "Identifier";
        tile OUTBOUND: u16 = 16..32, "ip.opt.ohc", "Outbound hop count";
        tile RETURN: u16 = 32..48, "ip.opt.rhc", "Return hop count";
        tile ORIGINATOR: Ipv4Addr = 48..80, "ip.opt.originator", "Originator";
    }
}
crate::fields! {
    /// What the commercial security option begins with.
    pub mod commercial_security in "FIPS 188" {
        tile DOMAIN: u32 = 0..32, "ip.cipso.doi", "Domain of interpretation";
    }
}
crate::fields! {
    /// A tag of the commercial security option: a set or a range of categories.
    pub mod security_tag in "FIPS 188" {
        tile TYPE: u8 = 0..8, "ip.cipso.tag_type", "Tag type";
        tile LENGTH: u8 = 8..16, "ip.cipso.tag_length", "Tag length";
        tile ALIGNMENT: u8 = 16..24 if has_level, "ip.cipso.alignment", "Alignment";
        tile LEVEL: u8 = 24..32 if has_level, "ip.cipso.sensitivity_level", "Sensitivity level";
        tile CATEGORIES: [u8; 0] = 32..0 if has_level, "ip.cipso.categories", "Categories";
        tile DATA: [u8; 0] = 16..0 if has_no_level, "ip.cipso.tag_data", "Tag data";
    }
}

/// Tags 1, 2 and 5 have a level and categories, if they are long enough.
fn has_level(tag: &[u8]) -> bool {
    matches!(tag, [1 | 2 | 5, _, _, _, ..])
}

fn has_no_level(tag: &[u8]) -> bool {
    !has_level(tag)
}

crate::fields! {
    /// An address of a selective directed broadcast.
    pub mod address in "RFC 6814" {
        tile ADDRESS: Ipv4Addr = 0..32, "ip.opt.addr", "Address";
    }
}
crate::fields! {
    /// The data of an option that has no table.
    pub mod other in "RFC 791 section 3.1" {
        tile DATA: [u8; 0] = 0..0, "ip.opt.data", "Option data";
    }
}
crate::fields! {
    /// What stands behind the end of the list.
    pub mod padding in "RFC 791 section 3.1" {
        tile PADDING: [u8; 0] = 0..0, "ip.opt.padding", "Padding";
    }
}

/// The tables of all of them.
pub(super) const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    pointer::FIELDS,
    route::FIELDS,
    empty_route::FIELDS,
    route_ahead::FIELDS,
    time_stamp::FIELDS,
    stamp::FIELDS,
    stamp_with_address::FIELDS,
    router_alert::FIELDS,
    stream::FIELDS,
    security::FIELDS,
    first_security::FIELDS,
    authorities::FIELDS,
    extended_security::FIELDS,
    mtu::FIELDS,
    quick_start::FIELDS,
    traceroute::FIELDS,
    commercial_security::FIELDS,
    security_tag::FIELDS,
    address::FIELDS,
    other::FIELDS,
    padding::FIELDS,
];

/// An option kind: its group, what stands first in it, and what repeats.
macro_rules! kind {
    ($kind:ident, $first:expr, $repeat:expr) => {
        OptionKind {
            kind: Ipv4OptionType::$kind.0 as u16,
            group: &[group::$kind.info],
            first: $first,
            repeat: $repeat,
        }
    };
}

/// All of them.
pub static OPTIONS: Options = Options {
    rules: Rules::IP_AND_TCP,
    head: head::FIELDS,
    alone: alone::FIELDS,
    kinds: KINDS,
    other: OptionKind { kind: 0, group: &[group::OTHER.info], first: other::FIELDS, repeat: |_, _| (&[], 0) },
    padding: padding::FIELDS,
};

const KINDS: &[OptionKind] = &[
    kind!(END_OF_LIST, &[], nothing_more),
    kind!(NO_OPERATION, &[], nothing_more),
    kind!(RECORD_ROUTE, pointer::FIELDS, record_route),
    kind!(LOOSE_SOURCE_ROUTE, pointer::FIELDS, source_route),
    kind!(STRICT_SOURCE_ROUTE, pointer::FIELDS, source_route),
    kind!(TIME_STAMP, time_stamp::FIELDS, stamps),
    kind!(STREAM_ID, stream::FIELDS, nothing_more),
    kind!(SECURITY, &[], security_parts),
    kind!(EXTENDED_SECURITY, extended_security::FIELDS, nothing_more),
    kind!(MTU_PROBE, mtu::FIELDS, nothing_more),
    kind!(MTU_REPLY, mtu::FIELDS, nothing_more),
    kind!(QUICK_START, quick_start::FIELDS, nothing_more),
    kind!(TRACEROUTE, traceroute::FIELDS, nothing_more),
    kind!(COMMERCIAL_SECURITY, commercial_security::FIELDS, tags),
    kind!(SELECTIVE_DIRECTED_BROADCAST, address::FIELDS, |_, _| (address::FIELDS, 4)),
    kind!(ROUTER_ALERT, router_alert::FIELDS, nothing_more),
];

fn nothing_more(_: &[u8], _: usize) -> (&'static [FieldInfo], usize) {
    (&[], 0)
}

/// The pointer counts from 1 and shows the first address that is still to be used: those before it are recorded.
fn is_recorded(item: &[u8], at: usize) -> bool {
    item.get(2).is_some_and(|pointer| at < usize::from(*pointer).saturating_sub(1))
}

fn record_route(item: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    (if is_recorded(item, at) { route::FIELDS } else { empty_route::FIELDS }, 0)
}

fn source_route(item: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    (if is_recorded(item, at) { route::FIELDS } else { route_ahead::FIELDS }, 0)
}

/// Eleven bytes are the form of RFC 791, which has this length alone.
fn security_parts(item: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    match (item.len(), at) {
        (11, 2) => (first_security::FIELDS, 0),
        (_, 2) => (security::FIELDS, 0),
        _ => (authorities::FIELDS, 1),
    }
}

/// The flag, the low half of the fourth byte, says whether addresses stand beside the stamps.
fn stamps(item: &[u8], _: usize) -> (&'static [FieldInfo], usize) {
    match item.get(3) {
        Some(flag) if flag & 0x0f != 0 => (stamp_with_address::FIELDS, 0),
        _ => (stamp::FIELDS, 0),
    }
}

/// The length of a tag counts the whole of it.
fn tags(item: &[u8], at: usize) -> (&'static [FieldInfo], usize) {
    let rest = item.get(at..).unwrap_or(&[]);
    let length = rest.get(1).map_or(2, |length| usize::from(*length)).max(2);
    (security_tag::FIELDS, length.min(rest.len()))
}

/// A route: the addresses of a record route option or a source route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// Record route, loose or strict source route.
    pub kind: Ipv4OptionType,
    /// Which address comes next, counted from 0; as many as there are addresses when none does.
    pub next: usize,
    /// The addresses, of four bytes each.
    pub addresses: &'a [[u8; 4]],
}

impl<'a> Route<'a> {
    /// The route in an option; `None` if it is none, or if its pointer is not at an address.
    pub fn of(item: &Item<'a>) -> Option<Self> {
        let kind = Ipv4OptionType(item.kind as u8);
        let is_route = matches!(
            kind,
            Ipv4OptionType::RECORD_ROUTE
                | Ipv4OptionType::LOOSE_SOURCE_ROUTE
                | Ipv4OptionType::STRICT_SOURCE_ROUTE
        );
        let (pointer, rest) =
            item.data(&Rules::IP_AND_TCP).split_first().filter(|_| is_route && !item.broken)?;
        let (addresses, _) = rest.as_chunks();
        let before = usize::from(*pointer).checked_sub(4).filter(|before| before.is_multiple_of(4))?;
        Some(Self { kind, next: (before >> 2).min(addresses.len()), addresses })
    }

    /// The addresses that have been recorded, or passed.
    pub fn passed(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.addresses.iter().take(self.next).map(|address| Ipv4Addr::from(*address))
    }

    /// The addresses that are still ahead; of a record route, the room that is left.
    pub fn ahead(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.addresses.iter().skip(self.next).map(|address| Ipv4Addr::from(*address))
    }
}

/// RFC 791 section 3.1: a pointer counts from 1, the least is that of the first entry, and entries are of four bytes.
pub(super) const POINTER_IS_AT_AN_ENTRY: Check = |scope| {
    let list = scope.header_bytes().get(Ipv4::LEN..)?;
    let (item, least) = tlv::walk(list, &Rules::IP_AND_TCP).filter(|item| !item.broken).find_map(|item| {
        let least = match Ipv4OptionType(item.kind as u8) {
            Ipv4OptionType::RECORD_ROUTE
            | Ipv4OptionType::LOOSE_SOURCE_ROUTE
            | Ipv4OptionType::STRICT_SOURCE_ROUTE => 4,
            Ipv4OptionType::TIME_STAMP => 5,
            _ => return None,
        };
        let before = usize::from(*item.bytes.get(2)?).checked_sub(least);
        (!before.is_some_and(|before| before.is_multiple_of(4))).then_some((item, least))
    })?;
    let text = "the pointer is not at an entry of the option";
    let bad = Finding::at(&pointer::POINTER.info, "ip.opt.ptr.bad", Severity::Error, text);
    let found = u64::from(*item.bytes.get(2)?);
    let place = Ipv4::LEN.saturating_add(item.start).saturating_add(2);
    let bad = if found < least as u64 { bad.range(found, least as u64) } else { bad };
    Some(bad.place(place, 1))
};

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)] // What is put together with `/`.
mod tests {
    use super::*;
    use crate::packet::{Decoder, Frame};

    fn codes(option: Ipv4OptionType, data: &[u8]) -> Vec<&'static str> {
        let mut room = [0; 64];
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).option(option, data);
        let bytes = (ip.protocol(253.into()) / b"x").write(&mut room).unwrap();
        Decoder::new().packet(Frame::raw(&*bytes)).findings().map(|finding| finding.code).collect()
    }

    /// RFC 791 section 3.1: a route on its way, and pointers that are at no address of it.
    #[test]
    fn a_pointer_divides_a_route() {
        let data = [8, 192, 0, 2, 7, 192, 0, 2, 8];
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into())
            .option(Ipv4OptionType::STRICT_SOURCE_ROUTE, &data)
            .option(Ipv4OptionType::ROUTER_ALERT, &[0, 0]);
        let mut room = [0; 64];
        let bytes = (ip.protocol(253.into()) / b"x").write(&mut room).unwrap();
        let view = Ipv4::view(&*bytes).unwrap();
        let route = view.source_route().unwrap();
        assert!(route.passed().eq([Ipv4Addr::new(192, 0, 2, 7)]));
        assert!(route.ahead().eq([Ipv4Addr::new(192, 0, 2, 8)]));
        assert_eq!((view.recorded_route(), view.router_alert()), (None, Some(0)));
        for pointer in [3, 5] {
            let data = [pointer, 192, 0, 2, 7, 192, 0, 2, 8];
            assert_eq!(codes(Ipv4OptionType::RECORD_ROUTE, &data), ["ip.opt.ptr.bad"]);
        }
        assert_eq!(codes(Ipv4OptionType::RECORD_ROUTE, &[12, 192, 0, 2, 7, 192, 0, 2, 8]), [""; 0]);
        assert_eq!(codes(Ipv4OptionType::TIME_STAMP, &[5, 0, 0, 0, 0, 0]), [""; 0]);
        assert_eq!(codes(Ipv4OptionType::TIME_STAMP, &[6, 0, 0, 0, 0, 0]), ["ip.opt.ptr.bad"]);
    }
}
