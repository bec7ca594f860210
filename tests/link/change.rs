//! Links that become others while frames are in them.

use layercake::link::{
    Config, Event, Jitter, Limit, Link, Loss, Probability, Queue, Rate, Reason, TokenBucket,
};

use crate::{arrivals, at, drain, drops, ms, number, numbered};

/// A byte a microsecond.
fn mbit(rate: u64) -> Config {
    Config { rate: Some(Rate::mbit(rate)), ..Config::default() }
}

fn micro(microseconds: u64) -> layercake::time::Time {
    at(microseconds * 1_000)
}

#[test]
fn what_waits_goes_by_the_new_rate_and_what_has_begun_keeps_its_end() {
    let mut link = Link::new(&mbit(8), 0);
    (0..3).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    link.configure(micro(500), &mbit(80));
    link.send(micro(500), numbered(3, 1_000));
    assert_eq!(
        arrivals(&drain(&mut link)),
        [(micro(1_000), 0), (micro(1_100), 1), (micro(1_200), 2), (micro(1_300), 3)]
    );
    // And slower again, while nothing is in it.
    link.configure(micro(5_000), &mbit(8));
    link.send(micro(5_000), numbered(4, 1_000));
    assert_eq!(arrivals(&drain(&mut link)), [(micro(6_000), 4)]);
    assert_eq!(link.counters().sent, 5);
}

/// 1,000 bits take 333 1/3 ns at 3 Gbit/s and 666 2/3 ns at 1.5 Gbit/s: 1,000 ns together, and not 334 + 667.
#[test]
fn the_fraction_of_a_nanosecond_is_carried_over() {
    let rate = |rate| Config { rate: Some(Rate::mbit(rate)), ..Config::default() };
    let mut link = Link::new(&rate(3_000), 0);
    (0..2).for_each(|n| link.send(at(0), numbered(n, 125)));
    link.configure(at(100), &rate(1_500));
    assert_eq!(arrivals(&drain(&mut link)), [(at(334), 0), (at(1_000), 1)]);
}

/// A rate of 0 begins with nothing, and what it has kept goes when there is a rate again.
#[test]
fn a_rate_of_nothing_for_a_while() {
    let mut link = Link::new(&mbit(8), 0);
    (0..3).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    link.configure(micro(500), &mbit(0));
    assert_eq!(link.next_deadline(), Some(micro(1_000)));
    assert_eq!(link.poll_deliver(micro(1_000)).map(|one| number(&one.frame)), Some(0));
    assert_eq!((link.next_deadline(), link.queued().0), (None, 2));
    link.send(micro(3_000), numbered(3, 1_000));
    link.configure(micro(10_000), &mbit(8));
    let expected = [(micro(11_000), 1), (micro(12_000), 2), (micro(13_000), 3)];
    assert_eq!(arrivals(&drain(&mut link)), expected);
    // Without any rate all goes at once.
    let mut link = Link::new(&mbit(0), 0);
    (0..3).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    link.configure(micro(70), &Config::default());
    assert_eq!(arrivals(&drain(&mut link)), [(micro(70), 0), (micro(70), 1), (micro(70), 2)]);
}

#[test]
fn what_is_on_the_wire_arrives_as_it_would_have() {
    for (overtakes, last) in [(false, 20), (true, 7)] {
        let delayed = |delay| Config {
            delay: ms(delay),
            jitter: Jitter { overtakes, ..Jitter::default() },
            ..Config::default()
        };
        let mut link = Link::new(&delayed(20), 0);
        link.send(at(0), numbered(0, 60));
        link.configure(micro(1_000), &Config { loss: Loss::Bernoulli(Probability::ALWAYS), ..delayed(5) });
        link.configure(micro(2_000), &delayed(5));
        link.send(micro(2_000), numbered(1, 60));
        let mut expected = [(micro(20_000), 0), (micro(last * 1_000), 1)];
        expected.sort();
        assert_eq!(arrivals(&drain(&mut link)), expected, "{overtakes}");
    }
}

/// As if all that waits came again, one after the other, to a queue of the new size.
#[test]
fn what_the_new_limit_does_not_allow_is_dropped() {
    for (limit, kept) in [
        (Limit::packets(3), vec![1, 2, 3]),
        (Limit::packets(0), vec![]),
        (Limit::packets(9), vec![1, 2, 3, 4, 5]),
        // 1,000 and 500: the second of 1,000 does not fit, the 500 behind it do.
        (Limit::bytes(1_500), vec![1, 3]),
        (Limit { packets: 2, bytes: 2_100 }, vec![1, 2]),
    ] {
        let mut link = Link::new(&mbit(8), 0);
        for (n, length) in [(0, 1_000), (1, 1_000), (2, 1_000), (3, 500), (4, 1_000), (5, 1_000)] {
            link.send(at(0), numbered(n, length));
        }
        link.configure(micro(100), &Config { queue: Queue { limit, ..Queue::default() }, ..mbit(8) });
        let events = drain(&mut link);
        let arrived: Vec<u32> = arrivals(&events).into_iter().map(|(_, number)| number).collect();
        assert_eq!(arrived[1..], kept, "{limit:?}");
        let gone = (1..=5).filter(|number| !kept.contains(number));
        assert_eq!(drops(&events), gone.map(|number| (micro(100), number, Reason::Full)).collect::<Vec<_>>());
        assert_eq!(link.counters().dropped.full, 5 - kept.len() as u64);
    }
}

/// A bucket of 3,000 bytes at 1,000 bytes a millisecond; the first three frames empty it.
#[test]
fn tokens_stay() {
    let with = |mbit, burst| Config {
        bucket: Some(TokenBucket { rate: Rate::mbit(mbit), burst }),
        ..Config::default()
    };
    let sent = || {
        let mut link = Link::new(&with(8, 3_000), 0);
        (0..5).for_each(|n| link.send(at(0), numbered(n, 1_000)));
        link
    };
    // 500 have come after 0.5 ms; the other 500 take 0.25 ms at twice the rate, the next 1,000 half a millisecond.
    let mut link = sent();
    link.configure(micro(500), &with(16, 3_000));
    assert_eq!(arrivals(&drain(&mut link))[3..], [(micro(750), 3), (micro(1_250), 4)]);
    // What can never go any more is dropped; without a bucket all goes.
    let mut link = sent();
    link.configure(micro(500), &with(8, 999));
    let burst = |number| (micro(500), number, Reason::Burst);
    assert_eq!(drops(&drain(&mut link)), [burst(3), burst(4)]);
    let mut link = sent();
    link.configure(micro(500), &Config::default());
    assert_eq!(arrivals(&drain(&mut link))[3..], [(micro(500), 3), (micro(500), 4)]);
    // One that was not there before is full; a smaller one holds no more than it can.
    link.configure(micro(9_000), &with(8, 3_000));
    link.configure(micro(9_000), &with(8, 1_000));
    link.configure(micro(9_000), &with(8, 3_000));
    (5..7).for_each(|n| link.send(micro(9_000), numbered(n, 1_000)));
    assert_eq!(arrivals(&drain(&mut link)), [(micro(9_000), 5), (micro(10_000), 6)]);
}

/// The number of a frame is counted from the first that there was.
#[test]
fn a_list_that_comes_later() {
    let mut link = Link::new(&Config::default(), 0);
    (1..=2).for_each(|n| link.send(at(0), numbered(n, 60)));
    link.configure(at(0), &Config { loss: Loss::List(vec![2, 4]), ..Config::default() });
    (3..=5).for_each(|n| link.send(at(0), numbered(n, 60)));
    let events = drain(&mut link);
    assert_eq!(drops(&events), [(at(0), 4, Reason::List)]);
    assert_eq!(arrivals(&events).len(), 4);
}

/// A chain that is in its bad state stays there.
#[test]
fn a_chain_stays_in_its_state() {
    let (always, never) = (Probability::ALWAYS, Probability::NEVER);
    let chain =
        |p, r| Config { loss: Loss::GilbertElliott { p, r, bad: always, good: never }, ..Config::default() };
    let mut link = Link::new(&chain(always, never), 0);
    link.send(at(0), numbered(0, 60));
    link.configure(at(0), &chain(never, never));
    link.send(at(0), numbered(1, 60));
    link.configure(at(0), &Config::default());
    link.configure(at(0), &chain(never, never));
    link.send(at(0), numbered(2, 60));
    let lost: Vec<u32> = drops(&drain(&mut link)).into_iter().map(|(_, number, _)| number).collect();
    assert_eq!(lost, [1]);
}

/// 5 frames at 0; a millisecond each on the line and one on the wire. At 2.5 ms frame 0 has arrived, 1 is on the wire, 2 on the line, and two wait.
#[test]
fn what_is_cut_is_lost() {
    let config = Config { delay: ms(1), loss: Loss::List(vec![3]), ..mbit(8) };
    let mut link = Link::new(&config, 0);
    (0..5).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    assert!(!link.is_cut());
    link.cut(micro(2_500));
    assert!(link.is_cut() && link.is_balanced());
    assert_eq!(link.held(), 1, "what has arrived");
    link.send(micro(3_000), numbered(5, 1_000));
    let events = drain(&mut link);
    assert_eq!(arrivals(&events), [(micro(2_000), 0)]);
    // Of the third chance had decided already that it gets lost.
    let expected = [(2_500, 1, Reason::Cut), (2_500, 2, Reason::List), (2_500, 3, Reason::Cut)];
    let expected = expected.into_iter().chain([(2_500, 4, Reason::Cut), (3_000, 5, Reason::Cut)]);
    let expected: Vec<_> = expected.map(|(time, number, reason)| (micro(time), number, reason)).collect();
    assert_eq!(drops(&events), expected);
    let dropped = link.counters().dropped;
    assert_eq!((dropped.cut, dropped.list, dropped.total()), (4, 1, 5));
    assert_eq!(dropped.iter().collect::<Vec<_>>(), [(Reason::List, 1), (Reason::Cut, 4)]);

    link.mend(micro(4_000));
    link.send(micro(4_000), numbered(6, 1_000));
    assert_eq!(arrivals(&drain(&mut link)), [(micro(6_000), 6)]);
    assert_eq!(link.counters().sent, 7);
}

/// The line is free when it is mended, whatever it had begun with, and frames need not wait for lost ones.
#[test]
fn what_was_cut_is_forgotten() {
    let mut link = Link::new(&Config { delay: ms(100), ..mbit(8) }, 0);
    (0..9).for_each(|n| link.send(at(0), numbered(n, 1_000)));
    link.cut(micro(500));
    link.cut(micro(500));
    link.configure(micro(600), &mbit(8));
    link.mend(micro(600));
    link.send(micro(600), numbered(9, 1_000));
    assert_eq!(arrivals(&drain(&mut link)), [(micro(1_600), 9)]);
    assert_eq!((link.counters().dropped.cut, link.counters().reordered), (9, 0));
}

/// Nothing is drawn for what is sent while the wire is cut.
#[test]
fn a_cut_takes_no_luck() {
    let fates = |cut: bool| {
        let config = Config { loss: Loss::Bernoulli(Probability::percent(50)), ..Config::default() };
        let mut link = Link::new(&config, 3);
        let mut lost = Vec::new();
        for n in 0..200 {
            if n == 100 && cut {
                link.cut(at(n));
                (0..50).for_each(|_| link.send(at(n), numbered(1_000, 60)));
                link.mend(at(n));
            }
            link.send(at(n), numbered(n as u32, 60));
        }
        lost.extend(drain(&mut link).iter().filter_map(|event| match event {
            Event::Dropped(one) if one.reason == Reason::Loss => Some(number(&one.frame)),
            _ => None,
        }));
        lost
    };
    let lost = fates(false);
    assert!(lost.len() > 60 && lost.len() < 140);
    assert_eq!(lost, fates(true));
}
