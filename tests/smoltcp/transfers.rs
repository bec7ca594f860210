//! Streams both ways.

use std::time::Duration;

use layercake::link::{self, Loss, Probability, Rate, Reorder};
use layercake::stack::tcp::{Config, State};
use layercake::stack::{Errno, Shutdown, SocketId};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{self, CongestionControl};

use super::peers::Peers;

const MEGABYTE: usize = 1_000_000;

/// A connection, and what goes over it.
struct Case {
    we_open: bool,
    six: bool,
    tcp: Config,
    wire: link::Config,
    congestion: CongestionControl,
    /// Their clock is sent in timestamps.
    clock: bool,
    /// Their buffers.
    buffer: usize,
    /// What each sends.
    bytes: usize,
    /// Who has sent everything closes its side before the other begins: `Some(true)` if that is us.
    one_after_the_other: Option<bool>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            we_open: true,
            six: false,
            tcp: Config::linux(),
            wire: link::Config {
                delay: Duration::from_millis(5),
                rate: Some(Rate::mbit(100)),
                ..link::Config::default()
            },
            congestion: CongestionControl::None,
            clock: false,
            buffer: 65_535,
            bytes: MEGABYTE,
            one_after_the_other: None,
        }
    }
}

/// One side of it, as it goes on.
struct Side {
    data: Vec<u8>,
    given: usize,
    got: Vec<u8>,
    closed: bool,
    ended: bool,
}

impl Side {
    fn new(count: usize, salt: usize) -> Self {
        let data = (0..count).map(|n| (n * 31 + n / 251 + n / 65_521 + salt) as u8).collect();
        Self { data, given: 0, got: Vec::new(), closed: false, ended: false }
    }
}

impl Case {
    fn run(self) {
        for seed in [1, 2] {
            self.run_with(seed);
        }
    }

    fn run_with(&self, seed: u64) {
        let mut peers = Peers::new(self.tcp.clone(), &self.wire, seed);
        let handle = peers.their_stream(self.buffer);
        peers.stream(handle).set_congestion_control(self.congestion);
        if self.clock {
            peers.stream(handle).set_tsval_generator(Some(|| 77));
        }
        let socket = peers.open(self.we_open, self.six, handle);
        let mut sides = [Side::new(self.bytes, 0), Side::new(self.bytes, 7)];
        let until = peers.now + Duration::from_secs(3600);
        while sides.iter().any(|side| !side.ended) {
            let waits = |side: usize| {
                self.one_after_the_other.is_some_and(|we_first| usize::from(we_first) == side)
                    && !sides[side].ended
            };
            let waits = [waits(0), waits(1)];
            we_go_on(&mut peers, socket, &mut sides[0], waits[0]);
            they_go_on(&mut peers, handle, &mut sides[1], waits[1]);
            if sides.iter().any(|side| !side.ended) {
                let got = [sides[0].got.len(), sides[1].got.len()];
                let went_on = peers.step(until);
                let state = peers.stream(handle).state();
                assert!(went_on, "hangs at {got:?}: {state}, {:?}", peers.ours.tcp_info(socket));
            }
        }
        let [we, they] = sides;
        assert!(we.got == they.data, "what they sent is not what we got");
        assert!(they.got == we.data, "what we sent is not what they got");
        peers.run(Duration::from_secs(400));
        assert_eq!(peers.stream(handle).state(), tcp::State::Closed);
        let info = peers.ours.tcp_info(socket).unwrap();
        assert_eq!((info.state, info.queued), (State::Closed, 0));
        assert_eq!(peers.ours.recv(peers.now, socket, &mut [0]), Ok(0));
    }
}

fn we_go_on(peers: &mut Peers, socket: SocketId, side: &mut Side, waits: bool) {
    let now = peers.now;
    let mut into = [0; 20_000];
    loop {
        match peers.ours.recv(now, socket, &mut into) {
            Ok(0) => side.ended = true,
            Ok(length) => {
                side.got.extend_from_slice(&into[..length]);
                continue;
            }
            Err(Errno::EAGAIN) => {}
            Err(error) => panic!("{error} after {} bytes", side.got.len()),
        }
        break;
    }
    if waits || side.closed {
        return;
    }
    while side.given < side.data.len() {
        match peers.ours.send(now, socket, &side.data[side.given..]) {
            Ok(taken) => side.given += taken,
            Err(Errno::EAGAIN) => return,
            Err(error) => panic!("{error} after {} bytes", side.given),
        }
    }
    side.closed = true;
    peers.ours.shutdown(now, socket, Shutdown::Write).unwrap();
}

fn they_go_on(peers: &mut Peers, handle: SocketHandle, side: &mut Side, waits: bool) {
    let stream = peers.stream(handle);
    let mut into = [0; 20_000];
    while stream.can_recv() {
        let length = stream.recv_slice(&mut into).unwrap();
        side.got.extend_from_slice(&into[..length]);
    }
    side.ended |= !stream.may_recv();
    if waits || side.closed {
        return;
    }
    while side.given < side.data.len() {
        match stream.send_slice(&side.data[side.given..]).unwrap() {
            0 => return,
            taken => side.given += taken,
        }
    }
    side.closed = true;
    stream.close();
}

/// Both families, and either side opens.
#[test]
fn on_a_wire_that_does_nothing() {
    for (we_open, six) in [(true, false), (false, false), (true, true), (false, true)] {
        Case { we_open, six, ..Case::default() }.run();
    }
}

fn lossy() -> link::Config {
    let loss = Loss::Bernoulli(Probability::percent(2));
    link::Config { loss, ..Case::default().wire }
}

#[test]
fn with_loss() {
    for (we_open, six) in [(true, false), (false, true)] {
        Case { we_open, six, wire: lossy(), ..Case::default() }.run();
    }
}

#[test]
fn out_of_order_and_twice() {
    let wire = || link::Config {
        duplicate: Probability::percent(3),
        reorder: Some(Reorder::new(Probability::percent(5))),
        ..Case::default().wire
    };
    for (we_open, six) in [(true, true), (false, false)] {
        Case { we_open, six, wire: wire(), ..Case::default() }.run();
    }
}

/// Windows of a few segments, of less than one, and of a few bytes.
#[test]
fn with_small_windows() {
    for (own, buffer, bytes) in
        [(4000, 4000, 300_000), (1000, 3000, 100_000), (3000, 1000, 100_000), (100, 100, 5000)]
    {
        let tcp =
            Config { receive_buffer: own, receive_buffer_most: own, send_buffer: own, ..Config::linux() };
        for we_open in [true, false] {
            Case { we_open, tcp: tcp.clone(), buffer, bytes, ..Case::default() }.run();
            Case { we_open, tcp: tcp.clone(), buffer, bytes: bytes / 4, wire: lossy(), ..Case::default() }
                .run();
        }
    }
}

/// Windows of more than 64 KiB, on a long path.
#[test]
fn with_large_windows() {
    let wire = || link::Config { delay: Duration::from_millis(100), ..Case::default().wire };
    for we_open in [true, false] {
        Case { we_open, buffer: 1 << 20, wire: wire(), ..Case::default() }.run();
    }
}

#[test]
fn each_mechanism_by_itself_off() {
    let off = [
        "sack",
        "timestamps",
        "window-scaling",
        "rack",
        "tail-loss-probe",
        "proportional-reduction",
        "limited-transmit",
        "undo",
        "hystart",
        "nagle",
        "delayed-ack",
    ];
    for name in off {
        let mut tcp = Config::linux();
        tcp.set(name, "off").unwrap();
        for we_open in [true, false] {
            let bytes = MEGABYTE / 2;
            Case { we_open, tcp: tcp.clone(), bytes, clock: true, wire: lossy(), ..Case::default() }
                .run_with(3);
            Case { we_open, tcp: tcp.clone(), bytes, ..Case::default() }.run_with(4);
        }
    }
}

#[test]
fn each_profile_with_each_algorithm() {
    for tcp in [Config::linux(), Config::freebsd(), Config::rfc()] {
        for congestion in [CongestionControl::None, CongestionControl::Reno, CongestionControl::Cubic] {
            for clock in [true, false] {
                Case { tcp: tcp.clone(), congestion, clock, ..Case::default() }.run_with(5);
                let (we_open, bytes) = (false, MEGABYTE / 2);
                Case {
                    we_open,
                    tcp: tcp.clone(),
                    congestion,
                    clock,
                    bytes,
                    wire: lossy(),
                    ..Case::default()
                }
                .run_with(6);
            }
        }
    }
}

/// One sends everything and closes its side, and then the other begins.
#[test]
fn half_closed() {
    for we_first in [true, false] {
        for we_open in [true, false] {
            Case { we_open, one_after_the_other: Some(we_first), ..Case::default() }.run();
            Case {
                we_open,
                one_after_the_other: Some(we_first),
                bytes: 100_000,
                wire: lossy(),
                ..Case::default()
            }
            .run();
        }
    }
}
