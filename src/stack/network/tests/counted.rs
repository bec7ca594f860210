//! What gets lost is counted, and what is sent has a reason with its figures.

use std::string::ToString;

use super::*;
use crate::stack::DropReason;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

/// Each bound, one by one: how many were too many is what is counted.
#[test]
fn what_gives_way_is_counted() {
    let (mut host, eth0) = host();
    for number in 0..70 {
        let ip = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")).identification(number).protocol(IpProtocol::UDP);
        host.receive(Time::ZERO, eth0, &to_host(&(ip.more_fragments(true) / [0; 80])));
    }
    assert_eq!(host.out.drops.of(DropReason::ReassemblyEvicted), 6);
    let refused = (0..1030).filter(|_| send_udp(&mut host, Time::ZERO, "127.0.0.1", 5, false).is_err());
    assert_eq!(refused.count(), 6);
    assert_eq!(host.out.drops.of(DropReason::LoopbackQueue), 6);
    for _ in 0..1024 {
        host.looped();
    }
    for neighbour in 0..130 {
        for _ in 0..2 {
            send_udp(&mut host, Time::ZERO, &std::format!("192.0.2.{}", 20 + neighbour), 5, false).unwrap();
        }
    }
    for second in 0..20 {
        host.on_deadline(Time::new(second, 0));
    }
    assert_eq!(host.out.drops.of(DropReason::LocalErrors), 4);
    assert_eq!(core::iter::from_fn(|| host.take_local_error()).count(), 256);
    while host.neighbours.poll_event().is_some() {}
    for _ in 0..150 {
        host.add_address(Time::ZERO, eth0, "10.0.0.1/8".parse().unwrap()).unwrap();
        host.remove_address(Time::ZERO, eth0, ip("10.0.0.1"));
    }
    assert_eq!(host.out.drops.of(DropReason::AddressEvents), 300 - 256);
    for number in 0..1030u32 {
        host.learn_path_mtu(Time::ZERO, IpAddr::V4((0x0b00_0000 + number).into()), 1400);
    }
    assert_eq!(host.out.drops.of(DropReason::PathMtus), 6);
    let expected = 6 + 6 + 260 + 4 + 44 + 6;
    assert_eq!(host.out.drops.total(), expected, "{:?}", host.out.drops.iter().collect::<Vec<_>>());
}

/// The reason of the one frame that is sent for a packet.
fn because(host: &mut Network, eth0: InterfaceId, packet: &impl Part) -> std::string::String {
    let frame = to_host(packet);
    let arrival = host.receive(Time::ZERO, eth0, &frame);
    if let Some(Arrival::Datagram(datagram)) = arrival {
        let udp = datagram.envelope.protocol == IpProtocol::UDP;
        host.error(Time::ZERO, &datagram, if udp { ErrorKind::Port } else { ErrorKind::Protocol });
    }
    sent(host).remove(0).reason.to_string()
}

#[test]
fn reasons_have_their_figures() {
    let (mut host, eth0) = host_as(true);
    let ipv4 = |to: &str| Ipv4::new(v4("192.0.2.2"), v4(to));
    let ipv6 = |to: &str| Ipv6::new(v6("2001:db8::2"), v6(to));
    let ours = ipv4("192.0.2.1");
    for (text, said) in [
        (because(&mut host, eth0, &(ours / Icmpv4::echo_request(1, 7))), "echo request 7 is answered"),
        (
            because(&mut host, eth0, &(ipv6("2001:db8::1") / Icmpv6::echo_request(1, 8))),
            "echo request 8 is answered",
        ),
        (because(&mut host, eth0, &(ours / Udp::new(1, 99) / [1])), "nobody listens on port 99"),
        (
            because(&mut host, eth0, &(ipv4("192.0.2.1").protocol(IpProtocol(47)) / [0; 20])),
            "the protocol GRE is not spoken here",
        ),
        (
            because(&mut host, eth0, &(ipv6("2001:db8::1").next_header(IpProtocol(47)) / [0; 20])),
            "the protocol GRE is not spoken here",
        ),
        (
            because(
                &mut host,
                eth0,
                &(ipv6("2001:db8::1").next_header(IpProtocol(43)) / [17, 0, 9, 1, 0, 0, 0, 0]),
            ),
            "something in the headers is not understood, at byte 42",
        ),
        (
            because(&mut host, eth0, &(ipv4("198.51.100.7") / Udp::new(1, 99) / [1])),
            "a redirect: to 198.51.100.7 there is a better way by 192.0.2.254",
        ),
    ] {
        assert_eq!(text, said);
    }
    host.receive(
        Time::ZERO,
        eth0,
        &to_host(&(ours.protocol(IpProtocol::UDP).more_fragments(true) / [0; 80])),
    );
    host.on_deadline(Time::new(30, 0));
    assert_eq!(
        sent(&mut host).remove(0).reason.to_string(),
        "fragments of a datagram from 192.0.2.2 are missing"
    );
}
