//! A server.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use core::time::Duration;

use super::Content;
use super::exchange::{Desk, Exchange};
use crate::stack::service::{Connections, Figure, Service};
use crate::stack::{Errno, Event, Stack};
use crate::time::Time;

/// How a server behaves, and how much it may keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The port that it listens on.
    pub port: u16,
    /// Connections at once; those beyond are reset.
    pub connections: usize,
    /// The longest head of a request, in bytes (431 beyond).
    pub head: usize,
    /// The longest target of a request, in bytes (414 beyond); RFC 9112 section 3 asks for 8,000 with what is around it.
    pub target: usize,
    /// The longest content of a request, which is read and thrown away, in bytes with its framing. Beyond it the connection ends.
    pub content: usize,
    /// How long a connection may wait for the next request, and a client for taking something of an answer, before the connection ends.
    pub idle: Duration,
    /// How long a request may take to come, and its content (408 beyond).
    pub request: Duration,
    /// How long a client may go on talking when the last word was said.
    pub linger: Duration,
    /// The time of day at [`Time::ZERO`], since 1970; with it answers have a date.
    pub start: Option<Time>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 80,
            connections: 1024,
            head: 16_384,
            target: 8_000,
            content: 1 << 20,
            idle: Duration::from_secs(60),
            request: Duration::from_secs(30),
            linger: Duration::from_secs(5),
            start: None,
        }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub requests: u64,
    pub refused: u64,
    pub answers: u64,
    pub bytes: u64,
}

/// A server of HTTP/1.1 (RFC 9110, 9112): GET and HEAD of what a [`Content`] has, with conditions and ranges, on connections that stay open.
///
/// It keeps no more of a resource than the piece that is being sent. What it refuses it answers, and then reads on for a while, so that the
/// client sees the answer (RFC 9112 section 9.6).
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::service::http::{HttpServer, Pages};
/// use layercake::stack::{Config, Kind};
///
/// let wire = link::Config::default();
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(0, "192.0.2.1/24".parse()?)?;
/// net.address(1, "192.0.2.2/24".parse()?)?;
/// let mut pages = Pages::default();
/// pages.insert("/hello.txt", "text/plain", "Hello");
/// net.start(1, HttpServer::new(pages))?;
///
/// let (now, client) = (net.now, &mut net.nodes[0].stack);
/// let socket = client.socket(Kind::Stream)?;
/// client.connect(now, socket, "192.0.2.2:80".parse()?)?;
/// net.run(Duration::from_secs(1))?;
/// net.nodes[0].stack.send(net.now, socket, b"GET /hello.txt HTTP/1.1\r\nHost: example\r\n\r\n")?;
/// net.run(Duration::from_secs(1))?;
///
/// let mut answer = [0; 1000];
/// let length = net.nodes[0].stack.recv(net.now, socket, &mut answer)?;
/// let answer = str::from_utf8(&answer[..length])?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("Content-Length: 5\r\n\r\nHello"));
/// let (_, service, notice) = net.nodes[1].poll_notice().unwrap();
/// assert!(service == "http" && notice.starts_with("GET /hello.txt 200 5 bytes to 192.0.2.1:"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HttpServer {
    connections: Connections<Exchange>,
    desk: Desk,
}

/// What is read from a socket at once.
const CHUNK: usize = 16_384;

impl HttpServer {
    /// Serves this on port 80.
    pub fn new(content: impl Content) -> Self {
        Self::with_config(content, Config::default())
    }

    /// Serves this in this way.
    pub fn with_config(content: impl Content, config: Config) -> Self {
        let connections = Connections::new(config.connections);
        let (notices, counts) = Default::default();
        let content = Box::new(content);
        Self { connections, desk: Desk { config, content, notices, counts, chunk: vec![0; CHUNK] } }
    }

    /// What it serves.
    pub fn content(&self) -> &dyn Content {
        &*self.desk.content
    }
}

impl Service for HttpServer {
    fn name(&self) -> &'static str {
        "http"
    }

    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        self.connections.listen(stack, self.desk.config.port)
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        self.connections.on_event(now, stack, event, &mut self.desk)
    }

    fn next_deadline(&self) -> Option<Time> {
        self.connections.next_deadline()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.connections.on_deadline(now, stack, &mut self.desk);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.desk.notices.poll()
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.connections.close(now, stack);
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        let (accepted, refused) = self.connections.counts();
        each("connections", Figure::Count(accepted));
        each("connections_refused", Figure::Count(refused));
        each("requests", Figure::Count(self.desk.counts.requests));
        each("requests_refused", Figure::Count(self.desk.counts.refused));
        each("answers", Figure::Count(self.desk.counts.answers));
        each("bytes_of_content_sent", Figure::Bytes(self.desk.counts.bytes));
    }
}
