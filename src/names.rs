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

// What stands in the headers of links. Service access points from IEEE's registry of logical link control numbers and
// RFC 1340 section "IEEE 802 numbers of interest"; PPP numbers from IANA's registry (RFC 1661 and after); the numbers of
// Linux and BSD from the pages of tcpdump.org/linktypes.html; all taken 2026-11-22.
names! {
    /// Service access point of LLC (IEEE 802.2), the bit for groups or responses included.
    pub struct Sap(u8) as Hex {
        NULL = 0x00, "null";
        MANAGEMENT = 0x02, "LLC management";
        GROUP_MANAGEMENT = 0x03, "LLC management, group";
        SNA = 0x04, "SNA path control";
        IPV4 = 0x06, "IPv4";
        PROWAY_MANAGEMENT = 0x0e, "PROWAY management";
        SPANNING_TREE = 0x42, "spanning tree";
        RS_511 = 0x4e, "RS-511";
        X25 = 0x7e, "X.25";
        XNS = 0x80, "XNS";
        PROWAY_LIST = 0x8e, "PROWAY station list";
        ARP = 0x98, "ARP";
        SNAP = 0xaa, "SNAP";
        VINES = 0xbc, "VINES";
        NETWARE = 0xe0, "NetWare";
        NETBIOS = 0xf0, "NetBIOS";
        LAN_MANAGEMENT = 0xf4, "LAN management";
        REMOTE_LOAD = 0xf8, "remote program load";
        OSI = 0xfe, "OSI network layer";
        GLOBAL = 0xff, "all access points";
    }

    /// For whom a packet in a Linux cooked capture was.
    pub struct PacketType(u16) as Number {
        TO_US = 0, "to this host";
        BROADCAST = 1, "broadcast";
        MULTICAST = 2, "multicast";
        TO_ANOTHER = 3, "to another host";
        SENT = 4, "sent by this host";
    }

    /// What kind of device a Linux cooked capture is of: the hardware types of ARP, and Linux's own beyond 255.
    pub struct LinuxHardwareType(u16) as Number {
        ETHERNET = 1, "Ethernet";
        IEEE_802 = 6, "IEEE 802";
        INFINIBAND = 32, "InfiniBand";
        PPP = 512, "PPP";
        CISCO_HDLC = 513, "Cisco HDLC";
        RAW_IP = 519, "raw IP";
        IP_IN_IP = 768, "IPv4 tunnel";
        IPV6_TUNNEL = 769, "IPv6 tunnel";
        FRAME_RELAY = 770, "frame relay";
        LOOPBACK = 772, "loopback";
        IPV6_IN_IP = 776, "IPv6 in IPv4";
        GRE = 778, "GRE over IPv4";
        WLAN = 801, "802.11";
        RADIOTAP = 803, "802.11 with Radiotap";
        GRE_IPV6 = 823, "GRE over IPv6";
        NETLINK = 824, "Netlink";
        NO_HEADER = 0xfffe, "no header";
    }

    /// Address family as BSD, macOS and Linux number them.
    pub struct AddressFamily(u32) as Number {
        UNSPECIFIED = 0, "unspecified";
        IPV4 = 2, "IPv4";
        IPV6_OF_LINUX = 10, "IPv6";
        IPV6_OF_NETBSD = 24, "IPv6";
        IPV6_OF_FREEBSD = 28, "IPv6";
        IPV6_OF_MACOS = 30, "IPv6";
    }

    /// What PPP carries.
    pub struct PppProtocol(u16) as Hex {
        IPV4 = 0x0021, "IPv4";
        OSI = 0x0023, "OSI network layer";
        APPLETALK = 0x0029, "AppleTalk";
        IPX = 0x002b, "IPX";
        COMPRESSED_TCP = 0x002d, "compressed TCP/IP";
        UNCOMPRESSED_TCP = 0x002f, "uncompressed TCP/IP";
        BRIDGING = 0x0031, "bridging";
        MULTILINK = 0x003d, "multilink";
        IPV6 = 0x0057, "IPv6";
        COMPRESSED = 0x00fd, "compressed datagram";
        MPLS = 0x0281, "MPLS";
        MPLS_MULTICAST = 0x0283, "MPLS multicast";
        IPCP = 0x8021, "IP control";
        OSI_CONTROL = 0x8023, "OSI control";
        IPV6CP = 0x8057, "IPv6 control";
        CCP = 0x80fd, "compression control";
        MPLSCP = 0x8281, "MPLS control";
        LCP = 0xc021, "link control";
        PAP = 0xc023, "password authentication";
        LINK_QUALITY = 0xc025, "link quality report";
        CHAP = 0xc223, "challenge authentication";
        EAP = 0xc227, "EAP";
    }

    /// Code of a PPPoE packet (RFC 2516).
    pub struct PppoeCode(u8) as Hex {
        SESSION = 0x00, "session";
        PADO = 0x07, "offer";
        PADI = 0x09, "initiation";
        PADR = 0x19, "request";
        PADS = 0x65, "session confirmation";
        PADT = 0xa7, "termination";
    }

    /// Type of a PPPoE tag (RFC 2516 appendix A, RFC 4638).
    pub struct PppoeTag(u16) as Hex {
        END_OF_LIST = 0x0000, "end of list";
        SERVICE_NAME = 0x0101, "service name";
        AC_NAME = 0x0102, "concentrator name";
        HOST_UNIQUE = 0x0103, "host's identifier";
        AC_COOKIE = 0x0104, "concentrator's cookie";
        VENDOR = 0x0105, "vendor's own";
        RELAY_SESSION = 0x0110, "relay's session";
        MAX_PAYLOAD = 0x0120, "longest PPP payload";
        SERVICE_NAME_ERROR = 0x0201, "service error";
        AC_SYSTEM_ERROR = 0x0202, "concentrator error";
        GENERIC_ERROR = 0x0203, "other error";
    }

    /// Type of an attribute of a logged packet (LINKTYPE_NFLOG).
    pub struct NflogType(u16) as Number {
        PACKET_HEADER = 1, "packet header";
        MARK = 2, "mark";
        TIMESTAMP = 3, "time";
        INTERFACE_IN = 4, "incoming interface";
        INTERFACE_OUT = 5, "outgoing interface";
        PHYSICAL_IN = 6, "incoming bridge port";
        PHYSICAL_OUT = 7, "outgoing bridge port";
        HARDWARE_ADDRESS = 8, "hardware address";
        PAYLOAD = 9, "packet";
        PREFIX = 10, "prefix";
        USER = 11, "user";
        SEQUENCE = 12, "sequence number";
        GLOBAL_SEQUENCE = 13, "sequence number of all logs";
        GROUP = 14, "group";
        HARDWARE_TYPE = 15, "hardware type";
        HARDWARE_HEADER = 16, "hardware header";
        HARDWARE_HEADER_LENGTH = 17, "hardware header length";
    }

    /// Where in Linux's packet filter a packet was logged.
    pub struct NetfilterHook(u8) as Number {
        PREROUTING = 0, "before routing";
        INPUT = 1, "input";
        FORWARD = 2, "forward";
        OUTPUT = 3, "output";
        POSTROUTING = 4, "after routing";
    }

    /// What VXLAN-GPE carries (draft-ietf-nvo3-vxlan-gpe section 3.2).
    pub struct VxlanProtocol(u8) as Number {
        IPV4 = 1, "IPv4";
        IPV6 = 2, "IPv6";
        ETHERNET = 3, "Ethernet";
        NSH = 4, "NSH";
    }
}
