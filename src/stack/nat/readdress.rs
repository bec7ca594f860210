//! Other addresses and ports in a packet, and in one that an error quotes: RFC 3022 section 4, RFC 1624.
//!
//! A checksum is changed by what the change makes, never computed anew, so that one that was wrong stays wrong. A UDP checksum of zero stays zero, and none
//! becomes zero (RFC 768). One that a network card was to fill in (it is the sum of the pseudo-header alone) stays such.

use core::net::{Ipv4Addr, SocketAddrV4};

use super::Protocol;
use super::tcp::Flags;
use crate::checksum::{Pseudo, Sum, update};
use crate::wire::ipv4::{self, Ipv4};

/// What a packet is to a translator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Something between two ends.
    Flow(Flow),
    /// An error about such, which is quoted at this byte of the packet.
    Error { quoted: Flow, at: usize },
}

/// Who sends what to whom. Identifiers of ICMP stand in the place of the port of whoever has asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub protocol: Protocol,
    pub source: SocketAddrV4,
    pub destination: SocketAddrV4,
    pub flags: Flags,
    /// Of ICMP: which end has the identifier.
    pub asker: Option<End>,
}

/// One of the two ends of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Destination,
}

/// Why a packet cannot be translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is cut short, or an error whose checksums are wrong.
    Malformed,
    /// It is nothing that has ports.
    Protocol,
}

/// Type, code, checksum and the word behind them.
const ICMP_HEADER: usize = 8;

/// Echo and timestamp.
const fn is_request(kind: u8) -> bool {
    matches!(kind, 8 | 13)
}

const fn is_reply(kind: u8) -> bool {
    matches!(kind, 0 | 14)
}

/// Destination unreachable, source quench, time exceeded, parameter problem. Redirects are for one link.
const fn is_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 11 | 12)
}

/// Reads a whole packet.
pub(super) fn read(packet: &[u8]) -> Result<Message, Unfit> {
    let (header, message) = split(packet).ok_or(Unfit::Malformed)?;
    let is_icmp = ipv4::PROTOCOL_NUMBER.read(packet).and_then(Protocol::of) == Some(Protocol::Icmp);
    if !is_icmp || !message.first().is_some_and(|kind| is_error(*kind)) {
        let flow = flow(packet)?;
        let least = if flow.protocol == Protocol::Tcp { 20 } else { 8 };
        return if message.len() < least { Err(Unfit::Malformed) } else { Ok(Message::Flow(flow)) };
    }
    // RFC 5508 REQ-3: of the error all is checked, of the quote the IP header alone.
    let at = header.saturating_add(ICMP_HEADER);
    let quote = packet.get(at..).unwrap_or(&[]);
    let (length, _) = split(quote).ok_or(Unfit::Malformed)?;
    let sound = |bytes: &[u8]| Sum::of(bytes).fold() == 0xffff;
    if !sound(message) || !sound(quote.get(..length).unwrap_or(&[])) {
        return Err(Unfit::Malformed);
    }
    Ok(Message::Error { quoted: flow(quote)?, at })
}

/// Length of the IP header, and what is behind it, of which there are 8 bytes; not of fragments that are not the first.
fn split(packet: &[u8]) -> Option<(usize, &[u8])> {
    let ip = Ipv4::view(packet)
        .ok()
        .filter(|ip| ip.version() == 4 && ip.ihl() >= 5 && ip.fragment_offset() == 0)?;
    let header = usize::from(ip.ihl()) << 2;
    Some((header, packet.get(header..).filter(|behind| behind.len() >= 8)?))
}

/// The two ends of a packet, which may be cut.
fn flow(packet: &[u8]) -> Result<Flow, Unfit> {
    let (_, transport) = split(packet).ok_or(Unfit::Malformed)?;
    let ip = Ipv4::view(packet).map_err(|_| Unfit::Malformed)?;
    let protocol = Protocol::of(ip.protocol()).ok_or(Unfit::Protocol)?;
    let kind = transport.first().copied().unwrap_or(0);
    let asker = match protocol {
        Protocol::Icmp if is_request(kind) => Some(End::Source),
        Protocol::Icmp if is_reply(kind) => Some(End::Destination),
        Protocol::Icmp => return Err(Unfit::Protocol),
        _ => None,
    };
    let flags = if protocol == Protocol::Tcp { Flags::read(transport) } else { Flags::default() };
    let port = |end| port_at(protocol, asker, end).and_then(|at| word(transport, at)).unwrap_or(0);
    let source = SocketAddrV4::new(ip.source(), port(End::Source));
    let destination = SocketAddrV4::new(ip.destination(), port(End::Destination));
    Ok(Flow { protocol, source, destination, flags, asker })
}

/// Where the port of an end stands in the transport header.
fn port_at(protocol: Protocol, asker: Option<End>, end: End) -> Option<usize> {
    match (protocol, end) {
        (Protocol::Icmp, end) => (asker == Some(end)).then_some(4),
        (_, End::Source) => Some(0),
        (_, End::Destination) => Some(2),
    }
}

const fn checksum_at(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Tcp => 16,
        Protocol::Udp => 6,
        Protocol::Icmp => 2,
    }
}

/// Gives one end of a packet, whole or quoted, another address and port.
pub(super) fn readdress(packet: &mut [u8], end: End, to: SocketAddrV4) -> Option<()> {
    let Flow { protocol, asker, source, destination, .. } = flow(packet).ok()?;
    let (header, transport) = split(packet)?;
    let (old, other) = match end {
        End::Source => (source, destination),
        End::Destination => (destination, source),
    };
    let length = u32::from(ipv4::TOTAL_LENGTH.read(packet)?).saturating_sub(header as u32);
    let number = ipv4::PROTOCOL_NUMBER.read(packet)?.0;
    let pseudo = |ip: Ipv4Addr| Pseudo::v4(ip, *other.ip()).sum(number, length);
    let at = checksum_at(protocol);
    let before = word(transport, at);
    // One in 65,536 right ones looks like it, so that all has to be summed then.
    let unfinished = protocol != Protocol::Icmp
        && before == Some(pseudo(*old.ip()).fold())
        && pseudo(*old.ip()).bytes(transport).fold() != 0xffff;

    let place = if end == End::Source {
        ipv4::SOURCE.write(packet, *to.ip())
    } else {
        ipv4::DESTINATION.write(packet, *to.ip())
    };
    place?;
    let changes = words(*old.ip()).into_iter().zip(words(*to.ip()));
    let sum = changes.clone().fold(ipv4::CHECKSUM.read(packet)?, |sum, (old, new)| update(sum, old, new));
    ipv4::CHECKSUM.write(packet, sum)?;

    let transport = packet.get_mut(header..)?;
    let port = port_at(protocol, asker, end);
    if let Some(port) = port {
        put(transport, port, to.port());
    }
    let Some(before) = before.filter(|before| protocol != Protocol::Udp || *before != 0) else {
        return Some(());
    };
    let after = if unfinished {
        pseudo(*to.ip()).fold()
    } else {
        let addresses = changes.filter(|_| protocol != Protocol::Icmp);
        let ports = port.map(|_| (old.port(), to.port()));
        addresses.chain(ports).fold(before, |sum, (old, new)| update(sum, old, new))
    };
    put(transport, at, if after == 0 && protocol == Protocol::Udp { 0xffff } else { after });
    Some(())
}

/// Gives a packet that an error quotes another address and port at one end, and the error the checksum that fits.
pub(super) fn readdress_quoted(packet: &mut [u8], at: usize, end: End, to: SocketAddrV4) -> Option<()> {
    readdress(packet.get_mut(at..)?, end, to)?;
    let message = packet.get_mut(at.checked_sub(ICMP_HEADER)?..)?;
    put(message, 2, 0);
    let sum = Sum::of(message).checksum();
    put(message, 2, sum);
    Some(())
}

/// Gives an error another address at one end of the packet that carries it.
pub(super) fn readdress_outer(packet: &mut [u8], end: End, to: Ipv4Addr) -> Option<()> {
    let field = if end == End::Source { ipv4::SOURCE } else { ipv4::DESTINATION };
    let old = field.read(packet)?;
    field.write(packet, to)?;
    let changes = words(old).into_iter().zip(words(to));
    let sum = changes.fold(ipv4::CHECKSUM.read(packet)?, |sum, (old, new)| update(sum, old, new));
    ipv4::CHECKSUM.write(packet, sum)
}

/// Gives a packet another number that its fragments have in common.
pub(in crate::stack) fn renumber(packet: &mut [u8], number: u16) -> Option<()> {
    let old = ipv4::IDENTIFICATION.read(packet)?;
    ipv4::IDENTIFICATION.write(packet, number)?;
    let sum = update(ipv4::CHECKSUM.read(packet)?, old, number);
    ipv4::CHECKSUM.write(packet, sum)
}

/// Lowers the segments that a SYN asks for.
pub(super) fn clamp(packet: &mut [u8], most: u16) -> Option<()> {
    let (header, segment) = split(packet)?;
    let length = usize::from(*segment.get(12)? >> 4) << 2;
    let mut at = 20;
    while at < length {
        match *segment.get(at)? {
            0 => return None,
            1 => at += 1,
            2 => break,
            _ => at += usize::from(*segment.get(at + 1)?).max(2),
        }
    }
    let place = at.checked_add(2).filter(|place| place + 2 <= length && segment.get(at + 1) == Some(&4))?;
    let asked = word(segment, place)?;
    if asked <= most {
        return None;
    }
    let segment = packet.get_mut(header..)?;
    // The option may begin at an odd byte: the words that hold it are two then.
    let [first, second] = [place & !1, (place + 1) & !1];
    let old = [word(segment, first)?, word(segment, second)?];
    put(segment, place, most);
    let new = [word(segment, first)?, word(segment, second)?];
    let changed = if first == second { 1 } else { 2 };
    let sum = old
        .into_iter()
        .zip(new)
        .take(changed)
        .fold(word(segment, 16)?, |sum, (old, new)| update(sum, old, new));
    put(segment, 16, sum);
    Some(())
}

fn words(address: Ipv4Addr) -> [u16; 2] {
    let bits = address.to_bits();
    [(bits >> 16) as u16, bits as u16]
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word))
}

fn put(bytes: &mut [u8], at: usize, word: u16) {
    if let Some(place) = bytes.get_mut(at..).and_then(|bytes| bytes.first_chunk_mut()) {
        *place = word.to_be_bytes();
    }
}
