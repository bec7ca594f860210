//! How a host behaves where the RFCs leave a choice, and how much it may keep.

use super::secret::{Purpose, Secret};
use super::{neighbour, network, tcp};
use crate::field::Mac;

/// How a host behaves where the RFCs leave a choice, and how much it may keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What everything that looks random is derived from.
    pub seed: u64,
    /// It forwards packets that are for others.
    pub router: bool,
    /// TTL or hop limit of what it sends.
    pub hop_limit: u8,
    /// How it finds its neighbours.
    pub neighbour: neighbour::Config,
    /// How IP and ICMP behave.
    pub network: network::Config,
    /// How TCP behaves, unless a socket says otherwise.
    pub tcp: tcp::Config,
    /// Sockets, at most.
    pub sockets: usize,
    /// The first and the last port that is chosen for sockets that do not ask for one (RFC 6335 section 6).
    pub ephemeral_ports: (u16, u16),
    /// Room for datagrams that a socket has not read, in bytes.
    pub datagram_buffer: usize,
}

impl Config {
    /// An Ethernet address for an interface, which is the same for the same seed and does not give it away: one of those that anybody may use (RFC
    /// 7042 section 2.1).
    pub fn station(&self, interface: u16) -> Mac {
        let number = Secret::new(self.seed).number(Purpose::Station, &[interface.into()]);
        let [_, _, _, a, b, c, d, e] = number.to_be_bytes();
        Mac([2, a, b, c, d, e])
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            router: false,
            hop_limit: 64,
            neighbour: neighbour::Config::default(),
            network: network::Config::default(),
            tcp: tcp::Config::linux(),
            sockets: 65_536,
            ephemeral_ports: (49_152, 65_535),
            datagram_buffer: 212_992,
        }
    }
}
