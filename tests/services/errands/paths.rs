//! Routers on the way, ports at its end.

use std::collections::BTreeMap;

use layercake::stack::service::Small;
use layercake::stack::service::errand::{Listen, Method, Over, Ping, Probe, Traceroute};

use super::super::wires::Net;
use super::*;

/// Of three ports the first is open, the second refuses, and what is asked of the third is lost: the third frame. It is not asked a second time before half a second
/// is over.
#[test]
fn ports_of_tcp() {
    let mut net = hosts(wire(&[3]), wire(&[]));
    let begin = net.now;
    net.start(1, Listen::tcp(80).at(begin)).unwrap();
    let probe = Probe { wait: MILLISECOND * 500, ..Probe::new("10.0.0.2".parse().unwrap(), 80..=82) };
    let probe = net.start(0, probe.at(begin)).unwrap();
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, probe, ["open", "closed", "silent", "errors"]), [1, 1, 1, 0]);
    assert_eq!(since(&net, 0, probe, "done", begin), 500_000);
    let said = said(&mut net, 0);
    assert_eq!(said, ["port 80 is open", "port 81 is closed", "port 82 does not answer within 500 ms"]);
}

/// A port of UDP answers, or of it ICMP says that nobody listens, or nothing is heard. More are asked than go at once.
#[test]
fn ports_of_udp() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let begin = net.now;
    net.start(1, Small::echo()).unwrap();
    net.start(1, Listen::udp(50).at(begin)).unwrap();
    let probe = Probe { over: Over::Udp, ..Probe::new("10.0.0.2".parse().unwrap(), 1..=100) };
    let probe = net.start(0, probe.at(begin)).unwrap();
    net.run(SECOND * 10).unwrap();
    let [open, closed, silent] = figures(&net, 0, probe, ["open", "closed", "silent"]);
    // How many errors a host sends is bounded (RFC 1812 section 4.3.2.8), so some closed ports seem silent.
    assert!(open == 1 && closed > 0 && silent > 0 && open + closed + silent == 100, "{closed} {silent}");
    let said = said(&mut net, 0);
    assert!(said.contains(&"port 7 is open".into()) && said.contains(&"port 1 is closed".into()));
    assert!(said.contains(&"port 50 does not answer within 1 s".into()), "{said:?}");
}

/// A host, two routers, a host; each link takes a millisecond. 10.0.0.1 - 10.0.0.254, 10.0.1.1 - 10.0.1.2, 10.0.2.254 - 10.0.2.1.
fn path() -> Net {
    let mut net = Net::new();
    let [a, r, s, b] = [false, true, true, false].map(|router| net.host(router));
    let (to_r, from_a) = (net.attach(a, 0, 1500, "10.0.0.1/24"), net.attach(r, 0, 1500, "10.0.0.254/24"));
    let (to_s, from_r) = (net.attach(r, 1, 1500, "10.0.1.1/24"), net.attach(s, 1, 1500, "10.0.1.2/24"));
    let (to_b, from_s) = (net.attach(s, 2, 1500, "10.0.2.254/24"), net.attach(b, 2, 1500, "10.0.2.1/24"));
    let _ = (from_a, to_b);
    net.route(a, "0.0.0.0/0", "10.0.0.254", to_r);
    net.route(r, "10.0.2.0/24", "10.0.1.2", to_s);
    net.route(s, "10.0.0.0/24", "10.0.1.1", from_r);
    net.route(b, "0.0.0.0/0", "10.0.2.254", from_s);
    net
}

fn runs(net: &mut Net, errand: Errand) -> (Vec<String>, impl Fn(&str) -> Option<u64> + use<>) {
    let now = net.now;
    let id = net.hosts[0].start(now, errand).unwrap();
    net.run(SECOND * 40);
    let said = std::iter::from_fn(|| net.hosts[0].poll_notice().map(|told| told.2)).collect();
    let mut figures = BTreeMap::new();
    net.hosts[0].service(id).unwrap().figures(&mut |name, figure| {
        assert!(figures.insert(name, figure.number()).is_none(), "{name} twice");
    });
    (said, move |name| figures.get(name).copied())
}

/// Once the neighbours are known, each hop takes 2 ms more.
#[test]
fn routers_on_the_way() {
    let mut net = path();
    let _ = runs(&mut net, Ping { count: 1, ..Ping::new("10.0.2.1".parse().unwrap()) }.at(Time::ZERO));
    for method in [Method::Udp, Method::Icmp, Method::Tcp(80)] {
        let trace = Traceroute { method, ..Traceroute::new("10.0.2.1".parse().unwrap()) };
        let (said, figure) = runs(&mut net, trace.at(Time::ZERO));
        assert_eq!(said, ["1  10.0.0.254  2 ms", "2  10.0.1.2  4 ms", "3  10.0.2.1  6 ms"], "{method:?}");
        let known = ["sent", "received", "lost", "hops", "reached", "errors"].map(&figure);
        assert_eq!(known, [3, 3, 0, 3, 1, 0].map(Some), "{method:?}");
        assert_eq!(figure("rtt_mean"), Some(4_000_000));
    }
}

/// A router without a way says so (to what has a hop left for it), one that is not there says nothing, and it does not go on for ever.
#[test]
fn ways_that_end() {
    let mut net = path();
    let to = "10.9.0.1".parse().unwrap();
    let (said, figure) = runs(&mut net, Traceroute::new(to).at(Time::ZERO));
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].ends_with("(10.0.0.254 says of a packet to 10.9.0.1: network unreachable)"), "{said:?}");
    assert_eq!((figure("reached"), figure("hops")), (Some(0), Some(2)));

    net.links[2].cut = true;
    let trace = Traceroute {
        most: 5,
        tries: 2,
        wait: MILLISECOND * 100,
        ..Traceroute::new("10.0.2.1".parse().unwrap())
    };
    let (said, figure) = runs(&mut net, trace.at(Time::ZERO));
    assert_eq!(said.len(), 10, "{said:?}");
    assert_eq!(
        said[4..],
        [
            "3  no answer within 100 ms",
            "3  no answer within 100 ms",
            "4  no answer within 100 ms",
            "4  no answer within 100 ms",
            "5  no answer within 100 ms",
            "5  no answer within 100 ms"
        ]
    );
    let known = ["sent", "received", "lost", "hops", "reached"].map(figure);
    assert_eq!(known, [10, 4, 6, 5, 0].map(Some));

    // ICMP errors of a ping: who says so, and that it is the TTL.
    let ping = Ping { count: 1, hop_limit: Some(1), ..Ping::new("10.0.2.1".parse().unwrap()) };
    let (said, _) = runs(&mut net, ping.at(Time::ZERO));
    assert_eq!(
        said,
        ["10.0.0.254 says of a packet to 10.0.2.1: time exceeded, its TTL or hop limit ran out"]
    );
}
