//! What one direction of a wire does to frames, in virtual time: a netem for programs.
//!
//! ```text
//!           ┌─────── queue ───────┐   ┌──── line ────┐   ┌────────────── wire ──────────────┐
//!  send ──► │ drop-tail,          │──►│ rate,        │──►│ loss, corruption, duplication,   │──► poll
//!           │ CoDel, RED, marks   │   │ token bucket │   │ delay, jitter, reordering        │
//!           └─────────────────────┘   └──────────────┘   └──────────────────────────────────┘
//! ```
//!
//! A [`Link`] does no input or output, and has no clock: it is told what time it is, and says when something happens
//! next. A [`Cable`] is two of them. Whoever drives it does this:
//!
//! ```
//! use core::time::Duration;
//! use layercake::link::{Config, Framing, Link, Probability, Rate};
//! use layercake::time::Time;
//!
//! let config = Config {
//!     rate: Some(Rate::mbit(10)),
//!     framing: Framing::ETHERNET,
//!     delay: Duration::from_millis(20),
//!     duplicate: Probability::percent(100),
//!     ..Config::default()
//! };
//! let mut link = Link::new(&config, 7);
//! link.send(Time::ZERO, vec![0; 1514]);
//! link.send(Time::ZERO, vec![1; 1514]);
//!
//! let mut arrivals = Vec::new();
//! while let Some(now) = link.next_deadline() {
//!     while let Some(delivery) = link.poll_deliver(now) {
//!         arrivals.push((delivery.time.nanoseconds(), delivery.frame[0], delivery.copy));
//!     }
//! }
//! // 1,538 bytes take 1.2304 ms on the line.
//! let [first, second] = [21_230_400, 22_460_800];
//! assert_eq!(arrivals, [(first, 0, false), (first, 0, true), (second, 1, false), (second, 1, true)]);
//! assert_eq!((link.counters().sent, link.counters().delivered, link.held()), (2, 4, 0));
//! ```
//!
//! The same configuration, the same seed and the same frames at the same times give the same, on any machine. Each
//! impairment draws from a stream of its own, as often for a frame that is lost as for any: with loss switched on,
//! the frames that arrive do so when and as they would have without.
//!
//! Everything has a bound: the queue by [`Queue::limit`], what is on the way by [`Config::in_flight`].
//!
//! | what | here | netem or tc |
//! |---|---|---|
//! | [`Rate`], [`Framing`] | exact to fractions of a nanosecond, carried from frame to frame | `rate 10mbit 24` |
//! | [`TokenBucket`] | a rate and a burst | `tbf rate 1mbit burst 10k` |
//! | [`Config::delay`], [`Jitter`] | evenly spread; keeps the order unless asked | `delay 20ms 5ms` |
//! | [`Loss`] | Bernoulli, Gilbert-Elliott, a list | `loss 1%`, `loss gemodel` |
//! | [`Reorder`] | frames that are not delayed | `reorder 25% gap 5` |
//! | [`Config::duplicate`], [`Config::corrupt`] | a copy right behind; one bit | `duplicate 1%`, `corrupt 0.1%` |
//! | [`Discipline`] | drop-tail, [`Codel`], [`Red`], both with marks | `pfifo`, `bfifo`, `codel ecn`, `red ecn` |
//! | [`Orders`] | loss, corruption, duplication and delay of single frames, chosen by whoever sends them | `tc filter` |
//! | [`Link::configure`], [`Link::cut`] | a link that becomes another one, a wire that is cut | `tc qdisc change`, `ip link set down` |

mod bucket;
mod cable;
mod change;
mod config;
mod counters;
mod decimal;
mod drops;
mod ecn;
mod event;
mod flight;
#[cfg(feature = "stack")]
mod impaired;
mod loss;
mod orders;
mod probability;
mod queue;
mod rate;
#[cfg(any(feature = "tap", feature = "sim"))]
mod trace;
mod wire;
#[cfg(any(feature = "tap", feature = "sim"))]
mod words;

pub use bucket::TokenBucket;
pub use cable::Cable;
pub use config::Config;
pub use counters::Counters;
pub use decimal::NumberError;
pub use drops::{Drops, Reason};
pub use ecn::mark;
pub use event::{Delivery, Dropped, Event};
#[cfg(feature = "stack")]
pub use impaired::{Bridge, Impaired};
pub use loss::Loss;
pub use orders::Orders;
pub use probability::Probability;
pub use queue::{Codel, Discipline, Limit, Queue, Red};
pub use rate::{Framing, Rate};
#[cfg(any(feature = "tap", feature = "sim"))]
pub use trace::Trace;
pub use wire::{Jitter, Reorder};
#[cfg(any(feature = "tap", feature = "sim"))]
pub use words::Words;
#[cfg(any(feature = "cli", feature = "sim"))]
pub(crate) use words::duration;

use crate::random::Random;
use crate::time::Time;
use bucket::Bucket;
use flight::Flight;
use queue::{Buffer, Waiting};
use rate::Line;
use wire::Wire;

/// One direction of a wire.
///
/// A frame is anything with bytes: a `Vec<u8>`, or a type that carries beside them what whoever drives the link wants
/// to know of it at the other end.
///
/// Time does not run backwards: an instant before the latest one that the link was told of counts as that one. At one
/// instant, what the link does comes before what is sent.
#[derive(Clone, Debug)]
pub struct Link<F> {
    framing: Framing,
    queue: Buffer<F>,
    queue_random: Random,
    /// A frame that CoDel has let go, and for which there are no tokens yet.
    held: Option<Waiting<F>>,
    bucket: Option<Bucket>,
    line: Line,
    wire: Wire,
    flight: Flight<F>,
    counters: Counters,
    is_cut: bool,
    now: Time,
}

impl<F: AsRef<[u8]> + AsMut<[u8]> + Clone> Link<F> {
    /// A link on which there is nothing yet. Two directions, and any two links, should have seeds of their own.
    pub fn new(config: &Config, seed: u64) -> Self {
        let mut seeds = Random::new(seed);
        Self {
            framing: config.framing,
            queue: Buffer::new(&config.queue, config.link, |length| config.time_for(length)),
            queue_random: Random::new(seeds.number()),
            held: None,
            bucket: config.bucket.as_ref().map(Bucket::new),
            line: Line::new(config.rate),
            wire: Wire::new(config, &mut seeds),
            flight: Flight::new(config.in_flight),
            counters: Counters::default(),
            is_cut: false,
            now: Time::ZERO,
        }
    }

    /// Gives the link a frame. It may be dropped at once; [`Link::poll`] says so.
    pub fn send(&mut self, now: Time, frame: F) {
        self.send_with(now, frame, Orders::default());
    }

    /// The same with what is decided about the frame from outside.
    pub fn send_with(&mut self, now: Time, frame: F, orders: Orders) {
        self.advance(now);
        let now = self.now;
        let frame = Waiting { frame, sent: now, marked: false, orders };
        self.counters.sent += 1;
        self.counters.sent_bytes += frame.length() as u64;
        if self.is_cut {
            return self.drop(now, Reason::Cut, frame);
        }
        if !self.fits(&frame) {
            return self.drop(now, Reason::Burst, frame);
        }
        let free = self.held.is_none() && self.queue.first().is_none() && self.start(&frame) <= now;
        match self.queue.push(now, frame, free, &mut self.queue_random) {
            Ok(()) => self.advance(now),
            Err((reason, frame)) => self.drop(now, reason, frame),
        }
        self.counters.queue_packets = self.counters.queue_packets.max(self.queue.packets());
        self.counters.queue_bytes = self.counters.queue_bytes.max(self.queue.bytes());
    }

    /// When something happens next, if nothing more is sent. Once [`Link::poll`] has given out all there is, that is
    /// later than now.
    pub fn next_deadline(&self) -> Option<Time> {
        self.next_start().into_iter().chain(self.flight.next()).min()
    }

    /// The next thing that has happened by now, in the order in which things happened; to be called until there is none.
    pub fn poll(&mut self, now: Time) -> Option<Event<F>> {
        self.advance(now);
        let event = self.flight.pop(self.now)?;
        if let Event::Arrived(delivery) = &event {
            self.counters.delivered += 1;
            self.counters.delivered_bytes += delivery.frame.as_ref().len() as u64;
        }
        Some(event)
    }

    /// When the next thing happened that has happened by now.
    fn happened(&mut self, now: Time) -> Option<Time> {
        self.advance(now);
        self.flight.next().filter(|time| *time <= self.now)
    }

    /// The same without what was dropped.
    pub fn poll_deliver(&mut self, now: Time) -> Option<Delivery<F>> {
        loop {
            if let Event::Arrived(delivery) = self.poll(now)? {
                return Some(delivery);
            }
        }
    }

    /// What the link has done so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Frames in the link: in the queue, on the line, on the wire, or arrived and not taken out.
    pub fn held(&self) -> u64 {
        (self.queue.packets() as u64) + u64::from(self.held.is_some()) + self.flight.arriving()
    }

    /// Frames that wait in the queue, and their bytes, as of the latest instant that the link was told of.
    pub fn queued(&self) -> (usize, usize) {
        (self.queue.packets(), self.queue.bytes())
    }

    /// Whether nothing is missing: each frame sent, and each copy, was delivered or dropped, or is still in the link.
    pub fn is_balanced(&self) -> bool {
        let Counters { sent, duplicated, delivered, dropped, .. } = self.counters;
        sent + duplicated == delivered + dropped.total() + self.held()
    }

    /// What a frame takes on the line, in bits.
    fn bits(&self, frame: &Waiting<F>) -> u64 {
        self.framing.bits(frame.length())
    }

    /// Whether the bucket can ever hold enough for a frame.
    fn fits(&self, frame: &Waiting<F>) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| bucket.fits(self.bits(frame)))
    }

    /// When the line can begin with a frame, if it is the next.
    fn start(&self, frame: &Waiting<F>) -> Time {
        let tokens = self.bucket.as_ref().map_or(Time::ZERO, |bucket| bucket.ready(self.bits(frame)));
        frame.sent.max(self.line.free()).max(tokens)
    }

    /// When the line begins with the next frame, if one waits. What would begin at [`Time::NEVER`] does not.
    fn next_start(&self) -> Option<Time> {
        let next = self.held.as_ref().or_else(|| self.queue.first())?;
        Some(self.start(next)).filter(|time| *time < Time::NEVER)
    }

    /// Does what is to be done until now.
    fn advance(&mut self, now: Time) {
        self.now = self.now.max(now);
        while let Some(start) = self.next_start().filter(|start| *start <= self.now) {
            self.serve(start);
        }
    }

    /// The line is free, and there are tokens for the frame that has waited longest.
    fn serve(&mut self, start: Time) {
        let (counters, flight) = (&mut self.counters, &mut self.flight);
        let popped = self.held.take().or_else(|| {
            self.queue.pop(start, |reason, frame| drop_frame(counters, flight, start, reason, frame))
        });
        let Some(frame) = popped else { return };
        let bits = self.bits(&frame);
        if let Some(bucket) = &mut self.bucket {
            // CoDel can have dropped the frame for which the tokens were enough.
            if bucket.ready(bits) > start {
                self.held = Some(frame);
                return;
            }
            bucket.take(start, bits);
        }
        self.counters.marked += u64::from(frame.marked);
        let left = self.line.send(start, bits);
        self.launch(left, frame);
    }

    /// A frame goes on the wire.
    fn launch(&mut self, left: Time, mut frame: Waiting<F>) {
        let passage = self.wire.pass(left, frame.length(), &frame.orders);
        if let Some(reason) = passage.lost {
            return self.drop(left, reason, frame);
        }
        if let Some(bit) = passage.flipped {
            flip(frame.frame.as_mut(), bit);
            self.counters.corrupted += 1;
        }
        self.counters.reordered += u64::from(passage.overtakes);
        let Waiting { frame, sent, marked, .. } = frame;
        let delivery =
            Delivery { time: passage.arrival, sent, frame, marked, corrupted: passage.flipped, copy: false };
        let copy = passage.doubled.then(|| Delivery { copy: true, ..delivery.clone() });
        self.counters.duplicated += u64::from(copy.is_some());
        for delivery in [Some(delivery), copy].into_iter().flatten() {
            if !self.flight.push(Event::Arrived(delivery)) {
                self.counters.dropped.count(Reason::InFlight);
            }
        }
    }

    fn drop(&mut self, time: Time, reason: Reason, frame: Waiting<F>) {
        drop_frame(&mut self.counters, &mut self.flight, time, reason, frame);
    }
}

/// Counts a frame that was dropped, and says so if there is room.
fn drop_frame<F: AsRef<[u8]>>(
    counters: &mut Counters,
    flight: &mut Flight<F>,
    time: Time,
    reason: Reason,
    frame: Waiting<F>,
) {
    counters.dropped.count(reason);
    let Waiting { frame, sent, .. } = frame;
    flight.push(Event::Dropped(Dropped { time, sent, frame, reason }));
}

/// Turns a bit over, counted from the first of the first byte.
fn flip(bytes: &mut [u8], bit: u64) {
    let byte = usize::try_from(bit / 8).ok().and_then(|at| bytes.get_mut(at));
    if let Some(byte) = byte {
        *byte ^= 0x80 >> (bit % 8);
    }
}
