//! The column of characters beside the bytes of a row, which can look like more bytes.

/// Whether what stands behind the bytes of a row is these bytes as characters.
pub(super) fn says(tail: &str, bytes: &[u8]) -> bool {
    let tail = tail.trim();
    if tail.is_empty() || bytes.is_empty() {
        return false;
    }
    let opened = tail.strip_prefix(['|', '>', '\'', '"']);
    let closed = opened.and_then(|inside| inside.strip_suffix(['|', '<', '\'', '"']));
    // Boxes have a frame around each part.
    let boxed = closed.and_then(|inside| Some(inside.rsplit_once('|')?.1));
    let framed = [closed, opened, boxed].into_iter().flatten().any(|inside| compare(inside, bytes, true));
    framed || compare(tail, bytes, false)
}

/// Character by character. Spaces at both ends may have been lost, and there may be one in the middle.
fn compare(text: &str, bytes: &[u8], framed: bool) -> bool {
    let text = text.trim();
    let lost = bytes.iter().take_while(|byte| **byte == b' ').count();
    let kept = bytes.trim_ascii();
    let Some(mut extra) = text.chars().count().checked_sub(kept.len()) else { return false };
    if extra > 3 || kept.is_empty() {
        return false;
    }
    let mut characters = text.chars().peekable();
    for (at, byte) in (lost..).zip(kept) {
        if extra > 0 && at % 8 == 0 && at > lost && matches!(characters.peek(), Some(' ' | '|')) {
            characters.next();
            extra = extra.saturating_sub(1);
        }
        let Some(c) = characters.next() else { return false };
        let same = match byte {
            0x21..=0x7e => c == char::from(*byte),
            b' ' => matches!(c, ' ' | '.' | '_'),
            _ => !c.is_ascii_alphanumeric() || framed && c == '0',
        };
        if !same {
            return false;
        }
    }
    extra == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_say_what_the_bytes_say() {
        assert!(says("  |ab cd ef|", b"ab cd ef"));
        assert!(says("  ab cd ef", b"ab cd ef"));
        assert!(says(" |.L.:@.@. (1...5..", b"\0L\x14:@\0@\x11(1\x7f\0\x005\x7f\0"));
        assert!(says("   b", b"  b"));
        assert!(says("  |        |  cd     |", b" cd"));
        assert!(says("|0L0|", b"\0L\0"));
        assert!(!says("00", b"\0\0"));
        assert!(!says("  ab cd", b"abcd"));
        assert!(!says("", b" "));
    }
}
