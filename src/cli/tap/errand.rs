//! What the host is sent to do, and then ends: fetch a page, find the addresses of a name. The errand itself is a service; here is where what it brings goes.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::Trouble;
use super::pipe::Pipe;
use crate::cli::output::{self, Ending, printable};
use crate::stack::service::Figure;
use crate::stack::service::dns::{Domain, Upstream};
use crate::stack::service::errand::{self, Get, Lookup};
use crate::stack::service::http::Status;
use crate::stack::{Errno, Host, ServiceId};
use crate::time::Time;

/// What is to be done, and how far it has come.
pub struct Errand {
    what: What,
    id: Option<ServiceId>,
    sink: Sink,
    received: u64,
    /// Content may be there that was not read, since there was no room for it.
    readable: bool,
    chunk: Vec<u8>,
    quiet: bool,
}

/// What is read at once.
const CHUNK: usize = 1 << 18;

enum What {
    Fetch(Get),
    Resolve(Lookup),
}

/// Where what is fetched goes.
pub enum Sink {
    /// Into a file.
    File(PathBuf, Option<File>),
    /// To standard output, which may be slow.
    Standard(Pipe),
    /// Nowhere: of a replay nothing is written again.
    Nowhere,
}

impl Sink {
    /// Standard output.
    pub fn standard() -> Self {
        Self::Standard(Pipe::new(io::stdout()))
    }

    /// Whether there is room for another piece.
    fn has_room(&self) -> bool {
        match self {
            Self::Standard(pipe) => pipe.has_room(),
            Self::File(..) | Self::Nowhere => true,
        }
    }

    /// All is written.
    fn finish(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Standard(pipe) => {
                pipe.finish(None).map_err(|error| format!("standard output cannot be written: {error}"))
            }
            Self::File(..) | Self::Nowhere => Ok(()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.try_write(bytes).map_err(|error| match self {
            Self::File(path, _) => {
                format!("{} cannot be written: {error}", printable(&path.display().to_string()))
            }
            _ => format!("standard output cannot be written: {error}"),
        })
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Standard(pipe) => pipe.give(bytes).map(drop),
            Self::File(path, file) => {
                let opened = match file.take() {
                    Some(opened) => opened,
                    None => File::create(&*path)?,
                };
                file.insert(opened).write_all(bytes)
            }
        }
    }
}

impl Errand {
    /// Fetches what a URL names.
    ///
    /// # Errors
    /// If it is no URL.
    pub fn fetch(url: &str, upstream: Option<Upstream>, sink: Sink) -> Result<Self, Trouble> {
        let request = url.parse().map_err(|error| format!("--fetch {}: {error}", printable(url)))?;
        Ok(Self::new(What::Fetch(Get { hold: true, upstream, ..Get::new(request) }), sink))
    }

    /// Finds the addresses of a name.
    ///
    /// # Errors
    /// If it is none.
    pub fn resolve(name: &str, upstream: Option<Upstream>, sink: Sink) -> Result<Self, Trouble> {
        let domain: Domain =
            name.parse().map_err(|error| format!("--resolve {}: {error}", printable(name)))?;
        Ok(Self::new(What::Resolve(Lookup { upstream, ..Lookup::new(domain) }), sink))
    }

    const fn new(what: What, sink: Sink) -> Self {
        Self { what, id: None, sink, received: 0, readable: false, chunk: Vec::new(), quiet: false }
    }

    /// Nothing is said but errors.
    pub const fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// When it wants to go on, although nothing happens: output has to be waited for.
    pub fn next_deadline(&self, now: Time) -> Option<Time> {
        (self.readable && !self.sink.has_room()).then(|| now + Duration::from_millis(2))
    }

    /// Goes on as far as it can; how it ended, if it has.
    pub fn go_on(&mut self, now: Time, host: &mut Host) -> Option<Ending> {
        match self.step(now, host) {
            Ok(ended) => ended,
            Err(trouble) => {
                output::complain(&trouble);
                Some(Ending::Negative)
            }
        }
    }

    fn step(&mut self, now: Time, host: &mut Host) -> Result<Option<Ending>, Trouble> {
        let id = match self.id {
            Some(id) => id,
            None => *self.id.insert(self.start(now, host)?),
        };
        let Some((stack, errand)) = host.with_at::<errand::Errand>(id) else { return Ok(None) };
        self.chunk.resize(CHUNK, 0);
        // What is read has to go somewhere; until it can, it stays in the connection, and the server waits.
        while self.sink.has_room() {
            if let Some(status) = errand.figure("status").map(Figure::number).filter(|status| *status != 200)
            {
                let status = Status(u16::try_from(status).unwrap_or_default());
                return Err(format!("the server answers {status}"));
            }
            match errand.read(now, stack, &mut self.chunk) {
                Ok(0) => return self.end(errand).map(Some),
                Ok(length) => {
                    self.received += length as u64;
                    self.sink.write(self.chunk.get(..length).unwrap_or_default())?;
                }
                Err(Errno::EAGAIN) => {
                    self.readable = false;
                    return Ok(None);
                }
                Err(_) => return Err(trouble(errand)),
            }
        }
        self.readable = true;
        Ok(None)
    }

    fn start(&self, now: Time, host: &mut Host) -> Result<ServiceId, Trouble> {
        let errand = match &self.what {
            What::Fetch(get) => get.clone().at(now),
            What::Resolve(lookup) => lookup.clone().at(now),
        };
        host.start(now, errand).map_err(|error| error.to_string())
    }

    fn end(&mut self, errand: &errand::Errand) -> Result<Ending, Trouble> {
        if let What::Resolve(lookup) = &self.what
            && self.received == 0
        {
            return Err(match errand.trouble() {
                Some(_) => trouble(errand),
                None => format!("{} has no address", lookup.name),
            });
        }
        // An empty file is a file.
        self.sink.write(&[])?;
        self.sink.finish()?;
        if let (What::Fetch(_), Some(Figure::Time(took)), false) =
            (&self.what, errand.figure("rtt_max"), self.quiet)
        {
            output::remark(&format!("{} bytes in {:.3} s", self.received, took.as_secs_f64()));
        }
        Ok(Ending::Fine)
    }
}

/// What went wrong, and what helps.
fn trouble(errand: &errand::Errand) -> Trouble {
    let said = errand.trouble().unwrap_or("it has failed");
    match said {
        "no name server is known" => format!("{said}; give one with --name-server"),
        said => said.to_owned(),
    }
}
