//! Types that say where a service is and who may vouch for it.

names! {
    /// The host of a service.
    srv_target in "RFC 2782" = "dns.srv.target", "Target";
    /// The name that comes next.
    naptr_replacement in "RFC 3403 section 4.1" = "dns.naptr.replacement", "Replacement";
    /// The host of a service.
    svcb_target in "RFC 9460 section 2.2" = "dns.svcb.targetname", "Target";
}

strings! {
    /// What comes next.
    naptr_flags in "RFC 3403 section 4.1" = "dns.naptr.flags_length", "dns.naptr.flags", "Flags";
    /// What can be had.
    naptr_service in "RFC 3403 section 4.1" = "dns.naptr.service_length", "dns.naptr.service", "Service";
    /// How the text that is asked about is changed.
    naptr_regex in "RFC 3403 section 4.1" = "dns.naptr.regex_length", "dns.naptr.regex", "Regular expression";
    /// What a property is about.
    caa_tag in "RFC 8659 section 4.1" = "dns.caa.tag_length", "dns.caa.tag", "Tag";
}

crate::fields! {
    /// What stands in front of a service's host.
    pub mod srv in "RFC 2782" {
        tile PRIORITY: u16 = 0..16, "dns.srv.priority", "Priority";
        tile WEIGHT: u16 = 16..32, "dns.srv.weight", "Weight";
        tile PORT: u16 = 32..48, "dns.srv.port", "Port";
    }
}
crate::fields! {
    /// The order of rules.
    pub mod naptr in "RFC 3403 section 4.1" {
        tile ORDER: u16 = 0..16, "dns.naptr.order", "Order";
        tile PREFERENCE: u16 = 16..32, "dns.naptr.preference", "Preference";
    }
}
crate::fields! {
    /// Where something is on the web.
    pub mod uri in "RFC 7553 section 4.5" {
        tile PRIORITY: u16 = 0..16, "dns.uri.priority", "Priority";
        tile WEIGHT: u16 = 16..32, "dns.uri.weight", "Weight";
        tile TARGET: [u8; 0] as Text = 32..0, "dns.uri.target", "Target";
    }
}
crate::fields! {
    /// What stands in front of a property.
    pub mod caa in "RFC 8659 section 4.1" {
        group FLAGS: u8 as Hex = 0..8, "dns.caa.flags", "Flags";
        tile CRITICAL: bool = 0..1, "dns.caa.flags.issuer_critical", "Critical";
        tile RESERVED: u8 as Hex = 1..8, "dns.caa.flags.reserved", "Reserved";
    }
}
crate::fields! {
    /// What a property says.
    pub mod caa_value in "RFC 8659 section 4.1" {
        tile VALUE: [u8; 0] as Text = 0..0, "dns.caa.value", "Value";
    }
}
crate::fields! {
    /// The less, the sooner; zero for another name of the service.
    pub mod svcb in "RFC 9460 section 2.2" {
        tile PRIORITY: u16 = 0..16, "dns.svcb.svcpriority", "Priority";
    }
}

/// The parameters of a service, [RFC 9460 section 2.2](https://www.rfc-editor.org/rfc/rfc9460#section-2.2).
pub mod svcb_params {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use crate::field::FieldInfo;
    use crate::field::tlv::{OptionKind, Options};
    use crate::names::SvcParamKey;
    use crate::wire::dns::options::RULES;
    use crate::wire::dns::records::PartList;

    crate::fields! {
        /// Key and length.
        pub mod head in "RFC 9460 section 2.2" {
            tile KEY: SvcParamKey = 0..16, "dns.svcb.svcparam.key", "Key";
            tile LENGTH: u16 = 16..32, "dns.svcb.svcparam.value.length", "Length";
        }
    }
    crate::fields! {
        /// The group around a parameter.
        pub mod group in "RFC 9460 section 2.2" {
            group PARAMETER: [u8; 0] = 0..0, "dns.svcb.svcparam", "Parameter";
        }
    }
    bytes! {
        /// What is not known.
        other in "RFC 9460 section 2.2" = "dns.svcb.svcparam.value", "Value";
        /// Keys for encrypted hellos.
        ech in "RFC 9848 section 3" = "dns.svcb.svcparam.echconfig", "Keys of encrypted hellos";
    }
    strings! {
        /// A protocol that can be spoken.
        alpn in "RFC 9460 section 7.1" = "dns.svcb.svcparam.alpn.length", "dns.svcb.svcparam.alpn", "Protocol";
    }
    crate::fields! {
        /// A key that must be understood.
        pub mod mandatory in "RFC 9460 section 8" {
            tile KEY: SvcParamKey = 0..16, "dns.svcb.svcparam.mandatory.key", "Mandatory key";
        }
    }
    crate::fields! {
        /// The port.
        pub mod port in "RFC 9460 section 7.2" {
            tile PORT: u16 = 0..16, "dns.svcb.svcparam.port", "Port";
        }
    }
    crate::fields! {
        /// An address.
        pub mod ipv4 in "RFC 9460 section 7.3" {
            tile ADDRESS: Ipv4Addr = 0..32, "dns.svcb.svcparam.ipv4hint.ip", "Address";
        }
    }
    crate::fields! {
        /// An address.
        pub mod ipv6 in "RFC 9460 section 7.3" {
            tile ADDRESS: Ipv6Addr = 0..128, "dns.svcb.svcparam.ipv6hint.ip", "Address";
        }
    }
    crate::fields! {
        /// Where DNS over HTTPS is.
        pub mod doh_path in "RFC 9461 section 5" {
            tile PATH: [u8; 0] as Text = 0..0, "dns.svcb.svcparam.dohpath", "Path of DNS over HTTPS";
        }
    }

    const PLAIN: OptionKind = OptionKind { group: group::FIELDS, ..OptionKind::PLAIN };

    /// A parameter with one table.
    const fn one(key: SvcParamKey, first: &'static [FieldInfo]) -> OptionKind {
        OptionKind { kind: key.0, first, ..PLAIN }
    }

    /// All of them.
    pub const PARAMS: PartList = PartList {
        options: Options {
            rules: RULES,
            head: head::FIELDS,
            alone: &[],
            kinds: &[
                OptionKind { kind: SvcParamKey::MANDATORY.0, repeat: |_, _| (mandatory::FIELDS, 0), ..PLAIN },
                OptionKind {
                    kind: SvcParamKey::ALPN.0,
                    repeat: |item, at| {
                        (
                            alpn::FIELDS,
                            item.get(at).map_or(1, |length| usize::from(*length).saturating_add(1)),
                        )
                    },
                    ..PLAIN
                },
                one(SvcParamKey::PORT, port::FIELDS),
                OptionKind { kind: SvcParamKey::IPV4_HINT.0, repeat: |_, _| (ipv4::FIELDS, 0), ..PLAIN },
                one(SvcParamKey::ECH, ech::FIELDS),
                OptionKind { kind: SvcParamKey::IPV6_HINT.0, repeat: |_, _| (ipv6::FIELDS, 0), ..PLAIN },
                one(SvcParamKey::DOH_PATH, doh_path::FIELDS),
            ],
            other: OptionKind { first: other::FIELDS, ..PLAIN },
            padding: &[],
        },
        repeated: &[mandatory::FIELDS, alpn::FIELDS, ipv4::FIELDS, ipv6::FIELDS],
    };
}
