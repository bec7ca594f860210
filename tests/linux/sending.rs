//! Data that is not acknowledged: probes of the tail, timeouts, the end.

use layercake::stack::Errno;
use layercake::stack::tcp::reason::Loss;
use layercake::stack::tcp::{Config, State};

use super::*;

/// RTT 100 ms gives a timeout of 304 ms in Linux: the round-trip time and at least 200 ms.
#[test]
fn the_first_timeout() {
    let host = Host::open(&Config::linux(), ms(100));
    same_times(&[host.connection.info().timeout], &[(300, 304)]);
}

/// One byte, never acknowledged, RTT 50 ms: the probe waits for as long as the timeout, since one segment alone may meet a delayed
/// acknowledgment; then the timeout doubles.
#[test]
fn one_byte() {
    let mut host = Host::linux();
    host.write(1);
    let (sent, waits) = host.waits(ms(8000));
    same_times(&waits, &[(250, 257), (250, 252), (500, 528), (1000, 1024), (2000, 2048), (4000, 4288)]);
    assert!(sent.iter().all(|sent| sent.range() == (0, 1)));
    assert_eq!(sent[0].reason, Reason::LossProbe);
    assert!(matches!(sent[1].reason, Reason::Retransmit { by: Loss::Timeout, .. }));
}

/// Ten segments, never acknowledged: the last again after two round trips; at the timeout the first, and no other.
#[test]
fn ten_segments() {
    let mut host = Host::linux();
    host.write(14_480);
    assert_eq!(host.wire.len(), 10);
    let (sent, waits) = host.waits(ms(4000));
    same_times(&waits, &[(100, 105), (250, 256), (500, 516), (1000, 1024), (2000, 2048)]);
    let ranges: Vec<_> = sent.iter().map(Sent::range).collect();
    assert_eq!(ranges, [(9 * 1448, 1448), (0, 1448), (0, 1448), (0, 1448), (0, 1448)]);
}

/// If there is something new to send, the probe sends that.
#[test]
fn the_probe_brings_new_data() {
    let mut host = Host::linux();
    host.write(20 * 1448);
    assert_eq!(host.wire.len(), 10);
    let (sent, _) = host.waits(ms(200));
    assert_eq!(sent[0].range(), (10 * 1448, 1448));
    assert_eq!(sent[0].reason, Reason::LossProbe);
}

/// `tcp_retries2` 15 with the least timeout: 0.2 + 0.4 + … + 102.4 + 6 · 120 = 924.6 s. By the RFCs, from 1 s up to 60 s: 663 s.
#[test]
fn data_is_given_up() {
    for (mut config, tenths) in [(Config::linux(), 9246), (Config::rfc(), 6630)] {
        config.set("tail-loss-probe", "off").unwrap();
        let mut host = Host::open(&config, Duration::ZERO);
        host.write(1);
        let (sent, _) = host.waits(ms(tenths * 100 - 1));
        assert_eq!(sent.len(), 15);
        assert_eq!(host.connection.state(), State::Established);
        host.wait(ms(1));
        assert_eq!(host.connection.state(), State::Closed);
        assert_eq!(host.connection.send(host.now, b"x"), Err(Errno::ETIMEDOUT));
    }
}

/// The probe of the tail comes before the first of the 16 waits.
#[test]
fn data_is_given_up_with_a_probe() {
    let mut host = Host::open(&Config::linux(), Duration::ZERO);
    host.write(1);
    let (sent, _) = host.waits(ms(924_799));
    assert_eq!(sent.len(), 16);
    assert_eq!(host.connection.state(), State::Established);
    host.wait(ms(1));
    assert_eq!(host.connection.state(), State::Closed);
}

/// Three segments arrive behind a hole: it is filled at once, without a timer (`tcp_recovery` 1, `tcp_reordering` 3).
#[test]
fn a_hole_is_filled_at_once() {
    let mut host = Host::linux();
    host.write(10 * 1448);
    host.look();
    host.wait(ROUND_TRIP);
    let mut sent = Vec::new();
    for count in 1..=3 {
        let mut segment = host.peer(0, &[]);
        let right = OURS + 1 + (1 + count) * 1448;
        segment.options.sack.push((OURS + 1 + 1448, right));
        host.hear(segment);
        sent.push(host.look().iter().filter(|sent| sent.range().0 == 0).count());
    }
    assert_eq!(sent, [0, 0, 1]);
}

/// After an idle time of more than a timeout the window is small again (`tcp_slow_start_after_idle` 1).
#[test]
fn a_small_window_after_idle() {
    let mut host = Host::linux();
    host.window = 1000;
    host.hear(host.peer(0, &[]));
    let mut done = 0;
    for _ in 0..5 {
        let window = host.connection.info().congestion_window;
        host.write(window as usize);
        host.wait(ROUND_TRIP);
        done += window as u32;
        host.acknowledge(done);
    }
    let grown = host.connection.info().congestion_window;
    assert!(grown >= 160 * 1448, "{grown}");
    host.wait(ms(10_000));
    host.look();
    host.write(20 * 1448);
    assert_eq!(host.look().len(), 10);
}

/// The segments sent since the last look that say PSH: where they end.
fn pushed(host: &mut Host) -> Vec<u32> {
    let sent = host.look();
    let pushed = sent.iter().filter(|sent| sent.segment().psh);
    pushed.map(|sent| sent.range().0 as u32 + sent.range().1 as u32).collect()
}

/// The end of each write that is sent is marked, whatever follows it: two writes of five segments each.
#[test]
fn the_end_of_a_write_is_pushed() {
    let mut host = Host::linux();
    host.write(5 * 1448);
    host.write(5 * 1448);
    assert_eq!(pushed(&mut host), [5 * 1448, 10 * 1448]);
    // Ten are on their way. Of what waits only the last end is marked, since the second write fills up the chunk of the first.
    host.write(1448);
    host.write(1448);
    host.wait(ROUND_TRIP);
    host.acknowledge(10 * 1448);
    assert_eq!(pushed(&mut host), [12 * 1448]);
}

/// Two small writes that wait for an acknowledgment (Nagle) go in one segment, and its end is marked.
#[test]
fn small_writes_are_pushed_together() {
    let mut host = Host::linux();
    host.write(100);
    host.write(500);
    host.write(500);
    assert_eq!(pushed(&mut host), [100]);
    host.wait(ROUND_TRIP);
    host.acknowledge(100);
    assert_eq!((host.wire.len(), pushed(&mut host)), (1, vec![1100]));
}

/// What is sent again is marked as it was: here the fifth of ten.
#[test]
fn what_is_sent_again_is_pushed_again() {
    let mut config = Config::linux();
    config.set("tail-loss-probe", "off").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    host.write(5 * 1448);
    host.write(5 * 1448);
    host.wait(ROUND_TRIP);
    host.acknowledge(4 * 1448);
    host.look();
    host.wait(ms(250));
    assert_eq!((host.wire[0].range(), pushed(&mut host)), ((4 * 1448, 1448), vec![5 * 1448]));
}

/// The other profiles mark what has nothing behind it.
#[test]
fn pushed_when_nothing_waits() {
    let mut host = Host::open(&Config::rfc(), ROUND_TRIP);
    host.write(12 * 1448);
    assert_eq!(pushed(&mut host), [0; 0]);
    host.wait(ROUND_TRIP);
    host.acknowledge(2 * 1448);
    assert_eq!(pushed(&mut host), [12 * 1448]);
}
