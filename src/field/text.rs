//! Text that stands in packets, made safe to print.

use core::fmt::{self, Write};

/// Text from a packet. Printing it never sends a terminal anything but signs that can be seen: control characters,
/// those that turn the direction of what follows, bytes that are no UTF-8 and the backslash come out as escapes.
///
/// ```
/// use layercake::field::Text;
///
/// assert_eq!(Text(b"caf\xc3\xa9").to_string(), "café");
/// assert_eq!(Text(b"\x1b[2Jgone\\\xff").to_string(), r"\x1b[2Jgone\\\xff");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// What stands in a place of fixed size: without the zeros behind it.
    pub fn padded(bytes: &'a [u8]) -> Self {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        Self(bytes.get(..end).unwrap_or(bytes))
    }

    /// Whether it prints as just its bytes.
    pub fn is_plain(&self) -> bool {
        core::str::from_utf8(self.0)
            .is_ok_and(|text| text.chars().all(|sign| is_visible(sign) && sign != '\\'))
    }
}

/// Its signs, with escapes in the place of what cannot be shown.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(text) = core::str::from_utf8(self.0)
            && self.is_plain()
        {
            return f.pad(text);
        }
        escape(
            self.0,
            f,
            |f, byte| write!(f, "\\x{byte:02x}"),
            |f, sign| match sign {
                '\\' => f.write_str("\\\\"),
                sign => f.write_char(sign),
            },
        )
    }
}

/// Writes bytes as text: what can be seen by `sign`, every byte of the rest by `byte`.
pub(crate) fn escape(
    bytes: &[u8],
    f: &mut fmt::Formatter<'_>,
    byte: impl Fn(&mut fmt::Formatter<'_>, u8) -> fmt::Result,
    sign: impl Fn(&mut fmt::Formatter<'_>, char) -> fmt::Result,
) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for shown in chunk.valid().chars() {
            if is_visible(shown) {
                sign(f, shown)?;
            } else {
                let mut encoded = [0; 4];
                shown.encode_utf8(&mut encoded).bytes().try_for_each(|hidden| byte(f, hidden))?;
            }
        }
        chunk.invalid().iter().try_for_each(|broken| byte(f, *broken))?;
    }
    Ok(())
}

/// Whether a sign shows itself and does nothing else: no control (C0, delete, C1), no line or paragraph separator, nothing
/// that turns, embeds or isolates direction, joins or hides (Unicode general category Cf, where terminals heed it).
pub(crate) const fn is_visible(sign: char) -> bool {
    !matches!(sign,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn nothing_reaches_a_terminal_that_it_obeys() {
        for (bytes, shown) in [
            (&b"\x1b]0;owned\x07"[..], r"\x1b]0;owned\x07"),
            (b"a\nb\tc\x00", r"a\x0ab\x09c\x00"),
            // The control sequence introducer in one byte of Latin-1, and as UTF-8.
            (b"\x9b2J", r"\x9b2J"),
            (b"\xc2\x9b2J", r"\xc2\x9b2J"),
            // U+202E turns what follows from right to left.
            ("evil\u{202e}cod.exe".as_bytes(), r"evil\xe2\x80\xaecod.exe"),
            ("Łódź ☃ 漢".as_bytes(), "Łódź ☃ 漢"),
        ] {
            assert_eq!(Text(bytes).to_string(), shown);
        }
        assert_eq!(Text::padded(b"abc\0\0"), Text(b"abc"));
        assert_eq!(Text::padded(b"\0\0"), Text(b""));
        assert!(Text(b"plain text").is_plain() && !Text(b"back\\slash").is_plain());
    }
}
