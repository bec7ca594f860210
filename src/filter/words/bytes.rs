//! Bytes of a header in the words of BPF: `tcp[tcpflags] & (tcp-syn|tcp-fin) != 0`, `ip[2:2] > 576`.

use super::{Reader, Text};
use crate::filter::BadFilter;
use crate::filter::literal;
use crate::filter::token::TokenKind;

/// Names of bytes and bits in `tcp[tcpflags] & tcp-syn`.
const NUMBERS: &[(&str, u32)] = &[
    ("tcpflags", 13),
    ("icmptype", 0),
    ("icmpcode", 1),
    ("tcp-fin", 1),
    ("tcp-syn", 2),
    ("tcp-rst", 4),
    ("tcp-push", 8),
    ("tcp-ack", 16),
    ("tcp-urg", 32),
    ("tcp-ece", 64),
    ("tcp-cwr", 128),
    ("icmp-echoreply", 0),
    ("icmp-unreach", 3),
    ("icmp-redirect", 5),
    ("icmp-echo", 8),
    ("icmp-timxceed", 11),
];

impl Reader<'_> {
    /// `tcp[13] & 2 != 0`: the bracket is open.
    pub(super) fn bytes(&mut self, protocol: &str) -> Text {
        let place = self.word().and_then(|word| {
            let (from, size) = word.split_once(':').unwrap_or((word, "1"));
            Some((constant(from)?, size.parse::<usize>().ok().filter(|size| matches!(size, 1 | 2 | 4))?))
        });
        let (from, size) =
            place.ok_or_else(|| self.bad("a byte such as 13, 2:2 or tcpflags was expected here"))?;
        self.advance();
        if !self.take(&["]"]) {
            return Err(self.bad("a ] is missing here"));
        }
        let hex = |value: u32| {
            let bytes = value.to_be_bytes();
            let low = bytes.get(bytes.len().saturating_sub(size)..).unwrap_or(&bytes);
            low.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
        };
        let mut left = format!("{protocol}[{from}:{size}]");
        if self.take(&["&"]) {
            left = format!("{left} & {}", hex(self.bits(size)?));
        }
        let relation = match self.peek() {
            Some(TokenKind::Sign("=" | "==")) => "==",
            Some(TokenKind::Sign(sign @ ("!=" | ">" | "<" | ">=" | "<="))) => sign,
            _ => return Err(self.bad("a comparison such as != 0 was expected here")),
        };
        self.advance();
        Ok(format!("{left} {relation} {}", hex(self.bits(size)?)))
    }

    /// A number, or several of them with | between.
    fn bits(&mut self, size: usize) -> Result<u32, BadFilter> {
        let open = self.take(&["("]);
        let most = [0xff, 0xffff, 0xffff_ffff].get(size / 2).copied().unwrap_or(u32::MAX);
        let mut bits = 0;
        loop {
            let value = self.word().and_then(constant).filter(|value| *value <= most);
            bits |= value.ok_or_else(|| self.bad(format!("a number up to {most} was expected here")))?;
            self.advance();
            if !open || !self.take(&["|"]) {
                break;
            }
        }
        if open && !self.take(&[")"]) {
            return Err(self.bad("a ) is missing here"));
        }
        Ok(bits)
    }
}

fn constant(word: &str) -> Option<u32> {
    let named = NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    named.or_else(|| u32::try_from(literal::number(word)?).ok())
}
