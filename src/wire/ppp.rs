//! PPP, [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661): the number of the protocol that it carries.

use crate::field::{Announce, Builder, Kind, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::{EtherType, PppProtocol};

crate::header! {
    /// ```text
    ///  0             7 8             15
    /// +---------------+---------------+
    /// |           Protocol            |  the first byte is even
    /// +---------------+---------------+
    /// |    Protocol   |                  compressed: it is odd
    /// +---------------+
    /// ```
    pub struct Ppp(2) "ppp" in "RFC 1661 section 2" {
        tile PROTOCOL_NUMBER(protocol, set_protocol): PppProtocol = 0..16 if is_whole, "ppp.protocol", "Protocol";
        tile COMPRESSED: PppProtocol = 0..8 if is_compressed, "ppp.protocol", "Protocol", "RFC 1661 section 6.5";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "ppp",
    name: "Point-to-Point Protocol",
    spec: "RFC 1661",
    fields: FIELDS,
    length: Ppp::LEN,
    peel,
    needed,
    announce: Some(Announce { field: &PROTOCOL_NUMBER.info, numbers: Numbers::Own(number), nothing: None }),
    summary: &[
        Phrase::Text("PPP "),
        Phrase::If(is_whole, &[Phrase::Value(&PROTOCOL_NUMBER.info)]),
        Phrase::If(is_compressed, &[Phrase::Value(&COMPRESSED.info)]),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The protocol.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let header = needed(bytes);
    let (front, content) = bytes.split_at_checked(header)?;
    let number = if header == 1 { COMPRESSED.read(front)? } else { PROTOCOL_NUMBER.read(front)? };
    let next = match number {
        PppProtocol::IPV4 => Some(Next::EtherType(EtherType::IPV4.0)),
        PppProtocol::IPV6 => Some(Next::EtherType(EtherType::IPV6.0)),
        _ => None,
    };
    Some(Peel { header, content, tail: 0, next })
}

/// The protocol number of what follows.
fn number(kind: Kind, _: Option<u16>) -> Option<u16> {
    match kind {
        Kind::IPV4 => Some(PppProtocol::IPV4.0),
        Kind::IPV6 => Some(PppProtocol::IPV6.0),
        _ => None,
    }
}

fn needed(bytes: &[u8]) -> usize {
    if is_compressed(bytes) { 1 } else { Ppp::LEN }
}

/// All numbers are odd, and of those that are not compressed the first byte is even.
fn is_compressed(header: &[u8]) -> bool {
    header.first().is_some_and(|first| first & 1 == 1)
}

fn is_whole(header: &[u8]) -> bool {
    !is_compressed(header)
}

impl Ppp {
    /// A header of two bytes; the protocol is filled in from what follows when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1661 section 6.5: 0x0021 may be sent as 0x21.
    #[test]
    fn one_byte_or_two() {
        for (bytes, header) in [(&[0x00, 0x21, 0x45][..], 2), (&[0x21, 0x45], 1), (&[0x21], 1)] {
            let peel = super::peel(bytes).unwrap();
            assert_eq!((peel.header, peel.next), (header, Some(Next::EtherType(0x0800))), "{bytes:x?}");
        }
        assert_eq!(super::peel(&[0x57]).unwrap().next, Some(Next::EtherType(0x86dd)));
        assert_eq!(super::peel(&[0xc0, 0x21]).unwrap().next, None);
        assert!(super::peel(&[0x00]).is_none() && super::peel(&[]).is_none());
    }
}
