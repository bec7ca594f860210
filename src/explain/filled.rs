//! A header of a packet, drawn with its values, and what they mean.

use std::fmt;

use crate::explain::{Diagram, HeaderPage, rows};
use crate::field::{Role, Value};
use crate::packet::Packet;
use crate::render::{meaning_in, value_text};

/// Fields of a header that are told, unless all are wanted.
const SHOWN: usize = 64;

/// A header of a packet, drawn and told. With `{:#}`, all of its fields.
#[derive(Clone, Debug)]
pub struct Filled {
    title: String,
    diagram: Diagram,
    lines: Vec<Vec<String>>,
    findings: Vec<String>,
}

/// The outermost header of a packet that a word names: `tcp`, `ethernet`. `None` if the packet has none.
///
/// ```
/// use layercake::explain::filled;
/// use layercake::packet::{Decoder, Frame};
/// use layercake::wire::{ipv4::Ipv4, udp::Udp};
///
/// let mut buffer = [0; 64];
/// let cake = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 53) / b"hello";
/// let packet = Decoder::new().packet(Frame::raw(cake.write(&mut buffer)?));
/// let drawn = filled(&packet, "udp").unwrap().to_string();
/// assert!(drawn.contains("|             5000              |              53               |"), "{drawn}");
/// assert!(filled(&packet, "tcp").is_none());
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
pub fn filled<B: AsRef<[u8]>>(packet: &Packet<B>, word: &str) -> Option<Filled> {
    let page = HeaderPage::find(word)?;
    let layers: Vec<_> = packet.layers().collect();
    let (index, layer) = layers.iter().enumerate().find(|(_, layer)| page.has(layer.kind))?;
    let protocol = packet.protocol(layer)?;
    let title = format!(
        "{} ({}), {}, bytes {} to {} of the packet",
        protocol.name,
        protocol.prefix,
        protocol.spec,
        layer.start(),
        layer.content().saturating_sub(1)
    );
    let fields: Vec<_> = packet.fields_of(index).collect();
    let mut lines = Vec::new();
    for (at, field) in fields.iter().enumerate().filter(|(_, field)| field.info.role != Role::Alias) {
        let Some(value) = field.value() else { continue };
        let group_of_bytes = field.info.role == Role::Group && field.info.format.is_bytes();
        let mut text = if group_of_bytes { String::new() } else { value_text(field.info, value) };
        if let (Value::Number(number), 2.., 1..) = (value, field.info.scale, field.bits) {
            let raw = number.checked_div(u64::from(field.info.scale)).unwrap_or(number);
            text = format!("{raw} x {} = {number}", field.info.scale);
        }
        let inside = fields.get(at.saturating_add(1)..).unwrap_or(&[]);
        let meaning = meaning_in(packet, field, inside).unwrap_or_default();
        lines.push([field.info.name.to_string(), field.info.label.to_string(), text, meaning].to_vec());
    }
    let findings = packet.findings().filter(|finding| finding.layer == index);
    let findings = findings
        .map(|finding| format!("{}: {finding} [{}]", finding.severity.name(), finding.code))
        .collect();
    Some(Filled { title, diagram: Diagram::of_packet(packet, index), lines, findings })
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}\n", self.title, self.diagram)?;
        let shown = if f.alternate() { self.lines.len() } else { SHOWN };
        f.write_str(&rows(self.lines.get(..shown).unwrap_or(&self.lines), 2))?;
        if let Some(more @ 1..) = self.lines.len().checked_sub(shown) {
            writeln!(f, "  ... and {more} more: --all")?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "  {finding}"))
    }
}
