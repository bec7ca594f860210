//! Section 3.5: connections begin.

use layercake::stack::Errno;
use layercake::stack::tcp::State;

use super::peer::*;

/// Section 3.5, figure 6, peer A.
#[test]
fn opens_as_in_figure_6() {
    let mut a = Tester::connects(&plain());
    a.is(State::SynSent);
    let syn = a.sends_one();
    assert_eq!((syn.flags, syn.seq, syn.ack), (SYN, 100, 0));
    a.answers_to(&wire(SYN, 300).ack(101)).is_ack(101, 301);
    a.is(State::Established);
    assert!(a.connection.take_news().opened);
    let data = one(a.writes(b"data"));
    assert_eq!((data.seq, data.ack, &data.data[..]), (101, 301, &b"data"[..]));
}

/// Section 3.5, figure 6, peer B; section 3.10.7.2, third; section 3.10.7.4, fifth.
#[test]
fn answers_as_in_figure_6() {
    let mut b = Tester::answers(&plain());
    b.is(State::SynReceived);
    let answer = b.sends_one();
    assert_eq!((answer.flags, answer.seq, answer.ack), (SYN | ACK, ISS, IRS + 1));
    assert_eq!(b.gets(&wire(0, IRS + 1).ack(ISS + 1)), []);
    b.is(State::Established);
    assert!(b.connection.take_news().opened);
}

/// Section 3.5, figure 7 (MUST-10).
#[test]
fn opens_at_the_same_time_as_in_figure_7() {
    let mut a = Tester::connects(&plain());
    a.sends_one();
    let answer = a.answers_to(&wire(SYN, 300));
    assert_eq!((answer.flags, answer.seq, answer.ack), (SYN | ACK, 100, 301));
    a.is(State::SynReceived);
    let sent = a.gets(&wire(SYN, 300).ack(101));
    a.is(State::Established);
    assert!(sent.iter().all(|segment| !segment.has(SYN)), "{sent:?}");
    assert!(a.connection.take_news().opened);
}

/// Two connections that both open meet (MUST-10), and do not talk for ever.
#[test]
fn two_that_open_meet() {
    let mut ends = [Tester::connects(&plain()), Tester::connects(&plain())];
    let mut on_the_way = ends.each_mut().map(Tester::sends);
    let mut count = 0;
    while on_the_way.iter().any(|sent| !sent.is_empty()) {
        let [first, second] = on_the_way;
        on_the_way = [Vec::new(), Vec::new()];
        for (to, sent) in [(1, first), (0, second)] {
            for segment in &sent {
                count += 1;
                on_the_way[to].extend(ends[to].gets(segment));
            }
        }
        assert!(count < 20, "no end of segments");
    }
    ends.iter().for_each(|end| end.is(State::Established));
    let data = one(ends[0].writes(b"hello"));
    ends[1].takes(&data);
    assert_eq!(ends[1].reads(), b"hello");
}

/// Section 3.5 (MUST-11), section 3.10.7.4, second: how SYN-RECEIVED was reached decides what a reset does.
#[test]
fn remembers_who_opened() {
    let mut active = Tester::connects(&plain());
    active.sends();
    active.gets(&wire(SYN, IRS));
    active.is(State::SynReceived);
    assert!(!active.connection.is_passive());
    assert_eq!(active.gets(&wire(RST, IRS + 1)), []);
    active.is(State::Closed);
    assert_eq!(active.connection.take_error(), Some(Errno::ECONNREFUSED));

    let mut passive = Tester::answers(&plain());
    passive.sends();
    assert!(passive.connection.is_passive());
    assert_eq!(passive.gets(&wire(RST, IRS + 1)), []);
    // The listener goes on; the connection that was begun is over.
    passive.is(State::Closed);
    assert!(!passive.connection.take_news().opened);
}

/// Section 3.5, figure 8, peer A.
#[test]
fn an_old_duplicate_syn_is_found_out_as_in_figure_8() {
    let mut a = Tester::connects(&plain());
    a.sends();
    let reset = a.answers_to(&wire(SYN, 300).ack(91));
    assert_eq!((reset.flags, reset.seq), (RST, 91));
    a.is(State::SynSent);
    a.answers_to(&wire(SYN, 400).ack(101)).is_ack(101, 401);
    a.is(State::Established);
}

/// Section 3.5, figure 8, peer B: the reset ends what the old SYN began.
#[test]
fn a_reset_takes_back_what_an_old_syn_began() {
    let mut b = Tester::answers_over(&plain(), layercake::stack::tcp::Path::v4(1500), &wire(SYN, 90));
    let answer = b.sends_one();
    assert_eq!((answer.seq, answer.ack), (ISS, 91));
    assert_eq!(b.gets(&wire(RST, 91)), []);
    b.is(State::Closed);
}

/// Section 3.5.1, figure 9, peer B.
#[test]
fn a_half_open_connection_is_found_as_in_figure_9() {
    let mut b = Tester::open(&plain());
    b.answers_to(&wire(SYN, 40_000)).is_ack(ISS + 1, IRS + 1);
    b.is(State::Established);
    assert_eq!(b.gets(&wire(RST, IRS + 1)), []);
    b.is(State::Closed);
    assert_eq!(b.connection.take_error(), Some(Errno::ECONNRESET));
}

/// Section 3.10.7.3, fourth: text and FIN that come with the SYN are processed when the connection is open.
#[test]
fn what_comes_with_the_syn_ack_is_taken() {
    let mut a = Tester::connects(&plain());
    a.sends();
    a.answers_to(&wire(SYN | FIN, IRS).ack(ISS + 1).data(b"hello")).is_ack(ISS + 1, IRS + 7);
    a.is(State::CloseWait);
    assert_eq!(a.reads(), b"hello");
    assert_eq!(a.connection.receive(a.now, &mut [0; 9]), Ok(0));
}

/// Section 3.10.7.4, fifth and eighth: FIN and text that come with the ACK that opens.
#[test]
fn what_comes_with_the_opening_ack_is_taken() {
    let mut b = Tester::answers(&plain());
    b.sends();
    b.answers_to(&wire(FIN, IRS + 1).ack(ISS + 1).data(b"hi")).is_ack(ISS + 1, IRS + 4);
    b.is(State::CloseWait);
    assert_eq!(b.reads(), b"hi");
}

/// A SYN-ACK that was lost is sent again when the SYN comes again.
#[test]
fn a_syn_that_comes_again_is_answered_again() {
    let mut b = Tester::answers(&plain());
    b.sends();
    let again = b.answers_to(&wire(SYN, IRS));
    assert_eq!((again.flags, again.seq, again.ack), (SYN | ACK, ISS, IRS + 1));
    b.is(State::SynReceived);
}

/// Section 3.10.2: a SEND before the connection is open has no place, and is refused until then.
#[test]
fn nothing_is_sent_before_it_is_open() {
    for state in [State::SynSent, State::SynReceived] {
        let (mut tester, ..) = Tester::in_state(state, &plain());
        assert_eq!(tester.connection.send(tester.now, b"early"), Err(Errno::EAGAIN));
        assert_eq!(tester.connection.receive(tester.now, &mut [0; 9]), Err(Errno::EAGAIN));
        assert_eq!(tester.sends(), []);
    }
}
