//! Finds the routers on a path.

use alloc::format;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::{Account, undelivered};
use super::{Errand, Task};
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Kind, SocketId, SocketOption, Stack};
use crate::time::Time;

/// What is sent to find out who is on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Datagrams to ports on which nobody listens, from 33434 on: the destination says so.
    #[default]
    Udp,
    /// Echo requests: the destination answers.
    Icmp,
    /// Connections to a port: the destination takes or refuses them.
    Tcp(u16),
}

/// Sends with a TTL or hop limit of 1, 2, 3 and so on: each router on the way discards one, and says so (time exceeded: RFC 792, RFC 4443 section
/// 3.3), until the destination answers or one says that it cannot be reached.
///
/// Figures: `sent`, `received`, `lost`, `hops` (how far it came), `reached` (1 if the destination has answered). `rtt_min` and the others are of all hops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceroute {
    /// The destination.
    pub to: IpAddr,
    /// How many hops, at most.
    pub most: u8,
    /// What is sent.
    pub method: Method,
    /// How often for each hop; at least once.
    pub tries: u8,
    /// How long an answer may take.
    pub wait: Duration,
}

impl Traceroute {
    /// Up to 30 hops, each asked once by UDP; an answer may take a second.
    pub const fn new(to: IpAddr) -> Self {
        Self { to, most: 30, method: Method::Udp, tries: 1, wait: Duration::from_secs(1) }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let (sent, received, lost) = (0, 0, 0);
        let task =
            Tracing { trace: self, hop: 1, tried: 0, asked: None, reached: false, sent, received, lost };
        Errand::new(begin, task)
    }
}

#[derive(Debug)]
struct Tracing {
    trace: Traceroute,
    hop: u8,
    /// How often that hop was asked.
    tried: u8,
    /// By this socket, at that time: each question has its own, so that it is known what an answer is to.
    asked: Option<(SocketId, Time)>,
    reached: bool,
    sent: u64,
    received: u64,
    lost: u64,
}

/// The first port, as traceroute has had it from its beginning.
const PORT: u16 = 33_434;

impl Tracing {
    fn ask(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let (kind, port) = match self.trace.method {
            Method::Udp => {
                (Kind::Datagram, PORT.saturating_add(u16::try_from(self.sent).unwrap_or(u16::MAX)))
            }
            Method::Icmp => (Kind::Echo, 0),
            Method::Tcp(port) => (Kind::Stream, port),
        };
        let to = SocketAddr::new(self.trace.to, port);
        let sent = stack.socket(kind).and_then(|socket| {
            self.asked = Some((socket, now));
            stack.set_option(socket, SocketOption::HopLimit(Some(self.hop)))?;
            match kind {
                Kind::Stream => stack.connect(now, socket, to),
                _ => stack.send_to(now, socket, &[0; 32], to).map(|length| account.give(length)),
            }
        });
        if let Err(error) = sent {
            account.refuse("it cannot be sent", error);
            self.stop(now, stack);
            account.end(now);
            return;
        }
        (self.tried, self.sent) = (self.tried.saturating_add(1), self.sent.saturating_add(1));
    }

    /// What was asked is answered, or not; the next is asked.
    fn go_on(&mut self, now: Time, stack: &mut Stack, last: bool, account: &mut Account) {
        self.stop(now, stack);
        if self.tried >= self.trace.tries {
            if last || self.hop >= self.trace.most {
                account.end(now);
                return;
            }
            (self.hop, self.tried) = (self.hop.saturating_add(1), 0);
        }
        self.ask(now, stack, account);
    }

    /// Somebody has answered.
    fn answered(&mut self, now: Time, by: IpAddr, what: Option<&str>, account: &mut Account) {
        let Some((_, since)) = self.asked else { return };
        let span = now - since;
        self.received = self.received.saturating_add(1);
        account.deliver(now, 0);
        account.rtt.add(span);
        self.reached |= by == self.trace.to;
        let what = what.map_or_else(Default::default, |what| format!(" ({what})"));
        account.say(format!("{}  {by}  {}{what}", self.hop, Figure::Time(span)));
    }
}

impl Task for Tracing {
    fn name(&self) -> &'static str {
        "traceroute"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.trace.to)
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.ask(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let Some((socket, _)) = self.asked.filter(|(socket, _)| event.socket() == Some(*socket)) else {
            return false;
        };
        let to = self.trace.to;
        match *event {
            Event::Undelivered { by, expired: true, .. } => {
                self.answered(now, by, None, account);
                self.go_on(now, stack, false, account);
            }
            Event::Undelivered { error: Errno::EMSGSIZE, .. } => {}
            // At the destination a closed port is what was wanted; everything else is the end too.
            Event::Undelivered { error, by, .. } => {
                let wanted = by == to && error == Errno::ECONNREFUSED;
                let what = undelivered(error, to, by, false);
                self.answered(now, by, (!wanted).then_some(what.as_str()), account);
                self.go_on(now, stack, true, account);
            }
            Event::Connected(_) | Event::Closed(_, Some(Errno::ECONNREFUSED)) => {
                self.answered(now, to, None, account);
                self.go_on(now, stack, true, account);
            }
            Event::Readable(_) => {
                if let Ok((length, origin)) = stack.recv_from(socket, &mut [0; 64]) {
                    account.deliver(now, length);
                    self.answered(now, origin.address.ip(), None, account);
                    self.go_on(now, stack, self.reached, account);
                }
            }
            _ => {}
        }
        true
    }

    fn due(&self) -> Option<Time> {
        self.asked.map(|(_, since)| since + self.trace.wait)
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.lost = self.lost.saturating_add(1);
        account.say(format!("{}  no answer within {}", self.hop, Figure::Time(self.trace.wait)));
        self.go_on(now, stack, self.reached, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent));
        each("received", Figure::Count(self.received));
        each("lost", Figure::Count(self.lost));
        each("hops", Figure::Count(self.hop.into()));
        each("reached", Figure::Count(self.reached.into()));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        if let Some((socket, _)) = self.asked.take() {
            let _ = stack.close(now, socket);
        }
    }
}
