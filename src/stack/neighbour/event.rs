//! What happens to a host's own addresses.

use core::fmt;
use core::net::IpAddr;

use crate::field::Mac;
use crate::stack::InterfaceId;

/// What happened to an address of the host's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressEvent {
    /// The interface that has it.
    pub interface: InterfaceId,
    /// The address.
    pub address: IpAddr,
    /// What happened.
    pub change: AddressChange,
}

/// What can happen to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressChange {
    /// Nobody else has it: it can be used.
    Ready,
    /// It is for what goes on, and not for what is new.
    Deprecated,
    /// Somebody else uses it too, and it was defended.
    Defended {
        /// Who, if that is known.
        by: Option<Mac>,
    },
    /// Somebody else has it: it is not used any more.
    Lost {
        /// Who, if that is known.
        to: Option<Mac>,
    },
    /// It is gone: its time is over, or it was taken away.
    Gone,
}

impl fmt::Display for AddressEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { interface, address, change } = self;
        match change {
            AddressChange::Ready => write!(f, "{interface}: {address} can be used"),
            AddressChange::Deprecated => write!(f, "{interface}: {address} is deprecated"),
            AddressChange::Defended { by: Some(mac) } => {
                write!(f, "{interface}: {address} is used by {mac} too, and was defended")
            }
            AddressChange::Defended { by: None } => {
                write!(f, "{interface}: {address} is used by somebody else too, and was defended")
            }
            AddressChange::Lost { to: Some(mac) } => write!(f, "{interface}: {address} belongs to {mac}"),
            AddressChange::Lost { to: None } => write!(f, "{interface}: {address} belongs to somebody else"),
            AddressChange::Gone => write!(f, "{interface}: {address} is gone"),
        }
    }
}
