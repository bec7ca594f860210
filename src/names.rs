//! Numbers that have names. Each type keeps unknown values: a newtype over the number, with constants for the
//! values that have a name.
//!
//! | in | names of |
//! |---|---|
//! | Ethernet, LLC, PPP | [`EtherType`], [`LlcSap`], [`SnapOui`], [`PppProtocol`] |
//! | capture files | [`LinkType`], [`CookedPacketType`] |
//! | ARP | [`HardwareType`], [`ArpOperation`] |
//! | IP | [`IpProtocol`], [`Dscp`], [`Ecn`] |
//! | IPv4 | [`Ipv4OptionType`], [`Icmpv4Type`] and its codes, [`ExtensionClass`] and its types, [`IgmpType`], [`MulticastRecordType`] |
//! | IPv6 | [`Ipv6OptionType`], [`RoutingType`], [`Icmpv6Type`] and its codes, [`NdpOptionType`], [`MobilityMessageType`], [`MobilityOptionType`] |
//! | TCP | [`TcpOptionKind`], [`TcpExperiment`], [`MptcpSubtype`], [`MptcpResetReason`] |
//! | SCTP | [`SctpChunkType`], [`SctpParameterType`], [`SctpErrorCause`], [`SctpPayloadProtocol`] |
//! | ports | [`service`] |
//!
//! The files beside this one are generated: `src/names/generate.py` makes them from `src/names/tables/*.csv`, and each
//! says which registry it stands for, and from what source and of what date the table is. The ports are IANA's own
//! list, in a copy; the other tables were written down by hand after the RFCs that their rows name, and are compared
//! with what Debian's netbase says.
//!
//! ```
//! use layercake::names::{EtherType, Icmpv4Type, IpProtocol, service};
//!
//! assert_eq!(EtherType::IPV6.0, 0x86dd);
//! assert_eq!(IpProtocol(17).name(), Some("UDP"));
//! assert_eq!(IpProtocol(200).name(), None);
//! assert_eq!(EtherType(0x0800).to_string(), "IPv4");
//! assert_eq!(EtherType(0x1234).to_string(), "0x1234");
//! assert_eq!(Icmpv4Type::DESTINATION_UNREACHABLE.code_name(3), Some("Port unreachable"));
//! assert_eq!(service(53, IpProtocol::UDP), Some("domain"));
//! ```

/// Declares numbers that have names: `NAME = value, "name", "the document that says so";`.
macro_rules! names {
    ($(
        $(#[$doc:meta])*
        pub struct $Type:ident($raw:ident) as $format:ident {
            $($NAME:ident = $value:literal, $name:literal, $reference:literal;)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Type(pub $raw);

        impl $Type {
            $(
                #[doc = concat!($name, " (", $reference, ").")]
                pub const $NAME: Self = Self($value);
            )*

            /// The name of the value, if it has one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }
        }

        impl crate::field::FieldType for $Type {
            const FORMAT: crate::field::Format = crate::field::Format::$format;
            const NAMES: Option<fn(u64) -> Option<&'static str>> =
                Some(|value| $raw::try_from(value).ok().and_then(|value| Self(value).name()));
            #[inline(always)]
            fn from_bits(bits: u128) -> Self {
                Self(bits as $raw)
            }
            #[inline(always)]
            fn to_bits(self) -> u128 {
                u128::from(self.0)
            }
        }

        impl From<$raw> for $Type {
            fn from(value: $raw) -> Self {
                Self(value)
            }
        }

        impl core::fmt::Display for $Type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match (self.name(), crate::field::Format::$format) {
                    (Some(name), _) => f.write_str(name),
                    (None, crate::field::Format::Hex) => {
                        write!(f, "{:#0width$x}", self.0, width = size_of::<$raw>() * 2 + 2)
                    }
                    (None, _) => write!(f, "{}", self.0),
                }
            }
        }
    )*};
}

/// Names the codes of a type: `(type, code) = "name";`.
macro_rules! codes {
    ($Type:ident($raw:ident) { $(($value:literal, $code:literal) = $name:literal;)* }) => {
        impl $Type {
            /// The name of a code of this type, if it has one.
            pub const fn code_name(self, code: $raw) -> Option<&'static str> {
                match (self.0, code) {
                    $(($value, $code) => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

mod arp;
mod ether_type;
mod icmpv4;
mod icmpv6;
mod igmp;
mod ip_protocol;
mod ipv4;
mod ipv6;
mod link_type;
mod llc;
mod mobility;
mod port;
mod ppp;
mod sctp;
mod tcp;

pub use arp::{ArpOperation, HardwareType};
pub use ether_type::EtherType;
pub use icmpv4::{ExtensionClass, Icmpv4Type};
pub use icmpv6::{Icmpv6Type, NdpOptionType};
pub use igmp::{IgmpType, MulticastRecordType};
pub use ip_protocol::IpProtocol;
pub use ipv4::{Dscp, Ecn, Ipv4OptionType};
pub use ipv6::{Ipv6OptionType, RoutingType};
pub use link_type::{CookedPacketType, LinkType};
pub use llc::{LlcSap, SnapOui};
pub use mobility::{MobilityMessageType, MobilityOptionType};
pub use port::service;
pub use ppp::PppProtocol;
pub use sctp::{SctpChunkType, SctpErrorCause, SctpParameterType, SctpPayloadProtocol};
pub use tcp::{MptcpResetReason, MptcpSubtype, TcpExperiment, TcpOptionKind};

impl From<EtherType> for crate::field::Next {
    #[inline(always)]
    fn from(ether_type: EtherType) -> Self {
        Self::EtherType(ether_type.0)
    }
}

impl From<IpProtocol> for crate::field::Next {
    #[inline(always)]
    fn from(protocol: IpProtocol) -> Self {
        Self::IpProtocol(protocol.0)
    }
}

// Numbers of Linux and BSD in the headers of links, from the pages of tcpdump.org/linktypes.html, and two short lists of
// tunnels; taken 2026-11-22 and written down by hand.
names! {
    /// What kind of device a Linux cooked capture is of: the hardware types of ARP, and Linux's own beyond 255.
    pub struct LinuxHardwareType(u16) as Number {
        ETHERNET = 1, "Ethernet", "LINKTYPE_LINUX_SLL";
        IEEE_802 = 6, "IEEE 802", "LINKTYPE_LINUX_SLL";
        INFINIBAND = 32, "InfiniBand", "LINKTYPE_LINUX_SLL";
        PPP = 512, "PPP", "LINKTYPE_LINUX_SLL";
        CISCO_HDLC = 513, "Cisco HDLC", "LINKTYPE_LINUX_SLL";
        RAW_IP = 519, "raw IP", "LINKTYPE_LINUX_SLL";
        IP_IN_IP = 768, "IPv4 tunnel", "LINKTYPE_LINUX_SLL";
        IPV6_TUNNEL = 769, "IPv6 tunnel", "LINKTYPE_LINUX_SLL";
        FRAME_RELAY = 770, "frame relay", "LINKTYPE_LINUX_SLL";
        LOOPBACK = 772, "loopback", "LINKTYPE_LINUX_SLL";
        IPV6_IN_IP = 776, "IPv6 in IPv4", "LINKTYPE_LINUX_SLL";
        GRE = 778, "GRE over IPv4", "LINKTYPE_LINUX_SLL";
        WLAN = 801, "802.11", "LINKTYPE_LINUX_SLL";
        RADIOTAP = 803, "802.11 with Radiotap", "LINKTYPE_LINUX_SLL";
        GRE_IPV6 = 823, "GRE over IPv6", "LINKTYPE_LINUX_SLL";
        NETLINK = 824, "Netlink", "LINKTYPE_LINUX_SLL";
        NO_HEADER = 0xfffe, "no header", "LINKTYPE_LINUX_SLL";
    }

    /// Address family as BSD, macOS and Linux number them.
    pub struct AddressFamily(u32) as Number {
        UNSPECIFIED = 0, "unspecified", "LINKTYPE_NULL";
        IPV4 = 2, "IPv4", "LINKTYPE_NULL";
        IPV6_OF_LINUX = 10, "IPv6", "LINKTYPE_NULL";
        IPV6_OF_NETBSD = 24, "IPv6", "LINKTYPE_NULL";
        IPV6_OF_FREEBSD = 28, "IPv6", "LINKTYPE_NULL";
        IPV6_OF_MACOS = 30, "IPv6", "LINKTYPE_NULL";
    }

    /// Code of a PPPoE packet (RFC 2516).
    pub struct PppoeCode(u8) as Hex {
        SESSION = 0x00, "session", "RFC 2516";
        PADO = 0x07, "offer", "RFC 2516";
        PADI = 0x09, "initiation", "RFC 2516";
        PADR = 0x19, "request", "RFC 2516";
        PADS = 0x65, "session confirmation", "RFC 2516";
        PADT = 0xa7, "termination", "RFC 2516";
    }

    /// Type of a PPPoE tag (RFC 2516 appendix A, RFC 4638).
    pub struct PppoeTag(u16) as Hex {
        END_OF_LIST = 0x0000, "end of list", "RFC 2516";
        SERVICE_NAME = 0x0101, "service name", "RFC 2516";
        AC_NAME = 0x0102, "concentrator name", "RFC 2516";
        HOST_UNIQUE = 0x0103, "host's identifier", "RFC 2516";
        AC_COOKIE = 0x0104, "concentrator's cookie", "RFC 2516";
        VENDOR = 0x0105, "vendor's own", "RFC 2516";
        RELAY_SESSION = 0x0110, "relay's session", "RFC 2516";
        MAX_PAYLOAD = 0x0120, "longest PPP payload", "RFC 4638";
        SERVICE_NAME_ERROR = 0x0201, "service error", "RFC 2516";
        AC_SYSTEM_ERROR = 0x0202, "concentrator error", "RFC 2516";
        GENERIC_ERROR = 0x0203, "other error", "RFC 2516";
    }

    /// Type of an attribute of a logged packet (LINKTYPE_NFLOG).
    pub struct NflogType(u16) as Number {
        PACKET_HEADER = 1, "packet header", "LINKTYPE_NFLOG";
        MARK = 2, "mark", "LINKTYPE_NFLOG";
        TIMESTAMP = 3, "time", "LINKTYPE_NFLOG";
        INTERFACE_IN = 4, "incoming interface", "LINKTYPE_NFLOG";
        INTERFACE_OUT = 5, "outgoing interface", "LINKTYPE_NFLOG";
        PHYSICAL_IN = 6, "incoming bridge port", "LINKTYPE_NFLOG";
        PHYSICAL_OUT = 7, "outgoing bridge port", "LINKTYPE_NFLOG";
        HARDWARE_ADDRESS = 8, "hardware address", "LINKTYPE_NFLOG";
        PAYLOAD = 9, "packet", "LINKTYPE_NFLOG";
        PREFIX = 10, "prefix", "LINKTYPE_NFLOG";
        USER = 11, "user", "LINKTYPE_NFLOG";
        SEQUENCE = 12, "sequence number", "LINKTYPE_NFLOG";
        GLOBAL_SEQUENCE = 13, "sequence number of all logs", "LINKTYPE_NFLOG";
        GROUP = 14, "group", "LINKTYPE_NFLOG";
        HARDWARE_TYPE = 15, "hardware type", "LINKTYPE_NFLOG";
        HARDWARE_HEADER = 16, "hardware header", "LINKTYPE_NFLOG";
        HARDWARE_HEADER_LENGTH = 17, "hardware header length", "LINKTYPE_NFLOG";
    }

    /// Where in Linux's packet filter a packet was logged.
    pub struct NetfilterHook(u8) as Number {
        PREROUTING = 0, "before routing", "LINKTYPE_NFLOG";
        INPUT = 1, "input", "LINKTYPE_NFLOG";
        FORWARD = 2, "forward", "LINKTYPE_NFLOG";
        OUTPUT = 3, "output", "LINKTYPE_NFLOG";
        POSTROUTING = 4, "after routing", "LINKTYPE_NFLOG";
    }

    /// What VXLAN-GPE carries (draft-ietf-nvo3-vxlan-gpe section 3.2).
    pub struct VxlanProtocol(u8) as Number {
        IPV4 = 1, "IPv4", "draft-ietf-nvo3-vxlan-gpe";
        IPV6 = 2, "IPv6", "draft-ietf-nvo3-vxlan-gpe";
        ETHERNET = 3, "Ethernet", "draft-ietf-nvo3-vxlan-gpe";
        NSH = 4, "NSH", "draft-ietf-nvo3-vxlan-gpe";
    }
}
