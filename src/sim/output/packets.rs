//! What has become of each frame of a run, as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Names;
use super::held::{Held, Outcome};
use crate::link::Orders;
use crate::sim::{Ended, Sent, Watch};
use crate::time::Time;

/// The name of the schema: `docs/sim.schema.json` has it.
pub const PACKET_SCHEMA: &str = "layercake.sim.packet/1";

/// Writes a line of JSON for each frame, in the order in which they were sent: who sent it, when, why, and what became of it.
///
/// Times are seconds since the beginning, with nine places. `fate` is `{"arrived": TIME}`, with `corrupted` (the bit), `marked` and `doubled`
/// where that is so, or `{"lost": WORD, "time": TIME}` with a word of [`link::Reason`](crate::link::Reason) or `no_cable`; it is `null` of what
/// was on its way when the run ended, or for too long to be waited for.
#[derive(Debug)]
pub struct Packets<W: Write> {
    output: W,
    names: Names,
    bytes: bool,
    held: Held<Value>,
    error: Option<io::Error>,
}

impl<W: Write> Packets<W> {
    /// Lines that are written there; with `bytes` each has those of its frame in hex.
    pub fn new(output: W, names: Names, bytes: bool) -> Self {
        Self { output, names, bytes, held: Held::default(), error: None }
    }

    /// Writes what still waits, and gives the output back.
    ///
    /// # Errors
    /// The first thing that could not be written.
    pub fn finish(mut self) -> io::Result<W> {
        while let Some(next) = self.held.take() {
            self.write(next);
        }
        match self.error {
            Some(error) => Err(error),
            None => self.output.flush().map(|()| self.output),
        }
    }

    fn flush(&mut self, now: Time) {
        while let Some(next) = self.held.pop(now) {
            self.write(next);
        }
    }

    fn write(&mut self, (mut line, outcomes): (Value, Vec<Outcome>)) {
        if self.error.is_some() {
            return;
        }
        if let Some(fields) = line.as_object_mut() {
            fields.insert("fate".into(), fate(&outcomes));
        }
        self.error = writeln!(self.output, "{line}").err();
    }
}

fn fate(outcomes: &[Outcome]) -> Value {
    let lost = |word: &str, time: Time| json!({ "lost": word, "time": time.to_string() });
    let mut fate = match outcomes.first() {
        None => Value::Null,
        Some(Outcome::NoCable { time }) => lost("no_cable", *time),
        Some(Outcome::Lost { time, reason }) => lost(reason.word(), *time),
        Some(Outcome::Arrived { time, corrupted, marked, .. }) => {
            let mut arrived = json!({ "arrived": time.to_string() });
            if let Some(fields) = arrived.as_object_mut() {
                fields.extend(corrupted.map(|bit| ("corrupted".to_owned(), bit.into())));
                fields.extend(marked.then(|| ("marked".to_owned(), true.into())));
            }
            arrived
        }
    };
    let doubled = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Arrived { copy: true, .. }));
    if let Some(fields) = fate.as_object_mut().filter(|_| doubled) {
        fields.insert("doubled".into(), true.into());
    }
    fate
}

impl<W: Write> Watch for Packets<W> {
    fn sent(&mut self, sent: &Sent<'_>) -> Orders {
        self.flush(sent.time);
        let link = sent.cable.map(|(cable, _)| self.names.link(cable));
        let to = sent.cable.and_then(|(cable, side)| {
            let ends = self.names.ends(cable)?;
            ends.get(1_usize.checked_sub(side)?).map(|port| self.names.port(*port))
        });
        let mut line = json!({
            "schema": PACKET_SCHEMA,
            "number": sent.number,
            "time": sent.time.to_string(),
            "link": link,
            "from": self.names.port(sent.port),
            "to": to,
            "length": sent.frame.len(),
            "reason": sent.reason.to_string(),
        });
        if let Some(fields) = line.as_object_mut() {
            fields.extend(sent.cause.map(|cause| ("cause".to_owned(), cause.into())));
            if self.bytes {
                let bytes: String = sent.frame.iter().map(|byte| format!("{byte:02x}")).collect();
                fields.insert("bytes".into(), bytes.into());
            }
        }
        // A line of JSON takes more room than the frame that it is of.
        let room = sent.frame.len().saturating_mul(2).saturating_add(1000);
        self.held.push(Some(sent.number), room, line);
        if sent.cable.is_none() {
            self.held.ended(sent.number, Outcome::NoCable { time: sent.time });
        }
        Orders::default()
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let (carried, outcome) = Outcome::of(ended);
        self.flush(outcome.time());
        self.held.ended(carried.number, outcome);
    }
}
