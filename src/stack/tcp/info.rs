//! What is known of a connection, in the terms of Linux's `TCP_INFO` where there are such.
//!
//! Windows and amounts are in bytes, and where a name says so in segments: pieces of what was sent, each as long as it went out. Counts go from
//! the beginning of the connection on. What differs from Linux stands beside the value.

use core::time::Duration;

use super::counts::{Account, Repairs};
use super::recovery::Phase;
use super::{Connection, State};
use crate::time::Time;

/// What the sender thinks of the network (`TCP_CA_Open` and the others of Linux).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CongestionState {
    /// All is well.
    #[default]
    Open,
    /// Something has arrived that was sent behind something that has not, or a duplicate acknowledgment has come: it may be a loss.
    Disorder,
    /// The window fell because a router marked packets (`TCP_CA_CWR`).
    Reduced,
    /// What was lost is sent again.
    Recovery,
    /// The same, after a timeout.
    Loss,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Its state.
    pub state: State,
    /// What the sender thinks of the network.
    pub congestion_state: CongestionState,
    /// Timeouts since something was acknowledged (`tcpi_retransmits`).
    pub retries: u32,
    /// Probes of a closed window or of a quiet peer since something came (`tcpi_probes`).
    pub probes: u32,
    /// How often the timeout was doubled (`tcpi_backoff`).
    pub backoff: u32,
    /// SACK is in use.
    pub sack: bool,
    /// Timestamps are in use.
    pub timestamps: bool,
    /// Explicit congestion notification is in use.
    pub ecn: bool,
    /// By how many bits the peer's and our windows are shifted.
    pub scales: (u8, u8),

    /// Smoothed round-trip time.
    pub round_trip: Option<Duration>,
    /// Its variation as RFC 6298 has it. Linux's `tcpi_rttvar` is its own mean deviation, which falls more slowly.
    pub round_trip_variation: Duration,
    /// The least round-trip time of the last minutes.
    pub minimum_round_trip: Option<Duration>,
    /// The round-trip time as the receiver sees it (`tcpi_rcv_rtt`), once it has seen one.
    pub receive_round_trip: Option<Duration>,
    /// Retransmission timeout, as often doubled as `backoff` says.
    pub timeout: Duration,
    /// How long an acknowledgment waits for data to go with; zero until data has come (`tcpi_ato`).
    pub ack_delay: Duration,

    /// Bytes of data in a full segment.
    pub segment: u64,
    /// Bytes of data in a full segment of the peer, as far as has been seen (`tcpi_rcv_mss`).
    pub receive_segment: u64,
    /// Bytes of data in the longest segment that the peer may send: what was announced, less the options that each segment has.
    pub advertised_segment: u64,
    /// The longest packet that the path carries, in bytes.
    pub path_mtu: u32,

    /// Congestion window in bytes.
    pub congestion_window: u64,
    /// The same in whole segments (`tcpi_snd_cwnd`).
    pub congestion_window_segments: u32,
    /// Below it the window doubles with every round trip; in bytes. `u64::MAX` until something was lost.
    pub slow_start_threshold: u64,
    /// The same in whole segments; `0x7fff_ffff` until something was lost (`tcpi_snd_ssthresh`).
    pub slow_start_threshold_segments: u32,
    /// The window that the peer gives, in bytes.
    pub peer_window: u64,
    /// The window that the peer was given, in bytes.
    pub window: u64,
    /// The most that the application took in a round trip, in bytes: by this the room for data grows (`tcpi_rcv_space`). At the start ten segments.
    pub receive_space: u64,

    /// Bytes that were sent and not acknowledged.
    pub unacknowledged: u64,
    /// Bytes that are held to be in the network.
    pub in_network: u64,
    /// Bytes that the application gave and the peer has not acknowledged.
    pub queued: usize,
    /// Bytes that wait to be sent for the first time, FIN counted (`tcpi_notsent_bytes`).
    pub unsent: u64,
    /// Segments that were sent and not acknowledged (`tcpi_unacked`); a SYN is one.
    pub unacknowledged_segments: u32,
    /// Of those, segments that the peer has, says SACK, or for which duplicate acknowledgments stand.
    pub sacked_segments: u32,
    /// Of those, segments that are held for lost, be they sent again or not.
    pub lost_segments: u32,
    /// Of those, segments that were sent again since, and are still out (`tcpi_retrans`).
    pub resent_segments: u32,
    /// By how many segments packets may overtake each other on this path: 3 until more were seen.
    pub reordering: u32,
    /// How often it was seen that they did.
    pub reordering_seen: u32,

    /// Segments sent again so far, SYN counted.
    pub resent_total: u32,
    /// Bytes of data that were sent, those sent again counted again.
    pub bytes_sent: u64,
    /// Bytes that were sent again.
    pub bytes_resent: u64,
    /// Bytes that the peer has acknowledged. As in Linux FIN counts as one, and SYN too if the connection was opened from here.
    pub bytes_acknowledged: u64,
    /// Bytes that have come without a hole before them. As in Linux FIN counts as one, and SYN does not.
    pub bytes_received: u64,
    /// Segments that were sent, with data and without. As in Linux the SYN-ACK of a connection that was opened by the peer does not count.
    pub segments_out: u64,
    /// Segments that have come, with data and without. As in Linux SYNs that open a connection here count as one.
    pub segments_in: u64,
    /// Segments with data that were sent.
    pub data_segments_out: u64,
    /// Segments with data that have come.
    pub data_segments_in: u64,
    /// Segments that have arrived at the peer. As in Linux SYN is one.
    pub delivered: u32,
    /// Of those, segments that were reported with a mark of congestion (ECE).
    pub delivered_marked: u32,
    /// Segments that arrived twice at the peer (`tcpi_dsack_dups`).
    pub duplicates_reported: u32,
    /// Segments that have come out of order.
    pub out_of_order_segments: u32,

    /// When data was sent last; if there was none, when the connection opened.
    pub last_data_sent: Option<Time>,
    /// When data came last; if there was none, when the connection opened.
    pub last_data_received: Option<Time>,
    /// When an acknowledgment came last.
    pub last_acknowledged: Option<Time>,

    /// How long there was something to send, or sent and not acknowledged. The next two are parts of it.
    pub busy: Duration,
    /// How long the peer's window held data back.
    pub window_limited: Duration,
    /// How long the application could not write since the room for data to send was used up, while all of it was on its way.
    pub buffer_limited: Duration,

    /// Timeouts, those of SYN counted.
    pub timeouts: u32,
    /// Losses that were repaired after a timeout, or are being so: in a row of timeouts only the first counts.
    pub timeout_recoveries: u32,
    /// How long such repairs took.
    pub timeout_time: Duration,

    /// What goes on, and is counted up to a time by [`Info::until`].
    account: Account,
    repairs: Repairs,
}

impl Info {
    /// The same, with the spans that go on (`busy` and its parts, `timeout_time`) counted up to a time, and not only up to the last change.
    pub fn until(mut self, now: Time) -> Self {
        [self.busy, self.window_limited, self.buffer_limited] = self.account.until(now);
        self.repairs.end(now);
        self.timeout_time = self.repairs.time;
        self
    }
}

impl Connection {
    /// What is known of the connection, for people and tests.
    pub fn info(&self) -> Info {
        let (sender, receiver) = (&self.sender, &self.receiver);
        let flight = &sender.flight;
        let congestion_state = match sender.recovery.phase {
            Phase::Open if flight.beyond() > 0 => CongestionState::Disorder,
            Phase::Open => CongestionState::Open,
            Phase::Reduced => CongestionState::Reduced,
            Phase::Fast => CongestionState::Recovery,
            Phase::Timeout => CongestionState::Loss,
        };
        let segments = |bytes: u64| bytes.checked_div(sender.segment).unwrap_or(0);
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let threshold = sender.congestion.threshold;
        let counts = &sender.counts;
        let [busy, window_limited, buffer_limited] = self.account.parts();
        let advertised = self.advertised();
        let first = advertised.saturating_mul(10).min(self.config.receive_buffer as u64);
        let open = receiver.last_data.is_some();
        let opening = matches!(self.state, State::SynSent | State::SynReceived);
        Info {
            state: self.state,
            congestion_state,
            retries: if opening { self.syns.saturating_sub(1) } else { self.retries },
            probes: self.probes,
            backoff: sender.rtt.backoff,
            sack: self.sack,
            timestamps: self.clock.is_some(),
            ecn: self.ecn.agreed,
            scales: self.scales,
            round_trip: sender.rtt.smoothed,
            round_trip_variation: sender.rtt.variation,
            minimum_round_trip: sender.rtt.minimum(),
            receive_round_trip: receiver.round_trip(),
            timeout: sender.rtt.timeout(&self.config),
            ack_delay: if receiver.segments > 0 { self.config.ack_delay } else { Duration::ZERO },
            segment: sender.segment,
            receive_segment: receiver.full_segment(advertised),
            advertised_segment: advertised,
            path_mtu: u32::from(self.path.segment).saturating_add(u32::from(self.path.header)),
            congestion_window: sender.congestion.window,
            congestion_window_segments: count(segments(sender.congestion.window)),
            slow_start_threshold: threshold,
            slow_start_threshold_segments: match threshold {
                u64::MAX => 0x7fff_ffff,
                bytes => count(segments(bytes)),
            },
            peer_window: sender.window,
            window: receiver.window(),
            receive_space: receiver.taken_most.max(first),
            unacknowledged: flight.outstanding(),
            in_network: flight.in_network(),
            queued: sender.queued(),
            unsent: sender.unsent(),
            unacknowledged_segments: if opening {
                u32::from(self.syns > 0)
            } else {
                count(flight.count() as u64)
            },
            sacked_segments: flight.sacked().segments.saturating_add(count(segments(flight.duplicates))),
            lost_segments: flight.lost().segments,
            resent_segments: flight.resent().segments,
            reordering: sender.recovery.reordering,
            reordering_seen: sender.recovery.reordering_seen,
            resent_total: counts.again.wrapping_add(self.syns.saturating_sub(1)),
            bytes_sent: counts.bytes,
            bytes_resent: counts.bytes_again,
            bytes_acknowledged: sender
                .una
                .saturating_sub(sender.origin.saturating_add(u64::from(self.passive))),
            bytes_received: receiver.next.saturating_sub(receiver.origin.saturating_add(1)),
            segments_out: self.segments.0,
            segments_in: self.segments.1,
            data_segments_out: counts.segments,
            data_segments_in: receiver.segments,
            delivered: counts.delivered,
            delivered_marked: counts.delivered_marked,
            duplicates_reported: counts.twice,
            out_of_order_segments: receiver.out_of_order,
            last_data_sent: open.then_some(sender.last_sent),
            last_data_received: receiver.last_data,
            last_acknowledged: open.then_some(self.last_heard),
            busy,
            window_limited,
            buffer_limited,
            timeouts: self.repairs.timeouts,
            timeout_recoveries: self.repairs.count,
            timeout_time: self.repairs.time,
            account: self.account,
            repairs: self.repairs,
        }
    }
}
