//! Real time.

use core::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::time::Time;

/// A clock that never goes back and never stands: each look at it gives a later time. It begins with the time of day.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Time,
    since: Instant,
    last: Time,
}

impl Default for Clock {
    fn default() -> Self {
        let day = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = Time::ZERO + day;
        Self { began, since: Instant::now(), last: began }
    }
}

impl Clock {
    /// What time it is.
    pub fn now(&mut self) -> Time {
        let now = self.began + self.since.elapsed();
        self.last = now.max(self.last + Duration::from_nanos(1));
        self.last
    }
}
