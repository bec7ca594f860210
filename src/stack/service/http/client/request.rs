//! What a client asks for.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str::FromStr;

/// A request for a resource, or for what its head would be.
///
/// ```
/// use layercake::stack::service::http::client::Request;
///
/// let request: Request = "http://example.org:8080/a?b#c".parse()?;
/// assert_eq!((request.host.as_str(), request.target.as_str()), ("example.org:8080", "/a?b"));
/// assert_eq!(request.server(), ("example.org", 8080));
/// # Ok::<(), layercake::stack::service::http::client::BadUrl>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The host, with its port if that is not 80: what stands in `Host`.
    pub host: String,
    /// Path and query, with escapes; begins with a slash.
    pub target: String,
    /// Only the head is asked for (HEAD).
    pub head_only: bool,
    /// Other fields: `("Range", "bytes=0-99")`. Not `Host`, and none that says how long the request is.
    pub fields: Vec<(String, String)>,
}

/// It is no URL of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadUrl;

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not of the form http://host[:port]/path")
    }
}

impl core::error::Error for BadUrl {}

/// From a URL (RFC 9110 section 4.2.1). No user name may stand in it.
impl FromStr for Request {
    type Err = BadUrl;

    fn from_str(url: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = url.split_once("://").ok_or(BadUrl)?;
        let rest = rest.split('#').next().unwrap_or("");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at_checked(end).ok_or(BadUrl)?;
        let mut path = String::new();
        if !target.starts_with('/') {
            path.push('/');
        }
        path.push_str(target);
        let request = Self { host: host.to_owned(), target: path, ..Self::default() };
        let name = request.server().0;
        let port = host.strip_prefix(name).unwrap_or("").trim_start_matches([']', ':']);
        let bracketed = host.strip_prefix('[').is_none_or(|inner| inner.contains(']'));
        let known =
            port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0) || host.starts_with('[');
        if !scheme.eq_ignore_ascii_case("http") || name.is_empty() || !bracketed || !known {
            return Err(BadUrl);
        }
        if host.contains('@') || request.bytes().is_none() {
            return Err(BadUrl);
        }
        Ok(request)
    }
}

impl Request {
    /// Name or address of the server, without brackets, and its port: where the request is to go.
    pub fn server(&self) -> (&str, u16) {
        let host = self.host.as_str();
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, rest)) => (name, rest.strip_prefix(':')),
            None => host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
        };
        (name, port.and_then(|port| port.parse().ok()).unwrap_or(80))
    }

    /// As it is sent; none if something in it would not stay where it belongs.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let token = |name: &str| plain(name) && !name.contains(|sign| "\"(),/:;<=>?@[\\]{}".contains(sign));
        let value = |text: &str| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
        let ours = ["host", "content-length", "transfer-encoding", "expect"];
        let own = |name: &str| ours.iter().any(|one| one.eq_ignore_ascii_case(name));
        let fit = self.fields.iter().all(|(name, text)| token(name) && value(text) && !own(name));
        if !plain(&self.host) || !plain(&self.target) || !self.target.starts_with('/') || !fit {
            return None;
        }
        let mut text = String::new();
        let method = if self.head_only { "HEAD" } else { "GET" };
        let _ = write!(text, "{method} {} HTTP/1.1\r\nHost: {}\r\n", self.target, self.host);
        for (name, value) in &self.fields {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        Some(text.into_bytes())
    }
}
