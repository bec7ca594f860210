//! Sends by TCP as fast as it goes.

use alloc::format;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::account::{Account, rate};
use super::caller::{Call, Caller};
use super::{Errand, Task};
use crate::stack::service::Figure;
use crate::stack::tcp::Info;
use crate::stack::{Errno, Event, Shutdown, SocketId, Stack};
use crate::time::Time;

/// Sends over a connection as much as the network and the peer take, and closes it.
///
/// Figures: `acknowledged`, `retransmissions` (segments that were sent again), `timeouts`, `cwnd` (congestion window, in bytes), `srtt`; `done` is when all was
/// acknowledged and the peer has closed too, `rate` what was acknowledged since it was connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// To whom.
    pub to: SocketAddr,
    /// How much, in bytes; `None`: as much as goes in its span.
    pub bytes: Option<u64>,
    /// For how long, from when it is connected; `None`: until all was sent.
    pub span: Option<Duration>,
}

impl Bulk {
    /// A million bytes.
    pub const fn new(to: SocketAddr) -> Self {
        Self { to, bytes: Some(1_000_000), span: None }
    }

    /// From a time on.
    pub fn at(self, begin: Time) -> Errand {
        let caller = Caller::new(self.to);
        let (looked, info, last) = Default::default();
        Errand::new(
            begin,
            Sending { bulk: self, caller, until: None, shut: false, looked, info, last, chunk: Vec::new() },
        )
    }
}

#[derive(Debug)]
struct Sending {
    bulk: Bulk,
    caller: Caller,
    /// When its span ends, once it is connected.
    until: Option<Time>,
    /// It has said that nothing more follows.
    shut: bool,
    /// When it looked at the connection last, and what was known of it.
    looked: Option<Time>,
    info: Option<Info>,
    /// When something was acknowledged last.
    last: Option<Time>,
    chunk: Vec<u8>,
}

/// What is given to the host at once, and read.
const CHUNK: usize = 65_536;
/// So often it looks at the connection, whatever happens: acknowledgments are no events.
const LOOK: Duration = Duration::from_millis(100);

impl Sending {
    fn is_over(&self, now: Time, account: &Account) -> bool {
        self.bulk.bytes.is_some_and(|bytes| account.sent_bytes >= bytes)
            || self.until.is_some_and(|until| until <= now)
    }

    fn go_on(&mut self, now: Time, stack: &mut Stack, socket: SocketId, account: &mut Account) {
        if account.connected.is_none() {
            return;
        }
        if self.until.is_none() {
            self.until = self.bulk.span.map(|span| now + span);
        }
        while !self.shut && !self.is_over(now, account) {
            let left = self.bulk.bytes.map_or(CHUNK as u64, |bytes| bytes.saturating_sub(account.sent_bytes));
            let chunk = self.chunk.get(..usize::try_from(left).unwrap_or(CHUNK).min(CHUNK));
            match stack.send(now, socket, chunk.unwrap_or_default()) {
                Ok(sent) => account.give(sent),
                Err(_) => break,
            }
        }
        if !self.shut && self.is_over(now, account) {
            self.shut = stack.shutdown(now, socket, Shutdown::Write).is_ok();
        }
        let mut ended = false;
        loop {
            match stack.recv(now, socket, &mut self.chunk) {
                Ok(0) => ended = true,
                Ok(length) => {
                    account.deliver(now, length);
                    continue;
                }
                Err(Errno::EAGAIN) => {}
                Err(error) => {
                    self.looked = None;
                    return self.caller.fail(now, stack, error, account);
                }
            }
            break;
        }
        self.look(now, stack);
        if ended && self.shut && self.info.is_none_or(|info| info.queued == 0) {
            account.say(format!("{} has all and has closed", self.caller.to));
            account.end(now);
            self.caller.close(now, stack);
            self.looked = None;
        }
    }

    /// Takes down what is known of the connection.
    fn look(&mut self, now: Time, stack: &Stack) {
        let info = self.caller.socket().and_then(|socket| stack.tcp_info(socket).ok());
        self.looked = info.map(|_| now);
        let Some(info) = info else { return };
        if self.info.is_none_or(|before| before.bytes_acknowledged < info.bytes_acknowledged) {
            self.last = info.last_acknowledged.or(Some(now));
        }
        self.info = Some(info);
    }
}

impl Task for Sending {
    fn name(&self) -> &'static str {
        "bulk"
    }

    fn peer(&self) -> Option<IpAddr> {
        Some(self.bulk.to.ip())
    }

    fn begin(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.chunk.resize(CHUNK, b'x');
        self.caller.open(now, stack, account);
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event, account: &mut Account) -> bool {
        let before = self.caller.socket().filter(|socket| event.socket() == Some(*socket));
        if before.is_some() {
            self.look(now, stack);
        }
        match self.caller.on_event(now, stack, event, account) {
            Some(Call::GoOn(socket)) => self.go_on(now, stack, socket, account),
            Some(Call::Over) => self.looked = None,
            Some(Call::Wait) => {}
            None => return false,
        }
        true
    }

    fn due(&self) -> Option<Time> {
        let until = self.until.filter(|_| !self.shut);
        until.into_iter().chain(self.looked.map(|looked| looked + LOOK)).min()
    }

    fn on_due(&mut self, now: Time, stack: &mut Stack, account: &mut Account) {
        self.looked = None;
        if let Some(socket) = self.caller.socket() {
            self.go_on(now, stack, socket, account);
        }
    }

    fn figures(&self, account: &Account, each: &mut dyn FnMut(&'static str, Figure)) {
        let Some(info) = &self.info else { return };
        // SYN counts as one there, and FIN.
        let acknowledged = info.bytes_acknowledged.saturating_sub(1).min(account.sent_bytes);
        each("acknowledged", Figure::Bytes(acknowledged));
        each("retransmissions", Figure::Count(info.resent_total.into()));
        each("timeouts", Figure::Count(info.timeouts.into()));
        each("cwnd", Figure::Bytes(info.congestion_window));
        if let Some(round_trip) = info.round_trip {
            each("srtt", Figure::Time(round_trip));
        }
        if let Some(rate) = account.connected.zip(self.last).and_then(|span| rate(acknowledged, span)) {
            each("rate", rate);
        }
    }

    fn stop(&mut self, now: Time, stack: &mut Stack) {
        self.looked = None;
        self.caller.close(now, stack);
    }
}
