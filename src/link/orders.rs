//! What is decided about a frame from outside.

use core::time::Duration;

/// What is to happen to one frame on the wire, besides what chance does: for whoever picks frames by what is in them.
///
/// It happens behind queue and line, where a frame takes its place and its time whatever is ordered; a queue can still drop it before. Chance
/// draws for it as for any, so what is ordered for one frame changes nothing for the others. The default is nothing.
///
/// ```
/// use core::time::Duration;
/// use layercake::link::{Config, Link, Orders};
/// use layercake::time::Time;
///
/// let mut link = Link::new(&Config::default(), 1);
/// let late = Orders { delay: Duration::from_millis(5), ..Orders::default() };
/// link.send_with(Time::ZERO, vec![1; 60], late);
/// link.send(Time::ZERO, vec![2; 60]);
/// let five = Time::from_nanoseconds(5_000_000);
/// let arrived: Vec<_> = core::iter::from_fn(|| link.poll_deliver(five)).map(|one| (one.time, one.frame[0])).collect();
/// assert_eq!(arrived, [(Time::ZERO, 2), (five, 1)]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Orders {
    /// It is lost ([`Reason::Rule`](crate::link::Reason::Rule)).
    pub lose: bool,
    /// One bit of it is turned over, any with the same probability; no second one if chance does so too.
    pub corrupt: bool,
    /// It arrives twice; not three times if chance doubles it too.
    pub duplicate: bool,
    /// It arrives so much later. Frames behind it do not wait for it, whether [jitter](crate::link::Jitter) keeps the order or not.
    pub delay: Duration,
}
