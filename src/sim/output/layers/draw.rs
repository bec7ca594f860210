//! A tale as text.

use core::fmt;

use super::{Crossing, Tale};
use crate::field::{Mac, Role, Text};
use crate::packet::{Frame, Layer, Packet};
use crate::render::{line, protocol, value_text};
use crate::sim::output::capture::fate;
use crate::sim::output::table::{WIDTH, length, wrap};
use crate::sim::{NodeId, Port};
use crate::stack::service::Figure;

/// What is said of a header, by the names of its fields; of others their own words.
const SAID: [(&str, &[&str]); 5] = [
    ("eth", &["eth.src", "eth.dst", "eth.type"]),
    ("ip", &["ip.src", "ip.dst", "ip.ttl", "ip.proto"]),
    ("ipv6", &["ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.nxt"]),
    ("udp", &["udp.srcport", "udp.dstport"]),
    ("tcp", &["tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.ack", "tcp.window_size"]),
];

/// What those headers are called that have other names than the prefix of their fields in capitals.
const NAMES: [(&str, &str); 4] =
    [("eth", "Ethernet"), ("ip", "IPv4"), ("ipv6", "IPv6"), ("icmpv6", "ICMPv6")];

/// Bytes in a row of hex.
const ROW: usize = 20;
/// Bytes of data that are shown.
const DATA: usize = 60;

/// A header or what it carries, as it is told.
struct Piece {
    /// What it is called in a box.
    label: String,
    name: String,
    is_data: bool,
    bytes: Vec<u8>,
    words: String,
}

fn pieces(packet: &Packet<&[u8]>) -> Vec<Piece> {
    let piece = |(index, layer): (usize, Layer)| {
        let bytes = packet.header_bytes(&layer).to_vec();
        let is_data = layer.is_rest();
        let name = called(packet, &layer);
        let label = format!("{name} {}", bytes.len());
        let words = if is_data { in_signs(&bytes) } else { said(packet, index, &layer) };
        Piece { label, name, is_data, bytes, words }
    };
    packet.layers().enumerate().map(piece).filter(|piece| !piece.bytes.is_empty()).collect()
}

/// A short name, which boxes have room for.
fn called(packet: &Packet<&[u8]>, layer: &Layer) -> String {
    let prefix = protocol(packet, layer);
    if layer.is_rest() {
        return if prefix == "payload" { "data" } else { prefix }.to_owned();
    }
    let known = NAMES.iter().find(|(known, _)| *known == prefix);
    known.map_or_else(|| prefix.to_uppercase(), |(_, name)| (*name).to_owned())
}

/// Bytes as text, escaped, if they are text for the most part.
fn in_signs(bytes: &[u8]) -> String {
    let shown = bytes.get(..DATA.min(bytes.len())).unwrap_or(&[]);
    let plain = shown.iter().filter(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')).count();
    if plain * 4 < shown.len() * 3 { String::new() } else { format!("\"{}\"", Text(shown)) }
}

/// What a header says.
fn said(packet: &Packet<&[u8]>, index: usize, layer: &Layer) -> String {
    let own = protocol(packet, layer);
    let Some((_, fields)) = SAID.iter().find(|(name, _)| *name == own) else {
        return line::words(packet, index);
    };
    let known: Vec<_> = packet.fields_of(index).collect();
    let text = |wanted: &&'static str| {
        let field = known.iter().find(|field| field.info.name == *wanted)?;
        let value = field
            .text()
            .map(|text| text.to_string())
            .or_else(|| Some(value_text(field.info, field.value()?)))?;
        Some(format!("{} {value}", field.info.label.to_lowercase()))
    };
    fields.iter().filter_map(text).collect::<Vec<_>>().join(", ")
}

/// What is different between two frames, field by field.
fn changes(before: &Packet<&[u8]>, after: &Packet<&[u8]>) -> Vec<String> {
    let layers: Vec<Layer> = after.layers().collect();
    let mut changes = Vec::new();
    for (old, new) in before.fields().zip(after.fields()) {
        // What is another view of other fields has changed with them.
        if old.info.name != new.info.name || old.bits == 0 || new.info.role != Role::Tile {
            continue;
        }
        if let (Some(was), Some(is)) = (old.value(), new.value())
            && was != is
        {
            let of = layers.get(new.layer).map_or_else(String::new, |layer| called(after, layer));
            let (was, is) = (value_text(old.info, was), value_text(new.info, is));
            changes.push(format!("{of} {}: {was} becomes {is}", new.info.label.to_lowercase()));
        }
    }
    changes
}

fn hex(bytes: &[u8]) -> Vec<String> {
    bytes
        .chunks(ROW)
        .map(|row| row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Boxes around what is there so far, the innermost at the right: a row for each header that is put in front.
fn boxes(pieces: &[Piece]) -> Vec<String> {
    let cells: Vec<String> = pieces.iter().map(|piece| format!(" {} ", piece.label)).collect();
    let width: usize = cells.iter().map(|cell| length(cell) + 1).sum();
    if width > WIDTH - 4 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut above: Option<usize> = None;
    let first = pieces
        .iter()
        .rposition(|piece| !piece.is_data)
        .map_or(0, |last| last + 1)
        .min(pieces.len().saturating_sub(1));
    for from in (0..=first).rev() {
        let of = cells.get(from..).unwrap_or(&[]);
        let indent =
            |from: usize| cells.get(..from).unwrap_or(&[]).iter().map(|cell| length(cell) + 1).sum::<usize>();
        let mut border = String::new();
        for (number, cell) in of.iter().enumerate() {
            // Where a box above ends or stands, lines meet.
            let place = from + number;
            let meets = above.is_some_and(|above| place >= above);
            border.push(match (number, meets) {
                (0, true) => '├',
                (0, false) => '┌',
                (_, true) if Some(place) == above => '┼',
                (_, true) => '┼',
                (_, false) => '┬',
            });
            border.extend(core::iter::repeat_n('─', length(cell)));
        }
        border.push(if above.is_some() { '┤' } else { '┐' });
        let space = " ".repeat(indent(from));
        lines.push(format!("  {space}{border}"));
        lines.push(format!("  {space}│{}│", of.join("│")));
        above = Some(from);
    }
    let bottom: Vec<String> = cells.iter().map(|cell| "─".repeat(length(cell))).collect();
    lines.push(format!("  └{}┘", bottom.join("┴")));
    lines
}

impl Tale {
    fn packet<'f>(&self, frame: &'f [u8]) -> Packet<&'f [u8]> {
        self.decoder.packet(Frame::ethernet(frame))
    }

    /// The sender: what each layer adds, from the inside out.
    fn down(&self, crossing: &Crossing, lines: &mut Vec<String>) {
        let packet = self.packet(&crossing.frame);
        let pieces = pieces(&packet);
        for piece in pieces.iter().rev() {
            let count = if piece.bytes.len() == 1 {
                "1 byte".to_owned()
            } else {
                format!("{} bytes", piece.bytes.len())
            };
            let head = match piece.is_data {
                true => format!("  the data: {count}"),
                false => format!("  {} adds {count}", piece.name),
            };
            lines.push(head);
            lines.extend(
                wrap(&piece.words, WIDTH - 6)
                    .into_iter()
                    .filter(|words| !words.is_empty())
                    .map(|words| format!("      {words}")),
            );
            let shown = if piece.is_data { DATA } else { piece.bytes.len() };
            lines.extend(
                hex(piece.bytes.get(..shown.min(piece.bytes.len())).unwrap_or(&[]))
                    .into_iter()
                    .map(|row| format!("      {row}")),
            );
            if piece.bytes.len() > shown {
                lines.push(format!("      ... and {} more", piece.bytes.len() - shown));
            }
        }
        let drawn = boxes(&pieces);
        if !drawn.is_empty() {
            lines.push(String::new());
            lines.extend(drawn);
        }
    }

    fn over(&self, crossing: &Crossing, lines: &mut Vec<String>) {
        let link = crossing.cable.map_or("no link", |cable| self.names.link(cable));
        let to = crossing
            .arrived
            .as_ref()
            .map(|(port, _)| format!(" to {}", self.names.port(*port)))
            .unwrap_or_default();
        let fate = fate(crossing.sent, &crossing.outcomes, "still on its way at the end");
        let from = self.names.port(crossing.from);
        lines.push(String::new());
        lines.extend(wrap(
            &format!("~~~ {link}, from {from}{to}: {} bytes, {fate}", crossing.frame.len()),
            WIDTH,
        ));
    }

    /// What a node does with what has arrived.
    fn arrived(&self, number: usize, port: Port, frame: &[u8], lines: &mut Vec<String>) {
        let (node, _) = port;
        let packet = self.packet(frame);
        let on: Vec<(usize, &Crossing)> =
            self.crossings.iter().enumerate().filter(|(_, next)| next.before == Some(number)).collect();
        let crossing = self.crossings.get(number);
        let time = crossing.and_then(|crossing| crossing.outcomes.first()).map(|outcome| outcome.time());
        lines.push(String::new());
        lines.push(head(self.names.node(node), time.unwrap_or_default().nanoseconds()));
        let destination = frame.first_chunk::<6>().map(|mac| Mac(*mac)).unwrap_or(Mac([0; 6]));
        if self.switches.contains(&node) {
            lines.push("  up to Ethernet, no further: a switch looks at nothing else".to_owned());
            let ports: Vec<&str> = on.iter().map(|(_, next)| self.names.port(next.from)).collect();
            lines.extend(wrap(&match ports.as_slice() {
                [] => format!("{destination} is behind the port by which it came, or nobody else is there: it goes no further"),
                [port] => format!("{destination} is known to be behind {port}, or that is the only other port: the same frame goes out there"),
                many => format!("where {destination} is has not been seen yet: the same frame goes out by all other ports, {}", many.join(", ")),
            }, WIDTH - 4).into_iter().map(|line| format!("    {line}")));
            return;
        }
        if !destination.is_group() && self.stations.get(&destination).is_some_and(|own| *own != port) {
            let whose = self.stations.get(&destination).map_or("?", |own| self.names.port(*own));
            lines.push(format!("  Ethernet: {destination} is {whose}, not this one: dropped"));
            return;
        }
        let last = on.is_empty();
        for (index, layer) in packet.layers().enumerate() {
            if layer.is_rest() {
                continue;
            }
            let is_network = packet.network().is_some_and(|network| network == layer);
            lines.push(format!("  {} takes off {} bytes", called(&packet, &layer), layer.header()));
            lines.extend(
                wrap(&said(&packet, index, &layer), WIDTH - 6)
                    .into_iter()
                    .filter(|words| !words.is_empty())
                    .map(|words| format!("      {words}")),
            );
            if is_network && !last {
                break;
            }
        }
        if last {
            let bad: Vec<String> = packet
                .findings()
                .filter(|finding| finding.severity > crate::field::Severity::Note)
                .map(|finding| finding.code.to_owned())
                .collect();
            match bad.as_slice() {
                [] => lines.push(self.end(node, destination, &packet)),
                bad => lines.push(format!("  something is wrong with it ({}): dropped", bad.join(", "))),
            }
            return;
        }
        for (_, next) in on {
            let after = self.packet(&next.frame);
            lines.push(format!("  not for this node: forwarded by {}", self.names.port(next.from)));
            let to = next.frame.first_chunk::<6>().and_then(|mac| self.stations.get(&Mac(*mac)));
            if let Some(to) = to {
                lines.push(format!("    the next on the way is {}", self.names.port(*to)));
            }
            let changed = changes(&packet, &after);
            lines.extend(
                changed
                    .iter()
                    .flat_map(|change| wrap(change, WIDTH - 4))
                    .map(|change| format!("    {change}")),
            );
        }
    }
}

impl Tale {
    /// What becomes of a message that goes no further.
    fn end(&self, node: NodeId, destination: Mac, packet: &Packet<&[u8]>) -> String {
        let count = packet.payload().len();
        let to = packet.addresses().map(|(_, to)| to);
        let own = to.is_some_and(|to| self.addresses.contains(&(node, to)));
        let name = self.names.node(node);
        if own || !destination.is_group() && !self.routers.contains(&node) {
            format!("  it is for {name}: {count} bytes of data are delivered")
        } else if destination.is_group() {
            format!(
                "  it is for all, or for a group: {name} looks whether somebody here wants {count} bytes of data"
            )
        } else {
            format!("  it is not for {name}, and is not forwarded: dropped")
        }
    }
}

/// A node, and when.
fn head(node: &str, time: u64) -> String {
    let title = format!("── {node}, at {} ", Figure::Time(core::time::Duration::from_nanos(time)));
    let rest = WIDTH.saturating_sub(length(&title));
    format!("{title}{}", "─".repeat(rest))
}

/// The tale, no line wider than 100 signs.
impl fmt::Display for Tale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        match self.crossings.first() {
            None => lines.push("no message was sent that could be told of".to_owned()),
            Some(first) => {
                let summary = line::summary(&self.packet(&first.frame));
                lines.extend(wrap(&format!("Frame {}, {}: {summary}", first.number, first.reason), WIDTH));
                lines.push(String::new());
                lines.push(head(self.names.node(first.from.0), first.sent.nanoseconds()));
                self.down(first, &mut lines);
            }
        }
        for (number, crossing) in self.crossings.iter().enumerate() {
            self.over(crossing, &mut lines);
            if let Some((port, frame)) = &crossing.arrived {
                self.arrived(number, *port, frame, &mut lines);
            }
        }
        if self.cut {
            lines.push("and so on".to_owned());
        }
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
