//! What a link counts.

use crate::link::drops::Drops;

/// What a link has done so far.
///
/// Nothing is ever missing: each frame sent, and each copy, has been delivered, was dropped, or is
/// [still in the link](crate::link::Link::held).
///
/// A frame counts as dropped, corrupted, copied, marked or reordered as soon as that is decided, which is when the
/// line begins with it, and as delivered when it is taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames given to the link.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Frames taken out at the other end, copies too.
    pub delivered: u64,
    /// Their bytes.
    pub delivered_bytes: u64,
    /// Frames that did not arrive, by reason.
    pub dropped: Drops,
    /// Copies made.
    pub duplicated: u64,
    /// Frames with a bit turned over.
    pub corrupted: u64,
    /// Frames that overtook one that had left before them, and arrives.
    pub reordered: u64,
    /// Frames in which the queue said that there is congestion.
    pub marked: u64,
    /// The most frames that ever waited in the queue.
    pub queue_packets: usize,
    /// The most bytes that ever waited in the queue.
    pub queue_bytes: usize,
}
