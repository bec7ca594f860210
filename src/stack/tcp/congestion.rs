//! How much may be in the network: the congestion window.
//!
//! Slow start and what happens at a loss are the same for all algorithms ([RFC 5681](https://www.rfc-editor.org/rfc/rfc5681));
//! they differ in how the window grows behind that, and by how much it falls. All in bytes, all in integers.

mod cubic;
mod hystart;
mod reno;

use core::time::Duration;

use super::{Algorithm, Config, FallFrom};
use crate::time::Time;
use cubic::Cubic;
use hystart::HyStart;
use reno::Reno;

/// The congestion window.
#[derive(Clone, Debug)]
pub(crate) struct Congestion {
    /// The window, in bytes.
    pub window: u64,
    /// Below it is slow start (`ssthresh`), in bytes.
    pub threshold: u64,
    /// The size of a full segment, in bytes.
    segment: u64,
    /// By how many segments one acknowledgment lets it grow there, at most.
    limit: Option<u32>,
    growth: Growth,
    hystart: Option<HyStart>,
    before: Option<Before>,
}

/// The segment that RFC 6928 reckons with: of more than this fewer go out at the start.
const USUAL: u64 = 1460;

/// How the window grows behind slow start.
#[derive(Clone, Debug)]
enum Growth {
    Reno(Reno),
    Cubic(Cubic),
}

impl Growth {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Reno => Self::Reno(Reno::default()),
            Algorithm::Cubic => Self::Cubic(Cubic::default()),
        }
    }
}

/// What was before the window fell.
#[derive(Clone, Debug)]
struct Before {
    window: u64,
    threshold: u64,
    growth: Growth,
}

/// What an acknowledgment says that a window can grow by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Bytes that were acknowledged.
    pub bytes: u64,
    /// The position up to which everything is acknowledged.
    pub una: u64,
    /// The position of what is sent next.
    pub nxt: u64,
    /// A round-trip time measured by it.
    pub round_trip: Option<Duration>,
    /// The smoothed one.
    pub smoothed: Option<Duration>,
}

impl Congestion {
    pub fn new(config: &Config, segment: u64) -> Self {
        Self {
            window: Self::initial(config, segment),
            threshold: u64::MAX,
            segment,
            limit: config.slow_start_limit,
            growth: Growth::new(config.congestion),
            hystart: config.hystart.then(HyStart::default),
            before: None,
        }
    }

    /// The window at the start of a connection (RFC 6928 section 2).
    pub fn initial(config: &Config, segment: u64) -> u64 {
        let segments = u64::from(config.initial_window);
        let most = match config.initial_window_in_bytes {
            true => segments.saturating_mul(USUAL).max(segment.saturating_mul(2)),
            false => u64::MAX,
        };
        segment.saturating_mul(segments).min(most)
    }

    /// The window grows in another way from now on.
    pub fn choose(&mut self, algorithm: Algorithm) {
        self.growth = Growth::new(algorithm);
    }

    /// Whether the window doubles with every round trip.
    pub const fn in_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// Something was acknowledged, and the window was used up (RFC 5681 section 3.1, RFC 9406).
    pub fn on_progress(&mut self, now: Time, progress: &Progress) {
        let mut bytes = progress.bytes;
        if self.in_slow_start() {
            let most = self.limit.map_or(u64::MAX, |limit| self.segment.saturating_mul(u64::from(limit)));
            let usual = bytes.min(self.threshold.saturating_sub(self.window)).min(most);
            // Once something was lost, the threshold is known (RFC 9406 section 4.3).
            let grown = match &mut self.hystart {
                Some(hystart) if self.threshold == u64::MAX => hystart.grow(usual, progress),
                _ => Some(usual),
            };
            match grown {
                Some(grown) => self.window = self.window.saturating_add(grown),
                None => self.threshold = self.window,
            }
            bytes = bytes.saturating_sub(usual);
        }
        if bytes > 0 && !self.in_slow_start() {
            match &mut self.growth {
                Growth::Reno(reno) => self.window = reno.grow(self.window, self.segment, bytes),
                Growth::Cubic(cubic) => {
                    let round_trip = progress.smoothed.unwrap_or_default();
                    self.window = cubic.grow(now, round_trip, self.window, self.segment, bytes);
                }
            }
        }
    }

    /// Congestion was seen while so many bytes were on their way (RFC 5681 section 3.2, RFC 9438 section 4.6): the threshold falls, and
    /// what the window becomes is said by who asks.
    pub fn on_congestion(&mut self, config: &Config, in_flight: u64) {
        let (window, threshold, growth) = (self.window, self.threshold, self.growth.clone());
        self.before = Some(Before { window, threshold, growth });
        let in_flight = match config.fall_from {
            FallFrom::Window => self.window,
            FallFrom::Flight => in_flight.min(self.window),
        };
        let fallen = match &mut self.growth {
            Growth::Reno(reno) => reno.fall(in_flight),
            Growth::Cubic(cubic) => cubic.fall(in_flight),
        };
        // In whole segments: a part of one is not sent, but would make the window reach the next segment earlier. Where windows are
        // small, CUBIC was a quarter faster by that than RFC 9438 section 5 reckons.
        let whole = fallen.checked_div(self.segment).unwrap_or(0).saturating_mul(self.segment);
        self.threshold = whole.max(self.segment.saturating_mul(2));
        if let Some(hystart) = &mut self.hystart {
            *hystart = HyStart::default();
        }
    }

    /// No acknowledgment came in time: one segment, and what is still held to be in the network (RFC 5681 section 3.1).
    pub fn on_timeout(&mut self, in_network: u64) {
        self.window = in_network.saturating_add(self.segment);
        if let Growth::Cubic(cubic) = &mut self.growth {
            cubic.forget();
        }
    }

    /// The window fell for nothing: it is as before (RFC 4015).
    pub fn undo(&mut self) {
        if let Some(before) = self.before.take() {
            self.window = self.window.max(before.window);
            self.threshold = self.threshold.max(before.threshold);
            self.growth = before.growth;
        }
    }

    /// What was before is not to come back.
    pub fn settle(&mut self) {
        self.before = None;
    }

    /// Nothing was sent for some timeouts: the window is the initial one again, or is halved for each, down to that (RFC 5681 section 4.1).
    pub fn on_idle(&mut self, config: &Config, timeouts: u32) {
        let restart = Self::initial(config, self.segment);
        self.threshold = self.threshold.max((self.window / 4).saturating_mul(3));
        let halved = if config.idle_halves { self.window.checked_shr(timeouts).unwrap_or(0) } else { 0 };
        self.window = halved.max(restart.min(self.window));
    }

    /// For so long there was nothing to send (RFC 9438 section 5.8): the window does not grow by that time.
    pub fn on_quiet(&mut self, now: Time, span: Duration) {
        if let Growth::Cubic(cubic) = &mut self.growth {
            cubic.pause(now, span);
        }
    }

    /// Segments have another size now: of shorter ones the windows have no more than they had of the others.
    pub fn set_segment(&mut self, segment: u64) {
        for window in [&mut self.window, &mut self.threshold] {
            if *window < u64::MAX && segment < self.segment {
                let segments = window.checked_div(self.segment).unwrap_or(0);
                *window = segments.saturating_mul(segment);
            }
        }
        self.segment = segment;
    }
}
