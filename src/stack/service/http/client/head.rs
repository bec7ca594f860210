//! The head of a response (RFC 9112 section 4).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use httparse::{EMPTY_HEADER, Header};

use super::super::Status;
use super::super::body::Body;
use super::super::fields::{self, Fields, Length};
use super::Failure;

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the server says of the request.
    pub status: Status,
    /// Names and values of its fields, in order. What is in them nobody has checked.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The length of its content in bytes, if that is known before.
    pub length: Option<u64>,
}

impl Head {
    /// The value of the first field of a name, in whatever case: `head.get("location")`.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
    }

    /// Reads a head that is whole: with the content that follows it, and whether its connection can be used again behind that.
    pub(super) fn read(bytes: &[u8], head_only: bool) -> Result<(Self, Body, bool), Failure> {
        let mut place = [EMPTY_HEADER; fields::MOST];
        let mut response = httparse::Response::new(&mut place);
        match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
            _ => return Err(Failure::Head),
        }
        let (Some(code @ 100..=599), Some(minor)) = (response.code, response.version) else {
            return Err(Failure::Head);
        };
        let status = Status(code);
        let fields = Fields(response.headers);
        let said = fields.length(minor);
        // RFC 9112 section 6.3: nothing follows these, whatever they say.
        let body = if head_only || status.is_bare() {
            Body::Exact(0)
        } else {
            Body::from(said.map_err(|_| Failure::Framing)?)
        };
        let persists = fields.persists(minor) && !matches!(body, Body::UntilClose);
        let length = match said {
            Ok(Length::Exact(length)) => Some(length),
            _ => None,
        };
        Ok((Self { status, fields: owned(fields.0), length }, body, persists))
    }
}

/// Trailers, which look like fields.
pub(super) fn trailers(lines: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut place = [EMPTY_HEADER; fields::MOST];
    let whole = [lines, b"\r\n"].concat();
    match httparse::parse_headers(&whole, &mut place) {
        Ok(httparse::Status::Complete((_, fields))) => Some(owned(fields)),
        _ => None,
    }
}

fn owned(fields: &[Header<'_>]) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|field| (field.name.to_owned(), field.value.to_vec())).collect()
}
