//! Fetches a page.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::finder::Finder;
use super::{AGAIN, Errand, Task, is_settled, is_tentative, spaced};
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::dns::{Answer, Domain, Upstream};
use crate::stack::service::http::HttpClient;
use crate::stack::service::http::client::{Event as Told, Failure, Request, RequestId};
use crate::stack::service::{Figure, Service};
use crate::stack::{Errno, Event, Stack};
use crate::time::Time;

/// Fetches what a URL names, once or again and again, and throws it away. Its host may be an address, or a name: then its addresses are found first, those of
/// IPv4 and those of IPv6, and tried one after another until one answers.
///
/// Figures: `sent` (requests), `received` (whole answers), `status` (of the last). `rtt_min` and the others are times of whole answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    /// What to fetch.
    pub request: Request,
    /// Where its server is; `None`: where its host says.
    pub to: Option<SocketAddr>,
    /// How often.
    pub count: u64,
    /// From the end of one answer to the next request; at least a microsecond.
    pub interval: Duration,
    /// What comes is not thrown away but waits in the connection until it is read ([`Errand::read`]), and slows the server down meanwhile.
    pub hold: bool,
    /// Whom to ask for names; `None`: [whom the host asks](Stack::name_servers).
    pub upstream: Option<Upstream>,
}

impl Get {
    /// Once.
    pub const fn new(request: Request) -> Self {
        Self { request, to: None, count: 1, interval: Duration::from_secs(1), hold: false, upstream: None }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let finder = Finder::new(self.upstream.clone());
        let task = Getting {
            get: self,
            finder,
            client: HttpClient::default(),
            step: Step::Resting(Time::NEVER),
            addresses: Vec::new(),
            length: 0,
            sent: 0,
            received: 0,
            status: None,
            chunk: Vec::new(),
        };
        Errand::new(begin, task)
    }
}

#[derive(Debug)]
struct Getting {
    get: Get,
    finder: Finder,
    client: HttpClient,
    step: Step,
    /// Where the server is, as far as is known and not tried in vain.
    addresses: Vec<SocketAddr>,
    /// Bytes of this answer.
    length: u64,
    sent: u64,
    received: u64,
    status: Option<u16>,
    chunk: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// For addresses of this type.
    Finding(DnsType),
    /// Since then.
    Fetching(RequestId, Time),
    /// Until then.
    Resting(Time),
    Over,
}

/// What is read at once.
const CHUNK: usize = 65_536;

impl Getting {
    /// The name and port of its server, and the address if it is one.
    fn server(&self) -> (&str, u16, Option<SocketAddr>) {
        let (name, port) = self.get.request.server();
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        (name, port, self.get.to.or(address.map(|address| SocketAddr::new(address, port))))
    }

    fn fail(&mut self, now: Time, trouble: String, account: &mut Account) {
        account.fail(trouble);
        account.end(now);
        self.step = Step::Over;
    }

    /// Asks for addresses of a type.
    fn find(&mut self, now: Time, stack: &mut Stack, record_type: DnsType, account: &mut Account) {
        let name = self.server().0;
        let asked = match name.parse::<Domain>() {
            Ok(name) => self.finder.ask(now, stack, &name, record_type),
            Err(_) => Err(format!("{} is no name", name.escape_debug())),
        };
        match asked {
            Ok(()) => self.step = Step::Finding(record_type),
            Err(trouble) => self.fail(now, trouble, account),
        }
    }

    fn take(&mut self, now: Time, stack: &mut Stack, answer: &Answer, account: &mut Account) {
        let Step::Finding(record_type) = self.step else { return };
        let (name, port, _) = self.server();
        let name = format!("{}", name.escape_debug());
        let found = answer.addresses().map(|address| SocketAddr::new(address, port));
        self.addresses.extend(found);
        if record_type == DnsType::A && answer.rcode == DnsRcode::NO_ERROR {
            self.find(now, stack, DnsType::AAAA, account);
        } else if self.addresses.is_empty() {
            let trouble = match answer.rcode {
                DnsRcode::NO_ERROR => format!("{name} has no address"),
                other => format!("{name} cannot be found: {other}"),
            };
            self.fail(now, trouble, account);
        } else {
            self.open(now, stack, account);
        }
    }

    /// Asks the first of its addresses that can be asked.
    fn open(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.length = 0;
        while let Some(to) = self.addresses.first().copied() {
            match self.client.get(now, stack, to, &self.get.request) {
                Ok(request) => {
                    self.step = Step::Fetching(request, now);
                    self.sent = self.sent.saturating_add(1);
                    return;
                }
                Err(_) if is_tentative(stack, to.ip()) => return self.step = Step::Resting(now + AGAIN),
                Err(error) => {
                    account.refuse(&format!("{to} cannot be asked"), error);
                    self.addresses.remove(0);
                }
            }
        }
        account.end(now);
        self.step = Step::Over;
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        loop {
            if let Some(answer) = self.finder.poll() {
                self.take(now, stack, &answer, account);
            } else if let Some((of, told)) = self.client.poll() {
                if let Step::Fetching(request, since) = self.step
                    && of == request
                {
                    self.told(now, stack, since, told, account);
                }
            } else {
                break;
            }
        }
    }

    /// Reads content.
    fn take_content(
        &mut self,
        now: Time,
        stack: &mut Stack,
        into: &mut [u8],
        account: &mut Account,
    ) -> Result<usize, Errno> {
        let request = match self.step {
            Step::Fetching(request, _) => request,
            Step::Over if self.received >= self.get.count => return Ok(0),
            Step::Over => return Err(Errno::EPROTO),
            _ => return Err(Errno::EAGAIN),
        };
        let length = self.client.read(now, stack, request, into)?;
        if length > 0 {
            account.deliver(now, length);
            self.length = self.length.saturating_add(length as u64);
        }
        Ok(length)
    }

    fn told(&mut self, now: Time, stack: &mut Stack, since: Time, told: Told, account: &mut Account) {
        match told {
            Told::Head(head) => {
                account.deliver(now, 0);
                self.status = Some(head.status.0);
                let to = head.get("location").map(|to| format!(", it is at \"{}\"", to.escape_ascii()));
                let after = Figure::Time(now - since);
                account.say(format!("{} after {after}{}", head.status, to.unwrap_or_default()));
            }
            Told::Body if self.get.hold => {}
            Told::Body => {
                let mut chunk = core::mem::take(&mut self.chunk);
                while let Ok(1..) = self.take_content(now, stack, &mut chunk, account) {}
                self.chunk = chunk;
            }
            Told::End(_) => {
                self.received = self.received.saturating_add(1);
                account.rtt.add(now - since);
                account.say(format!("{} bytes after {}", self.length, Figure::Time(now - since)));
                if self.sent >= self.get.count {
                    account.end(now);
                    self.step = Step::Over;
                } else {
                    self.step = Step::Resting(now + spaced(self.get.interval));
                }
            }
            // Of a server with several addresses another may answer.
            Told::Failed(Failure::Connection(_) | Failure::Late)
                if self.addresses.len() > 1 && self.length == 0 =>
            {
                let silent = self.addresses.remove(0);
                account.fail(format!("{silent} does not answer; another is asked"));
                self.open(now, stack, account);
            }
            Told::Failed(failure) => self.fail(now, format!("{failure}"), account),
        }
    }
}

impl Task for Getting {
    fn name(&self) -> &'static str {
        "get"
    }

    fn is_ready(&self, stack: &Stack) -> bool {
        match self.server() {
            (.., Some(to)) => is_settled(stack, to.ip()),
            _ => self.finder.is_ready(stack),
        }
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.chunk.resize(CHUNK, 0);
        match self.server() {
            (.., Some(to)) => {
                self.addresses = vec![to];
                self.open(now, stack, account);
            }
            _ => self.find(now, stack, DnsType::A, account),
        }
        self.go_on(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let ours = self.finder.on_event(now, stack, event) || self.client.on_event(now, stack, event);
        self.go_on(now, stack, account);
        ours
    }

    fn due(&self) -> Option<Time> {
        let rest = if let Step::Resting(until) = self.step { Some(until) } else { None };
        let rest = rest.filter(|until| *until < Time::NEVER);
        [rest, self.finder.due(), self.client.next_deadline()].into_iter().flatten().min()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.finder.on_due(now, stack);
        self.client.on_deadline(now, stack);
        if let Step::Resting(until) = self.step
            && until <= now
        {
            self.open(now, stack, account);
        }
        self.go_on(now, stack, account);
    }

    fn read(
        &mut self,
        now: Time,
        stack: &mut Stack,
        into: &mut [u8],
        account: &mut Account,
    ) -> Result<usize, Errno> {
        let read = self.take_content(now, stack, into, account);
        self.go_on(now, stack, account);
        read
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent));
        each("received", Figure::Count(self.received));
        if let Some(status) = self.status {
            each("status", Figure::Count(status.into()));
        }
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.step = Step::Over;
        self.finder.stop(now, stack);
        self.client.stop(now, stack);
    }
}
