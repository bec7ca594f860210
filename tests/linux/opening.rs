//! SYN and SYN-ACK: what stands in them, and how long they are tried.

use layercake::stack::Errno;
use layercake::stack::tcp::{Config, State};

use super::*;

/// SYN: window 64240 (44 segments of 1460 bytes), options MSS 1460, SACK permitted, timestamps, NOP, window scale 10.
#[test]
fn the_syn_byte_for_byte() {
    let host = Host::connecting(&Config::linux());
    let [syn] = &host.wire[..] else { panic!("{}", host.wire.len()) };
    assert_eq!((syn.flags().as_str(), syn.segment().window), ("S", 64_240));
    let options = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0x03, 0xe8, 0, 0, 0, 0, 1, 3, 3, 10];
    assert_eq!(syn.options(), options, "at 1 s the clock says 1000");
}

/// SYN-ACK: window 65160 (45 segments of 1448 bytes), and the same options with the echo of the peer's clock.
#[test]
fn the_syn_ack_byte_for_byte() {
    let host = Host::accepting(&Config::linux());
    let [answer] = &host.wire[..] else { panic!("{}", host.wire.len()) };
    assert_eq!((answer.flags().as_str(), answer.segment().window), ("S.", 65_160));
    let options = [2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0x03, 0xe8, 0, 0x0d, 0xbb, 0xa0, 1, 3, 3, 10];
    assert_eq!(answer.options(), options);
}

/// An option that the peer did not ask for is not answered with.
#[test]
fn the_syn_ack_to_a_syn_without_options() {
    let seed = Seed { isn: OURS, clock: 0 };
    let plain = Segment { seq: THEIRS, syn: true, window: 1000, ..Segment::default() };
    let host = Host::new(Connection::accept(Time::new(1, 0), &Config::linux(), Path::v4(1500), seed, &plain));
    assert_eq!(host.wire[0].options(), [2, 4, 0x05, 0xb4]);
    assert_eq!(host.connection.info().segment, 536, "RFC 9293 section 3.7.1");
}

/// The window of the first segment with data is 63 << 10.
#[test]
fn the_first_window_that_is_scaled() {
    let mut host = Host::connecting(&Config::linux());
    host.look();
    host.hear(Segment { ack: Some(OURS + 1), ..syn() });
    host.write(5);
    let sent = host.look();
    let windows: Vec<_> = sent.iter().map(|sent| (sent.flags(), sent.segment().window)).collect();
    assert_eq!(windows, [(".".into(), 63), (".".into(), 63)], "the last ACK of the handshake, and data");
    assert_eq!(host.connection.info().scales, (10, 10));
}

/// Five times a second apart, then doubled: 131 s (`tcp_syn_retries` 6, `tcp_syn_linear_timeouts` 4). The timestamp moves on, the number does not.
#[test]
fn a_syn_without_answer() {
    let mut host = Host::connecting(&Config::linux());
    host.wait(ms(140_000));
    let sent = host.look();
    let times: Vec<Duration> = sent.iter().map(|sent| sent.at).collect();
    same_times(
        &times,
        &[
            (0, 0),
            (1000, 1020),
            (2000, 2040),
            (3000, 3060),
            (4000, 4090),
            (5000, 5110),
            (7000, 7130),
            (11_000, 11_300),
            (19_000, 19_500),
            (35_000, 35_600),
            (67_000, 68_700),
        ],
    );
    assert!(sent.iter().all(|sent| sent.flags() == "S" && sent.segment().seq == OURS));
    let clocks: Vec<u32> = sent.iter().map(|sent| sent.segment().options.timestamps.unwrap().0).collect();
    assert!(clocks.windows(2).all(|pair| pair[0] < pair[1]), "{clocks:?}");
    assert_eq!(host.connection.take_error(), Some(Errno::ETIMEDOUT));
}

/// When the attempt to connect is over: 131 s; 127 s without linear timeouts.
#[test]
fn a_syn_is_given_up() {
    let mut classic = Config::linux();
    classic.set("syn-linear-timeouts", "0").unwrap();
    for (config, seconds) in [(Config::linux(), 131), (classic, 127)] {
        let mut host = Host::connecting(&config);
        host.wait(ms(seconds * 1000 - 1));
        assert_eq!(host.connection.state(), State::SynSent);
        host.wait(ms(1));
        assert_eq!(host.connection.state(), State::Closed);
        assert_eq!(host.connection.take_error(), Some(Errno::ETIMEDOUT));
    }
}

/// `tcp_synack_retries` 5: 1 + 2 + 4 + 8 + 16 + 32 = 63 s.
#[test]
fn a_syn_ack_without_answer() {
    let mut host = Host::accepting(&Config::linux());
    host.wait(ms(62_999));
    let times: Vec<Duration> = host.look().iter().map(|sent| sent.at).collect();
    same_times(&times, &[0, 1000, 3000, 7000, 15_000, 31_000].map(|time| (time, time)));
    assert_eq!(host.connection.state(), State::SynReceived);
    host.wait(ms(1));
    assert_eq!(host.connection.state(), State::Closed);
}

/// `tcp_ecn` 2: not asked for, but agreed to.
#[test]
fn congestion_notification_when_the_peer_asks() {
    let asked = Segment { ece: true, cwr: true, ..syn() };
    let seed = Seed { isn: OURS, clock: 0 };
    let config = Config::linux();
    let host = Host::new(Connection::accept(Time::new(1, 0), &config, Path::v4(1500), seed, &asked));
    assert!(host.wire[0].segment().ece && !host.wire[0].segment().cwr);
    let host = Host::connecting(&config);
    assert!(!host.wire[0].segment().ece && !host.wire[0].segment().cwr);
}

/// What the other profiles do otherwise while they open a connection.
#[test]
fn the_other_profiles() {
    let freebsd = [2, 4, 0x05, 0xb4, 1, 3, 3, 6, 4, 2, 8, 10, 0, 0, 0x03, 0xe8, 0, 0, 0, 0];
    let rfc = [2, 4, 0x05, 0xb4, 1, 3, 3, 5, 1, 1, 4, 2, 1, 1, 8, 10, 0, 0, 0x03, 0xe8, 0, 0, 0, 0];
    for (config, options, open_after, accept_after, timeout) in
        [(Config::freebsd(), &freebsd[..], 511, 15, 230), (Config::rfc(), &rfc[..], 183, 183, 1000)]
    {
        let mut host = Host::connecting(&config);
        assert_eq!(host.wire[0].options(), options);
        host.wait(ms(open_after * 1000 - 1));
        assert_eq!(host.connection.state(), State::SynSent);
        host.wait(ms(1));
        assert_eq!(host.connection.state(), State::Closed);
        let mut host = Host::accepting(&config);
        host.wait(ms(accept_after * 1000 - 1));
        assert_eq!(host.connection.state(), State::SynReceived);
        host.wait(ms(1));
        assert_eq!(host.connection.state(), State::Closed);
        assert_eq!(Host::open(&config, ROUND_TRIP).connection.info().timeout, ms(timeout));
    }
}
