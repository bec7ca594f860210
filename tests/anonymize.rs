//! Anonymising: prefixes, what stays, and that no address is left behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::{Captured, fixtures};
use layercake::edit::Anonymizer;
use layercake::field::{Mac, Role, Value, Verdict};
use layercake::packet::{Decoder, Frame, Packet};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::{self, Udp};
use proptest::prelude::*;

type Owned = Packet<Vec<u8>>;

fn key() -> Anonymizer {
    Anonymizer::of_text("a key for tests")
}

fn owned(captured: &Captured) -> Owned {
    let frame = captured.frame();
    Decoder::new().packet(frame.with(frame.bytes.to_vec()))
}

/// What is shown as an address and is none.
const NO_ADDRESSES: [&str; 4] =
    ["dhcp.cookie", "dhcp.option.policy_filter.subnet_mask", "dhcp.option.subnet_mask", "icmp.address_mask"];

/// The fields that hold an address, with its bytes.
fn addresses(packet: &Owned) -> Vec<(&'static str, Vec<u8>)> {
    let tiles = packet.fields().filter(|field| field.info.role == Role::Tile);
    let of = tiles.filter(|field| !NO_ADDRESSES.contains(&field.info.name));
    of.filter_map(|field| match field.value()? {
        Value::Mac(_) | Value::Ipv4(_) | Value::Ipv6(_) => Some((field.info.name, field.bytes().to_vec())),
        _ => None,
    })
    .collect()
}

fn image(bytes: &[u8]) -> Vec<u8> {
    match bytes.len() {
        4 => key().ipv4(<[u8; 4]>::try_from(bytes).unwrap().into()).octets().to_vec(),
        6 => key().mac(Mac(bytes.try_into().unwrap())).0.to_vec(),
        _ => key().ipv6(<[u8; 16]>::try_from(bytes).unwrap().into()).octets().to_vec(),
    }
}

fn verdicts(packet: &Owned) -> Vec<(usize, &'static str, u8)> {
    let kind = |verdict| match verdict {
        Verdict::Ok => 0,
        Verdict::Bad { .. } => 1,
        Verdict::Absent => 2,
        Verdict::Unfilled => 3,
        Verdict::Unchecked(_) => 4,
    };
    packet.checksums().map(|(layer, field, verdict)| (layer, field.name, kind(verdict))).collect()
}

/// Every address of every fixture becomes what it becomes elsewhere; the rest, and what is said of it, stays.
#[test]
fn the_same_everywhere() {
    let (mut packets, mut changed, mut flows) = (0, 0, BTreeMap::new());
    for captured in fixtures() {
        let before = owned(&captured);
        let mut after = before.clone();
        changed += after.anonymize(&key());
        packets += 1;
        let context = format!("{} {}", captured.file, captured.number);
        let expected: Vec<_> =
            addresses(&before).into_iter().map(|(name, bytes)| (name, image(&bytes))).collect();
        assert_eq!(addresses(&after), expected, "{context}");
        assert_eq!(verdicts(&after), verdicts(&before), "{context}");
        let codes = |packet: &Owned| packet.findings().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes(&after), codes(&before), "{context}");
        assert!(after.names().eq(before.names()), "{context}");
        // Nothing but addresses and checksums is another.
        let others = |packet: &Owned| -> Vec<(&'static str, Vec<u8>)> {
            let tiles = packet.fields().filter(|field| field.info.role == Role::Tile);
            let others = tiles.filter(|field| {
                let name = field.info.name;
                !matches!(field.value(), Some(Value::Mac(_) | Value::Ipv4(_) | Value::Ipv6(_)))
                    && !name.contains("checksum")
                    && !["mip6.csum", "sctp.checksum", "eth.fcs"].contains(&name)
                    && !AS_BYTES.contains(&name)
            });
            others.map(|field| (field.info.name, field.bytes().to_vec())).collect()
        };
        assert_eq!(others(&after), others(&before), "{context}");
        // Two packets of a flow stay two of a flow, and of two flows, of two.
        if let (Some(old), Some(new)) = (before.flow_key(), after.flow_key()) {
            assert_eq!(*flows.entry(old).or_insert(new), new, "{context}");
        }
    }
    let distinct: BTreeSet<_> = flows.values().collect();
    assert_eq!(distinct.len(), flows.len());
    assert!(packets > 1000 && changed > 4000 && flows.len() > 100, "{packets} {changed} {}", flows.len());
}

/// Fields that are shown as bytes or numbers, and hold addresses.
const AS_BYTES: [&str; 17] = [
    "arp.dst.hw",
    "arp.dst.proto",
    "arp.src.hw",
    "arp.src.proto",
    "dhcp.client_id.link_layer_address",
    "dhcp.option.classless_static_route.destination",
    "dhcpv6.lladdr.address",
    "dhcpv6.s46_dmr.dmr_prefix",
    "dhcpv6.s46_rule.ipv6_prefix",
    "dhcpv6.s46_v4v6bind.ipv6_prefix",
    "dns.apl.afdpart.ipv4",
    "dns.apl.afdpart.ipv6",
    "dns.eui64",
    "dns.opt.client.addr4",
    "dns.opt.client.addr6",
    "icmpv6.opt.aro.eui64",
    "icmpv6.opt.lla.bytes",
];

/// No address of a fixture that is to change stands anywhere in one, but in what is said not to be changed.
#[test]
fn none_is_left() {
    let packets: Vec<(Captured, Owned)> =
        fixtures().into_iter().map(|captured| (captured.clone(), owned(&captured))).collect();
    let (mut looked_for, mut left) = (0, BTreeSet::new());
    for (captured, before) in &packets {
        let mut after = before.clone();
        after.anonymize(&key());
        let all: BTreeSet<Vec<u8>> = addresses(before)
            .into_iter()
            .map(|(_, bytes)| bytes)
            .filter(|bytes| image(bytes) != *bytes && bytes.iter().filter(|byte| **byte != 0).count() > 2)
            .collect();
        for address in all {
            looked_for += 1;
            for at in after.bytes().windows(address.len()).enumerate().filter(|(_, part)| *part == address) {
                let field = after
                    .fields()
                    .filter(|field| field.info.role == Role::Tile)
                    .find(|field| (field.offset()..field.offset() + field.length()).contains(&at.0));
                let name = field.map(|field| field.info.name).unwrap_or_default();
                if !UNTOUCHED.contains(&name) {
                    left.insert(format!("{} {}: {address:02x?} in {name}", captured.file, captured.number));
                }
            }
        }
    }
    assert!(looked_for > 2000, "{looked_for}");
    assert!(left.is_empty(), "{left:#?}");
}

/// Where addresses may stand that nobody knows of: data that is not taken apart, and what cannot be read.
const UNTOUCHED: [&str; 8] = [
    "data.data",
    "dhcp.option.vendor.value",
    "dhcpv6.option.value",
    "nbns.data",
    "sctp.cookie",
    "sctp.parameter_state_cookie",
    "tcp.payload",
    "unparsed",
];

fn common(a: u128, b: u128) -> u32 {
    (a ^ b).leading_zeros()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn prefixes_of_ipv4(a: u32, b: u32, same in 0u32..33) {
        let b = a ^ b.checked_shr(same).unwrap_or(0);
        let image = |address: u32| key().ipv4(address.into()).to_bits();
        prop_assert_eq!((image(a) ^ image(b)).leading_zeros(), (a ^ b).leading_zeros());
    }

    /// Not with an identifier of zeros, a group, or an address of IPv4 in one.
    #[test]
    fn prefixes_of_ipv6(a: u128, b: u128, same in 0u32..129, global: bool) {
        let a = if global { a & (u128::MAX >> 3) | 1 << 125 } else { a };
        let b = a ^ b.checked_shr(same).unwrap_or(0);
        let special = |address: u128| address as u64 == 0 || address >> 120 == 0xff || address >> 120 == 0;
        prop_assume!(!special(a) && !special(b));
        let image = |address: u128| key().ipv6(Ipv6Addr::from_bits(address)).to_bits();
        prop_assert_eq!(common(image(a), image(b)), common(a, b));
        prop_assert_eq!(image(a) >> 125 == 1, a >> 125 == 1);
    }

    /// What agrees before agrees afterwards: an address of Ethernet, the interface identifier that it makes, the solicited-node
    /// group of that, and its address of Ethernet.
    #[test]
    fn all_parts_agree(vendor: [u8; 3], station: [u8; 3], network: u64) {
        let [a, b, c] = vendor;
        let [d, e, f] = station;
        let made = |Mac([a, b, c, d, e, f]): Mac, network: u64| {
            let host = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
            Ipv6Addr::from_bits((u128::from(network) << 64) | u128::from(host))
        };
        let group = |address: Ipv6Addr| {
            let [.., d, e, f] = address.octets();
            let [.., low, last] = [u16::from_be_bytes([0xff, d]), u16::from_be_bytes([e, f])];
            (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, low, last), Mac([0x33, 0x33, 0xff, d, e, f]))
        };
        let mac = Mac([a & 0xfe, b, c, d, e, f]);
        prop_assume!(mac != Mac::default());
        let new = key().mac(mac);
        prop_assert_eq!((new.is_group(), new.is_local()), (mac.is_group(), mac.is_local()));
        for network in [network >> 3 | 1 << 61, 0xfe80 << 48] {
            let address = key().ipv6(made(mac, network));
            prop_assert_eq!(address.to_bits() as u64, made(new, 0).to_bits() as u64);
            let (ip, ethernet) = group(made(mac, network));
            prop_assert_eq!((key().ipv6(ip), key().mac(ethernet)), group(address));
        }
    }

    #[test]
    fn addresses_of_ipv4_inside(address: u32) {
        let new = key().ipv4(address.into());
        prop_assert_eq!(key().ipv6(Ipv4Addr::from(address).to_ipv6_mapped()), new.to_ipv6_mapped());
        let translated = |address: Ipv4Addr| Ipv6Addr::from_bits((0x64_ff9b << 96) | u128::from(address.to_bits()));
        prop_assert_eq!(key().ipv6(translated(address.into())), translated(new));
    }

    /// However many addresses there are.
    #[test]
    fn any_number_of_addresses(count in 0usize..200) {
        let mut message = vec![0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0];
        message.extend((count as u16).to_be_bytes());
        message.extend([239, 1, 2, 3]);
        message.extend((0..count as u32).flat_map(|n| (0xc633_6400 + n * 77).to_be_bytes()));
        let ip = Ipv4::new([192, 0, 2, 1].into(), [224, 0, 0, 22].into()).protocol(2.into());
        let mut packet = Decoder::new().packet(Frame::raw((ip / &message[..]).to_vec().unwrap()));
        prop_assert_eq!(packet.anonymize(&key()), count + 1);
        let sources = packet.fields().filter(|field| field.info.name == "igmp.saddr");
        let all: Vec<_> = sources.filter_map(|field| field.value()).collect();
        let expected: Vec<_> =
            (0..count as u32).map(|n| Value::Ipv4(key().ipv4((0xc633_6400 + n * 77).into()))).collect();
        prop_assert_eq!(all, expected);
    }
}

#[test]
fn what_stays() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.1.2.3",
        "224.0.0.251",
        "239.255.255.250",
        "255.255.255.255",
        "255.255.255.0",
        "::",
        "::1",
        "ff02::1",
        "ff02::fb",
        "ff05::1:3",
        "ff02::2:ff12:3456",
        "2001:db8::",
    ] {
        let address: IpAddr = address.parse().unwrap();
        match address {
            IpAddr::V4(address) => assert_eq!(key().ipv4(address), address),
            IpAddr::V6(address) if address.segments()[0] == 0x2001 => {
                let image = key().ipv6(address).to_bits();
                assert_eq!((image as u64, image >> 125), (0, 1), "no host");
            }
            IpAddr::V6(address) => assert_eq!(key().ipv6(address), address),
        }
    }
    for bytes in
        [[0; 6], [0xff; 6], [1, 0, 0x5e, 0, 0, 0xfb], [0x33, 0x33, 0, 0, 0, 1], [1, 0x80, 0xc2, 0, 0, 0]]
    {
        assert_eq!(key().mac(Mac(bytes)).0, bytes);
    }
    // Link-local ones stay so, unique local ones too, and their hosts do not.
    let link_local = key().ipv4([169, 254, 7, 9].into());
    assert!(link_local.is_link_local() && link_local.octets() != [169, 254, 7, 9]);
    for (address, bits) in [("fe80::1234:5678:9abc:def0", 64), ("fd12:3456:789a::77", 7)] {
        let address: Ipv6Addr = address.parse().unwrap();
        let image = key().ipv6(address);
        assert!(common(address.to_bits(), image.to_bits()) >= bits && image != address, "{address} {image}");
        assert!(common(address.to_bits() << 64, image.to_bits() << 64) < 64);
    }
    // A group made of a network's prefix (RFC 3306) does not give that away: 32 bits of it here.
    let group: Ipv6Addr = "ff3e:20:2001:db8::1234".parse().unwrap();
    let network: Ipv6Addr = "2001:db8::".parse().unwrap();
    let [_, _, a, b, rest @ ..] = key().ipv6(group).segments();
    assert_eq!([a, b], key().ipv6(network).segments()[..2]);
    assert_eq!(rest, [0, 0, 0, 0x1234]);
}

/// What the network card is to fill in is left to it, and what is wrong stays wrong by as much.
#[test]
fn checksums() {
    let cake = |udp| {
        let ip = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let ethernet = Ethernet::new(Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2]));
        Decoder::new().packet(Frame::ethernet((ethernet / ip / udp / b"payload").to_vec().unwrap()))
    };
    let right = cake(Udp::new(1, 2)).get::<Udp>().unwrap().checksum();
    let mut wrong = cake(Udp::new(1, 2).checksum(right.wrapping_add(5)));
    wrong.anonymize(&key());
    let Verdict::Bad { found, right } = wrong.checksums().nth(1).unwrap().2 else { panic!() };
    assert_eq!((found + 0xffff - right) % 0xffff, 5);
    let mut unfilled = cake(Udp::new(1, 2));
    let pseudo =
        layercake::checksum::Pseudo::v4([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).sum(17, 15).fold();
    unfilled.set(&udp::CHECKSUM, pseudo).unwrap();
    assert_eq!(unfilled.checksums().nth(1).unwrap().2, Verdict::Unfilled);
    assert_eq!(unfilled.anonymize(&key()), 4);
    assert_eq!(unfilled.checksums().nth(1).unwrap().2, Verdict::Unfilled);
}
