//! What is decided about single frames from outside.

use layercake::link::{
    Config, Discipline, Event, Jitter, Link, Loss, Orders, Probability, Queue, Rate, Reason, Red, Reorder,
};
use layercake::random::Random;

use crate::{arrivals, at, drain, drops, ms, number, numbered};

const NOTHING: Orders = Orders { lose: false, corrupt: false, duplicate: false, delay: ms(0) };

/// A millisecond each on the line, and one on the wire.
fn slow() -> Config {
    Config { rate: Some(Rate::mbit(8)), delay: ms(1), ..Config::default() }
}

fn run(config: &Config, orders: Orders) -> (Link<Vec<u8>>, Vec<Event<Vec<u8>>>) {
    let mut link = Link::new(config, 0);
    for n in 0..3 {
        link.send_with(at(0), numbered(n, 1_000), if n == 1 { orders } else { Orders::default() });
    }
    let events = drain(&mut link);
    (link, events)
}

#[test]
fn what_is_lost_has_taken_its_time() {
    let (link, events) = run(&slow(), Orders { lose: true, ..NOTHING });
    assert_eq!(arrivals(&events), [(at(2_000_000), 0), (at(4_000_000), 2)]);
    assert_eq!(drops(&events), [(at(2_000_000), 1, Reason::Rule)]);
    assert_eq!((link.counters().dropped.rule, link.counters().dropped.total()), (1, 1));
    // The rule is named, also if chance says the same.
    let always = Config { loss: Loss::Bernoulli(Probability::ALWAYS), ..slow() };
    let (link, _) = run(&always, Orders { lose: true, ..NOTHING });
    assert_eq!((link.counters().dropped.rule, link.counters().dropped.loss), (1, 2));
}

#[test]
fn one_bit_is_turned_over() {
    for (corrupt, others) in [(Probability::NEVER, 0), (Probability::ALWAYS, 1)] {
        let (link, events) = run(&Config { corrupt, ..slow() }, Orders { corrupt: true, ..NOTHING });
        for (n, event) in (0..).zip(&events) {
            let changed = event.frame().iter().zip(numbered(n, 1_000));
            let bits: u32 = changed.map(|(now, then)| (now ^ then).count_ones()).sum();
            assert_eq!(bits, if n == 1 { 1 } else { others });
        }
        assert_eq!(link.counters().corrupted, 1 + 2 * u64::from(others));
    }
}

#[test]
fn two_arrive() {
    for (duplicate, expected) in
        [(Probability::NEVER, vec![0, 1, 1, 2]), (Probability::ALWAYS, vec![0, 0, 1, 1, 2, 2])]
    {
        let (_, events) = run(&Config { duplicate, ..slow() }, Orders { duplicate: true, ..NOTHING });
        assert_eq!(events.iter().map(|event| number(event.frame())).collect::<Vec<_>>(), expected);
    }
    // Lost twice is lost once.
    let (link, events) = run(&slow(), Orders { duplicate: true, lose: true, ..NOTHING });
    assert_eq!((events.len(), link.counters().duplicated, link.counters().dropped.rule), (3, 0, 1));
}

#[test]
fn what_is_delayed_is_overtaken() {
    for overtakes in [false, true] {
        let config = Config { jitter: Jitter { overtakes, ..Jitter::default() }, ..slow() };
        let (link, events) = run(&config, Orders { delay: ms(5), ..NOTHING });
        assert_eq!(arrivals(&events), [(at(2_000_000), 0), (at(4_000_000), 2), (at(8_000_000), 1)]);
        assert_eq!(link.counters().reordered, 1, "frame 2 has overtaken frame 1");
    }
}

/// Whatever is ordered for some frames, the others fare as they would have.
#[test]
fn the_others_fare_as_they_would_have() {
    let config = Config {
        rate: Some(Rate::mbit(10)),
        jitter: Jitter { span: ms(3), overtakes: false },
        delay: ms(20),
        loss: Loss::GilbertElliott {
            p: Probability::percent(2),
            r: Probability::percent(30),
            bad: Probability::percent(90),
            good: Probability::percent(1),
        },
        corrupt: Probability::percent(5),
        duplicate: Probability::percent(5),
        reorder: Some(Reorder::new(Probability::percent(5))),
        queue: Queue { discipline: Discipline::Red(Red::default()), ..Queue::default() },
        ..Config::default()
    };
    let run = |orders: Orders| {
        let mut link = Link::new(&config, 4);
        let (mut traffic, mut now) = (Random::new(99), 0);
        for n in 0..5_000 {
            now += traffic.below(1_150_000);
            let orders = if n % 7 == 0 { orders } else { Orders::default() };
            link.send_with(at(now), numbered(n, 64 + traffic.below(1_400) as usize), orders);
        }
        let mut events = drain(&mut link);
        // The number can be what is corrupted: by the time at which it was sent.
        let sent = |event: &Event<Vec<u8>>| match event {
            Event::Arrived(one) => (one.sent, one.frame.len()),
            Event::Dropped(one) => (one.sent, one.frame.len()),
        };
        let (mut traffic, mut now, mut ordered) = (Random::new(99), 0, Vec::new());
        for n in 0..5_000 {
            now += traffic.below(1_150_000);
            let length = 64 + traffic.below(1_400) as usize;
            if n % 7 == 0 {
                ordered.push((at(now), length));
            }
        }
        events.retain(|event| ordered.binary_search(&sent(event)).is_err());
        events
    };
    let plain = run(Orders::default());
    assert!(plain.len() > 4_000);
    for orders in [
        Orders { lose: true, ..NOTHING },
        Orders { corrupt: true, ..NOTHING },
        Orders { duplicate: true, ..NOTHING },
        Orders { delay: ms(50), ..NOTHING },
        Orders { lose: false, corrupt: true, duplicate: true, delay: ms(7) },
    ] {
        assert_eq!(run(orders), plain, "{orders:?}");
    }
}
