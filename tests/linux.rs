//! What a peer notices of Linux 6.18, asserted on the profile `linux`: the table of `docs/linux.md`, line by line.
//!
//! One connection in virtual time, and a peer whose segments a test makes. Where Linux was measured, both times stand beside each
//! other: ours is exact, that of Linux may be later by a tick of 4 ms, and by an eighth, since its timers turn on a wheel of slots.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic)]

#[path = "linux/closing.rs"]
mod closing;
#[path = "linux/counted.rs"]
mod counted;
#[path = "linux/forged.rs"]
mod forged;
#[path = "linux/opening.rs"]
mod opening;
#[path = "linux/probing.rs"]
mod probing;
#[path = "linux/receiving.rs"]
mod receiving;
#[path = "linux/sending.rs"]
mod sending;
#[path = "linux/window.rs"]
mod window;

use core::time::Duration;

use layercake::packet::Part;
use layercake::stack::Drops;
use layercake::stack::tcp::{Config, Connection, Path, Reason, Seed, Segment, Seq, State};
use layercake::time::Time;

/// Where the numbers of both sides begin: their first byte of data is the next.
const OURS: Seq = Seq(0xffff_fff0);
const THEIRS: Seq = Seq(5000);
/// The round-trip time of the measurements.
const ROUND_TRIP: Duration = ms(50);

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A segment that the connection has sent.
struct Sent {
    /// When, from the moment that the test looks from.
    at: Duration,
    bytes: Vec<u8>,
    reason: Reason,
}

impl Sent {
    fn segment(&self) -> Segment<'_> {
        Segment::read(&self.bytes).unwrap()
    }

    /// Behind the 20 bytes of the header: its options.
    fn options(&self) -> &[u8] {
        let end = self.bytes.len() - self.segment().data.len();
        &self.bytes[20..end]
    }

    /// Its flags, as tcpdump writes them.
    fn flags(&self) -> String {
        let segment = self.segment();
        [(segment.syn, 'S'), (segment.fin, 'F'), (segment.rst, 'R'), (segment.ack.is_some(), '.')]
            .into_iter()
            .filter_map(|(there, letter)| there.then_some(letter))
            .collect()
    }

    /// Its position in our data, and how long it is.
    fn range(&self) -> (i32, usize) {
        (self.segment().seq.0.wrapping_sub(OURS.0 + 1) as i32, self.segment().data.len())
    }

    /// What it acknowledges of the peer's data.
    fn acknowledges(&self) -> u32 {
        self.segment().ack.unwrap() - (THEIRS + 1)
    }

    /// Its blocks of SACK, as positions in the peer's data.
    fn blocks(&self) -> Vec<(u32, u32)> {
        let segment = self.segment();
        let position = |seq: Seq| seq - (THEIRS + 1);
        segment.options.sack.as_slice().iter().map(|(from, to)| (position(*from), position(*to))).collect()
    }
}

/// A connection, and what it has sent.
struct Host {
    now: Time,
    /// The test looks from here.
    since: Time,
    connection: Connection,
    wire: Vec<Sent>,
    drops: Drops,
    /// What the peer's segments say.
    window: u16,
    acknowledged: u32,
}

impl Host {
    fn new(connection: Connection) -> Self {
        let since = Time::new(1, 0);
        let mut host = Self {
            now: since,
            since,
            connection,
            wire: Vec::new(),
            drops: Drops::default(),
            window: 64,
            acknowledged: 0,
        };
        host.flush();
        host
    }

    /// A SYN goes out.
    fn connecting(config: &Config) -> Self {
        let seed = Seed { isn: OURS, clock: 0 };
        Self::new(Connection::connect(Time::new(1, 0), config, Path::v4(1500), seed))
    }

    /// A SYN has come, and is answered.
    fn accepting(config: &Config) -> Self {
        let seed = Seed { isn: OURS, clock: 0 };
        let syn = Segment { ack: None, ..syn() };
        Self::new(Connection::accept(Time::new(1, 0), config, Path::v4(1500), seed, &syn))
    }

    /// The connection was opened from here, over a path with this round-trip time; the test looks from now on.
    fn open(config: &Config, round_trip: Duration) -> Self {
        let mut host = Self::connecting(config);
        host.wait(round_trip);
        host.hear(Segment { ack: Some(OURS + 1), ..syn() });
        assert_eq!(host.connection.state(), State::Established);
        host.look();
        host
    }

    /// The connection of most tests.
    fn linux() -> Self {
        Self::open(&Config::linux(), ROUND_TRIP)
    }

    /// Looks from now on: gives back what was sent so far.
    fn look(&mut self) -> Vec<Sent> {
        self.since = self.now;
        core::mem::take(&mut self.wire)
    }

    fn flush(&mut self) {
        while let Some(emission) = self.connection.transmit(self.now) {
            let data = self.connection.data(&emission).concat();
            let part = emission.header.source_port(1).destination_port(2) / &data[..];
            let mut bytes = vec![0; part.size()];
            part.put(&mut bytes, None).unwrap();
            self.wire.push(Sent { at: self.now - self.since, bytes, reason: emission.reason });
        }
    }

    /// Time goes by.
    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(next) = self.connection.deadline().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.connection.on_deadline(self.now);
            self.flush();
        }
        self.now = until;
    }

    /// A segment comes.
    fn hear(&mut self, segment: Segment<'_>) {
        self.connection.on_segment(self.now, &segment, &mut self.drops);
        self.flush();
    }

    /// The peer's clock, and the latest of ours that it can echo.
    fn clocks(&self) -> (u32, u32) {
        let now = (self.now.nanoseconds() / 1_000_000) as u32;
        (now.wrapping_add(900_000), now)
    }

    /// A segment of the peer: at a position in its data, with what it has acknowledged.
    fn peer<'a>(&self, at: u32, data: &'a [u8]) -> Segment<'a> {
        let mut segment = Segment {
            seq: THEIRS + 1 + at,
            ack: Some(OURS + 1 + self.acknowledged),
            window: self.window,
            data,
            ..Segment::default()
        };
        segment.options.timestamps = Some(self.clocks());
        segment
    }

    /// Data of the peer comes.
    fn data(&mut self, at: u32, length: usize) {
        let data = vec![b'x'; length];
        self.hear(self.peer(at, &data));
    }

    /// The peer acknowledges so much of what we sent.
    fn acknowledge(&mut self, until: u32) {
        self.acknowledged = until;
        self.hear(self.peer(0, &[]));
    }

    /// The application writes so many bytes.
    fn write(&mut self, length: usize) {
        assert_eq!(self.connection.send(self.now, &vec![b'o'; length]), Ok(length));
        self.flush();
    }

    /// Waits so long, and says what was sent, and how long after the one before.
    fn waits(&mut self, span: Duration) -> (Vec<Sent>, Vec<Duration>) {
        self.look();
        self.wait(span);
        let sent = self.look();
        let mut before = Duration::ZERO;
        let waits = sent.iter().map(|sent| sent.at - core::mem::replace(&mut before, sent.at)).collect();
        (sent, waits)
    }
}

/// The SYN of a Linux, without its acknowledgment.
fn syn() -> Segment<'static> {
    let mut segment = Segment { seq: THEIRS, syn: true, window: 64_240, ..Segment::default() };
    segment.options.maximum_segment = Some(1460);
    segment.options.window_scale = Some(10);
    segment.options.sack_permitted = true;
    segment.options.timestamps = Some((900_000, 0));
    segment
}

/// Times are these, and Linux's are as late as its ticks and its wheel of timers make them.
#[track_caller]
fn same_times(found: &[Duration], rows: &[(u64, u64)]) {
    let ours: Vec<Duration> = rows.iter().map(|(ours, _)| ms(*ours)).collect();
    assert_eq!(found, ours);
    for (ours, linux) in rows {
        assert!(
            (ours.saturating_sub(4)..=ours + ours / 8 + 4).contains(linux),
            "{ours} ms are not {linux} ms on a wheel"
        );
    }
}
