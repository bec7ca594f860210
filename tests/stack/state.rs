//! What a socket tells of itself, as `poll`, `SO_ERROR`, `SIOCINQ` and `MSG_PEEK` do; segments that wait for more; what is told of connections
//! that nobody has.

use core::time::Duration;

use layercake::field::Builder;
use layercake::stack::tcp::{Algorithm, State};
use layercake::stack::{Amounts, Errno, Kind, Readiness, Sending, Shutdown, SocketId, SocketOption};
use layercake::wire::ipv4::Ipv4;
use layercake::wire::tcp::Tcp;

use super::support::{Alone, Sent, hosts, sent, tcp, v4};

/// A segment of the peer that acknowledges up to a number.
fn ack(sequence: u32, acknowledgment: u32) -> Builder<Tcp> {
    tcp(sequence).ack(true).acknowledgment(acknowledgment)
}

/// A connection that the peer has opened: its numbers begin at 1, ours at 5001; segments have 536 bytes.
fn opened(change: impl Fn(&mut layercake::stack::Config)) -> (Alone, SocketId, SocketId) {
    let mut alone = Alone::with(|config| {
        config.tcp.initial_sequence = Some(5000);
        change(config);
    });
    let listener = alone.listens(5);
    alone.gets_segment(tcp(0).syn(true));
    alone.gets_segment(ack(1, 5001));
    let (socket, _) = alone.host.accept(listener).unwrap();
    (alone, listener, socket)
}

/// A segment with data.
fn gets_data(alone: &mut Alone, tcp: Builder<Tcp>, data: &[u8]) {
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / tcp / data));
}

fn segments(frames: &[Vec<u8>]) -> Vec<Sent> {
    frames.iter().filter_map(|frame| sent(frame)).collect()
}

/// The data of what is sent now: how many bytes each.
fn lengths(alone: &mut Alone) -> Vec<usize> {
    segments(&alone.sends()).iter().map(|sent| sent.data.len()).collect()
}

/// The names of what can be done.
fn ready(alone: &Alone, socket: SocketId) -> String {
    let Readiness { readable, writable, urgent, end, hung_up, error, .. } =
        alone.host.readiness(socket).unwrap();
    [
        (readable, "IN "),
        (urgent, "PRI "),
        (writable, "OUT "),
        (error, "ERR "),
        (hung_up, "HUP "),
        (end, "RDHUP "),
    ]
    .map(|(is, name)| if is { name } else { "" })
    .concat()
}

#[test]
fn a_stream_is_ready_for_what_its_state_allows() {
    let (mut alone, listener, socket) = opened(|_| ());
    let fresh = alone.host.socket(Kind::Stream).unwrap();
    assert_eq!(ready(&alone, fresh), "OUT HUP ");
    assert_eq!(ready(&alone, listener), "");
    assert_eq!(ready(&alone, socket), "OUT ");
    gets_data(&mut alone, ack(1, 5001), b"abc");
    assert_eq!(ready(&alone, socket), "IN OUT ");
    alone.gets_segment(ack(4, 5001).fin(true));
    assert_eq!(ready(&alone, socket), "IN OUT RDHUP ");
    alone.host.shutdown(alone.now, socket, Shutdown::Write).unwrap();
    assert_eq!(ready(&alone, socket), "IN OUT HUP RDHUP ");

    alone.host.connect(alone.now, fresh, "10.0.0.1:9".parse().unwrap()).unwrap();
    let syn = segments(&alone.sends()).pop().unwrap();
    assert_eq!(ready(&alone, fresh), "");
    let refused = Tcp::new(9, syn.source.port()).rst(true).ack(true).acknowledgment((syn.seq + 1).0);
    alone.gets(&(Ipv4::new(v4("10.0.0.1"), v4("10.0.0.2")) / refused));
    assert_eq!(ready(&alone, fresh), "IN OUT ERR HUP RDHUP ");
    assert_eq!(alone.host.take_error(fresh), Ok(Some(Errno::ECONNREFUSED)));
    assert_eq!(alone.host.take_error(fresh), Ok(None));
    assert_eq!(ready(&alone, fresh), "IN OUT HUP RDHUP ");
}

#[test]
fn a_listener_is_readable_while_a_connection_waits() {
    let mut alone = Alone::with(|config| config.tcp.initial_sequence = Some(5000));
    let listener = alone.listens(5);
    alone.gets_segment(tcp(0).syn(true));
    assert_eq!(ready(&alone, listener), "");
    alone.gets_segment(ack(1, 5001));
    assert_eq!(ready(&alone, listener), "IN ");
    alone.host.accept(listener).unwrap();
    assert_eq!(ready(&alone, listener), "");
}

#[test]
fn a_stream_is_writable_with_a_third_of_its_buffer_free() {
    let (mut alone, _, socket) = opened(|config| config.tcp.send_buffer = 3000);
    assert_eq!(alone.host.send(alone.now, socket, &[0; 2000]), Ok(2000));
    assert_eq!(ready(&alone, socket), "OUT ");
    assert_eq!(alone.host.send(alone.now, socket, &[0; 1]), Ok(1));
    assert_eq!(ready(&alone, socket), "");
}

#[test]
fn urgent_data_is_told_when_its_end_has_come() {
    let (mut alone, _, socket) = opened(|_| ());
    alone.gets_segment(ack(1, 5001).urg(true).urgent_pointer(3));
    assert_eq!(ready(&alone, socket), "OUT ");
    gets_data(&mut alone, ack(1, 5001).urg(true).urgent_pointer(3), b"abc");
    assert_eq!(ready(&alone, socket), "IN PRI OUT ");
}

#[test]
fn bytes_are_looked_at_and_stay() {
    let (mut alone, _, socket) = opened(|_| ());
    let now = alone.now;
    let mut into = [0; 8];
    assert_eq!(alone.host.peek(now, socket, &mut into), Err(Errno::EAGAIN));
    gets_data(&mut alone, ack(1, 5001), b"abcdef");
    assert_eq!(alone.host.peek(now, socket, &mut into[..4]), Ok(4));
    assert_eq!((&into[..4], alone.host.amounts(socket).unwrap().unread), (&b"abcd"[..], 6));
    assert_eq!(alone.host.recv(now, socket, &mut into), Ok(6));
    assert_eq!(&into[..6], b"abcdef");
    alone.gets_segment(ack(7, 5001).fin(true));
    assert_eq!(alone.host.peek(now, socket, &mut into), Ok(0));
}

#[test]
fn messages_are_looked_at_and_stay() {
    let mut net = hosts();
    let server = net.nodes[1].socket(Kind::Datagram).unwrap();
    net.nodes[1].bind(server, "10.0.0.2:7".parse().unwrap()).unwrap();
    let client = net.nodes[0].socket(Kind::Datagram).unwrap();
    net.nodes[0].send_to(net.now, client, b"first", "10.0.0.2:7".parse().unwrap()).unwrap();
    net.nodes[0].send_to(net.now, client, b"second one", "10.0.0.2:7".parse().unwrap()).unwrap();
    net.run(Duration::from_millis(100)).unwrap();
    let host = &mut net.nodes[1];
    let mut into = [0; 16];
    for _ in 0..2 {
        let (length, origin) = host.peek_from(server, &mut into).unwrap();
        assert_eq!((&into[..length], origin.address.ip()), (&b"first"[..], "10.0.0.1".parse().unwrap()));
        assert_eq!(host.amounts(server).unwrap().unread, 5);
    }
    host.recv_from(server, &mut into).unwrap();
    assert_eq!(host.amounts(server).unwrap().unread, 10);
    assert!(host.readiness(server).unwrap().readable);
    host.recv_from(server, &mut into).unwrap();
    assert!(!host.readiness(server).unwrap().readable);
}

#[test]
fn what_waits_is_counted() {
    let (mut alone, listener, socket) = opened(|config| {
        config.tcp.initial_window = 2;
        config.tcp.send_buffer = 10_000;
    });
    alone.host.send(alone.now, socket, &[0; 1500]).unwrap();
    assert_eq!(lengths(&mut alone), [536, 536]);
    let Amounts { unsent, unacknowledged, room, .. } = alone.host.amounts(socket).unwrap();
    assert_eq!((unsent, unacknowledged, room), (428, 1500, 8500));
    alone.gets_segment(ack(1, 5001 + 1072));
    let Amounts { unsent, unacknowledged, .. } = alone.host.amounts(socket).unwrap();
    assert_eq!((unsent, unacknowledged), (0, 428));
    assert_eq!(alone.host.amounts(listener), Err(Errno::EINVAL));
}

/// As `TCP_CORK` of Linux: full segments go, the rest waits for more, or to be let go, or for a timeout.
#[test]
fn a_corked_stream_sends_full_segments() {
    let (mut alone, _, socket) = opened(|_| ());
    let now = alone.now;
    alone.host.configure_tcp(now, socket, |tcp| tcp.cork = true).unwrap();
    alone.host.send(now, socket, &[0; 1000]).unwrap();
    assert_eq!(lengths(&mut alone), [536]);
    alone.host.send(now, socket, &[0; 100]).unwrap();
    assert_eq!(lengths(&mut alone), [536]);
    assert_eq!(alone.gets_segment(ack(1, 5001 + 1072)), []);
    alone.host.configure_tcp(now, socket, |tcp| tcp.cork = false).unwrap();
    assert_eq!(lengths(&mut alone), [28]);

    alone.gets_segment(ack(1, 5001 + 1100));
    alone.host.configure_tcp(now, socket, |tcp| tcp.cork = true).unwrap();
    alone.host.send(now, socket, b"a").unwrap();
    assert!(alone.waits(Duration::from_millis(190)).is_empty());
    assert_eq!(segments(&alone.waits(Duration::from_millis(20))).len(), 1);
    // It was no probe of a closed window: nothing is counted, nothing waits longer for it.
    assert_eq!(alone.host.tcp_info(socket).unwrap().unacknowledged, 1);
}

/// As `MSG_MORE` of Linux: what is said counts until something comes, or the next is sent without it.
#[test]
fn more_is_waited_for() {
    let (mut alone, _, socket) = opened(|_| ());
    let now = alone.now;
    let more = Sending { more: true, ..Sending::default() };
    alone.host.send_with(now, socket, b"abc", more).unwrap();
    assert!(lengths(&mut alone).is_empty());
    alone.host.send(now, socket, b"def").unwrap();
    let frames = alone.sends();
    assert_eq!(segments(&frames)[0].data, b"abcdef");

    alone.gets_segment(ack(1, 5001 + 6));
    alone.host.send_with(now, socket, b"ghi", more).unwrap();
    let sent = alone.gets_segment(ack(1, 5001 + 6));
    assert_eq!(sent[0].data, b"ghi");

    alone.gets_segment(ack(1, 5001 + 9));
    alone.host.send_with(now, socket, b"j", more).unwrap();
    alone.host.push(now, socket).unwrap();
    assert_eq!(lengths(&mut alone), [1]);
}

#[test]
fn a_record_has_its_own_segments() {
    let (mut alone, _, socket) = opened(|config| config.tcp.initial_window = 1);
    let now = alone.now;
    let end = Sending { end_of_record: true, ..Sending::default() };
    alone.host.send(now, socket, &[0; 536]).unwrap();
    alone.host.send_with(now, socket, &[0; 100], end).unwrap();
    alone.host.send_with(now, socket, &[0; 50], end).unwrap();
    alone.host.send(now, socket, &[0; 10]).unwrap();
    assert_eq!(lengths(&mut alone), [536]);
    let sent = alone.gets_segment(ack(1, 5001 + 536));
    // The last may wait as anything small does while something is not acknowledged (RFC 9293 section 3.7.4).
    assert_eq!(sent.iter().map(|sent| sent.data.len()).collect::<Vec<_>>(), [100, 50]);
    let sent = alone.gets_segment(ack(1, 5001 + 686));
    assert_eq!(sent[0].data.len(), 10);
}

#[test]
fn a_listener_that_is_shut_down_listens_no_more_and_can_again() {
    let (mut alone, listener, socket) = opened(|_| ());
    alone.host.shutdown(alone.now, listener, Shutdown::Write).unwrap();
    assert_eq!(alone.host.accept(listener), Err(Errno::EAGAIN));
    alone.host.shutdown(alone.now, listener, Shutdown::Read).unwrap();
    assert_eq!(alone.host.accept(listener), Err(Errno::EINVAL));
    assert!(alone.gets_segment_from("10.0.0.1:1001", tcp(0).syn(true))[0].rst);
    assert_eq!(alone.host.tcp_info(socket).unwrap().state, State::Established);
    assert_eq!(alone.host.listen(listener, 5), Ok(()));
    assert!(alone.gets_segment_from("10.0.0.1:1001", tcp(0).syn(true))[0].syn);
}

#[test]
fn what_is_not_connected_is_not_shut_down() {
    let (mut alone, _, socket) = opened(|_| ());
    let fresh = alone.host.socket(Kind::Stream).unwrap();
    assert_eq!(alone.host.shutdown(alone.now, fresh, Shutdown::Both), Err(Errno::ENOTCONN));
    alone.gets_segment(ack(1, 5001).rst(true));
    assert_eq!(alone.host.shutdown(alone.now, socket, Shutdown::Both), Err(Errno::ENOTCONN));
}

#[test]
fn connections_that_nobody_has_can_be_asked_for() {
    let mut alone = Alone::with(|config| config.tcp.initial_sequence = Some(5000));
    let listener = alone.listens(5);
    let (local, remote) = ("10.0.0.2:80".parse().unwrap(), "10.0.0.1:1000".parse().unwrap());
    let state = |alone: &Alone| alone.host.tcp_info_between(local, remote).map(|info| info.state);
    assert_eq!(state(&alone), None);
    alone.gets_segment(tcp(0).syn(true));
    assert_eq!(state(&alone), Some(State::SynReceived));
    alone.gets_segment(ack(1, 5001));
    assert_eq!(state(&alone), Some(State::Established));
    let (socket, _) = alone.host.accept(listener).unwrap();
    alone.host.close(alone.now, socket).unwrap();
    assert_eq!(alone.host.tcp_info(socket), Err(Errno::EBADF));
    assert_eq!(state(&alone), Some(State::FinWait1));
}

#[test]
fn settings_change_for_later_sockets_and_for_open_connections() {
    let (mut alone, _, socket) = opened(|_| ());
    alone.host.configure_tcp_default(|tcp| tcp.congestion = Algorithm::Reno);
    assert_eq!(alone.host.tcp_config(socket).unwrap().congestion, Algorithm::Cubic);
    let later = alone.host.socket(Kind::Stream).unwrap();
    assert_eq!(alone.host.tcp_config(later).unwrap().congestion, Algorithm::Reno);

    // A window that was given is not taken back, and what comes does not open it again.
    alone.host.set_option(socket, SocketOption::ReceiveBuffer(2000)).unwrap();
    let window = alone.host.tcp_info(socket).unwrap().window;
    gets_data(&mut alone, ack(1, 5001), &[0; 1000]);
    assert_eq!(alone.host.tcp_info(socket).unwrap().window, window - 1000);
    alone.host.set_option(later, SocketOption::SendBuffer(7)).unwrap();
    assert_eq!(alone.host.tcp_config(later).unwrap().send_buffer, 7);
    let datagrams = alone.host.socket(Kind::Datagram).unwrap();
    assert_eq!(alone.host.set_option(datagrams, SocketOption::SendBuffer(7)), Err(Errno::EOPNOTSUPP));
    assert_eq!(alone.host.path_mtu(alone.now, socket), Ok(1500));
    assert_eq!(alone.host.path_mtu(alone.now, datagrams), Err(Errno::ENOTCONN));
}

/// `TCP_MAXSEG` bounds what is announced and what is sent.
#[test]
fn segments_are_no_longer_than_the_application_wants() {
    let (mut alone, _, socket) = opened(|config| config.tcp.maximum_segment = Some(200));
    alone.host.send(alone.now, socket, &[0; 400]).unwrap();
    assert_eq!(lengths(&mut alone), [200, 200]);
}
