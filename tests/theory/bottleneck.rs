//! A line of 10 Mbit/s, 40 ms, with a queue: nothing is lost but what finds it full.

use super::*;

/// 10 Mbit/s for 40 ms.
const PRODUCT: usize = 50_000;

fn world(config: &Config, flows: usize, buffer: usize, seed: u64) -> World {
    let queue = Queue { limit: Limit::bytes(buffer), ..Queue::default() };
    let there = link::Config { queue, ..link(Some(10), ms(20)) };
    World::new(config, flows, &there, seed)
}

#[test]
fn utilisation_and_delay() {
    println!(
        "buffer | algorithm | hystart | utilisation Linux, ours | delay Linux, ours | drops Linux, ours | again | probes | timeouts"
    );
    let rows = [
        (0.25, [(81.3, 3.7, 116), (90.3, 3.9, 64)]),
        (1.0, [(98.4, 21.6, 120), (99.0, 30.0, 52)]),
        (10.0, [(99.7, 297.0, 375), (99.4, 321.0, 78)]),
    ];
    let mut missed = Vec::new();
    for (buffer, columns) in rows {
        for (algorithm, (utilisation, delay, drops)) in
            [Algorithm::Reno, Algorithm::Cubic].into_iter().zip(columns)
        {
            for hystart in [true, false] {
                let config = Config { hystart, ..bulk(algorithm) };
                let mut world = world(&config, 1, (buffer * PRODUCT as f64 * 1480.0 / 1500.0) as usize, 1);
                world.run(ms(60_000));
                let counters = world.links[0].counters();
                let bits = (counters.delivered_bytes + 20 * counters.delivered) * 8;
                let found = bits as f64 / 60.0 / 1e7 * 100.0;
                let waited = world.waited.as_secs_f64() * 1000.0 / world.passed as f64;
                let Sent { again, probes, timeouts, .. } = world.flows[0].sent;
                let dropped = counters.dropped.total();
                println!(
                    "{buffer:>6} | {algorithm:>9?} | {hystart:>7} | {utilisation:>9.1} % {found:>5.1} %        | {delay:>5.1} {waited:>5.1} ms    | {drops:>3} {dropped:>3}           | {again:>5} | {probes:>6} | {timeouts}",
                );
                // The queue stands as high as in Linux, or, after HyStart++, not much higher.
                if found < utilisation - 1.0 || waited > delay * 1.2 + 1.0 {
                    missed.push(format!("{buffer} {algorithm:?} {hystart}: {found} %, {waited} ms"));
                }
                // What was dropped just now is not sent again yet: a repair takes two round trips.
                world.run(ms(60_250));
                let Sent { again, probes, .. } = world.flows[0].sent;
                if again + probes < dropped || again + probes > world.links[0].counters().dropped.total() {
                    missed.push(format!("{buffer} {algorithm:?} {hystart}: retransmissions"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// Flows with the same round-trip time share the line: Jain's index is at least 0.95 over 60 s.
#[test]
fn fairness() {
    println!("algorithm | flows | Jain's index");
    for algorithm in [Algorithm::Reno, Algorithm::Cubic] {
        for flows in [2, 4, 10] {
            let mut world = world(&bulk(algorithm), flows, PRODUCT, 5);
            world.run(ms(10_000));
            let before: Vec<u64> = world.flows.iter().map(|flow| flow.read).collect();
            world.run(ms(60_000));
            let rates = world.flows.iter().zip(before).map(|(flow, before)| (flow.read - before) as f64);
            let (sum, squares) =
                rates.fold((0.0, 0.0), |(sum, squares), rate| (sum + rate, squares + rate * rate));
            let index = sum * sum / (flows as f64 * squares);
            println!("{algorithm:>9?} | {flows:>5} | {index:.3}");
            assert!(index >= 0.95, "{algorithm:?}, {flows} flows: {index}");
        }
    }
}
