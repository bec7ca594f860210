//! What a request is answered with.

use alloc::string::String;
use core::fmt::{Display, Write};

use super::condition::{Verdict, judge};
use super::request::Request;
use super::{Content, Date, Resource, Status, target};
use crate::field::Text;
use crate::time::Time;

/// An answer that is being sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: Status,
    /// The head, and content that is not read from anywhere.
    pub head: String,
    /// What is read.
    pub piece: Option<Piece>,
    /// Content in bytes, all of it.
    pub length: u64,
    /// Bytes of it that could not be read.
    pub missing: u64,
    /// The connection ends behind it.
    pub close: bool,
    /// What was asked, as it is shown.
    pub asked: String,
    /// When the request had come.
    pub begun: Time,
}

/// The part of a resource that is not sent yet.
#[derive(Debug)]
pub(super) struct Piece {
    pub id: u64,
    pub next: u64,
    pub end: u64,
}

/// Methods of RFC 9110 section 9 and RFC 5789, which a server may know and not allow. What is in no standard is not implemented.
const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
/// How much of a target is shown.
const SHOWN: usize = 200;

impl Answer {
    /// The answer to a request. A resource that it sends is open.
    pub fn new(
        request: &Request<'_>,
        content: &mut dyn Content,
        now: Time,
        date: Option<Date>,
        close: bool,
    ) -> Self {
        let mut answer = Self {
            status: Status::OK,
            head: String::new(),
            piece: None,
            length: 0,
            missing: 0,
            close,
            asked: asked(request.method, request.target),
            begun: now,
        };
        let without = request.method == "HEAD";
        let found = match request.method {
            "GET" | "HEAD" => match target::path(request.target) {
                Some(path) => content.open(&path).inspect_err(|status| answer.say_where(*status, &path)),
                None => Err(Status::BAD_REQUEST),
            },
            method if KNOWN.contains(&method) => Err(Status::METHOD_NOT_ALLOWED),
            _ => Err(Status::NOT_IMPLEMENTED),
        };
        let keeps_old = request.minor == 0;
        match found {
            Err(status) => answer.explain(status, date, keeps_old, without),
            Ok(resource) => {
                let verdict = judge(request.fields, &resource, request.method == "GET");
                answer.give(&resource, verdict, date, keeps_old, without);
                if answer.piece.is_none() {
                    content.close(resource.id);
                }
            }
        }
        answer
    }

    /// The answer to what is no request, behind which the connection ends.
    pub fn refusal(status: Status, head: &[u8], now: Time, date: Option<Date>) -> Self {
        let line = head.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or(&[]);
        let mut words = line.split(|byte| *byte == b' ');
        let (method, target) = (words.next().unwrap_or(&[]), words.next().unwrap_or(&[]));
        let mut asked = String::new();
        let short = |word: &'_ [u8]| word.get(..SHOWN).map_or_else(|| word.to_vec(), <[u8]>::to_vec);
        let _ = write!(asked, "{} {}", Text(&short(method)), Text(&short(target)));
        let mut answer = Self {
            status,
            head: String::new(),
            piece: None,
            length: 0,
            missing: 0,
            close: true,
            asked,
            begun: now,
        };
        answer.explain(status, date, false, method == b"HEAD");
        answer
    }

    /// A status in words.
    fn explain(&mut self, status: Status, date: Option<Date>, keeps_old: bool, without: bool) {
        let moved = core::mem::take(&mut self.head);
        self.begin(status, date, keeps_old);
        self.head.push_str(&moved);
        if status == Status::METHOD_NOT_ALLOWED {
            self.field("Allow", "GET, HEAD");
        }
        let words = status.reason().len().saturating_add(5) as u64;
        self.field("Content-Type", "text/plain; charset=utf-8");
        self.field("Content-Length", words);
        self.head.push_str("\r\n");
        if !without {
            self.length = words;
            let _ = writeln!(self.head, "{:03} {}", status.0, status.reason());
        }
    }

    /// Where else it is.
    fn say_where(&mut self, status: Status, path: &str) {
        if status == Status::MOVED_PERMANENTLY {
            self.field("Location", format_args!("{}/", target::encoded(path)));
        }
    }

    /// What was found.
    fn give(
        &mut self,
        resource: &Resource,
        verdict: Verdict,
        date: Option<Date>,
        keeps_old: bool,
        without: bool,
    ) {
        let (status, (next, end)) = match verdict {
            Verdict::Whole => (Status::OK, (0, resource.length)),
            Verdict::Part(next, end) => (Status::PARTIAL_CONTENT, (next, end)),
            Verdict::NotModified => (Status::NOT_MODIFIED, (0, 0)),
            Verdict::Failed => return self.explain(Status::PRECONDITION_FAILED, date, keeps_old, without),
            Verdict::Unsatisfiable => {
                self.field("Content-Range", format_args!("bytes */{}", resource.length));
                return self.explain(Status::RANGE_NOT_SATISFIABLE, date, keeps_old, without);
            }
        };
        self.begin(status, date, keeps_old);
        if let Some(tag) = &resource.tag {
            self.field("ETag", tag);
        }
        // What was changed in the future was not (RFC 9110 section 8.8.2.1).
        if let Some(modified) = resource.modified {
            self.field("Last-Modified", modified.min(date.unwrap_or(modified)));
        }
        let length = end.saturating_sub(next);
        if status != Status::NOT_MODIFIED {
            self.field("Accept-Ranges", "bytes");
            self.field("Content-Type", &resource.media_type);
            self.field("Content-Length", length);
        }
        if status == Status::PARTIAL_CONTENT {
            let last = end.saturating_sub(1);
            self.field("Content-Range", format_args!("bytes {next}-{last}/{}", resource.length));
        }
        self.head.push_str("\r\n");
        if !without && length > 0 {
            self.length = length;
            self.piece = Some(Piece { id: resource.id, next, end });
        }
    }

    fn begin(&mut self, status: Status, date: Option<Date>, keeps_old: bool) {
        self.status = status;
        let _ = write!(self.head, "HTTP/1.1 {:03} {}\r\n", status.0, status.reason());
        if let Some(date) = date {
            self.field("Date", date);
        }
        if self.close {
            self.field("Connection", "close");
        } else if keeps_old {
            self.field("Connection", "keep-alive");
        }
    }

    fn field(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.head, "{name}: {value}\r\n");
    }
}

/// A request as it is shown: escaped, and not at any length.
fn asked(method: &str, target: &str) -> String {
    let mut text = String::new();
    let short = target.as_bytes().get(..SHOWN);
    let _ = write!(text, "{} {}", Text(method.as_bytes()), Text(short.unwrap_or(target.as_bytes())));
    if short.is_some() {
        text.push('…');
    }
    text
}
