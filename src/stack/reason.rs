//! Why a frame is sent.

use core::fmt;
use core::net::IpAddr;

use super::tcp;
use crate::names::IpProtocol;

/// Why a frame is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Everybody is asked who has an address.
    WhoHas {
        /// The address.
        address: IpAddr,
        /// Which question this is, from 1.
        attempt: u8,
        /// How many there are.
        of: u8,
    },
    /// A neighbour is asked whether it is still there.
    StillThere {
        /// Its address.
        address: IpAddr,
        /// Which question this is, from 1.
        attempt: u8,
        /// How many there are.
        of: u8,
    },
    /// Somebody asked for an address that is this host's.
    HereIs(IpAddr),
    /// Before an address is used, everybody is asked whether it is taken.
    IsItTaken {
        /// The address.
        address: IpAddr,
        /// Which probe this is, from 1.
        attempt: u8,
        /// How many there are.
        of: u8,
    },
    /// An address is used from now on.
    Announced {
        /// The address.
        address: IpAddr,
        /// Which announcement this is, from 1.
        attempt: u8,
        /// How many there are.
        of: u8,
    },
    /// Somebody else uses an address of this host's.
    Defended(IpAddr),
    /// Routers are asked for.
    AnyRouters {
        /// Which question this is, from 1.
        attempt: u8,
        /// How many there are.
        of: u8,
    },
    /// A router says what it and its link are.
    RouterHere,
    /// What an application asked for.
    Application,
    /// An echo request.
    Echo {
        /// Its sequence number.
        sequence: u16,
    },
    /// An echo request is answered.
    EchoReply {
        /// Its sequence number.
        sequence: u16,
    },
    /// A segment of TCP.
    Tcp(tcp::Reason),
    /// It is not for this host, which is a router.
    Forwarded,
    /// A packet is longer than the next link can carry.
    TooBig {
        /// Its length.
        length: u32,
        /// What the link can carry.
        mtu: u32,
    },
    /// A packet has gone through too many routers, of which this is the last.
    HopLimit,
    /// No route leads to the destination of a packet.
    NoRoute(IpAddr),
    /// A host does not answer, so that a packet cannot go to it.
    NoAnswer(IpAddr),
    /// Nothing here speaks what a packet carries.
    NoProtocol(IpProtocol),
    /// Nobody listens on the port that a datagram is for.
    NoPort(u16),
    /// A rule forbids packets to a destination.
    Prohibited(IpAddr),
    /// The rest of a datagram in fragments has not come.
    FragmentsMissing {
        /// Who sent them.
        from: IpAddr,
    },
    /// Something in the headers of a packet is not understood.
    NotUnderstood {
        /// Where it stands, in bytes from the first of the packet.
        at: u32,
    },
    /// There is a better way than by this router.
    Redirect {
        /// Where to.
        destination: IpAddr,
        /// The router to send to, or the destination itself.
        to: IpAddr,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WhoHas { address, attempt, of } => {
                write!(f, "who has {address}? attempt {attempt} of {of}")
            }
            Self::StillThere { address, attempt, of } => {
                write!(f, "is {address} still there? attempt {attempt} of {of}")
            }
            Self::HereIs(address) => write!(f, "{address} is here, an answer"),
            Self::IsItTaken { address, attempt, of } => {
                write!(f, "is {address} taken? probe {attempt} of {of}")
            }
            Self::Announced { address, attempt, of } => {
                write!(f, "{address} is here from now on, announcement {attempt} of {of}")
            }
            Self::Defended(address) => write!(f, "{address} is defended: somebody else uses it"),
            Self::AnyRouters { attempt, of } => write!(f, "is there a router? attempt {attempt} of {of}"),
            Self::RouterHere => f.write_str("a router says what it and its link are"),
            Self::Application => f.write_str("data of the application"),
            Self::Echo { sequence } => write!(f, "echo request {sequence}"),
            Self::EchoReply { sequence } => write!(f, "echo request {sequence} is answered"),
            Self::Tcp(reason) => reason.fmt(f),
            Self::TooBig { length, mtu } => {
                write!(f, "a packet of {length} bytes is too long for the next link, which carries {mtu}")
            }
            Self::HopLimit => f.write_str("a packet has gone through too many routers"),
            Self::NoRoute(destination) => write!(f, "no route leads to {destination}"),
            Self::NoAnswer(destination) => write!(f, "{destination} does not answer"),
            Self::NoProtocol(protocol) => write!(f, "the protocol {protocol} is not spoken here"),
            Self::NoPort(port) => write!(f, "nobody listens on port {port}"),
            Self::Prohibited(destination) => write!(f, "a rule forbids packets to {destination}"),
            Self::FragmentsMissing { from } => write!(f, "fragments of a datagram from {from} are missing"),
            Self::NotUnderstood { at } => {
                write!(f, "something in the headers is not understood, at byte {at}")
            }
            Self::Redirect { destination, to } => {
                write!(f, "a redirect: to {destination} there is a better way by {to}")
            }
            Self::Forwarded => f.write_str("forwarded"),
        }
    }
}
