//! RED in a link, against Floyd and Jacobson 1993.

use layercake::link::{Config, Discipline, Limit, Link, Queue, Rate, Red};

use crate::{at, drain, is_share, numbered};

/// A queue that is held at a length: with a weight of 0 the average is that length, and the share that is dropped is
/// what the formula and the spreading make of it. With p the gap between two drops is even over 1 to 1/p - 1, so 2p
/// are dropped.
#[test]
fn drops_are_as_likely_as_the_average_says() {
    let red = Red { min: 5, max: 15, weight: 0, gentle: false, ..Red::default() };
    let queue = Queue { limit: Limit::NONE, discipline: Discipline::Red(red) };
    let mut link = Link::new(&Config { queue, rate: Some(Rate::mbit(8)), ..Config::default() }, 31);
    let frame = numbered(0, 1_000);
    // One on the line, and 10 that wait when each next one comes. One leaves a millisecond; a dropped frame is made
    // good for.
    (0..11).for_each(|_| link.send(at(0), frame.clone()));
    assert_eq!(link.queued().0, 10);
    let (mut offered, before) = (0, link.counters().dropped.red);
    for n in 1..50_000u64 {
        while link.queued().0 < 11 {
            link.send(at(n * 1_000_000 - 1), frame.clone());
            offered += 1;
        }
        while link.poll(at(n * 1_000_000)).is_some() {}
        assert_eq!(link.queued().0, 10);
    }
    let dropped = link.counters().dropped.red - before;
    // p = 2% * (10 - 5) / (15 - 5) = 1%: a drop each 50 frames. The gaps are more regular than independent drops are.
    is_share(dropped as usize, offered, 1.0 / 50.0);
    drain(&mut link);
}

/// Below `min` no frame is dropped, beyond `max` each is.
#[test]
fn nothing_below_and_all_beyond() {
    let red = Red { min: 5, max: 15, weight: 0, gentle: false, ..Red::default() };
    let queue = Queue { limit: Limit::NONE, discipline: Discipline::Red(red) };
    let mut link = Link::new(&Config { queue, rate: Some(Rate::mbit(8)), ..Config::default() }, 32);
    (0..6).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    assert_eq!((link.queued().0, link.counters().dropped.red), (5, 0));
    (0..1_000).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    assert_eq!((link.queued().0, link.counters().queue_packets), (15, 15));
    assert_eq!(link.counters().dropped.red, 1_006 - 16);
    drain(&mut link);
}

/// The average is slow: a burst passes that a queue of that length on average would not let through.
#[test]
fn a_burst_passes() {
    let queue = Queue { limit: Limit::NONE, discipline: Discipline::Red(Red::default()) };
    let mut link = Link::new(&Config { queue, rate: Some(Rate::mbit(8)), ..Config::default() }, 33);
    (0..60).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    // Section 5 of the paper: with w = 0.002 and min = 5 bursts of 50 pass; w * sum(k) for k < 60 is about 3.4.
    assert_eq!(link.counters().dropped.total(), 0);
    drain(&mut link);
}
