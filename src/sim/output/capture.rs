//! A run as a capture.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;

use super::Names;
use super::held::{Held, Outcome};
use crate::capture::{Notes, WriteError, Writer};
use crate::link::{Event, Orders};
use crate::packet::Frame;
use crate::sim::{Ended, Port, Sent, Watch};
use crate::stack::service::Figure;
use crate::time::Time;

/// Writes what goes over the links of a run as pcapng, with an interface for each port (`a:eth0`).
///
/// Each frame stands there twice: as it was sent, with the reason and what became of it (`frame 12: echo request 1; arrives after 20.4 ms`), and as it
/// arrived (`frame 12, bit 371 turned over`). Times are since the beginning. Records are in the order of time, so that what was sent waits until
/// its fate is known; of what would wait too long it says that it is not known yet.
///
/// ```
/// use layercake::capture::Reader;
/// use layercake::sim::output::{Capture, Names};
/// use layercake::sim::{Run, Scenario};
///
/// let scenario: Scenario = "
///     duration = '1s'
///     nodes.a.address = '192.0.2.1/24'
///     nodes.b.address = '192.0.2.2/24'
///     [[links]]
///     between = ['a', 'b']
///     delay = '10ms'
///     [[apps]]
///     on = 'a'
///     kind = 'ping'
///     to = 'b'
///     count = 1
/// ".parse()?;
/// let mut capture = Capture::new(Vec::new(), Names::of(&scenario));
/// let mut run = Run::new(&scenario)?;
/// run.watch(&mut capture);
/// run.until(scenario.duration())?;
/// run.finish();
/// let file = capture.finish()?;
/// let mut reader = Reader::new(&file[..])?;
/// let first = reader.next()?.unwrap();
/// assert_eq!(first.comments().next().unwrap(), "frame 1: who has 192.0.2.2? attempt 1 of 3; arrives after 10 ms");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Capture<W: Write> {
    writer: Writer<W>,
    names: Names,
    held: Held<Record>,
    error: Option<WriteError>,
}

/// A record of the capture.
#[derive(Debug)]
struct Record {
    time: Time,
    port: Port,
    frame: Vec<u8>,
    /// Of what was sent, its number and why; of what arrived, all that is to say of it.
    text: String,
    sent: bool,
}

/// The lowest bits of a packet's flags: in, out.
const IN: u32 = 1;
const OUT: u32 = 2;

impl<W: Write> Capture<W> {
    /// A capture that is written there.
    pub fn new(output: W, names: Names) -> Self {
        Self { writer: Writer::pcapng(output), names, held: Held::default(), error: None }
    }

    /// Writes what still waits, and gives the output back.
    ///
    /// # Errors
    /// The first thing that could not be written.
    pub fn finish(mut self) -> Result<W, WriteError> {
        while let Some((record, outcomes)) = self.held.take() {
            self.write(&record, &outcomes, "still on its way at the end");
        }
        match self.error {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }

    fn flush(&mut self, now: Time) {
        while let Some((record, outcomes)) = self.held.pop(now) {
            self.write(&record, &outcomes, "what becomes of it is not known yet");
        }
    }

    fn write(&mut self, record: &Record, outcomes: &[Outcome], unknown: &str) {
        // Of a file that has a hole nobody would know what is in it.
        if self.error.is_some() {
            return;
        }
        let (number, name) = self.names.numbered(record.port).unzip();
        let text = match record.sent {
            true => Cow::from(format!("{}; {}", record.text, fate(record.time, outcomes, unknown))),
            false => Cow::from(record.text.as_str()),
        };
        let notes = Notes {
            interface: number.unwrap_or(0),
            interface_name: name,
            comments: &[text],
            flags: Some(if record.sent { OUT } else { IN }),
            resolution: None,
        };
        let written = self.writer.noted(Some(record.time), &Frame::ethernet(record.frame.as_slice()), &notes);
        self.error = written.err();
    }
}

/// What became of a frame that was sent then, in words.
pub(super) fn fate(sent: Time, outcomes: &[Outcome], unknown: &str) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let _ = match outcome {
            Outcome::Arrived { copy: true, .. } => write!(text, "doubled"),
            Outcome::Arrived { time, corrupted, marked, .. } => {
                let after = Figure::Time(time.since(sent));
                let written = write!(text, "arrives after {after}");
                written.and_then(|()| state(&mut text, *corrupted, *marked))
            }
            Outcome::Lost { reason, .. } => write!(text, "{reason}"),
            Outcome::NoCable { .. } => write!(text, "no cable is plugged in"),
        };
    }
    if text.is_empty() { unknown.to_owned() } else { text }
}

/// What a frame is like when it arrives.
fn state(text: &mut String, corrupted: Option<u64>, marked: bool) -> std::fmt::Result {
    if let Some(bit) = corrupted {
        write!(text, ", bit {bit} turned over")?;
    }
    if marked { text.write_str(", congestion marked") } else { Ok(()) }
}

impl<W: Write> Watch for Capture<W> {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        self.flush(sent.time);
        let text = format!("frame {}: {}", sent.number, sent.reason);
        let frame = sent.frame.to_vec();
        let length = frame.len();
        self.held.push(
            Some(sent.number),
            length,
            Record { time: sent.time, port: sent.port, frame, text, sent: true },
        );
        if sent.cable.is_none() {
            self.held.ended(sent.number, Outcome::NoCable { time: sent.time });
        }
        Orders::default()
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let (carried, outcome) = Outcome::of(ended);
        self.flush(outcome.time());
        self.held.ended(carried.number, outcome);
        let (Some(port), Event::Arrived(delivery)) = (ended.port, ended.event) else { return };
        let mut text = format!("frame {}", carried.number);
        if delivery.copy {
            text.push_str(", the second of two");
        }
        let _ = state(&mut text, delivery.corrupted, delivery.marked);
        let frame = carried.frame.clone();
        self.held.push(None, frame.len(), Record { time: delivery.time, port, frame, text, sent: false });
    }
}
