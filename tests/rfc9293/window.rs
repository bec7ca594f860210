//! Section 3.8.6: the window, of both sides.

use layercake::stack::Errno;
use layercake::stack::tcp::{Config, Reason, State, WindowProbe};

use super::peer::*;

/// Settings with little room for what is received.
fn small(room: usize) -> Config {
    let mut config = plain();
    (config.receive_buffer, config.receive_buffer_most) = (room, room);
    config
}

/// A connection with nothing on its way, whose peer has closed the window.
fn closed_window(config: &Config) -> Tester {
    let mut tester = Tester::open(config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
    tester
}

/// Section 3.1 (MUST-1): a window with the highest bit set is large.
#[test]
fn a_window_is_never_negative() {
    let mut config = plain();
    config.initial_window = 100;
    for window in [0x8000, 0xffff] {
        let mut tester = Tester::open(&config);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(window));
        assert_eq!(tester.connection.info().peer_window, u64::from(window));
        let sent: usize = tester.writes(&[1; 70_000]).iter().map(|segment| segment.data.len()).sum();
        // Whole segments of 1000 bytes, and no more than fit (section 3.8.6.2.1).
        assert_eq!(sent, usize::from(window) / 1000 * 1000);
    }
}

/// Section 3.1 (REC-1): windows of more than 16 bits are counted in full.
#[test]
fn a_scaled_window_is_counted_in_full() {
    let mut config = plain();
    config.window_scaling = true;
    let mut tester = Tester::connects(&config);
    tester.sends();
    tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&[3, 3, 14]));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0xffff));
    assert_eq!(tester.connection.info().peer_window, 0xffff << 14);
}

/// Section 3.8.6 (SHLD-14): the right edge of what is offered never moves to the left.
#[test]
fn the_right_edge_never_moves_left() {
    let mut tester = Tester::open(&small(5000));
    let mut next = IRS + 1;
    let mut edge = next;
    for (n, length) in [1usize, 7, 536, 1000, 13, 400, 1000].into_iter().enumerate() {
        tester.takes(&wire(0, next).ack(ISS + 1).data(&vec![1; length]));
        next += length as u32;
        if n % 2 == 0 {
            tester.connection.receive(tester.now, &mut [0; 300]).unwrap();
        }
        for (_, segment) in tester.waits(MS * 500) {
            let said = segment.ack + u32::from(segment.window);
            assert!(said >= edge, "{said} {edge}");
            edge = said;
        }
        assert!(edge >= next);
    }
}

/// With scaled windows (RFC 7323 section 2.4) a window is said in units, so that the edge that is said may lie a little before the one
/// that was promised; what was promised is taken all the same.
#[test]
fn what_was_promised_in_a_scaled_window_is_taken() {
    let mut config = small(60_000);
    (config.window_scaling, config.receive_buffer_most) = (true, 4 << 20);
    let mut tester = Tester::connects(&config);
    let syn = tester.sends_one();
    let (_, shift) = syn.kinds().into_iter().find(|(kind, _)| *kind == 3).unwrap();
    let unit = 1u32 << shift[0];
    let ack = tester.answers_to(&wire(SYN, IRS).ack(ISS + 1).options(&[3, 3, 0]));
    let edge = ack.ack + u32::from(ack.window) * unit;
    assert!(edge > IRS + u32::from(syn.window) - unit, "{edge}");
    let answer = tester.answers_to(&wire(0, IRS + 1).ack(ISS + 1).data(&[1; 2999]));
    assert!(answer.ack + u32::from(answer.window) * unit > edge - unit);
    // The last byte of the promise.
    tester.answers_to(&wire(0, edge - 1).ack(ISS + 1).data(b"!"));
    let rest = vec![2; (edge - 1 - answer.ack) as usize];
    let answer = tester.answers_to(&wire(0, answer.ack).ack(ISS + 1).data(&rest));
    assert_eq!(answer.ack, edge);
}

/// Section 3.8.6 (MUST-34, SHLD-15): a peer that takes its window back is given nothing new.
#[test]
fn a_window_that_shrinks_stops_new_data() {
    let mut tester = Tester::open(&plain());
    assert_eq!(tester.writes(&[1; 4000]).len(), 4);
    // 4000 bytes are on their way, and only 1500 are wanted any more.
    assert_eq!(tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(1500)), []);
    assert_eq!(tester.writes(&[2; 3000]), []);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 4001).window(2000));
    tester.is(State::Established);
    assert_eq!(tester.connection.info().unacknowledged, 2000);
}

/// Section 3.8.6 (SHLD-16, MAY-7): what is inside the window is sent again; what lies beyond may be.
#[test]
fn old_data_in_a_window_that_shrank_is_sent_again() {
    let mut tester = Tester::open(&plain());
    tester.writes(&[1; 4000]);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(1500));
    let again = tester.waits(SECOND * 2);
    assert_eq!((again[0].1.seq, again[0].1.data.len()), (ISS + 1, 1000));
}

/// Section 3.8.6 (SHLD-17, MUST-35) and 3.8.6.1 (MUST-37): a window that shrank to zero is probed, and the connection stays as long as the
/// peer answers, however long that is.
#[test]
fn a_window_that_shrank_to_zero_is_probed_for_ever() {
    let mut config = plain();
    config.retries = 5;
    for probe in [WindowProbe::Byte, WindowProbe::Empty] {
        config.window_probe = probe;
        let mut tester = Tester::open(&config);
        tester.writes(&[1; 4000]);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
        let mut probes = 0;
        for _ in 0..100 {
            let sent = tester.waits(SECOND * 30).len();
            probes += sent;
            if sent > 0 {
                tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
            }
        }
        assert!(probes > 20, "{probe:?}: {probes}");
        tester.is(State::Established);
        // And when it opens, all of it goes.
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1001).window(WINDOW));
        let rest = tester.waits(SECOND * 61);
        assert!(rest.iter().any(|(_, segment)| segment.seq == ISS + 1001), "{rest:?}");
    }
}

/// Section 3.8.6.1 (MUST-36, SHLD-29, SHLD-30): the first probe comes after the retransmission timeout, the next ones each after twice the
/// time; a probe is one byte of new data.
#[test]
fn a_zero_window_is_probed() {
    let mut tester = closed_window(&plain());
    let timeout = tester.connection.info().timeout;
    assert_eq!(timeout, SECOND);
    assert_eq!(tester.writes(&[1; 3000]), []);
    let mut at = Vec::new();
    for wait in [1, 2, 4, 8, 16, 32] {
        let probes = tester.waits(SECOND * wait);
        assert_eq!(probes.len(), 1, "{wait}: {probes:?}");
        let (when, probe) = &probes[0];
        at.push(*when);
        assert_eq!((probe.seq, probe.data.len()), (ISS + 1, 1));
        assert!(matches!(tester.reasons[..], [Reason::WindowProbe { .. }]), "{:?}", tester.reasons);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
    }
    assert_eq!(at, [1, 2, 4, 8, 16, 32].map(|wait| SECOND * wait));
}

/// The same without data, as Linux has it: in front of the window, so that the peer has to answer.
#[test]
fn a_zero_window_is_probed_without_data() {
    let mut config = plain();
    config.window_probe = WindowProbe::Empty;
    let mut tester = closed_window(&config);
    assert_eq!(tester.writes(&[1; 3000]), []);
    for wait in [1, 2, 4, 8] {
        let probes = tester.waits(SECOND * wait);
        assert_eq!(probes.len(), 1);
        assert_eq!((probes[0].1.seq, probes[0].1.data.len()), (ISS, 0));
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
    }
    let sent = tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(WINDOW));
    assert_eq!(sent.iter().map(|segment| segment.data.len()).sum::<usize>(), 3000);
}

/// Section 3.8.6.1 (MUST-37): a peer that answers keeps the connection, one that does not loses it.
#[test]
fn a_window_may_stay_closed_as_long_as_the_peer_answers() {
    let mut config = plain();
    config.retries = 6;
    let mut tester = closed_window(&config);
    tester.writes(b"waiting");
    for _ in 0..100 {
        tester.waits(SECOND * 60);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
        tester.is(State::Established);
    }
    tester.waits(SECOND * 3600);
    tester.is(State::Closed);
    assert_eq!(tester.connection.take_error(), Some(Errno::ETIMEDOUT));
}

/// Section 3.8.6.1 (MAY-8): we keep ours closed as long as nobody reads, and answer each probe.
#[test]
fn a_closed_window_answers_probes() {
    let mut tester = Tester::open(&small(2000));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(&[1; 1000]));
    let full = tester.gets(&wire(0, IRS + 1001).ack(ISS + 1).data(&[1; 1000]));
    assert_eq!(full.last().unwrap().window, 0);
    for _ in 0..50 {
        let answer = tester.answers_to(&wire(0, IRS + 2001).ack(ISS + 1).data(b"?"));
        answer.is_ack(ISS + 1, IRS + 2001);
        assert_eq!(answer.window, 0);
        let answer = tester.answers_to(&wire(0, IRS + 2000).ack(ISS + 1));
        answer.is_ack(ISS + 1, IRS + 2001);
        tester.waits(SECOND * 60);
    }
    // It opens when all was read, and the peer is told.
    assert_eq!(tester.reads().len(), 2000);
    let update = tester.sends_one();
    update.is_ack(ISS + 1, IRS + 2001);
    assert_eq!(update.window, 2000);
}

/// Section 3.4 (MUST-66): resets and urgent pointers count while our window is closed.
#[test]
fn a_closed_window_lets_rst_and_urg_in() {
    for data in [&b""[..], b"!"] {
        let mut tester = Tester::open(&small(2000));
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(&[1; 2000]));
        assert_eq!(tester.connection.info().window, 0);
        tester.gets(&wire(0, IRS + 2001).ack(ISS + 1).data(data).urgent(10));
        assert!(tester.connection.take_news().urgent, "{data:?}");
        assert_eq!(tester.connection.urgent_ahead(), Some(2010));
        tester.gets(&wire(RST, IRS + 2001).data(data));
        tester.is(State::Closed);
    }
}

/// Section 3.10.7.4, first: acknowledgments count while our window is closed.
#[test]
fn a_closed_window_lets_acks_in() {
    let mut tester = Tester::open(&small(2000));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(&[1; 2000]));
    tester.writes(&[1; 2000]);
    tester.gets(&wire(0, IRS + 2001).ack(ISS + 1001).data(b"?"));
    assert_eq!(tester.connection.info().unacknowledged, 1000);
    tester.gets(&wire(0, IRS + 2001).ack(ISS + 2001));
    assert_eq!(tester.connection.info().unacknowledged, 0);
}

/// Section 3.8.6.2.1 (MUST-38): data waits for room for a full segment, for all of it, or for half of the largest window; in the end for a
/// timeout.
#[test]
fn small_windows_are_not_filled() {
    let mut config = plain();
    config.nagle = false;
    let mut tester = Tester::open(&config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(900));
    // D = 5000 > U = 900; 900 is no segment and less than half of 10000.
    assert_eq!(tester.writes(&[1; 5000]), []);
    let late = tester.waits(SECOND);
    assert_eq!(late.len(), 1, "the override timeout");
    assert_eq!((late[0].0, late[0].1.data.len()), (SECOND, 900));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 901).window(999));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 901).window(1000));
    assert_eq!(tester.connection.info().unacknowledged, 1000);

    // A peer whose windows were never larger than 600 is sent 300.
    let mut tester = Tester::connects(&config);
    tester.sends();
    tester.gets(&wire(SYN, IRS).ack(ISS + 1).window(600).options(&[2, 4, 3, 232]));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(299));
    assert_eq!(tester.writes(&[1; 5000]), []);
    let half = tester.answers_to(&wire(0, IRS + 1).ack(ISS + 1).window(300));
    assert_eq!(half.data.len(), 300);

    // All of it fits: it goes.
    let mut tester = Tester::open(&config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(100));
    assert_eq!(one(tester.writes(&[1; 100])).data.len(), 100);
}

/// Section 3.8.6.2.1: urgent data does not wait for acknowledgments, but fills no crumbs of a window either.
#[test]
fn urgent_data_keeps_to_the_window() {
    let mut tester = Tester::open(&plain());
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(10));
    tester.connection.send_urgent(tester.now, &[1; 500]).unwrap();
    assert_eq!(tester.sends(), []);
}

/// Section 3.8.6.2.2 (MUST-39): RCV.NXT + RCV.WND stays where it is until there is room for a segment or half of the buffer.
#[test]
fn the_window_opens_in_steps() {
    for (room, step) in [(8000, 1000), (1200, 600)] {
        let mut tester = Tester::open(&small(room));
        let edge = IRS + 1 + room as u32;
        let half = vec![1; room / 2];
        tester.takes(&wire(0, IRS + 1).ack(ISS + 1).data(&half));
        tester.takes(&wire(0, IRS + 1 + room as u32 / 2).ack(ISS + 1).data(&half));
        assert_eq!(tester.sends().last().unwrap().window, 0);
        let mut read = 0;
        while read < step {
            let answer = tester.answers_to(&wire(0, edge).ack(ISS + 1).data(b"?"));
            assert_eq!((answer.ack, answer.window), (edge, 0), "{read} of {step}");
            read += tester.connection.receive(tester.now, &mut [0; 100]).unwrap();
        }
        let answer = tester.gets(&wire(0, edge).ack(ISS + 1).data(b"?")).pop().unwrap();
        assert_eq!(usize::from(answer.window), step);
    }
}

/// Section 3.8.6.2.2: a reader that takes everything is told of to the peer, however small the buffer is.
#[test]
fn a_small_buffer_that_was_read_is_told_of() {
    for room in [500, 1500, 2000, 3000] {
        for most in [room, 1 << 20, 32 << 20] {
            let mut config = small(room);
            (config.window_scaling, config.receive_buffer_most) = (true, most);
            let mut tester = Tester::connects(&config);
            tester.sends();
            tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&[2, 4, 3, 232, 3, 3, 0]));
            let window = tester.connection.info().window as usize;
            assert!(window > 0, "{room} of {most}");
            let said = tester.answers_to(&wire(0, IRS).ack(ISS + 1)).window;
            assert!(said > 0, "{room} of {most}");
            tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(&vec![1; window]));
            tester.waits(SECOND);
            assert_eq!(tester.reads().len(), window);
            let update = tester.sends_one();
            assert!(update.window > 0, "{room} of {most}");
        }
    }
}
