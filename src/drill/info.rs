pub(crate) fn value(
    name: &str,
    info: &crate::stack::tcp::Info,
    _now: crate::time::Time,
) -> Option<Result<i64, &'static str>> {
    use crate::stack::tcp::CongestionState as S;
    Some(Ok(match name {
        "tcpi_ca_state" => match info.congestion_state {
            S::Open => 0,
            S::Disorder => 1,
            S::Reduced => 2,
            S::Recovery => 3,
            S::Loss => 4,
            _ => 9,
        },
        "tcpi_snd_cwnd" => info.congestion_window_segments as i64,
        "tcpi_snd_ssthresh" => info.slow_start_threshold_segments as i64,
        "tcpi_backoff" => info.backoff as i64,
        "tcpi_unacked" => info.unacknowledged_segments as i64,
        "tcpi_sacked" => info.sacked_segments as i64,
        "tcpi_lost" => info.lost_segments as i64,
        "tcpi_retrans" => info.resent_segments as i64,
        _ => return None,
    }))
}
