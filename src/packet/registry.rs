//! Which number leads to which header: one line a protocol.
//!
//! The headers do not know each other. Each says which number comes next ([`Next`]); here is
//! where the number leads, and here, read the other way, a builder finds the number of what it carries.

use crate::field::builder::Registered;
use crate::field::{FieldInfo, Header, Kind, Next, Peel, Protocol};
use crate::packet::decode::{INLINE, Walk};
use crate::packet::{Decoder, LinkType, Record};
#[allow(clippy::wildcard_imports)] // So that a new protocol needs its line alone.
use crate::wire::{cooked::*, dhcpv6::*, dns::*, ipv6_extension::*, ppp_framing::*, pppoe::*, vxlan::*, *};

/// The class of a kind: the upper byte of its number.
pub(super) const CLASS: u16 = 0xff00;
pub(super) const LINK: u16 = 0x0100;
pub(super) const NETWORK: u16 = 0x0200;
pub(super) const EXTENSION: u16 = 0x0300;
pub(super) const TRANSPORT: u16 = 0x0400;
/// The bit of those transport headers that quote packets, behind which something else can stand.
pub(super) const QUOTES: u16 = 0x20;
pub(super) const APPLICATION: u16 = 0x0500;
/// What is no header: payload, padding, trailers, and what stands behind a header's content.
pub(super) const REST: u16 = 0x0600;

macro_rules! registry {
    (
        tails { $($TAIL:ident = $tail_class:ident | $tail_number:literal, $tail_module:ident::$Tail:ident;)* }
    $(
        $KIND:ident = $class:ident | $number:literal $($rare:ident)?, $module:ident::$Header:ident
            $(, LinkType $link:literal $(| $more_link:literal)*)?
            $(, EtherType $ether:literal $(..= $last_ether:literal)? $(| $more_ether:literal)*)?
            $(, IpProtocol $protocol:literal)?
            $(, UdpPort $udp:literal $(| $more_udp:literal)*)?
            $(, UdpTo $udp_to:literal)?
            $(, UdpBoth $udp_both:literal)?
            $(, TcpPort $tcp:literal $(| $more_tcp:literal)*)?
            $(, LooksIn $looks:ident)?;
    )*
    ) => {
        impl Kind {
            $(
                #[doc = concat!("[`", stringify!($Header), "`](crate::wire).")]
                pub const $KIND: Self = Self($class | $number);
            )*
            $(
                #[doc = concat!("[`", stringify!($Tail), "`](crate::wire).")]
                pub const $TAIL: Self = Self($tail_class | $tail_number);
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

        $(
            impl Registered for $tail_module::$Tail {
                const KIND: Kind = Kind::$TAIL;
                const PROTOCOL: &'static Protocol = &$tail_module::PROTOCOL;
                const ETHER_TYPE: Option<u16> = None;
                const IP_PROTOCOL: Option<u8> = None;
            }
        )*

        /// The built-in kinds, in the order of the registry.
        pub const KINDS: &[Kind] = &[$(Kind::$KIND,)* $(Kind::$TAIL),*];

        /// What a built-in kind says of itself.
        pub const fn built_in(kind: Kind) -> Option<&'static Protocol> {
            match kind {
                $(Kind::$KIND => Some(&$module::PROTOCOL),)*
                $(Kind::$TAIL => Some(&$tail_module::PROTOCOL),)*
                _ => None,
            }
        }

        /// Calls every getter of the view that a built-in kind has over bytes that begin with it; nothing if they are too short.
        #[doc(hidden)]
        pub fn getters(kind: Kind, bytes: &[u8], visit: &mut dyn FnMut(&'static FieldInfo, u128)) {
            match kind {
                $(Kind::$KIND => {
                    if let Some(view) = <$module::$Header as Header>::wrap(bytes) {
                        view.getters(visit);
                    }
                })*
                _ => {}
            }
        }

        /// What a built-in kind is called here: `DNS_OVER_TCP`.
        pub const fn constant(kind: Kind) -> &'static str {
            match kind {
                $(Kind::$KIND => stringify!($KIND),)*
                $(Kind::$TAIL => stringify!($TAIL),)*
                _ => "",
            }
        }

        /// The multiple of bytes that a built-in kind is padded to.
        pub const fn step(kind: Kind) -> usize {
            match kind {
                $(Kind::$KIND => <$module::$Header as Header>::STEP,)*
                $(Kind::$TAIL => <$tail_module::$Tail as Header>::STEP,)*
                _ => 1,
            }
        }

        /// The first UDP port, or TCP port, that leads to a built-in kind.
        pub const fn port(kind: Kind) -> Option<u16> {
            match kind {
                $(Kind::$KIND => {
                    let ports: &[u16] = &[$($udp,)? $($udp_to,)? $($udp_both,)? $($tcp,)?];
                    match ports {
                        [port, ..] => Some(*port),
                        [] => None,
                    }
                })*
                _ => None,
            }
        }

        /// The EtherType and the IP protocol number that lead to a built-in kind.
        pub const fn numbers(kind: Kind) -> (Option<u16>, Option<u8>) {
            match kind {
                $(Kind::$KIND => (number!($($ether)?), number!($($protocol)?)),)*
                _ => (None, None),
            }
        }

        /// The link type of packets that begin with a built-in kind; IP packets are raw ones.
        pub const fn link_type(kind: Kind) -> Option<LinkType> {
            if matches!(kind, Kind::IPV4 | Kind::IPV6) {
                return Some(LinkType::RAW);
            }
            match kind {
                $(Kind::$KIND => match number!($($link)?) {
                    Some(link) => Some(LinkType(link)),
                    None => None,
                },)*
                _ => None,
            }
        }

        /// The header that a capture's link type says frames begin with; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_link_type(link: u32) -> Kind {
            match link {
                $($($link $(| $more_link)* => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// The header that UDP ports lead to, source and destination; [`Kind::NONE`] if none is built in. Its line says
        /// how a port counts: `UdpPort` at either end, the destination first, as of a server that answers; `UdpTo` as the
        /// destination alone, as of a tunnel, whose source port is any; `UdpBoth` at both ends.
        #[inline(always)]
        pub const fn by_udp_ports(source: u16, destination: u16) -> Kind {
            match (source, destination) {
                $($((_, $udp $(| $more_udp)*) => Kind::$KIND,)?)*
                $($((_, $udp_to) => Kind::$KIND,)?)*
                $($(($udp_both, $udp_both) => Kind::$KIND,)?)*
                $($(($udp $(| $more_udp)*, _) => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// The header that TCP ports lead to, the destination first; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_tcp_ports(source: u16, destination: u16) -> Kind {
            match (source, destination) {
                $($((_, $tcp $(| $more_tcp)*) => Kind::$KIND,)?)*
                $($(($tcp $(| $more_tcp)*, _) => Kind::$KIND,)?)*
                _ => Kind::NONE,
            }
        }

        /// Whether a built-in kind is one that TCP ports lead to.
        pub const fn has_tcp_port(kind: Kind) -> bool {
            match kind {
                $(Kind::$KIND => { let ports: &[u16] = &[$($tcp)?]; !ports.is_empty() })*
                _ => false,
            }
        }

        /// Whether a UDP payload looks like what a kind is, of those that can be told so.
        pub fn looks_in_udp(kind: Kind, payload: &[u8]) -> bool {
            match kind {
                $($(Kind::$KIND => looks!($looks Udp) && $module::looks(payload),)?)*
                _ => false,
            }
        }

        /// Whether a message of a kind can begin with these bytes of a TCP segment: many segments begin in the middle of one.
        pub fn begins_in_tcp(kind: Kind, payload: &[u8]) -> bool {
            match kind {
                $($(Kind::$KIND => { let _: u16 = $tcp; $module::begins(payload) })?)*
                _ => true,
            }
        }

        /// What the payload of a UDP datagram is by its looks, where its ports say nothing.
        #[inline(always)]
        pub fn by_looks_in_udp(payload: &[u8]) -> Kind {
            $($(
                if looks!($looks Udp) && $module::looks(payload) {
                    return Kind::$KIND;
                }
            )?)*
            Kind::NONE
        }

        /// What the payload of a TCP segment is by its looks, where its ports say nothing.
        #[inline(always)]
        pub fn by_looks_in_tcp(payload: &[u8]) -> Kind {
            $($(
                if looks!($looks Tcp) && $module::looks(payload) {
                    return Kind::$KIND;
                }
            )?)*
            Kind::NONE
        }

        /// The header that an EtherType leads to; [`Kind::NONE`] if none is built in.
        #[inline(always)]
        pub const fn by_ether_type(ether_type: u16) -> Kind {
            match ether_type {
                $($($ether $(..= $last_ether)? $(| $more_ether)* => Kind::$KIND,)?)*
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

        /// Whether a kind is one that the walk has no step of its own for: few packets have it, and each step costs
        /// all packets something.
        #[inline(always)]
        const fn is_rare(kind: Kind) -> bool {
            match kind {
                $(Kind::$KIND => !often!($($rare)?),)*
                _ => false,
            }
        }

        /// Takes one header off: `None` if its kind is not built in, `Some(None)` if it is cut short.
        #[allow(clippy::option_option)]
        pub(super) fn peel(kind: Kind, bytes: &[u8]) -> Option<Option<Peel<'_, Next>>> {
            match kind {
                $(Kind::$KIND => Some($module::peel(bytes).filter(fits).map(|peel| peel.map(Next::from))),)*
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
                    if const { often!($($rare)?) } && kind.0 == Kind::$KIND.0 {
                        let index = walk.seen.count;
                        if index >= room {
                            break;
                        }
                        match walk.step(Kind::$KIND, $module::peel) {
                            Ok((layer, next)) => {
                                record.layers[index] = layer;
                                kind = decoder.next::<RULES>(next.into(), walk.rest);
                            }
                            Err(layer) => (record.layers[index], kind) = (layer, Kind::NONE),
                        }
                        if kind.0 == Kind::NONE.0 {
                            break;
                        }
                    }
                )*
                if !matches!(kind, $(Kind::$KIND)|*) || is_rare(kind) {
                    let index = walk.seen.count;
                    if index >= room {
                        break;
                    }
                    match walk.step(kind, |rest| decoder.peel_rare(kind, rest)) {
                        Ok((layer, next)) => {
                            record.layers[index] = layer;
                            kind = decoder.next::<RULES>(next, walk.rest);
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

/// Whether a header has a place in the record: no more than 65,535 bytes.
#[inline(always)]
pub(super) fn fits<N>(peel: &Peel<'_, N>) -> bool {
    peel.header <= u16::MAX as usize
}

macro_rules! often {
    () => {
        true
    };
    (rare) => {
        false
    };
}

macro_rules! looks {
    (Udp Udp) => {
        true
    };
    (Tcp Tcp) => {
        true
    };
    ($given:ident $wanted:ident) => {
        false
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
    // No number leads to what stands behind a header's content: the header itself says that it is there.
    tails {
        ICMP_EXTENSION = REST | 0x10, icmp_extension::IcmpExtension;
        DHCPV6_RELAY_OPTIONS = REST | 0x11, relay_options::RelayOptions;
    }

    ETHERNET = LINK | 1, ethernet::Ethernet, LinkType 1, IpProtocol 143;
    VLAN = LINK | 2, vlan::Vlan, EtherType 0x8100 | 0x88a8 | 0x9100;
    LLC = LINK | 3 rare, llc::Llc, EtherType 0x0000 ..= 0x05ff;
    SNAP = LINK | 4 rare, snap::Snap;
    SLL = LINK | 5 rare, sll::Sll, LinkType 113;
    SLL2 = LINK | 6 rare, sll2::Sll2, LinkType 276;
    NULL = LINK | 7 rare, null::Null, LinkType 0 | 108;
    DIRECTION = LINK | 8 rare, direction::Direction, LinkType 204;
    HDLC = LINK | 9 rare, hdlc::Hdlc;
    CISCO_HDLC = LINK | 14 rare, chdlc::CiscoHdlc, LinkType 104;
    PPPOE_DISCOVERY = LINK | 10 rare, discovery::PppoeDiscovery, EtherType 0x8863;
    PPPOE_SESSION = LINK | 11 rare, session::PppoeSession, EtherType 0x8864;
    PPP = LINK | 12 rare, ppp::Ppp;
    NFLOG = LINK | 13 rare, nflog::Nflog, LinkType 239;
    ARP = NETWORK | 1, arp::Arp, EtherType 0x0806;
    IPV4 = NETWORK | 2, ipv4::Ipv4, LinkType 228, EtherType 0x0800, IpProtocol 4;
    IPV6 = NETWORK | 3, ipv6::Ipv6, LinkType 229, EtherType 0x86dd, IpProtocol 41;
    HOP_BY_HOP = EXTENSION | 1 rare, hop_by_hop::HopByHop, IpProtocol 0;
    ROUTING = EXTENSION | 2 rare, routing::Routing, IpProtocol 43;
    FRAGMENT = EXTENSION | 3 rare, fragment::Fragment, IpProtocol 44;
    DESTINATION_OPTIONS = EXTENSION | 4 rare, destination_options::DestinationOptions, IpProtocol 60;
    AUTHENTICATION = EXTENSION | 5 rare, authentication::Authentication, IpProtocol 51;
    TCP = TRANSPORT | 2, tcp::Tcp, IpProtocol 6;
    UDP = TRANSPORT | 3, udp::Udp, IpProtocol 17;
    ICMPV4 = TRANSPORT | 0x20, icmpv4::Icmpv4, IpProtocol 1;
    ICMPV6 = TRANSPORT | 0x21, icmpv6::Icmpv6, IpProtocol 58;
    VXLAN = APPLICATION | 1 rare, vxlan::Vxlan, UdpTo 4789;
    VXLAN_GPE = APPLICATION | 2 rare, gpe::VxlanGpe, UdpTo 4790;
    DNS = APPLICATION | 3 rare, dns::Dns, UdpPort 53, LooksIn Udp;
    DNS_OVER_TCP = APPLICATION | 4 rare, over_tcp::DnsOverTcp, TcpPort 53, LooksIn Tcp;
    MDNS = APPLICATION | 5 rare, mdns::Mdns, UdpPort 5353;
    LLMNR = APPLICATION | 6 rare, llmnr::Llmnr, UdpPort 5355;
    DHCP = APPLICATION | 7 rare, dhcp::Dhcp, UdpPort 67 | 68, LooksIn Udp;
    DHCPV6 = APPLICATION | 8 rare, dhcpv6::Dhcpv6, UdpPort 546 | 547;
    NBNS = APPLICATION | 16 rare, nbns::Nbns, UdpPort 137;
    RIP = APPLICATION | 17 rare, rip::Rip, UdpPort 520;
    SCTP = TRANSPORT | 5 rare, sctp::Sctp, IpProtocol 132, UdpBoth 9899;
    IGMP = TRANSPORT | 0x10 rare, igmp::Igmp, IpProtocol 2;
    UDP_LITE = TRANSPORT | 0x11 rare, udp_lite::UdpLite, IpProtocol 136;
    MOBILITY = TRANSPORT | 0x12 rare, mobility::Mobility, IpProtocol 135;
}

/// Every row of every table: of headers, of what stands in them, and of what is no header. A name can be in several.
pub fn rows() -> impl Iterator<Item = &'static FieldInfo> {
    use crate::wire::data;
    let rests = [data::padding::FIELDS, data::trailer::FIELDS, data::ethernet_trailer::FIELDS];
    let rests = rests.into_iter().chain([data::frame_check_sequence::FIELDS, data::unparsed::FIELDS]);
    let protocols = KINDS.iter().filter_map(|kind| built_in(*kind));
    let payloads = protocols.clone().map(|protocol| protocol.payload);
    protocols.flat_map(Protocol::all_tables).chain(rests).flatten().chain(payloads)
}
