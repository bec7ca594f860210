//! Section 3.8.6.3: when an ACK is sent.

use layercake::stack::tcp::Config;

use super::peer::*;

/// A segment of the peer with data, the numberth of such a length.
fn data(number: u32, length: usize) -> Wire {
    wire(0, IRS + 1 + number * length as u32).ack(ISS + 1).data(&vec![1; length])
}

/// Section 3.8.6.3 (SHLD-18, MUST-40): one segment is acknowledged a little later, in less than half a second.
#[test]
fn one_segment_is_acknowledged_later() {
    for config in [plain(), Config::linux(), Config::freebsd()] {
        let mut config = config;
        (config.sack, config.timestamps, config.window_scaling) = (false, false, false);
        config.quick_acks = 0;
        let mut tester = Tester::open(&config);
        assert_eq!(tester.gets(&data(0, 1000)), []);
        let (when, ack) = tester.waits(SECOND).remove(0);
        ack.is_ack(ISS + 1, IRS + 1001);
        assert!(when < MS * 500 && !when.is_zero(), "{when:?}");
    }
}

/// MUST-40: whatever the settings say.
#[test]
fn no_ack_is_delayed_for_half_a_second() {
    let mut config = plain();
    config.ack_delay = SECOND * 2;
    let mut tester = Tester::open(&config);
    assert_eq!(tester.gets(&data(0, 1000)), []);
    let (when, _) = tester.waits(SECOND).remove(0);
    assert!(when < MS * 500, "{when:?}");
}

/// Section 3.8.6.3 (SHLD-19): every second full-sized segment is acknowledged at once.
#[test]
fn every_second_segment_is_acknowledged() {
    let mut tester = Tester::open(&plain());
    for number in 0..10 {
        let sent = tester.gets(&data(number, 800));
        tester.reads();
        assert_eq!(sent.len(), usize::from(number % 2 == 1), "{number}");
    }
}

/// Section 3.10.7.4, first (MUST-58, MUST-59): segments that are there together are all processed, and acknowledged by one ACK.
#[test]
fn what_came_together_is_acknowledged_once() {
    let mut tester = Tester::open(&plain());
    (0..9).for_each(|number| tester.takes(&data(number, 1000)));
    tester.sends_one().is_ack(ISS + 1, IRS + 9001);
    // Also with holes that are filled meanwhile.
    let mut tester = Tester::open(&plain());
    [2, 4, 1, 3, 0].into_iter().for_each(|number| tester.takes(&data(number, 1000)));
    tester.sends_one().is_ack(ISS + 1, IRS + 5001);
}

/// Section 3.8.6.3 by way of RFC 5681 section 4.2: at once, if a segment leaves or fills a hole.
#[test]
fn a_hole_is_acknowledged_at_once() {
    let mut tester = Tester::open(&plain());
    tester.answers_to(&data(1, 1000)).is_ack(ISS + 1, IRS + 1);
    tester.answers_to(&data(3, 1000)).is_ack(ISS + 1, IRS + 1);
    tester.answers_to(&data(0, 1000)).is_ack(ISS + 1, IRS + 2001);
    tester.answers_to(&data(2, 1000)).is_ack(ISS + 1, IRS + 4001);
}

/// An ACK that has no data is no reason for an ACK.
#[test]
fn an_ack_is_not_acknowledged() {
    let mut tester = Tester::open(&plain());
    tester.writes(&[1; 1000]);
    assert_eq!(tester.gets(&wire(0, IRS + 1).ack(ISS + 1001)), []);
    assert_eq!(tester.waits(SECOND * 100), []);
}
