//! The server, RFC 2131 section 4.3.
//!
//! | message | what it does |
//! |---|---|
//! | DISCOVER | looks for an address (section 4.3.1), pings it, offers it and holds it for a while |
//! | REQUEST | gives it, refuses it, or is silent: section 4.3.2 tells four kinds apart |
//! | DECLINE | gives the address to nobody for a time |
//! | RELEASE | takes the address back, and remembers whose it was |
//! | INFORM | says what there is besides an address |
//!
//! Files: [`config`](Config), [`bindings`](Binding), `answer` (what to say), `choice` (which address, and whether it is free), `reply` (how it is said,
//! and where to).
//!
//! A client that looks for an address while it has one is given a whole lease again, as servers do, and not what is left of the old one.

mod answer;
mod bindings;
mod choice;
mod config;
mod reply;

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use bindings::Bindings;
pub use bindings::{Binding, BindingState, Client};
use choice::Ping;
pub use config::{Config, Reservation, Subnet};

use super::SERVER;
use crate::field::Mac;
use crate::names::{BootpOpcode, DhcpMessageType, DhcpOption};
use crate::stack::secret::Purpose;
use crate::stack::service::{Figure, Notices, Service};
use crate::stack::{Errno, Event, InterfaceId, Kind, Origin, SocketId, SocketOption, Stack};
use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// Gives addresses out on the networks of its host, and on those of the relays that it is told of ([`Subnet::relays`]).
///
/// What it has given is [listed](DhcpServer::bindings), and can be [given back](DhcpServer::with_bindings) to another one that is started later.
/// All its tables have bounds, in its [`Config`]. Who asks with enough invented addresses gets every address of a pool, as from any server: only
/// a switch that knows its ports can keep them from it.
///
/// ```
/// use layercake::stack::service::dhcp::{DhcpServer, server};
/// use layercake::stack::{Config, Host, InterfaceId, Stack};
/// use layercake::time::Time;
///
/// let mut subnet = server::Subnet::new("10.0.0.0/24".parse()?, ["10.0.0.100".parse()?, "10.0.0.199".parse()?]);
/// subnet.routers.push("10.0.0.1".parse()?);
/// subnet.dns.push("10.0.0.1".parse()?);
/// subnet.domain = Some("lab.example".into());
///
/// let mut host = Host::from(Stack::new(Config::default()));
/// host.start(Time::ZERO, DhcpServer::new(server::Config { subnets: vec![subnet], ..server::Config::default() }))?;
/// assert_eq!(host.get::<DhcpServer>().unwrap().bindings().count(), 0);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DhcpServer {
    config: Config,
    socket: Option<SocketId>,
    echo: Option<SocketId>,
    bindings: Bindings,
    pings: Vec<Ping>,
    notices: Notices,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    received: u64,
    ignored: u64,
    sent: u64,
    unsent: u64,
    offers: u64,
    acks: u64,
    naks: u64,
    declined: u64,
    in_use: u64,
    released: u64,
    exhausted: u64,
}

/// A message from a client, and what is known of it.
#[derive(Clone, Copy, Debug)]
struct Request<'a> {
    message: Dhcp<&'a [u8]>,
    interface: InterfaceId,
    /// It came to this host alone, and not by a relay.
    direct: bool,
    subnet: usize,
    client: &'a Client,
    mac: Mac,
    /// The address of this host by which the client is to know it.
    server: Ipv4Addr,
}

/// What is read of a message: more than any link but a loopback carries whole.
const ROOM: usize = 2048;

impl DhcpServer {
    /// A server that has given nothing out yet.
    pub fn new(config: Config) -> Self {
        Self {
            socket: None,
            echo: None,
            bindings: Bindings::new(config.bindings, config.offers),
            pings: Vec::new(),
            notices: Notices::default(),
            counts: Counts::default(),
            config,
        }
    }

    /// The same with what an earlier one had given out; its times are those of the same clock. What is on none of its networks is left out, and so is what there is no room for.
    #[must_use]
    pub fn with_bindings(mut self, bindings: impl IntoIterator<Item = Binding>) -> Self {
        for binding in bindings {
            if let Some(subnet) = self.subnet_of(binding.address) {
                self.bindings.set(Time::ZERO, subnet, binding);
            }
        }
        self
    }

    /// What it has given out, and what it remembers, by address.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter()
    }

    fn subnet_of(&self, address: Ipv4Addr) -> Option<usize> {
        self.config.subnets.iter().position(|subnet| subnet.network.contains(&address))
    }

    /// The network that a message is about, and the address of this host that is to be told (section 4.3.1): that of the relay, that of a client
    /// that has an address and asks this host alone, or that of the interface. `None` if what it says of the relay or the client is not to be
    /// believed where it came from.
    fn place(
        &self,
        now: Time,
        stack: &Stack,
        message: &Dhcp<&[u8]>,
        origin: &Origin,
    ) -> Option<(usize, Ipv4Addr)> {
        let on = stack.interfaces().get(usize::from(origin.interface.0))?;
        let own = on.addresses.iter().filter(|own| own.is_usable());
        let mut own = own.filter_map(|own| match own.network.addr() {
            IpAddr::V4(own) => Some(own),
            IpAddr::V6(_) => None,
        });
        let asked = match origin.destination {
            IpAddr::V4(asked) if stack.is_own(asked.into()) => Some(asked),
            _ => None,
        };
        let comes_from = |address| stack.network.comes_from_there(now, origin.interface, address);
        let (relay, client) = (message.relay(), message.client());
        if !relay.is_unspecified() {
            let IpAddr::V4(sender) = origin.address.ip() else { return None };
            let subnet = self.subnet_of(relay)?;
            let relays = &self.config.subnets.get(subnet)?.relays;
            let is_known = [relay, sender].iter().all(|end| relays.contains(end) && comes_from(*end));
            return is_known.then_some((subnet, asked.or_else(|| own.next())?));
        }
        match asked {
            Some(asked) if !client.is_unspecified() => {
                let subnet = self.subnet_of(client)?;
                let is_near = own.any(|own| self.subnet_of(own) == Some(subnet));
                // Behind a relay clients renew by way of routers (section 4.4.5).
                let has_relays = self.config.subnets.get(subnet).is_some_and(|far| !far.relays.is_empty());
                let is_far = || has_relays && origin.address.ip() == IpAddr::V4(client) && comes_from(client);
                (is_near || is_far()).then_some((subnet, asked))
            }
            _ => own.find_map(|own| Some((self.subnet_of(own)?, own))),
        }
    }

    fn receive(&mut self, now: Time, stack: &mut Stack) {
        let Some(socket) = self.socket else { return };
        let mut bytes = [0; ROOM];
        loop {
            match stack.recv_from(socket, &mut bytes) {
                Ok((length, origin)) => {
                    self.counts.received = self.counts.received.saturating_add(1);
                    let message = bytes.get(..length).and_then(|bytes| Dhcp::view(bytes).ok());
                    if message.and_then(|message| self.take(now, stack, message, &origin)).is_none() {
                        self.counts.ignored = self.counts.ignored.saturating_add(1);
                    }
                }
                Err(Errno::EAGAIN | Errno::EBADF) => return,
                Err(_) => {}
            }
        }
    }

    /// Does what a message asks for; `None` if it is none that can be answered.
    fn take(&mut self, now: Time, stack: &mut Stack, message: Dhcp<&[u8]>, origin: &Origin) -> Option<()> {
        let mac = message.hardware_address()?;
        if message.opcode() != BootpOpcode::REQUEST || mac.is_group() || mac == Mac::default() {
            return None;
        }
        let (subnet, server) = self.place(now, stack, &message, origin)?;
        let client = Client::new(message.option(DhcpOption::CLIENT_IDENTIFIER), mac);
        let direct = message.relay().is_unspecified() && stack.is_own(origin.destination);
        let interface = origin.interface;
        let request = Request { message, interface, direct, subnet, client: &client, mac, server };
        match message.message_type()? {
            DhcpMessageType::DISCOVER => self.discover(now, stack, &request),
            DhcpMessageType::REQUEST => self.request(now, stack, &request),
            DhcpMessageType::DECLINE => self.decline(now, stack, &request),
            DhcpMessageType::RELEASE => self.release(now, stack, &request),
            DhcpMessageType::INFORM => self.inform(now, stack, &request),
            _ => None,
        }
    }

    /// A number that nobody can foresee, the same for the same client.
    fn number_of(stack: &Stack, request: &Request<'_>) -> u64 {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |all: u64, byte| all << 8 | u64::from(*byte));
        let mut row: Vec<u64> = [1].into();
        match request.client {
            Client::Mac(mac) => row.push(number(&mac.0)),
            Client::Identifier(identifier) => row.extend(identifier.chunks(8).map(number)),
        }
        stack.secret.number(Purpose::Dhcp, &row)
    }
}

impl Service for DhcpServer {
    fn name(&self) -> &'static str {
        "dhcp server"
    }

    /// # Errors
    /// [`Errno::EADDRINUSE`] if another program has the port.
    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        let socket = stack.socket(Kind::Datagram)?;
        self.socket = Some(socket);
        stack.set_option(socket, SocketOption::Broadcast(true))?;
        stack.bind(socket, SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), SERVER))?;
        if self.config.ping.is_some() {
            let echo = stack.socket(Kind::Echo)?;
            stack.bind(echo, SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))?;
            self.echo = Some(echo);
        }
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        match event.socket() {
            None => false,
            socket if socket == self.socket => {
                self.receive(now, stack);
                true
            }
            socket if socket == self.echo => {
                self.answered(now, stack);
                true
            }
            Some(_) => false,
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        self.pings.iter().map(|ping| ping.until).min()
    }

    fn on_deadline(&mut self, now: Time, stack: &mut Stack) {
        self.unanswered(now, stack);
    }

    fn poll_notice(&mut self) -> Option<String> {
        self.notices.poll()
    }

    fn figures(&self, each: &mut dyn FnMut(&'static str, Figure)) {
        each("messages_received", Figure::Count(self.counts.received));
        each("messages_ignored", Figure::Count(self.counts.ignored));
        each("messages_sent", Figure::Count(self.counts.sent));
        each("messages_not_sent", Figure::Count(self.counts.unsent));
        each("offers", Figure::Count(self.counts.offers));
        each("acknowledgements", Figure::Count(self.counts.acks));
        each("refusals", Figure::Count(self.counts.naks));
        each("addresses_declined", Figure::Count(self.counts.declined));
        each("addresses_in_use", Figure::Count(self.counts.in_use));
        each("addresses_released", Figure::Count(self.counts.released));
        each("clients_without_address", Figure::Count(self.counts.exhausted));
    }
}
