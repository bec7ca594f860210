//! Domain names as they stand in messages, RFC 1035 section 4.1.4.

use core::fmt::{self, Write};

use crate::field::text::escape;

/// The longest name in bytes, lengths of labels and the root's zero included (RFC 1035 section 3.1).
pub const LONGEST: usize = 255;
/// The most pointers that are followed: no name has more labels, and a pointer to a pointer says nothing.
pub const POINTERS: u8 = 127;

/// A domain name in a message: where it begins, and the message in which it may point elsewhere.
///
/// It is kept as it stands there, pointers and all; reading it follows them. A pointer leads backwards only, to before
/// the labels that it ends, and no more than [`POINTERS`] are followed, so reading always ends soon.
///
/// ```
/// use layercake::field::Name;
///
/// let message = b"\x06python\x03org\x00\x03www\xc0\x00";
/// let www = Name::at(message, 12);
/// assert_eq!(www.to_string(), "www.python.org");
/// assert_eq!(www.encoded(), Some(&b"\x03www\xc0\x00"[..]));
/// assert!(www.is_sound());
/// assert!(!Name::at(b"\xc0\x00", 0).is_sound());   // points to itself
/// ```
#[derive(Clone, Copy)]
pub struct Name<'a> {
    message: &'a [u8],
    at: u16,
    /// The bytes that it takes there, where the field that holds it says so; 0 for as many as it needs.
    length: u16,
    /// The first label is a NetBIOS name of 16 bytes in 32 letters.
    net_bios: bool,
}

/// One step along a name.
enum Step<'a> {
    Label(&'a [u8]),
    Pointer(usize),
    Root,
}

/// What stands at a place of a message; `None` if that is cut short or of a type that no name has.
fn step(message: &[u8], at: usize) -> Option<Step<'_>> {
    let rest = message.get(at..)?;
    let (first, rest) = rest.split_first()?;
    match first {
        0 => Some(Step::Root),
        1..=63 => rest.get(..usize::from(*first)).map(Step::Label),
        0xc0.. => Some(Step::Pointer(usize::from(u16::from_be_bytes([*first, *rest.first()?]) & 0x3fff))),
        // 01 was for extended labels, which are given up (RFC 6891 section 5), 10 is not assigned.
        _ => None,
    }
}

impl<'a> Name<'a> {
    /// The name at a place of a message. The places of its pointers count from the message's first byte.
    pub fn at(message: &'a [u8], at: usize) -> Self {
        Self { message, at: u16::try_from(at).unwrap_or(u16::MAX), length: 0, net_bios: false }
    }

    /// The name that bytes are, all of them. It may be the beginning of one, which ends without the root.
    pub fn alone(bytes: &'a [u8]) -> Self {
        Self { length: u16::try_from(bytes.len()).unwrap_or(0), ..Self::at(bytes, 0) }
    }

    /// The same name read as NetBIOS encodes them (RFC 1001 section 14.1).
    #[must_use]
    pub(crate) fn net_bios(self) -> Self {
        Self { net_bios: true, ..self }
    }

    /// The same bytes in another message that holds this one at its byte `start`.
    #[must_use]
    pub(crate) fn within(self, message: &'a [u8], start: usize) -> Self {
        let at = usize::from(self.at).saturating_add(start);
        Self { net_bios: self.net_bios, length: self.length, ..Self::at(message, at) }
    }

    /// The bytes that it takes where it stands: its labels up to the root or to the first pointer. `None` if the
    /// message ends before it does. Of a field, the bytes of the field.
    pub fn encoded(&self) -> Option<&'a [u8]> {
        let start = usize::from(self.at);
        if self.length > 0 {
            return self.message.get(start..start.checked_add(usize::from(self.length))?);
        }
        let mut at = start;
        loop {
            at = match step(self.message, at)? {
                Step::Label(label) => at.checked_add(label.len())?.checked_add(1)?,
                Step::Pointer(_) => return self.message.get(start..at.checked_add(2)?),
                Step::Root => return self.message.get(start..at.checked_add(1)?),
            };
        }
    }

    /// Its labels, the root's left out, as far as they can be read.
    pub fn labels(&self) -> Labels<'a> {
        let at = usize::from(self.at);
        let stop = at.saturating_add(usize::from(self.length));
        Labels { message: self.message, at, run: at, stop, followed: 0, length: 1, end: End::Open }
    }

    /// Writes its labels with their lengths and the root, without pointers; `None` if it cannot be read to its end.
    ///
    /// ```
    /// use layercake::field::Name;
    /// use layercake::field::name::LONGEST;
    ///
    /// let message = b"\x06python\x03org\x00\x03www\xc0\x00";
    /// assert_eq!(Name::at(message, 12).expand(&mut [0; LONGEST]), Some(&b"\x03www\x06python\x03org\x00"[..]));
    /// ```
    pub fn expand<'w>(&self, wire: &'w mut [u8; LONGEST]) -> Option<&'w [u8]> {
        let (mut labels, mut end) = (self.labels(), 0usize);
        for label in labels.by_ref() {
            let text = end.checked_add(1)?;
            let behind = text.checked_add(label.len())?;
            *wire.get_mut(end)? = u8::try_from(label.len()).ok()?;
            wire.get_mut(text..behind)?.copy_from_slice(label);
            end = behind;
        }
        *wire.get_mut(end)? = 0;
        if labels.end == End::Root { wire.get(..=end) } else { None }
    }

    /// Whether it can be read to its end: it is all there, its pointers lead backwards, and it is not too long.
    pub fn is_sound(&self) -> bool {
        let mut labels = self.labels();
        labels.by_ref().count();
        labels.end == End::Root
    }

    /// Whether it stands alone and ends without the root: it is the beginning of a name.
    pub fn is_partial(&self) -> bool {
        let mut labels = self.labels();
        labels.by_ref().count();
        labels.end == End::Message
    }

    /// Whether both have the same labels; ASCII letters are the same in both cases (RFC 4343).
    pub fn is(&self, other: &Name<'_>) -> bool {
        let (mut ours, mut theirs) = (self.labels(), other.labels());
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return ours.end == End::Root && theirs.end == End::Root,
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                _ => return false,
            }
        }
    }

    /// Whether it is this text: labels with dots between them, with or without one at the end.
    pub fn is_text(&self, text: &str) -> bool {
        let text = text.strip_suffix('.').unwrap_or(text);
        let mut labels = self.labels();
        let mut parts = text.split('.').filter(|_| !text.is_empty());
        let same =
            parts.all(|part| labels.next().is_some_and(|label| label.eq_ignore_ascii_case(part.as_bytes())));
        same && labels.next().is_none() && labels.end == End::Root
    }

    /// The suffix of a NetBIOS name, its 16th byte, which says what service it stands for.
    pub fn net_bios_suffix(&self) -> Option<u8> {
        self.labels().next().and_then(net_bios_bytes).map(|[.., suffix]| suffix)
    }
}

/// How reading a name has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    Root,
    /// With the message, behind a label.
    Message,
    Broken,
}

/// The labels of a name; see [`Name::labels`].
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    message: &'a [u8],
    at: usize,
    /// Where the labels at hand began; a pointer leads to before that.
    run: usize,
    /// The end of the field that the name stands in; its first byte if none is known.
    stop: usize,
    /// Pointers that were followed.
    followed: u8,
    /// Bytes of the name without its pointers.
    length: usize,
    end: End,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while self.end == End::Open {
            if self.at == self.stop && self.at > self.run && self.followed == 0 {
                self.end = End::Message;
                break;
            }
            match step(self.message, self.at) {
                Some(Step::Label(label)) => {
                    let taken = label.len().saturating_add(1);
                    self.length = self.length.saturating_add(taken);
                    if self.length <= LONGEST {
                        self.at = self.at.saturating_add(taken);
                        return Some(label);
                    }
                    self.end = End::Broken;
                }
                Some(Step::Pointer(to)) if to < self.run && self.followed < POINTERS => {
                    (self.at, self.run) = (to, to);
                    self.followed = self.followed.saturating_add(1);
                }
                Some(Step::Root) => self.end = End::Root,
                _ => self.end = End::Broken,
            }
        }
        None
    }
}

impl core::iter::FusedIterator for Labels<'_> {}

/// As in a zone file (RFC 1035 section 5.1), without the last dot: a dot or backslash inside a label is escaped, what cannot be
/// seen comes out as three decimal digits. The root is a dot. A name that cannot be read to its end goes on with `...`.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut labels = self.labels();
        let mut first = true;
        for label in labels.by_ref() {
            if !first {
                f.write_char('.')?;
            }
            match net_bios_bytes(label).filter(|_| first && self.net_bios) {
                Some([name @ .., suffix]) => {
                    let end = name
                        .iter()
                        .rposition(|byte| !matches!(byte, b' ' | 0))
                        .map_or(0, |last| last.saturating_add(1));
                    write_label(name.get(..end).unwrap_or(&name), f)?;
                    write!(f, "<{suffix:02x}>")?;
                }
                None => write_label(label, f)?,
            }
            first = false;
        }
        match labels.end {
            End::Root if first => f.write_char('.'),
            End::Root => Ok(()),
            End::Message => Ok(()),
            _ => f.write_str("..."),
        }
    }
}

fn write_label(label: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    escape(
        label,
        f,
        |f, byte| write!(f, "\\{byte:03}"),
        |f, sign| match sign {
            '.' | '\\' => write!(f, "\\{sign}"),
            sign => f.write_char(sign),
        },
    )
}

/// The 16 bytes that 32 letters from A to P stand for, half a byte each (RFC 1001 section 14.1).
fn net_bios_bytes(label: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let half = |letter: u8| letter.checked_sub(b'A').filter(|half| *half < 16);
    (label.len() == 32).then_some(())?;
    for (byte, pair) in bytes.iter_mut().zip(label.as_chunks::<2>().0) {
        let [high, low] = *pair;
        *byte = (half(high)? << 4) | half(low)?;
    }
    Some(bytes)
}

/// The place and the labels: `Name(12: www.python.org)`.
impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({}: {self})", self.at)
    }
}

/// The same place in the same message; [`Name::is`] compares what they say.
impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.net_bios == other.net_bios && self.message == other.message
    }
}

impl Eq for Name<'_> {}

/// Why a text cannot be written as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadName {
    /// A label has this many bytes, and more than 63 or none.
    Label(usize),
    /// The name has more than 255 bytes.
    Long,
    /// A backslash is followed by nothing, or by a number beyond 255.
    Escape,
    /// It was read from a message, and cannot be read to its end there.
    Broken,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(0) => f.write_str("a label of the name is empty: two dots in a row, or one in front"),
            Self::Label(length) => write!(f, "a label of the name has {length} bytes; 63 are the most"),
            Self::Long => f.write_str("the name is longer than 255 bytes"),
            Self::Broken => f.write_str("the name cannot be read to its end"),
            Self::Escape => {
                f.write_str("a backslash in a name escapes the sign behind it, or three digits up to 255")
            }
        }
    }
}

impl core::error::Error for BadName {}

/// Encodes a name that is written as [`Name`] prints them, with or without its last dot; it points nowhere.
///
/// ```
/// use layercake::field::name::{LONGEST, encode};
///
/// assert_eq!(encode(r"www.python\.org.", &mut [0; LONGEST])?, b"\x03www\x0apython.org\x00");
/// # Ok::<(), layercake::field::name::BadName>(())
/// ```
///
/// # Errors
/// [`BadName`].
pub fn encode<'w>(name: &str, wire: &'w mut [u8; LONGEST]) -> Result<&'w [u8], BadName> {
    let mut signs = if name == "." { "" } else { name }.bytes().peekable();
    let mut end = 0usize;
    while signs.peek().is_some() {
        let label = end;
        end = end.saturating_add(1);
        while let Some(sign) = signs.next().filter(|sign| *sign != b'.') {
            let byte = if sign == b'\\' { escaped(&mut signs).ok_or(BadName::Escape)? } else { sign };
            *wire.get_mut(end).ok_or(BadName::Long)? = byte;
            end = end.saturating_add(1);
        }
        let length = end.saturating_sub(label).saturating_sub(1);
        let short = u8::try_from(length).ok().filter(|short| matches!(short, 1..=63));
        *wire.get_mut(label).ok_or(BadName::Long)? = short.ok_or(BadName::Label(length))?;
    }
    // The root.
    *wire.get_mut(end).ok_or(BadName::Long)? = 0;
    Ok(wire.get(..=end).unwrap_or(&[]))
}

/// The byte behind a backslash: three digits, or the sign itself.
fn escaped(signs: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let first = signs.next()?;
    let Some(mut number) = first.checked_sub(b'0').filter(|digit| *digit < 10) else { return Some(first) };
    for _ in 0..2 {
        let digit = signs.next()?.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    Some(number)
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    /// RFC 1035 section 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    #[test]
    fn reads_the_rfcs_example() {
        let mut message = [0; 93];
        message[20..32].copy_from_slice(b"\x01F\x03ISI\x04ARPA\x00");
        message[40..46].copy_from_slice(b"\x03FOO\xc0\x14");
        message[64..66].copy_from_slice(b"\xc0\x1a");
        for (at, name, length) in
            [(20, "F.ISI.ARPA", 12), (40, "FOO.F.ISI.ARPA", 6), (64, "ARPA", 2), (92, ".", 1)]
        {
            let read = Name::at(&message, at);
            assert_eq!((read.to_string().as_str(), read.encoded().map(<[u8]>::len)), (name, Some(length)));
            assert!(read.is_sound() && read.is_text(name));
        }
        assert!(Name::at(&message, 40).is(&Name::at(b"\x03foo\x01f\x03isi\x04arpa\x00", 0)));
        assert!(!Name::at(&message, 40).is_text("foo.f.isi"));
    }

    #[test]
    fn what_cannot_be_a_name_ends() {
        // To itself, forwards, in a circle, a label of a type that was given up, cut in a label, in a pointer, at once.
        for (message, at) in [
            (&b"\xc0\x00"[..], 0),
            (b"\xc0\x02\x01a\x00", 0),
            (b"\x01a\xc0\x04\x01b\xc0\x00", 4),
            (b"\x41abc\x00", 0),
            (b"\x03ab", 0),
            (b"\x01a\xc0", 0),
            (b"", 0),
        ] {
            let name = Name::at(message, at);
            assert!(!name.is_sound(), "{name:?}");
            assert!(name.to_string().ends_with("..."), "{name:?}");
        }
        // 127 labels of one byte are the most: 255 bytes.
        let mut long: Vec<u8> = b"\x01a".repeat(127);
        long.push(0);
        assert!(Name::at(&long, 0).is_sound());
        let mut long: Vec<u8> = b"\x01a".repeat(128);
        long.push(0);
        assert!(!Name::at(&long, 0).is_sound());
    }

    #[test]
    fn the_beginning_of_a_name_stands_alone() {
        let host = Name::alone(b"\x04host\x03lab");
        assert_eq!(host.to_string(), "host.lab");
        assert!(host.is_partial() && !host.is_sound());
        assert_eq!(Name::at(b"\x04host", 0).to_string(), "host...");
        for broken in [&b"\x04hos"[..], b"\x04host\xc0\x00", b""] {
            assert!(!Name::alone(broken).is_partial(), "{broken:?}");
        }
        assert_eq!(Name::alone(b"\x04host\x00").to_string(), "host");
    }

    /// A chain of pointers to pointers, as long as a message can hold, is not followed to its end by every name that begins it.
    #[test]
    fn few_pointers_are_followed() {
        let mut chain = b"\x01a\x00\x00".to_vec();
        for to in 0..1000u16 {
            let to = if to == 0 { 0 } else { 4 + 2 * (to - 1) };
            chain.extend((0xc000 | to).to_be_bytes());
        }
        let most = usize::from(POINTERS);
        assert!(Name::at(&chain, 4 + 2 * (most - 1)).is_sound());
        assert!(!Name::at(&chain, 4 + 2 * most).is_sound());
        assert_eq!(Name::at(&chain, 4 + 2 * 999).to_string(), "...");
    }

    #[test]
    fn a_label_cannot_pretend_to_be_another_name() {
        assert_eq!(Name::at(b"\x05a.b\\c\x03\x1b[J\x00", 0).to_string(), r"a\.b\\c.\027[J");
        assert_eq!(Name::at("\u{9}Büro-TV".as_bytes(), 0).to_string(), "...");
        assert_eq!(Name::at("\u{8}Büro-TV\0".as_bytes(), 0).to_string(), "Büro-TV");
    }

    /// RFC 1001 section 14.1, as it is printed there: the second letter is a g.
    #[test]
    fn reads_names_of_net_bios() {
        let message = b"\x20FEGHGFCAEOGFHEECEJEPFDCAGOGBGNGF\x00";
        let name = Name::at(message, 0).net_bios();
        assert_eq!(name.to_string(), "Tge NetBIOS nam<65>");
        assert_eq!(name.net_bios_suffix(), Some(b'e'));
    }
}
