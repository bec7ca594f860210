//! TCP: RFC 5382, RFC 7857.

use std::time::Duration;

use layercake::field::Builder;
use layercake::packet::{Decoder, Frame};
use layercake::stack::nat::{Filtering, Protocol, State};
use layercake::stack::{Errno, Kind, Shutdown};
use layercake::wire::tcp::Tcp;

use super::*;
use crate::services::wires::bytes;

fn states(net: &Net) -> Vec<State> {
    net.hosts[NAT].stack.nat().unwrap().sessions().filter_map(|session| session.state).collect()
}

/// Puts a segment between A and X on the wire, in front of the router.
fn segment(net: &mut Net, outward: bool, tcp: Builder<Tcp>) {
    let (a, x) = ("10.0.0.1".parse().unwrap(), "198.51.100.1".parse().unwrap());
    let nat = "203.0.113.1".parse().unwrap();
    if outward {
        net.inject(NAT, INSIDE, &(Ipv4::new(a, x) / tcp.source_port(5000).destination_port(80)));
    } else {
        net.inject(NAT, OUTSIDE, &(Ipv4::new(x, nat) / tcp.source_port(80).destination_port(5000)));
    }
}

fn tcp() -> Builder<Tcp> {
    Tcp::new(0, 0).sequence(1)
}

/// REQ-1, REQ-7: one port outside for one inside, whoever is connected with; hosts do not share one.
#[test]
fn connections_have_the_port_of_their_mapping() {
    let mut net = house();
    let (x, y) = (net.listen(X, "198.51.100.1:80"), net.listen(Y, "203.0.113.20:80"));
    let peers = |net: &mut Net, from: &str, host| {
        [("198.51.100.1:80", X, x), ("203.0.113.20:80", Y, y)].map(|(to, other, listener)| {
            let client = net.stack(host).socket(Kind::Stream).unwrap();
            net.stack(host).set_option(client, layercake::stack::SocketOption::ReuseAddress(true)).unwrap();
            net.stack(host).bind(client, from.parse().unwrap()).unwrap();
            let now = net.now;
            net.stack(host).connect(now, client, to.parse().unwrap()).unwrap();
            net.run(SECOND);
            net.stack(other).accept(listener).unwrap().1.to_string()
        })
    };
    let one = peers(&mut net, "10.0.0.1:5000", A);
    assert_eq!(one, ["203.0.113.1:5000", "203.0.113.1:5000"]);
    let other = peers(&mut net, "10.0.0.2:5000", B);
    assert_eq!(other[0], other[1]);
    assert_ne!(other[0], one[0]);
}

/// REQ-2: bytes both ways, over links that lose, in connections from inside, to a forwarded port, and closed by either end.
#[test]
fn transfers_pass_over_links_that_lose() {
    let mut net = house();
    forward(&mut net, Protocol::Tcp, 8080, "10.0.0.2:80");
    let (inside, outside) = (net.listen(B, "10.0.0.2:80"), net.listen(X, "198.51.100.1:80"));
    let out = net.connect(A, "198.51.100.1:80", (X, outside));
    let into = net.connect(X, "203.0.113.1:8080", (B, inside));
    assert_eq!(
        (out.2.split(':').next(), into.2.split(':').next()),
        (Some("203.0.113.1"), Some("198.51.100.1"))
    );
    assert_eq!(states(&net), [State::Established; 2]);
    net.links[0].lost = 20;
    net.links[2].lost = 20;
    let data = bytes(300_000);
    for ((client, server, _), from, to) in [(out, A, X), (into, X, B)] {
        net.transfer((from, client), (to, server), &data);
        net.transfer((to, server), (from, client), &data);
        let now = net.now;
        net.stack(from).shutdown(now, client, Shutdown::Write).unwrap();
        net.run(SECOND * 5);
        assert_eq!(net.stack(to).recv(now, server, &mut [0; 9]), Ok(0));
        let now = net.now;
        net.stack(to).close(now, server).unwrap();
        net.run(SECOND * 5);
    }
    assert_eq!(states(&net), [State::Closed; 2]);
    net.run(SECOND * 240);
    assert_eq!(states(&net), []);
    assert_eq!(mappings(&net).len(), 1, "the forwarded port");
}

/// REQ-2a, REQ-4: SYNs cross: that from outside comes first, and nothing is said to it; then both ends open.
#[test]
fn two_that_open_at_the_same_time_meet() {
    for filtering in ALL_FILTERS {
        let mut net = house_with(|nat| nat.filtering = filtering);
        let (a, x) = (net.stack(A).socket(Kind::Stream).unwrap(), net.stack(X).socket(Kind::Stream).unwrap());
        net.stack(A).bind(a, "10.0.0.1:5000".parse().unwrap()).unwrap();
        net.stack(X).bind(x, "198.51.100.1:6000".parse().unwrap()).unwrap();
        let now = net.now;
        net.stack(X).connect(now, x, "203.0.113.1:5000".parse().unwrap()).unwrap();
        net.run(Duration::from_millis(500));
        assert_eq!(net.stack(X).tcp_info(x).unwrap().state.to_string(), "SYN-SENT");
        let now = net.now;
        net.stack(A).connect(now, a, "198.51.100.1:6000".parse().unwrap()).unwrap();
        net.run(SECOND * 10);
        let state = |net: &mut Net, host, socket| net.stack(host).tcp_info(socket).unwrap().state.to_string();
        assert_eq!([state(&mut net, A, a), state(&mut net, X, x)], ["ESTABLISHED", "ESTABLISHED"]);
        assert_eq!(errors(&net, NAT, FAR), [], "{filtering:?}: nothing was said");
        let data = bytes(10_000);
        net.transfer((X, x), (A, a), &data);
    }
}

/// REQ-3: as of UDP.
#[test]
fn connections_from_outside_are_filtered() {
    for (filtering, other_port, other_host) in [
        (Filtering::Endpoint, true, true),
        (Filtering::Address, true, false),
        (Filtering::AddressAndPort, false, false),
    ] {
        let mut net = house_with(|nat| nat.filtering = filtering);
        let outside = net.listen(X, "198.51.100.1:80");
        let client = net.stack(A).socket(Kind::Stream).unwrap();
        net.stack(A).bind(client, "10.0.0.1:5000".parse().unwrap()).unwrap();
        let now = net.now;
        net.stack(A).connect(now, client, "198.51.100.1:80".parse().unwrap()).unwrap();
        net.run(SECOND);
        net.stack(X).accept(outside).unwrap();
        for (host, passes) in [(X, other_port), (Y, other_host)] {
            net.log.clear();
            let other = net.stack(host).socket(Kind::Stream).unwrap();
            let now = net.now;
            net.stack(host).connect(now, other, "203.0.113.1:5000".parse().unwrap()).unwrap();
            net.run(SECOND);
            // A has no listener there, and says so if it is asked.
            let asked = net.log.iter().any(|sent| {
                let packet = Decoder::new().packet(Frame::ethernet(&sent.frame[..]));
                sent.host == A && packet.get::<Tcp>().is_some_and(|tcp| tcp.rst())
            });
            assert_eq!(asked, passes, "{filtering:?} {host}");
        }
    }
}

/// REQ-4: nothing for six seconds, then port unreachable, once, also when it comes again meanwhile; be the port a mapping's or nobody's.
#[test]
fn a_syn_that_nobody_wants_is_answered_after_six_seconds() {
    let mut net = house();
    let (a, y) = (net.udp(A, 1), net.udp(Y, 7001));
    net.seen((A, a), (Y, y), "203.0.113.20:7001").unwrap();
    let start = net.now;
    let client = net.stack(X).socket(Kind::Stream).unwrap();
    net.stack(X).connect(start, client, "203.0.113.1:5000".parse().unwrap()).unwrap();
    net.run(SECOND * 7);
    let when = |what: &dyn Fn(&crate::services::wires::Sent) -> bool| {
        net.log.iter().find(|sent| what(sent)).unwrap().time
    };
    let is = |sent: &crate::services::wires::Sent, protocol| {
        sent.frame[12] == 8 && sent.frame[13] == 0 && sent.frame[23] == protocol
    };
    // Without reset: and the SYN that came again a second later, and three, is no other.
    let came = when(&|sent| sent.host == FAR && is(sent, 6)) + Duration::from_millis(1);
    assert_eq!(when(&|sent| sent.host == NAT && is(sent, 1)), came + SECOND * 6);
    let local = net.stack(X).local_address(client).unwrap().unwrap().to_string();
    assert_eq!(
        errors(&net, NAT, FAR),
        [Told::of(3, 3, "203.0.113.1", "198.51.100.1", [&local, "203.0.113.1:5000"])]
    );
    assert_eq!(drops(&net, DropReason::NatUnsolicited), 1);
    // A listener of the router is somebody.
    let own = net.listen(NAT, "203.0.113.1:22");
    let (_, _, peer) = net.connect(X, "203.0.113.1:22", (NAT, own));
    assert!(peer.starts_with("198.51.100.1:"));
}

/// REQ-5: four minutes while it opens, two hours and four minutes once it is open, four minutes once it is closed; to the second.
#[test]
fn connections_last_as_long_as_they_are_said_to() {
    let ack = || tcp().ack(true).acknowledgment(1);
    let lasts = |steps: &[(bool, Builder<Tcp>)], state, seconds: u32| {
        let mut net = house();
        // The hosts themselves know nothing of it.
        net.links.iter_mut().for_each(|link| link.cut = true);
        for (outward, tcp) in steps {
            net.run(SECOND);
            segment(&mut net, *outward, *tcp);
        }
        assert_eq!(states(&net), [state]);
        let until = net.now + SECOND * seconds;
        net.run(SECOND * seconds - Duration::from_nanos(1));
        assert_eq!(mappings(&net).len(), 1, "{state:?}");
        net.run(Duration::from_nanos(1));
        assert_eq!((mappings(&net).len(), net.now), (0, until), "{state:?}");
    };
    let syn = (true, tcp().syn(true));
    let open = [syn, (false, ack().syn(true)), (true, ack())];
    let two_hours = 2 * 3600 + 4 * 60;
    lasts(&open[..1], State::Opening { outward: true }, 240);
    lasts(&[syn, syn, syn], State::Opening { outward: true }, 240);
    lasts(&open, State::Established, two_hours);
    let half = [&open[..], &[(true, ack().fin(true))]].concat();
    lasts(&half, State::HalfClosed { outward: true }, two_hours);
    lasts(&[&half[..], &[(false, ack().fin(true))]].concat(), State::Closed, 240);
    // RFC 7857 section 2.2: after a reset four minutes, unless it goes on.
    let reset = [&open[..], &[(false, ack().rst(true))]].concat();
    lasts(&reset, State::Transitory, 240);
    lasts(&[&reset[..], &[(true, ack())]].concat(), State::Established, two_hours);
    // One that was open before the router was goes on.
    lasts(&[(true, ack())], State::Transitory, 240);
    lasts(&[(true, ack()), (false, ack())], State::Established, two_hours);
}

/// RFC 7857 section 8: resets that go out do not make anything last longer; nor do they begin anything, or a FIN.
#[test]
fn resets_refresh_nothing() {
    let mut net = house();
    for flags in [tcp().rst(true), tcp().ack(true).rst(true), tcp().ack(true).fin(true)] {
        segment(&mut net, true, flags);
        assert_eq!(mappings(&net), []);
    }
    segment(&mut net, true, tcp().syn(true));
    net.run(SECOND * 239);
    segment(&mut net, true, tcp().rst(true));
    net.run(SECOND);
    assert_eq!(mappings(&net), []);
    // What begins nothing from outside.
    forward(&mut net, Protocol::Tcp, 5000, "10.0.0.1:80");
    for flags in [tcp().ack(true), tcp().rst(true), tcp().ack(true).syn(true)] {
        segment(&mut net, false, flags);
    }
    assert_eq!((states(&net), drops(&net, DropReason::NatFiltered)), (vec![], 6));
}

/// REQ-8: a connection between hosts inside by the outside address.
#[test]
fn connections_turn_back() {
    let mut net = house();
    forward(&mut net, Protocol::Tcp, 80, "10.0.0.2:80");
    let listener = net.listen(B, "10.0.0.2:80");
    let (client, server, peer) = net.connect(A, "203.0.113.1:80", (B, listener));
    assert!(peer.starts_with("203.0.113.1:"), "{peer}");
    let data = bytes(200_000);
    net.transfer((A, client), (B, server), &data);
    net.transfer((B, server), (A, client), &data);
    // A host can reach itself that way too.
    let (client, server, peer) = net.connect(B, "203.0.113.1:80", (B, listener));
    assert!(peer.starts_with("203.0.113.1:"), "{peer}");
    net.transfer((B, client), (B, server), &data);
}

/// REQ-9, REQ-10, RFC 4787 REQ-12: errors from anywhere reach the host that they are about, and end nothing.
#[test]
fn errors_never_end_a_mapping() {
    let mut net = house();
    let outside = net.listen(X, "198.51.100.1:80");
    let (client, server, peer) = net.connect(A, "198.51.100.1:80", (X, outside));
    let peer: SocketAddrV4 = peer.parse().unwrap();
    let before: Vec<_> = net.hosts[NAT].stack.nat().unwrap().sessions().collect();
    net.log.clear();
    for (kind, code) in [(3, 0), (3, 1), (3, 2), (3, 3), (3, 13), (11, 0), (11, 1), (12, 0), (4, 0)] {
        // From a router that nobody has heard of.
        let quote =
            Ipv4::new(*peer.ip(), "198.51.100.1".parse().unwrap()) / Tcp::new(peer.port(), 80).sequence(7);
        let quote = [vec![0; 4], quote.to_vec().unwrap()].concat();
        let error = Icmpv4::new(layercake::names::Icmpv4Type(kind), code) / quote;
        net.inject(NAT, OUTSIDE, &(Ipv4::new("192.0.2.99".parse().unwrap(), *peer.ip()) / error));
    }
    assert_eq!(before, net.hosts[NAT].stack.nat().unwrap().sessions().collect::<Vec<_>>());
    net.run(SECOND);
    assert_eq!(errors(&net, NAT, A).len(), 9);
    let data = bytes(10_000);
    net.transfer((A, client), (X, server), &data);
    net.transfer((X, server), (A, client), &data);
}

/// RFC 1191 through the router: the far router says what its link carries, and the host inside sends no more.
#[test]
fn the_path_mtu_is_found_through_the_router() {
    let mut net = house_over([1500, 1500, 1000], |_| ());
    let outside = net.listen(X, "198.51.100.1:80");
    let (client, server, _) = net.connect(A, "198.51.100.1:80", (X, outside));
    let data = bytes(100_000);
    net.transfer((A, client), (X, server), &data);
    assert!(errors(&net, NAT, A).iter().any(|told| (told.kind, told.code) == (3, 4)));
    net.log.clear();
    net.transfer((A, client), (X, server), &data);
    let longest = net.log.iter().filter(|sent| sent.host == A).map(|sent| sent.frame.len() - 14).max();
    assert_eq!((longest, errors(&net, NAT, A)), (Some(1000), vec![]));
}

/// MSS clamping, if it is wanted: nothing is too long from the beginning. (A wire that drops errors is where that matters.)
#[test]
fn segments_are_clamped_if_that_is_wanted() {
    for (clamp, segment) in [(true, 948), (false, 1448)] {
        let mut net = house_over([1500, 1000, 1500], |nat| nat.clamp_mss = clamp);
        let outside = net.listen(X, "198.51.100.1:80");
        let (client, server, _) = net.connect(A, "198.51.100.1:80", (X, outside));
        for (host, socket) in [(A, client), (X, server)] {
            assert_eq!(net.stack(host).tcp_info(socket).unwrap().segment, segment);
        }
        let data = bytes(50_000);
        net.transfer((A, client), (X, server), &data);
        assert_eq!(errors(&net, NAT, A).is_empty(), clamp);
    }
}

/// Another address outside takes all that was translated to the old one along; the same again goes on, as when a link was down for a while.
#[test]
fn another_address_begins_anew() {
    let mut net = house();
    forward(&mut net, Protocol::Tcp, 8080, "10.0.0.2:80");
    let x = net.udp(X, 7001);
    let a = net.udp(A, 5000);
    net.seen((A, a), (X, x), "198.51.100.1:7001").unwrap();
    let now = net.now;
    net.stack(NAT).set_link(now, WAN, false).unwrap();
    net.run(SECOND);
    let now = net.now;
    net.stack(NAT).set_link(now, WAN, true).unwrap();
    net.run(SECOND * 10);
    net.send(X, x, b"still there", "203.0.113.1:5000");
    assert!(net.received(A, a).is_some());
    let now = net.now;
    net.stack(NAT).remove_address(now, WAN, "203.0.113.1".parse().unwrap());
    assert_eq!(mappings(&net).len(), 2);
    net.send(A, a, b"lost", "198.51.100.1:7001");
    assert_eq!(net.received(X, x), None);
    let now = net.now;
    net.stack(NAT).add_address(now, WAN, "203.0.113.9/24".parse().unwrap()).unwrap();
    assert_eq!(mappings(&net).len(), 1, "the forwarded port");
    net.route(NAT, "0.0.0.0/0", "203.0.113.254", WAN);
    net.run(SECOND);
    assert_eq!(net.seen((A, a), (X, x), "198.51.100.1:7001").as_deref(), Some("203.0.113.9:5000"));
    // Without a translator again.
    net.stack(NAT).set_nat(None).unwrap();
    assert_eq!(net.seen((A, a), (X, x), "198.51.100.1:7001").as_deref(), Some("10.0.0.1:5000"));
    let nowhere = Config::new(InterfaceId(9));
    assert_eq!(net.stack(NAT).set_nat(Some(nowhere)), Err(Errno::ENODEV));
}
