//! UDP: RFC 4787.

use std::time::Duration;

use layercake::packet::{Decoder, Frame};
use layercake::stack::nat::{Filtering, Protocol};
use layercake::stack::{DropReason, Errno, Kind, SocketOption};
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::Udp;

use super::*;
use crate::services::wires::bytes;

/// REQ-1: whoever it is sent to, an address and port inside have one port outside.
#[test]
fn the_mapping_does_not_depend_on_the_destination() {
    let mut net = house();
    let (a, x, x2, y) = (net.udp(A, 5000), net.udp(X, 7001), net.udp(X, 7002), net.udp(Y, 7001));
    for (host, socket, to) in
        [(X, x, "198.51.100.1:7001"), (X, x2, "198.51.100.1:7002"), (Y, y, "203.0.113.20:7001")]
    {
        assert_eq!(net.seen((A, a), (host, socket), to).as_deref(), Some("203.0.113.1:5000"));
    }
    let text: Vec<String> = mappings(&net).iter().map(ToString::to_string).collect();
    assert_eq!(text, ["udp 10.0.0.1:5000 = port 5000, 3 sessions"]);
    // And back.
    net.send(X, x, b"answer", "203.0.113.1:5000");
    assert_eq!(net.received(A, a), Some((b"answer".to_vec(), "198.51.100.1:7001".into())));
}

/// REQ-3, REQ-3a, REQ-4; RFC 7857 sections 9 and 10: the port is kept where it is free; another one is of the same class and parity, and no two
/// hosts share one. TCP and UDP have ports of their own (RFC 7857 section 5).
#[test]
fn another_port_is_of_the_same_class_and_parity() {
    let mut net = house();
    let x = net.udp(X, 7001);
    for port in [5000, 5001, 123, 80] {
        let mut ports = Vec::new();
        for host in [A, B, C] {
            let socket = net.udp(host, port);
            let seen = net.seen((host, socket), (X, x), "198.51.100.1:7001").unwrap();
            ports.push(seen.strip_prefix("203.0.113.1:").unwrap().parse::<u16>().unwrap());
        }
        assert_eq!(ports[0], port);
        assert!(ports[1] != port && ports[2] != port && ports[1] != ports[2], "{ports:?}");
        assert!(
            ports.iter().all(|other| other % 2 == port % 2 && (*other < 1024) == (port < 1024)),
            "{ports:?}"
        );
        assert!(ports[1].abs_diff(ports[2]) > 2 || port < 1024, "{ports:?} can be guessed");
    }
    let listener = net.listen(X, "198.51.100.1:80");
    let client = net.stack(A).socket(Kind::Stream).unwrap();
    net.stack(A).bind(client, "10.0.0.1:5000".parse().unwrap()).unwrap();
    let now = net.now;
    net.stack(A).connect(now, client, "198.51.100.1:80".parse().unwrap()).unwrap();
    net.run(SECOND);
    assert_eq!(net.stack(X).accept(listener).unwrap().1.to_string(), "203.0.113.1:5000");
}

/// The router's own sockets share the address: neither takes a port that the other has.
#[test]
fn the_router_keeps_its_own_ports() {
    let mut net = house();
    let (x, own) = (net.udp(X, 7001), net.udp(NAT, 5000));
    let a = net.udp(A, 5000);
    let seen = net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    assert_ne!(seen, "203.0.113.1:5000");
    assert_eq!(net.seen((NAT, own), (X, x), "198.51.100.1:7001").as_deref(), Some("203.0.113.1:5000"));
    net.send(X, x, b"for the router", "203.0.113.1:5000");
    assert_eq!(net.received(NAT, own).unwrap().0, b"for the router");
    // The reverse.
    let port: u16 = seen.strip_prefix("203.0.113.1:").unwrap().parse().unwrap();
    let other = net.stack(NAT).socket(Kind::Datagram).unwrap();
    for address in ["203.0.113.1", "0.0.0.0"] {
        let taken = net.stack(NAT).bind(other, format!("{address}:{port}").parse().unwrap());
        assert_eq!(taken, Err(Errno::EADDRINUSE));
    }
    net.stack(NAT).bind(other, format!("10.0.0.254:{port}").parse().unwrap()).unwrap();
    // One that is chosen.
    net.stack(NAT).set_ephemeral_ports((port, port));
    let third = net.stack(NAT).socket(Kind::Datagram).unwrap();
    let now = net.now;
    assert_eq!(
        net.stack(NAT).connect(now, third, "198.51.100.1:7001".parse().unwrap()),
        Err(Errno::EADDRNOTAVAIL)
    );
    // Neither does a forwarded port.
    let inside = "10.0.0.1:1".parse().unwrap();
    let forward = Forward { protocol: Protocol::Udp, port: 5000, inside };
    assert_eq!(net.stack(NAT).add_forward(forward), Err(Errno::EADDRINUSE));
}

/// REQ-5, REQ-5c: five minutes, to the second. REQ-6: by what goes out alone.
#[test]
fn a_udp_mapping_lasts_five_minutes_behind_the_last_packet_out() {
    let mut net = house();
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    net.run(SECOND * 200);
    // Out: it begins again. The packet passes the router a millisecond later.
    let last_out = net.now + Duration::from_millis(1);
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    for _ in 0..29 {
        net.run(SECOND * 10);
        net.send(X, x, b"in", "203.0.113.1:5000");
        assert!(net.received(A, a).is_some());
    }
    let session = net.hosts[NAT].stack.nat().unwrap().sessions().next().unwrap();
    assert_eq!((session.until, session.answered), (last_out + SECOND * 300, true));
    net.run((last_out + SECOND * 300) - net.now - Duration::from_millis(5));
    assert_eq!(mappings(&net).len(), 1);
    net.run(Duration::from_millis(5));
    assert_eq!(mappings(&net).len(), 0);
    net.send(X, x, b"too late", "203.0.113.1:5000");
    assert_eq!(net.received(A, a), None);
}

/// REQ-5b: another time, if that is wanted.
#[test]
fn timers_can_be_configured() {
    let mut net = house_with(|nat| nat.udp = SECOND * 120);
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    net.run(Duration::from_millis(119_900));
    assert_eq!(mappings(&net).len(), 1);
    net.run(SECOND);
    assert_eq!(mappings(&net).len(), 0);
}

/// REQ-8, REQ-11: who may answer is as configured, and stays so.
#[test]
fn filtering_is_as_configured() {
    for (filtering, other_port, other_host) in [
        (Filtering::Endpoint, true, true),
        (Filtering::Address, true, false),
        (Filtering::AddressAndPort, false, false),
    ] {
        let mut net = house_with(|nat| nat.filtering = filtering);
        let (a, x, x2, y) = (net.udp(A, 5000), net.udp(X, 7001), net.udp(X, 7002), net.udp(Y, 7001));
        net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
        for _ in 0..3 {
            for (host, socket, passes) in [(X, x, true), (X, x2, other_port), (Y, y, other_host)] {
                net.send(host, socket, b"hello", "203.0.113.1:5000");
                assert_eq!(net.received(A, a).is_some(), passes, "{filtering:?} {host}");
            }
        }
        let filtered = 3 * (u64::from(!other_port) + u64::from(!other_host));
        assert_eq!(drops(&net, DropReason::NatFiltered), filtered);
        // Silently: nothing is sent back.
        assert_eq!((errors(&net, NAT, FAR), errors(&net, NAT, Y)), (Vec::new(), Vec::new()));
    }
}

/// REQ-9, REQ-9a: two hosts inside talk by the outside address, and see each other there.
#[test]
fn datagrams_turn_back() {
    for filtering in ALL_FILTERS {
        let mut net = house_with(|nat| nat.filtering = filtering);
        let (a, b) = (net.udp(A, 5000), net.udp(B, 6000));
        // B opens its port towards where A will be seen.
        net.send(B, b, b"first", "203.0.113.1:5000");
        let x = net.udp(X, 7001);
        assert_eq!(net.seen((B, b), (X, x), "198.51.100.1:7001").as_deref(), Some("203.0.113.1:6000"));
        if filtering != Filtering::Endpoint {
            assert_eq!(net.seen((A, a), (B, b), "203.0.113.1:6000"), None, "B has sent nothing there");
            net.send(B, b, b"now", "203.0.113.1:5000");
        }
        let seen = net.seen((A, a), (B, b), "203.0.113.1:6000");
        assert_eq!(seen.as_deref(), Some("203.0.113.1:5000"), "{filtering:?}");
        net.send(B, b, b"back", "203.0.113.1:5000");
        let (data, from) = std::iter::from_fn(|| net.received(A, a)).last().unwrap();
        assert_eq!((data.as_slice(), from.as_str()), (&b"back"[..], "203.0.113.1:6000"));
    }
}

/// REQ-10, RFC 5382 REQ-6: what is said in the payload is nobody's business.
#[test]
fn payloads_are_left_alone() {
    let mut net = house();
    let (a, x) = (net.udp(A, 5060), net.udp(X, 5060));
    let words = b"Contact: <sip:a@10.0.0.1:5060>\r\nPORT 10,0,0,1,19,136\r\n";
    net.send(A, a, words, "198.51.100.1:5060");
    assert_eq!(net.received(X, x), Some((words.to_vec(), "203.0.113.1:5060".into())));
}

/// A forwarded port is open to all, whatever the filter says, and what comes back leaves by it.
#[test]
fn a_port_is_forwarded() {
    let mut net = house_with(|nat| nat.filtering = Filtering::AddressAndPort);
    forward(&mut net, Protocol::Udp, 7001, "10.0.0.2:7353");
    let (b, x, y) = (net.udp(B, 7353), net.udp(X, 4000), net.udp(Y, 4000));
    for (host, socket, from) in [(X, x, "198.51.100.1:4000"), (Y, y, "203.0.113.20:4000")] {
        net.send(host, socket, b"query", "203.0.113.1:7001");
        assert_eq!(net.received(B, b), Some((b"query".to_vec(), from.into())));
        net.send(B, b, b"answer", from);
        assert_eq!(net.received(host, socket), Some((b"answer".to_vec(), "203.0.113.1:7001".into())));
    }
    // Long afterwards too; and from inside.
    net.run(SECOND * 1000);
    net.send(X, x, b"again", "203.0.113.1:7001");
    assert!(net.received(B, b).is_some());
    let a = net.udp(A, 4000);
    net.send(A, a, b"inside", "203.0.113.1:7001");
    assert_eq!(net.received(B, b).unwrap().1, "203.0.113.1:4000");
    // Until it is not.
    assert!(net.stack(NAT).remove_forward(Protocol::Udp, 7001));
    assert!(!net.stack(NAT).remove_forward(Protocol::Udp, 7001));
    net.send(X, x, b"gone", "203.0.113.1:7001");
    assert_eq!(net.received(B, b), None);
    for (port, inside) in
        [(0, "10.0.0.2:1"), (1, "10.0.0.2:0"), (1, "0.0.0.0:1"), (1, "224.0.0.1:1"), (1, "127.0.0.1:1")]
    {
        let wrong = Forward { protocol: Protocol::Udp, port, inside: inside.parse().unwrap() };
        assert_eq!(net.stack(NAT).add_forward(wrong), Err(Errno::EINVAL));
    }
}

/// REQ-13, REQ-13a: too long for the link outside: told about, or cut in order.
#[test]
fn what_is_too_long_is_told_about_or_cut() {
    let mut net = house_over([1500, 1000, 1500], |_| ());
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    let long = bytes(1400);
    net.send(A, a, &long, "198.51.100.1:7001");
    assert_eq!(net.received(X, x), None);
    let told = errors(&net, NAT, A);
    assert_eq!(told, [Told::of(3, 4, "10.0.0.254", "10.0.0.1", ["10.0.0.1:5000", "198.51.100.1:7001"])]);
    // A knows now, and cuts by itself; with DF clear the router has to. Its own MTU was learned: another host.
    let b = net.udp(B, 5000);
    net.stack(B).set_option(b, SocketOption::Fragment(true)).unwrap();
    net.log.clear();
    net.send(B, b, &long, "198.51.100.1:7001");
    assert_eq!(net.received(X, x).unwrap().0, long);
    let offsets: Vec<u16> = net
        .log
        .iter()
        .filter(|sent| sent.host == NAT && sent.interface == WAN)
        .filter_map(|sent| {
            Some(Decoder::new().packet(Frame::ethernet(&sent.frame[..])).get::<Ipv4>()?.fragment_offset())
        })
        .collect();
    assert_eq!(offsets, [0, 122]);
}

/// REQ-14: fragments in order, the other way round, and mixed; the checksum of the whole is right in the end.
#[test]
fn fragments_pass_in_any_order() {
    let mut net = house();
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    let data = bytes(4000);
    // From inside and from outside, as hosts send them.
    net.stack(A).set_option(a, SocketOption::Fragment(true)).unwrap();
    net.stack(X).set_option(x, SocketOption::Fragment(true)).unwrap();
    net.send(A, a, &data, "198.51.100.1:7001");
    assert_eq!(net.received(X, x), Some((data.clone(), "203.0.113.1:5000".into())));
    net.send(X, x, &data, "203.0.113.1:5000");
    assert_eq!(net.received(A, a), Some((data.clone(), "198.51.100.1:7001".into())));
    // In any order.
    let (inside, outside) = ("10.0.0.1".parse().unwrap(), "198.51.100.1".parse().unwrap());
    let whole = (Ipv4::new(inside, outside) / Udp::new(5000, 7001) / &data[..3000]).to_vec().unwrap();
    let parts: Vec<(u16, &[u8])> = (0..).step_by(125).zip(whole[20..].chunks(1000)).collect();
    for (number, order) in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]].into_iter().enumerate() {
        for place in order {
            let (offset, part) = parts[place];
            let header = Ipv4::new(inside, outside)
                .protocol(layercake::names::IpProtocol::UDP)
                .identification(number as u16)
                .more_fragments(place < 3)
                .fragment_offset(offset);
            net.inject(NAT, INSIDE, &(header / part));
        }
        net.run(SECOND);
        assert!(net.received(X, x).is_some_and(|(got, _)| got == data[..3000]), "{order:?}");
    }
}

/// REQ-14a: fragments without end fill what there is for fragments, and nothing else.
#[test]
fn fragments_without_a_rest_do_not_stop_whole_packets() {
    let mut net = house();
    let (a, x) = (net.udp(A, 5000), net.udp(X, 7001));
    let (inside, outside) = ("10.0.0.2".parse().unwrap(), "198.51.100.1".parse().unwrap());
    for number in 0..2000 {
        let header = Ipv4::new(inside, outside).identification(number).more_fragments(true);
        net.inject(NAT, INSIDE, &(header.protocol(layercake::names::IpProtocol::UDP) / vec![0; 1480]));
    }
    assert!(net.seen((A, a), (X, x), "198.51.100.1:7001").is_some());
    net.stack(A).set_option(a, SocketOption::Fragment(true)).unwrap();
    net.send(A, a, &bytes(4000), "198.51.100.1:7001");
    assert!(net.received(X, x).is_some(), "and fragments that come together pass");
    assert!(drops(&net, DropReason::ReassemblyEvicted) > 1900);
}

/// RFC 6864 section 5.3.1 (RFC 7857 section 10): hosts that share an address do not share numbers of fragments.
#[test]
fn identifications_are_those_of_the_address() {
    let mut net = house();
    let outside = "198.51.100.1".parse().unwrap();
    for host in 1..=3 {
        let from = std::net::Ipv4Addr::new(10, 0, 0, host);
        let packet =
            Ipv4::new(from, outside).identification(7).dont_fragment(false) / Udp::new(5000, 7001) / b"x";
        net.inject(NAT, INSIDE, &packet);
    }
    net.run(SECOND);
    let mut numbers: Vec<u16> = net
        .log
        .iter()
        .filter(|sent| sent.host == NAT && sent.interface == WAN)
        .filter_map(|sent| {
            Some(Decoder::new().packet(Frame::ethernet(&sent.frame[..])).get::<Ipv4>()?.identification())
        })
        .collect();
    assert_eq!(numbers.len(), 3);
    numbers.dedup();
    assert_eq!(numbers.len(), 3, "{numbers:?}");
}

/// RFC 768, RFC 1624: no checksum stays none; a wrong one stays wrong by as much; one that a card was to fill in stays that; and none becomes zero.
#[test]
fn checksums_change_by_what_changes() {
    let mut net = house();
    net.checked = false;
    let (inside, outside) = ("10.0.0.1".parse().unwrap(), "198.51.100.1".parse().unwrap());
    let passes = |net: &mut Net, udp| {
        net.log.clear();
        net.inject(NAT, INSIDE, &(Ipv4::new(inside, outside) / udp / b"data"));
        net.run(SECOND);
        let sent = net.log.iter().rfind(|sent| sent.host == NAT && sent.interface == WAN).unwrap();
        let packet = Decoder::new().packet(Frame::ethernet(&sent.frame[..]));
        let codes: Vec<&str> = packet.findings().map(|finding| finding.code).collect();
        (packet.get::<Udp>().unwrap().checksum(), format!("{codes:?}"))
    };
    let right = (Ipv4::new(inside, outside) / Udp::new(5000, 7001) / b"data").to_vec().unwrap();
    let right = u16::from_be_bytes([right[26], right[27]]);
    assert_eq!(passes(&mut net, Udp::new(5000, 7001)).1, "[]");
    assert_eq!(passes(&mut net, Udp::new(5000, 7001).checksum(0)), (0, "[]".into()));
    let (_, wrong) = passes(&mut net, Udp::new(5000, 7001).checksum(right ^ 0x0100));
    assert_eq!(wrong, "[\"udp.checksum.bad\"]");
    // The sum of the pseudo-header.
    let sum = layercake::checksum::Pseudo::v4(inside, outside).sum(17, 12).fold();
    let (_, offload) = passes(&mut net, Udp::new(5000, 7001).checksum(sum));
    assert_eq!(offload, "[\"udp.checksum.offload\"]");
    // Among all ports are some whose checksum comes to zero, which is written as all ones.
    let mut ones = 0;
    for data in 0..=u16::MAX {
        let udp = Udp::new(5000, 7001) / data.to_be_bytes();
        let packet = (Ipv4::new(inside, outside) / udp).to_vec().unwrap();
        let sum = u32::from(u16::from_be_bytes([packet[26], packet[27]]));
        // Only those near enough to matter are sent: the difference is the same for all.
        if data % 4096 == 0 || sum == 0xffff {
            net.log.clear();
            net.inject(NAT, INSIDE, &packet_part(&packet));
            net.run(Duration::from_millis(1));
            let sent = net.log.iter().rfind(|sent| sent.host == NAT && sent.interface == WAN).unwrap();
            let out = Decoder::new().packet(Frame::ethernet(&sent.frame[..]));
            assert_ne!(out.get::<Udp>().unwrap().checksum(), 0);
            assert_eq!(out.findings().count(), 0);
            ones += 1;
        }
    }
    assert!(ones >= 16);
}

fn packet_part(bytes: &[u8]) -> impl layercake::packet::Part + '_ {
    let header = Ipv4::new("10.0.0.1".parse().unwrap(), "198.51.100.1".parse().unwrap());
    header / Udp::new(5000, 7001) / &bytes[28..]
}

/// REQ-11, and what this project promises: the same again for the same seed.
#[test]
fn the_same_again() {
    let run = || {
        let mut net = house();
        let x = net.udp(X, 7001);
        for host in [A, B, C] {
            for port in 5000..5010 {
                let socket = net.udp(host, port);
                net.send(host, socket, b"x", "198.51.100.1:7001");
            }
        }
        std::iter::from_fn(|| net.received(X, x)).map(|(_, from)| from).collect::<Vec<_>>()
    };
    let first = run();
    assert_eq!(first.len(), 30);
    assert_eq!(first, run());
}
