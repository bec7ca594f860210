//! Sections 3.1 and 3.2: options.

use layercake::packet::Part;
use layercake::stack::tcp::{OptionOrder, Segment};
use layercake::wire::tcp::Tcp;

use super::peer::*;

/// What the options say of the longest segment.
fn mss(options: &[u8]) -> Option<u16> {
    let bytes = wire(SYN, 1).options(options).bytes();
    Segment::read(&bytes).unwrap().options.maximum_segment
}

/// MUST-4, MUST-14: end of list, no operation, maximum segment size.
#[test]
fn the_mandatory_options_are_read() {
    assert_eq!(mss(&[2, 4, 5, 180]), Some(1460));
    assert_eq!(mss(&[1, 1, 1, 1, 2, 4, 5, 180]), Some(1460));
    // Behind the end there is padding, whatever it looks like.
    assert_eq!(mss(&[0, 2, 4, 5, 180]), None);
    assert_eq!(mss(&[1, 0, 0, 0]), None);
}

/// MUST-64: options may begin at any byte.
#[test]
fn options_need_no_alignment() {
    for before in 0..4 {
        let options = [vec![1; before], vec![2, 4, 5, 180]].concat();
        assert_eq!(mss(&options), Some(1460), "{before}");
    }
    assert_eq!(mss(&[3, 3, 7, 2, 4, 5, 180]), Some(1460));
}

/// MUST-6: what nobody knows is passed over.
#[test]
fn unknown_options_are_passed_over() {
    assert_eq!(mss(&[254, 6, 1, 2, 3, 4, 2, 4, 5, 180]), Some(1460));
    assert_eq!(mss(&[99, 2, 2, 4, 5, 180, 200, 3, 0]), Some(1460));
}

/// MUST-7: lengths that cannot be. They end the list; what was read before holds, and so does the connection.
#[test]
fn impossible_lengths_are_coped_with() {
    for bad in [&[99, 0, 2, 4][..], &[99, 1], &[99, 40], &[2, 0], &[2, 1], &[2, 44], &[2], &[8, 255, 1]] {
        let options = [&[2, 4, 5, 180], bad].concat();
        assert_eq!(mss(&options), Some(1460), "{bad:?}");
        let mut tester = Tester::connects(&plain());
        tester.sends();
        tester.answers_to(&wire(SYN, IRS).ack(ISS + 1).options(&options)).is_ack(ISS + 1, IRS + 1);
        assert_eq!(tester.connection.info().segment, 1460);
        tester.gets(&wire(0, IRS + 1).ack(ISS + 1).options(bad).data(b"data"));
        assert_eq!(tester.reads(), b"data");
    }
    assert_eq!(mss(&[2, 3, 5, 180]), None);
    assert_eq!(mss(&[2, 5, 5, 180, 0]), None);
}

/// MUST-5: in any segment.
#[test]
fn options_may_come_in_any_segment() {
    let mut tester = Tester::open(&plain());
    let options = [2, 4, 0, 99, 254, 4, 1, 2, 1];
    tester.gets(&wire(0, IRS + 1).ack(ISS + 1).options(&options).data(b"abc"));
    assert_eq!(tester.reads(), b"abc");
    // An MSS option counts in a SYN only (section 3.2).
    assert_eq!(tester.connection.info().segment, u64::from(MSS));
    tester.gets(&wire(FIN, IRS + 4).ack(ISS + 1).options(&options));
    assert_eq!(tester.connection.receive(tester.now, &mut [0; 9]), Ok(0));
    let (mut tester, _, them) = Tester::in_state(layercake::stack::tcp::State::Established, &plain());
    tester.gets(&wire(RST, them).options(&options));
    tester.is(layercake::stack::tcp::State::Closed);
}

/// MUST-68, MUST-69: what we send has a length in each option, zeros behind the end, and whole words.
#[test]
fn our_options_are_well_formed() {
    for n in 0..24u8 {
        let mut config = plain();
        config.sack = n & 1 != 0;
        config.timestamps = n & 2 != 0;
        config.window_scaling = n & 4 != 0;
        config.option_order =
            [OptionOrder::Linux, OptionOrder::FreeBsd, OptionOrder::Rfc][usize::from(n / 8)];
        let mut tester = Tester::connects(&config);
        let syn = tester.sends_one();
        let mut kinds: Vec<u8> = syn.kinds().iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        let mut wanted = vec![2];
        wanted.extend(config.window_scaling.then_some(3));
        wanted.extend(config.sack.then_some(4));
        wanted.extend(config.timestamps.then_some(8));
        assert_eq!(kinds, wanted);
        assert_eq!(syn.options.len() % 4, 0);
        // All options that there are, answered.
        let all = [2, 4, 3, 232, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 3, 3, 2];
        let mut sent = tester.gets(&wire(SYN, IRS).ack(ISS + 1).options(&all));
        let clock = [8, 10, 0, 0, 0, 2, 0, 0, 0, 0];
        for hole in [3000, 5000, 7000, 9000] {
            sent.extend(tester.gets(&wire(0, IRS + hole).ack(ISS + 1).options(&clock).data(b"x")));
        }
        assert!(sent.len() >= 5);
        for segment in sent {
            segment.kinds();
            assert!(segment.options.len() % 4 == 0 && segment.options.len() <= 40);
        }
    }
}

/// MUST-69 again: the builder pads an odd list with an end and zeros.
#[test]
fn an_odd_list_is_padded_with_zeros() {
    let tcp = Tcp::new(1, 2).syn(true).window_scale(7);
    let mut bytes = [0xaa; 24];
    tcp.put(&mut bytes, None).unwrap();
    assert_eq!((bytes[12] >> 4, &bytes[20..]), (6, &[3, 3, 7, 0][..]));
}
