//! The tables of SCTP's parameters, which stand in chunks, in causes of errors and in each other.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::causes::CAUSES;
use crate::field::FieldInfo;
use crate::field::tlv::{Nested, OptionKind, Options, Rules};
use crate::names::{SctpChunkType, SctpParameterType};

crate::fields! {
    /// Type and length.
    pub mod head in "RFC 9260 section 3.2.1" {
        tile TYPE: SctpParameterType as Hex = 0..16, "sctp.parameter_type", "Parameter type";
        alias SKIP: bool = 0..1, "sctp.parameter_bit_1", "Skip if not recognized";
        alias REPORT: bool = 1..2, "sctp.parameter_bit_2", "Report if not recognized";
        tile LENGTH: u16 = 16..32, "sctp.parameter_length", "Parameter length";
    }
}
crate::fields! {
    /// The group around a parameter.
    pub mod group in "RFC 9260 section 3.2.1" {
        group PARAMETER: [u8; 0] = 0..0, "sctp.parameter", "Parameter";
    }
}
crate::fields! {
    /// What a heartbeat carries.
    pub mod heartbeat in "RFC 9260 section 3.3.5" {
        tile INFORMATION: [u8; 0] = 0..0, "sctp.parameter_heartbeat_information", "Heartbeat information";
    }
}
crate::fields! {
    /// IPv4 address.
    pub mod ipv4 in "RFC 9260 section 3.3.2.1.1" {
        tile ADDRESS: Ipv4Addr = 0..32, "sctp.parameter_ipv4_address", "IPv4 address";
    }
}
crate::fields! {
    /// IPv6 address.
    pub mod ipv6 in "RFC 9260 section 3.3.2.1.2" {
        tile ADDRESS: Ipv6Addr = 0..128, "sctp.parameter_ipv6_address", "IPv6 address";
    }
}
crate::fields! {
    /// State cookie.
    pub mod state_cookie in "RFC 9260 section 3.3.3.1.1" {
        tile COOKIE: [u8; 0] = 0..0, "sctp.parameter_state_cookie", "State cookie";
    }
}
crate::fields! {
    /// Cookie preservative.
    pub mod cookie_preservative in "RFC 9260 section 3.3.2.1.3" {
        tile INCREMENT: u32 = 0..32, "sctp.parameter_cookie_preservative_incr", "Cookie life-span increment, ms";
    }
}
crate::fields! {
    /// Host name address.
    pub mod host_name in "RFC 9260 section 3.3.2.1.4" {
        tile NAME: [u8; 0] = 0..0, "sctp.parameter_hostname", "Host name";
    }
}
crate::fields! {
    /// One of the supported address types.
    pub mod address_type in "RFC 9260 section 3.3.2.1.5" {
        tile TYPE: u16 = 0..16, "sctp.parameter_supported_address_type", "Supported address type";
    }
}
crate::fields! {
    /// Outgoing SSN reset request, in front of its streams.
    pub mod outgoing_reset in "RFC 6525 section 4.1" {
        tile REQUEST: u32 = 0..32, "sctp.parameter_reconfig_request_sequence_number", "Request sequence number";
        tile RESPONSE: u32 = 32..64, "sctp.parameter_reconfig_response_sequence_number", "Response sequence number";
        tile LAST_TSN: u32 = 64..96, "sctp.parameter_senders_last_assigned_tsn", "Sender's last assigned TSN";
    }
}
crate::fields! {
    /// Incoming SSN reset request, in front of its streams, and SSN/TSN reset request.
    pub mod reset in "RFC 6525 section 4.2" {
        tile REQUEST: u32 = 0..32, "sctp.parameter_reconfig_request_sequence_number", "Request sequence number";
    }
}
crate::fields! {
    /// A stream to reset.
    pub mod reset_stream in "RFC 6525 section 4.1" {
        tile STREAM: u16 = 0..16, "sctp.parameter_reconfig_sid", "Stream identifier";
    }
}
crate::fields! {
    /// Re-configuration response.
    pub mod reconfiguration_response in "RFC 6525 section 4.4" {
        tile RESPONSE: u32 = 0..32, "sctp.parameter_reconfig_response_sequence_number", "Response sequence number";
        tile RESULT: u32 = 32..64, "sctp.parameter_reconfig_response_result", "Result";
    }
}
crate::fields! {
    /// What a response to an SSN/TSN reset goes on with.
    pub mod reset_tsns in "RFC 6525 section 4.4" {
        tile SENDER: u32 = 0..32, "sctp.parameter_senders_next_tsn", "Sender's next TSN";
        tile RECEIVER: u32 = 32..64, "sctp.parameter_receivers_next_tsn", "Receiver's next TSN";
    }
}
crate::fields! {
    /// Add outgoing streams request.
    pub mod add_outgoing in "RFC 6525 section 4.5" {
        tile REQUEST: u32 = 0..32, "sctp.parameter_reconfig_request_sequence_number", "Request sequence number";
        tile STREAMS: u16 = 32..48, "sctp.parameter_add_outgoing_streams_number", "Number of new streams";
        tile RESERVED: u16 = 48..64, "sctp.parameter_add_outgoing_streams_reserved", "Reserved";
    }
}
crate::fields! {
    /// Add incoming streams request.
    pub mod add_incoming in "RFC 6525 section 4.6" {
        tile REQUEST: u32 = 0..32, "sctp.parameter_reconfig_request_sequence_number", "Request sequence number";
        tile STREAMS: u16 = 32..48, "sctp.parameter_add_incoming_streams_number", "Number of new streams";
        tile RESERVED: u16 = 48..64, "sctp.parameter_add_incoming_streams_reserved", "Reserved";
    }
}
crate::fields! {
    /// Random number.
    pub mod random in "RFC 4895 section 3.1" {
        tile NUMBER: [u8; 0] = 0..0, "sctp.random_number", "Random number";
    }
}
crate::fields! {
    /// A type of chunk that is to be authenticated.
    pub mod authenticated in "RFC 4895 section 3.2" {
        tile TYPE: SctpChunkType = 0..8, "sctp.chunk_type_to_auth", "Chunk type to authenticate";
    }
}
crate::fields! {
    /// An HMAC algorithm.
    pub mod hmac in "RFC 4895 section 3.3" {
        tile ALGORITHM: u16 = 0..16, "sctp.hmac_id", "HMAC identifier";
    }
}
crate::fields! {
    /// A type of chunk that an extension adds.
    pub mod extension in "RFC 5061 section 4.2.7" {
        tile TYPE: SctpChunkType = 0..8, "sctp.supported_chunk_type", "Supported chunk type";
    }
}
crate::fields! {
    /// What ASCONF asks for and is answered, in front of an address or causes of errors.
    pub mod correlation in "RFC 5061 section 4.2" {
        tile IDENTIFIER: u32 as Hex = 0..32, "sctp.correlation_id", "Correlation identifier";
    }
}
crate::fields! {
    /// Adaptation layer indication.
    pub mod adaptation in "RFC 5061 section 4.2.6" {
        tile INDICATION: u32 as Hex = 0..32, "sctp.adaptation_layer_indication", "Adaptation code point";
    }
}
crate::fields! {
    /// The value of a parameter that has no table, and what is left of one behind its table.
    pub mod other in "RFC 9260 section 3.2.1" {
        tile VALUE: [u8; 0] = 0..0, "sctp.parameter_value", "Parameter value";
    }
}
crate::fields! {
    /// What fills a parameter up to four bytes.
    pub mod padding in "RFC 9260 section 3.2.1" {
        tile PADDING: [u8; 0] = 0..0, "sctp.parameter_padding", "Parameter padding";
    }
}

/// Every table of a parameter.
pub const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    heartbeat::FIELDS,
    ipv4::FIELDS,
    ipv6::FIELDS,
    state_cookie::FIELDS,
    cookie_preservative::FIELDS,
    host_name::FIELDS,
    address_type::FIELDS,
    outgoing_reset::FIELDS,
    reset::FIELDS,
    reset_stream::FIELDS,
    reconfiguration_response::FIELDS,
    reset_tsns::FIELDS,
    add_outgoing::FIELDS,
    add_incoming::FIELDS,
    random::FIELDS,
    authenticated::FIELDS,
    hmac::FIELDS,
    extension::FIELDS,
    correlation::FIELDS,
    adaptation::FIELDS,
    other::FIELDS,
    padding::FIELDS,
];

/// A kind of parameter: its type, what stands first in it, and what repeats.
macro_rules! parameter {
    ($Kind:ident $label:literal $(, first $first:ident)? $(, repeat $repeat:ident)?) => {
        OptionKind {
            kind: SctpParameterType::$Kind.0,
            group: &[FieldInfo { label: $label, ..group::PARAMETER.info }],
            $(first: $first::FIELDS,)?
            $(repeat: |_, _| ($repeat::FIELDS, 0),)?
            ..PLAIN
        }
    };
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// A list of parameters.
#[allow(clippy::needless_update)] // Some kinds say all there is to say.
pub static PARAMETERS: Nested = Nested {
    options: Options {
        rules: Rules::WORDS,
        head: head::FIELDS,
        alone: head::FIELDS,
        kinds: &[
            parameter!(HEARTBEAT_INFO "Heartbeat information", first heartbeat),
            parameter!(IPV4_ADDRESS "IPv4 address", first ipv4),
            parameter!(IPV6_ADDRESS "IPv6 address", first ipv6),
            parameter!(STATE_COOKIE "State cookie", first state_cookie),
            parameter!(UNRECOGNIZED_PARAMETER "Unrecognized parameter"),
            parameter!(COOKIE_PRESERVATIVE "Cookie preservative", first cookie_preservative),
            parameter!(HOST_NAME_ADDRESS "Host name address", first host_name),
            parameter!(SUPPORTED_ADDRESS_TYPES "Supported address types", repeat address_type),
            parameter!(OUTGOING_SSN_RESET_REQUEST "Outgoing SSN reset request", first outgoing_reset, repeat reset_stream),
            parameter!(INCOMING_SSN_RESET_REQUEST "Incoming SSN reset request", first reset, repeat reset_stream),
            parameter!(SSN_TSN_RESET_REQUEST "SSN/TSN reset request", first reset),
            parameter!(RE_CONFIGURATION_RESPONSE "Re-configuration response", first reconfiguration_response, repeat reset_tsns),
            parameter!(ADD_OUTGOING_STREAMS_REQUEST "Add outgoing streams request", first add_outgoing),
            parameter!(ADD_INCOMING_STREAMS_REQUEST "Add incoming streams request", first add_incoming),
            parameter!(RESERVED_FOR_ECN_CAPABLE "ECN capable"),
            parameter!(ZERO_CHECKSUM_ACCEPTABLE "Zero checksum acceptable", first other),
            parameter!(RANDOM "Random", first random),
            parameter!(CHUNK_LIST "Chunk list", repeat authenticated),
            parameter!(REQUESTED_HMAC_ALGORITHM "Requested HMAC algorithm", repeat hmac),
            parameter!(PADDING "Padding", first other),
            parameter!(SUPPORTED_EXTENSIONS "Supported extensions", repeat extension),
            parameter!(FORWARD_TSN_SUPPORTED "Forward TSN supported"),
            parameter!(ADD_IP_ADDRESS "Add IP address", first correlation),
            parameter!(DELETE_IP_ADDRESS "Delete IP address", first correlation),
            parameter!(ERROR_CAUSE_INDICATION "Error cause indication", first correlation),
            parameter!(SET_PRIMARY_ADDRESS "Set primary address", first correlation),
            parameter!(SUCCESS_INDICATION "Success indication", first correlation),
            parameter!(ADAPTATION_LAYER_INDICATION "Adaptation layer indication", first adaptation),
        ],
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: padding::FIELDS,
    },
    inside: |item| match SctpParameterType(item.kind) {
        SctpParameterType::UNRECOGNIZED_PARAMETER
        | SctpParameterType::ADD_IP_ADDRESS
        | SctpParameterType::DELETE_IP_ADDRESS
        | SctpParameterType::SET_PRIMARY_ADDRESS => Some(&PARAMETERS),
        SctpParameterType::ERROR_CAUSE_INDICATION => Some(&CAUSES),
        _ => None,
    },
};
