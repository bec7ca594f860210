//! The congestion window, in segments, as `ss -i` and `TCP_INFO` show it: what it falls to, and what is sent meanwhile.

use layercake::stack::tcp::{Config, CongestionState};

use super::*;

const FULL: u32 = 1448;

/// A connection whose window is so many segments, all of which were sent a round-trip time ago, with more that waits.
fn full(config: &str, segments: u32) -> Host {
    let mut profile = Config::linux();
    profile.initial_window = segments;
    profile.set("congestion", config).unwrap();
    let mut host = Host::connecting(&profile);
    host.window = 1000;
    host.wait(ROUND_TRIP);
    host.hear(Segment { ack: Some(OURS + 1), window: 65_535, ..syn() });
    host.look();
    host.hear(host.peer(0, &[]));
    host.write(100 * FULL as usize);
    assert_eq!(host.look().len(), segments as usize);
    host.wait(ROUND_TRIP);
    host
}

/// The peer has the segments from the second up to this one, and reports it.
fn sack(host: &mut Host, until: u32) {
    let mut segment = host.peer(0, &[]);
    segment.options.sack.push((OURS + 1 + FULL, OURS + 1 + until * FULL));
    host.hear(segment);
}

/// Window and threshold in segments.
fn windows(host: &Host) -> (u32, u32) {
    let info = host.connection.info();
    (info.congestion_window_segments, info.slow_start_threshold_segments)
}

/// In slow start the window grows by what is acknowledged.
#[test]
fn slow_start() {
    let mut host = full("reno", 10);
    host.acknowledge(2 * FULL);
    assert_eq!((windows(&host), host.look().len()), ((12, 0x7fff_ffff), 4));
}

/// Of 20 segments the first is lost: the window falls to 14 (CUBIC), not at once but in proportion to what arrives. What is sent for each
/// segment that SACK reports, reckoned by hand: while more than 14 are out, ceil(14 delivered / 20) less what was sent; then one for one. The
/// first two are let through by limited transmit.
#[test]
fn falls_in_proportion() {
    let mut host = full("cubic", 20);
    let mut sent = Vec::new();
    for until in 2..=20 {
        sack(&mut host, until);
        sent.push(host.look().len());
        if until == 4 {
            assert_eq!(windows(&host), (19, 14));
        }
    }
    assert_eq!(sent, [1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1]);
    assert_eq!(windows(&host), (14, 14));
}

/// Reno falls to a half, and to no less than two. The acknowledgment that ends the repair brings all but the three segments that SACK had
/// reported, and lets the window grow by one for each window of these.
#[test]
fn reno_falls_to_a_half() {
    for (before, threshold, after) in
        [(10, 5, 5 + 9 / 5), (9, 4, 4 + 8 / 4), (5, 2, 2 + 4 / 2), (4, 2, 2 + 3 / 2)]
    {
        let mut host = full("reno", before);
        for until in 2..=4 {
            sack(&mut host, until);
        }
        assert_eq!(windows(&host).1, threshold);
        host.acknowledge(before * FULL + 2 * FULL);
        assert_eq!(windows(&host), (after, threshold));
        assert_eq!(host.connection.info().congestion_state, CongestionState::Open);
    }
}

/// ECE: the window falls in proportion, too, and the state ends when something is acknowledged that was sent since.
#[test]
fn a_mark() {
    let mut profile = Config::linux();
    profile.set("ecn", "on").unwrap();
    let mut host = Host::connecting(&profile);
    host.wait(ROUND_TRIP);
    host.hear(Segment { ack: Some(OURS + 1), ece: true, ..syn() });
    host.write(60 * FULL as usize);
    host.look();
    host.wait(ROUND_TRIP);
    let mut sent = Vec::new();
    for n in 1..=10 {
        host.acknowledged = n * FULL;
        host.hear(Segment { ece: true, ..host.peer(0, &[]) });
        sent.push(host.look().iter().map(|sent| sent.segment().cwr).collect::<Vec<_>>());
        assert_eq!(host.connection.info().congestion_state, CongestionState::Reduced);
    }
    let count: Vec<usize> = sent.iter().map(Vec::len).collect();
    // ceil(7 n / 10) less what was sent, while more than 7 are out: 1, 2, 3, 3, 4, 5, 5; then they are 7, and it goes one for one.
    assert_eq!(count, [1, 1, 1, 0, 1, 1, 0, 0, 1, 1]);
    assert_eq!(sent.concat().iter().filter(|cwr| **cwr).count(), 1);
    assert!(sent[0][0]);
    host.acknowledge(11 * FULL);
    let info = host.connection.info();
    assert_eq!((info.congestion_state, windows(&host)), (CongestionState::Open, (7, 7)));
    assert_eq!((info.delivered, info.delivered_marked), (12, 10));
}

/// A timeout makes the window one segment; during a repair the threshold does not fall again.
#[test]
fn a_timeout_in_a_repair() {
    let mut host = full("cubic", 10);
    for until in 2..=4 {
        sack(&mut host, until);
    }
    assert_eq!(windows(&host).1, 7);
    host.wait(ms(300));
    assert_eq!((windows(&host), host.connection.info().congestion_state), ((1, 7), CongestionState::Loss));
}

/// A window that is not used up does not grow: three segments of ten.
#[test]
fn a_window_that_is_not_used_up() {
    let mut host = Host::linux();
    for n in 1..=5 {
        host.write(3 * FULL as usize);
        host.wait(ROUND_TRIP);
        host.acknowledge(n * 3 * FULL);
        assert_eq!(windows(&host).0, 10);
    }
    // Six are more than a half of ten: up to twice that.
    host.write(6 * FULL as usize);
    host.wait(ROUND_TRIP);
    host.acknowledge(21 * FULL);
    assert_eq!(windows(&host).0, 16);
}
