//! The packets of one connection, out of all that a capture holds.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::drill::packet::{self, Observed};
use crate::drill::script::{Body, Echoed, Ip, Number, OptionKind, Options, Packet, Tcp, TcpOption, Traffic};
use crate::field::Kind;
use crate::names::TcpOptionKind;
use crate::packet::{self as decoded, Decoder, Frame};
use crate::time::Time;
use crate::wire::ipv6::{self, Ipv6};
use crate::wire::{ipv4, tcp};

/// Packets of a connection that a script is written from, at most.
pub(super) const MOST_PACKETS: usize = 5000;
/// How far back one is looked for that was captured more than once.
const NEIGHBOURS: usize = 16;
/// Bytes of such packets, at most.
const MOST_BYTES: usize = 64 << 20;
/// Connections of a capture that are told apart, at most.
const MOST_CONNECTIONS: usize = 1 << 18;

/// A connection of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its number, from 1, in the order of first packets.
    pub number: usize,
    /// Who opens it; where its SYN is not in the capture, who sends the first packet that is.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// How many packets of it there are.
    pub packets: usize,
    /// Whether its SYN is in the capture.
    pub has_begin: bool,
}

/// A packet of the chosen connection, in the numbers of the wire.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// When, from the first one on.
    pub at: Duration,
    /// The number that IP gave it, if it did.
    pub id: u16,
    /// Who sent it; of a message of ICMP, who sent the packet that it is about.
    pub from: SocketAddr,
    pub packet: Packet,
}

/// Which connection is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub number: Option<usize>,
    pub host: Option<IpAddr>,
}

/// What is known of a connection while packets come.
struct Known {
    connection: Connection,
    /// The number that its SYN has.
    begins: Option<u32>,
    /// A side has closed it.
    closing: bool,
}

/// Packets come, and those of one connection are kept.
#[derive(Default)]
pub(super) struct Search {
    pub wanted: Wanted,
    known: Vec<Known>,
    /// The latest connection between two addresses, the lower one first.
    between: BTreeMap<(SocketAddr, SocketAddr), usize>,
    chosen: Option<usize>,
    pub taken: Vec<Taken>,
    /// When the first packet that was kept was captured, and the last one.
    times: Option<(Time, Time)>,
    /// Packets that were captured more than once, by several interfaces.
    pub twice: usize,
    /// How many bytes they were.
    bytes: usize,
    /// Packets of the chosen connection that there was no room for.
    pub left_out: usize,
}

impl Search {
    /// The connections that there are.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.known.iter().map(|known| &known.connection)
    }

    /// The one whose packets are kept.
    pub fn chosen(&self) -> Option<&Connection> {
        self.known.get(self.chosen?).map(|known| &known.connection)
    }

    /// The next packet of the capture.
    pub fn add(&mut self, time: Option<Time>, packet: &decoded::Packet<&[u8]>) {
        let Some(inner) = Inner::of(packet) else { return };
        if inner.is_icmp {
            if self.chosen.is_some() {
                self.error(time, &inner);
            }
            return;
        }
        let Some((from, to, segment)) = inner.segment() else { return };
        let index = self.connection(from, to, segment);
        let Some(known) = index.and_then(|index| self.known.get_mut(index)) else { return };
        known.connection.packets = known.connection.packets.saturating_add(1);
        known.closing |= segment.closes;
        if self.chosen.is_none() && self.wanted.is(known) {
            self.chosen = index;
        }
        if self.chosen.is_some() && self.chosen == index {
            self.keep(time, &inner, true);
        }
    }

    /// The connection that a segment belongs to.
    fn connection(&mut self, from: SocketAddr, to: SocketAddr, segment: Segment) -> Option<usize> {
        let pair = (from.min(to), from.max(to));
        let begins = (segment.opens && !segment.answers).then_some(segment.number);
        let latest = self.between.get(&pair).copied();
        if let Some(known) = latest.and_then(|latest| self.known.get(latest)) {
            let opens = known.connection.from == from;
            // The same ports again, for another connection.
            let is_new = match begins {
                Some(number) if opens => known.begins != Some(number),
                Some(_) => known.closing || known.begins.is_none(),
                None => false,
            };
            if !is_new {
                return latest;
            }
        }
        let index = self.known.len();
        if index >= MOST_CONNECTIONS {
            return None;
        }
        let number = index.saturating_add(1);
        // The answer to a SYN comes from the other side.
        let (from, to) = if segment.opens && segment.answers { (to, from) } else { (from, to) };
        let connection = Connection { number, from, to, packets: 0, has_begin: begins.is_some() };
        self.known.push(Known { connection, begins, closing: false });
        self.between.insert(pair, index);
        Some(index)
    }

    /// A message of ICMP, which may be about a packet of the connection.
    fn error(&mut self, time: Option<Time>, inner: &Inner<'_>) {
        let Some(seen) = packet::observe(inner.bytes, false) else { return };
        let pair = (seen.local.min(seen.remote), seen.local.max(seen.remote));
        if self.between.get(&pair).copied() == self.chosen {
            self.keep(time, inner, false);
        }
    }

    fn keep(&mut self, time: Option<Time>, inner: &Inner<'_>, sent: bool) {
        if self.taken.len() >= MOST_PACKETS || self.bytes > MOST_BYTES {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let Some(Observed { local, mut packet, .. }) = packet::observe(inner.bytes, sent) else { return };
        sayable(&mut packet, inner);
        self.bytes = self.bytes.saturating_add(inner.length);
        // Without a time, and where a clock was set back, it comes at once.
        if let Some(time) = time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first, last.max(time)));
        }
        let since = self.times.map_or(Duration::ZERO, |(first, last)| last - first);
        let at = Duration::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX));
        let id = inner.id();
        let twice = |other: &Taken| other.id == id && other.from == local && other.packet == packet;
        if id != 0 && self.taken.iter().rev().take(NEIGHBOURS).any(twice) {
            self.twice = self.twice.saturating_add(1);
            return;
        }
        self.taken.push(Taken { at, id, from: local, packet });
    }
}

impl Wanted {
    fn is(self, known: &Known) -> bool {
        let Connection { number, from, to, has_begin, .. } = known.connection;
        let of_host = self.host.is_none_or(|host| from.ip() == host || to.ip() == host);
        self.number.map_or(has_begin && of_host, |wanted| wanted == number)
    }
}

/// How long an IP packet is by what its header says; 0 if that is nothing.
fn said_length(bytes: &[u8]) -> Option<usize> {
    Some(match bytes.first()? >> 4 {
        4 => usize::from(ipv4::TOTAL_LENGTH.read(bytes)?),
        _ => match ipv6::PAYLOAD_LENGTH.read(bytes)? {
            0 => 0,
            payload => usize::from(payload).saturating_add(Ipv6::LEN),
        },
    })
}

/// The IP packet that a segment or a message of ICMP stands in, whatever is around it.
struct Inner<'a> {
    bytes: &'a [u8],
    /// How long it is by what its header says: a capture may have cut it.
    length: usize,
    /// Where its segment begins.
    transport: usize,
    is_icmp: bool,
}

impl<'a> Inner<'a> {
    fn of(packet: &decoded::Packet<&'a [u8]>) -> Option<Self> {
        let mut network = None;
        for layer in packet.layers() {
            match layer.kind {
                Kind::IPV4 | Kind::IPV6 => network = Some(layer),
                Kind::TCP | Kind::ICMPV4 | Kind::ICMPV6 => {
                    let network = network?;
                    let bytes = packet.lent_bytes(&network);
                    let rest = packet.length().saturating_sub(network.start());
                    let said = said_length(bytes)?;
                    // Nothing is said where the network card was to cut the packet.
                    let length = if said == 0 { rest } else { said };
                    let transport = layer.start().checked_sub(network.start())?;
                    return Some(Self { bytes, length, transport, is_icmp: layer.kind != Kind::TCP });
                }
                _ => {}
            }
        }
        None
    }

    /// The number that IPv4 gave the packet.
    fn id(&self) -> u16 {
        let is_ipv4 = self.bytes.first().is_some_and(|first| first >> 4 == 4);
        ipv4::IDENTIFICATION.read(self.bytes).filter(|_| is_ipv4).unwrap_or(0)
    }

    /// The segment, who sent it, and to whom.
    fn segment(&self) -> Option<(SocketAddr, SocketAddr, Segment)> {
        let header = self.bytes.get(self.transport..)?;
        let (from, to): (IpAddr, IpAddr) = match self.bytes.first()? >> 4 {
            4 => (ipv4::SOURCE.read(self.bytes)?.into(), ipv4::DESTINATION.read(self.bytes)?.into()),
            _ => (ipv6::SOURCE.read(self.bytes)?.into(), ipv6::DESTINATION.read(self.bytes)?.into()),
        };
        let from = SocketAddr::new(from, tcp::SOURCE_PORT.read(header)?);
        let to = SocketAddr::new(to, tcp::DESTINATION_PORT.read(header)?);
        let segment = Segment {
            opens: tcp::SYN.read(header)?,
            answers: tcp::ACK.read(header)?,
            closes: tcp::FIN.read(header)? || tcp::RST.read(header)?,
            number: tcp::SEQUENCE.read(header)?,
        };
        Some((from, to, segment))
    }
}

/// What of a segment tells one connection from another.
#[derive(Clone, Copy)]
struct Segment {
    opens: bool,
    answers: bool,
    closes: bool,
    number: u32,
}

/// Makes a packet one that a script can say, and that can be sent: lengths are what they were before the capture cut it, and options that
/// are not spoken here are bytes.
fn sayable(packet: &mut Packet, inner: &Inner<'_>) {
    let tos = match &packet.ip.traffic {
        Some(Traffic::Tos(tos)) => tos.known().unwrap_or(0),
        _ => 0,
    };
    let ecn = (tos & 3) as u8;
    packet.ip = Ip { traffic: (ecn != 0).then_some(Traffic::Ecn(ecn)), ..Ip::default() };
    match &mut packet.body {
        Body::Tcp(segment) => {
            let words = inner.bytes.get(inner.transport..).and_then(|bytes| tcp::DATA_OFFSET.read(bytes));
            let header = usize::from(words.unwrap_or(5)).saturating_mul(4);
            let data = inner.length.saturating_sub(inner.transport).saturating_sub(header);
            set_length(segment, i64::try_from(data).unwrap_or(0));
            segment.flags.ae = false;
            if let Options::Are(options) = &mut segment.options {
                options.iter_mut().for_each(plain);
                let mut room = 40usize;
                options.retain(|option| {
                    let left = room.checked_sub(option.kind.size());
                    room = left.unwrap_or(0);
                    left.is_some()
                });
            }
        }
        Body::Icmp(message) => {
            if let Some(Echoed::Tcp { sequence, end, .. }) = &message.echoed
                && let (Some(from), Some(to)) = (sequence.known(), end.known())
            {
                // What an error quotes of a packet is seldom all of it.
                let data = quoted_length(inner).unwrap_or((to as u32).wrapping_sub(from as u32).into());
                let (sequence, end) =
                    (Number::is(from), Number::is(i64::from((from as u32).wrapping_add(data as u32))));
                message.echoed = Some(Echoed::Tcp { sequence, end, length: Number::is(data) });
            }
        }
        Body::Udp { .. } => {}
    }
}

/// How much data the segment had that an error quotes.
fn quoted_length(inner: &Inner<'_>) -> Option<i64> {
    let packet = Decoder::new().packet(Frame::new(packet::LINK, inner.bytes));
    let mut quoted = packet.layers().filter(|layer| matches!(layer.kind, Kind::IPV4 | Kind::IPV6)).skip(1);
    let network = quoted.next()?;
    let said = said_length(packet.lent_bytes(&network))?;
    let segment = packet.layers().find(|layer| layer.kind == Kind::TCP && layer.start() > network.start())?;
    let header = segment.start().saturating_add(segment.header()).saturating_sub(network.start());
    i64::try_from(said.checked_sub(header)?).ok()
}

/// Gives a segment so much data.
pub(super) fn set_length(segment: &mut Tcp, data: i64) {
    let from = segment.sequence.known().unwrap_or(0);
    segment.end = Number::is(i64::from((from as u32).wrapping_add(data as u32)));
    segment.length = Number::is(data);
}

/// Options that a script can only skip over are said as bytes.
fn plain(option: &mut TcpOption) {
    let other = |kind: TcpOptionKind, data: &[u8]| OptionKind::Other {
        kind: Number::is(i64::from(kind.0)),
        data: data.to_vec(),
    };
    let said = match &option.kind {
        OptionKind::FastOpen { cookie, .. } => other(TcpOptionKind::FAST_OPEN, cookie),
        OptionKind::Md5(digest) => other(TcpOptionKind::MD5_SIGNATURE, digest),
        // 0 and 1 are read as what they are.
        kind => kind.clone(),
    };
    option.kind = said;
}
