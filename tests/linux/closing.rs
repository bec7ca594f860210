//! The end: FIN, RST, TIME-WAIT.

use layercake::stack::tcp::{Config, State};

use super::*;

/// `close` with data that was not read: RST with ACK, at once.
#[test]
fn close_with_unread_data() {
    let mut host = Host::linux();
    host.data(0, 10);
    host.look();
    host.connection.close(host.now);
    host.flush();
    let [reset] = &host.look()[..] else { panic!() };
    assert_eq!((reset.flags().as_str(), reset.range(), reset.acknowledges()), ("R.", (0, 0), 10));
    assert_eq!(host.connection.state(), State::Closed);
}

/// FIN without answer: a probe first, then the timeout.
#[test]
fn a_fin_without_answer() {
    let mut host = Host::linux();
    host.connection.close(host.now);
    host.flush();
    let [fin] = &host.look()[..] else { panic!() };
    assert_eq!((fin.flags().as_str(), fin.range()), ("F.", (0, 0)));
    let (sent, waits) = host.waits(ms(2100));
    same_times(&waits, &[(250, 279), (250, 256), (500, 512), (1000, 1024)]);
    assert!(sent.iter().all(|fin| fin.flags() == "F." && fin.range() == (0, 0)));
}

/// After the FIN is acknowledged, the peer has 60 s for its own (`tcp_fin_timeout`), if nobody can read what it sends.
#[test]
fn nobody_waits_for_the_peers_fin() {
    let mut host = Host::linux();
    host.connection.close(host.now);
    host.flush();
    host.acknowledge(1);
    assert_eq!(host.connection.state(), State::FinWait2);
    host.wait(ms(59_999));
    assert_eq!(host.connection.state(), State::FinWait2);
    host.wait(ms(1));
    assert_eq!(host.connection.state(), State::Closed);
}

/// Data comes for an application that has closed: RST.
#[test]
fn data_after_close() {
    let mut host = Host::linux();
    host.connection.close(host.now);
    host.flush();
    host.acknowledge(1);
    host.look();
    host.data(0, 10);
    let [reset] = &host.look()[..] else { panic!() };
    assert!(reset.flags().starts_with('R'));
    assert_eq!(host.connection.state(), State::Closed);
}

/// TIME-WAIT lasts 60 s, and a FIN that comes again is acknowledged.
#[test]
fn time_wait() {
    let mut host = Host::linux();
    host.connection.close(host.now);
    host.flush();
    host.acknowledge(1);
    let fin = Segment { fin: true, ..host.peer(0, &[]) };
    host.hear(fin);
    assert_eq!(host.connection.state(), State::TimeWait);
    host.wait(ms(30_000));
    host.look();
    host.hear(Segment { options: host.peer(0, &[]).options, ..fin });
    let [answer] = &host.look()[..] else { panic!() };
    assert_eq!((answer.flags().as_str(), answer.acknowledges()), (".", 1));
    host.wait(ms(60_000));
    assert_eq!(host.connection.state(), State::Closed);
}

/// A reset in answer to our SYN: the port is closed.
#[test]
fn connection_refused() {
    let mut host = Host::connecting(&Config::linux());
    host.hear(Segment { seq: Seq(0), ack: Some(OURS + 1), rst: true, ..Segment::default() });
    assert_eq!(host.connection.take_error(), Some(layercake::stack::Errno::ECONNREFUSED));
    assert_eq!(host.connection.state(), State::Closed);
}
