//! What stands in front of PPP: the address and control field of HDLC,
//! [RFC 1662](https://www.rfc-editor.org/rfc/rfc1662), and the direction of LINKTYPE_PPP_WITH_DIR.

/// HDLC-like framing.
pub mod hdlc {
    use crate::field::{Builder, Kind, Next, Peel, Phrase, Protocol};

    crate::header! {
        /// ```text
        ///  0             7 8             15
        /// +---------------+---------------+
        /// | Address  0xff | Control  0x03 |
        /// +---------------+---------------+
        /// ```
        pub struct Hdlc(2) "hdlc" in "RFC 1662 section 3.1" {
            tile ADDRESS(address, set_address): u8 as Hex = 0..8, "ppp.address", "Address";
            tile CONTROL(control, set_control): u8 as Hex = 8..16, "ppp.control", "Control";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "hdlc",
        name: "PPP in HDLC-like Framing",
        spec: "RFC 1662",
        fields: FIELDS,
        length: Hdlc::LEN,
        peel,
        needed: |_| Hdlc::LEN,
        fill: |bytes, completion| {
            completion.auto(bytes, &ADDRESS, 0xff);
            completion.auto(bytes, &CONTROL, 0x03);
            Ok(())
        },
        summary: &[Phrase::Text("HDLC, "), Phrase::Content],
        ..Protocol::PLAIN
    };

    /// PPP.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        let (_, content) = bytes.split_first_chunk::<2>()?;
        Some(Peel { header: Hdlc::LEN, content, tail: 0, next: Some(Next::Kind(Kind::PPP)) })
    }

    impl Hdlc {
        /// The address of all stations, and unnumbered information.
        #[allow(clippy::new_ret_no_self)]
        pub fn new() -> Builder<Self> {
            Builder::<Self>::empty()
        }
    }
}

/// The direction that a capture of LINKTYPE_PPP_WITH_DIR gives.
pub mod direction {
    use crate::field::{Builder, Next, Peel, Phrase, Protocol};

    crate::header! {
        /// One byte: zero if this host received the packet, anything else if it sent it.
        pub struct Direction(1) "pppdir" in "LINKTYPE_PPP_WITH_DIR" {
            tile DIRECTION(direction, set_direction): u8 = 0..8, "ppp.direction", "Direction";
        }
    }

    /// What the registry needs to know.
    pub const PROTOCOL: Protocol = Protocol {
        prefix: "pppdir",
        name: "Direction of a PPP packet",
        spec: "LINKTYPE_PPP_WITH_DIR",
        fields: FIELDS,
        length: Direction::LEN,
        peel,
        needed: |_| Direction::LEN,
        summary: &[
            Phrase::If(|header| header == [0], &[Phrase::Text("received, ")]),
            Phrase::If(|header| header != [0], &[Phrase::Text("sent, ")]),
            Phrase::Content,
        ],
        ..Protocol::PLAIN
    };

    /// PPP, framed or not.
    #[inline(always)]
    pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
        let (_, content) = bytes.split_first_chunk::<1>()?;
        let next = Next::Kind(super::first(content));
        Some(Peel { header: Direction::LEN, content, tail: 0, next: Some(next) })
    }

    impl Direction {
        /// What this host sent, or received.
        #[allow(clippy::new_ret_no_self)]
        pub fn new(sent: bool) -> Builder<Self> {
            Builder::<Self>::empty().direction(sent.into())
        }
    }
}

use crate::field::Kind;

/// The header with which a frame of LINKTYPE_PPP begins. The address and control field may be compressed away; what
/// begins with 0x0f or 0x8f is Cisco's HDLC (RFC 1547 section 4.3.1), which is another protocol.
pub const fn first(bytes: &[u8]) -> Kind {
    match bytes {
        [0xff, 0x03, ..] | [0xff] => Kind::HDLC,
        [0x0f | 0x8f, ..] => Kind::CISCO_HDLC,
        _ => Kind::PPP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Next;

    /// RFC 1662 section 3.1: all stations, unnumbered information; it may be left out.
    #[test]
    fn framed_or_not() {
        assert_eq!(first(&[0xff, 0x03, 0x00, 0x21]), Kind::HDLC);
        assert_eq!(first(&[0x00, 0x21]), Kind::PPP);
        assert_eq!(first(&[0x0f, 0x00, 0x08, 0x00]), Kind::CISCO_HDLC);
        let peel = direction::peel(&[1, 0xff, 0x03, 0x00, 0x21]).unwrap();
        assert_eq!((peel.header, peel.next), (1, Some(Next::Kind(Kind::HDLC))));
        assert_eq!(hdlc::peel(&[0xff, 0x03]).unwrap().next, Some(Next::Kind(Kind::PPP)));
        assert!(hdlc::peel(&[0xff]).is_none() && direction::peel(&[]).is_none());
    }
}
