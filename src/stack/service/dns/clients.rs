//! Who may ask.

use alloc::vec::Vec;
use core::net::IpAddr;

use ipnet::IpNet;

use super::front::Client;
use crate::stack::{InterfaceId, Stack};

/// Who may ask a resolver. What others ask is not answered: who asks on for everybody is used against everybody (RFC 5358).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Clients {
    /// The host itself, and the networks of its interfaces, as they are when it is asked; not those behind other routers. Where addresses are translated
    /// ([`Stack::nat`]) the interface outside does not count.
    #[default]
    Near,
    /// Hosts of these networks, wherever they are.
    Of(Vec<IpNet>),
    /// Whoever asks.
    Everybody,
}

impl Clients {
    /// Whether one of them has asked.
    pub(super) fn include(&self, stack: &Stack, client: &Client) -> bool {
        match self {
            Self::Near => is_near(stack, client),
            Self::Of(networks) => networks.iter().any(|network| network.contains(&client.address())),
            Self::Everybody => true,
        }
    }
}

fn is_near(stack: &Stack, client: &Client) -> bool {
    let address = client.address();
    let outside = stack.nat().map(|nat| nat.config().outside);
    // By the address of another a datagram can be sent, and no connection be opened.
    let (by, to) = match client {
        Client::Datagram(_, origin) => (Some(origin.interface), Some(origin.destination)),
        Client::Stream(socket, _) => {
            (None, stack.local_address(*socket).ok().flatten().map(|local| local.ip()))
        }
    };
    if by.is_some() && by == outside {
        return false;
    }
    let inside = stack.interfaces().iter().zip(0u16..).filter(|(_, id)| Some(InterfaceId(*id)) != outside);
    let mut networks = inside.filter(|(interface, _)| {
        // The network of one link has the number of every other's.
        let this_link = || !is_of_link(address) || to.is_some_and(|to| interface.has(to));
        let mut own = interface.addresses.iter().filter(|own| own.is_usable());
        own.any(|own| own.network.contains(&address)) && this_link()
    });
    stack.is_own(address) || networks.next().is_some()
}

/// Whether an address says nothing beyond a link (RFC 4291 section 2.5.6, RFC 3927).
const fn is_of_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}
