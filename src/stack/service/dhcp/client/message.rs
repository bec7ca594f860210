//! What the client sends: RFC 2131 section 4.4.1, table 5.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::super::{SERVER, padded};
use super::{DhcpClient, State};
use crate::field::Builder;
use crate::names::{BootpOpcode, DhcpMessageType, DhcpOption};
use crate::stack::Stack;
use crate::stack::socket::By;
use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// What it would like to know. Classless routes come before routers, as RFC 3442 has it.
const PARAMETERS: [DhcpOption; 7] = [
    DhcpOption::SUBNET_MASK,
    DhcpOption::CLASSLESS_STATIC_ROUTE,
    DhcpOption::ROUTER,
    DhcpOption::DOMAIN_NAME_SERVER,
    DhcpOption::HOST_NAME,
    DhcpOption::DOMAIN_NAME,
    DhcpOption::INTERFACE_MTU,
];
/// What every server takes (RFC 2131 section 2).
const MOST: usize = 548;
/// The longest message that it takes: what fits into a packet of Ethernet.
const LONGEST: u16 = 1472;

impl DhcpClient {
    /// A new transaction; another of the same affair, if it goes on.
    pub(super) fn transact(&mut self, now: Time, stack: &Stack, goes_on: bool) {
        self.transaction.id = self.number(stack) as u32;
        self.transaction.sent = now;
        if !goes_on {
            self.transaction.begun = now;
            self.transaction.times = 0;
        }
    }

    /// Sends the message of the state, once more.
    pub(super) fn send_state(&mut self, now: Time, stack: &mut Stack) {
        self.transaction.times = self.transaction.times.saturating_add(1);
        // A request says how long the search had taken (section 3.1, step 3).
        if self.state != State::Requesting {
            let gone = now.since(self.transaction.begun).as_secs();
            self.transaction.seconds = u16::try_from(gone).unwrap_or(u16::MAX);
        }
        let seconds = self.transaction.seconds;
        let held = self.lease.as_ref().map(|lease| (lease.address.addr(), lease.server));
        match self.state {
            State::Selecting => {
                let message = self.message(DhcpMessageType::DISCOVER).seconds(seconds);
                let message = self.wishes(self.wants(message, self.wanted));
                self.send_to_all(now, stack, message, None);
            }
            State::Requesting => {
                let Some(offer) = &self.offer else { return };
                let message = self.message(DhcpMessageType::REQUEST).seconds(seconds);
                let message = self.wants(message, Some(offer.address.addr()));
                let message = message.option(DhcpOption::SERVER_IDENTIFIER, &offer.server.octets());
                self.send_to_all(now, stack, self.wishes(message), None);
            }
            State::Rebooting => {
                let message = self.message(DhcpMessageType::REQUEST).seconds(seconds);
                let message = self.wishes(self.wants(message, self.wanted));
                self.send_to_all(now, stack, message, None);
            }
            State::Renewing | State::Rebinding => {
                let Some((address, server)) = held else { return };
                let message = self.message(DhcpMessageType::REQUEST).seconds(seconds).client(address);
                let message = self.wishes(message);
                match self.state {
                    State::Renewing => self.send_to(now, stack, &message, server, address),
                    _ => self.send_to_all(now, stack, message, Some(address)),
                }
            }
            State::Init | State::Checking | State::Bound | State::Released => {}
        }
    }

    /// Says that somebody else has an address.
    pub(super) fn send_decline(&mut self, now: Time, stack: &mut Stack, address: Ipv4Addr, server: Ipv4Addr) {
        self.transact(now, stack, false);
        let message = self.wants(self.message(DhcpMessageType::DECLINE), Some(address));
        let message = message.option(DhcpOption::SERVER_IDENTIFIER, &server.octets());
        self.send_to(now, stack, &message, Ipv4Addr::BROADCAST, Ipv4Addr::UNSPECIFIED);
    }

    /// Gives an address back.
    pub(super) fn send_release(&mut self, now: Time, stack: &mut Stack, address: Ipv4Addr, server: Ipv4Addr) {
        self.transact(now, stack, false);
        let message = self.message(DhcpMessageType::RELEASE).client(address);
        let message = message.option(DhcpOption::SERVER_IDENTIFIER, &server.octets());
        self.send_to(now, stack, &message, server, address);
    }

    /// Whether the longest message that it may have to send can be one.
    pub(super) fn is_speakable(&self) -> bool {
        let any = Some(Ipv4Addr::UNSPECIFIED);
        let message = self.wishes(self.wants(self.message(DhcpMessageType::REQUEST), any));
        let message = message.option(DhcpOption::SERVER_IDENTIFIER, &[0; 4]);
        let lengths = self.config.identifier.len() != 1 && self.config.identifier.len() <= 255;
        lengths && message.bytes().is_ok_and(|bytes| bytes.len() <= MOST)
    }

    /// A message with what is in all of them.
    fn message(&self, kind: DhcpMessageType) -> Builder<Dhcp> {
        let message = Dhcp::new(BootpOpcode::REQUEST, self.transaction.id).mac(self.mac).message_type(kind);
        match self.config.identifier.as_slice() {
            [] => message,
            identifier => message.option(DhcpOption::CLIENT_IDENTIFIER, identifier),
        }
    }

    fn wants(&self, message: Builder<Dhcp>, address: Option<Ipv4Addr>) -> Builder<Dhcp> {
        match address {
            Some(address) => message.option(DhcpOption::REQUESTED_IP_ADDRESS, &address.octets()),
            None => message,
        }
    }

    /// What it would like to have, in messages that are answered with a configuration.
    fn wishes(&self, message: Builder<Dhcp>) -> Builder<Dhcp> {
        let mut message = message.option(DhcpOption::MAXIMUM_MESSAGE_SIZE, &LONGEST.to_be_bytes());
        if let Some(lease) = self.config.lease {
            message = message.option(DhcpOption::IP_ADDRESS_LEASE_TIME, &lease.to_be_bytes());
        }
        if let Some(name) = self.config.host_name.as_ref().filter(|name| !name.is_empty()) {
            message = message.option(DhcpOption::HOST_NAME, name.as_bytes());
        }
        message.option(DhcpOption::PARAMETER_REQUEST_LIST, &PARAMETERS.map(|option| option.0))
    }

    /// Sends to all: from its address, or from none, and then it says if it cannot take an answer that is for it alone (section 4.1).
    fn send_to_all(&mut self, now: Time, stack: &mut Stack, message: Builder<Dhcp>, from: Option<Ipv4Addr>) {
        let own = stack.interfaces().get(usize::from(self.interface.0));
        let held = self.lease.as_ref().map(|lease| lease.address.addr());
        let has_other = own.is_some_and(|on| {
            let mut usable = on.addresses.iter().filter(|own| own.is_usable());
            usable.any(|own| matches!(own.network.addr(), IpAddr::V4(own) if Some(own) != held))
        });
        let message = message.broadcast(from.is_none() && (self.config.broadcast || has_other));
        let from = from.unwrap_or(Ipv4Addr::UNSPECIFIED);
        self.send_to(now, stack, &message, Ipv4Addr::BROADCAST, from);
    }

    fn send_to(
        &mut self,
        now: Time,
        stack: &mut Stack,
        message: &Builder<Dhcp>,
        to: Ipv4Addr,
        from: Ipv4Addr,
    ) {
        let (Some(socket), Some(bytes)) = (self.socket, padded(message)) else { return };
        let by = By { source: Some(from.into()), ..By::default() };
        // What could not be sent now is sent again.
        if stack.send_by(now, socket, &bytes, SocketAddr::new(to.into(), SERVER), by).is_ok() {
            self.counts.sent = self.counts.sent.saturating_add(1);
        }
    }
}
