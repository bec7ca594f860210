//! Two hosts with room for programs, and what clients do.

use std::net::SocketAddr;
use std::time::Duration;

use layercake::link;
use layercake::sim::{Log, Net};
use layercake::stack::{Config, Errno, Host, Kind, SocketId};

/// Two hosts, 192.0.2.1 and 192.0.2.2, also 2001:db8::1 and ::2, and a wire with a delay of a millisecond.
pub fn pair() -> Net<Host, Log> {
    pair_over(&link::Config { delay: Duration::from_millis(1), ..link::Config::default() })
}

/// The same over another wire.
pub fn pair_over(wire: &link::Config) -> Net<Host, Log> {
    let config = |seed| Config { seed, ..Config::default() };
    let mut net = Net::pair([config(1), config(2)], [wire, wire], 1).unwrap().with_services();
    for host in 0..2 {
        net.address(host, format!("192.0.2.{}/24", host + 1).parse().unwrap()).unwrap();
        net.address(host, format!("2001:db8::{}/64", host + 1).parse().unwrap()).unwrap();
    }
    // Until nobody else has those addresses.
    net.run(Duration::from_secs(10)).unwrap();
    net
}

/// A connection from the first host.
pub fn connect(net: &mut Net<Host, Log>, to: &str) -> SocketId {
    let to: SocketAddr = to.parse().unwrap();
    let socket = net.nodes[0].stack.socket(Kind::Stream).unwrap();
    net.nodes[0].stack.connect(net.now, socket, to).unwrap();
    net.run(Duration::from_millis(50)).unwrap();
    socket
}

/// All that has come on a connection, and whether it has ended.
pub fn receive(net: &mut Net<Host, Log>, socket: SocketId) -> (Vec<u8>, bool) {
    let (mut all, mut chunk) = (Vec::new(), [0; 65_536]);
    loop {
        match net.nodes[0].stack.recv(net.now, socket, &mut chunk) {
            Ok(0) => return (all, true),
            Ok(length) => all.extend(&chunk[..length]),
            Err(Errno::EAGAIN) => return (all, false),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a counter of a service of the second host says.
pub fn counter(net: &Net<Host, Log>, service: &str, name: &str) -> u64 {
    let mut found = None;
    for (_, service) in net.nodes[1].services().filter(|(_, running)| running.name() == service) {
        service.figures(&mut |counter, value| {
            if counter == name {
                found = Some(value.number());
            }
        });
    }
    found.expect("there is such a counter")
}
