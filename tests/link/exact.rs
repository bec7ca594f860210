//! What has one right answer.

use core::time::Duration;

use layercake::link::{
    Codel, Config, Discipline, Event, Framing, Jitter, Limit, Link, Loss, Probability, Queue, Rate, Reason,
    Reorder, TokenBucket,
};
use layercake::time::Time;

use crate::{arrivals, at, drain, drops, ms, number, numbered};

#[test]
fn a_perfect_link_takes_no_time() {
    let mut link = Link::new(&Config::default(), 0);
    assert_eq!(link.next_deadline(), None);
    link.send(at(5), numbered(1, 60));
    assert_eq!(link.next_deadline(), Some(at(5)));
    assert_eq!(link.poll_deliver(at(4)).map(|delivery| delivery.time), Some(at(5)), "time does not go back");
    assert_eq!((link.next_deadline(), link.poll(at(5))), (None, None));
}

/// IEEE 802.3: 84 bytes for a minimal frame and 1,538 for a full one, so 14,880.95 and 812.74 frames a second at 10 Mbit/s.
#[test]
fn serialisation_times_are_exact() {
    for (rate, length, frames, nanoseconds) in [
        (Rate::mbit(10), 60, 1, 67_200),
        (Rate::mbit(10), 42, 1, 67_200),
        (Rate::mbit(10), 1514, 1, 1_230_400),
        (Rate::gbit(1), 1514, 1, 12_304),
        (Rate::gbit(100), 1514, 1, 124),
        (Rate::gbit(100), 1514, 100, 12_304),
        (Rate::gbit(400), 60, 1_000, 1_680),
        (Rate::bit(9_600), 1514, 96, 123_040_000_000),
        (Rate::bit(7), 4, 7, 672_000_000_000),
    ] {
        let framing = if length >= 42 { Framing::ETHERNET } else { Framing { overhead: 0, minimum: 84 } };
        let config = Config { rate: Some(rate), framing, ..Config::default() };
        let mut link = Link::new(&config, 0);
        (0..frames).for_each(|n| link.send(Time::ZERO, numbered(n, length)));
        let last = arrivals(&drain(&mut link)).last().unwrap().0;
        assert_eq!(last, at(nanoseconds), "{frames} of {length} bytes at {rate}");
    }
}

/// A million frames of 1/3 of a nanosecond's remainder each: the last is where it should be, not a million roundings later.
#[test]
fn a_long_run_does_not_drift() {
    let config = Config { rate: Some(Rate::gbit(3)), ..Config::default() };
    let mut link = Link::new(&config, 0);
    let mut last = Time::ZERO;
    let frame = numbered(0, 125);
    for _ in 0..1_000_000 {
        // Whoever sends when the line is free again: at the deadline.
        link.send(last, frame.clone());
        last = link.next_deadline().unwrap();
        assert!(link.poll_deliver(last).is_some());
    }
    assert_eq!(last.nanoseconds(), (1_000_000u64 * 1_000).div_ceil(3));
}

#[test]
fn delay_begins_when_the_last_bit_has_left() {
    let config = Config { rate: Some(Rate::mbit(8)), delay: ms(20), ..Config::default() };
    let mut link = Link::new(&config, 0);
    link.send(at(1_000), numbered(1, 500));
    link.send(at(1_000), numbered(2, 1_000));
    link.send(at(9_001_000), numbered(3, 100));
    let expected = [(at(20_501_000), 1), (at(21_501_000), 2), (at(29_101_000), 3)];
    assert_eq!(arrivals(&drain(&mut link)), expected);
}

/// One frame on the line, as many in the queue as there is room for, no more; what leaves at an instant makes room
/// for what comes at it.
#[test]
fn drop_tail_drops_what_does_not_fit() {
    let queue = |limit| Queue { limit, ..Queue::default() };
    for (limit, waiting) in [
        (Limit::packets(3), 3),
        (Limit::packets(0), 0),
        (Limit::bytes(3_000), 3),
        (Limit::bytes(3_999), 3),
        (Limit::bytes(10), 0),
        (Limit { packets: 2, bytes: 3_000 }, 2),
        (Limit::NONE, 9),
    ] {
        let config = Config { queue: queue(limit), rate: Some(Rate::mbit(8)), ..Config::default() };
        let mut link = Link::new(&config, 0);
        (0..10).for_each(|n| link.send(Time::ZERO, numbered(n, 1_000)));
        assert_eq!(link.queued(), (waiting, waiting * 1_000));
        assert_eq!(link.counters().dropped.full, 9 - waiting as u64);
        // The line is free at 1 ms, and so is one place.
        link.send(at(1_000_000), numbered(10, 1_000));
        assert_eq!(link.queued().0, waiting.min(9), "{limit:?}");
        let events = drain(&mut link);
        let arrived: Vec<u32> = arrivals(&events).iter().map(|(_, number)| *number).collect();
        let expected: Vec<u32> = (0..=waiting as u32).chain([10]).collect();
        assert_eq!(arrived, expected, "{limit:?}");
        let expected: Vec<_> =
            (waiting as u32 + 1..10).map(|number| (Time::ZERO, number, Reason::Full)).collect();
        assert_eq!(drops(&events), expected);
        assert_eq!(link.counters().queue_packets, waiting);
    }
}

#[test]
fn a_list_loses_just_those() {
    let config = Config {
        rate: Some(Rate::mbit(8)),
        delay: ms(1),
        loss: Loss::List(vec![5, 2, 100]),
        ..Config::default()
    };
    let mut link = Link::new(&config, 0);
    (1..=6).for_each(|n| link.send(Time::ZERO, numbered(n, 1_000)));
    let events = drain(&mut link);
    let arrived: Vec<u32> = arrivals(&events).iter().map(|(_, number)| *number).collect();
    assert_eq!(arrived, [1, 3, 4, 6]);
    // They are lost when they have left the line.
    assert_eq!(drops(&events), [(at(2_000_000), 2, Reason::List), (at(5_000_000), 5, Reason::List)]);
}

#[test]
fn each_fifth_frame_overtakes() {
    let reorder = Reorder { probability: Probability::ALWAYS, gap: 5.try_into().unwrap() };
    let config = Config { delay: ms(10), reorder: Some(reorder), ..Config::default() };
    let mut link = Link::new(&config, 0);
    (1..=12).for_each(|n| link.send(at(u64::from(n) * 1_000_000), numbered(n, 60)));
    let arrived: Vec<u32> = arrivals(&drain(&mut link)).iter().map(|(_, number)| *number).collect();
    // 5 and 10 arrive at 5 and 10 ms, the others 10 ms after they were sent.
    assert_eq!(arrived, [5, 10, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12]);
    assert_eq!(link.counters().reordered, 2);
}

/// What overtakes a frame that is lost has overtaken nothing that anyone sees.
#[test]
fn a_lost_frame_is_not_overtaken() {
    let reorder = Reorder { probability: Probability::ALWAYS, gap: 2.try_into().unwrap() };
    for (lost, reordered) in [(vec![], 2), (vec![1], 1), (vec![1, 3], 0), (vec![2, 4], 0)] {
        let config =
            Config { delay: ms(3), reorder: Some(reorder), loss: Loss::List(lost), ..Config::default() };
        let mut link = Link::new(&config, 0);
        // 1 and 3 arrive at 3 and 13 ms, 2 and 4 at 1 and 11 ms.
        for (n, time) in [(1, 0), (2, 1), (3, 10), (4, 11)] {
            link.send(at(time * 1_000_000), numbered(n, 60));
        }
        drain(&mut link);
        assert_eq!(link.counters().reordered, reordered, "{config:?}");
    }
}

#[test]
fn two_copies_arrive_together() {
    let config = Config { delay: ms(1), duplicate: Probability::ALWAYS, ..Config::default() };
    let mut link = Link::new(&config, 0);
    (0..3).for_each(|n| link.send(at(u64::from(n)), numbered(n, 60)));
    let copies: Vec<(u32, bool)> = drain(&mut link)
        .into_iter()
        .map(|event| match event {
            Event::Arrived(delivery) => (number(&delivery.frame), delivery.copy),
            Event::Dropped(_) => panic!(),
        })
        .collect();
    assert_eq!(copies, [(0, false), (0, true), (1, false), (1, true), (2, false), (2, true)]);
    assert_eq!((link.counters().sent, link.counters().duplicated, link.counters().delivered), (3, 3, 6));
}

/// A bucket of 3,000 bytes at 1,000 bytes a millisecond: a burst at the line's rate, then the rate.
#[test]
fn a_token_bucket_lets_a_burst_through() {
    let bucket = TokenBucket { rate: Rate::mbit(8), burst: 3_000 };
    let config = Config { bucket: Some(bucket), rate: Some(Rate::mbit(80)), ..Config::default() };
    let mut link = Link::new(&config, 0);
    (0..6).for_each(|n| link.send(Time::ZERO, numbered(n, 1_000)));
    link.send(Time::ZERO, numbered(6, 3_001));
    let events = drain(&mut link);
    let times: Vec<u64> = arrivals(&events).iter().map(|(time, _)| time.nanoseconds() / 1_000).collect();
    // The last bit leaves 0.1 ms after the first. At 0.3 ms the burst is over, and 1.0 ms is when 4,000 bytes have come.
    assert_eq!(times, [100, 200, 300, 1_100, 2_100, 3_100]);
    assert_eq!(drops(&events), [(Time::ZERO, 6, Reason::Burst)]);
}

/// CoDel drops a short frame for which there are tokens, and the long one behind it has to wait for its own.
#[test]
fn a_token_bucket_holds_back_what_codel_lets_go() {
    let codel = Codel { target: Duration::ZERO, interval: ms(1), mtu: 0, ecn: false };
    let config = Config {
        queue: Queue { limit: Limit::NONE, discipline: Discipline::Codel(codel) },
        bucket: Some(TokenBucket { rate: Rate::mbit(8), burst: 3_000 }),
        ..Config::default()
    };
    let mut link = Link::new(&config, 0);
    (0..400).for_each(|n| link.send(Time::ZERO, numbered(n, if n % 2 == 0 { 100 } else { 3_000 })));
    let events = drain(&mut link);
    assert!(drops(&events).iter().any(|(_, number, _)| number % 2 == 0));
    let arrived = arrivals(&events);
    assert!(arrived.is_sorted_by(|one, next| one.1 < next.1));
    for first in 0..arrived.len() {
        let mut bytes = 0;
        for (time, number) in &arrived[first..] {
            bytes += if number % 2 == 0 { 100 } else { 3_000 };
            // A byte a microsecond.
            let allowed = (*time - arrived[first].0).as_nanos() + 3_000_000;
            assert!(bytes * 1_000 <= allowed, "{bytes} bytes up to {time}");
        }
    }
}

#[test]
fn a_dead_line_takes_nothing_and_wants_nothing() {
    let queue = Queue { limit: Limit::packets(2), ..Queue::default() };
    let config = Config { rate: Some(Rate::bit(0)), queue, ..Config::default() };
    let mut link = Link::new(&config, 0);
    (0..5).for_each(|n| link.send(at(u64::from(n)), numbered(n, 60)));
    while link.poll(at(1 << 40)).is_some() {}
    assert_eq!((link.next_deadline(), link.held(), link.counters().dropped.full), (None, 2, 3));
    assert!(link.is_balanced());
    // So does one that is too far away.
    let mut link = Link::new(&Config { delay: Duration::MAX, ..Config::default() }, 0);
    link.send(at(5), numbered(0, 60));
    assert_eq!((link.next_deadline(), link.poll(Time::NEVER), link.held()), (None, None, 1));
}

#[test]
fn what_is_on_the_way_has_a_bound() {
    let config = Config {
        delay: ms(1),
        duplicate: Probability::ALWAYS,
        in_flight: Limit { packets: 5, bytes: 400 },
        ..Config::default()
    };
    let mut link = Link::new(&config, 0);
    (0..4).for_each(|n| link.send(Time::ZERO, numbered(n, 60)));
    assert_eq!((link.held(), link.counters().dropped.in_flight), (5, 3));
    link.send(at(2_000_000), numbered(4, 300));
    assert_eq!((link.held(), link.counters().dropped.in_flight), (5, 5));
    while link.poll(at(2_000_000)).is_some() {}
    link.send(at(2_000_000), numbered(5, 300));
    assert_eq!((link.held(), link.counters().dropped.in_flight), (1, 6));
    assert!(link.is_balanced());
}

/// Jitter is within its span, and never before the frame has left.
#[test]
fn jitter_stays_in_its_span() {
    for (delay, span, least, most) in [(50, 10, 40, 60), (5, 10, 0, 15)] {
        let config = Config {
            delay: ms(delay),
            jitter: Jitter { span: ms(span), overtakes: true },
            ..Config::default()
        };
        let mut link = Link::new(&config, 9);
        let mut delays = Vec::new();
        for n in 0..10_000u32 {
            link.send(at(u64::from(n) * 1_000_000_000), numbered(n, 60));
            for event in drain(&mut link) {
                delays.push((event.time() - at(u64::from(n) * 1_000_000_000)).as_secs_f64() * 1e3);
            }
        }
        let (least, most) = (f64::from(least), f64::from(most));
        assert!(delays.iter().all(|delay| (least..=most).contains(delay)));
        // Even over all of it: each half of the span has its half of the frames.
        let above = delays.iter().filter(|found| **found > delay as f64).count();
        crate::is_share(above, delays.len(), 0.5);
        let nearly = delays.iter().filter(|delay| **delay > most - 1.0).count();
        crate::is_share(nearly, delays.len(), 0.05);
    }
}

/// Without being asked, jitter keeps the order; asked, it does not.
#[test]
fn jitter_keeps_the_order_unless_asked() {
    for overtakes in [false, true] {
        let config =
            Config { delay: ms(50), jitter: Jitter { span: ms(10), overtakes }, ..Config::default() };
        let mut link = Link::new(&config, 3);
        (0..10_000).for_each(|n| link.send(at(u64::from(n) * 1_000_000), numbered(n, 60)));
        let arrived: Vec<u32> = arrivals(&drain(&mut link)).iter().map(|(_, number)| *number).collect();
        assert_eq!(arrived.is_sorted(), !overtakes);
        assert_eq!(arrived.len(), 10_000);
        // A frame has overtaken if one with a smaller number comes behind it.
        let mut least = u32::MAX;
        let behind = |number: &&u32| {
            let overtook = least < **number;
            least = least.min(**number);
            overtook
        };
        assert_eq!(arrived.iter().rev().filter(behind).count() as u64, link.counters().reordered);
    }
}
