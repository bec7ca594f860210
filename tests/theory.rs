//! What TCP achieves, beside what theory says and what Linux 6.18 was measured to do.
//!
//! Connections over links in virtual time: a sender with more data than it can send, a receiver that reads at once. Each test prints its table:
//! `cargo test --release --test theory -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "theory/bottleneck.rs"]
mod bottleneck;
#[path = "theory/exact.rs"]
mod exact;
#[path = "theory/random_loss.rs"]
mod random_loss;
#[path = "theory/reordering.rs"]
mod reordering;

use core::time::Duration;

use layercake::link::{self, Event, Framing, Limit, Link, Loss, Probability, Queue, Rate};
use layercake::packet::Part;
use layercake::stack::Drops;
use layercake::stack::tcp::reason::Loss as Found;
use layercake::stack::tcp::{Algorithm, Config, Connection, Info, Path, Reason, Seed, Segment, Seq};
use layercake::time::Time;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Data of a full segment: 1500 bytes less IP, TCP and timestamps.
const SEGMENT: u64 = 1448;

/// A segment on a link, and whose it is.
#[derive(Clone, Debug)]
struct Packet {
    flow: usize,
    bytes: Vec<u8>,
}

impl AsRef<[u8]> for Packet {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Packet {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

/// What a sender did.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    data: u64,
    again: u64,
    timeouts: u64,
    probes: u64,
}

/// A connection that is used in one direction.
struct Flow {
    sender: Connection,
    receiver: Option<Connection>,
    sent: Sent,
    /// Bytes that the receiver has read.
    read: u64,
    /// What is left to send.
    left: u64,
}

/// Flows over one path.
struct World {
    now: Time,
    config: Config,
    flows: Vec<Flow>,
    /// The way of the data, and the way of the acknowledgments.
    links: [Link<Packet>; 2],
    drops: Drops,
    into: Vec<u8>,
    /// Packets that have passed the first link, and how long they waited in its queue, together.
    passed: u64,
    waited: Duration,
    /// What a packet takes on the first link when nothing is in its way.
    fixed: (Duration, Option<Rate>),
}

/// Settings of bulk transfers: room for any window, as many as the test has.
fn bulk(algorithm: Algorithm) -> Config {
    Config {
        congestion: algorithm,
        receive_buffer: 64 << 20,
        receive_buffer_most: 64 << 20,
        send_buffer: 64 << 20,
        ..Config::linux()
    }
}

/// A link of so many Mbit/s that takes the IP header into account.
fn link(megabits: Option<u64>, delay: Duration) -> link::Config {
    link::Config {
        rate: megabits.map(Rate::mbit),
        framing: Framing { overhead: 20, minimum: 0 },
        delay,
        queue: Queue { limit: Limit::NONE, ..Queue::default() },
        ..link::Config::default()
    }
}

impl World {
    /// `flows` connections; the acknowledgments come back over a link that only takes time.
    fn new(config: &Config, flows: usize, there: &link::Config, seed: u64) -> Self {
        let now = Time::new(1, 0);
        let back = link(None, there.delay);
        let flow = |n: usize| Flow {
            sender: Connection::connect(
                now,
                config,
                Path::v4(1500),
                Seed { isn: Seq(n as u32 * 77_777), clock: 1 },
            ),
            receiver: None,
            sent: Sent::default(),
            read: 0,
            left: u64::MAX,
        };
        Self {
            now,
            config: config.clone(),
            flows: (0..flows).map(flow).collect(),
            links: [Link::new(there, seed), Link::new(&back, seed + 1)],
            drops: Drops::default(),
            into: vec![0; 1 << 16],
            passed: 0,
            waited: Duration::ZERO,
            fixed: (there.delay, there.rate),
        }
    }

    fn info(&self) -> Info {
        self.flows[0].sender.info()
    }

    /// Segments in the congestion window.
    fn window(&self) -> f64 {
        self.info().congestion_window as f64 / SEGMENT as f64
    }

    /// Sends what a flow has to send now.
    fn flush(&mut self, n: usize) {
        static DATA: [u8; 1 << 18] = [7; 1 << 18];
        let now = self.now;
        let flow = &mut self.flows[n];
        let most = flow.left.min(DATA.len() as u64) as usize;
        if most > 0
            && flow.sender.is_synchronized()
            && flow.sender.info().queued + DATA.len() <= self.config.send_buffer
        {
            flow.left -= flow.sender.send(now, &DATA[..most]).unwrap_or(0) as u64;
        }
        for end in 0..2 {
            let connection = match end {
                0 => Some(&mut flow.sender),
                _ => flow.receiver.as_mut(),
            };
            let Some(connection) = connection else { continue };
            while let Some(emission) = connection.transmit(now) {
                let data = connection.data(&emission);
                let part = emission.header.source_port(1).destination_port(2);
                let header = part.size();
                let mut bytes = Vec::with_capacity(header + data[0].len() + data[1].len());
                bytes.resize(header, 0);
                part.put(&mut bytes, None).unwrap();
                data.into_iter().for_each(|data| bytes.extend_from_slice(data));
                if end == 0 {
                    flow.sent.data += u64::from(emission.data.0 < emission.data.1);
                    match emission.reason {
                        Reason::Retransmit { by, .. } => {
                            flow.sent.again += 1;
                            flow.sent.timeouts += u64::from(by == Found::Timeout);
                        }
                        Reason::LossProbe => flow.sent.probes += 1,
                        _ => {}
                    }
                }
                self.links[end].send(now, Packet { flow: n, bytes });
            }
        }
    }

    /// When something happens next.
    fn next(&self) -> Option<Time> {
        let links = self.links.iter().filter_map(Link::next_deadline);
        let ends = self.flows.iter().flat_map(|flow| [Some(&flow.sender), flow.receiver.as_ref()]);
        links.chain(ends.flatten().filter_map(Connection::deadline)).min()
    }

    /// Runs for so long.
    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        (0..self.flows.len()).for_each(|n| self.flush(n));
        while let Some(next) = self.next().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            for end in 0..2 {
                while let Some(event) = self.links[end].poll(self.now) {
                    if let Event::Arrived(delivery) = event {
                        self.arrive(end, delivery);
                    }
                }
            }
            for n in 0..self.flows.len() {
                let now = self.now;
                let due = |connection: &Connection| connection.deadline().is_some_and(|at| at <= now);
                let flow = &mut self.flows[n];
                let mut late = false;
                for connection in [Some(&mut flow.sender), flow.receiver.as_mut()].into_iter().flatten() {
                    if due(connection) {
                        connection.on_deadline(now);
                        late = true;
                    }
                }
                if late {
                    self.flush(n);
                }
            }
        }
        self.now = until;
    }

    fn arrive(&mut self, end: usize, delivery: link::Delivery<Packet>) {
        let now = self.now;
        let n = delivery.frame.flow;
        let flow = &mut self.flows[n];
        let segment = Segment::read(&delivery.frame.bytes).unwrap();
        if end == 0 {
            let (delay, rate) = self.fixed;
            let bits = (delivery.frame.bytes.len() as u64 + 20) * 8;
            let line = rate.map_or(Duration::ZERO, |rate| rate.time_for(bits));
            self.passed += 1;
            self.waited += (delivery.time - delivery.sent).saturating_sub(delay + line);
            match &mut flow.receiver {
                Some(receiver) => {
                    receiver.on_segment(now, &segment, &mut self.drops);
                    while let Ok(length @ 1..) = receiver.receive(now, &mut self.into) {
                        flow.read += length as u64;
                    }
                }
                None => {
                    let seed = Seed { isn: Seq(5), clock: 100 };
                    flow.receiver =
                        Some(Connection::accept(now, &self.config, Path::v4(1500), seed, &segment));
                }
            }
        } else {
            flow.sender.on_segment(now, &segment, &mut self.drops);
        }
        self.flush(n);
    }

    /// Megabits of data that a flow brings in so much time.
    fn rate(&mut self, span: Duration) -> f64 {
        let before = self.flows[0].read;
        self.run(span);
        (self.flows[0].read - before) as f64 * 8.0 / span.as_secs_f64() / 1e6
    }
}
