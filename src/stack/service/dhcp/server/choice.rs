//! Which address, and whether it is free: RFC 2131 section 4.3.1.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Binding, BindingState, Client, DhcpServer, Request};
use crate::field::Mac;
use crate::names::DhcpMessageType;
use crate::stack::{Errno, InterfaceId, Stack};
use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// An address that is pinged, and the message that is answered when nobody answers.
#[derive(Debug)]
pub(super) struct Ping {
    address: Ipv4Addr,
    pub until: Time,
    /// How many addresses have answered before.
    tried: u8,
    message: Vec<u8>,
    interface: InterfaceId,
    subnet: usize,
    client: Client,
    mac: Mac,
    server: Ipv4Addr,
}

/// Addresses that are tried for one message; the client asks again.
const TRIES: u8 = 4;

impl DhcpServer {
    /// A client looks for servers.
    pub(super) fn discover(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>) -> Option<()> {
        let same = |ping: &&mut Ping| (ping.subnet, &ping.client) == (request.subnet, request.client);
        if let Some(ping) = self.pings.iter_mut().find(same) {
            // It will get an answer to this one.
            ping.message = request.message.bytes().to_vec();
            return Some(());
        }
        self.find(now, stack, request, 0)
    }

    /// Finds an address for a client and offers it, or pings it first.
    fn find(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>, tried: u8) -> Option<()> {
        let Some(address) = self.choose(now, stack, request) else {
            self.counts.exhausted = self.counts.exhausted.saturating_add(1);
            let subnet = self.config.subnets.get(request.subnet)?.network;
            self.notices.say(format!("no address left in {subnet} for {}", request.mac));
            return Some(());
        };
        let own = self
            .bindings
            .get(address)
            .filter(|binding| binding.client == *request.client && binding.state != BindingState::Unusable);
        let (was_its, is_its) = (own.is_some(), own.is_some_and(|binding| binding.until > now));
        // A lease that it has is not made shorter by an offer.
        if !is_its {
            let binding = Binding {
                address,
                client: request.client.clone(),
                mac: request.mac,
                host_name: host_name(&request.message),
                state: BindingState::Offered,
                until: now + self.config.hold,
            };
            if !self.bindings.set(now, request.subnet, binding) {
                self.counts.exhausted = self.counts.exhausted.saturating_add(1);
                return Some(());
            }
        }
        // Nobody else has got what it had, and it may use that still.
        let pings = self.config.ping.filter(|_| !was_its && self.pings.len() < self.config.pings);
        if let Some((wait, echo)) = pings.zip(self.echo)
            && stack.send_to(now, echo, &[], SocketAddr::new(address.into(), 0)).is_ok()
        {
            self.pings.push(Ping {
                address,
                until: now + wait,
                tried,
                message: request.message.bytes().to_vec(),
                interface: request.interface,
                subnet: request.subnet,
                client: request.client.clone(),
                mac: request.mac,
                server: request.server,
            });
            return Some(());
        }
        self.offer(now, stack, request, address)
    }

    fn offer(
        &mut self,
        now: Time,
        stack: &mut Stack,
        request: &Request<'_>,
        address: Ipv4Addr,
    ) -> Option<()> {
        self.counts.offers = self.counts.offers.saturating_add(1);
        let lease = self.config.subnets.get(request.subnet)?.lease_for(request.message.lease_time());
        self.reply(now, stack, request, DhcpMessageType::OFFER, Some((address, lease)));
        Some(())
    }

    /// Nobody has answered a ping: the address is offered.
    pub(super) fn unanswered(&mut self, now: Time, stack: &mut Stack) {
        while let Some(place) = self.pings.iter().position(|ping| ping.until <= now) {
            let ping = self.pings.remove(place);
            let is_still = |binding: &Binding| {
                binding.client == ping.client && binding.state == BindingState::Offered && binding.until > now
            };
            if self.bindings.get(ping.address).is_some_and(is_still) {
                let _ = ping.request().and_then(|request| self.offer(now, stack, &request, ping.address));
            }
        }
    }

    /// Somebody has answered a ping: nobody gets that address for now, and the client another one.
    pub(super) fn answered(&mut self, now: Time, stack: &mut Stack) {
        let Some(echo) = self.echo else { return };
        loop {
            let address = match stack.recv_from(echo, &mut []) {
                Ok((_, origin)) => origin.address.ip(),
                Err(Errno::EAGAIN | Errno::EBADF) => return,
                Err(_) => continue,
            };
            let Some(place) = self.pings.iter().position(|ping| IpAddr::V4(ping.address) == address) else {
                continue;
            };
            let ping = self.pings.remove(place);
            if stack.neighbours(now).any(|other| other.address == address && other.mac == Some(ping.mac)) {
                // It is the client itself, which had the address when another server, or this one before its start, had lent it.
                let _ = ping.request().and_then(|request| self.offer(now, stack, &request, ping.address));
                continue;
            }
            self.counts.in_use = self.counts.in_use.saturating_add(1);
            self.notices.say(format!("{address} is in use, and was not lent"));
            self.avoid(now, ping.subnet, ping.address, ping.mac);
            if ping.tried < TRIES {
                let tried = ping.tried.saturating_add(1);
                let _ = ping.request().and_then(|request| self.find(now, stack, &request, tried));
            }
        }
    }

    /// Nobody gets an address for a time.
    pub(super) fn avoid(&mut self, now: Time, subnet: usize, address: Ipv4Addr, mac: Mac) {
        let (client, until) = (Client::Mac(mac), now + self.config.unusable);
        let state = BindingState::Unusable;
        // It takes the place of what was known of the address, so that there is room.
        let binding = Binding { address, client, mac, host_name: None, state, until };
        self.bindings.end(now, address);
        self.bindings.set(now, subnet, binding);
    }

    /// The address that is reserved for a client, or else the one that it has or had, the one that it asks for, one of which nothing is known, or
    /// the one whose lease has been over for longest.
    fn choose(&mut self, now: Time, stack: &Stack, request: &Request<'_>) -> Option<Ipv4Addr> {
        let subnet = self.config.subnets.get(request.subnet)?;
        if let Some(reserved) = subnet.reserved_for(request.client, request.mac) {
            return Some(reserved).filter(|reserved| self.bindings.is_free(now, *reserved, request.client));
        }
        let may_give = |address: &Ipv4Addr| subnet.may_give(*address) && !stack.is_own((*address).into());
        let before = self.bindings.of(request.subnet, request.client).map(|binding| binding.address);
        let mut wishes = before.into_iter().chain(request.message.requested_address());
        let wish =
            wishes.find(|address| may_give(address) && self.bindings.is_free(now, *address, request.client));
        if wish.is_some() {
            return wish;
        }
        let size = subnet.size();
        let first = Self::number_of(stack, request).checked_rem(size)?;
        let numbers = (first..size).chain(0..first);
        let all = numbers.filter_map(|number| subnet.address(number)).filter(may_give);
        let unused = self.bindings.unused(request.subnet, all);
        unused.or_else(|| self.bindings.over(now, request.subnet).find(may_give))
    }

    /// Whether a client can have an address.
    pub(super) fn may_have(
        &self,
        now: Time,
        stack: &Stack,
        request: &Request<'_>,
        address: Ipv4Addr,
    ) -> bool {
        let Some(subnet) = self.config.subnets.get(request.subnet) else { return false };
        let may_give = match subnet.reserved_for(request.client, request.mac) {
            Some(reserved) => reserved == address,
            None => subnet.may_give(address) && !stack.is_own(address.into()),
        };
        may_give && self.bindings.is_free(now, address, request.client)
    }
}

impl Ping {
    fn request(&self) -> Option<Request<'_>> {
        Some(Request {
            message: Dhcp::view(self.message.as_slice()).ok()?,
            interface: self.interface,
            direct: false,
            subnet: self.subnet,
            client: &self.client,
            mac: self.mac,
            server: self.server,
        })
    }
}

/// The name that a client gives for itself, as it is: an option's length at most.
pub(super) fn host_name(message: &Dhcp<&[u8]>) -> Option<String> {
    let name = message.host_name().filter(|name| !name.0.is_empty());
    name.map(|name| String::from_utf8_lossy(name.0).into_owned())
}
