//! Taking a packet apart: header after header, each written down as a place.

use crate::field::{Kind, Next, Peel, Protocol};
use crate::names::{EtherType, IpProtocol};
use crate::packet::registry::{self, CLASS, NETWORK, TRANSPORT, Visit};
use crate::packet::{Layer, Packet};

/// The link-layer header that a capture's frames begin with: pcap's
/// [LINKTYPE](https://www.tcpdump.org/linktypes.html) numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct LinkType(pub u32);

impl LinkType {
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// IPv4 or IPv6, as the first four bits say.
    pub const RAW: Self = Self(101);
    /// IPv4.
    pub const IPV4: Self = Self(228);
    /// IPv6.
    pub const IPV6: Self = Self(229);

    /// The name, if it is one that is decoded here.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::ETHERNET => Some("ethernet"),
            Self::RAW => Some("raw"),
            Self::IPV4 => Some("ipv4"),
            Self::IPV6 => Some("ipv6"),
            _ => None,
        }
    }

    /// The link type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::ETHERNET, Self::RAW, Self::IPV4, Self::IPV6].into_iter().find(|link| link.name() == Some(name))
    }
}

/// The captured bytes of one frame, and what its capture says of it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<B> {
    /// What the bytes begin with.
    pub link: LinkType,
    /// The bytes that were captured.
    pub bytes: B,
    /// Length of the frame on the wire; more than there are bytes if the capture cut it.
    pub length: usize,
}

impl<B: AsRef<[u8]>> Frame<B> {
    /// A whole frame.
    pub fn new(link: LinkType, bytes: B) -> Self {
        let length = bytes.as_ref().len();
        Self { link, bytes, length }
    }

    /// A whole Ethernet frame.
    pub fn ethernet(bytes: B) -> Self {
        Self::new(LinkType::ETHERNET, bytes)
    }
}

/// How far the decoder goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most layers of one packet; what lies deeper is payload, and a finding says so.
    pub layers: u8,
}

/// Where a user's rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The frame begins with it.
    Link(LinkType),
    /// Behind this EtherType.
    EtherType(EtherType),
    /// Behind this IP protocol number.
    IpProtocol(IpProtocol),
    /// To or from this UDP port.
    UdpPort(u16),
    /// To or from this TCP port.
    TcpPort(u16),
}

/// A user's rule: which header a number leads to. It comes before what is built in, so it can also say that a
/// number means something else here.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The number.
    pub when: When,
    /// The kind it leads to: built in, or [`Kind::user`] with a protocol.
    pub kind: Kind,
    /// What a user's kind says of itself; `None` for a built-in one.
    pub protocol: Option<&'static Protocol>,
}

/// Takes packets apart. One decoder serves all packets; it is a small value and can be copied.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// How far it goes.
    pub limits: Limits,
    /// The user's rules.
    pub rules: &'static [Rule],
}

/// Where each layer of a packet lies: a small record beside the bytes, which it does not hold.
///
/// The outermost 16 layers stand in it; deeper ones are peeled again when they are asked for. The outermost
/// network and transport headers are reached without a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) layers: [Layer; INLINE],
    pub(super) count: u8,
    /// Index of the layer, from 1; 0 for none.
    pub(super) network: u8,
    pub(super) transport: u8,
    pub(super) limited: bool,
}

/// Layers that a record holds.
pub(super) const INLINE: usize = 16;

impl Record {
    const EMPTY: Self =
        Self { layers: [Layer::NONE; INLINE], count: 0, network: 0, transport: 0, limited: false };

    /// The outermost network header: IPv4, IPv6 or ARP.
    #[inline]
    pub fn network(&self) -> Option<&Layer> {
        self.layers.get(usize::from(self.network).wrapping_sub(1))
    }

    /// The outermost transport header: TCP, UDP, ICMP or ICMPv6.
    #[inline]
    pub fn transport(&self) -> Option<&Layer> {
        self.layers.get(usize::from(self.transport).wrapping_sub(1))
    }

    /// Number of headers.
    #[inline]
    pub fn count(&self) -> usize {
        usize::from(self.count)
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with what is built in, to a depth of 64 layers.
    pub const fn new() -> Self {
        Self { limits: Limits { layers: 64 }, rules: &[] }
    }

    /// The same with rules of the user's.
    ///
    /// ```
    /// use layercake::field::Kind;
    /// use layercake::names::EtherType;
    /// use layercake::packet::{Decoder, Frame, Rule, When};
    /// use layercake::wire::ipv4::Ipv4;
    ///
    /// // IPv4 behind an EtherType of one's own.
    /// static RULES: &[Rule] =
    ///     &[Rule { when: When::EtherType(EtherType(0x88b5)), kind: Kind::IPV4, protocol: None }];
    ///
    /// let mut frame = [0; 34];
    /// frame[12..16].copy_from_slice(&[0x88, 0xb5, 0x45, 0x00]);
    /// assert!(Decoder::new().packet(Frame::ethernet(&frame)).get::<Ipv4>().is_none());
    /// assert!(Decoder::new().rules(RULES).packet(Frame::ethernet(&frame)).get::<Ipv4>().is_some());
    /// ```
    #[must_use]
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    /// Takes a frame apart. This never fails: what cannot be read is payload or not parsed, and
    /// [`Packet::findings`] say why.
    #[inline]
    pub fn packet<B: AsRef<[u8]>>(&self, frame: Frame<B>) -> Packet<B> {
        let mut packet = Packet { frame, record: Record::EMPTY, decoder: *self };
        self.fill(packet.frame.link, packet.frame.bytes.as_ref(), &mut packet.record);
        packet
    }

    /// Where the layers of a frame lie.
    #[inline]
    pub fn record(&self, link: LinkType, bytes: &[u8]) -> Record {
        let mut record = Record::EMPTY;
        self.fill(link, bytes, &mut record);
        record
    }

    fn fill(&self, link: LinkType, bytes: &[u8], record: &mut Record) {
        let inline = usize::from(self.limits.layers).min(INLINE);
        let mut kind = self.first(link, bytes);
        let mut walk = Walk {
            decoder: self,
            places: record.layers.get_mut(..inline).unwrap_or_default().iter_mut(),
            rest: bytes.get(..u32::MAX as usize).unwrap_or(bytes),
            start: 0,
            count: 0,
            network: 0,
            transport: 0,
        };
        while kind != Kind::NONE {
            if walk.places.len() == 0 {
                (walk.count, record.limited) = self.deep(kind, walk.rest, walk.count);
                break;
            }
            kind = registry::peel(kind, walk.rest, &mut walk);
        }
        (record.count, record.network, record.transport) = (walk.count, walk.network, walk.transport);
    }

    /// Counts the layers that the record has no room for, and says whether there are more than the limit.
    #[cold]
    fn deep(&self, mut kind: Kind, mut rest: &[u8], mut count: u8) -> (u8, bool) {
        while kind != Kind::NONE {
            if count >= self.limits.layers {
                return (count, true);
            }
            count = count.wrapping_add(1);
            let Some(peel) = self.peel(kind, rest) else { break };
            (kind, rest) = (peel.next.unwrap_or(Kind::NONE), peel.content);
        }
        (count, false)
    }

    /// The first header of a frame.
    #[inline(always)]
    fn first(&self, link: LinkType, bytes: &[u8]) -> Kind {
        let built_in = match link {
            LinkType::ETHERNET => Kind::ETHERNET,
            LinkType::IPV4 => Kind::IPV4,
            LinkType::IPV6 => Kind::IPV6,
            LinkType::RAW => match bytes.first() {
                Some(0x60..=0x6f) => Kind::IPV6,
                Some(0x40..=0x4f) => Kind::IPV4,
                _ => Kind::NONE,
            },
            _ => Kind::NONE,
        };
        if self.rules.is_empty() { built_in } else { self.ruled(built_in, &[When::Link(link)]) }
    }

    /// Takes one header off and says which kind comes next; `None` if the header is cut short.
    pub(super) fn peel<'a>(&self, kind: Kind, bytes: &'a [u8]) -> Option<Peel<'a, Kind>> {
        registry::peel(kind, bytes, self)
    }

    /// Takes off a header of a user's.
    #[cold]
    fn peel_user<'a>(&self, kind: Kind, bytes: &'a [u8]) -> Option<Peel<'a, Next>> {
        (self.protocol(kind)?.peel)(bytes)
    }

    /// Where a number leads.
    #[inline(always)]
    pub(super) fn next(&self, next: Next) -> Kind {
        match next {
            Next::EtherType(ether_type) => self.ether_type(ether_type),
            Next::IpProtocol(protocol) => self.ip_protocol(protocol),
            Next::Udp(source, destination) => self.port(When::UdpPort, source, destination),
            Next::Tcp(source, destination) => self.port(When::TcpPort, source, destination),
            Next::Kind(kind) => kind,
        }
    }

    #[inline(always)]
    fn ether_type(&self, ether_type: EtherType) -> Kind {
        let built_in = registry::by_ether_type(ether_type);
        if self.rules.is_empty() { built_in } else { self.ruled(built_in, &[When::EtherType(ether_type)]) }
    }

    #[inline(always)]
    fn ip_protocol(&self, protocol: IpProtocol) -> Kind {
        let built_in = registry::by_ip_protocol(protocol);
        if self.rules.is_empty() { built_in } else { self.ruled(built_in, &[When::IpProtocol(protocol)]) }
    }

    #[inline(always)]
    fn port(&self, when: fn(u16) -> When, source: u16, destination: u16) -> Kind {
        if self.rules.is_empty() {
            Kind::NONE
        } else {
            self.ruled(Kind::NONE, &[when(destination), when(source)])
        }
    }

    /// Where the user's rules lead, or else what is built in.
    #[cold]
    fn ruled(&self, built_in: Kind, cases: &[When]) -> Kind {
        self.rules.iter().find(|rule| cases.contains(&rule.when)).map_or(built_in, |rule| rule.kind)
    }

    /// What a kind says of itself.
    pub fn protocol(&self, kind: Kind) -> Option<&'static Protocol> {
        registry::built_in(kind)
            .or_else(|| self.rules.iter().find(|rule| rule.kind == kind).and_then(|rule| rule.protocol))
    }
}

impl<'a> Visit<'a> for &Decoder {
    type Output = Option<Peel<'a, Kind>>;

    #[inline(always)]
    fn built_in(self, _: Kind, peel: Option<Peel<'a, Next>>) -> Self::Output {
        peel.map(|peel| peel.map(|next| self.next(next)))
    }

    fn other(self, kind: Kind, bytes: &'a [u8]) -> Self::Output {
        self.built_in(kind, self.peel_user(kind, bytes))
    }
}

/// The walk that fills a record.
struct Walk<'a, 'r> {
    decoder: &'r Decoder,
    places: core::slice::IterMut<'r, Layer>,
    /// What the header before carries, and where that begins.
    rest: &'a [u8],
    start: u32,
    count: u8,
    network: u8,
    transport: u8,
}

impl<'a> Visit<'a> for &mut Walk<'a, '_> {
    type Output = Kind;

    #[inline(always)]
    fn built_in(self, kind: Kind, peel: Option<Peel<'a, Next>>) -> Kind {
        self.count = self.count.wrapping_add(1);
        match kind.0 & CLASS {
            NETWORK if self.network == 0 => self.network = self.count,
            TRANSPORT if self.transport == 0 => self.transport = self.count,
            _ => {}
        }
        let Some(place) = self.places.next() else { return Kind::NONE };
        let Some(peel) = peel else {
            *place = Layer::cut(kind, self.start, self.rest);
            return Kind::NONE;
        };
        *place = Layer::of(kind, self.start, &peel);
        self.rest = peel.content;
        self.start = self.start.wrapping_add(peel.header as u32);
        match peel.next {
            Some(next) => self.decoder.next(next),
            None => Kind::NONE,
        }
    }

    #[inline(always)]
    fn other(self, kind: Kind, bytes: &'a [u8]) -> Kind {
        self.built_in(kind, self.decoder.peel_user(kind, bytes))
    }
}
