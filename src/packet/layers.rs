//! A packet: bytes, the record of where its layers lie, and the layers.

use core::net::IpAddr;
use core::ops::Range;

use crate::field::builder::Registered;
use crate::field::{Kind, Peel, Protocol};
use crate::names::IpProtocol;
use crate::packet::decode::INLINE;
use crate::packet::registry::{CLASS, EXTENSION, QUOTES, REST};
use crate::packet::rest::Rest;
use crate::packet::{Decoder, Frame, LinkType, Record};
use crate::wire::{ipv4, ipv6, sctp, tcp, udp};

/// Where one layer lies. An inner layer may end before the one around it does: what is between is padding or
/// trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub kind: Kind,
    /// No header is longer than 65,535 bytes; a list that would be is cut there, and goes on as payload.
    pub(super) header: u16,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Layer {
    pub(super) const NONE: Self = Self { kind: Kind::NONE, start: 0, header: 0, end: 0 };

    /// A whole header.
    #[inline(always)]
    pub(super) fn of<N>(kind: Kind, start: u32, peel: &Peel<'_, N>) -> Self {
        let content = start.wrapping_add(peel.header as u32);
        let end = content.wrapping_add(peel.content.len() as u32).wrapping_add(peel.tail as u32);
        Self { kind, header: peel.header as u16, start, end }
    }

    /// What is no header.
    pub(super) const fn rest(kind: Kind, start: u32, end: u32) -> Self {
        Self { kind, start, header: 0, end }
    }

    /// A header that is cut short, or longer than one can be: all that is left, as far as a header goes.
    pub(super) fn cut(kind: Kind, start: u32, rest: &[u8]) -> Self {
        let header = u16::try_from(rest.len()).unwrap_or(u16::MAX);
        Self { kind, header, start, end: start.wrapping_add(rest.len() as u32) }
    }

    /// The end of the header in the frame.
    pub(super) fn behind_header(&self) -> u32 {
        self.start.wrapping_add(u32::from(self.header))
    }

    /// First byte in the frame.
    #[inline]
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// Length of the header in bytes, as far as it is there; the whole length of what is no header.
    #[inline]
    pub fn header(&self) -> usize {
        if self.is_rest() { self.end.saturating_sub(self.start) as usize } else { usize::from(self.header) }
    }

    /// End of the layer in the frame: behind what it carries.
    #[inline]
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// First byte of what it carries.
    #[inline]
    pub fn content(&self) -> usize {
        if self.is_rest() { self.end() } else { self.behind_header() as usize }
    }

    /// Whether this is payload, padding, trailer or not parsed, and no header.
    pub fn is_rest(&self) -> bool {
        self.kind.is_rest()
    }
}

/// A packet: the bytes of a frame and the record of its layers. The bytes are the truth; everything else is read
/// from them when it is asked for.
#[derive(Clone, Debug)]
pub struct Packet<B> {
    pub(super) frame: Frame<B>,
    pub(super) record: Record,
    pub(super) decoder: Decoder,
}

/// What tells one conversation from another: addresses, protocol and ports, as this packet has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// What IP carries.
    pub protocol: IpProtocol,
    /// Source and destination port, where the transport has ports.
    pub ports: Option<(u16, u16)>,
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// The bytes of the frame.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.frame.bytes.as_ref()
    }

    /// What the frame begins with.
    pub fn link(&self) -> LinkType {
        self.frame.link
    }

    /// Length of the frame on the wire.
    pub fn length(&self) -> usize {
        self.frame.length
    }

    /// Whether the capture cut the frame.
    pub fn is_cut(&self) -> bool {
        self.frame.length > self.bytes().len()
    }

    /// Where the layers lie.
    #[inline]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Takes the frame apart again, after its bytes were changed so that the layers may lie elsewhere.
    pub fn refresh(&mut self) {
        self.record = self.decoder.record(&self.frame);
    }

    /// The bytes of the frame, to be changed; [`Packet::refresh`] if the layers may lie elsewhere then.
    pub fn bytes_mut(&mut self) -> &mut [u8]
    where
        B: AsMut<[u8]>,
    {
        self.frame.bytes.as_mut()
    }

    /// Says what the frame begins with.
    #[cfg(feature = "alloc")]
    pub(crate) fn set_link(&mut self, link: LinkType) {
        (self.frame.link, self.frame.begins) = (link, None);
    }

    /// The frame has no check sequence any more, whatever its capture said.
    #[cfg(feature = "alloc")]
    pub(crate) fn forget_check_sequence(&mut self) {
        self.frame.check_sequence = None;
    }

    /// Says how long the frame is on the wire.
    #[cfg(feature = "alloc")]
    pub(crate) fn set_length(&mut self, length: usize) {
        self.frame.length = length;
    }

    /// The same packet over borrowed bytes.
    pub fn borrowed(&self) -> Packet<&[u8]> {
        Packet { frame: self.frame(), record: self.record, decoder: self.decoder }
    }

    /// The frame that it was made of, over borrowed bytes.
    pub fn frame(&self) -> Frame<&[u8]> {
        self.frame.borrowed()
    }

    /// What took it apart.
    pub fn decoder(&self) -> Decoder {
        self.decoder
    }

    /// Gives the bytes back.
    pub fn into_inner(self) -> B {
        self.frame.bytes
    }

    /// All layers in the order of the stack: the headers from the outside in, the payload, then padding and
    /// trailers from the inside out. Together they cover the frame.
    pub fn layers(&self) -> Layers<'_> {
        PacketRef::of(self).layers()
    }

    /// The headers alone.
    pub fn headers(&self) -> impl Iterator<Item = Layer> + '_ {
        self.layers().take_while(|layer| !layer.is_rest())
    }

    /// The `index`th layer.
    #[inline]
    pub fn layer(&self, index: usize) -> Option<Layer> {
        match self.record.layers.get(index) {
            Some(layer) if index < self.record.count() => Some(*layer),
            _ => self.walk_to(index),
        }
    }

    /// The layer of a number that the record gives, which counts from 1.
    #[inline(always)]
    fn numbered(&self, number: u8) -> Option<Layer> {
        match self.record.layers.get(usize::from(number).wrapping_sub(1)) {
            Some(layer) => Some(*layer),
            None => self.walk_to(usize::from(number.checked_sub(1)?)),
        }
    }

    /// A layer that does not stand in the record.
    #[cold]
    #[inline(never)]
    fn walk_to(&self, index: usize) -> Option<Layer> {
        self.layers().nth(index)
    }

    /// What the kind of a layer says of itself; `None` for what is no header.
    pub fn protocol(&self, layer: &Layer) -> Option<&'static Protocol> {
        self.decoder.protocol(layer.kind)
    }

    /// The bytes of a layer's header, or of what is no header.
    #[inline]
    pub fn header_bytes(&self, layer: &Layer) -> &[u8] {
        self.bytes().get(layer.start()..layer.content()).unwrap_or(&[])
    }

    /// The bytes of a layer: its header and what it carries.
    #[inline]
    pub fn layer_bytes(&self, layer: &Layer) -> &[u8] {
        self.bytes().get(layer.start()..layer.end()).unwrap_or(&[])
    }

    /// The outermost header of a type, if it is whole: `packet.get::<Tcp>()`.
    #[inline]
    pub fn get<H: Registered>(&self) -> Option<H::View<&[u8]>> {
        self.nth::<H>(0)
    }

    /// The `n`th header of a type, from the outside in: `packet.nth::<Ipv4>(1)` is the inner one.
    pub fn nth<H: Registered>(&self, n: usize) -> Option<H::View<&[u8]>> {
        H::wrap(self.layer_bytes(&self.nth_layer::<H>(n)?))
    }

    /// The `n`th layer of a type.
    fn nth_layer<H: Registered>(&self, n: usize) -> Option<Layer> {
        // A structure behind a header's content is no header, and found behind them all.
        let tail = H::KIND.0 & CLASS == REST;
        let layers = self.layers().take_while(|layer| tail || !layer.is_rest());
        layers.filter(|layer| layer.kind == H::KIND).nth(n)
    }

    /// The outermost header of a type for changing it in place. A setter changes its bits and nothing else: no
    /// length or checksum follows, and the layers stay as they were found.
    pub fn get_mut<H: Registered>(&mut self) -> Option<H::View<&mut [u8]>>
    where
        B: AsMut<[u8]>,
    {
        let layer = self.headers().find(|layer| layer.kind == H::KIND)?;
        let bytes = self.frame.bytes.as_mut().get_mut(layer.start()..layer.end())?;
        H::wrap(bytes)
    }

    /// The outermost network header: IPv4, IPv6 or ARP.
    #[inline]
    pub fn network(&self) -> Option<Layer> {
        self.numbered(self.record.network)
    }

    /// The transport header of the outermost network header's own packet: TCP, UDP, SCTP, ICMP or ICMPv6. A packet
    /// that carries another one in a tunnel has none; [`Packet::nth`] reaches what is inside.
    #[inline]
    pub fn transport(&self) -> Option<Layer> {
        self.numbered(self.record.transport)
    }

    /// What the packet's transport header carries; without one, what the innermost header carries. SCTP carries its
    /// data in chunks, which are its header: [`Sctp::chunks`](crate::wire::sctp::Sctp::chunks) has them.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        self.bytes().get(self.payload_range()).unwrap_or(&[])
    }

    /// Where in the frame that lies: for those who keep the frame, and not the packet.
    #[inline]
    pub fn payload_range(&self) -> Range<usize> {
        match self.transport() {
            // Behind what an error quotes can be more that is not of it.
            Some(transport) if transport.kind.0 & QUOTES == 0 => {
                transport.behind_header() as usize..transport.end()
            }
            _ => self.careful_payload_range(),
        }
    }

    #[cold]
    #[inline(never)]
    fn careful_payload_range(&self) -> Range<usize> {
        match self.transport().or_else(|| self.headers().last()) {
            Some(layer) => layer.content()..self.content_end(&layer),
            None => 0..self.body_end(),
        }
    }

    /// Source and destination address of the outermost IP header.
    #[inline]
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        let network = self.network()?;
        let header = self.bytes().get(network.start()..network.end())?;
        match network.kind {
            Kind::IPV4 => {
                let header = header.first_chunk::<20>()?;
                Some((ipv4::SOURCE.read(header)?.into(), ipv4::DESTINATION.read(header)?.into()))
            }
            Kind::IPV6 => {
                let header = header.first_chunk::<40>()?;
                Some((ipv6::SOURCE.read(header)?.into(), ipv6::DESTINATION.read(header)?.into()))
            }
            _ => None,
        }
    }

    /// Source and destination port of the packet's transport header.
    #[inline]
    pub fn ports(&self) -> Option<(u16, u16)> {
        let transport = self.transport()?;
        let header = self.bytes().get(transport.start()..transport.end())?.first_chunk::<4>()?;
        match transport.kind {
            Kind::TCP => Some((tcp::SOURCE_PORT.read(header)?, tcp::DESTINATION_PORT.read(header)?)),
            // UDP-Lite has its ports where UDP has them.
            Kind::UDP | Kind::UDP_LITE => {
                Some((udp::SOURCE_PORT.read(header)?, udp::DESTINATION_PORT.read(header)?))
            }
            Kind::SCTP => Some((sctp::SOURCE_PORT.read(header)?, sctp::DESTINATION_PORT.read(header)?)),
            _ => None,
        }
    }

    /// What tells the packet's conversation from others; `None` without an IP header.
    pub fn flow_key(&self) -> Option<Flow> {
        let (source, destination) = self.addresses()?;
        let index = self.record.network()?;
        let mut layers = self.layers().skip(index);
        let network = self.header_bytes(&layers.next()?);
        let first = match self.network()?.kind {
            Kind::IPV4 => ipv4::PROTOCOL_NUMBER.read(network)?,
            _ => ipv6::NEXT_HEADER.read(network)?,
        };
        // Each extension header begins with the number of what follows it.
        let extensions = layers.take_while(|layer| layer.kind.0 & CLASS == EXTENSION);
        let last = extensions.filter_map(|layer| self.header_bytes(&layer).first().copied()).last();
        Some(Flow { source, destination, protocol: last.map_or(first, IpProtocol), ports: self.ports() })
    }
}

/// What a packet over borrowed bytes gives back for as long as they are lent to it, and not as long as it is there itself.
///
/// ```
/// use layercake::packet::{Decoder, Frame};
/// use layercake::wire::tcp::Tcp;
///
/// /// The segment in a frame, and what it carries.
/// fn segment(frame: &[u8]) -> Option<(Tcp<&[u8]>, &[u8])> {
///     let packet = Decoder::new().packet(Frame::ethernet(frame));
///     Some((packet.lent::<Tcp>(0)?, packet.lent_payload()))
/// }
/// # assert!(segment(&[0; 60]).is_none());
/// ```
impl<'a> Packet<&'a [u8]> {
    /// The bytes of a layer: see [`Packet::layer_bytes`].
    #[inline]
    pub fn lent_bytes(&self, layer: &Layer) -> &'a [u8] {
        self.frame.bytes.get(layer.start()..layer.end()).unwrap_or(&[])
    }

    /// The `n`th header of a type: see [`Packet::nth`].
    pub fn lent<H: Registered>(&self, n: usize) -> Option<H::View<&'a [u8]>> {
        H::wrap(self.lent_bytes(&self.nth_layer::<H>(n)?))
    }

    /// What the packet carries: see [`Packet::payload`].
    #[inline]
    pub fn lent_payload(&self) -> &'a [u8] {
        self.frame.bytes.get(self.payload_range()).unwrap_or(&[])
    }
}

#[cfg(feature = "alloc")]
impl Packet<alloc::vec::Vec<u8>> {
    /// The bytes of the frame, to be made longer or shorter.
    pub(crate) fn bytes_vec(&mut self) -> &mut alloc::vec::Vec<u8> {
        &mut self.frame.bytes
    }
}

/// What a walk needs of a packet, whatever holds its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketRef<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) record: &'a Record,
    pub(super) decoder: Decoder,
    /// The capture cut the frame.
    pub(super) cut: bool,
    /// Where the frame ends and the check sequence begins that the capture says is there; `None` if it says nothing.
    pub(super) body: Option<usize>,
    pub(super) link: LinkType,
}

impl<'a> PacketRef<'a> {
    pub(super) fn of<B: AsRef<[u8]>>(packet: &'a Packet<B>) -> Self {
        let (bytes, cut) = (packet.bytes(), packet.is_cut());
        let body = packet.frame.check_sequence.map(|_| packet.frame.body());
        let link = packet.frame.link;
        Self { bytes, record: &packet.record, decoder: packet.decoder, cut, body, link }
    }

    pub(super) fn layers(&self) -> Layers<'a> {
        let Self { bytes, record, decoder, body, .. } = *self;
        Layers { bytes, record, decoder, body, index: 0, last: Layer::NONE, rest: Rest::Start }
    }
}

/// The layers of a packet; see [`Packet::layers`].
#[derive(Clone, Debug)]
pub struct Layers<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) record: &'a Record,
    pub(super) decoder: Decoder,
    pub(super) body: Option<usize>,
    index: usize,
    pub(super) last: Layer,
    pub(super) rest: Rest,
}

impl Iterator for Layers<'_> {
    type Item = Layer;

    fn next(&mut self) -> Option<Layer> {
        if self.index < self.record.count() {
            self.last = self.header(self.index)?;
            self.index = self.index.saturating_add(1);
            return Some(self.last);
        }
        self.next_rest()
    }
}

impl Layers<'_> {
    /// The header at an index: from the record, or peeled again from the last one that is known.
    pub(super) fn header(&self, index: usize) -> Option<Layer> {
        if index < INLINE {
            return self.record.layers.get(index).copied();
        }
        let mut known = if self.last.kind != Kind::NONE && self.index == index && index > INLINE {
            (self.last, index)
        } else {
            (*self.record.layers.last()?, INLINE)
        };
        while known.1 <= index {
            known = (self.peel_inner(&known.0)?, known.1.saturating_add(1));
        }
        Some(known.0)
    }

    /// The header inside another.
    fn peel_inner(&self, outer: &Layer) -> Option<Layer> {
        let peel = self.decoder.peel(outer.kind, self.bytes.get(outer.start()..outer.end())?)?;
        let (kind, start) = (peel.next?, outer.behind_header());
        Some(match self.decoder.peel(kind, peel.content) {
            Some(inner) => Layer::of(kind, start, &inner),
            None => Layer::cut(kind, start, peel.content),
        })
    }
}
