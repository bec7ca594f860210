//! Taking a packet apart: header after header, each written down as a place.

use crate::field::builder::Registered;
use crate::field::{Kind, Next, Peel, Protocol};
pub use crate::names::LinkType;
use crate::names::{EtherType, IpProtocol};
use crate::packet::registry::{self, CLASS, NETWORK, TRANSPORT};
use crate::packet::{Layer, Packet};
use crate::wire::ppp_framing;

impl LinkType {
    /// Whether frames of this type are decoded here.
    pub fn is_decoded(self) -> bool {
        matches!(self, Self::RAW | Self(12 | 14) | Self::PPP | Self::PPP_HDLC)
            || registry::by_link_type(self.0) != Kind::NONE
    }

    /// The link type of this name, if it is one that is decoded here.
    pub fn from_name(name: &str) -> Option<Self> {
        (0..=0xffff).map(Self).find(|link| link.is_decoded() && link.name() == Some(name))
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
    /// Bytes of frame check sequence at the end of the frame, if its capture says so.
    pub check_sequence: Option<u8>,
    /// The header that the bytes begin with, whatever the link type says: see [`Frame::of_kind`].
    pub begins: Option<Kind>,
}

impl<B: AsRef<[u8]>> Frame<B> {
    /// Length of what was captured without the check sequence that the capture says is there.
    #[inline]
    pub(super) fn body(&self) -> usize {
        let captured = self.bytes.as_ref().len();
        match self.check_sequence {
            Some(length) => captured.min(self.length.max(captured).saturating_sub(usize::from(length))),
            None => captured,
        }
    }

    /// The same frame over borrowed bytes.
    pub fn borrowed(&self) -> Frame<&[u8]> {
        self.with(self.bytes.as_ref())
    }

    /// A whole frame.
    pub fn new(link: LinkType, bytes: B) -> Self {
        let length = bytes.as_ref().len();
        Self { link, bytes, length, check_sequence: None, begins: None }
    }

    /// Bytes that begin with a header of this kind, built in or a user's: what was put together out of several packets, or
    /// stands in the middle of one. IP packets need no more than [`Frame::raw`]. In a capture they are of the kind's own
    /// link type; where it has none, of the first for private use.
    ///
    /// ```
    /// use layercake::field::Kind;
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::tcp::Tcp;
    ///
    /// let mut buffer = [0; 64];
    /// let segment = (Tcp::new(5000, 7) / b"hello").write(&mut buffer)?;
    /// let packet = Decoder::new().packet(Frame::of_kind(Kind::TCP, segment));
    /// assert_eq!(packet.ports(), Some((5000, 7)));
    /// assert_eq!(packet.payload(), b"hello");
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn of_kind(kind: Kind, bytes: B) -> Self {
        let link = registry::link_type(kind).unwrap_or(LinkType::RESERVED_01);
        Self { begins: Some(kind), ..Self::new(link, bytes) }
    }

    /// A whole IP packet without a frame around it: IPv4 or IPv6, as its first four bits say.
    pub fn raw(bytes: B) -> Self {
        Self::new(LinkType::RAW, bytes)
    }

    /// A whole Ethernet frame.
    pub fn ethernet(bytes: B) -> Self {
        Self::new(LinkType::ETHERNET, bytes)
    }
}

impl<B> Frame<B> {
    /// What is said of the frame, over other bytes.
    pub fn with<C>(&self, bytes: C) -> Frame<C> {
        let Self { link, length, check_sequence, begins, .. } = *self;
        Frame { link, bytes, length, check_sequence, begins }
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
#[non_exhaustive]
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
///
/// A header of one's own is declared as those of this crate are; it is a layer like any other, with fields,
/// findings, a view, and a builder that goes between others:
///
/// ```
/// use layercake::field::builder::Registered;
/// use layercake::field::{Announce, Kind, Numbers, Peel, Protocol};
/// use layercake::names::EtherType;
/// use layercake::packet::{Decoder, Frame, Rule, When};
/// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
///
/// layercake::header! {
///     /// A tag of our own: a colour, a size, and the EtherType of what follows.
///     pub struct Tag(4) builder TagFields "tag" in "our wiki" {
///         tile COLOUR(colour, set_colour): u8 = 0..4, "tag.colour", "Colour";
///         tile SIZE(size, set_size): u16 as Hex = 4..16, "tag.size", "Size";
///         tile NEXT(next, set_next): EtherType = 16..32, "tag.next", "Next";
///     }
/// }
///
/// static TAG: Protocol = Protocol {
///     prefix: "tag",
///     name: "Our Tag",
///     spec: "our wiki",
///     fields: FIELDS,
///     length: Tag::LEN,
///     needed: |_| Tag::LEN,
///     peel: |bytes| {
///         let (header, content) = bytes.split_first_chunk::<4>()?;
///         Some(Peel { header: 4, content, tail: 0, next: NEXT.read(header).map(Into::into) })
///     },
///     announce: Some(Announce { field: &NEXT.info, numbers: Numbers::EtherType, nothing: None }),
///     ..Protocol::PLAIN
/// };
///
/// impl Registered for Tag {
///     const KIND: Kind = Kind::user(0);
///     const PROTOCOL: &'static Protocol = &TAG;
///     const ETHER_TYPE: Option<u16> = Some(0x88b5);
///     const IP_PROTOCOL: Option<u8> = None;
/// }
///
/// static RULES: &[Rule] = &[Rule::of::<Tag>(When::EtherType(EtherType(0x88b5)))];
///
/// # fn main() -> Result<(), layercake::field::BuildError> {
/// let tag = layercake::field::Builder::<Tag>::empty().colour(3).size(0x123);
/// let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// let mut buffer = [0; 64];
/// let frame = (Ethernet::new(Default::default(), Default::default()) / tag / ip / Udp::new(1, 2) / b"hello")
///     .write(&mut buffer)?;
///
/// let packet = Decoder::new().rules(RULES).packet(Frame::ethernet(frame));
/// assert_eq!(packet.get::<Tag>().unwrap().size(), 0x123);
/// assert_eq!(packet.payload(), b"hello");
/// assert!(packet.fields().any(|field| field.info.name == "tag.colour"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The number.
    pub when: When,
    /// The kind it leads to: built in, or [`Kind::user`] with a protocol.
    pub kind: Kind,
    /// What a user's kind says of itself; `None` for a built-in one.
    pub protocol: Option<&'static Protocol>,
}

impl Rule {
    /// The rule that leads to the headers of a type.
    pub const fn of<H: Registered>(when: When) -> Self {
        Self { when, kind: H::KIND, protocol: Some(H::PROTOCOL) }
    }
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
    pub(super) const EMPTY: Self =
        Self { layers: [Layer::NONE; INLINE], count: 0, network: 0, transport: 0, limited: false };

    /// Number of the outermost network header (IPv4, IPv6 or ARP) among the layers.
    #[inline]
    pub fn network(&self) -> Option<usize> {
        usize::from(self.network).checked_sub(1)
    }

    /// Number of the transport header of the outermost network header's own packet (TCP, UDP, ICMP or ICMPv6)
    /// among the layers. A packet that carries another one in a tunnel has none.
    #[inline]
    pub fn transport(&self) -> Option<usize> {
        usize::from(self.transport).checked_sub(1).filter(|index| *index < NO_LAYER.wrapping_sub(1))
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
    /// use layercake::names::EtherType;
    /// use layercake::packet::{Decoder, Frame, Rule, When};
    /// use layercake::wire::ipv4::Ipv4;
    ///
    /// // IPv4 behind an EtherType of one's own.
    /// static RULES: &[Rule] = &[Rule::of::<Ipv4>(When::EtherType(EtherType(0x88b5)))];
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
        Packet { record: self.record(&frame), frame, decoder: *self }
    }

    /// Where the layers of a frame lie.
    // Where the link type is known it costs nothing to look at it; the walk itself is compiled once.
    #[inline(always)]
    pub fn record<B: AsRef<[u8]>>(&self, frame: &Frame<B>) -> Record {
        let bytes = frame.bytes.as_ref();
        let bytes = bytes.get(..frame.body()).unwrap_or(bytes);
        let first = frame.begins.unwrap_or_else(|| self.first(frame.link, bytes));
        if self.rules.is_empty() {
            registry::walk::<false>(self, first, bytes)
        } else {
            registry::walk::<true>(self, first, bytes)
        }
    }

    /// Goes on where the record has no room: counts the layers and says whether there are more than the limit.
    #[cold]
    pub(super) fn deep(&self, mut kind: Kind, mut rest: &[u8], mut seen: Seen) -> (Seen, bool) {
        while kind != Kind::NONE {
            if seen.count >= usize::from(self.limits.layers) {
                return (seen, true);
            }
            seen.add(kind);
            let Some(peel) = self.peel(kind, rest) else { break };
            (kind, rest) = (peel.next.unwrap_or(Kind::NONE), peel.content);
        }
        (seen, false)
    }

    /// The first header of a frame.
    #[inline(always)]
    fn first(&self, link: LinkType, bytes: &[u8]) -> Kind {
        let built_in = match (link, bytes.first()) {
            (LinkType::RAW | LinkType(12 | 14), Some(0x60..=0x6f)) => Kind::IPV6,
            (LinkType::RAW | LinkType(12 | 14), Some(0x40..=0x4f)) => Kind::IPV4,
            (LinkType::RAW | LinkType(12 | 14), _) => Kind::NONE,
            (LinkType::PPP | LinkType::PPP_HDLC, _) => ppp_framing::first(bytes),
            (LinkType(link), _) => registry::by_link_type(link),
        };
        if self.rules.is_empty() { built_in } else { self.ruled(&[When::Link(link)]).unwrap_or(built_in) }
    }

    /// Takes one header off and says which kind comes next; `None` if the header is cut short.
    pub(super) fn peel<'a>(&self, kind: Kind, bytes: &'a [u8]) -> Option<Peel<'a, Kind>> {
        let peel = registry::peel(kind, bytes).unwrap_or_else(|| self.peel_user(kind, bytes))?;
        let content = peel.content;
        Some(peel.map(|next| self.next::<true>(next, content)))
    }

    /// Takes off a header that the walk has no step of its own for.
    #[cold]
    #[inline(never)]
    pub(super) fn peel_rare<'a>(&self, kind: Kind, bytes: &'a [u8]) -> Option<Peel<'a, Next>> {
        registry::peel(kind, bytes).unwrap_or_else(|| self.peel_user(kind, bytes))
    }

    /// Takes off a header of a user's.
    #[cold]
    pub(super) fn peel_user<'a>(&self, kind: Kind, bytes: &'a [u8]) -> Option<Peel<'a, Next>> {
        (self.protocol(kind)?.peel)(bytes).filter(registry::fits)
    }

    /// Where a number leads, and what it says to `content`. Without `RULES` there are none of the user's, and nothing looks
    /// for them.
    #[inline(always)]
    pub(super) fn next<const RULES: bool>(&self, next: Next, content: &[u8]) -> Kind {
        // Many segments carry nothing.
        if matches!(next, Next::Tcp(..) | Next::Udp(..)) && content.is_empty() {
            return Kind::NONE;
        }
        if RULES && let Some(kind) = self.by_rule(next) {
            return kind;
        }
        match next {
            Next::Udp(from, to) => Self::in_udp(from, to, content),
            Next::Tcp(from, to) => Self::in_tcp(from, to, content),
            next => self.by_number(next),
        }
    }

    /// What a UDP datagram carries. By itself, and marked as rare, as what TCP carries: so the walk over the headers keeps its registers
    /// on the way that all packets go.
    #[cold]
    #[inline(never)]
    fn in_udp(from: u16, to: u16, content: &[u8]) -> Kind {
        match registry::by_udp_ports(from, to) {
            Kind::NONE => registry::by_looks_in_udp(content),
            kind => Self::end_that_fits(kind, from, to, content),
        }
    }

    /// What a TCP segment carries.
    #[cold]
    #[inline(never)]
    fn in_tcp(from: u16, to: u16, content: &[u8]) -> Kind {
        match registry::by_tcp_ports(from, to) {
            Kind::NONE => registry::by_looks_in_tcp(content),
            kind if registry::begins_in_tcp(kind, content) => kind,
            _ => Kind::NONE,
        }
    }

    /// A server answers to any port, also to one that has a meaning of its own: where the source leads elsewhere, what the payload looks
    /// like decides.
    #[inline(always)]
    fn end_that_fits(kind: Kind, from: u16, to: u16, content: &[u8]) -> Kind {
        let other = registry::by_udp_ports(to, from);
        if other != kind && registry::looks_in_udp(other, content) { other } else { kind }
    }

    /// Where a number leads by what is built in.
    #[inline(always)]
    fn by_number(&self, next: Next) -> Kind {
        match next {
            Next::EtherType(ether_type) => registry::by_ether_type(ether_type),
            Next::IpProtocol(protocol) => registry::by_ip_protocol(protocol),
            Next::Udp(from, to) => registry::by_udp_ports(from, to),
            Next::Tcp(from, to) => registry::by_tcp_ports(from, to),
            Next::Kind(kind) => kind,
        }
    }

    /// Where a number leads by the user's rules.
    fn by_rule(&self, next: Next) -> Option<Kind> {
        match next {
            Next::EtherType(ether_type) => self.ruled(&[When::EtherType(EtherType(ether_type))]),
            Next::IpProtocol(protocol) => self.ruled(&[When::IpProtocol(IpProtocol(protocol))]),
            Next::Udp(from, to) => self.ruled(&[When::UdpPort(to), When::UdpPort(from)]),
            Next::Tcp(from, to) => self.ruled(&[When::TcpPort(to), When::TcpPort(from)]),
            Next::Kind(_) => None,
        }
    }

    /// Whether what follows was told by its looks alone: no rule and no number leads to it.
    pub(super) fn is_by_looks(&self, next: Next) -> bool {
        self.by_rule(next).is_none() && self.by_number(next) == Kind::NONE
    }

    /// Where the user's rules lead; the first that fits.
    fn ruled(&self, cases: &[When]) -> Option<Kind> {
        self.rules.iter().find(|rule| cases.contains(&rule.when)).map(|rule| rule.kind)
    }

    /// What a kind says of itself.
    pub fn protocol(&self, kind: Kind) -> Option<&'static Protocol> {
        registry::built_in(kind)
            .or_else(|| self.rules.iter().find(|rule| rule.kind == kind).and_then(|rule| rule.protocol))
    }
}

/// An index that no layer has.
const NO_LAYER: usize = u8::MAX as usize;

/// The layers that a walk has come by: how many, and at which place from 1 the packet's own network and transport
/// headers are.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) count: usize,
    pub(super) network: usize,
    pub(super) transport: usize,
}

impl Seen {
    #[inline(always)]
    fn add(&mut self, kind: Kind) {
        self.count = self.count.wrapping_add(1);
        match kind.0 & CLASS {
            NETWORK if self.network == 0 => self.network = self.count,
            // What a tunnel carries has a transport header; the tunnel's own packet has none.
            NETWORK if self.transport == 0 => self.transport = NO_LAYER,
            TRANSPORT if self.transport == 0 => self.transport = self.count,
            _ => {}
        }
    }
}

/// How far a walk over a frame has come.
pub(super) struct Walk<'a> {
    /// What the header before carries, and where that begins.
    pub(super) rest: &'a [u8],
    start: u32,
    pub(super) seen: Seen,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let rest = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        Self { rest, start: 0, seen: Seen { count: 0, network: 0, transport: 0 } }
    }

    /// Takes one header off. Says where it lies, and what leads on; without that the walk ends.
    #[inline(always)]
    pub(super) fn step<N>(
        &mut self,
        kind: Kind,
        peel: impl FnOnce(&'a [u8]) -> Option<Peel<'a, N>>,
    ) -> Result<(Layer, N), Layer> {
        self.seen.add(kind);
        let Some(peel) = peel(self.rest).filter(registry::fits) else {
            return Err(Layer::cut(kind, self.start, self.rest));
        };
        let layer = Layer::of(kind, self.start, &peel);
        self.rest = peel.content;
        self.start = self.start.wrapping_add(peel.header as u32);
        peel.next.map(|next| (layer, next)).ok_or(layer)
    }
}
