//! Section 3.6: connections end.

use layercake::stack::Errno;
use layercake::stack::tcp::reason::Reset;
use layercake::stack::tcp::{Segment, State};

use super::peer::*;

/// Section 3.6, figure 12, peer A.
#[test]
fn closes_as_in_figure_12() {
    let mut a = Tester::open(&plain());
    a.connection.shutdown();
    a.is(State::FinWait1);
    let fin = a.sends_one();
    assert_eq!((fin.flags, fin.seq, fin.ack), (FIN | ACK, ISS + 1, IRS + 1));
    assert_eq!(a.gets(&wire(0, IRS + 1).ack(ISS + 2)), []);
    a.is(State::FinWait2);
    a.answers_to(&wire(FIN, IRS + 1).ack(ISS + 2)).is_ack(ISS + 2, IRS + 2);
    a.is(State::TimeWait);
    a.waits(plain().time_wait);
    a.is(State::Closed);
}

/// Section 3.6, figure 12, peer B.
#[test]
fn is_closed_as_in_figure_12() {
    let mut b = Tester::open(&plain());
    b.answers_to(&wire(FIN, IRS + 1).ack(ISS + 1)).is_ack(ISS + 1, IRS + 2);
    b.is(State::CloseWait);
    b.connection.shutdown();
    let fin = b.sends_one();
    assert_eq!((fin.flags, fin.seq, fin.ack), (FIN | ACK, ISS + 1, IRS + 2));
    b.is(State::LastAck);
    assert_eq!(b.gets(&wire(0, IRS + 2).ack(ISS + 2)), []);
    b.is(State::Closed);
    assert!(b.connection.take_news().closed);
}

/// Section 3.6, figure 13.
#[test]
fn both_close_at_once_as_in_figure_13() {
    let mut a = Tester::open(&plain());
    a.connection.shutdown();
    a.sends_one();
    a.answers_to(&wire(FIN, IRS + 1).ack(ISS + 1)).is_ack(ISS + 2, IRS + 2);
    a.is(State::Closing);
    assert_eq!(a.gets(&wire(0, IRS + 2).ack(ISS + 2)), []);
    a.is(State::TimeWait);
    a.waits(plain().time_wait);
    a.is(State::Closed);
}

/// Section 3.6 (MUST-12): the application learns whether the peer closed or aborted.
#[test]
fn a_close_and_an_abort_look_different() {
    let mut closed = Tester::open(&plain());
    closed.gets(&wire(FIN, IRS + 1).ack(ISS + 1));
    assert_eq!(closed.connection.receive(closed.now, &mut [0; 9]), Ok(0));
    assert_eq!(closed.connection.take_error(), None);
    for state in [State::Established, State::FinWait1, State::FinWait2, State::CloseWait] {
        let (mut aborted, us, them) = Tester::in_state(state, &plain());
        aborted.gets(&wire(RST, them).ack(us));
        let news = aborted.connection.take_news();
        assert!(news.closed && news.readable, "{state}");
        assert!(aborted.connection.receive(aborted.now, &mut [0; 9]).is_err(), "{state}");
    }
}

/// Section 3.6.1: one direction is closed, data goes on in the other.
#[test]
fn a_half_closed_connection_goes_on() {
    let (mut sender, us, them) = Tester::in_state(State::CloseWait, &plain());
    let data = one(sender.writes(b"still here"));
    assert_eq!((data.seq, data.ack, &data.data[..]), (us, them, &b"still here"[..]));
    let (mut receiver, us, them) = Tester::in_state(State::FinWait2, &plain());
    receiver.gets(&wire(0, them).ack(us).data(b"still here"));
    assert_eq!(receiver.reads(), b"still here");
    assert_eq!(receiver.connection.send(receiver.now, b"x"), Err(Errno::EPIPE));
}

/// Sections 3.6 and 3.10.4: what was given before the close is sent before the FIN, and again until it is acknowledged.
#[test]
fn what_was_given_before_the_close_is_delivered() {
    let mut a = Tester::open(&plain());
    assert_eq!(a.connection.send(a.now, &[1; 1500]), Ok(1500));
    a.connection.shutdown();
    let sent = a.sends();
    assert_eq!(sent.iter().map(|segment| segment.data.len()).collect::<Vec<_>>(), [1000, 500]);
    assert_eq!(sent.iter().map(|segment| segment.has(FIN)).collect::<Vec<_>>(), [false, true]);
    let again = a.waits(SECOND * 10);
    assert!(again.iter().any(|(_, segment)| segment.seq == ISS + 1));
    a.gets(&wire(0, IRS + 1).ack(ISS + 1501));
    a.is(State::FinWait1);
    assert!(a.waits(SECOND * 60).iter().any(|(_, segment)| segment.has(FIN) && segment.seq == ISS + 1501));
    a.gets(&wire(0, IRS + 1).ack(ISS + 1502));
    a.is(State::FinWait2);
}

/// Section 3.10.4, SYN-SENT: the connection is deleted.
#[test]
fn close_in_syn_sent() {
    let (mut tester, ..) = Tester::in_state(State::SynSent, &plain());
    tester.connection.close(tester.now);
    assert_eq!(tester.sends(), []);
    tester.is(State::Closed);
}

/// Section 3.10.4, SYN-RECEIVED: a FIN is sent when the connection is open, and FIN-WAIT-1 entered.
#[test]
fn close_in_syn_received() {
    let (mut tester, us, them) = Tester::in_state(State::SynReceived, &plain());
    tester.connection.shutdown();
    let fin = tester.answers_to(&wire(0, them).ack(us));
    assert_eq!((fin.flags, fin.seq, fin.ack), (FIN | ACK, us, them));
    tester.is(State::FinWait1);
}

/// Section 3.10.4: a second close is no second FIN.
#[test]
fn a_second_close_is_no_second_fin() {
    for state in [State::FinWait1, State::FinWait2, State::Closing, State::LastAck, State::TimeWait] {
        let (mut tester, ..) = Tester::in_state(state, &plain());
        tester.connection.shutdown();
        tester.connection.close(tester.now);
        assert_eq!(tester.sends(), [], "{state}");
        tester.is(state);
    }
}

/// Section 3.10.2: who has closed cannot send.
#[test]
fn who_has_closed_cannot_send() {
    for state in
        [State::FinWait1, State::FinWait2, State::Closing, State::LastAck, State::TimeWait, State::Closed]
    {
        let (mut tester, ..) = Tester::in_state(state, &plain());
        assert!(tester.connection.send(tester.now, b"x").is_err(), "{state}");
        assert_eq!(tester.sends(), []);
    }
}

/// Section 3.10.5: `<SEQ=SND.NXT><CTL=RST>`, where the peer does not know of our end already.
#[test]
fn abort_resets() {
    for state in [State::SynReceived, State::Established, State::FinWait1, State::FinWait2, State::CloseWait]
    {
        let (mut tester, us, _) = Tester::in_state(state, &plain());
        tester.connection.abort(tester.now, Reset::Abort);
        let reset = tester.sends_one();
        assert!(reset.has(RST) && reset.seq == us, "{state}: {reset:?}");
        tester.is(State::Closed);
        assert_eq!(tester.connection.deadline(), None);
    }
    for state in [State::SynSent, State::Closing, State::LastAck, State::TimeWait] {
        let (mut tester, ..) = Tester::in_state(state, &plain());
        tester.connection.abort(tester.now, Reset::Abort);
        assert_eq!(tester.sends(), [], "{state}");
        tester.is(State::Closed);
    }
}

/// Section 3.6.1 (MAY-1, SHLD-3): a close by an application that has not read everything is a reset, data that comes later too.
#[test]
fn data_that_is_lost_by_a_close_is_a_reset() {
    let mut unread = Tester::open(&plain());
    unread.gets(&wire(0, IRS + 1).ack(ISS + 1).data(b"nobody reads this"));
    unread.connection.close(unread.now);
    assert!(unread.sends_one().has(RST));
    unread.is(State::Closed);
    let mut late = Tester::open(&plain());
    late.connection.close(late.now);
    assert!(late.sends_one().has(FIN));
    let reset = late.answers_to(&wire(0, IRS + 1).ack(ISS + 2).data(b"too late"));
    assert!(reset.has(RST) && reset.seq == ISS + 2, "{reset:?}");
    late.is(State::Closed);
}

/// Section 3.6.1 (MUST-13): 2 MSL, with an MSL of 2 minutes (section 3.4.2), also if the application closes without reading.
#[test]
fn time_wait_lasts_two_msl() {
    let config = plain();
    assert_eq!(config.time_wait, SECOND * 240);
    let (mut tester, ..) = Tester::in_state(State::TimeWait, &config);
    assert_eq!(tester.waits(SECOND * 240 - MS), []);
    tester.is(State::TimeWait);
    tester.waits(MS);
    tester.is(State::Closed);
    let mut unread = Tester::open(&config);
    unread.connection.shutdown();
    unread.sends();
    unread.gets(&wire(FIN, IRS + 1).ack(ISS + 2).data(b"unread"));
    unread.is(State::TimeWait);
    unread.connection.close(unread.now);
    assert_eq!(unread.sends(), []);
    unread.is(State::TimeWait);
}

/// Section 3.10.7.4, eighth: a FIN that comes again starts the time again, with and without the data before it.
#[test]
fn time_wait_begins_again() {
    for data in [&b""[..], b"tail"] {
        let config = plain();
        let mut tester = Tester::open(&config);
        tester.connection.shutdown();
        tester.sends();
        let fin = wire(FIN, IRS + 1).ack(ISS + 2).data(data);
        tester.gets(&fin);
        tester.is(State::TimeWait);
        tester.waits(SECOND * 200);
        assert_eq!(tester.gets(&fin).len(), 1);
        tester.waits(SECOND * 239);
        tester.is(State::TimeWait);
        tester.waits(SECOND);
        tester.is(State::Closed);
    }
}

/// Section 3.6.1 (MAY-2, SHLD-4), RFC 6191: a new SYN may take the place of a connection in TIME-WAIT.
#[test]
fn time_wait_gives_way_to_a_newer_syn() {
    let gives_way =
        |tester: &Tester, wire: Wire| tester.connection.gives_way_to(&Segment::read(&wire.bytes()).unwrap());
    let (tester, _, them) = Tester::in_state(State::TimeWait, &plain());
    assert!(gives_way(&tester, wire(SYN, them + 1)));
    assert!(!gives_way(&tester, wire(SYN, them - 10)));
    assert!(!gives_way(&tester, wire(SYN, them + 1).ack(ISS + 2)));
    assert!(!gives_way(&tester, wire(SYN | RST, them + 1)));
    let (other, _, them) = Tester::in_state(State::FinWait2, &plain());
    assert!(!gives_way(&other, wire(SYN, them + 1)));

    // With timestamps: a newer clock is enough.
    let mut config = plain();
    config.timestamps = true;
    let mut tester = Tester::connects(&config);
    tester.sends();
    let clock = |value: u8| [1, 1, 8, 10, 0, 0, 0, value, 0, 0, 0, 0];
    tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&clock(5)));
    tester.connection.shutdown();
    tester.sends();
    tester.gets(&wire(FIN, IRS + 1).ack(ISS + 2).options(&clock(6)));
    tester.is(State::TimeWait);
    assert!(gives_way(&tester, wire(SYN, IRS - 10).options(&clock(7))));
    assert!(!gives_way(&tester, wire(SYN, IRS - 10).options(&clock(6))));
}
