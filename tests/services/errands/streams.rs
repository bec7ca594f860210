//! Connections: as fast as it goes, slowly, there and back.

use layercake::link::Rate;
use layercake::stack::service::Small;
use layercake::stack::service::errand::{Bulk, Listen, Over, Request, Respond, Say};

use super::*;

/// A million bytes. The line takes 10 Mbit/s, so 1,460 bytes with their 54 of headers are at most 9,643,329 bit/s of data; and what has arrived last needs another 20 ms until
/// that is known. Nothing is lost.
#[test]
fn bulk_as_fast_as_it_goes() {
    let line = || link::Config { rate: Some(Rate::bit(10_000_000)), ..wire(&[]) };
    let mut net = hosts(line(), line());
    let begin = net.now;
    let listen = net.start(1, Listen::tcp(5000).at(begin)).unwrap();
    let bulk = net.start(0, Bulk::new("10.0.0.2:5000".parse().unwrap()).at(begin)).unwrap();
    net.run(SECOND * 5).unwrap();
    let names = ["bytes", "sent_bytes", "acknowledged", "retransmissions", "timeouts", "errors"];
    assert_eq!(figures(&net, 0, bulk, names), [0, 1_000_000, 1_000_000, 0, 0, 0]);
    assert_eq!(figures(&net, 1, listen, ["bytes", "connections", "errors"]), [1_000_000, 1, 0]);
    // SYN and its answer: 20 ms, and what they take on the line.
    assert!((20_000..20_200).contains(&since(&net, 0, bulk, "connected", begin)));
    let done = since(&net, 0, bulk, "done", begin);
    let arrived = since(&net, 1, listen, "done", begin);
    // The end comes back with the last acknowledgment.
    assert!(arrived + 10_000 <= done && done < arrived + 11_000, "{arrived} {done}");
    let [sender, receiver] =
        [figure(&net, 0, bulk, "rate"), figure(&net, 1, listen, "rate")].map(Option::unwrap);
    assert!(sender < receiver && receiver < 9_700_000 && sender > 8_000_000, "{sender} {receiver}");
    assert!(
        figure(&net, 0, bulk, "cwnd").unwrap() > 14_600
            && figure(&net, 0, bulk, "srtt").unwrap() > 20_000_000
    );
    let told = said(&mut net, 0);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("connected to 10.0.0.2:5000 after 20."), "{told:?}");
    assert_eq!(told[1], "10.0.0.2:5000 has all and has closed");
    let told = said(&mut net, 1);
    assert!(
        told[0].ends_with(" has connected") && told[1].ends_with(" has closed after 1000000 bytes"),
        "{told:?}"
    );
}

/// Three frames with data are lost, far apart: three are sent again, and all arrives.
#[test]
fn bulk_over_a_wire_that_loses() {
    let mut net = hosts(wire(&[50, 300, 500]), wire(&[]));
    let listen = net.start(1, Listen::tcp(5000).at(net.now)).unwrap();
    let bulk = net.start(0, Bulk::new("10.0.0.2:5000".parse().unwrap()).at(net.now)).unwrap();
    net.run(SECOND * 10).unwrap();
    assert_eq!(figures(&net, 0, bulk, ["acknowledged", "retransmissions", "timeouts"]), [1_000_000, 3, 0]);
    assert_eq!(figure(&net, 1, listen, "bytes"), Some(1_000_000));
}

/// For a second at 8 Mbit/s: a million bytes at most go over the line in that time, and what stands in the queue besides.
#[test]
fn bulk_for_a_span() {
    let line = link::Config { rate: Some(Rate::bit(8_000_000)), ..wire(&[]) };
    let mut net = hosts(line, wire(&[]));
    let begin = net.now;
    let listen = net.start(1, Listen::tcp(5000).at(begin)).unwrap();
    let bulk = Bulk { bytes: None, span: Some(SECOND), ..Bulk::new("10.0.0.2:5000".parse().unwrap()) };
    let bulk = net.start(0, bulk.at(begin)).unwrap();
    net.run(MILLISECOND * 1010).unwrap();
    assert_eq!(figure(&net, 0, bulk, "done"), None);
    net.run(SECOND * 30).unwrap();
    let [sent, acknowledged] = figures(&net, 0, bulk, ["sent_bytes", "acknowledged"]);
    assert_eq!((sent, Some(sent)), (acknowledged, figure(&net, 1, listen, "bytes")));
    // The line takes no more until the end; what is sent waits in the buffer of the host, which is bounded.
    let done = since(&net, 0, bulk, "done", begin);
    assert!(sent > 800_000 && sent < done, "{sent} bytes, {done} µs");
}

/// A reader who takes 1,000 bytes a second: the window closes, and what was not read is not acknowledged beyond it.
#[test]
fn a_slow_reader_closes_the_window() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let begin = net.now;
    let listen = Listen { reading: Some((1000, SECOND)), ..Listen::tcp(5000) };
    let listen = net.start(1, listen.at(begin)).unwrap();
    let bulk = Bulk { bytes: Some(100_000_000), ..Bulk::new("10.0.0.2:5000".parse().unwrap()) };
    let bulk = net.start(0, bulk.at(begin)).unwrap();
    net.watch.record();
    // The first data is there after 30 ms: SYN, its answer, data.
    net.run(MILLISECOND * 10_100).unwrap();
    assert_eq!(figures(&net, 1, listen, ["bytes", "reads", "connections"]), [11_000, 11, 1]);
    assert_eq!(figure(&net, 0, bulk, "done"), None);
    // A segment without options but timestamps: the window is at 48 of the frame.
    let closed = net
        .watch
        .entries
        .iter()
        .any(|entry| entry.node == 1 && entry.reason.is_some() && entry.frame[48..50] == [0, 0]);
    assert!(closed);
    let taken = figure(&net, 0, bulk, "acknowledged").unwrap();
    assert!(taken > 11_000 && taken < 10_000_000, "{taken}");
}

/// TCP makes one row of bytes of messages. The first goes out at once; the others wait until it is acknowledged (Nagle: RFC 9293 section 3.7.4), and go together.
#[test]
fn messages_flow_together() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let begin = net.now;
    let listen = net.start(1, Listen { keep: true, ..Listen::tcp(5000) }.at(begin)).unwrap();
    let to = "10.0.0.2:5000".parse().unwrap();
    let say = Say { over: Over::Tcp, every: MILLISECOND, ..Say::new(to, ["one", "two", "three"]) };
    let say = net.start(0, say.at(begin)).unwrap();
    net.run(SECOND * 2).unwrap();
    assert_eq!(figures(&net, 0, say, ["sent", "sent_bytes"]), [3, 11]);
    assert_eq!(figures(&net, 1, listen, ["bytes", "reads"]), [11, 2]);
    let told: Vec<_> =
        said(&mut net, 1).iter().filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect();
    assert_eq!(told, ["\"one\"", "\"twothree\""]);
    assert_eq!(said(&mut net, 0), ["connected to 10.0.0.2:5000 after 20 ms", "10.0.0.2:5000 has closed"]);
    assert!(figure(&net, 0, say, "done").is_some());

    // At one instant: the host has them all before it makes a segment.
    let say = Say { over: Over::Tcp, every: Duration::ZERO, ..Say::new(to, ["one", "two", "three"]) };
    net.start(0, say.at(net.now)).unwrap();
    net.run(SECOND * 2).unwrap();
    assert_eq!(figures(&net, 1, listen, ["bytes", "reads"]), [22, 3]);
}

/// An exchange takes there and back: 20 ms. Ten of them with 100 ms between, after 20 ms for the connection: 20 + 10 * 20 + 9 * 100 = 1,120 ms. Then the end there
/// and back: 1,140 ms.
#[test]
fn requests_and_responses() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let begin = net.now;
    let respond = net.start(1, Respond::new(5000).at(begin)).unwrap();
    let request = net.start(0, Request::new("10.0.0.2:5000".parse().unwrap()).at(begin)).unwrap();
    net.run(SECOND * 3).unwrap();
    let names = ["sent", "received", "bytes", "sent_bytes", "errors"];
    assert_eq!(figures(&net, 0, request, names), [10, 10, 10_000, 1_000, 0]);
    assert_eq!(figures(&net, 1, respond, names), [10, 10, 1_000, 10_000, 0]);
    assert_eq!(figures(&net, 0, request, ["rtt_min", "rtt_mean", "rtt_max"]), [20_000_000; 3]);
    assert_eq!(since(&net, 0, request, "done", begin), 1_140_000);
    assert_eq!(said(&mut net, 0)[1], "answer 1 after 20 ms");
}

/// Nobody listens: a reset comes back after 20 ms. Who discards and never closes is not done with.
#[test]
fn refused_and_never_closed() {
    let mut net = hosts(wire(&[]), wire(&[]));
    let to = "10.0.0.2:81".parse().unwrap();
    let now = net.now;
    let all = [
        Bulk::new(to).at(now),
        Request::new(to).at(now),
        Say { over: Over::Tcp, ..Say::new(to, ["hello"]) }.at(now),
    ];
    for errand in all {
        let id = net.start(0, errand).unwrap();
        net.run(SECOND).unwrap();
        assert_eq!(figures(&net, 0, id, ["errors", "connected", "done"]), [1, 999, 999]);
        assert_eq!(said(&mut net, 0), ["10.0.0.2:81: the connection was refused"]);
    }
    // The discard service closes when its peer does, and so it ends.
    net.start(1, Small::discard()).unwrap();
    let bulk = net.start(0, Bulk::new("10.0.0.2:9".parse().unwrap()).at(net.now)).unwrap();
    net.run(SECOND).unwrap();
    assert!(figure(&net, 0, bulk, "done").is_some());
    // A server that says nothing at all: a request waits.
    let request = net.start(0, Request::new("10.0.0.2:9".parse().unwrap()).at(net.now)).unwrap();
    net.run(SECOND).unwrap();
    assert_eq!(figures(&net, 0, request, ["sent", "received", "done"]), [1, 0, 999]);
    let now = net.now;
    assert!(net.nodes[0].stop(now, request));
}
