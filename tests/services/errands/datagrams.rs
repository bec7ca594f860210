//! Echoes, sources, messages.

use layercake::link::{Jitter, Probability, Rate};
use layercake::sim::Net;
use layercake::stack::service::Small;
use layercake::stack::service::errand::{Echo, Listen, Over, Pattern, Ping, Say, Source};
use layercake::stack::{Config, Errno};

use super::*;

/// Two ways of 10 ms are 20 ms; of six requests the wire loses the second and the fifth.
#[test]
fn ping_counts_what_is_lost() {
    let mut net = hosts(wire(&[2, 5]), wire(&[]));
    let begin = net.now + SECOND;
    let ping = Ping { count: 6, ..Ping::new("10.0.0.2".parse().unwrap()) };
    let id = net.start(0, ping.at(begin)).unwrap();
    net.run(MILLISECOND * 999).unwrap();
    assert_eq!(figures(&net, 0, id, ["began", "sent", "rtt_min", "rate"]), [999, 0, 999, 999]);
    net.run(SECOND * 10).unwrap();
    let names = ["sent", "received", "lost", "duplicates", "reordered", "errors", "bytes", "sent_bytes"];
    assert_eq!(figures(&net, 0, id, names), [6, 4, 2, 0, 0, 0, 4 * 56, 6 * 56]);
    assert_eq!(figures(&net, 0, id, ["rtt_min", "rtt_mean", "rtt_max"]), [20_000_000; 3]);
    assert_eq!(since(&net, 0, id, "began", begin), 0);
    assert_eq!(since(&net, 0, id, "first", begin), 20_000);
    assert_eq!(since(&net, 0, id, "done", begin), 5_020_000);
    assert_eq!(
        said(&mut net, 0),
        [
            "64 bytes from 10.0.0.2: seq=0 ttl=64 time=20 ms",
            "no answer to seq=1 within 1 s",
            "64 bytes from 10.0.0.2: seq=2 ttl=64 time=20 ms",
            "64 bytes from 10.0.0.2: seq=3 ttl=64 time=20 ms",
            "no answer to seq=4 within 1 s",
            "64 bytes from 10.0.0.2: seq=5 ttl=64 time=20 ms",
        ]
    );
    assert!(net.nodes[0].get_at::<Errand>(id).unwrap().is_done());
}

/// Every frame there is doubled, and every frame back: of one request four replies come, of which three are too many.
#[test]
fn ping_counts_what_is_there_twice_and_late() {
    let double = || link::Config { duplicate: Probability::ALWAYS, ..wire(&[]) };
    let mut net = hosts(double(), double());
    let to = "10.0.0.2".parse().unwrap();
    // The replies are 5 ms too late, and come all the same.
    let ping = Ping { count: 2, wait: MILLISECOND * 15, hop_limit: Some(9), ..Ping::new(to) };
    let id = net.start(0, ping.at(net.now)).unwrap();
    net.run(MILLISECOND * 18).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "lost"]), [1, 0, 1]);
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "lost", "duplicates"]), [2, 2, 0, 6]);
    assert_eq!(said(&mut net, 0)[2], "64 bytes from 10.0.0.2: seq=0 ttl=64 (duplicate)");
}

/// 70,000 requests: the 16 bits of their numbers come round, and each reply is known all the same.
#[test]
fn ping_beyond_its_numbers() {
    let mut net = hosts(wire(&[65_540]), wire(&[]));
    let interval = MILLISECOND / 10;
    let ping = Ping { count: 70_000, interval, size: 0, ..Ping::new("10.0.0.2".parse().unwrap()) };
    let id = net.start(0, ping.at(net.now)).unwrap();
    net.run(SECOND * 10).unwrap();
    let names = ["sent", "received", "lost", "duplicates", "rtt_max"];
    assert_eq!(figures(&net, 0, id, names), [70_000, 69_999, 1, 0, 20_000_000]);
}

/// Who is not there: this host itself says so (RFC 1122 section 2.3.2.2). Where there is no way to: each call fails, and that is said once.
#[test]
fn ping_of_nobody() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let silent = Ping { count: 1, wait: SECOND * 10, ..Ping::new("10.0.0.9".parse().unwrap()) };
    let silent = net.start(0, silent.at(net.now)).unwrap();
    let nowhere = Ping { count: 3, ..Ping::new("192.0.2.1".parse().unwrap()) };
    let nowhere = net.start(0, nowhere.at(net.now)).unwrap();
    net.run(SECOND * 20).unwrap();
    assert_eq!(figures(&net, 0, silent, ["sent", "received", "lost", "errors"]), [1, 0, 1, 1]);
    assert_eq!(figures(&net, 0, nowhere, ["sent", "lost", "errors"]), [0, 0, 3]);
    let said = said(&mut net, 0);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.contains(&"10.0.0.1 says of a packet to 10.0.0.9: host unreachable".to_owned()));
    assert!(said.contains(&format!("it cannot be sent: {}", Errno::ENETUNREACH.meaning())));
}

/// An address of IPv6 is not used before nobody else is known to have it (RFC 4862 section 5.4): one solicitation, and a second.
#[test]
fn errands_wait_for_an_address() {
    let config = |seed| Config { seed, ..Config::default() };
    let mut net = Net::pair([config(1), config(2)], [&wire(&[]), &wire(&[])], 1).unwrap().with_services();
    for host in 0..2 {
        net.address(host, format!("2001:db8::{}/64", host + 1).parse().unwrap()).unwrap();
    }
    let begin = net.now;
    let ping = Ping { count: 1, ..Ping::new("2001:db8::2".parse().unwrap()) };
    let id = net.start(0, ping.at(begin)).unwrap();
    net.run(SECOND * 10).unwrap();
    let began = since(&net, 0, id, "began", begin);
    assert!((1_000_000..3_000_000).contains(&began), "{began}");
    assert_eq!(figures(&net, 0, id, ["sent", "received", "errors"]), [1, 1, 0]);
}

/// Of five datagrams the second is lost there and the reply to the fourth on the way back, which is the third frame on it.
#[test]
fn echoes_of_datagrams() {
    let mut net = hosts(wire(&[2]), wire(&[3]));
    net.start(1, Small::echo()).unwrap();
    let echo = Echo { count: 5, interval: MILLISECOND * 100, ..Echo::new("10.0.0.2:7".parse().unwrap()) };
    let id = net.start(0, echo.at(net.now)).unwrap();
    net.run(SECOND * 3).unwrap();
    let names = ["sent", "received", "lost", "duplicates", "bytes", "rtt_mean"];
    assert_eq!(figures(&net, 0, id, names), [5, 3, 2, 0, 3 * 64, 20_000_000]);
    let said = said(&mut net, 0);
    assert_eq!(said[0], "64 bytes from 10.0.0.2:7: seq=0 ttl=64 time=20 ms");
    assert_eq!(said.iter().filter(|line| line.starts_with("no answer to seq=")).count(), 2);
}

/// Delays from 1 to 19 ms there and 10 ms back, with a millisecond from one datagram to the next: many overtake others, and none gets lost.
#[test]
fn echoes_that_overtake() {
    let uneven = link::Config { jitter: Jitter { span: MILLISECOND * 9, overtakes: true }, ..wire(&[]) };
    let mut net = hosts(uneven, wire(&[]));
    net.start(1, Small::echo()).unwrap();
    let echo = Echo { count: 200, interval: MILLISECOND, ..Echo::new("10.0.0.2:7".parse().unwrap()) };
    let id = net.start(0, echo.at(net.now)).unwrap();
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "lost", "duplicates"]), [200, 200, 0, 0]);
    assert!(figure(&net, 0, id, "reordered").unwrap() > 10);
    let [least, mean, most] = figures(&net, 0, id, ["rtt_min", "rtt_mean", "rtt_max"]);
    assert!(11_000_000 <= least && least < mean && mean < most && most <= 29_000_000);
}

/// Nobody listens: ICMP says so, and by whom is told.
#[test]
fn echo_of_a_closed_port() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let echo = Echo { count: 2, ..Echo::new("10.0.0.2:7".parse().unwrap()) };
    let id = net.start(0, echo.at(net.now)).unwrap();
    net.run(SECOND * 5).unwrap();
    assert_eq!(figures(&net, 0, id, ["sent", "received", "lost", "errors"]), [2, 0, 2, 2]);
    assert_eq!(said(&mut net, 0), ["10.0.0.2 says of a packet to 10.0.0.2: port unreachable"; 2]);
}

/// 1 Mbit/s of datagrams of 1,000 bytes is one in 8 ms: 125 in a second. Of these the second and the fifth are lost. From the first to the last that
/// arrives there are 124 times 8 ms: 123,000 bytes in 992 ms.
#[test]
fn a_source_and_who_listens() {
    let mut net = hosts(wire(&[2, 5]), wire(&[]));
    let begin = net.now + SECOND;
    let listen = net.start(1, Listen::udp(5000).at(net.now)).unwrap();
    let source = Source { span: Some(SECOND), ..Source::new("10.0.0.2:5000".parse().unwrap()) };
    let source = net.start(0, source.at(begin)).unwrap();
    net.run(SECOND * 3).unwrap();
    assert_eq!(figures(&net, 0, source, ["sent", "sent_bytes", "errors"]), [125, 125_000, 0]);
    assert_eq!(since(&net, 0, source, "done", begin), 992_000);
    let names = ["messages", "bytes", "lost", "reordered", "duplicates", "jitter"];
    assert_eq!(figures(&net, 1, listen, names), [123, 123_000, 2, 0, 0, 0]);
    assert_eq!(figures(&net, 1, listen, ["delay_min", "delay_mean", "delay_max"]), [10_000_000; 3]);
    assert_eq!(figure(&net, 1, listen, "rate"), Some(123_000 * 8 * 1000 / 992));
    assert_eq!(since(&net, 1, listen, "first", begin), 10_000);
    assert_eq!(said(&mut net, 1), [""; 0]);
}

/// What is sent in bursts waits for the line: 5 datagrams of 972 bytes are 1,014 with their headers, 8.112 ms on a line of 1 Mbit/s. Given at 1 Gbit/s, that
/// is every 7.776 µs, the last one waits for four others.
#[test]
fn bursts_wait_in_a_queue() {
    let slow = link::Config { rate: Some(Rate::bit(1_000_000)), ..wire(&[]) };
    let mut net = hosts(slow, wire(&[]));
    let listen = net.start(1, Listen::udp(5000).at(net.now)).unwrap();
    let pattern = Pattern::OnOff { rate: 1_000_000_000, on: Duration::from_nanos(5 * 7776), off: SECOND };
    let source =
        Source { size: 972, pattern, count: Some(10), ..Source::new("10.0.0.2:5000".parse().unwrap()) };
    let source = net.start(0, source.at(net.now)).unwrap();
    net.run(SECOND * 4).unwrap();
    assert_eq!(figures(&net, 0, source, ["sent", "errors"]), [10, 0]);
    let first = 10_000_000 + 8_112_000;
    let last = first + 4 * (8_112_000 - 7_776);
    assert_eq!(figures(&net, 1, listen, ["messages", "delay_min", "delay_max"]), [10, first, last]);
}

/// The same seed gives the same times, another one others; the mean is as said, give or take what chance does: 2,000 of 1 ms are 2 s, and deviate by 45 ms.
#[test]
fn datagrams_by_chance() {
    let ends = |seed| {
        let mut net = hosts(wire(&[]), wire(&[]));
        let pattern = Pattern::Poisson { mean: MILLISECOND, seed };
        let source = Source { pattern, count: Some(2001), ..Source::new("10.0.0.2:9".parse().unwrap()) };
        net.start(1, Small::discard()).unwrap();
        let (begin, id) = (net.now, net.start(0, source.at(net.now)).unwrap());
        net.run(SECOND * 5).unwrap();
        since(&net, 0, id, "done", begin)
    };
    let end = ends(1);
    assert!((1_800_000..2_200_000).contains(&end), "{end}");
    assert!(end == ends(1) && end != ends(2));
}

/// UDP keeps messages apart.
#[test]
fn messages_stay_apart() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let listen = net.start(1, Listen { keep: true, ..Listen::udp(5000) }.at(net.now)).unwrap();
    let mut say = Say::new("10.0.0.2:5000".parse().unwrap(), ["one", "\x1b[2J", ""]);
    say.messages.push(vec![b'x'; 101]);
    let say = net.start(0, say.at(net.now)).unwrap();
    net.run(SECOND * 5).unwrap();
    assert_eq!(figures(&net, 0, say, ["sent", "sent_bytes"]), [4, 108]);
    assert_eq!(figures(&net, 1, listen, ["messages", "bytes", "lost"]), [4, 108, 999]);
    let said = said(&mut net, 1);
    let texts: Vec<_> = said.iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect();
    let long = format!("\"{}\" ...", "x".repeat(100));
    assert_eq!(texts, ["\"one\"", "\"\\x1b[2J\"", "\"\"", &long]);
    assert!(said[0].starts_with("message of 3 bytes from 10.0.0.1:"), "{said:?}");
}

/// Who takes his time reads one message a second; what he has no room for is gone.
#[test]
fn a_slow_listener() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let begin = net.now;
    let listen = Listen { reading: Some((1, SECOND)), ..Listen::udp(5000) };
    let listen = net.start(1, listen.at(begin)).unwrap();
    let say = Say { every: MILLISECOND, ..Say::new("10.0.0.2:5000".parse().unwrap(), ["a", "b", "c"]) };
    net.start(0, say.at(begin)).unwrap();
    net.run(MILLISECOND * 1500).unwrap();
    assert_eq!(figure(&net, 1, listen, "messages"), Some(2));
    net.run(SECOND * 10).unwrap();
    assert_eq!(figure(&net, 1, listen, "messages"), Some(3));
}

/// A port that another has; a service that is stopped gives it back.
#[test]
fn a_port_is_somebodys() {
    let mut net = hosts(wire(&[]), wire(&[]));
    for over in [Over::Udp, Over::Tcp] {
        let listen = Listen { over, ..Listen::udp(5000) };
        let first = net.start(1, listen.clone().at(net.now)).unwrap();
        let second = net.start(1, listen.clone().at(net.now)).unwrap();
        assert_eq!(figures(&net, 1, second, ["errors"]), [1]);
        assert_eq!(said(&mut net, 1), ["it cannot listen on port 5000: the address is in use"]);
        let now = net.now;
        net.nodes[1].stop(now, first);
        let third = net.start(1, listen.at(now)).unwrap();
        assert_eq!(figures(&net, 1, third, ["errors"]), [0]);
        net.nodes[1].stop(now, third);
    }
}
