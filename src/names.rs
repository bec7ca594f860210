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
        TIME_STAMP = 68, "Time stamp";
        SECURITY = 130, "Security";
        LOOSE_SOURCE_ROUTE = 131, "Loose source route";
        STREAM_ID = 136, "Stream identifier";
        STRICT_SOURCE_ROUTE = 137, "Strict source route";
        ROUTER_ALERT = 148, "Router alert";
        QUICK_START = 25, "Quick-start";
        TRACEROUTE = 82, "Traceroute";
        COMMERCIAL_SECURITY = 134, "Commercial security";
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

    /// Option kind of TCP (IANA, TCP parameters).
    pub struct TcpOptionKind(u8) as Number {
        END_OF_LIST = 0, "End of option list";
        NO_OPERATION = 1, "No-operation";
        MAXIMUM_SEGMENT_SIZE = 2, "Maximum segment size";
        WINDOW_SCALE = 3, "Window scale";
        SACK_PERMITTED = 4, "SACK permitted";
        SACK = 5, "SACK";
        ECHO = 6, "Echo (obsolete)";
        ECHO_REPLY = 7, "Echo reply (obsolete)";
        TIMESTAMPS = 8, "Timestamps";
        PARTIAL_ORDER_PERMITTED = 9, "Partial order permitted (obsolete)";
        PARTIAL_ORDER_PROFILE = 10, "Partial order profile (obsolete)";
        CONNECTION_COUNT = 11, "CC (obsolete)";
        CONNECTION_COUNT_NEW = 12, "CC.NEW (obsolete)";
        CONNECTION_COUNT_ECHO = 13, "CC.ECHO (obsolete)";
        ALTERNATE_CHECKSUM = 14, "Alternate checksum request (obsolete)";
        ALTERNATE_CHECKSUM_DATA = 15, "Alternate checksum data (obsolete)";
        SKEETER = 16, "Skeeter";
        BUBBA = 17, "Bubba";
        TRAILER_CHECKSUM = 18, "Trailer checksum";
        MD5_SIGNATURE = 19, "MD5 signature";
        SCPS_CAPABILITIES = 20, "SCPS capabilities";
        SELECTIVE_NEGATIVE_ACK = 21, "Selective negative acknowledgments";
        RECORD_BOUNDARIES = 22, "Record boundaries";
        CORRUPTION_EXPERIENCED = 23, "Corruption experienced";
        SNAP = 24, "SNAP";
        COMPRESSION_FILTER = 26, "TCP compression filter";
        QUICK_START = 27, "Quick-start response";
        USER_TIMEOUT = 28, "User timeout";
        AUTHENTICATION = 29, "Authentication";
        MULTIPATH = 30, "Multipath TCP";
        FAST_OPEN = 34, "Fast open";
        ENCRYPTION_NEGOTIATION = 69, "Encryption negotiation";
        ACCURATE_ECN_0 = 172, "Accurate ECN order 0";
        ACCURATE_ECN_1 = 174, "Accurate ECN order 1";
        EXPERIMENT_1 = 253, "Experiment 1";
        EXPERIMENT_2 = 254, "Experiment 2";
    }

    /// Identifier of a TCP experiment, the first 16 bits of it (IANA, TCP experimental option experiment identifiers).
    pub struct TcpExperiment(u16) as Hex {
        NEGOTIATION = 0x454e, "TCP-ENO";
        HOST_ID = 0x0348, "HOST_ID";
        ACK_RATE_REQUEST = 0x00ac, "ACK rate request";
        FAST_OPEN = 0xf989, "Fast open";
        SMC_R = 0xe2d4, "SMC-R";
        ACCURATE_ECN = 0xacce, "Accurate ECN";
        ACCURATE_ECN_0 = 0xacc0, "Accurate ECN order 0";
        ACCURATE_ECN_1 = 0xacc1, "Accurate ECN order 1";
    }

    /// Subtype of a multipath TCP option (RFC 8684 section 9.2).
    pub struct MultipathSubtype(u8) as Number {
        CAPABLE = 0, "MP_CAPABLE";
        JOIN = 1, "MP_JOIN";
        DATA_SEQUENCE_SIGNAL = 2, "DSS";
        ADD_ADDRESS = 3, "ADD_ADDR";
        REMOVE_ADDRESS = 4, "REMOVE_ADDR";
        PRIORITY = 5, "MP_PRIO";
        FAIL = 6, "MP_FAIL";
        FAST_CLOSE = 7, "MP_FASTCLOSE";
        RESET = 8, "MP_TCPRST";
        EXPERIMENT = 15, "MP_EXPERIMENTAL";
    }

    /// Why a subflow is reset (RFC 8684 section 3.6).
    pub struct MultipathResetReason(u8) as Hex {
        UNSPECIFIED = 0, "Unspecified error";
        MULTIPATH = 1, "MPTCP-specific error";
        RESOURCES = 2, "Lack of resources";
        PROHIBITED = 3, "Administratively prohibited";
        OUTSTANDING_DATA = 4, "Too much outstanding data";
        PERFORMANCE = 5, "Unacceptable performance";
        MIDDLEBOX = 6, "Middlebox interference";
    }

    /// Type of a chunk of SCTP (IANA, SCTP parameters).
    pub struct SctpChunkType(u8) as Number {
        DATA = 0, "DATA";
        INIT = 1, "INIT";
        INIT_ACK = 2, "INIT ACK";
        SACK = 3, "SACK";
        HEARTBEAT = 4, "HEARTBEAT";
        HEARTBEAT_ACK = 5, "HEARTBEAT ACK";
        ABORT = 6, "ABORT";
        SHUTDOWN = 7, "SHUTDOWN";
        SHUTDOWN_ACK = 8, "SHUTDOWN ACK";
        ERROR = 9, "ERROR";
        COOKIE_ECHO = 10, "COOKIE ECHO";
        COOKIE_ACK = 11, "COOKIE ACK";
        ECNE = 12, "ECNE";
        CWR = 13, "CWR";
        SHUTDOWN_COMPLETE = 14, "SHUTDOWN COMPLETE";
        AUTH = 15, "AUTH";
        NR_SACK = 16, "NR-SACK";
        I_DATA = 64, "I-DATA";
        ASCONF_ACK = 128, "ASCONF-ACK";
        PACKET_DROPPED = 129, "PKTDROP";
        RE_CONFIG = 130, "RE-CONFIG";
        PAD = 132, "PAD";
        FORWARD_TSN = 192, "FORWARD TSN";
        ASCONF = 193, "ASCONF";
        I_FORWARD_TSN = 194, "I-FORWARD-TSN";
    }

    /// Type of a parameter of SCTP (IANA, SCTP parameters).
    pub struct SctpParameterType(u16) as Hex {
        HEARTBEAT_INFORMATION = 1, "Heartbeat information";
        IPV4_ADDRESS = 5, "IPv4 address";
        IPV6_ADDRESS = 6, "IPv6 address";
        STATE_COOKIE = 7, "State cookie";
        UNRECOGNIZED = 8, "Unrecognized parameter";
        COOKIE_PRESERVATIVE = 9, "Cookie preservative";
        HOST_NAME = 11, "Host name address";
        ADDRESS_TYPES = 12, "Supported address types";
        OUTGOING_RESET = 13, "Outgoing SSN reset request";
        INCOMING_RESET = 14, "Incoming SSN reset request";
        TSN_RESET = 15, "SSN/TSN reset request";
        RECONFIGURATION_RESPONSE = 16, "Re-configuration response";
        ADD_OUTGOING = 17, "Add outgoing streams request";
        ADD_INCOMING = 18, "Add incoming streams request";
        ECN_CAPABLE = 0x8000, "ECN capable";
        ZERO_CHECKSUM = 0x8001, "Zero checksum acceptable";
        RANDOM = 0x8002, "Random";
        CHUNK_LIST = 0x8003, "Chunk list";
        HMAC_ALGORITHMS = 0x8004, "Requested HMAC algorithm";
        PADDING = 0x8005, "Padding";
        SUPPORTED_EXTENSIONS = 0x8008, "Supported extensions";
        FORWARD_TSN = 0xc000, "Forward TSN supported";
        ADD_ADDRESS = 0xc001, "Add IP address";
        DELETE_ADDRESS = 0xc002, "Delete IP address";
        ERROR_CAUSE = 0xc003, "Error cause indication";
        SET_PRIMARY = 0xc004, "Set primary address";
        SUCCESS = 0xc005, "Success indication";
        ADAPTATION = 0xc006, "Adaptation layer indication";
    }

    /// Cause of an error of SCTP (IANA, SCTP parameters).
    pub struct SctpCauseCode(u16) as Hex {
        INVALID_STREAM = 1, "Invalid stream identifier";
        MISSING_PARAMETER = 2, "Missing mandatory parameter";
        STALE_COOKIE = 3, "Stale cookie";
        OUT_OF_RESOURCE = 4, "Out of resource";
        UNRESOLVABLE_ADDRESS = 5, "Unresolvable address";
        UNRECOGNIZED_CHUNK = 6, "Unrecognized chunk type";
        INVALID_PARAMETER = 7, "Invalid mandatory parameter";
        UNRECOGNIZED_PARAMETERS = 8, "Unrecognized parameters";
        NO_USER_DATA = 9, "No user data";
        COOKIE_WHILE_SHUTTING_DOWN = 10, "Cookie received in shutdown";
        RESTART = 11, "Restart with new addresses";
        USER_ABORT = 12, "User-initiated abort";
        PROTOCOL_VIOLATION = 13, "Protocol violation";
        DELETE_LAST_ADDRESS = 0x00a0, "Delete last remaining address";
        RESOURCE_SHORTAGE = 0x00a1, "Refused, resource shortage";
        DELETE_SOURCE_ADDRESS = 0x00a2, "Delete source address";
        ILLEGAL_ASCONF_ACK = 0x00a3, "Aborted, illegal ASCONF-ACK";
        NO_AUTHORIZATION = 0x00a4, "Refused, no authorization";
        UNSUPPORTED_HMAC = 0x0105, "Unsupported HMAC identifier";
    }

    /// What the user data of SCTP is (IANA, SCTP payload protocol identifiers; the most common).
    pub struct SctpPayload(u32) as Number {
        UNSPECIFIED = 0, "unspecified";
        IUA = 1, "IUA";
        M2UA = 2, "M2UA";
        M3UA = 3, "M3UA";
        SUA = 4, "SUA";
        M2PA = 5, "M2PA";
        V5UA = 6, "V5UA";
        H_248 = 7, "H.248";
        BICC = 8, "BICC/Q.2150.3";
        TALI = 9, "TALI";
        DUA = 10, "DUA";
        ASAP = 11, "ASAP";
        ENRP = 12, "ENRP";
        H_323 = 13, "H.323";
        S1AP = 18, "S1AP";
        X2AP = 27, "X2AP";
        DIAMETER = 46, "Diameter";
        DIAMETER_DTLS = 47, "Diameter over DTLS";
        WEBRTC_DCEP = 50, "WebRTC DCEP";
        WEBRTC_STRING = 51, "WebRTC string";
        WEBRTC_BINARY = 53, "WebRTC binary";
        WEBRTC_STRING_EMPTY = 56, "WebRTC string, empty";
        WEBRTC_BINARY_EMPTY = 57, "WebRTC binary, empty";
        NGAP = 60, "NGAP";
        XNAP = 61, "XnAP";
    }

    /// Type of an ICMP message (IANA).
    pub struct Icmpv4Type(u8) as Number {
        ECHO_REPLY = 0, "Echo reply";
        DESTINATION_UNREACHABLE = 3, "Destination unreachable";
        SOURCE_QUENCH = 4, "Source quench";
        REDIRECT = 5, "Redirect";
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
        EXTENDED_ECHO_REQUEST = 42, "Extended echo request";
        EXTENDED_ECHO_REPLY = 43, "Extended echo reply";
    }

    /// Type of an ICMPv6 message (IANA).
    pub struct Icmpv6Type(u8) as Number {
        DESTINATION_UNREACHABLE = 1, "Destination unreachable";
        PACKET_TOO_BIG = 2, "Packet too big";
        TIME_EXCEEDED = 3, "Time exceeded";
        PARAMETER_PROBLEM = 4, "Parameter problem";
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
        LISTENER_REPORT_V2 = 143, "Multicast listener report v2";
        HOME_AGENT_REQUEST = 144, "Home agent address discovery request";
        HOME_AGENT_REPLY = 145, "Home agent address discovery reply";
        MOBILE_PREFIX_SOLICITATION = 146, "Mobile prefix solicitation";
        MOBILE_PREFIX_ADVERTISEMENT = 147, "Mobile prefix advertisement";
        RPL_CONTROL = 155, "RPL control";
    }

    /// Option type of neighbour discovery (IANA).
    pub struct NdpOptionType(u8) as Number {
        SOURCE_LINK_ADDRESS = 1, "Source link-layer address";
        TARGET_LINK_ADDRESS = 2, "Target link-layer address";
        PREFIX_INFORMATION = 3, "Prefix information";
        REDIRECTED_HEADER = 4, "Redirected header";
        MTU = 5, "MTU";
        ADVERTISEMENT_INTERVAL = 7, "Advertisement interval";
        HOME_AGENT_INFORMATION = 8, "Home agent information";
        NONCE = 14, "Nonce";
        ROUTE_INFORMATION = 24, "Route information";
        RECURSIVE_DNS_SERVER = 25, "Recursive DNS server";
        DNS_SEARCH_LIST = 31, "DNS search list";
        PREF64 = 38, "PREF64";
    }

    /// Type of a multicast address record of MLDv2 (RFC 3810 section 5.2.5).
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
