//! What has one right answer.

use super::*;

/// Slow start from ten segments: 10 (2^n - 1) segments have arrived after n round trips (RFC 5681 with L = ∞).
#[test]
fn slow_start_doubles() {
    let config = Config { hystart: false, ..bulk(Algorithm::Reno) };
    let mut world = World::new(&config, 1, &link(None, ms(50)), 1);
    // The handshake takes one round trip, and data half of one to arrive.
    world.run(ms(125));
    for n in 1..=10 {
        world.run(ms(100));
        let segments = world.flows[0].read as f64 / SEGMENT as f64;
        println!("{n} round trips: {segments} segments, {} expected", 10 * ((1 << n) - 1));
        assert_eq!(segments, f64::from(10 * ((1 << n) - 1)));
    }
}

/// No more than a window in a round trip: 1024 bytes in 100 ms are 10240 bytes a second.
#[test]
fn a_window_in_a_round_trip() {
    for (window, expected) in [(1024, 10_240.0), (65_535, 655_350.0)] {
        let mut config = bulk(Algorithm::Cubic);
        config.receive_buffer = window;
        config.receive_buffer_most = window;
        config.nagle = false;
        config.delayed_ack = false;
        let mut world = World::new(&config, 1, &link(None, ms(50)), 1);
        world.run(ms(5000));
        let rate = world.rate(ms(50_000)) * 1e6 / 8.0;
        println!("window {window}: {rate} bytes/s, {expected} expected");
        assert!(rate <= expected && rate > expected * 0.97, "{window}: {rate}");
    }
}

/// Reno: from one loss at window W to the next are W/2 round trips of growth by one segment.
#[test]
fn reno_grows_by_a_segment_each_round_trip() {
    let config = Config { hystart: false, ..bulk(Algorithm::Reno) };
    let there = link::Config { loss: Loss::List(vec![300]), ..link(None, ms(50)) };
    let mut world = World::new(&config, 1, &there, 1);
    world.run(ms(2000));
    let start = world.window();
    world.run(ms(5000));
    let grown = world.window() - start;
    println!("from {start} by {grown} segments in 50 round trips");
    assert!((48.0..=51.0).contains(&grown), "{start} and {grown}");
}

/// CUBIC over a connection: the window follows W(t) = 0.4 (t - K)^3 + W_max since the loss (RFC 9438 section 4.2).
#[test]
fn cubic_follows_its_curve() {
    let config = Config { hystart: false, ..bulk(Algorithm::Cubic) };
    for first in [300u64, 2000] {
        let there = link::Config { loss: Loss::List(vec![first]), ..link(None, ms(50)) };
        let mut world = World::new(&config, 1, &there, 1);
        while world.info().slow_start_threshold == u64::MAX {
            world.run(ms(1));
        }
        // The repair takes a round trip, then growth begins.
        let threshold = world.info().slow_start_threshold as f64 / SEGMENT as f64;
        // The threshold is in whole segments.
        let most = (1..).map(f64::from).find(|most| (most * 0.7 + 1e-9).floor() == threshold).unwrap();
        world.run(ms(100));
        let start = world.now;
        world.run(ms(50));
        let reach = (most * 0.3 / 0.4).cbrt();
        println!("W_max {most:.1} segments, K {reach:.3} s");
        for _ in 0..25 {
            world.run(ms(500));
            let t = (world.now - start).as_secs_f64();
            let cubic = 0.4 * (t - reach).powi(3) + most;
            let found = world.window();
            println!("{t:>7.2} s: {found:>7.1} segments, {cubic:>7.1} by the formula");
            assert!((found / cubic - 1.0).abs() < 0.005, "{t} s: {found} segments, not {cubic}");
        }
    }
}

/// The curve waits while there is nothing to send (RFC 9438 section 5.8): after half a minute the window goes on where it was.
#[test]
fn cubic_waits_while_nothing_is_sent() {
    let config =
        Config { hystart: false, restart_after_idle: false, send_buffer: 1 << 20, ..bulk(Algorithm::Cubic) };
    let there = link::Config { loss: Loss::List(vec![300]), ..link(None, ms(50)) };
    let mut world = World::new(&config, 1, &there, 1);
    world.run(ms(4000));
    world.flows[0].left = 0;
    world.run(ms(30_000));
    let before = world.window();
    world.flows[0].left = u64::MAX;
    world.run(ms(1000));
    let after = world.window();
    println!("{before:.1} segments before, {after:.1} a second later");
    assert!(after < before * 1.1, "{before} and {after}");
}
