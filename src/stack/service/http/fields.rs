//! The fields of a head (RFC 9110 section 5), and what they say of the framing of a message (RFC 9112 section 6).

use httparse::Header;

use super::Status;

/// Fields of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub &'a [Header<'a>]);

/// Fields that a head may have at most.
pub(super) const MOST: usize = 100;

/// How long the content of a message is, by its own word (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Unsaid,
    Exact(u64),
    Chunked,
}

impl<'a> Fields<'a> {
    /// The values of all fields of a name.
    pub fn all(self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&Header<'a>| field.name.eq_ignore_ascii_case(name);
        self.0.iter().filter(named).map(|field| field.value)
    }

    /// The value of the only field of a name; none if there are more, or none.
    pub fn only(self, name: &'a str) -> Option<&'a [u8]> {
        let mut all = self.all(name);
        all.next().filter(|_| all.next().is_none())
    }

    /// The members of a list, which may stand in several fields (RFC 9110 section 5.6.1).
    pub fn list(self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let members = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        members.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
    }

    /// Whether a list has a member.
    pub fn lists(self, name: &'a str, member: &str) -> bool {
        self.list(name).any(|has| has.eq_ignore_ascii_case(member.as_bytes()))
    }

    /// Whether the connection stays open behind this message (RFC 9112 section 9.3).
    pub fn persists(self, minor: u8) -> bool {
        match minor {
            0 => self.lists("connection", "keep-alive") && !self.lists("connection", "close"),
            _ => !self.lists("connection", "close"),
        }
    }

    /// What it says of its length. A message that another reader might delimit differently is refused (RFC 9112 sections 6.1 to 6.3): two
    /// lengths, a length and chunks, chunks in HTTP/1.0, chunks that are not the last coding. Codings besides chunks are not known here.
    pub fn length(self, minor: u8) -> Result<Length, Status> {
        let mut lengths = self.all("content-length");
        let length = lengths.next();
        if self.all("transfer-encoding").next().is_none() {
            return match length {
                None => Ok(Length::Unsaid),
                Some(_) if lengths.next().is_some() => Err(Status::BAD_REQUEST),
                Some(length) => digits(length).map(Length::Exact).ok_or(Status::BAD_REQUEST),
            };
        }
        let chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        let mut codings = self.list("transfer-encoding");
        match (codings.next(), codings.last()) {
            _ if length.is_some() || minor == 0 => Err(Status::BAD_REQUEST),
            (Some(only), None) if chunked(only) => Ok(Length::Chunked),
            (Some(first), Some(last)) if chunked(last) && !chunked(first) => Err(Status::NOT_IMPLEMENTED),
            _ => Err(Status::BAD_REQUEST),
        }
    }
}

/// A number in digits and nothing else: no sign, no list, no more than fits.
pub(super) fn digits(text: &[u8]) -> Option<u64> {
    let plain = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    core::str::from_utf8(text).ok().filter(|_| plain)?.parse().ok()
}

/// Where the head at the front of these bytes ends: behind its first empty line. Lines end with LF, whether or not CR stands before it (RFC
/// 9112 section 2.2). `seen` bytes were looked at before.
pub(super) fn end_of_head(bytes: &[u8], seen: usize) -> Option<usize> {
    // An end that began in what was seen may have its last bytes in what is new.
    let from = seen.saturating_sub(2);
    let ends = bytes.iter().enumerate().skip(from).filter(|(_, byte)| **byte == b'\n');
    for (place, _) in ends {
        let behind = place.saturating_add(1);
        match (bytes.get(behind), bytes.get(behind.saturating_add(1))) {
            (Some(b'\n'), _) => return Some(behind.saturating_add(1)),
            (Some(b'\r'), Some(b'\n')) => return Some(behind.saturating_add(2)),
            _ => {}
        }
    }
    None
}
