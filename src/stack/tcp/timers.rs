//! The timers of a connection, and what happens when one is due.

use super::reason;
use super::receive::AckDue;
use super::send::Probe;
use super::{Connection, Errno, Reason, State, WindowProbe};
use crate::time::Time;

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A SYN, data or FIN is sent again (RFC 6298).
    Retransmit,
    /// The tail is probed (RFC 8985 section 7).
    Tail,
    /// What may have been overtaken is held for lost (RFC 8985 section 6.2).
    Reorder,
    /// A closed window is probed (RFC 9293 section 3.8.6.1).
    Persist,
    /// A quiet connection is looked after (RFC 9293 section 3.8.4).
    KeepAlive,
    /// Data was not acknowledged for the user's timeout (RFC 5482).
    User,
    /// TIME-WAIT, or FIN-WAIT-2 without application, is over.
    Wait,
}

/// When they are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timers([Time; 7]);

impl Default for Timers {
    fn default() -> Self {
        Self([Time::NEVER; 7])
    }
}

impl Timers {
    const ALL: [Timer; 7] = [
        Timer::Wait,
        Timer::User,
        Timer::Tail,
        Timer::Retransmit,
        Timer::Reorder,
        Timer::Persist,
        Timer::KeepAlive,
    ];

    /// A timer is due at this time; the one before is forgotten.
    pub fn set(&mut self, timer: Timer, at: Time) {
        if let Some(place) = self.0.get_mut(timer as usize) {
            *place = at;
        }
    }

    pub fn clear(&mut self, timer: Timer) {
        self.set(timer, Time::NEVER);
    }

    pub fn get(&self, timer: Timer) -> Time {
        self.0.get(timer as usize).copied().unwrap_or(Time::NEVER)
    }

    pub fn is_set(&self, timer: Timer) -> bool {
        self.get(timer) < Time::NEVER
    }

    fn next(&self) -> Time {
        self.0.iter().copied().min().unwrap_or(Time::NEVER)
    }
}

impl Connection {
    /// When it has to be woken, if at all.
    pub fn deadline(&self) -> Option<Time> {
        let ack = match self.receiver.ack {
            AckDue::At(at) => at,
            _ => Time::NEVER,
        };
        Some(self.timers.next().min(ack)).filter(|at| *at < Time::NEVER)
    }

    /// Does what is due. What is to be sent for it comes out of [`Connection::transmit`].
    pub fn on_deadline(&mut self, now: Time) {
        if matches!(self.receiver.ack, AckDue::At(at) if at <= now) {
            self.receiver.acknowledge_late();
        }
        for timer in Timers::ALL {
            if self.timers.get(timer) <= now {
                self.timers.clear(timer);
                self.on_timer(now, timer);
            }
        }
        self.arm(now, false);
    }

    fn on_timer(&mut self, now: Time, timer: Timer) {
        match timer {
            Timer::Wait => self.end(None),
            Timer::User => self.give_up(),
            Timer::Retransmit => self.on_retransmit(now),
            Timer::Tail => {
                self.timers.clear(Timer::Retransmit);
                self.sender.on_tail_timer();
            }
            Timer::Reorder => {
                if let Some(left) = self.sender.on_reordering_timer(now, &self.config) {
                    self.timers.set(Timer::Reorder, now + left);
                }
            }
            Timer::Persist => self.on_persist(),
            Timer::KeepAlive => self.on_keep_alive(now),
        }
    }

    fn on_retransmit(&mut self, now: Time) {
        self.repairs.timeouts = self.repairs.timeouts.saturating_add(1);
        match self.state {
            State::SynSent | State::SynReceived => {
                let most = if self.state == State::SynSent {
                    self.config.syn_retries.saturating_add(self.config.syn_linear_timeouts)
                } else {
                    self.config.syn_ack_retries
                };
                if self.syns > most {
                    self.give_up();
                } else {
                    self.doubt(self.syns);
                    self.syn_due = true;
                }
            }
            _ => {
                self.repairs.begin(now);
                self.retries = self.retries.saturating_add(1);
                if self.retries > self.config.retries {
                    self.give_up();
                } else {
                    self.doubt(self.retries);
                    let first = self.retries == 1;
                    self.sender.on_timeout(now, &self.config, first);
                    let most = self.advertised();
                    self.receiver.hurry(&self.config, most);
                }
            }
        }
    }

    /// The same is sent for the nth time again: at R1 those above and below are to know (RFC 9293 section 3.8.3).
    const fn doubt(&mut self, again: u32) {
        self.news.unanswered |= again == self.config.retries_doubt;
    }

    /// The peer does not answer: the connection is over.
    fn give_up(&mut self) {
        self.end(Some(self.hint.unwrap_or(Errno::ETIMEDOUT)));
    }

    fn on_persist(&mut self) {
        if self.sender.holds_back(&self.config) {
            // The window has room: it has waited long enough for more.
            self.sender.probe = Some(Probe::Small);
            return;
        }
        self.probes = self.probes.saturating_add(1);
        if self.probes > self.config.retries {
            self.give_up();
            return;
        }
        self.sender.rtt.backoff = self.sender.rtt.backoff.saturating_add(1);
        if self.sender.usable() > 0 && self.sender.flight.is_empty() {
            self.sender.probe = Some(Probe::Small);
        } else {
            self.probe_due = Some(Reason::WindowProbe { attempt: self.probes });
        }
    }

    fn on_keep_alive(&mut self, now: Time) {
        let idle = now - self.last_heard;
        if idle < self.config.keep_alive_idle {
            return;
        }
        // A user timeout, and not the number of probes, says when a peer that is silent is given up, as in Linux.
        let over = match self.user_timeout() {
            Some(timeout) => self.probes > 0 && idle >= timeout,
            None => self.probes >= self.config.keep_alive_probes,
        };
        if over {
            self.reset = Some(self.reset_emission(now, reason::Reset::TimedOut));
            self.give_up();
            return;
        }
        self.probes = self.probes.saturating_add(1);
        self.probe_due = Some(Reason::KeepAlive { attempt: self.probes });
    }

    /// How long to wait for the answer to a SYN that was sent so often.
    fn syn_timeout(&self) -> core::time::Duration {
        let sent = self.syns.saturating_sub(1);
        let linear = if self.state == State::SynSent { self.config.syn_linear_timeouts } else { 0 };
        let doubled = 1u32.checked_shl(sent.saturating_sub(linear)).unwrap_or(u32::MAX);
        self.config.rto_initial.saturating_mul(doubled).min(self.config.rto_max)
    }

    /// Sets the timers for what is so now; `progress` if something new was acknowledged.
    pub(super) fn arm(&mut self, now: Time, progress: bool) {
        match self.state {
            State::Closed | State::TimeWait => {
                [
                    Timer::Retransmit,
                    Timer::Tail,
                    Timer::Reorder,
                    Timer::Persist,
                    Timer::User,
                    Timer::KeepAlive,
                ]
                .into_iter()
                .for_each(|timer| self.timers.clear(timer));
                return;
            }
            State::SynSent | State::SynReceived => {
                if self.syns > 0 && !self.syn_due && !self.timers.is_set(Timer::Retransmit) {
                    self.timers.set(Timer::Retransmit, now + self.syn_timeout());
                }
                return;
            }
            _ => {}
        }
        let persisting = self.is_persisting();
        if self.sender.flight.is_empty() || persisting {
            [Timer::Retransmit, Timer::Tail, Timer::Reorder]
                .into_iter()
                .for_each(|timer| self.timers.clear(timer));
        } else {
            self.arm_retransmit(now, progress);
        }
        if persisting {
            if !self.timers.is_set(Timer::Persist) && self.probe_due.is_none() {
                self.timers.set(Timer::Persist, now + self.sender.rtt.timeout(&self.config));
            }
        } else {
            self.timers.clear(Timer::Persist);
        }
        self.arm_user(now, progress);
        self.arm_keep_alive();
    }

    /// Something waits, nothing is on its way (but for a byte that probes), and the window has no room for it.
    fn is_persisting(&self) -> bool {
        let sender = &self.sender;
        let probing = sender.flight.outstanding() <= 1 && self.config.window_probe == WindowProbe::Byte;
        let waits = sender.unsent() > 0 && sender.probe.is_none() && (sender.flight.is_empty());
        waits && (sender.usable() < sender.unsent().min(sender.segment) || sender.holds_back(&self.config))
            || (probing && sender.window == 0 && !sender.flight.is_empty())
    }

    fn arm_retransmit(&mut self, now: Time, progress: bool) {
        // What a repair sends again has as long as it had at first (RFC 6675 section 6).
        let resent = self.sender.flight.front().is_some_and(|front| front.again > 0 && front.at == now);
        if progress || resent || !self.timers.is_set(Timer::Retransmit) {
            self.timers.set(Timer::Retransmit, now + self.sender.rtt.timeout(&self.config));
        }
        let sender = &self.sender;
        let quiet = !sender.recovery.is_repairing()
            && sender.flight.sacked().segments == 0
            && !sender.recovery.tail_is_probed();
        if !(self.config.tail_loss_probe && self.sack && quiet) {
            self.timers.clear(Timer::Tail);
        } else if progress || !self.timers.is_set(Timer::Tail) || sender.last_sent == now {
            let due = now + sender.probe_timeout(&self.config);
            self.timers.set(Timer::Tail, due.min(self.timers.get(Timer::Retransmit)));
        }
        // The reordering timer looks at what was sent before something that has arrived.
        if self.config.rack && self.sack {
            match self.sender.on_reordering_timer(now, &self.config) {
                Some(left) => self.timers.set(Timer::Reorder, now + left),
                None => self.timers.clear(Timer::Reorder),
            }
        }
    }

    fn arm_user(&mut self, now: Time, progress: bool) {
        match self.user_timeout() {
            Some(timeout) if !self.sender.flight.is_empty() || self.is_persisting() => {
                if progress || !self.timers.is_set(Timer::User) {
                    self.timers.set(Timer::User, now + timeout);
                }
            }
            _ => self.timers.clear(Timer::User),
        }
    }

    fn arm_keep_alive(&mut self) {
        if !self.config.keep_alive || !self.sender.flight.is_empty() || self.is_persisting() {
            self.timers.clear(Timer::KeepAlive);
        } else if self.probe_due.is_none() {
            let interval = self.config.keep_alive_interval;
            let due = self.last_heard + self.config.keep_alive_idle + interval.saturating_mul(self.probes);
            self.timers.set(Timer::KeepAlive, due);
        }
    }
}
