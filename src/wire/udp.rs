//! UDP, [RFC 768](https://www.rfc-editor.org/rfc/rfc768).

use crate::field::{
    Builder, Checksum, Claim, Completion, Finding, Next, Peel, Protocol, Scope, Severity, Verdict,
};
use crate::field::{Check, Reason, protocol::no_sections};
use crate::names::IpProtocol;
use crate::wire::outer_pseudo as pseudo;

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
pub static PROTOCOL: Protocol = Protocol {
    prefix: "udp",
    name: "User Datagram Protocol",
    spec: "RFC 768",
    fields: FIELDS,
    tables: &[payload::FIELDS],
    length: Udp::LEN,
    peel,
    needed: |_| Udp::LEN,
    sections: no_sections,
    claim: Some(Claim {
        field: &LENGTH.info,
        bytes: |bytes| LENGTH.read(bytes).map(usize::from).filter(|length| *length >= Udp::LEN),
        beyond: "udp.length.beyond",
    }),
    checks: CHECKS,
    checksum: Some(Checksum {
        field: &CHECKSUM.info,
        verdict,
        bad: "udp.checksum.bad",
        offload: "udp.checksum.offload",
    }),
    generated: &[],
    payload: &payload::PAYLOAD.info,
};

/// The ports, and the payload as long as the length field says if that many bytes are there.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let (header, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::from(LENGTH.read(header)?);
    let content = bytes.get(Udp::LEN..length).unwrap_or(rest);
    Some(Peel {
        header: Udp::LEN,
        content,
        next: Some(Next::Udp(SOURCE_PORT.read(header)?, DESTINATION_PORT.read(header)?)),
    })
}

/// Zero is no checksum; over IPv6 only some tunnels may do that (RFC 6935).
fn verdict(scope: &Scope<'_>) -> Verdict {
    let (Some(length), Some(found)) = (LENGTH.read(scope.bytes), CHECKSUM.read(scope.bytes)) else {
        return Verdict::Unchecked(scope.missing.unwrap_or(Reason::Length));
    };
    let covered = scope.bytes.get(..usize::from(length)).filter(|covered| covered.len() >= Udp::LEN);
    match (found, scope.fragment, covered, scope.pseudo) {
        (0, ..) => Verdict::Absent,
        (_, true, ..) => Verdict::Unchecked(Reason::Fragment),
        (_, _, None, _) => Verdict::Unchecked(scope.missing.unwrap_or(Reason::Length)),
        (_, _, _, None) => Verdict::Unchecked(Reason::Addresses),
        (_, _, Some(covered), Some(pseudo)) => {
            match Verdict::with_pseudo(found, pseudo.sum(IpProtocol::UDP.0, u32::from(length)), covered) {
                // A computed sum of zero is sent as all ones.
                Verdict::Bad { found, right: 0 } => Verdict::Bad { found, right: 0xffff },
                verdict => verdict,
            }
        }
    }
}

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
        let text = "IPv6 demands a checksum; only some tunnels may leave it out (RFC 6935)";
        absent.then(|| Finding::at(&CHECKSUM.info, "udp.checksum.zero", Severity::Warning, text))
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

impl<B: AsRef<[u8]>> Udp<B> {
    /// The payload as long as the length field says, or all that is there if that says more.
    pub fn payload(&self) -> &[u8] {
        peel(self.bytes()).map_or(&[], |peel| peel.content)
    }
}

#[inline]
fn fill(bytes: &mut [u8], completion: &Completion) {
    completion.auto(bytes, &LENGTH, u16::try_from(bytes.len()).unwrap_or(0));
}

#[inline]
fn seal(bytes: &mut [u8], completion: &Completion) {
    if let (Some(pseudo), false) = (completion.pseudo, completion.given.has(&CHECKSUM)) {
        let sum = pseudo.sum(IpProtocol::UDP.0, u32::try_from(bytes.len()).unwrap_or(0)).bytes(bytes);
        let _ = CHECKSUM.write(bytes, if sum.checksum() == 0 { 0xffff } else { sum.checksum() });
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
        assert_eq!(owned.payload(), [1, 2, 3, 4]);
        assert_eq!(owned.into_inner()[..6], [0xa1, 0x26, 0, 0x35, 0, 12]);
    }
}
