//! ICMP, [RFC 792](https://www.rfc-editor.org/rfc/rfc792).

use core::net::Ipv4Addr;

use crate::field::{
    Algorithm, Builder, Checksum, Cover, Cursor, FieldInfo, Kind, Next, Peel, Phrase, Protocol, Section,
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

/// The tables of the extension structure of RFC 4884, which an extended echo request carries.
pub mod extension {
    use super::*;

    crate::fields! {
        /// The group around the whole structure.
        pub mod group in "RFC 4884 section 7" {
            group EXTENSION: [u8; 0] = 0..0, "icmp.ext", "Extension structure";
        }
    }
    crate::fields! {
        /// What it begins with.
        pub mod head in "RFC 4884 section 7" {
            tile VERSION: u8 = 0..4, "icmp.ext.version", "Version";
            tile RESERVED: u16 as Hex = 4..16, "icmp.ext.res", "Reserved";
            tile CHECKSUM: u16 as Hex = 16..32, "icmp.ext.checksum", "Checksum";
        }
    }
    crate::fields! {
        /// What an object begins with.
        pub mod object in "RFC 4884 section 7.1" {
            tile LENGTH: u16 = 0..16, "icmp.ext.length", "Length";
            tile CLASS: u8 = 16..24, "icmp.ext.class", "Class";
            tile TYPE: u8 = 24..32 if is_of_another_class, "icmp.ext.ctype", "Class type";
            group INTERFACE_TYPE: u8 = 24..32 if is_interface, "icmp.ext.ctype", "Class type";
            tile ROLE: u8 = 24..26 if is_interface, "icmp.int_info.role", "Interface role", "RFC 5837 section 4.1";
            tile RESERVED: u8 = 26..28 if is_interface, "icmp.int_info.reserved", "Reserved", "RFC 5837 section 4.1";
            tile HAS_INDEX: bool = 28..29 if is_interface, "icmp.int_info.ifindex", "Index present", "RFC 5837 section 4.1";
            tile HAS_ADDRESS: bool = 29..30 if is_interface, "icmp.int_info.ipaddr", "Address present", "RFC 5837 section 4.1";
            tile HAS_NAME: bool = 30..31 if is_interface, "icmp.int_info.name_present", "Name present", "RFC 5837 section 4.1";
            tile HAS_MTU: bool = 31..32 if is_interface, "icmp.int_info.mtu_present", "MTU present", "RFC 5837 section 4.1";
        }
    }
    crate::fields! {
        /// The index of an interface.
        pub mod interface_index in "RFC 5837 section 4.1" {
            tile INDEX: u32 = 0..32, "icmp.int_info.index", "Interface index";
        }
    }
    crate::fields! {
        /// What an object carries that has no table.
        pub mod content in "RFC 4884 section 7.1" {
            tile DATA: [u8; 0] = 0..0, "icmp.ext.data", "Data";
        }
    }

    fn is_interface(object: &[u8]) -> bool {
        object::CLASS.read(object) == Some(2)
    }

    fn is_of_another_class(object: &[u8]) -> bool {
        !is_interface(object)
    }

    const GROUP: u8 = 0;
    const HEAD: u8 = 1;
    const OBJECT: u8 = 2;
    const INDEX: u8 = 3;
    const DATA: u8 = 4;

    /// The next section of a structure that reaches to the end of `header`. An object is at least as long as what it
    /// begins with, so it always ends.
    pub(super) fn section(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
        loop {
            let left = header.len().saturating_sub(cursor.at);
            let inside = cursor.until.saturating_sub(cursor.at);
            let object = header.get(cursor.item..).unwrap_or(&[]);
            match cursor.phase {
                GROUP => {
                    cursor.phase = HEAD;
                    return if left == 0 { None } else { cursor.hold(group::FIELDS, left) };
                }
                HEAD => {
                    cursor.phase = OBJECT;
                    return cursor.take(head::FIELDS, left.min(4));
                }
                OBJECT if left == 0 => return None,
                OBJECT if left < 4 => return cursor.take(data::unparsed::FIELDS, left),
                OBJECT => {
                    cursor.phase = INDEX;
                    cursor.item = cursor.at;
                    let length = object::LENGTH.read(header.get(cursor.at..)?).map_or(4, usize::from).max(4);
                    cursor.until = cursor.at.saturating_add(length).min(header.len());
                    return cursor.take(object::FIELDS, 4);
                }
                INDEX => {
                    cursor.phase = DATA;
                    let has_index = is_interface(object) && object::HAS_INDEX.read(object) == Some(true);
                    if has_index && inside >= 4 {
                        return cursor.take(interface_index::FIELDS, 4);
                    }
                }
                _ => {
                    cursor.phase = OBJECT;
                    if inside > 0 {
                        return cursor.take(content::FIELDS, inside);
                    }
                }
            }
        }
    }
}

/// What follows the fixed part for a type and code, and how long the header is with it.
fn body(header: &[u8]) -> (&'static [FieldInfo], usize) {
    use Icmpv4Type as Type;
    match (TYPE.read(header), CODE.read(header)) {
        (
            Some(Type::ECHO_REQUEST | Type::ECHO_REPLY | Type::INFORMATION_REQUEST | Type::INFORMATION_REPLY),
            _,
        ) => (echo::FIELDS, 8),
        (Some(Type::ROUTER_ADVERTISEMENT), _) => (router_advertisement::FIELDS, 8),
        (Some(Type::DESTINATION_UNREACHABLE), Some(4)) => (fragmentation_needed::FIELDS, 8),
        (Some(Type::DESTINATION_UNREACHABLE | Type::TIME_EXCEEDED), _)
            if extended::LENGTH.read(header).is_some_and(|length| length > 0) =>
        {
            (extended::FIELDS, 8)
        }
        (Some(Type::DESTINATION_UNREACHABLE | Type::TIME_EXCEEDED | Type::SOURCE_QUENCH), _) => {
            (unused::FIELDS, 8)
        }
        (Some(Type::REDIRECT), _) => (redirect::FIELDS, 8),
        (Some(Type::PARAMETER_PROBLEM), _) => (parameter_problem::FIELDS, 8),
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
        fragmentation_needed::FIELDS,
        redirect::FIELDS,
        parameter_problem::FIELDS,
        timestamp::FIELDS,
        address_mask::FIELDS,
        extended_echo_request::FIELDS,
        extended_echo_reply::FIELDS,
    ],
    lists: &[
        router_address::FIELDS,
        extension::group::FIELDS,
        extension::head::FIELDS,
        extension::object::FIELDS,
        extension::interface_index::FIELDS,
        extension::content::FIELDS,
    ],
    length: Icmpv4::LEN,
    peel,
    needed,
    sections,
    // What an error carries is quoted.
    surround: |scope| scope.quoted = true,
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

/// The header; an error goes on with the packet that it quotes, which is IPv4.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    let fixed = needed(bytes);
    let behind = bytes.get(fixed..)?;
    let (mut header, mut content) = (fixed, behind);
    let next = match TYPE.read(bytes)? {
        // The list of addresses, or the extension structure, belongs to the header.
        Icmpv4Type::ROUTER_ADVERTISEMENT | Icmpv4Type::EXTENDED_ECHO_REQUEST => {
            header = bytes.len().min(usize::from(u16::MAX));
            content = bytes.get(header..)?;
            None
        }
        Icmpv4Type::DESTINATION_UNREACHABLE
        | Icmpv4Type::SOURCE_QUENCH
        | Icmpv4Type::REDIRECT
        | Icmpv4Type::TIME_EXCEEDED
        | Icmpv4Type::PARAMETER_PROBLEM => Some(Next::Kind(Kind::IPV4)),
        _ => None,
    };
    Some(Peel { header, content, tail: 0, next })
}

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
        Some(Icmpv4Type::EXTENDED_ECHO_REQUEST) => extension::section(header, cursor),
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

    /// Time exceeded: code 0 in transit, 1 in reassembly.
    pub fn time_exceeded(code: u8) -> Builder<Self> {
        Self::new(Icmpv4Type::TIME_EXCEEDED, code).append(&[0; 4])
    }
}

impl<'a> Icmpv4<&'a [u8]> {
    /// Identifier and sequence number of an echo message.
    pub fn echo(&self) -> Option<(u16, u16)> {
        matches!(self.message_type(), Icmpv4Type::ECHO_REQUEST | Icmpv4Type::ECHO_REPLY).then_some(())?;
        Some((echo::IDENTIFIER.read(self.bytes)?, echo::SEQUENCE.read(self.bytes)?))
    }

    /// What lies behind the header: the data of an echo message, the packet that an error quotes.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(needed(self.bytes)..).unwrap_or(&[])
    }
}
