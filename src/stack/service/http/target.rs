//! What a request is for (RFC 9112 section 3.2), as a path that leads nowhere else (RFC 3986 section 5.2.4).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The path of a target: decoded, without empty and dot segments. `None` for one that no path can be read from.
///
/// A slash that was escaped (`%2F`) would become another path when decoded, so it is refused, as are zero bytes and what is no UTF-8.
pub(super) fn path(target: &str) -> Option<String> {
    let local = match target.split_once("://") {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            rest.get(end..)?
        }
        _ if target.starts_with('/') => target,
        _ => return None,
    };
    let local = local.split('?').next().filter(|local| !local.contains('#'))?;
    let mut segments: Vec<String> = Vec::new();
    let mut folder = true;
    for raw in local.split('/') {
        let segment = decoded(raw)?;
        folder = matches!(segment.as_str(), "" | "." | "..");
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let mut path = String::new();
    for segment in &segments {
        path.push('/');
        path.push_str(segment);
    }
    if folder {
        path.push('/');
    }
    Some(path)
}

/// A segment without its escapes.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain => plain,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(['/', '\0']))
}

/// A path as a client may ask for it: what is not plain is escaped (RFC 3986 section 2.1).
pub(super) fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986 sections 2.1, 3.3 and 5.2.4; whatever is asked, nothing above the root.
    #[test]
    fn a_path_never_leads_outside() {
        for (target, expected) in [
            ("/", Some("/")),
            ("/a/b/c/./../../g", Some("/a/g")),
            ("/mid/content=5/../6", Some("/mid/6")),
            ("/../../etc/passwd", Some("/etc/passwd")),
            ("/%2e%2E/%2e/etc", Some("/etc")),
            ("//etc//passwd", Some("/etc/passwd")),
            ("/a/..", Some("/")),
            ("/a/.", Some("/a/")),
            ("/a/", Some("/a/")),
            ("/a%20b?x=/../y", Some("/a b")),
            ("/caf%C3%A9", Some("/café")),
            ("/%252e%252e/x", Some("/%2e%2e/x")),
            ("http://example.org", Some("/")),
            ("HTTP://example.org:80/x/../y?z", Some("/y")),
            ("http://example.org?x", Some("/")),
            ("/%", None),
            ("/%4", None),
            ("/%zz", None),
            ("/%+1", None),
            ("/%00", None),
            ("/a%2Fb", None),
            ("/%ff", None),
            ("/a#b", None),
            ("*", None),
            ("a/b", None),
            ("", None),
            ("ftp://example.org/x", None),
        ] {
            assert_eq!(path(target).as_deref(), expected, "{target}");
        }
        assert_eq!(encoded("/a b/café\r\n"), "/a%20b/caf%C3%A9%0D%0A");
    }
}
