//! What is counted, as `TCP_INFO` has it. Linux's rules are from its documentation of the fields, RFC 4898 and what `ss -i` shows.

use layercake::stack::tcp::{Config, CongestionState};

use super::*;

const FULL: u32 = 1448;

/// A connection that was opened from here: SYN is one of what was delivered and acknowledged (`bytes_acked:1`), and nothing else has happened.
#[test]
fn a_young_connection() {
    let info = Host::linux().connection.info();
    assert_eq!(info.congestion_state, CongestionState::Open);
    assert_eq!(
        (info.segment, info.receive_segment, info.advertised_segment, info.path_mtu),
        (1448, 536, 1448, 1500)
    );
    assert_eq!((info.congestion_window_segments, info.slow_start_threshold_segments), (10, 0x7fff_ffff));
    assert_eq!((info.reordering, info.reordering_seen), (3, 0));
    assert_eq!((info.bytes_acknowledged, info.bytes_received, info.bytes_sent), (1, 0, 0));
    assert_eq!((info.delivered, info.segments_out, info.segments_in), (1, 2, 1));
    assert_eq!((info.data_segments_out, info.data_segments_in), (0, 0));
    assert_eq!((info.receive_space, info.ack_delay), (14_480, Duration::ZERO));
    let opened = Time::new(1, 0) + ROUND_TRIP;
    assert_eq!([info.last_data_sent, info.last_data_received, info.last_acknowledged], [Some(opened); 3]);
    assert_eq!((info.minimum_round_trip, info.receive_round_trip), (Some(ROUND_TRIP), None));
}

/// One that the peer has opened: the SYN counts as one segment that has come, the SYN-ACK does not count, nor does our SYN as acknowledged.
#[test]
fn a_connection_that_the_peer_opened() {
    let mut host = Host::accepting(&Config::linux());
    host.data(0, 1000);
    let info = host.connection.info();
    assert_eq!((info.segments_in, info.segments_out, info.delivered), (2, 1, 1));
    assert_eq!((info.bytes_acknowledged, info.bytes_received), (0, 1000));
    assert_eq!((info.data_segments_in, info.receive_segment), (1, 1000));
    assert_eq!(info.ack_delay, ms(40));
}

/// Before the SYN is answered it is what is out, and each time it is sent again counts.
#[test]
fn a_syn_is_out() {
    let mut host = Host::connecting(&Config::linux());
    host.wait(ms(2500));
    let info = host.connection.info();
    assert_eq!((info.unacknowledged_segments, info.retries, info.resent_total), (1, 2, 2));
    assert_eq!((info.timeouts, info.segments_out, info.delivered), (2, 3, 0));
}

/// Ten segments, of which the second to fourth arrive at first: three that SACK covers, one that is lost and sent again; then all, and FIN.
#[test]
fn a_hole() {
    let mut host = Host::linux();
    host.write(10 * FULL as usize);
    host.wait(ROUND_TRIP);
    let mut states = Vec::new();
    for count in 1..=3 {
        let mut segment = host.peer(0, &[]);
        segment.options.sack.push((OURS + 1 + FULL, OURS + 1 + (1 + count) * FULL));
        host.hear(segment);
        let info = host.connection.info();
        states.push((info.congestion_state, info.sacked_segments, info.lost_segments, info.resent_segments));
    }
    use CongestionState::{Disorder, Open, Recovery};
    assert_eq!(states, [(Disorder, 1, 0, 0), (Disorder, 2, 0, 0), (Recovery, 3, 1, 1)]);
    let info = host.connection.info();
    assert_eq!((info.unacknowledged_segments, info.delivered, info.resent_total), (10, 4, 1));
    assert_eq!((info.bytes_sent, info.bytes_resent), (11 * 1448, 1448));
    assert_eq!((info.data_segments_out, info.segments_out), (11, 13));
    assert_eq!((info.bytes_acknowledged, info.slow_start_threshold_segments), (1, 7));
    host.wait(ROUND_TRIP);
    host.acknowledge(10 * FULL);
    let info = host.connection.info();
    assert_eq!((info.congestion_state, info.delivered, info.bytes_acknowledged), (Open, 11, 14_481));
    assert_eq!((info.unacknowledged_segments, info.sacked_segments, info.lost_segments), (0, 0, 0));
    assert_eq!(info.busy, ms(100));
    host.connection.shutdown();
    host.flush();
    host.acknowledge(10 * FULL + 1);
    let info = host.connection.info();
    assert_eq!((info.delivered, info.bytes_acknowledged), (12, 14_482));
    assert_eq!((info.bytes_sent, info.data_segments_out), (11 * 1448, 11));
}

/// A segment that is late, and was not sent again: packets overtake each other, here by four segments.
#[test]
fn reordering() {
    let mut config = Config::linux();
    config.set("rack", "off").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    host.write(10 * FULL as usize);
    host.wait(ROUND_TRIP);
    let mut segment = host.peer(0, &[]);
    segment.options.sack.push((OURS + 1 + 3 * FULL, OURS + 1 + 4 * FULL));
    host.hear(segment);
    assert_eq!(host.connection.info().reordering_seen, 0);
    host.acknowledge(4 * FULL);
    let info = host.connection.info();
    assert_eq!((info.reordering, info.reordering_seen), (4, 1));
}

/// Two timeouts in a row are one repair; it lasts until something is acknowledged.
#[test]
fn timeouts() {
    let mut config = Config::linux();
    config.set("tail-loss-probe", "off").unwrap();
    let mut host = Host::open(&config, ROUND_TRIP);
    host.write(FULL as usize);
    host.wait(ms(760));
    let info = host.connection.info();
    assert_eq!((info.congestion_state, info.retries, info.backoff), (CongestionState::Loss, 2, 2));
    assert_eq!((info.congestion_window_segments, info.slow_start_threshold_segments), (1, 7));
    assert_eq!((info.lost_segments, info.resent_segments, info.resent_total), (1, 1, 2));
    assert_eq!((info.timeouts, info.timeout_recoveries, info.timeout_time), (2, 1, Duration::ZERO));
    let now = info.until(host.now);
    assert_eq!((now.timeout_time, now.busy), (ms(510), ms(760)));
    host.acknowledge(FULL);
    let info = host.connection.info().until(host.now + ms(1000));
    assert_eq!((info.retries, info.timeout_recoveries, info.timeout_time), (0, 1, ms(510)));
    assert_eq!(info.busy, ms(760));
}

/// The peer's window has room for two segments of ten: it holds back the rest until it opens.
#[test]
fn held_by_the_window() {
    let mut host = Host::linux();
    host.window = 3;
    host.hear(host.peer(0, &[]));
    host.write(10 * FULL as usize);
    let info = host.connection.info();
    assert_eq!((info.unacknowledged_segments, info.unsent), (2, 8 * 1448));
    host.wait(ms(30));
    host.window = 64;
    host.hear(host.peer(0, &[]));
    host.wait(ms(20));
    let info = host.connection.info().until(host.now);
    assert_eq!((info.busy, info.window_limited, info.buffer_limited), (ms(50), ms(30), Duration::ZERO));
}

/// All that there was room for is on its way, and the application could give more.
#[test]
fn held_by_the_buffer() {
    let mut config = Config::linux();
    config.send_buffer = 2 * FULL as usize;
    let mut host = Host::open(&config, ROUND_TRIP);
    assert_eq!(host.connection.send(host.now, &[0; 5000]), Ok(2 * 1448));
    host.flush();
    host.wait(ROUND_TRIP);
    host.acknowledge(2 * FULL);
    let info = host.connection.info().until(host.now + ms(7));
    assert_eq!(
        (info.busy, info.window_limited, info.buffer_limited),
        (ROUND_TRIP, Duration::ZERO, ROUND_TRIP)
    );
}

/// Data out of order, and the peer's FIN, which counts as a byte.
#[test]
fn what_has_come() {
    let mut host = Host::linux();
    host.data(1000, 1000);
    host.data(3000, 1000);
    let info = host.connection.info();
    assert_eq!((info.out_of_order_segments, info.data_segments_in, info.bytes_received), (2, 2, 0));
    host.data(0, 1000);
    host.data(2000, 1000);
    host.hear(Segment { fin: true, ..host.peer(4000, &[]) });
    let info = host.connection.info();
    assert_eq!((info.out_of_order_segments, info.data_segments_in, info.bytes_received), (2, 4, 4001));
    assert_eq!(info.segments_in, 6);
}

/// What the peer has twice: the probe of the tail was for nothing.
#[test]
fn duplicates_that_are_reported() {
    let mut host = Host::linux();
    host.write(2 * FULL as usize);
    host.wait(ms(120));
    host.acknowledged = 2 * FULL;
    host.hear(host.peer(0, &[]));
    let mut segment = host.peer(0, &[]);
    segment.options.sack.push((OURS + 1 + FULL, OURS + 1 + 2 * FULL));
    host.hear(segment);
    let info = host.connection.info();
    assert_eq!((info.duplicates_reported, info.resent_total, info.bytes_resent), (1, 1, 1448));
    assert_eq!((info.congestion_state, info.congestion_window_segments), (CongestionState::Open, 10));
}
