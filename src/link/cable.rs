//! Two links, one for each direction.

use alloc::format;

use crate::link::{Config, Event, Link};
use crate::random::seed_of;
use crate::time::Time;

/// A cable: two ends, 0 and 1, and a link in each direction between them.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{Cable, Config, Event};
/// use layercake::time::Time;
///
/// let after = |milliseconds| Config { delay: Duration::from_millis(milliseconds), ..Config::default() };
/// let mut cable = Cable::new([&after(20), &after(10)], 1, "a-b");
/// cable.send(Time::ZERO, 0, vec![0; 60]);
/// cable.send(Time::ZERO, 1, vec![1; 60]);
/// let mut arrivals = Vec::new();
/// while let Some(now) = cable.next_deadline() {
///     while let Some((end, Event::Arrived(delivery))) = cable.poll(now) {
///         arrivals.push((delivery.time.nanoseconds() / 1_000_000, end, delivery.frame[0]));
///     }
/// }
/// assert_eq!(arrivals, [(10, 0, 1), (20, 1, 0)]);
/// ```
#[derive(Clone, Debug)]
pub struct Cable<F> {
    /// The first takes what is sent at end 0 to end 1, the second what is sent at end 1 to end 0.
    pub links: [Link<F>; 2],
}

impl<F: AsRef<[u8]> + AsMut<[u8]> + Clone> Cable<F> {
    /// A cable with nothing on it. What is random in it comes from the seed and the cable's name: the links are called `name 0` and `name 1`
    /// ([`seed_of`]).
    pub fn new(configs: [&Config; 2], seed: u64, name: &str) -> Self {
        let [there, back] = configs;
        let seeded = |config, number| Link::new(config, seed_of(seed, &format!("{name} {number}")));
        Self { links: [seeded(there, 0), seeded(back, 1)] }
    }

    /// Sends a frame at an end. There is no end but 0 and 1.
    pub fn send(&mut self, now: Time, end: usize, frame: F) {
        if let Some(link) = self.links.get_mut(end) {
            link.send(now, frame);
        }
    }

    /// Cuts both directions ([`Link::cut`]).
    pub fn cut(&mut self, now: Time) {
        self.links.iter_mut().for_each(|link| link.cut(now));
    }

    /// Mends both directions ([`Link::mend`]).
    pub fn mend(&mut self, now: Time) {
        self.links.iter_mut().for_each(|link| link.mend(now));
    }

    /// Whether both directions are cut.
    pub fn is_cut(&self) -> bool {
        self.links.iter().all(Link::is_cut)
    }

    /// When something happens next, if nothing more is sent.
    pub fn next_deadline(&self) -> Option<Time> {
        self.links.iter().filter_map(Link::next_deadline).min()
    }

    /// The next thing that has happened by now in either direction, and the end at which the frame comes out or would have; to be called until
    /// there is none. In order of time; at one instant, what goes to end 1 is first.
    pub fn poll(&mut self, now: Time) -> Option<(usize, Event<F>)> {
        let [there, back] = &mut self.links;
        let first = match (there.happened(now), back.happened(now)) {
            (Some(there), Some(back)) => back < there,
            (there, _) => there.is_none(),
        };
        let (link, end) = if first { (back, 0) } else { (there, 1) };
        link.poll(now).map(|event| (end, event))
    }
}
