//! DHCPv6, [RFC 8415](https://www.rfc-editor.org/rfc/rfc8415).
//!
//! A message of a client or server is a type, a transaction and options, all of which are the header here: it carries nothing.
//! A relay agent puts a message inside one of its own; so here the header of a relay message reaches up to the message that it
//! relays, which is the layer inside, and what options stand behind that are a layer of their own at the end.
//!
//! ```
//! use layercake::field::Mac;
//! use layercake::names::{Dhcpv6MessageType, Dhcpv6Option};
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::dhcpv6::{Dhcpv6, Duid};
//! use layercake::wire::{ipv6::Ipv6, udp::Udp};
//!
//! let solicit = Dhcpv6::new(Dhcpv6MessageType::SOLICIT, 0x1a2b3c)
//!     .client_id(Mac([2, 0, 0, 0, 0, 1]))
//!     .ia_na(1, 0, 0, &[])
//!     .option_request(&[Dhcpv6Option::DNS_SERVERS, Dhcpv6Option::DOMAIN_LIST])
//!     .elapsed_time(0);
//! let ip = Ipv6::new("fe80::1".parse()?, "ff02::1:2".parse()?);
//! let mut buffer = [0; 200];
//! let packet = Decoder::new().packet(Frame::raw(&*(ip / Udp::new(546, 547) / solicit).write(&mut buffer)?));
//!
//! assert_eq!(packet.findings().count(), 0);
//! let dhcp = packet.get::<Dhcpv6>().unwrap();
//! assert_eq!((dhcp.message_type(), dhcp.transaction_id()), (Dhcpv6MessageType::SOLICIT, 0x1a2b3c));
//! assert_eq!(dhcp.client_id().and_then(|duid| duid.mac()), Some(Mac([2, 0, 0, 0, 0, 1])));
//! assert!(dhcp.requested().eq([Dhcpv6Option::DNS_SERVERS, Dhcpv6Option::DOMAIN_LIST]));
//!
//! // A relay agent hands it on: the same message, one layer further in.
//! let relay = Dhcpv6::relay_forward(0, "2001:db8::1".parse()?, "fe80::1".parse()?)
//!     .option(Dhcpv6Option::INTERFACE_ID, b"eth1");
//! let mut buffer = [0; 300];
//! let packet = Decoder::new().packet(Frame::raw(&*(ip / Udp::new(547, 547) / relay / solicit).write(&mut buffer)?));
//! assert_eq!(packet.findings().count(), 0);
//! assert_eq!(packet.nth::<Dhcpv6>(1).unwrap().transaction_id(), 0x1a2b3c);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod options;
pub mod relay_options;
pub mod typed;

pub use typed::{Address, DhcpOption, Duid, Prefix};

use core::fmt::{self, Write};
use core::net::Ipv6Addr;

use crate::field::tlv::{self, Item};
use crate::field::value::Shown;
use crate::field::{
    Builder, Check, Claim, Claimed, Cursor, FieldInfo, Finding, Format, Kind, List, Name, Next, Peel, Phrase,
    Protocol, Reason, Scope, Section, Severity,
};
use crate::names::{Dhcpv6MessageType, Dhcpv6Option, Dhcpv6StatusCode};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+-----------------------------------------------+
    /// | Message type  |                Transaction ID                 |
    /// +---------------+-----------------------------------------------+
    /// |                           Options ...
    ///
    /// +---------------+---------------+-------------------------------+
    /// | Message type  |   Hop count   |                               |
    /// +---------------+---------------+ Link address, 16 bytes        |
    /// |                               +-------------------------------+
    /// |                               | Peer address, 16 bytes        |
    /// |                               +-------------------------------+
    /// |                               | Options, one of which is the relayed message
    /// ```
    ///
    /// The second form is that of relay agents. A builder has room for 1,024 bytes with the options.
    pub struct Dhcpv6(4 max 1024 step 1) "dhcpv6" in "RFC 8415 section 8" {
        tile TYPE(message_type, set_message_type): Dhcpv6MessageType = 0..8, "dhcpv6.msgtype", "Message type";
        tile TRANSACTION(transaction_id, set_transaction_id): u32 as Hex = 8..32 if has_transaction, "dhcpv6.xid", "Transaction ID";
        group FLAGS: u32 as Hex = 8..32 if is_dhcpv4, "dhcpv6.flags", "Flags", "RFC 7341 section 6.2";
        tile UNICAST: bool = 8..9 if is_dhcpv4, "dhcpv6.flags.unicast", "Unicast", "RFC 7341 section 6.2";
        tile RESERVED: u32 as Hex = 9..32 if is_dhcpv4, "dhcpv6.flags.reserved", "Reserved", "RFC 7341 section 6.2";
    }
}

crate::fields! {
    /// What the header of a relay message goes on with.
    pub mod relay in "RFC 8415 section 9" {
        tile HOP_COUNT: u8 = 8..16, "dhcpv6.hopcount", "Hop count";
        tile LINK_ADDRESS: Ipv6Addr = 16..144, "dhcpv6.linkaddr", "Link address";
        tile PEER_ADDRESS: Ipv6Addr = 144..272, "dhcpv6.peeraddr", "Peer address";
    }
}

/// The bytes in front of the options of a relay message.
const RELAY: usize = 34;
/// The bytes in front of the data of an option.
const HEAD: usize = 4;
const RELAY_MESSAGE: u16 = Dhcpv6Option::RELAY_MSG.0;

/// Whether a relay agent speaks.
fn is_relay(header: &[u8]) -> bool {
    matches!(TYPE.read(header), Some(Dhcpv6MessageType::RELAY_FORW | Dhcpv6MessageType::RELAY_REPL))
}

/// Whether it carries DHCP for IPv4 (RFC 7341): it has flags in the place of a transaction.
fn is_dhcpv4(header: &[u8]) -> bool {
    matches!(TYPE.read(header), Some(Dhcpv6MessageType::DHCPV4_QUERY | Dhcpv6MessageType::DHCPV4_RESPONSE))
}

fn has_transaction(header: &[u8]) -> bool {
    !is_relay(header) && !is_dhcpv4(header)
}

/// Where the options begin.
fn front(header: &[u8]) -> usize {
    if is_relay(header) { RELAY } else { Dhcpv6::LEN }
}

/// Where in a relay message the message that it relays begins, and how long that is said to be.
fn relayed(message: &[u8]) -> Option<(usize, usize)> {
    is_relay(message).then_some(())?;
    let list = message.get(RELAY..)?;
    let item = tlv::walk(list, &options::RULES).find(|item| item.kind == RELAY_MESSAGE || item.broken)?;
    let length = options::head::LENGTH.read(item.bytes).filter(|_| item.kind == RELAY_MESSAGE)?;
    Some((RELAY.saturating_add(item.start).saturating_add(HEAD), usize::from(length)))
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "dhcpv6",
    name: "Dynamic Host Configuration Protocol for IPv6",
    spec: "RFC 8415",
    fields: FIELDS,
    tables: &[relay::FIELDS],
    lists: options::TABLES,
    length: Dhcpv6::LEN,
    peel,
    needed: |bytes| front(bytes),
    sections,
    list: List::nested(&options::OPTIONS),
    claim: Some(Claim {
        field: &options::head::LENGTH.info,
        // A length that does not fit is no claim: the check of the list says where it stands.
        bytes: |bytes| match relayed(bytes) {
            Some((start, length)) if start.saturating_add(length) <= bytes.len() => {
                Claimed::Bytes(start.saturating_add(length))
            }
            _ => Claimed::Nothing,
        },
        beyond: "dhcpv6.option_length.bad",
    }),
    surround: |scope| {
        let beyond = relayed(scope.bytes)
            .is_some_and(|(start, length)| start.saturating_add(length) > scope.bytes.len());
        if beyond && scope.missing.is_none() {
            scope.missing = Some(Reason::Length);
        }
    },
    checks: CHECKS,
    fill: |bytes, completion| {
        let header = bytes.get(..completion.header).unwrap_or(&[]);
        if let Some((start, _)) = relayed(header).filter(|(start, _)| *start == completion.header) {
            let length = bytes.len().saturating_sub(start);
            let head = bytes.get_mut(start.saturating_sub(HEAD)..).unwrap_or_default();
            completion.length(head, &options::head::LENGTH, length)?;
        }
        Ok(())
    },
    tail: Kind::DHCPV6_RELAY_OPTIONS,
    summary: &[
        Phrase::Text("DHCPv6 "),
        Phrase::Words(words),
        Phrase::If(is_relay, &[Phrase::Text(", "), Phrase::Inside]),
    ],
    ..Protocol::PLAIN
};

/// All of it; of a relay message what stands in front of the message that it relays, which comes next, and its tail.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.get(..front(bytes).max(Dhcpv6::LEN))?;
    if let Some((start, length)) = relayed(bytes).filter(|(start, _)| *start <= LONGEST) {
        let rest = bytes.get(start..)?;
        let content = rest.get(..length).unwrap_or(rest);
        let next = (!content.is_empty()).then_some(Next::Kind(Kind::DHCPV6));
        return Some(Peel { header: start, content, tail: rest.len().saturating_sub(content.len()), next });
    }
    let header = bytes.len().min(LONGEST);
    Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: None })
}

/// No header is longer.
const LONGEST: usize = u16::MAX as usize;

// Where a walk stands, in the cursor's `part`.
const FRONT: u8 = 0;
const LIST: u8 = 1;
const MESSAGE_HEAD: u8 = 2;

/// The next section. Of the cursor, `end` is where the list ends: in front of the head of the relayed message.
fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    if cursor.part == FRONT {
        cursor.part = LIST;
        let open = relayed(header).is_some_and(|(start, _)| start == header.len());
        cursor.end = if open { header.len().saturating_sub(HEAD) } else { header.len() };
        if is_relay(header) {
            return cursor.go_on(relay::FIELDS, header.len().min(RELAY));
        }
    }
    if cursor.part == LIST {
        match list_section(header, header, cursor.end, cursor) {
            Some(section) => return Some(section),
            None if cursor.end == header.len() => return None,
            None => {
                cursor.part = MESSAGE_HEAD;
                return cursor.hold(MESSAGE, HEAD);
            }
        }
    }
    (cursor.at < header.len()).then(|| cursor.take(options::head::FIELDS, HEAD))?
}

/// The group around the head of the relayed message.
const MESSAGE: &[FieldInfo] = &[FieldInfo { label: "Relay message", ..options::group::OPTION.info }];

/// The next section of a list of options. Names in it do not point anywhere, and what a client's name says depends on who says it,
/// which is the type that `front` begins with.
fn list_section(front: &[u8], list: &[u8], end: usize, cursor: &mut Cursor) -> Option<Section> {
    let section = tlv::nested(&options::OPTIONS, list, end, cursor)?;
    let by_server = matches!(
        TYPE.read(front),
        Some(Dhcpv6MessageType::ADVERTISE | Dhcpv6MessageType::REPLY | Dhcpv6MessageType::RELAY_REPL)
    );
    let fields = match section.fields {
        [_, reserved, ..] if by_server && reserved.name == options::client_fqdn::RESERVED.info.name => {
            options::server_fqdn::FIELDS
        }
        fields => fields,
    };
    Some(Section { fields, origin: section.start, ..section })
}

/// The most addresses and prefixes in a packet's line.
const FEW: usize = 4;

/// What a message says of itself in a packet's line: `Reply, 0x1a2b3c, 2001:db8::5, 2001:db8:1::/56`.
fn words(header: &[u8], line: &mut dyn Write) -> fmt::Result {
    let Some(message_type) = TYPE.read(header) else { return line.write_str("cut short") };
    match message_type.name() {
        // Its name has one of its own in it.
        Some(name) if is_dhcpv4(header) => line.write_str(name)?,
        Some(name) => {
            let lower = |(at, sign): (usize, char)| if at == 0 { sign } else { sign.to_ascii_lowercase() };
            name.chars().enumerate().map(lower).try_for_each(|sign| line.write_char(sign))?;
        }
        None => write!(line, "message of type {}", message_type.0)?,
    }
    let Ok(message) = Dhcpv6::view(header) else { return Ok(()) };
    if let Some((link, peer)) = message.link_address().zip(message.peer_address()) {
        return write!(line, " for {} on {}", Shown(peer), Shown(link));
    }
    if has_transaction(header) {
        write!(line, ", {:#08x}", message.transaction_id())?;
    }
    let mut more = message.addresses().skip(FEW).count();
    for address in message.addresses().take(FEW) {
        write!(line, ", {}", Shown(address.address))?;
    }
    for prefix in message.prefixes().take(FEW) {
        write!(line, ", {}/{}", Shown(prefix.prefix), prefix.length)?;
    }
    more = more.saturating_add(message.prefixes().skip(FEW).count());
    if more > 0 {
        write!(line, " and {more} more")?;
    }
    match message.statuses().find(|(code, _)| *code != Dhcpv6StatusCode::SUCCESS) {
        Some((code, text)) if text.0.is_empty() => write!(line, ", {code}"),
        Some((code, text)) => write!(line, ", {code}: {text}"),
        None => Ok(()),
    }
}

/// The options of a header, without the one that is the relayed message.
fn list<'a>(header: &'a [u8], from: usize) -> tlv::Walk<'a> {
    let open = relayed(header).is_some_and(|(start, _)| start == header.len());
    let end = if open { header.len().saturating_sub(HEAD) } else { header.len() };
    tlv::walk(header.get(from..end).unwrap_or(&[]), &options::RULES)
}

const CHECKS: &[Check] = &[
    |scope| {
        let front = front(scope.bytes);
        check_list(scope, scope.header_bytes().get(front..)?, front)
    },
    |scope| {
        let front = front(scope.bytes);
        check_items(list(scope.header_bytes(), front), front)
    },
    |scope| {
        let wanted = is_relay(scope.bytes) && relayed(scope.bytes).is_none_or(|(_, length)| length == 0);
        let whole = !list(scope.header_bytes(), RELAY).any(|item| item.broken);
        let text = "a relay agent's message has no message of another in it";
        let missing = Finding::at(&TYPE.info, "dhcpv6.relay_message.missing", Severity::Warning, text);
        (wanted && whole && !scope.excused() && scope.header >= RELAY).then_some(missing)
    },
    |scope| {
        let text = "a message of this type needs a client identifier";
        let missing = Finding::at(&TYPE.info, "dhcpv6.client_id.missing", Severity::Warning, text);
        lacks(scope, Dhcpv6Option::CLIENTID, needs_client)?.then_some(missing)
    },
    |scope| {
        let text = "a message of this type needs a server identifier";
        let missing = Finding::at(&TYPE.info, "dhcpv6.server_id.missing", Severity::Warning, text);
        lacks(scope, Dhcpv6Option::SERVERID, needs_server)?.then_some(missing)
    },
    |scope| {
        let text = "a message of this type is for any server, and names one";
        let to_all = |message| {
            use Dhcpv6MessageType as Type;
            matches!(message, Type::SOLICIT | Type::CONFIRM | Type::REBIND)
        };
        let named = list(scope.header_bytes(), Dhcpv6::LEN)
            .find(|item| item.kind == Dhcpv6Option::SERVERID.0 && !item.broken)?;
        let field = &options::head::CODE.info;
        let odd = Finding::at(field, "dhcpv6.server_id.unexpected", Severity::Warning, text);
        to_all(TYPE.read(scope.bytes)?)
            .then(|| odd.place(Dhcpv6::LEN.saturating_add(named.start), named.bytes.len()))
    },
];

/// RFC 8415 section 16: who has to say who they are.
fn needs_client(message: Dhcpv6MessageType) -> bool {
    use Dhcpv6MessageType as Type;
    matches!(
        message,
        Type::SOLICIT
            | Type::ADVERTISE
            | Type::REQUEST
            | Type::CONFIRM
            | Type::RENEW
            | Type::REBIND
            | Type::RELEASE
            | Type::DECLINE
            | Type::LEASEQUERY
    )
}

/// RFC 8415 section 16: whose messages are from one server, or for one.
fn needs_server(message: Dhcpv6MessageType) -> bool {
    use Dhcpv6MessageType as Type;
    matches!(
        message,
        Type::ADVERTISE
            | Type::REQUEST
            | Type::RENEW
            | Type::REPLY
            | Type::RELEASE
            | Type::DECLINE
            | Type::RECONFIGURE
            | Type::LEASEQUERY_REPLY
    )
}

/// Whether a message that needs an option has it not, though its list is whole.
fn lacks(scope: &Scope<'_>, option: Dhcpv6Option, needs: fn(Dhcpv6MessageType) -> bool) -> Option<bool> {
    let mut items = list(scope.header_bytes(), Dhcpv6::LEN);
    let needed = needs(TYPE.read(scope.bytes)?) && scope.header >= Dhcpv6::LEN;
    Some(needed && !scope.excused() && !items.any(|item| item.broken || item.kind == option.0))
}

/// The first option with a length that does not fit in a list that begins at byte `start` of its layer.
fn check_list(scope: &Scope<'_>, list: &[u8], start: usize) -> Option<Finding> {
    let length = &options::head::LENGTH.info;
    let code = "dhcpv6.option_length.bad";
    // The head of the relayed message stands at the end of its header, and what it says goes on behind.
    let list = match relayed(scope.bytes) {
        Some((at, length)) if at == scope.header && length <= scope.bytes.len().saturating_sub(at) => {
            list.get(..list.len().saturating_sub(HEAD))?
        }
        Some((at, _)) if at == scope.header => scope.bytes.get(start..)?,
        _ => list,
    };
    let bad = tlv::check(list, &options::RULES, start, length, code, scope.limit)?;
    let severity = if scope.excused() { Severity::Note } else { Severity::Error };
    Some(Finding { severity, ..bad })
}

/// What is wrong with the options of a list that begins at byte `start` of its layer, and of those inside them.
fn check_items(items: tlv::Walk<'_>, start: usize) -> Option<Finding> {
    let mut items = items.filter(|item| !item.broken);
    items.find_map(|item| check_item(&item, start, options::DEPTH))
}

/// What is wrong with an option whose list begins at byte `start` of its layer: its own length, names in it, options inside it.
fn check_item(item: &Item<'_>, start: usize, depth: usize) -> Option<Finding> {
    let (data, at) = (item.data(&options::RULES), start.saturating_add(item.start));
    let field = &options::head::LENGTH.info;
    if let Some(right) = options::length_of(Dhcpv6Option(item.kind)).right(data.len()) {
        let text = "the option cannot have this length";
        let bad = Finding::at(field, "dhcpv6.option_length.wrong", Severity::Error, text);
        return Some(bad.place(at, item.bytes.len()).value(data.len() as u64, right as u64));
    }
    if let Some((from, length)) = bad_name(item) {
        let text = "the domain name cannot be read: it points elsewhere, or does not end";
        let bad = Finding { field: None, ..Finding::at(field, "dhcpv6.name.bad", Severity::Error, text) };
        return Some(bad.place(at.saturating_add(from), length));
    }
    let inside = options::inside(item.kind).filter(|_| depth > 0)?;
    let front = options::front(item.kind, data);
    let list = data.get(front..)?;
    let begin = at.saturating_add(HEAD).saturating_add(front);
    let limit = Some(field.name);
    let code = "dhcpv6.option_length.bad";
    let length = inside.options.head.get(1)?;
    if let Some(bad) = tlv::check(list, &options::RULES, begin, length, code, limit) {
        return Some(bad);
    }
    if !core::ptr::eq(inside, &raw const options::OPTIONS) {
        return None;
    }
    let mut items = tlv::walk(list, &options::RULES);
    items.find_map(|item| check_item(&item, begin, depth.saturating_sub(1)))
}

/// The first name in an option that does not end there with its root, and its place in the option.
fn bad_name(item: &Item<'_>) -> Option<(usize, usize)> {
    let known = options::OPTIONS.options.kinds.iter().find(|known| known.kind == item.kind)?;
    let mut at = HEAD.saturating_add(tlv::size(known.first, item.bytes.len().saturating_sub(HEAD)));
    if known.first.is_empty() {
        at = HEAD;
    }
    loop {
        let rest = item.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (fields, length) = (known.repeat)(item.bytes, at);
        fields.first().filter(|field| field.format == Format::Name)?;
        let length = length.max(1).min(rest.len());
        if !Name::at(rest.get(..length)?, 0).is_sound() {
            return Some((at, length));
        }
        at = at.saturating_add(length);
    }
}

impl Dhcpv6 {
    /// A message of a client or a server, with no options yet.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(message_type: Dhcpv6MessageType, transaction_id: u32) -> Builder<Self> {
        Builder::<Self>::empty().message_type(message_type).transaction_id(transaction_id)
    }

    /// What a relay agent sends towards servers: the message that it relays goes inside with `/`. `link` is an address on the link
    /// of the one that it heard, which is `peer`; `hop_count` says how many relay agents were there before.
    pub fn relay_forward(hop_count: u8, link: Ipv6Addr, peer: Ipv6Addr) -> Builder<Self> {
        Self::relay(Dhcpv6MessageType::RELAY_FORW, hop_count, link, peer)
    }

    /// What a server sends to a relay agent, which takes the message inside out and gives it to `peer`.
    pub fn relay_reply(hop_count: u8, link: Ipv6Addr, peer: Ipv6Addr) -> Builder<Self> {
        Self::relay(Dhcpv6MessageType::RELAY_REPL, hop_count, link, peer)
    }

    fn relay(message: Dhcpv6MessageType, hops: u8, link: Ipv6Addr, peer: Ipv6Addr) -> Builder<Self> {
        let builder = Builder::<Self>::empty().message_type(message).append(&[0; 30]);
        builder
            .preset(&relay::HOP_COUNT, hops)
            .preset(&relay::LINK_ADDRESS, link)
            .preset(&relay::PEER_ADDRESS, peer)
            .append(&OPEN)
    }
}

/// The head of the relayed message; its length is filled in when the packet is written.
const OPEN: [u8; HEAD] = [0, RELAY_MESSAGE as u8, 0, 0];

#[cfg(test)]
mod tests;
