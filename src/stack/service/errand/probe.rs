//! Finds which ports are open.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::Account;
use super::{Errand, Over, Task};
use crate::stack::service::Figure;
use crate::stack::{Errno, Event, Kind, SocketId, Stack};
use crate::time::Time;

/// Says of each port whether it is open, closed, or nothing came. An open port of TCP takes a connection and a closed one refuses it (RFC 9293 section
/// 3.5.2); an open port of UDP may answer, and of a closed one ICMP says so (RFC 1122 section 4.1.3.1).
///
/// Figures: `open`, `closed`, `silent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Whose ports.
    pub to: IpAddr,
    /// The ports.
    pub ports: Vec<u16>,
    /// Of UDP or TCP.
    pub over: Over,
    /// How long an answer may take.
    pub wait: Duration,
}

impl Probe {
    /// Ports of TCP; an answer may take a second.
    pub fn new(to: IpAddr, ports: impl IntoIterator<Item = u16>) -> Self {
        Self { to, ports: ports.into_iter().collect(), over: Over::Tcp, wait: Duration::from_secs(1) }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let (asked, counts) = Default::default();
        Errand::new(begin, Probing { probe: self, next: 0, asked, counts })
    }
}

/// Ports that are asked at once, at most.
const AT_ONCE: usize = 32;

#[derive(Debug)]
struct Probing {
    probe: Probe,
    /// Which port is asked next.
    next: usize,
    asked: BTreeMap<SocketId, (u16, Time)>,
    /// Open, closed, silent.
    counts: [u64; 3],
}

#[derive(Clone, Copy)]
enum Finding {
    Open,
    Closed,
    Silent,
}

impl Probing {
    /// Asks as many as may be asked at once.
    fn ask(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        while self.asked.len() < AT_ONCE
            && let Some(port) = self.probe.ports.get(self.next).copied()
        {
            self.next = self.next.saturating_add(1);
            let kind = if self.probe.over == Over::Tcp { Kind::Stream } else { Kind::Datagram };
            let to = SocketAddr::new(self.probe.to, port);
            let socket = match stack.socket(kind) {
                Ok(socket) => socket,
                Err(error) => {
                    account.refuse("it cannot ask", error);
                    continue;
                }
            };
            let sent = match kind {
                Kind::Stream => stack.connect(now, socket, to),
                _ => stack.send_to(now, socket, &[], to).map(drop),
            };
            if let Err(error) = sent {
                let _ = stack.close(now, socket);
                account.refuse(&format!("port {port} cannot be asked"), error);
                continue;
            }
            self.asked.insert(socket, (port, now));
        }
        if self.asked.is_empty() {
            account.end(now);
        }
    }

    fn find(
        &mut self,
        now: Time,
        stack: &mut Stack,
        socket: SocketId,
        found: Finding,
        account: &mut Account,
    ) {
        let Some((port, since)) = self.asked.remove(&socket) else { return };
        let _ = stack.close(now, socket);
        let (word, counter) = match (found, &mut self.counts) {
            (Finding::Open, [open, ..]) => ("is open", open),
            (Finding::Closed, [_, closed, _]) => ("is closed", closed),
            (Finding::Silent, [.., silent]) => ("does not answer", silent),
        };
        *counter = counter.saturating_add(1);
        if let Finding::Silent = found {
            account.say(format!("port {port} {word} within {}", Figure::Time(self.probe.wait)));
        } else {
            account.deliver(now, 0);
            account.rtt.add(now - since);
            account.say(format!("port {port} {word}"));
        }
    }
}

impl Task for Probing {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.probe.to)
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.ask(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let Some(socket) = event.socket().filter(|socket| self.asked.contains_key(socket)) else {
            return false;
        };
        let found = match *event {
            Event::Connected(_) => Some(Finding::Open),
            Event::Readable(_) if self.probe.over == Over::Udp => Some(Finding::Open),
            Event::Closed(_, Some(Errno::ECONNREFUSED)) => Some(Finding::Closed),
            Event::Closed(..) => Some(Finding::Silent),
            // Only the destination knows of its ports.
            Event::Undelivered { error: Errno::ECONNREFUSED, by, .. } if by == self.probe.to => {
                Some(Finding::Closed)
            }
            Event::Undelivered { error, to, by, expired, .. } => {
                account.on_undelivered(error, to, by, expired);
                None
            }
            _ => None,
        };
        if let Some(found) = found {
            self.find(now, stack, socket, found, account);
            self.ask(now, stack, account);
        }
        true
    }

    fn due(&self) -> Option<Time> {
        self.asked.values().map(|(_, since)| *since + self.probe.wait).min()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let wait = self.probe.wait;
        let late: Vec<SocketId> = self
            .asked
            .iter()
            .filter(|(_, (_, since))| *since + wait <= now)
            .map(|(socket, _)| *socket)
            .collect();
        for socket in late {
            self.find(now, stack, socket, Finding::Silent, account);
        }
        self.ask(now, stack, account);
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        for (name, count) in ["open", "closed", "silent"].into_iter().zip(self.counts) {
            each(name, Figure::Count(count));
        }
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        for (socket, _) in core::mem::take(&mut self.asked) {
            let _ = stack.close(now, socket);
        }
    }
}
