//! Section 3.10.7: a segment arrives, state by state and step by step.

use layercake::stack::tcp::State;
use layercake::stack::{DropReason, Errno};

use super::peer::*;

/// Section 3.10.7.3, first: an ACK that is not acceptable is answered by a reset, unless it comes with one.
#[test]
fn syn_sent_first_check_the_ack() {
    for bad in [ISS - 1, ISS, ISS + 2] {
        let (mut tester, ..) = Tester::in_state(State::SynSent, &plain());
        for flags in [0, SYN, FIN] {
            let reset = tester.answers_to(&wire(flags, IRS).ack(bad));
            assert_eq!((reset.flags, reset.seq, reset.data.len()), (RST, bad, 0));
        }
        assert_eq!(tester.gets(&wire(RST, IRS).ack(bad)), []);
        tester.is(State::SynSent);
    }
}

/// Section 3.10.7.3, second: a reset counts if it acknowledges the SYN.
#[test]
fn syn_sent_second_check_the_rst() {
    let (mut tester, ..) = Tester::in_state(State::SynSent, &plain());
    assert_eq!(tester.gets(&wire(RST, IRS)), []);
    tester.is(State::SynSent);
    assert_eq!(tester.gets(&wire(RST, IRS).ack(ISS + 1)), []);
    tester.is(State::Closed);
    assert_eq!(tester.connection.take_error(), Some(Errno::ECONNREFUSED));
}

/// Section 3.10.7.3, fourth and fifth.
#[test]
fn syn_sent_fourth_check_the_syn() {
    let (mut tester, ..) = Tester::in_state(State::SynSent, &plain());
    for lame in [wire(0, IRS).ack(ISS + 1), wire(FIN, IRS), wire(0, IRS).data(b"x")] {
        assert_eq!(tester.gets(&lame), []);
        tester.is(State::SynSent);
    }
    let answer = tester.answers_to(&wire(SYN, IRS));
    assert_eq!((answer.flags, answer.seq, answer.ack), (SYN | ACK, ISS, IRS + 1));
    tester.is(State::SynReceived);
}

/// Sections 3.4 and 3.10.7.4, first: the four cases. What is not acceptable is answered by an ACK and changes nothing.
#[test]
fn first_the_four_cases_of_the_window() {
    let mut config = plain();
    (config.receive_buffer, config.challenge_interval) = (2000, MS);
    let next = IRS + 1;
    // The window, where a segment begins, its length, whether it is acceptable.
    for (window, start, length, acceptable) in [
        (0, 0, 0, true),
        (0, 1, 0, false),
        (0, -1, 0, false),
        (2000, 0, 0, true),
        (2000, 1999, 0, true),
        (2000, 2000, 0, false),
        (2000, -1, 0, false),
        (0, 0, 1, false),
        (0, -1, 1, false),
        (2000, 0, 1, true),
        (2000, 1999, 1, true),
        (2000, 2000, 1, false),
        (2000, -1, 2, true),
        (2000, -1, 1, false),
        (2000, -500, 500, false),
    ] {
        let mut tester = Tester::open(&config);
        let mut next = next;
        if window == 0 {
            tester.gets(&wire(0, next).ack(ISS + 1).data(&[7; 2000]));
            next += 2000;
        }
        tester.waits(SECOND);
        tester.connection.take_news();
        // A FIN marks what was looked at: it stands behind the data.
        let data = vec![8; length as usize];
        let sent = tester.gets(&wire(0, next.wrapping_add_signed(start)).ack(ISS + 1).window(99).data(&data));
        let case = (window, start, length);
        assert_eq!(
            tester.connection.info().peer_window == 99,
            acceptable || (window, start) == (0, 0),
            "{case:?}"
        );
        if acceptable {
            let new = if start <= 0 { (start + length) as u32 } else { 0 };
            tester.connection.acknowledge(layercake::stack::tcp::reason::Ack::Window);
            assert_eq!(
                one(tester.sends().into_iter().chain(sent).take(1).collect()).ack,
                next + new,
                "{case:?}"
            );
        } else {
            let answer = one(sent);
            answer.is_ack(ISS + 1, next);
            assert_eq!(answer.window, window as u16, "{case:?}");
            assert!(!tester.connection.take_news().readable, "{case:?}");
        }
    }
}

/// Section 3.5.2, third group; section 3.10.7.4, first: an acknowledgment answers what lies outside the window, in all states.
#[test]
fn first_what_lies_outside_the_window_is_acknowledged() {
    for state in SYNCHRONIZED {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        let stray = wire(0, them + 20_000).ack(us).data(b"stray");
        tester.answers_to(&stray).is_ack(us, them);
        tester.is(state);
        // Not more than once in a while (RFC 5961 section 7).
        assert_eq!(tester.gets(&stray), []);
        tester.now += SECOND;
        tester.answers_to(&stray).is_ack(us, them);
        assert_eq!(tester.reads(), b"");
    }
    let (mut tester, us, them) = Tester::in_state(State::SynReceived, &plain());
    tester.answers_to(&wire(0, them + 20_000).ack(us)).is_ack(us, them);
    tester.is(State::SynReceived);
}

/// Section 3.10.7.4, first: of what straddles the old and the new, only the new is processed; what lies beyond the window is cut off.
#[test]
fn first_what_is_old_or_beyond_is_cut_off() {
    let mut config = plain();
    config.receive_buffer = 2000;
    let mut tester = Tester::open(&config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(b"abc"));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(b"abcdef"));
    assert_eq!(tester.reads(), b"abcdef");
    let mut tester = Tester::open(&config);
    let answer = tester.answers_to(&wire(FIN, IRS + 1).ack(ISS + 1).data(&[1; 3000]));
    answer.is_ack(ISS + 1, IRS + 2001);
    // With what was cut off went the FIN.
    tester.is(State::Established);
    assert_eq!(tester.reads(), [1; 2000]);
}

/// Section 3.10.7.4, first (SHLD-31): what comes too early is held, and section 3.10.7.4, seventh (MAY-13), acknowledged at once.
#[test]
fn first_what_comes_too_early_is_held() {
    let mut tester = Tester::open(&plain());
    tester.answers_to(&wire(0, IRS + 4).ack(ISS + 1).data(b"def")).is_ack(ISS + 1, IRS + 1);
    assert_eq!(tester.reads(), b"");
    tester.answers_to(&wire(FIN, IRS + 7).ack(ISS + 1)).is_ack(ISS + 1, IRS + 1);
    tester.is(State::Established);
    tester.answers_to(&wire(0, IRS + 1).ack(ISS + 1).data(b"abc")).is_ack(ISS + 1, IRS + 8);
    tester.is(State::CloseWait);
    assert_eq!(tester.reads(), b"abcdef");
}

/// Sections 3.5.3 and 3.10.7.4, second: a reset with the number that is expected ends the connection, in all states but TIME-WAIT, where
/// RFC 1337 section 3 has it ignored.
#[test]
fn second_a_reset_ends_the_connection() {
    for state in SYNCHRONIZED.into_iter().chain([State::SynReceived]) {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        assert_eq!(tester.gets(&wire(RST, them).ack(us)), []);
        if state == State::TimeWait {
            tester.is(State::TimeWait);
            continue;
        }
        tester.is(State::Closed);
        assert!(tester.connection.take_news().closed);
        assert_eq!(tester.connection.deadline(), None);
    }
}

/// Section 3.10.7.4, second, as RFC 5961 section 3.2 has it: outside the window it is dropped silently, inside it is asked back.
#[test]
fn second_a_reset_elsewhere_does_not() {
    for state in [State::Established, State::FinWait1, State::FinWait2, State::SynReceived] {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        for outside in [them - 1, them + 10_000, them + 20_000] {
            assert_eq!(tester.gets(&wire(RST, outside)), [], "{state}");
        }
        // With data that reaches into the window: the reset itself is outside.
        assert_eq!(tester.gets(&wire(RST, them - 1).data(b"why")), []);
        tester.is(state);
        tester.answers_to(&wire(RST, them + 5)).is_ack(us, them);
        tester.is(state);
    }
}

/// Section 3.5.3 (SHLD-2): a reset may carry data, which is no part of the stream.
#[test]
fn second_a_reset_may_carry_data() {
    let mut tester = Tester::open(&plain());
    assert_eq!(tester.gets(&wire(RST, IRS + 1).data(b"out of memory")), []);
    tester.is(State::Closed);
    assert_eq!(tester.connection.receive(tester.now, &mut [0; 99]), Err(Errno::ECONNRESET));
}

/// Section 3.10.7.4, fourth, as RFC 5961 section 4.2 has it: a SYN is asked back, wherever it lies.
#[test]
fn fourth_a_syn_is_asked_back() {
    for state in SYNCHRONIZED {
        for (flags, offset) in [(SYN, 0), (SYN, 5), (SYN, 50_000), (SYN | ACK, 0)] {
            let (mut tester, us, them) = Tester::in_state(state, &plain());
            let syn = Wire { ack: us, ..wire(flags, them + offset) };
            tester.answers_to(&syn).is_ack(us, them);
            tester.is(state);
        }
    }
}

/// Section 3.10.7.4, fourth, in SYN-RECEIVED: who was opened goes back to LISTEN, who opened asks back.
#[test]
fn fourth_a_syn_in_syn_received() {
    let (mut passive, _, them) = Tester::in_state(State::SynReceived, &plain());
    assert_eq!(passive.gets(&wire(SYN, them + 5)), []);
    passive.is(State::Closed);
    let mut active = Tester::connects(&plain());
    active.sends();
    active.gets(&wire(SYN, IRS));
    active.answers_to(&wire(SYN, IRS + 5)).is_ack(ISS + 1, IRS + 1);
    active.is(State::SynReceived);
}

/// Section 3.10.7.4, fifth: without ACK a segment is dropped.
#[test]
fn fifth_without_ack_it_is_dropped() {
    for state in SYNCHRONIZED.into_iter().chain([State::SynReceived]) {
        let (mut tester, _, them) = Tester::in_state(state, &plain());
        assert_eq!(tester.gets(&wire(FIN, them).data(b"x")), [], "{state}");
        tester.is(state);
        assert_eq!(tester.drops.of(DropReason::TcpNoAck), 1);
    }
}

/// Section 3.5.2, second group; section 3.10.7.4, fifth: in SYN-RECEIVED an ACK of what was not sent is answered by a reset.
#[test]
fn fifth_a_bad_ack_in_syn_received_is_reset() {
    for bad in [ISS, ISS + 2] {
        let (mut tester, _, them) = Tester::in_state(State::SynReceived, &plain());
        let reset = tester.answers_to(&wire(0, them).ack(bad));
        assert_eq!((reset.flags, reset.seq), (RST, bad));
        tester.is(State::SynReceived);
        tester.gets(&wire(0, them).ack(ISS + 1));
        tester.is(State::Established);
    }
}

/// Section 3.5.2, third group; section 3.10.7.4, fifth: what acknowledges what was not sent is acknowledged, and dropped.
#[test]
fn fifth_an_ack_of_what_was_not_sent_is_answered() {
    for state in SYNCHRONIZED {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        tester.answers_to(&wire(FIN, them).ack(us + 1).data(b"x")).is_ack(us, them);
        tester.is(state);
        assert_eq!(tester.reads(), b"");
    }
}

/// Section 3.10.7.4, fifth (MAY-12), RFC 5961 section 5: an ACK older than the largest window was made up.
#[test]
fn fifth_an_ack_that_is_too_old_is_answered() {
    let (mut tester, us, them) = Tester::in_state(State::Established, &plain());
    let largest = u32::from(WINDOW);
    tester.answers_to(&wire(0, them).ack(us.wrapping_sub(largest + 1)).data(b"forged")).is_ack(us, them);
    assert_eq!(tester.reads(), b"");
    // As old as that it can be: the acknowledgment is ignored, the data is taken.
    tester.gets(&wire(0, them).ack(us.wrapping_sub(largest)).data(b"late"));
    assert_eq!(tester.reads(), b"late");
}

/// Section 3.10.7.4, fifth: ACKs take what they cover off the queue; duplicates are ignored.
#[test]
fn fifth_an_ack_covers_what_was_sent() {
    let mut tester = Tester::open(&plain());
    tester.writes(&[1; 1000]);
    assert_eq!(tester.connection.info().queued, 1000);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1));
    assert_eq!(tester.connection.info().queued, 1000);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 401));
    assert_eq!((tester.connection.info().queued, tester.connection.info().unacknowledged), (600, 600));
    tester.gets(&wire(0, IRS + 1).ack(ISS + 201));
    assert_eq!(tester.connection.info().queued, 600);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1001));
    assert_eq!((tester.connection.info().queued, tester.connection.info().unacknowledged), (0, 0));
}

/// Section 3.10.7.4, fifth: SND.WL1 and SND.WL2 keep an old segment from setting the window.
#[test]
fn fifth_an_old_segment_does_not_set_the_window() {
    let mut tester = Tester::open(&plain());
    let window = |tester: &Tester| tester.connection.info().peer_window;
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(5000));
    assert_eq!(window(&tester), 5000);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(6000).data(b"0123456789"));
    assert_eq!(window(&tester), 6000);
    tester.gets(&wire(0, IRS + 11).ack(ISS + 1).window(7000).data(b"x"));
    assert_eq!(window(&tester), 7000);
    // Sent before, overtaken: SEG.SEQ is less than SND.WL1.
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(500).data(b"0123456789+"));
    assert_eq!(window(&tester), 7000);
    // The same number, and an acknowledgment that is older.
    tester.writes(&[1; 1000]);
    tester.gets(&wire(0, IRS + 12).ack(ISS + 1001).window(8000));
    tester.gets(&wire(0, IRS + 12).ack(ISS + 501).window(400));
    assert_eq!(window(&tester), 8000);
}

/// Section 3.10.7.4, fifth: our FIN is acknowledged.
#[test]
fn fifth_the_ack_of_our_fin() {
    for (before, after) in [
        (State::FinWait1, State::FinWait2),
        (State::Closing, State::TimeWait),
        (State::LastAck, State::Closed),
    ] {
        let (mut tester, us, them) = Tester::in_state(before, &plain());
        assert_eq!(tester.gets(&wire(0, them).ack(us - 1)), []);
        tester.is(before);
        assert_eq!(tester.gets(&wire(0, them).ack(us)), []);
        tester.is(after);
        assert_eq!(tester.connection.take_error(), None);
    }
}

/// Section 3.10.7.4, sixth and seventh: behind the peer's FIN there is neither urgent data nor text.
#[test]
fn sixth_and_seventh_nothing_comes_behind_a_fin() {
    for state in [State::CloseWait, State::Closing, State::LastAck, State::TimeWait] {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        let ack = if state == State::CloseWait { us } else { us - 1 };
        tester.gets(&wire(0, them).ack(ack).data(b"more").urgent(4));
        tester.is(state);
        assert_eq!(tester.reads(), b"");
        assert!(!tester.connection.take_news().urgent);
        assert_eq!(tester.connection.urgent_ahead(), None);
    }
}

/// Section 3.10.7.4, seventh: text is delivered in ESTABLISHED, FIN-WAIT-1 and FIN-WAIT-2, and acknowledged.
#[test]
fn seventh_text_is_delivered() {
    for state in [State::Established, State::FinWait1, State::FinWait2] {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        let ack = if state == State::FinWait1 { us - 1 } else { us };
        let sent: Vec<_> = std::iter::once(wire(0, them).ack(ack).data(b"text"))
            .flat_map(|segment| tester.gets(&segment))
            .collect();
        assert!(tester.connection.take_news().readable);
        assert_eq!(tester.reads(), b"text");
        let later = tester.waits(MS * 500).into_iter().map(|(_, wire)| wire);
        assert!(sent.into_iter().chain(later).any(|wire| wire.ack == them + 4), "{state}");
    }
}

/// Section 3.10.7.4, eighth: the peer's FIN.
#[test]
fn eighth_the_fin() {
    for (before, ack, after) in [
        (State::SynReceived, 0, State::CloseWait),
        (State::Established, 0, State::CloseWait),
        (State::FinWait1, -1, State::Closing),
        (State::FinWait1, 0, State::TimeWait),
        (State::FinWait2, 0, State::TimeWait),
    ] {
        let (mut tester, us, them) = Tester::in_state(before, &plain());
        let answer = tester.answers_to(&wire(FIN, them).ack(us.wrapping_add_signed(ack)));
        answer.is_ack(us, them + 1);
        tester.is(after);
        assert!(tester.connection.take_news().readable);
        assert_eq!(tester.connection.receive(tester.now, &mut [0; 9]), Ok(0));
    }
}

/// Section 3.10.7.4, eighth: a FIN that comes again is acknowledged again, each time, and changes nothing.
#[test]
fn eighth_a_fin_that_comes_again() {
    for state in [State::CloseWait, State::Closing, State::LastAck, State::TimeWait] {
        let (mut tester, us, them) = Tester::in_state(state, &plain());
        let ack = if matches!(state, State::Closing | State::LastAck) { us - 1 } else { us };
        for _ in 0..3 {
            tester.answers_to(&wire(FIN, them - 1).ack(ack)).is_ack(us, them);
            tester.is(state);
        }
    }
}
