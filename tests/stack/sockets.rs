//! The calls of an application.

use core::time::Duration;

use layercake::sim::{Entry, Log, Net};
use layercake::stack::{DropReason, Errno, Event, Kind, Shutdown, Stack, tcp::State};

use super::support::{bytes, connect, events, hosts, pair, transfer, undelivered};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_connection_from_the_first_question_to_the_last_segment() {
    let mut net = hosts();
    net.watch.record();
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    let data = bytes(1_000_000);
    let got = transfer(&mut net, (0, client), server, &data, SECOND * 60);
    assert!(got == data, "{} bytes", got.len());
    let got = transfer(&mut net, (1, server), client, &data, SECOND * 60);
    assert!(got == data, "{} bytes", got.len());
    assert_eq!(net.nodes[0].shutdown(net.now, client, Shutdown::Write), Ok(()));
    net.run(SECOND / 10).unwrap();
    assert_eq!(net.nodes[1].recv(net.now, server, &mut [0; 9]), Ok(0));
    assert_eq!(net.nodes[0].tcp_info(client).unwrap().state, State::FinWait2);
    assert_eq!(net.nodes[1].close(net.now, server), Ok(()));
    assert_eq!(net.nodes[1].send(net.now, server, b"x"), Err(Errno::EBADF));
    net.run(SECOND / 10).unwrap();
    assert_eq!(net.nodes[0].tcp_info(client).unwrap().state, State::TimeWait);
    net.run(SECOND * 61).unwrap();
    assert_eq!(net.nodes[0].tcp_info(client).unwrap().state, State::Closed);
    for host in &net.nodes {
        // Each asks whether there is a router, and the other is none.
        let dropped: Vec<_> = host.drops().iter().collect();
        assert_eq!(dropped, [(DropReason::IpDestination, 3)]);
    }
    let reasons: Vec<String> =
        net.watch.entries.iter().filter_map(|entry| Some(entry.reason?.to_string())).collect();
    assert!(reasons.iter().any(|reason| reason == "open the connection"), "{:?}", &reasons[..5]);
}

#[test]
fn over_ipv6_too() {
    let mut net = hosts();
    let (client, server) = connect(&mut net, "[fd00::2]:80");
    let data = bytes(300_000);
    assert!(transfer(&mut net, (0, client), server, &data, SECOND * 60) == data);
    assert!(transfer(&mut net, (1, server), client, &data, SECOND * 60) == data);
}

#[test]
fn over_loopback_too() {
    for address in ["127.0.0.1:80", "[::1]:80", "10.0.0.1:80"] {
        let mut net = hosts();
        let now = net.now;
        let host = &mut net.nodes[0];
        let listener = host.socket(Kind::Stream).unwrap();
        host.bind(listener, address.parse().unwrap()).unwrap();
        host.listen(listener, 1).unwrap();
        let client = host.socket(Kind::Stream).unwrap();
        host.connect(now, client, address.parse().unwrap()).unwrap();
        net.run(SECOND).unwrap();
        let (server, peer) = net.nodes[0].accept(listener).expect(address);
        assert_eq!(net.nodes[0].local_address(client), Ok(Some(peer)));
        let now = net.now;
        assert_eq!(net.nodes[0].send(now, client, b"to myself"), Ok(9));
        net.run(SECOND).unwrap();
        let mut into = [0; 20];
        assert_eq!(net.nodes[0].recv(now, server, &mut into), Ok(9));
        assert_eq!(&into[..9], b"to myself");
    }
}

#[test]
fn nobody_listens() {
    let mut net = hosts();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, client, "10.0.0.2:81".parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    assert!(events(&mut net, 0).contains(&Event::Closed(client, Some(Errno::ECONNREFUSED))));
    assert_eq!(net.nodes[0].send(net.now, client, b"x"), Err(Errno::ECONNREFUSED));
    assert_eq!(net.nodes[1].drops().of(DropReason::TcpPort), 1);
}

#[test]
fn messages_keep_their_boundaries() {
    let mut net = hosts();
    let server = net.nodes[1].socket(Kind::Datagram).unwrap();
    net.nodes[1].bind(server, "0.0.0.0:53".parse().unwrap()).unwrap();
    let client = net.nodes[0].socket(Kind::Datagram).unwrap();
    let now = net.now;
    for message in [&b"one"[..], b"", b"three"] {
        assert_eq!(
            net.nodes[0].send_to(now, client, message, "10.0.0.2:53".parse().unwrap()),
            Ok(message.len())
        );
    }
    let long = bytes(20_000);
    assert_eq!(net.nodes[0].send_to(now, client, &long, "10.0.0.2:53".parse().unwrap()), Ok(20_000));
    net.run(SECOND).unwrap();
    let mut into = vec![0; 30_000];
    let got: Vec<usize> =
        std::iter::from_fn(|| net.nodes[1].recv_from(server, &mut into).ok()).map(|(n, _)| n).collect();
    assert_eq!(got, [3, 0, 5, 20_000]);
    assert!(into[..20_000] == long);
}

#[test]
fn a_port_where_nobody_listens_is_an_error_of_the_sender() {
    let mut net = hosts();
    let client = net.nodes[0].socket(Kind::Datagram).unwrap();
    let to = "10.0.0.2:9".parse().unwrap();
    net.nodes[0].connect(net.now, client, to).unwrap();
    net.nodes[0].send(net.now, client, b"hello").unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(events(&mut net, 0).last(), Some(&undelivered(client, Errno::ECONNREFUSED, to, "10.0.0.2")));
    assert_eq!(net.nodes[0].recv(net.now, client, &mut [0; 9]), Err(Errno::ECONNREFUSED));
    assert_eq!(net.nodes[0].recv(net.now, client, &mut [0; 9]), Err(Errno::EAGAIN));
}

#[test]
fn an_echo_comes_back() {
    for to in ["10.0.0.2:0", "[fd00::2]:0", "127.0.0.1:0"] {
        let mut net = hosts();
        let socket = net.nodes[0].socket(Kind::Echo).unwrap();
        let to: core::net::SocketAddr = to.parse().unwrap();
        for data in [b"first", b"again"] {
            net.nodes[0].send_to(net.now, socket, data, to).unwrap();
        }
        net.run(SECOND).unwrap();
        let mut into = [0; 9];
        let (length, from) = net.nodes[0].recv_from(socket, &mut into).expect("an echo");
        assert_eq!((&into[..length], from.address.ip(), from.sequence), (&b"first"[..], to.ip(), Some(0)));
        let (length, from) = net.nodes[0].recv_from(socket, &mut into).unwrap();
        assert_eq!((&into[..length], from.sequence), (&b"again"[..], Some(1)));
    }
}

#[test]
fn a_host_that_is_not_there() {
    let mut net = hosts();
    let stream = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, stream, "10.0.0.77:80".parse().unwrap()).unwrap();
    let datagram = net.nodes[0].socket(Kind::Datagram).unwrap();
    net.nodes[0].connect(net.now, datagram, "10.0.0.77:80".parse().unwrap()).unwrap();
    net.nodes[0].send(net.now, datagram, b"hello").unwrap();
    net.run(SECOND * 4).unwrap();
    assert_eq!(net.nodes[0].send(net.now, datagram, b"hello"), Err(Errno::EHOSTUNREACH));
    net.run(SECOND * 200).unwrap();
    let end = events(&mut net, 0).into_iter().find(|event| matches!(event, Event::Closed(..)));
    assert_eq!(end, Some(Event::Closed(stream, Some(Errno::EHOSTUNREACH))));
    let far = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    assert_eq!(net.nodes[0].connect(now, far, "8.8.8.8:80".parse().unwrap()), Err(Errno::ENETUNREACH));
}

#[test]
fn errors_have_their_posix_names() {
    let mut net = hosts();
    let now = net.now;
    let host = &mut net.nodes[0];
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
    let mut net = hosts();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    net.nodes[0].send(net.now, client, b"early").unwrap();
    net.run(SECOND).unwrap();
    let of_sockets = |event: &Event| !matches!(event, Event::Address(_));
    let before: Vec<Event> = events(&mut net, 1).into_iter().filter(of_sockets).collect();
    assert_eq!(before, [Event::Acceptable(listener)]);
    let (server, _) = net.nodes[1].accept(listener).unwrap();
    assert!(events(&mut net, 1).contains(&Event::Readable(server)));
    assert_eq!(net.nodes[1].recv(net.now, server, &mut [0; 9]), Ok(5));
}

#[test]
fn settings_count_as_soon_as_they_are_changed() {
    let mut net = hosts();
    let (client, _) = connect(&mut net, "10.0.0.2:80");
    net.run(SECOND * 60).unwrap();
    net.watch.record();
    let now = net.now;
    let probe = |tcp: &mut layercake::stack::tcp::Config| {
        (tcp.keep_alive, tcp.keep_alive_idle) = (true, SECOND * 5);
    };
    net.nodes[0].configure_tcp(now, client, probe).unwrap();
    net.run(SECOND * 4).unwrap();
    let probed =
        |entry: &Entry| entry.reason.is_some_and(|reason| reason.to_string().starts_with("keep-alive 1"));
    assert_eq!(net.watch.entries.iter().filter(|entry| probed(entry)).count(), 1);
}

/// RFC 4007 section 6.
#[test]
fn a_scope_says_by_which_interface() {
    let mut net = hosts();
    net.run(SECOND * 5).unwrap();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "[::]:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    let to = "[fe80::ff:fe00:2%1]:80".parse().unwrap();
    net.nodes[0].connect(net.now, client, to).unwrap();
    net.run(SECOND).unwrap();
    assert!(net.nodes[1].accept(listener).is_ok());
    let nowhere = net.nodes[0].socket(Kind::Stream).unwrap();
    let now = net.now;
    assert_eq!(net.nodes[0].connect(now, nowhere, "[fe80::1%9]:80".parse().unwrap()), Err(Errno::ENODEV));
}

#[test]
fn a_listener_of_one_interface_is_not_reached_by_another() {
    use layercake::stack::{InterfaceId, SocketOption};
    let mut net = hosts();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].set_option(listener, SocketOption::Interface(Some(InterfaceId(0)))).unwrap();
    net.nodes[1].bind(listener, "0.0.0.0:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(net.nodes[0].send(net.now, client, b"x"), Err(Errno::ECONNREFUSED));
    let option = SocketOption::Interface(Some(InterfaceId(9)));
    assert_eq!(net.nodes[1].set_option(listener, option), Err(Errno::ENODEV));
}

/// RFC 9293 section 3.6.1: a new connection may take the place of one in TIME-WAIT; what came by that can still be read.
#[test]
fn what_was_not_read_outlives_time_wait() {
    let mut net = hosts();
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, "10.0.0.2:80".parse().unwrap()).unwrap();
    net.nodes[1].listen(listener, 5).unwrap();
    let open = |net: &mut Net<Stack, Log>| {
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        net.nodes[0].bind(client, "10.0.0.1:5000".parse().unwrap()).unwrap();
        net.nodes[0].connect(net.now, client, "10.0.0.2:80".parse().unwrap()).unwrap();
        net.run(SECOND).unwrap();
        (client, net.nodes[1].accept(listener).unwrap().0)
    };
    let (client, server) = open(&mut net);
    net.nodes[1].shutdown(net.now, server, Shutdown::Write).unwrap();
    net.run(SECOND).unwrap();
    net.nodes[0].send(net.now, client, b"the last").unwrap();
    net.nodes[0].close(net.now, client).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(net.nodes[1].tcp_info(server).unwrap().state, State::TimeWait);
    let (_, second) = open(&mut net);
    assert_ne!(second, server);
    assert_eq!(net.nodes[1].recv(net.now, server, &mut [0; 20]), Ok(8));
}

#[test]
fn urgent_data_is_announced_and_its_end_known() {
    let mut net = hosts();
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    net.nodes[0].send_urgent(net.now, client, b"hurry").unwrap();
    net.run(SECOND).unwrap();
    assert!(events(&mut net, 1).contains(&Event::Urgent(server)));
    assert_eq!(net.nodes[1].urgent_ahead(server), Ok(Some(5)));
    assert_eq!(net.nodes[1].recv(net.now, server, &mut [0; 3]), Ok(3));
    assert_eq!(net.nodes[1].urgent_ahead(server), Ok(Some(2)));
}

/// What is left of a shut side: the end.
#[test]
fn a_side_that_is_shut_has_an_end() {
    let mut net = hosts();
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    net.nodes[1].shutdown(net.now, server, Shutdown::Read).unwrap();
    assert_eq!(net.nodes[1].recv(net.now, server, &mut [0; 9]), Ok(0));
    net.nodes[0].shutdown(net.now, client, Shutdown::Write).unwrap();
    assert_eq!(net.nodes[0].send(net.now, client, b"x"), Err(Errno::EPIPE));
}

#[test]
fn one_that_was_refused_may_try_again() {
    let mut net = hosts();
    let to = "10.0.0.2:80".parse().unwrap();
    let client = net.nodes[0].socket(Kind::Stream).unwrap();
    net.nodes[0].connect(net.now, client, to).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(net.nodes[0].send(net.now, client, b"x"), Err(Errno::ECONNREFUSED));
    let listener = net.nodes[1].socket(Kind::Stream).unwrap();
    net.nodes[1].bind(listener, to).unwrap();
    net.nodes[1].listen(listener, 1).unwrap();
    net.nodes[0].connect(net.now, client, to).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(net.nodes[0].send(net.now, client, b"x"), Ok(1));
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
    let mut net = pair(|config| config.tcp.hystart = false, wire, 1);
    let (client, server) = connect(&mut net, "10.0.0.2:80");
    let data = bytes(10_000_000);
    assert!(transfer(&mut net, (0, client), server, &data, SECOND * 60) == data);
    assert!(net.cables[0].links[0].counters().dropped.full > 0, "{:?}", net.cables[0].links[0].counters());
}

/// Each error is told, and who says so.
#[test]
fn errors_about_several_messages_are_all_told() {
    let mut net = hosts();
    let socket = net.nodes[0].socket(Kind::Datagram).unwrap();
    let to = |port: u16| format!("10.0.0.2:{port}").parse().unwrap();
    for port in 100..103 {
        net.nodes[0].send_to(net.now, socket, b"hello", to(port)).unwrap();
    }
    net.run(SECOND).unwrap();
    let told: Vec<Event> =
        events(&mut net, 0).into_iter().filter(|event| !matches!(event, Event::Address(_))).collect();
    let wanted = [100, 101, 102].map(|port| undelivered(socket, Errno::ECONNREFUSED, to(port), "10.0.0.2"));
    assert_eq!(told, wanted);
}
