//! Names and pages.

use layercake::names::DnsType;
use layercake::sim::{Log, Net};
use layercake::stack::Errno;
use layercake::stack::service::dhcp::{self, DhcpClient, DhcpServer};
use layercake::stack::service::dns::{DnsServer, Upstream, Zone};
use layercake::stack::service::errand::{Get, Lookup};
use layercake::stack::service::http::{HttpServer, Pages};

use super::*;

/// A server for names and pages at 10.0.0.2.
fn served(there: &[u64], back: &[u64]) -> Net<Host, Log> {
    let mut net = hosts(wire(there), wire(back));
    let zone = "@ 60 SOA ns.example. admin.example. 1 3600 600 86400 60\n@ NS ns\nns A 10.0.0.2\nwww A 10.0.0.9\n A 10.0.0.2\nmail MX 10 www\n";
    net.start(1, DnsServer::new(vec![Zone::parse(zone, "example.").unwrap()])).unwrap();
    let mut pages = Pages::default();
    pages.insert("/hello.txt", "text/plain", "Hello");
    net.start(1, HttpServer::new(pages)).unwrap();
    net
}

/// Two questions of 20 ms each. The records of a zone come in the order in which they stand, or another: both are there.
#[test]
fn lookups() {
    let mut net = served(&[], &[]);
    let begin = net.now;
    net.nodes[0].stack.set_name_servers(["10.0.0.2".parse().unwrap()]);
    let id = net.start(0, Lookup::new("www.example".parse().unwrap()).at(begin)).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "answers", "errors"]), [2, 2, 2, 0]);
    assert_eq!(figures(&net, 0, id, ["rtt_min", "rtt_max"]), [20_000_000; 2]);
    assert_eq!((since(&net, 0, id, "first", begin), since(&net, 0, id, "done", begin)), (20_000, 40_000));
    let told = said(&mut net, 0);
    assert!(told[0].starts_with("www.example A: 10.0.0.") && told[0].ends_with(", after 20 ms"), "{told:?}");
    let mut lines = [0; 100];
    let (stack, errand) = net.nodes[0].with_at::<Errand>(id).unwrap();
    // Two addresses of eight letters, and the ends of two lines.
    assert_eq!(errand.read(begin, stack, &mut lines), Ok(18));
    assert!(lines.starts_with(b"10.0.0.2\n10.0.0.9\n") || lines.starts_with(b"10.0.0.9\n10.0.0.2\n"));
    assert_eq!(errand.read(begin, stack, &mut lines), Ok(0));
    assert!(told[0].contains("10.0.0.2") && told[0].contains("10.0.0.9"), "{told:?}");
    assert_eq!(told[1], "www.example AAAA: nothing, after 20 ms");

    let upstream = Some(Upstream::Servers(vec!["10.0.0.2:53".parse().unwrap()]));
    let name = "mail.example".parse().unwrap();
    let mail = Lookup { types: vec![DnsType::MX], upstream: upstream.clone(), ..Lookup::new(name) };
    let mail = net.start(0, mail.at(net.now)).unwrap();
    let none = Lookup { upstream, ..Lookup::new("none.example".parse().unwrap()) };
    let none = net.start(0, none.at(net.now)).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(figures(&net, 0, mail, ["answers", "errors"]), [1, 0]);
    assert_eq!(figures(&net, 0, none, ["sent", "received", "answers", "errors"]), [1, 1, 0, 1]);
    let told = said(&mut net, 0);
    assert!(told.contains(&"mail.example MX: 1 records, after 20 ms".into()), "{told:?}");
    assert!(
        told.iter().any(|line| line == "none.example A cannot be found: NXDomain, after 20 ms"),
        "{told:?}"
    );
}

/// Nobody to ask.
#[test]
fn a_lookup_without_servers() {
    let mut net = served(&[], &[]);
    let id = net.start(0, Lookup::new("www.example".parse().unwrap()).at(net.now)).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "errors"]), [0, 1]);
    assert_eq!(said(&mut net, 0), ["no name server is known"]);
}

/// A page of 5 bytes, three times: 20 ms for the connection and 20 ms for the page, then over the same connection.
#[test]
fn pages() {
    let mut net = served(&[], &[]);
    let begin = net.now;
    let request = || "http://10.0.0.2/hello.txt".parse().unwrap();
    let get = Get { count: 3, interval: MILLISECOND * 100, ..Get::new(request()) };
    let id = net.start(0, get.at(begin)).unwrap();
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "status", "bytes", "errors"]), [3, 3, 200, 15, 0]);
    assert_eq!(figures(&net, 0, id, ["rtt_min", "rtt_max"]), [20_000_000, 40_000_000]);
    // 40, 100, 20, 100, 20.
    assert_eq!(since(&net, 0, id, "done", begin), 280_000);
    assert_eq!(said(&mut net, 0)[..2], ["200 OK after 40 ms", "5 bytes after 40 ms"]);

    let missing = Get::new("http://10.0.0.2/none".parse().unwrap());
    let missing = net.start(0, missing.at(net.now)).unwrap();
    let closed = Get::new("http://10.0.0.2:81/".parse().unwrap());
    let closed = net.start(0, closed.at(net.now)).unwrap();
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, missing, ["received", "status", "errors"]), [1, 404, 0]);
    assert_eq!(figures(&net, 0, closed, ["sent", "received", "status", "errors"]), [1, 0, 999, 1]);
}

/// What is held waits for whoever reads it, and it is not done before.
#[test]
fn a_page_that_is_held() {
    let mut net = served(&[], &[]);
    let get = Get { hold: true, ..Get::new("http://10.0.0.2/hello.txt".parse().unwrap()) };
    let id = net.start(0, get.at(net.now)).unwrap();
    let mut place = [0; 3];
    let mut read = |net: &mut Net<Host, Log>| {
        let now = net.now;
        let (stack, errand) = net.nodes[0].with_at::<Errand>(id).unwrap();
        errand.read(now, stack, &mut place).map(|length| place[..length].to_vec())
    };
    assert_eq!(read(&mut net), Err(Errno::EAGAIN));
    net.run(SECOND).unwrap();
    assert_eq!(figures(&net, 0, id, ["status", "bytes", "done"]), [200, 0, 999]);
    assert_eq!([read(&mut net), read(&mut net)], [Ok(b"Hel".to_vec()), Ok(b"lo".to_vec())]);
    assert_eq!(read(&mut net), Ok(Vec::new()));
    assert_eq!(figures(&net, 0, id, ["received", "bytes", "errors"]), [1, 5, 0]);
    assert!(net.nodes[0].get_at::<Errand>(id).unwrap().is_done());
    let closed = Get { hold: true, ..Get::new("http://10.0.0.2:81/".parse().unwrap()) };
    let closed = net.start(0, closed.at(net.now)).unwrap();
    net.run(SECOND).unwrap();
    let now = net.now;
    let (stack, errand) = net.nodes[0].with_at::<Errand>(closed).unwrap();
    assert_eq!(errand.read(now, stack, &mut [0; 9]), Err(Errno::EPROTO));
    assert_eq!(errand.trouble(), Some("no connection: ECONNREFUSED: the connection was refused"));
}

/// By name, from a host that knows nothing: it gets an address and a name server by DHCP, finds two addresses of the name, of which nobody has the first or the second, and asks
/// them one after the other.
#[test]
fn a_page_by_name_and_an_address_by_dhcp() {
    let config = |seed| Config { seed, ..Config::default() };
    let mut net = Net::pair([config(1), config(2)], [&wire(&[]), &wire(&[])], 1).unwrap().with_services();
    net.address(1, "10.0.0.2/24".parse().unwrap()).unwrap();
    net.run(SECOND * 10).unwrap();
    let zone = "@ 60 SOA ns.example. admin.example. 1 3600 600 86400 60\n@ NS ns\nns A 10.0.0.2\nwww A 10.0.0.9\n A 10.0.0.2\n";
    net.start(1, DnsServer::new(vec![Zone::parse(zone, "example.").unwrap()])).unwrap();
    let mut pages = Pages::default();
    pages.insert("/", "text/plain", "Hello");
    net.start(1, HttpServer::new(pages)).unwrap();
    let range = ["10.0.0.100".parse().unwrap(), "10.0.0.110".parse().unwrap()];
    let mut subnet = dhcp::server::Subnet::new("10.0.0.0/24".parse().unwrap(), range);
    subnet.dns = vec!["10.0.0.2".parse().unwrap()];
    let subnets = vec![subnet];
    net.start(1, DhcpServer::new(dhcp::server::Config { subnets, ..Default::default() })).unwrap();

    // The errand is there before the client that gets the address.
    let get = Get::new("http://www.example/".parse().unwrap());
    let get = net.start(0, get.at(net.now)).unwrap();
    net.start(0, DhcpClient::new(InterfaceId(1), dhcp::client::Config::default())).unwrap();
    net.run(SECOND * 120).unwrap();
    assert_eq!(net.nodes[0].stack.name_servers(), ["10.0.0.2".parse::<core::net::IpAddr>().unwrap()]);
    assert_eq!(figures(&net, 0, get, ["received", "status", "bytes"]), [1, 200, 5]);
    let told = said(&mut net, 0);
    assert_eq!(told[0], "waits until the host has an address");
}
