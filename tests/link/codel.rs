//! CoDel's drops, against RFC 8289.

use core::time::Duration;

use layercake::link::{Codel, Config, Discipline, Event, Limit, Link, Queue, Rate, Reason};
use layercake::time::Time;

use crate::{at, drain, drops, ms, numbered};

/// 10,000 frames of 1,000 bytes a second.
fn link(codel: Codel) -> Link<Vec<u8>> {
    let queue = Queue { limit: Limit::NONE, discipline: Discipline::Codel(codel) };
    Link::new(&Config { queue, rate: Some(Rate::mbit(80)), ..Config::default() }, 0)
}

/// Frames that come at an even rate for so many seconds.
fn flood(link: &mut Link<Vec<u8>>, a_second: u32, seconds: u32) -> Vec<Event<Vec<u8>>> {
    let gap = 1_000_000_000 / u64::from(a_second);
    (0..a_second * seconds).for_each(|n| link.send(at(u64::from(n) * gap), numbered(n, 1_000)));
    drain(link)
}

/// A queue that only grows: the first drop is an interval after the wait was the target, each next one `interval /
/// sqrt(n)` after the one before. It is done when a frame leaves, at most one frame's time (0.1 ms) later.
#[test]
fn drops_follow_the_square_root() {
    let codel = Codel::default();
    let mut link = link(codel);
    let events = flood(&mut link, 20_000, 3);
    let times: Vec<Time> = drops(&events).iter().map(|(time, ..)| *time).collect();
    assert!(drops(&events).iter().all(|(.., reason)| *reason == Reason::Codel));

    // The queue grows by half of what comes, so a frame that leaves at t has waited t / 2: the target of 5 ms is
    // reached at 10 ms.
    let first = at(0) + 2 * codel.target + codel.interval;
    let frame = Duration::from_micros(100);
    assert!(times[0] >= first && times[0] - first <= 2 * frame, "{}", times[0]);
    // Half of 3 s, in which 60,000 came, and as long as it takes: the queue is not empty before 5 s.
    let mut next = times[0].nanoseconds() as f64;
    let steady = times.iter().take_while(|time| **time < at(3_000_000_000));
    let mut count = 0u32;
    for (n, time) in steady.enumerate().skip(1) {
        next += 1e8 / (n as f64).sqrt();
        let late = time.nanoseconds() as f64 - next;
        // Each step is rounded down to a whole nanosecond.
        assert!(
            (-(n as f64)..=frame.as_nanos() as f64).contains(&late),
            "drop {n} at {time}, {late} ns late"
        );
        count += 1;
    }
    // sum of 1/sqrt(k) up to n is about 2 sqrt(n): 2.9 s / 0.1 s = 29 = 2 sqrt(n) - 1.46, n = 232.
    assert!((220..245).contains(&count), "{count}");
    assert_eq!(link.counters().dropped.codel, times.len() as u64);
}

/// RFC 8289 section 4.1: nothing is dropped while frames wait less than the target, or while bursts go within the interval.
#[test]
fn no_drops_below_the_target() {
    let mut below = link(Codel::default());
    // 49 at once each 5 ms: the last waits for 4.8 ms, and the line is busy for 98% of the time.
    for burst in 0..2_000u64 {
        (0..49).for_each(|n| below.send(at(burst * 5_000_000), numbered(n, 1_000)));
    }
    assert!(drops(&drain(&mut below)).is_empty());
    // 900 at once each 100 ms: the last waits for 90 ms, and all is gone before the interval is.
    let mut bursts = link(Codel::default());
    for burst in 0..100u64 {
        (0..900).for_each(|n| bursts.send(at(burst * 100_000_000), numbered(n, 1_000)));
    }
    assert!(drops(&drain(&mut bursts)).is_empty());
    assert_eq!(bursts.counters().queue_packets, 899);
    // A target that is not reached by an overload either.
    let mut patient = link(Codel { target: Duration::from_secs(10), ..Codel::default() });
    assert!(drops(&flood(&mut patient, 20_000, 1)).is_empty());
}

/// With no more than a full frame behind the one that leaves, nothing is dropped, however long it has waited (RFC
/// 8289 section 5.3).
#[test]
fn no_drops_with_one_full_frame_left() {
    let slow = |mtu| {
        let codel = Codel { mtu, ..Codel::default() };
        let queue = Queue { limit: Limit::NONE, discipline: Discipline::Codel(codel) };
        // A frame takes 50 ms.
        let mut link = Link::new(&Config { queue, rate: Some(Rate::kbit(160)), ..Config::default() }, 0);
        link.send(Time::ZERO, numbered(0, 1_000));
        link.send(Time::ZERO, numbered(1, 1_000));
        for n in 0..200u32 {
            link.send(at(u64::from(n) * 50_000_000 + 1), numbered(n + 2, 1_000));
        }
        drain(&mut link);
        link.counters().dropped.codel
    };
    assert_eq!(slow(2_000), 0);
    assert!(slow(999) > 0);
}

/// Against senders that slow down, the wait stays near the target: here one that halves its rate at each drop and
/// speeds up in between.
#[test]
fn the_queue_does_not_stand() {
    let mut link = link(Codel::default());
    let (mut now, mut gap, mut waits) = (0u64, 100_000f64, Vec::new());
    for n in 0..200_000 {
        now += gap as u64;
        link.send(at(now), numbered(n, 1_000));
        gap = (gap * 0.9998).max(20_000.0);
        while let Some(event) = link.poll(at(now)) {
            match event {
                Event::Arrived(delivery) => waits.push(delivery.time - delivery.sent),
                Event::Dropped(_) => gap = (gap * 2.0).min(400_000.0),
            }
        }
    }
    waits.sort_unstable();
    let median = waits[waits.len() / 2];
    assert!(median < ms(25), "{median:?}");
}
