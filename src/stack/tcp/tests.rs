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
        let timeouts = pair.trace.iter().filter(|line| line.contains("timeout")).count();
        let lost = pair.trace.iter().filter(|line| line.contains("LOST")).count();
        let again = pair.trace.iter().filter(|line| line.contains("retransmit")).count();
        if name == "congestion" {
            std::eprintln!(
                "{}",
                pair.trace
                    .iter()
                    .skip_while(|l| !l.contains("LOST"))
                    .take(60)
                    .fold(String::new(), |t, l| t + l + "\n")
            );
        }
        std::eprintln!(
            "{name}={change}: {} s, {lost} lost, {again} again, {timeouts} by timeout, cwnd {}",
            (pair.now - Time::ZERO).as_secs_f64(),
            pair.end(0).info().congestion_window
        );
    }
}
