//! Who may ask a resolver, and what those who ask the same get.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use layercake::field::Mac;
use layercake::names::{DnsRcode, DnsType};
use layercake::stack::service::dns::{Answer, Clients, Listening, Resolver};
use layercake::stack::{InterfaceId, Kind, Medium, nat};
use layercake::wire::dns::{Data, Dns, Place};

use super::dns_liars::{Fake, a, reply};
use super::dns_resolver::{CLIENT, COM, NS1, NS2, RESOLVER, ROOT, asking, from_root, internet, query};
use super::internet::Net;

/// Asks from an address, over UDP or TCP. Whether there was an answer within a second.
fn ask_from(net: &mut Net, host: usize, kind: Kind, from: &str, to: &str) -> bool {
    let (now, stack) = (net.now(), &mut net.hosts[host].stack);
    let socket = stack.socket(kind).unwrap();
    stack.bind(socket, from.parse().unwrap()).unwrap();
    stack.connect(now, socket, to.parse().unwrap()).unwrap();
    net.run(Duration::from_millis(500));
    let mut message = query(7, "www.example.com", DnsType::A);
    if kind == Kind::Stream {
        message.splice(..0, (message.len() as u16).to_be_bytes());
    }
    let now = net.now();
    let sent = net.hosts[host].stack.send(now, socket, &message).is_ok();
    assert!(sent || kind == Kind::Stream);
    net.run(Duration::from_millis(500));
    let now = net.now();
    let answered = net.hosts[host].stack.recv(now, socket, &mut [0; 1000]).is_ok();
    net.hosts[host].stack.close(now, socket).unwrap();
    answered
}

/// RFC 5358 section 4: without another word a resolver works for its own networks, as they are, and not for those outside of a translation. A server of zones answers everybody.
#[test]
fn a_resolver_works_for_those_who_are_near() {
    let mut net = internet(&[NS1]);
    let mut config = asking(&["10.0.0.4:53"]);
    config.listening = Some(Listening::default());
    assert_eq!(config.clients, Clients::Near);
    net.start(RESOLVER, Resolver::new(config.clone()));
    config.clients = Clients::Everybody;
    net.start(NS2, Resolver::new(config));
    let (udp, tcp, eth0, eth1) = (Kind::Datagram, Kind::Stream, InterfaceId(1), InterfaceId(2));
    let now = net.now();
    let resolver = &mut net.hosts[RESOLVER].stack;
    assert_eq!(resolver.interfaces()[1].name, "eth0");
    assert_eq!(
        resolver.add_interface(now, "eth1", Medium::Ethernet(Mac([2, 0, 0, 0, 9, 9])), 1500),
        Ok(eth1)
    );
    resolver.add_address(now, eth1, "192.168.0.1/24".parse().unwrap()).unwrap();
    resolver.add_address(now, eth1, "fe80::11/64".parse().unwrap()).unwrap();
    resolver.add_address(now, eth0, "fe80::1/64".parse().unwrap()).unwrap();
    for address in ["192.0.2.7/24", "192.168.0.7/24", "fe80::6/64"] {
        net.hosts[CLIENT].stack.add_address(now, eth0, address.parse().unwrap()).unwrap();
    }
    net.run(Duration::from_secs(5));
    let near = |net: &mut Net, kind, from: &str| {
        let before = net.counter(RESOLVER, "resolver", "questions_of_others");
        let to = if from.starts_with('[') { "[fe80::1%1]:53" } else { "10.0.0.1:53" };
        let answered = ask_from(net, CLIENT, kind, from, to);
        let strangers = net.counter(RESOLVER, "resolver", "questions_of_others") - before;
        assert_eq!(strangers, u64::from(!answered), "{kind:?} {from}");
        answered
    };
    for kind in [udp, tcp] {
        assert!(near(&mut net, kind, "10.0.0.6:0"), "{kind:?}");
        assert!(near(&mut net, kind, "[fe80::6]:0"), "{kind:?}");
    }
    assert!(!near(&mut net, udp, "192.0.2.7:0"));
    let now = net.now();
    net.hosts[RESOLVER].stack.add_address(now, eth0, "192.0.2.1/24".parse().unwrap()).unwrap();
    net.run(Duration::from_secs(5));
    assert!(near(&mut net, udp, "192.0.2.7:0"));

    net.hosts[RESOLVER].stack.set_nat(Some(nat::Config::new(eth0))).unwrap();
    for kind in [udp, tcp] {
        // Also in the name of one inside, or by an address that there could be inside too.
        for from in ["10.0.0.6:0", "192.0.2.7:0", "[fe80::6]:0"] {
            assert!(!near(&mut net, kind, from), "{kind:?} {from}");
        }
    }
    assert!(!near(&mut net, udp, "192.168.0.7:0"));
    for own in ["127.0.0.1:53", "10.0.0.1:53", "192.168.0.1:53"] {
        assert!(ask_from(&mut net, RESOLVER, udp, "0.0.0.0:0", own), "{own}");
    }
    net.hosts[RESOLVER].stack.set_nat(Some(nat::Config::new(eth1))).unwrap();
    assert!(near(&mut net, udp, "10.0.0.6:0"));

    // Those who are open take the question of anybody, though here no way leads back.
    for (server, service, address) in [(NS1, "dns", "10.0.0.4:53"), (NS2, "resolver", "10.0.0.5:53")] {
        let before = net.counter(server, service, "questions");
        ask_from(&mut net, CLIENT, udp, "192.0.2.7:0", address);
        assert_eq!(net.counter(server, service, "questions"), before + 1, "{service}");
    }
}

/// Another question for the same has the time that every question has; the first one fails when its own is over.
#[test]
fn who_joins_a_question_has_its_own_time() {
    let mut net = internet(&[NS1]);
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
    net.only(|frame| frame.get(..6) != Some(&[2, 0, 0, 0, 1, NS1 as u8]));
    let resolve = |net: &mut Net| begin(net, "www.example.com");
    resolve(&mut net);
    net.run(Duration::from_secs(9));
    resolve(&mut net);
    net.run(Duration::from_millis(900));
    assert_eq!(answers(&mut net), []);
    net.only(|_| true);
    net.run(Duration::from_millis(100));
    assert_eq!(answers(&mut net), [DnsRcode::SERV_FAIL]);
    net.run(Duration::from_secs(2));
    assert_eq!(answers(&mut net), [DnsRcode::NO_ERROR]);
    assert_eq!(net.counter(RESOLVER, "resolver", "questions_that_joined_another"), 1);
    // Nobody who is silent all the time is asked for longer.
    net.only(|frame| frame.get(..6) != Some(&[2, 0, 0, 0, 1, NS1 as u8]));
    for _ in 0..40 {
        begin(&mut net, "silent.example.com");
        net.run(Duration::from_secs(1));
    }
    net.run(Duration::from_secs(10));
    assert_eq!(answers(&mut net), vec![DnsRcode::SERV_FAIL; 40]);
}

fn begin(net: &mut Net, name: &str) {
    let now = net.now();
    let (stack, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    resolver.resolve(now, stack, &name.parse().unwrap(), DnsType::A).unwrap();
}

fn answers(net: &mut Net) -> Vec<DnsRcode> {
    let (_, resolver) = net.hosts[RESOLVER].with::<Resolver>().unwrap();
    let rcode = |(_, answer): (_, Answer)| answer.rcode;
    std::iter::from_fn(|| resolver.poll_answer()).map(rcode).collect()
}

/// Who asks for the address of a server that another question waits for depends in nothing on that other one.
#[test]
fn who_joins_a_question_outlives_what_it_was_asked_for() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    net.only(|frame| !matches!(frame.get(..6), Some([2, 0, 0, 0, 1, 3 | 4])));
    begin(&mut net, "www.glueless.net");
    net.run(Duration::from_secs(9));
    begin(&mut net, "ns1.example.com");
    net.run(Duration::from_millis(1050));
    assert_eq!(answers(&mut net), [DnsRcode::SERV_FAIL]);
    net.only(|_| true);
    net.run(Duration::from_secs(3));
    assert_eq!(answers(&mut net), [DnsRcode::NO_ERROR]);
}

/// RFC 5452 section 9.2: what one resolver of a host asks says nothing about what another asks at the same time.
#[test]
fn two_resolvers_draw_other_numbers() {
    let mut net = internet(&[]);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let kept = seen.clone();
    net.start(
        NS1,
        Fake::new(move |question, origin| {
            let message = Dns::view(question).unwrap();
            let name = message.questions().next().unwrap().name.to_string();
            kept.borrow_mut().push((message.id(), name, origin.address.port()));
            let record: (_, _, Data<'_, &str>) = (Place::Answer, "a.name.with.many.letters", a(1));
            vec![(53, reply(question, true, &[record]))]
        }),
    );
    for port in [5301, 5302] {
        let mut config = asking(&["10.0.0.4:53"]);
        config.listening = Some(Listening { port, ..Listening::default() });
        net.start(RESOLVER, Resolver::new(config));
    }
    let (now, stack) = (net.now(), &mut net.hosts[CLIENT].stack);
    let socket = stack.socket(Kind::Datagram).unwrap();
    for port in [5301, 5302] {
        let message = query(1, "a.name.with.many.letters", DnsType::A);
        stack.send_to(now, socket, &message, format!("10.0.0.1:{port}").parse().unwrap()).unwrap();
    }
    net.run(Duration::from_millis(500));
    let seen = seen.borrow();
    assert_eq!(seen.len(), 2);
    assert_ne!(seen[0].0, seen[1].0);
    assert_ne!(seen[0].1, seen[1].1);
    assert_ne!(seen[0].2, seen[1].2);
}
