//! A client.

mod exchange;
mod head;
mod request;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use crate::stack::service::{Connections, Figure, Next, Notices, Service};
use crate::stack::{self, Errno, Kind, SocketId, Stack};
use crate::time::Time;
use exchange::{Desk, Exchange, Got, Outcome, Task};
pub use head::Head;
pub use request::{BadUrl, Request};

/// How a client behaves, and how much it may keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Requests at once, those counted whose end was not polled.
    pub requests: usize,
    /// Connections at once, those counted that wait for another request.
    pub connections: usize,
    /// The longest head of a response, in bytes.
    pub head: usize,
    /// How long a connection may take to open.
    pub connect: Duration,
    /// How long a head may take to come, and how long nothing may come of a content that the caller waits for.
    pub wait: Duration,
    /// How long a connection waits for another request.
    pub idle: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            requests: 256,
            connections: 64,
            head: 65_536,
            connect: Duration::from_secs(30),
            wait: Duration::from_secs(60),
            idle: Duration::from_secs(30),
        }
    }
}

/// A request that was sent, or is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// What has happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The head of the response has come. A redirection is reported like any other, and not followed.
    Head(Head),
    /// Some of the content can be read, or its end: [`HttpClient::read`] until [`Errno::EAGAIN`] or the end.
    Body,
    /// All was read, or there was nothing to read. With the trailers (RFC 9112 section 7.1.2). The last event.
    End(Vec<(String, Vec<u8>)>),
    /// There will be no more. The last event.
    Failed(Failure),
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The connection could not be opened, or was lost.
    Connection(Errno),
    /// The server took too long.
    Late,
    /// What came is no head of HTTP/1, or is longer than it may be.
    Head,
    /// Where the content ends cannot be told, or could be told in two ways (RFC 9112 sections 6.3 and 7.1).
    Framing,
    /// The connection ended before the response (RFC 9112 section 8).
    Cut,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "no connection: {error}"),
            Self::Late => f.write_str("the server took too long"),
            Self::Head => f.write_str("the answer has no head that could be read"),
            Self::Framing => f.write_str("where the content of the answer ends cannot be told"),
            Self::Cut => f.write_str("the answer was cut off"),
        }
    }
}

impl core::error::Error for Failure {}

/// A client of HTTP/1.1 (RFC 9110, 9112): GET and HEAD, over connections that are used again.
///
/// Content stays in the connection until the caller reads it, so a slow caller slows the server down, and nothing is kept. A request that the server has not begun to
/// answer when it ends an old connection is sent once more over a new one (RFC 9112 section 9.3.1).
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::service::http::client::{Event, Request};
/// use layercake::stack::service::http::{HttpClient, HttpServer, Pages};
/// use layercake::stack::Config;
///
/// let wire = link::Config::default();
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// net.address(1, "192.0.2.2/24".parse()?)?;
/// let mut pages = Pages::default();
/// pages.insert("/hello.txt", "text/plain", "Hello");
/// net.start(1, HttpServer::new(pages))?;
/// net.start(0, HttpClient::default())?;
///
/// let request: Request = "http://example.org/hello.txt".parse()?;
/// let now = net.now;
/// let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
/// let id = client.get(now, stack, "192.0.2.2:80".parse()?, &request)?;
/// net.run(Duration::from_secs(1))?;
///
/// let now = net.now;
/// let (stack, client) = net.nodes[0].with::<HttpClient>().unwrap();
/// let (mut content, mut chunk) = (Vec::<u8>::new(), [0; 1000]);
/// while let Some((_, event)) = client.poll() {
///     match event {
///         Event::Head(head) => assert_eq!((head.status.0, head.length), (200, Some(5))),
///         Event::Body => while let Ok(length @ 1..) = client.read(now, stack, id, &mut chunk) {
///             content.extend(&chunk[..length]);
///         },
///         end => assert_eq!(end, Event::End(vec![])),
///     }
/// }
/// assert_eq!(content, b"Hello");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HttpClient {
    connections: Connections<Exchange>,
    desk: Desk,
}

/// What is read from a socket at once where it does not go to the caller.
const CHUNK: usize = 4096;

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl HttpClient {
    /// A client that behaves in this way.
    pub fn new(config: Config) -> Self {
        let connections = Connections::new(config.connections);
        let desk = Desk {
            config,
            tasks: BTreeMap::new(),
            events: VecDeque::new(),
            notices: Notices::default(),
            again: Vec::new(),
            chunk: vec![0; CHUNK],
            asked: 0,
            failed: 0,
            bytes: 0,
        };
        Self { connections, desk }
    }

    /// Sends a request to a server, whose address the caller has found ([`Request::server`] says of what name and port).
    ///
    /// # Errors
    /// [`Errno::EINVAL`] if the request cannot be written as one, [`Errno::ENOBUFS`] if there are too many, [`Errno::EMFILE`] if no connection can
    /// be opened, and those of [`Stack::connect`].
    pub fn get(
        &mut self,
        now: Time,
        stack: &mut Stack,
        to: SocketAddr,
        request: &Request,
    ) -> Result<RequestId, Errno> {
        let bytes = request.bytes().ok_or(Errno::EINVAL)?;
        if self.desk.tasks.len() >= self.desk.config.requests {
            return Err(Errno::ENOBUFS);
        }
        self.desk.asked = self.desk.asked.saturating_add(1);
        let id = RequestId(self.desk.asked);
        let idle = self.idle(stack, |peer| peer == to);
        let task = Task::new(now, to, bytes, request, idle.is_some());
        self.desk.tasks.insert(id, task);
        let sent = match idle {
            Some(socket) => {
                self.give(now, socket, id);
                self.connections.see_to(now, stack, socket, &mut self.desk);
                self.send_again(now, stack);
                Ok(())
            }
            None => self.open(now, stack, id),
        };
        if let Err(error) = sent {
            self.desk.tasks.remove(&id);
            return Err(error);
        }
        Ok(id)
    }

    /// The next thing that has happened, and to which request.
    pub fn poll(&mut self) -> Option<(RequestId, Event)> {
        let (id, event) = self.desk.events.pop_front()?;
        match &event {
            Event::End(_) | Event::Failed(_) => drop(self.desk.tasks.remove(&id)),
            Event::Body => self.desk.on_told(id),
            Event::Head(_) => {}
        }
        Some((id, event))
    }

    /// Reads content into a place of at least one byte; gives back how many bytes; 0 at the end.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if nothing is there yet, [`Errno::EPROTO`] if it has failed, [`Errno::EBADF`] if there is no such request, or its end was
    /// polled.
    pub fn read(
        &mut self,
        now: Time,
        stack: &mut Stack,
        id: RequestId,
        into: &mut [u8],
    ) -> Result<usize, Errno> {
        let task = self.desk.tasks.get(&id).ok_or(Errno::EBADF)?;
        match task.outcome {
            Outcome::Open => {}
            Outcome::Ended => return Ok(0),
            Outcome::Failed => return Err(Errno::EPROTO),
        }
        let socket = task.socket.ok_or(Errno::EAGAIN)?;
        let exchange = self.connections.get_mut(socket).ok_or(Errno::EAGAIN)?;
        let (length, got) = exchange.read(&mut self.desk, now, stack, socket, into);
        if length == 0 || got != Got::Some {
            // How long it waits has changed, or it is over.
            self.connections.see_to(now, stack, socket, &mut self.desk);
        }
        match got {
            _ if length > 0 => Ok(length),
            Got::Some => Err(Errno::EAGAIN),
            Got::End => Ok(0),
            Got::Failure => Err(Errno::EPROTO),
        }
    }

    /// Gives a request up, with its connection. No event follows.
    pub fn cancel(&mut self, now: Time, stack: &mut Stack, id: RequestId) {
        let task = self.desk.tasks.remove(&id);
        self.desk.events.retain(|(of, _)| *of != id);
        self.desk.again.retain(|of| *of != id);
        if let Some(task) = task.filter(|task| task.outcome == Outcome::Open)
            && let Some(socket) = task.socket
        {
            drop(self.connections.end(now, stack, socket, Next::Abort));
        }
    }

    /// A connection that waits for a request, and that the server has not ended.
    fn idle(&self, stack: &Stack, fits: impl Fn(SocketAddr) -> bool) -> Option<SocketId> {
        let open = |socket| stack.readiness(socket).is_ok_and(|ready| !ready.readable && !ready.error);
        let mut idle = self.connections.iter().filter(|(_, exchange)| exchange.is_idle());
        idle.find(|(socket, exchange)| fits(exchange.peer) && open(*socket)).map(|(socket, _)| socket)
    }

    /// Hands a request to a connection that waits for one.
    fn give(&mut self, now: Time, socket: SocketId, id: RequestId) {
        if let Some(exchange) = self.connections.get_mut(socket) {
            exchange.begin(id, now + self.desk.config.wait);
        }
        self.desk.on_socket(id, socket);
    }

    /// Opens a connection for a request.
    fn open(&mut self, now: Time, stack: &mut Stack, id: RequestId) -> Result<(), Errno> {
        let to = self.desk.tasks.get(&id).ok_or(Errno::EBADF)?.to;
        if self.connections.iter().count() >= self.desk.config.connections {
            let other = self.idle(stack, |_| true).ok_or(Errno::EMFILE)?;
            drop(self.connections.end(now, stack, other, Next::Close));
        }
        let socket = stack.socket(Kind::Stream)?;
        if let Err(error) = stack.connect(now, socket, to) {
            let _ = stack.close(now, socket);
            return Err(error);
        }
        let until = now + self.desk.config.connect;
        let mut exchange = Exchange::new(to);
        exchange.begin(id, until);
        self.connections.add(socket, exchange, Some(until));
        self.desk.on_socket(id, socket);
        Ok(())
    }

    /// Sends what has to be sent over another connection.
    fn send_again(&mut self, now: Time, stack: &mut Stack) {
        while let Some(id) = self.desk.again.pop() {
            if let Err(error) = self.open(now, stack, id) {
                self.desk.conclude(now, id, Err(Failure::Connection(error)));
            }
        }
    }
}

impl Service for HttpClient {
    fn name(&self) -> &'static str {
        "http client"
    }

    fn start(&mut self, _: Time, _: &mut Stack) -> Result<(), Errno> {
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &stack::Event) -> bool {
        let concerned = self.connections.on_event(now, stack, event, &mut self.desk);
        self.send_again(now, stack);
        concerned
    }

    fn next_deadline(&self) -> Option<Time> {
        self.connections.next_deadline()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.connections.on_deadline(now, stack, &mut self.desk);
        self.send_again(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.desk.notices.poll()
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.connections.close(now, stack);
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("requests", Figure::Count(self.desk.asked));
        each("requests_failed", Figure::Count(self.desk.failed));
        each("bytes_of_content_read", Figure::Bytes(self.desk.bytes));
    }
}
