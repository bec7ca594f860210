//! Which packets of two captures are compared with each other. Either way reads both once, side by side.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;

use crate::cli::diff::Report;
use crate::cli::output::Ending;
use crate::cli::packets::Packets;
use crate::packet::{Decoder, Flow, Frame, Packet};

/// The most packets that wait for the one that they are to be compared with.
pub(super) const WAITING: usize = 100_000;

/// The most bytes that they have.
const BYTES: usize = 256 << 20;

/// The first with the first, the second with the second. Nothing waits.
pub(super) fn by_order(
    mut left: Packets<'_>,
    mut right: Packets<'_>,
    report: &mut Report<'_>,
) -> io::Result<Ending> {
    loop {
        match (left.next_chosen(), right.next_chosen()) {
            (Some((one, mine)), Some((other, others))) => {
                report.pair((one.number.unwrap_or(0), &mine), (other.number.unwrap_or(0), &others))?;
            }
            (Some((origin, packet)), None) => report.only(false, (origin.number.unwrap_or(0), &packet))?,
            (None, Some((origin, packet))) => report.only(true, (origin.number.unwrap_or(0), &packet))?,
            (None, None) => return Ok(left.ending().max(right.ending())),
        }
    }
}

/// The first with the first of each flow and direction. A packet waits until the other side has one of its flow; where too many wait,
/// the one that waited longest is taken to have no counterpart.
pub(super) fn by_flow<'a>(
    mut left: Packets<'a>,
    mut right: Packets<'a>,
    report: &mut Report<'_>,
) -> io::Result<Ending> {
    let mut room = Room::default();
    let mut over = [false, false];
    while over != [true, true] {
        for (at, side) in [&mut left, &mut right].into_iter().enumerate() {
            let in_right = at == 1;
            let Some((origin, packet)) = side.next_chosen() else {
                if let Some(over) = over.get_mut(at) {
                    *over = true;
                }
                continue;
            };
            let (number, flow) = (origin.number.unwrap_or(0), packet.flow_key());
            match room.take(!in_right, flow) {
                Some(waiting) if in_right => {
                    report.pair((waiting.number, &waiting.packet()), (number, &packet))?
                }
                Some(waiting) => report.pair((number, &packet), (waiting.number, &waiting.packet()))?,
                None => room.put(Waiting::new(in_right, flow, number, &packet)),
            }
        }
        while let Some(waiting) = room.too_many() {
            report.tally.given_up = report.tally.given_up.saturating_add(1);
            report.only(waiting.in_right, (waiting.number, &waiting.packet()))?;
        }
    }
    while let Some(waiting) = room.longest() {
        report.only(waiting.in_right, (waiting.number, &waiting.packet()))?;
    }
    Ok(left.ending().max(right.ending()))
}

/// A packet that waits for its counterpart.
struct Waiting {
    in_right: bool,
    flow: Option<Flow>,
    number: u64,
    frame: Frame<Vec<u8>>,
    decoder: Decoder,
}

impl Waiting {
    fn new(in_right: bool, flow: Option<Flow>, number: u64, packet: &Packet<&[u8]>) -> Self {
        let frame = packet.frame().with(packet.bytes().to_vec());
        Self { in_right, flow, number, frame, decoder: packet.decoder() }
    }

    fn packet(&self) -> Packet<&[u8]> {
        self.decoder.packet(self.frame.borrowed())
    }
}

/// The packets that wait, by the turn in which they came.
#[derive(Default)]
struct Room {
    turn: u64,
    waiting: BTreeMap<u64, Waiting>,
    /// The turns of those of a side and flow.
    flows: HashMap<(bool, Option<Flow>), VecDeque<u64>>,
    bytes: usize,
}

impl Room {
    fn put(&mut self, waiting: Waiting) {
        self.turn = self.turn.saturating_add(1);
        self.bytes = self.bytes.saturating_add(waiting.frame.bytes.len());
        self.flows.entry((waiting.in_right, waiting.flow)).or_default().push_back(self.turn);
        self.waiting.insert(self.turn, waiting);
    }

    /// The first of a side and flow.
    fn take(&mut self, in_right: bool, flow: Option<Flow>) -> Option<Waiting> {
        let turns = self.flows.get_mut(&(in_right, flow))?;
        let turn = turns.pop_front();
        if turns.is_empty() {
            self.flows.remove(&(in_right, flow));
        }
        let waiting = self.waiting.remove(&turn?)?;
        self.bytes = self.bytes.saturating_sub(waiting.frame.bytes.len());
        Some(waiting)
    }

    /// The one that waited longest: it is the first of its flow.
    fn longest(&mut self) -> Option<Waiting> {
        let (_, waiting) = self.waiting.first_key_value()?;
        self.take(waiting.in_right, waiting.flow)
    }

    /// The one that waited longest, if there are too many.
    fn too_many(&mut self) -> Option<Waiting> {
        (self.waiting.len() > WAITING || self.bytes > BYTES).then(|| self.longest()).flatten()
    }
}
