//! VXLAN, [RFC 7348](https://www.rfc-editor.org/rfc/rfc7348): Ethernet frames in UDP; and its extension to other
//! protocols.

use crate::field::{Builder, Check, Finding, Kind, Next, Peel, Phrase, Protocol, Severity};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-+-----+-+---+---+---+-+---+---+-------------------------------+
    /// |G|     |I|     |D|    |A|      |        Group policy           |
    /// +-------------------------------+---------------+---------------+
    /// |        VXLAN network identifier (VNI)         |   Reserved    |
    /// +-----------------------------------------------+---------------+
    /// ```
    ///
    /// G, D, A and the group policy are of
    /// [draft-smith-vxlan-group-policy](https://datatracker.ietf.org/doc/draft-smith-vxlan-group-policy/); RFC 7348
    /// has them reserved.
    pub struct Vxlan(8) "vxlan" in "RFC 7348 section 5" {
        group FLAGS(flags, set_flags): u16 as Hex = 0..16, "vxlan.flags", "Flags";
        tile GROUP_POLICY_FLAG: bool = 0..1, "vxlan.flag_g", "Group policy extension";
        tile RESERVED: u8 as Hex = 1..4, "vxlan.flags_reserved", "Reserved";
        tile VNI_FLAG(has_vni, set_has_vni): bool = 4..5, "vxlan.flag_i", "VNI is valid";
        tile RESERVED_2: u8 as Hex = 5..9, "vxlan.flags_reserved", "Reserved";
        tile DO_NOT_LEARN: bool = 9..10, "vxlan.flag_d", "Do not learn";
        tile RESERVED_3: u8 as Hex = 10..12, "vxlan.flags_reserved", "Reserved";
        tile POLICY_APPLIED: bool = 12..13, "vxlan.flag_a", "Policy applied";
        tile RESERVED_4: u8 as Hex = 13..16, "vxlan.flags_reserved", "Reserved";
        tile GROUP_POLICY(group_policy, set_group_policy): u16 = 16..32, "vxlan.gbp", "Group policy identifier";
        tile VNI(vni, set_vni): u32 = 32..56, "vxlan.vni", "Network identifier";
        tile RESERVED_8(reserved, set_reserved): u8 as Hex = 56..64, "vxlan.reserved8", "Reserved";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "vxlan",
    name: "Virtual eXtensible Local Area Network",
    spec: "RFC 7348",
    fields: FIELDS,
    length: Vxlan::LEN,
    peel,
    needed: |_| Vxlan::LEN,
    fill: |bytes, completion| {
        completion.auto(bytes, &VNI_FLAG, true);
        Ok(())
    },
    checks: CHECKS,
    summary: &[Phrase::Text("VXLAN "), Phrase::Value(&VNI.info), Phrase::Text(", "), Phrase::Content],
    ..Protocol::PLAIN
};

/// An Ethernet frame.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (_, content) = bytes.split_first_chunk::<8>()?;
    Some(Peel { header: Vxlan::LEN, content, tail: 0, next: Some(Next::Kind(Kind::ETHERNET)) })
}

const CHECKS: &[Check] = &[|scope| {
    let text = "the flag that says that the network identifier is valid is not set";
    let invalid = Finding::at(&VNI_FLAG.info, "vxlan.flag_i.unset", Severity::Error, text);
    (!VNI_FLAG.read(scope.bytes)?).then_some(invalid)
}];

impl Vxlan {
    /// A header for this network (24 bits); the Ethernet frame goes inside.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(vni: u32) -> Builder<Self> {
        Builder::<Self>::empty().vni(vni)
    }
}

/// VXLAN with a next protocol, [draft-ietf-nvo3-vxlan-gpe](https://datatracker.ietf.org/doc/draft-ietf-nvo3-vxlan-gpe/).
pub mod gpe {
    use crate::field::{
        Announce, Builder, Check, Finding, Kind, Next, Numbers, Peel, Phrase, Protocol, Severity,
    };
    use crate::names::{EtherType, VxlanProtocol};

    crate::header! {
        /// ```text
        ///  0                   1                   2                   3
        ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
        /// +---+---+-+-+-+-+-------------------------------+---------------+
        /// |   |Ver|I|P|B|O|           Reserved            | Next protocol |
        /// +---+---+-+-+-+-+-------------------------------+---------------+
        /// |         VXLAN network identifier (VNI)        |   Reserved    |
        /// +-----------------------------------------------+---------------+
        /// ```
        pub struct VxlanGpe(8) "vxlan" in "draft-ietf-nvo3-vxlan-gpe section 3" {
            group FLAGS(flags, set_flags): u8 as Hex = 0..8, "vxlan.flags", "Flags";
            tile RESERVED: u8 as Hex = 0..2, "vxlan.flags_reserved", "Reserved";
            tile VERSION(version, set_version): u8 = 2..4, "vxlan.ver", "Version";
            tile VNI_FLAG(vni_flag, set_vni_flag): u8 = 4..5, "vxlan.i_bit", "VNI is valid";
            tile PROTOCOL_FLAG(protocol_flag, set_protocol_flag): u8 = 5..6, "vxlan.p_bit", "Next protocol is valid";
            tile RESERVED_B: u8 as Hex = 6..7, "vxlan.flags_reserved", "Reserved";
            tile OAM(oam, set_oam): u8 = 7..8, "vxlan.o_bit", "OAM";
            tile RESERVED_16: u16 as Hex = 8..24, "vxlan.reserved_16", "Reserved";
            tile NEXT_PROTOCOL(next_protocol, set_next_protocol): VxlanProtocol = 24..32, "vxlan.next_proto", "Next protocol";
            tile VNI(vni, set_vni): u32 = 32..56, "vxlan.vni", "Network identifier";
            tile RESERVED_8: u8 as Hex = 56..64, "vxlan.reserved8", "Reserved";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "vxlan",
        name: "VXLAN Generic Protocol Extension",
        spec: "draft-ietf-nvo3-vxlan-gpe",
        fields: FIELDS,
        length: VxlanGpe::LEN,
        peel,
        needed: |_| VxlanGpe::LEN,
        fill: |bytes, completion| {
            completion.auto(bytes, &VNI_FLAG, 1);
            completion.auto(bytes, &PROTOCOL_FLAG, 1);
            Ok(())
        },
        checks: CHECKS,
        announce: Some(Announce { field: &NEXT_PROTOCOL.info, numbers: Numbers::Own(number), nothing: None }),
        summary: &[
            Phrase::Text("VXLAN "),
            Phrase::Value(&VNI.info),
            Phrase::Text(", "),
            Phrase::Value(&NEXT_PROTOCOL.info),
            Phrase::Text(", "),
            Phrase::Content,
        ],
        ..Protocol::PLAIN
    };

    /// The next protocol. Without its flag the field is zero, and an Ethernet frame follows as in VXLAN; where it is
    /// not, the sender has forgotten the flag.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        let (header, content) = bytes.split_first_chunk::<8>()?;
        let next = match NEXT_PROTOCOL.read(header)? {
            VxlanProtocol(0) if PROTOCOL_FLAG.read(header)? == 0 => Some(Next::Kind(Kind::ETHERNET)),
            VxlanProtocol::IPV4 => Some(Next::EtherType(EtherType::IPV4.0)),
            VxlanProtocol::IPV6 => Some(Next::EtherType(EtherType::IPV6.0)),
            VxlanProtocol::ETHERNET => Some(Next::Kind(Kind::ETHERNET)),
            _ => None,
        };
        Some(Peel { header: VxlanGpe::LEN, content, tail: 0, next })
    }

    /// The number of what follows.
    fn number(kind: Kind, _: Option<u16>) -> Option<u16> {
        match kind {
            Kind::IPV4 => Some(VxlanProtocol::IPV4.0.into()),
            Kind::IPV6 => Some(VxlanProtocol::IPV6.0.into()),
            Kind::ETHERNET => Some(VxlanProtocol::ETHERNET.0.into()),
            _ => None,
        }
    }

    const CHECKS: &[Check] = &[
        |scope| {
            let text = "the flag that says that the network identifier is valid is not set";
            let invalid = Finding::at(&VNI_FLAG.info, "vxlan.i_bit.unset", Severity::Error, text);
            (VNI_FLAG.read(scope.bytes)? == 0).then_some(invalid)
        },
        |scope| {
            let text = "the flag that says that there is a next protocol is not set";
            let invalid = Finding::at(&PROTOCOL_FLAG.info, "vxlan.p_bit.unset", Severity::Warning, text);
            let there = NEXT_PROTOCOL.read(scope.bytes)?.0 != 0;
            (PROTOCOL_FLAG.read(scope.bytes)? == 0 && there).then_some(invalid)
        },
    ];

    impl VxlanGpe {
        /// A header for this network (24 bits); the next protocol is filled in from what follows when the packet is
        /// written.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(vni: u32) -> Builder<Self> {
            // In one cell of what was given, so that giving one would leave the other out.
            Builder::<Self>::empty().preset(&VNI_FLAG, 1).preset(&PROTOCOL_FLAG, 1).vni(vni)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Section 3.2 of the draft: 1 is IPv4, 2 IPv6, 3 Ethernet.
        #[test]
        fn next_protocols() {
            for (number, next) in [
                (1, Some(Next::EtherType(0x0800))),
                (2, Some(Next::EtherType(0x86dd))),
                (3, Some(Next::Kind(Kind::ETHERNET))),
                (4, None),
            ] {
                let header = [0x0c, 0, 0, number, 0, 0xd4, 0x31, 0];
                assert_eq!(super::peel(&header).unwrap().next, next, "{number}");
                assert_eq!(VxlanGpe::view(header).unwrap().vni(), 54321);
                assert!(super::peel(&header[..7]).is_none());
            }
            // Without the flag it is VXLAN; a number of zero with it is none.
            assert_eq!(
                super::peel(&[0x08, 0, 0, 0, 0, 0, 1, 0]).unwrap().next,
                Some(Next::Kind(Kind::ETHERNET))
            );
            assert_eq!(super::peel(&[0x0c, 0, 0, 0, 0, 0, 1, 0]).unwrap().next, None);
            // As arkime's synthetic capture has it.
            assert_eq!(
                super::peel(&[0x08, 0, 0, 1, 0, 0, 1, 0]).unwrap().next,
                Some(Next::EtherType(0x0800))
            );
        }
    }
}
