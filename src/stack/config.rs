//! How a host behaves where the RFCs leave a choice, and how much it may keep.

use super::network;

/// How a host behaves where the RFCs leave a choice, and how much it may keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What everything that looks random is derived from.
    pub seed: u64,
    /// It forwards packets that are for others.
    pub router: bool,
    /// TTL or hop limit of what it sends.
    pub hop_limit: u8,
    /// How IP and ICMP behave.
    pub network: network::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 0, router: false, hop_limit: 64, network: network::Config::default() }
    }
}
