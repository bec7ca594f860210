//! The queue in front of the line: how much it holds, and what it does against standing full.

mod codel;
mod red;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

pub use codel::Codel;
pub use red::Red;

use crate::link::drops::Reason;
use crate::link::ecn::mark;
use crate::link::orders::Orders;
use crate::packet::LinkType;
use crate::random::Random;
use crate::time::Time;

/// How much there may be of something: so many frames, and so many bytes in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// The most frames.
    pub packets: usize,
    /// The most bytes in them, without what [`Framing`](crate::link::Framing) adds.
    pub bytes: usize,
}

impl Limit {
    /// No limit. What is sent faster than it leaves takes memory then, as long as there is some.
    pub const NONE: Self = Self { packets: usize::MAX, bytes: usize::MAX };

    /// At most so many frames.
    pub const fn packets(packets: usize) -> Self {
        Self { packets, ..Self::NONE }
    }

    /// At most so many bytes.
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes, ..Self::NONE }
    }

    /// Whether one more of so many bytes is allowed where there are so many frames and bytes.
    pub(super) fn allows(&self, packets: usize, bytes: usize, more: usize) -> bool {
        packets < self.packets && bytes.saturating_add(more) <= self.bytes
    }
}

/// The queue in front of the line: frames wait in it while the line is busy. The frame on the line is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queue {
    /// What it holds. A frame that comes when it is full is dropped, whatever the discipline. If nothing waits and
    /// the line is free, a frame goes through, however small the limit.
    pub limit: Limit,
    /// What it does before it is full.
    pub discipline: Discipline,
}

impl Default for Queue {
    /// Drop-tail with 1,000 frames.
    fn default() -> Self {
        Self { limit: Limit::packets(1_000), discipline: Discipline::DropTail }
    }
}

/// What a queue does before it is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Discipline {
    /// Nothing.
    #[default]
    DropTail,
    /// Looks at how long frames have waited when they leave.
    Codel(Codel),
    /// Looks at how long the queue is on average when they come.
    Red(Red),
}

/// A frame that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting<F> {
    pub(super) frame: F,
    pub(super) sent: Time,
    pub(super) marked: bool,
    pub(super) orders: Orders,
}

impl<F: AsRef<[u8]>> Waiting<F> {
    pub(super) fn length(&self) -> usize {
        self.frame.as_ref().len()
    }
}

/// Frames in the order in which they came, and how many bytes they have.
#[derive(Clone, Debug)]
struct Fifo<F> {
    frames: VecDeque<Waiting<F>>,
    bytes: usize,
}

impl<F: AsRef<[u8]>> Fifo<F> {
    fn push(&mut self, frame: Waiting<F>) {
        self.bytes = self.bytes.saturating_add(frame.length());
        self.frames.push_back(frame);
    }

    fn pop(&mut self) -> Option<Waiting<F>> {
        let frame = self.frames.pop_front()?;
        self.bytes = self.bytes.saturating_sub(frame.length());
        Some(frame)
    }
}

/// What a discipline remembers.
#[derive(Clone, Debug)]
enum Policy {
    DropTail,
    Codel(codel::State),
    Red(red::State),
}

/// The frames that wait, and the discipline that they are under.
#[derive(Clone, Debug)]
pub(super) struct Buffer<F> {
    fifo: Fifo<F>,
    limit: Limit,
    policy: Policy,
    link: LinkType,
}

impl<F: AsRef<[u8]> + AsMut<[u8]>> Buffer<F> {
    /// An empty queue. `time_for` says how long the line takes for a frame of so many bytes.
    pub(super) fn new(config: &Queue, link: LinkType, time_for: impl Fn(usize) -> Duration) -> Self {
        let fifo = Fifo { frames: VecDeque::new(), bytes: 0 };
        let mut buffer = Self { fifo, limit: config.limit, policy: Policy::DropTail, link };
        buffer.configure(config, link, time_for);
        buffer
    }

    /// Another limit and discipline from now on. A discipline that stays the same remembers what it knew. What there is no room for any more
    /// stays until it is [taken out](Self::beyond).
    pub(super) fn configure(&mut self, config: &Queue, link: LinkType, time_for: impl Fn(usize) -> Duration) {
        (self.limit, self.link) = (config.limit, link);
        match (config.discipline, &mut self.policy) {
            (Discipline::DropTail, policy) => *policy = Policy::DropTail,
            (Discipline::Codel(codel), Policy::Codel(state)) => state.configure(codel),
            (Discipline::Codel(codel), policy) => *policy = Policy::Codel(codel::State::new(codel)),
            (Discipline::Red(red), policy) => {
                let usual = time_for(red.mean_packet as usize);
                match policy {
                    Policy::Red(state) => state.configure(red, usual),
                    policy => *policy = Policy::Red(red::State::new(red, usual)),
                }
            }
        }
    }

    /// Takes out what could not wait here: what `is_allowed` does not let in, and of the rest all for which there would be no room, if they
    /// came one after the other.
    pub(super) fn beyond(&mut self, now: Time, is_allowed: impl Fn(&Waiting<F>) -> bool) -> Vec<Waiting<F>> {
        let mut gone = Vec::new();
        let mut kept = Fifo { frames: VecDeque::new(), bytes: 0 };
        for frame in self.fifo.frames.drain(..) {
            if is_allowed(&frame) && self.limit.allows(kept.frames.len(), kept.bytes, frame.length()) {
                kept.push(frame);
            } else {
                gone.push(frame);
            }
        }
        self.fifo = kept;
        if !gone.is_empty() {
            self.look(now);
        }
        gone
    }

    /// RED counts the time for which the queue is empty.
    fn look(&mut self, now: Time) {
        if let Policy::Red(red) = &mut self.policy
            && self.fifo.frames.is_empty()
        {
            red.empty(now);
        }
    }

    /// Frames that wait.
    pub(super) fn packets(&self) -> usize {
        self.fifo.frames.len()
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.fifo.bytes
    }

    /// The frame that has waited longest.
    pub(super) fn first(&self) -> Option<&Waiting<F>> {
        self.fifo.frames.front()
    }

    /// Takes a frame in, or gives it back with the reason why not. With `free`, it does not have to wait.
    pub(super) fn push(
        &mut self,
        now: Time,
        mut frame: Waiting<F>,
        free: bool,
        random: &mut Random,
    ) -> Result<(), (Reason, Waiting<F>)> {
        if let Policy::Red(red) = &mut self.policy {
            let passes = match red.arrives(now, self.fifo.frames.len(), random) {
                red::Verdict::Pass => true,
                red::Verdict::Signal => red.marks() && frame.mark(self.link),
                red::Verdict::Drop => false,
            };
            if !passes {
                return Err((Reason::Red, frame));
            }
        }
        if !free && !self.limit.allows(self.packets(), self.bytes(), frame.length()) {
            return Err((Reason::Full, frame));
        }
        self.fifo.push(frame);
        Ok(())
    }

    /// The next frame for the line. What CoDel drops before it goes to `dropped`.
    pub(super) fn pop(
        &mut self,
        now: Time,
        mut dropped: impl FnMut(Reason, Waiting<F>),
    ) -> Option<Waiting<F>> {
        let link = self.link;
        let frame = match &mut self.policy {
            Policy::Codel(codel) => {
                let marks = codel.marks();
                codel.pop(now, &mut self.fifo, |mut frame| {
                    if marks && frame.mark(link) {
                        return Some(frame);
                    }
                    dropped(Reason::Codel, frame);
                    None
                })
            }
            Policy::DropTail | Policy::Red(_) => self.fifo.pop(),
        };
        self.look(now);
        frame
    }
}

impl<F: AsMut<[u8]>> Waiting<F> {
    fn mark(&mut self, link: LinkType) -> bool {
        let marked = mark(link, self.frame.as_mut());
        self.marked |= marked;
        marked
    }
}
