//! A link that becomes another one while frames are in it, and one that is cut.

use crate::link::bucket::Bucket;
use crate::link::drops::Reason;
use crate::link::queue::Waiting;
use crate::link::{Config, Link};
use crate::time::Time;

impl<F: AsRef<[u8]> + AsMut<[u8]> + Clone> Link<F> {
    /// Makes the link another one from now on.
    ///
    /// What is on the wire arrives as it would have, and a frame that the line has begun with keeps its end. What waits in the queue goes by
    /// the new rate; what there is no room for any more, if it all came to the queue again, is dropped ([`Reason::Full`]), and what is longer
    /// than the new bucket too ([`Reason::Burst`]). Counters stay, streams of random numbers go on, and so does what queue, bucket and loss
    /// remember, where the discipline or the kind of loss stays. Order is kept: where the delay gets shorter, frames wait for those before
    /// them, unless [they need not](crate::link::Jitter::overtakes). With what the link is already, nothing changes.
    ///
    /// ```
    /// use layercake::link::{Config, Link, Rate};
    /// use layercake::time::Time;
    ///
    /// let rate = |rate| Config { rate: Some(rate), ..Config::default() };
    /// let mut link = Link::new(&rate(Rate::mbit(8)), 1);
    /// // A byte a microsecond: they leave at 1 ms and 2 ms.
    /// link.send(Time::ZERO, vec![1; 1_000]);
    /// link.send(Time::ZERO, vec![2; 1_000]);
    /// link.configure(Time::from_nanoseconds(500_000), &rate(Rate::mbit(80)));
    /// let end = Time::from_nanoseconds(1_100_000);
    /// let left: Vec<_> = core::iter::from_fn(|| link.poll_deliver(end)).map(|one| one.time.nanoseconds()).collect();
    /// assert_eq!(left, [1_000_000, 1_100_000]);
    /// ```
    pub fn configure(&mut self, now: Time, config: &Config) {
        self.advance(now);
        let now = self.now;
        self.framing = config.framing;
        self.line.configure(now, config.rate);
        self.bucket = config.bucket.map(|shape| match self.bucket.take() {
            None => Bucket::new(&shape),
            Some(mut bucket) => {
                bucket.configure(now, &shape);
                bucket
            }
        });
        self.wire.configure(config);
        self.flight.configure(config.in_flight);
        self.queue.configure(&config.queue, config.link, |length| config.time_for(length));
        let (bucket, framing) = (&self.bucket, self.framing);
        let fits = |frame: &Waiting<F>| {
            bucket.as_ref().is_none_or(|bucket| bucket.fits(framing.bits(frame.length())))
        };
        let held = self.held.take_if(|frame| !fits(frame));
        let waiting = self.queue.beyond(now, fits);
        for frame in held.into_iter().chain(waiting) {
            let reason = if self.fits(&frame) { Reason::Full } else { Reason::Burst };
            self.drop(now, reason, frame);
        }
        self.advance(now);
    }

    /// Cuts the wire: all that is in the link and has not arrived by now is lost ([`Reason::Cut`]), and so is what is sent until it is
    /// [mended](Link::mend), without anything being drawn for that.
    ///
    /// ```
    /// use core::time::Duration;
    /// use layercake::link::{Config, Event, Link, Reason};
    /// use layercake::time::Time;
    ///
    /// let config = Config { delay: Duration::from_millis(10), ..Config::default() };
    /// let mut link = Link::new(&config, 1);
    /// link.send(Time::ZERO, vec![0; 60]);
    /// let now = Time::from_nanoseconds(9_999_999);
    /// link.cut(now);
    /// let Some(Event::Dropped(lost)) = link.poll(now) else { panic!("it was on the wire") };
    /// assert_eq!((lost.time, lost.reason), (now, Reason::Cut));
    /// ```
    pub fn cut(&mut self, now: Time) {
        self.advance(now);
        let now = self.now;
        self.is_cut = true;
        self.counters.dropped.cut += self.flight.lose(now, Reason::Cut);
        let waiting = self.queue.beyond(now, |_| false);
        for frame in self.held.take().into_iter().chain(waiting) {
            self.drop(now, Reason::Cut, frame);
        }
        self.line.clear(now);
        self.wire.clear(now);
    }

    /// Ends a [cut](Link::cut): what is sent from now on goes through again, as through a link with nothing in it.
    pub fn mend(&mut self, now: Time) {
        self.advance(now);
        self.is_cut = false;
    }

    /// Whether the wire is cut.
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }
}
