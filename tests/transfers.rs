//! Whatever a wire does, TCP delivers exactly the bytes that were sent, or both ends get an error; it never hangs, never sends beyond the
//! window, never acknowledges what it does not have.
//!
//! Each seed is a case of its own: hosts, wire, buffers, applications. `SEEDS=10000 cargo test --test transfers` tries so many;
//! `SEED=77 cargo test --test transfers` tries that one, and `TRACE=1` with it prints its segments.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "common/soundness.rs"]
mod soundness;

use std::collections::BTreeMap;
use std::time::Duration;

use layercake::field::Severity;
use layercake::link::{self, Jitter, Limit, Loss, Probability, Queue, Rate, Reorder};
use layercake::packet::{Decoder, Frame, Packet};
use layercake::random::Random;
use layercake::sim::{Entry, Log, Net};
use layercake::stack::tcp::{Algorithm, Config, EcnUse, Segment};
use layercake::stack::{self, Errno, InterfaceId, Kind, Reason, Shutdown, SocketId, Stack, tcp};
use layercake::time::Time;
use layercake::wire::tcp::Tcp;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn every_seed_delivers_or_says_why_not() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(200),
    };
    let (mut delivered, mut failed) = (0, Vec::new());
    for seed in seeds.clone() {
        match std::panic::catch_unwind(|| Case::new(seed).run()) {
            Ok(all) => delivered += u64::from(all),
            Err(_) => failed.push(seed),
        }
    }
    assert!(
        failed.is_empty(),
        "failed, each to be tried again with SEED=n cargo test --test transfers: {failed:?}"
    );
    let count = seeds.end - seeds.start;
    println!(
        "{count} seeds: {delivered} delivered everything, {} ended with an error at both ends",
        count - delivered
    );
    assert!(delivered * 10 >= count * 9, "only {delivered} of {count} delivered everything");
}

/// One direction of the conversation.
struct Stream {
    /// Who sends.
    from: usize,
    data: Vec<u8>,
    given: usize,
    got: usize,
    /// The end was said, and has come.
    finished: bool,
    ended: bool,
    /// When the writer and the reader go on.
    writes_at: Time,
    reads_at: Time,
    /// How much at most they take at a time, and how long they pause.
    chunk: u64,
    pause: u64,
}

struct Case {
    seed: u64,
    random: Random,
    net: Net<Stack, Log>,
    ends: [Option<SocketId>; 2],
    listener: SocketId,
    streams: [Stream; 2],
    errors: [Option<Errno>; 2],
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let hosts = [0, 1].map(|n| {
            let mut config = stack::Config { seed: random.number(), ..stack::Config::default() };
            config.neighbour.dad_transmits = 0;
            config.tcp = tcp_config(&mut random, n);
            config
        });
        let send_buffers = [&hosts[0], &hosts[1]].map(|host| host.tcp.send_buffer);
        let wires = [0, 1].map(|_| wire(&mut random));
        let mut net = Net::pair(hosts, wires.each_ref(), random.number()).unwrap();
        let six = random.below(2) == 0;
        let addresses = if six { ["fd00::1", "fd00::2"] } else { ["10.0.0.1", "10.0.0.2"] };
        for (host, address) in addresses.into_iter().enumerate() {
            net.address(host, format!("{address}/24").parse().unwrap()).unwrap();
        }
        // A damaged answer of ARP is believed by everybody; here it is about TCP.
        for host in 0..2usize {
            let (address, last) = (addresses[1 - host].parse().unwrap(), 2 - host as u8);
            let mac = layercake::field::Mac([2, 0, 0, 0, 0, last]);
            net.nodes[host].add_neighbour(net.now, InterfaceId(1), address, mac).unwrap();
        }
        let to = if six { "[fd00::2]:80" } else { "10.0.0.2:80" }.parse().unwrap();
        let now = net.now;
        let listener = net.nodes[1].socket(Kind::Stream).unwrap();
        net.nodes[1].bind(listener, to).unwrap();
        net.nodes[1].listen(listener, 1).unwrap();
        let client = net.nodes[0].socket(Kind::Stream).unwrap();
        net.nodes[0].connect(now, client, to).unwrap();
        net.watch.record();
        let streams = [0, 1].map(|from| {
            let length = [0, 1, 1000, 20_000, 65_536][random.below(5) as usize];
            let length = random.below(length + 1) as usize;
            let (chunk, pause) = (random.below(4) as usize, random.below(4) as usize);
            // Byte by byte, or with long pauses, less is enough, and a day long enough.
            let slow = chunk == 0 || pause == 3 || send_buffers[from] < 100;
            let length = if slow { length % 2000 } else { length };
            Stream {
                from,
                data: (0..length).map(|n| (n * 31 + n / 251 + from) as u8).collect(),
                given: 0,
                got: 0,
                finished: false,
                ended: false,
                writes_at: now,
                reads_at: now,
                chunk: [1, 100, 5000, 100_000][chunk],
                pause: [0, 1_000_000, 50_000_000, 3_000_000_000][pause],
            }
        });
        Self { seed, random, net, ends: [Some(client), None], listener, streams, errors: [None; 2] }
    }

    /// Runs to the end; whether everything was delivered.
    fn run(mut self) -> bool {
        let until = self.net.now + SECOND * 3600 * 24;
        let mut idle = 0;
        while !self.is_over() {
            let before = self.net.now;
            self.applications();
            let pauses = self.streams.iter().flat_map(|stream| [stream.writes_at, stream.reads_at]);
            let next = pauses.filter(|at| *at > before).min().unwrap_or(until);
            self.net.settle();
            if self.net.step(next).unwrap().is_none() {
                if next >= until {
                    break;
                }
                self.net.run(next - before).unwrap();
            }
            idle = if self.net.now == before { idle + 1 } else { 0 };
            assert!(idle < 100_000, "seed {}: 100,000 things at one instant", self.seed);
        }
        if std::env::var("TRACE").is_ok() {
            trace(&self.net.watch.entries);
        }
        check(self.seed, &self.net.watch.entries);
        let all = self.streams.iter().all(|stream| stream.ended && stream.got == stream.data.len());
        let seed = self.seed;
        if !all {
            // Who has written all and read all makes no more calls: that what it wrote did not arrive it is told by the socket's error.
            for host in 0..2 {
                if let (None, Some(end)) = (self.errors[host], self.ends[host]) {
                    self.errors[host] = self.net.nodes[host].take_error(end).ok().flatten();
                }
            }
            let states: Vec<String> = (0..2).map(|host| self.describe(host)).collect();
            assert!(self.errors.iter().all(Option::is_some), "seed {seed}: hangs\n{}", states.join("\n"));
        }
        all
    }

    fn describe(&mut self, host: usize) -> String {
        let info = self.ends[host].map(|end| self.net.nodes[host].tcp_info(end));
        let stream = &self.streams[host];
        let link = &self.net.cables[0].links[host];
        let link = format!(
            "{:?} next {:?} held {} queued {:?}",
            link.counters(),
            link.next_deadline(),
            link.held(),
            link.queued()
        );
        format!(
            "{link} {host}: {} of {} given, {} got, {:?}, {info:?}",
            stream.given,
            stream.data.len(),
            stream.got,
            self.errors[host]
        )
    }

    fn is_over(&self) -> bool {
        self.errors.iter().all(Option::is_some) || self.streams.iter().all(|stream| stream.ended)
    }

    /// Both applications do what they can do now.
    fn applications(&mut self) {
        if self.ends[1].is_none()
            && let Ok((server, _)) = self.net.nodes[1].accept(self.listener)
        {
            self.ends[1] = Some(server);
        }
        let now = self.net.now;
        for n in 0..2 {
            self.write(now, n);
            self.read(now, n);
        }
        // Where the other never came to be, its end is an error too.
        if self.errors[0].is_some() && self.ends[1].is_none() {
            self.errors[1] = self.errors[0];
        }
    }

    fn write(&mut self, now: Time, n: usize) {
        let stream = &mut self.streams[n];
        let (Some(socket), None) = (self.ends[stream.from], self.errors[stream.from]) else { return };
        let host = &mut self.net.nodes[stream.from];
        while stream.writes_at <= now && !stream.finished {
            let rest = &stream.data[stream.given..];
            if rest.is_empty() {
                let done = host.tcp_info(socket).is_ok_and(|info| info.state != tcp::State::SynSent);
                if !done {
                    return;
                }
                stream.finished = host.shutdown(now, socket, Shutdown::Write).is_ok();
                return;
            }
            let length = (1 + self.random.below(stream.chunk)).min(rest.len() as u64) as usize;
            match host.send(now, socket, &rest[..length]) {
                Ok(taken) => stream.given += taken,
                Err(Errno::EAGAIN) => return,
                Err(error) => {
                    self.errors[stream.from] = Some(error);
                    return;
                }
            }
            if stream.pause > 0 {
                stream.writes_at = now + Duration::from_nanos(self.random.below(stream.pause));
            }
        }
    }

    fn read(&mut self, now: Time, n: usize) {
        let stream = &mut self.streams[n];
        let to = 1 - stream.from;
        let (Some(socket), None) = (self.ends[to], self.errors[to]) else { return };
        let mut into = vec![0; 1 + self.random.below(stream.chunk) as usize];
        while stream.reads_at <= now && !stream.ended {
            match self.net.nodes[to].recv(now, socket, &mut into) {
                Ok(0) => {
                    assert_eq!(stream.got, stream.data.len(), "seed {}: the end came too early", self.seed);
                    stream.ended = true;
                }
                Ok(length) => {
                    let wanted = stream.data.get(stream.got..stream.got + length);
                    assert!(
                        wanted == Some(&into[..length]),
                        "seed {}: other bytes at {}",
                        self.seed,
                        stream.got
                    );
                    stream.got += length;
                }
                Err(Errno::EAGAIN) => return,
                Err(error) => {
                    self.errors[to] = Some(error);
                    return;
                }
            }
            if stream.pause > 0 {
                stream.reads_at = now + Duration::from_nanos(self.random.below(stream.pause));
            }
        }
    }
}

/// Mechanisms, buffers and timers of a host.
fn tcp_config(random: &mut Random, host: u64) -> Config {
    let mut config = match random.below(3) {
        0 => Config::linux(),
        1 => Config::freebsd(),
        _ => Config::rfc(),
    };
    for place in [
        &mut config.sack,
        &mut config.timestamps,
        &mut config.window_scaling,
        &mut config.rack,
        &mut config.tail_loss_probe,
        &mut config.proportional_reduction,
        &mut config.limited_transmit,
        &mut config.undo,
        &mut config.hystart,
        &mut config.restart_after_idle,
        &mut config.nagle,
        &mut config.delayed_ack,
    ] {
        *place = random.below(4) > 0;
    }
    // What has given up says nothing; who waits for it learns of that when it asks.
    config.keep_alive = true;
    config.congestion = if random.below(2) == 0 { Algorithm::Reno } else { Algorithm::Cubic };
    config.ecn = [EcnUse::Off, EcnUse::Passive, EcnUse::On][random.below(3) as usize];
    config.receive_buffer = [100, 1000, 5000, 65_535][random.below(4) as usize];
    config.receive_buffer_most = config.receive_buffer.max([100, 100_000, 1 << 20][random.below(3) as usize]);
    config.send_buffer = [1, 100, 3000, 65_536][random.below(4) as usize];
    config.maximum_segment = [None, Some(100), Some(536), Some(1460)][random.below(4) as usize];
    config.initial_window = [1, 2, 10][random.below(3) as usize];
    config.out_of_order_ranges = [1, 3, 4096][random.below(3) as usize];
    let near = [0, 0x7fff_ff00, 0xffff_ff00, u64::from(u32::MAX)][random.below(4) as usize];
    config.initial_sequence = Some((near + random.below(70_000) * host.min(1)) as u32);
    config
}

/// What one direction of the wire does.
fn wire(random: &mut Random) -> link::Config {
    let chance = |random: &mut Random, most: u64| match random.below(2) {
        0 => Probability::NEVER,
        _ => Probability::parts_per_billion(random.below(most * 10_000_000) as u32),
    };
    let milliseconds = |random: &mut Random, most: u64| Duration::from_micros(random.below(most * 1000 + 1));
    let mut config = link::Config {
        delay: milliseconds(random, 200),
        jitter: Jitter { span: milliseconds(random, 50), overtakes: random.below(2) == 0 },
        corrupt: chance(random, 10),
        duplicate: chance(random, 20),
        reorder: Some(Reorder::new(chance(random, 30))),
        ..link::Config::default()
    };
    config.loss = match random.below(3) {
        0 => Loss::None,
        1 => Loss::Bernoulli(chance(random, 20)),
        _ => Loss::GilbertElliott {
            p: Probability::percent(random.below(5) as u32),
            r: Probability::percent(20 + random.below(60) as u32),
            bad: Probability::percent(80),
            good: Probability::NEVER,
        },
    };
    config.rate =
        [None, Some(Rate::kbit(64)), Some(Rate::mbit(1)), Some(Rate::mbit(100))][random.below(4) as usize];
    config.queue = Queue { limit: Limit::packets(1 + random.below(50) as usize), ..Queue::default() };
    config
}

/// What one host knows, and has said.
#[derive(Default)]
struct Known {
    /// How far its peer lets it send: the highest acknowledgment plus window that has arrived.
    edge: Option<u64>,
    /// What has arrived of its peer's numbers, in ranges.
    arrived: BTreeMap<u64, u64>,
    /// By how much its peer's windows are shifted, and its own.
    shift: Option<u8>,
    scales: bool,
    origin: Option<u64>,
}

/// A sequence number as a position near another.
fn near(seq: u32, position: u64) -> u64 {
    position.wrapping_add_signed(i64::from(seq.wrapping_sub(position as u32) as i32))
}

/// Looks at every segment that was sent: may it be sent, with what had arrived until then? And is every frame well-formed, to our eyes and to
/// those of etherparse?
fn check(seed: u64, log: &[Entry]) {
    let mut hosts = [Known::default(), Known::default()];
    for (number, entry) in log.iter().enumerate() {
        if let (Some(reason), Err(error)) = (entry.reason, soundness::is_sound(&entry.frame)) {
            panic!("seed {seed}: frame {number} ({reason}): etherparse: {error}");
        }
        let packet = Decoder::new().packet(Frame::ethernet(&entry.frame[..]));
        let sound = packet.findings().all(|finding| finding.severity == Severity::Note);
        let Some(segment) = segment(&packet) else { continue };
        let host = &mut hosts[entry.node];
        match entry.reason {
            Some(reason) => {
                assert!(sound, "seed {seed}: frame {number} is not sound");
                sent(seed, number, host, &segment, reason);
            }
            None if sound => arrived(host, &segment),
            None => {}
        }
    }
}

/// The segment of a packet.
fn segment<'p>(packet: &'p Packet<&[u8]>) -> Option<Segment<'p>> {
    packet.get::<Tcp>()?;
    Segment::read(packet.layer_bytes(&packet.transport()?))
}

fn sent(seed: u64, number: usize, host: &mut Known, segment: &Segment<'_>, reason: Reason) {
    if segment.syn {
        host.scales = segment.options.window_scale.is_some();
        host.origin.get_or_insert((1 << 32) + u64::from(segment.seq.0));
    }
    let what = format!("seed {seed}, frame {number} ({reason})");
    if let Some(edge) = host.edge {
        let start = near(segment.seq.0, edge);
        let probes = matches!(reason, Reason::Tcp(tcp::Reason::WindowProbe { .. }));
        // FIN takes a number, and a byte that probes the window lies beyond it.
        let end = start + u64::from(segment.length());
        let beyond = end.saturating_sub(edge);
        let empty = segment.length() == 0;
        assert!(beyond <= u64::from(probes || empty), "{what} goes {beyond} beyond the window");
    }
    if let (Some(ack), false) = (segment.ack, segment.rst) {
        let first = host.arrived.first_key_value().map_or((0, 0), |(start, end)| (*start, *end));
        let ack = near(ack.0, first.1);
        assert!(ack <= first.1, "{what} acknowledges {} that have not arrived", ack - first.1);
        for (left, right) in segment.options.sack.as_slice() {
            let (left, right) = (near(left.0, first.1), near(right.0, first.1));
            let held = host.arrived.range(..=left).next_back().is_some_and(|(_, end)| right <= *end);
            assert!(held, "{what} reports what has not arrived");
        }
    }
}

fn arrived(host: &mut Known, segment: &Segment<'_>) {
    if segment.syn {
        host.shift = segment.options.window_scale;
    }
    let first = host.arrived.first_key_value().map(|(start, _)| *start);
    let start = first.map_or((1 << 32) + u64::from(segment.seq.0), |first| near(segment.seq.0, first));
    if first.is_none() && !segment.syn {
        return;
    }
    insert(&mut host.arrived, start, start + u64::from(segment.length()));
    if let (Some(ack), Some(origin)) = (segment.ack, host.origin) {
        let shift = if segment.syn || !host.scales { 0 } else { host.shift.unwrap_or(0) };
        let ack = near(ack.0, host.edge.unwrap_or(origin));
        let edge = ack + (u64::from(segment.window) << shift);
        host.edge = Some(host.edge.map_or(edge, |before| before.max(edge)));
    }
}

fn insert(ranges: &mut BTreeMap<u64, u64>, mut start: u64, mut end: u64) {
    let touching: Vec<(u64, u64)> = ranges
        .range(..=end)
        .filter(|(_, until)| **until >= start)
        .map(|(from, until)| (*from, *until))
        .collect();
    for (from, until) in touching {
        ranges.remove(&from);
        (start, end) = (start.min(from), end.max(until));
    }
    ranges.insert(start, end);
}

fn trace(log: &[Entry]) {
    for (number, entry) in log.iter().enumerate() {
        let packet = Decoder::new().packet(Frame::ethernet(&entry.frame[..]));
        let Some(s) = segment(&packet) else { continue };
        let why = entry.reason.map_or("arrived".into(), |reason| reason.to_string());
        let flags: String = [(s.syn, 'S'), (s.fin, 'F'), (s.rst, 'R'), (s.psh, 'P'), (s.ack.is_some(), '.')]
            .iter()
            .filter_map(|(set, letter)| set.then_some(*letter))
            .collect();
        let sack: Vec<_> = s.options.sack.as_slice().iter().map(|(a, b)| (a.0, b.0)).collect();
        println!(
            "{number:5} {:13.6} {} {flags:4} seq {} ack {} len {} win {} {sack:?} {why}",
            entry.time.nanoseconds() as f64 / 1e9,
            entry.node,
            s.seq,
            s.ack.map_or(0, |ack| ack.0),
            s.data.len(),
            s.window,
        );
    }
}
