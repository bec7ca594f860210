//! What a script asks of a connection by the names of Linux's `TCP_INFO`, in Linux's units: `tcpi_rtt` in microseconds, `tcpi_last_data_sent` in
//! milliseconds, `tcpi_snd_cwnd` in segments.
//!
//! The names are those of `struct tcp_info` in Linux 6.18; what they mean, beside the comments there, is what
//! [`tcp::Info`](crate::stack::tcp::Info) says of them.

use std::time::Duration;

use crate::stack::tcp::{CongestionState, Info, State};
use crate::time::Time;

/// A value, or why there is none here.
type Answer = Result<i64, &'static str>;

/// What a name of `TCP_INFO` stands for, with `tcpi_` or without. `None` for all other names.
pub(crate) fn value(name: &str, info: &Info, now: Time) -> Option<Answer> {
    if let Some((_, constant)) = CONSTANTS.iter().find(|(known, _)| *known == name) {
        return Some(*constant);
    }
    let name = name.strip_prefix("tcpi_").unwrap_or(name);
    let (_, answer) = FIELDS.iter().find(|(known, _)| *known == name)?;
    Some(answer(&info.until(now), now))
}

/// Constants that are compared with what is not known here.
const CONSTANTS: &[(&str, Answer)] =
    &[("TCPI_OPT_ECN_SEEN", Err("whether packets have come that can be marked is not counted"))];

const NO_PACING: Answer = Err("there is no pacing here");
const NO_RATE: Answer = Err("the rate of delivery is not measured here");
const NO_ACCURATE_ECN: Answer = Err("there is no accurate ECN (RFC 9768) here");

/// A field of `struct tcp_info`, without `tcpi_`, and what it is.
type Field = (&'static str, fn(&Info, Time) -> Answer);

/// All fields, in the order of the structure.
const FIELDS: &[Field] = &[
    ("state", |info, _| Ok(state(info.state))),
    ("ca_state", |info, _| Ok(congestion_state(info.congestion_state))),
    ("retransmits", |info, _| Ok(info.retries.into())),
    ("probes", |info, _| Ok(info.probes.into())),
    ("backoff", |info, _| Ok(info.backoff.into())),
    ("options", |info, _| Ok(options(info))),
    ("snd_wscale", |info, _| Ok(info.scales.0.into())),
    ("rcv_wscale", |info, _| Ok(info.scales.1.into())),
    ("delivery_rate_app_limited", |_, _| NO_RATE),
    // Nothing has failed with fast open that nobody tried.
    ("fastopen_client_fail", |_, _| Ok(0)),
    ("rto", |info, _| microseconds(info.timeout)),
    ("ato", |info, _| microseconds(info.ack_delay)),
    ("snd_mss", |info, _| count(info.segment)),
    ("rcv_mss", |info, _| count(info.receive_segment)),
    ("unacked", |info, _| Ok(info.unacknowledged_segments.into())),
    ("sacked", |info, _| Ok(info.sacked_segments.into())),
    ("lost", |info, _| Ok(info.lost_segments.into())),
    ("retrans", |info, _| Ok(info.resent_segments.into())),
    // Forward acknowledgment is gone from Linux, and so is what it counted.
    ("fackets", |_, _| Ok(0)),
    ("last_data_sent", |info, now| since(info.last_data_sent, now)),
    // Linux does not remember it either.
    ("last_ack_sent", |_, _| Ok(0)),
    ("last_data_recv", |info, now| since(info.last_data_received, now)),
    ("last_ack_recv", |info, now| since(info.last_acknowledged, now)),
    ("pmtu", |info, _| Ok(info.path_mtu.into())),
    ("rcv_ssthresh", |_, _| Err("how far the window may open is not told apart from the room for data")),
    // Zero until there is a measurement.
    ("rtt", |info, _| microseconds(info.round_trip.unwrap_or_default())),
    ("rttvar", |info, _| microseconds(info.round_trip_variation)),
    ("snd_ssthresh", |info, _| Ok(info.slow_start_threshold_segments.into())),
    ("snd_cwnd", |info, _| Ok(info.congestion_window_segments.into())),
    ("advmss", |info, _| count(info.advertised_segment)),
    ("reordering", |info, _| Ok(info.reordering.into())),
    ("rcv_rtt", |info, _| microseconds(info.receive_round_trip.unwrap_or_default())),
    ("rcv_space", |info, _| count(info.receive_space)),
    ("total_retrans", |info, _| Ok(info.resent_total.into())),
    ("pacing_rate", |_, _| NO_PACING),
    ("max_pacing_rate", |_, _| NO_PACING),
    ("bytes_acked", |info, _| count(info.bytes_acknowledged)),
    ("bytes_received", |info, _| count(info.bytes_received)),
    ("segs_out", |info, _| count(info.segments_out)),
    ("segs_in", |info, _| count(info.segments_in)),
    ("notsent_bytes", |info, _| count(info.unsent)),
    // As much as 32 bits can say until there is a measurement.
    ("min_rtt", |info, _| info.minimum_round_trip.map_or(Ok(u32::MAX.into()), microseconds)),
    ("data_segs_in", |info, _| count(info.data_segments_in)),
    ("data_segs_out", |info, _| count(info.data_segments_out)),
    ("delivery_rate", |_, _| NO_RATE),
    ("busy_time", |info, _| microseconds(info.busy)),
    ("rwnd_limited", |info, _| microseconds(info.window_limited)),
    ("sndbuf_limited", |info, _| microseconds(info.buffer_limited)),
    ("delivered", |info, _| Ok(info.delivered.into())),
    ("delivered_ce", |info, _| Ok(info.delivered_marked.into())),
    ("bytes_sent", |info, _| count(info.bytes_sent)),
    ("bytes_retrans", |info, _| count(info.bytes_resent)),
    ("dsack_dups", |info, _| Ok(info.duplicates_reported.into())),
    ("reord_seen", |info, _| Ok(info.reordering_seen.into())),
    ("rcv_ooopack", |info, _| Ok(info.out_of_order_segments.into())),
    ("snd_wnd", |info, _| count(info.peer_window)),
    ("rcv_wnd", |info, _| count(info.window)),
    ("rehash", |_, _| Err("no other path is chosen here when one fails")),
    ("total_rto", |info, _| Ok(info.timeouts.into())),
    ("total_rto_recoveries", |info, _| Ok(info.timeout_recoveries.into())),
    ("total_rto_time", |info, _| milliseconds(info.timeout_time)),
    ("received_ce", |_, _| NO_ACCURATE_ECN),
    ("delivered_e1_bytes", |_, _| NO_ACCURATE_ECN),
    ("delivered_e0_bytes", |_, _| NO_ACCURATE_ECN),
    ("delivered_ce_bytes", |_, _| NO_ACCURATE_ECN),
    ("received_e1_bytes", |_, _| NO_ACCURATE_ECN),
    ("received_e0_bytes", |_, _| NO_ACCURATE_ECN),
    ("received_ce_bytes", |_, _| NO_ACCURATE_ECN),
    ("accecn_fail_mode", |_, _| NO_ACCURATE_ECN),
    ("accecn_opt_seen", |_, _| NO_ACCURATE_ECN),
];

/// The number of a state. In TIME-WAIT a socket of Linux is closed already: who waits is no socket.
const fn state(state: State) -> i64 {
    match state {
        State::Established => 1,
        State::SynSent => 2,
        State::SynReceived => 3,
        State::FinWait1 => 4,
        State::FinWait2 => 5,
        State::TimeWait | State::Closed => 7,
        State::CloseWait => 8,
        State::LastAck => 9,
        State::Closing => 11,
    }
}

const fn congestion_state(state: CongestionState) -> i64 {
    match state {
        CongestionState::Open => 0,
        CongestionState::Disorder => 1,
        CongestionState::Reduced => 2,
        CongestionState::Recovery => 3,
        CongestionState::Loss => 4,
    }
}

/// What both sides have agreed upon; without the bit of `TCPI_OPT_ECN_SEEN`, which is not counted.
fn options(info: &Info) -> i64 {
    let scaled = info.scales != (0, 0);
    [(info.timestamps, 1), (info.sack, 2), (scaled, 4), (info.ecn, 8)]
        .into_iter()
        .map(|(agreed, bit)| if agreed { bit } else { 0 })
        .sum()
}

fn count(number: u64) -> Answer {
    Ok(i64::try_from(number).unwrap_or(i64::MAX))
}

fn microseconds(span: Duration) -> Answer {
    count(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}

fn milliseconds(span: Duration) -> Answer {
    count(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

fn since(at: Option<Time>, now: Time) -> Answer {
    milliseconds(now - at.ok_or("the connection has not been open")?)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::drill::{Settings, World};
    use crate::stack::Kind;
    use crate::stack::tcp::Segment;
    use crate::wire::ipv4::Ipv4;
    use crate::wire::tcp::Tcp;

    /// A connection opens from here with a round trip of 100 ms; 3,000 bytes go out in three segments; 50 ms go by. RTO = R + max(4 R/2, 200 ms)
    /// (RFC 6298); what SYN counts for is as in Linux: tcpi_bytes_acked and tcpi_delivered count it, tcpi_bytes_sent does not.
    #[test]
    fn a_connection_is_told_in_the_units_of_linux() {
        let settings = Settings::default();
        let (IpAddr::V4(local), IpAddr::V4(remote)) = (settings.local(), settings.remote()) else { panic!() };
        let mut world = World::new(&settings).unwrap();
        let socket = world.stack.socket(Kind::Stream).unwrap();
        world.stack.connect(world.now, socket, (remote, 8080).into()).unwrap();
        world.drain();
        let bytes = world.sent[0].bytes.clone();
        let syn = Segment::read(&bytes[20..]).unwrap();
        let port = u16::from_be_bytes([bytes[20], bytes[21]]);
        let answer =
            Tcp::new(8080, port).syn(true).ack(true).sequence(7).acknowledgment(syn.seq.0.wrapping_add(1));
        let answer = answer.window(65_535).mss(1460).nop().nop().sack_permitted().nop().window_scale(7);
        let opening = world.stack.tcp_info(socket).unwrap();
        assert_eq!(value("tcpi_state", &opening, world.now), Some(Ok(2)));
        assert_eq!(value("tcpi_min_rtt", &opening, world.now), Some(Ok(0xffff_ffff)));
        assert_eq!(
            value("tcpi_last_data_sent", &opening, world.now),
            Some(Err("the connection has not been open"))
        );
        world.now += Duration::from_millis(100);
        world.inject(&(Ipv4::new(remote, local) / answer).to_vec().unwrap());
        world.stack.send(world.now, socket, &[0; 3000]).unwrap();
        world.drain();
        world.now += Duration::from_millis(50);
        let info = world.stack.tcp_info(socket).unwrap();
        for (name, wanted) in [
            ("state", 1),
            ("ca_state", 0),
            ("retransmits", 0),
            ("probes", 0),
            ("backoff", 0),
            ("options", 2 | 4),
            ("snd_wscale", 7),
            ("rcv_wscale", 10),
            ("rto", 300_000),
            ("snd_mss", 1460),
            ("rcv_mss", 536),
            ("unacked", 3),
            ("sacked", 0),
            ("lost", 0),
            ("retrans", 0),
            ("fackets", 0),
            ("last_data_sent", 50),
            ("last_ack_sent", 0),
            ("last_ack_recv", 50),
            ("pmtu", 1500),
            ("rtt", 100_000),
            ("rttvar", 50_000),
            ("snd_ssthresh", 2_147_483_647),
            ("snd_cwnd", 10),
            ("advmss", 1460),
            ("reordering", 3),
            ("total_retrans", 0),
            ("bytes_acked", 1),
            ("bytes_received", 0),
            ("segs_out", 5),
            ("segs_in", 1),
            ("notsent_bytes", 0),
            ("min_rtt", 100_000),
            ("data_segs_in", 0),
            ("data_segs_out", 3),
            ("busy_time", 50_000),
            ("rwnd_limited", 0),
            ("sndbuf_limited", 0),
            ("delivered", 1),
            ("delivered_ce", 0),
            ("bytes_sent", 3000),
            ("bytes_retrans", 0),
            ("dsack_dups", 0),
            ("reord_seen", 0),
            ("rcv_ooopack", 0),
            ("snd_wnd", 65_535),
            ("total_rto", 0),
            ("total_rto_recoveries", 0),
            ("total_rto_time", 0),
        ] {
            assert_eq!(value(name, &info, world.now), Some(Ok(wanted)), "{name}");
            assert_eq!(value(&format!("tcpi_{name}"), &info, world.now), Some(Ok(wanted)), "{name}");
        }
        assert_eq!(value("tcpi_pacing_rate", &info, world.now), Some(Err("there is no pacing here")));
        assert_eq!(value("tcpi_nonsense", &info, world.now), None);
    }

    #[test]
    fn each_name_stands_there_once() {
        let mut names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        names.extend(CONSTANTS.iter().map(|(name, _)| *name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), FIELDS.len()), (count, 70));
    }
}
