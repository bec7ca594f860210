//! The wire behind the line: what is lost, changed, doubled, and when the rest arrives.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::link::Config;
use crate::link::drops::Reason;
use crate::link::loss::Losses;
use crate::link::orders::Orders;
use crate::link::probability::Probability;
use crate::random::Random;
use crate::time::Time;

/// By how much the delay varies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Jitter {
    /// The delay is shorter or longer by at most so much, each as likely; it is never less than nothing.
    pub span: Duration,
    /// A frame whose delay is short enough overtakes those before it. Otherwise it waits for them, and arrives at the
    /// same instant as the last of them.
    pub overtakes: bool,
}

/// Frames that overtake others because they are not delayed, as netem has it. It takes a delay to see any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reorder {
    /// How likely a frame that can be chosen is chosen.
    pub probability: Probability,
    /// Of so many frames one can be chosen; 1 is all.
    pub gap: NonZeroU32,
}

impl Reorder {
    /// Any frame, with this probability.
    pub const fn new(probability: Probability) -> Self {
        Self { probability, gap: NonZeroU32::MIN }
    }
}

/// What happens to one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) lost: Option<Reason>,
    /// The bit that is turned over.
    pub(super) flipped: Option<u64>,
    pub(super) doubled: bool,
    /// When it arrives, if it is not lost.
    pub(super) arrival: Time,
    /// It arrives before one that left earlier and arrives too.
    pub(super) overtakes: bool,
}

/// The wire. Each impairment has a stream of its own, and takes as many numbers of it for a frame that another one
/// has lost as for any. So what is switched on or off changes nothing in the others.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    losses: (Losses, Random),
    corrupt: (Probability, Random),
    duplicate: (Probability, Random),
    delay: u64,
    jitter: (Jitter, Random),
    reorder: (Option<Reorder>, Random),
    /// Frames since the last that could be chosen to overtake.
    since: u32,
    /// The latest arrival of a frame so far, of any and of those not lost.
    front: Time,
    arriving: Time,
}

impl Wire {
    /// The streams are taken from `seeds`, always the same number of them.
    pub(super) fn new(config: &Config, seeds: &mut Random) -> Self {
        let mut stream = || Random::new(seeds.number());
        Self {
            losses: (Losses::new(&config.loss), stream()),
            corrupt: (config.corrupt, stream()),
            duplicate: (config.duplicate, stream()),
            delay: nanoseconds(config.delay),
            jitter: (config.jitter, stream()),
            reorder: (config.reorder, stream()),
            since: 0,
            front: Time::ZERO,
            arriving: Time::ZERO,
        }
    }

    /// Another wire from now on, with the same streams.
    pub(super) fn configure(&mut self, config: &Config) {
        self.losses.0.configure(&config.loss);
        self.corrupt.0 = config.corrupt;
        self.duplicate.0 = config.duplicate;
        self.delay = nanoseconds(config.delay);
        self.jitter.0 = config.jitter;
        self.reorder.0 = config.reorder;
    }

    /// What was on it is gone.
    pub(super) fn clear(&mut self, now: Time) {
        self.front = self.front.min(now);
        self.arriving = self.arriving.min(now);
    }

    /// What happens to a frame of so many bytes whose last bit has left.
    pub(super) fn pass(&mut self, left: Time, length: usize, orders: &Orders) -> Passage {
        let (losses, random) = &mut self.losses;
        let by_chance = losses.next(random);
        let lost = if orders.lose { Some(Reason::Rule) } else { by_chance };
        let (corrupt, random) = &mut self.corrupt;
        let hit = corrupt.happens(random) || orders.corrupt;
        let bit = random.below((length as u64).saturating_mul(8));
        let (duplicate, random) = &mut self.duplicate;
        let doubled = duplicate.happens(random) || orders.duplicate;
        let arrival = self.arrival(left) + orders.delay;
        let overtakes = lost.is_none() && arrival < self.arriving;
        if lost.is_none() {
            self.arriving = self.arriving.max(arrival);
        }
        Passage { lost, flipped: (hit && length > 0).then_some(bit), doubled, arrival, overtakes }
    }

    fn arrival(&mut self, left: Time) -> Time {
        let (jitter, random) = &mut self.jitter;
        let span = nanoseconds(jitter.span);
        let draw = random.below(span.saturating_mul(2).saturating_add(1));
        let delay = self.delay.saturating_add(draw).saturating_sub(span);
        let jumps = self.jumps();
        let mut arrival = if jumps { left } else { left + Duration::from_nanos(delay) };
        if !jumps && !self.jitter.0.overtakes {
            arrival = arrival.max(self.front);
        }
        self.front = self.front.max(arrival);
        arrival
    }

    fn jumps(&mut self) -> bool {
        let (reorder, random) = &mut self.reorder;
        let Some(Reorder { probability, gap }) = reorder else { return false };
        self.since = self.since.saturating_add(1);
        let chosen = probability.happens(random) && self.since >= gap.get();
        if self.since >= gap.get() {
            self.since = 0;
        }
        chosen
    }
}

fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
