//! IPv6, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200); its extension headers are in
//! [`ipv6_extension`](crate::wire::ipv6_extension).

use core::net::Ipv6Addr;

use crate::checksum::Pseudo;
use crate::field::{
    Announce, Builder, Check, Claim, Claimed, Finding, Next, Numbers, Peel, Protocol, Scope, Severity,
};
use crate::names::{Dscp, Ecn, IpProtocol};

crate::header! {
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-------+---------------+---------------------------------------+
    /// |Version| Traffic class |              Flow label               |
    /// +-------+---------------+-------+---------------+---------------+
    /// |        Payload length         |  Next header  |   Hop limit   |
    /// +-------------------------------+---------------+---------------+
    /// |                        Source address                         |
    /// |                           16 bytes                            |
    /// +---------------------------------------------------------------+
    /// |                      Destination address                      |
    /// |                           16 bytes                            |
    /// +---------------------------------------------------------------+
    /// ```
    pub struct Ipv6(40) "ipv6" in "RFC 8200 section 3" {
        tile VERSION(version, set_version): u8 = 0..4, "ipv6.version", "Version";
        group TRAFFIC_CLASS(traffic_class, set_traffic_class): u8 as Hex = 4..12, "ipv6.tclass", "Traffic class";
        tile DSCP(dscp, set_dscp): Dscp = 4..10, "ipv6.tclass.dscp", "Codepoint", "RFC 2474 section 3";
        tile ECN(ecn, set_ecn): Ecn = 10..12, "ipv6.tclass.ecn", "Congestion notification", "RFC 3168 section 5";
        tile FLOW_LABEL(flow_label, set_flow_label): u32 as Hex = 12..32, "ipv6.flow", "Flow label", "RFC 6437";
        tile PAYLOAD_LENGTH(payload_length, set_payload_length): u16 = 32..48, "ipv6.plen", "Payload length";
        tile NEXT_HEADER(next_header, set_next_header): IpProtocol = 48..56, "ipv6.nxt", "Next header";
        tile HOP_LIMIT(hop_limit, set_hop_limit): u8 = 56..64, "ipv6.hlim", "Hop limit";
        tile SOURCE(source, set_source): Ipv6Addr = 64..192, "ipv6.src", "Source address";
        alias ADDRESS_OF_SOURCE: Ipv6Addr = 64..192, "ipv6.addr", "Address";
        tile DESTINATION(destination, set_destination): Ipv6Addr = 192..320, "ipv6.dst", "Destination address";
        alias ADDRESS_OF_DESTINATION: Ipv6Addr = 192..320, "ipv6.addr", "Address";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "ipv6",
    name: "Internet Protocol Version 6",
    spec: "RFC 8200",
    fields: FIELDS,
    length: Ipv6::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed: |_| Ipv6::LEN,
    claim: Some(Claim {
        field: &PAYLOAD_LENGTH.info,
        bytes: |bytes| match PAYLOAD_LENGTH.read(bytes) {
            None | Some(0) => Claimed::Nothing,
            Some(length) => Claimed::Bytes(usize::from(length).saturating_add(Ipv6::LEN)),
        },
        beyond: "ipv6.plen.beyond",
    }),
    surround,
    checks: CHECKS,
    announce: Some(Announce { field: &NEXT_HEADER.info, numbers: Numbers::IpProtocol, nothing: Some(59) }),
    fill: |bytes, completion| {
        completion.auto(bytes, &VERSION, 6);
        completion.auto(bytes, &HOP_LIMIT, 64);
        completion.length(bytes, &PAYLOAD_LENGTH, bytes.len().saturating_sub(Ipv6::LEN))
    },
    ..Protocol::PLAIN
};

/// The next header, and the payload up to the payload length if that lies within the bytes given. A payload
/// length of zero (jumbograms, RFC 2675, and captures of segmentation offload) leaves all of them.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, IpProtocol>> {
    let (header, rest) = bytes.split_first_chunk::<40>()?;
    if VERSION.read(header) != Some(6) {
        return Some(Peel { header: Ipv6::LEN, content: rest, tail: 0, next: None });
    }
    let content = match PAYLOAD_LENGTH.read(header)? {
        0 if NEXT_HEADER.read(header) == Some(IpProtocol::NO_NEXT_HEADER) => rest.get(..0)?,
        0 => rest,
        length => rest.get(..usize::from(length)).unwrap_or(rest),
    };
    Some(Peel { header: Ipv6::LEN, content, tail: 0, next: NEXT_HEADER.read(header) })
}

#[inline]
fn surround(scope: &mut Scope<'_>) {
    scope.pseudo = Ipv6::view(scope.bytes).ok().map(|ip| ip.pseudo());
    scope.hop_limit = HOP_LIMIT.read(scope.bytes);
    scope.over_ipv6 = true;
}

const CHECKS: &[Check] = &[
    |scope| {
        let version = VERSION.read(scope.bytes)?;
        let wrong = Finding::at(&VERSION.info, "ipv6.version.bad", Severity::Error, "this is not version 6");
        (version != 6).then(|| wrong.value(u64::from(version), 6))
    },
    |scope| {
        let zero = PAYLOAD_LENGTH.read(scope.bytes)? == 0
            && NEXT_HEADER.read(scope.bytes)? != IpProtocol::HOP_BY_HOP;
        let text = "the payload length is zero, as in captures of segmentation offload; the packet is taken to end with the frame";
        (zero && !scope.content().is_empty())
            .then(|| Finding::at(&PAYLOAD_LENGTH.info, "ipv6.plen.zero", Severity::Note, text))
    },
];

impl Ipv6 {
    /// An IPv6 header; version, length, a hop limit of 64 and next header are filled in when the packet is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source: Ipv6Addr, destination: Ipv6Addr) -> Builder<Self> {
        Builder::<Self>::empty().source(source).destination(destination)
    }
}

impl<'a> Ipv6<&'a [u8]> {
    /// What follows the header, up to the payload length, or all that is there if that says more or zero.
    pub fn payload(&self) -> &'a [u8] {
        peel(self.bytes).map_or(&[], |peel| peel.content)
    }

    /// The addresses as the checksum of a transport header sees them when no routing header stands between.
    #[inline]
    pub fn pseudo(&self) -> Pseudo {
        Pseudo::v6(self.source(), self.destination())
    }
}
