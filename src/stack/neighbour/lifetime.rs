//! Addresses grow old: preferred, deprecated, gone (RFC 4862 section 5.5.4).

use alloc::vec::Vec;
use core::net::IpAddr;

use super::timers::Timer;
use super::{AddressChange, Neighbours};
use crate::stack::{AddressState, Interface, InterfaceId};
use crate::time::Time;

impl Neighbours {
    /// Takes away addresses whose time is over, and deprecates others.
    pub(super) fn age_addresses(&mut self, now: Time, interfaces: &mut [Interface], id: InterfaceId) {
        let Some(interface) = interfaces.get_mut(usize::from(id.0)) else { return };
        let is_over = |until: Time| until <= now && until < Time::NEVER;
        let mut gone: Vec<IpAddr> = Vec::new();
        interface.addresses.retain(|own| {
            let over = is_over(own.valid_until);
            gone.extend(over.then_some(own.network.addr()));
            !over
        });
        for own in &mut interface.addresses {
            if own.state == AddressState::Preferred && is_over(own.preferred_until) {
                own.state = AddressState::Deprecated;
                self.event(id, own.network.addr(), AddressChange::Deprecated);
            }
        }
        for address in gone {
            self.forget_address((id, address));
        }
        self.watch_lifetimes(now, interfaces, id);
    }

    /// Wakes when the next address of an interface is deprecated or gone.
    pub(super) fn watch_lifetimes(&mut self, now: Time, interfaces: &[Interface], id: InterfaceId) {
        let Some(interface) = interfaces.get(usize::from(id.0)) else { return };
        let instants = interface.addresses.iter().flat_map(|own| {
            let preferred = (own.state == AddressState::Preferred).then_some(own.preferred_until);
            preferred.into_iter().chain([own.valid_until])
        });
        match instants.min().filter(|at| *at < Time::NEVER) {
            Some(at) => self.timers.after(now, at.since(now), Timer::Lifetimes(id)),
            None => self.timers.cancel(Timer::Lifetimes(id)),
        }
    }
}
