//! Each packet is lost with the same probability: 100 Mbit/s, 100 ms.

use super::*;

/// A mean over seeds, with what was sent and lost altogether.
fn mean(config: &Config, billionths: u32, seconds: u64) -> (f64, Sent, u64) {
    let seeds = 8;
    let (mut sum, mut sent, mut lost) = (0.0, Sent::default(), 0);
    for seed in 0..seeds {
        let loss = Loss::Bernoulli(Probability::parts_per_billion(billionths));
        let there = link::Config { loss, ..link(Some(100), ms(50)) };
        let mut world = World::new(config, 1, &there, 1000 + 2 * seed);
        world.run(ms(20_000));
        sum += world.rate(ms((seconds - 20) * 1000));
        let one = world.flows[0].sent;
        sent.data += one.data;
        sent.again += one.again;
        sent.timeouts += one.timeouts;
        sent.probes += one.probes;
        lost += world.links[0].counters().dropped.total();
    }
    (sum / seeds as f64, sent, lost)
}

/// Mathis et al. 1997 with an acknowledgment for each segment: 1.22 segments in a round trip, over the root of p. Linux counts acknowledged
/// packets, and so do we count bytes, so delayed acknowledgments do not slow the growth.
#[test]
fn throughput_under_random_loss() {
    println!(
        "p      | Mathis | Linux reno | reno | of Mathis || Linux cubic | cubic | of Linux || lost/again/probes/timeouts reno, cubic"
    );
    let rows = [
        (300_000, 8.19, None, 9.52, 300),
        (1_000_000, 4.49, Some(4.44), 4.81, 300),
        (3_000_000, 2.59, Some(2.92), 3.16, 120),
        (10_000_000, 1.42, Some(1.34), 1.29, 120),
        (30_000_000, 0.82, Some(0.80), 0.70, 120),
    ];
    let mut missed = Vec::new();
    for (p, mathis, linux_reno, linux_cubic, seconds) in rows {
        let (reno, reno_sent, reno_lost) = mean(&bulk(Algorithm::Reno), p, seconds);
        let (cubic, cubic_sent, cubic_lost) = mean(&bulk(Algorithm::Cubic), p, seconds);
        let linux_reno: Option<f64> = linux_reno;
        println!(
            "{:<6} | {mathis:>6.2} | {:>10} | {reno:.2} | {:>8.0}% || {linux_cubic:>11.2} | {cubic:>5.2} | {:>7.0}% || {}/{}/{}/{} {}/{}/{}/{}",
            f64::from(p) / 1e9,
            linux_reno.map_or("-".into(), |rate| format!("{rate:.2}")),
            reno / mathis * 100.0,
            cubic / linux_cubic * 100.0,
            reno_lost,
            reno_sent.again,
            reno_sent.probes,
            reno_sent.timeouts,
            cubic_lost,
            cubic_sent.again,
            cubic_sent.probes,
            cubic_sent.timeouts,
        );
        if (reno / mathis - 1.0f64).abs() > 0.2 {
            missed.push(format!("reno at {p}"));
        }
        if (cubic / linux_cubic - 1.0f64).abs() > 0.2 {
            missed.push(format!("cubic at {p}"));
        }
        for (sent, lost) in [(reno_sent, reno_lost), (cubic_sent, cubic_lost)] {
            // What is lost at the end of a run is not repaired yet; a timeout sends again what may have arrived.
            if (sent.again + sent.probes).abs_diff(lost) > 8 + sent.timeouts {
                missed.push(format!("retransmissions at {p}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// With any one mechanism switched off, one packet in a hundred lost is still repaired without slowing down.
#[test]
fn mechanisms() {
    println!("1 % lost, Reno: Mathis 1.42");
    for (name, value) in [
        ("rack", "off"),
        ("sack", "off"),
        ("timestamps", "off"),
        ("proportional-reduction", "off"),
        ("limited-transmit", "off"),
        ("tail-loss-probe", "off"),
        ("undo", "off"),
    ] {
        let mut config = bulk(Algorithm::Reno);
        config.set(name, value).unwrap();
        let (rate, Sent { again, probes, timeouts, .. }, lost) = mean(&config, 10_000_000, 120);
        println!(
            "{name} {value}: {rate:.2}, {lost} lost, {again} again, {probes} probes, {timeouts} after a timeout"
        );
        assert!((rate / 1.42 - 1.0).abs() < 0.2, "{name} {value}: {rate}");
        // As above. Without SACK nobody knows what of a window has arrived: where a timeout that was tried with new data was right (RFC 5682),
        // that window is sent again whole.
        let spare = if name == "sack" { 3 * timeouts } else { timeouts };
        assert!((again + probes).abs_diff(lost) <= 8 + spare, "{name} {value}");
    }
}
