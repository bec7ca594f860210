//! The tables of the causes that SCTP's ERROR and ABORT give.

use super::chunks::CHUNKS;
use super::parameters::PARAMETERS;
use crate::field::FieldInfo;
use crate::field::tlv::{Nested, OptionKind, Options, Rules};
use crate::names::{SctpErrorCause, SctpParameterType};

crate::fields! {
    /// Code and length.
    pub mod head in "RFC 9260 section 3.3.10" {
        tile CODE: SctpErrorCause as Hex = 0..16, "sctp.cause_code", "Cause code";
        tile LENGTH: u16 = 16..32, "sctp.cause_length", "Cause length";
    }
}
crate::fields! {
    /// The group around a cause.
    pub mod group in "RFC 9260 section 3.3.10" {
        group CAUSE: [u8; 0] = 0..0, "sctp.cause", "Cause";
    }
}
crate::fields! {
    /// Invalid stream identifier.
    pub mod invalid_stream in "RFC 9260 section 3.3.10.1" {
        tile STREAM: u16 = 0..16, "sctp.cause_stream_identifier", "Stream identifier";
        tile RESERVED: u16 = 16..32, "sctp.cause_reserved", "Reserved";
    }
}
crate::fields! {
    /// Missing mandatory parameter: how many.
    pub mod missing_parameters in "RFC 9260 section 3.3.10.2" {
        tile NUMBER: u32 = 0..32, "sctp.cause_nr_of_missing_parameters", "Number of missing parameters";
    }
}
crate::fields! {
    /// A missing parameter.
    pub mod missing_parameter in "RFC 9260 section 3.3.10.2" {
        tile TYPE: SctpParameterType as Hex = 0..16, "sctp.cause_missing_parameter_type", "Missing parameter type";
    }
}
crate::fields! {
    /// Stale cookie.
    pub mod stale_cookie in "RFC 9260 section 3.3.10.3" {
        tile STALENESS: u32 = 0..32, "sctp.cause_measure_of_staleness", "Measure of staleness, us";
    }
}
crate::fields! {
    /// No user data.
    pub mod no_user_data in "RFC 9260 section 3.3.10.9" {
        tile TSN: u32 = 0..32, "sctp.cause_tsn", "TSN";
    }
}
crate::fields! {
    /// Unsupported HMAC identifier.
    pub mod unsupported_hmac in "RFC 4895 section 4.2" {
        tile ALGORITHM: u16 = 0..16, "sctp.hmac_id", "HMAC identifier";
    }
}
crate::fields! {
    /// What a cause says that has no table.
    pub mod other in "RFC 9260 section 3.3.10" {
        tile INFORMATION: [u8; 0] = 0..0, "sctp.cause_information", "Cause information";
    }
}
crate::fields! {
    /// What fills a cause up to four bytes.
    pub mod padding in "RFC 9260 section 3.3.10" {
        tile PADDING: [u8; 0] = 0..0, "sctp.cause_padding", "Cause padding";
    }
}

/// Every table of a cause.
pub const TABLES: &[&[FieldInfo]] = &[
    head::FIELDS,
    group::FIELDS,
    invalid_stream::FIELDS,
    missing_parameters::FIELDS,
    missing_parameter::FIELDS,
    stale_cookie::FIELDS,
    no_user_data::FIELDS,
    unsupported_hmac::FIELDS,
    other::FIELDS,
    padding::FIELDS,
];

/// A cause: its code, what stands first in it, and what repeats.
macro_rules! cause {
    ($Kind:ident, $label:literal $(, first $first:ident)? $(, repeat $repeat:ident)?) => {
        OptionKind {
            kind: SctpErrorCause::$Kind.0,
            group: &[FieldInfo { label: $label, ..group::CAUSE.info }],
            $(first: $first::FIELDS,)?
            $(repeat: |_, _| ($repeat::FIELDS, 0),)?
            ..PLAIN
        }
    };
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// A list of causes.
#[allow(clippy::needless_update)] // Some kinds say all there is to say.
pub static CAUSES: Nested = Nested {
    options: Options {
        rules: Rules::WORDS,
        head: head::FIELDS,
        alone: head::FIELDS,
        kinds: &[
            cause!(INVALID_STREAM_IDENTIFIER, "Invalid stream identifier", first invalid_stream),
            cause!(MISSING_MANDATORY_PARAMETER, "Missing mandatory parameter", first missing_parameters, repeat missing_parameter),
            cause!(STALE_COOKIE, "Stale cookie", first stale_cookie),
            cause!(OUT_OF_RESOURCE, "Out of resource"),
            cause!(UNRESOLVABLE_ADDRESS, "Unresolvable address"),
            cause!(UNRECOGNIZED_CHUNK_TYPE, "Unrecognized chunk type"),
            cause!(INVALID_MANDATORY_PARAMETER, "Invalid mandatory parameter"),
            cause!(UNRECOGNIZED_PARAMETERS, "Unrecognized parameters"),
            cause!(NO_USER_DATA, "No user data", first no_user_data),
            cause!(COOKIE_RECEIVED_WHILE_SHUTTING_DOWN, "Cookie received in shutdown"),
            cause!(RESTART_OF_AN_ASSOCIATION_WITH_NEW_ADDRESSES, "Restart with new addresses"),
            cause!(USER_INITIATED_ABORT, "User-initiated abort", first other),
            cause!(PROTOCOL_VIOLATION, "Protocol violation", first other),
            cause!(REQUEST_TO_DELETE_LAST_REMAINING_IP_ADDRESS, "Delete last remaining address"),
            cause!(OPERATION_REFUSED_DUE_TO_RESOURCE_SHORTAGE, "Refused, resource shortage"),
            cause!(REQUEST_TO_DELETE_SOURCE_IP_ADDRESS, "Delete source address"),
            cause!(ASSOCIATION_ABORTED_DUE_TO_ILLEGAL_ASCONF_ACK, "Aborted, illegal ASCONF-ACK"),
            cause!(REQUEST_REFUSED_NO_AUTHORIZATION, "Refused, no authorization"),
            cause!(UNSUPPORTED_HMAC_IDENTIFIER, "Unsupported HMAC identifier", first unsupported_hmac),
        ],
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: padding::FIELDS,
    },
    inside: |item| match SctpErrorCause(item.kind) {
        SctpErrorCause::UNRESOLVABLE_ADDRESS
        | SctpErrorCause::UNRECOGNIZED_PARAMETERS
        | SctpErrorCause::RESTART_OF_AN_ASSOCIATION_WITH_NEW_ADDRESSES
        | SctpErrorCause::REQUEST_TO_DELETE_LAST_REMAINING_IP_ADDRESS
        | SctpErrorCause::OPERATION_REFUSED_DUE_TO_RESOURCE_SHORTAGE
        | SctpErrorCause::REQUEST_TO_DELETE_SOURCE_IP_ADDRESS
        | SctpErrorCause::REQUEST_REFUSED_NO_AUTHORIZATION => Some(&PARAMETERS),
        SctpErrorCause::UNRECOGNIZED_CHUNK_TYPE => Some(&CHUNKS),
        _ => None,
    },
};
