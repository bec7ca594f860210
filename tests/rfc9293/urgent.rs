//! Section 3.8.5: urgent data.

use layercake::stack::tcp::Config;

use super::peer::*;

/// MUST-30, MUST-62: the pointer, counted from the number of the segment, is that of the byte behind the urgent data.
#[test]
fn the_pointer_points_behind_the_urgent_data() {
    let mut tester = Tester::open(&plain());
    tester.connection.send_urgent(tester.now, b"stop").unwrap();
    let sent = tester.sends_one();
    assert!(sent.has(URG));
    assert_eq!((sent.seq, sent.urgent, &sent.data[..]), (ISS + 1, 4, &b"stop"[..]));
    // What follows is not urgent.
    tester.gets(&wire(0, IRS + 1).ack(ISS + 5));
    let next = one(tester.writes(b"go on"));
    assert!(!next.has(URG));
    assert_eq!(next.urgent, 0);
}

/// MUST-31: urgent data of any length, over many segments, each of which says where it ends, as far as it can be said.
#[test]
fn urgent_data_may_be_long() {
    let mut config = plain();
    config.initial_window = 200;
    let mut tester = Tester::open(&config);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0xffff));
    let mut end = 0;
    while end < 100_000 {
        end += tester.connection.send_urgent(tester.now, &vec![1; 100_000 - end]).unwrap() as u32 as usize;
    }
    let mut acked = 0u32;
    while acked < 100_000 {
        for segment in tester.sends() {
            let ahead = 100_000 - (segment.seq - ISS - 1);
            assert!(segment.has(URG));
            assert_eq!(u32::from(segment.urgent), ahead.min(65_535));
            acked = acked.max(segment.seq - ISS - 1 + segment.data.len() as u32);
        }
        tester.takes(&wire(0, IRS + 1).ack(ISS + 1 + acked).window(0xffff));
    }
    assert!(!one(tester.writes(b"x")).has(URG));
}

/// While the window is closed: each segment says that there is urgent data, so that the peer learns of it.
#[test]
fn urgent_data_is_announced_into_a_closed_window() {
    for config in [plain(), Config { window_probe: layercake::stack::tcp::WindowProbe::Empty, ..plain() }] {
        let mut tester = Tester::open(&config);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).window(0));
        tester.connection.send_urgent(tester.now, b"stop").unwrap();
        let (_, probe) = tester.waits(SECOND * 2).remove(0);
        assert!(probe.has(URG));
        assert_eq!(probe.seq + u32::from(probe.urgent), ISS + 5);
        // So does an acknowledgment.
        tester.takes(&wire(0, IRS + 2).ack(ISS + 1).window(0).data(b"hole"));
        let answer = tester.sends().pop().unwrap();
        assert!(answer.has(URG));
        assert_eq!(answer.seq + u32::from(answer.urgent), ISS + 5);
    }
}

/// MUST-32: the application is told when there is urgent data, and when there is more.
#[test]
fn the_application_is_told() {
    let mut tester = Tester::open(&plain());
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(b"abcdef").urgent(10));
    assert!(tester.connection.take_news().urgent);
    // The same again: nothing new.
    tester.gets(&wire(0, IRS + 7).ack(ISS + 1).data(b"g").urgent(4));
    assert!(!tester.connection.take_news().urgent);
    // It never goes back.
    tester.gets(&wire(0, IRS + 8).ack(ISS + 1).data(b"h").urgent(1));
    assert!(!tester.connection.take_news().urgent);
    // It goes on.
    tester.gets(&wire(0, IRS + 9).ack(ISS + 1).data(b"i").urgent(5));
    assert!(tester.connection.take_news().urgent);
    assert_eq!(tester.connection.urgent_ahead(), Some(13));
}

/// MUST-33: how much is left to be read of it; then mode is normal again.
#[test]
fn the_application_knows_how_much_is_left() {
    let mut tester = Tester::open(&plain());
    assert_eq!(tester.connection.urgent_ahead(), None);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).data(b"abcdef").urgent(4));
    assert_eq!(tester.connection.urgent_ahead(), Some(4));
    let mut into = [0; 3];
    tester.connection.receive(tester.now, &mut into).unwrap();
    assert_eq!(tester.connection.urgent_ahead(), Some(1));
    tester.connection.receive(tester.now, &mut into).unwrap();
    assert_eq!(tester.connection.urgent_ahead(), None);
    assert_eq!(into, *b"def");
}

/// Section 3.8.5: it may be announced before it comes; without URG the pointer says nothing.
#[test]
fn urgent_data_may_be_announced_before_it_comes() {
    let mut tester = Tester::open(&plain());
    let mut lame = wire(0, IRS + 1).ack(ISS + 1);
    lame.urgent = 100;
    tester.gets(&lame);
    assert_eq!(tester.connection.urgent_ahead(), None);
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).urgent(5000));
    assert!(tester.connection.take_news().urgent);
    assert_eq!(tester.connection.urgent_ahead(), Some(5000));
}
