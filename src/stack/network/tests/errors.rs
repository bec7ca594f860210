//! ICMP errors: which are sent about what (RFC 1122 section 3.2.2, RFC 4443 section 2.4), and which are believed.

use super::*;
use crate::stack::DropReason;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;

fn late(number: u32) -> Time {
    Time::new(number * 100, 0)
}

/// A datagram goes up, nobody listens; what is sent then.
fn refused(
    host: &mut Network,
    interface: InterfaceId,
    now: Time,
    frame: &[u8],
    kind: ErrorKind,
) -> Vec<Transmit> {
    let Some(Arrival::Datagram(datagram)) = host.receive(now, interface, frame) else { panic!() };
    host.error(now, &datagram, kind);
    sent(host)
}

#[test]
fn errors_say_what_and_quote() {
    let (mut host, eth0) = host();
    let long = [7; 1400];
    let frame = to_host(&(Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Udp::new(5000, 7) / long));
    let error = refused(&mut host, eth0, Time::ZERO, &frame, ErrorKind::Port).remove(0).frame;
    is_sound(&error);
    assert_eq!(error.len(), 14 + 576);
    assert_eq!((error[34], error[35], error[15]), (3, 3, 0xc0));
    assert_eq!(error[42..], frame[14..14 + 548]);
    let frame = to_host(&(Ipv6::new(v6("2001:db8::2"), v6("2001:db8::1")) / Udp::new(5000, 7) / long));
    let error = refused(&mut host, eth0, Time::ZERO, &frame, ErrorKind::Port).remove(0).frame;
    is_sound(&error);
    assert_eq!(error.len(), 14 + 1280);
    assert_eq!((error[54], error[55]), (1, 4));
    assert_eq!(error[62..], frame[14..14 + 1232]);
    // Nothing here speaks the protocol.
    let frame = to_host(&(Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")).protocol(IpProtocol(253)) / [1; 9]));
    let error = refused(&mut host, eth0, late(1), &frame, ErrorKind::Protocol).remove(0).frame;
    assert_eq!((error[34], error[35]), (3, 2));
    let frame =
        to_host(&(Ipv6::new(v6("2001:db8::2"), v6("2001:db8::1")).next_header(IpProtocol(253)) / [1; 9]));
    let error = refused(&mut host, eth0, late(1), &frame, ErrorKind::Protocol).remove(0).frame;
    assert_eq!((error[54], error[55], error[61]), (4, 1, 6));
}

#[test]
fn no_error_about_what_deserves_none() {
    let (mut host, eth0) = host();
    let udp = Udp::new(5000, 7) / b"hello";
    host.join(eth0, ip("239.1.2.3")).unwrap();
    for (source, destination, to) in [
        ("192.0.2.2", "192.0.2.255", Mac::BROADCAST),
        ("0.0.0.0", "255.255.255.255", Mac::BROADCAST),
        ("192.0.2.2", "239.1.2.3", Mac([1, 0, 0x5e, 1, 2, 3])),
    ] {
        let frame = frame_to(to, &(Ipv4::new(v4(source), v4(destination)) / udp));
        assert!(refused(&mut host, eth0, Time::ZERO, &frame, ErrorKind::Port).is_empty(), "{destination}");
    }
    let all = Mac([0x33, 0x33, 0, 0, 0, 1]);
    for source in ["fe80::2", "::"] {
        let frame = frame_to(all, &(Ipv6::new(v6(source), v6("ff02::1")) / udp));
        assert!(refused(&mut host, eth0, Time::ZERO, &frame, ErrorKind::Port).is_empty());
    }
    assert_eq!(host.out.drops.total(), 0);
    // Never about an error: a router would have to, when it runs out of hops.
    let (mut router, eth0) = host_as(true);
    let quote = Ipv4::new(v4("198.51.100.9"), v4("192.0.2.2")) / udp;
    let about = |message: u8, at: u8| {
        let icmp = crate::field::Builder::<Icmpv4>::empty().message_type(message.into()).append(&[at; 4]);
        to_host(&(Ipv4::new(v4("192.0.2.2"), v4("198.51.100.9")).ttl(1) / icmp / quote.to_vec().unwrap()))
    };
    for (number, (message, count)) in
        (1..).zip([(3, 0), (11, 0), (12, 0), (5, 0), (4, 0), (77, 0), (8, 1), (0, 1), (13, 1)])
    {
        assert!(router.receive(late(number), eth0, &about(message, 0)).is_none());
        assert_eq!(sent(&mut router).len(), count, "type {message}");
    }
    let quote = Ipv6::new(v6("2001:db8:9::9"), v6("2001:db8::2")) / udp;
    for (number, (message, count)) in (20..).zip([(1, 0), (2, 0), (127, 0), (137, 0), (128, 1), (129, 1)]) {
        let icmp = crate::field::Builder::<Icmpv6>::empty().message_type(message.into()).append(&[0; 4]);
        let ip = Ipv6::new(v6("2001:db8::2"), v6("2001:db8:9::9")).hop_limit(1);
        let frame = to_host(&(ip / icmp / quote.to_vec().unwrap()));
        assert!(router.receive(late(number), eth0, &frame).is_none());
        assert_eq!(sent(&mut router).len(), count, "type {message}");
    }
    // Nor about a fragment that is not the first.
    let part =
        Ipv4::new(v4("192.0.2.2"), v4("198.51.100.9")).ttl(1).protocol(IpProtocol::UDP).fragment_offset(3);
    assert!(router.receive(late(40), eth0, &to_host(&(part / [0; 20]))).is_none());
    assert!(sent(&mut router).is_empty());
}

#[test]
fn errors_are_limited() {
    let (mut host, eth0) = host();
    let frame = to_host(&(Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Udp::new(5000, 7) / b"hello"));
    let count =
        (0..100).map(|_| refused(&mut host, eth0, Time::ZERO, &frame, ErrorKind::Port).len()).sum::<usize>();
    assert_eq!((count, host.out.drops.of(DropReason::IcmpLimited)), (6, 94));
}

/// What an error quotes must be a packet of ours, with 8 bytes of what it carried.
#[test]
fn errors_about_our_packets_go_up() {
    let (mut host, eth0) = host();
    let ours = Ipv4::new(v4("192.0.2.1"), v4("198.51.100.7")).ttl(1) / Udp::new(5000, 7) / b"hello";
    let quote = ours.to_vec().unwrap();
    let from_router = Ipv4::new(v4("192.0.2.254"), v4("192.0.2.1"));
    for (message, kind) in [
        (Icmpv4::destination_unreachable(0), ErrorKind::Net),
        (Icmpv4::destination_unreachable(1), ErrorKind::Host),
        (Icmpv4::destination_unreachable(2), ErrorKind::Protocol),
        (Icmpv4::destination_unreachable(3), ErrorKind::Port),
        (Icmpv4::destination_unreachable(13), ErrorKind::Prohibited),
        (Icmpv4::fragmentation_needed(1400), ErrorKind::TooBig { mtu: 1400 }),
        (Icmpv4::time_exceeded(0), ErrorKind::HopLimit),
        (Icmpv4::time_exceeded(1), ErrorKind::ReassemblyTime),
        (Icmpv4::parameter_problem(9), ErrorKind::Parameter { code: 0, pointer: 9 }),
    ] {
        for length in 0..=quote.len() {
            let frame = to_host(&(from_router / message / &quote[..length]));
            match host.receive(Time::ZERO, eth0, &frame) {
                Some(Arrival::Error(error)) => {
                    assert!(length >= 28);
                    assert_eq!((error.kind, error.reporter), (kind, ip("192.0.2.254")));
                    assert_eq!(
                        (error.envelope.destination, error.envelope.protocol),
                        (ip("198.51.100.7"), IpProtocol::UDP)
                    );
                    assert_eq!(*error.transport, quote[20..length]);
                }
                None => assert!(length < 28),
                other => panic!("{other:?}"),
            }
        }
    }
    // RFC 1191 section 7.1: an MTU of 0 comes from a router that does not know better.
    let long = Ipv4::new(v4("192.0.2.1"), v4("198.51.100.7")) / Udp::new(5000, 7) / [0; 1472];
    let frame = to_host(&(from_router / Icmpv4::fragmentation_needed(0) / &long.to_vec().unwrap()[..28]));
    let Some(Arrival::Error(error)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
    assert_eq!(error.kind, ErrorKind::TooBig { mtu: 1492 });
    let others = Ipv4::new(v4("192.0.2.9"), v4("198.51.100.7")) / Udp::new(5000, 7) / b"hello";
    let frame = to_host(&(from_router / Icmpv4::time_exceeded(0) / others));
    is_dropped(&mut host, eth0, &frame, DropReason::IcmpUnknown);
    let ours = Ipv6::new(v6("2001:db8::1"), v6("2001:db8:7::7")) / Udp::new(5000, 7) / b"hello";
    let from_router = Ipv6::new(v6("2001:db8::fe"), v6("2001:db8::1"));
    for (message, kind) in [
        (Icmpv6::destination_unreachable(0), ErrorKind::Net),
        (Icmpv6::destination_unreachable(1), ErrorKind::Prohibited),
        (Icmpv6::destination_unreachable(3), ErrorKind::Host),
        (Icmpv6::destination_unreachable(4), ErrorKind::Port),
        (Icmpv6::packet_too_big(1280), ErrorKind::TooBig { mtu: 1280 }),
        (Icmpv6::time_exceeded(0), ErrorKind::HopLimit),
        (Icmpv6::parameter_problem(1, 6), ErrorKind::Protocol),
    ] {
        let frame = to_host(&(from_router / message / ours));
        let Some(Arrival::Error(error)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
        assert_eq!((error.kind, error.envelope.destination), (kind, ip("2001:db8:7::7")));
        assert_eq!(error.transport[..4], [0x13, 0x88, 0, 7]);
    }
}

/// RFC 1122 section 3.2.2.2: a redirect counts if it comes from the router that is asked, and leads to the same link.
#[test]
fn redirects_are_followed_for_a_while() {
    let (mut host, eth0) = host();
    knows(&mut host, eth0, "192.0.2.253", mac(0xfd));
    let ours = Ipv4::new(v4("192.0.2.1"), v4("198.51.100.7")) / Udp::new(5000, 7) / b"hello";
    let redirect = |router: &str, gateway: &str| {
        to_host(&(Ipv4::new(v4(router), v4("192.0.2.1")) / Icmpv4::redirect(1, v4(gateway)) / ours))
    };
    let next = |host: &Network, now, to: &str| host.path(now, ip(to), None, None).unwrap().next_hop;
    for (router, gateway) in [
        ("192.0.2.2", "192.0.2.253"),
        ("192.0.2.254", "203.0.113.1"),
        ("192.0.2.254", "192.0.2.1"),
        ("192.0.2.254", "224.0.0.1"),
    ] {
        is_dropped(&mut host, eth0, &redirect(router, gateway), DropReason::IcmpUnknown);
    }
    assert!(host.receive(Time::ZERO, eth0, &redirect("192.0.2.254", "192.0.2.253")).is_none());
    assert_eq!(next(&host, Time::new(299, 0), "198.51.100.7"), ip("192.0.2.253"));
    assert_eq!(next(&host, Time::new(299, 0), "198.51.100.8"), ip("192.0.2.254"));
    assert_eq!(next(&host, Time::new(300, 0), "198.51.100.7"), ip("192.0.2.254"));
    // However many there are, other routes find room.
    for number in 0..5000u32 {
        let ours = Ipv4::new(v4("192.0.2.1"), (0xcb00_0000 + number).into()) / Udp::new(5000, 7) / b"hello";
        let message = Icmpv4::redirect(1, v4("192.0.2.253"));
        host.receive(
            Time::ZERO,
            eth0,
            &to_host(&(Ipv4::new(v4("192.0.2.254"), v4("192.0.2.1")) / message / ours)),
        );
    }
    assert!(host.routes.iter().count() < 300);
}
