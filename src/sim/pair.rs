//! Two hosts and the cable between them, and short ways to what tests of a stack do.

use super::{Log, Net, Watch};
use crate::field::Mac;
use crate::link::{self, Cable};
use crate::stack::service::Service;
use crate::stack::{self, Errno, Host, InterfaceId, Medium, Node, ServiceId, Stack};
use crate::time::Time;

/// The first interface that a host gets; its loopback is number 0.
const ETH0: InterfaceId = InterfaceId(1);

impl Net<Stack, Log> {
    /// Two hosts, one second after the start of time, each with one interface `eth0`, and a cable between them that does in each direction what its configuration
    /// says. Their Ethernet addresses are 02:00:00:00:00:01 and 02:00:00:00:00:02; other addresses they have to be given ([`Net::address`]). Whatever is random in the
    /// cable comes from the seed.
    ///
    /// ```
    /// use core::time::Duration;
    /// use layercake::link;
    /// use layercake::sim::Net;
    /// use layercake::stack::{Config, Kind};
    ///
    /// let wire = link::Config { delay: Duration::from_millis(10), ..link::Config::default() };
    /// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?;
    /// net.address(0, "192.0.2.1/24".parse()?)?;
    /// net.address(1, "192.0.2.2/24".parse()?)?;
    ///
    /// let server = net.nodes[1].socket(Kind::Datagram)?;
    /// net.nodes[1].bind(server, "192.0.2.2:7".parse()?)?;
    /// let client = net.nodes[0].socket(Kind::Datagram)?;
    /// net.nodes[0].send_to(net.now, client, b"hello", "192.0.2.2:7".parse()?)?;
    /// net.run(Duration::from_millis(100))?;
    ///
    /// let mut message = [0; 100];
    /// let (length, from) = net.nodes[1].recv_from(server, &mut message)?;
    /// assert_eq!((&message[..length], from.address.ip()), (&b"hello"[..], "192.0.2.1".parse()?));
    /// // The question of ARP and the datagram; the answer of ARP.
    /// assert_eq!(net.cables[0].links.each_ref().map(|link| link.counters().delivered), [2, 1]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None that a configuration with room for an interface gives.
    pub fn pair(hosts: [stack::Config; 2], wires: [&link::Config; 2], seed: u64) -> Result<Self, Errno> {
        let mut net = Self::new(Time::new(1, 0), Log::default());
        let [first, second] = hosts;
        let mut host = |config, last| {
            let mut stack = Stack::new(config);
            let medium = Medium::Ethernet(Mac([2, 0, 0, 0, 0, last]));
            let interface = stack.add_interface(net.now, "eth0", medium, 1500)?;
            Ok((net.add(stack), interface))
        };
        let ends = [host(first, 1)?, host(second, 2)?];
        net.connect(ends, Cable::new(wires, seed, "a-b"));
        Ok(net)
    }
}

impl<W: Watch> Net<Stack, W> {
    /// The same with room for programs on the hosts.
    pub fn with_services(self) -> Net<Host, W> {
        self.map(Host::from)
    }
}

impl<W: Watch> Net<Host, W> {
    /// Starts a service on a host.
    ///
    /// # Errors
    /// As of [`Host::start`]; [`Errno::EINVAL`] if there is no such host.
    pub fn start(&mut self, host: usize, service: impl Service) -> Result<ServiceId, Errno> {
        let now = self.now;
        self.nodes.get_mut(host).ok_or(Errno::EINVAL)?.start(now, service)
    }
}

impl<N: Node + AsMut<Stack>, W: Watch> Net<N, W> {
    /// Gives a host an address, at the first interface that it got.
    ///
    /// # Errors
    /// As of [`Stack::add_address`]; [`Errno::EINVAL`] if there is no such host.
    pub fn address(&mut self, host: usize, network: ipnet::IpNet) -> Result<(), Errno> {
        let now = self.now;
        self.nodes.get_mut(host).ok_or(Errno::EINVAL)?.as_mut().add_address(now, ETH0, network)
    }
}
