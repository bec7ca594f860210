//! How a host finds its neighbours, and how much it keeps about them.

use alloc::vec::Vec;
use core::time::Duration;

use ipnet::Ipv6Net;

use crate::stack::InterfaceId;

/// How a host finds its neighbours, and how much it keeps about them.
///
/// The figures of the RFCs are the defaults; where they give none, those of Linux are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Neighbours that are kept; the stale one that was used longest ago gives way. 1,024: `gc_thresh3` of Linux.
    pub entries: usize,
    /// Of them, how many may be asked for at once; the oldest gives way, so that a scan of a network does not drive out who is known
    /// (RFC 6583 section 7.1). 256.
    pub unresolved: usize,
    /// Frames that wait for one neighbour; the oldest gives way. 101: what Linux takes since 3.3, and more than a datagram of 64 KiB has
    /// fragments. RFC 1122 section 2.3.2.2 wants one at least.
    pub waiting: usize,
    /// Bytes that wait for all neighbours. 1 MiB.
    pub waiting_bytes: usize,
    /// How often everybody is asked for an address. 3: `MAX_MULTICAST_SOLICIT` (RFC 4861 section 10).
    pub multicast_solicit: u8,
    /// How often a neighbour is asked whether it is still there. 3: `MAX_UNICAST_SOLICIT`.
    pub unicast_solicit: u8,
    /// Time between two questions. 1 s: `RETRANS_TIMER`, and the limit of RFC 1122 section 2.3.2.1.
    pub retransmit: Duration,
    /// How long a neighbour counts as reachable, before it is made random (0.5 to 1.5 times as long). 30 s: `REACHABLE_TIME`.
    pub reachable: Duration,
    /// How long an upper layer has to say that a neighbour is reachable before it is asked. 5 s: `DELAY_FIRST_PROBE_TIME`.
    pub delay: Duration,
    /// Addresses of an interface, those that routers' prefixes make included. 16: `max_addresses` of Linux.
    pub addresses: usize,
    /// An IPv4 address is probed for 4 to 7 s before it is used, and announced (RFC 5227). Off, as hosts that have their addresses from
    /// their owner do; a conflict is noticed and the address defended in any case.
    pub probe_ipv4: bool,
    /// An IPv4 address is kept even if somebody else insists on it (RFC 5227 section 2.4 (c)): for servers and routers. Off.
    pub insist: bool,
    /// How often an IPv6 address is asked for before it is used; 0 for not at all. 1: `DupAddrDetectTransmits` (RFC 4862 section 5.1).
    pub dad_transmits: u8,
    /// An interface gets a link-local address when it is attached (RFC 4862 section 5.3). On.
    pub link_local: bool,
    /// A host asks for routers and makes addresses with their prefixes (RFC 4861 section 6.3, RFC 4862 section 5.5). On.
    pub autoconfigure: bool,
    /// What a router says of its links (RFC 4861 section 6.2); nothing is advertised on a link without a line.
    pub advertise: Vec<Advertise>,
}

/// A prefix that a router advertises on a link. The router needs an address in it, or a route to it, of its own: this says only what hosts
/// are told. Interfaces have the numbers in which they are added, from 1; 0 is the loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertise {
    /// The link.
    pub interface: InterfaceId,
    /// The prefix: it is on the link, and if it has 64 bits addresses may be made with it.
    pub prefix: Ipv6Net,
    /// Seconds for which it is valid. 2,592,000 (30 days): `AdvValidLifetime` (RFC 4861 section 6.2.1).
    pub valid: u32,
    /// Seconds for which addresses made with it are preferred. 604,800 (7 days): `AdvPreferredLifetime`.
    pub preferred: u32,
}

impl Advertise {
    /// A prefix with the lifetimes of RFC 4861 section 6.2.1.
    pub const fn new(interface: InterfaceId, prefix: Ipv6Net) -> Self {
        Self { interface, prefix, valid: 2_592_000, preferred: 604_800 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            entries: 1024,
            unresolved: 256,
            waiting: 101,
            waiting_bytes: 1 << 20,
            multicast_solicit: 3,
            unicast_solicit: 3,
            retransmit: Duration::from_secs(1),
            reachable: Duration::from_secs(30),
            delay: Duration::from_secs(5),
            addresses: 16,
            probe_ipv4: false,
            insist: false,
            dad_transmits: 1,
            link_local: true,
            autoconfigure: true,
            advertise: Vec::new(),
        }
    }
}
