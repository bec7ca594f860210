//! Asks for names: by a resolver of the errand's own.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::is_settled;
use crate::names::DnsType;
use crate::stack::service::Service;
use crate::stack::service::dns::{Answer, Domain, Resolver, Upstream, resolver};
use crate::stack::{Event, Stack};
use crate::time::Time;

/// A resolver, and whom it asks.
#[derive(Debug)]
pub(super) struct Finder {
    /// `None`: whom the host is told to ask.
    upstream: Option<Upstream>,
    resolver: Option<Resolver>,
}

/// Where name servers listen (RFC 1035 section 4.2).
const PORT: u16 = 53;

impl Finder {
    pub const fn new(upstream: Option<Upstream>) -> Self {
        Self { upstream, resolver: None }
    }

    /// Whether the host can ask.
    pub fn is_ready(&self, stack: &Stack) -> bool {
        let first = match &self.upstream {
            Some(Upstream::Servers(servers)) => servers.first().map(SocketAddr::ip),
            Some(Upstream::Root(servers)) => servers.first().map(|(_, address)| *address),
            None => stack.name_servers().first().copied(),
        };
        is_settled(stack, first.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// Asks for records of a name.
    ///
    /// # Errors
    /// Why that cannot be, in words.
    pub fn ask(
        &mut self,
        now: Time,
        stack: &mut Stack,
        name: &Domain,
        record_type: DnsType,
    ) -> Result<(), String> {
        if self.resolver.is_none() {
            let learned = || {
                let known = stack.name_servers().iter().map(|server| SocketAddr::new(*server, PORT));
                Upstream::Servers(known.collect())
            };
            let upstream = self.upstream.clone().unwrap_or_else(learned);
            if upstream == Upstream::Servers([].into()) {
                return Err("no name server is known".to_owned());
            }
            self.resolver = Some(Resolver::new(resolver::Config::new(upstream)));
        }
        let Some(resolver) = &mut self.resolver else { return Ok(()) };
        match resolver.resolve(now, stack, name, record_type) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{name} cannot be asked for: {}", error.meaning())),
        }
    }

    /// Whether an event is about one of its sockets.
    pub fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        self.resolver.as_mut().is_some_and(|resolver| resolver.on_event(now, stack, event))
    }

    pub fn due(&self) -> Option<Time> {
        self.resolver.as_ref().and_then(Service::next_deadline)
    }

    pub fn on_due(&mut self, now: Time, stack: &mut Stack) {
        if let Some(resolver) =
            self.resolver.as_mut().filter(|of| of.next_deadline().is_some_and(|due| due <= now))
        {
            resolver.on_deadline(now, stack);
        }
    }

    /// The next answer.
    pub fn poll(&mut self) -> Option<Answer> {
        self.resolver.as_mut()?.poll_answer().map(|(_, answer)| answer)
    }

    pub fn stop(&mut self, now: Time, stack: &mut Stack) {
        if let Some(resolver) = &mut self.resolver {
            resolver.stop(now, stack);
        }
    }
}
