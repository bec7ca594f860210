//! What IP and ICMP may keep, and where the RFCs leave a choice.

use core::time::Duration;

/// What IP and ICMP may keep, and where the RFCs leave a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Routes that there may be: 4,096.
    pub routes: usize,
    /// Of these, routes that redirects have brought, and as many that router advertisements have: 256.
    pub learned_routes: usize,
    /// Multicast groups that may be joined: 256.
    pub groups: usize,
    /// Datagrams whose fragments are collected at once: 64. The one that has waited longest gives way to another.
    pub reassembly_datagrams: usize,
    /// Bytes of all fragments that wait: 1 MiB.
    pub reassembly_bytes: usize,
    /// Fragments of one datagram: 256.
    pub reassembly_fragments: usize,
    /// How long fragments wait for the rest over IPv4: 30 s, as Linux does; RFC 1122 section 3.3.2 has 60 to 120 s.
    pub reassembly_ipv4: Duration,
    /// How long fragments wait for the rest over IPv6: 60 s (RFC 8200 section 4.5).
    pub reassembly_ipv6: Duration,
    /// Destinations whose path MTU is remembered: 1,024. The one that is forgotten next gives way to another.
    pub path_mtus: usize,
    /// How long a path MTU is remembered: 10 minutes (RFC 1191 section 6.3, RFC 8201 section 4).
    pub path_mtu_life: Duration,
    /// Packets from this host to itself that may wait: 1,024.
    pub looped: usize,
    /// Redirects are followed, unless the host is a router: yes.
    pub redirects: bool,
    /// How long a redirect is followed: 5 minutes.
    pub redirect_life: Duration,
    /// ICMP errors in a row, to all: 50 on average, how many each time is random.
    pub errors_burst: u32,
    /// Then one in this time: 1 ms.
    pub errors_interval: Duration,
    /// ICMP errors in a row to one destination: 6. Packet too big and fragmentation needed are not counted.
    pub errors_burst_to_one: u32,
    /// Then one in this time to that destination: 1 s.
    pub errors_interval_to_one: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            routes: 4096,
            learned_routes: 256,
            groups: 256,
            reassembly_datagrams: 64,
            reassembly_bytes: 1 << 20,
            reassembly_fragments: 256,
            reassembly_ipv4: Duration::from_secs(30),
            reassembly_ipv6: Duration::from_secs(60),
            path_mtus: 1024,
            path_mtu_life: Duration::from_secs(600),
            looped: 1024,
            redirects: true,
            redirect_life: Duration::from_secs(300),
            errors_burst: 50,
            errors_interval: Duration::from_millis(1),
            errors_burst_to_one: 6,
            errors_interval_to_one: Duration::from_secs(1),
        }
    }
}
