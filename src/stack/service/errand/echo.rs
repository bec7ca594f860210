//! Asks for echoes of UDP.

use core::net::SocketAddr;
use core::time::Duration;

use super::Errand;
use super::asking::Asking;
use super::numbers::Stamp;
use crate::stack::Kind;
use crate::time::Time;

/// Sends datagrams to a service that sends them back (RFC 862). They are numbered, so that it can be told what was lost, overtaken, and there twice.
///
/// Figures: `sent`, `received`, `lost`, `duplicates`, `reordered`. A reply that comes late is received after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// Whom to ask.
    pub to: SocketAddr,
    /// How often.
    pub count: u64,
    /// From one to the next; at least a microsecond.
    pub interval: Duration,
    /// Bytes of data in each; at least 20, which the number takes.
    pub size: usize,
    /// How long a reply may take.
    pub wait: Duration,
}

impl Echo {
    /// Four datagrams of 64 bytes, a second between them; replies may take a second.
    pub const fn new(to: SocketAddr) -> Self {
        let second = Duration::from_secs(1);
        Self { to, count: 4, interval: second, size: 64, wait: second }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let Self { to, count, interval, size, wait } = self;
        let (name, kind, size, hop_limit) = ("echo client", Kind::Datagram, size.max(Stamp::LENGTH), None);
        Errand::new(begin, Asking { name, kind, to, count, interval, size, hop_limit, wait }.task())
    }
}
