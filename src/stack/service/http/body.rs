//! Where the content of a message ends: by its length, by chunks, or with the connection (RFC 9112 sections 6 and 7).

use super::fields::Length;

/// What is still to come of a message's content.
#[derive(Debug)]
pub(super) enum Body {
    /// So many bytes.
    Exact(u64),
    /// Chunks.
    Chunked(Chunk),
    /// Everything up to the end of the connection.
    UntilClose,
}

/// What comes next of a content in chunks.
#[derive(Debug)]
pub(super) enum Chunk {
    /// The line with the length of a chunk.
    Size,
    /// So many bytes of a chunk.
    Data(u64),
    /// The end of the line behind a chunk.
    Gap,
    /// Lines of trailers; so many bytes of them have come.
    Trailers(usize),
    /// Nothing.
    End,
}

/// What stands at the front of bytes that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes of content.
    Content(usize),
    /// So many bytes of framing.
    Framing(usize),
    /// A line of trailers, so many bytes long.
    Trailer(usize),
    /// That cannot be said before more has come.
    More,
    /// What belongs to the message no longer.
    End,
}

/// It breaks the rules of framing, or a line of it is longer than anybody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The longest line of framing, and all trailers together, in bytes.
pub(super) const LINE: usize = 4096;

impl From<Length> for Body {
    fn from(length: Length) -> Self {
        match length {
            Length::Unsaid => Self::UntilClose,
            Length::Exact(length) => Self::Exact(length),
            Length::Chunked => Self::Chunked(Chunk::Size),
        }
    }
}

impl Body {
    /// What stands at the front: the caller takes it away. Of content no more than `most` bytes.
    pub fn next(&mut self, bytes: &[u8], most: usize) -> Result<Step, Malformed> {
        let here = bytes.len().min(most);
        match self {
            Self::Exact(0) | Self::Chunked(Chunk::End) => Ok(Step::End),
            _ if bytes.is_empty() => Ok(Step::More),
            Self::UntilClose => Ok(Step::Content(here)),
            Self::Exact(left) => Ok(take(left, here)),
            Self::Chunked(chunk) => chunk.next(bytes, here),
        }
    }

    /// So many bytes of what is ahead were taken.
    pub const fn took(&mut self, count: usize) {
        match self {
            Self::Exact(left) => *left = left.saturating_sub(count as u64),
            Self::Chunked(chunk) => {
                if let Chunk::Data(left) = chunk {
                    *left = left.saturating_sub(count as u64);
                    if *left == 0 {
                        *chunk = Chunk::Gap;
                    }
                }
            }
            Self::UntilClose => {}
        }
    }

    /// So many bytes that come next are content, whatever they are.
    pub const fn ahead(&self) -> u64 {
        match self {
            Self::Exact(left) | Self::Chunked(Chunk::Data(left)) => *left,
            Self::UntilClose => u64::MAX,
            Self::Chunked(_) => 0,
        }
    }
}

/// Bytes of content that are here, of those that are to come.
fn take(left: &mut u64, here: usize) -> Step {
    let length = usize::try_from(*left).map_or(here, |left| left.min(here));
    *left = left.saturating_sub(length as u64);
    Step::Content(length)
}

impl Chunk {
    fn next(&mut self, bytes: &[u8], here: usize) -> Result<Step, Malformed> {
        if let Self::Data(left) = self {
            let step = take(left, here);
            if *left == 0 {
                *self = Self::Gap;
            }
            return Ok(step);
        }
        if matches!(self, Self::Gap) {
            return match (bytes.first(), bytes.get(1)) {
                (Some(b'\r'), Some(b'\n')) => {
                    *self = Self::Size;
                    Ok(Step::Framing(2))
                }
                (Some(b'\r'), None) => Ok(Step::More),
                _ => Err(Malformed),
            };
        }
        let Some((line, length)) = line(bytes)? else { return Ok(Step::More) };
        match self {
            Self::Size => {
                *self = match size(line).ok_or(Malformed)? {
                    0 => Self::Trailers(0),
                    size => Self::Data(size),
                };
                Ok(Step::Framing(length))
            }
            Self::Trailers(_) if line.is_empty() => {
                *self = Self::End;
                Ok(Step::Framing(length))
            }
            Self::Trailers(sum) => {
                *sum = sum.saturating_add(length);
                if *sum > LINE { Err(Malformed) } else { Ok(Step::Trailer(length)) }
            }
            _ => Ok(Step::End),
        }
    }
}

/// The line at the front, and how long it is with its end. CR and LF have to stand there together, or two readers might see different lines.
fn line(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let Some(end) = bytes.iter().take(LINE).position(|byte| *byte == b'\n') else {
        return if bytes.len() < LINE { Ok(None) } else { Err(Malformed) };
    };
    let line = bytes.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Malformed)?;
    if line.contains(&b'\r') {
        return Err(Malformed);
    }
    Ok(Some((line, end.saturating_add(1))))
}

/// The length that a line says in hexadecimal, with extensions behind it, which nobody has to know (RFC 9112 section 7.1.1).
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (number, rest) = line.split_at_checked(digits)?;
    let rest = rest.trim_ascii();
    if !(rest.is_empty() || rest.starts_with(b";")) {
        return None;
    }
    u64::from_str_radix(core::str::from_utf8(number).ok()?, 16).ok()
}
