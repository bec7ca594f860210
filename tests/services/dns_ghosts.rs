//! Zones that were withdrawn, and what a resolver keeps of them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use layercake::names::DnsType;
use layercake::stack::service::dns::{DnsServer, Listening, Resolver};
use layercake::wire::dns::{Data, Dns, Place};

use super::dns_liars::{Fake, a, reply};
use super::dns_resolver::{
    CLIENT, COM, NS1, NS2, RESOLVER, ROOT, ask, asking, from_root, internet, queries, query,
};
use super::dns_zone::zone;
use super::internet::Net;

/// A server of com that delegates example.com for 300 s, until it is withdrawn; and the server of example.com, which goes on, names itself wherever it can, and
/// says of every a.example.com, b.example.com that it is a zone of its own.
fn haunted() -> Net {
    let mut net = internet(&[ROOT]);
    let withdrawn = Rc::new(Cell::new(false));
    let gone = withdrawn.clone();
    net.start(
        COM,
        Fake::new(move |question, _| {
            let soa = Data::Soa { primary: "a.gtld.com", mailbox: "x.com", numbers: [1, 2, 3, 4, 1] };
            if gone.get() {
                let mut message = reply(question, true, &[(Place::Authority, "com", soa)]);
                message[3] |= 3;
                return vec![(53, message)];
            }
            let servers = (Place::Authority, "example.com", Data::Ns("ns1.example.com"));
            let glue = (Place::Additional, "ns1.example.com", Data::A([10, 0, 0, 4].into()));
            vec![(53, reply(question, false, &[servers, glue]))]
        }),
    );
    let mut led = BTreeSet::new();
    net.start(
        NS1,
        Fake::new(move |question, _| {
            let asked = Dns::view(question).unwrap().questions().next().unwrap();
            let name = asked.name.to_string().to_ascii_lowercase();
            let own = Data::A([10, 0, 0, 4].into());
            let servers = |place, zone| -> (_, &str, _) { (place, zone, Data::Ns("ns1.example.com")) };
            let labels: Vec<&str> = name.split('.').collect();
            let all = match (asked.record_type, labels.len()) {
                (DnsType::NS, _) => vec![servers(Place::Answer, name.as_str())],
                (DnsType::ANY, _) => {
                    vec![(Place::Answer, &*name, own), servers(Place::Answer, name.as_str())]
                }
                _ if name == "ns1.example.com" => vec![(Place::Answer, &*name, own)],
                // The first question for a zone below leads there, the second, to the same server, has an answer.
                (_, 4) if labels[0] == "x" && led.insert(name.clone()) => {
                    let zone = labels[1..].join(".");
                    return vec![(53, reply(question, false, &[servers(Place::Authority, &zone)]))];
                }
                _ => vec![(Place::Answer, &*name, a(1))],
            };
            vec![(53, reply(question, true, &all))]
        }),
    );
    net.start(RESOLVER, Resolver::new(from_root()));
    assert!(ask(&mut net, "www.example.com", DnsType::A).starts_with("NoError"));
    withdrawn.set(true);
    net
}

/// RFC 2181 section 5.4.1, and what is known as ghost domains (Jiang et al., 2012): whatever its servers are asked, a zone ends when the zone above has said so.
#[test]
fn a_zone_that_was_withdrawn_ends_in_time() {
    for asked in [
        &[("example.com", DnsType::ANY), ("ns1.example.com", DnsType::ANY)][..],
        &[("example.com", DnsType::NS), ("ns1.example.com", DnsType::A)],
        &[("x.a.example.com", DnsType::A), ("x.b.example.com", DnsType::A)],
    ] {
        let mut net = haunted();
        let start = net.now();
        net.run(Duration::from_secs(200));
        for (name, record_type) in asked {
            assert!(ask(&mut net, name, *record_type).starts_with("NoError: "));
        }
        // It is still there.
        let answer = ask(&mut net, "new.example.com", DnsType::A);
        assert!(answer.starts_with("NoError: new.example.com"), "{asked:?}: {answer}");
        net.run(Duration::from_secs(55));
        assert!(net.now().since(start) < Duration::from_secs(300));
        for (name, record_type) in asked {
            ask(&mut net, name, *record_type);
        }
        for name in ["brand-new.example.com", "new.a.example.com", "new.b.example.com"] {
            assert_eq!(ask(&mut net, name, DnsType::A), "NXDomain: ", "{asked:?} {name}");
        }
    }
}

/// RFC 8482 section 4.1: who asks for all there is gets one set, and a second question is answered from what is known. Nothing else is learned from it.
#[test]
fn all_there_is_is_one_set_and_asked_for_once() {
    let mut net = internet(&[]);
    let text = "@ 300 SOA ns a 1 2 3 4 60\n@ NS ns\nns A 10.0.0.4\nwww A 192.0.2.80\nwww TXT hello\n";
    net.start(NS1, DnsServer::new(vec![zone(text, "lab")]));
    let mut config = asking(&["10.0.0.4:53"]);
    config.listening = Some(Listening::default());
    net.start(RESOLVER, Resolver::new(config));
    net.said();
    for _ in 0..3 {
        let answers = net.ask(CLIENT, "10.0.0.1:53", &query(7, "www.lab", DnsType::ANY));
        let message = Dns::view(answers[0].as_slice()).unwrap();
        let types: Vec<DnsType> = message.answers().map(|record| record.record_type).collect();
        assert_eq!(types, [DnsType::A]);
    }
    let asked = |net: &mut Net| {
        net.said().into_iter().filter(|line| line.starts_with("10.0.0.1 > 10.0.0.4: query")).count()
    };
    assert_eq!(asked(&mut net), 1);
    for (record_type, rcode) in
        [(DnsType::A, "NoError: www.lab 300 A"), (DnsType::TXT, "NoError: www.lab 300 TXT")]
    {
        assert!(ask(&mut net, "www.lab", record_type).starts_with(rcode));
        assert_eq!(asked(&mut net), 1);
    }
    // Nor is there anything about a name that does not exist.
    for _ in 0..2 {
        assert_eq!(ask(&mut net, "no.lab", DnsType::ANY), "NXDomain: ");
    }
    assert_eq!(asked(&mut net), 1);
}

/// RFC 9520 section 3.2: a failure is remembered for the question that failed, and takes no place of what is known: the servers of the zone are asked on.
#[test]
fn a_failure_replaces_nothing() {
    let mut net = internet(&[ROOT, COM, NS1, NS2]);
    net.start(RESOLVER, Resolver::new(from_root()));
    ask(&mut net, "www.example.com", DnsType::A);
    net.only(|frame| !matches!(frame.get(..6), Some([2, 0, 0, 0, 1, 3 | 4])));
    for (name, record_type) in
        [("example.com", DnsType::NS), ("ns1.example.com", DnsType::A), ("ns2.example.com", DnsType::A)]
    {
        assert_eq!(ask(&mut net, name, record_type), "ServFail: ");
    }
    net.only(|_| true);
    net.said();
    assert!(ask(&mut net, "alias.example.com", DnsType::CNAME).starts_with("NoError: alias.example.com"));
    let queries = queries(&mut net);
    let of_zone = |line: &String| line.starts_with("10.0.0.4") || line.starts_with("10.0.0.5");
    assert!(queries.iter().all(of_zone), "{queries:#?}");
}
