//! What a server serves.

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt::Debug;

use super::{Date, Status};

/// What a server serves: it is asked for a path, and then for pieces.
///
/// Each resource that was opened is closed once, and is read from its front to its end, or the part of it that a client asked for. One connection has
/// one open at a time. What is asked, and what it gave, can be recorded and given again: nothing else comes to the server from here.
pub trait Content: Any + Debug {
    /// Looks for a path.
    ///
    /// It begins with a slash, its segments are never empty, `.` or `..`, its escapes are decoded, it holds no zero byte; a slash stands at its end
    /// if the client wrote one. So without its first slash it can be joined to the name of a folder. The query is not part of it.
    ///
    /// # Errors
    /// The status to answer with: [`Status::NOT_FOUND`], [`Status::FORBIDDEN`] and so on. [`Status::MOVED_PERMANENTLY`]: the same with a slash
    /// behind it is there, as it is of a folder.
    fn open(&mut self, path: &str) -> Result<Resource, Status>;

    /// Reads from a resource, at least one byte; gives back how many. 0: it has become shorter than it was.
    ///
    /// # Errors
    /// It cannot be read any more: the answer is cut off.
    fn read(&mut self, id: u64, offset: u64, into: &mut [u8]) -> Result<usize, Status>;

    /// A resource is not read any more.
    fn close(&mut self, id: u64) {
        let _ = id;
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// By which it is read and closed.
    pub id: u64,
    /// Its length in bytes. It stays so long while it is open.
    pub length: u64,
    /// Its media type (RFC 9110 section 8.3): `text/html; charset=utf-8`.
    pub media_type: Cow<'static, str>,
    /// When it was changed last.
    pub modified: Option<Date>,
    /// An entity tag with its quotes (RFC 9110 section 8.8.3): `"v1"`, or `W/"v1"`.
    pub tag: Option<String>,
}

/// Pages in memory.
///
/// ```
/// use layercake::stack::service::http::{Content, Pages, Status};
///
/// let mut pages = Pages::default();
/// pages.insert("/", "text/html", "<p>Hello");
/// let page = pages.open("/")?;
/// let mut into = [0; 100];
/// assert_eq!(pages.read(page.id, 0, &mut into)?, 8);
/// assert_eq!(pages.open("/other"), Err(Status::NOT_FOUND));
/// # Ok::<(), Status>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pages {
    pages: BTreeMap<String, Page>,
    open: BTreeMap<u64, Arc<[u8]>>,
    opened: u64,
}

#[derive(Clone, Debug)]
struct Page {
    bytes: Arc<[u8]>,
    media_type: Cow<'static, str>,
    modified: Option<Date>,
    tag: Option<String>,
}

impl Pages {
    /// A page. One of the same path gives way to it; who reads that gets it to its end.
    pub fn insert(
        &mut self,
        path: &str,
        media_type: impl Into<Cow<'static, str>>,
        bytes: impl Into<Vec<u8>>,
    ) {
        let page =
            Page { bytes: Arc::from(bytes.into()), media_type: media_type.into(), modified: None, tag: None };
        self.pages.insert(path.to_owned(), page);
    }

    /// When a page was changed last, and its entity tag with the quotes, by which clients ask whether theirs is the same.
    pub fn label(&mut self, path: &str, modified: Option<Date>, tag: Option<&str>) {
        if let Some(page) = self.pages.get_mut(path) {
            (page.modified, page.tag) = (modified, tag.map(ToOwned::to_owned));
        }
    }

    /// How many are being read.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }
}

impl Content for Pages {
    fn open(&mut self, path: &str) -> Result<Resource, Status> {
        let Some(page) = self.pages.get(path) else {
            let mut folder = path.to_owned();
            folder.push('/');
            let there = self.pages.contains_key(&folder);
            return Err(if there { Status::MOVED_PERMANENTLY } else { Status::NOT_FOUND });
        };
        self.opened = self.opened.wrapping_add(1);
        self.open.insert(self.opened, page.bytes.clone());
        Ok(Resource {
            id: self.opened,
            length: page.bytes.len() as u64,
            media_type: page.media_type.clone(),
            modified: page.modified,
            tag: page.tag.clone(),
        })
    }

    fn read(&mut self, id: u64, offset: u64, into: &mut [u8]) -> Result<usize, Status> {
        let bytes = self.open.get(&id).ok_or(Status::INTERNAL_SERVER_ERROR)?;
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
        let length = rest.len().min(into.len());
        if let (Some(place), Some(rest)) = (into.get_mut(..length), rest.get(..length)) {
            place.copy_from_slice(rest);
        }
        Ok(length)
    }

    fn close(&mut self, id: u64) {
        self.open.remove(&id);
    }
}
