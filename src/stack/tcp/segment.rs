//! Segments as a connection sees them: what came in, and what is to go out.

use core::time::Duration;

use super::{Reason, Seq, reason};
use crate::field::Builder;
use crate::wire::tcp::Tcp;
use crate::wire::tcp::typed::TcpOption;

/// A segment that came in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Segment<'a> {
    /// Sequence number of its first byte, or of SYN.
    pub seq: Seq,
    /// What it acknowledges.
    pub ack: Option<Seq>,
    /// SYN.
    pub syn: bool,
    /// FIN.
    pub fin: bool,
    /// RST.
    pub rst: bool,
    /// PSH.
    pub psh: bool,
    /// Where urgent data ends, in bytes behind `seq`, if URG is set.
    pub urgent: Option<u16>,
    /// ECE: the peer saw congestion.
    pub ece: bool,
    /// CWR: the peer has made its window smaller.
    pub cwr: bool,
    /// The window as it stands there, not scaled.
    pub window: u16,
    /// What its options say.
    pub options: Options,
    /// A router has marked the packet.
    pub congested: bool,
    /// Its data.
    pub data: &'a [u8],
}

/// What the options of a segment say, as far as a connection uses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The longest segment that the peer takes.
    pub maximum_segment: Option<u16>,
    /// Its windows are shifted by so many bits.
    pub window_scale: Option<u8>,
    /// It understands SACK.
    pub sack_permitted: bool,
    /// Its clock, and the echo of ours.
    pub timestamps: Option<(u32, u32)>,
    /// What it has beyond what it acknowledges.
    pub sack: Blocks,
    /// How long its data may stay unacknowledged.
    pub user_timeout: Option<Duration>,
}

/// The blocks of a SACK option: the first number, and the one behind the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    blocks: [(Seq, Seq); 4],
    count: usize,
}

impl Blocks {
    /// Adds a block; a fifth has no room in a header.
    pub fn push(&mut self, block: (Seq, Seq)) {
        if let Some(place) = self.blocks.get_mut(self.count) {
            *place = block;
            self.count = self.count.saturating_add(1);
        }
    }

    /// The blocks.
    pub fn as_slice(&self) -> &[(Seq, Seq)] {
        self.blocks.get(..self.count).unwrap_or(&[])
    }
}

impl Options {
    /// Reads the options of a header.
    fn read(header: &Tcp<&[u8]>) -> Self {
        let mut options = Self::default();
        // RFC 7323 appendix A: what nearly every segment carries.
        if let [1, 1, 8, 10, a, b, c, d, e, f, g, h] = header.option_bytes() {
            let (value, echo) = (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]));
            options.timestamps = Some((value, echo));
            return options;
        }
        for option in header.typed_options() {
            match option {
                TcpOption::MaximumSegmentSize(bytes) => options.maximum_segment = Some(bytes),
                TcpOption::WindowScale(shift) => options.window_scale = Some(shift.min(14)),
                TcpOption::SackPermitted => options.sack_permitted = true,
                TcpOption::Timestamps { value, echo_reply } => options.timestamps = Some((value, echo_reply)),
                TcpOption::UserTimeout { value, in_minutes } if value > 0 => {
                    let seconds = if in_minutes { 60 } else { 1 };
                    options.user_timeout =
                        Some(Duration::from_secs(u64::from(value).saturating_mul(seconds)));
                }
                TcpOption::Sack(blocks) => {
                    blocks.for_each(|(left, right)| options.sack.push((Seq(left), Seq(right))));
                }
                _ => {}
            }
        }
        options
    }
}

impl<'a> Segment<'a> {
    /// Reads a segment; `None` if it is cut short or its header length cannot be.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let header = Tcp::view(bytes).ok()?;
        let length = usize::from(header.data_offset()).checked_mul(4)?;
        if length < Tcp::LEN {
            return None;
        }
        let data = bytes.get(length..)?;
        Some(Self {
            seq: Seq(header.sequence()),
            ack: header.ack().then(|| Seq(header.acknowledgment())),
            syn: header.syn(),
            fin: header.fin(),
            rst: header.rst(),
            psh: header.psh(),
            urgent: header.urg().then(|| header.urgent_pointer()),
            ece: header.ece(),
            cwr: header.cwr(),
            window: header.window(),
            options: Options::read(&header),
            congested: false,
            data,
        })
    }

    /// Its length in sequence numbers: SYN and FIN count one each (RFC 9293 section 3.4).
    pub fn length(&self) -> u32 {
        (self.data.len() as u32).wrapping_add(u32::from(self.syn)).wrapping_add(u32::from(self.fin))
    }
}

/// A segment that is to go out.
#[derive(Clone, Copy, Debug)]
pub struct Emission {
    /// Its header, with options and without ports.
    pub header: Builder<Tcp>,
    /// The position of its data in what the connection sends.
    pub data: (u64, u64),
    /// The packet says that it may be marked instead of dropped (RFC 3168 section 5).
    pub ecn_capable: bool,
    /// Why it is sent.
    pub reason: Reason,
}

impl Emission {
    /// A segment without data.
    pub(crate) fn bare(header: Builder<Tcp>, reason: Reason) -> Self {
        Self { header, data: (0, 0), ecn_capable: false, reason }
    }

    /// The reset for a segment that belongs to no connection (RFC 9293 section 3.10.7.1); none for a reset.
    pub(crate) fn reset_for(segment: &Segment<'_>, why: reason::Reset) -> Option<Self> {
        let header = Builder::<Tcp>::empty().rst(true);
        let header = match segment.ack {
            _ if segment.rst => return None,
            Some(ack) => header.sequence(ack.0),
            None => header.ack(true).acknowledgment((segment.seq + segment.length()).0),
        };
        Some(Self::bare(header, Reason::Reset(why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Part;

    fn bytes(part: &impl Part) -> alloc::vec::Vec<u8> {
        let mut bytes = alloc::vec![0; part.size()];
        part.put(&mut bytes, None).unwrap();
        bytes
    }

    #[test]
    fn reads_what_was_built() {
        let built =
            Tcp::new(1, 2).sequence(7).ack(true).acknowledgment(9).window(100).nop().nop().timestamps(3, 4);
        let whole = bytes(&(built.sack(&[(20, 30), (40, 50)]) / b"data"));
        let segment = Segment::read(&whole).unwrap();
        assert_eq!((segment.seq, segment.ack, segment.window), (Seq(7), Some(Seq(9)), 100));
        assert_eq!(segment.options.timestamps, Some((3, 4)));
        assert_eq!(segment.options.sack.as_slice(), [(Seq(20), Seq(30)), (Seq(40), Seq(50))]);
        assert_eq!((segment.data, segment.length()), (&b"data"[..], 4));
        let short = bytes(&(built / b"x"));
        assert_eq!(Segment::read(&short).unwrap().options.timestamps, Some((3, 4)));
        assert!((0..32).all(|end| Segment::read(&whole[..end]).is_none()));
    }

    /// RFC 9293 section 3.10.7.1.
    #[test]
    fn resets_as_the_rfc_has_them() {
        let syn = Segment { seq: Seq(100), syn: true, ..Segment::default() };
        let reset = bytes(&Emission::reset_for(&syn, reason::Reset::NoConnection).unwrap().header);
        let read = Segment::read(&reset).unwrap();
        assert_eq!((read.seq, read.ack, read.rst), (Seq(0), Some(Seq(101)), true));
        let ack = Segment { ack: Some(Seq(55)), ..syn };
        let reset = bytes(&Emission::reset_for(&ack, reason::Reset::NoConnection).unwrap().header);
        let read = Segment::read(&reset).unwrap();
        assert_eq!((read.seq, read.ack, read.rst), (Seq(55), None, true));
        assert!(Emission::reset_for(&Segment { rst: true, ..syn }, reason::Reset::NoConnection).is_none());
    }
}
