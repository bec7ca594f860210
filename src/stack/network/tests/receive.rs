//! In and up: which packets are for a host, and which cannot be.

use super::*;
use crate::names::{Ipv4OptionType, Ipv6OptionType, RoutingType};
use crate::stack::DropReason;
use crate::wire::icmpv4::Icmpv4;
use crate::wire::icmpv6::Icmpv6;
use crate::wire::ipv4::Ipv4;
use crate::wire::ipv6::Ipv6;
use crate::wire::ipv6_extension::destination_options::DestinationOptions;
use crate::wire::ipv6_extension::fragment::Fragment;
use crate::wire::ipv6_extension::hop_by_hop::HopByHop;
use crate::wire::ipv6_extension::routing::Routing;

fn udp4(source: &str, destination: &str) -> impl Part + use<> {
    Ipv4::new(v4(source), v4(destination)).tos(0x2b).ttl(9) / Udp::new(5000, 7) / b"hello"
}

fn udp6(source: &str, destination: &str) -> impl Part + use<> {
    Ipv6::new(v6(source), v6(destination)) / Udp::new(5000, 7) / b"hello"
}

#[test]
fn a_datagram_goes_up_as_it_lies_in_the_frame() {
    let (mut host, eth0) = host();
    let mut frame = to_host(&udp4("192.0.2.2", "192.0.2.1"));
    frame.extend([0; 13]); // padding
    let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
    let expected = Envelope {
        source: ip("192.0.2.2"),
        destination: ip("192.0.2.1"),
        protocol: IpProtocol::UDP,
        hop_limit: 9,
        traffic_class: 0x2b,
    };
    assert_eq!((datagram.envelope, datagram.cast, datagram.interface), (expected, Cast::Unicast, eth0));
    assert_eq!(datagram.payload()[8..], *b"hello");
    assert_eq!(*datagram.packet, frame[14..47]);
    let frame = to_host(&udp6("2001:db8::2", "2001:db8::1"));
    let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
    assert_eq!((datagram.payload().len(), datagram.header, datagram.protocol_at), (13, 40, 6));
    assert_eq!(host.out.drops.total(), 0);
}

/// RFC 1122 sections 3.2.1.1 to 3.2.1.3, RFC 1812 section 5.3.7, RFC 4291 sections 2.5 and 2.7.
#[test]
fn what_cannot_be_is_dropped() {
    let (mut host, eth0) = host();
    for source in [
        "224.0.0.5",
        "255.255.255.255",
        "192.0.2.255",
        "127.0.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "192.0.2.1",
        "240.0.0.1",
    ] {
        is_dropped(&mut host, eth0, &to_host(&udp4(source, "192.0.2.1")), DropReason::IpSource);
    }
    for destination in ["127.0.0.1", "0.0.0.0", "192.0.2.3", "240.0.0.1", "224.0.0.9", "198.51.100.255"] {
        is_dropped(&mut host, eth0, &to_host(&udp4("192.0.2.2", destination)), DropReason::IpDestination);
    }
    for source in ["ff02::1", "::1", "::", "2001:db8::1", "::ffff:192.0.2.2"] {
        is_dropped(&mut host, eth0, &to_host(&udp6(source, "2001:db8::1")), DropReason::IpSource);
    }
    for destination in ["::1", "::", "2001:db8::3", "ff01::1", "ff00::1", "ff02::9", "::ffff:192.0.2.1"] {
        is_dropped(&mut host, eth0, &to_host(&udp6("2001:db8::2", destination)), DropReason::IpDestination);
    }
    let whole = to_host(&udp4("192.0.2.2", "192.0.2.1"));
    for cut in 0..whole.len() {
        let reason = if cut < 14 { DropReason::LinkMalformed } else { DropReason::IpMalformed };
        is_dropped(&mut host, eth0, &whole[..cut], reason);
    }
    for (at, value, reason) in [
        (14, 0x55, DropReason::IpMalformed), // version 5
        (14, 0x44, DropReason::IpMalformed), // a header of 16 bytes
        (14, 0x4f, DropReason::IpMalformed), // longer than the packet
        (17, 19, DropReason::IpMalformed),   // a total length of 19
        (22, 8, DropReason::IpChecksum),
        (12, 0x77, DropReason::EtherType),
        (5, 9, DropReason::NotForUs),
    ] {
        let mut frame = whole.clone();
        frame[at] = value;
        is_dropped(&mut host, eth0, &frame, reason);
    }
    is_dropped(&mut host, InterfaceId(9), &whole, DropReason::NoInterface);
    assert!(sent(&mut host).is_empty());
}

/// RFC 1122 sections 3.3.6 and 3.3.7, RFC 2131 section 4.1.
#[test]
fn broadcasts_and_groups_are_received() {
    let (mut host, eth0) = host();
    for (source, destination, to, cast) in [
        ("0.0.0.0", "255.255.255.255", Mac::BROADCAST, Cast::Broadcast),
        ("192.0.2.2", "192.0.2.255", Mac::BROADCAST, Cast::Broadcast),
        ("192.0.2.2", "224.0.0.1", Mac([1, 0, 0x5e, 0, 0, 1]), Cast::Multicast),
    ] {
        let frame = frame_to(to, &udp4(source, destination));
        let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
        assert_eq!(datagram.cast, cast);
    }
    // To one host, in a frame to all.
    is_dropped(
        &mut host,
        eth0,
        &frame_to(Mac::BROADCAST, &udp4("192.0.2.2", "192.0.2.1")),
        DropReason::IpDestination,
    );
    let group = frame_to(Mac([1, 0, 0x5e, 1, 2, 3]), &udp4("192.0.2.2", "239.1.2.3"));
    is_dropped(&mut host, eth0, &group, DropReason::IpDestination);
    host.join(eth0, ip("239.1.2.3")).unwrap();
    host.join(eth0, ip("239.1.2.3")).unwrap();
    assert!(host.receive(Time::ZERO, eth0, &group).is_some());
    host.leave(eth0, ip("239.1.2.3")).unwrap();
    assert!(host.receive(Time::ZERO, eth0, &group).is_some());
    host.leave(eth0, ip("239.1.2.3")).unwrap();
    is_dropped(&mut host, eth0, &group, DropReason::IpDestination);
    assert_eq!(host.leave(eth0, ip("239.1.2.3")), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(host.join(eth0, ip("192.0.2.9")), Err(Errno::EINVAL));
    for group in ["ff02::1", "ff02::1:ff00:1"] {
        let frame = frame_to(Mac([0x33, 0x33, 0, 0, 0, 1]), &udp6("fe80::2", group));
        let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else { panic!() };
        assert_eq!(datagram.cast, Cast::Multicast);
    }
    // All routers: a host is none.
    is_dropped(
        &mut host,
        eth0,
        &frame_to(Mac([0x33, 0x33, 0, 0, 0, 2]), &udp6("fe80::2", "ff02::2")),
        DropReason::IpDestination,
    );
}

/// RFC 791 section 3.1; RFC 7126 section 4.3: a source route is refused, others are let be, a broken one is answered.
#[test]
fn options_of_ipv4() {
    let (mut host, eth0) = host();
    let ip = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1"));
    let with = |kind, data: &[u8]| to_host(&(ip.option(kind, data) / Udp::new(5000, 7) / b"hello"));
    for (kind, data) in [
        (Ipv4OptionType::RECORD_ROUTE, &[4, 0, 0, 0, 0][..]),
        (Ipv4OptionType::TIME_STAMP, &[5, 0, 0, 0, 0, 0]),
        (Ipv4OptionType::ROUTER_ALERT, &[0, 0]),
        (Ipv4OptionType(0x9f), &[1, 2, 3]),
    ] {
        let frame = with(kind, data);
        let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, &frame) else {
            panic!("{kind}")
        };
        assert_eq!(datagram.payload()[8..], *b"hello");
    }
    for kind in [Ipv4OptionType::LOOSE_SOURCE_ROUTE, Ipv4OptionType::STRICT_SOURCE_ROUTE] {
        is_dropped(&mut host, eth0, &with(kind, &[4, 192, 0, 2, 9]), DropReason::IpOptions);
    }
    assert!(sent(&mut host).is_empty());
    let mut broken = with(Ipv4OptionType::ROUTER_ALERT, &[0, 0]);
    broken[14 + 21] = 200;
    super::super::fragment::seal(&mut broken[14..], 24);
    is_dropped(&mut host, eth0, &broken, DropReason::IpOptions);
    let answer = only_with_quote(&mut host);
    assert_eq!((answer[34], answer[35], answer[38]), (12, 0, 20));
}

/// An error that quotes what is broken has findings about that alone.
fn only_with_quote(host: &mut Network) -> Vec<u8> {
    let mut frames = sent(host);
    assert_eq!(frames.len(), 1);
    let frame = frames.remove(0).frame;
    etherparse::PacketHeaders::from_ethernet_slice(&frame).unwrap();
    frame
}

/// RFC 8200 sections 4.1, 4.2 and 4.4, RFC 5095: who is told what, and where it points.
#[test]
fn extension_headers() {
    let (mut host, eth0) = host();
    let ip = Ipv6::new(v6("2001:db8::2"), v6("2001:db8::1"));
    let udp = Udp::new(5000, 7) / b"hello";
    let options = |kind: u8| DestinationOptions::new().option(Ipv6OptionType(kind), &[1, 2]);
    let route = |kind, left| Routing::new(kind, left).append(&[0; 20]);
    let fine = [
        to_host(&(ip / HopByHop::new().option(Ipv6OptionType::ROUTER_ALERT, &[0, 0]) / udp)),
        to_host(&(ip / options(0x1e) / options(0x3e) / udp)),
        to_host(&(ip / route(RoutingType::SOURCE_ROUTE, 0) / udp)),
        to_host(&(ip / Fragment::new(7, 0, false) / udp)),
    ];
    for frame in &fine {
        let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, eth0, frame) else { panic!() };
        assert_eq!(datagram.payload()[8..], *b"hello");
    }
    // Type, code and pointer of the answer.
    let mut told = std::vec![
        (to_host(&(ip / options(0x5e) / udp)), None),
        (to_host(&(ip / options(0x9e) / udp)), Some((4, 2, 42))),
        (to_host(&(ip / options(0xde) / udp)), Some((4, 2, 42))),
        (to_host(&(ip / route(RoutingType::SOURCE_ROUTE, 1) / udp)), Some((4, 0, 42))),
        (to_host(&(ip / options(0x1e) / HopByHop::new() / udp)), Some((4, 1, 40))),
    ];
    let to_all = Ipv6::new(v6("2001:db8::2"), v6("ff02::1"));
    let group = Mac([0x33, 0x33, 0, 0, 0, 1]);
    told.push((frame_to(group, &(to_all / options(0x9e) / udp)), Some((4, 2, 42))));
    told.push((frame_to(group, &(to_all / options(0xde) / udp)), None));
    for (frame, expected) in told {
        // Later, so that no limit holds.
        let now = Time::new(100 * u32::from(frame[56]), 0);
        assert!(host.receive(now, eth0, &frame).is_none());
        let answer = sent(&mut host).pop().map(|answer| answer.frame);
        let found = answer.map(|frame| {
            let icmp = Icmpv6::view(&frame[54..]).unwrap();
            (icmp.message_type().0, icmp.code(), icmp.by_ref().pointer().unwrap())
        });
        assert_eq!(found, expected, "{frame:02x?}");
    }
    // A hundred headers, a fragment in a fragment.
    let chain = crate::stack::network::tests::captures::frames("bad/ipv6-extension-chain-of-100.pcap");
    let mut packet = chain[0][14..].to_vec();
    packet[24..40].copy_from_slice(&v6("2001:db8::1").octets());
    packet[8..24].copy_from_slice(&v6("2001:db8::2").octets());
    let mut frame = to_host(&b"");
    frame[12..14].copy_from_slice(&[0x86, 0xdd]);
    frame.extend(packet);
    is_dropped(&mut host, eth0, &frame, DropReason::IpOptions);
    let nested = to_host(&(ip / Fragment::new(7, 0, false) / Fragment::new(8, 0, false) / udp));
    is_dropped(&mut host, eth0, &nested, DropReason::IpFragment);
}

#[test]
fn echo_requests_are_answered() {
    let (mut host, eth0) = host();
    let request = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Icmpv4::echo_request(7, 9) / b"abc";
    assert!(host.receive(Time::ZERO, eth0, &to_host(&request)).is_none());
    let reply = only(&mut host);
    let packet = Decoder::new().packet(Frame::ethernet(&reply[..]));
    let icmp = packet.get::<Icmpv4>().unwrap();
    assert_eq!(
        (icmp.message_type().0, icmp.by_ref().echo(), icmp.by_ref().payload()),
        (0, Some((7, 9)), &b"abc"[..])
    );
    assert_eq!(packet.get::<Ipv4>().unwrap().destination(), v4("192.0.2.2"));
    assert_eq!(reply[..6], mac(2).0);
    let request = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.255")) / Icmpv4::echo_request(7, 9) / b"abc";
    is_dropped(&mut host, eth0, &frame_to(Mac::BROADCAST, &request), DropReason::IcmpToGroup);
    // RFC 4443 section 4.2: one to a group is answered from an address of the interface.
    for (destination, source) in
        [("2001:db8::1", "2001:db8::1"), ("ff02::1", "2001:db8::1"), ("fe80::1", "fe80::1")]
    {
        let request = Ipv6::new(v6("2001:db8::2"), v6(destination)) / Icmpv6::echo_request(7, 9) / b"abc";
        assert!(host.receive(Time::ZERO, eth0, &to_host(&request)).is_none());
        let reply = only(&mut host);
        let packet = Decoder::new().packet(Frame::ethernet(&reply[..]));
        assert_eq!(packet.get::<Ipv6>().unwrap().source(), v6(source));
        assert_eq!(packet.get::<Icmpv6>().unwrap().by_ref().echo(), Some((7, 9)));
    }
    let mut wrong = to_host(&(Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Icmpv4::echo_request(7, 9)));
    wrong[36] ^= 1;
    is_dropped(&mut host, eth0, &wrong, DropReason::IcmpMalformed);
    let reply = to_host(&(Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Icmpv4::echo_reply(7, 9) / b"abc"));
    let Some(Arrival::EchoReply { identifier, sequence, data, .. }) = host.receive(Time::ZERO, eth0, &reply)
    else {
        panic!()
    };
    assert_eq!((identifier, sequence, &*data), (7, 9, &b"abc"[..]));
    let timestamp = Ipv4::new(v4("192.0.2.2"), v4("192.0.2.1")) / Icmpv4::timestamp_request(1, 2, 3);
    is_dropped(&mut host, eth0, &to_host(&timestamp), DropReason::IcmpUnknown);
}

/// What goes to an address of this host never leaves it, and comes in again.
#[test]
fn a_host_talks_to_itself() {
    let (mut host, _) = host();
    for (destination, source) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.9.9.9", "127.9.9.9"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
        ("2001:db8::1", "2001:db8::1"),
    ] {
        send_udp(&mut host, Time::ZERO, destination, 5, false).unwrap();
        assert_eq!(host.deadline(), Some(Time::ZERO));
        let packet = host.looped().unwrap();
        let Some(Arrival::Datagram(datagram)) = host.receive(Time::ZERO, Network::LOOPBACK, &packet) else {
            panic!("{destination}")
        };
        assert_eq!((datagram.envelope.source, datagram.envelope.destination), (ip(source), ip(destination)));
        // Nobody listens: the error goes round too.
        let datagram = Datagram { packet: datagram.packet.into_owned().into(), ..datagram };
        host.error(Time::ZERO, &datagram, ErrorKind::Port);
        let error = host.looped().unwrap();
        let Some(Arrival::Error(error)) = host.receive(Time::ZERO, Network::LOOPBACK, &error) else {
            panic!("{destination}")
        };
        assert_eq!((error.kind, error.reporter), (ErrorKind::Port, ip(destination)));
    }
    for _ in 0..2000 {
        let _ = send_udp(&mut host, Time::ZERO, "127.0.0.1", 5, false);
    }
    assert_eq!(send_udp(&mut host, Time::ZERO, "127.0.0.1", 5, false), Err(Errno::ENOBUFS));
    assert!(sent(&mut host).is_empty());
    assert_eq!(core::iter::from_fn(|| host.looped()).count(), 1024);
    assert_eq!(host.deadline(), None);
}
