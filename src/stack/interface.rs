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
#[non_exhaustive]
pub enum Medium {
    /// Ethernet, with this address.
    Ethernet(Mac),
    /// A line to somewhere that carries IP packets without anything in front, as a TUN device: there is nobody to be asked for.
    Ip,
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
    /// Frames can go out and come in; see [`Stack::set_link`](super::Stack::set_link).
    pub up: bool,
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
#[non_exhaustive]
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
            Medium::Ip | Medium::Loopback => None,
        }
    }

    /// Whether it has this address and may use it.
    pub fn has(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.network.addr() == address && own.is_usable())
    }
}

/// The interface as `ip addr` shows it, without its number.
///
/// ```
/// use layercake::stack::{Address, Interface, Medium};
///
/// let interface = Interface {
///     name: "eth0".to_string(),
///     medium: Medium::Ethernet("02:00:00:00:00:01".parse()?),
///     up: true,
///     mtu: 1500,
///     addresses: vec![Address::permanent("10.0.0.1/24".parse()?)],
/// };
/// assert_eq!(interface.to_string(), "eth0: mtu 1500 state UP\n    link/ether 02:00:00:00:00:01\n    inet 10.0.0.1/24 scope global");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: mtu {} state {}", self.name, self.mtu, if self.up { "UP" } else { "DOWN" })?;
        match self.medium {
            Medium::Ethernet(mac) => write!(f, "\n    link/ether {mac}")?,
            Medium::Ip => f.write_str("\n    link/none")?,
            Medium::Loopback => f.write_str("\n    link/loopback")?,
        }
        self.addresses.iter().try_for_each(|address| write!(f, "\n    {address}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (family, scope) = match self.network.addr() {
            address if address.is_loopback() => (address.is_ipv6(), "host"),
            IpAddr::V4(address) => (false, if address.is_link_local() { "link" } else { "global" }),
            IpAddr::V6(address) => (true, if address.is_unicast_link_local() { "link" } else { "global" }),
        };
        write!(f, "{} {} scope {scope}", if family { "inet6" } else { "inet" }, self.network)?;
        if self.valid_until < Time::NEVER {
            f.write_str(" dynamic")?;
        }
        f.write_str(match self.state {
            AddressState::Tentative => " tentative",
            AddressState::Preferred => "",
            AddressState::Deprecated => " deprecated",
            AddressState::Duplicate => " duplicate",
        })
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interface {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    /// A table like that of `ip addr`: scopes and states of addresses.
    #[test]
    fn a_table_of_addresses() {
        let address =
            |network: &str, state| Address { state, ..Address::permanent(network.parse().unwrap()) };
        let interface = Interface {
            name: "eth0".into(),
            medium: Medium::Ethernet(Mac([2, 0, 0, 0, 0, 1])),
            up: false,
            mtu: 1500,
            addresses: vec![
                address("10.0.0.1/24", AddressState::Preferred),
                address("169.254.7.7/16", AddressState::Duplicate),
                address("fe80::1/64", AddressState::Tentative),
                Address {
                    valid_until: Time::new(7200, 0),
                    ..address("2001:db8::1/64", AddressState::Deprecated)
                },
            ],
        };
        let table = "\
eth0: mtu 1500 state DOWN
    link/ether 02:00:00:00:00:01
    inet 10.0.0.1/24 scope global
    inet 169.254.7.7/16 scope link duplicate
    inet6 fe80::1/64 scope link tentative
    inet6 2001:db8::1/64 scope global dynamic deprecated";
        assert_eq!(interface.to_string(), table);
        let loopback = Interface {
            name: "lo".into(),
            medium: Medium::Loopback,
            up: true,
            mtu: 65536,
            addresses: vec![
                address("127.0.0.1/8", AddressState::Preferred),
                address("::1/128", AddressState::Preferred),
            ],
        };
        let table = "\
lo: mtu 65536 state UP
    link/loopback
    inet 127.0.0.1/8 scope host
    inet6 ::1/128 scope host";
        assert_eq!(loopback.to_string(), table);
    }
}
