//! Recordings of Linux, replayed to a host that has the address of one of those who spoke.

use super::*;
use crate::stack::DropReason;

/// The frames of a classic capture of this machine's most usual byte order.
pub(super) fn frames(name: &str) -> Vec<Vec<u8>> {
    let path = std::format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(path).unwrap();
    assert!([[0xd4, 0xc3], [0x4d, 0x3c]].contains(&[file[0], file[1]]), "{name}");
    let (mut rest, mut frames) = (&file[24..], Vec::new());
    while let Some((head, behind)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(head[8..12].try_into().unwrap()) as usize;
        frames.push(behind[..length].to_vec());
        rest = &behind[length..];
    }
    frames
}

/// What a host that has this address makes of a capture.
fn replay(name: &str, mac: &str, network: &str) -> (Network, Vec<Arrival<'static>>) {
    let mut host = super::network(false);
    let eth0 = attach(&mut host, "eth0", mac.parse().unwrap(), 1500, &[network]);
    let mut arrived = Vec::new();
    for frame in frames(name) {
        match host.receive(Time::ZERO, eth0, &frame) {
            Some(Arrival::Error(error)) => {
                let transport = error.transport.into_owned().into();
                arrived.push(Arrival::Error(IcmpError { transport, ..error }));
            }
            Some(Arrival::EchoReply { envelope, identifier, sequence, data }) => {
                let data = data.into_owned().into();
                arrived.push(Arrival::EchoReply { envelope, identifier, sequence, data });
            }
            _ => {}
        }
    }
    (host, arrived)
}

/// The station and address that sent the first packet of a kind.
fn first_sender(name: &str, wanted: impl Fn(&[u8]) -> bool) -> (std::string::String, std::string::String) {
    let frame = frames(name).into_iter().find(|frame| wanted(frame)).unwrap();
    let station = crate::wire::ethernet::Ethernet::view(&frame[..]).unwrap().source();
    let source = match frame[12..14] {
        [8, 0] => IpAddr::V4(<[u8; 4]>::try_from(&frame[26..30]).unwrap().into()),
        _ => IpAddr::V6(<[u8; 16]>::try_from(&frame[22..38]).unwrap().into()),
    };
    (std::format!("{station}"), std::format!("{source}/{}", if source.is_ipv4() { 24 } else { 64 }))
}

fn errors(arrived: &[Arrival<'_>]) -> Vec<ErrorKind> {
    arrived
        .iter()
        .filter_map(|arrival| if let Arrival::Error(error) = arrival { Some(error.kind) } else { None })
        .collect()
}

/// The MTU of the router's other link is what its errors say, over both.
#[test]
fn a_recorded_path_mtu() {
    for (version, header) in [([8, 0], 14 + 9), ([0x86, 0xdd], 14 + 6)] {
        // Whoever sent the longest segment.
        let longest =
            frames("pmtu.pcap").iter().filter(|frame| frame[12..14] == version).map(Vec::len).max().unwrap();
        let long = |frame: &[u8]| frame[12..14] == version && frame[header] == 6 && frame.len() == longest;
        let (mac, network) = first_sender("pmtu.pcap", long);
        let (_, arrived) = replay("pmtu.pcap", &mac, &network);
        let found = errors(&arrived);
        assert!(!found.is_empty(), "{mac} {network}");
        let small = |kind: &ErrorKind| matches!(kind, ErrorKind::TooBig { mtu: 1280..1500 });
        assert!(found.iter().all(small), "{found:?}");
    }
}

/// What traceroute had to go by: time exceeded of the router, port unreachable of the destination.
#[test]
fn a_recorded_traceroute() {
    for (name, version, at) in
        [("traceroute4.pcap", [8, 0], 14 + 9), ("traceroute6.pcap", [0x86, 0xdd], 14 + 6)]
    {
        let probe = |frame: &[u8]| frame[12..14] == version && frame[at] == 17;
        let (mac, network) = first_sender(name, probe);
        let (_, arrived) = replay(name, &mac, &network);
        let found = errors(&arrived);
        assert!(found.contains(&ErrorKind::HopLimit) && found.contains(&ErrorKind::Port), "{name} {found:?}");
        assert!(arrived.iter().any(|arrival| matches!(arrival, Arrival::EchoReply { .. })), "{name}");
    }
}

/// Of the damaged packets none goes up, whoever they are for.
#[test]
fn damaged_packets_are_dropped() {
    for (name, reason) in [
        ("ip-total-length-beyond-frame", DropReason::IpMalformed),
        ("ip-header-length-too-small", DropReason::IpMalformed),
        ("ip-checksum-bad", DropReason::IpChecksum),
        ("ip-version-not-4", DropReason::IpMalformed),
        ("ipv4-option-length-zero", DropReason::IpOptions),
        ("ipv4-option-length-beyond-header", DropReason::IpOptions),
        ("ipv4-fragment-beyond-65535", DropReason::IpFragment),
        ("ipv4-fragment-length-odd", DropReason::IpFragment),
        ("ipv6-version-not-6", DropReason::IpMalformed),
        ("ipv6-payload-length-beyond-frame", DropReason::IpMalformed),
        ("ipv6-hop-by-hop-length-beyond-frame", DropReason::IpMalformed),
        ("ipv6-option-length-beyond-header", DropReason::IpOptions),
        ("ipv6-option-unknown", DropReason::IpOptions),
        ("ipv6-hop-by-hop-not-first", DropReason::IpOptions),
        ("ipv6-extension-chain-of-100", DropReason::IpOptions),
        ("ipv6-routing-segments-left-too-large", DropReason::IpOptions),
        ("ipv6-routing-type-0", DropReason::IpOptions),
        ("ipv6-fragment-length-odd", DropReason::IpFragment),
        ("ipv4-fragment-overlap", DropReason::IpFragment),
        ("ipv6-fragment-overlap", DropReason::IpFragment),
    ] {
        let name = std::format!("bad/{name}.pcap");
        let frame = frames(&name).remove(0);
        let station = crate::wire::ethernet::Ethernet::view(&frame[..]).unwrap().destination();
        let network = match frame[12..14] {
            [8, 0] => {
                std::format!("{}/24", std::net::Ipv4Addr::from(<[u8; 4]>::try_from(&frame[30..34]).unwrap()))
            }
            _ => {
                std::format!("{}/64", std::net::Ipv6Addr::from(<[u8; 16]>::try_from(&frame[38..54]).unwrap()))
            }
        };
        let (host, arrived) = replay(&name, &std::format!("{station}"), &network);
        assert!(arrived.is_empty());
        assert!(host.out.drops.of(reason) == 1, "{name}: {:?}", host.out.drops.iter().collect::<Vec<_>>());
    }
}
