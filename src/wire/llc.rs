//! LLC, [IEEE 802.2](https://standards.ieee.org/ieee/8802-2/6714/): which service access point an 802.3 frame is for.

use crate::field::{Announce, Builder, Kind, Next, Numbers, Peel, Phrase, Protocol};
use crate::names::{EtherType, LlcSap};

crate::header! {
    /// ```text
    ///  0             7 8             15 16            23 24           31
    /// +-------------+-+-------------+-+---------------+---------------+
    /// |     DSAP    |I|     SSAP    |C|    Control    | if bit 23 or 22 is 0
    /// +-------------+-+-------------+-+---------------+---------------+
    ///
    /// Control:  information   | N(S)        |0|  | N(R)        |P|
    ///           supervisory   |0 0 0 0|func |0 1| | N(R)       |P|
    ///           unnumbered    |func |P|func |1 1|
    /// ```
    ///
    /// I says that the destination is a group; C says that this is a response, and P is then F.
    pub struct Llc(3 max 4 step 1) "llc" in "IEEE 802.2 clause 3" {
        group DSAP(dsap, set_dsap): LlcSap = 0..8, "llc.dsap", "Destination access point";
        tile DSAP_ADDRESS: u8 as Hex = 0..7, "llc.dsap.sap", "Address";
        tile DSAP_IS_GROUP: bool = 7..8, "llc.dsap.ig", "Group";
        group SSAP(ssap, set_ssap): LlcSap = 8..16, "llc.ssap", "Source access point";
        tile SSAP_ADDRESS: u8 as Hex = 8..15, "llc.ssap.sap", "Address";
        tile IS_RESPONSE(is_response, set_is_response): bool = 15..16, "llc.ssap.cr", "Response";
        group CONTROL(control, set_control): u8 as Hex = 16..24 if is_unnumbered, "llc.control", "Control", "IEEE 802.2 clause 5.2";
        tile COMMAND_HIGH: u8 as Hex = 16..19 if is_unnumbered_command, "llc.control.u_modifier_cmd", "Command, high bits", "IEEE 802.2 clause 5.4";
        tile RESPONSE_HIGH: u8 as Hex = 16..19 if is_unnumbered_response, "llc.control.u_modifier_resp", "Response, high bits", "IEEE 802.2 clause 5.4";
        tile POLL: bool = 19..20 if is_unnumbered_command, "llc.control.p", "Poll", "IEEE 802.2 clause 5.4";
        tile FINAL: bool = 19..20 if is_unnumbered_response, "llc.control.f", "Final", "IEEE 802.2 clause 5.4";
        tile COMMAND_LOW: u8 as Hex = 20..22 if is_unnumbered_command, "llc.control.u_modifier_cmd", "Command, low bits", "IEEE 802.2 clause 5.4";
        tile RESPONSE_LOW: u8 as Hex = 20..22 if is_unnumbered_response, "llc.control.u_modifier_resp", "Response, low bits", "IEEE 802.2 clause 5.4";
        tile UNNUMBERED: u8 = 22..24 if is_unnumbered, "llc.control.ftype", "Frame type", "IEEE 802.2 clause 5.2";
    }
}

crate::fields! {
    /// The control field of frames that are numbered, or say something of numbers; it counts from the header's start.
    pub mod numbered in "IEEE 802.2 clause 5.3" {
        group CONTROL: u16 as Little = 16..32, "llc.control", "Control";
        tile SENT: u8 = 16..23 if is_information, "llc.control.n_s", "Send number";
        tile INFORMATION: u8 = 23..24 if is_information, "llc.control.ftype", "Frame type";
        tile RESERVED: u8 = 16..20 if is_supervisory, "llc.control.reserved", "Reserved";
        tile FUNCTION: u8 = 20..22 if is_supervisory, "llc.control.s_ftype", "Function";
        tile SUPERVISORY: u8 = 22..24 if is_supervisory, "llc.control.ftype", "Frame type";
        tile RECEIVED: u8 = 24..31, "llc.control.n_r", "Receive number";
        tile POLL: bool = 31..32 if is_command, "llc.control.p", "Poll";
        tile FINAL: bool = 31..32 if is_response, "llc.control.f", "Final";
    }
}

/// What the registry needs to know.
pub const PROTOCOL: Protocol = Protocol {
    prefix: "llc",
    name: "Logical Link Control",
    spec: "IEEE 802.2",
    fields: FIELDS,
    tables: &[numbered::FIELDS],
    length: Llc::LEN,
    peel,
    needed,
    sections: |header, cursor| match cursor.at {
        3 if !is_unnumbered(header) && header.len() >= 4 => cursor.go_on(numbered::FIELDS, 4),
        _ => None,
    },
    announce: Some(Announce { field: &DSAP.info, numbers: Numbers::Own(number), nothing: None }),
    // What is sent to a protocol comes from the same one.
    fill: |bytes, completion| {
        completion.auto(bytes, &SSAP, DSAP.read(bytes).unwrap_or_default());
        completion.auto(bytes, &CONTROL, 0x03);
        Ok(())
    },
    summary: &[
        Phrase::Text("LLC "),
        Phrase::Value(&SSAP.info),
        Phrase::Text(" > "),
        Phrase::Value(&DSAP.info),
        Phrase::Text(", "),
        Phrase::Content,
    ],
    ..Protocol::PLAIN
};

/// The access point, of frames that are not numbered: IPv4, or SNAP.
#[inline(always)]
pub fn peel(bytes: &[u8]) -> Option<Peel<'_, Next>> {
    let header = needed(bytes);
    let (front, content) = bytes.split_at_checked(header)?;
    let next = match (DSAP.read(front)?, SSAP.read(front)?) {
        (LlcSap::SNAP, LlcSap::SNAP) if is_unnumbered(front) => Some(Next::Kind(Kind::SNAP)),
        (LlcSap::DOD_IP, _) if is_unnumbered(front) => Some(Next::EtherType(EtherType::IPV4.0)),
        _ => None,
    };
    Some(Peel { header, content, tail: 0, next })
}

/// The access point of what follows.
fn number(kind: Kind, _: Option<u16>) -> Option<u16> {
    match kind {
        Kind::SNAP => Some(LlcSap::SNAP.0.into()),
        Kind::IPV4 => Some(LlcSap::DOD_IP.0.into()),
        _ => None,
    }
}

fn needed(bytes: &[u8]) -> usize {
    if bytes.len() >= Llc::LEN && !is_unnumbered(bytes) { 4 } else { Llc::LEN }
}

fn control(header: &[u8]) -> u8 {
    CONTROL.read(header).unwrap_or(3)
}

fn is_unnumbered(header: &[u8]) -> bool {
    control(header) & 3 == 3
}

fn is_supervisory(header: &[u8]) -> bool {
    control(header) & 3 == 1
}

fn is_information(header: &[u8]) -> bool {
    control(header) & 1 == 0
}

fn is_response(header: &[u8]) -> bool {
    IS_RESPONSE.read(header) == Some(true)
}

fn is_command(header: &[u8]) -> bool {
    !is_response(header)
}

fn is_unnumbered_command(header: &[u8]) -> bool {
    is_unnumbered(header) && is_command(header)
}

fn is_unnumbered_response(header: &[u8]) -> bool {
    is_unnumbered(header) && is_response(header)
}

impl Llc {
    /// The header of a frame of unnumbered information, which is what carries IP; the access points are filled in
    /// from what follows when the packet is written.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> Builder<Self> {
        Builder::<Self>::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 802.2 clause 5.2: the low bits of the control field say how long it is.
    #[test]
    fn control_of_one_byte_or_two() {
        let unnumbered = [0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00];
        assert_eq!(super::peel(&unnumbered).unwrap().header, 3);
        assert_eq!(super::peel(&unnumbered).unwrap().next, Some(Next::Kind(Kind::SNAP)));
        let supervisory = [0xf0, 0xf1, 0x01, 0x7f];
        let peel = super::peel(&supervisory).unwrap();
        assert_eq!((peel.header, peel.next), (4, None));
        assert!(super::peel(&supervisory[..3]).is_none());
        assert_eq!(numbered::RECEIVED.read(&supervisory), Some(63));
        // A test frame to IP (RFC 1042), and an access point that nobody knows.
        assert_eq!(super::peel(&[0x06, 0x06, 0xf3]).unwrap().next, Some(Next::EtherType(0x0800)));
        assert_eq!(super::peel(&[0x42, 0x42, 0x03]).unwrap().next, None);
    }
}
