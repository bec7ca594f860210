extern crate alloc;

use super::*;
use crate::field::Mac;
use crate::names::{DuidType, HardwareType};

/// A SOLICIT of Windows (mercury, emix.pcap, BSD-2-Clause).
const SOLICIT: [u8; 113] = [
    0x01, 0x10, 0xc6, 0x96, 0x00, 0x08, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x0e, 0x00, 0x01, 0x00,
    0x01, 0x16, 0xce, 0xe1, 0xc8, 0x52, 0x54, 0x00, 0x79, 0xb1, 0x46, 0x00, 0x03, 0x00, 0x0c, 0x0e, 0x52,
    0x54, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x27, 0x00, 0x23, 0x00, 0x0a, 0x57,
    0x49, 0x4e, 0x44, 0x4f, 0x57, 0x53, 0x37, 0x2d, 0x33, 0x02, 0x73, 0x34, 0x05, 0x68, 0x6f, 0x77, 0x74,
    0x6f, 0x08, 0x61, 0x62, 0x61, 0x72, 0x74, 0x6c, 0x65, 0x74, 0x03, 0x6e, 0x65, 0x74, 0x00, 0x00, 0x10,
    0x00, 0x0e, 0x00, 0x00, 0x01, 0x37, 0x00, 0x08, 0x4d, 0x53, 0x46, 0x54, 0x20, 0x35, 0x2e, 0x30, 0x00,
    0x06, 0x00, 0x08, 0x00, 0x18, 0x00, 0x17, 0x00, 0x11, 0x00, 0x27,
];

/// What dnsmasq tells a relay agent of dhclient's RELEASE (`fixtures/dhcpv6-relay.pcap`).
const RELAYED: [u8; 100] = [
    0x0d, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
    0x00, 0x12, 0x00, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x09, 0x00, 0x36, 0x07, 0xf7, 0x00, 0x98, 0x00,
    0x01, 0x00, 0x0a, 0x00, 0x03, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x02, 0x00, 0x0a,
    0x00, 0x03, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x0b, 0x00, 0x0d, 0x00, 0x12, 0x00, 0x00, 0x72,
    0x65, 0x6c, 0x65, 0x61, 0x73, 0x65, 0x20, 0x72, 0x65, 0x63, 0x65, 0x69, 0x76, 0x65, 0x64,
];

#[test]
fn reads_what_windows_sends() {
    let solicit = Dhcpv6::view(&SOLICIT[..]).unwrap();
    assert_eq!((solicit.message_type(), solicit.transaction_id()), (Dhcpv6MessageType::SOLICIT, 0x10c696));
    let duid = solicit.client_id().unwrap();
    assert_eq!(duid.duid_type(), Some(DuidType::LLT));
    assert_eq!(duid.mac(), Some(Mac([0x52, 0x54, 0, 0x79, 0xb1, 0x46])));
    assert_eq!(duid.time(), Some(0x16ce_e1c8));
    assert_eq!(duid.link_layer().unwrap().0, HardwareType::ETHERNET);
    assert!(solicit.server_id().is_none() && solicit.link_address().is_none());
    let codes: Vec<u16> = solicit.requested().map(|code| code.0).collect();
    assert_eq!(codes, [24, 23, 17, 39]);
    let codes: Vec<u16> = solicit.options().map(|option| option.code.0).collect();
    assert_eq!(codes, [8, 1, 3, 39, 16, 6]);
    let mut cursor = Cursor::new(Dhcpv6::LEN);
    let sections = core::iter::from_fn(|| (PROTOCOL.sections)(&SOLICIT, &mut cursor));
    let places: Vec<_> = sections.map(|section| (section.fields[0].name, section.start)).collect();
    let expected = [
        ("dhcpv6.option", 4),
        ("dhcpv6.option.type", 4),
        ("dhcpv6.elapsed_time", 8),
        ("dhcpv6.option", 10),
        ("dhcpv6.option.type", 10),
        ("dhcpv6.duid.bytes", 14),
        ("dhcpv6.option", 28),
        ("dhcpv6.option.type", 28),
        ("dhcpv6.iaid", 32),
        ("dhcpv6.option", 44),
        ("dhcpv6.option.type", 44),
        ("dhcpv6.client_fqdn_flags", 48),
        ("dhcpv6.option", 83),
        ("dhcpv6.option.type", 83),
        ("dhcpv6.vendorclass.enterprise", 87),
        ("dhcpv6.vendorclass.length", 91),
        ("dhcpv6.option", 101),
        ("dhcpv6.option.type", 101),
        ("dhcpv6.requested_option_code", 105),
        ("dhcpv6.requested_option_code", 107),
        ("dhcpv6.requested_option_code", 109),
        ("dhcpv6.requested_option_code", 111),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_relayed_message_is_what_its_header_carries() {
    let relay = Dhcpv6::view(&RELAYED[..]).unwrap();
    assert_eq!(relay.hop_count(), Some(0));
    assert_eq!(relay.link_address(), "2001:db8:1::1".parse().ok());
    assert_eq!(relay.peer_address(), "fe80::a".parse().ok());
    let reply = relay.relayed().unwrap();
    assert_eq!((reply.message_type(), reply.transaction_id()), (Dhcpv6MessageType::REPLY, 0xf7_0098));
    let (code, text) = reply.statuses().next().unwrap();
    assert_eq!((code, text.0), (Dhcpv6StatusCode::SUCCESS, &b"release received"[..]));
    let peeled = peel(&RELAYED).unwrap();
    assert_eq!((peeled.header, peeled.content, peeled.tail), (46, reply.bytes(), 0));
    // With the message in front, what stood before it is its tail.
    let mut turned = RELAYED;
    turned[34..].rotate_left(8);
    let peeled = peel(&turned).unwrap();
    assert_eq!((peeled.header, peeled.content, peeled.tail), (38, reply.bytes(), 8));
    assert_eq!(turned[92..], RELAYED[34..42]);
    assert_eq!(
        Dhcpv6::view(&turned[..]).unwrap().option(Dhcpv6Option::INTERFACE_ID),
        Some(&[1, 0, 0, 0][..])
    );
    // Cut in the message: what is there is still inside.
    let peeled = peel(&RELAYED[..60]).unwrap();
    assert_eq!((peeled.header, peeled.content.len(), peeled.tail), (46, 14, 0));
    assert!(peel(&RELAYED[..33]).is_none());
}

#[test]
fn builds_what_real_software_sends() {
    let (link, peer) = ("2001:db8:1::1".parse().unwrap(), "fe80::a".parse().unwrap());
    let relay = Dhcpv6::relay_reply(0, link, peer).option(Dhcpv6Option::INTERFACE_ID, &[1, 0, 0, 0]);
    let reply = Dhcpv6::new(Dhcpv6MessageType::REPLY, 0xf7_0098)
        .client_id(Mac([2, 0, 0, 0, 0, 0x0a]))
        .server_id(Mac([2, 0, 0, 0, 0, 0x0b]))
        .status(Dhcpv6StatusCode::SUCCESS, "release received");
    let mut buffer = [0; 200];
    assert_eq!((relay / reply).write(&mut buffer).unwrap(), RELAYED);
    // Relay in relay: each length is that of what lies inside.
    let twice = (relay / relay / reply).write(&mut buffer).unwrap();
    let outer = Dhcpv6::view(&*twice).unwrap();
    assert_eq!(outer.relayed().unwrap().bytes(), RELAYED);
    // More than there is room for is said.
    let long = reply.option(Dhcpv6Option::INTERFACE_ID, &[0; 1000]);
    assert!(long.bytes().is_err());
}

#[test]
fn addresses_and_prefixes_are_nested() {
    let address = Address { address: "2001:db8::5".parse().unwrap(), preferred: 1800, valid: 3600 };
    let prefix = Prefix { prefix: "2001:db8:7::".parse().unwrap(), length: 48, preferred: 1800, valid: 3600 };
    let reply = Dhcpv6::new(Dhcpv6MessageType::REPLY, 7)
        .ia_na(1, 900, 1440, &[address, address])
        .ia_pd(2, 900, 1440, &[prefix])
        .option_with(Dhcpv6Option::IA_NA, &[0; 12], |ia| ia.status(Dhcpv6StatusCode::NO_ADDRS_AVAIL, "none"));
    let reply = Dhcpv6::view(reply.bytes().unwrap()).unwrap();
    assert!(reply.addresses().eq([address, address]));
    assert!(reply.prefixes().eq([prefix]));
    let mut line = alloc::string::String::new();
    words(reply.bytes(), &mut line).unwrap();
    assert_eq!(line, "Reply, 0x000007, 2001:db8::5, 2001:db8::5, 2001:db8:7::/48, NoAddrsAvail: none");
}
