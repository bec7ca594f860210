//! Sections 3.7 and 3.9.1.2: the stream becomes segments.

use layercake::packet::Part;
use layercake::stack::tcp::{Config, Path, State};
use layercake::wire::ipv4::Ipv4;
use layercake::wire::tcp::Tcp;

use super::peer::*;

/// A connection over a path with a peer that says this of itself.
fn opened_over(config: &Config, path: Path, options: &[u8]) -> Tester {
    let mut tester = Tester::connects_over(config, path);
    tester.sends();
    tester.gets(&wire(SYN, IRS).ack(ISS + 1).window(0xffff).options(options));
    tester
}

/// The sizes of the segments that are sent for much data.
fn sizes(tester: &mut Tester) -> Vec<usize> {
    tester.writes(&[1; 8000]).iter().map(|segment| segment.data.len()).collect()
}

/// Section 3.7.1 (MUST-14, MUST-67, SHLD-5, MAY-3): the MSS that is sent is the MTU less 40 bytes, 60 over IPv6; always.
#[test]
fn the_mss_option_is_sent_in_each_syn() {
    for (path, mss) in [
        (Path::v4(1500), 1460),
        (Path::v4(576), 536),
        (Path::v6(1500), 1440),
        (Path::v6(1280), 1220),
        (Path::v4(9000), 8960),
        (Path::v4(65_535), 65_495),
    ] {
        assert_eq!(Tester::connects_over(&plain(), path).sends_one().mss(), Some(mss));
        let syn = wire(SYN, IRS);
        assert_eq!(Tester::answers_over(&plain(), path, &syn).sends_one().mss(), Some(mss));
        let mut config = plain();
        (config.sack, config.timestamps, config.window_scaling) = (true, true, true);
        assert_eq!(Tester::connects_over(&config, path).sends_one().mss(), Some(mss));
    }
}

/// Section 3.1 (MUST-65): and in no other segment.
#[test]
fn the_mss_option_is_sent_in_no_other_segment() {
    let mut tester = Tester::open(&plain());
    let mut sent = tester.writes(&[1; 5000]);
    sent.extend(tester.waits(SECOND * 5).into_iter().map(|(_, segment)| segment));
    sent.extend(tester.gets(&wire(0, IRS + 1).ack(ISS + 5001).data(b"abc")));
    tester.connection.shutdown();
    sent.extend(tester.waits(SECOND * 5).into_iter().map(|(_, segment)| segment));
    sent.extend(tester.gets(&wire(FIN, IRS + 4).ack(ISS + 5002)));
    assert!(sent.len() > 8);
    assert!(sent.iter().all(|segment| segment.mss().is_none()));
}

/// Section 3.7.1 (MUST-15): without the option, 536 bytes over IPv4 and 1220 over IPv6.
#[test]
fn without_an_mss_option_segments_are_small() {
    assert_eq!(sizes(&mut opened_over(&plain(), Path::v4(1500), &[]))[0], 536);
    assert_eq!(sizes(&mut opened_over(&plain(), Path::v6(1500), &[]))[0], 1220);
    let mut passive = Tester::answers_over(&plain(), Path::v4(1500), &wire(SYN, IRS));
    passive.sends();
    passive.gets(&wire(0, IRS + 1).ack(ISS + 1));
    assert_eq!(sizes(&mut passive)[0], 536);
}

/// Section 3.7.1 (MUST-16): the smaller of what the peer takes and what the path carries, less the options that are sent.
#[test]
fn segments_are_as_large_as_both_allow() {
    let mss = |bytes: u16| [2, 4, (bytes >> 8) as u8, bytes as u8];
    for (mtu, said, wanted) in
        [(1500, 1460, 1460), (1500, 1000, 1000), (1500, 8960, 1460), (576, 1460, 536), (1500, 65_535, 1460)]
    {
        let mut tester = opened_over(&plain(), Path::v4(mtu), &mss(said));
        assert_eq!(sizes(&mut tester)[0], wanted, "MTU {mtu}, MSS {said}");
    }
    // With timestamps, 12 bytes less.
    let mut config = plain();
    config.timestamps = true;
    let options = [&mss(1460)[..], &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0]].concat();
    let mut tester = opened_over(&config, Path::v4(1500), &options);
    let sent = tester.writes(&[1; 8000]);
    assert!(sent.iter().all(|segment| 20 + segment.options.len() + segment.data.len() <= 1480));
    assert_eq!(sent[0].data.len(), 1448);
}

/// Section 3.7.2: what a router says of the path makes segments smaller, and what was too long is sent again.
#[test]
fn the_path_makes_segments_smaller() {
    let mut tester = opened_over(&plain(), Path::v4(1500), &[2, 4, 5, 180]);
    assert_eq!(sizes(&mut tester)[0], 1460);
    tester.connection.on_path(1400 - 20);
    let again = tester.sends();
    assert_eq!((again[0].seq, again[0].data.len()), (ISS + 1, 1360));
    assert!(again.iter().all(|segment| segment.data.len() <= 1360));
}

/// RFC 1191 section 6.3: a path that carries more again makes segments longer again, but never longer than the peer takes.
#[test]
fn the_path_makes_segments_longer_again() {
    let mut tester = opened_over(&plain(), Path::v4(1400), &[2, 4, 5, 80]);
    assert_eq!(sizes(&mut tester)[0], 1360);
    tester.connection.on_path(1000 - 20);
    tester.sends();
    tester.connection.on_path(9000 - 20);
    assert_eq!(tester.connection.info().segment, 1360, "the peer's MSS");
    tester.connection.on_path(1300 - 20);
    assert_eq!(tester.connection.info().segment, 1260);
    tester.connection.on_path(1350 - 20);
    assert_eq!(tester.connection.info().segment, 1310);
}

/// A path that changes before the peer has answered says nothing of what it takes.
#[test]
fn the_path_may_change_before_the_connection_is_open() {
    let sent = |change: bool| {
        let mut tester = Tester::connects_over(&plain(), Path::v4(if change { 1500 } else { 1400 }));
        tester.sends();
        if change {
            tester.connection.on_path(1400 - 20);
        }
        tester.gets(&wire(SYN, IRS).ack(ISS + 1).window(0xffff).options(&[2, 4, 5, 180]));
        sizes(&mut tester)
    };
    assert_eq!(sent(true), sent(false));
    assert_eq!(sent(true)[0], 1360);
}

/// Section 3.7.4 (SHLD-7): small segments wait while something is unacknowledged.
#[test]
fn nagle_waits() {
    let mut tester = Tester::open(&plain());
    assert_eq!(one(tester.writes(b"a")).data, b"a");
    assert_eq!(tester.writes(b"b"), []);
    assert_eq!(tester.writes(b"c"), []);
    // A full segment does not wait.
    assert_eq!(one(tester.writes(&[1; 1000])).data.len(), 1000);
    let rest = tester.answers_to(&wire(0, IRS + 1).ack(ISS + 1002));
    assert_eq!(rest.data.len(), 2);
}

/// Section 3.7.4 (MUST-17): an application can turn that off, on one connection, also later.
#[test]
fn nagle_can_be_turned_off() {
    let mut config = plain();
    config.nagle = false;
    let mut tester = Tester::open(&config);
    assert_eq!(tester.writes(b"a").len(), 1);
    assert_eq!(tester.writes(b"b").len(), 1);
    let mut other = Tester::open(&plain());
    other.writes(b"a");
    assert_eq!(other.writes(b"b"), []);
    other.connection.config_mut().nagle = false;
    assert_eq!(other.sends_one().data, b"b");
}

/// Section 3.9.1.2 (MUST-60): what was given goes, without another call of the application.
#[test]
fn nothing_is_held_back_for_ever() {
    let mut tester = Tester::open(&plain());
    tester.writes(b"a");
    tester.writes(b"b");
    // The peer is silent: the first goes again, and when that arrives, the rest.
    let again = tester.waits(SECOND);
    assert_eq!(again[0].1.data, b"a");
    assert_eq!(tester.answers_to(&wire(0, IRS + 1).ack(ISS + 2)).data, b"b");
}

/// Section 3.9.1.2 (MUST-61, SHLD-27): PSH in the last segment of what was given, and in no other.
#[test]
fn the_last_segment_is_pushed() {
    let mut config = plain();
    config.nagle = false;
    let mut tester = Tester::open(&config);
    let pushed: Vec<bool> = tester.writes(&[1; 3500]).iter().map(|segment| segment.has(PSH)).collect();
    assert_eq!(pushed, [false, false, false, true]);
    let mut tester = Tester::open(&plain());
    tester.connection.send(tester.now, b"one").unwrap();
    tester.connection.send(tester.now, b"two").unwrap();
    let both = tester.sends_one();
    assert!(both.has(PSH) && both.data == b"onetwo");
}

/// Section 3.9.1.2 (SHLD-28, MAY-16): segments are as large as can be.
#[test]
fn segments_are_filled() {
    let mut tester = Tester::open(&plain());
    for _ in 0..50 {
        tester.connection.send(tester.now, &[1; 100]).unwrap();
    }
    let sizes: Vec<usize> = tester.sends().iter().map(|segment| segment.data.len()).collect();
    assert_eq!(sizes, [1000; 5]);
}

/// Section 3.8: once the connection is open, each segment acknowledges.
#[test]
fn each_segment_acknowledges() {
    let mut tester = Tester::open(&plain());
    tester.takes(&wire(0, IRS + 1).ack(ISS + 1).data(b"abc"));
    let sent = tester.writes(&[1; 2500]);
    assert!(sent.iter().all(|segment| segment.has(ACK) && segment.ack == IRS + 4));
    // It went with the data: nothing is left to be acknowledged.
    assert!(tester.waits(MS * 900).is_empty());
}

/// Section 3.1 (MUST-2): the checksum, over the pseudo-header and an odd number of bytes; here over IPv4.
#[test]
fn the_checksum_is_filled_in() {
    let mut tester = Tester::open(&plain());
    tester.connection.send(tester.now, b"odd").unwrap();
    let emission = tester.connection.transmit(tester.now).unwrap();
    let data = tester.connection.data(&emission).concat();
    let (from, to) = ([192, 0, 2, 1].into(), [198, 51, 100, 7].into());
    let part = Ipv4::new(from, to) / (emission.header.source_port(80).destination_port(9) / &data[..]);
    let mut bytes = vec![0; part.size()];
    part.put(&mut bytes, None).unwrap();
    let segment = &bytes[20..];
    assert_ne!(Tcp::view(segment).unwrap().checksum(), 0);
    // By hand, RFC 1071: all 16-bit words add up to 0xffff.
    let pseudo = [&bytes[12..20], &[0, 6, 0, segment.len() as u8], segment, &[0]].concat();
    let mut sum: u32 = pseudo.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    assert_eq!(sum, 0xffff);
}

/// Section 3.10.2: what was given in CLOSE-WAIT goes with an acknowledgment of RCV.NXT.
#[test]
fn sends_in_close_wait() {
    let (mut tester, us, them) = Tester::in_state(State::CloseWait, &plain());
    let data = one(tester.writes(b"x"));
    assert_eq!((data.seq, data.ack), (us, them));
}
