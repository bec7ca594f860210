//! Data that comes: when it is acknowledged, and what the acknowledgment reports.

use layercake::stack::tcp::Config;

use super::*;

/// Sends one segment after another, each after the one before was acknowledged; how long each acknowledgment took.
fn delays(config: &Config, count: u32) -> Vec<Duration> {
    let mut host = Host::open(config, ROUND_TRIP);
    let mut into = [0; 2000];
    let mut delays = Vec::new();
    for n in 0..count {
        host.look();
        host.data(n * 1000, 1000);
        assert_eq!(host.connection.receive(host.now, &mut into), Ok(1000));
        host.flush();
        // Less than a timeout: behind a longer pause they are quick again.
        host.wait(ms(240));
        let sent = host.look();
        assert_eq!(sent.len(), 1, "segment {n}");
        assert_eq!(sent[0].acknowledges(), (n + 1) * 1000);
        delays.push(sent[0].at);
    }
    delays
}

/// The first 22 or so at once, then after 40 ms (Linux: 42 to 56 ms).
#[test]
fn quick_at_first_then_delayed() {
    let delays = delays(&Config::linux(), 30);
    let quick = delays.iter().take_while(|delay| **delay == Duration::ZERO).count();
    assert_eq!(quick, 22);
    assert!(delays[22..].iter().all(|delay| *delay == ms(40)), "{delays:?}");
}

/// By RFC 9293 within 500 ms; the profiles but Linux have no quick ones.
#[test]
fn delayed_by_the_other_profiles() {
    assert_eq!(delays(&Config::freebsd(), 2), [ms(40); 2]);
    assert_eq!(delays(&Config::rfc(), 2), [ms(200); 2]);
}

/// Every second full segment at once (RFC 5681 section 4.2), whether the application reads or not. Linux waits if it does not.
#[test]
fn every_second_segment() {
    let mut config = Config::linux();
    config.set("quick-acks", "0").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    let mut acknowledged = Vec::new();
    for n in 0..6 {
        host.data(n * 1448, 1448);
        acknowledged.extend(host.look().iter().map(Sent::acknowledges));
    }
    assert_eq!(acknowledged, [2 * 1448, 4 * 1448, 6 * 1448]);
}

/// Out of order: at once, the newest block first. A hole that is filled: at once. What came twice: at once, with a block of its own in front.
#[test]
fn holes_and_duplicates() {
    let mut host = Host::linux();
    type Blocks = &'static [(u32, u32)];
    let rows: [(u32, u32, Blocks); 6] = [
        (1000, 0, &[(1000, 2000)]),
        (3000, 0, &[(3000, 4000), (1000, 2000)]),
        (5000, 0, &[(5000, 6000), (3000, 4000), (1000, 2000)]),
        (0, 2000, &[(5000, 6000), (3000, 4000)]),
        (4000, 2000, &[(3000, 6000)]),
        (0, 2000, &[(0, 1000), (3000, 6000)]),
    ];
    for (at, acknowledges, blocks) in rows {
        host.look();
        host.data(at, 1000);
        let sent = host.look();
        assert_eq!(sent.len(), 1, "data at {at}");
        assert_eq!((sent[0].acknowledges(), &sent[0].blocks()[..]), (acknowledges, blocks), "data at {at}");
        assert_eq!((sent[0].at, sent[0].range()), (Duration::ZERO, (0, 0)));
    }
}

/// The measured case: [0, 1000) twice, with a hole behind.
#[test]
fn what_came_twice() {
    let mut host = Host::linux();
    host.data(0, 1000);
    host.data(3000, 1000);
    host.look();
    host.data(0, 1000);
    assert_eq!(host.look()[0].blocks(), [(0, 1000), (3000, 4000)]);
}

/// With timestamps there is room for three blocks.
#[test]
fn no_more_than_three_blocks() {
    let mut host = Host::linux();
    for n in 0..5 {
        host.data(1000 + n * 2000, 1000);
    }
    let last = host.look().pop().unwrap();
    assert_eq!(last.blocks(), [(9000, 10_000), (7000, 8000), (5000, 6000)]);
    assert_eq!(last.options().len(), 40);
}

/// The delays of acknowledgments of segments so long, each read when it has come.
fn delays_of(host: &mut Host, lengths: &[usize]) -> Vec<Duration> {
    let mut at = host.connection.info().bytes_received as u32;
    let mut delays = Vec::new();
    for length in lengths {
        host.look();
        host.data(at, *length);
        host.connection.receive(host.now, &mut [0; 2000]).unwrap();
        host.flush();
        host.wait(ms(100));
        delays.push(host.look()[0].at);
        at += *length as u32;
    }
    delays
}

/// A segment that is not full is acknowledged when all is read; one that is full waits, since a second may come.
#[test]
fn all_is_read() {
    let mut config = Config::linux();
    config.set("quick-acks", "0").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    assert_eq!(delays_of(&mut host, &[1000, 1000, 100]), [ms(40), ms(40), ms(0)]);
    config.set("ack-on-read", "off").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    assert_eq!(delays_of(&mut host, &[1000, 1000, 100]), [ms(40); 3]);
}

/// Who answers at once is interactive: the acknowledgment waits for the next answer, though the connection is young. When it has waited in
/// vain, or something comes twice, they are quick again.
#[test]
fn answers_are_waited_for() {
    let mut host = Host::linux();
    assert_eq!(delays_of(&mut host, &[1000]), [ms(0)]);
    host.data(1000, 1000);
    host.write(10);
    host.look();
    host.acknowledge(10);
    assert_eq!(delays_of(&mut host, &[1000, 1000]), [ms(40), ms(0)]);
    host.data(4000, 1000);
    host.write(10);
    host.acknowledge(20);
    host.data(0, 1000);
    assert_eq!(delays_of(&mut host, &[1000]), [ms(0)]);
}

/// More than one full segment is acknowledged at once, be the second full or not (`rcv_nxt - rcv_wup > rcv_mss`).
#[test]
fn more_than_a_full_segment() {
    let mut config = Config::linux();
    config.set("quick-acks", "0").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    host.data(0, 1000);
    assert_eq!(host.look().len(), 0);
    host.data(1000, 1);
    assert_eq!(host.look()[0].acknowledges(), 1001);
    // Small ones are none, however many.
    for n in 0..5 {
        host.data(1001 + n * 100, 100);
    }
    assert_eq!(host.look().len(), 0);
}
