//! DHCP, [RFC 2131](https://www.rfc-editor.org/rfc/rfc2131), and BOOTP, [RFC 951](https://www.rfc-editor.org/rfc/rfc951), whose
//! messages it took over.
//!
//! A message is a fixed part, a cookie and options; all of it is the header here: it carries nothing. Options can also lie in the
//! places of the two names of the fixed part; [`Dhcp::options`] walks over all of them in the order in which they count. A BOOTP
//! message without the cookie ends with an area of the vendor's own.
//!
//! A builder writes the cookie and the end of the options; each option goes in front of that end.
//!
//! ```
//! use layercake::field::Mac;
//! use layercake::names::{DhcpMessageType, DhcpOption};
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::dhcp::Dhcp;
//! use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
//!
//! let mac = Mac([2, 0, 0, 0, 0, 0x0a]);
//! let discover = Dhcp::discover(0xa8e73c1c, mac)
//!     .option(DhcpOption::HOST_NAME, b"host-a")
//!     .option(DhcpOption::PARAMETER_REQUEST_LIST, &[1, 3, 6]);
//! let ip = Ipv4::new([0, 0, 0, 0].into(), [255, 255, 255, 255].into());
//!
//! let mut buffer = [0; 600];
//! let frame = (Ethernet::new(mac, Mac::BROADCAST) / ip / Udp::new(68, 67) / discover).write(&mut buffer)?;
//!
//! let packet = Decoder::new().packet(Frame::ethernet(&*frame));
//! let dhcp = packet.get::<Dhcp>().unwrap();
//! assert_eq!(dhcp.message_type(), Some(DhcpMessageType::DISCOVER));
//! assert_eq!(dhcp.host_name().unwrap().to_string(), "host-a");
//! assert!(dhcp.parameter_list().eq([DhcpOption::SUBNET_MASK, DhcpOption::ROUTER, DhcpOption::DOMAIN_NAME_SERVER]));
//! assert_eq!(dhcp.hardware_address(), Some(mac));
//! assert_eq!(packet.findings().count(), 0);
//! # Ok::<(), layercake::field::BuildError>(())
//! ```

pub mod options;
pub mod relay;

use core::net::Ipv4Addr;

use crate::field::tlv::{self, Item, Walk};
use crate::field::value::Shown;
use crate::field::{
    Builder, Check, Cursor, FieldInfo, Finding, List, Mac, Next, Peel, Phrase, Protocol, Scope, Section,
    Severity, Text,
};
use crate::names::{BootpOpcode, DhcpMessageType, DhcpOption, DhcpOverload, HardwareType};

pub use options::RULES;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+---------------+---------------+
    /// |   Operation   | Hardware type |Address length |     Hops      |
    /// +---------------+---------------+---------------+---------------+
    /// |                        Transaction ID                         |
    /// +-------------------------------+-+-----------------------------+
    /// |            Seconds            |B|          Reserved           |
    /// +-------------------------------+-+-----------------------------+
    /// |                       Client's address                        |
    /// +---------------------------------------------------------------+
    /// |                    Address given to the client                |
    /// +---------------------------------------------------------------+
    /// |                       Next server's address                   |
    /// +---------------------------------------------------------------+
    /// |                        Relay's address                        |
    /// +---------------------------------------------------------------+
    /// |             Client's hardware address, 16 bytes               |
    /// +---------------------------------------------------------------+
    /// |                  Server's name, 64 bytes                      |
    /// +---------------------------------------------------------------+
    /// |                   File's name, 128 bytes                      |
    /// +---------------------------------------------------------------+
    /// ```
    ///
    /// Behind it stand the cookie and the options.
    pub struct Dhcp(236 max 576 step 1) "dhcp" in "RFC 2131 section 2" {
        tile OPCODE(opcode, set_opcode): BootpOpcode = 0..8, "dhcp.type", "Operation";
        tile HARDWARE_TYPE(hardware_type, set_hardware_type): HardwareType = 8..16, "dhcp.hw.type", "Hardware type";
        tile HARDWARE_LENGTH(hardware_length, set_hardware_length): u8 = 16..24, "dhcp.hw.len", "Hardware address length";
        tile HOPS(hops, set_hops): u8 = 24..32, "dhcp.hops", "Hops";
        tile ID(id, set_id): u32 as Hex = 32..64, "dhcp.id", "Transaction ID";
        tile SECONDS(seconds, set_seconds): u16 = 64..80, "dhcp.secs", "Seconds since the client began";
        group FLAGS: u16 as Hex = 80..96, "dhcp.flags", "Flags";
        tile BROADCAST(broadcast, set_broadcast): bool = 80..81, "dhcp.flags.bc", "Broadcast";
        tile RESERVED(reserved, set_reserved): u16 as Hex = 81..96, "dhcp.flags.reserved", "Reserved";
        tile CLIENT(client, set_client): Ipv4Addr = 96..128, "dhcp.ip.client", "Client's address";
        tile YOUR(your, set_your): Ipv4Addr = 128..160, "dhcp.ip.your", "Address given to the client";
        tile SERVER(server, set_server): Ipv4Addr = 160..192, "dhcp.ip.server", "Next server's address";
        tile RELAY(relay, set_relay): Ipv4Addr = 192..224, "dhcp.ip.relay", "Relay's address";
        tile MAC(mac, set_mac): Mac = 224..272 if is_ethernet, "dhcp.hw.mac_addr", "Client's hardware address";
        tile MAC_PADDING: [u8; 0] = 272..352 if is_ethernet, "dhcp.hw.addr_padding", "Padding of the hardware address";
    }
}

crate::fields! {
    /// The hardware address of what is not Ethernet.
    pub mod hardware_address in "RFC 2131 section 2" {
        tile ADDRESS: [u8; 0] = 0..0, "dhcp.hw.addr", "Client's hardware address";
    }
}
crate::fields! {
    /// What is left of the place of a hardware address.
    pub mod hardware_padding in "RFC 2131 section 2" {
        tile PADDING: [u8; 0] = 0..0, "dhcp.hw.addr_padding", "Padding of the hardware address";
    }
}
crate::fields! {
    /// The server's name, where no options stand in its place.
    pub mod server_name in "RFC 2131 section 2" {
        tile NAME: [u8; 0] as Text = 0..0, "dhcp.server", "Server's name";
    }
}
crate::fields! {
    /// The name of the file to boot, where no options stand in its place.
    pub mod boot_file in "RFC 2131 section 2" {
        tile NAME: [u8; 0] as Text = 0..0, "dhcp.file", "Boot file";
    }
}
crate::fields! {
    /// The cookie in front of the options.
    pub mod cookie in "RFC 2131 section 3" {
        tile COOKIE: Ipv4Addr = 0..32, "dhcp.cookie", "Cookie";
    }
}
crate::fields! {
    /// The area of the vendor's own in a message without the cookie.
    pub mod vendor_area in "RFC 951 section 3" {
        tile AREA: [u8; 0] = 0..0, "dhcp.vendor_specific_options", "Vendor's area";
    }
}

/// Where the places of the fixed part lie that have no fixed form.
const HARDWARE_ADDRESS: usize = 28;
const SERVER_NAME: usize = 44;
const BOOT_FILE: usize = 108;
/// The first byte of the options, behind the cookie.
const OPTIONS: usize = 240;

/// Bytes 236 to 239 of a message with options, 99.130.83.99.
pub const COOKIE: [u8; 4] = [99, 130, 83, 99];

fn is_ethernet(message: &[u8]) -> bool {
    matches!(message, [_, 1 | 6, 6, ..])
}

/// The first bytes of each area where options lie, and what ends it, in the order in which they count: behind the cookie, in the
/// place of the file's name, in that of the server's. An area without options is empty.
fn areas(message: &[u8]) -> [(usize, usize); 3] {
    if !has_cookie(message) {
        return [(0, 0); 3];
    }
    let overload = overload(message);
    let file = if overload & DhcpOverload::FILE.0 != 0 { (BOOT_FILE, Dhcp::LEN) } else { (0, 0) };
    let name = if overload & DhcpOverload::SNAME.0 != 0 { (SERVER_NAME, BOOT_FILE) } else { (0, 0) };
    [(OPTIONS, message.len()), file, name]
}

/// In the place of which names options stand.
fn overload(message: &[u8]) -> u8 {
    let list = message.get(OPTIONS..).filter(|_| has_cookie(message)).unwrap_or(&[]);
    let mut items = tlv::walk(list, &RULES);
    let overload = items.find_map(|item| data_of(&item, DhcpOption::OPTION_OVERLOAD));
    overload
        .and_then(|data| data.first().copied())
        .filter(|value| *value <= DhcpOverload::FILE_AND_SNAME.0)
        .unwrap_or(0)
}

fn has_cookie(message: &[u8]) -> bool {
    message.get(Dhcp::LEN..).is_some_and(|rest| rest.starts_with(&COOKIE))
}

/// Every option in a message, in the order in which they count: see [`Dhcp::options`].
#[derive(Clone, Debug)]
pub struct AllOptions<'a> {
    message: &'a [u8],
    areas: [(usize, usize); 3],
    next: usize,
    start: usize,
    walk: Walk<'a>,
}

impl<'a> AllOptions<'a> {
    fn of(message: &'a [u8]) -> Self {
        Self { message, areas: areas(message), next: 0, start: 0, walk: tlv::walk(&[], &RULES) }
    }
}

/// Pads and ends are left out; what is broken is not. The place of an item counts from the message's first byte.
impl<'a> Iterator for AllOptions<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            match self.walk.next() {
                Some(item) if !item.broken && matches!(item.kind, 0 | 255) => {}
                Some(item) => return Some(Item { start: item.start.saturating_add(self.start), ..item }),
                None => {
                    let (start, end) = *self.areas.get(self.next)?;
                    self.next = self.next.saturating_add(1);
                    self.start = start;
                    self.walk = tlv::walk(self.message.get(start..end).unwrap_or(&[]), &RULES);
                }
            }
        }
    }
}

impl core::iter::FusedIterator for AllOptions<'_> {}

/// The next section behind the fixed part. Of the cursor, `part` is what comes next, `index` where else options stand.
fn section(message: &[u8], cursor: &mut Cursor) -> Option<Section> {
    loop {
        let part = cursor.part;
        let step = |cursor: &mut Cursor, at: usize| {
            (cursor.part, cursor.at, cursor.phase) = (part.saturating_add(1), at, 0);
        };
        let left = |from: usize, to: usize| message.len().min(to).saturating_sub(from);
        match part {
            // An address that is not Ethernet's, and what it leaves of its place.
            0 if is_ethernet(message) => cursor.part = 2,
            0 => {
                step(cursor, HARDWARE_ADDRESS);
                let length = message.get(2).map_or(0, |length| usize::from(*length)).min(16);
                let length = length.min(left(HARDWARE_ADDRESS, SERVER_NAME));
                if length > 0 {
                    return cursor.take(hardware_address::FIELDS, length);
                }
            }
            1 => {
                let (at, length) = (cursor.at, left(cursor.at, SERVER_NAME));
                step(cursor, at);
                if length > 0 {
                    return cursor.take(hardware_padding::FIELDS, length);
                }
            }
            2 => {
                step(cursor, SERVER_NAME);
                cursor.index = usize::from(overload(message));
            }
            3 | 4 => {
                let (table, start, end, options) = match part {
                    3 => (server_name::FIELDS, SERVER_NAME, BOOT_FILE, DhcpOverload::SNAME),
                    _ => (boot_file::FIELDS, BOOT_FILE, Dhcp::LEN, DhcpOverload::FILE),
                };
                if cursor.index & usize::from(options.0) != 0 {
                    if let Some(section) = options_section(message, end, cursor) {
                        return Some(section);
                    }
                    step(cursor, end);
                } else {
                    step(cursor, start);
                    let length = left(start, end);
                    return if length > 0 { cursor.take(table, length) } else { None };
                }
            }
            5 if has_cookie(message) => {
                step(cursor, Dhcp::LEN);
                return cursor.take(cookie::FIELDS, COOKIE.len());
            }
            5 => {
                (cursor.part, cursor.at) = (7, Dhcp::LEN);
                let length = left(Dhcp::LEN, message.len());
                return if length > 0 { cursor.take(vendor_area::FIELDS, length) } else { None };
            }
            6 => return options_section(message, message.len(), cursor),
            _ => return None,
        }
    }
}

/// The next section of a list of options that reaches to `end`. Names in an option point from its data's first byte on.
fn options_section(message: &[u8], end: usize, cursor: &mut Cursor) -> Option<Section> {
    let section = tlv::nested(&options::OPTIONS, message, end, cursor)?;
    let code = message.get(cursor.item).copied().map(DhcpOption);
    let head = if code == Some(DhcpOption::SIP_SERVERS) { 3 } else { 2 };
    let origin = match code {
        Some(DhcpOption::CLIENT_FQDN) => section.start,
        _ => cursor.item.saturating_add(head),
    };
    Some(Section { origin, ..section })
}

/// What a message is called.
fn kind(message: &[u8]) -> &'static str {
    let Some(kind) = message_type(message) else {
        return match OPCODE.read(message) {
            Some(BootpOpcode::REQUEST) => "request",
            Some(BootpOpcode::REPLY) => "reply",
            _ => "message",
        };
    };
    match kind {
        DhcpMessageType::DISCOVER => "Discover",
        DhcpMessageType::OFFER => "Offer",
        DhcpMessageType::REQUEST => "Request",
        DhcpMessageType::DECLINE => "Decline",
        DhcpMessageType::ACK => "Ack",
        DhcpMessageType::NAK => "Nak",
        DhcpMessageType::RELEASE => "Release",
        DhcpMessageType::INFORM => "Inform",
        other => other.name().unwrap_or("message"),
    }
}

fn message_type(message: &[u8]) -> Option<DhcpMessageType> {
    let data = AllOptions::of(message).find_map(|item| data_of(&item, DhcpOption::MESSAGE_TYPE))?;
    data.first().map(|kind| DhcpMessageType(*kind))
}

/// The data of an option, if it is this one and its length can be.
fn data_of<'a>(item: &Item<'a>, option: DhcpOption) -> Option<&'a [u8]> {
    let is = item.kind == u16::from(option.0) && !item.broken;
    Some(item.data(&RULES)).filter(|data| is && options::fits(option, data.len()))
}

/// `Discover, xid 0xa8e73c1c, host "host-a"`, `Ack, xid 0xa8e73c1c, 192.0.2.100 to 02:00:00:00:00:0a`.
fn words(message: &[u8], line: &mut dyn core::fmt::Write) -> core::fmt::Result {
    let Ok(dhcp) = Dhcp::view(message) else { return line.write_str("DHCP, cut short") };
    let protocol = if dhcp.message_type().is_some() { "DHCP" } else { "BOOTP" };
    write!(line, "{protocol} {}, xid {:#010x}", kind(message), dhcp.id())?;
    if dhcp.opcode() == BootpOpcode::REPLY {
        if !dhcp.your().is_unspecified() {
            write!(line, ", {}", Shown(dhcp.your()))?;
            if let Some(mac) = dhcp.hardware_address() {
                write!(line, " to {mac}")?;
            }
        }
    } else if let Some(address) = dhcp.requested_address() {
        write!(line, ", wants {}", Shown(address))?;
    }
    match dhcp.host_name() {
        Some(name) => write!(line, ", host \"{name}\""),
        None => Ok(()),
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "dhcp",
    name: "Dynamic Host Configuration Protocol",
    spec: "RFC 2131",
    fields: FIELDS,
    tables: &[server_name::FIELDS, boot_file::FIELDS, cookie::FIELDS, vendor_area::FIELDS],
    lists: LISTS,
    length: Dhcp::LEN,
    peel,
    needed: |_| Dhcp::LEN,
    fill: |bytes, completion| {
        completion.auto(bytes, &OPCODE, BootpOpcode::REQUEST);
        completion.auto(bytes, &HARDWARE_TYPE, HardwareType::ETHERNET);
        completion.auto(bytes, &HARDWARE_LENGTH, 6);
        Ok(())
    },
    sections: section,
    list: Some(List {
        word: "options",
        options: &options::OPTIONS.options,
        inside: options::OPTIONS.inside,
        before: &COOKIE,
    }),
    checks: CHECKS,
    summary: &[Phrase::Words(words)],
    ..Protocol::PLAIN
};

/// The tables of what can stand in a message several times.
const LISTS: &[&[FieldInfo]] =
    &crate::field::declare::joined::<{ options::TABLES.len() + relay::TABLES.len() + 2 }>(
        &crate::field::declare::joined::<{ relay::TABLES.len() + 2 }>(
            &[hardware_address::FIELDS, hardware_padding::FIELDS],
            relay::TABLES,
        ),
        options::TABLES,
    );

/// All of it; nothing follows.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<{ Dhcp::LEN }>()?;
    let length = bytes.len().min(LONGEST);
    Some(Peel { header: length, content: bytes.get(length..)?, tail: 0, next: None })
}

/// No message is longer, since the length of a datagram has 16 bits.
const LONGEST: usize = u16::MAX as usize;

/// Whether bytes look like a message: with the cookie, an operation and a length that are, and sound options with a type first
/// of all to their end.
pub fn looks(bytes: &[u8]) -> bool {
    matches!(bytes, [1 | 2, _, 0..=16, ..])
        && has_cookie(bytes)
        && tlv::walk(bytes.get(OPTIONS..).unwrap_or(&[]), &RULES).all(|item| !item.broken)
        && message_type(bytes).is_some()
}

/// What can be wrong with a message.
const CHECKS: &[Check] = &[
    HARDWARE_LENGTH_IS_POSSIBLE,
    COOKIE_IS_THERE,
    |scope| broken(scope, 0),
    |scope| broken(scope, 1),
    |scope| broken(scope, 2),
    LENGTH_FITS_THE_OPTION,
    OVERLOAD_IS_KNOWN,
    END_IS_THERE,
    TYPE_IS_THERE,
];

/// RFC 2131 section 2: there are 16 bytes for it.
const HARDWARE_LENGTH_IS_POSSIBLE: Check = |scope| {
    let length = HARDWARE_LENGTH.read(scope.header_bytes())?;
    let text = "the hardware address is longer than its place";
    let bad = Finding::at(&HARDWARE_LENGTH.info, "dhcp.hw.len.bad", Severity::Error, text);
    (length > 16).then(|| bad.length(usize::from(length), 16, None))
};

/// RFC 2131 section 3. BOOTP has none, but hardly anybody speaks that without it.
const COOKIE_IS_THERE: Check = |scope| {
    let area = scope.header_bytes().get(Dhcp::LEN..)?;
    let text = "the cookie is not there, so what stands in its place are no options";
    let none = Finding::at(&cookie::COOKIE.info, "dhcp.cookie.none", Severity::Note, text);
    let is_used = area.iter().any(|byte| *byte != 0);
    let is_cut = scope.excused() && COOKIE.starts_with(area);
    (!area.starts_with(&COOKIE) && is_used && !is_cut)
        .then(|| none.place(Dhcp::LEN, area.len().min(COOKIE.len())))
};

/// An option whose length is impossible, in one of the three areas.
fn broken(scope: &Scope<'_>, area: usize) -> Option<Finding> {
    let message = scope.header_bytes();
    let (start, end) = *areas(message).get(area)?;
    let list = message.get(start..end)?;
    let length = &options::head::LENGTH.info;
    let bad = tlv::check(list, &RULES, start, length, "dhcp.option.length.bad", scope.limit)?;
    // The last option of what the capture cut.
    let severity = if area == 0 && scope.excused() { Severity::Note } else { bad.severity };
    Some(Finding { severity, ..bad })
}

/// RFC 2132 and what came after it say of most options how long they can be. An option that is there several times is one whose
/// data goes on (RFC 3396 section 7), and judged where it begins.
const LENGTH_FITS_THE_OPTION: Check = |scope| {
    let all = || AllOptions::of(scope.header_bytes()).filter(|item| !item.broken);
    let mut lengths = [0usize; 256];
    for item in all() {
        if let Some(length) = lengths.get_mut(usize::from(item.kind)) {
            *length = length.saturating_add(item.data(&RULES).len());
        }
    }
    let whole = |item: &Item<'_>| lengths.get(usize::from(item.kind)).copied().unwrap_or(0);
    let item = all().find(|item| !options::fits(DhcpOption(item.kind as u8), whole(item)))?;
    let text = "an option of this kind cannot have this length";
    let unfit = Finding::at(&options::head::LENGTH.info, "dhcp.option.length.unfit", Severity::Error, text);
    let found = whole(&item);
    let unfit = Finding { detail: crate::field::Detail::Number(found as u64), ..unfit };
    Some(unfit.place(item.start, item.bytes.len()))
};

/// RFC 2132 section 9.3: 1, 2 or 3.
const OVERLOAD_IS_KNOWN: Check = |scope| {
    let mut options = AllOptions::of(scope.header_bytes());
    let (start, value) = options.find_map(|item| match data_of(&item, DhcpOption::OPTION_OVERLOAD)? {
        [value] if !matches!(value, 1..=3) => Some((item.start, *value)),
        _ => None,
    })?;
    let info = &options::option_overload::OPTION_OVERLOAD.info;
    let text = "where more options are is none of the three places";
    let bad = Finding::at(info, "dhcp.option.overload.bad", Severity::Error, text);
    let bad = Finding { detail: crate::field::Detail::Number(u64::from(value)), ..bad };
    Some(bad.place(start.saturating_add(2), 1))
};

/// RFC 2131 section 4.1: the last option is the end.
const END_IS_THERE: Check = |scope| {
    let message = scope.header_bytes();
    let list = message.get(OPTIONS..).filter(|_| has_cookie(message) && !scope.excused())?;
    let is_end = |item: Item<'_>| item.broken || item.kind == u16::from(DhcpOption::END.0);
    let text = "the options go on to the message's end without an end of their own";
    let none = Finding::at(&options::head::CODE.info, "dhcp.end.none", Severity::Warning, text);
    (!tlv::walk(list, &RULES).any(is_end)).then(|| none.place(message.len(), 0))
};

/// RFC 2131 section 3: what has no type is BOOTP.
const TYPE_IS_THERE: Check = |scope| {
    let message = scope.header_bytes();
    let is_bootp = has_cookie(message) && !scope.excused() && message_type(message).is_none();
    let text = "no option says the type of the message, so it is BOOTP";
    let none = Finding::at(&options::message_type::MESSAGE_TYPE.info, "dhcp.type.none", Severity::Note, text);
    is_bootp.then(|| none.place(Dhcp::LEN, COOKIE.len()))
};

impl Dhcp {
    /// A message with the cookie and the end of the options, and none of them yet. The hardware is Ethernet.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(opcode: BootpOpcode, id: u32) -> Builder<Self> {
        Builder::<Self>::empty()
            .preset(&HARDWARE_TYPE, HardwareType::ETHERNET)
            .preset(&HARDWARE_LENGTH, 6)
            .opcode(opcode)
            .id(id)
            .append(&COOKIE)
            .append(&[DhcpOption::END.0])
    }

    /// A client's message to whoever gives out addresses, its first.
    pub fn discover(id: u32, mac: Mac) -> Builder<Self> {
        Self::new(BootpOpcode::REQUEST, id).mac(mac).message_type(DhcpMessageType::DISCOVER)
    }

    /// A client's message that asks for an address which `server` has offered.
    pub fn request(id: u32, mac: Mac, address: Ipv4Addr, server: Ipv4Addr) -> Builder<Self> {
        Self::new(BootpOpcode::REQUEST, id)
            .mac(mac)
            .message_type(DhcpMessageType::REQUEST)
            .option(DhcpOption::REQUESTED_IP_ADDRESS, &address.octets())
            .option(DhcpOption::SERVER_IDENTIFIER, &server.octets())
    }

    /// A server's message, an offer or an acknowledgement, that gives an address to a client.
    pub fn reply(
        kind: DhcpMessageType,
        id: u32,
        mac: Mac,
        address: Ipv4Addr,
        server: Ipv4Addr,
    ) -> Builder<Self> {
        Self::new(BootpOpcode::REPLY, id)
            .mac(mac)
            .your(address)
            .message_type(kind)
            .option(DhcpOption::SERVER_IDENTIFIER, &server.octets())
    }
}

impl Builder<Dhcp> {
    /// Adds an option in front of the end. Data of more than 255 bytes is divided, as RFC 3396 section 5 says.
    ///
    /// An option that has no length, pad or end, is written alone, in front of the end too.
    #[must_use]
    pub fn option(self, option: DhcpOption, data: &[u8]) -> Self {
        let kind = u16::from(option.0);
        let (first, rest) = data.split_at_checked(255).unwrap_or((data, &[]));
        let list = self.bytes().ok().and_then(|message| message.get(OPTIONS..)).unwrap_or(&[]);
        let ends =
            tlv::walk(list, &RULES).last().is_some_and(|last| last.kind == u16::from(DhcpOption::END.0));
        let mut message = self.shorten(usize::from(ends)).item(&RULES, kind, first);
        for piece in rest.chunks(255) {
            message = message.item(&RULES, kind, piece);
        }
        message.append(&[DhcpOption::END.0])
    }

    /// Adds the option that says the type of the message.
    #[must_use]
    pub fn message_type(self, kind: DhcpMessageType) -> Self {
        self.option(DhcpOption::MESSAGE_TYPE, &[kind.0])
    }

    /// The same without the end of the options. What is added by [`append`](Builder::append) stands where it was.
    #[must_use]
    pub fn without_end(self) -> Self {
        self.shorten(1)
    }

    /// Gives the server's name, 64 bytes at most; a longer one makes the message unwritable.
    #[must_use]
    pub fn server_name(self, name: &str) -> Self {
        let place = if name.len() > BOOT_FILE.saturating_sub(SERVER_NAME) { usize::MAX } else { SERVER_NAME };
        self.put(place, name.as_bytes())
    }

    /// Gives the name of the file to boot, 128 bytes at most; a longer one makes the message unwritable.
    #[must_use]
    pub fn boot_file(self, name: &str) -> Self {
        let place = if name.len() > Dhcp::LEN.saturating_sub(BOOT_FILE) { usize::MAX } else { BOOT_FILE };
        self.put(place, name.as_bytes())
    }
}

impl<'a> Dhcp<&'a [u8]> {
    /// Every option, in the order in which they count (RFC 2131 section 4.1): those behind the cookie, then those in the places of
    /// the file's and the server's names, where they are in use for that. Pads and ends are left out.
    pub fn options(&self) -> AllOptions<'a> {
        AllOptions::of(self.bytes)
    }

    /// The pieces of an option whose data goes on in others of its kind (RFC 3396 section 7): put together they are what it says.
    pub fn pieces(&self, option: DhcpOption) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let kind = u16::from(option.0);
        self.options().filter(move |item| item.kind == kind && !item.broken).map(|item| item.data(&RULES))
    }

    /// The data of the first option of this kind, if its length can be. One of more than 255 bytes goes on in others:
    /// [`Dhcp::pieces`].
    pub fn option(&self, option: DhcpOption) -> Option<&'a [u8]> {
        self.options().find_map(|item| data_of(&item, option))
    }

    /// What the message says; `None` of BOOTP.
    pub fn message_type(&self) -> Option<DhcpMessageType> {
        message_type(self.bytes)
    }

    /// The client's hardware address, if it is one of Ethernet.
    pub fn hardware_address(&self) -> Option<Mac> {
        is_ethernet(self.bytes).then(|| self.mac())
    }

    /// The server's name; `None` if it is empty, or options stand in its place.
    pub fn server_name(&self) -> Option<Text<'a>> {
        let [_, _, (_, options)] = areas(self.bytes);
        let name = self.bytes.get(SERVER_NAME..BOOT_FILE).filter(|_| options == 0)?;
        Some(Text::padded(name)).filter(|name| !name.0.is_empty())
    }

    /// The name of the file to boot; `None` if it is empty, or options stand in its place.
    pub fn boot_file(&self) -> Option<Text<'a>> {
        let [_, (_, options), _] = areas(self.bytes);
        let name = self.bytes.get(BOOT_FILE..Dhcp::LEN).filter(|_| options == 0)?;
        Some(Text::padded(name)).filter(|name| !name.0.is_empty())
    }

    /// The address that the client would like to have.
    pub fn requested_address(&self) -> Option<Ipv4Addr> {
        self.addresses(DhcpOption::REQUESTED_IP_ADDRESS).next()
    }

    /// The server that speaks, or that is chosen.
    pub fn server_identifier(&self) -> Option<Ipv4Addr> {
        self.addresses(DhcpOption::SERVER_IDENTIFIER).next()
    }

    /// How long the address is given for, in seconds; all ones for ever.
    pub fn lease_time(&self) -> Option<u32> {
        self.time(DhcpOption::IP_ADDRESS_LEASE_TIME)
    }

    /// When the client asks its server to renew the lease, in seconds.
    pub fn renewal_time(&self) -> Option<u32> {
        self.time(DhcpOption::RENEWAL_TIME)
    }

    /// When the client asks any server, in seconds.
    pub fn rebinding_time(&self) -> Option<u32> {
        self.time(DhcpOption::REBINDING_TIME)
    }

    /// The mask of the subnet.
    pub fn subnet_mask(&self) -> Option<Ipv4Addr> {
        self.addresses(DhcpOption::SUBNET_MASK).next()
    }

    /// The routers, the best first.
    pub fn routers(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.addresses(DhcpOption::ROUTER)
    }

    /// The DNS servers, the best first.
    pub fn dns_servers(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.addresses(DhcpOption::DOMAIN_NAME_SERVER)
    }

    /// The classless static routes: destination, length of its prefix, router; an unspecified router is none, the destination is on the link.
    /// They end where one is broken.
    pub fn classless_routes(&self) -> impl Iterator<Item = (Ipv4Addr, u8, Ipv4Addr)> + use<'a> {
        let mut bytes = self.pieces(DhcpOption::CLASSLESS_STATIC_ROUTE).flatten().copied();
        let mut address = move |length: u8| {
            let mut octets = [0; 4];
            for octet in octets.iter_mut().take(usize::from(length)) {
                *octet = bytes.next()?;
            }
            Some(octets)
        };
        let next = move || {
            let [length, ..] = address(1)?;
            let host = 32u32.checked_sub(u32::from(length))?;
            let destination = u32::from_be_bytes(address(length.div_ceil(8))?);
            let destination = u32::MAX.checked_shl(host).unwrap_or(0) & destination;
            Some((destination.into(), length, Ipv4Addr::from(address(4)?)))
        };
        core::iter::from_fn(next).fuse()
    }

    /// The longest packet that the link carries, in bytes, as the server has it.
    pub fn interface_mtu(&self) -> Option<u16> {
        self.option(DhcpOption::INTERFACE_MTU)?.first_chunk().map(|mtu| u16::from_be_bytes(*mtu))
    }

    /// The options that the client would like to have.
    pub fn parameter_list(&self) -> impl Iterator<Item = DhcpOption> + use<'a> {
        let list = self.option(DhcpOption::PARAMETER_REQUEST_LIST).unwrap_or(&[]);
        list.iter().map(|code| DhcpOption(*code))
    }

    /// The host's name.
    pub fn host_name(&self) -> Option<Text<'a>> {
        self.option(DhcpOption::HOST_NAME).map(Text::padded)
    }

    /// The domain's name.
    pub fn domain_name(&self) -> Option<Text<'a>> {
        self.option(DhcpOption::DOMAIN_NAME).map(Text::padded)
    }

    /// The maker and kind of the client.
    pub fn vendor_class(&self) -> Option<Text<'a>> {
        self.option(DhcpOption::VENDOR_CLASS_IDENTIFIER).map(Text::padded)
    }

    /// What the client is known by: a type, mostly that of its hardware, and an identifier.
    pub fn client_identifier(&self) -> Option<(u8, &'a [u8])> {
        self.option(DhcpOption::CLIENT_IDENTIFIER)?
            .split_first()
            .map(|(kind, identifier)| (*kind, identifier))
    }

    /// The addresses in an option that is a list of them; none if there is no such option.
    pub fn addresses(&self, option: DhcpOption) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        self.option(option).unwrap_or(&[]).as_chunks::<4>().0.iter().map(|address| Ipv4Addr::from(*address))
    }

    fn time(&self, option: DhcpOption) -> Option<u32> {
        self.option(option)?.first_chunk().map(|seconds| u32::from_be_bytes(*seconds))
    }
}

#[cfg(all(test, feature = "alloc"))]
#[allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // What is put together with `/`.
mod tests {
    use super::*;
    use crate::packet::{Decoder, Frame};
    use crate::wire::ipv4::Ipv4;
    use crate::wire::udp::Udp;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    const CLIENT: Mac = Mac([2, 0, 0, 0, 0, 10]);

    fn udp_around(message: &[u8]) -> Vec<u8> {
        let ip = Ipv4::new([192, 0, 2, 2].into(), [192, 0, 2, 1].into());
        (ip / Udp::new(67, 68) / message).to_vec().unwrap()
    }

    fn codes(message: &[u8]) -> Vec<&'static str> {
        let bytes = udp_around(message);
        Decoder::new().packet(Frame::raw(&bytes)).findings().map(|finding| finding.code).collect()
    }

    fn said(message: &[u8]) -> String {
        let mut text = String::new();
        words(message, &mut text).unwrap();
        text
    }

    /// The options of an offer that dnsmasq made, in fixtures/dhcp.pcap.
    const OFFER: &[u8] = &[
        0x35, 1, 2, 0x36, 4, 192, 0, 2, 2, 0x33, 4, 0, 0, 7, 8, 0x3a, 4, 0, 0, 3, 0x84, 0x3b, 4, 0, 0, 6,
        0x27, 1, 4, 255, 255, 255, 0, 0x1c, 4, 192, 0, 2, 255, 0x0f, 11, b'l', b'a', b'b', b'.', b'e', b'x',
        b'a', b'm', b'p', b'l', b'e', 0x79, 13, 24, 198, 51, 100, 192, 0, 2, 2, 0, 192, 0, 2, 2, 0x1a, 2, 5,
        0x78, 0x2a, 4, 192, 0, 2, 2, 6, 8, 192, 0, 2, 2, 192, 0, 2, 3, 3, 4, 192, 0, 2, 2, 0xff,
    ];

    #[test]
    fn reads_an_offer() {
        let offer = Dhcp::new(BootpOpcode::REPLY, 0xa8e7_3c1c).mac(CLIENT).your([192, 0, 2, 100].into());
        let offer = offer.without_end().append(OFFER);
        let bytes = offer.bytes().unwrap();
        let dhcp = Dhcp::view(bytes).unwrap();
        assert_eq!(dhcp.message_type(), Some(DhcpMessageType::OFFER));
        assert_eq!(
            (dhcp.lease_time(), dhcp.renewal_time(), dhcp.rebinding_time()),
            (Some(1800), Some(900), Some(1575))
        );
        assert_eq!(dhcp.server_identifier(), Some([192, 0, 2, 2].into()));
        assert_eq!(dhcp.subnet_mask(), Some([255, 255, 255, 0].into()));
        assert!(dhcp.routers().eq([Ipv4Addr::new(192, 0, 2, 2)]));
        assert!(dhcp.dns_servers().eq([Ipv4Addr::new(192, 0, 2, 2), Ipv4Addr::new(192, 0, 2, 3)]));
        assert_eq!(dhcp.domain_name(), Some(Text(b"lab.example")));
        assert_eq!((dhcp.host_name(), dhcp.requested_address()), (None, None));
        assert_eq!(dhcp.options().count(), 13);
        assert_eq!(said(bytes), "DHCP Offer, xid 0xa8e73c1c, 192.0.2.100 to 02:00:00:00:00:0a");
        assert_eq!(codes(bytes), [""; 0]);
        assert!(looks(bytes) && !looks(bytes.get(..300).unwrap()));
    }

    #[test]
    fn a_builder_keeps_the_end_last() {
        let server = [192, 0, 2, 2].into();
        let request = Dhcp::request(7, CLIENT, [192, 0, 2, 100].into(), server)
            .option(DhcpOption::CLIENT_IDENTIFIER, &[1, 2, 0, 0, 0, 0, 10])
            .option(DhcpOption::PAD, &[])
            .broadcast(true);
        let bytes = request.bytes().unwrap();
        assert_eq!(bytes.last(), Some(&255));
        let dhcp = Dhcp::view(bytes).unwrap();
        assert_eq!(dhcp.requested_address(), Some([192, 0, 2, 100].into()));
        assert_eq!(dhcp.client_identifier(), Some((1, &CLIENT.0[..])));
        assert!(dhcp.broadcast());
        assert_eq!(said(bytes), "DHCP Request, xid 0x00000007, wants 192.0.2.100");
        assert_eq!(codes(bytes), [""; 0]);
        // Names in their places, and one that is too long for its own.
        let named = Dhcp::reply(DhcpMessageType::ACK, 7, CLIENT, [192, 0, 2, 100].into(), server);
        let file = named.server_name("server").boot_file("pxelinux.0");
        let dhcp = Dhcp::view(file.bytes().unwrap()).unwrap();
        assert_eq!(
            (dhcp.server_name(), dhcp.boot_file()),
            (Some(Text(b"server")), Some(Text(b"pxelinux.0")))
        );
        assert!(named.server_name(&"x".repeat(65)).bytes().is_err());
        // RFC 3396 section 5: what is longer than an option can be is divided.
        let long = Dhcp::discover(7, CLIENT).option(DhcpOption::DOMAIN_SEARCH, &[0; 300]);
        let dhcp = Dhcp::view(long.bytes().unwrap()).unwrap();
        let lengths: Vec<usize> = dhcp.options().skip(1).map(|item| item.data(&RULES).len()).collect();
        assert_eq!(lengths, [255, 45]);
        assert!(long.option(DhcpOption::MESSAGE, &[b'x'; 200]).bytes().is_err());
    }

    /// RFC 2131 section 4.1: the options field counts first, then the file's, then the server's name.
    #[test]
    fn options_stand_in_three_places() {
        let message = Dhcp::new(BootpOpcode::REPLY, 7)
            .message_type(DhcpMessageType::ACK)
            .option(DhcpOption::OPTION_OVERLOAD, &[3])
            .server_name("\u{c}\u{4}name")
            .boot_file("\u{43}\u{3}abc");
        let mut bytes = message.bytes().unwrap().to_vec();
        let kinds =
            |bytes: &[u8]| Dhcp::view(bytes).unwrap().options().map(|item| item.kind).collect::<Vec<_>>();
        assert_eq!(kinds(&bytes), [53, 52, 67, 12]);
        let dhcp = Dhcp::view(&*bytes).unwrap();
        assert_eq!((dhcp.server_name(), dhcp.boot_file()), (None, None));
        assert_eq!(dhcp.host_name(), Some(Text(b"name")));
        assert_eq!(dhcp.option(DhcpOption::BOOTFILE_NAME), Some(&b"abc"[..]));
        // An option does not reach out of its place.
        *bytes.get_mut(BOOT_FILE + 1).unwrap() = 127;
        assert_eq!(codes(&bytes), ["dhcp.option.length.bad"]);
        *bytes.get_mut(245).unwrap() = 4;
        assert_eq!(kinds(&bytes), [53, 52]);
        assert_eq!(codes(&bytes), ["dhcp.option.overload.bad"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let ack = Dhcp::new(BootpOpcode::REPLY, 7).message_type(DhcpMessageType::ACK);
        let found = |message: Builder<Dhcp>| codes(message.bytes().unwrap());
        assert_eq!(found(ack), [""; 0]);
        assert_eq!(found(ack.hardware_length(17)), ["dhcp.hw.len.bad"]);
        assert_eq!(found(ack.without_end()), ["dhcp.end.none"]);
        assert_eq!(found(ack.option(DhcpOption::ROUTER, &[192, 0, 2])), ["dhcp.option.length.unfit"]);
        assert_eq!(found(ack.option(DhcpOption::ROUTER, &[])), ["dhcp.option.length.unfit"]);
        assert_eq!(found(ack.option(DhcpOption::STATIC_ROUTE, &[0; 12])), ["dhcp.option.length.unfit"]);
        assert_eq!(found(ack.without_end().append(&[3, 9, 0])), ["dhcp.option.length.bad"]);
        // RFC 3396: 64 servers are 256 bytes, in two options.
        let servers = [7; 256];
        let long = ack.option(DhcpOption::DOMAIN_NAME_SERVER, &servers);
        assert_eq!(found(long), [""; 0]);
        let bytes = long.bytes().unwrap();
        let pieces: Vec<&[u8]> = Dhcp::view(bytes).unwrap().pieces(DhcpOption::DOMAIN_NAME_SERVER).collect();
        assert_eq!(pieces.concat(), servers);
        // Without the end, an option is added behind what is there.
        let open = ack.without_end().option(DhcpOption::SUBNET_MASK, &[255, 255, 255, 255]);
        assert_eq!(found(open), [""; 0]);
        assert_eq!(Dhcp::view(open.bytes().unwrap()).unwrap().message_type(), Some(DhcpMessageType::ACK));
        assert_eq!(found(Dhcp::new(BootpOpcode::REPLY, 7)), ["dhcp.type.none"]);
        let bootp = Builder::<Dhcp>::empty().opcode(BootpOpcode::REQUEST);
        assert_eq!(found(bootp.append(&[0; 64])), [""; 0]);
        assert_eq!(found(bootp.append(b"vendor")), ["dhcp.cookie.none"]);
        assert_eq!(codes(&[1, 1, 6, 0]), ["header.cut"]);
    }

    /// RFC 3397 section 2: a pointer counts from the first byte of the option's data, not of the message.
    #[test]
    fn names_point_within_their_option() {
        let list = b"\x03lab\x07example\x00\x03www\xc0\x00\x03ftp\xc0\x04";
        let message = Dhcp::discover(7, CLIENT).option(DhcpOption::DOMAIN_SEARCH, list);
        let bytes = udp_around(message.bytes().unwrap());
        let packet = Decoder::new().packet(Frame::raw(&bytes));
        let names = |name: &str| {
            let fields = packet.fields().filter(|field| field.info.name == name);
            fields.map(|field| field.value().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            names("dhcp.option.dhcp_dns_domain_search_list_fqdn"),
            ["lab.example", "www.lab.example", "ftp.example"]
        );
    }
}
