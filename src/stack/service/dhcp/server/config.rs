//! What a DHCP server gives, and to whom.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use ipnet::Ipv4Net;

use super::Client;
use crate::field::Mac;
use crate::names::DhcpOption;

/// How a DHCP server behaves, and what it has to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The networks for which it has addresses: those of its own interfaces, and those of [relays](Subnet::relays). Who comes from another gets no answer. None.
    pub subnets: Vec<Subnet>,
    /// There is no other server for these networks: who asks for an address of which nothing is known is given it if it is free, and refused
    /// otherwise, where another server would be silent (RFC 2131 section 4.3.2). Who asks for an address of another network is refused in any
    /// case. Off.
    pub authoritative: bool,
    /// How long an address is pinged before it is offered (section 4.3.1); `None`: it is offered at once. 500 ms.
    pub ping: Option<Duration>,
    /// How long an offer is held. 60 s, as long as a client asks for it (section 3.1).
    pub hold: Duration,
    /// How long nobody gets an address that somebody has without having asked: a client has declined it, or it has answered a ping. 1 hour.
    pub unusable: Duration,
    /// Addresses that are pinged at once; beyond that they are offered without. 64.
    pub pings: usize,
    /// Offers that are held at once; the oldest gives way, so that clients that are invented cannot hold all addresses by asking. Its client
    /// gets the address all the same if nobody else has got it meanwhile. 1,024.
    pub offers: usize,
    /// Addresses of which something is known, at most; the one that was over first is forgotten. If none is over there are none left. 16,384.
    pub bindings: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            subnets: Vec::new(),
            authoritative: false,
            ping: Some(Duration::from_millis(500)),
            hold: Duration::from_secs(60),
            unusable: Duration::from_secs(3600),
            pings: 64,
            offers: 1024,
            bindings: 16_384,
        }
    }
}

/// A network, and what the hosts on it are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The network, whose mask and broadcast address hosts are told.
    pub network: Ipv4Net,
    /// First and last address of each range that is given out. What cannot be given is left out: addresses of this host and of the routers,
    /// those that are reserved, the first and the last one of the network.
    pub pools: Vec<[Ipv4Addr; 2]>,
    /// Who gets always the same.
    pub reservations: Vec<Reservation>,
    /// The addresses of relays that bring messages from this network, where no interface of this host is on it (RFC 2131 section 4.1): the one that
    /// they give as theirs there (`giaddr`), and the one that they send from if that is another. Both have to be here, and the way to both has to lead
    /// by the interface that the message came by; or else anybody anywhere could have the addresses of the pools, by saying that he is a relay
    /// (RFC 3046 section 7: the trust between relay and server is a matter of configuration). None.
    pub relays: Vec<Ipv4Addr>,
    /// The lease in seconds, for who does not ask for another. 3,600; `u32::MAX` is without end.
    pub lease: u32,
    /// The shortest and the longest lease that is given to who asks for one. 120, 86,400.
    pub bounds: (u32, u32),
    /// Routers, the best first.
    pub routers: Vec<Ipv4Addr>,
    /// Routes, each with its router (RFC 3442). Who asks for them is not told the routers, so that a route to everywhere by the first of these goes
    /// with them, if there is none.
    pub routes: Vec<(Ipv4Net, Ipv4Addr)>,
    /// DNS servers, the best first.
    pub dns: Vec<Ipv4Addr>,
    /// The domain in which to look names up.
    pub domain: Option<String>,
    /// The longest packet that the link carries, in bytes.
    pub mtu: Option<u16>,
    /// Other options with their data, for who asks for them.
    pub options: Vec<(DhcpOption, Vec<u8>)>,
}

/// An address that is always of one client. It need not be in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Who.
    pub client: Client,
    /// What.
    pub address: Ipv4Addr,
}

impl Subnet {
    /// A network with a range of addresses to give out, and nothing else to tell.
    pub fn new(network: Ipv4Net, pool: [Ipv4Addr; 2]) -> Self {
        Self {
            network,
            pools: [pool].into(),
            reservations: Vec::new(),
            relays: Vec::new(),
            lease: 3600,
            bounds: (120, 86_400),
            routers: Vec::new(),
            routes: Vec::new(),
            dns: Vec::new(),
            domain: None,
            mtu: None,
            options: Vec::new(),
        }
    }

    /// The lease of who asks for so many seconds, or for none in particular.
    pub(super) fn lease_for(&self, wish: Option<u32>) -> u32 {
        let (least, most) = self.bounds;
        wish.map_or(self.lease, |wish| wish.min(most).max(least))
    }

    /// The address that is reserved for a client: by its identifier, or by its Ethernet address.
    pub(super) fn reserved_for(&self, client: &Client, mac: Mac) -> Option<Ipv4Addr> {
        let find = |wanted: &Client| {
            let found = self.reservations.iter().find(|reservation| reservation.client == *wanted);
            found.map(|reservation| reservation.address)
        };
        find(client).or_else(|| find(&Client::Mac(mac)))
    }

    /// Whether an address may be given to anybody.
    pub(super) fn may_give(&self, address: Ipv4Addr) -> bool {
        let is_in = |[first, last]: &[Ipv4Addr; 2]| (*first..=*last).contains(&address);
        let reserved = || self.reservations.iter().any(|reservation| reservation.address == address);
        let ends = self.network.prefix_len() < 31
            && (address == self.network.network() || address == self.network.broadcast());
        self.pools.iter().any(is_in)
            && self.network.contains(&address)
            && !ends
            && !self.routers.contains(&address)
            && !reserved()
    }

    /// How many addresses the pools have.
    pub(super) fn size(&self) -> u64 {
        self.pools.iter().map(size).fold(0, u64::saturating_add)
    }

    /// One of them, by its number.
    pub(super) fn address(&self, number: u64) -> Option<Ipv4Addr> {
        let mut left = number;
        for pool in &self.pools {
            match left.checked_sub(size(pool)) {
                Some(beyond) => left = beyond,
                None => {
                    let [first, _] = pool;
                    return first.to_bits().checked_add(u32::try_from(left).ok()?).map(Ipv4Addr::from);
                }
            }
        }
        None
    }
}

fn size([first, last]: &[Ipv4Addr; 2]) -> u64 {
    u64::from(last.to_bits()).saturating_add(1).saturating_sub(u64::from(first.to_bits()))
}
