//! What has to hold whatever the link is like, and whatever is sent.

use core::time::Duration;

use layercake::link::{
    Codel, Config, Discipline, Event, Framing, Jitter, Limit, Link, Loss, Orders, Probability, Queue, Rate,
    Red, Reorder, TokenBucket,
};
use layercake::time::Time;
use proptest::prelude::*;

use crate::{arrivals, at, drain, numbered};

fn probability() -> impl Strategy<Value = Probability> {
    prop_oneof![Just(0), Just(1_000_000_000), 0..=1_000_000_000u32].prop_map(Probability::parts_per_billion)
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        Just(Limit::NONE),
        (0..40usize).prop_map(Limit::packets),
        (0..40usize, 0..40_000usize).prop_map(|(packets, bytes)| Limit { packets, bytes })
    ]
}

fn discipline() -> impl Strategy<Value = Discipline> {
    let codel = (0..20_000_000u64, 0..200_000_000u64, 0..3_000usize, any::<bool>()).prop_map(
        |(target, interval, mtu, ecn)| {
            let [target, interval] = [target, interval].map(Duration::from_nanos);
            Discipline::Codel(Codel { target, interval, mtu, ecn })
        },
    );
    let red = (0..10u32, 0..20u32, probability(), any::<u8>(), 0..2_000u32, any::<bool>(), any::<bool>())
        .prop_map(|(min, max, probability, weight, mean_packet, gentle, ecn)| {
            Discipline::Red(Red { min, max, probability, weight, mean_packet, gentle, ecn })
        });
    prop_oneof![Just(Discipline::DropTail), codel, red]
}

fn loss() -> impl Strategy<Value = Loss> {
    prop_oneof![
        Just(Loss::None),
        probability().prop_map(Loss::Bernoulli),
        (probability(), probability(), probability(), probability())
            .prop_map(|(p, r, bad, good)| Loss::GilbertElliott { p, r, bad, good }),
        prop::collection::vec(0..100u64, 0..20).prop_map(Loss::List)
    ]
}

fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![Just(0), 1..100u64, 1_000_000..20_000_000u64, any::<u64>()].prop_map(Rate::bit)
}

fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![Just(0), 0..100_000_000u64, any::<u64>()].prop_map(Duration::from_nanos)
}

prop_compose! {
    fn config()(
        (limit, discipline, loss, in_flight) in (limit(), discipline(), loss(), limit()),
        bucket in prop::option::of((rate(), 0..5_000u64)),
        rate in prop::option::of(rate()),
        framing in prop_oneof![Just(Framing::NONE), Just(Framing::ETHERNET)],
        (delay, jitter, overtakes) in (span(), span(), any::<bool>()),
        (corrupt, duplicate) in (probability(), probability()),
        reorder in prop::option::of((probability(), 1..10u32)),
    ) -> Config {
        Config {
            queue: Queue { limit, discipline },
            bucket: bucket.map(|(rate, burst)| TokenBucket { rate, burst }),
            rate,
            framing,
            delay,
            jitter: Jitter { span: jitter, overtakes },
            loss,
            corrupt,
            duplicate,
            reorder: reorder.map(|(probability, gap)| Reorder { probability, gap: gap.try_into().unwrap() }),
            in_flight,
            ..Config::default()
        }
    }
}

/// How long after the one before a frame is sent, how long it is, and whether the link is looked at then.
fn traffic() -> impl Strategy<Value = Vec<(u64, usize, bool)>> {
    let gap = prop_oneof![Just(0), 0..1_000_000u64, 0..100_000_000u64];
    prop::collection::vec((gap, 4..1_600usize, any::<bool>()), 0..150)
}

proptest! {
    /// Nothing is ever missing, no deadline is over, and things come in the order of their times.
    #[test]
    fn nothing_is_missing(config in config(), traffic in traffic(), seed in any::<u64>()) {
        let mut link = Link::new(&config, seed);
        let (mut now, mut last, mut arrived, mut dropped) = (0, Time::ZERO, 0u64, 0u64);
        let mut seen = |link: &mut Link<Vec<u8>>, now: Time| {
            while let Some(event) = link.poll(now) {
                assert!(event.time() >= last && event.time() <= now);
                last = event.time();
                match event {
                    Event::Arrived(delivery) => {
                        arrived += 1;
                        assert!(delivery.time >= delivery.sent);
                    }
                    Event::Dropped(_) => dropped += 1,
                }
            }
            assert!(link.is_balanced());
            assert!(link.next_deadline().is_none_or(|next| next > now));
        };
        for (n, (gap, length, look)) in traffic.iter().enumerate() {
            now += gap;
            link.send(at(now), numbered(n as u32, *length));
            prop_assert!(link.is_balanced());
            let (packets, bytes) = link.queued();
            prop_assert!(packets <= config.queue.limit.packets && bytes <= config.queue.limit.bytes);
            if *look {
                seen(&mut link, at(now));
            }
        }
        // A finite number of deadlines, each later than the one before.
        let mut deadlines = 0;
        while let Some(next) = link.next_deadline() {
            seen(&mut link, next.max(at(now)));
            deadlines += 1;
            prop_assert!(deadlines <= 4 * traffic.len() + 4);
        }
        let counters = *link.counters();
        prop_assert_eq!(counters.sent, traffic.len() as u64);
        prop_assert_eq!(counters.delivered, arrived);
        prop_assert!(dropped <= counters.dropped.total());
        // On a line that takes forever a frame is lost, and never says so.
        if config.in_flight == Limit::NONE && config.rate != Some(Rate::bit(0)) {
            prop_assert_eq!(dropped, counters.dropped.total());
        }
        // What is left never moves: its rate is 0, or it is farther away than time goes.
        prop_assert!(link.is_balanced());
    }

    /// The same while the link becomes others, and is cut and mended.
    #[test]
    fn nothing_is_missing_while_it_changes(
        configs in prop::collection::vec(config(), 1..5),
        traffic in traffic(),
        changes in prop::collection::vec(0..12usize, 150),
        orders in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), span()), 1..5),
    ) {
        let mut link = Link::new(&configs[0], 1);
        let (mut now, mut last, mut seen) = (0, Time::ZERO, 0);
        for (n, (gap, length, look)) in traffic.iter().enumerate() {
            now += gap;
            match changes[n] {
                0 => link.cut(at(now)),
                1 => link.mend(at(now)),
                change => if let Some(config) = configs.get(change) {
                    link.configure(at(now), config);
                    let (packets, bytes) = link.queued();
                    prop_assert!(packets <= config.queue.limit.packets && bytes <= config.queue.limit.bytes);
                },
            }
            prop_assert!(link.is_balanced());
            prop_assert!(link.queued().0 == 0 || !link.is_cut());
            let (lose, corrupt, duplicate, delay) = orders[n % orders.len()];
            link.send_with(at(now), numbered(n as u32, *length), Orders { lose, corrupt, duplicate, delay });
            while *look && let Some(event) = link.poll(at(now)) {
                prop_assert!(event.time() >= last && event.time() <= at(now));
                last = event.time();
                seen += 1;
            }
            prop_assert!(!*look || link.next_deadline().is_none_or(|next| next > at(now)));
        }
        link.cut(at(now));
        while let Some(event) = link.poll(at(now)) {
            prop_assert!(event.time() >= last);
            last = event.time();
            seen += 1;
        }
        prop_assert_eq!((link.held(), link.next_deadline()), (0, None));
        let counters = link.counters();
        prop_assert_eq!(counters.sent, traffic.len() as u64);
        prop_assert_eq!(counters.delivered + counters.dropped.total(), counters.sent + counters.duplicated);
        prop_assert!(seen <= counters.delivered + counters.dropped.total());
    }

    /// To become what it is already changes nothing.
    #[test]
    fn the_same_link_again(config in config(), traffic in traffic(), seed in any::<u64>()) {
        let run = |again: bool| {
            let mut link = Link::new(&config, seed);
            let mut now = 0;
            for (n, (gap, length, look)) in traffic.iter().enumerate() {
                now += gap;
                if again && *look {
                    link.configure(at(now), &config);
                }
                link.send(at(now), numbered(n as u32, *length));
            }
            let events: Vec<_> = core::iter::from_fn(|| link.poll(at(u64::MAX - 1))).collect();
            (events, *link.counters())
        };
        prop_assert_eq!(run(true), run(false));
    }

    /// Without being asked, no link changes the order.
    #[test]
    fn order_is_kept(config in config(), traffic in traffic(), seed in any::<u64>()) {
        let jitter = Jitter { overtakes: false, ..config.jitter };
        let config = Config { jitter, reorder: None, corrupt: Probability::NEVER, ..config };
        let mut link = Link::new(&config, seed);
        let mut now = 0;
        for (n, (gap, length, _)) in traffic.iter().enumerate() {
            now += gap;
            link.send(at(now), numbered(n as u32, *length));
        }
        let mut events = Vec::new();
        while let Some(next) = link.next_deadline() {
            events.extend(core::iter::from_fn(|| link.poll(next)));
        }
        prop_assert!(arrivals(&events).is_sorted_by(|one, next| one.1 <= next.1));
        prop_assert_eq!(link.counters().reordered, 0);
    }

    /// Over any interval no more than `rate * t + burst` begins to leave.
    #[test]
    fn a_token_bucket_is_conformed_to(
        rate in 1_000..20_000_000u64,
        burst in 1_600..20_000u64,
        line in prop::option::of(10_000_000..100_000_000u64),
        traffic in traffic(),
        discipline in discipline(),
    ) {
        let config = Config {
            queue: Queue { limit: Limit::NONE, discipline },
            bucket: Some(TokenBucket { rate: Rate::bit(rate), burst }),
            rate: line.map(Rate::bit),
            framing: Framing::ETHERNET,
            ..Config::default()
        };
        let mut link = Link::new(&config, 0);
        let mut now = 0;
        for (n, (gap, length, _)) in traffic.iter().enumerate() {
            now += gap;
            link.send(at(now), numbered(n as u32, *length));
        }
        // When each began to leave, in nanoseconds, and its bits with what the framing adds.
        let starts: Vec<(f64, f64)> = drain(&mut link)
            .into_iter()
            .filter_map(|event| match event {
                Event::Arrived(delivery) => {
                    let bits = Framing::ETHERNET.bytes(delivery.frame.len()) as f64 * 8.0;
                    let on_line = line.map_or(0.0, |line| bits * 1e9 / line as f64);
                    Some((delivery.time.nanoseconds() as f64 - on_line, bits))
                }
                Event::Dropped(_) => None,
            })
            .collect();
        for first in 0..starts.len() {
            let mut bits = 0.0;
            for (start, more) in &starts[first..] {
                bits += more;
                // The line's end is rounded up to a nanosecond, so a start is known to one.
                let allowed = rate as f64 * (start - starts[first].0 + 1.0) * 1e-9 + burst as f64 * 8.0;
                prop_assert!(bits <= allowed + 1e-3, "{bits} bits, {allowed} allowed");
            }
        }
    }

    /// The same for the same seed.
    #[test]
    fn the_same_again(config in config(), traffic in traffic(), seed in any::<u64>()) {
        let run = || {
            let mut link = Link::new(&config, seed);
            let mut now = 0;
            for (n, (gap, length, _)) in traffic.iter().enumerate() {
                now += gap;
                link.send(at(now), numbered(n as u32, *length));
            }
            let events: Vec<_> = core::iter::from_fn(|| link.poll(at(u64::MAX - 1))).collect();
            (events, *link.counters())
        };
        prop_assert_eq!(run(), run());
    }
}
