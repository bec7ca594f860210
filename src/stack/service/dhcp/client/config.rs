//! How a DHCP client behaves where RFC 2131 leaves a choice.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

/// How a DHCP client behaves where RFC 2131 leaves a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// An address that it had before and would like to keep: it begins with INIT-REBOOT (section 3.2). None.
    pub address: Option<Ipv4Addr>,
    /// The name that it gives for itself (RFC 2132 section 3.14). None.
    pub host_name: Option<String>,
    /// What it is known by, a type and an identifier (RFC 2132 section 9.14), 2 to 255 bytes; without one, by its Ethernet address. None.
    pub identifier: Vec<u8>,
    /// The lease that it asks for, in seconds, which is only a wish (RFC 2132 section 9.2). None.
    pub lease: Option<u32>,
    /// The first message is sent after a time between these, so that not all do it at once after a power failure. 1 and 10 s (section 4.4.1).
    pub start: (Duration, Duration),
    /// How long it waits for better offers once it has one; one of the address that it had is taken at once. Nothing: the first is taken.
    pub collect: Duration,
    /// How often it asks for an address that was offered, or that it had, until it begins anew. 4: 60 s in all (section 3.1).
    pub requests: u8,
    /// Neighbours are asked whether one of them has the address, for 4 to 7 s, before it is used (section 4.4.1, RFC 5227). On.
    pub probe: bool,
    /// Answers are to be sent to everybody. Off: the stack takes them before it has an address. They are asked for that way on an interface that
    /// has another address, in any case.
    pub broadcast: bool,
    /// An offer for less seconds is none: whoever lends for a moment makes the client ask without end. 10.
    pub least_lease: u32,
    /// What routes cost that come with the address. 0.
    pub metric: u32,
    /// Classless routes (RFC 3442) that are taken from a server, at most. 64.
    pub routes: usize,
    /// The MTU that a server gives is used, if it is 576 at least and no more than that of the interface. On.
    pub mtu: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: None,
            host_name: None,
            identifier: Vec::new(),
            lease: None,
            start: (Duration::from_secs(1), Duration::from_secs(10)),
            collect: Duration::ZERO,
            requests: 4,
            probe: true,
            broadcast: false,
            least_lease: 10,
            metric: 0,
            routes: 64,
            mtu: true,
        }
    }
}
