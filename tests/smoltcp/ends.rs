//! Connections that end otherwise.

use std::net::SocketAddr;
use std::time::Duration;

use layercake::link;
use layercake::stack::tcp::{Config, State};
use layercake::stack::{Errno, Event, Kind};
use smoltcp::socket::tcp;

use super::peers::{Peers, ours, theirs};

fn peers() -> Peers {
    let wire = link::Config { delay: Duration::from_millis(5), ..link::Config::default() };
    Peers::new(Config::linux(), &wire, 1)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn they_refuse() {
    for six in [false, true] {
        let mut peers = peers();
        let socket = peers.ours.socket(Kind::Stream).unwrap();
        peers.ours.connect(peers.now, socket, SocketAddr::new(theirs(six), 81)).unwrap();
        peers.run(SECOND);
        let events: Vec<Event> = std::iter::from_fn(|| peers.ours.poll_event()).collect();
        assert!(events.contains(&Event::Closed(socket, Some(Errno::ECONNREFUSED))), "{events:?}");
    }
}

#[test]
fn we_refuse() {
    for six in [false, true] {
        let mut peers = peers();
        let handle = peers.their_stream(1000);
        peers.they_connect(handle, SocketAddr::new(ours(six), 81));
        assert_eq!(peers.stream(handle).state(), tcp::State::SynSent);
        peers.run(SECOND);
        assert_eq!(peers.stream(handle).state(), tcp::State::Closed);
    }
}

#[test]
fn we_abort() {
    for we_open in [true, false] {
        let mut peers = peers();
        let handle = peers.their_stream(1000);
        let socket = peers.open(we_open, false, handle);
        peers.run(SECOND);
        peers.ours.abort(peers.now, socket).unwrap();
        assert_eq!(peers.stream(handle).state(), tcp::State::Established);
        peers.run(SECOND);
        assert_eq!(peers.stream(handle).state(), tcp::State::Closed);
        assert_eq!(peers.ours.tcp_info(socket).unwrap().state, State::Closed);
    }
}

#[test]
fn they_abort() {
    for we_open in [true, false] {
        let mut peers = peers();
        let handle = peers.their_stream(1000);
        let socket = peers.open(we_open, true, handle);
        peers.run(SECOND);
        peers.stream(handle).abort();
        peers.run(SECOND);
        assert_eq!(peers.ours.recv(peers.now, socket, &mut [0; 9]), Err(Errno::ECONNRESET));
        assert_eq!(peers.ours.tcp_info(socket).unwrap().state, State::Closed);
    }
}

/// What was not read when the connection is closed is lost, and the other is to know.
#[test]
fn we_close_with_something_unread() {
    let mut peers = peers();
    let handle = peers.their_stream(1000);
    let socket = peers.open(true, false, handle);
    peers.stream(handle).send_slice(b"never read").unwrap();
    peers.run(SECOND);
    peers.ours.close(peers.now, socket).unwrap();
    peers.run(SECOND);
    assert_eq!(peers.stream(handle).state(), tcp::State::Closed);
}

/// Connections one after the other by the same ports: TIME-WAIT is at our end, and gives way.
#[test]
fn they_come_again_by_the_same_port() {
    let mut peers = peers();
    let listener = peers.ours.socket(Kind::Stream).unwrap();
    peers.ours.bind(listener, "10.0.0.1:80".parse().unwrap()).unwrap();
    peers.ours.listen(listener, 5).unwrap();
    for round in 0..3 {
        let handle = peers.their_stream(1000);
        // A clock that goes on tells the new connection from the old one.
        peers.stream(handle).set_tsval_generator(Some(later));
        peers.they_connect(handle, "10.0.0.1:80".parse().unwrap());
        peers.run(SECOND);
        let (socket, _) =
            peers.ours.accept(listener).unwrap_or_else(|error| panic!("round {round}: {error}"));
        peers.ours.close(peers.now, socket).unwrap();
        peers.run(SECOND);
        assert_eq!(peers.stream(handle).state(), tcp::State::CloseWait);
        peers.stream(handle).close();
        peers.run(SECOND);
        assert_eq!(peers.stream(handle).state(), tcp::State::Closed);
        peers.sockets.remove(handle);
    }
}

/// A clock that goes on whenever it is looked at.
fn later() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CLOCK: AtomicU32 = AtomicU32::new(1000);
    CLOCK.fetch_add(1, Ordering::Relaxed)
}
