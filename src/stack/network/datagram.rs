//! What the floor above is given: datagrams, and errors about what it sent.

use alloc::borrow::Cow;
use core::net::IpAddr;
use core::ops::RangeFrom;

use crate::checksum::Pseudo;
use crate::names::IpProtocol;
use crate::stack::InterfaceId;

/// What IP says of a datagram, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub source: IpAddr,
    pub destination: IpAddr,
    /// What it carries, behind extension headers.
    pub protocol: IpProtocol,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// Codepoint and congestion notification: the type of service, or the traffic class.
    pub traffic_class: u8,
}

impl Envelope {
    /// The addresses as a transport checksum covers them.
    pub fn pseudo(&self) -> Option<Pseudo> {
        match (self.source, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => Some(Pseudo::v4(source, destination)),
            (IpAddr::V6(source), IpAddr::V6(destination)) => Some(Pseudo::v6(source, destination)),
            _ => None,
        }
    }
}

/// How many a destination stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    /// One host.
    Unicast,
    /// All on a link.
    Broadcast,
    /// A group.
    Multicast,
}

/// A datagram for this host, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Datagram<'a> {
    /// The interface that it came by.
    pub interface: InterfaceId,
    pub envelope: Envelope,
    pub cast: Cast,
    /// From the IP header on, as an ICMP error quotes it; owned if it was put together from fragments.
    pub packet: Cow<'a, [u8]>,
    /// Bytes in front of the transport header.
    pub header: usize,
    /// Where the number of the protocol stands, which an ICMPv6 error points at.
    pub protocol_at: usize,
}

impl<'a> Datagram<'a> {
    /// What IP carries: the transport header and what follows it.
    pub fn payload(&self) -> &[u8] {
        self.packet.get(self.header..).unwrap_or(&[])
    }

    /// What is behind so many bytes of the payload, for as long as the frame lives if it was not in fragments.
    pub fn into_payload(self, skip: usize) -> Cow<'a, [u8]> {
        behind(self.packet, self.header.saturating_add(skip)..)
    }
}

/// The end of some bytes, without a copy of those that are borrowed.
pub(super) fn behind(bytes: Cow<'_, [u8]>, range: RangeFrom<usize>) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(range).unwrap_or(&[])),
        Cow::Owned(mut bytes) => {
            bytes.drain(..range.start.min(bytes.len()));
            Cow::Owned(bytes)
        }
    }
}

/// What came for the floor above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival<'a> {
    /// Anything but ICMP.
    Datagram(Datagram<'a>),
    /// An error about a packet of ours.
    Error(IcmpError<'a>),
    /// An answer to an echo request.
    EchoReply { envelope: Envelope, identifier: u16, sequence: u16, data: Cow<'a, [u8]> },
    /// A packet from inside that needs a port of the outside address, of which the floor above has some too: [`Network::map`](super::Network::map).
    Unmapped { interface: InterfaceId, packet: Cow<'a, [u8]> },
}

/// An error about a packet of ours. That there was such a packet has to be confirmed by whoever sent it (RFC 5927).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IcmpError<'a> {
    pub kind: ErrorKind,
    /// Who says so: a router, the destination, or this host itself.
    pub reporter: IpAddr,
    /// Of the packet that it is about: its source is this host.
    pub envelope: Envelope,
    /// The beginning of what that carried, 8 bytes at least.
    pub transport: Cow<'a, [u8]>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// No route to the network.
    Net,
    /// No route to the host, or it does not answer.
    Host,
    /// The destination does not speak the protocol.
    Protocol,
    /// Nobody listens on the port.
    Port,
    /// A rule forbids it.
    Prohibited,
    /// The packet is longer than a link on its way can carry.
    TooBig { mtu: u32 },
    /// The packet has gone through too many routers.
    HopLimit,
    /// Fragments were missing.
    ReassemblyTime,
    /// Something in a header is not understood: of ICMPv6 with its code, and where.
    Parameter { code: u8, pointer: u32 },
}
