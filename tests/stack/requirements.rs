//! The requirements of RFC 9293 that the floors around a connection keep: `docs/rfc9293.md` names each of these tests.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::BTreeSet;

use layercake::field::Mac;
use layercake::link::{self, Link, Loss, Probability};
use layercake::packet::Part;
use layercake::sim::{Log, Net};
use layercake::stack::tcp::{Seq, State};
use layercake::stack::{DropReason, Errno, Event, Kind, Reason, SocketId, SocketOption, Stack};
use layercake::wire::ethernet::Ethernet;
use layercake::wire::icmpv4::Icmpv4;
use layercake::wire::icmpv6::Icmpv6;
use layercake::wire::ipv4::Ipv4;
use layercake::wire::ipv6::Ipv6;
use layercake::wire::tcp::Tcp;

use super::support::{
    Alone, OUR_MAC, Sent, THEIR_MAC, bytes, connect, events, expired, hosts, sent, sent_by, tcp, transfer,
    undelivered, v4, v6,
};

const SECOND: Duration = Duration::from_secs(1);

/// A connection that a host alone has begun, and its SYN.
fn begins(alone: &mut Alone, from: &str, to: &str) -> (SocketId, Sent) {
    let socket = alone.host.socket(Kind::Stream).unwrap();
    alone.host.bind(socket, from.parse().unwrap()).unwrap();
    alone.host.connect(alone.now, socket, to.parse().unwrap()).unwrap();
    let syn = alone.sends().iter().find_map(|frame| sent(frame)).unwrap();
    assert!(syn.syn);
    (socket, syn)
}

/// A connection with port 80 of 10.0.0.1 that is open; what it sends next has this number, what it expects the other.
fn opens(alone: &mut Alone) -> (SocketId, Seq, Seq) {
    let (socket, syn) = begins(alone, "10.0.0.2:5000", "10.0.0.1:80");
    let answer =
        Tcp::new(80, 5000).sequence(900).syn(true).ack(true).acknowledgment((syn.seq + 1).0).window(60_000);
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / answer));
    assert_eq!(alone.host.tcp_info(socket).unwrap().state, State::Established);
    alone.events();
    (socket, syn.seq + 1, Seq(901))
}

/// An error of 10.0.0.9 about a segment of the host to port 80 of 10.0.0.1.
fn error(about: (&str, u16), seq: Seq, message: layercake::field::Builder<Icmpv4>) -> impl Part {
    let quoted = Ipv4::new(v4("10.0.0.2"), v4(about.0)) / Tcp::new(about.1, 80).sequence(seq.0);
    Ipv4::new(v4("10.0.0.9"), v4("10.0.0.2")) / message / quoted.to_vec().unwrap()
}

/// MUST-3.
#[test]
fn a_wrong_tcp_checksum_is_dropped() {
    let mut alone = Alone::new();
    alone.listens(5);
    let four = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / tcp(1).syn(true);
    let whole = (Ethernet::new(THEIR_MAC, OUR_MAC) / four).to_vec().unwrap();
    for byte in 34..whole.len() {
        let mut wrong = whole.clone();
        wrong[byte] ^= 0x10;
        alone.host.on_frame(alone.now, alone.interface, &wrong);
        assert_eq!(alone.sends(), Vec::<Vec<u8>>::new(), "byte {byte}");
    }
    // The length of the header is looked at before the sum.
    assert_eq!(alone.drops(DropReason::TcpChecksum) + alone.drops(DropReason::TcpMalformed), 20);
    assert!(alone.drops(DropReason::TcpChecksum) >= 19);
    alone.host.on_frame(alone.now, alone.interface, &whole);
    assert!(sent(&alone.sends()[0]).unwrap().syn);

    // Over IPv6 the addresses count too: the pseudo-header.
    let six = Ipv6::new(v6("fd00::1"), v6("fd00::2")) / tcp(1).syn(true);
    let mut wrong = (Ethernet::new(THEIR_MAC, OUR_MAC) / six).to_vec().unwrap();
    wrong[37] ^= 2;
    let before = alone.drops(DropReason::TcpChecksum);
    alone.host.on_frame(alone.now, alone.interface, &wrong);
    assert_eq!((alone.sends().len(), alone.drops(DropReason::TcpChecksum)), (0, before + 1));
}

/// MUST-8: a clock of 4 microseconds.
#[test]
fn initial_sequence_numbers_follow_the_clock() {
    let mut alone = Alone::new();
    let mut last: Option<Seq> = None;
    for wait in [SECOND, Duration::from_micros(4), SECOND * 3600, SECOND * 18_000] {
        let (socket, syn) = begins(&mut alone, "10.0.0.2:5000", "10.0.0.1:80");
        if let Some(last) = last {
            assert_eq!(syn.seq, last);
        }
        alone.host.close(alone.now, socket).unwrap();
        alone.waits(wait);
        last = Some(syn.seq + (wait.as_micros() / 4) as u32);
    }
}

/// MUST-9, SHLD-1: numbers of other connections tell nothing of the next, and the same seed gives the same.
#[test]
fn initial_sequence_numbers_do_not_give_the_secret_away() {
    let numbers = |seed: u64| -> Vec<u32> {
        let mut alone = Alone::with(|config| config.seed = seed);
        let mut number = |from: &str, to: &str| begins(&mut alone, from, to).1.seq.0;
        (0..512u32)
            .map(|n| number(&format!("10.0.0.2:{}", 5000 + n), &format!("10.0.0.1:{}", 80 + n / 256)))
            .collect()
    };
    let first = numbers(1);
    assert_eq!(first, numbers(1));
    let other = numbers(2);
    // Between neighbours, and between seeds, half of the bits differ, as they do by chance.
    let bits = |pairs: &mut dyn Iterator<Item = (u32, u32)>| {
        let differing: Vec<u32> = pairs.map(|(a, b)| (a ^ b).count_ones()).collect();
        differing.iter().sum::<u32>() as f64 / differing.len() as f64
    };
    let neighbours = bits(&mut first.iter().copied().zip(first.iter().skip(1).copied()));
    let seeds = bits(&mut first.iter().copied().zip(other.iter().copied()));
    assert!((15.5..16.5).contains(&neighbours) && (15.5..16.5).contains(&seeds), "{neighbours} {seeds}");
    // No difference comes twice, nor does a number.
    let steps: BTreeSet<u32> = first.windows(2).map(|two| two[1].wrapping_sub(two[0])).collect();
    assert_eq!((steps.len(), first.iter().collect::<BTreeSet<_>>().len()), (511, 512));
}

/// MUST-20: at R1 the next hop is asked whether it is still there, and the application is told; R2 has not come yet.
#[test]
fn a_path_in_doubt_has_its_neighbour_asked_for() {
    for address in ["10.0.0.2:80", "[fd00::2]:80"] {
        let mut net = hosts();
        let (client, server) = connect(&mut net, address);
        net.run(SECOND).unwrap();
        events(&mut net, 0);
        let wire = |percent| link::Config {
            loss: Loss::Bernoulli(Probability::percent(percent)),
            ..link::Config::default()
        };
        net.cables[0].links[0] = Link::new(&wire(100), 1);
        net.watch.record();
        let start = net.now;
        assert_eq!(net.nodes[0].send(start, client, b"is anybody there"), Ok(16));
        net.run(SECOND * 5).unwrap();
        let told = events(&mut net, 0);
        assert!(told.contains(&Event::Unanswered(client)), "{told:?}");
        let reasons: Vec<_> =
            net.watch.entries.iter().filter_map(|entry| Some((entry.time, entry.reason?))).collect();
        let asked =
            reasons.iter().position(|(_, reason)| matches!(reason, Reason::StillThere { attempt: 1, .. }));
        let before = &reasons[..asked.expect("nobody is asked")];
        let again = before.iter().filter(|(_, reason)| reason.to_string().contains("timeout")).count();
        let doubt = net.nodes[0].tcp_config(client).unwrap().retries_doubt as usize;
        assert!((2..=doubt).contains(&again), "asked after {again} timeouts: {before:?}");
        // It does not answer: its address is forgotten, and the next segment asks everybody; the application learns why nothing goes on.
        net.run(SECOND * 60).unwrap();
        let told = events(&mut net, 0);
        let own = if address.starts_with('[') { "fd00::1" } else { "10.0.0.1" };
        let unreachable = undelivered(client, Errno::EHOSTUNREACH, address.parse().unwrap(), own);
        assert!(told.contains(&unreachable), "{told:?}");
        assert!(net.watch.entries.iter().any(|entry| matches!(entry.reason, Some(Reason::WhoHas { .. }))));
        // The wire is mended: it was no more than a doubt.
        net.cables[0].links[0] = Link::new(&wire(0), 1);
        net.run(SECOND * 200).unwrap();
        let now = net.now;
        assert_eq!(net.nodes[1].recv(now, server, &mut [0; 99]), Ok(16));
        assert_eq!(net.nodes[0].tcp_info(client).unwrap().state, State::Established);
    }
}

/// MUST-41: another listener comes to the port of a connection.
#[test]
fn a_listener_leaves_connections_alone() {
    let mut net = hosts();
    let address = "10.0.0.2:80";
    let first = listening(&mut net, address);
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    net.nodes[0].connect(now, client, address.parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    let (server, _) = net.nodes[1].accept(first).unwrap();
    let data = bytes(50_000);
    assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
    net.run(SECOND).unwrap();
    let before = net.nodes[1].tcp_info(server).unwrap();

    let second = net.nodes[1].socket(Kind::Stream).unwrap();
    assert_eq!(net.nodes[1].bind(second, address.parse().unwrap()), Err(Errno::EADDRINUSE));
    let now = net.now;
    net.nodes[1].close(now, first).unwrap();
    // A connection of before keeps the port, unless that is allowed.
    assert_eq!(net.nodes[1].bind(second, address.parse().unwrap()), Err(Errno::EADDRINUSE));
    net.nodes[1].set_option(second, SocketOption::ReuseAddress(true)).unwrap();
    net.nodes[1].bind(second, address.parse().unwrap()).unwrap();
    net.nodes[1].listen(second, 1).unwrap();
    let other = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(now, other, address.parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    assert!(net.nodes[1].accept(second).is_ok());
    assert_eq!(net.nodes[1].tcp_info(server).unwrap(), before);
    assert!(transfer(&mut net, (1, server), client, &data, SECOND * 9) == data);
}

/// MUST-42: a socket listens on the port from which another opens a connection.
#[test]
fn a_port_listens_while_it_opens() {
    let mut net = hosts();
    let own: SocketAddr = "10.0.0.1:5000".parse().unwrap();
    let [opening, listener] = [(); 2].map(|()| net.nodes[0].socket(Kind::Stream).unwrap());
    for socket in [opening, listener] {
        net.nodes[0].set_option(socket, SocketOption::ReuseAddress(true)).unwrap();
        net.nodes[0].bind(socket, own).unwrap();
    }
    let now = net.now;
    // Nobody is there, so that it goes on opening.
    net.nodes[0].connect(now, opening, "10.0.0.77:80".parse().unwrap()).unwrap();
    net.nodes[0].listen(listener, 1).unwrap();
    let client = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].connect(now, client, own).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(net.nodes[0].tcp_info(opening).unwrap().state, State::SynSent);
    let (_, peer) = net.nodes[0].accept(listener).unwrap();
    assert_eq!(Ok(Some(peer)), net.nodes[1].local_address(client));
}

/// Hosts of which the first has a second address, which it would not choose.
fn with_two_addresses() -> Net<Stack, Log> {
    let mut net = hosts();
    net.address(0, "10.0.0.9/24".parse().unwrap()).unwrap();
    net.address(0, "fd00::9/64".parse().unwrap()).unwrap();
    net.watch.record();
    net
}

/// The connections of a pair: from where the first host has sent, and who sees which peer.
fn listening(net: &mut Net<Stack, Log>, address: &str) -> SocketId {
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, address.parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    listener
}

/// MUST-43.
#[test]
fn the_local_address_can_be_given() {
    for (own, to) in
        [("10.0.0.9:0", "10.0.0.2:80"), ("10.0.0.1:777", "10.0.0.2:80"), ("[fd00::9]:0", "[fd00::2]:80")]
    {
        let mut net = with_two_addresses();
        let listener = listening(&mut net, to);
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        let own: SocketAddr = own.parse().unwrap();
        net.nodes[0].bind(client, own).unwrap();
        let now = net.now;
        net.nodes[0].connect(now, client, to.parse().unwrap()).unwrap();
        net.run(SECOND).unwrap();
        let (_, peer) = net.nodes[1].accept(listener).unwrap();
        assert_eq!(peer.ip(), own.ip());
        assert!(own.port() == 0 || own.port() == peer.port());
        assert!(sent_by(&net, 0).iter().all(|segment| segment.source == peer));
    }
}

/// MUST-44.
#[test]
fn the_local_address_is_chosen_before_the_syn() {
    for to in ["10.0.0.2:80", "[fd00::2]:80", "127.0.0.1:80"] {
        let mut net = with_two_addresses();
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        let now = net.now;
        assert_eq!(net.nodes[0].local_address(client), Ok(None));
        net.nodes[0].connect(now, client, to.parse().unwrap()).unwrap();
        let own = net.nodes[0].local_address(client).unwrap().unwrap();
        assert!(own.port() >= 49_152 && !own.ip().is_unspecified());
        net.run(SECOND).unwrap();
        let sent = sent_by(&net, 0);
        assert!(to.starts_with("127") || sent[0].syn && sent.iter().all(|segment| segment.source == own));
    }
}

/// MUST-45: also when there is a better one.
#[test]
fn the_local_address_stays() {
    let mut net = hosts();
    net.watch.record();
    let (client, server) = connect(&mut net, "[fd00::2]:80");
    let own = net.nodes[0].local_address(client).unwrap().unwrap();
    let data = bytes(30_000);
    assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
    // Longer in common with the peer's, so that what is new is sent from there.
    net.address(0, "fd00::3/126".parse().unwrap()).unwrap();
    assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
    assert_eq!(net.nodes[0].local_address(client), Ok(Some(own)));
    assert!(sent_by(&net, 0).iter().all(|segment| segment.source == own));
    let other = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    net.nodes[0].connect(now, other, "[fd00::2]:80".parse().unwrap()).unwrap();
    assert_eq!(
        net.nodes[0].local_address(other).unwrap().unwrap().ip(),
        "fd00::3".parse::<IpAddr>().unwrap()
    );
}

/// MUST-46.
#[test]
fn a_connection_to_a_group_is_an_error() {
    let mut net = hosts();
    net.watch.record();
    let groups = [
        "224.0.0.1:80",
        "239.1.2.3:80",
        "255.255.255.255:80",
        "10.0.0.255:80",
        "[ff02::1]:80",
        "[ff0e::7]:80",
    ];
    for to in groups.into_iter().chain(["0.0.0.0:80", "[::]:80", "10.0.0.2:0", "240.0.0.1:80"]) {
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        let now = net.now;
        let refused = net.nodes[0].connect(now, client, to.parse().unwrap());
        assert!(matches!(refused, Err(Errno::EADDRNOTAVAIL | Errno::ENETUNREACH)), "{to}: {refused:?}");
        assert_eq!(net.nodes[0].tcp_info(client), Err(Errno::ENOTCONN));
    }
    net.run(SECOND).unwrap();
    assert_eq!(sent_by(&net, 0), []);
}

/// MUST-47, SHLD-25.
#[test]
fn soft_errors_are_reported() {
    let mut alone = Alone::new();
    let (socket, seq, _) = opens(&mut alone);
    alone.host.send(alone.now, socket, b"data").unwrap();
    alone.sends();
    let about = "10.0.0.1:80".parse().unwrap();
    for (message, errno) in [
        (Icmpv4::destination_unreachable(0), Errno::ENETUNREACH),
        (Icmpv4::destination_unreachable(1), Errno::EHOSTUNREACH),
        (Icmpv4::destination_unreachable(3), Errno::ECONNREFUSED),
    ] {
        alone.gets(&error(("10.0.0.1", 5000), seq, message));
        assert_eq!(alone.events(), [undelivered(socket, errno, about, "10.0.0.9")]);
    }
    alone.gets(&error(("10.0.0.1", 5000), seq, Icmpv4::time_exceeded(0)));
    assert_eq!(alone.events(), [expired(socket, about, "10.0.0.9")]);
    alone.gets(&error(("10.0.0.1", 5000), seq, Icmpv4::parameter_problem(1)));
    assert_eq!(alone.events(), [undelivered(socket, Errno::EPROTO, about, "10.0.0.9")]);
    // And when the connection is given up, the last of them is the reason.
    alone.waits(SECOND * 3600);
    assert!(alone.events().contains(&Event::Closed(socket, Some(Errno::EPROTO))));
}

/// MUST-48, SHLD-22.
#[test]
fn the_diffserv_field_can_be_set() {
    for to in ["10.0.0.2:80", "[fd00::2]:80"] {
        let mut net = hosts();
        net.watch.record();
        let listener = listening(&mut net, to);
        net.nodes[1].set_option(listener, SocketOption::TrafficClass(0x28)).unwrap();
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        // The two bits of congestion are not the application's.
        net.nodes[0].set_option(client, SocketOption::TrafficClass(0xbb)).unwrap();
        let now = net.now;
        net.nodes[0].connect(now, client, to.parse().unwrap()).unwrap();
        net.run(SECOND).unwrap();
        let (server, _) = net.nodes[1].accept(listener).unwrap();
        let data = bytes(20_000);
        assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
        assert!(sent_by(&net, 0).iter().all(|segment| segment.traffic_class & 0xfc == 0xb8));
        assert!(sent_by(&net, 1).iter().all(|segment| segment.traffic_class & 0xfc == 0x28));
    }
}

/// SHLD-21.
#[test]
fn the_diffserv_field_can_be_changed() {
    let mut net = hosts();
    net.watch.record();
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    for class in [0x20, 0xc0, 0] {
        net.nodes[0].set_option(client, SocketOption::TrafficClass(class)).unwrap();
        net.watch.entries.clear();
        let data = bytes(20_000);
        assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
        let sent = sent_by(&net, 0);
        assert!(sent.len() > 10 && sent.iter().all(|segment| segment.traffic_class == class));
    }
}

/// MUST-49.
#[test]
fn the_hop_limit_can_be_set() {
    for to in ["10.0.0.2:80", "[fd00::2]:80"] {
        let mut net = hosts();
        net.watch.record();
        let listener = listening(&mut net, to);
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        net.nodes[0].set_option(client, SocketOption::HopLimit(Some(3))).unwrap();
        let now = net.now;
        net.nodes[0].connect(now, client, to.parse().unwrap()).unwrap();
        net.run(SECOND).unwrap();
        let (server, _) = net.nodes[1].accept(listener).unwrap();
        let data = bytes(20_000);
        assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
        assert!(sent_by(&net, 0).iter().all(|segment| segment.hop_limit == 3));
        assert!(sent_by(&net, 1).iter().all(|segment| segment.hop_limit == 64));
        net.watch.entries.clear();
        net.nodes[0].set_option(client, SocketOption::HopLimit(None)).unwrap();
        assert!(transfer(&mut net, (0, client), server, &data, SECOND * 9) == data);
        assert!(sent_by(&net, 0).iter().all(|segment| segment.hop_limit == 64));
    }
}

/// MUST-54: the one that it is about, and no other; what was not sent lately is about nobody (RFC 5927 section 4.1).
#[test]
fn an_icmp_error_reaches_its_connection() {
    let mut alone = Alone::new();
    let (first, seq, _) = opens(&mut alone);
    let (second, syn) = begins(&mut alone, "10.0.0.2:5001", "10.0.0.3:80");
    let unreachable = || Icmpv4::destination_unreachable(1);
    alone.gets(&error(("10.0.0.1", 5000), seq, unreachable()));
    let told = alone.events();
    assert_eq!(told, [undelivered(first, Errno::EHOSTUNREACH, "10.0.0.1:80".parse().unwrap(), "10.0.0.9")]);
    for (about, seq) in [
        (("10.0.0.1", 5001), seq),
        (("10.0.0.3", 5000), seq),
        (("10.0.0.1", 5000), seq + 1),
        (("10.0.0.1", 5000), Seq(seq.0.wrapping_sub(2))),
    ] {
        let before = alone.drops(DropReason::IcmpUnknown);
        alone.gets(&error(about, seq, Icmpv4::destination_unreachable(3)));
        assert_eq!((alone.events(), alone.drops(DropReason::IcmpUnknown)), (vec![], before + 1), "{about:?}");
    }
    // A connection that is being opened ends if it is certain.
    alone.gets(&error(("10.0.0.3", 5001), syn.seq, Icmpv4::destination_unreachable(3)));
    assert!(alone.events().contains(&Event::Closed(second, Some(Errno::ECONNREFUSED))));
    assert_eq!(alone.host.tcp_info(first).unwrap().state, State::Established);

    // Over IPv6 the same.
    let (third, syn) = begins(&mut alone, "[fd00::2]:5002", "[fd00::1]:80");
    let quoted = Ipv6::new(v6("fd00::2"), v6("fd00::1")) / Tcp::new(5002, 80).sequence(syn.seq.0);
    let message = Icmpv6::destination_unreachable(4) / quoted.to_vec().unwrap();
    alone.gets(&(Ipv6::new(v6("fd00::1"), v6("fd00::2")) / message));
    assert!(alone.events().contains(&Event::Closed(third, Some(Errno::ECONNREFUSED))));
}

/// MUST-55.
#[test]
fn source_quench_is_discarded() {
    let mut alone = Alone::new();
    let (socket, seq, _) = opens(&mut alone);
    alone.host.send(alone.now, socket, b"data").unwrap();
    alone.sends();
    let before = alone.host.tcp_info(socket).unwrap();
    let quench = Icmpv4::new(layercake::names::Icmpv4Type(4), 0).append(&[0; 4]);
    assert_eq!(alone.gets(&error(("10.0.0.1", 5000), seq, quench)).len(), 0);
    assert_eq!(alone.host.tcp_info(socket).unwrap(), before);
    assert_eq!((alone.events(), alone.drops(DropReason::IcmpUnknown)), (vec![], 1));
}

/// MUST-56: neither one that is open nor one that is being opened.
#[test]
fn soft_errors_do_not_end_a_connection() {
    let soft = || {
        let unreachable = [0, 1, 5].map(Icmpv4::destination_unreachable);
        let others = [Icmpv4::time_exceeded(0), Icmpv4::time_exceeded(1), Icmpv4::parameter_problem(9)];
        unreachable.into_iter().chain(others)
    };
    let mut alone = Alone::new();
    let (open, seq, ack) = opens(&mut alone);
    let (opening, syn) = begins(&mut alone, "10.0.0.2:5001", "10.0.0.3:80");
    for message in soft() {
        alone.gets(&error(("10.0.0.1", 5000), seq, message));
    }
    for message in soft() {
        alone.gets(&error(("10.0.0.3", 5001), syn.seq, message));
    }
    assert_eq!(alone.host.tcp_info(open).unwrap().state, State::Established);
    assert_eq!(alone.host.tcp_info(opening).unwrap().state, State::SynSent);
    let data = tcp(ack.0).source_port(80).destination_port(5000).ack(true).acknowledgment(seq.0);
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / (data / b"still there")));
    assert_eq!(alone.host.recv(alone.now, open, &mut [0; 20]), Ok(11));
    assert!(!alone.events().iter().any(|event| matches!(event, Event::Closed(..))));
}

/// MUST-57: whether the frame or the packet says that it is for many.
#[test]
fn a_syn_to_a_group_is_discarded() {
    let mut alone = Alone::new();
    let listener = alone.host.socket(Kind::Stream).unwrap();
    alone.host.bind(listener, "0.0.0.0:80".parse().unwrap()).unwrap();
    alone.host.listen(listener, 5).unwrap();
    let groups = ["224.0.0.1", "10.0.0.255", "255.255.255.255", "10.0.0.2"];
    for to in groups {
        for frame in [OUR_MAC, Mac::BROADCAST, Mac([1, 0, 0x5e, 0, 0, 1])] {
            let syn = Ipv4::new(v4("10.0.0.1"), v4(to)) / tcp(1).syn(true);
            let answered = alone.gets_in(frame, &syn).len();
            assert_eq!(answered, usize::from((frame, to) == (OUR_MAC, "10.0.0.2")), "{to} in {frame}");
        }
    }
    let six = alone.host.socket(Kind::Stream).unwrap();
    alone.host.bind(six, "[::]:80".parse().unwrap()).unwrap();
    alone.host.listen(six, 5).unwrap();
    let all = Ipv6::new(v6("fd00::1"), v6("ff02::1")) / tcp(1).syn(true);
    assert_eq!(alone.gets_in(Mac([0x33, 0x33, 0, 0, 0, 1]), &all).len(), 0);
    assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
}

/// MUST-63.
#[test]
fn a_syn_from_a_group_is_ignored() {
    let mut alone = Alone::new();
    alone.listens(5);
    let sources =
        ["224.0.0.1", "255.255.255.255", "10.0.0.255", "0.0.0.0", "127.0.0.1", "10.0.0.2", "240.0.0.1"];
    for from in sources {
        let before = alone.drops(DropReason::IpSource);
        let syn = Ipv4::new(v4(from), v4("10.0.0.2")) / tcp(1).syn(true);
        assert_eq!((alone.gets(&syn).len(), alone.drops(DropReason::IpSource)), (0, before + 1), "{from}");
    }
    let six = alone.host.socket(Kind::Stream).unwrap();
    alone.host.bind(six, "[::]:80".parse().unwrap()).unwrap();
    alone.host.listen(six, 5).unwrap();
    for from in ["ff02::1", "::", "::1", "fd00::2"] {
        let before = alone.drops(DropReason::IpSource);
        let syn = Ipv6::new(v6(from), v6("fd00::2")) / tcp(1).syn(true);
        assert_eq!((alone.gets(&syn).len(), alone.drops(DropReason::IpSource)), (0, before + 1), "{from}");
    }
}

/// MAY-2 at the level of hosts: the connection that takes the place of one in TIME-WAIT begins beyond all that it has used, however fast that was.
#[test]
fn a_connection_out_of_time_wait_begins_behind_the_old_one() {
    let mut net = super::support::pair(|_| (), |link| link.delay = Duration::from_micros(50), 1);
    net.watch.record();
    let listener = listening(&mut net, "10.0.0.2:80");
    let mut next = None;
    for round in 0..4 {
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        net.nodes[0].bind(client, "10.0.0.1:5000".parse().unwrap()).unwrap();
        let now = net.now;
        net.nodes[0].connect(now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
        net.run(Duration::from_millis(5)).unwrap();
        let (server, _) = net.nodes[1].accept(listener).unwrap_or_else(|error| panic!("{round}: {error}"));
        // Three million numbers in less time than the clock takes for one million.
        let data = bytes(3_000_000);
        assert!(transfer(&mut net, (1, server), client, &data, SECOND) == data);
        let now = net.now;
        net.nodes[1].close(now, server).unwrap();
        net.run(Duration::from_millis(5)).unwrap();
        let now = net.now;
        net.nodes[0].close(now, client).unwrap();
        net.run(Duration::from_millis(5)).unwrap();
        let sent = sent_by(&net, 1);
        let first = sent.iter().find(|segment| segment.syn).unwrap().seq;
        if let Some(next) = next {
            assert!(Seq::is_before(next, first), "round {round}: {first} is not behind {next}");
        }
        next = sent.iter().find(|segment| segment.fin).map(|segment| segment.seq + segment.data.len() as u32);
        net.watch.entries.clear();
    }
}
