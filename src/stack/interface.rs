//! Interfaces and their addresses.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use ipnet::IpNet;

use crate::field::Mac;
use crate::time::Time;

/// The number of an interface in its stack, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub u16);

/// What an interface is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Ethernet, with this address.
    Ethernet(Mac),
    /// The host itself: 127.0.0.0/8 and ::1. Its frames are IP packets without anything in front.
    Loopback,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name: `eth0`.
    pub name: String,
    /// What it is attached to.
    pub medium: Medium,
    /// The longest IP packet that fits into a frame, in bytes.
    pub mtu: u32,
    /// Its addresses, the first of a family being the one that is preferred.
    pub addresses: Vec<Address>,
}

/// An address of an interface, with the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address and the prefix's length.
    pub network: IpNet,
    /// Whether it can be used.
    pub state: AddressState,
    /// From then on it should not be used for what is new.
    pub preferred_until: Time,
    /// From then on it is gone.
    pub valid_until: Time,
}

/// Whether an address can be used (RFC 4862 section 5, RFC 5227).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// It is being asked whether somebody else has it.
    Tentative,
    /// It can be used.
    Preferred,
    /// It is used for what goes on, and not for what is new.
    Deprecated,
    /// Somebody else has it.
    Duplicate,
}

impl Address {
    /// An address that is there for good, and can be used at once.
    pub const fn permanent(network: IpNet) -> Self {
        Self {
            network,
            state: AddressState::Preferred,
            preferred_until: Time::NEVER,
            valid_until: Time::NEVER,
        }
    }

    /// Whether packets to and from it are this host's.
    pub const fn is_usable(&self) -> bool {
        matches!(self.state, AddressState::Preferred | AddressState::Deprecated)
    }
}

impl Interface {
    /// Its Ethernet address, if it has one.
    pub const fn mac(&self) -> Option<Mac> {
        match self.medium {
            Medium::Ethernet(mac) => Some(mac),
            Medium::Loopback => None,
        }
    }

    /// Whether it has this address and may use it.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.network.addr() == address && own.is_usable())
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interface {}", self.0)
    }
}
