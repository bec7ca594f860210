//! What is left to chance, as often as it should be, and the same for the same seed.

use layercake::link::{
    Codel, Config, Discipline, Event, Jitter, Link, Loss, Probability, Queue, Rate, Red, Reorder,
};
use layercake::random::Random;
use layercake::time::Time;

use crate::{at, drain, drops, is_share, ms, number, numbered};

const FRAMES: usize = 200_000;

/// Which of many frames arrive.
fn arrived(loss: Loss, seed: u64) -> Vec<bool> {
    let mut link = Link::new(&Config { loss, ..Config::default() }, seed);
    let arrives = |n: usize| {
        link.send(at(n as u64), numbered(n as u32, 60));
        matches!(link.poll(at(n as u64)), Some(Event::Arrived(_)))
    };
    (0..FRAMES).map(arrives).collect()
}

#[test]
fn bernoulli_loses_its_share() {
    for (seed, percent) in [(1, 1), (2, 10), (3, 50), (4, 99)] {
        let arrived = arrived(Loss::Bernoulli(Probability::percent(percent)), seed);
        let lost = arrived.iter().filter(|arrived| !**arrived).count();
        is_share(lost, FRAMES, f64::from(percent) / 100.0);
        // One lost frame makes the next no likelier to be lost.
        let twice = arrived.windows(2).filter(|two| !two[0] && !two[1]).count();
        is_share(twice, lost, f64::from(percent) / 100.0);
    }
    assert!(arrived(Loss::None, 5).iter().all(|arrived| *arrived));
    assert!(!arrived(Loss::Bernoulli(Probability::ALWAYS), 5).iter().any(|arrived| *arrived));
}

/// Elliott 1963: a share of p / (p + r) in the bad state, of which `bad` is lost, and of the rest `good`. The
/// variance of the share of a chain of two states is that of independent trials times (1 + c) / (1 - c), with c = 1 -
/// p - r.
#[test]
fn gilbert_elliott_loses_its_share_in_bursts() {
    for (seed, p, r, bad, good) in [
        (1, 0.0025, 0.25, 1.0, 0.0),
        (2, 0.01, 0.1, 1.0, 0.0),
        (3, 0.02, 0.3, 0.5, 0.01),
        (4, 0.3, 0.6, 0.9, 0.1),
    ] {
        let parts = |share: f64| Probability::parts_per_billion((share * 1e9).round() as u32);
        let loss = Loss::GilbertElliott { p: parts(p), r: parts(r), bad: parts(bad), good: parts(good) };
        let arrived = arrived(loss, seed);
        let lost = arrived.iter().filter(|arrived| !**arrived).count();

        let in_bad: f64 = p / (p + r);
        let expected = in_bad * bad + (1.0 - in_bad) * good;
        let correlation: f64 = 1.0 - p - r;
        let states = (bad - good).powi(2) * in_bad * (1.0 - in_bad) * 2.0 * correlation / (1.0 - correlation);
        let sigma = ((expected * (1.0 - expected) + states) / FRAMES as f64).sqrt();
        let share = lost as f64 / FRAMES as f64;
        assert!((share - expected).abs() < 4.0 * sigma, "{share}, not {expected} within 4 * {sigma}");

        // A burst goes on with the probability that a lost frame is followed by a lost one. In the simple model that
        // is 1 - r, so bursts are 1 / r long; else by the chain: P(lost, lost) / P(lost).
        let stays_bad = in_bad * bad * ((1.0 - r) * bad + r * good);
        let stays_good = (1.0 - in_bad) * good * (p * bad + (1.0 - p) * good);
        let goes_on = (stays_bad + stays_good) / expected;
        let bursts = arrived.windows(2).filter(|two| two[0] && !two[1]).count();
        let mean = lost as f64 / bursts as f64;
        let expected = 1.0 / (1.0 - goes_on);
        // Geometric: the deviation of a burst's length is at most about sqrt(goes_on) / (1 - goes_on); 5 of its mean's.
        let sigma = goes_on.sqrt() / (1.0 - goes_on) / (bursts as f64).sqrt();
        assert!((mean - expected).abs() < 5.0 * sigma, "bursts of {mean}, not {expected} within 5 * {sigma}");
        if (bad, good) == (1.0, 0.0) {
            assert!((expected - 1.0 / r).abs() < 1e-9);
        }
    }
}

#[test]
fn corruption_turns_one_bit_over_any_of_them() {
    let config = Config { corrupt: Probability::percent(20), ..Config::default() };
    let mut link = Link::new(&config, 11);
    let (mut hit, mut bits) = (0, [0usize; 64]);
    for n in 0..FRAMES as u64 {
        link.send(at(n), vec![0xa5; 8]);
        let delivery = link.poll_deliver(at(n)).unwrap();
        let changed = delivery.frame.iter().map(|byte| (byte ^ 0xa5).count_ones()).sum::<u32>();
        assert_eq!(changed, u32::from(delivery.corrupted.is_some()));
        if let Some(bit) = delivery.corrupted {
            hit += 1;
            bits[bit as usize] += 1;
            assert_eq!(delivery.frame[bit as usize / 8] ^ 0xa5, 0x80 >> (bit % 8));
        }
    }
    is_share(hit, FRAMES, 0.2);
    assert_eq!(link.counters().corrupted, hit as u64);
    // Chi squared with 63 degrees of freedom: 125 is 5 standard deviations and more beyond.
    let expected = hit as f64 / 64.0;
    let squared: f64 = bits.iter().map(|found| (*found as f64 - expected).powi(2) / expected).sum();
    assert!(squared < 125.0, "{squared}");
    // A frame without bytes has no bit to turn.
    let mut link = Link::new(&Config { corrupt: Probability::ALWAYS, ..Config::default() }, 0);
    link.send(Time::ZERO, Vec::new());
    assert_eq!(link.poll_deliver(Time::ZERO).unwrap().corrupted, None);
}

#[test]
fn duplication_doubles_its_share() {
    let config = Config { duplicate: Probability::percent(5), ..Config::default() };
    let mut link = Link::new(&config, 12);
    (0..FRAMES as u32).for_each(|n| link.send(at(n.into()), numbered(n, 4)));
    assert_eq!(drain(&mut link).len() as u64, link.counters().delivered);
    is_share(link.counters().duplicated as usize, FRAMES, 0.05);
}

/// Frames at 1 ms from each other and a delay of 10 ms: each one chosen overtakes, unless all ten before it were chosen too.
#[test]
fn reordering_takes_its_share() {
    for (gap, percent) in [(1, 25), (5, 50)] {
        let reorder = Reorder { probability: Probability::percent(percent), gap: gap.try_into().unwrap() };
        let config = Config { delay: ms(10), reorder: Some(reorder), ..Config::default() };
        let mut link = Link::new(&config, 13);
        (0..FRAMES as u32).for_each(|n| link.send(at(u64::from(n) * 1_000_000), numbered(n, 4)));
        let events = drain(&mut link);
        let early =
            |event: &&Event<Vec<u8>>| event.time() == at(u64::from(number(event.frame())) * 1_000_000);
        let early = events.iter().filter(early).count();
        is_share(early, FRAMES / gap as usize, f64::from(percent) / 100.0);
        let overtook = link.counters().reordered as usize;
        assert!(overtook <= early && early - overtook < 10, "{overtook} of {early}");
    }
}

fn everything() -> Config {
    Config {
        rate: Some(Rate::mbit(10)),
        delay: ms(20),
        jitter: Jitter { span: ms(3), overtakes: false },
        loss: Loss::Bernoulli(Probability::percent(5)),
        corrupt: Probability::percent(5),
        duplicate: Probability::percent(5),
        reorder: Some(Reorder::new(Probability::percent(5))),
        queue: Queue { discipline: Discipline::Red(Red::default()), ..Queue::default() },
        ..Config::default()
    }
}

/// Some 12 seconds of frames that come a little faster than they go.
fn run(config: &Config, seed: u64) -> (Link<Vec<u8>>, Vec<Event<Vec<u8>>>) {
    let mut link = Link::new(config, seed);
    let (mut traffic, mut now) = (Random::new(99), 0);
    for n in 0..20_000 {
        now += traffic.below(1_150_000);
        link.send(at(now), numbered(n, 64 + traffic.below(1_400) as usize));
    }
    let events = drain(&mut link);
    (link, events)
}

#[test]
fn the_same_seed_gives_the_same() {
    let (link, events) = run(&everything(), 1);
    let (again, the_same) = run(&everything(), 1);
    assert_eq!(events, the_same);
    assert_eq!(link.counters(), again.counters());
    assert_ne!(events, run(&everything(), 2).1);
    let counters = link.counters();
    for happened in [
        counters.dropped.red,
        counters.dropped.loss,
        counters.duplicated,
        counters.corrupted,
        counters.reordered,
    ] {
        assert!(happened > 100, "{counters:?}");
    }
}

/// How often a link is looked at makes no difference.
#[test]
fn looking_often_or_rarely_gives_the_same() {
    let config = Config {
        queue: Queue { discipline: Discipline::Codel(Codel::default()), ..Queue::default() },
        ..everything()
    };
    let often = run(&config, 1).1;
    let mut link = Link::new(&config, 1);
    let (mut traffic, mut now, mut events) = (Random::new(99), 0, Vec::new());
    for n in 0..20_000 {
        now += traffic.below(1_150_000);
        link.send(at(now), numbered(n, 64 + traffic.below(1_400) as usize));
        if n % 37 == 0 {
            events.extend(core::iter::from_fn(|| link.poll(at(now))));
        }
    }
    events.extend(core::iter::from_fn(|| link.poll(at(u64::MAX - 1))));
    assert_eq!(events, often);
}

/// An impairment that never happens is none, and one that is switched off leaves all others as they were.
#[test]
fn impairments_do_not_disturb_each_other() {
    let plain = Config { loss: Loss::None, ..everything() };
    let never = Config {
        loss: Loss::Bernoulli(Probability::NEVER),
        duplicate: Probability::NEVER,
        reorder: Some(Reorder::new(Probability::NEVER)),
        ..plain.clone()
    };
    let without = Config { duplicate: Probability::NEVER, reorder: None, ..plain.clone() };
    assert_eq!(run(&never, 1).1, run(&without, 1).1);

    // With loss: the same deliveries, but for those of the frames that are lost.
    let (all, rest) = (run(&plain, 1).1, run(&everything(), 1).1);
    let lost: Vec<u32> = drops(&rest).iter().map(|(_, number, _)| *number).collect();
    let kept: Vec<&Event<Vec<u8>>> = all
        .iter()
        .filter(|event| matches!(event, Event::Arrived(found) if found.corrupted.is_none() && !lost.contains(&number(&found.frame))))
        .collect();
    let arrived: Vec<&Event<Vec<u8>>> = rest
        .iter()
        .filter(|event| matches!(event, Event::Arrived(found) if found.corrupted.is_none()))
        .collect();
    assert!(kept.len() > 10_000);
    assert_eq!(kept, arrived);

    // Without corruption, all is where it was.
    let clean = run(&Config { corrupt: Probability::NEVER, ..plain }, 1).1;
    assert!(all.iter().map(Event::time).eq(clean.iter().map(Event::time)));
}

/// What is lost with one probability is lost with a greater one too.
#[test]
fn more_loss_loses_the_same_and_more() {
    let [one, two] = [1, 2].map(|percent| arrived(Loss::Bernoulli(Probability::percent(percent)), 6));
    assert!(one.iter().zip(&two).all(|(one, two)| *one || !*two));
}

/// Bursts are as long and losses as many as was asked for, or it is said that they cannot be: behind each burst at least one frame arrives.
#[test]
#[cfg(any(feature = "tap", feature = "sim"))]
fn bursts_are_what_was_asked_for() {
    for (text, share) in [
        ("loss=1%,burst=4", 0.01),
        ("loss=50%,burst=2", 0.5),
        ("loss=66%,burst=2", 0.66),
        ("loss=20%,burst=1", 0.2),
    ] {
        let mut link = Link::new(&text.parse::<Config>().unwrap(), 5);
        let frames = 200_000;
        for _ in 0..frames {
            link.send(Time::ZERO, vec![0; 60]);
            while link.poll(Time::ZERO).is_some() {}
        }
        let lost = link.counters().dropped.loss as f64 / f64::from(frames);
        assert!((lost - share).abs() < share * 0.08, "{text}: {lost}");
    }
    for text in [
        "loss=60%,burst=1",
        "loss=80%,burst=2",
        "loss=100%,burst=4",
        "loss=50%,burst=2000000000",
        "loss=1",
        "rate=0bit",
        "rate=10",
    ] {
        assert!(text.parse::<Config>().is_err(), "{text}");
    }
}
