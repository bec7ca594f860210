//! The client, RFC 2131 section 4.4.
//!
//! ```text
//!           ┌────────┐ DISCOVER ┌───────────┐ REQUEST ┌────────────┐ ACK ┌──────────┐
//!   ───────►│  INIT  ├─────────►│ SELECTING ├────────►│ REQUESTING ├────►│ checking │
//!           └────────┘          └───────────┘  OFFER  └────────────┘     └─┬──────┬─┘
//!            ▲ ▲ ▲  NAK, or nobody answers                 │      somebody │      │ nobody has the address
//!            │ │ └─────────────────────────────────────────┘       has it: │      │
//!            │ └─────────────────────────────────────────────────── DECLINE┘      ▼
//!            │  NAK, or the lease is over                                  ┌───────┐    REQUEST  ┌───────────┐
//!            ├──────────────────────────────────┬──────────────────────────┤ BOUND │◄────────────┤ REBOOTING │◄───
//!            │                                  │                          └─┬───▲─┘     ACK     └───────────┘
//!            │                           ┌──────┴────┐  T2   ┌──────────┐ T1 │   │
//!            └───────────────────────────┤ REBINDING │◄──────┤ RENEWING │◄───┘   │ ACK
//!                                        └──────┬────┘       └────┬─────┘        │
//!                                               └─────────────────┴──────────────┘
//! ```
//!
//! Files: `state` (what comes, what is due), `message` (what is sent), `configure` (what becomes of the stack by it), [`config`](Config).

mod config;
mod configure;
mod message;
mod state;

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

pub use config::Config;

use super::{CLIENT, Lease};
use crate::field::Mac;
use crate::stack::neighbour::AddressChange;
use crate::stack::secret::Purpose;
use crate::stack::service::{Figure, Notices, Service};
use crate::stack::{Errno, Event, InterfaceId, Kind, Route, SocketId, SocketOption, Stack};
use crate::time::Time;

/// Gets an address for an interface, keeps it, and sets up the stack with what comes with it: the address, routes, the MTU. The rest is in its
/// [`lease`](DhcpClient::lease).
///
/// When a lease is over the address is taken away, and connections on it end. One client an interface; an interface may have other addresses.
/// A server can only make it keep one lease, of bounded size; there is nothing that others can make grow.
///
/// ```
/// use core::time::Duration;
/// use layercake::link;
/// use layercake::sim::Net;
/// use layercake::stack::service::dhcp::{DhcpClient, DhcpServer, client, server};
/// use layercake::stack::{Config, InterfaceId};
///
/// let wire = link::Config::default();
/// let mut net = Net::pair([Config::default(), Config::default()], [&wire, &wire], 1)?.with_services();
/// net.address(1, "10.0.0.1/24".parse()?)?;
/// let subnet = server::Subnet::new("10.0.0.0/24".parse()?, ["10.0.0.50".parse()?, "10.0.0.99".parse()?]);
/// net.start(1, DhcpServer::new(server::Config { subnets: vec![subnet], ..server::Config::default() }))?;
/// net.start(0, DhcpClient::new(InterfaceId(1), client::Config::default()))?;
/// net.run(Duration::from_secs(20))?;
///
/// let client = net.nodes[0].get::<DhcpClient>().unwrap();
/// let lease = client.lease().unwrap();
/// assert_eq!(client.state(), client::State::Bound);
/// assert!(lease.address.to_string().starts_with("10.0.0."));
/// assert_eq!(lease.server.to_string(), "10.0.0.1");
/// assert!(net.nodes[0].stack.is_own(lease.address.addr().into()));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DhcpClient {
    interface: InterfaceId,
    config: Config,
    socket: Option<SocketId>,
    mac: Mac,
    state: State,
    /// When something is to be done in this state.
    due: Option<Time>,
    /// The address that it would like to have, since it had it.
    wanted: Option<Ipv4Addr>,
    transaction: Transaction,
    /// The best offer, and then that which is asked for.
    offer: Option<Lease>,
    /// What it has; while it is checking the address is not used.
    lease: Option<Lease>,
    /// Routes that came with it.
    routes: Vec<Route>,
    /// The MTU before a server has changed it, and the one that it is since.
    mtu: Option<(u32, u32)>,
    /// How often it had to begin anew since it had a lease.
    failures: u8,
    numbers: u64,
    notices: Notices,
    counts: Counts,
}

/// States of RFC 2131 figure 5, and two that it has no box for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It will look for servers.
    Init,
    /// It has asked all servers, and waits for offers.
    Selecting,
    /// It has asked for an address that was offered.
    Requesting,
    /// It has asked for the address that it had.
    Rebooting,
    /// It has been given an address, and asks its neighbours whether one of them has it.
    Checking,
    /// It has an address.
    Bound,
    /// It has an address, and has asked its server to renew the lease.
    Renewing,
    /// It has an address, and has asked all servers to renew the lease.
    Rebinding,
    /// It has given its address back, or is about to.
    Released,
}

/// Messages that belong together.
#[derive(Debug, Default)]
struct Transaction {
    id: u32,
    /// When this began: getting an address, or renewing it.
    begun: Time,
    /// When the first message with this number was sent.
    sent: Time,
    /// Seconds that the last message gave as gone by.
    seconds: u16,
    /// How often it was sent.
    times: u8,
}

#[derive(Debug, Default)]
struct Counts {
    sent: u64,
    received: u64,
    ignored: u64,
    leases: u64,
    renewals: u64,
    declined: u64,
    refused: u64,
    expired: u64,
}

/// Before it begins anew with an address that somebody had (RFC 2131 section 3.1, step 5).
const DECLINED: Duration = Duration::from_secs(10);
/// How long an address is kept after its release, so that the server's Ethernet address can be found for it.
const RELEASED: Duration = Duration::from_secs(1);

impl DhcpClient {
    /// A client for an interface.
    pub fn new(interface: InterfaceId, config: Config) -> Self {
        Self {
            interface,
            socket: None,
            mac: Mac::default(),
            state: State::Init,
            due: None,
            wanted: config.address,
            transaction: Transaction::default(),
            offer: None,
            lease: None,
            routes: Vec::new(),
            mtu: None,
            failures: 0,
            numbers: 0,
            notices: Notices::default(),
            counts: Counts::default(),
            config,
        }
    }

    /// What it is doing.
    pub const fn state(&self) -> State {
        self.state
    }

    /// What it has, once the address can be used, until it is over.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref().filter(|_| self.state != State::Checking)
    }

    /// Gives the address back, and asks for no other. It is taken away at once, or after a second if the Ethernet address of the server is not
    /// known: drive the host until its [`lease`](DhcpClient::lease) is gone.
    pub fn release(&mut self, now: Time, stack: &mut Stack) {
        if self.state == State::Released {
            return;
        }
        let lent = self.lease.as_ref().map(|lease| (lease.address.addr(), lease.server));
        let in_use = lent.filter(|_| self.state != State::Checking);
        self.state = State::Released;
        self.due = None;
        if let Some((address, server)) = in_use {
            let known = self.knows(now, stack, server);
            self.send_release(now, stack, address, server);
            self.due = Some(if known { now } else { now + RELEASED });
            self.notices.say(alloc::format!("gives {address} back to {server}"));
        } else {
            self.let_go(now, stack);
        }
    }

    /// The host may have come to another network, or has given its address back and wants one again (RFC 2131 section 3.7): asks whether it may go
    /// on with the address that it has or had, or else for another. The same is done when the link of its interface comes up again.
    pub fn reconnect(&mut self, now: Time, stack: &mut Stack) {
        match self.state {
            State::Init | State::Selecting | State::Requesting | State::Checking => {}
            State::Released => {
                self.let_go(now, stack);
                self.begin(now, Duration::ZERO);
            }
            State::Bound | State::Renewing | State::Rebinding | State::Rebooting => self.reboot(now, stack),
        }
    }

    /// A number that nobody can foresee.
    fn number(&mut self, stack: &Stack) -> u64 {
        self.numbers = self.numbers.wrapping_add(1);
        stack.secret.number(Purpose::Dhcp, &[0, u64::from(self.interface.0), self.numbers])
    }

    /// A time below another, at random.
    fn random(&mut self, stack: &Stack, below: Duration) -> Duration {
        let below = u64::try_from(below.as_nanos()).unwrap_or(u64::MAX);
        let drawn = u128::from(self.number(stack)).wrapping_mul(u128::from(below)) >> 64;
        Duration::from_nanos(u64::try_from(drawn).unwrap_or(0))
    }

    /// How long to wait for an answer to what was sent so often: 4, 8, 16, 32, 64, 64, ... s, a second more or less (section 4.1).
    fn backoff(&mut self, stack: &Stack, times: u8) -> Duration {
        let usual = 4u64 << times.saturating_sub(1).min(4);
        let spread = self.random(stack, Duration::from_secs(2));
        Duration::from_secs(usual.saturating_sub(1)).saturating_add(spread)
    }
}

impl Service for DhcpClient {
    fn name(&self) -> &'static str {
        "dhcp client"
    }

    /// # Errors
    /// [`Errno::ENODEV`] without such an interface, [`Errno::EOPNOTSUPP`] if it is no Ethernet, [`Errno::EINVAL`] if its names do not fit into a
    /// message, [`Errno::EADDRINUSE`] if another program has the port.
    fn start(&mut self, now: Time, stack: &mut Stack) -> Result<(), Errno> {
        let on = stack.interfaces().get(usize::from(self.interface.0)).ok_or(Errno::ENODEV)?;
        self.mac = on.mac().ok_or(Errno::EOPNOTSUPP)?;
        if !self.is_speakable() {
            return Err(Errno::EINVAL);
        }
        let socket = stack.socket(Kind::Datagram)?;
        self.socket = Some(socket);
        stack.set_option(socket, SocketOption::Interface(Some(self.interface)))?;
        stack.set_option(socket, SocketOption::Broadcast(true))?;
        stack.set_option(socket, SocketOption::ReuseAddress(true))?;
        stack.bind(socket, SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), CLIENT))?;
        let (first, last) = self.config.start;
        let wait = first.saturating_add(self.random(stack, last.saturating_sub(first)));
        self.begin(now, wait);
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        match event {
            Event::Address(event) if event.interface == self.interface => {
                let own = self.lease.as_ref().map(|lease| IpAddr::V4(lease.address.addr()));
                if own == Some(event.address) {
                    self.on_address(now, stack, event.change);
                }
                false
            }
            event if event.socket().is_some() && event.socket() == self.socket => {
                self.receive(now, stack);
                true
            }
            _ => false,
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        self.due
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.wake(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.notices.poll()
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("messages_sent", Figure::Count(self.counts.sent));
        each("messages_received", Figure::Count(self.counts.received));
        each("messages_ignored", Figure::Count(self.counts.ignored));
        each("leases", Figure::Count(self.counts.leases));
        each("renewals", Figure::Count(self.counts.renewals));
        each("addresses_declined", Figure::Count(self.counts.declined));
        each("refusals", Figure::Count(self.counts.refused));
        each("leases_over", Figure::Count(self.counts.expired));
    }
}

impl DhcpClient {
    /// Something has happened to the address that was lent.
    fn on_address(&mut self, now: Time, stack: &mut Stack, change: AddressChange) {
        match (change, self.state) {
            (AddressChange::Ready, State::Checking) => self.bind(now, stack),
            // The link has come up again.
            (AddressChange::Ready, State::Bound | State::Renewing | State::Rebinding) => {
                self.reboot(now, stack);
            }
            (AddressChange::Lost { to }, state) if state != State::Released => {
                self.decline(now, stack, to);
            }
            (AddressChange::Gone, _) => self.expire(now, stack),
            _ => {}
        }
    }
}
