//! Section 3.8.4: a quiet connection is looked after, if somebody wants that.

use layercake::stack::Errno;
use layercake::stack::tcp::{Config, Reason, State};

use super::peer::*;

fn kept_alive() -> Config {
    Config { keep_alive: true, ..plain() }
}

/// MUST-25, MUST-28: off, and two hours, in all profiles.
#[test]
fn keep_alives_are_off_unless_asked_for() {
    for config in [Config::rfc(), Config::linux(), Config::freebsd(), Config::default()] {
        assert!(!config.keep_alive);
        assert!(config.keep_alive_idle >= SECOND * 7200);
    }
    let mut tester = Tester::open(&plain());
    assert_eq!(tester.waits(SECOND * 86_400), []);
}

/// MAY-5, SHLD-12: a probe has no data and the number SND.NXT - 1; the peer's answer keeps the connection.
#[test]
fn a_probe_is_answered() {
    let mut tester = Tester::open(&kept_alive());
    tester.writes(b"x");
    tester.gets(&wire(0, IRS + 1).ack(ISS + 2));
    for _ in 0..20 {
        assert_eq!(tester.waits(SECOND * 7200 - MS), []);
        let (_, probe) = tester.waits(MS).remove(0);
        probe.is_ack(ISS + 1, IRS + 1);
        assert!(matches!(tester.reasons[..], [Reason::KeepAlive { attempt: 1 }]));
        tester.gets(&wire(0, IRS + 1).ack(ISS + 2));
    }
    tester.is(State::Established);
}

/// MUST-24: on one connection, at any time, on and off.
#[test]
fn an_application_turns_keep_alives_on_and_off() {
    let mut tester = Tester::open(&plain());
    tester.waits(SECOND * 100);
    tester.connection.config_mut().keep_alive = true;
    assert_eq!(tester.waits(SECOND * 7100).len(), 1);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1));
    tester.connection.config_mut().keep_alive = false;
    assert_eq!(tester.waits(SECOND * 86_400), []);
    tester.is(State::Established);
}

/// MUST-26: only while nothing is on its way, and nothing came.
#[test]
fn a_busy_connection_is_not_probed() {
    let mut tester = Tester::open(&kept_alive());
    for _ in 0..10 {
        assert_eq!(tester.waits(SECOND * 7000), []);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1));
    }
    let mut config = kept_alive();
    (config.keep_alive_idle, config.retries) = (SECOND * 2, 100);
    let mut tester = Tester::open(&config);
    tester.writes(b"unanswered");
    for (_, segment) in tester.waits(SECOND * 600) {
        assert_eq!(segment.data, b"unanswered");
    }
}

/// MUST-27: the interval can be set.
#[test]
fn the_interval_can_be_set() {
    let mut config = kept_alive();
    config.set("keep-alive-idle", "10s").unwrap();
    config.set("keep-alive-interval", "3s").unwrap();
    let mut tester = Tester::open(&config);
    let at: Vec<u64> = tester.waits(SECOND * 20).iter().map(|(when, _)| when.as_secs()).collect();
    assert_eq!(at, [10, 13, 16, 19]);
}

/// MUST-29: one probe without answer says nothing; many do.
#[test]
fn one_lost_probe_is_not_the_end() {
    let mut config = kept_alive();
    (config.keep_alive_idle, config.keep_alive_interval) = (SECOND * 10, SECOND);
    let mut tester = Tester::open(&config);
    tester.waits(SECOND * 10);
    tester.waits(SECOND * 7);
    tester.is(State::Established);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1));
    let probes = tester.waits(SECOND * 60);
    assert_eq!(
        probes.iter().filter(|(_, segment)| !segment.has(RST)).count(),
        config.keep_alive_probes as usize
    );
    tester.is(State::Closed);
    assert_eq!(tester.connection.take_error(), Some(Errno::ETIMEDOUT));
}

/// The other side: a probe, with or without a byte, is answered (section 3.10.7.4, first).
#[test]
fn a_probe_of_the_peer_is_answered() {
    let mut tester = Tester::open(&plain());
    for _ in 0..5 {
        tester.answers_to(&wire(0, IRS).ack(ISS + 1)).is_ack(ISS + 1, IRS + 1);
        tester.answers_to(&wire(0, IRS).ack(ISS + 1).data(b"\0")).is_ack(ISS + 1, IRS + 1);
    }
    assert_eq!(tester.reads(), b"");
}
