//! ICMPv6, [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443): errors and echo.
//!
//! - [`ndp`]: neighbour discovery (RFC 4861); [`options`]: its options.
//! - [`mld`]: multicast listener discovery (RFC 2710, RFC 3810).
//! - [`node`]: home agents, node information, RPL.

pub mod mld;
pub mod ndp;
pub mod node;
pub mod options;

use crate::field::tlv::{self, Rules};
use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, Kind, List, Next, Peel, Phrase,
    Protocol, Section, Severity,
};
use crate::names::{Icmpv6Type, IpProtocol};
use crate::wire::data;
use mld::{listener, listener_query_v2, listener_report_v2, listener_source, records};
use ndp::{neighbour_advertisement, neighbour_solicitation, redirect, router_advertisement};
use node::{has_dodag_id, mobile, mobile_prefix, node_data, node_information, rpl_acknowledgement};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |     Type      |     Code      |           Checksum            |
    /// +---------------+---------------+-------------------------------+
    /// |                  depends on the type                          |
    /// ```
    pub struct Icmpv6(4 max 128 step 4) "icmpv6" in "RFC 4443 section 2.1" {
        tile TYPE(message_type, set_message_type): Icmpv6Type = 0..8, "icmpv6.type", "Type";
        tile CODE(code, set_code): u8 = 8..16 named code_name, "icmpv6.code", "Code";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 16..32, "icmpv6.checksum", "Checksum";
    }
}

crate::fields! {
    /// Destination unreachable, time exceeded, router solicitation: a reserved word.
    pub mod reserved in "RFC 4443 section 3" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
    }
}
crate::fields! {
    /// Errors that say how much of them is the quoted packet: an extension structure stands behind it.
    pub mod extended in "RFC 4884 section 4" {
        tile LENGTH: u8 = 32..40, "icmpv6.length", "Quoted length in 8 bytes";
        tile RESERVED: [u8; 0] = 40..64, "icmpv6.reserved", "Reserved";
    }
}
crate::fields! {
    /// Packet too big.
    pub mod packet_too_big in "RFC 4443 section 3.2" {
        tile MTU: u32 = 32..64, "icmpv6.mtu", "MTU";
    }
}
crate::fields! {
    /// Parameter problem.
    pub mod parameter_problem in "RFC 4443 section 3.4" {
        tile POINTER: u32 = 32..64, "icmpv6.pointer", "Pointer";
    }
}
crate::fields! {
    /// Echo request and reply.
    pub mod echo in "RFC 4443 section 4" {
        tile IDENTIFIER: u16 as Hex = 32..48, "icmpv6.echo.identifier", "Identifier";
        tile SEQUENCE: u16 = 48..64, "icmpv6.echo.sequence_number", "Sequence number";
    }
}
crate::fields! {
    /// Extended echo request.
    pub mod extended_echo_request in "RFC 8335 section 2" {
        tile IDENTIFIER: u16 as Hex = 32..48, "icmpv6.echo.identifier", "Identifier";
        tile SEQUENCE: u8 = 48..56, "icmpv6.ext.echo.seq", "Sequence number";
        tile RESERVED: u8 as Hex = 56..63, "icmpv6.ext.echo.req.res", "Reserved";
        tile LOCAL: bool = 63..64, "icmpv6.ext.echo.req.local", "Local";
    }
}
crate::fields! {
    /// Extended echo reply.
    pub mod extended_echo_reply in "RFC 8335 section 3" {
        tile IDENTIFIER: u16 as Hex = 32..48, "icmpv6.echo.identifier", "Identifier";
        tile SEQUENCE: u8 = 48..56, "icmpv6.ext.echo.seq", "Sequence number";
        tile STATE: u8 = 56..59, "icmpv6.ext.echo.rsp.state", "State";
        tile RESERVED: u8 as Hex = 59..61, "icmpv6.ext.echo.rsp.res", "Reserved";
        tile ACTIVE: bool = 61..62, "icmpv6.ext.echo.rsp.active", "Active";
        tile IPV4: bool = 62..63, "icmpv6.ext.echo.rsp.ipv4", "IPv4";
        tile IPV6: bool = 63..64, "icmpv6.ext.echo.rsp.ipv6", "IPv6";
    }
}

/// What follows the fixed part for a type, how long the header's fixed part is with it, and what comes then.
fn body(bytes: &[u8]) -> (&'static [FieldInfo], usize, Tail) {
    use Icmpv6Type as Type;
    match TYPE.read(bytes) {
        Some(Type::DESTINATION_UNREACHABLE | Type::TIME_EXCEEDED) => match extended::LENGTH.read(bytes) {
            None | Some(0) => (reserved::FIELDS, 8, Tail::Extended),
            Some(1..) => (extended::FIELDS, 8, Tail::Extended),
        },
        Some(Type::PACKET_TOO_BIG) => (packet_too_big::FIELDS, 8, Tail::Packet),
        Some(Type::PARAMETER_PROBLEM) => (parameter_problem::FIELDS, 8, Tail::Packet),
        Some(Type::ECHO_REQUEST | Type::ECHO_REPLY) => (echo::FIELDS, 8, Tail::Payload),
        Some(Type::EXTENDED_ECHO_REQUEST) => (extended_echo_request::FIELDS, 8, Tail::Extension),
        Some(Type::EXTENDED_ECHO_REPLY) => (extended_echo_reply::FIELDS, 8, Tail::Payload),
        Some(
            Type::ROUTER_SOLICITATION
            | Type::INVERSE_NEIGHBOUR_SOLICITATION
            | Type::INVERSE_NEIGHBOUR_ADVERTISEMENT,
        ) => (reserved::FIELDS, 8, Tail::Options),
        Some(Type::MULTICAST_ROUTER_ADVERTISEMENT) => (node::multicast_router::FIELDS, 8, Tail::Payload),
        Some(Type::ROUTER_ADVERTISEMENT) => (router_advertisement::FIELDS, 16, Tail::Options),
        Some(Type::NEIGHBOUR_SOLICITATION) => (neighbour_solicitation::FIELDS, 24, Tail::Options),
        Some(Type::NEIGHBOUR_ADVERTISEMENT) => (neighbour_advertisement::FIELDS, 24, Tail::Options),
        Some(Type::REDIRECT) => (redirect::FIELDS, 40, Tail::Redirected),
        // RFC 3810 section 8.1: a query of 28 bytes or more is version 2.
        Some(Type::LISTENER_QUERY) if bytes.len() >= 28 => (listener_query_v2::FIELDS, 28, Tail::Sources),
        Some(Type::LISTENER_QUERY | Type::LISTENER_REPORT | Type::LISTENER_DONE) => {
            (listener::FIELDS, 24, Tail::Payload)
        }
        Some(Type::LISTENER_REPORT_V2) => (listener_report_v2::FIELDS, 8, Tail::Records),
        Some(Type::NODE_INFORMATION_QUERY | Type::NODE_INFORMATION_REPLY) => {
            let (tail, _) = node_data(bytes);
            (node_information::FIELDS, 16, if tail.is_empty() { Tail::Payload } else { Tail::NodeData })
        }
        Some(Type::HOME_AGENT_REQUEST | Type::MOBILE_PREFIX_SOLICITATION) => {
            (mobile::FIELDS, 8, Tail::Payload)
        }
        Some(Type::HOME_AGENT_REPLY) => (mobile::FIELDS, 8, Tail::HomeAgents),
        Some(Type::MOBILE_PREFIX_ADVERTISEMENT) => (mobile_prefix::FIELDS, 8, Tail::Options),
        Some(Type::RPL_CONTROL) if CODE.read(bytes) == Some(3) => {
            (rpl_acknowledgement::FIELDS, if has_dodag_id(bytes) { 24 } else { 8 }, Tail::Payload)
        }
        _ => (&[], Icmpv6::LEN, Tail::Payload),
    }
}

/// What comes behind the fixed part of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Whatever: no part of the header.
    Payload,
    /// The packet that an error quotes.
    Packet,
    /// The same, and an extension structure may stand behind it.
    Extended,
    /// An extension structure.
    Extension,
    /// The options of neighbour discovery, to the end of the message.
    Options,
    /// The same, and the last of them may hold a packet, which is what the message carries.
    Redirected,
    /// The sources of a version 2 query, to the end of the message.
    Sources,
    /// The records of a version 2 report, to the end of the message.
    Records,
    /// What a node is asked or says of itself, to the end of the message.
    NodeData,
    /// The addresses of home agents, to the end of the message.
    HomeAgents,
}

/// The tables of lists: those of neighbour discovery's options, and the others.
const LISTS: &[&[FieldInfo]] = {
    const OTHER: &[&[FieldInfo]] = &[
        listener_source::FIELDS,
        mld::record_group::FIELDS,
        mld::record::FIELDS,
        mld::record_source::FIELDS,
        mld::record_auxiliary::FIELDS,
        node::home_agent::FIELDS,
        node::subject_ipv6::FIELDS,
        node::subject_name::FIELDS,
        node::subject_ipv4::FIELDS,
        node::node_name::FIELDS,
        node::node_address::FIELDS,
        node::node_ipv4_address::FIELDS,
    ];
    &crate::field::declare::joined::<{ OTHER.len() + options::TABLES.len() }>(OTHER, options::TABLES)
};

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "icmpv6",
    name: "Internet Control Message Protocol v6",
    spec: "RFC 4443",
    fields: FIELDS,
    tables: &[
        reserved::FIELDS,
        extended::FIELDS,
        extended_echo_request::FIELDS,
        extended_echo_reply::FIELDS,
        node::multicast_router::FIELDS,
        packet_too_big::FIELDS,
        parameter_problem::FIELDS,
        echo::FIELDS,
        router_advertisement::FIELDS,
        neighbour_solicitation::FIELDS,
        neighbour_advertisement::FIELDS,
        redirect::FIELDS,
        listener::FIELDS,
        listener_query_v2::FIELDS,
        listener_report_v2::FIELDS,
        mobile::FIELDS,
        mobile_prefix::FIELDS,
        node_information::FIELDS,
        rpl_acknowledgement::FIELDS,
    ],
    lists: LISTS,
    length: Icmpv6::LEN,
    peel,
    needed: |bytes| body(bytes).1,
    sections,
    list: List::of(&options::OPTIONS),
    // What an error carries is quoted.
    surround: |scope| scope.quoted = true,
    tail: Kind::ICMP_EXTENSION,
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: Some(IpProtocol::ICMPV6.0),
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "icmpv6.checksum.bad",
        offload: "icmpv6.checksum.offload",
    }),
    summary: &[
        Phrase::Text("ICMPv6 "),
        Phrase::Value(&TYPE.info),
        Phrase::If(
            is_echo,
            &[
                Phrase::Text(", id "),
                Phrase::Value(&echo::IDENTIFIER.info),
                Phrase::Text(" seq "),
                Phrase::Value(&echo::SEQUENCE.info),
            ],
        ),
        Phrase::If(
            |header| says_code(header) && code_name(header).is_some(),
            &[Phrase::Text(" ("), Phrase::Value(&CODE.info), Phrase::Text(")")],
        ),
        Phrase::If(
            |header| says_code(header) && code_name(header).is_none() && CODE.read(header) != Some(0),
            &[Phrase::Text(", code "), Phrase::Value(&CODE.info)],
        ),
    ],
    ..Protocol::PLAIN
};

/// The header, options and lists included; an error goes on with the packet that it quotes, which is IPv6.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    let (_, fixed, tail) = body(bytes);
    let behind = bytes.get(fixed..)?;
    let quoted = Some(Next::Kind(Kind::IPV6));
    let (header, content, tail, next) = match tail {
        Tail::Payload => (fixed, behind, 0, None),
        Tail::Packet => (fixed, behind, 0, quoted),
        Tail::Extended => {
            let length = usize::from(extended::LENGTH.read(bytes)?).saturating_mul(8);
            let (content, tail) = data::quote(length, behind);
            (fixed, content, tail, quoted)
        }
        Tail::Extension => (fixed, behind.get(..0)?, behind.len(), None),
        Tail::Redirected => match options::redirected_packet(behind) {
            Some(start) if bytes.len() <= usize::from(u16::MAX) => {
                (fixed.checked_add(start)?, behind.get(start..)?, 0, quoted)
            }
            _ => to_the_end(bytes)?,
        },
        Tail::Options | Tail::Sources | Tail::Records | Tail::NodeData | Tail::HomeAgents => {
            to_the_end(bytes)?
        }
    };
    Some(Peel { header, content, tail, next })
}

/// The name of the code, which depends on the type.
fn code_name(header: &[u8]) -> Option<&'static str> {
    TYPE.read(header)?.code_name(CODE.read(header)?)
}

/// Whether the code says something: of an error also if it is zero.
fn says_code(header: &[u8]) -> bool {
    let error = TYPE.read(header).is_some_and(|message| message.0 < 128);
    !is_echo(header) && (error || CODE.read(header) != Some(0))
}

/// A header that is the whole message, as far as a header can be that long.
fn to_the_end(bytes: &[u8]) -> Option<(usize, &[u8], usize, Option<Next>)> {
    let header = bytes.len().min(usize::from(u16::MAX));
    Some((header, bytes.get(header..)?, 0, None))
}

fn is_echo(header: &[u8]) -> bool {
    matches!(TYPE.read(header), Some(Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY))
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let (fields, fixed, tail) = body(header);
    if cursor.at < fixed {
        return cursor.go_on(fields, fixed);
    }
    match tail {
        Tail::Payload | Tail::Packet | Tail::Extended | Tail::Extension => None,
        Tail::Options => tlv::section(&options::OPTIONS, header, header.len(), cursor),
        Tail::Redirected => {
            let list = header.get(fixed..).unwrap_or(&[]);
            tlv::section(options::of(list), header, header.len(), cursor)
        }
        Tail::Sources => list((listener_source::FIELDS, 16), header, cursor),
        Tail::Records => records(header, cursor),
        Tail::NodeData => list(node_data(header), header, cursor),
        Tail::HomeAgents => list((node::home_agent::FIELDS, 16), header, cursor),
    }
}

/// The next of a list that reaches to the end of the message; what is left of one that is cut is not parsed.
fn list(
    (fields, size): (&'static [FieldInfo], usize),
    header: &[u8],
    cursor: &mut Cursor,
) -> Option<Section> {
    match header.len().saturating_sub(cursor.at) {
        0 => None,
        left if left < size => cursor.take(data::unparsed::FIELDS, left),
        left => cursor.take(fields, if size == 0 { left } else { size }),
    }
}

const CHECKS: &[Check] = &[
    |scope| {
        let (_, fixed, tail) = body(scope.bytes);
        matches!(tail, Tail::Options | Tail::Redirected).then_some(())?;
        scope.missing.is_none().then_some(())?;
        let list = scope.bytes.get(fixed..)?;
        tlv::check(list, &Rules::NDP, fixed, &options::head::LENGTH.info, "icmpv6.opt.len.bad", scope.limit)
    },
    |scope| {
        (body(scope.bytes).2 == Tail::Extended).then_some(())?;
        let claimed = usize::from(extended::LENGTH.read(scope.bytes)?).saturating_mul(8);
        let there = scope.content().len();
        let text = "the length of the quoted packet reaches behind the message";
        let beyond = Finding::at(&extended::LENGTH.info, "icmpv6.length.beyond", Severity::Warning, text);
        let excused = scope.excused() || scope.missing.is_some();
        (claimed > there && !excused).then(|| beyond.length(claimed, there, scope.limit))
    },
    ndp::HOP_LIMIT_IS_255,
    ndp::CODE_IS_ZERO,
];

impl Icmpv6 {
    /// A message of any type, with nothing behind the checksum; what belongs to the type is appended.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(message_type: Icmpv6Type, code: u8) -> Builder<Self> {
        Builder::<Self>::empty().message_type(message_type).code(code)
    }

    /// An echo request.
    pub fn echo_request(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv6Type::ECHO_REQUEST, 0)
            .append(&identifier.to_be_bytes())
            .append(&sequence.to_be_bytes())
    }

    /// An echo reply.
    pub fn echo_reply(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv6Type::ECHO_REPLY, 0).append(&identifier.to_be_bytes()).append(&sequence.to_be_bytes())
    }

    /// Destination unreachable; the packet that it is about goes inside.
    pub fn destination_unreachable(code: u8) -> Builder<Self> {
        Self::new(Icmpv6Type::DESTINATION_UNREACHABLE, code).append(&[0; 4])
    }

    /// Packet too big; the packet that it is about goes inside.
    pub fn packet_too_big(mtu: u32) -> Builder<Self> {
        Self::new(Icmpv6Type::PACKET_TOO_BIG, 0).append(&mtu.to_be_bytes())
    }

    /// Time exceeded: code 0 in transit, 1 in reassembly; the packet that it is about goes inside.
    pub fn time_exceeded(code: u8) -> Builder<Self> {
        Self::new(Icmpv6Type::TIME_EXCEEDED, code).append(&[0; 4])
    }

    /// Parameter problem: at which byte of the packet that goes inside.
    pub fn parameter_problem(code: u8, pointer: u32) -> Builder<Self> {
        Self::new(Icmpv6Type::PARAMETER_PROBLEM, code).append(&pointer.to_be_bytes())
    }
}

impl Builder<Icmpv6> {
    /// Says how long the quoted packet of an error is, in bytes, so that an extension structure can follow it: it must be
    /// a multiple of 8 and 128 at least, and at most 2,040 (RFC 4884 section 5.1).
    #[must_use]
    pub fn quoted_length(self, length: usize) -> Self {
        self.preset(&extended::LENGTH, u8::try_from(length.div_ceil(8)).unwrap_or(u8::MAX))
    }
}

impl<'a> Icmpv6<&'a [u8]> {
    /// Identifier and sequence number of an echo message.
    pub fn echo(&self) -> Option<(u16, u16)> {
        matches!(self.message_type(), Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY).then_some(())?;
        Some((echo::IDENTIFIER.read(self.bytes)?, echo::SEQUENCE.read(self.bytes)?))
    }

    /// The MTU of the link that a packet was too big for.
    pub fn mtu(&self) -> Option<u32> {
        (self.message_type() == Icmpv6Type::PACKET_TOO_BIG).then_some(())?;
        packet_too_big::MTU.read(self.bytes)
    }

    /// Where in the quoted packet a parameter problem is.
    pub fn pointer(&self) -> Option<u32> {
        (self.message_type() == Icmpv6Type::PARAMETER_PROBLEM).then_some(())?;
        parameter_problem::POINTER.read(self.bytes)
    }

    /// What lies behind the header: the data of an echo message, the packet that an error quotes.
    pub fn payload(&self) -> &'a [u8] {
        peel(self.bytes).map_or(&[], |peel| peel.content)
    }

    /// The extension structure behind the quoted packet, or in an extended echo request; empty if there is none.
    pub fn extension(&self) -> &'a [u8] {
        let tail = peel(self.bytes).map_or(0, |peel| peel.tail);
        self.bytes.get(self.bytes.len().saturating_sub(tail)..).unwrap_or(&[])
    }
}
