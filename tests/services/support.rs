//! Two hosts with room for programs, and what clients do.

use std::net::SocketAddr;
use std::time::Duration;

use layercake::link::{self, Pair};
use layercake::stack::{Config, Errno, Host, Kind, SocketId};

/// Two hosts, 192.0.2.1 and 192.0.2.2, also 2001:db8::1 and ::2, and a wire with a delay of a millisecond.
pub fn pair() -> Pair<Host> {
    pair_over(&link::Config { delay: Duration::from_millis(1), ..link::Config::default() })
}

/// The same over another wire.
pub fn pair_over(wire: &link::Config) -> Pair<Host> {
    let config = |seed| Config { seed, ..Config::default() };
    let mut pair =
        Pair::new([config(1), config(2)], [wire.clone(), wire.clone()], 1).unwrap().with_services();
    for host in 0..2 {
        pair.address(host, format!("192.0.2.{}/24", host + 1).parse().unwrap()).unwrap();
        pair.address(host, format!("2001:db8::{}/64", host + 1).parse().unwrap()).unwrap();
    }
    // Until nobody else has those addresses.
    pair.run(Duration::from_secs(10));
    pair
}

/// A connection from the first host.
pub fn connect(pair: &mut Pair<Host>, to: &str) -> SocketId {
    let to: SocketAddr = to.parse().unwrap();
    let socket = pair.hosts[0].stack.socket(Kind::Stream).unwrap();
    pair.hosts[0].stack.connect(pair.now(), socket, to).unwrap();
    pair.run(Duration::from_millis(50));
    socket
}

/// All that has come on a connection, and whether it has ended.
pub fn receive(pair: &mut Pair<Host>, socket: SocketId) -> (Vec<u8>, bool) {
    let (mut all, mut chunk) = (Vec::new(), [0; 65_536]);
    loop {
        match pair.hosts[0].stack.recv(pair.now(), socket, &mut chunk) {
            Ok(0) => return (all, true),
            Ok(length) => all.extend(&chunk[..length]),
            Err(Errno::EAGAIN) => return (all, false),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a counter of a service of the second host says.
pub fn counter(pair: &Pair<Host>, service: &str, name: &str) -> u64 {
    let mut found = None;
    for (_, service) in pair.hosts[1].services().filter(|(_, running)| running.name() == service) {
        service.figures(&mut |counter, value| {
            if counter == name {
                found = Some(value.number());
            }
        });
    }
    found.expect("there is such a counter")
}
