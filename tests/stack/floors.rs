//! What the floors below sockets do by themselves, as an application and whoever looks after a host notice it.

use core::net::SocketAddr;
use core::time::Duration;

use layercake::stack::{
    Address, AddressState, DropReason, Errno, InterfaceId, Kind, Reason, Route, SocketId,
};
use layercake::time::Time;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::udp::Udp;

use super::support::{Alone, sent, tcp, v4};

const SECOND: Duration = Duration::from_secs(1);

/// RFC 4861 section 6.3.5: when the time of a router is over, connections do not go on by way of it; when there is another, they do.
#[test]
fn a_connection_leaves_a_router_whose_time_is_over() {
    let mut alone = Alone::new();
    let by = |router: &str, until| {
        let route = Route::via("0.0.0.0/0".parse().unwrap(), router.parse().unwrap(), InterfaceId(1));
        Route { until, ..route }
    };
    let over = alone.now + SECOND * 10;
    alone.host.add_route(by("10.0.0.1", over)).unwrap();
    let server = accepted(&mut alone, "192.0.2.9:1000");
    alone.host.send(alone.now, server, b"data").unwrap();
    assert!(data(&alone.waits(SECOND * 5)) > 1, "sent by way of the router, and sent again");
    assert_eq!(alone.host.routes().iter().filter(|route| route.until == over).count(), 1);
    alone.waits(SECOND * 5);
    assert_eq!(alone.host.routes().iter().filter(|route| route.until == over).count(), 0);
    assert_eq!(data(&alone.waits(SECOND * 15)), 0);
    assert!(alone.drops(DropReason::NoRoute) > 0);
    alone.host.add_route(by("10.0.0.3", Time::NEVER)).unwrap();
    assert!(data(&alone.waits(SECOND * 30)) > 0);
}

/// A connection that has come to port 80.
fn accepted(alone: &mut Alone, from: &str) -> SocketId {
    let listener = alone.listens(1);
    let answer = alone.gets_segment_from(from, tcp(100).syn(true));
    let next = answer[0].seq + 1;
    alone.gets_segment_from(from, tcp(101).ack(true).acknowledgment(next.0));
    alone.host.accept(listener).unwrap().0
}

/// How many of the frames are segments with data.
fn data(frames: &[Vec<u8>]) -> usize {
    frames.iter().filter_map(|frame| sent(frame)).filter(|sent| !sent.data.is_empty()).count()
}

/// An interface that goes down, and comes up again: nothing passes meanwhile, and then all starts anew.
#[test]
fn a_cable_is_pulled_and_put_in_again() {
    let mut alone = Alone::with(|config| {
        config.neighbour.dad_transmits = 1;
        config.neighbour.autoconfigure = true;
    });
    let (eth0, default) = (alone.interface, "0.0.0.0/0".parse().unwrap());
    alone.waits(SECOND * 20);
    alone.host.add_route(Route::via(default, "10.0.0.1".parse().unwrap(), eth0)).unwrap();
    let server = accepted(&mut alone, "10.0.0.3:1000");
    let addresses = alone.host.interfaces()[1].addresses.clone();
    let routes = alone.host.routes().iter().count();
    alone.host.send(alone.now, server, b"one").unwrap();
    assert_eq!(data(&alone.sends()), 1);
    // What waits to be taken is lost with the cable.
    let echo = alone.host.socket(Kind::Echo).unwrap();
    let to = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
    alone.host.send_to(alone.now, echo, b"x", to("10.0.0.3")).unwrap();
    alone.host.set_link(alone.now, eth0, false).unwrap();
    assert_eq!((alone.sends().len(), alone.drops(DropReason::LinkDown)), (0, 1));
    assert!(alone.host.interfaces()[1].to_string().contains("eth0: mtu 1500 state DOWN"));
    let listing = alone.host.routes().listing(alone.host.interfaces()).to_string();
    assert!(
        listing.contains("default via 10.0.0.1 dev eth0 linkdown\n") && !listing.contains("10.0.0.0/24"),
        "{listing}"
    );
    assert!(alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Icmpv4::echo_request(1, 1))).is_empty());
    assert_eq!(alone.drops(DropReason::LinkDown), 2);
    for there in ["10.0.0.3", "192.0.2.1"] {
        assert_eq!(alone.host.send_to(alone.now, echo, b"x", to(there)), Err(Errno::ENETUNREACH));
    }
    assert!(alone.waits(SECOND * 30).is_empty());
    assert_eq!(alone.host.interfaces()[1].addresses, addresses);
    // An address that comes meanwhile waits until somebody can be asked for it.
    alone.host.add_address(alone.now, eth0, "fd00::77/64".parse().unwrap()).unwrap();
    assert!(alone.waits(SECOND * 30).is_empty());
    alone.events();
    alone.host.set_link(alone.now, eth0, true).unwrap();
    alone.host.set_link(alone.now, eth0, true).unwrap();
    let ipv6 = |own: &&Address| own.network.addr().is_ipv6();
    let mut asked = alone.host.interfaces()[1].addresses.iter().filter(ipv6);
    assert!(asked.all(|own| own.state == AddressState::Tentative));
    let mut reasons = Vec::new();
    let mut segments = 0;
    let until = alone.now + SECOND * 100;
    while let Some(next) = alone.host.next_deadline().filter(|next| *next <= until) {
        alone.now = next.max(alone.now);
        alone.host.on_deadline(alone.now);
        while let Some(transmit) = alone.host.poll_transmit(alone.now) {
            segments += data(std::slice::from_ref(&transmit.frame));
            reasons.push(transmit.reason);
        }
    }
    let count = |is: fn(&Reason) -> bool| reasons.iter().filter(|reason| is(reason)).count();
    assert_eq!(count(|reason| matches!(reason, Reason::IsItTaken { .. })), 3);
    assert_eq!(count(|reason| matches!(reason, Reason::AnyRouters { .. })), 3);
    assert!(segments > 0, "the connection goes on");
    let own = &alone.host.interfaces()[1];
    assert!(own.up && own.addresses.len() == 4);
    assert!(own.addresses.iter().all(|own| own.state == AddressState::Preferred), "{own}");
    assert_eq!(alone.host.routes().iter().count(), routes);
    assert_eq!(alone.host.set_link(alone.now, InterfaceId(9), true), Err(Errno::ENODEV));
}

#[test]
fn routes_and_mtus_can_be_changed() {
    let mut alone = Alone::new();
    let route = Route::via("192.0.2.0/24".parse().unwrap(), "10.0.0.1".parse().unwrap(), alone.interface);
    assert!(!alone.host.remove_route(&route));
    alone.host.add_route(route).unwrap();
    let server = accepted(&mut alone, "192.0.2.9:1000");
    let longest = |frames: Vec<Vec<u8>>| {
        frames.iter().filter_map(|frame| sent(frame)).map(|sent| sent.data.len()).max()
    };
    assert_eq!(alone.host.set_mtu(alone.interface, 67), Err(Errno::EINVAL));
    assert_eq!(alone.host.set_mtu(InterfaceId(9), 1500), Err(Errno::ENODEV));
    for (mtu, data) in [(300, 260), (400, 360)] {
        alone.host.set_mtu(alone.interface, mtu).unwrap();
        alone.host.send(alone.now, server, &[1; 400]).unwrap();
        assert_eq!(longest(alone.sends()), Some(data));
    }
    assert!(alone.host.remove_route(&Route { metric: 7, ..route }));
    assert_eq!(data(&alone.waits(SECOND * 10)), 0);
    assert!(!alone.host.remove_route(&route));
}

/// RFC 5927 section 7: an error is no reason to believe that the path to somebody is narrow, if nothing was sent there.
#[test]
fn a_forged_error_does_not_make_a_path_narrow() {
    let mut alone = Alone::new();
    let socket = alone.host.socket(Kind::Datagram).unwrap();
    alone.host.bind(socket, "10.0.0.2:53".parse().unwrap()).unwrap();
    let too_big = |to: &str, port: u16| {
        let quoted = (Ipv4::new(v4("10.0.0.2"), v4(to)) / Udp::new(53, port) / [0; 8]).to_vec().unwrap();
        Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Icmpv4::fragmentation_needed(600) / quoted
    };
    // Whether a datagram of 1,000 bytes goes in one packet.
    let is_whole = |alone: &mut Alone, to: &str| {
        alone.host.send_to(alone.now, socket, &[0; 1000], to.parse().unwrap()).unwrap();
        alone.sends().len() == 1
    };
    alone.gets(&too_big("10.0.0.3", 7));
    assert_eq!(alone.drops(DropReason::IcmpUnknown), 1);
    assert!(is_whole(&mut alone, "10.0.0.3:7"));
    alone.gets(&too_big("10.0.0.3", 8));
    assert_eq!(alone.drops(DropReason::IcmpUnknown), 2);
    assert!(is_whole(&mut alone, "10.0.0.3:7"));
    alone.gets(&too_big("10.0.0.3", 7));
    assert_eq!(alone.drops(DropReason::IcmpUnknown), 2);
    assert!(!is_whole(&mut alone, "10.0.0.3:7"));
    // What was long ago is forgotten: there is no end to where a socket may send.
    assert!(is_whole(&mut alone, "10.0.0.1:1"));
    for port in 10..26 {
        assert!(is_whole(&mut alone, &format!("10.0.0.1:{port}")));
    }
    alone.gets(&too_big("10.0.0.1", 1));
    assert_eq!(alone.drops(DropReason::IcmpUnknown), 3);
}
