//! VXLAN, [RFC 7348](https://www.rfc-editor.org/rfc/rfc7348): Ethernet frames in UDP.

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
        tile GROUP_POLICY_FLAG: bool = 0..1, "vxlan.flag_gbp", "Group policy extension";
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
        Builder::<Self>::empty().preset(&VNI_FLAG, true).vni(vni)
    }
}
