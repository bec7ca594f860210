//! The mobility header of IPv6, [RFC 6275 section 6.1](https://www.rfc-editor.org/rfc/rfc6275#section-6.1).
//!
//! It looks like an extension header, and is the end of its packet: what follows it is, but for experiments, nothing.

use core::net::Ipv6Addr;

use crate::field::tlv::{self, OptionKind, Options, Rules};
use crate::field::{
    Algorithm, Announce, Builder, Check, Checksum, Cover, Cursor, FieldInfo, Finding, List, Next, Numbers,
    Peel, Phrase, Protocol, Section, Severity,
};
use crate::names::{IpProtocol, MobilityMessageType, MobilityOptionType};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +---------------+---------------+---------------+---------------+
    /// | Payload proto |    Length     |     Type      |   Reserved    |
    /// +---------------+---------------+---------------+---------------+
    /// |           Checksum            |     depends on the type       |
    /// ```
    pub struct Mobility(6 max 128 step 8) "mip6" in "RFC 6275 section 6.1.1" {
        tile PAYLOAD_PROTOCOL(payload_protocol, set_payload_protocol): IpProtocol = 0..8, "mip6.proto", "Payload protocol";
        tile LENGTH(length, set_length): u8 = 8..16, "mip6.hlen", "Length in 8 bytes, less one";
        tile TYPE(message_type, set_message_type): MobilityMessageType = 16..24, "mip6.mhtype", "Type";
        tile RESERVED(reserved, set_reserved): u8 as Hex = 24..32, "mip6.reserved", "Reserved";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 32..48, "mip6.csum", "Checksum";
    }
}

crate::fields! {
    /// Binding refresh request.
    pub mod refresh_request in "RFC 6275 section 6.1.2" {
        tile RESERVED: [u8; 0] = 48..64, "mip6.binding_refresh_request", "Reserved";
    }
}
crate::fields! {
    /// Home test init.
    pub mod home_test_init in "RFC 6275 section 6.1.3" {
        tile RESERVED: [u8; 0] = 48..64, "mip6.hoti.reserved", "Reserved";
        tile COOKIE: u64 as Hex = 64..128, "mip6.hoti.cookie", "Home init cookie";
    }
}
crate::fields! {
    /// Care-of test init.
    pub mod care_of_test_init in "RFC 6275 section 6.1.4" {
        tile RESERVED: [u8; 0] = 48..64, "mip6.coti.reserved", "Reserved";
        tile COOKIE: u64 as Hex = 64..128, "mip6.coti.cookie", "Care-of init cookie";
    }
}
crate::fields! {
    /// Home test.
    pub mod home_test in "RFC 6275 section 6.1.5" {
        tile NONCE_INDEX: u16 = 48..64, "mip6.hot.nindex", "Home nonce index";
        tile COOKIE: u64 as Hex = 64..128, "mip6.hot.cookie", "Home init cookie";
        tile TOKEN: u64 as Hex = 128..192, "mip6.hot.token", "Home keygen token";
    }
}
crate::fields! {
    /// Care-of test.
    pub mod care_of_test in "RFC 6275 section 6.1.6" {
        tile NONCE_INDEX: u16 = 48..64, "mip6.cot.nindex", "Care-of nonce index";
        tile COOKIE: u64 as Hex = 64..128, "mip6.cot.cookie", "Care-of init cookie";
        tile TOKEN: u64 as Hex = 128..192, "mip6.hot.token", "Care-of keygen token";
    }
}
crate::fields! {
    /// Binding update.
    pub mod binding_update in "RFC 6275 section 6.1.7" {
        tile SEQUENCE: u16 = 48..64, "mip6.bu.seqnr", "Sequence number";
        tile ACKNOWLEDGE: bool = 64..65, "mip6.bu.a_flag", "Acknowledge";
        tile HOME: bool = 65..66, "mip6.bu.h_flag", "Home registration";
        tile LINK_LOCAL: bool = 66..67, "mip6.bu.l_flag", "Link-local compatibility";
        tile KEY_MANAGEMENT: bool = 67..68, "mip6.bu.k_flag", "Key management mobility";
        tile MAP: bool = 68..69, "mip6.bu.m_flag", "MAP registration", "RFC 5380 section 7.1";
        tile ROUTER: bool = 69..70, "mip6.nemo.bu.r_flag", "Mobile router", "RFC 3963 section 4.1";
        tile PROXY: bool = 70..71, "mip6.bu.p_flag", "Proxy registration", "RFC 5213 section 8.1";
        tile FORCE_UDP: bool = 71..72, "mip6.bu.f_flag", "Force UDP encapsulation", "RFC 5555 section 3.1.3";
        tile TLV_HEADER: bool = 72..73, "mip6.bu.t_flag", "TLV-header format", "RFC 5845 section 5.1";
        tile BULK: bool = 73..74, "mip6.bu.b_flag", "Bulk binding update", "RFC 6602 section 4.1";
        tile RESERVED: u8 as Hex = 74..80, "mip6.bu.reserved", "Reserved";
        tile LIFETIME: u16 = 80..96, "mip6.bu.lifetime", "Lifetime, 4 s";
    }
}
crate::fields! {
    /// Binding acknowledgement.
    pub mod binding_acknowledgement in "RFC 6275 section 6.1.8" {
        tile STATUS: u8 = 48..56, "mip6.ba.status", "Status";
        tile KEY_MANAGEMENT: bool = 56..57, "mip6.ba.k_flag", "Key management mobility";
        tile ROUTER: bool = 57..58, "mip6.nemo.ba.r_flag", "Mobile router", "RFC 3963 section 4.2";
        tile PROXY: bool = 58..59, "mip6.ba.p_flag", "Proxy registration", "RFC 5213 section 8.2";
        tile TLV_HEADER: bool = 59..60, "mip6.ba.t_flag", "TLV-header format", "RFC 5845 section 5.2";
        tile BULK: bool = 60..61, "mip6.ba.b_flag", "Bulk binding update", "RFC 6602 section 4.2";
        tile RESERVED: u8 as Hex = 61..64, "mip6.ba.reserved", "Reserved";
        tile SEQUENCE: u16 = 64..80, "mip6.ba.seqnr", "Sequence number";
        tile LIFETIME: u16 = 80..96, "mip6.ba.lifetime", "Lifetime, 4 s";
    }
}
crate::fields! {
    /// Binding error.
    pub mod binding_error in "RFC 6275 section 6.1.9" {
        tile STATUS: u8 = 48..56, "mip6.be.status", "Status";
        tile RESERVED: u8 as Hex = 56..64, "mip6.be.reserved", "Reserved";
        tile HOME_ADDRESS: Ipv6Addr = 64..192, "mip6.be.haddr", "Home address";
    }
}
crate::fields! {
    /// A message of a type that has no table.
    pub mod other in "RFC 6275 section 6.1.1" {
        tile DATA: [u8; 0] = 0..0, "mip6.unknown_type_data", "Message data";
    }
}

/// The tables of mobility options.
pub mod options {
    use super::*;

    crate::fields! {
        /// Type and length.
        pub mod head in "RFC 6275 section 6.2.1" {
            tile OPTION_TYPE: MobilityOptionType = 0..8, "mip6.mobility_opt", "Type";
            tile LENGTH: u8 = 8..16, "mip6.mobility_opt.len", "Length";
        }
    }
    crate::fields! {
        /// The type alone.
        pub mod alone in "RFC 6275 section 6.2.2" {
            tile OPTION_TYPE: MobilityOptionType = 0..8, "mip6.mobility_opt", "Type";
        }
    }
    crate::fields! {
        /// The groups, one for each kind of option.
        pub mod group in "RFC 6275 section 6.2" {
            group PAD1: [u8; 0] = 0..0, "mip6.options.pad1", "Pad1";
            group PADN: [u8; 0] = 0..0, "mip6.options.padn", "PadN";
            group BINDING_REFRESH_ADVICE: [u8; 0] = 0..0, "mip6.options.bra", "Binding refresh advice";
            group ALTERNATE_CARE_OF_ADDRESS: [u8; 0] = 0..0, "mip6.options.acoa", "Alternate care-of address";
            group NONCE_INDICES: [u8; 0] = 0..0, "mip6.options.ni", "Nonce indices";
            group AUTHORIZATION_DATA: [u8; 0] = 0..0, "mip6.options.bad_auth", "Binding authorization data";
            group MOBILE_NETWORK_PREFIX: [u8; 0] = 0..0, "mip6.options.mnp", "Mobile network prefix";
            group MOBILE_NODE_IDENTIFIER: [u8; 0] = 0..0, "mip6.options.mnid", "Mobile node identifier";
            group OTHER: [u8; 0] = 0..0, "mip6.options.unknown", "Option";
        }
    }
    crate::fields! {
        /// Padding.
        pub mod padding in "RFC 6275 section 6.2.3" {
            tile PADDING: [u8; 0] = 0..0, "mip6.padn", "Padding";
        }
    }
    crate::fields! {
        /// Binding refresh advice.
        pub mod refresh_advice in "RFC 6275 section 6.2.4" {
            tile INTERVAL: u16 = 0..16, "mip6.bra.interval", "Refresh interval, 4 s";
        }
    }
    crate::fields! {
        /// Alternate care-of address.
        pub mod care_of_address in "RFC 6275 section 6.2.5" {
            tile ADDRESS: Ipv6Addr = 0..128, "mip6.acoa.acoa", "Alternate care-of address";
        }
    }
    crate::fields! {
        /// Nonce indices.
        pub mod nonce_indices in "RFC 6275 section 6.2.6" {
            tile HOME: u16 = 0..16, "mip6.ni.hni", "Home nonce index";
            tile CARE_OF: u16 = 16..32, "mip6.ni.cni", "Care-of nonce index";
        }
    }
    crate::fields! {
        /// Binding authorization data.
        pub mod authorization in "RFC 6275 section 6.2.7" {
            tile AUTHENTICATOR: [u8; 0] = 0..0, "mip6.bad.auth", "Authenticator";
        }
    }
    crate::fields! {
        /// Mobile network prefix.
        pub mod network_prefix in "RFC 3963 section 4.3" {
            tile RESERVED: u8 as Hex = 0..8, "mip6.nemo.mnp.reserved", "Reserved";
            tile LENGTH: u8 = 8..16, "mip6.nemo.mnp.pfl", "Prefix length";
            tile PREFIX: Ipv6Addr = 16..144, "mip6.nemo.mnp.mnp", "Mobile network prefix";
        }
    }
    crate::fields! {
        /// Mobile node identifier.
        pub mod node_identifier in "RFC 4283 section 3" {
            tile SUBTYPE: u8 = 0..8, "mip6.mnid.subtype", "Subtype";
            tile IDENTIFIER: [u8; 0] = 8..0, "mip6.mnid.identifier", "Identifier";
        }
    }
    crate::fields! {
        /// The data of an option that has no table.
        pub mod data in "RFC 6275 section 6.2.1" {
            tile DATA: [u8; 0] = 0..0, "mip6.mobility_opt.data", "Option data";
        }
    }

    macro_rules! kind {
        ($kind:ident, $table:ident) => {
            OptionKind {
                kind: MobilityOptionType::$kind.0 as u16,
                group: &[group::$kind.info],
                first: $table::FIELDS,
                ..OptionKind::PLAIN
            }
        };
    }

    /// All of them.
    pub static OPTIONS: Options = Options {
        rules: Rules::IPV6,
        head: head::FIELDS,
        alone: alone::FIELDS,
        kinds: &[
            kind!(PAD1, padding),
            kind!(PADN, padding),
            kind!(BINDING_REFRESH_ADVICE, refresh_advice),
            kind!(ALTERNATE_CARE_OF_ADDRESS, care_of_address),
            kind!(NONCE_INDICES, nonce_indices),
            kind!(AUTHORIZATION_DATA, authorization),
            kind!(MOBILE_NETWORK_PREFIX, network_prefix),
            kind!(MOBILE_NODE_IDENTIFIER, node_identifier),
        ],
        other: OptionKind { group: &[group::OTHER.info], first: data::FIELDS, ..OptionKind::PLAIN },
        padding: padding::FIELDS,
    };
}

/// What follows the fixed part for a type, and where its options begin; `None` for a type without a table.
fn body(header: &[u8]) -> Option<(&'static [FieldInfo], usize)> {
    Some(match TYPE.read(header)? {
        MobilityMessageType::BINDING_REFRESH_REQUEST => (refresh_request::FIELDS, 8),
        MobilityMessageType::HOME_TEST_INIT => (home_test_init::FIELDS, 16),
        MobilityMessageType::CARE_OF_TEST_INIT => (care_of_test_init::FIELDS, 16),
        MobilityMessageType::HOME_TEST => (home_test::FIELDS, 24),
        MobilityMessageType::CARE_OF_TEST => (care_of_test::FIELDS, 24),
        MobilityMessageType::BINDING_UPDATE => (binding_update::FIELDS, 12),
        MobilityMessageType::BINDING_ACKNOWLEDGEMENT => (binding_acknowledgement::FIELDS, 12),
        MobilityMessageType::BINDING_ERROR => (binding_error::FIELDS, 24),
        _ => return None,
    })
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "mip6",
    name: "Mobility Header",
    spec: "RFC 6275",
    fields: FIELDS,
    tables: &[
        refresh_request::FIELDS,
        home_test_init::FIELDS,
        care_of_test_init::FIELDS,
        home_test::FIELDS,
        care_of_test::FIELDS,
        binding_update::FIELDS,
        binding_acknowledgement::FIELDS,
        binding_error::FIELDS,
        other::FIELDS,
    ],
    lists: &[
        options::head::FIELDS,
        options::alone::FIELDS,
        options::group::FIELDS,
        options::padding::FIELDS,
        options::refresh_advice::FIELDS,
        options::care_of_address::FIELDS,
        options::nonce_indices::FIELDS,
        options::authorization::FIELDS,
        options::network_prefix::FIELDS,
        options::node_identifier::FIELDS,
        options::data::FIELDS,
    ],
    length: Mobility::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed,
    sections,
    list: List::of(&options::OPTIONS),
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Header,
        pseudo: Some(IpProtocol::MOBILITY_HEADER.0),
        algorithm: Algorithm::Internet,
        optional: false,
        bad: "mip6.csum.bad",
        offload: "mip6.csum.offload",
    }),
    announce: Some(Announce {
        field: &PAYLOAD_PROTOCOL.info,
        numbers: Numbers::IpProtocol,
        nothing: Some(IpProtocol::NO_NEXT_HEADER.0 as u16),
    }),
    fill: |bytes, completion| {
        let units = completion.header.saturating_sub(8) >> 3;
        completion.auto(bytes, &LENGTH, u8::try_from(units).unwrap_or(u8::MAX));
        Ok(())
    },
    summary: &[Phrase::Text("Mobility "), Phrase::Value(&TYPE.info)],
    ..Protocol::PLAIN
};

/// The protocol of what follows, which is mostly none.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
    let [next, ..] = bytes.first_chunk::<8>()?;
    let header = needed(bytes);
    Some(Peel { header, content: bytes.get(header..)?, tail: 0, next: Some(IpProtocol(*next)) })
}

fn needed(bytes: &[u8]) -> usize {
    bytes.get(1).map_or(8, |units| usize::from(*units).saturating_mul(8).saturating_add(8))
}

fn sections(header: &[u8], cursor: &mut Cursor) -> Option<Section> {
    let left = header.len().saturating_sub(cursor.at);
    match body(header) {
        _ if left == 0 => None,
        Some((fields, end)) if cursor.at < end => cursor.go_on(fields, end.min(header.len())),
        Some(_) => tlv::section(&options::OPTIONS, header, header.len(), cursor),
        None => cursor.take(other::FIELDS, left),
    }
}

const CHECKS: &[Check] = &[
    |scope| {
        let (_, least) = body(scope.bytes)?;
        let length = needed(scope.bytes);
        let text = "the length is less than a message of this type has";
        let short = Finding::at(&LENGTH.info, "mip6.hlen.bad", Severity::Error, text);
        (length < least && scope.bytes.len() >= 2).then(|| short.range(length as u64, least as u64))
    },
    |scope| {
        let (_, start) = body(scope.bytes)?;
        (scope.header >= needed(scope.bytes)).then_some(())?;
        let list = scope.header_bytes().get(start..)?;
        tlv::check(
            list,
            &Rules::IPV6,
            start,
            &options::head::LENGTH.info,
            "mip6.opt.len.bad",
            Some(LENGTH.info.name),
        )
    },
];

impl Mobility {
    /// A message of any type, with nothing behind the checksum; what belongs to the type is appended. The payload protocol
    /// (none), length, padding and checksum are filled in when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(message_type: MobilityMessageType) -> Builder<Self> {
        Builder::<Self>::empty().message_type(message_type)
    }

    /// Home test init.
    pub fn home_test_init(cookie: u64) -> Builder<Self> {
        Self::new(MobilityMessageType::HOME_TEST_INIT).append(&[0; 2]).append(&cookie.to_be_bytes())
    }

    /// Care-of test init.
    pub fn care_of_test_init(cookie: u64) -> Builder<Self> {
        Self::new(MobilityMessageType::CARE_OF_TEST_INIT).append(&[0; 2]).append(&cookie.to_be_bytes())
    }

    /// Home test: the answer to a home test init.
    pub fn home_test(nonce_index: u16, cookie: u64, token: u64) -> Builder<Self> {
        Self::new(MobilityMessageType::HOME_TEST)
            .append(&nonce_index.to_be_bytes())
            .append(&cookie.to_be_bytes())
            .append(&token.to_be_bytes())
    }

    /// Care-of test: the answer to a care-of test init.
    pub fn care_of_test(nonce_index: u16, cookie: u64, token: u64) -> Builder<Self> {
        Self::home_test(nonce_index, cookie, token).message_type(MobilityMessageType::CARE_OF_TEST)
    }

    /// Binding update that asks to be acknowledged; the lifetime is in units of four seconds. Options are added behind it.
    pub fn binding_update(sequence: u16, lifetime: u16) -> Builder<Self> {
        Self::new(MobilityMessageType::BINDING_UPDATE)
            .append(&sequence.to_be_bytes())
            .append(&[0x80, 0])
            .append(&lifetime.to_be_bytes())
    }

    /// Binding acknowledgement; a status of less than 128 accepts.
    pub fn binding_acknowledgement(status: u8, sequence: u16, lifetime: u16) -> Builder<Self> {
        Self::new(MobilityMessageType::BINDING_ACKNOWLEDGEMENT)
            .append(&[status, 0])
            .append(&sequence.to_be_bytes())
            .append(&lifetime.to_be_bytes())
    }

    /// Binding error.
    pub fn binding_error(status: u8, home_address: Ipv6Addr) -> Builder<Self> {
        Self::new(MobilityMessageType::BINDING_ERROR).append(&[status, 0]).append(&home_address.octets())
    }
}

impl Builder<Mobility> {
    /// Adds an option: its type and data; the length is filled in. The header is padded with Pad1 to 8 bytes when it is
    /// written.
    #[must_use]
    pub fn option(self, kind: MobilityOptionType, data: &[u8]) -> Self {
        self.item(&Rules::IPV6, u16::from(kind.0), data)
    }
}

impl<'a> Mobility<&'a [u8]> {
    /// Sequence number and lifetime, in units of four seconds, of a binding update or its acknowledgement.
    pub fn binding(&self) -> Option<(u16, u16)> {
        match self.message_type() {
            MobilityMessageType::BINDING_UPDATE => {
                Some((binding_update::SEQUENCE.read(self.bytes)?, binding_update::LIFETIME.read(self.bytes)?))
            }
            MobilityMessageType::BINDING_ACKNOWLEDGEMENT => Some((
                binding_acknowledgement::SEQUENCE.read(self.bytes)?,
                binding_acknowledgement::LIFETIME.read(self.bytes)?,
            )),
            _ => None,
        }
    }

    /// The status of a binding acknowledgement or a binding error.
    pub fn status(&self) -> Option<u8> {
        match self.message_type() {
            MobilityMessageType::BINDING_ACKNOWLEDGEMENT => binding_acknowledgement::STATUS.read(self.bytes),
            MobilityMessageType::BINDING_ERROR => binding_error::STATUS.read(self.bytes),
            _ => None,
        }
    }

    /// The cookie of a test, or of what starts one.
    pub fn cookie(&self) -> Option<u64> {
        let kind = self.message_type();
        let test = [
            MobilityMessageType::HOME_TEST_INIT,
            MobilityMessageType::CARE_OF_TEST_INIT,
            MobilityMessageType::HOME_TEST,
            MobilityMessageType::CARE_OF_TEST,
        ];
        if test.contains(&kind) { home_test::COOKIE.read(self.bytes) } else { None }
    }

    /// Nonce index and keygen token of a test.
    pub fn token(&self) -> Option<(u16, u64)> {
        let kind = self.message_type();
        [MobilityMessageType::HOME_TEST, MobilityMessageType::CARE_OF_TEST].contains(&kind).then_some(())?;
        Some((home_test::NONCE_INDEX.read(self.bytes)?, home_test::TOKEN.read(self.bytes)?))
    }

    /// The options.
    pub fn options(&self) -> tlv::Walk<'a> {
        let header = needed(self.bytes).min(self.bytes.len());
        let list = body(self.bytes).and_then(|(_, start)| self.bytes.get(start..header));
        tlv::walk(list.unwrap_or(&[]), &Rules::IPV6)
    }

    /// The alternate care-of address, if there is one.
    pub fn alternate_care_of_address(&self) -> Option<Ipv6Addr> {
        let kind = u16::from(MobilityOptionType::ALTERNATE_CARE_OF_ADDRESS.0);
        let option = self.options().find(|item| item.kind == kind)?;
        options::care_of_address::ADDRESS.read(option.data(&Rules::IPV6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Verdict;
    use crate::packet::{Decoder, Frame};
    use crate::wire::ipv6::Ipv6;

    /// RFC 6275 section 6.1: messages as they were given, with the pseudo-header's checksum.
    #[test]
    fn messages_are_read_as_they_were_given() {
        let [home, away]: [Ipv6Addr; 2] = ["2001:db8::1", "2001:db8::2"].map(|text| text.parse().unwrap());
        let update = Mobility::binding_update(7, 30)
            .option(MobilityOptionType::ALTERNATE_CARE_OF_ADDRESS, &away.octets())
            .option(MobilityOptionType::NONCE_INDICES, &[0, 1, 0, 2]);
        let mut room = [0; 128];
        let packet =
            Decoder::new().packet(Frame::raw(&*(Ipv6::new(home, away) / update).write(&mut room).unwrap()));
        assert_eq!((packet.findings().count(), packet.bytes().len()), (0, 40 + 40));
        assert_eq!(packet.checksums().last().unwrap().2, Verdict::Ok);
        let view = packet.get::<Mobility>().unwrap();
        assert_eq!((view.binding(), view.alternate_care_of_address()), (Some((7, 30)), Some(away)));
        assert_eq!(view.payload_protocol(), IpProtocol::NO_NEXT_HEADER);
        assert_eq!(packet.flow_key().unwrap().protocol, IpProtocol::MOBILITY_HEADER);
    }

    /// The checksum that tshark's input has: a home test init from fe80::a to fe80::b.
    #[test]
    fn the_length_must_do_for_the_type() {
        let [a, b]: [Ipv6Addr; 2] = ["fe80::a", "fe80::b"].map(|text| text.parse().unwrap());
        let mut room = [0; 64];
        let bytes =
            (Ipv6::new(a, b) / Mobility::home_test_init(0x0001_0203_0405_0607)).write(&mut room).unwrap();
        assert_eq!(bytes[44..46], [0xba, 0x40]);
        bytes[41] = 0;
        let packet = Decoder::new().packet(Frame::raw(&*bytes));
        assert!(packet.findings().any(|finding| finding.code == "mip6.hlen.bad"));
    }
}
