//! A folder as what a web server has. Whatever is asked of it goes through [`Outside`], so that a recording knows the answers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use nix::fcntl::OFlag;
use serde_json::{Value, json};

use crate::stack::service::http::{Content, Date, Resource, Status};
use crate::tap::Outside;

/// The files of a folder.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
    outside: Outside,
    open: BTreeMap<u64, Opened>,
    count: u64,
}

#[derive(Debug)]
enum Opened {
    File(File),
    /// The list of a folder.
    List(Vec<u8>),
    /// Of a recording, which has what was read.
    Recorded,
}

/// Media types by extension (IANA's registry of media types); what is not here is bytes.
const TYPES: [(&str, &str); 20] = [
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("pcap", "application/vnd.tcpdump.pcap"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// What was found by a path.
struct Found {
    opened: Opened,
    length: u64,
    media_type: &'static str,
    /// In nanoseconds.
    modified: Option<u64>,
}

impl Files {
    /// Those of a folder.
    pub const fn new(root: PathBuf, outside: Outside) -> Self {
        Self { root, outside, open: BTreeMap::new(), count: 0 }
    }

    /// Looks for a path in the folder; what a symbolic link leads to outside of it is not given.
    fn find(root: &Path, path: &str) -> Result<Found, Status> {
        let status = |error: io::Error| match error.kind() {
            io::ErrorKind::PermissionDenied => Status::FORBIDDEN,
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
                Status::NOT_FOUND
            }
            _ => Status::INTERNAL_SERVER_ERROR,
        };
        // What begins with a dot is nobody's business: .git, .ssh.
        if path.split('/').any(|part| part.starts_with('.')) {
            return Err(Status::NOT_FOUND);
        }
        let root = fs::canonicalize(root).map_err(status)?;
        let place = fs::canonicalize(root.join(path.trim_start_matches('/'))).map_err(status)?;
        if !place.starts_with(&root) {
            return Err(Status::FORBIDDEN);
        }
        let about = fs::metadata(&place).map_err(status)?;
        if about.is_dir() {
            if !path.ends_with('/') {
                return Err(Status::MOVED_PERMANENTLY);
            }
            return match Self::find(&root, &format!("{path}index.html")) {
                Err(Status::NOT_FOUND | Status::MOVED_PERMANENTLY) => list(&place, path).map_err(status),
                other => other,
            };
        }
        if !about.is_file() || path.ends_with('/') {
            return Err(Status::NOT_FOUND);
        }
        // A pipe that has taken its place meanwhile would make everybody wait; what was opened is asked what it is.
        let flags = (OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits();
        let file = File::options().read(true).custom_flags(flags).open(&place).map_err(status)?;
        let about = file.metadata().map_err(status)?;
        if !about.is_file() {
            return Err(Status::NOT_FOUND);
        }
        let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let extension = place.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let known = TYPES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
        Ok(Found {
            opened: Opened::File(file),
            length: about.len(),
            media_type: known.map_or("application/octet-stream", |(_, media_type)| media_type),
            modified: modified.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        })
    }
}

/// The list of a folder, as a page.
fn list(folder: &Path, path: &str) -> io::Result<Found> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let slash = if entry.path().is_dir() { "/" } else { "" };
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        names.push(format!("{}{slash}", entry.file_name().to_string_lossy()));
    }
    names.sort();
    let mut page = format!(
        "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<h1>{0}</h1>\n<ul>\n",
        shown(path)
    );
    for name in names {
        page.push_str(&format!("<li><a href=\"{}\">{}</a>\n", linked(&name), shown(&name)));
    }
    page.push_str("</ul>\n");
    let page = page.into_bytes();
    let length = page.len() as u64;
    Ok(Found { opened: Opened::List(page), length, media_type: "text/html; charset=utf-8", modified: None })
}

/// Text in a page.
fn shown(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A name in a link: what is not plain is written by its bytes, and no colon makes a scheme of it.
fn linked(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let byte = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    format!("./{}", name.bytes().map(byte).collect::<String>())
}

impl Content for Files {
    fn open(&mut self, path: &str) -> Result<Resource, Status> {
        let mut opened = Opened::Recorded;
        let (answer, _) = self.outside.ask("open", json!(path), || {
            let answer = match Self::find(&self.root, path) {
                Err(status) => json!({"status": status.0}),
                Ok(found) => {
                    opened = found.opened;
                    json!({"length": found.length, "type": found.media_type, "modified": found.modified})
                }
            };
            (answer, Vec::new())
        });
        let number = |name: &str| answer.get(name).and_then(Value::as_u64);
        let Some(length) = number("length") else {
            let status = number("status").and_then(|status| u16::try_from(status).ok());
            return Err(status.map_or(Status::INTERNAL_SERVER_ERROR, Status));
        };
        self.count += 1;
        self.open.insert(self.count, opened);
        let media_type = answer.get("type").and_then(Value::as_str).unwrap_or("application/octet-stream");
        let modified = number("modified");
        Ok(Resource {
            id: self.count,
            length,
            media_type: Cow::Owned(media_type.to_owned()),
            modified: modified.map(|modified| Date(modified / 1_000_000_000)),
            tag: modified.map(|modified| format!("\"{modified:x}-{length:x}\"")),
        })
    }

    fn read(&mut self, id: u64, offset: u64, into: &mut [u8]) -> Result<usize, Status> {
        let opened = self.open.get(&id).ok_or(Status::INTERNAL_SERVER_ERROR)?;
        if self.outside.is_live() {
            return opened.read(offset, into).map_err(|_| Status::INTERNAL_SERVER_ERROR);
        }
        let length = into.len();
        let (answer, bytes) = self.outside.ask("read", json!([id, offset, length]), || {
            let mut bytes = vec![0; length];
            match opened.read(offset, &mut bytes) {
                Ok(read) => {
                    bytes.truncate(read);
                    (json!(read), bytes)
                }
                Err(_) => (Value::Null, Vec::new()),
            }
        });
        let read = answer.as_u64().ok_or(Status::INTERNAL_SERVER_ERROR)?;
        let place = usize::try_from(read).ok().and_then(|read| into.get_mut(..read));
        let place = place.filter(|place| place.len() == bytes.len()).ok_or(Status::INTERNAL_SERVER_ERROR)?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn close(&mut self, id: u64) {
        self.open.remove(&id);
    }
}

impl Opened {
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(into, offset),
            Self::List(page) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(page.len());
                let (_, rest) = page.split_at(start);
                let length = rest.len().min(into.len());
                for (place, byte) in into.iter_mut().zip(rest) {
                    *place = *byte;
                }
                Ok(length)
            }
            Self::Recorded => Ok(0),
        }
    }
}
