//! Asks for echoes of ICMP.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::Errand;
use super::asking::Asking;
use crate::stack::Kind;
use crate::time::Time;

/// Sends echo requests and waits for the replies (RFC 792, RFC 4443 section 4).
///
/// Figures: `sent`, `received`, `lost`, `duplicates`, `reordered`. A reply that comes late is received after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Whom to ask.
    pub to: IpAddr,
    /// How often.
    pub count: u64,
    /// From one request to the next; at least a microsecond.
    pub interval: Duration,
    /// Bytes of data in each.
    pub size: usize,
    /// TTL or hop limit; `None`: that of the host.
    pub hop_limit: Option<u8>,
    /// How long a reply may take.
    pub wait: Duration,
}

impl Ping {
    /// Four requests, a second between them, with 56 bytes each; replies may take a second.
    pub const fn new(to: IpAddr) -> Self {
        let second = Duration::from_secs(1);
        Self { to, count: 4, interval: second, size: 56, hop_limit: None, wait: second }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let Self { to, count, interval, size, hop_limit, wait } = self;
        let (kind, to) = (Kind::Echo, SocketAddr::new(to, 0));
        Errand::new(begin, Asking { name: "ping", kind, to, count, interval, size, hop_limit, wait }.task())
    }
}
