//! One line a packet.

use std::fmt::Write;
use std::net::IpAddr;
use std::ops::Range;

use crate::field::{FieldInfo, Kind, Phrase, Scope, Severity, Value};
use crate::names::IpProtocol;
use crate::packet::{Layer, Packet};
use crate::render::value_text;
use crate::wire::ipv6_extension::fragment;
use crate::wire::{ipv4, ipv6, udp, vlan};

/// What a packet is, in one line: addresses, protocol, and what matters of it.
///
/// ```
/// use layercake::packet::{Decoder, Frame};
/// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
///
/// let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// let cake = Ethernet::new(Default::default(), Default::default()) / Ipv4::new(a, b) / Udp::new(5000, 7) / "hello";
/// let packet = Decoder::new().packet(Frame::ethernet(cake.to_vec()?));
/// assert_eq!(layercake::render::line::summary(&packet), "192.0.2.1:5000 > 192.0.2.2:7 UDP, 5 bytes");
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
pub fn summary<B: AsRef<[u8]>>(packet: &Packet<B>) -> String {
    let headers: Vec<Layer> = packet.headers().collect();
    let mut line = String::new();
    let parts = parts(&headers);
    for (level, part) in parts.iter().enumerate() {
        match level {
            0 => {}
            1 => line.push_str(" | "),
            _ => {
                line.push_str(" | ...");
                break;
            }
        }
        let (first, headers) = (part.start, headers.get(part.clone()).unwrap_or(&[]));
        Part { packet, headers, first }.say(level.saturating_add(1) < parts.len(), &mut line);
    }
    if headers.is_empty() {
        let _ = write!(line, "{} bytes", packet.bytes().len());
    }
    if packet.is_cut() {
        let _ = write!(line, ", {} of {} bytes captured", packet.bytes().len(), packet.length());
    }
    line
}

/// The headers of a packet, and of each packet in a tunnel inside it: a new one begins at a network header behind another one, or
/// at the frame around it. What an error quotes is no packet of its own.
fn parts(headers: &[Layer]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut whole) = (0, false);
    for (index, layer) in headers.iter().enumerate() {
        if whole && (is_network(layer) || layer.kind == Kind::ETHERNET) {
            parts.push(start..index);
            (start, whole) = (index, false);
        }
        whole |= is_network(layer);
        if is_icmp(layer) {
            break;
        }
    }
    parts.push(start..headers.len());
    parts
}

fn is_network(layer: &Layer) -> bool {
    matches!(layer.kind, Kind::IPV4 | Kind::IPV6 | Kind::ARP)
}

fn is_icmp(layer: &Layer) -> bool {
    matches!(layer.kind, Kind::ICMPV4 | Kind::ICMPV6)
}

/// Headers as far as a packet goes that may lie in a tunnel, or be quoted.
struct Part<'a, B> {
    packet: &'a Packet<B>,
    headers: &'a [Layer],
    /// The number of the first of them.
    first: usize,
}

impl<B: AsRef<[u8]>> Part<'_, B> {
    fn say(&self, tunnel: bool, line: &mut String) {
        let before = self.headers.iter().enumerate().take_while(|(_, layer)| !is_network(layer));
        for (index, _) in before.filter(|(_, layer)| layer.kind == Kind::VLAN).take(4) {
            let scope = self.packet.scope(self.first.saturating_add(index));
            if let Some(id) = scope.and_then(|scope| vlan::ID.read(scope.header_bytes())) {
                let _ = write!(line, "VLAN {id} ");
            }
        }
        let Some((at, from, to)) = self.ends() else {
            return self.link(line);
        };
        let _ = write!(line, "{from} > {to} ");
        let behind = self.headers.get(at.saturating_add(1)..).unwrap_or(&[]);
        let extensions = behind.iter().take_while(|layer| is_extension(layer)).count();
        match behind.get(extensions) {
            // What an error quotes belongs to it.
            Some(transport) if is_icmp(transport) => {
                let number = at.saturating_add(1).saturating_add(extensions);
                own_words(self.packet, self.first.saturating_add(number), false, line);
                let quoted = self.headers.get(number.saturating_add(1)..).unwrap_or(&[]);
                let first = self.first.saturating_add(number).saturating_add(1);
                Part { headers: quoted, first, ..*self }.quoted(line);
            }
            Some(_) if tunnel => {
                let last = self.first.saturating_add(self.headers.len()).saturating_sub(1);
                own_words(self.packet, last, true, line);
            }
            Some(_) => {
                let transport = at.saturating_add(1).saturating_add(extensions);
                // What a transport header carries says more than that.
                let application = transport.saturating_add(1);
                let is_whole = |layer: &Layer| {
                    self.packet.protocol(layer).is_some_and(|protocol| layer.header() >= protocol.length)
                };
                let mut application_layer = self.headers.get(application).into_iter();
                let is_known = application_layer.any(|layer| layer.kind.is_application() && is_whole(layer));
                let number = if is_known { application } else { transport };
                let number = self.first.saturating_add(number);
                own_words(self.packet, number, false, line);
                let looks = |finding: crate::field::Finding| {
                    finding.code == "decode.looks" && finding.layer == number
                };
                if is_known && self.packet.findings().any(looks) {
                    line.push_str(" (by its looks)");
                }
            }
            None => {
                let _ = write!(line, "{}", self.carried(at));
                if !tunnel {
                    let last =
                        self.headers.last().map_or(0, |last| last.end().saturating_sub(last.content()));
                    let _ = write!(line, ", {last} bytes");
                }
            }
        }
        self.fragment(at, line);
    }

    /// Which packet an error is about.
    fn quoted(&self, line: &mut String) {
        if let Some((at, from, to)) = self.ends() {
            let _ = write!(line, ", about {from} > {to} {}", self.carried(at));
        }
    }

    /// The first IP header, and addresses and ports of what it carries.
    fn ends(&self) -> Option<(usize, String, String)> {
        let at = self.headers.iter().position(is_network)?;
        let ip = self.headers.get(at)?;
        let header = self.packet.layer_bytes(ip);
        let (from, to): (IpAddr, IpAddr) = match ip.kind {
            Kind::IPV4 => (ipv4::SOURCE.read(header)?.into(), ipv4::DESTINATION.read(header)?.into()),
            Kind::IPV6 => (ipv6::SOURCE.read(header)?.into(), ipv6::DESTINATION.read(header)?.into()),
            _ => return None,
        };
        let mut behind =
            self.headers.iter().skip(at.saturating_add(1)).skip_while(|layer| is_extension(layer));
        // All of them have their ports where UDP has them.
        let ports = behind
            .next()
            .filter(|layer| matches!(layer.kind, Kind::TCP | Kind::UDP | Kind::UDP_LITE | Kind::SCTP))
            .map(|layer| self.packet.layer_bytes(layer))
            .and_then(|bytes| Some((udp::SOURCE_PORT.read(bytes)?, udp::DESTINATION_PORT.read(bytes)?)));
        let (source, destination) = ports.unzip();
        Some((at, end(from, source), end(to, destination)))
    }

    /// What the IP header carries, behind its extensions.
    fn carried(&self, at: usize) -> IpProtocol {
        let header = |layer: &Layer| self.packet.layer_bytes(layer);
        let ip = self.headers.get(at);
        let first = ip.and_then(|ip| match ip.kind {
            Kind::IPV4 => ipv4::PROTOCOL_NUMBER.read(header(ip)),
            _ => ipv6::NEXT_HEADER.read(header(ip)),
        });
        let extensions =
            self.headers.iter().skip(at.saturating_add(1)).take_while(|layer| is_extension(layer));
        // Each begins with the number of what follows it.
        let last = extensions.filter_map(|layer| header(layer).first().copied()).last();
        last.map(IpProtocol).or(first).unwrap_or_default()
    }

    /// Which part of a packet it is, if it is one.
    fn fragment(&self, at: usize, line: &mut String) {
        let _ = match self.place(at) {
            None => Ok(()),
            Some((0, _, _, false)) => line.write_str(", the only fragment"),
            Some((first, length, id, more)) => {
                let last = first.saturating_add(length).saturating_sub(1);
                let rest = if more { "more follow" } else { "the last" };
                write!(line, ", fragment {first}-{last} of id {id}, {rest}")
            }
        };
    }

    /// The first byte of a fragment, how many it has, what it belongs to, and whether more follow.
    fn place(&self, at: usize) -> Option<(usize, usize, String, bool)> {
        let ip = self.headers.get(at)?;
        let header = self.packet.layer_bytes(ip);
        if ip.kind == Kind::IPV4 {
            let offset = usize::from(ipv4::FRAGMENT_OFFSET.read(header)?).saturating_mul(8);
            let more = ipv4::MORE_FRAGMENTS.read(header)?;
            (more || offset > 0).then_some(())?;
            let there = ip.end().saturating_sub(ip.content());
            let claimed = usize::from(ipv4::TOTAL_LENGTH.read(header)?).saturating_sub(ip.header());
            let id = format!("{:#06x}", ipv4::IDENTIFICATION.read(header)?);
            return Some((offset, if claimed == 0 { there } else { claimed }, id, more));
        }
        let layer = self.headers.iter().skip(at).find(|layer| layer.kind == Kind::FRAGMENT)?;
        let bytes = self.packet.layer_bytes(layer);
        let before = layer.content().saturating_sub(ip.content());
        let length = usize::from(ipv6::PAYLOAD_LENGTH.read(header)?).saturating_sub(before);
        let id = format!("{:#010x}", fragment::IDENTIFICATION.read(bytes)?);
        let offset = usize::from(fragment::OFFSET.read(bytes)?).saturating_mul(8);
        Some((offset, length, id, fragment::MORE.read(bytes)?))
    }

    /// What has no IP header: the innermost layer that is more than a tag says what it is, and Ethernet who sent it.
    fn link(&self, line: &mut String) {
        if let Some(index) = self.headers.iter().rposition(|layer| layer.kind != Kind::VLAN) {
            own_words(self.packet, self.first.saturating_add(index), false, line);
        }
    }
}

fn is_extension(layer: &Layer) -> bool {
    matches!(
        layer.kind,
        Kind::HOP_BY_HOP | Kind::ROUTING | Kind::FRAGMENT | Kind::DESTINATION_OPTIONS | Kind::AUTHENTICATION
    )
}

/// The codes of what is wrong with a packet, notes left out, for the end of a line.
pub fn troubles<B: AsRef<[u8]>>(packet: &Packet<B>) -> Vec<(Severity, &'static str)> {
    packet
        .findings()
        .filter(|finding| finding.severity > Severity::Note)
        .map(|finding| (finding.severity, finding.code))
        .collect()
}

fn end(address: IpAddr, port: Option<u16>) -> String {
    match (address, port) {
        (IpAddr::V6(address), Some(port)) => format!("[{address}]:{port}"),
        (address, Some(port)) => format!("{address}:{port}"),
        (address, None) => address.to_string(),
    }
}

/// What a layer says of itself.
#[cfg(feature = "sim")]
pub(crate) fn words<B: AsRef<[u8]>>(packet: &Packet<B>, index: usize) -> String {
    let mut line = String::new();
    own_words(packet, index, false, &mut line);
    line
}

/// What a layer says of itself; of a tunnel not how much is in it.
fn own_words<B: AsRef<[u8]>>(packet: &Packet<B>, index: usize, tunnel: bool, line: &mut String) {
    let protocol = packet.layer(index).and_then(|layer| packet.protocol(&layer));
    let (Some(protocol), Some(scope)) = (protocol, packet.scope(index)) else { return };
    match protocol.summary {
        [] if tunnel => line.push_str(protocol.name),
        [] => {
            let _ = write!(line, "{}, {} bytes", protocol.name, scope.content().len());
        }
        [phrases @ .., Phrase::Text(_), Phrase::Content] if tunnel => {
            say(packet, index, phrases, &scope, line)
        }
        phrases => say(packet, index, phrases, &scope, line),
    }
}

fn say<B: AsRef<[u8]>>(
    packet: &Packet<B>,
    index: usize,
    phrases: &[Phrase],
    scope: &Scope<'_>,
    line: &mut String,
) {
    let header = scope.header_bytes();
    for phrase in phrases {
        let _ = match phrase {
            Phrase::Text(text) => line.write_str(text),
            Phrase::Value(info) => match (info.name_in(header), info.read(header)) {
                (Some(name), _) => line.write_str(name),
                (None, Some(value)) => line.write_str(&value_text(info, value)),
                (None, None) => line.write_str("?"),
            },
            Phrase::Flags(flags) => {
                let set = |info: &FieldInfo| info.read(header) == Some(Value::Flag(true));
                let names: Vec<&str> =
                    flags.iter().filter(|(info, _)| set(info)).map(|(_, name)| *name).collect();
                line.write_str(&names.join(" "))
            }
            Phrase::Content => write!(line, "{} bytes", scope.content().len()),
            Phrase::Inside => {
                let inner = index.saturating_add(1);
                let known = packet.layer(inner).is_some_and(|layer| !layer.is_rest());
                match known {
                    true => own_words(packet, inner, false, line),
                    false => line.push_str("nothing known inside"),
                }
                Ok(())
            }
            Phrase::If(so, phrases) => {
                if so(header) {
                    say(packet, index, phrases, scope, line);
                }
                Ok(())
            }
            Phrase::Words(words) => words(header, line),
        };
    }
}
