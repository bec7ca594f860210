//! Datagrams: to one, to all, to groups; ports; errors; and who has an address.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeSet;

use layercake::field::Mac;
use layercake::packet::{Decoder, Frame};
use layercake::sim::{Log, Net};
use layercake::stack::neighbour::AddressChange;
use layercake::stack::{
    AddressState, DropReason, Errno, Event, InterfaceId, Kind, Shutdown, SocketId, SocketOption, Stack,
};
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::udp::Udp;

use super::support::{Alone, events, hosts, pair, undelivered, v4, v6};

const SECOND: Duration = Duration::from_secs(1);
const ETH0: InterfaceId = InterfaceId(1);

/// A socket for datagrams on an address.
fn bound(host: &mut Stack, address: &str) -> SocketId {
    let socket = host.socket(Kind::Datagram).unwrap();
    host.set_option(socket, SocketOption::ReuseAddress(true)).unwrap();
    host.bind(socket, address.parse().unwrap()).unwrap();
    socket
}

/// All that a socket has got: what, and where it was sent.
fn got(host: &mut Stack, socket: SocketId) -> Vec<(Vec<u8>, String)> {
    let mut into = [0; 2000];
    let next = || {
        let (length, origin) = host.recv_from(socket, &mut into).ok()?;
        Some((into[..length].to_vec(), origin.destination.to_string()))
    };
    std::iter::from_fn(next).collect()
}

fn send(net: &mut Net<Stack, Log>, socket: SocketId, data: &[u8], to: &str) {
    let now = net.now;
    net.nodes[0].send_to(now, socket, data, to.parse().unwrap()).unwrap();
}

/// RFC 1122 section 3.3.6: to all on the link, if the application says that it may.
#[test]
fn to_all() {
    let mut net = hosts();
    let all = [bound(&mut net.nodes[1], "0.0.0.0:7"), bound(&mut net.nodes[1], "0.0.0.0:7")];
    let one = bound(&mut net.nodes[1], "10.0.0.2:7");
    let other_port = bound(&mut net.nodes[1], "0.0.0.0:8");
    let client = bound(&mut net.nodes[0], "10.0.0.1:5000");
    let now = net.now;
    let refused = net.nodes[0].send_to(now, client, b"x", "255.255.255.255:7".parse().unwrap());
    assert_eq!(refused, Err(Errno::EACCES));
    net.nodes[0].set_option(client, SocketOption::Broadcast(true)).unwrap();
    send(&mut net, client, b"net", "10.0.0.255:7");
    send(&mut net, client, b"all", "255.255.255.255:7");
    net.run(SECOND).unwrap();
    let wanted = [(b"net".to_vec(), "10.0.0.255".into()), (b"all".to_vec(), "255.255.255.255".into())];
    for socket in all {
        assert_eq!(got(&mut net.nodes[1], socket), wanted);
    }
    assert_eq!(got(&mut net.nodes[1], one), []);
    assert_eq!(got(&mut net.nodes[1], other_port), []);
    // Nobody on that port: no error about what went to all (RFC 1122 section 3.2.2).
    events(&mut net, 0);
    send(&mut net, client, b"nobody", "10.0.0.255:9");
    net.run(SECOND).unwrap();
    assert_eq!(events(&mut net, 0), []);
}

/// RFC 1112, RFC 4291: what is sent to a group arrives where it was joined, until it is left.
#[test]
fn to_a_group() {
    for (group, any) in [("239.1.2.3", "0.0.0.0:7"), ("ff05::1:3", "[::]:7")] {
        let mut net = hosts();
        let to = if group.contains(':') { format!("[{group}]:7") } else { format!("{group}:7") };
        let address = group.parse().unwrap();
        let sockets = [bound(&mut net.nodes[1], any), bound(&mut net.nodes[1], any)];
        let client = net.nodes[0].socket(Kind::Datagram).unwrap();
        send(&mut net, client, b"too early", &to);
        net.run(SECOND).unwrap();
        assert_eq!(got(&mut net.nodes[1], sockets[0]), []);
        for socket in sockets {
            net.nodes[1].set_option(socket, SocketOption::Join(ETH0, address)).unwrap();
        }
        send(&mut net, client, b"heard", &to);
        net.run(SECOND).unwrap();
        for socket in sockets {
            assert_eq!(got(&mut net.nodes[1], socket), [(b"heard".to_vec(), group.to_string())]);
        }
        // One leaves: the host is still in the group for the other. With the last it ends.
        net.nodes[1].set_option(sockets[0], SocketOption::Leave(ETH0, address)).unwrap();
        let twice = net.nodes[1].set_option(sockets[0], SocketOption::Leave(ETH0, address));
        assert_eq!(twice, Err(Errno::EADDRNOTAVAIL));
        send(&mut net, client, b"still", &to);
        net.run(SECOND).unwrap();
        assert_eq!(got(&mut net.nodes[1], sockets[1]).len(), 1);
        let now = net.now;
        net.nodes[1].close(now, sockets[1]).unwrap();
        got(&mut net.nodes[1], sockets[0]);
        send(&mut net, client, b"too late", &to);
        net.run(SECOND).unwrap();
        assert_eq!(got(&mut net.nodes[1], sockets[0]), []);
        let wrong = net.nodes[1].set_option(sockets[0], SocketOption::Join(InterfaceId(9), address));
        assert_eq!(wrong, Err(Errno::ENODEV));
        let none = SocketOption::Join(ETH0, "10.0.0.2".parse().unwrap());
        assert_eq!(net.nodes[1].set_option(sockets[0], none), Err(Errno::EINVAL));
    }
}

#[test]
fn an_address_in_use() {
    let mut net = hosts();
    let host = &mut net.nodes[0];
    let mut socket = |kind, reuse| {
        let socket = host.socket(kind).unwrap();
        host.set_option(socket, SocketOption::ReuseAddress(reuse)).unwrap();
        socket
    };
    let [first, second, third] = [false, false, true].map(|reuse| socket(Kind::Datagram, reuse));
    let stream = socket(Kind::Stream, false);
    let at = |text: &str| -> SocketAddr { text.parse().unwrap() };
    assert_eq!(host.bind(first, at("10.0.0.1:7")), Ok(()));
    for taken in ["10.0.0.1:7", "0.0.0.0:7"] {
        assert_eq!(host.bind(second, at(taken)), Err(Errno::EADDRINUSE));
        // Both have to agree.
        assert_eq!(host.bind(third, at(taken)), Err(Errno::EADDRINUSE));
    }
    assert_eq!(host.bind(stream, at("10.0.0.1:7")), Ok(()));
    assert_eq!(host.bind(second, at("[::]:7")), Ok(()));
    assert_eq!(host.bind(third, at("127.0.0.1:7")), Ok(()));
    let now = layercake::time::Time::new(1, 0);
    host.close(now, first).unwrap();
    let again = host.socket(Kind::Datagram).unwrap();
    assert_eq!(host.bind(again, at("10.0.0.1:7")), Ok(()));
}

/// RFC 6056: the port to one peer does not tell the port to the next, and none is given twice.
#[test]
fn ports_are_spread() {
    let ports = |seed: u64, (kind, connected): (Kind, bool)| -> Vec<u16> {
        let mut alone = Alone::with(|config| config.seed = seed);
        let port = |n: u32| {
            let socket = alone.host.socket(kind).unwrap();
            let to = SocketAddr::new(v4("10.0.0.1").into(), (1000 + n) as u16);
            match connected {
                true => alone.host.connect(alone.now, socket, to).unwrap(),
                false => _ = alone.host.send_to(alone.now, socket, b"x", to).unwrap(),
            }
            alone.host.local_address(socket).unwrap().unwrap().port()
        };
        (0..256).map(port).collect()
    };
    for kind in [(Kind::Stream, true), (Kind::Datagram, true), (Kind::Datagram, false)] {
        let first = ports(1, kind);
        assert_eq!(first, ports(1, kind));
        assert_ne!(first, ports(2, kind));
        assert!(first.iter().all(|port| *port >= 49_152));
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 256);
        let near = first.windows(2).filter(|two| two[0].abs_diff(two[1]) < 64).count();
        // By chance it is 2 of 255.
        assert!(near < 10, "{near} of 255 lie close to the one before");
        // Each sixteenth of the room is used.
        let parts: BTreeSet<u16> = first.iter().map(|port| (port - 49_152) / 1024).collect();
        assert_eq!(parts.len(), 16);
    }
}

/// RFC 768: no checksum is no wrong one; RFC 8200 section 8.1: over IPv6 it is.
#[test]
fn a_checksum_of_zero() {
    let mut alone = Alone::new();
    let four = bound(&mut alone.host, "0.0.0.0:7");
    let six = bound(&mut alone.host, "[::]:7");
    let udp = || Udp::new(5000, 7).checksum(0) / b"unchecked";
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / udp()));
    assert_eq!(got(&mut alone.host, four).len(), 1);
    alone.gets(&(Ipv6::new(v6("fd00::1"), v6("fd00::2")) / udp()));
    assert_eq!((got(&mut alone.host, six).len(), alone.drops(DropReason::UdpChecksum)), (0, 1));
    for wrong in [1, 0xffff, 0x1234] {
        alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / (Udp::new(5000, 7).checksum(wrong) / b"x")));
    }
    assert_eq!((got(&mut alone.host, four).len(), alone.drops(DropReason::UdpChecksum)), (0, 4));
}

/// RFC 768: a source port of 0 means that no answer is expected.
#[test]
fn a_source_port_of_zero() {
    let mut alone = Alone::new();
    let socket = bound(&mut alone.host, "10.0.0.2:7");
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Udp::new(0, 7) / b"no answer"));
    let (length, origin) = alone.host.recv_from(socket, &mut [0; 20]).unwrap();
    assert_eq!((length, origin.address), (9, "10.0.0.1:0".parse().unwrap()));
    let answer = alone.host.send_to(alone.now, socket, b"x", origin.address);
    assert_eq!(answer, Err(Errno::EINVAL));
}

/// RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 (f): to one, six in a row and then one a second.
#[test]
fn errors_are_not_sent_without_end() {
    let mut alone = Alone::new();
    let four = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Udp::new(5000, 9) / b"knock";
    let six = Ipv6::new(v6("fd00::1"), v6("fd00::2")) / Udp::new(5000, 9) / b"knock";
    let answers = |alone: &mut Alone, packet: &dyn Fn(&mut Alone) -> usize| {
        (0..20).map(|_| packet(alone)).sum::<usize>()
    };
    assert_eq!(answers(&mut alone, &|alone| alone.gets(&four).len()), 6);
    assert_eq!(answers(&mut alone, &|alone| alone.gets(&six).len()), 6);
    assert_eq!(alone.drops(DropReason::IcmpLimited), 28);
    alone.waits(SECOND);
    assert_eq!(answers(&mut alone, &|alone| alone.gets(&four).len()), 1);
    alone.waits(SECOND * 100);
    assert_eq!(answers(&mut alone, &|alone| alone.gets(&four).len()), 6);
    // What it says, and about what.
    alone.waits(SECOND);
    let answer = &alone.gets(&four)[0];
    let packet = Decoder::new().packet(Frame::ethernet(&answer[..]));
    let icmp = packet.get::<Icmpv4>().unwrap();
    assert_eq!((icmp.message_type().0, icmp.code()), (3, 3));
    assert!(packet.nth::<Ipv4>(1).is_some_and(|quoted| quoted.source() == v4("10.0.0.1")));
    alone.waits(SECOND);
    let answer = &alone.gets(&six)[0];
    let packet = Decoder::new().packet(Frame::ethernet(&answer[..]));
    let icmp = packet.get::<Icmpv6>().unwrap();
    assert_eq!((icmp.message_type().0, icmp.code()), (1, 4));
}

/// No errors about errors, about what came to all, about fragments behind the first, from nobody.
#[test]
fn some_things_deserve_no_error() {
    let mut alone = Alone::new();
    let udp = || Udp::new(5000, 9) / b"knock";
    let quoted = (Ipv4::new(v4("10.0.0.2"), v4("10.0.0.1")) / udp()).to_vec().unwrap();
    let error = Icmpv4::destination_unreachable(3) / quoted;
    assert_eq!(alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / error)).len(), 0);
    let all = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.255")) / udp();
    assert_eq!(alone.gets_in(Mac::BROADCAST, &all).len(), 0);
    let one = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / udp();
    assert_eq!(alone.gets_in(Mac::BROADCAST, &one).len(), 0);
    let nobody = Ipv4::new(v4("0.0.0.0"), v4("10.0.0.2")) / udp();
    assert_eq!(alone.gets(&nobody).len(), 0);
    assert_eq!(alone.gets(&one).len(), 1);
}

/// A socket keeps no more than it has room for, empty messages too; what is shut down takes nothing.
#[test]
fn a_mailbox_has_a_size() {
    let mut net = hosts();
    let server = bound(&mut net.nodes[1], "10.0.0.2:7");
    net.nodes[1].set_option(server, SocketOption::ReceiveBuffer(1000)).unwrap();
    let client = net.nodes[0].socket(Kind::Datagram).unwrap();
    // So that the neighbour is known.
    send(&mut net, client, b"", "10.0.0.2:9");
    net.run(SECOND).unwrap();
    for _ in 0..5 {
        send(&mut net, client, &[0; 300], "10.0.0.2:7");
    }
    for _ in 0..100 {
        send(&mut net, client, &[], "10.0.0.2:7");
    }
    net.run(SECOND).unwrap();
    let got_now = got(&mut net.nodes[1], server).len();
    assert!((3..10).contains(&got_now), "{got_now}");
    assert_eq!(net.nodes[1].drops().of(DropReason::UdpFull), 105 - got_now as u64);
    let now = net.now;
    assert_eq!(net.nodes[1].shutdown(now, server, Shutdown::Read), Err(Errno::ENOTCONN));
    net.nodes[1].connect(now, server, "10.0.0.1:5000".parse().unwrap()).unwrap();
    net.nodes[1].shutdown(now, server, Shutdown::Both).unwrap();
    assert_eq!(net.nodes[1].send(now, server, b"x"), Err(Errno::EPIPE));
}

/// A socket with a peer hears that peer only, and others are served by one without.
#[test]
fn a_peer_goes_before_all() {
    let mut alone = Alone::new();
    let [any, own] = [(); 2].map(|()| bound(&mut alone.host, "10.0.0.2:7"));
    alone.host.connect(alone.now, own, "10.0.0.1:5000".parse().unwrap()).unwrap();
    for port in [5000, 5001] {
        alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Udp::new(port, 7) / b"x"));
    }
    alone.gets(&(Ipv4::new(v4("10.0.0.3"), v4("10.0.0.2")) / Udp::new(5000, 7) / b"x"));
    assert_eq!((got(&mut alone.host, own).len(), got(&mut alone.host, any).len()), (1, 2));
}

/// A neighbour that does not answer: the sender is told of it within three questions, one second apart.
#[test]
fn a_neighbour_that_does_not_answer() {
    for to in ["10.0.0.77:7", "[fd00::77]:7"] {
        let mut net = hosts();
        net.run(SECOND).unwrap();
        events(&mut net, 0);
        let to: SocketAddr = to.parse().unwrap();
        let now = net.now;
        let socket = net.nodes[0].socket(Kind::Datagram).unwrap();
        net.nodes[0].connect(now, socket, to).unwrap();
        let echo = net.nodes[0].socket(Kind::Echo).unwrap();
        net.nodes[0].send(now, socket, b"hello").unwrap();
        net.nodes[0].send_to(now, echo, b"hello", SocketAddr::new(to.ip(), 0)).unwrap();
        net.run(Duration::from_millis(2900)).unwrap();
        assert_eq!(events(&mut net, 0), []);
        net.run(Duration::from_millis(200)).unwrap();
        let told = events(&mut net, 0);
        let own = if to.is_ipv4() { "10.0.0.1" } else { "fd00::1" };
        assert!(told.contains(&undelivered(socket, Errno::EHOSTUNREACH, to, own)), "{told:?}");
        let about = SocketAddr::new(to.ip(), 0);
        assert!(told.contains(&undelivered(echo, Errno::EHOSTUNREACH, about, own)), "{told:?}");
        assert_eq!(net.nodes[0].recv(now, socket, &mut [0]), Err(Errno::EHOSTUNREACH));
        assert_eq!(net.nodes[0].recv(now, socket, &mut [0]), Err(Errno::EAGAIN));
    }
}

/// RFC 4862 section 5.4, RFC 5227: an address that somebody has is not used, and who has it is told.
#[test]
fn an_address_that_somebody_has() {
    for address in ["10.0.0.1/24", "fd00::1/64"] {
        let mut net = pair(
            |config| {
                config.neighbour.dad_transmits = 1;
                config.neighbour.probe_ipv4 = true;
            },
            |link| link.delay = Duration::from_millis(5),
            1,
        );
        net.run(SECOND * 20).unwrap();
        for host in 0..2 {
            let states = net.nodes[host].interfaces()[1].addresses.iter().map(|own| own.state);
            assert!(states.into_iter().all(|state| state == AddressState::Preferred));
            events(&mut net, host);
        }
        let network: ipnet::IpNet = address.parse().unwrap();
        net.address(1, network).unwrap();
        let at = SocketAddr::new(network.addr(), 7);
        let socket = net.nodes[1].socket(Kind::Datagram).unwrap();
        // Not yet, and then never.
        assert_eq!(net.nodes[1].bind(socket, at), Err(Errno::EADDRNOTAVAIL));
        net.run(SECOND * 20).unwrap();
        assert_eq!(net.nodes[1].bind(socket, at), Err(Errno::EADDRNOTAVAIL));
        let lost = events(&mut net, 1).into_iter().find_map(|event| match event {
            Event::Address(told) if told.address == network.addr() => Some(told.change),
            _ => None,
        });
        assert!(matches!(lost, Some(AddressChange::Lost { .. })), "{lost:?}");
        // The other goes on with it.
        let socket = net.nodes[0].socket(Kind::Datagram).unwrap();
        assert_eq!(net.nodes[0].bind(socket, at), Ok(()));
    }
}
