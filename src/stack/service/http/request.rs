//! The head of a request (RFC 9112 section 3), and whether it may be answered.

use httparse::{Error, Header};

use super::Status;
use super::fields::{Fields, Length};

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub method: &'a str,
    pub target: &'a str,
    /// The digit behind `HTTP/1.`
    pub minor: u8,
    pub fields: Fields<'a>,
    pub length: Length,
}

impl<'a> Request<'a> {
    /// Reads a head that is whole. The error is the status to answer with: who sends such a thing may mean something else by what follows, so
    /// nothing more is read from that connection.
    pub fn read(head: &'a [u8], place: &'a mut [Header<'a>], longest_target: usize) -> Result<Self, Status> {
        let mut request = httparse::Request::new(place);
        match request.parse(head) {
            Ok(httparse::Status::Complete(length)) if length == head.len() => {}
            Err(Error::TooManyHeaders) => return Err(Status::REQUEST_HEADER_FIELDS_TOO_LARGE),
            Err(Error::Version) if has_version(head) => return Err(Status::HTTP_VERSION_NOT_SUPPORTED),
            _ => return Err(Status::BAD_REQUEST),
        }
        let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
        else {
            return Err(Status::BAD_REQUEST);
        };
        if target.len() > longest_target {
            return Err(Status::URI_TOO_LONG);
        }
        let fields = Fields(request.headers);
        let length = fields.length(minor)?;
        let request = Self { method, target, minor, fields, length };
        if !request.has_host() {
            return Err(Status::BAD_REQUEST);
        }
        if request.minor > 0 && request.fields.list("expect").any(|what| !what.eq_ignore_ascii_case(CONTINUE))
        {
            return Err(Status::EXPECTATION_FAILED);
        }
        Ok(request)
    }

    /// One host, as it may be written; HTTP/1.0 may go without (RFC 9112 section 3.2).
    fn has_host(&self) -> bool {
        let valid = |host: &[u8]| {
            host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte))
        };
        match self.fields.only("host") {
            Some(host) => valid(host),
            None => self.minor == 0 && self.fields.all("host").next().is_none(),
        }
    }

    /// Whether the client waits to be told that it may send its content.
    pub fn expects_continue(&self) -> bool {
        self.minor > 0 && self.fields.lists("expect", "100-continue")
    }

    /// Whether its connection stays open behind the answer.
    pub fn persists(&self) -> bool {
        self.fields.persists(self.minor)
    }
}

const CONTINUE: &[u8] = b"100-continue";

/// Whether the first line ends with a version at all.
fn has_version(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let line = lines.find(|line| !line.is_empty()).unwrap_or(&[]);
    let word = line.split(|byte| *byte == b' ').nth(2).unwrap_or(&[]);
    matches!(word, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
}
