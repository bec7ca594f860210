//! Resolvers in a small internet: a root, com, net, and servers of a few zones, in virtual time.

use std::time::Duration;

use layercake::names::{DnsRcode, DnsType};
use layercake::stack::Kind;
use layercake::stack::service::Small;
use layercake::stack::service::dns::{
    Answer, Clients, DnsServer, Domain, Listening, Resolver, Upstream, resolver,
};
use layercake::time::Time;
use layercake::wire::dns::{Composer, Dns};

use super::dns_zone::{lines, zone};
use super::internet::Net;

/// Its place in the row of hosts.
pub const RESOLVER: usize = 0;
pub const ROOT: usize = 1;
pub const COM: usize = 2;
pub const NS1: usize = 3;
pub const NS2: usize = 4;
pub const CLIENT: usize = 5;

const ROOT_ZONE: &str = "\
. 86400 SOA a.root. admin. 1 2 3 4 900
. NS a.root.
a.root. A 10.0.0.2
com. NS a.gtld.com.
a.gtld.com. A 10.0.0.3
net. NS a.gtld.com.
";
const COM_ZONE: &str = "\
@ 86400 SOA a.gtld admin 1 2 3 4 900
@ NS a.gtld
a.gtld A 10.0.0.3
example NS ns1.example
example NS ns2.example
ns1.example A 10.0.0.4
ns2.example A 10.0.0.5
";
const NET_ZONE: &str = "\
@ 86400 SOA a.gtld.com. admin 1 2 3 4 900
@ NS a.gtld.com.
glueless NS ns1.example.com.
round NS ns.circle.net.
circle NS ns.round.net.
";
const EXAMPLE_ZONE: &str = "\
@ 3600 SOA ns1 admin 1 2 3 4 60
@ NS ns1
@ NS ns2
ns1 A 10.0.0.4
ns2 A 10.0.0.5
www 300 A 192.0.2.80
brief 0 A 192.0.2.81
alias 300 CNAME www
far 300 CNAME www.glueless.net.
one CNAME two
two CNAME one
nowhere CNAME none
";
const GLUELESS_ZONE: &str =
    "@ 3600 SOA ns1.example.com. admin 1 2 3 4 60\n@ NS ns1.example.com.\nwww A 192.0.2.90\n";

/// The hosts, with the servers that run; `servers` says which.
pub fn internet(servers: &[usize]) -> Net {
    let mut net = Net::new(&[
        &["10.0.0.1/24"],
        &["10.0.0.2/24"],
        &["10.0.0.3/24"],
        &["10.0.0.4/24"],
        &["10.0.0.5/24"],
        &["10.0.0.6/24"],
    ]);
    for server in servers {
        let zones = match *server {
            ROOT => vec![zone(ROOT_ZONE, ".")],
            COM => vec![zone(COM_ZONE, "com"), zone(NET_ZONE, "net")],
            _ => vec![zone(EXAMPLE_ZONE, "example.com"), zone(GLUELESS_ZONE, "glueless.net")],
        };
        net.start(*server, DnsServer::new(zones));
    }
    net
}

pub fn from_root() -> resolver::Config {
    resolver::Config::new(Upstream::Root(vec![("a.root".parse().unwrap(), [10, 0, 0, 2].into())]))
}

pub fn asking(servers: &[&str]) -> resolver::Config {
    resolver::Config::new(Upstream::Servers(servers.iter().map(|server| server.parse().unwrap()).collect()))
}

/// Asks as a program does; the answer that came within so long.
pub fn ask_for(net: &mut Net, name: &str, record_type: DnsType, within: Duration) -> Option<Answer> {
    let (now, name): (Time, Domain) = (net.now(), name.parse().unwrap());
    let (stack, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let query = resolver.resolve(now, stack, &name, record_type).unwrap();
    net.run(within);
    let (_, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let (answered, answer) = resolver.poll_answer()?;
    assert_eq!(answered, query);
    Some(answer)
}

/// Its result and records, in a line.
pub fn ask(net: &mut Net, name: &str, record_type: DnsType) -> String {
    let answer = ask_for(net, name, record_type, Duration::from_secs(11)).expect("an answer in time");
    format!("{}: {}", answer.rcode, lines(&answer.answers).join(", "))
}

pub fn queries(net: &mut Net) -> Vec<String> {
    let said = net.said();
    said.into_iter()
        .filter(|line| line.contains("query"))
        .map(|line| line["10.0.0.1 > ".len()..].to_owned())
        .collect()
}

/// RFC 1034 section 5.3.3: from the root down, one server of each zone, and what was learned is used: the answer, the servers of the zone, their addresses.
#[test]
fn a_recursive_resolver_walks_down_from_the_root_and_remembers() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.said();
    assert_eq!(ask(&mut net, "www.example.com", DnsType::A), "NoError: www.example.com 300 A 192.0.2.80");
    let said = net.said();
    assert_eq!(said.len(), 6, "{said:#?}");
    assert_eq!(
        said[..4],
        [
            "10.0.0.1 > 10.0.0.2: query www.example.com A",
            "10.0.0.2 > 10.0.0.1: answer www.example.com A",
            "10.0.0.1 > 10.0.0.3: query www.example.com A",
            "10.0.0.3 > 10.0.0.1: answer www.example.com A",
        ]
    );
    assert!(
        said[4].starts_with("10.0.0.1 > 10.0.0.4") || said[4].starts_with("10.0.0.1 > 10.0.0.5"),
        "{}",
        said[4]
    );

    // Eleven seconds later the time has counted down, and nobody was asked.
    assert_eq!(ask(&mut net, "WWW.example.com", DnsType::A), "NoError: www.example.com 289 A 192.0.2.80");
    assert_eq!(queries(&mut net), [""; 0]);
    assert_eq!(net.counter(RESOLVER, "resolver", "answers_from_the_cache"), 1);
    // Another name of the zone: its servers are known.
    assert_eq!(
        ask(&mut net, "alias.example.com", DnsType::A),
        "NoError: alias.example.com 300 CNAME www.example.com, www.example.com 300 A 192.0.2.80"
    );
    assert_eq!(queries(&mut net).len(), 1);
    // When the time is over it is asked for again, of those who know.
    net.run(Duration::from_secs(300));
    assert_eq!(ask(&mut net, "www.example.com", DnsType::A), "NoError: www.example.com 300 A 192.0.2.80");
    assert_eq!(queries(&mut net).len(), 1);
    // What holds for no time at all is told once, and not remembered.
    for _ in 0..2 {
        assert_eq!(
            ask(&mut net, "brief.example.com", DnsType::A),
            "NoError: brief.example.com 0 A 192.0.2.81"
        );
        assert_eq!(queries(&mut net).len(), 1);
    }
}

/// RFC 2308 section 5: that there is nothing is remembered for as long as the zone says, by name or by name and type; RFC 8020: below a name that does not
/// exist there is nothing either.
#[test]
fn what_does_not_exist_is_remembered() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.said();
    assert_eq!(ask(&mut net, "no.example.com", DnsType::A), "NXDomain: ");
    assert_eq!(queries(&mut net).len(), 3);
    for (name, record_type) in
        [("no.example.com", DnsType::A), ("no.example.com", DnsType::MX), ("a.b.no.example.com", DnsType::A)]
    {
        assert_eq!(ask(&mut net, name, record_type), "NXDomain: ");
        assert_eq!(queries(&mut net), [""; 0]);
    }
    assert_eq!(ask(&mut net, "www.example.com", DnsType::MX), "NoError: ");
    assert_eq!(ask(&mut net, "www.example.com", DnsType::MX), "NoError: ");
    assert_eq!(queries(&mut net).len(), 1);
    assert_eq!(ask(&mut net, "www.example.com", DnsType::AAAA), "NoError: ");
    assert_eq!(queries(&mut net).len(), 1);
    // The end of an alias does not exist.
    assert_eq!(
        ask(&mut net, "nowhere.example.com", DnsType::A),
        "NXDomain: nowhere.example.com 300 CNAME none.example.com"
    );
    net.said();
    // 60 seconds are over.
    net.run(Duration::from_secs(60));
    assert_eq!(ask(&mut net, "no.example.com", DnsType::A), "NXDomain: ");
    assert_eq!(queries(&mut net).len(), 1);
}

/// Aliases lead into other zones, whose servers have no address in the referral; in a circle they lead nowhere, and that is found out soon.
#[test]
fn aliases_are_followed_over_zones_and_not_in_circles() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.said();
    assert_eq!(
        ask(&mut net, "far.example.com", DnsType::A),
        "NoError: far.example.com 300 CNAME www.glueless.net, www.glueless.net 3600 A 192.0.2.90"
    );
    // Three for the alias; for www.glueless.net the root (net), net, and the server whose address is known.
    assert_eq!(queries(&mut net).len(), 6);
    assert_eq!(ask(&mut net, "one.example.com", DnsType::A), "ServFail: ");
    assert!(queries(&mut net).len() <= 2);
    assert_eq!(
        ask(&mut net, "one.example.com", DnsType::CNAME),
        "NoError: one.example.com 289 CNAME two.example.com"
    );
}

/// A server without an address in the referral is asked for first, down from the root.
#[test]
fn the_address_of_a_server_is_found_first() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.said();
    assert_eq!(ask(&mut net, "www.glueless.net", DnsType::A), "NoError: www.glueless.net 3600 A 192.0.2.90");
    let queries = queries(&mut net);
    let names: Vec<&str> = queries.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(names[..2], ["www.glueless.net"; 2], "{queries:#?}");
    assert_eq!(names[2..5], ["ns1.example.com"; 3], "{queries:#?}");
    assert_eq!(names[5..], ["www.glueless.net"], "{queries:#?}");
}

/// Zones whose servers are in each other's, without an address: nobody can find them, and it does not take long to see.
#[test]
fn servers_that_need_each_other_are_given_up() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.said();
    assert_eq!(
        ask_for(&mut net, "www.round.net", DnsType::A, Duration::from_secs(1)).unwrap().rcode,
        DnsRcode::SERV_FAIL
    );
    assert!(queries(&mut net).len() <= 16);
    // That it failed is remembered for some seconds (RFC 9520).
    assert_eq!(
        ask_for(&mut net, "www.round.net", DnsType::A, Duration::from_secs(1)).unwrap().rcode,
        DnsRcode::SERV_FAIL
    );
    assert_eq!(queries(&mut net), [""; 0]);
}

/// Questions that wait for each other's servers at the same time: neither waits forever, nor does one that has nothing to do with them.
#[test]
fn questions_that_need_each_other_end() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    let now = net.now();
    let (stack, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let names = [
        "www.round.net",
        "www.circle.net",
        "ns.round.net",
        "ns.circle.net",
        "www.glueless.net",
        "ns1.example.com",
    ];
    for name in names {
        resolver.resolve(now, stack, &name.parse().unwrap(), DnsType::A).unwrap();
    }
    net.run(Duration::from_secs(1));
    let (_, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let answers: Vec<_> =
        core::iter::from_fn(|| resolver.poll_answer()).map(|(_, answer)| answer.rcode).collect();
    assert_eq!(answers.len(), names.len());
    assert_eq!(answers.iter().filter(|rcode| **rcode == DnsRcode::SERV_FAIL).count(), 4);
}

/// A server that has not the zone, and one that is not there: another is asked, and they are not asked again for every question.
#[test]
fn lame_and_dead_servers_are_passed_over() {
    for dead in [false, true] {
        let mut net = internet(&[ROOT, COM, NS2]);
        if !dead {
            net.start(
                NS1,
                DnsServer::new(vec![zone("@ SOA ns admin 1 2 3 4 5\n NS ns\nns A 10.0.0.4\n", "other")]),
            );
        } else {
            net.only(|frame| frame.get(..6) != Some(&[2, 0, 0, 0, 1, NS1 as u8]));
        }
        net.start(RESOLVER, Resolver::new(from_root()));
        for name in ["www", "alias", "brief", "ns2"] {
            let record_type = if name == "alias" { DnsType::CNAME } else { DnsType::A };
            let answer = ask(&mut net, &format!("{name}.example.com"), record_type);
            assert!(answer.starts_with("NoError: ") && answer.len() > 20, "{answer}");
        }
        let counter = |name| net.counter(RESOLVER, "resolver", name);
        if dead {
            assert!(counter("servers_that_did_not_answer") <= 1);
        } else {
            assert!(counter("servers_that_are_not_responsible") <= 4);
        }
    }
}

/// A stub (RFC 1123 section 6.1.3.1): when the first server does not answer the second is asked soon, and then first.
#[test]
fn a_stub_asks_the_second_server_after_a_short_time() {
    let mut net = internet(&[NS1, NS2]);
    // Nobody listens at .3, and says so; .9 does not exist.
    for (first, at_least) in [("10.0.0.9:53", 700), ("10.0.0.3:53", 0)] {
        let mut net = internet(&[NS1, NS2]);
        let mut config = asking(&[first, "10.0.0.4:53"]);
        config.timeout = Duration::from_millis(800);
        net.start(RESOLVER, Resolver::new(config));
        net.said();
        assert!(
            at_least == 0
                || ask_for(&mut net, "www.example.com", DnsType::A, Duration::from_millis(at_least))
                    .is_none()
        );
        let answer = if at_least == 0 {
            ask_for(&mut net, "www.example.com", DnsType::A, Duration::from_millis(100))
        } else {
            net.run(Duration::from_millis(200));
            net.hosts[RESOLVER].with::<Resolver>().unwrap().1.poll_answer().map(|(_, answer)| answer)
        };
        assert_eq!(
            lines(&answer.expect("the second has answered").answers),
            ["www.example.com 300 A 192.0.2.80"]
        );
        net.said();
        let answer = ask_for(&mut net, "alias.example.com", DnsType::A, Duration::from_millis(100));
        assert_eq!(answer.unwrap().rcode, DnsRcode::NO_ERROR);
        assert!(queries(&mut net).iter().all(|line| line.starts_with("10.0.0.4")));
    }
    // With both there, the first is asked.
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53", "10.0.0.5:53"])));
    net.said();
    ask(&mut net, "www.example.com", DnsType::A);
    assert_eq!(queries(&mut net), ["10.0.0.4: query www.example.com A"]);
}

/// One packet of four is lost: all questions are answered all the same.
#[test]
fn lost_packets_are_asked_again() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    let mut number = 0u64;
    net.only(move |frame| {
        // Not those of ARP.
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        frame[12..14] != [8, 0] || number >> 62 != 0
    });
    for name in ["www.example.com", "brief.example.com", "ns1.example.com", "www.glueless.net"] {
        let answer = ask(&mut net, name, DnsType::A);
        let said = net.said();
        assert!(answer.starts_with("NoError: "), "{name}: {answer} {said:#?}");
    }
    assert!(net.counter(RESOLVER, "resolver", "servers_that_did_not_answer") > 0);
}

/// Whatever is lost, every question has an answer in time, a right one or none; and afterwards nothing goes on.
#[test]
fn every_question_ends() {
    for seed in 0..SEEDS {
        let mut net = internet(&[ROOT, COM, NS1, NS2]);
        net.start(RESOLVER, Resolver::new(from_root()));
        let (mut number, loss) = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1 + seed % 12);
        net.only(move |_| {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            number >> 60 >= loss
        });
        let names =
            ["www.example.com", "far.example.com", "www.glueless.net", "no.example.com", "www.round.net"];
        for name in names {
            let now = net.now();
            let (stack, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
            resolver.resolve(now, stack, &name.parse().unwrap(), DnsType::A).unwrap();
            net.run(Duration::from_millis(seed * 7));
        }
        net.run(Duration::from_millis(10_001));
        let (_, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
        let answers: Vec<_> =
            core::iter::from_fn(|| resolver.poll_answer()).map(|(_, answer)| answer).collect();
        assert_eq!(answers.len(), names.len(), "seed {seed}");
        for answer in answers.iter().filter(|answer| answer.rcode == DnsRcode::NO_ERROR) {
            let last = answer.answers.last().unwrap();
            let right = if last.name.to_string() == "www.glueless.net" { "192.0.2.90" } else { "192.0.2.80" };
            assert_eq!(answer.addresses().next().unwrap().to_string(), right, "seed {seed}");
        }
        // Where one frame of eight is lost, and so one exchange of four, all that can be answered is.
        let failed = answers.iter().filter(|answer| answer.rcode == DnsRcode::SERV_FAIL).count();
        assert!(failed == 1 || loss > 2, "seed {seed}: {failed} failed");
        // What was begun for them ends too.
        net.run(Duration::from_secs(60));
        net.said();
        net.run(Duration::from_secs(60));
        assert_eq!(net.said(), [""; 0], "seed {seed}");
    }
}

/// Wires of [`every_question_ends`].
const SEEDS: u64 = 48;

/// RFC 7766 section 5: an answer that is cut short is asked for over TCP.
#[test]
fn what_is_cut_short_comes_over_tcp() {
    let many: String = (1..=200).map(|host| format!("big A 192.0.2.{host}\n")).collect();
    let text = format!("@ 300 SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 10.0.0.4\n{many}");
    let mut net = internet(&[]);
    net.start(NS1, DnsServer::new(vec![zone(&text, "lab")]));
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
    net.said();
    let answer = ask_for(&mut net, "big.lab", DnsType::A, Duration::from_secs(2)).unwrap();
    assert_eq!(answer.addresses().count(), 200);
    assert_eq!(queries(&mut net), ["10.0.0.4: query big.lab A", "10.0.0.4: query big.lab A over TCP"]);
    assert_eq!(net.counter(RESOLVER, "resolver", "questions_over_tcp"), 1);
}

/// A forwarder on a home router: answers come from the cache with the time that is left, the same question of many is asked once, each question keeps its case and
/// its number, and who does not want recursion is refused.
#[test]
fn a_forwarder_answers_many_and_asks_once() {
    let mut net = internet(&[NS1]);
    let mut config = asking(&["10.0.0.4:53"]);
    config.listening = Some(Listening::default());
    net.start(RESOLVER, Resolver::new(config));
    net.said();
    let (now, mut sockets) = (net.now(), Vec::new());
    for number in 0..20u16 {
        let stack = &mut net.hosts[CLIENT].stack;
        let socket = stack.socket(Kind::Datagram).unwrap();
        let name = if number % 2 == 0 { "wWw.example.com" } else { "www.EXAMPLE.com" };
        stack.send_to(now, socket, &query(number, name, DnsType::A), "10.0.0.1:53".parse().unwrap()).unwrap();
        sockets.push((number, name, socket));
    }
    net.run(Duration::from_secs(1));
    for (number, name, socket) in sockets {
        let answers = net.received(CLIENT, socket);
        assert_eq!(answers.len(), 1);
        let message = Dns::view(answers[0].as_slice()).unwrap();
        assert!(message.id() == number && message.recursion_available() && !message.authoritative());
        assert_eq!(message.questions().next().unwrap().name.to_string(), name);
        assert_eq!(message.answers().next().unwrap().ttl, 300);
    }
    let asked = net.said().into_iter().filter(|line| line.starts_with("10.0.0.1 > 10.0.0.4: query")).count();
    assert_eq!(asked, 1);
    net.run(Duration::from_secs(99));
    let answers = net.ask(CLIENT, "10.0.0.1:53", &query(7, "www.example.com", DnsType::A));
    assert_eq!(Dns::view(answers[0].as_slice()).unwrap().answers().next().unwrap().ttl, 200);
    let mut iterative = query(8, "www.example.com", DnsType::A);
    iterative[2] &= !1;
    let answers = net.ask(CLIENT, "10.0.0.1:53", &iterative);
    assert_eq!(Dns::view(answers[0].as_slice()).unwrap().rcode(), DnsRcode::REFUSED);
}

/// RFC 5358 section 4: a resolver for some asks nothing for others.
#[test]
fn strangers_are_not_answered() {
    let mut net = internet(&[NS1]);
    let mut config = asking(&["10.0.0.4:53"]);
    config.listening = Some(Listening::default());
    config.clients = Clients::Of(vec!["10.0.0.6/32".parse().unwrap()]);
    net.start(RESOLVER, Resolver::new(config));
    let message = query(7, "www.example.com", DnsType::A);
    assert_eq!(net.ask(CLIENT, "10.0.0.1:53", &message).len(), 1);
    assert_eq!(net.ask(NS2, "10.0.0.1:53", &message).len(), 0);
    assert_eq!(net.counter(RESOLVER, "resolver", "questions_of_others"), 1);
}

/// RFC 1034 section 6.3: the resolver knows SRI-NIC.ARPA alone. 6.3.1: who takes mail for ISI.EDU, by a referral. 6.3.2: the name of 26.6.0.65, for which the servers of
/// ISI.EDU that are known by now are no help. 6.3.3: an address in ISI.EDU, for which they are. Two days (172,800 s) are remembered for one.
#[test]
fn the_resolutions_of_rfc_1034() {
    let isi = "\
@ 172800 SOA A admin 1 1800 300 604800 86400
@ NS A
@ NS VAXA
@ NS VENERA
@ MX 10 VENERA
@ MX 20 VAXA
A A 26.3.0.103
VAXA A 10.2.0.27
VAXA A 128.9.0.33
VENERA A 10.1.0.52
VENERA A 128.9.0.32
PONERIA A 128.9.0.99
";
    let servers: [&[&str]; 4] = [
        &["26.0.0.73/0", "10.0.0.51/0"],
        &["26.3.0.103/0"],
        &["10.2.0.27/0", "128.9.0.33/0"],
        &["10.1.0.52/0", "128.9.0.32/0"],
    ];
    let mut net = Net::new(&[&["26.0.0.1/0"], servers[0], servers[1], servers[2], servers[3]]);
    net.start(1, DnsServer::new(vec![zone(super::dns_zone::ROOT, "."), zone(super::dns_zone::EDU, "EDU")]));
    for server in 2..5 {
        net.start(server, DnsServer::new(vec![zone(isi, "ISI.EDU")]));
    }
    let hints = ["26.0.0.73", "10.0.0.51"].map(|ip| ("SRI-NIC.ARPA".parse().unwrap(), ip.parse().unwrap()));
    net.start(RESOLVER, Resolver::new(resolver::Config::new(Upstream::Root(hints.to_vec()))));
    let of_root = |line: &String| {
        ["26.0.0.1 > 26.0.0.73: query", "26.0.0.1 > 10.0.0.51: query"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let queries =
        |net: &mut Net| net.said().into_iter().filter(|line| line.contains("query")).collect::<Vec<_>>();
    net.said();

    let answer = ask_for(&mut net, "ISI.EDU", DnsType::MX, Duration::from_secs(1)).unwrap();
    assert_eq!(
        lines(&answer.answers),
        ["ISI.EDU 86400 MX 10 VENERA.ISI.EDU", "ISI.EDU 86400 MX 20 VAXA.ISI.EDU"]
    );
    let asked = queries(&mut net);
    assert_eq!(asked.iter().map(of_root).collect::<Vec<_>>(), [true, false], "{asked:#?}");

    let answer = ask_for(&mut net, "65.0.6.26.IN-ADDR.ARPA", DnsType::PTR, Duration::from_secs(1)).unwrap();
    assert_eq!(lines(&answer.answers), ["65.0.6.26.IN-ADDR.ARPA 86400 PTR ACC.ARPA"]);
    let asked = queries(&mut net);
    assert_eq!(asked.iter().map(of_root).collect::<Vec<_>>(), [true], "{asked:#?}");

    let answer = ask_for(&mut net, "poneria.ISI.EDU", DnsType::A, Duration::from_secs(1)).unwrap();
    assert_eq!(lines(&answer.answers), ["poneria.ISI.EDU 86400 A 128.9.0.99"]);
    let asked = queries(&mut net);
    assert_eq!(asked.iter().map(of_root).collect::<Vec<_>>(), [false], "{asked:#?}");
}

/// Somebody who asks and asks while the server behind is silent gets no more than its share, and the others go on.
#[test]
fn one_client_cannot_take_everything() {
    let mut net = internet(&[]);
    let mut config = asking(&["10.0.0.9:53"]);
    (config.listening, config.questions) = (Some(Listening { outstanding: 8, ..Listening::default() }), 100);
    net.start(RESOLVER, Resolver::new(config));
    let socket = net.hosts[CLIENT].stack.socket(Kind::Datagram).unwrap();
    for number in 0..50u16 {
        let (now, message) = (net.now(), query(number, &format!("n{number}.example.com"), DnsType::A));
        net.hosts[CLIENT].stack.send_to(now, socket, &message, "10.0.0.1:53".parse().unwrap()).unwrap();
        net.run(Duration::from_millis(1));
    }
    net.run(Duration::from_secs(20));
    assert_eq!(net.counter(RESOLVER, "resolver", "questions_beyond_the_bound"), 42);
    assert_eq!(net.counter(RESOLVER, "resolver", "questions"), 8);
    // All have an answer, or their share again.
    let answers = net.received(CLIENT, socket);
    assert_eq!(answers.len(), 8);
    assert!(
        answers.iter().all(|answer| Dns::view(answer.as_slice()).unwrap().rcode() == DnsRcode::SERV_FAIL)
    );
}

pub fn query(id: u16, name: &str, record_type: DnsType) -> Vec<u8> {
    let mut room = [0; 512];
    let mut message = Composer::new(&mut room, Dns::query(id)).unwrap();
    message.question(name, record_type).unwrap();
    message.finish().to_vec()
}

/// RFC 3596 section 4: by IPv6 it is the same.
#[test]
fn servers_are_asked_by_ipv6_too() {
    let mut net = Net::new(&[&["fd00::1/64"], &["fd00::2/64"], &["fd00::3/64"]]);
    net.start(1, DnsServer::new(vec![zone(". 60 SOA a b 1 2 3 4 5\n. NS a.\na. AAAA fd00::2\nlab. NS ns.lab.\nns.lab. AAAA fd00::3\nns.lab. A 10.0.0.9\n", ".")]));
    net.start(
        2,
        DnsServer::new(vec![zone(
            "@ 60 SOA ns a 1 2 3 4 5\n@ NS ns\nns AAAA fd00::3\nns A 10.0.0.9\nwww AAAA 2001:db8::80\n",
            "lab",
        )]),
    );
    let hints = vec![("a".parse().unwrap(), "fd00::2".parse().unwrap())];
    net.start(RESOLVER, Resolver::new(resolver::Config::new(Upstream::Root(hints))));
    // The way to 10.0.0.9 does not exist, which costs no time.
    let answer = ask_for(&mut net, "www.lab", DnsType::AAAA, Duration::from_secs(1)).unwrap();
    assert_eq!(lines(&answer.answers), ["www.lab 60 AAAA 2001:db8::80"]);
}

/// A flood of names that nobody has asked for before: what is kept stays within its bounds, and what is asked for often stays known.
#[test]
fn the_cache_has_bounds() {
    let mut net = internet(&[NS1]);
    let mut config = asking(&["10.0.0.4:53"]);
    (config.cache_entries, config.cache_bytes) = (50, 12_000);
    net.start(RESOLVER, Resolver::new(config));
    for number in 0..300 {
        let name = format!("n{number}.x{}.example.com", number / 7);
        ask_for(&mut net, &name, DnsType::A, Duration::from_millis(20)).unwrap();
        ask_for(&mut net, "www.example.com", DnsType::A, Duration::from_millis(20)).unwrap();
        assert!(net.counter(RESOLVER, "resolver", "sets_in_the_cache") <= 50);
        assert!(net.counter(RESOLVER, "resolver", "bytes_in_the_cache") <= 12_000);
    }
    assert_eq!(net.counter(RESOLVER, "resolver", "datagrams_sent"), 301);
}

/// Too many questions at once are refused, and those that wait are answered or fail in time, whatever happens.
#[test]
fn questions_that_wait_have_a_bound() {
    let mut net = internet(&[]);
    let mut config = asking(&["10.0.0.9:53"]);
    config.questions = 10;
    net.start(RESOLVER, Resolver::new(config));
    let now = net.now();
    let (stack, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    for number in 0..12 {
        let name = format!("n{number}.example.com").parse().unwrap();
        assert_eq!(resolver.resolve(now, stack, &name, DnsType::A).is_ok(), number < 10);
    }
    net.run(Duration::from_secs(11));
    let (_, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let answers: Vec<_> = core::iter::from_fn(|| resolver.poll_answer()).collect();
    assert_eq!(answers.len(), 10);
    assert!(answers.iter().all(|(_, answer)| answer.rcode == DnsRcode::SERV_FAIL));
}

/// The whole of it beside another service, to see that each minds its own sockets.
#[test]
fn a_resolver_and_other_services_share_a_host() {
    let mut net = internet(&[NS1]);
    net.start(RESOLVER, Small::echo());
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
    assert_eq!(net.ask(CLIENT, "10.0.0.1:7", b"hello"), [b"hello".to_vec()]);
    assert_eq!(ask(&mut net, "www.example.com", DnsType::A), "NoError: www.example.com 300 A 192.0.2.80");
}
