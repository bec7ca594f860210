//! What stands above the first packet: options, settings, the calls that set up.

use std::net::IpAddr;

use super::plan::Plan;
use super::view::{offered, segment_size, shift};
use crate::drill::script::{OptionKind, Tcp};

/// From when on the host does not acknowledge at once, but waits for data to go with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Patience {
    /// As its profile has it.
    #[default]
    Usual,
    /// From the beginning.
    Always,
    /// From when it has answered once, as Linux does it.
    WhenItAnswers,
}

/// How the host is to behave where the capture does not say it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    pub profile: Option<&'static str>,
    pub patience: Patience,
}

/// What stands above the first packet.
pub(super) fn head(plan: &Plan, host: IpAddr, profile: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    if host.is_ipv6() {
        lines.push("--ip_version=ipv6".to_owned());
    }
    if let Some(profile) = profile {
        lines.push(format!("--profile={profile}"));
    }
    let mtu = plan.own.as_ref().and_then(segment_size).map(|size| mtu(size, host));
    lines.extend(mtu.filter(|mtu| *mtu != 1500).map(|mtu| format!("--mtu={mtu}")));
    let sysctls = sysctls(plan);
    if !sysctls.is_empty() {
        lines.push(format!("`sysctl -q {}`", sysctls.join(" ")));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if !plan.has_socket {
        return lines;
    }
    lines.push("0         socket(..., SOCK_STREAM, IPPROTO_TCP) = 3".to_owned());
    let calls = match plan.is_active {
        true => {
            let mut calls = vec![without_blocking(3)];
            calls.extend(plan.without_delay.then(|| without_delay(3)));
            calls
        }
        false => vec!["bind(3, ..., ...) = 0".to_owned(), "listen(3, 1) = 0".to_owned()],
    };
    lines.extend(calls.iter().map(|call| format!("+0        {call}")));
    lines
}

/// The longest IP packet of a line on which the host announces this segment size.
fn mtu(size: i64, host: IpAddr) -> i64 {
    let (headers, least) = if host.is_ipv4() { (40, 68) } else { (60, 1280) };
    size.saturating_add(headers).clamp(least, 65_535)
}

/// What a SYN can leave out, and the setting by which it does.
const SWITCHES: &[(&str, IsThere)] = &[
    ("net.ipv4.tcp_sack", |kind| matches!(kind, OptionKind::SackPermitted)),
    ("net.ipv4.tcp_timestamps", |kind| matches!(kind, OptionKind::Timestamps { .. })),
    ("net.ipv4.tcp_window_scaling", |kind| matches!(kind, OptionKind::WindowScale(_))),
];

type IsThere = fn(&OptionKind) -> bool;

/// Settings without which the host would not have opened the connection so.
fn sysctls(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(own) = &plan.own else { return lines };
    let peer = plan.other.as_ref().filter(|_| !plan.is_active);
    let is_there =
        |tcp: &Tcp, of: fn(&OptionKind) -> bool| offered(tcp, |kind| of(kind).then_some(())).is_some();
    for (name, of) in SWITCHES {
        // Who answers has what the other side offers.
        if !is_there(own, *of) && peer.is_none_or(|peer| is_there(peer, *of)) {
            lines.push(format!("{name}=0"));
        }
    }
    let asks = |tcp: &Tcp| tcp.flags.ece && tcp.flags.cwr;
    match peer {
        None if asks(own) => lines.push("net.ipv4.tcp_ecn=1".to_owned()),
        Some(peer) if asks(peer) && !own.flags.ece => lines.push("net.ipv4.tcp_ecn=0".to_owned()),
        _ => {}
    }
    lines.extend(buffer(plan, own));
    lines
}

/// The window scale of a Linux host with its usual buffers.
const USUAL_SHIFT: i64 = 10;
/// The windows that it begins with.
const USUAL_WINDOW: std::ops::RangeInclusive<i64> = 60_000..=66_560;

/// A buffer for the window scale and the largest window of the host; half of what Linux is told is the window.
fn buffer(plan: &Plan, own: &Tcp) -> Option<String> {
    let shift = shift(own);
    let is_usual = shift.is_none_or(|shift| shift == USUAL_SHIFT);
    if plan.window == 0 || is_usual && USUAL_WINDOW.contains(&plan.window) {
        return None;
    }
    let shift = shift.unwrap_or(USUAL_SHIFT);
    let most = 65_535i64 << shift;
    // A window is announced in units that are no more than a sixteenth of it.
    let first = plan.window.max(16 << shift).saturating_mul(2).clamp(2, i64::from(u32::MAX));
    Some(format!("net.ipv4.tcp_rmem='4096 {first} {most}'"))
}

/// Calls do not wait.
pub(super) fn without_blocking(fd: u32) -> String {
    format!("fcntl({fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0")
}

/// Small segments do not wait.
pub(super) fn without_delay(fd: u32) -> String {
    format!("setsockopt({fd}, SOL_TCP, TCP_NODELAY, [1], 4) = 0")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::view::tests::{captured, host};
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let plan = Plan::of(&captured(text), host());
        let all = head(&plan, host().ip(), None);
        all.into_iter()
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with(['-', '`']))
            .collect()
    }

    #[test]
    fn what_a_syn_lacks_was_switched_off() {
        let offers = "0 < S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>\n";
        let answers = |options: &str| lines(&format!("{offers} +0 > S. 0:0(0) ack 1 win 65160 <{options}>"));
        assert_eq!(answers("mss 1460,sackOK,TS val 1 ecr 1,nop,wscale 10"), [""; 0]);
        assert_eq!(
            answers("mss 1460"),
            ["`sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0`"]
        );
        assert_eq!(
            answers("mss 1360,sackOK,TS val 1 ecr 1,nop,wscale 7"),
            ["--mtu=1400", "`sysctl -q net.ipv4.tcp_rmem='4096 130320 8388480'`"]
        );
        // What was not offered could not be taken.
        assert_eq!(lines("0 < S 0:0(0) <mss 1460>\n +0 > S. 0:0(0) ack 1 win 64240 <mss 1460>"), [""; 0]);
    }

    #[test]
    fn ecn_is_asked_for_or_refused() {
        assert_eq!(
            lines("0 > SEW 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>"),
            ["`sysctl -q net.ipv4.tcp_ecn=1`"]
        );
        assert_eq!(
            lines("0 < SEW 0:0(0) <mss 1460>\n +0 > S. 0:0(0) ack 1 win 64240 <mss 1460>"),
            ["`sysctl -q net.ipv4.tcp_ecn=0`"]
        );
    }
}
