//! The diff as text: two lines for each thing that differs, `-` for the left packet and `+` for the right, in the columns of a breakdown.
//!
//! It is the same in every run and on every terminal: nothing is coloured, no length depends on a width, and all text of packets is
//! escaped.

use std::fmt::{self, Write};

use crate::diff::{Diff, Difference, Node, Side, Stack, What};
use crate::packet::FieldRef;
use crate::render::tree;

/// Bytes that are shown of many.
pub(super) const WINDOW: usize = 16;

/// Bytes in front of the first that differs.
const BEFORE: usize = 4;

/// How long the words for something that is on one side only become, in bytes, before the rest is left out.
const SUMMARY: usize = 100;

/// Where two rows of bytes begin to differ.
pub(super) fn first_difference(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// Some bytes around a place, in hex and as characters, and how many there are: `6 bytes: 68 65 6c 6c 6f 0a  |hello.|`.
pub(super) fn window(bytes: &[u8], around: usize) -> String {
    let from = match bytes.len() {
        ..=WINDOW => 0,
        length => around.saturating_sub(BEFORE).min(length.saturating_sub(WINDOW)),
    };
    let shown = bytes.get(from..).unwrap_or(&[]);
    let shown = shown.get(..WINDOW).unwrap_or(shown);
    let (length, plural) = (bytes.len(), if bytes.len() == 1 { "" } else { "s" });
    let mut text = format!("{length} byte{plural}");
    if from > 0 {
        let _ = write!(text, ", from {from}");
    }
    text.push(':');
    for byte in shown {
        let _ = write!(text, " {byte:02x}");
    }
    let more = from.saturating_add(shown.len()) < length;
    text.push_str(if more { " ...  |" } else { "  |" });
    text.extend(shown.iter().map(|byte| if matches!(byte, 0x20..=0x7e) { char::from(*byte) } else { '.' }));
    text.push('|');
    text
}

/// The tiles of what is on one side only, in a row.
pub(super) fn summary(stack: &Stack<'_>, fields: &[FieldRef<'_>]) -> String {
    let mut text = String::new();
    for field in fields.iter().filter(|field| field.is_tile()) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        if text.len() > SUMMARY {
            text.push_str("...");
            break;
        }
        let value = match field.bytes() {
            long if long.len() > WINDOW => window(long, 0),
            _ => stack.text(&Node { field, inside: &[] }),
        };
        let _ = write!(text, "{} {value}", field.info.label);
    }
    text
}

impl Difference {
    /// The line of its layer.
    fn heading(&self) -> String {
        match self.layer_number {
            _ if self.what == What::Frame => self.layer_name.to_owned(),
            ..=1 => format!("{} ({})", self.layer_name, self.layer),
            number => format!("{} ({}#{number})", self.layer_name, self.layer),
        }
    }

    fn line(&self, sign: char, side: &Side) -> String {
        let place = if side.bits == 0 { String::new() } else { tree::range(side.offset(), side.length()) };
        let indent = if self.within.is_empty() { "" } else { "  " };
        let (mask, label, text, name) = (&side.mask, self.label, &side.text, self.name);
        let line = format!("{sign} {place:<9}{mask:<9}{:<34}{text:<28} {name}", format!("{indent}{label}"));
        line.trim_end().to_owned()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut layers = None;
        let mut within = "";
        for difference in self.iter() {
            if difference.what == What::Layer {
                layers = None;
            } else if layers.replace(difference.layers) != Some(difference.layers) {
                writeln!(f, "{}", difference.heading())?;
                within = "";
            }
            if difference.within != within {
                within = &difference.within;
                if !within.is_empty() {
                    writeln!(f, "{:20}{within}", "")?;
                }
            }
            for (sign, side) in [('-', &difference.left), ('+', &difference.right)] {
                if let Some(side) = side {
                    writeln!(f, "{}", difference.line(sign, side))?;
                }
            }
        }
        Ok(())
    }
}
