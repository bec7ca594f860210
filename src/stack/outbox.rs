//! Frames on their way out.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{DropReason, Drops, InterfaceId, Reason};
use crate::packet::Part;

/// A frame to be sent, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The interface to send it by.
    pub interface: InterfaceId,
    /// Its bytes, without check sequence. Give them back with [`Stack::recycle`](super::Stack::recycle), or keep them.
    pub frame: Vec<u8>,
    /// Why it is sent.
    pub reason: Reason,
}

/// Frames that wait to be taken by the driver, and buffers to write the next ones into.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Transmit>,
    spare: Vec<Vec<u8>>,
    /// What was dropped, on any floor.
    pub drops: Drops,
}

/// Frames that may wait: one poll of the driver takes them all.
const WAITING: usize = 4096;
/// Buffers that are kept.
const SPARE: usize = 256;

impl Outbox {
    /// A buffer of `length` bytes; what is in it has no meaning.
    pub fn buffer(&mut self, length: usize) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Takes a buffer back.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE {
            self.spare.push(buffer);
        }
    }

    /// Sends a frame.
    pub fn push(&mut self, transmit: Transmit) {
        if self.queue.len() < WAITING {
            self.queue.push_back(transmit);
        } else {
            self.drops.count(DropReason::TransmitQueue);
            self.recycle(transmit.frame);
        }
    }

    /// Builds a frame out of its layers. `None` if it cannot be built, which only happens to what is too long.
    pub fn make(&mut self, interface: InterfaceId, layers: &impl Part, reason: Reason) -> Option<Transmit> {
        let mut frame = self.buffer(layers.size());
        if layers.put(&mut frame, None).is_ok() {
            return Some(Transmit { interface, frame, reason });
        }
        self.recycle(frame);
        None
    }

    /// The same, and sends it.
    pub fn build(&mut self, interface: InterfaceId, layers: &impl Part, reason: Reason) -> bool {
        let made = self.make(interface, layers, reason);
        let built = made.is_some();
        made.into_iter().for_each(|transmit| self.push(transmit));
        built
    }

    /// Drops what waits for an interface that has gone down.
    pub fn discard(&mut self, interface: InterfaceId) {
        for transmit in core::mem::take(&mut self.queue) {
            if transmit.interface == interface {
                self.drops.count(DropReason::LinkDown);
                self.recycle(transmit.frame);
            } else {
                self.queue.push_back(transmit);
            }
        }
    }

    /// The next frame.
    pub fn pop(&mut self) -> Option<Transmit> {
        self.queue.pop_front()
    }
}
