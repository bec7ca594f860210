//! Waiting times in the queue, against queueing theory.

use core::time::Duration;

use layercake::link::{Config, Event, Limit, Link, Queue, Rate};
use layercake::random::Random;

use crate::{at, drain};

/// An exponential variable of mean 1.
fn exponential(random: &mut Random) -> f64 {
    -(((random.number() >> 11) as f64 + 0.5) / (1u64 << 53) as f64).ln()
}

/// The mean waiting time in the queue in mean service times, for Poisson arrivals at a load of `rho`. A frame of
/// 1,000 bytes takes 1 ms.
fn wait(rho: f64, frames: usize, seed: u64, length: impl Fn(&mut Random) -> usize) -> f64 {
    let queue = Queue { limit: Limit::NONE, ..Queue::default() };
    let mut link = Link::new(&Config { queue, rate: Some(Rate::mbit(8)), ..Config::default() }, 0);
    let (mut random, mut now, mut waited, mut served) = (Random::new(seed), 0.0, 0.0, 0);
    let mut count = |events: Vec<Event<Vec<u8>>>| {
        for event in events {
            let Event::Arrived(delivery) = event else { panic!("nothing is lost here") };
            let service = Duration::from_micros(delivery.frame.len() as u64);
            waited += (delivery.time - delivery.sent - service).as_secs_f64();
            served += 1;
        }
    };
    for _ in 0..frames {
        now += exponential(&mut random) * 1e6 / rho;
        let frame = vec![0; length(&mut random)];
        link.send(at(now as u64), frame);
        count(core::iter::from_fn(|| link.poll(at(now as u64))).collect());
    }
    count(drain(&mut link));
    assert_eq!(served, frames);
    waited / frames as f64 / 1e-3
}

/// Pollaczek and Khinchine: the mean wait of M/D/1 is rho / (2 (1 - rho)) service times: 2.0 at 0.8, 0.5 at 0.5.
#[test]
fn poisson_arrivals_of_equal_frames() {
    for (rho, expected) in [(0.5, 0.5), (0.8, 2.0)] {
        let found = wait(rho, 400_000, 21, |_| 1_000);
        assert!((found - expected).abs() < 0.03 * expected, "{found} at {rho}, not {expected}");
    }
}

/// M/M/1: rho / (1 - rho) service times: 4.0 at 0.8, 1.0 at 0.5. Lengths are exponential, to whole bytes of 1,000 on
/// average.
#[test]
fn poisson_arrivals_of_exponential_frames() {
    for (rho, expected) in [(0.5, 1.0), (0.8, 4.0)] {
        let found = wait(rho, 400_000, 22, |random| (exponential(random) * 1_000.0).round() as usize);
        assert!((found - expected).abs() < 0.05 * expected, "{found} at {rho}, not {expected}");
    }
}
