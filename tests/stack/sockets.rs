//! The calls of an application.

use core::time::Duration;

use layercake::stack::{DropReason, Errno, Event, Kind, Shutdown, tcp::State};

use super::support::{bytes, connect, events, hosts, pair, transfer, undelivered};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_connection_from_the_first_question_to_the_last_segment() {
    let mut pair = hosts();
    pair.record();
    let (client, server) = connect(&mut pair, "10.0.0.2:80");
    let data = bytes(1_000_000);
    let got = transfer(&mut pair, (0, client), server, &data, SECOND * 60);
    assert!(got == data, "{} bytes", got.len());
    let got = transfer(&mut pair, (1, server), client, &data, SECOND * 60);
    assert!(got == data, "{} bytes", got.len());
    assert_eq!(pair.hosts[0].shutdown(pair.now(), client, Shutdown::Write), Ok(()));
    pair.run(SECOND / 10);
    assert_eq!(pair.hosts[1].recv(pair.now(), server, &mut [0; 9]), Ok(0));
    assert_eq!(pair.hosts[0].tcp_info(client).unwrap().state, State::FinWait2);
    assert_eq!(pair.hosts[1].close(pair.now(), server), Ok(()));
    assert_eq!(pair.hosts[1].send(pair.now(), server, b"x"), Err(Errno::EBADF));
    pair.run(SECOND / 10);
    assert_eq!(pair.hosts[0].tcp_info(client).unwrap().state, State::TimeWait);
    pair.run(SECOND * 61);
    assert_eq!(pair.hosts[0].tcp_info(client).unwrap().state, State::Closed);
    for host in &pair.hosts {
        // Each asks whether there is a router, and the other is none.
        let dropped: Vec<_> = host.drops().iter().collect();
        assert_eq!(dropped, [(DropReason::IpDestination, 3)]);
    }
    let reasons: Vec<String> = pair.log.iter().filter_map(|entry| Some(entry.reason?.to_string())).collect();
    assert!(reasons.iter().any(|reason| reason == "open the connection"), "{:?}", &reasons[..5]);
}

#[test]
fn over_ipv6_too() {
    let mut pair = hosts();
    let (client, server) = connect(&mut pair, "[fd00::2]:80");
    let data = bytes(300_000);
    assert!(transfer(&mut pair, (0, client), server, &data, SECOND * 60) == data);
    assert!(transfer(&mut pair, (1, server), client, &data, SECOND * 60) == data);
}

#[test]
fn over_loopback_too() {
    for address in ["127.0.0.1:80", "[::1]:80", "10.0.0.1:80"] {
        let mut pair = hosts();
        let now = pair.now();
        let host = &mut pair.hosts[0];
        let listener = host.socket(Kind::Stream).unwrap();
        host.bind(listener, address.parse().unwrap()).unwrap();
        host.listen(listener, 1).unwrap();
        let client = host.socket(Kind::Stream).unwrap();
        host.connect(now, client, address.parse().unwrap()).unwrap();
        pair.run(SECOND);
        let (server, peer) = pair.hosts[0].accept(listener).expect(address);
        assert_eq!(pair.hosts[0].local_address(client), Ok(Some(peer)));
        let now = pair.now();
        assert_eq!(pair.hosts[0].send(now, client, b"to myself"), Ok(9));
        pair.run(SECOND);
        let mut into = [0; 20];
        assert_eq!(pair.hosts[0].recv(now, server, &mut into), Ok(9));
        assert_eq!(&into[..9], b"to myself");
    }
}

#[test]
fn nobody_listens() {
    let mut pair = hosts();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), client, "10.0.0.2:81".parse().unwrap()).unwrap();
    pair.run(SECOND);
    assert!(events(&mut pair, 0).contains(&Event::Closed(client, Some(Errno::ECONNREFUSED))));
    assert_eq!(pair.hosts[0].send(pair.now(), client, b"x"), Err(Errno::ECONNREFUSED));
    assert_eq!(pair.hosts[1].drops().of(DropReason::TcpPort), 1);
}

#[test]
fn messages_keep_their_boundaries() {
    let mut pair = hosts();
    let server = pair.hosts[1].socket(Kind::Datagram).unwrap();
    pair.hosts[1].bind(server, "0.0.0.0:53".parse().unwrap()).unwrap();
    let client = pair.hosts[0].socket(Kind::Datagram).unwrap();
    let now = pair.now();
    for message in [&b"one"[..], b"", b"three"] {
        assert_eq!(
            pair.hosts[0].send_to(now, client, message, "10.0.0.2:53".parse().unwrap()),
            Ok(message.len())
        );
    }
    let long = bytes(20_000);
    assert_eq!(pair.hosts[0].send_to(now, client, &long, "10.0.0.2:53".parse().unwrap()), Ok(20_000));
    pair.run(SECOND);
    let mut into = vec![0; 30_000];
    let got: Vec<usize> =
        std::iter::from_fn(|| pair.hosts[1].recv_from(server, &mut into).ok()).map(|(n, _)| n).collect();
    assert_eq!(got, [3, 0, 5, 20_000]);
    assert!(into[..20_000] == long);
}

#[test]
fn a_port_where_nobody_listens_is_an_error_of_the_sender() {
    let mut pair = hosts();
    let client = pair.hosts[0].socket(Kind::Datagram).unwrap();
    let to = "10.0.0.2:9".parse().unwrap();
    pair.hosts[0].connect(pair.now(), client, to).unwrap();
    pair.hosts[0].send(pair.now(), client, b"hello").unwrap();
    pair.run(SECOND);
    assert_eq!(events(&mut pair, 0).last(), Some(&undelivered(client, Errno::ECONNREFUSED, to, "10.0.0.2")));
    assert_eq!(pair.hosts[0].recv(pair.now(), client, &mut [0; 9]), Err(Errno::ECONNREFUSED));
    assert_eq!(pair.hosts[0].recv(pair.now(), client, &mut [0; 9]), Err(Errno::EAGAIN));
}

#[test]
fn an_echo_comes_back() {
    for to in ["10.0.0.2:0", "[fd00::2]:0", "127.0.0.1:0"] {
        let mut pair = hosts();
        let socket = pair.hosts[0].socket(Kind::Echo).unwrap();
        let to: core::net::SocketAddr = to.parse().unwrap();
        for data in [b"first", b"again"] {
            pair.hosts[0].send_to(pair.now(), socket, data, to).unwrap();
        }
        pair.run(SECOND);
        let mut into = [0; 9];
        let (length, from) = pair.hosts[0].recv_from(socket, &mut into).expect("an echo");
        assert_eq!((&into[..length], from.address.ip(), from.sequence), (&b"first"[..], to.ip(), Some(0)));
        let (length, from) = pair.hosts[0].recv_from(socket, &mut into).unwrap();
        assert_eq!((&into[..length], from.sequence), (&b"again"[..], Some(1)));
    }
}

#[test]
fn a_host_that_is_not_there() {
    let mut pair = hosts();
    let stream = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), stream, "10.0.0.77:80".parse().unwrap()).unwrap();
    let datagram = pair.hosts[0].socket(Kind::Datagram).unwrap();
    pair.hosts[0].connect(pair.now(), datagram, "10.0.0.77:80".parse().unwrap()).unwrap();
    pair.hosts[0].send(pair.now(), datagram, b"hello").unwrap();
    pair.run(SECOND * 4);
    assert_eq!(pair.hosts[0].send(pair.now(), datagram, b"hello"), Err(Errno::EHOSTUNREACH));
    pair.run(SECOND * 200);
    let end = events(&mut pair, 0).into_iter().find(|event| matches!(event, Event::Closed(..)));
    assert_eq!(end, Some(Event::Closed(stream, Some(Errno::EHOSTUNREACH))));
    let far = pair.hosts[0].socket(Kind::Stream).unwrap();
    let now = pair.now();
    assert_eq!(pair.hosts[0].connect(now, far, "8.8.8.8:80".parse().unwrap()), Err(Errno::ENETUNREACH));
}

#[test]
fn errors_have_their_posix_names() {
    let mut pair = hosts();
    let now = pair.now();
    let host = &mut pair.hosts[0];
    let socket = host.socket(Kind::Stream).unwrap();
    assert_eq!(host.listen(socket, 1), Err(Errno::EDESTADDRREQ));
    assert_eq!(host.send(now, socket, b"x"), Err(Errno::ENOTCONN));
    assert_eq!(host.bind(socket, "10.0.0.9:80".parse().unwrap()), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(host.bind(socket, "10.0.0.1:80".parse().unwrap()), Ok(()));
    assert_eq!(host.bind(socket, "10.0.0.1:80".parse().unwrap()), Err(Errno::EINVAL));
    assert_eq!(host.listen(socket, 1), Ok(()));
    assert_eq!(host.accept(socket), Err(Errno::EAGAIN));
    let second = host.socket(Kind::Stream).unwrap();
    assert_eq!(host.bind(second, "0.0.0.0:80".parse().unwrap()), Err(Errno::EADDRINUSE));
    assert_eq!(host.connect(now, second, "10.0.0.2:80".parse().unwrap()), Ok(()));
    assert_eq!(host.connect(now, second, "10.0.0.2:80".parse().unwrap()), Err(Errno::EALREADY));
    let datagram = host.socket(Kind::Datagram).unwrap();
    assert_eq!(host.send(now, datagram, b"x"), Err(Errno::EDESTADDRREQ));
    assert_eq!(host.send_to(now, datagram, b"x", "10.0.0.255:9".parse().unwrap()), Err(Errno::EACCES));
    assert_eq!(
        host.send_to(now, datagram, &[0; 65_508], "10.0.0.2:9".parse().unwrap()),
        Err(Errno::EMSGSIZE)
    );
    assert_eq!(host.close(now, datagram), Ok(()));
    assert_eq!(host.close(now, datagram), Err(Errno::EBADF));
}

#[test]
fn what_came_before_it_was_accepted_is_told_to_whoever_accepts_it() {
    let mut pair = hosts();
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    pair.hosts[1].listen(listener, 5).unwrap();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), client, "10.0.0.2:80".parse().unwrap()).unwrap();
    pair.run(SECOND);
    pair.hosts[0].send(pair.now(), client, b"early").unwrap();
    pair.run(SECOND);
    let of_sockets = |event: &Event| !matches!(event, Event::Address(_));
    let before: Vec<Event> = events(&mut pair, 1).into_iter().filter(of_sockets).collect();
    assert_eq!(before, [Event::Acceptable(listener)]);
    let (server, _) = pair.hosts[1].accept(listener).unwrap();
    assert!(events(&mut pair, 1).contains(&Event::Readable(server)));
    assert_eq!(pair.hosts[1].recv(pair.now(), server, &mut [0; 9]), Ok(5));
}

#[test]
fn settings_count_as_soon_as_they_are_changed() {
    let mut pair = hosts();
    let (client, _) = connect(&mut pair, "10.0.0.2:80");
    pair.run(SECOND * 60);
    pair.record();
    let now = pair.now();
    let probe = |tcp: &mut layercake::stack::tcp::Config| {
        (tcp.keep_alive, tcp.keep_alive_idle) = (true, SECOND * 5);
    };
    pair.hosts[0].configure_tcp(now, client, probe).unwrap();
    pair.run(SECOND * 4);
    let probed = |entry: &layercake::link::Entry| {
        entry.reason.is_some_and(|reason| reason.to_string().starts_with("keep-alive 1"))
    };
    assert_eq!(pair.log.iter().filter(|entry| probed(entry)).count(), 1);
}

/// RFC 4007 section 6.
#[test]
fn a_scope_says_by_which_interface() {
    let mut pair = hosts();
    pair.run(SECOND * 5);
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].bind(listener, "[::]:80".parse().unwrap()).unwrap();
    pair.hosts[1].listen(listener, 5).unwrap();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    let to = "[fe80::ff:fe00:2%1]:80".parse().unwrap();
    pair.hosts[0].connect(pair.now(), client, to).unwrap();
    pair.run(SECOND);
    assert!(pair.hosts[1].accept(listener).is_ok());
    let nowhere = pair.hosts[0].socket(Kind::Stream).unwrap();
    let now = pair.now();
    assert_eq!(pair.hosts[0].connect(now, nowhere, "[fe80::1%9]:80".parse().unwrap()), Err(Errno::ENODEV));
}

#[test]
fn a_listener_of_one_interface_is_not_reached_by_another() {
    use layercake::stack::{InterfaceId, SocketOption};
    let mut pair = hosts();
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].set_option(listener, SocketOption::Interface(Some(InterfaceId(0)))).unwrap();
    pair.hosts[1].bind(listener, "0.0.0.0:80".parse().unwrap()).unwrap();
    pair.hosts[1].listen(listener, 5).unwrap();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), client, "10.0.0.2:80".parse().unwrap()).unwrap();
    pair.run(SECOND);
    assert_eq!(pair.hosts[0].send(pair.now(), client, b"x"), Err(Errno::ECONNREFUSED));
    let option = SocketOption::Interface(Some(InterfaceId(9)));
    assert_eq!(pair.hosts[1].set_option(listener, option), Err(Errno::ENODEV));
}

/// RFC 9293 section 3.6.1: a new connection may take the place of one in TIME-WAIT; what came by that can still be read.
#[test]
fn what_was_not_read_outlives_time_wait() {
    let mut pair = hosts();
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    pair.hosts[1].listen(listener, 5).unwrap();
    let open = |pair: &mut layercake::link::Pair| {
        let client = pair.hosts[0].socket(Kind::Stream).unwrap();
        pair.hosts[0].bind(client, "10.0.0.1:5000".parse().unwrap()).unwrap();
        pair.hosts[0].connect(pair.now(), client, "10.0.0.2:80".parse().unwrap()).unwrap();
        pair.run(SECOND);
        (client, pair.hosts[1].accept(listener).unwrap().0)
    };
    let (client, server) = open(&mut pair);
    pair.hosts[1].shutdown(pair.now(), server, Shutdown::Write).unwrap();
    pair.run(SECOND);
    pair.hosts[0].send(pair.now(), client, b"the last").unwrap();
    pair.hosts[0].close(pair.now(), client).unwrap();
    pair.run(SECOND);
    assert_eq!(pair.hosts[1].tcp_info(server).unwrap().state, State::TimeWait);
    let (_, second) = open(&mut pair);
    assert_ne!(second, server);
    assert_eq!(pair.hosts[1].recv(pair.now(), server, &mut [0; 20]), Ok(8));
}

#[test]
fn urgent_data_is_announced_and_its_end_known() {
    let mut pair = hosts();
    let (client, server) = connect(&mut pair, "10.0.0.2:80");
    pair.hosts[0].send_urgent(pair.now(), client, b"hurry").unwrap();
    pair.run(SECOND);
    assert!(events(&mut pair, 1).contains(&Event::Urgent(server)));
    assert_eq!(pair.hosts[1].urgent_ahead(server), Ok(Some(5)));
    assert_eq!(pair.hosts[1].recv(pair.now(), server, &mut [0; 3]), Ok(3));
    assert_eq!(pair.hosts[1].urgent_ahead(server), Ok(Some(2)));
}

/// What is left of a shut side: the end.
#[test]
fn a_side_that_is_shut_has_an_end() {
    let mut pair = hosts();
    let (client, server) = connect(&mut pair, "10.0.0.2:80");
    pair.hosts[1].shutdown(pair.now(), server, Shutdown::Read).unwrap();
    assert_eq!(pair.hosts[1].recv(pair.now(), server, &mut [0; 9]), Ok(0));
    pair.hosts[0].shutdown(pair.now(), client, Shutdown::Write).unwrap();
    assert_eq!(pair.hosts[0].send(pair.now(), client, b"x"), Err(Errno::EPIPE));
}

#[test]
fn one_that_was_refused_may_try_again() {
    let mut pair = hosts();
    let to = "10.0.0.2:80".parse().unwrap();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), client, to).unwrap();
    pair.run(SECOND);
    assert_eq!(pair.hosts[0].send(pair.now(), client, b"x"), Err(Errno::ECONNREFUSED));
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].bind(listener, to).unwrap();
    pair.hosts[1].listen(listener, 1).unwrap();
    pair.hosts[0].connect(pair.now(), client, to).unwrap();
    pair.run(SECOND);
    assert_eq!(pair.hosts[0].send(pair.now(), client, b"x"), Ok(1));
}

/// The receiver makes room until the sender fills the path and its queue, where something is lost then.
#[test]
fn the_window_of_a_reader_keeps_nobody_back() {
    use layercake::link::{Limit, Queue, Rate};
    let wire = |link: &mut layercake::link::Config| {
        link.delay = Duration::from_millis(30);
        link.rate = Some(Rate::mbit(5));
        link.queue = Queue { limit: Limit::packets(100), ..Queue::default() };
    };
    let mut pair = pair(|config| config.tcp.hystart = false, wire, 1);
    let (client, server) = connect(&mut pair, "10.0.0.2:80");
    let data = bytes(10_000_000);
    assert!(transfer(&mut pair, (0, client), server, &data, SECOND * 60) == data);
    assert!(pair.links[0].counters().dropped.full > 0, "{:?}", pair.links[0].counters());
}

/// Each error is told, and who says so.
#[test]
fn errors_about_several_messages_are_all_told() {
    let mut pair = hosts();
    let socket = pair.hosts[0].socket(Kind::Datagram).unwrap();
    let to = |port: u16| format!("10.0.0.2:{port}").parse().unwrap();
    for port in 100..103 {
        pair.hosts[0].send_to(pair.now(), socket, b"hello", to(port)).unwrap();
    }
    pair.run(SECOND);
    let told: Vec<Event> =
        events(&mut pair, 0).into_iter().filter(|event| !matches!(event, Event::Address(_))).collect();
    let wanted = [100, 101, 102].map(|port| undelivered(socket, Errno::ECONNREFUSED, to(port), "10.0.0.2"));
    assert_eq!(told, wanted);
}
