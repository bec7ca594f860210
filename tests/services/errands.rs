//! Errands: programs that do something by themselves. What they say has to be what arithmetic says.

mod datagrams;
mod names;
mod paths;
mod streams;

use std::time::Duration;

use layercake::field::Mac;
use layercake::link::{self, Cable, Loss};
use layercake::sim::{Log, Net};
use layercake::stack::service::Figure;
use layercake::stack::service::errand::Errand;
use layercake::stack::{Config, Host, InterfaceId, ServiceId};
use layercake::time::Time;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// A wire of 10 ms that loses the frames of these numbers.
fn wire(lost: &[u64]) -> link::Config {
    link::Config { delay: MILLISECOND * 10, loss: Loss::List(lost.to_vec()), ..link::Config::default() }
}

/// 10.0.0.1 and 10.0.0.2, who know each other's Ethernet address and have said what there is to say of their own: the first frame on a wire is the first that a
/// program sends.
fn hosts(there: link::Config, back: link::Config) -> Net<Host, Log> {
    let config = |seed| {
        let mut config = Config { seed, ..Config::default() };
        config.neighbour.autoconfigure = false;
        config
    };
    let mut net = Net::pair([config(1), config(2)], [&wire(&[]), &wire(&[])], 1).unwrap().with_services();
    let now = net.now;
    for host in 0..2u8 {
        let (own, other) = (host + 1, 2 - host);
        net.address(host.into(), format!("10.0.0.{own}/24").parse().unwrap()).unwrap();
        let (address, mac) = (format!("10.0.0.{other}").parse().unwrap(), Mac([2, 0, 0, 0, 0, other]));
        let stack = &mut net.nodes[usize::from(host)].stack;
        stack.add_neighbour(now, InterfaceId(1), address, mac).unwrap();
    }
    net.run(SECOND * 10).unwrap();
    net.cables[0] = Cable::new([&there, &back], 1, "a-b");
    net
}

fn figure(net: &Net<Host, Log>, host: usize, id: ServiceId, name: &str) -> Option<u64> {
    net.nodes[host].get_at::<Errand>(id).unwrap().figure(name).map(Figure::number)
}

/// Figures by their names; those that are not known are 999.
fn figures<const N: usize>(net: &Net<Host, Log>, host: usize, id: ServiceId, names: [&str; N]) -> [u64; N] {
    names.map(|name| figure(net, host, id, name).unwrap_or(999))
}

/// An instant in microseconds since that one.
fn since(net: &Net<Host, Log>, host: usize, id: ServiceId, name: &str, begin: Time) -> u64 {
    (figure(net, host, id, name).unwrap() - begin.nanoseconds()) / 1000
}

/// What a host's services have said.
fn said(net: &mut Net<Host, Log>, host: usize) -> Vec<String> {
    std::iter::from_fn(|| net.nodes[host].poll_notice().map(|told| told.2)).collect()
}
