//! Sections 3.8.1 to 3.8.3 and 3.10.8: retransmission, congestion control, and giving up.

use std::time::Duration;

use layercake::stack::Errno;
use layercake::stack::tcp::{Algorithm, Config, State};

use super::peer::*;

/// When something is sent, in seconds.
fn seconds(sent: &[(Duration, Wire)]) -> Vec<u64> {
    sent.iter().map(|(when, _)| when.as_secs()).collect()
}

/// Each of these segments is acknowledged a little later: what is sent for that.
fn round_trip(tester: &mut Tester, acked: &mut u32, sent: &[Wire]) -> Vec<Wire> {
    tester.now += MS * 50;
    let mut next = Vec::new();
    for segment in sent {
        *acked += segment.data.len() as u32;
        next.extend(tester.gets(&wire(0, IRS + 1).ack(*acked).window(0xffff)));
    }
    next
}

/// Section 3.8.1 (MUST-18), RFC 6298 section 2: R gives SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR; then 1/8 and 1/4; at least 1 s.
#[test]
fn the_timeout_is_computed_as_rfc_6298_has_it() {
    let mut tester = Tester::connects(&plain());
    assert_eq!(tester.connection.info().timeout, SECOND);
    tester.sends();
    tester.waits(MS * 800);
    tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&[2, 4, 3, 232]));
    let info = tester.connection.info();
    assert_eq!((info.round_trip, info.round_trip_variation), (Some(MS * 800), MS * 400));
    assert_eq!(info.timeout, MS * 2400);
    // A round trip of 400 ms: RTTVAR = 3/4 * 400 + 1/4 * 400, SRTT = 7/8 * 800 + 1/8 * 400.
    tester.writes(&[1; 1000]);
    tester.waits(MS * 400);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1001));
    let info = tester.connection.info();
    assert_eq!((info.round_trip, info.round_trip_variation), (Some(MS * 750), MS * 400));
    assert_eq!(info.timeout, MS * 2350);
}

/// Section 3.8.1 (MUST-18): Karn's algorithm: what was sent twice measures nothing, and the timeout stays doubled until something is measured
/// (RFC 6298 section 5).
#[test]
fn what_was_sent_twice_is_not_measured() {
    let mut tester = Tester::open(&plain());
    let before = tester.connection.info().round_trip;
    tester.writes(&[1; 1000]);
    assert_eq!(tester.waits(SECOND).len(), 1);
    tester.waits(MS * 100);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1001));
    assert_eq!(tester.connection.info().round_trip, before);
    assert_eq!(tester.connection.info().timeout, SECOND * 2);
    tester.writes(&[1; 1000]);
    tester.waits(MS * 100);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 2001));
    assert_ne!(tester.connection.info().round_trip, before);
    assert_eq!(tester.connection.info().timeout, SECOND);
}

/// RFC 6298 section 5.7: when the SYN had to be sent again, the timeout of the first data is 3 seconds.
#[test]
fn after_a_lost_syn_the_timeout_is_three_seconds() {
    let mut tester = Tester::connects(&plain());
    tester.sends();
    assert_eq!(tester.waits(MS * 1500).len(), 1);
    tester.gets(&wire(SYN, IRS).ack(ISS + 1));
    tester.writes(b"data");
    assert_eq!(seconds(&tester.waits(SECOND * 3)), [3]);
}

/// Sections 3.8.2 (MUST-19) and 3.10.8: the segment at the front is sent again, each time after twice as long, up to a minute.
#[test]
fn the_timeout_doubles() {
    let mut tester = Tester::open(&plain());
    let first = tester.writes(&[1; 3000]).remove(0);
    let again = tester.waits(SECOND * 200);
    assert_eq!(seconds(&again), [1, 3, 7, 15, 31, 63, 123, 183]);
    assert!(again.iter().all(|(_, segment)| segment.seq == first.seq && segment.data == first.data));
}

/// Section 3.8.2 (MUST-19): slow start doubles the window in a round trip, congestion avoidance adds a segment; a loss halves it, a timeout
/// makes it one segment (RFC 5681 section 3.1).
#[test]
fn the_congestion_window_grows_and_falls() {
    let mut config = plain();
    (config.congestion, config.hystart, config.initial_window) = (Algorithm::Reno, false, 2);
    let mut tester = Tester::open(&config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0xffff));
    tester.connection.send(tester.now, &[1; 500_000]).unwrap();
    let (mut acked, mut sent) = (ISS + 1, tester.sends());
    let mut rounds = vec![sent.len()];
    for _ in 0..3 {
        sent = round_trip(&mut tester, &mut acked, &sent);
        rounds.push(sent.len());
    }
    assert_eq!(rounds, [2, 4, 8, 16]);
    // Nothing is acknowledged any more.
    let in_flight = tester.connection.info().unacknowledged;
    tester.waits(SECOND);
    let info = tester.connection.info();
    assert_eq!((info.congestion_window, info.slow_start_threshold), (1000, in_flight / 2));
    // All of it had arrived but the first: slow start up to the threshold, then a segment for each round trip.
    acked += in_flight as u32;
    sent = tester.gets(&wire(0, IRS + 1).ack(acked).window(0xffff));
    let mut rounds = vec![sent.len()];
    for _ in 0..8 {
        sent = round_trip(&mut tester, &mut acked, &sent);
        rounds.push(sent.len());
    }
    let threshold = in_flight as usize / 2000;
    assert!(rounds.windows(2).all(|pair| pair[1] <= pair[0] * 2), "{rounds:?}");
    let slow: Vec<usize> = rounds.iter().copied().filter(|sent| *sent > threshold).collect();
    assert!(slow.len() > 2 && slow.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{rounds:?} {threshold}");
}

/// Section 3.8.2 (MAY-18): another algorithm of the Standards Track.
#[test]
fn another_algorithm_can_be_chosen() {
    for (algorithm, kept) in [(Algorithm::Reno, 50), (Algorithm::Cubic, 70)] {
        let mut config = plain();
        (config.congestion, config.proportional_reduction) = (algorithm, false);
        let mut tester = Tester::open(&config);
        assert_eq!(tester.writes(&[1; 10_000]).len(), 10);
        for _ in 0..3 {
            tester.takes(&wire(0, IRS + 1).ack(ISS + 1));
        }
        assert_eq!(tester.sends()[0].seq, ISS + 1);
        assert_eq!(tester.connection.info().slow_start_threshold, kept * 100, "{algorithm:?}");
    }
}

/// Section 3.8.3 (MUST-20, SHLD-9, SHLD-10, MUST-47): at R1, three retransmissions, the application and the network floor can know; at R2 the
/// connection is closed.
#[test]
fn excessive_retransmissions_are_told_of_and_end_the_connection() {
    let mut config = plain();
    config.retries = 8;
    assert!(config.retries_doubt >= 3);
    let mut tester = Tester::open(&config);
    tester.writes(b"into the void");
    let mut told = Vec::new();
    for second in 1..=400u64 {
        tester.waits(SECOND);
        if tester.connection.take_news().unanswered {
            told.push(second);
        }
    }
    // 1, 3, 7 seconds: the third retransmission.
    assert_eq!(told, [7]);
    tester.is(State::Closed);
    assert_eq!(tester.connection.take_error(), Some(Errno::ETIMEDOUT));
}

/// Section 3.8.3 (SHLD-11): R2 is at least 100 seconds, in all profiles.
#[test]
fn data_is_sent_for_at_least_100_seconds() {
    for config in [Config::rfc(), Config::linux(), Config::freebsd()] {
        let mut tester = Tester::open(&Config { sack: false, timestamps: false, ..config });
        tester.writes(b"into the void");
        tester.waits(SECOND * 100);
        tester.is(State::Established);
        tester.waits(SECOND * 1900);
        tester.is(State::Closed);
    }
}

/// Section 3.8.3 (MUST-21): the application sets R2 for its connection, by count or by time, up to never.
#[test]
fn the_application_sets_r2() {
    let mut counted = Tester::open(&plain());
    counted.connection.config_mut().retries = 2;
    counted.writes(b"x");
    assert_eq!(seconds(&counted.waits(SECOND * 100)), [1, 3]);
    counted.is(State::Closed);
    let mut timed = Tester::open(&plain());
    timed.connection.config_mut().user_timeout = Some(SECOND * 30);
    timed.writes(b"x");
    timed.waits(SECOND * 30 - MS);
    timed.is(State::Established);
    timed.waits(MS);
    timed.is(State::Closed);
    assert_eq!(timed.connection.take_error(), Some(Errno::ETIMEDOUT));
    let mut never = Tester::open(&plain());
    never.connection.config_mut().retries = u32::MAX;
    never.writes(b"x");
    never.waits(SECOND * 86_400);
    never.is(State::Established);
}

/// Section 3.8.3 (MUST-22, MUST-23): SYNs are handled the same way, and for at least three minutes.
#[test]
fn a_syn_is_sent_for_at_least_three_minutes() {
    for state in [State::SynSent, State::SynReceived] {
        let mut config = plain();
        config.syn_linear_timeouts = 0;
        let (mut tester, ..) = Tester::in_state(state, &config);
        let again = tester.waits(SECOND * 180);
        assert_eq!(seconds(&again), [1, 3, 7, 15, 31, 63, 123], "{state}");
        assert!(again.iter().all(|(_, segment)| segment.has(SYN) && segment.seq == ISS));
        tester.is(state);
        assert!(tester.connection.take_news().unanswered);
        tester.waits(SECOND * 60);
        tester.is(State::Closed);
        assert_eq!(tester.connection.take_error(), Some(Errno::ETIMEDOUT));
    }
}

/// Section 3.10.8: the user timeout flushes what is there.
#[test]
fn the_user_timeout_ends_the_connection() {
    let mut config = plain();
    config.user_timeout = Some(SECOND * 10);
    let mut tester = Tester::open(&config);
    tester.writes(&[1; 3000]);
    tester.waits(SECOND * 10);
    tester.is(State::Closed);
    assert_eq!(tester.connection.info().queued, 0);
    assert_eq!(tester.sends(), []);
}

/// Section 3.8.2 (SHLD-8), RFC 3168: ECN is agreed on, marks come back as ECE, and CWR ends that.
#[test]
fn ecn_is_agreed_on() {
    const ECE: u8 = 64;
    const CWR: u8 = 128;
    let mut config = plain();
    config.ecn = layercake::stack::tcp::EcnUse::On;
    let mut tester = Tester::connects(&config);
    assert!(tester.sends_one().has(SYN | ECE | CWR));
    tester.gets(&wire(SYN | ECE, IRS).ack(ISS + 1).options(&[2, 4, 3, 232]));
    assert!(tester.connection.info().ecn);
    let window = tester.connection.info().congestion_window;
    tester.writes(&[1; 4000]);
    tester.gets(&wire(ECE, IRS + 1).ack(ISS + 1001));
    assert!(tester.connection.info().congestion_window < window);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 4001));
    assert!(one(tester.writes(&[1; 1000])).has(CWR));
    let passive =
        Tester::answers_over(&plain(), layercake::stack::tcp::Path::v4(1500), &wire(SYN | ECE | CWR, IRS));
    assert!({ passive }.sends_one().has(SYN | ACK | ECE));
}
