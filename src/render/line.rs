//! One line a packet.

use std::fmt::Write;
use std::net::IpAddr;

use crate::field::{FieldInfo, Kind, Phrase, Scope, Severity, Value};
use crate::packet::Packet;
use crate::render::value_text;
use crate::wire::vlan::Vlan;

/// What a packet is, in one line: addresses, protocol, and what matters of it.
///
/// ```
/// use layercake::packet::{Decoder, Frame};
/// use layercake::wire::{ethernet::Ethernet, ipv4::Ipv4, udp::Udp};
///
/// let (a, b) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// let cake = Ethernet::new(Default::default(), Default::default()) / Ipv4::new(a, b) / Udp::new(5353, 53) / "hello";
/// let packet = Decoder::new().packet(Frame::ethernet(cake.to_vec()?));
/// assert_eq!(layercake::render::line::summary(&packet), "192.0.2.1:5353 > 192.0.2.2:53 UDP, 5 bytes");
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
pub fn summary<B: AsRef<[u8]>>(packet: &Packet<B>) -> String {
    let mut line = String::new();
    for vlan in (0..).map_while(|n| packet.nth::<Vlan>(n)).take(4) {
        let _ = write!(line, "VLAN {} ", vlan.id());
    }
    match packet.addresses() {
        Some((source, destination)) => {
            let (from, to) = packet.ports().unzip();
            let _ = write!(line, "{} > {} ", end(source, from), end(destination, to));
            internet(packet, &mut line);
        }
        None => link(packet, &mut line),
    }
    if packet.is_cut() {
        let _ = write!(line, ", {} of {} bytes captured", packet.bytes().len(), packet.length());
    }
    line
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

/// What the packet's transport header says of itself, or else the number of what IP carries.
fn internet<B: AsRef<[u8]>>(packet: &Packet<B>, line: &mut String) {
    match (packet.record().transport(), packet.flow_key()) {
        (Some(transport), _) => own_words(packet, transport, line),
        (None, Some(flow)) => {
            let _ = write!(line, "{}, {} bytes", flow.protocol, packet.payload().len());
        }
        (None, None) => {}
    }
}

/// What a layer says of itself.
fn own_words<B: AsRef<[u8]>>(packet: &Packet<B>, index: usize, line: &mut String) {
    let protocol = packet.layer(index).and_then(|layer| packet.protocol(&layer));
    let (Some(protocol), Some(scope)) = (protocol, packet.scope(index)) else { return };
    match protocol.summary {
        [] => {
            let _ = write!(line, "{}, {} bytes", protocol.name, scope.content().len());
        }
        phrases => say(phrases, &scope, line),
    }
}

fn say(phrases: &[Phrase], scope: &Scope<'_>, line: &mut String) {
    let header = scope.header_bytes();
    for phrase in phrases {
        let _ = match phrase {
            Phrase::Text(text) => line.write_str(text),
            Phrase::Value(info) => match info.read(header) {
                Some(value) => line.write_str(&value_in_words(info, value)),
                None => line.write_str("?"),
            },
            Phrase::Flags(flags) => {
                let set = |info: &FieldInfo| info.read(header) == Some(Value::Flag(true));
                let names: Vec<&str> =
                    flags.iter().filter(|(info, _)| set(info)).map(|(_, name)| *name).collect();
                line.write_str(&names.join(" "))
            }
            Phrase::Content => write!(line, "{} bytes", scope.content().len()),
            Phrase::If(so, phrases) => {
                if so(header) {
                    say(phrases, scope, line);
                }
                Ok(())
            }
        };
    }
}

fn value_in_words(info: &FieldInfo, value: Value<'_>) -> String {
    match info.name_of(value) {
        Some(name) => name.to_string(),
        None => value_text(info, value),
    }
}

/// What has no IP header: the innermost layer that is more than a tag says what it is, and Ethernet who sent it.
fn link<B: AsRef<[u8]>>(packet: &Packet<B>, line: &mut String) {
    let tagless = packet.headers().enumerate().filter(|(_, layer)| layer.kind != Kind::VLAN);
    match tagless.last() {
        Some((index, _)) => own_words(packet, index, line),
        None => {
            let _ = write!(line, "{} bytes", packet.bytes().len());
        }
    }
}
