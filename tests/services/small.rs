//! RFC 862, 863, 864.

use std::time::Duration;

use layercake::link::{self, Loss, Probability};
use layercake::stack::service::{Service, Small};
use layercake::stack::{Config, Event, Kind, Shutdown};

use super::support::{connect, counter, pair, pair_over, receive};

/// RFC 862: "any data received is sent back", until the caller ends; also what does not fit into buffers at once, over a wire that loses.
#[test]
fn echo_gives_everything_back_and_then_ends() {
    let loss = Loss::Bernoulli(Probability::percent(2));
    let mut net =
        pair_over(&link::Config { delay: Duration::from_millis(5), loss, ..link::Config::default() });
    net.start(1, Small::echo()).unwrap();
    for to in ["192.0.2.2:7", "[2001:db8::2]:7"] {
        let socket = connect(&mut net, to);
        net.run(Duration::from_secs(10)).unwrap();
        let sent: Vec<u8> = (0..3_000_000_u32).map(|place| (place % 251) as u8).collect();
        let (mut given, mut back) = (0, Vec::new());
        for _ in 0..10_000 {
            let now = net.now;
            given += net.nodes[0].stack.send(now, socket, &sent[given..]).unwrap_or(0);
            if given == sent.len() {
                let _ = net.nodes[0].stack.shutdown(now, socket, Shutdown::Write);
            }
            net.run(Duration::from_millis(20)).unwrap();
            let (bytes, ended) = receive(&mut net, socket);
            back.extend(bytes);
            if ended {
                break;
            }
        }
        assert_eq!(back.len(), sent.len(), "{to}");
        assert!(back == sent, "{to}: other bytes");
    }
    assert_eq!(counter(&net, "echo", "bytes_sent"), 6_000_000);
}

/// A peer that sends and never reads fills its own connection, not the server.
#[test]
fn echo_waits_for_a_peer_that_does_not_read() {
    let mut net = pair();
    net.start(1, Small::echo()).unwrap();
    let socket = connect(&mut net, "192.0.2.2:7");
    for _ in 0..1000 {
        let now = net.now;
        let _ = net.nodes[0].stack.send(now, socket, &[7; 65_536]);
        net.run(Duration::from_millis(10)).unwrap();
    }
    let sent = counter(&net, "echo", "bytes_sent");
    assert!((100_000..40_000_000).contains(&sent), "{sent}");
    let (back, ended) = receive(&mut net, socket);
    assert!(!back.is_empty() && !ended);
}

/// Datagrams: the answer comes from the address that was asked, and not to a port of a service, which could be another echo.
#[test]
fn echo_answers_datagrams_of_users() {
    let mut net = pair();
    net.address(1, "192.0.2.22/24".parse().unwrap()).unwrap();
    net.run(Duration::from_secs(10)).unwrap();
    net.start(1, Small::echo()).unwrap();
    for (port, to, answered) in
        [(5000, "192.0.2.22:7", true), (5001, "192.0.2.2:7", true), (7, "192.0.2.2:7", false)]
    {
        let now = net.now;
        let client = &mut net.nodes[0].stack;
        let socket = client.socket(Kind::Datagram).unwrap();
        client.bind(socket, format!("192.0.2.1:{port}").parse().unwrap()).unwrap();
        client.send_to(now, socket, b"hello", to.parse().unwrap()).unwrap();
        net.run(Duration::from_secs(1)).unwrap();
        let mut answer = [0; 10];
        match net.nodes[0].stack.recv_from(socket, &mut answer) {
            Ok((length, origin)) => {
                assert!(answered);
                assert_eq!((&answer[..length], origin.address.to_string().as_str()), (&b"hello"[..], to));
            }
            Err(error) => assert!(!answered, "{port}: {error}"),
        }
    }
    assert_eq!(counter(&net, "echo", "datagrams_not_answered"), 1);
}

/// RFC 863: "simply throws away any data it receives".
#[test]
fn discard_takes_everything_and_says_nothing() {
    let mut net = pair();
    net.start(1, Small::discard()).unwrap();
    let socket = connect(&mut net, "192.0.2.2:9");
    let mut given = 0;
    while given < 1_000_000 {
        let now = net.now;
        given += net.nodes[0].stack.send(now, socket, &vec![1; 1_000_000 - given]).unwrap_or(0);
        net.run(Duration::from_millis(10)).unwrap();
    }
    net.run(Duration::from_secs(1)).unwrap();
    assert_eq!(counter(&net, "discard", "bytes_received"), 1_000_000);
    assert_eq!(receive(&mut net, socket), (Vec::new(), false));
    net.nodes[0].stack.shutdown(net.now, socket, Shutdown::Write).unwrap();
    net.run(Duration::from_secs(1)).unwrap();
    assert_eq!(receive(&mut net, socket), (Vec::new(), true));
}

/// RFC 864 shows the pattern: lines of 72 characters, each one further in the ring of 95.
#[test]
fn chargen_sends_its_pattern_as_fast_as_it_is_read() {
    let mut net = pair();
    net.start(1, Small::chargen()).unwrap();
    let socket = connect(&mut net, "192.0.2.2:19");
    let begun = net.now;
    let mut all = Vec::new();
    while all.len() < 3_000_000 {
        net.run(Duration::from_millis(1)).unwrap();
        let (bytes, ended) = receive(&mut net, socket);
        assert!(!ended);
        all.extend(bytes);
    }
    assert!(net.now - begun < Duration::from_millis(500));
    let text = String::from_utf8(all).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    // The first two and the 95th of the RFC's figure; then it begins again.
    assert_eq!(lines[0], r##" !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefg"##);
    assert_eq!(lines[1], r##"!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefgh"##);
    assert_eq!(lines[94], r##"~ !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdef"##);
    assert_eq!(lines[95], lines[0]);
    let whole = lines.len() - 1;
    assert!(lines[..whole].iter().enumerate().all(|(number, line)| *line == lines[number % 95]));

    let now = net.now;
    let client = &mut net.nodes[0].stack;
    let datagrams = client.socket(Kind::Datagram).unwrap();
    client.send_to(now, datagrams, b"", "192.0.2.2:19".parse().unwrap()).unwrap();
    net.run(Duration::from_secs(1)).unwrap();
    let mut answer = [0; 1000];
    let (length, _) = net.nodes[0].stack.recv_from(datagrams, &mut answer).unwrap();
    assert!(
        length <= 512
            && answer[..length].iter().all(|byte| (b' '..=b'~').contains(byte) || b"\r\n".contains(byte))
    );
}

/// A program may have sockets of its own on a host with services: what happens to them it is told, and what happens to a link everybody is.
#[test]
fn events_of_sockets_that_are_no_services() {
    let mut net = pair();
    net.start(1, Small::echo()).unwrap();
    net.start(1, Small::discard()).unwrap();
    let server = &mut net.nodes[1].stack;
    let socket = server.socket(Kind::Datagram).unwrap();
    server.bind(socket, "192.0.2.2:5000".parse().unwrap()).unwrap();
    let now = net.now;
    let client = &mut net.nodes[0].stack;
    let asking = client.socket(Kind::Datagram).unwrap();
    client.send_to(now, asking, b"x", "192.0.2.2:5000".parse().unwrap()).unwrap();
    client.send_to(now, asking, b"x", "192.0.2.2:7".parse().unwrap()).unwrap();
    net.run(Duration::from_secs(1)).unwrap();
    let events: Vec<Event> = std::iter::from_fn(|| net.nodes[1].poll_event()).collect();
    assert!(events.contains(&Event::Readable(socket)), "{events:?}");
    assert_eq!(events.iter().filter(|event| event.socket().is_some()).count(), 1, "{events:?}");
}

/// Ethernet addresses come from the seed and do not lead back to it: other seeds that give the same first number of the dice give another address.
#[test]
fn stations_are_made_of_the_seed() {
    let station = |seed, number| Config { seed, ..Config::default() }.station(number);
    assert_eq!(station(5, 1), station(5, 1));
    let mut all: Vec<_> = (0..50).flat_map(|seed| [station(seed, 1), station(seed, 2)]).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 100);
    assert!(all.iter().all(|mac| mac.0[0] == 2));
    // What an address is made of is not what dice of the same seed give.
    let [_, _, _, dice @ ..] = layercake::random::Random::new(5).number().to_be_bytes();
    assert_ne!(station(5, 1).0[1..], dice);
}

/// Two services of one type are told apart by what `start` gives back; one that is stopped is not there any more, and the other goes on.
#[test]
fn services_by_their_numbers() {
    let mut net = pair();
    let [echo, discard] = [Small::echo(), Small::discard()].map(|small| net.start(1, small).unwrap());
    let host = &net.nodes[1];
    assert_eq!(host.service(discard).map(|service| service.name()), Some("discard"));
    assert_eq!(host.get_at::<Small>(echo).map(|service| service.name()), Some("echo"));
    assert_eq!(host.services().map(|(id, _)| id).collect::<Vec<_>>(), [echo, discard]);

    let socket = connect(&mut net, "192.0.2.2:7");
    net.nodes[0].stack.send(net.now, socket, b"one").unwrap();
    net.run(Duration::from_millis(100)).unwrap();
    let now = net.now;
    assert!(net.nodes[1].stop(now, echo) && net.nodes[1].with_at::<Small>(echo).is_none());
    net.run(Duration::from_millis(100)).unwrap();
    // What was said is delivered, and the connection ended.
    assert_eq!(receive(&mut net, socket), (b"one".to_vec(), true));
    let refused = net.nodes[0].stack.socket(Kind::Stream).unwrap();
    let now = net.now;
    net.nodes[0].stack.connect(now, refused, "192.0.2.2:7".parse().unwrap()).unwrap();
    connect(&mut net, "192.0.2.2:9");
    assert_eq!(net.nodes[0].stack.take_error(refused), Ok(Some(layercake::stack::Errno::ECONNREFUSED)));
    assert_eq!(counter(&net, "discard", "connections"), 1);
}
