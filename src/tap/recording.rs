//! Recordings: a pcapng file with the frames of all devices, each with its direction, and on an interface of its own, called `calls`, what else came from outside.
//!
//! A call is a packet of the link type USER0: a line of JSON, and bytes behind it. All records of one turn of the loop have the same time, and no two turns have. The
//! first is `start`.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use super::outside::{CALLS, OUT};
use super::{Go, Outside};
use crate::capture::{CaptureError, Interface, Reader, WriteError};
use crate::field::Text;
use crate::stack::{InterfaceId, Node, Transmit};
use crate::time::Time;

/// What the first line of a recording says that it is.
pub const SCHEMA: &str = "layercake.recording/1";

/// What is called when a turn is to be known of that nothing else tells of.
pub(super) const WAKE: &str = "wake";
/// What is called at the end.
pub(super) const STOP: &str = "stop";

/// Something that came from outside and is no frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub name: String,
    pub about: Value,
    pub data: Vec<u8>,
}

impl Call {
    pub fn start(names: &[(InterfaceId, String)], start: &Value) -> Self {
        let devices: Vec<_> =
            names.iter().map(|(id, name)| json!({"interface": id.0, "name": name})).collect();
        let about = json!({"schema": SCHEMA, "devices": devices, "start": start});
        Self { name: "start".into(), about, data: Vec::new() }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut bytes = json!({"call": self.name, "about": self.about}).to_string().into_bytes();
        bytes.push(b'\n');
        bytes.extend(&self.data);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let line: Value = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let name = line.get("call")?.as_str()?.to_owned();
        let data = bytes.get(end.saturating_add(1)..)?.to_vec();
        Some(Self { name, about: line.get("about")?.clone(), data })
    }
}

/// Why a recording cannot be written, read, or does not come out as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// It could not be written.
    Write(WriteError),
    /// It could not be read.
    Read(CaptureError),
    /// It is no recording, or not one of this version.
    NotOne,
    /// It ends in the middle of a turn, after so many packets.
    Cut(u64),
    /// The program asked for something else than when it was recorded.
    Asked {
        /// When.
        time: Time,
        /// What it asks now.
        now: String,
        /// What it asked then, if anything.
        then: Option<String>,
    },
    /// The node sends something else than when it was recorded.
    Frame {
        /// When.
        time: Time,
        /// The number of the packet in the recording that should have been sent, or behind which one more is.
        number: u64,
        /// What it sends now, if anything.
        now: Option<Box<Transmit>>,
        /// What it sent then, if anything.
        then: Option<Vec<u8>>,
    },
}

impl From<WriteError> for ReplayError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<CaptureError> for ReplayError {
    fn from(error: CaptureError) -> Self {
        Self::Read(error)
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::Cut(number) => {
                write!(
                    f,
                    "the recording ends behind packet {number}, in the middle; until there all was the same"
                )
            }
            Self::NotOne => write!(f, "this is no recording: its first packet does not say {SCHEMA}"),
            Self::Asked { time, now, then } => {
                let then = then.as_deref().unwrap_or("nothing");
                // It comes out of a file: nothing in it is to reach a terminal as a command.
                let (now, then) = (Text(now.as_bytes()), Text(then.as_bytes()));
                write!(f, "at {time} the program asks for {now}; in the recording it asks for {then}")
            }
            Self::Frame { time, number, now, then } => match (now, then) {
                (Some(_), Some(_)) => {
                    write!(f, "packet {number}, at {time}: other bytes are sent than in the recording")
                }
                (Some(now), None) => write!(
                    f,
                    "behind packet {number}, at {time}, a frame is sent that is not in the recording ({})",
                    now.reason
                ),
                (None, _) => write!(f, "packet {number}, at {time}: it is not sent"),
            },
        }
    }
}

impl std::error::Error for ReplayError {}

/// A packet of a recording that was sent, and its number there.
#[derive(Debug)]
struct Sent {
    number: u64,
    interface: InterfaceId,
    frame: Vec<u8>,
}

/// What came in one turn, and what has to come of it.
#[derive(Debug, Default)]
struct Turn {
    received: Vec<(InterfaceId, Vec<u8>)>,
    sent: VecDeque<Sent>,
    calls: VecDeque<Call>,
}

/// A recording, turn by turn.
pub struct Player {
    reader: Reader<File>,
    began: Time,
    start: Value,
    devices: Vec<(InterfaceId, String)>,
    number: u64,
    /// The end was read.
    stopped: bool,
    /// The first record of the next turn.
    ahead: Option<(Time, Entry)>,
    turn: Turn,
    now: Time,
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("began", &self.began)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Entry {
    Received(InterfaceId, Vec<u8>),
    Sent(Sent),
    Call(Call),
}

impl Player {
    /// Opens a recording.
    ///
    /// # Errors
    /// [`ReplayError`] if it cannot be read or is none.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let mut player = Self {
            reader: Reader::open(path)?,
            began: Time::ZERO,
            start: Value::Null,
            devices: Vec::new(),
            number: 0,
            stopped: false,
            ahead: None,
            turn: Turn::default(),
            now: Time::ZERO,
        };
        let first = player.read()?;
        let Some((began, Entry::Call(call))) = first else { return Err(ReplayError::NotOne) };
        let schema = call.about.get("schema").and_then(Value::as_str);
        if call.name != "start" || schema != Some(SCHEMA) {
            return Err(ReplayError::NotOne);
        }
        (player.began, player.now) = (began, began);
        let devices = call.about.get("devices").and_then(Value::as_array).into_iter().flatten();
        let device = |device: &Value| {
            let id = device.get("interface")?.as_u64()?.try_into().ok()?;
            Some((InterfaceId(id), device.get("name")?.as_str()?.to_owned()))
        };
        player.devices = devices.filter_map(device).collect();
        player.start = call.about.get("start").cloned().unwrap_or_default();
        player.fill()?;
        Ok(player)
    }

    /// When it begins.
    pub const fn began(&self) -> Time {
        self.began
    }

    /// What it says that it is of.
    pub const fn start(&self) -> &Value {
        &self.start
    }

    /// The interfaces of the node, and what the devices behind them were called.
    pub fn devices(&self) -> &[(InterfaceId, String)] {
        &self.devices
    }

    /// Packets that were read so far.
    pub const fn number(&self) -> u64 {
        self.number
    }

    fn read(&mut self) -> Result<Option<(Time, Entry)>, ReplayError> {
        let Some(record) = self.reader.next()? else { return Ok(None) };
        self.number += 1;
        let time = record.time.filter(|time| *time >= self.now).ok_or(ReplayError::NotOne)?;
        if record.frame.link == CALLS {
            let call = Call::read(record.frame.bytes).ok_or(ReplayError::NotOne)?;
            if call.name == STOP {
                self.stopped = true;
                return Ok(None);
            }
            return Ok(Some((time, Entry::Call(call))));
        }
        let frame = record.frame.bytes.to_vec();
        let out = record.flags().is_some_and(|flags| flags & 3 == OUT);
        let place = usize::try_from(record.interface).unwrap_or(usize::MAX);
        let name = self.reader.interfaces().get(place).and_then(Interface::name);
        let mut devices = self.devices.iter();
        let device =
            devices.find(|(_, device)| name.as_deref() == Some(device)).ok_or(ReplayError::NotOne)?;
        let interface = device.0;
        let entry = match out {
            true => Entry::Sent(Sent { number: self.number, interface, frame }),
            false => Entry::Received(interface, frame),
        };
        Ok(Some((time, entry)))
    }

    /// Reads what belongs to the same time as what was read before.
    fn fill(&mut self) -> Result<(), ReplayError> {
        loop {
            if self.ahead.is_none() {
                self.ahead = self.read()?;
            }
            if !matches!(&self.ahead, Some((time, _)) if *time == self.now) {
                return Ok(());
            }
            match self.ahead.take() {
                Some((_, Entry::Received(interface, frame))) => self.turn.received.push((interface, frame)),
                Some((_, Entry::Sent(sent))) => self.turn.sent.push_back(sent),
                // That there was a turn its time says.
                Some((_, Entry::Call(call))) if call.name == WAKE => {}
                Some((_, Entry::Call(call))) => self.turn.calls.push_back(call),
                None => return Ok(()),
            }
        }
    }

    /// Goes on to the next turn; `None` if there is none.
    fn next(&mut self) -> Result<Option<Time>, ReplayError> {
        let Some((time, _)) = &self.ahead else { return Ok(None) };
        self.now = *time;
        self.fill()?;
        Ok(Some(self.now))
    }

    /// What was answered.
    pub(super) fn answer(&mut self, name: &str, about: &Value) -> Result<(Value, Vec<u8>), ReplayError> {
        let call = self.turn.calls.pop_front();
        let said = |name: &str, about: &Value| format!("{name} {about}");
        let then =
            call.as_ref().map(|call| said(&call.name, call.about.get("asked").unwrap_or(&Value::Null)));
        match call {
            Some(call) if then.as_deref() == Some(said(name, about).as_str()) => {
                Ok((call.about.get("answer").cloned().unwrap_or_default(), call.data))
            }
            _ => Err(ReplayError::Asked { time: self.now, now: said(name, about), then }),
        }
    }

    /// Compares what is sent with what was.
    fn compare(&mut self, transmit: &Transmit) -> Result<(), ReplayError> {
        let then = self.turn.sent.pop_front();
        let same = |sent: &Sent| sent.interface == transmit.interface && sent.frame == transmit.frame;
        if then.as_ref().is_some_and(same) {
            return Ok(());
        }
        let number = then.as_ref().map_or(self.number.saturating_sub(1), |sent| sent.number);
        let then = then.map(|sent| sent.frame);
        Err(ReplayError::Frame { time: self.now, number, now: Some(Box::new(transmit.clone())), then })
    }

    /// Whether all was sent and asked that was in this turn.
    fn finish_turn(&mut self) -> Result<(), ReplayError> {
        if let Some(Sent { number, frame, .. }) = self.turn.sent.pop_front() {
            return Err(ReplayError::Frame { time: self.now, number, now: None, then: Some(frame) });
        }
        match self.turn.calls.pop_front() {
            Some(call) => {
                Err(ReplayError::Asked { time: self.now, now: "nothing".to_owned(), then: Some(call.name) })
            }
            None => Ok(()),
        }
    }
}

/// How far a replay came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Turns of the loop.
    pub turns: u64,
    /// Frames that came in.
    pub received: u64,
    /// Frames that were sent, each the same as in the recording.
    pub sent: u64,
}

/// Gives a node what a recording has, at the same times, and compares what it sends. `each` is called when all is done that was to be done at a time, as
/// of [`drive`](super::drive).
///
/// # Errors
/// [`ReplayError`] at the first difference.
pub fn replay<N: Node>(
    node: &mut N,
    outside: &Outside,
    mut each: impl FnMut(Time, &mut N) -> Go,
) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed::default();
    while let Some(now) = outside.with_player(Player::next).transpose()?.flatten() {
        replayed.turns += 1;
        outside.begin(now);
        let received =
            outside.with_player(|player| core::mem::take(&mut player.turn.received)).unwrap_or_default();
        for (interface, frame) in received {
            replayed.received += 1;
            outside.frame(node, interface, &frame);
        }
        let mut different = None;
        let compare = |transmit: &Transmit| {
            replayed.sent += 1;
            let compared = outside.with_player(|player| player.compare(transmit));
            if let Some(Err(error)) = compared {
                different.get_or_insert(error);
            }
        };
        outside.act(node, compare, &mut each);
        let wrong = outside.take_error().or(different);
        let wrong = wrong.or_else(|| outside.with_player(Player::finish_turn).and_then(Result::err));
        if let Some(error) = wrong {
            // Whether more would have come nobody knows.
            let cut = outside
                .with_player(|player| (player.ahead.is_none() && !player.stopped).then_some(player.number));
            return Err(cut.flatten().map_or(error, ReplayError::Cut));
        }
    }
    Ok(replayed)
}
