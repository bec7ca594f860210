//! Addresses made with the prefixes of routers, [RFC 4862 section 5.5](https://www.rfc-editor.org/rfc/rfc4862#section-5.5).

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use ipnet::{IpNet, Ipv6Net};

use super::Neighbours;
use super::conflict::When;
use super::routers::{Lifetime, until_seconds};
use crate::field::Mac;
use crate::stack::{Address, AddressState, DropReason, Interface, InterfaceId, Outbox};
use crate::time::Time;

/// Nobody can make an address last less than this without having been believed for long (section 5.5.3 (e)).
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// The interface identifier of an Ethernet address (RFC 4291 appendix A, RFC 2464 section 4): `ff:fe` in the middle, and the bit turned
/// that says "local".
pub(super) const fn identifier(mac: Mac) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

/// The link-local address of an Ethernet address.
pub(super) fn link_local(mac: Mac) -> Ipv6Net {
    let address = (0xfe80_u128 << 112) | u128::from(identifier(mac));
    Ipv6Net::new(Ipv6Addr::from_bits(address), 64).unwrap_or_default()
}

/// The address that a prefix makes, which must have 64 bits.
pub(super) fn with_identifier(prefix: Ipv6Net, mac: Mac) -> Option<Ipv6Net> {
    let address = prefix.trunc().addr().to_bits() | u128::from(identifier(mac));
    Ipv6Net::new(Ipv6Addr::from_bits(address), 64).ok().filter(|_| prefix.prefix_len() == 64)
}

/// Section 5.5.3 (e), the rule of two hours: until when an address is valid after a router has said something, if that changes it.
fn valid_until(now: Time, valid_until: Time, said: Lifetime) -> Option<Time> {
    let until = until_seconds(now, said.0);
    if until > valid_until || until.since(now) > TWO_HOURS {
        Some(until)
    } else if valid_until.since(now) <= TWO_HOURS {
        None
    } else {
        Some(now + TWO_HOURS)
    }
}

impl Neighbours {
    /// A router has said a prefix with which addresses may be made: makes one, or changes how long it lasts.
    pub(super) fn autoconfigure(
        &mut self,
        now: Time,
        interfaces: &mut [Interface],
        id: InterfaceId,
        network: Ipv6Net,
        (preferred, valid): (Lifetime, Lifetime),
        out: &mut Outbox,
    ) {
        let address = network.addr();
        if preferred > valid {
            return out.drops.count(DropReason::NdpMalformed);
        }
        let preferred_until = until_seconds(now, preferred.0);
        let Some(interface) = interfaces.get_mut(usize::from(id.0)) else { return };
        let own = interface.addresses.iter_mut().find(|own| own.network.addr() == IpAddr::V6(address));
        match own {
            // One that its owner gave is not for routers to change.
            Some(own) if self.automatic.contains(&(id, address)) => {
                own.preferred_until = preferred_until;
                own.valid_until = valid_until(now, own.valid_until, valid).unwrap_or(own.valid_until);
                if own.state == AddressState::Deprecated && preferred_until > now {
                    own.state = AddressState::Preferred;
                }
                self.changed = true;
                self.age_addresses(now, interfaces, id);
            }
            None if valid.0 > 0 => {
                let new = Address {
                    preferred_until,
                    valid_until: until_seconds(now, valid.0),
                    ..Address::permanent(IpNet::V6(network))
                };
                if self.claim(now, interfaces, id, new, When::NotAllAtOnce, out) {
                    self.automatic.insert((id, address));
                } else {
                    out.drops.count(DropReason::NeighbourTable);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4291 appendix A and RFC 2464 section 4, with its example 34-56-78-9A-BC-DE.
    #[test]
    fn an_ethernet_address_makes_an_identifier() {
        let mac = Mac([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        assert_eq!(identifier(mac), 0x3656_78ff_fe9a_bcde);
        assert_eq!(link_local(mac), "fe80::3656:78ff:fe9a:bcde/64".parse().unwrap());
        let made = |prefix: &str| with_identifier(prefix.parse().unwrap(), mac);
        assert_eq!(made("2001:db8::/64"), Some("2001:db8::3656:78ff:fe9a:bcde/64".parse().unwrap()));
        assert_eq!(made("2001:db8::/48"), None);
    }

    /// RFC 4862 section 5.5.3 (e): seconds that are left, seconds that are said, seconds that are left then.
    #[test]
    fn the_rule_of_two_hours() {
        const HOUR: u32 = 3600;
        let now = Time::new(1_000_000, 0);
        let table = [
            // 1. More than two hours, or more than is left, is believed.
            (HOUR, 3 * HOUR, 3 * HOUR),
            (5 * HOUR, 3 * HOUR, 3 * HOUR),
            (60, 90, 90),
            (HOUR, u32::MAX, u32::MAX),
            // 2. With two hours or less to live, nothing shorter is.
            (HOUR, 60, HOUR),
            (2 * HOUR, 0, 2 * HOUR),
            (2 * HOUR, 2 * HOUR, 2 * HOUR),
            // 3. Otherwise it is two hours.
            (5 * HOUR, 60, 2 * HOUR),
            (2 * HOUR + 1, 0, 2 * HOUR),
            (u32::MAX, 0, 2 * HOUR),
        ];
        for (left, said, after) in table {
            let before = until_seconds(now, left);
            let until = valid_until(now, before, Lifetime(said)).unwrap_or(before);
            assert_eq!(until, until_seconds(now, after), "{left} left, {said} said");
        }
    }
}
