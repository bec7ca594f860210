//! Two connections in virtual time, with a wire between them that does what a test says.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::*;
use crate::packet::Part;
use crate::stack::Drops;

const MS: Duration = Duration::from_millis(1);

/// A segment as it is on the wire, with what the sender says of it.
struct Flying {
    to: usize,
    bytes: Vec<u8>,
}

/// Two ends and what is between them.
struct Pair {
    now: Time,
    ends: [Option<Connection>; 2],
    config: [Config; 2],
    wire: BTreeMap<(Time, u64), Flying>,
    count: u64,
    delay: Duration,
    /// Says of a segment, by its sender and its number there, whether it is lost.
    lose: fn(usize, u64) -> bool,
    sent: [u64; 2],
    trace: Vec<String>,
    drops: Drops,
}

impl Pair {
    fn new(config: [Config; 2], delay: Duration) -> Self {
        let path = Path::v4(1500);
        let seed = Seed { isn: Seq(0xffff_f000), clock: 7 };
        let client = Connection::connect(Time::ZERO + MS, &config[0], path, seed);
        Self {
            now: Time::ZERO + MS,
            ends: [Some(client), None],
            config,
            wire: BTreeMap::new(),
            count: 0,
            delay,
            lose: |_, _| false,
            sent: [0; 2],
            trace: Vec::new(),
            drops: Drops::default(),
        }
    }

    fn end(&mut self, n: usize) -> &mut Connection {
        self.ends[n].as_mut().unwrap()
    }

    /// Sends all that is to be sent.
    fn flush(&mut self) {
        for n in 0..2 {
            let Some(end) = &mut self.ends[n] else { continue };
            while let Some(emission) = end.transmit(self.now) {
                let data = end.data(&emission).concat();
                let part = emission.header.source_port(1).destination_port(2) / &data[..];
                let mut bytes = alloc::vec![0; part.size()];
                part.put(&mut bytes, None).unwrap();
                let segment = Segment::read(&bytes).unwrap();
                let lost = (self.lose)(n, self.sent[n]);
                self.trace.push(alloc::format!(
                    "{:>9} {} {}{}{}{} seq {} ack {} len {} win {}{}: {}",
                    (self.now - Time::ZERO).as_micros(),
                    ["->", "<-"][n],
                    if segment.syn { "S" } else { "" },
                    if segment.fin { "F" } else { "" },
                    if segment.rst { "R" } else { "" },
                    if segment.ack.is_some() { "." } else { "" },
                    segment.seq.0.wrapping_sub(if n == 0 { 0xffff_f000 } else { 5000 }),
                    segment.ack.map_or(0, |ack| ack.0.wrapping_sub(if n == 1 { 0xffff_f000 } else { 5000 })),
                    segment.data.len(),
                    segment.window,
                    if lost { " LOST" } else { "" },
                    emission.reason,
                ));
                self.sent[n] += 1;
                if !lost {
                    self.count += 1;
                    let at = self.now + self.delay;
                    self.wire.insert((at, self.count), Flying { to: 1 - n, bytes });
                }
            }
        }
    }

    /// The next thing happens; `false` if nothing is left.
    fn step(&mut self, until: Time) -> bool {
        self.flush();
        let arrival = self.wire.first_key_value().map(|((at, _), _)| *at);
        let deadline = self.ends.iter().flatten().filter_map(Connection::deadline).min();
        let Some(next) = arrival.into_iter().chain(deadline).min().filter(|next| *next <= until) else {
            return false;
        };
        self.now = self.now.max(next);
        if arrival == Some(next) {
            let (_, flying) = self.wire.pop_first().unwrap();
            let segment = Segment::read(&flying.bytes).unwrap();
            let seed = Seed { isn: Seq(5000), clock: 100 };
            let to = flying.to;
            let now = self.now;
            match &mut self.ends[to] {
                Some(end) => {
                    end.on_segment(now, &segment, &mut self.drops);
                }
                None => {
                    let config = &self.config[to];
                    self.ends[to] = Some(Connection::accept(now, config, Path::v4(1500), seed, &segment));
                }
            }
        }
        for end in self.ends.iter_mut().flatten() {
            if end.deadline().is_some_and(|at| at <= self.now) {
                end.on_deadline(self.now);
            }
        }
        true
    }

    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        while self.step(until) {}
        self.now = until;
    }

    /// Sends data from one end to the other, which reads all the time.
    fn transfer(&mut self, from: usize, bytes: usize, most: Duration) -> Vec<u8> {
        let data: Vec<u8> = (0..bytes).map(|n| (n * 31 + n / 251) as u8).collect();
        let (mut given, mut got) = (0, Vec::new());
        let until = self.now + most;
        let mut into = [0; 65536];
        loop {
            let now = self.now;
            if self.ends[from].as_ref().is_some_and(Connection::is_synchronized) && given < bytes {
                given += self.end(from).send(now, &data[given..]).unwrap_or(0);
            }
            if let Some(end) = &mut self.ends[1 - from] {
                while let Ok(length @ 1..) = end.receive(now, &mut into) {
                    got.extend_from_slice(&into[..length]);
                }
            }
            if got.len() == bytes || !self.step(until) {
                break;
            }
        }
        assert!(got[..] == data[..got.len()], "the bytes are others");
        got
    }

    fn trace(&self) -> String {
        self.trace.iter().fold(String::new(), |text, line| text + line + "\n")
    }
}

fn open(config: Config, delay: Duration) -> Pair {
    let mut pair = Pair::new([config.clone(), config], delay);
    pair.run(delay * 4);
    assert_eq!(pair.end(0).state(), State::Established);
    assert_eq!(pair.end(1).state(), State::Established);
    pair
}

#[test]
fn opens_sends_and_closes() {
    let mut pair = open(Config::linux(), MS * 10);
    let got = pair.transfer(0, 100_000, MS * 5000);
    assert_eq!(got.len(), 100_000, "{}", pair.trace());
    let got = pair.transfer(1, 50_000, MS * 5000);
    assert_eq!(got.len(), 50_000, "{}", pair.trace());
    pair.end(0).shutdown();
    pair.run(MS * 100);
    assert_eq!((pair.end(0).state(), pair.end(1).state()), (State::FinWait2, State::CloseWait));
    assert_eq!(pair.end(1).receive(Time::ZERO, &mut [0; 9]), Ok(0));
    pair.end(1).shutdown();
    pair.run(MS * 100);
    assert_eq!((pair.end(0).state(), pair.end(1).state()), (State::TimeWait, State::Closed));
    pair.run(MS * 60_000);
    assert_eq!(pair.end(0).state(), State::Closed);
    assert_eq!(pair.drops, Drops::default());
}

#[test]
fn repairs_what_is_lost() {
    for (name, change) in [
        ("", ""),
        ("rack", "off"),
        ("sack", "off"),
        ("congestion", "reno"),
        ("proportional-reduction", "off"),
    ] {
        let mut config = Config::linux();
        if !name.is_empty() {
            config.set(name, change).unwrap();
        }
        let mut pair = open(config, MS * 10);
        pair.lose = |from, n| from == 0 && n % 50 == 20;
        let got = pair.transfer(0, 2_000_000, MS * 60_000);
        assert_eq!(
            got.len(),
            2_000_000,
            "{name}={change}\n{}",
            pair.trace()
                .lines()
                .rev()
                .take(50)
                .fold(String::new(), |text, line| line.to_string() + "\n" + &text)
        );
        let count = |what: &str| pair.trace.iter().filter(|line| line.contains(what)).count();
        assert_eq!(count("retransmit"), count("LOST"), "{name}={change}: each once, none else");
    }
}

/// A connection that is open, with a peer whose segments a test writes: both begin at number 1.
fn opened(config: &Config) -> (Connection, segment::Options) {
    let start = Time::new(1, 0);
    let seed = Seed { isn: Seq(0), clock: 0 };
    let mut connection = Connection::connect(start, config, Path::v4(1500), seed);
    while connection.transmit(start).is_some() {}
    let mut options = segment::Options {
        maximum_segment: Some(1460),
        window_scale: Some(7),
        sack_permitted: true,
        timestamps: Some((1000, 1000)),
        ..Default::default()
    };
    let segment = Segment {
        seq: Seq(0),
        ack: Some(Seq(1)),
        syn: true,
        ece: true,
        window: 65_535,
        options,
        ..Default::default()
    };
    let now = start + MS * 50;
    connection.on_segment(now, &segment, &mut Drops::default());
    while connection.transmit(now).is_some() {}
    options = segment::Options { timestamps: Some((1050, 1050)), ..Default::default() };
    (connection, options)
}

fn reasons(connection: &mut Connection, now: Time) -> Vec<String> {
    core::iter::from_fn(|| connection.transmit(now)).map(|emission| emission.reason.to_string()).collect()
}

/// RFC 8985 section 6.2, step 2: an acknowledgment that echoes a time before the retransmission is for the original, and nothing else is
/// lost because of it; by RFC 3522 the window is as before.
#[test]
fn an_answer_to_the_original_is_none_to_the_retransmission() {
    let (mut connection, mut options) = opened(&Config::linux());
    let sent = Time::new(1, 100_000_000);
    connection.send(sent, &[1; 14_480]).unwrap();
    assert_eq!(reasons(&mut connection, sent).len(), 10);
    let window = connection.info().congestion_window;
    options.timestamps = Some((1100, 1100));
    options.sack.push((Seq(1 + 1448), Seq(1 + 4 * 1448)));
    let ack = |ack, options| Segment {
        seq: Seq(1),
        ack: Some(Seq(ack)),
        window: 600,
        options,
        ..Default::default()
    };
    let mut drops = Drops::default();
    connection.on_segment(sent + MS * 50, &ack(1, options), &mut drops);
    assert_eq!(reasons(&mut connection, sent + MS * 50), ["retransmit: RACK, sent 50 ms ago"]);
    let options = segment::Options { timestamps: Some((1160, 1100)), ..Default::default() };
    connection.on_segment(sent + MS * 110, &ack(1 + 4 * 1448, options), &mut drops);
    assert_eq!(reasons(&mut connection, sent + MS * 110), [""; 0]);
    assert!(connection.info().congestion_window >= window);
}

/// RFC 7323 section 5.3: the clock of a segment that acknowledges what cannot be is not taken.
#[test]
fn a_forged_clock_is_not_taken() {
    let (mut connection, mut options) = opened(&Config::linux());
    let now = Time::new(2, 0);
    let mut drops = Drops::default();
    options.timestamps = Some((1000 + 0x7fff_ffff, 0));
    let forged =
        Segment { seq: Seq(1), ack: Some(Seq(0x7000_0000)), options, data: &[0; 100], ..Default::default() };
    connection.on_segment(now, &forged, &mut drops);
    options.timestamps = Some((2000, 1050));
    let real =
        Segment { seq: Seq(1), ack: Some(Seq(1)), window: 600, options, data: b"real", ..Default::default() };
    connection.on_segment(now, &real, &mut drops);
    assert_eq!(connection.readable(), 4);
}

/// RFC 3168 section 6.1.3: a mark on a segment that says "window reduced" is a new one.
#[test]
fn a_mark_counts_though_the_window_fell() {
    let mut config = Config::linux();
    config.set("ecn", "on").unwrap();
    let (mut connection, options) = opened(&config);
    let now = Time::new(2, 0);
    let marked = Segment {
        seq: Seq(1),
        ack: Some(Seq(1)),
        cwr: true,
        congested: true,
        options,
        data: b"x",
        ..Default::default()
    };
    connection.on_segment(now, &marked, &mut Drops::default());
    let emission = connection.transmit(now).unwrap();
    let mut bytes = alloc::vec![0; emission.header.size()];
    Part::put(&emission.header, &mut bytes, None).unwrap();
    assert!(Segment::read(&bytes).unwrap().ece);
}

/// A SYN that comes again is answered, and brings neither the timer nor the end nearer.
#[test]
fn a_syn_that_comes_again_costs_no_retry() {
    let syn = Segment { seq: Seq(5000), syn: true, window: 65_535, ..Default::default() };
    let start = Time::new(1, 0);
    let seed = Seed { isn: Seq(0), clock: 0 };
    let mut connection = Connection::accept(start, &Config::linux(), Path::v4(1500), seed, &syn);
    assert_eq!(reasons(&mut connection, start).len(), 1);
    for n in 1..7 {
        let now = start + MS * n;
        connection.on_segment(now, &syn, &mut Drops::default());
        assert_eq!(reasons(&mut connection, now), ["accept the connection"]);
    }
    assert_eq!(connection.deadline(), Some(start + MS * 1000));
}

/// What is remembered of segments that are gone does not add up, also without SACK.
#[test]
fn nothing_is_left_of_what_is_gone() {
    for name in ["sack", "rack"] {
        let mut config = Config::linux();
        config.set(name, "off").unwrap();
        let mut pair = open(config, MS * 10);
        pair.lose = |from, n| from == 0 && n == 50;
        assert_eq!(pair.transfer(0, 5_000_000, MS * 100_000).len(), 5_000_000);
        pair.run(MS * 1000);
        assert!(
            pair.end(0).sender.flight.remembered() <= 1,
            "{name}: {}",
            pair.end(0).sender.flight.remembered()
        );
    }
}

/// RFC 5482 section 3.1: both wait as long as the one that waits longer, 100 s at least; who has the option off goes its own way.
#[test]
fn both_sides_wait_as_long_as_the_longer() {
    let host = |seconds, option| Config {
        user_timeout: Some(Duration::from_secs(seconds)),
        user_timeout_option: option,
        ..Config::linux()
    };
    for (own, theirs, after) in [
        (host(300, true), host(40_000 * 60, true), [86_400, 86_400]),
        (host(300, true), host(30, true), [300, 300]),
        (host(300, true), host(30, false), [300, 30]),
    ] {
        let mut pair = Pair::new([own, theirs], MS * 10);
        pair.run(MS * 100);
        let found = [0, 1].map(|n| pair.end(n).user_timeout().unwrap().as_secs());
        assert_eq!(found, after);
    }
}
