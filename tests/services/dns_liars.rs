//! Resolvers and servers that lie, or are broken.

use std::time::Duration;

use layercake::names::{DnsRcode, DnsType};
use layercake::stack::service::Service;
use layercake::stack::service::dns::Resolver;
use layercake::stack::{Errno, Event, Kind, Origin, SocketId, Stack};
use layercake::time::Time;
use layercake::wire::dns::{Composer, Data, Dns, Place};

use super::dns_resolver::{
    COM, NS1, NS2, RESOLVER, ROOT, ask, ask_for, asking, from_root, internet, queries, query,
};

/// A server that says what a test wants.
type Says = Box<dyn FnMut(&[u8], &Origin) -> Vec<(u16, Vec<u8>)>>;

/// For each question, messages, each from a port.
pub struct Fake {
    says: Says,
    sockets: Vec<(u16, SocketId)>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub fn new(says: impl FnMut(&[u8], &Origin) -> Vec<(u16, Vec<u8>)> + 'static) -> Self {
        Self { says: Box::new(says), sockets: Vec::new() }
    }
}

impl Service for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn start(&mut self, _: Time, stack: &mut Stack) -> Result<(), Errno> {
        for port in [53, 54] {
            let socket = stack.socket(Kind::Datagram)?;
            stack.bind(socket, format!("0.0.0.0:{port}").parse().unwrap())?;
            self.sockets.push((port, socket));
        }
        Ok(())
    }

    fn on_event(&mut self, now: Time, stack: &mut Stack, event: &Event) -> bool {
        let (_, socket) = self.sockets[0];
        if event.socket() != Some(socket) {
            return false;
        }
        let mut room = [0; 2000];
        while let Ok((length, origin)) = stack.recv_from(socket, &mut room) {
            for (port, message) in (self.says)(&room[..length], &origin) {
                let (_, from) = self.sockets.iter().find(|(own, _)| *own == port).unwrap();
                stack.answer(now, *from, &message, &origin).unwrap();
            }
        }
        true
    }
}

/// An answer to a question with these records: section, name, data.
pub fn reply(question: &[u8], authoritative: bool, records: &[(Place, &str, Data<'_, &str>)]) -> Vec<u8> {
    let asked = Dns::view(question).unwrap();
    let mut room = [0; 4000];
    let header = Dns::reply(asked.id()).authoritative(authoritative);
    let mut message = Composer::new(&mut room, header).unwrap();
    let question = asked.questions().next().unwrap();
    message.question(question.name, question.record_type).unwrap();
    for (place, name, data) in records {
        message.record(*place, *name, 300, *data).unwrap();
    }
    message.finish().to_vec()
}

pub fn a(last: u8) -> Data<'static, &'static str> {
    Data::A([192, 0, 2, last].into())
}

/// RFC 5452 section 9.1: answers with another number, another question, from another port, in other letters, or that are no answers, are counted, and the right one is
/// waited for.
#[test]
fn what_is_no_answer_to_the_question_is_ignored() {
    let mut net = internet(&[]);
    net.start(
        NS1,
        Fake::new(|question, _| {
            let right = reply(question, true, &[(Place::Answer, "www.lab", a(1))]);
            let wrong = reply(question, true, &[(Place::Answer, "www.lab", a(66))]);
            let (mut other_id, mut other_case, mut no_response) =
                (wrong.clone(), wrong.clone(), wrong.clone());
            other_id[1] ^= 1;
            other_case[13] ^= 0x20;
            no_response[2] &= 0x7f;
            let mut asked = question.to_vec();
            asked[13] = b'x';
            let other_name = reply(&asked, true, &[(Place::Answer, "xww.lab", a(66))]);
            let mut other_type = wrong.clone();
            other_type[12 + 9 + 1] = 28;
            let mut all: Vec<_> = [other_id, other_case, no_response, other_name, other_type, vec![0; 5]]
                .into_iter()
                .map(|message| (53, message))
                .collect();
            all.extend([(54, wrong), (53, right)]);
            all
        }),
    );
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
    assert_eq!(ask(&mut net, "www.lab", DnsType::A), "NoError: www.lab 300 A 192.0.2.1");
    assert_eq!(net.counter(RESOLVER, "resolver", "messages_that_answer_nothing"), 7);
}

/// A server that does not keep upper and lower case, and a crowd that guesses: the question is asked over TCP, where the case does not matter so much and
/// nobody guesses (RFC 5452 section 9.3).
#[test]
fn wrong_answers_lead_to_tcp() {
    for (crowd, within) in [(1, 900), (40, 100)] {
        let mut net = internet(&[]);
        net.start(
            NS1,
            Fake::new(move |question, _| {
                let lower: Vec<u8> = question.iter().map(u8::to_ascii_lowercase).collect();
                let mut wrong = reply(&lower, true, &[(Place::Answer, "www.with.many.letters", a(66))]);
                wrong[..2].copy_from_slice(&question[..2]);
                vec![(53, wrong); crowd]
            }),
        );
        net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
        let answer = ask_for(&mut net, "www.with.many.letters", DnsType::A, Duration::from_millis(within));
        assert!(answer.is_none_or(|answer| answer.rcode == DnsRcode::SERV_FAIL));
        assert!(net.counter(RESOLVER, "resolver", "questions_over_tcp") >= 1, "{crowd}");
    }
}

/// An old server that answers FORMERR to EDNS, with its header alone (RFC 6891 section 7): it is asked without from then on.
#[test]
fn servers_without_edns_are_asked_without() {
    let mut net = internet(&[]);
    net.start(
        NS1,
        Fake::new(|question, _| {
            if Dns::view(question).unwrap().edns().is_none() {
                return vec![(
                    53,
                    reply(
                        question,
                        true,
                        &[(Place::Answer, "www.lab", a(1)), (Place::Answer, "ftp.lab", a(2))],
                    ),
                )];
            }
            let mut header = question[..12].to_vec();
            (header[2], header[3]) = (0x80, 1);
            header[4..].fill(0);
            vec![(53, header)]
        }),
    );
    net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
    assert_eq!(ask(&mut net, "www.lab", DnsType::A), "NoError: www.lab 300 A 192.0.2.1");
    assert_eq!(net.counter(RESOLVER, "resolver", "datagrams_sent"), 2);
    assert_eq!(ask(&mut net, "ftp.lab", DnsType::A), "NoError: ftp.lab 300 A 192.0.2.2");
    assert_eq!(net.counter(RESOLVER, "resolver", "datagrams_sent"), 3);
}

/// RFC 2308 sections 2.1 and 2.2: the answers that say that there is nothing, as they are printed there; only those with a SOA are remembered (section 5). The last one says nothing
/// about the end of the alias, which is asked for itself.
#[test]
fn the_negative_answers_of_rfc_2308() {
    let alias = (Place::Answer, "an.example", Data::Cname("tripple.xx"));
    let soa = |zone: &'static str| {
        (
            Place::Authority,
            zone,
            Data::Soa { primary: "ns1.xx", mailbox: "hostmaster.ns1.xx", numbers: [1, 2, 3, 4, 60] },
        )
    };
    let servers = [
        (Place::Authority, "xx", Data::Ns("ns1.xx")),
        (Place::Authority, "xx", Data::Ns("ns2.xx")),
        (Place::Additional, "ns1.xx", Data::A([127, 0, 0, 2].into())),
        (Place::Additional, "ns2.xx", Data::A([127, 0, 0, 3].into())),
    ];
    let all = |first: &[(Place, &'static str, Data<'static, &'static str>)], with_servers: bool| {
        let mut records = first.to_vec();
        records.extend(servers.iter().filter(|_| with_servers).copied());
        records
    };
    for (what, name, rcode, records, remembered, asked) in [
        ("NXDOMAIN 1", "an.example", 3, all(&[alias, soa("xx")], true), true, 1),
        ("NXDOMAIN 2", "an.example", 3, all(&[alias, soa("xx")], false), true, 1),
        ("NXDOMAIN 3", "an.example", 3, all(&[alias], false), false, 1),
        ("NXDOMAIN 4", "an.example", 3, all(&[alias], true), false, 1),
        ("NODATA 1", "another.example", 0, all(&[soa("example")], true), true, 1),
        ("NODATA 2", "another.example", 0, all(&[soa("example")], false), true, 1),
        ("NODATA 3", "another.example", 0, all(&[], false), false, 1),
        ("a referral", "an.example", 0, all(&[alias], true), false, 2),
    ] {
        let mut net = internet(&[]);
        net.start(
            NS1,
            Fake::new(move |question, _| {
                let of_end =
                    Dns::view(question).unwrap().questions().next().unwrap().name.is_text("tripple.xx");
                let end = [(Place::Answer, "tripple.xx", a(1))];
                let records = match (of_end, rcode) {
                    (false, _) => &records[..],
                    (true, 0) => &end,
                    (true, _) => &[],
                };
                let mut message = reply(question, true, records);
                message[3] |= rcode;
                vec![(53, message)]
            }),
        );
        net.start(RESOLVER, Resolver::new(asking(&["10.0.0.4:53"])));
        net.said();
        let answer = ask_for(&mut net, name, DnsType::A, Duration::from_secs(1)).unwrap();
        assert_eq!(answer.rcode.0, u16::from(rcode), "{what}");
        assert_eq!(answer.addresses().count(), asked - 1, "{what}");
        assert_eq!(queries(&mut net).len(), asked, "{what}");
        let again = ask_for(&mut net, name, DnsType::A, Duration::from_secs(1)).unwrap();
        assert_eq!(
            (again.rcode, again.authorities.len()),
            (answer.rcode, answer.authorities.len()),
            "{what}"
        );
        assert_eq!(queries(&mut net).is_empty(), remembered || asked == 2, "{what}");
    }
}

/// RFC 2181 section 5.4.1, RFC 5452 section 6: a server of example.com says something about other zones, and about names that nobody asked for: nothing of it is used.
#[test]
fn nothing_is_believed_beyond_the_zone_of_who_answers() {
    let mut net = internet(&[ROOT, COM]);
    net.start(
        NS1,
        Fake::new(|question, _| {
            let records = [
                (Place::Answer, "x.example.com", a(1)),
                (Place::Answer, "www.victim.net", a(66)),
                (Place::Answer, "other.example.com", a(66)),
                (Place::Authority, "net", Data::Ns("evil.example.com")),
                (Place::Authority, "com", Data::Ns("evil.example.com")),
                (Place::Additional, "a.gtld.com", a(66)),
                (Place::Additional, "evil.example.com", a(66)),
            ];
            vec![(53, reply(question, true, &records))]
        }),
    );
    net.only(|frame| frame.get(..6) != Some(&[2, 0, 0, 0, 1, NS2 as u8]));
    net.start(RESOLVER, Resolver::new(from_root()));
    assert_eq!(ask(&mut net, "x.example.com", DnsType::A), "NoError: x.example.com 300 A 192.0.2.1");
    assert!(net.counter(RESOLVER, "resolver", "records_that_are_not_believed") >= 2);
    net.said();
    // net is still asked where the root says, and victim.net is not known.
    assert_eq!(ask(&mut net, "www.victim.net", DnsType::A), "NXDomain: ");
    let queries = queries(&mut net);
    assert!(
        queries.iter().all(|line| line.starts_with("10.0.0.2") || line.starts_with("10.0.0.3")),
        "{queries:#?}"
    );
    // other.example.com was not asked for, so it is asked for now.
    ask(&mut net, "other.example.com", DnsType::A);
    assert!(!net.said().is_empty());
}

/// Referrals upwards, to the same zone, and to names without end: each ends with a failure after a bounded number of questions.
#[test]
fn referrals_that_lead_nowhere_end() {
    for (kind, most) in [("up", 24), ("same", 24), ("many", 70), ("deeper", 70)] {
        let mut net = internet(&[ROOT, COM]);
        let mut depth = 0u64;
        net.start(
            NS1,
            Fake::new(move |question, _| {
                let zone = match kind {
                    "up" => "com".to_owned(),
                    "same" => "example.com".to_owned(),
                    "many" => "x.example.com".to_owned(),
                    _ => {
                        depth += 1;
                        let asked = Dns::view(question).unwrap().questions().next().unwrap().name.to_string();
                        let labels: Vec<&str> = asked.split('.').collect();
                        labels[labels.len().saturating_sub(2 + depth as usize)..].join(".")
                    }
                };
                let servers: Vec<String> =
                    (0..30).map(|number| format!("ns{number}.v{number}.net")).collect();
                let mut records: Vec<_> = servers
                    .iter()
                    .map(|name| (Place::Authority, zone.as_str(), Data::Ns(name.as_str())))
                    .collect();
                if kind == "deeper" {
                    records.truncate(1);
                    records.push((Place::Additional, servers[0].as_str(), Data::A([10, 0, 0, 4].into())));
                }
                vec![(53, reply(question, false, &records))]
            }),
        );
        net.only(|frame| frame.get(..6) != Some(&[2, 0, 0, 0, 1, NS2 as u8]));
        net.start(RESOLVER, Resolver::new(from_root()));
        net.said();
        let name = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.x.example.com";
        let answer = ask_for(&mut net, name, DnsType::A, Duration::from_secs(11)).expect("an end");
        assert_eq!(answer.rcode, DnsRcode::SERV_FAIL, "{kind}");
        let queries = queries(&mut net);
        assert!(queries.len() <= most, "{kind}: {} {queries:#?}", queries.len());
    }
}

/// Every bit of an answer turned over, and every prefix of it: there is an end, with an answer or without.
#[test]
fn any_answer_is_survived() {
    let good = |question: &[u8]| {
        let soa = Data::Soa { primary: "ns.lab", mailbox: "x.lab", numbers: [1, 2, 3, 4, 60] };
        let records = [
            (Place::Answer, "www.lab", Data::Cname("web.lab")),
            (Place::Answer, "web.lab", Data::Mx { preference: 1, exchange: "mail.lab" }),
            (Place::Authority, "lab", soa),
            (Place::Authority, "lab", Data::Ns("ns.lab")),
            (Place::Additional, "ns.lab", a(1)),
        ];
        reply(question, true, &records)
    };
    let length = good(&query(0, "www.lab", DnsType::MX)).len();
    let mut net = internet(&[]);
    let mut number = 0;
    net.start(
        NS1,
        Fake::new(move |question, _| {
            let mut message = good(question);
            if number < length * 8 {
                message[number / 8] ^= 0x80 >> (number % 8);
            } else {
                message.truncate((number - length * 8) % length);
            }
            number += 1;
            vec![(53, message)]
        }),
    );
    let mut config = asking(&["10.0.0.4:53"]);
    (config.mixed_case, config.rounds, config.failure) = (false, 1, 0);
    (config.timeout, config.longest, config.longest_nothing) = (Duration::from_millis(20), 0, 0);
    net.start(RESOLVER, Resolver::new(config));
    let mut answered = 0;
    for _ in 0..length * 9 {
        let answer = ask_for(&mut net, "www.lab", DnsType::MX, Duration::from_millis(50));
        answered += usize::from(answer.is_some_and(|answer| answer.rcode == DnsRcode::NO_ERROR));
        net.run(Duration::from_millis(50));
        while net.hosts[RESOLVER].with::<Resolver>().unwrap().1.poll_answer().is_some() {}
    }
    assert!(answered > 100, "{answered}");
}

/// Numbers, ports and letters of questions are others each time; with the same seed they are the same again.
#[test]
fn questions_cannot_be_foreseen_and_runs_are_the_same() {
    let run = || {
        let mut net = internet(&[]);
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let kept = seen.clone();
        net.start(
            NS1,
            Fake::new(move |question, origin| {
                let message = Dns::view(question).unwrap();
                let name = message.questions().next().unwrap().name.to_string();
                kept.borrow_mut().push((message.id(), origin.address.port(), name));
                vec![(53, reply(question, true, &[(Place::Answer, "a", a(1))]))]
            }),
        );
        let mut config = asking(&["10.0.0.4:53"]);
        (config.longest, config.failure) = (0, 0);
        net.start(RESOLVER, Resolver::new(config));
        for number in 0..50 {
            ask_for(&mut net, &format!("name{number}.example"), DnsType::A, Duration::from_millis(50));
            net.run(Duration::from_secs(20));
        }
        seen.borrow().clone()
    };
    let seen = run();
    assert!(seen.len() >= 50);
    let distinct = |count: usize| assert!(count * 10 > seen.len() * 9, "{count} of {}", seen.len());
    distinct(seen.iter().map(|(id, ..)| id).collect::<std::collections::BTreeSet<_>>().len());
    distinct(seen.iter().map(|(_, port, _)| port).collect::<std::collections::BTreeSet<_>>().len());
    // None follows upon the one before.
    assert!(seen.windows(2).filter(|pair| pair[1].1 == pair[0].1 + 1).count() < 3);
    assert!(seen.iter().filter(|(_, _, name)| name.to_lowercase() != *name).count() * 10 > seen.len() * 9);
    assert_eq!(seen, run());
}
