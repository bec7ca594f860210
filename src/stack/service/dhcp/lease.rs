//! What a client has from a server.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;

use ipnet::Ipv4Net;

use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// An address that a server has lent, and the configuration that came with it.
///
/// Text is as the server gives it, which may be anything: escape it where it is shown. What is not UTF-8 is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The address, and the prefix of its network.
    pub address: Ipv4Net,
    /// Who has lent it.
    pub server: Ipv4Addr,
    /// When it was asked for, from where all its times count (RFC 2131 section 4.4.1).
    pub since: Time,
    /// When the server is asked to renew it: T1.
    pub renewal: Time,
    /// When any server is asked: T2.
    pub rebinding: Time,
    /// When it is over; [`Time::NEVER`] for a lease without end.
    pub until: Time,
    /// Routers, the best first.
    pub routers: Vec<Ipv4Addr>,
    /// Routes with their routers, none if the destination is on the link. If there are any, `routers` are not used (RFC 3442).
    pub routes: Vec<(Ipv4Net, Option<Ipv4Addr>)>,
    /// DNS servers, the best first.
    pub dns: Vec<Ipv4Addr>,
    /// The domain in which to look names up.
    pub domain: Option<String>,
    /// The name of the host.
    pub host_name: Option<String>,
    /// The longest packet that the link carries, in bytes.
    pub mtu: Option<u16>,
}

/// Routers and DNS servers that are taken, at most.
const SERVERS: usize = 16;
/// T1 that is taken from a server, at least.
const LEAST_RENEWAL: Duration = Duration::from_secs(4);
/// Seconds of a lease without end (RFC 2131 section 3.3).
const FOREVER: u32 = u32::MAX;

impl Lease {
    /// What an offer or an acknowledgement says that answers what was sent at `since`; `None` if it lacks what there must be, or no host can have
    /// the address. Of routes it takes so many. Where the server does not give T1 and T2 they are half and seven eighths of the lease, a second
    /// less, and `fuzz` more, 2 s at most (section 4.4.5).
    pub(super) fn read(message: &Dhcp<&[u8]>, since: Time, routes: usize, fuzz: Duration) -> Option<Self> {
        let (address, server) = (message.your(), message.server_identifier()?);
        let address = network(address, message.subnet_mask())?;
        let (lease, times) = (message.lease_time()?, times(message, fuzz));
        let at = |span: Duration| if lease == FOREVER { Time::NEVER } else { since + span };
        let text = |text: Option<crate::field::Text<'_>>| {
            text.filter(|text| !text.0.is_empty()).map(|text| String::from_utf8_lossy(text.0).into_owned())
        };
        let is_host = |address: &Ipv4Addr| is_host(*address);
        let classless =
            message.classless_routes().take(routes).filter_map(|(destination, length, router)| {
                let destination = Ipv4Net::new(destination, length).ok()?;
                Some((destination, Some(router).filter(|router| !router.is_unspecified())))
            });
        let lent = Self {
            address,
            server,
            since,
            renewal: at(times.0),
            rebinding: at(times.1),
            until: at(Duration::from_secs(lease.into())),
            routers: message.routers().filter(is_host).take(SERVERS).collect(),
            routes: classless.filter(|(_, router)| router.is_none_or(|router| is_host(&router))).collect(),
            dns: message.dns_servers().filter(is_host).take(SERVERS).collect(),
            domain: text(message.domain_name()),
            host_name: text(message.host_name()),
            mtu: message.interface_mtu(),
        };
        is_host(&server).then_some(lent)
    }

    /// For how long it was given; `None` without end.
    pub fn duration(&self) -> Option<Duration> {
        (self.until < Time::NEVER).then(|| self.until.since(self.since))
    }

    /// Where packets go by way of which router: the routes, or else everything by the first router.
    pub(super) fn ways(&self) -> Vec<(Ipv4Net, Option<Ipv4Addr>)> {
        if !self.routes.is_empty() {
            return self.routes.clone();
        }
        self.routers.first().map(|router| (Ipv4Net::default(), Some(*router))).into_iter().collect()
    }
}

/// T1 and T2, if they come in that order and before the end, and T1 not so soon that the server would be asked all the time; or else the usual
/// ones.
fn times(message: &Dhcp<&[u8]>, fuzz: Duration) -> (Duration, Duration) {
    let lease = Duration::from_secs(message.lease_time().unwrap_or(0).into());
    let given = |time: Option<u32>| time.map(|time| Duration::from_secs(time.into()));
    let spread = |span: Duration| span.saturating_sub(Duration::from_secs(1)).saturating_add(fuzz);
    let usual = (spread(lease / 2), spread(lease.saturating_mul(7) / 8));
    let renewal = given(message.renewal_time()).unwrap_or(usual.0);
    let rebinding = given(message.rebinding_time()).unwrap_or(usual.1);
    let possible = renewal >= LEAST_RENEWAL && renewal < rebinding && rebinding < lease;
    if possible { (renewal, rebinding) } else { (usual.0.max(Duration::from_secs(1)), usual.1) }
}

/// The address with its network: without a mask, that of its class (RFC 1122 section 3.3.1.1 has no other). `None` if no host can have it.
fn network(address: Ipv4Addr, mask: Option<Ipv4Addr>) -> Option<Ipv4Net> {
    let length = match mask {
        Some(mask) => {
            let bits = mask.to_bits();
            u8::try_from(bits.leading_ones())
                .ok()
                .filter(|length| *length > 0 && bits.count_ones() == u32::from(*length))?
        }
        None => match address.octets() {
            [..128, ..] => 8,
            [..192, ..] => 16,
            _ => 24,
        },
    };
    let network = Ipv4Net::new(address, length).ok()?;
    let ends = length < 31 && (address == network.network() || address == network.broadcast());
    (is_host(address) && !ends).then_some(network)
}

/// Whether one host can have an address.
pub(super) const fn is_host(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [1..=126 | 128..=223, ..])
}

/// `10.0.0.57/24 from 10.0.0.1 for 3600 s`.
impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.address, self.server)?;
        match self.duration() {
            Some(span) => write!(f, " for {} s", span.as_secs()),
            None => f.write_str(" for ever"),
        }
    }
}
