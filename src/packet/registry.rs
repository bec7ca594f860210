//! Which number leads to which header: one line a protocol.
//!
//! The headers do not know each other. Each says which number comes next ([`Next`]); here is
//! where the number leads, and here, read the other way, a builder finds the number of what it carries.

use crate::field::builder::Registered;
use crate::field::{Kind, Next, Peel, Protocol};
use crate::packet::decode::{INLINE, Walk};
use crate::packet::{Decoder, Record};
#[allow(clippy::wildcard_imports)] // So that a new protocol needs its line alone.
use crate::wire::{ipv6_extension::*, *};

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
                const KIND: Kind = Kind::$KIND;
                const PROTOCOL: &'static Protocol = &$module::PROTOCOL;
                const ETHER_TYPE: Option<u16> = number!($($ether)?);
                const IP_PROTOCOL: Option<u8> = number!($($protocol)?);
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
        pub const fn by_ether_type(ether_type: u16) -> Kind {
            match ether_type {
                $($($ether $(| $more_ether)* => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// The header that an IP protocol number leads to; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_ip_protocol(protocol: u8) -> Kind {
            match protocol {
                $($($protocol => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// Takes one header off: `None` if its kind is not built in, `Some(None)` if it is cut short.
        #[allow(clippy::option_option)]
        pub(super) fn peel(kind: Kind, bytes: &[u8]) -> Option<Option<Peel<'_, Next>>> {
            match kind {
                $(Kind::$KIND => Some($module::peel(bytes).map(|peel| peel.map(Next::from))),)*
                _ => None,
            }
        }

        /// Walks over a frame from header to header and writes down where each lies. Without `RULES` the decoder
        /// has none, and nothing looks for them.
        ///
        /// The registry is in the order in which headers stand in packets, so that going over it once mostly takes
        /// off all of them; each has a copy of the step of its own, and one leads directly to the next.
        #[expect(clippy::indexing_slicing, reason = "the index is checked, and a borrowed record would be copied")]
        pub(super) fn walk<const RULES: bool>(decoder: &Decoder, first: Kind, bytes: &[u8]) -> Record {
            let mut record = Record::EMPTY;
            let mut walk = Walk::new(bytes);
            let room = INLINE.min(usize::from(decoder.limits.layers));
            let mut kind = first;
            while kind != Kind::NONE {
                $(
                    if kind.0 == Kind::$KIND.0 {
                        let index = walk.seen.count;
                        if index >= room {
                            break;
                        }
                        match walk.step(Kind::$KIND, $module::peel) {
                            Ok((layer, next)) => {
                                record.layers[index] = layer;
                                kind = decoder.next::<RULES>(next.into());
                            }
                            Err(layer) => (record.layers[index], kind) = (layer, Kind::NONE),
                        }
                        if kind.0 == Kind::NONE.0 {
                            break;
                        }
                    }
                )*
                if !matches!(kind, $(Kind::$KIND)|*) {
                    let index = walk.seen.count;
                    if index >= room {
                        break;
                    }
                    match walk.step(kind, |rest| decoder.peel_user(kind, rest)) {
                        Ok((layer, next)) => {
                            record.layers[index] = layer;
                            kind = decoder.next::<RULES>(next);
                        }
                        Err(layer) => (record.layers[index], kind) = (layer, Kind::NONE),
                    }
                }
            }
            if kind != Kind::NONE {
                (walk.seen, record.limited) = decoder.deep(kind, walk.rest, walk.seen);
            }
            record.count = walk.seen.count as u8;
            record.network = walk.seen.network as u8;
            record.transport = walk.seen.transport as u8;
            record
        }
    };
}

macro_rules! number {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
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
