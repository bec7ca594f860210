//! Numbers that have names. Each type keeps unknown values: a newtype over the number, with constants for the
//! values that have a name.
//!
//! | in | names of |
//! |---|---|
//! | Ethernet, LLC, PPP | [`EtherType`], [`LlcSap`], [`SnapOui`], [`PppProtocol`], [`PppoeCode`], [`PppoeTag`] |
//! | capture files | [`LinkType`], [`CookedPacketType`], [`LinuxHardwareType`], [`BsdAddressFamily`], [`LinuxAddressFamily`], [`NflogType`], [`NetfilterHook`] |
//! | ARP | [`HardwareType`], [`ArpOperation`] |
//! | IP | [`IpProtocol`], [`Dscp`], [`Ecn`] |
//! | IPv4 | [`Ipv4OptionType`], [`Icmpv4Type`] and its codes, [`ExtensionClass`] and its types, [`IgmpType`], [`MulticastRecordType`] |
//! | IPv6 | [`Ipv6OptionType`], [`RoutingType`], [`Icmpv6Type`] and its codes, [`NdpOptionType`], [`MobilityMessageType`], [`MobilityOptionType`] |
//! | TCP | [`TcpOptionKind`], [`TcpExperiment`], [`MptcpSubtype`], [`MptcpResetReason`] |
//! | SCTP | [`SctpChunkType`], [`SctpParameterType`], [`SctpErrorCause`], [`SctpPayloadProtocol`] |
//! | VXLAN | [`VxlanProtocol`] |
//! | RIP | [`RipCommand`], [`RipFamily`], [`RipAuthentication`] |
//! | DNS | [`DnsType`], [`DnsClass`], [`DnsOpcode`], [`DnsRcode`], [`TsigError`], [`EdnsOption`], [`ExtendedDnsError`], [`SvcParamKey`], [`DsoType`] |
//! | DNSSEC, DANE | [`DnssecAlgorithm`], [`DigestType`], [`Nsec3Hash`], [`SshfpAlgorithm`], [`SshfpFingerprint`], [`TlsaUsage`], [`TlsaSelector`], [`TlsaMatching`], [`CertType`] |
//! | NetBIOS | [`NbnsOpcode`], [`NbnsRcode`], [`NbnsType`], [`NetbiosSuffix`] |
//! | DHCP | [`BootpOpcode`], [`DhcpMessageType`], [`DhcpOption`], [`DhcpRelaySuboption`], [`DhcpOverload`], [`DhcpStatusCode`], [`DhcpState`], [`NetbiosNodeType`], [`ClientArchitecture`], [`DhcpAuthProtocol`], [`DhcpAuthAlgorithm`], [`DhcpAuthRdm`] |
//! | DHCPv6 | [`Dhcpv6MessageType`], [`Dhcpv6Option`], [`Dhcpv6StatusCode`], [`DuidType`], [`Dhcpv6LeaseQuery`], [`Dhcpv6NtpSuboption`] |
//! | ports | [`service`] |
//! | addresses | [`special_blocks`] |
//!
//! The files beside this one are generated: `src/names/generate.py` makes them from `src/names/tables/*.csv`, and each
//! says which registry it stands for, and from what source and of what date the table is. The ports, and the
//! types and classes of DNS, are IANA's own lists, in a copy; the other tables were written down by hand after the RFCs
//! that their rows name, and are compared with what Debian's netbase says, or with the lists that their heads name.
//!
//! ```
//! use layercake::names::{EtherType, Icmpv4Type, IpProtocol, service};
//!
//! assert_eq!(EtherType::IPV6.0, 0x86dd);
//! assert_eq!(IpProtocol(17).name(), Some("UDP"));
//! assert_eq!(IpProtocol(17).reference(), Some("RFC 768"));
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

            /// The document that gives the value its name.
            pub const fn reference(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($reference),)*
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
mod dhcp;
mod dhcpv6;
mod dns;
mod dnssec;
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
mod netbios;
mod nflog;
mod port;
mod ppp;
mod pppoe;
mod rip;
mod sctp;
mod special;
mod tcp;
mod vxlan;

pub use arp::{ArpOperation, HardwareType};
pub use dhcp::{
    BootpOpcode, ClientArchitecture, DhcpAuthAlgorithm, DhcpAuthProtocol, DhcpAuthRdm, DhcpMessageType,
    DhcpOption, DhcpOverload, DhcpRelaySuboption, DhcpState, DhcpStatusCode, NetbiosNodeType,
};
pub use dhcpv6::{
    Dhcpv6LeaseQuery, Dhcpv6MessageType, Dhcpv6NtpSuboption, Dhcpv6Option, Dhcpv6StatusCode, DuidType,
};
pub use dns::{
    DnsClass, DnsOpcode, DnsRcode, DnsType, DsoType, EdnsOption, ExtendedDnsError, SvcParamKey, TsigError,
};
pub use dnssec::{
    CertType, DigestType, DnssecAlgorithm, Nsec3Hash, SshfpAlgorithm, SshfpFingerprint, TlsaMatching,
    TlsaSelector, TlsaUsage,
};
pub use ether_type::EtherType;
pub use icmpv4::{ExtensionClass, Icmpv4Type};
pub use icmpv6::{Icmpv6Type, NdpOptionType};
pub use igmp::{IgmpType, MulticastRecordType};
pub use ip_protocol::IpProtocol;
pub use ipv4::{Dscp, Ecn, Ipv4OptionType};
pub use ipv6::{Ipv6OptionType, RoutingType};
pub use link_type::{BsdAddressFamily, CookedPacketType, LinkType, LinuxHardwareType};
pub use llc::{LlcSap, SnapOui};
pub use mobility::{MobilityMessageType, MobilityOptionType};
pub use netbios::{NbnsOpcode, NbnsRcode, NbnsType, NetbiosSuffix};
pub use nflog::{LinuxAddressFamily, NetfilterHook, NflogType};
pub use port::service;
pub use ppp::PppProtocol;
pub use pppoe::{PppoeCode, PppoeTag};
pub use rip::{RipAuthentication, RipCommand, RipFamily};
pub use sctp::{SctpChunkType, SctpErrorCause, SctpParameterType, SctpPayloadProtocol};
pub use special::{SpecialBlock, special_blocks};
pub use tcp::{MptcpResetReason, MptcpSubtype, TcpExperiment, TcpOptionKind};
pub use vxlan::VxlanProtocol;

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
