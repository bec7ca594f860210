//! All that a node does not know by itself: frames, times, and answers from files; live, recorded, or out of a recording.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::ReplayError;
use super::recording::{Call, Player, STOP, WAKE};
use crate::capture::{Notes, WriteError, Writer};
use crate::packet::{Frame, LinkType};
use crate::stack::{InterfaceId, Node, Transmit};
use crate::time::Time;

/// Whether a loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Until something happens, or until that time.
    On(Option<Time>),
    /// No further.
    NoFurther,
}

/// What comes to a node from outside, and what it sends there.
///
/// Frames are recorded by whoever drives the node ([`drive`](super::drive), [`replay`](super::replay)); whatever else a program on it wants to know of the world (a file, a
/// random seed) it has to [`ask`](Outside::ask) for, and the answer is recorded too. So a recording has all that there is to know, and from it everything
/// happens again as it did.
#[derive(Clone, Debug, Default)]
pub struct Outside(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    now: Time,
    /// Something was written about this time.
    said: bool,
    recording: Option<Output>,
    capture: Option<Output>,
    flushed: Time,
    unwritten: bool,
    player: Option<Player>,
    /// The first thing that went wrong with an output or a recording.
    error: Option<ReplayError>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("now", &self.now).finish_non_exhaustive()
    }
}

/// A capture file that is written.
struct Output {
    writer: Writer<BufWriter<File>>,
    /// The devices, in the order in which the capture has them, and the number of the first.
    names: Vec<(InterfaceId, String)>,
    first: u32,
}

/// How long what is written is held back at most, while there is much.
const FLUSH: Duration = Duration::from_millis(500);
/// Link type of what is no frame: the first of those that are left to users.
pub(super) const CALLS: LinkType = LinkType(147);
/// Their interface.
const CALLS_NAME: &str = "calls";
/// The lowest bits of a packet's flags: in, out.
const IN: u32 = 1;
pub(super) const OUT: u32 = 2;

impl Output {
    fn create(path: &Path, names: &[(InterfaceId, String)], first: u32) -> io::Result<Self> {
        let writer = Writer::pcapng(BufWriter::new(File::create(path)?));
        Ok(Self { writer, names: names.to_vec(), first })
    }

    fn frame(
        &mut self,
        now: Time,
        interface: InterfaceId,
        frame: &[u8],
        flags: u32,
        comments: &[Cow<'_, str>],
    ) -> Result<(), WriteError> {
        let place = self.names.iter().position(|(id, _)| *id == interface);
        let name = place.and_then(|place| self.names.get(place)).map(|(_, name)| name.as_str());
        let notes = Notes {
            interface: place
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(0)
                .saturating_add(self.first),
            interface_name: name,
            comments,
            flags: Some(flags),
            resolution: None,
        };
        self.writer.noted(Some(now), &Frame::ethernet(frame), &notes)
    }

    fn call(&mut self, now: Time, call: &Call) -> Result<(), WriteError> {
        let bytes = call.write();
        let notes = Notes { interface: 0, interface_name: Some(CALLS_NAME), ..Notes::default() };
        self.writer.noted(Some(now), &Frame::new(CALLS, bytes.as_slice()), &notes)
    }
}

impl Outside {
    /// The real world, of which nothing is kept.
    pub fn live() -> Self {
        Self::default()
    }

    /// The world of a recording.
    pub fn of(player: Player) -> Self {
        let now = player.began();
        Self(Rc::new(RefCell::new(State { now, player: Some(player), ..State::default() })))
    }

    /// Records from now on: frames of these interfaces, times and answers, into a pcapng file. `start` says what it is of.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn record(
        &self,
        path: &Path,
        names: &[(InterfaceId, String)],
        now: Time,
        start: &Value,
    ) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.recording = Some(Output::create(path, names, 1)?);
        state.now = now;
        state.note(&Call::start(names, start));
        Ok(())
    }

    /// Writes frames of these interfaces into a capture, those that are sent with the reason.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn capture(&self, path: &Path, names: &[(InterfaceId, String)]) -> io::Result<()> {
        self.0.borrow_mut().capture = Some(Output::create(path, names, 0)?);
        Ok(())
    }

    /// Whether nothing is kept and nothing comes out of a recording: nobody needs to be asked then.
    pub fn is_live(&self) -> bool {
        let state = self.0.borrow();
        state.recording.is_none() && state.player.is_none()
    }

    /// Asks the world something: `live` answers, or the recording. The answer is a value and bytes.
    pub fn ask(&self, name: &str, about: Value, live: impl FnOnce() -> (Value, Vec<u8>)) -> (Value, Vec<u8>) {
        if let Some(answer) = self.with_player(|player| player.answer(name, &about)) {
            return answer.unwrap_or_else(|error| {
                self.0.borrow_mut().fail(error);
                (Value::Null, Vec::new())
            });
        }
        // Who answers may ask something too.
        let (value, data) = live();
        let mut state = self.0.borrow_mut();
        if state.recording.is_some() {
            let call = Call { name: name.to_owned(), about: json!({"asked": about, "answer": value}), data };
            state.note(&call);
            return (value, call.data);
        }
        (value, data)
    }

    /// A turn of a loop begins: all that happens at one time, later than that of the turn before.
    ///
    /// In a turn a node gets what has come ([`Outside::frame`]), then does what there is to do ([`Outside::act`]). Whoever keeps to that is recorded and can
    /// be replayed, on real devices and elsewhere.
    pub fn begin(&self, now: Time) {
        let mut state = self.0.borrow_mut();
        (state.now, state.said) = (now, false);
    }

    /// A frame has come: the node gets it.
    pub fn frame<N: Node>(&self, node: &mut N, interface: InterfaceId, frame: &[u8]) {
        let now = {
            let mut state = self.0.borrow_mut();
            state.frame(interface, frame, IN, &[]);
            state.now
        };
        node.on_frame(now, interface, frame);
    }

    /// The node does what there is to do: what it sends is given to `send`. When it is done, `each` can ask it what came of it, and ask more of it. Gives
    /// back whether to go on, and when the next turn is due at the latest.
    pub fn act<N: Node>(
        &self,
        node: &mut N,
        mut send: impl FnMut(&Transmit),
        each: impl FnOnce(Time, &mut N) -> Go,
    ) -> Go {
        let now = self.0.borrow().now;
        let mut send = |transmit: &Transmit| {
            self.sent(transmit);
            send(transmit);
        };
        node.turn(now, &mut send);
        let go = each(now, node);
        // What was asked of the node meanwhile.
        let next = node.turn(now, &mut send);
        self.end();
        match go {
            Go::On(asked) => Go::On(next.into_iter().chain(asked).min()),
            Go::NoFurther => Go::NoFurther,
        }
    }

    fn sent(&self, transmit: &Transmit) {
        let mut state = self.0.borrow_mut();
        if state.recording.is_some() || state.capture.is_some() {
            let reason = [Cow::from(transmit.reason.to_string())];
            state.frame(transmit.interface, &transmit.frame, OUT, &reason);
        }
    }

    /// The turn is over. That there was one has to be known too.
    fn end(&self) {
        let mut state = self.0.borrow_mut();
        if !state.said && state.recording.is_some() {
            state.note(&Call { name: WAKE.into(), about: Value::Null, data: Vec::new() });
        }
    }

    /// Takes the player out for a moment.
    pub(super) fn with_player<T>(&self, with: impl FnOnce(&mut Player) -> T) -> Option<T> {
        self.0.borrow_mut().player.as_mut().map(with)
    }

    /// Whether something has gone wrong: a file that cannot be written any more, an answer that the recording has not.
    pub fn has_failed(&self) -> bool {
        self.0.borrow().error.is_some()
    }

    /// Writes what is held back, if the last time is a while ago: whoever watches the files sees what has happened.
    pub(super) fn flush(&self, idle: bool) {
        let mut state = self.0.borrow_mut();
        let due = idle || state.now.since(state.flushed) >= FLUSH;
        if !due || !state.unwritten {
            return;
        }
        (state.flushed, state.unwritten) = (state.now, false);
        let State { recording, capture, error, .. } = &mut *state;
        for output in [recording, capture].into_iter().flatten() {
            if let Err(failed) = output.writer.flush() {
                error.get_or_insert(WriteError::from(failed).into());
            }
        }
    }

    /// What has gone wrong, once.
    pub fn take_error(&self) -> Option<ReplayError> {
        self.0.borrow_mut().error.take()
    }

    /// Ends the files that are written.
    ///
    /// # Errors
    /// What could not be written, of all that was.
    pub fn finish(&self) -> Result<(), ReplayError> {
        let mut state = self.0.borrow_mut();
        if state.recording.is_some() && state.error.is_none() {
            state.note(&Call { name: STOP.into(), about: Value::Null, data: Vec::new() });
        }
        let (recording, capture) = (state.recording.take(), state.capture.take());
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        for output in [recording, capture].into_iter().flatten() {
            output.writer.finish()?;
        }
        Ok(())
    }
}

impl State {
    fn fail(&mut self, error: ReplayError) {
        self.error.get_or_insert(error);
    }

    fn frame(&mut self, interface: InterfaceId, frame: &[u8], flags: u32, comments: &[Cow<'_, str>]) {
        (self.said, self.unwritten) = (true, true);
        let now = self.now;
        for output in [&mut self.recording, &mut self.capture].into_iter().flatten() {
            if let Err(error) = output.frame(now, interface, frame, flags, comments) {
                self.error.get_or_insert(error.into());
            }
        }
    }

    fn note(&mut self, call: &Call) {
        (self.said, self.unwritten) = (true, true);
        let now = self.now;
        if let Some(Err(error)) = self.recording.as_mut().map(|output| output.call(now, call)) {
            self.fail(error.into());
        }
    }
}
