//! The breakdown: every layer and field with its place, beside the bytes.
//!
//! On the left stands a pane with the bytes, eight a row, in the colour of the layer that they belong to. On the
//! right stands the tree: for each field its bytes, a mask where it does not fill them (`0.......`), what it is
//! called, its value and what that means, and the name that filters and JSON know it by.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Color, Style};

use crate::field::{Role, Severity};
use crate::packet::{FieldRef, Layer, Packet};
use crate::render::line::summary;
use crate::render::{Verdicts, hex_text, meaning, name, protocol, split, value_text, verdicts};

/// Bytes in a row of the pane.
const ROW: usize = 8;
/// Columns of the pane: offset, bytes, and what separates them from the tree.
const PANE: usize = 6 + 3 * ROW + 2;

/// The colours of the layers, from the outside in, again and again.
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Green,
    AnsiColor::Yellow,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Red,
];

const DIM: Style = Style::new().dimmed();

/// A packet broken down, with colours as ANSI sequences; [`Breakdown::plain`] has none.
///
/// ```
/// use layercake::packet::{Decoder, Frame};
///
/// let packet = Decoder::new().packet(Frame::ethernet(vec![0; 14]));
/// let text = layercake::render::tree::Breakdown::new(&packet).plain().to_string();
/// assert!(text.starts_with("0000  00 00 00 00 00 00 00 00   0-13     Ethernet (eth)\n"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Breakdown<'a, B> {
    packet: &'a Packet<B>,
    plain: bool,
}

impl<'a, B: AsRef<[u8]>> Breakdown<'a, B> {
    /// The breakdown of a packet.
    pub fn new(packet: &'a Packet<B>) -> Self {
        Self { packet, plain: false }
    }

    /// The same without colours: for files, and for tests.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }
}

/// The packet in a line, and its breakdown without colours. It is the same in every run and on every terminal, so it can be kept as the
/// snapshot of a test: `insta::assert_snapshot!(packet)`.
///
/// ```
/// use layercake::packet::{Decoder, Frame};
/// use layercake::wire::{ipv4::Ipv4, udp::Udp};
///
/// let cake = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(5000, 7) / "hello";
/// let packet = Decoder::new().packet(Frame::raw(cake.to_vec()?));
/// assert_eq!(packet.to_string().lines().next(), Some("192.0.2.1:5000 > 192.0.2.2:7 UDP, 5 bytes"));
/// # Ok::<(), layercake::field::BuildError>(())
/// ```
impl<B: AsRef<[u8]>> fmt::Display for Packet<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", summary(self))?;
        Breakdown::new(self).plain().fmt(f)
    }
}

impl<B: AsRef<[u8]>> fmt::Display for Breakdown<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers: Vec<Layer> = self.packet.layers().collect();
        let tree = tree(self.packet, &layers);
        let rows = self.packet.bytes().len().div_ceil(ROW);
        for index in 0..rows.max(tree.len()) {
            let line = tree.get(index).map_or("", String::as_str);
            let pane = pane(self.packet.bytes(), &layers, index);
            let mut row = format!("{pane}{line}");
            if self.plain {
                row = without_colours(&row);
            }
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

/// A row without the sequences that colour it; text of packets has none, it is escaped.
fn without_colours(row: &str) -> String {
    let mut pieces = row.split('\x1b');
    let first = pieces.next().unwrap_or_default();
    let behind = pieces.map(|piece| piece.split_once('m').map_or("", |(_, behind)| behind));
    std::iter::once(first).chain(behind).collect()
}

/// One row of the bytes, each in the colour of the innermost layer that has it.
fn pane(bytes: &[u8], layers: &[Layer], row: usize) -> String {
    let start = row.saturating_mul(ROW);
    let shown = bytes.get(start..).map_or(&[][..], |rest| rest.get(..ROW).unwrap_or(rest));
    if shown.is_empty() {
        return " ".repeat(PANE);
    }
    let mut text = format!("{DIM}{start:04x}{DIM:#}  ");
    for (at, byte) in (start..).zip(shown) {
        let style = layers
            .iter()
            .position(|layer| (layer.start()..layer.content()).contains(&at))
            .map_or(Style::new(), style);
        let _ = write!(text, "{style}{byte:02x}{style:#} ");
    }
    text.push_str(&" ".repeat((ROW - shown.len()) * 3 + 2));
    text
}

fn style(layer: usize) -> Style {
    let colour = COLOURS.iter().cycle().nth(layer % COLOURS.len());
    Style::new().fg_color(colour.copied().map(Color::Ansi))
}

/// The lines of the tree.
fn tree<B: AsRef<[u8]>>(packet: &Packet<B>, layers: &[Layer]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fields = packet.fields().peekable();
    let findings: Vec<_> = packet.findings().collect();
    let verdicts = verdicts(packet);
    let mut of_layer = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        of_layer.clear();
        while let Some(field) = fields.next_if(|field| field.layer == index) {
            of_layer.push(field);
        }
        let bold = style(index).bold();
        let range = range(layer.start(), layer.header());
        if layer.is_rest() && packet.protocol(layer).is_none() {
            // What is no header and has no table is one line.
            let bytes = packet.header_bytes(layer);
            let named = of_layer.first().map_or("", |field| field.info.name);
            let title = name(packet, layer);
            let label = format!("{bold}{title}{bold:#}");
            lines.push(columns(&range, "", &label, title.len(), &hex_text(bytes), named));
        } else {
            let title = format!("{} ({})", name(packet, layer), protocol(packet, layer));
            lines.push(format!("{range:<9}{bold}{title}{bold:#}"));
            branch(&mut lines, &of_layer, 1, &verdicts);
        }
        for finding in findings.iter().filter(|finding| finding.layer == index) {
            lines.push(trouble(finding));
        }
    }
    for finding in findings.iter().filter(|finding| finding.layer >= layers.len()) {
        lines.push(trouble(finding));
    }
    lines
}

fn trouble(finding: &crate::field::Finding) -> String {
    let style = severity_style(finding.severity);
    let range = range(finding.offset(), finding.byte_length());
    format!("{range:<9}{style}{}: {finding} [{}]{style:#}", finding.severity.name(), finding.code)
}

/// How a severity is shown.
pub fn severity_style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Blue,
    };
    Style::new().fg_color(Some(Color::Ansi(colour))).bold()
}

fn branch(lines: &mut Vec<String>, fields: &[FieldRef<'_>], depth: usize, verdicts: &Verdicts) {
    let mut rest = fields;
    while let Some((field, inside, behind)) = split(rest) {
        rest = behind;
        // Aliases read the bits of a tile that stands there already.
        if field.info.role == Role::Alias {
            continue;
        }
        let label = format!("{}{}", "  ".repeat(depth), field.info.label);
        let value = match field.value() {
            Some(value)
                if field.info.role != Role::Group || field.info.format != crate::field::Format::Bytes =>
            {
                let text = value_text(field.info, value);
                match meaning(field, inside, verdicts) {
                    Some(meaning) => format!("{text} ({meaning})"),
                    None => text,
                }
            }
            _ => meaning(field, inside, verdicts).unwrap_or_default(),
        };
        let range = if field.bits == 0 { String::new() } else { range(field.offset(), field.length()) };
        lines.push(columns(&range, &mask(field), &label, label.chars().count(), &value, field.info.name));
        branch(lines, inside, depth.saturating_add(1), verdicts);
    }
}

/// Place, mask, label, value and name, in columns as long as they fit.
fn columns(range: &str, mask: &str, label: &str, label_width: usize, value: &str, name: &str) -> String {
    let gap = " ".repeat(34usize.saturating_sub(label_width).max(1));
    format!("{range:<9}{mask:<9}{label}{gap}{value:<28} {DIM}{name}{DIM:#}")
}

/// `14` for one byte, `16-17` for several.
pub(crate) fn range(start: usize, length: usize) -> String {
    match length {
        0 | 1 => start.to_string(),
        length => format!("{start}-{}", start.saturating_add(length).saturating_sub(1)),
    }
}

/// The bits of a field that does not fill its bytes: `.1......`, or, of a field of several bytes, which bits they
/// are: `3-15`.
pub(crate) fn mask(field: &FieldRef<'_>) -> String {
    if !field.is_partial() {
        return String::new();
    }
    let first = (field.start % 8) as usize;
    let last = first.saturating_add(field.bits as usize);
    if last > 8 {
        return format!("{first}-{}", last.saturating_sub(1));
    }
    let bits = match field.value() {
        Some(crate::field::Value::Number(number)) => {
            number.checked_div(u64::from(field.info.scale)).unwrap_or(0)
        }
        Some(crate::field::Value::Flag(flag)) => u64::from(flag),
        _ => 0,
    };
    (0..8usize)
        .map(|at| match at {
            at if at < first || at >= last => '.',
            at if (bits >> last.saturating_sub(at).saturating_sub(1)) & 1 == 1 => '1',
            _ => '0',
        })
        .collect()
}
