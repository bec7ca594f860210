//! Segments that somebody else may have made: challenge ACKs, and their limit.

use layercake::stack::tcp::State;

use super::*;

/// A host that has sent and received something.
fn host() -> Host {
    let mut host = Host::linux();
    host.data(0, 1000);
    host.write(1000);
    host.wait(ROUND_TRIP);
    host.acknowledged = 1000;
    host.hear(host.peer(1000, &[]));
    host.wait(ms(1000));
    host.look();
    host
}

/// What is sent back for a segment.
fn answer(host: &mut Host, segment: Segment<'_>) -> Vec<(String, i32, u32)> {
    host.look();
    host.hear(segment);
    host.look().iter().map(|sent| (sent.flags(), sent.range().0, sent.acknowledges())).collect()
}

fn challenge() -> Vec<(String, i32, u32)> {
    vec![(".".into(), 1000, 1000)]
}

/// A reset with a number in the window that is not the next: challenge ACK. With the next: the connection is over.
#[test]
fn resets_in_the_window() {
    let mut host = host();
    let reset = |host: &Host, at| Segment { rst: true, ..host.peer(at, &[]) };
    let inside = reset(&host, 1001);
    assert_eq!(answer(&mut host, inside), challenge());
    assert_eq!(host.connection.state(), State::Established);
    let exact = reset(&host, 1000);
    assert_eq!(answer(&mut host, exact), []);
    assert_eq!(host.connection.state(), State::Closed);
}

/// A reset outside the window: nothing.
#[test]
fn resets_outside_the_window() {
    let mut host = host();
    for at in [999, 1000 + 70_000] {
        let outside = Segment { rst: true, ..host.peer(at, &[]) };
        assert_eq!(answer(&mut host, outside), [], "at {at}");
        assert_eq!(host.connection.state(), State::Established);
    }
}

/// A SYN, wherever it stands: challenge ACK, no more than one in 500 ms (`tcp_invalid_ratelimit`).
#[test]
fn syns_and_the_limit() {
    let mut host = host();
    let syn = |host: &Host| Segment { syn: true, ..host.peer(1000, &[]) };
    let mut answers = Vec::new();
    for _ in 0..24 {
        let segment = syn(&host);
        answers.push(answer(&mut host, segment).len());
        host.wait(ms(100));
    }
    let times: Vec<usize> = (0..24).filter(|n| answers[*n] == 1).map(|n| n * 100).collect();
    assert_eq!(times, [0, 500, 1000, 1500, 2000]);
    assert_eq!(host.connection.state(), State::Established);
}

/// An acknowledgment of what was not sent: its data is dropped, and the answer is a challenge ACK, if one may be sent.
#[test]
fn acknowledgments_of_what_was_not_sent() {
    let mut host = host();
    let beyond = Segment { ack: Some(OURS + 1 + 2000), ..host.peer(1000, b"forged") };
    assert_eq!(answer(&mut host, beyond), challenge());
    host.wait(ms(100));
    assert_eq!(answer(&mut host, beyond), [], "the limiter");
    assert_eq!(host.connection.receive(host.now, &mut [0; 2000]), Ok(1000));
    assert_eq!(host.connection.readable(), 0);
}

/// A segment with an old timestamp: its data is dropped, and it is acknowledged (PAWS).
#[test]
fn old_timestamps() {
    let mut host = host();
    let mut old = host.peer(1000, b"old");
    old.options.timestamps = Some((800_000, 0));
    assert_eq!(answer(&mut host, old), challenge());
    assert_eq!(host.connection.readable(), 1000);
}

/// While a connection is opened, an acknowledgment of something else is answered with a reset of that number, without ACK.
#[test]
fn a_wrong_acknowledgment_of_the_syn() {
    let mut host = Host::connecting(&Config::linux());
    host.look();
    host.hear(Segment { ack: Some(OURS + 77), ..syn() });
    let [reset] = &host.look()[..] else { panic!() };
    assert_eq!((reset.flags().as_str(), reset.range().0, reset.segment().window), ("R", 76, 0));
    assert_eq!(host.connection.state(), State::SynSent);
}
