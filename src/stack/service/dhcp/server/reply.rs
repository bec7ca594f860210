//! How it is said, and where to: RFC 2131 section 4.3.1, table 3, and section 4.1.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::Ipv4Net;

use super::super::{CLIENT, SERVER, padded};
use super::{DhcpServer, Request, Subnet};
use crate::field::Builder;
use crate::names::{BootpOpcode, DhcpMessageType, DhcpOption};
use crate::stack::Stack;
use crate::stack::socket::By;
use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// The longest message: every client takes that (section 2). What does not fit is left out.
const LONGEST: usize = 548;
/// Options that are not for a configuration to set: those of the message itself.
const OWN: [DhcpOption; 13] = [
    DhcpOption::PAD,
    DhcpOption::REQUESTED_IP_ADDRESS,
    DhcpOption::IP_ADDRESS_LEASE_TIME,
    DhcpOption::OPTION_OVERLOAD,
    DhcpOption::MESSAGE_TYPE,
    DhcpOption::SERVER_IDENTIFIER,
    DhcpOption::PARAMETER_REQUEST_LIST,
    DhcpOption::MAXIMUM_MESSAGE_SIZE,
    DhcpOption::RENEWAL_TIME,
    DhcpOption::REBINDING_TIME,
    DhcpOption::CLIENT_IDENTIFIER,
    DhcpOption::RELAY_AGENT_INFORMATION,
    DhcpOption::END,
];

impl DhcpServer {
    /// Offers an address or gives it, for so many seconds; or says only what there is besides.
    pub(super) fn reply(
        &mut self,
        now: Time,
        stack: &mut Stack,
        request: &Request<'_>,
        kind: DhcpMessageType,
        lent: Option<(Ipv4Addr, u32)>,
    ) {
        let mut message = self.begin(request, kind);
        if kind == DhcpMessageType::ACK {
            message = message.client(request.message.client());
        }
        if let Some((address, lease)) = lent {
            message = message.your(address).option(DhcpOption::IP_ADDRESS_LEASE_TIME, &lease.to_be_bytes());
            if lease != u32::MAX {
                let (half, most) = (lease / 2, lease.saturating_sub(lease.div_ceil(8)));
                message = message.option(DhcpOption::RENEWAL_TIME, &half.to_be_bytes());
                message = message.option(DhcpOption::REBINDING_TIME, &most.to_be_bytes());
            }
        }
        if let Some(subnet) = self.config.subnets.get(request.subnet) {
            message = given(subnet, request, message);
        }
        self.finish(now, stack, request, message);
    }

    /// A message to the client with what is in all of them.
    pub(super) fn begin(&self, request: &Request<'_>, kind: DhcpMessageType) -> Builder<Dhcp> {
        let asked = &request.message;
        Dhcp::new(BootpOpcode::REPLY, asked.id())
            .mac(request.mac)
            .broadcast(asked.broadcast())
            .relay(asked.relay())
            .message_type(kind)
            .option(DhcpOption::SERVER_IDENTIFIER, &request.server.octets())
    }

    /// Ends a message with what comes back to the client (RFC 6842) and to the relay (RFC 3046 section 2.2), and sends it.
    pub(super) fn finish(
        &mut self,
        now: Time,
        stack: &mut Stack,
        request: &Request<'_>,
        message: Builder<Dhcp>,
    ) {
        let mut message = message;
        for (code, data) in echoed(request) {
            message = message.option(code, &data);
        }
        let sent = self.send(now, stack, request, message);
        let count = if sent.is_some() { &mut self.counts.sent } else { &mut self.counts.unsent };
        *count = count.saturating_add(1);
    }

    /// Section 4.1: to the relay; to the client's address, if it has one; to everybody, if it wants that or is refused; or to its hardware at the
    /// address that it is about to get.
    fn send(
        &self,
        now: Time,
        stack: &mut Stack,
        request: &Request<'_>,
        message: Builder<Dhcp>,
    ) -> Option<()> {
        let socket = self.socket?;
        let refuses = Dhcp::view(message.bytes().ok()?).ok()?.message_type() == Some(DhcpMessageType::NAK);
        let (relay, client) = (request.message.relay(), request.message.client());
        let relayed = !relay.is_unspecified();
        // The client of a relay cannot be reached by the address that it should not have.
        let message = message.broadcast(request.message.broadcast() || (refuses && relayed));
        let bytes = padded(&message)?;
        let your = Dhcp::view(bytes.as_slice()).ok()?.your();
        let source = Some(IpAddr::V4(request.server));
        let mut send = |to: Ipv4Addr, port, station, interface| {
            let by = By { source, station, interface };
            stack.send_by(now, socket, &bytes, SocketAddr::new(to.into(), port), by).ok().map(|_| ())
        };
        let here = Some(request.interface);
        let everybody = (Ipv4Addr::BROADCAST, CLIENT, None, here);
        let (to, port, station, interface) = match () {
            () if relayed => (relay, SERVER, None, None),
            () if refuses => everybody,
            () if !client.is_unspecified() => (client, CLIENT, None, None),
            () if request.message.broadcast() || your.is_unspecified() => everybody,
            () => (your, CLIENT, Some(request.mac), here),
        };
        let sent = send(to, port, station, interface);
        // Without a way to the client all can be told, on its own link.
        let (to, port, station, interface) = everybody;
        if relayed { sent } else { sent.or_else(|| send(to, port, station, interface)) }
    }
}

/// What the client and the relay have said of themselves, which they get back.
fn echoed(request: &Request<'_>) -> Vec<(DhcpOption, Vec<u8>)> {
    let back = [DhcpOption::CLIENT_IDENTIFIER, DhcpOption::RELAY_AGENT_INFORMATION];
    let all = back.map(|code| (code, request.message.pieces(code).flatten().copied().collect::<Vec<u8>>()));
    all.into_iter().filter(|(_, data)| !data.is_empty()).collect()
}

/// Adds what a client asks for, in its order; all that there is, if it does not say (RFC 2132 section 9.8).
fn given(subnet: &Subnet, request: &Request<'_>, message: Builder<Dhcp>) -> Builder<Dhcp> {
    let size = |data: usize| data.saturating_add(data.div_ceil(255).max(1).saturating_mul(2));
    let behind = echoed(request).iter().map(|(_, data)| size(data.len())).fold(0, usize::saturating_add);
    let mut wanted = [DhcpOption::SUBNET_MASK].to_vec();
    wanted.extend(request.message.parameter_list());
    if wanted.len() == 1 {
        wanted.extend([
            DhcpOption::CLASSLESS_STATIC_ROUTE,
            DhcpOption::ROUTER,
            DhcpOption::DOMAIN_NAME_SERVER,
            DhcpOption::DOMAIN_NAME,
            DhcpOption::BROADCAST_ADDRESS,
            DhcpOption::INTERFACE_MTU,
        ]);
        wanted.extend(subnet.options.iter().map(|(code, _)| *code));
    }
    let routed = wanted.contains(&DhcpOption::CLASSLESS_STATIC_ROUTE) && !subnet.routes.is_empty();
    let mut done = [false; 256];
    let mut message = message;
    for code in wanted {
        let before = done.get_mut(usize::from(code.0)).is_none_or(|done| core::mem::replace(done, true));
        // With routes the client does not heed routers (RFC 3442).
        if before || OWN.contains(&code) || (routed && code == DhcpOption::ROUTER) {
            continue;
        }
        let Some(data) = value(subnet, code).filter(|data| !data.is_empty()) else { continue };
        let room = LONGEST.saturating_sub(message.size()).saturating_sub(behind);
        if size(data.len()) <= room {
            message = message.option(code, &data);
        }
    }
    message
}

/// What a network says for an option.
fn value(subnet: &Subnet, code: DhcpOption) -> Option<Vec<u8>> {
    let list = |addresses: &[Ipv4Addr]| addresses.iter().flat_map(Ipv4Addr::octets).collect::<Vec<u8>>();
    if let Some((_, data)) = subnet.options.iter().find(|(other, _)| *other == code) {
        return Some(data.clone());
    }
    Some(match code {
        DhcpOption::SUBNET_MASK => list(&[subnet.network.netmask()]),
        DhcpOption::BROADCAST_ADDRESS if subnet.network.prefix_len() < 31 => {
            list(&[subnet.network.broadcast()])
        }
        DhcpOption::ROUTER => list(&subnet.routers),
        DhcpOption::DOMAIN_NAME_SERVER => list(&subnet.dns),
        DhcpOption::DOMAIN_NAME => subnet.domain.as_ref()?.as_bytes().into(),
        DhcpOption::INTERFACE_MTU => subnet.mtu?.to_be_bytes().into(),
        DhcpOption::CLASSLESS_STATIC_ROUTE if !subnet.routes.is_empty() => {
            let everywhere = Ipv4Net::default();
            let has_default = subnet.routes.iter().any(|(network, _)| network.prefix_len() == 0);
            let default = subnet.routers.first().filter(|_| !has_default).map(|router| (everywhere, *router));
            subnet.routes.iter().copied().chain(default).flat_map(route).collect()
        }
        _ => return None,
    })
}

/// A route as RFC 3442 writes it: the length of the prefix, the bytes of it that count, the router.
fn route((network, router): (Ipv4Net, Ipv4Addr)) -> impl Iterator<Item = u8> {
    let (length, destination) = (network.prefix_len(), network.network().octets());
    let significant = usize::from(length.div_ceil(8));
    [length].into_iter().chain(destination.into_iter().take(significant)).chain(router.octets())
}
