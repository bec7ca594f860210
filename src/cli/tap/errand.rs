//! What the host is sent to do, and then ends: fetch a page, find the addresses of a name.

use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::Trouble;
use super::pipe::Pipe;
use crate::cli::output::{self, Ending, printable};
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::dhcp::DhcpClient;
use crate::stack::service::dns::{self, Answer, Domain, QueryId, Resolver, Upstream};
use crate::stack::service::http::client::{Event, Request, RequestId};
use crate::stack::service::http::{HttpClient, Status};
use crate::stack::{AddressState, Errno, Host};
use crate::time::Time;

/// What is to be done, and how far it has come.
pub struct Errand {
    what: What,
    step: Step,
    servers: Vec<SocketAddr>,
    sink: Sink,
    received: u64,
    since: Time,
    /// Content has come that was not read.
    readable: bool,
    chunk: Vec<u8>,
    quiet: bool,
}

/// What is read at once.
const CHUNK: usize = 1 << 18;

enum What {
    Fetch(Request),
    Resolve(Domain),
}

enum Step {
    /// Until there is an address, and somebody to ask if there is a name to be found.
    Begin,
    /// IPv4 is asked for first, then IPv6; these were found.
    Finding { query: QueryId, six: bool, found: Vec<IpAddr> },
    /// The addresses of the server, which cannot be asked before the host may use an address of its own.
    Opening(Vec<IpAddr>),
    /// Where else the server may be.
    Fetching { request: RequestId, others: Vec<IpAddr> },
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
    pub fn fetch(url: &str, servers: Vec<SocketAddr>, sink: Sink, now: Time) -> Result<Self, Trouble> {
        let request = url.parse().map_err(|error| format!("--fetch {}: {error}", printable(url)))?;
        Ok(Self::new(What::Fetch(request), servers, sink, now))
    }

    /// Finds the addresses of a name.
    ///
    /// # Errors
    /// If it is none.
    pub fn resolve(name: &str, servers: Vec<SocketAddr>, sink: Sink, now: Time) -> Result<Self, Trouble> {
        let domain = name.parse().map_err(|error| format!("--resolve {}: {error}", printable(name)))?;
        Ok(Self::new(What::Resolve(domain), servers, sink, now))
    }

    fn new(what: What, servers: Vec<SocketAddr>, sink: Sink, now: Time) -> Self {
        let step = Step::Begin;
        Self {
            what,
            step,
            servers,
            sink,
            received: 0,
            since: now,
            readable: false,
            chunk: Vec::new(),
            quiet: false,
        }
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
        if let Step::Begin = self.step {
            self.begin(now, host)?;
        }
        if let Step::Finding { .. } = self.step
            && let Some(ending) = self.find(now, host)?
        {
            return Ok(Some(ending));
        }
        if let Step::Opening(addresses) = &mut self.step {
            let addresses = core::mem::take(addresses);
            self.open(now, host, addresses)?;
        }
        match self.step {
            Step::Fetching { .. } => self.receive(now, host),
            _ => Ok(None),
        }
    }

    fn begin(&mut self, now: Time, host: &mut Host) -> Result<(), Trouble> {
        if let Some(client) = host.get::<DhcpClient>() {
            let Some(lease) = client.lease() else { return Ok(()) };
            if self.servers.is_empty() {
                self.servers = lease.dns.iter().map(|server| SocketAddr::new((*server).into(), 53)).collect();
            }
        }
        // An address of IPv6 cannot be used before the host knows that nobody else has it.
        let own = host.stack.interfaces().iter().flat_map(|on| &on.addresses);
        let waits =
            own.into_iter().any(|own| own.state == AddressState::Tentative && own.network.addr().is_ipv6());
        if waits && self.servers.iter().any(SocketAddr::is_ipv6) {
            return Ok(());
        }
        match &self.what {
            What::Resolve(name) => {
                let name = name.clone();
                self.ask(now, host, &name, false, Vec::new())
            }
            What::Fetch(request) => {
                let (name, _) = request.server();
                match name.trim_matches(['[', ']']).parse::<IpAddr>() {
                    Ok(address) => self.open(now, host, vec![address]),
                    Err(_) => {
                        let name: Domain =
                            name.parse().map_err(|error| format!("{}: {error}", printable(name)))?;
                        self.ask(now, host, &name, false, Vec::new())
                    }
                }
            }
        }
    }

    fn ask(
        &mut self,
        now: Time,
        host: &mut Host,
        name: &Domain,
        six: bool,
        found: Vec<IpAddr>,
    ) -> Result<(), Trouble> {
        if host.get::<Resolver>().is_none() {
            if self.servers.is_empty() {
                return Err(format!(
                    "{name} cannot be looked up: no name server is known; give one with --name-server"
                ));
            }
            let upstream = Upstream::Servers(self.servers.clone());
            let started = host.start(now, Resolver::new(dns::resolver::Config::new(upstream)));
            started.map_err(|error| format!("the resolver cannot be started: {error}"))?;
        }
        let Some((stack, resolver)) = host.with::<Resolver>() else { return Ok(()) };
        let kind = if six { DnsType::AAAA } else { DnsType::A };
        let query = resolver.resolve(now, stack, name, kind).map_err(|error| format!("{name}: {error}"))?;
        self.step = Step::Finding { query, six, found };
        Ok(())
    }

    fn find(&mut self, now: Time, host: &mut Host) -> Result<Option<Ending>, Trouble> {
        let Step::Finding { query, six, found } = &mut self.step else { return Ok(None) };
        let mut answered: Option<Answer> = None;
        while let Some((of, answer)) =
            host.with::<Resolver>().and_then(|(_, resolver)| resolver.poll_answer())
        {
            if of == *query {
                answered = Some(answer);
            }
        }
        let Some(answer) = answered else { return Ok(None) };
        let mut found = core::mem::take(found);
        found.extend(answer.addresses());
        let name = match &self.what {
            What::Resolve(name) => name.clone(),
            What::Fetch(request) => {
                let name = request.server().0;
                name.parse().map_err(|error| format!("{}: {error}", printable(name)))?
            }
        };
        if !*six && answer.rcode == DnsRcode::NO_ERROR {
            self.ask(now, host, &name, true, found)?;
            // What is known already is answered at once.
            return self.find(now, host);
        }
        if found.is_empty() {
            return Err(match answer.rcode {
                DnsRcode::NO_ERROR => format!("{name} has no address"),
                other => format!("{name} cannot be found: {other}"),
            });
        }
        if let What::Resolve(_) = self.what {
            let lines: String = found.iter().map(|address| format!("{address}\n")).collect();
            self.sink.write(lines.as_bytes())?;
            self.sink.finish()?;
            return Ok(Some(Ending::Fine));
        }
        self.open(now, host, found)?;
        Ok(None)
    }

    fn open(&mut self, now: Time, host: &mut Host, mut addresses: Vec<IpAddr>) -> Result<(), Trouble> {
        let What::Fetch(request) = &self.what else { return Ok(()) };
        if host.get::<HttpClient>().is_none() {
            host.start(now, HttpClient::default()).map_err(|error| error.to_string())?;
        }
        let Some((stack, client)) = host.with::<HttpClient>() else { return Ok(()) };
        let all = addresses.clone();
        let mut last = Errno::EHOSTUNREACH;
        while !addresses.is_empty() {
            let to = SocketAddr::new(addresses.remove(0), request.server().1);
            match client.get(now, stack, to, request) {
                Ok(request) => {
                    self.step = Step::Fetching { request, others: addresses };
                    self.since = now;
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        let own = stack.interfaces().iter().flat_map(|on| &on.addresses);
        if own.into_iter().any(|own| own.state == AddressState::Tentative) {
            self.step = Step::Opening(all);
            return Ok(());
        }
        Err(format!("the server cannot be asked: {last}"))
    }

    fn receive(&mut self, now: Time, host: &mut Host) -> Result<Option<Ending>, Trouble> {
        let Step::Fetching { request, .. } = self.step else { return Ok(None) };
        let Some((stack, client)) = host.with::<HttpClient>() else { return Ok(None) };
        let mut failed = None;
        loop {
            // What is read has to go somewhere; until it can, it stays in the connection, and the server waits.
            while self.readable && self.sink.has_room() {
                self.chunk.resize(CHUNK, 0);
                match client.read(now, stack, request, &mut self.chunk) {
                    Ok(length @ 1..) => {
                        self.received += length as u64;
                        self.sink.write(self.chunk.get(..length).unwrap_or_default())?;
                    }
                    _ => self.readable = false,
                }
            }
            let Some((of, event)) = client.poll() else { break };
            if of != request {
                continue;
            }
            match event {
                Event::Head(head) if head.status != Status::OK => {
                    let to = head
                        .get("location")
                        .map(|to| format!(" to {}", printable(&String::from_utf8_lossy(to))));
                    return Err(format!("the server answers {}{}", head.status, to.unwrap_or_default()));
                }
                Event::Head(_) => {}
                Event::Body => self.readable = true,
                Event::End(_) => {
                    // An empty file is a file.
                    self.sink.write(&[])?;
                    self.sink.finish()?;
                    let took = (now - self.since).as_secs_f64();
                    if !self.quiet {
                        output::remark(&format!("{} bytes in {took:.3} s", self.received));
                    }
                    return Ok(Some(Ending::Fine));
                }
                Event::Failed(failure) => failed = Some(failure),
            }
        }
        let Some(failure) = failed else { return Ok(None) };
        // Of a server with several addresses another may answer.
        if let Step::Fetching { others, .. } = &mut self.step
            && self.received == 0
            && !others.is_empty()
        {
            let others = core::mem::take(others);
            self.open(now, host, others)?;
            return Ok(None);
        }
        Err(failure.to_string())
    }
}
