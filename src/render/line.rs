//! One line a packet.

use std::fmt::Write;
use std::net::IpAddr;

use crate::field::{Kind, Severity};
use crate::names::{ArpOperation, EtherType};
use crate::packet::Packet;
use crate::wire::arp::Arp;
use crate::wire::ethernet::Ethernet;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::tcp::Tcp;
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

fn internet<B: AsRef<[u8]>>(packet: &Packet<B>, line: &mut String) {
    let Some(transport) = packet.transport() else {
        if let Some(flow) = packet.flow_key() {
            let _ = write!(line, "{}, {} bytes", flow.protocol, packet.payload().len());
        }
        return;
    };
    let payload = packet.payload().len();
    match transport.kind {
        Kind::TCP => {
            let _ = write!(line, "TCP");
            if let Some(tcp) = packet.get::<Tcp>() {
                let _ = write!(line, " [{}] seq {}", flags(&tcp), tcp.sequence());
                if tcp.ack() {
                    let _ = write!(line, " ack {}", tcp.acknowledgment());
                }
                let _ = write!(line, " win {}, {payload} bytes", tcp.window());
            }
        }
        Kind::UDP => {
            let _ = write!(line, "UDP, {payload} bytes");
        }
        Kind::ICMPV4 => {
            let _ = write!(line, "ICMP");
            if let Some(icmp) = packet.get::<Icmpv4>() {
                message(line, icmp.message_type(), icmp.code(), icmp.echo());
            }
        }
        Kind::ICMPV6 => {
            let _ = write!(line, "ICMPv6");
            if let Some(icmp) = packet.get::<Icmpv6>() {
                message(line, icmp.message_type(), icmp.code(), icmp.echo());
            }
        }
        _ => {
            let _ = write!(line, "{payload} bytes");
        }
    }
}

fn message(line: &mut String, kind: impl std::fmt::Display, code: u8, echo: Option<(u16, u16)>) {
    let _ = write!(line, " {kind}");
    match echo {
        Some((identifier, sequence)) => {
            let _ = write!(line, ", id {identifier} seq {sequence}");
        }
        None if code != 0 => {
            let _ = write!(line, ", code {code}");
        }
        None => {}
    }
}

fn flags<B: AsRef<[u8]>>(tcp: &Tcp<B>) -> String {
    let set = [
        (tcp.fin(), "FIN"),
        (tcp.syn(), "SYN"),
        (tcp.rst(), "RST"),
        (tcp.psh(), "PSH"),
        (tcp.ack(), "ACK"),
        (tcp.urg(), "URG"),
        (tcp.ece(), "ECE"),
        (tcp.cwr(), "CWR"),
        (tcp.ae(), "AE"),
    ];
    let names: Vec<&str> = set.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect();
    names.join(" ")
}

/// What has no IP header.
fn link<B: AsRef<[u8]>>(packet: &Packet<B>, line: &mut String) {
    if let Some((arp, sender, target)) =
        packet.get::<Arp>().and_then(|arp| Some((arp, arp.sender()?, arp.target()?)))
    {
        let _ = match arp.operation() {
            ArpOperation::REQUEST => write!(line, "ARP who has {}? tell {}", target.1, sender.1),
            ArpOperation::REPLY => write!(line, "ARP {} is at {}", sender.1, sender.0),
            other => write!(line, "ARP {other} from {} to {}", sender.1, target.1),
        };
        return;
    }
    let Some(ethernet) = packet.get::<Ethernet>() else {
        let _ = write!(line, "{} bytes", packet.bytes().len());
        return;
    };
    let innermost =
        packet.nth::<Vlan>(packet.headers().filter(|l| l.kind == Kind::VLAN).count().saturating_sub(1));
    let ether_type = innermost.map_or(ethernet.ether_type(), |vlan| vlan.ether_type());
    let _ = write!(line, "{} > {} ", ethernet.source(), ethernet.destination());
    let _ = match ether_type {
        EtherType(length @ ..0x0600) => write!(line, "802.3, {length} bytes"),
        other => write!(line, "{other}, {} bytes", packet.payload().len()),
    };
}
