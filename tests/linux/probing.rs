//! Nothing moves: closed windows, and peers that may be gone.

use layercake::stack::Errno;
use layercake::stack::tcp::{Config, State};

use super::*;

/// A window that is closed, and data that waits.
fn closed(config: &Config) -> Host {
    let mut host = Host::open(config, ROUND_TRIP);
    host.window = 0;
    host.hear(host.peer(0, &[]));
    host.write(100);
    assert_eq!(host.look().len(), 0);
    host
}

/// A probe is a segment without data in front of what is acknowledged; the time doubles.
#[test]
fn the_window_is_closed() {
    let mut host = closed(&Config::linux());
    let (sent, waits) = host.waits(ms(8000));
    same_times(&waits, &[(250, 254), (500, 512), (1000, 1024), (2000, 2048), (4000, 4096)]);
    for (n, probe) in sent.iter().enumerate() {
        assert_eq!((probe.flags().as_str(), probe.range()), (".", (-1, 0)));
        assert_eq!(probe.reason, Reason::WindowProbe { attempt: n as u32 + 1 });
    }
}

/// The time doubles even if each probe is answered, up to 120 s, and there is no end to it.
#[test]
fn the_window_stays_closed() {
    let mut host = closed(&Config::linux());
    let mut waits = Vec::new();
    for _ in 0..30 {
        let before = host.now;
        while host.wire.is_empty() && host.now - before < ms(200_000) {
            host.wait(ms(1));
        }
        waits.push(host.now - before);
        host.look();
        host.hear(host.peer(0, &[]));
    }
    same_times(&waits[..5], &[(250, 254), (500, 512), (1000, 1024), (2000, 2048), (4000, 4096)]);
    assert_eq!(waits[29], ms(120_000));
    assert_eq!(host.connection.state(), State::Established);
    // The window opens: all goes out.
    host.window = 64;
    host.hear(host.peer(0, &[]));
    assert_eq!(host.look()[0].range(), (0, 100));
}

/// Nobody answers the probes: as many as retransmissions, then the end.
#[test]
fn the_window_is_closed_and_nobody_answers() {
    let mut host = closed(&Config::linux());
    let (sent, _) = host.waits(ms(2_000_000));
    assert_eq!(sent.len(), 15);
    assert_eq!(host.connection.take_error(), Some(Errno::ETIMEDOUT));
}

/// The probe of FreeBSD and of RFC 9293 section 3.8.6.1: a byte of the data that waits.
#[test]
fn probes_with_a_byte() {
    for config in [Config::freebsd(), Config::rfc()] {
        let mut host = closed(&config);
        let (sent, _) = host.waits(ms(3500));
        assert!(sent.len() >= 2);
        assert!(sent.iter().all(|probe| probe.range() == (0, 1)));
    }
}

/// After 7200 s, nine times every 75 s, a segment without data in front of what is next; then RST with ACK, and ETIMEDOUT.
#[test]
fn keep_alive() {
    let mut config = Config::linux();
    config.set("keep-alive", "on").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    host.write(10);
    host.acknowledge(10);
    let (sent, waits) = host.waits(ms(10_000_000));
    let mut rows = vec![(7_200_000, 7_200_000)];
    rows.extend([(75_000, 75_000); 9]);
    same_times(&waits, &rows);
    let (reset, probes) = sent.split_last().unwrap();
    assert!(probes.iter().all(|probe| probe.flags() == "." && probe.range() == (9, 0)));
    assert_eq!((reset.flags().as_str(), reset.range()), ("R.", (10, 0)));
    assert_eq!(host.connection.receive(host.now, &mut [0; 9]), Err(Errno::ETIMEDOUT));
}

/// An answer to a probe, and the time begins again.
#[test]
fn keep_alive_with_a_peer_that_answers() {
    let mut config = Config::linux();
    config.set("keep-alive", "on").unwrap();
    config.set("keep-alive-idle", "10s").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    for _ in 0..20 {
        let (sent, waits) = host.waits(ms(10_000));
        assert_eq!((sent.len(), waits[0]), (1, ms(10_000)));
        host.hear(host.peer(0, &[]));
    }
    assert_eq!(host.connection.state(), State::Established);
}

/// We are asked whether we are there: the answer comes at once.
#[test]
fn probes_are_answered() {
    let mut host = Host::linux();
    host.data(0, 10);
    host.look();
    host.hear(host.peer(9, &[]));
    let [answer] = &host.look()[..] else { panic!() };
    assert_eq!((answer.flags().as_str(), answer.range(), answer.acknowledges()), (".", (0, 0), 10));
}
