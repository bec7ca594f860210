//! The options of DHCP, [RFC 2132](https://www.rfc-editor.org/rfc/rfc2132), which BOOTP calls vendor extensions.

use core::net::Ipv4Addr;

use crate::field::tlv::{self, Item, Nested, OptionKind, Options, Rules};
use crate::field::{FieldInfo, Name};
use crate::names::{
    ClientArchitecture, DhcpAuthAlgorithm, DhcpAuthProtocol, DhcpAuthRdm, DhcpMessageType, DhcpOption,
    DhcpOverload, DuidType, HardwareType, NetbiosNodeType,
};
use crate::wire::dhcp::relay;

/// A byte of code, a byte of length, which counts the data; the first and the last code have no length.
pub const RULES: Rules = Rules { pad: Some(0), end: Some(255), counts: 0, ..Rules::BYTES };

crate::fields! {
    /// The group around an option.
    pub mod group in "RFC 2132 section 2" {
        group OPTION: [u8; 0] = 0..0 named option_name, "dhcp.option", "Option";
    }
}
crate::fields! {
    /// Code and length.
    pub mod head in "RFC 2132 section 2" {
        tile CODE: DhcpOption = 0..8, "dhcp.option.type", "Code";
        tile LENGTH: u8 = 8..16, "dhcp.option.length", "Length";
    }
}
crate::fields! {
    /// The code of what has no length.
    pub mod alone in "RFC 2132 section 3" {
        tile CODE: DhcpOption = 0..8, "dhcp.option.type", "Code";
    }
}
crate::fields! {
    /// The data of an option that has no table, and what its table does not describe.
    pub mod other in "RFC 2132 section 2" {
        tile DATA: [u8; 0] = 0..0, "dhcp.option.value", "Value";
    }
}
crate::fields! {
    /// What stands behind the end.
    pub mod padding in "RFC 2132 section 3.2" {
        tile PADDING: [u8; 0] = 0..0, "dhcp.option.padding", "Padding";
    }
}
crate::fields! {
    /// A filter of destinations.
    pub mod policy_filter in "RFC 2132 section 4.3" {
        tile ADDRESS: Ipv4Addr = 0..32, "dhcp.option.policy_filter.ip", "Address";
        tile MASK: Ipv4Addr = 32..64, "dhcp.option.policy_filter.subnet_mask", "Mask";
    }
}
crate::fields! {
    /// A static route.
    pub mod static_route in "RFC 2132 section 5.8" {
        tile DESTINATION: Ipv4Addr = 0..32, "dhcp.option.static_route.ip", "Destination";
        tile ROUTER: Ipv4Addr = 32..64, "dhcp.option.static_route.router", "Router";
    }
}
crate::fields! {
    /// A piece of the vendor's own information, where it is made of such.
    pub mod vendor_head in "RFC 2132 section 8.4" {
        tile CODE: u8 = 0..8, "dhcp.vendor.suboption", "Vendor's code";
        tile LENGTH: u8 = 8..16, "dhcp.option.suboption_length", "Length";
    }
}
crate::fields! {
    /// The code of a piece that has no length.
    pub mod vendor_alone in "RFC 2132 section 8.4" {
        tile CODE: u8 = 0..8, "dhcp.vendor.suboption", "Vendor's code";
    }
}
crate::fields! {
    /// The vendor's own information.
    pub mod vendor_value in "RFC 2132 section 8.4" {
        tile VALUE: [u8; 0] = 0..0, "dhcp.option.vendor.value", "Value";
    }
}
crate::fields! {
    /// A client's identifier that is its hardware address.
    pub mod client_hardware in "RFC 2132 section 9.14" {
        tile TYPE: HardwareType = 0..8, "dhcp.hw.type", "Hardware type";
        tile ADDRESS: crate::field::Mac = 8..56, "dhcp.hw.mac_addr", "Client hardware address";
    }
}
crate::fields! {
    /// A client's identifier that is its address on other hardware.
    pub mod client_other_hardware in "RFC 2132 section 9.14" {
        tile TYPE: HardwareType = 0..8, "dhcp.hw.type", "Hardware type";
        tile IDENTIFIER: [u8; 0] = 8..0, "dhcp.client_id", "Client identifier";
    }
}
crate::fields! {
    /// A client's identifier that is no hardware address.
    pub mod client_text in "RFC 2132 section 9.14" {
        tile TYPE: u8 = 0..8, "dhcp.client_id.type", "Type";
        tile IDENTIFIER: [u8; 0] as Text = 8..0, "dhcp.client_id.undef", "Client identifier";
    }
}
crate::fields! {
    /// A client's identifier that names one of its interfaces, in front of what names the client.
    pub mod client_interface in "RFC 4361 section 6.1" {
        tile TYPE: u8 = 0..8, "dhcp.client_id.type", "Type";
        tile IAID: [u8; 0] = 8..40, "dhcp.client_id.iaid", "Identity association";
        tile DUID_TYPE: DuidType = 40..56, "dhcp.client_id.duid_type", "DUID type", "RFC 8415 section 11.1";
    }
}
crate::fields! {
    /// A client by its hardware address and a time.
    pub mod duid_time in "RFC 8415 section 11.2" {
        tile HARDWARE: HardwareType = 0..16, "dhcp.client_id.duid_llt_hw_type", "Hardware type";
        tile TIME: u32 = 16..48, "dhcp.client_id.time", "Time, s since 2000";
        tile ADDRESS: [u8; 0] = 48..0, "dhcp.client_id.link_layer_address", "Link-layer address";
    }
}
crate::fields! {
    /// A client by its vendor and what that calls it.
    pub mod duid_vendor in "RFC 8415 section 11.3" {
        tile ENTERPRISE: u32 = 0..32, "dhcp.client_id.enterprise_num", "Enterprise number";
        tile IDENTIFIER: [u8; 0] = 32..0, "dhcp.client_id", "Identifier";
    }
}
crate::fields! {
    /// A client by its hardware address.
    pub mod duid_address in "RFC 8415 section 11.4" {
        tile HARDWARE: HardwareType = 0..16, "dhcp.client_id.duid_ll_hw_type", "Hardware type";
        tile ADDRESS: [u8; 0] = 16..0, "dhcp.client_id.link_layer_address", "Link-layer address";
    }
}
crate::fields! {
    /// A client by a name of another kind.
    pub mod duid_other in "RFC 8415 section 11" {
        tile IDENTIFIER: [u8; 0] = 0..0, "dhcp.client_id", "Identifier";
    }
}
crate::fields! {
    /// A class of users that a client belongs to.
    pub mod user_class in "RFC 3004 section 4" {
        group CLASS: [u8; 0] = 0..0, "dhcp.option.user_class", "User class";
        tile LENGTH: u8 = 0..8, "dhcp.option.user_class.length", "Length";
        tile DATA: [u8; 0] = 8..0, "dhcp.option.user_class.data", "User class data";
    }
}
crate::fields! {
    /// A class of users as many clients write it, without a length.
    pub mod user_class_text in "RFC 3004 section 4" {
        tile TEXT: [u8; 0] as Text = 0..0, "dhcp.option.user_class.text", "User class";
    }
}
crate::fields! {
    /// What stands in front of a client's name.
    pub mod client_name in "RFC 4702 section 2.1" {
        group FLAGS: u8 as Hex = 0..8, "dhcp.fqdn.flags", "Flags";
        tile RESERVED: u8 as Hex = 0..4, "dhcp.fqdn.mbz", "Reserved";
        tile NO_UPDATE: bool = 4..5, "dhcp.fqdn.n", "No update by the server";
        tile ENCODING: bool = 5..6, "dhcp.fqdn.e", "Encoded as in DNS";
        tile OVERRIDE: bool = 6..7, "dhcp.fqdn.o", "Server overrides";
        tile SERVER: bool = 7..8, "dhcp.fqdn.s", "Server updates the address";
        tile RCODE1: u8 = 8..16, "dhcp.fqdn.rcode1", "Result for A";
        tile RCODE2: u8 = 16..24, "dhcp.fqdn.rcode2", "Result for PTR";
    }
}
crate::fields! {
    /// A client's name as DNS encodes it.
    pub mod client_encoded_name in "RFC 4702 section 2.3.1" {
        tile NAME: [u8; 0] as Name = 0..0, "dhcp.fqdn.name", "Client's name";
    }
}
crate::fields! {
    /// A client's name in ASCII.
    pub mod client_ascii_name in "RFC 4702 section 2.3.2" {
        tile NAME: [u8; 0] as Text = 0..0, "dhcp.fqdn.name", "Client's name";
    }
}
crate::fields! {
    /// What stands in front of what a server of the location protocol is told by.
    pub mod directory_agent in "RFC 2610 section 3" {
        tile MANDATORY: u8 = 0..8, "dhcp.option.slp_directory_agent.value", "Mandatory";
    }
}
crate::fields! {
    /// A server of the location protocol.
    pub mod directory_agent_address in "RFC 2610 section 3" {
        tile ADDRESS: Ipv4Addr = 0..32, "dhcp.option.slp_directory_agent.slpda_address", "Directory agent";
    }
}
crate::fields! {
    /// The scopes of the location protocol.
    pub mod service_scope in "RFC 2610 section 4" {
        tile MANDATORY: u8 = 0..8, "dhcp.option.slp_service_scope.value", "Mandatory";
        tile SCOPES: [u8; 0] as Text = 8..0, "dhcp.option.slp_service_scope.string", "Service scopes";
    }
}
crate::fields! {
    /// What stands in front of the information that authenticates.
    pub mod authentication in "RFC 3118 section 2" {
        tile PROTOCOL: DhcpAuthProtocol = 0..8, "dhcp.option.dhcp_authentication.protocol", "Protocol";
        tile DELAY_ALGORITHM: DhcpAuthAlgorithm = 8..16 if is_delayed, "dhcp.option.dhcp_authentication.alg_delay", "Algorithm";
        tile ALGORITHM: u8 = 8..16 if is_not_delayed, "dhcp.option.dhcp_authentication.algorithm", "Algorithm";
        tile REPLAY_METHOD: DhcpAuthRdm = 16..24, "dhcp.option.dhcp_authentication.rdm", "Replay detection method";
        tile REPLAY: u64 as Hex = 24..88, "dhcp.option.dhcp_authentication.rdm_replay_detection", "Replay detection";
    }
}
crate::fields! {
    /// Delayed authentication.
    pub mod delayed_authentication in "RFC 3118 section 5" {
        tile SECRET: u32 as Hex = 0..32, "dhcp.option.dhcp_authentication.secret_id", "Secret identifier";
        tile HMAC: [u8; 0] = 32..160, "dhcp.option.dhcp_authentication.hmac_md5_hash", "HMAC-MD5";
    }
}
crate::fields! {
    /// A token, or what another protocol has.
    pub mod authentication_information in "RFC 3118 section 4" {
        tile INFORMATION: [u8; 0] as Text = 0..0, "dhcp.option.dhcp_authentication.information", "Authentication information";
    }
}
crate::fields! {
    /// The interface of a client that boots.
    pub mod network_interface in "RFC 4578 section 2.2" {
        tile TYPE: u8 = 0..8, "dhcp.client_network_id_type", "Type";
        tile MAJOR: u8 = 8..16, "dhcp.client_network_id_major", "Major version";
        tile MINOR: u8 = 16..24, "dhcp.client_network_id_minor", "Minor version";
    }
}
crate::fields! {
    /// The machine that boots.
    pub mod machine in "RFC 4578 section 2.3" {
        tile TYPE: u8 = 0..8, "dhcp.client_id.type", "Type";
        tile UUID: [u8; 0] = 8..0, "dhcp.client_id.uuid", "UUID";
    }
}
crate::fields! {
    /// A domain to look names up in.
    pub mod domain_search in "RFC 3397 section 2" {
        tile NAME: [u8; 0] as Name = 0..0, "dhcp.option.dhcp_dns_domain_search_list_fqdn", "Domain";
    }
}
crate::fields! {
    /// How SIP servers are told.
    pub mod sip_encoding in "RFC 3361 section 3" {
        tile ENCODING: u8 = 0..8 named sip_form, "dhcp.option.sip_server.encoding", "Encoding";
    }
}
crate::fields! {
    /// The name of a SIP server.
    pub mod sip_name in "RFC 3361 section 3.1" {
        tile NAME: [u8; 0] as Name = 0..0, "dhcp.option.sip_server.name", "SIP server";
    }
}
crate::fields! {
    /// The address of a SIP server.
    pub mod sip_address in "RFC 3361 section 3.2" {
        tile ADDRESS: Ipv4Addr = 0..32, "dhcp.option.sip_server.address", "SIP server";
    }
}
crate::fields! {
    /// The name of a location-to-service server.
    pub mod lost_server in "RFC 5223 section 3" {
        tile NAME: [u8; 0] as Name = 0..0, "dhcp.option.lost_server_domain_name", "LoST server";
    }
}

/// A classless route with as many bytes of its destination as its width needs.
macro_rules! route {
    ($($module:ident $from:literal $to:literal $end:literal;)*) => {$(
        crate::fields! {
            /// A classless static route.
            pub mod $module in "RFC 3442" {
                group ROUTE: [u8; 0] = 0..0, "dhcp.option.classless_static_route", "Route";
                tile WIDTH: u8 = 0..8, "dhcp.option.classless_static_route.width", "Prefix length";
                tile DESTINATION: [u8; 0] = 8..$to, "dhcp.option.classless_static_route.destination", "Destination";
                tile ROUTER: Ipv4Addr = $from..$end, "dhcp.option.classless_static_route.router", "Router";
            }
        }
    )*};
}
route! {
    route8 16 16 48;
    route16 24 24 56;
    route24 32 32 64;
    route32 40 40 72;
}
crate::fields! {
    /// The route to everywhere.
    pub mod route0 in "RFC 3442" {
        group ROUTE: [u8; 0] = 0..0, "dhcp.option.classless_static_route", "Route";
        tile WIDTH: u8 = 0..8, "dhcp.option.classless_static_route.width", "Prefix length";
        tile ROUTER: Ipv4Addr = 8..40, "dhcp.option.classless_static_route.router", "Router";
    }
}
crate::fields! {
    /// A class of clients by its vendor.
    pub mod vendor_class in "RFC 3925 section 3" {
        tile ENTERPRISE: u32 = 0..32, "dhcp.option.vi_class.enterprise", "Enterprise number";
        tile LENGTH: u8 = 32..40, "dhcp.option.vi_class.length", "Length";
        tile DATA: [u8; 0] as Text = 40..0, "dhcp.option.vi_class.data", "Vendor class";
    }
}
crate::fields! {
    /// The vendor whose information follows.
    pub mod vendor_enterprise in "RFC 3925 section 4" {
        tile ENTERPRISE: u32 = 0..32, "dhcp.option.vi.enterprise", "Enterprise number";
        tile LENGTH: u8 = 32..40, "dhcp.option.vi.length", "Length";
    }
}
crate::fields! {
    /// A piece of a vendor's information.
    pub mod vendor_piece in "RFC 3925 section 4" {
        group PIECE: [u8; 0] = 0..0, "dhcp.vendor", "Vendor's option";
        tile CODE: u8 = 0..8, "dhcp.vendor.suboption", "Vendor's code";
        tile LENGTH: u8 = 8..16, "dhcp.option.suboption_length", "Length";
        tile DATA: [u8; 0] = 16..0, "dhcp.vendor.data", "Value";
    }
}
crate::fields! {
    /// A vendor's information that is not made of pieces.
    pub mod vendor_bytes in "RFC 3925 section 4" {
        tile DATA: [u8; 0] = 0..0, "dhcp.option.vi.value", "Value";
    }
}
crate::fields! {
    /// The ports that a client may use.
    pub mod port_parameters in "RFC 7618 section 9" {
        tile OFFSET: u8 = 0..8, "dhcp.option.portparams.offset", "Offset";
        tile LENGTH: u8 = 8..16, "dhcp.option.portparams.psid_length", "PSID length";
        tile PSID: [u8; 0] = 16..0, "dhcp.option.portparams.psid", "PSID";
    }
}

fn option_name(option: &[u8]) -> Option<&'static str> {
    option.first().and_then(|code| DhcpOption(*code).name())
}

fn on_or_off(data: &[u8]) -> Option<&'static str> {
    match data {
        [0, ..] => Some("off"),
        [1, ..] => Some("on"),
        _ => None,
    }
}

fn configuration(data: &[u8]) -> Option<&'static str> {
    match data {
        [0, ..] => Some("not to be done"),
        [1, ..] => Some("to be done"),
        _ => None,
    }
}

fn is_delayed(data: &[u8]) -> bool {
    matches!(data, [1, ..])
}

fn is_not_delayed(data: &[u8]) -> bool {
    !is_delayed(data)
}

fn sip_form(data: &[u8]) -> Option<&'static str> {
    match data {
        [0, ..] => Some("names"),
        [1, ..] => Some("addresses"),
        _ => None,
    }
}

/// What a table leaves of an option's data, by the form of it.
macro_rules! form {
    (one $size:literal $length:ident) => {
        $length == $size / 8
    };
    (each $size:literal $length:ident) => {
        $length > 0 && $length.is_multiple_of($size / 8)
    };
    (rest $size:literal $length:ident) => {
        $length > 0
    };
    (kind one $table:expr) => {
        OptionKind { first: $table, ..PLAIN }
    };
    (kind rest $table:expr) => {
        OptionKind { first: $table, ..PLAIN }
    };
    (kind each $table:expr) => {
        OptionKind { repeat: |_, _| ($table, 0), ..PLAIN }
    };
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// Options whose data is one field, once or again and again, and then those that say more. `one` and `each` say how
/// often the field stands there, `rest` that it is all of the data.
macro_rules! options {
    (
        fields { $($module:ident $KIND:ident: $T:ty $(as $format:ident)? = $start:literal..$end:literal $form:ident $(named $named:ident)?,
            $name:literal, $label:literal, $spec:literal;)* }
        more { $($MORE:ident: $kind:expr, $fits:expr;)* }
        tables { $($table:ident)* }
    ) => {
        $(
            crate::fields! {
                #[doc = concat!($label, ".")]
                pub mod $module in $spec {
                    tile $KIND: $T $(as $format)? = 0..$end $(named $named)?, $name, $label;
                }
            }
        )*

        const KINDS: &[OptionKind] = &[
            $(OptionKind { kind: DhcpOption::$KIND.0 as u16, ..form!(kind $form $module::FIELDS) },)*
            $(OptionKind { kind: DhcpOption::$MORE.0 as u16, ..$kind },)*
            // Where the captive portal stood first (RFC 7710 section 2.1); the registry has taken the number back.
            OptionKind { kind: 160, first: captive_portal::FIELDS, ..PLAIN },
        ];

        /// The tables of all options.
        pub(super) const TABLES: &[&[FieldInfo]] = &[$($module::FIELDS,)* $($table::FIELDS,)*];

        /// Whether an option can have data of this length.
        #[allow(clippy::arithmetic_side_effects)] // Sizes are constants other than zero.
        pub(super) fn fits(option: DhcpOption, length: usize) -> bool {
            match option {
                $(DhcpOption::$KIND => form!($form $end length),)*
                $(DhcpOption::$MORE => $fits(length),)*
                _ => true,
            }
        }
    };
}

options! {
    fields {
    subnet_mask SUBNET_MASK: Ipv4Addr = 0..32 one, "dhcp.option.subnet_mask", "Subnet mask", "RFC 2132 section 3.3";
    time_offset TIME_OFFSET: u32 = 0..32 one, "dhcp.option.time_offset", "Time offset, s", "RFC 2132 section 3.4";
    router ROUTER: Ipv4Addr = 0..32 each, "dhcp.option.router", "Router", "RFC 2132 section 3.5";
    time_server TIME_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.time_server", "Time server", "RFC 2132 section 3.6";
    name_server NAME_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.name_server", "Name server (IEN 116)", "RFC 2132 section 3.7";
    domain_name_server DOMAIN_NAME_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.domain_name_server", "DNS server", "RFC 2132 section 3.8";
    log_server LOG_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.log_server", "Log server", "RFC 2132 section 3.9";
    cookie_server COOKIE_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.quotes_server", "Cookie server", "RFC 2132 section 3.10";
    lpr_server LPR_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.lpr_server", "LPR server", "RFC 2132 section 3.11";
    impress_server IMPRESS_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.impress_server", "Impress server", "RFC 2132 section 3.12";
    resource_location_server RESOURCE_LOCATION_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.resource_location_server", "Resource location server", "RFC 2132 section 3.13";
    host_name HOST_NAME: [u8; 0] as Text = 0..0 rest, "dhcp.option.hostname", "Host name", "RFC 2132 section 3.14";
    boot_file_size BOOT_FILE_SIZE: u16 = 0..16 one, "dhcp.option.boot_file_size", "Boot file's size, 512 bytes", "RFC 2132 section 3.15";
    merit_dump_file MERIT_DUMP_FILE: [u8; 0] as Text = 0..0 rest, "dhcp.option.merit_dump_file", "File for a core dump", "RFC 2132 section 3.16";
    domain_name DOMAIN_NAME: [u8; 0] as Text = 0..0 rest, "dhcp.option.domain_name", "Domain name", "RFC 2132 section 3.17";
    swap_server SWAP_SERVER: Ipv4Addr = 0..32 one, "dhcp.option.swap_server", "Swap server", "RFC 2132 section 3.18";
    root_path ROOT_PATH: [u8; 0] as Text = 0..0 rest, "dhcp.option.root_path", "Root path", "RFC 2132 section 3.19";
    extensions_path EXTENSIONS_PATH: [u8; 0] as Text = 0..0 rest, "dhcp.option.extension_path", "Extensions path", "RFC 2132 section 3.20";
    ip_forwarding IP_FORWARDING: u8 = 0..8 one named on_or_off, "dhcp.option.ip_forwarding", "IP forwarding", "RFC 2132 section 4.1";
    non_local_source_routing NON_LOCAL_SOURCE_ROUTING: u8 = 0..8 one named on_or_off, "dhcp.option.non_local_source_routing", "Non-local source routing", "RFC 2132 section 4.2";
    maximum_datagram MAXIMUM_DATAGRAM_REASSEMBLY_SIZE: u16 = 0..16 one, "dhcp.option.max_datagram_reassembly_size", "Largest datagram to reassemble", "RFC 2132 section 4.4";
    default_ttl DEFAULT_IP_TTL: u8 = 0..8 one, "dhcp.option.default_ip_ttl", "Default time to live", "RFC 2132 section 4.5";
    mtu_aging PATH_MTU_AGING_TIMEOUT: u32 = 0..32 one, "dhcp.option.path_mtu_aging_timeout", "Path MTU aging time-out, s", "RFC 2132 section 4.6";
    mtu_plateau PATH_MTU_PLATEAU_TABLE: u16 = 0..16 each, "dhcp.option.path_mtu_plateau_table_item", "Path MTU to try", "RFC 2132 section 4.7";
    interface_mtu INTERFACE_MTU: u16 = 0..16 one, "dhcp.option.interface_mtu", "Interface MTU", "RFC 2132 section 5.1";
    all_subnets ALL_SUBNETS_ARE_LOCAL: u8 = 0..8 one named on_or_off, "dhcp.option.all_subnets_are_local", "All subnets are local", "RFC 2132 section 5.2";
    broadcast_address BROADCAST_ADDRESS: Ipv4Addr = 0..32 one, "dhcp.option.broadcast_address", "Broadcast address", "RFC 2132 section 5.3";
    mask_discovery PERFORM_MASK_DISCOVERY: u8 = 0..8 one named on_or_off, "dhcp.option.perform_mask_discovery", "Mask discovery", "RFC 2132 section 5.4";
    mask_supplier MASK_SUPPLIER: u8 = 0..8 one named on_or_off, "dhcp.option.mask_supplier", "Mask supplier", "RFC 2132 section 5.5";
    router_discovery PERFORM_ROUTER_DISCOVERY: u8 = 0..8 one named on_or_off, "dhcp.option.perform_router_discover", "Router discovery", "RFC 2132 section 5.6";
    router_solicitation ROUTER_SOLICITATION_ADDRESS: Ipv4Addr = 0..32 one, "dhcp.option.router_solicitation_address", "Address for router solicitations", "RFC 2132 section 5.7";
    trailers TRAILER_ENCAPSULATION: u8 = 0..8 one named on_or_off, "dhcp.option.trailer_encapsulation", "Trailers", "RFC 2132 section 6.1";
    arp_timeout ARP_CACHE_TIMEOUT: u32 = 0..32 one, "dhcp.option.arp_cache_timeout", "ARP cache time-out, s", "RFC 2132 section 6.2";
    ethernet_encapsulation ETHERNET_ENCAPSULATION: u8 = 0..8 one named on_or_off, "dhcp.option.ethernet_encapsulation", "IEEE 802.3 encapsulation", "RFC 2132 section 6.3";
    tcp_ttl DEFAULT_TCP_TTL: u8 = 0..8 one, "dhcp.option.tcp_default_ttl", "Default time to live of TCP", "RFC 2132 section 7.1";
    tcp_keepalive TCP_KEEPALIVE_INTERVAL: u32 = 0..32 one, "dhcp.option.tcp_keepalive_interval", "Keep-alive interval of TCP, s", "RFC 2132 section 7.2";
    tcp_garbage TCP_KEEPALIVE_GARBAGE: u8 = 0..8 one named on_or_off, "dhcp.option.tcp_keepalive_garbage", "Keep-alives of TCP with a byte", "RFC 2132 section 7.3";
    nis_domain NIS_DOMAIN: [u8; 0] as Text = 0..0 rest, "dhcp.option.nis_domain", "NIS domain", "RFC 2132 section 8.1";
    nis_server NIS_SERVERS: Ipv4Addr = 0..32 each, "dhcp.option.nis_server", "NIS server", "RFC 2132 section 8.2";
    ntp_server NTP_SERVERS: Ipv4Addr = 0..32 each, "dhcp.option.ntp_server", "NTP server", "RFC 2132 section 8.3";
    netbios_name_server NETBIOS_NAME_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.netbios_over_tcpip_name_server", "NetBIOS name server", "RFC 2132 section 8.5";
    netbios_datagram_server NETBIOS_DATAGRAM_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.netbios_over_tcpip_dd_name_server", "NetBIOS datagram server", "RFC 2132 section 8.6";
    netbios_node_type NETBIOS_NODE_TYPE: NetbiosNodeType = 0..8 one, "dhcp.option.netbios_over_tcpip_node_type", "NetBIOS node type", "RFC 2132 section 8.7";
    netbios_scope NETBIOS_SCOPE: [u8; 0] as Text = 0..0 rest, "dhcp.option.netbios_over_tcpip_scope", "NetBIOS scope", "RFC 2132 section 8.8";
    font_server X_WINDOW_SYSTEM_FONT_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.xwindows_system_font_server", "X font server", "RFC 2132 section 8.9";
    display_manager X_WINDOW_SYSTEM_DISPLAY_MANAGER: Ipv4Addr = 0..32 each, "dhcp.option.xwindows_system_display_manager", "X display manager", "RFC 2132 section 8.10";
    requested_address REQUESTED_IP_ADDRESS: Ipv4Addr = 0..32 one, "dhcp.option.requested_ip_address", "Requested address", "RFC 2132 section 9.1";
    lease_time IP_ADDRESS_LEASE_TIME: u32 = 0..32 one, "dhcp.option.ip_address_lease_time", "Lease time, s", "RFC 2132 section 9.2";
    option_overload OPTION_OVERLOAD: DhcpOverload = 0..8 one, "dhcp.option.option_overload", "More options", "RFC 2132 section 9.3";
    message_type MESSAGE_TYPE: DhcpMessageType = 0..8 one, "dhcp.option.dhcp", "Message type", "RFC 2132 section 9.6";
    server_identifier SERVER_IDENTIFIER: Ipv4Addr = 0..32 one, "dhcp.option.dhcp_server_id", "Server identifier", "RFC 2132 section 9.7";
    parameter_list PARAMETER_REQUEST_LIST: DhcpOption = 0..8 each, "dhcp.option.request_list_item", "Parameter wanted", "RFC 2132 section 9.8";
    message MESSAGE: [u8; 0] as Text = 0..0 rest, "dhcp.option.message", "Message", "RFC 2132 section 9.9";
    maximum_message MAXIMUM_MESSAGE_SIZE: u16 = 0..16 one, "dhcp.option.dhcp_max_message_size", "Largest message taken", "RFC 2132 section 9.10";
    renewal_time RENEWAL_TIME: u32 = 0..32 one, "dhcp.option.renewal_time_value", "Renewal time (T1), s", "RFC 2132 section 9.11";
    rebinding_time REBINDING_TIME: u32 = 0..32 one, "dhcp.option.rebinding_time_value", "Rebinding time (T2), s", "RFC 2132 section 9.12";
    vendor_class_identifier VENDOR_CLASS_IDENTIFIER: [u8; 0] as Text = 0..0 rest, "dhcp.option.vendor_class_id", "Vendor class", "RFC 2132 section 9.13";
    nis_plus_domain NIS_PLUS_DOMAIN: [u8; 0] as Text = 0..0 rest, "dhcp.option.nis_plus_domain", "NIS+ domain", "RFC 2132 section 8.11";
    nis_plus_server NIS_PLUS_SERVERS: Ipv4Addr = 0..32 each, "dhcp.option.nis_plus_server", "NIS+ server", "RFC 2132 section 8.12";
    tftp_server_name TFTP_SERVER_NAME: [u8; 0] as Text = 0..0 rest, "dhcp.option.tftp_server_name", "TFTP server", "RFC 2132 section 9.4";
    bootfile_name BOOTFILE_NAME: [u8; 0] as Text = 0..0 rest, "dhcp.option.bootfile_name", "Boot file", "RFC 2132 section 9.5";
    mobile_ip_home_agent MOBILE_IP_HOME_AGENT: Ipv4Addr = 0..32 each, "dhcp.option.mobile_ip_home_agent", "Mobile IP home agent", "RFC 2132 section 8.13";
    smtp_server SMTP_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.smtp_server", "SMTP server", "RFC 2132 section 8.14";
    pop3_server POP3_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.pop3_server", "POP3 server", "RFC 2132 section 8.15";
    nntp_server NNTP_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.nntp_server", "NNTP server", "RFC 2132 section 8.16";
    www_server WWW_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.default_www_server", "WWW server", "RFC 2132 section 8.17";
    finger_server FINGER_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.default_finger_server", "Finger server", "RFC 2132 section 8.18";
    irc_server IRC_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.default_irc_server", "IRC server", "RFC 2132 section 8.19";
    streettalk_server STREETTALK_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.streettalk_server", "StreetTalk server", "RFC 2132 section 8.20";
    stda_server STDA_SERVER: Ipv4Addr = 0..32 each, "dhcp.option.streettalk_da_server", "StreetTalk directory server", "RFC 2132 section 8.21";
    nds_server NDS_SERVERS: Ipv4Addr = 0..32 each, "dhcp.option.novell_dss.ip", "NDS server", "RFC 2241 section 2";
    nds_tree NDS_TREE_NAME: [u8; 0] as Text = 0..0 rest, "dhcp.option.novell_ds_tree_name", "NDS tree", "RFC 2241 section 3";
    nds_context NDS_CONTEXT: [u8; 0] as Text = 0..0 rest, "dhcp.option.novell_ds_context", "NDS context", "RFC 2241 section 4";
    last_transaction CLIENT_LAST_TRANSACTION_TIME: u32 = 0..32 one, "dhcp.option.client_last_transaction_time", "Since the last transaction, s", "RFC 4388 section 6.1";
    associated_address ASSOCIATED_IP: Ipv4Addr = 0..32 each, "dhcp.option.associated_ip_option", "Associated address", "RFC 4388 section 6.1";
    client_architecture CLIENT_ARCHITECTURE: ClientArchitecture = 0..16 each, "dhcp.option.client_system_architecture", "Client's architecture", "RFC 4578 section 2.1";
    posix_time_zone POSIX_TIME_ZONE: [u8; 0] as Text = 0..0 rest, "dhcp.option.tz_pcode", "Time zone as in POSIX", "RFC 4833 section 2";
    time_zone TZ_DATABASE_TIME_ZONE: [u8; 0] as Text = 0..0 rest, "dhcp.option.tz_tcode", "Time zone", "RFC 4833 section 2";
    ipv6_only IPV6_ONLY_PREFERRED: u32 = 0..32 one, "dhcp.option.ipv6_only_preferred", "No IPv4 for so long, s", "RFC 8925 section 3.1";
    netinfo_address NETINFO_ADDRESS: Ipv4Addr = 0..32 each, "dhcp.option.netinfo_parent_server_address", "NetInfo parent server", "RFC 3679 section 4";
    netinfo_tag NETINFO_TAG: [u8; 0] as Text = 0..0 rest, "dhcp.option.netinfo_parent_server_tag", "NetInfo parent server's tag", "RFC 3679 section 4";
    captive_portal CAPTIVE_PORTAL: [u8; 0] as Text = 0..0 rest, "dhcp.option.captive_portal", "Captive portal", "RFC 8910 section 2.1";
    auto_configuration AUTO_CONFIGURATION: u8 = 0..8 one named configuration, "dhcp.option.dhcp_auto_configuration", "Auto-configuration", "RFC 2563 section 2";
    subnet_selection SUBNET_SELECTION: Ipv4Addr = 0..32 one, "dhcp.option.subnet_selection_option", "Subnet wanted", "RFC 3011 section 3";
    pana_agent PANA_AGENT: Ipv4Addr = 0..32 each, "dhcp.option.pana_agent", "PANA agent", "RFC 5192 section 4";
    capwap CAPWAP_ACCESS_CONTROLLER: Ipv4Addr = 0..32 each, "dhcp.option.capwap_access_controller", "CAPWAP access controller", "RFC 5417 section 2";
    andsf_server ANDSF_IPV4_ADDRESS: Ipv4Addr = 0..32 each, "dhcp.option.andsf_server", "ANDSF server", "RFC 6153 section 2";
    forcerenew FORCERENEW_NONCE_CAPABLE: u8 = 0..8 each, "dhcp.option.forcerenew_nonce.algorithm", "Algorithm of the nonce", "RFC 6704 section 3.1.2";
    tftp_server_address TFTP_SERVER_ADDRESS: Ipv4Addr = 0..32 each, "dhcp.option.tftp_server_address", "TFTP server", "RFC 5859 section 3";
    mud_url MUD_URL: [u8; 0] as Text = 0..0 rest, "dhcp.option.mudurl", "MUD URL", "RFC 8520 section 10";
    pxelinux_file PXELINUX_CONFIGURATION_FILE: [u8; 0] as Text = 0..0 rest, "dhcp.option.pxe_config_file", "PXELINUX configuration file", "RFC 5071 section 5";
    pxelinux_prefix PXELINUX_PATH_PREFIX: [u8; 0] as Text = 0..0 rest, "dhcp.option.pxe_path_prefix", "PXELINUX path prefix", "RFC 5071 section 6";
    proxy WEB_PROXY_AUTO_DISCOVERY: [u8; 0] as Text = 0..0 rest, "dhcp.option.private_proxy_autodiscovery", "Web proxy configuration", "draft-ietf-wrec-wpad-01 section 4.4.1";
    }
    more {
        POLICY_FILTER: OptionKind { repeat: |_, _| (policy_filter::FIELDS, 0), ..PLAIN }, eights;
        STATIC_ROUTE: OptionKind { repeat: |_, _| (static_route::FIELDS, 0), ..PLAIN }, eights;
        VENDOR_SPECIFIC_INFORMATION: OptionKind { repeat: |_, _| (vendor_value::FIELDS, 0), ..PLAIN }, at_least::<1>;
        CLIENT_IDENTIFIER: OptionKind { repeat: client_identifier, ..PLAIN }, at_least::<2>;
        USER_CLASS: OptionKind { repeat: user_classes, ..PLAIN }, at_least::<1>;
        SLP_DIRECTORY_AGENT: OptionKind { first: directory_agent::FIELDS, repeat: |_, _| (directory_agent_address::FIELDS, 0), ..PLAIN }, at_least::<1>;
        SLP_SERVICE_SCOPE: OptionKind { first: service_scope::FIELDS, ..PLAIN }, at_least::<1>;
        RAPID_COMMIT: PLAIN, exactly::<0>;
        CLIENT_FQDN: OptionKind { first: client_name::FIELDS, repeat: fqdn, ..PLAIN }, at_least::<3>;
        RELAY_AGENT_INFORMATION: PLAIN, at_least::<2>;
        AUTHENTICATION: OptionKind { first: authentication::FIELDS, repeat: authenticated, ..PLAIN }, at_least::<11>;
        CLIENT_NETWORK_INTERFACE: OptionKind { first: network_interface::FIELDS, ..PLAIN }, exactly::<3>;
        CLIENT_MACHINE_IDENTIFIER: OptionKind { first: machine::FIELDS, ..PLAIN }, exactly::<17>;
        DOMAIN_SEARCH: OptionKind { repeat: |item, at| name(domain_search::FIELDS, item, 2, at), ..PLAIN }, at_least::<1>;
        SIP_SERVERS: OptionKind { first: sip_encoding::FIELDS, repeat: sip_servers, ..PLAIN }, at_least::<2>;
        CLASSLESS_STATIC_ROUTE: OptionKind { repeat: classless_route, ..PLAIN }, at_least::<5>;
        MICROSOFT_CLASSLESS_STATIC_ROUTE: OptionKind { repeat: classless_route, ..PLAIN }, at_least::<5>;
        VI_VENDOR_CLASS: OptionKind { repeat: vendor_classes, ..PLAIN }, at_least::<5>;
        VI_VENDOR_SPECIFIC: OptionKind { repeat: vendor_options, ..PLAIN }, at_least::<5>;
        LOST_SERVER: OptionKind { repeat: |item, at| name(lost_server::FIELDS, item, 2, at), ..PLAIN }, at_least::<1>;
        PORT_PARAMETERS: OptionKind { first: port_parameters::FIELDS, ..PLAIN }, exactly::<4>;
    }
    tables {
        group head alone other padding policy_filter static_route vendor_head vendor_alone vendor_value
        client_hardware client_other_hardware client_text client_interface duid_time duid_vendor duid_address duid_other
        user_class user_class_text client_name client_encoded_name client_ascii_name directory_agent
        directory_agent_address service_scope authentication delayed_authentication authentication_information
        network_interface machine domain_search sip_encoding sip_name sip_address lost_server route0 route8 route16
        route24 route32 vendor_class vendor_enterprise vendor_piece vendor_bytes port_parameters
    }
}

fn at_least<const LEAST: usize>(length: usize) -> bool {
    length >= LEAST
}

fn exactly<const RIGHT: usize>(length: usize) -> bool {
    length == RIGHT
}

fn eights(length: usize) -> bool {
    length > 0 && length.is_multiple_of(8)
}

/// The list of options.
pub static OPTIONS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: head::FIELDS,
        alone: alone::FIELDS,
        kinds: KINDS,
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: padding::FIELDS,
    },
    inside: |item| match DhcpOption(item.kind as u8) {
        DhcpOption::RELAY_AGENT_INFORMATION => Some(&relay::SUBOPTIONS),
        DhcpOption::VENDOR_SPECIFIC_INFORMATION if is_list(item) => Some(&VENDOR),
        _ => None,
    },
};

/// The vendor's own options, where its information is made of such.
static VENDOR: Nested = Nested {
    options: Options {
        rules: RULES,
        head: vendor_head::FIELDS,
        alone: vendor_alone::FIELDS,
        kinds: &[],
        other: OptionKind { group: PIECE, first: vendor_value::FIELDS, ..OptionKind::PLAIN },
        padding: padding::FIELDS,
    },
    inside: |_| None,
};

const PIECE: &[FieldInfo] = &[vendor_piece::PIECE.info];

/// Whether the data of an option can be read as a list of options to its end: what is text hardly ever can.
fn is_list(item: &Item<'_>) -> bool {
    let data = item.data(&RULES);
    let mut items = tlv::walk(data, &RULES);
    items.all(|inner| {
        !inner.broken && (inner.kind != 255 || inner.bytes.iter().skip(1).all(|byte| *byte == 0))
    }) && data.first().is_some_and(|code| !matches!(code, 0 | 255))
}

type Repeat = (&'static [FieldInfo], usize);

/// What nobody knows more of.
const UNKNOWN: Repeat = (&[], 0);

/// The name that begins at byte `at` of an option whose names point from byte `origin` on.
pub(super) fn name(table: &'static [FieldInfo], item: &[u8], origin: usize, at: usize) -> Repeat {
    let place = at.saturating_sub(origin);
    let name = Name::at(item.get(origin..).unwrap_or(&[]), place);
    match name.encoded() {
        Some(encoded) if name.is_sound() => (table, encoded.len()),
        _ => UNKNOWN,
    }
}

fn client_identifier(item: &[u8], at: usize) -> Repeat {
    let data = item.get(2..).unwrap_or(&[]);
    match (at, data) {
        (2, [1, address @ ..]) if address.len() == 6 => (client_hardware::FIELDS, 0),
        (2, [0, ..]) => (client_text::FIELDS, 0),
        (2, [255, _, _, _, _, _, _, ..]) => (client_interface::FIELDS, 0),
        (2, _) => (client_other_hardware::FIELDS, 0),
        (_, [255, _, _, _, _, 0, 1, rest @ ..]) if rest.len() >= 6 => (duid_time::FIELDS, 0),
        (_, [255, _, _, _, _, 0, 2, rest @ ..]) if rest.len() >= 4 => (duid_vendor::FIELDS, 0),
        (_, [255, _, _, _, _, 0, 3, rest @ ..]) if rest.len() >= 2 => (duid_address::FIELDS, 0),
        (_, [255, ..]) => (duid_other::FIELDS, 0),
        _ => UNKNOWN,
    }
}

/// Each class has a byte of length in front; without that, all of it is text.
fn user_classes(item: &[u8], at: usize) -> Repeat {
    let mut rest = item.get(2..).unwrap_or(&[]);
    while let Some((length, behind)) = rest.split_first() {
        match behind.get(usize::from(*length)..) {
            Some(behind) if *length > 0 => rest = behind,
            _ => return (user_class_text::FIELDS, 0),
        }
    }
    (user_class::FIELDS, counted(item, at, 0, 1))
}

/// The size of a piece that has the length of what follows its first bytes, so many, in the last of them.
fn counted(item: &[u8], at: usize, length: usize, head: usize) -> usize {
    let length = item.get(at.saturating_add(length)).map_or(0, |length| usize::from(*length));
    length.saturating_add(head)
}

fn fqdn(item: &[u8], at: usize) -> Repeat {
    let is_encoded = item.get(2).is_some_and(|flags| flags & 4 != 0);
    match name(client_encoded_name::FIELDS, item, at, at) {
        encoded if is_encoded => encoded,
        _ => (client_ascii_name::FIELDS, 0),
    }
}

fn authenticated(item: &[u8], at: usize) -> Repeat {
    match (item.get(2), at) {
        (Some(1), 13) if item.len() >= 33 => (delayed_authentication::FIELDS, 0),
        (Some(0), 13) => (authentication_information::FIELDS, 0),
        _ => UNKNOWN,
    }
}

fn sip_servers(item: &[u8], at: usize) -> Repeat {
    match item.get(2) {
        Some(0) => name(sip_name::FIELDS, item, 3, at),
        Some(1) => (sip_address::FIELDS, 0),
        _ => UNKNOWN,
    }
}

fn classless_route(item: &[u8], at: usize) -> Repeat {
    let (table, length) = match item.get(at) {
        Some(0) => (route0::FIELDS, 5),
        Some(1..=8) => (route8::FIELDS, 6),
        Some(9..=16) => (route16::FIELDS, 7),
        Some(17..=24) => (route24::FIELDS, 8),
        Some(25..=32) => (route32::FIELDS, 9),
        _ => return UNKNOWN,
    };
    let is_whole = item.len().checked_sub(at).is_some_and(|left| left >= length);
    if is_whole { (table, length) } else { UNKNOWN }
}

fn vendor_classes(item: &[u8], at: usize) -> Repeat {
    (vendor_class::FIELDS, counted(item, at, 4, 5))
}

/// The enterprises stand one behind the other, each with pieces.
fn vendor_options(item: &[u8], at: usize) -> Repeat {
    let mut start: usize = 2;
    loop {
        let end = start.saturating_add(counted(item, start, 4, 5)).min(item.len());
        match at {
            at if at == start => return (vendor_enterprise::FIELDS, 0),
            at if at < end => {
                let piece = counted(item, at, 1, 2);
                let is_whole = at.checked_add(piece).is_some_and(|behind| behind <= end);
                let left = end.saturating_sub(at);
                return if is_whole { (vendor_piece::FIELDS, piece) } else { (vendor_bytes::FIELDS, left) };
            }
            _ if end >= item.len() => return UNKNOWN,
            _ => start = end,
        }
    }
}
