//! Which number leads to which header: one line a protocol.
//!
//! The headers do not know each other. Each says which number comes next ([`Next`]); here is
//! where the number leads, and here, read the other way, a builder finds the number of what it carries.

use crate::field::builder::Registered;
use crate::field::{Kind, Next, Peel, Protocol};
use crate::names::{EtherType, IpProtocol};
use crate::wire::ipv6_extension::{authentication, destination_options, fragment, hop_by_hop, routing};
use crate::wire::{arp, ethernet, icmpv4, icmpv6, ipv4, ipv6, tcp, udp, vlan};

/// The class of a kind: bits 5 and 6 of its number.
pub(super) const CLASS: u8 = 0x60;
pub(super) const LINK: u8 = 0x00;
pub(super) const NETWORK: u8 = 0x20;
pub(super) const EXTENSION: u8 = 0x40;
pub(super) const TRANSPORT: u8 = 0x60;

macro_rules! registry {
    ($(
        $KIND:ident = $class:ident | $number:literal, $module:ident::$Header:ident
            $(, EtherType $ether:literal $(| $more_ether:literal)*)? $(, IpProtocol $protocol:literal)?;
    )*) => {
        impl Kind {
            $(
                #[doc = concat!("[`", stringify!($Header), "`](crate::wire).")]
                pub const $KIND: Self = Self($class | $number);
            )*
        }

        $(
            impl Registered for $module::$Header {
                const PROTOCOL: &'static Protocol = &$module::PROTOCOL;
                const ETHER_TYPE: Option<EtherType> = number!(EtherType $($ether)?);
                const IP_PROTOCOL: Option<IpProtocol> = number!(IpProtocol $($protocol)?);
            }
        )*

        /// The built-in kinds, in the order of the registry.
        pub const KINDS: &[Kind] = &[$(Kind::$KIND),*];

        /// What a built-in kind says of itself.
        pub const fn built_in(kind: Kind) -> Option<&'static Protocol> {
            match kind {
                $(Kind::$KIND => Some(&$module::PROTOCOL),)*
                _ => None,
            }
        }

        /// The header that an EtherType leads to; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_ether_type(ether_type: EtherType) -> Kind {
            match ether_type.0 {
                $($($ether $(| $more_ether)* => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// The header that an IP protocol number leads to; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_ip_protocol(protocol: IpProtocol) -> Kind {
            match protocol.0 {
                $($($protocol => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// Takes one header off with the `peel` of its kind and gives the result to `visit`. Each kind has a copy
        /// of `visit` of its own, in which the kind and the sort of number that leads on are known.
        #[inline(always)]
        pub(super) fn peel<'a, V: Visit<'a>>(kind: Kind, bytes: &'a [u8], visit: V) -> V::Output {
            match kind {
                $(Kind::$KIND => visit.built_in(Kind::$KIND, $module::peel(bytes).map(|peel| peel.map(Next::from))),)*
                _ => visit.other(kind, bytes),
            }
        }
    };
}

macro_rules! number {
    ($Number:ident) => {
        None
    };
    ($Number:ident $value:literal) => {
        Some($Number($value))
    };
}

registry! {
    ETHERNET = LINK | 1, ethernet::Ethernet;
    VLAN = LINK | 2, vlan::Vlan, EtherType 0x8100 | 0x88a8 | 0x9100;
    ARP = NETWORK | 1, arp::Arp, EtherType 0x0806;
    IPV4 = NETWORK | 2, ipv4::Ipv4, EtherType 0x0800, IpProtocol 4;
    IPV6 = NETWORK | 3, ipv6::Ipv6, EtherType 0x86dd, IpProtocol 41;
    HOP_BY_HOP = EXTENSION | 1, hop_by_hop::HopByHop, IpProtocol 0;
    ROUTING = EXTENSION | 2, routing::Routing, IpProtocol 43;
    FRAGMENT = EXTENSION | 3, fragment::Fragment, IpProtocol 44;
    DESTINATION_OPTIONS = EXTENSION | 4, destination_options::DestinationOptions, IpProtocol 60;
    AUTHENTICATION = EXTENSION | 5, authentication::Authentication, IpProtocol 51;
    ICMPV4 = TRANSPORT | 1, icmpv4::Icmpv4, IpProtocol 1;
    TCP = TRANSPORT | 2, tcp::Tcp, IpProtocol 6;
    UDP = TRANSPORT | 3, udp::Udp, IpProtocol 17;
    ICMPV6 = TRANSPORT | 4, icmpv6::Icmpv6, IpProtocol 58;
}

/// What is done with a header that was taken off.
pub(super) trait Visit<'a> {
    type Output;
    /// A built-in header; `None` if it is cut short.
    fn built_in(self, kind: Kind, peel: Option<Peel<'a, Next>>) -> Self::Output;
    /// Any other.
    fn other(self, kind: Kind, bytes: &'a [u8]) -> Self::Output;
}
