//! RIP, versions 1 ([RFC 1058](https://www.rfc-editor.org/rfc/rfc1058)) and 2 ([RFC 2453](https://www.rfc-editor.org/rfc/rfc2453)): which
//! networks a router knows the way to, and how far they are.
//!
//! A message is four bytes and up to 25 entries of 20 bytes: routes, or, first, what authenticates it.
//!
//! ```
//! use layercake::packet::{Decoder, Frame};
//! use layercake::wire::rip::{Rip, Route};
//! use layercake::wire::{ipv4::Ipv4, udp::Udp};
//!
//! let route = Route { address: [10, 2, 0, 0].into(), mask: [255, 255, 0, 0].into(), metric: 3, ..Route::default() };
//! let update = Rip::response().password(b"secret").route(&route);
//! let ip = Ipv4::new([192, 0, 2, 1].into(), [224, 0, 0, 9].into()).ttl(1);
//! let mut buffer = [0; 100];
//! let bytes = (ip / Udp::new(520, 520) / update).write(&mut buffer)?;
//!
//! let packet = Decoder::new().packet(Frame::raw(&*bytes));
//! let rip = packet.get::<Rip>().unwrap();
//! assert_eq!(rip.routes().collect::<Vec<_>>(), [route]);
//! assert_eq!(rip.authentication().and_then(|it| it.password()), Some(&b"secret"[..]));
//! assert_eq!(packet.findings().count(), 0);
//! # Ok::<(), layercake::field::BuildError>(())
//! ```

use core::net::Ipv4Addr;

use crate::field::{Builder, Check, Cursor, Finding, Next, Peel, Phrase, Protocol, Scope, Section, Severity};
use crate::names::{RipAuthentication, RipCommand, RipFamily};
use crate::wire::data;

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+-------------------------------+
    /// |    Command    |    Version    |            Unused             |
    /// +---------------+---------------+-------------------------------+
    /// |                    Entries, 20 bytes each                     |
    /// ```
    ///
    /// The unused field was the routing domain of RFC 1388.
    pub struct Rip(4 max 504 step 4) "rip" in "RFC 2453 section 4" {
        tile COMMAND(command, set_command): RipCommand = 0..8, "rip.command", "Command";
        tile VERSION(version, set_version): u8 = 8..16, "rip.version", "Version";
        tile ROUTING_DOMAIN(routing_domain, set_routing_domain): u16 = 16..32, "rip.routing_domain", "Unused";
    }
}

crate::fields! {
    /// A route, in version 2.
    pub mod route in "RFC 2453 section 4" {
        tile FAMILY: RipFamily = 0..16, "rip.family", "Address family";
        tile TAG: u16 = 16..32, "rip.route_tag", "Route tag", "RFC 2453 section 4.2";
        tile ADDRESS: Ipv4Addr = 32..64, "rip.ip", "Network";
        tile MASK: Ipv4Addr = 64..96, "rip.netmask", "Mask of the network", "RFC 2453 section 4.3";
        tile NEXT_HOP: Ipv4Addr = 96..128, "rip.next_hop", "Next hop", "RFC 2453 section 4.4";
        tile METRIC: u32 = 128..160, "rip.metric", "Metric";
    }
}
crate::fields! {
    /// A route, in version 1.
    pub mod route_v1 in "RFC 2453 section 3.6" {
        tile FAMILY: RipFamily = 0..16, "rip.family", "Address family";
        tile ZERO: [u8; 0] = 16..32, "rip.zero", "Must be zero";
        tile ADDRESS: Ipv4Addr = 32..64, "rip.ip", "Network";
        tile ZEROS: [u8; 0] = 64..128, "rip.zero", "Must be zero";
        tile METRIC: u32 = 128..160, "rip.metric", "Metric";
    }
}
crate::fields! {
    /// A password, as the first entry.
    pub mod password in "RFC 2453 section 4.1" {
        tile FAMILY: RipFamily = 0..16, "rip.family", "Address family";
        tile TYPE: RipAuthentication = 16..32, "rip.auth.type", "Authentication type";
        tile PASSWORD: [u8; 0] as Text = 32..160, "rip.auth.passwd", "Password";
    }
}
crate::fields! {
    /// What says where a digest of the message stands, as the first entry.
    pub mod cryptographic in "RFC 4822 section 2.2" {
        tile FAMILY: RipFamily = 0..16, "rip.family", "Address family";
        tile TYPE: RipAuthentication = 16..32, "rip.auth.type", "Authentication type";
        tile DIGEST_OFFSET: u16 = 32..48, "rip.digest_offset", "Where the digest begins";
        tile KEY: u8 = 48..56, "rip.key_id", "Key";
        tile LENGTH: u8 = 56..64, "rip.auth_data_len", "Length of the digest";
        tile SEQUENCE: u32 = 64..96, "rip.seq_num", "Sequence number";
        tile ZEROS: [u8; 0] = 96..160, "rip.zero_padding", "Zero";
    }
}
crate::fields! {
    /// Something else that authenticates a message, as any entry: the digest of RFC 4822 behind all others.
    pub mod authentication in "RFC 4822 section 2.3" {
        tile FAMILY: RipFamily = 0..16, "rip.family", "Address family";
        tile TYPE: RipAuthentication = 16..32, "rip.auth.type", "Authentication type";
        tile DATA: [u8; 0] = 32..0, "rip.authentication_data", "Authentication data";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "rip",
    name: "Routing Information Protocol",
    spec: "RFC 2453",
    fields: FIELDS,
    tables: &[password::FIELDS, cryptographic::FIELDS],
    lists: &[route::FIELDS, route_v1::FIELDS, authentication::FIELDS],
    length: Rip::LEN,
    peel,
    needed: |bytes| bytes.len().max(Rip::LEN),
    sections,
    checks: CHECKS,
    summary: &[
        Phrase::Text("RIP version "),
        Phrase::Value(&VERSION.info),
        Phrase::Text(" "),
        Phrase::Value(&COMMAND.info),
    ],
    ..Protocol::PLAIN
};

/// The message, which is as long as the datagram; nothing leads on.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    bytes.first_chunk::<4>()?;
    Some(Peel { header: bytes.len(), content: &[], tail: 0, next: None })
}

/// Bytes of an entry.
const ENTRY: usize = 20;

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let left = header.len().saturating_sub(cursor.at);
    if left == 0 {
        return None;
    }
    if left < ENTRY {
        return cursor.take(data::unparsed::FIELDS, left);
    }
    let entry = header.get(cursor.at..)?;
    let is_first = cursor.at == Rip::LEN;
    match (route::FAMILY.read(entry)?, password::TYPE.read(entry)?) {
        (RipFamily::AUTHENTICATION, RipAuthentication::PASSWORD) if is_first => {
            cursor.take(password::FIELDS, ENTRY)
        }
        (RipFamily::AUTHENTICATION, RipAuthentication::CRYPTOGRAPHIC) if is_first => {
            cursor.take(cryptographic::FIELDS, ENTRY)
        }
        // The digest is the last, and as long as it is.
        (RipFamily::AUTHENTICATION, RipAuthentication::DATA) => cursor.take(authentication::FIELDS, left),
        (RipFamily::AUTHENTICATION, _) => cursor.take(authentication::FIELDS, ENTRY),
        _ if VERSION.read(header) == Some(1) => cursor.take(route_v1::FIELDS, ENTRY),
        _ => cursor.take(route::FIELDS, ENTRY),
    }
}

/// The first route of a message with something wrong about it, and where it begins.
fn find(scope: &Scope<'_>, wrong: impl Fn(&Route) -> bool) -> Option<(usize, Route)> {
    let rip = Rip { bytes: scope.header_bytes() };
    (rip.command() == RipCommand::RESPONSE).then_some(())?;
    rip.entries().filter_map(|(at, entry)| Some((at, Route::read(entry)?))).find(|(_, route)| wrong(route))
}

const CHECKS: &[Check] = &[
    |scope| {
        let (at, route) = find(scope, |route| !(1..=16).contains(&route.metric))?;
        let text = "a metric is not between 1 and 16";
        let wrong = Finding::at(&route::METRIC.info, "rip.metric.bad", Severity::Error, text);
        Some(wrong.place(at.saturating_add(16), 4).value(u64::from(route.metric), 16))
    },
    |scope| {
        let (at, _) = find(scope, |route| {
            let mask = route.mask.to_bits();
            mask.leading_ones().saturating_add(mask.trailing_zeros()) < 32
        })?;
        let text = "a mask has ones behind zeros";
        let wrong = Finding::at(&route::MASK.info, "rip.netmask.bad", Severity::Error, text);
        (VERSION.read(scope.bytes)? > 1).then(|| wrong.place(at.saturating_add(8), 4))
    },
    |scope| {
        let text = "messages of version 0 are to be discarded";
        let wrong = Finding::at(&VERSION.info, "rip.version.bad", Severity::Error, text);
        (VERSION.read(scope.bytes)? == 0).then_some(wrong)
    },
];

/// A route of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it is a route of: IP.
    pub family: RipFamily,
    /// Passed on with the route.
    pub tag: u16,
    /// The network; 0.0.0.0 stands for all.
    pub address: Ipv4Addr,
    /// Its mask; 0.0.0.0 in version 1, and where none is said.
    pub mask: Ipv4Addr,
    /// The router to send to, 0.0.0.0 for the one that says so.
    pub next_hop: Ipv4Addr,
    /// How far it is, 16 standing for not reachable.
    pub metric: u32,
}

impl Default for Route {
    /// The way to everything, over one network.
    fn default() -> Self {
        let none = Ipv4Addr::UNSPECIFIED;
        Self { family: RipFamily::IP, tag: 0, address: none, mask: none, next_hop: none, metric: 1 }
    }
}

impl Route {
    /// What asks for the whole table, as the only route of a request (RFC 2453 section 3.9.1).
    pub fn everything() -> Self {
        Self { family: RipFamily::UNSPECIFIED, metric: 16, ..Self::default() }
    }

    fn read(entry: &[u8]) -> Option<Self> {
        let family = route::FAMILY.read(entry).filter(|family| *family != RipFamily::AUTHENTICATION)?;
        Some(Self {
            family,
            tag: route::TAG.read(entry)?,
            address: route::ADDRESS.read(entry)?,
            mask: route::MASK.read(entry)?,
            next_hop: route::NEXT_HOP.read(entry)?,
            metric: route::METRIC.read(entry)?,
        })
    }
}

/// The first entry of a message that is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// How.
    pub kind: RipAuthentication,
    /// What stands behind that: 16 bytes.
    pub data: &'a [u8],
}

impl<'a> Authentication<'a> {
    /// The password, without the zeros that fill it up, if it is one.
    pub fn password(&self) -> Option<&'a [u8]> {
        let end = self.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        self.data.get(..end).filter(|_| self.kind == RipAuthentication::PASSWORD)
    }
}

impl Rip {
    fn of(command: RipCommand) -> Builder<Self> {
        Builder::<Self>::empty().command(command).version(2)
    }

    /// A request, of version 2; each route that is asked for is added with [`route`](Builder::<Rip>::route).
    pub fn request() -> Builder<Self> {
        Self::of(RipCommand::REQUEST)
    }

    /// A response, of version 2, which is an update too; each route is added with [`route`](Builder::<Rip>::route).
    pub fn response() -> Builder<Self> {
        Self::of(RipCommand::RESPONSE)
    }
}

impl Builder<Rip> {
    /// Adds a route; there is room for 25 entries.
    #[must_use]
    pub fn route(self, route: &Route) -> Self {
        self.append(&route.family.0.to_be_bytes())
            .append(&route.tag.to_be_bytes())
            .append(&route.address.octets())
            .append(&route.mask.octets())
            .append(&route.next_hop.octets())
            .append(&route.metric.to_be_bytes())
    }

    /// Adds a password of 16 bytes at most, which has to be the first entry.
    #[must_use]
    pub fn password(self, password: &[u8]) -> Self {
        let mut padded = [0; 16];
        padded.iter_mut().zip(password).for_each(|(place, byte)| *place = *byte);
        self.append(&RipFamily::AUTHENTICATION.0.to_be_bytes())
            .append(&RipAuthentication::PASSWORD.0.to_be_bytes())
            .append(&padded)
    }
}

impl<'a> Rip<&'a [u8]> {
    /// Entries with the byte at which each begins.
    fn entries(&self) -> impl Iterator<Item = (usize, &'a [u8])> + use<'a> {
        let entries = self.bytes.get(Rip::LEN..).unwrap_or(&[]).chunks_exact(ENTRY);
        (Rip::LEN..).step_by(ENTRY).zip(entries)
    }

    /// The routes, without what authenticates them.
    pub fn routes(&self) -> impl Iterator<Item = Route> + use<'a> {
        self.entries().filter_map(|(_, entry)| Route::read(entry))
    }

    /// What authenticates the message: its first entry.
    pub fn authentication(&self) -> Option<Authentication<'a>> {
        let (_, entry) = self.entries().next()?;
        let is_one = route::FAMILY.read(entry) == Some(RipFamily::AUTHENTICATION);
        is_one.then_some(())?;
        Some(Authentication { kind: password::TYPE.read(entry)?, data: entry.get(4..)? })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)] // What is put together with `/`.
mod tests {
    use super::*;
    use crate::packet::{Decoder, Frame};
    use crate::wire::ipv4::Ipv4;
    use crate::wire::udp::Udp;

    fn codes(message: &[u8]) -> std::vec::Vec<&'static str> {
        let ip = Ipv4::new([192, 0, 2, 1].into(), [224, 0, 0, 9].into()).ttl(1);
        let bytes = (ip / Udp::new(520, 520) / message).to_vec().unwrap();
        let packet = Decoder::new().packet(Frame::raw(&bytes[..]));
        assert!(packet.get::<Rip>().is_some());
        packet.findings().map(|finding| finding.code).collect()
    }

    /// RFC 2453 section 4, bytes written down after its figures.
    #[test]
    fn a_message_of_version_2() {
        let message = [
            &[2, 2, 0, 0][..],
            &[0xff, 0xff, 0, 2, b'k', b'e', b'y', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0, 2, 0, 7, 10, 1, 0, 0, 255, 255, 0, 0, 192, 0, 2, 9, 0, 0, 0, 3],
            &[0, 2, 0, 0, 10, 2, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 16],
        ]
        .concat();
        let rip = Rip::view(&message[..]).unwrap();
        let routes: std::vec::Vec<Route> = rip.routes().collect();
        let first = Route {
            tag: 7,
            address: [10, 1, 0, 0].into(),
            mask: [255, 255, 0, 0].into(),
            next_hop: [192, 0, 2, 9].into(),
            metric: 3,
            ..Route::default()
        };
        assert_eq!((routes[0], routes[1].metric, routes.len()), (first, 16, 2));
        assert_eq!(rip.authentication().unwrap().password(), Some(&b"key"[..]));
        let built = Rip::response().password(b"key").route(&first).route(&routes[1]);
        assert_eq!(built.bytes().unwrap(), message);
        assert_eq!(codes(&message), [""; 0]);
    }

    /// RFC 2453 section 3.9.2 and 5, RFC 4822: what is wrong is found, what is another kind is read.
    #[test]
    fn what_is_wrong_is_found() {
        let response = |route: Route| Rip::response().route(&route).bytes().unwrap().to_vec();
        let route = Route { metric: 17, ..Route::default() };
        assert_eq!(codes(&response(route)), ["rip.metric.bad"]);
        let route = Route { mask: [255, 0, 255, 0].into(), ..Route::default() };
        assert_eq!(codes(&response(route)), ["rip.netmask.bad"]);
        let mut zero = response(Route::default());
        zero[1] = 0;
        assert_eq!(codes(&zero), ["rip.version.bad"]);
        let request = Rip::request().route(&Route::everything());
        assert_eq!(codes(request.bytes().unwrap()), [""; 0]);
        let mut one = response(Route::default());
        one[1] = 1;
        assert_eq!(codes(&one), [""; 0]);
        let digest = [
            &[2, 2, 0, 0, 0xff, 0xff, 0, 3, 0, 24, 1, 20, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[0xff, 0xff, 0, 1],
            &[7; 20],
        ]
        .concat();
        assert_eq!(codes(&digest), [""; 0]);
        assert_eq!(Rip::view(&digest[..]).unwrap().routes().count(), 0);
    }
}
