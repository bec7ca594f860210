//! What is known of one neighbour, and how that changes with what is heard of it (RFC 4861 sections 7.2 and 7.3).

use alloc::collections::VecDeque;
use core::fmt;
use core::time::Duration;

use crate::field::Mac;
use crate::stack::Transmit;
use crate::time::Time;

/// How well a neighbour is known (RFC 4861 section 7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is being asked for.
    Incomplete,
    /// It has shown not long ago that it receives what is sent to it.
    Reachable,
    /// Its address is known, and nothing is done until it is used.
    Stale,
    /// It was used, and an upper layer may yet say that it is reachable.
    Delay,
    /// It is being asked whether it is still there.
    Probe,
    /// Its address was given and does not change.
    Permanent,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomplete => "INCOMPLETE",
            Self::Reachable => "REACHABLE",
            Self::Stale => "STALE",
            Self::Delay => "DELAY",
            Self::Probe => "PROBE",
            Self::Permanent => "PERMANENT",
        })
    }
}

/// A neighbour.
#[derive(Debug)]
pub(super) struct Entry {
    state: State,
    /// Its address, once that is known.
    mac: Option<Mac>,
    /// Until when it counts as reachable: what is REACHABLE afterwards is STALE, and no timer is needed for it.
    reachable_until: Time,
    /// It is a router.
    pub router: bool,
    /// How often it was asked since the state began.
    pub attempts: u8,
    /// When it was made or used last.
    pub used: Time,
    /// Frames that wait for its address.
    pub waiting: VecDeque<Transmit>,
}

/// What was heard of a neighbour, in the words of a neighbour advertisement (RFC 4861 section 4.4). ARP says the same: a reply to us is
/// solicited, and whatever has a sender replaces what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Its address, if it was said.
    pub mac: Option<Mac>,
    /// It answers a question of ours.
    pub solicited: bool,
    /// The address takes the place of another.
    pub replace: bool,
    /// Whether it is a router, if that was said.
    pub router: Option<bool>,
}

impl Heard {
    /// Something came from it that is no answer: a question, a router's message (sections 6.2.6, 6.3.4, 7.2.3, 8.3).
    pub const fn from(mac: Mac) -> Self {
        Self { mac: Some(mac), solicited: false, replace: true, router: None }
    }
}

impl Entry {
    /// One that is to be asked for.
    pub const fn new(now: Time) -> Self {
        Self {
            state: State::Incomplete,
            mac: None,
            reachable_until: Time::ZERO,
            router: false,
            attempts: 0,
            used: now,
            waiting: VecDeque::new(),
        }
    }

    /// Its address was given.
    pub fn make_permanent(&mut self, mac: Mac) {
        (self.state, self.mac) = (State::Permanent, Some(mac));
    }

    /// Its state at this instant.
    pub fn state(&self, now: Time) -> State {
        match self.state {
            State::Reachable if now >= self.reachable_until => State::Stale,
            state => state,
        }
    }

    /// Its address.
    pub const fn mac(&self) -> Option<Mac> {
        self.mac
    }

    /// Enters a state in which it is asked something after a while.
    pub fn enter(&mut self, state: State) {
        (self.state, self.attempts) = (state, 0);
    }

    /// It has shown that it receives what is sent to it (section 7.3.3).
    pub fn confirm(&mut self, now: Time, reachable: Duration) {
        if !matches!(self.state, State::Incomplete | State::Permanent) {
            self.enter(State::Reachable);
            self.reachable_until = now + reachable;
        }
    }

    /// Takes in what was heard (section 7.2.5 and appendix C). `true` if it was a router and is none any more.
    pub fn hear(&mut self, now: Time, heard: Heard, reachable: Duration) -> bool {
        let state = self.state(now);
        let other = heard.mac.is_some() && heard.mac != self.mac;
        match state {
            State::Permanent => return false,
            State::Incomplete if heard.mac.is_none() => return false,
            State::Incomplete => {
                self.mac = heard.mac;
                self.enter(State::Stale);
            }
            State::Reachable if other && !heard.replace => {
                self.enter(State::Stale);
                return false;
            }
            _ if other && !heard.replace => return false,
            _ if other => {
                self.mac = heard.mac;
                self.enter(State::Stale);
            }
            _ => {}
        }
        if heard.solicited {
            self.confirm(now, reachable);
        }
        let was = self.router;
        self.router = heard.router.unwrap_or(was);
        was && !self.router
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const NEW: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const NOW: Time = Time::new(100, 0);
    const SPAN: Duration = Duration::from_secs(30);

    fn entry(state: State) -> Entry {
        let mut entry = Entry::new(NOW);
        if state != State::Incomplete {
            entry.mac = Some(OLD);
            entry.state = state;
            entry.reachable_until = NOW + SPAN;
        }
        entry
    }

    /// RFC 4861 section 7.2.5, and the table of appendix C: solicited, override, the address said (none, the same, another), the state
    /// before, the state and the address after.
    #[test]
    fn what_an_advertisement_changes() {
        use State::*;
        const NONE: Option<Mac> = None;
        let table = [
            // An entry that is being asked for takes any address, and nothing without one.
            (true, true, NONE, Incomplete, Incomplete, NONE),
            (true, false, Some(NEW), Incomplete, Reachable, Some(NEW)),
            (true, true, Some(NEW), Incomplete, Reachable, Some(NEW)),
            (false, false, Some(NEW), Incomplete, Stale, Some(NEW)),
            (false, true, Some(NEW), Incomplete, Stale, Some(NEW)),
            // Another address without override is not taken, and is a reason to doubt.
            (true, false, Some(NEW), Reachable, Stale, Some(OLD)),
            (false, false, Some(NEW), Reachable, Stale, Some(OLD)),
            (true, false, Some(NEW), Stale, Stale, Some(OLD)),
            (false, false, Some(NEW), Stale, Stale, Some(OLD)),
            (true, false, Some(NEW), Delay, Delay, Some(OLD)),
            (true, false, Some(NEW), Probe, Probe, Some(OLD)),
            (false, false, Some(NEW), Probe, Probe, Some(OLD)),
            // The same address, or none: an answer confirms, anything else says nothing.
            (true, false, Some(OLD), Reachable, Reachable, Some(OLD)),
            (true, false, Some(OLD), Stale, Reachable, Some(OLD)),
            (true, false, Some(OLD), Delay, Reachable, Some(OLD)),
            (true, true, Some(OLD), Probe, Reachable, Some(OLD)),
            (true, false, NONE, Probe, Reachable, Some(OLD)),
            (true, true, NONE, Stale, Reachable, Some(OLD)),
            (false, false, Some(OLD), Reachable, Reachable, Some(OLD)),
            (false, true, Some(OLD), Stale, Stale, Some(OLD)),
            (false, true, Some(OLD), Probe, Probe, Some(OLD)),
            (false, false, NONE, Delay, Delay, Some(OLD)),
            (false, true, NONE, Reachable, Reachable, Some(OLD)),
            // Another address with override is taken.
            (true, true, Some(NEW), Reachable, Reachable, Some(NEW)),
            (true, true, Some(NEW), Stale, Reachable, Some(NEW)),
            (true, true, Some(NEW), Probe, Reachable, Some(NEW)),
            (false, true, Some(NEW), Reachable, Stale, Some(NEW)),
            (false, true, Some(NEW), Stale, Stale, Some(NEW)),
            (false, true, Some(NEW), Delay, Stale, Some(NEW)),
            (false, true, Some(NEW), Probe, Stale, Some(NEW)),
            // What was given stays.
            (true, true, Some(NEW), Permanent, Permanent, Some(OLD)),
        ];
        for (solicited, replace, mac, before, after, address) in table {
            let mut entry = entry(before);
            let heard = Heard { mac, solicited, replace, router: None };
            entry.hear(NOW, heard, SPAN);
            assert_eq!((entry.state(NOW), entry.mac), (after, address), "{heard:?} in {before}");
        }
    }

    /// RFC 4861 section 7.2.5: the router flag is taken with the rest, and that it is gone matters to routes.
    #[test]
    fn a_router_that_is_none_any_more() {
        let mut entry = entry(State::Stale);
        let say = |router| Heard { mac: None, solicited: true, replace: false, router: Some(router) };
        assert!(!entry.hear(NOW, say(true), SPAN) && entry.router);
        let doubted = Heard { mac: Some(NEW), replace: false, ..say(false) };
        assert!(!entry.hear(NOW, doubted, SPAN) && entry.router);
        assert!(entry.hear(NOW, say(false), SPAN) && !entry.router);
        assert!(!entry.hear(NOW, say(false), SPAN));
    }

    /// RFC 4861 section 7.3.3: REACHABLE ends with its time.
    #[test]
    fn reachable_becomes_stale() {
        let mut entry = entry(State::Delay);
        entry.confirm(NOW, SPAN);
        assert_eq!(entry.state(NOW + (SPAN - Duration::from_nanos(1))), State::Reachable);
        assert_eq!(entry.state(NOW + SPAN), State::Stale);
    }
}
