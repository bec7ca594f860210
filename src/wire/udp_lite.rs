//! UDP-Lite, [RFC 3828](https://www.rfc-editor.org/rfc/rfc3828): UDP whose checksum covers as much as the sender chose.

use crate::field::{
    Algorithm, Builder, Check, Checksum, Cover, FieldInfo, Finding, Format, Generated, Next, Peel, Phrase,
    Protocol, Severity, Value,
};
use crate::names::IpProtocol;

crate::header! {
    /// ```text
    ///  0              15 16             31
    /// +-----------------+-----------------+
    /// |   Source port   | Destination port|
    /// +-----------------+-----------------+
    /// |    Coverage     |    Checksum     |
    /// +-----------------+-----------------+
    /// ```
    pub struct UdpLite(8) "udplite" in "RFC 3828 section 3" {
        tile SOURCE_PORT(source_port, set_source_port): u16 = 0..16, "udp.srcport", "Source port";
        alias PORT_OF_SOURCE: u16 = 0..16, "udp.port", "Port";
        tile DESTINATION_PORT(destination_port, set_destination_port): u16 = 16..32, "udp.dstport", "Destination port";
        alias PORT_OF_DESTINATION: u16 = 16..32, "udp.port", "Port";
        tile COVERAGE(coverage, set_coverage): u16 = 32..48, "udp.checksum_coverage", "Checksum coverage";
        tile CHECKSUM(checksum, set_checksum): u16 as Hex = 48..64, "udp.checksum", "Checksum";
    }
}

crate::fields! {
    /// What UDP-Lite carries.
    pub mod payload in "RFC 3828" {
        tile PAYLOAD: [u8; 0] = 0..0, "udp.payload", "UDP-Lite payload";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "udplite",
    name: "Lightweight User Datagram Protocol",
    spec: "RFC 3828",
    fields: FIELDS,
    tables: &[payload::FIELDS],
    length: UdpLite::LEN,
    peel,
    needed: |_| UdpLite::LEN,
    checks: CHECKS,
    // Zero means that there is none, as in UDP, and here there must be one: a check says so.
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        cover: Cover::Part(covered),
        pseudo: Some(IpProtocol::UDPLITE.0),
        algorithm: Algorithm::Internet,
        optional: true,
        bad: "udp.checksum.bad",
        offload: "udp.checksum.offload",
    }),
    generated: &[Generated {
        info: FieldInfo::generated("udp.length", "Length", COVERAGE.info.spec, Format::Number),
        value: |scope| scope.missing.is_none().then_some(Value::Number(scope.bytes.len() as u64)),
    }],
    // Zero covers all, whatever comes.
    fill: |bytes, completion| match COVERAGE.read(bytes) {
        Some(0) | None => Ok(()),
        Some(_) => completion.length(bytes, &COVERAGE, bytes.len()),
    },
    payload: &payload::PAYLOAD.info,
    summary: &[
        Phrase::Text("UDP-Lite, "),
        Phrase::Content,
        Phrase::If(
            |header| COVERAGE.read(header) != Some(0),
            &[Phrase::Text(", coverage "), Phrase::Value(&COVERAGE.info)],
        ),
    ],
    ..Protocol::PLAIN
};

/// The ports; the payload reaches to the end of the IP packet, whatever the checksum covers.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, content) = bytes.split_first_chunk::<8>()?;
    let ports = Next::Udp(SOURCE_PORT.read(header)?, DESTINATION_PORT.read(header)?);
    Some(Peel { header: UdpLite::LEN, content, tail: 0, next: Some(ports) })
}

/// The bytes that the checksum covers: all for a coverage of zero, and no less than the header.
fn covered(bytes: &[u8]) -> Option<usize> {
    match COVERAGE.read(bytes)? {
        0 => Some(bytes.len()),
        1..8 => None,
        coverage => Some(usize::from(coverage)).filter(|coverage| *coverage <= bytes.len()),
    }
}

const CHECKS: &[Check] = &[
    |scope| {
        let coverage = u64::from(COVERAGE.read(scope.header_bytes())?);
        let text = "the checksum must cover the header, or all";
        let short = Finding::at(&COVERAGE.info, "udp.checksum_coverage.bad", Severity::Error, text);
        matches!(coverage, 1..8).then(|| short.range(coverage, 8))
    },
    |scope| {
        let coverage = usize::from(COVERAGE.read(scope.header_bytes())?);
        let text = "the checksum covers more than there is";
        let beyond = Finding::at(&COVERAGE.info, "udp.checksum_coverage.beyond", Severity::Error, text);
        let excused = scope.excused() || scope.missing.is_some();
        (coverage > scope.room && !excused).then(|| beyond.length(coverage, scope.room, scope.limit))
    },
    |scope| {
        let absent = CHECKSUM.read(scope.header_bytes())? == 0;
        let text = "UDP-Lite demands a checksum";
        absent.then(|| Finding::at(&CHECKSUM.info, "udp.checksum.zero", Severity::Error, text))
    },
];

impl UdpLite {
    /// A UDP-Lite header whose checksum covers all; give `coverage` for less. The checksum is filled in when the packet
    /// is written.
    #[inline]
    #[allow(clippy::new_ret_no_self)]
    pub fn new(source_port: u16, destination_port: u16) -> Builder<Self> {
        Builder::<Self>::empty().source_port(source_port).destination_port(destination_port)
    }
}

impl<'a> UdpLite<&'a [u8]> {
    /// The payload, all that is there.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(UdpLite::LEN..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Verdict;
    use crate::packet::{Decoder, Frame};
    use crate::wire::ipv4::Ipv4;

    /// RFC 3828 section 3.1: the pseudo-header has the length of the whole datagram, whatever is covered. The sums are
    /// those that tshark computes.
    #[test]
    fn the_checksum_covers_a_part() {
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        for (coverage, sum) in [(0, 0xe98e), (8, 0x7b55), (12, 0xa67f), (19, 0xe97b)] {
            let mut room = [0; 64];
            let packet =
                (ip / UdpLite::new(1, 2).coverage(coverage) / b"hello world").write(&mut room).unwrap();
            let packet = Decoder::new().packet(Frame::raw(packet));
            let udp = packet.get::<UdpLite>().unwrap();
            assert_eq!((udp.checksum(), udp.payload()), (sum, &b"hello world"[..]));
            assert_eq!(packet.checksums().last().unwrap().2, Verdict::Ok);
            assert_eq!((packet.findings().count(), packet.ports()), (0, Some((1, 2))));
        }
    }

    /// What the coverage does not reach may change on its way; a coverage that cannot be is said.
    #[test]
    fn what_is_not_covered_may_change() {
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let mut room = [0; 64];
        let packet = (ip / UdpLite::new(1, 2).coverage(8) / b"hello").write(&mut room).unwrap();
        packet[30] ^= 1;
        assert_eq!(Decoder::new().packet(Frame::raw(&*packet)).findings().count(), 0);
        for (coverage, code) in [(7, "udp.checksum_coverage.bad"), (14, "udp.checksum_coverage.beyond")] {
            packet[24..26].copy_from_slice(&u16::to_be_bytes(coverage));
            let packet = Decoder::new().packet(Frame::raw(&*packet));
            assert!(packet.findings().map(|finding| finding.code).eq([code]));
        }
        packet[24..28].copy_from_slice(&[0; 4]);
        let packet = Decoder::new().packet(Frame::raw(&*packet));
        assert!(packet.findings().map(|finding| finding.code).eq(["udp.checksum.zero"]));
    }
}
