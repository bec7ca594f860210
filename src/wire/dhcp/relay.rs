//! What a relay adds for the server, [RFC 3046](https://www.rfc-editor.org/rfc/rfc3046).

use core::net::Ipv4Addr;

use crate::field::FieldInfo;
use crate::field::tlv::{Nested, OptionKind, Options, Rules};
use crate::names::DhcpRelaySuboption;

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
        tile CODE: DhcpRelaySuboption = 0..8, "dhcp.option.agent_information_option.suboption", "Sub-option code";
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
    DhcpRelaySuboption(*bytes.first()?).name()
}

const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

/// Sub-options whose data is one field.
macro_rules! suboptions {
    (
        $($module:ident $KIND:ident: $T:ty $(as $format:ident)? = $start:literal..$end:literal,
            $name:literal, $label:literal, $spec:literal;)*
    ) => {
        $(
            crate::fields! {
                #[doc = concat!($label, ".")]
                pub mod $module in $spec {
                    tile $KIND: $T $(as $format)? = 0..$end, $name, $label;
                }
            }
        )*

        const KINDS: &[OptionKind] = &[
            $(OptionKind { kind: DhcpRelaySuboption::$KIND.0 as u16, first: $module::FIELDS, ..PLAIN },)*
            OptionKind {
                kind: DhcpRelaySuboption::VENDOR_SPECIFIC_INFORMATION.0 as u16,
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
    circuit_id AGENT_CIRCUIT_ID: [u8; 0] = 0..0, "dhcp.option.agent_information_option.agent_circuit_id", "Circuit", "RFC 3046 section 3.1";
    remote_id AGENT_REMOTE_ID: [u8; 0] = 0..0, "dhcp.option.agent_information_option.agent_remote_id", "Remote end", "RFC 3046 section 3.2";
    device_class DOCSIS_DEVICE_CLASS: u32 as Hex = 0..32, "dhcp.option.agent_information_option.docsis_device_class", "DOCSIS device class", "RFC 3256 section 2";
    link_selection LINK_SELECTION: Ipv4Addr = 0..32, "dhcp.option.agent_information_option.link_selection", "Link", "RFC 3527 section 3";
    subscriber_id SUBSCRIBER_ID: [u8; 0] as Text = 0..0, "dhcp.option.agent_information_option.subscriber_id", "Subscriber", "RFC 3993 section 3";
    radius RADIUS_ATTRIBUTES: [u8; 0] = 0..0, "dhcp.option.agent_information_option.radius_attributes", "RADIUS attributes", "RFC 4014 section 3";
    authentication AUTHENTICATION: [u8; 0] = 0..0, "dhcp.option.agent_information_option.authentication", "Authentication", "RFC 4030 section 4";
    flags RELAY_AGENT_FLAGS: u8 as Hex = 0..8, "dhcp.option.agent_information_option.flags", "Flags", "RFC 5010 section 3";
    server_override SERVER_IDENTIFIER_OVERRIDE: Ipv4Addr = 0..32, "dhcp.option.agent_information_option.server_id_override", "Server identifier override", "RFC 5107 section 4";
    subnet_selection VIRTUAL_SUBNET_SELECTION: [u8; 0] = 0..0, "dhcp.option.agent_information_option.vrf_name", "Virtual subnet", "RFC 6607 section 3.1";
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
