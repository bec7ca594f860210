//! An authoritative server on the wire: datagrams, connections, what is no question.

use std::time::Duration;

use layercake::names::{DnsClass, DnsOpcode, DnsRcode, DnsType};
use layercake::stack::service::dns::{DnsServer, Listening};
use layercake::stack::{Errno, Event, Kind, Shutdown, SocketId};
use layercake::wire::dns::{Composer, Dns, Edns, Place};

use super::dns_zone::zone;
use super::internet::Net;

/// `big` has 60 addresses: 20 + 8 + 60 * 16 bytes, more than 512 and less than 1,232.
fn text() -> String {
    let big: String = (1..=60).map(|host| format!("big A 192.0.2.{host}\n")).collect();
    let huge: String = (0..2000).map(|host| format!("huge AAAA 2001:db8::{host:x}\n")).collect();
    let glue: String =
        (1..=40).map(|host| format!("sub NS n{host}.sub\nn{host}.sub A 192.0.2.{host}\n")).collect();
    format!("@ 300 SOA ns admin 1 2 3 4 60\n@ NS ns\nns A 10.0.0.1\nwww A 192.0.2.80\n{big}{huge}{glue}")
}

fn net() -> Net {
    let mut net = Net::new(&[&["10.0.0.1/24", "fd00::1/64"], &["10.0.0.2/24", "fd00::2/64"]]);
    net.start(0, DnsServer::new(vec![zone(&text(), "lab")]));
    net
}

fn query(name: &str, record_type: DnsType, edns: Option<Edns>) -> Vec<u8> {
    let mut room = [0; 512];
    let mut message = Composer::new(&mut room, Dns::query(0x1234)).unwrap();
    message.question(name, record_type).unwrap();
    if let Some(edns) = edns {
        message.edns(edns).unwrap();
    }
    message.finish().to_vec()
}

/// The one answer to a message.
fn answer(net: &mut Net, message: &[u8]) -> Vec<u8> {
    let mut answers = net.ask(1, "10.0.0.1:53", message);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// RFC 1035 sections 4.1 and 4.2.1: number, question and what was desired come back; the question letter for letter.
#[test]
fn an_answer_belongs_to_its_question() {
    let mut net = net();
    for to in ["10.0.0.1:53", "[fd00::1]:53"] {
        let answers = net.ask(1, to, &query("wWw.LAB", DnsType::A, None));
        let message = Dns::view(answers[0].as_slice()).unwrap();
        assert!(message.response() && message.authoritative() && message.recursion_desired());
        assert!(!message.recursion_available() && !message.truncated() && message.is_whole());
        assert_eq!((message.id(), message.question_count(), message.additional_count()), (0x1234, 1, 0));
        assert_eq!(message.questions().next().unwrap().name.to_string(), "wWw.LAB");
        assert_eq!(message.answers().next().unwrap().data().unwrap().to_string(), "192.0.2.80");
    }
}

/// RFC 1035 section 4.2.1, RFC 6891 section 6.2.5, RFC 2181 section 9: no datagram is longer than both sides take, and what was cut says so.
#[test]
fn datagrams_are_cut_where_they_are_too_long() {
    let mut net = net();
    let edns = |payload_size| Some(Edns { payload_size, ..Edns::default() });
    for (name, record_type, edns, most, cut) in [
        ("big.lab", DnsType::A, None, 512, true),
        // Less than 512 means 512.
        ("big.lab", DnsType::A, edns(100), 512, true),
        ("big.lab", DnsType::A, edns(1024), 1024, false),
        ("big.lab", DnsType::A, edns(4096), 1232, false),
        ("huge.lab", DnsType::AAAA, edns(65_535), 1232, true),
        // Addresses of servers below the cut, without which nobody gets further (RFC 9471 section 3).
        ("x.sub.lab", DnsType::A, None, 512, true),
        ("x.sub.lab", DnsType::A, edns(4096), 1232, true),
    ] {
        let bytes = answer(&mut net, &query(name, record_type, edns));
        let message = Dns::view(bytes.as_slice()).unwrap();
        assert!(bytes.len() <= most && message.is_whole(), "{name} {edns:?}: {}", bytes.len());
        assert_eq!(message.truncated(), cut, "{name} {edns:?}");
        assert_eq!(message.edns().map(|edns| edns.payload_size), edns.map(|_| 1232), "{name} {edns:?}");
        if !cut {
            assert_eq!(message.answer_count(), 60);
        }
    }
}

/// RFC 1035 section 4.1.1, RFC 6891 section 6.1.3, RFC 8906: what cannot be answered gets the result that says why.
#[test]
fn what_cannot_be_answered_says_why() {
    let mut net = net();
    let good = query("www.lab", DnsType::A, None);
    let change = |at: usize, byte: u8| {
        let mut other = good.clone();
        other[at] = byte;
        other
    };
    let opt = query("www.lab", DnsType::A, Some(Edns { version: 1, payload_size: 1232, ..Edns::default() }));
    let twice = {
        let mut room = [0; 512];
        let mut message = Composer::new(&mut room, Dns::query(1)).unwrap();
        message.question("www.lab", DnsType::A).unwrap();
        message.edns(Edns::default()).unwrap().edns(Edns::default()).unwrap();
        message.finish().to_vec()
    };
    let chaos = {
        let mut room = [0; 512];
        let mut message = Composer::new(&mut room, Dns::query(1)).unwrap();
        message.question_of("version.bind", DnsType::TXT, DnsClass(3)).unwrap();
        message.finish().to_vec()
    };
    for (what, message, rcode) in [
        ("a status request", change(2, 2 << 3), DnsRcode::NOT_IMP),
        ("a notification", change(2, 4 << 3), DnsRcode::NOT_IMP),
        ("an update", change(2, 5 << 3), DnsRcode::NOT_IMP),
        (
            "no question",
            good[..12].iter().enumerate().map(|(at, byte)| if at == 5 { 0 } else { *byte }).collect(),
            DnsRcode::FORM_ERR,
        ),
        ("two questions announced", change(5, 2), DnsRcode::FORM_ERR),
        ("an answer announced", change(7, 1), DnsRcode::FORM_ERR),
        ("cut short", good[..good.len() - 1].to_vec(), DnsRcode::FORM_ERR),
        (
            "a name that points to itself",
            [&good[..12], &[0xc0, 12, 0, 1, 0, 1][..]].concat(),
            DnsRcode::FORM_ERR,
        ),
        ("EDNS of another version", opt, DnsRcode::BADVERS),
        ("two OPT", twice, DnsRcode::FORM_ERR),
        ("another class", chaos, DnsRcode::REFUSED),
        ("a whole zone", query("lab", DnsType::AXFR, None), DnsRcode::REFUSED),
        ("another zone", query("www.example", DnsType::A, None), DnsRcode::REFUSED),
        ("the type OPT", query("www.lab", DnsType::OPT, None), DnsRcode::FORM_ERR),
        ("mailboxes", query("www.lab", DnsType::MAILB, None), DnsRcode::NOT_IMP),
    ] {
        let bytes = answer(&mut net, &message);
        let read = Dns::view(bytes.as_slice()).unwrap();
        let extended = read.edns().map_or(0, |edns| edns.extended_rcode);
        let result = read.rcode().0 | u16::from(extended) << 4;
        assert_eq!(DnsRcode(result), rcode, "{what}");
        assert!(read.is_whole() && read.answer_count() == 0, "{what}");
    }
    // Answers are not answered: two servers would talk without end.
    assert_eq!(net.ask(1, "10.0.0.1:53", &change(2, 0x81)), Vec::<Vec<u8>>::new());
    assert_eq!(net.ask(1, "10.0.0.1:53", &good[..11]), Vec::<Vec<u8>>::new());
    assert_eq!(net.counter(0, "dns", "messages_that_are_no_questions"), 2);
}

/// Each bit of a question turned over and each prefix of it: an answer to it or silence, never longer than a datagram may be.
#[test]
fn any_question_is_survived() {
    let mut net = net();
    let good = query("big.lab", DnsType::ANY, Some(Edns { payload_size: 1232, ..Edns::default() }));
    let flips = (0..good.len() * 8).map(|bit| {
        let mut other = good.clone();
        other[bit / 8] ^= 0x80 >> (bit % 8);
        other
    });
    let prefixes = (0..good.len()).map(|end| good[..end].to_vec());
    let socket = net.hosts[1].stack.socket(Kind::Datagram).unwrap();
    for message in flips.chain(prefixes).chain([vec![0xff; 1400], vec![0; 1400]]) {
        let now = net.now();
        net.hosts[1].stack.send_to(now, socket, &message, "10.0.0.1:53".parse().unwrap()).unwrap();
        net.run(Duration::from_millis(10));
        for answer in net.received(1, socket) {
            let read = Dns::view(answer.as_slice()).unwrap();
            assert!(answer.len() <= 1232 && read.response() && read.is_whole(), "{message:?}");
            assert_eq!(Some(read.id()), Dns::view(message.as_slice()).map(|message| message.id()).ok());
        }
    }
}

fn connect(net: &mut Net) -> SocketId {
    let (now, stack) = (net.now(), &mut net.hosts[1].stack);
    let socket = stack.socket(Kind::Stream).unwrap();
    stack.connect(now, socket, "10.0.0.1:53".parse().unwrap()).unwrap();
    net.run(Duration::from_millis(50));
    socket
}

/// All messages that have come, and whether the connection has ended.
fn messages(net: &mut Net, socket: SocketId) -> (Vec<Vec<u8>>, bool) {
    let (mut all, mut chunk, mut ended) = (Vec::new(), [0; 65_536], false);
    for _ in 0..200 {
        let now = net.now();
        match net.hosts[1].stack.recv(now, socket, &mut chunk) {
            Ok(0) => {
                ended = true;
                break;
            }
            Ok(length) => all.extend_from_slice(&chunk[..length]),
            Err(Errno::EAGAIN) => net.run(Duration::from_millis(5)),
            Err(error) => panic!("{error}"),
        }
    }
    let mut found = Vec::new();
    let mut rest = all.as_slice();
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let (message, behind) = behind.split_at(u16::from_be_bytes(*length).into());
        found.push(message.to_vec());
        rest = behind;
    }
    assert!(rest.is_empty());
    (found, ended)
}

/// RFC 7766 sections 6.2.1.1, 6.2.3, 8: several questions on one connection, also in one segment or in pieces; nothing is cut; an idle connection is closed.
#[test]
fn a_connection_takes_several_questions_and_is_closed_when_idle() {
    let mut net = net();
    let socket = connect(&mut net);
    let framed = |message: &[u8]| [&(message.len() as u16).to_be_bytes(), message].concat();
    let huge = framed(&query("huge.lab", DnsType::AAAA, None));
    let two = [huge.clone(), framed(&query("www.lab", DnsType::A, None))].concat();
    let send = |net: &mut Net, bytes: &[u8]| {
        let now = net.now();
        assert_eq!(net.hosts[1].stack.send(now, socket, bytes), Ok(bytes.len()));
        net.run(Duration::from_millis(20));
    };
    send(&mut net, &two);
    for byte in &huge {
        send(&mut net, &[*byte]);
    }
    let (answers, ended) = messages(&mut net, socket);
    assert!(answers.len() == 3 && !ended, "{}", answers.len());
    let counts: Vec<u16> =
        answers.iter().map(|answer| Dns::view(answer.as_slice()).unwrap().answer_count()).collect();
    assert_eq!(counts, [2000, 1, 2000]);
    assert!(answers.iter().all(|answer| !Dns::view(answer.as_slice()).unwrap().truncated()));
    // A beginning of a question does not keep it open.
    send(&mut net, &huge[..5]);
    net.run(Duration::from_secs(11));
    assert!(messages(&mut net, socket).1);

    // Who ends its side gets its answers all the same (section 6.2.3).
    let socket = connect(&mut net);
    let now = net.now();
    net.hosts[1].stack.send(now, socket, &huge).unwrap();
    net.hosts[1].stack.shutdown(now, socket, Shutdown::Write).unwrap();
    let (answers, ended) = messages(&mut net, socket);
    assert!(answers.len() == 1 && ended);
}

/// What is no message on a connection: lengths of nothing, lengths that never come, floods of questions whose answers nobody reads.
#[test]
fn a_connection_that_talks_nonsense_ends() {
    let mut net = net();
    for nonsense in [&[0; 4000][..], &[0xff; 4000], &[0, 12, 1, 2, 3], b"GET / HTTP/1.1\r\n\r\n"] {
        let socket = connect(&mut net);
        let now = net.now();
        net.hosts[1].stack.send(now, socket, nonsense).unwrap();
        net.run(Duration::from_secs(25));
        let (answers, ended) = messages(&mut net, socket);
        assert!(answers.is_empty() && ended);
    }
    let socket = connect(&mut net);
    let question = query("huge.lab", DnsType::AAAA, None);
    let framed = [&(question.len() as u16).to_be_bytes(), &question[..]].concat();
    let mut sent = 0;
    for _ in 0..300 {
        let now = net.now();
        sent += net.hosts[1].stack.send(now, socket, &framed.repeat(10)).unwrap_or(0);
        net.run(Duration::from_millis(10));
    }
    // Each is 26 bytes, its answer some 56,000: no more than a few were taken.
    let taken = net.counter(0, "dns", "questions");
    assert!(sent > 10_000 && taken < 400, "{sent} bytes, {taken} questions");
}

/// Connections beyond the bound are reset; those before go on.
#[test]
fn connections_have_a_bound() {
    let mut net = Net::new(&[&["10.0.0.1/24"], &["10.0.0.2/24"]]);
    let listening = Listening { connections: 4, ..Listening::default() };
    net.start(0, DnsServer::listening(vec![zone(&text(), "lab")], listening));
    let sockets: Vec<SocketId> = (0..6).map(|_| connect(&mut net)).collect();
    let mut reset = 0;
    net.flush();
    while let Some(event) = net.hosts[1].stack.poll_event() {
        reset += usize::from(matches!(event, Event::Closed(_, Some(Errno::ECONNRESET))));
    }
    let mut open = 0;
    for socket in sockets {
        let (now, message) = (net.now(), query("www.lab", DnsType::A, None));
        let framed = [&(message.len() as u16).to_be_bytes(), &message[..]].concat();
        if net.hosts[1].stack.send(now, socket, &framed).is_ok() {
            open += usize::from(messages(&mut net, socket).0.len() == 1);
        }
    }
    assert_eq!(open, 4, "{reset} reset");
}

/// Negative answers and referrals by their sections on the wire; ENTs, the root of the zone, a name as long as names can be.
#[test]
fn sections_are_where_they_belong() {
    let mut net = net();
    for (name, record_type, rcode, counts) in [
        ("no.lab", DnsType::A, DnsRcode::NX_DOMAIN, [0, 1, 0]),
        ("www.lab", DnsType::MX, DnsRcode::NO_ERROR, [0, 1, 0]),
        ("lab", DnsType::NS, DnsRcode::NO_ERROR, [1, 0, 1]),
        ("lab", DnsType::SOA, DnsRcode::NO_ERROR, [1, 0, 0]),
    ] {
        let bytes = answer(&mut net, &query(name, record_type, None));
        let message = Dns::view(bytes.as_slice()).unwrap();
        assert_eq!((message.rcode(), message.opcode()), (rcode, DnsOpcode::QUERY));
        assert_eq!(
            [message.answer_count(), message.authority_count(), message.additional_count()],
            counts,
            "{name}"
        );
        let soa = message.records().find(|record| record.place == Place::Authority);
        assert!(soa.is_none_or(|soa| soa.record_type == DnsType::SOA && soa.ttl == 60));
    }
    let label = "x".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}.lab", "x".repeat(57));
    let bytes = answer(&mut net, &query(&longest, DnsType::A, None));
    assert_eq!(Dns::view(bytes.as_slice()).unwrap().rcode(), DnsRcode::NX_DOMAIN);
}
