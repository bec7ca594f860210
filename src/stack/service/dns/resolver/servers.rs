//! What is known of servers that were asked: how long they take, and what they do not understand.

use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use crate::time::Time;

/// Servers that are remembered, at most; of more the one that was not asked for longest is forgotten.
const MOST: usize = 1024;
/// After so long what was measured says nothing any more.
const FORGET: Duration = Duration::from_secs(900);
/// Every server has so long to answer.
const SHORTEST: Duration = Duration::from_millis(200);
/// No time is longer.
const LONGEST: Duration = Duration::from_secs(60);

/// How a server has answered so far.
#[derive(Clone, Copy, Debug)]
struct Health {
    /// The time that it takes, smoothed.
    time: Duration,
    /// It does not know EDNS (RFC 6891 section 6.2.2).
    plain: bool,
    asked: Time,
}

#[derive(Debug, Default)]
pub(super) struct Servers(BTreeMap<SocketAddr, Health>);

impl Servers {
    fn health(&self, now: Time, server: SocketAddr) -> Option<&Health> {
        self.0.get(&server).filter(|health| now.since(health.asked) < FORGET)
    }

    /// How long a server takes; nothing for one that was never asked, so that it is.
    pub fn time(&self, now: Time, server: SocketAddr) -> Duration {
        self.health(now, server).map_or(Duration::ZERO, |health| health.time)
    }

    /// After how long without an answer another is asked: several times what this one takes, and no longer than what is given.
    pub fn patience(&self, now: Time, server: SocketAddr, most: Duration) -> Duration {
        self.health(now, server).map_or(most, |health| health.time.saturating_mul(4).max(SHORTEST).min(most))
    }

    /// Whether it is asked without EDNS.
    pub fn is_plain(&self, now: Time, server: SocketAddr) -> bool {
        self.health(now, server).is_some_and(|health| health.plain)
    }

    /// It has answered.
    pub fn answered(&mut self, now: Time, server: SocketAddr, after: Duration) {
        self.change(now, server, |time| match time {
            // As TCP smooths round trips (RFC 6298 section 2), coarser.
            Some(time) => time.saturating_mul(3).saturating_add(after) / 4,
            None => after,
        });
    }

    /// It has not answered in time.
    pub fn silent(&mut self, now: Time, server: SocketAddr, after: Duration) {
        // One answer that is lost says little about a server that was fast before.
        let more = |time: Duration| time.saturating_mul(2).clamp(SHORTEST / 4, LONGEST);
        self.change(now, server, |time| time.map_or(after, more));
    }

    /// It does not understand EDNS.
    pub fn set_plain(&mut self, now: Time, server: SocketAddr) {
        self.change(now, server, Option::unwrap_or_default);
        if let Some(health) = self.0.get_mut(&server) {
            health.plain = true;
        }
    }

    fn change(&mut self, now: Time, server: SocketAddr, time: impl FnOnce(Option<Duration>) -> Duration) {
        let before = self.health(now, server).copied();
        let plain = before.is_some_and(|before| before.plain);
        let time = time(before.map(|before| before.time));
        if before.is_none() && self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, health)| health.asked).map(|(server, _)| *server);
            oldest.map(|oldest| self.0.remove(&oldest));
        }
        self.0.insert(server, Health { time, plain, asked: now });
    }
}
