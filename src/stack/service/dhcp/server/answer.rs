//! What to say to a client that has chosen, has an address, or gives one back: RFC 2131 sections 4.3.2 to 4.3.5.

use alloc::format;
use core::net::Ipv4Addr;
use core::time::Duration;

use super::choice::host_name;
use super::{Binding, BindingState, DhcpServer, Request};
use crate::field::Text;
use crate::names::{DhcpMessageType, DhcpOption};
use crate::stack::Stack;
use crate::time::Time;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Give(Ipv4Addr),
    Refuse(&'static str),
    /// It is for another server to say.
    Silence,
}

impl DhcpServer {
    /// A client asks for an address.
    pub(super) fn request(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>) -> Option<()> {
        match self.judge(now, stack, request)? {
            Verdict::Give(address) => self.give(now, stack, request, address)?,
            Verdict::Refuse(why) => {
                self.counts.naks = self.counts.naks.saturating_add(1);
                self.notices.say(format!("refuses {}: {why}", request.mac));
                self.refuse(now, stack, request, why);
            }
            Verdict::Silence => {}
        }
        Some(())
    }

    /// Section 4.3.2: which kind of request it is, and what it deserves.
    fn judge(&mut self, now: Time, stack: &Stack, request: &Request<'_>) -> Option<Verdict> {
        let message = &request.message;
        let (client, requested) = (message.client(), message.requested_address());
        let network = self.config.subnets.get(request.subnet)?.network;
        if let Some(server) = message.server_identifier() {
            // SELECTING.
            if !stack.is_own(server.into()) {
                self.turned_down(now, request);
                return Some(Verdict::Silence);
            }
            let address = requested.or(Some(client).filter(|client| !client.is_unspecified()))?;
            return Some(match self.may_have(now, stack, request, address) {
                true => Verdict::Give(address),
                false => Verdict::Refuse("the address is not to be had"),
            });
        }
        let address = match requested {
            // INIT-REBOOT.
            Some(requested) if client.is_unspecified() => requested,
            // RENEWING or REBINDING.
            _ if !client.is_unspecified() => client,
            _ => return None,
        };
        if !network.contains(&address) {
            return Some(Verdict::Refuse("the address is of another network"));
        }
        // Of whom nothing is known another server may know more, unless there is none, or the client says that it has the address from this one:
        // who renews asks its server alone.
        let before = self.bindings.of(request.subnet, request.client).map(|binding| binding.address);
        let renews = request.direct && requested.is_none();
        if before.is_none() && !renews && !self.config.authoritative {
            return Some(Verdict::Silence);
        }
        let same = before.is_none_or(|before| before == address);
        Some(match same && self.may_have(now, stack, request, address) {
            true => Verdict::Give(address),
            false => Verdict::Refuse("the address is not the client's"),
        })
    }

    /// A client has chosen another server: the offer is over.
    fn turned_down(&mut self, now: Time, request: &Request<'_>) {
        let offered = self.bindings.of(request.subnet, request.client);
        let offered = offered.filter(|binding| binding.state == BindingState::Offered && binding.until > now);
        if let Some(address) = offered.map(|binding| binding.address) {
            self.bindings.end(now, address);
        }
    }

    fn give(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>, address: Ipv4Addr) -> Option<()> {
        let lease = self.config.subnets.get(request.subnet)?.lease_for(request.message.lease_time());
        let before = self.bindings.of(request.subnet, request.client);
        let is_bound = |binding: &Binding| {
            binding.address == address && binding.state == BindingState::Bound && binding.until > now
        };
        let is_new = !before.is_some_and(is_bound);
        let until = match lease {
            u32::MAX => Time::NEVER,
            lease => now + Duration::from_secs(lease.into()),
        };
        let binding = Binding {
            address,
            client: request.client.clone(),
            mac: request.mac,
            host_name: host_name(&request.message),
            state: BindingState::Bound,
            until,
        };
        let name = binding.host_name.as_ref().map(|name| format!(" (\"{}\")", Text(name.as_bytes())));
        let name = name.unwrap_or_default();
        if !self.bindings.set(now, request.subnet, binding) {
            return None;
        }
        if is_new {
            let span = if lease == u32::MAX { "for ever".into() } else { format!("for {lease} s") };
            self.notices.say(format!("lends {address} to {}{name} {span}", request.mac));
        }
        self.counts.acks = self.counts.acks.saturating_add(1);
        self.reply(now, stack, request, DhcpMessageType::ACK, Some((address, lease)));
        Some(())
    }

    /// A client has found that somebody else has its address (section 4.3.3).
    pub(super) fn decline(&mut self, now: Time, stack: &Stack, request: &Request<'_>) -> Option<()> {
        let address = request.message.requested_address()?;
        self.of_this_server(now, stack, request, address)?;
        self.counts.declined = self.counts.declined.saturating_add(1);
        self.notices.say(format!("{} declines {address}: somebody else has it", request.mac));
        self.avoid(now, request.subnet, address, request.mac);
        Some(())
    }

    /// A client gives its address back (section 4.3.4).
    pub(super) fn release(&mut self, now: Time, stack: &Stack, request: &Request<'_>) -> Option<()> {
        let address = request.message.client();
        self.of_this_server(now, stack, request, address)?;
        self.counts.released = self.counts.released.saturating_add(1);
        self.notices.say(format!("{} gives {address} back", request.mac));
        self.bindings.end(now, address);
        Some(())
    }

    /// Whether a client has an address from this server, as it says.
    fn of_this_server(
        &self,
        now: Time,
        stack: &Stack,
        request: &Request<'_>,
        address: Ipv4Addr,
    ) -> Option<()> {
        let server = request.message.server_identifier()?;
        let binding = self.bindings.of(request.subnet, request.client)?;
        (stack.is_own(server.into()) && binding.address == address && binding.until > now).then_some(())
    }

    /// A client that has an address of its own wants to know the rest (section 4.3.5).
    pub(super) fn inform(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>) -> Option<()> {
        let network = self.config.subnets.get(request.subnet)?.network;
        if !network.contains(&request.message.client()) {
            return None;
        }
        self.counts.acks = self.counts.acks.saturating_add(1);
        self.reply(now, stack, request, DhcpMessageType::ACK, None);
        Some(())
    }

    /// Refuses an address, with a reason for whoever reads it.
    fn refuse(&mut self, now: Time, stack: &mut Stack, request: &Request<'_>, why: &str) {
        let message = self.begin(request, DhcpMessageType::NAK).option(DhcpOption::MESSAGE, why.as_bytes());
        self.finish(now, stack, request, message);
    }
}
