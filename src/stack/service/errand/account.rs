//! What every errand counts and says.

use alloc::format;
use alloc::string::String;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::stack::Errno;
use crate::stack::service::{Figure, Notices};
use crate::time::Time;

/// What an errand has done so far.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Bytes that came and were taken.
    pub bytes: u64,
    pub sent_bytes: u64,
    /// Calls that failed, ICMP errors, connections that broke.
    pub errors: u64,
    pub began: Option<Time>,
    pub connected: Option<Time>,
    /// When the first byte or reply came, and the last.
    pub first: Option<Time>,
    pub last: Option<Time>,
    pub done: Option<Time>,
    /// How long replies took.
    pub rtt: Spread,
    /// What went wrong last, so that it is not said again and again.
    trouble: Option<Errno>,
    /// The same in words.
    pub said: Option<String>,
    pub notices: Notices,
}

impl Account {
    pub fn say(&mut self, sentence: String) {
        self.notices.say(sentence);
    }

    /// Something has come.
    pub fn deliver(&mut self, now: Time, bytes: usize) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// So many bytes were given to the host.
    pub fn give(&mut self, bytes: usize) {
        self.trouble = None;
        self.sent_bytes = self.sent_bytes.saturating_add(bytes as u64);
    }

    /// Something went wrong.
    pub fn fail(&mut self, sentence: String) {
        self.errors = self.errors.saturating_add(1);
        self.said = Some(sentence.clone());
        self.say(sentence);
    }

    /// A call failed. What fails in the same way again is counted and not said again.
    pub fn refuse(&mut self, what: &str, error: Errno) {
        if self.trouble.replace(error) == Some(error) {
            self.errors = self.errors.saturating_add(1);
        } else {
            self.fail(format!("{what}: {}", error.meaning()));
        }
    }

    /// An ICMP error has come.
    pub fn on_undelivered(&mut self, error: Errno, to: SocketAddr, by: IpAddr, expired: bool) {
        self.fail(undelivered(error, to.ip(), by, expired));
    }

    /// It is through.
    pub fn end(&mut self, now: Time) {
        self.done.get_or_insert(now);
    }

    /// What all have in the same words.
    pub fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("bytes", Figure::Bytes(self.bytes));
        each("sent_bytes", Figure::Bytes(self.sent_bytes));
        each("errors", Figure::Count(self.errors));
        self.rtt.figures(["rtt_min", "rtt_mean", "rtt_max"], each);
        let instants = [
            ("began", self.began),
            ("connected", self.connected),
            ("first", self.first),
            ("done", self.done),
        ];
        for (name, instant) in instants {
            if let Some(instant) = instant {
                each(name, Figure::Time(instant - Time::ZERO));
            }
        }
        if let Some(rate) = self.first.zip(self.last).and_then(|span| rate(self.bytes, span)) {
            each("rate", rate);
        }
    }
}

/// Bytes in a span, as bits a second; none if the span is none.
pub(super) fn rate(bytes: u64, (from, to): (Time, Time)) -> Option<Figure> {
    let span = (to - from).as_nanos();
    let bits = u128::from(bytes).saturating_mul(8_000_000_000);
    let rate = bits.checked_div(span).filter(|_| bytes > 0)?;
    Some(Figure::Rate(u64::try_from(rate).unwrap_or(u64::MAX)))
}

/// An ICMP error in a sentence.
pub(super) fn undelivered(error: Errno, to: IpAddr, by: IpAddr, expired: bool) -> String {
    let what = match error {
        _ if expired => "time exceeded, its TTL or hop limit ran out",
        Errno::ENETUNREACH => "network unreachable",
        Errno::EHOSTUNREACH => "host unreachable",
        Errno::ECONNREFUSED => "port unreachable",
        Errno::ENOPROTOOPT => "protocol unreachable",
        Errno::EMSGSIZE => "packet too big",
        Errno::EPROTO => "parameter problem",
        other => other.meaning(),
    };
    format!("{by} says of a packet to {to}: {what}")
}

/// The least, the mean and the most of some spans.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    count: u64,
    sum: u128,
    least: Option<Duration>,
    most: Duration,
}

impl Spread {
    pub fn add(&mut self, span: Duration) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(span.as_nanos());
        self.least = Some(self.least.map_or(span, |least| least.min(span)));
        self.most = self.most.max(span);
    }

    /// Three figures, if there is one span at least.
    pub fn figures(&self, names: [&'static str; 3], each: &mut dyn FnMut(&'static str, Figure)) {
        let (Some(least), Some(mean)) = (self.least, self.sum.checked_div(u128::from(self.count))) else {
            return;
        };
        let mean = Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX));
        for (name, span) in names.into_iter().zip([least, mean, self.most]) {
            each(name, Figure::Time(span));
        }
    }
}
