//! Ports on which somebody listens: RFC 9293 section 3.10.7.2, and what POSIX says of `listen` and `accept`.

use core::time::Duration;

use layercake::stack::tcp::{Seq, State};
use layercake::stack::{DropReason, Errno, Event, Kind, SocketId, SocketOption};
use layercake::wire::ipv4::Ipv4;
use layercake::wire::tcp::Tcp;

use super::support::{Alone, bytes, connect, events, hosts, pair, tcp, transfer, v4};

const SECOND: Duration = Duration::from_secs(1);

/// The third segment of an opening that a test makes.
fn opens_from(alone: &mut Alone, from: &str, sequence: u32) -> Seq {
    let answer = alone.gets_segment_from(from, tcp(sequence).syn(true));
    let [answer] = &answer[..] else { panic!("{answer:?}") };
    assert!(answer.syn && answer.ack == Some(Seq(sequence) + 1));
    let next = answer.seq + 1;
    alone.gets_segment_from(from, tcp(sequence + 1).ack(true).acknowledgment(next.0));
    next
}

/// First, RST; nothing is left of it.
#[test]
fn first_a_reset_is_ignored() {
    let mut alone = Alone::new();
    let listener = alone.listens(5);
    for flags in [tcp(5).rst(true), tcp(5).rst(true).ack(true).acknowledgment(9), tcp(5).rst(true).syn(true)]
    {
        assert_eq!(alone.gets_segment(flags), []);
    }
    assert_eq!(alone.drops(DropReason::TcpPort), 3);
    assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
}

/// Second, ACK: `<SEQ=SEG.ACK><CTL=RST>`, and the listener goes on listening.
#[test]
fn second_an_ack_is_reset() {
    let mut alone = Alone::new();
    let listener = alone.listens(5);
    for flags in [
        tcp(5).ack(true).acknowledgment(777),
        tcp(5).syn(true).ack(true).acknowledgment(777),
        tcp(5).fin(true).ack(true).acknowledgment(777),
    ] {
        let answer = alone.gets_segment(flags);
        let [reset] = &answer[..] else { panic!("{answer:?}") };
        assert!(reset.rst && !reset.syn && reset.ack.is_none() && reset.seq == Seq(777));
        assert_eq!(reset.destination, "10.0.0.1:1000".parse().unwrap());
    }
    assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
    opens_from(&mut alone, "10.0.0.1:1001", 5);
    assert!(alone.host.accept(listener).is_ok());
}

/// Third, SYN: `<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>`, RCV.NXT being SEG.SEQ + 1; what the SYN carries may be left for later.
#[test]
fn third_a_syn_is_answered() {
    for sequence in [0, 1000, u32::MAX] {
        let mut alone = Alone::with(|config| config.tcp.initial_sequence = Some(4_000_000_000));
        let listener = alone.listens(5);
        let answer = alone.gets_segment(tcp(sequence).syn(true));
        let [answer] = &answer[..] else { panic!("{answer:?}") };
        assert!(answer.syn && !answer.rst && !answer.fin && answer.data.is_empty());
        assert_eq!((answer.seq, answer.ack), (Seq(4_000_000_000), Some(Seq(sequence) + 1)));
        // Not open yet.
        assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
        alone.gets_segment(tcp(sequence.wrapping_add(1)).ack(true).acknowledgment(4_000_000_001));
        assert_eq!(alone.events(), [Event::Acceptable(listener)]);
        let (socket, peer) = alone.host.accept(listener).unwrap();
        assert_eq!(peer, "10.0.0.1:1000".parse().unwrap());
        assert_eq!(alone.host.tcp_info(socket).unwrap().state, State::Established);
    }
}

/// Fourth, anything else: "it cannot be", so that it is dropped.
#[test]
fn fourth_anything_else_is_dropped() {
    let mut alone = Alone::new();
    alone.listens(5);
    for flags in [tcp(5), tcp(5).fin(true), tcp(5).psh(true).urg(true)] {
        assert_eq!(alone.gets_segment(flags), []);
    }
    let with_data = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / Tcp::new(1000, 80).sequence(1) / b"data";
    assert_eq!(alone.gets(&with_data).len(), 0);
    assert_eq!(alone.drops(DropReason::TcpPort), 4);
}

/// Section 3.10.7.1, CLOSED: no listener.
#[test]
fn without_a_listener_all_but_a_reset_is_reset() {
    let mut alone = Alone::new();
    assert_eq!(alone.gets_segment(tcp(5).rst(true)), []);
    let answer = alone.gets_segment(tcp(5).syn(true));
    assert!(matches!(&answer[..], [reset] if reset.rst && reset.seq == Seq(0) && reset.ack == Some(Seq(6))));
    let answer = alone.gets_segment(tcp(5).ack(true).acknowledgment(44));
    assert!(matches!(&answer[..], [reset] if reset.rst && reset.seq == Seq(44) && reset.ack.is_none()));
}

/// A SYN to a full queue is dropped, so that it comes again; who has been accepted makes room. Who only asks keeps nobody out: the oldest of
/// those that are being opened gives way (RFC 4987 section 3.4).
#[test]
fn a_queue_has_an_end() {
    let mut alone = Alone::new();
    let listener = alone.listens(3);
    // Two are being opened, one can be accepted: they count alike.
    opens_from(&mut alone, "10.0.0.1:1001", 5);
    let oldest = alone.gets_segment_from("10.0.0.1:1002", tcp(5).syn(true))[0].seq + 1;
    assert_eq!(alone.gets_segment_from("10.0.0.1:1003", tcp(5).syn(true)).len(), 1);
    assert_eq!(alone.gets_segment_from("10.0.0.1:1004", tcp(5).syn(true)).len(), 1);
    assert_eq!(alone.drops(DropReason::TcpBacklog), 1);
    let late = alone.gets_segment_from("10.0.0.1:1002", tcp(6).ack(true).acknowledgment(oldest.0));
    assert!(late.len() == 1 && late[0].rst);
    // Those that can be accepted stay.
    for port in [2001, 2002] {
        opens_from(&mut alone, &format!("10.0.0.1:{port}"), 5);
    }
    assert_eq!(alone.gets_segment_from("10.0.0.1:2003", tcp(5).syn(true)), []);
    alone.host.accept(listener).unwrap();
    assert_eq!(alone.gets_segment_from("10.0.0.1:2003", tcp(5).syn(true)).len(), 1);
    // What is never opened gives its place back.
    alone.waits(SECOND * 200);
    opens_from(&mut alone, "10.0.0.1:2004", 5);
    assert_eq!(alone.gets_segment_from("10.0.0.1:2005", tcp(5).syn(true)), []);
}

/// A reset while it is being opened gives the place back too (section 3.10.7.4: back to LISTEN), and nobody hears of it.
#[test]
fn a_reset_of_what_is_being_opened_is_not_heard_of() {
    let mut alone = Alone::new();
    let listener = alone.listens(1);
    for port in [1001, 1002, 1003] {
        let from = format!("10.0.0.1:{port}");
        assert_eq!(alone.gets_segment_from(&from, tcp(5).syn(true)).len(), 1);
        assert_eq!(alone.gets_segment_from(&from, tcp(6).rst(true)), []);
    }
    assert_eq!(alone.events(), []);
    assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
    opens_from(&mut alone, "10.0.0.1:1004", 5);
    assert!(alone.host.accept(listener).is_ok());
}

/// They are accepted in the order in which they were opened, which need not be that in which they began.
#[test]
fn the_first_to_open_is_accepted_first() {
    let mut alone = Alone::new();
    let listener = alone.listens(5);
    let begun = alone.gets_segment_from("10.0.0.1:1001", tcp(5).syn(true))[0].seq + 1;
    opens_from(&mut alone, "10.0.0.1:1002", 5);
    opens_from(&mut alone, "10.0.0.1:1003", 5);
    alone.gets_segment_from("10.0.0.1:1001", tcp(6).ack(true).acknowledgment(begun.0));
    // The news is told once for each that is left.
    let mut ports = Vec::new();
    while alone.events().contains(&Event::Acceptable(listener)) {
        ports.push(alone.host.accept(listener).unwrap().1.port());
    }
    assert_eq!(ports, [1002, 1003, 1001]);
}

/// What comes before a connection is accepted waits for it: the data, and the news of it.
#[test]
fn news_waits_until_a_connection_is_accepted() {
    let mut net = hosts();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 1).unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    net.nodes[0].connect(now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
    events(&mut net, 1);
    net.run(SECOND).unwrap();
    assert_eq!(events(&mut net, 1), [Event::Acceptable(listener)]);
    let now = net.now;
    net.nodes[0].send(now, client, b"early").unwrap();
    net.nodes[0].close(now, client).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(events(&mut net, 1), []);
    let (server, _) = net.nodes[1].accept(listener).unwrap();
    assert!(events(&mut net, 1).contains(&Event::Readable(server)));
    let now = net.now;
    assert_eq!(net.nodes[1].recv(now, server, &mut [0; 9]), Ok(5));
    assert_eq!(net.nodes[1].recv(now, server, &mut [0; 9]), Ok(0));
}

/// A listener that is closed resets what nobody will accept, and leaves alone what was.
#[test]
fn a_listener_closes() {
    let mut net = hosts();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    let now = net.now;
    let clients: Vec<SocketId> = (0..3)
        .map(|_| {
            let client = net.nodes[0].socket(Kind::Stream).unwrap();
            net.nodes[0].connect(now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
            client
        })
        .collect();
    net.run(SECOND).unwrap();
    let (server, peer) = net.nodes[1].accept(listener).unwrap();
    let accepted =
        clients.iter().position(|client| net.nodes[0].local_address(*client) == Ok(Some(peer))).unwrap();
    events(&mut net, 0);
    let now = net.now;
    net.nodes[1].close(now, listener).unwrap();
    assert_eq!(net.nodes[1].accept(listener), Err(Errno::EBADF));
    net.run(SECOND).unwrap();
    let told = events(&mut net, 0);
    for (number, client) in clients.iter().enumerate() {
        let closed = told.contains(&Event::Closed(*client, Some(Errno::ECONNRESET)));
        assert_eq!(closed, number != accepted, "{told:?}");
    }
    let data = bytes(10_000);
    assert!(transfer(&mut net, (1, server), clients[accepted], &data, SECOND) == data);
    // Nobody listens any more.
    let late = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    net.nodes[0].connect(now, late, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    assert!(events(&mut net, 0).contains(&Event::Closed(late, Some(Errno::ECONNREFUSED))));
}

/// A SYN-ACK is on its way when the listener closes.
#[test]
fn a_listener_closes_while_somebody_opens() {
    let mut alone = Alone::new();
    let listener = alone.listens(5);
    let next = alone.gets_segment(tcp(5).syn(true))[0].seq + 1;
    alone.host.close(alone.now, listener).unwrap();
    alone.sends();
    let answer = alone.gets_segment(tcp(6).ack(true).acknowledgment(next.0));
    assert!(matches!(&answer[..], [reset] if reset.rst && reset.seq == next), "{answer:?}");
    assert_eq!(alone.events(), []);
}

/// The nearer of two listeners, and each family by itself.
#[test]
fn the_address_decides_between_listeners() {
    let mut alone = Alone::new();
    alone.host.add_address(alone.now, alone.interface, "10.0.0.4/24".parse().unwrap()).unwrap();
    alone.sends();
    let specific = alone.listens(5);
    let other = alone.host.socket(Kind::Stream).unwrap();
    alone.host.bind(other, "0.0.0.0:80".parse().unwrap()).unwrap_err();
    alone.host.bind(other, "10.0.0.4:80".parse().unwrap()).unwrap();
    alone.host.listen(other, 5).unwrap();
    opens_from(&mut alone, "10.0.0.1:1001", 5);
    assert_eq!(alone.host.accept(other), Err(Errno::EAGAIN));
    assert!(alone.host.accept(specific).is_ok());
    let syn = Ipv4::new(v4("10.0.0.1"), v4("10.0.0.4")) / tcp(5).source_port(1001).syn(true);
    assert_eq!(alone.gets(&syn).len(), 1);
}

/// Many at once: each with what was sent to it.
#[test]
fn many_connections() {
    const COUNT: usize = 500;
    let mut net = pair(|_| (), |link| link.delay = Duration::from_millis(1), 3);
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, COUNT).unwrap();
    let now = net.now;
    let clients: Vec<SocketId> = (0..COUNT)
        .map(|_| {
            let client = net.nodes[0].socket(Kind::Stream).unwrap();
            net.nodes[0].connect(now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
            client
        })
        .collect();
    // More wait for the neighbour's address than may: what is lost is sent again.
    net.run(SECOND * 5).unwrap();
    let mut servers = Vec::new();
    while let Ok((server, peer)) = net.nodes[1].accept(listener) {
        servers.push((peer, server));
    }
    assert_eq!(servers.len(), COUNT);
    let now = net.now;
    for (number, client) in clients.iter().enumerate() {
        net.nodes[0].send(now, *client, &(number as u32).to_be_bytes()).unwrap();
    }
    net.run(SECOND).unwrap();
    let now = net.now;
    for (number, client) in clients.iter().enumerate() {
        let own = net.nodes[0].local_address(*client).unwrap().unwrap();
        let (_, server) = servers.iter().find(|(peer, _)| *peer == own).unwrap();
        let mut into = [0; 9];
        assert_eq!(net.nodes[1].recv(now, *server, &mut into), Ok(4));
        assert_eq!(into[..4], (number as u32).to_be_bytes());
        net.nodes[1].close(now, *server).unwrap();
        net.nodes[0].close(now, *client).unwrap();
    }
    net.run(SECOND * 100).unwrap();
    let now = net.now;
    let all = servers.iter().map(|(_, server)| *server);
    assert!(all.into_iter().all(|server| net.nodes[1].close(now, server) == Err(Errno::EBADF)));
}

/// So many sockets, and no more: connections that come count too.
#[test]
fn there_are_no_more_sockets_than_there_may_be() {
    let mut alone = Alone::with(|config| config.sockets = 3);
    let listener = alone.listens(9);
    opens_from(&mut alone, "10.0.0.1:1001", 5);
    opens_from(&mut alone, "10.0.0.1:1002", 5);
    assert_eq!(alone.gets_segment_from("10.0.0.1:1003", tcp(5).syn(true)), []);
    assert_eq!(alone.host.socket(Kind::Datagram), Err(Errno::EMFILE));
    let (socket, _) = alone.host.accept(listener).unwrap();
    alone.host.abort(alone.now, socket).unwrap();
    alone.host.close(alone.now, socket).unwrap();
    alone.sends();
    assert!(alone.host.socket(Kind::Datagram).is_ok());
}

/// What `listen`, `accept` and `connect` refuse.
#[test]
fn a_listener_is_no_connection() {
    let mut net = hosts();
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    let now = net.now;
    assert_eq!(net.nodes[0].listen(client, 1), Err(Errno::EINVAL));
    assert_eq!(net.nodes[1].accept(server), Err(Errno::EINVAL));
    assert_eq!(net.nodes[0].connect(now, client, "10.0.0.2:80".parse().unwrap()), Err(Errno::EISCONN));
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:81".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 0).unwrap();
    assert_eq!(net.nodes[1].connect(now, listener, "10.0.0.1:80".parse().unwrap()), Err(Errno::EOPNOTSUPP));
    assert_eq!(net.nodes[1].send(now, listener, b"x"), Err(Errno::ENOTCONN));
    assert_eq!(net.nodes[1].recv(now, listener, &mut [0]), Err(Errno::ENOTCONN));
    let datagram = net.nodes[1].socket(Kind::Datagram).unwrap();
    assert_eq!(net.nodes[1].listen(datagram, 1), Err(Errno::EOPNOTSUPP));
    assert_eq!(net.nodes[1].accept(datagram), Err(Errno::EOPNOTSUPP));
}

/// Section 3.10.4: a listener that is closed takes with it what was being opened, and its port is free at once.
#[test]
fn a_listener_takes_what_is_being_opened_with_it() {
    let mut alone = Alone::new();
    let listener = alone.listens(3);
    let begun = alone.gets_segment_from("10.0.0.1:1001", tcp(5).syn(true))[0].seq + 1;
    alone.host.close(alone.now, listener).unwrap();
    let late = alone.gets_segment_from("10.0.0.1:1001", tcp(6).ack(true).acknowledgment(begun.0));
    assert!(late.len() == 1 && late[0].rst);
    alone.listens(3);
}

/// Two sockets may share an address with connections on it (`SO_REUSEADDR`), but only one can listen there, as on Linux.
#[test]
fn one_listener_for_an_address() {
    let mut net = hosts();
    let now = net.now;
    let stack = &mut net.nodes[0];
    let mut socket = |address: &str| {
        let socket = stack.socket(Kind::Stream).unwrap();
        stack.set_option(socket, SocketOption::ReuseAddress(true)).unwrap();
        stack.bind(socket, address.parse().unwrap()).unwrap();
        socket
    };
    let [first, second, own, six, other] =
        ["0.0.0.0:80", "0.0.0.0:80", "10.0.0.1:80", "[::]:80", "0.0.0.0:81"].map(&mut socket);
    assert_eq!(stack.listen(first, 1), Ok(()));
    for (socket, result) in [
        (second, Err(Errno::EADDRINUSE)),
        (own, Err(Errno::EADDRINUSE)),
        (six, Ok(())),
        (other, Ok(())),
        (first, Ok(())),
    ] {
        assert_eq!(stack.listen(socket, 2), result);
    }
    stack.close(now, first).unwrap();
    assert_eq!(stack.listen(second, 1), Ok(()));
}
