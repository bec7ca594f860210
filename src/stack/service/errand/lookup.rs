//! Finds what the domain name system knows of a name.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::account::Account;
use super::finder::Finder;
use super::{Errand, Task};
use crate::names::{DnsRcode, DnsType};
use crate::stack::service::Figure;
use crate::stack::service::dns::{Answer, Domain, Upstream};
use crate::stack::{Errno, Event, Stack};
use crate::time::Time;

/// Asks for records of a name (RFC 1034 section 5.3) by a resolver of its own, one type after another.
///
/// Figures: `sent` (questions), `received` (answers), `answers` (records in them, aliases not counted). `rtt_min` and the others are times of whole questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The name.
    pub name: Domain,
    /// Of these types.
    pub types: Vec<DnsType>,
    /// Whom to ask; `None`: [whom the host asks](Stack::name_servers).
    pub upstream: Option<Upstream>,
}

impl Lookup {
    /// The addresses of a name, of whom the host asks.
    pub fn new(name: Domain) -> Self {
        Self { name, types: vec![DnsType::A, DnsType::AAAA], upstream: None }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let finder = Finder::new(self.upstream.clone());
        let (since, sent, received, answers, over) = (Time::ZERO, 0, 0, 0, false);
        let found = VecDeque::new();
        Errand::new(begin, Looking { lookup: self, finder, since, sent, received, answers, found, over })
    }
}

#[derive(Debug)]
struct Looking {
    lookup: Lookup,
    finder: Finder,
    /// When it asked last.
    since: Time,
    sent: usize,
    received: usize,
    answers: u64,
    /// Addresses, one a line, that were not read.
    found: VecDeque<u8>,
    over: bool,
}

impl Looking {
    /// Takes the answer, and asks for the next type.
    fn go_on(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        while let Some(answer) = self.finder.poll() {
            self.take(now, &answer, account);
            self.received = self.received.saturating_add(1);
            if answer.rcode == DnsRcode::NX_DOMAIN {
                // There is nothing of any type (RFC 8020).
                self.end(now, account);
            } else {
                self.ask(now, stack, account);
            }
        }
    }

    fn end(&mut self, now: Time, account: &mut Account) {
        self.over = true;
        account.end(now);
    }

    fn ask(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        let Some(record_type) = self.lookup.types.get(self.sent).copied() else {
            return self.end(now, account);
        };
        self.since = now;
        match self.finder.ask(now, stack, &self.lookup.name, record_type) {
            Ok(()) => self.sent = self.sent.saturating_add(1),
            Err(trouble) => {
                account.fail(trouble);
                self.end(now, account);
            }
        }
    }

    fn take(&mut self, now: Time, answer: &Answer, account: &mut Account) {
        let Some(record_type) = self.lookup.types.get(self.received).copied() else { return };
        account.deliver(now, 0);
        account.rtt.add(now - self.since);
        let (name, after) = (&self.lookup.name, Figure::Time(now - self.since));
        if answer.rcode != DnsRcode::NO_ERROR {
            return account
                .fail(format!("{name} {record_type} cannot be found: {}, after {after}", answer.rcode));
        }
        let of_type = answer.answers.iter().filter(|set| set.record_type == record_type);
        let count = of_type.fold(0, |count, set| set.records.len().saturating_add(count));
        self.answers = self.answers.saturating_add(count as u64);
        let addresses: Vec<_> = answer.addresses().map(|address| format!("{address}")).collect();
        for address in &addresses {
            self.found.extend(address.bytes().chain(*b"\n"));
        }
        account.say(match addresses.as_slice() {
            [] if count == 0 => format!("{name} {record_type}: nothing, after {after}"),
            [] => format!("{name} {record_type}: {count} records, after {after}"),
            some => format!("{name} {record_type}: {}, after {after}", some.join(" ")),
        });
    }
}

impl Task for Looking {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn is_ready(&self, stack: &Stack) -> bool {
        self.finder.is_ready(stack)
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.ask(now, stack, account);
        self.go_on(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let ours = self.finder.on_event(now, stack, event);
        self.go_on(now, stack, account);
        ours
    }

    fn due(&self) -> Option<Time> {
        self.finder.due()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.finder.on_due(now, stack);
        self.go_on(now, stack, account);
    }

    fn read(&mut self, _: Time, _: &mut Stack, into: &mut [u8], _: &mut Account) -> Result<usize, Errno> {
        if self.found.is_empty() && !self.over {
            return Err(Errno::EAGAIN);
        }
        let length = self.found.len().min(into.len());
        into.iter_mut().zip(self.found.drain(..length)).for_each(|(place, byte)| *place = byte);
        Ok(length)
    }

    fn figures(&self, _: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        each("sent", Figure::Count(self.sent as u64));
        each("received", Figure::Count(self.received as u64));
        each("answers", Figure::Count(self.answers));
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.finder.stop(now, stack);
    }
}
