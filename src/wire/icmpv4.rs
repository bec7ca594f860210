//! ICMP, [RFC 792](https://www.rfc-editor.org/rfc/rfc792).

use core::net::Ipv4Addr;

use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, Kind, Next, Peel, Phrase,
    Protocol, Section, Severity,
};
use crate::names::Icmpv4Type;
use crate::wire::data;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |     Type      |     Code      |           Checksum            |
    /// +---------------+---------------+-------------------------------+
    /// |                  depends on the type                          |
    /// ```
    pub struct Icmpv4(4 max 32 step 4) "icmp" in "RFC 792" {
        tile TYPE(message_type, set_message_type): Icmpv4Type = 0..8, "icmp.type", "Type";
        tile CODE(code, set_code): u8 = 8..16, "icmp.code", "Code";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 16..32, "icmp.checksum", "Checksum";
    }
}

crate::fields! {
    /// Echo, timestamp, information and address mask messages: who asked, and which time.
    pub mod echo in "RFC 792 page 14" {
        tile IDENTIFIER: u16 = 32..48, "icmp.ident", "Identifier";
        tile SEQUENCE: u16 = 48..64, "icmp.seq", "Sequence number";
    }
}
crate::fields! {
    /// Errors that use the word behind the checksum for nothing.
    pub mod unused in "RFC 792" {
        tile UNUSED: [u8; 0] = 32..64, "icmp.unused", "Unused";
    }
}
crate::fields! {
    /// Errors that say how much of them is the quoted packet: an extension structure stands behind it.
    pub mod extended in "RFC 4884 section 4" {
        tile UNUSED: [u8; 0] = 32..40, "icmp.unused", "Unused";
        tile LENGTH: u8 = 40..48, "icmp.length", "Quoted length in 4 bytes";
        tile UNUSED_2: [u8; 0] = 48..64, "icmp.unused", "Unused";
    }
}
crate::fields! {
    /// Router solicitation.
    pub mod router_solicitation in "RFC 1256 section 3" {
        tile RESERVED: [u8; 0] = 32..64, "icmp.reserved", "Reserved";
    }
}
crate::fields! {
    /// Router advertisement.
    pub mod router_advertisement in "RFC 1256 section 3" {
        tile COUNT: u8 = 32..40, "icmp.num_addrs", "Number of addresses";
        tile ENTRY_SIZE: u8 = 40..48, "icmp.addr_entry_size", "Size of an entry in words";
        tile LIFETIME: u16 = 48..64, "icmp.lifetime", "Lifetime in seconds";
    }
}
crate::fields! {
    /// An address of a router advertisement.
    pub mod router_address in "RFC 1256 section 3" {
        tile ADDRESS: Ipv4Addr = 0..32, "icmp.router_address", "Router address";
        tile PREFERENCE: u32 = 32..64, "icmp.pref_level", "Preference level";
    }
}
crate::fields! {
    /// Destination unreachable because fragmentation is needed.
    pub mod fragmentation_needed in "RFC 1191 section 4" {
        tile UNUSED: [u8; 0] = 32..48, "icmp.unused", "Unused";
        tile MTU: u16 = 48..64, "icmp.mtu", "MTU of the next hop";
    }
}
crate::fields! {
    /// The same with the length of the quoted packet.
    pub mod extended_fragmentation_needed in "RFC 4884 section 4.1" {
        tile UNUSED: [u8; 0] = 32..40, "icmp.unused", "Unused";
        tile LENGTH: u8 = 40..48, "icmp.length", "Quoted length in 4 bytes";
        tile MTU: u16 = 48..64, "icmp.mtu", "MTU of the next hop";
    }
}
crate::fields! {
    /// Redirect.
    pub mod redirect in "RFC 792 page 12" {
        tile GATEWAY: Ipv4Addr = 32..64, "icmp.redir_gw", "Gateway address";
    }
}
crate::fields! {
    /// Parameter problem.
    pub mod parameter_problem in "RFC 792 page 8" {
        tile POINTER: u8 = 32..40, "icmp.pointer", "Pointer";
        tile UNUSED: [u8; 0] = 40..64, "icmp.unused", "Unused";
    }
}
crate::fields! {
    /// The same with the length of the quoted packet.
    pub mod extended_parameter_problem in "RFC 4884 section 4.3" {
        tile POINTER: u8 = 32..40, "icmp.pointer", "Pointer";
        tile LENGTH: u8 = 40..48, "icmp.length", "Quoted length in 4 bytes";
        tile UNUSED: [u8; 0] = 48..64, "icmp.unused", "Unused";
    }
}
crate::fields! {
    /// Timestamp and timestamp reply.
    pub mod timestamp in "RFC 792 page 16" {
        tile IDENTIFIER: u16 = 32..48, "icmp.ident", "Identifier";
        tile SEQUENCE: u16 = 48..64, "icmp.seq", "Sequence number";
        tile ORIGINATE: u32 = 64..96, "icmp.originate_timestamp", "Originate timestamp";
        tile RECEIVE: u32 = 96..128, "icmp.receive_timestamp", "Receive timestamp";
        tile TRANSMIT: u32 = 128..160, "icmp.transmit_timestamp", "Transmit timestamp";
    }
}
crate::fields! {
    /// Address mask request and reply.
    pub mod address_mask in "RFC 950 appendix I" {
        tile IDENTIFIER: u16 = 32..48, "icmp.ident", "Identifier";
        tile SEQUENCE: u16 = 48..64, "icmp.seq", "Sequence number";
        tile MASK: Ipv4Addr = 64..96, "icmp.address_mask", "Address mask";
    }
}
crate::fields! {
    /// Extended echo request.
    pub mod extended_echo_request in "RFC 8335 section 2" {
        tile IDENTIFIER: u16 = 32..48, "icmp.ident", "Identifier";
        tile SEQUENCE: u8 = 48..56, "icmp.ext.echo.seq", "Sequence number";
        tile RESERVED: u8 as Hex = 56..63, "icmp.ext.echo.req.res", "Reserved";
        tile LOCAL: bool = 63..64, "icmp.ext.echo.req.local", "Local";
    }
}
crate::fields! {
    /// Extended echo reply.
    pub mod extended_echo_reply in "RFC 8335 section 3" {
        tile IDENTIFIER: u16 = 32..48, "icmp.ident", "Identifier";
        tile SEQUENCE: u8 = 48..56, "icmp.ext.echo.seq", "Sequence number";
        tile STATE: u8 = 56..59, "icmp.ext.echo.rsp.state", "State";
        tile RESERVED: u8 as Hex = 59..61, "icmp.ext.echo.rsp.res", "Reserved";
        tile ACTIVE: bool = 61..62, "icmp.ext.echo.rsp.active", "Active";
        tile IPV4: bool = 62..63, "icmp.ext.echo.rsp.ipv4", "IPv4";
        tile IPV6: bool = 63..64, "icmp.ext.echo.rsp.ipv6", "IPv6";
    }
}

/// What follows the fixed part for a type and code, and how long the header is with it.
fn body(header: &[u8]) -> (&'static [FieldInfo], usize) {
    use Icmpv4Type as Type;
    let extended = extended::LENGTH.read(header).is_some_and(|length| length > 0);
    let either = |plain, other| if extended { other } else { plain };
    match (TYPE.read(header), CODE.read(header)) {
        (
            Some(Type::ECHO_REQUEST | Type::ECHO_REPLY | Type::INFORMATION_REQUEST | Type::INFORMATION_REPLY),
            _,
        ) => (echo::FIELDS, 8),
        (Some(Type::ROUTER_ADVERTISEMENT), _) => (router_advertisement::FIELDS, 8),
        (Some(Type::ROUTER_SOLICITATION), _) => (router_solicitation::FIELDS, 8),
        (Some(Type::DESTINATION_UNREACHABLE), Some(4)) => {
            (either(fragmentation_needed::FIELDS, extended_fragmentation_needed::FIELDS), 8)
        }
        (Some(Type::DESTINATION_UNREACHABLE | Type::TIME_EXCEEDED), _) => {
            (either(unused::FIELDS, extended::FIELDS), 8)
        }
        (Some(Type::SOURCE_QUENCH), _) => (unused::FIELDS, 8),
        (Some(Type::REDIRECT), _) => (redirect::FIELDS, 8),
        (Some(Type::PARAMETER_PROBLEM), _) => {
            (either(parameter_problem::FIELDS, extended_parameter_problem::FIELDS), 8)
        }
        (Some(Type::TIMESTAMP_REQUEST | Type::TIMESTAMP_REPLY), _) => (timestamp::FIELDS, 20),
        (Some(Type::ADDRESS_MASK_REQUEST | Type::ADDRESS_MASK_REPLY), _) => (address_mask::FIELDS, 12),
        (Some(Type::EXTENDED_ECHO_REQUEST), _) => (extended_echo_request::FIELDS, 8),
        (Some(Type::EXTENDED_ECHO_REPLY), _) => (extended_echo_reply::FIELDS, 8),
        _ => (&[], Icmpv4::LEN),
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "icmp",
    name: "Internet Control Message Protocol",
    spec: "RFC 792",
    fields: FIELDS,
    tables: &[
        echo::FIELDS,
        unused::FIELDS,
        extended::FIELDS,
        router_advertisement::FIELDS,
        router_solicitation::FIELDS,
        fragmentation_needed::FIELDS,
        extended_fragmentation_needed::FIELDS,
        redirect::FIELDS,
        parameter_problem::FIELDS,
        extended_parameter_problem::FIELDS,
        timestamp::FIELDS,
        address_mask::FIELDS,
        extended_echo_request::FIELDS,
        extended_echo_reply::FIELDS,
    ],
    lists: &[router_address::FIELDS],
    length: Icmpv4::LEN,
    peel,
    needed,
    sections,
    // What an error carries is quoted.
    surround: |scope| scope.quoted = true,
    tail: Kind::ICMP_EXTENSION,
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Layer,
        pseudo: None,
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "icmp.checksum.bad",
        offload: "icmp.checksum.offload",
    }),
    summary: &[
        Phrase::Text("ICMP "),
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
            |header| !is_echo(header) && CODE.read(header) != Some(0),
            &[Phrase::Text(", code "), Phrase::Value(&CODE.info)],
        ),
    ],
    ..Protocol::PLAIN
};

/// The header; an error goes on with the packet that it quotes, which is IPv4. What stands behind that, or in an
/// extended echo request behind the header, is an extension structure.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    let header = needed(bytes);
    let content = bytes.get(header..)?;
    match TYPE.read(bytes)? {
        // The list of addresses belongs to the header.
        Icmpv4Type::ROUTER_ADVERTISEMENT => {
            let header = bytes.len().min(usize::from(u16::MAX));
            Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: None })
        }
        Icmpv4Type::EXTENDED_ECHO_REQUEST => {
            Some(Peel { header, content: content.get(..0)?, tail: content.len(), next: None })
        }
        Icmpv4Type::SOURCE_QUENCH | Icmpv4Type::REDIRECT => {
            Some(Peel { header, content, tail: 0, next: Some(Next::Kind(Kind::IPV4)) })
        }
        Icmpv4Type::DESTINATION_UNREACHABLE | Icmpv4Type::TIME_EXCEEDED | Icmpv4Type::PARAMETER_PROBLEM => {
            let (content, tail) =
                data::quote(usize::from(extended::LENGTH.read(bytes)?).saturating_mul(4), content);
            Some(Peel { header, content, tail, next: Some(Next::Kind(Kind::IPV4)) })
        }
        _ => Some(Peel { header, content, tail: 0, next: None }),
    }
}

const CHECKS: &[Check] = &[|scope| {
    let length = match body(scope.bytes).0.get(1) {
        Some(field) if field.name == extended::LENGTH.info.name => extended::LENGTH.read(scope.bytes)?,
        _ => return None,
    };
    let (claimed, there) = (usize::from(length).saturating_mul(4), scope.content().len());
    let text = "the length of the quoted packet reaches behind the message";
    let beyond = Finding::at(&extended::LENGTH.info, "icmp.length.beyond", Severity::Warning, text);
    let excused = scope.excused() || scope.missing.is_some();
    (claimed > there && !excused).then(|| beyond.length(claimed, there, scope.limit))
}];

fn needed(bytes: &[u8]) -> usize {
    body(bytes).1
}

fn is_echo(header: &[u8]) -> bool {
    matches!(TYPE.read(header), Some(Icmpv4Type::ECHO_REQUEST | Icmpv4Type::ECHO_REPLY))
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let (fields, length) = body(header);
    match TYPE.read(header) {
        _ if cursor.at < length => cursor.go_on(fields, length),
        Some(Icmpv4Type::ROUTER_ADVERTISEMENT) => match header.len().saturating_sub(cursor.at) {
            0 => None,
            left @ 1..8 => cursor.take(data::unparsed::FIELDS, left),
            _ => cursor.take(router_address::FIELDS, 8),
        },
        _ => None,
    }
}

impl Icmpv4 {
    /// A message of any type, with nothing behind the checksum; what belongs to the type is appended.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(message_type: Icmpv4Type, code: u8) -> Builder<Self> {
        Builder::<Self>::empty().message_type(message_type).code(code)
    }

    /// An echo request.
    pub fn echo_request(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv4Type::ECHO_REQUEST, 0)
            .append(&identifier.to_be_bytes())
            .append(&sequence.to_be_bytes())
    }

    /// An echo reply.
    pub fn echo_reply(identifier: u16, sequence: u16) -> Builder<Self> {
        Self::new(Icmpv4Type::ECHO_REPLY, 0).append(&identifier.to_be_bytes()).append(&sequence.to_be_bytes())
    }

    /// Destination unreachable; the packet that it is about goes inside.
    pub fn destination_unreachable(code: u8) -> Builder<Self> {
        Self::new(Icmpv4Type::DESTINATION_UNREACHABLE, code).append(&[0; 4])
    }

    /// Destination unreachable because fragmentation is needed (RFC 1191).
    pub fn fragmentation_needed(mtu: u16) -> Builder<Self> {
        Self::new(Icmpv4Type::DESTINATION_UNREACHABLE, 4).append(&[0; 2]).append(&mtu.to_be_bytes())
    }

    /// Time exceeded: code 0 in transit, 1 in reassembly; the packet that it is about goes inside.
    pub fn time_exceeded(code: u8) -> Builder<Self> {
        Self::new(Icmpv4Type::TIME_EXCEEDED, code).append(&[0; 4])
    }

    /// Redirect to another gateway: code 0 for a network, 1 for a host; the packet that it is about goes inside.
    pub fn redirect(code: u8, gateway: Ipv4Addr) -> Builder<Self> {
        Self::new(Icmpv4Type::REDIRECT, code).append(&gateway.octets())
    }

    /// Parameter problem: at which byte of the packet that goes inside.
    pub fn parameter_problem(pointer: u8) -> Builder<Self> {
        Self::new(Icmpv4Type::PARAMETER_PROBLEM, 0).append(&[pointer, 0, 0, 0])
    }

    /// Timestamp request; times are in milliseconds since midnight UTC.
    pub fn timestamp_request(identifier: u16, sequence: u16, originate: u32) -> Builder<Self> {
        Self::timestamp(Icmpv4Type::TIMESTAMP_REQUEST, identifier, sequence, [originate, 0, 0])
    }

    /// Timestamp reply: when the request was sent, when it came, and when this was sent.
    pub fn timestamp_reply(identifier: u16, sequence: u16, times: [u32; 3]) -> Builder<Self> {
        Self::timestamp(Icmpv4Type::TIMESTAMP_REPLY, identifier, sequence, times)
    }

    fn timestamp(kind: Icmpv4Type, identifier: u16, sequence: u16, times: [u32; 3]) -> Builder<Self> {
        let head = Self::new(kind, 0).append(&identifier.to_be_bytes()).append(&sequence.to_be_bytes());
        times.iter().fold(head, |message, time| message.append(&time.to_be_bytes()))
    }

    /// Router solicitation.
    pub fn router_solicitation() -> Builder<Self> {
        Self::new(Icmpv4Type::ROUTER_SOLICITATION, 0).append(&[0; 4])
    }

    /// Router advertisement for so many seconds; each address is appended with
    /// [`router_address`](Builder::<Icmpv4>::router_address).
    pub fn router_advertisement(lifetime: u16) -> Builder<Self> {
        Self::new(Icmpv4Type::ROUTER_ADVERTISEMENT, 0).append(&[0, 2]).append(&lifetime.to_be_bytes())
    }
}

impl Builder<Icmpv4> {
    /// Says how long the quoted packet of an error is, in bytes, so that an extension structure can follow it: it must be
    /// a multiple of 4 and 128 at least, and at most 1,020 (RFC 4884 section 5.1).
    #[must_use]
    pub fn quoted_length(self, length: usize) -> Self {
        self.preset(&extended::LENGTH, u8::try_from(length.div_ceil(4)).unwrap_or(u8::MAX))
    }

    /// Adds an address to a router advertisement and counts it; there is room for three.
    #[must_use]
    pub fn router_address(self, address: Ipv4Addr, preference: i32) -> Self {
        let behind = self.append(&address.octets()).append(&preference.to_be_bytes());
        let count = behind.size().saturating_sub(8) >> 3;
        behind.preset(&router_advertisement::COUNT, u8::try_from(count).unwrap_or(u8::MAX))
    }
}

impl<'a> Icmpv4<&'a [u8]> {
    /// Identifier and sequence number of an echo message.
    pub fn echo(&self) -> Option<(u16, u16)> {
        matches!(self.message_type(), Icmpv4Type::ECHO_REQUEST | Icmpv4Type::ECHO_REPLY).then_some(())?;
        Some((echo::IDENTIFIER.read(self.bytes)?, echo::SEQUENCE.read(self.bytes)?))
    }

    /// The MTU of the next hop, if this says that fragmentation is needed.
    pub fn mtu(&self) -> Option<u16> {
        let (kind, code) = (self.message_type(), self.code());
        (kind == Icmpv4Type::DESTINATION_UNREACHABLE && code == 4).then_some(())?;
        fragmentation_needed::MTU.read(self.bytes)
    }

    /// Where a redirect sends.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        (self.message_type() == Icmpv4Type::REDIRECT).then_some(())?;
        redirect::GATEWAY.read(self.bytes)
    }

    /// Where in the quoted packet a parameter problem is.
    pub fn pointer(&self) -> Option<u8> {
        (self.message_type() == Icmpv4Type::PARAMETER_PROBLEM).then_some(())?;
        parameter_problem::POINTER.read(self.bytes)
    }

    /// Identifier, sequence number, and the three times of a timestamp message: originate, receive, transmit.
    pub fn timestamps(&self) -> Option<(u16, u16, [u32; 3])> {
        let is_timestamp =
            matches!(self.message_type(), Icmpv4Type::TIMESTAMP_REQUEST | Icmpv4Type::TIMESTAMP_REPLY);
        is_timestamp.then_some(())?;
        let times = [
            timestamp::ORIGINATE.read(self.bytes)?,
            timestamp::RECEIVE.read(self.bytes)?,
            timestamp::TRANSMIT.read(self.bytes)?,
        ];
        Some((timestamp::IDENTIFIER.read(self.bytes)?, timestamp::SEQUENCE.read(self.bytes)?, times))
    }

    /// The mask of an address mask message.
    pub fn address_mask(&self) -> Option<Ipv4Addr> {
        let is_mask =
            matches!(self.message_type(), Icmpv4Type::ADDRESS_MASK_REQUEST | Icmpv4Type::ADDRESS_MASK_REPLY);
        is_mask.then_some(())?;
        address_mask::MASK.read(self.bytes)
    }

    /// The lifetime of a router advertisement in seconds.
    pub fn router_lifetime(&self) -> Option<u16> {
        (self.message_type() == Icmpv4Type::ROUTER_ADVERTISEMENT).then_some(())?;
        router_advertisement::LIFETIME.read(self.bytes)
    }

    /// The addresses of a router advertisement with their preference, higher is better; as many as it says it has, and
    /// are there.
    pub fn router_addresses(&self) -> impl Iterator<Item = (Ipv4Addr, i32)> + use<'a> {
        let is_advertisement = self.message_type() == Icmpv4Type::ROUTER_ADVERTISEMENT;
        let list = if is_advertisement { self.bytes.get(8..) } else { None }.unwrap_or(&[]);
        let size =
            usize::from(router_advertisement::ENTRY_SIZE.read(self.bytes).unwrap_or(0)).saturating_mul(4);
        let count = usize::from(router_advertisement::COUNT.read(self.bytes).unwrap_or(0));
        list.chunks_exact(size.max(8)).take(count).filter_map(|entry| {
            let preference = router_address::PREFERENCE.read(entry)?;
            Some((router_address::ADDRESS.read(entry)?, preference.cast_signed()))
        })
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
