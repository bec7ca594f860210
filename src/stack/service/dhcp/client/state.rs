//! What comes, and what is due: RFC 2131 figure 5.

use alloc::format;
use core::net::Ipv4Addr;
use core::time::Duration;

use super::super::{Lease, SERVER};
use super::{DECLINED, DhcpClient, State};
use crate::field::{Mac, Text};
use crate::names::{BootpOpcode, DhcpMessageType, DhcpOption};
use crate::stack::{Errno, Origin, Stack};
use crate::time::Time;
use crate::wire::dhcp::Dhcp;

/// No request for longer is sent again sooner (section 4.4.5).
const LEAST_WAIT: Duration = Duration::from_secs(60);
/// When a probe should have ended. An event tells that it has; this is for one that was lost.
const PROBED: Duration = Duration::from_secs(30);
/// What is read of a message: more than it says that it takes.
const ROOM: usize = 2048;

impl DhcpClient {
    /// Begins after a while, with the address that it had if it had one.
    pub(super) fn begin(&mut self, now: Time, wait: Duration) {
        self.state = State::Init;
        self.offer = None;
        self.due = Some(now + wait);
    }

    /// Begins anew since something has failed: at once for the first time, then with growing delays.
    fn begin_again(&mut self, now: Time, stack: &Stack, least: Duration) {
        let wait = if self.failures == 0 { Duration::ZERO } else { self.backoff(stack, self.failures) };
        self.failures = self.failures.saturating_add(1);
        self.begin(now, wait.max(least));
    }

    /// Does what is due.
    pub(super) fn wake(&mut self, now: Time, stack: &mut Stack) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        let often = self.transaction.times >= self.config.requests;
        match self.state {
            State::Init => match self.wanted.filter(|_| self.failures == 0) {
                Some(_) => self.reboot(now, stack),
                None => self.discover(now, stack),
            },
            State::Selecting if self.offer.is_some() => self.request(now, stack),
            State::Selecting => self.send(now, stack),
            State::Requesting | State::Rebooting if !often => self.send(now, stack),
            State::Requesting => {
                if let Some(offer) = &self.offer {
                    self.notices.say(format!("{} has offered {} and is silent", offer.server, offer.address));
                }
                self.begin_again(now, stack, Duration::ZERO);
            }
            State::Rebooting if self.lease.is_some() => self.go_on(now, stack),
            State::Rebooting => self.discover(now, stack),
            State::Checking => {
                self.due = Some(now + PROBED);
                let address = self.lease.as_ref().map(|lease| lease.address.addr());
                if address.is_some_and(|address| stack.is_own(address.into())) {
                    self.bind(now, stack);
                }
            }
            State::Bound | State::Renewing | State::Rebinding => self.go_on(now, stack),
            State::Released => self.let_go(now, stack),
        }
    }

    /// Looks for servers.
    fn discover(&mut self, now: Time, stack: &mut Stack) {
        self.state = State::Selecting;
        self.offer = None;
        self.transact(now, stack, false);
        self.send(now, stack);
    }

    /// Asks whether it may have the address that it had.
    pub(super) fn reboot(&mut self, now: Time, stack: &mut Stack) {
        self.state = State::Rebooting;
        self.transact(now, stack, false);
        self.send(now, stack);
    }

    /// Asks for the address of the best offer, in the transaction of that.
    fn request(&mut self, now: Time, stack: &mut Stack) {
        self.state = State::Requesting;
        self.transaction.sent = now;
        self.transaction.times = 0;
        self.send(now, stack);
    }

    /// With the lease that it has: waits for T1, asks its server until T2, and then all servers.
    fn go_on(&mut self, now: Time, stack: &mut Stack) {
        let Some(lease) = &self.lease else { return self.begin(now, Duration::ZERO) };
        let (renewal, rebinding, until) = (lease.renewal, lease.rebinding, lease.until);
        let state = match now {
            _ if now >= until => return self.expire(now, stack),
            _ if now >= rebinding => State::Rebinding,
            _ if now >= renewal => State::Renewing,
            _ => State::Bound,
        };
        let goes_on = matches!(self.state, State::Renewing | State::Rebinding);
        self.state = state;
        if state == State::Bound {
            self.due = Some(renewal).filter(|at| *at < Time::NEVER);
            return;
        }
        self.transact(now, stack, goes_on);
        self.send(now, stack);
    }

    /// Sends the message of the state, and sets when it is sent again.
    fn send(&mut self, now: Time, stack: &mut Stack) {
        self.send_state(now, stack);
        let ends = self.lease.as_ref().map(|lease| (lease.rebinding, lease.until));
        // Half of the time that is left, and not more often than once in a minute.
        let half = |end: Time| (now + (end.since(now) / 2).max(LEAST_WAIT)).min(end);
        self.due = match (self.state, ends) {
            (State::Renewing, Some((rebinding, _))) => Some(half(rebinding)),
            (State::Rebinding, Some((_, until))) => Some(half(until)),
            _ => Some(now + self.backoff(stack, self.transaction.times)),
        };
    }

    /// Takes what has come.
    pub(super) fn receive(&mut self, now: Time, stack: &mut Stack) {
        let Some(socket) = self.socket else { return };
        let mut bytes = [0; ROOM];
        loop {
            match stack.recv_from(socket, &mut bytes) {
                Ok((length, origin)) => {
                    self.counts.received = self.counts.received.saturating_add(1);
                    let message = bytes.get(..length).and_then(|bytes| Dhcp::view(bytes).ok());
                    let answer = message.filter(|message| self.is_answer(message, &origin));
                    if answer.and_then(|message| self.take(now, stack, &message)).is_none() {
                        self.counts.ignored = self.counts.ignored.saturating_add(1);
                    }
                }
                Err(Errno::EAGAIN | Errno::EBADF) => return,
                Err(_) => {}
            }
        }
    }

    /// Whether a message answers the last one that was sent: by its number, the hardware it is for, the port that it comes from, and, where that is
    /// given back (RFC 6842), the client's identifier.
    fn is_answer(&self, message: &Dhcp<&[u8]>, origin: &Origin) -> bool {
        let identifier = message.option(DhcpOption::CLIENT_IDENTIFIER);
        origin.address.port() == SERVER
            && message.opcode() == BootpOpcode::REPLY
            && message.id() == self.transaction.id
            && message.hardware_address() == Some(self.mac)
            && (self.config.identifier.is_empty()
                || identifier.is_none_or(|identifier| identifier == self.config.identifier))
    }

    /// Does what an answer says; `None` if it says nothing in this state.
    fn take(&mut self, now: Time, stack: &mut Stack, message: &Dhcp<&[u8]>) -> Option<()> {
        let server = message.server_identifier()?;
        let chosen = match self.state {
            State::Requesting => self.offer.as_ref(),
            State::Renewing => self.lease.as_ref(),
            _ => None,
        };
        if chosen.is_some_and(|chosen| chosen.server != server) {
            return None;
        }
        let asks =
            matches!(self.state, State::Requesting | State::Rebooting | State::Renewing | State::Rebinding);
        match message.message_type()? {
            DhcpMessageType::OFFER if self.state == State::Selecting => {
                let offer = self.read(stack, message, now)?;
                self.choose(now, stack, offer);
            }
            DhcpMessageType::ACK if asks => {
                let lease = self.read(stack, message, self.transaction.sent)?;
                let address = match self.state {
                    State::Requesting => self.offer.as_ref()?.address.addr(),
                    State::Rebooting => self.wanted?,
                    _ => self.lease.as_ref()?.address.addr(),
                };
                if lease.address.addr() != address || lease.until <= now {
                    return None;
                }
                self.acknowledged(now, stack, lease);
            }
            DhcpMessageType::NAK if asks => self.refused(now, stack, server, message),
            _ => return None,
        }
        Some(())
    }

    fn read(&mut self, stack: &Stack, message: &Dhcp<&[u8]>, since: Time) -> Option<Lease> {
        let fuzz = self.random(stack, Duration::from_secs(2));
        let lease = Lease::read(message, since, self.config.routes, fuzz)?;
        let least = Duration::from_secs(self.config.least_lease.into());
        Some(lease).filter(|lease| lease.duration().is_none_or(|span| span >= least))
    }

    /// An offer: the first one counts, unless another is of the address that it had.
    fn choose(&mut self, now: Time, stack: &mut Stack, offer: Lease) {
        let is_wanted = self.wanted == Some(offer.address.addr());
        if self.offer.is_none() {
            self.due = Some(now + self.config.collect);
        } else if !is_wanted {
            return;
        }
        self.offer = Some(offer);
        if is_wanted || self.config.collect.is_zero() {
            self.request(now, stack);
        }
    }

    fn acknowledged(&mut self, now: Time, stack: &mut Stack, lease: Lease) {
        self.offer = None;
        self.wanted = Some(lease.address.addr());
        match self.set_address(now, stack, &lease) {
            Ok(usable) => {
                let renewed = self.lease.replace(lease).is_some();
                self.counts.renewals = self.counts.renewals.saturating_add(u64::from(renewed));
                self.counts.leases = self.counts.leases.saturating_add(u64::from(!renewed));
                self.state = State::Checking;
                self.due = Some(now + PROBED);
                if usable {
                    self.bind(now, stack);
                }
            }
            Err(error) => {
                self.notices.say(format!("cannot have {}: {error}", lease.address));
                self.let_go(now, stack);
                self.begin_again(now, stack, DECLINED);
            }
        }
    }

    /// It has an address that it can use.
    pub(super) fn bind(&mut self, now: Time, stack: &mut Stack) {
        let Some(lease) = &self.lease else { return };
        self.notices.say(format!("{lease}"));
        self.failures = 0;
        self.state = State::Bound;
        self.configure(stack);
        self.go_on(now, stack);
    }

    /// A server says that it cannot have the address (section 3.1, step 6).
    fn refused(&mut self, now: Time, stack: &mut Stack, server: Ipv4Addr, message: &Dhcp<&[u8]>) {
        let asked = self.offer.as_ref().map(|offer| offer.address.addr()).or(self.wanted);
        let why = message.option(DhcpOption::MESSAGE).map(Text::padded);
        let asked = asked.unwrap_or(Ipv4Addr::UNSPECIFIED);
        self.notices.say(match why {
            Some(why) => format!("{server} refuses {asked}: \"{why}\""),
            None => format!("{server} refuses {asked}"),
        });
        self.counts.refused = self.counts.refused.saturating_add(1);
        self.let_go(now, stack);
        self.wanted = None;
        self.begin_again(now, stack, Duration::ZERO);
    }

    /// Somebody else has the address (section 3.1, step 5; RFC 5227 section 2.4).
    pub(super) fn decline(&mut self, now: Time, stack: &mut Stack, by: Option<Mac>) {
        let Some((address, server)) = self.lease.as_ref().map(|lease| (lease.address.addr(), lease.server))
        else {
            return;
        };
        self.notices.say(match by {
            Some(mac) => format!("declines {address}: {mac} has it"),
            None => format!("declines {address}: somebody else has it"),
        });
        self.counts.declined = self.counts.declined.saturating_add(1);
        self.let_go(now, stack);
        self.wanted = None;
        self.send_decline(now, stack, address, server);
        self.begin_again(now, stack, DECLINED);
    }

    /// The lease is over, or the address was taken away.
    pub(super) fn expire(&mut self, now: Time, stack: &mut Stack) {
        let Some(lease) = &self.lease else { return };
        let address = lease.address;
        self.let_go(now, stack);
        if self.state == State::Released {
            self.due = None;
            return;
        }
        self.notices.say(format!("{address} is gone: the lease is over"));
        self.counts.expired = self.counts.expired.saturating_add(1);
        self.discover(now, stack);
    }
}
