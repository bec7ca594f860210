//! Neighbour discovery, [RFC 4861](https://www.rfc-editor.org/rfc/rfc4861): what its messages
//! have; the tables of their options are in [`options`].

use core::net::Ipv6Addr;

use crate::field::tlv::{Item, Rules};
use crate::field::{Builder, Check, Field, Finding, Mac, Severity};
use crate::names::{Icmpv6Type, NdpOptionType};

use super::{CODE, Icmpv6, TYPE, Tail, body, options};

crate::fields! {
    /// Router advertisement.
    pub mod router_advertisement in "RFC 4861 section 4.2" {
        tile HOP_LIMIT: u8 = 32..40, "icmpv6.nd.ra.cur_hop_limit", "Current hop limit";
        group FLAGS: u8 as Hex = 40..48, "icmpv6.nd.ra.flag", "Flags";
        tile MANAGED: bool = 40..41, "icmpv6.nd.ra.flag.m", "Managed address configuration";
        tile OTHER: bool = 41..42, "icmpv6.nd.ra.flag.o", "Other configuration";
        tile HOME_AGENT: bool = 42..43, "icmpv6.nd.ra.flag.h", "Home agent", "RFC 6275 section 7.1";
        tile PREFERENCE: u8 = 43..45, "icmpv6.nd.ra.flag.prf", "Default router preference", "RFC 4191 section 2.2";
        tile PROXY: bool = 45..46, "icmpv6.nd.ra.flag.p", "Proxy", "RFC 4389 section 4.1.3.3";
        tile RESERVED: u8 = 46..48, "icmpv6.nd.ra.flag.rsv", "Reserved";
        tile LIFETIME: u16 = 48..64, "icmpv6.nd.ra.router_lifetime", "Router lifetime, s";
        tile REACHABLE_TIME: u32 = 64..96, "icmpv6.nd.ra.reachable_time", "Reachable time, ms";
        tile RETRANS_TIMER: u32 = 96..128, "icmpv6.nd.ra.retrans_timer", "Retransmission timer, ms";
    }
}
crate::fields! {
    /// Neighbour solicitation.
    pub mod neighbour_solicitation in "RFC 4861 section 4.3" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.ns.target_address", "Target address";
    }
}
crate::fields! {
    /// Neighbour advertisement.
    pub mod neighbour_advertisement in "RFC 4861 section 4.4" {
        group FLAGS: u32 as Hex = 32..64, "icmpv6.nd.na.flag", "Flags";
        tile ROUTER: bool = 32..33, "icmpv6.nd.na.flag.r", "Router";
        tile SOLICITED: bool = 33..34, "icmpv6.nd.na.flag.s", "Solicited";
        tile OVERRIDE: bool = 34..35, "icmpv6.nd.na.flag.o", "Override";
        tile RESERVED: u32 = 35..64, "icmpv6.nd.na.flag.rsv", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.na.target_address", "Target address";
    }
}
crate::fields! {
    /// Redirect.
    pub mod redirect in "RFC 4861 section 4.5" {
        tile RESERVED: [u8; 0] = 32..64, "icmpv6.reserved", "Reserved";
        tile TARGET: Ipv6Addr = 64..192, "icmpv6.nd.rd.target_address", "Target address";
        tile DESTINATION: Ipv6Addr = 192..320, "icmpv6.rd.na.destination_address", "Destination address";
    }
}

/// RFC 4861 sections 6.1 and 7.1: what a router would have passed on is no message of a neighbour's.
pub(super) const HOP_LIMIT_IS_255: Check = |scope| {
    let limit = scope.hop_limit.filter(|_| is_discovery(scope.bytes) && scope.over_ipv6 && !scope.quoted)?;
    let text = "the hop limit of neighbour discovery is not 255: the message may come from beyond the link";
    let wrong = Finding::at(&TYPE.info, "icmpv6.nd.hlim.bad", Severity::Error, text);
    (limit != 255).then(|| wrong.value(u64::from(limit), 255))
};

/// RFC 4861 sections 6.1 and 7.1: there is no code but 0.
pub(super) const CODE_IS_ZERO: Check = |scope| {
    let code = CODE.read(scope.bytes).filter(|_| is_discovery(scope.bytes))?;
    let wrong = Finding::at(
        &CODE.info,
        "icmpv6.nd.code.bad",
        Severity::Error,
        "neighbour discovery has no code but 0",
    );
    (code != 0).then(|| wrong.value(u64::from(code), 0))
};

fn is_discovery(message: &[u8]) -> bool {
    use Icmpv6Type as Type;
    matches!(
        TYPE.read(message),
        Some(
            Type::ROUTER_SOLICITATION
                | Type::ROUTER_ADVERTISEMENT
                | Type::NEIGHBOUR_SOLICITATION
                | Type::NEIGHBOUR_ADVERTISEMENT
                | Type::REDIRECT
        )
    )
}

impl Icmpv6 {
    /// Router solicitation; options are added behind it.
    pub fn router_solicitation() -> Builder<Self> {
        Self::new(Icmpv6Type::ROUTER_SOLICITATION, 0).append(&[0; 4])
    }

    /// Router advertisement: the hop limit to use, and for how many seconds this is a default router; options are added
    /// behind it.
    pub fn router_advertisement(hop_limit: u8, lifetime: u16) -> Builder<Self> {
        Self::new(Icmpv6Type::ROUTER_ADVERTISEMENT, 0)
            .append(&[hop_limit, 0])
            .append(&lifetime.to_be_bytes())
            .append(&[0; 8])
    }

    /// Neighbour solicitation for `target`, with the asker's link-layer address.
    pub fn neighbour_solicitation(target: Ipv6Addr, source: Mac) -> Builder<Self> {
        Self::new(Icmpv6Type::NEIGHBOUR_SOLICITATION, 0)
            .append(&[0; 4])
            .append(&target.octets())
            .link_address(NdpOptionType::SOURCE_LINK_ADDRESS, source)
    }

    /// Neighbour advertisement of `target`, with its link-layer address; whether it answers a solicitation.
    pub fn neighbour_advertisement(target: Ipv6Addr, address: Mac, solicited: bool) -> Builder<Self> {
        Self::new(Icmpv6Type::NEIGHBOUR_ADVERTISEMENT, 0)
            .append(&[0; 4])
            .preset(&neighbour_advertisement::SOLICITED, solicited)
            .preset(&neighbour_advertisement::OVERRIDE, true)
            .append(&target.octets())
            .link_address(NdpOptionType::TARGET_LINK_ADDRESS, address)
    }

    /// Redirect: packets to `destination` should go to `target`.
    pub fn redirect(target: Ipv6Addr, destination: Ipv6Addr) -> Builder<Self> {
        Self::new(Icmpv6Type::REDIRECT, 0)
            .append(&[0; 4])
            .append(&target.octets())
            .append(&destination.octets())
    }
}

impl Builder<Icmpv6> {
    /// Adds an option of neighbour discovery: its type and data; the length is filled in, in units of 8 bytes.
    #[must_use]
    pub fn option(self, kind: NdpOptionType, data: &[u8]) -> Self {
        self.item(&Rules::NDP, u16::from(kind.0), data)
    }

    /// Adds a source or target link-layer address.
    #[must_use]
    pub fn link_address(self, kind: NdpOptionType, address: Mac) -> Self {
        self.option(kind, &address.0)
    }

    /// Adds the information that a prefix is on the link, and that addresses may be made with it; lifetimes are in
    /// seconds.
    #[must_use]
    pub fn prefix(self, prefix: Ipv6Addr, length: u8, valid: u32, preferred: u32) -> Self {
        let mut data = [0; 30];
        let _ = options::prefix::LENGTH.write(&mut data, length);
        let _ = options::prefix::ON_LINK.write(&mut data, true);
        let _ = options::prefix::AUTONOMOUS.write(&mut data, true);
        let _ = options::prefix::VALID.write(&mut data, valid);
        let _ = options::prefix::PREFERRED.write(&mut data, preferred);
        let _ = options::prefix::PREFIX.write(&mut data, prefix);
        self.option(NdpOptionType::PREFIX_INFORMATION, &data)
    }

    /// Adds the MTU of the link.
    #[must_use]
    pub fn link_mtu(self, mtu: u32) -> Self {
        let mut data = [0; 6];
        let _ = options::mtu::MTU.write(&mut data, mtu);
        self.option(NdpOptionType::MTU, &data)
    }

    /// Adds a recursive DNS server, for so many seconds.
    #[must_use]
    pub fn dns_server(self, lifetime: u32, address: Ipv6Addr) -> Self {
        let mut data = [0; 22];
        let _ = options::dns_server::LIFETIME.write(&mut data, lifetime);
        if let Some(place) = data.get_mut(6..) {
            place.copy_from_slice(&address.octets());
        }
        self.option(NdpOptionType::RECURSIVE_DNS_SERVER, &data)
    }
}

/// What a router advertisement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouterAdvertisement {
    /// The hop limit to use; 0 for none in particular.
    pub hop_limit: u8,
    /// Addresses come by DHCPv6.
    pub managed: bool,
    /// Other configuration comes by DHCPv6.
    pub other: bool,
    /// For how many seconds it is a default router; 0 for not at all.
    pub lifetime: u16,
    /// For how many milliseconds a neighbour is reachable; 0 for not said.
    pub reachable_time: u32,
    /// Milliseconds between solicitations; 0 for not said.
    pub retrans_timer: u32,
}

/// The flags of a neighbour advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvertisementFlags {
    /// The sender is a router.
    pub router: bool,
    /// It answers a solicitation.
    pub solicited: bool,
    /// The address takes the place of one that is known.
    pub replace: bool,
}

/// An option of neighbour discovery, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NdpOption<'a> {
    /// The link-layer address of the sender, as many bytes as its link has and what fills them up.
    SourceLinkAddress(&'a [u8]),
    /// The link-layer address of the target.
    TargetLinkAddress(&'a [u8]),
    /// A prefix.
    Prefix {
        /// The prefix.
        prefix: Ipv6Addr,
        /// How many bits of it count.
        length: u8,
        /// It is on the link.
        on_link: bool,
        /// Addresses may be made with it.
        autonomous: bool,
        /// Seconds for which it is valid.
        valid: u32,
        /// Seconds for which addresses made with it are preferred.
        preferred: u32,
    },
    /// The packet that led to a redirect, as much of it as fits.
    Redirected(&'a [u8]),
    /// The MTU of the link.
    Mtu(u32),
    /// A nonce.
    Nonce(&'a [u8]),
    /// A route, its prefix without the zeros that may be left out.
    Route {
        /// The bytes of the prefix that are there.
        prefix: &'a [u8],
        /// How many bits of it count.
        length: u8,
        /// The preference, two bits: 0 medium, 1 high, 3 low.
        preference: u8,
        /// Seconds for which it is valid.
        lifetime: u32,
    },
    /// Recursive DNS servers.
    DnsServers {
        /// Seconds for which they may be used.
        lifetime: u32,
        /// Their addresses, of 16 bytes each.
        addresses: &'a [[u8; 16]],
    },
    /// A DNS search list.
    SearchList {
        /// Seconds for which it may be used.
        lifetime: u32,
        /// The names as they stand in DNS, and the zeros behind them.
        names: &'a [u8],
    },
    /// Any other option, or one that is too short for what it is.
    Other(Item<'a>),
}

impl<'a> NdpOption<'a> {
    /// Reads an item of the list.
    pub fn of(item: Item<'a>) -> Self {
        Self::known(item).unwrap_or(Self::Other(item))
    }

    fn known(item: Item<'a>) -> Option<Self> {
        if item.broken {
            return None;
        }
        let data = item.data(&Rules::NDP);
        Some(match NdpOptionType(item.kind as u8) {
            NdpOptionType::SOURCE_LINK_ADDRESS => Self::SourceLinkAddress(data),
            NdpOptionType::TARGET_LINK_ADDRESS => Self::TargetLinkAddress(data),
            NdpOptionType::PREFIX_INFORMATION => Self::Prefix {
                prefix: options::prefix::PREFIX.read(data)?,
                length: options::prefix::LENGTH.read(data)?,
                on_link: options::prefix::ON_LINK.read(data)?,
                autonomous: options::prefix::AUTONOMOUS.read(data)?,
                valid: options::prefix::VALID.read(data)?,
                preferred: options::prefix::PREFERRED.read(data)?,
            },
            NdpOptionType::REDIRECTED_HEADER => Self::Redirected(data.get(6..)?),
            NdpOptionType::MTU => Self::Mtu(options::mtu::MTU.read(data)?),
            NdpOptionType::NONCE => Self::Nonce(data),
            NdpOptionType::ROUTE_INFORMATION => Self::Route {
                prefix: data.get(6..)?,
                length: options::route::LENGTH.read(data)?,
                preference: options::route::PREFERENCE.read(data)?,
                lifetime: options::route::LIFETIME.read(data)?,
            },
            NdpOptionType::RECURSIVE_DNS_SERVER => Self::DnsServers {
                lifetime: options::dns_server::LIFETIME.read(data)?,
                addresses: data.get(6..)?.as_chunks().0,
            },
            NdpOptionType::DNS_SEARCH_LIST => Self::SearchList {
                lifetime: options::search_list::LIFETIME.read(data)?,
                names: data.get(6..)?,
            },
            _ => return None,
        })
    }
}

impl<'a> Icmpv6<&'a [u8]> {
    /// The options of neighbour discovery as they stand.
    pub fn options(&self) -> crate::field::tlv::Walk<'a> {
        let (_, fixed, tail) = body(self.bytes);
        let list =
            if matches!(tail, Tail::Options | Tail::Redirected) { self.bytes.get(fixed..) } else { None };
        crate::field::tlv::walk(list.unwrap_or(&[]), &Rules::NDP)
    }

    /// The options of neighbour discovery, read.
    pub fn ndp_options(&self) -> impl Iterator<Item = NdpOption<'a>> + use<'a> {
        self.options().map(NdpOption::of)
    }

    /// What a router advertisement says.
    pub fn advertisement(&self) -> Option<RouterAdvertisement> {
        use router_advertisement as table;
        (self.message_type() == Icmpv6Type::ROUTER_ADVERTISEMENT).then_some(())?;
        Some(RouterAdvertisement {
            hop_limit: table::HOP_LIMIT.read(self.bytes)?,
            managed: table::MANAGED.read(self.bytes)?,
            other: table::OTHER.read(self.bytes)?,
            lifetime: table::LIFETIME.read(self.bytes)?,
            reachable_time: table::REACHABLE_TIME.read(self.bytes)?,
            retrans_timer: table::RETRANS_TIMER.read(self.bytes)?,
        })
    }

    /// The target of a neighbour solicitation, a neighbour advertisement or a redirect.
    pub fn target(&self) -> Option<Ipv6Addr> {
        let field: &Field<Ipv6Addr> = match self.message_type() {
            Icmpv6Type::NEIGHBOUR_SOLICITATION => &neighbour_solicitation::TARGET,
            Icmpv6Type::NEIGHBOUR_ADVERTISEMENT => &neighbour_advertisement::TARGET,
            Icmpv6Type::REDIRECT => &redirect::TARGET,
            _ => return None,
        };
        field.read(self.bytes)
    }

    /// The destination that a redirect is about.
    pub fn redirected_destination(&self) -> Option<Ipv6Addr> {
        (self.message_type() == Icmpv6Type::REDIRECT).then_some(())?;
        redirect::DESTINATION.read(self.bytes)
    }

    /// The flags of a neighbour advertisement.
    pub fn advertisement_flags(&self) -> Option<AdvertisementFlags> {
        use neighbour_advertisement as table;
        (self.message_type() == Icmpv6Type::NEIGHBOUR_ADVERTISEMENT).then_some(())?;
        Some(AdvertisementFlags {
            router: table::ROUTER.read(self.bytes)?,
            solicited: table::SOLICITED.read(self.bytes)?,
            replace: table::OVERRIDE.read(self.bytes)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4861 section 4.6: what options hold, as they were given, and one that is too short as it is.
    #[test]
    fn options_are_read_as_they_were_given() {
        let prefix: Ipv6Addr = "2001:db8::".parse().unwrap();
        let server: Ipv6Addr = "2001:db8::53".parse().unwrap();
        let message = Icmpv6::router_advertisement(64, 1800)
            .link_address(NdpOptionType::SOURCE_LINK_ADDRESS, Mac([2, 0, 0, 0, 0, 1]))
            .prefix(prefix, 64, 7200, 3600)
            .link_mtu(1480)
            .dns_server(600, server)
            .option(NdpOptionType::PREFIX_INFORMATION, &[64]);
        let view = Icmpv6::view(message.bytes().unwrap()).unwrap();
        let advertisement = view.advertisement().unwrap();
        assert_eq!((advertisement.hop_limit, advertisement.lifetime), (64, 1800));
        let mut options = view.ndp_options();
        assert_eq!(options.next(), Some(NdpOption::SourceLinkAddress(&[2, 0, 0, 0, 0, 1])));
        let information = NdpOption::Prefix {
            prefix,
            length: 64,
            on_link: true,
            autonomous: true,
            valid: 7200,
            preferred: 3600,
        };
        assert_eq!(options.next(), Some(information));
        assert_eq!(options.next(), Some(NdpOption::Mtu(1480)));
        let servers = NdpOption::DnsServers { lifetime: 600, addresses: &[server.octets()] };
        assert_eq!(options.next(), Some(servers));
        assert!(matches!(options.next(), Some(NdpOption::Other(item)) if item.kind == 3));
        assert_eq!(options.next(), None);
    }
}
