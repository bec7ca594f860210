//! What a link is like.

use core::time::Duration;

use crate::link::{Framing, Jitter, Limit, Loss, Probability, Queue, Rate, Reorder, TokenBucket};
use crate::packet::LinkType;

/// What a link is like. The default is a perfect one: no time passes, nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What frames begin with; the queue looks for the IP header that it marks.
    pub link: LinkType,
    /// The queue.
    pub queue: Queue,
    /// A shaper behind the queue.
    pub bucket: Option<TokenBucket>,
    /// How fast the line takes a frame; `None` is at once.
    pub rate: Option<Rate>,
    /// What a frame takes on the line beyond its own bytes.
    pub framing: Framing,
    /// From the last bit's leaving to its arrival.
    pub delay: Duration,
    /// By how much that varies.
    pub jitter: Jitter,
    /// Which frames get lost on the wire.
    pub loss: Loss,
    /// That one bit of a frame is turned over, any with the same probability. The frame arrives all the same, as if
    /// no check sequence had been looked at.
    pub corrupt: Probability,
    /// That a frame which is not lost arrives twice, at the same instant, corrupted or not.
    pub duplicate: Probability,
    /// Which frames overtake others.
    pub reorder: Option<Reorder>,
    /// What can be on the way at once, behind the queue, with what has happened and was not taken out yet. A frame
    /// beyond is dropped ([`Reason::InFlight`](crate::link::Reason::InFlight)); of a dropped one that finds no room
    /// only the counters know.
    pub in_flight: Limit,
}

impl Config {
    /// How long a frame of so many bytes takes in the long run, at the line's rate or the bucket's.
    pub(super) fn time_for(&self, length: usize) -> Duration {
        let slowest = self.bucket.map(|bucket| bucket.rate).into_iter().chain(self.rate).min();
        slowest.map_or(Duration::ZERO, |rate| rate.time_for(self.framing.bits(length)))
    }
}

impl Default for Config {
    /// Ethernet; a drop-tail queue of 1,000 frames; about a million frames and 256 MiB in flight, which is 200 ms of
    /// 10 Gbit/s; nothing else.
    fn default() -> Self {
        Self {
            link: LinkType::ETHERNET,
            queue: Queue::default(),
            bucket: None,
            rate: None,
            framing: Framing::NONE,
            delay: Duration::ZERO,
            jitter: Jitter::default(),
            loss: Loss::None,
            corrupt: Probability::NEVER,
            duplicate: Probability::NEVER,
            reorder: None,
            in_flight: Limit { packets: 1 << 20, bytes: 1 << 28 },
        }
    }
}
