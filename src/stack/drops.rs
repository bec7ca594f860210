//! What was dropped, and why.

use core::fmt;

/// Declares the reasons: name, the word it is counted under, what it means.
macro_rules! reasons {
    ($($Name:ident, $word:literal, $text:literal;)*) => {
        /// Why a frame, a packet or a segment was dropped.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum DropReason {
            $(#[doc = $text] $Name,)*
        }

        impl DropReason {
            /// All of them, in the order of the floors.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// The word that it is counted under: `ip.checksum`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$Name => $word,)*
                }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$Name => $text,)*
                }
            }
        }
    };
}

reasons! {
    NoInterface, "link.interface", "the frame came by an interface that there is not";
    NotForUs, "link.destination", "the frame is for another station";
    LinkMalformed, "link.malformed", "the frame is cut short";
    LinkDown, "link.down", "the interface is down";
    EtherType, "link.type", "nothing here speaks what the frame carries";
    TransmitQueue, "link.queue", "too many frames wait to be sent";
    LoopbackQueue, "link.loopback", "too many packets of the host to itself wait";
    ArpMalformed, "arp.malformed", "the ARP packet says nothing sensible";
    NdpMalformed, "ndp.malformed", "the neighbour discovery message breaks a rule of RFC 4861";
    NeighbourNotForUs, "neighbour.destination", "the question for an address, or the word of one, is not for this host";
    NeighbourQueue, "neighbour.queue", "too many packets wait for the neighbour's address";
    NeighbourTable, "neighbour.table", "too many neighbours";
    NeighbourUnreachable, "neighbour.unreachable", "the neighbour does not answer";
    AddressEvents, "neighbour.events", "too many events of addresses wait to be taken";
    IpMalformed, "ip.malformed", "the IP header is cut short or says what cannot be";
    IpChecksum, "ip.checksum", "the IPv4 header's checksum is wrong";
    IpSource, "ip.source", "no packet can come from this source";
    IpDestination, "ip.destination", "the packet is for another host";
    IpOptions, "ip.options", "an option or an extension header that is not accepted";
    IpProtocol, "ip.protocol", "nothing here speaks what the packet carries";
    IpFragment, "ip.fragment", "a fragment that does not fit with the others";
    ReassemblyFull, "ip.reassembly.full", "too many fragments wait for the rest";
    ReassemblyEvicted, "ip.reassembly.evicted", "a datagram in fragments that gave way to a newer one";
    ReassemblyTimeout, "ip.reassembly.timeout", "fragments are missing";
    HopLimit, "ip.ttl", "the packet has gone through too many routers";
    NoRoute, "ip.route", "no route leads there";
    TooBig, "ip.too_big", "the packet is longer than the link can carry, and is not to be cut";
    PathMtus, "ip.path_mtus", "a path MTU that was forgotten before its time: too many of them";
    LocalErrors, "ip.errors", "too many errors that the host has found itself wait to be taken";
    NatMalformed, "nat.malformed", "a packet to be translated is cut short, or an error whose checksums are wrong";
    NatProtocol, "nat.protocol", "the packet carries what is not translated, or there is no address to translate to";
    NatFiltered, "nat.filtered", "no mapping lets the packet in";
    NatUnsolicited, "nat.unsolicited", "a SYN that nobody inside waits for";
    NatError, "nat.error", "an ICMP error about nothing that was translated";
    NatFull, "nat.full", "too many sessions, of all or of the host inside";
    NatEvicted, "nat.evicted", "a session that nobody had answered, which gave way to a newer one of the same host";
    NatPorts, "nat.ports", "no port is left to translate to";
    IcmpMalformed, "icmp.malformed", "the ICMP message is cut short or its checksum is wrong";
    IcmpLimited, "icmp.limited", "an ICMP error that was not sent: too many of them";
    IcmpToGroup, "icmp.group", "an echo request to all, which is not answered";
    IcmpUnknown, "icmp.unknown", "an ICMP message that nobody waits for";
    UdpMalformed, "udp.malformed", "the UDP header is cut short or its length is wrong";
    UdpChecksum, "udp.checksum", "the UDP checksum is wrong, or missing over IPv6";
    UdpPort, "udp.port", "nobody listens on that UDP port";
    UdpFull, "udp.full", "the UDP socket's buffer is full";
    SocketErrors, "socket.errors", "an error about a message that was not told: too many of them";
    TcpMalformed, "tcp.malformed", "the TCP header is cut short or its length is wrong";
    TcpChecksum, "tcp.checksum", "the TCP checksum is wrong";
    TcpPort, "tcp.port", "no connection and no listener for that TCP segment";
    TcpBacklog, "tcp.backlog", "the listener's queue is full";
    TcpWindow, "tcp.window", "the segment lies outside the window";
    TcpOldTimestamp, "tcp.paws", "the segment's timestamp is older than the last (PAWS)";
    TcpNoTimestamp, "tcp.no_timestamp", "the segment lacks the timestamp that was agreed on";
    TcpAck, "tcp.ack", "the segment acknowledges what cannot be";
    TcpNoAck, "tcp.no_ack", "the segment has no ACK where one is needed";
    TcpReset, "tcp.reset", "a reset that does not fit (RFC 5961)";
    TcpSyn, "tcp.syn", "a SYN where none belongs (RFC 5961)";
    TcpDuplicate, "tcp.duplicate", "all that the segment carries is there already";
    TcpBuffer, "tcp.buffer", "no room for what came out of order";
    TcpClosed, "tcp.closed", "data for a socket that was closed";
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

/// How much was dropped, by reason.
///
/// ```
/// use layercake::stack::{DropReason, Drops};
///
/// let mut drops = Drops::default();
/// drops.count(DropReason::IpChecksum);
/// assert_eq!(drops.of(DropReason::IpChecksum), 1);
/// assert_eq!(drops.iter().collect::<Vec<_>>(), [(DropReason::IpChecksum, 1)]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Drops([u64; DropReason::ALL.len()]);

impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(reason, count)| (reason.word(), count))).finish()
    }
}

impl Default for Drops {
    fn default() -> Self {
        Self([0; DropReason::ALL.len()])
    }
}

impl Drops {
    /// Counts one.
    pub fn count(&mut self, reason: DropReason) {
        self.add(reason, 1);
    }

    /// Counts several.
    pub(crate) fn add(&mut self, reason: DropReason, more: u64) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count = count.saturating_add(more);
        }
    }

    /// How many were dropped for this reason.
    pub fn of(&self, reason: DropReason) -> u64 {
        self.0.get(reason as usize).copied().unwrap_or(0)
    }

    /// How many were dropped for any reason.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The reasons that occurred, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.iter().copied().zip(self.0.iter().copied()).filter(|(_, count)| *count > 0)
    }
}
