//! Names of `sysctl`, of Linux and FreeBSD, and what they are here.
//!
//! What a name means is from Linux's Documentation/networking/ip-sysctl.rst (6.18) and FreeBSD's tcp(4). A value that a system has anyway
//! is no reason to skip a script, even where there is nothing here that it could switch: a script that says nothing is run as well.

use super::Change;
use crate::near;

/// What becomes of a name.
enum How {
    /// A setting of TCP; from the value as sysctl has it to the value of the setting. And what there is, for values that cannot be.
    Set(&'static str, fn(&str) -> Option<String>, &'static str),
    /// Several changes, or other ones.
    Change(fn(&str) -> Option<Vec<Change>>, &'static str),
    /// These values change nothing; at any other, what is lacking.
    Only(&'static [&'static str], &'static str),
    /// Nothing that a script can see depends on it.
    Nothing,
}

use How::{Change as Changes, Nothing, Only, Set};

const NUMBER: &str = "this has to be a number that fits";
const SWITCH: &str = "this has to be 0 or 1";
const SECONDS: &str = "this has to be a number of seconds";
const MILLISECONDS: &str = "this has to be a number of milliseconds";

/// All names that are known. `*` stands for any letters.
const TABLE: &[(&[&str], How)] = &[
    // What a SYN offers.
    (&["net.ipv4.tcp_sack", "net.inet.tcp.sack.enable"], Set("sack", switch, SWITCH)),
    (&["net.ipv4.tcp_timestamps"], Set("timestamps", any_switch, "this has to be 0, 1 or 2")),
    (&["net.ipv4.tcp_window_scaling"], Set("window-scaling", switch, SWITCH)),
    (&["net.inet.tcp.rfc1323"], Changes(rfc1323, "this has to be from 0 to 3")),
    (
        &["net.ipv4.tcp_ecn", "net.inet.tcp.ecn.enable"],
        Set("ecn", ecn, "there is no accurate ECN (RFC 9768)"),
    ),
    (&["net.ipv4.tcp_min_snd_mss"], Set("minimum-segment", number, NUMBER)),
    (&["net.inet.tcp.minmss"], Set("minimum-segment", number, NUMBER)),
    // Buffers.
    (&["net.ipv4.tcp_rmem"], Changes(rmem, "this has to be three numbers: least, first, most")),
    (&["net.ipv4.tcp_wmem"], Changes(wmem, "this has to be three numbers: least, first, most")),
    (&["net.core.rmem_max"], Changes(rmem_max, NUMBER)),
    (&["net.inet.tcp.recvspace"], Set("receive-buffer", number, NUMBER)),
    (&["net.inet.tcp.sendspace"], Set("send-buffer", number, NUMBER)),
    // FreeBSD computes the window scale from it, not from recvbuf_max.
    (&["kern.ipc.maxsockbuf"], Set("receive-buffer-most", number, NUMBER)),
    (
        &["net.ipv4.tcp_moderate_rcvbuf", "net.inet.tcp.recvbuf_auto"],
        Only(&["1"], "receive buffers always grow"),
    ),
    (&["net.ipv4.tcp_shrink_window"], Only(&["0"], "a window never shrinks")),
    (
        &["net.ipv4.tcp_workaround_signed_windows"],
        Only(&["0"], "the window is never taken for a signed number"),
    ),
    (
        &["net.ipv4.tcp_notsent_lowat"],
        Only(&["4294967295", "-1", "2147483647"], "what is written and not sent has no limit of its own"),
    ),
    // Limits of memory that no script reaches; since Linux 6.6 the last two have no effect.
    (
        &[
            "net.core.wmem_max",
            "net.core.rmem_default",
            "net.core.wmem_default",
            "net.core.optmem_max",
            "net.core.netdev_max_backlog",
            "net.ipv4.tcp_mem",
            "net.ipv4.udp_mem",
            "net.ipv4.udp_rmem_min",
            "net.ipv4.udp_wmem_min",
            "net.ipv4.tcp_max_orphans",
            "net.ipv4.tcp_max_tw_buckets",
            "net.ipv4.ipfrag_*",
            "net.ipv4.tcp_adv_win_scale",
            "net.ipv4.tcp_app_win",
            "net.inet.tcp.recvbuf_max",
            "net.inet.tcp.recvbuf_inc",
            "net.inet.tcp.sendbuf_*",
            "net.inet.tcp.reass.*",
            "net.inet.tcp.maxtcptw",
            "net.inet.tcp.do_tcpdrain",
            "net.inet.tcp.sack.maxholes",
            "net.inet.tcp.sack.globalmaxholes",
            "net.inet.tcp.map_limit",
            "net.inet.tcp.split_limit",
        ],
        Nothing,
    ),
    // The congestion window.
    (
        &["net.ipv4.tcp_congestion_control", "net.inet.tcp.cc.algorithm"],
        Set("congestion", algorithm, "there are reno and cubic here"),
    ),
    (&["net.inet.tcp.abc_l_var"], Set("slow-start-limit", number, NUMBER)),
    (&["net.inet.tcp.initcwnd_segments"], Set("initial-window", number, NUMBER)),
    (&["net.ipv4.tcp_slow_start_after_idle"], Set("restart-after-idle", switch, SWITCH)),
    (&["net.inet.tcp.do_prr"], Set("proportional-reduction", switch, SWITCH)),
    (&["net.inet.tcp.rfc3042"], Set("limited-transmit", switch, SWITCH)),
    (&["net.inet.tcp.cc.abe"], Only(&["0"], "there is no alternative backoff with ECN (RFC 8511)")),
    (&["net.inet.tcp.newcwv"], Only(&["0"], "there is no congestion window validation (RFC 7661)")),
    // What can be chosen from is no choice; RFC 3390's window is less than the one of RFC 6928; PRR and growth by bytes are what they are.
    (
        &[
            "net.ipv4.tcp_allowed_congestion_control",
            "net.inet.tcp.rfc3390",
            "net.inet.tcp.rfc3465",
            "net.inet.tcp.prr_conservative",
            "net.inet.tcp.do_prr_conservative",
            "net.inet.tcp.do_lrd",
            "net.inet.tcp.sack.lrd",
            "net.inet.tcp.sack.revised",
            "net.inet.tcp.rfc6675_pipe",
            "net.inet.tcp.cc.newreno.*",
            "net.inet.tcp.cc.abe_frlossreduce",
        ],
        Nothing,
    ),
    (&["net.inet.tcp.functions_default"], Only(&["freebsd"], "there is one stack here")),
    (&["net.inet.tcp.functions_inherit_listen_socket_stack"], Nothing),
    // Losses.
    (&["net.ipv4.tcp_frto"], Set("forward-recovery", any_switch, "this has to be 0, 1 or 2")),
    (&["net.ipv4.tcp_recovery"], Set("rack", recovery, "RACK's window of reordering is that of RFC 8985")),
    (&["net.ipv4.tcp_early_retrans"], Set("tail-loss-probe", early_retrans, "this has to be 0, 3 or 4")),
    (&["net.ipv4.tcp_dsack"], Only(&["1"], "what comes twice is always reported where SACK is on")),
    (&["net.ipv4.tcp_reordering"], Only(&["3"], "three segments have to overtake one (RFC 5681)")),
    (
        &["net.ipv4.tcp_comp_sack_nr"],
        Only(&["0", "44"], "no acknowledgment is held back while data is missing"),
    ),
    (
        &["net.ipv4.tcp_comp_sack_delay_ns"],
        Only(&["0", "1000000"], "no acknowledgment is held back while data is missing"),
    ),
    (&["net.ipv4.tcp_thin_linear_timeouts"], Only(&["0"], "timeouts of thin streams are doubled as well")),
    (&["net.ipv4.tcp_thin_dupack"], Only(&["0"], "thin streams are repaired as others are")),
    (&["net.ipv4.tcp_min_rtt_wlen"], Only(&["300"], "the least round-trip time is that of 300 seconds")),
    (
        &[
            "net.ipv4.tcp_fack",
            "net.ipv4.tcp_max_reordering",
            "net.ipv4.tcp_comp_sack_slack_ns",
            "net.ipv4.tcp_comp_sack_rtt_percent",
            "net.ipv4.tcp_retrans_collapse",
        ],
        Nothing,
    ),
    // Timers, and when to give up.
    (&["net.ipv4.tcp_syn_retries"], Set("syn-retries", number, NUMBER)),
    (&["net.ipv4.tcp_syn_linear_timeouts"], Set("syn-linear-timeouts", number, NUMBER)),
    (
        &["net.ipv4.tcp_synack_retries", "net.inet.tcp.syncache.rexmtlimit"],
        Set("syn-ack-retries", number, NUMBER),
    ),
    (&["net.ipv4.tcp_retries1"], Set("retries-doubt", number, NUMBER)),
    (&["net.ipv4.tcp_retries2", "net.inet.tcp.retries"], Set("retries", number, NUMBER)),
    (&["net.ipv4.tcp_orphan_retries"], Only(&["0", "8"], "closed connections are given up as others are")),
    (&["net.ipv4.tcp_rto_min_us"], Changes(rto_min, "this has to be a number of microseconds")),
    (&["net.ipv4.tcp_rto_max_ms", "net.inet.tcp.rexmit_max"], Set("rto-max", milliseconds, MILLISECONDS)),
    (&["net.inet.tcp.rexmit_initial"], Set("rto-initial", milliseconds, MILLISECONDS)),
    (&["net.inet.tcp.rexmit_min"], Set("rto-min", with_slop, MILLISECONDS)),
    (&["net.inet.tcp.rexmit_slop"], Only(&["200"], "what is added to the timeout is 200 ms")),
    (&["net.inet.tcp.rexmit_drop_options"], Only(&["0"], "each SYN has its options")),
    (
        &["net.inet.tcp.persmin"],
        Only(&["5000"], "a closed window is probed when the retransmission timeout is over"),
    ),
    (
        &["net.inet.tcp.persmax"],
        Only(&["60000"], "a closed window is probed when the retransmission timeout is over"),
    ),
    (&["net.inet.tcp.maxunacktime"], Only(&["0"], "this is not switched by sysctl here")),
    (&["net.ipv4.tcp_fin_timeout"], Set("fin-wait", seconds, SECONDS)),
    (&["net.inet.tcp.finwait2_timeout"], Set("fin-wait", milliseconds, MILLISECONDS)),
    (&["net.inet.tcp.fast_finwait2_recycle"], Only(&["0"], "this is not switched here")),
    (&["net.inet.tcp.msl"], Set("time-wait", twice, MILLISECONDS)),
    (&["net.ipv4.tcp_keepalive_time"], Set("keep-alive-idle", seconds, SECONDS)),
    (&["net.ipv4.tcp_keepalive_intvl"], Set("keep-alive-interval", seconds, SECONDS)),
    (&["net.ipv4.tcp_keepalive_probes", "net.inet.tcp.keepcnt"], Set("keep-alive-probes", number, NUMBER)),
    (&["net.inet.tcp.keepidle"], Set("keep-alive-idle", milliseconds, MILLISECONDS)),
    (&["net.inet.tcp.keepintvl"], Set("keep-alive-interval", milliseconds, MILLISECONDS)),
    (
        &["net.inet.tcp.keepinit"],
        Only(&["75000"], "how long a connection may take to open is said by the retries of its SYN"),
    ),
    (&["net.inet.tcp.always_keepalive"], Set("keep-alive", switch, SWITCH)),
    // Acknowledgments.
    (&["net.inet.tcp.delayed_ack"], Set("delayed-ack", switch, SWITCH)),
    (
        &["net.inet.tcp.delacktime"],
        Set("ack-delay", milliseconds, "this has to be less than 500 milliseconds"),
    ),
    (&["net.ipv4.tcp_invalid_ratelimit"], Set("challenge-interval", milliseconds, MILLISECONDS)),
    (
        &["net.ipv4.tcp_pingpong_thresh"],
        Only(&["1"], "when acknowledgments begin to wait is said by `quick-acks`"),
    ),
    // The limit of all connections together is far beyond what one reaches, unless it is small.
    (&["net.ipv4.tcp_challenge_ack_limit"], Changes(challenge_limit, "the limit is that of each connection")),
    (
        &["net.inet.tcp.ack_war_timewindow"],
        Only(&["1000"], "how often a challenge is sent is said by `challenge-interval`"),
    ),
    (
        &["net.inet.tcp.ack_war_cnt"],
        Only(&["5"], "how often a challenge is sent is said by `challenge-interval`"),
    ),
    // Listeners.
    (
        &["net.core.somaxconn", "kern.ipc.somaxconn", "kern.ipc.soacceptqueue"],
        Set("backlog-most", number, NUMBER),
    ),
    (&["net.ipv4.tcp_syncookies", "net.inet.tcp.syncookies"], Only(&["0", "1"], "there are no SYN cookies")),
    (&["net.inet.tcp.syncookies_only"], Only(&["0"], "there are no SYN cookies")),
    (
        &["net.ipv4.tcp_abort_on_overflow"],
        Only(&["0"], "a SYN is not answered while the queue of a listener is full"),
    ),
    (&["net.ipv4.tcp_migrate_req"], Only(&["0"], "connections do not move to another listener")),
    (
        &["net.ipv4.tcp_max_syn_backlog"],
        Changes(syn_backlog, "the queue of a listener is as long as `listen` says"),
    ),
    (&["net.inet.tcp.syncache.*"], Nothing),
    // Rules of RFC 793 that RFC 5961, 1337 and 6093 have replaced.
    (&["net.ipv4.tcp_stdurg"], Only(&["0"], "the urgent pointer is that of RFC 6093")),
    (
        &["net.inet.tcp.insecure_rst", "net.inet.tcp.insecure_syn", "net.inet.tcp.insecure_ack"],
        Only(&["0"], "RFC 5961 is always on"),
    ),
    (&["net.inet.tcp.drop_synfin"], Only(&["0"], "a FIN in a SYN is no reason to drop it")),
    (
        &["net.inet.tcp.blackhole", "net.inet.tcp.blackhole_local"],
        Only(&["0"], "a port that is closed answers"),
    ),
    (&["net.inet.tcp.icmp_may_rst"], Only(&["1"], "an ICMP error ends a connection that is being opened")),
    (&["net.inet.tcp.tolerate_missing_ts"], Set("missing-timestamps", switch, SWITCH)),
    (&["net.ipv4.tcp_tw_reuse"], Only(&["0", "2"], "a port in TIME-WAIT is not used again before its time")),
    (&["net.ipv4.tcp_tw_recycle"], Only(&["0"], "a port in TIME-WAIT is not used again before its time")),
    (&["net.inet.tcp.nolocaltimewait"], Only(&["0"], "TIME-WAIT is the same for all")),
    (
        &["net.ipv4.tcp_ecn_fallback"],
        Only(&["1"], "a SYN that is not answered is sent without ECN (RFC 3168 section 6.1.1.1)"),
    ),
    (&["net.ipv4.tcp_reflect_tos"], Only(&["0"], "no DSCP is taken over from a SYN")),
    // In TIME-WAIT a RST is dropped either way; which clocks timestamps begin with cannot be told from their differences.
    (
        &[
            "net.ipv4.tcp_rfc1337",
            "net.inet.tcp.ts_offset_per_conn",
            "net.inet.tcp.isn_reseed_interval",
            "net.inet.tcp.msl_local",
        ],
        Nothing,
    ),
    // What path and interface carry.
    (
        &["net.ipv4.tcp_mtu_probing", "net.inet.tcp.pmtud_blackhole_detection"],
        Only(&["0"], "paths are not probed for their MTU (RFC 4821)"),
    ),
    (&["net.ipv4.ip_no_pmtu_disc"], Only(&["0"], "path MTU discovery is always on")),
    (&["net.inet.tcp.path_mtu_discovery"], Only(&["1"], "path MTU discovery is always on")),
    (
        &["net.inet.tcp.mssdflt"],
        Only(&["536"], "what a peer takes that does not say it is 536 bytes (RFC 9293)"),
    ),
    (
        &["net.inet.tcp.v6mssdflt"],
        Only(&["1220"], "what a peer takes that does not say it is 1220 bytes (RFC 9293)"),
    ),
    (&["net.ipv4.route.min_pmtu"], Only(&["552"], "the least path MTU is not switched here")),
    (&["net.ipv4.route.mtu_expires"], Only(&["600"], "a path MTU is remembered for 10 minutes")),
    // Only what is probed depends on these; no script begins with a path that is known.
    (
        &[
            "net.ipv4.tcp_base_mss",
            "net.ipv4.tcp_mtu_probe_floor",
            "net.ipv4.tcp_probe_interval",
            "net.ipv4.tcp_probe_threshold",
            "net.inet.tcp.pmtud_blackhole_mss",
            "net.inet.tcp.v6pmtud_blackhole_mss",
            "net.ipv4.route.flush",
            "net.ipv6.route.flush",
            "net.ipv4.route.gc_*",
            "net.ipv4.route.error_*",
        ],
        Nothing,
    ),
    // Nothing is remembered of connections that are over.
    (
        &[
            "net.ipv4.tcp_no_metrics_save",
            "net.ipv4.tcp_no_ssthresh_metrics_save",
            "net.inet.tcp.hostcache.*",
        ],
        Nothing,
    ),
    // A segment goes out when TCP makes it: nothing is paced, joined for a card, or waits behind it.
    (
        &[
            "net.ipv4.tcp_autocorking",
            "net.ipv4.tcp_limit_output_bytes",
            "net.ipv4.tcp_tso_win_divisor",
            "net.ipv4.tcp_min_tso_segs",
            "net.ipv4.tcp_tso_rtt_log",
            "net.ipv4.tcp_pacing_ss_ratio",
            "net.ipv4.tcp_pacing_ca_ratio",
            "net.ipv4.tcp_backlog_ack_defer",
            "net.ipv4.tcp_low_latency",
            "net.ipv4.tcp_early_demux",
            "net.ipv4.ip_early_demux",
            "net.ipv4.udp_early_demux",
            "net.core.busy_poll",
            "net.core.busy_read",
            "net.inet.tcp.tso",
            "net.inet.tcp.sack.tso",
            "net.inet.tcp.soreceive_stream",
            "net.inet.tcp.per_cpu_timers",
            "net.inet.tcp.log_in_vain",
            "net.inet.tcp.log_debug",
            "net.inet.tcp.perconn_stats_*",
            "kern.timecounter.*",
        ],
        Nothing,
    ),
    (
        &["net.core.default_qdisc"],
        Only(&["pfifo", "pfifo_fast", "noqueue", "fq_codel", "mq"], "there is no queue before the line"),
    ),
    // Who uses fast open is told that it is not here; keys and switches alone do nothing.
    (
        &[
            "net.ipv4.tcp_fastopen*",
            "net.inet.tcp.fastopen.*",
            "net.ipv4.tcp_plb_*",
            "net.ipv4.tcp_ecn_option*",
            "net.inet.tcp.ecn.maxretries",
        ],
        Nothing,
    ),
    // IP.
    (
        &["net.ipv4.ip_default_ttl", "net.ipv6.conf.*.hop_limit", "net.inet.ip.ttl", "net.inet6.ip6.hlim"],
        Changes(hop_limit, "this has to be from 1 to 255"),
    ),
    (&["net.ipv4.ip_local_port_range"], Changes(ports, "this has to be the first and the last port")),
    (
        &["net.inet.ip.portrange.first"],
        Changes(|value| Some(vec![Change::FirstPort(value.parse().ok()?)]), "this has to be a port"),
    ),
    (
        &["net.inet.ip.portrange.last"],
        Changes(|value| Some(vec![Change::LastPort(value.parse().ok()?)]), "this has to be a port"),
    ),
    (&["net.ipv4.ip_local_reserved_ports"], Only(&[""], "no port is reserved")),
    (
        &[
            "net.ipv4.ip_forward",
            "net.ipv4.conf.*.forwarding",
            "net.ipv6.conf.*.forwarding",
            "net.inet.ip.forwarding",
            "net.inet6.ip6.forwarding",
        ],
        Only(&["0"], "the host of a script is no router"),
    ),
    (
        &["net.ipv4.ip_nonlocal_bind", "net.ipv6.ip_nonlocal_bind"],
        Only(&["0"], "a socket has an address of its host"),
    ),
    (&["net.ipv6.conf.*.disable_ipv6"], Only(&["0"], "IPv6 is always on")),
    (&["net.ipv6.bindv6only"], Only(&["0"], "this is not switched by sysctl here")),
    (&["net.ipv4.icmp_echo_ignore_all"], Only(&["0"], "pings are always answered")),
    (
        &["net.ipv4.tcp_l3mdev_accept", "net.ipv4.tcp_fwmark_accept"],
        Only(&["0"], "there are no marks and no VRFs"),
    ),
    // One peer on a line without neighbours: who may send what from where, and who finds whom, is never asked.
    (
        &[
            "net.ipv4.conf.*.rp_filter",
            "net.ipv4.conf.*.accept_*",
            "net.ipv4.conf.*.send_redirects",
            "net.ipv4.conf.*.secure_redirects",
            "net.ipv4.conf.*.log_martians",
            "net.ipv4.conf.*.arp_*",
            "net.ipv6.conf.*.accept_*",
            "net.ipv6.conf.*.autoconf",
            "net.ipv6.conf.*.use_tempaddr",
            "net.ipv6.conf.*.optimistic_dad",
            "net.ipv6.conf.*.use_optimistic",
            "net.ipv6.conf.*.dad_transmits",
            "net.ipv6.conf.*.router_*",
            "net.ipv4.neigh.*",
            "net.ipv6.neigh.*",
            "net.ipv4.ping_group_range",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv6.idgen_*",
        ],
        Nothing,
    ),
];

/// What setting a name to a value changes; `Ok(None)` for a name that is not known.
///
/// # Errors
/// Why it cannot have this value here.
pub(super) fn set(name: &str, value: &str) -> Result<Option<Vec<Change>>, String> {
    let is_called = |names: &[&str]| names.iter().any(|known| near::is_like(known, name));
    let Some((_, how)) = TABLE.iter().find(|(names, _)| is_called(names)) else { return Ok(None) };
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let refused = |reason: &str| format!("`{name}={}`: {reason}", super::line::shortened(&value));
    match how {
        Set(setting, convert, reason) => {
            let converted = convert(&value).ok_or_else(|| refused(reason))?;
            Ok(Some(vec![Change::Tcp(setting, converted)]))
        }
        Changes(convert, reason) => convert(&value).map(Some).ok_or_else(|| refused(reason)),
        Only(values, reason) if !values.contains(&value.as_str()) => Err(refused(reason)),
        Only(..) | Nothing => Ok(Some(Vec::new())),
    }
}

fn tcp(setting: &'static str, value: impl ToString) -> Change {
    Change::Tcp(setting, value.to_string())
}

fn on_off(on: bool) -> String {
    (if on { "on" } else { "off" }).to_owned()
}

fn switch(value: &str) -> Option<String> {
    matches!(value, "0" | "1").then(|| on_off(value == "1"))
}

/// 0, or anything else.
fn any_switch(value: &str) -> Option<String> {
    Some(on_off(value.parse::<u8>().ok().filter(|value| *value <= 2)? != 0))
}

fn number(value: &str) -> Option<String> {
    Some(value.parse::<u32>().ok()?.to_string())
}

fn seconds(value: &str) -> Option<String> {
    Some(format!("{}s", value.parse::<u32>().ok()?))
}

fn milliseconds(value: &str) -> Option<String> {
    Some(format!("{}ms", value.parse::<u32>().ok()?))
}

/// The life of a segment; TIME-WAIT is twice as long.
fn twice(value: &str) -> Option<String> {
    Some(format!("{}ms", u64::from(value.parse::<u32>().ok()?).saturating_mul(2)))
}

/// FreeBSD adds 200 ms to each timeout.
fn with_slop(value: &str) -> Option<String> {
    Some(format!("{}ms", u64::from(value.parse::<u32>().ok()?).saturating_add(200)))
}

fn ecn(value: &str) -> Option<String> {
    let meaning = match value {
        "0" => "off",
        "1" => "on",
        "2" => "passive",
        _ => return None,
    };
    Some(meaning.to_owned())
}

fn algorithm(value: &str) -> Option<String> {
    let name = match value {
        "reno" | "newreno" => "reno",
        "cubic" => "cubic",
        _ => return None,
    };
    Some(name.to_owned())
}

/// A bitmap; bits 1 and 2 change what RACK takes for reordering.
fn recovery(value: &str) -> Option<String> {
    switch(value)
}

fn early_retrans(value: &str) -> Option<String> {
    matches!(value, "0" | "3" | "4").then(|| on_off(value != "0"))
}

fn rfc1323(value: &str) -> Option<Vec<Change>> {
    let (scaling, timestamps) = match value {
        "0" => (false, false),
        "1" => (true, true),
        "2" => (true, false),
        "3" => (false, true),
        _ => return None,
    };
    Some(vec![tcp("window-scaling", on_off(scaling)), tcp("timestamps", on_off(timestamps))])
}

/// The numbers of a value; not all of them have to be there.
fn numbers(value: &str) -> Option<[Option<u32>; 3]> {
    let all: Vec<u32> = value.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    match all.as_slice() {
        [] | [0, ..] | [_, 0, ..] | [_, _, 0] | [_, _, _, _, ..] => None,
        all => Some([0, 1, 2].map(|at| all.get(at).copied())),
    }
}

/// Linux keeps half of a receive buffer for what it needs itself: the window that it begins with is the other half, of which a SYN can say
/// 65,535 bytes. The scale of the window is computed from the whole of the greatest buffer.
fn rmem(value: &str) -> Option<Vec<Change>> {
    let [_, first, most] = numbers(value)?;
    let first = first.map(|first| tcp("receive-buffer", (first / 2).max(1)));
    Some(first.into_iter().chain(most.map(|most| tcp("receive-buffer-most", most))).collect())
}

/// What may be written at the start; Linux lets it grow with the congestion window, which is not done here.
fn wmem(value: &str) -> Option<Vec<Change>> {
    let [_, first, _] = numbers(value)?;
    Some(first.map(|first| tcp("send-buffer", first)).into_iter().collect())
}

fn rmem_max(value: &str) -> Option<Vec<Change>> {
    Some(vec![Change::ReceiveMost(value.parse().ok()?)])
}

/// RTO = SRTT + max(4 RTTVAR, this), which is also the least that it can be.
fn rto_min(value: &str) -> Option<Vec<Change>> {
    let least = format!("{}us", value.parse::<u32>().ok()?);
    Some(vec![tcp("rto-variation-floor", &least), tcp("rto-min", least)])
}

fn challenge_limit(value: &str) -> Option<Vec<Change>> {
    (value.parse::<u32>().ok()? >= 100).then(Vec::new)
}

fn syn_backlog(value: &str) -> Option<Vec<Change>> {
    (value.parse::<u32>().ok()? >= 128).then(Vec::new)
}

fn hop_limit(value: &str) -> Option<Vec<Change>> {
    let limit = value.parse::<u8>().ok().filter(|limit| *limit > 0)?;
    Some(vec![Change::HopLimit(limit)])
}

fn ports(value: &str) -> Option<Vec<Change>> {
    let (first, last) = value.split_once(' ')?;
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then(|| vec![Change::FirstPort(first), Change::LastPort(last)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::tcp::Config;

    fn config(lines: &[(&str, &str)]) -> Config {
        let mut config = Config::linux();
        for (name, value) in lines {
            for change in set(name, value).unwrap().unwrap() {
                if let Change::Tcp(setting, value) = change {
                    config.set(setting, &value).unwrap();
                }
            }
        }
        config
    }

    /// ip-sysctl.rst: 131072 "results in initial window of 65535"; a SYN of Linux 6.18 with these values has window scale 10.
    #[test]
    fn the_buffers_of_linux_are_what_its_documentation_says() {
        let config = config(&[
            ("net.ipv4.tcp_rmem", "4096\t131072\t33554432"),
            ("net.ipv4.tcp_wmem", "4096 16384 4194304"),
        ]);
        assert_eq!((config.receive_buffer, config.receive_buffer_most), (65_536, 32 << 20));
        assert_eq!(config.send_buffer, 16_384);
    }

    /// The defaults that ip-sysctl.rst and tcp(4) state are those of the profiles: setting them changes nothing.
    #[test]
    fn the_defaults_of_the_documents_are_those_of_the_profiles() {
        let linux = [
            ("net.ipv4.tcp_sack", "1"),
            ("net.ipv4.tcp_dsack", "1"),
            ("net.ipv4.tcp_timestamps", "1"),
            ("net.ipv4.tcp_window_scaling", "1"),
            ("net.ipv4.tcp_ecn", "2"),
            ("net.ipv4.tcp_recovery", "1"),
            ("net.ipv4.tcp_early_retrans", "3"),
            ("net.ipv4.tcp_slow_start_after_idle", "1"),
            ("net.ipv4.tcp_syn_retries", "6"),
            ("net.ipv4.tcp_syn_linear_timeouts", "4"),
            ("net.ipv4.tcp_synack_retries", "5"),
            ("net.ipv4.tcp_retries1", "3"),
            ("net.ipv4.tcp_retries2", "15"),
            ("net.ipv4.tcp_rto_min_us", "200000"),
            ("net.ipv4.tcp_rto_max_ms", "120000"),
            ("net.ipv4.tcp_fin_timeout", "60"),
            ("net.ipv4.tcp_keepalive_time", "7200"),
            ("net.ipv4.tcp_keepalive_intvl", "75"),
            ("net.ipv4.tcp_keepalive_probes", "9"),
            ("net.ipv4.tcp_invalid_ratelimit", "500"),
            ("net.ipv4.tcp_min_snd_mss", "48"),
            ("net.ipv4.tcp_reordering", "3"),
            ("net.ipv4.tcp_challenge_ack_limit", "2147483647"),
            ("net.ipv4.tcp_notsent_lowat", "4294967295"),
            ("net.ipv4.tcp_comp_sack_nr", "44"),
            ("net.ipv4.tcp_tw_reuse", "2"),
            ("net.core.somaxconn", "4096"),
        ];
        assert_eq!(config(&linux), Config::linux());
        let mut freebsd = Config::freebsd();
        for (name, value) in [
            ("net.inet.tcp.sack.enable", "1"),
            ("net.inet.tcp.rfc1323", "1"),
            ("net.inet.tcp.ecn.enable", "2"),
            ("net.inet.tcp.initcwnd_segments", "10"),
            ("net.inet.tcp.rexmit_min", "30"),
            ("net.inet.tcp.retries", "12"),
            ("net.inet.tcp.keepidle", "7200000"),
            ("net.inet.tcp.keepintvl", "75000"),
            ("net.inet.tcp.keepcnt", "8"),
            ("net.inet.tcp.finwait2_timeout", "60000"),
            ("net.inet.tcp.msl", "30000"),
            ("net.inet.tcp.delacktime", "40"),
            ("net.inet.tcp.recvspace", "65535"),
            ("kern.ipc.maxsockbuf", "2097152"),
        ] {
            for change in set(name, value).unwrap().unwrap() {
                let Change::Tcp(setting, value) = change else { panic!("{name}") };
                freebsd.set(setting, &value).unwrap();
            }
        }
        assert_eq!(freebsd, Config::freebsd());
    }

    #[test]
    fn values_are_those_of_the_settings() {
        for (name, value, wanted) in [
            ("net.ipv4.tcp_ecn", "1", vec![tcp("ecn", "on")]),
            ("net.ipv4.tcp_timestamps", "2", vec![tcp("timestamps", "on")]),
            ("net.ipv4.tcp_early_retrans", "0", vec![tcp("tail-loss-probe", "off")]),
            ("net.ipv4.tcp_congestion_control", "reno", vec![tcp("congestion", "reno")]),
            ("net.inet.tcp.cc.algorithm", "newreno", vec![tcp("congestion", "reno")]),
            ("net.inet.tcp.rfc1323", "3", vec![tcp("window-scaling", "off"), tcp("timestamps", "on")]),
            ("net.inet.tcp.msl", "30000", vec![tcp("time-wait", "60000ms")]),
            ("net.ipv4.ip_default_ttl", "3", vec![Change::HopLimit(3)]),
            ("net.ipv6.conf.tun0.hop_limit", "3", vec![Change::HopLimit(3)]),
            (
                "net.ipv4.ip_local_port_range",
                "32768  60999",
                vec![Change::FirstPort(32_768), Change::LastPort(60_999)],
            ),
            ("net.core.rmem_max", "212992", vec![Change::ReceiveMost(212_992)]),
            ("net.ipv4.tcp_fastopen_key", "a-b-c-d", vec![]),
            ("net.inet.tcp.hostcache.purgenow", "1", vec![]),
        ] {
            assert_eq!(set(name, value), Ok(Some(wanted)), "{name}");
        }
        assert_eq!(set("net.ipv4.tcp_nonsense", "1"), Ok(None));
    }

    #[test]
    fn what_is_not_here_is_refused_with_the_reason() {
        for (name, value, wanted) in [
            ("net.ipv4.tcp_ecn", "3", "`net.ipv4.tcp_ecn=3`: there is no accurate ECN (RFC 9768)"),
            (
                "net.ipv4.tcp_congestion_control",
                "bbr",
                "`net.ipv4.tcp_congestion_control=bbr`: there are reno and cubic here",
            ),
            ("net.ipv4.tcp_syncookies", "2", "`net.ipv4.tcp_syncookies=2`: there are no SYN cookies"),
            (
                "net.ipv4.tcp_mtu_probing",
                "1",
                "`net.ipv4.tcp_mtu_probing=1`: paths are not probed for their MTU (RFC 4821)",
            ),
            (
                "net.ipv4.tcp_rmem",
                "4096 x",
                "`net.ipv4.tcp_rmem=4096 x`: this has to be three numbers: least, first, most",
            ),
            (
                "net.inet.tcp.functions_default",
                "rack",
                "`net.inet.tcp.functions_default=rack`: there is one stack here",
            ),
        ] {
            assert_eq!(set(name, value).unwrap_err(), wanted);
        }
    }

    /// Each setting of the table is one of TCP.
    #[test]
    fn each_setting_there_is() {
        let known: Vec<&str> = Config::settings().collect();
        for (names, how) in TABLE {
            if let Set(setting, ..) = how {
                assert!(known.contains(setting), "{names:?}: {setting}");
            }
        }
    }
}
