//! What no header claims: payload, padding, trailers, and the check sequence of a frame.
//!
//! Behind the headers a walk over the layers goes from the inside of the innermost one out to the frame, and gives what
//! each leaves over of what it carries.

use crate::field::Kind;
use crate::packet::layers::PacketRef;
use crate::packet::registry::{APPLICATION, CLASS, REST};
use crate::packet::{Layer, Layers, Packet, Record};
use crate::wire::ethernet;

impl Kind {
    /// Bytes that no header claims.
    pub const PAYLOAD: Self = Self(REST | 1);
    /// Zeros that fill a frame.
    pub const PADDING: Self = Self(REST | 2);
    /// Bytes behind the end of a packet that lies in another one.
    pub const TRAILER: Self = Self(REST | 3);
    /// Bytes behind the end of a packet that lies in a frame, and that are not padding.
    pub const FRAME_TRAILER: Self = Self(REST | 4);
    /// The check sequence of an Ethernet frame.
    pub const FRAME_CHECK_SEQUENCE: Self = Self(REST | 5);
    /// Bytes that should be a header and cannot be read as one.
    pub const UNPARSED: Self = Self(REST | 6);

    /// Whether this is what a transport header carries: a message of an application, or a tunnel.
    pub const fn is_application(self) -> bool {
        self.0 & CLASS == APPLICATION
    }

    /// Whether layers of this kind stand behind all headers: payload, padding, trailers, what stands behind a header's content, and what
    /// is not parsed.
    pub const fn is_rest(self) -> bool {
        self.0 & CLASS == REST
    }
}

/// Where the walk over what no header claims stands: from the inside of the innermost header out to the frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rest {
    /// Behind the innermost header.
    Start,
    /// All up to this byte has been given. What comes next is what of its content the `depth`th header, counted from
    /// 1, leaves over; 0 is the frame itself.
    Content { byte: u32, depth: usize },
    /// The same for the tail of the `depth`th header.
    Tail { byte: u32, depth: usize },
    /// Before the last bytes, from this one on, which are a frame check sequence.
    FrameCheckSequence { byte: u32 },
    /// Behind the frame.
    Done,
}

impl Layers<'_> {
    /// The next layer behind the headers.
    pub(super) fn next_rest(&mut self) -> Option<Layer> {
        loop {
            match self.rest {
                Rest::Start => {
                    let depth = self.record.count();
                    let (byte, end) = match depth {
                        0 => (0, self.frame_end()),
                        _ => (self.last.behind_header(), self.tail_of(&self.last)),
                    };
                    self.rest = self.behind(end, depth);
                    if byte < end {
                        return Some(Layer::rest(self.payload_kind(), byte, end));
                    }
                }
                Rest::Content { byte, depth } => {
                    let around = depth.checked_sub(1).and_then(|index| self.header(index));
                    let end = around.map_or(self.frame_end(), |around| self.tail_of(&around));
                    self.rest = self.behind(end.max(byte), depth);
                    if byte < end {
                        return Some(self.trailer(around, byte, end));
                    }
                }
                Rest::Tail { byte, depth } => {
                    let owner = depth.checked_sub(1).and_then(|index| self.header(index))?;
                    self.rest = Rest::Content { byte: owner.end, depth: depth.saturating_sub(1) };
                    if byte < owner.end {
                        let kind =
                            self.decoder.protocol(owner.kind).map_or(Kind::TRAILER, |owner| owner.tail);
                        return Some(Layer::rest(kind, byte, owner.end));
                    }
                }
                Rest::FrameCheckSequence { byte } => {
                    self.rest = Rest::Done;
                    let end = self.bytes.len() as u32;
                    if byte < end {
                        return Some(Layer::rest(Kind::FRAME_CHECK_SEQUENCE, byte, end));
                    }
                }
                Rest::Done => return None,
            }
        }
    }

    fn frame_end(&self) -> u32 {
        self.body.unwrap_or(self.bytes.len()) as u32
    }

    /// What comes behind the content of the `depth`th header.
    fn behind(&self, byte: u32, depth: usize) -> Rest {
        match depth {
            0 => Rest::FrameCheckSequence { byte: self.frame_end() },
            _ => Rest::Tail { byte, depth },
        }
    }

    /// Where the content of a header ends, and its tail begins if it has one.
    pub(super) fn tail_of(&self, layer: &Layer) -> u32 {
        let owner = self.decoder.protocol(layer.kind).filter(|protocol| protocol.tail != Kind::NONE);
        let bytes = self.bytes.get(layer.start()..layer.end()).unwrap_or(&[]);
        let tail = owner.and_then(|protocol| (protocol.peel)(bytes)).map_or(0, |peel| peel.tail);
        layer.end.saturating_sub(tail as u32)
    }

    /// What the innermost header carries is payload, unless it should have been a header.
    fn payload_kind(&self) -> Kind {
        let stopped = match self.last.kind {
            Kind::NONE => true,
            Kind::IPV4 => !matches!(self.bytes.get(self.last.start()), Some(0x45..=0x4f)),
            Kind::IPV6 => !matches!(self.bytes.get(self.last.start()), Some(0x60..=0x6f)),
            _ => self.record.limited,
        };
        if stopped { Kind::UNPARSED } else { Kind::PAYLOAD }
    }

    /// What lies behind an inner packet: in a frame, padding, trailer and check sequence; elsewhere a trailer.
    fn trailer(&mut self, around: Option<Layer>, start: u32, end: u32) -> Layer {
        let rest = self.bytes.get(start as usize..end as usize).unwrap_or(&[]);
        let in_frame = match around {
            Some(around) => matches!(around.kind, Kind::ETHERNET | Kind::VLAN),
            None => begins_with_ethernet(self.record),
        };
        if !in_frame {
            return Layer::rest(Kind::TRAILER, start, end);
        }
        let to_the_end = end as usize == self.bytes.len();
        if to_the_end && self.body.is_none() && ends_with_check_sequence(self.bytes, rest) {
            let before = end.saturating_sub(4);
            self.rest = Rest::FrameCheckSequence { byte: before };
            if start == before {
                return self.next_rest().unwrap_or(Layer::NONE);
            }
            return Layer::rest(self.padding_kind(start, before), start, before);
        }
        Layer::rest(self.padding_kind(start, end), start, end)
    }

    /// Padding is zeros in a frame that would be too short without them.
    fn padding_kind(&self, start: u32, end: u32) -> Kind {
        let bytes = self.bytes.get(start as usize..end as usize).unwrap_or(&[]);
        let needed = (start as usize) < ethernet::LEAST_FRAME;
        if needed && bytes.iter().all(|byte| *byte == 0) { Kind::PADDING } else { Kind::FRAME_TRAILER }
    }
}

/// An Ethernet frame and the check sequence behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckSequence<'a> {
    frame: &'a [u8],
    /// What stands behind the frame.
    pub(crate) found: [u8; 4],
}

impl CheckSequence<'_> {
    /// Its first byte; the frame ends there.
    pub(crate) fn start(&self) -> usize {
        self.frame.len()
    }

    /// What would fit the frame.
    pub(crate) fn right(&self) -> [u8; 4] {
        ethernet::check_sequence(self.frame)
    }
}

impl<'a> PacketRef<'a> {
    /// The check sequence of an Ethernet frame, if it is there whole. Either the capture says that it is, or it lies
    /// behind the packet and fits.
    pub(super) fn check_sequence(&self) -> Option<CheckSequence<'a>> {
        begins_with_ethernet(self.record).then_some(())?;
        let start = match self.body {
            Some(body) => Some(body).filter(|_| !self.cut)?,
            None => {
                let network = self.record.network().and_then(|index| self.layers().header(index));
                network.is_none_or(|network| network.end() < self.bytes.len()).then_some(())?;
                let last = self.layers().last()?;
                Some(last.start()).filter(|_| last.kind == Kind::FRAME_CHECK_SEQUENCE)?
            }
        };
        let (frame, sequence) = self.bytes.split_at_checked(start)?;
        Some(CheckSequence { frame, found: sequence.try_into().ok()? })
    }
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// The check sequence of an Ethernet frame, if it has one.
    pub(crate) fn check_sequence(&self) -> Option<CheckSequence<'_>> {
        PacketRef::of(self).check_sequence()
    }

    /// Where the frame ends and its check sequence begins, if it has one, of this link or another.
    pub(crate) fn body_end(&self) -> usize {
        let said = PacketRef::of(self).body;
        let found = || self.check_sequence().map_or(self.bytes().len(), |sequence| sequence.start());
        said.unwrap_or_else(found)
    }

    /// Where the content of a header ends, and its tail begins if it has one.
    pub(crate) fn content_end(&self, layer: &Layer) -> usize {
        self.layers().tail_of(layer) as usize
    }
}

fn begins_with_ethernet(record: &Record) -> bool {
    record.layers.first().is_some_and(|first| first.kind == Kind::ETHERNET)
}

/// Whether a frame whose capture says nothing about it ends with a check sequence: one that fits, among the bytes
/// behind the packet.
fn ends_with_check_sequence(frame: &[u8], behind: &[u8]) -> bool {
    let body = frame.split_last_chunk::<4>().filter(|_| behind.len() >= 4);
    body.is_some_and(|(body, sequence)| ethernet::check_sequence(body) == *sequence)
}
