//! Two hosts with addresses, and data on its way between them.

use core::time::Duration;

use layercake::link::{self, Pair};
use layercake::stack::{self, Errno, Event, Kind, SocketId};

/// Hosts as they are by default, a wire of 5 ms.
pub fn hosts() -> Pair {
    pair(|_| (), |link| link.delay = Duration::from_millis(5), 1)
}

/// Hosts and a wire, changed as a test wants them: 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2.
pub fn pair(change: impl Fn(&mut stack::Config), wire: impl Fn(&mut link::Config), seed: u64) -> Pair {
    let hosts = [0, 1].map(|n| {
        let mut config = stack::Config { seed: seed + n, ..stack::Config::default() };
        config.neighbour.dad_transmits = 0;
        change(&mut config);
        config
    });
    let links = [0, 1].map(|_| {
        let mut config = link::Config::default();
        wire(&mut config);
        config
    });
    let mut pair = Pair::new(hosts, links, seed).unwrap();
    for (host, last) in [(0, 1), (1, 2)] {
        pair.address(host, format!("10.0.0.{last}/24").parse().unwrap()).unwrap();
        pair.address(host, format!("fd00::{last}/64").parse().unwrap()).unwrap();
    }
    pair
}

/// A connection from the first host to port 80 of the second: both ends.
pub fn connect(pair: &mut Pair, address: &str) -> (SocketId, SocketId) {
    let listener = pair.hosts[1].socket(Kind::Stream).unwrap();
    pair.hosts[1].bind(listener, address.parse().unwrap()).unwrap();
    pair.hosts[1].listen(listener, 10).unwrap();
    let client = pair.hosts[0].socket(Kind::Stream).unwrap();
    pair.hosts[0].connect(pair.now(), client, address.parse().unwrap()).unwrap();
    let until = pair.now() + Duration::from_secs(100);
    loop {
        match pair.hosts[1].accept(listener) {
            Ok((server, _)) => return (client, server),
            Err(Errno::EAGAIN) => assert!(pair.step(until), "no connection"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What has happened to a host.
pub fn events(pair: &mut Pair, host: usize) -> Vec<Event> {
    std::iter::from_fn(|| pair.hosts[host].poll_event()).collect()
}

/// Sends data from one end to the other, which reads all the time; gives back what arrived.
pub fn transfer(
    pair: &mut Pair,
    from: (usize, SocketId),
    to: SocketId,
    data: &[u8],
    most: Duration,
) -> Vec<u8> {
    let (mut given, mut got) = (0, Vec::new());
    let until = pair.now() + most;
    let mut into = vec![0; 1 << 16];
    loop {
        let now = pair.now();
        while given < data.len() {
            match pair.hosts[from.0].send(now, from.1, &data[given..]) {
                Ok(taken) => given += taken,
                Err(_) => break,
            }
        }
        while let Ok(length @ 1..) = pair.hosts[1 - from.0].recv(now, to, &mut into) {
            got.extend_from_slice(&into[..length]);
        }
        if got.len() >= data.len() || !pair.step(until) {
            return got;
        }
    }
}

/// Bytes that tell their place.
pub fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n * 31 + n / 251 + n / 65_521) as u8).collect()
}
