//! UDP, [RFC 768](https://www.rfc-editor.org/rfc/rfc768).

use crate::field::{
    Algorithm, Builder, Check, Checksum, Claim, Claimed, Cover, Finding, Next, Peel, Phrase, Protocol,
    Severity, UdpPorts,
};
use crate::names::IpProtocol;

crate::header! {
    /// ```text
    ///  0      7 8     15 16    23 24    31
    /// +-----------------+-----------------+
    /// |   Source port   | Destination port|
    /// +-----------------+-----------------+
    /// |     Length      |    Checksum     |
    /// +-----------------+-----------------+
    /// ```
    pub struct Udp(8) "udp" in "RFC 768" {
        tile SOURCE_PORT(source_port, set_source_port): u16 = 0..16, "udp.srcport", "Source port";
        alias PORT_OF_SOURCE: u16 = 0..16, "udp.port", "Port";
        tile DESTINATION_PORT(destination_port, set_destination_port): u16 = 16..32, "udp.dstport", "Destination port";
        alias PORT_OF_DESTINATION: u16 = 16..32, "udp.port", "Port";
        tile LENGTH(length, set_length): u16 = 32..48, "udp.length", "Length";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 48..64, "udp.checksum", "Checksum";
    }
}

crate::fields! {
    /// What UDP carries.
    pub mod payload in "RFC 768" {
        tile PAYLOAD: [u8; 0] = 0..0, "udp.payload", "UDP payload";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "udp",
    name: "User Datagram Protocol",
    spec: "RFC 768",
    fields: FIELDS,
    tables: &[payload::FIELDS],
    length: Udp::LEN,
    peel: |bytes| Some(peel(bytes)?.map(Next::from)),
    needed: |_| Udp::LEN,
    claim: Some(Claim {
        field: &LENGTH.info,
        bytes: |bytes| match LENGTH.read(bytes) {
            None => Claimed::Nothing,
            Some(length) => Claimed::at_least(usize::from(length), Udp::LEN),
        },
        beyond: "udp.length.beyond",
    }),
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Claim,
        pseudo: Some(IpProtocol::UDP.0),
        algorithm: Algorithm::Internet,
        optional: true,
        bad: "udp.checksum.bad",
        offload: "udp.checksum.offload",
    }),
    payload: &payload::PAYLOAD.info,
    fill: |bytes, completion| completion.length(bytes, &LENGTH, bytes.len()),
    summary: &[Phrase::Text("UDP, "), Phrase::Content],
    ..Protocol::PLAIN
};

/// The ports, and the payload as long as the length field says if that many bytes are there.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, UdpPorts>> {
    let (header, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::from(LENGTH.read(header)?);
    let content = bytes.get(Udp::LEN..length).unwrap_or(rest);
    Some(Peel {
        header: Udp::LEN,
        content,
        tail: 0,
        next: Some(UdpPorts(SOURCE_PORT.read(header)?, DESTINATION_PORT.read(header)?)),
    })
}

/// The ports of tunnels whose documents let them go over IPv6 without a checksum (RFC 6935, RFC 6936): LISP (RFC 9300
/// section 5.3), GRE (RFC 8086 section 3.3), VXLAN (RFC 7348 section 5) and its extension, Geneve (RFC 8926 section
/// 3.3), MPLS (RFC 7510 section 3).
const TUNNELS: [u16; 6] = [4341, 4754, 4789, 4790, 6081, 6635];

const CHECKS: &[Check] = &[
    |scope| {
        let length = usize::from(LENGTH.read(scope.header_bytes())?);
        let short = Finding::at(
            &LENGTH.info,
            "udp.length.bad",
            Severity::Error,
            "the length is less than the header",
        );
        (length < Udp::LEN).then(|| short.range(length as u64, Udp::LEN as u64))
    },
    |scope| {
        let absent = CHECKSUM.read(scope.header_bytes())? == 0 && scope.over_ipv6;
        let (severity, text) = match TUNNELS.contains(&DESTINATION_PORT.read(scope.header_bytes())?) {
            true => (Severity::Note, "without a checksum, as this tunnel may be over IPv6 (RFC 6935)"),
            false => {
                (Severity::Warning, "IPv6 demands a checksum; only some tunnels may leave it out (RFC 6935)")
            }
        };
        absent.then(|| Finding::at(&CHECKSUM.info, "udp.checksum.zero", severity, text))
    },
    |scope| {
        let length = usize::from(LENGTH.read(scope.header_bytes())?);
        let surplus = Finding::at(
            &LENGTH.info,
            "udp.length.surplus",
            Severity::Note,
            "there are bytes behind the datagram",
        );
        let inside = length >= Udp::LEN && length < scope.room && scope.limit.is_some();
        inside.then(|| surplus.length(length, scope.room, scope.limit))
    },
];

impl Udp {
    /// A UDP header; length and checksum are filled in when the packet is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source_port: u16, destination_port: u16) -> Builder<Self> {
        Builder::<Self>::empty().source_port(source_port).destination_port(destination_port)
    }
}

impl<'a> Udp<&'a [u8]> {
    /// The payload as long as the length field says, or all that is there if that says more.
    pub fn payload(&self) -> &'a [u8] {
        peel(self.bytes).map_or(&[], |peel| peel.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 768: the length ends the payload, whatever lies behind it.
    #[test]
    fn reads_sets_and_cuts() {
        let bytes = [0xa1, 0x26, 0x00, 0x35, 0x00, 0x0b, 0x12, 0x34, 1, 2, 3, 4];
        let udp = Udp::view(&bytes[..]).unwrap();
        assert_eq!(
            (udp.source_port(), udp.destination_port(), udp.length(), udp.checksum()),
            (41254, 53, 11, 0x1234)
        );
        assert_eq!(udp.payload(), [1, 2, 3]);
        assert_eq!(Udp::view(&bytes[..7]).unwrap_err().available, 7);
        let mut owned = Udp::view(bytes).unwrap();
        owned.set_length(12);
        assert_eq!(owned.by_ref().payload(), [1, 2, 3, 4]);
        assert_eq!(owned.into_inner()[..6], [0xa1, 0x26, 0, 0x35, 0, 12]);
    }
}
