//! Numbers that have names. Each type keeps unknown values: a newtype over the number, with constants for the
//! values that have a name.
//!
//! Source of the tables: IANA's protocol numbers and the IEEE's EtherTypes as Debian's netbase 6.4 carries them
//! (`/etc/protocols`, `/etc/ethertypes`), taken 2026-11-22; ICMP types from IANA's registries by way of RFC 792,
//! RFC 4443, RFC 4861 and RFC 3810.
//!
//! ```
//! use layercake::names::{EtherType, IpProtocol};
//!
//! assert_eq!(EtherType::IPV6.0, 0x86dd);
//! assert_eq!(IpProtocol(17).name(), Some("UDP"));
//! assert_eq!(IpProtocol(254).name(), None);
//! assert_eq!(EtherType(0x0800).to_string(), "IPv4");
//! assert_eq!(EtherType(0x1234).to_string(), "0x1234");
//! ```

/// Declares numbers that have names: `NAME = value, "name";`.
macro_rules! names {
    ($(
        $(#[$doc:meta])*
        pub struct $Type:ident($raw:ident) as $format:ident {
            $($NAME:ident = $value:literal, $name:literal;)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Type(pub $raw);

        impl $Type {
            $(
                #[doc = concat!($name, ".")]
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
                    (None, crate::field::Format::Hex) => write!(f, "{:#06x}", self.0),
                    (None, _) => write!(f, "{}", self.0),
                }
            }
        }
    )*};
}

names! {
    /// What an Ethernet frame carries (IEEE 802.3 clause 3.2.6).
    pub struct EtherType(u16) as Hex {
        IPV4 = 0x0800, "IPv4";
        X25 = 0x0805, "X25";
        ARP = 0x0806, "ARP";
        FR_ARP = 0x0808, "FR-ARP";
        BPQ = 0x08ff, "BPQ";
        TRILL = 0x22f3, "TRILL";
        L2_IS_IS = 0x22f4, "L2-IS-IS";
        TEB = 0x6558, "TEB";
        RAW_FR = 0x6559, "RAW-FR";
        RARP = 0x8035, "RARP";
        ATALK = 0x809b, "ATALK";
        AARP = 0x80f3, "AARP";
        VLAN = 0x8100, "802.1Q";
        IPX = 0x8137, "IPX";
        NETBEUI = 0x8191, "NetBEUI";
        IPV6 = 0x86dd, "IPv6";
        PPP = 0x880b, "PPP";
        MPLS = 0x8847, "MPLS";
        MPLS_MULTI = 0x8848, "MPLS-MULTI";
        ATMMPOA = 0x884c, "ATMMPOA";
        PPP_DISC = 0x8863, "PPP-DISC";
        PPP_SES = 0x8864, "PPP-SES";
        ATMFATE = 0x8884, "ATMFATE";
        EAPOL = 0x888e, "EAPOL";
        SERVICE_VLAN = 0x88a8, "802.1ad";
        EAP_PREAUTH = 0x88c7, "EAP-PREAUTH";
        LLDP = 0x88cc, "LLDP";
        MACSEC = 0x88e5, "MACSEC";
        PBB = 0x88e7, "PBB";
        MVRP = 0x88f5, "MVRP";
        PTP = 0x88f7, "PTP";
        FCOE = 0x8906, "FCOE";
        FIP = 0x8914, "FIP";
        ROCE = 0x8915, "ROCE";
        LOWPAN = 0xa0ed, "LoWPAN";
    }

    /// What an IP packet carries: the protocol field of IPv4, the next header of IPv6.
    pub struct IpProtocol(u8) as Number {
        HOP_BY_HOP = 0, "HOPOPT";
        ICMPV4 = 1, "ICMP";
        IGMP = 2, "IGMP";
        GGP = 3, "GGP";
        IPV4 = 4, "IP-ENCAP";
        ST = 5, "ST";
        TCP = 6, "TCP";
        EGP = 8, "EGP";
        IGP = 9, "IGP";
        PUP = 12, "PUP";
        UDP = 17, "UDP";
        HMP = 20, "HMP";
        XNS_IDP = 22, "XNS-IDP";
        RDP = 27, "RDP";
        ISO_TP4 = 29, "ISO-TP4";
        DCCP = 33, "DCCP";
        XTP = 36, "XTP";
        DDP = 37, "DDP";
        IDPR_CMTP = 38, "IDPR-CMTP";
        IPV6 = 41, "IPv6";
        ROUTING = 43, "IPv6-Route";
        FRAGMENT = 44, "IPv6-Frag";
        IDRP = 45, "IDRP";
        RSVP = 46, "RSVP";
        GRE = 47, "GRE";
        IPSEC_ESP = 50, "IPSEC-ESP";
        AUTHENTICATION = 51, "IPSEC-AH";
        SKIP = 57, "SKIP";
        ICMPV6 = 58, "IPv6-ICMP";
        NO_NEXT_HEADER = 59, "IPv6-NoNxt";
        DESTINATION_OPTIONS = 60, "IPv6-Opts";
        RSPF = 73, "RSPF";
        VMTP = 81, "VMTP";
        EIGRP = 88, "EIGRP";
        OSPFIGP = 89, "OSPFIGP";
        AX_25 = 93, "AX.25";
        IPIP = 94, "IPIP";
        ETHERIP = 97, "ETHERIP";
        ENCAP = 98, "ENCAP";
        PIM = 103, "PIM";
        IPCOMP = 108, "IPCOMP";
        VRRP = 112, "VRRP";
        L2TP = 115, "L2TP";
        ISIS = 124, "ISIS";
        SCTP = 132, "SCTP";
        FC = 133, "FC";
        MOBILITY_HEADER = 135, "Mobility-Header";
        UDPLITE = 136, "UDPLite";
        MPLS_IN_IP = 137, "MPLS-in-IP";
        MANET = 138, "MANET";
        HIP = 139, "HIP";
        SHIM6 = 140, "Shim6";
        WESP = 141, "WESP";
        ROHC = 142, "ROHC";
        ETHERNET = 143, "Ethernet";
    }

    /// Hardware type of ARP (RFC 826).
    pub struct HardwareType(u16) as Number {
        ETHERNET = 1, "Ethernet";
        IEEE_802 = 6, "IEEE 802";
        FRAME_RELAY = 15, "Frame Relay";
        ATM = 16, "ATM";
        HDLC = 17, "HDLC";
        FIBRE_CHANNEL = 18, "Fibre Channel";
        INFINIBAND = 32, "InfiniBand";
    }

    /// Operation of ARP (RFC 826, RFC 903, RFC 2390).
    pub struct ArpOperation(u16) as Number {
        REQUEST = 1, "request";
        REPLY = 2, "reply";
        REVERSE_REQUEST = 3, "reverse request";
        REVERSE_REPLY = 4, "reverse reply";
        INVERSE_REQUEST = 8, "inverse request";
        INVERSE_REPLY = 9, "inverse reply";
    }

    /// Differentiated services codepoint (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622).
    pub struct Dscp(u8) as Number {
        CS0 = 0, "CS0";
        LE = 1, "LE";
        CS1 = 8, "CS1";
        AF11 = 10, "AF11";
        AF12 = 12, "AF12";
        AF13 = 14, "AF13";
        CS2 = 16, "CS2";
        AF21 = 18, "AF21";
        AF22 = 20, "AF22";
        AF23 = 22, "AF23";
        CS3 = 24, "CS3";
        AF31 = 26, "AF31";
        AF32 = 28, "AF32";
        AF33 = 30, "AF33";
        CS4 = 32, "CS4";
        AF41 = 34, "AF41";
        AF42 = 36, "AF42";
        AF43 = 38, "AF43";
        CS5 = 40, "CS5";
        VOICE_ADMIT = 44, "VOICE-ADMIT";
        EF = 46, "EF";
        CS6 = 48, "CS6";
        CS7 = 56, "CS7";
    }

    /// Explicit congestion notification (RFC 3168 section 5).
    pub struct Ecn(u8) as Number {
        NOT_ECT = 0, "Not-ECT";
        ECT_1 = 1, "ECT(1)";
        ECT_0 = 2, "ECT(0)";
        CE = 3, "CE";
    }

    /// Option type of IPv4, all eight bits (IANA, IP option numbers).
    pub struct Ipv4OptionType(u8) as Number {
        END_OF_LIST = 0, "End of options list";
        NO_OPERATION = 1, "No operation";
        RECORD_ROUTE = 7, "Record route";
        MEASUREMENT = 10, "Experimental measurement (deprecated)";
        MTU_PROBE = 11, "MTU probe (deprecated)";
        MTU_REPLY = 12, "MTU reply (deprecated)";
        ENCODE = 15, "ENCODE (deprecated)";
        QUICK_START = 25, "Quick-start";
        EXPERIMENT_30 = 30, "RFC 3692-style experiment";
        TIME_STAMP = 68, "Time stamp";
        TRACEROUTE = 82, "Traceroute";
        EXPERIMENT_94 = 94, "RFC 3692-style experiment";
        SECURITY = 130, "Security";
        LOOSE_SOURCE_ROUTE = 131, "Loose source route";
        EXTENDED_SECURITY = 133, "Extended security";
        COMMERCIAL_SECURITY = 134, "Commercial security";
        STREAM_ID = 136, "Stream identifier";
        STRICT_SOURCE_ROUTE = 137, "Strict source route";
        VISA = 142, "Experimental access control (deprecated)";
        TRAFFIC_DESCRIPTOR = 144, "IMI traffic descriptor";
        EXTENDED_IP = 145, "Extended Internet protocol (deprecated)";
        ADDRESS_EXTENSION = 147, "Address extension (deprecated)";
        ROUTER_ALERT = 148, "Router alert";
        SELECTIVE_BROADCAST = 149, "Selective directed broadcast (deprecated)";
        DYNAMIC_PACKET_STATE = 151, "Dynamic packet state (deprecated)";
        UPSTREAM_MULTICAST = 152, "Upstream multicast packet (deprecated)";
        EXPERIMENT_158 = 158, "RFC 3692-style experiment";
        FLOW_CONTROL = 205, "Experimental flow control";
        EXPERIMENT_222 = 222, "RFC 3692-style experiment";
    }

    /// Option type of IPv6 hop-by-hop and destination options, all eight bits (IANA).
    pub struct Ipv6OptionType(u8) as Hex {
        PAD1 = 0x00, "Pad1";
        PADN = 0x01, "PadN";
        TUNNEL_ENCAPSULATION_LIMIT = 0x04, "Tunnel encapsulation limit";
        ROUTER_ALERT = 0x05, "Router alert";
        CALIPSO = 0x07, "CALIPSO";
        QUICK_START = 0x26, "Quick-start";
        PATH_MTU_RECORD = 0x30, "Minimum path MTU";
        JUMBO_PAYLOAD = 0xc2, "Jumbo payload";
        HOME_ADDRESS = 0xc9, "Home address";
        RPL = 0x23, "RPL";
        RPL_OLD = 0x63, "RPL (deprecated)";
    }

    /// Routing type of an IPv6 routing header (IANA).
    pub struct RoutingType(u8) as Number {
        SOURCE_ROUTE = 0, "Source route (deprecated)";
        NIMROD = 1, "Nimrod (deprecated)";
        MOBILE_IP = 2, "Mobile IPv6";
        RPL = 3, "RPL source route";
        SEGMENT = 4, "Segment routing";
    }

    /// Option kind of TCP (IANA).
    pub struct TcpOptionKind(u8) as Number {
        END_OF_LIST = 0, "End of option list";
        NO_OPERATION = 1, "No-operation";
        MAXIMUM_SEGMENT_SIZE = 2, "Maximum segment size";
        WINDOW_SCALE = 3, "Window scale";
        SACK_PERMITTED = 4, "SACK permitted";
        SACK = 5, "SACK";
        TIMESTAMPS = 8, "Timestamps";
        MD5_SIGNATURE = 19, "MD5 signature";
        USER_TIMEOUT = 28, "User timeout";
        AUTHENTICATION = 29, "Authentication";
        MULTIPATH = 30, "Multipath TCP";
        FAST_OPEN = 34, "Fast open";
        ENCRYPTION_NEGOTIATION = 69, "Encryption negotiation";
        ACCURATE_ECN_0 = 172, "Accurate ECN order 0";
        ACCURATE_ECN_1 = 174, "Accurate ECN order 1";
    }

    /// Type of an ICMP message (IANA).
    pub struct Icmpv4Type(u8) as Number {
        ECHO_REPLY = 0, "Echo reply";
        DESTINATION_UNREACHABLE = 3, "Destination unreachable";
        SOURCE_QUENCH = 4, "Source quench";
        REDIRECT = 5, "Redirect";
        ALTERNATE_HOST_ADDRESS = 6, "Alternate host address (deprecated)";
        ECHO_REQUEST = 8, "Echo request";
        ROUTER_ADVERTISEMENT = 9, "Router advertisement";
        ROUTER_SOLICITATION = 10, "Router solicitation";
        TIME_EXCEEDED = 11, "Time exceeded";
        PARAMETER_PROBLEM = 12, "Parameter problem";
        TIMESTAMP_REQUEST = 13, "Timestamp request";
        TIMESTAMP_REPLY = 14, "Timestamp reply";
        INFORMATION_REQUEST = 15, "Information request";
        INFORMATION_REPLY = 16, "Information reply";
        ADDRESS_MASK_REQUEST = 17, "Address mask request";
        ADDRESS_MASK_REPLY = 18, "Address mask reply";
        SECURITY = 19, "Reserved for security";
        TRACEROUTE = 30, "Traceroute (deprecated)";
        CONVERSION_ERROR = 31, "Datagram conversion error (deprecated)";
        MOBILE_HOST_REDIRECT = 32, "Mobile host redirect (deprecated)";
        WHERE_ARE_YOU = 33, "IPv6 where-are-you (deprecated)";
        I_AM_HERE = 34, "IPv6 I-am-here (deprecated)";
        MOBILE_REGISTRATION_REQUEST = 35, "Mobile registration request (deprecated)";
        MOBILE_REGISTRATION_REPLY = 36, "Mobile registration reply (deprecated)";
        DOMAIN_NAME_REQUEST = 37, "Domain name request (deprecated)";
        DOMAIN_NAME_REPLY = 38, "Domain name reply (deprecated)";
        SKIP = 39, "SKIP (deprecated)";
        PHOTURIS = 40, "Photuris";
        EXPERIMENTAL_MOBILITY = 41, "Experimental mobility protocols";
        EXTENDED_ECHO_REQUEST = 42, "Extended echo request";
        EXTENDED_ECHO_REPLY = 43, "Extended echo reply";
        EXPERIMENT_1 = 253, "RFC 3692-style experiment 1";
        EXPERIMENT_2 = 254, "RFC 3692-style experiment 2";
    }

    /// Class of an object in an ICMP extension structure (IANA).
    pub struct IcmpExtensionClass(u8) as Number {
        MPLS_LABEL_STACK = 1, "MPLS label stack";
        INTERFACE_INFORMATION = 2, "Interface information";
        INTERFACE_IDENTIFICATION = 3, "Interface identification";
        EXTENDED_INFORMATION = 4, "Extended information";
        NODE_IDENTIFICATION = 5, "Node identification";
    }

    /// Type of an IGMP message (IANA).
    pub struct IgmpType(u8) as Hex {
        MEMBERSHIP_QUERY = 0x11, "Membership query";
        MEMBERSHIP_REPORT_V1 = 0x12, "Membership report v1";
        DVMRP = 0x13, "DVMRP";
        PIM_V1 = 0x14, "PIM version 1";
        CISCO_TRACE = 0x15, "Cisco trace message";
        MEMBERSHIP_REPORT_V2 = 0x16, "Membership report v2";
        LEAVE_GROUP = 0x17, "Leave group";
        TRACEROUTE_RESPONSE = 0x1e, "Multicast traceroute response";
        TRACEROUTE = 0x1f, "Multicast traceroute";
        MEMBERSHIP_REPORT_V3 = 0x22, "Membership report v3";
        ROUTER_ADVERTISEMENT = 0x30, "Multicast router advertisement";
        ROUTER_SOLICITATION = 0x31, "Multicast router solicitation";
        ROUTER_TERMINATION = 0x32, "Multicast router termination";
    }

    /// Type of a mobility header (IANA).
    pub struct MobilityType(u8) as Number {
        BINDING_REFRESH_REQUEST = 0, "Binding refresh request";
        HOME_TEST_INIT = 1, "Home test init";
        CARE_OF_TEST_INIT = 2, "Care-of test init";
        HOME_TEST = 3, "Home test";
        CARE_OF_TEST = 4, "Care-of test";
        BINDING_UPDATE = 5, "Binding update";
        BINDING_ACKNOWLEDGEMENT = 6, "Binding acknowledgement";
        BINDING_ERROR = 7, "Binding error";
        FAST_BINDING_UPDATE = 8, "Fast binding update";
        FAST_BINDING_ACKNOWLEDGEMENT = 9, "Fast binding acknowledgement";
        FAST_NEIGHBOUR_ADVERTISEMENT = 10, "Fast neighbour advertisement (deprecated)";
        EXPERIMENTAL = 11, "Experimental";
        HOME_AGENT_SWITCH = 12, "Home agent switch";
        HEARTBEAT = 13, "Heartbeat";
        HANDOVER_INITIATE = 14, "Handover initiate";
        HANDOVER_ACKNOWLEDGE = 15, "Handover acknowledge";
        BINDING_REVOCATION = 16, "Binding revocation";
        LOCALIZED_ROUTING_INITIATION = 17, "Localized routing initiation";
        LOCALIZED_ROUTING_ACKNOWLEDGEMENT = 18, "Localized routing acknowledgement";
        UPDATE_NOTIFICATION = 19, "Update notification";
        UPDATE_NOTIFICATION_ACKNOWLEDGEMENT = 20, "Update notification acknowledgement";
        FLOW_BINDING = 21, "Flow binding";
        SUBSCRIPTION_QUERY = 22, "Subscription query";
        SUBSCRIPTION_RESPONSE = 23, "Subscription response";
    }

    /// Type of a mobility option (IANA).
    pub struct MobilityOptionType(u8) as Number {
        PAD1 = 0, "Pad1";
        PADN = 1, "PadN";
        BINDING_REFRESH_ADVICE = 2, "Binding refresh advice";
        ALTERNATE_CARE_OF_ADDRESS = 3, "Alternate care-of address";
        NONCE_INDICES = 4, "Nonce indices";
        AUTHORIZATION_DATA = 5, "Binding authorization data";
        NETWORK_PREFIX = 6, "Mobile network prefix";
        LINK_LAYER_ADDRESS = 7, "Link-layer address";
        NODE_IDENTIFIER = 8, "Mobile node identifier";
        AUTHENTICATION = 9, "Authentication";
        MESSAGE_IDENTIFIER = 10, "Mobility message identifier";
        CGA_PARAMETERS_REQUEST = 11, "CGA parameters request";
        CGA_PARAMETERS = 12, "CGA parameters";
        SIGNATURE = 13, "Signature";
        KEYGEN_TOKEN = 14, "Permanent home keygen token";
        CARE_OF_TEST_INIT = 15, "Care-of test init";
        CARE_OF_TEST = 16, "Care-of test";
        DNS_UPDATE = 17, "DNS update";
        EXPERIMENTAL = 18, "Experimental";
        VENDOR_SPECIFIC = 19, "Vendor specific";
        SERVICE_SELECTION = 20, "Service selection";
        FAST_AUTHORIZATION_DATA = 21, "Binding authorization data for FMIPv6";
        HOME_NETWORK_PREFIX = 22, "Home network prefix";
        HANDOFF_INDICATOR = 23, "Handoff indicator";
        ACCESS_TECHNOLOGY = 24, "Access technology type";
        LINK_LAYER_IDENTIFIER = 25, "Mobile node link-layer identifier";
        LINK_LOCAL_ADDRESS = 26, "Link-local address";
        TIMESTAMP = 27, "Timestamp";
        RESTART_COUNTER = 28, "Restart counter";
        IPV4_HOME_ADDRESS = 29, "IPv4 home address";
        IPV4_ADDRESS_ACKNOWLEDGEMENT = 30, "IPv4 address acknowledgement";
        NAT_DETECTION = 31, "NAT detection";
        IPV4_CARE_OF_ADDRESS = 32, "IPv4 care-of address";
        GRE_KEY = 33, "GRE key";
        ADDRESS_OR_PREFIX = 34, "Mobility header IPv6 address or prefix";
        BINDING_IDENTIFIER = 35, "Binding identifier";
        IPV4_HOME_ADDRESS_REQUEST = 36, "IPv4 home address request";
        IPV4_HOME_ADDRESS_REPLY = 37, "IPv4 home address reply";
        IPV4_DEFAULT_ROUTER = 38, "IPv4 default-router address";
        IPV4_DHCP_SUPPORT_MODE = 39, "IPv4 DHCP support mode";
        CONTEXT_REQUEST = 40, "Context request";
        LOCAL_MOBILITY_ANCHOR = 41, "Local mobility anchor address";
        LINK_LOCAL_IDENTIFIER = 42, "Link-local address interface identifier";
        REDIRECT_CAPABILITY = 46, "Redirect capability";
        REDIRECT = 47, "Redirect";
        LOAD_INFORMATION = 48, "Load information";
        ALTERNATE_IPV4_CARE_OF_ADDRESS = 49, "Alternate IPv4 care-of address";
        NODE_GROUP_IDENTIFIER = 50, "Mobile node group identifier";
        ACCESS_GATEWAY_ADDRESS = 51, "MAG IPv6 address";
        ACCESS_NETWORK_IDENTIFIER = 52, "Access network identifier";
    }

    /// Type of an ICMPv6 message (IANA).
    pub struct Icmpv6Type(u8) as Number {
        DESTINATION_UNREACHABLE = 1, "Destination unreachable";
        PACKET_TOO_BIG = 2, "Packet too big";
        TIME_EXCEEDED = 3, "Time exceeded";
        PARAMETER_PROBLEM = 4, "Parameter problem";
        EXPERIMENTAL_ERROR_1 = 100, "Private experimentation (error) 1";
        EXPERIMENTAL_ERROR_2 = 101, "Private experimentation (error) 2";
        ECHO_REQUEST = 128, "Echo request";
        ECHO_REPLY = 129, "Echo reply";
        LISTENER_QUERY = 130, "Multicast listener query";
        LISTENER_REPORT = 131, "Multicast listener report";
        LISTENER_DONE = 132, "Multicast listener done";
        ROUTER_SOLICITATION = 133, "Router solicitation";
        ROUTER_ADVERTISEMENT = 134, "Router advertisement";
        NEIGHBOUR_SOLICITATION = 135, "Neighbour solicitation";
        NEIGHBOUR_ADVERTISEMENT = 136, "Neighbour advertisement";
        REDIRECT = 137, "Redirect";
        NODE_INFORMATION_QUERY = 139, "Node information query";
        NODE_INFORMATION_REPLY = 140, "Node information reply";
        ROUTER_RENUMBERING = 138, "Router renumbering";
        INVERSE_SOLICITATION = 141, "Inverse neighbour solicitation";
        INVERSE_ADVERTISEMENT = 142, "Inverse neighbour advertisement";
        LISTENER_REPORT_V2 = 143, "Multicast listener report v2";
        HOME_AGENT_REQUEST = 144, "Home agent address discovery request";
        HOME_AGENT_REPLY = 145, "Home agent address discovery reply";
        MOBILE_PREFIX_SOLICITATION = 146, "Mobile prefix solicitation";
        MOBILE_PREFIX_ADVERTISEMENT = 147, "Mobile prefix advertisement";
        CERTIFICATION_PATH_SOLICITATION = 148, "Certification path solicitation";
        CERTIFICATION_PATH_ADVERTISEMENT = 149, "Certification path advertisement";
        EXPERIMENTAL_MOBILITY = 150, "Experimental mobility protocols";
        MULTICAST_ROUTER_ADVERTISEMENT = 151, "Multicast router advertisement";
        MULTICAST_ROUTER_SOLICITATION = 152, "Multicast router solicitation";
        MULTICAST_ROUTER_TERMINATION = 153, "Multicast router termination";
        FAST_HANDOVER = 154, "FMIPv6";
        RPL_CONTROL = 155, "RPL control";
        LOCATOR_UPDATE = 156, "ILNPv6 locator update";
        DUPLICATE_ADDRESS_REQUEST = 157, "Duplicate address request";
        DUPLICATE_ADDRESS_CONFIRMATION = 158, "Duplicate address confirmation";
        MPL_CONTROL = 159, "MPL control";
        EXTENDED_ECHO_REQUEST = 160, "Extended echo request";
        EXTENDED_ECHO_REPLY = 161, "Extended echo reply";
        EXPERIMENTAL_1 = 200, "Private experimentation 1";
        EXPERIMENTAL_2 = 201, "Private experimentation 2";
    }

    /// Option type of neighbour discovery (IANA).
    pub struct NdpOptionType(u8) as Number {
        SOURCE_LINK_ADDRESS = 1, "Source link-layer address";
        TARGET_LINK_ADDRESS = 2, "Target link-layer address";
        PREFIX_INFORMATION = 3, "Prefix information";
        REDIRECTED_HEADER = 4, "Redirected header";
        MTU = 5, "MTU";
        SHORTCUT_LIMIT = 6, "NBMA shortcut limit";
        ADVERTISEMENT_INTERVAL = 7, "Advertisement interval";
        HOME_AGENT_INFORMATION = 8, "Home agent information";
        SOURCE_ADDRESS_LIST = 9, "Source address list";
        TARGET_ADDRESS_LIST = 10, "Target address list";
        CGA = 11, "CGA";
        RSA_SIGNATURE = 12, "RSA signature";
        TIMESTAMP = 13, "Timestamp";
        NONCE = 14, "Nonce";
        TRUST_ANCHOR = 15, "Trust anchor";
        CERTIFICATE = 16, "Certificate";
        ADDRESS_OR_PREFIX = 17, "IP address or prefix";
        NEW_ROUTER_PREFIX = 18, "New router prefix information (deprecated)";
        LINK_LAYER_ADDRESS = 19, "Link-layer address";
        ADVERTISEMENT_ACKNOWLEDGEMENT = 20, "Neighbour advertisement acknowledgement";
        PROVISIONING_DOMAIN = 21, "Provisioning domain";
        MOBILITY_ANCHOR_POINT = 23, "Mobility anchor point";
        ROUTE_INFORMATION = 24, "Route information";
        RECURSIVE_DNS_SERVER = 25, "Recursive DNS server";
        FLAGS_EXTENSION = 26, "Router advertisement flags extension";
        HANDOVER_KEY_REQUEST = 27, "Handover key request";
        HANDOVER_KEY_REPLY = 28, "Handover key reply";
        HANDOVER_ASSIST = 29, "Handover assist information";
        NODE_IDENTIFIER = 30, "Mobile node identifier";
        DNS_SEARCH_LIST = 31, "DNS search list";
        PROXY_SIGNATURE = 32, "Proxy signature";
        ADDRESS_REGISTRATION = 33, "Address registration";
        CONTEXT = 34, "6LoWPAN context";
        AUTHORITATIVE_BORDER_ROUTER = 35, "Authoritative border router";
        CAPABILITY_INDICATION = 36, "6LoWPAN capability indication";
        CAPTIVE_PORTAL = 37, "Captive portal";
        PREF64 = 38, "PREF64";
        CARD_REQUEST = 138, "CARD request";
        CARD_REPLY = 139, "CARD reply";
        EXPERIMENT_1 = 253, "RFC 3692-style experiment 1";
        EXPERIMENT_2 = 254, "RFC 3692-style experiment 2";
    }

    /// Type of a record of MLDv2 (RFC 3810 section 5.2.5) and IGMPv3 (RFC 3376 section 4.2.12).
    pub struct MulticastRecordType(u8) as Number {
        IS_INCLUDE = 1, "Mode is include";
        IS_EXCLUDE = 2, "Mode is exclude";
        TO_INCLUDE = 3, "Change to include";
        TO_EXCLUDE = 4, "Change to exclude";
        ALLOW_NEW = 5, "Allow new sources";
        BLOCK_OLD = 6, "Block old sources";
    }
}

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
