//! What a relay adds for the server, [RFC 3046](https://www.rfc-editor.org/rfc/rfc3046).

use core::net::Ipv4Addr;

use crate::field::FieldInfo;
use crate::field::tlv::{Nested, OptionKind, Options, Rules};

/// A byte of code, a byte of length, which counts the data; neither pad nor end.
const RULES: Rules = Rules { counts: 0, ..Rules::BYTES };

crate::fields! {
    /// The group around a sub-option.
    pub mod group in "RFC 3046 section 2.0" {
        group SUBOPTION: [u8; 0] = 0..0 named suboption, "dhcp.option.agent_information_option", "Relay's sub-option";
    }
}
crate::fields! {
    /// Code and length.
    pub mod head in "RFC 3046 section 2.0" {
        tile CODE: u8 = 0..8 named suboption, "dhcp.option.agent_information_option.suboption", "Sub-option code";
        tile LENGTH: u8 = 8..16, "dhcp.option.suboption_length", "Length";
    }
}
crate::fields! {
    /// The data of a sub-option that has no table.
    pub mod other in "RFC 3046 section 2.0" {
        tile VALUE: [u8; 0] = 0..0, "dhcp.option.agent_information_option.value", "Value";
    }
}
crate::fields! {
    /// A relay's vendor and what that says.
    pub mod vendor in "RFC 4243 section 3" {
        tile ENTERPRISE: u32 = 0..32, "dhcp.option.agent_information_option.vi.enterprise", "Enterprise number";
        tile LENGTH: u8 = 32..40, "dhcp.option.agent_information_option.vi.data_length", "Length";
        tile DATA: [u8; 0] = 40..0, "dhcp.option.agent_information_option.vi", "Vendor's information";
    }
}

fn suboption(bytes: &[u8]) -> Option<&'static str> {
    name_of(*bytes.first()?)
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// Sub-options whose data is one field.
macro_rules! suboptions {
    (
        fields { $($module:ident $FIELD:ident $kind:literal $title:literal: $T:ty $(as $format:ident)? = $start:literal..$end:literal,
            $name:literal, $label:literal, $spec:literal;)* }
        named { $($other:literal = $other_title:literal;)* }
    ) => {
        $(
            crate::fields! {
                #[doc = concat!($label, ".")]
                pub mod $module in $spec {
                    tile $FIELD: $T $(as $format)? = 0..$end, $name, $label;
                }
            }
        )*

        /// The name of a sub-option.
        fn name_of(kind: u8) -> Option<&'static str> {
            match kind {
                $($kind => Some($title),)*
                $($other => Some($other_title),)*
                _ => None,
            }
        }

        const KINDS: &[OptionKind] = &[
            $(OptionKind { kind: $kind, first: $module::FIELDS, ..PLAIN },)*
            OptionKind {
                kind: 9,
                repeat: |item, at| {
                    let length = item.get(at.saturating_add(4)).map_or(0, |length| usize::from(*length));
                    (vendor::FIELDS, length.saturating_add(5))
                },
                ..PLAIN
            },
        ];

        /// The tables of all of them.
        pub(super) const TABLES: &[&[FieldInfo]] =
            &[$($module::FIELDS,)* group::FIELDS, head::FIELDS, other::FIELDS, vendor::FIELDS];
    };
}

suboptions! {
    fields {
    circuit_id CIRCUIT_ID 1 "Agent circuit ID": [u8; 0] = 0..0, "dhcp.option.agent_information_option.agent_circuit_id", "Circuit", "RFC 3046 section 3.1";
    remote_id REMOTE_ID 2 "Agent remote ID": [u8; 0] = 0..0, "dhcp.option.agent_information_option.agent_remote_id", "Remote end", "RFC 3046 section 3.2";
    device_class DEVICE_CLASS 4 "DOCSIS device class": u32 as Hex = 0..32, "dhcp.option.agent_information_option.docsis_device_class", "DOCSIS device class", "RFC 3256 section 2";
    link_selection LINK 5 "Link selection": Ipv4Addr = 0..32, "dhcp.option.agent_information_option.link_selection", "Link", "RFC 3527 section 3";
    subscriber_id SUBSCRIBER_ID 6 "Subscriber ID": [u8; 0] as Text = 0..0, "dhcp.option.agent_information_option.subscriber_id", "Subscriber", "RFC 3993 section 3";
    radius RADIUS 7 "RADIUS attributes": [u8; 0] = 0..0, "dhcp.option.agent_information_option.radius_attributes", "RADIUS attributes", "RFC 4014 section 3";
    authentication AUTHENTICATION 8 "Authentication": [u8; 0] = 0..0, "dhcp.option.agent_information_option.authentication", "Authentication", "RFC 4030 section 4";
    flags FLAGS 10 "Relay agent flags": u8 as Hex = 0..8, "dhcp.option.agent_information_option.flags", "Flags", "RFC 5010 section 3";
    server_override SERVER 11 "Server identifier override": Ipv4Addr = 0..32, "dhcp.option.agent_information_option.server_id_override", "Server identifier override", "RFC 5107 section 4";
    }
    named {
        9 = "Vendor-specific information";
        12 = "Relay agent identifier";
        13 = "Access technology type";
        14 = "Access network name";
        15 = "Access point name";
        16 = "Access point BSSID";
        17 = "Operator identifier";
        18 = "Operator realm";
        19 = "Relay source port";
        151 = "Virtual subnet selection";
        152 = "Virtual subnet selection control";
    }
}

/// The list of sub-options.
pub static SUBOPTIONS: Nested = Nested {
    options: Options {
        rules: RULES,
        head: head::FIELDS,
        alone: &[],
        kinds: KINDS,
        other: OptionKind { first: other::FIELDS, ..PLAIN },
        padding: &[],
    },
    inside: |_| None,
};
